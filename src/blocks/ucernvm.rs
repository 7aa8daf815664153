//! uCernVM: the block of the user-data that the bootloader of CernVM reads, before there is a system.
//!
//! It looks for its two marker lines anywhere in the user-data, MIME or not, takes `key=value` lines between them, and has a
//! shell source them as `_UCONTEXT_KEY=value` (cernvm-micro, `parse_user_data.cc` and `scripts.d/06context`).

use super::cvmfs::{self, Proxies};
use super::{Block, BlockSpec, Check, Lower, Payload, Phase, read};
use crate::language::content::Content;
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::units::{AbsolutePath, CommaList, Duration, Host, Switch, Unit, Url, quoted};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::SchemaGenerator;
use serde::Deserialize;

const NOTHING: Code = Code::new("ucernvm/nothing", "A block without settings tells the bootloader nothing.");
const VALUE: Code = Code::new(
    "ucernvm/value",
    "The bootloader's shell and CVMFS read a value again: blanks, quotes, `$`, `\\` and anything but ASCII do not get through.",
);
const SERVER: Code =
    Code::new("ucernvm/server", "The bootloader makes the address itself: a server is a host, or a host with a port.");
const BRANCH: Code = Code::new("ucernvm/branch", "A branch is a repository by its full name: `cernvm-prod.cern.ch`.");
const INJECT: Code =
    Code::new("ucernvm/inject", "What is injected is a tar archive in gzip: the bootloader unpacks nothing else.");

pub(super) const SPEC: BlockSpec = BlockSpec {
    name: "ucernvm",
    summary: "the block that the bootloader of CernVM reads: its repository, proxies, disk and files",
    phase: Phase::Bootloader,
    handler: &[],
    codes: &[NOTHING, VALUE, SERVER, BRANCH, INJECT],
    secrets: &[],
    schema: SchemaGenerator::subschema_for::<Ucernvm>,
    decode: read::<Ucernvm>,
};

/// Settings of the bootloader of CernVM.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a map of settings, like `{cvmfs-branch: cernvm-prod.cern.ch}`"
)]
pub(crate) struct Ucernvm {
    /// Use the whole disk, not only its first 20 GB.
    resize_rootfs: Option<Switch>,
    /// Proxies for the repository of the system: groups separated by `;`, members by `|`, `auto` or `DIRECT`.
    cvmfs_http_proxy: Option<Proxies>,
    /// Where the proxies are told by (PAC files).
    cvmfs_pac_urls: Vec<Url>,
    /// Hosts of Stratum 1 servers, each with a port if need be: a list, or one text with commas.
    cvmfs_server: CommaList,
    /// Servers of a content delivery network, as the bootloader has them.
    cvmfs_cdn: Option<String>,
    /// The repository with the system.
    cvmfs_branch: Option<String>,
    /// The snapshot of it: a release.
    cvmfs_tag: Option<String>,
    /// Start only when a proxy answers, and wait so long for each.
    cvmfs_wait_on_squid: Option<Duration>,
    /// Which system of the repository: `/cvm3`, `/cvm4`.
    cernvm_path: Option<AbsolutePath>,
    /// A tar archive in gzip that is unpacked over the root, once: `{file: PATH}`, or its base64.
    cernvm_inject: Option<Content>,
    /// Look for user-data of glideinWMS. The bootloader's default is on.
    useglideinwms: Option<Switch>,
}

/// What the parser makes 1 and 0, written without quotes.
fn word(switch: Switch) -> String {
    if switch.0 { "on" } else { "off" }.into()
}

/// Whether a value is the same after a shell, and after the configuration of CVMFS, which has it in double quotes.
fn is_carried(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_graphic() && !b"'\"`$\\".contains(&byte))
}

/// In double quotes wherever a shell, or the parser with its words for switches, would make something else of it.
fn quoted_for_bootloader(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/,@%+=-".contains(&byte);
    let switch = Switch::parse(value).is_ok();
    if value.bytes().all(plain) && !switch { value.to_owned() } else { format!("\"{value}\"") }
}

/// A name or an IPv4 address, and a port.
fn is_server(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, "80"));
    Host::parse(host).is_ok() && port.parse::<u16>().is_ok()
}

impl Ucernvm {
    /// The settings in the order and by the names in which the bootloader documents them.
    fn texts(&self) -> Vec<(&'static str, Option<String>)> {
        let urls = self.cvmfs_pac_urls.iter().map(|url| url.0.as_str()).collect::<Vec<_>>().join(";");
        let listed = |text: String| (!text.is_empty()).then(|| quoted_for_bootloader(&text));
        let quoted = |text: &Option<String>| text.as_deref().map(quoted_for_bootloader);
        vec![
            ("resize_rootfs", self.resize_rootfs.map(word)),
            ("cvmfs_http_proxy", self.cvmfs_http_proxy.as_ref().map(|proxies| quoted_for_bootloader(&proxies.0))),
            ("cvmfs_pac_urls", listed(urls)),
            ("cvmfs_server", listed(self.cvmfs_server.0.join(","))),
            ("cvmfs_cdn", quoted(&self.cvmfs_cdn)),
            ("cvmfs_branch", quoted(&self.cvmfs_branch)),
            ("cvmfs_tag", quoted(&self.cvmfs_tag)),
            ("cvmfs_wait_on_squid", self.cvmfs_wait_on_squid.map(|wait| wait.0.to_string())),
            ("cernvm_path", self.cernvm_path.as_ref().map(|path| quoted_for_bootloader(&path.0))),
            ("useglideinWMS", self.useglideinwms.map(word)),
        ]
    }

    fn check_texts(&self, cx: &mut Check) {
        let texts = [("cvmfs-cdn", &self.cvmfs_cdn), ("cvmfs-tag", &self.cvmfs_tag)];
        let texts = texts.into_iter().filter_map(|(name, text)| Some((Path::root().key(name), text.as_deref()?)));
        let urls = self.cvmfs_pac_urls.iter().enumerate();
        let urls = urls.map(|(index, url)| (Path::root().key("cvmfs-pac-urls").index(index), url.0.as_str()));
        for (at, text) in texts.chain(urls) {
            if text.is_empty() || !is_carried(text) || at.name() == Some("cvmfs-pac-urls") && text.contains(';') {
                let fault = cx.error(VALUE, &at, format!("{} does not reach the bootloader as it is", quoted(text)));
                cx.push(fault.help(
                    "write it in ASCII, without blanks, quotes, `$`, `` ` `` and `\\`; of addresses each as an item",
                ));
            }
        }
    }

    fn check_names(&self, cx: &mut Check) {
        let at = Path::root().key("cvmfs-server");
        for (index, server) in self.cvmfs_server.0.iter().enumerate().filter(|(_, server)| !is_server(server)) {
            let fault = cx.error(SERVER, &at.index(index), format!("{} is not a server", quoted(server)));
            cx.push(fault.help("write the host alone, like `cvmfs-stratum-one.cern.ch`"));
        }
        if let Some(branch) = self.cvmfs_branch.as_deref().filter(|name| !cvmfs::is_name(name) || !name.contains('.')) {
            let message = format!("{} is not the full name of a repository", quoted(branch));
            let fault = cx.error(BRANCH, &Path::root().key("cvmfs-branch"), message);
            cx.push(fault.help("write it with its domain, like `cernvm-prod.cern.ch`"));
        }
    }

    /// An archive in base64, on one line: as it is, or already so.
    fn injected(&self, cx: &mut Lower) -> Option<String> {
        let (content, at) = (self.cernvm_inject.as_ref()?, Path::root().key("cernvm-inject"));
        let bytes = cx.bytes(content, &at)?;
        match archive(&bytes) {
            Some(text) => Some(text),
            None => {
                let help = "make it with `tar czf files.tar.gz -C DIRECTORY .`, and write `cernvm-inject: {file: files.tar.gz}`";
                cx.refuse(Fault::new(INJECT, "this is not a tar archive in gzip", help), &content.place(&at));
                None
            }
        }
    }
}

/// In base64, if it is gzip, or base64 of it.
fn archive(bytes: &[u8]) -> Option<String> {
    const GZIP: &[u8] = &[0x1f, 0x8b];
    if bytes.starts_with(GZIP) {
        return Some(STANDARD.encode(bytes));
    }
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let archive = STANDARD.decode(text).ok().filter(|archive| archive.starts_with(GZIP))?;
    Some(STANDARD.encode(archive))
}

impl Block for Ucernvm {
    fn check(&self, cx: &mut Check) {
        let nothing = self.cernvm_inject.is_none() && self.texts().iter().all(|(_, text)| text.is_none());
        if nothing && cx.sound() {
            let fault = cx.error(NOTHING, &Path::root(), "this tells the bootloader nothing");
            cx.push(fault.help("add `resize-rootfs: true`, or remove the block"));
        }
        self.check_texts(cx);
        self.check_names(cx);
    }

    fn lower(&self, cx: &mut Lower) -> Payload {
        let mut settings = self.texts();
        settings.push(("cernvm_inject", self.injected(cx)));
        let line = |(key, value): (&str, Option<String>)| Some(format!("{key}={}\n", value?));
        let lines: String = settings.into_iter().filter_map(line).collect();
        Payload::lines(format!("[ucernvm-begin]\n{lines}[ucernvm-end]\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_quoted_where_somebody_would_make_something_else_of_it() {
        for (value, written) in [
            ("http://squid.example.org:3128", "http://squid.example.org:3128"),
            ("http://a:1|http://b:1;DIRECT", "\"http://a:1|http://b:1;DIRECT\""),
            ("on", "\"on\""),
            ("FALSE", "\"FALSE\""),
            ("http://a/?b&c", "\"http://a/?b&c\""),
            ("~x", "\"~x\""),
        ] {
            assert_eq!(quoted_for_bootloader(value), written);
        }
    }

    #[test]
    fn an_archive_is_known_raw_and_in_base64() {
        let raw = [0x1f, 0x8b, 8, 0];
        assert_eq!(archive(&raw).as_deref(), Some("H4sIAA=="));
        assert_eq!(archive(b"H4sI\nAA==\n").as_deref(), Some("H4sIAA=="));
        assert_eq!(archive(b"files.tar.gz"), None);
        assert_eq!(archive(b""), None);
    }
}
