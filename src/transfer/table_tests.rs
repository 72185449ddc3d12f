//! The table of states and events, row by row, and that everything else is illegal.

use std::collections::BTreeMap;

use super::samples::{events, hand, message, minute, parcel, part, receipt, run, sealed, states};
use super::step::{Illegal, step};
use super::{Acceptance, ErrorCode, Event, Layer, Receipt, ReceiptAnswer, State};

/// From, event, to. `recorded` stays where it is; a state's own name is the same state with something new in it.
const ROWS: &[(&str, &str, &str)] = &[
    ("planned", "collect", "collected"),
    ("planned", "find-nothing", "nothing-to-send"),
    ("planned", "hold", "held"),
    ("planned", "withdraw", "withdrawn"),
    ("planned", "direct", "recorded"),
    ("held", "resume", "planned"),
    ("held", "hold", "held"),
    ("held", "waive", "recorded"),
    ("held", "confirm", "accepted"),
    ("held", "give-up", "abandoned"),
    ("held", "withdraw", "withdrawn"),
    ("held", "placed-file-gone", "recorded"),
    ("held", "direct", "recorded"),
    ("held", "recall", "recorded"),
    ("nothing-to-send", "reopen", "planned"),
    ("nothing-to-send", "reopen-again", "planned"),
    ("collected", "clear", "cleared"),
    ("collected", "hold", "held"),
    ("collected", "withdraw", "withdrawn"),
    ("cleared", "seal", "sealed"),
    ("cleared", "hold", "held"),
    ("cleared", "withdraw", "withdrawn"),
    ("sealed", "start", "in-flight"),
    ("sealed", "hold", "held"),
    ("sealed", "withdraw", "withdrawn"),
    ("in-flight", "take", "sent"),
    ("in-flight", "place", "placed"),
    ("in-flight", "defer", "deferred"),
    ("in-flight", "refuse", "rejected"),
    ("in-flight", "lose", "in-doubt"),
    ("in-flight", "recall", "recorded"),
    ("deferred", "start", "in-flight"),
    ("deferred", "hold", "held"),
    ("deferred", "withdraw", "withdrawn"),
    ("deferred", "give-up", "abandoned"),
    ("deferred", "recall", "recorded"),
    ("in-doubt", "start", "in-flight"),
    ("in-doubt", "transport-yes", "in-doubt"),
    ("in-doubt", "transport-no", "rejected"),
    ("in-doubt", "app-yes", "in-doubt"),
    ("in-doubt", "app-no", "rejected"),
    ("in-doubt", "confirm", "accepted"),
    ("in-doubt", "give-up", "abandoned"),
    ("in-doubt", "placed-file-gone", "recorded"),
    ("in-doubt", "recall", "recorded"),
    ("placed", "post", "sent"),
    ("placed", "confirm", "accepted"),
    ("placed", "hold", "held"),
    ("placed", "withdraw", "withdrawn"),
    ("placed", "placed-file-gone", "recorded"),
    ("placed", "recall", "recorded"),
    ("sent", "transport-yes", "sent"),
    ("sent", "transport-no", "rejected"),
    ("sent", "app-yes", "sent"),
    ("sent", "app-no", "rejected"),
    ("sent", "confirm", "accepted"),
    ("sent", "give-up", "abandoned"),
    ("sent", "recall", "recorded"),
    ("delivered", "transport-yes", "delivered"),
    ("delivered", "app-yes", "delivered"),
    ("delivered", "app-no", "rejected"),
    ("delivered", "confirm", "accepted"),
    ("delivered", "give-up", "abandoned"),
    ("delivered", "recall", "recorded"),
    ("accepted", "transport-yes", "recorded"),
    ("accepted", "app-yes", "recorded"),
    ("accepted", "reopen-again", "planned"),
    ("accepted", "recall", "recorded"),
    ("rejected", "transport-yes", "rejected"),
    ("rejected", "transport-no", "rejected"),
    ("rejected", "app-yes", "rejected"),
    ("rejected", "app-no", "rejected"),
    ("rejected", "reopen", "planned"),
    ("rejected", "reopen-again", "planned"),
    ("rejected", "withdraw", "withdrawn"),
    ("rejected", "recall", "recorded"),
    ("abandoned", "transport-yes", "sent"),
    ("abandoned", "transport-no", "rejected"),
    ("abandoned", "app-yes", "sent"),
    ("abandoned", "app-no", "rejected"),
    ("abandoned", "confirm", "accepted"),
    ("abandoned", "reopen", "planned"),
    ("abandoned", "reopen-again", "planned"),
    ("abandoned", "withdraw", "withdrawn"),
    ("abandoned", "recall", "recorded"),
    ("withdrawn", "placed-file-gone", "recorded"),
    ("withdrawn", "recall", "recorded"),
];

fn name(event: &Event) -> &'static str {
    if matches!(event, Event::Reopen { again: true, .. }) { "reopen-again" } else { event.code() }
}

#[test]
fn every_row_leads_where_it_should_and_everything_else_is_illegal() {
    let mut rows: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for (from, event, to) in ROWS {
        assert_eq!(rows.insert((from, event), to), None, "{from}, {event}: listed twice");
    }
    for state in states() {
        for event in events() {
            let (from, what) = (state.code(), name(&event));
            let stepped = step(&state, &event, minute(10));
            let expected = match rows.remove(&(from, what)) {
                // An acceptance of an earlier revision is taken note of anywhere.
                None if what == "earlier-accepted" => Ok("recorded"),
                None => Err(Illegal { state: from, event: event.code() }),
                Some(to) => Ok(to),
            };
            let found = stepped.map(|next| next.map_or("recorded", |next| next.code()));
            assert_eq!(found, expected, "{from}, {what}");
        }
    }
    assert!(rows.is_empty(), "rows that no sample reached: {rows:?}");
}

/// Steps through events that must all be legal.
fn after(state: State, events: Vec<Event>) -> State {
    events.into_iter().fold(state, |state, event| match step(&state, &event, minute(10)) {
        Ok(next) => next.unwrap_or(state),
        Err(illegal) => panic!("{illegal}"),
    })
}

fn yes(part: u32) -> Event {
    Event::AppYes { message: message(1, part), receipt: receipt(ReceiptAnswer::Accepted) }
}

fn no(part: u32) -> Event {
    Event::AppNo { message: message(1, part), receipt: receipt(ReceiptAnswer::Rejected) }
}

fn carried(part: u32) -> Event {
    Event::TransportYes { message: message(1, part) }
}

fn in_state(code: &str) -> State {
    let Some(state) = states().into_iter().find(|state| state.code() == code) else {
        panic!("no sample of {code}");
    };
    state
}

#[test]
fn a_transfer_is_accepted_when_all_its_messages_are() {
    let defects = Event::AppYes { message: message(1, 2), receipt: receipt(ReceiptAnswer::WithDefects) };
    let rows = [
        ("sent, one yes", "sent", vec![yes(1)], "sent"),
        ("sent, the same yes twice", "sent", vec![yes(1), yes(1)], "sent"),
        ("sent, both", "sent", vec![yes(2), yes(1)], "accepted"),
        ("sent, one with defects", "sent", vec![yes(1), defects.clone()], "accepted"),
        ("sent, both carried", "sent", vec![carried(1), carried(2)], "delivered"),
        ("delivered, both", "delivered", vec![yes(1), yes(2)], "accepted"),
        ("sent, one yes and one no", "sent", vec![yes(1), no(2)], "rejected"),
        ("sent, a no and a late yes", "sent", vec![no(1), yes(2)], "rejected"),
        ("in doubt, both", "in-doubt", vec![yes(1), yes(2)], "accepted"),
        ("given up, both", "abandoned", vec![yes(1), yes(2)], "accepted"),
        (
            "given up, confirmed",
            "abandoned",
            vec![Event::Confirm { hand: hand(), on: minute(1) }],
            "accepted",
        ),
    ];
    for (row, from, events, to) in rows {
        assert_eq!(after(in_state(from), events).code(), to, "{row}");
    }
    let accepted = after(in_state("sent"), vec![yes(1), defects]);
    let State::Accepted { how, .. } = accepted else { panic!("not accepted") };
    assert_eq!(how, Acceptance::Receipts { defects: true }, "one with defects marks the whole");
}

#[test]
fn a_yes_is_never_undone_in_silence() {
    let not_carried = Event::TransportNo { message: message(1, 1), codes: Vec::new() };
    let rows = [
        ("a no after a yes", "sent", vec![yes(1)], no(1)),
        ("a no after the whole was accepted", "sent", vec![yes(1), yes(2)], no(1)),
        ("not carried, after being answered", "sent", vec![yes(1)], not_carried.clone()),
        ("not carried, after being carried", "sent", vec![carried(1)], not_carried.clone()),
        ("not carried, after being delivered", "delivered", vec![], not_carried),
        ("a no for a message of a rejected one", "rejected", vec![yes(2)], no(2)),
        ("a no after a yes in doubt", "in-doubt", vec![yes(1)], no(1)),
    ];
    for (row, from, before, event) in rows {
        let state = after(in_state(from), before);
        let expected = Err(Illegal { state: state.code(), event: event.code() });
        assert_eq!(step(&state, &event, minute(11)), expected, "{row}");
    }
}

#[test]
fn defects_once_told_are_not_undone_by_a_plain_yes() {
    let defects = || Event::AppYes { message: message(1, 1), receipt: receipt(ReceiptAnswer::WithDefects) };
    for (row, events) in [
        ("then a yes", vec![defects(), yes(1), yes(2)]),
        ("after a yes", vec![yes(1), defects(), yes(2)]),
        ("last of all", vec![yes(2), defects()]),
    ] {
        let State::Accepted { how, .. } = after(in_state("sent"), events) else {
            panic!("{row}: not accepted")
        };
        assert_eq!(how, Acceptance::Receipts { defects: true }, "{row}");
    }
}

#[test]
fn every_code_of_every_refused_message_is_shown_once() {
    let refused = |part, code: &str| {
        let codes = vec![ErrorCode { code: code.to_owned(), text: String::new() }];
        let receipt = Receipt { at: minute(60), answer: ReceiptAnswer::Rejected, codes };
        Event::AppNo { message: message(1, part), receipt }
    };
    let rows = [
        ("two reasons", vec![refused(1, "E35"), refused(2, "E10")], "E35 E10"),
        ("one reason", vec![refused(1, "E35"), refused(2, "E35")], "E35"),
        ("with a yes between", vec![refused(2, "E10"), yes(1)], "E10"),
    ];
    for (row, events, expected) in rows {
        let State::Rejected { codes, .. } = after(in_state("sent"), events) else {
            panic!("{row}: not rejected")
        };
        let codes: Vec<&str> = codes.iter().map(|code| code.code.as_str()).collect();
        assert_eq!(codes.join(" "), expected, "{row}");
    }
}

#[test]
fn a_receipt_that_fits_nothing_is_illegal() {
    let of_another = Event::AppYes { message: message(9, 1), receipt: receipt(ReceiptAnswer::Accepted) };
    let says_both = Event::AppYes { message: message(1, 1), receipt: receipt(ReceiptAnswer::Rejected) };
    for state in ["sent", "delivered", "in-doubt", "abandoned", "rejected"] {
        for (row, event) in [("another message", &of_another), ("a yes that says no", &says_both)] {
            let stepped = step(&in_state(state), event, minute(11));
            assert_eq!(stepped, Err(Illegal { state, event: "app-yes" }), "{row}");
        }
    }
}

#[test]
fn what_may_have_left_once_is_never_put_off_as_if_it_had_not() {
    let again = Event::Start { attempt: 2, run: run() };
    let defer = Event::Defer { fault: "no such folder".to_owned(), not_before: minute(9) };
    let state = after(in_state("in-doubt"), vec![again.clone(), defer.clone()]);
    assert_eq!(
        state,
        State::InDoubt { sealed: sealed(1, 2), attempt: 2, parts: vec![part(1, None), part(2, None)] }
    );
    let state = after(in_state("deferred"), vec![again, defer]);
    assert_eq!(state.code(), "deferred");
}

#[test]
fn a_refusal_by_the_channel_leaves_nothing_outside() {
    let state = after(in_state("in-flight"), vec![Event::Refuse { text: "no".to_owned() }]);
    let State::Rejected { by, at, .. } = &state else { panic!("not rejected") };
    assert_eq!((*by, *at), (Layer::Channel, None));
    assert!(!state.may_have_left());
}

#[test]
fn what_is_given_up_in_doubt_may_have_left_when_it_was_sealed() {
    let state = after(in_state("in-doubt"), vec![Event::GiveUp { hand: hand() }]);
    assert_eq!(state.sent_at(), Some(parcel(1, 2).sealed_at));
    assert!(state.may_have_left());
}
