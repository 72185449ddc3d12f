//! Which transfer follows which, and what its receiver has been told.
//!
//! A supplement points at the transfer it follows, its *root*; root and supplements are a chain, and the receiver knows
//! what the last of it has told. Pure, over the ledger's fold. Leaves out who is told what (`follow`).

use std::collections::BTreeMap;

use crate::id::Digest;
use crate::inventory::{Document, Inventory, Standing as Place, TbItem};
use crate::ledger::Book;
use crate::place::HerId;
use crate::transfer::{Kind, State, Transfer};

/// What a receiver knows.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    /// The transfer that told it last.
    pub by: &'a Transfer,
    /// Everything it was told, each result as it was told last.
    pub inventory: Inventory,
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
    if transfer.is_taken_back() {
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

/// What these have told their receiver; none where nobody knows what the last of them did.
pub(crate) fn told_by<'a>(chain: &[&'a Transfer]) -> Option<Told<'a>> {
    let mut told: Vec<&Transfer> =
        chain.iter().copied().filter(|transfer| standing(transfer) == Standing::Told).collect();
    // Opened again it holds everything there was by then, also what a supplement had told.
    if chain.first().is_some_and(|root| root.revision > 1) {
        told.sort_by_key(|transfer| transfer.state.sent_at().unwrap_or(transfer.since));
    }
    let by = *told.last()?;
    let last = by.state.inventory()?;
    let all: Vec<&Inventory> = told.iter().filter_map(|transfer| transfer.state.inventory()).collect();
    let mut inventory = last.clone();
    if let Some(tb) = &mut inventory.tb {
        tb.items = items_told(&all);
    }
    inventory.documents = documents_told(&all);
    Some(Told { by, inventory })
}

/// Each result as the last that speaks of it has told it. One that a later transfer does not name is still told: sources
/// may hold the latest ones alone.
fn items_told(all: &[&Inventory]) -> Vec<TbItem> {
    let mut told: BTreeMap<&str, Vec<&TbItem>> = BTreeMap::new();
    for inventory in all {
        let mut named: BTreeMap<&str, Vec<&TbItem>> = BTreeMap::new();
        for item in inventory.tb.iter().flat_map(|tb| &tb.items) {
            let travelling = named.entry(&item.source_key).or_default();
            travelling.extend((item.standing == Place::Current).then_some(item));
        }
        let taken_back = |key: &str| {
            let mut items = inventory.tb.iter().flat_map(|tb| &tb.items);
            items.any(|item| item.source_key == key && item.standing == Place::Cancelled)
        };
        for (key, items) in named {
            if !items.is_empty() || taken_back(key) {
                told.insert(key, items);
            }
        }
    }
    told.into_values().flatten().cloned().collect()
}

fn documents_told(all: &[&Inventory]) -> Vec<Document> {
    let mut told: BTreeMap<Digest, &Document> = BTreeMap::new();
    for document in all.iter().flat_map(|inventory| &inventory.documents) {
        told.insert(document.sha256, document);
    }
    told.into_values().cloned().collect()
}

/// What the receiver of a supplement was told before it; what was sent, for a recall. None for every other transfer, and
/// where nobody knows.
pub fn told_before<'a>(book: &'a Book, transfer: &Transfer) -> Option<Told<'a>> {
    let root = book.transfers.get(transfer.birth.kind.of()?)?;
    match &transfer.birth.kind {
        Kind::Supplement { .. } => {
            let chain = chain(book, root);
            let before = chain.into_iter().take_while(|member| member.id != transfer.id);
            told_by(&before.collect::<Vec<_>>())
        }
        Kind::Recall { .. } => Some(Told { by: root, inventory: root.state.inventory()?.clone() }),
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
    later.filter(|member| standing(member) != Standing::Past && !is_given_up_unknown(member)).collect()
}

/// Whether a person has stopped it before anybody knew what it would hold: it tells nobody, and no other is begun.
fn is_given_up_unknown(transfer: &Transfer) -> bool {
    matches!(transfer.state, State::Withdrawn { why: None, inventory: None, .. })
}

/// The party that a copy, or a supplement to one, is for.
pub fn copy_to(book: &Book, transfer: &Transfer) -> Option<HerId> {
    match &transfer.birth.kind {
        Kind::Copy { receiver } => Some(*receiver),
        Kind::Supplement { of, .. } => book.transfers.get(of)?.birth.kind.copy_to(),
        Kind::First | Kind::Recall { .. } => None,
    }
}
