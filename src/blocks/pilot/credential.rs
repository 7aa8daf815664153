//! What a pilot shows to DIRAC: a proxy, or a certificate and its key. On the machine it is one file.

use super::Pilot;
use crate::blocks::{Check, Lower, chain};
use crate::language::diagnostic::Code;
use crate::language::path::Path;

pub(super) const FORM: Code =
    Code::new("pilot/credential-form", "A pilot has one credential: a proxy, or a certificate with its key.");

pub(super) fn check(cx: &mut Check) {
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
            let fault = cx.error(FORM, &root, "these pilots have no credential");
            fault.help("add `credential: {file: proxy.pem}`, or `certificate` and `key`")
        }
    };
    cx.push(fault);
}

/// All of it as one text, the certificate of the key first, checked as the block `certificate` checks. What is wrong with a part is
/// reported at its place, without a word of a secret.
pub(super) fn pem(pilot: &Pilot, cx: &mut Lower) -> String {
    let root = Path::root();
    let proxy = pilot.credential.as_ref().and_then(|secret| {
        let at = root.key("credential");
        cx.secret(secret, &at).and_then(|text| chain::proxy(&text, cx, &at))
    });
    let (certificate_at, key_at) = (root.key("certificate"), root.key("key"));
    let pair = pilot.certificate.as_ref().zip(pilot.key.as_ref());
    let pair = pair.and_then(|(certificate, key)| chain::pair((certificate, &certificate_at), (key, &key_at), cx));
    proxy.or_else(|| pair.map(|(certificates, key)| certificates.text() + &key.text)).unwrap_or_default()
}
