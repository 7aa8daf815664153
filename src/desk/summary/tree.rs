//! Files of machines, offered one at a time.

use super::bounds::{Limited, Refused, refused};
use super::evidence::Evidence;
use super::lines::{self, Log};
use super::machine::Machine;
use super::section::{Kind, Section};
use super::{MAX_INPUT_BYTES, MAX_UNPACKED_BYTES};
use crate::error::Error;
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read};

/// More files of one input are not taken in: a machine has some dozens.
const MOST_FILES: usize = 10_000;

/// More bytes of verdicts are not kept: one has some thousand, at most 1 MiB.
const MOST_KEPT: usize = 16 * 1024 * 1024;

/// A directory or an archive with the files of a machine, or of several: each below a directory of its own.
///
/// The files are `summary.json`, `summary.log` and `<block>.log` (in a directory `contextc`, or at the top),
/// `cloud-init.log`, `cloud-init-<block>.log`, and cloud-init's `status.json` in its place; each also below `var/log`.
///
/// ```
/// use contextc::summary::{MachineState, Tree};
/// let log = "2026-11-21T10:00:00Z INFO == begin cvmfs 0f3c21aa\n2026-11-21T10:00:07Z DEBUG run mount\n";
/// let mut tree = Tree::new("node1");
/// assert!(tree.wants("var/log/contextc/cvmfs.log") && !tree.wants("etc/shadow"));
/// tree.add("var/log/contextc/cvmfs.log", log.as_bytes())?;
/// assert_eq!(tree.machines()[0].state, MachineState::Unreached);
/// # Ok::<(), contextc::Error>(())
/// ```
#[derive(Debug)]
pub struct Tree {
    name: String,
    looked_for: &'static str,
    machines: BTreeMap<String, Evidence>,
    files: usize,
    kept: usize,
    read: u64,
}

impl Tree {
    /// Nothing is known yet of what is called so.
    pub fn new(name: impl Into<String>) -> Self {
        let looked_for = "contextc/summary.json, contextc/<block>.log, cloud-init-<block>.log, in it or its var/log";
        Self { name: name.into(), looked_for, machines: BTreeMap::new(), files: 0, kept: 0, read: 0 }
    }

    pub(super) fn looking_for(mut self, looked_for: &'static str) -> Self {
        self.looked_for = looked_for;
        self
    }

    /// Whether a file with this path, relative to the top, may say something.
    pub fn wants(&self, path: &str) -> bool {
        Kind::of(path).is_some()
    }

    /// Whether nothing of any machine was found so far.
    pub fn is_empty(&self) -> bool {
        self.machines.is_empty()
    }

    /// Takes in a file, if it is wanted. What is too large is left out, and noted.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`](crate::ErrorKind::Unreadable) where the files together go beyond a limit.
    pub fn add(&mut self, path: &str, reader: impl Read) -> Result<(), Error> {
        let limited = Limited::new(reader, MAX_INPUT_BYTES, "it is larger than 64 MiB");
        let added = self.add_file(path, BufReader::new(limited));
        added.map_err(|Refused(reason)| Error::unreadable(&self.name, reason))
    }

    /// Notes a file that is wanted and cannot be read.
    pub fn unreadable(&mut self, path: &str, reason: &str) {
        let (root, _) = Kind::of(path).unwrap_or_else(|| (String::new(), Kind::Summary));
        self.machines.entry(root).or_default().unread(path, &reason);
    }

    fn add_file(&mut self, path: &str, reader: impl BufRead) -> Result<(), Refused> {
        let Some((root, kind)) = Kind::of(path) else { return Ok(()) };
        let mut section = self.open(root, kind);
        let mut read = 0;
        let fault = lines::until(reader, |line| {
            read += line.len() + 1;
            section.line(line);
            !section.is_done()
        });
        let (root, counts) = (section.root.clone(), section.counts);
        self.close(section)?;
        self.read += read as u64;
        if self.read > MAX_UNPACKED_BYTES {
            return Err(Refused("its files have more than 256 MiB".into()));
        }
        if let (true, Err(error)) = (counts, fault) {
            self.machines.entry(root).or_default().unread(path, &error);
        }
        Ok(())
    }

    /// A file of an archive: what is wrong with the archive as a whole is passed on.
    #[cfg(feature = "cli")]
    pub(super) fn add_entry(&mut self, path: &str, reader: impl Read) -> io::Result<()> {
        let Some((root, kind)) = Kind::of(path) else { return Ok(()) };
        let mut section = self.open(root, kind);
        let read = lines::until(BufReader::new(reader), |line| {
            section.line(line);
            !section.is_done()
        });
        self.close(section).map_err(io::Error::other)?;
        read
    }

    /// A text that says itself what it is: a summary, a log, or the log of a console.
    pub(super) fn add_text(&mut self, reader: impl BufRead) -> io::Result<()> {
        let file = self.name.rsplit('/').next().unwrap_or_default().to_owned();
        let mut section = self.open(String::new(), Kind::Unknown(file));
        let mut fault = None;
        let read = lines::until(reader, |line| {
            match heading(line) {
                Some(path) => fault = self.turn(&mut section, path).err(),
                None => section.line(line),
            }
            fault.is_none()
        });
        self.close(section).map_err(io::Error::other)?;
        fault.map_or(read, |fault| Err(io::Error::other(fault)))
    }

    /// Goes on with another file of the same text.
    fn turn(&mut self, section: &mut Section, path: &str) -> Result<(), Refused> {
        let (root, kind) = Kind::of(path).unwrap_or_else(|| (String::new(), Kind::Unknown(path.into())));
        let last = std::mem::replace(section, Section::new(String::new(), Kind::Summary, Evidence::default()));
        self.close(last)?;
        *section = self.open(root, kind);
        Ok(())
    }

    fn open(&mut self, root: String, kind: Kind) -> Section {
        let evidence = self.machines.remove(&root);
        let known = evidence.is_some();
        let mut section = Section::new(root, kind, evidence.unwrap_or_default());
        section.known = known;
        section
    }

    fn close(&mut self, section: Section) -> Result<(), Refused> {
        let (root, evidence, kept) = section.close();
        self.kept += kept;
        if let Some(evidence) = evidence {
            self.machines.insert(root, evidence);
            self.files += 1;
        }
        match () {
            () if self.files > MOST_FILES => Err(Refused(format!("it has more than {MOST_FILES} files of machines"))),
            () if self.kept > MOST_KEPT => Err(Refused("its summaries have more than 16 MiB".into())),
            () => Ok(()),
        }
    }

    /// Notes a fault of the whole: what was read before it counts. One that forbids this comes back.
    pub(super) fn damaged(&mut self, error: &io::Error) -> Result<(), Error> {
        if let Some(Refused(reason)) = refused(error) {
            return Err(Error::unreadable(&self.name, reason.clone()));
        }
        self.machines.entry(String::new()).or_default();
        for evidence in self.machines.values_mut() {
            evidence.note(format!("{} is cut off or damaged: {error}", self.name));
        }
        Ok(())
    }

    /// The verdicts, one for each machine; one without a verdict where there is none.
    pub fn machines(mut self) -> Vec<Machine> {
        if self.machines.is_empty() {
            self.machines.insert(String::new(), Evidence::default());
        }
        let alone = self.machines.len() == 1;
        let named = |root: &str| match alone || root.is_empty() {
            true => self.name.clone(),
            false => format!("{}:{root}", self.name),
        };
        let machines = std::mem::take(&mut self.machines).into_iter();
        machines.map(|(root, evidence)| evidence.verdict(&named(&root), self.looked_for)).collect()
    }
}

/// The path of the next file, in the words of head(1) and tail(1).
fn heading(line: &str) -> Option<&str> {
    line.strip_prefix("==> ")?.strip_suffix(" <==")
}
