//! CernVM: its boot loader and amiconfig read the user-data, then cloud-init where the image has it.

use super::{Counted, Form, Launch, Limit, Proof, Target, media};
use crate::wire::envelope::Envelope;

pub(crate) const CERNVM: Target = Target {
    name: "cernvm",
    aliases: &["ucernvm"],
    summary: "CernVM, with its context disk",
    datasource: "none: amiconfig and the boot loader",
    limit: Some(Limit {
        bytes: 16_384,
        counted: Counted::Raw,
        source: "CernVM documentation, contextualization: up to 16 kB",
    }),
    accepts: &[Envelope::Plain],
    layout: Some(&media::CERNVM),
    notes: &["amiconfig keeps what it fetches in a variable of the shell, which loses binary bytes: never gzip."],
    form: Form::Message,
    proved: Proof::Format,
    launch: Launch {
        shell: &["cernvm-launch create --name {name} --cpus 2 --memory 4096 --disk 20000 {path}"],
        ..Launch::NONE
    },
};
