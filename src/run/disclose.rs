//! The register of what was made available to whom (pasientjournalloven § 22 a), drawn from the events themselves.
//!
//! Pure: whatever makes a transfer leave, a channel or a person's hand, gives its record in the same group of the
//! ledger. One record a revision: sending the same bytes again after doubt makes nothing more available.

use crate::ledger::{Book, Disclosure, Entry};
use crate::moves::Moment;
use crate::transfer::{Event, State, Transfer};
use crate::verdict::Content;

/// The records that belong to these entries, in their order.
pub fn disclosures(book: &Book, entries: &[Entry], at: Moment) -> Vec<Entry> {
    let mut touched: std::collections::BTreeMap<_, Transfer> = std::collections::BTreeMap::new();
    let mut out = Vec::new();
    for entry in entries {
        let Entry::Event { transfer: id, event } = entry else { continue };
        let Some(known) = book.transfers.get(id) else { continue };
        let transfer = touched.entry(id.clone()).or_insert_with(|| known.clone());
        let was_with_us = is_with_us(&transfer.state);
        if transfer.apply(event, at).is_err() || !was_with_us || is_with_us(&transfer.state) {
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

/// Whether nothing is known to have left: an attempt alone is an intent.
fn is_with_us(state: &State) -> bool {
    match state {
        State::Planned
        | State::Held { .. }
        | State::NothingToSend { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. }
        | State::InFlight { .. }
        | State::Deferred { .. }
        | State::Placed { .. }
        | State::Withdrawn { .. } => true,
        State::InDoubt { .. }
        | State::Sent { .. }
        | State::Delivered { .. }
        | State::Accepted { .. }
        | State::Rejected { .. }
        | State::Abandoned { .. } => false,
    }
}

/// Whether the event is one by which something leaves. An attempt alone is an intent; its outcome decides.
fn leaves(event: &Event) -> bool {
    matches!(event, Event::Take { .. } | Event::Lose | Event::Post { .. } | Event::Confirm { .. })
}

fn when(event: &Event, at: Moment) -> Moment {
    if let Event::Post { on, .. } | Event::Confirm { on, .. } = event { *on } else { at }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::samples;

    fn book(state: State) -> Book {
        let mut book = Book::default();
        let birth = Box::new(samples::birth("P-1", Content::Tb));
        let planned =
            book.record(&Entry::Plan { transfer: samples::transfer_id(), birth }, samples::minute(0));
        assert_eq!(planned, Ok(()));
        if let Some(transfer) = book.transfers.get_mut(&samples::transfer_id()) {
            transfer.state = state;
        }
        book
    }

    fn disclosed(state: State, events: Vec<Event>) -> usize {
        let entry = |event| Entry::event(samples::transfer_id(), event);
        let entries: Vec<Entry> = events.into_iter().map(entry).collect();
        disclosures(&book(state), &entries, samples::minute(100)).len()
    }

    #[test]
    fn whatever_leaves_is_in_the_register_once() {
        let sealed = || samples::sealed(1, 1);
        let flying = || State::InFlight { sealed: sealed(), attempt: 1, run: samples::run(), doubted: false };
        let placed = || State::Placed { sealed: sealed(), place: "a.zip".to_owned() };
        let sent = || State::Sent {
            sealed: sealed(),
            reference: String::new(),
            at: samples::minute(5),
            parts: vec![samples::part(1, None)],
        };
        let (hand, on) = (samples::hand(), samples::minute(90));
        let take = Event::Take { reference: "a.xml".to_owned() };
        let post = Event::Post { hand: hand.clone(), on };
        let confirm = Event::Confirm { hand: hand.clone(), on };
        let place = Event::Place { place: "a.zip".to_owned() };
        assert_eq!(disclosed(flying(), vec![take]), 1, "a channel took it");
        assert_eq!(disclosed(flying(), vec![Event::Lose]), 1, "it may have left");
        assert_eq!(disclosed(flying(), vec![place]), 0, "in a tray nothing has left");
        assert_eq!(disclosed(placed(), vec![post.clone(), confirm.clone()]), 1, "posted and done");
        assert_eq!(disclosed(placed(), vec![confirm.clone()]), 1, "handed over inside the EPJ");
        assert_eq!(disclosed(sent(), vec![confirm]), 0, "it had left before");
        assert_eq!(disclosed(State::Planned, vec![post]), 0, "what is illegal makes nothing available");
    }
}
