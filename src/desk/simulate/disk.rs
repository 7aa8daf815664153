//! A disk of the machine that is described.

use super::facts::{Bytes, worded, wrong};
use crate::blocks::VOLUME_GROUP;
use crate::language::decode::UNKNOWN_VALUE;
use crate::language::fault::Fault;
use crate::language::suggest;
use crate::language::units::{Unit, VolumeName};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use std::str::FromStr;

/// The smallest volume, and what each is a multiple of, in bytes: an extent, as LVM and our handlers make them.
const EXTENT: u64 = 4 << 20;

/// What LVM keeps for itself at the beginning of a disk, in bytes (pvcreate's own alignment).
const RESERVED: u64 = 1 << 20;

/// A disk: `NAME=SIZE`, and after commas what else is known of it.
///
/// ```
/// let disk: contextc::simulate::Disk = "vdb=100G,serial=data,holds=ext4,empty".parse()?;
/// assert_eq!((disk.name.as_str(), disk.size.0, disk.empty), ("vdb", 100 << 30, true));
/// let disk: contextc::simulate::Disk = "vdb=100G,volumes=cvmfs:20G:xfs+home".parse()?;
/// assert_eq!((disk.group.as_deref(), disk.volumes[0].size.0), (Some("attached"), 20 << 30));
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
    /// `group=`: it is the volume group of that name; with volumes and without a name the one that `localfs` makes by default.
    pub group: Option<String>,
    /// `volumes=`: the volumes of that group, with `+` between them.
    pub volumes: Vec<HeldVolume>,
}

/// A volume that is there already: `NAME`, `NAME:SIZE` or `NAME:SIZE:TYPE`.
///
/// ```
/// let volume: contextc::simulate::HeldVolume = "home:20G:xfs".parse()?;
/// assert_eq!((volume.size.0, volume.filesystem.as_str()), (20 << 30, "xfs"));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldVolume {
    /// Its name.
    pub name: String,
    /// Its size, which LVM rounds up to whole extents of 4 MiB: one, where nothing is said.
    pub size: Bytes,
    /// What is on it, in the words of blkid(8); all but swap has files. `ext4`, where nothing is said.
    pub filesystem: String,
}

impl FromStr for Disk {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(worded)
    }
}

impl FromStr for HeldVolume {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(worded)
    }
}

impl Disk {
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let mut words = text.split(',');
        let head = words.next().unwrap_or_default();
        let Some((name, size)) = head.split_once('=') else {
            return Err(wrong(format!("the disk `{head}` has no size"), "write NAME=SIZE, like `vdb=100G`"));
        };
        let mut disk = Self {
            name: second_disk(name)?,
            size: Bytes::parse(size)?,
            serial: None,
            holds: None,
            empty: false,
            read_only: false,
            label: None,
            group: None,
            volumes: Vec::new(),
        };
        let mut seen = Vec::new();
        words.try_for_each(|word| disk.say(word, &mut seen))?;
        disk.fits()?;
        Ok(disk)
    }

    fn say<'w>(&mut self, word: &'w str, seen: &mut Vec<&'w str>) -> Result<(), Fault> {
        let (key, value) = word.split_once('=').map_or((word, None), |(key, value)| (key, Some(value)));
        if seen.contains(&key) {
            return Err(wrong(format!("`{key}` is said twice of a disk"), "remove one of them"));
        }
        seen.push(key);
        let told = || {
            let fault = || wrong(format!("`{key}` has no value"), format!("write `{key}=...`"));
            value.filter(|value| !value.is_empty()).ok_or_else(fault)
        };
        match key {
            "empty" | "read-only" if value.is_some() => {
                return Err(wrong(format!("`{key}` takes no value"), format!("write `{key}` alone, or leave it out")));
            }
            "empty" => self.empty = true,
            "read-only" => self.read_only = true,
            "serial" => self.serial = Some(told()?.to_owned()),
            "label" => self.label = Some(told()?.to_owned()),
            "group" => self.group = Some(named(told()?)?),
            "volumes" => self.volumes = told()?.split('+').map(HeldVolume::parse).collect::<Result<_, _>>()?,
            "holds" => self.holds = Some(held(told()?)?.to_owned()),
            _ => {
                let known = ["serial", "holds", "label", "group", "volumes", "empty", "read-only"];
                return Err(unknown(format!("a disk has no `{key}`"), key, &known));
            }
        }
        Ok(())
    }

    /// What is said of it fits together. Volumes without a group are in the one that `localfs` makes.
    fn fits(&mut self) -> Result<(), Fault> {
        if !self.volumes.is_empty() {
            self.group.get_or_insert_with(|| VOLUME_GROUP.to_owned());
        }
        let Some(group) = &self.group else { return Ok(()) };
        if let Some(kind) = self.holds.as_deref().filter(|kind| *kind != MEMBER) {
            let message = format!("the disk `{}` cannot hold {kind} and be the volume group `{group}`", self.name);
            return Err(wrong(message, "leave out `holds=`"));
        }
        let mut names: Vec<&str> = self.volumes.iter().map(|volume| volume.name.as_str()).collect();
        names.sort_unstable();
        if let Some(name) = names.windows(2).find_map(|pair| matches!(pair, [a, b] if a == b).then(|| pair.first())) {
            let message = format!("the volume `{}` is there twice", name.unwrap_or(&""));
            return Err(wrong(message, "give it another name"));
        }
        let has = self.size.0.saturating_sub(RESERVED) / EXTENT;
        let take = self.volumes.iter().fold(0, |sum: u64, volume| sum.saturating_add(volume.size.0.div_ceil(EXTENT)));
        if take > has {
            let message = format!(
                "the volumes take {take} extents of 4 MiB, and the disk `{}` has {has} beside LVM's own data",
                self.name
            );
            return Err(wrong(message, "make them smaller, or the disk larger"));
        }
        Ok(())
    }
}

impl HeldVolume {
    fn parse(text: &str) -> Result<Self, Fault> {
        let mut words = text.splitn(3, ':');
        let name = named(words.next().unwrap_or_default())?;
        let size = words.next().map_or(Ok(Bytes(EXTENT)), Bytes::parse)?;
        let kind = words.next().map_or(Ok("ext4"), |word| one_of(word, "a volume", &HELD))?;
        Ok(Self { name, size, filesystem: kind.to_owned() })
    }
}

/// The name of a disk that the machine does not boot from.
fn second_disk(name: &str) -> Result<String, Fault> {
    let name = name.trim_start_matches("/dev/");
    let known = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match known && !["vda", "vda1"].contains(&name) {
        true => Ok(name.to_owned()),
        false => Err(wrong(
            format!("`{name}` is not the name of a second disk"),
            "write one like `vdb` (`vda` is what the machine boots from)",
        )),
    }
}

/// The name of a volume, or of a group.
fn named(name: &str) -> Result<String, Fault> {
    VolumeName::parse(name).map(|VolumeName(name)| name).map_err(|fault| wrong(fault.message, fault.help))
}

/// What a disk holds, in the words of blkid(8).
fn held(word: &str) -> Result<&str, Fault> {
    match word {
        "data" => Ok("ext4"),
        "lvm" => Ok(MEMBER),
        "table" => Ok("dos table"),
        kind => one_of(kind, "a disk", &[&["data", "lvm", "table", MEMBER], &HELD[..]].concat()),
    }
}

fn one_of<'w>(word: &'w str, what: &str, known: &[&str]) -> Result<&'w str, Fault> {
    match known.contains(&word) {
        true => Ok(word),
        false => Err(unknown(format!("{what} does not hold `{word}`"), word, known)),
    }
}

fn unknown(message: String, word: &str, known: &[&str]) -> Fault {
    Fault::new(UNKNOWN_VALUE, message, suggest::advice(word, known))
}

/// A disk of a volume group.
const MEMBER: &str = "LVM2_member";

/// The types of blkid(8) that a disk or a volume may hold, beside those that have a word of their own.
const HELD: [&str; 11] =
    ["xfs", "ext2", "ext3", "ext4", "swap", "vfat", "btrfs", "ntfs", "iso9660", "crypto_LUKS", "linux_raid_member"];

impl<'de> Deserialize<'de> for Disk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
