//! Part-handlers: which parts one takes, as far as its text says so. It is never run here.

use crate::context::handlers;
use crate::desk::claims;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::source::Span;
use crate::wire::reading::Found;
use std::collections::HashMap;

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

/// What takes parts, read once: a file may have hundreds of handlers, and as many parts for them.
pub(super) struct Takers {
    /// The first handler of each type, by its index.
    first: HashMap<String, usize>,
    /// The first include, and the first of our own handlers.
    fetched: Option<usize>,
    ours: Option<usize>,
}

impl Takers {
    pub fn of(parts: &[Found]) -> Self {
        let mut first = HashMap::new();
        let handlers = parts.iter().enumerate().filter(|(_, part)| part.content_type == PART_HANDLER);
        for (index, part) in handlers {
            claims::of(&part.body).into_iter().for_each(|kind| _ = first.entry(kind).or_insert(index));
        }
        let name = handlers::complete_name();
        let ours = |part: &Found| includes(part) && String::from_utf8_lossy(&part.body).contains(&name);
        Self { first, fetched: parts.iter().position(includes), ours: parts.iter().position(ours) }
    }

    /// Who takes the type of the part at an index.
    pub fn of_type(&self, index: usize, kind: &str) -> Taker {
        let before = |at: Option<usize>| at.is_some_and(|at| at < index);
        match self.first.get(kind).copied() {
            first if before(first) || before(self.ours) => Taker::Handler,
            Some(late) => Taker::Late(late),
            None if before(self.fetched) => Taker::Fetched,
            None => Taker::Nobody,
        }
    }
}

fn includes(part: &Found) -> bool {
    part.content_type.starts_with("text/x-include-")
}

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
