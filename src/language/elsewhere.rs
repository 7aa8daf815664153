//! Texts that a context takes from elsewhere: messages quote what stands in the context, and nothing of these.

use super::units::escaped_controls;

/// Shorter ones are words of any message.
const SHORTEST: usize = 4;

/// Words by which files say what they are, and those of our own examples: they tell nothing of what is in there.
const OURS: [&str; 13] = [
    "begin",
    "certificate",
    "private",
    "public",
    "key",
    "rsa",
    "ec",
    "openssh",
    "encrypted",
    "ssh-ed25519",
    "aaaa...",
    "alice@example.org",
    "python3",
];

/// What was brought in for one block.
#[derive(Default)]
pub(crate) struct Brought {
    /// As messages would show them, in lower case.
    texts: Vec<String>,
}

impl Brought {
    pub fn add(&mut self, text: &str) {
        self.texts.push(escaped_controls(text).to_lowercase());
    }

    /// `***` for what a message quotes of them, if it does not stand in the context too.
    pub fn hide(&self, message: &str, context: &str) -> String {
        if self.texts.is_empty() {
            return message.to_owned();
        }
        // With a backtick in a text nobody knows where a quotation ends.
        let anywhere = self.texts.iter().any(|text| text.contains('`'));
        let pieces = message.split('`').enumerate().map(|(number, piece)| {
            let hidden = (number % 2 == 1 || anywhere) && self.tells(piece, context);
            if hidden { "***" } else { piece }
        });
        pieces.collect::<Vec<_>>().join("`")
    }

    fn tells(&self, quoted: &str, context: &str) -> bool {
        let quoted = quoted.trim().trim_end_matches("...");
        let words =
            || quoted.split(|c: char| c.is_whitespace() || "{}[]\"'=:,".contains(c)).map(|word| word.trim_matches('-'));
        let ours = |word: &str| word.is_empty() || OURS.contains(&word.to_lowercase().as_str());
        let told = |part: &str| {
            part.chars().count() >= SHORTEST && !context.contains(part) && {
                let part = part.to_lowercase();
                self.texts.iter().any(|text| text.contains(&part))
            }
        };
        words().any(|word| !ours(word) && told(word)) || !words().all(ours) && told(quoted)
    }
}

#[cfg(test)]
mod tests {
    use super::Brought;

    #[test]
    fn nothing_of_a_text_from_elsewhere_is_quoted() {
        let mut brought = Brought::default();
        brought.add("#!/bin/Hunter2\n-----BEGIN RSA PRIVATE KEY-----\nab cd ef\0\n");
        for (message, shown) in [
            ("`hunter2` is no host", "`***` is no host"),
            ("write `{file: hunter2}`", "write `***`"),
            ("`ab cd ef\\u{0}` is no key", "`***` is no key"),
            ("`ab cd...` is no key", "`***` is no key"),
            ("hunter2 in words of ours", "hunter2 in words of ours"),
            ("this is `RSA PRIVATE KEY`", "this is `RSA PRIVATE KEY`"),
            ("`alice` has none", "`alice` has none"),
        ] {
            assert_eq!(brought.hide(message, "a: alice"), shown);
        }
        assert_eq!(brought.hide("`hunter2`", "a: hunter2"), "`hunter2`");
        brought.add("a`hunter3");
        assert_eq!(brought.hide("`a`hunter3` is no host", ""), "`a`***` is no host");
    }
}
