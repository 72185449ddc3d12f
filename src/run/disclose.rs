//! The register of what was made available to whom (pasientjournalloven § 22 a), drawn from the events themselves.
//!
//! Pure: whatever makes a transfer leave, a channel or a person's hand, gives its record in the same group of the
//! ledger. One record a revision: sending the same bytes again after doubt makes nothing more available.

use crate::ledger::{Book, Disclosure, Entry};
use crate::moves::Moment;
use crate::transfer::{Event, Transfer};
use crate::verdict::Content;

/// The records that belong to these entries, in their order.
pub fn disclosures(book: &Book, entries: &[Entry], at: Moment) -> Vec<Entry> {
    let mut touched: std::collections::BTreeMap<_, Transfer> = std::collections::BTreeMap::new();
    let mut out = Vec::new();
    for entry in entries {
        let Entry::Event { transfer: id, event } = entry else { continue };
        let Some(known) = book.transfers.get(id) else { continue };
        let transfer = touched.entry(id.clone()).or_insert_with(|| known.clone());
        let before = transfer.state.may_have_left();
        if transfer.apply(event, at).is_err() || before || !transfer.state.may_have_left() {
            continue;
        }
        let at = when(event, at);
        let known = book.disclosures.iter().any(|d| d.transfer == *id && d.revision == transfer.revision);
        if leaves(event) && !known {
            out.push(Entry::Disclosure { disclosure: Box::new(disclosure(transfer, at)) });
        }
    }
    out
}

/// Whether the event is one by which something leaves. An attempt alone is an intent; its outcome decides.
fn leaves(event: &Event) -> bool {
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
