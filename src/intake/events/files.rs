//! Streams of an input of events: a file, or each wanted file of a zip, never unpacked.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use crate::intake::many::{self, MOST_FILES, ZIP_MARKS, inside, is_wanted};
use crate::intake::source::{HeldFile, HeldWhy};
use crate::job::Source;

/// The most that comes out of one zip, bytes: it passes through, and is never together in memory.
const MOST_STREAMED: u64 = 8_000_000_000;

/// How much is read at a time, bytes.
const PIECE: usize = 256 * 1024;

/// Whether a stream could be read to where its reader stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Went {
    /// It could, whatever is in it.
    Well,
    /// The stream itself failed.
    Badly,
}

/// Gives each stream to `take`, with the name to show; zips in a zip are not opened, and are given back as held.
///
/// # Errors
/// [`HeldWhy`] when the input as a whole cannot be used; what was taken until then is worth nothing.
pub(super) fn each(
    source: &Source,
    extension: &str,
    take: &mut dyn FnMut(&str, &mut dyn BufRead) -> Went,
) -> Result<Vec<HeldFile>, HeldWhy> {
    let mut file = File::open(&source.path).map_err(|_| HeldWhy::Unreadable)?;
    if is_zip(&mut file).map_err(|_| HeldWhy::Unreadable)? {
        return each_of_zip(file, source, extension, take).map_err(|_| HeldWhy::Zip);
    }
    match take(&source.shown, &mut BufReader::with_capacity(PIECE, file)) {
        Went::Well => Ok(Vec::new()),
        Went::Badly => Err(HeldWhy::Unreadable),
    }
}

fn is_zip(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::new();
    file.by_ref().take(4).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(ZIP_MARKS.contains(&head.as_slice()))
}

fn each_of_zip(
    file: File,
    source: &Source,
    extension: &str,
    take: &mut dyn FnMut(&str, &mut dyn BufRead) -> Went,
) -> Result<Vec<HeldFile>, ZipError> {
    let refused = || ZipError::InvalidArchive("more than is read of one zip, or broken".into());
    let mut archive = ZipArchive::new(BufReader::new(file))?;
    if archive.len() > MOST_FILES {
        return Err(refused());
    }
    let (mut left, mut nested) = (MOST_STREAMED, Vec::new());
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at)?;
        let name = entry.name()?.into_owned();
        if !entry.is_dir() && many::is_zip(Path::new(&name)) {
            nested.push(HeldFile::nested(inside(&source.shown, &name)));
        }
        if entry.is_dir() || !is_wanted(Path::new(&name), extension) {
            continue;
        }
        let mut stream = BufReader::with_capacity(PIECE, Bounded { source: &mut entry, left: &mut left });
        let went = take(&inside(&source.shown, &name), &mut stream);
        // What its reader left is read as well: the archive's own sum is checked at the end only.
        if went == Went::Badly || io::copy(&mut stream, &mut io::sink()).is_err() {
            return Err(refused());
        }
    }
    Ok(nested)
}

/// A source that fails when the zip gives more than is read of one.
struct Bounded<'a, R> {
    source: R,
    left: &'a mut u64,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(out)?;
        *self.left = self.left.checked_sub(read as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}
