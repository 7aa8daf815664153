//! Pilots of DIRAC: their credential and commands, one pilot a slot as its own user, and what becomes of the machine then.

mod commands;
mod credential;
mod missing;
mod values;

use super::environment::{Plain, Variables};
use super::metadata::{CLOSING, Metadata};
use super::service::{HANDLER, Needs, Service, WhenDone, quote};
use super::{Block, BlockSpec, Check, Lower, Payload, Phase, read};
use crate::language::content::{Content, Secret};
use crate::language::path::Path;
use crate::language::units::{AbsolutePath, CommaList, Duration, Switch, Url, UserName};
use commands::CommandFile;
use schemars::SchemaGenerator;
use serde::Deserialize;
use serde_json::json;
use values::{Slots, Word};

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "pilot",
    summary: "DIRAC pilots: credential, commands, one pilot a slot as its own user",
    phase: Phase::Late,
    handler: &[HANDLER, CLOSING, handler!("pilot")],
    codes: &[
        values::WORD,
        values::SLOTS,
        values::SERVER,
        credential::FORM,
        values::USER,
        values::LONG_USER,
        missing::MISSING,
        commands::NONE,
        commands::NAME,
        commands::SAME,
        commands::START,
        commands::ADDRESS,
        commands::UNPROTECTED,
        values::PERIOD,
    ],
    secrets: &["credential", "key", "environment.*"],
    schema: SchemaGenerator::subschema_for::<Pilot>,
    decode: read::<Pilot>,
};

const BODY: &str = include_str!("pilot/run.sh");

/// Where the command files lie.
const COMMANDS: &str = "/var/spool/contextc-pilot/";

/// Where the slots' own copies of the credential lie: gone with the power.
const RUN: &str = "/run/contextc-pilot";

/// The account of a slot, before its number.
const USER: &str = "pilot";
const HOMES: &str = "/home";

/// Where vmcontrollers look for both.
const MESSAGE: &str = "/etc/joboutputs/shutdown_message";
const HEARTBEAT: &str = "/etc/joboutputs/vm-heartbeat";
const PERIOD: Duration = Duration(300);

/// Pilots of DIRAC.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map with `site`, `ce`, `vo`, `configuration-servers`, a credential and `commands`"
)]
pub(crate) struct Pilot {
    /// The name of the site.
    #[schemars(required)]
    site: Option<Word>,
    /// The name of the computing element.
    #[schemars(required)]
    ce: Option<Word>,
    /// The virtual organisation.
    #[schemars(required)]
    vo: Option<Word>,
    /// The setup.
    setup: Option<Word>,
    /// The servers of the configuration: a list, or one text with commas.
    #[schemars(required)]
    configuration_servers: Option<CommaList>,
    /// The release to install.
    version: Option<Word>,
    /// The project that the release is of.
    project: Option<Word>,
    /// A proxy: certificates and the key in one PEM text.
    credential: Option<Secret>,
    /// In place of a proxy: the certificate of a host or robot.
    certificate: Option<Content>,
    /// Its key.
    key: Option<Secret>,
    /// What the addresses of command files are relative to.
    base_url: Option<Url>,
    /// The command files: a name, or `{name, url, sha256}`.
    #[schemars(required)]
    commands: Option<Vec<CommandFile>>,
    /// Which of them is started in each slot. Default: the first.
    start: Option<String>,
    /// More words for it.
    #[serde(default)]
    arguments: Vec<Plain>,
    /// What it finds in its environment.
    #[serde(default)]
    environment: Variables,
    /// How many pilots run at once: a number, or `cores` (default), as many as there are when the machine boots.
    #[serde(default)]
    slots: Slots,
    /// The accounts: this name with the number of the slot, `pilot01`. They are made where they are not. Default `pilot`.
    #[schemars(extend("default" = USER))]
    user: Option<UserName>,
    /// Where the homes of accounts lie that are made. Default `/home`.
    #[schemars(extend("default" = HOMES))]
    directory: Option<AbsolutePath>,
    /// What must be there before pilots start, besides the network.
    #[serde(default)]
    needs: Needs,
    /// A slot whose pilot has ended stays empty. Otherwise another is started: at once after work, ten minutes later else. Default true.
    #[schemars(extend("default" = true))]
    stop_when_idle: Option<Switch>,
    /// A file that says that the machine lives.
    #[serde(default)]
    heartbeat: Heartbeat,
    /// The file that says why the pilots ended. Default `/etc/joboutputs/shutdown_message`.
    #[schemars(extend("default" = MESSAGE))]
    shutdown_message: Option<AbsolutePath>,
    /// `close`: only root reaches the address of the cloud's metadata. Default `open`.
    #[serde(default)]
    metadata: Metadata,
    /// What becomes of the machine when all pilots have ended. Default `nothing`.
    #[serde(default)]
    when_done: WhenDone,
}

/// A file that says that the machine lives: load of 1, 5 and 15 minutes, uptime, idle time.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields, expecting = "a map like `{path: /etc/joboutputs/vm-heartbeat, period: 5m}`")]
struct Heartbeat {
    /// The file. Default `/etc/joboutputs/vm-heartbeat`.
    #[schemars(extend("default" = HEARTBEAT))]
    path: Option<AbsolutePath>,
    /// How often it is written. Default `5m`.
    #[schemars(extend("default" = PERIOD.text()))]
    period: Option<Duration>,
}

impl Block for Pilot {
    fn check(&self, cx: &mut Check) {
        values::check_servers(self.configuration_servers.as_ref(), cx);
        credential::check(cx);
        commands::check(self, cx);
        self.environment.check(cx, &Path::root().key("environment"));
        values::check_user(self.user.as_ref(), cx);
        values::check_period(self.heartbeat.period, cx);
        self.needs.check(cx, &Path::root().key("needs"));
        missing::check(self, cx);
    }

    fn lower(&self, cx: &mut Lower) -> Payload {
        let pem = credential::pem(self, cx);
        let commands = self.commands().iter().map(|file| {
            json!({"url": file.address(self.base_url.as_ref()), "path": path_of(&file.name), "sha256": file.sha256})
        });
        Payload::settings(json!({
            "message": self.message(),
            "commands": commands.collect::<Vec<_>>(),
            "closing": self.metadata.closing(),
            "service": self.service(cx, pem).lowered(),
        }))
    }
}

fn path_of(command: &str) -> String {
    format!("{COMMANDS}{command}")
}

impl Pilot {
    fn commands(&self) -> &[CommandFile] {
        self.commands.as_deref().unwrap_or_default()
    }

    fn message(&self) -> &str {
        self.shutdown_message.as_ref().map_or(MESSAGE, |path| &path.0)
    }

    fn service(&self, cx: &Lower, pem: String) -> Service {
        let base = self.directory.as_ref().map_or(HOMES, |path| path.0.as_str());
        Service {
            name: "pilot".into(),
            title: "pilots".into(),
            needed: self.needs.complete(cx.offers, &[base]).with_network(),
            settings: self.settings(base),
            body: BODY,
            jobs: vec![("main", self.job(cx), None), ("pem", pem, None)],
            lasting: false,
        }
    }

    fn settings(&self, base: &str) -> Vec<(&'static str, String)> {
        let heartbeat = self.heartbeat.path.as_ref().map_or(HEARTBEAT, |path| &path.0);
        let idle = self.stop_when_idle.is_none_or(|stop| stop.0);
        vec![
            ("user", self.user.as_ref().map_or(USER, |user| &user.0).to_owned()),
            ("base", base.to_owned()),
            ("run", RUN.to_owned()),
            ("slots", self.slots.shell()),
            ("idle", if idle { "1" } else { "" }.to_owned()),
            ("heartbeat", heartbeat.to_owned()),
            ("period", self.heartbeat.period.unwrap_or(PERIOD).0.to_string()),
            ("message", self.message().to_owned()),
            ("closing", self.metadata.program().to_owned()),
            ("when_done", self.when_done.name().to_owned()),
        ]
    }

    /// What a slot runs. The credential is one file, which DIRAC takes for a proxy whatever it is.
    fn job(&self, cx: &Lower) -> String {
        let program = self.start.as_deref().or_else(|| Some(&self.commands().first()?.name)).unwrap_or_default();
        let words: String = self.words().iter().map(|word| format!(" {}", quote(word))).collect();
        format!(
            "# Written by contextc: a pilot, for sh -e.\nexec >>/var/log/contextc/pilot-\"$SLOT\".log 2>&1\ncd\n\
             {}export X509_USER_PROXY={RUN}/\"$USER\".pem\n{}\
             exec {}{words} --vm-uuid=\"$VM_UUID\" --pilot-number=\"$SLOT\" --number-of-processors=1\n",
            cx.offers.variables.exports(),
            self.environment.exports(),
            quote(&path_of(program)),
        )
    }

    fn words(&self) -> Vec<String> {
        let option = |name: &str, word: &Word| format!("--{name}={}", word.0);
        let maybe = |name: &str, word: &Option<Word>| word.as_ref().map(|word| option(name, word));
        let rows = [
            maybe("dirac-site", &self.site),
            maybe("ce-name", &self.ce),
            maybe("vo", &self.vo),
            maybe("setup", &self.setup),
            self.configuration_servers.as_ref().map(|servers| format!("--cs-servers={}", servers.0.join(","))),
            maybe("release-version", &self.version),
            maybe("release-project", &self.project),
        ];
        rows.into_iter().flatten().chain(self.arguments.iter().map(|word| word.0.clone())).collect()
    }
}
