//! Bytes from outside, of whatever form: gzip and tar come off here, within limits. Nothing is unpacked to a disk.

use super::bounds::{Limited, Refused};
use super::tree::Tree;
use super::{MAX_INPUT_BYTES, MAX_UNPACKED_BYTES};
use flate2::bufread::MultiGzDecoder;
use std::io::{self, BufRead, BufReader, Cursor, Read};

/// A reader whose own faults mean that nothing can be said.
struct Source<R>(R);

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            _ => io::Error::other(Refused(format!("it cannot be read: {error}"))),
        })
    }
}

/// The size of a block of tar: its first says that it is one.
const BLOCK: usize = 512;

/// What an input begins with, and all of it.
type Peeked<R> = (Vec<u8>, io::Chain<Cursor<Vec<u8>>, R>);

fn peek<R: BufRead>(mut reader: R) -> io::Result<Peeked<R>> {
    let mut head = Vec::new();
    reader.by_ref().take(BLOCK as u64).read_to_end(&mut head)?;
    Ok((head.clone(), Cursor::new(head).chain(reader)))
}

/// Takes in a whole input.
pub(super) fn read(tree: &mut Tree, reader: impl Read) -> io::Result<()> {
    let limited = Limited::new(Source(reader), MAX_INPUT_BYTES, "it is larger than 64 MiB");
    let (head, reader) = peek(BufReader::new(limited))?;
    if !head.starts_with(b"\x1f\x8b") {
        return unpacked(tree, &head, reader);
    }
    let limited = Limited::new(MultiGzDecoder::new(reader), MAX_UNPACKED_BYTES, "unpacked it is larger than 256 MiB");
    let (head, reader) = peek(BufReader::new(limited))?;
    unpacked(tree, &head, reader)
}

fn unpacked(tree: &mut Tree, head: &[u8], reader: impl BufRead) -> io::Result<()> {
    let packed: [(&[u8], &str); 5] = [
        (b"\x1f\x8b", "gzip in gzip"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
        (b"BZh", "bzip2"),
        (b"PK\x03\x04", "zip"),
    ];
    if let Some((_, form)) = packed.iter().find(|(magic, _)| head.starts_with(magic)) {
        let words = format!("it is {form}, which is not read: unpack it first (tar, gzip and text are read)");
        return Err(io::Error::other(Refused(words)));
    }
    match head.get(257..262) == Some(b"ustar") {
        true => archive(tree, reader),
        false => tree.add_text(reader),
    }
}

#[cfg(not(feature = "cli"))]
fn archive(_tree: &mut Tree, _reader: impl Read) -> io::Result<()> {
    Err(io::Error::other(Refused("it is a tar, which this build does not read".into())))
}

/// Entries one at a time, in the raw form: long names are read within a limit, and holes of sparse files stay holes.
#[cfg(feature = "cli")]
fn archive(tree: &mut Tree, reader: impl Read) -> io::Result<()> {
    use tar::EntryType;
    let mut archive = tar::Archive::new(reader);
    let mut long = None;
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        match entry.header().entry_type() {
            EntryType::GNULongName => long = Some(name(&mut entry)?),
            EntryType::XHeader => long = extended(&name(&mut entry)?),
            EntryType::Regular | EntryType::Continuous => {
                let path = long.take().unwrap_or_else(|| entry.path_bytes().into_owned());
                tree.add_entry(String::from_utf8_lossy(&path).trim_end_matches('\0'), entry)?;
            }
            _ => long = None,
        }
    }
    Ok(())
}

/// Names of files that are wanted are short.
#[cfg(feature = "cli")]
fn name(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut name = Vec::new();
    reader.take(8192).read_to_end(&mut name)?;
    Ok(name)
}

/// The path in the extended header of an entry.
#[cfg(feature = "cli")]
fn extended(header: &[u8]) -> Option<Vec<u8>> {
    let records = tar::PaxExtensions::new(header).filter_map(Result::ok);
    let mut paths = records.filter(|record| record.key_bytes() == b"path");
    paths.next().map(|record| record.value_bytes().to_vec())
}
