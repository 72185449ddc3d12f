//! Backups: taken while a night runs, while the ledger rests, after a night that was killed; and what the next night
//! makes of a ledger that was put back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::stage::{Outcome, Stage};

const JOB: &str = "jobs/nightly.toml";
const SECOND: &str = "jobs/second-night.toml";
const OUT: &str = "out/nightly";
const LEDGER: &str = "out/nightly/journalflytt.sqlite";

type Rows = BTreeMap<String, BTreeMap<String, String>>;

/// Copies a folder as it lies; what goes meanwhile is gone.
fn copy(from: &Path, to: &Path) -> Outcome {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
            continue;
        }
        match fs::copy(entry.path(), target) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(())
}

/// Puts a copy in the ledger's place, as the README says.
fn restore(stage: &Stage, backup: &Path) -> Outcome {
    for end in ["", "-wal", "-shm"] {
        match fs::remove_file(stage.path(&format!("{LEDGER}{end}"))) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
    }
    fs::copy(backup, stage.path(LEDGER))?;
    Ok(())
}

/// What lies with receivers and in trays.
fn left(stage: &Stage) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let mut files = stage.files("out/nightly/outbox")?;
    files.extend(stage.files("out/nightly/print")?);
    files.extend(stage.files("out/nightly/bundles")?);
    files.extend(stage.files("out/nightly/worklist")?);
    Ok(files)
}

fn rows(stage: &Stage) -> Outcome<Rows> {
    let rows = stage.rows("reconciliation.csv")?.into_iter();
    Ok(rows.map(|row| (row["transfer_id"].clone(), row)).collect())
}

fn held_restored(rows: &Rows) -> BTreeSet<String> {
    let held = rows.values().filter(|row| row["reason_code"] == "restored");
    held.map(|row| row["transfer_id"].clone()).collect()
}

fn json(stage: &Stage, args: &[&str]) -> Outcome<serde_json::Value> {
    Ok(serde_json::from_str(&stage.play(args)?.out)?)
}

/// Nothing has left that had not before, or with other bytes; bundles apart where what lay there was not kept.
fn nothing_more_left(
    before: &BTreeMap<String, Vec<u8>>,
    lay_there: bool,
    after: &BTreeMap<String, Vec<u8>>,
    when: &str,
) {
    for (name, bytes) in after {
        let was = before.get(name).unwrap_or_else(|| panic!("{name} has left, {when}"));
        // A bundle that was not sealed yet when the ledger was copied is never sealed as the same bytes.
        let is_anew = name.ends_with(".p7m") && !lay_there;
        assert!(was == bytes || is_anew, "{name} has other contents, {when}");
    }
}

/// Every transfer stands where it stood, or is held because it may have left unseen.
fn stands_or_is_held(whole: &Rows, now: &Rows, when: &str) {
    assert_eq!(whole.len(), now.len(), "every transfer is accounted for, {when}");
    for (id, row) in now {
        let (was, is) = (&whole[id]["state"], &row["state"]);
        let careful = row["reason_code"] == "restored" && ["sent", "placed"].contains(&was.as_str());
        assert!(was == is || careful, "{id} was {was} and is {is} ({}), {when}", row["reason_code"]);
    }
}

#[test]
fn from_every_backup_of_a_running_night_the_next_night_goes_on() -> Outcome {
    let stage = Stage::first_night()?;
    let quiet = || Stdio::null();
    let mut night = stage.command(&["run", JOB]).stdout(quiet()).stderr(quiet()).spawn()?;
    let mut heads = BTreeMap::new();
    for number in 0..200 {
        let (name, sides) = (format!("backups/{number}.sqlite"), format!("sides/{number}"));
        fs::create_dir_all(stage.path("backups"))?;
        let said = stage.play(&["backup", JOB, "--to", &name, "--json"])?;
        let is_running = night.try_wait()?.is_none();
        if said.code == Some(0) {
            let made: serde_json::Value = serde_json::from_str(&said.out)?;
            let entries = made["ledger"]["entries"].as_u64().ok_or("entries")?;
            if heads.len() < 12 && !heads.contains_key(&entries) {
                copy(&stage.path(OUT), &stage.path(&sides))?;
                heads.insert(entries, (stage.path(&name), stage.path(&sides), is_running));
            }
        } else {
            assert_eq!(said.code, Some(2), "there is no ledger yet: {}", said.err);
        }
        if !is_running {
            break;
        }
    }
    assert!(night.wait()?.success());
    let (whole, sent) = (rows(&stage)?, left(&stage)?);
    assert!(heads.values().any(|(_, _, is_running)| *is_running), "one was taken while the night ran");
    // The first, the last, and those between them that differ most.
    let kept: Vec<_> =
        heads.iter().step_by(heads.len().div_ceil(4)).chain(heads.iter().next_back()).collect();
    for (entries, (backup, sides, _)) in kept {
        for (name, folder) in [("all that followed", stage.path(OUT)), ("what lay there then", sides.clone())]
        {
            let when = format!("restored at {entries} entries beside {name}");
            let again = Stage::first_night()?;
            copy(&folder, &again.path(OUT))?;
            restore(&again, backup)?;
            let found = json(&again, &["verify", JOB, "--json"])?;
            assert_eq!(found["broken"], serde_json::Value::Null, "{when}");
            assert_eq!(found["reports_astray"], serde_json::json!([]), "{when}");
            assert!(found["copied_at"].is_string(), "{when}");
            again.run()?;
            let now = rows(&again)?;
            assert_eq!(again.summary()?["sums_agree"], true, "{when}");
            stands_or_is_held(&whole, &now, &when);
            nothing_more_left(&sent, name == "all that followed", &left(&again)?, &when);
            let found = json(&again, &["verify", JOB, "--json"])?;
            assert_eq!(
                (&found["copied_at"], &found["faults"]),
                (&serde_json::Value::Null, &serde_json::json!([]))
            );
            assert_eq!(found["restores"].as_array().map(Vec::len), Some(1), "{when}");
            assert_eq!(found["unknown"], serde_json::json!([]), "{when}");
        }
    }
    Ok(())
}

/// Two nights, and a backup between them.
fn two_nights() -> Outcome<Stage> {
    let stage = Stage::first_night()?;
    stage.run()?;
    stage.play(&["backup", JOB, "--to", "between.sqlite"])?.ends_with(0)?;
    stage.play(&["run", SECOND])?.ends_with(0)?;
    Ok(stage)
}

#[test]
fn after_a_restore_nothing_goes_again_that_may_have_left_until_a_person_says() -> Outcome {
    let stage = two_nights()?;
    let (whole, sent) = (rows(&stage)?, left(&stage)?);
    restore(&stage, &stage.path("between.sqlite"))?;
    let planned = json(&stage, &["plan", SECOND, "--json"])?;
    stage.play(&["run", SECOND])?.ends_with(0)?;
    assert_eq!(stage.summary()?["sums_agree"], true);
    let remarks = stage.summary()?["remarks"].to_string();
    assert!(
        remarks.contains("the ledger was put back from a copy of 2026-11-22T01:00:00+00:00"),
        "{remarks}"
    );
    let now = rows(&stage)?;
    nothing_more_left(&sent, true, &left(&stage)?, "after the restore");
    let held = held_restored(&now);
    let of_plan = planned.as_array().ok_or("a list")?.iter().filter(|line| line["reason"] == "restored");
    assert_eq!(of_plan.count(), held.len(), "the plan said so");
    let sealed_since: BTreeSet<String> = whole
        .values()
        .filter(|row| {
            ["sent", "placed"].contains(&row["state"].as_str()) && row["since"].starts_with("2026-11-27")
        })
        .map(|row| row["transfer_id"].clone())
        .collect();
    assert!(!held.is_empty() && sealed_since.is_subset(&held), "{sealed_since:?} {held:?}");
    stage.play(&["run", SECOND, "--now", "2026-11-27T03:00:00+01:00"])?.ends_with(0)?;
    assert_eq!(held_restored(&rows(&stage)?), held, "they stay until somebody says");

    let of = |state: &str, channel: &str| {
        let mut fitting =
            held.iter().filter(|id| whole[*id]["state"] == state && whole[*id]["channel"] == channel);
        fitting.next().cloned().ok_or_else(|| format!("a {state} one by {channel}"))
    };
    let actions = stage.rows("actions.csv")?;
    let asks = actions.iter().find(|row| row["code"] == "restored").ok_or("an action")?;
    let settle = ["settle", SECOND, "--action", &asks["action_id"], "--by", "Kari", "--reason", "ja"];
    let said = stage.play(&settle)?.ends_with(2)?;
    assert!(said.err.contains("--as accepted") && said.err.contains("--waive restored"), "{}", said.err);

    let (message, letter) = (of("sent", "outbox")?, of("placed", "print")?);
    let said = ["--by", "Kari Prøve", "--reason", "sett i loggen"];
    for id in [&message, &letter] {
        let release = [&["release", SECOND, "--transfer", id, "--waive", "restored"][..], &said].concat();
        stage.play(&release)?.ends_with(0)?;
    }
    let tray = stage.files("out/nightly/print")?;
    assert!(!tray.keys().any(|name| name.contains(letter.as_str())), "the letter that was lost is taken out");
    let gone = held.iter().find(|id| **id != message && **id != letter).ok_or("a third")?;
    let confirm = ["confirm", SECOND, "--transfer", gone, "--as", "accepted", "--by", "Kari Prøve"];
    stage.play(&confirm)?.ends_with(0)?;
    stage.play(&["run", SECOND, "--now", "2026-11-27T04:00:00+01:00"])?.ends_with(0)?;
    let now = rows(&stage)?;
    for (id, state) in [(&message, "sent"), (&letter, "placed")] {
        assert_eq!(now[id]["state"], state, "{}", now[id]["details"]);
    }
    for id in [&message, &letter] {
        let (revision, before) = (&now[id]["revision"], &whole[id]["revision"]);
        assert!(revision.parse::<u32>()? > before.parse::<u32>()?, "{id}: {revision} after {before}");
    }
    let ids =
        |rows: &Rows| rows[&message]["message_ids"].split(' ').map(str::to_owned).collect::<BTreeSet<_>>();
    assert!(ids(&whole).is_disjoint(&ids(&now)), "no message id stands for two contents");
    let list = stage.rows("packing-list.csv")?;
    let line = list.iter().find(|row| row["transfer_id"] == letter).ok_or("a line")?;
    assert_eq!(line["possible_duplicate"], "yes");
    assert_eq!(held_restored(&now).len(), held.len() - 3);
    let found = json(&stage, &["verify", SECOND, "--json"])?;
    assert_eq!((&found["faults"], &found["unknown"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert_eq!(found["reports_astray"], serde_json::json!([]), "the lost report is known as such");
    assert_eq!(found["restores"].as_array().map(Vec::len), Some(1));
    let story = stage.play(&["explain", SECOND, "--transfer", &message, "--lang", "en"])?.ends_with(0)?;
    assert!(story.out.contains("It has lost a run that had sealed:"), "{}", story.out);
    Ok(())
}

#[test]
fn who_is_protected_when_the_ledger_was_put_back_is_held_for_both_and_the_letter_goes_nowhere() -> Outcome {
    let stage = two_nights()?;
    let whole = rows(&stage)?;
    let is_new_letter = |row: &&BTreeMap<String, String>| {
        row["state"] == "placed" && row["channel"] == "print" && row["since"].starts_with("2026-11-27")
    };
    let letter = whole.values().find(is_new_letter).ok_or("a letter")?;
    let (id, patient) = (&letter["transfer_id"], &letter["patient_ref"]);
    restore(&stage, &stage.path("between.sqlite"))?;
    stage.edit("samples/second-night/patients.csv", |text| crate::back::graded(&text, patient))?;
    // Nothing is touched by a look ahead.
    let tray = stage.files("out/nightly/print")?;
    assert!(tray.keys().any(|name| name.contains(id.as_str())));
    stage.play(&["plan", SECOND])?;
    assert!(stage.files("out/nightly/print")? == tray);
    stage.play(&["run", SECOND, "--now", "2026-11-28T02:00:00+01:00"])?;
    assert_eq!(stage.summary()?["sums_agree"], true);
    let row = &rows(&stage)?[id];
    assert_eq!((row["state"].as_str(), row["reason_code"].as_str()), ("held", "strictly-confidential"));
    let tray = stage.files("out/nightly/print")?;
    assert!(!tray.keys().any(|name| name.contains(id.as_str())), "nobody posts it");
    let actions = stage.rows("actions.csv")?;
    let of_it = |code: &str| actions.iter().find(|row| row["transfer_id"] == *id && row["code"] == code);
    for code in ["strictly-confidential", "restored", "protected-after-sending", "earlier-reports"] {
        assert!(of_it(code).is_some(), "{code}");
    }
    let named = &of_it("earlier-reports").ok_or("reports")?["what_to_do"];
    assert!(named.contains("2026-11-27-020000"), "the report of the run that was lost: {named}");
    let count = |actions: &[BTreeMap<String, String>]| {
        actions.iter().filter(|row| row["code"] == "protected-after-sending").count()
    };
    stage.play(&["run", SECOND, "--now", "2026-11-29T02:00:00+01:00"])?;
    assert_eq!(count(&stage.rows("actions.csv")?), count(&actions), "asked once");
    Ok(())
}

#[test]
fn a_plain_copy_is_told_by_the_reports_and_a_command_by_hand_records_it() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    fs::copy(stage.path(LEDGER), stage.path("plain.sqlite"))?;
    stage.play(&["run", SECOND])?.ends_with(0)?;
    let (whole, sent) = (rows(&stage)?, left(&stage)?);
    restore(&stage, &stage.path("plain.sqlite"))?;
    let found = json(&stage, &["verify", JOB, "--json"])?;
    assert_eq!(found["reports_astray"][0]["flaw"], "older", "{found}");
    let letter = whole.values().find(|row| row["state"] == "held").ok_or("a held one")?;
    let reason = ["--by", "Kari Prøve", "--reason", "ringt"];
    let withdraw =
        [&["withdraw", SECOND, "--transfer", letter["transfer_id"].as_str()][..], &reason].concat();
    // Whether or not this one can be stopped: the restore is recorded first.
    stage.play(&withdraw)?;
    let found = json(&stage, &["verify", JOB, "--json"])?;
    assert_eq!(found["restores"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(found["reports_astray"], serde_json::json!([]));
    stage.play(&["run", SECOND])?.ends_with(0)?;
    nothing_more_left(&sent, true, &left(&stage)?, "after a plain copy");
    assert!(!held_restored(&rows(&stage)?).is_empty());
    assert!(stage.summary()?["remarks"].to_string().contains("put back from a copy of a time not known"));
    Ok(())
}

#[test]
fn a_ledger_left_by_a_killed_night_is_copied_and_goes_on() -> Outcome {
    let whole = Stage::first_night()?;
    whole.run()?;
    let sent = left(&whole)?;
    let mut taken = 0;
    for milliseconds in [150, 400, 800, 1500] {
        let stage = Stage::first_night()?;
        let mut night = stage.command(&["run", JOB]).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        std::thread::sleep(Duration::from_millis(milliseconds));
        let _ = night.kill();
        night.wait()?;
        let said = stage.play(&["backup", JOB, "--to", "killed.sqlite"])?;
        if said.code == Some(2) && said.err.contains("no ledger") {
            continue;
        }
        said.ends_with(0)?;
        taken += 1;
        restore(&stage, &stage.path("killed.sqlite"))?;
        stage.run()?;
        assert_eq!(stage.summary()?["sums_agree"], true);
        stands_or_is_held(&rows(&whole)?, &rows(&stage)?, &format!("killed after {milliseconds} ms"));
        nothing_more_left(&sent, false, &left(&stage)?, &format!("killed after {milliseconds} ms"));
    }
    assert!(taken > 0, "no night had begun its ledger");
    Ok(())
}

#[test]
fn a_backup_overwrites_nothing_and_says_why_there_is_none() -> Outcome {
    let stage = Stage::first_night()?;
    let backup = |to: &str| stage.play(&["backup", JOB, "--to", to, "--lang", "en"]);
    let said = backup("copy.sqlite")?.ends_with(2)?;
    assert!(said.err.contains("there is no ledger"), "{}", said.err);
    assert!(!stage.path(OUT).exists(), "and none is made");
    stage.run()?;
    let before = stage.files("out")?;
    let said = backup("nowhere/copy.sqlite")?.ends_with(2)?;
    assert!(said.err.contains("the folder of nowhere/copy.sqlite is not there"), "{}", said.err);
    let said = backup(LEDGER)?.ends_with(2)?;
    assert!(said.err.contains("is there already"), "{}", said.err);
    let said = backup("copy.sqlite")?.ends_with(0)?;
    assert!(
        said.out.contains("copy.sqlite is a whole copy of the ledger: 1 runs, 125 transfers."),
        "{}",
        said.out
    );
    let head = json(&stage, &["verify", JOB, "--json"])?["ledger"]["head"].to_string();
    assert!(said.out.contains(head.trim_matches('"')), "{}", said.out);
    let copied = fs::read(stage.path("copy.sqlite"))?;
    backup("copy.sqlite")?.ends_with(2)?;
    assert!(fs::read(stage.path("copy.sqlite"))? == copied);
    assert!(stage.files("out")? == before, "nothing else was written");
    Ok(())
}

#[test]
fn a_ledger_that_is_gone_is_not_begun_anew_while_reports_tell_of_it() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    fs::remove_file(stage.path(LEDGER))?;
    let before = stage.files("out")?;
    // Real persons' transfers would get other ids, and be sent again.
    stage.edit(JOB, |job| {
        let lines = job.lines().filter(|line| !line.starts_with("now "));
        lines
            .map(|line| line.replace("environment = \"test\"", "environment = \"production\"") + "\n")
            .collect()
    })?;
    let said = stage.play(&["receipts", JOB])?.ends_with(3)?;
    assert!(said.err.contains("the ledger is not there, and 1 reports tell of one"), "{}", said.err);
    assert!(stage.files("out")? == before, "nothing is made");
    let said = stage.play(&["status", JOB])?.ends_with(3)?;
    assert!(said.err.contains("the ledger is not there"), "{}", said.err);
    fs::write(stage.path(LEDGER), "")?;
    let said = stage.play(&["receipts", JOB])?.ends_with(3)?;
    assert!(said.err.contains("the ledger is not there"), "an empty file is none: {}", said.err);
    assert!(fs::read(stage.path(LEDGER))?.is_empty(), "and none is begun in it");
    fs::remove_file(stage.path(LEDGER))?;
    fs::remove_dir_all(stage.path("out/nightly/reports"))?;
    stage.play(&["receipts", JOB])?.ends_with(0)?;
    Ok(())
}
