//! How a person's address is protected: the highest grading known from anywhere, and it sticks (rules § 4).
//!
//! Only a later `endringIAdressebeskyttelse` lowers it, later than what raised it. The register gives no time:
//! what it says holds tonight, and what raised a grading without a time is remembered with tonight's.

use super::Sources;
use super::groups::Groups;
use crate::id::PersonKey;
use crate::intake::{Change, EventKind};
use crate::ledger::{Book, Entry, PersonMemory};
use crate::moves::{Moment, Now};
use crate::patient::Grading;

/// A person's grading, and what the ledger should remember of it when that is new.
#[derive(Clone, Debug, PartialEq)]
pub struct Graded {
    /// The grading in force.
    pub grading: Grading,
    /// The change, if there is one.
    pub entry: Option<Entry>,
}

/// One thing said of a person's grading. The order is that of the fold: by time, at the same time the lower
/// first, so that what raises has the last word; what has no time comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    undated: bool,
    at: Moment,
    grading: Grading,
    lowers: bool,
}

/// The grading in force and since when it was said; no time while nothing was ever said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Force {
    grading: Grading,
    since: Option<Moment>,
}

/// The grading of the person that `root` stands for.
pub(super) fn of_group(
    sources: &Sources<'_>,
    groups: &Groups,
    root: &PersonKey,
    book: &Book,
    now: Now,
) -> Graded {
    let Some(members) = groups.members(root) else {
        return Graded { grading: Grading::Ungraded, entry: None };
    };
    let memories: Vec<Option<&PersonMemory>> = members.keys.iter().map(|key| book.persons.get(key)).collect();
    let mut said: Vec<Said> = memories.iter().flatten().map(|memory| remembered(memory)).collect();
    said.extend(groups.rows(root).iter().filter_map(|at| {
        let row = &sources.occurrences[*at];
        // A grading that was taken back still was one: only an event of its own lowers it.
        let lowers = row.kind == EventKind::Grading && row.change != Change::Annulled;
        Some(say(row.grading?, row.registered_at, lowers, now))
    }));
    said.extend(groups.protections(root).iter().map(|at| {
        let told = &sources.protections[*at];
        say(told.grading, told.registered_at, false, now)
    }));
    let register = members.in_register.iter().filter_map(|patient| sources.register.patients.get(patient));
    said.extend(register.filter_map(|patient| Some(say(patient.grading?, None, false, now))));
    let force = fold(said);
    let news = memories.iter().any(|memory| recorded(*memory) != force);
    let entry = news.then(|| Entry::Grading {
        persons: members.keys.iter().cloned().collect(),
        grading: force.grading,
        registered_at: force.since,
    });
    Graded { grading: force.grading, entry }
}

fn say(grading: Grading, at: Option<Moment>, lowers: bool, now: Now) -> Said {
    let lowers = lowers && at.is_some();
    Said { undated: at.is_none(), at: at.unwrap_or(now.to_utc()), grading, lowers }
}

/// What the ledger remembers speaks again. Only a lowering leaves «ungraded» with a time behind.
fn remembered(memory: &PersonMemory) -> Said {
    Said {
        undated: false,
        at: memory.grading_registered_at.unwrap_or(Moment::MIN_UTC),
        grading: memory.grading,
        lowers: memory.grading == Grading::Ungraded && memory.grading_registered_at.is_some(),
    }
}

fn recorded(memory: Option<&PersonMemory>) -> Force {
    memory.map_or(Force::default(), |memory| Force {
        grading: memory.grading,
        since: memory.grading_registered_at,
    })
}

fn fold(mut said: Vec<Said>) -> Force {
    said.sort();
    let mut force = Force::default();
    for said in said {
        let later = force.since.is_none_or(|since| said.at > since);
        let raises = said.grading > force.grading;
        // The same grading said again, later: what would lower it must be later still.
        let renews = said.grading == force.grading && force.since.is_some() && !said.undated && later;
        let lowers = said.lowers && said.grading < force.grading && later;
        if raises || lowers || (renews && said.grading > Grading::Ungraded) {
            force = Force { grading: said.grading, since: Some(said.at).filter(|at| *at > Moment::MIN_UTC) };
        }
    }
    force
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{TimeZone, Utc};

    fn day(day: u32) -> Moment {
        Utc.with_ymd_and_hms(2026, 11, day, 12, 0, 0).single().unwrap_or_default()
    }

    fn told(grading: Grading, at: u32, lowers: bool) -> Said {
        Said { undated: false, at: day(at), grading, lowers }
    }

    #[test]
    fn a_grading_sticks_until_a_later_event_lowers_it() {
        use Grading::{ClientAddress, Confidential, StrictlyConfidential, Ungraded};
        let undated = Said { undated: true, ..told(Confidential, 22, false) };
        let rows = [
            ("nothing said", vec![], Ungraded),
            (
                "the highest counts",
                vec![told(Confidential, 2, false), told(ClientAddress, 3, false)],
                Confidential,
            ),
            (
                "a move without grading lowers nothing",
                vec![told(Confidential, 2, false), told(Ungraded, 3, false)],
                Confidential,
            ),
            ("a later event lowers", vec![told(Confidential, 2, false), told(Ungraded, 3, true)], Ungraded),
            (
                "an earlier event does not",
                vec![told(Confidential, 3, false), told(Ungraded, 2, true)],
                Confidential,
            ),
            (
                "nor one of the same time",
                vec![told(Confidential, 3, false), told(Ungraded, 3, true)],
                Confidential,
            ),
            (
                "raised again after",
                vec![
                    told(Confidential, 2, true),
                    told(Ungraded, 3, true),
                    told(StrictlyConfidential, 4, true),
                ],
                StrictlyConfidential,
            ),
            (
                "said again after the event",
                vec![told(Confidential, 2, false), told(Ungraded, 3, true), told(Confidential, 4, false)],
                Confidential,
            ),
            ("the register has no time and holds", vec![undated, told(Ungraded, 3, true)], Confidential),
            (
                "lowered to a lower protection",
                vec![told(StrictlyConfidential, 2, true), told(Confidential, 3, true)],
                Confidential,
            ),
        ];
        for (name, said, expected) in rows {
            let mut backwards = said.clone();
            backwards.reverse();
            assert_eq!(fold(said).grading, expected, "{name}");
            assert_eq!(fold(backwards).grading, expected, "{name}, in the other order");
        }
    }

    #[test]
    fn what_is_remembered_keeps_its_time() {
        let raised = PersonMemory {
            grading: Grading::Confidential,
            grading_registered_at: Some(day(5)),
            strict_since: None,
        };
        assert_eq!(
            fold(vec![remembered(&raised), told(Grading::Ungraded, 4, true)]),
            recorded(Some(&raised))
        );
        let lowered = PersonMemory {
            grading: Grading::Ungraded,
            grading_registered_at: Some(day(5)),
            strict_since: None,
        };
        let again = fold(vec![remembered(&lowered), told(Grading::Confidential, 4, false)]);
        assert_eq!(again, recorded(Some(&lowered)), "an old row does not raise what was lowered after it");
    }
}
