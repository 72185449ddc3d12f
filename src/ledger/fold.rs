//! Rows to [`Book`]: reads every entry in order and refuses a ledger from which anything is missing.
//!
//! Checks that rows are numbered without a gap, through and within each transfer, that as many are there as were
//! written, and that every event is one its transfer had a move for. Writes nothing.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};

use super::book::Book;
use super::entry::Entry;
use super::error::{LedgerError, sql};
use super::row::{decode, parse, parse_moment};
use super::schema::{self, DISCLOSURES, ENTRIES};
use crate::moves::Moment;

/// How many rows there are: what the next one is numbered after.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Entries.
    pub(super) entries: u64,
    /// Disclosures.
    pub(super) disclosures: u64,
    /// Entries of each subject.
    pub(super) subjects: BTreeMap<String, u64>,
}

/// One row of the table `entries`, as read.
struct EntryRow {
    seq: u64,
    at: Moment,
    subject: String,
    subject_no: u64,
    kind: String,
    body: String,
}

/// Reads the whole ledger.
///
/// # Errors
/// [`LedgerError::Broken`] naming the first row that is missing, doubled, unreadable or impossible.
pub(super) fn fold(connection: &Connection) -> Result<(Book, Tally), LedgerError> {
    let mut book = Book::default();
    let mut tally = Tally::default();
    fold_entries(connection, &mut book, &mut tally)?;
    fold_disclosures(connection, &mut book, &mut tally)?;
    expect_count(connection, ENTRIES, tally.entries)?;
    expect_count(connection, DISCLOSURES, tally.disclosures)?;
    Ok((book, tally))
}

fn fold_entries(connection: &Connection, book: &mut Book, tally: &mut Tally) -> Result<(), LedgerError> {
    let mut statement = connection
        .prepare("SELECT seq, at, subject, subject_no, kind, body FROM entries ORDER BY seq")
        .map_err(sql("read"))?;
    let rows = statement.query_map([], entry_row).map_err(sql("read"))?;
    for row in rows {
        let row = row.map_err(sql("read"))?;
        let broken = |what: String| LedgerError::Broken { table: ENTRIES, seq: row.seq, what };
        take_numbers(tally, &row).map_err(broken)?;
        let entry = decode(&row.subject, &row.kind, &row.body).map_err(broken)?;
        book.record(&entry, row.at).map_err(|illegal| broken(illegal.to_string()))?;
    }
    Ok(())
}

fn fold_disclosures(connection: &Connection, book: &mut Book, tally: &mut Tally) -> Result<(), LedgerError> {
    let mut statement =
        connection.prepare("SELECT seq, at, body FROM disclosures ORDER BY seq").map_err(sql("read"))?;
    let rows = statement
        .query_map([], |row| Ok((number(row, 0)?, moment(row, 1)?, row.get::<_, String>(2)?)))
        .map_err(sql("read"))?;
    for row in rows {
        let (seq, at, body) = row.map_err(sql("read"))?;
        let broken = |what: String| LedgerError::Broken { table: DISCLOSURES, seq, what };
        tally.disclosures = follows(tally.disclosures, seq, "disclosure").map_err(broken)?;
        let entry = Entry::Disclosure { disclosure: parse(&body).map_err(broken)? };
        book.record(&entry, at).map_err(|illegal| broken(illegal.to_string()))?;
    }
    Ok(())
}

fn entry_row(row: &Row<'_>) -> rusqlite::Result<EntryRow> {
    Ok(EntryRow {
        seq: number(row, 0)?,
        at: moment(row, 1)?,
        subject: row.get(2)?,
        subject_no: number(row, 3)?,
        kind: row.get(4)?,
        body: row.get(5)?,
    })
}

fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Moment> {
    parse_moment(row.get_ref(column)?.as_str()?)
}

fn take_numbers(tally: &mut Tally, row: &EntryRow) -> Result<(), String> {
    tally.entries = follows(tally.entries, row.seq, "entry")?;
    let of_subject = tally.subjects.entry(row.subject.clone()).or_default();
    *of_subject = follows(*of_subject, row.subject_no, "entry of its subject")?;
    Ok(())
}

fn follows(last: u64, number: u64, what: &str) -> Result<u64, String> {
    if number == last + 1 { Ok(number) } else { Err(format!("{what} {} is missing", last + 1)) }
}

fn expect_count(connection: &Connection, table: &'static str, read: u64) -> Result<(), LedgerError> {
    let written = schema::count(connection, table)?;
    if written == read {
        return Ok(());
    }
    let what = format!("{written} rows were written and {read} are there");
    Err(LedgerError::Broken { table, seq: read, what })
}
