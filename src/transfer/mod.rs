//! The life of a transfer: its states, the events that move it, and the one function that decides which move is
//! legal.
//!
//! Nothing here acts, reads or asks the time: the ledger replays [`Transfer::apply`] over its events and gets the
//! same transfer every time. Why an event happens is decided by the stations; lateness is no state but computed
//! by `reconcile`.

pub mod parcel;
pub mod state;
pub mod event;
pub mod step;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod life_tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

pub use event::Event;
pub use parcel::{ParcelRecord, Sealed, SealedFile};
pub use state::{Acceptance, ErrorCode, Hand, Hold, Layer, Part, Receipt, ReceiptAnswer, State, Waiver};
pub use step::Illegal;

use crate::id::{Digest, MessageId, PatientRef, PersonKey, TransferId};
use crate::moves::{Moment, Move};
use crate::place::HerId;
use crate::reason::{Concern, Reason};
use crate::verdict::{Channel, Content, Function};

/// Which of a move's transfers it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The first one of its content.
    First,
    /// Results that came later; points at the first.
    Supplement {
        /// Which supplement, from 1.
        ordinal: u32,
        /// The first transfer.
        of: TransferId,
    },
    /// Beside the letter, to a party an agreement names.
    Copy {
        /// Who gets the copy.
        receiver: HerId,
    },
    /// Takes an earlier one back.
    Recall {
        /// Which recall, from 1.
        ordinal: u32,
        /// The transfer taken back.
        of: TransferId,
    },
}

impl Kind {
    /// The kind as reports write it.
    pub fn code(&self) -> &'static str {
        match self {
            Kind::First => "first",
            Kind::Supplement { .. } => "supplement",
            Kind::Copy { .. } => "copy",
            Kind::Recall { .. } => "recall",
        }
    }

    /// The party a copy is for.
    pub fn copy_to(&self) -> Option<HerId> {
        match self {
            Kind::Copy { receiver } => Some(*receiver),
            Kind::First | Kind::Supplement { .. } | Kind::Recall { .. } => None,
        }
    }

    /// The transfer it points at.
    pub fn of(&self) -> Option<&TransferId> {
        match self {
            Kind::Supplement { of, .. } | Kind::Recall { of, .. } => Some(of),
            Kind::First | Kind::Copy { .. } => None,
        }
    }
}

/// What a transfer is born with and keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Birth {
    /// The patient in the EPJ.
    pub patient: PatientRef,
    /// The person as shown to people: id type and last two digits, or the type alone.
    pub shown: String,
    /// Every number the person was known by, as keyed hashes.
    pub persons: Vec<PersonKey>,
    /// The move it belongs to.
    pub the_move: Move,
    /// What it carries.
    pub content: Content,
    /// Which of the move's transfers it is.
    pub kind: Kind,
    /// Whether the person's address was strictly confidential already then: no report ever named a place.
    pub protected: bool,
}

/// One message of an earlier revision, and what was heard of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierMessage {
    /// The revision.
    pub revision: u32,
    /// The message.
    pub message: MessageId,
    /// To whom.
    pub receiver: Option<HerId>,
    /// The organisation above the receiver: a receipt may name it alone.
    pub organisation: Option<HerId>,
    /// What it was sent as.
    pub function: Option<Function>,
    /// The documents it carried.
    pub documents: Vec<Digest>,
    /// What the receiver's application said, then or since.
    pub receipt: Option<Receipt>,
}

impl EarlierMessage {
    /// The messages of a revision that ends where the state stands.
    fn of(state: &State, revision: u32) -> Vec<Self> {
        let Some(sealed) = state.sealed() else { return Vec::new() };
        let heard = |message| state.parts().iter().find(|part| part.message == message);
        let files = sealed.parcel.files.iter().filter_map(|file| Some((file, file.message?)));
        files
            .map(|(file, message)| EarlierMessage {
                revision,
                message,
                receiver: sealed.clearance.receiver.her_id(),
                organisation: sealed.clearance.receiver.organisation(),
                function: sealed.clearance.sent_as(),
                documents: sealed.documents_in(file).map(|document| document.sha256).collect(),
                receipt: heard(message).and_then(|part| part.receipt.clone()),
            })
            .collect()
    }

    /// Whether the receiver has it.
    pub fn is_accepted(&self) -> bool {
        self.receipt.as_ref().is_some_and(|receipt| receipt.answer != ReceiptAnswer::Rejected)
    }
}

/// A transfer as its events have made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Its id.
    pub id: TransferId,
    /// What it was born with.
    pub birth: Birth,
    /// When it was planned.
    pub born_at: Moment,
    /// Where it stands.
    pub state: State,
    /// Since when it stands there, for the same reasons.
    pub since: Moment,
    /// How often it was opened again after having been sealed, from 1. Part of every message id.
    pub revision: u32,
    /// Attempts at sending, over all revisions.
    pub attempts: u32,
    /// What persons have decided for this revision and, as an input of it, for the one before.
    pub waivers: Vec<Waiver>,
    /// Why it should be taken back, when that came after it had left.
    pub recalled: Option<Reason>,
    /// Whether the person's address became protected after it had left, whatever else should take it back.
    #[serde(default)]
    pub protected_late: bool,
    /// Whether a person has asked for it although there was a reason not to send it.
    #[serde(default)]
    pub insisted: bool,
    /// Messages of earlier revisions: a receipt for one never moves the state.
    pub earlier: Vec<EarlierMessage>,
    /// The one route that a person chose.
    pub directed: Option<Channel>,
    /// Whether an acceptance for an earlier revision came in: held before anything more is sent.
    pub accepted_earlier: bool,
    /// Whether a placed file was gone when it was to be removed: a person may have posted it.
    pub may_have_been_posted: bool,
    /// The latest revision that was sealed by a run which the ledger, put back from a copy, has lost; 0 where there is
    /// none. Its message ids are taken.
    pub found_sealed: u32,
    /// Whether it may have left with that, and no person has said yet.
    pub may_have_left_unseen: bool,
    /// From which revision on an acceptance counts: a person asked for everything once more after those before.
    counts_from: u32,
    /// How many of the waivers, the first ones, were decided for the revision before this one.
    inherited_waivers: usize,
    /// What it was held for last, in this revision, apart from what only kept a night from looking.
    #[serde(default)]
    held_for: BTreeSet<Reason>,
    /// How often each reason to hold it has arisen in this revision.
    #[serde(default)]
    arisen: BTreeMap<Reason, u32>,
}

impl Transfer {
    /// A transfer as it begins: planned.
    pub fn new(id: TransferId, birth: Birth, at: Moment) -> Self {
        Transfer {
            id,
            birth,
            born_at: at,
            state: State::Planned,
            since: at,
            revision: 1,
            attempts: 0,
            waivers: Vec::new(),
            recalled: None,
            protected_late: false,
            insisted: false,
            earlier: Vec::new(),
            directed: None,
            accepted_earlier: false,
            may_have_been_posted: false,
            found_sealed: 0,
            may_have_left_unseen: false,
            counts_from: 1,
            inherited_waivers: 0,
            held_for: BTreeSet::new(),
            arisen: BTreeMap::new(),
        }
    }

    /// Whether its receiver is to give it back: nothing is added to it.
    pub fn is_taken_back(&self) -> bool {
        self.recalled.is_some_and(|why| why != Reason::ProtectedAfterSending)
    }

    /// An address that became protected does not hide that it should not have gone there at all.
    fn note_recall(&mut self, why: Reason) {
        if why == Reason::ProtectedAfterSending {
            self.protected_late = true;
            self.recalled.get_or_insert(why);
        } else {
            self.recalled = Some(why);
        }
    }

    /// How often this reason to hold it has arisen in this revision: one that was gone and is there again is another
    /// matter.
    pub fn times_held_for(&self, reason: Reason) -> u32 {
        self.arisen.get(&reason).copied().unwrap_or(0)
    }

    /// Remembers what it is held for. A night that could not look says nothing of what held it before, and what was
    /// looked at again without coming to a parcel, or to nothing to send, is held as it was.
    fn note_holds(&mut self, reasons: &[Hold]) {
        let reasons: BTreeSet<Reason> = reasons.iter().map(|hold| hold.reason).collect();
        for reason in reasons.difference(&self.held_for) {
            *self.arisen.entry(*reason).or_default() += 1;
        }
        if reasons.iter().all(|reason| reason.concern() == Concern::Tonight) {
            self.held_for.extend(reasons);
        } else {
            self.held_for = reasons;
        }
    }

    /// A run that the ledger has lost had sealed it as this revision, and it may have left. What is sealed from now on
    /// is a later one.
    pub fn find_sealed(&mut self, revision: u32) {
        self.found_sealed = self.found_sealed.max(revision);
        self.may_have_left_unseen = true;
        // What is sealed has its revision until it is opened.
        if self.state.sealed().is_none() {
            self.revision = self.revision.max(self.found_sealed + 1);
        }
    }

    /// Whether a message was accepted, and that still counts: nobody has asked for everything once more since.
    fn is_with_receiver(&self, message: &EarlierMessage) -> bool {
        message.revision >= self.counts_from && message.is_accepted()
    }

    /// The documents, by digest, that a party has accepted in messages of earlier revisions: what is opened again
    /// goes without them.
    pub fn handed_over(&self) -> BTreeMap<HerId, BTreeSet<Digest>> {
        let mut out: BTreeMap<HerId, BTreeSet<Digest>> = BTreeMap::new();
        for message in self.earlier.iter().filter(|message| self.is_with_receiver(message)) {
            if let Some(receiver) = message.receiver {
                out.entry(receiver).or_default().extend(&message.documents);
            }
        }
        out
    }

    /// The messages of earlier revisions that a party has accepted, in order, as far as they count.
    pub fn accepted_by(&self, receiver: HerId) -> Vec<&EarlierMessage> {
        let to_it = |message: &&EarlierMessage| message.receiver == Some(receiver);
        self.earlier.iter().filter(to_it).filter(|message| self.is_with_receiver(message)).collect()
    }

    /// The documents, by digest, of every message that was accepted, of this revision or an earlier one that counts.
    pub fn accepted_documents(&self) -> BTreeSet<Digest> {
        let now = EarlierMessage::of(&self.state, self.revision);
        let accepted = self.earlier.iter().chain(&now).filter(|message| self.is_with_receiver(message));
        accepted.flat_map(|message| &message.documents).copied().collect()
    }

    /// The documents, by digest, of one of its messages of any revision, in order; none where that is not known any
    /// more.
    pub fn documents_of(&self, message: MessageId) -> Option<Vec<Digest>> {
        let now = EarlierMessage::of(&self.state, self.revision);
        let found = self.earlier.iter().chain(&now).find(|known| known.message == message);
        found.map(|known| known.documents.clone())
    }

    /// Until when an application receipt for the sealed messages should come (HITS 1168:2016 § 4.1); none where the
    /// channel gets none.
    pub fn receipt_due(&self, receipt_hours: u32) -> Option<Moment> {
        let sealed = self.state.sealed().filter(|sealed| sealed.clearance.channel.gets_receipts())?;
        sealed.parcel.sealed_at.checked_add_signed(TimeDelta::hours(i64::from(receipt_hours)))
    }

    /// Applies one event, or leaves the transfer as it was and says that the event is illegal there.
    ///
    /// # Errors
    /// [`Illegal`] when the state has no such move, or an attempt is not the next one; the caller records it as a contradiction.
    pub fn apply(&mut self, event: &Event, at: Moment) -> Result<(), Illegal> {
        if let Event::Start { attempt, .. } = event
            && *attempt != self.attempts + 1
        {
            return Err(Illegal { state: self.state.code(), event: event.code() });
        }
        if let Some(next) = step::step(&self.state, event, at)? {
            if !self.state.stands_like(&next) {
                self.since = at;
            }
            if event.opens_again() && self.state.sealed().is_some() {
                self.begin_revision();
            }
            self.state = next;
        }
        self.note(event, at);
        Ok(())
    }

    /// What an event leaves behind beside the state.
    fn note(&mut self, event: &Event, at: Moment) {
        match event {
            Event::Start { attempt, .. } => self.attempts = *attempt,
            Event::Waive { waiver } => {
                self.waivers.push(waiver.clone());
                self.may_have_left_unseen &= waiver.reason != Reason::Restored;
            }
            Event::Hold { reasons } => self.note_holds(reasons),
            Event::Seal { .. } | Event::FindNothing { .. } => self.held_for.clear(),
            Event::Recall { why } => self.note_recall(*why),
            Event::EarlierAccepted { message, receipt } => {
                self.accepted_earlier = true;
                self.asks_anew(Reason::AcceptedEarlier);
                let plain = || Receipt { at, answer: ReceiptAnswer::Accepted, codes: Vec::new() };
                let of_it = self.earlier.iter_mut().filter(|earlier| earlier.message == *message);
                of_it.for_each(|earlier| earlier.receipt = Some(receipt.clone().unwrap_or_else(plain)));
            }
            Event::Direct { channel, .. } => self.directed = *channel,
            Event::Reopen { again, .. } => {
                self.directed = None;
                if self.is_taken_back() {
                    self.recalled = self.protected_late.then_some(Reason::ProtectedAfterSending);
                }
                if *again {
                    self.insisted = true;
                    self.counts_from = self.revision;
                    self.accepted_earlier = false;
                }
            }
            Event::PlacedFileGone => self.may_have_been_posted = true,
            // Whoever posts, confirms or withdraws says what became of the file.
            Event::Post { .. } | Event::Confirm { .. } | Event::Withdraw { .. } => {
                self.may_have_been_posted = false;
                self.may_have_left_unseen = false;
            }
            _ => {}
        }
    }

    /// What once was sealed is opened: new message ids from here on. What persons decided for the revision that
    /// ends is an input of the new one and of no later one, except that an acceptance of an earlier revision,
    /// once set aside, stays so until another one comes.
    fn begin_revision(&mut self) {
        let ended = EarlierMessage::of(&self.state, self.revision);
        // A message that is all there is to send: with its yes nothing is left. Of a record's parts the others are.
        self.accepted_earlier |=
            ended.iter().any(|message| message.is_accepted() && message.documents.is_empty());
        self.earlier.extend(ended);
        self.revision = self.revision.max(self.found_sealed) + 1;
        self.held_for.clear();
        self.arisen.clear();
        let of_this_revision = self.waivers.split_off(self.inherited_waivers);
        self.waivers.retain(|waiver| waiver.reason == Reason::AcceptedEarlier);
        self.waivers.extend(of_this_revision);
        self.inherited_waivers = self.waivers.len();
    }

    /// What persons have decided of a reason was decided of what was known then; now there is more of it.
    fn asks_anew(&mut self, reason: Reason) {
        let of_this_revision = self.waivers.split_off(self.inherited_waivers);
        self.waivers.retain(|waiver| waiver.reason != reason);
        self.inherited_waivers = self.waivers.len();
        self.waivers.extend(of_this_revision.into_iter().filter(|waiver| waiver.reason != reason));
    }

    /// Whether a person has set this reason aside.
    pub fn waives(&self, reason: Reason) -> bool {
        self.waivers.iter().any(|waiver| waiver.reason == reason)
    }
}
