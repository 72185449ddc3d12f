//! What a party says that it takes, and what it has taken: declared profiles and observed outcomes.
//!
//! Plain values that the decision table asks, and the two ways they are filled: `profiles` from what was read,
//! `observed` from the ledger. What nobody has filled in is empty, and then nothing is known. Leaves out how a
//! profile (CPP/CPA) is written (`message::cpp`) and what follows from any of it (`rules`).

mod profiles;
mod observed;
mod seals;

use std::collections::{BTreeMap, BTreeSet};

use chrono::Months;

use crate::message::cpp::EncryptionCertificate;
use crate::moves::{Moment, Now};
use crate::place::HerId;
use crate::verdict::Function;

pub use observed::observed;
pub use profiles::{ProfileFile, declared};
pub use seals::{OwnSeal, ReceiverSeal, Seals};

/// A message function in the version this program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// The ebXML action (HISD 1209), which is also the message function of code list 8279.
    pub name: &'static str,
    /// The version of its standard.
    pub version: &'static str,
}

impl Action {
    /// A function as profiles and outcomes name it.
    pub fn of(function: Function) -> Self {
        Action { name: function.code(), version: function.version() }
    }
}

/// The declared profiles, by party.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// What each party's profile says.
    pub profiles: BTreeMap<HerId, Profile>,
}

/// One party's declared profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Where it stands and of when it is: what evidence shows.
    pub source: String,
    /// Each action the party can receive, with the versions.
    pub receives: BTreeMap<String, BTreeSet<String>>,
    /// The party's certificates for encryption, the one to use first.
    pub certificates: Vec<EncryptionCertificate>,
}

impl Declared {
    /// Whether a party says that it can receive an action, in whatever version.
    pub fn names(&self, party: HerId, action: Action) -> bool {
        self.profiles.get(&party).is_some_and(|profile| profile.receives.contains_key(action.name))
    }

    /// The versions in which a party says it can receive an action; none where it does not name the action, or
    /// names no version of it.
    pub fn versions(&self, party: HerId, action: Action) -> Option<&BTreeSet<String>> {
        let versions = self.profiles.get(&party)?.receives.get(action.name)?;
        (!versions.is_empty()).then_some(versions)
    }
}

/// Earlier outcomes, by party and action.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The latest outcomes of each action with each party.
    pub outcomes: BTreeMap<(HerId, String), Outcomes>,
}

/// The latest outcomes of one action with one party.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// The latest acceptance.
    pub accepted: Option<Moment>,
    /// The latest rejection.
    pub rejected: Option<Rejection>,
}

/// A rejection by the receiver's application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// When.
    pub at: Moment,
    /// Its codes (code list 8221).
    pub codes: BTreeSet<String>,
}

/// Codes that say that a party cannot take this kind of message at all (rules § 7 row 10).
const REFUSES_THE_KIND: [&str; 4] = ["T10", "S01", "S02", "S03"];

impl Observed {
    /// The outcomes of an action with a party.
    pub fn of(&self, party: HerId, action: Action) -> Option<&Outcomes> {
        self.outcomes.get(&(party, action.name.to_owned()))
    }
}

impl Outcomes {
    /// The latest outcome, where it is a rejection that speaks of the kind of message and not of the one message.
    pub fn refusal(&self) -> Option<&Rejection> {
        let rejection = self.rejected.as_ref()?;
        let latest = self.accepted.is_none_or(|accepted| accepted < rejection.at);
        (latest && rejection.refuses_the_kind()).then_some(rejection)
    }

    /// Whether one was accepted within the year before `now`.
    pub fn accepted_within_a_year(&self, now: Now) -> bool {
        let year_ago = now.to_utc().checked_sub_months(Months::new(12));
        self.accepted.is_some_and(|accepted| year_ago.is_none_or(|limit| accepted >= limit))
    }
}

impl Rejection {
    fn refuses_the_kind(&self) -> bool {
        self.codes.iter().any(|code| REFUSES_THE_KIND.iter().any(|known| known.eq_ignore_ascii_case(code)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::fixture::at;

    #[test]
    fn only_the_latest_outcome_can_be_a_refusal_of_the_kind() {
        let rows = [
            ("nothing", None, None, false),
            ("T10", None, Some(("2026-06-01", "T10")), true),
            ("S03", None, Some(("2026-06-01", "S03")), true),
            ("an error of the one message", None, Some(("2026-06-01", "E36")), false),
            ("accepted since", Some("2026-07-01"), Some(("2026-06-01", "T10")), false),
            ("accepted before", Some("2026-05-01"), Some(("2026-06-01", "T10")), true),
        ];
        for (name, accepted, rejected, expected) in rows {
            let day = |date: &str| at(&format!("{date}T12:00:00+01:00")).to_utc();
            let outcomes = Outcomes {
                accepted: accepted.map(day),
                rejected: rejected.map(|(date, code)| Rejection {
                    at: day(date),
                    codes: BTreeSet::from([code.to_owned()]),
                }),
            };
            assert_eq!(outcomes.refusal().is_some(), expected, "{name}");
        }
    }

    #[test]
    fn an_acceptance_counts_for_a_year() {
        let now = at("2026-11-22T02:00:00+01:00");
        for (text, expected) in [("2025-11-22T02:00:00+01:00", true), ("2025-11-22T01:59:59+01:00", false)] {
            let outcomes = Outcomes { accepted: Some(at(text).to_utc()), rejected: None };
            assert_eq!(outcomes.accepted_within_a_year(now), expected, "{text}");
        }
    }
}
