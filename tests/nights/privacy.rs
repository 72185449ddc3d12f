//! What must never be seen: an identity number anywhere but in messages, parcels and the ledger, and a place of
//! somebody whose address is strictly confidential anywhere at all.

use std::collections::BTreeSet;

use journalflytt::ledger::{KeyIfNew, View};
use journalflytt::patient::Grading;
use journalflytt::person::Environment;

use crate::stage::{Outcome, Stage};

/// Every run of eleven or twelve digits in the sample sources.
pub(crate) fn numbers(stage: &Stage) -> Outcome<BTreeSet<String>> {
    let mut out = BTreeSet::new();
    for (name, bytes) in stage.files("samples/first-night")? {
        if name.ends_with(".csv") && !name.contains("/expected/") {
            let text = String::from_utf8_lossy(&bytes);
            let runs = text.split(|c: char| !c.is_ascii_digit()).filter(|run| matches!(run.len(), 11 | 12));
            out.extend(runs.map(str::to_owned));
        }
    }
    Ok(out)
}

/// Where any of the numbers stands, in names and contents, as it is or with the space people write in it.
fn found(files: &[(String, Vec<u8>)], numbers: &BTreeSet<String>) -> Vec<String> {
    let mut out = Vec::new();
    for (name, bytes) in files {
        let text = String::from_utf8_lossy(bytes).replace(['\u{a0}', ' '], "");
        for number in numbers {
            if text.contains(number) || name.contains(number) {
                out.push(name.clone());
            }
        }
    }
    out
}

fn outputs(stage: &Stage) -> Outcome<Vec<(String, Vec<u8>)>> {
    let private = [
        "out/nightly/outbox/",
        "out/nightly/print/",
        "out/nightly/spool/",
        "out/nightly/worklist/",
        "out/nightly/journalflytt.sqlite",
    ];
    let all = stage.files("out")?;
    // Names are public everywhere, contents where they are no messages, parcels or ledger.
    let shown = |(name, bytes): (String, Vec<u8>)| {
        let is_private = private.iter().any(|start| name.starts_with(start)) && !name.ends_with(".csv");
        if is_private { (name, Vec::new()) } else { (name, bytes) }
    };
    Ok(all.into_iter().map(shown).collect())
}

#[test]
fn no_identity_number_is_in_any_output() -> Outcome {
    let stage = Stage::first_night()?;
    let numbers = numbers(&stage)?;
    assert!(numbers.len() > 30, "the samples have their numbers");
    let mut said = String::new();
    for args in [
        vec!["check", "jobs/nightly.toml"],
        vec!["plan", "jobs/nightly.toml"],
        vec!["plan", "jobs/nightly.toml", "--json"],
        vec!["run", "jobs/nightly.toml", "--log", "out/log.jsonl"],
        vec!["status", "jobs/nightly.toml"],
        vec!["status", "jobs/nightly.toml", "--json", "--needs-action"],
    ] {
        let heard = stage.play(&args)?;
        said += &heard.out;
        said += &heard.err;
    }
    let mut outputs = outputs(&stage)?;
    assert!(outputs.iter().any(|(name, _)| name.ends_with("log.jsonl")));
    outputs.push(("said".to_owned(), said.into_bytes()));
    assert_eq!(found(&outputs, &numbers), Vec::<String>::new());
    Ok(())
}

#[test]
fn the_search_would_find_a_number() -> Outcome {
    let stage = Stage::first_night()?;
    let numbers = numbers(&stage)?;
    let one = numbers.first().ok_or("a number")?;
    let hidden = [
        ("report.csv".to_owned(), format!("x;{one};y").into_bytes()),
        (format!("letter-{one}.pdf"), Vec::new()),
        ("log".to_owned(), format!("{} {}", &one[..6], &one[6..]).into_bytes()),
    ];
    assert_eq!(found(&hidden, &numbers).len(), 3);
    // And messages do hold numbers, so it looks where there is something to find.
    stage.run()?;
    let messages: Vec<_> = stage.files("out/nightly/outbox")?.into_iter().collect();
    assert!(!found(&messages, &numbers).is_empty());
    Ok(())
}

#[test]
fn the_ledger_knows_nobody_by_number() -> Outcome {
    let stage = Stage::first_night()?;
    let numbers = numbers(&stage)?;
    stage.run()?;
    let files: Vec<_> =
        stage.files("out/nightly")?.into_iter().filter(|(name, _)| name.contains("sqlite")).collect();
    assert!(!files.is_empty());
    assert_eq!(found(&files, &numbers), Vec::<String>::new());
    Ok(())
}

#[test]
fn a_strictly_confidential_person_has_no_place_in_any_output() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let ledger =
        View::open(&stage.path("out/nightly/journalflytt.sqlite"), &KeyIfNew::of(Environment::Test))?;
    let book = ledger.book();
    let strict: BTreeSet<String> = book
        .transfers
        .values()
        .filter(|transfer| {
            let gradings = transfer.birth.persons.iter().filter_map(|person| book.persons.get(person));
            gradings.map(|memory| memory.grading).max() == Some(Grading::StrictlyConfidential)
        })
        .map(|transfer| transfer.id.to_string())
        .collect();
    assert!(strict.len() >= 2, "the samples have such persons");
    let mut seen = 0;
    for row in stage.rows("reconciliation.csv")? {
        if strict.contains(&row["transfer_id"]) {
            seen += 1;
            for column in [
                "from_municipality",
                "to_municipality",
                "to_district",
                "receiver_her_id",
                "receiver_name",
                "channel",
                "capability",
                "evidence",
            ] {
                assert_eq!(row[column], "", "{column}");
            }
            assert_eq!(row["state"], "held");
            assert_eq!(row["details"], "strictly-confidential");
        }
    }
    assert_eq!(seen, strict.len());
    for (name, _) in stage.files("out/nightly/spool")? {
        assert!(!strict.iter().any(|id| name.contains(id)), "a parcel was made: {name}");
    }
    Ok(())
}
