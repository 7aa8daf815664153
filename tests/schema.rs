//! The JSON Schema of the language and the compiler agree on what can be written: documents are made from the schema and from the
//! examples, some of them spoilt, and both judge each.

use contextc::{Compiler, Source};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Choices, one after the other; where they end, the first of each.
struct Tape(u64);

impl Tape {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    fn one_in(&mut self, odds: usize) -> bool {
        self.below(odds) == odds - 1
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

const TEXTS: &[&str] = &[
    "", " ", "x", "home", "alice", "yes", "off", "On", "nothing", "log", "poweroff", "command", "notify", "58", "100", "101", "-1", "058", "58%",
    "20G", "17%VG", "rest", "0G", "5m", "90s", "5", "0755", "755", "9999", "/", "/data", "/data/", "/etc", "data/x", "/a b", "/dev/vdb", "vdb", "auto",
    "LABEL=x", "192.0.2.1", "2001:db8::1", "head.example.org", "-head", "a_b", "https://example.org/x", "http://example.org", "ftp://example.org", "https://u:p@example.org",
    "#!/bin/sh\necho", "a\nb", "é", "-----BEGIN CERTIFICATE-----", "ssh-ed25519 AAAA x", "A=b", "make all", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "xfs", "ext4", "defaults", "1.5", "2.11.2", "embed", "a,b", "a,,b", "alice.cern.ch", "DIRECT", "http://squid.example.org:3128", "auto;DIRECT", "swap", "on-failure", "no", "generate", "late", "deb", "rpm", "open",
];

struct Maker<'a> {
    schema: &'a Value,
    tape: Tape,
}

impl Maker<'_> {
    fn resolve<'s>(&'s self, schema: &'s Value) -> &'s Value {
        match schema["$ref"].as_str() {
            Some(name) => self.resolve(self.schema.pointer(&name[1..]).unwrap()),
            None => schema,
        }
    }

    fn text(&mut self) -> Value {
        (*self.tape.pick(TEXTS)).into()
    }

    fn scalar(&mut self) -> Value {
        match self.tape.below(9) {
            0 => Value::Null,
            1 => (*self.tape.pick(&[true, false])).into(),
            2 => (*self.tape.pick(&[0, 1, 5, 58, 100, 101, 755, 1755, 9618, 70000, -1, i64::MAX])).into(),
            3 => (*self.tape.pick(&[1.5, 58.0, -0.5, 1e20, 2.1])).into(),
            4 => json!([]),
            5 => json!({}),
            _ => self.text(),
        }
    }

    fn value(&mut self, schema: &Value, depth: usize) -> Value {
        let schema = self.resolve(schema).clone();
        if depth > 12 || self.tape.one_in(60) {
            return self.scalar();
        }
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(words) = schema["enum"].as_array() {
            return self.tape.pick(words).clone();
        }
        if let Some(examples) = schema["examples"].as_array().filter(|list| !list.is_empty()) {
            if self.tape.below(3) > 0 {
                return self.tape.pick(examples).clone();
            }
        }
        for word in ["anyOf", "oneOf"] {
            if let Some(branches) = schema[word].as_array() {
                let branch = self.tape.pick(branches).clone();
                return self.value(&branch, depth + 1);
            }
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => self.tape.pick(kinds).as_str().unwrap().to_owned(),
            Value::String(kind) => kind.clone(),
            _ => return self.scalar(),
        };
        match kind.as_str() {
            "object" => self.object(&schema, depth),
            "array" => {
                let count = self.tape.below(4);
                (0..count).map(|_| self.value(&schema["items"], depth + 1)).collect()
            }
            "boolean" => self.tape.one_in(2).into(),
            "integer" => (*self.tape.pick(&[0, 1, 3, 58, 100, 8649])).into(),
            "number" => (*self.tape.pick(&[1.5, 2.0, 2.1])).into(),
            "null" => Value::Null,
            _ => self.text(),
        }
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut map = Map::new();
        let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let properties = schema["properties"].as_object().cloned().unwrap_or_default();
        let odds = 1 + properties.len() / 3;
        for (name, property) in &properties {
            let wanted = required.contains(&name.as_str());
            if wanted && !self.tape.one_in(30) || !wanted && self.tape.one_in(odds.max(2)) {
                let value = self.value(property, depth + 1);
                map.insert(name.clone(), value);
            }
        }
        if schema["additionalProperties"].is_object() {
            for _ in 0..self.tape.below(3) {
                let name = self.text().as_str().unwrap().to_owned();
                let value = self.value(&schema["additionalProperties"], depth + 1);
                map.insert(name, value);
            }
        }
        Value::Object(map)
    }

    /// A document of some blocks.
    fn document(&mut self) -> Value {
        let properties = self.schema["properties"].as_object().unwrap();
        let ours: Vec<&String> = properties.iter().filter(|(_, schema)| schema["description"] != "A key of cloud-init, passed through.").map(|(name, _)| name).collect();
        let mut map = Map::new();
        for _ in 0..1 + self.tape.below(2) {
            let name = (*self.tape.pick(&ours)).clone();
            let value = self.value(&self.schema["properties"][&name], 0);
            map.insert(name, value);
        }
        Value::Object(map)
    }

    /// One change somewhere in a document.
    fn spoil(&mut self, document: &mut Value) {
        let mut places = Vec::new();
        pointers(document, String::new(), &mut places);
        let place = self.tape.pick(&places).clone();
        let other = places[self.tape.below(places.len())].clone();
        let other = document.pointer(&other).unwrap().clone();
        let scalar = self.scalar();
        let name = self.text().as_str().unwrap().to_owned();
        let act = self.tape.below(8);
        let index = self.tape.next() as usize;
        let value = document.pointer_mut(&place).unwrap();
        match (act, value) {
            (0 | 1, Value::Object(map)) if !map.is_empty() => {
                let key = map.keys().nth(index % map.len()).unwrap().clone();
                map.remove(&key);
            }
            (2, Value::Object(map)) => {
                map.insert(name, scalar);
            }
            (3, Value::Object(map)) if !map.is_empty() => {
                let key = map.keys().nth(index % map.len()).unwrap().clone();
                let value = map.remove(&key).unwrap();
                map.insert(format!("{key}s"), value);
            }
            (4, value) => *value = json!([value.clone()]),
            (5, value) => *value = other,
            (_, value) => *value = scalar,
        }
    }
}

const LATER: &[&str] = &[];

fn deepest(error: &jsonschema::ValidationError) -> (String, String) {
    let below = match error.kind() {
        jsonschema::error::ValidationErrorKind::AnyOf { context } | jsonschema::error::ValidationErrorKind::OneOfNotValid { context } => context.iter().flatten().map(deepest).max_by_key(|(path, _)| path.matches('/').count()),
        _ => None,
    };
    let own = (error.instance_path().to_string(), format!("{} {}", error.kind().keyword(), error.to_string().chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect::<String>()));
    below.filter(|(path, _)| path.matches('/').count() >= own.0.matches('/').count()).unwrap_or(own)
}

fn pointers(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            pointers(value, format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), places)
        }),
        Value::Array(items) => items.iter().enumerate().for_each(|(index, value)| pointers(value, format!("{at}/{index}"), places)),
        _ => {}
    }
    places.push(at);
}

fn corpus() -> Vec<(PathBuf, Value)> {
    let mut found = Vec::new();
    for folder in ["examples", "examples/blocks", "tests/cases"] {
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            if path.extension().is_some_and(|e| e == "yaml") && !text.starts_with("#cloud-config") {
                if let Ok(value @ Value::Object(_)) = serde_yaml::from_str::<Value>(&text) {
                    found.push((path, value));
                }
            }
        }
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn judged(document: &Value) -> Vec<String> {
    let source = Source::new("made.yaml", format!("#contextc\n{document}\n"));
    let report = Compiler::new().structure(&source);
    let errors = report.diagnostics().iter().filter(|d| d.severity() == contextc::Severity::Error);
    errors.map(|d| format!("{}: {}", d.code(), d.message())).collect()
}

#[test]
fn discover() {
    let schema: Value = serde_json::from_str(&contextc::schema()).unwrap();
    let validator: Validator = jsonschema::draft7::new(&schema).unwrap();
    let corpus = corpus();
    let count: u64 = std::env::var("COUNT").ok().and_then(|c| c.parse().ok()).unwrap_or(3000);
    let seed: u64 = std::env::var("SEED").ok().and_then(|c| c.parse().ok()).unwrap_or(1);
    let mut groups: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let (mut sound, mut faulty) = (0, 0);
    for number in 0..count {
        let mut maker = Maker { schema: &schema, tape: Tape(seed.wrapping_mul(1 << 32) + number * 7919) };
        let mut document = if number % 2 == 0 { maker.document() } else { maker.tape.pick(&corpus).1.clone() };
        for _ in 0..maker.tape.below(3) {
            maker.spoil(&mut document);
        }
        if document.to_string().contains("{{") || !document.is_object() {
            continue;
        }
        let errors: Vec<_> = validator.iter_errors(&document).collect();
        let found = judged(&document);
        let mut note = |key: String| {
            let entry = groups.entry(key).or_insert((0, document.to_string()));
            entry.0 += 1;
            if document.to_string().len() < entry.1.len() {
                entry.1 = document.to_string();
            }
        };
        match (errors.is_empty(), found.is_empty()) {
            (true, false) => {
                let block = document.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join("+");
                let _ = block;
                for f in &found {
                    let short: String = f.split('`').enumerate().filter(|(i, _)| i % 2 == 0).map(|(_, t)| t).collect::<Vec<_>>().join("`");
                    note(format!("LAX {short}"));
                }
            }
            (false, true) => {
                let later = Compiler::new().check(&Source::new("made.yaml", format!("#contextc\n{document}\n")));
                let later: Vec<String> = later.diagnostics().iter().filter(|d| d.severity() == contextc::Severity::Error && !d.code().as_str().starts_with("content/cannot")).map(|d| d.code().to_string()).collect();
                if later.iter().any(|c| LATER.contains(&c.as_str())) { faulty += 1; continue; }
                let (path, word) = deepest(&errors[0]);
                note(format!("STRICT {word} @ {} later {later:?}", path.replace(char::is_numeric, "N")));
            }
            (true, true) => sound += 1,
            (false, false) => faulty += 1,
        }
    }
    println!("both accept {sound}, both reject {faulty}, groups {}", groups.len());
    for (key, (count, text)) in groups {
        println!("{count:5} {key}\n        {}", text.chars().take(260).collect::<String>());
    }
}
