//! The examples that stand beside the codes, in `examples/codes/`: read, and really judged.
//!
//! One file a code, under its slug: `examples/codes/localfs/shares-over-100.yaml`, `.txt` where it is no YAML. First, where it
//! needs any, a line of options, `# with: target=ec2 envelope=base64 medium=INSTANCE-ID today=2026-11-21 set=a=1 check
//! deny-secrets`; then a line `# wrong` and a text that the code is found in, a line `# right` and one in which it is not. What
//! no text can show is told instead: a first line `# shown by: ` with a sentence. The files that a text names are those in
//! `examples/files/`.

use crate::catalog::examples;
use crate::compiler::Compiler;
use crate::desk::check::check;
use crate::language::diagnostic::{Code, Diagnostic, Report};
use crate::language::loader::{LoadError, Loader};
use crate::language::source::Source;
use crate::targets::{self, Instance, Medium};
use std::fmt;

/// A text in which a code is found and one in which it is not, each with what is said of it.
///
/// ```
/// let code = contextc::codes().into_iter().find(|code| code.as_str() == "localfs/shares-over-100").unwrap();
/// let example = contextc::explain::example(code).unwrap();
/// assert!(example.wrong().unwrap().to_string().contains("localfs/shares-over-100"));
/// assert_eq!(example.right().unwrap().diagnostics().count(), 0);
/// ```
#[derive(Debug, Clone)]
pub struct Example(Shown);

#[derive(Debug, Clone)]
enum Shown {
    Judged { options: String, wrong: Judged, right: Judged },
    Told(&'static str),
}

impl Example {
    /// The text that is wrong, with what is said of it. Nothing where no text can show it.
    pub fn wrong(&self) -> Option<&Judged> {
        match &self.0 {
            Shown::Judged { wrong, .. } => Some(wrong),
            Shown::Told(_) => None,
        }
    }

    /// The text that is right, and nothing is said of it.
    pub fn right(&self) -> Option<&Judged> {
        match &self.0 {
            Shown::Judged { right, .. } => Some(right),
            Shown::Told(_) => None,
        }
    }

    /// The options with which both texts are judged, as the command takes them; for most there are none.
    ///
    /// ```
    /// let code = contextc::codes().into_iter().find(|code| code.as_str() == "target/envelope").unwrap();
    /// assert_eq!(contextc::explain::example(code).unwrap().options(), "--envelope gzip+base64");
    /// ```
    pub fn options(&self) -> &str {
        match &self.0 {
            Shown::Judged { options, .. } => options,
            Shown::Told(_) => "",
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

/// A text and what is said of it. As it is displayed: what is said, a line each.
#[derive(Debug, Clone)]
pub struct Judged {
    text: String,
    /// Several where parts of finished user-data have one each.
    reports: Vec<Report>,
}

impl Judged {
    fn new(text: &str, reports: Vec<Report>) -> Self {
        Self { text: text.to_owned(), reports }
    }

    /// The text as it is written: no example has a secret of anybody.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All that is said of it.
    pub fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.reports.iter().flat_map(Report::diagnostics)
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reports.iter().try_for_each(|report| report.fmt(f))
    }
}

/// The example of a code; nothing where its file is not there, or not written as it must be: the tests leave no such.
pub fn example(code: Code) -> Option<Example> {
    let text = std::str::from_utf8(examples::find(examples::CODES, code.as_str())?).ok()?;
    if let Some(sentence) = text.strip_prefix("# shown by: ") {
        return Some(Example(Shown::Told(sentence.trim_end())));
    }
    let (with, texts) = text.split_once("# wrong\n")?;
    let (wrong, right) = texts.split_once("\n# right\n")?;
    let way = with.lines().try_fold(Way::default(), Way::line)?;
    let words = with.lines().filter_map(|line| line.strip_prefix("# with:")).flat_map(str::split_whitespace);
    let options = words.filter_map(option).collect::<Vec<_>>().join(" ");
    // The line end before the second marker is the text's.
    let wrong = way.judge("wrong.yaml", &format!("{wrong}\n"));
    Some(Example(Shown::Judged { options, wrong, right: way.judge("right.yaml", right) }))
}

/// What a word of the options is to the command.
fn option(word: &str) -> Option<String> {
    match word.split_once('=') {
        None if word == "deny-secrets" => Some("--deny-secrets-in-user-data".into()),
        None => None,
        Some(("medium", id)) => Some(format!("--medium iso --instance-id {id}")),
        Some((name, value)) => Some(format!("--{name} {value}")),
    }
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

    fn judge(&self, name: &str, text: &str) -> Judged {
        if self.check {
            return Judged::new(text, check(name, text.into(), &self.compiler).reports().to_vec());
        }
        let source = Source::new(name, text);
        let report = match self.compiler.compile(&source) {
            Ok(compiled) => compiled.report().clone(),
            Err(error) => error.report().cloned().unwrap_or_else(|| Report::new(&source)),
        };
        Judged::new(text, vec![report])
    }
}

/// The files of `examples/files/`, as they were when the crate was built.
struct Files;

impl Loader for Files {
    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        let found = examples::find(examples::FILES, path.strip_prefix("./").unwrap_or(path));
        found.map(<[u8]>::to_vec).ok_or_else(|| LoadError::new("No such file or directory"))
    }
}
