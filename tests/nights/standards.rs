//! What left, judged by tools that are not ours: `xmllint` with the national schemas, `unzip` and `qpdf`.

use std::path::PathBuf;
use std::process::Command;

use journalflytt::person::{Environment, IdType, parse_id};

use crate::stage::{Outcome, Stage};

/// The folder of the standards, or none with a printed reason.
pub(crate) fn standards() -> Option<PathBuf> {
    let named = std::env::var_os("JOURNALFLYTT_STANDARDS").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/standards");
    let folder = named.unwrap_or(beside);
    let has_tool = Command::new("xmllint").arg("--version").output().is_ok();
    if folder.join("xsd/validate.sh").exists() && has_tool {
        folder.canonicalize().ok()
    } else {
        eprintln!("skipped: no national schemas at {} or no xmllint", folder.display());
        None
    }
}

/// Plays a night and has every message of its outbox judged; skipped with a printed reason where nobody can judge.
pub(crate) fn messages_are_valid(night: impl FnOnce() -> Outcome<Stage>, outbox: &str) -> Outcome {
    let Some(standards) = standards() else { return Ok(()) };
    let stage = night()?;
    stage.run()?;
    let messages: Vec<PathBuf> = stage.files(outbox)?.keys().map(|name| stage.path(name)).collect();
    assert!(messages.len() >= 3, "the night sent messages");
    let judged = Command::new("sh").arg(standards.join("xsd/validate.sh")).args(&messages).output()?;
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    Ok(())
}

#[test]
fn every_message_is_valid_by_the_national_schemas() -> Outcome {
    messages_are_valid(Stage::first_night, "out/nightly/outbox")
}

#[test]
fn every_parcel_for_people_opens() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    for (end, most, tool) in [(".zip", 2, ["unzip", "-tqq"]), (".pdf", 30, ["qpdf", "--check"])] {
        if Command::new(tool[0]).arg("--version").output().is_err() {
            eprintln!("skipped: no {}", tool[0]);
            continue;
        }
        let parcels: Vec<String> =
            stage.files("out/nightly")?.into_keys().filter(|name| name.ends_with(end)).collect();
        assert!(parcels.len() >= most, "the night laid out {}: {}", end, parcels.len());
        for parcel in parcels {
            let judged = Command::new(tool[0]).arg(tool[1]).arg(stage.path(&parcel)).output()?;
            assert!(judged.status.success(), "{parcel}: {}", String::from_utf8_lossy(&judged.stdout));
        }
    }
    Ok(())
}

#[test]
fn every_published_number_is_read_as_what_it_is() -> Outcome {
    let Some(standards) = standards() else { return Ok(()) };
    let text = std::fs::read_to_string(standards.join("ids/synthetic_ids.csv"))?;
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).ok_or("a day")?;
    let mut seen = 0;
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(';').collect();
        let [number, kind, old_rule, new_rule, ..] = cells[..] else {
            return Err("a row of the vectors".into());
        };
        let read = parse_id(number, None, Environment::Test, today).map(|parsed| parsed.id.kind());
        let expected = match kind {
            "UGYLDIG" => None,
            "HNR eller NAV-syntetisk" => Some(IdType::Fnr),
            code => IdType::from_code(code),
        };
        assert_eq!(read.ok(), expected, "row {}: {kind}", seen + 2);
        assert!(expected.is_none() || kind == "DUF" || new_rule == "ja" || old_rule == "ja");
        seen += 1;
    }
    assert!(seen >= 29, "every vector was read");
    Ok(())
}
