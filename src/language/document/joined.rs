//! Brackets and quotes over several lines, as YAML 1.1 lets them be: their lines are indented as one likes. YAML 1.2 wants them deeper than what
//! they are in, and our parser with it; cloud-init's reader does not (`yaml/scanner.py`).

/// The text with what stands in brackets or quotes in one line, every character at its place: line breaks, and comments in brackets, are blanks.
/// `None` where nothing is to be joined.
pub(super) fn joined(text: &str) -> Option<String> {
    let mut joiner = Joiner { depth: 0, within: Within::Nothing, before: '\n', last: '\n', word: '\n' };
    let joined: String = text.chars().map(|c| joiner.next(c)).collect();
    (joined != text).then_some(joined)
}

#[derive(Clone, Copy, PartialEq)]
enum Within {
    Nothing,
    Comment,
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
}

impl Joiner {
    fn next(&mut self, c: char) -> char {
        self.within = match self.within {
            Within::Nothing => self.entered(c),
            Within::Comment if c == '\n' => Within::Nothing,
            Within::Quotes(kind, true) => Within::Quotes(kind, false),
            Within::Quotes('"', false) if c == '\\' => Within::Quotes('"', true),
            Within::Quotes(kind, false) if c == kind => Within::Nothing,
            within => within,
        };
        if self.before.is_whitespace() && !c.is_whitespace() {
            self.word = c;
        }
        self.before = c;
        if !c.is_whitespace() && self.within != Within::Comment {
            self.last = c;
        }
        let is_inside = self.depth > 0 || matches!(self.within, Within::Quotes(..));
        let is_gone = matches!(c, '\n' | '\r') || self.within == Within::Comment;
        if is_inside && is_gone { ' ' } else { c }
    }

    /// Whether a value may begin here, behind its anchor and its tag.
    fn is_value(&self) -> bool {
        self.depth > 0 || ":-?,\n".contains(self.last) || "&!".contains(self.word)
    }

    /// What begins with a character that stands in nothing yet.
    fn entered(&mut self, c: char) -> Within {
        let is_first = self.before.is_whitespace() || self.depth > 0 && ",[]{}:".contains(self.before);
        match c {
            '#' if self.before.is_whitespace() => return Within::Comment,
            '"' | '\'' if is_first || self.before == c => return Within::Quotes(c, false),
            '[' | '{' if is_first && self.is_value() => self.depth += 1,
            ']' | '}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        Within::Nothing
    }
}
