//! For tests: the national standards, which are no part of this project, and their schemas' verdict.
//!
//! They are looked for in `JOURNALFLYTT_STANDARDS`, else beside the project; a test that needs them and does not
//! find them says so and passes.

use std::io;
use std::path::PathBuf;
use std::process::Command;

/// The folder of the standards.
pub(crate) fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("JOURNALFLYTT_STANDARDS").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/standards");
    let found = given.into_iter().chain([beside]).find(|folder| folder.is_dir());
    if found.is_none() {
        eprintln!("skipped: the national standards are not here (JOURNALFLYTT_STANDARDS)");
    }
    found
}

/// What the schemas say of a message; none where the standards or `xmllint` are missing.
pub(crate) fn validate(document: &[u8]) -> io::Result<Option<Result<(), String>>> {
    validate_all(&[("message".to_owned(), document.to_owned())])
}

/// What the schemas say of many messages, each with a name, in one call: most of its time is the schemas'. What
/// they say begins with the names of the messages they refuse.
pub(crate) fn validate_all(documents: &[(String, Vec<u8>)]) -> io::Result<Option<Result<(), String>>> {
    let Some(schemas) = folder() else { return Ok(None) };
    if Command::new("xmllint").arg("--version").output().is_err() {
        eprintln!("skipped: xmllint is not installed");
        return Ok(None);
    }
    let place = tempfile::tempdir()?;
    let mut command = Command::new("sh");
    command.arg(schemas.join("xsd/validate.sh"));
    for (no, (_, document)) in documents.iter().enumerate() {
        let path = place.path().join(format!("{no:06}.xml"));
        std::fs::write(&path, document)?;
        command.arg(path);
    }
    let output = command.output()?;
    if output.status.success() {
        return Ok(Some(Ok(())));
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let refused: Vec<&str> = (0..)
        .zip(documents)
        .filter(|(no, _)| !said.contains(&format!("{no:06}.xml validates")))
        .map(|(_, (name, _))| name.as_str())
        .collect();
    Ok(Some(Err(format!("{}: {said}", refused.join(", ")))))
}
