//! Whose address is strictly confidential, by any input or by the ledger: no place of theirs is shown.
//!
//! Wider than what a night decides (`identity`): whoever was ever called so, or shares a number or a reference with
//! somebody who was, counts, also where a later event lowers it. Here nothing is sent, and nothing is lost by it.

use std::collections::BTreeSet;

use super::super::inputs::Inputs;
use crate::id::{LedgerKey, PatientRef, PersonKey};
use crate::ledger::Book;
use crate::patient::Grading;
use crate::person::NationalId;

/// Everybody whose places are hidden.
#[derive(Clone, Debug, Default)]
pub(super) struct Strict {
    persons: BTreeSet<PersonKey>,
    /// The register is held: it may call anybody so.
    anybody: bool,
}

/// What is known to be one person, and whether they were called strictly confidential there.
type Group = (BTreeSet<PersonKey>, bool);

impl Strict {
    /// Everybody whom the inputs or the ledger call so, by every number that is theirs.
    pub(super) fn of(inputs: &Inputs, book: &Book, key: &LedgerKey) -> Self {
        let mut groups = in_inputs(inputs, key);
        groups.extend(in_book(book));
        let mut persons = BTreeSet::new();
        loop {
            let before = persons.len();
            groups.retain(|(group, called)| {
                let theirs = *called || group.iter().any(|key| persons.contains(key));
                if theirs {
                    persons.extend(group.iter().cloned());
                }
                !theirs
            });
            if persons.len() == before {
                return Strict { persons, anybody: inputs.register.is_none() };
            }
        }
    }

    /// Whether any of the keys is of one of them, or nobody can tell.
    pub(super) fn has<'a>(&self, mut keys: impl Iterator<Item = &'a PersonKey>) -> bool {
        self.anybody || keys.any(|key| self.persons.contains(key))
    }
}

/// Every key that a row or a patient goes by.
pub(super) fn keys<'a>(
    key: &LedgerKey,
    ids: impl Iterator<Item = &'a NationalId>,
    patient: Option<&PatientRef>,
) -> BTreeSet<PersonKey> {
    ids.map(|id| key.person(id)).chain(patient.map(|patient| key.patient(patient))).collect()
}

fn is_strict(grading: Option<Grading>) -> bool {
    grading == Some(Grading::StrictlyConfidential)
}

fn in_inputs(inputs: &Inputs, key: &LedgerKey) -> Vec<Group> {
    let patients = inputs.register.iter().flat_map(|register| register.patients.values()).map(|patient| {
        let ids = patient.ids.iter().map(|known| &known.id);
        (keys(key, ids, Some(&patient.patient)), is_strict(patient.grading))
    });
    let rows = inputs.extracts.occurrences.iter().map(|row| {
        (keys(key, row.id.iter().chain(&row.former_id), row.patient_ref.as_ref()), is_strict(row.grading))
    });
    let told =
        inputs.extracts.protections.iter().map(|told| {
            (keys(key, told.ids.iter(), told.patient_ref.as_ref()), is_strict(Some(told.grading)))
        });
    let results = inputs.results.rows().iter().map(|row| (row.persons().cloned().collect(), false));
    patients.chain(rows).chain(told).chain(results).collect()
}

fn in_book(book: &Book) -> Vec<Group> {
    let links =
        book.links.iter().map(|(former, current)| (BTreeSet::from([former.clone(), current.clone()]), false));
    let persons = book.persons.iter().map(|(person, memory)| {
        let ever = memory.strict_since.is_some() || is_strict(Some(memory.grading));
        (BTreeSet::from([person.clone()]), ever)
    });
    let transfers = book.transfers.values();
    let together = transfers.map(|transfer| (transfer.birth.persons.iter().cloned().collect(), false));
    links.chain(persons).chain(together).collect()
}
