//! Which of cloud-init's modules read a key of cloud-config: in which stage, and how often.

use super::fate::{Repeat, Stage};
use crate::context::keys;
use schemars::JsonSchema;
use serde::Serialize;

/// One module a line, `#` for comments.
const MODULES: &str = include_str!("modules.txt");

/// A module of cloud-init.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub(in crate::desk) struct Module {
    /// As cloud-init calls it, with `_`.
    pub module: &'static str,
    /// The stage in which the distributions run it.
    pub stage: Stage,
    /// How often it runs.
    pub repeat: Repeat,
}

/// The modules that read a key, in the order of their names.
pub(in crate::desk) fn reading(key: &str) -> Vec<Module> {
    rows().filter(|(_, keys)| keys.split(' ').any(|known| known == key)).map(|(module, _)| module).collect()
}

/// Modules that look at a key beside their own, and do nothing for it alone: update_etc_hosts without `manage_etc_hosts`
/// (`config/cc_update_etc_hosts.py`).
const BESIDE: [(&str, &str); 2] = [("update_etc_hosts", "fqdn"), ("update_etc_hosts", "hostname")];

/// The modules that do something for a key alone.
pub(in crate::desk) fn acting(key: &str) -> Vec<Module> {
    reading(key).into_iter().filter(|module| !BESIDE.contains(&(module.module, key))).collect()
}

/// Whether cloud-init knows a key at all.
pub(in crate::desk) fn is_known(key: &str) -> bool {
    keys::cloud_config().any(|known| known == key)
}

fn rows() -> impl Iterator<Item = (Module, &'static str)> {
    MODULES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut words = line.splitn(4, ' ');
        let (module, stage, repeat, keys) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let stage = match stage {
            "init" => Stage::Init,
            "config" => Stage::Config,
            _ => Stage::Final,
        };
        let repeat = match repeat {
            "always" => Repeat::EveryBoot,
            "once" => Repeat::Once,
            _ => Repeat::OncePerInstance,
        };
        Some((Module { module, stage, repeat }, keys))
    })
}

#[cfg(test)]
mod tests {
    use super::{Repeat, Stage, acting, is_known, reading, rows};

    #[test]
    fn a_key_has_its_modules() {
        let names = |key| reading(key).iter().map(|module| module.module).collect::<Vec<_>>();
        assert_eq!(names("write_files"), ["write_files", "write_files_deferred"]);
        assert_eq!(names("hostname"), ["set_hostname", "update_etc_hosts", "update_hostname"]);
        assert_eq!(
            acting("hostname").iter().map(|module| module.module).collect::<Vec<_>>(),
            ["set_hostname", "update_hostname"]
        );
        assert_eq!(names("merge_how"), [""; 0]);
        let bootcmd = reading("bootcmd");
        assert_eq!((bootcmd[0].stage, bootcmd[0].repeat), (Stage::Init, Repeat::EveryBoot));
        assert!(is_known("runcmd") && !is_known("runcmdd"));
        assert!(rows().count() > 40 && rows().all(|(_, keys)| keys.split(' ').all(is_known)));
    }
}
