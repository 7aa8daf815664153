//! `contextc compile`: a context to user-data.

use super::identities::Identities;
use super::{Failure, Outcome, input, output, render, today};
use contextc::{Compiled, Compiler, Date, Envelope, Handlers, Target};
use std::path::PathBuf;

/// Compile a context into user-data
#[derive(clap::Args)]
pub struct Arguments {
    /// The context, `-` for standard input
    file: String,
    /// Where to write the result; standard output without it, or as `-`
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Where the machine is launched, instead of what the context says
    #[arg(long, value_name = "TARGET", value_parser = target)]
    target: Option<&'static Target>,
    /// The outer encoding, instead of the target's first that fits: plain, gzip, base64 or gzip+base64
    #[arg(long, value_name = "ENVELOPE")]
    envelope: Option<Envelope>,
    /// How the machine gets the handlers: `embed`, `pinned=URL,...` or `include=URL`
    #[arg(long, value_name = "HOW", value_parser = handlers)]
    handlers: Option<Handlers>,
    /// Set a variable that the context declares
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// The day for which certificates are judged, instead of this system's
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<Date>,
    /// An identity file of age-keygen, for what stands in `{age: PATH}`; may be given more than once
    #[arg(long = "identity", value_name = "FILE")]
    identities: Vec<PathBuf>,
    /// Refuse a context whose secrets would travel in the user-data
    #[arg(long)]
    deny_secrets_in_user_data: bool,
    /// Print a stage of the compiler instead: document, config, plan or message
    #[arg(long, value_name = "STAGE", hide = true, value_parser = ["document", "config", "plan", "message"])]
    emit: Option<String>,
}

pub(super) fn target(name: &str) -> Result<&'static Target, String> {
    let lower = name.to_ascii_lowercase();
    contextc::target(name).ok_or_else(|| match contextc::target(&lower) {
        Some(_) => format!("did you mean `{lower}`?"),
        None => "`contextc targets` lists them".into(),
    })
}

fn handlers(text: &str) -> Result<Handlers, String> {
    let (how, urls) = text.split_once('=').unwrap_or((text, ""));
    let urls: Vec<String> = urls.split(',').map(str::to_owned).collect();
    let sound = urls.iter().all(|url| url.starts_with("http://") || url.starts_with("https://"));
    match (how, urls.as_slice()) {
        ("embed", [empty]) if empty.is_empty() => Ok(Handlers::Embed),
        ("include" | "pinned", _) if !sound => Err("an address begins with http:// or https://".into()),
        ("include", [url]) => Ok(Handlers::Include(url.clone())),
        ("pinned", _) => Ok(Handlers::Pinned(urls)),
        _ => Err("write `embed`, `pinned=URL,...` or `include=URL`".into()),
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.into(), value.into()))
}

/// Compiles, and writes only what is whole.
pub fn run(arguments: &Arguments) -> Result<Outcome, Failure> {
    let (source, loader) = input::read(&arguments.file, &Identities::read(&arguments.identities)?)?;
    let compiler = compiler(arguments).loader(loader.clone());
    if let Some(stage) = &arguments.emit {
        return emit(&compiler, &source, stage);
    }
    match compiler.compile(&source) {
        Ok(compiled) => {
            render::report(compiled.report());
            if let Some(path) = arguments.output.as_ref().filter(|path| loader.has_read(path)) {
                return Err(format!("`{}` is what the result is made from: write it to another file", path.display()));
            }
            write(&compiled, arguments)?;
            if !compiled.secrets().is_empty() {
                eprintln!(
                    "secrets in this user-data, which any process of the machine may read: {}",
                    compiled.secrets().join(", ")
                );
            }
            compiled.notes().iter().for_each(|note| eprintln!("{note}"));
            Ok(Outcome::Done)
        }
        Err(error) => match error.report() {
            Some(report) => {
                render::report(report);
                Ok(Outcome::Rejected)
            }
            None => Err(error.to_string()),
        },
    }
}

fn compiler(arguments: &Arguments) -> Compiler {
    let mut compiler = Compiler::new().today(arguments.today.unwrap_or_else(today::today));
    if let Some(target) = arguments.target {
        compiler = compiler.target(target);
    }
    if let Some(envelope) = arguments.envelope {
        compiler = compiler.envelope(envelope);
    }
    if let Some(handlers) = &arguments.handlers {
        compiler = compiler.handlers(handlers.clone());
    }
    if arguments.deny_secrets_in_user_data {
        compiler = compiler.deny_secrets();
    }
    arguments.settings.iter().fold(compiler, |compiler, (name, value)| compiler.variable(name, value))
}

fn emit(compiler: &Compiler, source: &contextc::Source, stage: &str) -> Result<Outcome, Failure> {
    match compiler.emit(source, stage) {
        Ok(bytes) => output::to_stdout(&bytes, false).map(|()| Outcome::Done),
        Err(error) => {
            error.report().into_iter().for_each(render::report);
            Ok(Outcome::Rejected)
        }
    }
}

fn write(compiled: &Compiled, arguments: &Arguments) -> Result<(), Failure> {
    let artifact = compiled.artifact();
    let Some(path) = arguments.output.as_ref().filter(|path| path.as_os_str() != "-") else {
        return output::to_stdout(artifact.bytes(), artifact.envelope().is_binary());
    };
    output::to_file(path, artifact.bytes(), output::Readers::Owner)?;
    let (size, target) = (artifact.bytes().len(), compiled.target());
    let limit = target.limit().map(|limit| format!(" of {limit}")).unwrap_or_default();
    eprintln!("{}: {size}{limit} bytes, {}, for {target}", path.display(), artifact.envelope());
    Ok(())
}
