//! Words of a POSIX shell.

/// A text as one word of a shell, whatever it holds.
pub(crate) fn quote(text: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:=@%+,-".contains(&byte);
    match !text.is_empty() && text.bytes().all(bare) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}
