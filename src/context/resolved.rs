//! What PyYAML makes of a word without quotes (`yaml/resolver.py`, the same in 3.10 to 6.0).

/// What a word without quotes is to cloud-init.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolved {
    Null,
    True,
    False,
    /// A number, a time, or a sign of YAML's own (`<<`, `=`).
    Other,
    Text,
}

impl Resolved {
    /// Yes, no, or nothing at all.
    pub fn is_switch(self) -> bool {
        matches!(self, Self::Null | Self::True | Self::False)
    }
}

/// What a word without quotes and tag is. Words in other mixtures of case, as `tRUE`, are text.
pub(crate) fn resolved(word: &str) -> Resolved {
    match word {
        "" | "~" | "null" | "Null" | "NULL" => Resolved::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Resolved::True,
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Resolved::False,
        "<<" | "=" => Resolved::Other,
        _ if is_whole(word) || is_broken(word) || is_time(word) => Resolved::Other,
        _ => Resolved::Text,
    }
}

fn unsigned(word: &str) -> &str {
    word.strip_prefix(['-', '+']).unwrap_or(word)
}

fn all(text: &str, kind: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(kind)
}

/// Digits, with `_` between them.
fn is_digits(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && all(text, |byte| byte.is_ascii_digit() || byte == b'_')
}

fn is_whole(word: &str) -> bool {
    let word = unsigned(word);
    let based = |digits: &str, base: u32| all(digits, |byte| char::from(byte).is_digit(base) || byte == b'_');
    match word.strip_prefix('0') {
        Some("") => true,
        Some(rest) => match (rest.strip_prefix('b'), rest.strip_prefix('x')) {
            (Some(digits), _) => based(digits, 2),
            (_, Some(digits)) => based(digits, 16),
            _ => based(rest, 8),
        },
        None => is_digits(word) || is_sixties(word),
    }
}

/// `1:30`, which is 90.
fn is_sixties(word: &str) -> bool {
    let mut places = word.split(':');
    let sixty = |place: &str| match place.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    };
    let first = places.next().is_some_and(is_digits);
    first && word.contains(':') && places.all(sixty)
}

fn is_broken(word: &str) -> bool {
    let bare = unsigned(word);
    if matches!(bare, ".inf" | ".Inf" | ".INF") || matches!(word, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let Some((whole, rest)) = bare.split_once('.') else { return false };
    let (fraction, power) = match rest.find(['e', 'E']) {
        Some(at) => (rest.get(..at).unwrap_or_default(), rest.get(at + 1..)),
        None => (rest, None),
    };
    let underscored = fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let powered = power.is_none_or(|power| {
        power.strip_prefix(['-', '+']).is_some_and(|digits| all(digits, |byte| byte.is_ascii_digit()))
    });
    // Older releases take `._` for one, too.
    let begun = is_digits(whole) || power.is_none() && is_sixties(whole) || whole.is_empty() && !fraction.is_empty();
    begun && underscored && powered
}

/// Dates and times; also what only begins like one and has nothing else in it.
fn is_time(word: &str) -> bool {
    let begins = word.as_bytes().get(..5).is_some_and(|year| match year.split_last() {
        Some((dash, year)) => *dash == b'-' && year.iter().all(u8::is_ascii_digit),
        None => false,
    });
    begins && all(word, |byte| byte.is_ascii_digit() || b"-+:. \tTtZ".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::{Resolved, resolved};

    /// As `yaml.safe_load` of PyYAML 6.0 says of each.
    #[test]
    fn words_are_what_pyyaml_takes_them_for() {
        for word in ["yes", "True", "ON"] {
            assert_eq!(resolved(word), Resolved::True, "{word}");
        }
        for word in ["tRUE", "y", "oN", "nULL", "truE", "1.2.3", "10.0.0.1", "0o17", "1e5", "1.5e5", "08", "0x", "-"] {
            assert_eq!(resolved(word), Resolved::Text, "{word}");
        }
        for word in
            ["1_000", "0x1F", "0b1", "017", "1:30", "1.", ".5", "+1", "-.INF", "1.5e+5", "2001-02-03", "190:20:30.15"]
        {
            assert_eq!(resolved(word), Resolved::Other, "{word}");
        }
        assert_eq!(
            (resolved(""), resolved("NULL"), resolved("off")),
            (Resolved::Null, Resolved::Null, Resolved::False)
        );
    }
}
