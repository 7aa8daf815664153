//! What no pilot can do without: all that is missing is said at once.

use super::Pilot;
use crate::blocks::Check;
use crate::language::diagnostic::Code;
use crate::language::document::{Kind, Node};
use crate::language::path::Path;
use crate::language::suggest;

pub(super) const MISSING: Code = Code::new(
    "pilot/missing",
    "A pilot is told its site, computing element, organisation and configuration servers, and is started by a command file.",
);

pub(super) fn check(pilot: &Pilot, cx: &mut Check) {
    let needed = [
        ("site", pilot.site.is_none(), "CLOUD.Example.org"),
        ("ce", pilot.ce.is_none(), "worker.example.org"),
        ("vo", pilot.vo.is_none(), "example"),
        (
            "configuration-servers",
            pilot.configuration_servers.is_none(),
            "dips://dirac.example.org:9135/Configuration/Server",
        ),
        ("commands", pilot.commands.is_none(), "[vm-pilot]"),
    ];
    let missing: Vec<_> = needed.iter().filter(|(name, none, _)| *none && !reported(cx.node, name)).collect();
    if missing.is_empty() {
        return;
    }
    let list = |show: &dyn Fn(&str, &str) -> String| {
        missing.iter().map(|(name, _, example)| show(name, example)).collect::<Vec<_>>().join(", ")
    };
    let message = format!("`pilot` has no {}", list(&|name, _| format!("`{name}`")));
    let fault = cx.error(MISSING, &Path::root(), message);
    cx.push(fault.help(format!("add {}", list(&|name, example| format!("`{name}: {example}`")))));
}

/// A setting whose value was reported, or that is only misspelled.
fn reported(pilot: &Node, name: &str) -> bool {
    let faulty = pilot.pairs().iter().filter(|(_, value)| matches!(value.kind, Kind::Faulty));
    faulty.filter_map(|(key, _)| key.text()).any(|key| suggest::nearest(key, [name]).is_some())
}
