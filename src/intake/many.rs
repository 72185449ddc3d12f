//! An input of many files: a folder or a zip of them, or one alone. A zip may lie in a folder, and no zip in a zip.
//!
//! Each file stands for itself: one that cannot be used takes no other with it. Nothing of a zip is unpacked to
//! disk, and no name in it is used for more than being shown. Leaves out what the files say.

use std::fs;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;
use zip::result::ZipError;

use super::source::{HeldFile, HeldWhy, Loaded};
use crate::job::{Location, Source};
use crate::person::mask_numbers;
use crate::tabular::Form;

/// The most files of one input.
pub(super) const MOST_FILES: usize = 1_000_000;

/// The most that comes out of one zip, bytes.
pub(super) const MOST_UNPACKED: u64 = 500_000_000;

/// What a zip begins with: a file's header, or the end of one that is empty.
pub(super) const ZIP_MARKS: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// The files of an input: those in a folder with this extension and its zips, in the order of their names, else the
/// input itself. So is a folder that cannot be listed or has too many; it is held as it cannot be read.
pub fn files(location: &Location, extension: &str) -> Vec<Source> {
    match listed(&location.path, extension) {
        Some(paths) => paths.into_iter().map(|path| named(location, path)).collect(),
        None => vec![source(location.path.clone(), location.shown.clone())],
    }
}

fn listed(folder: &Path, extension: &str) -> Option<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).ok()? {
        let path = entry.ok()?.path();
        if is_wanted(&path, extension) || is_zip(&path) {
            paths.push(path);
        }
        if paths.len() > MOST_FILES {
            return None;
        }
    }
    paths.sort();
    Some(paths)
}

/// A file of this extension that is not hidden.
pub(super) fn is_wanted(path: &Path, extension: &str) -> bool {
    let hidden = path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    !hidden && path.extension().is_some_and(|own| own.eq_ignore_ascii_case(extension))
}

/// A file that calls itself a zip.
pub(super) fn is_zip(path: &Path) -> bool {
    is_wanted(path, "zip")
}

/// What was found in an input, and how many files lie beside it that nobody asked for: neither hidden, nor zips, nor
/// of one of these extensions. They are no fault, and whoever put them there should see that they were passed over.
pub fn with_others(found: String, location: &Location, extensions: &[&str]) -> String {
    let Ok(folder) = fs::read_dir(&location.path) else { return found };
    let is_read = |path: &Path| is_zip(path) || extensions.iter().any(|own| is_wanted(path, own));
    let is_hidden =
        |path: &Path| path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    let others =
        folder.flatten().map(|entry| entry.path()).filter(|path| !is_read(path) && !is_hidden(path)).count();
    if others == 0 { found } else { format!("{found}; {others} other files in the folder, not read") }
}

fn named(location: &Location, path: PathBuf) -> Source {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    source(path, inside(&location.shown, &name))
}

/// A file in another as it is shown.
pub(super) fn inside(shown: &str, name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    format!("{}/{}", shown.trim_end_matches('/'), mask_numbers(&name))
}

pub(super) fn source(path: PathBuf, shown: String) -> Source {
    Source { path, shown, form: Form::default(), expected_minimum: 0 }
}

/// Gives a loaded file to `take`, or each file of this extension in it where it is a zip, in the order of their names.
/// A zip in it is held by its name: what nobody looks into may hold anything. The zip is gone through whole before
/// anything of it is given, and then one file is in memory at a time, cut one byte after `largest`, which makes it too
/// large for whoever reads it.
///
/// # Errors
/// [`HeldFile`] for a zip that cannot be unpacked whole: then none of it was given.
pub fn unpacked(
    source: &Source,
    loaded: Loaded,
    (extension, largest): (&str, usize),
    take: &mut dyn FnMut(Result<Loaded, HeldFile>),
) -> Result<(), HeldFile> {
    let bytes = loaded.contents.bytes();
    if !ZIP_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
        take(Ok(loaded));
        return Ok(());
    }
    let held = |_| HeldFile::whole(source, HeldWhy::Zip, Default::default());
    let (mut archive, members) = members(bytes, extension).map_err(held)?;
    for Member { name, at, is_zip } in members {
        let shown = inside(&loaded.shown, &name);
        if is_zip {
            take(Err(HeldFile::nested(shown)));
        } else {
            let contents = contents(&mut archive, at, largest).map_err(held)?;
            take(Ok(Loaded::of(shown, contents)));
        }
    }
    Ok(())
}

/// A file of a zip that somebody asks for, or a zip in it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Member {
    name: String,
    at: usize,
    is_zip: bool,
}

type Archive<'a> = ZipArchive<Cursor<&'a [u8]>>;

/// The wanted files of a zip and the zips in it, in the order of their names. Each has been read to its end and its sum
/// checked; nothing of it is kept.
fn members<'a>(bytes: &'a [u8], extension: &str) -> Result<(Archive<'a>, Vec<Member>), ZipError> {
    let too_much = || ZipError::InvalidArchive("more than is read of one zip".into());
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    if archive.len() > MOST_FILES {
        return Err(too_much());
    }
    let (mut members, mut left) = (Vec::new(), MOST_UNPACKED);
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at)?;
        let name = entry.name()?.into_owned();
        let is_zip = is_zip(Path::new(&name));
        if entry.is_dir() || !(is_zip || is_wanted(Path::new(&name), extension)) {
            continue;
        }
        if !is_zip {
            let read = io::copy(&mut entry.by_ref().take(left + 1), &mut io::sink())?;
            left = left.checked_sub(read).ok_or_else(too_much)?;
        }
        members.push(Member { name, at, is_zip });
    }
    members.sort();
    Ok((archive, members))
}

/// What is in a file of a zip, cut one byte after the largest.
fn contents(archive: &mut Archive<'_>, at: usize, largest: usize) -> Result<Vec<u8>, ZipError> {
    let mut contents = Vec::new();
    archive.by_index(at)?.take(largest as u64 + 1).read_to_end(&mut contents)?;
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::time::Duration;

    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::intake::source::load_all;

    /// The largest file of the kind that is read here.
    const LARGEST: usize = 1000;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn location(path: &Path) -> Location {
        Location { path: path.to_owned(), shown: "../cpp/".to_owned() }
    }

    /// What is shown of each file with its contents, or why it is held.
    fn found(path: &Path) -> Vec<(String, String)> {
        let sources = files(&location(path), "xml");
        let plain: Vec<&Source> = sources.iter().collect();
        let loaded = load_all(&plain, Duration::ZERO);
        let mut found = Vec::new();
        for (source, loaded) in sources.iter().zip(loaded) {
            let mut given = Vec::new();
            let mut take = |one: Result<Loaded, HeldFile>| {
                given.push(match one {
                    Ok(file) => (file.shown, String::from_utf8_lossy(file.contents.bytes()).into_owned()),
                    Err(held) => (held.file.clone(), held.text()),
                });
            };
            let read = loaded.and_then(|loaded| unpacked(source, loaded, ("xml", LARGEST), &mut take));
            found.extend(given);
            found.extend(read.err().map(|held| (held.file.clone(), held.text())));
        }
        found
    }

    fn pair(shown: &str, said: &str) -> (String, String) {
        (shown.to_owned(), said.to_owned())
    }

    #[test]
    fn a_folder_is_its_files_by_name() -> Tested {
        let folder = tempfile::tempdir()?;
        for name in ["b.xml", "a.XML", ".hidden.xml", "note.txt", "05849628625.xml"] {
            fs::write(folder.path().join(name), name)?;
        }
        fs::create_dir(folder.path().join("c.xml"))?;
        let expected = [
            pair("../cpp/*********25.xml", "05849628625.xml"),
            pair("../cpp/a.XML", "a.XML"),
            pair("../cpp/b.xml", "b.xml"),
            pair("../cpp/c.xml", "the file cannot be read"),
        ];
        assert_eq!(found(folder.path()), expected);
        assert_eq!(found(&folder.path().join("none")), [pair("../cpp/", "the file is not there")]);
        assert_eq!(found(&folder.path().join("b.xml")), [pair("../cpp/", "b.xml")], "one file is itself");
        Ok(())
    }

    #[test]
    fn a_zip_is_its_files_by_name_or_held_whole() -> Tested {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("all.zip");
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["x/b.xml", "../a.xml", "readme.txt"] {
            zip.start_file(name, SimpleFileOptions::default())?;
            zip.write_all(name.as_bytes())?;
        }
        let bytes = zip.finish()?.into_inner();
        fs::write(&path, &bytes)?;
        assert_eq!(found(&path), [pair("../cpp/../a.xml", "../a.xml"), pair("../cpp/x/b.xml", "x/b.xml")]);
        fs::write(&path, &bytes[..bytes.len() / 2])?;
        assert_eq!(found(&path), [pair("../cpp/", "the zip cannot be unpacked")]);
        Ok(())
    }

    #[test]
    fn a_zip_in_a_folder_is_read_and_one_in_a_zip_is_held() -> Tested {
        let folder = tempfile::tempdir()?;
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in ["a.xml", "inner.zip"] {
            zip.start_file(name, SimpleFileOptions::default())?;
            zip.write_all(name.as_bytes())?;
        }
        fs::write(folder.path().join("x.ZIP"), zip.finish()?.into_inner())?;
        fs::write(folder.path().join("y.zip"), "no zip")?;
        fs::write(folder.path().join("b.xml"), "b")?;
        for other in ["note.txt", "feed.json", ".hidden"] {
            fs::write(folder.path().join(other), "")?;
        }
        let expected = [
            pair("../cpp/b.xml", "b"),
            pair("../cpp/x.ZIP/a.xml", "a.xml"),
            pair("../cpp/x.ZIP/inner.zip", "a zip in a zip is not read; unpack the outer one"),
            pair("../cpp/y.zip", "no zip"),
        ];
        assert_eq!(found(folder.path()), expected);
        let told = |extensions: &[&str]| with_others("3".to_owned(), &location(folder.path()), extensions);
        assert_eq!(told(&["xml"]), "3; 2 other files in the folder, not read");
        assert_eq!(told(&["xml", "json"]), "3; 1 other files in the folder, not read");
        assert_eq!(told(&["xml", "json", "txt"]), "3");
        Ok(())
    }

    #[test]
    fn of_a_zip_one_file_is_in_memory_at_a_time_and_never_more_than_the_largest_of_its_kind() -> Tested {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("all.zip");
        let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for no in 0..50 {
            zip.start_file(format!("{no:02}.xml"), options)?;
            zip.write_all(&[b'a' + no % 20; 2 * LARGEST])?;
        }
        let mut bytes = zip.finish()?.into_inner();
        fs::write(&path, &bytes)?;
        let cut: Vec<usize> = found(&path).iter().map(|(_, said)| said.len()).collect();
        assert_eq!(cut, [LARGEST + 1; 50], "each for itself, cut where its reader refuses it");
        // A fault in the last one, behind where anything is cut.
        let last = bytes.windows(2).rposition(|two| two == [b'j'; 2]).ok_or("the last file")?;
        bytes[last] = b'x';
        fs::write(&path, &bytes)?;
        assert_eq!(found(&path), [pair("../cpp/", "the zip cannot be unpacked")], "none of it was given");
        Ok(())
    }
}
