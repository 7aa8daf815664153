//! Placeholders: `{{ name }}` in the scalar values of blocks, filled in once after reading.

use super::diagnostic::{Code, Diagnostic, Report};
use super::document::{Kind, Node, Style};
use super::fix::Fix;
use super::source::{MAX_SOURCE_BYTES, Span};
use super::suggest;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

const UNDEFINED: Code = Code::new(
    "placeholder/undefined",
    "A placeholder names a variable that `variables` does not declare: an empty value in its place would go unnoticed.",
);
const MALFORMED: Code =
    Code::new("placeholder/malformed", "A placeholder is `{{ name }}` and nothing else: no filters, no expressions.");
const UNQUOTED: Code = Code::new(
    "placeholder/unquoted-text",
    "A value with a placeholder is written in quotes, so that YAML and contextc read the same text.",
);

const TOO_LONG: Code = Code::new(
    "placeholder/too-long",
    "Values with placeholders may not be larger than 4 MiB together: a small context could fill the memory.",
);

pub(crate) const CODES: &[Code] = &[UNDEFINED, MALFORMED, UNQUOTED, TOO_LONG];

/// The faults of one value that are told: a text may hold a million placeholders.
const MOST_FAULTS: usize = 100;

/// The variables of a context, by name, as text.
pub(crate) type Variables = BTreeMap<String, String>;

/// Only `{{` is syntax. Blocks and comments cannot be switched off, so their delimiters are texts that YAML cannot hold.
static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    let syntax = SyntaxConfig::builder()
        .block_delimiters("\u{1}{", "}\u{1}")
        .comment_delimiters("\u{2}{", "}\u{2}")
        .keep_trailing_newline(true)
        .build();
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    environment
});

/// The most that values with placeholders are together, in bytes: what a context may be without them. Each of these bytes is in
/// memory about fifteen times before all is written.
const MAX_FILLED_BYTES: usize = MAX_SOURCE_BYTES;

/// Fills in placeholders.
pub(crate) struct Renderer<'v> {
    variables: &'v Variables,
    /// Bytes of the values that have placeholders.
    filled: Cell<usize>,
}

impl<'v> Renderer<'v> {
    pub fn new(variables: &'v Variables) -> Self {
        Self { variables, filled: Cell::new(0) }
    }

    /// Whether it has said that it fills in no more: what it gives is not to be read then.
    pub fn is_exhausted(&self) -> bool {
        self.filled.get() > MAX_FILLED_BYTES
    }

    /// The node with its values filled in; the same node where it has no placeholder.
    pub fn render(&self, node: &Arc<Node>, report: &mut Report) -> Arc<Node> {
        match &node.kind {
            _ if report.is_full() || self.is_exhausted() => Arc::clone(node),
            Kind::Scalar { text, style } if text.contains("{{") => self.scalar(node, text, *style, report),
            Kind::Scalar { .. } | Kind::Faulty => Arc::clone(node),
            Kind::Sequence(items) => {
                let items = items.iter().map(|item| self.render(item, report));
                let sound = items.filter(|item| !matches!(item.kind, Kind::Faulty)).collect();
                Arc::new(Node::new(node.span, node.tag.clone(), Kind::Sequence(sound)))
            }
            Kind::Mapping(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| (Arc::clone(key), self.render(value, report))).collect();
                Arc::new(Node::new(node.span, node.tag.clone(), Kind::Mapping(pairs)))
            }
        }
    }

    fn scalar(&self, node: &Arc<Node>, text: &str, style: Style, report: &mut Report) -> Arc<Node> {
        let faults = self.faults(node.span, text, style);
        if !faults.is_empty() {
            faults.into_iter().for_each(|fault| report.push(fault));
            return faulty(node);
        }
        let used = names(text).filter_map(Result::ok).filter_map(|name| self.variables.get_key_value(name));
        let size = used.clone().fold(text.len(), |size, (_, value)| size.saturating_add(value.len()));
        self.filled.set(self.filled.get().saturating_add(size));
        if self.is_exhausted() {
            let message = "with this, the values with placeholders are more than 4 MiB together";
            let fault = Diagnostic::error(TOO_LONG, node.span, message);
            report.push(fault.help("put what is long into a file, once: `{file: PATH}`"));
            return faulty(node);
        }
        // Only those: all of them would be copied for each value.
        match ENVIRONMENT
            .render_str(text, used.map(|(name, value)| (name.clone(), value.clone())).collect::<Variables>())
        {
            Ok(rendered) => Node::scalar(node.span, rendered, style_of(text)),
            Err(error) => {
                report.push(Diagnostic::error(MALFORMED, node.span, format!("this cannot be filled in: {error}")));
                faulty(node)
            }
        }
    }

    fn faults(&self, span: Span, text: &str, style: Style) -> Vec<Diagnostic> {
        let mut faults = Vec::new();
        if style == Style::Plain {
            let fault = Diagnostic::error(UNQUOTED, span, "a value with a placeholder is not in quotes");
            faults.push(fault.help(format!("write `\"{text}\"`")).fix(Fix::quotes(span, text)));
        }
        for name in names(text) {
            if faults.len() >= MOST_FAULTS {
                break;
            }
            match name {
                Ok(name) if self.variables.contains_key(name) => {}
                Ok(name) => faults.push(self.undefined(span, name)),
                Err(inside) => faults.push(malformed(span, inside)),
            }
        }
        faults
    }

    fn undefined(&self, span: Span, name: &str) -> Diagnostic {
        let known: Vec<&str> = self.variables.keys().map(String::as_str).collect();
        let advice = match known.is_empty() {
            true => String::new(),
            false => suggest::advice(name, &known),
        };
        Diagnostic::error(UNDEFINED, span, format!("the variable `{name}` is not declared"))
            .help(advice)
            .help(format!("declare it: `variables: {{{name}: ...}}`"))
    }
}

fn faulty(node: &Arc<Node>) -> Arc<Node> {
    Arc::new(Node::new(node.span, None, Kind::Faulty))
}

fn malformed(span: Span, inside: &str) -> Diagnostic {
    let help = "write `{{ name }}`: the name of a variable, and nothing else";
    Diagnostic::error(MALFORMED, span, format!("`{{{{{inside}` is not a placeholder")).help(help)
}

/// The names between the braces; what stands there instead, where it is no name.
pub(crate) fn names(text: &str) -> impl Iterator<Item = Result<&str, &str>> + Clone {
    text.split("{{").skip(1).map(|rest| match rest.split_once("}}") {
        Some((inside, _)) if is_name(inside.trim()) => Ok(inside.trim()),
        Some((inside, _)) => Err(rest.get(..inside.len() + 2).unwrap_or(inside)),
        None => Err(rest),
    })
}

/// Whether a variable may be called so: a letter or `_`, then letters, digits and `_` (what minijinja takes for one name).
pub(crate) fn is_name(text: &str) -> bool {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    plain && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && !is_word(text)
}

/// Whether it is a word of minijinja's expressions.
pub(crate) fn is_word(text: &str) -> bool {
    ["true", "false", "none", "not", "and", "or", "in", "is", "if", "else", "True", "False", "None"].contains(&text)
}

/// A value that is wholly one placeholder is read again as a plain scalar, so that `"{{ pct }}"` can be a number.
fn style_of(text: &str) -> Style {
    let inside = text.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
    match inside.is_some_and(is_name) {
        true => Style::Plain,
        false => Style::Quoted,
    }
}
