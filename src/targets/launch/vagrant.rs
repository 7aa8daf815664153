//! A Vagrantfile: `vagrant up` takes no machine on its command line, so the lines for the shell write the file first.

use super::order::Request;
use super::template::{Dialect, Template};

struct Ruby;

/// The lines that write it; nothing where a target has none. An existing Vagrantfile is not overwritten.
pub(super) fn here_document(lines: &[Template<'_>], request: &Request) -> Result<String, String> {
    if lines.is_empty() {
        return Ok(String::new());
    }
    let filled = lines.iter().map(|line| line.fill(request, &Ruby)).collect::<Result<Vec<_>, _>>()?;
    let body: String = filled.into_iter().flatten().map(|line| line + "\n").collect();
    Ok(format!("(set -C; cat > Vagrantfile) <<'END' &&\n{body}END\n"))
}

impl Dialect for Ruby {
    /// A line break could end the document of the shell.
    fn value(&self, place: &str, value: &str) -> Result<String, String> {
        if value.chars().any(char::is_control) {
            let option = if place == "path" { "user-data" } else { place };
            return Err(format!("`--{option}` holds a control character, which a Vagrantfile is not to hold"));
        }
        Ok(format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'")))
    }

    fn missing(&self, place: &str) -> String {
        format!("ENV.fetch('{}')", place.to_ascii_uppercase())
    }

    fn special(&self, _: &str, _: &Request) -> Option<Result<String, String>> {
        None
    }
}
