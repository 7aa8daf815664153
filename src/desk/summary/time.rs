//! Times of logs, and how long it took from one to another.

use x509_cert::der::DateTime;

/// Seconds since 1970 of `YYYY-MM-DDTHH:MM:SSZ`, or with a blank in place of the `T` and nothing in place of the `Z`.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let (day, time) = text.split_at_checked(10)?;
    let time = time.trim_start_matches([' ', 'T']).trim_end_matches('Z');
    let time: DateTime = format!("{day}T{time}Z").parse().ok()?;
    Some(time.unix_duration().as_secs())
}

/// Seconds from one time to another; 0 where the clock was set back.
pub(super) fn between(start: &str, end: &str) -> Option<f64> {
    // Exact: the calendar ends long before 2^53 seconds.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    Some(seconds(end)?.saturating_sub(seconds(start)?) as f64)
}

#[cfg(test)]
mod tests {
    use super::between;

    #[test]
    fn midnight_is_a_second_like_any_other() {
        assert_eq!(between("2014-12-31 23:59:50", "2015-01-01 00:00:10"), Some(20.0));
        assert_eq!(between("2026-02-28T23:59:59Z", "2026-03-01T00:00:00Z"), Some(1.0));
        assert_eq!(between("2026-11-21T10:00:00Z", "2026-11-21T09:00:00Z"), Some(0.0));
        for text in ["", "2026-13-01T00:00:00Z", "yesterday, at ten", "2026-11-21é 00:00"] {
            assert_eq!(between(text, text), None, "{text}");
        }
    }
}
