# Metadata as EC2 has it; whoever asks gets it after the token that EC2 wants.
ip link set lo up
ip addr add 169.254.169.254/32 dev lo
mkdir -p -m 700 /run/ec2
base64 -d >/run/ec2/server.py <<'END'
@SERVER@
END
base64 -d >/run/ec2/user-data <<'END'
@DATA@
END
python3 /run/ec2/server.py /run/ec2/user-data @INSTANCE@ @MAC@ >/run/ec2/log 2>&1 &
