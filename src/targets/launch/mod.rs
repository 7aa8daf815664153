//! How a machine is launched from a target: what is printed for a shell and for the engines that fleets are deployed with.
//!
//! A target has its lines as data, with places to fill in ([`template`]); how a value is written so that it arrives as it
//! is, is the business of one [`template::Dialect`] for each format. To add a format: a variant of [`Format`], a file here,
//! a line in [`Compiled::launch`](crate::Compiled::launch).

mod ansible;
mod heat;
mod libvirt;
mod opennebula;
mod order;
mod shell;
mod template;
mod tofu;
mod vagrant;

use super::Target;
use crate::error::Error;
use crate::targets::Artifact;
pub use order::Order;
use std::fmt;

/// What a launch is printed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Command lines for a POSIX shell.
    Shell,
    /// Configuration of OpenTofu and Terraform, in their JSON syntax.
    Tofu,
    /// A template of OpenStack Heat.
    Heat,
    /// An Ansible playbook.
    Ansible,
    /// A template of OpenNebula.
    OpenNebula,
    /// The XML of a libvirt domain.
    Libvirt,
}

impl Format {
    /// All of them.
    pub const ALL: &'static [Format] =
        &[Self::Shell, Self::Tofu, Self::Heat, Self::Ansible, Self::OpenNebula, Self::Libvirt];

    /// The name, as in `--format tofu`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shell => "shell",
            Self::Tofu => "tofu",
            Self::Heat => "heat",
            Self::Ansible => "ansible",
            Self::OpenNebula => "opennebula",
            Self::Libvirt => "libvirt",
        }
    }
}

impl Format {
    /// The name of a file of it, as its engine looks for it or people call it.
    pub fn file(self) -> &'static str {
        match self {
            Self::Shell => "launch.sh",
            Self::Tofu => "main.tf.json",
            Self::Heat => "stack.yaml",
            Self::Ansible => "play.yaml",
            Self::OpenNebula => "vm.one",
            Self::Libvirt => "domain.xml",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().copied().find(|format| format.name() == text);
        let names = || Self::ALL.iter().map(|format| format.name()).collect::<Vec<_>>().join(", ");
        known.ok_or_else(|| format!("`{text}` is not a format: {}", names()))
    }
}

/// How a target is launched, as data: templates with places, see [`template`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Launch {
    /// Command lines, one after the other. They are repeated for each machine where they name one.
    pub shell: &'static [&'static str],
    /// A Vagrantfile, which the shell lines then write themselves.
    pub vagrantfile: &'static [&'static str],
    /// The file that they read, unless another is named.
    pub file: &'static str,
    /// How that file is made where it is not the user-data: the medium for `compile --medium`.
    pub medium: Option<&'static str>,
    /// Characters that the tool gives a meaning of its own, and cannot carry in a value.
    pub refused: &'static [Refused],
    /// What a value must not begin with: the tool would read a file, or an address, in its place.
    pub expands: &'static [&'static str],
    pub tofu: Option<Tofu>,
    pub ansible: Option<Ansible>,
    /// Whether a template of Heat can launch it.
    pub heat: bool,
    /// The template of Heat that the command lines read.
    pub stack: Option<&'static str>,
    /// Whether a template of OpenNebula can launch it.
    pub opennebula: bool,
    /// Whether a domain of libvirt can have the seed as a disk.
    pub domain: bool,
    /// The file of that disk, where the command line reads another.
    pub domain_file: Option<&'static str>,
}

impl Launch {
    /// Nothing: what a target does not name, it does not have.
    pub const NONE: Self = Self {
        shell: &[],
        vagrantfile: &[],
        file: "user-data",
        medium: None,
        refused: &[],
        expands: &[],
        tofu: None,
        ansible: None,
        heat: false,
        stack: None,
        opennebula: false,
        domain: false,
        domain_file: None,
    };

    fn has(&self, format: Format) -> bool {
        match format {
            Format::Shell => !self.shell.is_empty(),
            Format::Tofu => self.tofu.is_some(),
            Format::Heat => self.heat,
            Format::Ansible => self.ansible.is_some(),
            Format::OpenNebula => self.opennebula,
            Format::Libvirt => self.domain,
        }
    }
}

/// Characters that a command gives a meaning in the value of a place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub places: &'static [&'static str],
    pub characters: &'static str,
    /// What the tool does with them, as a phrase.
    pub because: &'static str,
}

/// The resources of OpenTofu and Terraform. The first is the machine. The names are those of the providers' documentation,
/// some as remembered: no provider was asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tofu {
    /// The provider's local name, its address, and the versions whose attributes these are, where it matters.
    pub provider: (&'static str, &'static str, Option<&'static str>),
    pub resources: &'static [Resource],
}

/// A resource: its type, its attributes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub kind: &'static str,
    pub attributes: &'static [Attribute],
}

/// A path and a value. In the path `/` goes a level down; a number is a place in a list.
pub(crate) type Attribute = (&'static str, &'static str);

/// A task of an Ansible play.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ansible {
    pub module: &'static str,
    pub arguments: &'static [Attribute],
}

/// How machines are launched, and what is still to be done for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launched {
    text: String,
    missing: Vec<String>,
    files: Vec<(String, String)>,
    user_data: bool,
}

impl Launched {
    /// The text: command lines, or a file for an engine. It ends in a line break.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What was not given and stands in the text as something that fails until it is: variables of the shell or the engine.
    pub fn missing(&self) -> &[String] {
        &self.missing
    }

    /// The files that are read at the launch, and the words behind `contextc COMMAND FILE` that make each.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(file, words)| (file.as_str(), words.as_str()))
    }

    /// Whether the first of the files is the user-data as it was compiled.
    pub fn reads_user_data(&self) -> bool {
        self.user_data
    }
}

/// What a format makes of an order.
#[derive(Debug, Default)]
struct Draft {
    text: String,
    missing: Vec<String>,
}

impl Target {
    /// The formats in which a launch from it can be printed.
    pub fn formats(&self) -> impl Iterator<Item = Format> {
        Format::ALL.iter().copied().filter(|format| self.launch.has(*format))
    }

    pub(crate) fn launch(&self, artifact: &Artifact, order: &Order, format: Format) -> Result<Launched, Error> {
        self.draft(artifact, order, format).map_err(Error::not_launched)
    }

    fn draft(&self, artifact: &Artifact, order: &Order, format: Format) -> Result<Launched, String> {
        if !self.launch.has(format) {
            return Err(self.without(format));
        }
        let file = self.launch.domain_file.filter(|_| format == Format::Libvirt).unwrap_or(self.launch.file);
        let request = order.request(artifact.envelope(), file)?;
        let draft = match format {
            Format::Shell => shell::draft(self, &request)?,
            Format::Tofu => tofu::draft(self, &request)?,
            Format::Heat => heat::draft(&request)?,
            Format::Ansible => ansible::draft(self, &request)?,
            Format::OpenNebula => opennebula::draft(&request, artifact.bytes())?,
            Format::Libvirt => libvirt::draft(&request)?,
        };
        let Draft { text, mut missing } = draft;
        missing.dedup();
        let medium =
            self.launch.medium.filter(|_| format == Format::Shell).or((format == Format::Libvirt).then_some("iso"));
        let files = self.files(format, medium, request.file);
        Ok(Launched { text, missing, files, user_data: format != Format::OpenNebula && medium.is_none() })
    }

    fn files(&self, format: Format, medium: Option<&str>, file: String) -> Vec<(String, String)> {
        let medium_of = if self.launch.medium.is_some() { self } else { &super::nocloud::NOCLOUD };
        let seed = match (format, medium) {
            (Format::OpenNebula, _) => None,
            (_, None) => Some((file, format!("compile --target {}", self.name))),
            (_, Some(medium)) => Some((file, format!("compile --target {} --medium {medium}", medium_of.name))),
        };
        let stack = (format == Format::Shell && self.launch.stack.is_some()).then_some(self.launch.stack).flatten();
        let stack = stack.map(|file| (file.into(), format!("launch --target {} --format heat", self.name)));
        seed.into_iter().chain(stack).collect()
    }

    fn without(&self, format: Format) -> String {
        let known: Vec<&str> = self.formats().map(Format::name).collect();
        match known.as_slice() {
            [] => format!(
                "nothing launches {}, which is {}: name a target, `contextc targets` lists them",
                self.name, self.summary
            ),
            known => format!("{} has no format `{format}`: it has {}", self.name, known.join(", ")),
        }
    }
}
