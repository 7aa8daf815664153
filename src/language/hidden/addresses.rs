//! Logins and tokens in addresses, each with its place.

/// Users and passwords.
pub(super) fn logins(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let addresses = text.match_indices("://").flat_map(|(at, _)| {
        let start = at + "://".len();
        let rest = text.get(start..).unwrap_or_default();
        let host = rest.split(|c: char| c.is_whitespace() || "/?#\"'`,".contains(c)).next().unwrap_or_default();
        match (host.rsplit_once('@'), cut_off(host)) {
            (Some((login, _)), _) => [Some((start, login)), None],
            (None, Some(login)) => [Some((start, login)), below(text, start + host.len())],
            (None, None) => [None, None],
        }
    });
    addresses.flatten().chain(bare_logins(text)).chain(hashes(text))
}

/// The rest of a login, up to the `@`, where a line end stands in it.
fn below(text: &str, at: usize) -> Option<(usize, &str)> {
    let rest = text.get(at..)?;
    let start = at + rest.len() - rest.trim_start().len();
    let word = text.get(start..)?.split_whitespace().next()?;
    word.split_once('@').map(|(login, _)| (start, login))
}

/// Hashes of passwords, as crypt(5) writes them: `$6$salt$hash`.
fn hashes(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let begins = |at: usize| {
        text.get(..at).is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric() || "$/.".contains(c)))
    };
    text.match_indices('$').filter(move |(at, _)| begins(*at)).filter_map(|(at, _)| {
        let word = text.get(at..)?.split(|c: char| c.is_whitespace() || ",\"'`}".contains(c)).next()?;
        let scheme = word.get(1..)?.split('$').next()?;
        let known = matches!(scheme.len(), 1 | 2) && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (known && word.len() > 12).then_some((at, word))
    })
}

/// `user:password` whose host is not there any more: no port looks like that.
fn cut_off(host: &str) -> Option<&str> {
    let (user, password) = host.split_once(':')?;
    let after_port = password.trim_start_matches(|c: char| c.is_ascii_digit());
    let port = after_port.len() < password.len() || password.is_empty();
    let known = user.is_empty() || user.starts_with('[') || port && !after_port.starts_with(char::is_alphanumeric);
    (!known).then_some(host)
}

/// `user:password@` without a scheme before it. Word by word: a text may be one line of nothing else.
fn bare_logins(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = |c: char| c.is_whitespace() || "/?#\"'`,{}[]()<>".contains(c);
    let mut start = 0;
    text.split_inclusive(ends).filter_map(move |word| {
        let at = start;
        start += word.len();
        let (login, _) = word.rsplit_once('@')?;
        let named = login.split_once(':').is_some_and(|(user, password)| !user.is_empty() && !password.is_empty());
        (named || is_opaque(login)).then_some((at, login))
    })
}

/// Whether a text looks as if nobody had made it up: no word, no name.
pub(crate) fn is_opaque(text: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| text.bytes().any(|byte| kind(&byte));
    let rises = text
        .as_bytes()
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()));
    let mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    text.len() >= 16 && mixed && (has(u8::is_ascii_digit) || rises.count() > 3)
}

/// Steps of an address that nobody can guess, as those of hooks have them: who knows one may use it.
pub(super) fn steps(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    let words = text.split_inclusive(|c: char| c.is_whitespace() || "/\"'`?#,;|<>{}[]()".contains(c));
    words.filter_map(move |word| {
        let (at, step) = (start, word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_'));
        start += word.len();
        let plain = step.len() >= 20 && step.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        let inside = text.get(..at).is_some_and(|before| before.ends_with('/'));
        (inside && plain && is_opaque(step)).then_some((at, step))
    })
}

/// What follows the `?` of an address: a token or a signature, often enough.
pub(super) fn queries(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let ends = |c: char| c.is_whitespace() || "\"'`<>{}|".contains(c);
    let mut start = 0;
    text.split_inclusive(ends).filter_map(move |word| {
        let at = start;
        start += word.len();
        let address = word.find("://")?;
        let query = address + word.get(address..)?.find('?')? + 1;
        let found = word.get(query..)?.trim_end_matches(ends);
        (!found.is_empty()).then_some((at + query, found))
    })
}
