//! What systemd calls things of the running system.

/// The name of the unit of a path, without its suffix: systemd.unit(5), "string escaping for inclusion in unit names".
pub(crate) fn unit_of(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b":_.".contains(&byte);
    let escaped = |(index, byte): (usize, u8)| match byte {
        b'/' => "-".to_owned(),
        byte if plain(byte) && (index, byte) != (0, b'.') => char::from(byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    };
    path.trim_matches('/').bytes().enumerate().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::unit_of;

    /// Each as `systemd-escape --path` prints it.
    #[test]
    fn units_are_named_as_systemd_names_them() {
        for (path, unit) in [
            ("/data", "data"),
            ("/srv/data", "srv-data"),
            ("/srv/my-data", "srv-my\\x2ddata"),
            ("/.hidden/a.b", "\\x2ehidden-a.b"),
            ("/dev/disk/by-id/a:b_c", "dev-disk-by\\x2did-a:b_c"),
            ("/d\u{e9}", "d\\xc3\\xa9"),
        ] {
            assert_eq!(unit_of(path), unit);
        }
    }
}
