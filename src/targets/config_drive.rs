//! A disk as OpenStack attaches it, for machines whose metadata does not come over the network.

use super::nocloud::IN_THE_DRIVE;
use super::{Form, Proof, Target, media};
use crate::wire::envelope::Envelope;

pub(crate) const CONFIG_DRIVE: Target = Target {
    name: "config-drive",
    aliases: &["configdrive"],
    summary: "OpenStack's config drive, a disk labelled config-2",
    datasource: "ConfigDrive",
    limit: None,
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: Some(&media::CONFIG_DRIVE),
    notes: &[
        "cloud-init finds it by its label or by its files, on VFAT and on ISO 9660 (its source).",
        "OpenStack itself attaches one with `openstack server create --config-drive True`, under the limit of the target openstack; the command line here is for a machine of one's own.",
    ],
    form: Form::Message,
    proved: Proof::Boot,
    launch: IN_THE_DRIVE,
};
