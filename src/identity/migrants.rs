//! The migrant a person becomes: the register's facts, every linked number, and whatever speaks against it.

use std::collections::BTreeMap;

use super::Sources;
use super::groups::{Groups, Keys, Members};
use crate::id::{PatientRef, PersonKey};
use crate::intake::{Change, Occurrence};
use crate::patient::{Grading, IdStatus, KnownId, Migrant, Objection, Patient};
use crate::person::{NationalId, PersonName};

/// Makes the migrant of one patient of the group.
pub(super) fn migrant(
    sources: &Sources<'_>,
    keys: &Keys,
    groups: &Groups,
    members: &Members,
    patient: &PatientRef,
    rows: &[usize],
    grading: Grading,
) -> Migrant {
    let rows: Vec<&Occurrence> = rows.iter().map(|at| &sources.occurrences[*at]).collect();
    let mut facts = match sources.register.patients.get(patient) {
        Some(known) => known.clone(),
        None => dropped(patient, &rows),
    };
    facts.ids = every_id(&facts.ids, &rows);
    Migrant {
        patient: facts,
        grading,
        persons: members.keys.iter().cloned().collect(),
        conflict: conflict(sources, keys, groups, members, patient),
    }
}

/// A patient whom only the ledger knows: nothing may be assumed of them.
fn dropped(patient: &PatientRef, rows: &[&Occurrence]) -> Patient {
    Patient {
        patient: patient.clone(),
        ids: Vec::new(),
        name: rows.iter().map(|row| &row.name).max().cloned().unwrap_or_else(PersonName::default),
        birth_date: None,
        group_a: None,
        transit_arrival: None,
        screening: None,
        consent: None,
        objection: Objection::None,
        competent: None,
        grading: None,
    }
}

/// The register's numbers and tonight's: what a row calls former is former, whatever the register says.
fn every_id(known: &[KnownId], rows: &[&Occurrence]) -> Vec<KnownId> {
    let mut ids: BTreeMap<NationalId, IdStatus> =
        known.iter().map(|known| (known.id.clone(), known.status)).collect();
    let links = || rows.iter().filter(|row| row.change != Change::Annulled);
    for id in links().filter_map(|row| row.id.as_ref()) {
        ids.entry(id.clone()).or_insert(IdStatus::Current);
    }
    for (former, current) in links().filter_map(|row| Some((row.former_id.as_ref()?, row.id.as_ref()))) {
        if current != Some(former) {
            ids.insert(former.clone(), IdStatus::Former);
        }
    }
    let mut ids: Vec<KnownId> = ids.into_iter().map(|(id, status)| KnownId { status, id }).collect();
    ids.sort();
    ids
}

/// Why the person cannot be told for sure; in words for the report, without any number.
fn conflict(
    sources: &Sources<'_>,
    keys: &Keys,
    groups: &Groups,
    members: &Members,
    patient: &PatientRef,
) -> Option<String> {
    let own = |key: &&PersonKey| groups.with_number(key) > 1;
    if keys.patients.get(patient).is_some_and(|keys| keys.iter().skip(1).any(|key| own(&key))) {
        return Some("samme nummer står på flere pasienter i pasientregisteret".to_owned());
    }
    if members.in_register.len() > 1 {
        return Some("to pasienter i pasientregisteret er koblet sammen som én person".to_owned());
    }
    if members.patients().len() > 1 {
        return Some("personen er kjent fra før under en annen pasientreferanse".to_owned());
    }
    sources.register.doubts.get(patient).cloned()
}
