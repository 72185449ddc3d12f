//! A culture from preliminary to final over three nights, while its letter still lies in the tray: one result all the
//! way, a letter made anew each time, and resistance to both first drugs at its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::stage::{Outcome, Said, Stage, fresh_directory, words};

const JOB: &str = "jobs/events-night.toml";
/// A negative IGRA, a letter in the tray, a journal that is held.
const PATIENT: &str = "MH-1022";
const CULTURE: &str = "NPU12785";

type Row = BTreeMap<String, String>;

/// Puts a part of the report among the laboratory's files.
fn deliver(stage: &Stage, part: u32, name: &str) -> Outcome {
    let from = stage.path(&format!("samples/events-night/later/dyrkning-del-{part}.xml"));
    fs::copy(from, stage.path("samples/events-night/lab").join(name))?;
    Ok(())
}

fn night(stage: &Stage, day: u32) -> Outcome<Said> {
    fresh_directory(stage, &format!("2026-11-{day}T00:30:00+01:00"))?;
    stage.play(&["run", JOB, "--lang", "en", "--now", &format!("2026-11-{day}T02:00:00+01:00")])?.ends_with(0)
}

fn rows(stage: &Stage, file: &str) -> Outcome<Vec<Row>> {
    Ok(stage.rows(file)?.into_iter().filter(|row| row["patient_ref"] == PATIENT).collect())
}

fn letter_line(stage: &Stage) -> Outcome<Row> {
    let line = rows(stage, "reconciliation.csv")?.into_iter().find(|row| row["content"] == "tb");
    line.ok_or_else(|| "no tb line".into())
}

/// The results the letter goes with: test, answer and how far it has come, as they stand in the report.
fn live(stage: &Stage) -> Outcome<Vec<String>> {
    let rows = rows(stage, "tb-results.csv")?.into_iter();
    let live = rows.filter(|row| row["disposition"] == "waiting");
    Ok(live
        .map(|row| format!("{} {} {} {}", row["code"], row["result"], row["result_status"], row["note"]))
        .collect())
}

/// Every version of the culture: its answer, how far it had come, what became of it.
fn cultures(stage: &Stage) -> Outcome<Vec<[String; 3]>> {
    let rows = rows(stage, "tb-results.csv")?.into_iter().filter(|row| row["code"] == CULTURE);
    Ok(rows.map(|row| ["result", "result_status", "disposition"].map(|column| row[column].clone())).collect())
}

fn alarms(stage: &Stage) -> Outcome<usize> {
    Ok(rows(stage, "actions.csv")?.iter().filter(|row| row["code"] == "possible-active-tb").count())
}

/// The letters of the patient in the tray, by the names of their files.
fn tray(stage: &Stage) -> Outcome<BTreeMap<String, Vec<u8>>> {
    let id = letter_line(stage)?["transfer_id"].clone();
    let mut files = stage.files("out/events-night/print")?;
    files.retain(|name, _| name.contains(&id));
    Ok(files)
}

/// The revision of the only letter in the tray, and what it says, where somebody is there to read it.
fn letter(stage: &Stage) -> Outcome<(u32, Option<String>)> {
    let files = tray(stage)?;
    let [(name, bytes)] = Vec::from_iter(files)
        .try_into()
        .map_err(|files: Vec<_>| format!("{} letters in the tray", files.len()))?;
    let revision = name.trim_end_matches(".pdf").rsplit('-').next().unwrap_or_default().parse()?;
    Ok((revision, words(&bytes)?))
}

#[test]
fn a_culture_is_one_result_over_three_nights_and_its_letter_is_made_anew() -> Outcome {
    let stage = Stage::events_night()?;
    let (negative, growth, found) =
        ("Negativ", "Vekst av syrefaste staver", "Mycobacterium tuberculosis kompleks");
    let nights = [
        (22, negative, "preliminary", "preliminary", 0),
        (23, growth, "preliminary", "to-be-judged", 0),
        (24, found, "final", "follow-up-needed", 1),
    ];
    let shown = ["Ingen vekst etter to", "Artsbestemmelse", "Resistent"];
    let mut told: Vec<[String; 3]> = Vec::new();
    let mut ids = BTreeSet::new();
    for (part, (day, answer, far, status, expected)) in (1..).zip(nights) {
        deliver(&stage, part, &format!("dyrkning-del-{part}.xml"))?;
        night(&stage, day)?;
        told.iter_mut().for_each(|version| version[2] = "superseded".to_owned());
        told.push([answer, far, "waiting"].map(str::to_owned));
        assert_eq!(cultures(&stage)?, told, "night {part}: one culture");
        let line = letter_line(&stage)?;
        let (revision, text) = letter(&stage)?;
        assert_eq!((line["state"].as_str(), revision), ("placed", part), "night {part}");
        assert_eq!(line["tb_status"], status, "night {part}");
        assert_eq!(alarms(&stage)?, expected, "night {part}: possible-active-tb");
        for (other, words) in (1..).zip(shown) {
            let says = text.as_ref().is_none_or(|text| text.contains(words) == (other == part));
            assert!(says, "night {part}: {text:?}");
        }
        assert_eq!(stage.summary()?["sums_agree"], true, "night {part}");
        ids.insert(line["transfer_id"].clone());
    }
    assert_eq!(ids.len(), 1, "one transfer");
    let drugs =
        ["NPU06032 Resistent final shown-not-interpreted", "NPU07428 Resistent final shown-not-interpreted"];
    let live = live(&stage)?;
    assert!(drugs.iter().all(|drug| live.iter().any(|row| row == drug)), "{live:?}");
    posted_and_settled(&stage, ids.first().ok_or("a transfer")?)
}

/// Somebody posts the letter, and the next night finds nothing to do about it.
fn posted_and_settled(stage: &Stage, id: &str) -> Outcome {
    let now = "2026-11-24T09:00:00+01:00";
    let args = ["confirm", JOB, "--transfer", id, "--as", "posted", "--by", "Kari Prøve", "--now", now];
    stage.play(&args)?.ends_with(0)?;
    let before = tray(stage)?;
    let said = night(stage, 25)?;
    assert!(said.out.contains("Nothing was sent and nothing changed"), "{}", said.out);
    let line = letter_line(stage)?;
    assert_eq!((line["state"].as_str(), line["revision"].as_str()), ("accepted", "3"));
    assert_eq!(tray(stage)?, before);
    let codes: Vec<String> = rows(stage, "actions.csv")?.into_iter().map(|row| row["code"].clone()).collect();
    assert_eq!(codes, ["possible-active-tb", "bundle-incomplete"]);
    Ok(())
}

#[test]
fn the_parts_of_a_culture_end_the_same_in_any_order_of_files() -> Outcome {
    let mut ends = BTreeSet::new();
    for order in [[1, 2, 3], [1, 3, 2], [2, 1, 3], [2, 3, 1], [3, 1, 2], [3, 2, 1]] {
        let stage = Stage::events_night()?;
        for (part, name) in order.into_iter().zip(["a.xml", "m.xml", "æ.xml"]) {
            deliver(&stage, part, name)?;
        }
        night(&stage, 24)?;
        let line = letter_line(&stage)?;
        let end =
            [&line["transfer_id"], &line["state"], &line["tb_status"], &line["basis"]].map(String::clone);
        // The report lists results by the names of their files.
        let (mut cultures, mut live) = (cultures(&stage)?, live(&stage)?);
        cultures.sort();
        live.sort();
        ends.insert((end, cultures, live, letter(&stage)?, alarms(&stage)?));
    }
    let [(end, cultures, ..)] =
        Vec::from_iter(ends).try_into().map_err(|ends| format!("several ends: {ends:?}"))?;
    assert_eq!(end[2], "follow-up-needed");
    let current = |version: &&[String; 3]| version[2] == "waiting";
    assert_eq!(cultures.iter().filter(current).count(), 1, "{cultures:?}");
    Ok(())
}
