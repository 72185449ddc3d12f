//! The event feed: the order of events, and what each is called; the events themselves stand in documents.
//!
//! The feed writes `hendelsetype` where a document writes `hendelsestype`; either is read in either. Entries are
//! handed on one at a time and forgotten. Leaves out which entries have a document.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::error::Category;
use thiserror::Error;

/// The most that one entry may be, bytes: the reader keeps a text of it together.
const LARGEST_ENTRY: usize = 1_000_000;

/// Why a feed is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FeedFault {
    /// It ends before its list does.
    #[error("the feed ends before its list does")]
    Unfinished,
    /// It is not JSON, or not in UTF-8.
    #[error("not readable JSON")]
    Syntax,
    /// It is JSON, and not a list of entries with a sequence number and an event each.
    #[error("not a list of events, each with sekvensnummer and hendelse")]
    Other,
    /// The source failed.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
}

/// A feed that was refused, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {fault}")]
pub struct FeedError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub fault: FeedFault,
}

/// One entry.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// Its place in the order of everything that happens in the register.
    #[serde(rename = "sekvensnummer", alias = "seq")]
    pub sequence: u64,
    /// What it tells of.
    #[serde(rename = "hendelse")]
    pub event: Told,
}

/// What an entry tells of its event.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct Told {
    /// The person's number, as written.
    #[serde(rename = "folkeregisteridentifikator", default)]
    pub person: Option<String>,
    /// What the event is called.
    #[serde(rename = "hendelsetype", alias = "hendelsestype", default)]
    pub kind: Option<String>,
    /// The id of its document; none for events that have none.
    #[serde(rename = "hendelsesdokument", default)]
    pub document: Option<String>,
    /// When it was registered, as written.
    #[serde(rename = "ajourholdstidspunkt", default)]
    pub registered: Option<String>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({}, {:?})", self.sequence, self.event.kind)
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Told({:?})", self.kind)
    }
}

/// Hands every entry to `take`, with the line it ends on.
///
/// # Errors
/// [`FeedError`] with the place of the fault. What was taken until then is of a feed that is not whole.
pub fn each(source: impl Read, mut take: impl FnMut(Entry, usize)) -> Result<(), FeedError> {
    let line = Rc::new(Cell::new(1));
    let left = Rc::new(Cell::new(LARGEST_ENTRY));
    let counting =
        Counting { source: BufReader::new(source), line: Rc::clone(&line), left: Rc::clone(&left), marks: 0 };
    let mut reader = serde_json::Deserializer::from_reader(counting);
    let list = List { take: &mut take, line: &line, left: &left };
    let read = list.deserialize(&mut reader).and_then(|()| reader.end());
    read.map_err(|error| FeedError {
        line: error.line().max(1),
        column: error.column().max(1),
        fault: match error.classify() {
            Category::Eof => FeedFault::Unfinished,
            Category::Syntax => FeedFault::Syntax,
            Category::Data => FeedFault::Other,
            Category::Io => FeedFault::Unreadable(error.io_error_kind().unwrap_or(io::ErrorKind::Other)),
        },
    })
}

/// A source that knows the line it has come to, and skips a byte order mark. The JSON reader takes it byte by byte.
struct Counting<R> {
    source: BufReader<R>,
    line: Rc<Cell<usize>>,
    left: Rc<Cell<usize>>,
    marks: usize,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        const MARK: &[u8] = b"\xef\xbb\xbf";
        let mut read = self.source.read(out)?;
        while read == 1 && self.marks < MARK.len() && out.first() == MARK.get(self.marks) {
            self.marks += 1;
            read = self.source.read(out)?;
        }
        self.marks = MARK.len();
        let lines = out.iter().take(read).filter(|byte| **byte == b'\n').count();
        self.line.set(self.line.get() + lines);
        self.left.set(self.left.get().checked_sub(read).ok_or(io::ErrorKind::FileTooLarge)?);
        Ok(read)
    }
}

/// The list, which is never kept.
struct List<'a, F> {
    take: &'a mut F,
    line: &'a Cell<usize>,
    left: &'a Cell<usize>,
}

impl<'de, F: FnMut(Entry, usize)> DeserializeSeed<'de> for List<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Entry, usize)> Visitor<'de> for List<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(entry) = list.next_element::<Entry>()? {
            (self.take)(entry, self.line.get());
            self.left.set(LARGEST_ENTRY);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::standards;

    /// Sequence number, type and line.
    type Seen = (u64, String, usize);

    fn read(text: &[u8]) -> (Vec<Seen>, Option<(usize, FeedFault)>) {
        let mut found = Vec::new();
        let read = each(text, |entry, line| {
            found.push((entry.sequence, entry.event.kind.unwrap_or_default(), line));
        });
        (found, read.err().map(|error| (error.line, error.fault)))
    }

    #[test]
    fn entries_are_read_in_either_spelling() {
        let text = "\u{feff}[\n {\"sekvensnummer\": 7, \"hendelse\": {\"hendelsetype\": \"a\", \"nytt\": 1}},\n \
                    {\"sekvensnummer\": 8, \"hendelse\": {\"hendelsestype\": \"b\", \"hendelsesdokument\": null}}\n]\n";
        let (found, fault) = read(text.as_bytes());
        assert_eq!(found, [(7, "a".to_owned(), 2), (8, "b".to_owned(), 3)]);
        assert_eq!(fault, None);
    }

    #[test]
    fn a_feed_that_is_not_whole_is_refused_with_its_place() {
        let deep = "[".repeat(10_000);
        let rows: [(&str, &[u8], (usize, FeedFault)); 6] = [
            ("nothing", b"", (1, FeedFault::Unfinished)),
            ("cut", b"[\n{\"sekvensnummer\": 7, ", (2, FeedFault::Unfinished)),
            ("not JSON", b"<feed/>", (1, FeedFault::Syntax)),
            ("another list", b"[1]", (1, FeedFault::Other)),
            ("more after it", b"[] []", (1, FeedFault::Syntax)),
            ("deep", deep.as_bytes(), (1, FeedFault::Other)),
        ];
        for (name, text, expected) in rows {
            assert_eq!(read(text).1, Some(expected), "{name}");
        }
    }

    #[test]
    fn an_entry_without_end_is_not_kept_in_memory() {
        let before = "{\"sekvensnummer\": 1, \"hendelse\": {}},".repeat(40_000);
        let endless = std::io::repeat(b'x').take(50_000_000);
        let text = format!("[{before}{{\"sekvensnummer\": 7, \"hendelse\": {{\"hendelsesdokument\": \"");
        let mut seen = 0;
        let read = each(text.as_bytes().chain(endless), |_, _| seen += 1);
        let fault = FeedFault::Unreadable(io::ErrorKind::FileTooLarge);
        assert_eq!((seen, read.map_err(|error| error.fault)), (40_000, Err(fault)));
    }

    #[test]
    fn the_sample_is_read() -> Result<(), Box<dyn std::error::Error>> {
        let Some(folder) = standards::folder() else { return Ok(()) };
        let (found, fault) = read(&std::fs::read(folder.join("freg/feed_constructed.json"))?);
        assert_eq!((found.len(), fault), (5, None));
        assert_eq!(found.first(), Some(&(900_101, "endringIBostedsadresse".to_owned(), 2)));
        Ok(())
    }
}
