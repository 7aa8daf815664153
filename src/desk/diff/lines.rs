//! Texts compared line by line.

use super::document::Lines;
use crate::desk::anatomy::masked;
use crate::wire::reading::Found;
use similar::TextDiff;
use std::collections::HashMap;

/// The most lines that are compared in their order: that takes as long as the product of the lines and the differences.
const MOST_LINES: usize = 4000;

/// What is different between the bodies of two parts; `None` where nobody can say what is secret in them.
pub(super) fn compare(old: &Found, new: &Found) -> Option<Lines> {
    let (old_shown, new_shown) = (masked::text(old)?, masked::text(new)?);
    let (old_raw, new_raw) = (String::from_utf8_lossy(&old.body), String::from_utf8_lossy(&new.body));
    let compared = match old_shown.lines().count() + new_shown.lines().count() <= MOST_LINES {
        true => in_order,
        false => counted,
    };
    let (lines, raw) = (compared(&old_shown, &new_shown), compared(&old_raw, &new_raw));
    // A line that is only the same while it is covered.
    let secret = raw.added + raw.removed > lines.added + lines.removed;
    Some(Lines { secret, ..lines })
}

fn in_order(old: &str, new: &str) -> Lines {
    let diff = TextDiff::from_lines(old, new);
    let count = |tag: similar::ChangeTag| diff.iter_all_changes().filter(|change| change.tag() == tag).count();
    Lines {
        added: count(similar::ChangeTag::Insert),
        removed: count(similar::ChangeTag::Delete),
        secret: false,
        unified: diff.unified_diff().context_radius(3).to_string(),
    }
}

/// How many lines one has that the other has not, wherever they stand.
fn counted(old: &str, new: &str) -> Lines {
    let mut counts: HashMap<&str, i64> = HashMap::new();
    old.lines().for_each(|line| *counts.entry(line).or_default() -= 1);
    new.lines().for_each(|line| *counts.entry(line).or_default() += 1);
    let sum = |of: fn(i64) -> i64| {
        let total: i64 = counts.values().map(|count| of(*count)).sum();
        usize::try_from(total).unwrap_or_default()
    };
    Lines { added: sum(|count| count.max(0)), removed: sum(|count| (-count).max(0)), ..Lines::default() }
}
