//! What became of what was made available: whether its receiver took it, refused it, or never answered.
//!
//! Pure: a transfer's events replayed, and for each revision where it stood last after it had left. Leaves out the
//! words (`words`).

use std::collections::BTreeMap;

use serde::Serialize;

use crate::id::MessageId;
use crate::ledger::{Entry, ReceiptRow, Told};
use crate::transfer::{Acceptance, Event, Layer, Part, ReceiptAnswer, State, Transfer};
use crate::verdict::Channel;

/// What became of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// Nobody has to answer: a letter, or what was handed over another way.
    #[default]
    Given,
    /// No answer has come yet.
    Unanswered,
    /// The receiver's system has it; its application has not answered yet.
    Delivered,
    /// The receiver's application accepted it.
    Accepted,
    /// It accepted it and reported defects.
    AcceptedWithDefects,
    /// A person has recorded that the receiver has it.
    Confirmed,
    /// The receiver refused a part of it.
    PartlyRejected,
    /// The receiver refused it.
    Rejected,
    /// It did not reach the receiver.
    NotDelivered,
    /// Whether it left is not known.
    InDoubt,
    /// It was given up without an answer.
    GivenUp,
}

/// What became of each revision of a transfer, from what the ledger tells of it.
pub fn fates(transfer: &Transfer, told: &[Told]) -> BTreeMap<u32, Fate> {
    let mut replayed = Transfer::new(transfer.id.clone(), transfer.birth.clone(), transfer.born_at);
    let mut out = BTreeMap::new();
    for told in told {
        match &told.entry {
            Entry::Event { event, .. } => {
                // What the ledger holds was legal when it was written, and its fold has said so again.
                let _ = replayed.apply(event, told.at);
                if let Event::EarlierAccepted { message, .. } = event.as_ref() {
                    out.extend(
                        accepted_whole(&replayed, *message).map(|revision| (revision, Fate::Accepted)),
                    );
                }
                out.extend(after_leaving(&replayed.state).map(|fate| (replayed.revision, fate)));
            }
            Entry::ReceiptRead { rows, .. } => rows.iter().for_each(|row| refuse(&mut out, row)),
            Entry::Plan { .. }
            | Entry::Contradiction { .. }
            | Entry::Whereabouts { .. }
            | Entry::Unplaced { .. }
            | Entry::RunEnded { .. }
            | Entry::Restored { .. }
            | Entry::FoundSealed { .. }
            | Entry::Ended { .. }
            | Entry::Objection { .. }
            | Entry::Grading { .. }
            | Entry::Link { .. }
            | Entry::Settled { .. }
            | Entry::Disclosure { .. }
            | Entry::Pruned { .. } => {}
        }
    }
    out
}

/// The revision of a message, when every message of it has been accepted by now.
fn accepted_whole(transfer: &Transfer, message: MessageId) -> Option<u32> {
    let revision = transfer.earlier.iter().find(|earlier| earlier.message == message)?.revision;
    let mut of_it = transfer.earlier.iter().filter(|earlier| earlier.revision == revision);
    of_it.all(|earlier| earlier.is_accepted()).then_some(revision)
}

/// A late no to an earlier revision is an event of nothing: only its row says so.
fn refuse(fates: &mut BTreeMap<u32, Fate>, row: &ReceiptRow) {
    let Some(revision) = row.revision else { return };
    if row.effect == "earlier-revision" && row.status == "rejected" {
        let fate = fates.entry(revision).or_default();
        *fate = if *fate == Fate::Accepted { Fate::PartlyRejected } else { Fate::Rejected };
    }
}

/// What the state says of a parcel that has left; none where it says nothing of one.
fn after_leaving(state: &State) -> Option<Fate> {
    match state {
        State::Sent { sealed, .. } if sealed.clearance.channel.gets_receipts() => Some(Fate::Unanswered),
        State::Sent { .. } => Some(Fate::Given),
        State::Delivered { .. } => Some(Fate::Delivered),
        State::Accepted { how: Acceptance::Receipts { defects: false }, .. } => Some(Fate::Accepted),
        State::Accepted { how: Acceptance::Receipts { defects: true }, .. } => {
            Some(Fate::AcceptedWithDefects)
        }
        State::Accepted { sealed, how: Acceptance::Confirmed { .. }, .. } => {
            // Where the job says so, posting a letter ends its journey: nobody has confirmed that it came.
            let on_paper = sealed.as_ref().is_none_or(|sealed| sealed.clearance.channel == Channel::Print);
            Some(if on_paper { Fate::Given } else { Fate::Confirmed })
        }
        State::Rejected { by: Layer::Channel | Layer::Transport, .. } => Some(Fate::NotDelivered),
        State::Rejected { by: Layer::Application, parts, .. } => Some(refused(parts)),
        State::InDoubt { .. } => Some(Fate::InDoubt),
        State::Abandoned { .. } => Some(Fate::GivenUp),
        State::Planned
        | State::Held { .. }
        | State::NothingToSend { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. }
        | State::InFlight { .. }
        | State::Deferred { .. }
        | State::Placed { .. }
        | State::Withdrawn { .. } => None,
    }
}

fn refused(parts: &[Part]) -> Fate {
    let is_yes =
        |part: &Part| part.receipt.as_ref().is_some_and(|receipt| receipt.answer != ReceiptAnswer::Rejected);
    if parts.iter().any(is_yes) { Fate::PartlyRejected } else { Fate::Rejected }
}
