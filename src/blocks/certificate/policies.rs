//! Signing policies: what the software of the grid lets an authority sign. One file may hold those of many.

use crate::blocks::Lower;
use crate::blocks::chain::Certificates;
use crate::language::content;
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::units::quoted;

pub(super) const POLICY: Code = Code::new(
    "certificate/signing-policy",
    "The signing policy of an authority names it, says that it may sign, and whom: `access_id_CA`, `pos_rights`, `cond_subjects`.",
);

/// What one authority may sign.
struct Policy {
    /// The authority, like `/DC=org/DC=example/CN=Example CA`.
    authority: String,
    text: String,
}

const BEGIN: &str = "access_id_CA";

/// The policy of each certificate, in their order; reported where one is for none of them, or no policy.
pub(super) fn of(certificates: &Certificates, text: &str, cx: &mut Lower, at: &Path) -> Vec<Option<String>> {
    let policies = read(text).unwrap_or_else(|fault| {
        cx.refuse(fault, at);
        Vec::new()
    });
    let subjects = certificates.subjects();
    for policy in policies.iter().filter(|policy| !subjects.contains(&policy.authority)) {
        let message = format!("{} is no authority of the bundle", quoted(&policy.authority));
        let help = match subjects.as_slice() {
            [only] => format!("the one in it is {}", quoted(only)),
            _ => "add its certificate to the bundle, or take its policy out".to_owned(),
        };
        cx.refuse(Fault::new(POLICY, message, help), at);
    }
    // One authority may have several, for several kinds of names: all of them hold.
    let text = |subject: String| {
        let of = policies.iter().filter(|policy| policy.authority == subject);
        of.map(|policy| policy.text.as_str()).collect::<String>()
    };
    subjects.into_iter().map(|subject| Some(text(subject)).filter(|text| !text.is_empty())).collect()
}

fn read(text: &str) -> Result<Vec<Policy>, Fault> {
    if let Some(path) = content::as_path(text) {
        let help = format!("write `{{file: {path}}}` for a file");
        return Err(Fault::new(POLICY, "there is no signing policy in this", help));
    }
    let mut policies: Vec<Policy> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match (line.strip_prefix(BEGIN), policies.last_mut()) {
            (Some(rest), _) => {
                policies.push(Policy { authority: authority(rest).ok_or_else(|| unnamed(line))?, text: String::new() });
            }
            (None, None) => return Err(unnamed(line)),
            (None, Some(_)) => {}
        }
        if let Some(policy) = policies.last_mut() {
            policy.text.push_str(&format!("{line}\n"));
        }
    }
    let empty = Fault::new(POLICY, "there is no signing policy in this", format!("give lines that begin `{BEGIN}`"));
    policies.first().ok_or(empty)?;
    policies.iter().try_for_each(complete)?;
    Ok(policies)
}

/// `X509 '/DC=org/CN=Example CA'`, the name with one way to write an address.
fn authority(rest: &str) -> Option<String> {
    let name = rest.trim().strip_prefix("X509")?.trim().trim_matches(['\'', '"']);
    name.starts_with('/').then(|| name.replace("/Email=", "/emailAddress="))
}

fn unnamed(line: &str) -> Fault {
    let help = format!("begin a policy with `{BEGIN} X509 '/DC=org/DC=example/CN=Example CA'`");
    Fault::new(POLICY, format!("{} names no authority", quoted(line)), help)
}

fn complete(policy: &Policy) -> Result<(), Fault> {
    let missing = |word: &&&str| !policy.text.lines().any(|line| line.starts_with(**word));
    match ["pos_rights", "cond_subjects"].iter().find(missing) {
        None => Ok(()),
        Some(word) => Err(Fault::new(
            POLICY,
            format!("the policy of {} has no `{word}`", quoted(&policy.authority)),
            "copy the whole `.signing_policy` file",
        )),
    }
}
