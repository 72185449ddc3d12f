//! The ledger's tables, their versions, and the secret that is made with them.
//!
//! Migrations are scripts in order; a ledger of a newer version is never written into. The SQL keeps to what
//! PostgreSQL takes as well: BIGINT and TEXT, times as RFC 3339 in UTC, `$1` … `$n` in order of first use. Only
//! the pragmas and the look at the catalogue are SQLite's own, and they are in this file.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};

use super::error::{LedgerError, sql};
use crate::id::LedgerKey;
use crate::person::Environment;

/// What leads from each version to the next, the first from nothing to 1.
///
/// Entries are numbered through, and within their subject: one that is missing shows. Disclosures stand apart
/// from what happened to transfers, since they are kept for as long as the journal (pjl § 22 a).
const MIGRATIONS: [&str; 4] = [
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
];

/// The version this program writes.
pub const VERSION: i64 = MIGRATIONS.len() as i64;

/// The names of the table `meta`.
const SCHEMA_VERSION: &str = "schema_version";
const KEY: &str = "ledger_key";
pub(super) const ENTRIES: &str = "entries";
pub(super) const DISCLOSURES: &str = "disclosures";

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

/// Brings a ledger to this program's version and sets what every write relies on. Gives its key.
///
/// # Errors
/// [`LedgerError::Newer`] and [`LedgerError::Foreign`] before anything is written.
pub(super) fn prepare(
    connection: &mut Connection,
    path: &Path,
    key_if_new: &KeyIfNew,
) -> Result<LedgerKey, LedgerError> {
    let found = version(connection, path)?;
    set_pragmas(connection).map_err(sql("open"))?;
    if found < VERSION {
        migrate(connection, found, &key_if_new.make(path)?).map_err(sql("bring up to date"))?;
    }
    key(connection)
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
    if found > VERSION { Err(LedgerError::Newer { found, known: VERSION }) } else { Ok(found) }
}

/// Durable at every commit: in WAL mode only FULL is.
fn set_pragmas(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// All scripts that are missing, the version and the key of a new ledger, in one transaction.
fn migrate(connection: &mut Connection, from: i64, key_if_new: &LedgerKey) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let done = usize::try_from(from).unwrap_or(0);
    for script in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(script)?;
    }
    if done == 0 {
        let rows = [(SCHEMA_VERSION, "0".to_owned()), (KEY, key_if_new.to_hex())];
        let counts = [(ENTRIES, "0".to_owned()), (DISCLOSURES, "0".to_owned())];
        for (name, value) in rows.into_iter().chain(counts) {
            transaction.execute("INSERT INTO meta (name, value) VALUES ($1, $2)", params![name, value])?;
        }
    }
    set_meta(&transaction, SCHEMA_VERSION, &VERSION.to_string())?;
    transaction.commit()
}

/// The ledger's key.
pub(super) fn key(connection: &Connection) -> Result<LedgerKey, LedgerError> {
    meta(connection, KEY)?.as_deref().and_then(LedgerKey::from_hex).ok_or_else(|| no_meta(KEY))
}

/// How many rows a table must have.
pub(super) fn count(connection: &Connection, table: &'static str) -> Result<u64, LedgerError> {
    meta(connection, table)?.and_then(|text| text.parse().ok()).ok_or_else(|| no_meta(table))
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
    LedgerError::Broken { table: "meta", seq: 0, what: format!("{name} is missing or unreadable") }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn fixed() -> KeyIfNew {
        KeyIfNew::of(Environment::Test)
    }

    #[test]
    fn a_new_ledger_gets_its_tables_and_keeps_its_key() -> Tested {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("l.sqlite");
        let first = prepare(&mut Connection::open(&path)?, &path, &KeyIfNew::Random)?;
        let again = prepare(&mut Connection::open(&path)?, &path, &fixed())?;
        assert_eq!(first.to_hex(), again.to_hex(), "the key belongs to the ledger");
        assert_ne!(first.to_hex(), fixed().make(&path)?.to_hex(), "and it was random");
        assert_eq!(version(&Connection::open(&path)?, &path)?, VERSION);
        Ok(())
    }

    #[test]
    fn nothing_is_written_into_a_newer_ledger_or_into_somebody_elses_file() -> Tested {
        let rows = [
            (
                "newer",
                "CREATE TABLE meta (name TEXT, value TEXT); INSERT INTO meta VALUES ('schema_version', '7')",
                "the ledger has version 7 and this program knows 4; a newer program wrote it",
            ),
            ("foreign", "CREATE TABLE addresses (street TEXT)", "is not a ledger of this program"),
            (
                "foreign with meta",
                "CREATE TABLE meta (name TEXT, value TEXT)",
                "is not a ledger of this program",
            ),
        ];
        for (name, script, expected) in rows {
            let folder = tempfile::tempdir()?;
            let path = folder.path().join("l.sqlite");
            Connection::open(&path)?.execute_batch(script)?;
            let before = std::fs::read(&path)?;
            let Err(error) = prepare(&mut Connection::open(&path)?, &path, &fixed()) else {
                panic!("{name}: taken for a ledger of ours");
            };
            assert!(error.to_string().ends_with(expected), "{name}: {error}");
            assert_eq!(std::fs::read(&path)?, before, "{name}: touched");
        }
        Ok(())
    }

    #[test]
    fn a_file_that_is_no_database_is_refused() -> Tested {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("l.sqlite");
        std::fs::write(&path, "id;name\n".repeat(200))?;
        let prepared = prepare(&mut Connection::open(&path)?, &path, &fixed());
        assert!(matches!(prepared, Err(LedgerError::Sql { act: "open", .. })));
        Ok(())
    }
}
