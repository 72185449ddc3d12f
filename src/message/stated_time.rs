//! Times as messages state them: with an offset, or without one and then in Norwegian time.
//!
//! The standards' examples leave the offset out. A pure rule, so that the same receipt means the same moment on
//! every machine; leaves out the clock itself.

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveDateTime, TimeDelta, Weekday};

use crate::moves::Now;

/// Reads a date and time (`2026-10-02T10:15:30`, with fraction and offset or without) or a date alone.
pub fn parse(text: &str) -> Option<Now> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time);
    }
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
        .ok()
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(NaiveDateTime::from))?;
    in_norway(local)
}

/// A time as our messages state it: to the second, with its offset.
pub fn write(time: Now) -> String {
    time.format("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// Central European time: summer from the last Sunday of March at 02:00 to the last of October at 03:00. The hour
/// that comes twice is taken as its first. None outside chrono's years.
pub fn in_norway(local: NaiveDateTime) -> Option<Now> {
    let summer = last_sunday(local.year(), 3)? + TimeDelta::hours(2);
    let winter = last_sunday(local.year(), 10)? + TimeDelta::hours(3);
    let hours = if summer <= local && local < winter { 2 } else { 1 };
    local.and_local_timezone(FixedOffset::east_opt(hours * 3600)?).single()
}

/// The start of the last Sunday of a month of 31 days.
fn last_sunday(year: i32, month: u32) -> Option<NaiveDateTime> {
    let last = NaiveDate::from_ymd_opt(year, month, 31)?;
    let past = last.weekday().days_since(Weekday::Sun);
    last.checked_sub_days(Days::new(u64::from(past))).map(NaiveDateTime::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_norwegian_time() {
        let rows = [
            ("with offset", "2026-10-02T10:15:30+03:00", Some("2026-10-02T10:15:30+03:00")),
            ("UTC", "2026-10-02T10:15:30.123Z", Some("2026-10-02T10:15:30+00:00")),
            ("summer", "2026-10-02T10:15:30", Some("2026-10-02T10:15:30+02:00")),
            ("winter", "2026-11-22T02:00:00.5", Some("2026-11-22T02:00:00+01:00")),
            ("before summer begins", "2026-03-29T01:59:59", Some("2026-03-29T01:59:59+01:00")),
            ("when summer begins", "2026-03-29T03:00:00", Some("2026-03-29T03:00:00+02:00")),
            ("the hour that comes twice", "2026-10-25T02:30:00", Some("2026-10-25T02:30:00+02:00")),
            ("when winter begins", "2026-10-25T03:00:00", Some("2026-10-25T03:00:00+01:00")),
            ("a date", "2026-01-31", Some("2026-01-31T00:00:00+01:00")),
            ("not a time", "yesterday", None),
            ("no such day", "2026-02-30T00:00:00", None),
        ];
        for (name, text, expected) in rows {
            assert_eq!(parse(text).map(write).as_deref(), expected, "{name}");
        }
    }
}
