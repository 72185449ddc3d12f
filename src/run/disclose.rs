//! The register of what was made available to whom (pasientjournalloven § 22 a), drawn from the events themselves.
//!
//! Pure: whatever makes a transfer leave, a channel or a person's hand, gives its record in the same group of the
//! ledger. One record a revision: sending the same bytes again after doubt makes nothing more available.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::TransferId;
use crate::ledger::{Book, Disclosure, Entry};
use crate::moves::Moment;
use crate::transfer::{Event, Transfer};
use crate::verdict::Content;

/// The records that belong to these entries, in their order.
pub fn disclosures(book: &Book, entries: &[Entry], at: Moment) -> Vec<Entry> {
    let mut touched: BTreeMap<TransferId, Transfer> = BTreeMap::new();
    let mut known = known(book, entries);
    let mut out = Vec::new();
    for entry in entries {
        let Entry::Event { transfer: id, event } = entry else { continue };
        let Some(stands) = book.transfers.get(id) else { continue };
        let transfer = touched.entry(id.clone()).or_insert_with(|| stands.clone());
        if transfer.apply(event, at).is_err() || !transfer.state.may_have_left() {
            continue;
        }
        if leaves(event, transfer) && known.insert((id.clone(), transfer.revision)) {
            let disclosure = disclosure(transfer, when(event, at));
            out.push(Entry::Disclosure { disclosure: Box::new(disclosure) });
        }
    }
    out
}

/// The revisions of these entries' transfers that have their record: one look through the register a group.
fn known(book: &Book, entries: &[Entry]) -> BTreeSet<(TransferId, u32)> {
    let of_leaving = |entry: &'_ Entry| match entry {
        Entry::Event { transfer, event } if may_leave(event) => Some(transfer.clone()),
        _ => None,
    };
    let leaving: BTreeSet<TransferId> = entries.iter().filter_map(of_leaving).collect();
    if leaving.is_empty() {
        return BTreeSet::new();
    }
    let records = book.disclosures.iter().filter(|record| leaving.contains(&record.transfer));
    records.map(|record| (record.transfer.clone(), record.revision)).collect()
}

/// Whether the event is one by which something leaves. An attempt alone is an intent; its outcome decides. What a
/// dead night was laying in a tray has not left the house: that a person posted it is an event of its own.
fn leaves(event: &Event, transfer: &Transfer) -> bool {
    let sends = || transfer.state.sealed().is_some_and(|sealed| sealed.clearance.channel.gets_receipts());
    may_leave(event) && (!matches!(event, Event::Lose) || sends())
}

fn may_leave(event: &Event) -> bool {
    matches!(event, Event::Take { .. } | Event::Lose | Event::Post { .. } | Event::Confirm { .. })
}

fn when(event: &Event, at: Moment) -> Moment {
    match event {
        Event::Post { on, .. } | Event::Confirm { on, .. } => *on,
        _ => at,
    }
}

fn disclosure(transfer: &Transfer, at: Moment) -> Disclosure {
    let birth = &transfer.birth;
    let sealed = transfer.state.sealed();
    let inventory = transfer.state.inventory();
    let tb = inventory.and_then(|inventory| inventory.tb.as_ref());
    let basis = match tb {
        Some(tb) => tb.basis.map(|basis| basis.text().to_owned()).unwrap_or_default(),
        None => inventory.map(|inventory| inventory.journal_basis.clone()).unwrap_or_default(),
    };
    let what = match birth.content {
        Content::Tb => format!("{} tuberkuloseresultater", tb.map_or(0, |tb| tb.carried().count())),
        Content::Journal => format!("{} journaldokumenter", inventory.map_or(0, |i| i.documents.len())),
    };
    Disclosure {
        transfer: transfer.id.clone(),
        revision: transfer.revision,
        attempt: transfer.attempts,
        persons: birth.persons.clone(),
        patient: birth.patient.clone(),
        content: birth.content,
        receiver_name: sealed.map(|sealed| sealed.clearance.receiver.name()).unwrap_or_default(),
        receiver_her_id: sealed.and_then(|sealed| sealed.clearance.receiver.her_id()),
        channel: sealed.map(|sealed| sealed.clearance.channel),
        basis,
        what,
        at,
    }
}
