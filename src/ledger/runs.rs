//! The list of runs: when each began and ended, and the reconciliation it left.
//!
//! Only reads and writes the table `runs`; what a reconciliation says is `reconcile`'s.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::entry::RunRecord;
use super::error::{LedgerError, sql};
use super::row::{moment_text, parse_moment};
use crate::id::{RunId, TransferId};
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

/// Writes down that a run ended, and its reconciliation.
pub(super) fn finish(
    connection: &Connection,
    run: &RunId,
    at: Moment,
    reconciliation: &str,
) -> Result<(), LedgerError> {
    connection
        .execute(
            "UPDATE runs SET finished_at = $1, reconciliation = $2 WHERE run_id = $3",
            params![moment_text(at), reconciliation, run.as_str()],
        )
        .map(|_| ())
        .map_err(sql("finish a run in"))
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

/// The reconciliation a run left, as JSON; none for an unknown or unfinished run.
pub(super) fn reconciliation(connection: &Connection, run: &RunId) -> Result<Option<String>, LedgerError> {
    connection
        .query_row("SELECT reconciliation FROM runs WHERE run_id = $1", [run.as_str()], |row| row.get(0))
        .optional()
        .map(Option::flatten)
        .map_err(sql("read the runs of"))
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
