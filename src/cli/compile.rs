//! `contextc compile`: a context to user-data.

use super::identities::Identities;
use super::{Failure, Outcome, folders, input, medium, output, render, targets, today};
use contextc::{Compiled, Compiler, Date, Envelope, Handlers, Target};
use std::path::PathBuf;

/// Compile a context into user-data
#[derive(clap::Args)]
pub struct Arguments {
    /// The context, `-` for standard input
    file: String,
    /// Where to write the result; standard output without it, or as `-`. A directory where several files result
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Where the machine is launched, instead of what the context says. With several, separated by commas, `--output` gets a directory for each
    #[arg(long = "target", value_name = "TARGET", value_parser = target, value_delimiter = ',')]
    targets: Vec<&'static Target>,
    /// The outer encoding, instead of the target's first that fits: plain, gzip, base64 or gzip+base64
    #[arg(long, value_name = "ENVELOPE")]
    envelope: Option<Envelope>,
    #[command(flatten)]
    medium: medium::Options,
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
    if let [_, _, ..] = arguments.targets.as_slice() {
        let output = arguments.output.as_ref().filter(|path| path.as_os_str() != "-");
        let folder = output.ok_or("several targets need a directory: `-o DIR`")?;
        return folders::run(&compiler, &source, &arguments.targets, folder, &loader);
    }
    match medium::on(compiler, &arguments.medium)?.compile(&source) {
        Ok(compiled) => {
            render::report(compiled.report());
            spare(arguments.output.iter().cloned(), &loader)?;
            let folder = arguments.output.iter().filter(|_| arguments.medium.is_directory());
            spare(
                folder.flat_map(|folder| compiled.artifact().files().iter().map(|file| folder.join(file.path()))),
                &loader,
            )?;
            write(&compiled, arguments)?;
            tell(&compiled);
            Ok(Outcome::Done)
        }
        Err(error) => rejected(&error),
    }
}

/// Nothing is written over what it is made from.
pub(super) fn spare(mut paths: impl Iterator<Item = PathBuf>, loader: &input::Recorder) -> Result<(), Failure> {
    match paths.find(|path| loader.has_read(path)) {
        Some(path) => Err(format!("`{}` is what the result is made from: write it elsewhere", path.display())),
        None => Ok(()),
    }
}

/// What the user will want to know of a result.
pub(super) fn tell(compiled: &Compiled) {
    if !compiled.secrets().is_empty() {
        let secrets = compiled.secrets().join(", ");
        eprintln!("secrets in this user-data, which any process of the machine may read: {secrets}");
    }
    compiled.notes().iter().for_each(|note| eprintln!("{note}"));
}

pub(super) fn rejected(error: &contextc::Error) -> Result<Outcome, Failure> {
    match error.report() {
        Some(report) => {
            render::report(report);
            Ok(Outcome::Rejected)
        }
        None => Err(error.to_string()),
    }
}

fn compiler(arguments: &Arguments) -> Compiler {
    let mut compiler = Compiler::new().today(arguments.today.unwrap_or_else(today::today));
    if let [target] = arguments.targets.as_slice() {
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
    let path = arguments.output.as_ref().filter(|path| path.as_os_str() != "-");
    match (path, artifact.files(), arguments.medium.is_directory()) {
        (None, _, true) => return Err("a directory is written to a place of its own: `-o DIR`".into()),
        (None, [image], false) => return output::to_stdout(image.bytes(), true),
        (None, ..) => return output::to_stdout(artifact.bytes(), artifact.envelope().is_binary()),
        (Some(path), files, true) => output::to_directory(path, files)?,
        (Some(path), [image], false) => output::to_file(path, image.bytes(), output::Readers::Owner)?,
        (Some(path), ..) => output::to_file(path, artifact.bytes(), output::Readers::Owner)?,
    }
    path.iter().for_each(|path| eprintln!("{}: {}", path.display(), size(compiled)));
    Ok(())
}

/// `46244 bytes, plain, for openstack (61660 of 65535 bytes in base64)`
pub(super) fn size(compiled: &Compiled) -> String {
    let (artifact, target) = (compiled.artifact(), compiled.target());
    let of = |(counted, limit)| format!(" ({counted} of {limit} bytes {})", targets::counted(target));
    let limit = artifact.counted().zip(target.limit()).map(of).unwrap_or_default();
    format!("{} bytes, {}, for {target}{limit}", artifact.bytes().len(), artifact.envelope())
}
