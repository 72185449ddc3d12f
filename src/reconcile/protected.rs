//! What an account may no longer show of a person whose address has become strictly confidential since it was drawn.
//!
//! Pure. Leaves out how a line is drawn without its places in the first place (`lines`, `results`, `actions`).

use std::collections::BTreeSet;

use super::Reconciliation;
use crate::id::TransferId;
use crate::ledger::{Book, PersonMemory};
use crate::patient::Grading;
use crate::reason::Reason;
use crate::transfer::Transfer;

/// Actions whose detail is made of runs, states and file names alone, and is shown of anybody.
const PLACELESS: [Reason; 3] = [Reason::EarlierReports, Reason::Contradiction, Reason::UnmatchedReceipt];

/// Whether the detail of such an action names no place.
pub fn is_placeless(code: Reason) -> bool {
    PLACELESS.contains(&code)
}

/// What the ledger remembers of the transfer's person.
pub(super) fn memories<'a>(book: &'a Book, transfer: &'a Transfer) -> impl Iterator<Item = &'a PersonMemory> {
    transfer.birth.persons.iter().filter_map(|person| book.persons.get(person))
}

/// Whether the ledger knows the person's address to be strictly confidential: nothing that may name a place is shown.
pub fn is_remembered(book: &Book, transfer: &Transfer) -> bool {
    memories(book, transfer).any(|memory| memory.grading >= Grading::StrictlyConfidential)
}

/// The transfers whose persons the ledger knows to be protected so.
pub fn transfers(book: &Book) -> BTreeSet<TransferId> {
    let protected = book.transfers.values().filter(|transfer| is_remembered(book, transfer));
    protected.map(|transfer| transfer.id.clone()).collect()
}

impl Reconciliation {
    /// The account without anything of these transfers that may name a place, as if they had been protected then.
    /// What they are, where they stand and every sum stay as they were.
    pub fn without_places_of(mut self, protected: &BTreeSet<TransferId>) -> Self {
        let is_protected = |id: &TransferId| protected.contains(id);
        for line in self.lines.iter_mut().filter(|line| is_protected(&line.transfer_id)) {
            (line.from, line.to, line.district) = (None, None, None);
            (line.receiver_her_id, line.receiver_name) = (None, None);
            (line.channel, line.capability, line.agreed) = (None, None, None);
            line.evidence.clear();
            line.reasons.iter_mut().for_each(|(_, detail)| detail.clear());
            line.protected = true;
        }
        for line in self.results.iter_mut().filter(|line| is_protected(&line.transfer_id)) {
            line.laboratory.clear();
        }
        for line in self.documents.iter_mut().filter(|line| is_protected(&line.transfer_id)) {
            line.title.clear();
        }
        for row in self.receipts.iter_mut().filter(|row| row.transfer.as_ref().is_some_and(is_protected)) {
            row.text.clear();
        }
        let about = |id: &Option<TransferId>| id.as_ref().is_some_and(is_protected);
        for action in self.actions.iter_mut().filter(|action| about(&action.transfer_id)) {
            if !is_placeless(action.code) {
                action.detail.clear();
            }
        }
        self
    }
}
