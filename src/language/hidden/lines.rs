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
        let elsewhere = ["file:", "env:", "age:", "name:", "path:"]
            .iter()
            .any(|key| text.trim_start_matches("- ").starts_with(key));
        let inside = indent > above && !elsewhere || indent == above && text.starts_with("- ") && !elsewhere;
        text.is_empty() || inside || self.broken && !begins_with_name(text)
    }

    /// Where the value after a name begins in a line. Each end is judged by what is near it: a line may be megabytes of nothing else.
    fn value_in(self, line: &str) -> Option<usize> {
        let word = line.find(|c| !FRAME.contains(&c)).unwrap_or(line.len());
        let first = line.get(word..).and_then(|rest| rest.find([' ', '\t'])).map(|end| word + end);
        let found = line.match_indices([':', '=', ' ', '\t']).find(|(at, end)| match *end {
            ":" | "=" => {
                !before(line, *at).ends_with(':') && is_secret(name_before(line, *at), self.names)
                    || *end == "=" && is_opaque(word_after(line, at + 1))
            }
            _ => self.is_spaced(line, *at, first == Some(*at)),
        });
        found.map(|(at, _)| at + 1)
    }

    /// `--token VALUE`, and `DB_PASSWORD VALUE` where a colon was lost.
    fn is_spaced(self, line: &str, at: usize, first: bool) -> bool {
        let near = before(line, at);
        if near.ends_with([' ', '\t']) || !(first || near.contains("--")) {
            return false;
        }
        let name = name_before(line, at);
        let opaque = || {
            let value = word_after(line, at + 1);
            is_opaque(value) && line.trim_end().ends_with(value)
        };
        let lost = first && !name.is_empty() && (self.broken || name.contains('_') || opaque());
        (lost || name.starts_with("--")) && is_secret(name, self.names)
    }
}

/// What may stand before the first word of a line.
const FRAME: [char; 4] = ['-', ' ', '\t', '#'];

/// No name is longer.
const NAME: usize = 200;

/// The end of what stands before a place.
fn before(line: &str, at: usize) -> &str {
    let from = at.saturating_sub(NAME);
    (from..=at).find_map(|from| line.get(from..at)).unwrap_or_default()
}

fn name_before(line: &str, at: usize) -> &str {
    let key = before(line, at).trim_end_matches(['"', '\'', '\\', ' ', ':']);
    key.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').next().unwrap_or_default()
}

/// The word after a place, or as much of it as is looked at.
fn word_after(line: &str, at: usize) -> &str {
    let to = (at + NAME).min(line.len());
    let near = (at..=to).rev().find_map(|to| line.get(at..to)).unwrap_or_default();
    near.split_whitespace().next().unwrap_or_default()
}

/// What is set in comments, perhaps a moment ago. `## template: jinja` is no comment to cloud-init.
pub(super) fn comments(text: &str) -> impl Iterator<Item = Found<'_>> {
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let at = start;
        start += line.len();
        let set = (line.trim_start().starts_with('#') && !line.starts_with("## template:"))
            .then(|| line.find([':', '=']))
            .flatten()?;
        Some((at + set + 1, line.get(set + 1..)?))
    })
}

/// A map says where the secret is, `|` and `>` that it follows.
fn is_written_here(value: &str) -> bool {
    let value = value.trim();
    let path = |pair: &str| ["file:", "age:"].iter().any(|key| pair.trim_start().starts_with(key));
    let elsewhere = value.starts_with('{') && value.ends_with(['}', ']', ',']) && value.split(['{', ',']).any(path);
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
