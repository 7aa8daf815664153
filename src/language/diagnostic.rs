//! What is said about a user's text: plain data, rendered elsewhere.

use super::diff;
use super::document::Node;
use super::fix::Fix;
use super::hidden::{Hidden, Places, is_opaque};
use super::source::{Source, Span};
use std::borrow::Cow;
use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Works, but is surely not meant.
    Warning,
    /// Cannot work on the machine: nothing is written.
    Error,
}

/// The stable name of a rule, `block/what-is-wrong`, with the text that explains it. Never renumbered, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code {
    slug: &'static str,
    explanation: &'static str,
}

impl Code {
    pub(crate) const fn new(slug: &'static str, explanation: &'static str) -> Self {
        Self { slug, explanation }
    }

    /// The name, as in `localfs/shares-over-100`.
    pub fn as_str(&self) -> &'static str {
        self.slug
    }

    /// The name, for as long as the program lives.
    pub(crate) fn slug(&self) -> &'static str {
        self.slug
    }

    /// Why the rule exists, in a sentence or two.
    pub fn explanation(&self) -> &'static str {
        self.explanation
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.slug)
    }
}

/// One thing that is wrong: what, where, why, and what to write instead.
#[derive(Debug, Clone)]
pub struct Diagnostic(Box<Parts>);

/// Behind a box: a diagnostic travels as the error of many small functions.
#[derive(Debug, Clone)]
struct Parts {
    severity: Severity,
    code: Code,
    message: String,
    span: Span,
    label: String,
    related: Vec<(Span, String)>,
    help: Vec<String>,
    fixes: Vec<Fix>,
}

impl Diagnostic {
    pub(crate) fn new(severity: Severity, code: Code, span: Span, message: impl Into<String>) -> Self {
        let (message, label) = (shown(message.into()).replace('\n', "\\n"), String::new());
        Self(Box::new(Parts {
            severity,
            code,
            message,
            span,
            label,
            related: Vec::new(),
            help: Vec::new(),
            fixes: Vec::new(),
        }))
    }

    pub(crate) fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    pub(crate) fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message)
    }

    /// The same fault at another place.
    pub(crate) fn at(mut self, span: Span) -> Self {
        self.0.span = span;
        self
    }

    /// What stands at the marked place.
    pub(crate) fn label(mut self, text: impl Into<String>) -> Self {
        self.0.label = shown(text.into());
        self
    }

    /// Another place that has to do with it.
    pub(crate) fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.0.related.push((span, shown(text.into())));
        self
    }

    /// An action, with the text to type.
    pub(crate) fn help(mut self, text: impl Into<String>) -> Self {
        let text = shown(text.into());
        if !text.is_empty() {
            self.0.help.push(text);
        }
        self
    }

    /// What surely mends it.
    pub(crate) fn fix(mut self, fix: Option<Fix>) -> Self {
        self.0.fixes.extend(fix);
        self
    }

    fn each_text(&mut self, mut change: impl FnMut(&mut String)) {
        let Parts { message, label, related, help, .. } = &mut *self.0;
        let others = related.iter_mut().map(|(_, text)| text).chain(help);
        [message, label].into_iter().chain(others).for_each(&mut change);
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.0.severity
    }

    /// The rule.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The fact, one phrase.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Where it is in the source.
    pub fn span(&self) -> Span {
        self.0.span
    }

    /// What stands at the marked place; may be empty.
    pub fn label_text(&self) -> &str {
        &self.0.label
    }

    /// Other places that have to do with it, each with its label.
    pub fn related(&self) -> &[(Span, String)] {
        &self.0.related
    }

    /// What to do about it.
    pub fn help_texts(&self) -> &[String] {
        &self.0.help
    }

    /// What surely mends it, if anything does: a program may do it without asking. Places are those of the report's source.
    pub fn fixes(&self) -> &[Fix] {
        &self.0.fixes
    }
}

/// Text as a terminal may show it: no character that it would obey, and no line of any length. Messages quote what stands in
/// a file, and a file may hold anything.
fn shown(text: String) -> String {
    const LINE: usize = 300;
    let sound = |c: char| !c.is_control() || c == '\n';
    if text.len() <= LINE && text.chars().all(sound) {
        return text;
    }
    let shorten = |line: &str| -> String {
        let mut characters = line.chars();
        let cut: String = characters.by_ref().take(LINE).collect();
        let escaped = cut.chars().flat_map(|c| if sound(c) { vec![c] } else { c.escape_default().collect() });
        escaped.chain(characters.next().map(|_| "...").unwrap_or_default().chars()).collect()
    };
    text.split('\n').map(shorten).collect::<Vec<_>>().join("\n")
}

/// Everything that was found in one source, in the order of its places.
///
/// ```
/// let source = contextc::Source::new("worker.yaml", "locafs: {}\n");
/// let report = contextc::Compiler::new().check(&source);
/// assert_eq!(report.diagnostics()[0].code().as_str(), "context/unknown-key");
/// assert!(report.to_string().starts_with("worker.yaml:1:1: error[context/unknown-key]"));
/// ```
#[derive(Debug, Clone)]
pub struct Report {
    source: Source,
    diagnostics: Vec<Diagnostic>,
    errors: bool,
    hidden: Hidden,
}

/// The most diagnostics that a report holds: nobody reads more, and finding them all could take hours.
const MOST: usize = 100;

impl Report {
    pub(crate) fn new(source: &Source) -> Self {
        Self { source: source.clone(), diagnostics: Vec::new(), errors: false, hidden: Hidden::default() }
    }

    /// From now on nothing shows this secret: neither its place nor any diagnostic that repeats its text.
    pub(crate) fn hide(&mut self, place: Span, text: Option<&str>) {
        self.hidden.add(place, text);
    }

    /// From now on, and in what has been said, nothing shows what stands in a line after one of these names: for a text of which
    /// no more is known.
    pub(crate) fn hide_named(&mut self, names: &[&str]) {
        self.hidden.named(self.source.text(), names);
        self.clean();
    }

    /// The same for a text that could not be read at all. What was said quotes lines near a fault, of which nobody knows what they are.
    pub(crate) fn hide_unread(&mut self, names: &[&str]) {
        let source = self.source.clone();
        for diagnostic in &self.diagnostics {
            let (number, _) = source.line_column(diagnostic.0.span.start);
            for line in [number.saturating_sub(1).max(1), number, number + 1].map(|number| source.line(number)) {
                // Behind the last line there is nothing, and that is not of the text.
                let start = (line.as_ptr() as usize).checked_sub(source.text().as_ptr() as usize);
                start.filter(|_| !line.is_empty()).into_iter().for_each(|start| self.hidden.unread(line, start));
            }
        }
        self.hide_named(names);
    }

    /// What a stage shows of itself, without the secrets.
    pub(crate) fn cleaned(&mut self, mut text: String) -> String {
        self.hidden.search(self.source.text());
        self.hidden.clean(&mut text);
        text
    }

    fn clean(&mut self) {
        for diagnostic in &mut self.diagnostics {
            diagnostic.each_text(|text| self.hidden.clean(text));
        }
    }

    pub(crate) fn push(&mut self, mut diagnostic: Diagnostic) {
        self.errors |= diagnostic.severity() == Severity::Error;
        if self.is_full() {
            return;
        }
        self.hidden.search(self.source.text());
        diagnostic.each_text(|text| self.hidden.clean(text));
        diagnostic.0.fixes.retain(|fix| fix.is_certain(&self.source, &self.hidden));
        self.diagnostics.push(diagnostic);
    }

    /// Takes back what was said after so many diagnostics. What is hidden stays hidden.
    pub(crate) fn take_back(&mut self, count: usize) {
        self.diagnostics.truncate(count);
        self.errors = self.diagnostics.iter().any(|fault| fault.severity() == Severity::Error);
    }

    /// Whether it takes no more, so that the search for faults stopped: a report holds 100 diagnostics.
    pub fn is_full(&self) -> bool {
        self.diagnostics.len() >= MOST
    }

    /// From now on nothing shows what stands at a place of which nobody knows what it is. A word there may well stand in any message.
    pub(crate) fn hide_unknown(&mut self, node: &Node) {
        self.hidden.add(node.span, node.text().filter(|text| is_opaque(text)));
    }

    /// From now on the text is not shown at this place; what stands there may well stand in messages.
    pub(crate) fn cover(&mut self, place: Span) {
        self.hidden.add_place(place);
    }

    /// Nothing of the text is shown any more.
    pub(crate) fn cover_all(&mut self) {
        self.cover(Span::new(0, self.source.text().len()));
    }

    /// The places that are hidden so far.
    pub(crate) fn hidden_places(&self) -> Places {
        self.hidden.all_places()
    }

    /// Puts the diagnostics in the order of their places. Called once, when all stages have spoken: a later one may have found a
    /// secret of which an earlier one spoke.
    pub(crate) fn sort(&mut self) {
        for diagnostic in &mut self.diagnostics {
            diagnostic.each_text(|text| self.hidden.clean_of_long(text));
            diagnostic.0.fixes.retain(|fix| fix.is_certain(&self.source, &self.hidden));
        }
        self.diagnostics.sort_by_key(|d| (d.0.span.start, d.0.span.end));
    }

    /// The text that it speaks about as it may be shown: `*` for each byte of a secret, so that places stay what they are.
    ///
    /// ```
    /// let source = contextc::Source::new("keys.yaml", "a: |\n  -----BEGIN PRIVATE KEY-----\n  MIIEvQIBADANBg\n  -----END PRIVATE KEY-----\n");
    /// let report = contextc::Compiler::new().check(&source);
    /// assert!(!report.shown_text().contains("MIIEvQ"));
    /// ```
    pub fn shown_text(&self) -> Cow<'_, str> {
        let mut hidden = Cow::Borrowed(&self.hidden);
        if !hidden.is_searched() {
            hidden.to_mut().search(self.source.text());
        }
        Cow::Owned(hidden.covered_everywhere(self.source.text()))
    }

    /// The text with every fix of every diagnostic in it, all else as it is, byte by byte; nothing where there is none. Of two
    /// that meet only the first is made: who wants more checks the new text again, which has to be checked in any case.
    ///
    /// ```
    /// let source = contextc::Source::new("worker.yaml", "locafs: {}  # mine\n");
    /// let report = contextc::Compiler::new().check(&source);
    /// assert_eq!(report.fixed().as_deref(), Some("localfs: {}  # mine\n"));
    /// ```
    pub fn fixed(&self) -> Option<String> {
        Fix::applied(self.diagnostics.iter().flat_map(Diagnostic::fixes), self.source.text())
    }

    /// What [`fixed`](Self::fixed) changes, in the form of `diff -u`, secrets covered.
    ///
    /// ```
    /// let source = contextc::Source::new("worker.yaml", "locafs: {}\n");
    /// let change = contextc::Compiler::new().check(&source).change().unwrap();
    /// assert!(change.contains("\n-locafs:") && change.contains("\n+localfs:"));
    /// ```
    pub fn change(&self) -> Option<String> {
        // A secret is covered by as many bytes: what stands in the one text stands at the same place in the other.
        let shown = self.shown_text();
        let fixed = Fix::applied(self.diagnostics.iter().flat_map(Diagnostic::fixes), &shown)?;
        Some(diff::unified(self.source.name(), &shown, &fixed))
    }

    /// The text that it speaks about.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// What was found, first place first.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Whether nothing can be written.
    pub fn has_errors(&self) -> bool {
        self.errors
    }
}

/// One line a diagnostic, `file:line:column: severity[code]: message`, its help indented below it.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for d in &self.diagnostics {
            let (line, column) = self.source.line_column(d.0.span.start);
            let name = self.source.name();
            writeln!(f, "{name}:{line}:{column}: {}[{}]: {}", d.0.severity, d.0.code, d.0.message)?;
            for help in &d.0.help {
                writeln!(f, "  help: {help}")?;
            }
        }
        if self.is_full() {
            writeln!(f, "{}: the search stopped after {MOST} faults", self.source.name())?;
        }
        Ok(())
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}
