//! The machine that is described: what is known of it before it boots.

use crate::error::Error;
use crate::language::decode::{WRONG_TYPE, decode};
use crate::language::diagnostic::Report;
use crate::language::document::Document;
use crate::language::fault::Fault;
use crate::language::source::Source;
use crate::language::units::{Size, Unit};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
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
    pub users: Vec<String>,
    /// Files that its image has: path and text.
    pub files: std::collections::BTreeMap<String, String>,
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
        let facts = Document::parse(source, &mut report)
            .and_then(|document| decode("facts", &mut document.root.clone(), &[], &mut report));
        match facts {
            Some(facts) if !report.has_errors() => Ok(facts),
            _ => {
                report.sort();
                Err(Error::rejected(report))
            }
        }
    }
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

impl Bytes {
    fn parse(text: &str) -> Result<Self, Fault> {
        match Size::parse(text) {
            Ok(Size::Bytes(bytes)) => Ok(Self(bytes)),
            Ok(_) | Err(_) => Err(wrong(format!("`{text}` is not a size"), "write it like `20G`")),
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn wrong(message: String, help: &str) -> Fault {
    Fault::new(WRONG_TYPE, message, help)
}

/// For an option, which has one line.
fn worded(Fault { message, help, .. }: Fault) -> String {
    format!("{message}: {help}")
}

/// A disk: `NAME=SIZE`, and after commas what else is known of it.
///
/// ```
/// let disk: contextc::simulate::Disk = "vdb=100G,serial=data,holds=ext4,empty".parse()?;
/// assert_eq!((disk.name.as_str(), disk.size.0, disk.empty), ("vdb", 100 << 30, true));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Disk {
    /// The kernel's name, like `vdb`.
    pub name: String,
    /// Its size.
    pub size: Bytes,
    /// `serial=`: its serial number.
    pub serial: Option<String>,
    /// `holds=`: a type of filesystem (`data` is an ext4 with files), `swap`, `lvm` or `table`; nothing is a blank disk.
    pub holds: Option<String>,
    /// `empty`: its filesystem has no files.
    pub empty: bool,
    /// `read-only`: it cannot be written to.
    pub read_only: bool,
    /// `label=`: the label of its filesystem.
    pub label: Option<String>,
    /// `group=`: it is the volume group of that name.
    pub group: Option<String>,
    /// `volumes=`: the volumes of that group, with `+` between them; each has files.
    pub volumes: Vec<String>,
}

impl FromStr for Disk {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(worded)
    }
}

impl Disk {
    fn parse(text: &str) -> Result<Self, Fault> {
        let mut words = text.split(',');
        let head = words.next().unwrap_or_default();
        let Some((name, size)) = head.split_once('=') else {
            return Err(wrong(format!("the disk `{head}` has no size"), "write NAME=SIZE, like `vdb=100G`"));
        };
        let name = name.trim_start_matches("/dev/").to_owned();
        let known = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !known || ["vda", "vda1"].contains(&name.as_str()) {
            return Err(wrong(
                format!("`{name}` is not the name of a second disk"),
                "write one like `vdb` (`vda` is what the machine boots from)",
            ));
        }
        let size = Bytes::parse(size)?;
        let mut disk = Self {
            name,
            size,
            serial: None,
            holds: None,
            empty: false,
            read_only: false,
            label: None,
            group: None,
            volumes: Vec::new(),
        };
        words.try_for_each(|word| disk.say(word))?;
        Ok(disk)
    }

    fn say(&mut self, word: &str) -> Result<(), Fault> {
        let (key, value) = word.split_once('=').unwrap_or((word, ""));
        match key {
            "serial" => self.serial = Some(value.to_owned()),
            "label" => self.label = Some(value.to_owned()),
            "group" => self.group = Some(value.to_owned()),
            "volumes" => self.volumes = value.split('+').map(str::to_owned).collect(),
            "empty" => self.empty = true,
            "read-only" => self.read_only = true,
            "holds" => self.holds = Some(held(value)?.to_owned()),
            _ => {
                let help = "write serial=, holds=, label=, group=, volumes=, empty or read-only";
                return Err(wrong(format!("a disk has no `{key}`"), help));
            }
        }
        Ok(())
    }
}

/// What a disk holds, in the words of blkid(8).
fn held(word: &str) -> Result<&str, Fault> {
    match word {
        "data" => Ok("ext4"),
        "lvm" => Ok("LVM2_member"),
        "table" => Ok("dos table"),
        kind if HELD.contains(&kind) => Ok(kind),
        _ => Err(wrong(
            format!("a disk does not hold `{word}`"),
            &format!("write data, lvm, table, {}", HELD.join(", ")),
        )),
    }
}

/// The types of blkid(8) that a disk may hold, beside those that have a word of their own.
const HELD: [&str; 12] = [
    "xfs",
    "ext2",
    "ext3",
    "ext4",
    "swap",
    "vfat",
    "btrfs",
    "ntfs",
    "iso9660",
    "crypto_LUKS",
    "linux_raid_member",
    "LVM2_member",
];

impl<'de> Deserialize<'de> for Disk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
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
