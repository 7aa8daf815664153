//! What systemd calls a path, and what udev is told.

/// The unit of a path: systemd.unit(5), "string escaping for inclusion in unit names".
pub(super) fn name(path: &str, kind: &str) -> String {
    let mut out = String::new();
    for (index, c) in path.trim_matches('/').char_indices() {
        match c {
            '/' => out.push('-'),
            '.' if index == 0 => out.push_str("\\x2e"),
            c if c.is_ascii_alphanumeric() || ":_.".contains(c) => out.push(c),
            c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| out.push_str(&format!("\\x{byte:02x}"))),
        }
    }
    format!("{out}.{kind}")
}

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
