//! `contextc terraform-external`: the compiler as the program of Terraform's data source `external`.
//!
//! The protocol (documentation of the provider hashicorp/external, "External Program Protocol"): a JSON object of texts on
//! standard input, one on standard output, exit code 0; else a message on standard error, and any other exit code.

use super::identities::Identities;
use super::{Failure, Outcome, input, options, output, render, today};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contextc::{Compiled, Compiler, Date, Envelope};
use serde_json::Value;
use std::collections::BTreeMap;

/// Compile for Terraform's data source `external`: a query on standard input, the result on standard output
#[derive(clap::Args)]
#[command(after_help = "\
The query is a JSON object of texts:
  file           the context, relative to where Terraform runs; required
  target         where the machine is launched; required
  envelope       plain, gzip, base64 or gzip+base64
  handlers       embed, pinned=URL,... or include=URL
  today          the day for which certificates are judged
  identity       an identity file of age-keygen
  set.NAME       the value of a variable that the context declares

The result has user_data (where it is text), user_data_base64 (always: the base64 of those bytes), envelope, target,
size, sha256 (of the bytes), and secrets (what the user-data holds of them, in words). The state keeps all of it.")]
pub struct Arguments {}

/// The texts of a query.
type Query = BTreeMap<String, String>;

/// Reads a query, compiles, and writes the result.
pub fn run(_: &Arguments) -> Result<Outcome, Failure> {
    let query = query(&input::bytes(std::io::stdin().lock()).map_err(|error| format!("standard input: {error}"))?)?;
    let required = |key: &str| query.get(key).ok_or_else(|| format!("the query has no `{key}`"));
    let identities: Vec<_> = query.get("identity").into_iter().map(Into::into).collect();
    let file = required("file")?;
    if file == "-" {
        return Err("`file` is `-`, but standard input is the query's: give a path".into());
    }
    required("target")?;
    let compiler = compiler(&query)?;
    let (source, loader) = input::read(file, &Identities::read(&identities)?)?;
    match compiler.loader(loader).compile(&source) {
        Ok(compiled) => {
            render::report(compiled.report());
            output::to_stdout(format!("{}\n", result(&compiled)).as_bytes(), false).map(|()| Outcome::Done)
        }
        Err(error) => render::rejected(&error),
    }
}

fn query(bytes: &[u8]) -> Result<Query, Failure> {
    let query =
        serde_json::from_slice(bytes).map_err(|error| format!("the query is not a JSON object of texts: {error}"));
    let query: BTreeMap<String, Value> = query?;
    let text = |(key, value): (String, Value)| match value {
        Value::String(text) => Ok((key, text)),
        _ => Err(format!("`{key}` of the query is not a text: everything is one in this protocol")),
    };
    query.into_iter().map(text).collect()
}

/// A compiler as the query wants it; what it does not know of a query, it refuses.
fn compiler(query: &Query) -> Result<Compiler, Failure> {
    let mut compiler = Compiler::new().today(today::today());
    for (key, value) in query {
        let fault = |why: String| format!("`{key}` of the query: {why}");
        compiler = match key.as_str() {
            "file" | "identity" => compiler,
            "target" => compiler
                .target(options::target(value).map_err(|why| fault(format!("`{value}` is not a target: {why}")))?),
            "envelope" => compiler.envelope(value.parse::<Envelope>().map_err(fault)?),
            "handlers" => compiler.handlers(options::handlers(value).map_err(fault)?),
            "today" => compiler.today(value.parse::<Date>().map_err(|why| fault(why.to_string()))?),
            key => match key.strip_prefix("set.") {
                Some(name) => compiler.variable(name, value),
                None => {
                    return Err(format!(
                        "`{key}` is no key of a query: `contextc terraform-external --help` lists them"
                    ));
                }
            },
        };
    }
    Ok(compiler)
}

fn result(compiled: &Compiled) -> Value {
    let artifact = compiled.artifact();
    let mut result = serde_json::json!({
        "user_data_base64": STANDARD.encode(artifact.bytes()),
        "envelope": artifact.envelope().name(),
        "target": compiled.target().name(),
        "size": artifact.bytes().len().to_string(),
        "sha256": artifact.sha256(),
        "secrets": compiled.secrets().join(", "),
    });
    // A text that is not UTF-8 has no place in JSON.
    let text = std::str::from_utf8(artifact.bytes()).ok().filter(|_| !artifact.envelope().is_binary());
    if let (Some(text), Some(result)) = (text, result.as_object_mut()) {
        result.insert("user_data".into(), text.into());
    }
    result
}
