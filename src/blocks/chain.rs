//! Certificates and keys as files have them: read, held against each other and against the day. For every block that takes some.

mod pem;
mod x509;

use super::Lower;
use crate::language::content::{self, Content, Secret};
use crate::language::date::Date;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::document::span_at;
use crate::language::fault::Fault;
use crate::language::path::Path;
use pem::Block;
use x509::{Pair, X509};

pub(super) const CODES: &[Code] = &[CERTIFICATE, KEY, ENCRYPTED, PRIVATE_PASTED, PAIR, NOT_COMPARED, EXPIRED, NOT_YET];

const CERTIFICATE: Code = Code::new(
    "certificate/certificate",
    "A certificate is X.509 in PEM form, which begins `-----BEGIN CERTIFICATE-----`.",
);
const KEY: Code = Code::new(
    "certificate/key",
    "A private key is in PEM form: `-----BEGIN PRIVATE KEY-----`, with `RSA` or `EC` in it or not.",
);
const ENCRYPTED: Code =
    Code::new("certificate/encrypted-key", "The machine cannot ask anybody for the passphrase of a key.");
const PRIVATE_PASTED: Code = Code::new(
    "certificate/private-key-pasted",
    "Everybody on the machine can read certificates: no private key may stand among them.",
);
const PAIR: Code =
    Code::new("certificate/not-a-pair", "A certificate proves nothing without the private key that it was made for.");
const NOT_COMPARED: Code = Code::new(
    "certificate/not-compared",
    "Some keys do not say which public key is theirs: what was not compared is never called right.",
);
const EXPIRED: Code = Code::new("certificate/expired", "Nobody accepts a certificate after its last day.");
const NOT_YET: Code = Code::new("certificate/not-yet-valid", "Nobody accepts a certificate before its first day.");

/// Certificates of one text, in its order.
pub(super) struct Certificates {
    read: Vec<X509>,
    /// Each as a block of its own.
    pub texts: Vec<String>,
}

/// A private key.
pub(super) struct Key {
    label: String,
    bytes: Vec<u8>,
    pub text: String,
}

impl Certificates {
    /// All of them, for a file.
    pub fn text(&self) -> String {
        self.texts.concat()
    }

    /// Whom each is for.
    pub fn subjects(&self) -> Vec<String> {
        self.read.iter().map(X509::subject).collect()
    }

    /// Whether any of them may sign others.
    pub fn sign(&self) -> bool {
        self.read.iter().any(X509::signs)
    }

    /// The hosts that the first is for.
    pub fn hosts(&self) -> Vec<String> {
        self.read.first().map(X509::hosts).unwrap_or_default()
    }
}

fn blocks<'t>(text: &'t str, code: Code) -> Result<Vec<Block<'t>>, Fault> {
    pem::blocks(text)
        .ok_or_else(|| Fault::new(code, "this is cut off: a block of it has no end", "copy the whole file again"))
}

/// The certificates that a text has; reported where it has none, or more than certificates.
pub(super) fn certificates(text: &str, cx: &mut Lower, at: &Path) -> Option<Certificates> {
    let read = blocks(text, CERTIFICATE).and_then(|blocks| {
        if blocks.iter().any(Block::is_private) {
            let help = "take it out of this file; the key of a host goes under `key`";
            return Err(Fault::new(PRIVATE_PASTED, "this holds a private key, where only certificates belong", help));
        }
        from_blocks(&blocks, text)
    });
    read.map_err(|fault| cx.refuse(fault, at)).ok()
}

fn from_blocks(blocks: &[Block], text: &str) -> Result<Certificates, Fault> {
    let fault = |message: &str, help: &str| Fault::new(CERTIFICATE, message, help);
    let mut found = Certificates { read: Vec::new(), texts: Vec::new() };
    for block in blocks.iter().filter(|block| block.label.ends_with("CERTIFICATE")) {
        let read = block.bytes().and_then(|der| X509::read(&der));
        found
            .read
            .push(read.ok_or_else(|| fault("this certificate is cut off or changed", "copy the whole file again"))?);
        found.texts.push(block.text());
    }
    match blocks.first() {
        _ if !found.read.is_empty() => Ok(found),
        Some(block) => Err(fault(&format!("this is `{}`, not a certificate", block.label), "give the certificate")),
        None => Err(fault("there is no certificate in this", &instead(one_word(text), "-----BEGIN CERTIFICATE-----"))),
    }
}

/// What is no PEM and one word is a path, if no secret belongs there.
fn one_word(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && !text.contains(char::is_whitespace) && text.len() < 200).then_some(text)
}

/// What to write in place of a text without anything in it.
fn instead(path: Option<&str>, beginning: &str) -> String {
    match path {
        Some(path) => format!("write `{{file: {path}}}` for a file"),
        None => format!("give the text that begins `{beginning}`, or `{{file: PATH}}`"),
    }
}

/// A certificate and its key, from two places: a pair, and valid on the day.
pub(super) fn pair(
    (certificate, certificate_at): (&Content, &Path),
    (key, key_at): (&Secret, &Path),
    cx: &mut Lower,
) -> Option<(Certificates, Key)> {
    let certificate = cx.text(certificate, certificate_at);
    let key = cx.secret(key, key_at);
    let certificates = certificate.and_then(|text| certificates(&text, cx, certificate_at));
    let key = key.and_then(|text| self::key(&text, cx, key_at));
    let (certificates, key) = certificates.zip(key)?;
    check_days(&certificates, cx, certificate_at);
    check_pair(&certificates, &key, cx, key_at);
    Some((certificates, key))
}

/// The private key that a text has. No fault repeats any of it.
fn key(text: &str, cx: &mut Lower, at: &Path) -> Option<Key> {
    let read = blocks(text, KEY).and_then(|blocks| key_of(&blocks, text));
    read.map_err(|fault| cx.refuse(fault, at)).ok()
}

fn key_of(blocks: &[Block], text: &str) -> Result<Key, Fault> {
    let fault = |message: &str, help: &str| Fault::new(KEY, message, help);
    let Some(block) = blocks.iter().find(|block| block.is_private()) else {
        let message = match blocks.first() {
            Some(block) => format!("this is `{}`, not a private key", block.label),
            None => "there is no private key in this".into(),
        };
        return Err(fault(&message, &instead(content::as_path(text), "-----BEGIN PRIVATE KEY-----")));
    };
    if block.is_encrypted() {
        let help = "take it off a copy: `openssl pkey -in KEY -out COPY`";
        return Err(Fault::new(ENCRYPTED, "this private key has a passphrase", help));
    }
    if block.label.starts_with("OPENSSH") {
        let help = "give the key that the certificate was made for; an RSA key of SSH becomes PEM by `ssh-keygen -p -m PEM -f COPY`";
        return Err(fault("this is a key in the form of SSH", help));
    }
    let bytes =
        block.bytes().ok_or_else(|| fault("this private key is cut off or changed", "copy the whole file again"))?;
    Ok(Key { label: block.label.to_owned(), bytes, text: block.text() })
}

/// The first certificate is the one with the key.
fn check_pair(certificates: &Certificates, key: &Key, cx: &mut Lower, at: &Path) {
    let pair = |certificate: &X509| certificate.pair(&key.label, &key.bytes);
    match certificates.read.first().map(pair) {
        Some(Pair::No) => {
            let later = certificates.read.iter().position(|certificate| pair(certificate) == Pair::Yes);
            cx.refuse(no_pair(later), at);
        }
        Some(Pair::NoKey) => {
            let message = "this private key is cut off or changed";
            cx.refuse(Fault::new(KEY, message, "copy the whole file again"), at);
        }
        Some(Pair::Unknown) => {
            let message = "whether this key is that of the certificate cannot be seen from it";
            let fault = Diagnostic::warning(NOT_COMPARED, span_at(cx.node, at), message);
            cx.report.push(
                fault.help(
                    "compare them: `openssl pkey -pubout -in KEY`, `openssl x509 -pubkey -noout -in CERTIFICATE`",
                ),
            );
        }
        Some(Pair::Yes) | None => {}
    }
}

/// What to say where the first certificate is not the key's, but perhaps a later one.
fn no_pair(later: Option<usize>) -> Fault {
    match later {
        None => {
            let help = "give the key that the request for the certificate was made with";
            Fault::new(PAIR, "this key is not that of the certificate", help)
        }
        Some(index) => {
            let message = format!("this key is that of the certificate number {}, not of the first", index + 1);
            Fault::new(
                PAIR,
                message,
                "put the certificate of the key first, and after it those of the authorities between",
            )
        }
    }
}

/// Every certificate is valid on the day, where one is given.
fn check_days(certificates: &Certificates, cx: &mut Lower, at: &Path) {
    for fault in out_of_date(certificates, cx.today) {
        cx.refuse(fault, at);
    }
}

/// The same of authorities: one of hundreds that has expired is no reason to stop.
pub(super) fn warn_of_days(certificates: &Certificates, cx: &mut Lower, at: &Path) {
    for fault in out_of_date(certificates, cx.today) {
        let place = span_at(cx.node, at);
        cx.report.push(Diagnostic::warning(fault.code, place, fault.message).help(fault.help));
    }
}

fn out_of_date(certificates: &Certificates, today: Option<Date>) -> Vec<Fault> {
    let Some(today) = today else { return Vec::new() };
    let count = certificates.read.len();
    let called = |index: usize| match count {
        1 => "this certificate".to_owned(),
        _ => format!("the certificate number {} of these", index + 1),
    };
    let judge = |(index, certificate): (usize, &X509)| {
        let help = |what: &str| format!("{what} (today is {today}, by `--today` or the clock)");
        match certificate.days() {
            (_, Some(last)) if last < today => {
                Some(Fault::new(EXPIRED, format!("{} expired on {last}", called(index)), help("get a new one")))
            }
            (Some(first), _) if first > today => Some(Fault::new(
                NOT_YET,
                format!("{} is valid from {first} on", called(index)),
                help("wait, or correct the day"),
            )),
            _ => None,
        }
    };
    certificates.read.iter().enumerate().filter_map(judge).collect()
}

const WHOLE: &str = "put all into one text: the certificate, its key, then the certificates before it";

/// A proxy: its certificate, its key, and the certificates before it, in the order in which they were written.
pub(super) fn proxy(text: &str, cx: &mut Lower, at: &Path) -> Option<String> {
    let read = blocks(text, CERTIFICATE).and_then(|blocks| {
        let has = |ends: &str| blocks.is_empty() || blocks.iter().any(|block| block.label.ends_with(ends));
        if !has("PRIVATE KEY") {
            return Err(Fault::new(KEY, "there is no private key in this proxy", WHOLE));
        }
        let key = key_of(&blocks, text)?;
        if !has("CERTIFICATE") {
            return Err(Fault::new(CERTIFICATE, "there is no certificate in this proxy", WHOLE));
        }
        let texts: Vec<String> = blocks.iter().map(Block::text).collect();
        Ok((from_blocks(&blocks, text)?, key, texts.concat()))
    });
    let (certificates, key, text) = read.map_err(|fault| cx.refuse(fault, at)).ok()?;
    check_days(&certificates, cx, at);
    check_pair(&certificates, &key, cx, at);
    Some(text)
}
