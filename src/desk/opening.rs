//! Any file that holds user-data, opened: finished user-data in its envelope, an image of a seed, or the files of a seed directory.

use crate::language::digest::sha256_hex;
use crate::targets::File;
use crate::targets::media::reading::{self, Image, ImageFault, Stored};
use crate::targets::media::seed_files::{Item, SeedFiles};
use crate::wire::reading::{self as wire, OpenFault, Opened};
use std::fmt;

/// User-data, opened, and the seed that it was found in.
#[derive(Debug, Clone)]
pub(crate) struct Unsealed {
    /// `None` for a file that is the user-data itself.
    pub seed: Option<Seed>,
    pub opened: Opened,
}

/// A seed: what the user-data came in. As text: `an ISO 9660 image labelled cidata, its file user-data`.
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    /// `an ISO 9660 image`, or `a seed directory`.
    pub kind: &'static str,
    /// The label of the volume; `None` for a directory.
    pub label: Option<String>,
    /// What reads such a seed on the machine: `NoCloud`, `ConfigDrive` or `OpenNebula`.
    pub reader: &'static str,
    /// The label by which it looks for a volume, in either case.
    pub label_wanted: &'static str,
    /// The file without which the reader leaves the whole seed alone.
    pub missing: Option<String>,
    /// The file that the user-data stands in, and the variable or key of it.
    pub path: String,
    pub key: Option<&'static str>,
    /// Of the user-data, in bytes, as it stands there.
    pub bytes: usize,
    /// What the operator of the cloud adds: paths and bytes, of a config drive in JSON.
    pub vendor_data: Vec<(String, Vec<u8>)>,
    /// What lies beside the user-data and is read with it: paths and bytes.
    pub beside: Vec<(String, Vec<u8>)>,
    /// A config drive's files that the machine writes as they are: paths and SHA-256, as they may be large and are only compared.
    pub contents: Vec<(String, String)>,
    /// The paths of a directory that belong to no seed.
    pub others: Vec<String>,
}

impl Seed {
    /// Whether the reader looks for a volume of this label; of a directory it does not.
    pub(crate) fn is_found_by_label(&self) -> bool {
        let label = self.label.as_ref().filter(|_| !self.label_wanted.is_empty());
        label.is_none_or(|label| label.eq_ignore_ascii_case(self.label_wanted))
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)?;
        match self.label.as_deref() {
            None => Ok(()),
            Some("") => f.write_str(" without a label"),
            Some(label) => write!(f, " labelled {}", label.escape_debug()),
        }?;
        write!(f, ", its file {}", self.path.escape_debug())?;
        self.key.map_or(Ok(()), |key| write!(f, ", its `{key}`"))
    }
}

/// Why a file could not be opened down to its user-data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OpeningFault {
    /// The user-data itself.
    UserData(OpenFault),
    /// The image around it: what it is, and why it cannot be read.
    Image(ImageFault),
    /// An image or directory without user-data, and the paths of the files that it has.
    NoUserData { kind: &'static str, files: Vec<String> },
}

impl fmt::Display for OpeningFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UserData(fault) => fault.fmt(f),
            Self::Image(fault) => write!(f, "it is an image, and {fault}"),
            Self::NoUserData { kind, files } => {
                let names: Vec<String> =
                    files.iter().take(8).map(|path| format!("`{}`", path.escape_debug())).collect();
                let more = if files.len() > names.len() { " and others" } else { "" };
                let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
                write!(f, "it is {kind} without user-data: it has {names}{more}")?;
                let cut = files.iter().any(|path| path == "user_dat" || path == "meta_dat");
                if cut { f.write_str(" (cut names: make it with `-joliet -rock`)") } else { Ok(()) }
            }
        }
    }
}

/// Opens the bytes of any file.
pub(crate) fn open(bytes: &[u8]) -> Result<Unsealed, OpeningFault> {
    let Some(image) = reading::read(bytes).map_err(OpeningFault::Image)? else {
        return Ok(Unsealed { seed: None, opened: wire::open(bytes).map_err(OpeningFault::UserData)? });
    };
    unseal(image.format.words(), Some(image.label.clone()), &image.files, seed_files(&image))
}

fn seed_files<'a>(image: &Image<'a>) -> Option<SeedFiles<'a>> {
    SeedFiles::of(&|path: &str| image.files.iter().find(|stored| image.is_called(stored, path)).cloned())
}

/// Opens the files of a seed directory: `user-data` and what lies beside it, or the tree of a config drive.
pub(crate) fn open_directory(files: &[File]) -> Result<Unsealed, OpeningFault> {
    let stored: Vec<Stored> = files.iter().map(Stored::from).collect();
    let find = |path: &str| stored.iter().find(|stored| stored.path == path).cloned();
    unseal("a seed directory", None, &stored, SeedFiles::of(&find))
}

/// The paths of a directory that a seed is read from; none where it is no seed, but a place where files lie.
pub(crate) fn seed_paths(files: &[File]) -> Vec<&str> {
    let find = |path: &str| files.iter().find(|file| file.path() == path).map(Stored::from);
    let Some(found) = SeedFiles::of(&find) else { return Vec::new() };
    files.iter().map(File::path).filter(|path| belongs(&found, path)).collect()
}

/// Whether a path is one of a seed, rather than one of what lies beside it.
fn belongs(found: &SeedFiles, path: &str) -> bool {
    let user_data = found.user_data.as_ref().map_or("user-data", |item| &item.path);
    user_data == path
        || is_beside(user_data, path)
        || found.vendor_data.iter().any(|item| item.path == path)
        || ["meta.js", "context.sh"].contains(&path)
        || ["openstack/", "ec2/"].iter().any(|folder| path.starts_with(folder))
}

/// Whether a file is one that cloud-init reads together with this user-data.
fn is_beside(user_data: &str, path: &str) -> bool {
    let folder = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_ascii_lowercase());
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let names = ["meta-data", "network-config", "meta_data.json", "network_data.json"];
    folder(user_data) == folder(path) && names.contains(&name.as_str())
}

fn unseal(
    kind: &'static str,
    label: Option<String>,
    stored: &[Stored],
    found: Option<SeedFiles>,
) -> Result<Unsealed, OpeningFault> {
    let given = found.and_then(|seed| seed.user_data.clone().map(|user_data| (seed, user_data)));
    let Some((found, user_data)) = given else {
        return Err(OpeningFault::NoUserData { kind, files: stored.iter().map(|file| file.path.clone()).collect() });
    };
    let others = stored.iter().map(|file| file.path.as_str()).filter(|path| !belongs(&found, path));
    let others = others.filter(|path| label.is_none() && !path.starts_with('.')).map(str::to_owned).collect();
    let opened = wire::open(&user_data.bytes).map_err(OpeningFault::UserData)?;
    let bytes = |item: Item| (item.path, item.bytes.into_owned());
    let vendor_data: Vec<_> = found.vendor_data.into_iter().map(bytes).collect();
    let beside: Vec<(String, Vec<u8>)> = stored
        .iter()
        .filter(|file| is_beside(&user_data.path, &file.path))
        .map(|file| (file.path.clone(), file.bytes().into_owned()))
        .collect();
    let written = stored.iter().filter(|file| file.path.to_ascii_lowercase().starts_with("openstack/content/"));
    let contents = written.map(|file| (file.path.clone(), sha256_hex(&file.bytes()))).collect();
    let seed = Seed {
        kind,
        label,
        reader: found.reader,
        label_wanted: found.label,
        missing: found.missing,
        path: user_data.path,
        key: user_data.key,
        bytes: user_data.bytes.len(),
        vendor_data,
        beside,
        contents,
        others,
    };
    Ok(Unsealed { seed: Some(seed), opened })
}

/// The files of an image, and the user-data among them.
pub type ImageFiles = (Vec<File>, Option<Vec<u8>>);

/// What is on an image, for what tests the readers: `None` where it is no image.
pub fn image_files(bytes: &[u8]) -> Result<Option<ImageFiles>, String> {
    let Some(image) = reading::read(bytes).map_err(|fault| fault.to_string())? else { return Ok(None) };
    let found = seed_files(&image).and_then(|seed| seed.user_data);
    let files = image.files.iter().map(|stored| File::new(&stored.path, stored.bytes())).collect();
    Ok(Some((files, found.map(|item| item.bytes.into_owned()))))
}

#[cfg(test)]
mod tests;
