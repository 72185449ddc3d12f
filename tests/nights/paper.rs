//! Nights with paper: one file for an envelope, its pages in the packing list, and a municipality's own words.

use std::collections::BTreeMap;
use std::fs;

use crate::made;
use crate::stage::{Outcome, Stage, words};

const JOB: &str = "jobs/nightly.toml";
const JOURNALS: &str = "samples/first-night/journals";

type Row = BTreeMap<String, String>;

fn row(stage: &Stage, patient: &str, content: &str) -> Outcome<Row> {
    let mut rows = stage.rows("reconciliation.csv")?.into_iter();
    let found = rows.find(|row| row["patient_ref"] == patient && row["content"] == content);
    found.ok_or_else(|| format!("no {content} of {patient}").into())
}

/// The one file that lies in the tray for a transfer, and the pages the packing list says it has.
fn file(stage: &Stage, row: &Row) -> Outcome<(Vec<u8>, String)> {
    let id = &row["transfer_id"];
    let files: Vec<Vec<u8>> = stage
        .files("out/nightly/print")?
        .into_iter()
        .filter_map(|(name, bytes)| name.contains(id.as_str()).then_some(bytes))
        .collect();
    let [file] = files.try_into().map_err(|all: Vec<_>| format!("{} files", all.len()))?;
    let list = stage.rows("packing-list.csv")?.into_iter().find(|line| line["transfer_id"] == *id);
    Ok((file, list.ok_or("not in the packing list")?["pages"].clone()))
}

#[test]
fn a_journal_on_paper_is_one_file_with_every_document_in_its_order() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let line = row(&stage, "MH-1063", "journal")?;
    let (bytes, pages) = file(&stage, &line)?;
    // The letter, then a PDF of three, a text, a JPEG, a PNG, a fax of two and XML.
    assert_eq!(pages, "10");
    if let Some(text) = words(&bytes)? {
        let order = [
            "Overføring av journal",
            "Journalnotat, oppdiktet",
            "Vurdering, oppdiktet",
            "čáhci",
            "<svar>Nei</svar>",
        ];
        let places: Option<Vec<usize>> = order.iter().map(|words| text.find(words)).collect();
        assert!(places.is_some_and(|places| places.is_sorted()), "{text}");
        assert!(text.contains("01 journalnotat, 3 sider"), "{text}");
    }
    Ok(())
}

#[test]
fn a_document_that_is_damaged_locked_or_no_page_holds_its_journal_and_no_other() -> Outcome {
    let stage = Stage::first_night()?;
    let journal = stage.path(JOURNALS).join("MH-1063");
    let whole = made::pdf("Journalnotat", b"");
    let missing = String::from_utf8_lossy(&whole).replace("/Contents 5 0 R", "/Contents 9 0 R");
    let locked = String::from_utf8_lossy(&whole).replace("trailer<<", "trailer<</Encrypt 4 0 R");
    let rows: [(&str, &str, Vec<u8>, &str); 5] = [
        ("a page without its contents", "x.pdf", missing.into_bytes(), "bundle-incomplete"),
        ("locked", "x.pdf", locked.into_bytes(), "bundle-incomplete"),
        ("no picture", "x.png", b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82".to_vec(), "bundle-incomplete"),
        ("no page", "x.docx", b"PK\x03\x04 something".to_vec(), "attachment-format"),
        ("whole", "x.pdf", whole, ""),
    ];
    for (hour, (name, file, bytes, reason)) in (2..).zip(rows) {
        let path = journal.join(file);
        fs::write(&path, bytes)?;
        stage.play(&["run", JOB, "--now", &format!("2026-11-22T{hour:02}:00:00+01:00")])?.ends_with(0)?;
        let line = row(&stage, "MH-1063", "journal")?;
        let expected = if reason.is_empty() { "placed" } else { "held" };
        assert_eq!((line["state"].as_str(), line["reason_code"].as_str()), (expected, reason), "{name}");
        assert_eq!(row(&stage, "MH-1027", "journal")?["state"], "placed", "{name}: the others go on");
        fs::remove_file(path)?;
    }
    Ok(())
}

/// The same night in a municipality with words of its own.
fn with_templates(files: &[(&str, String)]) -> Outcome<Stage> {
    let stage = Stage::first_night()?;
    fs::create_dir(stage.path("jobs/brev"))?;
    for (name, text) in files {
        fs::write(stage.path("jobs/brev").join(name), text)?;
    }
    stage.edit(JOB, |job| job + "\n[letters]\ntemplates = \"brev\"\n")?;
    Ok(stage)
}

#[test]
fn a_municipality_has_its_own_words() -> Outcome {
    let stage = Stage::first_night()?;
    stage.play(&["templates", "maler"])?.ends_with(0)?;
    stage.play(&["templates", "maler"])?.ends_with(2)?;
    let words_nb = fs::read_to_string(stage.path("maler/words-nb.typ"))?;
    let own = words_nb.replace("Med hilsen", "Hilsen fra oss i bydelen");
    assert_ne!(own, words_nb);
    let stage = with_templates(&[("words-nb.typ", own)])?;
    stage.play(&["check", JOB])?.ends_with(0)?;
    stage.run()?;
    let (bytes, _) = file(&stage, &row(&stage, "MH-1001", "tb")?)?;
    if let Some(text) = words(&bytes)? {
        assert!(text.contains("Hilsen fra oss i bydelen"), "{text}");
    }
    Ok(())
}

#[test]
fn a_template_that_is_wrong_stops_the_night_before_anything_leaves() -> Outcome {
    for (name, text, told) in [
        ("letter.typ", "#let x = (\n", "letter.typ:"),
        ("brev2.typ", "", "brev2.typ"),
        ("letter.typ", "#read(\"/etc/passwd\")", "letter.typ:1:"),
    ] {
        let stage = with_templates(&[(name, text.to_owned())])?;
        let checked = stage.play(&["check", JOB])?.ends_with(2)?;
        assert!(format!("{}{}", checked.out, checked.err).contains(told), "{told}: {}", checked.out);
        let run = stage.play(&["run", JOB])?.ends_with(3)?;
        assert!(format!("{}{}", run.out, run.err).contains(told), "{told}: {} {}", run.out, run.err);
        assert!(
            stage.files("out/nightly/print")?.is_empty() && stage.files("out/nightly/outbox")?.is_empty()
        );
    }
    Ok(())
}
