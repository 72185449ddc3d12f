//! Who each row is about: numbers are linked first, and only then is anybody matched to the register.
//!
//! A migrant known by D-number is found when the extract has only the new fødselsnummer. What the sources
//! disagree on becomes a conflict of the migrant, never a guess. Leaves out what happened to the person
//! (`timeline`). Rules §§ 3 and 4.

pub mod groups;
pub mod gradings;
mod migrants;

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{LedgerKey, PatientRef, PersonKey};
use crate::intake::{Occurrence, Protection, Register};
use crate::ledger::{Book, Entry, Residence, Unplaced, UnplacedKind};
use crate::moves::{Moment, Now};
use crate::patient::Migrant;
use crate::transfer::{State, Transfer};

use groups::{Groups, Keys};

/// What tonight's sources say of persons.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The service's own register; empty when it is held.
    pub register: &'a Register,
    /// The rows of the extracts; none when the register is held.
    pub occurrences: &'a [Occurrence],
    /// Gradings from rows and files that cannot be used otherwise.
    pub protections: &'a [Protection],
    /// What was accepted, or not sent for want of anything to send, before this is not followed any more.
    pub follow_up_from: Moment,
    /// Patients that a person asked for, whatever else is said of them.
    pub asked: &'a BTreeSet<PatientRef>,
}

/// Who is who tonight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identities {
    /// Every patient of a row or a protection, and every one with a transfer not at its end.
    pub migrants: BTreeMap<PatientRef, Migrant>,
    /// For each occurrence, in the order given, whose it is; none for somebody who is not ours.
    pub of_rows: Vec<Option<PatientRef>>,
    /// Migrants that only the ledger knows any more: their earlier transfers are followed, no new one starts.
    pub dropped: BTreeSet<PatientRef>,
    /// Links and gradings that the ledger does not know yet.
    pub entries: Vec<Entry>,
}

impl Identities {
    /// The same for these patients alone: whatever is told of others is left for a night.
    pub fn only(mut self, patients: &BTreeSet<PatientRef>) -> Self {
        self.migrants.retain(|patient, _| patients.contains(patient));
        self.dropped.retain(|patient| patients.contains(patient));
        for row in &mut self.of_rows {
            *row = row.take().filter(|patient| patients.contains(patient));
        }
        let persons: BTreeSet<&PersonKey> =
            self.migrants.values().flat_map(|migrant| &migrant.persons).collect();
        self.entries.retain(|entry| match entry {
            Entry::Grading { persons: of, .. } => of.iter().any(|person| persons.contains(person)),
            Entry::Link { former, current } => persons.contains(former) || persons.contains(current),
            _ => false,
        });
        self
    }
}

/// Finds out who everybody is. `now` stands in for the time of a grading whose source gives none.
pub fn identify(sources: &Sources<'_>, book: &Book, key: &LedgerKey, now: Now) -> Identities {
    let keys = Keys::of(sources, key);
    let groups = Groups::of(sources, &keys, book);
    let of_rows: Vec<Option<PatientRef>> =
        sources.occurrences.iter().zip(&keys.rows).map(|(row, keys)| groups.patient_of(row, keys)).collect();
    let touched = touched(sources, &keys, &groups, &of_rows, book);
    let mut identities = Identities { of_rows, ..Identities::default() };
    let mut links = book.links.clone();
    for (root, patients) in by_group(touched, &groups) {
        let Some(members) = groups.members(&root) else { continue };
        let rows = groups.rows(&root);
        let graded = gradings::of_group(sources, &groups, &root, book, now);
        identities.entries.extend(groups::new_links(sources, &keys, rows, &mut links));
        identities.entries.extend(graded.entry);
        for patient in patients {
            if !sources.register.patients.contains_key(&patient) {
                identities.dropped.insert(patient.clone());
            }
            let migrant = migrants::migrant(sources, &keys, &groups, members, &patient, rows, graded.grading);
            identities.migrants.insert(patient, migrant);
        }
    }
    identities
}

/// Every patient that something is said of tonight, that has a transfer under way, or whose new results are still
/// followed.
fn touched(
    sources: &Sources<'_>,
    keys: &Keys,
    groups: &Groups,
    of_rows: &[Option<PatientRef>],
    book: &Book,
) -> BTreeSet<PatientRef> {
    let mut touched: BTreeSet<PatientRef> = of_rows.iter().flatten().cloned().collect();
    let protected = keys.protections.iter().flatten().filter_map(|key| groups.of_key(key));
    touched.extend(protected.flat_map(groups::Members::patients));
    // What was accepted may be followed by something new; what there was nothing to send of may have it yet.
    let may_follow = |state: &State| matches!(state, State::Accepted { .. }) || state.may_open_again();
    let followed =
        |transfer: &Transfer| may_follow(&transfer.state) && transfer.since >= sources.follow_up_from;
    let open = book.transfers.values().filter(|transfer| !transfer.state.is_end() || followed(transfer));
    touched.extend(open.map(|transfer| transfer.birth.patient.clone()));
    touched.extend(sources.asked.iter().cloned());
    // What waited may have its place tonight, also where nothing of the person is open.
    let waits = |told: &Unplaced| matches!(told.what, UnplacedKind::Change(_));
    let waiting = book.unplaced.iter().filter(|(_, told)| told.values().any(waits));
    touched.extend(waiting.map(|(patient, _)| patient.clone()));
    touched.extend(undecided(book).cloned());
    touched
}

/// Patients with a move that nobody could tell whose it is: once the register has them again, it is decided.
fn undecided(book: &Book) -> impl Iterator<Item = &PatientRef> {
    let waits = |residences: &[Residence]| {
        let mut last: BTreeMap<_, bool> = BTreeMap::new();
        for one in residences {
            last.insert((&one.to, one.date), one.undecided && !one.annulled);
        }
        last.into_values().any(|undecided| undecided)
    };
    book.residences.iter().filter(move |(_, residences)| waits(residences)).map(|(patient, _)| patient)
}

fn by_group(touched: BTreeSet<PatientRef>, groups: &Groups) -> BTreeMap<PersonKey, BTreeSet<PatientRef>> {
    let mut by_group: BTreeMap<PersonKey, BTreeSet<PatientRef>> = BTreeMap::new();
    for patient in touched {
        if let Some(root) = groups.root_of_patient(&patient) {
            by_group.entry(root).or_default().insert(patient);
        }
    }
    by_group
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::Extracts;
    use crate::intake::cells::Reading;
    use crate::job::columns;
    use crate::ledger::PersonMemory;
    use crate::patient::{Grading, IdStatus};
    use crate::person::Environment;
    use crate::tabular::{self, Form};

    const REGISTER: &str = "patient_ref;person_id;id_status;birth_date;group_a;screening;consent;objection\n";
    const EXTRACT: &str = "event_id;patient_ref;person_id;former_id;to_municipality;move_date;event_type;\
                           address_grading;registered_at\n";

    fn reading() -> Reading {
        let now = chrono::DateTime::parse_from_rfc3339("2026-11-22T02:00:00+01:00").unwrap_or_default();
        Reading { environment: Environment::Test, now }
    }

    fn look(patients: &str, rows: &str, book: &Book) -> Identities {
        let read = |text: String, columns| match tabular::read(text.as_bytes(), &Form::default(), columns) {
            Ok(table) => table,
            Err(fault) => panic!("the test's own table is not whole: {fault}"),
        };
        let patients = read(format!("{REGISTER}{patients}"), columns::PATIENTS);
        let register = Register::read(&patients, "patients.csv", &reading());
        let mut extracts = Extracts::default();
        extracts.take_in(&read(format!("{EXTRACT}{rows}"), columns::RELOCATIONS), "in.csv", &reading());
        let sources = Sources {
            register: &register,
            occurrences: &extracts.occurrences,
            protections: &extracts.protections,
            follow_up_from: Moment::MIN_UTC,
            asked: &BTreeSet::new(),
        };
        identify(&sources, book, &LedgerKey::new([7; 32]), reading().now)
    }

    fn remember(book: &mut Book, entries: &[Entry]) {
        for entry in entries {
            match entry.clone() {
                Entry::Link { former, current } => drop(book.links.insert(former, current)),
                Entry::Grading { persons, grading, registered_at } => {
                    let memory =
                        PersonMemory { grading, grading_registered_at: registered_at, strict_since: None };
                    book.persons.extend(persons.into_iter().map(|key| (key, memory.clone())));
                }
                _ => panic!("an entry of another kind"),
            }
        }
    }

    const KNOWN_BY_DNR: &str = "P-1;68841579449;;;yes;done;;none\n";

    #[test]
    fn numbers_are_linked_before_anybody_is_matched() {
        let rows = "E1;;05849628625;;4601;2026-11-18;;;\n\
                    E2;;05849628625;68841579449;;;endringIIdentifikasjonsnummer;;2026-11-01\n\
                    E3;;04819047176;;4601;2026-11-18;;;\n";
        let mut book = Book::default();
        let found = look(KNOWN_BY_DNR, rows, &book);
        let patient = PatientRef::new("P-1");
        assert_eq!(found.of_rows, [Some(patient.clone()), Some(patient.clone()), None]);
        let ids = found.migrants.get(&patient).map(|migrant| &migrant.patient.ids[..]).unwrap_or_default();
        let shown: Vec<_> = ids.iter().map(|known| (known.status, known.id.to_string())).collect();
        assert_eq!(
            shown,
            [(IdStatus::Current, "FNR …25".to_owned()), (IdStatus::Former, "DNR …49".to_owned())]
        );
        assert_eq!(found.entries.len(), 1, "one link, told once");
        remember(&mut book, &found.entries);
        let later = look(KNOWN_BY_DNR, "E4;;05849628625;;4601;2026-11-19;;;\n", &book);
        assert_eq!((later.of_rows, later.entries.len()), (vec![Some(patient)], 0), "the ledger remembers it");
    }

    #[test]
    fn a_patient_without_a_number_is_found_by_reference() {
        let found = look("P-7;;;;yes;done;;none\n", "E1;P-7;;;4601;2026-11-18;;;\n", &Book::default());
        assert_eq!(found.of_rows, [Some(PatientRef::new("P-7"))]);
        assert!(found.migrants.values().all(|migrant| migrant.conflict.is_none()));
    }

    #[test]
    fn a_grading_follows_the_person_over_numbers_rejected_rows_and_nights() {
        let linked = "E2;;05849628625;68841579449;;;endringIIdentifikasjonsnummer;;2026-11-01\n";
        let rejected = "E3;;05849628625;;4601;bad;;strengtFortrolig;2026-11-02\n";
        let mut book = Book::default();
        let found = look(KNOWN_BY_DNR, &format!("{linked}{rejected}"), &book);
        let grading = |found: &Identities| found.migrants.values().map(|m| m.grading).collect::<Vec<_>>();
        assert_eq!(grading(&found), [Grading::StrictlyConfidential]);
        remember(&mut book, &found.entries);
        let plain = look(KNOWN_BY_DNR, "E4;;68841579449;;4601;2026-11-19;;ugradert;2026-11-19\n", &book);
        assert_eq!(grading(&plain), [Grading::StrictlyConfidential]);
        assert_eq!(plain.entries, [], "nothing new");
        let lowering = "E5;;05849628625;;;;endringIAdressebeskyttelse;ugradert;2026-11-20\n";
        let lowered = look(KNOWN_BY_DNR, lowering, &book);
        assert_eq!((grading(&lowered), lowered.entries.len()), (vec![Grading::Ungraded], 1));
        remember(&mut book, &lowered.entries);
        let again = look(KNOWN_BY_DNR, &format!("{rejected}{lowering}"), &book);
        assert_eq!((grading(&again), again.entries.len()), (vec![Grading::Ungraded], 0));
    }

    #[test]
    fn two_patients_in_one_person_are_both_in_conflict() {
        let patients = "P-1;68841579449;;;yes;done;;none\nP-2;05849628625;;;yes;done;;none\n";
        let linked = "E2;;05849628625;68841579449;;;endringIIdentifikasjonsnummer;;2026-11-01\n";
        let found = look(patients, linked, &Book::default());
        assert_eq!(found.of_rows, [Some(PatientRef::new("P-2"))], "the row goes to the one with its number");
        let shared = look(&patients.replace("05849628625", "68841579449"), linked, &Book::default());
        for found in [found, shared] {
            let conflicts = found.migrants.values().filter_map(|migrant| migrant.conflict.as_ref());
            assert!(conflicts.clone().count() > 0);
            assert!(conflicts.into_iter().all(|text| !text.contains(char::is_numeric)));
        }
    }
}
