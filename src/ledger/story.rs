//! What the ledger tells of one transfer, row by row: for whoever must follow it from its plan to its end.
//!
//! Reads only. Leaves out what the rows mean (`report::story`).

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, params};

use super::chain::{DISCLOSURES, ENTRIES};
use super::entry::Entry;
use super::error::{Damage, LedgerError, sql};
use super::row::{decode, parse, parse_moment};
use crate::id::{ActionId, RunId, TransferId};
use crate::moves::Moment;

/// One entry, and when and by which run it was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The run.
    pub run: RunId,
    /// When.
    pub at: Moment,
    /// What.
    pub entry: Entry,
}

/// A row of either table, as read.
struct ToldRow {
    seq: u64,
    run: RunId,
    at: Moment,
    subject: String,
    kind: String,
    body: String,
}

/// Every entry about a transfer or one of its actions, in the order written; a disclosure stands after what its run
/// had to tell.
pub(super) fn of(
    connection: &Connection,
    transfer: &TransferId,
    actions: &BTreeSet<ActionId>,
) -> Result<Vec<Told>, LedgerError> {
    // Receipts and settlements are about no one subject. The pattern only spares reading other receipts; what counts
    // is compared below.
    let query = "SELECT seq, run_id, at, subject, kind, body FROM entries \
         WHERE subject = $1 OR kind = 'settled' OR (kind = 'receipt-read' AND body LIKE '%' || $1 || '%') \
         ORDER BY seq";
    let mut told = Vec::new();
    for row in rows(connection, query, transfer)? {
        let broken = |what: String| unreadable(ENTRIES.name, row.seq, what);
        let entry = decode(&row.subject, &row.kind, &row.body).map_err(broken)?;
        let entry = about(entry, transfer, actions);
        told.extend(entry.map(|entry| Told { run: row.run, at: row.at, entry }));
    }
    for disclosure in disclosures(connection, transfer)? {
        let last_of_run = told.iter().rposition(|one| one.run == disclosure.run);
        told.insert(last_of_run.map_or(told.len(), |at| at + 1), disclosure);
    }
    Ok(told)
}

fn disclosures(connection: &Connection, transfer: &TransferId) -> Result<Vec<Told>, LedgerError> {
    let query = "SELECT seq, run_id, at, transfer, 'disclosure', body FROM disclosures \
         WHERE transfer = $1 ORDER BY seq";
    let told = rows(connection, query, transfer)?.into_iter().map(|row| {
        let broken = |what: String| unreadable(DISCLOSURES.name, row.seq, what);
        let entry = Entry::Disclosure { disclosure: parse(&row.body).map_err(broken)? };
        Ok(Told { run: row.run, at: row.at, entry })
    });
    told.collect()
}

fn unreadable(table: &'static str, seq: u64, what: String) -> LedgerError {
    LedgerError::Broken { table, seq, damage: Damage::Unreadable, what }
}

/// The entry as far as it is about this transfer or these actions; none when nothing of it is.
fn about(entry: Entry, transfer: &TransferId, actions: &BTreeSet<ActionId>) -> Option<Entry> {
    match entry {
        Entry::ReceiptRead { digest, mut rows } => {
            rows.retain(|row| row.transfer.as_ref() == Some(transfer));
            (!rows.is_empty()).then_some(Entry::ReceiptRead { digest, rows })
        }
        Entry::Settled { action, hand, matter } => {
            let is_its = matter.as_ref().is_some_and(|matter| matter.transfer.as_ref() == Some(transfer));
            (is_its || actions.contains(&action)).then_some(Entry::Settled { action, hand, matter })
        }
        Entry::Plan { .. }
        | Entry::Event { .. }
        | Entry::Contradiction { .. }
        | Entry::Whereabouts { .. }
        | Entry::Unplaced { .. }
        | Entry::Ended { .. }
        | Entry::Objection { .. }
        | Entry::Grading { .. }
        | Entry::Link { .. }
        | Entry::Disclosure { .. }
        | Entry::Pruned { .. }
        | Entry::RunEnded { .. }
        | Entry::Restored { .. }
        | Entry::FoundSealed { .. } => Some(entry),
    }
}

fn rows(connection: &Connection, query: &str, transfer: &TransferId) -> Result<Vec<ToldRow>, LedgerError> {
    let read = || {
        connection
            .prepare(query)?
            .query_map(params![transfer.as_str()], told_row)?
            .collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(sql("read"))
}

fn told_row(row: &Row<'_>) -> rusqlite::Result<ToldRow> {
    let seq: i64 = row.get(0)?;
    Ok(ToldRow {
        seq: u64::try_from(seq).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, seq))?,
        run: RunId::from_text(row.get::<_, String>(1)?),
        at: parse_moment(&row.get::<_, String>(2)?)?,
        subject: row.get(3)?,
        kind: row.get(4)?,
        body: row.get(5)?,
    })
}
