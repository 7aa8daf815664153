//! The JSON Schema of the language and the compiler agree on what can be written: documents are made from the schema and from the
//! examples and cases, many of them spoilt, and both judge each.
//!
//! What a schema can say is structure: keys, kinds, forms and words. Reading ([`Compiler::structure`]) finds all of it, and nothing
//! of what values mean together. The few places where the two differ are [`BEYOND`] and [`LATER`].

use contextc::{Compiler, Report, Severity, Source};
use jsonschema::Validator;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::LazyLock;

/// What reading refuses, and a schema has no words for.
const BEYOND: &[&str] = &[
    "command/form",      // what a shell would make of a text
    "context/version",   // to JSON 1.0 is 1
    "cvmfs/proxy",       // an address with a scheme and a port, in groups
    "handlers/digest",   // the digest of this version
    "localfs/too-many",  // volumes and rows together
    "units/address",     // which colons are an address of IPv6
    "units/mount-point", // the directories of the system
    "yaml/too-deep",     // levels of any kind
];

/// What is structure, and is found after reading: it costs serde the whole map, or what is missing is said in one sentence. Nothing
/// is said of an empty deed where its list has another fault; so these count, too.
const LATER: &[&str] = &[
    "amiconfig/key",
    "amiconfig/section",
    "environment/name",
    "on-failure/within",
    "outcome/after-poweroff",
    "outcome/deed",
    "outcome/no-time",
    "pilot/missing",
    "pipeline/nothing",
    "target/unknown",
];

/// A few seconds, of the same documents each time; by hand `PROPTEST_CASES=100000`, and `PROPTEST_RNG_SEED=2` for others.
fn cases() -> ProptestConfig {
    let failure_persistence = Some(Box::new(proptest::test_runner::FileFailurePersistence::Off) as Box<_>);
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(4_000);
    let seed = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let rng_seed = RngSeed::Fixed(seed);
    ProptestConfig { cases, failure_persistence, max_shrink_iters: 20_000, rng_seed, ..ProptestConfig::default() }
}

static SCHEMA: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&contextc::schema()).unwrap());
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| jsonschema::draft7::new(&SCHEMA).unwrap());
static CORPUS: LazyLock<Vec<Value>> = LazyLock::new(corpus);

/// The contexts among the examples and the cases.
fn corpus() -> Vec<Value> {
    let mut paths = Vec::new();
    for folder in ["examples", "examples/blocks", "tests/cases"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        paths.extend(std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    }
    paths.sort();
    let yaml = paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let texts = yaml.filter_map(|path| std::fs::read_to_string(path).ok());
    let contexts = texts.filter(|text| !text.trim_start().to_lowercase().starts_with("#cloud-config"));
    contexts.filter_map(|text| serde_yaml::from_str(&text).ok()).filter(Value::is_object).collect()
}

/// Choices, one after the other; where they end, the first of each. A shorter tape is a simpler document.
struct Tape {
    choices: Vec<u16>,
    at: usize,
}

impl Tape {
    fn below(&mut self, end: usize) -> usize {
        let choice = self.choices.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(choice) % end.max(1)
    }

    fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == odds - 1
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

#[rustfmt::skip]
const TEXTS: &[&str] = &[
    "home", "", " ", "x", "alice", "yes", "off", "On", "nothing", "log", "poweroff", "command", "notify", "58", "100", "101", "-1", "058", "58%",
    "20G", "17%VG", "0%VG", "rest", "0G", "5m", "90s", "5", "0755", "755", "9999", "/", "/data", "/data/", "/data/../x", "//x", "/etc", "data/x", "/a b",
    "/dev/vdb", "/dev/../x", "vdb", "auto", "LABEL=x", "192.0.2.1", "192.0.2.300", "10.0.0.0/8", "2001:db8::1", "head.example.org", "-head", "a_b", "1.2",
    "https://example.org/x", "http://example.org", "ftp://example.org", "https://u:p@example.org", "#!/bin/sh\necho", "a\nb", "\u{e9}",
    "-----BEGIN CERTIFICATE-----", "ssh-ed25519 AAAA x", "A=b", "make all", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "xfs", "ext4", "defaults", "noatime,nodev", "1.5", "2.11.2", "embed", "a,b", "a,,b", "alice.cern.ch", "DIRECT", "http://squid.example.org:3128",
    "auto;DIRECT", "swap", "on-failure", "no", "generate", "late", "deb", "rpm", "open", "snapshot1", "true", "None",
];

#[rustfmt::skip]
const SLIPS: &[char] = &[
    ' ', '\t', '\n', '/', '.', ':', '-', '_', '@', '%', '#', '\\', '"', '\'', '[', '}', ',', ';', '=', '+', '~', '*', '!', '$', '0', '9', 'a', 'Z',
    '\u{e9}', '\u{85}', '\u{1}',
];

fn text(tape: &mut Tape) -> String {
    let text = Value::from(*tape.pick(TEXTS));
    slipped(text, tape).as_str().unwrap_or_default().to_owned()
}

/// A value as it is, or a text with one slip: a character too many or missing, or a stretch of it many times.
fn slipped(value: Value, tape: &mut Tape) -> Value {
    let Some(text) = value.as_str().filter(|_| tape.one_in(4)) else { return value };
    let mut letters: Vec<char> = text.chars().collect();
    let at = tape.below(letters.len() + 1);
    match tape.below(4) {
        0 => drop(letters.drain(at..(at + 1).min(letters.len()))),
        1 => letters.splice(at..at, letters.repeat(20)).for_each(drop),
        2 => letters.truncate(at),
        _ => letters.insert(at, *tape.pick(SLIPS)),
    }
    letters.into_iter().collect::<String>().into()
}

/// Any value, of any kind. No number whose digits can be written in two ways: as what stands there, it is a text. Nor 58.0, which
/// JSON Schema takes for an integer (draft 07, section 6.1.1).
fn anything(tape: &mut Tape) -> Value {
    match tape.below(9) {
        0 => Value::Null,
        1 => tape.one_in(2).into(),
        2 => (*tape.pick(&[0, 1, 5, 58, 100, 101, 755, 1755, 9618, 70_000, -1, i64::MAX])).into(),
        3 => (*tape.pick(&[1.5, -0.5, 2.1])).into(),
        4 => json!([]),
        5 => json!({}),
        _ => text(tape).into(),
    }
}

fn resolved(schema: &Value) -> &Value {
    match schema["$ref"].as_str() {
        Some(name) => resolved(SCHEMA.pointer(&name[1..]).unwrap()),
        None => schema,
    }
}

/// A value that a schema would take, mostly.
fn value(schema: &Value, tape: &mut Tape, depth: usize) -> Value {
    let schema = resolved(schema);
    if depth > 12 || tape.one_in(60) {
        return anything(tape);
    }
    let list = |word: &str| schema[word].as_array().filter(|items| !items.is_empty());
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    if let Some(words) = list("enum") {
        return tape.pick(words).clone();
    }
    if let Some(examples) = list("examples").filter(|_| !tape.one_in(3)) {
        return slipped(tape.pick(examples).clone(), tape);
    }
    if let Some(ways) = list("anyOf") {
        return value(tape.pick(ways), tape, depth + 1);
    }
    let kinds = list("type").cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    match tape.pick(&kinds).as_str() {
        Some("object") => object(schema, tape, depth),
        Some("array") => (0..tape.below(4)).map(|index| value(item(schema, index), tape, depth + 1)).collect(),
        Some("boolean") => tape.one_in(2).into(),
        Some("integer") => (*tape.pick(&[0, 1, 3, 58, 100, 8649])).into(),
        Some("number") => (*tape.pick(&[1.5, 2.0, 2.1])).into(),
        Some("null") => Value::Null,
        Some(_) => text(tape).into(),
        None => anything(tape),
    }
}

fn item(schema: &Value, index: usize) -> &Value {
    match &schema["items"] {
        Value::Array(items) => items.get(index).unwrap_or(&schema["additionalItems"]),
        items => items,
    }
}

fn object(schema: &Value, tape: &mut Tape, depth: usize) -> Value {
    let mut map = Map::new();
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let odds = 2 + schema["properties"].as_object().map_or(0, Map::len) / 3;
    for (name, property) in properties {
        let is_written = if required.contains(&name.as_str()) { !tape.one_in(30) } else { tape.one_in(odds) };
        if is_written {
            map.insert(name.clone(), value(property, tape, depth + 1));
        }
    }
    if schema["additionalProperties"].is_object() {
        for _ in 0..tape.below(3) {
            map.insert(text(tape), value(&schema["additionalProperties"], tape, depth + 1));
        }
    }
    Value::Object(map)
}

/// A document of some keys that are not cloud-init's.
fn made(tape: &mut Tape) -> Value {
    let properties = SCHEMA["properties"].as_object().unwrap();
    let ours = properties.iter().filter(|(_, schema)| schema["title"] != "a key of cloud-init");
    let ours: Vec<_> = ours.collect();
    (0..1 + tape.below(2))
        .map(|_| *tape.pick(&ours))
        .map(|(name, schema)| (name.clone(), schema))
        .collect::<Vec<_>>()
        .into_iter()
        .map(|(name, schema)| (name, value(schema, tape, 0)))
        .collect::<Map<_, _>>()
        .into()
}

fn places(value: &Value, at: String, found: &mut Vec<String>) {
    let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| places(value, format!("{at}/{}", escaped(key)), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| places(value, format!("{at}/{index}"), found))
        }
        _ => {}
    }
    found.push(at);
}

/// One change anywhere: a key gone, added or misspelled, a value of another kind, in a list, or from another place.
fn spoil(document: &mut Value, tape: &mut Tape) {
    let mut found = Vec::new();
    places(document, String::new(), &mut found);
    let elsewhere = document.pointer(tape.pick::<String>(&found)).unwrap().clone();
    let value = document.pointer_mut(tape.pick::<String>(&found)).unwrap();
    match (tape.below(8), value) {
        (act @ 0..=2, Value::Object(map)) if !map.is_empty() => {
            let key = tape.pick(&map.keys().cloned().collect::<Vec<_>>()).clone();
            let value = map.remove(&key).unwrap();
            if act == 2 {
                map.insert(format!("{key}s"), value);
            }
        }
        (3, Value::Object(map)) => drop(map.insert(text(tape), anything(tape))),
        (4, value) => *value = json!([value.clone()]),
        (5, value) => *value = elsewhere,
        (_, value) => *value = anything(tape),
    }
}

fn errors(report: &Report) -> Vec<String> {
    let errors = report.diagnostics().iter().filter(|fault| fault.severity() == Severity::Error);
    errors.map(|fault| format!("{}: {}", fault.code(), fault.message())).collect()
}

fn has(errors: &[String], codes: &[&str]) -> bool {
    errors.iter().any(|error| codes.iter().any(|code| error.split(':').next() == Some(code)))
}

/// Whether the two agree on a document; if not, why.
fn agreed(document: &Value) -> Result<bool, String> {
    let source = Source::new("made.yaml", format!("#contextc\n{document}\n"));
    let read = errors(&Compiler::new().structure(&source));
    match (VALIDATOR.validate(document), read.is_empty()) {
        (Ok(()), false) if !read.iter().any(|error| has(std::slice::from_ref(error), BEYOND)) => {
            Err(format!("the schema takes what reading refuses: {read:?}\n{document}"))
        }
        (Err(fault), true) if !has(&errors(&Compiler::new().check(&source)), LATER) => {
            Err(format!("the schema refuses what is read: {fault} at {}\n{document}", fault.instance_path()))
        }
        (verdict, _) => Ok(verdict.is_ok()),
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn the_schema_and_the_compiler_agree(choices in proptest::collection::vec(any::<u16>(), 4..400)) {
        let mut tape = Tape { choices, at: 0 };
        let mut document = if tape.one_in(2) { tape.pick(&CORPUS).clone() } else { made(&mut tape) };
        for _ in 0..tape.below(3) {
            spoil(&mut document, &mut tape);
        }
        // What a placeholder becomes is known when it is filled.
        if document.is_object() && !document.to_string().contains("{{") {
            agreed(&document).map_err(TestCaseError::fail)?;
        }
    }
}

#[test]
fn every_example_is_valid_and_most_faults_are_seen_by_an_editor() {
    let verdicts: Vec<bool> = CORPUS
        .iter()
        .filter(|document| !document.to_string().contains("{{"))
        .map(|document| agreed(document).unwrap())
        .collect();
    let valid = verdicts.iter().filter(|valid| **valid).count();
    assert!(valid > 100 && verdicts.len() - valid > 40, "{valid} of {} are valid", verdicts.len());
}

/// What longer runs found.
const FOUND: &[(&str, bool)] = &[
    (r#"{"localfs": {"mounts": [["vdd", [], "swap", "sw", 0, 0]]}}"#, false),
    (r#"{"localfs": {"mounts": [["vdd", null, "swap", "sw", 0, 0]]}}"#, false),
    (r#"{"localfs": {"mounts": [["vdd", "none", "swap", "sw", 0, 0]]}}"#, true),
    (r#"{"localfs": {"mounts": [["vdd", "/data", "xfs", "defaults", "+1", 0]]}}"#, false),
    (r#"{"disks": [{"label": "data", "filesystem": "swap", "mount": "/data"}]}"#, false),
    (r#"{"disks": [{"label": "data", "filesystem": "swapfs", "mount": "/data"}]}"#, true),
    (r#"{"nfs": {"mounts": [{"mount": "/data", "path": "/data", "server": "10.0.0.300"}]}}"#, false),
    (r#"{"nfs": {"mounts": [{"mount": "/data", "path": "/data", "server": "2001:db8::1"}]}}"#, true),
    (r#"{"nfs": {"exports": [{"path": "/data\u0085", "clients": ["a"]}]}}"#, false),
    (r#"{"boothooks": {"command": [""]}}"#, false),
    (r#"{"boothooks": {"command": ["make", ""]}}"#, true),
    (r#"{"run": {"commands": [{"name": "x", "command": ["make all"]}]}}"#, false),
    (r#"{"run": {"commands": [{"name": "x", "command": ["make", "a b", 5]}]}}"#, true),
    (r#"{"localfs": {"volumes": [{"name": "home", "size": "+5G", "mount": "/home"}]}}"#, false),
    (r#"{"localfs": {"volumes": [{"name": "home", "size": "99999999999T", "mount": "/home"}]}}"#, false),
    (r#"{"localfs": {"volumes": [{"name": "home", "size": "0020971520K", "mount": "/home"}]}}"#, true),
    (r#"{"localfs": {"parts": {"home": 5}, "wait": "99999999999999999999h"}}"#, false),
    (r#"{"localfs": {"parts": {"home": 5}, "wait": "0000000000000000000005h"}}"#, true),
];

#[test]
fn what_longer_runs_found_is_judged_alike() {
    let long = "0123456789abcdef".repeat(4);
    let mounted = format!(r#"{{"nfs": {{"mounts": [{{"mount": "/data", "path": "/data", "server": "{long}"}}]}}}}"#);
    for (text, sound) in FOUND.iter().copied().chain([(mounted.as_str(), false)]) {
        let document: Value = serde_json::from_str(text).unwrap();
        assert_eq!(agreed(&document), Ok(sound), "{text}");
    }
}
