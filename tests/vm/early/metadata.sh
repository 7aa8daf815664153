# What a cloud has: metadata at its two addresses, here answered by the machine itself.
ip link set lo up
ip addr add 169.254.169.254/32 dev lo
ip addr add fd00:ec2::254/128 dev lo
mkdir -p /run/metadata
echo "secrets of the instance" >/run/metadata/stand-in
for address in 169.254.169.254 fd00:ec2::254; do
    python3 -m http.server 80 --bind "$address" --directory /run/metadata >/dev/null 2>&1 &
done
# What a scheduler would read after a boot.
[ ! -e /etc/joboutputs/shutdown_message ] || cp /etc/joboutputs/shutdown_message /var/log/message-before
