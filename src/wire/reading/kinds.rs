//! What cloud-init takes a text for by its first characters (`cloudinit/handlers/__init__.py`).

use super::python;
use std::borrow::Cow;

pub(crate) const NOT_MULTIPART: &str = "text/x-not-multipart";
pub(super) const UNDEFINED: &str = "text/plain";
pub(crate) const CLOUD_CONFIG: &str = "text/cloud-config";
pub(crate) const ARCHIVE: &str = "text/cloud-config-archive";

/// The beginnings, the longest first, as cloud-init tries them. The last three are of no use in a text, and are tried too.
const BEGINNINGS: [(&str, &str); 12] = [
    ("text/x-shellscript-per-instance", "text/x-shellscript-per-instance"),
    ("text/x-shellscript-per-boot", "text/x-shellscript-per-boot"),
    ("text/x-shellscript-per-once", "text/x-shellscript-per-once"),
    ("#cloud-config-archive", ARCHIVE),
    ("#cloud-config-jsonp", "text/cloud-config-jsonp"),
    ("## template: jinja", "text/jinja2"),
    ("#cloud-boothook", "text/cloud-boothook"),
    ("#cloud-config", CLOUD_CONFIG),
    ("#include-once", "text/x-include-once-url"),
    ("#part-handler", "text/part-handler"),
    ("#include", "text/x-include-url"),
    ("#!", "text/x-shellscript"),
];

/// The types of compressed parts (`DECOMP_TYPES` of `cloudinit/user_data.py`).
const COMPRESSED: [&str; 8] = [
    "application/gzip",
    "application/gzip-compressed",
    "application/gzipped",
    "application/x-compress",
    "application/x-compressed",
    "application/x-gunzip",
    "application/x-gzip",
    "application/x-gzip-compressed",
];

/// Whether cloud-init unpacks a part that declares this type.
pub(crate) fn is_compressed(kind: &str) -> bool {
    COMPRESSED.contains(&kind)
}

pub(crate) fn is_include(kind: &str) -> bool {
    ["text/x-include-url", "text/x-include-once-url"].contains(&kind)
}

/// Whether cloud-init looks into a text that declares this type. Before 20.3 it did not for `text/x-shellscript`, and 20.2
/// alone did for every type that it knows.
pub(super) fn is_guessed(kind: &str) -> bool {
    [UNDEFINED, NOT_MULTIPART, "text/x-shellscript"].contains(&kind)
}

/// The type by the first characters, white space and case aside.
pub(crate) fn by_beginning(body: &[u8]) -> Option<&'static str> {
    let text = python::lstrip(python::head(body));
    BEGINNINGS.iter().find(|(begin, _)| python::starts_with(text, begin)).map(|(_, kind)| *kind)
}

/// The addresses that an include part would fetch, in order (`_do_include`).
pub(crate) fn addresses(body: &[u8]) -> Vec<String> {
    let text: Cow<'_, str> = String::from_utf8_lossy(body);
    let wanted = |line: &str| {
        let marks = ["#include-once", "#include"];
        let mark = marks.iter().find(|mark| python::starts_with(line, mark));
        let line = mark.map_or(line, |mark| python::lstrip(line.get(mark.len()..).unwrap_or_default()));
        let address = python::strip(line);
        (!line.starts_with('#') && !address.is_empty()).then(|| address.to_owned())
    };
    python::lines(&text).filter_map(wanted).collect()
}
