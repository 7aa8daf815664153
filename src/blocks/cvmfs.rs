//! CVMFS: the packages, the client's configuration, extra repositories, and a probe that it works.

mod names;
mod proxy;

pub(super) use names::is_name;

use super::{Block, BlockSpec, Check, Lower, Payload, Phase};
use crate::language::content::Content;
use crate::language::decode::decode;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::document::span_at;
use crate::language::path::Path;
use crate::language::units::{CommaList, MountPoint, Sha256, Switch, Unit, Url, Version, quoted};
use proxy::Proxies;
use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fmt;

const TWO_SOURCES: Code = Code::new(
    "cvmfs/two-package-sources",
    "Packages come from one place: a repository with its key, or a release package.",
);
const QUOTA: Code = Code::new(
    "cvmfs/quota-over-volume",
    "A cache that may grow beyond its volume fills it, and CVMFS fails under load.",
);
const NO_PROXY: Code = Code::new(
    "cvmfs/no-proxy",
    "CVMFS mounts nothing without a proxy, or `DIRECT` said in so many words; only an image may have brought one.",
);
const ADDRESS: Code = Code::new(
    "cvmfs/package-repository",
    "A package repository is an address; for deb, what follows `deb` in sources.list(5).",
);
const REPOSITORY: Code = Code::new("cvmfs/repository-name", "A repository is named like a host: `alice.cern.ch`.");
const SAME_REPOSITORY: Code = Code::new("cvmfs/same-repository", "A repository is configured once.");
const SERVER: Code =
    Code::new("cvmfs/server", "A server is an address with `@fqrn@` for the repository; several are separated by `;`.");
const KEY: Code = Code::new(
    "cvmfs/key",
    "The key of a repository is a public key in PEM form; that of a package repository an armoured OpenPGP key.",
);
const NOTHING_TO_INSTALL: Code =
    Code::new("cvmfs/source-unused", "Where packages come from means nothing with `install: false`.");

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "cvmfs",
    summary: "the CVMFS client: packages, configuration, extra repositories, probe",
    phase: Phase::Late,
    handler: Some(include_str!(concat!(env!("OUT_DIR"), "/cvmfs.py"))),
    codes: &[
        TWO_SOURCES,
        QUOTA,
        NO_PROXY,
        REPOSITORY,
        SAME_REPOSITORY,
        SERVER,
        ADDRESS,
        KEY,
        NOTHING_TO_INSTALL,
        proxy::PROXY,
    ],
    secrets: &[],
    schema: |generator| generator.subschema_for::<Cvmfs>(),
    decode: |node, codes, report| {
        decode::<Cvmfs>("cvmfs", node, codes, report).map(|block| Box::new(block) as Box<dyn Block>)
    },
};

/// Where the client keeps its cache unless told otherwise (CVMFS_CACHE_BASE of its `default.conf`).
const DEFAULT_CACHE: &str = "/var/lib/cvmfs";

/// The domain whose servers `domain` sets, where no `default-domain` says another.
const DEFAULT_DOMAIN: &str = "cern.ch";

/// The CVMFS client of the machine.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{local: {repositories: alice.cern.ch}}`"
)]
pub(crate) struct Cvmfs {
    /// Install the packages; those already there are left as they are. Default true.
    install: Switch,
    /// The version of the package to install. Default: the newest that the repository has.
    version: Option<Version>,
    /// Set it up, start it, and probe the repositories. Default true.
    start: Switch,
    /// The client's own configuration (`/etc/cvmfs/default.local`).
    local: Local,
    /// The servers of the default domain (`/etc/cvmfs/domain.d`).
    domain: Option<Domain>,
    /// Repositories that the configuration packages do not know.
    extra: Vec<Extra>,
    /// The package repository to install from, with the key that signs it.
    repository: Option<PackageRepository>,
    /// A package that sets up the package repository, with its digest.
    release_package: Option<ReleasePackage>,
}

impl Default for Cvmfs {
    fn default() -> Self {
        Self {
            install: Switch(true),
            version: None,
            start: Switch(true),
            local: Local::default(),
            domain: None,
            extra: Vec::new(),
            repository: None,
            release_package: None,
        }
    }
}

/// The client's own configuration.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{repositories: alice.cern.ch}`"
)]
struct Local {
    /// CVMFS_REPOSITORIES: a list, or one text with commas.
    repositories: CommaList,
    /// CVMFS_HTTP_PROXY: groups separated by `;`, members by `|`, or `DIRECT`.
    http_proxy: Option<Proxies>,
    /// CVMFS_CACHE_BASE. Default `/var/lib/cvmfs`.
    cache_base: Option<MountPoint>,
    /// CVMFS_QUOTA_LIMIT, in megabytes.
    #[serde(deserialize_with = "megabytes")]
    quota_limit: Option<u64>,
    /// CVMFS_DEFAULT_DOMAIN.
    default_domain: Option<String>,
    /// CVMFS_STRICT_MOUNT: only the repositories listed can be mounted.
    strict_mount: Option<Switch>,
    /// CMS_LOCAL_SITE, for CMS.
    cms_local_site: Option<String>,
}

/// Servers of a domain.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `server`")]
struct Domain {
    /// CVMFS_SERVER_URL: addresses with `@fqrn@`, separated by `;`.
    server: String,
}

/// One repository that the configuration packages do not know.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `name`, `server` and `key`")]
struct Extra {
    /// Its full name, like `grid.example.org`.
    name: String,
    /// CVMFS_SERVER_URL.
    server: String,
    /// Its public key.
    key: Content,
}

/// A package repository with the key that signs it.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `url` and `key`")]
struct PackageRepository {
    /// For rpm the baseurl; for deb what follows `deb` in sources.list(5): an address, a suite, components.
    url: String,
    /// The armoured OpenPGP key.
    key: Content,
}

/// A package that sets up the package repository.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `url` and `sha256`")]
struct ReleasePackage {
    /// Where it is.
    url: Url,
    /// What it must be.
    sha256: Sha256,
}

impl Cvmfs {
    fn cache_base(&self) -> &str {
        self.local.cache_base.as_ref().map_or(DEFAULT_CACHE, |base| base.0.as_str())
    }

    fn check_packages(&self, cx: &mut Check) {
        let root = Path::root();
        if self.repository.is_some() && self.release_package.is_some() {
            let fault = cx.error_at_key(
                TWO_SOURCES,
                &root.key("release-package"),
                "`repository` and `release-package` are both given",
            );
            cx.push(fault.help("keep one of the two"));
        }
        for (name, given) in
            [("repository", self.repository.is_some()), ("release-package", self.release_package.is_some())]
        {
            if given && !self.install.0 {
                let fault = cx.error_at_key(
                    NOTHING_TO_INSTALL,
                    &root.key(name),
                    format!("`{name}` is given, and nothing is installed"),
                );
                cx.push(fault.help("remove it, or set `install: true`"));
            }
        }
        if let Some(repository) = &self.repository {
            check_package_address(cx, &repository.url, &root.key("repository").key("url"));
        }
    }

    fn check_names(&self, cx: &mut Check) {
        let repositories = Path::root().key("local").key("repositories");
        let mut listed = HashSet::new();
        for (index, name) in self.local.repositories.0.iter().enumerate() {
            let at = repositories.index(index);
            names::check_repository(cx, name, &at);
            if names::is_name(name) && !listed.insert(name) {
                let fault = cx.error(SAME_REPOSITORY, &at, format!("{} is listed twice", quoted(name)));
                cx.push(fault.help("remove one of the two"));
            }
        }
        if let Some(domain) = &self.local.default_domain {
            names::check_domain(cx, domain, &Path::root().key("local").key("default-domain"));
        }
        let mut added = HashSet::new();
        for (index, extra) in self.extra.iter().enumerate() {
            let at = Path::root().key("extra").index(index);
            names::check_full_name(cx, &extra.name, &at.key("name"));
            names::check_server(cx, &extra.server, &at.key("server"));
            if !added.insert(&extra.name) {
                let message = format!("{} is there twice", quoted(&extra.name));
                cx.push(cx.error(SAME_REPOSITORY, &at.key("name"), message).help("remove one of the two"));
            }
        }
        if let Some(domain) = &self.domain {
            names::check_server(cx, &domain.server, &Path::root().key("domain").key("server"));
        }
    }

    fn check_cache(&self, cx: &mut Check) {
        let at = Path::root().key("local").key("quota-limit");
        let volume = cx.offers.mount_of(self.cache_base());
        let Some((quota, volume, bytes)) =
            self.local.quota_limit.zip(volume).and_then(|(quota, volume)| Some((quota, volume, volume.bytes?)))
        else {
            return;
        };
        // CVMFS_QUOTA_LIMIT counts megabytes of 1024 * 1024 bytes.
        let room = bytes / (1024 * 1024);
        if quota > room {
            let message = format!("the cache may take {quota} MB, and `{}` has {room}", volume.at.0);
            cx.push(cx.error(QUOTA, &at, message).help(format!(
                "write at most `quota-limit: {}` (nine tenths of it), or make the volume larger",
                room / 10 * 9
            )));
        }
    }

    fn check_proxy(&self, cx: &mut Check) {
        let written = cx.written(&Path::root().key("local").key("http-proxy"));
        if self.start.0 && !written && !self.local.repositories.0.is_empty() {
            let fault = cx.warning_at_key(NO_PROXY, &Path::root().key("local"), "no proxy is given");
            cx.push(
                fault.help(
                    "add `http-proxy: http://squid.example.org:3128`, or `http-proxy: DIRECT` for a single machine",
                ),
            );
        }
    }
}

/// An address, and for deb the suite and components after it.
fn check_package_address(cx: &mut Check, text: &str, at: &Path) {
    let (address, rest) = text.split_once(' ').unwrap_or((text, ""));
    let help = match Url::parse(address) {
        _ if !text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) => {
            "write the address, then for deb the suite and components, on one line".into()
        }
        _ if address == "deb" => format!("leave `deb` out: write `{}`", rest.trim()),
        Err(fault) => fault.help,
        Ok(_) => return,
    };
    let message = format!("{} is not a package repository", quoted(text));
    cx.push(cx.error(ADDRESS, at, message).help(help));
}

/// A count of megabytes. Its own words: what is wanted is not any number.
fn megabytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    struct Megabytes;
    impl Visitor<'_> for Megabytes {
        type Value = Option<u64>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number of megabytes, like `18000`")
        }
        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(number))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    deserializer.deserialize_any(Megabytes)
}

/// The key at a path, which is reported when it is none of its kind.
fn key_at(cx: &mut Lower, content: &Content, begin: &str, at: &Path) -> Option<String> {
    let key = cx.text(content, at)?;
    if key.trim_start().starts_with(begin) {
        return Some(key);
    }
    let message = match key.contains("PRIVATE KEY") {
        true => "this is a private key",
        false if key.trim().is_empty() => "this key is empty",
        false => "this is not a key",
    };
    let help = match content {
        Content::Text(path) if !path.is_empty() && !path.contains('\n') => {
            format!("write `{{file: {path}}}` for a file")
        }
        _ => format!("give the text that begins `{begin}`"),
    };
    let span = span_at(cx.node, &at.key("file"));
    cx.report.push(Diagnostic::error(KEY, span, message).help(help));
    None
}

impl Block for Cvmfs {
    fn check(&self, cx: &mut Check) {
        self.check_packages(cx);
        self.check_names(cx);
        self.check_cache(cx);
        self.check_proxy(cx);
    }

    fn lower(&self, cx: &mut Lower) -> Payload {
        let local = &self.local;
        let domain = local.default_domain.as_deref().unwrap_or(DEFAULT_DOMAIN);
        let settings = json!({
            "install": self.install,
            "version": self.version,
            "start": self.start,
            "local": {
                "repositories": local.repositories,
                "http-proxy": local.http_proxy,
                "cache-base": self.cache_base(),
                "quota-limit": local.quota_limit,
                "default-domain": local.default_domain,
                "strict-mount": local.strict_mount,
                "cms-local-site": local.cms_local_site,
            },
            "domain": self.domain.as_ref().map(|servers| json!({"name": domain, "server": servers.server})),
            "extra": self.lowered_extra(cx),
            "repository": self.lowered_repository(cx),
            "release-package": self.release_package.as_ref().map(|package| json!({"url": package.url, "sha256": package.sha256})),
            "cache-mount": cx.offers.mount_of(self.cache_base()).map(|mount| &mount.at),
        });
        Payload::settings(settings)
    }
}

impl Cvmfs {
    fn lowered_extra(&self, cx: &mut Lower) -> Vec<Value> {
        let mut lowered = Vec::new();
        for (index, extra) in self.extra.iter().enumerate() {
            let at = Path::root().key("extra").index(index).key("key");
            let key = key_at(cx, &extra.key, "-----BEGIN PUBLIC KEY-----", &at);
            lowered.push(json!({"name": extra.name, "server": extra.server, "key": key}));
        }
        lowered
    }

    fn lowered_repository(&self, cx: &mut Lower) -> Option<Value> {
        let repository = self.repository.as_ref()?;
        let at = Path::root().key("repository").key("key");
        let key = key_at(cx, &repository.key, "-----BEGIN PGP PUBLIC KEY BLOCK-----", &at);
        Some(json!({"url": repository.url, "key": key}))
    }
}
