//! One patient's disclosures, looked up in the ledger alone: under every number the person has had, and also when the
//! register knows the person no more and the parcels are gone.
//!
//! Writes nothing. Leaves out the words (`report::disclosed`) and the making of the records (`disclose`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use thiserror::Error;

use super::RunError;
use super::again::linked;
use super::night::key_if_new;
use crate::id::{PatientRef, PersonKey, TransferId};
use crate::job::{Job, PersonShown};
use crate::lang::Lang;
use crate::ledger::{Book, Disclosure, LedgerError, View};
use crate::moves::Now;
use crate::patient::Grading;
use crate::person::NationalId;
use crate::reason::Reason;
use crate::reconcile::protected;
use crate::report::Style;
use crate::report::disclosed::{self, Asking, Disclosed, Fate, From as Sender, Given};
use crate::transfer::{Kind, Transfer};

/// Whose disclosures are asked for.
#[derive(Clone, Debug)]
pub enum Whose {
    /// The person of this number.
    Person(NationalId),
    /// The patient of this EPJ reference.
    Patient(PatientRef),
}

/// Why they cannot be told.
#[derive(Debug, Error)]
pub enum DisclosedError {
    /// Nobody is told what was given of somebody else.
    #[error(
        "the ledger knows that number for several patients ({}); ask for one of them with --patient",
        listed(patients)
    )]
    SeveralPatients {
        /// Their references.
        patients: BTreeSet<PatientRef>,
    },
    /// Without a ledger nobody can say that nothing was given.
    #[error("there is no ledger at {0}: what was passed on cannot be told")]
    NoLedger(PathBuf),
    /// Nothing is said of whom the ledger does not know.
    #[error("the ledger knows nobody by that; was it typed right?")]
    Unknown,
    /// The ledger.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl From<LedgerError> for DisclosedError {
    fn from(error: LedgerError) -> Self {
        DisclosedError::Run(error.into())
    }
}

fn listed(patients: &BTreeSet<PatientRef>) -> String {
    patients.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What was made available of one patient's information, the oldest first.
///
/// # Errors
/// [`DisclosedError`] when the ledger cannot be read, or the number is several patients'.
pub fn disclosures(job: &Job, now: Now, lang: Lang, whose: &Whose) -> Result<Disclosed, DisclosedError> {
    if !View::is_begun(&job.ledger) {
        return Err(DisclosedError::NoLedger(job.ledger.clone()));
    }
    let ledger = View::open(&job.ledger, &key_if_new(job))?;
    let book = ledger.book();
    let asked = match whose {
        Whose::Person(number) => linked(book, &[], ledger.key(), ledger.key().person(number)),
        Whose::Patient(_) => BTreeSet::new(),
    };
    let patient = match whose {
        Whose::Person(_) => patient_of(book, &asked)?,
        Whose::Patient(patient) => {
            Some(patient.clone()).filter(|patient| book.by_patient.contains_key(patient))
        }
    };
    if patient.is_none() && !is_heard_of(book, whose, &asked) {
        return Err(DisclosedError::Unknown);
    }
    let transfers: Vec<&Transfer> = patient.iter().flat_map(|patient| book.transfers_of(patient)).collect();
    let protected = is_protected(book, &asked, &transfers);
    let is_theirs = |record: &&Disclosure| patient.as_ref() == Some(&record.patient);
    let records: Vec<&Disclosure> = book.disclosures.iter().filter(is_theirs).collect();
    let shown = match whose {
        Whose::Person(number) => Some(number.to_string()),
        Whose::Patient(_) => {
            transfers.iter().max_by_key(|one| one.born_at).map(|one| one.birth.shown.clone())
        }
    };
    let asking = Asking {
        person: shown.filter(|_| job.reports.person_id == PersonShown::Masked),
        patient_ref: patient.as_ref().map(ToString::to_string),
        protected,
        today: now.date_naive(),
        from: sender(job),
        style: Style { lang, person: job.reports.person_id, offset: *now.offset() },
    };
    Ok(disclosed::tell(&asking, given(&ledger, &records)?))
}

/// Whether the ledger has anything of a person who has no transfer.
fn is_heard_of(book: &Book, whose: &Whose, keys: &BTreeSet<PersonKey>) -> bool {
    match whose {
        Whose::Person(_) => keys.iter().any(|key| book.persons.contains_key(key)),
        Whose::Patient(patient) => {
            book.residences.contains_key(patient) || book.endings.contains_key(patient)
        }
    }
}

/// The one patient that the ledger knows by any of these numbers; none where it knows nobody.
fn patient_of(book: &Book, keys: &BTreeSet<PersonKey>) -> Result<Option<PatientRef>, DisclosedError> {
    let has = |transfer: &&Transfer| transfer.birth.persons.iter().any(|person| keys.contains(person));
    let mut patients: BTreeSet<PatientRef> =
        book.transfers.values().filter(has).map(|transfer| transfer.birth.patient.clone()).collect();
    match patients.len() {
        0 | 1 => Ok(patients.pop_first()),
        _ => Err(DisclosedError::SeveralPatients { patients }),
    }
}

/// Whether the address of the person is known to be strictly confidential, under any number.
fn is_protected(book: &Book, asked: &BTreeSet<PersonKey>, transfers: &[&Transfer]) -> bool {
    let strict = |person: &PersonKey| {
        book.persons.get(person).is_some_and(|memory| memory.grading >= Grading::StrictlyConfidential)
    };
    asked.iter().any(strict) || transfers.iter().any(|transfer| protected::is_remembered(book, transfer))
}

/// The records, each with what became of it.
fn given(ledger: &View, records: &[&Disclosure]) -> Result<Vec<Given>, LedgerError> {
    let mut fates: BTreeMap<TransferId, BTreeMap<u32, Fate>> = BTreeMap::new();
    let mut out = Vec::new();
    for record in records {
        let transfer = ledger.book().transfers.get(&record.transfer);
        if let Some(transfer) = transfer.filter(|transfer| !fates.contains_key(&transfer.id)) {
            let told = ledger.story_of(&transfer.id, &BTreeSet::new())?;
            fates.insert(transfer.id.clone(), disclosed::fates(transfer, &told));
        }
        let of_it = fates.get(&record.transfer).and_then(|fates| fates.get(&record.revision));
        out.push(Given {
            disclosure: (*record).clone(),
            kind: transfer.map_or(Kind::First, |transfer| transfer.birth.kind.clone()),
            fate: of_it.copied().unwrap_or_default(),
            recalled: transfer.and_then(|transfer| transfer.recalled).is_some_and(is_recall),
        });
    }
    Ok(out)
}

/// A late grading calls nothing back.
fn is_recall(why: Reason) -> bool {
    why != Reason::ProtectedAfterSending
}

fn sender(job: &Job) -> Sender {
    let (organisation, service, contact) =
        (&job.sender.organisation, &job.sender.service, &job.sender.contact);
    Sender {
        name: format!("{}, {}", organisation.name, service.name),
        contact: format!("{}, {}", contact.name, contact.phone),
    }
}
