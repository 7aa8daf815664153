//! A message to its parts.

use super::{Found, OpenFault};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::ops::Range;

/// The parts of a message, or the one that a text is.
pub(super) fn parts(inner: &[u8]) -> Result<Vec<Found>, OpenFault> {
    let text = String::from_utf8_lossy(inner);
    let boundary = text.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next());
    let Some(boundary) = boundary else { return Ok(vec![alone(inner)]) };
    let delimiter = format!("--{boundary}");
    let mut starts: Vec<usize> = text.match_indices(&delimiter).map(|(at, _)| at).collect();
    starts.push(text.len());
    let pieces = starts.windows(2).filter_map(|pair| match pair {
        [start, end] => Some(start + delimiter.len()..*end),
        _ => None,
    });
    let pieces = pieces.filter(|piece| !text.get(piece.clone()).unwrap_or_default().starts_with("--"));
    Ok(pieces.enumerate().filter_map(|(number, piece)| part(&text, piece, number + 1)).collect())
}

fn alone(inner: &[u8]) -> Found {
    Found {
        declared: None,
        content_type: kind(inner, "text/x-not-multipart"),
        filename: "part-001".into(),
        encoding: None,
        headers: Vec::new(),
        body: inner.to_vec(),
        head: 0..0,
        place: Some(0..inner.len()),
        within: Vec::new(),
    }
}

fn part(text: &str, piece: Range<usize>, number: usize) -> Option<Found> {
    let whole = text.get(piece.clone())?;
    let skipped = whole.find('\n')? + 1;
    let rest = whole.get(skipped..)?;
    let (head, blank) = match rest.find("\r\n\r\n") {
        Some(at) => (at, 4),
        None => (rest.find("\n\n")?, 2),
    };
    let start = piece.start + skipped;
    let headers: Vec<(String, String)> = rest
        .get(..head)?
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    let named = |name: &str| {
        headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_ascii_lowercase())
    };
    let place = start + head + blank..piece.end.saturating_sub(1);
    let raw = text.get(place.clone())?.trim_end_matches('\r');
    let encoding = named("content-transfer-encoding");
    let encoded = encoding.as_deref() == Some("base64");
    let body = match encoded {
        true => STANDARD.decode(raw.split_ascii_whitespace().collect::<String>()).ok()?,
        false => raw.as_bytes().to_vec(),
    };
    let declared = named("content-type").map(|value| value.split(';').next().unwrap_or_default().trim().to_owned());
    let filename = headers.iter().find_map(|(_, value)| value.split("filename=\"").nth(1)?.split('"').next());
    Some(Found {
        content_type: kind(&body, declared.as_deref().unwrap_or("text/plain")),
        filename: filename.map_or_else(|| format!("part-{number:03}"), str::to_owned),
        declared,
        encoding,
        headers: headers.clone(),
        head: start..start + head,
        place: (!encoded).then_some(place),
        body,
        within: vec!["multipart/mixed".into()],
    })
}

fn kind(body: &[u8], declared: &str) -> String {
    const BEGINNINGS: [(&[u8], &str); 6] = [
        (b"#cloud-config-archive", "text/cloud-config-archive"),
        (b"#cloud-config", "text/cloud-config"),
        (b"#cloud-boothook", "text/cloud-boothook"),
        (b"#include", "text/x-include-url"),
        (b"#part-handler", "text/part-handler"),
        (b"#!", "text/x-shellscript"),
    ];
    let sniffed = ["text/plain", "text/x-not-multipart", "text/x-shellscript"].contains(&declared);
    let found = BEGINNINGS.iter().find(|(begin, _)| sniffed && body.starts_with(begin));
    found.map_or(declared, |(_, kind)| kind).to_owned()
}
