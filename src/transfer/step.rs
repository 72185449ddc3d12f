//! The one function that decides which move of state is legal.
//!
//! Reads as the table of the house: for each state, what may happen and where it leads. Everything else is
//! [`Illegal`]: recorded as a contradiction and reported, never a crash.

use thiserror::Error;

use super::event::Event;
use super::state::{Acceptance, ErrorCode, Hand, Layer, Part, Receipt, ReceiptAnswer, Sealed, State};
use crate::id::MessageId;
use crate::moves::Moment;

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
    let next = match state {
        State::Planned => from_planned(event),
        State::Held { sealed, .. } => from_held(sealed.as_deref(), event),
        State::NothingToSend { .. } => match event {
            Event::Reopen { .. } => Some(State::Planned),
            _ => None,
        },
        State::Collected { .. } | State::Cleared { .. } => from_prepared(state, event, at),
        State::Sealed { sealed } => from_sealed(sealed, event),
        State::InFlight { sealed, attempt, .. } => from_in_flight(sealed, *attempt, event, at),
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
        State::Rejected { .. } => from_rejected(state, event),
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
        Event::EarlierAccepted { .. } => true,
        Event::Recall { .. } => state.may_have_left() || matches!(state, State::Rejected { .. }),
        Event::PlacedFileGone => matches!(state, State::Placed { .. } | State::Held { .. }),
        _ => false,
    }
}

fn from_planned(event: &Event) -> Option<State> {
    match event {
        Event::Collect { inventory } => Some(State::Collected { inventory: inventory.clone() }),
        Event::FindNothing { why, inventory } => {
            Some(State::NothingToSend { why: *why, inventory: inventory.clone() })
        }
        Event::Hold { reasons } => Some(State::Held { reasons: reasons.clone(), sealed: None }),
        Event::Withdraw { .. } => withdraw(&State::Planned, event),
        _ => None,
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

fn from_prepared(state: &State, event: &Event, at: Moment) -> Option<State> {
    let _ = at;
    match (state, event) {
        (_, Event::Hold { reasons }) => Some(State::Held { reasons: reasons.clone(), sealed: None }),
        (_, Event::Withdraw { .. }) => withdraw(state, event),
        (State::Collected { inventory }, Event::Clear { clearance }) => {
            Some(State::Cleared { inventory: inventory.clone(), clearance: clearance.clone() })
        }
        (State::Cleared { inventory, clearance }, Event::Seal { parcel }) => Some(State::Sealed {
            sealed: Box::new(Sealed {
                parcel: parcel.clone(),
                clearance: clearance.clone(),
                inventory: inventory.clone(),
            }),
        }),
        _ => None,
    }
}

fn from_sealed(sealed: &Sealed, event: &Event) -> Option<State> {
    match event {
        Event::Start { attempt, run } => {
            Some(State::InFlight { sealed: Box::new(sealed.clone()), attempt: *attempt, run: run.clone() })
        }
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

fn from_in_flight(sealed: &Sealed, attempt: u32, event: &Event, at: Moment) -> Option<State> {
    let sealed = Box::new(sealed.clone());
    match event {
        Event::Take { reference } => {
            let parts = unheard(&sealed);
            Some(State::Sent { sealed, reference: reference.clone(), at, parts })
        }
        Event::Place { place } => Some(State::Placed { sealed, place: place.clone() }),
        Event::Defer { fault, not_before } => {
            Some(State::Deferred { sealed, attempt, fault: fault.clone(), not_before: *not_before })
        }
        Event::Refuse { text } => Some(State::Rejected {
            parts: unheard(&sealed),
            sealed,
            by: Layer::Channel,
            codes: vec![ErrorCode { code: String::new(), text: text.clone() }],
            at: None,
        }),
        Event::Lose => Some(State::InDoubt { sealed, attempt }),
        _ => None,
    }
}

fn from_in_doubt(state: &State, sealed: &Sealed, event: &Event, at: Moment) -> Option<State> {
    match event {
        Event::Start { attempt, run } => {
            Some(State::InFlight { sealed: Box::new(sealed.clone()), attempt: *attempt, run: run.clone() })
        }
        // The file lay where it should after all: written again to the same name, or found there.
        Event::Place { place } => {
            Some(State::Placed { sealed: Box::new(sealed.clone()), place: place.clone() })
        }
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

fn from_rejected(state: &State, event: &Event) -> Option<State> {
    let State::Rejected { sealed, by, codes, at, parts } = state else { return None };
    match event {
        Event::Reopen { .. } => Some(State::Planned),
        Event::Withdraw { .. } => withdraw(state, event),
        Event::TransportYes { message } => {
            let parts = with_part(parts, *message, |_| {})?;
            Some(State::Rejected { sealed: sealed.clone(), by: *by, codes: codes.clone(), at: *at, parts })
        }
        Event::TransportNo { message, codes: more } => {
            let parts = with_part(parts, *message, |_| {})?;
            let codes = codes.iter().chain(more).cloned().collect();
            Some(State::Rejected { sealed: sealed.clone(), by: *by, codes, at: *at, parts })
        }
        Event::AppYes { message, receipt } | Event::AppNo { message, receipt } => {
            let parts = with_part(parts, *message, |part| part.receipt = Some(receipt.clone()))?;
            Some(State::Rejected { sealed: sealed.clone(), by: *by, codes: codes.clone(), at: *at, parts })
        }
        _ => None,
    }
}

/// Word from outside about something that has left, or may have: the same for sent, delivered, in doubt and
/// given up, since late word beats our impatience.
fn heard(state: &State, event: &Event, at: Moment) -> Option<State> {
    let sealed = state.sealed()?;
    let sent_at = state.sent_at().unwrap_or(sealed.parcel.sealed_at);
    let parts = match state.parts() {
        [] => unheard(sealed),
        parts => parts.to_vec(),
    };
    match event {
        Event::TransportYes { message } => {
            let parts = with_part(&parts, *message, |part| part.transport = Some(at))?;
            Some(settle(state, sealed, sent_at, parts))
        }
        Event::TransportNo { message, codes } => {
            let parts = with_part(&parts, *message, |_| {})?;
            Some(rejected(sealed, Layer::Transport, codes, sent_at, parts))
        }
        Event::AppYes { message, receipt } => {
            let parts = with_part(&parts, *message, |part| part.receipt = Some(receipt.clone()))?;
            Some(settle(state, sealed, sent_at, parts))
        }
        Event::AppNo { message, receipt } => {
            let parts = with_part(&parts, *message, |part| part.receipt = Some(receipt.clone()))?;
            Some(rejected(sealed, Layer::Application, &receipt.codes, sent_at, parts))
        }
        Event::Confirm { hand, .. } if !matches!(state, State::InDoubt { .. }) => Some(State::Accepted {
            sealed: Some(Box::new(sealed.clone())),
            at: Some(sent_at),
            how: Acceptance::Confirmed { hand: hand.clone() },
            parts,
        }),
        _ => None,
    }
}

fn rejected(sealed: &Sealed, by: Layer, codes: &[ErrorCode], at: Moment, parts: Vec<Part>) -> State {
    State::Rejected { sealed: Box::new(sealed.clone()), by, codes: codes.to_vec(), at: Some(at), parts }
}

/// Accepted when every message is; delivered when every message is; else sent, as before.
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
    let reference = match state {
        State::Sent { reference, .. } => reference.clone(),
        _ => String::new(),
    };
    State::Sent { sealed, reference, at, parts }
}

fn unheard(sealed: &Sealed) -> Vec<Part> {
    sealed
        .parcel
        .messages
        .iter()
        .map(|message| Part { message: *message, transport: None, receipt: None })
        .collect()
}

/// The parts with one of them changed; none when no part has that message.
fn with_part(parts: &[Part], message: MessageId, change: impl FnOnce(&mut Part)) -> Option<Vec<Part>> {
    let mut parts = parts.to_vec();
    let part = parts.iter_mut().find(|part| part.message == message)?;
    let receipt: Option<Receipt> = part.receipt.clone();
    change(part);
    // A yes is never undone by a later no: that is a contradiction for a person.
    let undone = receipt.is_some_and(|was| was.answer != ReceiptAnswer::Rejected)
        && part.receipt.as_ref().is_some_and(|now| now.answer == ReceiptAnswer::Rejected);
    if undone { None } else { Some(parts) }
}

fn give_up(state: &State, event: &Event) -> Option<State> {
    let Event::GiveUp { hand } = event else { return None };
    let sealed = state.sealed().cloned().map(Box::new);
    // What is in doubt may have left: its sealing time stands for the time it was sent.
    let at = match state {
        State::InDoubt { sealed, .. } => Some(sealed.parcel.sealed_at),
        _ => state.sent_at(),
    };
    Some(State::Abandoned { sealed, hand: hand.clone(), at, parts: state.parts().to_vec() })
}

fn withdraw(state: &State, event: &Event) -> Option<State> {
    let Event::Withdraw { why, hand } = event else { return None };
    let hand: &Hand = hand;
    Some(State::Withdrawn { why: *why, hand: hand.clone(), inventory: state.inventory().cloned() })
}
