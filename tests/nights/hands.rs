//! What persons do after a night: post, confirm, release, withdraw, settle, and what the program refuses.

use std::fs;

use journalflytt::id::TransferId;
use journalflytt::ledger::{Attempt, Entry, KeyIfNew, Ledger, LockWait, Opening};
use journalflytt::moves::Now;
use journalflytt::person::Environment;
use journalflytt::reason::Reason;
use journalflytt::transfer::{Event, Hold};

use crate::stage::{Outcome, Stage};

const JOB: &str = "jobs/nightly.toml";

fn first_with(
    stage: &Stage,
    column: &str,
    value: &str,
) -> Outcome<std::collections::BTreeMap<String, String>> {
    let found = stage.rows("reconciliation.csv")?.into_iter().find(|row| row[column] == value);
    found.ok_or_else(|| format!("no row whose {column} is {value}").into())
}

#[test]
fn a_letter_is_posted_by_hand_and_by_packing_list() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let letter = first_with(&stage, "state", "placed")?;
    let id = letter["transfer_id"].to_lowercase().replace('-', "");
    stage.play(&["confirm", JOB, "--transfer", &id, "--as", "posted", "--by", "Kari Prøve"])?.ends_with(0)?;
    stage.play(&["confirm", JOB, "--transfer", &id, "--as", "posted", "--by", "Kari Prøve"])?.ends_with(2)?;

    let list = fs::read_to_string(stage.report()?.join("packing-list.csv"))?;
    let mut filled = String::new();
    for (number, line) in list.lines().enumerate() {
        let mut cells: Vec<&str> = line.split(';').collect();
        if number > 0 && !line.contains(&letter["transfer_id"]) {
            cells[5] = "22.11.2026";
            cells[6] = "Kari Prøve";
        }
        filled += &(cells.join(";") + "\r\n");
    }
    fs::write(stage.path("samples/first-night/inbox/packing-list.csv"), filled)?;
    stage.play(&["receipts", JOB, "--now", "2026-11-23T02:00:00+01:00"])?.ends_with(0)?;
    let lines = stage.rows("reconciliation.csv")?;
    let still = lines.iter().filter(|row| row["state"] == "placed" && row["channel"] == "print").count();
    assert_eq!(still, 0, "every letter was posted: {:?}", stage.rows("receipts.csv")?.last());
    assert!(lines.iter().any(|row| row["state"] == "accepted" && row["receipt"] == "confirmed"));
    Ok(())
}

#[test]
fn a_hold_is_released_and_the_next_night_sends() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let held = first_with(&stage, "reason_code", "confidential")?;
    let id = held["transfer_id"].as_str();
    let release = |code: &str| {
        stage.play(&[
            "release",
            JOB,
            "--transfer",
            id,
            "--waive",
            code,
            "--by",
            "Kari",
            "--reason",
            "avklart på telefon",
        ])
    };
    release("no-party")?.ends_with(2)?;
    release("undeclared")?.ends_with(2)?;
    release("confidential")?.ends_with(0)?;
    stage.run()?;
    let row = stage
        .rows("reconciliation.csv")?
        .into_iter()
        .find(|row| row["transfer_id"] == id)
        .ok_or("the row")?;
    assert!(row["reason_code"] != "confidential", "{row:?}");
    Ok(())
}

#[test]
fn a_letter_is_withdrawn_and_its_file_is_gone() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let letter = first_with(&stage, "state", "placed")?;
    let id = letter["transfer_id"].as_str();
    let lies = || {
        Ok::<bool, Box<dyn std::error::Error>>(
            stage.files("out/nightly/print")?.keys().any(|name| name.contains(id) && name.ends_with(".pdf")),
        )
    };
    assert!(lies()?);
    stage
        .play(&["withdraw", JOB, "--transfer", id, "--by", "Kari", "--reason", "flyttet ikke"])?
        .ends_with(0)?;
    assert!(!lies()?);
    stage.run()?;
    assert!(!lies()?, "and no night lays it out again");
    Ok(())
}

/// A letter is made anew, and the night that was to lay it out dies before it does.
fn die_before_the_tray(stage: &Stage, id: &TransferId) -> Outcome {
    let now = Now::parse_from_rfc3339("2026-11-22T03:00:00+01:00")?;
    let opening =
        Opening { command: "run", wait: LockWait::No, key_if_new: KeyIfNew::of(Environment::Test), now };
    let mut ledger = Ledger::open(&stage.path("out/nightly/journalflytt.sqlite"), &opening)?;
    let transfer = ledger.book().transfers.get(id).ok_or("the letter")?;
    let (sealed, number) = (transfer.state.sealed().ok_or("a parcel")?.clone(), transfer.attempts + 1);
    let run = ledger.begin_run("run", now)?;
    let events = [
        Event::Hold { reasons: vec![Hold::plain(Reason::LateResult)] },
        Event::Resume,
        Event::Collect { inventory: sealed.inventory },
        Event::Clear { clearance: sealed.clearance },
        Event::Seal { parcel: sealed.parcel },
    ];
    let entries = events.into_iter().map(|event| Entry::event(id.clone(), event)).collect();
    ledger.append(&run, now.to_utc(), entries)?;
    let attempt = Attempt { transfer: id.clone(), number };
    ledger.record_attempts(&run, now.to_utc(), vec![attempt])?;
    Ok(())
}

#[test]
fn a_letter_in_doubt_that_never_lay_in_the_tray_is_given_up_without_a_contradiction() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let letter = first_with(&stage, "state", "placed")?;
    let id = TransferId::parse(&letter["transfer_id"]).ok_or("an id")?;
    let tray = stage.files("out/nightly/print")?;
    let (name, _) = tray.iter().find(|(name, _)| name.contains(id.as_str())).ok_or("the letter's file")?;
    fs::remove_file(stage.path(name))?;
    die_before_the_tray(&stage, &id)?;
    let withdraw = ["withdraw", JOB, "--transfer", id.as_str(), "--by", "Kari", "--reason", "feil", "--lang"];
    let said = stage.play(&[&withdraw[..], &["en"]].concat())?.ends_with(0)?;
    assert!(said.out.contains("is now abandoned"), "{}", said.out);
    let actions = stage.play(&["status", JOB, "--needs-action", "--json"])?.ends_with(0)?;
    assert!(!actions.out.contains("contradiction"), "{}", actions.out);
    Ok(())
}

#[test]
fn an_action_is_settled_and_stays_off_the_list() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let actions = stage.rows("actions.csv")?;
    let held = first_with(&stage, "state", "held")?["transfer_id"].clone();
    let of_held = actions.iter().find(|row| row["transfer_id"] == held).ok_or("an action")?;
    let action = of_held["action_id"].clone();
    stage
        .play(&["settle", JOB, "--action", "XXXX-XXXX", "--by", "Kari", "--reason", "ringt"])?
        .ends_with(2)?;
    let said = stage
        .play(&["settle", JOB, "--action", &action, "--by", "Kari", "--reason", "ringt"])?
        .ends_with(0)?;
    let stays = "Overføringen står fortsatt holdt tilbake og blir ikke sendt av dette.";
    assert!(said.out.contains(stays), "{}", said.out);
    stage.run()?;
    let later = stage.rows("actions.csv")?;
    assert_eq!(later.len() + 1, actions.len());
    let status = stage.play(&["status", JOB, "--needs-action", "--json"])?.ends_with(0)?;
    let listed: serde_json::Value = serde_json::from_str(&status.out)?;
    let listed: Vec<&str> =
        listed.as_array().into_iter().flatten().filter_map(|one| one["action_id"].as_str()).collect();
    let in_report: Vec<&str> = later.iter().map(|row| row["action_id"].as_str()).collect();
    assert_eq!(listed, in_report, "one list in two places");
    assert!(!later.iter().any(|row| row["action_id"] == action));
    Ok(())
}

#[test]
fn exit_codes_are_the_contract() -> Outcome {
    let stage = Stage::first_night()?;
    stage.play(&["run", JOB, "--strict"])?.ends_with(1)?;
    stage.play(&["status", JOB, "--strict"])?.ends_with(1)?;
    stage.play(&["status", JOB])?.ends_with(0)?;
    stage.play(&["run", "jobs/none.toml"])?.ends_with(2)?;
    stage.play(&["dance", JOB])?.ends_with(2)?;
    stage.edit(JOB, |job| job.replace("[legal]", "[legl]"))?;
    let said = stage.play(&["check", JOB])?.ends_with(2)?;
    assert!(said.err.contains("legl") && said.err.contains("jobs/nightly.toml:"), "{}", said.err);
    Ok(())
}

#[test]
fn a_clock_is_set_only_in_a_test_job() -> Outcome {
    let stage = Stage::first_night()?;
    stage.edit(JOB, |job| {
        let job = job.replace("environment = \"test\"", "environment = \"production\"");
        job.lines().filter(|line| !line.starts_with("now")).map(|line| format!("{line}\n")).collect()
    })?;
    stage.play(&["status", JOB, "--now", "2026-11-23T02:00:00+01:00"])?.ends_with(2)?;
    Ok(())
}
