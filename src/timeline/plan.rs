//! What a timeline says: planned moves, effects on earlier ones, and the sum of the rows.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::{PatientRef, TransferId};
use crate::ledger::Entry;
use crate::moves::{Move, MoveKey};
use crate::place::MunicipalityNo;
use crate::reason::Reason;
use crate::tabular::RejectedRow;
use crate::transfer::Hold;
use crate::verdict::Content;

/// The job's settings that decide what is a move.
#[derive(Clone, Copy, Debug)]
pub struct Settings<'a> {
    /// The sender's municipality.
    pub own: &'a MunicipalityNo,
    /// Whether Oslo's districts are told apart.
    pub oslo_districts: bool,
    /// The night's date.
    pub today: NaiveDate,
}

/// Everybody's moves, and what tonight's rows came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Every distinct move of ours that stands in tonight's extracts, is not in the ledger yet, or has a transfer
    /// not at its end; by key.
    pub moves: Vec<PlannedMove>,
    /// What becomes of transfers, tonight's included: applied after new moves are planned.
    pub effects: Vec<Effect>,
    /// Where everybody whose moves were laid out lives now; nobody who has never moved.
    pub lives: BTreeMap<PatientRef, Lives>,
    /// Whereabouts that the ledger does not know yet, in the order to be recorded.
    pub residences: Vec<Entry>,
    /// Where every row went.
    pub counts: RowCounts,
    /// Every rejected row of the extracts.
    pub rejected: Vec<RejectedRow>,
    /// Old municipality numbers of tonight's moves and what they were read as, with how many moves had them. Those
    /// of strictly confidential persons are not among them.
    pub mapped: BTreeMap<(MunicipalityNo, MunicipalityNo), u64>,
    /// Event types nobody knows, with how many rows had them.
    pub unknown_types: BTreeMap<String, u64>,
    /// Moves of persons the register has dropped: they wait for it.
    pub undecided: u64,
    /// Corrections and annulments that wait for an event that was not read, tonight's and earlier ones.
    pub waiting: u64,
}

/// Where a person lives now: whom anything that comes late is for (rules § 5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lives {
    /// Where this move of theirs has led, of ours or not.
    At(Box<Move>),
    /// In the sender's own municipality, abroad, or the person is dead: nobody else follows them up.
    Nowhere,
    /// Rows contradict each other, or a change of where they live waits for its place.
    Unclear,
}

/// A move of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedMove {
    /// The move; a known one as the ledger has it.
    pub the_move: Move,
    /// Why its transfers must wait: unknown municipality, conflicting moves, identity conflict.
    pub holds: Vec<Hold>,
    /// Whether its date has come; otherwise it is a `future-move`.
    pub due: bool,
    /// Whether the ledger has no transfer of it yet.
    pub new: bool,
    /// Whether a row of tonight's extracts tells of it.
    pub tonight: bool,
}

/// What becomes of a transfer because of what happened to its person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The move's transfers that have not left are withdrawn; so are refused ones.
    Withdraw {
        /// The move.
        of: MoveKey,
        /// `overtaken` or `annulled`.
        why: Reason,
    },
    /// The move's transfers that have not left become nothing to send.
    NothingToSend {
        /// The move.
        of: MoveKey,
        /// `abroad` or `dead`.
        why: Reason,
    },
    /// That the person was dead or abroad was taken back: what became nothing to send for it is opened again.
    Revived {
        /// The move.
        of: MoveKey,
    },
    /// The transfer has left, or may have, and should not have gone there: recall action, and it is closed.
    Recall {
        /// The transfer.
        transfer: TransferId,
        /// `overtaken` or `annulled`.
        why: Reason,
    },
    /// An earlier move's receiver has the content and passes it on: this move's first transfer of it becomes
    /// nothing to send (`moved-on`), with an action.
    MovedOn {
        /// The later move.
        of: MoveKey,
        /// The content.
        content: Content,
        /// The transfer that was accepted.
        accepted: TransferId,
    },
    /// What had withdrawn the transfer was itself taken back. A withdrawn transfer never opens again, so a
    /// person must act; told every night until the ledger has a contradiction of this transfer for `reopen`.
    StandsAgain {
        /// The withdrawn transfer.
        transfer: TransferId,
    },
}

/// Why a row that tells where a person lives is not a move for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotMove {
    /// The address was changed without anybody moving.
    WithoutMoving,
    /// The municipality was renumbered.
    Renumbering,
    /// The same municipality before and after.
    SameMunicipality,
    /// To the sender's own municipality.
    OwnMunicipality,
    /// From another municipality, of a person of whom no transfer is ours.
    NotFromUs,
    /// Oppholdsadresse of somebody with a fødselsnummer.
    TemporaryAddress,
    /// An event type nobody knows.
    UnknownType,
}

impl NotMove {
    /// The name as reports write it.
    pub fn code(self) -> &'static str {
        match self {
            NotMove::WithoutMoving => "without-moving",
            NotMove::Renumbering => "renumbering",
            NotMove::SameMunicipality => "same-municipality",
            NotMove::OwnMunicipality => "own-municipality",
            NotMove::NotFromUs => "not-from-us",
            NotMove::TemporaryAddress => "temporary-address",
            NotMove::UnknownType => "unknown-type",
        }
    }
}

/// Where one row went: exactly one place each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    Move,
    Repeat,
    Change,
    PersonEvent,
    NotMove(NotMove),
    NotOurs,
    Rejected,
}

/// Where tonight's rows went (rules § 10, first sum).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCounts {
    /// Rows read.
    pub read: u64,
    /// Moves: the first row of each distinct one.
    pub moves: u64,
    /// Further rows of a move.
    pub repeats: u64,
    /// Corrections and annulments.
    pub changes: u64,
    /// Protection, identity, status: events of a person that move nobody.
    pub person_events: u64,
    /// Rows that are no move for us, by kind.
    pub not_moves: BTreeMap<NotMove, u64>,
    /// Rows about somebody who is not in the register.
    pub not_ours: u64,
    /// Rejected rows.
    pub rejected: u64,
}

impl RowCounts {
    /// Rows that are no move for us.
    pub fn not_moves(&self) -> u64 {
        self.not_moves.values().sum()
    }

    /// Whether every row went to exactly one place.
    pub fn adds_up(&self) -> bool {
        let sorted = self.moves + self.repeats + self.changes + self.person_events;
        self.read == sorted + self.not_moves() + self.not_ours + self.rejected
    }

    pub(super) fn add(&mut self, fate: Fate) {
        self.add_all(fate, 1);
    }

    pub(super) fn add_all(&mut self, fate: Fate, rows: u64) {
        match fate {
            Fate::Move => self.moves += rows,
            Fate::Repeat => self.repeats += rows,
            Fate::Change => self.changes += rows,
            Fate::PersonEvent => self.person_events += rows,
            Fate::NotMove(kind) => *self.not_moves.entry(kind).or_default() += rows,
            Fate::NotOurs => self.not_ours += rows,
            Fate::Rejected => self.rejected += rows,
        }
    }
}
