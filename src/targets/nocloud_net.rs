//! NoCloud over HTTP: the kernel's command line or the machine's serial number names the address.

use super::launch::Refused;
use super::{Form, Launch, Proof, Target, media};
use crate::wire::envelope::Envelope;

pub(crate) const NOCLOUD_NET: Target = Target {
    name: "nocloud-net",
    aliases: &["seedfrom"],
    summary: "files behind any web server",
    datasource: "NoCloud",
    limit: None,
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: Some(&media::NOCLOUD_NET),
    notes: &[
        "The address ends in `/`: cloud-init puts the names of the files behind it. Up to 22.4 `ds=nocloud` on the command line has the late phase begin before the network is there: write `ds=nocloud-net` for those; from 24.1 on that name is deprecated.",
    ],
    form: Form::Message,
    proved: Proof::Boot,
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
