//! Programs that are told a secret by a word of their command.

use super::commands::{headers, logins, up_to_its_end};
use super::lines::Found;
use super::names_a_secret;

/// Where the secret stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the same word: `-pWORD`.
    Attached,
    /// In the next word.
    Next,
    /// In either.
    Both,
    /// In some word up to the end of the command.
    Rest,
}

type Options = &'static [(&'static str, Place)];

/// The words after which a program is told a secret, as its manual page says; beside options whose names say so.
fn options_of(program: &str) -> Options {
    use Place::{Attached, Both, Next, Rest};
    match program {
        "mysql" | "mysqladmin" | "mysqlcheck" | "mysqldump" | "mysqlimport" | "mysqlpump" | "mysqlsh" | "mysqlshow"
        | "mariadb" | "mariadb-admin" | "mariadb-dump" | "mariadb-import" => &[("-p", Attached)],
        "sshpass" | "mongo" | "mongosh" | "mongodump" | "mongorestore" | "useradd" | "usermod" | "login"
        | "condor_store_cred" => &[("-p", Both)],
        "7z" | "7za" | "7zr" => &[("-p", Attached)],
        "unzip" | "zip" | "ipmitool" | "sqlcmd" | "bcp" => &[("-P", Both)],
        "redis-cli" => &[("-a", Both)],
        "ldapadd" | "ldapdelete" | "ldapmodify" | "ldapsearch" | "ldapwhoami" | "ipa-client-install" => &[("-w", Both)],
        "ldappasswd" => &[("-w", Both), ("-s", Both), ("-a", Both)],
        "smbclient" | "rpcclient" | "net" | "lftp" => &[("-U", Both), ("-u", Both)],
        "openssl" => {
            &[("passwd", Rest), ("-passin", Next), ("-passout", Next), ("-pass", Next), ("-k", Next), ("-K", Next)]
        }
        "keytool" | "jarsigner" => {
            &[("-storepass", Next), ("-keypass", Next), ("-srcstorepass", Next), ("-deststorepass", Next)]
        }
        "ssh-keygen" => &[("-N", Both), ("-P", Both)],
        "kadmin" | "kadmin.local" => &[("-w", Next), ("-pw", Next)],
        "nmcli" => &[("password", Next), ("wifi-sec.psk", Next), ("802-11-wireless-security.psk", Next)],
        "rabbitmqctl" => &[("add_user", Rest), ("change_password", Rest), ("authenticate_user", Rest)],
        "pro" | "ua" | "ubuntu-advantage" => &[("attach", Rest)],
        "vault" => &[("login", Rest)],
        "consul" | "nomad" | "serf" => &[("-encrypt", Both)],
        "htpasswd" | "mkpasswd" | "wpa_passphrase" => &[("", Rest)],
        _ => &[],
    }
}

/// Secrets that stand where programs are told them, and in the words of SQL.
pub(super) fn told(text: &str) -> Vec<Found<'_>> {
    let mut reader = Reader::default();
    let (mut found, mut start) = (Vec::new(), 0);
    for word in text.split_inclusive(|c: char| c.is_whitespace() || c == ',') {
        found.extend(reader.step(text, start, word));
        start += word.len();
    }
    found.extend(sql(text));
    found
}

/// Which words of a command that is written as a list are secrets.
pub(crate) fn secret_words(words: &[&str]) -> Vec<bool> {
    // White space within a word ends no word here.
    let solid = |word: &str| match word {
        "" => "''".to_owned(),
        _ => word.replace(|c: char| c.is_whitespace() || c == ',', "_"),
    };
    let (mut text, mut ends) = (String::new(), Vec::with_capacity(words.len()));
    for word in words {
        text.push_str(&solid(word));
        ends.push(text.len());
        text.push(' ');
    }
    let mut secret = vec![false; words.len()];
    for (at, found) in told(&text).into_iter().chain(logins(&text)).chain(headers(&text)) {
        let first = ends.partition_point(|end| *end <= at);
        let last = ends.partition_point(|end| *end < at + found.len());
        secret.iter_mut().take(last + 1).skip(first).for_each(|word| *word = true);
    }
    secret
}

#[derive(Default)]
struct Reader {
    options: Options,
    /// The next word is a secret.
    next: bool,
    /// The last word was `set`: a name and its value follow.
    set: bool,
    /// Up to here all is a secret.
    until: usize,
}

impl Reader {
    fn step<'t>(&mut self, text: &'t str, start: usize, word: &str) -> Option<Found<'t>> {
        let bare = word.trim().trim_matches(|c: char| "\"'`,[](){}$".contains(c));
        // A secret of no length is none: `-N ''`.
        let quotes = word.matches(['"', '\'']).count();
        let is_nothing = quotes > 0
            && quotes.is_multiple_of(2)
            && word.trim_matches(|c: char| "\"'\\, []()\t\n".contains(c)).is_empty();
        self.next &= !is_nothing;
        // A quote alone begins a word with white space in it.
        let is_open = self.next && quotes % 2 == 1;
        let known = bare.is_empty() && !is_open || is_nothing || start < self.until;
        let found = if known { None } else { self.word(text, start, word, bare) };
        // Each byte is looked at once: a line may be nothing but such words.
        self.until = found.map_or(self.until, |(at, value)| self.until.max(at + value.len()));
        let goes_on = bare == "\\";
        if word.ends_with('\n') && !goes_on || word.contains([';', '|']) || word.contains("&&") {
            *self = Self {
                options: if found.is_some() && !word.ends_with('\n') { self.options } else { &[] },
                until: self.until,
                ..Self::default()
            };
        }
        found
    }

    fn word<'t>(&mut self, text: &'t str, start: usize, word: &str, bare: &str) -> Option<Found<'t>> {
        if std::mem::take(&mut self.next) {
            let frame = word.len() - word.trim_start_matches(['[', '(']).len();
            return found(text, start + frame);
        }
        let is_set = std::mem::replace(&mut self.set, bare == "set");
        // Also where it is called as another program: `vault login`.
        if self.options.iter().any(|(option, place)| *place == Place::Rest && *option == bare) {
            return rest(text, start + word.len());
        }
        let program = options_of(bare.rsplit('/').next().unwrap_or_default());
        if !program.is_empty() {
            self.options = program;
            return program
                .first()
                .filter(|(option, _)| option.is_empty())
                .and_then(|_| rest(text, start + word.len()));
        }
        for (option, place) in self.options {
            match bare.strip_prefix(option).filter(|_| !option.is_empty()) {
                Some("") => self.next = *place != Place::Attached,
                Some(value) if matches!(place, Place::Attached | Place::Both) => {
                    let before = word.find(value).unwrap_or_default();
                    let quoted =
                        word.get(..before).is_some_and(|before| before.ends_with(['"', '\'']) && before.len() > 1);
                    return found(text, start + before - usize::from(quoted));
                }
                _ => {}
            }
        }
        self.next |=
            (bare.starts_with('-') || is_set) && !bare.contains('=') && names_a_secret(bare.trim_start_matches('-'));
        None
    }
}

fn found(text: &str, at: usize) -> Option<Found<'_>> {
    let value = up_to_its_end(text.get(at..)?);
    (!value.is_empty()).then_some((at, value))
}

/// What follows up to the end of the command.
fn rest(text: &str, at: usize) -> Option<Found<'_>> {
    let value = text.get(at..)?.split(['\n', '|', ';', '&']).next()?.trim_end();
    // The command may have ended with its line.
    let goes_on = text.get(..at).is_some_and(|before| !before.ends_with('\n'));
    (goes_on && !value.is_empty()).then_some((at, value))
}

/// What follows `IDENTIFIED BY` and `PASSWORD` in quotes.
fn sql(text: &str) -> Vec<Found<'_>> {
    let lower = text.to_ascii_lowercase();
    let marks = ["identified by ", "password "];
    let after = marks.iter().flat_map(|mark| lower.match_indices(mark).map(|(at, mark)| at + mark.len()));
    let quoted = |at: &usize| text.get(*at..).is_some_and(|rest| rest.starts_with(['"', '\'', '\\']));
    after.filter(quoted).filter_map(|at| found(text, at)).collect()
}

#[cfg(test)]
mod tests {
    use super::{secret_words, told};

    fn all(text: &str) -> Vec<&str> {
        told(text).into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn programs_are_told_secrets_by_their_words() {
        for (command, secret) in [
            ("mysql -u root -phunter2 -e 'select 1'", "hunter2"),
            ("mysqladmin -u root \\\n  -p'hunter2 x' password", "'hunter2 x"),
            ("sshpass -p hunter2 ssh me@host", "hunter2"),
            ("/usr/bin/sshpass -phunter2 ssh", "hunter2"),
            ("docker login -u me -p hunter2 registry", "hunter2"),
            ("redis-cli -a hunter2 ping", "hunter2"),
            ("ldapadd -x -D cn=admin -w hunter2", "hunter2"),
            ("useradd -m -p '$6$a$b' me", "'$6$a$b"),
            ("openssl passwd -6 hunter2", "-6 hunter2"),
            ("pro attach hunter2", "hunter2"),
            ("influx -password hunter2", "hunter2"),
            ("ssh-keygen -t ed25519 -N hunter2 -f /k", "hunter2"),
            ("aws configure set aws_secret_access_key hunter2", "hunter2"),
            ("CREATE USER a IDENTIFIED BY 'hunter2'", "'hunter2"),
            ("vault login hunter2", "hunter2"),
            ("consul agent -encrypt=hunter2", "=hunter2"),
            ("consul agent -encrypt hunter2 -x", "hunter2"),
            ("[sshpass,-p,hunter2]", "hunter2]"),
        ] {
            assert_eq!(all(command), [secret], "{command}");
        }
        assert_eq!(all("ssh-keygen -N ' ' -P hunter2"), ["' ", "hunter2"]);
        for command in [
            "docker run -p 80:80 x",
            "mysql -P 3306",
            "vault login\nls",
            "mkdir -p /a",
            "mysql -u root; mkdir -p/x",
            "ssh -p 22 x",
            "ssh-keygen -N '' -f /k",
            "ssh-keygen -N \\\"\\\" -f /k",
        ] {
            assert_eq!(all(command), [""; 0], "{command}");
        }
    }

    #[test]
    fn the_words_of_a_list_are_a_command() {
        let secret = |words: &[&str]| secret_words(words).iter().map(|secret| u8::from(*secret)).collect::<Vec<_>>();
        assert_eq!(secret(&["mysql", "--password", "hunter2", "x"]), [0, 0, 1, 0]);
        assert_eq!(secret(&["curl", "-u", "me:hunter2", "x"]), [0, 0, 1, 0]);
        assert_eq!(secret(&["sshpass", "-p", "two words", "x"]), [0, 0, 1, 0]);
        assert_eq!(secret(&["ssh-keygen", "-N", "hunter2", "-f"]), [0, 0, 1, 0]);
        assert_eq!(secret(&["ssh-keygen", "-N", "", "-f", "/k"]), [0; 5]);
        assert_eq!(secret(&["git", "htop", ""]), [0, 0, 0]);
        assert_eq!(secret(&[]), [0; 0]);
    }
}
