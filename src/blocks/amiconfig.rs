//! amiconfig: the sections that the contextualization agent of CernVM reads in the user-data, by itself.

mod lines;
mod plugins;

use super::environment::Plain;
use super::{Block, BlockSpec, Check, Lower, Payload, Phase, read};
use crate::language::content::Secret;
use crate::language::diagnostic::Code;
use crate::language::document::Node;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::units::{CommaList, quoted};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lines::Ordered;
use plugins::{
    Account, Cernvm, Condor, Dnsupdate, ExtraRepository, Ganglia, Hepix, Hostname, Noip, Openvpn, Puppet, Squid,
    Storage, Workqueue,
};
use schemars::SchemaGenerator;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;

const NOTHING: Code = Code::new("amiconfig/nothing", "A block without sections and plugins configures nothing.");
const SAME_SECTION: Code = Code::new(
    "amiconfig/same-section",
    "A section is written once: amiconfig would mix two of one name, however they are written.",
);
const SAME_KEY: Code =
    Code::new("amiconfig/same-key", "amiconfig reads keys in lower case, and of two that are then the same the last.");
const SEPARATOR: Code = Code::new(
    "amiconfig/separator",
    "amiconfig takes lists apart at `,` and their items at `:`, `|` or `=`: no item can hold one.",
);
const SECRET: Code = Code::new(
    "amiconfig/condor-secret",
    "amiconfig hands the secret of the pool to a shell, unquoted: it is a word of letters, digits and `._+/=@%:,-`.",
);

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "amiconfig",
    summary: "sections for amiconfig, the agent of CernVM images, by plugin",
    phase: Phase::Agent,
    handler: &[],
    codes: &[
        NOTHING,
        lines::VALUE,
        lines::KEY,
        lines::SECTION,
        SAME_SECTION,
        SAME_KEY,
        SEPARATOR,
        SECRET,
        plugins::SWAP,
    ],
    secrets: &[
        "cernvm.contextualization-key",
        "cernvm.entitlement-key",
        "cernvm.users.*.password",
        "cernvm.x509-cert",
        "cernvm.eos-x509-cert",
        "cernvm.environment.*",
        "condor.condor-secret",
        "noip.password",
        "dnsupdate.tsigkey",
        "openvpn.key",
        "sections.*.*",
    ],
    schema: SchemaGenerator::subschema_for::<Amiconfig>,
    decode: read::<Amiconfig>,
};

/// Sections for amiconfig. Every plugin that has a section runs.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{hostname: {hostname: node1.example.org}}`"
)]
pub(crate) struct Amiconfig {
    /// Plugins to run beside those that have a section here, like `rootsshkeys`.
    plugins: CommaList,
    /// Plugins that are not to run.
    disabled_plugins: CommaList,
    /// The machine's CernVM: experiment, users, repositories, desktop.
    cernvm: Option<Cernvm>,
    /// The pool of HTCondor that the machine joins, or is the head of.
    condor: Option<Condor>,
    /// The machine's name.
    hostname: Option<Hostname>,
    /// A proxy of CVMFS on this machine.
    squid: Option<Squid>,
    /// The monitoring by Ganglia.
    ganglia: Option<Ganglia>,
    /// The agent of Puppet, or its master.
    puppet: Option<Puppet>,
    /// The workers of Work Queue.
    workqueue: Option<Workqueue>,
    /// Space that is made on the disk.
    storage: Option<Storage>,
    /// A name from No-IP.
    noip: Option<Noip>,
    /// A name that is written into a DNS server.
    dnsupdate: Option<Dnsupdate>,
    /// A private network by OpenVPN.
    openvpn: Option<Openvpn>,
    /// The files of the HEPiX contextualization.
    hepix: Option<Hepix>,
    /// Sections of other plugins, as amiconfig knows them.
    sections: Ordered<Ordered<Plain>>,
}

/// A section as lines: its name, and keys with values.
type Section<'a> = (&'a str, Rows);

/// Keys with values.
type Rows = Vec<(String, String)>;

/// How a secret stands in its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    AsItIs,
    /// On the command line of a shell.
    InShell,
    Base64,
}

fn rows(section: &Option<impl Serialize>) -> Option<Rows> {
    let map = match serde_json::to_value(section.as_ref()?) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let text = |value: Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        value => Some(value.to_string()),
    };
    Some(map.into_iter().filter_map(|(key, value)| Some((key, text(value)?))).collect())
}

impl Amiconfig {
    /// Every section that has keys of its own here, without secrets.
    fn all(&self) -> [(&'static str, Option<Rows>); 12] {
        [
            ("cernvm", rows(&self.cernvm)),
            ("condor", rows(&self.condor)),
            ("hostname", rows(&self.hostname)),
            ("squid", rows(&self.squid)),
            ("ganglia", rows(&self.ganglia)),
            ("puppet", rows(&self.puppet)),
            ("workqueue", rows(&self.workqueue)),
            ("storage", rows(&self.storage)),
            ("noip", rows(&self.noip)),
            ("dnsupdate", rows(&self.dnsupdate)),
            ("openvpn", rows(&self.openvpn)),
            ("hepix", rows(&self.hepix)),
        ]
    }

    /// Those that the user has.
    fn known(&self) -> Vec<Section<'static>> {
        self.all().into_iter().filter_map(|(name, rows)| Some((name, rows?))).collect()
    }

    /// The secrets of those sections: section, key, how it is written.
    fn secrets(&self) -> Vec<(&'static str, &'static str, &Secret, Form)> {
        let cernvm = |of: fn(&Cernvm) -> &Option<Secret>| self.cernvm.as_ref().and_then(|cernvm| of(cernvm).as_ref());
        let condor = self.condor.as_ref().and_then(|condor| condor.condor_secret.as_ref());
        let secrets = [
            ("cernvm", "contextualization_key", cernvm(|cernvm| &cernvm.contextualization_key), Form::AsItIs),
            ("cernvm", "entitlement_key", cernvm(|cernvm| &cernvm.entitlement_key), Form::AsItIs),
            ("cernvm", "x509-cert", cernvm(|cernvm| &cernvm.x509_cert), Form::Base64),
            ("cernvm", "eos-x509-cert", cernvm(|cernvm| &cernvm.eos_x509_cert), Form::Base64),
            ("condor", "condor_secret", condor, Form::InShell),
            ("noip", "password", self.noip.as_ref().and_then(|noip| noip.password.as_ref()), Form::AsItIs),
            ("dnsupdate", "tsigkey", self.dnsupdate.as_ref().and_then(|update| update.tsigkey.as_ref()), Form::AsItIs),
            ("openvpn", "key", self.openvpn.as_ref().and_then(|openvpn| openvpn.key.as_ref()), Form::AsItIs),
        ];
        secrets.into_iter().filter_map(|(section, key, secret, form)| Some((section, key, secret?, form))).collect()
    }

    fn check_known(&self, cx: &mut Check) {
        for (section, rows) in self.known() {
            for (key, value) in rows {
                if let Some(fault) = lines::value_fault(&value) {
                    push(cx, fault, &place(section, &key));
                }
            }
        }
        let words = [("plugins", &self.plugins), ("disabled-plugins", &self.disabled_plugins)];
        for (setting, list) in words {
            for (index, name) in list.0.iter().enumerate() {
                if let Some(fault) = lines::section_fault(name) {
                    push(cx, fault, &Path::root().key(setting).index(index));
                }
            }
        }
    }

    fn check_others(&self, cx: &mut Check) {
        let ours = self.all().into_iter().map(|(name, _)| name).chain(["amiconfig"]);
        let mut seen: HashMap<String, bool> = ours.map(|name| (name.to_owned(), true)).collect();
        let root = Path::root().key("sections");
        for (name, rows) in &self.sections.0 {
            let at = root.key(name);
            if let Some(fault) = lines::section_fault(name) {
                push_at_key(cx, fault, &at);
            } else if let Some(ours) = seen.insert(name.to_ascii_lowercase(), false) {
                let help = if ours { "write its keys below the block itself" } else { "keep one of the two" };
                push_at_key(cx, Fault::new(SAME_SECTION, format!("{} is there already", quoted(name)), help), &at);
            }
            self.check_rows(rows, &at, cx);
        }
    }

    fn check_rows(&self, rows: &Ordered<Plain>, at: &Path, cx: &mut Check) {
        let written = cx.entries(at);
        let mut seen = HashMap::new();
        for (key, value) in &rows.0 {
            let at = at.key(key);
            let value = written.get(key.as_str()).and_then(|(_, node)| node.text()).unwrap_or(&value.0);
            if let Some(fault) = lines::key_fault(key) {
                push_at_key(cx, fault, &at);
            } else if let Some(first) = seen.insert(key.to_ascii_lowercase(), key) {
                let message = format!("{} and {} are one key", quoted(first), quoted(key));
                push_at_key(cx, Fault::new(SAME_KEY, message, "keep one of the two"), &at);
            }
            if let Some(fault) = lines::value_fault(value) {
                push(cx, fault, &at);
            }
            if cx.report.is_full() {
                return;
            }
        }
    }
}

/// Where a key of amiconfig is written.
fn place(section: &str, key: &str) -> Path {
    Path::root().key(section).key(key.replace('_', "-"))
}

fn push(cx: &mut Check, fault: Fault, at: &Path) {
    cx.push(cx.error(fault.code, at, fault.message).help(fault.help));
}

fn push_at_key(cx: &mut Check, fault: Fault, at: &Path) {
    cx.push(cx.error_at_key(fault.code, at, fault.message).help(fault.help));
}

/// What an item of a list can hold.
fn item_fault(text: &str, separators: &[char]) -> Option<Fault> {
    let found = text.chars().find(|c| separators.contains(c))?;
    let message = format!("there is a `{found}` in it, at which amiconfig takes it apart");
    Some(Fault::new(SEPARATOR, message, "write another, without it"))
}

impl Amiconfig {
    fn secret(&self, secret: &Secret, form: Form, at: &Path, cx: &mut Lower) -> Option<String> {
        let text = cx.secret(secret, at)?;
        let text = if form == Form::Base64 { STANDARD.encode(text) } else { text.trim_end_matches('\n').to_owned() };
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._+/=@%:,-".contains(&byte);
        let unsafe_word = form == Form::InShell && (text.is_empty() || !text.bytes().all(word));
        let shell =
            || Fault::new(SECRET, "this secret would not survive a shell", "make one with `openssl rand -hex 32`");
        match unsafe_word.then(shell).or_else(|| lines::value_fault(&text)) {
            None => Some(text),
            Some(fault) => {
                cx.refuse(fault, &secret.0.place(at));
                None
            }
        }
    }

    fn accounts(&self, accounts: &[Account], cx: &mut Lower) -> Vec<String> {
        let at = |index| place("cernvm", "users").index(index).key("password");
        let account = |(index, account): (usize, &Account)| {
            let at = at(index);
            let secret = account.password.as_ref();
            let password = secret.and_then(|secret| self.secret(secret, Form::AsItIs, &at, cx)).unwrap_or_default();
            if let (Some(fault), Some(secret)) = (item_fault(&password, &[',', ':']), secret) {
                cx.refuse(fault, &secret.0.place(&at));
            }
            format!("{}:{}:{password}", account.name.0, account.group.0)
        };
        accounts.iter().enumerate().map(account).collect()
    }

    fn extra(&self, repositories: &[ExtraRepository], cx: &mut Lower) -> Vec<String> {
        let at = |index| place("cernvm", "extra_repositories").index(index);
        let text = |(index, extra): (usize, &ExtraRepository)| {
            for (setting, text) in [("name", &extra.name), ("server", &extra.server)] {
                let fault = item_fault(text, &[',', '|']).or_else(|| lines::value_fault(text));
                fault.into_iter().for_each(|fault| cx.refuse(fault, &at(index).key(setting)));
            }
            let key = cx.text(&extra.key, &at(index).key("key"))?;
            Some(format!("{}|{}|{}", extra.name, extra.server, STANDARD.encode(key.trim())))
        };
        repositories.iter().enumerate().filter_map(text).collect()
    }

    fn variables(&self, cernvm: &Cernvm, cx: &mut Lower) -> Vec<String> {
        let at = place("cernvm", "environment");
        let row = |(name, value): &(String, String)| {
            let fault = item_fault(value, &[',', '=']).or_else(|| lines::value_fault(value));
            fault.into_iter().for_each(|fault| cx.refuse(fault, &at.key(name)));
            format!("{name}={value}")
        };
        cernvm.environment.0.iter().map(row).collect()
    }

    /// What is put together of several settings, or is a secret.
    fn composed(&self, cx: &mut Lower) -> Vec<(&'static str, &'static str, String)> {
        let mut rows = Vec::new();
        if let Some(cernvm) = &self.cernvm {
            let lists = [
                ("users", self.accounts(&cernvm.users, cx)),
                ("extra_repositories", self.extra(&cernvm.extra_repositories, cx)),
                ("environment", self.variables(cernvm, cx)),
            ];
            let lists = lists.into_iter().filter(|(_, items)| !items.is_empty());
            rows.extend(lists.map(|(key, items)| ("cernvm", key, items.join(","))));
        }
        for (section, key, secret, form) in self.secrets() {
            let text = self.secret(secret, form, &place(section, key), cx);
            rows.extend(text.map(|text| (section, key, text)));
        }
        rows
    }

    /// Sections of other plugins, each value by its own text.
    fn others<'a>(&'a self, node: &Arc<Node>) -> Vec<Section<'a>> {
        let text = |section: &str, key: &str| {
            Some(node.entry("sections")?.1.entry(section)?.1.entry(key)?.1.text()?.to_owned())
        };
        let row = |section: &str, (key, value): &(String, Plain)| {
            (key.clone(), text(section, key).unwrap_or_else(|| value.0.clone()))
        };
        let sections = self.sections.0.iter();
        sections.map(|(name, rows)| (name.as_str(), rows.0.iter().map(|pair| row(name, pair)).collect())).collect()
    }

    /// The section that says which plugins run.
    fn own(&self, sections: &[Section]) -> Section<'static> {
        let mut plugins: Vec<&str> = sections.iter().map(|(name, _)| *name).collect();
        let more =
            self.plugins.0.iter().map(String::as_str).filter(|name| !sections.iter().any(|(known, _)| known == name));
        plugins.extend(more);
        let mut rows = vec![("plugins".to_owned(), plugins.join(" "))];
        if !self.disabled_plugins.0.is_empty() {
            rows.push(("disabled_plugins".to_owned(), self.disabled_plugins.0.join(" ")));
        }
        ("amiconfig", rows)
    }
}

impl Block for Amiconfig {
    fn check(&self, cx: &mut Check) {
        let nothing = self.known().is_empty() && self.sections.0.is_empty();
        if nothing && self.plugins.0.is_empty() && self.disabled_plugins.0.is_empty() && cx.sound() {
            let fault = cx.error(NOTHING, &Path::root(), "this configures nothing");
            cx.push(fault.help("add a section, like `cernvm: {organisations: alice}`, or remove the block"));
        }
        self.check_known(cx);
        self.check_others(cx);
        if let Some(cernvm) = &self.cernvm {
            cernvm.environment.check(cx, &place("cernvm", "environment"));
        }
    }

    fn lower(&self, cx: &mut Lower) -> Payload {
        let mut sections: Vec<Section> = self.known();
        for (name, key, text) in self.composed(cx) {
            let section = sections.iter_mut().filter(|(section, _)| *section == name);
            section.for_each(|(_, rows)| rows.push((key.to_owned(), text.clone())));
        }
        sections.extend(self.others(cx.node));
        sections.insert(0, self.own(&sections));
        let mut text = String::new();
        for (name, rows) in &sections {
            text.push_str(&format!("[{name}]\n"));
            rows.iter().for_each(|(key, value)| text.push_str(&format!("{key}={value}\n")));
        }
        Payload::lines(text + lines::END)
    }
}
