//! Environment variables for login shells and for services.
//!
//! cloud-init writes the files itself, in its init stage. `/etc/environment.d` would reach user sessions only.

mod variables;

pub(super) use variables::{Plain, Variables};

use super::{Block, BlockSpec, Check, Lower, Offers, Payload, Phase, read};
use crate::language::diagnostic::Code;
use crate::language::hidden::{holds_password, names_a_secret};
use crate::language::path::Path;
use schemars::SchemaGenerator;
use serde::Deserialize;
use serde_json::{Value, json};

const NOTHING: Code = Code::new("environment/nothing", "An environment without variables does nothing.");
const SECRET: Code =
    Code::new("environment/secret", "Every user and every program of the machine can read these variables.");
const TAKES_OVER: Code = Code::new(
    "environment/takes-over",
    "A variable that the system sets for itself is replaced for every shell and every service, which may then not find its programs.",
);

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "environment",
    summary: "environment variables, for login shells and for services",
    phase: Phase::CloudConfig,
    handler: &[],
    codes: &[NOTHING, SECRET, TAKES_OVER, variables::NAME, variables::VALUE, variables::NOT_EXPANDED],
    secrets: &[],
    schema: SchemaGenerator::subschema_for::<Environment>,
    decode: read::<Environment>,
};

/// Environment variables by name, for login shells and for services.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(transparent)]
pub(crate) struct Environment(Variables);

/// For units (`EnvironmentFile=`), which need not wait for systemd to read its configuration again. What our own blocks start
/// has the variables in its script.
const FILE: &str = "/etc/contextc/environment";
const SHELLS: &str = "/etc/profile.d/contextc.sh";
const SERVICES: &str = "/etc/systemd/system.conf.d/contextc-environment.conf";

/// What programs look for others by, and what login or the dynamic linker go by.
const OF_THE_SYSTEM: &[&str] =
    &["BASH_ENV", "ENV", "HOME", "IFS", "LD_LIBRARY_PATH", "LD_PRELOAD", "LOGNAME", "PATH", "PWD", "SHELL", "USER"];

impl Block for Environment {
    fn offer(&self, offers: &mut Offers) {
        offers.variables.clone_from(&self.0);
    }

    fn check(&self, cx: &mut Check) {
        let root = Path::root();
        if cx.sound() && self.0.0.is_empty() {
            let fault = cx.error(NOTHING, &root, "this sets no variable");
            cx.push(fault.help("add `NAME: value`, or remove the block"));
        }
        self.warn_of_secrets(cx, &root);
        self.0.check(cx, &root);
        for (name, _) in self.0.0.iter().filter(|(name, _)| OF_THE_SYSTEM.contains(&name.as_str())) {
            let fault = cx.warning_at_key(TAKES_OVER, &root.key(name), format!("the system sets `{name}` by itself"));
            cx.push(fault.help("set it where it is needed: in the unit of a service, or in the script of a user"));
        }
    }

    fn lower(&self, _cx: &mut Lower) -> Payload {
        let lines = |line: &dyn Fn(&str, &str) -> String| -> String {
            self.0.0.iter().map(|(name, value)| line(name, value)).collect()
        };
        let file = |path: &str, text: String| -> Value {
            let content = format!("# Written by contextc.\n{text}");
            json!({"path": path, "content": content, "owner": "root:root", "permissions": "0644"})
        };
        let plain = lines(&|name, value| format!("{name}={}\n", variables::quoted_for_shell(value)));
        let manager =
            lines(&|name, value| format!("DefaultEnvironment={}\n", variables::quoted_for_systemd(name, value)));
        Payload::cloud_config(json!({
            "write_files": [
                file(FILE, plain),
                file(SHELLS, self.0.exports()),
                file(SERVICES, format!("[Manager]\n{manager}")),
            ],
            // systemd reads its own configuration then. Services that are started later have the variables.
            "runcmd": [["systemctl", "daemon-reload"]],
        }))
    }
}

impl Environment {
    fn warn_of_secrets(&self, cx: &mut Check, root: &Path) {
        let entries = cx.entries(root);
        let secret = |(name, value): &&(String, String)| names_a_secret(name) || holds_password(value);
        for (name, value) in self.0.0.iter().filter(secret) {
            // Before anything is said of it.
            let place = entries.get(name.as_str()).map_or_else(Default::default, |(_, node)| node.span);
            cx.report.hide(place, Some(value));
            if cx.report.is_full() {
                continue;
            }
            let fault =
                cx.warning_at_key(SECRET, &root.key(name), format!("every user of the machine can read `{name}`"));
            cx.push(fault.help("keep secrets in a file that only their user can read, and give its path here"));
        }
    }
}
