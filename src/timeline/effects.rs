//! What becomes of a person's earlier moves when something later is told (rules § 2, last rows).
//!
//! Said anew every night from the whole story, and only where the ledger does not show it done: what is
//! withdrawn, recalled or closed already gives no effect.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::plan::Effect;
use super::stays::Told;
use super::walk::{Role, Step};
use crate::ledger::Book;
use crate::moves::MoveKey;
use crate::place::MunicipalityNo;
use crate::reason::Reason;
use crate::transfer::{Kind, State, Transfer};

/// How far a transfer has come, as far as taking it back goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Nothing is left to do.
    Over,
    /// It has not left.
    Here,
    /// It was refused, or given up before it left.
    Refused,
    /// It has left, or may have.
    Out,
    /// The receiver has it.
    Accepted,
}

fn reach(state: &State) -> Reach {
    match state {
        State::Planned
        | State::Held { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. }
        | State::Deferred { .. }
        | State::Placed { .. } => Reach::Here,
        State::Rejected { .. } => Reach::Refused,
        State::Abandoned { .. } if state.may_have_left() => Reach::Out,
        State::Abandoned { .. } => Reach::Refused,
        State::InFlight { .. } | State::InDoubt { .. } | State::Sent { .. } | State::Delivered { .. } => {
            Reach::Out
        }
        State::Accepted { .. } => Reach::Accepted,
        // A late result or an objection taken back would open it again, wherever the person is by then.
        State::NothingToSend { .. } if state.may_open_again() => Reach::Here,
        State::NothingToSend { .. } | State::Withdrawn { .. } => Reach::Over,
    }
}

/// Why a person's transfers end without a new municipality: everything told up to a place in the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ended {
    pub(super) until: (Told, NaiveDate),
    pub(super) why: Reason,
}

/// What the effects of one person are drawn from.
pub(super) struct Story<'a> {
    pub(super) steps: &'a [Step<'a>],
    pub(super) ended: Option<Ended>,
    /// Why they had ended, where that was taken back.
    pub(super) taken_back: BTreeSet<Reason>,
    pub(super) book: &'a Book,
    pub(super) own: &'a MunicipalityNo,
    pub(super) today: NaiveDate,
}

impl Story<'_> {
    /// The effects on one move of ours, `at` in the steps.
    pub(super) fn of_move(&self, at: usize, key: &MoveKey) -> Vec<Effect> {
        let step = &self.steps[at];
        let transfers = transfers(self.book, key);
        let later: Vec<&Step<'_>> = self.overtaking(at).collect();
        if !step.stay.stands() {
            let recalled =
                |transfer: &Transfer| matches!(reach(&transfer.state), Reach::Out | Reach::Accepted);
            return taken_back(key, &transfers, Reason::Annulled, recalled);
        }
        if !later.is_empty() {
            let follows = later
                .iter()
                .any(|s| s.episode == step.episode && (s.role == Role::Own || s.from != *self.own));
            let recalled = |transfer: &Transfer| follows && reach(&transfer.state) == Reach::Out;
            return taken_back(key, &transfers, Reason::Overtaken, recalled);
        }
        if let Some(ended) = self.ended.filter(|ended| step.order() <= ended.until) {
            // What was refused, nobody has: it ends too.
            let here = transfers.iter().any(|t| matches!(reach(&t.state), Reach::Here | Reach::Refused));
            let effect = Effect::NothingToSend { of: key.clone(), why: ended.why };
            return (transfers.is_empty() || here).then_some(effect).into_iter().collect();
        }
        let mut effects = self.stands_again(&transfers);
        effects.extend(self.revived(key, &transfers));
        effects.extend(self.moved_on(at, key, &transfers));
        effects
    }

    /// The later stays that make this one the past. One that has not come yet does not; nor does one that
    /// contradicts it, or one of the same day that knows less.
    fn overtaking(&self, at: usize) -> impl Iterator<Item = &Step<'_>> {
        let step = &self.steps[at];
        let clear = |step: &Step<'_>| step.key.0.municipality().is_some();
        self.steps.iter().enumerate().filter_map(move |(other, later)| {
            let contradicts = !step.conflict.is_empty() && step.conflict == later.conflict;
            let same_day = step.key.1 == later.key.1;
            let knows_more = same_day && clear(later) && !clear(step);
            let knows_less = same_day && clear(step) && !clear(later);
            let counts = later.stay.stands() && later.role.moves_person() && later.key.1 <= self.today;
            let overtakes = counts && !contradicts && !knows_less && (other > at || knows_more);
            (overtakes && other != at).then_some(later)
        })
    }

    /// The person moved on from a municipality that has accepted the content.
    fn moved_on(&self, at: usize, key: &MoveKey, transfers: &[&Transfer]) -> Vec<Effect> {
        let step = &self.steps[at];
        if step.from == *self.own || step.key.1 > self.today {
            return Vec::new();
        }
        let earlier = self.steps[..at].iter().filter(|earlier| {
            earlier.role == Role::Ours && earlier.stay.stands() && earlier.episode == step.episode
        });
        let mut effects = Vec::new();
        for earlier in earlier {
            let earlier =
                MoveKey { patient: key.patient.clone(), to: earlier.key.0.clone(), date: earlier.key.1 };
            for accepted in self::transfers(self.book, &earlier).into_iter().filter(|t| is_accepted_first(t))
            {
                let content = accepted.birth.content;
                let own = |t: &&&Transfer| t.birth.content == content && t.birth.kind == Kind::First;
                // Who moved on is sent to all the same where a person asked for it.
                let waits = |t: &&Transfer| reach(&t.state) == Reach::Here && !t.insisted;
                let open = transfers.iter().find(own).is_none_or(waits);
                let effect = Effect::MovedOn { of: key.clone(), content, accepted: accepted.id.clone() };
                effects.extend(open.then_some(effect));
            }
        }
        effects
    }

    /// Ended for a reason that was itself taken back.
    fn revived(&self, key: &MoveKey, transfers: &[&Transfer]) -> Option<Effect> {
        let ended = |transfer: &&&Transfer| matches!(transfer.state, State::NothingToSend { why, .. } if self.taken_back.contains(&why));
        transfers.iter().find(ended).map(|_| Effect::Revived { of: key.clone() })
    }

    /// Withdrawn or recalled for a reason that does not hold any more.
    fn stands_again(&self, transfers: &[&Transfer]) -> Vec<Effect> {
        let reopened = |transfer: &Transfer| {
            let of_it = |(id, _, event, ..): &&(_, _, String, _, _)| *id == transfer.id && event == "reopen";
            self.book.contradictions.iter().find(of_it).is_some()
        };
        let by_us = |transfer: &&&Transfer| {
            matches!(transfer.state, State::Withdrawn { why: Some(Reason::Overtaken | Reason::Annulled), .. })
        };
        let firsts = transfers.iter().filter(|transfer| transfer.birth.kind == Kind::First);
        let taken_back = |transfer: &&&Transfer| by_us(transfer) || transfer.is_taken_back();
        let lost = firsts.filter(taken_back).filter(|transfer| !reopened(transfer));
        lost.map(|transfer| Effect::StandsAgain { transfer: transfer.id.clone() }).collect()
    }
}

/// The transfers of a move, recalls apart: a recall stands whatever becomes of its move.
pub(super) fn transfers<'a>(book: &'a Book, key: &MoveKey) -> Vec<&'a Transfer> {
    let ids = book.by_move.get(key).map_or(&[][..], Vec::as_slice);
    let transfers = ids.iter().filter_map(|id| book.transfers.get(id));
    transfers.filter(|transfer| !matches!(transfer.birth.kind, Kind::Recall { .. })).collect()
}

/// A receiver has it and keeps it.
fn is_accepted_first(transfer: &Transfer) -> bool {
    transfer.birth.kind == Kind::First
        && reach(&transfer.state) == Reach::Accepted
        && !transfer.is_taken_back()
}

/// Withdraws what has not left and recalls what has and is not recalled yet.
fn taken_back(
    key: &MoveKey,
    transfers: &[&Transfer],
    why: Reason,
    recalled: impl Fn(&Transfer) -> bool,
) -> Vec<Effect> {
    let open = transfers.iter().any(|t| matches!(reach(&t.state), Reach::Here | Reach::Refused));
    let withdraw = (open || transfers.is_empty()).then(|| Effect::Withdraw { of: key.clone(), why });
    let recalls = transfers.iter().filter(|t| !t.is_taken_back() && recalled(t));
    let recalls = recalls.map(|t| Effect::Recall { transfer: t.id.clone(), why });
    withdraw.into_iter().chain(recalls).collect()
}
