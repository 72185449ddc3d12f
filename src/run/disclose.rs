//! The register of what was made available to whom (pasientjournalloven § 22 a), drawn from the events themselves.
//!
//! Pure: whatever makes a transfer leave, a channel or a person's hand, gives its record in the same group of the
//! ledger. One record a revision: sending the same bytes again after doubt makes nothing more available.

use crate::ledger::{Book, Disclosure, Entry};
use crate::moves::Moment;
use crate::transfer::{Event, State, Transfer};
use crate::verdict::{Channel, Content};

/// The records that belong to these entries, in their order.
pub fn disclosures(book: &Book, entries: &[Entry], at: Moment) -> Vec<Entry> {
    let mut touched: std::collections::BTreeMap<_, Transfer> = std::collections::BTreeMap::new();
    let mut out: Vec<Disclosure> = Vec::new();
    for entry in entries {
        let Entry::Event { transfer: id, event } = entry else { continue };
        let Some(known) = book.transfers.get(id) else { continue };
        let transfer = touched.entry(id.clone()).or_insert_with(|| known.clone());
        let by_another_way = matches!(transfer.state, State::Held { .. });
        if transfer.apply(event, at).is_err() || !leaves(event, transfer) {
            continue;
        }
        let is_it = |d: &Disclosure| d.transfer == *id && d.revision == transfer.revision;
        if !book.disclosures.iter().chain(&out).any(is_it) {
            out.push(disclosure(transfer, when(event, at), by_another_way));
        }
    }
    out.into_iter().map(|disclosure| Entry::Disclosure { disclosure: Box::new(disclosure) }).collect()
}

/// Whether the event is one by which something leaves. An attempt alone is an intent; its outcome decides. An
/// attempt that was lost may have left, unless it only laid a file in a person's tray.
fn leaves(event: &Event, transfer: &Transfer) -> bool {
    let channel = transfer.state.sealed().map(|sealed| sealed.clearance.channel);
    match event {
        Event::Take { .. } | Event::Post { .. } | Event::Confirm { .. } => true,
        Event::Lose => channel.is_some_and(Channel::gets_receipts),
        _ => false,
    }
}

fn when(event: &Event, at: Moment) -> Moment {
    if let Event::Post { on, .. } | Event::Confirm { on, .. } = event { *on } else { at }
}

/// The record of one revision. What a person handed over by another way than the parcel that was held has no
/// channel of ours, and no contents that we know.
fn disclosure(transfer: &Transfer, at: Moment, by_another_way: bool) -> Disclosure {
    let birth = &transfer.birth;
    let sealed = transfer.state.sealed().filter(|_| !by_another_way);
    let inventory = transfer.state.inventory();
    let tb = inventory.and_then(|inventory| inventory.tb.as_ref());
    let basis = match tb {
        Some(tb) => tb.basis.map(|basis| basis.text().to_owned()).unwrap_or_default(),
        None => inventory.map(|inventory| inventory.journal_basis.clone()).unwrap_or_default(),
    };
    let what = match birth.content {
        Content::Tb if by_another_way => "tuberkuloseresultater, gitt på en annen måte".to_owned(),
        Content::Journal if by_another_way => "journal, gitt på en annen måte".to_owned(),
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
        let (hand, on) = (samples::hand(), samples::minute(90));
        let take = Event::Take { reference: "a.xml".to_owned() };
        let post = Event::Post { hand: hand.clone(), on };
        let confirm = Event::Confirm { hand: hand.clone(), on };
        let place = Event::Place { place: "a.zip".to_owned() };
        assert_eq!(disclosed(flying(), vec![take]), 1, "a channel took it");
        assert_eq!(disclosed(flying(), vec![Event::Lose]), 1, "it may have left");
        assert_eq!(disclosed(flying(), vec![place]), 0, "in a tray nothing has left");
        assert_eq!(disclosed(placed(), vec![post.clone(), confirm.clone()]), 1, "posted and done");
        assert_eq!(disclosed(placed(), vec![confirm]), 1, "handed over inside the EPJ");
        assert_eq!(disclosed(State::Planned, vec![post]), 0, "what is illegal makes nothing available");
    }
}
