//! The plug pulled, the disk full, two at once, and files that mean harm: what a night leaves, and what the next
//! makes of it. Nothing here needs a special tool; what is killed in the middle is played by cutting the ledger
//! back to what it held then.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use journalflytt::id::TransferId;
use journalflytt::ledger::{Book, KeyIfNew, View};
use journalflytt::person::Environment;
use journalflytt::transfer::Transfer;

use crate::stage::{Outcome, Said, Stage, set};

const JOB: &str = "jobs/nightly.toml";
const LEDGER: &str = "out/nightly/journalflytt.sqlite";
const STRICT: &str = "strengtFortrolig";

/// What lies with the receivers.
fn received(stage: &Stage) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for folder in ["outbox", "bundles", "print", "worklist"] {
        files.extend(stage.files(&format!("out/nightly/{folder}"))?);
    }
    // No two seals are the same bytes; that each is there, and as long, is what can be compared.
    for (_, bundle) in files.iter_mut().filter(|(name, _)| name.ends_with(".p7m")) {
        *bundle = bundle.len().to_string().into_bytes();
    }
    Ok(files)
}

/// The transfers but those that were sealed, whose digests no two runs share.
fn unsealed(stage: &Stage) -> Outcome<BTreeMap<TransferId, Transfer>> {
    let mut transfers = book(stage)?.transfers;
    transfers.retain(|_, transfer| {
        transfer.state.sealed().is_none_or(|sealed| sealed.clearance.sealed_to.is_none())
    });
    Ok(transfers)
}

/// Where every transfer stands.
fn states(stage: &Stage) -> Outcome<BTreeMap<String, String>> {
    let rows = stage.rows("reconciliation.csv")?;
    Ok(rows
        .into_iter()
        .map(|row| (row["transfer_id"].clone(), format!("{} {}", row["state"], row["reason_code"])))
        .collect())
}

fn book(stage: &Stage) -> Outcome<Book> {
    Ok(View::open(&stage.path(LEDGER), &KeyIfNew::of(Environment::Test))?.book().clone())
}

/// What was made available, to whom.
fn disclosed(stage: &Stage) -> Outcome<BTreeSet<(String, u32, String)>> {
    let records = book(stage)?.disclosures;
    Ok(records.into_iter().map(|d| (d.transfer.to_string(), d.revision, d.receiver_name)).collect())
}

/// Cuts the ledger back to what it held before the entries that `keep` refuses, as a plug pulled there would.
fn cut_back(stage: &Stage, last_kept: &str) -> Outcome {
    let ledger = rusqlite::Connection::open(stage.path(LEDGER))?;
    let seq: i64 =
        ledger.query_row(&format!("SELECT MAX(seq) FROM entries WHERE kind = '{last_kept}'"), [], |row| {
            row.get(0)
        })?;
    ledger.execute_batch(&format!(
        "DELETE FROM entries WHERE seq > {seq};
         DELETE FROM disclosures;
         UPDATE meta SET value = '{seq}' WHERE name = 'entries';
         UPDATE meta SET value = '0' WHERE name = 'disclosures';
         UPDATE meta SET value = (SELECT chain FROM entries WHERE seq = {seq}) WHERE name = 'entries_head';
         UPDATE meta SET value = (SELECT value FROM meta WHERE name = 'chain_start') WHERE name = 'disclosures_head';
         UPDATE runs SET finished_at = NULL, reconciliation = NULL;"
    ))?;
    // It had not come to its report either; one that knows more would tell of a restore.
    fs::remove_dir_all(stage.path("out/nightly/reports"))?;
    Ok(())
}

/// The night after the plug was pulled between the intents and their outcomes.
pub(crate) fn cut_off_night() -> Outcome<(Stage, BTreeMap<String, Vec<u8>>)> {
    let stage = Stage::first_night()?;
    stage.run()?;
    let files = received(&stage)?;
    cut_back(&stage, "event:start")?;
    Ok((stage, files))
}

fn empty(folder: &Path) -> Outcome {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_file() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Marks one patient's address in the register.
fn protect(stage: &Stage, patient: &str) -> Outcome {
    stage.edit("samples/first-night/patients.csv", |text| {
        let mut at = None;
        let lines = text.lines().map(|line| {
            let mut cells: Vec<&str> = line.split(';').collect();
            match at {
                None => at = cells.iter().position(|cell| cell.trim() == "address_grading"),
                Some(at) if cells[0] == patient => cells[at] = STRICT,
                Some(_) => {}
            }
            cells.join(";")
        });
        lines.collect::<Vec<_>>().join("\n") + "\n"
    })
}

/// Plays a command that must come to an end by itself.
fn play_within(mut command: Command, seconds: u64) -> Outcome<Said> {
    let clock = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Said { code: status.code(), out: String::new(), err: String::new() });
        }
        if clock.elapsed() > Duration::from_secs(seconds) {
            child.kill()?;
            child.wait()?;
            return Err(format!("still at work after {seconds} seconds").into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn attempts_without_an_outcome_go_again_with_the_same_bytes_and_disclose_the_same() -> Outcome {
    let whole = Stage::first_night()?;
    whole.run()?;
    let (stage, files) = cut_off_night()?;
    empty(&stage.path("out/nightly/outbox"))?;
    stage.run()?;
    assert!(received(&stage)? == files, "the message system gets the same messages again");
    assert_eq!(states(&stage)?, states(&whole)?);
    assert_eq!(disclosed(&stage)?, disclosed(&whole)?, "a letter that lies in the tray has gone to nobody");
    Ok(())
}

#[test]
fn a_letter_that_was_taken_from_the_tray_before_its_outcome_was_recorded_is_not_laid_out_again() -> Outcome {
    let (stage, _) = cut_off_night()?;
    empty(&stage.path("out/nightly/print"))?;
    stage.run()?;
    assert!(stage.files("out/nightly/print")?.is_empty(), "nothing is printed twice");
    let asked = stage.rows("actions.csv")?.iter().filter(|a| a["code"] == "may-have-been-posted").count();
    assert!(asked > 0, "and a person is asked");
    Ok(())
}

#[test]
fn a_letter_nobody_knows_of_is_taken_out_of_the_tray_when_its_person_becomes_protected() -> Outcome {
    let (stage, files) = cut_off_night()?;
    let letter = book(&stage)?
        .transfers
        .into_values()
        .find(|t| files.contains_key(&format!("out/nightly/print/{}-1.pdf", t.id)))
        .ok_or("a letter")?;
    protect(&stage, letter.birth.patient.reveal())?;
    stage.run()?;
    let lies = stage.files("out/nightly/print")?;
    assert!(!lies.keys().any(|name| name.contains(letter.id.as_str())), "nobody can post it any more");
    Ok(())
}

#[test]
fn what_a_dead_night_left_lying_is_swept_and_said() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let kept = stage.files("out/nightly/spool")?;
    let (_, held) = states(&stage)?
        .into_iter()
        .map(|(id, state)| (state, id))
        .find(|(s, _)| s.starts_with("held"))
        .ok_or("held")?;
    let half = ".journalflytt-a1b2c3.part";
    let left = [
        format!("out/nightly/spool/{half}"),
        format!("out/nightly/outbox/{half}"),
        format!("out/nightly/print/.placing/{half}"),
        format!("out/nightly/spool/{held}-1.pdf"),
    ];
    for name in &left {
        fs::write(stage.path(name), b"half a patient")?;
    }
    let foreign = stage.path("out/nightly/outbox/.a1b2c3.part");
    fs::write(&foreign, b"the message system's own")?;
    stage.run()?;
    assert!(left.iter().all(|name| !stage.path(name).exists()));
    assert!(foreign.exists());
    assert_eq!(stage.files("out/nightly/spool")?, kept, "what the ledger knows of stays");
    let remarks = stage.summary()?["remarks"].to_string();
    assert!(remarks.contains("3 unfinished files and 1 unrecorded parcels removed"), "{remarks}");
    Ok(())
}

#[test]
fn what_a_dead_reading_of_receipts_left_lying_is_swept_by_the_next_one() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let half = stage.report()?.join(".journalflytt-a1b2c3.part");
    fs::write(&half, b"half a report")?;
    stage.play(&["receipts", JOB])?.ends_with(0)?;
    assert!(!half.exists());
    assert!(stage.summary()?["remarks"].to_string().contains("1 unfinished files"));
    Ok(())
}

#[test]
fn a_tray_that_gives_nothing_back_troubles_its_own_transfer_only() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let placing = stage.path("out/nightly/print/.placing");
    fs::remove_dir(&placing)?;
    fs::write(&placing, b"in the way")?;
    let letter = stage
        .rows("reconciliation.csv")?
        .into_iter()
        .find(|row| row["state"] == "placed" && row["channel"] == "print")
        .ok_or("a letter")?;
    protect(&stage, &letter["patient_ref"])?;
    stage.run()?;
    let held = stage.summary()?["files_held"].to_string();
    assert!(held.contains(&letter["transfer_id"]), "{held}");
    fs::remove_file(&placing)?;
    stage.run()?;
    let lies = stage.files("out/nightly/print")?;
    assert!(!lies.keys().any(|name| name.contains(&letter["transfer_id"])), "taken back the next night");
    assert!(states(&stage)?[&letter["transfer_id"]].contains("strictly-confidential"));
    Ok(())
}

#[test]
fn a_spool_in_trouble_stops_the_run_and_what_is_known_is_reported() -> Outcome {
    let stage = Stage::first_night()?;
    fs::create_dir_all(stage.path("out/nightly"))?;
    fs::write(stage.path("out/nightly/spool"), b"in the way")?;
    let said = stage.play(&["run", JOB])?.ends_with(3)?;
    assert!(said.err.contains("spool"), "{}", said.err);
    assert!(stage.summary()?["stopped"].as_str().is_some_and(|why| why.contains("spool")));
    assert!(received(&stage)?.is_empty());
    fs::remove_file(stage.path("out/nightly/spool"))?;
    let whole = Stage::first_night()?;
    whole.run()?;
    stage.run()?;
    assert!(received(&stage)? == received(&whole)?);
    assert!(stage.summary()?["stopped"].is_null());
    Ok(())
}

#[test]
fn a_report_that_cannot_be_written_stops_the_run_and_the_ledger_keeps_the_account() -> Outcome {
    let stage = Stage::first_night()?;
    fs::create_dir_all(stage.path("out/nightly"))?;
    fs::write(stage.path("out/nightly/reports"), b"in the way")?;
    let said = stage.play(&["run", JOB])?.ends_with(3)?;
    assert!(said.err.contains("reports"), "{}", said.err);
    let ledger = View::open(&stage.path(LEDGER), &KeyIfNew::of(Environment::Test))?;
    let run = ledger.runs().first().ok_or("a run")?;
    assert!(run.finished_at.is_some() && ledger.reconciliation_of(&run.id)?.is_some());
    stage.play(&["status", JOB])?.ends_with(0)?;
    fs::remove_file(stage.path("out/nightly/reports"))?;
    let said = stage.play(&["run", JOB, "--lang", "en"])?.ends_with(0)?;
    assert!(said.out.contains("Nothing was sent and nothing changed"), "{}", said.out);
    Ok(())
}

/// No file may grow beyond so many blocks of 512 bytes: as on a disk that becomes full, the ledger first.
#[cfg(unix)]
#[test]
fn a_ledger_that_finds_no_room_stops_the_run_and_the_next_night_goes_on() -> Outcome {
    let whole = Stage::first_night()?;
    whole.run()?;
    let mut midway = 0;
    for blocks in [60, 150, 250, 350, 500, 700] {
        let stage = Stage::first_night()?;
        let program = env!("CARGO_BIN_EXE_journalflytt");
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec '{program}' run {JOB}");
        let output = Command::new("sh").args(["-c", &script]).current_dir(stage.path("")).output()?;
        assert_eq!(output.status.code(), Some(3), "{blocks}: {}", String::from_utf8_lossy(&output.stderr));
        if stage.path("out/nightly/reports").exists() {
            midway += 1;
            assert!(
                stage.summary()?["stopped"].is_string(),
                "{blocks}: the report says that the run stopped"
            );
        }
        stage.run()?;
        assert!(received(&stage)? == received(&whole)?, "{blocks}: the same files");
        assert_eq!(states(&stage)?, states(&whole)?, "{blocks}");
    }
    assert!(midway >= 2, "only {midway} runs stopped midway");
    Ok(())
}

#[test]
fn of_many_at_once_one_works_and_the_others_touch_nothing() -> Outcome {
    let whole = Stage::first_night()?;
    whole.run()?;
    let stage = Stage::first_night()?;
    let start = || stage.command(&["run", JOB]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let together: Vec<_> = (0..6).map(|_| start()).collect::<Result<_, _>>()?;
    let mut done = 0;
    for one in together {
        let output = one.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match output.status.code() {
            Some(0) => done += 1,
            code => {
                assert_eq!(code, Some(3), "{said}");
                assert!(said.contains("in use"), "{said}");
            }
        }
    }
    assert!(done >= 1, "one of them worked");
    assert!(received(&stage)? == received(&whole)?);
    assert_eq!(unsealed(&stage)?, unsealed(&whole)?);
    Ok(())
}

#[test]
fn a_clock_that_went_back_changes_nothing() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let (files, before) = (received(&stage)?, book(&stage)?.disclosures);
    stage.play(&["run", JOB, "--now", "2026-11-20T02:00:00+01:00"])?.ends_with(0)?;
    assert!(received(&stage)? == files, "nothing is sent twice");
    assert_eq!(book(&stage)?.disclosures, before);
    stage.run()?;
    assert!(received(&stage)? == files);
    Ok(())
}

#[test]
fn a_ledger_of_a_newer_program_is_left_as_it_is() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let ledger = rusqlite::Connection::open(stage.path(LEDGER))?;
    ledger.execute("UPDATE meta SET value = '99' WHERE name = 'schema_version'", [])?;
    drop(ledger);
    let before = stage.files("out")?;
    let said = stage.play(&["run", JOB])?.ends_with(3)?;
    assert!(said.err.contains("newer program"), "{}", said.err);
    assert!(stage.files("out")? == before);
    Ok(())
}

/// Files that would keep the night waiting, fill its memory or lead it elsewhere.
#[cfg(unix)]
#[test]
fn files_that_mean_harm_hold_themselves_and_nobody_else() -> Outcome {
    let stage = Stage::first_night()?;
    let inbox = |name: &str| stage.path("samples/first-night/inbox").join(name);
    let fifo = |path: &Path| Command::new("mkfifo").arg(path).status();
    fifo(&inbox("a-pipe.xml"))?;
    std::os::unix::fs::symlink("/dev/zero", inbox("b-zero.xml"))?;
    fs::File::create(inbox("c-sparse.xml"))?.set_len(50_000_000_000)?;
    let bomb: String =
        (1..10).map(|i| format!("<!ENTITY a{i} \"{}\">", format!("&a{};", i - 1).repeat(10))).collect();
    fs::write(inbox("d-bomb.xml"), format!("<!DOCTYPE x [<!ENTITY a0 \"ha\">{bomb}]><x>&a9;</x>"))?;
    fs::write(inbox("e-deep.xml"), "<a>".repeat(1_000_000))?;
    fs::write(inbox("f-nul.csv"), b"transfer_id;done_on;done_by\n\0\xff\xfe;;\n")?;
    fs::write(inbox("g-attribute.xml"), format!("<AppRec a=\"{}\"/>", "x".repeat(5_000_000)))?;
    let journals = stage.path("samples/first-night/journals");
    fifo(&journals.join("MH-1003/pipe.pdf"))?;
    std::os::unix::fs::symlink("/etc/passwd", journals.join("MH-1004/link.pdf"))?;
    fs::File::create(journals.join("MH-1005/huge.pdf"))?.set_len(50_000_000_000)?;
    play_within(stage.command(&["run", JOB]), 20)?.ends_with(0)?;
    let effects = stage.rows("receipts.csv")?;
    for name in ["d-bomb.xml", "e-deep.xml", "f-nul.csv", "g-attribute.xml"] {
        assert!(effects.iter().any(|row| row["file"] == name), "{name} has a row");
    }
    let held = stage.summary()?["files_held"].to_string();
    for name in ["a-pipe.xml", "b-zero.xml", "c-sparse.xml"] {
        assert!(held.contains(name), "{name} is named: {held}");
    }
    let rows = stage.rows("reconciliation.csv")?;
    let reasons =
        [("MH-1003", "bundle-incomplete"), ("MH-1004", "bundle-incomplete"), ("MH-1005", "too-large")];
    for (patient, reason) in reasons {
        let journal = rows.iter().find(|row| row["patient_ref"] == patient && row["content"] == "journal");
        assert_eq!(journal.map(|row| row["reason_code"].as_str()), Some(reason), "{patient}");
    }
    assert!(rows.iter().any(|row| row["state"] == "sent"), "the others go on");
    Ok(())
}

/// An input that is no plain file is held like any other that cannot be read.
#[cfg(unix)]
#[test]
fn an_extract_that_is_a_pipe_does_not_keep_the_night_waiting() -> Outcome {
    let stage = Stage::first_night()?;
    for name in ["relocations-helfo.csv", "directory/ar.json"] {
        let path = stage.path("samples/first-night").join(name);
        fs::remove_file(&path)?;
        Command::new("mkfifo").arg(&path).status()?;
    }
    stage.edit(JOB, |job| set(job, "workers", "2"))?;
    play_within(stage.command(&["run", JOB]), 20)?.ends_with(0)?;
    assert_eq!(stage.summary()?["files_held"].as_array().map(Vec::len), Some(2));
    Ok(())
}
