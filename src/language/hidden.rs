//! What no message may show: where secrets stand in a source, and their texts.

mod addresses;
mod commands;
mod input;
mod lines;
mod places;
mod programs;
mod tokens;

use super::source::Span;
use super::suggest;
pub(crate) use addresses::is_opaque;
use addresses::{logins, queries, steps};
use lines::{Rules, comments};
pub(crate) use places::Places;
pub(crate) use programs::secret_words;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// Secrets of one source.
#[derive(Clone, Default)]
pub(crate) struct Hidden {
    /// Whether the text was looked through. Only what has faults is shown: a sound text need not be.
    searched: bool,
    places: Vec<Span>,
    /// The beginnings of their lines: messages quote no more than that.
    beginnings: HashSet<String>,
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Shorter texts are words that stand in any message.
const SHORTEST: usize = 4;

/// Texts of so many bytes are no words: where one stands again, it is hidden there, too.
const LONG: usize = 8;

/// More pieces of secrets than that are not kept: a text may be nothing else.
const MOST_PIECES: usize = 100_000;

/// No message looks at more colons of a line.
const MOST_QUOTED: usize = 4;

/// Messages shorten what they quote to 40 characters or more: by its first 12 it is found, whole or not.
const BEGINNING: usize = 12;

/// Words of names whose values are secrets wherever they stand.
const SECRETS: [&str; 20] = [
    "password",
    "passwd",
    "passphrase",
    "sshpass",
    "pass",
    "pw",
    "pwd",
    "secret",
    "token",
    "credential",
    "credentials",
    "apikey",
    "authkey",
    "activationkey",
    "psk",
    "pat",
    "privatekey",
    "secretkey",
    "sig",
    "signature",
];

/// `X509_TOKEN_FILE` is where a secret is, `password-authentication` whether there is one.
const ABOUT: [&str; 10] =
    ["file", "path", "dir", "directory", "authentication", "name", "url", "lifetime", "ttl", "length"];

/// Whose keys open something: `API_KEY`.
const OPENING: [&str; 11] = [
    "api",
    "access",
    "private",
    "secret",
    "encryption",
    "auth",
    "activation",
    "registration",
    "shared",
    "preshared",
    "join",
];

/// The words of a name, in lower case, without the numbers at their ends.
fn words_of(name: &str) -> Vec<String> {
    let word = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
    name.split(['_', '-', '.']).map(word).filter(|word| !word.is_empty()).collect()
}

/// Whether a name says that its value is a secret: `DB_PASS`, `github-token-2`, `API_KEY`.
pub(crate) fn names_a_secret(name: &str) -> bool {
    let words = words_of(name);
    // `dbpassword` too, but not `compass`.
    let tells = |word: &String| SECRETS.iter().any(|known| word == known || known.len() > 5 && word.ends_with(known));
    let opens =
        |pair: &[String]| matches!(pair, [whose, key] if key.as_str() == "key" && OPENING.contains(&whose.as_str()));
    words.last().is_some_and(|last| !ABOUT.contains(&last.as_str()))
        && (words.iter().any(tells) || words.windows(2).any(opens))
}

/// Whether a name is that of a secret, or nearly.
fn is_secret(name: &str, others: &[&str]) -> bool {
    if name.len() < 2 {
        return false;
    }
    let words = words_of(name);
    let word = words.last().map(String::as_str).unwrap_or_default();
    let alike = |known: &&str| known.len() > 4 && known.get(..1) == word.get(..1);
    others.contains(&name)
        || names_a_secret(name)
        || (name.contains(['_', '-']) && word == "key" && !name.contains("public"))
        || word.len() > 3 && suggest::nearest(word, SECRETS.into_iter().filter(alike)).is_some()
}

/// Whether an address in a text has a password.
pub(crate) fn holds_password(text: &str) -> bool {
    logins(text).any(|(_, login)| login.contains(':'))
}

/// Whether an address in a text has a password, or a token among what follows its `?`.
pub(crate) fn opens_an_address(text: &str) -> bool {
    let token = |pair: &str| pair.split_once('=').is_some_and(|(name, _)| names_a_secret(name));
    holds_password(text) || queries(text).any(|(_, query)| query.split('&').any(token))
}

/// Whether anything in a text looks like a secret.
pub(crate) fn holds_secret(text: &str) -> bool {
    let mut hidden = Hidden::default();
    hidden.search(text);
    !hidden.places.is_empty()
}

/// A path in the place of a secret is a mistake that must be named to be seen.
fn is_path(text: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || "/._~-".contains(c);
    let ends = [".key", ".pem", ".pub", ".asc", ".txt"];
    text.chars().all(name) && (text.starts_with(['/', '~', '.']) || ends.iter().any(|end| text.ends_with(end)))
}

impl Hidden {
    pub fn is_searched(&self) -> bool {
        self.searched
    }

    /// Adds what is a secret wherever it stands, also in a text that cannot be read as a context. Once.
    pub fn search(&mut self, text: &str) {
        if !std::mem::replace(&mut self.searched, true) {
            self.private_keys(text);
            comments(text).for_each(|(start, set)| self.places.push(Span::new(start, start + set.len())));
            let addressed = logins(text).chain(queries(text)).chain(steps(text));
            let worded = commands::logins(text)
                .chain(commands::headers(text))
                .chain(programs::told(text))
                .chain(input::given(text))
                .chain(tokens::known(text));
            addressed
                .chain(worded)
                .for_each(|(start, part)| self.add(Span::new(start, start + part.len()), Some(part)));
            self.values(text, Rules { names: &[], broken: false });
        }
    }

    /// Private keys in armour.
    fn private_keys(&mut self, text: &str) {
        let mut at = 0;
        while let Some(begin) = text.get(at..).and_then(|rest| rest.find("-----BEGIN ")) {
            let line = at + begin;
            // What follows the header, in its line or below it.
            let header = text.get(line + "-----BEGIN ".len()..).unwrap_or_default();
            let label = header.find(['-', '\n']).and_then(|end| header.get(..end)).unwrap_or(header);
            at = line + "-----BEGIN ".len() + label.len();
            at += text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start_matches('-').len());
            if label.contains("PRIVATE KEY") {
                let end = text.get(at..).and_then(|rest| rest.find("-----END")).map_or(text.len(), |end| at + end);
                self.add(Span::new(at, end), text.get(at..end));
                at = end;
            }
        }
    }

    /// And what stands after a name like `password`, or after one of these, in a text of which no more is known.
    pub fn named(&mut self, text: &str, names: &[&str]) {
        self.values(text, Rules { names, broken: true });
    }

    /// What stands in one line of a text that could not be read, unless it is certain that no secret does.
    pub fn unread(&mut self, line: &str, start: usize) {
        let Some(at) = commands::unknown(line) else { return };
        let value = line.get(at..).unwrap_or_default();
        self.add(Span::new(start + at, start + line.len()), Some(value));
        // Messages quote it also behind a colon after which a space is missing.
        let behind = value.match_indices(':').filter_map(|(colon, _)| value.get(colon + 1..)).take(MOST_QUOTED);
        behind.for_each(|rest| self.add(Span::new(start, start), Some(rest)));
    }

    fn values(&mut self, text: &str, rules: Rules) {
        rules.values(text).into_iter().for_each(|(start, written)| self.add_value(start, written));
    }

    /// A value as it is written, quotes and all.
    fn add_value(&mut self, start: usize, written: &str) {
        let value = written.trim();
        let bare = value.trim_matches(|c: char| c.is_ascii_punctuation());
        self.add(Span::new(start, start + written.trim_end().len()), Some(value));
        self.add(Span::new(start, start), Some(bare));
    }

    /// One more secret: its place, and its text where that is known.
    pub fn add(&mut self, place: Span, text: Option<&str>) {
        self.places.push(place);
        let told = |line: &&str| line.len() >= SHORTEST && !is_path(line) && !["true", "false"].contains(line);
        let lines = text.unwrap_or_default().lines().map(str::trim).filter(told);
        for line in lines {
            self.beginnings.insert(line.chars().take(BEGINNING).collect());
            self.add_pieces(line);
        }
    }

    /// Of what is opaque every piece: a fault may have cut it in two. Not of words, which stand in any message.
    fn add_pieces(&mut self, line: &str) {
        let inside = |c: char| c.is_ascii_alphanumeric() || "+/_-".contains(c);
        for word in line.split(|c| !inside(c)).filter(|word| is_opaque(word)) {
            if self.beginnings.len() > MOST_PIECES {
                return;
            }
            // All of one byte a character.
            let pieces = (0..=word.len() - LONG).filter_map(|at| word.get(at..at + LONG));
            self.beginnings.extend(pieces.map(str::to_owned));
        }
    }

    /// Hides a place, and not what stands there: it is no secret where it stands elsewhere.
    pub fn add_place(&mut self, place: Span) {
        self.places.push(place);
    }

    /// `***` for every secret in a message. The time depends on the message alone: a text may hold a hundred thousand secrets.
    pub fn clean(&self, message: &mut String) {
        self.clean_of(message, 0);
    }

    /// The same where a word that is a secret elsewhere may mean itself.
    pub fn clean_of_long(&self, message: &mut String) {
        self.clean_of(message, LONG);
    }

    fn clean_of(&self, message: &mut String, shortest: usize) {
        let mut cleaned = String::with_capacity(message.len());
        let mut rest = message.as_str();
        while let Some(first) = rest.chars().next() {
            let skipped = match self.begins(rest).filter(|known| *known >= shortest) {
                Some(known) => {
                    cleaned.push_str("***");
                    let more = rest.get(known..).unwrap_or_default();
                    known + more.find(['`', '\n', '"']).unwrap_or(more.len())
                }
                None => {
                    cleaned.push(first);
                    first.len_utf8()
                }
            };
            rest = rest.get(skipped..).unwrap_or_default();
        }
        *message = cleaned;
    }

    /// The length of a secret's beginning that stands here.
    fn begins(&self, text: &str) -> Option<usize> {
        let ends = text.char_indices().map(|(at, c)| at + c.len_utf8()).take(BEGINNING);
        if self.beginnings.is_empty() {
            return None;
        }
        ends.into_iter().find(|end| text.get(..*end).is_some_and(|beginning| self.beginnings.contains(beginning)))
    }

    /// Whether any of a place is a secret.
    pub fn touches(&self, place: Span) -> bool {
        self.places.iter().any(|secret| secret.start < place.end && place.start < secret.end)
    }

    /// All places, for many questions.
    pub fn all_places(&self) -> Places {
        Places::new(self.places.clone())
    }

    /// A text with `*` in place of each byte of a secret. Line ends stay.
    pub fn covered<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.places.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(starred(text, &self.places)) }
    }

    /// The same, also where a secret stands again. Not for logs, whose lines begin alike.
    pub fn covered_everywhere(&self, text: &str) -> String {
        let shown = self.covered(text);
        starred(&shown, &self.repeated(&shown))
    }

    /// Where a known secret stands, with the rest of its line.
    fn repeated(&self, text: &str) -> Vec<Span> {
        let (mut found, mut end) = (Vec::new(), 0);
        for (at, _) in text.char_indices() {
            if at >= end && self.begins(text.get(at..).unwrap_or_default()).is_some_and(|known| known >= LONG) {
                end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length);
                found.push(Span::new(at, end));
            }
        }
        found
    }
}

fn starred(text: &str, places: &[Span]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for place in places {
        let secret = bytes.get_mut(place.start..place.end).into_iter().flatten();
        secret.filter(|byte| !byte.is_ascii_whitespace()).for_each(|byte| *byte = b'*');
    }
    // Places begin and end between characters, so nothing is cut; were it, all is hidden.
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Hidden, holds_password, names_a_secret};

    #[test]
    fn a_name_says_that_its_value_is_a_secret() {
        for name in
            ["password", "DB_PASS", "MYSQL_PWD", "GITHUB_PAT", "apikey", "API_KEY", "TOKEN_2", "dbPassword2", "pw"]
        {
            assert!(names_a_secret(name), "{name}");
        }
        for name in
            ["X509_TOKEN_FILE", "password-authentication", "COMPASS", "PATH", "SORT_KEY", "key", "PUBLIC_KEY", ""]
        {
            assert!(!names_a_secret(name), "{name}");
        }
        assert!(holds_password("postgres://me:word@db/x") && !holds_password("https://me@example.org/a:b"));
    }

    #[test]
    fn a_password_in_an_address_is_covered() {
        let text = "a: https://user:pass@word@example.org/x@y, b: http://example.org/@z, c: ://, d: ftp://u@h";
        let mut hidden = Hidden::default();
        hidden.search(text);
        let shown = "a: https://**************@example.org/x@y, b: http://example.org/@z, c: ://, d: ftp://*@h";
        assert_eq!(hidden.covered(text), shown);
        let mut message = "`https://user:pass@word@example.org/x@y` is no address".to_owned();
        hidden.clean(&mut message);
        assert!(!message.contains("pass"), "{message}");
    }
}
