//! A machine in a directory, and what runs on it.

use contextc::{Compiler, FileLoader, Source};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A machine in a directory, with the services of one context.
pub struct Machine {
    pub root: TempDir,
    pub services: Vec<Value>,
}

/// What would need root, a network, or time. `$R` is the directory of the machine.
const STAND_INS: &[(&str, &str)] = &[
    ("setpriv", "while [ \"$1\" != \"${1#--}\" ]; do shift 2; done\nexec \"$@\""),
    ("getent", "echo \"x:x:1:1::$R/home/$2:/bin/sh\""),
    ("id", "echo 1"),
    ("chown", ":"),
    ("systemctl", "echo \"$*\" >>$R/calls"),
    ("poweroff", ":"),
    ("mountpoint", "[ -e $R/mounted ]"),
    ("sleep", "exec /bin/sleep 0.05"),
    ("install", "[ $1 = -d ] && { shift 5; exec mkdir -p \"$1\"; }\nshift 7\nexec cp \"$1\" \"$2\""),
    ("nft", "cat >$R/rules\n[ -e $R/nft ]"),
    ("iptables", "[ -e $R/iptables ] && echo \"$*\" >>$R/calls"),
    ("ip6tables", "[ -e $R/ip6tables ] && echo \"6 $*\" >>$R/calls"),
];

impl Machine {
    pub fn new(context: &str) -> Self {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().to_str().unwrap().to_owned();
        let source = Source::new("context.yaml", context.replace("ROOT", &path));
        let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/files");
        let compiler = Compiler::new().loader(FileLoader::new(&examples));
        let message = String::from_utf8(compiler.emit(&source, "message").unwrap()).unwrap();
        let body = |name: &str| {
            let line = message.lines().find(|line| line.starts_with(&format!("{{\"{name}\":")))?;
            Some(serde_json::from_str::<Value>(line).unwrap()[name].clone())
        };
        let services = body("pipeline").map(|settings| settings["services"].as_array().unwrap().clone());
        let of_pilot = || body("pilot").map(|settings| vec![settings["service"].clone(), settings["closing"].clone()]);
        let mut services = services.or_else(of_pilot).unwrap();
        services.retain(|service| !service.is_null());
        let machine = Self { root, services };
        machine.write("var/lib/cloud/data/instance-id", "i-1\n", 0o644);
        machine.write("route", "eth0\t00000000\t0202000A\n", 0o644);
        for (name, text) in STAND_INS {
            machine.write(&format!("stand-ins/{name}"), &format!("#!/bin/sh\nR={path}\n{text}\n"), 0o755);
        }
        for folder in ["home/alice", "var/log/contextc", "var/lib/contextc"] {
            fs::create_dir_all(machine.at(folder)).unwrap();
        }
        machine.install();
        machine
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str, mode: u32) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap_or_default()
    }

    /// What the handler does, with every path moved below the directory.
    fn install(&self) {
        let root = self.root.path().to_str().unwrap();
        for service in &self.services {
            for file in service["files"].as_array().unwrap() {
                let mut text = file[1].as_str().unwrap().replace("/proc/net/route", &format!("{root}/route"));
                text = text.replace("/proc/net/if_inet6", &format!("{root}/if_inet6"));
                text = text.replacen("PATH=/usr", &format!("PATH={root}/stand-ins:/usr"), 1);
                for folder in
                    ["/var/lib/", "/var/log/", "/var/spool/", "/usr/local/lib/", "/usr/local/sbin/", "/run/contextc"]
                {
                    text = text.replace(folder, &format!("{root}{folder}"));
                }
                self.write(file[0].as_str().unwrap().trim_start_matches('/'), &text, 0o700);
            }
            let instance = format!("var/lib/contextc/{}.instance", service["name"].as_str().unwrap());
            self.write(&instance, "i-1\n", 0o600);
        }
    }

    /// Starts a service as its unit does.
    pub fn start(&self, service: usize) -> Started {
        Started(Some(self.command(service).spawn().unwrap()))
    }

    pub fn command(&self, service: usize) -> Command {
        let files = self.services[service]["files"].as_array().unwrap();
        let program = self.at(files.last().unwrap()[0].as_str().unwrap().trim_start_matches('/'));
        // A group of its own, as a unit has: what is stopped is stopped with all that it started.
        let mut command = Command::new(program);
        command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null());
        command
    }

    /// Starts a service and waits for its end.
    pub fn run(&self, service: usize) -> (Option<i32>, String) {
        self.start(service).end()
    }
}

/// A service that runs. It ends with its test, whatever it has started and however the test ends.
pub struct Started(Option<Child>);

impl Started {
    /// How it ends and what it says: within a time, for nobody else ends a script that waits for ever.
    pub fn end(mut self) -> (Option<i32>, String) {
        until("the service ends", || self.child().try_wait().unwrap().is_some());
        // What it left behind would keep its output open.
        self.stop("-KILL");
        let output = self.0.take().unwrap().wait_with_output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    }

    pub fn child(&mut self) -> &mut Child {
        self.0.as_mut().unwrap()
    }

    /// As systemd stops a unit: every process of it. Whether there was one.
    pub fn stop(&mut self, signal: &str) -> bool {
        let group = format!("-{}", self.child().id());
        let killed = Command::new("/bin/kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
        killed.is_ok_and(|status| status.success())
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if self.0.is_some() {
            self.stop("-KILL");
            self.child().wait().ok();
        }
    }
}

pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < Duration::from_secs(30), "{what} never held");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn shortly() {
    std::thread::sleep(Duration::from_millis(500));
}
