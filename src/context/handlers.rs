//! The one part-handler that is shipped: the runtime, the handlers of the blocks, and the lines that register them.

use crate::blocks::{self, BLOCKS, BlockSpec};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::digest::sha256_hex;
use crate::language::document::Node;
use crate::language::source::Span;
use serde_json::json;
use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

/// The name of the part, first of all parts.
pub(crate) const PART: &str = "contextc-handler.py";

/// The content type of the plan, which this one part takes with the blocks.
pub(crate) const PLAN_TYPE: &str = "text/contextc-plan";

/// How the name of a complete bundle begins, of whichever version.
pub(crate) const BUNDLES: &str = "contextc-handlers-";

pub(crate) const DIGEST: Code = Code::new(
    "handlers/digest",
    "The digest of the handlers is that of this version's bundle: the machine refuses another one, or would run what this version does not fit.",
);

/// Stripped of comments and docstrings by the build, as every handler is.
const RUNTIME: [&str; 7] = [
    handler!("_patience"),
    handler!("_actions"),
    handler!("_devices"),
    handler!("_network"),
    handler!("_record"),
    handler!("_runtime"),
    handler!("_summary"),
];

/// What follows the verdict, where a context asks for something.
const OUTCOME: &str = handler!("_outcome");

/// What takes parts for other programs, where there is nothing else to handle.
const PASSED: &str = handler!("_passed");

/// What fetches a bundle.
const PINNED: [&str; 2] = [handler!("_patience"), handler!("_pinned")];

/// The complete bundle of this version and the SHA-256 of it.
static COMPLETE: LazyLock<(String, String)> = LazyLock::new(|| {
    let text = bundle(BLOCKS, true, &[]);
    let digest = sha256_hex(text.as_bytes());
    (text, digest)
});

/// The part-handler with the handlers of these blocks.
///
/// One handler whatever the number of blocks: several would shadow each other in cloud-init (they share a module name).
/// `watched`: something is to follow the verdict. `last`: what comes behind all of it.
pub(crate) fn bundle(used: &[&BlockSpec], watched: bool, last: &[&str]) -> String {
    let handled = used.iter().filter(|spec| spec.is_handled());
    let names: Vec<String> = handled.map(|spec| format!("\"{}\":{}", spec.name, function(spec.name))).collect();
    let footer = format!(
        "{}HANDLERS.update({{{}}})\nif __name__==\"__main__\":\n sys.exit(main(sys.argv[1:]))\n",
        passed(used),
        names.join(",")
    );
    let mut text = String::from("#part-handler\n");
    text.extend(RUNTIME);
    text.extend(watched.then_some(OUTCOME));
    let mut shipped = HashSet::new();
    text.extend(used.iter().flat_map(|spec| spec.handler.iter().copied()).filter(|part| shipped.insert(*part)));
    text.extend(last.iter().copied());
    text.push_str(&footer);
    text
}

/// Whether the complete bundle takes a type.
pub(crate) fn takes(kind: &str) -> bool {
    let block = kind.strip_prefix("text/").and_then(|name| blocks::find(name.strip_suffix("-config")?));
    kind == PLAN_TYPE || block.is_some_and(BlockSpec::is_handled) || passed_types(BLOCKS).contains(&kind)
}

/// Whether a text is code of this version alone, in which nothing of a context stands: the bundle of any blocks.
pub(crate) fn is_bundle(text: &str) -> bool {
    let footer =
        text.rsplit_once("PASSED[:]=").or_else(|| text.rsplit_once("HANDLERS.update(")).map_or("", |(_, end)| end);
    let has = |word: &str| footer.contains(&format!("\"{word}\""));
    let is_named = |spec: &&&BlockSpec| has(spec.name) || spec.passed_type().is_some_and(has);
    let used: Vec<&BlockSpec> = BLOCKS.iter().filter(is_named).copied().collect();
    [false, true].into_iter().any(|watched| bundle(&used, watched, &[]).trim_end() == text.trim_end())
}

/// The part-handler that fetches the complete bundle from one of these addresses, for the blocks that are used.
pub(crate) fn pinned(urls: &[String], used: &[&BlockSpec], watched: bool) -> String {
    let urls: Vec<String> = urls.iter().map(|url| address(url)).collect();
    let blocks = used.iter().filter(|spec| spec.is_handled()).map(|spec| format!("text/{}-config", spec.name));
    let passed = passed_types(used).into_iter().map(str::to_owned);
    let types: Vec<String> = std::iter::once(PLAN_TYPE.to_owned()).chain(blocks).chain(passed).collect();
    let code = PINNED.concat();
    let (outcome, watch) = if watched { (OUTCOME, "if __name__==\"__main__\":\n watch()\n") } else { ("", "") };
    // A list of ASCII texts is written alike in JSON and in Python.
    let settings = format!("URLS={}\nSHA256=\"{}\"\nTYPES={}\n", json!(urls), complete_digest(), json!(types));
    format!("#part-handler\n{code}{outcome}{settings}{watch}")
}

/// The part-handler of a context that has parts for other programs, and nothing for ours.
pub(crate) fn passing(used: &[&BlockSpec]) -> String {
    format!("#part-handler\n{PASSED}{}", passed(used))
}

/// The line that says which types are not ours; none where there are none.
fn passed(used: &[&BlockSpec]) -> String {
    let types = passed_types(used);
    if types.is_empty() { String::new() } else { format!("PASSED[:]={}\n", json!(types)) }
}

/// What cloud-init is not to warn of: it calls a machine degraded for a type that nobody takes.
fn passed_types(used: &[&BlockSpec]) -> Vec<&'static str> {
    used.iter().filter_map(|spec| spec.passed_type()).collect()
}

/// Where the bundle lies: an address that ends in `/` is a directory.
pub(crate) fn address(url: &str) -> String {
    let name = if url.ends_with('/') { complete_name() } else { String::new() };
    format!("{url}{name}")
}

/// The generator of a block has its name, in Python's letters.
fn function(block: &str) -> String {
    block.replace('-', "_")
}

/// The handlers of this version as one file.
///
/// ```
/// let bundle = contextc::handlers();
/// assert!(bundle.text().starts_with("#part-handler\n"));
/// assert!(bundle.name().contains(&bundle.sha256()[..12]));
/// ```
#[derive(Debug, Clone)]
pub struct Bundle(());

impl Bundle {
    pub(crate) fn complete() -> Self {
        Self(())
    }

    /// The text, ASCII: a part-handler for cloud-init.
    pub fn text(&self) -> &'static str {
        &COMPLETE.0
    }

    /// The SHA-256 of the text, in hexadecimal.
    pub fn sha256(&self) -> &'static str {
        complete_digest()
    }

    /// The name of the file: another version has another name.
    pub fn name(&self) -> String {
        complete_name()
    }
}

/// The SHA-256 of the complete bundle, in hexadecimal.
pub(crate) fn complete_digest() -> &'static str {
    &COMPLETE.1
}

/// The name under which the complete bundle is written and served: a new version gets a new name.
pub(crate) fn complete_name() -> String {
    format!("{BUNDLES}{}.py", complete_digest().get(..12).unwrap_or_default())
}

/// A mirror that names a bundle must name ours.
pub(super) fn check_name(url: &str, span: Span, report: &mut Report) {
    let name = url.rsplit('/').next().unwrap_or_default();
    if name.starts_with(BUNDLES) && name != complete_name() {
        let fault = Diagnostic::error(DIGEST, span, "this address is that of another version's handlers");
        report.push(fault.help(format!("serve `{}`, which `contextc handlers -o DIR` writes", complete_name())));
    }
}

/// A digest that the user gives must be ours.
pub(super) fn check_digest(given: &str, value: &Arc<Node>, report: &mut Report) {
    if given != complete_digest() {
        let span = value.entry("sha256").map_or(value.span, |(_, value)| value.span);
        let fault = Diagnostic::error(DIGEST, span, "this is not the digest of this version's handlers");
        report.push(fault.help(format!("write `{}`, and serve `{}`", complete_digest(), complete_name())));
    }
}
