//! What was told of a person and cannot be given its place yet: events that were not read, and changes that name no
//! event and may be of one of those.
//!
//! A change that names no event is of the latest that was told before it. While something told before it has not
//! been read nobody knows which that is: it waits, in the ledger too, and what it would take back waits with it.

use std::collections::{BTreeMap, BTreeSet};

use super::stays::{Stays, Told};
use crate::id::PatientRef;
use crate::intake::{Change, EventKind, Occurrence, Place};
use crate::ledger::{Book, Entry, PendingChange, Unplaced, UnplacedKind};
use crate::patient::Migrant;
use crate::person::PersonName;

/// What waits of one person.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    /// Whether a file of events is held tonight: it may say anything of anybody.
    pub(super) events_held: bool,
    /// Events that were not read, by their ids, with when they were told where that is known.
    unread: BTreeMap<String, Option<Told>>,
    /// Changes of earlier nights, as rows.
    pub(super) remembered: Vec<Occurrence>,
}

impl Waiting {
    /// What waits when tonight's rows have told what they tell.
    pub(super) fn of(
        book: &Book,
        patient: &PatientRef,
        rows: &[&Occurrence],
        stays: &Stays,
        events_held: bool,
    ) -> Self {
        let read: BTreeSet<&str> = rows
            .iter()
            .filter(|row| row.kind != EventKind::Unread)
            .filter_map(|row| row.event_id.as_deref())
            .chain(stays.0.values().flat_map(|stay| stay.event_ids.iter().map(String::as_str)))
            .map(document)
            .collect();
        let tonight = rows.iter().filter(|row| row.kind == EventKind::Unread);
        let tonight = tonight.map(|row| (row.event_id.as_deref().unwrap_or_default(), Told::stated(row)));
        let before = book.unplaced.get(patient).into_iter().flatten();
        let unread = before.clone().filter(|(_, told)| told.what == UnplacedKind::Unread);
        let unread = unread.map(|(id, told)| (id.as_str(), stated(told))).chain(tonight);
        let mut earliest: BTreeMap<String, Option<Told>> = BTreeMap::new();
        for (id, told) in unread.filter(|(id, _)| !read.contains(document(id))) {
            let known = earliest.entry(named(id, told)).or_insert(told);
            *known = told.min(*known);
        }
        let remembered = before.filter_map(|(id, told)| as_row(id, told)).collect();
        Waiting { events_held, unread: earliest, remembered }
    }

    /// Whether everything has been read that may stand between a change and what it seems to be of, told then: what
    /// was told before that is not the latest, and takes nothing back that came after it.
    pub(super) fn is_sure(&self, change: Told, of: Option<Told>) -> bool {
        let apart = |told: Told| told > change || of.is_some_and(|of| told < of);
        !self.events_held && self.unread.values().all(|told| told.is_some_and(apart))
    }

    /// What the ledger does not know yet: what waits from now on, and what waits no longer.
    pub(super) fn entries(&self, book: &Book, migrant: &Migrant, waits: &[&Occurrence]) -> Vec<Entry> {
        let unread = self.unread.iter().map(|(id, told)| {
            let (registered_at, sequence) = told.map_or((None, 0), |told| (Some(told.at), told.sequence));
            (id.clone(), Unplaced { registered_at, sequence, what: UnplacedKind::Unread })
        });
        let changes = waits.iter().map(|row| (row.event_id.clone().unwrap_or_default(), pending(row)));
        let now: BTreeMap<String, Unplaced> = unread.chain(changes).collect();
        let patient = &migrant.patient.patient;
        let none = BTreeMap::new();
        let before = book.unplaced.get(patient).unwrap_or(&none);
        let entry = |event_id: &String, told| Entry::Unplaced {
            patient: patient.clone(),
            persons: migrant.persons.clone(),
            event_id: event_id.clone(),
            told,
        };
        let new = now.iter().filter(|(id, told)| before.get(*id) != Some(told));
        let over = before.keys().filter(|id| !now.contains_key(*id));
        let new = new.map(|(id, told)| entry(id, Some(told.clone())));
        new.chain(over.map(|id| entry(id, None))).collect()
    }
}

/// The document of an event's id: what else stands in it tells its parts apart.
pub(super) fn document(event_id: &str) -> &str {
    event_id.split(' ').next().unwrap_or_default()
}

/// The id of an event that was not read; one that has none is told from others by its time.
fn named(event_id: &str, told: Option<Told>) -> String {
    match (event_id, told) {
        ("", Some(told)) => format!("without-id-{}-{}", told.at.to_rfc3339(), told.sequence),
        ("", None) => "without-id".to_owned(),
        (id, _) => id.to_owned(),
    }
}

fn stated(told: &Unplaced) -> Option<Told> {
    told.registered_at.map(|at| Told { at, sequence: told.sequence })
}

fn pending(row: &Occurrence) -> Unplaced {
    let change = PendingChange {
        annuls: row.change == Change::Annulled,
        temporary: row.kind == EventKind::Residence,
        to: row.to.clone(),
        district: row.district.clone(),
        date: row.move_date,
    };
    let what = UnplacedKind::Change(Box::new(change));
    Unplaced { registered_at: row.registered_at, sequence: row.sequence, what }
}

/// A change of an earlier night as the row it was; it stands in no file of tonight.
fn as_row(event_id: &str, told: &Unplaced) -> Option<Occurrence> {
    let UnplacedKind::Change(change) = &told.what else { return None };
    Some(Occurrence {
        at: Place { file: String::new(), line: 0 },
        event_id: Some(event_id.to_owned()),
        of_latest: true,
        patient_ref: None,
        id: None,
        former_id: None,
        name: PersonName::default(),
        from: String::new(),
        to: change.to.clone(),
        district: change.district.clone(),
        move_date: change.date,
        registered_at: told.registered_at,
        sequence: told.sequence,
        kind: if change.temporary { EventKind::Residence } else { EventKind::Move },
        change: if change.annuls { Change::Annulled } else { Change::Corrected },
        grading: None,
    })
}
