//! Migrants and items for the tests of this folder; leaves out everything a test should state itself.

use chrono::NaiveDate;

use crate::id::{LedgerKey, PatientRef};
use crate::inventory::{Reading, ResultStatus, Standing, TbItem};
use crate::patient::{Grading, IdStatus, KnownId, Migrant, Objection, Patient, Screening};
use crate::person::{self, Environment, PersonName};

/// A number of the synthetic +80 series.
pub(crate) const FNR: &str = "05849628625";
/// A D-number of the synthetic +80 series.
pub(crate) const DNR: &str = "68841579449";

pub(crate) fn key() -> LedgerKey {
    LedgerKey::new([7; 32])
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

/// P-1: grown up, in group a, examined, consenting, competent, objecting to nothing, known by two numbers.
pub(crate) fn migrant() -> Migrant {
    let patient = PatientRef::new("P-1");
    let mut persons = vec![key().patient(&patient)];
    let mut ids = Vec::new();
    for (status, digits) in [(IdStatus::Current, FNR), (IdStatus::Former, DNR)] {
        if let Ok(parsed) = person::parse_id(digits, None, Environment::Test, day("2026-11-22")) {
            persons.push(key().person(&parsed.id));
            ids.push(KnownId { status, id: parsed.id });
        }
    }
    let patient = Patient {
        patient,
        ids,
        name: PersonName::new("Fjell", "Stille"),
        birth_date: Some(day("1996-04-05")),
        group_a: Some(true),
        transit_arrival: None,
        screening: Some(Screening::Done),
        consent: Some(true),
        objection: Objection::None,
        competent: Some(true),
        grading: None,
    };
    Migrant { patient, grading: Grading::Ungraded, persons, conflict: None }
}

/// P-1 with some of the register's facts changed.
pub(crate) fn migrant_with(change: impl FnOnce(&mut Patient)) -> Migrant {
    let mut migrant = migrant();
    change(&mut migrant.patient);
    migrant
}

/// An item of a reading and a status; current unless the status is cancelled.
pub(crate) fn item(reading: Reading, status: ResultStatus) -> TbItem {
    let cancelled = status == ResultStatus::Cancelled;
    TbItem {
        source_file: "tb.csv".to_owned(),
        source_key: "R-1".to_owned(),
        code_system: String::new(),
        code: String::new(),
        test: "IGRA".to_owned(),
        material: "Blod".to_owned(),
        result: String::new(),
        reading,
        status,
        taken_on: None,
        answered_on: None,
        laboratory: String::new(),
        comment: String::new(),
        active_disease_test: false,
        version: 1,
        standing: if cancelled { Standing::Cancelled } else { Standing::Current },
        basis: None,
    }
}
