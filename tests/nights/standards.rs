//! What left, judged by tools that are not ours: `xmllint` with the national schemas, and `unzip`.

use std::path::PathBuf;
use std::process::Command;

use crate::stage::{Outcome, Stage};

/// The folder of the standards, or none with a printed reason.
fn standards() -> Option<PathBuf> {
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

#[test]
fn every_message_is_valid_by_the_national_schemas() -> Outcome {
    let Some(standards) = standards() else { return Ok(()) };
    let stage = Stage::first_night()?;
    stage.run()?;
    let messages: Vec<PathBuf> =
        stage.files("out/nightly/outbox")?.keys().map(|name| stage.path(name)).collect();
    assert!(messages.len() >= 3, "the night sent messages");
    let judged = Command::new("sh").arg(standards.join("xsd/validate.sh")).args(&messages).output()?;
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
    Ok(())
}

#[test]
fn every_parcel_on_paper_opens() -> Outcome {
    if Command::new("unzip").arg("-v").output().is_err() {
        eprintln!("skipped: no unzip");
        return Ok(());
    }
    let stage = Stage::first_night()?;
    stage.run()?;
    let parcels: Vec<String> =
        stage.files("out/nightly")?.into_keys().filter(|name| name.ends_with(".zip")).collect();
    assert!(parcels.len() >= 10, "the night laid out letters");
    for parcel in parcels {
        let judged = Command::new("unzip").arg("-tqq").arg(stage.path(&parcel)).output()?;
        assert!(judged.status.success(), "{parcel}: {}", String::from_utf8_lossy(&judged.stdout));
    }
    Ok(())
}
