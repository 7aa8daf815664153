//! The variables that a context declares, with what the caller sets.

use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Document, Kind, Node};
use crate::language::placeholder::{self, Variables, is_name, is_word};
use crate::language::suggest;
use serde_json::{Value, json};
use std::sync::Arc;

const VARIABLE: Code =
    Code::new("context/variable", "A variable has a simple name, and a value that is text, a number or a switch.");
const UNDECLARED: Code = Code::new(
    "context/undeclared-variable",
    "`--set` fills a variable that the context declares; anything else is a slip.",
);

const NOT_FILLED: Code = Code::new(
    "placeholder/not-filled-in",
    "Placeholders are filled in the values of blocks only: in scripts and keys of cloud-init they would be somebody else's.",
);

pub(crate) const CODES: &[Code] = &[VARIABLE, UNDECLARED, NOT_FILLED];

/// Warns of declared names in braces where nothing is filled in.
pub(super) fn check_outside(node: &Arc<Node>, variables: &Variables, report: &mut Report) {
    match &node.kind {
        Kind::Scalar { text, .. } => {
            let used = placeholder::names(text).filter_map(Result::ok).find(|name| variables.contains_key(*name));
            if let Some(name) = used {
                let fault =
                    Diagnostic::warning(NOT_FILLED, node.span, format!("`{{{{ {name} }}}}` stays as it is here"));
                report.push(fault.help("write the value out: variables are filled in blocks only"));
            }
        }
        Kind::Sequence(items) => items.iter().for_each(|item| check_outside(item, variables, report)),
        Kind::Mapping(pairs) => pairs.iter().for_each(|(_, value)| check_outside(value, variables, report)),
        Kind::Faulty => {}
    }
}

/// What can be declared.
pub(crate) fn schema() -> Value {
    json!({
        "type": ["object", "null"],
        "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "not": {"enum": placeholder::WORDS}},
        "additionalProperties": {
            "description": "A value: text, a number or a switch.", "type": ["string", "number", "boolean"],
        },
        "examples": [{"squid": "squid.example.org", "share": 60}],
    })
}

/// Every declared variable, as text. What is set wins over what is declared.
pub(super) fn declared(document: &Document, settings: &Variables, report: &mut Report) -> Variables {
    let mut variables = Variables::new();
    if let Some((_, node)) = document.root.entry("variables") {
        node.pairs().iter().for_each(|(key, value)| declare(key, value, &mut variables, report));
        if !matches!(node.kind, Kind::Mapping(_)) && !node.is_null() {
            let fault =
                Diagnostic::error(VARIABLE, node.span, format!("`variables` is a map, not {}", node.describe()));
            report.push(fault.help("write `variables: {squid: squid.example.org}`"));
        }
    }
    for (name, text) in settings {
        match variables.get_mut(name) {
            Some(value) => value.clone_from(text),
            None => report.push(undeclared(document, name, &variables)),
        }
    }
    variables
}

fn declare(key: &Arc<Node>, value: &Arc<Node>, variables: &mut Variables, report: &mut Report) {
    let name = key.text().unwrap_or_default();
    if !is_name(name) {
        let help = match is_word(name) {
            true => "choose another name: this is a word of the template language",
            false => "write letters, digits and `_`, like `squid_port`",
        };
        report.push(
            Diagnostic::error(VARIABLE, key.span, format!("{} cannot name a variable", key.describe())).help(help),
        );
        return;
    }
    match value.text().filter(|_| !value.is_null()) {
        Some(text) => {
            variables.insert(name.to_owned(), text.to_owned());
        }
        None => {
            let message = format!("a variable is text or a number, not {}", value.describe());
            report.push(Diagnostic::error(VARIABLE, value.span, message).help(format!("write `{name}: VALUE`")));
        }
    }
}

fn undeclared(document: &Document, name: &str, variables: &Variables) -> Diagnostic {
    let span = document.root.entry("variables").map_or_else(Default::default, |(key, _)| key.span);
    let known: Vec<&str> = variables.keys().map(String::as_str).collect();
    Diagnostic::error(UNDECLARED, span, format!("`{name}` is set, and the context declares no such variable"))
        .help(suggest::advice(name, &known))
        .help(format!("declare it: `variables: {{{name}: ...}}`"))
}
