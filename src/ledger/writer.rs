//! The one hand that writes the ledger: groups of entries, each in one transaction with one sync.
//!
//! Holds the lock from opening to dropping. The book in memory changes only after the group is safe on disk, and
//! after an error nothing more is written: what the disk then holds is found out by the next run. Leaves out
//! what the entries mean.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::book::Book;
use super::chain::{ENTRIES, Head};
use super::entry::{Attempt, Entry, RunRecord};
use super::error::{Damage, LedgerError, sql};
use super::fold::{Tally, fold};
use super::lock::{Lock, LockWait};
use super::migration;
use super::pen::{Numbers, Pen};
use super::recovery;
use super::row::moment_text;
use super::runs::{self, Ended};
use super::schema::{self, KeyIfNew, VERSION};
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
    copied_at: Option<Moment>,
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
        let key = migration::prepare(&mut connection, path, &opening.key_if_new)?;
        let (book, tally) = fold(&connection, VERSION)?;
        let copied_at = schema::copied_at(&connection)?;
        let living = BTreeSet::new();
        Ok(Ledger { connection, book, tally, key, copied_at, living, stopped: false, _lock: lock })
    }

    /// Everything that is true now.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The ledger's key.
    pub fn key(&self) -> &LedgerKey {
        &self.key
    }

    /// What the ledger can be told by, as it stands on disk.
    pub fn head(&self) -> Head {
        self.tally.head()
    }

    /// When the copy was made that this ledger is; none once that is recorded, and of one that is no copy.
    pub fn copied_at(&self) -> Option<Moment> {
        self.copied_at
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
        self.guarded(|ledger| {
            let (ended, numbers) = ledger.stored(|transaction, pen| {
                let ended = runs::finish(transaction, run, at, reconciliation)?;
                pen.write(run, &moment_text(at), &ended.entry()).map(|()| ended)
            })?;
            ledger.keep(numbers, [(run.clone(), ended)]);
            Ok(())
        })
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
    /// [`LedgerError`] when it cannot be read, or is not the one that the run left.
    pub fn reconciliation_of(&self, run: &RunId) -> Result<Option<String>, LedgerError> {
        runs::reconciliation(&self.connection, run, self.tally.account_of(run))
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
        let text = moment_text(at);
        let is_restored = group.iter().any(|entry| matches!(entry, Entry::Restored { .. }));
        let ((), numbers) = self.stored(|transaction, pen| {
            if is_restored {
                schema::unmark(transaction).map_err(sql("write"))?;
            }
            group.iter().try_for_each(|entry| pen.write(run, &text, entry))
        })?;
        self.copied_at = self.copied_at.filter(|_| !is_restored);
        self.keep(numbers, []);
        for entry in &group {
            self.book.record(entry, at).map_err(|illegal| LedgerError::Broken {
                table: ENTRIES.name,
                seq: self.tally.entries.rows,
                damage: Damage::Impossible,
                what: illegal.to_string(),
            })?;
        }
        Ok(contradictions)
    }

    /// One transaction, synced: what `write` writes, and what the ledger can be told by after it.
    fn stored<T>(
        &mut self,
        write: impl FnOnce(&Transaction<'_>, &mut Pen<'_>) -> Result<T, LedgerError>,
    ) -> Result<(T, Numbers), LedgerError> {
        let transaction = self.connection.transaction().map_err(sql("write"))?;
        let mut pen = Pen::new(&transaction, &self.tally);
        let given = write(&transaction, &mut pen)?;
        let numbers = pen.done();
        schema::leave(&transaction, &numbers.head()).map_err(sql("write"))?;
        transaction.commit().map_err(sql("sync"))?;
        Ok((given, numbers))
    }

    fn keep(&mut self, numbers: Numbers, ended: impl IntoIterator<Item = (RunId, Ended)>) {
        numbers.keep(&mut self.tally);
        self.tally.ended.extend(ended);
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
