//! What a file is, by how it begins. Who is given a file asks here, and so does who looks into a directory.

use super::{beginning, text};
use crate::context::{foreign, keys, layers};
use crate::language::source::MAX_SOURCE_BYTES;
use crate::targets::media::reading as images;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// What is compiled: it says so in its first line, or it begins with a key, and one of its keys is known.
    Context,
    /// What a cloud hands to cloud-init in any envelope, or was to be that.
    UserData,
    /// An image of a volume, as a seed comes on one.
    Image,
    /// Nothing that is known by how it begins.
    Other,
}

/// How much of a file tells what it is: a CD says so behind its first 32 KiB (ECMA-119, 6.2.1).
const HEAD: usize = 64 * 1024;

/// How much cloud-init itself looks at (`user_data.convert_string`).
const LOOKED_AT: usize = 4096;

/// Says what a file is. Its first 64 KiB are enough.
///
/// ```
/// use contextc::{Kind, kind};
/// assert_eq!(kind(b"localfs: {parts: {home: 50}}\n"), Kind::Context);
/// assert_eq!(kind(b"#cloud-config\n"), Kind::UserData);
/// assert_eq!(kind(b"remember the milk\n"), Kind::Other);
/// ```
pub fn kind(bytes: &[u8]) -> Kind {
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    if is_user_data(head.get(..LOOKED_AT).unwrap_or(head)) {
        return Kind::UserData;
    }
    // No text has a NUL, and every image has.
    let is_binary = head.contains(&0);
    if is_binary && !matches!(images::read(head), Ok(None)) {
        return Kind::Image;
    }
    match !is_binary && bytes.len() <= MAX_SOURCE_BYTES && is_context(&text::of(head)) {
        true => Kind::Context,
        false => Kind::Other,
    }
}

/// Whether a file is for cloud-init, or was to be.
fn is_user_data(head: &[u8]) -> bool {
    layers::is_gzip(head) || foreign::is_for_others(&text::of(head)) || beginning::is_meant_for_cloud_init(head)
}

/// By its first line, or by its keys. Lines that begin with a tab have the rules of a makefile: YAML has none.
fn is_context(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    if foreign::says_context(text) {
        return true;
    }
    let said = |line: &&str| !line.trim().is_empty() && !line.starts_with('#') && !line.starts_with("---");
    let first = text.lines().find(said).unwrap_or_default();
    let is_flow = first.trim_start().starts_with('{');
    let mut lines = text.lines().filter(|line| is_flow || !line.starts_with(' '));
    let has_tab = || text.lines().any(|line| line.starts_with('\t'));
    let begins = is_flow || key(first).is_some() && !has_tab();
    begins && lines.any(|line| key(line).is_some_and(keys::is_known))
}

/// `munge` of `munge:`, of `"munge":`, and of `{"munge":`.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.trim_start_matches(['{', ' ', '\t']).split_once(':')?;
    let key = key.trim_matches(['"', '\'']);
    let is_word = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    is_word.then_some(key)
}

#[cfg(test)]
mod tests {
    use super::{HEAD, Kind, kind};
    use crate::targets::{Medium, media};
    use crate::wire::envelope::Envelope;

    fn of(text: &str) -> Kind {
        kind(text.as_bytes())
    }

    #[test]
    fn a_context_has_a_key_or_says_so() {
        for text in [
            "#contextc\n",
            "\u{feff}#contextc 0.1\nx-a: 1\n",
            "#multiple-config\nx-a: 1\n",
            "# the farm\n\n---\nlocafs: {}\nscripts: []\n",
            "\"localfs\": {}\n",
            "{\"localfs\": {}}",
            "{\n\t\"x-a\": 1,\n\t\"localfs\": {}\n}\n",
            "hosts: {hostname: caf\u{e9}}\n",
            // Within a script nobody but a parser of messages looks for headers.
            "scripts:\n  - |\n    MIME-Version: 1.0\n",
        ] {
            assert_eq!(of(text), Kind::Context, "{text}");
        }
        assert_eq!(kind(b"hosts: {hostname: caf\xe9}\n"), Kind::Context);
        assert_eq!(of(&format!("#{}\nlocalfs: {{}}\n", "x".repeat(HEAD))), Kind::Other);
    }

    #[test]
    fn what_is_none_is_no_context() {
        for text in [
            "",
            "\n",
            "remember the milk\n",
            "# Title\n\nSome prose.\n\nusers:\n",
            "all: build\n\nrun:\n\t./build\n",
            "key: value\n",
            "  localfs: {}\n",
            "localfs\0: {}\n",
        ] {
            assert_eq!(of(text), Kind::Other, "{text:?}");
        }
        for text in ["#cloud-config\nlocalfs: {}\n", "#cloud_config\n", "#!/bin/sh\n", "MIME-Version: 1.0\n", "\x1f"] {
            let wanted = if text == "\x1f" { Kind::Other } else { Kind::UserData };
            assert_eq!(of(text), wanted, "{text:?}");
        }
        assert_eq!(kind(&[0x1f, 0x8b]), Kind::UserData);
    }

    #[test]
    fn the_beginning_of_an_image_is_enough() {
        let (user_data, instance_id, envelope) = (b"#!/bin/sh\n".repeat(100_000), "i-1", Envelope::Plain);
        let (hostname, network_config, vendor_data) = (None, None, None);
        let user_data = user_data.as_slice();
        let seed = media::Seed { user_data, envelope, instance_id, hostname, network_config, vendor_data };
        for medium in [Medium::Iso, Medium::Vfat] {
            let image = media::NOCLOUD.image(medium, &seed).unwrap();
            assert!(image.len() > HEAD);
            assert_eq!((kind(&image), kind(&image[..HEAD])), (Kind::Image, Kind::Image));
        }
    }
}
