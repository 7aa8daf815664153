//! Texts that age encrypted: decrypted with identity files, refused without a question, and never shown.

use std::path::Path;
use std::process::{Command, Output, Stdio};

const CONTEXT: &str = "munge:\n  key: {age: secrets/munge.age}\n";

fn contextc(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_contextc"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[cfg(not(feature = "age"))]
#[test]
fn without_support_it_is_said_how_to_get_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("secrets")).unwrap();
    std::fs::write(folder.path().join("secrets/munge.age"), "age-encryption.org/v1").unwrap();
    std::fs::write(folder.path().join("node.yaml"), CONTEXT).unwrap();
    let done = contextc(folder.path(), &["compile", "node.yaml"]);
    assert_eq!((done.status.code(), done.stdout.is_empty()), (Some(1), true));
    assert!(said(&done).contains("`secrets/munge.age` cannot be read: this build of contextc has no support for age"));
    assert!(said(&done).contains("--features age"), "{}", said(&done));
    let done = contextc(folder.path(), &["check", "node.yaml", "--identity", "key.txt"]);
    assert_eq!(done.status.code(), Some(2));
    assert!(said(&done).contains("no support for age") && said(&done).contains("--features age"), "{}", said(&done));
}

#[cfg(feature = "age")]
mod with_support {
    use super::*;
    use age::secrecy::{ExposeSecret, SecretString};
    use age::x25519::Identity;
    use std::io::Write;

    const SECRET: &str = "hunter2 hunter2 hunter2 hunter2 hunter2";

    fn finished(encryptor: age::Encryptor, text: &[u8]) -> Vec<u8> {
        let mut writer = encryptor.wrap_output(Vec::new()).unwrap();
        writer.write_all(text).unwrap();
        writer.finish().unwrap()
    }

    fn encrypted(key: &Identity, text: &[u8]) -> Vec<u8> {
        finished(age::Encryptor::with_recipients([&key.to_public() as _].into_iter()).unwrap(), text)
    }

    /// A context, the secret that it names, and two identity files, of which `key.txt` is the right one.
    fn folder(context: &str, secret: impl FnOnce(&Identity) -> Vec<u8>) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let (key, other) = (Identity::generate(), Identity::generate());
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        std::fs::create_dir(folder.path().join("secrets")).unwrap();
        write("node.yaml", context.as_bytes());
        write("secrets/munge.age", &secret(&key));
        for (name, key) in [("key.txt", &key), ("other.txt", &other)] {
            let secret = key.to_string();
            write(name, format!("# public key: {}\n{}\n", key.to_public(), secret.expose_secret()).as_bytes());
        }
        folder
    }

    #[track_caller]
    fn assert_refused(folder: &Path, arguments: &[&str], code: i32, why: &str) {
        for command in ["compile", "check"] {
            let done = contextc(folder, &[&[command, "node.yaml"], arguments].concat());
            assert_eq!((done.status.code(), done.stdout.is_empty()), (Some(code), true), "{}", said(&done));
            assert!(said(&done).contains(why) && !said(&done).contains("hunter2"), "{}", said(&done));
        }
    }

    #[test]
    fn a_secret_comes_from_an_encrypted_file_and_is_listed() {
        let folder = folder(CONTEXT, |key| encrypted(key, SECRET.as_bytes()));
        let arguments = ["compile", "node.yaml", "--identity", "other.txt", "--identity", "key.txt"];
        let done = contextc(folder.path(), &arguments);
        assert_eq!(done.status.code(), Some(0), "{}", said(&done));
        assert!(said(&done).contains("key of munge") && !said(&done).contains("hunter2"), "{}", said(&done));
        std::fs::write(folder.path().join("plain.yaml"), format!("munge:\n  key: {SECRET}\n")).unwrap();
        assert_eq!(done.stdout, contextc(folder.path(), &["compile", "plain.yaml"]).stdout);
        // The result is not written over what it is made from.
        for path in ["secrets/munge.age", "key.txt"] {
            let done = contextc(folder.path(), &[arguments.as_slice(), &["-o", path]].concat());
            assert!(said(&done).contains("is what the result is made from"), "{}", said(&done));
        }
    }

    #[test]
    fn what_was_encrypted_is_a_secret_wherever_it_goes() {
        let context = "scripts:\n  - {age: secrets/munge.age}\nrun:\n  commands:\n    - {name: a, command: {age: secrets/munge.age}}\n";
        let folder = folder(context, |key| encrypted(key, b"#!/bin/sh\n: hunter2\n"));
        let done = contextc(folder.path(), &["compile", "node.yaml", "--identity", "key.txt"]);
        assert_eq!(done.status.code(), Some(0), "{}", said(&done));
        assert!(
            said(&done).contains("an encrypted text of scripts") && said(&done).contains(" of run"),
            "{}",
            said(&done)
        );
        let denied = ["compile", "node.yaml", "--identity", "key.txt", "--deny-secrets-in-user-data"];
        let done = contextc(folder.path(), &denied);
        assert_eq!(said(&done).matches("error[secrets/in-user-data]").count(), 2, "{}", said(&done));
    }

    #[test]
    fn an_identity_that_does_not_fit_is_refused() {
        let folder = folder(CONTEXT, |key| encrypted(key, SECRET.as_bytes()));
        let path = folder.path();
        assert_refused(path, &[], 1, "no identity is given");
        assert_refused(path, &["--identity", "other.txt"], 1, "for none of the identities given");
        assert_refused(path, &["--identity", "none.txt"], 2, "the identity file `none.txt` cannot be read");
        assert_refused(path, &["--identity", "node.yaml"], 2, "line 1 is no identity");
        assert_refused(path, &["--identity", "secrets/munge.age"], 2, "is encrypted");
    }

    #[test]
    fn a_file_that_cannot_be_decrypted_is_refused() {
        let cut = |key: &Identity| {
            let mut bytes = encrypted(key, SECRET.as_bytes());
            bytes.pop();
            bytes
        };
        let passphrase = |_: &Identity| {
            // One round instead of a second's worth: nothing here decrypts it.
            let mut recipient = age::scrypt::Recipient::new(SecretString::from("hunter2".to_owned()));
            recipient.set_work_factor(1);
            finished(age::Encryptor::with_recipients([&recipient as _].into_iter()).unwrap(), SECRET.as_bytes())
        };
        let with = ["--identity", "key.txt"];
        assert_refused(
            folder(CONTEXT, cut).path(),
            &with,
            1,
            "`secrets/munge.age` cannot be read: it is cut off or changed",
        );
        assert_refused(
            folder(CONTEXT, passphrase).path(),
            &with,
            1,
            "encrypted with a passphrase, which is never asked for",
        );
        assert_refused(folder(CONTEXT, |_| SECRET.into()).path(), &with, 1, "age did not encrypt it");
        assert_refused(folder(CONTEXT, |_| vec![b'a'; 5 << 20]).path(), &with, 1, "larger than 4 MiB");
        let elsewhere = folder("munge: {key: {age: none.age}}\n", |_| Vec::new());
        assert_refused(elsewhere.path(), &with, 1, "`none.age` cannot be read: no such file");
    }

    /// Blocks that find fault with a text say what is wrong with it, not what it is.
    #[test]
    fn a_text_that_nothing_can_use_is_not_shown() {
        for context in [
            "munge: {key: SOURCE}",
            "scripts: [SOURCE]",
            "boothooks: [SOURCE]",
            "run: {commands: [{name: a, command: SOURCE}]}",
            "pipeline: {name: p, user: alice, command: SOURCE}",
            "on-failure: [{command: SOURCE}]",
            "on-success: [{notify: SOURCE}]",
            "pilot: {site: a, ce: a, vo: a, configuration-servers: 'https://a.example.org/', commands: [a], base-url: https://a.example.org/, credential: SOURCE}",
            "pilot: {site: a, ce: a, vo: a, configuration-servers: 'https://a.example.org/', commands: [a], base-url: https://a.example.org/, certificate: SOURCE, key: SOURCE}",
            "ssh-access: {authorized: {alice: [{key: SOURCE}]}}",
            "ssh-access: {known-hosts: [SOURCE]}",
            "ssh-access: {host-keys: [SOURCE]}",
            "ssh-access: {identities: {alice: [{key: SOURCE, name: a}]}}",
            "certificate: {host: {certificate: SOURCE, key: SOURCE}}",
            "certificate: {ca: {bundle: SOURCE, signing-policies: SOURCE}}",
            "certificate: {proxies: {alice: {proxy: SOURCE}}}",
            "software: {repositories: [{name: a, deb: 'http://a.example.org/ b main', key: SOURCE}]}",
            "cvmfs: {repository: {url: 'http://a.example.org/ b main', key: SOURCE}}",
            "cvmfs: {extra: [{name: a.example.org, server: 'http://a.example.org/cvmfs/@fqrn@', key: SOURCE}]}",
        ] {
            for text in [
                "hunter2",
                "#!/bin/hunter2",
                "-----BEGIN hunter2-----\nhunter2\n",
                "\u{feff}hunter2\r\n",
                "hunter2 hunter2 hunter2\0",
            ] {
                let context = context.replace("SOURCE", "{age: secrets/munge.age}");
                let folder = folder(&context, |key| encrypted(key, text.as_bytes()));
                let done = contextc(folder.path(), &["check", "node.yaml", "--identity", "key.txt"]);
                assert!(!said(&done).contains("hunter2"), "{context} {text:?}: {}", said(&done));
                assert!(
                    !said(&done).contains("not known"),
                    "the context is not what it is meant to be: {}",
                    said(&done)
                );
            }
        }
    }
}
