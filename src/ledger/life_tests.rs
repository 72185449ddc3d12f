//! The ledger in use: what is written is what is read, by whom, and what is refused.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;

use super::{
    Attempt, Book, Disclosure, Entry, KeyIfNew, Ledger, LedgerError, LockWait, Matter, Opening, ReceiptRow,
    Recorded, Residence, View,
};
use crate::id::{ActionId, Digest, LedgerKey, PatientRef, PersonKey, RunId, TransferId};
use crate::moves::{Destination, Now};
use crate::patient::Grading;
use crate::person::Environment;
use crate::reason::Reason;
use crate::transfer::samples::{birth, clearance, events, hand, message, minute, parcel};
use crate::transfer::{Event, State};
use crate::verdict::{Channel, Content};

pub(super) type Tested = Result<(), Box<dyn std::error::Error>>;

pub(super) fn now() -> Now {
    "2026-11-22T02:00:00+01:00".parse().unwrap_or_default()
}

pub(super) fn opening() -> Opening<'static> {
    Opening { command: "run", wait: LockWait::No, key_if_new: KeyIfNew::of(Environment::Test), now: now() }
}

pub(super) fn open(path: &Path) -> Result<Ledger, LedgerError> {
    Ledger::open(path, &opening())
}

pub(super) fn view(path: &Path) -> Result<View, LedgerError> {
    View::open(path, &KeyIfNew::of(Environment::Test))
}

pub(super) fn plan(id: &str, patient: &str, content: Content) -> Entry {
    Entry::Plan { transfer: TransferId::from_text(id), birth: Box::new(birth(patient, content)) }
}

pub(super) fn event(id: &str, event: Event) -> Entry {
    Entry::Event { transfer: TransferId::from_text(id), event: Box::new(event) }
}

pub(super) fn disclosure(id: &str) -> Entry {
    let disclosure = Disclosure {
        transfer: TransferId::from_text(id),
        revision: 1,
        attempt: 1,
        persons: vec![PersonKey::from_text("aa")],
        patient: PatientRef::new("P-1"),
        content: Content::Tb,
        receiver_name: "Testkommune, Migrasjonshelse".to_owned(),
        receiver_her_id: None,
        channel: Some(Channel::Outbox),
        basis: "helsepersonelloven § 25".to_owned(),
        what: "4 results".to_owned(),
        counted: None,
        at: minute(3),
    };
    Entry::Disclosure { disclosure: Box::new(disclosure) }
}

/// Everything that is no transfer's own.
fn surroundings() -> Vec<Entry> {
    let person = |text: &str| PersonKey::from_text(text);
    let residence = Residence {
        to: Destination::Unclear("4601".to_owned()),
        date: minute(0).date_naive(),
        registered_at: minute(0),
        sequence: 0,
        temporary: false,
        event_ids: vec!["E-1".to_owned()],
        ours: true,
        annulled: false,
        undecided: false,
        minor: false,
        from: None,
    };
    let row = ReceiptRow {
        read_at: minute(60),
        file: "a.xml".to_owned(),
        kind: "apprec".to_owned(),
        original_message_id: Some(message(1, 1)),
        transfer: None,
        revision: None,
        part: None,
        status: "accepted".to_owned(),
        codes: String::new(),
        text: String::new(),
        effect: "unmatched".to_owned(),
    };
    vec![
        Entry::Whereabouts { patient: PatientRef::new("P-1"), persons: vec![person("aa")], residence },
        Entry::Grading {
            persons: vec![person("aa"), person("bb")],
            grading: Grading::Confidential,
            registered_at: Some(minute(2)),
        },
        Entry::Link { former: person("aa"), current: person("bb") },
        Entry::ReceiptRead { digest: Digest::of(b"a"), rows: vec![row] },
        Entry::Settled { action: ActionId::from_text("AAAA-BBBB"), hand: hand(), matter: None },
        Entry::Settled {
            action: ActionId::from_text("CCCC-DDDD"),
            hand: hand(),
            matter: Some(Box::new(Matter {
                code: Reason::NoParty,
                transfer: Some(TransferId::from_text("T-1")),
                detail: "a detail".to_owned(),
                since: minute(1),
            })),
        },
        disclosure("T-1"),
        Entry::Pruned { transfer: TransferId::from_text("T-1"), files: vec!["T-1-1.zip".to_owned()] },
    ]
}

fn sealed(id: &str) -> Vec<Entry> {
    let inventory = crate::inventory::Inventory::default();
    vec![
        plan(id, "P-1", Content::Tb),
        event(id, Event::Collect { inventory }),
        event(id, Event::Clear { clearance: clearance() }),
        event(id, Event::Seal { parcel: parcel(1, 2) }),
    ]
}

#[test]
fn what_is_written_is_what_is_read() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("deep/er/l.sqlite");
    let mut ledger = open(&path)?;
    let run = ledger.begin_run("run", now())?;
    assert_eq!(ledger.append(&run, minute(1), sealed("T-1"))?, vec![]);
    assert_eq!(ledger.append(&run, minute(2), surroundings())?, vec![]);
    assert_eq!(view(&path)?.book(), ledger.book(), "read while it is open");
    let book = ledger.book().clone();
    let key = ledger.key().to_hex();
    assert_eq!(ledger.touched_by(&run)?, BTreeSet::from([TransferId::from_text("T-1")]));
    drop(ledger);
    assert_eq!(view(&path)?.book(), &book, "read at rest");
    assert_eq!(view(&path)?.key().to_hex(), key);
    assert_eq!(open(&path)?.book(), &book, "opened again");
    assert_eq!(book.messages.get(&message(1, 2)), Some(&(TransferId::from_text("T-1"), 1, 2)));
    assert_eq!(book.transfers_of(&PatientRef::new("P-1")).count(), 1);
    assert_eq!(book.persons.len(), 2);
    assert_eq!(book.disclosures.len(), 1);
    assert_eq!(book.sealed_files.values().flatten().count(), 2, "both messages of the parcel");
    assert_eq!(book.pruned, BTreeSet::from(["T-1-1.zip".to_owned()]));
    Ok(())
}

#[test]
fn the_story_of_a_transfer_is_its_own_and_in_order() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    let (id, actions) = (TransferId::from_text("T-1"), BTreeSet::from([ActionId::from_text("AAAA-BBBB")]));
    assert_eq!(view(&path)?.story_of(&id, &actions)?, vec![], "a ledger that is not there tells nothing");
    let mut ledger = open(&path)?;
    let run = ledger.begin_run("run", now())?;
    ledger.append(&run, minute(1), vec![plan("T-2", "P-2", Content::Tb)])?;
    ledger.append(&run, minute(1), sealed("T-1"))?;
    let mut rows = surroundings();
    if let Some(Entry::ReceiptRead { rows, .. }) = rows.get_mut(3) {
        let of = |id: &str| ReceiptRow { transfer: Some(TransferId::from_text(id)), ..rows[0].clone() };
        *rows = vec![of("T-1"), of("T-2"), of("T-10")];
    }
    ledger.append(&run, minute(2), rows)?;
    let later = ledger.begin_run("prune", now())?;
    ledger.append(&later, minute(3), vec![event("T-1", Event::Hold { reasons: Vec::new() })])?;
    drop(ledger);
    let view = view(&path)?;
    let told = view.story_of(&id, &actions)?;
    let kinds: Vec<String> = told
        .iter()
        .map(|one| super::row::encode(&one.entry).map(|row| row.kind))
        .collect::<Result<_, _>>()?;
    let expected = [
        "plan",
        "event:collect",
        "event:clear",
        "event:seal",
        "receipt-read",
        "settled",
        "settled",
        "pruned",
        "disclosure",
        "event:hold",
    ];
    assert_eq!(kinds, expected);
    let receipts = told.iter().find_map(|one| match &one.entry {
        Entry::ReceiptRead { rows, .. } => Some(rows.len()),
        _ => None,
    });
    assert_eq!(receipts, Some(1), "only the row about it");
    assert!(told.iter().take(9).all(|one| one.run == run) && told[9].run == later);
    assert_eq!(
        view.story_of(&id, &BTreeSet::new())?.len(),
        9,
        "a settlement of something else is not its own"
    );
    Ok(())
}

#[test]
fn transfers_of_a_move_stand_in_order_of_content() -> Tested {
    let mut book = Book::default();
    for (id, content) in [("T-1", Content::Journal), ("T-2", Content::Tb)] {
        book.record(&plan(id, "P-1", content), minute(1))?;
    }
    let of_move: Vec<&str> = book.by_move.values().flatten().map(TransferId::as_str).collect();
    assert_eq!(of_move, ["T-2", "T-1"]);
    Ok(())
}

#[test]
fn who_only_looks_leaves_nothing_behind() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l sqlite?#%");
    let nothing = view(&path)?;
    assert_eq!(nothing.book(), &Book::default());
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0, "a ledger that is not there is not made");
    let mut ledger = open(&path)?;
    assert_eq!(ledger.key().to_hex(), nothing.key().to_hex(), "a plan has the ids that the run then has");
    let run = ledger.begin_run("run", now())?;
    ledger.append(&run, minute(1), sealed("T-1"))?;
    drop(ledger);
    let listing = || -> std::io::Result<BTreeSet<_>> {
        std::fs::read_dir(folder.path())?.map(|entry| Ok(entry?.file_name())).collect()
    };
    let before = (listing()?, std::fs::read(&path)?);
    assert_eq!(view(&path)?.book().transfers.len(), 1);
    assert_eq!((listing()?, std::fs::read(&path)?), before);
    assert_eq!(before.0.len(), 2, "the ledger and its lock, nothing beside them");
    Ok(())
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_it() -> Tested {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir()?;
    let mut ledger = open(&folder.path().join("l.sqlite"))?;
    ledger.begin_run("run", now())?;
    for entry in std::fs::read_dir(folder.path())? {
        let entry = entry?;
        assert_eq!(entry.metadata()?.permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
    }
    Ok(())
}

#[test]
fn an_event_without_a_move_is_a_contradiction_and_never_a_crash() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    let mut ledger = open(&path)?;
    let run = ledger.begin_run("run", now())?;
    let group = vec![
        plan("T-1", "P-1", Content::Tb),
        event("T-1", Event::Confirm { hand: hand(), on: minute(1) }),
        plan("T-1", "P-1", Content::Tb),
        event("T-9", Event::Lose),
        event("T-1", Event::Withdraw { why: None, hand: hand() }),
    ];
    let found = ledger.append(&run, minute(1), group)?;
    let told: Vec<_> = found
        .iter()
        .map(|it| (it.transfer.as_str(), it.state.as_str(), it.event.as_str(), it.detail.as_str()))
        .collect();
    let expected = [
        ("T-1", "planned", "confirm", "Kari Test"),
        ("T-1", "planned", "plan", ""),
        ("T-9", "unknown", "lose", ""),
    ];
    assert_eq!(told, expected);
    assert_eq!(ledger.book().contradictions.len(), 3);
    assert_eq!(ledger.book().transfers.values().map(|it| it.state.code()).collect::<Vec<_>>(), ["withdrawn"]);
    assert_eq!(view(&path)?.book(), ledger.book());
    Ok(())
}

#[test]
fn only_a_recorded_legal_attempt_gets_a_token() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    let mut ledger = open(&path)?;
    let run = ledger.begin_run("run", now())?;
    ledger.append(&run, minute(1), sealed("T-1"))?;
    ledger.append(&run, minute(1), vec![plan("T-2", "P-2", Content::Tb)])?;
    let attempt = |id: &str, number| Attempt { transfer: TransferId::from_text(id), number };
    let attempts = vec![attempt("T-2", 1), attempt("T-1", 1), attempt("T-1", 2), attempt("T-9", 1)];
    let tokens = ledger.record_attempts(&run, minute(2), attempts)?;
    assert_eq!(tokens, vec![Recorded::for_test(attempt("T-1", 1))]);
    assert_eq!(tokens.first().map(|token| token.number), Some(1));
    assert_eq!(ledger.book().contradictions.len(), 3);
    let flying = view(&path)?.book().transfers.values().filter(|it| it.state.code() == "in-flight").count();
    assert_eq!(flying, 1, "on disk before anybody has the token");
    Ok(())
}

#[test]
fn a_night_that_died_leaves_its_attempts_in_doubt() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    let mut ledger = open(&path)?;
    let run = ledger.begin_run("run", now())?;
    ledger.append(&run, minute(1), sealed("T-1"))?;
    let attempt = Attempt { transfer: TransferId::from_text("T-1"), number: 1 };
    ledger.record_attempts(&run, minute(2), vec![attempt])?;
    assert_eq!(ledger.recover(), vec![], "an attempt of a living run is not lost");
    drop(ledger);

    let mut ledger = open(&path)?;
    let run = ledger.begin_run("run", now())?;
    let lost = ledger.recover();
    assert_eq!(lost, vec![event("T-1", Event::Lose)]);
    assert_eq!(ledger.append(&run, minute(3), lost)?, vec![]);
    let states: Vec<&State> = ledger.book().transfers.values().map(|transfer| &transfer.state).collect();
    assert!(matches!(states[..], [State::InDoubt { attempt: 1, .. }]), "{states:?}");
    assert_eq!(ledger.recover(), vec![], "nothing is recovered twice");
    Ok(())
}

#[test]
fn the_second_writer_is_refused_and_touches_nothing() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    let mut ledger = open(&path)?;
    ledger.begin_run("run", now())?;
    let before = std::fs::read(&path)?;
    let second =
        Opening { wait: LockWait::UpTo(Duration::from_millis(120)), command: "confirm", ..opening() };
    for opening in [opening(), second] {
        assert!(matches!(Ledger::open(&path, &opening), Err(LedgerError::Locked { .. })));
    }
    assert_eq!(std::fs::read(&path)?, before);
    assert!(view(&path).is_ok(), "looking needs no lock");
    drop(ledger);
    assert!(open(&path).is_ok());
    Ok(())
}

#[test]
fn runs_are_named_by_their_local_time_and_keep_their_reconciliation() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    let mut ledger = open(&path)?;
    let ids =
        [ledger.begin_run("run", now())?, ledger.begin_run("run", now())?, ledger.begin_run("x", now())?];
    let texts: Vec<&str> = ids.iter().map(RunId::as_str).collect();
    assert_eq!(texts, ["2026-11-22-020000", "2026-11-22-020000-2", "2026-11-22-020000-3"]);
    ledger.finish_run(&ids[1], minute(9), "{\"sums\":true}")?;
    let last = ledger.last_runs(2)?;
    let told: Vec<_> =
        last.iter().map(|run| (run.id.as_str(), run.command.as_str(), run.finished_at)).collect();
    assert_eq!(told, [(texts[2], "x", None), (texts[1], "run", Some(minute(9)))]);
    assert_eq!(last[0].started_at, now().to_utc());
    drop(ledger);
    let view = view(&path)?;
    assert_eq!(view.runs().len(), 3);
    assert_eq!(view.reconciliation_of(&ids[1])?.as_deref(), Some("{\"sums\":true}"));
    assert_eq!(view.reconciliation_of(&ids[0])?, None);
    assert_eq!(view.reconciliation_of(&RunId::from_text("never"))?, None);
    Ok(())
}

#[test]
fn a_ledger_keeps_the_key_it_was_made_with() -> Tested {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("l.sqlite");
    let random = Opening { key_if_new: KeyIfNew::of(Environment::Production), ..opening() };
    let key = Ledger::open(&path, &random)?.key().to_hex();
    assert_eq!(open(&path)?.key().to_hex(), key);
    let fixed = Opening { key_if_new: KeyIfNew::Fixed(LedgerKey::new([1; 32])), ..opening() };
    assert_ne!(Ledger::open(&folder.path().join("m.sqlite"), &fixed)?.key().to_hex(), key);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_groups_fold_to_the_same_book(
        groups in prop::collection::vec(
            prop::collection::vec((select(vec!["T-1", "T-2", "T-3"]), select(events())), 0..12),
            1..6,
        ),
    ) {
        let run = || -> Result<(Book, Book), Box<dyn std::error::Error>> {
            let folder = tempfile::tempdir()?;
            let path = folder.path().join("l.sqlite");
            let mut ledger = open(&path)?;
            let run = ledger.begin_run("run", now())?;
            let plans = ["T-1", "T-2", "T-3"].map(|id| plan(id, id, Content::Tb));
            ledger.append(&run, minute(0), plans.into())?;
            for (at, group) in (1..).zip(&groups) {
                let entries = group.iter().map(|(id, what)| event(id, what.clone())).collect();
                ledger.append(&run, minute(at), entries)?;
            }
            Ok((ledger.book().clone(), view(&path)?.book().clone()))
        };
        let (written, read) = run().map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(written, read);
    }
}
