//! The machine that is described: what is known of it before it boots.

use super::disk::Disk;
use crate::error::Error;
use crate::language::decode::{UNKNOWN_VALUE, WRONG_TYPE, decode};
use crate::language::diagnostic::{Diagnostic, Report};
use crate::language::document::{Document, Kind, Node};
use crate::language::fault::Fault;
use crate::language::source::Source;
use crate::language::units::{ScalarText, Size, Unit, UserName, bytes_pattern};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::str::FromStr;

/// What is known of a machine. The default: Debian with the tools of disks, a network, one core, 1 GiB, and no disk but its own.
///
/// ```
/// let source = contextc::Source::new("facts.yaml", "family: rhel\ndisks: [\"vdb=100G,serial=data\"]\n");
/// let facts = contextc::simulate::Facts::read(&source)?;
/// assert_eq!(facts.family, contextc::simulate::Family::Rhel);
/// # Ok::<(), contextc::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Facts {
    /// Whose packages it has.
    pub family: Family,
    /// Its processors.
    #[serde(deserialize_with = "cores")]
    pub cores: u32,
    /// Its memory.
    pub memory: Bytes,
    /// Whether it can fetch packages and files.
    pub network: bool,
    /// Whether it has anything to install packages with.
    pub package_manager: bool,
    /// Whether SELinux is on.
    pub selinux: bool,
    /// Packages that its image has, beside lvm2, xfsprogs, e2fsprogs and openssl.
    pub packages: Vec<String>,
    /// Packages that its image lacks, of those.
    pub lacks: Vec<String>,
    /// Users that its image has, beside root.
    #[serde(deserialize_with = "users")]
    pub users: Vec<String>,
    /// Files that its image has: path and text.
    pub files: BTreeMap<String, String>,
    /// Its disks, beside the one that it boots from.
    pub disks: Vec<Disk>,
    /// What is mounted, beside its root filesystem.
    pub mounts: Vec<Mounted>,
    /// What commands answer, where they do not simply what they are told.
    pub commands: Vec<Answer>,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            family: Family::Debian,
            cores: 1,
            memory: Bytes(1 << 30),
            network: true,
            package_manager: true,
            selinux: false,
            packages: Vec::new(),
            lacks: Vec::new(),
            users: Vec::new(),
            files: Default::default(),
            disks: Vec::new(),
            mounts: Vec::new(),
            commands: Vec::new(),
        }
    }
}

impl Facts {
    /// Reads a facts file: YAML or JSON, with the fields of this struct as keys (`package-manager`), disks as [`Disk`] reads them.
    ///
    /// # Errors
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected) with the report.
    pub fn read(source: &Source) -> Result<Self, Error> {
        let mut report = Report::new(source);
        let document = Document::parse(source, &mut report);
        let facts = document.as_ref().and_then(|document| {
            said_twice(&document.root, &mut report);
            decode("facts", &mut document.root.clone(), &[UNKNOWN_VALUE], &mut report)
        });
        match facts {
            Some(facts) if !report.has_errors() => Ok(facts),
            _ => {
                report.sort();
                Err(Error::rejected(report))
            }
        }
    }

    /// Gives the machine these disks, too, each in place of the one of its name.
    ///
    /// ```
    /// use contextc::simulate::Facts;
    /// let facts = Facts { disks: vec!["vdb=1G".parse()?], ..Facts::default() }.with_disks(vec!["vdb=2G,group=a".parse()?])?;
    /// assert_eq!((facts.disks.len(), facts.disks[0].size.0), (1, 2 << 30));
    /// assert!(facts.with_disks(vec!["vdc=2G,group=a".parse()?]).is_err());
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// Two disks of one name or of one volume group are there then: which, and what to do, in one line.
    pub fn with_disks(mut self, disks: Vec<Disk>) -> Result<Self, String> {
        self.disks.retain(|known| disks.iter().all(|disk| disk.name != known.name));
        self.disks.extend(disks);
        match twice(self.disks.iter().map(|disk| (disk.clone(), ()))).into_iter().next() {
            Some((message, ..)) => Err(format!("{message}: {ANOTHER_NAME}")),
            None => Ok(self),
        }
    }
}

impl Facts {
    /// Gives the machine these users, too.
    ///
    /// ```
    /// use contextc::simulate::Facts;
    /// assert_eq!(Facts::default().with_users(&["alice".to_owned()])?.users, ["alice"]);
    /// assert!(Facts::default().with_users(&["a b".to_owned()]).is_err());
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// One of them is no name of a user: which, and what to do, in one line.
    pub fn with_users(mut self, users: &[String]) -> Result<Self, String> {
        for user in users {
            let UserName(name) = UserName::parse(user).map_err(worded)?;
            self.users.push(name);
        }
        Ok(self)
    }
}

fn users<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Vec::<UserName>::deserialize(deserializer)?.into_iter().map(|UserName(name)| name).collect())
}

const ANOTHER_NAME: &str = "give it another name, or remove one of them";

/// Each at its place in the file.
fn said_twice(root: &Node, report: &mut Report) {
    let Some((_, disks)) = root.entry("disks") else { return };
    let Kind::Sequence(items) = &disks.kind else { return };
    let disks = items.iter().filter_map(|item| Some((Disk::parse(item.text()?).ok()?, item.span)));
    for (message, first, second) in twice(disks) {
        report.push(Diagnostic::error(WRONG_TYPE, second, message).also(first, "the first").help(ANOTHER_NAME));
    }
}

/// Two disks of one name, or of one volume group: the second would take the place of the first. What, and where both are.
fn twice<P: Copy>(disks: impl Iterator<Item = (Disk, P)>) -> Vec<(String, P, P)> {
    let mut seen: BTreeMap<(&str, String), P> = BTreeMap::new();
    let mut found = Vec::new();
    for (disk, place) in disks {
        let names = [("disk", Some(disk.name)), ("volume group", disk.group)];
        for (what, name) in names.into_iter().filter_map(|(what, name)| Some((what, name?))) {
            let message = format!("the {what} `{name}` is there twice");
            found.extend(seen.insert((what, name), place).map(|first| (message, first, place)));
        }
    }
    found
}

fn cores<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let number = u64::deserialize(deserializer)?;
    let fault = || wrong(format!("no machine has {number} cores"), "write how many it has, 1 or more");
    u32::try_from(number).ok().filter(|number| *number > 0).ok_or_else(|| D::Error::custom(fault()))
}

/// A family of distributions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Debian, Ubuntu: apt and dpkg.
    #[serde(rename(serialize = "deb"))]
    Debian,
    /// Red Hat Enterprise Linux, AlmaLinux, Rocky Linux, Fedora: dnf and rpm.
    #[serde(rename(serialize = "rpm"))]
    Rhel,
}

/// A number of bytes, written like `20G` (powers of 1024).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bytes(pub u64);

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(worded)
    }
}

impl Unit for Bytes {
    const EXPECTS: &'static str = "a size, like `20G`";
    const PATTERN: &'static str = concat!("^", bytes_pattern!(), "$");

    fn parse(text: &str) -> Result<Self, Fault> {
        let number = text.parse::<u64>().is_ok_and(|number| number > 0);
        match Size::parse(text) {
            Ok(Size::Bytes(bytes)) => Ok(Self(bytes)),
            _ if number => Err(wrong(format!("`{text}` is not a size"), format!("write the unit, like `{text}G`"))),
            _ => Err(wrong(format!("`{text}` is not a size"), "write it like `20G`")),
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarText(PhantomData))
    }
}

pub(super) fn wrong(message: impl Into<String>, help: impl Into<String>) -> Fault {
    Fault::new(WRONG_TYPE, message, help)
}

/// For an option, which has one line.
pub(super) fn worded(Fault { message, help, .. }: Fault) -> String {
    format!("{message}: {help}")
}

/// Something that is mounted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mounted {
    /// What: a path below `/dev`, or `tmpfs`.
    pub device: String,
    /// Where.
    pub mount: String,
    /// The type of its filesystem.
    #[serde(rename = "type")]
    pub kind: String,
}

/// What a command answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// How its line begins, like `cvmfs_config probe`.
    pub command: String,
    /// Its exit code.
    #[serde(default)]
    pub exit: i32,
    /// What it writes: as an error where it fails.
    #[serde(default)]
    pub output: String,
}
