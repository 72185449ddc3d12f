//! Two people at once, and a person during a night: each waits its turn, one wins, the other is told, and nothing is
//! done twice or by half.

use std::fs;
use std::process::Child;
use std::time::{Duration, Instant};

use journalflytt::ledger::{KeyIfNew, Ledger, LockWait, Opening, View};
use journalflytt::moves::Now;
use journalflytt::person::Environment;

use crate::stage::{Outcome, Said, Stage, heard};

const JOB: &str = "jobs/nightly.toml";
const LEDGER: &str = "out/nightly/journalflytt.sqlite";

fn played() -> Outcome<Stage> {
    let stage = Stage::first_night()?;
    stage.run()?;
    Ok(stage)
}

/// The ledger whole, its parcels as they were sealed, and a next night that goes on.
fn all_is_well(stage: &Stage) -> Outcome {
    View::open(&stage.path(LEDGER), &KeyIfNew::of(Environment::Test))?;
    stage.play(&["verify", JOB])?.ends_with(0)?;
    stage.run()?;
    stage.play(&["verify", JOB])?.ends_with(0)?;
    Ok(())
}

/// Commands started at the same moment, and what each said.
fn at_once(stage: &Stage, commands: &[Vec<String>]) -> Outcome<Vec<Said>> {
    let start = |args: &Vec<String>| stage.start(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let children: Vec<Child> = commands.iter().map(start).collect::<Outcome<_>>()?;
    children.into_iter().map(|child| heard(child.wait_with_output()?)).collect()
}

fn args(command: &[&str], by: &str) -> Vec<String> {
    command.iter().copied().chain(["--by", by, "--lang", "en"]).map(str::to_owned).collect()
}

fn codes(said: &[Said]) -> Vec<Option<i32>> {
    let mut codes: Vec<Option<i32>> = said.iter().map(|said| said.code).collect();
    codes.sort_unstable();
    codes
}

fn a_letter(stage: &Stage) -> Outcome<String> {
    let found = stage.rows("reconciliation.csv")?.into_iter().find(|row| row["state"] == "placed");
    Ok(found.ok_or("a letter")?["transfer_id"].clone())
}

/// The program's own lock, held by this test as a night would.
fn held_as(stage: &Stage, command: &str) -> Outcome<Ledger> {
    let now = Now::parse_from_rfc3339("2026-11-22T03:00:00+01:00")?;
    let key_if_new = KeyIfNew::of(Environment::Test);
    let opening = Opening { command, wait: LockWait::UpTo(Duration::from_secs(30)), key_if_new, now };
    Ok(Ledger::open(&stage.path(LEDGER), &opening)?)
}

/// Waits until a night has taken the lock.
fn until_it_runs(stage: &Stage) -> Outcome {
    let started = Instant::now();
    loop {
        let text = fs::read_to_string(stage.path(&format!("{LEDGER}.lock"))).unwrap_or_default();
        if text.contains("command=run") {
            return Ok(());
        }
        if started.elapsed() > Duration::from_secs(30) {
            return Err("the night did not begin".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn of_two_who_settle_the_same_one_wins_and_the_other_is_told() -> Outcome {
    let stage = played()?;
    let action = stage.rows("actions.csv")?.first().ok_or("an action")?["action_id"].clone();
    let settle = ["settle", JOB, "--reason", "ringt", "--action", action.as_str()];
    let said = at_once(&stage, &[args(&settle, "Kari"), args(&settle, "Ola")])?;
    assert_eq!(codes(&said), [Some(0), Some(2)]);
    let (winner, loser) = if said[0].code == Some(0) { ("Kari", &said[1]) } else { ("Ola", &said[0]) };
    let told = format!("action {action} is settled already, by {winner}");
    assert!(loser.err.contains(&told), "{}", loser.err);
    all_is_well(&stage)
}

#[test]
fn of_two_who_confirm_the_same_letter_one_wins() -> Outcome {
    let stage = played()?;
    let id = a_letter(&stage)?;
    let confirm = ["confirm", JOB, "--as", "posted", "--transfer", id.as_str()];
    let said = at_once(&stage, &[args(&confirm, "Kari"), args(&confirm, "Ola")])?;
    assert_eq!(codes(&said), [Some(0), Some(2)]);
    let refused = said.iter().find(|said| said.code == Some(2)).ok_or("a refusal")?;
    assert!(refused.err.contains(&format!("transfer {id} is accepted")), "{}", refused.err);
    let view = View::open(&stage.path(LEDGER), &KeyIfNew::of(Environment::Test))?;
    let of_it = view.book().disclosures.iter().filter(|record| record.transfer.as_str() == id).count();
    assert_eq!((of_it, view.book().contradictions.len()), (1, 0), "given once");
    all_is_well(&stage)
}

#[test]
fn a_release_and_a_withdrawal_at_once_leave_one_clear_state() -> Outcome {
    let stage = played()?;
    let rows = stage.rows("reconciliation.csv")?;
    let held = rows.iter().find(|row| row["reason_code"] == "confidential").ok_or("a hold")?;
    let id = held["transfer_id"].as_str();
    let release = ["release", JOB, "--transfer", id, "--waive", "confidential", "--reason", "avklart"];
    let withdraw = ["withdraw", JOB, "--transfer", id, "--reason", "flyttet ikke"];
    let said = at_once(&stage, &[args(&release, "Kari"), args(&withdraw, "Ola")])?;
    assert_eq!(said[1].code, Some(0), "it can be withdrawn before and after: {}", said[1].err);
    assert!(matches!(said[0].code, Some(0 | 2)), "{}", said[0].err);
    if said[0].code == Some(2) {
        assert!(said[0].err.contains("is withdrawn, not held for confidential"), "{}", said[0].err);
    }
    all_is_well(&stage)?;
    let rows = stage.rows("reconciliation.csv")?;
    let row = rows.iter().find(|row| row["transfer_id"] == id).ok_or("the row")?;
    assert_eq!(row["state"], "withdrawn");
    Ok(())
}

#[test]
fn many_settle_different_things_and_each_lands_once() -> Outcome {
    let stage = played()?;
    let rows = stage.rows("actions.csv")?;
    let commands: Vec<Vec<String>> = rows
        .iter()
        .take(12)
        .map(|row| args(&["settle", JOB, "--reason", "ringt", "--action", &row["action_id"]], "Kari"))
        .collect();
    let said = at_once(&stage, &commands)?;
    assert!(said.iter().all(|said| said.code == Some(0)), "{:?}", codes(&said));
    let settled = stage.play(&["status", JOB, "--settled", "--json"])?.ends_with(0)?;
    let settled: Vec<serde_json::Value> = serde_json::from_str(&settled.out)?;
    assert_eq!(settled.len(), 12);
    all_is_well(&stage)?;
    assert_eq!(stage.rows("actions.csv")?.len(), rows.len() - 12);
    Ok(())
}

#[test]
fn a_hand_waits_for_a_night_and_acts_on_what_it_left() -> Outcome {
    let stage = played()?;
    let id = a_letter(&stage)?;
    let mut ledger = held_as(&stage, "run")?;
    let confirm = args(&["confirm", JOB, "--as", "posted", "--transfer", &id], "Kari");
    let withdraw = args(&["withdraw", JOB, "--transfer", &id, "--reason", "feil"], "Ola");
    let start = |args: &[String]| stage.start(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let waiting = start(&confirm)?;
    std::thread::sleep(Duration::from_millis(300));
    // The night withdraws the letter, and only then is it the hand's turn.
    let now = Now::parse_from_rfc3339("2026-11-22T03:00:00+01:00")?;
    let run = ledger.begin_run("run", now)?;
    let transfer = journalflytt::id::TransferId::parse(&id).ok_or("an id")?;
    let hand = journalflytt::transfer::Hand { by: "journalflytt".to_owned(), why: "overtaken".to_owned() };
    let event = journalflytt::transfer::Event::Withdraw { why: None, hand };
    ledger.append(&run, now.to_utc(), vec![journalflytt::ledger::Entry::event(transfer, event)])?;
    ledger.finish_run(&run, now.to_utc(), "null")?;
    drop(ledger);
    let said = heard(waiting.wait_with_output()?)?.ends_with(2)?;
    assert!(said.err.contains(&format!("transfer {id} is withdrawn")), "{}", said.err);
    heard(start(&withdraw)?.wait_with_output()?)?.ends_with(2)?;
    all_is_well(&stage)
}

#[test]
fn a_hand_during_a_real_night_lands_after_it() -> Outcome {
    let stage = played()?;
    let action = stage.rows("actions.csv")?.first().ok_or("an action")?["action_id"].clone();
    let night = stage.start(&["run", JOB, "--no-progress"])?;
    until_it_runs(&stage)?;
    let settle = args(&["settle", JOB, "--reason", "ringt", "--action", &action], "Kari");
    let said = at_once(&stage, &[settle])?;
    heard(night.wait_with_output()?)?.ends_with(0)?;
    assert_eq!(said[0].code, Some(0), "{}", said[0].err);
    let report = stage.rows("actions.csv")?;
    assert!(report.iter().any(|row| row["action_id"] == action), "the night knew nothing of it");
    let status = stage.play(&["status", JOB, "--needs-action", "--csv"])?.ends_with(0)?;
    assert!(!status.out.contains(&action));
    all_is_well(&stage)
}

#[test]
fn who_waits_too_long_is_told_who_holds_the_ledger() -> Outcome {
    let stage = played()?;
    let (id, rows) = (a_letter(&stage)?, stage.rows("actions.csv")?);
    let before = fs::read(stage.path(LEDGER))?;
    let action = rows.first().ok_or("an action")?["action_id"].as_str();
    let ledger = held_as(&stage, "run")?;
    let started = Instant::now();
    let said = at_once(
        &stage,
        &[
            args(&["settle", JOB, "--reason", "x", "--action", action], "Kari"),
            args(&["confirm", JOB, "--as", "posted", "--transfer", &id], "Ola"),
            args(&["withdraw", JOB, "--transfer", &id, "--reason", "x"], "Per"),
        ],
    )?;
    let waited = started.elapsed();
    assert!(waited >= Duration::from_secs(30) && waited < Duration::from_secs(90), "{waited:?}");
    for said in &said {
        assert_eq!(said.code, Some(3), "{}", said.err);
        let told =
            format!("in use by `run` since 2026-11-22T03:00:00+01:00 (process {})", std::process::id());
        assert!(said.err.contains(&told), "{}", said.err);
    }
    // A second night does not wait at all.
    let started = Instant::now();
    stage.play(&["run", JOB])?.ends_with(3)?;
    assert!(started.elapsed() < Duration::from_secs(20));
    drop(ledger);
    assert_eq!(fs::read(stage.path(LEDGER))?, before, "nothing was written");
    all_is_well(&stage)
}

#[test]
fn a_list_dropped_while_a_night_runs_is_read_once_and_whole() -> Outcome {
    let stage = played()?;
    let list = fs::read_to_string(stage.report()?.join("packing-list.csv"))?;
    let mut filled = String::new();
    for (number, line) in list.lines().enumerate() {
        let mut cells: Vec<&str> = line.split(';').collect();
        if number > 0 {
            (cells[5], cells[6]) = ("22.11.2026", "Kari Prøve");
        }
        filled += &(cells.join(";") + "\r\n");
    }
    let lines = list.lines().count() - 1;
    let night = stage.start(&["run", JOB, "--no-progress"])?;
    until_it_runs(&stage)?;
    let inbox = stage.path("samples/first-night/inbox");
    fs::write(stage.path("list.tmp"), filled)?;
    fs::rename(stage.path("list.tmp"), inbox.join("packing-list.csv"))?;
    heard(night.wait_with_output()?)?.ends_with(0)?;
    stage.play(&["receipts", JOB, "--now", "2026-11-23T02:00:00+01:00"])?.ends_with(0)?;
    let view = View::open(&stage.path(LEDGER), &KeyIfNew::of(Environment::Test))?;
    let book = view.book();
    let read: Vec<&str> = book
        .receipts_read
        .values()
        .flatten()
        .filter(|row| row.kind == "packing-list")
        .map(|row| row.effect.as_str())
        .collect();
    assert_eq!(read.len(), lines, "each line once");
    assert!(read.iter().all(|effect| *effect == "applied"), "{read:?}");
    assert!(book.contradictions.is_empty(), "{:?}", book.contradictions);
    all_is_well(&stage)
}

#[test]
fn whoever_looks_during_a_night_sees_whole_groups_and_disturbs_nothing() -> Outcome {
    let stage = Stage::first_night()?;
    let mut night = stage.start(&["run", JOB, "--no-progress"])?;
    until_it_runs(&stage)?;
    let (mut looks, mut seen) = (0, Vec::new());
    while night.try_wait()?.is_none() || looks == 0 {
        let said = stage.play(&["status", JOB, "--json"])?.ends_with(0)?;
        let lines: Vec<serde_json::Value> = serde_json::from_str(&said.out)?;
        if let Some(line) = lines.first() {
            let id = line["transfer_id"].as_str().ok_or("an id")?;
            stage.play(&["explain", JOB, "--transfer", id])?.ends_with(0)?;
        }
        stage.play(&["status", JOB, "--needs-action"])?.ends_with(0)?;
        stage.play(&["plan", JOB, "--json"])?.ends_with(0)?;
        // What a night has laid into the spool and not recorded yet is unknown; the ledger itself is always whole.
        let verified = stage.play(&["verify", JOB, "--lang", "en"])?;
        assert!(verified.out.starts_with("The ledger is whole"), "{}{}", verified.out, verified.err);
        assert!(!verified.out.contains("altered") && !verified.out.contains("missing"), "{}", verified.out);
        looks += 1;
        let view = View::open(&stage.path(LEDGER), &KeyIfNew::of(Environment::Test))?;
        seen.push(view.book().transfers.len());
    }
    heard(night.wait_with_output()?)?.ends_with(0)?;
    let view = View::open(&stage.path(LEDGER), &KeyIfNew::of(Environment::Test))?;
    let all = view.book().transfers.len();
    // What is planned is planned in one group: none of it, or all.
    assert!(seen.iter().all(|count| *count == 0 || *count == all), "{seen:?} of {all}");
    stage.report_is("samples/first-night/expected")?;
    all_is_well(&stage)
}
