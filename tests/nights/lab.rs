//! Nights whose results come as laboratory reports: the same decisions as from a results file.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

use crate::stage::{Outcome, Stage};

const JOB: &str = "jobs/nightly.toml";
const RESULTS: &str = "samples/first-night/tb-results.csv";
const LAB: &str = "samples/first-night/lab";
const CSV: &str =
    "{ format = \"csv\", path = \"../samples/first-night/tb-results.csv\", expected_minimum = 40 },";
const LAB_AND_CSV: &str = "{ path = \"../samples/first-night/tb-results.csv\" }, \
                           { format = \"lab-report-xml\", path = \"../samples/first-night/lab\" },";

/// Those whose results come by report: a negative set with controls, a whole case of tuberculosis, a preliminary
/// culture by felles hjelpenummer, a test never answered, one who objects, one leaving transit, and a corrected one.
const BY_REPORT: [&str; 7] =
    ["14838849904", "02917929133", "93624738924", "21889625896", "19817719891", "28837500305", "49899331566"];

type Cells = BTreeMap<String, String>;

/// The results file as rows.
fn table(text: &str) -> Outcome<Vec<Cells>> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b';').from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers()?.clone();
    let cells = |record: csv::StringRecord| {
        header.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect::<Cells>()
    };
    Ok(reader.records().map(|record| record.map(cells)).collect::<Result<_, _>>()?)
}

/// A row of the results file as a message of its own.
fn message(row: &Cells) -> String {
    let (report, item) = match row["status"].as_str() {
        "preliminary" => ("P", "N"),
        "cancelled" => ("F", "C"),
        "corrected" => ("F", "M"),
        _ => ("F", "N"),
    };
    let value = match row["result"].as_str() {
        "" => String::new(),
        text => format!("<TextResult><TextResultValue>{text}</TextResultValue></TextResult>"),
    };
    let time = |name: &str| match row[name].as_str() {
        "" => "2026-11-01T08:00:00".to_owned(),
        day => format!("{day}T08:00:00"),
    };
    let system = match row["code_system"].as_str() {
        "NLK" => "2.16.578.1.12.4.1.1.7280",
        other => other,
    };
    format!(
        "<Message xmlns=\"http://www.kith.no/xmlstds/labsvar/2012-02-15\"><Type V=\"SVAR_LAB\"/>\
         <MIGversion>v1.4 2012-02-15</MIGversion><GenDate V=\"{}\"/><MsgId>{}-{}</MsgId><ServReport>\
         <ServType V=\"{item}\"/><Status V=\"{report}\"/><ServProvId>{}</ServProvId><Patient><OffId>{}</OffId>\
         <AnalysedSubject><CollectedSample><CollectedDate V=\"{}\"/></CollectedSample><Type>{}</Type></AnalysedSubject>\
         <ResultItem>{value}<ServType V=\"{item}\"/><Investigation><Id V=\"{}\" S=\"{system}\" DN=\"{}\"/></Investigation>\
         <Comment>{}</Comment><IdResultItem>1</IdResultItem>{}</ResultItem></Patient><ServProvider><HCP><Inst>\
         <Name>{}</Name><Id>9000303</Id><TypeId V=\"HER\"/></Inst></HCP></ServProvider></ServReport></Message>",
        time("answered_on"),
        row["result_id"],
        row["status"],
        row["result_id"],
        row["person_id"],
        time("taken_on"),
        row["material"],
        row["code"],
        row["test"],
        row["comment"],
        if row["code"] == "NPU07428" { "<RefIdResultItem>C</RefIdResultItem>" } else { "" },
        row["laboratory"],
    )
    .replace("<ResultItem>", &culture_of(row))
}

/// A drug hangs on the culture of its own report.
fn culture_of(row: &Cells) -> String {
    if row["code"] != "NPU07428" {
        return "<ResultItem>".to_owned();
    }
    "<ResultItem><TextResult><TextResultValue>Positiv</TextResultValue></TextResult><ServType V=\"N\"/><Investigation>\
     <Id V=\"NPU12785\" S=\"7280\"/></Investigation><IdResultItem>C</IdResultItem></ResultItem><ResultItem>"
        .to_owned()
}

/// A stage on which some persons' results come by report, and the others' by table. How many reports there are.
fn by_report() -> Outcome<(Stage, usize)> {
    let stage = Stage::first_night()?;
    let rows = table(&fs::read_to_string(stage.path(RESULTS))?)?;
    let moved: Vec<&Cells> =
        rows.iter().filter(|row| BY_REPORT.contains(&row["person_id"].as_str())).collect();
    stage.edit(RESULTS, |text| {
        let kept = text.lines().filter(|line| !BY_REPORT.iter().any(|person| line.contains(person)));
        kept.collect::<Vec<_>>().join("\r\n") + "\r\n"
    })?;
    fs::create_dir(stage.path(LAB))?;
    for (no, row) in moved.iter().enumerate() {
        fs::write(stage.path(LAB).join(format!("{no:03}.xml")), message(row))?;
    }
    stage.edit(JOB, |job| job.replace(CSV, LAB_AND_CSV))?;
    Ok((stage, moved.len()))
}

/// What was decided of every tb transfer.
fn decided(stage: &Stage) -> Outcome<Vec<String>> {
    let columns = ["patient_ref", "content", "kind", "state", "reason_code", "channel", "tb_status", "basis"];
    let rows = stage.rows("reconciliation.csv")?;
    Ok(rows.iter().map(|row| columns.map(|column| row[column].as_str()).join(" | ")).collect())
}

#[test]
fn results_by_report_give_the_same_decisions() -> Outcome {
    let plain = Stage::first_night()?;
    plain.run()?;
    let (stage, reports) = by_report()?;
    assert!(reports > 10, "there are reports");
    stage.run()?;
    assert_eq!(stage.summary()?["sums_agree"], true);
    assert_eq!(decided(&stage)?, decided(&plain)?);
    let actions = |stage: &Stage| -> Outcome<Vec<String>> {
        let rows = stage.rows("actions.csv")?;
        Ok(rows.iter().map(|row| format!("{} {}", row["patient_ref"], row["code"])).collect())
    };
    assert_eq!(actions(&stage)?, actions(&plain)?);
    let checked = stage.play(&["check", JOB])?;
    assert!(checked.out.contains(&format!("{reports} messages, {reports} reports")), "{}", checked.out);
    Ok(())
}

#[test]
fn reports_in_a_zip_are_the_same_reports() -> Outcome {
    let (folder, _) = by_report()?;
    folder.run()?;
    let (stage, _) = by_report()?;
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in stage.files(LAB)? {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(&bytes)?;
    }
    fs::write(stage.path("samples/first-night/lab.zip"), zip.finish()?.into_inner())?;
    stage.edit(JOB, |job| job.replace("first-night/lab\"", "first-night/lab.zip\""))?;
    stage.run()?;
    assert_eq!(decided(&stage)?, decided(&folder)?);
    Ok(())
}

#[test]
fn a_report_that_cannot_be_read_holds_every_tb_transfer() -> Outcome {
    for (name, broken, why) in [
        ("cut short", "<Message><ServReport>", "not readable XML"),
        ("a bomb", "<!DOCTYPE a [<!ENTITY x 'y'>]><Message>&x;</Message>", "DOCTYPE"),
        ("another document", "<AppRec/>", "no laboratory report"),
    ] {
        let (stage, _) = by_report()?;
        fs::write(stage.path(LAB).join("broken.xml"), broken)?;
        stage.run()?;
        let lines = stage.rows("reconciliation.csv")?;
        let sent = lines.iter().filter(|row| row["content"] == "tb" && row["state"] == "placed").count();
        assert_eq!(sent, 0, "{name}: nobody's results are known to be whole");
        assert!(lines.iter().any(|row| row["reason_code"] == "source-incomplete"), "{name}");
        let held = stage.summary()?["files_held"].to_string();
        assert!(held.contains("lab/broken.xml") && held.contains(why), "{name}: {held}");
    }
    Ok(())
}

#[test]
fn fewer_reports_than_expected_are_held() -> Outcome {
    let (stage, _) = by_report()?;
    stage
        .edit(JOB, |job| job.replace("first-night/lab\" }", "first-night/lab\", expected_minimum = 900 }"))?;
    stage.run()?;
    let held = stage.summary()?["files_held"].to_string();
    assert!(held.contains("fewer than the 900 expected"), "{held}");
    Ok(())
}

#[test]
fn what_is_not_tb_stays_and_what_nobody_knows_is_asked_of_a_person() -> Outcome {
    let (stage, _) = by_report()?;
    let rows = table(&fs::read_to_string(Stage::first_night()?.path(RESULTS))?)?;
    let igra = rows.iter().find(|row| row["person_id"] == "19817719891").ok_or("a row of the sample")?;
    let others = [
        ("hiv", "NLK", "NPU14001", "P-HIV 1+2 antistoff"),
        ("local", "LOKAL", "Z9", "Egen prøve"),
        ("trap", "NLK", "NPU57752", "B-CMV-IGRA konklusjon"),
    ];
    for (id, system, code, test) in others {
        let mut row = igra.clone();
        let cells = [("result_id", id), ("code_system", system), ("code", code), ("test", test)];
        row.extend(cells.map(|(column, text)| (column.to_owned(), text.to_owned())));
        fs::write(stage.path(LAB).join(format!("{id}.xml")), message(&row))?;
    }
    stage.run()?;
    assert_eq!(stage.summary()?["sums_agree"], true);
    let results = stage.rows("tb-results.csv")?;
    let shown: BTreeMap<&str, (&str, &str)> = results
        .iter()
        .filter(|row| row["patient_ref"] == "MH-1013")
        .map(|row| (row["code"].as_str(), (row["disposition"].as_str(), row["result"].as_str())))
        .collect();
    let expected = [
        ("NPU14001", ("not-tb", "")),
        ("NPU29230", ("waiting", "Positiv")),
        ("NPU57752", ("not-tb", "")),
        ("Z9", ("to-judge", "")),
    ];
    assert_eq!(shown, BTreeMap::from(expected));
    let actions = stage.rows("actions.csv")?;
    assert!(actions.iter().any(|row| row["patient_ref"] == "MH-1013" && row["code"] == "to-judge"));
    Ok(())
}
