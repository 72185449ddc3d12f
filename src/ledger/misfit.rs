//! A row that does not fit the chain: what has become of it.
//!
//! Asked only when one does not fit, so it may read the table again. Nothing of a row's text is told, only numbers.

use rusqlite::{Connection, Row};

use super::chain::{Link, Table, texts};
use super::error::{Damage, LedgerError, sql};
use crate::id::Digest;

/// A row as it lies, with the hash that stands beside it.
struct Lying {
    columns: Vec<Vec<u8>>,
    chain: Option<Digest>,
}

impl Lying {
    fn of(table: Table, row: &Row<'_>) -> rusqlite::Result<Self> {
        let columns = texts(table, row)?.unwrap_or_default();
        let columns = columns.iter().map(|column| column.bytes().to_vec()).collect();
        let chain: Option<String> = row.get(table.columns.len()).ok();
        Ok(Lying { columns, chain: chain.and_then(|text| Digest::try_from(text).ok()) })
    }

    /// Whether it is what was written as row `number` behind `before`, by the hash that stands beside it or by
    /// `chain`.
    fn was(&self, table: Table, number: u64, before: Option<Digest>, chain: Option<Digest>) -> bool {
        let Some(before) = before else { return false };
        let digits = number.to_string();
        let columns =
            std::iter::once(digits.as_bytes()).chain(self.columns.iter().skip(1).map(Vec::as_slice));
        let hash = Link { rows: number - 1, hash: before }.next(table, columns).hash;
        self.chain == Some(hash) || chain == Some(hash)
    }
}

/// The table as it lies.
struct Rows {
    table: Table,
    start: Link,
    rows: Vec<Lying>,
}

impl Rows {
    fn row(&self, number: u64) -> Option<&Lying> {
        self.rows.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// The hash that stands at a number; the chain's beginning before the first row.
    fn chain(&self, number: u64) -> Option<Digest> {
        if number == 0 { Some(self.start.hash) } else { self.row(number)?.chain }
    }

    /// The other number under which the row at `number` was written.
    fn original(&self, number: u64) -> Option<u64> {
        let lying = self.row(number)?;
        // Rows that are gone may have been many.
        let mut others = (1..=2 * self.rows.len() as u64 + 100).filter(|other| *other != number);
        // The row it was written behind lies before its old place, has changed places with it, or has moved with it.
        let was_at = |other: &u64| {
            let there = self.chain(*other);
            lying.was(self.table, *other, self.chain(*other - 1), there)
                || lying.was(self.table, *other, there, None)
                || lying.was(self.table, *other, self.chain(number - 1), None)
        };
        others.find(was_at)
    }

    /// Whether the row at a number is what was written there.
    fn fits(&self, number: u64) -> bool {
        self.row(number).is_some_and(|lying| lying.was(self.table, number, self.chain(number - 1), None))
    }
}

/// What has become of the row at `number`, the first of its table that does not fit; its chain begins at `start`.
///
/// # Errors
/// [`LedgerError`] when the table cannot be read.
pub(super) fn told(
    connection: &Connection,
    table: Table,
    start: Link,
    number: u64,
) -> Result<LedgerError, LedgerError> {
    let read = || {
        connection
            .prepare(&table.query(true))?
            .query_map([], |row| Lying::of(table, row))?
            .collect::<rusqlite::Result<Vec<_>>>()
    };
    let rows = Rows { table, start, rows: read().map_err(sql("read"))? };
    let (damage, what) = judged(&rows, number);
    Ok(LedgerError::Broken { table: table.name, seq: number, damage, what })
}

fn judged(rows: &Rows, number: u64) -> (Damage, String) {
    if let Some(original) = rows.original(number) {
        return if original < number && rows.fits(original) {
            (Damage::Added, format!("it is row {original} once more"))
        } else {
            (Damage::Moved, format!("it was written as row {original}"))
        };
    }
    // The rows behind it tell whether numbers were given anew.
    match rows.original(number + 1) {
        Some(original) if original > number + 1 => (
            Damage::Missing,
            format!("missing rows from here on: {}; those behind were numbered anew", original - number - 1),
        ),
        Some(original) if original <= number => {
            (Damage::Added, "it was put in between, and those behind were numbered anew".to_owned())
        }
        Some(_) | None => (Damage::Edited, "it is not as it was written".to_owned()),
    }
}
