//! Rows to [`Book`]: reads every entry in order and refuses a ledger of which anything is missing or edited.
//!
//! Checks that every row fits the chain, that rows are numbered without a gap, through and within each transfer, that
//! as many are there as were written, that every event is one its transfer had a move for, and that the list of runs is
//! the one that the entries tell of. Leaves out the accounts of runs, which are large: each is held against its digest
//! when it is read (`runs`). Writes nothing.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};

use super::book::Book;
use super::chain::{DISCLOSURES, ENTRIES, Head, Link, Table, is_written};
use super::entry::Entry;
use super::error::{Damage, LedgerError, sql};
use super::misfit;
use super::row::{decode, parse, parse_moment};
use super::runs::{self, Ended};
use super::schema::{self, CHAINED_FROM};
use crate::id::{Digest, RunId};
use crate::moves::Moment;

/// How many rows there are, and the hashes of the last: what the next one is written after.
#[derive(Debug)]
pub(super) struct Tally {
    /// Entries.
    pub(super) entries: Link,
    /// Disclosures.
    pub(super) disclosures: Link,
    /// Entries of each subject.
    pub(super) subjects: BTreeMap<String, u64>,
    /// What the entries say of runs that ended.
    pub(super) ended: BTreeMap<RunId, Ended>,
}

impl Tally {
    /// Of a ledger that has no row yet and whose chains begin here.
    pub(super) fn at(start: Link) -> Self {
        Tally { entries: start, disclosures: start, subjects: BTreeMap::new(), ended: BTreeMap::new() }
    }

    /// What the ledger can be told by.
    pub(super) fn head(&self) -> Head {
        Head::of(self.entries, self.disclosures)
    }

    /// The digest of a run's account; none where the entries know of none.
    pub(super) fn account_of(&self, run: &RunId) -> Option<Digest> {
        self.ended.get(run).map(|ended| ended.account)
    }
}

/// One row of the table `entries`, as read.
struct EntryRow {
    run: RunId,
    at: Moment,
    subject: String,
    subject_no: i64,
    kind: String,
    body: String,
}

/// Reads the whole ledger, which has this version.
///
/// # Errors
/// [`LedgerError::Broken`] naming the first row that is edited, missing, doubled, moved, unreadable or impossible.
pub(super) fn fold(connection: &Connection, version: i64) -> Result<(Book, Tally), LedgerError> {
    let is_chained = version >= CHAINED_FROM;
    let start = Link::start(&schema::key(connection)?);
    if is_chained {
        schema::expect_start(connection, start)?;
    }
    let runs = runs::listed(connection)?;
    let (mut book, mut tally) = (Book::default(), Tally::at(start));
    tally.entries = each(connection, (ENTRIES, start), is_chained, |number, row| {
        let broken = |damage, what| broken(ENTRIES, number, damage, what);
        let row = entry_row(row).map_err(|_| broken(Damage::Unreadable, UNREADABLE.to_owned()))?;
        take_numbers(&mut tally.subjects, &row).map_err(|what| broken(Damage::Impossible, what))?;
        if !runs.contains_key(&row.run) {
            return Err(broken(Damage::Impossible, "its run is not in the list of runs".to_owned()));
        }
        let entry =
            decode(&row.subject, &row.kind, &row.body).map_err(|what| broken(Damage::Unreadable, what))?;
        if let Some(told) = Ended::told(&entry, row.at) {
            tally.ended.insert(row.run, told);
        }
        book.record(&entry, row.at).map_err(|illegal| broken(Damage::Impossible, illegal.to_string()))
    })?;
    tally.disclosures = each(connection, (DISCLOSURES, start), is_chained, |number, row| {
        let broken = |damage, what| broken(DISCLOSURES, number, damage, what);
        let (at, body) =
            disclosure_row(row).map_err(|_| broken(Damage::Unreadable, UNREADABLE.to_owned()))?;
        let disclosure = parse(&body).map_err(|what| broken(Damage::Unreadable, what))?;
        book.record(&Entry::Disclosure { disclosure }, at)
            .map_err(|illegal| broken(Damage::Impossible, illegal.to_string()))
    })?;
    expect_end(connection, ENTRIES, tally.entries, is_chained)?;
    expect_end(connection, DISCLOSURES, tally.disclosures, is_chained)?;
    if is_chained {
        runs::expect(&runs, &tally.ended)?;
    }
    Ok((book, tally))
}

/// What is said of a row whose columns are not of their kind.
const UNREADABLE: &str = "a column of it cannot be read";

fn broken(table: Table, seq: u64, damage: Damage, what: String) -> LedgerError {
    LedgerError::Broken { table: table.name, seq, damage, what }
}

/// Goes through a table in order, from where its chain begins, and gives where it ends. Each row is known to be what was written, where
/// there is a chain to tell by, before it is taken.
fn each(
    connection: &Connection,
    (table, start): (Table, Link),
    is_chained: bool,
    mut take: impl FnMut(u64, &Row<'_>) -> Result<(), LedgerError>,
) -> Result<Link, LedgerError> {
    let mut statement = connection.prepare(&table.query(is_chained)).map_err(sql("read"))?;
    let mut rows = statement.query([]).map_err(sql("read"))?;
    let mut last = start;
    while let Some(row) = rows.next().map_err(sql("read"))? {
        let number = last.rows + 1;
        let unreadable = || broken(table, number, Damage::Unreadable, UNREADABLE.to_owned());
        let seq: i64 = row.get(0).map_err(|_| unreadable())?;
        if seq != number.cast_signed() {
            let what = format!("row {number} is missing");
            return Err(broken(table, number, Damage::Missing, what));
        }
        let link = last.after(table, row).map_err(sql("read"))?.ok_or_else(unreadable)?;
        if is_chained && !is_beside(&link.hash, row, table) {
            return Err(misfit::told(connection, table, start, number)?);
        }
        take(number, row)?;
        last = link;
    }
    Ok(last)
}

/// Whether this hash stands beside a row.
fn is_beside(hash: &Digest, row: &Row<'_>, table: Table) -> bool {
    let chain = row.get_ref(table.columns.len()).ok().and_then(|value| value.as_str().ok());
    chain.is_some_and(|text| is_written(hash, text))
}

fn entry_row(row: &Row<'_>) -> rusqlite::Result<EntryRow> {
    Ok(EntryRow {
        run: RunId::from_text(row.get::<_, String>(1)?),
        at: moment(row, 2)?,
        subject: row.get(3)?,
        subject_no: row.get(4)?,
        kind: row.get(5)?,
        body: row.get(6)?,
    })
}

fn disclosure_row(row: &Row<'_>) -> rusqlite::Result<(Moment, String)> {
    Ok((moment(row, 2)?, row.get(4)?))
}

fn moment(row: &Row<'_>, column: usize) -> rusqlite::Result<Moment> {
    parse_moment(row.get_ref(column)?.as_str()?)
}

fn take_numbers(subjects: &mut BTreeMap<String, u64>, row: &EntryRow) -> Result<(), String> {
    let of_subject = subjects.entry(row.subject.clone()).or_default();
    *of_subject += 1;
    if row.subject_no == of_subject.cast_signed() {
        Ok(())
    } else {
        Err(format!("entry {of_subject} of its subject is missing"))
    }
}

/// Whether a table ends where it was left: as many rows, and the last of them the one that was written last.
fn expect_end(connection: &Connection, table: Table, end: Link, is_chained: bool) -> Result<(), LedgerError> {
    let written = schema::count(connection, table.name)?;
    if written != end.rows {
        let (damage, seq) =
            if written > end.rows { (Damage::Missing, end.rows + 1) } else { (Damage::Added, written + 1) };
        let what = format!("{written} rows were written and {} are there", end.rows);
        return Err(broken(table, seq, damage, what));
    }
    if is_chained && !is_written(&end.hash, &schema::head(connection, table)?) {
        let what = format!("row {written} is not the one that was written last");
        return Err(broken(table, written + 1, Damage::Missing, what));
    }
    Ok(())
}
