//! NFS: directories that this machine exports, and those of servers that it mounts.

mod exports;
mod mounts;

use super::{Block, BlockSpec, Check, Lower, Offers, Payload, Phase, read};
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::units::{Duration, Unit, quoted, unit};
use exports::Export;
use mounts::Mount;
use schemars::SchemaGenerator;
use serde::{Deserialize, Serialize};
use serde_json::json;

const NOTHING: Code = Code::new("nfs/nothing", "A block `nfs` without exports and mounts does nothing.");
const DIRECTORY: Code =
    Code::new("nfs/directory", "A directory is an absolute path that /etc/exports and /etc/fstab can hold.");
const CLIENT: Code = Code::new(
    "nfs/client",
    "A client is a host, a network, a pattern of names or a netgroup, as exports(5) has them; without any, all the world is one.",
);
const OPTION: Code =
    Code::new("nfs/option", "One option that exportfs or mount does not know, and nothing is exported or mounted.");
const SAME_EXPORT: Code = Code::new(
    "nfs/same-export",
    "A directory is exported once to a client: of two lists of options one would be ignored.",
);
const SAME_MOUNT: Code =
    Code::new("nfs/same-mount", "Of two file systems on one mount point the second hides the first.");
const HIDES: Code = Code::new(
    "nfs/hides",
    "What NFS has is mounted after the disks of the machine, and would hide one that lies below.",
);
const EXPORT_AGAIN: Code =
    Code::new("nfs/export-again", "What an NFS server mounts from another it does not hand on as its own.");
const WAIT: Code =
    Code::new("nfs/wait", "Without any time no mount succeeds; to systemd `0` is a mount that never gives up.");
const TOO_MANY: Code =
    Code::new("nfs/too-many", "More exports, mounts, clients or options than anybody means to write.");
const ROOT_FOR_ALL: Code = Code::new(
    "nfs/root-for-all",
    "With `no_root_squash` for every host, whoever is root anywhere is root in the exported files.",
);

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "nfs",
    summary: "directories exported over NFS, and directories mounted from NFS servers",
    phase: Phase::Late,
    handler: &[handler!("nfs")],
    codes: &[
        NOTHING,
        DIRECTORY,
        CLIENT,
        OPTION,
        SAME_EXPORT,
        SAME_MOUNT,
        HIDES,
        EXPORT_AGAIN,
        ROOT_FOR_ALL,
        WAIT,
        TOO_MANY,
    ],
    secrets: &[],
    schema: SchemaGenerator::subschema_for::<Nfs>,
    decode: read::<Nfs>,
};

/// NFS, as a server and as a client. The server comes first, so that a machine may mount what it exports.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{mounts: [{server: head, path: /home, mount: /home}]}`"
)]
pub(crate) struct Nfs {
    /// Directories of this machine that others may mount. They are made where they are not there.
    exports: Vec<Export>,
    /// Directories of servers, mounted at their first use: now, and after each boot.
    mounts: Vec<Mount>,
    /// How long the first mount may take, and how long a process waits at each later one, for a server that is still booting.
    /// Default `5m`.
    #[schemars(extend("default" = TIME.text()))]
    wait: Option<Duration>,
}

/// A server that boots beside its clients is there by then.
const TIME: Duration = Duration(300);

/// A directory as a server knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, PartialOrd, Ord)]
#[serde(transparent)]
struct Directory(String);

impl Unit for Directory {
    const EXPECTS: &'static str = "an absolute path, like `/srv/data`";
    const PATTERN: &'static str = "^(?!.*/[.]{1,2}(/|$))(?!.*//+[^/])/[^\\s\"#()\\\\\\x00-\\x1f\\x7f-\\x9f]*$";

    fn parse(text: &str) -> Result<Self, Fault> {
        let fault = |what: &str, help: &str| Err(Fault::new(DIRECTORY, format!("{} {what}", quoted(text)), help));
        let path = if text == "/" { text } else { text.trim_end_matches('/') };
        let special = |c: char| c.is_whitespace() || c.is_control() || "\"#()\\".contains(c);
        match path {
            _ if !text.starts_with('/') => fault("is not an absolute path", "write a path that begins with `/`"),
            _ if text.contains(special) => {
                fault("cannot stand in /etc/exports", "write a path without spaces, quotes, `#`, `\\` and brackets")
            }
            "/" => Ok(Self(text.into())),
            _ if path.split('/').skip(1).any(|name| matches!(name, "" | "." | "..")) => {
                fault("is not a plain path", "write it without `.`, `..` and `//`")
            }
            _ => Ok(Self(path.to_owned())),
        }
    }
}

unit!(Directory);

/// More than this is not judged: it would take long, and a table of exports grows with the product of clients and options.
const MOST: usize = 1000;

impl Nfs {
    /// The first list that is longer than any should be.
    fn too_long(&self) -> Option<Path> {
        let root = Path::root();
        let within = |(key, index, item): (&str, usize, Lists)| {
            let at = root.key(key).index(index);
            item.into_iter().find(|(_, length)| *length > MOST).map(|(name, _)| at.key(name))
        };
        let exports = self.exports.iter().enumerate().map(|(index, export)| ("exports", index, export.lists()));
        let mounts = self.mounts.iter().enumerate().map(|(index, mount)| ("mounts", index, mount.lists()));
        let whole = [("exports", self.exports.len()), ("mounts", self.mounts.len())];
        let whole = whole.into_iter().find(|(_, length)| *length > MOST).map(|(key, _)| root.key(key));
        whole.or_else(|| exports.chain(mounts).find_map(within))
    }
}

/// The lists of one item, by their keys, with their lengths.
type Lists = Vec<(&'static str, usize)>;

impl Block for Nfs {
    fn offer(&self, offers: &mut Offers) {
        for mount in &self.mounts {
            offers.mount(&mount.mount, None);
        }
    }

    fn check(&self, cx: &mut Check) {
        let root = Path::root();
        if let Some(at) = self.too_long() {
            let fault = cx.error_at_key(TOO_MANY, &at, format!("there are more than {MOST} here"));
            return cx.push(fault.help("write less, like a network in the place of its hosts"));
        }
        if self.exports.is_empty() && self.mounts.is_empty() && cx.sound() {
            let fault = cx.error(NOTHING, &root, "this exports nothing and mounts nothing");
            cx.push(fault.help("add `mounts: [{server: head, path: /home, mount: /home}]`, or remove the block"));
        }
        if self.wait == Some(Duration(0)) {
            let fault = cx.error(WAIT, &root.key("wait"), "this gives a mount no time at all");
            cx.push(fault.help("write how long the first mount may take, like `5m`, or remove the line"));
        }
        exports::check(&self.exports, cx);
        mounts::check(&self.mounts, cx);
        for (index, export) in self.exports.iter().enumerate() {
            if let Some(mount) = self.mounts.iter().find(|mount| mount.mount.holds(&export.path.0)) {
                let at = root.key("exports").index(index).key("path");
                let message = format!("`{}` is mounted from `{}`", mount.mount.0, mount.source());
                let help = "export it on the server that has it";
                cx.push(cx.error(EXPORT_AGAIN, &at, message).help(help));
            }
        }
    }

    fn lower(&self, cx: &mut Lower) -> Payload {
        if self.too_long().is_some() {
            return Payload::default();
        }
        let wait = self.wait.unwrap_or(TIME).0;
        // A directory inside another mount comes after it.
        let mut mounts: Vec<&Mount> = self.mounts.iter().collect();
        mounts.sort_by_key(|mount| mount.mount.0.matches('/').count());
        let volume = |export: &Export| cx.offers.mount_of(&export.path.0).map(|mount| mount.at.clone());
        Payload::settings(json!({
            "exports": self.exports.iter().map(|export| json!({"path": export.path, "volume": volume(export)})).collect::<Vec<_>>(),
            "table": self.exports.iter().map(Export::row).collect::<String>(),
            "mounts": mounts.iter().map(|mount| mount.lowered(wait)).collect::<Vec<_>>(),
            "wait": wait,
        }))
    }
}
