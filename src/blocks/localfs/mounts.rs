//! `mounts`: rows as in fstab(5), for disks that are not part of the volume group.

use crate::blocks::Check;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::units::{MountOptions, MountPoint, Unit, is_on, or_placeholder, quoted};
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::borrow::Cow;
use std::fmt;

/// One row.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Row {
    device: String,
    mount: Option<MountPoint>,
    filesystem: String,
    options: MountOptions,
    dump: u8,
    pass: u8,
}

/// The positions of fields in a row.
const DEVICE: usize = 0;
pub(super) const MOUNT: usize = 1;

/// The place of a field.
pub(super) fn place(row: usize, field: usize) -> Path {
    Path::root().key("mounts").index(row).index(field)
}

/// Two users of one device, of which the machine would give it to neither.
pub(super) fn check_devices(rows: &[Row], disk: Option<&str>, cx: &mut Check) {
    for (index, row) in rows.iter().enumerate() {
        let first = rows.iter().take(index).position(|earlier| earlier.device == row.device);
        let at = place(index, DEVICE);
        if let Some(disk) = disk.filter(|disk| is_on(&row.device, disk)) {
            let fault = cx.error(super::DEVICE_TWICE, &at, format!("`{}` is on the disk of the volumes", row.device));
            cx.push(fault.help(format!("mount another disk, or set `disk` to another than `{disk}`")));
        // A remote file system may be mounted in two places.
        } else if let Some(first) = first.filter(|_| !row.device.contains(':')) {
            let fault = cx.error(super::DEVICE_TWICE, &at, format!("`{}` is in two rows", row.device));
            cx.push(fault.also(cx.span(&place(first, DEVICE)), "first here").help("remove one of the two"));
        }
    }
}

impl Row {
    pub fn device(&self) -> &str {
        &self.device
    }

    pub fn mount_point(&self) -> Option<&MountPoint> {
        self.mount.as_ref()
    }
}

/// fstab separates its fields by white space and begins a comment with `#`.
fn field(text: &str, name: &str) -> Result<String, Fault> {
    let sound = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && c != '#' && c != '\\');
    let fault = || {
        Fault::new(
            super::MOUNTS_FIELDS,
            format!("{} cannot be the {name} of a mount", quoted(text)),
            "write it as in fstab(5), without spaces",
        )
    };
    sound.then(|| text.to_owned()).ok_or_else(fault)
}

/// `vdc` is `/dev/vdc`, as the heritage wrote it; a path, `LABEL=`, `UUID=` or `host:/path` stays.
fn device(text: &str) -> Result<String, Fault> {
    let text = field(text, "device")?;
    let bare = !text.starts_with('/') && !text.contains(['=', ':']);
    Ok(if bare { format!("/dev/{text}") } else { text })
}

fn number(text: &str, name: &str) -> Result<u8, Fault> {
    let message = || format!("{} cannot be the {name} of a mount", quoted(text));
    let fault = || Fault::new(super::MOUNTS_FIELDS, message(), "write 0, 1 or 2");
    // Not `+1` and `01`, which are 1 to Rust alone.
    ["0", "1", "2"].contains(&text).then(|| text.parse().ok()).flatten().ok_or_else(fault)
}

const EXAMPLE: &str = "write `[vdc, /data, ext4, defaults, 0, 2]`";

fn row(fields: &[Field]) -> Result<Row, Fault> {
    let [source, mount, filesystem, options, dump, pass] = fields else {
        let message = format!("a row has six fields, this one {}", fields.len());
        return Err(Fault::new(super::MOUNTS_FIELDS, message, EXAMPLE));
    };
    let filesystem = field(filesystem.text("file system")?, "file system")?;
    let mount = mount.text("mount point")?;
    let mount = match filesystem.as_str() {
        // Swap has no mount point: fstab(5) wants a word there all the same.
        "swap" => field(mount, "mount point").map(|_| None),
        _ => MountPoint::parse(mount).map(Some),
    };
    Ok(Row {
        device: device(source.text("device")?)?,
        mount: mount?,
        filesystem,
        options: MountOptions(field(options.text("options")?, "options")?),
        dump: number(dump.text("dump")?, "dump")?,
        pass: number(pass.text("pass")?, "pass")?,
    })
}

/// One field of a row: a word or a number by its text, anything else as nothing.
///
/// All is taken here, because a field that is left out for a fault of its own would make the row too short.
struct Field(Option<String>);

impl Field {
    fn text(&self, name: &str) -> Result<&str, Fault> {
        let fault = || Fault::new(super::MOUNTS_FIELDS, format!("the {name} of a row is a word or a number"), EXAMPLE);
        self.0.as_deref().ok_or_else(fault)
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(match value {
            serde_json::Value::String(text) => Some(text),
            serde_json::Value::Number(number) => Some(number.to_string()),
            serde_json::Value::Bool(switch) => Some(switch.to_string()),
            _ => None,
        }))
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row of six fields, like `[vdc, /data, ext4, defaults, 0, 2]`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Row, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = items.next_element::<Field>()? {
            fields.push(field);
        }
        row(&fields).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RowVisitor)
    }
}

impl schemars::JsonSchema for Row {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Row".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let word = json!({"type": ["string", "number", "boolean"], "pattern": or_placeholder(MountOptions::PATTERN)});
        let pass = json!({"enum": [0, 1, 2, "0", "1", "2"]});
        schemars::json_schema!({
            "title": "a row of fstab(5)",
            "examples": [["vdc", "/data", "ext4", "defaults", 0, 2]],
            "type": "array",
            "minItems": 6,
            "maxItems": 6,
            "items": [word, word, word, word, pass, pass],
        })
    }
}
