//! Lines with places to fill in, as targets have them.
//!
//! `{image}` is a place: its value, or what fails until there is one. `[...]` is a group, which is left out where a place in
//! it has no value. `{gzip?}` is a condition: where it does not hold, the group is left out, or the whole line where it is
//! in none. Everything else stands as it is; `{{`, `}}`, `[[` and `]]` are the characters themselves.
//!
//! The places: `image`, `flavor`, `key` and `name`, which are given or not; `count`; `names`, all of them as words;
//! `numbered`, the name with `%i` for the number; `path`, the file that is read; `textfile`, the same where the tool
//! reads text; `contents`, what is in it;
//! `text`, the user-data as it is; `base64`, the user-data in base64, once. Any other is a thing that one target wants and
//! no option gives: it is always missing. Conditions: see `Request::holds`.

use super::order::Request;

/// One piece of a template.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Place(&'a str),
    Condition(&'a str),
    Group(Vec<Piece<'a>>),
}

/// How one format writes what stands in a place.
pub(super) trait Dialect {
    /// A value, so that the tool has it as it is; or why it cannot.
    fn value(&self, place: &str, value: &str) -> Result<String, String>;
    /// What stands for a value that was not given, and fails until it is.
    fn missing(&self, place: &str) -> String;
    /// A place with a meaning of its own in this format.
    fn special(&self, place: &str, request: &Request) -> Option<Result<String, String>>;
}

/// A template, read.
#[derive(Debug)]
pub(super) struct Template<'a>(Vec<Piece<'a>>);

impl<'a> Template<'a> {
    /// Reads a template. What is not closed, ends with it: a test looks at every template of every target.
    pub fn parse(text: &'a str) -> Self {
        let mut rest = text;
        Self(pieces(&mut rest, false))
    }

    /// The template with everything filled in; nothing, where a condition outside groups does not hold.
    pub fn fill(&self, request: &Request, dialect: &impl Dialect) -> Result<Option<String>, String> {
        fill(&self.0, request, dialect)
    }

    /// The places outside groups and conditions that will have no value.
    pub fn missing(&self, request: &Request) -> Vec<&'a str> {
        if !self.0.iter().all(|piece| holds(piece, request)) {
            return Vec::new();
        }
        let required = self.0.iter().filter_map(|piece| match piece {
            Piece::Place(place) if !OWN.contains(place) && request.value(place).is_none() => Some(*place),
            _ => None,
        });
        required.collect()
    }

    /// Every place, those in groups too.
    pub fn places(&self) -> Vec<&'a str> {
        places(&self.0)
    }
}

/// Places that need no value from outside.
const OWN: &[&str] =
    &["count", "name", "names", "numbered", "name-seed", "path", "textfile", "contents", "text", "base64", "encoding"];

fn holds(piece: &Piece<'_>, request: &Request) -> bool {
    match piece {
        Piece::Condition(condition) => request.holds(condition),
        _ => true,
    }
}

fn places<'a>(pieces: &[Piece<'a>]) -> Vec<&'a str> {
    let of = |piece: &Piece<'a>| match piece {
        Piece::Place(place) => vec![*place],
        Piece::Group(pieces) => places(pieces),
        Piece::Text(_) | Piece::Condition(_) => Vec::new(),
    };
    pieces.iter().flat_map(of).collect()
}

fn fill(pieces: &[Piece<'_>], request: &Request, dialect: &impl Dialect) -> Result<Option<String>, String> {
    if !pieces.iter().all(|piece| holds(piece, request)) {
        return Ok(None);
    }
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(literal) => text.push_str(literal),
            Piece::Place(place) => text.push_str(&written(place, request, dialect)?),
            Piece::Group(inner) if has_values(inner, request) => {
                text.push_str(&fill(inner, request, dialect)?.unwrap_or_default());
            }
            Piece::Group(_) | Piece::Condition(_) => {}
        }
    }
    Ok(Some(text))
}

/// Whether a group has something to say.
fn has_values(pieces: &[Piece<'_>], request: &Request) -> bool {
    pieces.iter().all(|piece| match piece {
        Piece::Place("name") => request.value("name").is_some(),
        Piece::Place(place) => OWN.contains(place) || request.value(place).is_some(),
        _ => true,
    })
}

fn written(place: &str, request: &Request, dialect: &impl Dialect) -> Result<String, String> {
    if let Some(special) = dialect.special(place, request) {
        return special;
    }
    match (place, request.value(place)) {
        ("count", _) => Ok(request.count.to_string()),
        ("encoding", _) => Ok(request.envelope.name().into()),
        ("textfile", _) if request.envelope.is_binary() => {
            Err("the tool reads the file as text, and the user-data is gzip: `--envelope plain`, where it fits".into())
        }
        ("path" | "textfile", _) => dialect.value(place, &request.file),
        ("name", _) => dialect.value(place, request.name()),
        (place, Some(value)) => dialect.value(place, value),
        (place, None) => Ok(dialect.missing(place)),
    }
}

fn pieces<'a>(rest: &mut &'a str, in_group: bool) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(['{', '}', '[', ']']).unwrap_or(rest.len());
        let (text, special) = rest.split_at(end);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        *rest = special;
        if special.is_empty() || next(rest, in_group, &mut pieces) {
            break;
        }
    }
    pieces
}

/// Takes what begins with a bracket; says whether the group ends here.
fn next<'a>(rest: &mut &'a str, in_group: bool, pieces: &mut Vec<Piece<'a>>) -> bool {
    let text = *rest;
    let doubled = ["{{", "}}", "[[", "]]"].iter().any(|doubled| text.starts_with(doubled));
    let after = |length: usize| text.get(length..).unwrap_or_default();
    match text.as_bytes().first() {
        _ if doubled => {
            pieces.push(Piece::Text(text.get(..1).unwrap_or_default()));
            *rest = after(2);
        }
        Some(b'{') => {
            let (place, after) = after(1).split_once('}').unwrap_or((after(1), ""));
            pieces.push(place.strip_suffix('?').map_or(Piece::Place(place), Piece::Condition));
            *rest = after;
        }
        Some(b'[') => {
            *rest = after(1);
            pieces.push(Piece::Group(self::pieces(rest, true)));
        }
        _ => {
            *rest = after(1);
            return in_group && text.starts_with(']');
        }
    }
    false
}

/// The templates of an attribute, filled in: a path and a value each. What a condition or a group leaves out is not there.
pub(super) fn attributes(
    attributes: &[super::Attribute],
    request: &Request,
    dialect: &impl Dialect,
) -> Result<(serde_json::Value, Vec<String>), String> {
    let mut object = serde_json::Value::Object(serde_json::Map::new());
    let mut missing = Vec::new();
    for (path, template) in attributes {
        let template = Template::parse(template);
        missing.extend(template.missing(request).into_iter().map(str::to_owned));
        if let Some(value) = template.fill(request, dialect)?.filter(|value| !value.is_empty()) {
            let steps: Vec<&str> = path.split('/').collect();
            put(&mut object, &steps, value);
        }
    }
    Ok((object, missing))
}

fn put(place: &mut serde_json::Value, steps: &[&str], value: String) {
    let Some((step, steps)) = steps.split_first() else {
        *place = serde_json::Value::String(value);
        return;
    };
    match step.parse::<usize>() {
        Ok(index) => {
            if !place.is_array() {
                *place = serde_json::Value::Array(Vec::new());
            }
            if let Some(items) = place.as_array_mut() {
                // The items of a list stand in their order in the data.
                if items.len() <= index {
                    items.push(serde_json::Value::Null);
                }
                items.last_mut().into_iter().for_each(|item| put(item, steps, value.clone()));
            }
        }
        Err(_) => {
            if !place.is_object() {
                *place = serde_json::Value::Object(serde_json::Map::new());
            }
            if let Some(map) = place.as_object_mut() {
                put(map.entry(*step).or_insert(serde_json::Value::Null), steps, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::TARGETS;
    use crate::targets::launch::Order;
    use crate::wire::envelope::Envelope;

    /// A format in which a value stands for itself.
    struct Bare;

    impl Dialect for Bare {
        fn value(&self, _: &str, value: &str) -> Result<String, String> {
            Ok(value.into())
        }

        fn missing(&self, place: &str) -> String {
            format!("<{place}>")
        }

        fn special(&self, _: &str, _: &Request) -> Option<Result<String, String>> {
            None
        }
    }

    fn filled(template: &str, order: &Order) -> Option<String> {
        let request = order.request(Envelope::Gzip, "user-data").unwrap();
        Template::parse(template).fill(&request, &Bare).unwrap()
    }

    #[test]
    fn groups_and_lines_are_left_out_as_a_whole() {
        let order = Order::new().image("i").count(2);
        for (template, text) in [
            ("run {image} [-k {key} ]{path}", Some("run i user-data")),
            ("[-i {image} ][-f {flavor}]", Some("-i i ")),
            ("{flavor} {count}", Some("<flavor> 2")),
            ("{several?}a", Some("a")),
            ("{one?}a", None),
            ("a[{one?}b][{gzip?}c]", Some("ac")),
            ("{{a}} [[{image}]] '[n={{{image}}}]]]'", Some("{a} [i] 'n={i}]'")),
            ("{name}[ {name}]", Some("vm")),
        ] {
            assert_eq!(filled(template, &order).as_deref(), text, "{template}");
        }
    }

    fn templates() -> impl Iterator<Item = (&'static str, &'static str)> {
        TARGETS.iter().flat_map(|target| {
            let launch = &target.launch;
            let tofu = launch.tofu.iter().flat_map(|tofu| tofu.resources).flat_map(|resource| resource.attributes);
            let ansible = launch.ansible.iter().flat_map(|ansible| ansible.arguments);
            let values = tofu.chain(ansible).map(|(_, template)| *template);
            let lines = launch.shell.iter().chain(launch.vagrantfile).copied();
            lines.chain(values).map(|template| (target.name, template)).collect::<Vec<_>>()
        })
    }

    /// What is misspelt would be a variable that nobody sets, or be left out for ever.
    #[test]
    fn every_template_of_every_target_is_well_formed() {
        const CONDITIONS: [&str; 5] = ["plain", "gzip", "base64", "several", "one"];
        for (target, template) in templates() {
            let single: String =
                ["{{", "}}", "[[", "]]"].iter().fold(template.to_owned(), |text, two| text.replace(two, ""));
            for (open, close) in [('{', '}'), ('[', ']')] {
                let depth = single.chars().try_fold(0_i32, |depth, c| match c {
                    c if c == open => (depth == 0).then_some(1),
                    c if c == close => (depth == 1).then_some(0),
                    _ => Some(depth),
                });
                assert_eq!(depth, Some(0), "{target}: {template}");
            }
            for place in Template::parse(template).places() {
                let known = OWN.contains(&place) || ["image", "flavor", "key"].contains(&place);
                let word = place.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
                assert!(known || word, "{target}: {place}");
            }
            for word in single.split(['{', '}']).filter_map(|word| word.strip_suffix('?')) {
                assert!(CONDITIONS.contains(&word), "{target}: {word}");
            }
        }
    }

    /// In a group it would never be said: no option gives it.
    #[test]
    fn groups_ask_only_for_what_options_give() {
        let given = ["image", "flavor", "key"];
        for (target, template) in templates() {
            for piece in Template::parse(template).0 {
                let Piece::Group(inner) = piece else { continue };
                let unknown = places(&inner).into_iter().find(|place| !given.contains(place) && !OWN.contains(place));
                assert_eq!(unknown, None, "{target}: {template}");
            }
        }
    }
}
