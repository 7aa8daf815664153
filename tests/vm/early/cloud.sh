# What a cloud has: metadata at its addresses, in a network of its own, with DNS at the same address; and a container, whose traffic is forwarded.
ip link set lo up
for net in cloud box; do
    ip netns add $net
    ip -n $net link set lo up
    ip link add veth-$net type veth peer name inside netns $net
    ip link set veth-$net up
    ip -n $net link set inside up
done
ip addr add 198.51.100.1/30 dev veth-cloud
ip -n cloud addr add 198.51.100.2/30 dev inside
ip addr add 203.0.113.1/30 dev veth-box
ip -n box addr add 203.0.113.2/30 dev inside
ip -n box route add default via 203.0.113.1
ip -n cloud route add default via 198.51.100.1
ip -n cloud addr add 169.254.169.254/32 dev lo
ip route add 169.254.169.254 via 198.51.100.2
ip addr add 2001:db8::1/64 dev veth-cloud nodad
ip -n cloud addr add 2001:db8::2/64 dev inside nodad
ip -n cloud addr add fd00:ec2::254/128 dev lo
ip -n cloud route add default via 2001:db8::1
ip route add fd00:ec2::254 via 2001:db8::2
sysctl -q -w net.ipv4.ip_forward=1
mkdir -p /run/metadata
echo "secrets of the instance" >/run/metadata/stand-in
for address in 169.254.169.254 fd00:ec2::254; do
    ip netns exec cloud python3 -m http.server 80 --bind "$address" --directory /run/metadata >/dev/null 2>&1 &
done
cat >/run/metadata/dns <<'END'
import socket
there = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
there.bind(("169.254.169.254", 53))
while True:
    asked, peer = there.recvfrom(512)
    there.sendto(b"answer to " + asked, peer)
END
ip netns exec cloud python3 /run/metadata/dns >/dev/null 2>&1 &
