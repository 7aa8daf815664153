//! Finished user-data of any size and depth: answered within the limits, in time and memory that grow with the file.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;
use std::time::{Duration, Instant};

const MIB: usize = 1024 * 1024;

/// For one file in an unoptimized build on a busy machine: far above what it takes, far below a hang.
const BOUND: Duration = Duration::from_secs(120);

fn opened(bytes: &[u8]) -> serde_json::Value {
    let begun = Instant::now();
    let told = contextc::opened_json(bytes);
    assert!(begun.elapsed() < BOUND, "took {:?}", begun.elapsed());
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert!(told.get("fault").is_some() || told["sound"] == true, "{told}");
    told
}

#[track_caller]
fn assert_fault(bytes: &[u8], fault: &str) {
    assert_eq!(opened(bytes)["fault"], fault);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A multipart around each of these texts, headers and all.
fn multipart<'t>(parts: impl IntoIterator<Item = &'t str>) -> String {
    let parts: String = parts.into_iter().map(|part| format!("--=_b\n{part}\n")).collect();
    format!("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_b\"\n\n{parts}--=_b--\n")
}

/// Rows of content type, filename, sha256 and addresses.
fn rows(told: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    told["parts"].as_array().unwrap().iter().map(|row| (text(&row[0]), text(&row[1]))).collect()
}

#[test]
fn gzip_bombs_are_refused() {
    let member = gzip(&vec![0; 4 * MIB]);
    assert_fault(&member.repeat(65), "TooLargeUnpacked");
    // 64 of them fit, but not with what is around them.
    assert_fault(&gzip(&member.repeat(64)), "TooLargeUnpacked");
    assert_fault(STANDARD.encode(member.repeat(65)).as_bytes(), "TooLargeUnpacked");
}

#[test]
fn layers_without_end_are_too_deep() {
    let mut bytes = b"#cloud-config\nhostname: farm\n".to_vec();
    for _ in 0..8 {
        bytes = gzip(&bytes);
    }
    assert_eq!(opened(&bytes)["layers"], serde_json::json!(vec!["gzip"; 8]));
    assert_fault(&gzip(&bytes), "TooDeep");
}

#[test]
fn compressed_parts_count_together() {
    let part = STANDARD.encode(gzip(&vec![b' '; 4 * MIB]));
    let part = format!("Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n{part}");
    // Each is counted twice: unpacked, and as cloud-init gives it to a handler.
    assert_eq!(rows(&opened(multipart(vec![part.as_str(); 4]).as_bytes())).len(), 4);
    assert_fault(multipart(vec![part.as_str(); 40]).as_bytes(), "TooLargeUnpacked");
}

#[test]
fn multiparts_without_end_are_too_deep() {
    let open = |level: usize| format!("Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n");
    let nested = |depth: usize| {
        let begun: String = (0..depth).map(open).collect();
        let ended: String = (0..depth).rev().map(|level| format!("--b{level}--\n")).collect();
        format!("MIME-Version: 1.0\n{begun}\n#!/bin/sh\n{ended}")
    };
    assert_eq!(rows(&opened(nested(100).as_bytes())), [("text/x-shellscript".into(), "part-001".into())]);
    for depth in [101, 1000, 100_000] {
        assert_fault(nested(depth).as_bytes(), "TooDeep");
    }
    let messages = format!("MIME-Version: 1.0\n{}", "Content-Type: message/rfc822\n\n".repeat(100_000));
    assert_fault(messages.as_bytes(), "TooDeep");
}

/// cloud-init sees what is in a message within a message once more for each that it is in.
#[test]
fn messages_in_messages_do_not_multiply_what_they_hold() {
    let body = "a line of a script that is long enough to be one\n".repeat(1000);
    let text = format!("MIME-Version: 1.0\n{}\n{body}", "Content-Type: message/rfc822\n\n".repeat(20));
    assert_eq!(rows(&opened(text.as_bytes())).len(), 21 * 22 / 2);
    let header = format!("X-Long: {}\n\n", "x".repeat(2 * MIB));
    let text = format!("MIME-Version: 1.0\n{}{header}", "Content-Type: message/rfc822\n\n".repeat(90));
    assert!(["TooLargeUnpacked", "null"].contains(&opened(text.as_bytes())["fault"].as_str().unwrap_or("null")));
}

#[test]
fn parts_and_headers_without_end_are_too_many() {
    let open = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"\"\n\n";
    assert_eq!(rows(&opened(format!("{open}{}", "--\n\n".repeat(10_000)).as_bytes())).len(), 10_000);
    assert_fault(format!("{open}{}", "--\n\n".repeat(MIB)).as_bytes(), "TooManyParts");
    assert_fault(format!("MIME-Version: 1.0\n{}\n", "a:\n".repeat(MIB)).as_bytes(), "TooManyParts");
    let status = "MIME-Version: 1.0\nContent-Type: message/delivery-status\n\n";
    assert_fault(format!("{status}{}", "a\n\n".repeat(MIB)).as_bytes(), "TooManyParts");
}

/// Whatever costs time for each character of one line, or for each of many lines and boundaries.
#[test]
fn long_lines_and_many_semicolons_are_read_once() {
    let head = "MIME-Version: 1.0\nContent-Disposition: attachment; ";
    for unit in [";", "\";", "\\\"", "filename*0=a;", "filename*=%41;", "a=b;", " \n ", "=", "'", "%"] {
        opened(format!("{head}{}\n\nbody\n", unit.repeat(2 * MIB / unit.len())).as_bytes());
    }
    for (encoding, unit) in
        [("base64", "!"), ("base64", "YQ=="), ("quoted-printable", "="), ("uuencode", "begin "), ("x", "\r")]
    {
        opened(format!("MIME-Version: 1.0\nContent-Transfer-Encoding: {encoding}\n\n{}", unit.repeat(MIB)).as_bytes());
    }
    let open: String = (0..99)
        .map(|level| format!("Content-Type: multipart/mixed; boundary=\"{}{level}\"\n\n--{0}{level}\n", "b".repeat(60)))
        .collect();
    opened(format!("MIME-Version: 1.0\n{open}\n{}", format!("--{}x\n", "b".repeat(60)).repeat(20_000)).as_bytes());
}

#[test]
fn a_file_of_64_mib_is_answered() {
    let line = "a line of a text that nobody would write by hand into user-data\n";
    let text = format!("#cloud-config\n{}", line.repeat(64 * MIB / line.len() - 1));
    assert_eq!(rows(&opened(text.as_bytes())), [("text/cloud-config".into(), "part-001".into())]);
    let mut message =
        multipart([format!("Content-Type: text/x-big\n\n{}", line.repeat(64 * MIB / line.len() - 4)).as_str()]);
    message.push_str(&"\n".repeat(64 * MIB - message.len()));
    assert_eq!(rows(&opened(message.as_bytes())), [("text/x-big".into(), "part-001".into())]);
    message.push('\n');
    assert_fault(message.as_bytes(), "TooLarge");
}
