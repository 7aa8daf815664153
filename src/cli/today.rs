//! The day of this system: the library has no clock.

use contextc::Date;
use std::time::SystemTime;

/// Today in UTC, by the system's clock.
pub fn today() -> Date {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    date(since.as_secs() / 86_400)
}

/// The day that is so many days after 1970-01-01. A clock that is beyond the calendar counts as its last day.
fn date(days: u64) -> Date {
    let months = (1970..=9999).flat_map(|year| (1..=12).map(move |month| (year, month)));
    let mut calendar = months.flat_map(|(year, month)| (1..=31).filter_map(move |day| Date::new(year, month, day)));
    let last = || Date::new(9999, 12, 31);
    usize::try_from(days).ok().and_then(|days| calendar.nth(days)).or_else(last).unwrap_or_else(|| unreachable!())
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_are_counted_as_the_calendar_does() {
        for (days, text) in [(0, "1970-01-01"), (11_016, "2000-02-29"), (19_782, "2024-02-29"), (20_778, "2026-11-21")]
        {
            assert_eq!(date(days).to_string(), text);
        }
    }
}
