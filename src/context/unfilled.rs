//! Placeholders that somebody was to fill in and did not: cloud-init takes a plain cloud-config as it stands.

use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node};

const PLACEHOLDER: Code = Code::new(
    "cloud-config/placeholder",
    "cloud-init fills in nothing in a plain cloud-config: the placeholder of a tool that did not run is what the machine gets.",
);

pub(crate) const CODES: &[Code] = &[PLACEHOLDER];

/// Keys whose texts are filled in by cloud-init or by the program that they are for, or are commands, where `${NAME}` is the shell's.
const FILLED: [&str; 20] = [
    "ansible",
    "apt",
    "bootcmd",
    "chef",
    "cloud_config_modules",
    "final_message",
    "mcollective",
    "ntp",
    "output",
    "phone_home",
    "power_state",
    "puppet",
    "random_seed",
    "rsyslog",
    "runcmd",
    "salt_minion",
    "snap",
    "vendor_data",
    "yum_repos",
    "zypper",
];

/// Settings of any key that hold the text of a file or a command.
const TEXTS: [&str; 6] = ["cmd", "command", "commands", "config", "content", "template"];

/// Judges the value of a key of cloud-init.
pub(super) fn check(key: &str, value: &Node, report: &mut Report) {
    if !FILLED.contains(&key) {
        below(value, report);
    }
}

fn below(node: &Node, report: &mut Report) {
    match &node.kind {
        _ if report.is_full() => {}
        // What has several lines is a text for somebody else.
        Kind::Scalar { text, .. } if !text.trim_end().contains('\n') => {
            placeholder(text).into_iter().for_each(|mark| report.push(unfilled(mark, node)));
        }
        Kind::Scalar { .. } | Kind::Faulty => {}
        Kind::Sequence(items) => items.iter().for_each(|item| below(item, report)),
        Kind::Mapping(pairs) => {
            let is_text = |key: &Node| key.text().is_some_and(|key| TEXTS.contains(&key));
            pairs.iter().filter(|(key, _)| !is_text(key)).for_each(|(_, value)| below(value, report));
        }
    }
}

/// Never the value, which may be a secret.
fn unfilled(mark: &str, node: &Node) -> Diagnostic {
    let message = format!("a placeholder (`{mark}`) stands here as it is: cloud-init fills in none");
    let fault = Diagnostic::warning(PLACEHOLDER, node.span, message)
        .help("was it for the tool that hands the file over? judge the file that it makes");
    match mark {
        "{{" => fault
            .help("was it for cloud-init? then write `## template: jinja` as the first line, before `#cloud-config`"),
        _ => fault,
    }
}

/// How the placeholder in a text begins: of Jinja and what is like it, or of templates of Terraform and of `envsubst`.
fn placeholder(text: &str) -> Option<&'static str> {
    // Terraform writes `$${` for a `${` that is meant as it stands.
    let escaped = |at: usize| text.get(..at).is_some_and(|before| before.ends_with('$'));
    let holds = |(begin, end): (&'static str, &str)| {
        text.match_indices(begin).any(|(at, _)| {
            let inside = text.get(at + begin.len()..).and_then(|rest| rest.split_once(end));
            !escaped(at) && inside.is_some_and(|(inside, _)| is_name(inside))
        })
    };
    [("{{", "}}"), ("${", "}")].into_iter().find(|marks| holds(*marks)).map(|(begin, _)| begin)
}

/// `name`, `v1.name`, or one of these before a filter. What a Go template or a shell has there begins or goes on otherwise.
fn is_name(inside: &str) -> bool {
    let name = inside.split('|').next().unwrap_or_default().trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(plain)
}
