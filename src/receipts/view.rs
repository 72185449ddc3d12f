//! The book as the files of this inbox have changed it so far.
//!
//! Only the transfers touched are copied, and what the book keeps as a list is looked through once, the first time
//! that somebody asks. It changes by taking the very entries that the ledger will be given, so
//! that what is decided here is what will be recorded. Leaves out every decision but one: whether an event is legal,
//! which the transfer itself says.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Read;
use super::row::{Effect, only};
use crate::id::{MessageId, TransferId};
use crate::ledger::{Book, Entry, ReceiptRow};
use crate::moves::Moment;
use crate::place::HerId;
use crate::transfer::{Event, Illegal, Transfer};

/// A book, and what has come on top of it.
#[derive(Clone, Debug)]
pub struct View<'a> {
    book: &'a Book,
    register: Rc<OnceCell<Register<'a>>>,
    changed: BTreeMap<TransferId, Transfer>,
    rows: Vec<ReceiptRow>,
}

/// The lists of the book, by transfer.
#[derive(Debug, Default)]
struct Register<'a> {
    disclosed: BTreeMap<(&'a TransferId, u32), BTreeSet<HerId>>,
    rows: BTreeMap<&'a TransferId, Vec<&'a ReceiptRow>>,
}

impl<'a> Register<'a> {
    fn of(book: &'a Book) -> Self {
        let mut register = Register::default();
        for record in &book.disclosures {
            let parties = register.disclosed.entry((&record.transfer, record.revision)).or_default();
            parties.extend(record.receiver_her_id);
        }
        for row in book.receipts_read.values().flatten() {
            if let Some(transfer) = &row.transfer {
                register.rows.entry(transfer).or_default().push(row);
            }
        }
        register
    }
}

impl<'a> View<'a> {
    /// The book as it is.
    pub fn of(book: &'a Book) -> Self {
        View { book, register: Rc::default(), changed: BTreeMap::new(), rows: Vec::new() }
    }

    fn register(&self) -> &Register<'a> {
        self.register.get_or_init(|| Register::of(self.book))
    }

    /// A transfer as it stands now.
    pub fn transfer(&self, id: &TransferId) -> Option<&Transfer> {
        self.changed.get(id).or_else(|| self.book.transfers.get(id))
    }

    /// The transfer of a message, the message's revision and its part, from 1.
    pub fn message(&self, id: MessageId) -> Option<(&Transfer, u32, u32)> {
        let (transfer, revision, part) = self.book.messages.get(&id)?;
        self.transfer(transfer).map(|transfer| (transfer, *revision, *part))
    }

    /// To whom a revision of a transfer was sent, as the disclosure register has it.
    pub fn disclosed_to(&self, transfer: &TransferId, revision: u32) -> BTreeSet<HerId> {
        self.register().disclosed.get(&(transfer, revision)).cloned().unwrap_or_default()
    }

    /// Takes entries over. What is illegal leaves its transfer as it was, as in the ledger.
    pub fn take(&mut self, entries: &[Entry], at: Moment) {
        for entry in entries {
            match entry {
                Entry::Event { transfer, event } => {
                    let Some(mut changed) = self.transfer(transfer).cloned() else { continue };
                    if changed.apply(event, at).is_ok() {
                        self.changed.insert(transfer.clone(), changed);
                    }
                }
                Entry::ReceiptRead { rows, .. } => self.rows.extend(rows.iter().cloned()),
                Entry::Plan { .. }
                | Entry::Contradiction { .. }
                | Entry::Whereabouts { .. }
                | Entry::Unplaced { .. }
                | Entry::Ended { .. }
                | Entry::Objection { .. }
                | Entry::Grading { .. }
                | Entry::Link { .. }
                | Entry::Settled { .. }
                | Entry::Disclosure { .. }
                | Entry::Pruned { .. }
                | Entry::RunEnded { .. }
                | Entry::Restored { .. }
                | Entry::FoundSealed { .. } => {}
            }
        }
    }

    /// Takes rows over that no entry remembers yet.
    pub(super) fn take_rows(&mut self, rows: &[ReceiptRow]) {
        self.rows.extend(rows.iter().cloned());
    }

    /// What comes of events that a row speaks of: they are applied, or they say again what was said, or they
    /// contradict where the transfer stands.
    pub(super) fn settle(
        &self,
        row: ReceiptRow,
        transfer: &Transfer,
        events: Vec<Event>,
        at: Moment,
    ) -> Read {
        match after(transfer, &events, at) {
            Ok(changed) if changed == *transfer && self.was(&row, Effect::Applied) => {
                only(row, Effect::Repeated)
            }
            Ok(_) => {
                let mut read = only(row, Effect::Applied);
                read.entries = events.into_iter().map(|event| an_event(transfer, event)).collect();
                read
            }
            Err(illegal) => self.contradiction(row, transfer, illegal),
        }
    }

    /// A row that says what cannot be. The same again, as long as it cannot be, is only a repetition.
    pub(super) fn contradiction(&self, row: ReceiptRow, transfer: &Transfer, illegal: Illegal) -> Read {
        if self.was(&row, Effect::Contradiction) {
            return only(row, Effect::Repeated);
        }
        let entry = Entry::Contradiction {
            transfer: transfer.id.clone(),
            state: illegal.state.to_owned(),
            event: illegal.event.to_owned(),
            detail: row.file.clone(),
        };
        let mut read = only(row, Effect::Contradiction);
        read.entries.push(entry);
        read
    }

    /// Whether the same was said before about the same message, or revision of a transfer, with this effect.
    pub(super) fn was(&self, row: &ReceiptRow, effect: Effect) -> bool {
        let same = |earlier: &ReceiptRow| {
            earlier.effect == effect.code()
                && earlier.status == row.status
                && earlier.original_message_id == row.original_message_id
                && earlier.transfer == row.transfer
                && earlier.revision == row.revision
        };
        let before = row.transfer.as_ref().and_then(|transfer| self.register().rows.get(transfer));
        self.rows.iter().chain(before.into_iter().flatten().copied()).any(same)
    }
}

/// An event as the ledger takes it.
pub(super) fn an_event(transfer: &Transfer, event: Event) -> Entry {
    Entry::Event { transfer: transfer.id.clone(), event: Box::new(event) }
}

/// The transfer after all the events, or the first that is illegal.
fn after(transfer: &Transfer, events: &[Event], at: Moment) -> Result<Transfer, Illegal> {
    let mut changed = transfer.clone();
    events.iter().try_for_each(|event| changed.apply(event, at))?;
    Ok(changed)
}
