//! What each layout puts on its medium, and what it refuses.

use super::*;
use crate::targets::TARGETS;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

const TEXT: &[u8] = b"MIME-Version: 1.0\n\nhello \xc3\xa9\n";

fn seed<'a>(user_data: &'a [u8], envelope: Envelope) -> Seed<'a> {
    Seed { user_data, envelope, instance_id: "i-1", hostname: None, network_config: None, vendor_data: None }
}

/// The files, by path; text where they are text.
fn written(layout: &Layout, seed: &Seed) -> Vec<(String, String)> {
    let files = layout.files(seed).unwrap();
    files.into_iter().map(|file| (file.path, String::from_utf8_lossy(&file.bytes).into_owned())).collect()
}

fn paths(layout: &Layout, seed: &Seed) -> Vec<String> {
    written(layout, seed).into_iter().map(|(path, _)| path).collect()
}

fn content(layout: &Layout, seed: &Seed, path: &str) -> String {
    written(layout, seed).into_iter().find(|(known, _)| known == path).unwrap().1
}

#[test]
fn nocloud_has_what_is_given_and_no_more() {
    let bare = seed(TEXT, Envelope::Plain);
    assert_eq!(paths(&NOCLOUD, &bare), ["user-data", "meta-data"]);
    assert_eq!(content(&NOCLOUD, &bare, "meta-data"), "instance-id: \"i-1\"\ndsmode: net\n");
    let full = Seed { hostname: Some("w1"), network_config: Some(b"version: 2"), vendor_data: Some(b""), ..bare };
    assert_eq!(paths(&NOCLOUD, &full), ["user-data", "meta-data", "network-config", "vendor-data"]);
    assert_eq!(content(&NOCLOUD, &full, "network-config"), "version: 2");
    assert_eq!(content(&NOCLOUD, &full, "vendor-data"), "");
    assert_eq!(content(&NOCLOUD, &full, "meta-data"), "instance-id: \"i-1\"\nlocal-hostname: \"w1\"\ndsmode: net\n");
}

/// Any text stays one scalar of YAML, and ASCII.
#[test]
fn meta_data_of_any_text() {
    let odd =
        Seed { instance_id: "12: \"\n\u{85}\u{2028}\u{1f600}\0", hostname: Some("no"), ..seed(b"", Envelope::Plain) };
    let expected = "instance-id: \"12: \\\"\\n\\x85\\u2028\\U0001f600\\x00\"\nlocal-hostname: \"no\"\ndsmode: net\n";
    assert_eq!(content(&NOCLOUD, &odd, "meta-data"), expected);
    let value: serde_yaml::Value = serde_yaml::from_str(expected).unwrap();
    assert_eq!(value.get("instance-id").unwrap().as_str(), Some(odd.instance_id));
}

#[test]
fn config_drive_has_the_files_of_openstack() {
    let bare = seed(TEXT, Envelope::Plain);
    assert_eq!(paths(&CONFIG_DRIVE, &bare), ["openstack/latest/meta_data.json", "openstack/latest/user_data"]);
    assert_eq!(content(&CONFIG_DRIVE, &bare, "openstack/latest/meta_data.json"), "{\"uuid\":\"i-1\"}\n");
    let full =
        Seed { hostname: Some("w\"1"), network_config: Some(b"{}"), vendor_data: Some(b"[\"#cloud-config\"]"), ..bare };
    let expected = ["meta_data.json", "user_data", "network_data.json", "vendor_data.json"];
    assert_eq!(paths(&CONFIG_DRIVE, &full), expected.map(|name| format!("openstack/latest/{name}")));
    let meta_data = content(&CONFIG_DRIVE, &full, "openstack/latest/meta_data.json");
    assert_eq!(meta_data, "{\"hostname\":\"w\\\"1\",\"uuid\":\"i-1\"}\n");
    assert_eq!(content(&CONFIG_DRIVE, &full, "openstack/latest/vendor_data.json"), "[\"#cloud-config\"]");
}

/// What would make cloud-init drop the drive.
#[test]
fn config_drive_refuses_what_is_not_its_json() {
    let refused = |network: Option<&'static [u8]>, vendor: Option<&'static [u8]>| {
        let seed = Seed { network_config: network, vendor_data: vendor, ..seed(TEXT, Envelope::Plain) };
        CONFIG_DRIVE.files(&seed).unwrap_err()
    };
    assert!(refused(Some(b"version: 2\n"), None).starts_with("the network-config is not JSON ("));
    assert!(refused(Some(b"[]"), None).starts_with("the network-config is no object"));
    assert!(refused(None, Some(b"#cloud-config\n")).starts_with("the vendor-data is not JSON ("));
    assert!(refused(None, Some(b"")).starts_with("the vendor-data is not JSON ("));
    assert!(refused(None, Some(b"7")).starts_with("the vendor-data is no object, list or text"));
    assert!(refused(None, Some(b"{\"cloud-init\": {}}")).contains("must be a text or a list"));
    assert!(refused(None, Some(b"\"\xff\"")).starts_with("the vendor-data is not JSON ("));
}

/// Base64 once, whatever the envelope: the same bytes reach the machine.
#[test]
fn opennebula_and_cernvm_decode_once() {
    for layout in [&OPENNEBULA, &CERNVM] {
        for envelope in Envelope::ALL {
            let text = content(layout, &seed(&envelope.wrap(TEXT), *envelope), "context.sh");
            let line = text.lines().find_map(|line| line.strip_prefix("EC2_USER_DATA='")).unwrap();
            let decoded = STANDARD.decode(line.strip_suffix('\'').unwrap()).unwrap();
            let expected = match envelope {
                Envelope::Gzip | Envelope::GzipBase64 => Envelope::Gzip.wrap(TEXT),
                _ => TEXT.to_vec(),
            };
            assert_eq!(decoded, expected, "{} {envelope}", layout.name);
        }
    }
}

#[test]
fn context_sh_to_the_letter() {
    let named = Seed { hostname: Some("it's $(x)\\"), ..seed(b"hello", Envelope::Plain) };
    let expected = "USER_DATA='aGVsbG8='\nUSERDATA_ENCODING='base64'\nEC2_USER_DATA='aGVsbG8='\nSET_HOSTNAME='it'\\''s $(x)\\'\nHOSTNAME='it'\\''s $(x)\\'\n";
    assert_eq!(content(&OPENNEBULA, &named, "context.sh"), expected);
    let expected = "EC2_USER_DATA='aGVsbG8='\nONE_CONTEXT_PATH='/var/lib/amiconfig'\n";
    assert_eq!(content(&CERNVM, &seed(b"hello", Envelope::Plain), "context.sh"), expected);
    let nul = Seed { hostname: Some("a\0b"), ..named };
    assert_eq!(OPENNEBULA.files(&nul).unwrap_err(), "SET_HOSTNAME holds a NUL, which no variable of a shell can hold");
}

#[test]
fn stratuslab_is_json_of_text() {
    let text = content(&STRATUSLAB, &seed("a\"\n\u{e9}\u{1}".as_bytes(), Envelope::Plain), "meta.js");
    assert_eq!(text, "{\"dsmode\":\"net\",\"instance-id\":\"i-1\",\"user-data\":\"a\\\"\\n\u{e9}\\u0001\"}");
    assert!(STRATUSLAB.files(&seed(b"\xff", Envelope::Plain)).unwrap_err().contains("not UTF-8"));
    let large = vec![b'x'; 1_000_960];
    let message = STRATUSLAB.image(Medium::Vfat, &seed(&large, Envelope::Plain)).unwrap_err();
    assert_eq!(message, "1001472 bytes do not fit into a VFAT image of 1024000 bytes, which holds 1000960");
}

#[test]
fn envelopes_that_nothing_unwraps_are_refused() {
    let accepted = |layout: &Layout| {
        let fine = |envelope: &&Envelope| layout.files(&seed(&envelope.wrap(TEXT), **envelope)).is_ok();
        Envelope::ALL.iter().filter(fine).map(|envelope| envelope.name()).collect::<Vec<_>>()
    };
    assert_eq!(accepted(&NOCLOUD), ["plain", "gzip"]);
    assert_eq!(accepted(&CONFIG_DRIVE), ["plain", "gzip"]);
    assert_eq!(accepted(&OPENNEBULA), ["plain", "gzip", "base64", "gzip+base64"]);
    assert_eq!(accepted(&CERNVM), ["plain", "gzip", "base64", "gzip+base64"]);
    assert_eq!(accepted(&STRATUSLAB), ["plain"]);
    let message = NOCLOUD.files(&seed(TEXT, Envelope::Base64)).unwrap_err();
    assert_eq!(message, "`base64` is not unwrapped by what reads the medium of nocloud: use `plain` or `gzip`");
}

#[test]
fn what_has_no_place_is_refused() {
    let bare = seed(TEXT, Envelope::Plain);
    let hostname = Seed { hostname: Some("w"), ..bare };
    let network = Seed { network_config: Some(b"{}"), ..bare };
    let vendor = Seed { vendor_data: Some(b"{}"), ..bare };
    let taken = |layout: &Layout| [&hostname, &network, &vendor].map(|seed| layout.files(seed).is_ok());
    assert_eq!(taken(&NOCLOUD), [true; 3]);
    assert_eq!(taken(&CONFIG_DRIVE), [true; 3]);
    assert_eq!(taken(&OPENNEBULA), [true, false, false]);
    assert_eq!(taken(&CERNVM), [false; 3]);
    assert_eq!(taken(&STRATUSLAB), [false; 3]);
    assert!(
        OPENNEBULA.files(&vendor).unwrap_err().starts_with("the medium of opennebula has no place for vendor-data: ")
    );
}

/// Every layout, as every medium that it names: 16 KB, 5 MiB, nothing.
#[test]
fn images_of_every_layout() {
    let sizes = [0, 16_384, 5 << 20].map(|size| b"0123456789abcdef".repeat(size / 16));
    for layout in TARGETS.iter().filter_map(|target| target.layout) {
        for data in &sizes {
            let seed = seed(data, Envelope::Plain);
            let fits = layout.size.is_none_or(|size| data.len() < size);
            for kind in layout.kinds.iter().filter(|kind| **kind != Medium::Dir) {
                let image = layout.image(*kind, &seed);
                assert_eq!(image.is_ok(), fits, "{} {} {}", layout.name, kind.name(), data.len());
                assert!(image == layout.image(*kind, &seed));
                assert!(
                    image.is_err()
                        || image.unwrap().windows(layout.label.len()).any(|at| at == layout.label.as_bytes())
                );
            }
        }
    }
}

#[test]
fn a_medium_that_nothing_reads_is_refused() {
    let bare = seed(TEXT, Envelope::Plain);
    let message = OPENNEBULA.image(Medium::Vfat, &bare).unwrap_err();
    assert_eq!(message, "there is no `vfat` image for opennebula: its media are `iso`, `dir`");
    assert!(STRATUSLAB.image(Medium::Iso, &bare).is_err() && NOCLOUD.image(Medium::Dir, &bare).is_err());
}

#[test]
fn paths_that_a_format_would_change_are_refused() {
    let refused = |paths: &[&str]| {
        let files: Vec<File> = paths.iter().map(|path| File::new(path, *b"x")).collect();
        assert_eq!(iso9660::image("x", &files).unwrap_err(), vfat::image("x", &files, None).unwrap_err());
    };
    let long = "x".repeat(65);
    for path in ["", "/a", "a//b", "a/", "..", "a.", "a b", "a:b", "\u{e9}", "a\\b", &long, "1/2/3/4/5/6/7/8/9"] {
        refused(&[path]);
    }
    for twice in [["a", "a"], ["a", "A"], ["a", "a/b"], ["a/b", "a"], ["a/b", "A/c"]] {
        refused(&twice);
    }
    refused(&vec!["a"; 1001]);
}

#[test]
fn what_a_target_delivers_its_medium_takes() {
    for target in TARGETS {
        let taken = target.layout.map_or(target.accepts, |layout| layout.envelopes);
        assert!(target.accepts.iter().all(|envelope| taken.contains(envelope)), "{target}");
    }
}
