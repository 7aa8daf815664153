//! Vagrant.

use super::{Form, Launch, Proof, Target, media};
use crate::wire::envelope::Envelope;

pub(crate) const VAGRANT: Target = Target {
    name: "vagrant",
    aliases: &[],
    summary: "Vagrant, with a NoCloud disk in the drive",
    datasource: "NoCloud",
    limit: None,
    accepts: &[Envelope::Plain, Envelope::Gzip],
    layout: Some(&media::NOCLOUD),
    notes: &[
        "Vagrant's own cloud_init setting takes nine content types and would lose our parts: the whole message goes on a disk in the drive.",
        "That the disk may be an ISO file is in Vagrant's documentation; it was not tried.",
        "That it needs VAGRANT_EXPERIMENTAL=disks and VirtualBox is remembered, not checked.",
        "`vagrant up` takes everything from a Vagrantfile: the command line writes one, and never over another.",
    ],
    form: Form::Message,
    proved: Proof::Datasource,
    launch: Launch {
        shell: &["VAGRANT_EXPERIMENTAL=disks vagrant up"],
        vagrantfile: &[
            "Vagrant.configure('2') do |config|",
            "  config.vm.box = {image}",
            "  config.vm.disk :dvd, name: 'cidata', file: {path}",
            "{one?}  config.vm.define {name}",
            r#"{several?}  (1..{count}).each {{ |number| config.vm.define {name} + "-#{{number}}" }}"#,
            "end",
        ],
        file: "seed.iso",
        medium: Some("iso"),
        ..Launch::NONE
    },
};
