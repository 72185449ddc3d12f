//! What a person does to one transfer or one action: confirm, withdraw, release, settle.
//!
//! Each is a decision over the ledger's fold that gives the entries to record, or says why it cannot be done.
//! Leaves out the lock, the writing and the command line (`cli`), and reruns, which are not built yet.

use chrono::{NaiveDate, NaiveTime, TimeZone};
use thiserror::Error;

use crate::id::{ActionId, TransferId};
use crate::job::PaperDone;
use crate::ledger::{Book, Entry};
use crate::moves::{Moment, Now};
use crate::person::mask_numbers;
use crate::place::HerId;
use crate::reason::Reason;
use crate::transfer::{Event, Hand, State, Transfer, Waiver};
use crate::verdict::Channel;

/// Why a person's act cannot be done. Nothing has been written then.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HandError {
    /// No such transfer.
    #[error("the ledger has no transfer {0}")]
    UnknownTransfer(TransferId),
    /// No such action in the latest report.
    #[error("no action {0} is open in the latest report")]
    UnknownAction(ActionId),
    /// The transfer's state has no such move.
    #[error("transfer {transfer} is {state}: it cannot be {act}")]
    NotNow {
        /// Which.
        transfer: TransferId,
        /// Its state.
        state: &'static str,
        /// What was asked for.
        act: &'static str,
    },
    /// The transfer is not held for this reason.
    #[error("transfer {transfer} is not held for {code}")]
    NotHeldFor {
        /// Which.
        transfer: TransferId,
        /// The reason given.
        code: Reason,
    },
    /// The reason is mended at its source.
    #[error("{0} cannot be set aside by a decision; it is mended at its source")]
    CannotBeWaived(Reason),
    /// An ambiguous party needs to be told.
    #[error("setting ambiguous-party aside needs the receiver; give its HER-id with --receiver")]
    ReceiverMissing,
    /// The day is still to come.
    #[error("the day is in the future")]
    FutureDay,
    /// A name or a reason is empty.
    #[error("{0} must not be empty")]
    Empty(&'static str),
}

/// Who acts, with any identity number in the words masked.
///
/// # Errors
/// [`HandError::Empty`] when the name, or a reason that must be given, is empty.
pub fn hand(by: &str, why: Option<&str>) -> Result<Hand, HandError> {
    if by.trim().is_empty() {
        return Err(HandError::Empty("the name given with --by"));
    }
    if why.is_some_and(|why| why.trim().is_empty()) {
        return Err(HandError::Empty("the reason given with --reason"));
    }
    let clean = |text: &str| mask_numbers(text.trim()).into_owned();
    Ok(Hand { by: clean(by), why: why.map(clean).unwrap_or_default() })
}

/// What a person confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// It was posted.
    Posted,
    /// The receiver has it.
    Accepted,
}

/// A person posted it, or the receiver confirmed.
///
/// # Errors
/// [`HandError`] when there is no such transfer, its state has no such move, or the day is to come.
pub fn confirm(
    book: &Book,
    id: &TransferId,
    what: Confirmed,
    hand: Hand,
    on: Option<NaiveDate>,
    now: Now,
    paper_done: PaperDone,
) -> Result<Vec<Entry>, HandError> {
    let transfer = find(book, id)?;
    let on = day(on, now)?;
    let events = match what {
        Confirmed::Posted => posted(transfer, hand, on, paper_done),
        Confirmed::Accepted => vec![Event::Confirm { hand, on }],
    };
    let act = match what {
        Confirmed::Posted => "posted",
        Confirmed::Accepted => "accepted",
    };
    legal(transfer, events, now, act)
}

/// Posting ends a letter's journey where the job says so.
fn posted(transfer: &Transfer, hand: Hand, on: Moment, paper_done: PaperDone) -> Vec<Event> {
    let on_paper = transfer.state.sealed().is_some_and(|sealed| sealed.clearance.channel == Channel::Print);
    let mut events = vec![Event::Post { hand: hand.clone(), on }];
    if on_paper && paper_done == PaperDone::Posted {
        events.push(Event::Confirm { hand, on });
    }
    events
}

/// Stops a transfer that has not left; gives up one that has, without an answer. Second: the placed file to take
/// away first.
///
/// # Errors
/// [`HandError`] when there is no such transfer or it is at its end.
pub fn withdraw(
    book: &Book,
    id: &TransferId,
    hand: Hand,
    now: Now,
) -> Result<(Vec<Entry>, Option<String>), HandError> {
    let transfer = find(book, id)?;
    let event = if transfer.state.may_have_left() {
        Event::GiveUp { hand }
    } else {
        Event::Withdraw { why: None, hand }
    };
    let entries = legal(transfer, vec![event], now, "withdrawn")?;
    let placed = match &transfer.state {
        State::Placed { place, .. } => Some(place.clone()),
        // A night that died may have got as far as the tray.
        State::InDoubt { sealed, .. } if !sealed.clearance.channel.gets_receipts() => {
            Some(sealed.parcel.file.clone())
        }
        State::Planned
        | State::Held { .. }
        | State::NothingToSend { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. }
        | State::InFlight { .. }
        | State::Deferred { .. }
        | State::InDoubt { .. }
        | State::Sent { .. }
        | State::Delivered { .. }
        | State::Accepted { .. }
        | State::Rejected { .. }
        | State::Abandoned { .. }
        | State::Withdrawn { .. } => None,
    };
    Ok((entries, placed))
}

/// A person's decision on a held transfer. It takes effect in the next night.
///
/// # Errors
/// [`HandError`] when it is not held for that reason, or the reason cannot be set aside.
pub fn release(
    book: &Book,
    id: &TransferId,
    code: Reason,
    receiver: Option<HerId>,
    hand: Hand,
    now: Now,
) -> Result<Vec<Entry>, HandError> {
    let transfer = find(book, id)?;
    if !code.can_be_waived() {
        return Err(HandError::CannotBeWaived(code));
    }
    let is_held_for = match &transfer.state {
        State::Held { reasons, .. } => reasons.iter().any(|hold| hold.reason == code),
        State::Planned
        | State::NothingToSend { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. }
        | State::InFlight { .. }
        | State::Deferred { .. }
        | State::InDoubt { .. }
        | State::Placed { .. }
        | State::Sent { .. }
        | State::Delivered { .. }
        | State::Accepted { .. }
        | State::Rejected { .. }
        | State::Abandoned { .. }
        | State::Withdrawn { .. } => false,
    };
    if !is_held_for {
        return Err(HandError::NotHeldFor { transfer: id.clone(), code });
    }
    if code == Reason::AmbiguousParty && receiver.is_none() {
        return Err(HandError::ReceiverMissing);
    }
    let waiver = Waiver { reason: code, receiver, hand };
    legal(transfer, vec![Event::Waive { waiver }], now, "released")
}

/// An action or an unmatched receipt is dealt with. `open` are the actions of the latest report.
///
/// # Errors
/// [`HandError::UnknownAction`] when no such action is open.
pub fn settle(open: &[ActionId], action: &ActionId, hand: Hand) -> Result<Vec<Entry>, HandError> {
    if !open.contains(action) {
        return Err(HandError::UnknownAction(action.clone()));
    }
    Ok(vec![Entry::Settled { action: action.clone(), hand }])
}

fn find<'a>(book: &'a Book, id: &TransferId) -> Result<&'a Transfer, HandError> {
    book.transfers.get(id).ok_or_else(|| HandError::UnknownTransfer(id.clone()))
}

/// Noon of the day given, in the run's own offset, so that no time zone makes it another day.
fn day(on: Option<NaiveDate>, now: Now) -> Result<Moment, HandError> {
    let Some(on) = on else { return Ok(now.to_utc()) };
    if on > now.date_naive() {
        return Err(HandError::FutureDay);
    }
    let noon = on.and_time(NaiveTime::MIN) + chrono::Duration::hours(12);
    Ok(now.timezone().from_local_datetime(&noon).single().unwrap_or(now).min(now).to_utc())
}

/// The entries, when the state machine allows every event.
fn legal(
    transfer: &Transfer,
    events: Vec<Event>,
    now: Now,
    act: &'static str,
) -> Result<Vec<Entry>, HandError> {
    let mut tried = transfer.clone();
    for event in &events {
        tried.apply(event, now.to_utc()).map_err(|_| HandError::NotNow {
            transfer: transfer.id.clone(),
            state: transfer.state.code(),
            act,
        })?;
    }
    let entry = |event| Entry::Event { transfer: transfer.id.clone(), event: Box::new(event) };
    Ok(events.into_iter().map(entry).collect())
}
