//! Seeds of every layout, as directories and as images, and what none is.

use super::*;
use crate::targets::media::{CONFIG_DRIVE, NOCLOUD};
use crate::targets::{Medium, media};
use crate::wire::envelope::Envelope;

fn files(of: &[(&str, &str)]) -> Vec<File> {
    of.iter().map(|(path, text)| File::new(path, *text)).collect()
}

/// The seed and the text of the user-data.
fn directory(of: &[(&str, &str)]) -> (Seed, String) {
    let unsealed = open_directory(&files(of)).unwrap();
    (unsealed.seed.unwrap(), String::from_utf8(unsealed.opened.inner.to_vec()).unwrap())
}

#[test]
fn each_layout_has_its_user_data() {
    for (of, told, text) in [
        (&[("user-data", "#!a"), ("meta-data", "")][..], "user-data", "#!a"),
        (
            &[("openstack/latest/user_data", "#!b"), ("openstack/latest/meta_data.json", "{}")],
            "openstack/latest/user_data",
            "#!b",
        ),
        (&[("ec2/latest/user-data", "#!c")], "ec2/latest/user-data", "#!c"),
        (&[("meta.js", r##"{"user-data": "#!d"}"##)], "meta.js, its `user-data`", "#!d"),
        (
            &[("context.sh", "# a comment\nA='x\nUSER_DATA=no'\nUSER_DATA='#!e'\\''f'\n")],
            "context.sh, its `USER_DATA`",
            "#!e'f",
        ),
        (&[("context.sh", "USERDATA=\"IyFn\"\nUSERDATA_ENCODING=base64")], "context.sh, its `USERDATA`", "#!g"),
        (&[("context.sh", "EC2_USER_DATA=IyFo; X=1\n")], "context.sh, its `EC2_USER_DATA`", "#!h"),
    ] {
        let (seed, found) = directory(of);
        assert_eq!((seed.to_string(), found.as_str()), (format!("a seed directory, its file {told}"), text));
        assert!(seed_paths(&files(of)).contains(&seed.path.as_str()) && seed.is_found_by_label());
    }
}

/// As cloud-init chooses among the versions of OpenStack's format.
#[test]
fn the_newest_directory_that_is_known_holds() {
    let (seed, text) = directory(&[
        ("openstack/latest/user_data", "latest"),
        ("openstack/2012-08-10/user_data", "old"),
        ("openstack/2017-02-22/user_data", "new"),
        ("openstack/2999-01-01/user_data", "unknown"),
        ("ec2/latest/user-data", "other"),
    ]);
    assert_eq!((seed.path.as_str(), text.as_str()), ("openstack/2017-02-22/user_data", "new"));
    assert_eq!(seed.missing.as_deref(), Some("openstack/2017-02-22/meta_data.json"));
}

#[test]
fn what_the_reader_would_miss_is_named() {
    let (seed, _) = directory(&[("user-data", "#!a"), ("vendor-data", "v"), ("network-config", "n")]);
    assert_eq!(seed.missing.as_deref(), Some("meta-data"));
    assert_eq!(seed.vendor_data, [("vendor-data".to_owned(), b"v".to_vec())]);
    assert_eq!(directory(&[("user-data", "#!a"), ("meta-data", "")]).0.missing, None);
}

#[test]
fn what_has_no_user_data() {
    let told = |of: &[(&str, &str)]| open_directory(&files(of)).unwrap_err().to_string();
    assert_eq!(told(&[]), "it is a seed directory without user-data: it has nothing");
    assert_eq!(told(&[("meta-data", "")]), "it is a seed directory without user-data: it has `meta-data`");
    assert_eq!(told(&[("context.sh", "A=1")]), "it is a seed directory without user-data: it has `context.sh`");
    assert!(told(&[("user_dat", "")]).ends_with("(cut names: make it with `-joliet -rock`)"));
    assert!(seed_paths(&files(&[("worker.yaml", ""), ("USER-DATA", "")])).is_empty());
}

fn image(layout: &media::Layout, medium: Medium) -> Vec<u8> {
    let user_data = Envelope::Gzip.wrap(b"#!/bin/sh\n");
    let (envelope, instance_id) = (Envelope::Gzip, "i-1");
    let seed = media::Seed {
        user_data: &user_data,
        envelope,
        instance_id,
        hostname: None,
        network_config: None,
        vendor_data: Some(b"{}"),
    };
    layout.image(medium, &seed).unwrap()
}

#[test]
fn images_are_named_and_their_layers_taken_off() {
    for (layout, medium, told) in [
        (&NOCLOUD, Medium::Iso, "an ISO 9660 image labelled cidata, its file user-data"),
        (&NOCLOUD, Medium::Vfat, "a FAT12 image labelled cidata, its file user-data"),
        (&CONFIG_DRIVE, Medium::Iso, "an ISO 9660 image labelled config-2, its file openstack/latest/user_data"),
    ] {
        let unsealed = open(&image(layout, medium)).unwrap();
        let seed = unsealed.seed.unwrap();
        assert_eq!((seed.to_string().as_str(), &*unsealed.opened.inner), (told, &b"#!/bin/sh\n"[..]));
        assert_eq!((unsealed.opened.layers.len(), &seed.vendor_data[0].1[..]), (1, &b"{}"[..]));
        assert!(seed.is_found_by_label() && seed.missing.is_none());
    }
    let mut other = image(&NOCLOUD, Medium::Iso);
    other[16 * 2048 + 40..16 * 2048 + 46].copy_from_slice(b"Backup");
    let seed = open(&other).unwrap().seed.unwrap();
    assert_eq!((seed.label.as_deref(), seed.is_found_by_label()), (Some("Backup"), false));
    assert!(open(b"#!/bin/sh\n").unwrap().seed.is_none());
}
