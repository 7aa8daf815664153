//! Names for files that strangers named.

/// The longest name that is kept, without the number, in bytes: filesystems take 255.
const LONGEST: usize = 96;

/// `03-setup.sh`: unique by its number, and without anything that a path, a shell or a terminal would act on.
pub(super) fn safe(number: usize, of: usize, name: &str) -> String {
    let width = of.to_string().len().max(2);
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let kept: String = last.chars().map(harmless).take(LONGEST).collect();
    match kept.trim_matches(['.', '_']) {
        "" => format!("{number:0width$}-part"),
        _ => format!("{number:0width$}-{kept}"),
    }
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn a_name_is_no_path() {
        assert_eq!(safe(1, 7, "contextc-handler.py"), "01-contextc-handler.py");
        assert_eq!(safe(2, 7, "../../etc/passwd"), "02-passwd");
        assert_eq!(safe(3, 7, "/"), "03-part");
        assert_eq!(safe(4, 7, ".."), "04-part");
        assert_eq!(safe(5, 1000, "a b\u{1b}[2J\u{e9}$(x)"), "0005-a_b__2J___x_");
        assert_eq!(safe(6, 7, "C:\\windows\\run.bat"), "06-run.bat");
        assert!(safe(7, 7, &"x".repeat(5000)).len() < 100);
    }
}
