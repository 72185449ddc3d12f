//! The sample night told by the registers themselves: Folkeregisteret's events and feed, and laboratory reports. Its
//! reports are the committed ones, and it decides what the night of tables decides.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;
use std::process::Command;

use crate::stage::{Outcome, Stage, words};
use crate::standards::{messages_are_valid, standards};

const JOB: &str = "jobs/events-night.toml";

/// The result that conflicts, as each night calls it.
const CONFLICT: (&str, &str) = ("L-KONF", "HER 9000701/c1f2df7b-a1ff-511a-9ef1-b216129ec509/1");

/// What is carried of a result. Left out: its id, and the laboratory's own name for code and department.
const CARRIED: [&str; 7] =
    ["patient_ref", "test", "result", "taken_on", "result_status", "disposition", "note"];

/// Lines of a report, reduced to some columns, with how often each stands there.
type Lines = BTreeMap<String, usize>;

fn lines(stage: &Stage, file: &str, wanted: impl Fn(&str) -> bool) -> Outcome<Lines> {
    let mut out = Lines::new();
    for row in stage.rows(file)? {
        let cells = row.iter().filter(|(column, _)| wanted(column));
        let line = cells.map(|(column, cell)| format!("{column} {cell}")).collect::<Vec<_>>().join(" | ");
        *out.entry(line.replace(CONFLICT.1, CONFLICT.0)).or_default() += 1;
    }
    Ok(out)
}

/// The results of a night, reduced to what is carried of each.
fn results(stage: &Stage) -> Outcome<Lines> {
    let mut out = Lines::new();
    for row in stage.rows("tb-results.csv")? {
        let cells = CARRIED.map(|column| row[column].as_str());
        *out.entry(cells.join(" | ")).or_default() += 1;
    }
    Ok(out)
}

/// What stands in the first more often than in the second.
fn only_in(these: &Lines, others: &Lines) -> Vec<String> {
    let more =
        |line: &String, times: usize| times.saturating_sub(others.get(line).copied().unwrap_or_default());
    these.iter().flat_map(|(line, times)| vec![line.clone(); more(line, *times)]).collect()
}

/// Both nights, played: the table's first.
fn both() -> Outcome<(Stage, Stage)> {
    let (table, events) = (Stage::first_night()?, Stage::events_night()?);
    table.run()?;
    events.run()?;
    Ok((table, events))
}

#[test]
fn the_reports_are_the_committed_ones() -> Outcome {
    let stage = Stage::events_night()?;
    stage.run()?;
    assert_eq!(stage.summary()?["sums_agree"], true);
    stage.report_is("samples/events-night/expected")
}

#[test]
fn a_plan_says_what_the_run_then_does_and_writes_nothing() -> Outcome {
    Stage::events_night()?.plan_is_kept(JOB)
}

#[test]
fn the_same_events_night_again_sends_nothing() -> Outcome {
    let stage = Stage::events_night()?;
    stage.run()?;
    let out = |stage: &Stage| -> Outcome<Vec<BTreeMap<String, Vec<u8>>>> {
        ["outbox", "print", "worklist"]
            .iter()
            .map(|name| stage.files(&format!("out/events-night/{name}")))
            .collect()
    };
    let before = out(&stage)?;
    let said = stage.play(&["run", JOB, "--lang", "en"])?.ends_with(0)?;
    assert!(said.out.contains("Nothing was sent and nothing changed"), "{}", said.out);
    assert_eq!(out(&stage)?, before);
    Ok(())
}

#[test]
fn events_and_reports_lead_to_the_decisions_of_the_tables() -> Outcome {
    let (table, events) = both()?;
    for file in ["reconciliation.csv", "actions.csv", "packing-list.csv", "worklist.csv", "documents.csv"] {
        // Answers are worded differently, and so a summary of them has another size.
        let wanted = |column: &str| column != "bytes" || file == "documents.csv";
        let (mut decided, mut expected) = (lines(&events, file, wanted)?, lines(&table, file, wanted)?);
        // One for each file with rows that could not be used: the files are each night's own.
        for lines in [&mut decided, &mut expected] {
            lines.retain(|line, _| !line.contains("code rejected-rows"));
        }
        assert_eq!(only_in(&decided, &expected), only_in(&expected, &decided), "{file}");
        assert!(file == "worklist.csv" || decided.len() > 30, "{file} has something to compare");
    }
    Ok(())
}

/// Results that the two nights must tell differently.
struct Otherwise {
    why: &'static str,
    /// As the tables have them.
    tables: &'static [&'static str],
    /// As the reports do.
    reports: &'static [&'static str],
}

const TOLD_OTHERWISE: [Otherwise; 5] = [
    Otherwise {
        why: "a number has a point in XML, and its unit beside it",
        tables: &[
            "MH-1001 | B-TB-IGRA antigen (CD4+ respons) | 0,04 | 2026-09-01 | final | waiting | shown-not-interpreted",
            "MH-1001 | B-TB-IGRA negativ kontroll | 0,01 | 2026-09-01 | final | waiting | shown-not-interpreted",
            "MH-1001 | B-TB-IGRA positiv kontroll | 9,8 | 2026-09-01 | final | waiting | shown-not-interpreted",
            "MH-1010 | Mantoux, indurasjon i mm | 7 | 2026-09-01 | final | waiting | unread",
        ],
        reports: &[
            "MH-1001 | B-TB-IGRA antigen (CD4+ respons) | 0.04 x 10E3 IU/L | 2026-09-01 | final | waiting | shown-not-interpreted",
            "MH-1001 | B-TB-IGRA negativ kontroll | 0.01 x 10E3 IU/L | 2026-09-01 | final | waiting | shown-not-interpreted",
            "MH-1001 | B-TB-IGRA positiv kontroll | 9.8 x 10E3 IU/L | 2026-09-01 | final | waiting | shown-not-interpreted",
            "MH-1010 | Mantoux, indurasjon i mm | 7 mm | 2026-09-01 | final | waiting | unread",
        ],
    },
    Otherwise {
        why: "susceptibility is a code, shown by its name",
        tables: &["MH-1002 | Us-Rifampicin | S | 2026-08-20 | final | carried | shown-not-interpreted"],
        reports: &[
            "MH-1002 | Us-Rifampicin | Sensitiv | 2026-08-20 | final | carried | shown-not-interpreted",
        ],
    },
    Otherwise {
        why: "a report that has not answered is preliminary",
        tables: &["MH-1004 | B-TB-IGRA konklusjon |  | 2026-10-30 | final | waiting | unanswered"],
        reports: &["MH-1004 | B-TB-IGRA konklusjon |  | 2026-10-30 | preliminary | waiting | unanswered"],
    },
    Otherwise {
        why: "one report in four parts: what they said before the last, and what they said again",
        tables: &[],
        reports: &[
            "MH-1002 | Eksp-Mykobakterier | Positiv | 2026-08-20 | preliminary | superseded | positive",
            "MH-1002 | Eksp-Mykobakterier mikroskopi | Påvist | 2026-08-20 | preliminary | superseded | positive",
            "MH-1002 | Eksp-Mykobakterier mikroskopi | Påvist | 2026-08-20 | preliminary | duplicate | positive",
            "MH-1002 | Eksp-Mykobakterier mikroskopi | Påvist | 2026-08-20 | preliminary | duplicate | positive",
            "MH-1002 | Eksp-Mycobacterium tuberculosis kompleks DNA | Påvist | 2026-08-20 | preliminary | superseded | positive",
            "MH-1002 | Eksp-Mycobacterium tuberculosis kompleks DNA | Påvist | 2026-08-20 | preliminary | duplicate | positive",
            "MH-1002 | Eksp-Mycobacterium tuberculosis kompleks DNA (Rifampicinresistens) | Ikke påvist | 2026-08-20 | preliminary | superseded | negative",
            "MH-1002 | Eksp-Mycobacterium tuberculosis kompleks DNA (Rifampicinresistens) | Ikke påvist | 2026-08-20 | preliminary | duplicate | negative",
        ],
    },
    Otherwise {
        why: "what is not TB in a report is listed without its answer, and never carried",
        tables: &[],
        reports: &[
            "MH-1013 | P-HIV 1+2 antistoff |  | 2026-09-01 | final | not-tb | unread",
            "MH-1013 | P-Hepatitt B overflateantigen |  | 2026-09-01 | final | not-tb | unread",
        ],
    },
];

#[test]
fn reports_carry_what_the_tables_carry() -> Outcome {
    let (table, events) = both()?;
    let (carried, expected) = (results(&events)?, results(&table)?);
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    let told = |side: fn(&Otherwise) -> &'static [&'static str]| {
        sorted(TOLD_OTHERWISE.iter().flat_map(side).map(|line| (*line).to_owned()).collect())
    };
    let why = TOLD_OTHERWISE.map(|otherwise| otherwise.why).join("; ");
    assert_eq!(
        sorted(only_in(&expected, &carried)),
        told(|it| it.tables),
        "in the tables alone, but for: {why}"
    );
    assert_eq!(
        sorted(only_in(&carried, &expected)),
        told(|it| it.reports),
        "in the reports alone, but for: {why}"
    );
    Ok(())
}

/// Everything that left or was reported as texts, zips unpacked and PDFs read, by where it stands. Bundles are their
/// receivers'; what is in one is what would be in a zip or a message.
fn written(stage: &Stage) -> Outcome<Vec<(String, String)>> {
    let mut out = Vec::new();
    for folder in ["print", "outbox", "worklist", "reports"] {
        for (file, bytes) in stage.files(&format!("out/events-night/{folder}"))? {
            let mut inside = match file.rsplit('.').next() {
                Some("zip") => unpacked(&bytes)?,
                Some("xml") => attachments(&bytes)?,
                _ => Vec::new(),
            };
            inside.push((String::new(), bytes));
            for (name, bytes) in inside {
                let text = if name.is_empty() && file.ends_with(".xml") {
                    without_containers(&bytes)
                } else if bytes.starts_with(b"%PDF") {
                    words(&bytes)?.unwrap_or_default()
                } else {
                    String::from_utf8_lossy(&bytes).into_owned()
                };
                out.push((format!("{file} {name}"), text));
            }
        }
    }
    Ok(out)
}

/// A message without what is in its containers, where any three letters come by chance.
fn without_containers(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message);
    let parts = text.split("<Base64Container").enumerate();
    let kept = parts.map(|(at, part)| match part.split_once("</Base64Container>") {
        Some((_, after)) if at > 0 => after,
        Some(_) | None => part,
    });
    kept.collect()
}

/// What a message has in it beside its text.
fn attachments(message: &[u8]) -> Outcome<Vec<(String, Vec<u8>)>> {
    let text = String::from_utf8(message.to_vec())?;
    let parts = text.split("Base64Container").filter_map(|part| part.split_once('>')?.1.split('<').next());
    let decoded = parts.filter_map(|part| STANDARD.decode(part.split_whitespace().collect::<String>()).ok());
    let decoded = decoded.filter(|bytes| !bytes.is_empty());
    Ok((1..).zip(decoded).map(|(no, bytes)| (format!("attachment {no}"), bytes)).collect())
}

#[test]
fn no_answer_that_is_not_tb_leaves_the_house() -> Outcome {
    let stage = Stage::events_night()?;
    stage.run()?;
    let written = written(&stage)?;
    assert!(written.len() > 100, "{} texts", written.len());
    let read = |end: &str| {
        written.iter().filter(|(place, text)| place.contains(end) && text.contains("IGRA")).count()
    };
    assert!(
        words(b"").is_ok() || read(".pdf ") > 20 && read("attachment 1") > 0,
        "letters and attachments were read"
    );
    for (place, text) in written {
        let lines = text.lines().filter(|line| ["HIV", "Hepatitt"].iter().any(|word| line.contains(word)));
        // The account of the house lists them, without an answer.
        let listed = |line: &&str| place.contains("tb-results.csv") && line.contains(";not-tb;");
        assert_eq!(lines.filter(|line| !listed(line)).count(), 0, "{place}");
    }
    Ok(())
}

#[test]
fn every_message_of_the_events_night_is_valid_by_the_national_schemas() -> Outcome {
    messages_are_valid(Stage::events_night, "out/events-night/outbox")
}

/// The XML files of the sample below a name: of a folder, or of a zip.
fn sample(name: &str) -> Outcome<Vec<(String, Vec<u8>)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/events-night").join(name);
    if path.is_file() {
        return unpacked(&fs::read(path)?);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        files.push((path.display().to_string(), fs::read(&path)?));
    }
    Ok(files)
}

fn unpacked(bytes: &[u8]) -> Outcome<Vec<(String, Vec<u8>)>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut files = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content)?;
        files.push((file.name()?.into_owned(), content));
    }
    Ok(files)
}

/// Which documents `judge` refuses, and what it said.
fn refused(documents: &[(String, Vec<u8>)], judge: &mut Command) -> Outcome<(BTreeSet<String>, String)> {
    let place = tempfile::tempdir()?;
    for (no, (_, document)) in documents.iter().enumerate() {
        let path = place.path().join(format!("{no:04}.xml"));
        fs::write(&path, document)?;
        judge.arg(path);
    }
    let said = String::from_utf8_lossy(&judge.output()?.stderr).into_owned();
    let valid = |no: usize| said.contains(&format!("{no:04}.xml validates"));
    let refused =
        documents.iter().enumerate().filter(|(no, _)| !valid(*no)).map(|(_, (name, _))| name.clone());
    Ok((refused.collect(), said))
}

#[test]
fn the_sample_reports_are_valid_by_the_national_schema() -> Outcome {
    let Some(standards) = standards() else { return Ok(()) };
    let mut reports = sample("lab")?;
    reports.extend(sample("lab-rontgen.zip")?);
    reports.extend(sample("later")?);
    assert!(reports.len() > 50, "{} reports", reports.len());
    let (refused, said) = refused(&reports, Command::new("sh").arg(standards.join("xsd/validate.sh")))?;
    assert!(refused.is_empty(), "{refused:?}\n{said}");
    Ok(())
}

/// Documents that cannot be valid, and what shows so: the schema of version 1.4 has neither of the types and gradings.
const BEYOND_THE_SCHEMA: [(&str, &str); 5] = [
    ("dok-0032", "skjermet"),
    ("dok-0035", "endringIBostedsadresseVedKommuneregulering"),
    ("dok-0036", "endringINoeHeltNytt"),
    ("dok-0069", "<hendelsestype>"),
    ("dok-0080", "endringIBostedsadresseVedKommuneregulering"),
];

#[test]
fn the_sample_events_are_valid_by_the_schema_of_folkeregisteret() -> Outcome {
    let Some(standards) = standards() else { return Ok(()) };
    let mut files = sample("freg")?;
    files.extend(sample("freg-eldre.zip")?);
    let (start, end) = ("<dokumentForHendelse ", "</dokumentForHendelse>");
    let mut documents = Vec::new();
    for (_, bytes) in files {
        let text = String::from_utf8(bytes)?;
        for piece in text.split_inclusive(end).filter_map(|piece| piece.find(start).map(|at| &piece[at..])) {
            let id = piece.split("<dokumentidentifikator>").nth(1).and_then(|rest| rest.split('<').next());
            documents.push((id.ok_or("a document without an id")?.to_owned(), piece.as_bytes().to_vec()));
        }
    }
    assert!(documents.len() > 70, "{} documents", documents.len());
    let schema = standards.join("freg/Hendelsedokument_v1.4.xsd");
    let mut judge = Command::new("xmllint");
    judge.args(["--nonet", "--noout", "--schema"]).arg(schema);
    let (refused, said) = refused(&documents, &mut judge)?;
    let expected = BEYOND_THE_SCHEMA.map(|(id, _)| id.to_owned());
    assert_eq!(refused, BTreeSet::from(expected), "{said}");
    for (id, word) in BEYOND_THE_SCHEMA {
        let document = documents.iter().find(|(name, _)| name == id).ok_or(id)?;
        assert!(String::from_utf8_lossy(&document.1).contains(word), "{id}");
    }
    Ok(())
}
