//! Ways in which people break a context, each at every line that has a part of its secret. The same ones at every run.

use super::canaries::{Canary, base64, json, percent};

/// A line as it may be changed: what stands before the value, and the value.
struct Line<'t> {
    indent: &'t str,
    /// With the colon or dash, and the space after it.
    key: &'t str,
    value: &'t str,
}

impl<'t> Line<'t> {
    fn new(line: &'t str) -> Self {
        let start = line.len() - line.trim_start().len();
        let (indent, rest) = line.split_at(start);
        let end = rest.find(": ").map(|at| at + 2).or_else(|| rest.starts_with("- ").then_some(2)).unwrap_or(0);
        let (key, value) = rest.split_at(end);
        Self { indent, key, value }
    }

    fn with(&self, key: &str, value: &str) -> String {
        format!("{}{key}{value}", self.indent)
    }

    fn name(&self) -> &str {
        self.key.trim_end_matches([':', ' '])
    }
}

/// Every mutation of a context, with what it is.
pub fn all(canary: &Canary) -> Vec<(String, String)> {
    let lines: Vec<&str> = canary.context.lines().collect();
    let mut made: Vec<(String, String)> = whole(canary);
    let secret: Vec<bool> = lines.iter().map(|line| canary.found(line.as_bytes()).is_some()).collect();
    for (number, line) in lines.iter().enumerate() {
        // Of a secret of many lines, the first and the last.
        let inner = secret[number] && number > 0 && secret[number - 1] && secret.get(number + 1) == Some(&true);
        for (what, changed) in if inner { Vec::new() } else { of_line(line, canary, secret[number]) } {
            made.push((format!("{what} in line {}", number + 1), joined(&lines, number, &changed)));
        }
    }
    made
}

fn joined(lines: &[&str], number: usize, changed: &str) -> String {
    let line = |at: usize, line: &&str| format!("{}\n", if at == number { changed } else { line });
    lines.iter().enumerate().map(|(at, text)| line(at, text)).collect()
}

fn of_line(line: &str, canary: &Canary, secret: bool) -> Vec<(&'static str, String)> {
    let line = &Line::new(line);
    let mut made = indented(line);
    // Where only the name says that it is a secret, another name says something else.
    let known_by_name = !canary.name.contains('.') && secret;
    made.extend(renamed(line).into_iter().filter(|(what, _)| !(known_by_name && *what == "another name")));
    made.extend(marked(line));
    if secret {
        made.extend(retyped(line).into_iter().filter(|(what, _)| !(known_by_name && what.contains("in place of"))));
        made.extend(cut(line));
        made.extend(encoded(line, canary));
    }
    made
}

fn indented(line: &Line) -> Vec<(&'static str, String)> {
    let Line { indent, key, value } = line;
    let less = indent.get(1..).unwrap_or_default();
    let two_less = indent.get(2..).unwrap_or_default();
    vec![
        ("one more space", format!(" {indent}{key}{value}")),
        ("two more spaces", format!("  {indent}{key}{value}")),
        ("one space less", format!("{less}{key}{value}")),
        ("two spaces less", format!("{two_less}{key}{value}")),
        ("no space", format!("{key}{value}")),
        ("a tab before", format!("\t{key}{value}")),
        ("a tab after spaces", format!("{indent}\t{key}{value}")),
        ("a tab after the key", format!("{indent}{}\t{value}", key.trim_end())),
        ("a list", format!("{indent}- {key}{value}")),
        ("twice", format!("{indent}{key}{value}\n{indent}{key}{value}")),
        ("a comment", format!("{indent}# {key}{value}")),
    ]
}

fn renamed(line: &Line) -> Vec<(&'static str, String)> {
    let name = line.name();
    if name.len() < 3 || !line.key.contains(':') {
        return Vec::new();
    }
    let middle: String = name.chars().take(1).chain(name.chars().skip(2)).collect();
    let renamed = |name: &str| line.with(&format!("{name}: "), line.value);
    vec![
        ("a letter less at the end", renamed(&name[..name.len() - 1])),
        ("a letter less inside", renamed(&middle)),
        ("a letter more", renamed(&format!("{name}x"))),
        ("a capital", renamed(&format!("{}{}", name[..1].to_uppercase(), &name[1..]))),
        ("capitals", renamed(&name.to_uppercase())),
        ("another name", renamed("frobnicate")),
        ("quotes around the key", renamed(&format!("\"{name}\""))),
        ("no space after the colon", line.with(&format!("{name}:"), line.value)),
        ("no colon", line.with(&format!("{name} "), line.value)),
        ("an equals sign", line.with(&format!("{name} = "), line.value)),
        ("two colons", line.with(&format!("{name}:: "), line.value)),
        ("a map below an unknown key", line.with(&format!("{name}: {{frobnicate: "), &format!("{}}}", line.value))),
    ]
}

fn marked(line: &Line) -> Vec<(&'static str, String)> {
    let before = |mark: &str| line.with(line.key, &format!("{mark}{}", line.value));
    let after = |mark: &str| line.with(line.key, &format!("{}{mark}", line.value));
    vec![
        ("a quote left open", before("\"")),
        ("an apostrophe left open", before("'")),
        ("a quote at the end", after("\"")),
        ("an anchor", before("&anchor ")),
        ("an alias", before("*")),
        ("a tag", before("!!int ")),
        ("a tag of binary", before("!!binary ")),
        ("an unknown tag", before("!secret ")),
        ("an at sign", before("@")),
        ("a backquote", before("`")),
        ("a percent sign", before("%")),
        ("a bar", before("| ")),
        ("a question mark", before("? ")),
        ("a list in brackets", format!("{}]", before("["))),
        ("a bracket left open", before("[")),
        ("a brace left open", before("{")),
        ("a brace too many", after("}")),
        ("a comment after it", after(" # and so on")),
        ("a colon after it", after(": ")),
        ("a document after it", after("\n---")),
        ("a control character", after("\u{7}")),
        ("a placeholder", before("{{ frobnicate }}")),
        ("an open placeholder", before("\"{{")),
    ]
}

fn retyped(line: &Line) -> Vec<(&'static str, String)> {
    let value = line.value.trim_matches(['"', '\'']);
    let set = |text: String| line.with(line.key, &text);
    vec![
        ("a map", set(format!("{{frobnicate: {value}}}"))),
        ("a map of a list", set(format!("{{value: [{value}]}}"))),
        ("lists in lists", set(format!("[[[{value}]]]"))),
        ("a list below", set(format!("\n{}  - {value}", line.indent))),
        ("a map below", set(format!("\n{}  frobnicate: {value}", line.indent))),
        ("a command", set(format!("{{command: [no-such-program, {value}]}}"))),
        ("a command in one word", set(format!("{{command: {value}}}"))),
        ("an anchor that is used", set(format!("&a {value}\nx-other: *a\nversion: *a"))),
        ("the value in place of a map", format!("{}{value}", line.indent)),
        ("the value as a version", format!("{}{}{value}\nversion: {value}", line.indent, line.key)),
        ("the value as a target", format!("{}{}{value}\ntarget: {value}", line.indent, line.key)),
        ("the value as a share", format!("{}{}{value}\nlocalfs: {{parts: {{home: {value}}}}}", line.indent, line.key)),
        ("the value as a name", format!("{}{}{value}\nlocalfs: {{parts: {{{value}: 101}}}}", line.indent, line.key)),
        ("the value as a top key", format!("{}{}{value}\n{value}: 1", line.indent, line.key)),
        ("the value in an unknown key", format!("{}{}{value}\nfrobnicate: {value}", line.indent, line.key)),
        ("glued", set(format!("{value}{value}"))),
        ("glued to words", set(format!("before {value}after"))),
    ]
}

fn cut(line: &Line) -> Vec<(&'static str, String)> {
    let places = (1..4).map(|quarter| line.value.len() * quarter / 4).filter(|at| line.value.is_char_boundary(*at));
    let mut made = Vec::new();
    for at in places {
        let (first, rest) = line.value.split_at(at);
        made.push(("cut by a line end", line.with(line.key, &format!("{first}\n{rest}"))));
        made.push(("cut by an indented line", line.with(line.key, &format!("{first}\n{}{rest}", line.indent))));
        made.push(("cut by a quote", line.with(line.key, &format!("\"{first}\"{rest}"))));
        made.push(("cut by a colon", line.with(line.key, &format!("{first}: {rest}"))));
        made.push(("cut by a space and brackets", line.with(line.key, &format!("[{first}] {rest}"))));
    }
    made
}

/// The secret alone: what is around it still says what it is.
fn encoded(line: &Line, canary: &Canary) -> Vec<(&'static str, String)> {
    let secret = canary.secret.lines().find(|part| line.value.contains(part)).unwrap_or(line.value);
    let forms = [base64(secret), percent(secret), json(secret)].map(|form| line.value.replace(secret, &form));
    let quoted =
        |form: &String| if form.contains('\\') && !form.contains('"') { format!("\"{form}\"") } else { form.clone() };
    let forms = forms.iter().map(quoted);
    forms
        .flat_map(|form| {
            [
                ("another form", line.with(line.key, &form)),
                ("another form in a list", line.with(line.key, &format!("[{form}]"))),
            ]
        })
        .collect()
}

/// Of the text as a whole.
fn whole(canary: &Canary) -> Vec<(String, String)> {
    let text = &canary.context;
    let mut made = vec![
        ("CRLF".to_owned(), text.replace('\n', "\r\n") + "frobnicate: 1\r\n"),
        ("CR".to_owned(), text.replace('\n', "\r")),
        ("a byte order mark".to_owned(), format!("\u{feff}{text}frobnicate: 1\n")),
        ("a mark of UTF-16 read as text".to_owned(), format!("\u{fffd}\u{fffd}{text}")),
        ("no indentation".to_owned(), text.lines().map(|line| format!("{}\n", line.trim_start())).collect()),
        ("all on one line".to_owned(), text.replace('\n', " ")),
        ("tabs".to_owned(), text.replace("  ", "\t")),
        ("a second document".to_owned(), format!("{text}---\n{text}")),
        ("twice".to_owned(), format!("{text}{text}")),
        ("a cloud-config".to_owned(), format!("#cloud-config\n{text}frobnicate: 1\n")),
        ("an unknown key after it".to_owned(), format!("{text}frobnicate: 1\n")),
        ("a bracket after it".to_owned(), format!("{text}]\n")),
        ("quotes around all".to_owned(), format!("\"{text}\"")),
        ("a list of all".to_owned(), text.lines().map(|line| format!("- {line}\n")).collect()),
        ("below an unknown key".to_owned(), indented_text("frobnicate:", text)),
        ("below a key of cloud-init".to_owned(), indented_text("runcmd:", text)),
        ("below a block".to_owned(), indented_text("localfs:", text)),
    ];
    made.extend((1..8).map(|eighth| ("cut short".to_owned(), cut_at(text, text.len() * eighth / 8))));
    made
}

fn indented_text(key: &str, text: &str) -> String {
    format!("{key}\n") + &text.lines().map(|line| format!("  {line}\n")).collect::<String>()
}

fn cut_at(text: &str, at: usize) -> String {
    format!("{}\n  ]: [\n", text.get(..at).unwrap_or_default())
}
