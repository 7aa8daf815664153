//! `--cloud-init-schema`: cloud-init's own schema, given or of the package that is installed here.

use super::Failure;
use contextc::Compiler;
use std::path::{Path, PathBuf};

/// Where the packages of Debian and Ubuntu, and of SUSE, have it; those of Red Hat have it below the version of their Python.
#[cfg(feature = "cloud-init-schema")]
const INSTALLED: &str = "/usr/lib/python3/dist-packages/cloudinit/config/schemas/schema-cloud-config-v1.json";

#[cfg(feature = "cloud-init-schema")]
const HELP: &str = "cloud-init's schema-cloud-config-v1.json, against which the values of its keys are held; `none` for no schema. \
    Without it that of the cloud-init which is installed here, if there is one";
#[cfg(not(feature = "cloud-init-schema"))]
const HELP: &str = "cloud-init's schema-cloud-config-v1.json, against which the values of its keys are held. This build has no \
    validator: it takes only `none`, and judges keys, not values";

/// What values of cloud-config are held against.
#[derive(clap::Args)]
pub struct CloudInit {
    #[arg(long = "cloud-init-schema", value_name = "FILE", help = HELP)]
    schema: Option<PathBuf>,
}

impl CloudInit {
    /// A compiler that knows it.
    pub fn known_to(&self, compiler: Compiler) -> Result<Compiler, Failure> {
        match self.schema.as_deref() {
            Some(path) if path == Path::new("none") => Ok(compiler),
            given => known(given, compiler),
        }
    }
}

#[cfg(feature = "cloud-init-schema")]
fn known(given: Option<&Path>, compiler: Compiler) -> Result<Compiler, Failure> {
    let path = given.unwrap_or(Path::new(INSTALLED));
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let schema = contextc::CloudInitSchema::parse(&path.to_string_lossy(), &text);
            Ok(compiler.cloud_init_schema(schema.map_err(|error| error.to_string())?))
        }
        Err(error) if given.is_none() && error.kind() == std::io::ErrorKind::NotFound => Ok(compiler),
        Err(error) => Err(format!("`{}` cannot be read: {error}", path.display())),
    }
}

#[cfg(not(feature = "cloud-init-schema"))]
fn known(given: Option<&Path>, compiler: Compiler) -> Result<Compiler, Failure> {
    match given {
        None => Ok(compiler),
        Some(_) => Err("this build of contextc has no validator for `--cloud-init-schema`: get one with \
            `cargo install --path . --features cloud-init-schema`"
            .into()),
    }
}
