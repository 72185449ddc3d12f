//! What was given to whom, as a patient asks for it: under every number, after the register and the parcels are gone,
//! and without a place where the address is strictly confidential.

use std::fs;

use crate::privacy::numbers;
use crate::stage::{Outcome, Said, Stage, fresh_directory};

const FIRST: &str = "jobs/nightly.toml";
const SECOND: &str = "jobs/second-night.toml";

/// The patient whose D-number became a fødselsnummer before the first night.
const RENUMBERED: &str = "MH-1009";

fn played() -> Outcome<Stage> {
    let stage = Stage::first_night()?;
    stage.play(&["run", FIRST])?.ends_with(0)?;
    stage.play(&["run", SECOND])?.ends_with(0)?;
    Ok(stage)
}

fn by_reference(stage: &Stage, patient: &str, more: &[&str]) -> Outcome<Said> {
    stage.play(&[&["disclosures", SECOND, "--patient", patient][..], more].concat())?.ends_with(0)
}

fn by_number(stage: &Stage, number: &str, more: &[&str]) -> Outcome<Said> {
    stage.ask(&[&["disclosures", SECOND, "--person", "-"][..], more].concat(), number)?.ends_with(0)
}

/// Every number of a patient of the register.
fn numbers_of(stage: &Stage, patient: &str) -> Outcome<Vec<String>> {
    let text = fs::read_to_string(stage.path("samples/first-night/patients.csv"))?;
    let rows = text.lines().filter(|line| line.split(';').next() == Some(patient));
    Ok(rows.filter_map(|line| line.split(';').nth(1)).map(str::to_owned).collect())
}

/// What the list says, without the person as asked for.
fn records(said: &Said) -> Outcome<serde_json::Value> {
    let mut value: serde_json::Value = serde_json::from_str(&said.out)?;
    Ok(value["records"].take())
}

#[test]
fn a_patient_reads_who_was_given_what_and_why() -> Outcome {
    let stage = played()?;
    let said = by_reference(&stage, "MH-1001", &[])?;
    for wanted in [
        "pasientjournalloven § 22 a",
        "(MH-1001)",
        "27. november 2026",
        "OSLO KOMMUNE (OPPDIKTET), Migrasjonshelse",
        "Vakthavende helsesykepleier, 00 00 00 00",
        "Den 22. november 2026 fikk ",
        "i en elektronisk melding",
        "i et brev",
        "Grunnlag: ",
        "Mottakeren har svart at det er mottatt.",
    ] {
        let plain = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain.contains(wanted), "{wanted:?} is missing in\n{}", said.out);
    }
    assert!(said.out.lines().all(|line| line.chars().count() <= 80), "{}", said.out);
    let english = by_reference(&stage, "MH-1001", &["--lang", "en"])?;
    assert!(english.out.contains("On 22 November 2026, "), "{}", english.out);
    let nynorsk = by_reference(&stage, "MH-1001", &["--lang", "nn"])?;
    assert!(nynorsk.out.contains("KVEN SOM HAR FÅTT"), "{}", nynorsk.out);
    Ok(())
}

#[test]
fn what_became_of_it_is_told() -> Outcome {
    let stage = played()?;
    let outcome = |patient: &str| -> Outcome<Vec<(String, String)>> {
        let records = records(&by_reference(&stage, patient, &["--json"])?)?;
        let text =
            |record: &serde_json::Value, key: &str| record[key].as_str().unwrap_or_default().to_owned();
        let all = records.as_array().ok_or("a list")?.iter();
        Ok(all.map(|record| (text(record, "content"), text(record, "outcome"))).collect())
    };
    for (patient, content, expected) in [
        ("MH-1008", "journal", "rejected"),
        ("MH-1053", "journal", "partly-rejected"),
        ("MH-1003", "journal", "accepted-with-defects"),
        ("MH-1010", "journal", "unanswered"),
        ("MH-1005", "journal", "confirmed"),
        ("MH-1016", "journal", "given-up"),
        ("MH-1001", "tb", "given"),
    ] {
        let found = outcome(patient)?;
        let wanted = (content.to_owned(), expected.to_owned());
        assert!(found.contains(&wanted), "{patient}: {found:?}");
    }
    let recalled = by_reference(&stage, "MH-1009", &[])?;
    assert!(recalled.out.contains("det er kalt tilbake"), "{}", recalled.out);
    Ok(())
}

#[test]
fn every_record_of_the_register_is_somebodys_and_told_once() -> Outcome {
    use journalflytt::ledger::{KeyIfNew, View};
    use journalflytt::person::Environment;
    let stage = played()?;
    let view = View::open(&stage.path("out/nightly/journalflytt.sqlite"), &KeyIfNew::of(Environment::Test))?;
    let all = &view.book().disclosures;
    let patients: std::collections::BTreeSet<String> =
        all.iter().map(|record| record.patient.to_string()).collect();
    let (mut told, numbers) = (0, numbers(&stage)?);
    for patient in patients {
        let said = by_reference(&stage, &patient, &["--json"])?;
        told += records(&said)?.as_array().map_or(0, Vec::len);
        let plain = said.out.replace(['\u{a0}', ' '], "");
        assert!(!numbers.iter().any(|number| plain.contains(number.as_str())), "{}", said.out);
    }
    assert_eq!(told, all.len());
    Ok(())
}

#[test]
fn either_number_finds_the_same_patient() -> Outcome {
    let stage = played()?;
    let wanted = records(&by_reference(&stage, RENUMBERED, &["--json"])?)?;
    assert!(wanted.as_array().is_some_and(|records| !records.is_empty()));
    let numbers = numbers_of(&stage, RENUMBERED)?;
    assert_eq!(numbers.len(), 2);
    for number in numbers {
        let said = by_number(&stage, &number, &["--json"])?;
        assert_eq!(records(&said)?, wanted);
        assert!(!said.out.contains(&number) && !said.err.contains(&number));
        let shown: serde_json::Value = serde_json::from_str(&said.out)?;
        assert!(shown["person"].as_str().is_some_and(|person| person.ends_with(&number[9..])), "{shown}");
    }
    Ok(())
}

/// Another night, with a row of the extract that says: the new number replaces the old one.
fn renumbered(stage: &Stage, old: &str, new: &str) -> Outcome {
    stage.edit("samples/first-night/relocations.csv", |text| {
        let cell = |name: &str| match name.trim_start_matches('\u{feff}') {
            "event_id" => "NYTT-NUMMER-1".to_owned(),
            "person_id" => new.to_owned(),
            "former_id" => old.to_owned(),
            "id_type" => "FNR".to_owned(),
            "event_type" => "endringIIdentifikasjonsnummer".to_owned(),
            "registered_at" => "2026-11-23 08:00".to_owned(),
            _ => String::new(),
        };
        let row: Vec<String> = text.lines().next().unwrap_or_default().split(';').map(cell).collect();
        format!("{}\n{}\n", text.trim_end(), row.join(";"))
    })?;
    fresh_directory(stage, "2026-11-24T01:00:00+01:00")?;
    stage.play(&["run", FIRST, "--now", "2026-11-24T02:00:00+01:00"])?.ends_with(0)?;
    Ok(())
}

#[test]
fn a_number_that_comes_later_finds_what_was_given_under_the_old_one() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let old = numbers_of(&stage, "MH-1052")?.pop().ok_or("a number")?;
    let wanted = records(&by_number(&stage, &old, &["--json"])?)?;
    assert!(wanted.as_array().is_some_and(|records| !records.is_empty()), "{wanted}");
    // A synthetic number that nobody in the samples has.
    let new = "20840440002";
    renumbered(&stage, &old, new)?;
    for number in [new, old.as_str()] {
        let found = records(&by_number(&stage, number, &["--json"])?)?;
        let first = found.as_array().and_then(|records| records.first());
        assert_eq!(first, wanted.as_array().and_then(|records| records.first()), "{found}");
    }
    Ok(())
}

#[test]
fn a_number_of_several_patients_tells_nobody_what_was_given_of_another() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let of = |patient| -> Outcome<String> { Ok(numbers_of(&stage, patient)?.pop().ok_or("a number")?) };
    renumbered(&stage, &of("MH-1052")?, &of("MH-1053")?)?;
    let ask = ["disclosures", SECOND, "--person", "-"];
    let said = stage.ask(&ask, &of("MH-1052")?)?.ends_with(2)?;
    assert!(said.err.contains("for several patients (MH-1052, MH-1053)"), "{}", said.err);
    assert_eq!(said.out, "");
    let said = by_reference(&stage, "MH-1053", &[])?;
    assert!(said.out.contains("(MH-1053)") && said.out.contains("Den 22. november 2026"), "{}", said.out);
    Ok(())
}

#[test]
fn the_list_stays_when_register_and_parcels_are_gone() -> Outcome {
    let stage = played()?;
    let wanted = by_reference(&stage, "MH-1002", &["--json"])?.out;
    let number = numbers_of(&stage, "MH-1002")?.pop().ok_or("a number")?;
    let before = stage.files("out/nightly/spool")?.len();
    stage.play(&["prune", SECOND, "--now", "2027-04-01T02:00:00+01:00"])?.ends_with(0)?;
    assert!(stage.files("out/nightly/spool")?.len() < before, "parcels were pruned");
    assert_eq!(by_reference(&stage, "MH-1002", &["--json"])?.out, wanted);
    for folder in ["first-night", "second-night"] {
        let patients = format!("samples/{folder}/patients.csv");
        let without = |text: String| {
            text.lines()
                .filter(|line| !line.starts_with("MH-1002;"))
                .map(|line| format!("{line}\n"))
                .collect()
        };
        stage.edit(&patients, without)?;
    }
    stage.play(&["run", SECOND])?.ends_with(0)?;
    assert_eq!(by_reference(&stage, "MH-1002", &["--json"])?.out, wanted);
    let by_number = by_number(&stage, &number, &["--json"])?;
    assert_eq!(records(&by_number)?, serde_json::from_str::<serde_json::Value>(&wanted)?["records"]);
    Ok(())
}

#[test]
fn of_a_strictly_confidential_person_no_receiver_is_named() -> Outcome {
    let stage = played()?;
    let rows = stage.rows("reconciliation.csv")?;
    let names: Vec<&String> =
        rows.iter().map(|row| &row["receiver_name"]).filter(|name| name.len() > 3).collect();
    for lang in ["nb", "nn", "en"] {
        for more in [vec!["--lang", lang], vec!["--lang", lang, "--json"]] {
            let said = by_reference(&stage, "MH-1013", &more)?;
            assert!(!names.iter().any(|name| said.out.contains(name.as_str())), "{}", said.out);
            for place in ["OSLO", "Oslo", "kommuneoverlegen i", "Kommuneoverlegen i", "0301", "HER 9"] {
                assert!(!said.out.contains(place), "{place} in\n{}", said.out);
            }
            assert!(said.out.contains("2026"), "the dates are told: {}", said.out);
        }
    }
    let said = by_reference(&stage, "MH-1013", &[])?;
    assert!(said.out.contains("ble dette gitt videre: "), "{}", said.out);
    assert!(said.out.contains("Navngitte"), "whom to ask: {}", said.out);
    let told = records(&by_reference(&stage, "MH-1013", &["--json"])?)?;
    for record in told.as_array().ok_or("a list")? {
        assert!(record["receiver"].is_null() && record["receiver_her_id"].is_null(), "{record}");
        assert!(record["channel"].is_null(), "{record}");
    }
    Ok(())
}

#[test]
fn nothing_given_is_said_and_who_is_unknown_is_asked_again() -> Outcome {
    let stage = played()?;
    let said = by_reference(&stage, "MH-1031", &[])?;
    assert!(said.out.contains("Ingen opplysninger er gitt videre."), "{}", said.out);
    assert!(!said.err.contains("knows nobody"), "{}", said.err);
    let said = stage.play(&["disclosures", SECOND, "--patient", "MH-0000"])?.ends_with(2)?;
    assert_eq!(said.out, "", "nothing is stated of whom nobody knows");
    assert!(said.err.contains("the ledger knows nobody by that"), "{}", said.err);
    let asked = stage.ask(&["disclosures", SECOND, "--patient", "-"], "MH-1002")?.ends_with(0)?;
    assert_eq!(asked.out, by_reference(&stage, "MH-1002", &[])?.out);
    std::fs::remove_file(stage.path("out/nightly/journalflytt.sqlite"))?;
    let said = stage.play(&["disclosures", SECOND, "--patient", "MH-1002"])?.ends_with(2)?;
    assert!(said.err.contains("there is no ledger at ") && said.out.is_empty(), "{}{}", said.out, said.err);
    Ok(())
}

#[test]
fn a_number_on_the_command_line_is_refused_and_nothing_is_written() -> Outcome {
    let stage = played()?;
    let number = numbers_of(&stage, "MH-1002")?.pop().ok_or("a number")?;
    let before = stage.files("out")?;
    for option in ["--person", "--patient"] {
        let said = stage.play(&["disclosures", SECOND, option, &number])?.ends_with(2)?;
        assert!(said.err.contains(&format!("write {option} -")), "{}", said.err);
        assert!(!said.err.contains(&number) && !said.out.contains(&number));
    }
    stage.play(&["disclosures", SECOND])?.ends_with(2)?;
    stage.play(&["disclosures", SECOND, "--person", "-", "--patient", "MH-1002"])?.ends_with(2)?;
    by_number(&stage, &number, &[])?;
    assert_eq!(stage.files("out")?, before, "looking writes nothing");
    Ok(())
}

#[test]
fn what_is_handed_over_another_way_has_its_line() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let rows = stage.rows("reconciliation.csv")?;
    let held = rows.iter().find(|row| row["reason_code"] == "no-party").ok_or("a hold")?;
    let confirm = ["confirm", FIRST, "--transfer", &held["transfer_id"], "--as", "accepted", "--by", "Kari"];
    stage.play(&confirm)?.ends_with(0)?;
    let said = by_reference(&stage, &held["patient_ref"], &[])?;
    let plain = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(plain.contains("på en annen måte, av en ansatt"), "{}", said.out);
    assert!(plain.contains("navnet er ikke registrert"), "{}", said.out);
    Ok(())
}
