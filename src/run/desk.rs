//! Where a night's entries go: into the ledger, or, for a plan, onto a copy of its fold.
//!
//! One code path for both, so that a plan says exactly what the run then does. The only place that writes the
//! ledger for a night.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::id::{LedgerKey, RunId, TransferId};
use crate::ledger::{Attempt, Book, Entry, Head, Ledger, LedgerError, Recorded, recovery};
use crate::moves::{Moment, Now};
use crate::run::disclose::disclosures;

/// The ledger with a run begun in it, or a copy of its fold.
pub struct Desk {
    kind: Kind,
    run: RunId,
    at: Moment,
    touched: BTreeSet<TransferId>,
}

enum Kind {
    Ledger(Box<Ledger>),
    Paper { book: Box<Book>, key: LedgerKey },
}

impl Desk {
    /// A desk that writes.
    pub fn ledger(ledger: Ledger, run: RunId, now: Now) -> Self {
        Desk { kind: Kind::Ledger(Box::new(ledger)), run, at: now.to_utc(), touched: BTreeSet::new() }
    }

    /// A desk that only imagines.
    pub fn paper(book: Book, key: LedgerKey, run: RunId, now: Now) -> Self {
        let kind = Kind::Paper { book: Box::new(book), key };
        Desk { kind, run, at: now.to_utc(), touched: BTreeSet::new() }
    }

    /// The run.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// Everything that is true now.
    pub fn book(&self) -> &Book {
        match &self.kind {
            Kind::Ledger(ledger) => ledger.book(),
            Kind::Paper { book, .. } => book,
        }
    }

    /// The ledger's key.
    pub fn key(&self) -> &LedgerKey {
        match &self.kind {
            Kind::Ledger(ledger) => ledger.key(),
            Kind::Paper { key, .. } => key,
        }
    }

    /// What the ledger can be told by; none for a plan.
    pub fn head(&self) -> Option<Head> {
        match &self.kind {
            Kind::Ledger(ledger) => Some(ledger.head()),
            Kind::Paper { .. } => None,
        }
    }

    /// The transfers that got an event in this run.
    pub fn touched(&self) -> &BTreeSet<TransferId> {
        &self.touched
    }

    /// Whether acts are meant: a plan must not act.
    pub fn is_real(&self) -> bool {
        match self.kind {
            Kind::Ledger(_) => true,
            Kind::Paper { .. } => false,
        }
    }

    /// Writes down that the run ended, with its account. Nothing for a plan.
    ///
    /// # Errors
    /// [`LedgerError`]: the run must stop.
    pub fn finish(&mut self, now: Now, account: &impl Serialize) -> Result<(), LedgerError> {
        match &mut self.kind {
            Kind::Ledger(ledger) => {
                // Plain structs with text keys cannot fail to serialize; an empty account is no list to settle from.
                let text = serde_json::to_string(account).unwrap_or_default();
                ledger.finish_run(&self.run, now.to_utc(), &text)
            }
            Kind::Paper { .. } => Ok(()),
        }
    }

    /// What runs that died left in flight, as the entries that put it in doubt.
    pub fn lost(&self) -> Vec<Entry> {
        match &self.kind {
            Kind::Ledger(ledger) => ledger.recover(),
            Kind::Paper { book, .. } => recovery::lost_attempts(book, &BTreeSet::new()),
        }
    }

    /// Records a group of entries, with the disclosures that follow from them, in one sync.
    ///
    /// # Errors
    /// [`LedgerError`]: the run must stop.
    pub fn record(&mut self, mut entries: Vec<Entry>) -> Result<(), LedgerError> {
        if entries.is_empty() {
            return Ok(());
        }
        let disclosed = disclosures(self.book(), &entries, self.at);
        entries.extend(disclosed);
        self.touched.extend(entries.iter().filter_map(touches).cloned());
        match &mut self.kind {
            Kind::Ledger(ledger) => ledger.append(&self.run, self.at, entries).map(|_| ()),
            Kind::Paper { book, .. } => {
                for entry in &entries {
                    imagine(book, entry, self.at);
                }
                Ok(())
            }
        }
    }

    /// Records that these transfers are about to be sent. Nothing is minted for a plan.
    ///
    /// # Errors
    /// [`LedgerError`]: the run must stop.
    pub fn start(&mut self, transfers: &[TransferId]) -> Result<Vec<Recorded<Attempt>>, LedgerError> {
        let attempts: Vec<Attempt> = transfers
            .iter()
            .filter_map(|id| self.book().transfers.get(id))
            .map(|transfer| Attempt { transfer: transfer.id.clone(), number: transfer.attempts + 1 })
            .collect();
        self.touched.extend(transfers.iter().cloned());
        let (run, at) = (self.run.clone(), self.at);
        match &mut self.kind {
            Kind::Ledger(ledger) => ledger.record_attempts(&run, at, attempts),
            Kind::Paper { .. } => Ok(Vec::new()),
        }
    }
}

/// Takes an entry onto paper; what the ledger would write down as a contradiction is one here too.
fn imagine(book: &mut Book, entry: &Entry, at: Moment) {
    let (Err(illegal), Entry::Event { transfer, .. }) = (book.record(entry, at), entry) else { return };
    let contradiction = Entry::Contradiction {
        transfer: transfer.clone(),
        state: illegal.state.to_owned(),
        event: illegal.event.to_owned(),
        detail: String::new(),
    };
    // A contradiction is only kept; nothing about it can be illegal.
    let _ = book.record(&contradiction, at);
}

fn touches(entry: &Entry) -> Option<&TransferId> {
    match entry {
        Entry::Plan { transfer, .. }
        | Entry::Event { transfer, .. }
        | Entry::Contradiction { transfer, .. } => Some(transfer),
        Entry::Whereabouts { .. }
        | Entry::Unplaced { .. }
        | Entry::Ended { .. }
        | Entry::Objection { .. }
        | Entry::Grading { .. }
        | Entry::Link { .. }
        | Entry::ReceiptRead { .. }
        | Entry::Settled { .. }
        | Entry::Disclosure { .. }
        | Entry::Pruned { .. }
        | Entry::RunEnded { .. }
        | Entry::Restored { .. }
        | Entry::FoundSealed { .. } => None,
    }
}
