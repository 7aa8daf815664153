//! The leak test: secrets of every kind go through everything that is said, and are searched for wherever they do not belong.
//!
//! They belong into the artefact (the user-data, and the stages `plan` and `message`, which are the artefact) and nowhere else. What a
//! script holds is its writer's: it is hidden where its name or its form says that it is a secret, as in any other text.

mod canaries;
mod command;
mod mutations;

use canaries::{Canary, SEARCHES, canaries};
use contextc::{Compiler, FileLoader, Handlers, Report, Source};
use std::path::Path;
use std::sync::atomic::Ordering;

fn compiler() -> Compiler {
    Compiler::new().loader(FileLoader::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/files")))
}

/// All that the library says of a context.
fn said(compiler: &Compiler, text: &str) -> String {
    let source = Source::new("canary.yaml", text);
    if text.starts_with("#cloud-config") {
        return of_report(&compiler.check(&source));
    }
    match compiler.clone().deny_secrets().compile(&source) {
        Ok(compiled) => format!("{compiled:?}\n{}", of_report(compiled.report())),
        Err(error) => format!("{error}\n{}", of_report(error.report().unwrap())),
    }
}

/// Its texts, and all that its `Debug` has: the diagnostics with their labels and helps.
fn of_report(report: &Report) -> String {
    format!("{:?}\n{report}\n{report:?}\n{}\n", report.source(), report.shown_text())
}

#[test]
fn every_setting_that_holds_a_secret_has_a_canary() {
    let there: Vec<&str> = canaries::CONTEXTS.iter().map(|(name, _)| *name).collect();
    let missing: Vec<String> = contextc::secret_settings().filter(|name| !there.contains(&name.as_str())).collect();
    assert!(missing.is_empty(), "no canary for {missing:?}: add a context to tests/leaks/canaries.rs");
    let known: Vec<String> = contextc::secret_settings().collect();
    let unknown: Vec<&&str> = there
        .iter()
        .filter(|name| !name.contains(' ') && **name != "cloud-config" && !known.contains(&name.to_string()))
        .collect();
    assert!(unknown.is_empty(), "canaries for settings that hold no secret: {unknown:?}");
}

#[test]
fn a_sound_context_says_nothing_of_its_secret() {
    for canary in canaries().iter().filter(|canary| !canary.name.starts_with("refused")) {
        let compiled = compiler().compile(&Source::new("canary.yaml", canary.context.as_str()));
        let compiled = compiled.unwrap_or_else(|error| panic!("{}: {}", canary.name, error.report().unwrap()));
        // What is searched for is there.
        assert!(
            canary.found(compiled.artifact().bytes()).is_some(),
            "{}: {}",
            canary.name,
            String::from_utf8_lossy(compiled.artifact().bytes())
        );
        canary.assert_not_in(said(&compiler(), &canary.context).as_bytes(), "what is said of a sound context");
    }
}

/// Of the mutations, one in so many, unless CONTEXTC_LEAKS=all asks for the others.
const SOME: usize = 7;

fn every_nth() -> usize {
    if std::env::var("CONTEXTC_LEAKS").is_ok_and(|asked| asked == "all") { 1 } else { SOME }
}

/// What a program that uses the library may print of its own values.
#[test]
fn the_addresses_of_handlers_are_not_shown() {
    let address = || "https://me:hunter2hunter2@p.example.org/?token=hunter2hunter2".to_owned();
    for handlers in [Handlers::Include(address()), Handlers::Pinned(vec![address()])] {
        assert!(!format!("{handlers:?}").contains("hunter2"));
        let said = compiler().handlers(handlers).compile(&Source::new("a.yaml", "hosts: {fqdn: a.example.org}\n"));
        assert!(!format!("{said:?}").contains("hunter2"));
    }
}

fn leaks_of(canary: &Canary) -> Vec<String> {
    let mut leaks = Vec::new();
    for (what, text) in mutations::all(canary).into_iter().step_by(every_nth()) {
        if let Some(piece) = canary.found(said(&compiler(), &text).as_bytes()) {
            leaks.push(format!("{}: {what}: {piece}\n{text}", canary.name));
        }
    }
    leaks
}

#[test]
fn a_broken_context_says_nothing_of_its_secret() {
    let leaks: Vec<String> = std::thread::scope(|threads| {
        let canaries = canaries();
        let each: Vec<_> = canaries.into_iter().map(|canary| threads.spawn(move || leaks_of(&canary))).collect();
        each.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(SEARCHES.load(Ordering::Relaxed) > 1000, "hardly anything was searched");
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}
