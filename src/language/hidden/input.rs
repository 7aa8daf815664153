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
            None => {
                let is_said = (line.contains('|') || line.contains("<<")) && piped(text, start, line, open, &mut found);
                until = here(line, text.get(start + line.len()..).unwrap_or_default());
                let goes_on = open.filter(|_| !line.contains(QUOTES));
                open = if is_said { None } else { goes_on.or_else(|| Some(start + left_open(line)?)) };
            }
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

/// What follows the first `echo`.
fn echoed(command: &str) -> Option<usize> {
    ["echo ", "printf "].iter().filter_map(|echo| Some(command.find(echo)? + echo.len())).min()
}

/// Adds what is said to the next program of a pipe, and here; whether anything is. `open`: where what is said has begun in a line above.
///
/// What is echoed is all from the first `echo` of the line: a `|` in it may be quoted, in quotes within quotes, or escaped. What another
/// program says begins where quotes are closed.
fn piped<'t>(text: &'t str, start: usize, line: &'t str, open: Option<usize>, found: &mut Vec<Found<'t>>) -> bool {
    let (mut at, mut group, mut quotes, mut is_said, mut is_here) = (0, 0, [false; 2], false, false);
    let echo = echoed(line);
    for command in line.split_inclusive('|') {
        if is_reader(command) {
            let before = line.get(..at).unwrap_or_default().trim_end_matches('|').len();
            let begin = open.or_else(|| {
                let shown = || Some(group + behind_the_program(line.get(group..before)?)?);
                Some(start + echo.filter(|echo| *echo <= at).or_else(shown)?)
            });
            is_said |= add(found, begin.and_then(|begin| trimmed(text, begin, start + before)));
            // Once: what follows the first has all that follows the others.
            let told = command.find("<<<").filter(|_| !std::mem::replace(&mut is_here, true));
            is_said |=
                add(found, told.and_then(|here| trimmed(text, start + at + here + "<<<".len(), start + line.len())));
        }
        // A quote that is open goes on behind the `|`.
        group = if quotes.contains(&true) { group } else { at };
        at += command.len();
        let odd = |quote: char| command.matches(quote).count() % 2 == 1;
        quotes.iter_mut().zip(QUOTES).for_each(|(is_open, quote)| *is_open ^= odd(quote));
    }
    is_said
}

/// In place of the last, where it begins like that: a line may be nothing but programs that read.
fn add<'t>(found: &mut Vec<Found<'t>>, next: Option<Found<'t>>) -> bool {
    let Some(next) = next else { return false };
    found.pop_if(|(at, _)| *at == next.0);
    found.push(next);
    true
}

/// Where the words of a program begin. What a file has is no word of it.
fn behind_the_program(command: &str) -> Option<usize> {
    let words = command.trim_start_matches([' ', '\t', '-', '"', '\'']);
    let word = match words.starts_with("cat ") {
        // Not behind many: the line may be looked at again for each program that reads.
        true => words.match_indices(' ').take(MOST_FILES).find_map(|(at, _)| behind_here(words, at + 1)),
        false => words.find(char::is_whitespace),
    };
    Some(command.len() - words.len() + word?)
}

/// Files of a `cat` that are looked past.
const MOST_FILES: usize = 16;

/// Where what is said begins, if a word begins with `<<<`.
fn behind_here(words: &str, at: usize) -> Option<usize> {
    words.get(at..)?.starts_with("<<<").then_some(at + "<<<".len())
}

/// The place without the white space around it.
fn trimmed(text: &str, start: usize, end: usize) -> Option<Found<'_>> {
    let inside = text.get(start..end)?;
    let at = start + inside.len() - inside.trim_start().len();
    Some((at, inside.trim())).filter(|(_, inside)| !inside.is_empty())
}

/// The line that ends what a program reads here, or what goes to the file of a key.
fn here<'t>(line: &'t str, below: &str) -> Option<&'t str> {
    let (_, mark) = line.split_once("<<").filter(|(_, rest)| !rest.starts_with('<'))?;
    let mark = mark.trim_start_matches(['-', '~', ' ', '"', '\'', '\\']);
    let end = mark.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(mark.len());
    mark.get(..end).filter(|mark| !mark.is_empty() && (line.split('|').any(is_reader) || is_key(line, below)))
}

/// Whether a key is written here: `cat > /etc/munge/munge.key <<EOF`. What is in armour says itself what it is.
fn is_key(line: &str, below: &str) -> bool {
    let (mut found, mut last) = (false, "");
    for word in line.split_whitespace() {
        let is_target =
            word.contains('>') || word.starts_with("of=") || last.ends_with('>') || matches!(last, "tee" | "-a");
        found |= is_target && word.trim_end_matches(QUOTES).ends_with(".key");
        last = word;
    }
    found && !below.trim_start().starts_with("-----BEGIN")
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
            ("echo \"root:hunter|two\" | chpasswd", vec!["\"root:hunter|two\""]),
            ("sh -c 'echo \"root:hunter|two\"|chpasswd'", vec!["\"root:hunter|two\""]),
            ("echo root:a\\|passwd | chpasswd", vec!["root:a\\|passwd"]),
            ("ls | tool 'a|b c|d' | chpasswd", vec!["'a|b c|d'"]),
            ("chpasswd <<< 'root:a|b'", vec!["'root:a|b'"]),
            ("echo 'root:a|b\nme:c|d\nyou:e' | chpasswd", vec!["'root:a|b\nme:c|d\nyou:e'"]),
            ("cat <<< root:hunter2 | chpasswd", vec!["root:hunter2"]),
            ("cat x y <<< hunter2 | passwd --stdin r", vec!["hunter2"]),
            ("echo hunter2 | cryptsetup luksOpen /dev/vdb x", vec!["hunter2"]),
            ("cat > /etc/munge/munge.key <<EOF\nhunter2\nhunter3\nEOF\n", vec!["hunter2", "hunter3"]),
            ("base64 -d <<'EOF' >/etc/munge/munge.key\nhunter2\nEOF\n", vec!["hunter2"]),
            ("sudo tee -a '/x.key' <<EOF\nhunter2\nEOF\n", vec!["hunter2"]),
            ("echo a | chpasswd | chpasswd", vec!["a | chpasswd"]),
        ] {
            let found: Vec<&str> = given(text).into_iter().map(|(_, value)| value).collect();
            assert_eq!(found, secrets, "{text}");
            assert!(given(text).iter().all(|(at, value)| text[*at..].starts_with(value)), "{text}");
        }
        for text in [
            "echo a | sort",
            "cat f | chpasswd",
            "cat <<EOF\na\nEOF",
            "cat x.key <<EOF\na\nEOF",
            "cat > x.key <<EOF\n-----BEGIN PUBLIC KEY-----\na\nEOF",
            "a || b",
            "grep x /etc/passwd | sort",
            "ls | grep y /etc/passwd",
        ] {
            assert_eq!(given(text), [], "{text}");
        }
    }
}
