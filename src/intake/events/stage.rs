//! What was read of events and is not believed yet: it counts when its file has turned out to be whole.

use std::collections::{BTreeMap, BTreeSet};

use crate::intake::extract::Extracts;
use crate::intake::occurrence::EventKind;
use crate::person::mask_numbers;

/// How many names of types are told apart; the register has some fifty.
const MOST_TYPES: usize = 200;

/// How long a type's name may be, characters.
const LONGEST_TYPE: usize = 60;

/// Part of a night's events.
#[derive(Debug, Default)]
pub(super) struct Stage {
    pub(super) extracts: Extracts,
    /// Events, whatever became of them.
    pub(super) events: u64,
    /// Events by type, as written.
    pub(super) types: BTreeMap<String, u64>,
    /// The ids of documents that the feed names.
    pub(super) matched: BTreeSet<String>,
}

impl Stage {
    /// Counts an event of this type.
    pub(super) fn tally(&mut self, kind: &str) {
        self.events += 1;
        let shown = shown(kind, self.types.len(), |shown| self.types.contains_key(shown));
        *self.types.entry(shown).or_default() += 1;
    }

    /// Counts an event of which nothing else is kept.
    pub(super) fn count(&mut self, kind: EventKind) {
        let kind = match kind {
            EventKind::Other(name) => {
                let known =
                    |shown: &str| self.extracts.counted.contains_key(&EventKind::Other(shown.to_owned()));
                EventKind::Other(shown(&name, self.extracts.counted.len(), known))
            }
            known => known,
        };
        self.extracts.read += 1;
        *self.extracts.counted.entry(kind).or_default() += 1;
    }

    /// Takes in what another part has read.
    pub(super) fn absorb(&mut self, other: Stage) {
        self.events += other.events;
        other.types.into_iter().for_each(|(kind, count)| *self.types.entry(kind).or_default() += count);
        self.matched.extend(other.matched);
        absorb(&mut self.extracts, other.extracts);
    }

    /// The events by type, in words.
    pub(super) fn told(&self) -> String {
        let types: Vec<String> = self.types.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
        if types.is_empty() {
            format!("{} events", self.events)
        } else {
            format!("{} events: {}", self.events, types.join(", "))
        }
    }
}

/// Adds one part of an extract to another.
pub(super) fn absorb(to: &mut Extracts, other: Extracts) {
    to.read += other.read;
    to.of_others += other.of_others;
    other.counted.into_iter().for_each(|(kind, count)| *to.counted.entry(kind).or_default() += count);
    to.occurrences.extend(other.occurrences);
    to.rejected.extend(other.rejected);
    to.protections.extend(other.protections);
    to.warnings.extend(other.warnings);
}

/// A type's name as it may be shown: it came from another system.
pub(super) fn readable(kind: &str) -> String {
    mask_numbers(kind).chars().filter(|c| !c.is_control()).take(LONGEST_TYPE).collect()
}

/// A type as it is counted: another system may have any number of them.
fn shown(kind: &str, known: usize, is_known: impl Fn(&str) -> bool) -> String {
    match readable(kind) {
        none if none.is_empty() => "without a type".to_owned(),
        cut if known < MOST_TYPES || is_known(&cut) => cut,
        _ => "further types".to_owned(),
    }
}
