//! What a program is given on its standard input, where it reads a secret there.

use super::commands::QUOTES;
use super::lines::Found;

/// Programs that read passwords, and what answers a question for one.
const PROGRAMS: [&str; 8] = [
    "chpasswd",
    "passwd",
    "smbpasswd",
    "kinit",
    "cryptsetup",
    "vncpasswd",
    "debconf-set-selections",
    "gnome-keyring-daemon",
];

/// Options by which others read one.
const OPTIONS: [&str; 5] = ["--password-stdin", "--stdin", "--with-token", "--passphrase-fd", "--pass-stdin"];

/// What is echoed to such a program, stands behind `<<<`, or in the lines below `<<EOF`.
pub(super) fn given(text: &str) -> Vec<Found<'_>> {
    let (mut found, mut start, mut until, mut open) = (Vec::new(), 0, None::<&str>, None::<usize>);
    for line in text.split_inclusive('\n') {
        match until {
            Some(end) if line.trim() == end => until = None,
            Some(_) => found.extend(trimmed(text, start, start + line.len())),
            None if line.contains('|') || line.contains("<<") => {
                found.extend(piped(text, start, line, open.take()));
                until = here(line);
            }
            None => open = open.filter(|_| !line.contains(QUOTES)).or_else(|| Some(start + left_open(line)?)),
        }
        start += line.len();
    }
    found
}

/// Where a text begins that goes on below: `echo 'a`.
fn left_open(line: &str) -> Option<usize> {
    let echo = echoed(line)?;
    let quote = line.get(echo..)?.find(QUOTES).and_then(|at| line.get(echo + at..)?.chars().next())?;
    (line.get(echo..)?.matches(quote).count() % 2 == 1).then_some(echo)
}

/// What follows `echo`.
fn echoed(command: &str) -> Option<usize> {
    ["echo ", "printf "].iter().find_map(|echo| Some(command.find(echo)? + echo.len()))
}

/// What is said to the next program of a pipe, and here. `open`: where what is said has begun in a line above.
fn piped<'t>(text: &'t str, start: usize, line: &str, open: Option<usize>) -> Vec<Found<'t>> {
    let (mut found, mut at, mut before) = (Vec::new(), start, None::<(usize, &str)>);
    for command in line.split_inclusive('|') {
        if is_reader(command) {
            let above = open.filter(|_| before.is_some_and(|(first, _)| first == start));
            let end = |(at, before): (usize, &str)| at + before.trim_end_matches('|').len();
            found.extend(before.and_then(|before| match above {
                Some(open) => trimmed(text, open, end(before)),
                None => said(text, before.0, before.1),
            }));
            let told = command.find("<<<").map(|here| at + here + "<<<".len());
            found.extend(told.and_then(|here| trimmed(text, here, at + command.trim_end_matches('|').len())));
        }
        before = Some((at, command));
        at += command.len();
    }
    found
}

/// The words after `echo`. What a file has is no word of the command.
fn said<'t>(text: &'t str, at: usize, command: &str) -> Option<Found<'t>> {
    let end = at + command.trim_end_matches('|').len();
    let echo = echoed(command);
    let first = || {
        let words = command.trim_start_matches([' ', '\t', '-', '"', '\'']);
        let shown = words.starts_with("cat ");
        let word = words.find(char::is_whitespace).filter(|_| !shown)?;
        Some(command.len() - words.len() + word)
    };
    trimmed(text, at + echo.or_else(first)?, end)
}

/// The place without the white space around it.
fn trimmed(text: &str, start: usize, end: usize) -> Option<Found<'_>> {
    let inside = text.get(start..end)?;
    let at = start + inside.len() - inside.trim_start().len();
    Some((at, inside.trim())).filter(|(_, inside)| !inside.is_empty())
}

/// The line that ends what a program reads here.
fn here(line: &str) -> Option<&str> {
    let (_, mark) = line.split_once("<<").filter(|(_, rest)| !rest.starts_with('<'))?;
    let mark = mark.trim_start_matches(['-', '~', ' ', '"', '\'', '\\']);
    let end = mark.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(mark.len());
    mark.get(..end).filter(|mark| !mark.is_empty() && line.split('|').any(is_reader))
}

fn is_reader(command: &str) -> bool {
    let bare = |word: &'_ str| word.trim_matches(|c: char| "\"'`,[](){};$|&".contains(c)).to_owned();
    let mut asks = false;
    command.split_whitespace().map(bare).any(|word| {
        let asked = asks && word == "-S";
        asks |= word == "sudo";
        let program = if word.starts_with("/etc/") { "" } else { word.rsplit('/').next().unwrap_or_default() };
        asked || PROGRAMS.contains(&program) || OPTIONS.contains(&word.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn what_a_program_reads_is_found() {
        for (text, secrets) in [
            ("echo root:hunter2 | chpasswd", vec!["root:hunter2"]),
            ("- echo \"root:hunter2\"|sudo /usr/sbin/chpasswd -e\n", vec!["\"root:hunter2\""]),
            ("printf '%s' hunter2 | docker login -u me --password-stdin", vec!["'%s' hunter2"]),
            ("chpasswd <<< root:hunter2", vec!["root:hunter2"]),
            ("chpasswd <<'EOF'\nroot:hunter2\n  me:hunter3\nEOF\nls\n", vec!["root:hunter2", "me:hunter3"]),
            ("cat <<EOF | chpasswd\nroot:hunter2\nEOF\n", vec!["root:hunter2"]),
            ("echo hunter2 | sudo -S id", vec!["hunter2"]),
            ("echo 'root:hunter2\nme:hunter3\n' | chpasswd", vec!["'root:hunter2\nme:hunter3\n'"]),
        ] {
            let found: Vec<&str> = given(text).into_iter().map(|(_, value)| value).collect();
            assert_eq!(found, secrets, "{text}");
            assert!(given(text).iter().all(|(at, value)| text[*at..].starts_with(value)), "{text}");
        }
        for text in [
            "echo a | sort",
            "cat f | chpasswd",
            "cat <<EOF\na\nEOF",
            "a || b",
            "grep x /etc/passwd | sort",
            "ls | grep y /etc/passwd",
        ] {
            assert_eq!(given(text), [], "{text}");
        }
    }
}
