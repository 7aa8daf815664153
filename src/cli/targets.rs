//! `contextc targets`: the places to launch a machine, with their rules.

use super::{Failure, Outcome, output};
use contextc::{Format, Target};
use std::fmt::Write;

/// List the targets, or say what is known of one
#[derive(clap::Args)]
pub struct Arguments {
    /// The target to explain
    #[arg(value_name = "TARGET", value_parser = super::options::target)]
    target: Option<&'static Target>,
    /// For people, for programs, or as the table of the README
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json", "markdown"])]
    format: String,
}

/// Prints them.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let asked: Vec<_> = contextc::targets().filter(|known| arguments.target.is_none_or(|one| one == *known)).collect();
    let text = match (arguments.format.as_str(), arguments.target) {
        ("json", _) => format!("{:#}\n", asked.iter().map(|target| json(target)).collect::<serde_json::Value>()),
        ("markdown", _) => markdown(&asked),
        (_, Some(target)) => page(target),
        _ => table(&asked),
    };
    output::to_stdout(text.as_bytes(), false).map(|()| Outcome::Done)
}

fn names(target: &Target) -> Vec<&'static str> {
    std::iter::once(target.name()).chain(target.aliases().iter().copied()).collect()
}

fn envelopes(target: &Target) -> String {
    target.envelopes().iter().map(|envelope| envelope.name()).collect::<Vec<_>>().join(", ")
}

fn media(target: &Target) -> String {
    target.media().iter().map(|medium| medium.name()).collect::<Vec<_>>().join(", ")
}

/// At which stage the target counts.
pub fn counted(target: &Target) -> String {
    target.limit_source().map(|(counted, _)| counted.to_string()).unwrap_or_default()
}

/// What `contextc launch --format` can print for it.
fn formats(target: &Target) -> String {
    target.formats().map(|format| format.name()).collect::<Vec<_>>().join(", ")
}

fn limit(target: &Target) -> String {
    target.limit().map_or("none known".into(), |limit| format!("{limit} bytes {}", counted(target)))
}

fn json(target: &Target) -> serde_json::Value {
    serde_json::json!({
        "name": target.name(),
        "aliases": target.aliases(),
        "summary": target.summary(),
        "datasource": target.datasource(),
        "limit": target.limit(),
        "counted": target.limit_source().map(|(counted, _)| counted.to_string()),
        "limit-source": target.limit_source().map(|(_, source)| source),
        "envelopes": target.envelopes().iter().map(|envelope| envelope.name()).collect::<Vec<_>>(),
        "media": target.media().iter().map(|medium| medium.name()).collect::<Vec<_>>(),
        "formats": target.formats().map(|format| format.name()).collect::<Vec<_>>(),
        "notes": target.notes(),
        "proved": target.proved().to_string(),
    })
}

fn markdown(targets: &[&Target]) -> String {
    let row = |target: &&Target| {
        let cells =
            [target.summary(), target.datasource(), &limit(target), &envelopes(target), &media(target)].join(" | ");
        format!("| `{}` | {cells} | {} |\n", names(target).join("`, `"), target.proved())
    };
    let head =
        "| target | what it is | datasource | limit | envelopes | media | proved |\n|---|---|---|---|---|---|---|\n";
    head.to_owned() + &targets.iter().map(row).collect::<String>()
}

fn table(targets: &[&Target]) -> String {
    let width = |cell: fn(&Target) -> String| targets.iter().map(|target| cell(target).len()).max().unwrap_or_default();
    let (first, second) = (width(|target| target.name().into()), width(limit));
    let row = |target: &&Target| {
        let (name, limit) = (target.name(), limit(target));
        format!("{name:first$}  {limit:second$}  {}\n", target.summary())
    };
    targets.iter().map(row).collect::<String>() + "\n`contextc targets TARGET` says more of one.\n"
}

fn page(target: &Target) -> String {
    let mut text = format!("{}: {}\n\n", names(target).join(", "), target.summary());
    let source = target.limit_source().map(|(_, source)| source.to_owned());
    let rows = [
        ("datasource", target.datasource().to_owned()),
        ("limit", limit(target)),
        ("source", source.unwrap_or_default()),
        ("envelopes", envelopes(target)),
        ("media", media(target)),
        ("formats", formats(target)),
        ("proved", target.proved().to_string()),
    ];
    // Writing to a text cannot fail.
    for (key, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(text, "{key:12}{value}");
    }
    target.notes().iter().for_each(|note| text += &format!("\n{note}\n"));
    if target.formats().any(|format| format == Format::Tofu) {
        text +=
            "\nThe names of resources and attributes in tofu are documented, some remembered: no provider was asked.\n";
    }
    text
}
