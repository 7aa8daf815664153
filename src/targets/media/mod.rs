//! Media: what a machine reads its user-data from where no service of a cloud hands it out.
//!
//! A [`Layout`] says which files a reader on the machine looks for; [`iso9660`] and [`vfat`] put any such files into an
//! image. The same seed gives the same bytes: no clock, no random identifier, no external program.
//!
//! To add a layout, add a file with its constant and name it in the targets whose machines read it.

mod cernvm;
mod config_drive;
mod context_sh;
mod iso9660;
mod nocloud;
mod opennebula;
pub(crate) mod reading;
pub(crate) mod seed_files;
mod stratuslab;
mod tree;
mod vfat;

pub(crate) use cernvm::CERNVM;
pub(crate) use config_drive::CONFIG_DRIVE;
pub(crate) use nocloud::{NOCLOUD, NOCLOUD_NET};
pub(crate) use opennebula::OPENNEBULA;
pub(crate) use stratuslab::STRATUSLAB;

use crate::language::digest::sha256_hex;
use crate::wire::envelope::Envelope;
use std::fmt;

/// The most that is put on a medium: far beyond what any machine is given, and within every 32-bit field of both formats.
const LARGEST: usize = 1 << 30;

/// What a machine is given, beside its user-data.
#[derive(Clone, Copy)]
pub(crate) struct Seed<'a> {
    /// In the envelope, as the target delivers it.
    pub user_data: &'a [u8],
    /// The envelope that `user_data` is in.
    pub envelope: Envelope,
    pub instance_id: &'a str,
    pub hostname: Option<&'a str>,
    pub network_config: Option<&'a [u8]>,
    pub vendor_data: Option<&'a [u8]>,
}

/// A file of a medium.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

/// Never the bytes, which may hold secrets.
impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes)", self.path, self.bytes.len())
    }
}

impl File {
    /// Without a slash at the beginning: `openstack/latest/user_data`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is in it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The SHA-256 of it, in hexadecimal.
    pub fn sha256(&self) -> String {
        sha256_hex(&self.bytes)
    }

    /// A file of these bytes.
    pub fn new(path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { path: path.to_owned(), bytes: bytes.into() }
    }
}

/// What a medium is to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Medium {
    /// Plain files: a seed directory, or the root of a web server.
    Dir,
    /// An image of a CD: ISO 9660 with Joliet and Rock Ridge.
    Iso,
    /// An image of a disk without partitions: FAT12, FAT16 or FAT32.
    Vfat,
}

impl Medium {
    /// The name, as in `--medium iso`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dir => "dir",
            Self::Iso => "iso",
            Self::Vfat => "vfat",
        }
    }
}

/// What a layout may have a place for, beside user-data and instance-id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extra {
    Hostname,
    NetworkConfig,
    VendorData,
}

impl Extra {
    /// What the glossary calls it, and what to do where a layout has no place for it.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Hostname => ("hostname", "write `hostname:` in the context instead"),
            Self::NetworkConfig => ("network-config", "leave it out: the network comes from elsewhere there"),
            Self::VendorData => ("vendor-data", "put what it says into the context"),
        }
    }
}

/// The files that one reader on the machine looks for, and the label that it looks for them by.
pub(crate) struct Layout {
    pub name: &'static str,
    /// The label of the volume, in exactly this case.
    pub label: &'static str,
    /// The media that the reader takes, the preferred one first.
    pub kinds: &'static [Medium],
    /// The envelopes that it unwraps; any other would reach cloud-init as rubbish.
    pub envelopes: &'static [Envelope],
    pub extras: &'static [Extra],
    /// The size of the VFAT image in bytes, where the cloud knows one size only.
    pub size: Option<usize>,
    /// The files of a seed that has passed the checks.
    contents: fn(&Seed) -> Result<Vec<File>, String>,
}

impl Layout {
    /// The files of a seed.
    pub(crate) fn files(&self, seed: &Seed) -> Result<Vec<File>, String> {
        self.check_envelope(seed.envelope)?;
        self.check_extras(seed)?;
        let files = (self.contents)(seed)?;
        let total = files.iter().fold(0usize, |sum, file| sum.saturating_add(file.bytes.len()));
        match total > LARGEST {
            true => Err(format!("{total} bytes are more than a medium is made for ({LARGEST})")),
            false => Ok(files),
        }
    }

    /// A medium of a seed: its files, or one image.
    pub(crate) fn packed(&self, medium: Medium, seed: &Seed) -> Result<Vec<File>, String> {
        let image = |name| Ok(vec![File::new(name, self.image(medium, seed)?)]);
        match medium {
            Medium::Dir if self.kinds.contains(&medium) => self.files(seed),
            Medium::Vfat => image("seed.img"),
            _ => image("seed.iso"),
        }
    }

    /// The image of a seed, as ISO or VFAT. A directory has none: it is its [`Self::files`].
    pub(crate) fn image(&self, kind: Medium, seed: &Seed) -> Result<Vec<u8>, String> {
        let files = self.files(seed)?;
        match kind {
            Medium::Iso if self.kinds.contains(&kind) => iso9660::image(self.label, &files),
            Medium::Vfat if self.kinds.contains(&kind) => vfat::image(self.label, &files, self.size),
            _ => Err(format!("there is no `{}` image for {}: {}", kind.name(), self.name, self.kinds_offered())),
        }
    }

    fn kinds_offered(&self) -> String {
        let names: Vec<String> = self.kinds.iter().map(|kind| format!("`{}`", kind.name())).collect();
        format!("its media are {}", names.join(", "))
    }

    fn check_envelope(&self, envelope: Envelope) -> Result<(), String> {
        if self.envelopes.contains(&envelope) {
            return Ok(());
        }
        let names: Vec<String> = self.envelopes.iter().map(|envelope| format!("`{envelope}`")).collect();
        let names = names.join(" or ");
        Err(format!("`{envelope}` is not unwrapped by what reads the medium of {}: use {names}", self.name))
    }

    fn check_extras(&self, seed: &Seed) -> Result<(), String> {
        let given = [
            (Extra::Hostname, seed.hostname.is_some()),
            (Extra::NetworkConfig, seed.network_config.is_some()),
            (Extra::VendorData, seed.vendor_data.is_some()),
        ];
        match given.into_iter().find(|(extra, given)| *given && !self.extras.contains(extra)) {
            None => Ok(()),
            Some((extra, _)) => {
                let (what, advice) = extra.words();
                Err(format!("the medium of {} has no place for {what}: {advice}", self.name))
            }
        }
    }
}

#[cfg(test)]
mod tests;
