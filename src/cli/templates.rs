//! `templates` on the command line: the program's templates, to be changed. Leaves out what they are (their README).

use std::path::Path;

use super::print::say;
use super::{Failure, Verdict};
use crate::durable;
use crate::press;

/// Writes every template into a folder; nothing where one of them lies there already.
pub(super) fn write(folder: &Path) -> Result<Verdict, Failure> {
    let usage = |error: durable::DurableError| Failure::Usage(error.to_string());
    if let Some((name, _)) = press::templates().find(|(name, _)| folder.join(name).exists()) {
        let what = format!("{} is there already; name a folder without it", folder.join(name).display());
        return Err(Failure::Usage(what));
    }
    durable::make_folder(folder).map_err(usage)?;
    let mut names = Vec::new();
    for (name, text) in press::templates() {
        durable::write_whole(&folder.join(name), text.as_bytes()).map_err(usage)?;
        names.push(name);
    }
    say(&format!(
        "{} files in {}: {}\n\
         Keep those you change in a folder of their own, name it in the job ([letters] templates = \"…\"), and run check.",
        names.len(),
        folder.display(),
        names.join(", ")
    ));
    Ok(Verdict::Done)
}
