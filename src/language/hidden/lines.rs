//! What stands in a line after a name like `password`, and in the lines below it.

use super::addresses::is_opaque;
use super::is_secret;

/// How a text is looked through.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    /// Names whose values are secrets, besides those that say so.
    pub names: &'a [&'a str],
    /// Whether it cannot be read, so that nobody knows where a value ends: it goes on to the next line that begins with a name.
    pub broken: bool,
}

/// A line, or the rest of one, that is a secret: where it begins, and its text.
pub(super) type Found<'t> = (usize, &'t str);

impl Rules<'_> {
    /// Every value after a name, as it is written, quotes and all.
    pub fn values<'t>(self, text: &'t str) -> Vec<Found<'t>> {
        // How far to the right the name stood, and what was there last: nothing, where all is below it.
        let (mut found, mut start, mut above) = (Vec::new(), 0, None::<(usize, &str)>);
        for line in text.split_inclusive('\n') {
            let indent = line.len() - line.trim_start().len();
            if above.is_some_and(|(above, last)| self.goes_on(line, indent, above) || self.broken && last.is_empty()) {
                found.extend((!line.trim().is_empty()).then_some((start + indent, line.trim())));
                above = above.map(|(above, last)| (above, if line.trim().is_empty() { last } else { "more" }));
                found.extend(line.split_once(':').map(|(name, value)| (start + name.len() + 1, value)));
            } else {
                above = None;
                if let Some(at) = self.value_in(line) {
                    let value = line.get(at..).unwrap_or_default();
                    above = self.may_go_on(value).then_some((indent, value.trim()));
                    found.extend(is_written_here(value).then_some((start + at, value)));
                }
            }
            start += line.len();
        }
        found
    }

    fn may_go_on(self, value: &str) -> bool {
        let value = value.trim();
        self.broken || value.is_empty() || (value.starts_with(['|', '>']) && value.len() < 4)
    }

    /// Whether a line belongs to the value of the name that stands so far to the right in a line above.
    fn goes_on(self, line: &str, indent: usize, above: usize) -> bool {
        let text = line.trim();
        let elsewhere =
            ["file:", "env:", "name:", "path:"].iter().any(|key| text.trim_start_matches("- ").starts_with(key));
        let inside = indent > above && !elsewhere || indent == above && text.starts_with("- ") && !elsewhere;
        text.is_empty() || inside || self.broken && !begins_with_name(text)
    }

    /// Where the value after a name begins in a line.
    fn value_in(self, line: &str) -> Option<usize> {
        let found = line.match_indices([':', '=', ' ', '\t']).find(|(at, end)| {
            let key = line.get(..*at).unwrap_or_default().trim_end_matches(['"', '\'', ' ', ':']);
            let name =
                key.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').next().unwrap_or_default();
            // `--token VALUE`, and `DB_PASSWORD VALUE` where a colon was lost.
            let rest = line.get(at + 1..).unwrap_or_default().trim();
            let lost = self.broken || name.contains('_') || is_opaque(rest) && !rest.contains(' ');
            let first = lost && key.trim_start_matches(['-', ' ', '\t', '#']) == name;
            let spaced = name.starts_with("--") || first;
            let opaque = || *end == "=" && rest.split_whitespace().next().is_some_and(is_opaque);
            ([":", "="].contains(end) || spaced) && is_secret(name, self.names) || opaque()
        });
        found.map(|(at, _)| at + 1)
    }
}

/// What is set in comments, perhaps a moment ago.
pub(super) fn comments(text: &str) -> impl Iterator<Item = Found<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        let set = line.trim_start().starts_with('#').then(|| line.find([':', '='])).flatten()?;
        Some((at + set + 1, line.get(set + 1..)?))
    })
}

/// A map says where the secret is, `|` and `>` that it follows.
fn is_written_here(value: &str) -> bool {
    let value = value.trim();
    let elsewhere = value.starts_with('{') && value.ends_with(['}', ']', ',']) && value.contains("file:");
    let follows = value.strip_prefix(['|', '>']).is_some_and(|rest| rest.len() < 3);
    !value.is_empty() && !elsewhere && !follows
}

/// Whether a line begins with a key, a dash or a mark of comments.
fn begins_with_name(text: &str) -> bool {
    let name = |c: char| c.is_ascii_alphanumeric() || "_-.\"'".contains(c);
    let rest = text.trim_start_matches(name);
    text.starts_with("- ")
        || text.starts_with('#')
        || rest.len() < text.len() && (rest == ":" || rest.starts_with(": "))
}
