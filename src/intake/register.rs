//! The service's own register: one row per known number, merged into patients.
//!
//! A patient whose rows disagree, or one of whose rows cannot be read, stays in the register with a doubt: left
//! out, their moves would be counted as somebody else's. Leaves out two patients under one number (`identity`).

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::cells::{self, Reading};
use crate::id::{Digest, PatientRef};
use crate::patient::{Grading, IdStatus, KnownId, Objection, Patient, Screening};
use crate::person::{NationalId, PersonName};
use crate::tabular::{BadCell, RejectedRow, Row, Table};

/// The service's own migrants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register {
    /// Every patient, by reference.
    pub patients: BTreeMap<PatientRef, Patient>,
    /// Patients of whom the register says two things, or something that cannot be read: held until it is
    /// mended. In words without any number, for those who read the report.
    pub doubts: BTreeMap<PatientRef, String>,
    /// The rows that cannot be used.
    pub rejected: Vec<RejectedRow>,
    /// Rows that were used and that somebody should look at.
    pub warnings: Vec<RejectedRow>,
    /// Rows read.
    pub read: u64,
}

/// The person's own fields, the same on every row of the person.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fields {
    name: PersonName,
    birth_date: Option<NaiveDate>,
    group_a: Option<bool>,
    transit_arrival: Option<bool>,
    screening: Option<Screening>,
    consent: Option<bool>,
    objection: Objection,
    competent: Option<bool>,
    grading: Option<Grading>,
}

/// One row of a patient: what could be read of it.
struct Told {
    line: u64,
    record: Digest,
    id: Result<Option<KnownId>, BadCell>,
    fields: Result<Fields, BadCell>,
    grading: Option<Grading>,
}

impl Told {
    fn id(&self) -> Option<&KnownId> {
        self.id.as_ref().ok()?.as_ref()
    }
}

impl Register {
    /// Reads the register. `file` is the path as the job writes it.
    pub fn read(table: &Table, file: &str, reading: &Reading) -> Self {
        let mut register = Register::default();
        let mut told: BTreeMap<PatientRef, Vec<Told>> = BTreeMap::new();
        for row in table.rows() {
            register.read += 1;
            match row.full().and_then(|row| row.required("patient_ref")) {
                Ok(patient) => {
                    let row = register.told(row, file, reading);
                    told.entry(PatientRef::new(patient)).or_default().push(row);
                }
                Err(cell) => register.rejected.push(row.reject(cell, file)),
            }
        }
        for (patient, rows) in told {
            register.merge(patient, rows, file);
        }
        register
    }

    fn told(&mut self, row: Row<'_>, file: &str, reading: &Reading) -> Told {
        let known = known_id(row, reading).map(|(id, early)| {
            let warning = early.then(|| cells::early_warning("person_id").reject(file, row.line()));
            self.warnings.extend(warning);
            id
        });
        let grading = Grading::parse(row.get("address_grading"));
        Told { line: row.line(), record: row.record(), id: known, fields: fields(row), grading }
    }

    /// Makes one patient of their rows, in the order of their numbers, so that the order of the file's rows
    /// decides nothing.
    fn merge(&mut self, patient: PatientRef, mut rows: Vec<Told>, file: &str) {
        rows.sort_by(|a, b| a.id().cmp(&b.id()).then(a.line.cmp(&b.line)));
        let fields = rows.iter().find_map(|row| row.fields.as_ref().ok()).cloned();
        let before = self.rejected.len();
        for row in &rows {
            let cell = match (&row.id, &row.fields) {
                (Err(cell), _) | (_, Err(cell)) => Some(cell.clone()),
                (Ok(_), Ok(own)) if fields.as_ref() != Some(own) => Some(BadCell::new(
                    "",
                    "fields-differ",
                    "the person's own fields are not the same on every row of the patient",
                )),
                (Ok(_), Ok(_)) => None,
            };
            let rejected = |cell: BadCell| cell.reject(file, row.line);
            let record = Some(row.record);
            self.rejected.extend(cell.map(|cell| RejectedRow { record, ..rejected(cell) }));
        }
        if self.rejected.len() > before {
            let doubt = "rader for pasienten i pasientregisteret er uleselige eller motsier hverandre";
            self.doubts.insert(patient.clone(), doubt.to_owned());
        }
        let grading = rows.iter().filter_map(|row| row.grading).max();
        let made = made(patient.clone(), ids(&rows), fields.unwrap_or_default(), grading);
        self.patients.insert(patient, made);
    }
}

impl Default for Fields {
    /// What is known of a patient none of whose rows can be read; such a patient is always held.
    fn default() -> Self {
        Fields {
            name: PersonName::default(),
            birth_date: None,
            group_a: None,
            transit_arrival: None,
            screening: None,
            consent: None,
            objection: Objection::All,
            competent: None,
            grading: None,
        }
    }
}

fn known_id(row: Row<'_>, reading: &Reading) -> Result<(Option<KnownId>, bool), BadCell> {
    let cell = cells::national_id(row, "person_id", cells::id_type(row)?, reading)?;
    let words = [("current", IdStatus::Current), ("former", IdStatus::Former)];
    let status = row.word("id_status", &words)?.unwrap_or(IdStatus::Current);
    Ok((cell.id.map(|id| KnownId { status, id }), cell.early_2032))
}

fn fields(row: Row<'_>) -> Result<Fields, BadCell> {
    let screening = [
        ("done", Screening::Done),
        ("ordered", Screening::Ordered),
        ("not-done", Screening::NotDone),
        ("exempt", Screening::Exempt),
    ];
    let objection = [
        ("none", Objection::None),
        ("journal", Objection::Journal),
        ("tb", Objection::Tb),
        ("all", Objection::All),
    ];
    Ok(Fields {
        name: cells::name(row),
        birth_date: row.date("birth_date")?,
        group_a: row.yes_no("group_a")?,
        transit_arrival: row.yes_no("transit_arrival")?,
        screening: row.word("screening", &screening)?,
        consent: row.yes_no("consent")?,
        objection: row.word("objection", &objection)?.unwrap_or_default(),
        competent: row.word("competence", &[("ok", true), ("unclear", false)])?,
        grading: Grading::parse(row.get("address_grading")),
    })
}

/// Every number once; in use where any row says so. Current ones first, then in their own order.
fn ids(rows: &[Told]) -> Vec<KnownId> {
    let mut statuses: BTreeMap<NationalId, IdStatus> = BTreeMap::new();
    for known in rows.iter().filter_map(Told::id) {
        let status = statuses.entry(known.id.clone()).or_insert(known.status);
        *status = known.status.min(*status);
    }
    let mut ids: Vec<KnownId> = statuses.into_iter().map(|(id, status)| KnownId { status, id }).collect();
    ids.sort();
    ids
}

fn made(patient: PatientRef, ids: Vec<KnownId>, fields: Fields, grading: Option<Grading>) -> Patient {
    Patient {
        patient,
        ids,
        name: fields.name,
        birth_date: fields.birth_date,
        group_a: fields.group_a,
        transit_arrival: fields.transit_arrival,
        screening: fields.screening,
        consent: fields.consent,
        objection: fields.objection,
        competent: fields.competent,
        grading,
    }
}

#[cfg(test)]
mod tests {
    use super::super::extract::tests::reading;
    use super::*;
    use crate::job::columns::PATIENTS;
    use crate::tabular::{self, Form};

    const HEADER: &str = "patient_ref;person_id;id_type;id_status;family_name;given_name;birth_date;group_a;\
                          transit_arrival;screening;consent;objection;competence;address_grading\n";

    fn read(rows: &[&str]) -> Register {
        let text = format!("{HEADER}{}\n", rows.join("\n"));
        match tabular::read(text.as_bytes(), &Form::default(), PATIENTS) {
            Ok(table) => Register::read(&table, "patients.csv", &reading()),
            Err(fault) => panic!("the test's own table is not whole: {fault}"),
        }
    }

    const CURRENT: &str =
        "P-1;05849628625;FNR;current;Blomst;Vakker;1996-04-05;yes;no;done;;none;ok;ugradert";
    const FORMER: &str = "P-1;68841579449;DNR;former;Blomst;Vakker;1996-04-05;yes;no;done;;none;ok;ugradert";

    #[test]
    fn the_rows_of_a_patient_become_one_patient_in_any_order() {
        let register = read(&[FORMER, CURRENT]);
        assert_eq!(register.patients, read(&[CURRENT, FORMER]).patients);
        let Some(patient) = register.patients.values().next() else { panic!("a patient is expected") };
        let shown: Vec<_> = patient.ids.iter().map(|known| known.id.to_string()).collect();
        assert_eq!(shown, ["FNR …25", "DNR …49"]);
        assert_eq!((patient.group_a, patient.screening), (Some(true), Some(Screening::Done)));
        assert_eq!((patient.consent, patient.objection), (None, Objection::None));
        assert_eq!((register.read, register.rejected.len(), register.doubts.len()), (2, 0, 0));
    }

    #[test]
    fn a_patient_whose_rows_differ_is_in_doubt_with_the_strictest_grading() {
        let other = FORMER.replace(";none;ok;ugradert", ";tb;ok;fortrolig");
        for rows in [[CURRENT, &other], [&other, CURRENT]] {
            let register = read(&rows);
            let codes: Vec<_> = register.rejected.iter().map(|row| row.code.as_str()).collect();
            assert_eq!(codes, ["fields-differ"]);
            assert_eq!(register.doubts.len(), 1);
            assert!(register.patients.values().all(|p| p.grading == Some(Grading::Confidential)));
        }
    }

    #[test]
    fn a_row_that_can_not_be_read_leaves_its_patient_in_doubt_and_in_the_register() {
        let rows = [
            (CURRENT.replace("05849628625", "05849628626"), "person_id", "bad-id"),
            (CURRENT.replace("1996-04-05", "05.04.96"), "birth_date", "bad-date"),
            (CURRENT.replace(";yes;no;done", ";kanskje;no;done"), "group_a", "bad-value"),
            (CURRENT.replace(";none;ok", ";nei;ok"), "objection", "bad-value"),
        ];
        for (row, column, code) in rows {
            let register = read(&[&row]);
            let told: Vec<_> =
                register.rejected.iter().map(|row| (row.column.as_str(), row.code.as_str())).collect();
            assert_eq!(told, [(column, code)], "{code}");
            assert_eq!((register.patients.len(), register.doubts.len()), (1, 1), "{code}");
        }
        let nobody = read(&[&CURRENT.replace("P-1;", ";")]);
        assert_eq!((nobody.rejected.len(), nobody.patients.len()), (1, 0));
    }

    #[test]
    fn a_patient_may_have_no_number() {
        let register = read(&["P-2;;;;Fjell;Stille;;;;;;;;"]);
        assert_eq!(register.patients.values().map(|patient| patient.ids.len()).collect::<Vec<_>>(), [0]);
        assert!(register.rejected.is_empty());
    }
}
