//! MAAS: bare machines that a site deploys.

use super::{Form, Launch, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const MAAS: Target = Target {
    name: "maas",
    aliases: &[],
    summary: "MAAS",
    datasource: "MAAS",
    limit: None,
    accepts: &[Envelope::Base64, Envelope::GzipBase64],
    layout: None,
    notes: &[
        "The API wants base64; machines get the bytes in it. No limit is documented.",
        "One command deploys one machine, by its system id. The words of the command are remembered. Linux takes no word of more than 131072 bytes.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "test -s {path} &&",
            "maas {profile} machine deploy {system_id} [distro_series={image} ]user_data={contents}",
        ],
        ..Launch::NONE
    },
};
