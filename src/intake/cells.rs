//! Cells that mean the same in extracts and in the register: identity numbers, moments, gradings.
//!
//! A bad cell is said with its column and in words; its content never leaves.

use chrono::DateTime;

use crate::message::stated_time::in_norway;
use crate::moves::{Moment, Now};
use crate::person::{Environment, IdType, NationalId, PersonName, parse_id};
use crate::tabular::{BadCell, Row};

/// What it takes to read a row.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Whose numbers are allowed.
    pub environment: Environment,
    /// The night's time: tells early numbers of 2032, and its offset is that of times written without one.
    pub now: Now,
}

/// A number and whether its reader should be warned of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdCell {
    /// The number; none for an empty cell.
    pub id: Option<NationalId>,
    /// The number passes the 2032 control rule only, before 2032: almost surely a typing error.
    pub early_2032: bool,
}

/// The stated type of the row's number.
///
/// # Errors
/// [`BadCell`] `bad-value`.
pub fn id_type(row: Row<'_>) -> Result<Option<IdType>, BadCell> {
    match row.get("id_type") {
        "" => Ok(None),
        text => IdType::from_code(text)
            .map(Some)
            .ok_or_else(|| BadCell::new("id_type", "bad-value", "not one of: FNR, DNR, FHN, HNR, DUF")),
    }
}

/// An identity number.
///
/// # Errors
/// [`BadCell`] `bad-id`.
pub fn national_id(
    row: Row<'_>,
    column: &'static str,
    stated: Option<IdType>,
    reading: &Reading,
) -> Result<IdCell, BadCell> {
    let text = row.get(column);
    if text.is_empty() {
        return Ok(IdCell { id: None, early_2032: false });
    }
    match parse_id(text, stated, reading.environment, reading.now.date_naive()) {
        Ok(parsed) => Ok(IdCell { id: Some(parsed.id), early_2032: parsed.early_2032 }),
        Err(error) => Err(BadCell::new(column, "bad-id", error.to_string())),
    }
}

/// The warning for a number that comes too early.
pub fn early_warning(column: &'static str) -> BadCell {
    let reason = "the number passes only the control rule of 2032, and it is not 2032 yet; taken as it is";
    BadCell::new(column, "early-2032", reason)
}

/// A moment: with its own offset where it is written with one, else in Norwegian time. Not in the night's own
/// offset: the same row read in summer and in winter must be the same moment.
///
/// # Errors
/// [`BadCell`] `bad-date`.
pub fn moment(row: Row<'_>, column: &'static str) -> Result<Option<Moment>, BadCell> {
    if let Ok(time) = DateTime::parse_from_rfc3339(row.get(column)) {
        return Ok(Some(time.to_utc()));
    }
    Ok(row.time(column)?.and_then(in_norway).map(|time| time.to_utc()))
}

/// The name, empty where the row has none.
pub fn name(row: Row<'_>) -> PersonName {
    PersonName::new(row.get("family_name"), row.get("given_name"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tabular::{self, Columns, Form, TableFault};

    #[test]
    fn a_time_is_the_same_moment_in_summer_and_in_winter() -> Result<(), TableFault> {
        const AT: Columns = Columns { required: &["at"], optional: &[] };
        let rows = [
            ("01.07.2026 03:12", "2026-07-01T01:12:00+00:00"),
            ("2026-11-20 03:12", "2026-11-20T02:12:00+00:00"),
            ("2026-11-20T03:12:00+05:00", "2026-11-19T22:12:00+00:00"),
        ];
        for (text, expected) in rows {
            let table = tabular::read(format!("at\n{text}\n").as_bytes(), &Form::default(), AT)?;
            let read: Vec<_> = table.rows().map(|row| moment(row, "at")).collect();
            let shown =
                |read: &Result<Option<Moment>, BadCell>| read.as_ref().ok()?.map(|at| at.to_rfc3339());
            assert_eq!(read.iter().map(shown).collect::<Vec<_>>(), [Some(expected.to_owned())], "{text}");
        }
        Ok(())
    }
}
