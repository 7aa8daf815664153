# The image has something below a future mount point: it must be there afterwards.
if [ ! -e /home/old ]; then
    mkdir -m 0751 /home/old
    echo kept > /home/old/file
    chown games:games /home/old/file
    chmod 0640 /home/old/file
    # An image is whole on its disk before it is booted.
    sync
fi
