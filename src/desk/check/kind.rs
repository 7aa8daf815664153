//! What a file is, by how it begins. Who is given a file asks here, and so does who looks into a directory.

use super::{beginning, text};
use crate::blocks;
use crate::context::{foreign, keys, layers};
use crate::language::source::{MAX_SOURCE_BYTES, Span};
use crate::targets::media::reading as images;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// What is compiled: it says so in its first line, or it begins with a key or with `{`, and one of its keys is known.
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

/// Says what a file is, from its first 64 KiB. Of the rest only the length is asked: what is longer than a context may be is none.
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

/// The same of a file among others, which nobody named: a context is only what surely is one. It says so in its first line, or it has
/// the name of a block with what a block takes, and no more keys that are unknown than others: `version`, `scripts` and `users` are
/// keys of many programs.
///
/// ```
/// use contextc::{Kind, kind, kind_among_others};
/// let package = br#"{"name": "site", "version": "1.0.0", "scripts": {}}"#;
/// assert_eq!(kind_among_others(package), Kind::Other);
/// assert_eq!(kind_among_others(b"localfs: {parts: {home: 50}}\n"), Kind::Context);
/// assert_eq!((kind(b"hosts: files dns\n"), kind_among_others(b"hosts: files dns\n")), (Kind::Context, Kind::Other));
/// ```
pub fn kind_among_others(bytes: &[u8]) -> Kind {
    match kind(bytes) {
        Kind::Context if !is_surely_context(&text::of(bytes.get(..HEAD).unwrap_or(bytes))) => Kind::Other,
        kind => kind,
    }
}

/// Whether a file is for cloud-init, or was to be.
fn is_user_data(head: &[u8]) -> bool {
    layers::is_gzip(head) || foreign::is_for_others(&text::of(head)) || beginning::is_meant_for_cloud_init(head)
}

/// By its first line, or by its keys.
fn is_context(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    if foreign::says_context(text) {
        return true;
    }
    let is_flow = is_flow(text);
    let mut lines = text.lines().filter(|line| is_flow || !line.starts_with(' '));
    let begins = is_flow || key(first(text)).is_some() && !is_makefile(text);
    begins && lines.any(|line| key(line).is_some_and(keys::is_known))
}

/// The keys of what may be a context, each with its place; none in place of what is no plain word. Told by the lines: to read it again
/// would take as long as to judge it.
pub(super) fn keys(text: &str) -> Vec<(Option<&str>, Span)> {
    entries(text).into_iter().map(|entry| (key(entry), place(text, key(entry).unwrap_or(entry)))).collect()
}

/// Of a piece of a text.
fn place(text: &str, piece: &str) -> Span {
    let start = piece.as_ptr() as usize - text.as_ptr() as usize;
    Span::new(start, start + piece.len())
}

fn entries(text: &str) -> Vec<&str> {
    let own = |line: &&str| !line.is_empty() && !line.starts_with([' ', '\t', '#', '-', '}', ']']);
    if is_flow(text) { in_brackets(text) } else { text.lines().filter(own).collect() }
}

/// By its first line, or by the name of a block. Of what [`is_context`] takes.
fn is_surely_context(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let entries = entries(text);
    let unknown = entries.iter().filter(|entry| key(entry).is_none_or(keys::is_unknown)).count();
    foreign::says_context(text) || entries.iter().any(|entry| is_block(entry)) && unknown * 2 <= entries.len()
}

/// The first line that says something.
fn first(text: &str) -> &str {
    let said = |line: &&str| !line.trim().is_empty() && !line.starts_with('#') && !line.starts_with("---");
    text.lines().find(said).unwrap_or_default()
}

fn is_flow(text: &str) -> bool {
    first(text).trim_start().starts_with('{')
}

/// Whether lines begin with a tab as the rules of a makefile do. YAML has no such lines, but people write them: a key or an item.
fn is_makefile(text: &str) -> bool {
    let mut rules = text.lines().filter(|line| line.starts_with('\t')).peekable();
    let is_yaml = |line: &str| key(line).is_some() || line.trim_start().starts_with("- ");
    rules.peek().is_some() && !rules.any(is_yaml)
}

/// Whether a block begins here, with more than words behind it: all take maps or lists, but `metadata`, which is a whole text.
/// `hosts: files dns` is a line of nsswitch.conf.
fn is_block(entry: &str) -> bool {
    let value = entry.split_once(':').map(|(_, value)| value.trim_start());
    let is_more =
        value.is_some_and(|value| value.is_empty() || value.starts_with(['{', '[', '|', '>', '#', '&', '*', '!']));
    is_more && key(entry).is_some_and(|key| blocks::find(key).is_some())
}

/// The entries of a map in brackets, each up to the next bracket or comma: `"munge": {`. Those of maps within it are not among them.
fn in_brackets(text: &str) -> Vec<&str> {
    let (mut depth, mut begin, mut quote, mut escaped, mut found) = (0_usize, None, None, false, Vec::new());
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(b'"'), b'\\') => escaped = true,
            (Some(open), _) => quote = (open != byte).then_some(open),
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'{' | b'[' | b'}' | b']' | b',') => {
                found.extend(begin.take().and_then(|begin| text.get(begin..=at)));
                match byte {
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                begin = (depth == 1 && matches!(byte, b'{' | b',')).then_some(at + 1);
            }
            (None, _) => {}
        }
    }
    found.into_iter().map(str::trim_start).filter(|entry| entry.len() > 1).collect()
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
    use super::{HEAD, Kind, in_brackets, kind, kind_among_others};
    use crate::blocks::BLOCKS;
    use crate::targets::{Medium, media};
    use crate::wire::envelope::Envelope;
    use serde_json::Value;

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

    /// What people write where YAML has none is a fault of a context, and `inspect` must say so.
    #[test]
    fn tabs_make_no_makefile_of_a_context() {
        for text in ["localfs:\n\tparts: {home: 50}\n", "run:\n\t- echo\n", "munge:\n  key: x\n\n\tmode: 1\n"] {
            assert_eq!((of(text), kind_among_others(text.as_bytes())), (Kind::Context, Kind::Context), "{text}");
        }
        for text in ["run:\n\t./build\n", ".PHONY: hosts\n\nhosts:\n\t@echo a: b\n\t-rm x\n"] {
            assert_eq!((of(text), kind_among_others(text.as_bytes())), (Kind::Other, Kind::Other), "{text}");
        }
    }

    #[test]
    fn among_others_a_context_has_a_block() {
        for text in [
            "#contextc\nscripts: []\n",
            "#multiple-config\nx-a: 1\n",
            "localfs:\n  parts: {home: 50}\n",
            "version: 1\nhosts: # of the farm\n  hostname: a\nlocafs: {}\n",
            "metadata: |\n  title: a\n",
            "x-a: &a {}\nx-b: 1\nmunge: *a\n",
            "{localfs: {parts: {home: 50}}}\n",
            "{\n  \"x-a\": \"}, \\\" {\",\n  \"localfs\": {}\n}\n",
            "{\"version\": 1, \"scripts\": [], \"munge\": {\"key\": \"x\"}}",
        ] {
            assert_eq!((of(text), kind_among_others(text.as_bytes())), (Kind::Context, Kind::Context), "{text}");
        }
        for text in [
            "hosts: files dns\n",
            "version: 1\nscripts: []\ninclude: []\ntarget: openstack\nusers: []\n",
            "{\"version\": 4, \"resources\": [{\"hosts\": {}}]}",
            "{\n \"hosts\": \"files\",\n \"users\": {\n  \"munge\": {}\n }\n}\n",
            // A notebook, and an object of Kubernetes.
            "{\"cells\": [],\n\"metadata\": {},\n\"nbformat\": 4,\n\"nbformat_minor\": 5}\n",
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\nspec: {}\n",
        ] {
            assert_eq!((kind_among_others(text.as_bytes())), Kind::Other, "{text}");
        }
        assert_eq!(kind_among_others(b"#cloud-config\n"), Kind::UserData);
    }

    #[test]
    fn the_entries_of_brackets_are_its_own() {
        assert_eq!(in_brackets("{a: 1, 'b,': [c, {d: 1}], e: {f: g}}"), ["a: 1,", "'b,': [", "e: {"]);
        assert!(in_brackets("{\"a\": ").is_empty() && in_brackets("}]{}").is_empty());
    }

    /// What `is_block` counts on.
    #[test]
    fn one_block_is_a_text() {
        fn types<'a>(schema: &'a Value, all: &'a Value, found: &mut Vec<&'a str>) {
            if let Some(name) = schema["$ref"].as_str() {
                return types(all.pointer(name.trim_start_matches('#')).unwrap(), all, found);
            }
            let listed = schema["type"].as_array().into_iter().flatten().chain([&schema["type"]]);
            found.extend(listed.filter_map(Value::as_str));
            let choices = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|kind| schema[kind].as_array());
            choices.flatten().for_each(|choice| types(choice, all, found));
        }
        let all: Value = serde_json::from_str(include_str!("../../../schemas/contextc.schema.json")).unwrap();
        let others = BLOCKS.iter().map(|spec| spec.name).filter(|name| {
            let mut found = Vec::new();
            types(&all["properties"][name], &all, &mut found);
            found.is_empty() || found.iter().any(|kind| !["object", "array", "null"].contains(kind))
        });
        assert_eq!(others.collect::<Vec<_>>(), ["metadata"]);
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
