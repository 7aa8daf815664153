//! The content types that cloud-init takes itself (`handlers.INCLUSION_TYPES_MAP` of 26.2), and what it does with each.

use schemars::JsonSchema;
use serde::Serialize;

/// The stage of cloud-init in which something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Stage {
    /// When the parts are walked, or in the modules of the stage: before users, mounts and packages.
    Init,
    /// In the modules of the config stage.
    Config,
    /// At the end of the boot: packages, then scripts.
    Final,
    /// In several of them.
    Several,
    /// In none: another program reads it, or nobody.
    None,
}

impl Stage {
    pub fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Config => "config",
            Self::Final => "final",
            Self::Several => "several",
            Self::None => "-",
        }
    }
}

/// How often it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Repeat {
    EveryBoot,
    OncePerInstance,
    /// Once on a disk, whatever instances follow.
    Once,
    /// Once for an instance and a plan of contextc's: another plan is another context to its handler.
    OncePerPlan,
    /// Each key as its modules are.
    ByModule,
    /// As its part-handler says, which is not ours.
    ByHandler,
    Never,
}

impl Repeat {
    pub fn words(self) -> &'static str {
        match self {
            Self::EveryBoot => "every boot",
            Self::OncePerInstance => "once per instance",
            Self::Once => "once per disk",
            Self::OncePerPlan => "once per plan",
            Self::ByModule => "by module",
            Self::ByHandler => "by its handler",
            Self::Never => "never",
        }
    }
}

/// A type that cloud-init takes.
pub(super) struct BuiltIn {
    pub kind: &'static str,
    /// What a user-data is called that is one part of it.
    pub called: &'static str,
    pub stage: Stage,
    pub repeat: Repeat,
    /// What becomes of a part, in a phrase; empty where that depends on what is in it.
    pub what: &'static str,
}

const fn row(kind: &'static str, called: &'static str, stage: Stage, repeat: Repeat, what: &'static str) -> BuiltIn {
    BuiltIn { kind, called, stage, repeat, what }
}

/// One type a line.
#[rustfmt::skip]
pub(super) const BUILT_IN: [BuiltIn; 12] = [
    row("text/cloud-config", "a cloud-config", Stage::Several, Repeat::ByModule, ""),
    row("text/cloud-config-archive", "a cloud-config archive", Stage::Init, Repeat::EveryBoot, "walked as the parts that are in it"),
    row("text/cloud-config-jsonp", "a JSON patch", Stage::Several, Repeat::EveryBoot, "a JSON patch of the merged cloud-config"),
    row("text/x-shellscript", "a script", Stage::Final, Repeat::OncePerInstance, ""),
    row("text/x-shellscript-per-boot", "a script for every boot", Stage::Final, Repeat::EveryBoot, "run by name (cloud-init 22.1 and newer)"),
    row("text/x-shellscript-per-instance", "a script for every instance", Stage::Final, Repeat::OncePerInstance, "run by name (cloud-init 22.1 and newer)"),
    row("text/x-shellscript-per-once", "a script for once", Stage::Final, Repeat::Once, "run by name (cloud-init 22.1 and newer)"),
    row("text/cloud-boothook", "a boothook", Stage::Init, Repeat::EveryBoot, "run where it stands among the parts"),
    row("text/part-handler", "a part-handler", Stage::Init, Repeat::EveryBoot, ""),
    row("text/jinja2", "a template", Stage::Several, Repeat::EveryBoot, "filled in with the data of the instance, then taken for what its next line says"),
    row("text/x-include-url", "an include list", Stage::Init, Repeat::EveryBoot, ""),
    row("text/x-include-once-url", "an include list", Stage::Init, Repeat::OncePerInstance, ""),
];

/// Types that were known once: nobody takes them since the release.
const GONE: [(&str, &str); 1] = [("text/upstart-job", "22.2")];

/// A type that cloud-init takes itself.
pub(super) fn built_in(kind: &str) -> Option<&'static BuiltIn> {
    BUILT_IN.iter().find(|known| known.kind == kind)
}

/// The release since which a type is taken no more.
pub(super) fn gone_since(kind: &str) -> Option<&'static str> {
    GONE.iter().find(|(gone, _)| *gone == kind).map(|(_, since)| *since)
}

/// cloud-init's `util.clean_filename`: under which name it writes a script.
pub(super) fn clean_filename(name: &str) -> String {
    name.replace('/', "_").chars().filter(|c| c.is_ascii_alphanumeric() || "-_.()".contains(*c)).collect()
}
