//! What tonight's rows and the ledger add up to for each person: moves, what becomes of earlier ones, and a place
//! for every row in the counts (rules § 2).
//!
//! A pure fold. Everything known of a person, from the ledger and from tonight, is laid out as stays and walked
//! through in order, every night from the beginning: the order of files and rows decides nothing, and the same
//! night again finds nothing new. Leaves out what a move's transfers then go through (`run`), and address
//! protection, which is decided after it.

pub mod plan;
mod destination;
mod stays;
mod unplaced;
mod changes;
mod walk;
mod effects;
mod endings;
mod person;
#[cfg(test)]
mod tests;

pub use plan::{Effect, Lives, NotMove, PlannedMove, RowCounts, Settings, Timeline};

use std::collections::BTreeMap;

use crate::id::PatientRef;
use crate::identity::Identities;
use crate::intake::{EventKind, Extracts, Occurrence};
use crate::ledger::Book;
use crate::person::mask_numbers;
use crate::tables::municipalities::Municipalities;

use plan::Fate;

/// Lays out everybody's moves.
pub fn timelines(
    identities: &Identities,
    extracts: &Extracts,
    book: &Book,
    municipalities: &Municipalities,
    settings: &Settings<'_>,
) -> Timeline {
    let mut rows_of: BTreeMap<&PatientRef, Vec<&Occurrence>> =
        identities.migrants.keys().map(|patient| (patient, Vec::new())).collect();
    let mut timeline = Timeline { rejected: extracts.rejected.clone(), ..Timeline::default() };
    timeline.counts.read = extracts.read;
    timeline.counts.rejected = extracts.rejected.len() as u64;
    count_alone(&mut timeline, extracts);
    for (row, patient) in extracts.occurrences.iter().zip(&identities.of_rows) {
        list_unknown_type(&mut timeline, &row.kind, 1);
        match patient.as_ref().and_then(|patient| rows_of.get_mut(patient)) {
            Some(rows) => rows.push(row),
            // Counted where it was rejected.
            None if row.kind == EventKind::Unread => {}
            None => timeline.counts.add(Fate::NotOurs),
        }
    }
    let events_held = extracts.events_held;
    let known = person::Known { identities, book, municipalities, settings, events_held };
    for (patient, rows) in rows_of {
        let Some(migrant) = identities.migrants.get(patient) else { continue };
        person::lay_out(&known, migrant, rows, &mut timeline);
    }
    timeline.moves.sort_by(|a, b| a.the_move.key.cmp(&b.the_move.key));
    timeline.effects.sort();
    timeline.rejected.sort();
    timeline
}

/// What was counted when it was read, and not kept.
fn count_alone(timeline: &mut Timeline, extracts: &Extracts) {
    timeline.counts.add_all(Fate::NotOurs, extracts.of_others);
    for (kind, count) in &extracts.counted {
        timeline.counts.add_all(person::fate(kind), *count);
        list_unknown_type(timeline, kind, *count);
    }
}

/// A type that nobody knows is shown with its count, cut short: it came from another system.
fn list_unknown_type(timeline: &mut Timeline, kind: &EventKind, count: u64) {
    if let EventKind::Other(kind) = kind {
        let shown = mask_numbers(kind).chars().take(60).collect();
        *timeline.unknown_types.entry(shown).or_default() += count;
    }
}
