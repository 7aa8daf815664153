//! The content types that cloud-init knows, and what it calls a file of each.

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

/// What a user-data of one part is called, and the type of it (`handlers.INCLUSION_TYPES_MAP` of 26.2).
const TYPES: [(&str, &str); 12] = [
    ("text/cloud-config", "a cloud-config"),
    ("text/cloud-config-archive", "a cloud-config archive"),
    ("text/cloud-config-jsonp", "a JSON patch"),
    ("text/x-shellscript", "a script"),
    ("text/x-shellscript-per-boot", "a script for every boot"),
    ("text/x-shellscript-per-instance", "a script for every instance"),
    ("text/x-shellscript-per-once", "a script for once"),
    ("text/cloud-boothook", "a boothook"),
    ("text/part-handler", "a part-handler"),
    ("text/jinja2", "a template"),
    ("text/x-include-url", "an include list"),
    ("text/x-include-once-url", "an include list"),
];

/// Types that are told by the first characters of a part, and of which none was known.
const UNTOLD: [&str; 2] = ["text/plain", "text/x-not-multipart"];

/// Types that were known once: nobody takes them since the release.
const GONE: [(&str, &str); 1] = [("text/upstart-job", "22.2")];

/// How a part of such a type began, where nothing else told its type.
const GONE_BEGINNINGS: [(&str, &str); 1] = [("#upstart-job", "text/upstart-job")];

/// The type that a part of which nothing was said once had by its beginning.
pub(super) fn once_told(part: &Found) -> Option<&'static str> {
    let begins = |begin: &str| {
        part.body.trim_ascii_start().get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin.as_bytes()))
    };
    GONE_BEGINNINGS.iter().find(|(begin, _)| is_untold(&part.content_type) && begins(begin)).map(|(_, kind)| *kind)
}

pub(super) fn is_builtin(kind: &str) -> bool {
    TYPES.iter().any(|(known, _)| *known == kind)
}

/// A part of which nothing was said.
pub(super) fn is_untold(kind: &str) -> bool {
    UNTOLD.contains(&kind)
}

/// What a file is that is one part.
pub(super) fn called(kind: &str) -> String {
    let known = TYPES.iter().find(|(known, _)| *known == kind);
    known.map_or_else(|| "something unknown".into(), |(_, called)| (*called).into())
}

/// A type that cloud-init knows, but not always did.
pub(super) fn is_new(kind: &str) -> bool {
    kind.starts_with("text/x-shellscript-per-")
}

pub(super) fn new(kind: &str, place: Span) -> Diagnostic {
    Diagnostic::warning(NEW_TYPE, place, format!("cloud-init before 22.1 does not know `{kind}`"))
        .help("is the image newer than that? a script in /var/lib/cloud/scripts/per-boot does the same on older ones")
}

/// A type that nobody takes.
pub(super) fn unknown(kind: &str, place: Span) -> Diagnostic {
    if UNTOLD.contains(&kind) {
        let message = "cloud-init does not know what this is: it begins with none of the words that tell";
        return Diagnostic::error(UNKNOWN_TYPE, place, message)
            .help("begin it with `#cloud-config`, `#!/bin/sh` or another word of cloud-init, or compile it if it is a context");
    }
    let fault = Diagnostic::error(UNKNOWN_TYPE, place, format!("nobody takes `{kind}`: cloud-init drops this part"));
    if let Some((_, since)) = GONE.iter().find(|(gone, _)| *gone == kind) {
        return fault.help(format!("cloud-init takes none since {since}: write a unit of systemd with `write_files`"));
    }
    match suggest::nearest(kind, TYPES.iter().map(|(known, _)| *known)) {
        Some(meant) => fault.help(format!("did you mean `{meant}`?")),
        None => fault.help("put a part-handler that takes it before it, or leave the part out"),
    }
}
