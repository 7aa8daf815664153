//! The crate as an embedding tool meets it.

use contextc::{Compiler, Envelope, ErrorKind, Handlers, LoadError, Loader, Severity, Source};
use std::collections::HashMap;

struct InMemory(HashMap<&'static str, &'static str>);

impl Loader for InMemory {
    fn load(&self, path: &str) -> Result<Vec<u8>, LoadError> {
        self.0.get(path).map(|text| text.as_bytes().to_vec()).ok_or_else(|| LoadError::new("not in memory"))
    }
}

#[test]
fn the_public_types_go_to_any_thread() {
    fn anywhere<T: Send + Sync + ?Sized>() {}
    anywhere::<Compiler>();
    anywhere::<Source>();
    anywhere::<contextc::Compiled>();
    anywhere::<contextc::Report>();
    anywhere::<contextc::Error>();
    anywhere::<contextc::summary::Machine>();
    anywhere::<contextc::summary::Tree>();
    anywhere::<dyn contextc::Runner>();
}

#[test]
fn no_file_is_read_unless_a_loader_is_given() {
    let source = Source::new("a.yaml", "scripts: [Cargo.toml]\n");
    let error = contextc::compile(&source).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert_eq!(error.report().unwrap().diagnostics()[0].code().as_str(), "content/cannot-read");
}

#[test]
fn a_loader_gives_what_the_context_names() {
    let loader = InMemory(HashMap::from([("setup", "#!/bin/sh\necho from memory\n")]));
    let compiled = Compiler::new().loader(loader).compile(&Source::new("a.yaml", "scripts: [setup]\n")).unwrap();
    assert!(String::from_utf8_lossy(compiled.artifact().bytes()).contains("echo from memory"));
}

#[test]
fn warnings_travel_with_success() {
    let source = Source::new("a.yaml", "cvmfs: {local: {repositories: a.example.org}}\n");
    let compiled = contextc::compile(&source).unwrap();
    let found: Vec<_> = compiled.report().diagnostics().iter().map(|d| (d.severity(), d.code().as_str())).collect();
    assert_eq!(found, [(Severity::Warning, "cvmfs/no-proxy")]);
}

#[test]
fn envelopes_come_off_again() {
    use std::io::Read;
    let source = Source::new("a.yaml", "localfs: {parts: {home: 50}}\n");
    let bytes = |envelope| Compiler::new().envelope(envelope).compile(&source).unwrap().artifact().bytes().to_vec();
    let plain = bytes(Envelope::Plain);
    let mut unzipped = Vec::new();
    flate2::read::GzDecoder::new(&bytes(Envelope::Gzip)[..]).read_to_end(&mut unzipped).unwrap();
    assert_eq!(unzipped, plain);
    assert_eq!(&bytes(Envelope::Gzip)[4..8], [0; 4], "no time stamp");
    for (outer, inner) in [(Envelope::Base64, Envelope::Plain), (Envelope::GzipBase64, Envelope::Gzip)] {
        use base64::Engine;
        let text = bytes(outer);
        assert!(!text.contains(&b'\n'), "one line: some datasources do not decode a wrapped one");
        assert_eq!(base64::engine::general_purpose::STANDARD.decode(text).unwrap(), bytes(inner));
    }
}

#[test]
fn a_folder_of_handlers_gets_the_name_of_this_versions_bundle() {
    let source = Source::new("a.yaml", "localfs: {parts: {home: 50}}\n");
    let compiler = Compiler::new().handlers(Handlers::Include("https://example.org/handlers/".into()));
    let text = String::from_utf8(compiler.compile(&source).unwrap().artifact().bytes().to_vec()).unwrap();
    assert!(text.contains(&format!("https://example.org/handlers/{}\n", contextc::handlers().name())));
}

#[test]
fn without_a_day_nothing_is_expired() {
    let context = "certificate: {host: {certificate: {file: cert}, key: {file: key}}}\n";
    let certificate = include_str!("cases/files/x509/ec.pem");
    let loader = InMemory(HashMap::from([("cert", certificate), ("key", include_str!("cases/files/x509/ec.key"))]));
    let compiler = Compiler::new().loader(loader);
    assert!(compiler.compile(&Source::new("a.yaml", context)).is_ok());
    let day = contextc::Date::new(2500, 1, 1).unwrap();
    let report = compiler.today(day).check(&Source::new("a.yaml", context));
    assert_eq!(report.diagnostics()[0].code().as_str(), "certificate/expired");
}

#[test]
fn dates_are_days_of_the_calendar() {
    let read = |text: &str| text.parse::<contextc::Date>().ok().map(|day| day.to_string());
    for text in ["2024-02-29", "2000-02-29", "2026-12-31", "0001-01-01"] {
        assert_eq!(read(text).as_deref(), Some(text));
    }
    for text in [
        "2026-02-29",
        "1900-02-29",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "2026-1-1",
        "+026-01-01",
        "20260101",
        "today",
        "",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn given_host_keys_come_back_as_lines_of_known_hosts() {
    let loader = InMemory(HashMap::from([("key", include_str!("cases/files/ssh/host_ed25519"))]));
    let context = "ssh-access: {host-keys: {file: key}, host-names: [worker.example.org]}\n";
    let compiled = Compiler::new().loader(loader).compile(&Source::new("a.yaml", context)).unwrap();
    assert_eq!(compiled.notes().len(), 1);
    assert!(compiled.notes()[0].starts_with("worker.example.org ssh-ed25519 AAAA"));
}

#[test]
fn an_error_tells_its_first_reason_in_one_line() {
    let source = Source::new("worker.yaml", "localfs: {parts: {home: 101, tmp: 102}}\n");
    let error = contextc::compile(&source).unwrap_err();
    assert_eq!(error.to_string(), "worker.yaml is rejected: `101` is more than 100 % (and 1 more)");
}
