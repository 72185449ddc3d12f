//! Whole lives: what no sequence of events may ever do, and the stories of revision, waiver and *since*.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::samples::{
    birth, clearance, events, hand, message, minute, parcel, receipt, run, states, transfer_id, waiver,
};
use super::{EarlierMessage, Event, Hold, ReceiptAnswer, State, Transfer};
use crate::reason::Reason;
use crate::verdict::Content;

fn planned() -> Transfer {
    Transfer::new(transfer_id(), birth("P-1", Content::Tb), minute(0))
}

/// An event as life would bring it: about this transfer's own messages and next attempt, mostly.
fn fitted(event: Event, transfer: &Transfer, part: u32, stray: bool) -> Event {
    let revision = if stray { transfer.revision.saturating_sub(1) } else { transfer.revision };
    let message = message(revision, part);
    match event {
        Event::Seal { .. } => Event::Seal { parcel: parcel(transfer.revision, 2) },
        Event::Start { run, .. } if !stray => Event::Start { attempt: transfer.attempts + 1, run },
        Event::TransportYes { .. } => Event::TransportYes { message },
        Event::TransportNo { codes, .. } => Event::TransportNo { message, codes },
        Event::AppYes { receipt, .. } => Event::AppYes { message, receipt },
        Event::AppNo { receipt, .. } => Event::AppNo { message, receipt },
        Event::EarlierAccepted { receipt, .. } => Event::EarlierAccepted { message, receipt },
        other => other,
    }
}

/// What holds between a transfer before and after one event, legal or not.
fn check(before: &Transfer, after: &Transfer, event: &Event, legal: bool) -> Result<(), TestCaseError> {
    prop_assert!(after.revision >= before.revision && after.attempts >= before.attempts);
    prop_assert!(after.earlier.len() >= before.earlier.len(), "an old message is forgotten");
    if !legal {
        prop_assert_eq!(before, after, "an illegal event changed something");
    }
    if matches!(before.state, State::Accepted { .. }) && !matches!(event, Event::Reopen { again: true, .. }) {
        prop_assert_eq!(after.state.code(), "accepted");
    }
    if before.state.stands_like(&after.state) {
        prop_assert_eq!(before.since, after.since, "since moved and the state did not");
    } else {
        prop_assert_ne!(before.since, after.since, "since did not move with the state");
    }
    if after.revision > before.revision {
        prop_assert_eq!(after.revision, before.revision + 1);
        for message in before.state.sealed().iter().flat_map(|sealed| sealed.parcel.messages()) {
            let kept =
                |earlier: &EarlierMessage| (earlier.revision, earlier.message) == (before.revision, message);
            prop_assert!(after.earlier.iter().any(kept), "a message is forgotten");
        }
    } else if let (Some(was), Some(is)) = (before.state.sealed(), after.state.sealed()) {
        prop_assert_eq!(&was.parcel, &is.parcel, "the bytes of a revision changed");
    }
    Ok(())
}

proptest! {
    #[test]
    fn no_life_breaks_the_law(steps in vec((select(events()), 1_u32..=2, prop::bool::weighted(0.1)), 0..120)) {
        let mut transfer = planned();
        for (at, (event, part, stray)) in (1..).zip(steps) {
            let event = fitted(event, &transfer, part, stray);
            let before = transfer.clone();
            let applied = transfer.apply(&event, minute(at));
            check(&before, &transfer, &event, applied.is_ok())?;
        }
    }

    #[test]
    fn no_event_surprises_any_state(
        state in select(states()),
        steps in vec((select(events()), 1_u32..=2, any::<bool>()), 0..20),
    ) {
        let mut transfer = Transfer { state, ..planned() };
        for (at, (event, part, stray)) in (1..).zip(steps) {
            let event = fitted(event, &transfer, part, stray);
            let before = transfer.clone();
            let applied = transfer.apply(&event, minute(at));
            check(&before, &transfer, &event, applied.is_ok())?;
        }
    }

    #[test]
    fn an_event_survives_being_written(event in select(events())) {
        let text = serde_json::to_string(&event).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(serde_json::from_str::<Event>(&text).ok(), Some(event));
    }
}

/// A transfer after events that must all be legal, a minute apart.
fn after(events: Vec<Event>) -> Transfer {
    let mut transfer = planned();
    apply_all(&mut transfer, 1, events);
    transfer
}

fn apply_all(transfer: &mut Transfer, from: i64, events: Vec<Event>) {
    for (at, event) in (from..).zip(events) {
        assert_eq!(transfer.apply(&event, minute(at)), Ok(()));
    }
}

fn to_sealed(revision: u32) -> Vec<Event> {
    let inventory = crate::inventory::Inventory::default();
    vec![
        Event::Collect { inventory },
        Event::Clear { clearance: super::samples::clearance() },
        Event::Seal { parcel: parcel(revision, 1) },
    ]
}

fn hold(reason: Reason, detail: &str) -> Event {
    Event::Hold { reasons: vec![Hold { reason, detail: detail.to_owned() }] }
}

#[test]
fn an_attempt_that_is_not_the_next_one_is_illegal() {
    let mut transfer = after(to_sealed(1));
    for attempt in [0, 2, 7] {
        assert!(transfer.apply(&Event::Start { attempt, run: run() }, minute(9)).is_err(), "{attempt}");
    }
    assert_eq!(transfer.apply(&Event::Start { attempt: 1, run: run() }, minute(9)), Ok(()));
    assert_eq!(transfer.attempts, 1);
}

#[test]
fn a_rejected_transfer_begins_a_new_revision_and_remembers_its_messages() {
    let mut transfer = after(to_sealed(1));
    let refused = Event::AppNo { message: message(1, 1), receipt: receipt(ReceiptAnswer::Rejected) };
    let take = Event::Take { reference: "a.xml".to_owned() };
    let reopen = Event::Reopen { hand: hand(), again: false };
    apply_all(&mut transfer, 10, vec![Event::Start { attempt: 1, run: run() }, take, refused, reopen]);
    assert_eq!((transfer.state.code(), transfer.revision, transfer.attempts), ("planned", 2, 1));
    let earlier: Vec<_> =
        transfer.earlier.iter().map(|one| (one.revision, one.message, one.is_accepted())).collect();
    assert_eq!(earlier, [(1, message(1, 1), false)]);
}

#[test]
fn what_was_never_sealed_stays_the_same_revision() {
    let transfer = after(vec![hold(Reason::NotAgreed, ""), Event::Resume]);
    assert_eq!((transfer.state.code(), transfer.revision), ("planned", 1));
}

#[test]
fn since_is_kept_while_the_reasons_are_the_same() {
    let mut transfer = after(vec![hold(Reason::AmbiguousParty, "two")]);
    let rows = [
        ("the same reason in other words", hold(Reason::AmbiguousParty, "three"), 1),
        ("a waiver", Event::Waive { waiver: waiver(Reason::AmbiguousParty) }, 1),
        ("another reason", hold(Reason::NotAgreed, ""), 12),
    ];
    for (at, (row, event, since)) in (10..).zip(rows) {
        assert_eq!(transfer.apply(&event, minute(at)), Ok(()), "{row}");
        assert_eq!(transfer.since, minute(since), "{row}");
    }
}

#[test]
fn a_decision_is_an_input_of_the_next_revision_and_of_no_later_one() {
    let mut transfer = after(to_sealed(1));
    let waive = |reason| Event::Waive { waiver: waiver(reason) };
    let first = vec![
        hold(Reason::Confidential, ""),
        waive(Reason::Confidential),
        waive(Reason::AcceptedEarlier),
        Event::Resume,
    ];
    apply_all(&mut transfer, 10, first);
    assert_eq!(transfer.revision, 2);
    assert!(transfer.waives(Reason::Confidential), "what was decided is what it was resumed for");
    apply_all(&mut transfer, 20, to_sealed(2));
    apply_all(&mut transfer, 30, vec![hold(Reason::StaleDirectory, ""), Event::Resume]);
    assert_eq!(transfer.revision, 3);
    assert!(!transfer.waives(Reason::Confidential), "the next one asks again");
    assert!(transfer.waives(Reason::AcceptedEarlier), "this one stays set aside");
}

#[test]
fn an_acceptance_that_was_set_aside_does_not_set_the_next_one_aside() {
    let mut transfer = after(to_sealed(1));
    let yes = |revision| Event::EarlierAccepted { message: message(revision, 1), receipt: None };
    apply_all(&mut transfer, 10, vec![hold(Reason::StaleDirectory, ""), Event::Resume, yes(1)]);
    let waive = Event::Waive { waiver: waiver(Reason::AcceptedEarlier) };
    let released = vec![hold(Reason::AcceptedEarlier, ""), waive, Event::Resume];
    apply_all(&mut transfer, 20, released);
    apply_all(&mut transfer, 30, to_sealed(2));
    apply_all(&mut transfer, 40, vec![hold(Reason::StaleDirectory, ""), Event::Resume]);
    assert!(transfer.waives(Reason::AcceptedEarlier), "nothing new was heard");
    assert_eq!(transfer.apply(&yes(2), minute(50)), Ok(()));
    assert!(!transfer.waives(Reason::AcceptedEarlier), "of this one nobody has decided");
}

#[test]
fn what_is_only_recorded_is_remembered() {
    let mut transfer = after(to_sealed(1));
    let place = Event::Place { place: "a.pdf".to_owned() };
    let events = vec![
        Event::Start { attempt: 1, run: run() },
        place,
        Event::PlacedFileGone,
        Event::Recall { why: Reason::Recall },
        Event::EarlierAccepted { message: message(1, 1), receipt: None },
    ];
    apply_all(&mut transfer, 10, events);
    assert!(transfer.may_have_been_posted && transfer.accepted_earlier);
    assert_eq!(transfer.recalled, Some(Reason::Recall));
    assert_eq!((transfer.state.code(), transfer.since), ("placed", minute(11)));
}

#[test]
fn a_reason_that_was_gone_and_is_there_again_has_arisen_once_more() {
    let hold =
        |reasons: &[Reason]| Event::Hold { reasons: reasons.iter().copied().map(Hold::plain).collect() };
    let no_party = Reason::NoParty;
    let parcel = || {
        let inventory = crate::inventory::Inventory::default();
        vec![
            Event::Resume,
            Event::Collect { inventory },
            Event::Clear { clearance: clearance() },
            Event::Seal { parcel: parcel(1, 1) },
        ]
    };
    let nothing = || {
        let inventory = crate::inventory::Inventory::default();
        let reopen = Event::Reopen { hand: hand(), again: false };
        vec![Event::Resume, Event::FindNothing { why: Reason::Objection, inventory }, reopen]
    };
    let rows: [(&str, Vec<Event>, u32); 7] = [
        ("held", vec![], 1),
        ("held for more", vec![hold(&[no_party, Reason::TooLarge])], 1),
        ("held for another, and again", vec![hold(&[Reason::TooLarge]), hold(&[no_party])], 2),
        ("a night could not look", vec![hold(&[Reason::StaleDirectory]), hold(&[no_party])], 1),
        ("looked at and held as it was", vec![Event::Resume, hold(&[no_party])], 1),
        ("sealed, and held again", [parcel(), vec![hold(&[no_party])]].concat(), 2),
        ("nothing to send, and held again", [nothing(), vec![hold(&[no_party])]].concat(), 2),
    ];
    for (name, events, expected) in rows {
        let birth = birth("P-1", Content::Tb);
        let mut transfer = Transfer::new(transfer_id(), birth, minute(0));
        for event in [vec![hold(&[no_party])], events].concat() {
            assert_eq!(transfer.apply(&event, minute(1)), Ok(()), "{name}: {}", event.code());
        }
        assert_eq!(transfer.times_held_for(no_party), expected, "{name}");
        assert_eq!(transfer.times_held_for(Reason::Confidential), 0);
    }
}
