"""Has datasources of one unpacked cloud-init read user-data where a cloud puts it.

    datasource.py PACKAGE < jobs.json > results.json

As with walk.py, each job is a fork. A job is {"datasource": NAME of DATASOURCES,
"userdata": PATH, "encoding": what the launch command says beside it, or null,
"root": EMPTY DIR}. The result has the type and the bytes of what the datasource
hands to cloud-init, the parts that cloud-init's user-data processor makes of
it, what it asked of its cloud and cloud-init's warnings; or "absent", where
the release has no such datasource; or "error", where the datasource ended in
an exception.

Real: the datasource's class with its detection, reading and decoding; the
HTTP client, and the requests that it sends; the user-data processor.
Faked, below "root" or in this process only:
- The firmware's names (files in place of /sys/class/dmi/id) and the kernel's
  command line; the machine is no container and has one network card, eth0.
- The network. A lease is had at once; the names of the cloud resolve, its
  addresses lead to loopback, nothing else is reached; any port is had where
  one below 1024 is asked for, which needs root. Waiting is cut short.
- Programs: the machine has a blkid that finds nothing and an ip that does
  nothing; a sudo that stays who it is, with the shells, for OpenNebula; a
  vmware-rpctool. No other program is started.
- /dev/lxd/sock is a socket below "root". Requests from 2.32 on calls the
  socket's adapter by another name than the one of bookworm's days: it has both.
- netifaces, which bookworm's VMware imports for other things, is empty.
- Azure's disk is a seed directory, and there its network does not come up:
  the later releases would report to the fabric.
"""
import base64
import errno
import importlib
import importlib.util
import ipaddress
import logging
import os
import socket
import subprocess
import sys
import time
import types

import clouds
import walk

LEASE = {"interface": "eth0", "fixed-address": "10.0.0.2", "subnet-mask": "255.255.255.0",
         "routers": "10.0.0.1", "dhcp-server-identifier": "10.0.0.1"}
OVF = """\
<?xml version="1.0" encoding="utf-8"?>
<Environment xmlns="http://schemas.dmtf.org/ovf/environment/1" xmlns:wa="http://schemas.microsoft.com/windowsazure">
 <wa:ProvisioningSection><wa:Version>1.0</wa:Version>
  <LinuxProvisioningConfigurationSet xmlns="http://schemas.microsoft.com/windowsazure">
   <ConfigurationSetType>LinuxProvisioningConfiguration</ConfigurationSetType>
   <HostName>farm-1</HostName><UserName>user</UserName>
   <DisableSshPasswordAuthentication>true</DisableSshPasswordAuthentication>
   <CustomData>%s</CustomData>
  </LinuxProvisioningConfigurationSet>
 </wa:ProvisioningSection>
 <wa:PlatformSettingsSection><wa:Version>1.0</wa:Version>
  <wa:PlatformSettings><wa:PreprovisionedVm>false</wa:PreprovisionedVm></wa:PlatformSettings>
 </wa:PlatformSettingsSection>
</Environment>
"""
# Answers as open-vm-tools does: a value, or a fault that says there is none.
RPCTOOL = """\
case $1 in
    "info-get guestinfo.metadata") echo 'instance-id: i-0a1b2c3d' ;;
    "info-get guestinfo.userdata") exec /bin/cat %s ;;
    "info-get guestinfo.userdata.encoding") echo %s ;;
    *) printf 'No value found' >&2; exit 1 ;;
esac
"""


class Machine:
    """What the job's datasource is made to see."""

    def __init__(self, job):
        self.root = walk.machine_of(job)
        self.userdata, self.encoding = walk.read(job["userdata"]), job["encoding"]
        self.bin = self.path("bin")
        self.seed = self.path("var/lib/cloud/seed")
        self.settings, self.cloud = {}, clouds.Cloud(self.userdata)

    def path(self, *names):
        """A directory of the machine."""
        directory = os.path.join(self.root, *names)
        os.makedirs(directory, exist_ok=True)
        return directory

    def write(self, directory, name, content):
        path = os.path.join(directory, name)
        with open(path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def program(self, name, script):
        """A shell script under the name of a program."""
        os.chmod(self.write(self.bin, name, "#!/bin/sh\n" + script), 0o755)

    def join(self, cloud):
        """Makes it a machine of this cloud."""
        self.cloud = cloud(self.userdata, self.encoding)
        self.settings.update(self.cloud.settings)


def metadata_service(cloud):
    """The user-data comes by HTTP."""
    return lambda machine: machine.join(cloud)


def devlxd(machine):
    machine.join(clouds.Lxd)
    path = os.path.join(machine.root, "lxd")
    clouds.serve(machine.cloud, path)
    module = importlib.import_module("cloudinit.sources.DataSourceLXD")
    module.LXD_SOCKET_PATH = path
    module.LXDSocketAdapter.get_connection_with_tls_context = (
        lambda self, request, verify, proxies=None, cert=None: self.get_connection(request.url))


def seed_directory(machine):
    """The files of a NoCloud disk, mounted: what proxmox, virt-install and a drive bring."""
    directory = machine.path(machine.seed, "nocloud")
    machine.write(directory, "meta-data", "instance-id: i-0a1b2c3d\n")
    machine.write(directory, "user-data", machine.userdata)


def guestinfo(machine):
    machine.join(type("Vmware", (clouds.Cloud,), {"dmi": {"product_name": "VMware7,1"}}))
    sys.modules["netifaces"] = types.ModuleType("netifaces")
    value = machine.write(machine.root, "guestinfo", machine.userdata)
    machine.program("vmware-rpctool", RPCTOOL % (value, machine.encoding))


def ovf_environment(machine):
    """Azure's disk of provisioning: ovf-env.xml, with the user-data in base64."""
    from cloudinit.net.dhcp import NoDHCPLeaseError
    machine.join(clouds.Azure)
    machine.settings["data_dir"] = machine.path("var/lib/waagent")
    encoded = base64.b64encode(machine.userdata).decode("ascii")
    machine.write(machine.path(machine.seed, "azure"), "ovf-env.xml", OVF % encoded)
    module = importlib.import_module("cloudinit.sources.DataSourceAzure")

    def no_network(*_, **__):
        raise NoDHCPLeaseError("not in this test")
    module.DataSourceAzure._setup_ephemeral_networking = no_network


def context_disk(machine):
    """OpenNebula's context.sh; the encoding is said where there is one."""
    machine.program("sudo", 'shift 2\nexec "$@"\n')
    for shell in ("bash", "sh"):
        os.symlink("/bin/" + shell, os.path.join(machine.bin, shell))
    rows = ["USER_DATA='%s'" % machine.userdata.decode("ascii")]
    if machine.encoding:
        rows.append("USERDATA_ENCODING='%s'" % machine.encoding)
    machine.write(machine.path(machine.seed, "opennebula"), "context.sh", "\n".join(rows) + "\n")


def handed_over(machine):
    """No cloud: what the user-data processor makes of the bytes as they are."""
    module = importlib.import_module("cloudinit.sources.DataSourceNone")
    module.DataSourceNone._get_data = lambda self: self.__dict__.update(userdata_raw=machine.userdata) or True


# The stages of a boot: before there is a network, a datasource makes do or sees to one by itself.
LOCAL, NETWORK = ("FILESYSTEM",), ("FILESYSTEM", "NETWORK")
# {name: (cloud-init's module, the first stage that finds this cloud, what puts the user-data where the cloud does)}
DATASOURCES = {
    "alibaba": ("AliYun", LOCAL, metadata_service(clouds.AliYun)),
    "azure": ("Azure", LOCAL, ovf_environment),
    "cloudstack": ("CloudStack", LOCAL, metadata_service(clouds.CloudStack)),
    "digitalocean": ("DigitalOcean", LOCAL, metadata_service(clouds.DigitalOcean)),
    "ec2": ("Ec2", LOCAL, metadata_service(clouds.Ec2)),
    "eucalyptus": ("Ec2", NETWORK, metadata_service(clouds.Eucalyptus)),
    "exoscale": ("Exoscale", LOCAL, metadata_service(clouds.Exoscale)),
    "gce": ("GCE", LOCAL, metadata_service(clouds.Gce)),
    "hetzner": ("Hetzner", LOCAL, metadata_service(clouds.Hetzner)),
    "lxd": ("LXD", LOCAL, devlxd),
    "maas": ("MAAS", NETWORK, metadata_service(clouds.Maas)),
    "none": ("None", LOCAL, handed_over),
    "nocloud": ("NoCloud", LOCAL, seed_directory),
    "nocloud-net": ("NoCloud", NETWORK, metadata_service(clouds.WebServer)),
    "nocloud-net, all files": ("NoCloud", NETWORK, metadata_service(clouds.FullWebServer)),
    "nocloud-net of old": ("NoCloud", NETWORK, metadata_service(clouds.OldWebServer)),
    "opennebula": ("OpenNebula", LOCAL, context_disk),
    "openstack": ("OpenStack", LOCAL, metadata_service(clouds.OpenStack)),
    "oracle": ("Oracle", LOCAL, metadata_service(clouds.Oracle)),
    "scaleway": ("Scaleway", LOCAL, metadata_service(clouds.Scaleway)),
    "vmware": ("VMware", LOCAL, guestinfo),
}


def run(job):
    """The result of one job."""
    module, stage, prepare = DATASOURCES[job["datasource"]]
    if importlib.util.find_spec("cloudinit.sources.DataSource" + module) is None:
        return {"absent": True}
    log = walk.Log()
    logging.getLogger().addHandler(log)
    machine = Machine(job)
    hide_this_machine(machine)
    prepare(machine)
    show_firmware(machine)
    connect(machine)
    try:
        result = received(launched(machine, module, stage))
    except Exception as error:
        result = {"error": "%s: %s" % (type(error).__name__, error)}
    return dict(result, warnings=log.lines, asked=machine.cloud.asked)


def launched(machine, module, stage):
    """The datasource, after it has found its cloud and read it."""
    from cloudinit import distros, helpers
    settings = walk.base_config(machine.root)
    # With None beside it the datasource must find that it is on its cloud.
    settings.update(datasource_list=["ConfigDrive", module, "None"], datasource={module: machine.settings})
    paths = helpers.Paths(settings["system_info"]["paths"])
    distro = distros.fetch("debian")("debian", settings, paths)
    datasource = of_stage(module, stage)(settings, distro, paths)
    paths.datasource = datasource
    if not getattr(datasource, "_check_and_get_data", datasource._get_data)():
        raise LookupError("no data")
    return datasource


def of_stage(name, stage):
    """The class that cloud-init takes in a stage; older releases may have none for the first one."""
    module = importlib.import_module("cloudinit.sources.DataSource" + name)
    return (module.get_datasource_list(stage) or module.get_datasource_list(NETWORK))[0]


def received(datasource):
    """What the datasource got, and what becomes of it."""
    raw = datasource.get_userdata_raw()
    result = dict(walk.content(walk.encoded(raw)), type=type(raw).__name__)
    try:
        result["parts"] = walk.parts_of(datasource.get_userdata())
    except Exception as error:
        result["unreadable"] = "%s: %s" % (type(error).__name__, error)
    return result


def hide_this_machine(machine):
    """Leaves nothing of this machine to be seen: no firmware, no programs, one network card that comes up."""
    from cloudinit import dmi, net
    sleep = time.sleep
    time.sleep = lambda seconds: sleep(min(seconds, 0.01))
    os.environ.clear()
    os.environ.update(PATH=machine.bin, DEBUG_PROC_CMDLINE="ro quiet", LANG="C.UTF-8")
    dmi.DMI_SYS_PATH = machine.path("sys/class/dmi/id")
    dmi.is_container = lambda: False
    net.find_fallback_nic = lambda *_, **__: "eth0"
    net.find_candidate_nics = lambda *_, **__: ["eth0"]
    for module in ("cloudinit.net", "cloudinit.net.dhcp", "cloudinit.net.ephemeral"):
        if importlib.util.find_spec(module):
            brought_up(importlib.import_module(module))
    machine.program("blkid", "exit 2\n")
    machine.program("ip", "exit 0\n")
    allow_programs(machine)


def allow_programs(machine):
    """Programs of the machine can be started, and no other."""
    start = subprocess.Popen.__init__

    class Popen(subprocess.Popen):
        def __init__(self, args, **kwargs):
            program = os.fsdecode(args[0])
            if os.path.dirname(program) not in ("", machine.bin):
                raise FileNotFoundError(errno.ENOENT, "not on this machine", program)
            start(self, args, **kwargs)

    subprocess.Popen = Popen


def brought_up(module):
    """Has the ephemeral networks of a module be there at once."""
    def lease(self):
        self.lease = LEASE
        return LEASE
    for name in ("EphemeralIPNetwork", "EphemeralIPv4Network", "EphemeralIPv6Network", "EphemeralDHCPv4"):
        network = getattr(module, name, None)
        if network:
            network.__init__ = lambda self, *_, **__: self.__dict__.update(state_msg="")
            network.__enter__ = lease if name == "EphemeralDHCPv4" else lambda self: self
            network.__exit__ = lambda *_: None


def show_firmware(machine):
    """What the cloud's firmware and boot loader say."""
    for name, value in machine.cloud.dmi.items():
        machine.write(machine.path("sys/class/dmi/id"), name, value + "\n")
    os.environ["DEBUG_PROC_CMDLINE"] = machine.cloud.cmdline


def connect(machine):
    """Leads the cloud's names and addresses to the imitation of it."""
    cloud = machine.cloud
    here = clouds.serve(cloud)
    resolve, connected, bound = socket.getaddrinfo, socket.socket.connect, socket.socket.bind

    def getaddrinfo(host, *args, **kwargs):
        address = cloud.names.get(host, host)
        try:
            ipaddress.ip_address(str(address).partition("%")[0])
        except ValueError:
            raise socket.gaierror(socket.EAI_NONAME, "not a name of this cloud") from None
        return resolve(address, *args, **kwargs)

    def connect_here(self, address):
        if self.family == socket.AF_UNIX:
            return connected(self, address)
        if address[0] not in cloud.addresses:
            raise OSError(errno.ENETUNREACH, "not an address of this cloud")
        return connected(self, here)

    socket.getaddrinfo, socket.socket.connect = getaddrinfo, connect_here
    socket.socket.bind = lambda self, address: bound(self, (address[0], 0) + address[2:])


if __name__ == "__main__":
    walk.main(run)
