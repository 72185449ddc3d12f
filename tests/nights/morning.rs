//! The morning's list: the same as `actions.csv` wherever it is asked for, every matter on it settled once and for
//! all, and every hold released or told how it is mended.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use journalflytt::lang::Lang;
use journalflytt::reason::Reason;

use crate::back::graded;
use crate::stage::{Outcome, Stage, fresh_directory};

const FIRST: &str = "jobs/nightly.toml";
const SECOND: &str = "jobs/second-night.toml";

type Row = BTreeMap<String, String>;

/// The list by every face: the bytes of the CSV, the JSON and the text, at this time.
struct List {
    csv: String,
    json: Vec<serde_json::Value>,
    text: String,
}

fn list(stage: &Stage, job: &str, more: &[&str]) -> Outcome<List> {
    let play = |face: &[&str]| {
        let args = [&["status", job, "--needs-action"][..], face, more].concat();
        Ok::<String, Box<dyn std::error::Error>>(stage.play(&args)?.ends_with(0)?.out)
    };
    let json: serde_json::Value = serde_json::from_str(&play(&["--json"])?)?;
    Ok(List { csv: play(&["--csv"])?, json: json.as_array().ok_or("a list")?.clone(), text: play(&[])? })
}

/// The newest report's list, and the three faces of now, which must be the same. Gives its rows.
fn is_the_reports(stage: &Stage, job: &str, more: &[&str]) -> Outcome<Vec<Row>> {
    let report = fs::read_to_string(stage.report()?.join("actions.csv"))?;
    let list = list(stage, job, more)?;
    assert_eq!(list.csv, report, "the very bytes");
    let rows = stage.rows("actions.csv")?;
    assert_eq!(list.json.len(), rows.len());
    for (json, row) in list.json.iter().zip(&rows) {
        let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
        for key in ["action_id", "due", "transfer_id", "patient_ref", "code", "what_to_do"] {
            assert_eq!(text(key), row[key], "{key}");
        }
        assert_eq!(json["urgent"], row["urgency"] == "haster");
        assert_eq!(text("since")[..16].replace('T', " "), row["since"]);
    }
    let shown: Vec<&str> = list.text.lines().filter_map(|line| line.strip_prefix("    ")?.get(..9)).collect();
    let shown: Vec<&str> = shown.into_iter().filter(|id| is_an_id(id)).collect();
    let ids: Vec<&str> = rows.iter().map(|row| row["action_id"].as_str()).collect();
    assert_eq!(shown, ids, "the same order in the terminal");
    let longest = list.text.lines().map(|line| line.chars().count()).max();
    assert!(longest.is_some_and(|longest| longest <= 100), "{longest:?}\n{}", list.text);
    Ok(rows)
}

fn is_an_id(text: &str) -> bool {
    let (four, rest) = (text.get(..4).unwrap_or_default(), text.get(4..).unwrap_or_default());
    let is_part = |part: &str| part.chars().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase());
    is_part(four) && rest.strip_prefix('-').is_some_and(|rest| rest.len() == 4 && is_part(rest))
}

fn settle(stage: &Stage, job: &str, ids: &[&str]) -> Outcome<String> {
    let mut args = vec!["settle", job, "--by", "Kari Prøve", "--reason", "gjort", "--lang", "en"];
    ids.iter().for_each(|id| args.extend(["--action", id]));
    Ok(stage.play(&args)?.ends_with(0)?.out)
}

fn ids(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row["action_id"].as_str()).collect()
}

#[test]
fn the_list_is_the_reports_wherever_it_is_asked_for() -> Outcome {
    let stage = Stage::first_night()?;
    assert_eq!(list(&stage, FIRST, &[])?.text, "Ingen trenger å gjøre noe.\n", "before the first night");
    stage.run()?;
    let rows = is_the_reports(&stage, FIRST, &[])?;
    assert!(rows.len() > 40, "the samples have much to do");

    stage.play(&["receipts", FIRST, "--now", "2026-11-22T09:00:00+01:00"])?.ends_with(0)?;
    is_the_reports(&stage, FIRST, &["--now", "2026-11-22T09:00:00+01:00"])?;

    let held = rows.iter().find(|row| row["code"] == "no-postal-address").ok_or("a hold")?;
    let again = ["rerun", FIRST, "--transfer", &held["transfer_id"], "--reason", "prøver"];
    stage.play(&[&again[..], &["--now", "2026-11-22T10:00:00+01:00"]].concat())?.ends_with(0)?;
    is_the_reports(&stage, FIRST, &["--now", "2026-11-22T10:00:00+01:00"])?;

    stage.play(&["run", SECOND])?.ends_with(0)?;
    let rows = is_the_reports(&stage, SECOND, &[])?;
    let settled = rows.first().ok_or("an action")?["action_id"].clone();
    let said = settle(&stage, SECOND, &[&settled])?;
    assert!(said.contains(&format!("Settled: {settled} ")), "{said}");
    assert!(said.contains(&format!("{} left to do.", rows.len() - 1)), "{said}");
    let left = list(&stage, SECOND, &[])?;
    let without: Vec<&str> = ids(&rows).into_iter().filter(|id| *id != settled).collect();
    let listed: Vec<&str> = left.json.iter().filter_map(|one| one["action_id"].as_str()).collect();
    assert_eq!(listed, without, "one fewer, the others as they were");
    stage.play(&["receipts", SECOND])?.ends_with(0)?;
    assert_eq!(ids(&is_the_reports(&stage, SECOND, &[])?), without);
    Ok(())
}

#[test]
fn time_alone_brings_what_is_overdue_and_not_posted() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let before: BTreeSet<String> = ids(&stage.rows("actions.csv")?).into_iter().map(str::to_owned).collect();
    let later = list(&stage, FIRST, &["--now", "2026-11-30T09:00:00+01:00"])?;
    let (mut known, mut new) = (0, BTreeSet::new());
    for action in &later.json {
        let id = action["action_id"].as_str().ok_or("an id")?;
        match before.contains(id) {
            true => known += 1,
            false => drop(new.insert(action["code"].as_str().ok_or("a code")?)),
        }
    }
    assert_eq!(known, before.len(), "nothing goes away by itself");
    assert_eq!(new, BTreeSet::from(["not-posted", "overdue"]));
    // And the night that comes says the same of those.
    fresh_directory(&stage, "2026-11-30T01:00:00+01:00")?;
    stage.play(&["receipts", FIRST, "--now", "2026-11-30T09:00:00+01:00"])?.ends_with(0)?;
    is_the_reports(&stage, FIRST, &["--now", "2026-11-30T09:00:00+01:00"])?;
    Ok(())
}

#[test]
fn csv_is_a_face_of_the_list_alone() -> Outcome {
    let stage = Stage::first_night()?;
    stage.play(&["status", FIRST, "--csv"])?.ends_with(2)?;
    stage.play(&["status", FIRST, "--needs-action", "--settled"])?.ends_with(2)?;
    Ok(())
}

#[test]
fn everything_on_the_list_can_be_settled_and_stays_so() -> Outcome {
    let stage = Stage::first_night()?;
    stage.play(&["run", FIRST])?.ends_with(0)?;
    stage.play(&["run", SECOND])?.ends_with(0)?;
    let rows = stage.rows("actions.csv")?;
    let codes: BTreeSet<&str> = rows.iter().map(|row| row["code"].as_str()).collect();
    for code in [
        "strictly-confidential",
        "possible-active-tb",
        "recall",
        "protected-after-sending",
        "earlier-reports",
        "no-party",
        "not-posted",
        "overdue",
        "rejected",
        "rejected-before",
        "accepted-with-defects",
        "moved-on",
        "contradiction",
        "unmatched-receipt",
    ] {
        assert!(codes.contains(code), "{code} is among the samples: {codes:?}");
    }
    settle(&stage, SECOND, &ids(&rows))?;
    assert_eq!(list(&stage, SECOND, &[])?.text, "Ingen trenger å gjøre noe.\n");
    // The same night again, with the same inbox: nothing of it comes back.
    stage.play(&["run", SECOND])?.ends_with(0)?;
    assert_eq!(ids(&is_the_reports(&stage, SECOND, &[])?), Vec::<&str>::new());
    stage.play(&["run", SECOND, "--strict"])?.ends_with(0)?;
    Ok(())
}

#[test]
fn a_file_held_and_rows_rejected_are_settled_until_there_are_others() -> Outcome {
    let stage = Stage::first_night()?;
    let helfo = "samples/first-night/relocations-helfo.csv";
    let whole = fs::read(stage.path(helfo))?;
    let cut_off = [&whole[..], b"\"open"].concat();
    fs::write(stage.path(helfo), &cut_off)?;
    stage.run()?;
    let codes = |rows: &[Row]| rows.iter().map(|row| row["code"].clone()).collect::<BTreeSet<_>>();
    let rows = stage.rows("actions.csv")?;
    assert!(codes(&rows).contains("file-held") && codes(&rows).contains("rejected-rows"));
    settle(&stage, FIRST, &ids(&rows))?;
    stage.run()?;
    assert!(stage.rows("actions.csv")?.is_empty(), "still held, still rejected, and dealt with");

    // Another record with the same fault in the same column is another migrant.
    let relocations = "samples/first-night/relocations.csv";
    let text = fs::read_to_string(stage.path(relocations))?;
    let bad = text.lines().nth(8).ok_or("the row with a bad number")?.to_owned();
    let other = bad.replacen("2026-", "2025-", 1);
    assert_ne!(bad, other);
    fs::write(stage.path(relocations), text.replace(&bad, &other))?;
    fs::write(stage.path(helfo), &whole)?;
    stage.run()?;
    let rows = stage.rows("actions.csv")?;
    let told: Vec<&Row> = rows.iter().filter(|row| row["code"] == "rejected-rows").collect();
    assert_eq!(told.len(), 1, "{rows:?}");
    assert!(told.iter().all(|row| row["what_to_do"].contains("relocations.csv")), "{told:?}");

    // Held another time, it is another matter.
    fs::write(stage.path(helfo), &cut_off)?;
    let now = ["--now", "2026-11-22T04:00:00+01:00"];
    stage.play(&[&["run", FIRST][..], &now].concat())?.ends_with(0)?;
    assert!(list(&stage, FIRST, &now)?.csv.contains(";file-held;"));
    Ok(())
}

#[test]
fn a_hold_that_was_gone_comes_back_as_another_matter() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let of_it = |stage: &Stage, code: &str| -> Outcome<Option<Row>> {
        let mut rows = stage.rows("actions.csv")?.into_iter();
        Ok(rows.find(|row| row["code"] == code && row["patient_ref"] == "MH-1007"))
    };
    let first = of_it(&stage, "journal-not-exported")?.ok_or("no journal is exported")?;
    settle(&stage, FIRST, &[&first["action_id"]])?;
    stage.run()?;
    assert!(of_it(&stage, "journal-not-exported")?.is_none(), "the same cause stays settled");
    let consent = |objection: &'static str| {
        stage.edit("samples/first-night/patients.csv", |text| {
            let line = |line: &str| {
                let mut cells: Vec<&str> = line.split(';').collect();
                if cells[0] == "MH-1007" {
                    cells[11] = objection;
                }
                cells.join(";")
            };
            text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
        })
    };
    // In between there was nothing to send; now there is, and no journal again.
    consent("journal")?;
    stage.run()?;
    assert!(of_it(&stage, "journal-not-exported")?.is_none());
    consent("none")?;
    stage.run()?;
    let second = of_it(&stage, "journal-not-exported")?.ok_or("it is another matter")?;
    assert_ne!(first["action_id"], second["action_id"]);
    settle(&stage, FIRST, &[&second["action_id"]])?;
    stage.run()?;
    assert!(of_it(&stage, "journal-not-exported")?.is_none());
    Ok(())
}

#[test]
fn every_hold_is_released_or_told_how_it_is_mended() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let mut tried = BTreeSet::new();
    for row in stage.rows("reconciliation.csv")?.iter().filter(|row| row["state"] == "held") {
        for detail in row["details"].split("; ") {
            let code = detail.split(' ').next().unwrap_or_default().to_owned();
            let Some(reason) = Reason::from_code(&code) else { continue };
            if !tried.insert(code.clone()) {
                continue;
            }
            let id = row["transfer_id"].as_str();
            let mut args = vec!["release", FIRST, "--transfer", id, "--waive", &code, "--by", "Kari"];
            args.extend(["--reason", "avklart", "--lang", "en"]);
            if code == "ambiguous-party" {
                args.extend(["--receiver", "9000016"]);
            }
            let said = stage.play(&args)?;
            if reason.can_be_waived() {
                let said = said.ends_with(0)?;
                assert!(said.out.contains(&format!("{code} is set aside")), "{code}: {}", said.out);
            } else {
                let said = said.ends_with(2)?;
                let advice = reason.advice(Lang::En);
                assert!(!advice.is_empty() && said.err.contains(advice), "{code}: {}", said.err);
            }
        }
    }
    assert!(tried.len() > 15, "{tried:?}");
    Ok(())
}

#[test]
fn who_when_and_why_is_shown_the_newest_first() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let none = stage.play(&["status", FIRST, "--settled", "--lang", "en"])?.ends_with(0)?;
    assert_eq!(none.out, "Nothing has been settled.\n");
    let rows = stage.rows("actions.csv")?;
    let find = |code: &str| rows.iter().find(|row| row["code"] == code).ok_or("an action");
    let (party, strict, file) =
        (find("no-party")?, find("strictly-confidential")?, find("unmatched-receipt")?);
    for (row, by, why, now) in [
        (party, "Kari Prøve", "ringt 05849628625", "2026-11-22T08:00:00+01:00"),
        (strict, "Ola Prøve", "bor i Bergen", "2026-11-22T09:00:00+01:00"),
        (file, "Kari Prøve", "spurt avsenderen", "2026-11-22T08:30:00+01:00"),
    ] {
        let args =
            ["settle", FIRST, "--action", &row["action_id"], "--by", by, "--reason", why, "--now", now];
        stage.play(&args)?.ends_with(0)?;
    }
    let text = stage.play(&["status", FIRST, "--settled"])?.ends_with(0)?.out;
    assert!(!text.contains("05849628625") && text.contains("*********25"), "{text}");
    assert!(!text.contains("Bergen"), "no place of a strictly confidential person: {text}");
    assert!(text.contains("22.11.2026 09:00") && text.ends_with("3 lukket.\n"), "{text}");
    let json = stage.play(&["status", FIRST, "--settled", "--json"])?.ends_with(0)?.out;
    let json: Vec<serde_json::Value> = serde_json::from_str(&json)?;
    let ids: Vec<&str> = json.iter().filter_map(|one| one["action_id"].as_str()).collect();
    assert_eq!(ids, [&strict["action_id"], &file["action_id"], &party["action_id"]]);
    let last = json.last().ok_or("three")?;
    assert_eq!((last["code"].as_str(), last["by"].as_str()), (Some("no-party"), Some("Kari Prøve")));
    assert_eq!(last["transfer_id"].as_str(), Some(party["transfer_id"].as_str()));
    assert_eq!(last["patient_ref"].as_str(), Some(party["patient_ref"].as_str()));
    assert!(last["detail"].as_str().is_some_and(|detail| party["what_to_do"].contains(detail)));
    assert!(last["person"].as_str().is_some_and(|person| person.contains('…')), "{last}");
    assert!(json.first().is_some_and(|one| one["reason"].is_null() && one["protected"] == true));
    Ok(())
}

#[test]
fn what_is_on_the_list_of_somebody_protected_since_names_no_place() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let of_them = |rows: Vec<Row>| -> BTreeMap<String, String> {
        let rows = rows.into_iter().filter(|row| row["patient_ref"] == "MH-1002");
        rows.map(|row| (row["code"].clone(), row["what_to_do"].clone())).collect()
    };
    let before = of_them(stage.rows("actions.csv")?);
    assert!(before["possible-active-tb"].ends_with(']'), "it has a detail: {before:?}");
    stage.edit("samples/first-night/patients.csv", |text| graded(&text, "MH-1002"))?;
    stage.play(&["run", FIRST, "--now", "2026-11-23T02:00:00+01:00"])?.ends_with(0)?;
    let after = of_them(is_the_reports(&stage, FIRST, &["--now", "2026-11-23T02:00:00+01:00"])?);
    assert!(after.contains_key("possible-active-tb") && after.contains_key("protected-after-sending"));
    let mut shown =
        after.iter().filter(|(code, _)| !["earlier-reports", "contradiction"].contains(&code.as_str()));
    assert!(shown.all(|(_, what)| !what.ends_with(']')), "{after:?}");
    Ok(())
}

#[test]
fn several_are_settled_together_or_not_at_all() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let rows = stage.rows("actions.csv")?;
    let (one, two) = (rows[0]["action_id"].clone(), rows[1]["action_id"].clone());
    let both = ["settle", FIRST, "--by", "Kari", "--reason", "x", "--action", &one, "--action"];
    let said = stage.play(&[&both[..], &["XXXX-XXXX"]].concat())?.ends_with(2)?;
    assert!(said.err.contains("no action XXXX-XXXX is open"), "{}", said.err);
    assert_eq!(list(&stage, FIRST, &[])?.json.len(), rows.len(), "nothing was settled");
    stage.play(&[&both[..], &[&two]].concat())?.ends_with(0)?;
    assert_eq!(list(&stage, FIRST, &[])?.json.len(), rows.len() - 2);
    let said = stage.play(&[&both[..], &[&rows[2]["action_id"]]].concat())?.ends_with(2)?;
    let told = format!("action {one} is settled already, by Kari, 2026-11-22 02:00");
    assert!(said.err.contains(&told), "{}", said.err);
    assert_eq!(list(&stage, FIRST, &[])?.json.len(), rows.len() - 2);
    Ok(())
}

#[test]
fn receipts_nobody_can_use_are_filed_away_for_good() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let letter = stage.rows("reconciliation.csv")?.into_iter().find(|row| row["state"] == "placed");
    let id = letter.ok_or("a letter")?["transfer_id"].clone();
    let list = fs::read_to_string(stage.report()?.join("packing-list.csv"))?;
    let filled = |line: &str| {
        let mut cells: Vec<&str> = line.split(';').collect();
        if line.contains(&id) {
            cells[5] = "22.11.2026";
        }
        cells.join(";") + "\r\n"
    };
    let inbox = "samples/first-night/inbox/packing-list.csv";
    fs::write(stage.path(inbox), list.lines().map(filled).collect::<String>())?;
    stage.play(&["receipts", FIRST])?.ends_with(0)?;
    let rows: Vec<Row> = stage.rows("actions.csv")?;
    let unmatched: Vec<&Row> = rows.iter().filter(|row| row["code"] == "unmatched-receipt").collect();
    assert!(unmatched.iter().any(|row| row["what_to_do"].contains("packing-list.csv: incomplete")));
    let these: Vec<&str> = unmatched.iter().map(|row| row["action_id"].as_str()).collect();
    settle(&stage, FIRST, &these)?;
    for command in ["receipts", "run"] {
        // The same file, dropped in once more under another name.
        fs::copy(stage.path(inbox), stage.path(&format!("samples/first-night/inbox/{command}.csv")))?;
        stage.play(&[command, FIRST])?.ends_with(0)?;
        let rows = stage.rows("actions.csv")?;
        assert!(!rows.iter().any(|row| row["code"] == "unmatched-receipt"), "{command}: {rows:?}");
    }
    Ok(())
}
