//! What must be there before something starts: said by the user, found in other blocks, asked for by the script.

use super::quote;
use crate::blocks::cvmfs::is_name;
use crate::blocks::{Check, Offers};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::suggest;
use crate::language::units::{DiskName, Duration, MountPoint, Switch, Unit, disk_pattern, quoted, unit, unit_of};
use serde::Deserialize;

pub(super) const REPOSITORY: Code = Code::new(
    "service/repository",
    "What is needed of CVMFS is named in full: `alice.cern.ch` is `/cvmfs/alice.cern.ch`.",
);

pub(super) const DISK: Code = Code::new(
    "service/disk",
    "What is waited for has a name of its own: `auto` is a choice that only `localfs` makes.",
);

pub(super) const NOTHING: Code = Code::new(
    "service/nothing-provides",
    "What never comes is waited for without an end. Where a context mounts nothing like it, it may be the image's, and nothing is said.",
);

/// What must be there first.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of what must be there, like `{mounts: [/data], cvmfs: [alice.cern.ch]}`"
)]
pub(in crate::blocks) struct Needs {
    /// Mount points on which something is mounted. Those that `localfs` makes and the service works in need not be named.
    mounts: Vec<MountPoint>,
    /// CVMFS repositories, by their full names.
    cvmfs: Vec<Repository>,
    /// Disks: a path, or the serial, by-id name, label or UUID.
    disks: Vec<Disk>,
    /// A default route. Default: true with `cvmfs`, else false.
    network: Option<Switch>,
    /// How long to wait before it counts as failed. Default: for ever.
    wait: Option<Duration>,
}

/// The full name of a CVMFS repository.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Repository(String);

/// A disk that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Disk(String);

unit!(Repository, Disk);

impl Unit for Disk {
    const EXPECTS: &'static str = "a disk, like `/dev/vdb`, or its serial, label or UUID";
    const PATTERN: &'static str = concat!("^(?!auto$)", disk_pattern!(), "$");

    fn parse(text: &str) -> Result<Self, Fault> {
        match text {
            "auto" => {
                Err(Fault::new(DISK, "`auto` names no disk", "write the mount point of its volume under `mounts`"))
            }
            _ => DiskName::parse(text).map(|DiskName(name)| Self(name)),
        }
    }
}

impl Unit for Repository {
    const EXPECTS: &'static str = "the full name of a repository, like `alice.cern.ch`";
    const PATTERN: &'static str = "^[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+)+$";

    fn parse(text: &str) -> Result<Self, Fault> {
        match is_name(text) && text.contains('.') {
            true => Ok(Self(text.to_owned())),
            false => Err(Fault::new(
                REPOSITORY,
                format!("{} is not the full name of a repository", quoted(text)),
                "write it as it stands below `/cvmfs`, like `alice.cern.ch`",
            )),
        }
    }
}

/// What must be there, complete.
pub(in crate::blocks) struct Needed {
    mounts: Vec<String>,
    repositories: Vec<String>,
    disks: Vec<String>,
    pub network: bool,
    wait: Option<u64>,
}

impl Needs {
    /// Whether the wait for it ends.
    pub fn ends(&self) -> bool {
        self.wait.is_some()
    }

    /// What nothing provides, where the context has so much of the kind that it is likely a slip.
    pub fn check(&self, cx: &mut Check, at: &Path) {
        let mounts = self.mounts.iter().map(|mount| unmounted(cx.offers, mount));
        let repositories = self.cvmfs.iter().map(|name| unlisted(cx.offers, name));
        let place = |list: &str, index| cx.span(&at.key(list).index(index));
        let mounts = mounts.enumerate().map(|(index, said)| (place("mounts", index), said));
        let repositories = repositories.enumerate().map(|(index, said)| (place("cvmfs", index), said));
        let said: Vec<_> = mounts.chain(repositories).collect();
        for (place, (message, help)) in said.into_iter().filter_map(|(place, said)| Some((place, said?))) {
            cx.push(Diagnostic::warning(NOTHING, place, message).help(help));
        }
    }

    /// With the mounts that hold these paths.
    pub fn complete(&self, offers: &Offers, paths: &[&str]) -> Needed {
        let mut mounts: Vec<String> = self.mounts.iter().map(|mount| mount.0.clone()).collect();
        for mount in paths.iter().filter_map(|path| offers.mount_of(path)) {
            if !mounts.contains(&mount.at.0) {
                mounts.push(mount.at.0.clone());
            }
        }
        Needed {
            mounts,
            repositories: self.cvmfs.iter().map(|name| name.0.clone()).collect(),
            disks: self.disks.iter().map(|name| name.0.clone()).collect(),
            network: self.network.map_or(!self.cvmfs.is_empty(), |network| network.0),
            wait: self.wait.map(|wait| wait.0),
        }
    }
}

/// What to say of a mount that is not there, while another one is that has nearly its name.
fn unmounted(offers: &Offers, MountPoint(mount): &MountPoint) -> Option<(String, String)> {
    let names = || offers.mounts().iter().map(|offered| offered.at.0.as_str());
    let others = || offers.other_mounts.iter().map(|other| other.0.as_str());
    if names().chain(others()).any(|name| name == mount) {
        return None;
    }
    let near = suggest::nearest(mount, names())?;
    let by = offers.mounts().iter().find(|offered| offered.at.0 == near)?.block;
    Some((format!("nothing here mounts `{mount}`"), format!("did you mean `{near}`, which `{by}` mounts?")))
}

/// What to say of a repository that is not among those which the context lists.
fn unlisted(offers: &Offers, Repository(name): &Repository) -> Option<(String, String)> {
    let listed = || offers.repositories.iter().map(String::as_str);
    if listed().next().is_none() || listed().any(|other| other == name) {
        return None;
    }
    let add = "add it to `repositories` of `cvmfs`";
    let help = suggest::nearest(name, listed()).map_or(add.into(), |near| format!("did you mean `{near}`? Else {add}"));
    Some((format!("`cvmfs` does not list `{name}`"), help))
}

impl Needed {
    /// With the network, asked for or not.
    pub fn with_network(self) -> Self {
        Self { network: true, ..self }
    }

    /// Units that come first where they are part of the boot at all. Nothing is required of them: a unit that failed once would
    /// take ours along for good, and a disk that is attached late comes after its unit's time. The script waits.
    pub fn units(&self) -> impl Iterator<Item = String> {
        let network = self.network.then(|| "network-online.target".to_owned());
        network.into_iter().chain(self.mounts.iter().map(|mount| format!("{}.mount", unit_of(mount))))
    }

    /// The time to wait, and `missing`, which names in `what` the last thing that is not there.
    pub fn shell(&self) -> String {
        let row = |test: String, what: String| format!("\t{test} || what={}\n", quote(&what));
        let mounts =
            self.mounts.iter().map(|mount| row(format!("mounted {}", quote(mount)), format!("the mount {mount}")));
        let repositories = self.repositories.iter().map(|name| {
            let path = quote(&format!("/cvmfs/{name}"));
            row(format!("timeout 60 ls -A {path} 2>/dev/null | grep -q ."), format!("/cvmfs/{name}"))
        });
        let disks = self.disks.iter().map(|disk| row(format!("block {}", quote(disk)), format!("the disk {disk}")));
        let route = "grep -qE '^[^[:space:]]+[[:space:]]00000000[[:space:]]' /proc/net/route || \
                     grep -E '^0{32} 00 ' /proc/net/ipv6_route 2>/dev/null | grep -qv ' lo$'";
        let network = self.network.then(|| row(format!("{{ {route}; }}"), "the network".into()));
        let rows: String = network.into_iter().chain(disks).chain(mounts).chain(repositories).collect();
        let wait = self.wait.map_or(String::new(), |seconds| seconds.to_string());
        let block = match self.disks.is_empty() {
            true => "",
            false => {
                "block() {\n\tfor disk in \"$1\" /dev/disk/by-id/*[-_]\"$1\" /dev/disk/by-id/\"$1\" /dev/disk/by-label/\"$1\" \
                 /dev/disk/by-uuid/\"$1\"; do\n\t\t[ -b \"$disk\" ] && return\n\tdone\n\treturn 1\n}\n"
            }
        };
        format!("patience={wait}\n{block}missing() {{\n\twhat=\n{rows}}}\n")
    }
}
