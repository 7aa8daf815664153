//! What stands in a seed: the files of a volume or of a directory, by what they are to the machine.
//!
//! The rules are those of cloud-init's datasources (26.1: DataSourceNoCloud, DataSourceConfigDrive with helpers/openstack.py,
//! DataSourceOpenNebula). To add a layout that is read, add a line to [`LAYOUTS`].

use super::context_sh;
use super::reading::Stored;
use std::borrow::Cow;

/// What a seed gives to the machine.
#[derive(Debug, Clone)]
pub(crate) struct SeedFiles<'a> {
    /// What reads such a seed, as people call it: `NoCloud`.
    pub reader: &'static str,
    /// The label by which it looks for a volume; empty where any will do.
    pub label: &'static str,
    pub user_data: Option<Item<'a>>,
    /// What the operator of the cloud adds: of a config drive two files, of which 20.4 does not read the second yet.
    pub vendor_data: Vec<Item<'a>>,
    /// The file without which the reader leaves the whole seed alone.
    pub missing: Option<String>,
}

/// One thing that a seed gives.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Item<'a> {
    /// The file that it stands in.
    pub path: String,
    /// The variable or key of that file, where it is not the whole file.
    pub key: Option<&'static str>,
    /// As the reader gives it to cloud-init: for instance without the base64 of a variable.
    pub bytes: Cow<'a, [u8]>,
}

/// Never the bytes, which may hold secrets.
impl std::fmt::Debug for Item<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.path, self.bytes.len())
    }
}

/// How the files of a volume or directory are found by their paths, which does not always go by their case.
pub(crate) type Finder<'f, 'a> = &'f dyn Fn(&str) -> Option<Stored<'a>>;

/// A layout of a seed: `None` where it is another one.
type Reader = for<'f, 'a> fn(Finder<'f, 'a>) -> Option<SeedFiles<'a>>;

/// In the order in which they are looked for.
const LAYOUTS: [Reader; 5] = [nocloud, openstack, ec2, context, meta_js];

/// The directories of a config drive, the newest format first; cloud-init takes the first of them that is there, and then all from it.
const VERSIONS: [&str; 9] = [
    "2018-08-27",
    "2017-02-22",
    "2016-10-06",
    "2016-06-30",
    "2015-10-15",
    "2013-10-17",
    "2013-04-04",
    "2012-08-10",
    "latest",
];

impl<'a> SeedFiles<'a> {
    /// What these files are to a machine; `None` where they are no seed.
    pub(crate) fn of(find: Finder<'_, 'a>) -> Option<Self> {
        LAYOUTS.iter().find_map(|layout| layout(find))
    }
}

/// The whole file at a path.
fn whole<'a>(find: Finder<'_, 'a>, path: &str) -> Option<Item<'a>> {
    find(path).map(|stored| Item { bytes: stored.bytes(), path: stored.path, key: None })
}

fn nocloud<'a>(find: Finder<'_, 'a>) -> Option<SeedFiles<'a>> {
    let (user_data, meta_data) = (whole(find, "user-data"), whole(find, "meta-data"));
    let missing = match (&user_data, &meta_data) {
        (None, None) => return None,
        (None, _) => Some("user-data".to_owned()),
        (_, None) => Some("meta-data".to_owned()),
        _ => None,
    };
    let vendor_data = whole(find, "vendor-data").into_iter().collect();
    Some(SeedFiles { reader: "NoCloud", label: "cidata", user_data, vendor_data, missing })
}

fn openstack<'a>(find: Finder<'_, 'a>) -> Option<SeedFiles<'a>> {
    const FILES: [&str; 3] = ["user_data", "meta_data.json", "network_data.json"];
    const VENDOR: [&str; 2] = ["vendor_data.json", "vendor_data2.json"];
    VERSIONS.iter().find_map(|version| {
        let path = |name: &str| format!("openstack/{version}/{name}");
        let [user_data, meta_data, network_config] = FILES.map(|name| whole(find, &path(name)));
        let vendor_data: Vec<Item> = VENDOR.iter().filter_map(|name| whole(find, &path(name))).collect();
        if [&user_data, &meta_data, &network_config].iter().all(|item| item.is_none()) && vendor_data.is_empty() {
            return None;
        }
        let missing = meta_data.is_none().then(|| path("meta_data.json"));
        Some(SeedFiles { user_data, vendor_data, missing, ..config_drive() })
    })
}

fn config_drive<'a>() -> SeedFiles<'a> {
    SeedFiles { reader: "ConfigDrive", label: "config-2", user_data: None, vendor_data: Vec::new(), missing: None }
}

/// The form of EC2 beside that of OpenStack, for readers that know no other; cloud-init takes no user-data from there.
fn ec2<'a>(find: Finder<'_, 'a>) -> Option<SeedFiles<'a>> {
    let user_data = Some(whole(find, "ec2/latest/user-data")?);
    let missing = Some("openstack/latest/meta_data.json".to_owned());
    Some(SeedFiles { user_data, missing, ..config_drive() })
}

/// The first version of the config drive, where user-data is a text in JSON.
fn meta_js<'a>(find: Finder<'_, 'a>) -> Option<SeedFiles<'a>> {
    #[derive(serde::Deserialize)]
    struct MetaJs {
        #[serde(rename = "user-data")]
        user_data: String,
    }
    let meta_data = whole(find, "meta.js")?;
    let text = serde_json::from_slice(&meta_data.bytes).ok().map(|MetaJs { user_data }| user_data.into_bytes());
    let user_data =
        text.map(|bytes| Item { path: meta_data.path.clone(), key: Some("user-data"), bytes: bytes.into() });
    // Of a volume that it can read, whatever its label (`find_candidate_devs` of DataSourceConfigDrive).
    Some(SeedFiles { user_data, label: "", ..config_drive() })
}

/// OpenNebula's own variable, or CernVM's.
fn context<'a>(find: Finder<'_, 'a>) -> Option<SeedFiles<'a>> {
    let meta_data = whole(find, "context.sh")?;
    let user_data = context_sh::user_data(&meta_data.bytes).map(|(key, bytes)| Item {
        path: meta_data.path.clone(),
        key: Some(key),
        bytes: bytes.into(),
    });
    Some(SeedFiles { reader: "OpenNebula", label: "CONTEXT", user_data, ..config_drive() })
}
