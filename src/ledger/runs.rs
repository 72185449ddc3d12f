//! The list of runs: when each began and ended, and the reconciliation it left.
//!
//! Only reads and writes the table `runs`; what a reconciliation says is `reconcile`'s. The table is not chained, since
//! a row of it is written twice; of each run that ended an entry holds all that its row does, the account by its digest.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::entry::{Entry, RunRecord};
use super::error::{Damage, LedgerError, sql};
use super::row::{moment_text, parse_moment};
use crate::id::{Digest, RunId, TransferId};
use crate::moves::{Moment, Now};

/// Writes down that a run begins. Its id is the local time, `2026-11-22-020000`; `-2`, `-3` … where that is taken.
pub(super) fn begin(connection: &mut Connection, command: &str, now: Now) -> Result<RunId, LedgerError> {
    let transaction = connection.transaction().map_err(sql("begin a run in"))?;
    let number: i64 = transaction
        .query_row("SELECT COALESCE(MAX(run_no), 0) + 1 FROM runs", [], |row| row.get(0))
        .map_err(sql("read the runs of"))?;
    let stem = now.format("%Y-%m-%d-%H%M%S").to_string();
    let mut id = stem.clone();
    for next in 2.. {
        let taken: i64 = transaction
            .query_row("SELECT COUNT(*) FROM runs WHERE run_id = $1", [&id], |row| row.get(0))
            .map_err(sql("read the runs of"))?;
        if taken == 0 {
            break;
        }
        id = format!("{stem}-{next}");
    }
    transaction
        .execute(
            "INSERT INTO runs (run_no, run_id, command, started_at) VALUES ($1, $2, $3, $4)",
            params![number, id, command, moment_text(now.to_utc())],
        )
        .map_err(sql("begin a run in"))?;
    transaction.commit().map_err(sql("begin a run in"))?;
    Ok(RunId::from_text(id))
}

/// A run as the list has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) number: u64,
    command: String,
    started_at: Moment,
    /// None of a run that did not end.
    finished_at: Option<Moment>,
}

/// What an entry says of a run that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) run: Listed,
    /// The digest of its account.
    pub(super) account: Digest,
}

impl Ended {
    /// What this entry, written then, says; none where it is of something else.
    pub(super) fn told(entry: &Entry, at: Moment) -> Option<Self> {
        let Entry::RunEnded { number, command, started_at, account } = entry else { return None };
        let (number, command, started_at) = (*number, command.clone(), *started_at);
        Some(Ended { run: Listed { number, command, started_at, finished_at: Some(at) }, account: *account })
    }

    /// The entry that says so.
    pub(super) fn entry(&self) -> Entry {
        let Listed { number, command, started_at, .. } = self.run.clone();
        Entry::RunEnded { number, command, started_at, account: self.account }
    }
}

/// Writes down that a run ended, and its reconciliation. Gives what an entry is to say of it, in the same transaction.
pub(super) fn finish(
    connection: &Connection,
    run: &RunId,
    at: Moment,
    reconciliation: &str,
) -> Result<Ended, LedgerError> {
    connection
        .execute(
            "UPDATE runs SET finished_at = $1, reconciliation = $2 WHERE run_id = $3",
            params![moment_text(at), reconciliation, run.as_str()],
        )
        .map_err(sql("finish a run in"))?;
    let listed = connection
        .query_row(&format!("{LISTED} WHERE run_id = $1"), [run.as_str()], listed_row)
        .map_err(sql("finish a run in"))?;
    Ok(Ended { run: listed.1, account: Digest::of(reconciliation.as_bytes()) })
}

const LISTED: &str = "SELECT run_id, run_no, command, started_at, finished_at FROM runs";

fn listed_row(row: &Row<'_>) -> rusqlite::Result<(RunId, Listed)> {
    let number: i64 = row.get(1)?;
    let finished: Option<String> = row.get(4)?;
    let listed = Listed {
        number: u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(1, number))?,
        command: row.get(2)?,
        started_at: parse_moment(&row.get::<_, String>(3)?)?,
        finished_at: finished.as_deref().map(parse_moment).transpose()?,
    };
    Ok((RunId::from_text(row.get::<_, String>(0)?), listed))
}

/// Every run as the list has it.
pub(super) fn listed(connection: &Connection) -> Result<BTreeMap<RunId, Listed>, LedgerError> {
    let mut statement =
        connection.prepare(&format!("{LISTED} ORDER BY run_no")).map_err(sql("read the runs of"))?;
    let mut rows = statement.query([]).map_err(sql("read the runs of"))?;
    let mut listed = BTreeMap::new();
    while let Some(row) = rows.next().map_err(sql("read the runs of"))? {
        let unreadable = |_| {
            let number = row.get::<_, i64>(1).unwrap_or_default().cast_unsigned();
            broken(number, Damage::Unreadable, "a column of it cannot be read".to_owned())
        };
        listed.extend([listed_row(row).map_err(unreadable)?]);
    }
    Ok(listed)
}

/// What every run that ended has left, for entries that are to say so: of a ledger that has none yet.
pub(super) fn ended(connection: &Connection) -> rusqlite::Result<Vec<(RunId, Moment, Ended)>> {
    let query = "SELECT run_id, run_no, command, started_at, finished_at, reconciliation FROM runs \
         WHERE finished_at IS NOT NULL ORDER BY run_no";
    let row = |row: &Row<'_>| {
        let (id, run) = listed_row(row)?;
        let account: Option<String> = row.get(5)?;
        let account = Digest::of(account.unwrap_or_default().as_bytes());
        Ok(run.finished_at.map(|at| (id, at, Ended { run, account })))
    };
    let rows = connection.prepare(query)?.query_map([], row)?.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(rows.into_iter().flatten().collect())
}

/// Whether the list of runs is the one that the entries tell of: none is missing, and each that ended is as it was.
pub(super) fn expect(
    listed: &BTreeMap<RunId, Listed>,
    ended: &BTreeMap<RunId, Ended>,
) -> Result<(), LedgerError> {
    if let Some((_, gone)) = ended.iter().find(|(id, _)| !listed.contains_key(*id)) {
        return Err(broken(gone.run.number, Damage::Missing, "it is missing".to_owned()));
    }
    let mut in_order: Vec<(&RunId, &Listed)> = listed.iter().collect();
    in_order.sort_by_key(|(_, run)| run.number);
    for (number, (id, run)) in (1..).zip(in_order) {
        if run.number != number {
            return Err(broken(number, Damage::Missing, "it is missing".to_owned()));
        }
        let told = ended.get(id).map(|ended| &ended.run);
        if told.is_some_and(|told| told != run) || told.is_none() && run.finished_at.is_some() {
            return Err(broken(number, Damage::Edited, "it is not as it was written".to_owned()));
        }
    }
    Ok(())
}

fn broken(seq: u64, damage: Damage, what: String) -> LedgerError {
    LedgerError::Broken { table: "runs", seq, damage, what }
}

/// The last runs, the latest first.
pub(super) fn last(connection: &Connection, count: usize) -> Result<Vec<RunRecord>, LedgerError> {
    let read = || {
        connection
            .prepare(
                "SELECT run_id, command, started_at, finished_at FROM runs ORDER BY run_no DESC LIMIT $1",
            )?
            .query_map([i64::try_from(count).unwrap_or(i64::MAX)], record)?
            .collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(sql("read the runs of"))
}

fn record(row: &Row<'_>) -> rusqlite::Result<RunRecord> {
    let finished: Option<String> = row.get(3)?;
    Ok(RunRecord {
        id: RunId::from_text(row.get::<_, String>(0)?),
        command: row.get(1)?,
        started_at: parse_moment(&row.get::<_, String>(2)?)?,
        finished_at: finished.as_deref().map(parse_moment).transpose()?,
    })
}

/// The reconciliation a run left, as JSON; none for an unknown or unfinished run. Held against the digest that the
/// entries have of it; a ledger of before they had any has none.
pub(super) fn reconciliation(
    connection: &Connection,
    run: &RunId,
    digest: Option<Digest>,
) -> Result<Option<String>, LedgerError> {
    let read: Option<(i64, Option<String>)> = connection
        .query_row("SELECT run_no, reconciliation FROM runs WHERE run_id = $1", [run.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(sql("read the runs of"))?;
    let Some((number, account)) = read else { return Ok(None) };
    let is_as_written =
        digest.is_none_or(|digest| Digest::of(account.as_deref().unwrap_or_default().as_bytes()) == digest);
    if is_as_written {
        return Ok(account);
    }
    let what = "the account it left is not as it was written".to_owned();
    Err(broken(number.cast_unsigned(), Damage::Edited, what))
}

/// The transfers a run has written about.
pub(super) fn touched(connection: &Connection, run: &RunId) -> Result<BTreeSet<TransferId>, LedgerError> {
    let read = || {
        connection
            .prepare("SELECT DISTINCT subject FROM entries WHERE run_id = $1 AND subject <> ''")?
            .query_map([run.as_str()], |row| Ok(TransferId::from_text(row.get::<_, String>(0)?)))?
            .collect::<rusqlite::Result<BTreeSet<_>>>()
    };
    read().map_err(sql("read"))
}
