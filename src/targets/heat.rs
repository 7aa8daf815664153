//! OpenStack Heat: the user-data is a text in a template.

use super::launch::Refused;
use super::{Counted, Form, Launch, Limit, Proof, Target};
use crate::wire::envelope::Envelope;

pub(crate) const HEAT: Target = Target {
    name: "heat",
    aliases: &[],
    summary: "OpenStack Heat, as user_data_format RAW",
    datasource: "OpenStack",
    limit: Some(Limit {
        bytes: 65_535,
        counted: Counted::Encoded,
        source: "OpenStack Nova, API schema of servers: user_data has at most 65535 characters, in base64",
    }),
    accepts: &[Envelope::Plain],
    layout: None,
    notes: &[
        "Texts only: the client puts base64 around a file that is no text, which nothing takes off again (its source).",
        "The default of the server, HEAT_CFNTOOLS, wraps the user-data in another message: RAW must be said.",
        "The command line reads stack.yaml, which `--format heat -o stack.yaml` writes; what is given there is the default of the stack's parameters.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &[
            "openstack stack create --template stack.yaml [--parameter image={image} ][--parameter flavor={flavor} ][--parameter key={key} ][{several?}--parameter count={count} ]{name}",
        ],
        refused: &[Refused {
            places: &["image", "flavor", "key"],
            characters: ";",
            because: "heat splits parameters there",
        }],
        heat: true,
        stack: Some("stack.yaml"),
        ..Launch::NONE
    },
};
