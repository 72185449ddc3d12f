//! For tests: the national standards, which are no part of this project, and their schemas' verdict.
//!
//! They are looked for in `JOURNALFLYTT_STANDARDS`, else beside the project; a test that needs them and does not
//! find them says so and passes.

use std::io::{self, Write};
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
    let Some(folder) = folder() else { return Ok(None) };
    if Command::new("xmllint").arg("--version").output().is_err() {
        eprintln!("skipped: xmllint is not installed");
        return Ok(None);
    }
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(document)?;
    let output = Command::new("sh").arg(folder.join("xsd/validate.sh")).arg(file.path()).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(Some(if output.status.success() { Ok(()) } else { Err(said) }))
}
