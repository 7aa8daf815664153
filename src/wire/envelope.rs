//! The outer encoding of a message: what a transport wants, on and off.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, GzBuilder};
use std::fmt;
use std::io::Write;

/// How a message is wrapped for its transport.
///
/// ```
/// use contextc::Envelope;
/// assert_eq!("gzip+base64".parse(), Ok(Envelope::GzipBase64));
/// assert!(Envelope::Gzip.is_binary() && !Envelope::GzipBase64.is_binary());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Envelope {
    /// The message itself: ASCII text.
    #[default]
    Plain,
    /// One layer of gzip, without a time stamp. cloud-init takes one layer off, never two.
    Gzip,
    /// The message in base64, on one line: wrapped, some datasources do not decode it.
    Base64,
    /// Gzip inside base64, on one line.
    GzipBase64,
}

impl Envelope {
    /// All of them, in the order of size.
    pub const ALL: &'static [Envelope] = &[Envelope::Plain, Envelope::Gzip, Envelope::Base64, Envelope::GzipBase64];

    /// The name, as in `--envelope gzip+base64`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Base64 => "base64",
            Self::GzipBase64 => "gzip+base64",
        }
    }

    /// Whether the wrapped message is not text.
    pub fn is_binary(self) -> bool {
        self == Self::Gzip
    }

    /// The envelope without its base64: what a machine has when that was taken off.
    pub(crate) fn inner(self) -> Self {
        match self {
            Self::Plain | Self::Base64 => Self::Plain,
            Self::Gzip | Self::GzipBase64 => Self::Gzip,
        }
    }

    /// Wraps a message.
    pub(crate) fn wrap(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Plain => message.to_vec(),
            Self::Gzip => gzip(message),
            Self::Base64 => STANDARD.encode(message).into_bytes(),
            Self::GzipBase64 => STANDARD.encode(gzip(message)).into_bytes(),
        }
    }
}

impl fmt::Display for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Envelope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().copied().find(|envelope| envelope.name() == text);
        known.ok_or_else(|| format!("`{text}` is not an envelope: plain, gzip, base64 or gzip+base64"))
    }
}

/// The same bytes on any machine: no time, no name, "unknown" for the system.
fn gzip(message: &[u8]) -> Vec<u8> {
    const UNKNOWN_SYSTEM: u8 = 255; // RFC 1952, section 2.3.1
    let mut encoder = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM).write(Vec::new(), Compression::best());
    // Writing to a vector cannot fail; an empty result would be noticed by every test that opens it.
    let _ = encoder.write_all(message);
    encoder.finish().unwrap_or_default()
}
