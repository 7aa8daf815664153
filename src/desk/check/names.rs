//! The content types that cloud-init knows, and what it calls a file of each.

use crate::desk::types;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;
use crate::language::suggest;
use crate::wire::reading::Found;

const UNKNOWN_TYPE: Code = Code::new(
    "envelope/unknown-type",
    "cloud-init drops a part of a type that nobody takes, and says so in its log only.",
);
const NEW_TYPE: Code = Code::new(
    "envelope/new-type",
    "cloud-init takes scripts for every boot, instance or once since 22.1: an older one drops them.",
);

pub(super) const CODES: &[Code] = &[UNKNOWN_TYPE, NEW_TYPE];

/// Types that are told by the first characters of a part, and of which none was known.
const UNTOLD: [&str; 2] = ["text/plain", "text/x-not-multipart"];

/// How a part began of a type that was known once.
const GONE_BEGINNINGS: [(&str, &str); 1] = [("#upstart-job", "text/upstart-job")];

/// The type that a part of which nothing was said once had by its beginning.
pub(super) fn once_told(part: &Found) -> Option<&'static str> {
    let begins = |begin: &str| {
        part.body.trim_ascii_start().get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin.as_bytes()))
    };
    GONE_BEGINNINGS.iter().find(|(begin, _)| is_untold(&part.content_type) && begins(begin)).map(|(_, kind)| *kind)
}

/// A part of which nothing was said.
pub(super) fn is_untold(kind: &str) -> bool {
    UNTOLD.contains(&kind)
}

/// What a file is that is one part.
pub(super) fn called(kind: &str) -> String {
    types::built_in(kind).map_or("something unknown", |known| known.called).into()
}

/// A type that cloud-init knows, but not always did.
pub(super) fn is_new(kind: &str) -> bool {
    kind.starts_with("text/x-shellscript-per-")
}

pub(super) fn new(kind: &str, place: Span) -> Diagnostic {
    Diagnostic::warning(NEW_TYPE, place, format!("cloud-init before 22.1 does not know `{kind}`"))
        .help("is the image newer than that? a script in /var/lib/cloud/scripts/per-boot does the same on older ones")
}

/// A type that a part-handler would take, were it written so.
pub(super) fn in_capitals(kind: &str, claimed: &str, place: Span) -> Diagnostic {
    let message =
        format!("nobody takes `{kind}`: the part-handler names it `{claimed}`, and cloud-init compares small letters");
    Diagnostic::error(UNKNOWN_TYPE, place, message).help(format!("write `{kind}` in its `list_types`"))
}

/// A type that nobody takes.
pub(super) fn unknown(kind: &str, place: Span) -> Diagnostic {
    if UNTOLD.contains(&kind) {
        let message = "cloud-init does not know what this is: it begins with none of the words that tell";
        return Diagnostic::error(UNKNOWN_TYPE, place, message)
            .help("begin it with `#cloud-config`, `#!/bin/sh` or another word of cloud-init, or compile it if it is a context");
    }
    let fault = Diagnostic::error(UNKNOWN_TYPE, place, format!("nobody takes `{kind}`: cloud-init drops this part"));
    if let Some(since) = types::gone_since(kind) {
        return fault.help(format!("cloud-init takes none since {since}: write a unit of systemd with `write_files`"));
    }
    match suggest::nearest(kind, types::BUILT_IN.iter().map(|known| known.kind)) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")),
        None => fault.help("put a part-handler that takes it before it, or leave the part out"),
    }
}
