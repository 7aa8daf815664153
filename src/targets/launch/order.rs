//! What is asked for: an image, a flavor, a key, so many machines of a name.

use crate::wire::envelope::Envelope;

/// Machines that are wanted. What is not said stands in the result as something that fails until it is.
///
/// ```
/// use contextc::{Compiler, Format, Order, Source};
/// let compiler = Compiler::new().target(contextc::target("openstack").unwrap());
/// let compiled = compiler.compile(&Source::new("worker.yaml", "localfs: {parts: {home: 60}}\n"))?;
/// let launched = compiled.launch(&Order::new().image("debian 13").name("worker"), Format::Shell)?;
/// assert!(launched.text().starts_with("openstack server create --image 'debian 13' --flavor \"${FLAVOR:?"));
/// assert_eq!(launched.missing(), ["FLAVOR"]);
/// # Ok::<(), contextc::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    image: Option<String>,
    flavor: Option<String>,
    key: Option<String>,
    name: Option<String>,
    count: u32,
    file: Option<String>,
}

impl Default for Order {
    fn default() -> Self {
        Self { image: None, flavor: None, key: None, name: None, count: 1, file: None }
    }
}

impl Order {
    /// One machine, of which nothing is said.
    pub fn new() -> Self {
        Self::default()
    }

    /// The image, template or box, as the target names it.
    pub fn image(mut self, image: impl Into<String>) -> Self {
        self.image = Some(image.into());
        self
    }

    /// The flavor: the target's name for a size of machines.
    pub fn flavor(mut self, flavor: impl Into<String>) -> Self {
        self.flavor = Some(flavor.into());
        self
    }

    /// The SSH key, as the target names it.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The name of the machine; of several, `NAME-1` and so on.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// How many.
    pub fn count(mut self, count: u32) -> Self {
        self.count = count;
        self
    }

    /// The file that is read at the launch, instead of the target's usual one: what `compile -o` wrote.
    pub fn user_data(mut self, path: impl Into<String>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// The order as a format works on it: checked, with what is usual filled in.
    pub(super) fn request(&self, envelope: Envelope, file: &str) -> Result<Request, String> {
        match self.count {
            0 => return Err("`--count 0` launches nothing".into()),
            count if count > MOST => return Err(format!("`--count {count}` is more than {MOST} at once")),
            _ => {}
        }
        let file = self.file.as_deref().unwrap_or(file);
        let given = [("image", &self.image), ("flavor", &self.flavor), ("key", &self.key), ("name", &self.name)];
        let given: Vec<_> = given.into_iter().filter_map(|(place, value)| Some((place, value.clone()?))).collect();
        for (place, value) in &given {
            sound(place, value)?;
        }
        // Else an option to any tool, and standard input to some.
        let file = if file.starts_with('-') { format!("./{file}") } else { file.into() };
        sound("user-data", &file)?;
        Ok(Request { given, count: self.count, file, envelope })
    }
}

/// No command line has a place for these.
fn sound(place: &str, value: &str) -> Result<(), String> {
    let said = |why: &str| Err(format!("`--{place}` {why}"));
    match value {
        "" => said("is empty: leave it out, or give a value"),
        value if value.starts_with('-') => said("begins with `-`: tools would take it for an option"),
        value if value.contains('\0') => said("holds a NUL, which no command line can carry"),
        _ => Ok(()),
    }
}

/// More machines at once are a mistake in typing: some tools are given the name of each.
const MOST: u32 = 10_000;

/// Where nobody named the machine.
pub(super) const NAME: &str = "vm";

/// A checked order.
#[derive(Debug)]
pub(super) struct Request {
    given: Vec<(&'static str, String)>,
    pub count: u32,
    pub file: String,
    pub envelope: Envelope,
}

impl Request {
    pub fn value(&self, place: &str) -> Option<&str> {
        self.given.iter().find(|(given, _)| *given == place).map(|(_, value)| value.as_str())
    }

    pub fn name(&self) -> &str {
        self.value("name").unwrap_or(NAME)
    }

    /// The places that were given a value.
    pub fn given(&self) -> impl Iterator<Item = &'static str> {
        self.given.iter().map(|(place, _)| *place)
    }

    pub fn several(&self) -> bool {
        self.count > 1
    }

    /// Whether what stands behind `?` in a template holds.
    pub fn holds(&self, condition: &str) -> bool {
        match condition {
            "plain" => self.envelope == Envelope::Plain,
            "gzip" => self.envelope == Envelope::Gzip,
            "base64" => matches!(self.envelope, Envelope::Base64 | Envelope::GzipBase64),
            "several" => self.several(),
            "one" => !self.several(),
            _ => false,
        }
    }

    /// Refuses what was given and would be lost.
    pub fn all_used(&self, what: &str, used: &[&str]) -> Result<(), String> {
        match self.given().find(|place| !used.contains(place)) {
            Some(place) => Err(format!("`--{place}` has no place in {what}: leave it out")),
            None => Ok(()),
        }
    }
}
