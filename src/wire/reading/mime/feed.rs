//! Lines to a tree of messages (`_parsegen` of `email/feedparser.py`, step by step).

use super::headers::{self, is_header};
use super::lines::{Boundary, End, Lines, join, line_end};
use super::{DEFAULT, Message, Payload, Tree};
use crate::wire::reading::{Bytes, Defect, DefectKind, Fatal, MAX_PART_DEPTH, MAX_PARTS, OpenFault};
use std::ops::Range;

/// A multipart of more kinds than these is not read by anybody; more defects than these neither.
const MOST_DEFECTS: usize = 1000;

/// A reader on its way.
pub(super) struct Feed<'t> {
    lines: Lines<'t>,
    tree: Tree,
    /// The message whose last line end belongs to the boundary behind it.
    last: usize,
    depth: usize,
    headers: usize,
}

type Done = Result<(), OpenFault>;

impl<'t> Feed<'t> {
    pub fn new(text: &'t Bytes) -> Self {
        let tree = Tree { text: text.clone(), messages: Vec::new(), defects: Vec::new(), fatal: None };
        Self { lines: Lines::new(text), tree, last: 0, depth: 0, headers: 0 }
    }

    pub fn parse(mut self) -> Result<Tree, OpenFault> {
        self.message(None)?;
        Ok(self.tree)
    }

    fn of(&mut self, at: usize) -> Result<&mut Message, OpenFault> {
        self.tree.messages.get_mut(at).ok_or(OpenFault::TooManyParts)
    }

    fn defect(&mut self, kind: DefectKind, place: Range<usize>) {
        if self.tree.defects.len() < MOST_DEFECTS {
            self.tree.defects.push(Defect { kind, place });
        }
    }

    /// One message to its end, and those in it.
    fn message(&mut self, parent: Option<usize>) -> Done {
        if self.depth > MAX_PART_DEPTH {
            return Err(OpenFault::TooDeep);
        }
        let at = self.begin(parent)?;
        self.read_headers(at)?;
        self.depth += 1;
        let message = self.of(at)?;
        let done = match () {
            () if message.content_type() == "message/delivery-status" => self.delivery_status(at),
            () if message.is("message") => self.message(Some(at)),
            () if message.is("multipart") => self.multipart(at),
            () => {
                let pieces = self.lines.rest();
                self.of(at).map(|message| message.payload = Payload::Text(pieces))
            }
        };
        self.depth -= 1;
        done
    }

    /// A new message, attached to the one that it is in.
    fn begin(&mut self, parent: Option<usize>) -> Result<usize, OpenFault> {
        let at = self.tree.messages.len();
        if at == MAX_PARTS {
            return Err(OpenFault::TooManyParts);
        }
        let mut message = Message::new(headers::Headers::default(), Payload::Text(Vec::new()));
        message.parent = parent;
        message.default = DEFAULT;
        if let Some(parent) = parent {
            let outer = self.of(parent)?;
            // Of a digest alone, and that has a header that says so.
            if outer.content_type() == "multipart/digest" {
                message.default = "message/rfc822";
            }
            match &mut outer.payload {
                Payload::Messages(inner) => inner.push(at),
                other => *other = Payload::Messages(vec![at]),
            }
        }
        self.tree.messages.push(message);
        self.last = at;
        Ok(at)
    }

    fn read_headers(&mut self, at: usize) -> Done {
        let mut of = Vec::new();
        let end = loop {
            let line = self.lines.read();
            let text = self.lines.of(&line);
            if line.is_empty() {
                break line.start;
            }
            if !is_header(text) {
                let start = line.start;
                if !text.starts_with(b"\n") && !text.starts_with(b"\r") {
                    self.defect(DefectKind::MissingHeaderBodySeparator, line.clone());
                    self.lines.unread(line);
                }
                break start;
            }
            of.push(line);
        };
        let read = headers::read(&mut self.lines, &of)?;
        self.headers += read.headers.len();
        if self.headers > MAX_PARTS {
            return Err(OpenFault::TooManyParts);
        }
        let head = headers::place(&self.lines, &of, end);
        read.defects.into_iter().for_each(|(kind, place)| self.defect(kind, place));
        let message = self.of(at)?;
        message.headers = read.headers;
        message.head = head;
        Ok(())
    }

    /// Blocks of headers with blank lines between them, each a message.
    fn delivery_status(&mut self, at: usize) -> Done {
        loop {
            self.lines.push_end(End::Blank);
            let done = self.message(Some(at));
            self.lines.pop_end();
            done?;
            self.lines.read();
            let line = self.lines.read();
            if line.is_empty() {
                return Ok(());
            }
            self.lines.unread(line);
        }
    }

    fn multipart(&mut self, at: usize) -> Done {
        let head = self.of(at)?.head.clone();
        let boundary = self.of(at)?.boundary().unwrap_or_else(|why| {
            self.tree.fatal.get_or_insert(Fatal { why, place: head.clone() });
            None
        });
        let Some(boundary) = boundary.map(|boundary| Boundary::new(&boundary)) else {
            self.defect(DefectKind::NoBoundary, head);
            let pieces = self.lines.rest();
            self.of(at)?.payload = Payload::Text(pieces);
            return Ok(());
        };
        let mut preamble = Vec::new();
        let closed = loop {
            let line = self.lines.read();
            if line.is_empty() {
                break None;
            }
            match boundary.closes(self.lines.of(&line)) {
                Some(true) => break Some(line),
                Some(false) => {
                    self.outside(std::mem::take(&mut preamble));
                    self.parts(at, line, &boundary)?;
                }
                // Only before the first boundary: a part ends at a boundary, or with all.
                None => join(&mut preamble, line),
            }
        };
        self.end_of_multipart(at, head, closed, preamble)
    }

    /// One part, and all delimiters before it: between two of them, even the last one, there is none.
    fn parts(&mut self, at: usize, mut line: Range<usize>, boundary: &Boundary) -> Done {
        while !line.is_empty() && boundary.closes(self.lines.of(&line)).is_some() {
            line = self.lines.read();
        }
        self.lines.unread(line);
        self.lines.push_end(End::Boundary(boundary.clone()));
        let done = self.message(Some(at));
        self.lines.pop_end();
        done?;
        self.give_line_end_to_boundary();
        self.last = at;
        Ok(())
    }

    /// The line end before a boundary is the boundary's (RFC 2046, section 5.1.1).
    fn give_line_end_to_boundary(&mut self) {
        let Some(message) = self.tree.messages.get_mut(self.last) else { return };
        if message.is("multipart") {
            return;
        }
        if let Payload::Text(pieces) = &mut message.payload
            && let Some(piece) = pieces.last_mut()
        {
            piece.end -= line_end(self.lines.of(piece)).min(piece.len());
            if piece.start == piece.end && pieces.len() > 1 {
                pieces.pop();
            }
        }
    }

    /// What follows the last boundary, or the want of one.
    fn end_of_multipart(
        &mut self,
        at: usize,
        head: Range<usize>,
        closed: Option<Range<usize>>,
        preamble: Pieces,
    ) -> Done {
        let begun = matches!(self.of(at)?.payload, Payload::Messages(_));
        if !begun {
            self.defect(DefectKind::StartBoundaryNotFound, head);
            self.lines.rest();
            self.of(at)?.payload = Payload::Text(preamble);
        } else if closed.is_some() {
            let epilogue = self.lines.rest();
            self.outside(epilogue);
        } else {
            self.defect(DefectKind::CloseBoundaryNotFound, head);
        }
        Ok(())
    }

    /// Text of a multipart that is in none of its parts.
    fn outside(&mut self, pieces: Pieces) {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return };
        let place = first.start..last.end;
        if !self.lines.of(&place).trim_ascii().is_empty() {
            self.defect(DefectKind::OutsideParts, place);
        }
    }
}

type Pieces = Vec<Range<usize>>;
