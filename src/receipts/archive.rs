//! Moves away what was read, once the ledger has it.
//!
//! Only where the job names an archive. A file is moved only as long as it is the one that was read, never over
//! another one, and its failing to move harms nothing: it is known by its digest. Leaves out when to throw it away.

use std::io;
use std::path::{Path, PathBuf};

use super::{Inbox, ReceiptsError, inbox};
use crate::durable::{self, DurableError};
use crate::id::Digest;
use crate::job::ReceiptSettings;

/// Moves every file that was read, tonight or before. Gives what could not be moved.
pub fn archive(settings: &ReceiptSettings, inbox: &Inbox) -> Vec<ReceiptsError> {
    let Some(archive) = settings.archive.as_deref() else { return Vec::new() };
    let read = inbox.reads.iter().map(|file| (&file.path, file.digest));
    let known = inbox.known.iter().map(|(path, digest)| (path, *digest));
    read.chain(known).filter_map(|(path, digest)| put_away(path, digest, archive).err()).collect()
}

fn put_away(path: &Path, digest: Digest, archive: &Path) -> Result<(), ReceiptsError> {
    // What came under the same name since is read the next time.
    if inbox::read(path)?.digest != digest {
        return Ok(());
    }
    let failed =
        |error: DurableError| ReceiptsError::Archiving { file: inbox::shown(path), cause: error.cause };
    durable::make_folder(archive).map_err(failed)?;
    let to = free_name(path, digest, archive);
    match durable::rename(path, &to) {
        Err(error) if error.cause.kind() == io::ErrorKind::CrossesDevices => {
            durable::copy_whole(path, &to).and_then(|_| durable::remove(path)).map(|_| ())
        }
        moved => moved,
    }
    .map_err(failed)
}

/// The file's own name, or that with its digest before it where the name is taken.
fn free_name(path: &Path, digest: Digest, archive: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default();
    let to = archive.join(name);
    if !to.exists() {
        return to;
    }
    let mut longer = std::ffi::OsString::from(format!("{digest}-"));
    longer.push(name);
    archive.join(longer)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn what_was_read_is_moved_and_what_came_since_is_not() -> Tested {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        let mut found = Inbox::default();
        for (name, bytes) in [("a.xml", b"one"), ("b.xml", b"two")] {
            fs::write(at(name), bytes)?;
            found.known.push((at(name), Digest::of(bytes)));
        }
        fs::write(at("b.xml"), b"newer")?;
        let mut settings = ReceiptSettings { inbox: folder.path().to_owned(), archive: None };
        assert_eq!(archive(&settings, &found).len(), 0, "no archive named");
        assert!(at("a.xml").exists());
        settings.archive = Some(at("archive"));
        assert_eq!(archive(&settings, &found).len(), 0);
        assert!(!at("a.xml").exists());
        assert_eq!(fs::read(at("archive/a.xml"))?, b"one");
        assert_eq!(fs::read(at("b.xml"))?, b"newer", "not the one that was read");
        Ok(())
    }

    #[test]
    fn an_archive_overwrites_nothing() -> Tested {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("archive"))?;
        fs::write(at("archive/a.xml"), b"older")?;
        fs::write(at("a.xml"), b"one")?;
        let digest = Digest::of(b"one");
        let found = Inbox { known: vec![(at("a.xml"), digest)], ..Inbox::default() };
        let settings = ReceiptSettings { inbox: folder.path().to_owned(), archive: Some(at("archive")) };
        assert_eq!(archive(&settings, &found).len(), 0);
        assert_eq!(fs::read(at("archive/a.xml"))?, b"older");
        assert_eq!(fs::read(at("archive").join(format!("{digest}-a.xml")))?, b"one");
        let trouble = archive(&settings, &found);
        assert!(matches!(trouble.as_slice(), [ReceiptsError::Reading { .. }]), "gone meanwhile");
        Ok(())
    }
}
