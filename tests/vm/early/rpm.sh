# The image looks like one of the rpm family: its package tool is dnf, and it is no Debian.
rm -f /etc/debian_version
