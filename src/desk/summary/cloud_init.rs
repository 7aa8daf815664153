//! What cloud-init says of itself: in `cloud-init.log`, on the console, in `status.json`.

use super::lines::Log;
use super::machine::{BlockState, Module, Script};
use crate::desk::shown::beginning;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// More modules, scripts or faults of one machine are not counted: nobody reads them, and a log may be made up.
const MOST: usize = 100;

/// The last stage, in which the late blocks, the scripts and the verdict have their place.
const FINAL: &str = "modules:final";

/// What the scripts of the message print where no handlers came.
pub(super) const NEVER_ARRIVED: &str = "the handlers never arrived";

/// What is known so far.
#[derive(Debug, Default)]
pub(super) struct CloudInit {
    pub version: Option<String>,
    /// The stages of the last boot that began, in order.
    stages: Vec<String>,
    ended: bool,
    /// Whether there is a word of contextc in it.
    ours: bool,
    modules: BTreeSet<String>,
    scripts: BTreeMap<String, String>,
    /// The script whose exit code the next line tells.
    script: Option<String>,
    errors: BTreeSet<String>,
}

impl CloudInit {
    /// Whether a machine of ours began, and did not come to the end of its boot.
    pub fn is_under_way(&self) -> bool {
        self.ours && !self.stages.is_empty() && !self.ended
    }

    pub fn modules(&self) -> Vec<Module> {
        let reason = || "see /var/log/cloud-init.log".to_owned();
        self.modules.iter().map(|name| Module { name: name.clone(), reason: reason() }).collect()
    }

    /// The user's scripts that failed.
    pub fn scripts(&self) -> Vec<Script> {
        let row = |(name, code): (&String, &String)| {
            let (name, state) = (name.clone(), BlockState::Failed);
            Script { name, state, reason: Some(format!("exit {code}")) }
        };
        self.scripts.iter().map(row).collect()
    }

    /// How far it came, and what went wrong.
    pub fn notes(&self) -> Vec<String> {
        let reached = self.stages.iter().any(|stage| stage == FINAL);
        let came = match self.stages.last() {
            _ if self.ended => Some("cloud-init came to its end".to_owned()),
            Some(_) if reached => Some("cloud-init's final stage began and did not end".into()),
            Some(last) => Some(format!("cloud-init's final stage did not begin; the last that did is `{last}`")),
            None => None,
        };
        came.into_iter().chain(self.errors.iter().map(|error| format!("cloud-init: {error}"))).collect()
    }

    /// `Cloud-init v. 22.4.2 running 'modules:final' at ...`, `Cloud-init v. 22.4.2 finished at ...`.
    fn stage(&mut self, banner: &str) {
        let (version, rest) = banner.split_once(' ').unwrap_or_default();
        if let Some(stage) = rest.strip_prefix("running '").and_then(|rest| rest.split('\'').next()) {
            if stage == "init-local" {
                self.stages.clear();
            }
            self.ended = false;
            if self.stages.len() < MOST {
                self.stages.push(beginning(stage, 40).into());
            }
            self.version = Some(beginning(version, 40).into());
        }
        self.ended |= rest.starts_with("finished at");
    }

    fn module(&mut self, line: &str) {
        let name = line.split("Running module ").nth(1).and_then(|rest| rest.split(' ').next());
        if let Some(name) = name.filter(|_| line.contains(") failed") && self.modules.len() < MOST) {
            self.modules.insert(beginning(name, 100).into());
        }
    }

    /// A script's end in the words of all releases: `Failed running PATH [3]`, or `Command: ['PATH']` and `Exit code: 3`.
    fn script(&mut self, line: &str) {
        if let Some(code) = line.strip_prefix("Exit code: ") {
            let name = self.script.take();
            return name.into_iter().for_each(|name| self.failed(&name, code));
        }
        let Some(rest) = line.split("/scripts/").nth(1) else { return };
        if line.contains("Failed running ") {
            let (name, code) = rest.split_once(" [").unwrap_or_default();
            self.failed(name, code.trim_end_matches(']'));
        } else if line.contains("Command: ['") {
            self.script = rest.split('\'').next().map(|name| beginning(name, 100).into());
        }
    }

    fn failed(&mut self, name: &str, code: &str) {
        let ours = name.is_empty() || name.contains("contextc-") || name.contains('/');
        if !ours && self.scripts.len() < MOST {
            self.scripts.insert(beginning(name, 100).into(), beginning(code.trim(), 20).into());
        }
    }

    /// `status.json`: what began, and the errors of each stage.
    pub fn status(&mut self, text: &[u8]) {
        let status: Value = serde_json::from_slice(text).unwrap_or_default();
        let stages = status.get("v1").and_then(Value::as_object).into_iter().flatten();
        let errors = stages.filter_map(|(name, stage)| Some((name, stage.get("errors")?.as_array()?)));
        for (name, error) in errors.flat_map(|(name, list)| list.iter().map(move |error| (name, error))).take(MOST) {
            let text = error.as_str().map_or_else(|| error.to_string(), str::to_owned);
            self.errors.insert(format!("{name}: {}", beginning(&text, 500)));
        }
    }
}

impl Log for CloudInit {
    fn line(&mut self, line: &str) {
        if let Some((_, banner)) = line.split_once("loud-init v. ") {
            self.stage(banner);
        }
        self.module(line);
        self.script(line);
        self.ours |= line.contains("contextc");
    }
}

#[cfg(test)]
mod tests {
    use super::{CloudInit, NEVER_ARRIVED};
    use crate::compiler::Compiler;
    use crate::desk::summary::lines::Log;
    use crate::language::source::Source;

    #[test]
    fn the_scripts_of_a_message_say_it_in_these_words() {
        let compiled = Compiler::new().compile(&Source::new("a.yaml", "localfs: {parts: {home: 50}}\n")).unwrap();
        let message = String::from_utf8_lossy(compiled.artifact().bytes()).into_owned();
        assert_eq!(message.matches(NEVER_ARRIVED).count(), 2);
    }

    #[test]
    fn status_json_tells_the_errors_of_each_stage() {
        let mut cloud_init = CloudInit::default();
        cloud_init.status(br#"{"v1": {"stage": null, "modules-final": {"errors": ["('scripts-user', it failed)"]}}}"#);
        assert_eq!(cloud_init.notes(), ["cloud-init: modules-final: ('scripts-user', it failed)"]);
        cloud_init.status(b"{");
    }

    #[test]
    fn scripts_that_failed_are_named_in_the_words_of_every_release() {
        let mut cloud_init = CloudInit::default();
        for line in [
            "2020 - subp.py[DEBUG]: Failed running /var/lib/cloud/instance/scripts/50-001-setup [3]",
            "Command: ['/var/lib/cloud/instance/scripts/runcmd']",
            "Exit code: 7",
            "Failed running /var/lib/cloud/instance/scripts/zz-contextc-finish [1]",
        ] {
            cloud_init.line(line);
        }
        let found: Vec<_> = cloud_init.scripts().into_iter().map(|row| (row.name, row.reason.unwrap())).collect();
        let wanted = [("50-001-setup", "exit 3"), ("runcmd", "exit 7")];
        assert_eq!(found, wanted.map(|(name, reason)| (name.to_owned(), reason.to_owned())));
    }
}
