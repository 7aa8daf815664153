//! A cloud-config archive: a list in YAML, of texts and of maps with `content`, `type`, `filename` and headers
//! (`_explode_archive` of `cloudinit/user_data.py`).

use super::mime::{Headers, Message, Payload};
use super::plain::{self, Value};
use super::{DefectKind, kinds};
use crate::context::pyyaml;
use crate::language::diagnostic::Report;
use crate::language::document::{Document, Kind, Node};
use crate::language::source::Source;
use std::collections::HashMap;
use std::sync::Arc;

/// The keys of an entry that are no headers of its part, in lower case.
const NO_HEADERS: [&str; 7] =
    ["content", "filename", "type", "launch-index", "content-disposition", "number-attachments", "content-type"];

/// What an archive gives.
#[derive(Debug, Default)]
pub(super) struct Archive {
    pub entries: Vec<Message>,
    pub defects: Vec<DefectKind>,
    /// Whether cloud-init dies of the entry after those that are here.
    pub fatal: bool,
}

/// An entry that cloud-init dies of.
struct Deadly;

/// Reads an archive.
pub(super) fn read(body: &[u8]) -> Archive {
    let unreadable = || Archive { defects: vec![DefectKind::ArchiveUnreadable], ..Archive::default() };
    let Some(items) =
        std::str::from_utf8(body).ok().filter(|text| text.chars().all(plain::is_printable)).and_then(items)
    else {
        return unreadable();
    };
    let mut archive = Archive::default();
    for item in &items {
        match entry(item) {
            Some(Ok(message)) => archive.entries.push(message),
            Some(Err(Deadly)) => {
                archive.fatal = true;
                return archive;
            }
            None => archive.defects.push(DefectKind::ArchiveEntryIgnored),
        }
    }
    archive
}

/// The entries, where PyYAML reads the text and finds a list in it.
fn items(text: &str) -> Option<Vec<Arc<Node>>> {
    let source = Source::new("archive", text);
    let mut report = Report::new(&source);
    let document = Document::parse_as_pyyaml(&source, &mut report);
    if let Some(document) = &document {
        pyyaml::check(&document.root, &mut report);
        pyyaml::text::check(document, &mut report);
    }
    let root = document.filter(|_| report.diagnostics().is_empty())?.root;
    match &root.kind {
        Kind::Sequence(items) if root.tag.as_deref().is_none_or(|tag| tag == "!!seq") => Some(items.clone()),
        Kind::Mapping(pairs) if root.tag.as_deref() == Some("!!set") => {
            Some(pairs.iter().map(|(key, _)| Arc::clone(key)).collect())
        }
        _ => None,
    }
}

/// Whether cloud-init makes a part of an entry, or tries to.
pub(crate) fn is_entry(item: &Node) -> bool {
    entry(item).is_some()
}

/// The part of one entry; `None` where cloud-init leaves it out.
fn entry(item: &Node) -> Option<Result<Message, Deadly>> {
    match &item.kind {
        Kind::Mapping(_) if item.tag.as_deref().is_none_or(|tag| tag == "!!map") => {
            let keys: Option<Vec<(String, Value)>> =
                plain::pairs(item).into_iter().map(|(key, value)| Some((key.text()?, value))).collect();
            Some(keys.ok_or(Deadly).and_then(|keys| message(&last_of_each(keys))))
        }
        _ => match plain::value(item) {
            Value::Text(text) => Some(message(&[("content".into(), Value::Text(text))])),
            _ => None,
        },
    }
}

/// Of equal keys the last counts, in the place of the first.
fn last_of_each(keys: Vec<(String, Value)>) -> Vec<(String, Value)> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut kept: Vec<(String, Value)> = Vec::new();
    for (key, value) in keys {
        match places.get(&key).and_then(|place| kept.get_mut(*place)) {
            Some(earlier) => earlier.1 = value,
            None => {
                places.insert(key.clone(), kept.len());
                kept.push((key, value));
            }
        }
    }
    kept
}

fn message(keys: &[(String, Value)]) -> Result<Message, Deadly> {
    let get = |name: &str| keys.iter().find(|(key, _)| key == name).map(|(_, value)| value);
    let empty = Value::Text(String::new());
    let content = get("content").unwrap_or(&empty);
    let kind = kind(get("type"), content)?;
    let (main, _) = kind.split_once('/').ok_or(Deadly)?;
    let mut message = if main == "text" { text(&kind, content)? } else { other(&kind, content)? };
    if let Some(name) = get("filename") {
        message.set_filename(&name.shown());
    }
    if let Some(index) = get("launch-index") {
        message.headers.push("Launch-Index", index.shown());
    }
    for (key, value) in keys.iter().filter(|(key, _)| !NO_HEADERS.contains(&key.to_lowercase().as_str())) {
        match value {
            Value::Text(text) => message.headers.push(key, text),
            Value::Null => message.headers.push(key, ""),
            _ => return Err(Deadly),
        }
    }
    let encoded = ["base64", "quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue"];
    let encoding = message.encoding().unwrap_or_default();
    if main == "text" || !encoded.contains(&encoding.as_str()) {
        return Ok(message);
    }
    match content {
        Value::Text(_) | Value::List { .. } => Ok(message),
        // Python keeps them as a text, from which it takes the encoding off.
        Value::Bytes(bytes) => {
            message.payload = Payload::Str(bytes.clone().into());
            Ok(message)
        }
        _ => Err(Deadly),
    }
}

/// The type as it says, or as its content begins.
fn kind(declared: Option<&Value>, content: &Value) -> Result<String, Deadly> {
    match declared.filter(|kind| !kind.is_falsy()) {
        Some(Value::Text(kind)) => Ok(kind.clone()),
        Some(_) => Err(Deadly),
        None => match content {
            Value::Text(text) => Ok(kinds::by_beginning(text.as_bytes()).unwrap_or(kinds::CLOUD_CONFIG).to_owned()),
            Value::Bytes(bytes) => {
                let guessed = std::str::from_utf8(bytes).ok().and_then(|_| kinds::by_beginning(bytes));
                Ok(guessed.unwrap_or("application/octet-stream").to_owned())
            }
            _ => Err(Deadly),
        },
    }
}

/// `MIMEText`: in base64 where it is not ASCII, and given back as it is.
fn text(kind: &str, content: &Value) -> Result<Message, Deadly> {
    let text = match content {
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => String::from_utf8(bytes.clone()).map_err(|_| Deadly)?,
        _ => return Err(Deadly),
    };
    let (charset, encoding) = if text.is_ascii() { ("us-ascii", "7bit") } else { ("utf-8", "base64") };
    let mut headers = Headers::default();
    // It writes the header once more for the character set, and takes a type with `=` for a parameter.
    let kind = match kind.split_once('=') {
        Some((name, "")) if !kind.contains(';') => name.to_owned(),
        Some((name, value)) if !kind.contains(';') => format!("{}=\"{}\"", name.trim(), value.trim()),
        _ => kind.to_owned(),
    };
    headers.push("Content-Type", format!("{kind}; charset=\"{charset}\""));
    headers.push("MIME-Version", "1.0");
    headers.push("Content-Transfer-Encoding", encoding);
    Ok(Message::new(headers, Payload::Done(text.into_bytes().into())))
}

/// `MIMEBase`: text is read as that of a message.
fn other(kind: &str, content: &Value) -> Result<Message, Deadly> {
    let mut headers = Headers::default();
    headers.push("Content-Type", kind);
    headers.push("MIME-Version", "1.0");
    let payload = match content {
        Value::Text(text) => Payload::Str(text.clone().into_bytes().into()),
        Value::Bytes(bytes) => Payload::Done(bytes.clone().into()),
        Value::List { empty: true } => Payload::Messages(Vec::new()),
        Value::List { empty: false } => return Err(Deadly),
        Value::Null => Payload::Done(Vec::new().into()),
        other => Payload::Done(other.shown().into_bytes().into()),
    };
    Ok(Message::new(headers, payload))
}
