//! Nights that go wrong: files cut off, a ledger broken, a lock held, the plug pulled.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::stage::{Outcome, Stage, set};

#[test]
fn an_extract_cut_off_in_a_row_is_held_whole_and_the_night_goes_on() -> Outcome {
    let stage = Stage::first_night()?;
    stage.edit("samples/first-night/relocations.csv", |text| {
        let end = text.trim_end().rfind(';').unwrap_or_default();
        text[..end - 20].to_owned()
    })?;
    stage.run()?;
    let held = stage.summary()?["files_held"].clone();
    assert_eq!(held.as_array().map(Vec::len), Some(1), "{held}");
    assert!(
        stage.rows("reconciliation.csv")?.iter().all(|row| row["patient_ref"] != "MH-1004"),
        "no row of it is used"
    );
    Ok(())
}

#[test]
fn a_register_that_is_cut_off_stops_the_night_after_the_receipts() -> Outcome {
    let stage = Stage::first_night()?;
    stage.edit("samples/first-night/patients.csv", |text| {
        text[..text.len() / 2].trim_end_matches('\n').to_owned() + ";\"open"
    })?;
    let said = stage.play(&["run", "jobs/nightly.toml"])?.ends_with(3)?;
    assert!(said.err.contains("register"), "{}", said.err);
    assert!(!stage.rows("receipts.csv")?.is_empty(), "the receipts were read");
    assert!(stage.rows("reconciliation.csv")?.is_empty(), "nobody was planned");
    assert_eq!(stage.summary()?["rows"]["not_ours"], 0, "and nobody called not ours");
    Ok(())
}

#[test]
fn a_held_results_file_holds_every_tb_transfer() -> Outcome {
    let stage = Stage::first_night()?;
    stage.edit("samples/first-night/tb-results.csv", |text| text + "\"open")?;
    stage.run()?;
    let lines = stage.rows("reconciliation.csv")?;
    let tb: Vec<_> = lines.iter().filter(|row| row["content"] == "tb").collect();
    assert!(tb.iter().all(|row| !["placed", "sent", "accepted"].contains(&row["state"].as_str())));
    assert!(tb.iter().any(|row| row["reason_code"] == "source-incomplete"));
    Ok(())
}

#[test]
fn a_small_extract_is_suspicious() -> Outcome {
    let stage = Stage::first_night()?;
    stage.edit("jobs/nightly.toml", |job| set(job, "expected_minimum", "500"))?;
    let said = stage.play(&["run", "jobs/nightly.toml"])?.ends_with(3)?;
    assert!(said.err.contains("register"), "{}", said.err);
    Ok(())
}

#[test]
fn an_event_taken_out_of_the_ledger_stops_the_run() -> Outcome {
    for which in ["MIN(seq) + 7", "MAX(seq)", "MIN(seq) + 20"] {
        let stage = Stage::first_night()?;
        stage.run()?;
        let ledger = rusqlite::Connection::open(stage.path("out/nightly/journalflytt.sqlite"))?;
        let gone =
            ledger.execute(&format!("DELETE FROM entries WHERE seq = (SELECT {which} FROM entries)"), [])?;
        assert_eq!(gone, 1);
        drop(ledger);
        let sent = stage.files("out/nightly/outbox")?;
        let said = stage.play(&["run", "jobs/nightly.toml"])?.ends_with(3)?;
        assert!(said.err.contains("ledger"), "{which}: {}", said.err);
        assert_eq!(sent, stage.files("out/nightly/outbox")?, "nothing was sent");
    }
    Ok(())
}

#[test]
fn the_second_of_two_nights_at_once_stops_and_says_who_is_at_work() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let lock = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(stage.path("out/nightly/journalflytt.sqlite.lock"))?;
    lock.lock()?;
    let before = stage.files("out")?;
    let said = stage.play(&["run", "jobs/nightly.toml"])?.ends_with(3)?;
    assert!(said.err.contains("in use"), "{}", said.err);
    assert_eq!(before, stage.files("out")?, "it touched nothing");
    Ok(())
}

/// What lies with the receivers, and where every transfer stands.
struct Received {
    files: BTreeMap<String, Vec<u8>>,
    states: Vec<String>,
}

/// What the receivers see in the end, whatever happened on the way.
fn received(stage: &Stage) -> Outcome<Received> {
    let mut files = stage.files("out/nightly/outbox")?;
    files.extend(stage.files("out/nightly/print")?);
    files.retain(|name, _| {
        !name.rsplit('/').next().unwrap_or_default().starts_with('.') && !name.contains("/.")
    });
    let mut states: Vec<String> = stage
        .rows("reconciliation.csv")?
        .iter()
        .map(|row| {
            format!("{} {} {} {}", row["patient_ref"], row["content"], row["state"], row["reason_code"])
        })
        .collect();
    states.sort();
    Ok(Received { files, states })
}

#[test]
fn a_night_that_was_killed_is_taken_up_by_the_next_without_a_person() -> Outcome {
    let whole = Stage::first_night()?;
    whole.run()?;
    let expected = received(&whole)?;
    let mut cut_short = 0;
    for milliseconds in [2, 5, 8, 12, 16, 20, 25, 30, 36, 42, 50, 60, 75, 90, 120] {
        let stage = Stage::first_night()?;
        let mut night = stage
            .command(&["run", "jobs/nightly.toml"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        std::thread::sleep(Duration::from_millis(milliseconds));
        if night.try_wait()?.is_none() {
            cut_short += 1;
        }
        // A night that was quicker has nothing to be killed.
        let _ = night.kill();
        night.wait()?;
        stage.run()?;
        let seen = received(&stage)?;
        assert_eq!(expected.states, seen.states, "killed after {milliseconds} ms");
        assert_eq!(expected.files.keys().collect::<Vec<_>>(), seen.files.keys().collect::<Vec<_>>());
        assert!(expected.files == seen.files, "the same bytes, killed after {milliseconds} ms");
    }
    assert!(cut_short >= 3, "only {cut_short} nights were killed while they ran");
    Ok(())
}

#[test]
fn a_channel_folder_in_trouble_defers_its_transfers_and_the_others_go_on() -> Outcome {
    let stage = Stage::first_night()?;
    // A file where the outbox folder should be: the job is right, the disk is not.
    fs::create_dir_all(stage.path("out/nightly"))?;
    fs::write(stage.path("out/nightly/outbox"), b"in the way")?;
    stage.run()?;
    let lines = stage.rows("reconciliation.csv")?;
    assert!(lines.iter().any(|row| row["state"] == "deferred" && row["channel"] == "outbox"));
    assert!(lines.iter().any(|row| row["state"] == "placed" && row["channel"] == "print"));
    fs::remove_file(stage.path("out/nightly/outbox"))?;
    stage.play(&["run", "jobs/nightly.toml", "--now", "2026-11-22T05:00:00+01:00"])?.ends_with(0)?;
    assert!(
        stage
            .rows("reconciliation.csv")?
            .iter()
            .any(|row| row["state"] == "sent" && row["channel"] == "outbox")
    );
    Ok(())
}
