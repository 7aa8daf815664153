# Another machine's server, in the guest itself: it begins 25 s after the block has asked for it the first time.
mkdir -p /srv/share
echo from the server >/srv/share/file
echo "/srv/share 127.0.0.1(rw,no_subtree_check)" >/etc/exports
systemd-run --no-block --unit=late-server sh -c \
    'until grep -q "begin nfs" /var/log/contextc/nfs.log; do sleep 1; done; sleep 25; exec systemctl start nfs-server'
