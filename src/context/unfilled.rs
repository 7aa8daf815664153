//! Placeholders that somebody was to fill in and did not: cloud-init takes a plain cloud-config as it stands.

use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::document::{Kind, Node};

const PLACEHOLDER: Code = Code::new(
    "cloud-config/placeholder",
    "cloud-init fills in nothing in a plain cloud-config: the placeholder of a tool that did not run is what the machine gets.",
);

pub(crate) const CODES: &[Code] = &[PLACEHOLDER];

/// Keys whose texts are filled in by cloud-init or by the program that they are for, or are commands, where `${NAME}` is the shell's.
/// Older names of these, and those beside them, are of the same kind; the last ones are settings of [`CONFIGS`].
const FILLED: [&str; 31] = [
    "ansible",
    "apt",
    "apt_custom_sources_list",
    "apt_mirror",
    "apt_mirror_search",
    "apt_sources",
    "bootcmd",
    "chef",
    "cloud_config_modules",
    "cloud_final_modules",
    "cloud_init_modules",
    "disable_root_opts",
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
    "vendor_data2",
    "yum_repos",
    "zypper",
    "early-commands",
    "error-commands",
    "late-commands",
];

/// What has keys as a cloud-config has them: the autoinstall of Ubuntu, and the cloud-config in it.
const CONFIGS: [&str; 2] = ["autoinstall", "user-data"];

/// Settings of any key that hold the text of a file or a command.
const TEXTS: [&str; 8] = ["cmd", "command", "commands", "config", "content", "preseed", "readinessprobe", "template"];

/// Options of a public key that hold what a shell is given, or may (sshd(8), AUTHORIZED_KEYS FILE FORMAT).
const OPTIONS: [&str; 2] = ["command=\"", "environment=\""];

/// Judges the value of a key of cloud-init.
pub(super) fn check(key: &str, value: &Node, report: &mut Report) {
    if CONFIGS.contains(&key) && matches!(value.kind, Kind::Mapping(_)) {
        value.pairs().iter().for_each(|(key, value)| check(key.text().unwrap_or_default(), value, report));
    } else if !FILLED.contains(&key) {
        below(value, report);
    }
}

fn below(node: &Node, report: &mut Report) {
    match &node.kind {
        _ if report.is_full() => {}
        // What has several lines is a text for somebody else.
        Kind::Scalar { text, .. } if !text.trim_end().contains('\n') && !has_options(text) => {
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

fn has_options(text: &str) -> bool {
    OPTIONS.iter().any(|option| text.contains(option))
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

#[cfg(test)]
mod tests {
    use crate::context::plain;
    use crate::language::diagnostic::Report;
    use crate::language::source::Source;

    /// The lines of a cloud-config in which placeholders are told.
    fn told(text: &str) -> Vec<usize> {
        let source = Source::new("user-data", text);
        let mut report = Report::new(&source);
        plain::judge(&source, &mut report);
        let placeholders = report.diagnostics().iter().filter(|fault| fault.code() == super::PLACEHOLDER);
        placeholders.map(|fault| text.get(..fault.span().start).unwrap().matches('\n').count() + 1).collect()
    }

    #[test]
    fn what_others_fill_in_is_left_to_them() {
        for text in [
            "autoinstall:\n  version: 1\n  late-commands: [\"curtin in-target -- sh -c 'echo ${HOME}'\"]\n",
            "autoinstall: {early-commands: ['echo ${A}'], error-commands: ['echo ${A}']}\n",
            "autoinstall: {user-data: {runcmd: ['echo ${HOME}'], vendor_data: {prefix: 'nice ${A}'}}}\n",
            "ssh_authorized_keys: ['command=\"echo ${SSH_ORIGINAL_COMMAND}\" ssh-ed25519 AAAA']\n",
            "users: [{name: a, ssh_authorized_keys: ['environment=\"A=${B}\" ssh-ed25519 AAAA']}]\n",
            "disable_root_opts: 'command=echo ${USER}'\n",
            "wireguard: {readinessprobe: ['ping -c 1 ${PEER}']}\n",
            "vendor_data: {prefix: 'a ${B}'}\nvendor_data2: {prefix: 'a ${B}'}\n",
            "cloud_init_modules: ['${A}']\ncloud_config_modules: ['${A}']\ncloud_final_modules: ['${A}']\n",
            "apt: {sources: {a: {source: 'deb ${MIRROR}'}}}\napt_sources: [{source: 'deb ${MIRROR}'}]\n",
        ] {
            assert!(told(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_nobody_fills_in_is_told() {
        let text = "hostname: ${NAME}\nautoinstall:\n  identity:\n    hostname: '{{ name }}'\n  user-data:\n    \
                    timezone: ${ZONE}\nssh_authorized_keys: ['${KEY}']\nautoinstalled: 1\nwireguard:\n  interfaces:\n  \
                    - name: ${WG}\nlocale: ${LOCALE}\n";
        assert_eq!(told(text), [1, 4, 6, 7, 11, 12]);
        assert_eq!(told("autoinstall: ['${A}']\n"), [1]);
    }
}
