//! One file of a machine, by lines: what its name or its first line says that it is.

use super::block_log::BlockLog;
use super::cloud_init::NEVER_ARRIVED;
use super::document::Summary;
use super::evidence::Evidence;
use super::heritage_log::{self, HeritageLog};
use super::lines::{Log, MAX_LINE_BYTES};
use super::machine::Origin;
use crate::desk::shown::beginning;

/// How the finish of a machine begins its line on the console.
pub(super) const MARK: &str = "contextc-summary: ";

/// What a file is, by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `summary.json`
    Summary,
    /// `summary.log`, which is all that a machine without handlers has.
    SummaryLog,
    /// cloud-init's `status.json`
    Status,
    CloudInit,
    /// The log of a handler of the heritage, by its block.
    Heritage(String),
    /// Perhaps the log of a block, by its name.
    Block(String),
    /// A console log, or whatever its first line says; with the name of the file.
    Unknown(String),
}

impl Kind {
    /// The directory of a machine's files and what this one is, by its path in a tree.
    pub fn of(path: &str) -> Option<(String, Self)> {
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
        let (file, folder) = names.split_last()?;
        let ours = folder.strip_suffix(&["contextc"]).or_else(|| folder.is_empty().then_some(folder));
        let kept = || folder.strip_suffix(&["var", "lib", "cloud", "data"]);
        let cloud = || kept().or_else(|| folder.strip_suffix(&["run", "cloud-init"]));
        let (root, kind) = match *file {
            "summary.json" => (ours?, Self::Summary),
            "summary.log" => (ours?, Self::SummaryLog),
            "status.json" => (cloud()?, Self::Status),
            "cloud-init.log" => (folder, Self::CloudInit),
            // What followed the verdict, in the words of the user's commands too.
            "outcome.log" => return None,
            _ => match heritage_log::block_of(file) {
                Some(block) => (folder, Self::Heritage(block.into())),
                None => (ours?, Self::Block(file.strip_suffix(".log")?.into())),
            },
        };
        let root = root.strip_suffix(&["var", "log"]).unwrap_or(root);
        Some((root.join("/"), kind))
    }
}

/// What is read at the moment.
enum Reading {
    /// A document that means something as a whole.
    Whole(Kind, Vec<u8>),
    Block(String, Box<BlockLog>),
    Heritage(String, Box<HeritageLog>),
    CloudInit,
    SummaryLog,
    Console,
    /// Not decided before the first line.
    First(Kind),
    Nothing,
}

/// One file on its way into what is known of its machine.
pub(super) struct Section {
    pub root: String,
    pub evidence: Evidence,
    /// Whether it says anything of a machine.
    pub counts: bool,
    /// Whether something else was found of it before.
    pub known: bool,
    /// How much of a verdict is kept, in bytes.
    kept: usize,
    reading: Reading,
    /// Why the last verdict on a console is none.
    broken: Option<String>,
    /// The beginning of a verdict that the kernel wrote into, and how often it did.
    half: Option<(String, u8)>,
}

/// How often a kernel may write into one line.
const MOST_INSERTIONS: u8 = 4;

impl Section {
    pub fn new(root: String, kind: Kind, evidence: Evidence) -> Self {
        let reading = match kind {
            Kind::Summary | Kind::Status => Reading::Whole(kind, Vec::new()),
            Kind::SummaryLog => Reading::SummaryLog,
            Kind::CloudInit => Reading::CloudInit,
            Kind::Heritage(block) => Reading::Heritage(block.clone(), Box::new(HeritageLog::new(&block))),
            Kind::Block(_) | Kind::Unknown(_) => Reading::First(kind),
        };
        let counts = matches!(reading, Reading::Whole(..) | Reading::CloudInit | Reading::Heritage(..));
        Self { root, evidence, counts, known: false, kept: 0, reading, broken: None, half: None }
    }

    /// Whether no more lines are wanted.
    pub fn is_done(&self) -> bool {
        matches!(self.reading, Reading::Nothing)
    }

    fn begin(&mut self, line: &str) {
        let Reading::First(kind) = &self.reading else { return };
        let (name, known) = match kind {
            Kind::Block(name) => (name.clone(), true),
            Kind::Unknown(file) => {
                let block = heritage_log::block_of(file).or_else(|| file.strip_suffix(".log"));
                (block.unwrap_or(file).to_owned(), false)
            }
            _ => return,
        };
        self.reading = match () {
            () if BlockLog::begins_with(line) => Reading::Block(name, Box::default()),
            () if known => Reading::Nothing,
            () if HeritageLog::begins_with(line) => Reading::Heritage(name.clone(), Box::new(HeritageLog::new(&name))),
            () if line.trim_start_matches(['\u{feff}', ' ']).starts_with('{') => {
                Reading::Whole(Kind::Summary, Vec::new())
            }
            () => Reading::Console,
        };
        self.counts = !self.is_done();
    }

    /// The line of a console on which a machine says what became of it.
    fn console(&mut self, line: &str) {
        if let Some((half, times)) = self.half.take()
            && self.verdict(&(half + line), times)
        {
            return;
        }
        // Four: a verdict may quote the mark, and who quotes it more often is playing.
        for (at, _) in line.match_indices(MARK).take(4) {
            let rest = line.get(at + MARK.len()..).unwrap_or_default();
            if rest.starts_with('{') {
                self.verdict(rest, 0);
                return;
            }
        }
        // User-data is a text, too: what it would print is not what it printed.
        self.evidence.never_arrived |= line.contains(NEVER_ARRIVED) && !line.contains("echo '");
        self.evidence.cloud_init.line(line);
    }

    /// Takes in a verdict, if it is whole. The kernel writes where it likes: `{"blocks": [   88.123456] random: crng init done`,
    /// and on the next line ` [], ...`.
    fn verdict(&mut self, text: &str, times: u8) -> bool {
        match Summary::read_first(text) {
            Ok(summary) => {
                self.evidence.summary = Some((summary, Origin::Console));
                (self.evidence.never_arrived, self.broken) = (false, None);
            }
            Err(reason) => {
                self.broken = Some(reason);
                let half = before_kernel(text).filter(|_| times < MOST_INSERTIONS);
                self.half = half.map(|half| (half.to_owned(), times + 1));
            }
        }
        self.broken.is_none()
    }

    /// Takes in what was read.
    pub fn close(mut self) -> (String, Option<Evidence>, usize) {
        match std::mem::replace(&mut self.reading, Reading::Nothing) {
            Reading::Whole(Kind::Summary, text) => self.summary(&text),
            Reading::Whole(_, text) => self.evidence.cloud_init.status(&text),
            Reading::Block(name, log) => {
                let name = log.name().unwrap_or(&name).to_owned();
                self.evidence.blocks.insert(name, *log);
            }
            Reading::Heritage(name, log) => {
                self.evidence.heritage.insert(name, *log);
            }
            _ => {}
        }
        if let Some(reason) = self.broken {
            self.evidence.note(format!("the last `contextc-summary:` line {reason}"));
        }
        (self.root, (self.counts || self.known).then_some(self.evidence), self.kept)
    }

    fn summary(&mut self, text: &[u8]) {
        let read = match text.len() > MAX_LINE_BYTES {
            true => Err("is larger than 1 MiB".into()),
            false => Summary::read(text),
        };
        match read {
            Ok(summary) => {
                self.kept = text.len();
                self.evidence.summary = Some((summary, Origin::Summary));
            }
            Err(reason) => self.evidence.note(format!("its summary {reason}")),
        }
    }
}

impl Log for Section {
    fn line(&mut self, line: &str) {
        if matches!(self.reading, Reading::First(_)) && !line.trim().is_empty() {
            self.begin(line);
        }
        match &mut self.reading {
            Reading::Whole(_, text) if text.len() <= MAX_LINE_BYTES => {
                text.extend_from_slice(line.as_bytes());
                text.push(b'\n');
            }
            Reading::Block(_, log) => log.line(line),
            Reading::Heritage(_, log) => log.line(line),
            Reading::CloudInit => self.evidence.cloud_init.line(line),
            Reading::SummaryLog if line.contains(NEVER_ARRIVED) => {
                (self.evidence.never_arrived, self.counts) = (true, true);
            }
            Reading::Console => self.console(line),
            _ => {}
        }
    }
}

/// What stands before the last time stamp of a kernel, `[   88.123456] `.
fn before_kernel(text: &str) -> Option<&str> {
    let is_stamp = |rest: &str| {
        let (seconds, micros) = beginning(rest, 24).split_once("] ")?.0.split_once('.')?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(seconds.trim_start_matches(['[', ' '])) && micros.len() == 6 && digits(micros)).then_some(())
    };
    let stamps = text.rmatch_indices('[').map(|(at, _)| text.split_at(at));
    stamps.take(100).find_map(|(before, rest)| is_stamp(rest).map(|()| before))
}
