//! What an effect of a person's story does to one transfer: pure, from where it stands to the events that follow.
//!
//! Leaves out which effects there are (`timeline`), and the file in a tray, which is taken out first (`way`).

use crate::id::TransferId;
use crate::ledger::Book;
use crate::moves::MoveKey;
use crate::reason::Reason;
use crate::timeline::Effect;
use crate::transfer::{Event, Hand, Hold, Kind, State, Transfer};

/// The transfers an effect is about.
pub(super) fn affected<'a>(book: &'a Book, effect: &Effect) -> Vec<&'a Transfer> {
    let by_id = |id: &TransferId| book.transfers.get(id);
    // What takes something back stands, whatever becomes of its move.
    let stands = |transfer: &&Transfer| !matches!(transfer.birth.kind, Kind::Recall { .. });
    let of_move =
        |key: &MoveKey| book.by_move.get(key).into_iter().flatten().filter_map(by_id).filter(stands);
    match effect {
        Effect::Withdraw { of, .. } | Effect::NothingToSend { of, .. } | Effect::Revived { of } => {
            of_move(of).collect()
        }
        Effect::MovedOn { of, content, .. } => {
            let begun = |t: &&Transfer| matches!(t.birth.kind, Kind::First | Kind::Copy { .. });
            of_move(of).filter(|t| t.birth.content == *content).filter(begun).collect()
        }
        Effect::Recall { transfer, .. } | Effect::StandsAgain { transfer } => {
            by_id(transfer).into_iter().collect()
        }
    }
}

/// The events that an effect has on one transfer; none when it has had them.
pub(super) fn events_of(transfer: &Transfer, effect: &Effect) -> Vec<Event> {
    // Whether it has left a person must say first; the effect is found again every night. What undoes an end opens it
    // for that question.
    let undoes = matches!(effect, Effect::Revived { .. } | Effect::StandsAgain { .. });
    if transfer.may_have_left_unseen && !transfer.state.may_have_left() && !undoes {
        return Vec::new();
    }
    match effect {
        Effect::Withdraw { why, .. } => withdrawn(transfer, *why),
        Effect::NothingToSend { why, .. } => nothing_to_send(transfer, *why),
        Effect::MovedOn { .. } => nothing_to_send(transfer, Reason::MovedOn),
        Effect::Revived { .. } => revived(transfer),
        Effect::Recall { why, .. } => recalled(transfer, *why),
        // Illegal on purpose: the ledger keeps it as a contradiction, and that is the action a person sees.
        Effect::StandsAgain { .. } => {
            vec![Event::Reopen { hand: Hand::program(Reason::Annulled), again: false }]
        }
    }
}

fn revived(transfer: &Transfer) -> Vec<Event> {
    let had_ended = matches!(transfer.state, State::NothingToSend { why: Reason::Abroad | Reason::Dead, .. });
    let reopen = Event::Reopen { hand: Hand::program(Reason::Annulled), again: false };
    if had_ended { vec![reopen] } else { Vec::new() }
}

fn withdrawn(transfer: &Transfer, why: Reason) -> Vec<Event> {
    let withdraw = Event::Withdraw { why: Some(why), hand: Hand::program(why) };
    // Left as it is, it would open again for a municipality where the person does not live any more.
    if transfer.state.may_open_again() {
        return vec![Event::Reopen { hand: Hand::program(why), again: false }, withdraw];
    }
    let ended = matches!(transfer.state, State::Withdrawn { .. } | State::NothingToSend { .. });
    let refused = matches!(transfer.state, State::Rejected { .. });
    if ended || transfer.state.may_have_left() && !refused {
        return Vec::new();
    }
    vec![withdraw]
}

/// What has left cannot be taken back, only recalled: recorded once, and closed where nothing is expected of it
/// any more.
fn recalled(transfer: &Transfer, why: Reason) -> Vec<Event> {
    if transfer.is_taken_back() {
        return Vec::new();
    }
    let mut events = vec![Event::Recall { why }];
    match &transfer.state {
        State::InDoubt { .. } | State::Sent { .. } | State::Delivered { .. } => {
            events.push(Event::GiveUp { hand: Hand::program(why) });
        }
        State::Rejected { .. } | State::Abandoned { .. } => {
            events.push(Event::Withdraw { why: Some(why), hand: Hand::program(why) });
        }
        State::Planned
        | State::Held { .. }
        | State::NothingToSend { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. }
        | State::InFlight { .. }
        | State::Deferred { .. }
        | State::Placed { .. }
        | State::Accepted { .. }
        | State::Withdrawn { .. } => {}
    }
    events
}

/// From anywhere before it left to nothing to send.
fn nothing_to_send(transfer: &Transfer, why: Reason) -> Vec<Event> {
    let find = Event::FindNothing { why, inventory: transfer.state.inventory().cloned().unwrap_or_default() };
    match &transfer.state {
        State::Planned => vec![find],
        State::Held { .. } => vec![Event::Resume, find],
        State::NothingToSend { why: before, .. } if *before == why => Vec::new(),
        State::NothingToSend { .. } | State::Rejected { .. } | State::Abandoned { .. } => {
            vec![Event::Reopen { hand: Hand::program(why), again: false }, find]
        }
        State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. }
        | State::Deferred { .. }
        | State::Placed { .. } => vec![Event::Hold { reasons: vec![Hold::plain(why)] }, Event::Resume, find],
        State::InFlight { .. }
        | State::InDoubt { .. }
        | State::Sent { .. }
        | State::Delivered { .. }
        | State::Accepted { .. }
        | State::Withdrawn { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Inventory;
    use crate::transfer::samples::{birth, minute, transfer_id};
    use crate::verdict::Content;

    #[test]
    fn what_may_have_left_unseen_waits_for_a_person_unless_its_end_is_undone() {
        let mut transfer = Transfer::new(transfer_id(), birth("P-1", Content::Tb), minute(0));
        transfer.state = State::NothingToSend { why: Reason::Dead, inventory: Inventory::default() };
        transfer.find_sealed(1);
        let of = transfer.birth.the_move.key.clone();
        let events = events_of(&transfer, &Effect::Revived { of: of.clone() });
        assert!(events.iter().all(|event| transfer.apply(event, minute(1)).is_ok()));
        assert_eq!((transfer.state.code(), transfer.may_have_left_unseen), ("planned", true));
        assert!(events_of(&transfer, &Effect::Withdraw { of, why: Reason::Annulled }).is_empty());
    }
}
