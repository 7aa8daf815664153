//! What to type in place of text that is not YAML.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::fix::Fix;
use crate::language::placeholder::is_name;
use crate::language::source::{Source, Span};

pub(super) const SYNTAX: Code = Code::new(
    "yaml/syntax",
    "The text is not YAML, so nothing after this place can be read. The slip itself may be a few lines above it.",
);
pub(super) const TAB: Code = Code::new("yaml/tab", "YAML does not allow tabs where it expects indentation.");
pub(super) const PLACEHOLDER_UNQUOTED: Code = Code::new(
    "placeholder/unquoted",
    "YAML reads a `{{` that is not in quotes as the start of a map, so a value with a placeholder is written in quotes.",
);

/// A fault of the scanner at a byte, in the scanner's words, with what a person most likely did.
pub(super) fn on_syntax(source: &Source, at: usize, info: &str) -> Diagnostic {
    let (number, _) = source.line_column(at);
    if let Some((place, line)) = tab_near(source, number) {
        let fault = Diagnostic::error(TAB, place, "a tab stands where YAML wants spaces");
        return fault.help(format!("write `{}`", line.replace('\t', "  ").trim_end()));
    }
    let line = source.line(number);
    let at = at.min(source.text().len());
    let next = source.text().get(at..).and_then(|rest| rest.chars().next());
    let span = Span::new(at, at + next.map_or(0, char::len_utf8));
    if line.split_once("{{").is_some_and(|(before, _)| !before.contains(['"', '\''])) {
        return unquoted(source, span, line);
    }
    let above = source.line(number.saturating_sub(1).max(1));
    let help = no_escape(source, at, info)
        .or_else(|| unclosed(info))
        .or_else(|| [line, above].into_iter().find_map(missing_space))
        .or_else(|| needs_quotes(line))
        .or_else(|| quotes_inside(line));
    let help = help.or_else(|| unknown_anchor(line, info)).or_else(|| too_deep(line, above, info));
    Diagnostic::error(SYNTAX, span, format!("this is not YAML: {info}"))
        .help(help.unwrap_or_else(|| "look for a missing quote, bracket or colon here or just above".into()))
}

/// The scanner notices a tab late or early: it is looked for in the line of the fault and in its neighbours.
fn tab_near(source: &Source, line: usize) -> Option<(Span, &str)> {
    [line, line.saturating_sub(1), line + 1].into_iter().filter(|line| *line > 0).find_map(|number| {
        let text = source.line(number);
        let indent = text.len() - text.trim_start_matches([' ', '\t', '-']).len();
        let at = text.get(..indent)?.find('\t')?;
        let start = start_of(source, text);
        Some((Span::new(start + at, start + at + 1), text))
    })
}

/// `"\d"`: the first backslash of a quoted text that begins no escape of YAML. The scanner names the quote.
fn no_escape(source: &Source, at: usize, info: &str) -> Option<String> {
    let mut rest = source.text().get(at..).filter(|_| info.contains("unknown escape"))?;
    loop {
        let escaped = rest.split_once('\\')?.1;
        let letter = escaped.chars().next()?;
        if !letter.is_whitespace() && !r#"0abtnvfre"/\N_LPxuU"#.contains(letter) {
            let write = format!("write the text in single quotes, or `\\\\{letter}`");
            return Some(format!("`\\{letter}` is no escape in double quotes: {write}"));
        }
        rest = escaped.get(letter.len_utf8()..)?;
    }
}

/// A bracket that is still open where the next key stands, or the end of the file.
fn unclosed(info: &str) -> Option<String> {
    let open = ["flow construct", "while parsing a flow"].iter().any(|words| info.contains(words));
    open.then(|| "close the `{` or `[` that is open here or in a line above, or put a comma between its entries".into())
}

/// `home:50` is one word to YAML.
fn missing_space(line: &str) -> Option<String> {
    let (key, value) = line.trim().split_once(':')?;
    let word = value.starts_with(|c: char| c.is_alphanumeric())
        && !value.contains(": ")
        && value.matches('"').count() % 2 == 0
        && !key.contains([' ', '/', '"', '\'']);
    word.then(|| format!("a space is missing: write `{key}: {value}`"))
}

/// A colon inside the value, or a first character that YAML keeps for itself.
fn needs_quotes(line: &str) -> Option<String> {
    let (key, value) = line.trim().split_once(": ")?;
    let taken = value.contains(": ") || value.starts_with(['@', '`', '%']);
    (taken && !value.contains(['"', '\'', '{', '['])).then(|| format!("write `{key}: \"{}\"`", value.trim()))
}

/// `command: curl -H "Accept: text/plain" ADDRESS`: quotes that do not begin the value do not hold its colon.
fn quotes_inside(line: &str) -> Option<String> {
    let inside = line.match_indices(['"', '\'']).find(|(at, _)| {
        let before = line.get(..*at).unwrap_or_default();
        before.ends_with(|c: char| c.is_whitespace() || c == '=')
            && !before.trim_end().ends_with([':', ',', '[', '{', '-'])
    });
    let colon = inside.is_some_and(|(at, _)| line.get(at..).is_some_and(|rest| rest.contains(": ")));
    colon.then(|| "text with `: ` in it goes as a whole into quotes, or into the lines below a `|`".into())
}

/// `disk: /dev/vdb`, and the next key further to the right: the most common slip of all.
fn too_deep(line: &str, above: &str, info: &str) -> Option<String> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let complete = above.split_once(": ").is_some_and(|(_, value)| !value.trim().is_empty());
    let deeper = info.contains("mapping values") && complete && indent(line) > indent(above);
    deeper.then(|| format!("write `{}` as far to the left as the line above", line.trim()))
}

fn unknown_anchor(line: &str, info: &str) -> Option<String> {
    let name = line.split('*').nth(1)?.split([' ', ',', ']', '}']).next()?;
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    info.contains("anchor").then(|| match plain && !name.is_empty() {
        true => format!("write `&{name}` where the value stands first"),
        false => format!("put it in quotes: `\"*{name}\"`"),
    })
}

/// A placeholder without quotes, with the line to write instead.
pub(super) fn unquoted(source: &Source, span: Span, line: &str) -> Diagnostic {
    if source.text().trim_start().starts_with("#cloud-config") {
        // In quotes it would be taken literally.
        return Diagnostic::error(PLACEHOLDER_UNQUOTED, span, "cloud-init fills a placeholder in only in a template")
            .help("write `## template: jinja` as the first line, before `#cloud-config`")
            .help("was it for the tool that hands the file over? judge the file that it makes");
    }
    let fault = Diagnostic::error(PLACEHOLDER_UNQUOTED, span, "a placeholder is not in quotes").help(quoted(line));
    fault.fix(in_quotes(source, line))
}

/// A value that is a placeholder and nothing else, and ends with its line: no other end of it can be meant.
fn in_quotes(source: &Source, line: &str) -> Option<Fix> {
    let (before, rest) = line.split_once("{{")?;
    let (inside, after) = rest.split_once("}}")?;
    let value = line.get(before.len()..line.len() - after.len())?;
    let opens = before.ends_with([' ', '\t']) && before.trim_end().ends_with([':', '-']);
    let ends = after.trim().is_empty() || after.trim_start().starts_with('#') && after.starts_with(' ');
    let start = start_of(source, line) + before.len();
    let fix = Fix::quotes(Span::new(start, start + value.len()), value);
    fix.filter(|_| opens && ends && is_name(inside.trim()) && !before.contains(['{', '[', '"', '\'']))
}

/// Where a line of a source begins in it.
fn start_of(source: &Source, line: &str) -> usize {
    line.as_ptr() as usize - source.text().as_ptr() as usize
}

fn quoted(line: &str) -> String {
    let line = line.split(" #").next().unwrap_or(line).trim();
    let after = line.split_once("}}").map(|(_, after)| after).unwrap_or_default();
    let split = line.split_once(": ").or_else(|| line.strip_prefix("- ").map(|value| ("-", value)));
    match split {
        _ if line.starts_with("{{") && (after == ":" || after.starts_with(": ")) => {
            "write the key out: a placeholder stands only in a value".into()
        }
        // Inside brackets the value does not end with the line.
        Some((_, value)) if value.starts_with('[') || (value.starts_with('{') && !value.starts_with("{{")) => {
            in_brackets(line)
        }
        Some(("-", value)) => format!("write `- \"{value}\"`"),
        Some((key, value)) => format!("write `{key}: \"{value}\"`"),
        None => in_brackets(line),
    }
}

fn in_brackets(line: &str) -> String {
    let inside =
        line.split_once("{{").and_then(|(_, rest)| rest.split_once("}}")).map_or("name", |(inside, _)| inside.trim());
    format!("write `\"{{{{ {inside} }}}}\"`, with the quotes around the whole value")
}
