//! The judge of any file that becomes user-data: a context, a cloud-config, or what a cloud is handed, in whatever envelope.
//!
//! One rule a place: [`layers`] what is around, [`beginning`] how it begins, [`message`] the lines that hold a message together,
//! [`parts`] what holds of parts beside each other, [`body`] what is in one, [`ours`] what our own plan says must be there.

mod beginning;
mod body;
mod handler;
mod include;
mod layers;
mod merging;
mod message;
mod names;
mod ours;
mod parts;
mod text;

use crate::compiler::Compiler;
use crate::context::foreign;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::source::{MAX_SOURCE_BYTES, Source};
use crate::wire::reading::{self, DefectKind, LayerKind, Opened, kinds};

/// What was found out about a file.
///
/// ```
/// let script = b"#!/bin/sh\r\nreboot\n".to_vec();
/// let checked = contextc::check("user-data", script, &contextc::Compiler::new());
/// assert_eq!(checked.reports()[0].diagnostics()[0].code().as_str(), "script/crlf");
/// ```
#[derive(Debug, Clone)]
pub struct Checked {
    reports: Vec<Report>,
    evaluated: String,
}

impl Checked {
    /// What there is to say, first of the file, then of each part that has a fault. A report on text that stands in the file as it is
    /// has the lines of the file.
    pub fn reports(&self) -> &[Report] {
        &self.reports
    }

    /// What it was judged as, in a phrase: `a context`, `gzip, 7 parts`.
    pub fn evaluated(&self) -> &str {
        &self.evaluated
    }

    /// Whether it cannot work on the machine.
    pub fn has_errors(&self) -> bool {
        self.reports.iter().any(Report::has_errors)
    }

    /// Every diagnostic, in the order of the reports.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.reports.iter().flat_map(Report::diagnostics)
    }
}

/// The rules about envelopes and what is in them.
pub(crate) fn codes() -> Vec<Code> {
    [
        beginning::CODES,
        body::CODES,
        handler::CODES,
        include::CODES,
        layers::CODES,
        merging::CODES,
        message::CODES,
        names::CODES,
        ours::CODES,
        parts::CODES,
    ]
    .concat()
}

/// How much of a file tells what it is: cloud-init itself looks no further (`user_data.convert_string`).
const HEAD: usize = 4096;

/// More parts than that are no user-data: cloud-init would write a file for each.
const MOST_PARTS: usize = 1000;

/// Says what is wrong with a file, whatever it is. What is compiled is judged with the options of the compiler, what is finished
/// for its target, where it has one.
///
/// ```
/// let context = b"localfs: {parts: {home: 500}}\n".to_vec();
/// let checked = contextc::check("worker.yaml", context, &contextc::Compiler::new());
/// assert_eq!((checked.evaluated(), checked.has_errors()), ("a context", true));
/// ```
pub fn check(name: &str, bytes: Vec<u8>, compiler: &Compiler) -> Checked {
    match is_user_data(&bytes) {
        true => finished(name, &bytes, compiler),
        false => context(name, bytes, compiler),
    }
}

/// Whether a file is for cloud-init, or was to be: by its first bytes, of which 4096 are enough. A context is not.
///
/// ```
/// assert!(contextc::is_user_data(b"#cloud-config\n"));
/// assert!(!contextc::is_user_data(b"localfs: {parts: {home: 50}}\n"));
/// ```
pub fn is_user_data(bytes: &[u8]) -> bool {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let text = text::of(head);
    layers::is_packed(head) || foreign::is_for_others(&text) || beginning::is_meant_for_cloud_init(head)
}

fn context(name: &str, bytes: Vec<u8>, compiler: &Compiler) -> Checked {
    let source = Source::from_bytes(name, bytes);
    let mut report = compiler.check(&source);
    beginning::warn_of_no_header(&source, &mut report);
    report.sort();
    Checked { reports: vec![report], evaluated: "a context".into() }
}

fn finished(name: &str, bytes: &[u8], compiler: &Compiler) -> Checked {
    let opened = match reading::open(bytes) {
        Ok(opened) => opened,
        Err(fault) => {
            let mut report = Report::new(&Source::new(name, ""));
            report.push(layers::refused(fault));
            return Checked { reports: vec![report], evaluated: "what cannot be opened".into() };
        }
    };
    let whole = if is_packed(&opened) {
        Source::new(name, "")
    } else {
        Source::piece(name, shown(&opened), skipped_lines(&opened) + 1)
    };
    let mut file = Report::new(&whole);
    layers::check(bytes, &opened, compiler.asked_target(), &mut file);
    let mut reports = match !is_packed(&opened) {
        true => within(name, &opened, file),
        false => {
            let inner = Report::new(&Source::new(format!("{name}, unpacked"), shown(&opened)));
            std::iter::once(file).chain(within(name, &opened, inner)).collect()
        }
    };
    reports.iter_mut().for_each(Report::sort);
    let mut first = true;
    reports.retain(|report| std::mem::take(&mut first) || !report.diagnostics().is_empty());
    Checked { reports, evaluated: evaluated(&opened) }
}

/// Whether a layer is around it in which nobody reads a line.
fn is_packed(opened: &Opened) -> bool {
    opened.layers.iter().any(|layer| layers::name(layer.kind).is_some())
}

/// Blank lines that stand before what is judged.
fn skipped_lines(opened: &Opened) -> usize {
    let lines = opened.layers.iter().map(|layer| match layer.kind {
        LayerKind::BlankLines { lines } => lines,
        _ => 0,
    });
    lines.sum()
}

/// The text of a message as messages show it: none, where it is too large for that.
fn shown(opened: &Opened) -> String {
    if opened.inner.len() > MAX_SOURCE_BYTES { String::new() } else { text::of(&opened.inner) }
}

/// The message and its parts. `whole`: what is said of the message itself.
fn within(name: &str, opened: &Opened, mut whole: Report) -> Vec<Report> {
    let whole_text = text::of(&opened.inner);
    if !message::check(&whole_text, opened, &mut whole) {
        return vec![whole];
    }
    archive(&whole_text, opened, &mut whole);
    if opened.parts.len() > MOST_PARTS {
        let message = format!("these are {} parts, more than the {MOST_PARTS} that are judged", opened.parts.len());
        whole.push(foreign::not_evaluated(message).help("is this user-data? leave out what is not"));
        return vec![whole];
    }
    let reports = parts::check(name, opened, &mut whole);
    std::iter::once(whole).chain(reports).collect()
}

/// What of an archive is in no part.
fn archive(text: &str, opened: &Opened, whole: &mut Report) {
    let lost = |kind| matches!(kind, DefectKind::ArchiveUnreadable | DefectKind::ArchiveEntryIgnored);
    let Some(defect) = opened.defects.iter().find(|defect| lost(defect.kind)) else { return };
    match reading::is_message(&opened.inner) || kinds::by_beginning(&opened.inner) != Some(kinds::ARCHIVE) {
        true => whole.push(body::lost_of_archive(message::header(text, &defect.place, "content-type"))),
        false => body::archive(&whole.source().clone(), whole),
    }
}

fn evaluated(opened: &Opened) -> String {
    let layers = opened.layers.iter().filter_map(|layer| layers::name(layer.kind)).map(str::to_owned);
    let parts = match opened.parts.as_slice() {
        [part] if part.within.is_empty() => body::called(&part.content_type),
        [_] => "a part".into(),
        parts => format!("{} parts", parts.len()),
    };
    layers.chain([parts]).collect::<Vec<_>>().join(", ")
}
