//! `context.sh`: assignments of a shell, which a machine of OpenNebula or CernVM sources.

use super::{File, Seed};
use crate::wire::envelope::Envelope;
use std::borrow::Cow;

/// The file of these variables, in their order.
pub(super) fn file(variables: &[(&str, &str)]) -> Result<File, String> {
    match variables.iter().find(|(_, value)| value.contains('\0')) {
        Some((name, _)) => Err(format!("{name} holds a NUL, which no variable of a shell can hold")),
        None => Ok(File::new("context.sh", variables.iter().map(assignment).collect::<String>())),
    }
}

/// Always in single quotes, as OpenNebula itself writes them: not everything that reads them is a shell.
fn assignment((name, value): &(&str, &str)) -> String {
    format!("{name}='{}'\n", value.replace('\'', "'\\''"))
}

/// The user-data in base64, on one line: once, whatever its envelope.
pub(super) fn encoded(seed: &Seed) -> String {
    let encoded = match seed.envelope {
        Envelope::Base64 | Envelope::GzipBase64 => Cow::Borrowed(seed.user_data),
        Envelope::Plain | Envelope::Gzip => Cow::Owned(Envelope::Base64.wrap(seed.user_data)),
    };
    String::from_utf8_lossy(&encoded).into_owned()
}
