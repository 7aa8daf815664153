//! Who may log in with which key, and what each key may do: the lines of authorized_keys (sshd(8)).

use super::keys;
use crate::blocks::{Check, Lower};
use crate::language::content::Content;
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::several::{Several, TextOr};
use crate::language::stated::{either, stated};
use crate::language::suggest;
use crate::language::units::quoted;
use serde::Deserialize;

pub(super) const ONE_KEY: Code = Code::new(
    "ssh-access/one-key",
    "A key is given once: its text (or `{file: PATH}`) as `key`, or its path as `file`.",
);
pub(super) const OPTION: Code = Code::new(
    "ssh-access/option",
    "sshd ignores a key whose options it does not understand: its owner could not log in.",
);
pub(super) const COMMAND: Code =
    Code::new("ssh-access/command", "A forced command is one line, in the place of what the user asked for.");

/// The options of authorized_keys that stand alone.
const FLAGS: &[&str] = &[
    "restrict",
    "no-pty",
    "no-port-forwarding",
    "no-agent-forwarding",
    "no-X11-forwarding",
    "no-user-rc",
    "pty",
    "port-forwarding",
    "agent-forwarding",
    "X11-forwarding",
    "user-rc",
    "cert-authority",
    "no-touch-required",
    "verify-required",
];

/// Those with a value.
const VALUED: &[&str] =
    &["from", "environment", "permitopen", "permitlisten", "expiry-time", "principals", "tunnel", "command"];

/// Keys that may log in as a user.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "TextOr<Written>")]
#[schemars(with = "TextOr<Written>")]
pub(super) struct Authorized {
    source: Source,
    options: Vec<String>,
    command: Option<String>,
}

/// A key with what it may do.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "text, or a map with `key` or `file`")]
#[schemars(transform = either("key", "file"))]
struct Written {
    /// Lines of authorized_keys(5): the text, or {file: PATH}.
    #[serde(default, deserialize_with = "stated")]
    #[schemars(with = "Content")]
    key: Option<Content>,
    /// The path of a file with such lines.
    #[serde(default, deserialize_with = "stated")]
    #[schemars(with = "String")]
    file: Option<String>,
    /// Options of authorized_keys(5), like `no-pty` or `from="10.0.0.0/8"`.
    #[serde(default)]
    options: Vec<String>,
    /// The only command that the key may run.
    command: Option<String>,
}

/// Where the text of a key comes from, and where in the setting that stands.
#[derive(Debug)]
pub(super) struct Source {
    pub content: Content,
    below: Option<&'static str>,
}

impl Source {
    /// One of two ways to give it.
    pub fn new(key: Option<Content>, file: Option<String>) -> Result<Self, Fault> {
        let fault =
            |message: &str| Fault::new(ONE_KEY, message, "write `key: TEXT`, `key: {file: PATH}` or `file: PATH`");
        match (key, file) {
            (Some(content), None) => Ok(Self { content, below: Some("key") }),
            (None, Some(path)) => Ok(Self { content: Content::File(path), below: None }),
            (Some(_), Some(_)) => Err(fault("`key` and `file` are both given")),
            (None, None) => Err(fault("there is neither `key` nor `file`")),
        }
    }

    pub fn text(text: String) -> Self {
        Self { content: Content::Text(text), below: None }
    }

    /// The place of the content, where `at` is that of the setting.
    pub fn place(&self, at: &Path) -> Path {
        self.below.map_or_else(|| at.clone(), |key| at.key(key))
    }
}

impl TryFrom<TextOr<Written>> for Authorized {
    type Error = Fault;

    fn try_from(written: TextOr<Written>) -> Result<Self, Fault> {
        Ok(match written {
            TextOr::Text(text) => Self { source: Source::text(text), options: Vec::new(), command: None },
            TextOr::Map(map) => {
                Self { source: Source::new(map.key, map.file)?, options: map.options, command: map.command }
            }
        })
    }
}

/// A line of authorized_keys, with the base64 text by which the same key is found on the machine.
pub(super) type Entry = (String, String);

impl Authorized {
    /// What is wrong beside the key itself.
    pub fn check(&self, cx: &mut Check, at: &Path) {
        for (index, option) in self.options.iter().enumerate() {
            if let Err(fault) = check_options(option) {
                let place = at.key("options").index(index);
                cx.push(cx.error(fault.code, &place, fault.message).help(fault.help));
            }
        }
        let Some(command) = &self.command else { return };
        let at = at.key("command");
        if command.trim().is_empty() || command.contains(['\n', '\r', '\0']) || command.ends_with('\\') {
            let fault = cx.error(COMMAND, &at, format!("{} cannot be a forced command", quoted(command)));
            cx.push(fault.help("write one line that does not end in `\\`; a longer one goes into a script"));
        }
        if self.options.iter().any(|option| option.to_ascii_lowercase().starts_with("command=")) {
            let fault = cx.error_at_key(OPTION, &at, "the command is given twice");
            cx.push(fault.help("keep `command`, and take it out of `options`"));
        }
    }

    /// Whether the key may run one command only.
    pub fn is_forced(&self) -> bool {
        self.command.is_some()
    }

    /// The lines for the machine.
    pub fn entries(&self, cx: &mut Lower, at: &Path) -> Vec<Entry> {
        let place = self.source.place(at);
        let Some(text) = cx.text(&self.source.content, &place) else { return Vec::new() };
        if let Err(fault) = keys::refuse_whole(&text) {
            cx.refuse(fault, &place);
            return Vec::new();
        }
        keys::lines(&text).filter_map(|line| self.entry(line, cx, &place)).collect()
    }

    fn entry(&self, line: &str, cx: &mut Lower, place: &Path) -> Option<Entry> {
        let read = keys::public(line).and_then(|key| check_options(key.before).map(|()| key));
        let key = read.map_err(|fault| cx.refuse(fault, place)).ok()?;
        keys::warn_if_short(key.bits, cx, place);
        let forced = self.command.as_ref().map(|command| format!("command=\"{}\"", command.replace('"', "\\\"")));
        let written = Some(key.before).filter(|options| !options.is_empty());
        let options = forced.iter().chain(&self.options).map(String::as_str).chain(written).collect::<Vec<_>>();
        let line = format!("{} {}", options.join(","), key.key());
        Some((key.base64.to_owned(), line.trim_start().to_owned()))
    }
}

/// Options with commas between them, each one that sshd knows.
fn check_options(text: &str) -> Result<(), Fault> {
    let fault = |message: String, help: String| Err(Fault::new(OPTION, message, help));
    if text.chars().any(char::is_control) {
        return fault(
            format!("{} is not one line", quoted(text)),
            "write it on one line: the next is another key".into(),
        );
    }
    let mut rest = text;
    while !rest.is_empty() {
        let (option, after) = first_option(rest);
        rest = after;
        let (name, value) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
        let known = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        let quotes = value.is_some_and(|value| value.len() >= 2 && value.starts_with('"') && value.ends_with('"'));
        match value {
            None if known(FLAGS) => {}
            Some(_) if known(VALUED) && quotes => {}
            Some(value) if known(VALUED) => {
                let bare = value.trim_matches('"');
                return fault(
                    format!("the value of {} is not in quotes", quoted(name)),
                    format!("write `{name}=\"{bare}\"`"),
                );
            }
            None if known(VALUED) => {
                return fault(format!("{} has no value", quoted(name)), format!("write `{name}=\"...\"`"));
            }
            _ => {
                let names = FLAGS.iter().chain(VALUED).copied();
                let help = match suggest::nearest(name, names) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "write an option of authorized_keys, like `no-pty` or `from=\"10.0.0.0/8\"`".into(),
                };
                return fault(format!("{} is not an option of a key", quoted(option)), help);
            }
        }
    }
    Ok(())
}

/// What stands before the first comma outside of quotes, and after it.
fn first_option(text: &str) -> (&str, &str) {
    let (mut inside, mut escaped) = (false, false);
    let end = text.find(|c: char| {
        inside ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        !inside && c == ','
    });
    let (option, rest) = text.split_at_checked(end.unwrap_or(text.len())).unwrap_or((text, ""));
    (option, rest.strip_prefix(',').unwrap_or_default())
}

/// The keys of one user.
pub(super) type Keys = Several<Authorized>;
