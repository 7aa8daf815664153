//! Where packages come from: addresses of repositories and the keys that sign them. For every block that takes such.

use super::{Check, Lower};
use crate::language::content::Content;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::document::span_at;
use crate::language::path::Path;
use crate::language::units::{Unit, Url, quoted};

/// How an armoured OpenPGP public key begins (RFC 9580, section 6.2.1).
pub(super) const OPENPGP: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// How a public key in PEM begins (RFC 7468, section 13).
pub(super) const PEM: &str = "-----BEGIN PUBLIC KEY-----";

/// An address, and for deb the suite and components after it. `deb` where it is known which of the two it is.
pub(super) fn check_address(cx: &mut Check, code: Code, text: &str, deb: Option<bool>, at: &Path) {
    let (address, rest) = text.split_once(' ').unwrap_or((text, ""));
    let words: Vec<&str> = rest.split_whitespace().collect();
    let help = match Url::parse(address) {
        _ if !text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) => {
            "write the address, then for deb the suite and components, on one line".into()
        }
        _ if address == "deb" => format!("leave `deb` out: write `{}`", rest.trim()),
        Err(fault) => fault.help,
        // One line that apt cannot read, and it installs nothing at all any more.
        Ok(_) if deb == Some(true) && words.is_empty() => {
            format!("add the suite and its components: `{address} SUITE COMPONENT`, or `{address} ./`")
        }
        Ok(_) if deb != Some(false) && !is_line_of_apt(&words) => {
            "write the components after the suite, like `bookworm main`; a suite that ends in `/` has none".into()
        }
        Ok(_) if deb == Some(false) && words.iter().any(|word| Url::parse(word).is_err()) => {
            format!("write the address alone: `{address}`")
        }
        Ok(_) => return,
    };
    let message = format!("{} is not a package repository", quoted(text));
    cx.push(cx.error(code, at, message).help(help));
}

/// sources.list(5): a suite that ends in `/` is a directory and has no components, any other has some.
fn is_line_of_apt(words: &[&str]) -> bool {
    words.split_first().is_none_or(|(suite, components)| suite.ends_with('/') == components.is_empty())
}

/// The key at a path, which is reported when it is none of its kind.
pub(super) fn key(cx: &mut Lower, code: Code, content: &Content, begin: &str, at: &Path) -> Option<String> {
    let key = cx.text(content, at)?;
    if key.trim_start().starts_with(begin) {
        return Some(key);
    }
    let message = match key.contains("PRIVATE KEY") {
        true => "this is a private key",
        false if key.trim().is_empty() => "this key is empty",
        false => "this is not a key",
    };
    let help = match content {
        Content::Text(path) if !path.is_empty() && !path.contains('\n') => {
            format!("write `{{file: {path}}}` for a file")
        }
        _ => format!("give the text that begins `{begin}`"),
    };
    let span = span_at(cx.node, &content.place(at));
    cx.report.push(Diagnostic::error(code, span, message).help(help));
    None
}
