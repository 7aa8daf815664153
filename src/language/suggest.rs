//! The nearest known name to one that is not known.

/// The candidate that a person most likely meant, or none that is near enough.
///
/// Near is at most a third of the longer name in edits (a swap of neighbours counts once), and always at least one:
/// beyond that a guess misleads more than it helps. `-` and `_` count as the same letter.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = folded(word);
    let letters = word.chars().count();
    // As many edits as the lengths differ by it takes at least; comparing takes time and memory as the product of both.
    let near = |name: &&str| letters.abs_diff(name.chars().count()) <= allowed(name, &word);
    known
        .into_iter()
        .filter(near)
        .map(|name| (strsim::damerau_levenshtein(&word, &folded(name)), name))
        .filter(|(distance, name)| *distance <= allowed(name, &word))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn allowed(name: &str, word: &str) -> usize {
    (name.len().max(word.len()) / 3).max(1)
}

fn folded(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

/// The only candidate that can be meant: in other letters of the same word, or one edit away (two in a long word) with all others
/// further off. Not a plural for a singular, nor another number: such words are names of their own.
pub(crate) fn certain<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = folded(word);
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let edits = match word.chars().count() {
        0..4 => 0,
        4..9 => 1,
        _ => 2,
    };
    let near = known.filter(|name| name.len().abs_diff(word.len()) <= edits);
    let mut near: Vec<_> = near.map(|name| (strsim::damerau_levenshtein(&word, &folded(name)), name)).collect();
    near.sort_unstable();
    let plural = |name: &str| word.strip_suffix('s').unwrap_or(&word) == name.strip_suffix('s').unwrap_or(name);
    match near.as_slice() {
        [(0, name), rest @ ..] => rest.first().is_none_or(|(next, _)| *next > 0).then_some(name),
        [(distance, name), rest @ ..] => {
            let alone = rest.first().is_none_or(|(next, _)| next > distance);
            (*distance <= edits && alone && !plural(&folded(name)) && digits(&word) == digits(name)).then_some(name)
        }
        [] => None,
    }
    .copied()
}

/// The only candidate of the same letters, in upper or lower case, with `-` or `_`: of values, where a slip may be another word.
pub(crate) fn same_letters<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = folded(word);
    let mut same = known.filter(|name| name.len() == word.len() && folded(name) == word);
    same.next().filter(|_| same.next().is_none())
}

/// What to say of an unknown name: the nearest known one, and the whole list where it is short.
pub(crate) fn advice(word: &str, known: &[&str]) -> String {
    let list = || known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    match nearest(word, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None if (1..=32).contains(&known.len()) => format!("known here: {}", list()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{certain, nearest};

    #[test]
    fn is_certain_of_slips_only() {
        let known = ["localfs", "scripts", "users", "write_files", "ext4", "nfs", "package_update", "package_upgrade"];
        let certain = |word| certain(word, known.into_iter());
        for (word, meant) in [
            ("locafs", "localfs"),
            ("Users", "users"),
            ("write-files", "write_files"),
            ("pakage_update", "package_update"),
        ] {
            assert_eq!(certain(word), Some(meant));
        }
        for other in ["script", "ext3", "nsf", "ntp", "package_upate_x", "user", ""] {
            assert_eq!(certain(other), None, "{other}");
        }
    }

    #[test]
    fn finds_a_slip_and_no_stranger() {
        let known = ["localfs", "cvmfs", "scripts"];
        assert_eq!(nearest("locafs", known), Some("localfs"));
        assert_eq!(nearest("cvmsf", known), Some("cvmfs"));
        assert_eq!(nearest("Scripts", known), Some("scripts"));
        assert_eq!(nearest("database", known), None);
        assert_eq!(nearest(&"localfs".repeat(500_000), known), None);
    }
}
