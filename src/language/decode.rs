//! A node to a typed value, going on after a fault so that one run reports them all.

use super::diagnostic::{Code, Diagnostic, Report};
use super::document::value::value_of;
use super::document::{Kind, Node, Style, key_span_at, shortened, span_at};
use super::fault::Fault;
use super::fix::Fix;
use super::path::{Path, Step};
use super::suggest;
use serde::de::DeserializeOwned;
use std::sync::Arc;

const UNKNOWN_KEY: Code =
    Code::new("context/unknown-setting", "A key that a block does not know would have no effect.");
pub(crate) const WRONG_TYPE: Code = Code::new(
    "context/wrong-type",
    "A value is of another kind than its key takes: a map for a list, a text for a number.",
);
pub(crate) const UNKNOWN_VALUE: Code = Code::new(
    "context/unknown-value",
    "A setting takes one of a few words, and this is none of them; what was meant is not guessed.",
);
const MISSING: Code =
    Code::new("context/missing-setting", "A setting without which the rest makes no sense is not there.");

/// Values that are read again for the sake of further faults. Of a context of ordinary size all are found; of one with megabytes of the same
/// mistake the first few, in about a second.
const MOST_WORK: usize = 1_500_000;

pub(crate) const CODES: &[Code] = &[UNKNOWN_KEY, UNKNOWN_VALUE, WRONG_TYPE, MISSING];

/// Decodes a node, reporting every fault at its place.
///
/// serde stops at its first fault. So each round reports one, leaves out the value that had it, and decodes again, until the
/// rest is sound. What comes back then holds defaults in place of the faulty values: good for finding more faults, never for
/// writing output (the report has an error by then). `node` becomes the tree that the value was read from, so that positions
/// in the value are positions in it. `name` is what the node is called, `codes` what its values can raise.
pub(crate) fn decode<T: DeserializeOwned>(
    name: &str,
    node: &mut Arc<Node>,
    codes: &[Code],
    report: &mut Report,
) -> Option<T> {
    decode_with(name, node, codes, None, report)
}

/// A map inside the one that is decoded, whose keys are easily written beside it.
#[derive(Clone, Copy)]
pub(crate) struct Inner {
    name: &'static str,
    keys: fn() -> Vec<String>,
}

impl Inner {
    pub fn new<T: DeserializeOwned>(name: &'static str) -> Self {
        Self { name, keys: keys_of::<T> }
    }
}

/// [`decode`], which shows a key of an inner map its place.
pub(crate) fn decode_with<T: DeserializeOwned>(
    name: &str,
    node: &mut Arc<Node>,
    codes: &[Code],
    inner: Option<Inner>,
    report: &mut Report,
) -> Option<T> {
    let mut work = 0;
    loop {
        let error = match serde_path_to_error::deserialize(value_of(node)) {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        let place = path_of(error.path());
        let error = worded::<T>(node, &place, error.into_inner().to_string());
        let (diagnostic, faulty) = Round { name, node, codes, inner }.describe(place, &error);
        if diagnostic.as_ref().is_some_and(|fault| fault.code() == UNKNOWN_KEY) {
            node_at(node, &faulty).into_iter().for_each(|value| report.hide_unknown(value));
        }
        if faulty.steps().is_empty() && node.text().is_none() {
            // Of another kind than it should be: nobody knows where in it its secrets are.
            report.cover(node.span);
        }
        diagnostic.into_iter().for_each(|diagnostic| report.push(diagnostic));
        // Every round makes the tree smaller; the root itself cannot be left out.
        work += node.values();
        if report.is_full()
            || work > MOST_WORK
            || faulty.steps().is_empty()
            || node_at(node, &faulty).is_none_or(|child| matches!(child.kind, Kind::Faulty))
        {
            return None;
        }
        *node = node.without(faulty.steps());
    }
}

/// An error in serde's words. Where a value is no word at all, serde does not say which words the enum takes: it is asked
/// again, with a word that is none of them.
fn worded<T: DeserializeOwned>(node: &Arc<Node>, place: &Path, error: String) -> String {
    let Some(fact) = error.strip_suffix("a Value::Tagged enum") else { return error };
    let asked = node.with(place.steps(), &Kind::Scalar { text: "?".into(), style: Style::Quoted });
    let again = T::deserialize(value_of(&asked)).err().map(|error| error.to_string()).unwrap_or_default();
    let words = again.rsplit_once(", expected ").map_or("one word", |(_, words)| words);
    format!("{fact}{words}")
}

/// The keys of a map: serde lists them for a key that is none of them.
fn keys_of<T: DeserializeOwned>() -> Vec<String> {
    let nothing = Node::scalar(Default::default(), "?", Style::Quoted);
    let asked = Node::new(Default::default(), None, Kind::Mapping(vec![(nothing.clone(), nothing)]));
    let error = T::deserialize(value_of(&asked)).err().map(|error| error.to_string()).unwrap_or_default();
    expected_words(&error).into_iter().map(str::to_owned).collect()
}

/// One fault, and what is needed to speak about it.
struct Round<'a> {
    name: &'a str,
    node: &'a Arc<Node>,
    codes: &'a [Code],
    inner: Option<Inner>,
}

fn node_at<'n>(node: &'n Arc<Node>, place: &Path) -> Option<&'n Arc<Node>> {
    place.steps().iter().try_fold(node, |node, step| node.child(step))
}

fn path_of(path: &serde_path_to_error::Path) -> Path {
    use serde_path_to_error::Segment;
    path.iter().fold(Path::root(), |at, segment| match segment {
        Segment::Seq { index } => at.index(*index),
        Segment::Map { key } => at.key(key.as_str()),
        Segment::Enum { .. } | Segment::Unknown => at,
    })
}

impl Round<'_> {
    /// The diagnostic, and the place to leave out of the next round.
    fn describe(&self, place: Path, error: &str) -> (Option<Diagnostic>, Path) {
        if let Some((slug, meant, message, help)) = Fault::read(error) {
            let code = self.codes.iter().find(|code| code.as_str() == slug).copied().unwrap_or(WRONG_TYPE);
            let fault = Diagnostic::error(code, span_at(self.node, &place), message).help(help);
            return (Some(fault.fix(meant.and_then(|meant| self.instead(&place, meant)))), place);
        }
        let words = backticked(error);
        match (error.split('`').next().unwrap_or_default(), words.as_slice()) {
            ("unknown field ", [_, ..]) => (Some(self.unknown_key(&place, &expected_words(error))), place),
            ("unknown variant ", [_, ..]) => (Some(self.unknown_value(&place, &expected_words(error))), place),
            ("missing field ", [name, ..]) => (self.missing(&place, name), place),
            _ => (Some(self.wrong_type(&place, error)), place),
        }
    }

    fn called(&self, place: &Path) -> String {
        match place.steps().last() {
            Some(Step::Index(_)) => format!("an item of `{}`", place.name().unwrap_or(self.name)),
            _ => format!("`{}`", place.name().unwrap_or(self.name)),
        }
    }

    /// The path of such an error ends with the key itself.
    fn unknown_key(&self, place: &Path, known: &[&str]) -> Diagnostic {
        let name = place.name().unwrap_or(self.name);
        let within = place.split_last().map(|(above, _)| above).unwrap_or_default();
        if let Some(fault) = self.beside(place, known) {
            return fault;
        }
        let message = format!("`{}` is not known in {}", shortened(name), self.called(&within));
        let fault = Diagnostic::error(UNKNOWN_KEY, key_span_at(self.node, place), message).label("not known");
        match name {
            "<<" => fault.help("write the settings out: `<<` is not read in blocks"),
            name => match self.above(&within, name) {
                Some(above) if suggest::nearest(name, known.iter().copied()).is_none() => {
                    fault.help(format!("does it belong to `{above}` above? put two more spaces in front of it"))
                }
                _ => fault.help(suggest::advice(name, known)).fix(self.renamed(place, known)),
            },
        }
    }

    /// Another scalar in the place of the one that stands there.
    fn instead(&self, place: &Path, meant: &str) -> Option<Fix> {
        let found = self.at(place);
        Some(Fix::new(found.span, found.text()?, meant))
    }

    fn renamed(&self, place: &Path, known: &[&str]) -> Option<Fix> {
        let map = node_at(self.node, &place.split_last()?.0)?;
        let (key, _) = map.entry(place.name()?)?;
        Fix::of_key(map, key, known.iter().copied())
    }

    /// The key before another in the same map, if nothing stands below it: what follows was to be indented.
    fn above(&self, within: &Path, name: &str) -> Option<&str> {
        let pairs = node_at(self.node, within)?.pairs();
        let before = pairs.iter().take_while(|(key, _)| key.text() != Some(name));
        before.filter(|(_, value)| value.is_null()).filter_map(|(key, _)| key.text()).last()
    }

    /// A key that is nearest to one of the inner map, beside which it stands.
    fn beside(&self, place: &Path, known: &[&str]) -> Option<Diagnostic> {
        let Inner { name: home, keys } = self.inner?;
        let [Step::Key(name)] = place.steps() else { return None };
        let keys = keys();
        let meant = suggest::nearest(name, known.iter().copied().chain(keys.iter().map(String::as_str)))?;
        if known.contains(&meant) {
            return None;
        }
        let message = format!("`{}` is not known in `{}` itself", shortened(name), self.name);
        let fault = Diagnostic::error(UNKNOWN_KEY, key_span_at(self.node, place), message).label("one level too high");
        Some(match self.node.entry(home) {
            Some((key, _)) => {
                fault.also(key.span, "its place").help(format!("move it below `{home}:`, as `{meant}: ...`"))
            }
            None => fault.help(format!("it belongs below `{home}:`, write `{home}: {{{meant}: ...}}`")),
        })
    }

    fn unknown_value(&self, place: &Path, known: &[&str]) -> Diagnostic {
        let found = self.at(place);
        let message = format!("{} cannot be {}", self.called(place), found.describe());
        let help = suggest::advice(found.text().unwrap_or_default(), known);
        let certain = found.text().and_then(|text| suggest::same_letters(text, known.iter().copied()));
        let fix = certain.and_then(|meant| self.instead(place, meant));
        Diagnostic::error(UNKNOWN_VALUE, span_at(self.node, place), message).help(help).fix(fix)
    }

    /// Nothing is said of a setting that is there with a value that has been reported, or is only misspelled.
    fn missing(&self, place: &Path, name: &str) -> Option<Diagnostic> {
        let reported = |(key, value): &(Arc<Node>, Arc<Node>)| {
            let key = key.text().unwrap_or_default();
            matches!(value.kind, Kind::Faulty) && suggest::nearest(key, [name]).is_some()
        };
        let message = format!("{} has no `{name}`", self.called(place));
        let fault = || Diagnostic::error(MISSING, span_at(self.node, place), message);
        (!self.at(place).pairs().iter().any(reported)).then(|| fault().help(format!("add `{name}: ...`")))
    }

    fn at(&self, place: &Path) -> &Arc<Node> {
        node_at(self.node, place).unwrap_or(self.node)
    }

    /// serde says `invalid type: string "many", expected a list`; what was expected is the part that the types word themselves.
    fn wrong_type(&self, place: &Path, error: &str) -> Diagnostic {
        let found = self.at(place);
        let expected = error.rsplit_once(", expected ").map_or("another kind of value", |(_, expected)| expected);
        let number = found.text().filter(|text| expected.contains("number") && text.parse::<u64>().is_ok());
        let fix = match (expected, found.text()) {
            (_, Some(text)) if number.is_some() => self.instead(place, text),
            ("a string", Some(text)) if !found.is_null() => Fix::quotes(found.span, text),
            _ => None,
        };
        let (expected, help) = match (expected, found.text()) {
            (expected, Some(text)) if number.is_some() => (expected, format!("write it without quotes: `{text}`")),
            ("a string", _) if found.is_null() => ("text", "write a value, or remove the key".into()),
            ("a string", Some(text)) => ("text", format!("put it in quotes: `\"{}\"`", shortened(text))),
            ("a string", None) => ("text", "write one text".into()),
            ("a sequence", _) => ("a list", "write each item in a line of its own, after `- `".into()),
            ("u64", _) => ("a whole number", "write digits only, like `18000`".into()),
            (expected, _) => (expected, format!("write {expected}")),
        };
        let what = if number.is_some() { "text".into() } else { found.describe() };
        let message = format!("{} takes {expected}, not {what}", self.called(place));
        Diagnostic::error(WRONG_TYPE, span_at(self.node, place), message)
            .label(format!("is {what}"))
            .help(help)
            .fix(fix)
    }
}

fn backticked(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The names that serde lists after its last `expected`; what the file says stands before.
fn expected_words(error: &str) -> Vec<&str> {
    error.rsplit_once(", expected ").map(|(_, known)| backticked(known)).unwrap_or_default()
}
