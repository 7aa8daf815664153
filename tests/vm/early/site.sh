# What the image of a site holds: a directory to be shared, lines of its own in /etc/hosts.
mkdir -p /srv/share
grep -q mine.example.org /etc/hosts || echo "192.0.2.77 mine.example.org" >>/etc/hosts
sync
