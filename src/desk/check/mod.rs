//! The judge of any file that becomes user-data: a context, a cloud-config, or what a cloud is handed, in whatever envelope.
//!
//! One rule a place: [`layers`] what is around, [`beginning`] how it begins, [`message`] the lines that hold a message together,
//! [`parts`] what holds of parts beside each other, [`body`] what is in one, [`ours`] what our own plan says must be there.

mod beginning;
mod body;
mod handler;
mod include;
mod kind;
mod layers;
pub(super) mod merging;
mod message;
mod names;
mod ours;
mod parts;
mod seed;
mod text;

pub use kind::{Kind, kind, kind_among_others};

use crate::compiler::Compiler;
use crate::context::{foreign, scripts};
use crate::desk::opening::{self, OpeningFault, Unsealed};
use crate::desk::takers::PART_HANDLER;
use crate::language::diagnostic::{Code, Diagnostic, Report, Severity};
use crate::language::source::{MAX_SOURCE_BYTES, Source};
use crate::targets::{File, Target};
use crate::wire::reading::{self, DefectKind, Found, LayerKind, Opened, kinds};

/// What was found out about a file.
///
/// ```
/// let script = b"#!/bin/sh\r\nreboot\n".to_vec();
/// let checked = contextc::check("user-data", script, &contextc::Compiler::new());
/// assert_eq!(checked.diagnostics().next().unwrap().code().as_str(), "script/crlf");
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
        seed::CODES,
    ]
    .concat()
}

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
    match kind(&bytes) {
        Kind::UserData => finished(name, &bytes, Asked::by(compiler)),
        Kind::Image => unsealed(name, ':', opening::open(&bytes), compiler),
        // What is nothing that is known was to be a context: the compiler says what is wrong with it.
        Kind::Context | Kind::Other => context(name, bytes, compiler),
    }
}

/// Says what is wrong with the files of a seed directory: `user-data` and what lies beside it, or the tree of a config drive.
/// Nothing where a directory with these files is no seed.
///
/// ```
/// let files = [("user-data", "#cloud-config\nruncmdd: []\n"), ("meta-data", "instance-id: i-1\n")];
/// let files = files.map(|(path, text)| contextc::File::new(path, text));
/// let checked = contextc::check_seed("seed", &files, &contextc::Compiler::new()).unwrap();
/// assert!(checked.reports().iter().any(|report| report.to_string().starts_with("seed/user-data:2:1: error")));
/// ```
pub fn check_seed(name: &str, files: &[File], compiler: &Compiler) -> Option<Checked> {
    let is_seed = !opening::seed_paths(files).is_empty();
    is_seed.then(|| unsealed(name, '/', opening::open_directory(files), compiler))
}

/// The paths among these that a seed is read from; none where a directory with these files is no seed, but a place where files lie.
///
/// ```
/// let files = ["meta-data", "worker.yaml"].map(|path| contextc::File::new(path, ""));
/// assert_eq!(contextc::seed_paths(&files), ["meta-data"]);
/// assert!(contextc::seed_paths(&files[1..]).is_empty());
/// ```
pub fn seed_paths(files: &[File]) -> Vec<&str> {
    opening::seed_paths(files)
}

/// A seed, opened or not. `between`: what separates its name from that of a file in it.
fn unsealed(name: &str, between: char, unsealed: Result<Unsealed, OpeningFault>, compiler: &Compiler) -> Checked {
    let mut file = Report::new(&Source::new(name, ""));
    let (found, inner) = match unsealed {
        Ok(Unsealed { seed: Some(found), opened }) => (found, opened),
        Ok(Unsealed { seed: None, opened: inner }) => {
            return opened(name, inner.inner.len(), false, &inner, Asked::by(compiler));
        }
        Err(fault) => {
            file.push(seed::refused(&fault));
            return Checked { reports: vec![file], evaluated: "what cannot be opened".into() };
        }
    };
    seed::check(&found, compiler.asked_target(), &mut file);
    let asked = Asked { compiler, target: seed::target(&found, compiler.asked_target()) };
    let of = |path: &str| format!("{name}{between}{path}");
    let given = opened(&of(&found.path), found.bytes, false, &inner, asked);
    seed::others(&found, &mut file);
    seed::contents(&found, &mut file);
    let vendor = seed::vendor_data(&found, &mut file);
    let vendor = vendor.iter().flat_map(|(path, bytes)| finished(&of(path), bytes, asked).reports);
    let all = given.reports.into_iter().chain(vendor).chain(seed::beside(&found, of));
    let spoken = all.filter(|report| !report.diagnostics().is_empty());
    Checked {
        reports: std::iter::once(file).chain(spoken).collect(),
        evaluated: format!("{found}, {}", given.evaluated),
    }
}

fn context(name: &str, bytes: Vec<u8>, compiler: &Compiler) -> Checked {
    let source = Source::from_bytes(name, bytes);
    let mut report = compiler.check(&source);
    beginning::warn_of_no_header(&source, &mut report);
    report.sort();
    Checked { reports: vec![report], evaluated: "a context".into() }
}

/// Why nothing of a file would run, in a phrase: what is around it does not come off on its way. `ended`: whether it has a line end.
pub(in crate::desk) fn dead(ended: bool, opened: &Opened, target: Option<&Target>) -> Option<String> {
    first_fault(|report| layers::comes_off(ended, opened, target, report))
}

/// Why a machine stays half made, in a phrase: our own plan says otherwise than what is here.
pub(in crate::desk) fn damaged(opened: &Opened) -> Option<String> {
    first_fault(|report| ours::check(&opened.parts, |_| Default::default(), report))
}

/// What keeps cloud-init from doing anything with a part, whatever else is in it. cloud-config is read by its keys elsewhere.
const USELESS: [Code; 5] =
    [scripts::NO_INTERPRETER, scripts::EMPTY, handler::INCOMPLETE, body::JSON_PATCH, body::NOT_TEXT];

/// Why nothing comes of a part, in a phrase.
pub(in crate::desk) fn useless(part: &Found) -> Option<String> {
    let kind = part.content_type.as_str();
    let is_judged = kind == "text/cloud-config-jsonp" || kind == PART_HANDLER || kind == "text/cloud-boothook";
    if !is_judged && !kind.starts_with("text/x-shellscript") {
        // Of settings only the text: what is read as UTF-8 is looked into elsewhere.
        let text = str::from_utf8(&part.body).err().filter(|_| kind == "text/cloud-config")?;
        return Some(body::not_text(&part.body, text.valid_up_to()).message().to_owned());
    }
    let mut report = Report::new(&Source::new("", ""));
    body::check(part, false, &mut report, |_, _| ());
    let fault = report.diagnostics().iter().find(|fault| USELESS.contains(&fault.code()))?;
    // Why it cannot be read is said in words of the patch, which may be secrets.
    let is_patch = fault.code() == body::JSON_PATCH;
    Some(if is_patch { "this patch cannot be read".to_owned() } else { fault.message().to_owned() })
}

fn first_fault(rule: impl Fn(&mut Report)) -> Option<String> {
    let mut report = Report::new(&Source::new("", ""));
    rule(&mut report);
    let fault = report.diagnostics().iter().find(|fault| fault.severity() == Severity::Error)?;
    Some(fault.message().to_owned())
}

/// By whom finished user-data is judged, and for which target.
#[derive(Clone, Copy)]
struct Asked<'c> {
    compiler: &'c Compiler,
    target: Option<&'static Target>,
}

impl<'c> Asked<'c> {
    fn by(compiler: &'c Compiler) -> Self {
        Self { compiler, target: compiler.asked_target() }
    }
}

fn finished(name: &str, bytes: &[u8], asked: Asked<'_>) -> Checked {
    match reading::open(bytes) {
        Ok(found) => opened(name, bytes.len(), bytes.ends_with(b"\n"), &found, asked),
        Err(fault) => {
            let mut report = Report::new(&Source::new(name, ""));
            report.push(layers::refused(fault));
            Checked { reports: vec![report], evaluated: "what cannot be opened".into() }
        }
    }
}

/// User-data of so many bytes, with a line end or without, that was opened.
fn opened(name: &str, sent: usize, ended: bool, found: &Opened, asked: Asked<'_>) -> Checked {
    let whole = match is_packed(found) {
        true => Source::new(name, ""),
        false => Source::piece(name, shown(found), skipped_lines(found) + 1),
    };
    let mut file = Report::new(&whole);
    layers::check(sent, ended, found, asked.target, &mut file);
    let mut reports = match !is_packed(found) {
        true => within(name, found, file, asked.compiler),
        false => {
            let inner = Report::new(&Source::new(format!("{name}, unpacked"), shown(found)));
            std::iter::once(file).chain(within(name, found, inner, asked.compiler)).collect()
        }
    };
    reports.iter_mut().for_each(Report::sort);
    let mut first = true;
    reports.retain(|report| std::mem::take(&mut first) || !report.diagnostics().is_empty());
    Checked { reports, evaluated: evaluated(found, asked.compiler) }
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
    if opened.inner.len() > MAX_SOURCE_BYTES { String::new() } else { text::of(&opened.inner).into_owned() }
}

/// The message and its parts. `whole`: what is said of the message itself.
fn within(name: &str, opened: &Opened, mut whole: Report, compiler: &Compiler) -> Vec<Report> {
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
    let reports = parts::check(name, opened, compiler, &mut whole);
    std::iter::once(whole).chain(reports).collect()
}

/// What of an archive is in no part.
fn archive(text: &str, opened: &Opened, whole: &mut Report) {
    let lost = |kind| matches!(kind, DefectKind::ArchiveUnreadable | DefectKind::ArchiveEntryIgnored);
    let defect = opened.defects.iter().find(|defect| lost(defect.kind));
    let is_alone = !reading::is_message(&opened.inner) && kinds::by_beginning(&opened.inner) == Some(kinds::ARCHIVE);
    match defect {
        Some(defect) if !is_alone => {
            whole.push(body::lost_of_archive(message::header(text, &defect.place, "content-type")));
        }
        None if !is_alone || !opened.parts.iter().any(parts::is_empty_of_archive) => {}
        _ => body::archive(&whole.source().clone(), defect.is_some(), whole),
    }
}

fn evaluated(opened: &Opened, compiler: &Compiler) -> String {
    let layers = opened.layers.iter().filter_map(|layer| layers::name(layer.kind)).map(str::to_owned);
    let parts = match opened.parts.as_slice() {
        [part] if part.within.is_empty() && part.content_type == kinds::CLOUD_CONFIG && !compiler.judges_values() => {
            "a cloud-config: its top-level keys, not what they hold".into()
        }
        [part] if part.within.is_empty() => body::called(&part.content_type),
        [_] => "a part".into(),
        parts => format!("{} parts", parts.len()),
    };
    layers.chain([parts]).collect::<Vec<_>>().join(", ")
}
