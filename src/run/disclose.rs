//! The register of what was made available to whom (pasientjournalloven § 22 a), drawn from the events themselves.
//!
//! Pure: whatever makes a transfer leave, a channel or a person's hand, gives its record in the same group of the
//! ledger. One record a revision: sending the same bytes again after doubt makes nothing more available.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::TransferId;
use crate::inventory::TbForm;
use crate::ledger::{Book, Counted, Disclosure, Entry};
use crate::moves::Moment;
use crate::transfer::{Birth, Event, Kind, State, Transfer};
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
        let by_another_way = matches!(transfer.state, State::Held { .. });
        if transfer.apply(event, at).is_err() || !leaves(event, transfer) {
            continue;
        }
        if known.insert((id.clone(), transfer.revision)) {
            let disclosure = disclosure(transfer, when(event, at), by_another_way);
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
    let documents = inventory.map_or(0, |inventory| inventory.documents.len());
    let counted = Counted {
        results: tb.map_or(0, |tb| tb.carried().count()) as u64,
        documents: documents as u64,
        notice: tb.is_some_and(|tb| tb.form == TbForm::Notice),
    };
    let what = match birth.content {
        Content::Tb if by_another_way => "tuberkuloseresultater, gitt på en annen måte".to_owned(),
        Content::Journal if by_another_way => "journal, gitt på en annen måte".to_owned(),
        Content::Tb | Content::Journal => what(birth, counted),
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
        counted: (!by_another_way).then_some(counted),
        at,
    }
}

/// The same in words.
fn what(birth: &Birth, counted: Counted) -> String {
    let Counted { results, documents, notice } = counted;
    let so_many = |n: u64, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let what = match birth.content {
        _ if matches!(birth.kind, Kind::Recall { .. }) => return "beskjed om tilbakekalling".to_owned(),
        Content::Tb if notice => "beskjed om at tuberkuloseundersøkelsen ikke er gjennomført".to_owned(),
        Content::Tb => {
            let results = so_many(results, "tuberkuloseresultat", "tuberkuloseresultater");
            match documents {
                0 => results,
                documents => format!("{results} og {}", so_many(documents, "dokument", "dokumenter")),
            }
        }
        Content::Journal => so_many(documents, "journaldokument", "journaldokumenter"),
    };
    match birth.kind {
        Kind::Supplement { .. } => format!("{what}, ettersendt"),
        Kind::Copy { .. } => format!("{what}, i kopi"),
        Kind::First | Kind::Recall { .. } => what,
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
        let flying = || State::InFlight {
            sealed: sealed(),
            attempt: 1,
            run: samples::run(),
            doubted: false,
            parts: Vec::new(),
        };
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

    #[test]
    fn what_was_given_is_counted_and_told_by_its_kind() {
        let of = samples::transfer_id;
        let kinds = [
            (Kind::First, ""),
            (Kind::Supplement { ordinal: 1, of: of() }, ", ettersendt"),
            (Kind::Copy { receiver: crate::place::HerId(9) }, ", i kopi"),
        ];
        let rows = [
            (Content::Tb, (1, 0, false), "1 tuberkuloseresultat"),
            (Content::Tb, (3, 1, false), "3 tuberkuloseresultater og 1 dokument"),
            (Content::Tb, (0, 0, true), "beskjed om at tuberkuloseundersøkelsen ikke er gjennomført"),
            (Content::Journal, (0, 4, false), "4 journaldokumenter"),
        ];
        for (content, (results, documents, notice), expected) in rows {
            for (kind, end) in &kinds {
                let birth = Birth { kind: kind.clone(), ..samples::birth("P-1", content) };
                let counted = Counted { results, documents, notice };
                assert_eq!(what(&birth, counted), format!("{expected}{end}"));
            }
        }
        let recall =
            Birth { kind: Kind::Recall { ordinal: 1, of: of() }, ..samples::birth("P-1", Content::Tb) };
        let counted = Counted { results: 3, documents: 0, notice: false };
        assert_eq!(what(&recall, counted), "beskjed om tilbakekalling", "it has no new results");
    }
}
