//! A change of a text, line by line, as people read it.

use std::fmt::Write;

/// Unchanged lines around a change: as many as `diff -u` shows.
const AROUND: usize = 3;

/// The change from one text to another of as many lines, in the form of `diff -u`. What a terminal would obey is escaped.
pub(super) fn unified(name: &str, old: &str, new: &str) -> String {
    let lines = |text: &str| -> Vec<String> { text.split_inclusive('\n').map(shown).collect() };
    let (old, new) = (lines(old), lines(new));
    let changed: Vec<usize> = old.iter().zip(&new).enumerate().filter(|(_, (a, b))| a != b).map(|(at, _)| at).collect();
    let mut text = format!("--- {name}\n+++ {name}\n");
    let mut rest = changed.as_slice();
    while let Some(first) = rest.first() {
        // Two changes share a hunk where their surroundings meet.
        let apart = rest.windows(2).position(|pair| matches!(pair, [one, next] if next - one > 2 * AROUND));
        let (hunk, later) = rest.split_at(apart.map_or(rest.len(), |at| at + 1));
        let start = first.saturating_sub(AROUND);
        let end = hunk.last().map_or(start, |last| last + 1 + AROUND).min(old.len());
        // Writing to a text cannot fail.
        let _ = writeln!(text, "@@ -{0},{1} +{0},{1} @@", start + 1, end - start);
        for run in runs(hunk, start..end) {
            text += &written(&old, &new, run);
        }
        rest = later;
    }
    text
}

/// Lines that are changed, or not, without a break.
enum Run {
    Same(std::ops::Range<usize>),
    Changed(std::ops::Range<usize>),
}

fn runs(changed: &[usize], within: std::ops::Range<usize>) -> Vec<Run> {
    let (mut runs, mut at) = (Vec::new(), within.start);
    while at < within.end {
        let is_changed = changed.binary_search(&at).is_ok();
        let end = (at..within.end).find(|line| changed.binary_search(line).is_ok() != is_changed).unwrap_or(within.end);
        runs.push(if is_changed { Run::Changed(at..end) } else { Run::Same(at..end) });
        at = end;
    }
    runs
}

fn written(old: &[String], new: &[String], run: Run) -> String {
    let marked = |mark: char, lines: &[String], range: std::ops::Range<usize>| -> String {
        lines.get(range).unwrap_or_default().iter().map(|line| format!("{mark}{line}\n")).collect()
    };
    match run {
        Run::Same(range) => marked(' ', old, range),
        Run::Changed(range) => marked('-', old, range.clone()) + &marked('+', new, range),
    }
}

fn shown(line: &str) -> String {
    let line = line.trim_end_matches(['\n', '\r']);
    let escaped = |c: char| if c.is_control() { c.escape_default().collect() } else { c.to_string() };
    line.chars().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn shows_what_changed_and_what_is_around_it() {
        let old: String = (1..=20).map(|line| format!("{line}\n")).collect();
        let new = old.replace("\n4\n5\n", "\nfour\nfive\n").replace("20", "twenty");
        let lines = [
            "--- a",
            "+++ a",
            "@@ -1,8 +1,8 @@",
            " 1",
            " 2",
            " 3",
            "-4",
            "-5",
            "+four",
            "+five",
            " 6",
            " 7",
            " 8",
            "@@ -17,4 +17,4 @@",
            " 17",
            " 18",
            " 19",
            "-20",
            "+twenty",
        ];
        assert_eq!(unified("a", &old, &new), lines.join("\n") + "\n");
    }
}
