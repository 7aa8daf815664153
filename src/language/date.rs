//! A day of the calendar, for what ends on one: certificates.

use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar, in UTC. The library has no clock: who compiles says which day it is
/// ([`Compiler::today`](crate::Compiler::today)).
///
/// ```
/// let day: contextc::Date = "2026-02-28".parse().unwrap();
/// assert!(day < contextc::Date::new(2026, 3, 1).unwrap());
/// assert_eq!(day.to_string(), "2026-02-28");
/// assert!(contextc::Date::new(2026, 2, 29).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    // In this order: dates compare as their fields do.
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day of a year, a month (1 to 12) and a day of it; `None` where the calendar has none.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self { year, month, day })
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let mut fields = text.splitn(3, '-');
        let mut field = || fields.next().and_then(|digits| digits.parse::<u16>().ok());
        let date = field()
            .zip(field())
            .zip(field())
            .and_then(|((year, month), day)| Self::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?));
        date.filter(|_| shaped).ok_or_else(|| "write a day of the calendar as YYYY-MM-DD".into())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}
