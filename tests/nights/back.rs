//! Looking back at a night: the story of a transfer, a report drawn again, the parcels verified and pruned.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::privacy::numbers;
use crate::stage::{Outcome, Said, Stage};

const JOB: &str = "jobs/nightly.toml";

fn row_with(stage: &Stage, column: &str, value: &str) -> Outcome<BTreeMap<String, String>> {
    let found = stage.rows("reconciliation.csv")?.into_iter().find(|row| row[column] == value);
    found.ok_or_else(|| format!("no row whose {column} is {value}").into())
}

fn explain(stage: &Stage, id: &str, lang: &str) -> Outcome<Said> {
    stage.play(&["explain", JOB, "--transfer", id, "--lang", lang])?.ends_with(0)
}

fn verify(stage: &Stage, code: i32) -> Outcome<Said> {
    stage.play(&["verify", JOB, "--lang", "en"])?.ends_with(code)
}

fn prune(stage: &Stage, now: &str) -> Outcome<Said> {
    stage.play(&["prune", JOB, "--now", now, "--lang", "en"])?.ends_with(0)
}

#[test]
fn a_sent_and_a_held_transfer_are_explained() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let sent = row_with(&stage, "state", "sent")?;
    let said = explain(&stage, &sent["transfer_id"], "en")?;
    for wanted in [
        "Taken in: ",
        "Collected: ",
        "The receiver can take it: ",
        "The answer holds until ",
        "Sealed as revision 1: ",
        "Attempt 1 ",
        "Sent: the channel took it.",
        "Entered in the disclosure register: ",
        "22.11.2026 02:00",
        sent["receiver_name"].as_str(),
        sent["message_ids"].split(' ').next().unwrap_or_default(),
    ] {
        assert!(said.out.contains(wanted), "{wanted:?} is missing in\n{}", said.out);
    }
    let held = row_with(&stage, "reason_code", "no-party")?;
    let said = explain(&stage, &held["transfer_id"].to_lowercase(), "nb")?;
    assert!(said.out.contains("Holdt tilbake.") && said.out.contains("Å gjøre:"), "{}", said.out);
    let actions = stage.rows("actions.csv")?;
    let action = actions.iter().find(|row| row["transfer_id"] == held["transfer_id"]).ok_or("an action")?;
    assert!(said.out.contains(&action["action_id"]), "{}", said.out);
    let reason = ["--by", "Kari Prøve", "--reason", "ringt kommunen"];
    let settle = [&["settle", JOB, "--action", action["action_id"].as_str()][..], &reason].concat();
    stage.play(&settle)?.ends_with(0)?;
    let said = explain(&stage, &held["transfer_id"], "nb")?;
    assert!(said.out.contains("Kari Prøve lukket en sak."), "{}", said.out);
    assert!(said.out.contains("Ingen trenger å gjøre noe."), "{}", said.out);
    Ok(())
}

#[test]
fn a_story_is_read_by_programs_and_an_unknown_one_is_refused() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let sent = row_with(&stage, "state", "sent")?;
    let id = sent["transfer_id"].as_str();
    let said = stage.play(&["explain", JOB, "--transfer", id, "--json"])?.ends_with(0)?;
    let story: serde_json::Value = serde_json::from_str(&said.out)?;
    assert_eq!(story["state"]["code"], "sent");
    let kinds: Vec<&str> =
        story["events"].as_array().into_iter().flatten().filter_map(|line| line["kind"].as_str()).collect();
    assert_eq!(kinds, ["plan", "collect", "clear", "seal", "start", "take", "disclosure"]);
    let said = stage.play(&["explain", JOB, "--transfer", "0000-0000-0000-0000"])?.ends_with(2)?;
    assert!(said.err.contains("the ledger has no transfer 0000-0000-0000-0000"), "{}", said.err);
    stage.play(&["explain", JOB, "--transfer", "ABC"])?.ends_with(2)?;
    Ok(())
}

#[test]
fn the_story_of_a_strictly_confidential_person_names_no_place() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let row = row_with(&stage, "reason_code", "strictly-confidential")?;
    for lang in ["nb", "en"] {
        for json in [None, Some("--json")] {
            let mut args = vec!["explain", JOB, "--transfer", &row["transfer_id"], "--lang", lang];
            args.extend(json);
            let said = stage.play(&args)?.ends_with(0)?;
            let places = stage.rows("reconciliation.csv")?;
            let names = places.iter().flat_map(|row| [&row["receiver_name"], &row["receiver_her_id"]]);
            for name in names.filter(|name| name.len() > 3) {
                assert!(!said.out.contains(name.as_str()), "{name} in\n{}", said.out);
            }
            let told: serde_json::Value = serde_json::from_str(&said.out).unwrap_or_default();
            assert!(told["to"].is_null() && told["from"].is_null());
            assert!(!said.out.contains(" til 4601 ") && !said.out.contains("0301"), "{}", said.out);
        }
    }
    Ok(())
}

#[test]
fn a_report_is_drawn_again_byte_for_byte() -> Outcome {
    let stage = Stage::first_night()?;
    let said = stage.play(&["report", JOB])?.ends_with(2)?;
    assert!(said.err.contains("no run with a report yet"), "{}", said.err);
    stage.run()?;
    let first = stage.files("out/nightly/reports")?;
    let run = stage.report()?.file_name().ok_or("a run")?.to_string_lossy().into_owned();
    let letter = row_with(&stage, "state", "placed")?;
    let id = letter["transfer_id"].as_str();
    stage.play(&["confirm", JOB, "--transfer", id, "--as", "posted", "--by", "Kari"])?.ends_with(0)?;
    fs::remove_dir_all(stage.path("out/nightly/reports"))?;
    for args in [vec!["report", JOB], vec!["report", JOB, "--run", &run]] {
        let said = stage.play(&args)?.ends_with(0)?;
        assert!(said.out.contains(&run), "{}", said.out);
        assert_eq!(stage.files("out/nightly/reports")?, first, "{args:?}");
    }
    let said = stage.play(&["report", JOB, "--run", "2020-01-01-020000"])?.ends_with(2)?;
    assert!(said.err.contains("no run of this id") && said.err.contains(&run), "{}", said.err);
    let by_hand = format!("{run}-2");
    let said = stage.play(&["report", JOB, "--run", &by_hand])?.ends_with(2)?;
    assert!(said.err.contains("left no report") && said.err.contains("by hand"), "{}", said.err);
    Ok(())
}

#[test]
fn a_report_drawn_again_names_no_place_of_whoever_is_protected_by_now() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let run = stage.report()?.file_name().ok_or("a run")?.to_string_lossy().into_owned();
    let sent = row_with(&stage, "state", "sent")?;
    assert!(!sent["to_municipality"].is_empty());
    let patient = sent["patient_ref"].clone();
    stage.edit("samples/first-night/patients.csv", |text| graded(&text, &patient))?;
    stage.play(&["run", JOB, "--now", "2026-11-23T02:00:00+01:00"])?.ends_with(0)?;
    let before = stage.path("out/nightly/reports").join(&run);
    let others = |text: String| {
        text.lines().filter(|line| !line.contains(&patient)).map(str::to_owned).collect::<Vec<_>>()
    };
    let was = others(fs::read_to_string(before.join("reconciliation.csv"))?);
    stage.play(&["report", JOB, "--run", &run])?.ends_with(0)?;
    let text = fs::read_to_string(before.join("reconciliation.csv"))?;
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(&patient)).collect();
    assert!(!lines.is_empty());
    for line in lines {
        assert!(!line.contains(&sent["receiver_name"]) && !line.contains(";4601;"), "{line}");
    }
    assert_eq!(others(text), was, "everybody else's lines are as they were");
    Ok(())
}

/// The register with the address of one patient strictly confidential.
pub(crate) fn graded(text: &str, patient: &str) -> String {
    let delimiter = if text.lines().next().unwrap_or_default().contains(';') { ';' } else { ',' };
    let header: Vec<&str> = text.lines().next().unwrap_or_default().split(delimiter).collect();
    let column = header.iter().position(|name| name.trim() == "address_grading");
    let line = |line: &str| {
        let mut cells: Vec<&str> = line.split(delimiter).collect();
        if let (true, Some(column)) = (cells.contains(&patient), column) {
            cells[column] = "strengtFortrolig";
        }
        cells.join(&delimiter.to_string())
    };
    text.lines().map(line).collect::<Vec<_>>().join("\r\n") + "\r\n"
}

/// The first parcel file that lies in the spool.
fn a_parcel(stage: &Stage) -> Outcome<String> {
    let files = stage.files("out/nightly/spool")?;
    files.into_keys().next().ok_or_else(|| "a parcel".into())
}

#[test]
fn what_was_sealed_is_verified() -> Outcome {
    let stage = Stage::first_night()?;
    let said = verify(&stage, 0)?;
    assert!(said.out.contains("No parcel is kept"), "{}", said.out);
    stage.run()?;
    let all = stage.files("out/nightly/spool")?.len();
    let said = verify(&stage, 0)?;
    assert!(said.out.contains(&format!("{all} of {all} files are what was sealed")), "{}", said.out);

    let name = a_parcel(&stage)?;
    let short = Path::new(&name).file_name().ok_or("a name")?.to_string_lossy().into_owned();
    let whole = fs::read(stage.path(&name))?;
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    fs::write(stage.path(&name), &flipped)?;
    let said = verify(&stage, 3)?;
    assert!(said.out.contains(&format!("{} of {all} files", all - 1)), "{}", said.out);
    assert!(said.out.contains(&format!("{short}: altered")), "{}", said.out);

    fs::remove_file(stage.path(&name))?;
    let said = verify(&stage, 3)?;
    assert!(said.out.contains(&format!("{short}: missing")), "{}", said.out);

    fs::write(stage.path(&name), &whole)?;
    verify(&stage, 0)?;
    fs::write(stage.path("out/nightly/spool/notat 05849628625.txt"), "x")?;
    let said = verify(&stage, 3)?;
    assert!(said.out.contains("notat *********25.txt: no record knows this file"), "{}", said.out);
    Ok(())
}

#[test]
fn only_what_has_been_accepted_for_long_enough_is_pruned() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let all = stage.files("out/nightly/spool")?.len();
    let letter = row_with(&stage, "state", "placed")?;
    let id = letter["transfer_id"].as_str();
    stage.play(&["confirm", JOB, "--transfer", id, "--as", "accepted", "--by", "Kari"])?.ends_with(0)?;
    let said = prune(&stage, "2027-02-19T02:00:00+01:00")?;
    assert!(said.out.contains(&format!("0 of {all} files")), "{}", said.out);
    assert!(said.out.contains("1  stay: their transfer ended less than 90 days ago"), "{}", said.out);
    assert_eq!(stage.files("out/nightly/spool")?.len(), all);

    let said = prune(&stage, "2027-02-20T02:00:00+01:00")?;
    assert!(
        said.out.contains(&format!("1 of {all} files were removed")) && said.out.contains(id),
        "{}",
        said.out
    );
    let left = stage.files("out/nightly/spool")?;
    assert_eq!(left.len(), all - 1);
    assert!(!left.keys().any(|name| name.contains(id)), "it is the accepted one's that went");
    let said = verify(&stage, 0)?;
    assert!(said.out.contains("1 files were pruned"), "{}", said.out);
    let said = explain(&stage, id, "en")?;
    assert!(said.out.contains("The retention is over: 1 file to be removed."), "{}", said.out);

    let again = prune(&stage, "2027-02-21T02:00:00+01:00")?;
    assert!(again.out.contains("Nothing was removed"), "{}", again.out);
    Ok(())
}

#[test]
fn a_prune_that_died_is_finished_by_the_next_one() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let letter = row_with(&stage, "state", "placed")?;
    let id = letter["transfer_id"].as_str();
    stage.play(&["confirm", JOB, "--transfer", id, "--as", "accepted", "--by", "Kari"])?.ends_with(0)?;
    let before = stage.files("out/nightly/spool")?;
    prune(&stage, "2027-02-20T02:00:00+01:00")?;
    // As if it had died between the ledger and the disk.
    let (name, bytes) = before.iter().find(|(name, _)| name.contains(id)).ok_or("its parcel")?;
    fs::write(stage.path(name), bytes)?;
    let said = verify(&stage, 0)?;
    assert!(said.out.contains("1 of them still lie there"), "{}", said.out);
    let said = prune(&stage, "2027-02-20T03:00:00+01:00")?;
    assert!(said.out.contains("were removed") && !stage.path(name).exists(), "{}", said.out);
    Ok(())
}

#[test]
fn no_story_holds_an_identity_number() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let numbers = numbers(&stage)?;
    for row in stage.rows("reconciliation.csv")? {
        let said = explain(&stage, &row["transfer_id"], "nb")?;
        let plain = said.out.replace(['\u{a0}', ' '], "");
        let found = numbers.iter().filter(|number| plain.contains(number.as_str())).count();
        assert_eq!(found, 0, "{}", said.out);
    }
    Ok(())
}
