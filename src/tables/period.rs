//! A time in which something holds, by whole days; either end may be open.

use chrono::NaiveDate;

/// From a day to a day, both included; an end that is not given is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
}

impl Period {
    /// Whether it has no ends and so holds always.
    pub fn is_always(self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// Whether its ends are in their order.
    pub fn is_in_order(self) -> bool {
        !matches!((self.from, self.to), (Some(from), Some(to)) if to < from)
    }

    /// Whether it holds on a day. What has no day is in no period but the one without ends.
    pub fn holds(self, on: Option<NaiveDate>) -> bool {
        match on {
            Some(day) => self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to),
            None => self.is_always(),
        }
    }

    /// Whether both hold on some day.
    pub fn overlaps(self, other: Period) -> bool {
        let before =
            |one: Period, next: Period| matches!((one.to, next.from), (Some(to), Some(from)) if to < from);
        !before(self, other) && !before(other, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, to: &str) -> Period {
        Period { from: from.parse().ok(), to: to.parse().ok() }
    }

    #[test]
    fn both_ends_are_in_it_and_no_day_is_in_none() {
        let rows = [
            ("before", "2026-01-01", "2026-12-31", "2025-12-31", false),
            ("the first day", "2026-01-01", "2026-12-31", "2026-01-01", true),
            ("the last day", "2026-01-01", "2026-12-31", "2026-12-31", true),
            ("after", "2026-01-01", "2026-12-31", "2027-01-01", false),
            ("no beginning", "", "2026-12-31", "1999-01-01", true),
            ("no end", "2026-01-01", "", "2099-01-01", true),
            ("no day, a period", "2026-01-01", "", "", false),
            ("no day, no period", "", "", "", true),
        ];
        for (name, from, to, day, expected) in rows {
            assert_eq!(period(from, to).holds(day.parse().ok()), expected, "{name}");
        }
    }

    #[test]
    fn periods_overlap_when_they_share_a_day() {
        let year = period("2026-01-01", "2026-12-31");
        let rows = [
            ("the year before", "2025-01-01", "2025-12-31", false),
            ("the year after", "2027-01-01", "", false),
            ("its last day", "2026-12-31", "2027-12-31", true),
            ("its first day", "", "2026-01-01", true),
            ("inside", "2026-05-01", "2026-05-31", true),
            ("always", "", "", true),
        ];
        for (name, from, to, expected) in rows {
            assert_eq!(year.overlaps(period(from, to)), expected, "{name}");
            assert_eq!(period(from, to).overlaps(year), expected, "{name}, turned round");
        }
        assert!(!period("2026-02-01", "2026-01-01").is_in_order());
    }
}
