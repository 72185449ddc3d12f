//! What can happen to a transfer. The ledger keeps these, one row each, and nothing else about a transfer.

use serde::{Deserialize, Serialize};

use super::parcel::ParcelRecord;
use super::state::{ErrorCode, Hand, Hold, Receipt, Waiver};
use crate::id::{MessageId, RunId};
use crate::inventory::Inventory;
use crate::moves::Moment;
use crate::reason::Reason;
use crate::verdict::{Channel, Clearance};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The contents are known.
    Collect {
        /// What there is.
        inventory: Inventory,
    },
    /// There is nothing to send.
    FindNothing {
        /// Why.
        why: Reason,
        /// What was found all the same.
        inventory: Inventory,
    },
    /// It must wait.
    Hold {
        /// Why, most severe first.
        reasons: Vec<Hold>,
    },
    /// The hold is over: looked at again from the start.
    Resume,
    /// A person set a reason aside.
    Waive {
        /// The decision.
        waiver: Waiver,
    },
    /// The receiver can take it.
    Clear {
        /// The route and its evidence.
        clearance: Clearance,
    },
    /// The parcel is on disk.
    Seal {
        /// The parcel.
        parcel: ParcelRecord,
    },
    /// About to send: recorded before the first byte leaves.
    Start {
        /// Which attempt, from 1.
        attempt: u32,
        /// The run.
        run: RunId,
    },
    /// The channel took it.
    Take {
        /// The channel's reference.
        reference: String,
    },
    /// It lies in a person's tray.
    Place {
        /// The file's name in the channel's folder.
        place: String,
    },
    /// It surely did not leave; again later.
    Defer {
        /// What went wrong.
        fault: String,
        /// When to try again at the earliest.
        not_before: Moment,
    },
    /// The channel said no.
    Refuse {
        /// What it said.
        text: String,
    },
    /// We do not know whether it left.
    Lose,
    /// A person posted it.
    Post {
        /// Who.
        hand: Hand,
        /// On which day.
        on: Moment,
    },
    /// A person says that the receiver has it.
    Confirm {
        /// Who.
        hand: Hand,
        /// On which day.
        on: Moment,
    },
    /// The channel delivered a message.
    TransportYes {
        /// Which.
        message: MessageId,
    },
    /// The channel could not deliver a message.
    TransportNo {
        /// Which.
        message: MessageId,
        /// Codes as received.
        codes: Vec<ErrorCode>,
    },
    /// The receiver's application accepted a message, wholly or with defects.
    AppYes {
        /// Which.
        message: MessageId,
        /// The receipt.
        receipt: Receipt,
    },
    /// The receiver's application rejected a message.
    AppNo {
        /// Which.
        message: MessageId,
        /// The receipt.
        receipt: Receipt,
    },
    /// A message of an earlier revision was accepted: moves nothing, and holds what is still to be sent.
    EarlierAccepted {
        /// Which.
        message: MessageId,
        /// The receipt; none in entries of before it was kept.
        #[serde(default)]
        receipt: Option<Receipt>,
    },
    /// Given up.
    GiveUp {
        /// Who, and why.
        hand: Hand,
    },
    /// Stopped.
    Withdraw {
        /// Why; none when a person did.
        why: Option<Reason>,
        /// Who, and in which words.
        hand: Hand,
    },
    /// Opened again.
    Reopen {
        /// Who, and why.
        hand: Hand,
        /// Whether a person asked for it although it was accepted.
        again: bool,
    },
    /// Something came after it had left that should take it back.
    Recall {
        /// What.
        why: Reason,
    },
    /// The file was to be removed from the tray, and was gone.
    PlacedFileGone,
    /// A person chose the one route it is to take, until it is opened again or the choice is taken back.
    Direct {
        /// The route; none for the job's own again.
        channel: Option<Channel>,
        /// Who, and why.
        hand: Hand,
    },
}

impl Event {
    /// The event's name, as the ledger and contradictions write it.
    pub fn code(&self) -> &'static str {
        match self {
            Event::Collect { .. } => "collect",
            Event::FindNothing { .. } => "find-nothing",
            Event::Hold { .. } => "hold",
            Event::Resume => "resume",
            Event::Waive { .. } => "waive",
            Event::Clear { .. } => "clear",
            Event::Seal { .. } => "seal",
            Event::Start { .. } => "start",
            Event::Take { .. } => "take",
            Event::Place { .. } => "place",
            Event::Defer { .. } => "defer",
            Event::Refuse { .. } => "refuse",
            Event::Lose => "lose",
            Event::Post { .. } => "post",
            Event::Confirm { .. } => "confirm",
            Event::TransportYes { .. } => "transport-yes",
            Event::TransportNo { .. } => "transport-no",
            Event::AppYes { .. } => "app-yes",
            Event::AppNo { .. } => "app-no",
            Event::EarlierAccepted { .. } => "earlier-accepted",
            Event::GiveUp { .. } => "give-up",
            Event::Withdraw { .. } => "withdraw",
            Event::Reopen { .. } => "reopen",
            Event::Recall { .. } => "recall",
            Event::PlacedFileGone => "placed-file-gone",
            Event::Direct { .. } => "direct",
        }
    }

    /// Whether it opens a transfer again: the revision goes up if a parcel had been sealed.
    pub fn opens_again(&self) -> bool {
        matches!(self, Event::Resume | Event::Reopen { .. })
    }
}
