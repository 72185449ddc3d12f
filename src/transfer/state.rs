//! Where a transfer can stand. States carry their data, so that no state can lack what it needs.
//!
//! Which event leads from which state to which is in [`super::step`].

use serde::{Deserialize, Serialize};

use super::parcel::Sealed;
use crate::id::{MessageId, RunId};
use crate::inventory::Inventory;
use crate::moves::Moment;
use crate::place::HerId;
use crate::reason::Reason;
use crate::verdict::Clearance;

/// A reason with what a reviewer should see beside it; never an identity number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hold {
    /// The reason.
    pub reason: Reason,
    /// Candidates, a file, a size: whatever makes the reason findable. May be empty.
    pub detail: String,
}

impl Hold {
    /// A reason without detail.
    pub fn plain(reason: Reason) -> Self {
        Hold { reason, detail: String::new() }
    }
}

/// One message of a conversation and what was heard of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The message.
    pub message: MessageId,
    /// The channel's own receipt.
    pub transport: Option<Moment>,
    /// The application's receipt.
    pub receipt: Option<Receipt>,
}

/// A code of a receipt, verbatim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorCode {
    /// The code.
    pub code: String,
    /// Its text and the sender's own words, as received, identity numbers masked.
    pub text: String,
}

/// An application receipt for one message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// When the receiver wrote it.
    pub at: Moment,
    /// Yes, with defects, or no.
    pub answer: ReceiptAnswer,
    /// Every code, verbatim.
    pub codes: Vec<ErrorCode>,
}

/// What a receipt says (code list 8258).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptAnswer {
    /// 1: accepted.
    Accepted,
    /// 3: accepted, with defects a person follows up.
    WithDefects,
    /// 2: rejected.
    Rejected,
}

/// Who refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// The channel would not take it.
    Channel,
    /// It did not reach the receiver's system.
    Transport,
    /// The receiver's application said no.
    Application,
}

/// A person who acted, by the name given on the command line or in a list, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// The name.
    pub by: String,
    /// The reason given; may be empty where none is asked for.
    pub why: String,
}

impl Hand {
    /// The program itself, with its reason.
    pub fn program(why: Reason) -> Self {
        Hand { by: "journalflytt".to_owned(), why: why.code().to_owned() }
    }
}

/// How it came into the receiver's hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acceptance {
    /// Every message was accepted.
    Receipts {
        /// Whether a receipt spoke of defects.
        defects: bool,
    },
    /// A person confirmed it.
    Confirmed {
        /// Who.
        hand: Hand,
    },
}

/// A person's decision to set a reason aside, for one revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// The reason set aside.
    pub reason: Reason,
    /// The receiver chosen, for an ambiguous one.
    pub receiver: Option<HerId>,
    /// Who decided, and why.
    pub hand: Hand,
}

/// Where a transfer stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// Taken in, or waits for its date.
    Planned,
    /// Waits for a person or for the receiver.
    Held {
        /// Why, most severe first.
        reasons: Vec<Hold>,
        /// The parcel that had been sealed before, if any.
        sealed: Option<Box<Sealed>>,
    },
    /// Nothing found, objection, abroad, dead, moved on.
    NothingToSend {
        /// Why.
        why: Reason,
        /// What was found all the same: objected items are still accounted for.
        inventory: Inventory,
    },
    /// Contents known.
    Collected {
        /// What there is.
        inventory: Inventory,
    },
    /// The receiver can take it.
    Cleared {
        /// What there is.
        inventory: Inventory,
        /// The route and its evidence.
        clearance: Clearance,
    },
    /// Fixed; the bytes never change again.
    Sealed {
        /// The parcel.
        sealed: Box<Sealed>,
    },
    /// Intent recorded, no answer yet.
    InFlight {
        /// The parcel.
        sealed: Box<Sealed>,
        /// Which attempt, from 1, over all revisions.
        attempt: u32,
        /// The run that made it.
        run: RunId,
        /// Whether an earlier attempt of the same parcel may have left: then this one cannot be put off as if
        /// nothing had.
        doubted: bool,
        /// Each message, and what was heard of it while an earlier attempt was in doubt.
        parts: Vec<Part>,
    },
    /// Temporary failure; surely not left.
    Deferred {
        /// The parcel.
        sealed: Box<Sealed>,
        /// Which attempt failed.
        attempt: u32,
        /// What went wrong.
        fault: String,
        /// When to try again at the earliest.
        not_before: Moment,
    },
    /// We do not know whether it left.
    InDoubt {
        /// The parcel.
        sealed: Box<Sealed>,
        /// Which attempt is in doubt.
        attempt: u32,
        /// Each message and what was heard of it: a part that was answered says nothing of the others.
        parts: Vec<Part>,
    },
    /// In a person's hands; nothing has left the house.
    Placed {
        /// The parcel.
        sealed: Box<Sealed>,
        /// The file's name in the channel's folder.
        place: String,
    },
    /// The channel took it, or a person posted it.
    Sent {
        /// The parcel.
        sealed: Box<Sealed>,
        /// The channel's reference, or who posted it.
        reference: String,
        /// When.
        at: Moment,
        /// Each message and what was heard of it.
        parts: Vec<Part>,
    },
    /// The receiver's system has it.
    Delivered {
        /// The parcel.
        sealed: Box<Sealed>,
        /// When it was sent.
        at: Moment,
        /// Each message and what was heard of it.
        parts: Vec<Part>,
    },
    /// In the receiver's hands.
    Accepted {
        /// The parcel, unless it was handed over another way.
        sealed: Option<Box<Sealed>>,
        /// When it was sent, where it was.
        at: Option<Moment>,
        /// How.
        how: Acceptance,
        /// Each message and what was heard of it.
        parts: Vec<Part>,
    },
    /// Refused.
    Rejected {
        /// The parcel.
        sealed: Box<Sealed>,
        /// By whom.
        by: Layer,
        /// Codes as received.
        codes: Vec<ErrorCode>,
        /// When it was sent, where it was.
        at: Option<Moment>,
        /// Each message and what was heard of it.
        parts: Vec<Part>,
    },
    /// Given up; a person must act.
    Abandoned {
        /// The parcel, where there was one.
        sealed: Option<Box<Sealed>>,
        /// Who gave it up, and why.
        hand: Hand,
        /// When it was sent, where it was.
        at: Option<Moment>,
        /// Each message and what was heard of it.
        parts: Vec<Part>,
    },
    /// Stopped before it left.
    Withdrawn {
        /// Why: overtaken, annulled; none when a person did.
        why: Option<Reason>,
        /// Who, and in which words.
        hand: Hand,
        /// What it would have carried, where that was known.
        inventory: Option<Inventory>,
    },
}

impl State {
    /// The state's name, as every output writes it.
    pub fn code(&self) -> &'static str {
        match self {
            State::Planned => "planned",
            State::Held { .. } => "held",
            State::NothingToSend { .. } => "nothing-to-send",
            State::Collected { .. } => "collected",
            State::Cleared { .. } => "cleared",
            State::Sealed { .. } => "sealed",
            State::InFlight { .. } => "in-flight",
            State::Deferred { .. } => "deferred",
            State::InDoubt { .. } => "in-doubt",
            State::Placed { .. } => "placed",
            State::Sent { .. } => "sent",
            State::Delivered { .. } => "delivered",
            State::Accepted { .. } => "accepted",
            State::Rejected { .. } => "rejected",
            State::Abandoned { .. } => "abandoned",
            State::Withdrawn { .. } => "withdrawn",
        }
    }

    /// Whether a transfer stands there as it stood here, so that *since* stays: the same state and, where it is
    /// held, the same reasons, whatever is said beside them.
    pub fn stands_like(&self, other: &State) -> bool {
        fn codes(reasons: &[Hold]) -> Vec<Reason> {
            reasons.iter().map(|hold| hold.reason).collect()
        }
        match (self, other) {
            (State::Held { reasons: was, .. }, State::Held { reasons: is, .. }) => codes(was) == codes(is),
            (was, is) => was.code() == is.code(),
        }
    }

    /// The file's name in a channel's tray, where it lies there.
    pub fn place(&self) -> Option<&str> {
        if let State::Placed { place, .. } = self { Some(place) } else { None }
    }

    /// Why it is held; nothing when it is not.
    pub fn holds(&self) -> &[Hold] {
        if let State::Held { reasons, .. } = self { reasons } else { &[] }
    }

    /// Whether there was nothing to send, and a late result or an objection taken back opens it again.
    pub fn may_open_again(&self) -> bool {
        matches!(self, State::NothingToSend { why: Reason::NothingFound | Reason::Objection, .. })
    }

    /// Whether nothing more is to happen unless somebody asks for it.
    pub fn is_end(&self) -> bool {
        matches!(self, State::NothingToSend { .. } | State::Accepted { .. } | State::Withdrawn { .. })
    }

    /// The parcel, where one is fixed.
    pub fn sealed(&self) -> Option<&Sealed> {
        match self {
            State::Sealed { sealed }
            | State::InFlight { sealed, .. }
            | State::Deferred { sealed, .. }
            | State::InDoubt { sealed, .. }
            | State::Placed { sealed, .. }
            | State::Sent { sealed, .. }
            | State::Delivered { sealed, .. }
            | State::Rejected { sealed, .. } => Some(sealed),
            State::Held { sealed, .. } | State::Accepted { sealed, .. } | State::Abandoned { sealed, .. } => {
                sealed.as_deref()
            }
            State::Planned
            | State::NothingToSend { .. }
            | State::Collected { .. }
            | State::Cleared { .. }
            | State::Withdrawn { .. } => None,
        }
    }

    /// What it carries, as far as it is known.
    pub fn inventory(&self) -> Option<&Inventory> {
        match self {
            State::NothingToSend { inventory, .. }
            | State::Collected { inventory }
            | State::Cleared { inventory, .. } => Some(inventory),
            State::Withdrawn { inventory, .. } => inventory.as_ref(),
            State::Planned
            | State::Held { .. }
            | State::Sealed { .. }
            | State::InFlight { .. }
            | State::Deferred { .. }
            | State::InDoubt { .. }
            | State::Placed { .. }
            | State::Sent { .. }
            | State::Delivered { .. }
            | State::Accepted { .. }
            | State::Rejected { .. }
            | State::Abandoned { .. } => self.sealed().map(|sealed| &sealed.inventory),
        }
    }

    /// The messages and what was heard of them.
    pub fn parts(&self) -> &[Part] {
        match self {
            State::InFlight { parts, .. }
            | State::InDoubt { parts, .. }
            | State::Sent { parts, .. }
            | State::Delivered { parts, .. }
            | State::Accepted { parts, .. }
            | State::Rejected { parts, .. }
            | State::Abandoned { parts, .. } => parts,
            State::Planned
            | State::Held { .. }
            | State::NothingToSend { .. }
            | State::Collected { .. }
            | State::Cleared { .. }
            | State::Sealed { .. }
            | State::Deferred { .. }
            | State::Placed { .. }
            | State::Withdrawn { .. } => &[],
        }
    }

    /// When it left, where it did.
    pub fn sent_at(&self) -> Option<Moment> {
        match self {
            State::Sent { at, .. } | State::Delivered { at, .. } => Some(*at),
            State::Accepted { at, .. } | State::Rejected { at, .. } | State::Abandoned { at, .. } => *at,
            State::Planned
            | State::Held { .. }
            | State::NothingToSend { .. }
            | State::Collected { .. }
            | State::Cleared { .. }
            | State::Sealed { .. }
            | State::InFlight { .. }
            | State::Deferred { .. }
            | State::InDoubt { .. }
            | State::Placed { .. }
            | State::Withdrawn { .. } => None,
        }
    }

    /// Whether it may have left the house: everything that a late grading or correction can only recall.
    pub fn may_have_left(&self) -> bool {
        match self {
            State::InFlight { .. }
            | State::InDoubt { .. }
            | State::Sent { .. }
            | State::Delivered { .. }
            | State::Accepted { .. } => true,
            State::Rejected { by, .. } => *by != Layer::Channel,
            State::Abandoned { at, sealed, .. } => at.is_some() || sealed.is_some(),
            State::Planned
            | State::Held { .. }
            | State::NothingToSend { .. }
            | State::Collected { .. }
            | State::Cleared { .. }
            | State::Sealed { .. }
            | State::Deferred { .. }
            | State::Placed { .. }
            | State::Withdrawn { .. } => false,
        }
    }
}
