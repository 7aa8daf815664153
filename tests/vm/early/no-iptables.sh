# A machine that has no iptables either; the second program is a link to the first on some.
for program in iptables ip6tables; do
    mount --bind /bin/false "$(readlink -f "$(command -v $program)")"
done
