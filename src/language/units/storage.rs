//! Units of disks: shares, sizes, mount points, modes, names.

use super::{Numbers, Unit, quoted};
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use serde::{Deserialize, Serialize};

const PERCENT: Code =
    Code::new("units/percent", "A share is a whole number of percent, 0 to 100; 0 leaves the volume out.");
const SIZE: Code =
    Code::new("units/size", "A size is `20G` (powers of 1024), a share `17%VG` or `100%FREE`, or `rest`.");
const MOUNT_POINT: Code = Code::new(
    "units/mount-point",
    "A mount point is an absolute path that fstab can hold, and no directory that the system needs, like `/etc`: a mount hides what lies below.",
);
const MODE: Code = Code::new(
    "units/mode",
    "A mode is four octal digits like `\"0755\"`, in quotes: readers of YAML disagree on what a bare 0755 is.",
);
const DISK: Code =
    Code::new("units/disk", "A disk is a path below /dev, the serial or by-id name the cloud shows, or `auto`.");
const VOLUME_NAME: Code =
    Code::new("units/volume-name", "LVM takes letters, digits and `+_.-`, at most 100 of them, not `-` or `.` first.");

const MOUNT_OPTIONS: Code = Code::new(
    "units/mount-options",
    "Mount options are words with commas between them, as in fstab(5), where a space would begin the next field.",
);

pub(super) const CODES: &[Code] = &[PERCENT, SIZE, MOUNT_POINT, MODE, DISK, VOLUME_NAME, MOUNT_OPTIONS];

/// A share in whole percent, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Percent(pub u8);

impl Unit for Percent {
    const EXPECTS: &'static str = "a whole percentage, like `58`";
    const PATTERN: &'static str = "^(100|[1-9]?[0-9])%?$";
    const NUMBERS: Numbers = Numbers::Whole(0, 100);

    fn parse(text: &str) -> Result<Self, Fault> {
        let digits = text.strip_suffix('%').unwrap_or(text);
        let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
        let fault = |what: &str| {
            let message = format!("{} {what}", quoted(text));
            let help = match Size::parse(text) {
                Ok(_) => format!("a size goes into a list: `volumes: [{{name: NAME, size: {text}, mount: /PATH}}]`"),
                Err(_) => "write a whole number from 0 to 100, like `58`".into(),
            };
            Err(Fault::new(PERCENT, message, help))
        };
        match digits.parse::<f64>() {
            Err(_) => fault("is not a percentage"),
            Ok(number) if number < 0.0 => fault("is less than nothing"),
            Ok(number) if number > 100.0 => fault("is more than 100 %"),
            // Eight to some readers of YAML, ten to others.
            Ok(_) if whole && digits.len() > 1 && digits.starts_with('0') => fault("begins with a zero"),
            Ok(number) if whole => Ok(Self(number as u8)),
            Ok(_) => fault("is not a whole percentage"),
        }
    }
}

/// A size in bytes: of each unit as many digits as stay below 2^64.
macro_rules! bytes_pattern {
    () => {
        "0*[1-9]([0-9]{0,15}K|[0-9]{0,12}M|[0-9]{0,9}G|[0-9]{0,6}T)(iB|B)?"
    };
}
pub(crate) use bytes_pattern;

/// How large a volume is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Size {
    /// Of the whole volume group.
    PercentVg(u8),
    /// Of what is still free when its turn comes.
    PercentFree(u8),
    /// Rounded up to whole extents on the machine.
    Bytes(u64),
}

impl Unit for Size {
    const EXPECTS: &'static str = "a size, like `20G`, `17%VG`, `100%FREE` or `rest`";
    const PATTERN: &'static str = concat!("^(rest|(100|[1-9][0-9]?)%(VG|FREE)|", bytes_pattern!(), ")$");

    fn parse(text: &str) -> Result<Self, Fault> {
        if text == "rest" {
            return Ok(Self::PercentFree(100));
        }
        if let Some((share, of)) = text.split_once('%') {
            return Self::share(text, share, of);
        }
        Self::bytes(text)
    }
}

impl Size {
    fn fault(text: &str, help: impl Into<String>) -> Fault {
        Fault::new(SIZE, format!("{} is not a size", quoted(text)), help)
    }

    fn share(text: &str, share: &str, of: &str) -> Result<Self, Fault> {
        let worded = |fault: Fault| Fault::new(fault.code, fault.message, "write a whole share, like `58%VG`");
        let Percent(share) = Percent::parse(share).map_err(worded)?;
        match of {
            _ if share == 0 => Err(Self::fault(text, "leave the volume out, or give it a share")),
            "VG" => Ok(Self::PercentVg(share)),
            "FREE" => Ok(Self::PercentFree(share)),
            _ => Err(Self::fault(
                text,
                format!("write `{share}%VG` of the volume group, or `{share}%FREE` of what is free"),
            )),
        }
    }

    fn bytes(text: &str) -> Result<Self, Fault> {
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
        let Some(number) = digits.parse::<u64>().ok().filter(|_| whole) else {
            return Err(Self::fault(text, "write `20G`, `17%VG`, `100%FREE` or `rest`"));
        };
        let unit = text.get(digits.len()..).unwrap_or_default();
        // The most digits keep it below 2^64 bytes.
        let (shift, longest) = match unit.strip_suffix("iB").or_else(|| unit.strip_suffix('B')).unwrap_or(unit) {
            "K" => (10, 16),
            "M" => (20, 13),
            "G" => (30, 10),
            "T" => (40, 7),
            _ => return Err(Self::fault(text, format!("write the unit: `{digits}G`, or a share: `{digits}%VG`"))),
        };
        match number.checked_mul(1 << shift) {
            Some(bytes) if bytes > 0 && digits.trim_start_matches('0').len() <= longest => Ok(Self::Bytes(bytes)),
            _ => Err(Self::fault(text, "write a size that a disk can have, like `20G`")),
        }
    }

    /// The size in bytes, where it does not depend on the disk.
    pub fn in_bytes(self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// An absolute path, without `..`, spaces or a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, PartialOrd, Ord)]
#[serde(transparent)]
pub(crate) struct MountPoint(pub String);

/// Covered by another file system, these take the running system away; what lies below them may be mounted.
const SYSTEM: &[&str] = &["/", "/root", "/usr", "/usr/local", "/var", "/var/lib", "/var/log/contextc"];

/// The same, with all that lies below.
const SYSTEM_TREES: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/proc",
    "/run",
    "/sbin",
    "/sys",
    "/usr/bin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/sbin",
    "/usr/share",
    "/var/lib/cloud",
    "/var/lib/contextc",
    "/var/lib/dpkg",
    "/var/lib/rpm",
    "/var/lock",
    "/var/run",
];

fn of_the_system(path: &str) -> bool {
    let below = |tree: &str| path.strip_prefix(tree).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    path.is_empty() || SYSTEM.contains(&path) || SYSTEM_TREES.iter().any(|tree| below(tree))
}

impl Unit for MountPoint {
    const EXPECTS: &'static str = "a mount point, like `/data`";
    const PATTERN: &'static str = "^(?!/+$)(?!.*/[.]{1,2}(/|$))(?!.*//+[^/])/[^\\s\\\\#\\x00-\\x1f\\x7f-\\x9f]+$";

    fn parse(text: &str) -> Result<Self, Fault> {
        let fault = |message: String, help: String| Err(Fault::new(MOUNT_POINT, message, help));
        let path = text.trim_end_matches('/');
        let shown = quoted(text);
        match path {
            _ if !text.starts_with('/') => fault(format!("{shown} is not an absolute path"), absolute(path)),
            // fstab separates its fields by white space, and gives a backslash and `#` a meaning.
            _ if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\' || c == '#') => {
                fault(format!("{shown} cannot stand in /etc/fstab"), "write a path without spaces, `#` and `\\`".into())
            }
            _ if path.split('/').skip(1).any(|name| matches!(name, "" | "." | "..")) => {
                fault(format!("{shown} is not a plain path"), "write it without `.`, `..` and `//`".into())
            }
            _ if of_the_system(path) => fault(
                format!("{shown} belongs to the running system"),
                "mount below another directory, like `/data`".into(),
            ),
            _ => Ok(Self(path.to_owned())),
        }
    }
}

/// What to write for a relative path.
fn absolute(path: &str) -> String {
    let path = format!("/{}", path.trim_start_matches(['.', '~', '/']));
    match MountPoint::parse(&path) {
        Ok(_) => format!("write `{path}`"),
        Err(_) => "write an absolute path, like `/data`".into(),
    }
}

impl MountPoint {
    /// Whether a path is this mount point or lies below it.
    pub fn holds(&self, path: &str) -> bool {
        path.strip_prefix(self.0.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// Mount options, separated by commas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct MountOptions(pub String);

impl Unit for MountOptions {
    const EXPECTS: &'static str = "mount options, like `noatime,nodev`";
    const PATTERN: &'static str = "^[!\"$-\\[\\]-~]+$";
    const NUMBERS: Numbers = Numbers::Any;

    fn parse(text: &str) -> Result<Self, Fault> {
        // fstab separates its fields by white space and begins a comment with `#`.
        match !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && c != '#' && c != '\\') {
            true => Ok(Self(text.to_owned())),
            false => Err(Fault::new(
                MOUNT_OPTIONS,
                format!("{} cannot be the options of a mount", quoted(text)),
                "write it as in fstab(5), without spaces",
            )),
        }
    }
}

/// The permission bits of a file or directory, as four octal digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Mode(pub String);

impl Unit for Mode {
    const EXPECTS: &'static str = "a mode in quotes, like `\"0755\"`";
    const PATTERN: &'static str = "^[0-7]{4}$";

    fn parse(text: &str) -> Result<Self, Fault> {
        let octal = text.len() == 4 && text.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
        let three = text.len() == 3 && text.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
        let example =
            if three { format!("write `\"0{text}\"`") } else { "write four octal digits, like `\"0755\"`".into() };
        match octal {
            true => Ok(Self(text.to_owned())),
            false => {
                let fault = Fault::new(MODE, format!("{} is not a mode", quoted(text)), example);
                Err(if three { fault.meant(format!("\"0{text}\"")) } else { fault })
            }
        }
    }
}

macro_rules! disk_pattern {
    () => {
        "(/dev(/(?![.]{1,2}(/|$))[A-Za-z0-9._:+@-]+)+|(?![.]{1,2}$)[A-Za-z0-9._:+@-]+)"
    };
}
pub(crate) use disk_pattern;

/// Which disk to take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct DiskName(pub String);

impl Unit for DiskName {
    const EXPECTS: &'static str = "a disk, like `/dev/vdb`, a serial, or `auto`";
    const PATTERN: &'static str = concat!("^", disk_pattern!(), "$");
    const NUMBERS: Numbers = Numbers::Whole(0, i64::MAX);

    fn parse(text: &str) -> Result<Self, Fault> {
        let name = text.strip_prefix("/dev/").unwrap_or(text);
        let allowed =
            |c: char| c.is_ascii_alphanumeric() || "._:+@-".contains(c) || (c == '/' && text.starts_with("/dev/"));
        let plain = !name.is_empty()
            && name.chars().all(allowed)
            && !name.split('/').any(|part| matches!(part, "" | "." | ".."));
        match plain {
            true if is_kernel_name(text) => Ok(Self(format!("/dev/{text}"))),
            true => Ok(Self(text.to_owned())),
            false => Err(Fault::new(
                DISK,
                format!("{} is not a disk", quoted(text)),
                "write `/dev/vdb`, the serial of the disk, or `auto`",
            )),
        }
    }
}

/// Whether a device is a disk or a partition of it: `vdb1`, `nvme0n1p1`.
pub(crate) fn is_on(device: &str, disk: &str) -> bool {
    let Some(rest) = device.strip_prefix(disk) else { return false };
    let number = if disk.ends_with(|c: char| c.is_ascii_digit()) { rest.strip_prefix('p') } else { Some(rest) };
    rest.is_empty()
        || number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `vdb`, `sdc`, `nvme0n1`: no serial looks like that.
fn is_kernel_name(text: &str) -> bool {
    let letters = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase());
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let nvme = text.strip_prefix("nvme").and_then(|rest| rest.split_once('n'));
    ["sd", "vd", "xvd", "hd"].iter().any(|kind| text.strip_prefix(kind).is_some_and(letters))
        || nvme.is_some_and(|(controller, namespace)| number(controller) && number(namespace))
}

/// The name of a logical volume or of a volume group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, PartialOrd, Ord)]
#[serde(transparent)]
pub(crate) struct VolumeName(pub String);

impl Unit for VolumeName {
    const EXPECTS: &'static str = "a name, like `home`";
    const PATTERN: &'static str = "^(?!snapshot|pvmove|.*_(cdata|cmeta|corig|iorig|mimage|mlog|pmspare|rimage|rmeta|tdata|tmeta|vdata|vorigin))[A-Za-z0-9_+][A-Za-z0-9_.+-]{0,99}$";
    const NUMBERS: Numbers = Numbers::Positive;

    fn parse(text: &str) -> Result<Self, Fault> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_.+-".contains(c);
        let plain = (1..=100).contains(&text.len()) && text.chars().all(allowed) && !text.starts_with(['-', '.']);
        let fault = |message, help| Err(Fault::new(VOLUME_NAME, message, help));
        match plain {
            true if reserved(text) => {
                fault(format!("LVM keeps the name `{text}` to itself"), "choose another name, like `data1`")
            }
            true => Ok(Self(text.to_owned())),
            false => {
                let help = match text.contains("{{") {
                    true => "write the name out: a placeholder stands only in a value",
                    false => "write letters and digits, like `data1`",
                };
                fault(format!("{} is not a name for LVM", quoted(text)), help)
            }
        }
    }
}

/// lvm(8), "valid names": these belong to LVM itself.
fn reserved(name: &str) -> bool {
    let inside = [
        "_cdata", "_cmeta", "_corig", "_iorig", "_mimage", "_mlog", "_pmspare", "_rimage", "_rmeta", "_tdata",
        "_tmeta", "_vdata", "_vorigin",
    ];
    name.starts_with("snapshot") || name.starts_with("pvmove") || inside.iter().any(|part| name.contains(part))
}

/// The file systems that handlers make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Filesystem {
    /// Good at large files and many cores; cannot shrink. The default.
    #[default]
    Xfs,
    /// In every kernel and rescue system.
    Ext4,
}
