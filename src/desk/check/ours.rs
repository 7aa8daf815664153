//! What our own plan says must be there: cloud-init does not notice a message that was cut short or changed.

use crate::context::{handlers, plan};
use crate::desk::takers;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::digest::sha256_hex;
use crate::language::source::Span;
use crate::wire::reading::Found;
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::HashMap;

const INCOMPLETE: Code = Code::new(
    "envelope/incomplete",
    "The plan names every part that must arrive: without one the machine stays half made, and says so after the boot.",
);
const CHANGED: Code = Code::new(
    "envelope/changed",
    "The plan has the digest of every part: the machine refuses a part that is not what was compiled.",
);

pub(super) const CODES: &[Code] = &[INCOMPLETE, CHANGED];

/// Holds the parts against the plan, where there is one.
pub(super) fn check(parts: &[Found], place: impl Fn(&Found) -> Span, report: &mut Report) {
    match parts.iter().find(|part| part.content_type == handlers::PLAN_TYPE) {
        None => without(parts, place, report),
        Some(found) => faults(found, parts, place).into_iter().for_each(|fault| report.push(fault.help(AGAIN))),
    }
}

/// Whether the parts are those that contextc compiled: a plan is among them, and holds.
pub(super) fn is_proved(parts: &[Found]) -> bool {
    let plan = parts.iter().find(|part| part.content_type == handlers::PLAN_TYPE);
    plan.is_some_and(|found| faults(found, parts, |_| Span::default()).is_empty())
}

fn faults(found: &Found, parts: &[Found], place: impl Fn(&Found) -> Span) -> Vec<Diagnostic> {
    let read = serde_json::from_slice::<Value>(&found.body).ok();
    let Some(plan) = read.as_ref().and_then(|read| read.get("contextc-plan")) else {
        return vec![Diagnostic::error(CHANGED, place(found), "this plan cannot be read")];
    };
    let listed = [("blocks", "part"), ("scripts", "name")].into_iter().flat_map(|(list, key)| {
        let entries = plan.get(list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        entries.iter().map(move |entry| (entry.get(key), entry.get("sha256")))
    });
    let named = Named::of(parts);
    let wrong = listed.filter_map(|(name, sha256)| {
        let name = name.and_then(Value::as_str).unwrap_or_default();
        match named.digest(name) {
            None => {
                Some(Diagnostic::error(INCOMPLETE, place(found), format!("the plan names `{name}`, which is not here")))
            }
            Some((part, digest)) if Some(digest) != sha256.and_then(Value::as_str) => {
                Some(Diagnostic::error(CHANGED, place(part), format!("`{name}` is not what was compiled")))
            }
            Some(_) => None,
        }
    });
    let mut faults: Vec<Diagnostic> = wrong.take(MOST).collect();
    if faults.is_empty() && plan.get("digest").and_then(Value::as_str) != Some(digest(parts, plan).as_str()) {
        let message = "the parts are not those that were compiled: one is missing, changed, or not ours";
        faults.push(Diagnostic::error(CHANGED, place(found), message));
    }
    faults
}

/// A plan has as many rows as somebody likes, a report not.
const MOST: usize = 100;

/// The first part of each name, and its digest once somebody asked: a plan may name one part in a million rows.
struct Named<'a>(HashMap<&'a str, (&'a Found, OnceCell<String>)>);

impl<'a> Named<'a> {
    fn of(parts: &'a [Found]) -> Self {
        let mut named = HashMap::new();
        for part in parts {
            named.entry(part.filename.as_str()).or_insert_with(|| (part, OnceCell::new()));
        }
        Self(named)
    }

    fn digest(&self, name: &str) -> Option<(&'a Found, &str)> {
        let (part, digest) = self.0.get(name)?;
        Some((part, digest.get_or_init(|| sha256_hex(&part.body))))
    }
}

/// Our handler alone: the plan is the part behind it.
fn without(parts: &[Found], place: impl Fn(&Found) -> Span, report: &mut Report) {
    let ours =
        |part: &&Found| takers::is_ours(part) && String::from_utf8_lossy(&part.body).contains(handlers::PLAN_TYPE);
    if let Some(handler) = parts.iter().find(ours) {
        let message = "here is the part-handler of contextc, and not the plan that comes after it";
        report.push(Diagnostic::error(INCOMPLETE, place(handler), message).help(AGAIN));
    }
}

const AGAIN: &str = "compile it again, and hand over what was written as it is";

/// Of what is here, as the plan has it of what was compiled.
fn digest(parts: &[Found], plan: &Value) -> String {
    let own = |part: &&Found| ![plan::PLAN, plan::INCLUDED, handlers::PART].contains(&part.filename.as_str());
    let parts = parts.iter().filter(own);
    plan::digest_of(
        parts.map(|part| (part.content_type.as_str(), part.filename.as_str(), &*part.body)),
        plan.get("outcome"),
    )
}
