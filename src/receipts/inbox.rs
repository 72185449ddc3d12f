//! The inbox folder: which files are whole, and their bytes.
//!
//! Plain files only, in the order of their names; hidden files and folders are others' business. A file that was
//! written just now is looked at twice. Leaves out what a file says.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::ReceiptsError;
use crate::clock;
use crate::id::Digest;
use crate::person::mask_numbers;

/// The most that is read of one file, bytes: a receipt has a few thousand, a list some hundred for each line.
pub const MOST_BYTES: u64 = 20_000_000;

/// The files of an inbox.
#[derive(Debug, Default)]
pub struct Listing {
    /// Files that are whole.
    pub ready: Vec<PathBuf>,
    /// Names of files that are still being written, identity numbers masked.
    pub waiting: Vec<String>,
    /// What could not be looked at.
    pub trouble: Vec<ReceiptsError>,
}

/// A file's bytes, and what it is remembered by.
#[derive(Debug)]
pub struct Letter {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Their digest.
    pub digest: Digest,
}

/// A file's name, fit to be shown.
pub fn shown(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    mask_numbers(&name).into_owned()
}

/// Size and time: what must not change while a file is whole.
type Look = (u64, Option<SystemTime>);

/// Lists an inbox. Files older than `settle` are whole; if there are younger ones, that much time passes once, and
/// those that did not change are whole too.
pub fn list(inbox: &Path, settle: Duration) -> Listing {
    list_with(inbox, settle, || clock::wait(settle))
}

fn list_with(inbox: &Path, settle: Duration, let_time_pass: impl FnOnce()) -> Listing {
    let mut listing = Listing::default();
    let mut young = Vec::new();
    for path in names(inbox, &mut listing.trouble) {
        match look(&path) {
            Ok(None) => {}
            Ok(Some((_, time))) if is_old(time, settle) => listing.ready.push(path),
            Ok(Some(seen)) => young.push((path, seen)),
            Err(trouble) => listing.trouble.push(trouble),
        }
    }
    if !young.is_empty() {
        let_time_pass();
    }
    for (path, seen) in young {
        match look(&path) {
            Ok(Some(now)) if now == seen => listing.ready.push(path),
            Ok(_changed) => listing.waiting.push(shown(&path)),
            Err(trouble) => listing.trouble.push(trouble),
        }
    }
    listing.ready.sort();
    listing
}

/// Everything in the folder that is not hidden, by name.
fn names(inbox: &Path, trouble: &mut Vec<ReceiptsError>) -> Vec<PathBuf> {
    let entries = match fs::read_dir(inbox) {
        Ok(entries) => entries,
        Err(cause) => {
            trouble.push(ReceiptsError::Listing(cause));
            return Vec::new();
        }
    };
    let mut paths = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) if is_hidden(entry.file_name().as_encoded_bytes()) => {}
            Ok(entry) => paths.push(entry.path()),
            Err(cause) => trouble.push(ReceiptsError::Listing(cause)),
        }
    }
    paths.sort();
    paths
}

/// Hidden files, and the mark that Excel lays beside a file while somebody has it open.
fn is_hidden(name: &[u8]) -> bool {
    name.starts_with(b".") || name.starts_with(b"~$")
}

/// Looks at a plain file without opening it; none for a folder, and for what has gone meanwhile.
fn look(path: &Path) -> Result<Option<Look>, ReceiptsError> {
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(ReceiptsError::Reading { file: shown(path), cause }),
    };
    if found.is_dir() {
        return Ok(None);
    }
    if !found.is_file() {
        return Err(ReceiptsError::NotAFile { file: shown(path) });
    }
    Ok(Some((found.len(), found.modified().ok())))
}

fn is_old(time: Option<SystemTime>, settle: Duration) -> bool {
    time.and_then(clock::age_of).is_some_and(|age| age >= settle)
}

/// Reads a file whole, within the limit.
///
/// # Errors
/// [`ReceiptsError`] when it is too large or the system will not give it.
pub fn read(path: &Path) -> Result<Letter, ReceiptsError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|cause| ReceiptsError::Reading { file: shown(path), cause })?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(ReceiptsError::TooLarge { file: shown(path), limit: MOST_BYTES });
    }
    let digest = Digest::of(&bytes);
    Ok(Letter { bytes, digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn written(path: &Path, ago: Duration) -> std::io::Result<()> {
        fs::write(path, b"x")?;
        let time = fs::metadata(path)?.modified()?;
        File::options().write(true).open(path)?.set_modified(time - ago)
    }

    #[test]
    fn plain_files_are_listed_by_name_and_nothing_else() -> Tested {
        let inbox = tempfile::tempdir()?;
        let at = |name: &str| inbox.path().join(name);
        for name in ["b.xml", "a.xml", ".hidden", "05849628625.xml"] {
            written(&at(name), Duration::from_secs(60))?;
        }
        fs::create_dir(at("archive"))?;
        #[cfg(unix)]
        std::os::unix::fs::symlink(at("a.xml"), at("link.xml"))?;
        let listing = list(inbox.path(), Duration::from_secs(2));
        assert_eq!(listing.ready, [at("05849628625.xml"), at("a.xml"), at("b.xml")]);
        assert_eq!(listing.waiting, [""; 0]);
        let trouble: Vec<String> = listing.trouble.iter().map(ToString::to_string).collect();
        #[cfg(unix)]
        assert_eq!(trouble, ["link.xml is no plain file and is left alone"]);
        assert_eq!(shown(&at("05849628625.xml")), "*********25.xml");
        Ok(())
    }

    #[test]
    fn a_file_that_grows_waits_and_a_young_one_that_does_not_is_read() -> Tested {
        let inbox = tempfile::tempdir()?;
        let (growing, still) = (inbox.path().join("growing.csv"), inbox.path().join("still.xml"));
        written(&growing, Duration::ZERO)?;
        written(&still, Duration::ZERO)?;
        let mut grown = Ok(());
        let listing = list_with(inbox.path(), Duration::from_secs(60), || grown = fs::write(&growing, b"xx"));
        grown?;
        assert_eq!(listing.ready, [still]);
        assert_eq!(listing.waiting, ["growing.csv"]);
        Ok(())
    }

    #[test]
    fn an_inbox_that_is_not_there_is_said_so() -> Tested {
        let folder = tempfile::tempdir()?;
        let listing = list(&folder.path().join("inbox"), Duration::ZERO);
        assert!(matches!(listing.trouble.as_slice(), [ReceiptsError::Listing(_)]));
        Ok(())
    }

    #[test]
    fn a_file_too_large_for_a_receipt_is_left_alone() -> Tested {
        let inbox = tempfile::tempdir()?;
        let path = inbox.path().join("huge.xml");
        File::create(&path)?.set_len(MOST_BYTES + 1)?;
        assert!(matches!(read(&path), Err(ReceiptsError::TooLarge { .. })));
        File::options().write(true).open(&path)?.set_len(3)?;
        assert_eq!(read(&path).map(|letter| letter.bytes).ok(), Some(vec![0; 3]));
        Ok(())
    }
}
