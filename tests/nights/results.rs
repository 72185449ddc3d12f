//! Results over several nights: what comes, changes or is taken back before the letter has left and after.

use std::collections::BTreeMap;
use std::fs;

use crate::stage::{Outcome, Said, Stage, set, words};

const JOB: &str = "jobs/nightly.toml";
const RESULTS: &str = "samples/first-night/tb-results.csv";
const REGISTER: &str = "samples/first-night/patients.csv";
/// Group a, one positive IGRA, a letter in the tray.
const POSITIVE: &str = "MH-1013";
/// Group a, not examined: the notice in the tray.
const NOTICE: &str = "MH-1005";

type Row = BTreeMap<String, String>;

/// Plays the first night.
fn begun() -> Outcome<Stage> {
    let stage = Stage::first_night()?;
    stage.edit(JOB, |job| set(job, "max_age_hours", "5000"))?;
    stage.run()?;
    Ok(stage)
}

fn night(stage: &Stage, day: u32) -> Outcome<Said> {
    stage.play(&["run", JOB, "--now", &format!("2026-11-{day}T02:00:00+01:00")])?.ends_with(0)
}

fn rows_of(stage: &Stage, file: &str, patient: &str) -> Outcome<Vec<Row>> {
    Ok(stage.rows(file)?.into_iter().filter(|row| row["patient_ref"] == patient).collect())
}

fn tb(stage: &Stage, patient: &str) -> Outcome<Row> {
    let lines = rows_of(stage, "reconciliation.csv", patient)?;
    lines
        .into_iter()
        .find(|row| row["content"] == "tb")
        .ok_or_else(|| format!("no tb line of {patient}").into())
}

/// The files of a patient's letter in the tray.
fn tray(stage: &Stage, patient: &str) -> Outcome<Vec<String>> {
    let id = tb(stage, patient)?["transfer_id"].clone();
    Ok(stage.files("out/nightly/print")?.into_keys().filter(|name| name.contains(&id)).collect())
}

fn actions(stage: &Stage, patient: &str) -> Outcome<Vec<String>> {
    Ok(rows_of(stage, "actions.csv", patient)?.into_iter().map(|row| row["code"].clone()).collect())
}

/// A line of the results file for the patient of [`POSITIVE`].
fn result(id: &str, code: &str, text: &str, status: &str) -> String {
    format!("{id};19817719891;;2026-11-10;2026-11-20;NLK;{code};Prøve;Blod;{text};{status};Lab;\r\n")
}

fn post(stage: &Stage, patient: &str) -> Outcome<Said> {
    let id = tb(stage, patient)?["transfer_id"].clone();
    stage.play(&["confirm", JOB, "--transfer", &id, "--as", "posted", "--by", "Kari Prøve"])?.ends_with(0)
}

/// From now on the extracts hold nothing new: only their headers.
fn no_more_moves(stage: &Stage) -> Outcome {
    for name in ["relocations.csv", "relocations-helfo.csv"] {
        let path = stage.path(&format!("samples/first-night/{name}"));
        let bytes = fs::read(&path)?;
        let header = bytes.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
        fs::write(path, header)?;
    }
    stage.edit(JOB, |job| set(job, "expected_minimum", "0"))
}

#[test]
fn a_results_file_that_is_held_leaves_the_letters_where_they_lie() -> Outcome {
    let stage = begun()?;
    let before = tray(&stage, POSITIVE)?;
    stage.edit(RESULTS, |text| text.chars().take(2000).collect::<String>() + "\"")?;
    night(&stage, 23)?;
    assert_eq!(stage.summary()?["sums_agree"], true);
    assert_eq!(tb(&stage, POSITIVE)?["state"], "placed");
    assert_eq!(tray(&stage, POSITIVE)?, before);
    assert_eq!(rows_of(&stage, "tb-results.csv", POSITIVE)?[0]["disposition"], "waiting");
    Ok(())
}

#[test]
fn a_new_result_makes_a_letter_in_the_tray_anew_and_a_repeated_row_does_not() -> Outcome {
    let stage = begun()?;
    let repeated = fs::read_to_string(stage.path(RESULTS))?;
    let repeated = repeated.lines().find(|line| line.starts_with("L-0028")).unwrap_or_default().to_owned();
    stage.edit(RESULTS, |text| text + &repeated + "\r\n")?;
    night(&stage, 23)?;
    assert_eq!(tb(&stage, POSITIVE)?["revision"], "1");
    let shown = rows_of(&stage, "tb-results.csv", POSITIVE)?;
    let mut shown: Vec<&str> = shown.iter().map(|row| row["disposition"].as_str()).collect();
    shown.sort_unstable();
    assert_eq!(shown, ["duplicate", "waiting"]);

    stage.edit(RESULTS, |text| text + &result("N-1", "NPU12785", "Positiv", "final"))?;
    night(&stage, 24)?;
    let line = tb(&stage, POSITIVE)?;
    assert_eq!((line["state"].as_str(), line["revision"].as_str()), ("placed", "2"));
    let files = tray(&stage, POSITIVE)?;
    assert!(files.len() == 1 && files[0].ends_with("-2.pdf"), "{files:?}");
    assert_eq!(actions(&stage, POSITIVE)?, ["possible-active-tb"]);
    Ok(())
}

#[test]
fn a_finding_that_is_settled_stays_so_when_the_letter_is_made_anew() -> Outcome {
    let stage = begun()?;
    stage.edit(RESULTS, |text| text + &result("N-1", "NPU12785", "Positiv", "final"))?;
    night(&stage, 23)?;
    let action = rows_of(&stage, "actions.csv", POSITIVE)?[0]["action_id"].clone();
    let settle = ["settle", JOB, "--action", &action, "--by", "Lege Prøve", "--reason", "meldt"];
    stage.play(&settle)?.ends_with(0)?;
    stage.edit(RESULTS, |text| text + &result("N-2", "NPU29230", "Negativ", "final"))?;
    night(&stage, 24)?;
    assert_eq!(tb(&stage, POSITIVE)?["revision"], "3");
    assert_eq!(actions(&stage, POSITIVE)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_letter_whose_only_result_is_taken_back_is_taken_out_of_the_tray() -> Outcome {
    let stage = begun()?;
    stage.edit(RESULTS, |text| text + &result("L-0028", "NPU29230", "Positiv", "cancelled"))?;
    night(&stage, 23)?;
    let line = tb(&stage, POSITIVE)?;
    assert_eq!((line["state"].as_str(), line["reason_code"].as_str()), ("held", "results-missing"));
    assert_eq!(tray(&stage, POSITIVE)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_notice_is_taken_back_when_the_register_says_that_the_examination_was_done() -> Outcome {
    let stage = begun()?;
    stage.edit(REGISTER, |text| text.replace("2001-01-30;yes;no;not-done", "2001-01-30;yes;no;done"))?;
    night(&stage, 23)?;
    assert_eq!(tb(&stage, NOTICE)?["reason_code"], "results-missing");
    assert_eq!(tray(&stage, NOTICE)?, Vec::<String>::new());
    Ok(())
}

#[test]
fn a_file_gone_from_the_tray_and_a_new_result_add_up() -> Outcome {
    let stage = begun()?;
    for name in tray(&stage, POSITIVE)? {
        fs::remove_file(stage.path(&name))?;
    }
    stage.edit(RESULTS, |text| text + &result("N-1", "NPU29230", "Negativ", "final"))?;
    night(&stage, 23)?;
    assert_eq!(actions(&stage, POSITIVE)?, ["may-have-been-posted"]);
    assert_eq!(tray(&stage, POSITIVE)?, Vec::<String>::new(), "no second file");
    assert_eq!(late(&stage, "N-1")?, ["supplement 1 placed waiting"]);
    post(&stage, POSITIVE)?;
    night(&stage, 24)?;
    assert_eq!(actions(&stage, POSITIVE)?, Vec::<String>::new());
    assert_eq!(
        late(&stage, "N-1")?,
        ["supplement 1 placed waiting"],
        "it was posted, without the new result"
    );
    Ok(())
}

/// With which transfers a result goes, where they stand, and what has become of it.
fn late(stage: &Stage, key: &str) -> Outcome<Vec<String>> {
    let lines = stage.rows("reconciliation.csv")?;
    let results = stage.rows("tb-results.csv")?.into_iter().filter(|row| row["source_key"] == key);
    let told = results.map(|row| {
        let line = lines.iter().find(|line| line["transfer_id"] == row["transfer_id"]).ok_or("its line")?;
        Ok(format!("{} {} {} {}", line["kind"], line["revision"], line["state"], row["disposition"]))
    });
    told.collect()
}

#[test]
fn what_comes_after_a_letter_was_posted_follows_it_once() -> Outcome {
    let stage = begun()?;
    post(&stage, POSITIVE)?;
    no_more_moves(&stage)?;
    night(&stage, 23)?;
    assert_eq!(rows_of(&stage, "reconciliation.csv", POSITIVE)?.len(), 1, "the letter is settled");
    stage.edit(RESULTS, |text| text + &result("N-1", "NPU12785", "Positiv", "final"))?;
    for day in [24, 25] {
        night(&stage, day)?;
        assert_eq!(actions(&stage, POSITIVE)?, ["possible-active-tb"], "night {day}");
        assert_eq!(late(&stage, "N-1")?, ["supplement 1 placed waiting"], "night {day}");
    }
    let supplement = tb(&stage, POSITIVE)?["transfer_id"].clone();
    let posted = ["confirm", JOB, "--transfer", &supplement, "--as", "posted", "--by", "Kari Prøve"];
    stage.play(&posted)?.ends_with(0)?;
    for action in rows_of(&stage, "actions.csv", POSITIVE)? {
        let settle = ["settle", JOB, "--action", &action["action_id"], "--by", "Kari", "--reason", "ringt"];
        stage.play(&settle)?.ends_with(0)?;
    }
    night(&stage, 26)?;
    assert_eq!(actions(&stage, POSITIVE)?, Vec::<String>::new());
    assert_eq!(rows_of(&stage, "reconciliation.csv", POSITIVE)?.len(), 1, "the journal alone is open");
    Ok(())
}

#[test]
fn a_result_that_is_taken_back_or_commented_anew_after_posting_is_late() -> Outcome {
    let stage = begun()?;
    post(&stage, POSITIVE)?;
    let commented = |text: String| {
        let change = |line: &str| match line.starts_with("L-0028") {
            true => format!("{}Forvekslet prøve", line.trim_end()),
            false => line.to_owned(),
        };
        text.lines().map(change).collect::<Vec<_>>().join("\r\n") + "\r\n"
    };
    stage.edit(RESULTS, commented)?;
    night(&stage, 23)?;
    assert_eq!(late(&stage, "L-0028")?, ["supplement 1 placed waiting", "first 1 accepted carried"]);
    stage.edit(RESULTS, |text| {
        text + &result("L-0028", "NPU29230", "Positiv", "cancelled")
            + &result("N-9", "NPU29230", "Positiv", "cancelled")
    })?;
    night(&stage, 24)?;
    let told =
        ["supplement 2 placed superseded", "supplement 2 placed cancelled", "first 1 accepted carried"];
    assert_eq!(late(&stage, "L-0028")?, told);
    assert_eq!(late(&stage, "N-9")?, ["supplement 2 placed cancelled"], "accounted for");
    let names = stage.files("out/nightly/print")?;
    let (_, pdf) = names.iter().find(|(name, _)| name.ends_with("-2.pdf")).ok_or("a supplement made anew")?;
    if let Some(text) = words(pdf)? {
        assert!(text.contains("Annullert av laboratoriet – gjelder ikke lenger"), "{text}");
        assert!(!text.contains("N-9"), "what was never told need not be taken back: {text}");
    }
    Ok(())
}

#[test]
fn an_objection_recorded_while_a_letter_waits_takes_it_back() -> Outcome {
    let stage = begun()?;
    let patient = "MH-1018";
    stage
        .edit(REGISTER, |text| text.replace("1948-09-30;yes;no;done;;none", "1948-09-30;yes;no;done;;tb"))?;
    night(&stage, 23)?;
    let line = tb(&stage, patient)?;
    assert_eq!((line["state"].as_str(), line["reason_code"].as_str()), ("nothing-to-send", "objection"));
    assert_eq!(tray(&stage, patient)?, Vec::<String>::new());
    assert_eq!(rows_of(&stage, "tb-results.csv", patient)?[0]["disposition"], "objected");
    Ok(())
}

#[test]
fn a_finding_that_is_in_doubt_is_no_ground_for_a_journal() -> Outcome {
    let stage = Stage::first_night()?;
    // Two answers to one test, one of them positive; the journal may go only if it is.
    stage.edit(REGISTER, |text| {
        text.replace("1974-04-01;yes;no;done;;none", "1974-04-01;yes;no;done;no;none")
    })?;
    stage.run()?;
    let lines = rows_of(&stage, "reconciliation.csv", "MH-1008")?;
    for line in &lines {
        assert_eq!((line["state"].as_str(), line["reason_code"].as_str()), ("held", "result-conflict"));
    }
    assert_eq!(lines.len(), 2);
    Ok(())
}

#[test]
fn a_row_that_cannot_be_read_takes_its_persons_letter_out_of_the_tray() -> Outcome {
    let stage = begun()?;
    assert_eq!(tray(&stage, POSITIVE)?.len(), 1);
    let others = stage.files("out/nightly/print")?.len();
    let unreadable = result("N-2", "NPU29230", "Negativ", "taken back, perhaps");
    stage.edit(RESULTS, |text| text + &unreadable)?;
    night(&stage, 23)?;
    assert_eq!(tb(&stage, POSITIVE)?["reason_code"], "source-incomplete");
    assert_eq!(tray(&stage, POSITIVE)?, Vec::<String>::new());
    assert_eq!(stage.files("out/nightly/print")?.len(), others - 1, "nobody else's");
    stage.edit(RESULTS, |text| text.replace(&unreadable, ""))?;
    night(&stage, 24)?;
    assert_eq!(tray(&stage, POSITIVE)?.len(), 1, "made anew");
    Ok(())
}
