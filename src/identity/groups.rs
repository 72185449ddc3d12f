//! Numbers and references that are one person, as disjoint sets of keys.
//!
//! Linked by: the rows of one patient in the register, `former_id` and `patient_ref` beside a number in tonight's
//! rows, the links the ledger remembers, and the persons of its transfers. The smallest key of a set stands for
//! it, so that no order of files or rows shows.

use std::collections::{BTreeMap, BTreeSet};

use super::Sources;
use crate::id::{LedgerKey, PatientRef, PersonKey};
use crate::intake::{Change, Occurrence};
use crate::ledger::{Book, Entry};

/// The keys of everybody tonight's sources name, computed once.
#[derive(Debug)]
pub struct Keys {
    /// Of each patient of the register: the reference's key first, then those of the numbers.
    pub patients: BTreeMap<PatientRef, Vec<PersonKey>>,
    /// Of each occurrence, in the order given.
    pub rows: Vec<RowKeys>,
    /// Of each protection, in the order given.
    pub protections: Vec<Vec<PersonKey>>,
}

/// The keys on one row.
#[derive(Clone, Debug, Default)]
pub struct RowKeys {
    /// Of the number.
    pub id: Option<PersonKey>,
    /// Of the number the person had before.
    pub former: Option<PersonKey>,
    /// Of the EPJ's reference.
    pub patient: Option<PersonKey>,
}

impl RowKeys {
    /// Every key there is, the number in use first.
    pub fn all(&self) -> impl Iterator<Item = &PersonKey> {
        [&self.id, &self.former, &self.patient].into_iter().flatten()
    }
}

impl Keys {
    /// Computes the keys.
    pub fn of(sources: &Sources<'_>, key: &LedgerKey) -> Self {
        let patients = sources.register.patients.values().map(|patient| {
            let ids = patient.ids.iter().map(|known| key.person(&known.id));
            (patient.patient.clone(), std::iter::once(key.patient(&patient.patient)).chain(ids).collect())
        });
        let rows = sources.occurrences.iter().map(|row| RowKeys {
            id: row.id.as_ref().map(|id| key.person(id)),
            former: row.former_id.as_ref().map(|id| key.person(id)),
            patient: row.patient_ref.as_ref().map(|patient| key.patient(patient)),
        });
        let protections = sources.protections.iter().map(|told| {
            let ids = told.ids.iter().map(|id| key.person(id));
            ids.chain(told.patient_ref.as_ref().map(|patient| key.patient(patient))).collect()
        });
        Keys { patients: patients.collect(), rows: rows.collect(), protections: protections.collect() }
    }
}

/// One person, as far as anybody knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Members {
    /// Every key.
    pub keys: BTreeSet<PersonKey>,
    /// The patients of the register behind them; more than one is a conflict.
    pub in_register: BTreeSet<PatientRef>,
    /// The patients that the ledger has transfers for.
    pub in_ledger: BTreeSet<PatientRef>,
}

impl Members {
    /// Every patient: of the register, else of the ledger.
    pub fn patients(&self) -> BTreeSet<PatientRef> {
        self.in_register.union(&self.in_ledger).cloned().collect()
    }
}

/// Everybody, grouped.
#[derive(Debug, Default)]
pub struct Groups {
    roots: BTreeMap<PersonKey, PersonKey>,
    members: BTreeMap<PersonKey, Members>,
    of_patient: BTreeMap<PatientRef, PersonKey>,
    by_number: BTreeMap<PersonKey, BTreeSet<PatientRef>>,
    rows: BTreeMap<PersonKey, Vec<usize>>,
    protections: BTreeMap<PersonKey, Vec<usize>>,
}

impl Groups {
    /// Links everything that says it is one person.
    pub fn of(sources: &Sources<'_>, keys: &Keys, book: &Book) -> Self {
        let mut union = Union::default();
        keys.patients.values().for_each(|keys| union.join(keys));
        for (row, keys) in sources.occurrences.iter().zip(&keys.rows) {
            // What was taken back links nobody.
            if row.change != Change::Annulled {
                union.join(keys.all());
            }
            keys.all().for_each(|key| union.join([key]));
        }
        keys.protections.iter().flatten().for_each(|key| union.join([key]));
        book.links.iter().for_each(|(former, current)| union.join([former, current]));
        book.transfers.values().for_each(|transfer| union.join(&transfer.birth.persons));
        Groups::gather(union, keys, book)
    }

    fn gather(mut union: Union, keys: &Keys, book: &Book) -> Self {
        let mut groups = Groups::default();
        for (patient, keys) in &keys.patients {
            let Some(root) = keys.first().map(|key| union.find(key)) else { continue };
            groups.members.entry(root.clone()).or_default().in_register.insert(patient.clone());
            groups.of_patient.insert(patient.clone(), root);
            for key in keys.iter().skip(1) {
                groups.by_number.entry(key.clone()).or_default().insert(patient.clone());
            }
        }
        for transfer in book.transfers.values() {
            let Some(root) = transfer.birth.persons.first().map(|key| union.find(key)) else { continue };
            let patient = &transfer.birth.patient;
            groups.members.entry(root.clone()).or_default().in_ledger.insert(patient.clone());
            groups.of_patient.entry(patient.clone()).or_insert(root);
        }
        let known: Vec<PersonKey> = union.parents.keys().cloned().collect();
        for key in known {
            let root = union.find(&key);
            groups.members.entry(root.clone()).or_default().keys.insert(key.clone());
            groups.roots.insert(key, root);
        }
        for (at, row) in keys.rows.iter().enumerate() {
            let root = row.all().next().map(|key| union.find(key));
            root.into_iter().for_each(|root| groups.rows.entry(root).or_default().push(at));
        }
        for (at, told) in keys.protections.iter().enumerate() {
            let roots: BTreeSet<PersonKey> = told.iter().map(|key| union.find(key)).collect();
            roots.into_iter().for_each(|root| groups.protections.entry(root).or_default().push(at));
        }
        groups
    }

    /// The key that stands for a person.
    pub fn root(&self, key: &PersonKey) -> Option<&PersonKey> {
        self.roots.get(key)
    }

    /// The person behind a key.
    pub fn of_key(&self, key: &PersonKey) -> Option<&Members> {
        self.members.get(self.root(key)?)
    }

    /// The person a key stands for.
    pub fn members(&self, root: &PersonKey) -> Option<&Members> {
        self.members.get(root)
    }

    /// The rows about the person a key stands for.
    pub fn rows(&self, root: &PersonKey) -> &[usize] {
        self.rows.get(root).map_or(&[], Vec::as_slice)
    }

    /// The protections of the person a key stands for.
    pub fn protections(&self, root: &PersonKey) -> &[usize] {
        self.protections.get(root).map_or(&[], Vec::as_slice)
    }

    /// The key that stands for a patient.
    pub fn root_of_patient(&self, patient: &PatientRef) -> Option<PersonKey> {
        self.of_patient.get(patient).cloned()
    }

    /// The patients of the register that have this number.
    pub fn with_number(&self, key: &PersonKey) -> usize {
        self.by_number.get(key).map_or(0, BTreeSet::len)
    }

    /// Whose row it is. Where several patients are in question, which is a conflict and held, the row goes to
    /// the one it names, else to the one that has its number, else to the first.
    pub fn patient_of(&self, row: &Occurrence, keys: &RowKeys) -> Option<PatientRef> {
        let members = keys.all().find_map(|key| {
            let members = self.of_key(key)?;
            (!members.in_register.is_empty() || !members.in_ledger.is_empty()).then_some(members)
        })?;
        let candidates =
            if members.in_register.is_empty() { &members.in_ledger } else { &members.in_register };
        let named = row.patient_ref.as_ref().filter(|patient| candidates.contains(patient));
        let numbered = || keys.all().find_map(|key| self.by_number.get(key)?.first());
        named.or_else(numbered).or_else(|| candidates.first()).cloned()
    }
}

/// The links that some rows tell and the ledger does not know yet; `links` grows with them.
pub(super) fn new_links(
    sources: &Sources<'_>,
    keys: &Keys,
    rows: &[usize],
    links: &mut BTreeMap<PersonKey, PersonKey>,
) -> Vec<Entry> {
    let told: BTreeSet<(&PersonKey, &PersonKey)> = rows
        .iter()
        .filter(|at| sources.occurrences[**at].change != Change::Annulled)
        .filter_map(|at| Some((keys.rows[*at].former.as_ref()?, keys.rows[*at].id.as_ref()?)))
        .collect();
    let mut entries = Vec::new();
    for (former, current) in told {
        let (former, current) = (last(links, former), last(links, current));
        if former != current {
            links.insert(former.clone(), current.clone());
            entries.push(Entry::Link { former, current });
        }
    }
    entries
}

/// The number at the end of a line of links. The lines are trees, since only ends are ever linked.
fn last(links: &BTreeMap<PersonKey, PersonKey>, key: &PersonKey) -> PersonKey {
    let mut seen = BTreeSet::from([key]);
    let mut at = key;
    while let Some(next) = links.get(at).filter(|next| seen.insert(*next)) {
        at = next;
    }
    at.clone()
}

/// Disjoint sets of keys.
#[derive(Debug, Default)]
struct Union {
    parents: BTreeMap<PersonKey, PersonKey>,
}

impl Union {
    /// Makes one set of all these keys.
    fn join<'a>(&mut self, keys: impl IntoIterator<Item = &'a PersonKey>) {
        let mut keys = keys.into_iter();
        let Some(first) = keys.next() else { return };
        let mut root = self.find(first);
        for key in keys {
            let other = self.find(key);
            let (small, large) = if root < other { (root, other) } else { (other, root) };
            if small != large {
                self.parents.insert(large, small.clone());
            }
            root = small;
        }
    }

    /// The key that stands for this one's set; a key not seen before is a set of its own.
    fn find(&mut self, key: &PersonKey) -> PersonKey {
        let mut root = self.parents.entry(key.clone()).or_insert_with(|| key.clone()).clone();
        while let Some(next) = self.parents.get(&root).filter(|next| **next != root) {
            root = next.clone();
        }
        self.parents.insert(key.clone(), root.clone());
        root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> PersonKey {
        PersonKey::from_text(text)
    }

    #[test]
    fn sets_join_across_each_other_and_the_smallest_stands_for_all() {
        let mut union = Union::default();
        union.join([&key("d"), &key("c")]);
        union.join([&key("b"), &key("a")]);
        union.join([&key("e")]);
        union.join([&key("c"), &key("b")]);
        for (at, expected) in [("a", "a"), ("b", "a"), ("c", "a"), ("d", "a"), ("e", "e")] {
            assert_eq!(union.find(&key(at)), key(expected), "{at}");
        }
    }

    #[test]
    fn a_line_of_links_ends_even_when_it_is_a_ring() {
        let links = BTreeMap::from([(key("a"), key("b")), (key("b"), key("c"))]);
        assert_eq!(last(&links, &key("a")), key("c"));
        assert_eq!(last(&links, &key("x")), key("x"));
        let ring = BTreeMap::from([(key("a"), key("b")), (key("b"), key("a"))]);
        assert_eq!(last(&ring, &key("a")), key("b"));
    }
}
