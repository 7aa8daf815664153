//! Units of the running system: who, and where.

use super::{Unit, quoted};
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use serde::Serialize;

const USER: Code = Code::new(
    "units/user",
    "A user name begins with a letter or `_`, and has letters, digits and `_.-`, 32 of them at most.",
);
const PATH: Code = Code::new(
    "units/path",
    "A path is absolute, without `..`, of letters, digits and `/._+@:=,~-`: it stands in files that other programs read.",
);

pub(super) const CODES: &[Code] = &[USER, PATH];

/// The name of an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub(crate) struct UserName(pub String);

impl Unit for UserName {
    const EXPECTS: &'static str = "the name of a user, like `alice`";
    const PATTERN: &'static str = "^[A-Za-z_][A-Za-z0-9_.-]{0,31}$";

    fn parse(text: &str) -> Result<Self, Fault> {
        let first = |c: char| c.is_ascii_alphabetic() || c == '_';
        let sound = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        match text.starts_with(first) && text.chars().all(sound) && text.len() <= 32 {
            true => Ok(Self(text.to_owned())),
            false => Err(Fault::new(
                USER,
                format!("{} is not the name of a user", quoted(text)),
                "write the name as `getent passwd` shows it, like `alice`",
            )),
        }
    }
}

/// An absolute path of a file or directory on the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct AbsolutePath(pub String);

impl Unit for AbsolutePath {
    const EXPECTS: &'static str = "an absolute path, like `/srv/data`";
    const PATTERN: &'static str = "^/(?!(.*/)?[.][.](/|$))[A-Za-z0-9/._+@:=,~-]*[A-Za-z0-9._+@:=,~-]$";

    fn parse(text: &str) -> Result<Self, Fault> {
        let sound = |c: char| c.is_ascii_alphanumeric() || "/._+@:=,~-".contains(c);
        let fault = |help: &str| Fault::new(PATH, format!("{} is not a path for this", quoted(text)), help);
        match text.strip_prefix('/') {
            None => Err(fault("write it from the root, like `/srv/data`")),
            Some(rest) if rest.is_empty() || text.ends_with('/') => Err(fault("name a file or directory below `/`")),
            Some(_) if text.split('/').any(|step| step == "..") => Err(fault("write it without `..`")),
            Some(_) if !text.chars().all(sound) => Err(fault("use letters, digits and `/._+@:=,~-` only")),
            Some(_) => Ok(Self(text.to_owned())),
        }
    }
}
