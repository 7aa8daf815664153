//! How much a target takes, and how it counts.

use crate::wire::envelope::Envelope;
use std::fmt;

/// At which stage a target counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Counted {
    /// Before base64: what the machine receives.
    Raw,
    /// In base64, whoever puts it around.
    Encoded,
    /// The text as it is handed over.
    Sent,
    /// After the gzip that the client of the cloud makes of it.
    Zipped,
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "before base64",
            Self::Encoded => "in base64",
            Self::Sent => "as sent",
            Self::Zipped => "after gzip",
        })
    }
}

/// How large finished user-data is, in bytes.
pub(crate) struct Sizes<'a> {
    /// The file itself.
    pub sent: usize,
    /// Without base64 around it.
    pub raw: usize,
    /// After gzip.
    pub zipped: &'a dyn Fn() -> usize,
    /// Whether it is in gzip already.
    pub is_packed: bool,
}

impl Counted {
    /// The size that counts of what is there already, in bytes.
    pub(super) fn of_finished(self, sizes: &Sizes) -> usize {
        match self {
            Self::Raw => sizes.raw,
            Self::Encoded => base64_length(sizes.raw),
            Self::Sent => sizes.sent,
            Self::Zipped => (sizes.zipped)(),
        }
    }

    /// The size that counts of a message in an envelope, in bytes.
    pub(super) fn size(self, message: &[u8], envelope: Envelope) -> usize {
        match self {
            Self::Raw => envelope.inner().wrap(message).len(),
            Self::Encoded => base64_length(envelope.inner().wrap(message).len()),
            Self::Sent => envelope.wrap(message).len(),
            Self::Zipped => Envelope::Gzip.wrap(message).len(),
        }
    }
}

/// RFC 4648: four characters for three bytes, the last ones filled up.
fn base64_length(bytes: usize) -> usize {
    bytes.div_ceil(3).saturating_mul(4)
}

/// The most that a target takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    pub bytes: usize,
    pub counted: Counted,
    /// Where the number is from.
    pub source: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_target_counts_its_own_way() {
        let message = [b'a'; 1000];
        let zipped = Envelope::Gzip.wrap(&message).len();
        for (counted, envelope, size) in [
            (Counted::Raw, Envelope::Plain, 1000),
            (Counted::Raw, Envelope::Base64, 1000),
            (Counted::Raw, Envelope::GzipBase64, zipped),
            (Counted::Encoded, Envelope::Plain, 1336),
            (Counted::Encoded, Envelope::Base64, 1336),
            (Counted::Encoded, Envelope::Gzip, zipped.div_ceil(3) * 4),
            (Counted::Sent, Envelope::Plain, 1000),
            (Counted::Sent, Envelope::Base64, 1336),
            (Counted::Zipped, Envelope::Plain, zipped),
        ] {
            assert_eq!(counted.size(&message, envelope), size, "{counted} {envelope}");
        }
    }
}
