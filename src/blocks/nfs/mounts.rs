//! `mounts`: directories of servers, as rows of fstab that systemd mounts when they are used.

use super::{Directory, HIDES, Lists, OPTION, SAME_MOUNT};
use crate::blocks::Check;
use crate::language::diagnostic::Diagnostic;
use crate::language::path::Path;
use crate::language::units::{Address, CommaList, Host, HostName, MountPoint, quoted, unit_of};
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::IpAddr;

/// A directory of a server.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a map with `server`, `path` and `mount`")]
pub(super) struct Mount {
    /// The name or the address of the server.
    server: Host,
    /// The directory on the server.
    path: Directory,
    /// Where it is mounted.
    pub mount: MountPoint,
    /// Options of nfs(5) and mount(8). What makes a boot go on without the server is added.
    #[serde(default)]
    options: CommaList,
}

impl Mount {
    pub fn lists(&self) -> Lists {
        vec![("options", self.options.0.len())]
    }

    /// What is mounted, as mount(8) and the kernel name it.
    pub fn source(&self) -> String {
        let server = match &self.server {
            Host::Name(HostName(name)) => name.clone(),
            Host::Address(Address(IpAddr::V6(address))) => format!("[{address}]"),
            Host::Address(Address(address)) => address.to_string(),
        };
        format!("{server}:{}", self.path.0)
    }

    /// The user's options, and ours where he has not given the same.
    ///
    /// Mounted by systemd at the first use, whenever that is: a server that is away delays no boot, is asked again at each use,
    /// and nobody ever writes into the empty directory below the mount point.
    fn options(&self, wait: u64) -> String {
        let timeout = format!("x-systemd.mount-timeout={wait}");
        let retry = format!("retry={}", wait.div_ceil(60));
        let ours = ["_netdev", "nofail", "x-systemd.automount", timeout.as_str(), retry.as_str()];
        let name = |option: &str| option.split('=').next().unwrap_or_default().to_owned();
        let given = |option: &str| self.options.0.iter().any(|other| name(other) == name(option));
        let added = ours.into_iter().filter(|option| !given(option)).map(str::to_owned);
        self.options.0.iter().cloned().chain(added).collect::<Vec<_>>().join(",")
    }

    pub fn lowered(&self, wait: u64) -> Value {
        let (source, mount) = (self.source(), &self.mount.0);
        let row = format!("{source} {mount} nfs {} 0 0", self.options(wait));
        json!({"source": source, "mount": mount, "row": row, "unit": unit_of(mount)})
    }
}

pub(super) fn check(mounts: &[Mount], cx: &mut Check) {
    for (index, mount) in mounts.iter().enumerate() {
        let at = Path::root().key("mounts").index(index);
        let first = mounts.iter().take(index).position(|earlier| earlier.mount == mount.mount);
        let other = cx.offers.mounts_before("nfs").find(|other| other.at == mount.mount);
        let fault = || cx.error(SAME_MOUNT, &at.key("mount"), format!("`{}` is already a mount point", mount.mount.0));
        let fault = match (first.map(|first| Path::root().key("mounts").index(first).key("mount")), other) {
            (Some(first), _) => Some(fault().also(cx.span(&first), "first here")),
            (None, Some(other)) => Some(fault().label(format!("`{}` mounts there", other.block))),
            (None, None) => check_hidden(mount, &at.key("mount"), cx),
        };
        if let Some(fault) = fault {
            cx.push(fault.help("choose another mount point for one of the two"));
        }
        check_options(mount, &at.key("options"), cx);
    }
}

/// What is mounted before this one and lies below it.
fn check_hidden(mount: &Mount, at: &Path, cx: &Check) -> Option<Diagnostic> {
    let below = cx.offers.mounts_before("nfs").find(|other| mount.mount.holds(&other.at.0))?;
    let message = format!("`{}` would hide `{}`, which `{}` mounts before it", mount.mount.0, below.at.0, below.block);
    Some(cx.error(HIDES, at, message))
}

fn check_options(mount: &Mount, at: &Path, cx: &mut Check) {
    for (index, option) in mount.options.0.iter().enumerate() {
        let sound = !option.is_empty() && option.chars().all(|c| c.is_ascii_graphic() && c != '#' && c != '\\');
        let (message, help) = match option.as_str() {
            _ if !sound => (
                format!("{} cannot be an option of a mount", quoted(option)),
                "write it as in fstab(5), without spaces",
            ),
            "noauto" => (
                "`noauto` would leave this unmounted after a boot".into(),
                "leave it out: it is mounted at its first use",
            ),
            _ => continue,
        };
        cx.push(cx.error(OPTION, &at.index(index), message).help(help));
    }
}
