//! Part-handlers: which parts one takes, as far as its text says so. It is never run here.

use crate::context::handlers;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::source::Span;
use crate::wire::reading::Found;

const INCOMPLETE: Code = Code::new(
    "envelope/handler-incomplete",
    "A part-handler that does not define `list_types` and `handle_part` keeps every other handler of that boot from its parts, too.",
);
const LATE: Code = Code::new(
    "envelope/handler-after-parts",
    "cloud-init knows the types of a handler from its place on: parts before it are dropped.",
);
const SEVERAL: Code = Code::new(
    "envelope/several-handlers",
    "Part-handlers share one module name: one that fails takes all that follow with it.",
);

pub(super) const CODES: &[Code] = &[INCOMPLETE, LATE, SEVERAL];

const PART_HANDLER: &str = "text/part-handler";

/// Who takes a type.
pub(super) enum Taker {
    Handler,
    /// A handler that comes too late.
    Late(usize),
    /// Something that is fetched may.
    Fetched,
    Nobody,
}

/// Who takes the type of the part at an index.
pub(super) fn taker(parts: &[Found], index: usize, kind: &str) -> Taker {
    let takes = |part: &Found| part.content_type == PART_HANDLER && names(&part.body, kind);
    let (before, after) = parts.split_at(index.min(parts.len()));
    let ours = |part: &&Found| text(part).contains(&handlers::complete_name());
    let includes = |part: &&Found| part.content_type.starts_with("text/x-include-");
    match after.iter().position(takes) {
        _ if before.iter().any(takes) || before.iter().filter(includes).any(|part| ours(&part)) => Taker::Handler,
        Some(at) => Taker::Late(index + at),
        None if before.iter().any(|part| includes(&part)) => Taker::Fetched,
        None => Taker::Nobody,
    }
}

fn text(part: &Found) -> String {
    String::from_utf8_lossy(&part.body).into_owned()
}

/// Whether a handler has the type in quotes; ours make theirs from the names of blocks.
fn names(handler: &[u8], kind: &str) -> bool {
    let text = String::from_utf8_lossy(handler);
    let quoted = |word: &str| text.contains(&format!("\"{word}\"")) || text.contains(&format!("'{word}'"));
    let block = kind.strip_prefix("text/").and_then(|rest| rest.strip_suffix("-config"));
    quoted(kind)
        || block.is_some_and(|name| text.contains("\"text/%s-config\"") && text.contains(&format!("\"{name}\":")))
}

/// What cloud-init calls must be there.
pub(super) fn complete(text: &str, report: &mut Report) {
    let missing: Vec<&str> = ["list_types", "handle_part"].into_iter().filter(|name| !text.contains(name)).collect();
    if !missing.is_empty() {
        let message = format!("this part-handler has no `{}`", missing.join("` and no `"));
        let help = "define `list_types()` and `handle_part(data, ctype, filename, payload)`";
        report.push(Diagnostic::error(INCOMPLETE, Span::default(), message).help(help));
    }
}

pub(super) fn late(kind: &str, place: Span, handler: Span) -> Diagnostic {
    Diagnostic::error(LATE, place, format!("the handler of `{kind}` comes after this part"))
        .also(handler, "it comes here")
        .help("move the part-handler before the parts that it takes")
}

/// More than one.
pub(super) fn several(parts: &[Found], place: impl Fn(&Found) -> Span, report: &mut Report) {
    let found: Vec<&Found> = parts.iter().filter(|part| part.content_type == PART_HANDLER).collect();
    if let [first, second, ..] = found.as_slice() {
        let message = format!("these are {} part-handlers: one that fails takes all that follow with it", found.len());
        report.push(
            Diagnostic::warning(SEVERAL, place(second), message)
                .also(place(first), "the first")
                .help("put them into one that takes all types"),
        );
    }
}
