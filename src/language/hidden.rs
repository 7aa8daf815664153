//! What no message may show: where secrets stand in a source, and their texts.

use super::source::Span;
use super::suggest;
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

/// Messages shorten what they quote to 40 characters or more: by its first 12 it is found, whole or not.
const BEGINNING: usize = 12;

/// Words of names whose values are secrets wherever they stand.
const SECRETS: [&str; 14] = [
    "password",
    "passwd",
    "passphrase",
    "pass",
    "pw",
    "pwd",
    "secret",
    "token",
    "credential",
    "credentials",
    "apikey",
    "pat",
    "privatekey",
    "secretkey",
];

/// `X509_TOKEN_FILE` is where a secret is, `password-authentication` whether there is one.
const ABOUT: [&str; 10] =
    ["file", "path", "dir", "directory", "authentication", "name", "url", "lifetime", "ttl", "length"];

/// Whose keys open something: `API_KEY`.
const OPENING: [&str; 5] = ["api", "access", "private", "secret", "encryption"];

/// The words of a name, in lower case, without the numbers at their ends.
fn words_of(name: &str) -> Vec<String> {
    let word = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
    name.split(['_', '-']).map(word).filter(|word| !word.is_empty()).collect()
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
    let words = words_of(name);
    let word = words.last().map(String::as_str).unwrap_or_default();
    let alike = |known: &&str| known.len() > 5 && known.get(..1) == word.get(..1);
    others.contains(&name)
        || names_a_secret(name)
        || (name.contains(['_', '-']) && word == "key" && !name.contains("public"))
        || word.len() > 4 && suggest::nearest(word, SECRETS.into_iter().filter(alike)).is_some()
}

/// Users and passwords in addresses, each with its place.
fn logins(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let addresses = text.match_indices("://").filter_map(|(at, _)| {
        let start = at + "://".len();
        let rest = text.get(start..).unwrap_or_default();
        let host = rest.split(|c: char| c.is_whitespace() || "/?#\"'`,".contains(c)).next().unwrap_or_default();
        host.rsplit_once('@').map(|(login, _)| (start, login))
    });
    addresses.chain(bare_logins(text))
}

/// `user:password@` without a scheme before it. Word by word: a text may be one line of nothing else.
fn bare_logins(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = |c: char| c.is_whitespace() || "/?#\"'`,{}[]()<>".contains(c);
    let mut start = 0;
    text.split_inclusive(ends).filter_map(move |word| {
        let at = start;
        start += word.len();
        let (login, _) = word.rsplit_once('@')?;
        let (user, password) = login.split_once(':')?;
        (!user.is_empty() && !password.is_empty()).then_some((at, login))
    })
}

/// Whether an address in a text has a password.
pub(crate) fn holds_password(text: &str) -> bool {
    logins(text).any(|(_, login)| login.contains(':'))
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
            logins(text).for_each(|(start, login)| self.add(Span::new(start, start + login.len()), Some(login)));
            self.named(text, &[]);
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

    /// And what stands in a line after a name like `password`, or after one of these.
    pub fn named(&mut self, text: &str, names: &[&str]) {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let ends =
                line.match_indices([':', '=']).filter(|(at, end)| *end == "=" || line.get(at + 1..at + 2) == Some(" "));
            let secret = ends.into_iter().find(|(colon, _)| {
                let key = line.get(..*colon).unwrap_or_default().trim_end_matches(['"', '\'', ' ']);
                let name = key.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').next();
                name.is_some_and(|name| is_secret(name, names))
            });
            if let Some((colon, _)) = secret {
                self.add_value(start + colon + 1, line.get(colon + 1..).unwrap_or_default());
            }
            start += line.len();
        }
    }

    /// A value as it is written, quotes and all. A map says where the secret is, `|` and `>` that it follows.
    fn add_value(&mut self, start: usize, written: &str) {
        let value = written.trim();
        let path = |pair: &str| ["file:", "age:"].iter().any(|key| pair.trim_start().starts_with(key));
        let elsewhere = value.starts_with('{') && value.split(['{', ',']).any(path);
        if value.is_empty() || elsewhere || value.starts_with(['|', '>', '#']) {
            return;
        }
        let bare = value.trim_matches(|c: char| c.is_ascii_punctuation());
        self.add(Span::new(start, start + written.trim_end().len()), Some(value));
        self.add(Span::new(start, start), Some(bare));
    }

    /// One more secret: its place, and its text where that is known.
    pub fn add(&mut self, place: Span, text: Option<&str>) {
        self.places.push(place);
        let told = |line: &&str| line.len() >= SHORTEST && !is_path(line) && !["true", "false"].contains(line);
        let lines = text.unwrap_or_default().lines().map(str::trim).filter(told);
        self.beginnings.extend(lines.map(|line| line.chars().take(BEGINNING).collect()));
    }

    /// `***` for every secret in a message. The time depends on the message alone: a text may hold a hundred thousand secrets.
    pub fn clean(&self, message: &mut String) {
        let mut cleaned = String::with_capacity(message.len());
        let mut rest = message.as_str();
        while let Some(first) = rest.chars().next() {
            let skipped = match self.begins(rest) {
                Some(known) => {
                    cleaned.push_str("***");
                    rest.find(['`', '\n', '"']).unwrap_or(rest.len()).max(known)
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

    /// The source with `*` in place of each byte of a secret. Line ends stay.
    pub fn covered<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.places.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut bytes = text.as_bytes().to_vec();
        for place in &self.places {
            let secret = bytes.get_mut(place.start..place.end).into_iter().flatten();
            secret.filter(|byte| !byte.is_ascii_whitespace()).for_each(|byte| *byte = b'*');
        }
        // Places begin and end between characters, so nothing is cut; were it, all is hidden.
        String::from_utf8(bytes).map_or(Cow::Borrowed(""), Cow::Owned)
    }
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
