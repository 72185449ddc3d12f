//! A file of an input, read once more: found by the name under which it is shown.
//!
//! Names are shown with identity numbers masked, so that several files can have one name; each is handed on until
//! one is told to be the right one. Nothing clear needs to be remembered for that. Leaves out what is in the files.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

use super::many::{MOST_UNPACKED, ZIP_MARKS, files, inside, is_wanted};
use super::source::{self, Look};
use crate::job::{Location, Source};
use crate::person::mask_numbers;

/// Reads every file of an input that is shown by this name, until `found` says that it is the one; none where none is.
/// A file that cannot be read, or that changes meanwhile, is none.
pub fn find<T>(
    location: &Location,
    extension: &str,
    shown: &str,
    found: &mut dyn FnMut(&[u8]) -> Option<T>,
) -> Option<T> {
    let location = Location { shown: mask_numbers(&location.shown).into_owned(), ..location.clone() };
    candidates(&location, extension, shown).iter().find_map(|source| {
        if source.shown == shown {
            let loaded = source::load(source, Look::at(&source.path)).ok()?;
            return found(loaded.contents.bytes());
        }
        in_zip(source, extension, shown, found).ok().flatten()
    })
}

/// The files that are shown so, or that may be a zip with one that is. A folder is listed only where the name does
/// not tell the file: it may hold all reports of many years.
fn candidates(location: &Location, extension: &str, shown: &str) -> Vec<Source> {
    let may_hold = |source: &Source| {
        let rest = shown.strip_prefix(source.shown.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let folder = location.shown.trim_end_matches('/');
    let rest = shown.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/'));
    let named = rest.and_then(|rest| rest.split('/').next()).filter(|name| !name.contains(['*', '\\']));
    if let Some(name) = named.filter(|name| is_wanted(Path::new(name), extension)) {
        let path = location.path.join(name);
        if path.is_file() {
            return vec![super::many::source(path, inside(&location.shown, name))];
        }
    }
    files(location, extension).into_iter().filter(may_hold).collect()
}

/// Unpacks the files of a zip that are shown by this name, one at a time.
fn in_zip<T>(
    source: &Source,
    extension: &str,
    shown: &str,
    found: &mut dyn FnMut(&[u8]) -> Option<T>,
) -> io::Result<Option<T>> {
    let before = Look::at(&source.path).map_err(io::Error::other)?;
    let mut file = File::open(&source.path)?;
    let mut mark = [0; 4];
    file.read_exact(&mut mark)?;
    if !ZIP_MARKS.contains(&mark.as_slice()) {
        return Ok(None);
    }
    let mut archive = ZipArchive::new(BufReader::new(file))?;
    let names = archive.file_names().map(|name| name.map(Cow::into_owned)).collect::<Result<Vec<_>, _>>()?;
    let is_meant =
        |name: &&String| is_wanted(Path::new(name), extension) && inside(&source.shown, name) == shown;
    for name in names.iter().filter(is_meant) {
        let mut bytes = Vec::new();
        let entry = archive.by_name(name)?;
        entry.take(MOST_UNPACKED).read_to_end(&mut bytes)?;
        let same = Look::at(&source.path).is_ok_and(|after| after == before);
        if let Some(right) = found(&bytes).filter(|_| same) {
            return Ok(Some(right));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Cursor, Write};

    use zip::write::SimpleFileOptions;

    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn location(path: &Path) -> Location {
        Location { path: path.to_owned(), shown: "../lab/".to_owned() }
    }

    /// What every file of that name says, in order.
    fn all(location: &Location, shown: &str) -> Vec<String> {
        let mut said = Vec::new();
        let none: Option<()> = find(location, "xml", shown, &mut |bytes| {
            said.push(String::from_utf8_lossy(bytes).into_owned());
            None
        });
        assert_eq!(none, None);
        said
    }

    #[test]
    fn a_file_is_found_by_what_is_shown_of_its_name() -> Tested {
        let folder = tempfile::tempdir()?;
        for name in ["a.xml", "05849628625.xml", "*********25.xml", "note.txt", ".a.xml"] {
            fs::write(folder.path().join(name), name)?;
        }
        let lab = location(folder.path());
        assert_eq!(all(&lab, "../lab/a.xml"), ["a.xml"]);
        assert_eq!(all(&lab, "../lab/*********25.xml"), ["*********25.xml", "05849628625.xml"]);
        for other in
            ["../lab/b.xml", "../lab/note.txt", "../lab/.a.xml", "../lab", "a.xml", "../lab/../a.xml", ""]
        {
            assert_eq!(all(&lab, other), [""; 0], "{other}");
        }
        let second =
            find(&lab, "xml", "../lab/*********25.xml", &mut |bytes| bytes.starts_with(b"05").then_some(2));
        assert_eq!(second, Some(2));
        let alone = Location { path: folder.path().join("note.txt"), shown: "note.txt".to_owned() };
        assert_eq!(all(&alone, "note.txt"), ["note.txt"], "a file that the job names itself");
        Ok(())
    }

    #[test]
    fn a_file_in_a_zip_is_found_without_unpacking_the_others() -> Tested {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("all.xml");
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["x/b.xml", "05849628625.xml", "*********25.xml"] {
            zip.start_file(name, SimpleFileOptions::default())?;
            zip.write_all(name.as_bytes())?;
        }
        fs::write(&path, zip.finish()?.into_inner())?;
        let alone = Location { path, shown: "all.xml".to_owned() };
        for (place, before) in [(alone, "all.xml"), (location(folder.path()), "../lab/all.xml")] {
            assert_eq!(all(&place, &format!("{before}/x/b.xml")), ["x/b.xml"]);
            assert_eq!(all(&place, &format!("{before}/*********25.xml")).len(), 2);
            assert_eq!(all(&place, &format!("{before}/c.xml")), [""; 0]);
        }
        Ok(())
    }
}
