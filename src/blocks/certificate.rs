//! X.509: the host's certificate and key, the authorities that it trusts, and proxies of users.

mod policies;

use super::{Block, BlockSpec, Check, Lower, Payload, Phase, chain, read};
use crate::language::content::{Content, Secret};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::document::span_at;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::several::TextOr;
use crate::language::stated::{either, stated};
use crate::language::units::{AbsolutePath, Unit, UserName, quoted};
use schemars::SchemaGenerator;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;

const NOTHING: Code = Code::new("certificate/nothing", "A block that changes nothing on the machine is a mistake.");
const CA: Code = Code::new(
    "certificate/ca",
    "The authorities are a directory that is on the machine, or a bundle that is brought there: one of the two.",
);
const PROXY: Code = Code::new(
    "certificate/proxy-source",
    "A proxy is given once: its text (or `{file: PATH}`) as `proxy`, or its path as `file`.",
);
const NAME: Code =
    Code::new("certificate/name", "A certificate is for the hosts that it names; others refuse the machine with it.");
const HIDDEN: Code = Code::new(
    "certificate/hidden-proxy",
    "A proxy is written before NFS is mounted: below a mount point nobody would find it.",
);
const NO_AUTHORITY: Code = Code::new(
    "certificate/no-authority",
    "To trust a certificate helps only with what it has signed: that of a host signs nothing.",
);
const SAME_FILE: Code = Code::new("certificate/same-file", "Each proxy has a file of its own.");

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "certificate",
    summary: "the host's X.509 certificate and key, trusted authorities, and proxies of users",
    phase: Phase::Late,
    handler: &[handler!("certificate")],
    codes: &[NOTHING, CA, PROXY, NAME, SAME_FILE, HIDDEN, NO_AUTHORITY, policies::POLICY],
    secrets: &["host.key", "proxies.*", "proxies.*.proxy"],
    schema: SchemaGenerator::subschema_for::<Certificates>,
    decode: read::<Certificates>,
};

/// X.509 on the machine.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a map of settings, like `{host: {certificate: {file: hostcert.pem}, key: {file: hostkey.pem}}}`"
)]
pub(crate) struct Certificates {
    /// The certificate of the machine, for `/etc/grid-security`.
    host: Option<Host>,
    /// The authorities that the machine trusts (`/etc/grid-security/certificates`).
    ca: Option<Authorities>,
    /// Proxies by user: the text, {file: PATH}, or a map with `proxy` and `path`.
    proxies: BTreeMap<String, Proxy>,
}

/// The certificate of the machine.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `certificate` and `key`")]
struct Host {
    /// The certificate in PEM form, the authorities between after it.
    certificate: Content,
    /// Its private key in PEM form, without a passphrase.
    key: Secret,
    /// The name of the host, which the certificate must be for.
    name: Option<String>,
}

/// The authorities that the machine trusts.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `directory` or `bundle`")]
struct Authorities {
    /// A directory of the machine that has them, by their hashes, like one on CVMFS: a link leads there.
    directory: Option<AbsolutePath>,
    /// Certificates in PEM form, added by their hashes.
    bundle: Option<Content>,
    /// What these may sign, for software that asks for a `.signing_policy`: one after the other.
    #[serde(rename = "signing-policies")]
    policies: Option<Content>,
}

/// The proxy of a user.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(try_from = "TextOr<Written>")]
#[schemars(with = "TextOr<Written>")]
struct Proxy {
    content: Secret,
    below: bool,
    path: Option<AbsolutePath>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("content", &self.content).field("path", &self.path).finish()
    }
}

/// A proxy with its place.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "text, or a map with `proxy` or `file`")]
#[schemars(transform = either("proxy", "file"))]
struct Written {
    /// The proxy in PEM form: certificate, key, and the certificates before it.
    #[serde(default, deserialize_with = "stated")]
    #[schemars(with = "Secret")]
    proxy: Option<Secret>,
    /// The path of a proxy.
    #[serde(default, deserialize_with = "stated")]
    #[schemars(with = "String")]
    file: Option<String>,
    /// Its file on the machine. Default: `/tmp/x509up_u` and the number of the user.
    path: Option<AbsolutePath>,
}

impl TryFrom<TextOr<Written>> for Proxy {
    type Error = Fault;

    fn try_from(written: TextOr<Written>) -> Result<Self, Fault> {
        let (map, help) = match written {
            TextOr::Text(text) => return Ok(Self { content: Secret(Content::Text(text)), below: false, path: None }),
            TextOr::Map(map) => (map, "write `proxy: TEXT`, `proxy: {file: PATH}` or `file: PATH`"),
        };
        match (map.proxy, map.file) {
            (Some(content), None) => Ok(Self { content, below: true, path: map.path }),
            (None, Some(file)) => Ok(Self { content: Secret(Content::File(file)), below: false, path: map.path }),
            (Some(_), Some(_)) => Err(Fault::new(PROXY, "`proxy` and `file` are both given", help)),
            (None, None) => Err(Fault::new(PROXY, "there is neither `proxy` nor `file`", help)),
        }
    }
}

impl Certificates {
    fn check_authorities(&self, cx: &mut Check) {
        let Some(Authorities { directory, bundle, policies }) = &self.ca else { return };
        let at = Path::root().key("ca");
        if policies.is_some() && directory.is_some() && bundle.is_none() {
            let message = "the directory has the signing policies of its authorities";
            let fault = cx.error_at_key(CA, &at.key("signing-policies"), message);
            cx.push(fault.help("remove this line, or give a `bundle` in the place of the directory"));
        }
        let written = cx.written(&at.key("directory")) || cx.written(&at.key("bundle"));
        let message = match (directory, bundle) {
            (Some(_), Some(_)) => "`directory` and `bundle` are both given",
            (None, None) if !written => "there is neither `directory` nor `bundle`",
            _ => return,
        };
        cx.push(cx.error_at_key(CA, &at, message).help("write `directory: PATH`, or `bundle: {file: PATH}`"));
    }

    fn check_proxies(&self, cx: &mut Check) {
        let mut taken: Vec<&AbsolutePath> = Vec::new();
        for (user, proxy) in &self.proxies {
            let at = Path::root().key("proxies").key(user.as_str());
            if let Err(fault) = UserName::parse(user) {
                cx.push(cx.error_at_key(fault.code, &at, fault.message).help(fault.help));
            }
            let Some(path) = &proxy.path else { continue };
            if taken.contains(&path) {
                let fault =
                    cx.error(SAME_FILE, &at.key("path"), format!("{} is another user's proxy", quoted(&path.0)));
                cx.push(fault.help("give each its own path, or none"));
            }
            taken.push(path);
            check_hidden(path, cx, &at.key("path"));
        }
    }

    fn lowered_host(&self, cx: &mut Lower) -> Option<Value> {
        let host = self.host.as_ref()?;
        let root = Path::root().key("host");
        let (certificate_at, key_at) = (root.key("certificate"), root.key("key"));
        let (certificates, key) = chain::pair((&host.certificate, &certificate_at), (&host.key, &key_at), cx)?;
        if let Some(name) = &host.name {
            check_name(name, &certificates, cx, &root.key("name"));
        }
        Some(json!({"certificate": certificates.text(), "key": key.text}))
    }

    fn lowered_authorities(&self, cx: &mut Lower) -> Option<Value> {
        let Authorities { directory, bundle, policies } = self.ca.as_ref()?;
        let (at, policies_at) = (Path::root().key("ca").key("bundle"), Path::root().key("ca").key("signing-policies"));
        let text = policies.as_ref().and_then(|policies| cx.text(policies, &policies_at));
        let mut certificates = Vec::new();
        if let Some(bundle) = bundle.as_ref().and_then(|bundle| cx.text(bundle, &at)) {
            let read = chain::certificates(&bundle, cx, &at)?;
            chain::warn_of_days(&read, cx, &at);
            if !read.sign() {
                let message = "there is no authority among these certificates";
                let fault = Diagnostic::warning(NO_AUTHORITY, span_at(cx.node, &at), message);
                cx.report.push(fault.help("give the certificate of the authority that signed them"));
            }
            let policies = text.map(|text| policies::of(&read, &text, cx, &policies_at)).unwrap_or_default();
            let policies = policies.into_iter().chain(std::iter::repeat(None));
            certificates = read.texts.into_iter().zip(policies).collect();
        }
        Some(json!({"directory": directory, "certificates": certificates}))
    }

    fn lowered_proxies(&self, cx: &mut Lower) -> Vec<Value> {
        let mut rows = Vec::new();
        for (user, proxy) in &self.proxies {
            let at = Path::root().key("proxies").key(user.as_str());
            let at = if proxy.below { at.key("proxy") } else { at };
            let Some(text) = cx.secret(&proxy.content, &at) else { continue };
            let text = chain::proxy(&text, cx, &at);
            rows.push(json!({"user": user, "proxy": text, "path": proxy.path}));
        }
        rows
    }
}

/// NFS comes after this block: what is at the path then is the server's.
fn check_hidden(path: &AbsolutePath, cx: &mut Check, at: &Path) {
    if let Some(mount) = cx.offers.mounts().iter().find(|mount| mount.block == "nfs" && mount.at.holds(&path.0)) {
        let fault = cx.error(HIDDEN, at, format!("`nfs` mounts `{}` after this is written", mount.at.0));
        cx.push(fault.help("choose a path outside of it, or none for `/tmp`"));
    }
}

fn check_name(name: &str, certificates: &chain::Certificates, cx: &mut Lower, at: &Path) {
    let hosts = certificates.hosts();
    let fits = |host: &String| {
        let below = |wild: &str| name.split_once('.').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(wild));
        host.eq_ignore_ascii_case(name) || host.strip_prefix("*.").is_some_and(below)
    };
    if !hosts.iter().any(fits) {
        let names: Vec<String> = hosts.iter().take(5).map(|host| quoted(host)).collect();
        let help = match names.is_empty() {
            true => "get a certificate with the name of the host".to_owned(),
            false => format!("it is for {}: write that, or get another certificate", names.join(", ")),
        };
        cx.refuse(Fault::new(NAME, format!("the certificate is not for {}", quoted(name)), help), at);
    }
}

impl Block for Certificates {
    fn check(&self, cx: &mut Check) {
        if self.host.is_none() && self.ca.is_none() && self.proxies.is_empty() && cx.sound() {
            let fault = cx.error(NOTHING, &Path::root(), "this says nothing");
            cx.push(fault.help("write `host: {certificate: {file: hostcert.pem}, key: {file: hostkey.pem}}`"));
        }
        self.check_authorities(cx);
        self.check_proxies(cx);
    }

    fn lower(&self, cx: &mut Lower) -> Payload {
        Payload::settings(json!({
            "host": self.lowered_host(cx),
            "ca": self.lowered_authorities(cx),
            "proxies": self.lowered_proxies(cx),
        }))
    }
}
