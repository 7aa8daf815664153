//! Tokens that are known by their form, and passwords as the file `.netrc` has them.

use super::commands::QUOTES;
use super::lines::Found;
use super::names_a_secret;

/// How tokens begin, as those who give them out say: GitLab, GitHub, Slack, Vault, Docker, Tailscale.
const BEGINNINGS: [&str; 17] = [
    "glpat-",
    "gldt-",
    "glrt-",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxs-",
    "xapp-",
    "hvs.",
    "dckr_pat_",
    "tskey-",
];

/// Fewer characters behind a beginning are a word that begins alike.
const SHORTEST: usize = 6;

/// Who knows what follows may write there.
const HOOK: &str = "hooks.slack.com/services/";

/// All of them, wherever they stand.
pub(super) fn known(text: &str) -> Vec<Found<'_>> {
    let mut found: Vec<Found<'_>> = words(text).filter(|(_, word)| is_token(word)).collect();
    found.extend(beside_identities(text));
    found.extend(hooks(text));
    found.extend(netrc(text));
    found.extend(written(text));
    found
}

/// Words of the letters that tokens have.
fn words(text: &str) -> impl Iterator<Item = Found<'_>> {
    let mut start = 0;
    text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c)).map(move |word| {
        let at = start;
        start += word.len();
        (at, word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()))
    })
}

fn is_token(word: &str) -> bool {
    let rest = BEGINNINGS.iter().find_map(|beginning| word.strip_prefix(beginning));
    rest.is_some_and(|rest| rest.len() >= SHORTEST) || is_identity(word)
}

/// An access key of AWS.
fn is_identity(word: &str) -> bool {
    let letters = word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    word.len() == 20 && letters && (word.starts_with("AKIA") || word.starts_with("ASIA"))
}

/// Those of AWS have 40 characters. No more is looked at: a line may be nothing but access keys.
const LONGEST_SECRET: usize = 100;

/// The secret that belongs to an access key is its next word: `AKIA...:SECRET`.
fn beside_identities(text: &str) -> impl Iterator<Item = Found<'_>> {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    words(text).filter(|(_, word)| is_identity(word)).filter_map(move |(at, word)| {
        let rest = text.get(at + word.len()..)?;
        let secret = rest.trim_start_matches([' ', '\t', ':', ',', '"', '\'']);
        let end = secret.bytes().take(LONGEST_SECRET).take_while(inside).count();
        (end >= 16).then_some((text.len() - secret.len(), secret.get(..end)?))
    })
}

fn hooks(text: &str) -> impl Iterator<Item = Found<'_>> {
    text.match_indices(HOOK).filter_map(|(at, hook)| {
        let rest = text.get(at + hook.len()..)?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"/_-".contains(c)).unwrap_or(rest.len());
        (end > 0).then_some((at + hook.len(), rest.get(..end)?))
    })
}

/// What the next word of a `.netrc` is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Of another file.
    Any,
    Name,
    Value,
    Secret,
}

/// `machine HOST login USER password WORD`, on one line or over several; `default` in place of a machine.
fn netrc(text: &str) -> Vec<Found<'_>> {
    let (mut found, mut next) = (Vec::new(), Next::Any);
    for (at, word) in pieces(text) {
        next = match (next, word.trim_start_matches(QUOTES)) {
            (Next::Secret, _) => {
                found.push((at, word));
                Next::Name
            }
            (Next::Value, _) | (_, "default") => Next::Name,
            (_, "machine") | (Next::Name, "login" | "user" | "account") => Next::Value,
            (Next::Name, "password") => Next::Secret,
            _ => Next::Any,
        };
    }
    found
}

/// Words between white space, or between the line ends that `printf` is told.
fn pieces(text: &str) -> impl Iterator<Item = Found<'_>> {
    let mut start = 0;
    let words = text.split_inclusive(char::is_whitespace).map(move |word| {
        let at = start;
        start += word.len();
        (at, word.trim_end())
    });
    let pieces = words.flat_map(|(mut at, word)| {
        word.split("\\n").map(move |piece| {
            let begin = at;
            at += piece.len() + "\\n".len();
            (begin, piece.trim_end_matches(QUOTES))
        })
    });
    pieces.filter(|(_, piece)| !piece.is_empty())
}

/// A name and its value that go to a file: `printf "password WORD" > FILE`.
fn written(text: &str) -> impl Iterator<Item = Found<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        let echo = ["echo ", "printf "].iter().filter_map(|echo| Some(line.find(echo)? + echo.len())).min()?;
        let said = echo + line.get(echo..)?.find(QUOTES)? + 1;
        let quote = line.get(said - 1..said)?;
        let (inside, after) = line.get(said..)?.split_once(quote)?;
        let mut words = pieces(inside);
        let ((_, name), (value, word)) = (words.next()?, words.next()?);
        (words.next().is_none() && after.contains('>') && names_a_secret(name.trim_end_matches(':')))
            .then_some((at + said + value, word))
    })
}

#[cfg(test)]
mod tests {
    use super::known;

    #[test]
    fn tokens_are_known_by_their_form() {
        for (text, secrets) in [
            ("echo glpat-hunter2", vec!["glpat-hunter2"]),
            ("https://oauth2:ghp_hunter2AA@example.org", vec!["ghp_hunter2AA"]),
            ("xoxb-1234-hunter2, github_pat_hunter2", vec!["xoxb-1234-hunter2", "github_pat_hunter2"]),
            ("AKIAIOSFODNN7EXAMPLE:hunter2/hunter2/hunter2", vec!["AKIAIOSFODNN7EXAMPLE", "hunter2/hunter2/hunter2"]),
            ("aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n", vec!["AKIAIOSFODNN7EXAMPLE"]),
            ("curl https://hooks.slack.com/services/T0/B0/hunter2'", vec!["T0/B0/hunter2"]),
            ("machine git.example.org login me password hunter2", vec!["hunter2"]),
            ("echo \"machine h login u password hunter2\" > ~/.netrc", vec!["hunter2"]),
            ("printf 'machine h\\nlogin u\\npassword hunter2\\n' > x", vec!["hunter2"]),
            ("machine h\n  password hunter2\n  login u\nmachine i password hunter3", vec!["hunter2", "hunter3"]),
            ("default login u password hunter2", vec!["hunter2"]),
            ("printf \"password hunter2\" > /x", vec!["hunter2"]),
            ("echo 'password: hunter2' >> /x", vec!["hunter2"]),
        ] {
            let found = known(text);
            assert_eq!(found.iter().map(|(_, value)| *value).collect::<Vec<_>>(), secrets, "{text}");
            assert!(found.iter().all(|(at, value)| text[*at..].starts_with(value)), "{text}");
        }
        for text in [
            "ghp_x",
            "glpat",
            "a machine with no password at all",
            "login u password x",
            "default: password",
            "echo 'password'",
            "echo \"the password is old\" > log",
            "printf 'one two' > x",
            "AKIA",
            "https://hooks.slack.com/services/",
        ] {
            assert_eq!(known(text), [], "{text}");
        }
    }
}
