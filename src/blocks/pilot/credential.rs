//! What a pilot shows to DIRAC: a proxy, or a certificate and its key. On the machine it is one file.

use super::Pilot;
use crate::blocks::{Check, Lower};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::document::span_at;
use crate::language::path::Path;

pub(super) const FORM: Code =
    Code::new("pilot/credential-form", "A pilot has one credential: a proxy, or a certificate with its key.");
pub(super) const CREDENTIAL: Code = Code::new(
    "pilot/credential",
    "A credential is PEM text with a certificate and a private key that needs no passphrase.",
);

pub(super) fn check(pilot: &Pilot, cx: &mut Check) {
    let root = Path::root();
    let written = |name| cx.written(&root.key(name));
    let (whole, certificate, key) = (written("credential"), written("certificate"), written("key"));
    let fault = match (whole, certificate, key) {
        (true, false, false) | (false, true, true) => return,
        (true, ..) => {
            let other = if certificate { "certificate" } else { "key" };
            let fault = cx.error_at_key(FORM, &root.key(other), "there are two credentials");
            fault.help("keep `credential`, or `certificate` with `key`")
        }
        (false, true, false) => {
            let fault = cx.error_at_key(FORM, &root.key("certificate"), "this certificate has no key");
            fault.help("add `key: {file: hostkey.pem}`")
        }
        (false, false, true) => {
            let fault = cx.error_at_key(FORM, &root.key("key"), "this key has no certificate");
            fault.help("add `certificate: {file: hostcert.pem}`")
        }
        (false, false, false) => {
            let fault = cx.error(FORM, &root, format!("the pilots of `{}` have no credential", pilot.site.0));
            fault.help("add `credential: {file: proxy.pem}`, or `certificate` and `key`")
        }
    };
    cx.push(fault);
}

/// All of it as one text. What is wrong with a part is reported at its place, without a word of it.
pub(super) fn pem(pilot: &Pilot, cx: &mut Lower) -> String {
    let root = Path::root();
    let mut parts = Vec::new();
    if let Some(secret) = &pilot.credential {
        let at = root.key("credential");
        parts.extend(cx.secret(secret, &at).and_then(|text| sound(cx, text, &at, true, true)));
    }
    if let Some(content) = &pilot.certificate {
        let at = root.key("certificate");
        parts.extend(cx.text(content, &at).and_then(|text| sound(cx, text, &at, true, false)));
    }
    if let Some(secret) = &pilot.key {
        let at = root.key("key");
        parts.extend(cx.secret(secret, &at).and_then(|text| sound(cx, text, &at, false, true)));
    }
    parts.iter().map(|part| format!("{}\n", part.trim())).collect()
}

/// The text, if it holds what it must and nothing that belongs elsewhere.
fn sound(cx: &mut Lower, text: String, at: &Path, certificate: bool, key: bool) -> Option<String> {
    let has_key = text.contains("PRIVATE KEY-----");
    let locked = text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED");
    let (message, help) = match text.contains("-----BEGIN CERTIFICATE-----") {
        false if certificate => {
            ("there is no certificate in this", "give the text that begins `-----BEGIN CERTIFICATE-----`")
        }
        _ if key && !has_key => ("there is no private key in this", "give the PEM text of the key, or `{file: PATH}`"),
        _ if !key && has_key => ("there is a private key in this", "give the key under `key`, where it is kept secret"),
        _ if locked => {
            ("this key needs a passphrase, which nobody types on the machine", "give a key without one, or a proxy")
        }
        _ => return Some(text),
    };
    let span = span_at(cx.node, &at.key("file"));
    cx.report.push(Diagnostic::error(CREDENTIAL, span, message).help(help));
    None
}
