//! What ends the following of a person without a new municipality: emigration and death, told tonight or remembered.
//!
//! Remembered, since extracts name a person once: what comes late is for nobody then, and what is taken back on a later
//! night opens what it had ended. Leaves out what follows for transfers (`effects`).

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::effects::Ended;
use super::stays::Told;
use crate::intake::{Change, EventKind, Occurrence};
use crate::ledger::{Book, Ending, Entry};
use crate::moves::Moment;
use crate::patient::Migrant;
use crate::reason::Reason;

/// What tells one ending from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    why: Reason,
    event_id: String,
    registered_at: Option<Moment>,
    sequence: u64,
    date: Option<NaiveDate>,
}

/// Whether an ending stands, and whether the ledger knows so.
#[derive(Clone, Copy, Debug)]
struct Known {
    annulled: bool,
    recorded: Option<bool>,
}

/// The endings of one person.
#[derive(Debug, Default)]
pub(super) struct Endings {
    known: BTreeMap<Key, Known>,
    /// Kinds of which an annulment was told tonight that is of no ending known.
    loose: BTreeSet<Reason>,
}

impl Endings {
    /// Those remembered, and those that tonight's rows tell, correct and annul.
    pub(super) fn of(book: &Book, migrant: &Migrant, rows: &[&Occurrence]) -> Self {
        let mut endings = Endings::default();
        for ending in book.endings.get(&migrant.patient.patient).into_iter().flatten() {
            let annulled = ending.annulled;
            endings.known.insert(Key::of_ending(ending), Known { annulled, recorded: Some(annulled) });
        }
        let told = rows.iter().filter_map(|row| Some((Key::of_row(row)?, *row)));
        let (annulling, telling): (Vec<_>, Vec<_>) =
            told.partition(|(_, row)| row.change == Change::Annulled);
        for (key, _) in telling {
            endings.known.entry(key).or_insert(Known { annulled: false, recorded: None });
        }
        for (key, row) in annulling {
            endings.annul(&key, row);
        }
        endings
    }

    /// What an annulment is of: the event it names, or every one of its kind told before it.
    fn annul(&mut self, annulment: &Key, row: &Occurrence) {
        let is_before = |key: &Key| {
            let told = key.registered_at;
            annulment.registered_at.is_none_or(|at| told.is_none_or(|told| at >= told))
        };
        let is_of_it = |key: &Key| {
            key.why == annulment.why
                && (row.of_latest || key.event_id == annulment.event_id)
                && is_before(key)
        };
        let mut found = false;
        for (_, known) in self.known.iter_mut().filter(|(key, _)| is_of_it(key)) {
            (known.annulled, found) = (true, true);
        }
        if !found {
            self.loose.insert(annulment.why);
        }
    }

    /// Up to where in the order the person's transfers have ended: death ends all of them.
    pub(super) fn ended(&self) -> Option<Ended> {
        self.standing().map(Key::ended).max()
    }

    /// When the person left the country, as far as it stands: each a place in the order.
    pub(super) fn left(&self) -> Vec<(Told, NaiveDate)> {
        let abroad = self.standing().filter(|key| key.why == Reason::Abroad && key.date.is_some());
        abroad.map(|key| key.ended().until).collect()
    }

    fn standing(&self) -> impl Iterator<Item = &Key> {
        self.known.iter().filter(|(_, known)| !known.annulled).map(|(key, _)| key)
    }

    /// The kinds that were told, and of which none stands any more.
    pub(super) fn taken_back(&self) -> BTreeSet<Reason> {
        let annulled = self.known.iter().filter(|(_, known)| known.annulled).map(|(key, _)| key.why);
        let standing: BTreeSet<Reason> = self.standing().map(|key| key.why).collect();
        annulled.chain(self.loose.iter().copied()).filter(|why| !standing.contains(why)).collect()
    }

    /// What the ledger does not know yet.
    pub(super) fn entries(&self, migrant: &Migrant) -> Vec<Entry> {
        let unknown = self.known.iter().filter(|(_, known)| known.recorded != Some(known.annulled));
        let entry = |(key, known): (&Key, &Known)| Entry::Ended {
            patient: migrant.patient.patient.clone(),
            persons: migrant.persons.clone(),
            ending: key.ending(known.annulled),
        };
        unknown.map(entry).collect()
    }
}

impl Key {
    fn of_ending(ending: &Ending) -> Self {
        Key {
            why: ending.why,
            event_id: ending.event_id.clone(),
            registered_at: ending.registered_at,
            sequence: ending.sequence,
            date: ending.date,
        }
    }

    /// None for a row that ends nothing.
    fn of_row(row: &Occurrence) -> Option<Self> {
        let why = match row.kind {
            EventKind::Dead => Reason::Dead,
            EventKind::Abroad => Reason::Abroad,
            EventKind::Move
            | EventKind::Residence
            | EventKind::WithoutMoving
            | EventKind::Renumbering
            | EventKind::Grading
            | EventKind::IdentityChange
            | EventKind::Status
            | EventKind::Other(_)
            | EventKind::Unread => return None,
        };
        Some(Key {
            why,
            event_id: row.event_id.clone().unwrap_or_default(),
            registered_at: row.registered_at,
            sequence: row.sequence,
            date: row.move_date,
        })
    }

    fn ending(&self, annulled: bool) -> Ending {
        Ending {
            why: self.why,
            event_id: self.event_id.clone(),
            registered_at: self.registered_at,
            sequence: self.sequence,
            date: self.date,
            annulled,
        }
    }

    fn ended(&self) -> Ended {
        let until = match self.date {
            Some(date) if self.why == Reason::Abroad => {
                (Told::at(self.registered_at, self.sequence, date), date)
            }
            Some(_) | None => (Told::LAST, NaiveDate::MAX),
        };
        Ended { until, why: self.why }
    }
}
