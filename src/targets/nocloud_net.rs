//! NoCloud over HTTP: the kernel's command line or the machine's serial number names the address.

use super::launch::Refused;
use super::{Launch, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const NOCLOUD_NET: Target = Target {
    name: "nocloud-net",
    aliases: &["seedfrom"],
    summary: "files behind any web server",
    datasource: "NoCloud",
    limit: None,
    accepts: &[Envelope::Plain, Envelope::Gzip],
    notes: &[
        "The address ends in `/`: cloud-init puts the names of the files behind it. Releases before 23 want ds=nocloud-net.",
    ],
    proved: Proof::Format,
    launch: Launch {
        shell: &[
            r#"qemu-system-x86_64 -m "${{MEMORY:-2048}}" -drive file={image},if=virtio -smbios 'type=1,serial=ds=nocloud;s='{address_of_the_seed}/"#,
        ],
        file: "seed",
        medium: Some("dir"),
        refused: &[Refused { places: &["image"], characters: ",", because: "qemu splits its options there" }],
        ..Launch::NONE
    },
};
