//! Secrets among the words of a command: logins after its options, and headers that let somebody in.

use super::lines::Found;

/// What a login follows: `curl -u USER:PASSWORD`.
const OPTIONS: [&str; 4] = ["--proxy-user", "--user", "-u", "-U"];

pub(super) const QUOTES: [char; 2] = ['"', '\''];

/// Users and passwords after an option. Two numbers are a user and a group.
pub(super) fn logins(text: &str) -> impl Iterator<Item = Found<'_>> {
    let (mut start, mut is_next) = (0, false);
    text.split_inclusive(char::is_whitespace).filter_map(move |word| {
        let at = start;
        start += word.len();
        let bare = word.trim().trim_matches(|c: char| QUOTES.contains(&c) || "[],".contains(c));
        let rest = OPTIONS.iter().find_map(|option| bare.strip_prefix(option));
        let before = match (bare, rest) {
            ("", _) => {
                // A login of no length is none: `-u ''`.
                is_next &= word.matches(QUOTES).count() != 2;
                return None;
            }
            _ if std::mem::take(&mut is_next) => 0,
            (_, Some("")) => {
                is_next = true;
                return None;
            }
            (_, Some(rest)) => word.find(rest)? + rest.len() - rest.trim_start_matches('=').len(),
            (_, None) => return None,
        };
        let login = up_to_its_end(text.get(at + before..)?);
        let (_, password) = login.split_once(':')?;
        password.contains(|c: char| !c.is_ascii_digit() && !QUOTES.contains(&c)).then_some((at + before, login))
    })
}

/// To the closing quote where it begins with one, to white space where not.
pub(super) fn up_to_its_end(text: &str) -> &str {
    let quote = text.chars().next().filter(|first| QUOTES.contains(first));
    let end = match quote {
        Some(quote) => text.get(1..).and_then(|rest| rest.find([quote, '\n'])).map(|end| end + 1),
        None => text.find(|c: char| c.is_whitespace()),
    };
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// No word of a sentence that follows `bearer` is so long, and no token shorter.
const TOKEN: usize = 8;

/// What follows `Authorization:` and `Bearer`.
pub(super) fn headers(text: &str) -> Vec<Found<'_>> {
    let lower = text.to_ascii_lowercase();
    let after = |mark: &'static str| lower.match_indices(mark).map(move |(at, _)| at + mark.len());
    let up_to = |at: usize, ends: fn(char) -> bool| {
        let rest = text.get(at..).unwrap_or_default();
        (at, rest.split(ends).next().unwrap_or_default())
    };
    let header = after("authorization: ").map(|at| up_to(at, |c| "\"'\n".contains(c)));
    let token = after("bearer ").map(|at| up_to(at, |c| c.is_whitespace() || "\"',".contains(c)));
    header.chain(token.filter(|(_, token)| token.len() >= TOKEN)).filter(|(_, value)| !value.is_empty()).collect()
}

/// Where in a line that could not be read stands what may be a command or a sentence: nobody knows what is in it. All but its key.
pub(super) fn unknown(line: &str) -> Option<usize> {
    let indent = line.len() - line.trim_start_matches([' ', '\t', '-']).len();
    let is_key = |key: &&str| !key.contains([' ', '"', '\'']);
    let key = line.get(indent..)?.split_once(": ").map(|(key, _)| key).filter(is_key);
    let start = indent + key.map_or(0, |key| key.len() + 2);
    let value = line.get(start..)?.trim();
    let words = value.split(" #").next().unwrap_or_default().split_whitespace().count();
    let is_flow = value.starts_with(['[', '{']) || line.trim_start().starts_with(['[', '{']);
    // `home 50`: a colon that was lost.
    let most = if key.is_some() { 1 } else { 2 };
    (is_command(value) || !is_flow && words > most).then_some(start)
}

/// Options, variables, and what stands between commands.
fn is_command(text: &str) -> bool {
    let option = |word: &str| word.trim_start_matches('-').starts_with(char::is_alphabetic) && word.starts_with('-');
    text.split_whitespace().any(option) || ["$", "; ", " | ", "&&"].iter().any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::{headers, logins, unknown};

    #[test]
    fn logins_and_headers_are_found() {
        let text = "curl -u me:word x --user=me:a -U \"me:b c\" -ume:d -u 1000:1000 -H 'Authorization: Basic YTpi' -H \"x: Bearer abcdefgh\"";
        let found: Vec<&str> = logins(text).map(|(_, login)| login).collect();
        assert_eq!(found, ["me:word", "me:a", "\"me:b c", "me:d"]);
        let found: Vec<&str> = headers(text).into_iter().map(|(_, value)| value).collect();
        assert_eq!(found, ["Basic YTpi", "abcdefgh"]);
        assert_eq!(logins("curl -u '' -u me:word x").map(|(_, login)| login).collect::<Vec<_>>(), ["me:word"]);
        assert!(logins(text).chain(headers(text)).all(|(at, found)| text[at..].starts_with(found)));
    }

    #[test]
    fn a_command_is_not_certain_to_hold_no_secret() {
        for (line, shown) in [("  - echo one two", "  - "), ("a: b: c", "a: "), ("- x: mysql -pword", "- x: ")] {
            assert_eq!(unknown(line).map(|at| &line[..at]), Some(shown), "{line}");
        }
        for line in ["home 50", "home:50", "  key: value", "a: {b: 5, c: 6", "---", "- [a, b"] {
            assert_eq!(unknown(line), None, "{line}");
        }
    }
}
