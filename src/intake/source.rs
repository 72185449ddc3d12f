//! Input files: used only when they are whole and nobody is writing them any more (rules § 1).
//!
//! A file that is held gives no row. Its bytes are kept beside the reason, since a grading that can be read in
//! it still counts (`salvage`). Leaves out what the columns mean.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, SystemTime};

use thiserror::Error;

use crate::clock;
use crate::id::Digest;
use crate::job::Source;
use crate::message::freg::feed::FeedFault;
use crate::tabular::{self, Columns, Fault, Table};
use crate::xml::XmlFault;

/// The most that is read of one input, bytes: some five million rows of an extract.
const MOST_BYTES: u64 = 500_000_000;

/// The bytes of an input. Never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Contents(Vec<u8>);

impl Contents {
    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contents({} bytes)", self.0.len())
    }
}

/// A file read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The path as the job writes it.
    pub shown: String,
    /// What is in it.
    pub contents: Contents,
    /// Its SHA-256.
    pub digest: Digest,
}

impl Loaded {
    /// A file whose bytes are at hand.
    pub(super) fn of(shown: String, bytes: Vec<u8>) -> Self {
        let digest = Digest::of(&bytes);
        Loaded { shown, contents: Contents(bytes), digest }
    }
}

/// A file that is not used tonight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldFile {
    /// The path as the job writes it.
    pub file: String,
    /// The line of the trouble, from 1; 0 when it is the file as a whole.
    pub line: u64,
    /// The column of the trouble, from 1; 0 when it is the file as a whole.
    pub column: u64,
    /// Why.
    pub why: HeldWhy,
    /// What could be read of it.
    pub contents: Contents,
}

impl HeldFile {
    pub(super) fn whole(source: &Source, why: HeldWhy, contents: Contents) -> Self {
        HeldFile { file: source.shown.clone(), line: 0, column: 0, why, contents }
    }

    /// A zip in a zip.
    pub(super) fn nested(file: String) -> Self {
        HeldFile { file, line: 0, column: 0, why: HeldWhy::ZipInZip, contents: Contents::default() }
    }

    /// The reason in words.
    pub fn text(&self) -> String {
        self.why.to_string()
    }
}

/// Why a file is held.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HeldWhy {
    /// It is not there.
    #[error("the file is not there")]
    Missing,
    /// It is no plain file, or the system refuses to read it.
    #[error("the file cannot be read")]
    Unreadable,
    /// It is larger than any input is, so that reading it would take the machine's memory.
    #[error("the file is larger than {MOST_BYTES} bytes, the most that is read of one input")]
    TooLarge,
    /// It changed while it was looked at.
    #[error("the file is still being written")]
    Growing,
    /// It was whole when it was read, and something else when it was looked at again.
    #[error("the file changed after it was read; of who became known tonight nothing more is taken from it")]
    Changed,
    /// A zip in a zip, which is not opened.
    #[error("a zip in a zip is not read; unpack the outer one")]
    ZipInZip,
    /// It is a zip that is cut short, holds too much, or is of a kind that is not read.
    #[error("the zip cannot be unpacked")]
    Zip,
    /// It is cut off, wrongly encoded or not what the job says it is.
    #[error("{0}")]
    NotWhole(Fault),
    /// It is event documents, and not readable as such.
    #[error("not readable XML: {0}")]
    Xml(XmlFault),
    /// It should be event documents, and none is in it.
    #[error("the file holds no event document (dokumentForHendelse)")]
    NoEvents,
    /// It should be an event feed, and cannot be read as one.
    #[error("{0}")]
    Feed(FeedFault),
    /// It is suspiciously small.
    #[error("the file has {found} records, fewer than the {expected} expected")]
    TooFew {
        /// Records in the file.
        found: u64,
        /// The job's `expected_minimum`.
        expected: u64,
    },
}

/// A file's size and time at one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    length: u64,
    modified: SystemTime,
}

impl Look {
    pub(super) fn at(path: &Path) -> Result<Self, HeldWhy> {
        let metadata = fs::metadata(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => HeldWhy::Missing,
            _ => HeldWhy::Unreadable,
        })?;
        // A pipe or a device could keep the night waiting for ever.
        if !metadata.is_file() {
            return Err(HeldWhy::Unreadable);
        }
        Look::of(&metadata)
    }

    fn of(metadata: &Metadata) -> Result<Self, HeldWhy> {
        let modified = metadata.modified().map_err(|_| HeldWhy::Unreadable)?;
        Ok(Look { length: metadata.len(), modified })
    }

    /// Whether the file was written so lately, or in the future, that it may still be growing.
    fn is_young(&self, settle: Duration) -> bool {
        clock::age_of(self.modified).is_none_or(|age| age < settle)
    }
}

/// Reads every file that has been unchanged for `settle`; files younger than that are waited for once, all
/// together. The answers stand in the order of the sources, and each file is read when its answer is asked for: all
/// reports of a folder with all that is attached to them need not fit in memory.
pub fn load_all<'a>(
    sources: &'a [&Source],
    settle: Duration,
) -> impl Iterator<Item = Result<Loaded, HeldFile>> + 'a {
    load_after(sources, settle, move || clock::wait(settle))
}

fn load_after<'a>(
    sources: &'a [&Source],
    settle: Duration,
    wait: impl FnOnce(),
) -> impl Iterator<Item = Result<Loaded, HeldFile>> + 'a {
    let looks: Vec<_> = sources.iter().map(|source| Look::at(&source.path)).collect();
    if looks.iter().flatten().any(|look| look.is_young(settle)) {
        wait();
    }
    sources.iter().zip(looks).map(|(source, look)| load(source, look))
}

/// How files look that are read as streams, once each has been unchanged for `settle`; a file that changed while it
/// was waited for is growing. The answers stand in the order of the sources.
pub(super) fn settled(sources: &[Source], settle: Duration) -> Vec<Result<Look, HeldWhy>> {
    let looks: Vec<_> = sources.iter().map(|source| Look::at(&source.path)).collect();
    if looks.iter().flatten().any(|look| look.is_young(settle)) {
        clock::wait(settle);
    }
    let same = |source: &Source, before: Look| match Look::at(&source.path)? {
        after if after == before => Ok(after),
        _ => Err(HeldWhy::Growing),
    };
    sources.iter().zip(looks).map(|(source, look)| same(source, look?)).collect()
}

/// Reads a file, and looks once more: what changed since the first look is growing.
pub(super) fn load(source: &Source, before: Result<Look, HeldWhy>) -> Result<Loaded, HeldFile> {
    let held = |why| HeldFile::whole(source, why, Contents::default());
    let before = before.map_err(held)?;
    if before.length > MOST_BYTES {
        return Err(held(HeldWhy::TooLarge));
    }
    let bytes = read(&source.path).map_err(|_| held(HeldWhy::Unreadable))?;
    let after = Look::at(&source.path).map_err(held)?;
    if before != after || bytes.len() as u64 != after.length {
        return Err(HeldFile::whole(source, HeldWhy::Growing, Contents(bytes)));
    }
    Ok(Loaded::of(source.shown.clone(), bytes))
}

/// Reads a file, and no more of it than the limit and one byte, should it grow meanwhile.
fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a loaded file as a table.
///
/// # Errors
/// [`HeldFile`] when it is not whole or has fewer records than the job expects.
pub fn table(loaded: Loaded, source: &Source, columns: Columns) -> Result<Table, HeldFile> {
    match tabular::read(loaded.contents.bytes(), &source.form, columns) {
        Ok(table) if (table.len() as u64) < source.expected_minimum => {
            let why = HeldWhy::TooFew { found: table.len() as u64, expected: source.expected_minimum };
            Err(HeldFile::whole(source, why, loaded.contents))
        }
        Ok(table) => Ok(table),
        Err(fault) => Err(HeldFile {
            file: loaded.shown,
            line: fault.line,
            column: fault.column,
            why: HeldWhy::NotWhole(fault.fault),
            contents: loaded.contents,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::durable;
    use crate::tabular::Form;

    const COLUMNS: Columns = Columns { required: &["a"], optional: &[] };

    fn source(path: &Path, expected_minimum: u64) -> Source {
        Source { path: path.to_owned(), shown: "in.csv".to_owned(), form: Form::default(), expected_minimum }
    }

    fn why(answers: &[Result<Loaded, HeldFile>]) -> Vec<Option<HeldWhy>> {
        answers.iter().map(|answer| answer.as_ref().err().map(|held| held.why.clone())).collect()
    }

    #[test]
    fn whole_files_are_read_and_the_others_held_each_for_itself() -> Result<(), durable::DurableError> {
        let Ok(folder) = tempfile::tempdir() else { panic!("no folder for the test") };
        let (whole, missing) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        durable::write_whole(&whole, b"a\n1\n")?;
        let sources = [source(&whole, 0), source(&missing, 0), source(folder.path(), 0)];
        let sources: Vec<&Source> = sources.iter().collect();
        let answers: Vec<_> = load_all(&sources, Duration::ZERO).collect();
        assert_eq!(why(&answers), [None, Some(HeldWhy::Missing), Some(HeldWhy::Unreadable)]);
        assert_eq!(answers[0].as_ref().ok().map(|loaded| loaded.digest), Some(Digest::of(b"a\n1\n")));
        Ok(())
    }

    #[test]
    fn a_file_larger_than_any_input_is_held_unread() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let huge = folder.path().join("huge.csv");
        File::create(&huge)?.set_len(MOST_BYTES + 1)?;
        let source = source(&huge, 0);
        let answers: Vec<_> = load_all(&[&source], Duration::ZERO).collect();
        assert_eq!(why(&answers), [Some(HeldWhy::TooLarge)]);
        Ok(())
    }

    #[test]
    fn a_young_file_is_waited_for_once_and_held_when_it_grew() -> Result<(), durable::DurableError> {
        let Ok(folder) = tempfile::tempdir() else { panic!("no folder for the test") };
        let (still, growing) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        durable::write_whole(&still, b"a\n1\n")?;
        durable::write_whole(&growing, b"a\n1\n")?;
        let sources = [source(&still, 0), source(&growing, 0)];
        let mut waits = 0;
        let plain: Vec<&Source> = sources.iter().collect();
        let wait = || {
            waits += 1;
            let written = durable::write_whole(&growing, b"a\n1\n2\n");
            assert!(written.is_ok());
        };
        let answers: Vec<_> = load_after(&plain, Duration::from_secs(3600), wait).collect();
        assert_eq!((waits, why(&answers)), (1, vec![None, Some(HeldWhy::Growing)]));
        Ok(())
    }

    #[test]
    fn a_table_is_held_when_it_is_cut_off_or_too_small() {
        let loaded = |text: &str| Loaded {
            shown: "in.csv".to_owned(),
            contents: Contents(text.as_bytes().to_vec()),
            digest: Digest::of(text.as_bytes()),
        };
        let read = |text: &str, minimum| {
            let answer = table(loaded(text), &source(Path::new("in.csv"), minimum), COLUMNS);
            answer.map(|table| table.len()).map_err(|held| (held.line, held.text()))
        };
        assert_eq!(read("a\n1\n2\n", 2), Ok(2));
        assert_eq!(
            read("a\n1\n2\n", 3),
            Err((0, "the file has 2 records, fewer than the 3 expected".to_owned()))
        );
        assert_eq!(read("a\n1\n\"2\n", 0).map_err(|(line, _)| line), Err(3));
        assert_eq!(format!("{:?}", Contents(b"secret".to_vec())), "Contents(6 bytes)");
    }
}
