//! A message as a tree, as Python's `email` package reads it with its default policy.

mod feed;
mod headers;
mod lines;
mod params;
mod transfer;

use super::bytes::Bytes;
use super::{Defect, DefectKind, Fatal, FatalKind, OpenFault, kinds};
pub(super) use headers::Headers;
use std::ops::Range;

/// The type of a message without such a header, in most places.
const DEFAULT: &str = "text/plain";

/// A message and all messages in it, the outermost first.
#[derive(Debug)]
pub(super) struct Tree {
    pub text: Bytes,
    pub messages: Vec<Message>,
    pub defects: Vec<Defect>,
    /// What Python dies of while it reads.
    pub fatal: Option<Fatal>,
}

/// A message within a tree, with the changes that cloud-init makes to it.
#[derive(Debug)]
pub(super) struct Message {
    pub headers: Headers,
    pub head: Range<usize>,
    pub payload: Payload,
    default: &'static str,
    /// The message that it is in.
    pub parent: Option<usize>,
    /// The types around it that no message of the tree stands for.
    pub made_from: Option<(usize, String)>,
    /// A `Content-Type` and a `Content-Disposition` in the place of the written ones.
    pub content_type: Option<String>,
    pub disposition: Option<String>,
}

/// What a message holds.
#[derive(Debug, Clone)]
pub(super) enum Payload {
    /// Other messages.
    Messages(Vec<usize>),
    /// Text of the tree, as it stands there.
    Text(Vec<Range<usize>>),
    /// Text from elsewhere, which is read as if it stood in a message.
    Str(Bytes),
    /// Bytes that are not decoded any more.
    Done(Bytes),
    /// The text of the tree, as bytes.
    Whole,
}

impl Message {
    /// Bytes that it holds beyond the text of the tree.
    pub fn weight(&self) -> usize {
        match &self.payload {
            Payload::Str(bytes) | Payload::Done(bytes) => bytes.len(),
            _ => 0,
        }
    }

    pub fn new(headers: Headers, payload: Payload) -> Self {
        Self {
            headers,
            head: 0..0,
            payload,
            default: DEFAULT,
            parent: None,
            made_from: None,
            content_type: None,
            disposition: None,
        }
    }

    /// `get_content_type`.
    pub fn content_type(&self) -> String {
        let Some(header) = self.content_type.as_deref().or_else(|| self.headers.get("content-type")) else {
            return self.default.to_owned();
        };
        let kind = params::main_value(header);
        if kind.matches('/').count() == 1 { kind } else { DEFAULT.to_owned() }
    }

    /// What is declared, by the message itself.
    pub fn declared(&self) -> Option<String> {
        self.headers.get("content-type").map(params::main_value)
    }

    /// `get_content_maintype() == name`.
    pub fn is(&self, name: &str) -> bool {
        self.content_type().split('/').next() == Some(name)
    }

    /// The transfer encoding as Python compares it: in lower case, white space and all.
    pub fn encoding(&self) -> Option<String> {
        self.headers.get("content-transfer-encoding").map(str::to_lowercase)
    }

    /// `get_filename`, where it is not empty.
    pub fn filename(&self) -> Result<Option<String>, FatalKind> {
        let disposition = self.disposition.as_deref().or_else(|| self.headers.get("content-disposition"));
        let in_type = || self.content_type.as_deref().or_else(|| self.headers.get("content-type"));
        let named = match disposition.map(|header| params::param(header, "filename")) {
            Some(Ok(None)) | None => in_type().map(|header| params::param(header, "name")),
            found => found,
        };
        let name = named.transpose().map_err(|_| FatalKind::UnreadableParameter)?.flatten();
        Ok(name.map(|name| params::filename(&name)).filter(|name| !name.is_empty()))
    }

    pub fn set_filename(&mut self, name: &str) {
        self.disposition = Some(params::disposition(name));
    }

    /// The boundary that its header names.
    pub fn boundary(&self) -> Result<Option<String>, FatalKind> {
        let header = self.headers.get("content-type").unwrap_or_default();
        let found = params::param(header, "boundary").map_err(|_| FatalKind::UnreadableParameter)?;
        Ok(found.map(|boundary| params::boundary(&boundary)))
    }
}

impl Tree {
    /// Reads a message and all that are in it.
    pub fn parse(text: &Bytes) -> Result<Self, OpenFault> {
        feed::Feed::new(text).parse()
    }

    /// A text that is no message.
    pub fn alone(text: &Bytes) -> Self {
        let mut message = Message::new(Headers::default(), Payload::Whole);
        message.content_type = Some(kinds::NOT_MULTIPART.to_owned());
        Self { text: text.clone(), messages: vec![message], defects: Vec::new(), fatal: None }
    }

    /// The payload of a message, decoded; `None` where it holds messages. And where it stands, if it stands there as it is.
    pub fn decoded(&self, message: &Message) -> Option<Decoded> {
        let (written, place) = match &message.payload {
            Payload::Messages(_) => return None,
            Payload::Done(bytes) => {
                return Some(Decoded { body: bytes.clone(), place: None, defect: None });
            }
            Payload::Whole => {
                return Some(Decoded { body: self.text.clone(), place: Some(0..self.text.len()), defect: None });
            }
            Payload::Str(text) => (text.clone(), None),
            Payload::Text(pieces) => match pieces.as_slice() {
                [] => (Bytes::default(), Some(message.head.end..message.head.end)),
                [whole] => (self.text.part(whole), Some(whole.clone())),
                several => {
                    (several.iter().flat_map(|piece| self.text.part(piece).to_vec()).collect::<Vec<u8>>().into(), None)
                }
            },
        };
        let (changed, defect) = transfer::decode(&written, message.encoding().unwrap_or_default().as_str());
        Some(match changed {
            None => Decoded { body: written, place, defect },
            Some(body) => Decoded { body: body.into(), place: None, defect },
        })
    }
}

/// A payload without its transfer encoding.
#[derive(Debug, Clone)]
pub(super) struct Decoded {
    pub body: Bytes,
    pub place: Option<Range<usize>>,
    pub defect: Option<DefectKind>,
}
