//! `parts`: volume names with their shares, and their mount points beside them.

use super::{Placed, Volume};
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::suggest;
use crate::language::units::{MountPoint, Percent, Size, Unit, VolumeName};
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// The entries of `parts`, in the order in which they are written.
#[derive(Debug, Clone, Default)]
pub(super) struct Parts {
    shares: Vec<(VolumeName, Percent)>,
    /// By the key as written, with the name it is for.
    mounts: Vec<(String, String, MountPoint)>,
}

/// The volume that a mount point is for: `home` for `home-mount` and for the heritage's `home_mount`.
fn mounted_name(key: &str) -> Option<&str> {
    key.strip_suffix("-mount").or_else(|| key.strip_suffix("_mount"))
}

impl Parts {
    pub fn volumes(&self) -> Vec<Placed> {
        // 0 leaves a volume out, as it always did.
        let taken = self.shares.iter().filter(|(_, share)| share.0 > 0);
        taken
            .map(|(name, share)| Placed {
                volume: self.volume(name, *share),
                at: Path::root().key("parts").key(name.0.as_str()),
            })
            .collect()
    }

    /// Names that LVM does not take, each with what is wrong. A fault of a key would cost serde the whole map.
    pub fn bad_names(&self) -> impl Iterator<Item = (&str, Fault)> {
        self.shares.iter().filter_map(|(name, _)| Some((name.0.as_str(), VolumeName::parse(&name.0).err()?)))
    }

    /// Keys that set a mount point, each with the name of the volume it is for.
    pub fn mounts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.mounts.iter().map(|(key, of, _)| (key.as_str(), of.as_str()))
    }

    /// Keys that set a mount point again, each with the key that did so first and the name of the volume.
    pub fn mounted_again(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.mounts.iter().enumerate().filter_map(|(index, (key, of, _))| {
            let (first, ..) = self.mounts.iter().take(index).find(|(_, earlier, _)| earlier == of)?;
            Some((key.as_str(), first.as_str(), of.as_str()))
        })
    }

    /// The volume whose name is nearest to one that is not there.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        suggest::nearest(name, self.shares.iter().map(|(name, _)| name.0.as_str()))
    }

    fn volume(&self, name: &VolumeName, Percent(share): Percent) -> Volume {
        let swap = name.0 == "swap";
        Volume {
            name: name.clone(),
            size: if swap { Size::PercentFree(share) } else { Size::PercentVg(share) },
            mount: self.mounts.iter().find(|(_, of, _)| !swap && *of == name.0).map(|(_, _, mount)| mount.clone()),
            filesystem: None,
            options: None,
            mode: None,
        }
    }

    /// Where the mount point of a volume is written: at its own key, or, by default, at the volume.
    pub fn mount_place(&self, name: &str) -> Path {
        let key = self.mounts.iter().find(|(_, of, _)| of == name).map_or(name, |(key, _, _)| key.as_str());
        Path::root().key("parts").key(key)
    }
}

struct PartsVisitor;

impl<'de> Visitor<'de> for PartsVisitor {
    type Value = Parts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of volumes and their shares, like `{home: 58, swap: 100}`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts, A::Error> {
        let mut parts = Parts::default();
        while let Some(key) = map.next_key::<String>()? {
            if parts.shares.len().max(parts.mounts.len()) > super::MOST {
                return Err(A::Error::custom(super::too_many()));
            }
            match mounted_name(&key) {
                Some(name) => {
                    let name = name.to_owned();
                    parts.mounts.push((key, name, map.next_value()?));
                }
                None => {
                    let share = map.next_value()?;
                    parts.shares.push((VolumeName(key), share));
                }
            }
        }
        Ok(parts)
    }
}

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PartsVisitor)
    }
}

impl schemars::JsonSchema for Parts {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Parts".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let (mount, share) = (generator.subschema_for::<MountPoint>(), generator.subschema_for::<Percent>());
        schemars::json_schema!({
            "type": "object",
            "patternProperties": {"[-_]mount$": mount},
            "additionalProperties": share,
        })
    }
}
