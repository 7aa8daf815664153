//! One logical volume, whichever form it was written in.

use crate::language::path::Path;
use crate::language::units::{Filesystem, Mode, MountOptions, MountPoint, Size, VolumeName};
use serde::Deserialize;

/// One logical volume.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `name`, `size` and `mount`")]
pub(super) struct Volume {
    /// Its name in the volume group; `swap` is swap.
    pub name: VolumeName,
    /// `20G`, `17%VG`, `100%FREE` or `rest`.
    pub size: Size,
    /// Where it is mounted. `home`, `tmp` and `cvmfs` have a place of their own.
    #[serde(default)]
    pub mount: Option<MountPoint>,
    /// Its file system. Default: that of the block.
    #[serde(default)]
    pub filesystem: Option<Filesystem>,
    /// Mount options. Default `defaults`.
    #[serde(default)]
    #[schemars(extend("default" = OPTIONS))]
    pub options: Option<MountOptions>,
    /// The mode of the mounted directory, in quotes. Default `"1777"` on `/tmp`, else what is there.
    #[serde(default)]
    pub mode: Option<Mode>,
}

/// Those of mount(8).
pub(super) const OPTIONS: &str = "defaults";

/// Where the volumes of the heritage's names go.
fn default_mount(name: &str) -> Option<MountPoint> {
    let path = match name {
        "home" => "/home",
        "tmp" => "/tmp",
        "cvmfs" => "/var/lib/cvmfs",
        _ => return None,
    };
    Some(MountPoint(path.into()))
}

impl Volume {
    /// What only a volume with a file system has.
    pub fn file_system_fields(&self) -> [(&'static str, bool); 3] {
        [("mount", self.mount.is_some()), ("filesystem", self.filesystem.is_some()), ("mode", self.mode.is_some())]
    }

    pub fn is_swap(&self) -> bool {
        self.name.0 == "swap"
    }

    pub fn mount_point(&self) -> Option<MountPoint> {
        self.mount.clone().or_else(|| default_mount(&self.name.0))
    }
}

/// A volume with its place in the text, whichever form it was written in.
pub(super) struct Placed {
    pub volume: Volume,
    pub at: Path,
}

impl Placed {
    /// Its part of the volume group, in percent; 0 where it is not a share of it.
    pub fn share(&self) -> u32 {
        match self.volume.size {
            Size::PercentVg(share) => share.into(),
            _ => 0,
        }
    }
}
