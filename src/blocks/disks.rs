//! Persistent disks: mounted now and at every boot, or as soon as they appear. Never formatted, unless blank and asked for.

mod faults;
mod names;
mod units;

use super::{Block, BlockSpec, Check, Lower, Offers, Payload, Phase, read};
use crate::language::diagnostic::Code;
use crate::language::path::Path;
use crate::language::units::{DiskName, Duration, Filesystem, MountOptions, MountPoint, unit_of};
use names::{FilesystemName, Label, Serial, Source, Uuid};
use schemars::SchemaGenerator;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const NOTHING: Code = Code::new("disks/nothing", "A list of disks without a disk does nothing.");
const WHICH: Code =
    Code::new("disks/which", "A disk is named in one way: by `device`, by `label`, by `uuid` or by `serial`.");
const DEVICE: Code = Code::new(
    "disks/device",
    "A device is a path below /dev; labels, UUIDs and serial numbers have keys of their own.",
);
const FORMAT: Code = Code::new(
    "disks/format",
    "Only a disk that is named by `device` or `serial` can be blank: labels and UUIDs are those of a file system.",
);
const CANNOT_MAKE: Code = Code::new(
    "disks/cannot-make",
    "A blank disk gets `xfs` or `ext4`: other file systems are mounted where they are, and not made.",
);
const DEVICE_TWICE: Code = Code::new("disks/device-twice", "A disk has one owner in a context, and one mount point.");
const SAME_MOUNT: Code =
    Code::new("disks/same-mount", "Of two file systems on one mount point the second hides the first.");
const HIDES: Code =
    Code::new("disks/hides", "Disks are mounted after the volumes of localfs, and would hide one that lies below.");
const AUTO: Code = Code::new(
    "disks/auto",
    "With `disk: auto` localfs takes the only blank disk, which may be the one that is to be formatted here.",
);

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "disks",
    summary: "persistent disks, mounted at boot or when they appear, never formatted unless blank",
    phase: Phase::Early,
    handler: &[handler!("disks")],
    codes: &[
        NOTHING,
        WHICH,
        DEVICE,
        FORMAT,
        CANNOT_MAKE,
        DEVICE_TWICE,
        SAME_MOUNT,
        HIDES,
        AUTO,
        names::NAME,
        names::FILESYSTEM,
    ],
    secrets: &[],
    schema: SchemaGenerator::subschema_for::<Disks>,
    decode: read::<Disks>,
};

/// Persistent disks of the machine.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub(crate) struct Disks(Vec<Disk>);

/// One disk, or a partition of one, with a file system on it.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{label: data, mount: /data}`"
)]
struct Disk {
    /// A path below /dev.
    device: Option<DiskName>,
    /// The label of its file system.
    label: Option<Label>,
    /// The UUID of its file system.
    uuid: Option<Uuid>,
    /// The serial number of the disk, as the cloud shows it (for OpenStack the ID of the volume).
    serial: Option<Serial>,
    /// Where it is mounted.
    mount: MountPoint,
    /// Its file system. Default: whatever it has; with `format: if-blank`, `xfs`.
    filesystem: Option<FilesystemName>,
    /// Mount options. Default `defaults`.
    options: Option<MountOptions>,
    /// What becomes of a blank disk. Default `never`.
    #[serde(default)]
    format: Format,
    /// How long to wait for it at the first boot, and fail without it. Default: it may appear whenever it likes.
    wait: Option<Duration>,
}

/// What becomes of a blank disk. One that is not blank is never formatted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Format {
    /// It is left alone, and the block fails.
    #[default]
    Never,
    /// It gets a file system: when nothing at all is found on it.
    IfBlank,
}

impl Disk {
    /// Each way in which it is named, by its key.
    fn sources(&self) -> Vec<(&'static str, Source)> {
        let given = [
            self.device.as_ref().map(|device| ("device", Source::Device(device.0.clone()))),
            self.label.as_ref().map(|label| ("label", Source::Label(label.0.clone()))),
            self.uuid.as_ref().map(|uuid| ("uuid", Source::Uuid(uuid.0.clone()))),
            self.serial.as_ref().map(|serial| ("serial", Source::Serial(serial.0.clone()))),
        ];
        given.into_iter().flatten().collect()
    }

    fn source(&self) -> Option<(&'static str, Source)> {
        self.sources().into_iter().next()
    }

    /// The file system that a blank disk gets.
    fn make(&self) -> Option<&str> {
        match (self.format, &self.filesystem) {
            (Format::Never, _) => None,
            (Format::IfBlank, Some(kind)) => Some(&kind.0),
            (Format::IfBlank, None) => Some(match Filesystem::default() {
                Filesystem::Xfs => "xfs",
                Filesystem::Ext4 => "ext4",
            }),
        }
    }

    fn check(&self, cx: &mut Check, at: &Path) {
        faults::check_named_once(cx, at);
        if let Some(device) = self.device.as_ref().filter(|device| !device.0.starts_with("/dev/")) {
            let fault = cx.error(DEVICE, &at.key("device"), format!("`{}` is not a path below /dev", device.0));
            cx.push(fault.help(format!("write `serial: {}` for a serial number", device.0)));
        }
        if self.format == Format::IfBlank {
            faults::check_format(self, cx, at);
        }
    }

    fn lowered(&self) -> Option<Value> {
        let (_, source) = self.source()?;
        let wait = self.wait.map_or(0, |wait| wait.0);
        let make = self.make();
        let device = source.path();
        Some(json!({
            "name": source.in_fstab(),
            "path": device,
            "device": format!("{}.device", unit_of(&device)),
            "pin": matches!(&source, Source::Device(path) if !path.starts_with("/dev/disk/")),
            "mount": self.mount,
            "unit": format!("{}.mount", unit_of(&self.mount.0)),
            "filesystem": make.or(self.filesystem.as_ref().map(|kind| kind.0.as_str())).unwrap_or("auto"),
            "options": self.options_in_fstab(wait),
            "make": make,
            "wait": wait,
        }))
    }

    /// A boot does not wait for the disk (`nofail`); what needs its mount does, for a while.
    fn options_in_fstab(&self, wait: u64) -> String {
        let given = self.options.as_ref().map_or("defaults", |options| options.0.as_str());
        let timeout = format!("x-systemd.device-timeout={}s", wait.max(10));
        let ours = ["nofail", timeout.as_str(), "x-contextc"];
        let key = |word: &str| word.split('=').next().unwrap_or_default().to_owned();
        let new = ours.into_iter().filter(|word| !given.split(',').any(|other| key(other) == key(word)));
        std::iter::once(given).chain(new).collect::<Vec<_>>().join(",")
    }
}

impl Block for Disks {
    fn offer(&self, offers: &mut Offers) {
        for disk in &self.0 {
            offers.mount(&disk.mount, None);
            disk.sources().into_iter().for_each(|(_, source)| offers.disk(source.in_context()));
        }
    }

    fn check(&self, cx: &mut Check) {
        let root = Path::root();
        if self.0.is_empty() && cx.sound() {
            let fault = cx.error(NOTHING, &root, "this names no disk");
            cx.push(fault.help("add `- {label: data, mount: /data}`, or remove the block"));
        }
        for (index, disk) in self.0.iter().enumerate() {
            let at = root.index(index);
            disk.check(cx, &at);
            faults::check_beside(disk, cx, &at);
            for (first, earlier) in self.0.iter().take(index).enumerate() {
                faults::check_pair((earlier, &root.index(first)), (disk, &at), cx);
            }
        }
    }

    fn lower(&self, _cx: &mut Lower) -> Payload {
        let mut disks: Vec<&Disk> = self.0.iter().collect();
        // Parents before what is mounted inside them.
        disks.sort_by_key(|disk| disk.mount.0.matches('/').count());
        let serials: Vec<&str> = self.0.iter().filter_map(|disk| Some(disk.serial.as_ref()?.0.as_str())).collect();
        let settings = json!({
            "rules": (!serials.is_empty()).then(|| units::rules(&serials)),
            "disks": disks.into_iter().filter_map(Disk::lowered).collect::<Vec<_>>(),
        });
        Payload { settings, defaults: vec![super::no_ephemeral_mount()], ..Payload::default() }
    }
}
