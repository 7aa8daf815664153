//! Brackets and quotes over several lines, as YAML 1.1 lets them be: their lines are indented as one likes. YAML 1.2 wants them deeper than what
//! they are in, and our parser with it; cloud-init's reader does not (`yaml/scanner.py`).

/// Stands for a line break in quotes; and for the backslash before one.
const BREAK: char = '\u{e000}';
const CONTINUED: char = '\u{e001}';

/// The text with what stands in brackets or quotes in one line, every character at its place: line breaks, and comments in brackets, are blanks;
/// line breaks in quotes are what [`folded`] knows. `None` where nothing is to be joined, or another document would begin inside.
///
/// Where a value begins is guessed from the words before it: whoever reads the text holds what comes of it against another reader.
pub(super) fn joined(text: &str) -> Option<String> {
    if text.contains([BREAK, CONTINUED]) {
        return None;
    }
    let mut joiner = Joiner::default();
    let mut joined = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if joiner.is_inside() && begins_document(line) {
            return None;
        }
        match joiner.is_block(line) {
            true => joined.push_str(line),
            false => joiner.line(line, &mut joined),
        }
    }
    (joined != text).then_some(joined)
}

/// A mark between documents, which no bracket and no quote holds.
fn begins_document(line: &str) -> bool {
    let rest = line.strip_prefix("---").or_else(|| line.strip_prefix("..."));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// A text of several lines as PyYAML folds it: a line break is a blank, more are one less, and blanks about them are nothing. (A blank that is
/// written as `\t` or `\ ` before one is lost here, too.)
pub(super) fn folded(text: &str) -> String {
    let blank = |c: char| c == ' ' || c == '\t';
    let mut lines = text.split(BREAK).enumerate().peekable();
    let (mut folded, mut breaks, mut continued) = (String::new(), 0_usize, false);
    while let Some((number, line)) = lines.next() {
        let is_last = lines.peek().is_none();
        let line = if number > 0 { line.trim_start_matches(blank) } else { line };
        let line = if is_last { line } else { line.trim_end_matches(blank) };
        if !line.is_empty() || is_last {
            match breaks {
                1 if !continued => folded.push(' '),
                _ => folded.extend(std::iter::repeat_n('\n', breaks.saturating_sub(1))),
            }
            continued = line.ends_with(CONTINUED);
            folded.push_str(line.strip_suffix(CONTINUED).unwrap_or(line));
            breaks = 0;
        }
        breaks += 1;
    }
    folded
}

/// A word of several lines, folded. `None` with a comment in it.
pub(super) fn joined_word(written: &str) -> Option<String> {
    let has_comment = written.split_inclusive(char::is_whitespace).skip(1).any(|word| word.starts_with('#'));
    (!has_comment).then(|| folded(&written.replace("\r\n", "\n").replace(['\r', '\n'], &BREAK.to_string())))
}

#[derive(Clone, Copy, PartialEq)]
enum Within {
    Nothing,
    /// Whether our parser would not take it there.
    Comment(bool),
    /// In quotes of this kind; whether behind a backslash.
    Quotes(char, bool),
}

struct Joiner {
    /// How many brackets are open.
    depth: usize,
    within: Within,
    /// The character before, and the last one that was no blank and in no comment.
    before: char,
    last: char,
    /// How the last word begins.
    word: char,
    /// What quotes the character before ended: another single one goes on with the text.
    closed: Option<char>,
    /// The column of what holds the block of text that stands here.
    block: Option<usize>,
}

impl Default for Joiner {
    fn default() -> Self {
        let (within, block) = (Within::Nothing, None);
        Self { depth: 0, within, before: '\n', last: '\n', word: '\n', closed: None, block }
    }
}

impl Joiner {
    fn is_inside(&self) -> bool {
        self.depth > 0 || matches!(self.within, Within::Quotes(..))
    }

    /// Whether a line is one of the block that began before it.
    fn is_block(&mut self, line: &str) -> bool {
        let text = line.trim_start_matches(' ');
        let is_deeper = self.block.is_some_and(|column| line.len() - text.len() > column || text.trim().is_empty());
        self.block = self.block.filter(|_| is_deeper);
        is_deeper
    }

    fn line(&mut self, line: &str, joined: &mut String) {
        let outside = !self.is_inside();
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            let is_escaped = self.within == Within::Quotes('"', true) && matches!(c, '\n' | '\r');
            let is_break = c == '\r' && chars.peek() != Some(&'\n');
            let written = self.next(if is_break { '\n' } else { c });
            if is_escaped && joined.pop().is_some() {
                joined.push(CONTINUED);
            }
            joined.push(if written == '\n' { c } else { written });
        }
        if outside && !self.is_inside() && ends_with_block(line) {
            self.block = Some(column_of_holder(line));
            self.last = '\n';
        }
    }

    fn next(&mut self, c: char) -> char {
        let (was, closed) = (self.within, self.closed);
        self.closed = Some(c).filter(|c| was == Within::Quotes(*c, false));
        self.within = match was {
            Within::Nothing if closed == Some('\'') && c == '\'' => Within::Quotes(c, false),
            // Behind a value PyYAML wants no blank before it.
            Within::Nothing if c == '#' && (closed.is_some() || self.depth > 0 && ",[]{}".contains(self.before)) => {
                Within::Comment(true)
            }
            Within::Nothing => self.entered(c),
            Within::Comment(_) if c == '\n' => Within::Nothing,
            Within::Quotes(kind, true) => Within::Quotes(kind, false),
            Within::Quotes('"', false) if c == '\\' => Within::Quotes('"', true),
            Within::Quotes(kind, false) if c == kind => Within::Nothing,
            within => within,
        };
        if self.before.is_whitespace() && !c.is_whitespace() {
            self.word = c;
        }
        self.before = c;
        if !c.is_whitespace() && !matches!(self.within, Within::Comment(_)) {
            self.last = c;
        }
        match (c, self.within) {
            ('\n', Within::Quotes(..)) => BREAK,
            // Our parser takes a byte-order mark nowhere.
            ('\r', Within::Quotes(..)) | ('\u{feff}', Within::Comment(_)) | (_, Within::Comment(true)) => ' ',
            (_, Within::Comment(_)) | ('\n' | '\r', _) if self.depth > 0 => ' ',
            _ => c,
        }
    }

    /// Whether a value may begin here, behind its anchor and its tag, and not in the middle of a word.
    fn is_value(&self) -> bool {
        ":-?,[{\n".contains(self.last) || "&!".contains(self.word)
    }

    /// What begins with a character that stands in nothing yet.
    fn entered(&mut self, c: char) -> Within {
        let is_first = self.before.is_whitespace() || self.depth > 0 && ",[]{}:".contains(self.before);
        match c {
            '#' if self.before.is_whitespace() => return Within::Comment(false),
            '"' | '\'' if is_first && self.is_value() => return Within::Quotes(c, false),
            '[' | '{' if is_first && self.is_value() => self.depth += 1,
            ']' | '}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        Within::Nothing
    }
}

/// Whether the lines below are a block of text: the line ends with `|` or `>`, its indentation and its end, and a comment.
fn ends_with_block(line: &str) -> bool {
    let line = line.split(" #").next().unwrap_or_default().trim_end();
    let head = line.trim_end_matches(|c: char| c.is_ascii_digit() || "+-".contains(c));
    let holder = head.strip_suffix(['|', '>']).unwrap_or_default();
    let before = holder.trim_end().rsplit(' ').find(|word| !word.starts_with(['&', '!'])).unwrap_or_default();
    holder.ends_with(' ') && before.ends_with([':', '-', '?'])
}

/// The column of the key, or of the last dash, that a block belongs to.
fn column_of_holder(line: &str) -> usize {
    let mut column = line.len() - line.trim_start_matches(' ').len();
    while let Some(rest) = line.get(column..).and_then(|rest| rest.strip_prefix("- ")) {
        let inner = line.len() - rest.trim_start_matches(' ').len();
        if rest.trim_start().starts_with(['|', '>', '&', '!']) {
            break;
        }
        column = inner;
    }
    column
}
