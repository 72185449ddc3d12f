//! The ledger for those who only look: no lock taken, nothing written, not even beside it.
//!
//! SQLite leaves two files behind when it reads a resting WAL database; so a ledger at rest is read as an
//! immutable file and read again if it moved meanwhile. A ledger in use, or left by a night that died, has its
//! WAL beside it and is read the ordinary way.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags};

use super::book::Book;
use super::chain::{Head, Link, Table, is_written};
use super::entry::RunRecord;
use super::error::{LedgerError, sql};
use super::fold::{Tally, fold};
use super::runs;
use super::schema::{self, KeyIfNew};
use super::story::{self, Told};
use crate::id::{ActionId, LedgerKey, RunId, TransferId};
use crate::moves::Moment;

/// How often a ledger that moves while it is read is read again.
const TRIES: u32 = 5;

/// What the ledger says now.
#[derive(Debug)]
pub struct View {
    book: Book,
    tally: Tally,
    key: LedgerKey,
    runs: Vec<RunRecord>,
    copied_at: Option<Moment>,
    path: PathBuf,
}

/// What the ledger says of a head that was written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It goes through there.
    Yes,
    /// It does not reach so far.
    Short,
    /// What it has there is another.
    Another,
}

impl View {
    /// Reads the ledger. One that is not there yet is empty and has the key it would get: a fixed one stays, a
    /// random one will be another.
    ///
    /// # Errors
    /// [`LedgerError`] when it is broken, newer, no ledger or cannot be read.
    pub fn open(path: &Path, key_if_new: &KeyIfNew) -> Result<Self, LedgerError> {
        let read = |connection: &Connection| {
            let version = schema::version(connection, path)?;
            if version == 0 {
                return Ok(None);
            }
            let (book, tally) = fold(connection, version)?;
            let (key, runs) = (schema::key(connection)?, runs::last(connection, usize::MAX)?);
            let copied_at = schema::copied_at(connection)?;
            Ok(Some(View { book, tally, key, runs, copied_at, path: path.to_owned() }))
        };
        match look(path, read)?.flatten() {
            Some(view) => Ok(view),
            None => {
                let key = key_if_new.make(path)?;
                let (book, tally) = (Book::default(), Tally::at(Link::start(&key)));
                Ok(View { book, tally, key, runs: Vec::new(), copied_at: None, path: path.to_owned() })
            }
        }
    }

    /// Whether a ledger was ever begun there: an empty file is none. What cannot be read is one, and opening it says why.
    pub fn is_begun(path: &Path) -> bool {
        !matches!(look(path, |connection| schema::version(connection, path)), Ok(None | Some(0)))
    }

    /// What the ledger can be told by.
    pub fn head(&self) -> Head {
        self.tally.head()
    }

    /// When the copy was made that this ledger is, as long as no run has recorded that it is in use.
    pub fn copied_at(&self) -> Option<Moment> {
        self.copied_at
    }

    /// Whether the chain goes through a head that was written down once.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger cannot be read.
    pub fn holds(&self, written: &Head) -> Result<Held, LedgerError> {
        let ends = self.head().links();
        let mut held = Held::Yes;
        for ((table, then), (_, now)) in written.links().into_iter().zip(ends) {
            if then.rows > now.rows {
                return Ok(Held::Short);
            }
            if !self.goes_through(table, then)? {
                held = Held::Another;
            }
        }
        Ok(held)
    }

    fn goes_through(&self, table: Table, then: Link) -> Result<bool, LedgerError> {
        if then.rows == 0 {
            return Ok(then == Link::start(&self.key));
        }
        let query = format!("SELECT chain FROM {} WHERE seq = $1", table.name);
        let read = |connection: &Connection| {
            connection
                .query_row(&query, [then.rows.cast_signed()], |row| row.get::<_, String>(0))
                .map_err(sql("read"))
        };
        Ok(look(&self.path, read)?.is_some_and(|chain| is_written(&then.hash, &chain)))
    }

    /// Holds the account of every run that ended against what the entries say of it.
    ///
    /// # Errors
    /// [`LedgerError::Broken`] naming the first run whose account is not the one it left.
    pub fn check_accounts(&self) -> Result<(), LedgerError> {
        let read = |connection: &Connection| {
            self.tally.ended.iter().try_for_each(|(run, ended)| {
                runs::reconciliation(connection, run, Some(ended.account)).map(|_| ())
            })
        };
        look(&self.path, read).map(|_| ())
    }

    /// Everything that is true now.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The ledger's key.
    pub fn key(&self) -> &LedgerKey {
        &self.key
    }

    /// Every run, the latest first.
    pub fn runs(&self) -> &[RunRecord] {
        &self.runs
    }

    /// Everything the ledger tells of one transfer, in the order it was written: its own entries, the receipts that
    /// were matched to it, its disclosures, and who settled which of these actions. Of a receipt file only the rows
    /// about it.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger cannot be read.
    pub fn story_of(
        &self,
        transfer: &TransferId,
        actions: &BTreeSet<ActionId>,
    ) -> Result<Vec<Told>, LedgerError> {
        Ok(look(&self.path, |connection| story::of(connection, transfer, actions))?.unwrap_or_default())
    }

    /// The reconciliation a run left, as JSON; none for an unknown or unfinished run.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger cannot be read, or the account is not the one that the run left.
    pub fn reconciliation_of(&self, run: &RunId) -> Result<Option<String>, LedgerError> {
        Ok(look(&self.path, |connection| runs::reconciliation(connection, run, self.tally.account_of(run)))?
            .flatten())
    }
}

/// Opens the ledger for reading and gives what `read` makes of it; none when there is no file.
fn look<T>(
    path: &Path,
    read: impl Fn(&Connection) -> Result<T, LedgerError>,
) -> Result<Option<T>, LedgerError> {
    let read_whole = |connection: &mut Connection| {
        let transaction = connection.transaction().map_err(sql("read"))?;
        read(&transaction)
    };
    opened(path, read_whole)
}

/// Opens the ledger for reading and gives what `act` makes of it; none when there is no file. A ledger at rest may be
/// given several times.
pub(super) fn opened<T>(
    path: &Path,
    act: impl Fn(&mut Connection) -> Result<T, LedgerError>,
) -> Result<Option<T>, LedgerError> {
    for _ in 0..TRIES {
        let Some(before) = Stamp::of(path)? else { return Ok(None) };
        if before.in_use {
            break;
        }
        let found = open(path, true).map_err(sql("open")).and_then(|mut connection| act(&mut connection));
        if Stamp::of(path)? == Some(before) {
            return found.map(Some);
        }
    }
    act(&mut open(path, false).map_err(sql("open"))?).map(Some)
}

fn open(path: &Path, at_rest: bool) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match path.to_str() {
        Some(text) if at_rest => {
            let uri = format!("file:{}?immutable=1", uri_path(text));
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)
        }
        _ => Connection::open_with_flags(path, flags),
    }
}

/// A path as part of a `file:` URI.
fn uri_path(path: &str) -> String {
    let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    if cfg!(windows) { format!("/{}", escaped.replace('\\', "/")) } else { escaped }
}

/// What tells whether the ledger moved.
#[derive(PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    in_use: bool,
}

impl Stamp {
    /// None when there is no ledger.
    fn of(path: &Path) -> Result<Option<Stamp>, LedgerError> {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(LedgerError::Io { act: "read", path: path.to_owned(), cause }),
        };
        let mut wal = path.as_os_str().to_owned();
        wal.push("-wal");
        let in_use = fs::metadata(PathBuf::from(wal)).is_ok_and(|wal| wal.len() > 0);
        Ok(Some(Stamp { modified: metadata.modified().ok(), length: metadata.len(), in_use }))
    }
}
