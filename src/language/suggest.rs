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
    use super::nearest;

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
