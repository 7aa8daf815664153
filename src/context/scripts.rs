//! The user's scripts and boothooks: read, and held against what cloud-init and the kernel make of them.

use super::config::Items;
use crate::language::content::{Content, Script};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::span_at;
use crate::language::loader::Loader;
use crate::language::path::Path;
use crate::language::source::Span;

pub(crate) const NO_INTERPRETER: Code = Code::new(
    "script/no-interpreter",
    "cloud-init executes a script as it is, so its first line names the interpreter.",
);
const CRLF: Code =
    Code::new("script/crlf", "A carriage return becomes part of the interpreter's name and of every command.");
const NOT_TEXT: Code = Code::new("script/not-text", "cloud-init loses scripts that are not UTF-8 text.");
pub(crate) const EMPTY: Code = Code::new("script/empty", "An empty script does nothing.");
const TOO_MANY: Code =
    Code::new("script/too-many", "Scripts run in the order of the numbers in their names, which end at 999.");

pub(crate) const CODES: &[Code] = &[NO_INTERPRETER, CRLF, NOT_TEXT, EMPTY, TOO_MANY];

/// The first line by which cloud-init knows a boothook. It is not part of the script.
pub(super) const BOOTHOOK: &str = "#cloud-boothook";

/// Where the interpreter of one stands: before that line nobody would know a boothook.
const AFTER_BOOTHOOK: &str = "as the line after `#cloud-boothook`";

const MOST: usize = 999;

/// The longest name that is taken from a path: with its number in front it stays below the 255 bytes of a file name.
const MAX_NAME: usize = 200;

/// One script: the name for its file, and its text from `#!` on.
pub(super) struct Read {
    pub name: String,
    pub text: String,
}

/// Reads every script; what is wrong with one is reported at its place.
pub(super) fn read(scripts: &Items<Script>, loader: &dyn Loader, report: &mut Report) -> Vec<Read> {
    let mut sound = Vec::new();
    for (index, (Script(content), node)) in scripts.iter().enumerate() {
        let counted = if index < MOST { Ok(()) } else { Err(too_many()) };
        match counted.and_then(|()| text(content, loader)).and_then(checked) {
            Ok(text) => sound.push(Read { name: name(content), text }),
            Err(diagnostic) => report.push(diagnostic.at(span_at(node, &content.place(&Path::root())))),
        }
    }
    sound
}

fn fault(code: Code, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(code, Default::default(), message)
}

fn too_many() -> Diagnostic {
    fault(TOO_MANY, format!("this is one script more than {MOST}")).help("put several into one script")
}

fn text(content: &Content, loader: &dyn Loader) -> Result<String, Diagnostic> {
    if matches!(content, Content::File(path) if path.trim().is_empty()) {
        return Ok(String::new());
    }
    let bytes = content.bytes(loader).map_err(|fault| match content {
        Content::File(_) => fault.help("a script in place begins with `#!`, or follows `|`"),
        _ => fault,
    })?;
    String::from_utf8(bytes).map_err(|_| {
        fault(NOT_TEXT, "this script is not UTF-8 text")
            .help("install binaries with a package, or fetch them from a script")
    })
}

/// Judges a script that cloud-init is handed as it is: it mends the line ends of one whose first line has a carriage return.
pub(crate) fn judge(text: &str, report: &mut Report) {
    let first = text.split('\n').next().unwrap_or_default();
    let mended = match first.ends_with('\r') {
        true => {
            let message = "this script has carriage returns, which only cloud-init takes away";
            let fault = Diagnostic::warning(CRLF, Span::new(0, first.len() - 1), message);
            report.push(fault.help("convert it: `sed -i 's/\\r$//' FILE`"));
            text.replace("\r\n", "\n")
        }
        false => text.to_owned(),
    };
    if let Err(fault) = checked(mended) {
        let place = text.find('\r').filter(|_| fault.code() == CRLF).unwrap_or_default();
        report.push(fault.at(Span::new(place, place)));
    }
}

fn checked(text: String) -> Result<String, Diagnostic> {
    let script = text.strip_prefix(BOOTHOOK).map_or(text.as_str(), str::trim_start);
    if script.trim().is_empty() {
        return Err(fault(EMPTY, "this script is empty").help("remove it, or write what it is to do"));
    }
    if script.contains('\r') {
        return Err(fault(CRLF, "this script has carriage returns").help("convert it: `sed -i 's/\\r$//' FILE`"));
    }
    if script.contains('\0') {
        let fault = fault(NOT_TEXT, "this script has a NUL character");
        return Err(fault.help("is it a program? install it with a package"));
    }
    if script.starts_with('\u{feff}') {
        let fault = fault(NO_INTERPRETER, "this script begins with a byte-order mark");
        return Err(fault.help("save it without one: `sed -i '1s/^\\xef\\xbb\\xbf//' FILE`"));
    }
    match script.starts_with("#!") {
        true => Ok(script.to_owned()),
        false => {
            let line = if text.starts_with(BOOTHOOK) { AFTER_BOOTHOOK } else { "as its first line" };
            let fault = fault(NO_INTERPRETER, "this script does not begin with `#!`");
            Err(fault.help(format!("write `#!/bin/sh` {line}")))
        }
    }
}

/// The file's own name in letters that cloud-init keeps (`[A-Za-z0-9._-]`), or `script` for text in place.
fn name(content: &Content) -> String {
    let Content::File(path) = content else { return "script".into() };
    let base = path.rsplit('/').next().unwrap_or_default();
    let kept = base.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' });
    let kept: String = kept.take(MAX_NAME).collect();
    if kept.is_empty() { "script".into() } else { kept }
}
