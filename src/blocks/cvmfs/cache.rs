//! The cache: how large it may become, and what it lies on.

use super::Cvmfs;
use crate::blocks::Check;
use crate::language::diagnostic::Code;
use crate::language::path::Path;
use serde::de::{Deserializer, Visitor};
use std::fmt;

pub(super) const QUOTA: Code = Code::new(
    "cvmfs/quota-over-volume",
    "A cache that may grow beyond its volume fills it, and CVMFS fails under load.",
);
pub(super) const LOW: Code = Code::new(
    "cvmfs/quota-low",
    "The limit counts megabytes: below 1000 the client's own check warns, and 0 is no limit at all.",
);
pub(super) const BESIDE: Code = Code::new(
    "cvmfs/cache-beside-volume",
    "A volume where the cache is by default stays empty when the cache lies elsewhere, on the disk of the system.",
);

/// Where the client keeps its cache unless told otherwise (CVMFS_CACHE_BASE of its `default.conf`).
pub(super) const DEFAULT: &str = "/var/lib/cvmfs";

/// Below this the client's own `cvmfs_config chksetup` warns that the limit "is very low (below 1GB)".
const LEAST: u64 = 1000;

impl Cvmfs {
    pub(super) fn check_cache(&self, cx: &mut Check) {
        self.check_room(cx);
        self.check_limit(cx);
        self.check_place(cx);
    }

    fn check_room(&self, cx: &mut Check) {
        let at = Path::root().key("local").key("quota-limit");
        let volume = cx.offers.mount_of(self.cache_base());
        let Some((quota, volume, bytes)) =
            self.local.quota_limit.zip(volume).and_then(|(quota, volume)| Some((quota, volume, volume.bytes?)))
        else {
            return;
        };
        // CVMFS_QUOTA_LIMIT counts megabytes of 1024 * 1024 bytes.
        let room = bytes / (1024 * 1024);
        if quota > room {
            let message = format!("the cache may take {quota} MB, and `{}` has {room}", volume.at.0);
            cx.push(cx.error(QUOTA, &at, message).help(format!(
                "write at most `quota-limit: {}` (nine tenths of it), or make the volume larger",
                room / 10 * 9
            )));
        }
    }

    fn check_limit(&self, cx: &mut Check) {
        let message = match self.local.quota_limit {
            // The client manages its cache only where the limit is more than 0 (`is_managed` in its mountpoint.cc).
            Some(0) => "with 0 the cache has no limit, and grows until its disk is full".into(),
            Some(quota) if quota < LEAST => format!("{quota} MB are very little for a cache"),
            _ => return,
        };
        let fault = cx.warning_at_key(LOW, &Path::root().key("local").key("quota-limit"), message);
        cx.push(fault.help(format!("the unit is MB: write at least `{LEAST}`, or `18000` for 18 GB")));
    }

    /// Nobody makes a volume where the cache is by default, and means the cache to lie beside it.
    fn check_place(&self, cx: &mut Check) {
        let base = self.cache_base();
        let Some(volume) = cx.offers.mount_of(DEFAULT).filter(|_| cx.offers.mount_of(base).is_none()) else { return };
        let message = format!("the cache lies in `{base}`, on no volume, and `{}` stays empty", volume.at.0);
        let fault = cx.warning_at_key(BESIDE, &Path::root().key("local").key("cache-base"), message);
        cx.push(fault.help(format!("write `cache-base: {DEFAULT}`, or mount a volume at `{base}`")));
    }
}

/// A count of megabytes. Its own words: what is wanted is not any number.
pub(super) fn megabytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    struct Megabytes;
    impl Visitor<'_> for Megabytes {
        type Value = Option<u64>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number of megabytes, like `18000`")
        }
        fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(number))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    deserializer.deserialize_any(Megabytes)
}
