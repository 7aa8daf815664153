# A machine whose munged runs already, with a key of its own.
systemctl start --no-block munge
