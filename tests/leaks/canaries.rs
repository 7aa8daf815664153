//! The canaries: a secret of every kind, each in a context of its own that is sound, and what is searched for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How much of a secret may not be found anywhere.
pub const PIECE: usize = 8;

/// What belongs to everybody of the keys among the examples.
const PUBLIC: &str = "AAAAC3NzaC1lZDI1NTE5AAAAIBaNxc4DMGV1KZyJQRqasUA1YV+El4CZdu9sMQShN1lF";

/// How often something was searched for a secret.
pub static SEARCHES: AtomicUsize = AtomicUsize::new(0);

/// A secret, and a context that has it.
pub struct Canary {
    /// The setting, as the block names it among its secrets (`munge.key`), or what else it is.
    pub name: &'static str,
    pub context: String,
    pub secret: String,
    pieces: Pieces,
}

/// Pieces of a text, to be found quickly: the output is looked through at every byte, thousands of times.
struct Pieces {
    sorted: Vec<u64>,
    perhaps: Vec<bool>,
}

/// `CANARY` stands for the secret; `PEM file` for the lines of a file of `examples/files`, each as far to the right.
pub const CONTEXTS: &[(&str, &str)] = &[
    ("munge.key", "munge:\n  key: CANARY\n"),
    ("munge.key", "munge:\n  key: |\n    an example of several lines CANARY\n    CANARY\n"),
    ("munge.key", "munge: {key: \"CANARY\", install: true}\n"),
    ("munge.key", "variables:\n  cluster: CANARY\nmunge:\n  key: \"{{ cluster }}\"\n"),
    (
        "certificate.host.key",
        "certificate:\n  host:\n    certificate: {file: hostcert.pem}\n    key: |\n      PEM hostkey.pem\n",
    ),
    (
        "certificate.proxies.*",
        "users: [default, {name: alice}]\ncertificate:\n  proxies:\n    alice: |\n      PEM alice-proxy.pem\n",
    ),
    (
        "certificate.proxies.*.proxy",
        "users: [default, {name: alice}]\ncertificate:\n  proxies:\n    alice:\n      path: /tmp/alice\n      proxy: |\n        PEM alice-proxy.pem\n",
    ),
    (
        "pilot.credential",
        "pilot:\n  site: S\n  ce: w.example.org\n  vo: v\n  configuration-servers: dips://d.example.org:9135/Configuration/Server\n  base-url: https://p.example.org/\n  commands: [vm-pilot]\n  credential: |\n    PEM alice-proxy.pem\n",
    ),
    (
        "pilot.key",
        "pilot:\n  site: S\n  ce: w.example.org\n  vo: v\n  configuration-servers: dips://d.example.org:9135/Configuration/Server\n  base-url: https://p.example.org/\n  commands: [vm-pilot]\n  certificate: {file: hostcert.pem}\n  key: |\n    PEM hostkey.pem\n",
    ),
    (
        "pilot.environment.*",
        "pilot:\n  site: S\n  ce: w.example.org\n  vo: v\n  configuration-servers: dips://d.example.org:9135/Configuration/Server\n  base-url: https://p.example.org/\n  commands: [vm-pilot]\n  credential: {file: alice-proxy.pem}\n  environment:\n    FARM: CANARY\n",
    ),
    (
        "pipeline.environment.*",
        "users: [default, {name: alice}]\npipeline:\n  name: analysis\n  user: alice\n  command: make\n  environment:\n    FARM: CANARY\n",
    ),
    (
        "pipeline.*.environment.*",
        "users: [default, {name: alice}]\npipeline:\n  - name: analysis\n    user: alice\n    command: make\n    environment:\n      FARM: CANARY\n",
    ),
    (
        "run.commands.*.environment.*",
        "run:\n  commands:\n    - name: one\n      command: 'true'\n      environment:\n        FARM: CANARY\n",
    ),
    (
        "ssh-access.host-keys.*",
        "ssh-access:\n  host-names: node1.example.org\n  host-keys:\n    - |\n      PEM ssh_host_ed25519_key\n",
    ),
    (
        "ssh-access.identities.*",
        "users: [default, {name: alice}]\nssh-access:\n  identities:\n    alice: |\n      PEM id_backup\n",
    ),
    (
        "ssh-access.identities.*.key",
        "users: [default, {name: alice}]\nssh-access:\n  identities:\n    alice:\n      name: id_backup\n      key: |\n        PEM id_backup\n",
    ),
    (
        "ssh-access.identities.*.*",
        "users: [default, {name: alice}]\nssh-access:\n  identities:\n    alice:\n      - |\n        PEM id_backup\n",
    ),
    (
        "ssh-access.identities.*.*.key",
        "users: [default, {name: alice}]\nssh-access:\n  identities:\n    alice:\n      - name: id_backup\n        key: |\n          PEM id_backup\n",
    ),
    ("a variable for all", "environment:\n  DB_PASSWORD: CANARY\n"),
    ("a login in an address", "environment:\n  http_proxy: http://me:CANARY@squid.example.org:3128\n"),
    (
        "a login in an address",
        "cvmfs:\n  local:\n    repositories: alice.cern.ch\n    http-proxy: http://me:CANARY@squid.example.org:3128;DIRECT\n",
    ),
    (
        "a token in an address",
        "cvmfs:\n  local:\n    repositories: alice.cern.ch\n    http-proxy: DIRECT\n  release-package:\n    sha256: 0f0e0d0c0b0a09080706050403020100f0e0d0c0b0a090807060504030201000\n    url: https://p.example.org/cvmfs.deb?token=CANARY&x=1\n",
    ),
    (
        "a signature in an address",
        "cvmfs:\n  local:\n    repositories: alice.cern.ch\n    http-proxy: DIRECT\n  release-package:\n    sha256: 0f0e0d0c0b0a09080706050403020100f0e0d0c0b0a090807060504030201000\n    url: https://p.example.org/cvmfs.deb?sv=1&sig=CANARY\n",
    ),
    (
        "refused: a login in an address",
        "pilot:\n  site: S\n  ce: w.example.org\n  vo: v\n  configuration-servers: dips://d.example.org:9135/Configuration/Server\n  base-url: https://me:CANARY@p.example.org/\n  commands: [vm-pilot]\n  credential: {file: alice-proxy.pem}\n",
    ),
    (
        "refused: a login in an address",
        "hosts:\n  fqdn: node1.example.org\nhandlers:\n  pinned:\n    urls:\n      - https://me:CANARY@p.example.org/\n",
    ),
    (
        "a token in an address",
        "hosts:\n  fqdn: node1.example.org\nhandlers:\n  include: https://p.example.org/x?sig=CANARY\n",
    ),
    ("a token in an address", "include:\n  - https://p.example.org/x?sig=CANARY\n"),
    ("cloud-config", "password: CANARY\n"),
    ("cloud-config", "chpasswd:\n  list: |\n    root:CANARY\n    alice:CANARY\n"),
    ("cloud-config", "chpasswd:\n  users:\n    - name: root\n      password: CANARY\n      type: text\n"),
    ("cloud-config", "users:\n  - name: alice\n    passwd: $6$CANARY\n    lock_passwd: false\n"),
    ("cloud-config", "users:\n  - name: alice\n    plain_text_passwd: CANARY\n"),
    ("cloud-config", "users:\n  - {name: alice, hashed_passwd: $6$CANARY, shell: /bin/sh}\n"),
    ("cloud-config", "ssh_keys:\n  ed25519_private: |\n    PEM ssh_host_ed25519_key\n"),
    ("cloud-config", "ubuntu_pro:\n  token: CANARY\n"),
    ("cloud-config", "rh_subscription:\n  username: me\n  password: CANARY\n"),
    ("cloud-config", "phone_home:\n  url: https://p.example.org/?token=CANARY\n  tries: 2\n"),
    (
        "cloud-config",
        "apt:\n  sources:\n    batch:\n      source: deb https://me:CANARY@p.example.org/debian trixie main\n",
    ),
    (
        "cloud-config",
        "write_files:\n  - path: /etc/batch/secret\n    permissions: '0600'\n    content: |\n      password = CANARY\n",
    ),
    ("a script", "scripts:\n  - |\n    #!/bin/sh\n    export DB_PASSWORD=CANARY\n    run --token CANARY\n"),
    (
        "on-failure.do.*.notify",
        "on-failure:\n  within: 40m\n  do:\n    - notify: https://hooks.example.org/services/CANARY\n",
    ),
    ("on-failure.do.notify", "on-failure:\n  do:\n    notify: https://hooks.example.org/services/CANARY\n"),
    ("on-failure.*.notify", "on-failure:\n  - notify: https://hooks.example.org/services/CANARY\n"),
    ("amiconfig.cernvm.contextualization-key", "amiconfig:\n  cernvm:\n    contextualization-key: CANARY\n"),
    ("amiconfig.cernvm.entitlement-key", "amiconfig: {cernvm: {edition: Batch, entitlement-key: CANARY}}\n"),
    (
        "amiconfig.cernvm.users.*.password",
        "amiconfig:\n  cernvm:\n    users:\n      - {name: alice, group: alice, password: CANARY}\n",
    ),
    ("amiconfig.cernvm.x509-cert", "amiconfig:\n  cernvm:\n    x509-cert: |\n      PEM alice-proxy.pem\n"),
    ("amiconfig.cernvm.eos-x509-cert", "amiconfig:\n  cernvm:\n    eos-x509-cert: |\n      PEM alice-proxy.pem\n"),
    ("amiconfig.cernvm.environment.*", "amiconfig:\n  cernvm:\n    environment:\n      FARM: CANARY\n"),
    ("amiconfig.condor.condor-secret", "amiconfig:\n  condor:\n    condor-secret: CANARY\n    lowport: 9600\n"),
    ("amiconfig.noip.password", "amiconfig:\n  noip: {username: me, password: CANARY}\n"),
    ("amiconfig.dnsupdate.tsigkey", "amiconfig:\n  dnsupdate:\n    tsigkey: CANARY\n"),
    ("amiconfig.openvpn.key", "amiconfig:\n  openvpn:\n    key: CANARY\n    server: vpn.example.org\n"),
    ("amiconfig.sections.*.*", "amiconfig:\n  sections:\n    vaf-setup:\n      FARM: CANARY\n"),
    ("on-success.*.notify", "on-success:\n  - notify: https://hooks.example.org/services/CANARY\n"),
    ("on-success.notify", "on-success:\n  notify: https://hooks.example.org/services/CANARY\n"),
];

/// Text of which nothing else has a piece: letters and digits that depend on the number alone.
pub fn unique(number: usize) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    let mut state = number as u64 * 7919 + 17;
    let mut letter = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        char::from(LETTERS[(state >> 33) as usize % LETTERS.len()])
    };
    (0..36).map(|_| letter()).collect()
}

/// A file of the examples.
pub fn example(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/files").join(name)).unwrap()
}

pub fn canaries() -> Vec<Canary> {
    CONTEXTS.iter().enumerate().map(|(number, (name, context))| Canary::new(number, name, context)).collect()
}

/// The lines of a private key between its marks.
fn private_lines(pem: &str) -> String {
    let inside = pem.lines().skip_while(|line| !line.contains("PRIVATE KEY")).skip(1);
    inside.take_while(|line| !line.contains("-----END")).collect::<Vec<_>>().join("\n")
}

/// The rest of it, which may be known.
fn public_lines(pem: &str) -> String {
    let secret = private_lines(pem);
    pem.lines().filter(|line| !secret.contains(line)).collect::<Vec<_>>().join("\n")
}

/// A line `PEM file` becomes the lines of that file.
fn with_files(context: &str) -> (String, Option<(String, String)>) {
    let (mut text, mut secret) = (String::new(), None);
    for line in context.split_inclusive('\n') {
        let Some((indent, file)) = line.split_once("PEM ") else {
            text.push_str(line);
            continue;
        };
        let pem = example(file.trim());
        pem.lines().for_each(|line| text.push_str(&format!("{indent}{line}\n")));
        secret = Some((private_lines(&pem), public_lines(&pem)));
    }
    (text, secret)
}

impl Canary {
    pub fn new(number: usize, name: &'static str, context: &str) -> Self {
        let (context, pem) = with_files(context);
        let (secret, public) = pem.unwrap_or_else(|| (unique(number), String::new()));
        let context = context.replace("CANARY", &secret);
        let pieces = pieces(&secret, &(public + PUBLIC + &example("admin.pub")));
        Self { name, context, secret, pieces }
    }

    /// The first piece of the secret that a text has.
    pub fn found(&self, text: &[u8]) -> Option<String> {
        SEARCHES.fetch_add(1, Ordering::Relaxed);
        self.pieces.found(text).map(|piece| String::from_utf8_lossy(&piece.to_be_bytes()).into_owned())
    }

    pub fn assert_not_in(&self, text: &[u8], what: &str) {
        if let Some(piece) = self.found(text) {
            panic!("{}: `{piece}` of the secret is in {what}:\n{}", self.name, String::from_utf8_lossy(text));
        }
    }
}

/// All of a secret that may not be found: pieces of it as it is, and in the forms in which texts are carried about.
fn pieces(secret: &str, public: &str) -> Pieces {
    let mut forms: Vec<String> = secret.lines().map(str::to_owned).collect();
    for line in secret.lines() {
        // Base64 looks different by how many bytes come before.
        forms.extend(
            (0..3).map(|skipped| STANDARD.encode(&line.as_bytes()[skipped..]).trim_end_matches('=').to_owned()),
        );
        forms.push(percent(line));
        forms.push(json(line));
    }
    let windows = forms.iter().flat_map(|form| form.as_bytes().windows(PIECE));
    Pieces::new(windows.filter(|piece| !contains(public.as_bytes(), piece)).map(number).collect())
}

fn number(piece: &[u8]) -> u64 {
    piece.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn contains(text: &[u8], piece: &[u8]) -> bool {
    text.windows(piece.len()).any(|window| window == piece)
}

impl Pieces {
    fn new(mut sorted: Vec<u64>) -> Self {
        sorted.sort_unstable();
        let mut perhaps = vec![false; 1 << 16];
        sorted.iter().for_each(|piece| perhaps[Self::slot(*piece)] = true);
        Self { sorted, perhaps }
    }

    fn slot(piece: u64) -> usize {
        (piece.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize
    }

    fn found(&self, text: &[u8]) -> Option<u64> {
        let mut last = 0_u64;
        for byte in text {
            last = last << 8 | u64::from(*byte);
            if self.perhaps[Self::slot(last)] && self.sorted.binary_search(&last).is_ok() {
                return Some(last);
            }
        }
        None
    }
}

pub fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

pub fn json(text: &str) -> String {
    text.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect()
}

pub fn base64(text: &str) -> String {
    STANDARD.encode(text)
}
