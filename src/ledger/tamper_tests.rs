//! Hands on the file itself: what was edited, moved, doubled, cut or written anew, and where each is found.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::chain::{DISCLOSURES, ENTRIES, Link};
use super::crash_tests::script;
use super::life_tests::{Tested, now, open, plan, view};
use super::{Damage, Head, Held, LedgerError};
use crate::id::{LedgerKey, RunId};
use crate::transfer::samples::minute;
use crate::verdict::Content;

const SWAP: &str = "UPDATE {t} SET seq = -1 WHERE seq = {a}; UPDATE {t} SET seq = {a} WHERE seq = {b}; \
    UPDATE {t} SET seq = {b} WHERE seq = -1;";

fn swapped(table: &str, one: u64, other: u64) -> String {
    SWAP.replace("{t}", table).replace("{a}", &one.to_string()).replace("{b}", &other.to_string())
}

/// Gives the rows behind `row` numbers that are greater or less by one.
fn shifted(table: &str, row: u64, by: i64) -> String {
    format!(
        "UPDATE {table} SET seq = -seq WHERE seq > {row}; UPDATE {table} SET seq = -seq + {by} WHERE seq < 0;"
    )
}

/// A ledger of three runs: a night, a command by hand, and one that died. 20 entries, 2 disclosures.
fn lived_in(path: &Path) -> Result<Head, Box<dyn std::error::Error>> {
    let mut ledger = open(path)?;
    let night = ledger.begin_run("run", now())?;
    for (at, group) in (1..).zip(script()) {
        ledger.append(&night, minute(at), group)?;
    }
    ledger.finish_run(&night, minute(20), "{\"sums\":true}")?;
    let hand = ledger.begin_run("by hand", now())?;
    ledger.append(&hand, minute(21), vec![plan("T-3", "P-3", Content::Tb)])?;
    ledger.finish_run(&hand, minute(22), "null")?;
    let dead = ledger.begin_run("run", now())?;
    ledger.append(&dead, minute(23), vec![plan("T-4", "P-4", Content::Tb)])?;
    let head = ledger.head();
    assert_eq!((head.entries, head.disclosures), (20, 2));
    drop(ledger);
    assert_eq!(view(path)?.head(), head, "the head on disk is the one in memory");
    Ok(head)
}

/// The key of 32 bytes 0x5a.
const OTHER: &str = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a";

fn wounds() -> Vec<(String, &'static str, u64, Damage)> {
    let sql = str::to_owned;
    let count = |rows: u64| format!("UPDATE meta SET value = '{rows}' WHERE name = 'entries';");
    vec![
        (
            sql("UPDATE entries SET body = replace(body, 'P-1', 'P-9') WHERE seq = 1"),
            "entries",
            1,
            Damage::Edited,
        ),
        (sql("UPDATE entries SET at = '2026-11-22T01:07:01Z' WHERE seq = 5"), "entries", 5, Damage::Edited),
        (
            sql("UPDATE entries SET run_id = '2026-11-22-020000-2' WHERE seq = 5"),
            "entries",
            5,
            Damage::Edited,
        ),
        (sql("UPDATE entries SET subject = 'T-9' WHERE seq = 20"), "entries", 20, Damage::Edited),
        (
            sql("UPDATE entries SET chain = (SELECT chain FROM entries WHERE seq = 6) WHERE seq = 5"),
            "entries",
            5,
            Damage::Edited,
        ),
        (sql("UPDATE entries SET body = x'00' WHERE seq = 3"), "entries", 3, Damage::Unreadable),
        (swapped("entries", 5, 6), "entries", 5, Damage::Moved),
        (swapped("entries", 3, 9), "entries", 3, Damage::Moved),
        (swapped("disclosures", 1, 2), "disclosures", 1, Damage::Moved),
        (sql("DELETE FROM entries WHERE seq = 7"), "entries", 7, Damage::Missing),
        (sql("DELETE FROM entries WHERE seq = 7;") + &count(19), "entries", 7, Damage::Missing),
        (
            sql("DELETE FROM entries WHERE seq = 7;") + &shifted("entries", 7, -1) + &count(19),
            "entries",
            7,
            Damage::Missing,
        ),
        (
            sql("DELETE FROM entries WHERE seq IN (7, 8, 9);") + &shifted("entries", 9, -3) + &count(17),
            "entries",
            7,
            Damage::Missing,
        ),
        (sql("DELETE FROM entries WHERE seq = 20"), "entries", 20, Damage::Missing),
        (sql("DELETE FROM entries WHERE seq >= 19;") + &count(18), "entries", 19, Damage::Missing),
        (
            sql(
                "INSERT INTO disclosures SELECT 3, run_id, at, transfer, body, chain FROM disclosures WHERE seq = 2",
            ),
            "disclosures",
            3,
            Damage::Added,
        ),
        (
            shifted("disclosures", 1, 1)
                + "INSERT INTO disclosures SELECT 2, run_id, at, transfer, replace(body, '4', '5'), chain \
                   FROM disclosures WHERE seq = 1",
            "disclosures",
            2,
            Damage::Added,
        ),
        (
            sql("UPDATE disclosures SET body = replace(body, '4 results', '3 results') WHERE seq = 2"),
            "disclosures",
            2,
            Damage::Edited,
        ),
        (sql("DELETE FROM disclosures WHERE seq = 1"), "disclosures", 1, Damage::Missing),
        (sql("UPDATE runs SET command = 'receipts' WHERE run_no = 1"), "runs", 1, Damage::Edited),
        (sql("UPDATE runs SET finished_at = NULL WHERE run_no = 2"), "runs", 2, Damage::Edited),
        (
            sql("UPDATE runs SET finished_at = started_at, reconciliation = '{}' WHERE run_no = 3"),
            "runs",
            3,
            Damage::Edited,
        ),
        (sql("UPDATE runs SET started_at = 'early' WHERE run_no = 2"), "runs", 2, Damage::Unreadable),
        (
            sql("PRAGMA foreign_keys = OFF; DELETE FROM runs WHERE run_no = 3"),
            "entries",
            20,
            Damage::Impossible,
        ),
        (
            sql("PRAGMA foreign_keys = OFF; UPDATE runs SET run_no = 9 WHERE run_no = 3"),
            "runs",
            3,
            Damage::Missing,
        ),
        (format!("UPDATE meta SET value = '{OTHER}' WHERE name = 'ledger_key'"), "meta", 0, Damage::Edited),
        (sql("UPDATE meta SET value = '4' WHERE name = 'schema_version'"), "meta", 0, Damage::Edited),
        (
            sql(
                "ALTER TABLE entries DROP COLUMN chain; UPDATE meta SET value = '4' WHERE name = 'schema_version'",
            ),
            "meta",
            0,
            Damage::Edited,
        ),
        // Whoever knows where the key is told of too is found out by the first row.
        (
            format!(
                "UPDATE meta SET value = '{OTHER}' WHERE name = 'ledger_key';
                 UPDATE meta SET value = '{}' WHERE name = 'chain_start'",
                Link::start(&LedgerKey::new([0x5a; 32])).hash
            ),
            "entries",
            1,
            Damage::Edited,
        ),
        (
            sql("UPDATE meta SET value = replace(value, 'a', 'b') WHERE name = 'entries_head'"),
            "entries",
            21,
            Damage::Missing,
        ),
    ]
}

#[test]
fn every_wound_is_found_where_it_is() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    lived_in(&path)?;
    for (at, (wound, table, row, damage)) in wounds().into_iter().enumerate() {
        let copy = folder.path().join(format!("{at}.sqlite"));
        fs::copy(&path, &copy)?;
        Connection::open(&copy)?.execute_batch(&wound)?;
        let before = fs::read(&copy)?;
        for found in [view(&copy).map(drop), open(&copy).map(drop)] {
            let Err(LedgerError::Broken { table: found_in, seq, damage: found, what }) = found else {
                panic!("not seen: {wound}: {found:?}");
            };
            assert_eq!((found_in, seq, found), (table, row, damage), "{wound}: {what}");
            assert!(!what.contains("P-") && !what.contains("results"), "nothing of the row is told: {what}");
        }
        assert_eq!(fs::read(&copy)?, before, "nothing is written: {wound}");
    }
    Ok(())
}

#[test]
fn an_account_that_was_edited_is_found_when_it_is_read() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    lived_in(&path)?;
    view(&path)?.check_accounts()?;
    let edit = "UPDATE runs SET reconciliation = '{\"sums\":false}' WHERE run_no = 1";
    Connection::open(&path)?.execute_batch(edit)?;
    let (view, night) = (view(&path)?, RunId::from_text("2026-11-22-020000"));
    let found = [
        view.check_accounts().err(),
        view.reconciliation_of(&night).err(),
        open(&path)?.reconciliation_of(&night).err(),
    ];
    for error in found {
        let Some(LedgerError::Broken { table: "runs", seq: 1, damage: Damage::Edited, .. }) = error else {
            panic!("{error:?}");
        };
    }
    assert_eq!(view.reconciliation_of(&RunId::from_text("2026-11-22-020000-2"))?.as_deref(), Some("null"));
    Ok(())
}

/// Makes the whole chain anew, as somebody would who knows how.
fn forge(connection: &Connection) -> Result<(), Box<dyn std::error::Error>> {
    let start = Link::start(&super::schema::key(connection)?);
    super::schema::set_meta(connection, super::schema::START, &start.hash.to_string())?;
    for table in [ENTRIES, DISCLOSURES] {
        let mut last = start;
        let mut hashes = Vec::new();
        let mut statement = connection.prepare(&table.query(true))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            last = last.after(table, row)?.ok_or("text and numbers")?;
            hashes.push(last.hash.to_string());
        }
        for (seq, hash) in (1_i64..).zip(&hashes) {
            let update = format!("UPDATE {} SET chain = $1 WHERE seq = $2", table.name);
            connection.execute(&update, rusqlite::params![hash, seq])?;
        }
        super::schema::set_meta(connection, table.name, &last.rows.to_string())?;
        super::schema::set_meta(connection, &format!("{}_head", table.name), &last.hash.to_string())?;
    }
    Ok(())
}

#[test]
fn a_ledger_written_anew_as_a_whole_is_told_by_a_head_kept_elsewhere() -> Tested {
    let rows = [
        ("as it is", "", Held::Yes),
        ("an edited entry", "UPDATE entries SET at = '2026-11-22T01:07:01Z' WHERE seq = 5", Held::Another),
        (
            "an edited disclosure",
            "UPDATE disclosures SET at = '2026-11-22T01:07:01Z' WHERE seq = 1",
            Held::Another,
        ),
        ("cut off", "DELETE FROM entries WHERE seq = 20", Held::Short),
        ("no disclosures", "DELETE FROM disclosures", Held::Short),
    ];
    for (name, wound, expected) in rows {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("l.sqlite");
        let head = lived_in(&path)?;
        let connection = Connection::open(&path)?;
        connection.execute_batch(wound)?;
        forge(&connection)?;
        drop(connection);
        let found = view(&path)?;
        assert_eq!(found.holds(&head)?, expected, "{name}");
        let start = Link::start(found.key());
        assert_eq!(found.holds(&Head::of(start, start))?, Held::Yes, "{name}");
    }
    Ok(())
}

/// The tables as they were before the chain.
const UNCHAIN: &str = "ALTER TABLE entries DROP COLUMN chain; ALTER TABLE disclosures DROP COLUMN chain;
    DELETE FROM meta WHERE name LIKE '%_head' OR name = 'chain_start'; UPDATE meta SET value = '4' WHERE name = 'schema_version';
    UPDATE runs SET finished_at = '2026-11-22T01:20:00Z', reconciliation = '{\"sums\":true}' WHERE run_no = 1;";

#[test]
fn a_ledger_of_before_the_chain_is_read_on_and_gets_one() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    let mut ledger = open(&path)?;
    let night = ledger.begin_run("run", now())?;
    for (at, group) in (1..).zip(script()) {
        ledger.append(&night, minute(at), group)?;
    }
    let head = ledger.head();
    drop(ledger);
    Connection::open(&path)?.execute_batch(UNCHAIN)?;
    let old = view(&path)?;
    assert_eq!(old.head(), head, "only looked at, it is what it will be");
    assert_eq!(old.reconciliation_of(&night)?.as_deref(), Some("{\"sums\":true}"));

    let broken = folder.path().join("broken.sqlite");
    fs::copy(&path, &broken)?;
    Connection::open(&broken)?.execute_batch("DELETE FROM entries WHERE seq = 4")?;
    assert!(matches!(open(&broken), Err(LedgerError::Broken { seq: 4, .. })));
    let version: String = Connection::open(&broken)?.query_row(
        "SELECT value FROM meta WHERE name = 'schema_version'",
        [],
        |row| row.get(0),
    )?;
    assert_eq!(version, "4", "what is not whole is not touched");

    let mut ledger = open(&path)?;
    assert_eq!(ledger.book(), old.book());
    assert_eq!(ledger.head().entries, head.entries + 1, "the run that had ended has its entry");
    let hand = ledger.begin_run("by hand", now())?;
    ledger.finish_run(&hand, minute(40), "null")?;
    drop(ledger);
    assert_eq!(view(&path)?.holds(&head)?, Held::Yes);
    view(&path)?.check_accounts()?;
    Connection::open(&path)?.execute_batch("UPDATE entries SET at = '2026-11-22T01:07:01Z' WHERE seq = 5")?;
    assert!(matches!(view(&path), Err(LedgerError::Broken { seq: 5, damage: Damage::Edited, .. })));
    Ok(())
}
