//! Who may know whom: every path in the sources, however it is written, leads down.

use std::path::Path;

/// From the ground up. A path leads to its own room or to one above it in this list; of the desk each room has its own place.
/// What stands at the root for users of the library (`crate::Report`) is no room.
const ROOMS: [&str; 26] = [
    "language",
    "error",
    "blocks",
    "context",
    "wire",
    "targets",
    "emit",
    "compiler",
    "desk::shown",
    "desk::types",
    "desk::runner",
    "desk::process",
    "desk::opening",
    "desk::takers",
    "desk::diagnostics",
    "desk::check",
    "catalog",
    "desk::anatomy",
    "desk::summary",
    "desk::inspect",
    "desk::diff",
    "desk::simulate",
    "desk::explain",
    "desk::starters",
    "desk",
    "cli",
];

/// The room of a module or of anything in it; its name where it is none.
fn room(path: &[String]) -> Result<usize, String> {
    let name = match path {
        [desk, room, ..] if desk == "desk" => format!("{desk}::{room}"),
        [first, ..] => first.clone(),
        [] => String::new(),
    };
    ROOMS.iter().position(|room| *room == name).ok_or(name)
}

/// The words and signs of a text, without comments and what is in quotes.
fn tokens(text: &str) -> Vec<String> {
    let (mut tokens, mut rest) = (Vec::new(), text);
    let word = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' => quoted(rest),
            'r' if rest.starts_with("r\"") || rest.starts_with("r#") => raw(rest),
            '\'' => character(rest),
            _ if word(c) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            _ => c.len_utf8(),
        };
        let (token, after) = rest.split_at(skipped);
        if word(c) && !token.contains('"') || "{}(),;*".contains(c) || token == "::" {
            tokens.push(token.to_owned());
        }
        rest = after;
    }
    tokens
}

/// The length of a text in quotes.
fn quoted(text: &str) -> usize {
    let mut bytes = text.bytes().enumerate().skip(1);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return at + 1,
            b'\\' => _ = bytes.next(),
            _ => {}
        }
    }
    text.len()
}

/// `r"..."`, `r#"..."#`.
fn raw(text: &str) -> usize {
    let marks = text[1..].len() - text[1..].trim_start_matches('#').len();
    let (begin, end) = (marks + 2, format!("\"{}", "#".repeat(marks)));
    match text[marks + 1..].starts_with('"') {
        true => text[begin..].find(&end).map_or(text.len(), |at| begin + at + end.len()),
        false => 1,
    }
}

/// `'a'`, `'\n'`, or the mark of a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((at, _))) => text[at + 1..].find('\'').map_or(1, |end| at + end + 2),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

/// What the paths of a text that begin with `crate`, `super` or `self` lead to, from the root on. `module`: where the text stands.
fn paths(text: &str, module: &[String]) -> Vec<Vec<String>> {
    let tokens = tokens(text);
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token == word);
    let (mut found, mut here, mut depth, mut opened) = (Vec::new(), module.to_vec(), 0, Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        let mut next = at + 1;
        match tokens[at].as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                if opened.last() == Some(&depth) {
                    opened.pop();
                    here.pop();
                }
            }
            "mod" if is(at + 2, "{") => {
                opened.push(depth);
                here.push(tokens[at + 1].clone());
            }
            // Within a path, and in `pub(in crate::desk)`, it is no beginning.
            "crate" | "super" | "self" if is(at + 1, "::") && (at == 0 || !is(at - 1, "::") && !is(at - 1, "in")) => {
                next = at;
                branch(&tokens, &mut next, Vec::new(), &here, &mut found);
            }
            _ => {}
        }
        at = next;
    }
    found
}

/// One path, or those of a group: `a::{b, c::d}`.
fn branch(tokens: &[String], at: &mut usize, mut path: Vec<String>, here: &[String], found: &mut Vec<Vec<String>>) {
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| token == word);
    let mut is_first = path.is_empty();
    while let Some(token) = tokens.get(*at) {
        match token.as_str() {
            "{" => {
                while !is(*at, "}") {
                    *at += 1;
                    branch(tokens, at, path.clone(), here, found);
                }
                *at += 1;
                return;
            }
            "crate" => {}
            "self" if is_first => path = here.to_vec(),
            "self" | "*" => {}
            "super" => {
                if is_first {
                    path = here.to_vec();
                }
                path.pop();
            }
            _ => path.push(token.clone()),
        }
        is_first = false;
        *at += 1;
        if !is(*at, "::") {
            break;
        }
        *at += 1;
    }
    // Whatever a name is given instead is no more of it.
    while *at < tokens.len() && !is(*at, ",") && !is(*at, "}") && is(*at, "as") {
        *at += 2;
    }
    found.push(path);
}

/// Every source with its module, from the root on.
fn sources() -> Vec<(Vec<String>, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut sources) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let below = path.strip_prefix(&root).unwrap().with_extension("");
            let mut module: Vec<String> = below.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            if ["mod", "lib", "main"].contains(&module.last().unwrap().as_str()) {
                module.pop();
            }
            sources.push((module, std::fs::read_to_string(&path).unwrap()));
        }
    }
    sources
}

/// A wall that the compiler does not build.
#[test]
fn rooms_know_only_those_below_them() {
    let (mut faults, mut seen) = (Vec::new(), 0);
    for (module, text) in sources() {
        // What is at the root hands on what is in all rooms.
        if module.is_empty() {
            continue;
        }
        let own = room(&module).unwrap_or_else(|name| panic!("the room `{name}` is not in the list"));
        for path in paths(&text, &module) {
            seen += 1;
            match room(&path) {
                Ok(other) if other <= own => {}
                Ok(other) => faults.push(format!("{} knows {}", module.join("::"), ROOMS[other])),
                Err(_) => faults.push(format!("{}: `crate::{}` leads to no room", module.join("::"), path.join("::"))),
            }
        }
    }
    assert!(seen > 1000, "{seen} paths");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_path_is_seen_however_it_is_written() {
    let module = ["desk", "check", "parts"].map(str::to_owned);
    let text = r##"
        use super::{super::anatomy::{self, walk as w}, names::*};
        // use crate::cli::no;
        pub(in crate::desk) fn f(c: char) -> bool { c == '"' || super::super::diff::is(c, "crate::cli", r#"crate::"cli"#) }
        mod tests { use super::*; fn g<'a>(_: &'a str) { super::super::seed::check(); crate::targets::X } }
        fn h() { self::i() }
    "##;
    let found: Vec<String> = paths(text, &module).iter().map(|path| path.join("::")).collect();
    let wanted = [
        "desk::anatomy",
        "desk::anatomy::walk",
        "desk::check::names",
        "desk::diff::is",
        "desk::check::parts",
        "desk::check::seed::check",
        "targets::X",
        "desk::check::parts::i",
    ];
    assert_eq!(found, wanted);
}
