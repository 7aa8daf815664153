//! An inspection as JSON.

use crate::desk::anatomy::fate::{Fate, Key, Repeat, Stage};
use crate::desk::anatomy::{Anatomy, dies_of, layer_name, taken_off_at};
use crate::desk::shown::escaped_json;
use crate::language::digest::sha256_hex;
use crate::wire::reading::{self, Found};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

/// The version of the format.
const SCHEMA: u32 = 1;

/// What a file with user-data is made of: the output of `contextc inspect --format json`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(title = "inspection")]
struct Document<'a> {
    /// The version of this format.
    schema: u32,
    /// The name of the file.
    name: &'a str,
    /// Its size.
    bytes: usize,
    /// The image or directory that the user-data came in.
    seed: Option<Seed<'a>>,
    /// What is around what cloud-init reads, from the outside in.
    layers: Vec<Layer>,
    /// What is within all layers, in words: a MIME message, an archive, or one part alone.
    container: &'static str,
    /// The size of what is within all layers.
    unpacked_bytes: usize,
    /// What makes cloud-init fail before it handles any part, in words.
    fatal: Option<&'static str>,
    /// How many things are not as they should be, and passed over by cloud-init.
    defects: usize,
    /// In the order of cloud-init's walk.
    parts: Vec<Part<'a>>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
struct Seed<'a> {
    /// What it is, in words.
    kind: &'static str,
    /// The label of the volume.
    label: Option<&'a str>,
    /// What reads it on the machine.
    reader: &'static str,
    /// The file that the user-data stands in.
    path: &'a str,
    /// The size of the user-data there.
    bytes: usize,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
struct Layer {
    /// `gzip`, `base64`, `wrapped base64` (in lines), `byte order mark` or `blank lines`.
    kind: &'static str,
    /// Its size, as wrapped.
    bytes: usize,
    /// Who takes it off, in words.
    taken_off: &'static str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
struct Part<'a> {
    /// From 1.
    number: usize,
    /// What cloud-init takes it for.
    content_type: &'a str,
    /// What its header says it is.
    declared: Option<&'a str>,
    /// As the message has it, or cloud-init's name for it.
    filename: &'a str,
    /// As declared.
    transfer_encoding: Option<&'a str>,
    /// What it is in, from the outside in.
    within: &'a [String],
    /// The size of the body, decoded.
    bytes: usize,
    /// The share of all bodies, in percent.
    percent: f64,
    /// The SHA-256 of the body, in hexadecimal.
    sha256: String,
    /// The stage of cloud-init in which something happens to it.
    stage: Stage,
    /// How often.
    repeat: Repeat,
    /// What happens, in a phrase.
    what: &'a str,
    /// Of cloud-config: its top-level keys, with the modules that read each.
    keys: &'a [Key],
}

pub(super) fn json(anatomy: &Anatomy) -> String {
    let layers = &anatomy.opened.layers;
    let layer = |(index, layer): (usize, &reading::Layer)| Layer {
        kind: layer_name(layer.kind),
        bytes: layer.bytes,
        taken_off: taken_off_at(anatomy, index, layer),
    };
    let (total, lost) = (total(anatomy), anatomy.fate_of_all());
    let told = |fate| lost.as_ref().unwrap_or(fate);
    let document = Document {
        schema: SCHEMA,
        name: &anatomy.name,
        bytes: anatomy.bytes,
        seed: anatomy.seed.as_ref().map(|seed| Seed {
            kind: seed.kind,
            label: seed.label.as_deref(),
            reader: seed.reader,
            path: &seed.path,
            bytes: seed.bytes,
        }),
        layers: layers.iter().enumerate().map(layer).collect(),
        container: anatomy.container(),
        unpacked_bytes: anatomy.opened.inner.len(),
        fatal: anatomy.opened.fatal.as_ref().map(|fatal| dies_of(fatal.why)),
        defects: anatomy.opened.defects.len(),
        parts: anatomy.parts().zip(1..).map(|((found, fate), number)| part(number, found, told(fate), total)).collect(),
    };
    escaped_json(&serde_json::to_string_pretty(&document).unwrap_or_default()) + "\n"
}

fn part<'a>(number: usize, found: &'a Found, fate: &'a Fate, total: usize) -> Part<'a> {
    Part {
        number,
        content_type: &found.content_type,
        declared: found.declared.as_deref(),
        filename: &found.filename,
        transfer_encoding: found.encoding.as_deref(),
        within: &found.within,
        bytes: found.body.len(),
        percent: f64::from(permille(found.body.len(), total)) / 10.0,
        sha256: sha256_hex(&found.body),
        stage: fate.stage,
        repeat: fate.repeat,
        what: &fate.what,
        keys: &fate.keys,
    }
}

/// The bytes of all bodies.
pub(super) fn total(anatomy: &Anatomy) -> usize {
    anatomy.opened.parts.iter().map(|part| part.body.len()).sum()
}

/// A share in tenths of a percent.
pub(super) fn permille(bytes: usize, total: usize) -> u16 {
    // At most 256 MiB a thousand times: far from the end of 64 bits.
    let share = (bytes as u64 * 1000 + total as u64 / 2).checked_div(total as u64).unwrap_or_default();
    u16::try_from(share).unwrap_or(1000)
}

pub(super) fn schema() -> String {
    let generator = SchemaSettings::draft07().into_generator();
    format!("{:#}\n", generator.into_root_schema_for::<Document>().to_value())
}
