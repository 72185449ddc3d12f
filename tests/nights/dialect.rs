//! Nights in a job's own dialect: own codes that hold for a time, own result words, radiology and Mantoux by local codes.

use std::collections::BTreeMap;
use std::fs;

use crate::stage::{Outcome, Stage};

const JOB: &str = "jobs/nightly.toml";
const CODES: &str = "samples/first-night/tb-codes.csv";
const RESULTS: &str = "samples/first-night/tb-results.csv";
const LAB: &str = "samples/first-night/lab";
const CSV: &str = "path = \"../samples/first-night/tb-results.csv\", expected_minimum = 40 },";
const PERSON: &str = "14838849904";

/// One result by report: type of message, code system, code, result, day taken.
type Said = (&'static str, &'static str, &'static str, &'static str, &'static str);

fn report(id: usize, (kind, system, code, result, day): Said) -> String {
    format!(
        "<Message xmlns=\"http://www.kith.no/xmlstds/labsvar/2012-02-15\"><Type V=\"{kind}\"/>\
         <MIGversion>v1.4 2012-02-15</MIGversion><GenDate V=\"2026-11-15T08:00:00\"/><MsgId>M-{id}</MsgId><ServReport>\
         <ServType V=\"N\"/><Status V=\"F\"/><ServProvId>D-{id}</ServProvId><Patient><OffId>{PERSON}</OffId>\
         <AnalysedSubject><CollectedSample><CollectedDate V=\"{day}T08:00:00\"/></CollectedSample></AnalysedSubject>\
         <ResultItem><TextResult><TextResultValue>{result}</TextResultValue></TextResult><ServType V=\"N\"/>\
         <Investigation><Id V=\"{code}\" S=\"{system}\" DN=\"Egen prøve\"/></Investigation>\
         <IdResultItem>1</IdResultItem></ResultItem></Patient><ServProvider><HCP><Inst><Name>Røntgenavdelingen</Name>\
         <Id>9000303</Id><TypeId V=\"HER\"/></Inst></HCP></ServProvider></ServReport></Message>"
    )
}

/// A stage with these reports beside the results file, and this code table.
fn with_reports(said: &[Said], codes: &str) -> Outcome<Stage> {
    let stage = Stage::first_night()?;
    fs::create_dir(stage.path(LAB))?;
    for (no, said) in said.iter().enumerate() {
        fs::write(stage.path(LAB).join(format!("{no}.xml")), report(no, *said))?;
    }
    stage.edit(CODES, |_| codes.to_owned())?;
    let lab = "{ format = \"lab-report-xml\", path = \"../samples/first-night/lab\" },";
    stage.edit(JOB, |job| job.replace(CSV, &format!("{CSV}\n    {lab}")))?;
    Ok(stage)
}

#[test]
fn radiology_and_mantoux_go_by_the_jobs_own_codes_while_they_hold() -> Outcome {
    const LIST: &str = "2.16.578.1.12.4.1.1.8212";
    let said = [
        ("SVAR_RTG", LIST, "RTGT", "Negativ", "2026-11-01"),
        ("SVAR_LAB", "LOKAL", "MTX", "Negativ", "2026-11-02"),
        ("SVAR_RTG", LIST, "RTGX", "Negativ", "2026-11-03"),
        ("SVAR_LAB", "LOKAL", "GML", "Negativ", "2026-11-04"),
        ("SVAR_LAB", "LOKAL", "GML", "Negativ", "2024-11-04"),
    ];
    let codes = "code_system;code;class;valid_from;valid_to\r\nLOKAL;MANTOUX;mantoux;;\r\nLOKAL;RG-TORAKS;chest-xray;;\r\n\
                 8212;RTGT;chest-xray;;\r\nLOKAL;MTX;mantoux;01.01.2026;31.12.2026\r\nLOKAL;GML;pcr;;2025-12-31\r\n";
    let stage = with_reports(&said, codes)?;
    stage.run()?;
    assert_eq!(stage.summary()?["sums_agree"], true);
    let rows = stage.versions()?;
    let own = rows.iter().filter(|row| row["source_file"].contains("/lab/"));
    let shown: BTreeMap<(&str, &str), (&str, &str)> = own
        .map(|row| {
            let key = (row["code"].as_str(), row["taken_on"].as_str());
            (key, (row["disposition"].as_str(), row["result"].as_str()))
        })
        .collect();
    let expected = [
        (("RTGT", "2026-11-01"), ("waiting", "Negativ")),
        (("MTX", "2026-11-02"), ("waiting", "Negativ")),
        (("RTGX", "2026-11-03"), ("to-judge", "")),
        (("GML", "2026-11-04"), ("to-judge", "")),
        (("GML", "2024-11-04"), ("waiting", "Negativ")),
    ];
    assert_eq!(shown, BTreeMap::from(expected));
    let lines = stage.rows("reconciliation.csv")?;
    let letter = lines.iter().find(|row| row["patient_ref"] == "MH-1001" && row["content"] == "tb");
    let letter = letter.map(|row| (row["state"].as_str(), row["tb_results"].as_str()));
    assert_eq!(letter, Some(("placed", "8")), "three more than the sample's five go with the letter");
    let out = stage.play(&["check", JOB, "--show-mapping", "--rows", "9"])?.out;
    assert_eq!(out.matches("result = (vises ikke: koden må vurderes først)").count(), 2, "{out}");
    let actions = stage.rows("actions.csv")?;
    assert!(actions.iter().any(|row| row["patient_ref"] == "MH-1001" && row["code"] == "to-judge"));
    Ok(())
}

#[test]
fn what_is_taken_back_without_a_day_is_of_the_day_it_was_told() -> Outcome {
    let said = ("SVAR_LAB", "LOKAL", "GML", "Positiv", "2024-11-04");
    let codes = "code_system;code;class;valid_to\r\nLOKAL;MANTOUX;mantoux;\r\nLOKAL;RG-TORAKS;chest-xray;\r\n\
                 LOKAL;GML;pcr;2025-12-31\r\n";
    let stage = with_reports(&[said], codes)?;
    let told = report(0, said);
    let (before, rest) = told.split_once("<AnalysedSubject>").ok_or("a sample")?;
    let (_, after) = rest.split_once("</AnalysedSubject>").ok_or("its end")?;
    let cancelled = format!("{before}{after}").replace("<ServType V=\"N\"/>", "<ServType V=\"C\"/>");
    fs::write(stage.path(LAB).join("9.xml"), cancelled.replace("2026-11-15T08", "2026-11-16T08"))?;
    stage.run()?;
    let rows = stage.versions()?;
    let own: Vec<&str> = rows
        .iter()
        .filter(|row| row["source_file"].contains("/lab/"))
        .map(|row| row["disposition"].as_str())
        .collect();
    assert!(own.len() == 2 && own.iter().all(|one| ["cancelled", "superseded"].contains(one)), "{own:?}");
    Ok(())
}

#[test]
fn own_words_are_read_in_tables_and_reports_alike() -> Outcome {
    let said = [
        ("SVAR_LAB", "7280", "NPU12360", " ingen VEKST ", "2026-11-01"),
        ("SVAR_LAB", "7280", "NPU12360", "Usikker", "2026-11-02"),
        ("SVAR_LAB", "7280", "NPU12360", "Vekst", "2026-11-03"),
        ("SVAR_LAB", "7280", "NPU12360", "Rik vekst", "2026-11-04"),
        ("SVAR_LAB", "7280", "NPU12360", "Ikkje påvist", "2026-11-05"),
    ];
    let stage = with_reports(&said, "code_system;code;class\r\nLOKAL;MANTOUX;mantoux\r\n")?;
    let words =
        "words = { positive = [\"Vekst\"], negative = [\"INGEN vekst\"], inconclusive = [\"usikker\"] }";
    stage.edit(JOB, |job| job.replace("\n[tb]\n", &format!("\n[tb]\n{words}\n")))?;
    stage.edit(RESULTS, |text| {
        let (header, rest) = text.split_once('\n').unwrap_or_default();
        let rows = said.iter().enumerate().map(|(no, (_, _, code, result, day))| {
            format!("Q-{no};{PERSON};;{day};;NLK;{code};Dyrkning;;{result};final;;\r\n")
        });
        format!("{header}\n{}{rest}", rows.collect::<String>())
    })?;
    let out = stage.play(&["check", JOB, "--show-mapping", "--rows", "5"])?.ends_with(0)?.out;
    let expected = [
        "result = ingen VEKST → negative",
        "result = Usikker → inconclusive",
        "result = Vekst → positive",
        "result = Rik vekst → unread",
        "result = Ikkje påvist → unread",
    ];
    for line in expected {
        assert_eq!(out.matches(&format!("{line}\n")).count(), 2, "{line}, in a table and in a report\n{out}");
    }
    assert!(out.contains("== tb-words: [tb] words (job)"));
    Ok(())
}

#[test]
fn codes_that_contradict_each_other_are_told_and_hold_the_results() -> Outcome {
    let stage = Stage::first_night()?;
    let rows =
        "LOKAL;A;mantoux;;2026-06-30\r\nLOKAL;A;pcr;2026-06-30;\r\nLOKAL;B;pcr;2026-02-01;2026-01-01\r\n";
    stage.edit(CODES, |_| format!("code_system;code;class;valid_from;valid_to\r\n{rows}"))?;
    let out = stage.play(&["check", JOB])?.out;
    assert!(out.contains("tb-codes.csv:3: code: the code stands twice"), "{out}");
    assert!(out.contains("tb-codes.csv:4: valid_to: the row ends before it begins (bad-date)"), "{out}");
    Ok(())
}
