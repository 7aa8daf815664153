//! What udev is told.

/// Links for disks by serial number. Each kind of disk has it under another name, and virtio cuts it after 20 characters.
pub(super) fn rules(serials: &[&str]) -> String {
    let mut text = String::from("# Written by contextc.\n");
    for serial in serials {
        let pattern = match serial.get(..20) {
            Some(short) if short != *serial => format!("{serial}|{short}"),
            _ => (*serial).to_owned(),
        };
        for property in ["ID_SERIAL", "ID_SERIAL_SHORT", "ID_SCSI_SERIAL"] {
            text.push_str(&format!(
                "SUBSYSTEM==\"block\", ENV{{DEVTYPE}}==\"disk\", ENV{{{property}}}==\"{pattern}\", SYMLINK+=\"disk/by-contextc/{serial}\"\n"
            ));
        }
    }
    text
}
