//! Parts for other programs than cloud-init, which look for their lines in the whole of the user-data.

use super::config::Config;
use super::plan::{Part, Plan};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::source::Span;

const MARKER: Code = Code::new(
    "ucernvm/marker",
    "The bootloader takes what stands between the first two of its marker lines, wherever they are: they stand in one place only.",
);
const GZIP: Code = Code::new(
    "amiconfig/gzip",
    "amiconfig unpacks gzip from a disk. What it fetches over HTTP passes through a variable of a shell, which loses NUL (inferred from its source).",
);

pub(crate) const CODES: &[Code] = &[MARKER, GZIP];

/// The lines that the bootloader looks for.
const MARKERS: [&str; 2] = ["[ucernvm-begin]", "[ucernvm-end]"];

/// A marker in another part would end the block before it began, or begin it where other lines follow.
pub(super) fn check(parts: &[Part], config: &Config, report: &mut Report) {
    let Some(block) = config.blocks.iter().find(|used| used.spec.name == "ucernvm") else { return };
    let marked = |part: &&Part| part.body.lines().any(|line| MARKERS.contains(&line));
    for part in parts.iter().filter(|part| part.origin != "ucernvm").filter(marked) {
        let message = format!("`{}` has a marker of the bootloader, too", part.filename);
        report.push(Diagnostic::error(MARKER, block.node.span, message).help("keep the block here, or the one there"));
    }
}

/// Says what becomes of gzip on its way to amiconfig. `place`: where the target is named.
pub(crate) fn warn_of_gzip(plan: &Plan, place: Span, report: &mut Report) {
    if plan.is_for_amiconfig() {
        let fault = Diagnostic::warning(GZIP, place, "amiconfig does not read gzip that it fetches over HTTP");
        report.push(fault.help("write it in an envelope without gzip, or give it to the machine on a disk"));
    }
}
