//! Bringing a ledger to this program's version, in one transaction.
//!
//! A ledger of before the chain gets it laid over what is there: what was edited before that nobody can tell. One that
//! is not whole is not touched.

use std::path::Path;

use rusqlite::{Connection, Transaction, params};

use super::chain::{DISCLOSURES, ENTRIES, Link, Table};
use super::error::{LedgerError, sql};
use super::fold::{Tally, fold};
use super::pen::Pen;
use super::row::moment_text;
use super::runs;
use super::schema::{self, CHAINED_FROM, KEY, KeyIfNew, MIGRATIONS, SCHEMA_VERSION, VERSION};
use crate::id::LedgerKey;

/// Brings a ledger to this program's version and sets what every write relies on. Gives its key.
///
/// # Errors
/// [`LedgerError::Newer`], [`LedgerError::Foreign`] and [`LedgerError::Broken`] before anything is written.
pub(super) fn prepare(
    connection: &mut Connection,
    path: &Path,
    key_if_new: &KeyIfNew,
) -> Result<LedgerKey, LedgerError> {
    let found = schema::version(connection, path)?;
    set_pragmas(connection).map_err(sql("open"))?;
    if found < VERSION {
        migrate(connection, found, &key_if_new.make(path)?)?;
    }
    schema::key(connection)
}

/// Durable at every commit: in WAL mode only FULL is.
fn set_pragmas(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// All scripts that are missing, the version, and the key of a new ledger.
fn migrate(connection: &mut Connection, from: i64, key_if_new: &LedgerKey) -> Result<(), LedgerError> {
    let transaction = connection.transaction().map_err(sql(ACT))?;
    let before = if from == 0 { None } else { Some(fold(&transaction, from)?.1) };
    let script = || {
        let done = usize::try_from(from).unwrap_or(0);
        for script in MIGRATIONS.iter().skip(done) {
            transaction.execute_batch(script)?;
        }
        if done == 0 {
            let rows = [(SCHEMA_VERSION, "0".to_owned()), (KEY, key_if_new.to_hex())];
            let counts = [ENTRIES, DISCLOSURES].map(|table| (table.name, "0".to_owned()));
            for (name, value) in rows.into_iter().chain(counts) {
                transaction
                    .execute("INSERT INTO meta (name, value) VALUES ($1, $2)", params![name, value])?;
            }
        }
        schema::set_meta(&transaction, SCHEMA_VERSION, &VERSION.to_string())
    };
    script().map_err(sql(ACT))?;
    if from < CHAINED_FROM {
        let start = Link::start(&schema::key(&transaction)?);
        lay_chain(&transaction, start, &before.unwrap_or_else(|| Tally::at(start)))?;
    }
    transaction.commit().map_err(sql(ACT))
}

/// What is done here, for errors.
const ACT: &str = "bring up to date";

/// Lays the chain over every row, and an entry of every run that ended behind the last.
fn lay_chain(transaction: &Transaction<'_>, start: Link, before: &Tally) -> Result<(), LedgerError> {
    schema::set_meta(transaction, schema::START, &start.hash.to_string()).map_err(sql(ACT))?;
    for table in [ENTRIES, DISCLOSURES] {
        lay_over(transaction, table, start).map_err(sql(ACT))?;
    }
    let mut pen = Pen::new(transaction, before);
    for (run, at, ended) in runs::ended(transaction).map_err(sql(ACT))? {
        pen.write(&run, &moment_text(at), &ended.entry())?;
    }
    schema::leave(transaction, &pen.done().head()).map_err(sql(ACT))
}

fn lay_over(transaction: &Transaction<'_>, table: Table, start: Link) -> rusqlite::Result<()> {
    let mut last = start;
    let mut chain = Vec::new();
    {
        let mut statement = transaction.prepare(&table.query(false))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // The fold has read every column of it.
            last = last.after(table, row)?.unwrap_or(last);
            chain.push((row.get::<_, i64>(0)?, last.hash.to_string()));
        }
    }
    let mut update = transaction.prepare(&format!("UPDATE {} SET chain = $1 WHERE seq = $2", table.name))?;
    for (seq, hash) in chain {
        update.execute(params![hash, seq])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::person::Environment;

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
        assert_eq!(schema::version(&Connection::open(&path)?, &path)?, VERSION);
        Ok(())
    }

    #[test]
    fn nothing_is_written_into_a_newer_ledger_or_into_somebody_elses_file() -> Tested {
        let rows = [
            (
                "newer",
                "CREATE TABLE meta (name TEXT, value TEXT); INSERT INTO meta VALUES ('schema_version', '7')",
                "the ledger has version 7 and this program knows 5; a newer program wrote it",
            ),
            (
                "of no version",
                "CREATE TABLE meta (name TEXT, value TEXT); INSERT INTO meta VALUES ('schema_version', '0')",
                "is not a ledger of this program",
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
