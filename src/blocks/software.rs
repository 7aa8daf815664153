//! Software: package repositories with the keys that sign them, and packages. cloud-init does all of it.

use super::{Block, BlockSpec, Check, Lower, Payload, Phase, package_source, read};
use crate::language::content::Content;
use crate::language::diagnostic::Code;
use crate::language::path::Path;
use crate::language::units::{Switch, quoted};
use schemars::SchemaGenerator;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use std::fmt;

const NOTHING: Code =
    Code::new("software/nothing", "A block that installs nothing and knows no repository has no effect.");
const PACKAGE: Code = Code::new(
    "software/package",
    "A package is named as the package manager knows it; an option or a blank in its place would be taken for another.",
);
const FAMILY: Code = Code::new(
    "software/family",
    "cloud-init takes one list of packages, so names that differ between the families need to be told which one the machine is of.",
);
const NAME: Code = Code::new(
    "software/repository-name",
    "The name of a repository is the name of its files on the machine, so each has its own, of characters that file names take.",
);
const ADDRESS: Code = Code::new(
    "software/repository-address",
    "A package repository is an address; for deb, what follows `deb` in sources.list(5).",
);
const NO_ADDRESS: Code = Code::new("software/no-address", "A repository has an address for deb, for rpm, or for both.");
const KEY: Code = Code::new(
    "software/key",
    "A package repository is bound to an armoured OpenPGP public key: packages are installed as root, and only from those who signed them.",
);

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "software",
    summary: "package repositories bound to their keys, and packages; done by cloud-init itself",
    phase: Phase::CloudConfig,
    handler: &[],
    codes: &[NOTHING, PACKAGE, FAMILY, NAME, ADDRESS, NO_ADDRESS, KEY],
    secrets: &[],
    schema: SchemaGenerator::subschema_for::<Software>,
    decode: read::<Software>,
};

/// Packages of the machine and where they come from.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{packages: [git]}`"
)]
pub(crate) struct Software {
    /// The family of the machine's packages. Only needed where names of packages differ.
    family: Option<Family>,
    /// Where packages come from, beside what the image knows.
    repositories: Vec<Repository>,
    /// What to install: a name, or `{deb: NAME, rpm: NAME}` (one or several) where the families differ.
    packages: Vec<Package>,
    /// Renew the lists of packages first. Default true.
    update: Switch,
    /// Bring every installed package to its newest version. Default false.
    upgrade: Switch,
}

impl Default for Software {
    fn default() -> Self {
        let (repositories, packages) = (Vec::new(), Vec::new());
        Self { family: None, repositories, packages, update: Switch(true), upgrade: Switch(false) }
    }
}

/// A family of distributions, by the form of their packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Family {
    /// Debian and what comes from it.
    Deb,
    /// Red Hat, SUSE, and what comes from them.
    Rpm,
}

/// One package repository.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `name`, `key`, and `deb` or `rpm`")]
struct Repository {
    /// The name of its files on the machine.
    name: String,
    /// What follows `deb` in sources.list(5): an address, a suite, components.
    deb: Option<String>,
    /// The baseurl.
    rpm: Option<String>,
    /// The armoured OpenPGP key that signs it.
    key: Content,
}

/// A package by its name, or by a name for each family.
#[derive(Debug, schemars::JsonSchema)]
#[schemars(untagged, example = &"git", example = json!({"deb": "libnfs-utils", "rpm": "nfs-utils-lib"}))]
enum Package {
    Name(String),
    ByFamily(ByFamily),
}

/// A package with a name for each family.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ByFamily {
    /// What it is called by apt; nothing where that family does without.
    #[serde(default)]
    deb: Names,
    /// What it is called by dnf; nothing where that family does without.
    #[serde(default)]
    rpm: Names,
}

/// By hand: serde would take a list for a map whose keys are left out.
struct PackageVisitor;

impl<'de> Visitor<'de> for PackageVisitor {
    type Value = Package;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a package, or `{deb: NAME, rpm: NAME}`")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Package, E> {
        Ok(Package::Name(name.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Package, A::Error> {
        ByFamily::deserialize(MapAccessDeserializer::new(map)).map(Package::ByFamily)
    }
}

impl<'de> Deserialize<'de> for Package {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PackageVisitor)
    }
}

/// One name or several.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(untagged, expecting = "a name, or a list of names")]
enum Names {
    One(String),
    Several(Vec<String>),
}

impl Default for Names {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Names {
    fn all(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

impl Package {
    /// The names that are meant for a family.
    fn names(&self, family: Option<Family>) -> &[String] {
        match (self, family) {
            (Self::Name(name), _) => std::slice::from_ref(name),
            (Self::ByFamily(names), Some(Family::Rpm)) => names.rpm.all(),
            (Self::ByFamily(names), _) => names.deb.all(),
        }
    }

    fn every_name(&self) -> Vec<&String> {
        match self {
            Self::Name(name) => vec![name],
            Self::ByFamily(names) => names.deb.all().iter().chain(names.rpm.all()).collect(),
        }
    }
}

impl Software {
    fn check_packages(&self, cx: &mut Check) {
        for (index, package) in self.packages.iter().enumerate() {
            let at = Path::root().key("packages").index(index);
            if matches!(package, Package::ByFamily(_)) && self.family.is_none() {
                let fault = cx.error(FAMILY, &at, "the families name this package differently, and none is given");
                cx.push(fault.help("add `family: deb` or `family: rpm` (or `family: \"{{ family }}\"` and `--set`)"));
            }
            for name in package.every_name().into_iter().filter(|name| !is_package(name)) {
                let fault = cx.error(PACKAGE, &at, format!("{} is not the name of a package", quoted(name)));
                cx.push(fault.help("write one name an item, like `git` or `git=1:2.39.5-0`"));
            }
        }
    }

    fn check_repositories(&self, cx: &mut Check) {
        let mut names = HashSet::new();
        for (index, repository) in self.repositories.iter().enumerate() {
            let at = Path::root().key("repositories").index(index);
            let name = repository.name.as_str();
            if !is_file_name(name) {
                let fault = cx.error(NAME, &at.key("name"), format!("{} is not the name of a file", quoted(name)));
                cx.push(fault.help("write letters, digits, `-` and `_`"));
            } else if !names.insert(name) {
                let fault = cx.error(NAME, &at.key("name"), format!("{} is there twice", quoted(name)));
                cx.push(fault.help("give each repository a name of its own"));
            }
            if repository.deb.is_none()
                && repository.rpm.is_none()
                && !cx.written(&at.key("deb"))
                && !cx.written(&at.key("rpm"))
            {
                let fault = cx.error(NO_ADDRESS, &at, format!("{} has no address", quoted(name)));
                cx.push(fault.help("add `deb: https://... SUITE COMPONENT` or `rpm: https://...`"));
            }
            for (family, address) in [("deb", &repository.deb), ("rpm", &repository.rpm)] {
                if let Some(address) = address {
                    package_source::check_address(cx, ADDRESS, address, Some(family == "deb"), &at.key(family));
                }
            }
        }
    }
}

/// Names and versions as apt and dnf take them: deb-version(7), package names of both families, `name=version`, `name.arch`.
fn is_package(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '@')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "+-._:=~@^".contains(c))
}

fn is_file_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}

impl Block for Software {
    fn check(&self, cx: &mut Check) {
        if self.packages.is_empty() && self.repositories.is_empty() && !self.upgrade.0 && cx.sound() {
            let fault = cx.warning_at_key(NOTHING, &Path::root(), "there is nothing to install");
            cx.push(fault.help("add `packages: [git]`, or remove the block"));
        }
        self.check_packages(cx);
        self.check_repositories(cx);
    }

    fn lower(&self, cx: &mut Lower) -> Payload {
        let mut keys = Map::new();
        let packages: Vec<&String> = self.packages.iter().flat_map(|package| package.names(self.family)).collect();
        if !packages.is_empty() {
            keys.insert("packages".into(), json!(packages));
        }
        for (key, switch) in [("package_update", self.update), ("package_upgrade", self.upgrade)] {
            if switch.0 {
                keys.insert(key.into(), json!(true));
            }
        }
        self.lower_repositories(&mut keys, cx);
        Payload::cloud_config(Value::Object(keys))
    }
}

impl Software {
    /// The key comes as a file, written before the package manager is set up: `signed-by` binds it to its repository on every
    /// release (cloud-init's own `key` is trusted for all repositories up to 20.4).
    fn lower_repositories(&self, keys: &mut Map<String, Value>, cx: &mut Lower) {
        let (mut files, mut sources, mut repos) = (Vec::new(), Map::new(), Map::new());
        for (index, repository) in self.repositories.iter().enumerate() {
            let at = Path::root().key("repositories").index(index).key("key");
            let Some(key) = package_source::key(cx, KEY, &repository.key, package_source::OPENPGP, &at) else {
                continue;
            };
            let (name, key) = (format!("contextc-{}", repository.name), format!("{}\n", key.trim()));
            if let Some(address) = &repository.deb {
                let path = format!("/etc/apt/keyrings/{name}.asc");
                sources
                    .insert(format!("{name}.list"), json!({"source": format!("deb [signed-by={path}] {address}\n")}));
                files.push(json!({"path": path, "content": key, "permissions": "0644"}));
            }
            if let Some(address) = &repository.rpm {
                let path = format!("/etc/pki/rpm-gpg/RPM-GPG-KEY-{name}");
                let gpgkey = format!("file://{path}");
                repos.insert(name, json!({
                    "name": repository.name, "baseurl": address, "enabled": true, "gpgcheck": true, "gpgkey": gpgkey,
                }));
                files.push(json!({"path": path, "content": key, "permissions": "0644"}));
            }
        }
        if !sources.is_empty() {
            keys.insert("apt".into(), json!({"sources": sources}));
        }
        if !repos.is_empty() {
            keys.insert("yum_repos".into(), Value::Object(repos));
        }
        if !files.is_empty() {
            keys.insert("write_files".into(), Value::Array(files));
        }
    }
}
