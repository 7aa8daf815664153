//! NoCloud: a disk or a directory with user-data and meta-data.

use super::launch::Refused;
use super::{Launch, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const NOCLOUD: Target = Target {
    name: "nocloud",
    aliases: &["qemu", "cidata"],
    summary: "a disk labelled cidata, for any hypervisor",
    datasource: "NoCloud",
    limit: None,
    accepts: &[Envelope::Plain, Envelope::Gzip],
    notes: &[
        "cloud-init knows the disk by its label, on VFAT and on ISO 9660. New user-data needs a new instance-id: ours is made of the content.",
    ],
    proved: Proof::Format,
    launch: Launch {
        shell: &[
            r#"qemu-system-x86_64 -m "${{MEMORY:-2048}}" -drive file={image},if=virtio -drive file={path},format=raw,if=virtio,readonly=on"#,
        ],
        file: "seed.iso",
        medium: Some("iso"),
        refused: &[Refused { places: &["image", "path"], characters: ",", because: "qemu splits its options there" }],
        domain: true,
        ..Launch::NONE
    },
};
