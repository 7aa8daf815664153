//! The plugins of amiconfig and their keys. Names differ from amiconfig's in `-` for `_` only; secrets are put in by the block.

use crate::blocks::cvmfs::Proxies;
use crate::blocks::environment::Variables;
use crate::language::content::{Content, Secret};
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::units::{AbsolutePath, CommaList, Switch, Unit, Url, UserName, quoted, unit};
use serde::{Deserialize, Serialize, Serializer};

pub(super) const SWAP: Code = Code::new(
    "amiconfig/swap-size",
    "CernVM makes swap of so many gigabytes (`2g`), of 2 GB a core (`auto`), or none (`off`).",
);

/// Structs of a plugin's keys: what is not given has no line.
macro_rules! plugin {
    ($(#[$doc:meta])* $name:ident { $($(#[$field:meta])* $key:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Default, Deserialize, Serialize, schemars::JsonSchema)]
        #[serde(default, deny_unknown_fields, rename_all(serialize = "snake_case", deserialize = "kebab-case"))]
        pub(super) struct $name { $($(#[$field])* pub $key: $kind,)* }
    };
}

plugin! {
    /// The machine's CernVM: experiment, users, repositories, desktop.
    Cernvm {
        /// Experiments, like `alice`.
        #[serde(serialize_with = "commas")]
        organisations: CommaList,
        /// Repositories of CVMFS to mount.
        #[serde(serialize_with = "commas")]
        repositories: CommaList,
        /// Repositories that the image does not know.
        #[serde(skip_serializing)]
        extra_repositories: Vec<ExtraRepository>,
        /// Proxies of CVMFS: groups separated by `;`, members by `|`, or `DIRECT`.
        #[serde(serialize_with = "in_site_conf")]
        proxy: Option<Proxies>,
        /// Accounts; the first one is the user of the desktop.
        #[serde(skip_serializing)]
        users: Vec<Account>,
        /// Their shell. Default `/bin/bash`.
        #[schemars(extend("default" = "/bin/bash"))]
        shell: Option<AbsolutePath>,
        /// Variables for everybody.
        #[serde(skip_serializing)]
        environment: Variables,
        /// Services to start.
        #[serde(serialize_with = "commas")]
        services: CommaList,
        /// `Basic`, `Desktop` or `Batch`.
        edition: Option<String>,
        /// Swap: gigabytes (`2g`), `auto` (2 GB a core), or `off`.
        swap_size: Option<SwapSize>,
        /// The group profile to install.
        group_profile: Option<String>,
        /// The version of the grid's user interface.
        griduiversion: Option<String>,
        /// Log the user into the desktop. Default false.
        #[serde(serialize_with = "on_off")]
        auto_login: Option<Switch>,
        /// Start the desktop at boot.
        #[serde(serialize_with = "on_off")]
        startxdm: Option<Switch>,
        /// The resolution of the screen, like `1024x768`.
        screenres: Option<String>,
        /// The layout of the keyboard, like `us`.
        keyboard: Option<String>,
        /// Icons of the desktop.
        #[serde(serialize_with = "commas")]
        desktop_icons: CommaList,
        /// A context of CernVM-Online: `UUID` or `UUID:secret`.
        #[serde(skip_serializing)]
        contextualization_key: Option<Secret>,
        /// A command that runs at the end: `user:/path`.
        contextualization_command: Option<String>,
        /// CVMFS_ENTITLEMENT_KEY.
        #[serde(skip_serializing)]
        entitlement_key: Option<Secret>,
        /// Whose proxy `x509-cert` is. Default: the first of `users`.
        #[serde(rename(serialize = "x509-user"))]
        x509_user: Option<UserName>,
        /// A proxy of X.509, in PEM.
        #[serde(skip_serializing)]
        x509_cert: Option<Secret>,
        /// A file of the image that holds it.
        #[serde(rename(serialize = "x509-cert-file"))]
        x509_cert_file: Option<AbsolutePath>,
        /// The server of EOS, mounted at `/eos`.
        #[serde(rename(serialize = "eos-server"))]
        eos_server: Option<String>,
        /// Who owns the mount.
        #[serde(rename(serialize = "eos-user"))]
        eos_user: Option<UserName>,
        /// The proxy that EOS is asked with, in PEM.
        #[serde(skip_serializing)]
        eos_x509_cert: Option<Secret>,
        /// Bytes that are read ahead. Default 4000000.
        #[serde(rename(serialize = "eos-readaheadsize"))]
        eos_readaheadsize: Option<u64>,
        /// Bytes of the cache. Default 16000000.
        #[serde(rename(serialize = "eos-readcachesize"))]
        eos_readcachesize: Option<u64>,
    }
}

/// One account.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `name` and `group`")]
pub(super) struct Account {
    /// Its name.
    pub name: UserName,
    /// Its group.
    pub group: UserName,
    /// Its password. Without one it gets a random one.
    pub password: Option<Secret>,
}

/// One repository that the image does not know.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `name`, `server` and `key`")]
pub(super) struct ExtraRepository {
    /// Its full name, like `grid.example.org`.
    pub name: String,
    /// The host of its server.
    pub server: String,
    /// Its public key, in PEM.
    pub key: Content,
}

plugin! {
    /// HTCondor: a head without `condor-master`, a worker with it.
    Condor {
        /// The head of the pool.
        condor_master: Option<String>,
        /// The secret of the pool.
        #[serde(skip_serializing)]
        condor_secret: Option<Secret>,
        /// The name of this machine.
        hostname: Option<String>,
        /// The name of the pool. Default CernVM.
        collector_name: Option<String>,
        /// Who runs it. Default condor.
        condor_user: Option<UserName>,
        /// Their group. Default condor.
        condor_group: Option<UserName>,
        /// Its directory. Default: the home of its user.
        condor_dir: Option<AbsolutePath>,
        /// Who gets mail. Default root at the head.
        condor_admin: Option<String>,
        /// The highest port. Default 9700.
        highport: Option<u16>,
        /// The lowest port. Default 9600.
        lowport: Option<u16>,
        /// UID_DOMAIN; `*` keeps the user who submits.
        uid_domain: Option<String>,
        /// FILESYSTEM_DOMAIN.
        filesystem_domain: Option<String>,
        /// ALLOW_WRITE.
        allow_write: Option<String>,
        /// Addresses in place of names.
        #[serde(serialize_with = "true_false")]
        use_ips: Option<Switch>,
        /// More lines of its configuration, none with a comma.
        #[serde(serialize_with = "commas")]
        extra_vars: CommaList,
    }
}

plugin! {
    /// The name of the machine.
    Hostname {
        /// The name. Default: what the cloud says.
        hostname: Option<String>,
    }
}

plugin! {
    /// Squid, a proxy for the machines around.
    Squid {
        /// Servers that may be asked.
        #[serde(serialize_with = "commas")]
        backends: CommaList,
        /// Where the cache lies. Default `/var/spool/squid`.
        #[schemars(extend("default" = "/var/spool/squid"))]
        cache_dir: Option<AbsolutePath>,
        /// Megabytes. Default 50000.
        cache_dir_size: Option<u64>,
    }
}

plugin! {
    /// Ganglia's monitor. Values stand in a command of sed: no `/`.
    Ganglia {
        /// The cluster. Default CernVM.
        name: Option<String>,
        /// Whose it is.
        owner: Option<String>,
        /// Where on earth.
        latlong: Option<String>,
        /// The address of its page.
        url: Option<String>,
        /// Where in the house.
        location: Option<String>,
        /// Who gathers. Default localhost.
        host: Option<String>,
        /// Whether it sends from the address of the machine's name. Default true.
        #[serde(serialize_with = "yes_no")]
        bind_hostname: Option<Switch>,
        /// The port. Default 8649.
        port: Option<u16>,
        /// How many routers its packets pass. Default 1.
        ttl: Option<u8>,
    }
}

plugin! {
    /// Puppet: an agent with `puppet-server`, a master without.
    Puppet {
        /// The master.
        puppet_server: Option<String>,
        /// The port of the master. Default 8140.
        puppet_port: Option<u16>,
        /// Where it logs.
        puppet_log: Option<String>,
        /// More options.
        puppet_extra_opts: Option<String>,
        /// The manifest of a master.
        puppetmaster_manifest: Option<String>,
        /// Its ports.
        puppetmaster_ports: Option<String>,
        /// Where it logs.
        puppetmaster_log: Option<String>,
        /// More options.
        puppetmaster_extra_opts: Option<String>,
    }
}

plugin! {
    /// Work Queue: a worker with `catalog-server`, a catalog without.
    Workqueue {
        /// The catalog, at port 9097.
        catalog_server: Option<String>,
        /// The project.
        workqueue_project: Option<String>,
        /// Who runs it.
        workqueue_user: Option<UserName>,
    }
}

plugin! {
    /// EC2's swap and ephemeral disks.
    Storage {
        /// Space is made ready in the background.
        #[serde(serialize_with = "true_false")]
        daemon: Option<Switch>,
        /// Gigabytes.
        #[serde(rename(serialize = "pre-allocated-space"))]
        pre_allocated_space: Option<u64>,
        /// Directories that move there.
        #[serde(rename(serialize = "relocate-paths"), serialize_with = "colons")]
        relocate_paths: Vec<AbsolutePath>,
    }
}

plugin! {
    /// The machine's address at noip.com.
    Noip {
        /// The account.
        username: Option<String>,
        /// Its password.
        #[serde(skip_serializing)]
        password: Option<Secret>,
        /// The name; or `prefix`, `domain` and `start`.
        hostname: Option<String>,
        /// Of a numbered name.
        prefix: Option<String>,
        /// Of a numbered name.
        domain: Option<String>,
        /// The first number.
        start: Option<u64>,
    }
}

plugin! {
    /// The machine's name in a DNS server, signed.
    Dnsupdate {
        /// The name of the key.
        tsighost: Option<String>,
        /// The key.
        #[serde(skip_serializing)]
        tsigkey: Option<Secret>,
        /// The name of the machine.
        host: Option<String>,
        /// Its domain.
        domain: Option<String>,
        /// The DNS server.
        server: Option<String>,
        /// Of a numbered name.
        prefix: Option<String>,
        /// The first number.
        start: Option<u64>,
    }
}

plugin! {
    /// A client of OpenVPN.
    Openvpn {
        /// The server.
        server: Option<String>,
        /// Its port.
        port: Option<u16>,
        /// `udp` (default) or `tcp`.
        proto: Option<String>,
        /// Where the authority's certificate is.
        ca: Option<Url>,
        /// The certificate, compressed with zlib, in base64.
        cert: Option<String>,
        /// Its key, compressed with zlib, in base64.
        #[serde(skip_serializing)]
        key: Option<Secret>,
        /// The DNS server behind it.
        nameserver: Option<String>,
        /// The domain behind it.
        search: Option<String>,
    }
}

plugin! {
    /// A context of HEPiX, that the cloud has.
    Hepix {
        /// Its file. Default `default.tgz`.
        #[schemars(extend("default" = "default.tgz"))]
        context: Option<String>,
        /// Fetched by https only. Default false.
        #[serde(serialize_with = "yes_no")]
        requiressl: Option<Switch>,
    }
}

/// Swap of a CernVM.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(super) struct SwapSize(String);

impl Unit for SwapSize {
    const EXPECTS: &'static str = "`2g`, `auto` or `off`";
    const PATTERN: &'static str = "^([0-9]+[gG]|auto|off|false)$";

    fn parse(text: &str) -> Result<Self, Fault> {
        let digits = text.strip_suffix(['g', 'G']).unwrap_or_default();
        let sized = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        match text {
            _ if sized => Ok(Self(text.to_owned())),
            "auto" | "off" => Ok(Self(text.to_owned())),
            // What YAML calls a switch.
            "false" => Ok(Self("off".into())),
            _ => Err(Fault::new(SWAP, format!("{} is no size of swap", quoted(text)), "write `2g`, `auto` or `off`")),
        }
    }
}

unit!(SwapSize);

fn on_off<S: Serializer>(switch: &Option<Switch>, serializer: S) -> Result<S::Ok, S::Error> {
    word(switch, ["on", "off"], serializer)
}

fn yes_no<S: Serializer>(switch: &Option<Switch>, serializer: S) -> Result<S::Ok, S::Error> {
    word(switch, ["yes", "no"], serializer)
}

fn true_false<S: Serializer>(switch: &Option<Switch>, serializer: S) -> Result<S::Ok, S::Error> {
    word(switch, ["true", "false"], serializer)
}

fn word<S: Serializer>(switch: &Option<Switch>, words: [&str; 2], serializer: S) -> Result<S::Ok, S::Error> {
    let [on, off] = words;
    switch.map(|Switch(is_on)| if is_on { on } else { off }).serialize(serializer)
}

fn commas<S: Serializer>(list: &CommaList, serializer: S) -> Result<S::Ok, S::Error> {
    (!list.0.is_empty()).then(|| list.0.join(",")).serialize(serializer)
}

fn colons<S: Serializer>(paths: &[AbsolutePath], serializer: S) -> Result<S::Ok, S::Error> {
    let joined = paths.iter().map(|path| path.0.as_str()).collect::<Vec<_>>().join(":");
    (!paths.is_empty()).then_some(joined).serialize(serializer)
}

/// The plugin writes it behind `=` into a file that shells read.
fn in_site_conf<S: Serializer>(proxies: &Option<Proxies>, serializer: S) -> Result<S::Ok, S::Error> {
    let quoted = |text: &str| if text.contains([';', '|', '&']) { format!("\"{text}\"") } else { text.to_owned() };
    proxies.as_ref().map(|proxies| quoted(&proxies.0)).serialize(serializer)
}
