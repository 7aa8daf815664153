//! CVMFS: the packages, the client's configuration, extra repositories, and a probe that it works.

mod cache;
mod names;
mod proxy;

pub(super) use names::is_name;
pub(super) use proxy::{CODES as PROXIES, Proxies};

use super::{Block, BlockSpec, Check, Lower, Offers, Payload, Phase, boxed, package_source};
use crate::language::content::Content;
use crate::language::decode::{Inner, decode_with};
use crate::language::diagnostic::Code;
use crate::language::document::Node;
use crate::language::path::Path;
use crate::language::suggest;
use crate::language::units::{CommaList, MountPoint, Sha256, Switch, Url, Version, quoted};
use schemars::SchemaGenerator;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashSet;

const TWO_SOURCES: Code = Code::new(
    "cvmfs/two-package-sources",
    "Packages come from one place: a repository with its key, or a release package.",
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
const SAME_REPOSITORY: Code =
    Code::new("cvmfs/same-repository", "A repository is configured once: of two servers or keys one would be ignored.");
const SERVER: Code = Code::new(
    "cvmfs/server",
    "A server is an address with `@fqrn@` (or the older `@org@`) for the repository; several are separated by `;`.",
);
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
    handler: &[handler!("cvmfs")],
    codes: &[
        TWO_SOURCES,
        cache::QUOTA,
        cache::LOW,
        cache::BESIDE,
        NO_PROXY,
        REPOSITORY,
        SAME_REPOSITORY,
        SERVER,
        ADDRESS,
        KEY,
        NOTHING_TO_INSTALL,
    ],
    secrets: &[],
    schema: SchemaGenerator::subschema_for::<Cvmfs>,
    decode: |spec, node, codes, report| {
        let local = Inner::new::<Local>("local");
        decode_with::<Cvmfs>(spec.name, node, codes, Some(local), report).map(boxed)
    },
};

/// The domain whose servers `domain` sets, where no `default-domain` says another.
const DEFAULT_DOMAIN: &str = "cern.ch";

/// The CVMFS client of the machine.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{local: {repositories: alice.cern.ch, http-proxy: DIRECT}}`"
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
    #[serde(deserialize_with = "cache::megabytes")]
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
    /// CVMFS_SERVER_URL: addresses with `@fqrn@` or its name, separated by `;`.
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
        self.local.cache_base.as_ref().map_or(cache::DEFAULT, |base| base.0.as_str())
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
            package_source::check_address(cx, ADDRESS, &repository.url, None, &root.key("repository").key("url"));
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
            names::check_servers_of(cx, &extra.name, &extra.server, &at.key("server"));
            if !added.insert(&extra.name) {
                let message = format!("{} is there twice", quoted(&extra.name));
                cx.push(cx.error(SAME_REPOSITORY, &at.key("name"), message).help("remove one of the two"));
            }
        }
        if let Some(domain) = &self.domain {
            names::check_servers_of_domain(cx, &domain.server, &Path::root().key("domain").key("server"));
        }
    }

    fn check_proxy(&self, cx: &mut Check) {
        let written = cx.written(&Path::root().key("local").key("http-proxy"));
        // One that stands beside `local` has been reported.
        let beside = |key: &Node| suggest::nearest(key.text().unwrap_or_default(), ["http-proxy"]).is_some();
        let written = written || cx.node.pairs().iter().any(|(key, _)| beside(key));
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

impl Block for Cvmfs {
    fn offer(&self, offers: &mut Offers) {
        let listed = &self.local.repositories.0;
        let domain = self.local.default_domain.as_deref().unwrap_or(DEFAULT_DOMAIN);
        let full = |name: &String| if name.contains('.') { name.clone() } else { format!("{name}.{domain}") };
        let extra = self.extra.iter().filter(|_| !listed.is_empty()).map(|extra| extra.name.clone());
        offers.repositories = listed.iter().map(full).chain(extra).collect();
    }

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
            let key = package_source::key(cx, KEY, &extra.key, package_source::PEM, &at);
            lowered.push(json!({"name": extra.name, "server": extra.server, "key": key}));
        }
        lowered
    }

    fn lowered_repository(&self, cx: &mut Lower) -> Option<Value> {
        let repository = self.repository.as_ref()?;
        let at = Path::root().key("repository").key("key");
        let key = package_source::key(cx, KEY, &repository.key, package_source::OPENPGP, &at);
        Some(json!({"url": repository.url, "key": key}))
    }
}
