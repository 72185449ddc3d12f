//! Which transfer follows which, and what its receiver has been told.
//!
//! A supplement points at the transfer it follows, its *root*; root and supplements are a chain, and the receiver knows
//! what the last of it has told. Pure, over the ledger's fold. Leaves out who is told what (`follow`).

use crate::inventory::Inventory;
use crate::ledger::Book;
use crate::place::HerId;
use crate::reason::Reason;
use crate::transfer::{Kind, State, Transfer};

/// What a receiver was told, and by which transfer.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The transfer.
    pub by: &'a Transfer,
    /// What it held.
    pub inventory: &'a Inventory,
}

/// How far a transfer has come, as far as what comes after it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The receiver has been told, or a person has taken it on to tell them.
    Told,
    /// It has not left, and will hold what is new.
    Serves,
    /// Whether the receiver has been told is open, and a person or an answer decides it.
    Open,
    /// It tells nobody.
    Past,
}

pub(crate) fn standing(transfer: &Transfer) -> Standing {
    if is_taken_back(transfer) {
        return Standing::Past;
    }
    match &transfer.state {
        State::Sent { .. } | State::Delivered { .. } | State::Accepted { .. } => Standing::Told,
        // No second file is made of it: what is new follows it.
        State::Placed { .. } if transfer.may_have_been_posted => Standing::Told,
        State::Planned
        | State::Held { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. }
        | State::InFlight { .. }
        | State::Deferred { .. }
        | State::Placed { .. } => Standing::Serves,
        State::InDoubt { .. } | State::Rejected { .. } | State::Abandoned { .. } => Standing::Open,
        // Its own look opens it again when there is something.
        State::NothingToSend { .. } if transfer.state.may_open_again() => Standing::Serves,
        State::NothingToSend { .. } | State::Withdrawn { why: Some(_), .. } => Standing::Past,
        State::Withdrawn { why: None, inventory, .. } => match (&transfer.birth.kind, inventory) {
            (Kind::Supplement { .. }, Some(_)) => Standing::Told,
            (Kind::First | Kind::Supplement { .. } | Kind::Copy { .. } | Kind::Recall { .. }, _) => {
                Standing::Open
            }
        },
    }
}

/// Whether its receiver has been told, or a person has taken it on to tell them: what comes now follows it.
pub fn has_told(transfer: &Transfer) -> bool {
    standing(transfer) == Standing::Told
}

/// Whether its receiver is to give it back: nothing is added to it.
fn is_taken_back(transfer: &Transfer) -> bool {
    transfer.recalled.is_some_and(|why| why != Reason::ProtectedAfterSending)
}

/// A transfer and its supplements, in their order.
pub(crate) fn chain<'a>(book: &'a Book, root: &'a Transfer) -> Vec<&'a Transfer> {
    let ordinal = |transfer: &Transfer| match &transfer.birth.kind {
        Kind::Supplement { ordinal, of } if *of == root.id => Some(*ordinal),
        Kind::First | Kind::Supplement { .. } | Kind::Copy { .. } | Kind::Recall { .. } => None,
    };
    let mut supplements: Vec<(u32, &Transfer)> = book
        .transfers_of(&root.birth.patient)
        .filter_map(|transfer| Some((ordinal(transfer)?, transfer)))
        .collect();
    supplements.sort_by_key(|(ordinal, _)| *ordinal);
    std::iter::once(root).chain(supplements.into_iter().map(|(_, transfer)| transfer)).collect()
}

/// The last of these that has told its receiver, and what; none where nobody knows what.
pub(crate) fn last_told<'a>(chain: &[&'a Transfer]) -> Option<Told<'a>> {
    let by = chain.iter().rfind(|transfer| standing(transfer) == Standing::Told)?;
    Some(Told { by, inventory: by.state.inventory()? })
}

/// What the receiver of a supplement was told before it; what was sent, for a recall. None for every other transfer, and
/// where nobody knows.
pub fn told_before<'a>(book: &'a Book, transfer: &Transfer) -> Option<Told<'a>> {
    let root = book.transfers.get(transfer.birth.kind.of()?)?;
    match &transfer.birth.kind {
        Kind::Supplement { .. } => {
            let chain = chain(book, root);
            let before = chain.into_iter().take_while(|member| member.id != transfer.id);
            last_told(&before.collect::<Vec<_>>())
        }
        Kind::Recall { .. } => Some(Told { by: root, inventory: root.state.inventory()? }),
        Kind::First | Kind::Copy { .. } => None,
    }
}

/// The transfers that come before a supplement: everything they show is theirs, and not the supplement's.
pub fn before<'a>(book: &'a Book, transfer: &Transfer) -> Vec<&'a Transfer> {
    let root = match &transfer.birth.kind {
        Kind::Supplement { of, .. } => book.transfers.get(of),
        Kind::First | Kind::Copy { .. } | Kind::Recall { .. } => None,
    };
    let chain = root.map(|root| chain(book, root)).unwrap_or_default();
    chain.into_iter().take_while(|member| member.id != transfer.id).collect()
}

/// The supplements that come after it, of the same root: what came since it left is theirs to tell.
pub fn after<'a>(book: &'a Book, transfer: &'a Transfer) -> Vec<&'a Transfer> {
    let root = match &transfer.birth.kind {
        Kind::First | Kind::Copy { .. } => Some(transfer),
        Kind::Supplement { of, .. } => book.transfers.get(of),
        Kind::Recall { .. } => None,
    };
    let chain = root.map(|root| chain(book, root)).unwrap_or_default();
    let later = chain.into_iter().skip_while(|member| member.id != transfer.id).skip(1);
    later.filter(|member| standing(member) != Standing::Past).collect()
}

/// The party that a copy, or a supplement to one, is for.
pub fn copy_to(book: &Book, transfer: &Transfer) -> Option<HerId> {
    match &transfer.birth.kind {
        Kind::Copy { receiver } => Some(*receiver),
        Kind::Supplement { of, .. } => book.transfers.get(of)?.birth.kind.copy_to(),
        Kind::First | Kind::Recall { .. } => None,
    }
}
