//! Access by SSH: who may log in and how, by which keys the machine is known, and which hosts it knows.

mod authorized;
mod hosts;
mod identity;
mod keys;
mod wire;

pub(crate) use wire::kinds as key_types;

use super::{Block, BlockSpec, Check, Lower, OfferedMount, Payload, Phase, read};
use crate::language::content::Content;
use crate::language::diagnostic::Code;
use crate::language::document::Node;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::several::Several;
use crate::language::units::{CommaList, Numbers, Switch, Unit, UserName, quoted, unit};
use hosts::{HostKey, HostKeys};
use schemars::SchemaGenerator;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const NOTHING: Code = Code::new("ssh-access/nothing", "A block that changes nothing on the machine is a mistake.");
const USER: Code = Code::new("ssh-access/user", "Keys are given by user: one that is nobody's lets nobody in.");
const ROOT_LOGIN: Code =
    Code::new("ssh-access/root-login", "root may log in: always, never, with keys only, or for forced commands only.");
const ROOT_KEYS: Code =
    Code::new("ssh-access/root-keys-unused", "A key for root is no use where root may not log in with it.");
const HIDDEN: Code = Code::new(
    "ssh-access/hidden-keys",
    "Keys are written before NFS is mounted: below a mount point nobody would find them.",
);

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "ssh-access",
    summary: "keys for users, host keys that are known before the first login, known hosts, and how sshd lets in",
    phase: Phase::Late,
    handler: &[handler!("ssh-access")],
    codes: &[
        NOTHING,
        USER,
        ROOT_LOGIN,
        ROOT_KEYS,
        HIDDEN,
        authorized::ONE_KEY,
        authorized::OPTION,
        authorized::COMMAND,
        hosts::SAME_HOST_KEY,
        hosts::HOST_NAME,
        hosts::KNOWN_HOST,
        hosts::NAMES_UNUSED,
        identity::NAME,
        identity::SAME,
        keys::PUBLIC_KEY,
        keys::PRIVATE_PASTED,
        keys::PRIVATE_KEY,
        keys::ENCRYPTED,
        keys::WEAK,
    ],
    secrets: &["host-keys.*", "identities.*", "identities.*.key", "identities.*.*", "identities.*.*.key"],
    schema: SchemaGenerator::subschema_for::<SshAccess>,
    decode: |spec, node, codes, report| {
        // A single key is a secret; the word in its place is not, and stands in messages of any kind.
        if let Some((_, key)) = node.entry("host-keys")
            && key.text().is_some_and(|text| text != hosts::GENERATE)
        {
            report.hide(key.span, key.text());
        }
        read::<SshAccess>(spec, node, codes, report)
    },
};

/// Access by SSH.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{authorized: {root: {file: admin.pub}}}`"
)]
pub(crate) struct SshAccess {
    /// The keys that may log in, by user: lines of authorized_keys(5), {file: PATH}, or a map with `key`, `options` and `command`. Others that are there are kept.
    authorized: BTreeMap<String, authorized::Keys>,
    /// The private host keys, one of a type; or `generate` for new ones. Default: what the image and cloud-init do.
    host_keys: HostKeys,
    /// The names and addresses by which the machine is reached, for the known_hosts line of given host keys.
    host_names: CommaList,
    /// Lines for `/etc/ssh/ssh_known_hosts`.
    known_hosts: Several<Content>,
    /// Private keys by user, for `~/.ssh`.
    identities: BTreeMap<String, Several<identity::Identity>>,
    /// Whether sshd takes passwords. Default: as the image has it.
    password_authentication: Option<Switch>,
    /// Whether root may log in. Default: as the image has it.
    root_login: Option<RootLogin>,
}

/// PermitRootLogin of sshd_config(5), in words that every sshd since 2001 takes and shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct RootLogin(&'static str);

const YES: RootLogin = RootLogin("yes");
const NO: RootLogin = RootLogin("no");
/// `prohibit-password` in newer ones, whose `sshd -T` still shows the old word.
const KEYS_ONLY: RootLogin = RootLogin("without-password");
const FORCED_ONLY: RootLogin = RootLogin("forced-commands-only");

impl Unit for RootLogin {
    const EXPECTS: &'static str = "`true`, `false`, `prohibit-password` or `forced-commands-only`";
    const PATTERN: &'static str =
        "^(true|false|yes|no|on|off|prohibit-password|without-password|forced-commands-only)$";
    const NUMBERS: Numbers = Numbers::Switches;

    fn parse(text: &str) -> Result<Self, Fault> {
        match text {
            "true" | "yes" | "on" => Ok(YES),
            "false" | "no" | "off" => Ok(NO),
            "prohibit-password" | "without-password" => Ok(KEYS_ONLY),
            "forced-commands-only" => Ok(FORCED_ONLY),
            _ => {
                let message = format!("{} does not say whether root may log in", quoted(text));
                Err(Fault::new(ROOT_LOGIN, message, format!("write {}", Self::EXPECTS)))
            }
        }
    }
}

unit!(RootLogin);

impl SshAccess {
    fn gives_host_keys(&self) -> bool {
        !self.host_keys.items.is_empty() && !hosts::are_generated(&self.host_keys)
    }

    fn check_users(&self, cx: &mut Check) {
        for setting in ["authorized", "identities"] {
            if let Some(path) = without_user(cx.node, setting) {
                let fault =
                    cx.error_at_key(USER, &Path::root().key(setting).key("file"), "nothing says whose key this is");
                cx.push(
                    fault.help(format!("write `{setting}: {{alice: {{file: {path}}}}}`, with the name of the user")),
                );
            }
        }
        let users = self.authorized.keys().map(|user| ("authorized", user));
        for (setting, user) in users.chain(self.identities.keys().map(|user| ("identities", user))) {
            if let Err(fault) = UserName::parse(user) {
                let at = Path::root().key(setting).key(user.as_str());
                cx.push(cx.error_at_key(fault.code, &at, fault.message).help(fault.help));
            }
        }
    }

    /// NFS comes after this block: what is in a home below its mount points then is the server's.
    fn check_hidden(&self, cx: &mut Check) {
        let users = self.authorized.keys().map(|user| ("authorized", user));
        for (setting, user) in users.chain(self.identities.keys().map(|user| ("identities", user))) {
            let folder = format!("{}/.ssh", cx.offers.home(user));
            let hides = |mount: &&OfferedMount| mount.block == "nfs" && mount.at.holds(&folder);
            if let Some(mount) = cx.offers.mounts().iter().find(hides) {
                let message = format!("`nfs` mounts `{}` after this is written", mount.at.0);
                let fault = cx.warning_at_key(HIDDEN, &Path::root().key(setting).key(user.as_str()), message);
                cx.push(fault.help("put the keys into the home on the server, or mount it elsewhere"));
            }
        }
    }

    fn check_root(&self, cx: &mut Check) {
        let Some(keys) = self.authorized.get("root") else { return };
        let (what, help) = match self.root_login {
            Some(NO) => ("root may not log in", "remove the keys, or set `root-login: prohibit-password`"),
            Some(FORCED_ONLY) if !keys.items.iter().any(authorized::Authorized::is_forced) => {
                ("root may log in for forced commands only, and these keys have none", "give the keys a `command`")
            }
            _ => return,
        };
        cx.push(cx.warning_at_key(ROOT_KEYS, &Path::root().key("authorized").key("root"), what).help(help));
    }

    fn says_nothing(&self) -> bool {
        let Self { authorized, host_keys, host_names, known_hosts, identities, .. } = self;
        let lists = host_keys.items.is_empty() && known_hosts.items.is_empty() && host_names.0.is_empty();
        let settings = self.password_authentication.is_none() && self.root_login.is_none();
        authorized.is_empty() && identities.is_empty() && lists && settings
    }

    /// What each user gets: lines for authorized_keys, files of keys.
    fn users(&self, cx: &mut Lower) -> Vec<Value> {
        let names: BTreeSet<&String> = self.authorized.keys().chain(self.identities.keys()).collect();
        let mut users = Vec::new();
        for name in names {
            if name == "file" && ["authorized", "identities"].iter().any(|list| without_user(cx.node, list).is_some()) {
                continue;
            }
            let at = Path::root().key("authorized").key(name.as_str());
            let keys = self.authorized.get(name).into_iter().flat_map(|keys| keys.places(&at));
            let entries: Vec<_> = keys.flat_map(|(at, key)| key.entries(cx, &at)).collect();
            let at = Path::root().key("identities").key(name.as_str());
            let files = self.identities.get(name).map(|keys| identity::files(keys, cx, &at)).unwrap_or_default();
            users.push(json!({"name": name, "authorized": entries, "identities": files}));
        }
        users
    }

    /// Lines of sshd_config(5), each a keyword and a value.
    fn sshd(&self, keys: &[HostKey]) -> Vec<[String; 2]> {
        let mut lines: Vec<_> = keys.iter().map(|key| ["HostKey".to_owned(), host_key_file(key)]).collect();
        let mut push = |keyword: &str, value: &str| lines.push([keyword.to_owned(), value.to_owned()]);
        if let Some(RootLogin(word)) = self.root_login {
            push("PermitRootLogin", word);
        }
        match self.password_authentication {
            Some(Switch(true)) => push("PasswordAuthentication", "yes"),
            Some(Switch(false)) => {
                push("PasswordAuthentication", "no");
                // PAM asks for them too. The name that old versions know, and new ones still take.
                push("ChallengeResponseAuthentication", "no");
            }
            None => {}
        }
        lines
    }

    /// cloud-init writes the keys before sshd starts for the first time; with the handler alone others would be shown until then.
    fn cloud_config(&self, keys: &[HostKey]) -> Map<String, Value> {
        let mut config = Map::new();
        if !self.host_keys.items.is_empty() {
            config.insert("ssh_deletekeys".into(), true.into());
        }
        if !keys.is_empty() {
            let halves = |key: &HostKey| {
                let name = |half: &str| format!("{}_{half}", key.family);
                [(name("private"), json!(key.private)), (name("public"), json!(key.public))]
            };
            config.insert("ssh_keys".into(), keys.iter().flat_map(halves).collect::<Map<_, _>>().into());
        }
        // cloud-init would close before the keys are there, and whether they come or not: where there are some, the handler does it.
        if let Some(Switch(on)) = self.password_authentication
            && (on || self.authorized.is_empty())
        {
            config.insert("ssh_pwauth".into(), on.into());
        }
        config
    }
}

/// The path in `{file: PATH}` where a map of users belongs. No key is one word, so nobody called `file` is meant.
fn without_user<'n>(node: &'n Node, setting: &str) -> Option<&'n str> {
    let path = node.entry(setting)?.1.entry("file")?.1.text()?.trim();
    (!path.is_empty() && !path.contains(char::is_whitespace)).then_some(path)
}

fn host_key_file(key: &HostKey) -> String {
    format!("/etc/ssh/ssh_host_{}_key", key.family)
}

impl Block for SshAccess {
    fn check(&self, cx: &mut Check) {
        if self.says_nothing() && cx.sound() {
            let fault = cx.error(NOTHING, &Path::root(), "this says nothing");
            cx.push(fault.help("say for instance who may log in: `authorized: {root: {file: admin.pub}}`"));
        }
        self.check_users(cx);
        self.check_root(cx);
        self.check_hidden(cx);
        hosts::check_names(&self.host_names, self.gives_host_keys(), cx);
        for (user, keys) in &self.authorized {
            let at = Path::root().key("authorized").key(user.as_str());
            keys.places(&at).for_each(|(at, key)| key.check(cx, &at));
        }
        for (user, keys) in &self.identities {
            let at = Path::root().key("identities").key(user.as_str());
            keys.places(&at).for_each(|(at, key)| key.check(cx, &at));
        }
    }

    fn lower(&self, cx: &mut Lower) -> Payload {
        let keys = if self.gives_host_keys() { hosts::host_keys(&self.host_keys, cx) } else { Vec::new() };
        let generated = hosts::are_generated(&self.host_keys);
        let rows: Vec<_> = keys.iter().map(|key| json!([host_key_file(key), key.private, key.public])).collect();
        let settings = json!({
            "users": self.users(cx),
            "known-hosts": hosts::known(&self.known_hosts, cx),
            "host-keys": rows,
            "sshd": self.sshd(&keys),
        });
        // Some images name no types, and leave the keys to a unit that cloud-init switches off.
        let types = ("ssh_genkeytypes", json!(["ed25519", "ecdsa", "rsa"]));
        Payload {
            cloud_config: self.cloud_config(&keys),
            defaults: generated.then_some(types).into_iter().collect(),
            notes: hosts::notes(&keys, &self.host_names),
            ..Payload::settings(settings)
        }
    }
}
