//! `contextc launch`: what is printed is what tools get, whatever the values are.

use contextc::{Compiled, Compiler, Envelope, Format, Handlers, Order, Source, Target};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// Small enough for every target.
fn compiled(target: &'static Target) -> &'static Compiled {
    static COMPILED: LazyLock<BTreeMap<&str, Compiled>> =
        LazyLock::new(|| contextc::targets().map(|target| (target.name(), pinned(target))).collect());
    &COMPILED[target.name()]
}

fn pinned(target: &'static Target) -> Compiled {
    let pinned = Handlers::Pinned(vec!["https://farm.example.org/handlers.py".into()]);
    let compiler = Compiler::new().target(target).handlers(pinned);
    compiler.compile(&Source::new("worker.yaml", "localfs: {parts: {home: 60}}\n")).unwrap()
}

fn with_shell() -> impl Iterator<Item = &'static Target> {
    contextc::targets().filter(|target| target.formats().any(|format| format == Format::Shell))
}

fn launched(target: &'static Target, order: &Order, format: Format) -> Result<String, String> {
    let launched = compiled(target).launch(order, format).map_err(|error| error.to_string())?;
    Ok(launched.text().into())
}

#[test]
fn every_target_is_launched_but_generic() {
    let without: Vec<&str> =
        contextc::targets().filter(|target| !with_shell().any(|other| other == *target)).map(Target::name).collect();
    assert_eq!(without, ["generic"]);
}

#[test]
fn a_format_that_a_target_lacks_is_refused_with_those_it_has() {
    let refused =
        |target: &str, format| launched(contextc::target(target).unwrap(), &Order::new(), format).unwrap_err();
    assert_eq!(refused("ec2", Format::Heat), "ec2 has no format `heat`: it has shell, tofu, ansible");
    assert!(refused("generic", Format::Shell).starts_with("nothing launches generic"));
}

#[test]
fn what_a_tool_would_read_in_place_of_a_value_is_refused() {
    let ordered = |target: &str, order: &Order| launched(contextc::target(target).unwrap(), order, Format::Shell);
    for image in ["file:///etc/passwd", "fileb://x", "https://example.org/x"] {
        assert!(ordered("ec2", &Order::new().image(image)).unwrap_err().contains("in its place"));
    }
    assert!(ordered("azure", &Order::new().image("@/etc/passwd")).unwrap_err().contains("begins with `@`"));
    assert!(ordered("azure", &Order::new().image("me@x")).is_ok());
}

#[test]
fn a_stack_has_no_gzip() {
    let compiler = Compiler::new().target(contextc::target("openstack").unwrap()).envelope(contextc::Envelope::Gzip);
    let compiled = compiler.compile(&Source::new("worker.yaml", "localfs: {parts: {home: 60}}\n")).unwrap();
    let refused = compiled.launch(&Order::new(), Format::Heat).unwrap_err().to_string();
    assert!(refused.contains("`--envelope plain`"), "{refused}");
    assert!(compiled.launch(&Order::new(), Format::Shell).is_ok());
}

#[test]
fn a_loop_that_fails_ends_and_says_so() {
    let text = launched(
        contextc::target("hetzner").unwrap(),
        &Order::new().image("i").flavor("f").key("k").count(5),
        Format::Shell,
    )
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let tool = folder.path().join("hcloud");
    for (code, times) in [(1, 1), (0, 5)] {
        fs::write(&tool, format!("#!/bin/sh\necho x >>\"${{0%/*}}/ran\"\nexit {code}\n")).unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        let path = std::env::join_paths([folder.path(), Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
        let status = Command::new("sh").args(["-c", &text]).env("PATH", path).stdin(Stdio::null()).status().unwrap();
        let ran = fs::read_to_string(folder.path().join("ran")).unwrap();
        assert_eq!((status.success(), ran.lines().count()), (code == 0, times), "{text}");
        fs::remove_file(folder.path().join("ran")).unwrap();
    }
}

/// The places of an order, with values that stand for themselves.
#[derive(Clone, Debug)]
struct Values {
    image: String,
    flavor: String,
    key: String,
    name: String,
    path: String,
}

impl Values {
    fn marks() -> Self {
        let mark = |word: &str| format!("MARK{word}");
        Self { image: mark("i"), flavor: mark("f"), key: mark("k"), name: mark("n"), path: mark("p") }
    }

    /// The order of what a target has places for.
    fn order(&self, target: &'static Target, count: u32) -> Order {
        let mut order = Order::new().count(count);
        type Set = fn(Order, &str) -> Order;
        let sets: [(&str, Set); 5] = [
            (&self.image, |order, value| order.image(value)),
            (&self.flavor, |order, value| order.flavor(value)),
            (&self.key, |order, value| order.key(value)),
            (&self.name, |order, value| order.name(value)),
            (&self.path, |order, value| order.user_data(value)),
        ];
        let compiled = compiled(target);
        for (value, set) in sets {
            let more = set(order.clone(), value);
            let refused = compiled.launch(&more, Format::Shell).err().map(|error| error.to_string());
            if refused.as_ref().is_some_and(|refused| refused.contains("has no place in")) {
                continue;
            }
            order = more;
        }
        order
    }

    /// A word with the marks replaced by these values.
    fn put_into(&self, word: &str) -> String {
        let path = if self.path.starts_with('-') { format!("./{}", self.path) } else { self.path.clone() };
        [("MARKi", &self.image), ("MARKf", &self.flavor), ("MARKk", &self.key), ("MARKn", &self.name), ("MARKp", &path)]
            .iter()
            .fold(word.to_owned(), |word, (mark, value)| word.replace(mark, value))
    }
}

/// Programs that write down the words they are given, in a directory of their own.
struct Stubs(tempfile::TempDir);

const TOOLS: &[&str] = &[
    "aliyun",
    "aws",
    "az",
    "cat",
    "cernvm-launch",
    "cmk",
    "cp",
    "doctl",
    "euca-run-instances",
    "exo",
    "gcloud",
    "govc",
    "hcloud",
    "lxc",
    "maas",
    "occi",
    "oci",
    "onetemplate",
    "openstack",
    "pvesh",
    "qemu-system-x86_64",
    "qm",
    "scw",
    "ssh",
    "stratus-run-instance",
    "vagrant",
    "virt-install",
];

impl Stubs {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for tool in TOOLS {
            let path = folder.path().join(tool);
            fs::write(
                &path,
                "#!/bin/sh\nprintf '%s\\0' \"${0##*/}\" \"$@\" >> \"$WORDS\"\nprintf '\\1\\0' >> \"$WORDS\"\n",
            )
            .unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(folder)
    }

    /// The words of every command that a text runs, in a shell.
    fn words(&self, text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let words = folder.path().join("words");
        let path = std::env::join_paths([self.0.path(), Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
        // What is not given is given here, and a value is given by none of it.
        let mut command = Command::new("sh");
        command.args(["-c", text]).current_dir(folder.path()).env_clear().env("PATH", path).env("WORDS", &words);
        for variable in
            ["ADDRESS_OF_THE_SEED", "AVAILABILITY_DOMAIN", "COMPARTMENT_ID", "ENDPOINT", "HOST", "PROFILE", "PROXY"]
        {
            command.env(variable, variable);
        }
        for variable in
            ["REGION", "RESOURCE_GROUP", "SECURITY_GROUP_ID", "STORAGE", "SUBNET_ID", "SYSTEM_ID", "VSWITCH_ID", "ZONE"]
        {
            command.env(variable, variable);
        }
        let output = command.stdin(Stdio::null()).output().unwrap();
        let read = fs::read(&words).unwrap_or_default();
        assert!(!read.is_empty(), "nothing was run by\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(read).unwrap().split('\0').map(str::to_owned).collect()
    }
}

static STUBS: LazyLock<Stubs> = LazyLock::new(Stubs::new);

/// Files that a redirection names must be there; these have one, whose name is then no longer any.
fn opens_its_file(target: &Target) -> bool {
    ["alibaba", "azure", "cloudstack", "lxd", "maas", "opennebula", "ssh", "vmware"].contains(&target.name())
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-zA-Z0-9._/:@=+-]{1,6}",
        Just("'".to_owned()),
        Just("\"".to_owned()),
        Just("$(touch x)".to_owned()),
        Just("`id`".to_owned()),
        Just("${HOME}".to_owned()),
        Just("\n".to_owned()),
        Just("\\".to_owned()),
        Just(" ".to_owned()),
        Just("%i%%".to_owned()),
        Just("*".to_owned()),
        Just("~".to_owned()),
        Just("{a,b}".to_owned()),
        Just("#;&|<>!()".to_owned()),
        Just("\u{e9}\u{1f600}\u{2028}".to_owned()),
        Just("\t\r".to_owned()),
    ];
    proptest::collection::vec(piece, 1..5).prop_map(|pieces| format!("x{}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    /// A real shell splits the line into the words that it has for plain values, with the values in their places; or a
    /// message refuses what the tool cannot carry.
    #[test]
    fn a_shell_gives_tools_the_values_as_they_are(
        image in hostile(), flavor in hostile(), key in hostile(), name in hostile(), path in hostile(), count in 1_u32..6,
    ) {
        let values = Values { image, flavor, key, name, path };
        for target in with_shell() {
            let marks = Values::marks();
            let Ok(plain) = launched(target, &marks.order(target, count), Format::Shell) else { continue };
            let mut values = values.clone();
            if opens_its_file(target) {
                values.path = marks.path.clone();
            }
            let text = match launched(target, &values.order(target, count), Format::Shell) {
                Ok(text) => text,
                Err(refused) => {
                    prop_assert!(refused.contains("holds `") || refused.contains("control character"), "{target}: {refused}");
                    continue;
                }
            };
            let touch = if opens_its_file(target) { "echo x > MARKp\n" } else { "" };
            let expected: Vec<String> = STUBS.words(&format!("{touch}{plain}")).iter().map(|word| values.put_into(word)).collect();
            prop_assert_eq!(STUBS.words(&format!("{touch}{text}")), expected, "{}: {}", target, text);
        }
    }
}

#[test]
fn what_no_tool_can_carry_is_refused() {
    let openstack = contextc::target("openstack").unwrap();
    for (order, said) in [
        (Order::new().image("-x"), "`--image` begins with `-`"),
        (Order::new().name(""), "`--name` is empty"),
        (Order::new().key("a\0b"), "`--key` holds a NUL"),
        (Order::new().count(0), "`--count 0` launches nothing"),
        (Order::new().user_data(""), "`--user-data` is empty"),
    ] {
        let refused = launched(openstack, &order, Format::Shell).unwrap_err();
        assert!(refused.starts_with(said), "{refused}");
    }
    for (target, order, said) in [
        ("stratuslab", Order::new().user_data("a,b"), "`--user-data` holds `,`: stratus-run-instance splits"),
        ("stratuslab", Order::new().user_data("a#b"), "`--user-data` holds `#`"),
        ("nocloud", Order::new().image("a,b"), "`--image` holds `,`: qemu"),
        ("nocloud", Order::new().count(2), "`--count` has no place with nocloud"),
        ("maas", Order::new().name("w"), "`--name` has no place in the command line of maas"),
        ("opennebula", Order::new().name("a%i"), "`--name` holds `%`"),
        ("vagrant", Order::new().image("a\nEND\nid"), "`--image` holds a control character"),
    ] {
        let refused = launched(contextc::target(target).unwrap(), &order, Format::Shell).unwrap_err();
        assert!(refused.starts_with(said), "{refused}");
    }
}

#[test]
fn a_path_is_never_an_option_or_standard_input() {
    for (path, word) in [("-", "./-"), ("--help", "./--help"), ("/tmp/x", "/tmp/x")] {
        let text =
            launched(contextc::target("hetzner").unwrap(), &Order::new().user_data(path), Format::Shell).unwrap();
        assert!(text.trim_end().ends_with(&format!("--user-data-from-file {word}")), "{text}");
    }
}

/// A value that is missing must not launch something else.
#[test]
fn a_line_with_something_missing_runs_nothing() {
    for target in with_shell() {
        let launched = compiled(target).launch(&Order::new(), Format::Shell).unwrap();
        let (text, missing) = (launched.text(), launched.missing());
        for name in missing {
            let variable = format!("${{{name}:?");
            assert!(
                text.contains(&variable) || text.contains(&format!("ENV.fetch('{name}')")),
                "{target}: {name} in {text}"
            );
        }
        assert_eq!(missing.iter().collect::<BTreeSet<_>>().len(), missing.len(), "{target}");
    }
    let openstack = launched(contextc::target("openstack").unwrap(), &Order::new(), Format::Shell).unwrap();
    let output = Command::new("sh").args(["-c", &openstack]).env_clear().output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("the image"));
}

#[test]
fn machines_are_numbered() {
    let hetzner = contextc::target("hetzner").unwrap();
    let lines = |count| {
        let order = Order::new().image("i").flavor("f").name("w").count(count);
        STUBS
            .words(&launched(hetzner, &order, Format::Shell).unwrap())
            .iter()
            .filter(|word| word.starts_with('w'))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(1), ["w"]);
    assert_eq!(lines(2), ["w-1", "w-2"]);
    assert_eq!(lines(5), ["w-1", "w-2", "w-3", "w-4", "w-5"]);
    let one = Order::new().image("t").name("w").count(4);
    let text = launched(contextc::target("opennebula").unwrap(), &one, Format::Shell).unwrap();
    assert!(text.ends_with("--name w-%i --multiple 4\n"), "{text}");
}

/// The key that makes cloud-init decode is there with the envelopes that need it, and with no other.
#[test]
fn the_encoding_follows_the_envelope() {
    let text = |target: &str, envelope, format| {
        let pinned = Handlers::Pinned(vec!["https://farm.example.org/handlers.py".into()]);
        let compiler = Compiler::new().target(contextc::target(target).unwrap()).handlers(pinned).envelope(envelope);
        let compiled = compiler.compile(&Source::new("worker.yaml", "localfs: {parts: {home: 60}}\n")).unwrap();
        compiled
            .launch(&Order::new(), format)
            .map(|launched| launched.text().to_owned())
            .map_err(|error| error.to_string())
    };
    assert!(!text("gce", Envelope::Plain, Format::Shell).unwrap().contains("encoding"));
    assert!(text("gce", Envelope::GzipBase64, Format::Shell).unwrap().contains("--metadata=user-data-encoding=base64"));
    assert!(text("gce", Envelope::GzipBase64, Format::Tofu).unwrap().contains("\"user-data-encoding\": \"base64\""));
    assert!(
        text("vmware", Envelope::GzipBase64, Format::Shell)
            .unwrap()
            .contains("guestinfo.userdata.encoding=gzip+base64")
    );
    assert!(text("vmware", Envelope::Base64, Format::Shell).unwrap().contains("guestinfo.userdata.encoding=base64"));
    assert!(text("ec2", Envelope::Plain, Format::Tofu).unwrap().contains("\"user_data\": \"${file("));
    assert!(text("ec2", Envelope::Gzip, Format::Tofu).unwrap().contains("\"user_data_base64\": \"${filebase64("));
    assert!(text("cloudstack", Envelope::GzipBase64, Format::Tofu).unwrap().contains("\"user_data\": \"${file("));
    assert!(text("azure", Envelope::Plain, Format::Tofu).unwrap().contains("\"custom_data\": \"${filebase64("));
    for (target, format) in [("ec2", Format::Ansible), ("azure", Format::Shell), ("azure", Format::Ansible)] {
        assert!(text(target, Envelope::Gzip, format).unwrap_err().contains("is gzip"), "{target} {format}");
    }
}
