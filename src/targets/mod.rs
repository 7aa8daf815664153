//! The places to launch a machine. One file each, a constant of data; one line each in [`TARGETS`].

mod alibaba;
mod azure;
mod cernvm;
mod cloudstack;
mod config_drive;
mod delivery;
mod digitalocean;
mod ec2;
mod eucalyptus;
mod exoscale;
mod gce;
mod generic;
mod heat;
mod hetzner;
mod instance;
mod launch;
mod libvirt;
mod limit;
mod lxd;
mod maas;
pub(crate) mod media;
mod nocloud;
mod nocloud_net;
mod occi;
mod opennebula;
mod openstack;
mod oracle;
mod proxmox;
mod scaleway;
mod ssh;
mod stratuslab;
mod vagrant;
mod vmware;

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::fix::Fix;
use crate::language::source::Span;
use crate::language::suggest;
use crate::wire::envelope::Envelope;
pub use delivery::Artifact;
pub use instance::Instance;
pub(crate) use launch::Launch;
pub use launch::{Format, Launched, Order};
pub use limit::Counted;
use limit::Limit;
pub(crate) use limit::Sizes;
use media::Layout;
pub use media::{File, Medium};
use std::fmt;

/// Where nothing is said.
pub(crate) const DEFAULT: &Target = &generic::GENERIC;

/// Every target there is, the default first.
#[rustfmt::skip] // one line a target
pub(crate) const TARGETS: &[&Target] = &[
    DEFAULT,
    &ec2::EC2,
    &eucalyptus::EUCALYPTUS,
    &openstack::OPENSTACK,
    &config_drive::CONFIG_DRIVE,
    &heat::HEAT,
    &opennebula::OPENNEBULA,
    &stratuslab::STRATUSLAB,
    &cloudstack::CLOUDSTACK,
    &gce::GCE,
    &azure::AZURE,
    &oracle::ORACLE,
    &hetzner::HETZNER,
    &digitalocean::DIGITALOCEAN,
    &vmware::VMWARE,
    &proxmox::PROXMOX,
    &libvirt::LIBVIRT,
    &nocloud::NOCLOUD,
    &nocloud_net::NOCLOUD_NET,
    &lxd::LXD,
    &maas::MAAS,
    &exoscale::EXOSCALE,
    &scaleway::SCALEWAY,
    &alibaba::ALIBABA,
    &occi::OCCI,
    &vagrant::VAGRANT,
    &cernvm::CERNVM,
    &ssh::SSH,
];

const UNKNOWN: Code = Code::new(
    "target/unknown",
    "A target is the place where the machine is launched; its rules decide size and encoding.",
);

/// The rules that a target can find broken.
pub(crate) fn codes() -> Vec<Code> {
    [&[UNKNOWN], delivery::CODES, instance::CODES, &ssh::CODES.concat()].concat()
}

/// What a target is handed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// User-data for cloud-init.
    Message,
    /// A script that does without it.
    RunFile,
}

/// What was seen of a target, beside the documents that its rules are from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proof {
    /// A guest booted from it, the way it comes from this target, and became what it was to become.
    Boot,
    /// cloud-init's own code for this target read it and had it byte for byte.
    Datasource,
    /// Its documented format only.
    Format,
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Boot => "real boot",
            Self::Datasource => "cloud-init's own code",
            Self::Format => "documented format only",
        })
    }
}

/// A place to launch: its limit, the envelopes that arrive whole, and the medium that a machine reads.
///
/// ```
/// let ec2 = contextc::target("aws").unwrap();
/// assert_eq!((ec2.name(), ec2.limit()), ("ec2", Some(16_384)));
/// ```
pub struct Target {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) summary: &'static str,
    /// cloud-init's name for what reads it on the machine.
    pub(crate) datasource: &'static str,
    pub(crate) limit: Option<Limit>,
    /// In order of preference: the first that fits is taken.
    pub(crate) accepts: &'static [Envelope],
    /// What a machine reads it from, where that is something that can be made here.
    pub(crate) layout: Option<&'static Layout>,
    /// What must be known of it, with sources; a sentence or two each.
    pub(crate) notes: &'static [&'static str],
    pub(crate) proved: Proof,
    pub(crate) form: Form,
    /// How a machine is launched with it.
    pub(crate) launch: Launch,
}

impl Target {
    /// The name, as in `--target ec2`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Other names for it.
    pub fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    /// The name and the other names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// What it is, in a phrase.
    pub fn summary(&self) -> &'static str {
        self.summary
    }

    /// cloud-init's datasource for it.
    pub fn datasource(&self) -> &'static str {
        self.datasource
    }

    /// The most that it takes, in bytes.
    pub fn limit(&self) -> Option<usize> {
        self.limit.map(|limit| limit.bytes)
    }

    /// At which stage the limit counts, and where the number is from.
    pub fn limit_source(&self) -> Option<(Counted, &'static str)> {
        self.limit.map(|limit| (limit.counted, limit.source))
    }

    /// The limit in words, with the stage at which it counts.
    ///
    /// ```
    /// assert_eq!(contextc::target("ec2").unwrap().limit_text(), "16384 bytes before base64");
    /// ```
    pub fn limit_text(&self) -> String {
        self.limit.map_or("none known".into(), |limit| format!("{} bytes {}", limit.bytes, limit.counted))
    }

    /// The envelopes that arrive whole, in order of preference.
    pub fn envelopes(&self) -> &'static [Envelope] {
        self.accepts
    }

    /// Whether the result is handed to a cloud, and not to the machine itself.
    pub(crate) fn is_user_data(&self) -> bool {
        self.form == Form::Message
    }

    /// What the result is called in a directory of its own.
    pub fn file(&self) -> &'static str {
        match self.form {
            Form::Message => "user-data",
            Form::RunFile => "context.run",
        }
    }

    /// The media that can be made for it, the preferred one first.
    pub fn media(&self) -> &'static [Medium] {
        self.layout.map_or(&[], |layout| layout.kinds)
    }

    /// What must be known of it, with sources.
    pub fn notes(&self) -> &'static [&'static str] {
        self.notes
    }

    /// What was seen of it.
    pub fn proved(&self) -> Proof {
        self.proved
    }
}

/// The target of a name or alias.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().copied().find(|target| target.names().any(|known| known == name))
}

/// The target that was probably meant by a name that is none.
pub fn target_like(name: &str) -> Option<&'static Target> {
    target(suggest::nearest(name.trim(), TARGETS.iter().flat_map(|target| target.names()))?)
}

/// Every target, the default first.
pub fn targets() -> impl Iterator<Item = &'static Target> {
    TARGETS.iter().copied()
}

/// What to say of a target that is not known.
pub(crate) fn unknown(name: &str, place: Span) -> Diagnostic {
    let known: Vec<&str> = TARGETS.iter().flat_map(|target| target.names()).collect();
    Diagnostic::error(UNKNOWN, place, format!("`{name}` is not a target"))
        .help(suggest::advice(name, &known))
        .fix(suggest::same_letters(name, known.iter().copied()).map(|meant| Fix::new(place, name, meant)))
        .help("`contextc targets` lists them")
}

/// Names are unique.
impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Target {}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.name).finish()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
