//! What a move is: who, from where, to where, when.
//!
//! Only the values. How extracts become moves is `intake`'s and `timeline`'s; which places exist is
//! `tables::municipalities`'.

use std::collections::BTreeSet;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::id::PatientRef;
use crate::place::{DistrictNo, MunicipalityNo};

/// The time of a run or of a statement, with the offset it was made in.
pub type Now = DateTime<FixedOffset>;

/// A moment in the ledger: always UTC, so that its text sorts as it happened.
pub type Moment = DateTime<Utc>;

/// Where a person moved to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// A municipality of today.
    Municipality(MunicipalityNo),
    /// An Oslo district, where the job tells districts apart.
    District(DistrictNo),
    /// No municipality that can be told: what the extract wrote (digits only), or nothing.
    Unclear(String),
}

impl Destination {
    /// The municipality, where there is one.
    pub fn municipality(&self) -> Option<MunicipalityNo> {
        match self {
            Destination::Municipality(number) => Some(number.clone()),
            Destination::District(district) => Some(district.municipality()),
            Destination::Unclear(_) => None,
        }
    }

    /// The number as it is part of a move's key.
    pub fn code(&self) -> &str {
        match self {
            Destination::Municipality(number) => number.as_str(),
            Destination::District(district) => district.as_str(),
            Destination::Unclear(written) => written,
        }
    }
}

/// What makes two rows the same move (rules § 2): patient, destination, date.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MoveKey {
    /// Who moved.
    pub patient: PatientRef,
    /// Where to.
    pub to: Destination,
    /// Flyttedato, else the date of validity, else of registration.
    pub date: NaiveDate,
}

/// A move to be acted on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Move {
    /// What tells it from other moves.
    pub key: MoveKey,
    /// The municipality moved from: the extract's, else the last one known, else the sender's.
    pub from: Option<MunicipalityNo>,
    /// The Oslo district moved to, as the extract gives it; part of the receiver's address even where the key
    /// does not tell districts apart.
    pub district: Option<DistrictNo>,
    /// The number the extract wrote, when it was an old one that was mapped to its successor.
    pub mapped_from: Option<MunicipalityNo>,
    /// When the source registered it: what orders the moves of a person.
    pub registered_at: Moment,
    /// The source's ids of the events that told of it; a correction names one of them.
    pub event_ids: BTreeSet<String>,
}
