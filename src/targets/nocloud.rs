//! NoCloud: a disk or a directory with user-data and meta-data.

use super::launch::Refused;
use super::{Form, Launch, Proof, Target, media};
use crate::wire::envelope::Envelope;

/// qemu with the medium in its CD drive: as another disk it would be the one that `localfs` takes.
pub(super) const IN_THE_DRIVE: Launch = Launch {
    shell: &[r#"qemu-system-x86_64 -m "${{MEMORY:-2048}}" -drive file={image},if=virtio -cdrom {path}"#],
    file: "seed.iso",
    medium: Some("iso"),
    refused: &[Refused { places: &["image", "path"], characters: ",", because: "qemu splits its options there" }],
    domain: true,
    ..Launch::NONE
};

pub(crate) const NOCLOUD: Target = Target {
    name: "nocloud",
    aliases: &["qemu", "cidata"],
    summary: "a disk labelled cidata, for any hypervisor",
    datasource: "NoCloud",
    limit: None,
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: Some(&media::NOCLOUD),
    notes: &[
        "cloud-init knows the disk by its label, on VFAT and on ISO 9660. New user-data needs a new instance-id: ours is made of the content.",
    ],
    form: Form::Message,
    proved: Proof::Boot,
    launch: IN_THE_DRIVE,
};
