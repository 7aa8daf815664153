//! A template of OpenNebula, for `onetemplate create`. The user-data stands in it, in base64: a template reads no files.

use super::Draft;
use super::order::Request;

pub(super) fn draft(request: &Request, user_data: &[u8]) -> Result<Draft, String> {
    request.all_used("a template of OpenNebula", &["image", "name"])?;
    if request.several() {
        return Err("a template is for any number of machines: `onetemplate instantiate NAME --multiple N`".into());
    }
    let name = text("name", request.name())?;
    let image = request.value("image").ok_or("a template of OpenNebula names its disk: give `--image`")?;
    let image = text("image", image)?;
    // The envelopes of the target are base64.
    let user_data = String::from_utf8_lossy(user_data);
    Ok(Draft {
        text: format!(
            "NAME = {name}\nCPU = \"1\"\nMEMORY = \"2048\"\nDISK = [ IMAGE = {image} ]\nCONTEXT = [\n  NETWORK = \"YES\",\n  SSH_PUBLIC_KEY = \"$USER[SSH_PUBLIC_KEY]\",\n  USERDATA_ENCODING = \"base64\",\n  USER_DATA = \"{user_data}\" ]\n"
        ),
        missing: Vec::new(),
    })
}

/// In double quotes. What OpenNebula would read as something else is refused.
fn text(place: &str, value: &str) -> Result<String, String> {
    match value.chars().find(|c| c.is_control() || "\"\\$".contains(*c)) {
        Some(found) => Err(format!(
            "`--{place}` holds `{}`, which has a meaning in a template of OpenNebula",
            found.escape_debug()
        )),
        None => Ok(format!("\"{value}\"")),
    }
}
