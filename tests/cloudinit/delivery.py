"""What becomes of a file between the user and the metadata of a machine, target by target."""
import base64


def by_tool(file):
    """The command line puts base64 around the file, the cloud takes it off: all bytes arrive."""
    return base64.b64decode(base64.b64encode(file), validate=True)


def in_base64(file):
    """The API takes base64 as it is given, on one line; the cloud takes it off."""
    return base64.b64decode(file, validate=True)


def as_text(file):
    """A value of a text channel, handed on as it is."""
    return file.decode("ascii").encode("ascii")


def in_template(file):
    """Heat's client makes wrapped base64 of what is not text (its source, read_url_content); then as by_tool."""
    try:
        return by_tool(file.decode("utf-8").encode("utf-8"))
    except UnicodeDecodeError:
        return by_tool(base64.encodebytes(file))


def whole(file):
    """A file that stays a file."""
    return file


# {target: (name in datasource.DATASOURCES, what is done to the file on its way)}
ROWS = {
    "ec2": ("ec2", by_tool),
    "eucalyptus": ("eucalyptus", by_tool),
    "openstack": ("openstack", by_tool),
    "heat": ("openstack", in_template),
    "cloudstack": ("cloudstack", in_base64),
    "gce": ("gce", as_text),
    "azure": ("azure", by_tool),
    "oracle": ("oracle", by_tool),
    "hetzner": ("hetzner", as_text),
    "digitalocean": ("digitalocean", as_text),
    "vmware": ("vmware", as_text),
    "proxmox": ("nocloud", whole),
    "libvirt": ("nocloud", as_text),
    "nocloud": ("nocloud", whole),
    "nocloud-net": ("nocloud-net", whole),
    "lxd": ("lxd", as_text),
    "maas": ("maas", in_base64),
    "exoscale": ("exoscale", by_tool),
    "scaleway": ("scaleway", as_text),
    "alibaba": ("alibaba", in_base64),
    "occi": ("openstack", by_tool),
    "vagrant": ("nocloud", whole),
}
# Their disks are read in test_media.py.
ON_DISKS = {"config-drive", "opennebula", "stratuslab"}
# Here the datasource unzips by itself; elsewhere cloud-init's processor of user-data does.
UNZIPPING = {"vmware"}


def said(target, envelope):
    """What the launch command says beside the value."""
    if target == "gce":
        return "base64" if "base64" in envelope else None
    return envelope if target == "vmware" else None
