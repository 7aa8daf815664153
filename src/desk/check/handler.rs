//! Part-handlers: which parts one takes, as far as its text says so. It is never run here: as of a script its form is judged, that is
//! what cloud-init calls in it, and not what it does. Of what it is given nothing is known at all.

use crate::context::foreign;
use crate::desk::takers::PART_HANDLER;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::source::Span;
use crate::wire::reading::Found;

pub(super) const INCOMPLETE: Code = Code::new(
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

/// What cloud-init calls must be there.
pub(super) fn complete(text: &str, report: &mut Report) {
    let missing: Vec<&str> = ["list_types", "handle_part"].into_iter().filter(|name| !defines(text, name)).collect();
    if !missing.is_empty() {
        let message = format!("this part-handler has no `{}`", missing.join("` and no `"));
        let help = "define `list_types()` and `handle_part(data, ctype, filename, payload)`";
        report.push(Diagnostic::error(INCOMPLETE, Span::default(), message).help(help));
    }
}

/// Whether a line defines the name: a word in a comment defines nothing. Indented it may stand below an `if`.
fn defines(text: &str, name: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| {
        let after = |line: &str| line.strip_prefix(name).map(|rest| rest.trim_start().to_owned());
        let function = line.strip_prefix("def ").and_then(|line| after(line.trim_start()));
        function.is_some_and(|rest| rest.starts_with('('))
            || after(line).is_some_and(|rest| rest.starts_with('=') && !rest.starts_with("=="))
            || line.starts_with("from ") && line.contains(" import ") && line.contains(name)
    })
}

/// Settings for a handler that is none of ours: it alone knows what is right in them.
pub(super) fn others_settings(kind: &str, place: Span, handler: Span) -> Diagnostic {
    foreign::not_evaluated(format!(
        "what is in this `{kind}` was not judged: only its part-handler knows what is right"
    ))
    .at(place)
    .also(handler, "this takes it")
    .help("judge it with what belongs to that handler, or write it as cloud-config or a script")
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
