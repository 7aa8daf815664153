//! StratusLab's cloud-init context: OpenStack's first config drive on a VFAT image of 1,024,000 bytes.

use super::launch::Refused;
use super::{Counted, Form, Launch, Limit, Proof, Target, media};
use crate::wire::envelope::Envelope;

pub(crate) const STRATUSLAB: Target = Target {
    name: "stratuslab",
    aliases: &[],
    summary: "StratusLab, with --cloud-init",
    datasource: "ConfigDrive",
    limit: Some(Limit {
        bytes: 16_384,
        counted: Counted::Zipped,
        source: "StratusLab client, cloudinit/Util.py: MAX_BYTES, of the message that the client compresses with gzip -9; ours stands for that here",
    }),
    accepts: &[Envelope::Plain],
    layout: Some(&media::STRATUSLAB),
    notes: &[
        "stratus-run-instance compresses and encodes by itself: it wants the plain file.",
        "The plain text, escaped as JSON, must fit on the image, too.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &["stratus-run-instance -n {count} -t {flavor} [-k {key} ]--cloud-init none,{path} {image}"],
        refused: &[Refused {
            places: &["path"],
            characters: "#,",
            because: "stratus-run-instance splits the value of --cloud-init there",
        }],
        ..Launch::NONE
    },
};
