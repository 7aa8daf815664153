//! The page of a target.

use crate::targets::{Format, Target};

pub(super) fn page(target: &Target) -> String {
    let joined = |names: Vec<&str>| names.join(", ");
    let rows = [
        ("datasource", target.datasource().to_owned()),
        ("limit", target.limit_text()),
        ("source", target.limit_source().map(|(_, source)| source.to_owned()).unwrap_or_default()),
        ("envelopes", joined(target.envelopes().iter().map(|envelope| envelope.name()).collect())),
        ("media", joined(target.media().iter().map(|medium| medium.name()).collect())),
        ("formats", joined(target.formats().map(|format| format.name()).collect())),
        ("proved", target.proved().to_string()),
    ];
    let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
    let rows: String = rows.map(|(key, value)| format!("{key:12}{value}\n")).collect();
    let notes: String = target.notes().iter().map(|note| format!("\n{note}\n")).collect();
    let names = joined(target.names().collect());
    format!("{names}: {}\n\n{rows}{notes}{}", target.summary(), remembered(target))
}

fn remembered(target: &Target) -> &'static str {
    match target.formats().any(|format| format == Format::Tofu) {
        true => {
            "\nThe names of resources and attributes in tofu are documented, some remembered: no provider was asked.\n"
        }
        false => "",
    }
}
