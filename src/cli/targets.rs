//! `contextc targets`: the places to launch a machine, with their rules.

use super::{Failure, Outcome, output};
use contextc::Target;

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
        (_, Some(target)) => contextc::explain::page(target.name()).unwrap_or_default(),
        _ => table(&asked),
    };
    output::to_stdout(text.as_bytes(), false).map(|()| Outcome::Done)
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
        let cells = [target.summary(), target.datasource(), &target.limit_text(), &envelopes(target), &media(target)]
            .join(" | ");
        format!("| `{}` | {cells} | {} |\n", target.names().collect::<Vec<_>>().join("`, `"), target.proved())
    };
    let head =
        "| target | what it is | datasource | limit | envelopes | media | proved |\n|---|---|---|---|---|---|---|\n";
    head.to_owned() + &targets.iter().map(row).collect::<String>()
}

fn table(targets: &[&Target]) -> String {
    let width = |cell: fn(&Target) -> String| targets.iter().map(|target| cell(target).len()).max().unwrap_or_default();
    let (first, second) = (width(|target| target.name().into()), width(Target::limit_text));
    let row = |target: &&Target| {
        let (name, limit) = (target.name(), target.limit_text());
        format!("{name:first$}  {limit:second$}  {}\n", target.summary())
    };
    targets.iter().map(row).collect::<String>() + "\n`contextc targets TARGET` says more of one.\n"
}
