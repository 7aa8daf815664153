//! What stands in `{age: PATH}`: files that age encrypted, and the identity files that decrypt them.
//!
//! Nothing is asked: a passphrase, of a file or of an identity, is refused. Of age's own words none is shown, and no line of an identity.

use super::Failure;
use contextc::LoadError;
use std::path::PathBuf;
use std::sync::Arc;

#[cfg(not(feature = "age"))]
const NO_AGE: &str = "this build of contextc has no support for age";

#[cfg(not(feature = "age"))]
const GET_AGE: &str = "build it with the feature: `cargo install --path . --features age`";

/// The identities that were given, in their order.
#[derive(Clone)]
pub struct Identities {
    files: Arc<Vec<PathBuf>>,
    #[cfg(feature = "age")]
    keys: Arc<Vec<age::x25519::Identity>>,
}

impl Identities {
    /// The files that they were read from.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }
}

#[cfg(not(feature = "age"))]
impl Identities {
    pub fn read(files: &[PathBuf]) -> Result<Self, Failure> {
        match files {
            [] => Ok(Self { files: Arc::default() }),
            _ => Err(format!("`--identity` means nothing here: {NO_AGE}; {GET_AGE}")),
        }
    }

    pub fn decrypt(&self, _bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
        Err(LoadError::new(NO_AGE).help(GET_AGE))
    }
}

#[cfg(feature = "age")]
impl Identities {
    /// All identities of all files; one that cannot be used is named here, and not by what it fails to decrypt.
    pub fn read(files: &[PathBuf]) -> Result<Self, Failure> {
        let mut keys = Vec::new();
        for path in files {
            let fault = |reason: String| format!("the identity file `{}` {reason}", path.display());
            let bytes = std::fs::File::open(path).and_then(super::input::bytes);
            let bytes = bytes.map_err(|error| fault(format!("cannot be read: {error}")))?;
            keys.extend(parsed(&bytes).map_err(fault)?);
        }
        Ok(Self { files: Arc::new(files.to_vec()), keys: Arc::new(keys) })
    }

    /// What an encrypted file holds, armored or not.
    pub fn decrypt(&self, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
        let bytes = bytes.trim_ascii_start();
        if !is_encrypted(bytes) {
            return Err(LoadError::new("age did not encrypt it").help("a plain file is `{file: PATH}`"));
        }
        let decryptor = age::Decryptor::new_buffered(age::armor::ArmoredReader::new(bytes));
        let decryptor = decryptor.map_err(|error| refused(&error))?;
        if decryptor.is_scrypt() {
            return Err(LoadError::new("it is encrypted with a passphrase, which is never asked for")
                .help("encrypt it for the recipient of an identity file: `age -r age1... -o FILE.age FILE`"));
        }
        if self.keys.is_empty() {
            return Err(LoadError::new("it is encrypted, and no identity is given").help(GIVE));
        }
        let keys = self.keys.iter().map(|key| key as &dyn age::Identity);
        let mut reader = decryptor.decrypt(keys).map_err(|error| refused(&error))?;
        let mut decrypted = Vec::new();
        std::io::Read::read_to_end(&mut reader, &mut decrypted).map_err(|_| changed())?;
        Ok(decrypted)
    }
}

#[cfg(feature = "age")]
const GIVE: &str = "give the identity file that it is encrypted for: `--identity FILE`";

/// Whether a text begins as files do that age encrypted.
#[cfg(feature = "age")]
fn is_encrypted(bytes: &[u8]) -> bool {
    bytes.starts_with(b"age-encryption.org/") || bytes.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----")
}

#[cfg(feature = "age")]
fn changed() -> LoadError {
    LoadError::new("it is cut off or changed").help("copy the whole file again, or encrypt it again")
}

#[cfg(feature = "age")]
fn refused(error: &age::DecryptError) -> LoadError {
    match error {
        age::DecryptError::NoMatchingKeys => {
            LoadError::new("it is encrypted for none of the identities given").help(GIVE)
        }
        age::DecryptError::UnknownFormat => {
            LoadError::new("it is of a version of age that is not known here").help("encrypt it as age 1 does")
        }
        _ => changed(),
    }
}

/// The identities in the text of a file; else what is wrong, to be read after its name.
#[cfg(feature = "age")]
fn parsed(bytes: &[u8]) -> Result<Vec<age::x25519::Identity>, String> {
    if is_encrypted(bytes) {
        return Err("is encrypted, and no passphrase is asked for: decrypt it first, `age -d -o FILE ENCRYPTED`".into());
    }
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().map(str::trim).enumerate();
    let keys = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let key = |(index, line): (usize, &str)| line.parse().map_err(|_| unusable(index + 1, line));
    let keys = keys.map(key).collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() { Err("has no identity: `age-keygen -o FILE` makes one".into()) } else { Ok(keys) }
}

/// What a line is, where that can be said without showing it.
#[cfg(feature = "age")]
fn unusable(number: usize, line: &str) -> String {
    let known = [
        ("-----BEGIN", "the beginning of a key of another program (an SSH key?)"),
        ("age1", "a recipient, which only encrypts"),
        ("AGE-PLUGIN-", "an identity for a plugin, and none is run here"),
        ("AGE-SECRET-KEY-1", "an identity that is cut off or changed"),
        ("AGE-SECRET-KEY-", "an identity of a kind that is not known here"),
    ];
    let known = known.iter().find(|(begins, _)| line.starts_with(begins));
    let is = known.map_or("no identity", |(_, is)| is);
    format!("cannot be used: line {number} is {is}; give a file as `age-keygen -o FILE` writes it")
}

#[cfg(all(test, feature = "age"))]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use std::io::Write;

    const TEXT: &[u8] = b"hunter2hunter2hunter2hunter2hunter2";

    fn encrypted(text: &[u8], key: &age::x25519::Identity, format: age::armor::Format) -> Vec<u8> {
        let recipient = key.to_public();
        let encryptor = age::Encryptor::with_recipients([&recipient as _].into_iter()).unwrap();
        let armored = age::armor::ArmoredWriter::wrap_output(Vec::new(), format).unwrap();
        let mut writer = encryptor.wrap_output(armored).unwrap();
        writer.write_all(text).unwrap();
        writer.finish().unwrap().finish().unwrap()
    }

    fn both(text: &[u8]) -> (Identities, [Vec<u8>; 2]) {
        let key = age::x25519::Identity::generate();
        let files = [age::armor::Format::Binary, age::armor::Format::AsciiArmor];
        let files = files.map(|format| encrypted(text, &key, format));
        (Identities { files: Arc::default(), keys: Arc::new(vec![age::x25519::Identity::generate(), key]) }, files)
    }

    #[test]
    fn what_was_encrypted_comes_back() {
        for text in [b"".as_slice(), TEXT, &[0xff; 70_000]] {
            let (identities, [binary, armored]) = both(text);
            assert_eq!(identities.decrypt(&binary).unwrap(), text);
            assert_eq!(identities.decrypt(&armored).unwrap(), text);
            let dos = String::from_utf8(armored).unwrap().replace('\n', "\r\n");
            assert_eq!(identities.decrypt(format!("\n\n{dos}").as_bytes()).unwrap(), text);
        }
    }

    /// A decrypted beginning, or another text, would pass for the secret.
    #[test]
    fn whatever_is_cut_off_or_changed_is_refused() {
        let (identities, files) = both(TEXT);
        for file in files {
            let whole = file.trim_ascii_end().len();
            for end in 0..whole {
                assert!(identities.decrypt(&file[..end]).is_err(), "cut at {end}");
            }
            for at in 0..whole {
                let mut changed = file.clone();
                changed[at] ^= 4;
                assert!(identities.decrypt(&changed).is_err(), "changed at {at}");
            }
        }
    }

    #[test]
    fn a_long_text_that_ends_between_two_chunks_is_refused() {
        let (identities, [binary, _]) = both(&[b'x'; 200_000]);
        for end in (binary.len() - 140_000..binary.len()).step_by(1000) {
            assert_eq!(identities.decrypt(&binary[..end]), Err(changed()), "cut at {end}");
        }
    }

    #[test]
    fn no_line_of_an_identity_file_is_shown() {
        let key = age::secrecy::ExposeSecret::expose_secret(&age::x25519::Identity::generate().to_string()).to_owned();
        for (text, said) in [
            (format!("# created\n{}\n", &key[..60]), "line 2 is an identity that is cut off"),
            (format!("{key} {key}"), "line 1 is an identity that is cut off"),
            ("hunter2".into(), "line 1 is no identity"),
            ("age1hunter2".into(), "a recipient"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2".into(), "SSH key"),
            ("AGE-PLUGIN-YUBIKEY-HUNTER2".into(), "plugin"),
            ("AGE-SECRET-KEY-PQ-1HUNTER2".into(), "of a kind that is not known"),
            ("age-encryption.org/v1\n-> scrypt hunter2 18\n".into(), "no passphrase is asked for"),
            ("# hunter2\n\n".into(), "has no identity"),
        ] {
            let refused = parsed(text.as_bytes()).map(|_| ()).unwrap_err();
            assert!(refused.contains(said), "{refused}");
            assert!(!refused.to_lowercase().contains("hunter2") && !refused.contains(&key[20..40]), "{refused}");
        }
        assert_eq!(parsed(format!("# a\r\n{key}\r\n\r\n{key}\r\n").as_bytes()).map(|keys| keys.len()), Ok(2));
    }
}
