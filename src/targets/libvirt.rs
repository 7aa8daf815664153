//! libvirt: virt-install makes a NoCloud disk for the first boot.

use super::{Form, Proof, Target, media};
use crate::wire::envelope::Envelope;

pub(crate) const LIBVIRT: Target = Target {
    name: "libvirt",
    aliases: &["virt-install", "kvm"],
    summary: "libvirt, by virt-install",
    datasource: "NoCloud",
    limit: None,
    accepts: &[Envelope::Plain],
    layout: Some(&media::NOCLOUD),
    notes: &["virt-install reads the file as text."],
    form: Form::Message,
    proved: Proof::Datasource,
};
