//! Rules of cloud-init's parser that surprise. All of them, and thousands of messages more, are held against the real one in
//! `tests/cloudinit/test_differential.py`.

use super::*;

fn opened(text: &str) -> Opened {
    open(text.as_bytes()).unwrap()
}

fn rows(opened: &Opened) -> Vec<(&str, &str, &str)> {
    opened
        .parts
        .iter()
        .map(|part| (part.content_type.as_str(), part.filename.as_str(), std::str::from_utf8(&part.body).unwrap()))
        .collect()
}

const MIXED: &str = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n";

#[test]
fn the_last_line_end_of_a_part_is_the_boundarys() {
    let opened = opened(&format!("{MIXED}--b\n\n#!/bin/sh\n\n--b\nContent-Type: text/x-a\n\nword\n--b--\n"));
    assert_eq!(rows(&opened), [("text/x-shellscript", "part-001", "#!/bin/sh\n"), ("text/x-a", "part-002", "word")]);
    assert!(opened.defects.is_empty());
    for part in &opened.parts {
        assert_eq!(opened.inner[part.place.clone().unwrap()], *part.body);
    }
}

#[test]
fn between_two_delimiters_is_no_part_even_where_the_second_is_the_last() {
    let opened = opened(&format!("{MIXED}--b\n--b--\nContent-Type: text/x-a\n\nword\n"));
    assert_eq!(rows(&opened), [("text/x-a", "part-001", "word")]);
    assert_eq!(opened.defects[0].kind, DefectKind::CloseBoundaryNotFound);
}

#[test]
fn a_message_with_one_part_loses_the_parameters_of_its_type() {
    let head = "MIME-Version: 1.0\nContent-Type: text/x-a; name=a.sh\n";
    assert_eq!(rows(&opened(&format!("{head}\nword"))), [("text/x-a", "part-001", "word")]);
    let opened = opened(&format!("{MIXED}--b\nContent-Type: text/x-a; name=a.sh\n\nword\n--b--\n"));
    assert_eq!(rows(&opened), [("text/x-a", "a.sh", "word")]);
}

#[test]
fn what_is_not_ascii_and_not_encoded_is_replaced() {
    let opened = open(format!("{MIXED}--b\nContent-Type: text/x-a\n\n\u{e9} \u{20ac}\n--b--\n").as_bytes()).unwrap();
    assert_eq!(*opened.parts[0].body, *b"\xe9 \\u20ac");
    assert_eq!(opened.defects[0].kind, DefectKind::NotAscii);
}

#[test]
fn a_compressed_part_loses_its_type_and_its_headers_and_a_damaged_one_is_deadly() {
    // What `printf '#!/bin/sh\n' | gzip -n` gives.
    let packed = "H4sIAAAAAAACA1NW1E/KzNMvzuACAB2d+wQKAAAA";
    let part = |packed: &str| {
        format!(
            "{MIXED}--b\nContent-Type: application/gzip\nMerge-Type: dict()\nContent-Disposition: attachment; filename=a\nContent-Transfer-Encoding: base64\n\n{packed}\n--b--\n"
        )
    };
    let sound = opened(&part(packed));
    assert_eq!(rows(&sound), [("text/x-shellscript", "a", "#!/bin/sh\n")]);
    assert!(sound.parts[0].headers.iter().all(|(name, _)| name != "Merge-Type"));
    assert_eq!(sound.parts[0].within, ["multipart/mixed", "application/gzip"]);
    assert_eq!(opened(&part("bm8gZ3ppcA==")).fatal.unwrap().why, FatalKind::DamagedGzipPart);
}

#[test]
fn a_byte_that_is_not_utf8_is_deadly_and_the_parts_are_shown_all_the_same() {
    let opened = open(&[MIXED.as_bytes(), b"--b\nContent-Type: text/x-a\n\n\xff\n--b--\n"].concat()).unwrap();
    assert_eq!(opened.fatal.unwrap().why, FatalKind::NotUtf8);
    assert_eq!(opened.parts.len(), 1);
}

#[test]
fn an_archive_is_its_entries() {
    let opened =
        opened("#cloud-config-archive\n- '#!/bin/sh'\n- {type: text/x-a, content: word, filename: 0o17}\n- 5\n");
    assert_eq!(rows(&opened), [("text/x-shellscript", "part-001", "#!/bin/sh"), ("text/x-a", "0o17", "word")]);
    assert_eq!(opened.defects[0].kind, DefectKind::ArchiveEntryIgnored);
    assert_eq!(opened.parts[0].within, ["text/cloud-config-archive"]);
}

#[test]
fn an_archive_is_what_pyyaml_reads() {
    let entries = |text: &str| {
        let opened = opened(&format!("#cloud-config-archive\n{text}"));
        match opened.defects.iter().any(|defect| defect.kind == DefectKind::ArchiveUnreadable) {
            true => None,
            false => Some(opened.parts.iter().map(|part| part.body.to_vec()).collect::<Vec<_>>()),
        }
    };
    for (text, bodies) in [
        // Of equal keys the last counts, tags and all.
        ("- {content: a, content: !!binary YQBi}\n", vec!["a\0b"]),
        // base64 forgives what is not of its letters.
        ("- {content: !!binary \"YQ;Bi\"}\n", vec!["a\0b"]),
        ("- {type: application/x, Content-Transfer-Encoding: base64, content: !!binary WVdKag==}\n", vec!["abc"]),
        // A key in several lines has no colon.
        ("[{cont 'a\n b', type: text/x-a}]\n", vec![""]),
        ("- a #\tb\n- 'c\td'\n- |\n  e\tf\n  \t\n", vec!["a", "c\td", "e\tf\n\t\n"]),
        ("# \u{feff}\n- a\n", vec!["a"]),
        ("- {type: text/x=, content: a}\n", vec!["a"]),
    ] {
        let bodies = bodies.into_iter().map(|body| body.as_bytes().to_vec()).collect();
        assert_eq!(entries(text), Some(bodies), "{text:?}");
    }
    for text in [
        "- a\n\t",
        "- a\n\t# b\n",
        "- content:\n   a\tb: c\n",
        "- 'a'\n\u{feff}# b\n",
        "- {content: !!binary YWJ}\n",
        "[{content\n: a}]\n",
        "[:]\n",
        "[:a]\n",
        "[a, {: b}]\n",
        "[http://a.example/?b]\n",
    ] {
        assert_eq!(entries(text), None, "{text:?}");
    }
    assert_eq!(opened("\t#cloud-config-archive\n- a\n").parts.len(), 0);
}

#[test]
fn an_include_is_a_part_with_addresses() {
    let opened = opened("#include\nhttp://a.example/x # y\n\n# not this\n#include-once https://b.example/\n");
    assert_eq!(opened.parts[0].addresses(), ["http://a.example/x # y", "https://b.example/"]);
}

#[test]
fn gzip_with_something_behind_it_is_no_gzip_to_python() {
    let packed = [31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    assert!(open(&[packed.as_slice(), &[0, 0]].concat()).is_ok());
    assert_eq!(open(&[packed.as_slice(), b"x"].concat()).unwrap_err(), OpenFault::DamagedGzip);
    assert_eq!(open(&packed[..19]).unwrap_err(), OpenFault::DamagedGzip);
}

/// As `bytes.decode` of Python 3.11 takes each.
#[test]
fn a_character_set_is_found_as_python_finds_it() {
    let name = |charset: &str| {
        let part = format!("--b\nContent-Type: text/x-shellscript; name*={charset}''%C3%A9\n\n:\n--b--\n");
        let message = format!("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{part}");
        opened(&message).parts[0].filename.clone()
    };
    for charset in ["utf-8", "UTF-*8", "*utf8", "utf8*", "utf--8", "_utf8", "u8"] {
        assert_eq!(name(charset), "\u{e9}", "{charset}");
    }
    for charset in ["latin-1", "ISO_8859-1", "iso8859.1", "8859"] {
        assert_eq!(name(charset), "\u{c3}\u{a9}", "{charset}");
    }
    assert_eq!(name("us-ascii"), "\u{fffd}\u{fffd}");
}
