//! What is in one part, judged by what cloud-init takes it for.

use super::{handler, include, names};
use crate::context::scripts;
use crate::context::{foreign, plain};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Document, Kind};
use crate::language::encoding;
use crate::language::source::{Source, Span};
use crate::wire::reading::{self, Found};
use serde_json::Value;

const TEMPLATE: Code = Code::new(
    "envelope/template",
    "cloud-init fills in a template only where its first line says `## template: jinja` and its type is not that of what it becomes.",
);
pub(super) const ARCHIVE: Code = Code::new(
    "envelope/archive",
    "A cloud-config archive is a list of texts, or of maps with `content`: anything else is dropped.",
);
pub(super) const JSON_PATCH: Code = Code::new(
    "envelope/json-patch",
    "cloud-init stops at a patch that it cannot read: it is a JSON list of operations (RFC 6902).",
);
const PRIVATE_KEY: Code = Code::new(
    "envelope/private-key",
    "Every process of the machine can usually read its user-data, and with it a private key in a script.",
);
pub(super) const NOT_TEXT: Code =
    Code::new("envelope/not-text", "cloud-init reads the text of a part as UTF-8, and loses any other.");

pub(super) const CODES: &[Code] = &[TEMPLATE, ARCHIVE, JSON_PATCH, PRIVATE_KEY, NOT_TEXT];

pub(super) const MARKER: &str = "## template: jinja";

/// What a file is that is one part.
pub(super) fn called(kind: &str) -> String {
    names::called(kind)
}

/// Judges a part. `planned`: a plan of contextc holds it. `merged` is told of every cloud-config that could be read.
pub(super) fn check(part: &Found, planned: bool, report: &mut Report, merged: impl FnOnce(&Document, &mut Report)) {
    let text = match std::str::from_utf8(&part.body) {
        Ok(text) => text,
        Err(error) => return report.push(not_text(&part.body, error.valid_up_to())),
    };
    judged(&part.content_type, text, planned, report, merged);
}

pub(super) fn not_text(body: &[u8], at: usize) -> Diagnostic {
    let message = format!("this part is not UTF-8 text from here on: the byte {} is none", encoding::shown(body, at));
    let program = "is it a program? install it with a package, or fetch it from a script";
    Diagnostic::error(NOT_TEXT, Span::new(at, at + 1), message).help(encoding::advice(body).unwrap_or(program))
}

/// The source of the report has no text where that is too large to be shown.
fn judged(kind: &str, text: &str, planned: bool, report: &mut Report, merged: impl FnOnce(&Document, &mut Report)) {
    match kind {
        "text/cloud-config" if is_template(text) => not_rendered(report),
        "text/cloud-config" => cloud_config(report, merged),
        "text/cloud-config-jsonp" => patch(text, report),
        "text/part-handler" => handler::complete(text, report),
        "text/jinja2" => template(text, report, merged),
        "text/x-include-url" | "text/x-include-once-url" => include::check(text, planned, report),
        _ => scripts::judge(text, report),
    }
    if kind.contains("script") || kind.contains("boothook") {
        private_key(text, report);
    }
}

fn cloud_config(report: &mut Report, merged: impl FnOnce(&Document, &mut Report)) {
    if let Some(document) = plain::judge(&report.source().clone(), report) {
        merged(&document, report);
    }
}

fn private_key(text: &str, report: &mut Report) {
    let Some(at) = text.find("PRIVATE KEY-----").and_then(|end| text.get(..end)?.rfind("-----BEGIN")) else { return };
    let fault =
        Diagnostic::warning(PRIVATE_KEY, Span::new(at, at + "-----BEGIN".len()), "a private key stands in this script");
    report.push(fault.help("fetch it from where only this machine may, or make it there"));
}

fn not_rendered(report: &mut Report) {
    let place = Span::new(0, MARKER.len());
    let fault =
        Diagnostic::error(TEMPLATE, place, "this part is not filled in: its type says that it is cloud-config already");
    report.push(fault.help("declare it `Content-Type: text/jinja2`"));
}

/// cloud-init compares small letters, and renders what has others as well (`templater.TYPE_MATCHER`).
fn is_template(text: &str) -> bool {
    text.get(..MARKER.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(MARKER))
}

/// What it becomes depends on the machine, unless there is nothing to fill in.
fn template(text: &str, report: &mut Report, merged: impl FnOnce(&Document, &mut Report)) {
    let first = text.lines().next().unwrap_or_default();
    if !is_template(first) {
        let fault = Diagnostic::error(TEMPLATE, Span::new(0, first.len()), "a template says so in its first line");
        return report.push(fault.help(format!("write `{MARKER}` there")));
    }
    let filled = ["{{", "{%", "{#"].iter().filter_map(|mark| text.find(mark)).min();
    if let Some(at) = filled {
        let message = "this is filled in on the machine: what the template becomes was not judged";
        let fault = foreign::not_evaluated(message).at(Span::new(at, at + 2));
        return report.push(fault.help("judge what `cloud-init devel render` makes of it"));
    }
    // Its first line is a comment to all that it may become.
    let rest = text.get(first.len()..).unwrap_or_default().trim_start().to_ascii_lowercase();
    match rest.as_str() {
        _ if rest.starts_with("#cloud-config") => cloud_config(report, merged),
        _ if rest.starts_with("#!") || rest.starts_with("#cloud-boothook") => {}
        _ => {
            let fault = Diagnostic::error(
                TEMPLATE,
                Span::new(0, first.len()),
                "what this template becomes is nothing that cloud-init knows",
            );
            report.push(fault.help("write `#cloud-config`, `#!/bin/sh` or `#cloud-boothook` as its second line"));
        }
    }
}

pub(super) const ARCHIVE_HELP: &str = "write `- {type: text/cloud-config, content: TEXT}` for each part";

/// The same where no more is known.
pub(super) fn lost_of_archive(place: Span) -> Diagnostic {
    Diagnostic::error(ARCHIVE, place, "of this archive something can be no part").help(ARCHIVE_HELP)
}

/// An archive that could be opened is its parts: this one could not, or not all of it (`is_lost`), or a part is empty.
pub(super) fn archive(source: &Source, is_lost: bool, report: &mut Report) {
    let Some(document) = Document::parse_foreign(source, report) else { return };
    let help = ARCHIVE_HELP;
    let Kind::Sequence(items) = &document.root.kind else {
        let message = format!("this archive is {}, not a list", document.root.describe());
        return report.push(Diagnostic::error(ARCHIVE, document.root.span, message).help(help));
    };
    for item in items {
        let message = match &item.kind {
            _ if !reading::is_entry(item) => {
                "this item of the archive is neither a text nor a map: cloud-init drops it"
            }
            Kind::Mapping(_) if item.entry("content").is_none() => "this part of the archive has no `content`",
            _ => continue,
        };
        report.push(Diagnostic::error(ARCHIVE, item.span, message).help(help));
    }
    if is_lost && !report.has_errors() {
        report.push(lost_of_archive(document.root.span));
    }
}

fn patch(text: &str, report: &mut Report) {
    let body = text.trim_start().trim_start_matches("#cloud-config-jsonp");
    let start = text.len() - body.len();
    let sound = |operation: &Value| operation.get("op").is_some() && operation.get("path").is_some();
    let message = match serde_json::from_str::<Vec<Value>>(body) {
        Ok(operations) if operations.iter().all(sound) => return patched(text, &operations, report),
        Ok(_) => "an operation of this patch has no `op` or no `path`".to_owned(),
        Err(error) => format!("this patch is not a JSON list: {error}"),
    };
    let fault = Diagnostic::error(JSON_PATCH, Span::new(start, start), message);
    report.push(fault.help("write `[{\"op\": \"add\", \"path\": \"/KEY\", \"value\": VALUE}]`"));
}

/// The first step of each path is a key of cloud-config, as in a cloud-config.
fn patched(text: &str, operations: &[Value], report: &mut Report) {
    let paths = operations.iter().filter_map(|operation| operation.get("path")?.as_str()?.strip_prefix('/'));
    for path in paths {
        if report.is_full() {
            return;
        }
        let step = path.split('/').next().unwrap_or_default();
        let at = text.find(&format!("\"/{step}")).map_or(Span::default(), |at| Span::new(at + 2, at + 2 + step.len()));
        let key = step.replace("~1", "/").replace("~0", "~");
        plain::unknown(&key, at).into_iter().for_each(|fault| report.push(fault));
    }
}
