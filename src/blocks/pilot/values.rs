//! Values of pilots: names, servers, the number of slots.

use crate::blocks::Check;
use crate::language::diagnostic::Code;
use crate::language::fault::Fault;
use crate::language::path::Path;
use crate::language::units::{CommaList, Duration, Numbers, Unit, UserName, quoted, unit};

pub(super) const WORD: Code = Code::new("pilot/word", "A name of DIRAC's is one word, without spaces.");
pub(super) const SLOTS: Code = Code::new("pilot/slots", "There are 1 to 99 slots, or one for each core.");
pub(super) const SERVER: Code = Code::new(
    "pilot/configuration-server",
    "A configuration server is an address: `dips://` or `https://`, host and port.",
);

pub(super) const PERIOD: Code =
    Code::new("pilot/period", "Between two heartbeats there is some time, or the machine does nothing else.");

pub(super) const USER: Code =
    Code::new("pilot/user", "What pilots fetch and run is not the administrator's: they have accounts of their own.");

unit!(Word, Slots);

/// A name that is passed on as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word(pub String);

impl Unit for Word {
    const EXPECTS: &'static str = "one word, like `CLOUD.Example.org`";
    const PATTERN: &'static str = "^[!-~]+$";
    const NUMBERS: Numbers = Numbers::Any;

    fn parse(text: &str) -> Result<Self, Fault> {
        match !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            true => Ok(Self(text.to_owned())),
            false => Err(Fault::new(
                WORD,
                format!("{} is not one word", quoted(text)),
                "write the name as DIRAC has it, like `CLOUD.Example.org`",
            )),
        }
    }
}

/// How many pilots run at once. `None`: one for each core.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Slots(Option<u8>);

impl Slots {
    /// As the script takes it.
    pub fn shell(self) -> String {
        self.0.map_or(String::new(), |slots| slots.to_string())
    }
}

impl Unit for Slots {
    const EXPECTS: &'static str = "a number of slots, or `cores`";
    const PATTERN: &'static str = "^(cores|[1-9][0-9]?)$";
    const NUMBERS: Numbers = Numbers::Whole(1, 99);

    fn parse(text: &str) -> Result<Self, Fault> {
        let digits = text.starts_with(|c: char| ('1'..='9').contains(&c));
        match text.parse::<u8>() {
            _ if text == "cores" => Ok(Self(None)),
            Ok(slots) if digits && (1..=99).contains(&slots) => Ok(Self(Some(slots))),
            _ => Err(Fault::new(
                SLOTS,
                format!("{} is not a number of slots", quoted(text)),
                "write a number from 1 to 99, or `cores`",
            )),
        }
    }
}

pub(super) fn check_period(period: Option<Duration>, cx: &mut Check) {
    if period == Some(Duration(0)) {
        let at = Path::root().key("heartbeat").key("period");
        let fault = cx.error(PERIOD, &at, "this would write the heartbeat without a pause");
        cx.push(fault.help("write how often it is written, like `5m`"));
    }
}

pub(super) fn check_servers(servers: Option<&CommaList>, cx: &mut Check) {
    let Some(CommaList(servers)) = servers else { return };
    let list = Path::root().key("configuration-servers");
    for (index, server) in servers.iter().enumerate() {
        let host = ["dips://", "https://"].iter().find_map(|scheme| server.strip_prefix(scheme));
        let graphic = server.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',');
        if host.is_none_or(|host| host.is_empty() || host.starts_with('/')) || !graphic {
            let fault =
                cx.error(SERVER, &list.index(index), format!("{} is not a configuration server", quoted(server)));
            cx.push(
                fault.help("write `dips://dirac.example.org:9135/Configuration/Server`, or its `https://` address"),
            );
        }
    }
    if servers.is_empty() && cx.sound() {
        let fault = cx.error(SERVER, &list, "there is no configuration server");
        cx.push(fault.help("add one, like `dips://dirac.example.org:9135/Configuration/Server`"));
    }
}

pub(super) const LONG_USER: Code = Code::new(
    "pilot/long-user",
    "An account has 32 characters at most, and the number of a slot takes up to three of them.",
);

/// What is left of an account's name.
const LONGEST_USER: usize = 29;

pub(super) fn check_user(user: Option<&UserName>, cx: &mut Check) {
    if let Some(UserName(name)) = user.filter(|user| user.0.len() > LONGEST_USER) {
        let message = format!("`{name}` has {} characters, and the number of a slot follows it", name.len());
        let fault = cx.error(LONG_USER, &Path::root().key("user"), message);
        cx.push(fault.help(format!("write a name of {LONGEST_USER} characters at most, like `pilot`")));
    }
    if user.is_some_and(|user| user.0 == "root") {
        let fault = cx.error(USER, &Path::root().key("user"), "pilots do not run as `root`");
        cx.push(fault.help("give another name, or none for `pilot`"));
    }
}
