//! What the ledger's rows say: one value a row, as the stations hand them over.
//!
//! Only the values. What is true after them is in [`super::book`], how they are kept in [`super::schema`].

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::chain::Head;
use crate::id::{ActionId, Digest, MessageId, PatientRef, PersonKey, RunId, TransferId};
use crate::moves::{Destination, Moment};
use crate::patient::{Grading, Objection};
use crate::place::{HerId, MunicipalityNo};
use crate::reason::Reason;
use crate::transfer::{Birth, Event, Hand};
use crate::verdict::{Channel, Content};

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum Entry {
    /// A transfer begins: planned.
    Plan {
        /// Its id.
        transfer: TransferId,
        /// What it is born with.
        birth: Box<Birth>,
    },
    /// Something happened to a transfer.
    Event {
        /// Which.
        transfer: TransferId,
        /// What.
        event: Box<Event>,
    },
    /// An event that its transfer had no move for: kept, shown, and moving nothing.
    Contradiction {
        /// Which transfer.
        transfer: TransferId,
        /// The state it was in.
        state: String,
        /// What was said to have happened.
        event: String,
        /// Where it came from: a receipt's file, a hand.
        detail: String,
    },
    /// Where a patient lives, as the extracts say; moves that are not ours included.
    Whereabouts {
        /// Who.
        patient: PatientRef,
        /// Every key the ledger knows the person by.
        persons: Vec<PersonKey>,
        /// Where and since when.
        residence: Residence,
    },
    /// Something was told of where a patient lives that has no place among the whereabouts yet, or has got one now.
    Unplaced {
        /// Who.
        patient: PatientRef,
        /// Every key the ledger knows the person by.
        persons: Vec<PersonKey>,
        /// The source's id of the event.
        event_id: String,
        /// What was told; none when nothing of the event is waited for any more.
        told: Option<Unplaced>,
    },
    /// A person has emigrated or died, or it was taken back that they have.
    Ended {
        /// Who.
        patient: PatientRef,
        /// Every key the ledger knows the person by.
        persons: Vec<PersonKey>,
        /// What was told.
        ending: Ending,
    },
    /// What a patient objects to, as the register last said.
    Objection {
        /// Who.
        patient: PatientRef,
        /// What.
        objection: Objection,
    },
    /// How a person's address is protected.
    Grading {
        /// Every key the person is known by.
        persons: Vec<PersonKey>,
        /// The grading from now on.
        grading: Grading,
        /// When the source registered it, where it said.
        registered_at: Option<Moment>,
    },
    /// Two numbers are one person.
    Link {
        /// The number replaced.
        former: PersonKey,
        /// The number in use.
        current: PersonKey,
    },
    /// A receipt, list or other file of the inbox was read.
    ReceiptRead {
        /// The file's digest: the same file is not read twice.
        digest: Digest,
        /// What was read and what it did: one record a receipt or filled-in line.
        rows: Vec<ReceiptRow>,
    },
    /// A person has dealt with an action or an unmatched receipt.
    Settled {
        /// Which.
        action: ActionId,
        /// Who, and in which words.
        hand: Hand,
        /// What it was; none in entries of before it was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        matter: Option<Box<Matter>>,
    },
    /// Something was made available to somebody (pasientjournalloven § 22 a).
    Disclosure {
        /// The record.
        disclosure: Box<Disclosure>,
    },
    /// Parcel files of a transfer at its end are past their retention: written down before they are removed.
    Pruned {
        /// The transfer they were made for.
        transfer: TransferId,
        /// Their names in the spool.
        files: Vec<String>,
    },
    /// A run ended: all that the list of runs says of it, so that the list can be held against the entries.
    RunEnded {
        /// Its number.
        number: u64,
        /// The command.
        command: String,
        /// When it began.
        started_at: Moment,
        /// The digest of the account it left.
        account: Digest,
    },
    /// The ledger was put back from a copy, and knows less than has happened.
    Restored {
        /// When the copy was made; none where nothing marks it as one.
        copied_at: Option<Moment>,
        /// The reports that know more than it does, and what the ledger could be told by then.
        reports: Vec<(RunId, Head)>,
    },
    /// Files of a parcel that were found after that: sealed by a run that the ledger does not know. The transfer may
    /// have left with them, and may not be known yet itself.
    FoundSealed {
        /// The transfer they are named after.
        transfer: TransferId,
        /// The files.
        files: Vec<FoundFile>,
    },
}

/// A parcel's file that no run known to the ledger has sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundFile {
    /// Its name.
    pub name: String,
    /// The revision in it.
    pub revision: u32,
    /// The message it is, and which of its conversation, from 1; none for what gets no receipts.
    pub message: Option<(MessageId, u32)>,
}

impl Entry {
    /// Something that happened to a transfer.
    pub fn event(transfer: TransferId, event: Event) -> Self {
        Entry::Event { transfer, event: Box::new(event) }
    }
}

/// What was dealt with, as it stood on the list then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matter {
    /// What it was.
    pub code: Reason,
    /// The transfer it was about.
    pub transfer: Option<TransferId>,
    /// What there was to look at; may name a place.
    pub detail: String,
    /// Since when it had stood there.
    pub since: Moment,
}

/// Where a person lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Residence {
    /// Where.
    pub to: Destination,
    /// The move date.
    pub date: NaiveDate,
    /// When it was registered.
    pub registered_at: Moment,
    /// Its place among what was registered at the same time; 0 where no source told.
    #[serde(default)]
    pub sequence: u64,
    /// Whether oppholdsadresse told it.
    #[serde(default)]
    pub temporary: bool,
    /// The source's ids of the events behind it.
    pub event_ids: Vec<String>,
    /// Whether a transfer of ours follows from it.
    pub ours: bool,
    /// Whether it was taken back: the person never lived there.
    #[serde(default)]
    pub annulled: bool,
    /// Whether nobody moves by it: another address in the municipality where the person was. Remembered for what
    /// may be said of it later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub minor: bool,
    /// Whether it waits to be told whose move it is: the register had dropped the person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undecided: bool,
    /// The municipality that the source says the person came from; only of what is minor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<MunicipalityNo>,
}

/// Why nobody in a new municipality follows a person up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// `abroad` or `dead`.
    pub why: Reason,
    /// The source's id of the event; may be empty.
    pub event_id: String,
    /// When it was registered, where the source says.
    pub registered_at: Option<Moment>,
    /// Its place among what was registered at the same time; 0 where no source told.
    pub sequence: u64,
    /// When it happened, where the source says.
    pub date: Option<NaiveDate>,
    /// Whether it was taken back.
    pub annulled: bool,
}

/// What was told of a patient's whereabouts and cannot be given its place yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unplaced {
    /// When it was registered, where that is known.
    pub registered_at: Option<Moment>,
    /// Its place among what was registered at the same time; 0 where no source told.
    pub sequence: u64,
    /// What it is.
    pub what: UnplacedKind,
}

/// What waits for its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnplacedKind {
    /// An event that may say where the person lives and was not read.
    Unread,
    /// A correction or an annulment that names no event, and may be about one that was not read.
    Change(Box<PendingChange>),
}

/// A correction or an annulment that names no event, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingChange {
    /// Whether it takes back and puts nothing in the place.
    pub annuls: bool,
    /// Whether it is of oppholdsadresse.
    pub temporary: bool,
    /// The municipality moved to.
    pub to: String,
    /// The Oslo district moved to.
    pub district: String,
    /// The date of the move.
    pub date: Option<NaiveDate>,
}

/// One receipt, or one line of a filled-in list, as read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReceiptRow {
    /// When it was read.
    pub read_at: Moment,
    /// The file's name, identity numbers masked.
    pub file: String,
    /// `apprec`, `packing-list`, `worklist`, `unreadable`.
    pub kind: String,
    /// The message it speaks of.
    pub original_message_id: Option<MessageId>,
    /// The transfer it was matched to.
    pub transfer: Option<TransferId>,
    /// The revision of that message.
    pub revision: Option<u32>,
    /// The message's part number, from 1.
    pub part: Option<u32>,
    /// `accepted`, `rejected`, `accepted-with-defects`, `posted`, `confirmed`, or empty.
    pub status: String,
    /// Codes, verbatim, separated by spaces.
    pub codes: String,
    /// Texts, as received, identity numbers masked.
    pub text: String,
    /// What it did: `applied`, `repeated`, `unmatched`, `wrong-sender`, `earlier-revision`, `contradiction`,
    /// `unreadable`.
    pub effect: String,
}

/// One making available (pjl § 22 a): kept as long as the journal, apart from every log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosure {
    /// The transfer.
    pub transfer: TransferId,
    /// The revision and attempt.
    pub revision: u32,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// Whose information, as keyed hashes.
    pub persons: Vec<PersonKey>,
    /// The patient in the EPJ.
    pub patient: PatientRef,
    /// What.
    pub content: Content,
    /// Who received it: name, and HER-id where there is one.
    pub receiver_name: String,
    /// The receiver's HER-id.
    pub receiver_her_id: Option<HerId>,
    /// How; none when it was handed over another way than the program's.
    pub channel: Option<Channel>,
    /// On which basis, in words.
    pub basis: String,
    /// Which results and documents, in words without health data: counts.
    pub what: String,
    /// The same, counted; none in records of before it was kept, and for what a person gave another way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<Counted>,
    /// When.
    pub at: Moment,
}

/// What was made available, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Results.
    pub results: u64,
    /// Documents, of the journal or of laboratory reports.
    pub documents: u64,
    /// Whether it was the notice that the examination has not been done.
    #[serde(default)]
    pub notice: bool,
}

/// A finished or unfinished run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// The command.
    pub command: String,
    /// When it began.
    pub started_at: Moment,
    /// When it ended; none for one that died.
    pub finished_at: Option<Moment>,
}

/// About to send: what the ledger must know before the first byte leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The transfer.
    pub transfer: TransferId,
    /// Which attempt, from 1, over all revisions.
    pub number: u32,
}
