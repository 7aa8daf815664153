//! A machine without cloud-init, reached over ssh: one file that a POSIX shell and Python carry out.

mod cloud_config;

use super::{Form, Launch, Proof, Target};
use crate::context::handlers;
use crate::context::plan::{Part, Plan};
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::digest::sha256_hex;
use crate::wire::envelope::Envelope;
use crate::wire::message::wrapped_base64;
use serde_json::{Value, json};

const INCLUDE: Code = Code::new(
    "ssh/include",
    "What an address gives is user-data for cloud-init, fetched at boot: without cloud-init nobody fetches it or knows its parts.",
);
const HANDLERS: Code = Code::new(
    "ssh/handlers",
    "The file that is sent over ssh has room for the handlers, and the machine needs no way to a mirror.",
);

const OTHER_PROGRAM: Code = Code::new(
    "ssh/other-program",
    "The bootloader of CernVM and amiconfig read user-data when a machine boots: what comes over ssh comes later, and to neither of them.",
);

pub(crate) const CODES: &[&[Code]] = &[&[INCLUDE, HANDLERS, OTHER_PROGRAM], cloud_config::CODES];

/// `ssh root@HOST 'sh -s' <FILE`: nothing limits what goes through a pipe.
pub(crate) const SSH: Target = Target {
    name: "ssh",
    aliases: &[],
    summary: "a machine without cloud-init: one file for `ssh root@HOST 'sh -s'`",
    datasource: "none",
    limit: None,
    accepts: &[Envelope::Plain],
    layout: None,
    notes: &[
        "`ssh root@HOST 'sh -s' < FILE`: it needs a POSIX shell and Python 2.7 or 3.6+. It can be sent again: what is done is not repeated.",
        "The last line that it says is the verdict, `contextc:   machine ...`. Without that line the machine has no context, whatever the exit code: a shell takes an empty file for a success.",
        "Keys of cloud-config that only cloud-init can carry out are refused. `users: [default]` asks for nothing: the image has its users.",
    ],
    form: Form::RunFile,
    proved: Proof::Boot,
    launch: Launch { shell: &["ssh root@{host} 'sh -s' <{path}"], file: "context.run", ..Launch::NONE },
};

/// The shell's part. It finds Python and hands the rest over.
const RUN: &str = include_str!("ssh/run.sh");

/// Python's part on the command line: it unpacks the payload, if that came whole. It has no single quote, for the shell puts it between two.
const LOADER: &str = include_str!("ssh/loader.py");

/// What plays cloud-init's role on the machine.
const DRIVER: &[&str] = &[handler!("_ssh"), handler!("_cloud_config")];

/// A line that no base64 has.
const END: &str = "--contextc--";

/// The run file of a plan; `None`, and reported, where something of it needs cloud-init.
pub(super) fn run_file(plan: &Plan, report: &mut Report) -> Option<Vec<u8>> {
    let before = report.diagnostics().len();
    if let Some(place) = plan.include {
        let fault = Diagnostic::error(INCLUDE, place, "nobody fetches this without cloud-init");
        report.push(fault.help("put what it gives into this context, or fetch it in one of the `scripts`"));
    }
    for (spec, place) in plan.blocks.iter().filter(|(spec, _)| spec.passed_type().is_some()) {
        let fault = Diagnostic::error(OTHER_PROGRAM, *place, format!("nobody reads `{}` over ssh", spec.name));
        report.push(fault.help("leave the block out for this target, or take a target with user-data"));
    }
    if plan.parts.iter().any(|part| part.origin == "handlers") {
        let fault =
            Diagnostic::warning(HANDLERS, Default::default(), "the handlers are in the file, whatever is asked");
        report.push(fault.help("leave out `handlers` for this target, or take this as it is"));
    }
    let config = cloud_config::settings(plan, report);
    let new = report.diagnostics().get(before..).unwrap_or_default();
    let faulty = new.iter().any(|fault| fault.severity() == crate::language::diagnostic::Severity::Error);
    (!faulty).then(|| shell(plan, &payload(plan, config)))
}

/// What the driver is given: the handlers, the parts in their order, the keys of cloud-config that it applies.
fn payload(plan: &Plan, config: Value) -> Vec<u8> {
    let missing =
        (!plan.parts.iter().any(|part| part.filename == crate::context::plan::PLAN)).then(|| plan.empty_plan());
    let parts: Vec<_> = missing.iter().chain(&plan.parts).filter(|part| is_carried(part)).collect();
    let parts: Vec<_> = parts.iter().map(|part| json!([part.content_type, part.filename, part.body])).collect();
    let specs: Vec<_> = plan.blocks.iter().map(|(spec, _)| *spec).collect();
    let watched = specs.iter().any(|spec| spec.phase == crate::blocks::Phase::Verdict);
    let handler = handlers::bundle(&specs, watched, DRIVER);
    let sent = json!({"handler": handler, "digest": plan.digest, "parts": parts, "config": config});
    crate::context::plan::ascii(&sent).into_bytes()
}

/// All parts but those that the driver stands for.
fn is_carried(part: &Part) -> bool {
    !["text/part-handler", "text/x-include-url", "text/cloud-config"].contains(&part.content_type.as_str())
}

fn shell(plan: &Plan, payload: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(wrapped_base64(&Envelope::Gzip.wrap(payload))).unwrap_or_default();
    let loader = LOADER.trim_end().replace("@SHA256@", &sha256_hex(text.trim_end().as_bytes()));
    let words = [
        ("@VERSION@", env!("CARGO_PKG_VERSION")),
        ("@DIGEST@", plan.digest.get(..12).unwrap_or(&plan.digest)),
        ("@END@", END),
        ("@LOADER@", &loader),
        ("@PAYLOAD@", text.trim_end()),
    ];
    words.iter().fold(RUN.to_owned(), |run, (word, value)| run.replace(word, value)).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_stands_between_single_quotes() {
        assert!(!LOADER.contains('\''));
    }
}
