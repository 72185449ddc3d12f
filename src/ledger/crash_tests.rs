//! Nights that die: at every group, in the middle of one, with a torn log, or with a row gone afterwards.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::life_tests::{Tested, disclosure, event, now, open, plan, view};
use super::{Attempt, Book, Entry, Ledger, LedgerError};
use crate::id::{RunId, TransferId};
use crate::inventory::Inventory;
use crate::transfer::samples::{clearance, hand, message, minute, parcel, receipt};
use crate::transfer::{Event, ReceiptAnswer};
use crate::verdict::Content;

/// A night of two transfers, group by group: taken in, sent, answered; one lost and sent again.
pub(super) fn script() -> Vec<Vec<Entry>> {
    let both = |what: Event| vec![event("T-1", what.clone()), event("T-2", what)];
    let run = RunId::from_text("2026-11-22-020000");
    vec![
        vec![plan("T-1", "P-1", Content::Tb), plan("T-2", "P-2", Content::Journal)],
        both(Event::Collect { inventory: Inventory::default() }),
        both(Event::Clear { clearance: clearance() }),
        vec![
            event("T-1", Event::Seal { parcel: parcel(1, 1) }),
            event("T-2", Event::Seal { parcel: parcel(2, 1) }),
        ],
        both(Event::Start { attempt: 1, run: run.clone() }),
        vec![event("T-1", Event::Take { reference: "a.xml".to_owned() }), disclosure("T-1")],
        vec![event("T-2", Event::Lose), event("T-2", Event::Start { attempt: 2, run })],
        vec![event("T-2", Event::Take { reference: "b.xml".to_owned() }), disclosure("T-2")],
        vec![event(
            "T-1",
            Event::AppYes { message: message(1, 1), receipt: receipt(ReceiptAnswer::Accepted) },
        )],
        vec![event("T-2", Event::GiveUp { hand: hand() })],
    ]
}

/// How many rows of the table `entries` the script makes.
fn entries_in_script() -> usize {
    script().iter().flatten().filter(|entry| !matches!(entry, Entry::Disclosure { .. })).count()
}

/// The ledger's files as a power cut would leave them: what was synced, and nobody closing anything.
fn copy_as_cut(from: &Path, to: &Path, wal_bytes: Option<usize>) -> std::io::Result<PathBuf> {
    fs::create_dir_all(to)?;
    let target = to.join("l.sqlite");
    fs::copy(from, &target)?;
    let wal = PathBuf::from(format!("{}-wal", from.display()));
    let mut bytes = fs::read(wal)?;
    bytes.truncate(wal_bytes.unwrap_or(bytes.len()));
    fs::write(to.join("l.sqlite-wal"), bytes)?;
    Ok(target)
}

#[test]
fn a_cut_after_any_group_leaves_exactly_what_was_committed() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    let mut ledger = open(&path)?;
    let run = ledger.begin_run("run", now())?;
    let mut books = vec![ledger.book().clone()];
    for (at, group) in (1..).zip(script()) {
        assert_eq!(ledger.append(&run, minute(at), group)?, vec![]);
        let cut = copy_as_cut(&path, &folder.path().join(at.to_string()), None)?;
        assert_eq!(view(&cut)?.book(), ledger.book(), "read after group {at}");
        assert_eq!(open(&cut)?.book(), ledger.book(), "opened after group {at}");
        books.push(ledger.book().clone());
    }
    let whole = fs::metadata(format!("{}-wal", path.display()))?.len();
    let whole = usize::try_from(whole)?;
    let mut reached = 0;
    for bytes in (0..=whole).step_by(997).chain([whole]) {
        let cut = copy_as_cut(&path, &folder.path().join(format!("torn-{bytes}")), Some(bytes))?;
        let found = open(&cut)?.book().clone();
        let Some(at) = books.iter().position(|book| *book == found) else {
            panic!("a log torn at {bytes} of {whole} bytes gives what no group left");
        };
        assert!(at >= reached, "a longer log holds less");
        reached = at;
    }
    assert_eq!(reached, books.len() - 1, "the whole log holds everything");
    Ok(())
}

#[test]
fn a_group_that_fails_half_way_never_was() -> Tested {
    for failing in 1..=entries_in_script() {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("l.sqlite");
        let mut ledger = open(&path)?;
        let run = ledger.begin_run("run", now())?;
        let trigger = format!(
            "CREATE TRIGGER full BEFORE INSERT ON entries WHEN NEW.seq >= {failing} \
             BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        );
        Connection::open(&path)?.execute_batch(&trigger)?;
        let committed = write_until_it_fails(&mut ledger, &run, failing);
        assert_eq!(view(&path)?.book(), &committed, "entry {failing}");
        assert_eq!(ledger.book(), &committed, "entry {failing}");
        let more = ledger.append(&run, minute(50), vec![plan("T-7", "P-7", Content::Tb)]);
        assert!(matches!(more, Err(LedgerError::Stopped)), "nothing is written after an error");
        drop(ledger);
        Connection::open(&path)?.execute_batch("DROP TRIGGER full")?;
        let mut ledger = open(&path)?;
        assert_eq!(ledger.book(), &committed, "entry {failing}, opened again");
        let run = ledger.begin_run("run", now())?;
        let lost = ledger.recover();
        assert_eq!(ledger.append(&run, minute(51), lost)?, vec![], "and it goes on");
    }
    Ok(())
}

/// The book as it stood before the group that could not be written.
fn write_until_it_fails(ledger: &mut Ledger, run: &RunId, failing: usize) -> Book {
    for (at, group) in (1..).zip(script()) {
        let before = ledger.book().clone();
        match ledger.append(run, minute(at), group) {
            Ok(_) => {}
            Err(LedgerError::Sql { act: "write", .. }) => return before,
            Err(other) => panic!("entry {failing}: {other}"),
        }
    }
    ledger.book().clone()
}

#[test]
fn no_token_without_the_intent_on_disk() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    let mut ledger = open(&path)?;
    let run = ledger.begin_run("run", now())?;
    for (at, group) in (1..).zip(script().into_iter().take(4)) {
        ledger.append(&run, minute(at), group)?;
    }
    Connection::open(&path)?.execute_batch(
        "CREATE TRIGGER full BEFORE UPDATE ON meta BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    )?;
    let attempt = Attempt { transfer: TransferId::from_text("T-1"), number: 1 };
    assert!(ledger.record_attempts(&run, minute(9), vec![attempt]).is_err());
    assert!(ledger.book().transfers.values().all(|transfer| transfer.state.code() == "sealed"));
    Ok(())
}

#[test]
fn a_ledger_with_anything_gone_or_changed_is_refused() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    let mut ledger = open(&path)?;
    let run = ledger.begin_run("run", now())?;
    for (at, group) in (1..).zip(script()) {
        ledger.append(&run, minute(at), group)?;
    }
    drop(ledger);
    let mut wounds: Vec<(String, &str)> = (1..=entries_in_script())
        .map(|seq| (format!("DELETE FROM entries WHERE seq = {seq}"), "entries"))
        .collect();
    let others = [
        ("DELETE FROM disclosures WHERE seq = 1", "disclosures"),
        ("DELETE FROM disclosures WHERE seq = 2", "disclosures"),
        ("DELETE FROM meta WHERE name = 'ledger_key'", "meta"),
        ("DELETE FROM meta WHERE name = 'entries'", "meta"),
        ("UPDATE entries SET subject_no = 40 WHERE seq = 3", "entries"),
        ("UPDATE entries SET subject = 'T-9', subject_no = 1 WHERE seq = 2", "entries"),
        ("UPDATE entries SET body = '{' WHERE seq = 4", "entries"),
        ("UPDATE entries SET kind = 'event:lose' WHERE seq = 4", "entries"),
        ("UPDATE entries SET kind = 'event:lose', body = '{\"event\":\"lose\"}' WHERE seq = 3", "entries"),
    ];
    wounds.extend(others.map(|(wound, table)| (wound.to_owned(), table)));
    for (at, (wound, wounded)) in wounds.iter().enumerate() {
        let copy = folder.path().join(format!("{at}.sqlite"));
        fs::copy(&path, &copy)?;
        assert!(view(&copy).is_ok(), "whole before: {wound}");
        Connection::open(&copy)?.execute_batch(wound)?;
        for found in [view(&copy).map(drop), open(&copy).map(drop)] {
            let Err(LedgerError::Broken { table, .. }) = found else { panic!("not seen: {wound}") };
            assert_eq!(table, *wounded, "{wound}");
        }
    }
    Ok(())
}
