//! Nights in a row: what receivers and persons answer, what stays to be done until somebody has done it, and what
//! was made available to whom.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::stage::{Outcome, Said, Stage, set};

const JOB: &str = "jobs/nightly.toml";

type Row = BTreeMap<String, String>;

/// A night at this day and hour; its sums must agree with its rows.
fn night(stage: &Stage, command: &str, now: &str) -> Outcome<Said> {
    let said = stage.play(&[command, JOB, "--now", &format!("{now}:00+01:00")])?.ends_with(0)?;
    adds_up(stage)?;
    Ok(said)
}

/// `summary.json` against the rows of the other files.
fn adds_up(stage: &Stage) -> Outcome {
    let summary = stage.summary()?;
    let lines = stage.rows("reconciliation.csv")?;
    let number = |of: &str, name: &str| summary[of][name].as_u64().unwrap_or(u64::MAX);
    let count =
        |state: &[&str]| lines.iter().filter(|row| state.contains(&row["state"].as_str())).count() as u64;
    assert_eq!(summary["sums_agree"], true, "{summary}");
    assert_eq!(number("transfers", "all") - number("transfers", "settled_earlier"), lines.len() as u64);
    for (group, states) in [
        ("under_way", &["in-flight", "in-doubt", "sent", "delivered"][..]),
        ("held", &["held"]),
        ("accepted", &["accepted"]),
        ("rejected", &["rejected"]),
        ("abandoned", &["abandoned"]),
        ("withdrawn", &["withdrawn"]),
        ("nothing_to_send", &["nothing-to-send"]),
    ] {
        assert_eq!(number("transfers", group), count(states), "{group}");
    }
    let results = stage.versions()?;
    assert_eq!(number("results", "found"), results.len() as u64);
    let carried = results.iter().filter(|row| row["disposition"] == "carried").count() as u64;
    assert_eq!(number("results", "carried"), carried);
    let actions = stage.rows("actions.csv")?;
    assert_eq!(summary["actions"].as_u64(), Some(actions.len() as u64));
    let asking: BTreeSet<&str> = actions.iter().map(|row| row["transfer_id"].as_str()).collect();
    for line in &lines {
        let asks = asking.contains(line["transfer_id"].as_str());
        assert_eq!(line["needs_action"] == "yes", asks, "one truth: {line:?}");
    }
    Ok(())
}

/// The sample night with everything accepted that was read: no move stands in later extracts.
fn extracts_end(stage: &Stage) -> Outcome {
    stage.edit(JOB, |job| set(job, "expected_minimum", "0"))?;
    for file in ["relocations.csv", "relocations-helfo.csv"] {
        let path = stage.path(&format!("samples/first-night/{file}"));
        let bytes = fs::read(&path)?;
        let end = bytes.iter().position(|byte| *byte == b'\n').ok_or("a header")?;
        fs::write(path, &bytes[..=end])?;
    }
    Ok(())
}

fn line(stage: &Stage, id: &str) -> Outcome<Row> {
    let found = stage.rows("reconciliation.csv")?.into_iter().find(|row| row["transfer_id"] == id);
    found.ok_or_else(|| format!("no row for {id}").into())
}

fn sent(stage: &Stage) -> Outcome<Vec<Row>> {
    Ok(stage.rows("reconciliation.csv")?.into_iter().filter(|row| row["state"] == "sent").collect())
}

fn of_patient(stage: &Stage, patient: &str, content: &str) -> Outcome<Row> {
    let mut rows = stage.rows("reconciliation.csv")?.into_iter();
    let found = rows.find(|row| row["patient_ref"] == patient && row["content"] == content);
    found.ok_or_else(|| format!("no {content} row for {patient}").into())
}

fn actions(stage: &Stage, code: &str) -> Outcome<Vec<Row>> {
    Ok(stage.rows("actions.csv")?.into_iter().filter(|row| row["code"] == code).collect())
}

/// An application receipt of version 1.0 or 1.1 for a row that was sent.
fn answer(stage: &Stage, file: &str, row: &Row, status: &str, sender: &str, version: &str) -> Outcome {
    let namespace = if version == "1.0" { "2004-11-21" } else { "2012-02-15" };
    let error = if status == "1" { "" } else { r#"<Error V="E21" S="2.16.578.1.12.4.1.1.8221" DN="Feil"/>"# };
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<AppRec xmlns="http://www.kith.no/xmlstds/apprec/{namespace}"><MsgType V="APPREC"/>
<MIGversion>v{version} {namespace}</MIGversion><GenDate>2026-11-22T10:00:00</GenDate><Id>{file}</Id>
<Sender><HCP><Inst><Name>M</Name><Dept><Name>T</Name><Id>{sender}</Id><TypeId V="HER"/></Dept></Inst></HCP></Sender>
<Receiver><HCP><Inst><Name>O</Name><Id>9000011</Id><TypeId V="HER"/></Inst></HCP></Receiver>
<Status V="{status}"/>{error}
<OriginalMsgId><MsgType V="DIALOG_HELSEFAGLIG"/><IssueDate>2026-11-22T02:00:00</IssueDate><Id>{}</Id></OriginalMsgId>
</AppRec>"#,
        row["message_ids"]
    );
    fs::write(stage.path(&format!("samples/first-night/inbox/{file}.xml")), text)?;
    Ok(())
}

fn effect(stage: &Stage, file: &str) -> Outcome<String> {
    let found = stage.rows("receipts.csv")?.into_iter().find(|row| row["file"].contains(file));
    Ok(found.ok_or_else(|| format!("no receipt row for {file}"))?["effect"].clone())
}

fn settle(stage: &Stage, action: &str, now: &str) -> Outcome<Said> {
    let now = format!("{now}:00+01:00");
    stage.play(&["settle", JOB, "--action", action, "--by", "Kari", "--reason", "ringt", "--now", &now])
}

/// What was made available, by channel, each with its transfer and revision.
fn disclosed(stage: &Stage) -> Outcome<Vec<(String, String, u64)>> {
    let ledger = rusqlite::Connection::open(stage.path("out/nightly/journalflytt.sqlite"))?;
    let mut statement = ledger.prepare("SELECT body FROM disclosures ORDER BY seq")?;
    let mut out = Vec::new();
    for body in statement.query_map([], |row| row.get::<_, String>(0))? {
        let body: serde_json::Value = serde_json::from_str(&body?)?;
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        out.push((text("channel"), text("transfer"), body["revision"].as_u64().unwrap_or_default()));
    }
    Ok(out)
}

/// The packing list as Excel saves it anew: another encoding, Norwegian dates, empty lines at the end.
fn posted_in_excel(stage: &Stage, list: &str, keep: impl Fn(&str) -> bool) -> Outcome {
    let text = fs::read_to_string(stage.report()?.join(list))?;
    let mut out = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let mut cells: Vec<String> = line.split(';').map(str::to_owned).collect();
        if number > 0 {
            cells[7] = "22.11.2026".to_owned();
            if keep(&cells[0]) {
                (cells[5], cells[6]) = ("22.11.2026".to_owned(), "Kåre Prøve".to_owned());
            }
        }
        let line = cells.join(";") + "\r\n";
        let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(&line);
        out.extend_from_slice(&bytes);
    }
    out.extend_from_slice(b";;;;;;;;;\r\n;;;;;;;;;\r\n");
    fs::write(stage.path(&format!("samples/first-night/inbox/utfylt-{list}")), out)?;
    Ok(())
}

#[test]
fn whatever_leaves_stands_once_in_the_disclosure_register() -> Outcome {
    let stage = Stage::first_night()?;
    night(&stage, "run", "2026-11-22T02:00")?;
    let by_message = sent(&stage)?.len();
    assert!(by_message > 0);
    let first = disclosed(&stage)?;
    assert_eq!(first.len(), by_message, "one for each message, none for what only lies ready");
    let by_bundle = first.iter().filter(|(channel, _, _)| channel == "bundle").count();
    assert!(by_bundle > 0 && first.iter().all(|(channel, _, _)| channel == "outbox" || channel == "bundle"));

    let letters = stage.rows("packing-list.csv")?.len();
    let inside = stage.rows("worklist.csv")?.len();
    posted_in_excel(&stage, "packing-list.csv", |_| true)?;
    posted_in_excel(&stage, "worklist.csv", |_| true)?;
    fs::write(stage.path("samples/first-night/inbox/~$packing-list.csv"), b"\x05Kari")?;
    night(&stage, "receipts", "2026-11-22T12:00")?;
    let rows = stage.rows("receipts.csv")?;
    assert!(rows.iter().all(|row| row["effect"] == "applied"), "{rows:?}");
    assert_eq!(rows.len(), letters + inside);
    night(&stage, "run", "2026-11-23T02:00")?;
    let all = disclosed(&stage)?;
    let count = |channel: &str| all.iter().filter(|one| one.0 == channel).count();
    assert_eq!((count("print"), count("in-epj")), (letters, inside));
    assert_eq!((count("outbox"), count("bundle")), (by_message - by_bundle, by_bundle));
    let once: BTreeSet<_> = all.iter().map(|(_, transfer, revision)| (transfer, revision)).collect();
    assert_eq!(once.len(), all.len());
    Ok(())
}

#[test]
fn what_an_accepted_transfer_asks_of_a_person_stays_until_it_is_settled() -> Outcome {
    let stage = Stage::first_night()?;
    night(&stage, "run", "2026-11-22T02:00")?;
    let row = of_patient(&stage, "MH-1001", "journal")?;
    let finding = actions(&stage, "possible-active-tb")?.remove(0);
    answer(&stage, "mangler", &row, "3", &row["receiver_her_id"], "1.1")?;
    extracts_end(&stage)?;
    night(&stage, "run", "2026-11-23T02:00")?;
    assert_eq!(line(&stage, &row["transfer_id"])?["receipt"], "accepted-with-defects");
    let first = actions(&stage, "accepted-with-defects")?.remove(0);
    night(&stage, "run", "2026-11-24T02:00")?;
    night(&stage, "run", "2026-11-29T02:00")?;
    assert!(line(&stage, &row["transfer_id"]).is_err(), "at its end it is settled earlier");
    assert_eq!(actions(&stage, "accepted-with-defects")?, std::slice::from_ref(&first), "since and due stay");
    assert_eq!(actions(&stage, "possible-active-tb")?, [finding], "and so does a finding");
    settle(&stage, &first["action_id"], "2026-11-29T09:00")?.ends_with(0)?;
    night(&stage, "run", "2026-11-30T02:00")?;
    assert!(actions(&stage, "accepted-with-defects")?.is_empty());
    Ok(())
}

#[test]
fn a_result_that_comes_when_no_extract_names_the_move_any_more_is_told() -> Outcome {
    let stage = Stage::first_night()?;
    night(&stage, "run", "2026-11-22T02:00")?;
    posted_in_excel(&stage, "packing-list.csv", |_| true)?;
    extracts_end(&stage)?;
    night(&stage, "run", "2026-11-23T02:00")?;
    let letter = first_letter(&stage)?;
    let late = format!(
        "SEN-1;;{};2026-11-20;2026-12-01;;;Mykobakterier dyrkning;Ekspektorat;Negativ;final;Lab;\n",
        letter.1
    );
    stage.edit("samples/first-night/tb-results.csv", |text| text.trim_end().to_owned() + "\n" + &late)?;
    night(&stage, "run", "2026-12-02T02:00")?;
    let told = supplement(&stage, &letter.0)?;
    assert_eq!((told["state"].as_str(), told["tb_status"].is_empty()), ("placed", false));
    night(&stage, "run", "2026-12-03T02:00")?;
    assert_eq!(supplement(&stage, &letter.0)?["since"], told["since"], "and once");
    assert!(actions(&stage, "late-result")?.is_empty());
    Ok(())
}

/// The only supplement to a transfer.
fn supplement(stage: &Stage, of: &str) -> Outcome<Row> {
    let rows = stage.rows("reconciliation.csv")?;
    let mut found = rows.into_iter().filter(|row| row["kind"] == "supplement" && row["supplement_to"] == of);
    let one = found.next().ok_or("a supplement")?;
    assert!(found.next().is_none(), "one supplement");
    Ok(one)
}

/// A letter of the first night, by transfer and patient.
fn first_letter(stage: &Stage) -> Outcome<(String, String)> {
    let list = fs::read_to_string(stage.path("out/nightly/reports/2026-11-22-020000/packing-list.csv"))?;
    let results = fs::read_to_string(stage.path("samples/first-night/tb-results.csv"))?;
    for line in list.lines().skip(1) {
        let cells: Vec<&str> = line.split(';').collect();
        if cells[8].is_empty() && results.contains(&format!(";{};", cells[1])) {
            return Ok((cells[0].to_owned(), cells[1].to_owned()));
        }
    }
    // No result of a letter names its patient: any letter will do, results are found by the reference.
    let cells: Vec<&str> = list.lines().nth(1).ok_or("a letter")?.split(';').collect();
    Ok((cells[0].to_owned(), cells[1].to_owned()))
}

#[test]
fn a_report_of_receipts_keeps_what_only_a_night_can_find_and_it_can_be_settled() -> Outcome {
    let stage = Stage::first_night()?;
    let helfo = stage.path("samples/first-night/relocations-helfo.csv");
    fs::write(&helfo, [fs::read(&helfo)?.as_slice(), b"\"open"].concat())?;
    night(&stage, "run", "2026-11-22T02:00")?;
    let before = stage.rows("actions.csv")?;
    for code in ["possible-active-tb", "ask-laboratory", "file-held", "unmatched-receipt"] {
        assert!(before.iter().any(|row| row["code"] == code), "{code}");
    }
    let ended = ["withdrawn", "nothing-to-send"];
    let lines: Vec<Row> = stage
        .rows("reconciliation.csv")?
        .into_iter()
        .filter(|row| !ended.contains(&row["state"].as_str()))
        .collect();
    let open: BTreeSet<String> = lines.iter().map(|row| row["transfer_id"].clone()).collect();
    let of_open = |name: &str| -> Outcome<Vec<Row>> {
        Ok(stage.rows(name)?.into_iter().filter(|row| open.contains(&row["transfer_id"])).collect())
    };
    let (results, documents) = (of_open("tb-results.csv")?, of_open("documents.csv")?);
    night(&stage, "receipts", "2026-11-22T12:00")?;
    assert_eq!(stage.rows("actions.csv")?, before);
    let without_run = |mut row: Row| {
        row.remove("run_id");
        row
    };
    let again: Vec<Row> = stage.rows("reconciliation.csv")?.into_iter().map(without_run).collect();
    assert_eq!(
        again,
        lines.into_iter().map(without_run).collect::<Vec<_>>(),
        "what was found is still shown"
    );
    assert_eq!((stage.rows("tb-results.csv")?, stage.rows("documents.csv")?), (results, documents));
    let listed = stage.play(&["status", JOB, "--needs-action", "--json"])?.ends_with(0)?;
    let listed: Vec<serde_json::Value> = serde_json::from_str(&listed.out)?;
    let ids: Vec<&str> = listed.iter().filter_map(|action| action["action_id"].as_str()).collect();
    assert_eq!(
        ids,
        before.iter().map(|row| row["action_id"].as_str()).collect::<Vec<_>>(),
        "and their order"
    );
    for action in &before {
        settle(&stage, &action["action_id"], "2026-11-22T13:00")?.ends_with(0)?;
    }
    night(&stage, "run", "2026-11-23T02:00")?;
    let left = stage.rows("actions.csv")?;
    let known: BTreeSet<&str> = before.iter().map(|row| row["action_id"].as_str()).collect();
    assert!(left.iter().all(|row| !known.contains(row["action_id"].as_str())), "{left:?}");
    Ok(())
}

#[test]
fn a_file_held_another_time_is_another_matter() -> Outcome {
    let stage = Stage::first_night()?;
    let file = "samples/first-night/relocations-helfo.csv";
    let whole = fs::read(stage.path(file))?;
    let broken = [whole.as_slice(), b"\"open"].concat();
    fs::write(stage.path(file), &broken)?;
    night(&stage, "run", "2026-11-22T02:00")?;
    let first = actions(&stage, "file-held")?.remove(0);
    night(&stage, "run", "2026-11-23T02:00")?;
    assert_eq!(
        actions(&stage, "file-held")?,
        std::slice::from_ref(&first),
        "the same matter, since the same night"
    );
    settle(&stage, &first["action_id"], "2026-11-23T09:00")?.ends_with(0)?;
    night(&stage, "run", "2026-11-24T02:00")?;
    assert!(actions(&stage, "file-held")?.is_empty());
    fs::write(stage.path(file), &whole)?;
    night(&stage, "run", "2026-11-25T02:00")?;
    fs::write(stage.path(file), &broken)?;
    night(&stage, "run", "2026-12-25T02:00")?;
    let again = actions(&stage, "file-held")?;
    assert_eq!(again.len(), 1, "what was settled a month ago says nothing of tonight");
    assert_ne!(again[0]["action_id"], first["action_id"]);
    Ok(())
}

#[test]
fn no_receipt_in_ninety_six_hours_is_overdue_and_a_late_yes_is_accepted() -> Outcome {
    let stage = Stage::first_night()?;
    night(&stage, "run", "2026-11-22T02:00")?;
    let row = of_patient(&stage, "MH-1001", "journal")?;
    let id = &row["transfer_id"];
    extracts_end(&stage)?;
    night(&stage, "run", "2026-11-26T02:00")?;
    assert_eq!(line(&stage, id)?["overdue"], "no", "exactly 96 hours are not over");
    night(&stage, "run", "2026-11-26T02:01")?;
    assert_eq!(line(&stage, id)?["overdue"], "yes");
    let overdue = |stage: &Stage| -> Outcome<Option<Row>> {
        Ok(actions(stage, "overdue")?.into_iter().find(|action| &action["transfer_id"] == id))
    };
    let told = overdue(&stage)?.ok_or("an action")?;
    assert_eq!((told["since"].as_str(), told["due"].as_str()), ("2026-11-26 02:00", "2026-12-03"));
    night(&stage, "run", "2026-12-01T02:00")?;
    assert_eq!(overdue(&stage)?, Some(told), "the day it is due by does not run away");
    answer(&stage, "sent", &row, "1", &row["receiver_her_id"], "1.0")?;
    night(&stage, "run", "2026-12-02T02:00")?;
    let line = line(&stage, id)?;
    assert_eq!((line["state"].as_str(), line["overdue"].as_str()), ("accepted", "no"));
    assert_eq!(overdue(&stage)?, None);
    Ok(())
}

#[test]
fn every_answer_has_its_row_and_moves_what_it_may() -> Outcome {
    let stage = Stage::first_night()?;
    night(&stage, "run", "2026-11-22T02:00")?;
    let rows = sent(&stage)?;
    let [yes, no, stranger, given_up, ..] = rows.as_slice() else { return Err("four messages".into()) };
    let her = |row: &Row| row["receiver_her_id"].clone();
    let by = ["--by", "Kari", "--reason", "svarer ikke"];
    let give_up = [&["withdraw", JOB, "--transfer", &given_up["transfer_id"]][..], &by].concat();
    stage.play(&give_up)?.ends_with(0)?;
    answer(&stage, "a-ja", yes, "1", &her(yes), "1.1")?;
    answer(&stage, "b-nei", no, "2", &her(no), "1.0")?;
    answer(&stage, "c-fremmed", stranger, "1", "9000999", "1.1")?;
    answer(&stage, "d-oppgitt", given_up, "1", &her(given_up), "1.1")?;
    night(&stage, "receipts", "2026-11-22T12:00")?;
    let state =
        |row: &Row| Ok::<_, Box<dyn std::error::Error>>(line(&stage, &row["transfer_id"])?["state"].clone());
    assert_eq!((state(yes)?.as_str(), effect(&stage, "a-ja")?.as_str()), ("accepted", "applied"));
    assert_eq!((state(no)?.as_str(), effect(&stage, "b-nei")?.as_str()), ("rejected", "applied"));
    assert_eq!((state(stranger)?.as_str(), effect(&stage, "c-fremmed")?.as_str()), ("sent", "wrong-sender"));
    assert_eq!((state(given_up)?.as_str(), effect(&stage, "d-oppgitt")?.as_str()), ("accepted", "applied"));
    assert!(line(&stage, &no["transfer_id"])?["details"].contains("E21"), "codes are kept");

    answer(&stage, "e-igjen", yes, "1", &her(yes), "1.1")?;
    answer(&stage, "f-likevel-ikke", yes, "2", &her(yes), "1.1")?;
    answer(&stage, "g-med-feil", given_up, "3", &her(given_up), "1.1")?;
    night(&stage, "receipts", "2026-11-22T13:00")?;
    assert_eq!(effect(&stage, "e-igjen")?, "repeated");
    assert_eq!(effect(&stage, "f-likevel-ikke")?, "contradiction");
    assert_eq!(effect(&stage, "g-med-feil")?, "contradiction", "defects after a yes are told");
    assert_eq!(actions(&stage, "contradiction")?.len(), 2);

    let withdraw = [&["withdraw", JOB, "--transfer", &no["transfer_id"]][..], &by].concat();
    stage.play(&withdraw)?.ends_with(0)?;
    night(&stage, "run", "2026-11-23T02:00")?;
    assert_eq!(state(no)?, "withdrawn", "what was refused can be closed by a person");
    for action in stage.rows("actions.csv")? {
        if ["contradiction", "unmatched-receipt"].contains(&action["code"].as_str()) {
            settle(&stage, &action["action_id"], "2026-11-23T09:00")?.ends_with(0)?;
        }
    }
    night(&stage, "run", "2026-11-24T02:00")?;
    assert!(actions(&stage, "contradiction")?.is_empty() && actions(&stage, "unmatched-receipt")?.is_empty());
    Ok(())
}

#[test]
fn a_letter_that_somebody_took_asks_once_and_never_stops_the_night() -> Outcome {
    let stage = Stage::first_night()?;
    night(&stage, "run", "2026-11-22T02:00")?;
    let (id, patient) = first_letter(&stage)?;
    let gone =
        stage.files("out/nightly/print")?.into_keys().find(|name| name.contains(&id)).ok_or("a file")?;
    fs::remove_file(stage.path(&gone))?;
    let late = format!(
        "SEN-1;;{patient};2026-11-20;2026-11-22;;;Mykobakterier dyrkning;Ekspektorat;Negativ;final;Lab;\n"
    );
    stage.edit("samples/first-night/tb-results.csv", |text| text.trim_end().to_owned() + "\n" + &late)?;
    for now in ["2026-11-23T02:00", "2026-11-24T02:00"] {
        night(&stage, "run", now)?;
        assert_eq!(line(&stage, &id)?["state"], "placed");
        assert_eq!(actions(&stage, "may-have-been-posted")?.len(), 1);
        assert_eq!(supplement(&stage, &id)?["state"], "placed", "what came since can only follow it");
    }
    stage
        .play(&["confirm", JOB, "--transfer", &id, "--as", "posted", "--by", "Kari", "--on", "2026-11-22"])?
        .ends_with(0)?;
    night(&stage, "run", "2026-11-25T02:00")?;
    assert_eq!(line(&stage, &id)?["state"], "accepted");
    assert!(actions(&stage, "may-have-been-posted")?.is_empty(), "the question is answered");
    Ok(())
}

#[test]
fn persons_cannot_say_what_cannot_be() -> Outcome {
    let stage = Stage::first_night()?;
    night(&stage, "run", "2026-11-22T02:00")?;
    let inside = stage.rows("worklist.csv")?.remove(0)["transfer_id"].clone();
    let letter = stage.rows("packing-list.csv")?.remove(0)["transfer_id"].clone();
    let confirm = |id: &str, what: &str, on: &str| {
        stage.play(&["confirm", JOB, "--transfer", id, "--as", what, "--by", "Kari", "--on", on])
    };
    confirm(&inside, "posted", "2026-11-22")?.ends_with(2)?;
    confirm(&letter, "posted", "2026-11-21")?.ends_with(2)?;
    confirm(&letter, "posted", "2026-11-23")?.ends_with(2)?;
    assert_eq!(disclosed(&stage)?.len(), sent(&stage)?.len(), "nothing was written");
    confirm(&inside, "accepted", "2026-11-22")?.ends_with(0)?;
    confirm(&letter, "posted", "22.11.2026")?.ends_with(0)?;
    Ok(())
}

#[test]
fn a_corrected_address_gives_a_new_letter_the_same_night() -> Outcome {
    let stage = Stage::first_night()?;
    night(&stage, "run", "2026-11-22T02:00")?;
    stage.edit("samples/first-night/addresses.csv", |text| {
        text.replace("Kommuneoverlegen i Bergen;", "Kommuneoverlegen i Bergen, ny;")
    })?;
    night(&stage, "run", "2026-11-23T02:00")?;
    let letters = stage.rows("reconciliation.csv")?;
    let bergen: Vec<&Row> = letters
        .iter()
        .filter(|row| {
            row["to_municipality"] == "4601" && row["channel"] == "print" && row["state"] == "placed"
        })
        .collect();
    assert!(!bergen.is_empty());
    for row in bergen {
        assert_eq!(
            (row["revision"].as_str(), row["receiver_name"].as_str()),
            ("2", "Kommuneoverlegen i Bergen, ny")
        );
    }
    assert!(
        letters
            .iter()
            .all(|row| row["to_municipality"] != "4601" || row["reason_code"] != "no-postal-address")
    );
    Ok(())
}

#[test]
fn a_receiver_is_chosen_among_the_possible_ones_and_each_doubt_is_set_aside_for_itself() -> Outcome {
    let stage = Stage::first_night()?;
    night(&stage, "run", "2026-11-22T02:00")?;
    let held = stage.rows("reconciliation.csv")?;
    let held = held.iter().find(|row| row["reason_code"] == "ambiguous-party").ok_or("an ambiguous party")?;
    let id = held["transfer_id"].as_str();
    let release = |waive: &str, more: &[&str]| {
        let args = ["release", JOB, "--transfer", id, "--waive", waive, "--by", "Kari", "--reason", "ringt"];
        stage.play(&[&args[..], more].concat())
    };
    release("ambiguous-party", &[])?.ends_with(2)?;
    release("ambiguous-party", &["--receiver", "9000013"])?.ends_with(2)?;
    let candidates = held["details"].clone();
    let chosen = candidates.split("HER ").nth(2).and_then(|text| text.split(' ').next()).ok_or("a second")?;
    release("ambiguous-party", &["--receiver", chosen])?.ends_with(0)?;
    night(&stage, "run", "2026-11-22T03:00")?;
    assert_eq!(line(&stage, id)?["reason_code"], "undeclared", "who, and now whether");
    release("undeclared", &[])?.ends_with(0)?;
    night(&stage, "run", "2026-11-22T04:00")?;
    let row = line(&stage, id)?;
    assert_eq!((row["state"].as_str(), row["receiver_her_id"].as_str()), ("sent", chosen));
    assert_eq!(row["agreed"], "no");
    assert!(row["evidence"].contains("decision: undeclared satt til side av Kari"), "{}", row["evidence"]);
    Ok(())
}
