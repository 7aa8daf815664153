# Whoever made the machine may log in.
mkdir -p -m 0700 /root/.ssh
echo '@LOGIN@' >/root/.ssh/authorized_keys
