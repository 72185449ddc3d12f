//! The one function that decides which move of state is legal.
//!
//! Reads as the table of the house: for each state, what may happen and where it leads. Everything else is
//! [`Illegal`]: recorded as a contradiction and reported, never a crash.

use thiserror::Error;

use super::event::Event;
use super::parcel::Sealed;
use super::state::{Acceptance, ErrorCode, Hand, Layer, Part, Receipt, ReceiptAnswer, State};
use crate::id::{MessageId, RunId};
use crate::inventory::Inventory;
use crate::moves::Moment;
use crate::verdict::Clearance;

/// An event that the state has no move for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a transfer that is {state} has no move for {event}")]
pub struct Illegal {
    /// The state's code.
    pub state: &'static str,
    /// The event's code.
    pub event: &'static str,
}

/// The state after the event; none where the event is recorded and the state stays.
///
/// # Errors
/// [`Illegal`] when the state has no such move.
pub fn step(state: &State, event: &Event, at: Moment) -> Result<Option<State>, Illegal> {
    if !agrees(event) {
        return Err(Illegal { state: state.code(), event: event.code() });
    }
    let next = match state {
        State::Planned => from_planned(event),
        State::Held { sealed, .. } => from_held(sealed.as_deref(), event),
        State::NothingToSend { .. } => match event {
            Event::Reopen { .. } => Some(State::Planned),
            _ => None,
        },
        State::Collected { inventory } => from_collected(inventory, event).or_else(|| stop(state, event)),
        State::Cleared { inventory, clearance } => {
            from_cleared(inventory, clearance, event).or_else(|| stop(state, event))
        }
        State::Sealed { sealed } => from_sealed(sealed, event),
        State::InFlight { .. } => from_in_flight(state, event, at),
        State::Deferred { sealed, .. } => from_sealed(sealed, event).or_else(|| give_up(state, event)),
        State::InDoubt { sealed, .. } => from_in_doubt(state, sealed, event, at),
        State::Placed { sealed, .. } => from_placed(sealed, event),
        State::Sent { .. } | State::Delivered { .. } => {
            heard(state, event, at).or_else(|| give_up(state, event))
        }
        State::Accepted { .. } => match event {
            Event::TransportYes { .. } | Event::AppYes { .. } => return Ok(None),
            Event::Reopen { again: true, .. } => Some(State::Planned),
            _ => None,
        },
        State::Rejected { .. } => from_rejected(state, event, at),
        State::Abandoned { .. } => match event {
            Event::Reopen { .. } => Some(State::Planned),
            Event::Withdraw { .. } => withdraw(state, event),
            _ => heard(state, event, at),
        },
        State::Withdrawn { .. } => None,
    };
    match next {
        Some(next) => Ok(Some(next)),
        None if is_only_recorded(state, event) => Ok(None),
        None => Err(Illegal { state: state.code(), event: event.code() }),
    }
}

/// Events that any fitting state records without moving.
fn is_only_recorded(state: &State, event: &Event) -> bool {
    match event {
        Event::Waive { .. } => matches!(state, State::Held { .. }),
        // Where nothing is sealed for a route, or what is sealed is looked at anew.
        Event::Direct { .. } => matches!(state, State::Planned | State::Held { .. }),
        Event::EarlierAccepted { .. } => true,
        Event::Recall { .. } => may_have_been_tried(state),
        // Found when placing again after a crash, or after the hold or the withdrawal that was to remove it.
        Event::PlacedFileGone => matches!(
            state,
            State::Placed { .. } | State::InDoubt { .. } | State::Held { .. } | State::Withdrawn { .. }
        ),
        _ => false,
    }
}

/// The states from the first attempt on, and held, since what a restored ledger has lost may have been: there a recall is recorded, whatever it then finds to take back.
fn may_have_been_tried(state: &State) -> bool {
    match state {
        State::Held { .. }
        | State::InFlight { .. }
        | State::Deferred { .. }
        | State::InDoubt { .. }
        | State::Placed { .. }
        | State::Sent { .. }
        | State::Delivered { .. }
        | State::Accepted { .. }
        | State::Rejected { .. }
        | State::Abandoned { .. }
        | State::Withdrawn { .. } => true,
        State::Planned
        | State::NothingToSend { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. } => false,
    }
}

fn from_planned(event: &Event) -> Option<State> {
    match event {
        Event::Collect { inventory } => Some(State::Collected { inventory: inventory.clone() }),
        Event::FindNothing { why, inventory } => {
            Some(State::NothingToSend { why: *why, inventory: inventory.clone() })
        }
        _ => stop(&State::Planned, event),
    }
}

fn from_held(sealed: Option<&Sealed>, event: &Event) -> Option<State> {
    let boxed = || sealed.cloned().map(Box::new);
    match event {
        Event::Resume => Some(State::Planned),
        // The answer changed from one hold to another: still held, for other reasons.
        Event::Hold { reasons } => Some(State::Held { reasons: reasons.clone(), sealed: boxed() }),
        Event::Confirm { hand, .. } => Some(State::Accepted {
            sealed: boxed(),
            at: None,
            how: Acceptance::Confirmed { hand: hand.clone() },
            parts: Vec::new(),
        }),
        Event::GiveUp { hand } => {
            Some(State::Abandoned { sealed: boxed(), hand: hand.clone(), at: None, parts: Vec::new() })
        }
        Event::Withdraw { why, hand } => Some(State::Withdrawn {
            why: *why,
            hand: hand.clone(),
            inventory: sealed.map(|sealed| sealed.inventory.clone()),
        }),
        _ => None,
    }
}

fn from_collected(inventory: &Inventory, event: &Event) -> Option<State> {
    let Event::Clear { clearance } = event else { return None };
    Some(State::Cleared { inventory: inventory.clone(), clearance: clearance.clone() })
}

fn from_cleared(inventory: &Inventory, clearance: &Clearance, event: &Event) -> Option<State> {
    let Event::Seal { parcel } = event else { return None };
    Some(State::Sealed {
        sealed: Box::new(Sealed {
            parcel: parcel.clone(),
            clearance: clearance.clone(),
            inventory: inventory.clone(),
        }),
    })
}

/// Held or withdrawn while nothing is sealed.
fn stop(state: &State, event: &Event) -> Option<State> {
    match event {
        Event::Hold { reasons } => Some(State::Held { reasons: reasons.clone(), sealed: None }),
        _ => withdraw(state, event),
    }
}

fn from_sealed(sealed: &Sealed, event: &Event) -> Option<State> {
    match event {
        Event::Start { attempt, run } => Some(start(sealed, *attempt, run, false, unheard(sealed))),
        Event::Hold { reasons } => {
            Some(State::Held { reasons: reasons.clone(), sealed: Some(Box::new(sealed.clone())) })
        }
        Event::Withdraw { why, hand } => Some(State::Withdrawn {
            why: *why,
            hand: hand.clone(),
            inventory: Some(sealed.inventory.clone()),
        }),
        _ => None,
    }
}

fn start(sealed: &Sealed, attempt: u32, run: &RunId, doubted: bool, parts: Vec<Part>) -> State {
    State::InFlight { sealed: Box::new(sealed.clone()), attempt, run: run.clone(), doubted, parts }
}

fn from_in_flight(state: &State, event: &Event, at: Moment) -> Option<State> {
    let State::InFlight { sealed, attempt, doubted, parts, .. } = state else { return None };
    let (sealed, attempt, parts) = (sealed.clone(), *attempt, parts.clone());
    match event {
        Event::Take { reference } => Some(State::Sent { sealed, reference: reference.clone(), at, parts }),
        Event::Place { place } => Some(State::Placed { sealed, place: place.clone() }),
        // This attempt did not leave; the one before it still may have.
        Event::Defer { .. } if *doubted => Some(State::InDoubt { sealed, attempt, parts }),
        Event::Defer { fault, not_before } => {
            Some(State::Deferred { sealed, attempt, fault: fault.clone(), not_before: *not_before })
        }
        Event::Refuse { text } => Some(State::Rejected {
            parts,
            sealed,
            by: Layer::Channel,
            codes: vec![ErrorCode { code: String::new(), text: text.clone() }],
            at: None,
        }),
        Event::Lose => Some(State::InDoubt { sealed, attempt, parts }),
        _ => None,
    }
}

fn from_in_doubt(state: &State, sealed: &Sealed, event: &Event, at: Moment) -> Option<State> {
    match event {
        Event::Start { attempt, run } => Some(start(sealed, *attempt, run, true, state.parts().to_vec())),
        _ => heard(state, event, at).or_else(|| give_up(state, event)),
    }
}

fn from_placed(sealed: &Sealed, event: &Event) -> Option<State> {
    match event {
        Event::Post { hand, on } => Some(State::Sent {
            parts: unheard(sealed),
            sealed: Box::new(sealed.clone()),
            reference: hand.by.clone(),
            at: *on,
        }),
        Event::Confirm { hand, on } => Some(State::Accepted {
            sealed: Some(Box::new(sealed.clone())),
            at: Some(*on),
            how: Acceptance::Confirmed { hand: hand.clone() },
            parts: Vec::new(),
        }),
        Event::Hold { reasons } => {
            Some(State::Held { reasons: reasons.clone(), sealed: Some(Box::new(sealed.clone())) })
        }
        Event::Withdraw { why, hand } => Some(State::Withdrawn {
            why: *why,
            hand: hand.clone(),
            inventory: Some(sealed.inventory.clone()),
        }),
        _ => None,
    }
}

fn from_rejected(state: &State, event: &Event, now: Moment) -> Option<State> {
    let State::Rejected { sealed, by, codes, at, parts } = state else { return None };
    match event {
        Event::Reopen { .. } => Some(State::Planned),
        Event::Withdraw { .. } => withdraw(state, event),
        Event::TransportYes { message } => {
            let parts = with_word(parts, *message, Word::Carried(now))?;
            Some(State::Rejected { sealed: sealed.clone(), by: *by, codes: codes.clone(), at: *at, parts })
        }
        Event::TransportNo { message, codes: more } => {
            let parts = with_word(parts, *message, Word::NotCarried)?;
            let codes = codes.iter().chain(more).cloned().collect();
            Some(State::Rejected { sealed: sealed.clone(), by: *by, codes, at: *at, parts })
        }
        Event::AppYes { message, receipt } | Event::AppNo { message, receipt } => {
            let parts = with_word(parts, *message, Word::Answer(receipt))?;
            // Every code is shown, of whichever message; the same one said twice is no news.
            let more = receipt
                .codes
                .iter()
                .filter(|code| receipt.answer == ReceiptAnswer::Rejected && !codes.contains(code));
            let codes = codes.iter().chain(more).cloned().collect();
            Some(State::Rejected { sealed: sealed.clone(), by: *by, codes, at: *at, parts })
        }
        _ => None,
    }
}

/// Word from outside about something that has left, or may have: the same for sent, delivered, in doubt and
/// given up, since late word beats our impatience.
fn heard(state: &State, event: &Event, at: Moment) -> Option<State> {
    if let Event::Confirm { hand, .. } = event {
        return Some(confirmed(state, hand));
    }
    let sealed = state.sealed()?;
    let sent_at = state.sent_at().unwrap_or(sealed.parcel.sealed_at);
    let parts = match state.parts() {
        [] => unheard(sealed),
        parts => parts.to_vec(),
    };
    match event {
        Event::TransportYes { message } => {
            let parts = with_word(&parts, *message, Word::Carried(at))?;
            Some(settle(state, sealed, sent_at, parts))
        }
        Event::TransportNo { message, codes } => {
            let parts = with_word(&parts, *message, Word::NotCarried)?;
            Some(rejected(sealed, Layer::Transport, codes, sent_at, parts))
        }
        Event::AppYes { message, receipt } => {
            let parts = with_word(&parts, *message, Word::Answer(receipt))?;
            Some(settle(state, sealed, sent_at, parts))
        }
        Event::AppNo { message, receipt } => {
            let parts = with_word(&parts, *message, Word::Answer(receipt))?;
            Some(rejected(sealed, Layer::Application, &receipt.codes, sent_at, parts))
        }
        _ => None,
    }
}

/// A person says that the receiver has it.
fn confirmed(state: &State, hand: &Hand) -> State {
    State::Accepted {
        sealed: state.sealed().cloned().map(Box::new),
        at: left_at(state),
        how: Acceptance::Confirmed { hand: hand.clone() },
        parts: state.parts().to_vec(),
    }
}

/// When it left, or may have: what is in doubt has its sealing time for it.
fn left_at(state: &State) -> Option<Moment> {
    match state {
        State::InDoubt { sealed, .. } => Some(sealed.parcel.sealed_at),
        State::Planned
        | State::Held { .. }
        | State::NothingToSend { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. }
        | State::InFlight { .. }
        | State::Deferred { .. }
        | State::Placed { .. }
        | State::Sent { .. }
        | State::Delivered { .. }
        | State::Accepted { .. }
        | State::Rejected { .. }
        | State::Abandoned { .. }
        | State::Withdrawn { .. } => state.sent_at(),
    }
}

fn rejected(sealed: &Sealed, by: Layer, codes: &[ErrorCode], at: Moment, parts: Vec<Part>) -> State {
    State::Rejected { sealed: Box::new(sealed.clone()), by, codes: codes.to_vec(), at: Some(at), parts }
}

/// Accepted when every message is; delivered when every message is; else as before: what is in doubt stays so as
/// long as one of its messages may not have left.
fn settle(state: &State, sealed: &Sealed, at: Moment, parts: Vec<Part>) -> State {
    let sealed = Box::new(sealed.clone());
    let answers: Vec<Option<ReceiptAnswer>> =
        parts.iter().map(|part| part.receipt.as_ref().map(|receipt| receipt.answer)).collect();
    if answers.iter().all(|answer| answer.is_some_and(|answer| answer != ReceiptAnswer::Rejected)) {
        let defects = answers.contains(&Some(ReceiptAnswer::WithDefects));
        return State::Accepted {
            sealed: Some(sealed),
            at: Some(at),
            how: Acceptance::Receipts { defects },
            parts,
        };
    }
    if parts.iter().all(|part| part.transport.is_some()) || matches!(state, State::Delivered { .. }) {
        return State::Delivered { sealed, at, parts };
    }
    if let State::InDoubt { attempt, .. } = state {
        return State::InDoubt { sealed, attempt: *attempt, parts };
    }
    let reference = if let State::Sent { reference, .. } = state { reference.clone() } else { String::new() };
    State::Sent { sealed, reference, at, parts }
}

fn unheard(sealed: &Sealed) -> Vec<Part> {
    sealed.parcel.messages().map(|message| Part { message, transport: None, receipt: None }).collect()
}

/// What was heard of one message.
enum Word<'a> {
    Carried(Moment),
    NotCarried,
    Answer(&'a Receipt),
}

/// The parts with the word about one of them written down; none when no part has that message, or when the word
/// is a no after a yes: that is a contradiction for a person, never undone in silence. Nor does a plain yes undo
/// the defects that were told before it.
fn with_word(parts: &[Part], message: MessageId, word: Word<'_>) -> Option<Vec<Part>> {
    let mut parts = parts.to_vec();
    let part = parts.iter_mut().find(|part| part.message == message)?;
    let heard = part.receipt.as_ref().map(|receipt| receipt.answer);
    let accepted = heard.is_some_and(|answer| answer != ReceiptAnswer::Rejected);
    let says_less = |receipt: &Receipt| {
        heard == Some(ReceiptAnswer::WithDefects) && receipt.answer == ReceiptAnswer::Accepted
    };
    match word {
        Word::Carried(at) => {
            part.transport.get_or_insert(at);
        }
        Word::NotCarried if accepted || part.transport.is_some() => return None,
        Word::NotCarried => {}
        Word::Answer(receipt) if accepted && receipt.answer == ReceiptAnswer::Rejected => return None,
        Word::Answer(receipt) if says_less(receipt) => {}
        Word::Answer(receipt) => part.receipt = Some(receipt.clone()),
    }
    Some(parts)
}

/// Whether the event's name and its receipt say the same.
fn agrees(event: &Event) -> bool {
    match event {
        Event::AppYes { receipt, .. } => receipt.answer != ReceiptAnswer::Rejected,
        Event::AppNo { receipt, .. } => receipt.answer == ReceiptAnswer::Rejected,
        _ => true,
    }
}

fn give_up(state: &State, event: &Event) -> Option<State> {
    let Event::GiveUp { hand } = event else { return None };
    Some(State::Abandoned {
        sealed: state.sealed().cloned().map(Box::new),
        hand: hand.clone(),
        at: left_at(state),
        parts: state.parts().to_vec(),
    })
}

fn withdraw(state: &State, event: &Event) -> Option<State> {
    let Event::Withdraw { why, hand } = event else { return None };
    Some(State::Withdrawn { why: *why, hand: hand.clone(), inventory: state.inventory().cloned() })
}
