//! The medium that is asked for, and what stands beside the user-data on it.

use super::{Failure, input};
use contextc::{Compiler, Instance, Medium};
use std::path::{Path, PathBuf};

/// What `--medium` and its options say.
#[derive(clap::Args)]
pub struct MediumOptions {
    /// What to write: the user-data alone, or what a machine reads it from: a directory, an ISO 9660 image, a VFAT image
    #[arg(long, value_name = "MEDIUM", default_value = "user-data", value_parser = ["user-data", "dir", "iso", "vfat"])]
    medium: String,
    /// The instance-id on the medium, instead of one that is made of the content
    #[arg(long, value_name = "ID")]
    instance_id: Option<String>,
    /// The name of the machine on the medium
    #[arg(long, value_name = "NAME")]
    hostname: Option<String>,
    /// A file with the machine's network, for the medium; it is not judged
    #[arg(long, value_name = "FILE")]
    network_config: Option<PathBuf>,
    /// A file with the cloud's own user-data, for the medium; it is not judged
    #[arg(long, value_name = "FILE")]
    vendor_data: Option<PathBuf>,
}

impl MediumOptions {
    /// Whether several files result.
    pub fn is_directory(&self) -> bool {
        self.medium == "dir"
    }

    /// Whether anything is said of a medium.
    pub fn is_asked(&self) -> bool {
        self.medium != "user-data" || self.is_more_than_user_data()
    }

    fn is_more_than_user_data(&self) -> bool {
        self.instance_id.is_some()
            || self.hostname.is_some()
            || self.network_config.is_some()
            || self.vendor_data.is_some()
    }

    fn instance(&self) -> Result<Instance, Failure> {
        let mut instance = Instance::new();
        if let Some(id) = &self.instance_id {
            instance = instance.id(id);
        }
        if let Some(name) = &self.hostname {
            instance = instance.hostname(name);
        }
        if let Some(path) = &self.network_config {
            instance = instance.network_config(bytes(path)?);
        }
        if let Some(path) = &self.vendor_data {
            instance = instance.vendor_data(bytes(path)?);
        }
        Ok(instance)
    }
}

/// As large as a context may be: nothing is cut off in silence.
fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = std::fs::File::open(path).and_then(input::bytes);
    let bytes = read.map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
    match bytes.len() as u64 == input::READ_AT_MOST {
        true => Err(format!("`{}` has more than 4 MiB", path.display())),
        false => Ok(bytes),
    }
}

/// A compiler for the medium that is asked for.
pub fn on(compiler: Compiler, options: &MediumOptions) -> Result<Compiler, Failure> {
    let medium = match options.medium.as_str() {
        "dir" => Medium::Dir,
        "iso" => Medium::Iso,
        "vfat" => Medium::Vfat,
        _ if options.is_more_than_user_data() => {
            return Err("an instance-id, a hostname, a network or vendor-data stand beside the user-data: say on which `--medium`".into());
        }
        _ => return Ok(compiler),
    };
    Ok(compiler.medium(medium, options.instance()?))
}
