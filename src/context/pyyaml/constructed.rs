//! What looks like a value to PyYAML, and is none when it is made (`yaml/constructor.py`, SafeConstructor).

use crate::language::base64;
use crate::language::document::{Kind, Node};

/// The longest number that Python 3.11 and later make of decimal digits.
const MOST_DIGITS: usize = 4300;

/// Whether a value can be made of what stands behind a tag that PyYAML knows.
pub(super) fn takes(tag: &str, node: &Node) -> bool {
    match (tag, &node.kind) {
        (_, Kind::Faulty) | ("!", _) => true,
        ("!!map" | "!!set", kind) => matches!(kind, Kind::Mapping(_)),
        ("!!seq", kind) => matches!(kind, Kind::Sequence(_)),
        ("!!omap" | "!!pairs", Kind::Sequence(items)) => items.iter().all(|item| item.pairs().len() == 1),
        ("!!omap" | "!!pairs", _) => false,
        (tag, Kind::Scalar { text, .. }) => is_made(tag, text),
        _ => false,
    }
}

fn is_made(tag: &str, text: &str) -> bool {
    match tag {
        "!!int" => integer(text).is_some(),
        "!!float" => float(text).is_some(),
        "!!bool" => ["yes", "no", "true", "false", "on", "off"].contains(&text.to_lowercase().as_str()),
        "!!timestamp" => Moment::read(text).is_some_and(|moment| moment.is_real()),
        "!!binary" => text.is_ascii() && base64::loose(text.as_bytes()).is_some(),
        _ => true,
    }
}

/// Whether a word without a tag looks like a number or a time of which none can be made: `0x_`, `2001-02-30`.
pub(super) fn is_impossible(text: &str) -> bool {
    let bare = unsigned(text);
    let based = bare.strip_prefix("0b").or_else(|| bare.strip_prefix("0x"));
    let nothing = based.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte == b'_'));
    let digits = bare.bytes().filter(u8::is_ascii_digit).count();
    let endless =
        digits > MOST_DIGITS && !bare.starts_with('0') && bare.bytes().all(|c| c.is_ascii_digit() || c == b'_');
    // A date alone without a tag has two digits for the month and two for the day.
    let whole = text.len() >= "2001-02-03".len();
    nothing || endless || whole && Moment::read(text).is_some_and(|moment| !moment.is_real())
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

/// The number that PyYAML makes of a text, whole; those that are too long for a machine are only large.
pub(crate) fn integer(text: &str) -> Option<f64> {
    let text = text.replace('_', "");
    let bare = unsigned(&text);
    let whole = match (bare.strip_prefix("0b"), bare.strip_prefix("0x")) {
        (Some(rest), _) => digits(rest, 2),
        (_, Some(rest)) => digits(rest, 16),
        _ if bare.starts_with('0') => digits(bare, 8),
        _ => sixties(bare, |place| digits(place, 10).filter(|_| place.len() <= MOST_DIGITS)),
    };
    whole.map(|number| if text.starts_with('-') { -number } else { number })
}

/// The number that PyYAML makes of a text with a point.
pub(crate) fn float(text: &str) -> Option<f64> {
    let text = text.replace('_', "").to_lowercase();
    let number = match unsigned(&text) {
        ".inf" => Some(f64::INFINITY),
        ".nan" => Some(f64::NAN),
        bare => sixties(bare, |place| place.parse().ok()),
    };
    number.map(|number| if text.starts_with('-') { -number } else { number })
}

fn digits(text: &str, base: u32) -> Option<f64> {
    let add = |sum: f64, c: char| c.to_digit(base).map(|digit| sum * f64::from(base) + f64::from(digit));
    Some(text).filter(|text| !text.is_empty())?.chars().try_fold(0.0, add)
}

/// `1:30` is 90.
fn sixties(text: &str, number: impl Fn(&str) -> Option<f64>) -> Option<f64> {
    text.split(':').try_fold(0.0, |sum: f64, place| Some(sum * 60.0 + number(place.trim())?))
}

/// The numbers of a date, and of a time with its distance from that of Greenwich.
struct Moment {
    date: [u32; 3],
    time: [u32; 3],
    zone: [u32; 2],
}

impl Moment {
    /// What PyYAML takes for a date or a time (`timestamp_regexp`); years have four digits.
    fn read(text: &str) -> Option<Self> {
        let (date, rest) = text.split_at_checked(text.find(['T', 't', ' ', '\t']).unwrap_or(text.len()))?;
        let mut fields = date.split('-');
        let year = number(fields.next()?, 4..=4)?;
        let (month, day) = (number(fields.next()?, 1..=2)?, number(fields.next()?, 1..=2)?);
        let (time, zone) = if rest.is_empty() { Default::default() } else { clock(rest)? };
        fields.next().is_none().then_some(Self { date: [year, month, day], time, zone })
    }

    /// Whether there is such a day, such a time of it, and such a distance.
    fn is_real(&self) -> bool {
        let ([year, month, day], [hour, minute, second]) = (self.date, self.time);
        let day = year > 0 && (1..=12).contains(&month) && (1..=days(year, month)).contains(&day);
        let [hours, minutes] = self.zone;
        day && hour < 24 && minute < 60 && second < 60 && hours * 60 + minutes < 24 * 60
    }
}

fn number(text: &str, width: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let digits = width.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// What follows a date: `T10:30:00.5 +02:00`.
fn clock(rest: &str) -> Option<([u32; 3], [u32; 2])> {
    let blank = |c: char| c == ' ' || c == '\t';
    let rest = rest.strip_prefix(['T', 't']).unwrap_or_else(|| rest.trim_start_matches(blank));
    let time = rest.get(..rest.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(rest.len()))?;
    let mut fields = time.split(':');
    let hour = number(fields.next()?, 1..=2)?;
    let (minute, second) = (number(fields.next()?, 2..=2)?, number(fields.next()?, 2..=2)?);
    let rest = rest.get(time.len()..)?;
    let rest = rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let zone = zone(rest.trim_start_matches(blank)).filter(|_| fields.next().is_none())?;
    Some(([hour, minute, second], zone))
}

fn zone(text: &str) -> Option<[u32; 2]> {
    if matches!(text, "" | "Z") {
        return Some([0, 0]);
    }
    let (hours, minutes) = match text.strip_prefix(['-', '+'])?.split_once(':') {
        Some((hours, minutes)) => (hours, number(minutes, 2..=2)?),
        None => (text.get(1..)?, 0),
    };
    Some([number(hours, 1..=2)?, minutes])
}

fn days(year: u32, month: u32) -> u32 {
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
