//! Commands in their order, each with a time limit, its own log lines and its result in the summary.

use super::command::Command;
use super::environment::Variables;
use super::{Block, BlockSpec, Check, Lower, Payload, Phase, read};
use crate::language::diagnostic::Code;
use crate::language::hidden::{holds_password, names_a_secret};
use crate::language::path::Path;
use crate::language::units::{AbsolutePath, Duration, UserName, quoted};
use schemars::SchemaGenerator;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const NOTHING: Code = Code::new("run/nothing", "A run without commands does nothing.");
const NAME: Code =
    Code::new("run/name", "The name of a command stands in the summary: a few words on one line, without `:`.");
const SAME_NAME: Code =
    Code::new("run/same-name", "What became of a command is kept under its name, so each has its own.");
const NO_TIME: Code = Code::new(
    "run/no-time",
    "A command that is given no time is killed at once; without `timeout` it has a limit of its own.",
);
const EARLY_USER: Code =
    Code::new("run/early-user", "Early commands run before cloud-init makes users: only those of the image are there.");

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "run",
    summary: "commands in order, each with a time limit and its result in the summary",
    phase: Phase::Late,
    handler: &[handler!("run")],
    codes: &[NOTHING, NAME, SAME_NAME, NO_TIME, EARLY_USER],
    secrets: &["commands.*.environment.*"],
    schema: SchemaGenerator::subschema_for::<Run>,
    decode: read::<Run>,
};

/// Commands of the user's own.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{commands: [{name: hello, command: echo hello}]}`"
)]
pub(crate) struct Run {
    /// `late` (default): with network, packages and users. `early`: before users and mounts, as soon as cloud-init reads its data.
    phase: When,
    /// The commands, in the order in which they run.
    commands: Vec<Step>,
}

/// When the commands run.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum When {
    /// Before users, mounts and packages.
    Early,
    /// In the final stage. The default.
    #[default]
    Late,
}

/// One command.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a map with `name` and `command`")]
struct Step {
    /// What the summary calls it.
    name: String,
    /// A text for `sh -c`, in place or `{file: PATH}`, or a list of words that no shell touches.
    command: Command,
    /// Longer than this and it is killed, with all that it started and did not detach. Default `10m`.
    #[schemars(extend("default" = TIMEOUT.text()))]
    timeout: Option<Duration>,
    /// Whether the commands after it run when it fails. Default `stop`. A failed command makes the block fail either way.
    #[serde(default)]
    on_failure: OnFailure,
    /// Variables beside those of the block `environment`.
    #[serde(default)]
    environment: Variables,
    /// Who runs it. Default root.
    user: Option<UserName>,
    /// Where it runs. Default: `/`.
    directory: Option<AbsolutePath>,
}

/// What becomes of the commands after one that failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum OnFailure {
    /// They do not run. The default.
    #[default]
    Stop,
    /// They run.
    Continue,
}

const DIRECTORY: &str = "/";

/// Long enough for a package or two, short enough for a boot.
const TIMEOUT: Duration = Duration(600);

/// What root finds at a login, which the machinery itself does without.
const SEARCH_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Step {
    fn check(&self, cx: &mut Check, at: &Path) {
        let plain = |c: char| !c.is_control() && c != ':';
        if self.name.trim() != self.name
            || self.name.is_empty()
            || self.name.len() > 60
            || !self.name.chars().all(plain)
        {
            let fault = cx.error(NAME, &at.key("name"), format!("{} cannot name a command", quoted(&self.name)));
            cx.push(fault.help("write a word or two, like `unpack tools`"));
        }
        if self.timeout == Some(Duration(0)) {
            let fault = cx.error(NO_TIME, &at.key("timeout"), "this command would be killed at once");
            cx.push(fault.help("write how long it may take, like `10m`"));
        }
        self.environment.check(cx, &at.key("environment"));
    }

    fn lowered(&self, cx: &mut Lower, at: &Path) -> Value {
        let argv = self.command.argv(cx, at);
        let path = [("PATH".to_owned(), SEARCH_PATH.to_owned())];
        let all = path.iter().chain(cx.offers.variables.0.iter()).chain(self.environment.0.iter());
        let env: Map<String, Value> = all.map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        // What a command is given for itself may be a secret whatever its name; what all programs are told is one by its name.
        let general =
            cx.offers.variables.0.iter().filter(|(name, value)| names_a_secret(name) || holds_password(value));
        let hidden: BTreeSet<&str> = general.chain(self.environment.0.iter()).map(|(name, _)| name.as_str()).collect();
        json!({
            "name": self.name,
            "argv": argv,
            "timeout": self.timeout.unwrap_or(TIMEOUT),
            "stop": self.on_failure == OnFailure::Stop,
            "env": env,
            "hidden": hidden,
            "user": self.user,
            "directory": self.directory.as_ref().map_or(DIRECTORY, |directory| &directory.0),
        })
    }
}

impl Block for Run {
    fn phase(&self) -> Option<Phase> {
        Some(match self.phase {
            When::Early => Phase::Early,
            When::Late => Phase::Late,
        })
    }

    fn check(&self, cx: &mut Check) {
        let commands = Path::root().key("commands");
        if self.commands.is_empty() && cx.sound() {
            let fault = cx.error(NOTHING, &Path::root(), "this names no command");
            cx.push(fault.help("add `commands: [{name: hello, command: echo hello}]`, or remove the block"));
        }
        for (index, step) in self.commands.iter().enumerate() {
            let at = commands.index(index);
            step.check(cx, &at);
            if let (When::Early, Some(user)) = (self.phase, step.user.as_ref().filter(|user| user.0 != "root")) {
                let message = format!("`{}` is not there yet, unless the image has it", user.0);
                let fault = cx.warning_at_key(EARLY_USER, &at.key("user"), message);
                cx.push(fault.help("leave `phase` out: late commands find all users"));
            }
            if let Some(first) = self.commands.iter().take(index).position(|earlier| earlier.name == step.name) {
                let fault =
                    cx.error(SAME_NAME, &at.key("name"), format!("a command {} is already there", quoted(&step.name)));
                let first = cx.span(&commands.index(first).key("name"));
                cx.push(fault.also(first, "first here").help("give it another name"));
            }
        }
    }

    fn lower(&self, cx: &mut Lower) -> Payload {
        let at = |index| Path::root().key("commands").index(index).key("command");
        let steps = self.commands.iter().enumerate();
        let commands: Vec<Value> = steps.map(|(index, step)| step.lowered(cx, &at(index))).collect();
        Payload::settings(json!({ "commands": commands }))
    }
}
