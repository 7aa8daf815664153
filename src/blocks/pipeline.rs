//! Pipelines: commands of users that start when what they need is there, and are started again until they are done.

mod forms;

use super::command::Command;
use super::environment::Variables;
use super::service::{HANDLER, Job, Needs, Service, WhenDone};
use super::{Block, BlockSpec, Check, Lower, Payload, Phase, read};
use crate::language::diagnostic::Code;
use crate::language::digest::sha256_hex;
use crate::language::path::Path;
use crate::language::units::{AbsolutePath, UserName};
use forms::{Name, Pipelines, Restart, WhenFailed};
use schemars::SchemaGenerator;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

const NAME: Code = Code::new(
    "pipeline/name",
    "A name becomes part of file names: lower-case letters, digits, `_` and `-`, at most 40 of them.",
);
const SAME_NAME: Code =
    Code::new("pipeline/same-name", "Pipelines and trackers become units, and each has a name of its own.");
const NOTHING: Code = Code::new("pipeline/nothing", "An empty list of pipelines does nothing.");
const RESTART: Code =
    Code::new("pipeline/restart", "After a failure a pipeline ends, is started again for ever, or a number of times.");
const NEVER_FAILS: Code = Code::new(
    "pipeline/never-fails",
    "With `restart: on-failure` a command is started again for ever, so what is to follow a failure never comes.",
);

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "pipeline",
    summary: "commands of a user that start when what they need is there, until they are done",
    phase: Phase::Late,
    handler: &[HANDLER, handler!("pipeline")],
    codes: &[NAME, SAME_NAME, NOTHING, RESTART, NEVER_FAILS],
    secrets: &["environment.*", "*.environment.*"],
    schema: SchemaGenerator::subschema_for::<Pipelines>,
    decode: read::<Pipelines>,
};

const BODY: &str = include_str!("pipeline/run.sh");

/// One command with what surrounds it.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map like `{name: analysis, user: alice, command: make all}`"
)]
struct Pipeline {
    /// Its name: the unit is `contextc-pipeline-NAME`.
    name: Name,
    /// Who runs it.
    user: UserName,
    /// Lines for `sh -e`, or the list of one command's words.
    command: Command,
    /// Where it runs. Default: the user's home.
    #[serde(default)]
    working_directory: Option<AbsolutePath>,
    /// What it finds in its environment.
    #[serde(default)]
    environment: Variables,
    /// What must be there before it starts.
    #[serde(default)]
    needs: Needs,
    /// Long-running helpers, like a web monitor: started with it, and again when they fail; they outlive it.
    #[serde(default)]
    trackers: Vec<Tracker>,
    /// When the command fails: `no` (default), `on-failure` (again for ever), or how many times it is started again.
    #[serde(default)]
    restart: Restart,
    /// Where it writes. Default: `/var/log/contextc/pipeline-NAME.log`.
    #[serde(default)]
    log: Option<AbsolutePath>,
    /// What becomes of the machine when it has ended well. Default `nothing`.
    #[serde(default)]
    when_done: WhenDone,
    /// What follows when it has failed for good. Default `nothing`.
    #[serde(default)]
    #[schemars(extend("default" = "nothing"))]
    when_failed: WhenFailed,
}

/// A long-running helper.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `name` and `command`")]
struct Tracker {
    /// Its name: the unit is `contextc-pipeline-PIPELINE-NAME`.
    name: Name,
    /// What to run.
    command: Command,
}

impl Block for Pipelines {
    fn check(&self, cx: &mut Check) {
        if self.list.is_empty() && cx.sound() {
            let fault = cx.error(NOTHING, &Path::root(), "there is no pipeline in this list");
            cx.push(fault.help("add `- {name: analysis, user: alice, command: make all}`, or remove the block"));
        }
        self.check_names(cx);
        for (pipeline, at) in self.placed() {
            pipeline.environment.check(cx, &at.key("environment"));
            pipeline.needs.check(cx, &at.key("needs"));
            if pipeline.restart == Restart::FOR_EVER && !pipeline.when_failed.is_nothing() && !pipeline.needs.ends() {
                let fault = cx.warning_at_key(NEVER_FAILS, &at.key("when-failed"), "this never comes");
                cx.push(
                    fault
                        .also(cx.span(&at.key("restart")), "started again for ever")
                        .help("write how often it is started again, like `restart: 3`"),
                );
            }
        }
    }

    fn lower(&self, cx: &mut Lower) -> Payload {
        let services: Vec<Value> = self
            .placed()
            .flat_map(|(pipeline, at)| pipeline.services(cx, &at))
            .map(|service| service.lowered())
            .collect();
        let mut users: Vec<&str> = self.list.iter().map(|pipeline| pipeline.user.0.as_str()).collect();
        users.sort_unstable();
        users.dedup();
        Payload::settings(json!({"users": users, "services": services}))
    }
}

impl Pipelines {
    /// Each pipeline with its place in the text.
    fn placed(&self) -> impl Iterator<Item = (&Pipeline, Path)> {
        let place = |index| if self.alone { Path::root() } else { Path::root().index(index) };
        self.list.iter().enumerate().map(move |(index, pipeline)| (pipeline, place(index)))
    }

    fn check_names(&self, cx: &mut Check) {
        let mut taken: HashMap<String, Path> = HashMap::new();
        for (pipeline, at) in self.placed() {
            let own = (pipeline.name.0.clone(), at.key("name"));
            let trackers =
                pipeline.trackers.iter().enumerate().map(|(index, tracker)| {
                    (pipeline.tracker_name(tracker), at.key("trackers").index(index).key("name"))
                });
            for (name, at) in std::iter::once(own).chain(trackers) {
                match taken.get(&name) {
                    Some(first) => {
                        let fault = cx.error(SAME_NAME, &at, format!("there are two units `{name}`"));
                        cx.push(
                            fault.also(cx.span(first), "first here").help("choose another name for one of the two"),
                        );
                    }
                    None => drop(taken.insert(name, at)),
                }
            }
        }
    }
}

impl Pipeline {
    fn tracker_name(&self, tracker: &Tracker) -> String {
        format!("{}-{}", self.name.0, tracker.name.0)
    }

    /// The pipeline itself and its trackers.
    fn services(&self, cx: &mut Lower, at: &Path) -> Vec<Service> {
        let mut services = vec![self.own_service(cx, at)];
        for (index, tracker) in self.trackers.iter().enumerate() {
            let at = at.key("trackers").index(index).key("command");
            let name = self.tracker_name(tracker);
            let title = format!("tracker {} of pipeline {}", tracker.name.0, self.name.0);
            let log = log_of(&name);
            let main = self.job(cx, &tracker.command, &at, &title, &log);
            services.push(Service {
                settings: self.settings(&log, String::new(), ""),
                jobs: vec![("main", main, self.owner())],
                lasting: true,
                ..self.service(cx, &name, title, &log)
            });
        }
        services
    }

    fn own_service(&self, cx: &mut Lower, at: &Path) -> Service {
        let log = self.log.as_ref().map_or_else(|| log_of(&self.name.0), |log| log.0.clone());
        let title = format!("pipeline {}", self.name.0);
        let mut jobs = vec![("main", self.job(cx, &self.command, &at.key("command"), &title, &log), self.owner())];
        if let Some(command) = self.when_failed.command() {
            let at = at.key("when-failed").key("command");
            let title = format!("what follows the failure of {title}");
            jobs.push(("failed", self.job(cx, command, &at, &title, &log), self.owner()));
        }
        let mut settings = self.settings(&log, self.restart.shell(), &self.mark(&jobs));
        settings.push(("when_done", self.when_done.name().into()));
        settings.push(("when_failed", self.when_failed.name().into()));
        Service { settings, jobs, ..self.service(cx, &self.name.0, title, &log) }
    }

    fn service(&self, cx: &Lower, name: &str, title: String, log: &str) -> Service {
        let directory = self.working_directory.as_ref().map(|directory| directory.0.as_str());
        let paths: Vec<&str> = directory.into_iter().chain([log]).collect();
        Service {
            name: format!("pipeline-{name}"),
            title,
            needed: self.needs.complete(cx.offers, &paths),
            settings: Vec::new(),
            body: BODY,
            jobs: Vec::new(),
            lasting: false,
        }
    }

    /// An empty key: nothing is ever done.
    fn settings(&self, log: &str, restarts: String, key: &str) -> Vec<(&'static str, String)> {
        vec![("user", self.user.0.clone()), ("log", log.into()), ("restarts", restarts), ("key", key.into())]
    }

    /// Of the texts that run: a pipeline that was done and is now another one is done anew.
    fn mark(&self, jobs: &[(&str, String, Option<String>)]) -> String {
        let texts: String = jobs.iter().map(|(_, text, _)| text.as_str()).collect();
        sha256_hex(texts.as_bytes()).get(..12).unwrap_or_default().to_owned()
    }

    fn owner(&self) -> Option<String> {
        Some(self.user.0.clone())
    }

    fn job(&self, cx: &mut Lower, command: &Command, at: &Path, title: &str, log: &str) -> String {
        let directory = self.working_directory.as_ref().map(|directory| directory.0.as_str());
        Job { title, log, directory, variables: &self.environment }.of(cx, command, at)
    }
}

fn log_of(name: &str) -> String {
    format!("/var/log/contextc/pipeline-{name}.log")
}
