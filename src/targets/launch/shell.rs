//! Command lines for a POSIX shell. Each value is one word, or part of one, whatever it holds.

use super::order::Request;
use super::template::{Dialect, Template};
use super::{Draft, Target, vagrant};
use crate::language::shell::quote;

/// More machines than these are a loop.
const LINES: u32 = 3;

/// Which of several machines a line is for.
#[derive(Clone, Copy)]
enum Which {
    /// The only one, or all at once.
    All,
    /// One of them.
    Number(u32),
    /// The one whose number the shell has.
    Loop,
}

struct Shell<'a> {
    target: &'a Target,
    which: Which,
}

pub(super) fn draft(target: &Target, request: &Request) -> Result<Draft, String> {
    let launch = &target.launch;
    let lines: Vec<Template<'_>> = launch.shell.iter().map(|line| Template::parse(line)).collect();
    let ruby: Vec<Template<'_>> = launch.vagrantfile.iter().map(|line| Template::parse(line)).collect();
    let places: Vec<&str> = lines.iter().chain(&ruby).flat_map(Template::places).collect();
    let named = ["name", "names", "numbered"].iter().any(|place| places.contains(place));
    let used: Vec<&str> = places.iter().copied().chain(named.then_some("name")).collect();
    request.all_used(&format!("the command line of {}", target.name), &used)?;
    let all_at_once = ["count", "names"].iter().any(|place| places.contains(place));
    let mut text = vagrant::here_document(&ruby, request)?;
    text += &match (request.several(), all_at_once) {
        (false, _) | (_, true) => lines_of(&lines, target, request, Which::All)?,
        _ if !named => return Err(format!("`--count` has no place with {}: one command is one machine", target.name)),
        _ => repeated(&lines, target, request)?,
    };
    let missing = lines.iter().chain(&ruby).flat_map(|line| line.missing(request)).map(variable);
    let mut missing: Vec<String> = missing.collect();
    missing.sort();
    Ok(Draft { text, missing })
}

fn repeated(lines: &[Template<'_>], target: &Target, request: &Request) -> Result<String, String> {
    if request.count <= LINES {
        return (1..=request.count).map(|number| lines_of(lines, target, request, Which::Number(number))).collect();
    }
    let body = lines_of(lines, target, request, Which::Loop)?;
    // A value may hold line breaks, so lines are not moved to the right.
    // The loop ends with the first failure, and with its own exit code then.
    let most = request.count;
    Ok(format!(
        "number=1\nwhile [ \"$number\" -le {most} ]; do\n{{\n{body}}} || break\nnumber=$((number + 1))\ndone\n[ \"$number\" -gt {most} ]\n"
    ))
}

fn lines_of(lines: &[Template<'_>], target: &Target, request: &Request, which: Which) -> Result<String, String> {
    let shell = Shell { target, which };
    let filled = lines.iter().map(|line| line.fill(request, &shell));
    let filled: Vec<Option<String>> = filled.collect::<Result<_, _>>()?;
    Ok(filled.into_iter().flatten().map(|line| line + "\n").collect())
}

/// The variable of the shell that gives what no option gave.
fn variable(place: &str) -> String {
    place.to_ascii_uppercase().replace('-', "_")
}

impl Shell<'_> {
    fn name(&self, request: &Request) -> Result<String, String> {
        let name = request.name();
        match self.which {
            Which::All => self.value("name", name),
            Which::Number(number) => self.value("name", &format!("{name}-{number}")),
            Which::Loop => Ok(self.value("name", &format!("{name}-"))? + "\"$number\""),
        }
    }

    fn names(&self, request: &Request) -> Result<String, String> {
        if !request.several() {
            return self.value("name", request.name());
        }
        let names = (1..=request.count).map(|number| self.value("name", &format!("{}-{number}", request.name())));
        Ok(names.collect::<Result<Vec<_>, _>>()?.join(" "))
    }
}

impl Dialect for Shell<'_> {
    fn value(&self, place: &str, value: &str) -> Result<String, String> {
        for refused in self.target.launch.refused.iter().filter(|refused| refused.places.contains(&place)) {
            if let Some(found) = value.chars().find(|c| refused.characters.contains(*c)) {
                let option = if place == "path" { "user-data" } else { place };
                let found = if found.is_control() { found.escape_default().to_string() } else { found.to_string() };
                return Err(format!("`--{option}` holds `{found}`: {}", refused.because));
            }
        }
        let expands = self.target.launch.expands.iter().filter(|_| place != "path");
        match expands.copied().find(|begin| value.starts_with(begin)) {
            Some(begin) => {
                Err(format!("`--{place}` begins with `{begin}`: the tool would read what lies there in its place"))
            }
            None => Ok(quote(value)),
        }
    }

    fn missing(&self, place: &str) -> String {
        let words = place.replace('_', " ");
        format!("\"${{{}:?the {words}}}\"", variable(place))
    }

    fn special(&self, place: &str, request: &Request) -> Option<Result<String, String>> {
        match place {
            "name" => Some(self.name(request)),
            "names" => Some(self.names(request)),
            "numbered" if request.several() => Some(self.value("name", request.name()).map(|name| name + "-%i")),
            "numbered" => Some(self.value("name", request.name())),
            "contents" => Some(self.value("path", &request.file).map(|path| format!("\"$(cat {path})\""))),
            _ => None,
        }
    }
}
