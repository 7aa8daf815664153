//! Local disks: a volume group on one disk, its volumes by share or size, file systems, swap, and mounts of other disks.
//!
//! Two ways to say it, one thing said: `parts` (a name and a percentage) and `volumes` (a list) lower to the same settings.

mod faults;
mod mounts;
mod parts;
mod volume;

use super::{Block, BlockSpec, Check, Lower, Offers, Payload, Phase, read};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::units::{DiskName, Duration, Filesystem, Mode, MountPoint, Size, Unit, VolumeName};
use mounts::Row;
use parts::Parts;
use schemars::SchemaGenerator;
use serde::{Deserialize, Serialize};
use serde_json::json;
use volume::{Placed, Volume};

const BOTH_FORMS: Code = Code::new(
    "localfs/both-forms",
    "`parts` and `volumes` are two ways to say the same; together they would contradict each other.",
);
const NOTHING: Code = Code::new("localfs/nothing", "A localfs without volumes and mounts does nothing.");
const TWO_DISKS: Code = Code::new(
    "localfs/two-disks",
    "`extdisk` is the older name of `disk`: of two answers one would be ignored, and perhaps the wrong disk taken.",
);
const OVER_100: Code = Code::new("localfs/shares-over-100", "The shares of a volume group add up to at most 100 %.");
const NO_MOUNT: Code = Code::new(
    "localfs/mount-missing",
    "Only `home`, `tmp` and `cvmfs` have a mount point of their own: any other volume would be made and never mounted.",
);
const MOUNT_OF_NOTHING: Code =
    Code::new("localfs/mount-of-nothing", "A `NAME-mount` belongs to a volume NAME; alone it has no effect.");
const SAME_NAME: Code = Code::new("localfs/same-name", "Two volumes of one group cannot have one name.");
const SAME_MOUNT: Code =
    Code::new("localfs/same-mount", "Of two file systems on one mount point the second hides the first.");
const MOUNT_ORDER: Code =
    Code::new("localfs/mount-order", "A mount inside another comes after it, or it would be hidden by it.");
const TWO_SWAPS: Code =
    Code::new("localfs/two-swaps", "A machine gets one swap volume; two on one disk only slow each other down.");
const SWAP_FIELDS: Code =
    Code::new("localfs/swap-fields", "Swap has neither a mount point nor a file system and its mode.");
const AFTER_REST: Code =
    Code::new("localfs/after-rest", "After a volume that takes all that is left, nothing is left.");
const DEVICE_TWICE: Code = Code::new(
    "localfs/device-twice",
    "A device holds the volume group, or one file system of one row: whoever takes it second finds it in use, or destroys what is there.",
);
const MOUNT_TWICE: Code = Code::new(
    "localfs/mount-twice",
    "A volume has one mount point, and `NAME-mount` and `NAME_mount` are two spellings of it.",
);
const TOO_MANY: Code =
    Code::new("localfs/too-many", "A machine has a handful of file systems; hundreds of them are a slip.");
const MOUNTS_FIELDS: Code = Code::new(
    "localfs/mount-row",
    "A row of `mounts` is device, mount point, file system, options, dump, pass, as in fstab(5).",
);

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "localfs",
    summary: "volumes on a blank disk by share or size, with file systems, swap and mounts",
    phase: Phase::Early,
    handler: &[handler!("localfs")],
    codes: &[
        BOTH_FORMS,
        NOTHING,
        TWO_DISKS,
        OVER_100,
        NO_MOUNT,
        MOUNT_OF_NOTHING,
        SAME_NAME,
        SAME_MOUNT,
        MOUNT_ORDER,
        TWO_SWAPS,
        SWAP_FIELDS,
        AFTER_REST,
        DEVICE_TWICE,
        MOUNT_TWICE,
        TOO_MANY,
        MOUNTS_FIELDS,
    ],
    secrets: &[],
    schema: SchemaGenerator::subschema_for::<LocalFs>,
    decode: read::<LocalFs>,
};

/// Local disks of the machine.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{parts: {home: 50}}`"
)]
pub(crate) struct LocalFs {
    /// The disk to take: a path, a serial or by-id name, or `auto`, the only blank and unused one. Default `/dev/vdb`.
    #[schemars(extend("default" = DISK))]
    disk: Option<DiskName>,
    /// The older name of `disk`.
    extdisk: Option<DiskName>,
    /// The volume group to make. Default `attached`.
    #[schemars(extend("default" = VOLUME_GROUP))]
    volume_group: Option<VolumeName>,
    /// The file system of all volumes that name none. Default `xfs`.
    #[schemars(extend("default" = Filesystem::default()))]
    filesystem: Option<Filesystem>,
    /// Shares of the volume group by volume name, in percent; `swap` is a share of what is left and comes last.
    /// `NAME-mount` sets a mount point.
    parts: Option<Parts>,
    /// The same in full: a list of volumes, in the order in which they are made.
    volumes: Option<Vec<Volume>>,
    /// Rows as in fstab(5): device, mount point, file system, options, dump, pass.
    mounts: Option<Vec<Row>>,
    /// What to do with a disk that is not blank. Default `refuse`.
    existing: Existing,
    /// How long to wait for the disk to appear. Default `30s`.
    #[schemars(extend("default" = WAIT.text()))]
    wait: Option<Duration>,
}

/// The second disk of most machines.
const DISK: &str = "/dev/vdb";

pub(crate) const VOLUME_GROUP: &str = "attached";

/// Clouds attach disks while the machine boots.
const WAIT: Duration = Duration(30);

/// More than this is not judged: it would take long, and nobody would read what is said.
const MOST: usize = 256;

fn too_many() -> Fault {
    Fault::new(TOO_MANY, format!("this asks for more than {MOST} file systems"), format!("ask for at most {MOST}"))
}

/// What to do with a disk that holds something.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Existing {
    /// Any signature, partition, mount or holder: leave it alone and fail.
    #[default]
    Refuse,
    /// Take a disk whose file system holds no files: clouds hand out such ephemeral disks.
    WipeIfEmpty,
    /// Keep a volume group of that name, or one file system, and make what is missing in free space.
    Reuse,
    /// Take the disk whatever it holds. Never one that is mounted or held.
    Wipe,
}

impl LocalFs {
    /// All volumes, in the order in which they are made: as written, swap last.
    fn placed(&self) -> Vec<Placed> {
        let from_parts = self.parts.iter().flat_map(Parts::volumes);
        let from_list = self
            .volumes
            .iter()
            .flatten()
            .enumerate()
            .map(|(index, volume)| Placed { volume: volume.clone(), at: Path::root().key("volumes").index(index) });
        let (swap, others): (Vec<_>, Vec<_>) = from_parts.chain(from_list).partition(|placed| placed.volume.is_swap());
        others.into_iter().chain(swap).collect()
    }

    /// Every mount point with its place: volumes first, then rows, as the machine mounts them.
    fn mount_points(&self) -> Vec<(MountPoint, Path)> {
        let volumes = self.placed().into_iter().filter(|placed| !placed.volume.is_swap());
        let volumes = volumes.filter_map(|placed| Some((placed.volume.mount_point()?, self.mount_place(&placed))));
        let rows = self.mounts.iter().flatten().enumerate();
        let rows =
            rows.filter_map(|(index, row)| Some((row.mount_point()?.clone(), mounts::place(index, mounts::MOUNT))));
        volumes.chain(rows).collect()
    }

    fn mount_place(&self, placed: &Placed) -> Path {
        match &self.parts {
            Some(parts) => parts.mount_place(&placed.volume.name.0),
            None if placed.volume.mount.is_some() => placed.at.key("mount"),
            None => placed.at.key("name"),
        }
    }

    fn check_forms(&self, cx: &mut Check) {
        let root = Path::root();
        if self.parts.is_some() && self.volumes.is_some() {
            let fault = cx.error_at_key(BOTH_FORMS, &root.key("volumes"), "`parts` and `volumes` are both given");
            cx.push(fault.help("keep one of the two"));
        }
        if cx.sound() && self.placed().is_empty() && self.mounts.as_ref().is_none_or(Vec::is_empty) {
            let fault = cx.error(NOTHING, &root, "this names no volume and no mount");
            cx.push(fault.help("add `parts: {home: 50}`, or remove the block"));
        }
        if self.disk.is_some() && self.extdisk.is_some() {
            let fault = cx.error_at_key(TWO_DISKS, &root.key("extdisk"), "`disk` and `extdisk` are both given");
            cx.push(fault.help("keep `disk`"));
        }
    }

    fn check_parts(&self, cx: &mut Check) {
        for (name, fault) in self.parts.iter().flat_map(Parts::bad_names) {
            let at = Path::root().key("parts").key(name);
            cx.push(cx.error_at_key(fault.code, &at, fault.message).help(fault.help));
        }
        let parts = Path::root().key("parts");
        for (key, first, name) in self.parts.iter().flat_map(Parts::mounted_again) {
            let fault = cx.error_at_key(MOUNT_TWICE, &parts.key(key), format!("`{name}` already has a mount point"));
            cx.push(fault.also(cx.span(&parts.key(first)), "first here").help(format!("remove `{key}` or `{first}`")));
        }
        for (key, name) in self.parts.iter().flat_map(Parts::mounts) {
            match cx.written(&parts.key(name)) {
                true if name == "swap" => {
                    let fault = cx.error_at_key(SWAP_FIELDS, &parts.key(key), "swap has no mount point");
                    cx.push(fault.help(format!("remove `{key}`")));
                }
                true => {}
                false => cx.push(self.mount_of_nothing(cx, key, name)),
            }
        }
    }

    fn mount_of_nothing(&self, cx: &Check, key: &str, name: &str) -> Diagnostic {
        let message = format!("there is no volume `{name}` to mount");
        let fault = cx.error_at_key(MOUNT_OF_NOTHING, &Path::root().key("parts").key(key), message);
        match self.parts.as_ref().and_then(|parts| parts.nearest(name)) {
            Some(near) => fault.help(format!("did you mean `{}`?", key.replacen(name, near, 1))),
            None => fault.help(format!("add `{name}: 10`, or remove `{key}`")),
        }
    }

    fn check_volumes(&self, cx: &mut Check) {
        let volumes = self.placed();
        for (index, placed) in volumes.iter().enumerate() {
            let Placed { volume, at } = placed;
            if let Some(first) = volumes.iter().take(index).find(|earlier| earlier.volume.name == volume.name) {
                cx.push(faults::same_name(cx, placed, first));
            }
            let nameless = VolumeName::parse(&volume.name.0).is_err();
            if !volume.is_swap() && volume.mount_point().is_none() && !nameless && !self.mount_written(cx, placed) {
                cx.push(self.no_mount(cx, placed));
            }
            for (field, given) in volume.file_system_fields() {
                if given && volume.is_swap() {
                    let fault = cx.error_at_key(SWAP_FIELDS, &at.key(field), format!("swap has no `{field}`"));
                    cx.push(fault.help(format!("remove `{field}`, or give the volume another name")));
                }
            }
        }
    }

    /// Whether a mount point is there, if only one that is no path.
    fn mount_written(&self, cx: &Check, placed: &Placed) -> bool {
        let beside = |suffix| Path::root().key("parts").key(format!("{}{suffix}", placed.volume.name.0));
        cx.written(&placed.at.key("mount")) || cx.written(&beside("-mount")) || cx.written(&beside("_mount"))
    }

    fn no_mount(&self, cx: &Check, placed: &Placed) -> Diagnostic {
        let name = &placed.volume.name.0;
        let fault = cx.error_at_key(NO_MOUNT, &placed.at, format!("the volume `{name}` has no mount point"));
        match self.parts {
            Some(_) => fault.help(format!("add `{name}-mount: /{name}`")),
            None => fault.help(format!("add `mount: /{name}`")),
        }
    }

    /// Shares of the group add up to at most 100 %; and nothing follows a volume that takes all that is free.
    fn check_shares(&self, cx: &mut Check) {
        let volumes = self.placed();
        let (mut sum, mut rest) = (0, None);
        for placed in &volumes {
            let before = sum;
            sum += placed.share();
            match rest {
                _ if before > 100 => {}
                _ if sum > 100 => cx.push(faults::over_100(cx, placed, &volumes)),
                Some(taker) => cx.push(faults::after_rest(cx, placed, taker)),
                None => {}
            }
            if placed.volume.size == Size::PercentFree(100) || (sum == 100 && before < 100) {
                rest = rest.or(Some(placed));
            }
        }
    }

    fn check_mount_points(&self, cx: &mut Check) {
        let mounts = self.mount_points();
        for (index, (mount, at)) in mounts.iter().enumerate() {
            let earlier = mounts.iter().take(index);
            if let Some((_, first)) = earlier.clone().find(|(earlier, _)| earlier == mount) {
                let fault = cx.error(SAME_MOUNT, at, format!("`{}` is already a mount point", mount.0));
                cx.push(fault.also(cx.span(first), "first here").help("choose another mount point for one of the two"));
            } else if let Some((inner, first)) = earlier.clone().find(|(earlier, _)| mount.holds(&earlier.0)) {
                let fault = cx.error(
                    MOUNT_ORDER,
                    at,
                    format!("`{}` would hide `{}`, which is mounted before it", mount.0, inner.0),
                );
                cx.push(
                    fault.also(cx.span(first), "mounted first").help(format!("put `{}` before `{}`", mount.0, inner.0)),
                );
            }
        }
    }
}

impl Block for LocalFs {
    fn offer(&self, offers: &mut Offers) {
        for Placed { volume, .. } in self.placed() {
            if let Some(mount) = volume.mount_point() {
                offers.mount(&mount, volume.size.in_bytes());
            }
        }
        for mount in self.mounts.iter().flatten().filter_map(Row::mount_point) {
            offers.mount(mount, None);
        }
        if !self.placed().is_empty() {
            offers.disk(self.disk_name());
        }
        for row in self.mounts.iter().flatten() {
            offers.disk(row.device());
        }
    }

    fn check(&self, cx: &mut Check) {
        if self.placed().len() + self.mounts.as_ref().map_or(0, Vec::len) > MOST {
            let Fault { code, message, help, .. } = too_many();
            return cx.push(cx.error(code, &Path::root(), message).help(help));
        }
        self.check_forms(cx);
        self.check_parts(cx);
        self.check_volumes(cx);
        self.check_shares(cx);
        self.check_mount_points(cx);
        let disk = self.disk_name();
        let taken = (!self.placed().is_empty()).then_some(disk);
        mounts::check_devices(self.mounts.as_deref().unwrap_or_default(), taken, cx);
    }

    fn lower(&self, _cx: &mut Lower) -> Payload {
        let volumes: Vec<_> = self.placed().iter().map(|placed| self.lowered(&placed.volume)).collect();
        let settings = json!({
            "disk": self.disk_name(),
            "existing": self.existing,
            "wait": self.wait.unwrap_or(WAIT),
            "volume-group": self.volume_group.as_ref().map_or(VOLUME_GROUP, |name| name.0.as_str()),
            "volumes": volumes,
            "mounts": self.mounts.as_deref().unwrap_or_default(),
        });
        Payload { settings, defaults: vec![super::no_ephemeral_mount()], ..Payload::default() }
    }
}

impl LocalFs {
    fn disk_name(&self) -> &str {
        self.disk.as_ref().or(self.extdisk.as_ref()).map_or(DISK, |disk| disk.0.as_str())
    }

    fn lowered(&self, volume: &Volume) -> serde_json::Value {
        let filesystem = volume.filesystem.or(self.filesystem).unwrap_or_default();
        let mount = if volume.is_swap() { None } else { volume.mount_point() };
        let sticky = mount.as_ref().filter(|mount| mount.0 == "/tmp").map(|_| Mode("1777".into()));
        json!({
            "name": volume.name,
            "size": volume.size,
            "filesystem": if volume.is_swap() { json!("swap") } else { json!(filesystem) },
            "options": volume.options.as_ref().map_or(volume::OPTIONS, |options| options.0.as_str()),
            "mode": volume.mode.clone().or(sticky),
            "mount": mount,
        })
    }
}
