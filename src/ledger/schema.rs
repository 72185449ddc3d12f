//! The ledger's tables, their versions, what stands beside them in `meta`, and the secret that is made with them.
//!
//! A ledger of a newer version is never written into. Leaves out the bringing up to date (`migration`). The SQL keeps to what
//! PostgreSQL takes as well: BIGINT and TEXT, times as RFC 3339 in UTC, `$1` … `$n` in order of first use. Only
//! the pragmas and the look at the catalogue are SQLite's own, and they are in this file.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use super::chain::{DISCLOSURES, ENTRIES, Head, Link, Table, is_written};
use super::error::{Damage, LedgerError, sql};
use super::row::{moment_text, parse_moment};
use crate::id::LedgerKey;
use crate::moves::Moment;
use crate::person::Environment;

/// What leads from each version to the next, the first from nothing to 1.
///
/// Entries are numbered through, and within their subject: one that is missing shows. Disclosures stand apart
/// from what happened to transfers, since they are kept for as long as the journal (pjl § 22 a).
pub(super) const MIGRATIONS: [&str; 5] = [
    "
    CREATE TABLE meta (
        name  TEXT PRIMARY KEY,
        value TEXT NOT NULL
    );
    CREATE TABLE runs (
        run_no         BIGINT PRIMARY KEY,
        run_id         TEXT NOT NULL UNIQUE,
        command        TEXT NOT NULL,
        started_at     TEXT NOT NULL,
        finished_at    TEXT,
        reconciliation TEXT
    );
    CREATE TABLE entries (
        seq        BIGINT PRIMARY KEY,
        run_id     TEXT NOT NULL REFERENCES runs (run_id),
        at         TEXT NOT NULL,
        subject    TEXT NOT NULL,
        subject_no BIGINT NOT NULL,
        kind       TEXT NOT NULL,
        body       TEXT NOT NULL,
        UNIQUE (subject, subject_no)
    );
    CREATE TABLE disclosures (
        seq      BIGINT PRIMARY KEY,
        run_id   TEXT NOT NULL REFERENCES runs (run_id),
        at       TEXT NOT NULL,
        transfer TEXT NOT NULL,
        body     TEXT NOT NULL
    );
",
    // The tables stay as they are. From here on a parcel's record has several files and there are events and entries
    // that a program of version 1 does not know: it must not read on.
    "",
    // And from here on it remembers of persons' whereabouts what a program of version 2 would take for moves, and
    // changes that wait.
    "",
    // And from here on what lies in a tray may be one file to print, what is sent a sealed bundle, with reasons and
    // evidence that a program of version 3 has no words for.
    "",
    // And from here on every row has its hash in the chain, which is laid over what is there (`migration`).
    "
    ALTER TABLE entries ADD COLUMN chain TEXT NOT NULL DEFAULT '';
    ALTER TABLE disclosures ADD COLUMN chain TEXT NOT NULL DEFAULT '';
    INSERT INTO meta (name, value) VALUES ('chain_start', ''), ('entries_head', ''), ('disclosures_head', '');
",
];

/// The version this program writes.
pub const VERSION: i64 = MIGRATIONS.len() as i64;

/// The first version whose rows are chained.
pub(super) const CHAINED_FROM: i64 = 5;

/// The names of the table `meta`, beside those of the tables themselves for their counts.
pub(super) const SCHEMA_VERSION: &str = "schema_version";
pub(super) const KEY: &str = "ledger_key";
/// Where the chains begin.
pub(super) const START: &str = "chain_start";
/// When a copy was made, in a backup that has not been taken into use yet.
const COPIED_AT: &str = "copied_at";

/// The key of test jobs, so that the same night has the same ids on every machine. Protects nobody.
const TEST_KEY: [u8; 32] = *b"journalflytt: synthetic persons.";

/// The key a ledger gets when it is made.
#[derive(Clone, Debug)]
pub enum KeyIfNew {
    /// A random one.
    Random,
    /// This one.
    Fixed(LedgerKey),
}

impl KeyIfNew {
    /// Random where persons are real, fixed where they are synthetic.
    pub fn of(environment: Environment) -> Self {
        match environment {
            Environment::Production => KeyIfNew::Random,
            Environment::Test => KeyIfNew::Fixed(LedgerKey::new(TEST_KEY)),
        }
    }

    pub(super) fn make(&self, path: &Path) -> Result<LedgerKey, LedgerError> {
        match self {
            KeyIfNew::Fixed(key) => Ok(key.clone()),
            KeyIfNew::Random => {
                let mut bytes = [0; 32];
                getrandom::fill(&mut bytes).map_err(|cause| LedgerError::Io {
                    act: "get random bytes for the key of",
                    path: path.to_owned(),
                    cause: std::io::Error::other(cause.to_string()),
                })?;
                Ok(LedgerKey::new(bytes))
            }
        }
    }
}

/// The ledger's version; 0 where it has no tables yet.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<i64, LedgerError> {
    let foreign = || LedgerError::Foreign { path: path.to_owned() };
    let tables: i64 = connection
        .query_row("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'", [], |row| row.get(0))
        .map_err(sql("open"))?;
    if tables == 0 {
        return Ok(0);
    }
    if !connection.table_exists(None, "meta").map_err(sql("open"))? {
        return Err(foreign());
    }
    let found = meta(connection, SCHEMA_VERSION)?.and_then(|text| text.parse().ok()).ok_or_else(foreign)?;
    if found > VERSION {
        return Err(LedgerError::Newer { found, known: VERSION });
    }
    if found < 1 {
        return Err(foreign());
    }
    if found < CHAINED_FROM && has_chain(connection)? {
        let what = format!("it says version {found}, and its rows are chained as from {CHAINED_FROM} on");
        return Err(LedgerError::Broken { table: "meta", seq: 0, damage: Damage::Edited, what });
    }
    Ok(found)
}

/// Whether anything there tells of a chain.
fn has_chain(connection: &Connection) -> Result<bool, LedgerError> {
    let columns = ENTRIES.name.to_owned();
    let query = "SELECT COUNT(*) FROM pragma_table_info($1) WHERE name = 'chain'";
    let count: i64 = connection.query_row(query, [columns], |row| row.get(0)).map_err(sql("open"))?;
    let names = [START, head_name(ENTRIES), head_name(DISCLOSURES)];
    let left = names.into_iter().map(|name| meta(connection, name)).collect::<Result<Vec<_>, _>>()?;
    Ok(count > 0 || left.iter().any(Option::is_some))
}

/// The ledger's key.
pub(super) fn key(connection: &Connection) -> Result<LedgerKey, LedgerError> {
    meta(connection, KEY)?.as_deref().and_then(LedgerKey::from_hex).ok_or_else(|| no_meta(KEY))
}

/// Whether the chains begin where they were begun: with another key they would begin elsewhere.
///
/// # Errors
/// [`LedgerError::Broken`] when the key is another.
pub(super) fn expect_start(connection: &Connection, start: Link) -> Result<(), LedgerError> {
    let begun = meta(connection, START)?.ok_or_else(|| no_meta(START))?;
    if is_written(&start.hash, &begun) {
        return Ok(());
    }
    let what = "the ledger's key is not the one it was begun with".to_owned();
    Err(LedgerError::Broken { table: "meta", seq: 0, damage: Damage::Edited, what })
}

/// How many rows a table must have.
pub(super) fn count(connection: &Connection, table: &'static str) -> Result<u64, LedgerError> {
    meta(connection, table)?.and_then(|text| text.parse().ok()).ok_or_else(|| no_meta(table))
}

/// The hash of a table's last row, as it was left.
pub(super) fn head(connection: &Connection, table: Table) -> Result<String, LedgerError> {
    let name = head_name(table);
    meta(connection, name)?.ok_or_else(|| no_meta(name))
}

/// Leaves behind how many rows the tables have, and the hashes of the last.
pub(super) fn leave(connection: &Connection, ends: &Head) -> rusqlite::Result<()> {
    for (table, end) in ends.links() {
        set_meta(connection, table.name, &end.rows.to_string())?;
        set_meta(connection, head_name(table), &end.hash.to_string())?;
    }
    Ok(())
}

fn head_name(table: Table) -> &'static str {
    if table == ENTRIES { "entries_head" } else { "disclosures_head" }
}

/// When the copy was made that this ledger is; none of a ledger in use.
pub(super) fn copied_at(connection: &Connection) -> Result<Option<Moment>, LedgerError> {
    let written = meta(connection, COPIED_AT)?;
    written.map(|text| parse_moment(&text)).transpose().map_err(|_| no_meta(COPIED_AT))
}

/// Marks a copy as one, unless it is a copy of a copy.
pub(super) fn mark_copied(connection: &Connection, at: Moment) -> rusqlite::Result<()> {
    connection
        .execute(
            "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            params![COPIED_AT, moment_text(at)],
        )
        .map(|_| ())
}

/// Takes the mark away: what came of the copy is in the ledger.
pub(super) fn unmark(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM meta WHERE name = $1", [COPIED_AT]).map(|_| ())
}

/// Sets a value of the table `meta`.
pub(super) fn set_meta(connection: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE meta SET value = $1 WHERE name = $2")?
        .execute(params![value, name])
        .map(|_| ())
}

fn meta(connection: &Connection, name: &str) -> Result<Option<String>, LedgerError> {
    connection
        .query_row("SELECT value FROM meta WHERE name = $1", [name], |row| row.get(0))
        .optional()
        .map_err(sql("read"))
}

fn no_meta(name: &'static str) -> LedgerError {
    let what = format!("{name} is missing or unreadable");
    LedgerError::Broken { table: "meta", seq: 0, damage: Damage::Unreadable, what }
}
