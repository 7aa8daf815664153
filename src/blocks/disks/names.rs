//! How a disk is named, and its file system.

use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::units::{Numbers, Unit, quoted, unit};
use serde::Serialize;

pub(super) const NAME: Code = Code::new(
    "disks/name",
    "Labels, UUIDs and serial numbers are written as `lsblk -o NAME,LABEL,UUID,SERIAL` prints them, and have no spaces here.",
);
pub(super) const FILESYSTEM: Code =
    Code::new("disks/filesystem", "A file system is named as mount(8) takes it: `ext4`, `xfs`, `btrfs`, `vfat`.");

/// A name of characters that udev leaves as they are in the names of its links, and fstab too.
fn plain(text: &str, what: &str, help: &str) -> Result<String, Fault> {
    let sound = |byte: u8| byte.is_ascii_alphanumeric() || b"._:+@=-".contains(&byte);
    match (1..=128).contains(&text.len()) && text.bytes().all(sound) {
        true => Ok(text.to_owned()),
        false => Err(Fault::new(NAME, format!("{} is not {what}", quoted(text)), help)),
    }
}

/// The label of a file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Label(pub String);

impl Unit for Label {
    const EXPECTS: &'static str = "the label of a file system, like `data`";
    const PATTERN: &'static str = "^[A-Za-z0-9._:+@=-]{1,128}$";
    const NUMBERS: Numbers = Numbers::Any;

    fn parse(text: &str) -> Result<Self, Fault> {
        let help = "name the disk by its `uuid` or `serial`, or give it a label of letters and digits";
        plain(text, "a label", help).map(Self)
    }
}

/// The UUID of a file system, as blkid(8) prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Uuid(pub String);

impl Unit for Uuid {
    const EXPECTS: &'static str = "the UUID of a file system, like `2c9f7a3e-5d1b-4c8e-9f60-7a1b2c3d4e5f`";
    const PATTERN: &'static str =
        "^([0-9A-Fa-f]{8}-([0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}|[0-9A-Fa-f]{16})$";
    /// One of ntfs, of decimal digits only.
    const NUMBERS: Numbers = Numbers::Whole(1_000_000_000_000_000, 9_999_999_999_999_999);

    fn parse(text: &str) -> Result<Self, Fault> {
        let groups: Vec<usize> = text.split('-').map(str::len).collect();
        let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        match groups.as_slice() {
            [8, 4, 4, 4, 12] if digits => Ok(Self(text.to_ascii_lowercase())),
            // vfat, ntfs
            [4, 4] | [16] if digits => Ok(Self(text.to_ascii_uppercase())),
            _ => Err(Fault::new(
                NAME,
                format!("{} is not the UUID of a file system", quoted(text)),
                "write what `blkid -s UUID -o value DEVICE` prints",
            )),
        }
    }
}

/// The serial number of a disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Serial(pub String);

impl Unit for Serial {
    const EXPECTS: &'static str = "the serial number of a disk";
    const PATTERN: &'static str = "^[A-Za-z0-9._:+@=-]{1,128}$";
    const NUMBERS: Numbers = Numbers::Any;

    fn parse(text: &str) -> Result<Self, Fault> {
        plain(text, "a serial number", "write what `lsblk -o NAME,SERIAL` prints").map(Self)
    }
}

/// The name of any file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct FilesystemName(pub String);

impl Unit for FilesystemName {
    const EXPECTS: &'static str = "a file system, like `ext4`";
    const PATTERN: &'static str = "^(?!(swap|nfs4?|cifs)$)[a-z0-9_]{1,20}$";

    fn parse(text: &str) -> Result<Self, Fault> {
        let fault = |help: &str| Err(Fault::new(FILESYSTEM, format!("{} is not a file system", quoted(text)), help));
        let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        match text {
            "swap" => fault("swap is made by `localfs`"),
            "nfs" | "nfs4" | "cifs" => fault("a remote file system has no disk"),
            _ if !text.is_empty() && text.len() <= 20 && text.bytes().all(sound) => Ok(Self(text.to_owned())),
            _ => fault("write it as mount(8) does, like `ext4`"),
        }
    }
}

unit!(Label, Uuid, Serial, FilesystemName);

/// The one way in which a disk is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    Device(String),
    Label(String),
    Uuid(String),
    Serial(String),
}

impl Source {
    /// The path under which the machine has it while it is there.
    pub fn path(&self) -> String {
        match self {
            Self::Device(path) => path.clone(),
            Self::Label(label) => format!("/dev/disk/by-label/{label}"),
            Self::Uuid(uuid) => format!("/dev/disk/by-uuid/{uuid}"),
            Self::Serial(serial) => format!("/dev/disk/by-contextc/{serial}"),
        }
    }

    /// The first field of its row.
    pub fn in_fstab(&self) -> String {
        match self {
            Self::Label(label) => format!("LABEL={label}"),
            Self::Uuid(uuid) => format!("UUID={uuid}"),
            Self::Device(_) | Self::Serial(_) => self.path(),
        }
    }

    /// As localfs would name it.
    pub fn in_context(&self) -> String {
        match self {
            Self::Serial(serial) => serial.clone(),
            _ => self.in_fstab(),
        }
    }
}
