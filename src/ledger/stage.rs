//! Judging a group of entries before it is written: what its transfer has no move for becomes a contradiction.
//!
//! Works on copies of the transfers the group touches, so that the book stays as it is until the group is safe
//! on disk.

use std::collections::BTreeMap;

use super::book::{Book, PLAN, UNKNOWN};
use super::entry::Entry;
use crate::id::TransferId;
use crate::moves::Moment;
use crate::person::mask_numbers;
use crate::transfer::{Event, Hand, Illegal, Transfer};

/// A book with the group's own changes laid over it.
pub(super) struct Stage<'a> {
    book: &'a Book,
    touched: BTreeMap<TransferId, Transfer>,
}

impl<'a> Stage<'a> {
    pub(super) fn over(book: &'a Book) -> Self {
        Stage { book, touched: BTreeMap::new() }
    }

    /// The entry as it is to be written: itself, or the contradiction it is.
    pub(super) fn judge(&mut self, entry: Entry, at: Moment) -> Entry {
        let (transfer, illegal, detail) = match &entry {
            Entry::Plan { transfer, birth } => {
                if let Some(known) = self.transfer(transfer) {
                    (transfer, Illegal { state: known.state.code(), event: PLAN }, String::new())
                } else {
                    let planned = Transfer::new(transfer.clone(), birth.as_ref().clone(), at);
                    self.touched.insert(transfer.clone(), planned);
                    return entry;
                }
            }
            Entry::Event { transfer, event } => {
                let applied = match self.transfer(transfer) {
                    Some(known) => known.apply(event, at),
                    None => Err(Illegal { state: UNKNOWN, event: event.code() }),
                };
                let Err(illegal) = applied else { return entry };
                (transfer, illegal, told_by(event))
            }
            Entry::Contradiction { .. }
            | Entry::Whereabouts { .. }
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
            | Entry::FoundSealed { .. } => return entry,
        };
        Entry::Contradiction {
            transfer: transfer.clone(),
            state: illegal.state.to_owned(),
            event: illegal.event.to_owned(),
            detail,
        }
    }

    fn transfer(&mut self, id: &TransferId) -> Option<&mut Transfer> {
        if !self.touched.contains_key(id) {
            self.touched.insert(id.clone(), self.book.transfers.get(id)?.clone());
        }
        self.touched.get_mut(id)
    }
}

/// Where an event came from, as far as it says itself: the message of a receipt, the person's name.
fn told_by(event: &Event) -> String {
    match event {
        Event::TransportYes { message }
        | Event::TransportNo { message, .. }
        | Event::AppYes { message, .. }
        | Event::AppNo { message, .. }
        | Event::EarlierAccepted { message, .. } => message.to_string(),
        Event::Post { hand, .. }
        | Event::Confirm { hand, .. }
        | Event::GiveUp { hand }
        | Event::Withdraw { hand, .. }
        | Event::Reopen { hand, .. }
        | Event::Direct { hand, .. } => name(hand),
        Event::Waive { waiver } => name(&waiver.hand),
        Event::Collect { .. }
        | Event::FindNothing { .. }
        | Event::Hold { .. }
        | Event::Resume
        | Event::Clear { .. }
        | Event::Seal { .. }
        | Event::Start { .. }
        | Event::Take { .. }
        | Event::Place { .. }
        | Event::Defer { .. }
        | Event::Refuse { .. }
        | Event::Lose
        | Event::Recall { .. }
        | Event::PlacedFileGone => String::new(),
    }
}

fn name(hand: &Hand) -> String {
    mask_numbers(&hand.by).into_owned()
}
