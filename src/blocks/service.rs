//! What the blocks that start something have in common: a script that supervises it as root, files that it runs as a user, a unit.
//!
//! All texts are computed here. On the machine they are only written; the unit starts the script when the boot is over.

mod needs;
mod values;

pub(super) use needs::{Needed, Needs};
pub(super) use values::WhenDone;

use super::Lower;
use super::command::Command;
use super::environment::Variables;
use crate::language::diagnostic::Code;
use crate::language::path::Path;
pub(super) use crate::language::shell::quote;
use serde_json::{Value, json};

/// The codes of values that several of these blocks take.
pub(super) const CODES: &[Code] = &[needs::REPOSITORY, needs::DISK, needs::NOTHING];

/// The parts of a handler that write such a service and start it.
pub(super) const HANDLER: &str = handler!("_services");

/// Where the texts lie that run as the user.
const JOBS: &str = "/usr/local/lib/contextc/";

/// Where the supervising scripts lie: what systemd may run there is settled on machines with SELinux too.
const PROGRAMS: &str = "/usr/local/sbin/";

/// What every supervising script begins with, after its own assignments.
const SUPERVISE: &str = include_str!("service/supervise.sh");

/// One thing that is started and kept in sight.
pub(super) struct Service {
    /// The name of the unit and of the script, without `contextc-`.
    pub name: String,
    /// What it is, in a phrase for people.
    pub title: String,
    /// What it waits for.
    pub needed: Needed,
    /// The assignments at the head of the script.
    pub settings: Vec<(&'static str, String)>,
    /// What the script does after the common beginning.
    pub body: &'static str,
    /// Texts that run as a user: a suffix of the name, the text, and who may read it.
    pub jobs: Vec<(&'static str, String, Option<String>)>,
    /// What it started lives on when it has ended.
    pub lasting: bool,
}

impl Service {
    fn unit_name(&self) -> String {
        format!("contextc-{}", self.name)
    }

    /// The path of the supervising script.
    pub fn program(&self) -> String {
        format!("{PROGRAMS}{}", self.unit_name())
    }

    /// As the handler takes it.
    pub fn lowered(&self) -> Value {
        let jobs = self.jobs.iter().map(|(suffix, text, owner)| {
            let mode = if owner.is_some() { "0400" } else { "0600" };
            json!([format!("{JOBS}{}.{suffix}", self.unit_name()), text, mode, owner])
        });
        let program = json!([self.program(), self.script(), "0700", null]);
        json!({
            "name": self.unit_name(),
            "title": self.title,
            "files": jobs.chain([program]).collect::<Vec<_>>(),
            "unit": self.unit(),
        })
    }

    fn script(&self) -> String {
        let own = [("name", self.unit_name()), ("work", format!("{JOBS}{}", self.unit_name()))];
        let settings = own.iter().chain(&self.settings).cloned().collect::<Vec<_>>();
        let asked = self.needed.shell();
        shell_script(&self.title, &settings, &asked, &[SUPERVISE, self.body].concat())
    }

    /// One process out of memory is its own end: the unit's would stop all others, and begin the counting of failures anew.
    ///
    /// Ordered after `multi-user.target`, which wants it: Debian's `cloud-final.service` is, and would else be part of a cycle.
    fn unit(&self) -> String {
        let after = ["multi-user.target".to_owned(), "cloud-final.service".into()];
        let after: Vec<String> = after.into_iter().chain(self.needed.units()).collect();
        let wants = if self.needed.network { "Wants=network-online.target\n" } else { "" };
        let lasting = if self.lasting { "RemainAfterExit=yes\n" } else { "" };
        format!(
            "[Unit]\nDescription={}\n{wants}After={}\n\
             [Service]\nExecStart={}\nSuccessExitStatus=143\nRestart=on-abnormal\nOOMPolicy=continue\n{lasting}\
             [Install]\nWantedBy=multi-user.target\n",
            self.title,
            after.join(" "),
            self.program()
        )
    }
}

/// A text that runs as a user: where it writes, where it runs, what it finds in its environment, and a command.
pub(super) struct Job<'a> {
    pub title: &'a str,
    pub log: &'a str,
    /// Default: the user's home.
    pub directory: Option<&'a str>,
    /// Beside those of all programs.
    pub variables: &'a Variables,
}

impl Job<'_> {
    /// For `sh -e`: the first line that fails ends it. `at` is the place of the command.
    pub fn of(&self, cx: &mut Lower, command: &Command, at: &Path) -> String {
        let command = match command {
            Command::Words(words) => words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" "),
            Command::Text(_) => command.text(cx, at).unwrap_or_default().trim_end().to_owned(),
        };
        let directory = self.directory.map_or(String::new(), |path| format!(" {}", quote(path)));
        format!(
            "# Written by contextc: {}, for sh -e.\nexec >>{} 2>&1\n\
             now() {{ date -u +%Y-%m-%dT%H:%M:%SZ; }}\necho \"== begin $(now)\"\ntrap 'code=$?; echo \"== end $(now) exit $code\"' EXIT\n\
             cd{directory}\n{}{}{command}\n",
            self.title,
            quote(self.log),
            cx.offers.variables.exports(),
            self.variables.exports(),
        )
    }
}

/// A script: assignments, what is computed, what is always the same.
pub(super) fn shell_script(title: &str, settings: &[(&'static str, String)], computed: &str, body: &str) -> String {
    let lines: String = settings.iter().map(|(key, value)| assign(key, value)).collect();
    format!("#!/bin/sh\n# Written by contextc: {title}.\n{lines}{computed}{}", without_comments(body))
}

/// User-data has little room; who reads a script on the machine finds the comments here.
fn without_comments(script: &str) -> String {
    let shipped = |line: &&str| !line.is_empty() && !line.trim_start().starts_with('#');
    // What a function takes stands behind its name.
    let without_words = |line| str::split_once(line, "() { #").map_or([line, "\n"], |(name, _)| [name, "() {\n"]);
    script.lines().filter(shipped).flat_map(without_words).collect()
}

fn assign(key: &str, value: &str) -> String {
    match value {
        "" => format!("{key}=\n"),
        value => format!("{key}={}\n", quote(value)),
    }
}
