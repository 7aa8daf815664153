//! Keys as people paste them: lines of public keys, and private keys.

use super::wire::{self, Unusable};
use crate::blocks::Lower;
use crate::language::content;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::document::span_at;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::suggest;
use crate::language::units::quoted;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub(super) const PUBLIC_KEY: Code = Code::new(
    "ssh-access/public-key",
    "A public key is one whole line of a `.pub` file: a type, base64 text, and perhaps a comment.",
);
pub(super) const PRIVATE_PASTED: Code = Code::new(
    "ssh-access/private-key-pasted",
    "Whoever reads a private key can be its owner: only its public half may go where others look.",
);
pub(super) const PRIVATE_KEY: Code = Code::new(
    "ssh-access/private-key",
    "A private key is a whole file of OpenSSH's own format, which begins `-----BEGIN OPENSSH PRIVATE KEY-----`.",
);
pub(super) const ENCRYPTED: Code =
    Code::new("ssh-access/encrypted-key", "The machine cannot ask anybody for the passphrase of a key.");
pub(super) const WEAK: Code = Code::new(
    "ssh-access/weak-key",
    "OpenSSH has given up DSA, and many sites refuse RSA keys of less than 2048 bits.",
);

/// One public key with what stands around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Before the key, empty where there is nothing: options of authorized_keys, hosts of known_hosts.
    pub before: &'a str,
    pub kind: &'static str,
    pub base64: &'a str,
    pub comment: &'a str,
    /// Of an RSA key the length of its modulus.
    pub bits: Option<usize>,
}

impl Line<'_> {
    /// The key as it stands in a `.pub` file.
    pub fn key(&self) -> String {
        format!("{} {} {}", self.kind, self.base64, self.comment).trim_end().to_owned()
    }
}

/// What to say of RSA that is short by today's measure: sshd or its clients may refuse it.
pub(super) fn warn_if_short(bits: Option<usize>, cx: &mut Lower, place: &Path) {
    if let Some(bits) = bits.filter(|bits| *bits < 2048) {
        let fault = Diagnostic::warning(WEAK, span_at(cx.node, place), format!("this RSA key has {bits} bits"));
        cx.report.push(fault.help("make a new one: `ssh-keygen -t ed25519`"));
    }
}

/// The lines of a text that are not empty and not comments.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What can be said of a text as a whole: a private key is none of a list of public ones, and never shown.
pub(super) fn refuse_whole(text: &str) -> Result<(), Fault> {
    let fault = |message: &str, help: &str| Err(Fault::new(PUBLIC_KEY, message, help));
    // The second is how OpenSSH's own format begins, in base64: somebody may have left the frame out.
    if text.contains("PRIVATE KEY-----") || text.contains("b3BlbnNzaC1rZXktdjE") {
        let help = "give the public half, the file that ends in `.pub`; take the private key out of this file";
        return Err(Fault::new(PRIVATE_PASTED, "this is a private key, where a public one belongs", help));
    }
    match lines(text).next() {
        None => fault("there is no key in this", "give the line of a `.pub` file"),
        Some(line) if line.starts_with("-----BEGIN ") || line.starts_with("---- BEGIN ") => {
            let format = if line.contains("SSH2") { "" } else { " -m PKCS8" };
            fault(
                "this public key is in another format",
                &format!("convert it: `ssh-keygen -i{format} -f FILE`, and give the line that this prints"),
            )
        }
        Some(line) if line.ends_with(".pub") && !line.contains(' ') && text.lines().count() == 1 => {
            fault("this is the path of a key, not a key", &format!("write `{{file: {line}}}`"))
        }
        Some(_) => Ok(()),
    }
}

/// One line with a public key in it.
pub(super) fn public(line: &str) -> Result<Line<'_>, Fault> {
    let fault = |message: String, help: &str| Fault::new(PUBLIC_KEY, message, help);
    let (before, kind, rest) = split(line).ok_or_else(|| {
        let help = match line.split(' ').find_map(|word| suggest::nearest(word, wire::kinds())) {
            Some(kind) => format!("did you mean `{kind}`?"),
            None => "give the whole line of a `.pub` file, like `ssh-ed25519 AAAA... alice@example.org`".into(),
        };
        fault(format!("{} has no type of key in it", quoted(line)), &help)
    })?;
    let whole = "copy the whole line of the `.pub` file again, without line breaks";
    let (base64, comment) = word(rest);
    let blob = STANDARD
        .decode(base64)
        .map_err(|_| fault(format!("this {kind} key is cut off or changed: its text is not base64"), whole))?;
    let found = wire::public(&blob).ok_or_else(|| fault(format!("this {kind} key is cut off or changed"), whole))?;
    match found.kind {
        "ssh-dss" => Err(dsa()),
        found if found != kind => Err(fault(format!("this key is called {kind}, and is {found}"), whole)),
        kind => Ok(Line { before, kind, base64, comment, bits: found.bits }),
    }
}

fn dsa() -> Fault {
    Fault::new(WEAK, "this is a DSA key, which OpenSSH no longer takes", "make a new one: `ssh-keygen -t ed25519`")
}

/// What stands before the type of the key, the type, and what follows it.
fn split(line: &str) -> Option<(&str, &'static str, &str)> {
    let mut rest = line;
    loop {
        let (first, after) = word(rest);
        if let Some(kind) = wire::kinds().find(|kind| *kind == first) {
            let before = line.get(..line.len() - rest.len()).unwrap_or_default();
            return Some((before.trim_end(), kind, after));
        }
        if after.is_empty() {
            return None;
        }
        rest = after;
    }
}

/// The first word, and what follows it. White space in double quotes does not end a word.
fn word(text: &str) -> (&str, &str) {
    let mut quoted = false;
    let mut escaped = false;
    let end = text.find(|c: char| {
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        !quoted && (c == ' ' || c == '\t')
    });
    let (word, rest) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, ""));
    (word, rest.trim_start_matches([' ', '\t']))
}

/// A private key that a machine can use.
pub(super) struct Private {
    pub kind: &'static str,
    pub bits: Option<usize>,
    /// The file as OpenSSH writes it.
    pub text: String,
    /// The public half: type and base64.
    pub public: String,
}

impl Private {
    /// What OpenSSH calls the type in the names of files: `ed25519`, `rsa`, `ecdsa`.
    pub fn family(&self) -> &'static str {
        match self.kind {
            "ssh-ed25519" => "ed25519",
            "ssh-rsa" => "rsa",
            _ => "ecdsa",
        }
    }
}

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";

/// A private key in OpenSSH's format, not encrypted. No fault repeats any of it.
pub(super) fn private(text: &str) -> Result<Private, Fault> {
    let fault = |message: &str, help: &str| Fault::new(PRIVATE_KEY, message, help);
    let body = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(body, _)| body);
    let body = body.ok_or_else(|| no_private_key(text))?;
    let damaged = || fault("this private key is cut off or changed", "copy the whole file again");
    let packed: String = body.split_whitespace().collect();
    let bytes = STANDARD.decode(packed).map_err(|_| damaged())?;
    let public_half = wire::public_half(&bytes).map_err(|why| match why {
        Unusable::Encrypted => encrypted(),
        Unusable::Damaged => damaged(),
    })?;
    let wire::PublicKey { kind, bits } = wire::public(&public_half).ok_or_else(damaged)?;
    if kind == "ssh-dss" {
        return Err(dsa());
    }
    let lines: Vec<&str> = body.split_whitespace().collect();
    let text = format!("{BEGIN}\n{}\n{END}\n", lines.join("\n"));
    Ok(Private { kind, bits, text, public: format!("{kind} {}", STANDARD.encode(public_half)) })
}

fn no_private_key(text: &str) -> Fault {
    let fault = |message: &str, help: &str| Fault::new(PRIVATE_KEY, message, help);
    let convert = "convert a copy of it: `ssh-keygen -p -N '' -f COPY`";
    match lines(text).next() {
        _ if text.contains("ENCRYPTED") => encrypted(),
        None => fault("there is no key in this", "give the file that `ssh-keygen` wrote"),
        _ if text.contains(BEGIN) => fault("this private key has no end", "copy the whole file again"),
        _ if text.contains("PRIVATE KEY-----") => fault("this private key is in another format", convert),
        Some(line) if split(line).is_some() => {
            fault("this is a public key, where a private one belongs", "give the file without `.pub`")
        }
        Some(_) if content::as_path(text).is_some() => {
            let help = format!("write `{{file: {}}}`", text.trim());
            fault("this is the path of a key, not a key", &help)
        }
        Some(_) => fault("this is not a private key", "give the file that `ssh-keygen` wrote, or `{file: PATH}`"),
    }
}

fn encrypted() -> Fault {
    Fault::new(
        ENCRYPTED,
        "this private key has a passphrase",
        "take it off a copy: `ssh-keygen -p -N '' -f COPY`, or make a key for this machine",
    )
}
