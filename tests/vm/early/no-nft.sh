# A machine whose only way is iptables.
mount --bind /bin/false "$(command -v nft)"
