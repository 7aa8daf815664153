//! Changes that surely mend a fault: what a program may do without asking. What is only likely stays advice.

use super::document::Node;
use super::hidden::Hidden;
use super::source::{Source, Span};
use super::suggest;

/// A change that surely mends a fault: the text to write in the place of another.
///
/// ```
/// let source = contextc::Source::new("worker.yaml", "locafs: {}\n");
/// let report = contextc::Compiler::new().check(&source);
/// let fix = &report.diagnostics()[0].fixes()[0];
/// assert_eq!((fix.span().start, fix.span().end, fix.replacement()), (0, 6, "localfs"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    span: Span,
    /// What stands there, as it was read: where the text has it in other words, nothing is certain.
    was: String,
    replacement: String,
}

impl Fix {
    pub(crate) fn new(span: Span, was: impl Into<String>, replacement: impl Into<String>) -> Self {
        Self { span, was: was.into(), replacement: replacement.into() }
    }

    /// A key by its right name, where only one can be meant, and it is not there yet.
    pub(crate) fn of_key<'k>(map: &Node, key: &Node, known: impl Iterator<Item = &'k str> + Clone) -> Option<Self> {
        let name = key.text()?;
        let meant = suggest::certain(name, known.clone())?;
        // Of a map with more than that nobody waits to know.
        const MOST: usize = 1_000;
        let pairs = map.pairs();
        let same =
            |other: &str| other == meant || other != name && suggest::certain(other, known.clone()) == Some(meant);
        let taken = pairs.iter().filter_map(|(other, _)| other.text()).any(same);
        (pairs.len() <= MOST && !taken).then(|| Self::new(key.span, name, meant))
    }

    /// A plain scalar in quotes: the same text, to every reader.
    pub(crate) fn quotes(span: Span, text: &str) -> Option<Self> {
        let sound = |c: char| !c.is_control() && c != '"' && c != '\\';
        text.chars().all(sound).then(|| Self::new(span, text, format!("\"{text}\"")))
    }

    /// What is replaced.
    pub fn span(&self) -> Span {
        self.span
    }

    /// What is written in its place.
    pub fn replacement(&self) -> &str {
        &self.replacement
    }

    /// Whether it can be done in this text: what is to be replaced stands there, in quotes or not, in this place alone, and
    /// nothing of it is a secret.
    pub(super) fn is_certain(&self, source: &Source, hidden: &Hidden) -> bool {
        let Some(found) = source.text().get(self.span.start..self.span.end) else { return false };
        let bare = ['"', '\''].iter().find_map(|quote| found.strip_prefix(*quote)?.strip_suffix(*quote));
        let before = source.text().get(..self.span.start).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        // What is anchored stands in other places, too.
        let anchored =
            line.rsplit([' ', '[', '{', ',']).find(|word| !word.is_empty()).is_some_and(|word| word.starts_with('&'));
        let lines = !found.contains('\n') && !self.replacement.contains('\n');
        lines && [Some(found), bare].contains(&Some(self.was.as_str())) && !anchored && !hidden.touches(self.span)
    }

    /// The text with all of these, of which each stands in its own place: the first one of two that meet.
    pub(super) fn applied<'f>(fixes: impl Iterator<Item = &'f Self>, text: &str) -> Option<String> {
        let mut fixes: Vec<&Self> = fixes.collect();
        fixes.sort_by_key(|fix| (fix.span.start, fix.span.end));
        let (mut fixed, mut end) = (String::with_capacity(text.len()), 0);
        for (at, fix) in fixes.iter().enumerate() {
            if fix.span.start < end || at > 0 && fix.span.start == end && fix.span.end == end {
                continue;
            }
            fixed += text.get(end..fix.span.start)?;
            fixed += &fix.replacement;
            end = fix.span.end;
        }
        fixed += text.get(end..)?;
        (!fixes.is_empty()).then_some(fixed)
    }
}
