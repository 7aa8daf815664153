//! What `check` says to programs, and what it does to files: formats, and `--fix`.

use contextc::diagnostics::{Judged, github, json, sarif};
use contextc::{Compiler, FileLoader, Report, Source};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

/// Every report of the cases, by the name of its file.
static REPORTS: LazyLock<Vec<(String, Vec<Report>)>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    files.sort();
    let compiler = Compiler::new().loader(FileLoader::new(&folder));
    let judge = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let report = compiler.check(&Source::from_bytes(name.clone(), fs::read(path).unwrap()));
        (name, vec![report])
    };
    files.iter().map(judge).collect()
});

fn judged(reports: &[(String, Vec<Report>)]) -> Vec<Judged<'_>> {
    reports.iter().map(|(name, reports)| Judged::new(name, reports)).collect()
}

fn list<'v>(value: &'v Value, key: &str) -> &'v Vec<Value> {
    value[key].as_array().unwrap_or_else(|| panic!("{key}: {value}"))
}

/// The text between two places, counted as a reader of the document counts.
fn between(text: &str, found: &Value) -> String {
    let offset = |place: &Value| {
        let number = |key: &str| place[key].as_u64().unwrap() as usize;
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let before: usize = lines.iter().take(number("line") - 1).map(|line| line.chars().count()).sum();
        before + number("column") - 1
    };
    let (start, end) = (offset(&found["start"]), offset(&found["end"]));
    text.chars().skip(start).take(end - start).collect()
}

#[test]
fn json_has_every_diagnostic_at_its_place() {
    let reports = &*REPORTS;
    let document: Value = serde_json::from_str(&json(&judged(reports))).unwrap();
    assert_eq!((&document["schema"], &document["verdict"]), (&1.into(), &"rejected".into()));
    assert_eq!(list(&document, "files").len(), reports.len());
    let mut fixes = 0;
    for (file, (name, reports)) in list(&document, "files").iter().zip(reports) {
        let report = &reports[0];
        assert_eq!(file["name"], name.as_str());
        assert_eq!(file["verdict"], if report.has_errors() { "rejected" } else { "right" }, "{name}");
        assert_eq!(list(file, "diagnostics").len(), report.diagnostics().len(), "{name}");
        for (found, diagnostic) in list(file, "diagnostics").iter().zip(report.diagnostics()) {
            let text = report.source().text();
            let span = diagnostic.span();
            assert_eq!(between(text, found), text[span.start..span.end], "{name}: {found}");
            assert_eq!(found["code"], diagnostic.code().as_str());
            assert_eq!(list(found, "help").len(), diagnostic.help_texts().len());
            assert_eq!(list(found, "related").len(), diagnostic.related().len());
            for (change, fix) in list(found, "fixes").iter().zip(diagnostic.fixes()) {
                assert_eq!(between(text, change), text[fix.span().start..fix.span().end]);
                assert_eq!(change["replacement"], fix.replacement());
                fixes += 1;
            }
        }
    }
    assert!(fixes >= 20);
}

/// Each key that the schema requires is there, and none that it does not know: it is made from the same types, and this holds
/// what those types leave out.
#[test]
fn json_is_as_its_schema_says() {
    let schema: Value = serde_json::from_str(&contextc::diagnostics::schema()).unwrap();
    let reports = &*REPORTS;
    let unread = [Judged::unread("absent.yaml", "no such file"), Judged::skipped("notes.txt", "prose")];
    let document: Value = serde_json::from_str(&json(&[judged(reports), unread.to_vec()].concat())).unwrap();
    assert_eq!(document["verdict"], "unread");
    let keys = |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    let fits = |value: &Value, schema: &Value| {
        let known = keys(&schema["properties"]);
        assert!(keys(value).iter().all(|key| known.contains(key)), "{value}");
        let required = list(schema, "required");
        assert!(required.iter().all(|key| value.get(key.as_str().unwrap()).is_some()), "{value}\n{required:?}");
    };
    fits(&document, &schema);
    assert_eq!((list(&document, "files").len(), list(&document, "skipped").len()), (reports.len() + 1, 1));
    fits(&list(&document, "skipped")[0], &schema["definitions"]["Skipped"]);
    for file in list(&document, "files") {
        fits(file, &schema["definitions"]["File"]);
        for found in list(file, "diagnostics") {
            fits(found, &schema["definitions"]["Found"]);
            list(found, "related").iter().for_each(|place| fits(place, &schema["definitions"]["Related"]));
            list(found, "fixes").iter().for_each(|change| fits(change, &schema["definitions"]["Change"]));
        }
    }
}

/// What SARIF 2.1.0 requires (its sections 3.13 to 3.57), and what GitHub's code scanning does.
#[test]
fn sarif_has_what_the_standard_requires() {
    let reports = &*REPORTS;
    let log: Value = serde_json::from_str(&sarif(&judged(reports))).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &list(&log, "runs")[0];
    let (driver, results) = (&run["tool"]["driver"], list(run, "results"));
    assert_eq!((&driver["name"], &run["columnKind"]), (&"contextc".into(), &"unicodeCodePoints".into()));
    assert_eq!(results.len(), reports.iter().map(|(_, reports)| reports[0].diagnostics().len()).sum::<usize>());
    let rules = list(driver, "rules");
    for rule in rules {
        assert!(rule["shortDescription"]["text"].is_string() && rule["help"]["text"].is_string(), "{rule}");
    }
    let place = |place: &Value| {
        let region = &place["region"];
        assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with(".yaml"), "{place}");
        for key in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(region[key].as_u64().unwrap() >= 1, "{place}");
        }
    };
    for result in results {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        place(&list(result, "locations")[0]["physicalLocation"]);
        for fix in result.get("fixes").and_then(Value::as_array).into_iter().flatten() {
            let replacement = &list(&list(fix, "artifactChanges")[0], "replacements")[0];
            assert!(
                replacement["deletedRegion"]["startLine"].is_u64()
                    && replacement["insertedContent"]["text"].is_string()
            );
        }
    }
}

#[test]
fn github_has_a_line_for_each_and_no_text_that_breaks_it() {
    let reports = &*REPORTS;
    let text = github(&judged(reports));
    assert_eq!(text.lines().count(), reports.iter().map(|(_, reports)| reports[0].diagnostics().len()).sum::<usize>());
    for line in text.lines() {
        let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
        assert!(head.starts_with("error file=") || head.starts_with("warning file="), "{line}");
        let title = head.rsplit_once(",title=").unwrap().1;
        assert!(title.contains('/') && !message.contains('\r'), "{line}");
    }
    let odd = [Judged::unread("50%,a:b\n.yaml", "::set-output 100%\r\n::error::")];
    assert_eq!(github(&odd), "::error file=50%25%2Ca%3Ab%0A.yaml,title=unread::::set-output 100%25%0D%0A::error::\n");
}

#[test]
fn a_name_becomes_a_uri() {
    let uri = |name: &str| {
        let log: Value = serde_json::from_str(&sarif(&[Judged::unread(name, "why")])).unwrap();
        let told = &log["runs"][0]["invocations"][0];
        assert_eq!(told["executionSuccessful"], false);
        told["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone()
    };
    assert_eq!(uri("farm/worker node.yaml"), "farm/worker%20node.yaml");
    assert_eq!(uri("/srv/a:b.yaml"), "file:///srv/a%3Ab.yaml");
}

fn check(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contextc")).current_dir(folder).arg("check").args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn the_document_goes_to_stdout_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.yaml"), "locafs: {}\n").unwrap();
    fs::write(folder.path().join("good.yaml"), "#contextc\nlocalfs: {parts: {home: 50}}\n").unwrap();
    for (format, begin) in [("json", "{"), ("sarif", "{"), ("github", "::error file=bad.yaml")] {
        let output = check(folder.path(), &["--format", format, "bad.yaml", "good.yaml"]);
        assert!(text(&output.stdout).starts_with(begin) && output.stderr.is_empty(), "{output:?}");
        assert_eq!(output.status.code(), Some(1));
        let output = check(folder.path(), &["--format", format, "good.yaml", "absent.yaml"]);
        assert!(text(&output.stdout).contains("absent.yaml"), "{output:?}");
        assert_eq!(output.status.code(), Some(2));
    }
    assert_eq!(check(folder.path(), &["--format", "github", "good.yaml"]).stdout, b"");
}

/// What of a directory nobody judged is named to programs, too, and where that is all of it the run has failed.
#[test]
fn what_was_not_judged_is_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("site/worker.yaml", "#contextc\nlocalfs: {parts: {home: 50}}\n");
    write("site/deep/notes, old.txt", "remember the milk\n");
    write("site/.git/user-data", "#cloud-config\n");
    write("site/farm", "localfs: {parts: {home: 50}}\n");
    write("site/Makefile", "all: build\nrun:\n\t./build\n");
    // What other programs read has keys that a context has, too.
    write(
        "site/package.json",
        "{\n  \"name\": \"site\",\n  \"version\": \"1.0.0\",\n  \"scripts\": {\n    \"x\": \"y\"\n  }\n}\n",
    );
    write("site/farm.tfstate", "{\n  \"version\": 4,\n  \"outputs\": {},\n  \"resources\": []\n}\n");
    write("site/nsswitch.conf", "passwd: files systemd\nhosts: files dns\n");
    write("site/results.sarif", &text(&check(folder.path(), &["--format", "sarif", "site/worker.yaml"]).stdout));
    write("empty/notes.txt", "remember the milk\n");
    let run = |format: &str, directory: &str| {
        let output = check(folder.path(), &["--strict", "--format", format, directory]);
        assert!(format == "text" || output.stderr.len() < 80, "{output:?}");
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, document, _) = run("json", "site");
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!((code, &document["verdict"]), (Some(0), &"right".into()));
    let named = |list: &Vec<Value>| list.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(named(list(&document, "files")), ["site/farm", "site/worker.yaml"]);
    let skipped = list(&document, "skipped");
    let others =
        [".git", "Makefile", "farm.tfstate", "nsswitch.conf", "package.json", "results.sarif", "deep/notes, old.txt"];
    assert_eq!(named(skipped), others.map(|name| format!("site/{name}")));
    assert_eq!(skipped[0]["why"], "a directory whose name begins with a dot");
    assert_eq!(skipped[1]["why"], "neither a context nor user-data");
    let log: Value = serde_json::from_str(&run("sarif", "site").1).unwrap();
    let told = &list(&log["runs"][0], "invocations")[0];
    let notes = list(told, "toolExecutionNotifications");
    assert_eq!((&told["executionSuccessful"], notes.len()), (&true.into(), 7));
    assert!(notes.iter().all(|note| note["level"] == "note"), "{notes:?}");
    assert_eq!(notes[6]["message"]["text"], "not judged: neither a context nor user-data");
    let uri = &notes[6]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "site/deep/notes%2C%20old.txt");
    let lines = run("github", "site").1;
    let last = "::notice file=site/deep/notes%2C old.txt,title=skipped::not judged: neither a context nor user-data";
    assert_eq!((lines.lines().count(), lines.lines().last()), (7, Some(last)));
    let files = ".git, Makefile, farm.tfstate, nsswitch.conf, package.json, results.sarif";
    assert_eq!(run("text", "site").2, format!("site: not judged: {files}\nsite/deep: not judged: notes, old.txt\n"));
    // A tab is what is wrong with a context, and hides none.
    write("tabs/farm", "localfs:\n\tparts: {home: 50}\n");
    assert_eq!(run("text", "tabs").0, Some(1));
    for (format, wanted) in [
        ("json", "\"verdict\": \"unread\""),
        ("sarif", "\"executionSuccessful\": false"),
        ("github", "::error file=empty,title=unread::`empty` has nothing to judge"),
        ("text", ""),
    ] {
        let (code, stdout, _) = run(format, "empty");
        assert!(code == Some(2) && stdout.contains(wanted), "{format}: {stdout}");
        assert!(format == "text" || stdout.contains("empty/notes.txt"), "{format}: {stdout}");
    }
}

#[test]
fn a_file_is_mended_in_its_place_and_stays_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("farm.yaml"), folder.path().join("link.yaml"));
    let written = "# the farm\r\nlocafs:  # disks\r\n  volumes: [{name: home, size: 1G, mode: 700}]\r\nmunge: {keyy: 00112233445566778899}";
    fs::write(&file, written).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("farm.yaml", &link).unwrap();
    let output = check(folder.path(), &["--fix", "link.yaml"]);
    let mended = "# the farm\r\nlocalfs:  # disks\r\n  volumes: [{name: home, size: 1G, mode: \"0700\"}]\r\nmunge: {keyy: 00112233445566778899}";
    assert_eq!(fs::read_to_string(&file).unwrap(), mended);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o640);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let said = text(&output.stderr);
    assert!(
        said.contains("-locafs:") && said.contains("+localfs:") && said.contains("context/unknown-setting"),
        "{said}"
    );
    assert!(!said.contains("00112233445566778899") && output.status.code() == Some(1), "{said}");
    // Nothing is left that surely can be mended: the file is not written again.
    let before = fs::metadata(&file).unwrap().modified().unwrap();
    let again = check(folder.path(), &["--fix", "link.yaml"]);
    assert!(!text(&again.stderr).contains("+++") && again.status.code() == Some(1));
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), before);
}

#[test]
fn what_people_did_not_write_is_not_mended() {
    let folder = tempfile::tempdir().unwrap();
    let (script, message) =
        ("#!/bin/sh\r\ntrue\r\n", "MIME-Version: 1.0\nContent-Type: text/cloud-config\n\nrun_cmd: []\n");
    for (name, bytes) in
        [("script", script.as_bytes()), ("message", message.as_bytes()), ("image", &[0xff, 0xd8, 0, 1])]
    {
        fs::write(folder.path().join(name), bytes).unwrap();
        let output = check(folder.path(), &["--fix", name]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = text(&output.stderr);
        let verdict = said.find("error[").unwrap_or_else(|| said.find("warning[").unwrap());
        assert!(said.find("mend what it is made from").is_some_and(|told| told > verdict), "{output:?}");
        assert_eq!(fs::read(folder.path().join(name)).unwrap(), bytes);
    }
    assert_eq!(check(folder.path(), &["--fix", "-"]).status.code(), Some(2));
}

/// In a directory all is judged as it is without `--fix`, and what people wrote is mended.
#[test]
fn a_directory_is_mended_as_far_as_people_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join("site").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("cloud.yaml", "#cloud-config\nrun_cmd: [date]\n");
    write("script.sh", "#!/bin/sh\n:\n");
    write("seed/user-data", "#cloud-config\nruncmd: [date]\n");
    write("seed/meta-data", "instance-id: a\n");
    let output = check(folder.path(), &["--fix", "site"]);
    let (right, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!((output.status.code(), right.lines().count()), (Some(0), 3), "{right}{said}");
    assert!(right.contains("site/script.sh: right (a script)\n") && said.contains("+runcmd: "), "{right}{said}");
    assert!(!said.contains("mend what it is made from"), "{said}");
    assert_eq!(text(&check(folder.path(), &["site"]).stdout), right);
    // A script that is wrong is rejected, and stays as it is.
    write("script.sh", "#/bin/sh\n:\n");
    let output = check(folder.path(), &["--fix", "site"]);
    assert!(output.status.code() == Some(1) && text(&output.stderr).contains("`#/bin/sh` is not `#!/bin/sh`"));
    assert_eq!(fs::read_to_string(folder.path().join("site/script.sh")).unwrap(), "#/bin/sh\n:\n");
}

#[test]
fn a_cloud_config_is_mended_from_its_first_line_on() {
    let folder = tempfile::tempdir().unwrap();
    for first in ["#cloud-config", "\u{feff}#cloud-config", "#cloud_config", "#Cloud-Config"] {
        fs::write(folder.path().join("cloud.yaml"), format!("{first}\nrun_cmd: [date]\n")).unwrap();
        let output = check(folder.path(), &["--fix", "cloud.yaml"]);
        assert_eq!(output.status.code(), Some(0), "{first}: {output:?}");
        assert_eq!(fs::read_to_string(folder.path().join("cloud.yaml")).unwrap(), "#cloud-config\nruncmd: [date]\n");
    }
    // Nobody knows where that line belongs, or whether it is a comment: nothing is done, and all of it is said.
    for first in ["---\n#cloud-config", "# cloud-config"] {
        let written = format!("{first}\nruncmd: [date]\n");
        fs::write(folder.path().join("cloud.yaml"), &written).unwrap();
        assert_eq!(check(folder.path(), &["--fix", "cloud.yaml"]).status.code(), Some(1), "{first}");
        assert_eq!(fs::read_to_string(folder.path().join("cloud.yaml")).unwrap(), written);
    }
}

fn explain(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contextc")).arg("explain").args(arguments).output().unwrap()
}

#[test]
fn explain_tells_of_a_name_or_of_those_near_it() {
    let page = explain(&["localfs/shares-over-100"]);
    assert!(page.status.success() && text(&page.stdout).contains("error[localfs/shares-over-100]"));
    let none = explain(&["locafs"]);
    assert!(none.status.code() == Some(1) && none.stdout.is_empty() && text(&none.stderr).contains("`localfs`"));
    let all = text(&explain(&[]).stdout);
    assert!(contextc::codes().iter().all(|code| all.contains(code.as_str())));
}
