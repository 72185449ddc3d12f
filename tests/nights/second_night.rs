//! The second sample night, on the first one's ledger: its reports are the committed ones, and what they say of whom.

use std::collections::{BTreeMap, BTreeSet};

use journalflytt::ledger::{Book, KeyIfNew, View};
use journalflytt::person::Environment;

use crate::stage::{Outcome, Stage};

const FIRST: &str = "jobs/nightly.toml";
const SECOND: &str = "jobs/second-night.toml";

type Row = BTreeMap<String, String>;

/// Both nights, played.
fn played() -> Outcome<Stage> {
    let stage = Stage::first_night()?;
    stage.play(&["run", FIRST])?.ends_with(0)?;
    stage.play(&["run", SECOND])?.ends_with(0)?;
    Ok(stage)
}

fn book(stage: &Stage) -> Outcome<Book> {
    Ok(View::open(&stage.path("out/nightly/journalflytt.sqlite"), &KeyIfNew::of(Environment::Test))?
        .book()
        .clone())
}

/// The rows of one migrant's transfers of a content: `municipality kind: state reason`.
fn stands(rows: &[Row], patient: &str, content: &str) -> Vec<String> {
    let of_them = rows.iter().filter(|row| row["patient_ref"] == patient && row["content"] == content);
    let mut lines: Vec<String> = of_them
        .map(|row| {
            let kind = if row["kind"] == "first" { String::new() } else { format!(" {}", row["kind"]) };
            let text = format!("{}{kind}: {} {}", row["to_municipality"], row["state"], row["reason_code"]);
            text.trim().to_owned()
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn the_reports_are_the_committed_ones() -> Outcome {
    played()?.report_is("samples/second-night/expected")
}

#[test]
fn a_plan_says_what_the_run_then_does() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    stage.plan_is_kept(SECOND)
}

#[test]
fn every_answer_and_every_move_leads_where_it_should() -> Outcome {
    type Case = (&'static str, &'static str, &'static str, &'static [&'static str]);
    let cases: [Case; 41] = [
        ("a plain yes", "MH-1002", "journal", &["1103: accepted"]),
        ("a plain yes to results", "MH-1002", "tb", &["1103: accepted"]),
        ("a yes to a bundle of results", "MH-1061", "tb", &["3407: accepted"]),
        ("a yes to a bundle of a journal", "MH-1061", "journal", &["3407: accepted"]),
        ("a bundle nobody answers", "MH-1060", "journal", &["4203: sent overdue"]),
        ("a certificate that is revoked", "MH-1062", "journal", &["3909: held bad-certificate"]),
        ("a yes to a message for archiving", "MH-1054", "journal", &["1506: accepted"]),
        (
            "a letter that was posted, and a yes to its copy",
            "MH-1055",
            "tb",
            &["3107 copy: accepted", "3107: accepted"],
        ),
        ("a no with E36", "MH-1008", "journal", &["4601: rejected rejected"]),
        ("a no with T10", "MH-1055", "journal", &["3107: rejected rejected"]),
        ("the next journal to that party", "MH-1058", "journal", &["3107: held rejected-before"]),
        ("the results are not held by it", "MH-1058", "tb", &["3107 copy: sent", "3107: placed"]),
        ("accepted with defects", "MH-1003", "journal", &["4601: accepted accepted-with-defects"]),
        ("a yes twice", "MH-1011", "journal", &["4601: accepted"]),
        ("a yes from somebody else", "MH-1010", "journal", &["1108: sent overdue"]),
        ("a no after a yes", "MH-1028", "journal", &["4601: accepted"]),
        ("one part of three refused", "MH-1053", "journal", &["3403: rejected rejected"]),
        ("a yes that cannot be read", "MH-1052", "journal", &["4601: sent overdue"]),
        ("a line without a name", "MH-1020", "tb", &["4601: placed not-posted"]),
        ("a letter nobody posted", "MH-1012", "tb", &["4601: placed not-posted"]),
        ("done inside the EPJ", "MH-1005", "journal", &["5001: accepted"]),
        ("not done inside the EPJ", "MH-1050", "tb", &["3203: placed not-posted"]),
        ("a new move", "MH-1059", "journal", &["1103: sent"]),
        ("moved on from who has it", "MH-1001", "tb", &["4601: accepted", "5001: nothing-to-send moved-on"]),
        ("the journal too", "MH-1001", "journal", &["4601: accepted", "5001: nothing-to-send moved-on"]),
        ("overtaken in the tray", "MH-1025", "tb", &["3209: withdrawn overtaken", "4601: placed"]),
        ("overtaken while held", "MH-1025", "journal", &["3209: withdrawn overtaken", "4601: sent"]),
        (
            "moved on, results accepted",
            "MH-1016",
            "tb",
            &["1103: accepted", "4601: nothing-to-send moved-on"],
        ),
        (
            "moved on, journal unanswered",
            "MH-1016",
            "journal",
            &["1103 recall: sent", "1103: abandoned abandoned", "4601: sent"],
        ),
        (
            "corrected after sending",
            "MH-1009",
            "journal",
            &["1103: sent", "4601 recall: sent", "4601: accepted"],
        ),
        (
            "corrected after posting",
            "MH-1009",
            "tb",
            &["1103: sent", "4601 recall: placed", "4601: accepted"],
        ),
        ("a culture that is final now", "MH-1003", "tb", &["4601 supplement: placed", "4601: accepted"]),
        ("a test that is answered now", "MH-1004", "tb", &["5501 supplement: placed", "5501: accepted"]),
        ("abroad, and it has left", "MH-1024", "tb", &["1103: sent overdue"]),
        ("abroad, and it has not left", "MH-1024", "journal", &["1103: nothing-to-send abroad"]),
        ("told which of two is right", "MH-1048", "tb", &["1103: sent", "4601: withdrawn overtaken"]),
        ("results that arrive", "MH-1007", "tb", &["1103: sent"]),
        ("a postal address", "MH-1049", "tb", &["3222: placed"]),
        ("a date that is mended", "MH-1052", "tb", &["4601: placed"]),
        ("an agreement that is renewed", "MH-1047", "journal", &["3205: sent"]),
        ("an electronic address", "MH-1045", "journal", &["1804: sent"]),
    ];
    let rows = played()?.rows("reconciliation.csv")?;
    for (name, patient, content, expected) in cases {
        assert_eq!(stands(&rows, patient, content), expected, "{name}");
    }
    Ok(())
}

#[test]
fn what_a_person_must_do_is_on_the_list() -> Outcome {
    let cases = [
        ("MH-1003", "late-result", 0),
        ("MH-1004", "late-result", 0),
        ("MH-1004", "ask-laboratory", 0),
        ("MH-1009", "recall", 2),
        ("MH-1016", "recall", 1),
        ("MH-1001", "moved-on", 2),
        ("MH-1013", "protected-after-sending", 2),
        ("MH-1013", "earlier-reports", 2),
        ("MH-1028", "contradiction", 1),
        ("MH-1010", "overdue", 1),
        ("MH-1052", "overdue", 1),
        ("", "unmatched-receipt", 5),
    ];
    let actions = played()?.rows("actions.csv")?;
    for (patient, code, expected) in cases {
        let of_it = |row: &&Row| row["patient_ref"] == patient && row["code"] == code;
        assert_eq!(actions.iter().filter(of_it).count(), expected, "{patient} {code}");
    }
    Ok(())
}

#[test]
fn every_file_and_every_filled_in_line_has_a_row() -> Outcome {
    let stage = played()?;
    let rows = stage.rows("receipts.csv")?;
    let mut effects: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in &rows {
        *effects.entry((row["kind"].as_str(), row["effect"].as_str())).or_default() += 1;
    }
    let expected = BTreeMap::from([
        (("apprec", "applied"), 20),
        (("apprec", "contradiction"), 1),
        (("apprec", "repeated"), 1),
        (("apprec", "unmatched"), 1),
        (("apprec", "wrong-sender"), 1),
        (("packing-list", "applied"), 23),
        (("packing-list", "incomplete"), 1),
        (("packing-list", "unmatched"), 1),
        (("unreadable", "unreadable"), 1),
        (("worklist", "applied"), 1),
    ]);
    assert_eq!(effects, expected);
    let files: BTreeSet<&str> = rows.iter().map(|row| row["file"].as_str()).collect();
    assert_eq!(files.len(), stage.files("samples/second-night/inbox")?.len());
    Ok(())
}

#[test]
fn who_is_protected_now_is_shown_without_a_place() -> Outcome {
    let stage = played()?;
    let rows = stage.rows("reconciliation.csv")?;
    let protected: Vec<&Row> = rows.iter().filter(|row| row["patient_ref"] == "MH-1013").collect();
    assert_eq!(protected.len(), 2);
    for row in protected {
        for column in [
            "from_municipality",
            "to_municipality",
            "receiver_her_id",
            "receiver_name",
            "channel",
            "evidence",
        ] {
            assert_eq!(row[column], "", "{column}");
        }
    }
    let actions = stage.rows("actions.csv")?;
    let named = actions.iter().filter(|row| row["code"] == "earlier-reports");
    assert!(
        named.into_iter().all(|row| row["what_to_do"].contains("[2026-11-22-020000]")),
        "the first night's report"
    );
    Ok(())
}

#[test]
fn a_refused_part_goes_alone_when_a_person_opens_it_again() -> Outcome {
    let stage = played()?;
    let rows = stage.rows("reconciliation.csv")?;
    let of_it = |row: &&Row| row["patient_ref"] == "MH-1053" && row["content"] == "journal";
    let refused = rows.iter().find(of_it).ok_or("the journal in parts")?.clone();
    let first: BTreeSet<&str> = refused["message_ids"].split_whitespace().collect();
    assert_eq!(first.len(), 3);
    let before = stage.files("out/nightly/outbox")?;
    let again = ["rerun", SECOND, "--transfer", &refused["transfer_id"], "--reason", "rettet hos mottaker"];
    stage.play(&again)?.ends_with(0)?;
    let rows = stage.rows("reconciliation.csv")?;
    let sent = rows.iter().find(of_it).ok_or("the journal again")?;
    assert_eq!((sent["state"].as_str(), sent["revision"].as_str()), ("sent", "2"));
    let second: Vec<&str> = sent["message_ids"].split_whitespace().collect();
    assert!(second.len() == 1 && !first.contains(second[0]), "{second:?}");
    assert_eq!(stage.files("out/nightly/outbox")?.len(), before.len() + 1);
    Ok(())
}

#[test]
fn both_nights_can_be_looked_back_on() -> Outcome {
    let stage = played()?;
    stage.play(&["verify", SECOND])?.ends_with(0)?;
    let reports = stage.files("out/nightly/reports/2026-11-27-020000")?;
    stage.play(&["report", SECOND])?.ends_with(0)?;
    assert_eq!(stage.files("out/nightly/reports/2026-11-27-020000")?, reports, "drawn again from the ledger");
    let rows = stage.rows("reconciliation.csv")?;
    let split = rows.iter().find(|row| row["patient_ref"] == "MH-1053" && row["content"] == "journal");
    let split = split.ok_or("the journal in parts")?;
    let story = stage.play(&["explain", SECOND, "--transfer", &split["transfer_id"]])?.ends_with(0)?.out;
    for told in
        ["del 1 av 3", "godtok del 1 av 3", "avviste del 2 av 3", "godtok del 3 av 3", "16-del-2-nei.xml"]
    {
        assert!(story.contains(told), "{told}: {story}");
    }
    Ok(())
}

#[test]
fn the_second_night_again_changes_nothing() -> Outcome {
    let stage = played()?;
    let left = |stage: &Stage| -> Outcome<_> {
        Ok(["outbox", "print", "worklist"].map(|folder| stage.files(&format!("out/nightly/{folder}"))))
    };
    let (before, files) = (book(&stage)?, left(&stage)?);
    let said = stage.play(&["run", SECOND, "--lang", "en"])?.ends_with(0)?;
    assert!(said.out.contains("Nothing was sent and nothing changed"), "{}", said.out);
    assert_eq!(book(&stage)?, before);
    for (now, then) in left(&stage)?.into_iter().zip(files) {
        assert_eq!(now?, then?);
    }
    assert_eq!(stage.summary()?["transfers_moved"], 0);
    Ok(())
}
