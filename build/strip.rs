//! Python source without what the machine does not need: comments, docstrings, blank lines, wide indentation.
//!
//! Only for the handlers of this project, which keep to a few rules (no tabs, no continuation lines, no semicolons, triple
//! quotes only for docstrings). A test proves with Python's own `ast` that the result is the same program.

/// The source without comments, docstrings and blank lines, indented by one space a level.
pub fn stripped(source: &str) -> String {
    let mut out = String::with_capacity(source.len() / 2);
    let mut lines = source.lines();
    let mut open = 0;
    // The level of a docstring that may have been all there was of a body.
    let mut docstring = None;
    while let Some(line) = lines.next() {
        let code = without_comment(line);
        let text = code.trim();
        // Inside brackets indentation means nothing.
        let levels = if open > 0 { 0 } else { (code.len() - code.trim_start().len()) / 4 };
        if open == 0 && text.starts_with("\"\"\"") {
            skip_docstring(text, &mut lines);
            docstring = Some(levels).filter(|levels| *levels > 0);
            continue;
        }
        if text.is_empty() {
            continue;
        }
        if let Some(body) = docstring.take().filter(|body| levels < *body) {
            push(&mut out, body, "pass");
        }
        push(&mut out, levels, text);
        open += balance(text);
    }
    docstring.into_iter().for_each(|body| push(&mut out, body, "pass"));
    out
}

fn push(out: &mut String, levels: usize, text: &str) {
    out.extend(std::iter::repeat_n(' ', levels));
    out.push_str(text);
    out.push('\n');
}

fn skip_docstring<'a>(first: &str, lines: &mut impl Iterator<Item = &'a str>) {
    let closes = |text: &str| text.ends_with("\"\"\"");
    if !(first.len() >= 6 && closes(first)) {
        lines.by_ref().find(|line| closes(line.trim_end()));
    }
}

fn without_comment(line: &str) -> &str {
    let at = outside_strings(line).find(|(_, c)| *c == '#').map(|(at, _)| at);
    at.and_then(|at| line.get(..at)).unwrap_or(line).trim_end()
}

fn balance(line: &str) -> i32 {
    outside_strings(line).fold(0, |open, (_, c)| match c {
        '(' | '[' | '{' => open + 1,
        ')' | ']' | '}' => open - 1,
        _ => open,
    })
}

/// The characters of a line that are not inside a string.
fn outside_strings(line: &str) -> impl Iterator<Item = (usize, char)> + '_ {
    let mut quote = None;
    let mut escaped = false;
    line.char_indices().filter(move |(_, c)| match (quote, *c) {
        (Some(_), _) if escaped => {
            escaped = false;
            false
        }
        (Some(_), '\\') => {
            escaped = true;
            false
        }
        (Some(open), c) => {
            if c == open {
                quote = None;
            }
            false
        }
        (None, '"' | '\'') => {
            quote = Some(*c);
            false
        }
        (None, _) => true,
    })
}
