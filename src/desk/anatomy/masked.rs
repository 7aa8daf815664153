//! Bodies as they may be shown: secrets are `*`.

use super::settings::Tree;
use super::{PLAN_TYPE, block_of};
use crate::context::foreign;
use crate::context::handlers::is_bundle;
use crate::context::hiding::{hide_shown, secret_names};
use crate::language::diagnostic::Report;
use crate::language::document::Document;
use crate::language::source::Source;
use crate::wire::reading::Found;

/// The largest body that is looked through for secrets, in bytes: what a source may have.
const MOST_BYTES: usize = crate::language::source::MAX_SOURCE_BYTES;

/// The text of a body with its secrets covered. `None` where nobody can say what is secret in it: it is no text, or too large.
pub(in crate::desk) fn text(part: &Found) -> Option<String> {
    let text = str::from_utf8(&part.body).ok().filter(|text| text.len() <= MOST_BYTES)?;
    let kind = part.content_type.as_str();
    Some(match kind {
        _ if kind == PLAN_TYPE || block_of(kind).is_some() => settings(text, kind),
        "text/cloud-config" | "text/cloud-config-jsonp" | "text/jinja2" => cloud_config(text),
        "text/amiconfig-user-data" => lines(text),
        "text/part-handler" if is_bundle(text) => text.to_owned(),
        _ if foreign::is_base64(text) => unread(text),
        _ => script(text),
    })
}

/// What our handler is given: JSON on one line, as it is written again.
fn settings(text: &str, kind: &str) -> String {
    match Tree::read(text, kind) {
        Some(tree) => format!("{}\n", tree.shown()),
        None => named(text),
    }
}

fn cloud_config(text: &str) -> String {
    let source = Source::new("", text);
    let mut report = Report::new(&source);
    match Document::parse_foreign(&source, &mut report) {
        Some(document) if !report.has_errors() => {
            hide_shown(&document.root, &mut report);
            report.shown_text().into_owned()
        }
        _ => named(text),
    }
}

/// A text of which no more is known than the names in it.
fn named(text: &str) -> String {
    let mut report = Report::new(&Source::new("", text));
    report.hide_named(&secret_names());
    report.shown_text().into_owned()
}

/// Base64 that was damaged: each line of it decodes to something.
fn unread(text: &str) -> String {
    let mut report = Report::new(&Source::new("", text));
    report.cover_all();
    report.shown_text().into_owned()
}

/// A text of any language: what has the form of a secret, or the name of one before it.
fn script(text: &str) -> String {
    Report::new(&Source::new("", text)).shown_text().into_owned()
}

/// `name = value`: which names hold secrets is for amiconfig's plugins to know.
fn lines(text: &str) -> String {
    let covered = |line: &str| match line.split_once('=') {
        Some((name, value)) => {
            let end = if value.ends_with('\n') { "\n" } else { "" };
            format!("{name}=***{end}")
        }
        None if line.trim_start().starts_with('[') || line.trim().is_empty() => line.to_owned(),
        None => "***\n".to_owned(),
    };
    text.split_inclusive('\n').map(covered).collect()
}
