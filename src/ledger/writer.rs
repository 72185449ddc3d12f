//! The one hand that writes the ledger: groups of entries, each in one transaction with one sync.
//!
//! Holds the lock from opening to dropping. The book in memory changes only after the group is safe on disk, and
//! after an error nothing more is written: what the disk then holds is found out by the next run. Leaves out
//! what the entries mean.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::path::Path;

use rusqlite::{Connection, Transaction, params};

use super::book::Book;
use super::entry::{Attempt, Entry, RunRecord};
use super::error::{LedgerError, sql};
use super::fold::{Tally, fold};
use super::lock::{Lock, LockWait};
use super::recovery;
use super::row::{encode, moment_text};
use super::runs;
use super::schema::{self, DISCLOSURES, ENTRIES, KeyIfNew};
use super::stage::Stage;
use crate::durable;
use crate::id::{LedgerKey, RunId, TransferId};
use crate::moves::{Moment, Now};
use crate::transfer::Event;

/// How to open a ledger for writing.
#[derive(Clone, Debug)]
pub struct Opening<'a> {
    /// The command, for whoever finds the lock taken.
    pub command: &'a str,
    /// Whether to wait for the lock.
    pub wait: LockWait,
    /// The key of a ledger that is made now.
    pub key_if_new: KeyIfNew,
    /// The time of the run.
    pub now: Now,
}

/// An event that its transfer had no move for, as it was written down instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// Which transfer.
    pub transfer: TransferId,
    /// The state it was in.
    pub state: String,
    /// What was said to have happened.
    pub event: String,
    /// The message or the person behind it, where the event says so.
    pub detail: String,
}

/// Proof that a value is in the ledger, synced: what a channel asks for before it moves a byte. Only the ledger
/// makes one, and nobody can double it.
///
/// ```compile_fail
/// fn twice(intent: journalflytt::ledger::Recorded<u32>) -> [journalflytt::ledger::Recorded<u32>; 2] {
///     [intent.clone(), intent]
/// }
/// ```
///
/// ```compile_fail
/// let forged = journalflytt::ledger::Recorded { value: 1 };
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Recorded<T> {
    value: T,
}

impl<T> Recorded<T> {
    /// A stand-in for the tests of the stations above.
    #[cfg(test)]
    pub(crate) fn for_test(value: T) -> Self {
        Recorded { value }
    }
}

impl<T> Deref for Recorded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The ledger, open for writing.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
    book: Book,
    tally: Tally,
    key: LedgerKey,
    /// Runs begun by this process: their attempts are not lost.
    living: BTreeSet<RunId>,
    stopped: bool,
    _lock: Lock,
}

impl Ledger {
    /// Takes the lock, makes or opens the ledger, and reads it whole.
    ///
    /// # Errors
    /// [`LedgerError::Locked`] when another process writes; any other when the ledger cannot be used.
    pub fn open(path: &Path, opening: &Opening<'_>) -> Result<Self, LedgerError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        if !folder.as_os_str().is_empty() {
            durable::make_folder(folder)?;
        }
        let lock = Lock::take(path, opening.command, opening.wait, opening.now)?;
        // SQLite would make the file readable to others; its WAL takes after it.
        drop(durable::append_to(path)?);
        durable::sync_folder(folder)?;
        let mut connection = Connection::open(path).map_err(sql("open"))?;
        let key = schema::prepare(&mut connection, path, &opening.key_if_new)?;
        let (book, tally) = fold(&connection)?;
        Ok(Ledger { connection, book, tally, key, living: BTreeSet::new(), stopped: false, _lock: lock })
    }

    /// Everything that is true now.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The ledger's key.
    pub fn key(&self) -> &LedgerKey {
        &self.key
    }

    /// What runs that died left in flight, as the entries that put it in doubt. Append them before anything else.
    pub fn recover(&self) -> Vec<Entry> {
        recovery::lost_attempts(&self.book, &self.living)
    }

    /// Writes down that a run begins.
    ///
    /// # Errors
    /// [`LedgerError`] when it cannot be written.
    pub fn begin_run(&mut self, command: &str, now: Now) -> Result<RunId, LedgerError> {
        let run = self.guarded(|ledger| runs::begin(&mut ledger.connection, command, now))?;
        self.living.insert(run.clone());
        Ok(run)
    }

    /// Writes down that a run ended, with its reconciliation as JSON.
    ///
    /// # Errors
    /// [`LedgerError`] when it cannot be written.
    pub fn finish_run(&mut self, run: &RunId, at: Moment, reconciliation: &str) -> Result<(), LedgerError> {
        self.guarded(|ledger| runs::finish(&ledger.connection, run, at, reconciliation))
    }

    /// The last runs, the latest first.
    ///
    /// # Errors
    /// [`LedgerError`] when they cannot be read.
    pub fn last_runs(&self, count: usize) -> Result<Vec<RunRecord>, LedgerError> {
        runs::last(&self.connection, count)
    }

    /// The reconciliation a run left, as JSON; none for an unknown or unfinished run.
    ///
    /// # Errors
    /// [`LedgerError`] when it cannot be read.
    pub fn reconciliation_of(&self, run: &RunId) -> Result<Option<String>, LedgerError> {
        runs::reconciliation(&self.connection, run)
    }

    /// The transfers a run has written about.
    ///
    /// # Errors
    /// [`LedgerError`] when they cannot be read.
    pub fn touched_by(&self, run: &RunId) -> Result<BTreeSet<TransferId>, LedgerError> {
        runs::touched(&self.connection, run)
    }

    /// Writes a group of entries, all or none, and takes them into the book. An event that its transfer has no
    /// move for is written as a contradiction instead, and given back.
    ///
    /// # Errors
    /// [`LedgerError`] when the group cannot be written; nothing of it counts then.
    pub fn append(
        &mut self,
        run: &RunId,
        at: Moment,
        entries: Vec<Entry>,
    ) -> Result<Vec<Contradiction>, LedgerError> {
        let written = self.guarded(|ledger| ledger.write(run, at, entries))?;
        Ok(written.into_iter().flatten().collect())
    }

    /// Writes down what is about to be sent. Gives a token for each attempt that its transfer had a move for;
    /// the others are contradictions in the book.
    ///
    /// # Errors
    /// [`LedgerError`] when the intents cannot be written: then nothing may be sent.
    pub fn record_attempts(
        &mut self,
        run: &RunId,
        at: Moment,
        attempts: Vec<Attempt>,
    ) -> Result<Vec<Recorded<Attempt>>, LedgerError> {
        let starts = attempts.iter().map(|attempt| Entry::Event {
            transfer: attempt.transfer.clone(),
            event: Box::new(Event::Start { attempt: attempt.number, run: run.clone() }),
        });
        let starts = starts.collect();
        let written = self.guarded(|ledger| ledger.write(run, at, starts))?;
        let legal = attempts.into_iter().zip(written).filter(|(_, contradiction)| contradiction.is_none());
        Ok(legal.map(|(value, _)| Recorded { value }).collect())
    }

    /// Lets nothing be written after an error.
    fn guarded<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        if self.stopped {
            return Err(LedgerError::Stopped);
        }
        let written = write(self);
        self.stopped = written.is_err();
        written
    }

    /// One group: judged, written, synced, taken in. For each entry the contradiction it turned out to be.
    fn write(
        &mut self,
        run: &RunId,
        at: Moment,
        entries: Vec<Entry>,
    ) -> Result<Vec<Option<Contradiction>>, LedgerError> {
        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let mut stage = Stage::over(&self.book);
        let mut group = Vec::with_capacity(entries.len());
        let mut contradictions = Vec::with_capacity(entries.len());
        for entry in entries {
            let was_one = matches!(entry, Entry::Contradiction { .. });
            let entry = stage.judge(entry, at);
            contradictions.push(if was_one { None } else { contradiction(&entry) });
            group.push(entry);
        }
        let numbers = self.store(run, at, &group)?;
        numbers.keep(&mut self.tally);
        for entry in &group {
            self.book.record(entry, at).map_err(|illegal| LedgerError::Broken {
                table: ENTRIES,
                seq: self.tally.entries,
                what: illegal.to_string(),
            })?;
        }
        Ok(contradictions)
    }

    /// Writes and syncs a judged group.
    fn store(&mut self, run: &RunId, at: Moment, group: &[Entry]) -> Result<Numbers, LedgerError> {
        let transaction = self.connection.transaction().map_err(sql("write"))?;
        let mut numbers = Numbers::after(&self.tally);
        let at = moment_text(at);
        for entry in group {
            insert(&transaction, &self.tally, &mut numbers, run, &at, entry)?;
        }
        let counts = [(ENTRIES, numbers.entries), (DISCLOSURES, numbers.disclosures)];
        for (name, count) in counts {
            schema::set_meta(&transaction, name, &count.to_string()).map_err(sql("write"))?;
        }
        transaction.commit().map_err(sql("sync"))?;
        Ok(numbers)
    }
}

fn contradiction(entry: &Entry) -> Option<Contradiction> {
    let Entry::Contradiction { transfer, state, event, detail } = entry else { return None };
    Some(Contradiction {
        transfer: transfer.clone(),
        state: state.clone(),
        event: event.clone(),
        detail: detail.clone(),
    })
}

/// The numbers a group has taken, on top of the tally.
struct Numbers {
    entries: u64,
    disclosures: u64,
    subjects: BTreeMap<String, u64>,
}

impl Numbers {
    fn after(tally: &Tally) -> Self {
        Numbers { entries: tally.entries, disclosures: tally.disclosures, subjects: BTreeMap::new() }
    }

    fn keep(self, tally: &mut Tally) {
        tally.entries = self.entries;
        tally.disclosures = self.disclosures;
        tally.subjects.extend(self.subjects);
    }
}

fn insert(
    transaction: &Transaction<'_>,
    tally: &Tally,
    numbers: &mut Numbers,
    run: &RunId,
    at: &str,
    entry: &Entry,
) -> Result<(), LedgerError> {
    let row = encode(entry).map_err(|cause| LedgerError::Text { cause })?;
    if let Entry::Disclosure { .. } = entry {
        numbers.disclosures += 1;
        return transaction
            .prepare_cached(
                "INSERT INTO disclosures (seq, run_id, at, transfer, body) VALUES ($1, $2, $3, $4, $5)",
            )
            .and_then(|mut insert| {
                insert.execute(params![column(numbers.disclosures), run.as_str(), at, row.subject, row.body])
            })
            .map(|_| ())
            .map_err(sql("write"));
    }
    numbers.entries += 1;
    let of_subject = tally.subjects.get(&row.subject).copied().unwrap_or(0);
    let subject_no = numbers.subjects.entry(row.subject.clone()).or_insert(of_subject);
    *subject_no += 1;
    transaction
        .prepare_cached(
            "INSERT INTO entries (seq, run_id, at, subject, subject_no, kind, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .and_then(|mut insert| {
            insert.execute(params![
                column(numbers.entries),
                run.as_str(),
                at,
                row.subject,
                column(*subject_no),
                row.kind,
                row.body
            ])
        })
        .map(|_| ())
        .map_err(sql("write"))
}

/// A row's number as the database holds it.
fn column(number: u64) -> i64 {
    number.cast_signed()
}
