//! Whom events can concern: everybody the register or the ledger knows by some number.

use std::collections::BTreeSet;

use crate::id::{LedgerKey, PersonKey};
use crate::intake::occurrence::{Change, Occurrence};
use crate::intake::register::Register;
use crate::ledger::Book;
use crate::person::NationalId;

/// The persons whose events are kept.
#[derive(Clone, Debug)]
pub struct Known {
    key: LedgerKey,
    persons: BTreeSet<PersonKey>,
}

impl Known {
    /// Everybody in the register and the ledger.
    pub fn of(register: Option<&Register>, book: &Book, key: &LedgerKey) -> Self {
        let patients = register.into_iter().flat_map(|register| register.patients.values());
        let mut persons: BTreeSet<PersonKey> = patients
            .flat_map(|patient| {
                let numbers = patient.ids.iter().map(|known| key.person(&known.id));
                std::iter::once(key.patient(&patient.patient)).chain(numbers)
            })
            .collect();
        persons.extend(book.links.iter().flat_map(|(former, current)| [former.clone(), current.clone()]));
        persons.extend(book.persons.keys().cloned());
        persons.extend(book.transfers.values().flat_map(|transfer| transfer.birth.persons.iter().cloned()));
        Known { key: key.clone(), persons }
    }

    /// Whether the number is of one of them.
    pub(super) fn has(&self, id: &NationalId) -> bool {
        self.persons.contains(&self.key.person(id))
    }

    /// Those who became known by what tonight's rows link, and nobody else.
    pub(super) fn linked_by(&self, rows: &[Occurrence]) -> Known {
        let links: Vec<Vec<PersonKey>> =
            rows.iter().filter(|row| row.change != Change::Annulled).map(|row| self.keys(row)).collect();
        let mut all = self.persons.clone();
        loop {
            let before = all.len();
            for keys in links.iter().filter(|keys| keys.len() > 1) {
                if keys.iter().any(|key| all.contains(key)) {
                    all.extend(keys.iter().cloned());
                }
            }
            if all.len() == before {
                let persons = all.difference(&self.persons).cloned().collect();
                return Known { key: self.key.clone(), persons };
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }

    fn keys(&self, row: &Occurrence) -> Vec<PersonKey> {
        let numbers = row.id.iter().chain(&row.former_id).map(|id| self.key.person(id));
        numbers.chain(row.patient_ref.as_ref().map(|patient| self.key.patient(patient))).collect()
    }
}
