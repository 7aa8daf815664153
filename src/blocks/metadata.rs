//! Who reaches the metadata of the cloud, and with it the user-data, once the machine is made.

use super::service::shell_script;
use super::{Block, BlockSpec, Check, Lower, Payload, Phase, read};
use schemars::SchemaGenerator;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "metadata",
    summary: "the cloud's metadata, and the user-data in it, for root alone once the machine is made",
    phase: Phase::Late,
    handler: &[CLOSING, handler!("metadata")],
    codes: &[],
    secrets: &[],
    schema: SchemaGenerator::subschema_for::<Metadata>,
    decode: read::<Metadata>,
};

/// The part of a handler that does it.
pub(super) const CLOSING: &str = handler!("_closing");

/// The program, the unit and the table of rules.
const NAME: &str = "contextc-metadata";
const PROGRAM: &str = "/usr/local/sbin/contextc-metadata";

/// Before the packages of the local file system's tools are of use: `local-fs.target`; after what would flush the rules.
const UNIT: &str = "[Unit]\n\
    Description=Only root reaches the metadata of the cloud (contextc)\n\
    DefaultDependencies=no\n\
    Wants=network-pre.target\n\
    After=local-fs.target nftables.service iptables.service ip6tables.service netfilter-persistent.service\n\
    Before=network-pre.target shutdown.target\n\
    Conflicts=shutdown.target\n\
    PartOf=nftables.service iptables.service ip6tables.service netfilter-persistent.service\n\
    ReloadPropagatedFrom=nftables.service iptables.service ip6tables.service netfilter-persistent.service\n\
    [Service]\n\
    Type=oneshot\n\
    RemainAfterExit=yes\n\
    ExecStart=/usr/local/sbin/contextc-metadata\n\
    ExecReload=/usr/local/sbin/contextc-metadata\n\
    [Install]\n\
    WantedBy=multi-user.target nftables.service iptables.service ip6tables.service netfilter-persistent.service\n";

/// Where clouds serve metadata: the addresses in the datasources of cloud-init 26.2 (EC2 and most others, Scaleway, Alibaba Cloud).
const IP: &str = "169.254.169.254 169.254.42.42 100.100.100.200";

/// The same for IPv6: EC2, OpenStack, Oracle, Akamai, Scaleway.
const IP6: &str = "fd00:ec2::254 fe80::a9fe:a9fe fd00:c1::a9fe:a9fe fd00:a9fe:a9fe::1 fd00:42::42";

/// Who reaches the metadata of the cloud. `close`: root alone, once the other blocks are done and at every boot; DNS and time from
/// the same address stay open. Default `open`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Metadata {
    /// Everybody on the machine.
    #[default]
    Open,
    /// Only root.
    Close,
}

impl Metadata {
    /// What closes it, by its path; empty where nothing is to be closed.
    pub fn program(self) -> &'static str {
        if self == Self::Close { PROGRAM } else { "" }
    }

    /// What its handlers take: null where nothing is to be closed.
    pub fn closing(self) -> Value {
        let settings = [("name", NAME.to_owned()), ("ip", IP.into()), ("ip6", IP6.into())];
        let script = shell_script("the metadata for root alone", &settings, "", include_str!("metadata/close.sh"));
        match self {
            Self::Open => Value::Null,
            Self::Close => json!({
                "name": NAME,
                "title": "the metadata address",
                "files": [[PROGRAM, script, "0700", null]],
                "unit": UNIT,
            }),
        }
    }
}

impl Block for Metadata {
    fn check(&self, _cx: &mut Check) {}

    fn lower(&self, _cx: &mut Lower) -> Payload {
        Payload::settings(json!({ "closing": self.closing() }))
    }
}
