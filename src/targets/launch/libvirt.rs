//! The XML of a libvirt domain, for `virsh define` or `virsh create`.

use super::Draft;
use super::order::Request;

pub(super) fn draft(request: &Request) -> Result<Draft, String> {
    request.all_used("the XML of a domain", &["image", "name"])?;
    if request.several() {
        return Err("the XML is that of one domain: print it for each, with a `--name` and a copy of the image".into());
    }
    let image = request.value("image").ok_or("a domain names the file of its disk: give `--image`")?;
    if request.name().contains('/') || request.name().contains('\n') {
        return Err("`--name` holds `/` or a line break, which no domain of libvirt has in its name".into());
    }
    let (name, image) = (escaped("name", request.name())?, escaped("image", &absolute("image", image)?)?);
    let file = escaped("user-data", &absolute("user-data", &request.file)?)?;
    // What libvirt is not told, it takes for raw.
    let form = if image.ends_with(".qcow2") { "qcow2" } else { "raw" };
    let text = format!(
        "\
<domain type='kvm'>
  <name>{name}</name>
  <memory unit='MiB'>2048</memory>
  <vcpu>2</vcpu>
  <os>
    <type>hvm</type>
  </os>
  <features>
    <acpi/>
  </features>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='{form}'/>
      <source file='{image}'/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/>
      <source file='{file}'/>
      <target dev='sda' bus='sata'/>
      <readonly/>
    </disk>
    <interface type='network'>
      <source network='default'/>
      <model type='virtio'/>
    </interface>
    <console type='pty'/>
  </devices>
</domain>
"
    );
    Ok(Draft { text, missing: Vec::new() })
}

/// The daemon has a directory of its own: only a whole path names a file.
fn absolute(place: &str, path: &str) -> Result<String, String> {
    match path.starts_with('/') {
        true => Ok(path.into()),
        false => Err(format!("`--{place}` is not a whole path: libvirt looks for `/...`")),
    }
}

/// XML 1.0, section 2.2: control characters cannot be written at all, and line breaks do not stay as they are.
fn escaped(place: &str, value: &str) -> Result<String, String> {
    let illegal = |c: &char| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}');
    if let Some(found) = value.chars().find(illegal) {
        return Err(format!("`--{place}` holds `{}`, which XML cannot carry", found.escape_debug()));
    }
    let escape = |c: char| match c {
        '&' => "&amp;".into(),
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        '\'' => "&apos;".into(),
        '"' => "&quot;".into(),
        c => c.to_string(),
    };
    Ok(value.chars().map(escape).collect())
}
