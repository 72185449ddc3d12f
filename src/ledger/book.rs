//! The fold of the ledger: what is true after every entry, in memory.
//!
//! One function, [`Book::record`], for the night that writes an entry and for the morning that reads it again,
//! so that both see the same. Leaves out the file it comes from.

use std::collections::{BTreeMap, BTreeSet};

use super::chain::Head;
use super::entry::{Disclosure, Ending, Entry, FoundFile, Matter, ReceiptRow, Residence, Unplaced};
use crate::id::{ActionId, Digest, MessageId, PatientRef, PersonKey, RunId, TransferId};
use crate::moves::{Moment, MoveKey};
use crate::patient::{Grading, Objection};
use crate::transfer::{Birth, Event, Hand, Illegal, SealedFile, Transfer};

/// What a contradiction calls the state of a transfer that the ledger does not know.
pub(super) const UNKNOWN: &str = "unknown";
/// What a contradiction calls a transfer being planned.
pub(super) const PLAN: &str = "plan";

/// What the ledger remembers of one person key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonMemory {
    /// The grading in force.
    pub grading: Grading,
    /// When the source registered it, where it said.
    pub grading_registered_at: Option<Moment>,
    /// Since when the ledger has known the address to be strictly confidential: reports of earlier runs may name
    /// a place.
    pub strict_since: Option<Moment>,
}

/// How a person dealt with an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Who, and in which words.
    pub hand: Hand,
    /// When.
    pub at: Moment,
    /// What it was; none in entries of before it was kept.
    pub matter: Option<Matter>,
    /// Its place among all of them, in the order recorded.
    pub no: usize,
}

/// The ledger, put back from a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    /// When that was noticed.
    pub at: Moment,
    /// When the copy was made; none where nothing marks it as one.
    pub copied_at: Option<Moment>,
    /// The reports that knew more, and what the ledger could be told by then.
    pub reports: Vec<(RunId, Head)>,
}

/// The fold of the ledger: everything that is true now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    /// Every transfer.
    pub transfers: BTreeMap<TransferId, Transfer>,
    /// Every message ever sealed: its transfer, the revision, the part from 1.
    pub messages: BTreeMap<MessageId, (TransferId, u32, u32)>,
    /// Every file ever sealed, of all revisions, by transfer in the order sealed.
    pub sealed_files: BTreeMap<TransferId, Vec<SealedFile>>,
    /// Files that a restored ledger knows only by their names: sealed by runs that it has lost.
    pub found_files: BTreeMap<TransferId, Vec<FoundFile>>,
    /// Each time the ledger was put back from a copy: when that was noticed, when the copy was made where that is
    /// known, and the reports that knew more.
    pub restores: Vec<Restore>,
    /// Files of the spool that were removed, or were about to be, once their retention was over.
    pub pruned: BTreeSet<String>,
    /// Transfers of a move, in order of content and kind.
    pub by_move: BTreeMap<MoveKey, Vec<TransferId>>,
    /// Transfers of a patient.
    pub by_patient: BTreeMap<PatientRef, BTreeSet<TransferId>>,
    /// Residences of a patient, in the order recorded.
    pub residences: BTreeMap<PatientRef, Vec<Residence>>,
    /// What was told of a patient's whereabouts and waits for its place, by the source's id of the event.
    pub unplaced: BTreeMap<PatientRef, BTreeMap<String, Unplaced>>,
    /// Why a patient is followed nowhere, and what of it was taken back, in the order recorded.
    pub endings: BTreeMap<PatientRef, Vec<Ending>>,
    /// What a patient objects to, as the register last said; nothing for the others.
    pub objections: BTreeMap<PatientRef, Objection>,
    /// What is known of a person key.
    pub persons: BTreeMap<PersonKey, PersonMemory>,
    /// Numbers that are one person: former to current.
    pub links: BTreeMap<PersonKey, PersonKey>,
    /// Files of the inbox that were read.
    pub receipts_read: BTreeMap<Digest, Vec<ReceiptRow>>,
    /// Actions that persons have dealt with.
    pub settled: BTreeMap<ActionId, Settlement>,
    /// Contradictions, in the order recorded: transfer, state, event, detail, when.
    pub contradictions: Vec<(TransferId, String, String, String, Moment)>,
    /// Every making available, in the order recorded.
    pub disclosures: Vec<Disclosure>,
}

impl Book {
    /// A patient's transfers, by id.
    pub fn transfers_of<'a>(&'a self, patient: &'a PatientRef) -> impl Iterator<Item = &'a Transfer> {
        let ids = self.by_patient.get(patient).into_iter().flatten();
        ids.filter_map(|id| self.transfers.get(id))
    }

    /// The names of a transfer's parcel files: those sealed, and those found after the ledger was put back.
    pub fn files_of<'a>(&'a self, id: &TransferId) -> impl Iterator<Item = &'a str> + use<'a> {
        let sealed = self.sealed_files.get(id).into_iter().flatten().map(|file| file.name.as_str());
        let found = self.found_files.get(id).into_iter().flatten().map(|file| file.name.as_str());
        sealed.chain(found)
    }

    /// Takes one entry in.
    ///
    /// # Errors
    /// [`Illegal`] when the transfer has no move for the event, is not there, or is planned twice; nothing has
    /// changed then.
    pub fn record(&mut self, entry: &Entry, at: Moment) -> Result<(), Illegal> {
        match entry {
            Entry::Plan { transfer, birth } => return self.plan(transfer, birth, at),
            Entry::Event { transfer, event } => return self.happen(transfer, event, at),
            Entry::Contradiction { transfer, state, event, detail } => {
                self.contradictions.push((transfer.clone(), state.clone(), event.clone(), detail.clone(), at))
            }
            Entry::Whereabouts { patient, persons, residence } => {
                for person in persons {
                    self.persons.entry(person.clone()).or_default();
                }
                self.residences.entry(patient.clone()).or_default().push(residence.clone());
            }
            Entry::Unplaced { patient, persons, event_id, told } => {
                for person in persons {
                    self.persons.entry(person.clone()).or_default();
                }
                let of_patient = self.unplaced.entry(patient.clone()).or_default();
                match told {
                    Some(told) => drop(of_patient.insert(event_id.clone(), told.clone())),
                    None => drop(of_patient.remove(event_id)),
                }
            }
            Entry::Ended { patient, persons, ending } => {
                for person in persons {
                    self.persons.entry(person.clone()).or_default();
                }
                self.endings.entry(patient.clone()).or_default().push(ending.clone());
            }
            Entry::Objection { patient, objection } => {
                self.objections.insert(patient.clone(), *objection);
            }
            Entry::Grading { persons, grading, registered_at } => {
                for person in persons {
                    let memory = self.persons.entry(person.clone()).or_default();
                    let strict = *grading >= Grading::StrictlyConfidential;
                    let strict_since = strict.then(|| memory.strict_since.unwrap_or(at));
                    *memory = PersonMemory {
                        grading: *grading,
                        grading_registered_at: *registered_at,
                        strict_since,
                    };
                }
            }
            Entry::Link { former, current } => {
                self.links.insert(former.clone(), current.clone());
            }
            Entry::ReceiptRead { digest, rows } => {
                self.receipts_read.insert(*digest, rows.clone());
            }
            Entry::Settled { action, hand, matter } => {
                let (hand, matter, no) = (hand.clone(), matter.as_deref().cloned(), self.settled.len());
                self.settled.insert(action.clone(), Settlement { hand, at, matter, no });
            }
            Entry::Disclosure { disclosure } => self.disclosures.push(disclosure.as_ref().clone()),
            Entry::Pruned { files, .. } => self.pruned.extend(files.iter().cloned()),
            Entry::Restored { copied_at, reports } => {
                self.restores.push(Restore { at, copied_at: *copied_at, reports: reports.clone() });
            }
            Entry::FoundSealed { transfer, files } => self.find(transfer, files),
            // What a run did, its other entries say.
            Entry::RunEnded { .. } => {}
        }
        Ok(())
    }

    fn plan(&mut self, id: &TransferId, birth: &Birth, at: Moment) -> Result<(), Illegal> {
        if let Some(known) = self.transfers.get(id) {
            return Err(Illegal { state: known.state.code(), event: PLAN });
        }
        let mut transfer = Transfer::new(id.clone(), birth.clone(), at);
        if let Some(revision) = self.found_revision(id) {
            transfer.find_sealed(revision);
        }
        self.transfers.insert(id.clone(), transfer);
        self.by_patient.entry(birth.patient.clone()).or_default().insert(id.clone());
        let transfers = &self.transfers;
        let of_move = self.by_move.entry(birth.the_move.key.clone()).or_default();
        of_move.push(id.clone());
        of_move.sort_by_cached_key(|id| {
            let birth = transfers.get(id).map(|transfer| &transfer.birth);
            (birth.map(|birth| (birth.content, birth.kind.clone())), id.clone())
        });
        Ok(())
    }

    fn find(&mut self, id: &TransferId, files: &[FoundFile]) {
        let messages = files.iter().filter_map(|file| Some((file.message?, file.revision)));
        self.messages
            .extend(messages.map(|((message, part), revision)| (message, (id.clone(), revision, part))));
        self.found_files.entry(id.clone()).or_default().extend(files.iter().cloned());
        let revision = self.found_revision(id);
        if let (Some(transfer), Some(revision)) = (self.transfers.get_mut(id), revision) {
            transfer.find_sealed(revision);
        }
    }

    /// The latest revision of which files were found that the ledger has no record of.
    fn found_revision(&self, id: &TransferId) -> Option<u32> {
        self.found_files.get(id)?.iter().map(|file| file.revision).max()
    }

    fn happen(&mut self, id: &TransferId, event: &Event, at: Moment) -> Result<(), Illegal> {
        let Some(transfer) = self.transfers.get_mut(id) else {
            return Err(Illegal { state: UNKNOWN, event: event.code() });
        };
        transfer.apply(event, at)?;
        if let Event::Seal { parcel } = event {
            let revision = transfer.revision;
            let numbered = (1..).zip(parcel.messages());
            self.messages.extend(numbered.map(|(part, message)| (message, (id.clone(), revision, part))));
            self.sealed_files.entry(id.clone()).or_default().extend(parcel.files.iter().cloned());
        }
        Ok(())
    }
}
