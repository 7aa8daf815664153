//! The options that say what the user-data is, the same for every command that compiles.

use super::identities::Identities;
use super::{Failure, today};
use contextc::{Compiler, Date, Envelope, Handlers, Target};
use std::path::PathBuf;

/// What a compilation is told.
#[derive(clap::Args)]
pub struct Options {
    /// Where the machine is launched, instead of what the context says
    #[arg(long = "target", value_name = "TARGET", value_parser = target, value_delimiter = ',')]
    pub targets: Vec<&'static Target>,
    /// The outer encoding, instead of the target's first that fits: plain, gzip, base64 or gzip+base64
    #[arg(long, value_name = "ENVELOPE")]
    envelope: Option<Envelope>,
    #[command(flatten)]
    content: ContentOptions,
}

/// What it is told of the content alone: not of how that travels.
#[derive(clap::Args)]
pub struct ContentOptions {
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
}

pub(super) fn target(name: &str) -> Result<&'static Target, String> {
    contextc::target(name).ok_or_else(|| match contextc::target_like(name) {
        _ if name.contains(',') => "this command takes one target; `compile` takes several".into(),
        Some(meant) => format!("did you mean `{meant}`? `contextc targets` lists them"),
        None => "`contextc targets` lists them".into(),
    })
}

pub(super) fn handlers(text: &str) -> Result<Handlers, String> {
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

pub(super) fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.into(), value.into()))
}

impl Options {
    /// The first option given that says what is compiled, and nothing of what is finished.
    pub fn only_for_a_context(&self) -> Option<&'static str> {
        let content = &self.content;
        let given = [
            ("--set", !content.settings.is_empty()),
            ("--envelope", self.envelope.is_some()),
            ("--handlers", content.handlers.is_some()),
            ("--deny-secrets-in-user-data", content.deny_secrets_in_user_data),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(name, _)| name)
    }

    /// The identities that decrypt what the context names.
    pub fn identities(&self) -> Result<Identities, Failure> {
        self.content.identities()
    }

    /// A compiler with these options.
    pub fn compiler(&self) -> Compiler {
        let mut compiler = self.content.compiler();
        if let [target] = self.targets.as_slice() {
            compiler = compiler.target(target);
        }
        match self.envelope {
            Some(envelope) => compiler.envelope(envelope),
            None => compiler,
        }
    }
}

impl ContentOptions {
    /// The identities that decrypt what the context names.
    pub fn identities(&self) -> Result<Identities, Failure> {
        Identities::read(&self.identities)
    }

    /// A compiler with these options.
    pub fn compiler(&self) -> Compiler {
        let mut compiler = Compiler::new().today(self.today.unwrap_or_else(today::today));
        if let Some(handlers) = &self.handlers {
            compiler = compiler.handlers(handlers.clone());
        }
        if self.deny_secrets_in_user_data {
            compiler = compiler.deny_secrets();
        }
        self.settings.iter().fold(compiler, |compiler, (name, value)| compiler.variable(name, value))
    }
}
