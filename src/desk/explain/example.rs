//! The examples that stand beside the codes, in `examples/codes/`: read, and really judged.
//!
//! One file a code, under its slug: `examples/codes/localfs/shares-over-100.yaml`, `.txt` where it is no YAML. First, where it
//! needs any, a line of options, `# with: target=ec2 envelope=base64 medium=INSTANCE-ID today=2026-11-21 set=a=1 check
//! deny-secrets`; then a line `# wrong` and a text that the code is found in, a line `# right` and one in which it is not. What
//! no text can show is told instead: a first line `# shown by: ` with a sentence. The files that a text names are those in
//! `examples/files/`.

use super::table;
use crate::compiler::Compiler;
use crate::language::diagnostic::{Code, Report};
use crate::language::loader::{LoadError, Loader};
use crate::language::source::Source;
use crate::targets::{self, Instance, Medium};

/// A text in which a code is found and one in which it is not, each with what is said of it.
///
/// ```
/// let code = contextc::codes().into_iter().find(|code| code.as_str() == "localfs/shares-over-100").unwrap();
/// let example = contextc::explain::example(code).unwrap();
/// assert!(example.wrong().unwrap().to_string().contains("localfs/shares-over-100"));
/// assert!(example.right().unwrap().diagnostics().is_empty());
/// ```
#[derive(Debug, Clone)]
pub struct Example(Shown);

#[derive(Debug, Clone)]
enum Shown {
    Judged { wrong: Report, right: Report },
    Told(&'static str),
}

impl Example {
    /// What is said of the text that is wrong, which is its source. Nothing where no text can show it.
    pub fn wrong(&self) -> Option<&Report> {
        match &self.0 {
            Shown::Judged { wrong, .. } => Some(wrong),
            Shown::Told(_) => None,
        }
    }

    /// What is said of the text that is right.
    pub fn right(&self) -> Option<&Report> {
        match &self.0 {
            Shown::Judged { right, .. } => Some(right),
            Shown::Told(_) => None,
        }
    }

    /// The sentence that stands for an example where no text can show it.
    pub fn told(&self) -> Option<&str> {
        match &self.0 {
            Shown::Judged { .. } => None,
            Shown::Told(sentence) => Some(sentence),
        }
    }
}

/// The example of a code; nothing where its file is not there, or not written as it must be: the tests leave no such.
pub fn example(code: Code) -> Option<Example> {
    let text = std::str::from_utf8(table::find(table::CODES, code.as_str())?).ok()?;
    if let Some(sentence) = text.strip_prefix("# shown by: ") {
        return Some(Example(Shown::Told(sentence.trim_end())));
    }
    let (options, texts) = text.split_once("# wrong\n")?;
    let (wrong, right) = texts.split_once("\n# right\n")?;
    let way = options.lines().try_fold(Way::default(), Way::line)?;
    // The line end before the second marker is the text's.
    let wrong = way.judge("wrong.yaml", &format!("{wrong}\n"));
    Some(Example(Shown::Judged { wrong, right: way.judge("right.yaml", right) }))
}

/// How the texts of an example are judged: as `compile` does, or as `check` does.
struct Way {
    compiler: Compiler,
    check: bool,
}

impl Default for Way {
    fn default() -> Self {
        Self { compiler: Compiler::new().loader(Files), check: false }
    }
}

impl Way {
    fn line(self, line: &str) -> Option<Self> {
        line.strip_prefix("# with:")?.split_whitespace().try_fold(self, Self::word)
    }

    fn word(self, word: &str) -> Option<Self> {
        let Self { compiler, check } = self;
        let compiler = match word.split_once('=').unwrap_or((word, "")) {
            ("check", "") => return Some(Self { compiler, check: true }),
            ("deny-secrets", "") => compiler.deny_secrets(),
            ("target", name) => compiler.target(targets::target(name)?),
            ("envelope", name) => compiler.envelope(name.parse().ok()?),
            ("medium", id) => compiler.medium(Medium::Iso, Instance::new().id(id)),
            ("today", date) => compiler.today(date.parse().ok()?),
            ("set", setting) => {
                let (name, value) = setting.split_once('=')?;
                compiler.variable(name, value)
            }
            _ => return None,
        };
        Some(Self { compiler, check })
    }

    fn judge(&self, name: &str, text: &str) -> Report {
        let source = Source::new(name, text);
        if self.check {
            return self.compiler.check(&source);
        }
        match self.compiler.compile(&source) {
            Ok(compiled) => compiled.report().clone(),
            Err(error) => error.report().cloned().unwrap_or_else(|| Report::new(&source)),
        }
    }
}

/// The files of `examples/files/`, as they were when the crate was built.
struct Files;

impl Loader for Files {
    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        let found = table::find(table::FILES, path.strip_prefix("./").unwrap_or(path));
        found.map(<[u8]>::to_vec).ok_or_else(|| LoadError::new("No such file or directory"))
    }
}
