//! What cloud-init does to the parts of a message before a handler sees one: `UserDataProcessor` of `cloudinit/user_data.py`,
//! and then the walk of `cloudinit/handlers/__init__.py`.
//!
//! Three things of it surprise. The type of a part that was guessed replaces its header, so a `name=` there is gone; that
//! of the last part replaces the one of the message itself, so that a message with one part loses its parameters. And what is
//! within a `message/rfc822` is seen twice, there and on its own.

use super::budget::Budget;
use super::bytes::Bytes;
use super::message::Seen;
use super::mime::{Decoded, Headers, Message, Payload, Tree};
use super::{Defect, Fatal, FatalKind, Found, MAX_PARTS, OpenFault, archive, gzip, kinds};
use std::collections::HashMap;
use std::ops::Range;

/// A part on its way to a handler.
enum Attached {
    Part(usize),
    /// Never fetched here; what cloud-init would put in its place.
    Include(usize, Bytes),
}

pub(super) struct Processor {
    tree: Tree,
    budget: Budget,
    attached: Vec<Attached>,
    /// How many parts cloud-init has counted: it names those without a filename.
    count: usize,
    fatal: Option<Fatal>,
    defects: Vec<Defect>,
    /// Payloads of messages, each decoded once.
    decoded: HashMap<usize, Option<Decoded>>,
}

type Done = Result<(), OpenFault>;

impl Processor {
    pub fn new(mut tree: Tree, budget: Budget) -> Self {
        let fatal = tree.fatal.take();
        let defects = std::mem::take(&mut tree.defects);
        Self { tree, budget, attached: Vec::new(), count: 0, fatal, defects, decoded: HashMap::new() }
    }

    pub fn process(mut self) -> Result<Seen, OpenFault> {
        // The messages of a tree stand in the order of its walk.
        for at in 0..self.tree.messages.len() {
            self.part(at)?;
        }
        let parts = self.walk()?;
        Ok(Seen { parts, fatal: self.fatal, defects: self.defects })
    }

    fn of(&self, at: usize) -> Result<&Message, OpenFault> {
        self.tree.messages.get(at).ok_or(OpenFault::TooManyParts)
    }

    fn change(&mut self, at: usize) -> Result<&mut Message, OpenFault> {
        self.tree.messages.get_mut(at).ok_or(OpenFault::TooManyParts)
    }

    fn dies(&mut self, why: FatalKind, place: Range<usize>) {
        self.fatal.get_or_insert(Fatal { why, place });
    }

    /// The payload of a message; `None` for what holds messages.
    fn payload(&mut self, at: usize) -> Result<Option<Decoded>, OpenFault> {
        if let Some(known) = self.decoded.get(&at) {
            return Ok(known.clone());
        }
        let decoded = self.tree.decoded(self.of(at)?);
        if let Some(decoded) = &decoded {
            if decoded.place.is_none() {
                self.budget.charge(decoded.body.len())?;
            }
            let place = self.of(at)?.head.clone();
            self.defects.extend(decoded.defect.map(|kind| Defect { kind, place }));
        }
        self.decoded.insert(at, decoded.clone());
        Ok(decoded)
    }

    /// One message of the walk (`_process_msg`).
    fn part(&mut self, at: usize) -> Done {
        if self.of(at)?.is("multipart") {
            return Ok(());
        }
        let declared = self.of(at)?.content_type();
        let body = self.payload(at)?.map(|payload| payload.body);
        if kinds::is_compressed(&declared) {
            return self.compressed(at, &body.unwrap_or_default());
        }
        let guessed = body.as_deref().filter(|_| kinds::is_guessed(&declared)).and_then(kinds::by_beginning);
        let kind = guessed.map_or_else(|| declared.clone(), str::to_owned);
        if kind != declared {
            self.change(at)?.content_type = Some(kind.clone());
        }
        self.taken(at, &kind, &body.unwrap_or_default())
    }

    /// A compressed part: a new one takes its place, with the type of what is in it.
    fn compressed(&mut self, at: usize, body: &[u8]) -> Done {
        let head = self.of(at)?.head.clone();
        let text = match gzip::unpack(body, &mut self.budget) {
            Ok(inner) => String::from_utf8(inner).ok(),
            Err(gzip::GzipFault::TooLarge) => return Err(OpenFault::TooLargeUnpacked),
            Err(gzip::GzipFault::Damaged) => None,
        };
        let Some(text) = text else {
            self.dies(FatalKind::DamagedGzipPart, head);
            return Ok(());
        };
        let kind = kinds::by_beginning(text.as_bytes()).unwrap_or(kinds::UNDEFINED);
        let bytes = Bytes::from(text.into_bytes());
        let new = self.unpacked(at, kind, &bytes)?;
        self.taken(new, kind, &bytes)
    }

    /// The new part: of the old headers it has the filename and the launch index.
    fn unpacked(&mut self, at: usize, kind: &str, text: &Bytes) -> Result<usize, OpenFault> {
        let old = self.of(at)?;
        let mut headers = Headers::default();
        headers.push("Content-Type", kind);
        headers.push("MIME-Version", "1.0");
        old.headers.get("launch-index").into_iter().for_each(|index| headers.push("Launch-Index", index));
        let mut new = Message::new(headers, Payload::Str(text.clone()));
        new.head = old.head.clone();
        new.made_from = Some((at, old.content_type()));
        let filename = old.filename();
        match filename {
            Ok(Some(name)) => new.set_filename(&name),
            Ok(None) => {}
            Err(why) => self.dies(why, new.head.clone()),
        }
        self.add(new)
    }

    fn add(&mut self, message: Message) -> Result<usize, OpenFault> {
        let at = self.tree.messages.len();
        if at == MAX_PARTS {
            return Err(OpenFault::TooManyParts);
        }
        self.tree.messages.push(message);
        Ok(at)
    }

    /// What becomes of a part whose type is known.
    fn taken(&mut self, at: usize, kind: &str, body: &Bytes) -> Done {
        if kinds::is_include(kind) {
            self.attached.push(Attached::Include(at, body.clone()));
            return Ok(());
        }
        if kind == kinds::ARCHIVE {
            return self.archive(at, body);
        }
        self.change(0)?.content_type = Some(kind.to_owned());
        self.attach(at)
    }

    /// The entries of an archive, in the place of it (`_explode_archive`).
    fn archive(&mut self, at: usize, body: &Bytes) -> Done {
        let place = self.of(at)?.head.clone();
        let read = archive::read(body);
        self.defects.extend(read.defects.into_iter().map(|kind| Defect { kind, place: place.clone() }));
        for mut entry in read.entries {
            self.budget.charge(entry.weight())?;
            entry.made_from = Some((at, kinds::ARCHIVE.to_owned()));
            let new = self.add(entry)?;
            self.attach(new)?;
        }
        if read.fatal {
            self.dies(FatalKind::ArchiveEntry, place);
        }
        Ok(())
    }

    fn attach(&mut self, at: usize) -> Done {
        self.count += 1;
        let (count, message) = (self.count, self.change(at)?);
        match message.filename() {
            Ok(Some(_)) => {}
            Ok(None) => message.set_filename(&format!("part-{count:03}")),
            Err(why) => {
                let place = message.head.clone();
                self.dies(why, place);
            }
        }
        self.attached.push(Attached::Part(at));
        Ok(())
    }

    /// The last walk, over all parts that are there now, and those that are in them.
    fn walk(&mut self) -> Result<Vec<Found>, OpenFault> {
        let mut found = Vec::new();
        for attached in std::mem::take(&mut self.attached) {
            match attached {
                Attached::Part(at) => self.visit(at, &mut found)?,
                Attached::Include(at, body) => {
                    let next = self
                        .of(at)?
                        .filename()
                        .ok()
                        .flatten()
                        .unwrap_or_else(|| format!("part-{:03}", found.len() + 1));
                    self.find(at, next, &mut found)?;
                    // Of a compressed one the addresses are read before its characters are replaced.
                    if let Some(found) = found.last_mut() {
                        found.body = body;
                    }
                }
            }
        }
        Ok(found)
    }

    /// A message, where it is no multipart, and those in it. The depth is bounded where they were read.
    fn visit(&mut self, at: usize, found: &mut Vec<Found>) -> Done {
        if !self.of(at)?.is("multipart") {
            let name = match self.of(at)?.filename() {
                Ok(name) => name.unwrap_or_else(|| format!("part-{:03}", found.len())),
                Err(why) => {
                    let place = self.of(at)?.head.clone();
                    self.dies(why, place);
                    String::new()
                }
            };
            self.find(at, name, found)?;
        }
        if let Payload::Messages(inner) = self.of(at)?.payload.clone() {
            for at in inner {
                self.visit(at, found)?;
            }
        }
        Ok(())
    }

    fn find(&mut self, at: usize, filename: String, found: &mut Vec<Found>) -> Done {
        if found.len() == MAX_PARTS {
            return Err(OpenFault::TooManyParts);
        }
        let payload = self.payload(at)?;
        let within = self.within(at)?;
        let message = self.of(at)?;
        let headers = message.headers.unfolded();
        let part = Found {
            declared: message.declared(),
            content_type: message.content_type(),
            filename,
            encoding: message.encoding(),
            head: message.head.clone(),
            place: payload.as_ref().and_then(|payload| payload.place.clone()),
            body: payload.map(|payload| payload.body).unwrap_or_default(),
            headers,
            within,
        };
        let weight: usize = part.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        self.budget.charge(weight)?;
        found.push(part);
        Ok(())
    }

    /// The types around a message, from the outside in.
    fn within(&self, at: usize) -> Result<Vec<String>, OpenFault> {
        let (mut types, mut next) = (Vec::new(), at);
        loop {
            let message = self.of(next)?;
            next = match (&message.made_from, message.parent) {
                (Some((from, kind)), _) => {
                    types.push(kind.clone());
                    *from
                }
                (None, Some(parent)) => {
                    types.push(self.of(parent)?.declared().unwrap_or_else(|| "message/rfc822".into()));
                    parent
                }
                (None, None) => {
                    types.reverse();
                    return Ok(types);
                }
            };
        }
    }
}
