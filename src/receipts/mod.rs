//! What comes back: application receipts, and lists that a person has filled in.
//!
//! Each file of the inbox is read once, by its digest, and becomes rows for the report and entries for the ledger;
//! whatever cannot be matched, or says what cannot be, has a row too, and nothing is dropped. The decisions are pure
//! ([`apprec::correlate`], [`lists::correlate`]); only [`inbox`] and [`archive`] touch the disk. Leaves out the
//! recording (`run`) and what a person must do about it (`reconcile`).

mod row;
pub mod view;
pub mod apprec;
pub mod lists;
pub mod inbox;
pub mod archive;
#[cfg(test)]
pub(crate) mod histories;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use crate::id::Digest;
use crate::job::{Limits, PaperDone, ReceiptSettings};
use crate::ledger::{Book, Entry, ReceiptRow};
use crate::moves::Now;
use crate::person::mask_numbers;
use row::{Effect, Kind};
use view::View;

/// Trouble with the inbox or one file of it: shown, and tried again the next time.
#[derive(Debug, Error)]
pub enum ReceiptsError {
    /// The inbox cannot be listed.
    #[error("cannot list the inbox: {0}")]
    Listing(#[source] io::Error),
    /// A link, a pipe or the like.
    #[error("{file} is no plain file and is left alone")]
    NotAFile {
        /// Its name, identity numbers masked.
        file: String,
    },
    /// Too large for a receipt.
    #[error("{file} is larger than {limit} bytes and is left alone")]
    TooLarge {
        /// Its name, identity numbers masked.
        file: String,
        /// The most that is read, bytes.
        limit: u64,
    },
    /// The system will not give it.
    #[error("cannot read {file}: {cause}")]
    Reading {
        /// Its name, identity numbers masked.
        file: String,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// It was read and recorded, and cannot be moved away.
    #[error("cannot archive {file}: {cause}")]
    Archiving {
        /// Its name, identity numbers masked.
        file: String,
        /// What failed.
        #[source]
        cause: io::Error,
    },
}

/// What one receipt, or one filled-in line, or one whole file says and does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// For the report.
    pub rows: Vec<ReceiptRow>,
    /// For the ledger, in order.
    pub entries: Vec<Entry>,
}

impl Read {
    fn join(&mut self, more: Read) {
        self.rows.extend(more.rows);
        self.entries.extend(more.entries);
    }
}

/// A file of the inbox that was read tonight.
#[derive(Clone, Debug, PartialEq)]
pub struct FileRead {
    /// Where it lies.
    pub path: PathBuf,
    /// What it is remembered by.
    pub digest: Digest,
    /// What it said; its last entry remembers the file.
    pub read: Read,
}

/// The inbox as found.
#[derive(Debug, Default)]
pub struct Inbox {
    /// Files not read before, in the order of their names.
    pub reads: Vec<FileRead>,
    /// Files with a content that the ledger has already.
    pub known: Vec<(PathBuf, Digest)>,
    /// Names of files that are still being written, identity numbers masked.
    pub waiting: Vec<String>,
    /// What could not be looked at.
    pub trouble: Vec<ReceiptsError>,
}

impl Inbox {
    /// Every entry for the ledger, file by file.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.reads.iter().flat_map(|file| &file.read.entries)
    }
}

/// Reads what is new in the inbox. Each file is judged against the book as the files before it have changed it.
pub fn read_inbox(
    settings: &ReceiptSettings,
    limits: &Limits,
    book: &Book,
    paper_done: PaperDone,
    now: Now,
) -> Inbox {
    let listing = inbox::list(&settings.inbox, Duration::from_secs(limits.settle_seconds));
    let mut inbox = Inbox { waiting: listing.waiting, trouble: listing.trouble, ..Inbox::default() };
    let mut view = View::of(book);
    let mut seen: BTreeSet<Digest> = book.receipts_read.keys().copied().collect();
    for path in listing.ready {
        let letter = match inbox::read(&path) {
            Ok(letter) => letter,
            Err(trouble) => {
                inbox.trouble.push(trouble);
                continue;
            }
        };
        let digest = letter.digest;
        if !seen.insert(digest) {
            inbox.known.push((path, digest));
            continue;
        }
        let mut read = read_one(&letter.bytes, &inbox::shown(&path), &view, paper_done, now);
        read.entries.push(Entry::ReceiptRead { digest, rows: read.rows.clone() });
        view.take(&read.entries, now.to_utc());
        inbox.reads.push(FileRead { path, digest, read });
    }
    inbox
}

/// One file: a receipt, a list, or neither.
fn read_one(bytes: &[u8], file: &str, view: &View<'_>, paper_done: PaperDone, now: Now) -> Read {
    let read = if looks_like_xml(bytes) {
        crate::message::apprec::read(bytes)
            .map(|receipt| apprec::correlate(&receipt, file, view, now.to_utc()))
            .map_err(|error| error.to_string())
    } else {
        lists::read(bytes)
            .map(|lines| lists::correlate_all(&lines, file, view, paper_done, now))
            .map_err(|error| error.to_string())
    };
    read.unwrap_or_else(|why| {
        let mut row = row::blank(Kind::Unreadable, file, now.to_utc());
        row.text = mask_numbers(&why).into_owned();
        row::only(row, Effect::Unreadable)
    })
}

/// Whether the first sign that means anything is `<`, in any encoding that a receipt may have.
fn looks_like_xml(bytes: &[u8]) -> bool {
    let marks = [0xef, 0xbb, 0xbf, 0xff, 0xfe, 0];
    bytes.iter().find(|byte| !marks.contains(byte) && !byte.is_ascii_whitespace()) == Some(&b'<')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_told_from_lists() {
        let rows: [(&str, &[u8], bool); 7] = [
            ("a receipt", b"<AppRec/>", true),
            ("with a mark", b"\xef\xbb\xbf<?xml?>", true),
            ("after empty lines", b"\r\n <AppRec/>", true),
            ("in UTF-16", b"\xff\xfe<\0A\0", true),
            ("a list", b"transfer_id;done_on\n", false),
            ("a list with a mark", b"\xef\xbb\xbftransfer_id\n", false),
            ("nothing", b"", false),
        ];
        for (name, bytes, expected) in rows {
            assert_eq!(looks_like_xml(bytes), expected, "{name}");
        }
    }
}
