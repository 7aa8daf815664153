//! Laws of the registries and of what is generated from them: they hold for every block and target, those to come too.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contextc::{Compiler, Envelope, FileLoader, Source};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn a_block_has_its_files_under_its_own_name() {
    for (name, phase, summary) in contextc::blocks() {
        // Rust has no hyphen in names of modules.
        let rust = format!("src/blocks/{}.rs", name.replace('-', "_"));
        for path in [rust, format!("examples/blocks/{name}.yaml")] {
            assert!(root().join(&path).is_file(), "the block `{name}` has no {path}");
        }
        assert!(["bootloader", "early", "late", "agent", "cloud-config", "verdict"].contains(&phase));
        let handler = format!("handlers/{name}.py");
        assert_eq!(root().join(&handler).is_file(), ["early", "late"].contains(&phase), "{handler}");
        assert!(!summary.is_empty() && !summary.ends_with('.'), "{name}: {summary}");
        // One has two words and no more, the other the rules of all outcomes.
        let own = contextc::codes().iter().any(|code| code.as_str().starts_with(&format!("{name}/")));
        assert!(own || ["metadata", "on-success"].contains(&name), "`{name}` has no rule of its own");
    }
}

#[test]
fn a_handler_belongs_to_a_block() {
    let blocks: BTreeSet<String> = contextc::blocks().map(|(name, ..)| format!("{name}.py")).collect();
    for entry in std::fs::read_dir(root().join("handlers")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with('_') || blocks.contains(&name), "handlers/{name} belongs to no block");
    }
}

fn handlers() -> Vec<String> {
    let names = std::fs::read_dir(root().join("handlers"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".py")).map(|name| format!("handlers/{name}")).collect()
}

#[test]
fn handlers_follow_the_rules_that_the_stripping_step_relies_on() {
    for path in handlers() {
        for (number, line) in text(&path).lines().enumerate() {
            let place = format!("{path}:{}: {line}", number + 1);
            assert!(line.is_ascii() && !line.contains('\t') && !line.ends_with('\\'), "{place}");
            assert!(!line.contains("'''"), "{place}");
            let quotes = line.trim_start();
            assert!(!line.contains("\"\"\"") || quotes.starts_with("\"\"\"") || quotes.ends_with("\"\"\""), "{place}");
        }
    }
}

#[test]
fn the_schema_in_the_repository_is_the_one_that_is_generated() {
    let path = root().join("schemas/contextc.schema.json");
    if std::env::var_os("CONTEXTC_BLESS").is_some() {
        std::fs::write(&path, contextc::schema()).unwrap();
    }
    let hint = "run `CONTEXTC_BLESS=1 cargo test --test laws` and read the change";
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), contextc::schema(), "{hint}");
}

/// Every schema of a setting or block in the schema of the language, with a name for messages.
fn settings(schema: &serde_json::Value, at: String, visit: &mut impl FnMut(&str, &serde_json::Value, bool)) {
    if let Some(properties) = schema["properties"].as_object() {
        let required: Vec<&serde_json::Value> = schema["required"].as_array().into_iter().flatten().collect();
        for (name, setting) in properties {
            let at = format!("{at}.{name}");
            visit(&at, setting, required.iter().any(|one| *one == name));
            settings(setting, at, visit);
        }
    }
    let below = ["anyOf", "oneOf", "allOf"].iter().flat_map(|word| schema[word].as_array().into_iter().flatten());
    below.chain([&schema["items"], &schema["additionalProperties"]]).filter(|schema| schema.is_object()).for_each(
        |schema| {
            settings(schema, at.clone(), visit);
        },
    );
    for (name, schema) in schema["definitions"].as_object().into_iter().flatten() {
        settings(schema, name.clone(), visit);
    }
}

/// What stands after `Default` in a description, where it is a value.
fn default_in_words(description: &str) -> Option<&str> {
    description.split_once("Default `")?.1.split('`').next().map(|value| value.trim_matches('"'))
}

#[test]
fn an_editor_finds_words_defaults_and_examples_in_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(&contextc::schema()).unwrap();
    let mut seen = 0;
    settings(&schema, String::new(), &mut |at, setting, _| {
        let description = setting["description"].as_str().unwrap_or_default();
        assert!(description.ends_with('.'), "{at}: {description:?}");
        seen += 1;
        let with_root = serde_json::json!({"definitions": schema["definitions"], "allOf": [setting]});
        let validator = jsonschema::draft7::new(&with_root).unwrap();
        if let Some(default) = setting.get("default").filter(|default| !default.is_null()) {
            assert!(validator.is_valid(default), "{at}: the default {default} is not valid");
        }
        // A default that depends on the place is told with a condition.
        if let Some(words) = default_in_words(description).filter(|_| !description.contains("` on `")) {
            let default = setting["default"].as_str().map_or_else(|| setting["default"].to_string(), str::to_owned);
            assert!(default == words || default == format!("[\"{words}\"]"), "{at}: {default} and `{words}`");
        }
        for example in setting["examples"].as_array().into_iter().flatten() {
            assert!(validator.is_valid(example), "{at}: {example} is not valid");
        }
    });
    assert!(seen > 300, "{seen}");
    for (name, definition) in schema["definitions"].as_object().unwrap() {
        assert!(definition["description"].as_str().unwrap_or_default().ends_with('.'), "{name}: {definition:#}");
    }
    for (name, ..) in contextc::blocks() {
        let block = &schema["properties"][name];
        assert!(block["title"] == name && !block["examples"].as_array().unwrap().is_empty(), "{name}");
    }
}

fn examples(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
}

#[test]
fn every_example_is_right() {
    let examples = [examples("examples"), examples("examples/blocks")].concat();
    assert!(examples.len() >= 3);
    for path in examples {
        let source = Source::from_bytes(path.to_string_lossy(), std::fs::read(&path).unwrap());
        let compiler = Compiler::new().loader(FileLoader::new(path.parent().unwrap()));
        let report = compiler.check(&source);
        assert!(report.diagnostics().is_empty(), "{report}");
        // What has every handler in it is too large for the smallest target, unless the machine fetches them.
        let ec2 = compiler.target(contextc::target("ec2").unwrap());
        let fetched = ec2.clone().handlers(contextc::Handlers::Pinned(vec!["https://example.org/".into()]));
        let large = ["worker-node.yaml", "dirac-pilot.yaml"].iter().any(|name| path.ends_with(name));
        let embedded = ec2.compile(&source).is_ok() || large;
        assert!(embedded && fetched.compile(&source).is_ok(), "{path:?} does not fit the smallest target");
    }
}

/// As they are written by `init`: nothing is said of them, they fit the target that they name, and they say what to change.
#[test]
fn every_starter_is_right() {
    let mut names: Vec<&str> = contextc::starters().map(|(name, _)| name).collect();
    for (name, text) in contextc::starters() {
        assert_eq!(text, self::text(&format!("examples/init/{name}.yaml")));
        let source = Source::new(format!("{name}.yaml"), text);
        let report = Compiler::new().check(&source);
        assert!(report.diagnostics().is_empty(), "{report}");
        assert!(Compiler::new().compile(&source).is_ok(), "{name}");
        assert!(text.starts_with("#contextc\n# yaml-language-server: $schema="), "{name}");
        assert!(text.contains("CHANGE") && text.lines().count() < 80, "{name}");
    }
    let mut files: Vec<String> =
        examples("examples/init").iter().map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
    files.sort();
    names.sort_unstable();
    assert_eq!(names, files);
}

/// What the starter of a cluster says in comments is right too: the key of all, and the lines of the head.
#[test]
fn the_starter_of_a_cluster_becomes_its_head() {
    let mut text = text("examples/init/cluster.yaml");
    for (from, to) in [
        ("# munge:\n#   key: {file: munge.key} ", "munge:\n  key: {file: munge.key} "),
        ("  #   exports:\n  #     -", "  exports:\n    -"),
        ("  mounts:\n    - {server: head, path: /home, mount: /home}\n", ""),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let compiler = Compiler::new().loader(FileLoader::new(root().join("examples/blocks")));
    let report = compiler.check(&Source::new("cluster.yaml", text));
    assert!(report.diagnostics().is_empty(), "{report}");
}

/// The programs that read these blocks know neither base64 nor folded lines: what the plan says is in the message as it is, and once.
#[test]
fn what_other_programs_read_is_in_the_message_line_by_line() {
    let others = contextc::blocks().filter(|(_, phase, _)| ["bootloader", "agent"].contains(phase));
    let names: Vec<&str> = others.map(|(name, ..)| name).collect();
    assert_eq!(names, ["ucernvm", "amiconfig"]);
    let both: String = names.iter().map(|name| text(&format!("examples/blocks/{name}.yaml"))).collect();
    let alone = names.iter().map(|name| text(&format!("examples/blocks/{name}.yaml")));
    let beside = format!("{both}hosts: {{hostname: node1}}\nscripts: [\"#!/bin/sh\\necho \\xe9\\n\"]\n");
    for context in alone.chain([both, beside]) {
        let source = Source::new("cernvm.yaml", context);
        let compiler = Compiler::new();
        let plan: serde_json::Value = serde_json::from_slice(&compiler.emit(&source, "plan").unwrap()).unwrap();
        let message = compiler.compile(&source).unwrap().artifact().bytes().to_vec();
        let message = String::from_utf8(message).unwrap();
        let (first, last) = ("[ucernvm-begin]", "[ucernvm-end]");
        for part in plan["parts"].as_array().unwrap() {
            let origin = part["origin"].as_str().unwrap();
            if names.contains(&origin) {
                let body = STANDARD.decode(part["body_base64"].as_str().unwrap()).unwrap();
                let body = String::from_utf8(body).unwrap();
                assert!(
                    body.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)) && body.ends_with('\n')
                );
                assert_eq!(
                    message.matches(&format!("\n\r\n{body}")).count() + message.matches(&format!("\n\n{body}")).count(),
                    1
                );
                assert!(body.lines().all(|line| line == line.trim()));
                let marked = |line: &str| message.split('\n').filter(|found| *found == line).count();
                let wanted = usize::from(source.text().contains("ucernvm:"));
                assert_eq!((marked(first), marked(last)), (wanted, wanted), "{origin}");
            }
        }
    }
}

/// Bytes after gzip, with all handlers embedded and with handlers that are fetched: what is added costs every machine.
#[test]
fn the_largest_example_does_not_grow_unseen() {
    let path = root().join("examples/worker-node.yaml");
    let source = Source::from_bytes("worker-node.yaml", std::fs::read(&path).unwrap());
    let compiler = Compiler::new().loader(FileLoader::new(path.parent().unwrap())).envelope(contextc::Envelope::Gzip);
    let size = |compiler: &Compiler| compiler.compile(&source).unwrap().artifact().bytes().len();
    let fetched = compiler.clone().handlers(contextc::Handlers::Pinned(vec!["https://example.org/".into()]));
    assert!(size(&compiler) <= 23 * 1024, "{} bytes", size(&compiler));
    assert!(size(&fetched) <= 10 * 1024, "{} bytes", size(&fetched));
}

#[test]
fn every_yaml_block_of_the_readme_is_right() {
    let readme = text("README.md");
    let blocks: Vec<&str> = readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let loader = FileLoader::new(root().join("examples/files"));
        let report = Compiler::new().loader(loader).check(&Source::new("README.md", block));
        assert!(!report.has_errors(), "{report}\n{block}");
    }
}

#[test]
fn the_readme_shows_the_farm_example_as_it_is() {
    let farm = text("examples/virtual-farm.yaml");
    assert!(text("README.md").contains(farm.trim_end()));
}

#[test]
fn the_readme_has_the_tables_that_the_registries_print() {
    let readme = text("README.md");
    for (name, phase, summary) in contextc::blocks() {
        let row = format!("| `{name}` | {phase} | {summary} |");
        assert!(readme.contains(&row), "README.md lacks the row\n{row}");
    }
    let printed = std::process::Command::new(env!("CARGO_BIN_EXE_contextc"))
        .args(["targets", "--format", "markdown"])
        .output()
        .unwrap();
    let table = String::from_utf8(printed.stdout).unwrap();
    assert!(
        table.lines().count() > 20 && readme.contains(&table),
        "README.md lacks what `contextc targets --format markdown` prints\n{table}"
    );
}

#[test]
fn targets_are_found_by_every_name_and_accept_something() {
    let mut seen = BTreeSet::new();
    for target in contextc::targets() {
        for name in [&[target.name()], target.aliases()].concat() {
            assert!(seen.insert(name), "two targets are called `{name}`");
            assert_eq!(contextc::target(name), Some(target));
        }
        assert!(!target.envelopes().is_empty());
        if let Some((_, source)) = target.limit_source() {
            assert!(source.len() > 20, "{target}: a limit says where its number is from");
        }
    }
}

#[test]
fn envelopes_are_read_by_their_names() {
    for envelope in Envelope::ALL {
        assert_eq!(envelope.name().parse(), Ok(*envelope));
    }
}

#[test]
fn the_bundle_is_named_after_its_digest() {
    let bundle = contextc::handlers();
    assert_eq!(bundle.name(), format!("contextc-handlers-{}.py", &bundle.sha256()[..12]));
    assert!(bundle.text().is_ascii() && bundle.text().starts_with("#part-handler\n"));
}

/// Files and folders are rooms with names of their own.
#[test]
fn no_room_is_called_common_or_util() {
    let mut folders = vec![root().join("src"), root().join("handlers"), root().join("tests")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            assert!(!["util", "utils", "common", "helpers", "misc", "prelude"].contains(&stem.as_str()), "{path:?}");
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
}

#[test]
fn the_schemas_of_what_is_printed_are_those_that_are_generated() {
    let printed = [
        ("machines", contextc::summary::schema()),
        ("diagnostics", contextc::diagnostics::schema()),
        ("inspection", contextc::inspect::schema()),
        ("difference", contextc::diff::schema()),
        ("simulation", contextc::simulate::schema()),
    ];
    for (name, schema) in printed {
        let path = root().join(format!("schemas/{name}.schema.json"));
        if std::env::var_os("CONTEXTC_BLESS").is_some() {
            std::fs::write(&path, &schema).unwrap();
        }
        let hint = "run `CONTEXTC_BLESS=1 cargo test --test laws` and read the change";
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), schema, "{hint}");
    }
}

/// A machine writes its summary in Python, and it is read here: what the one writes, the other knows.
#[test]
fn what_a_machine_says_of_itself_is_what_is_read() {
    let keys = |schema: &serde_json::Value| -> BTreeSet<String> {
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let written: serde_json::Value = serde_json::from_str(&text("schemas/summary.schema.json")).unwrap();
    let read: serde_json::Value = serde_json::from_str(&contextc::summary::schema()).unwrap();
    let items = |key: &str| keys(&written["properties"][key]["items"]);
    for (list, name) in [("blocks", "Block"), ("scripts", "Script"), ("modules", "Module")] {
        assert_eq!(items(list), keys(&read["definitions"][name]), "{list}");
    }
    // `machine` is called `state` in the list; the others matter to nobody off the machine.
    let known = keys(&read["definitions"]["Machine"]);
    let missing: Vec<String> = keys(&written).into_iter().filter(|key| !known.contains(key)).collect();
    assert_eq!(missing, ["machine", "python", "schema"]);
}
