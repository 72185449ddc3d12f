//! Laboratory reports into rows with a person each: the same rows that results files give.
//!
//! A report is told by its provider and its ServProvId, over every file of the night; its results by their own ids in
//! it. Unlike a results file's, an item is TB only where its code says so. A report that does not tell whose it is, or
//! in which order it came, is rejected with its place, and holds its person as a rejected row does. Leaves out which
//! version counts (`versions`) and what the answers mean (`reading`).

mod said;
mod leaf;
mod heading;
mod judge;
mod same;
mod beside;
pub mod attached;
mod standing;
mod story;
mod documents;

#[cfg(test)]
mod generator;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::enclosure::Enclosure;
use super::tb_source::{Context, FileRows, number, numbered};
use crate::id::PersonKey;
use crate::message::lab_report::{LabMessage, LabReport, ReportPatient, ResultItem, ServType, StatedId};
use crate::person::{IdType, NationalId, mask_numbers};
use crate::tables::tb_codes::TbCodes;
use crate::tabular::{BadCell, RejectedRow};
use attached::Examined;
use story::Told;

/// A file with a message that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportFile {
    /// The file, as the job names it, identity numbers masked.
    pub shown: String,
    /// What is in it, but for the documents.
    pub message: LabMessage,
    /// The documents of each report.
    documents: Vec<Vec<Examined>>,
}

/// What the reports of the night gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reported {
    /// Rows, and what could not be used.
    pub rows: FileRows,
    /// What was used and somebody should know of: documents that are not carried.
    pub warnings: Vec<RejectedRow>,
}

/// Reads all reports together; the order of the files does not matter.
pub fn read_reports(files: &[ReportFile], codes: &TbCodes, context: &Context<'_>) -> Reported {
    let mut stories: BTreeMap<String, Story<'_>> = BTreeMap::new();
    let mut reported = Reported::default();
    let mut refused_of: Vec<String> = Vec::new();
    let mut tb_only = documents::Messages::default();
    for (no, file) in files.iter().enumerate() {
        if file.message.reports.is_empty() {
            let bad = BadCell::new("ServReport", "missing-value", "the message has no report in it");
            reported.rows.reject(bad, (&file.shown, 0), &[], true);
        }
        for (report, documents) in file.message.reports.iter().zip(&file.documents) {
            let told = Told { no, file: &file.shown, message: &file.message, report, documents };
            let patients = report.patients.iter();
            reported.rows.numbers.extend(patients.flat_map(|patient| numbers(patient, context)));
            match read_report(told, context) {
                Ok((key, persons)) => stories.entry(key).or_default().add(told, persons),
                Err(Refused { bad, persons }) => {
                    let anybody = persons.is_empty() && !report.about_nobody;
                    refused_of.extend(own_key(report));
                    tb_only.refuse(no);
                    reported.rows.reject(bad, (&file.shown, report.line), &persons, anybody);
                }
            }
        }
    }
    let mut read = Vec::new();
    for (key, Story { told, persons }) in stories {
        let persons: Vec<PersonKey> = persons.into_iter().collect();
        let refused = refused_of.contains(&key);
        if refused {
            // What was refused may cancel or change what is known, also where it does not say whose it is.
            reported.rows.broken.extend(persons.iter().cloned());
        }
        let rows = story::tell(&key, told.clone(), &persons, codes);
        let facts = documents::facts(&told, &rows, refused);
        tb_only.add(&told, &persons, facts);
        reported.rows.rows.extend(rows);
        read.push((told, persons, facts));
    }
    for (told, persons, facts) in read {
        let enclosures = documents::enclosures(&told, &persons, tb_only.judge(&told, facts));
        reported.warnings.extend(enclosures.iter().filter_map(not_carried));
        reported.rows.enclosures.extend(enclosures);
    }
    reported
}

/// How many messages, reports and results files hold, in words.
pub fn counted(files: &[&ReportFile]) -> String {
    let reports = || files.iter().flat_map(|file| &file.message.reports);
    let items: usize = reports().flat_map(|report| &report.items).map(ResultItem::count).sum();
    let documents: usize = files.iter().flat_map(|file| &file.documents).map(Vec::len).sum();
    let documents = if documents == 0 { String::new() } else { format!(", {documents} documents") };
    format!("{} messages, {} reports, {items} result items{documents}", files.len(), reports().count())
}

#[derive(Default)]
struct Story<'a> {
    told: Vec<Told<'a>>,
    persons: BTreeSet<PersonKey>,
}

impl<'a> Story<'a> {
    fn add(&mut self, told: Told<'a>, persons: Vec<PersonKey>) {
        self.told.push(told);
        self.persons.extend(persons);
    }
}

/// A report that cannot be used, and whom it is about as far as it can be told.
struct Refused {
    bad: BadCell,
    persons: Vec<PersonKey>,
}

/// What tells the report from every other, and every number of its one patient.
fn read_report(told: Told<'_>, context: &Context<'_>) -> Result<(String, Vec<PersonKey>), Refused> {
    let everybody = told.report.patients.iter().flat_map(|patient| persons(patient, context)).collect();
    let refused = |bad| Refused { bad, persons: everybody };
    match whose(told.report, context).and_then(|persons| Ok((key(told)?, persons))) {
        Ok(read) => Ok(read),
        Err(bad) => Err(refused(bad)),
    }
}

/// Every number of the one patient a report is about.
fn whose(report: &LabReport, context: &Context<'_>) -> Result<Vec<PersonKey>, BadCell> {
    let patient = match report.patients.as_slice() {
        [patient] => patient,
        [] => return Err(BadCell::new("Patient", "missing-value", "the report is not about a patient")),
        [_, _, ..] => {
            return Err(BadCell::new("Patient", "bad-value", "the report is about more than one patient"));
        }
    };
    let official = patient.official.as_ref();
    let official =
        official.ok_or_else(|| BadCell::new("OffId", "missing-value", "the patient has no number"))?;
    number(official.reveal(), context).map_err(|error| BadCell::new("OffId", "bad-id", error.to_string()))?;
    Ok(persons(patient, context))
}

/// Every number of a patient that can be read, as the ledger knows it.
fn persons(patient: &ReportPatient, context: &Context<'_>) -> Vec<PersonKey> {
    numbers(patient, context).into_iter().map(|(key, _)| key).collect()
}

/// Every number of a patient that can be read, with its key.
fn numbers(patient: &ReportPatient, context: &Context<'_>) -> Vec<(PersonKey, NationalId)> {
    let is_national = |id: &&StatedId| IdType::from_code(&id.kind).is_some();
    let others = patient.others.iter().filter(is_national);
    patient.official.iter().chain(others).filter_map(|id| numbered(id.reveal(), context).ok()).collect()
}

/// What tells the report from every other, once its order and its kind are known.
fn key(told: Told<'_>) -> Result<String, BadCell> {
    let (message, report) = (told.message, told.report);
    if message.generated_at.is_none() {
        let why = "without the time it was made the report has no place among its versions";
        return Err(BadCell::new("GenDate", "missing-value", why));
    }
    if report.provider.key.is_empty() {
        return Err(BadCell::new("ServProvider", "missing-value", "the report does not say who answers"));
    }
    let cancelled = report.serv_type == Some(ServType::Cancelled);
    if !report.cancellation_code.is_empty() && !cancelled {
        let why = "the report has a reason for being cancelled and is not";
        return Err(BadCell::new("CancellationCode", "bad-value", why));
    }
    if report.has_stray_items && !report.patients.is_empty() {
        let why = "a result stands outside the patient: nobody knows whose it is";
        return Err(BadCell::new("ResultItem", "bad-value", why));
    }
    if is_strange(report.serv_type.as_ref()) || has_strange(&report.items) {
        let why = "neither new, changed, sent before, cancelled, added nor replacing";
        return Err(BadCell::new("ServType", "bad-value", why));
    }
    let is_new = matches!(report.serv_type, None | Some(ServType::New));
    match (report.provider_id.as_str(), is_new && !message.id.is_empty()) {
        ("", true) => Ok(format!("{}/{}", report.provider.key, message.id)),
        ("", false) => Err(BadCell::new(
            "ServProvId",
            "missing-value",
            "the report does not say which one it is a version of",
        )),
        (id, _) => Ok(format!("{}/{id}", report.provider.key)),
    }
}

/// What tells a report from every other by its own word, whatever else is wrong with it.
fn own_key(report: &LabReport) -> Option<String> {
    let (provider, id) = (&report.provider.key, &report.provider_id);
    (!provider.is_empty() && !id.is_empty()).then(|| format!("{provider}/{id}"))
}

fn has_strange(items: &[ResultItem]) -> bool {
    items.iter().any(|item| is_strange(item.serv_type.as_ref()) || has_strange(&item.items))
}

fn is_strange(kind: Option<&ServType>) -> bool {
    matches!(kind, Some(ServType::Other(_)))
}

/// What is told of a document that the report alone keeps from travelling.
fn not_carried(enclosure: &Enclosure) -> Option<RejectedRow> {
    let why = enclosure.left(&enclosure.persons, false).filter(|_| enclosure.report.any_tb)?;
    let text = format!("a document of the report is not carried with its results: {}", why.code());
    Some(BadCell::new("RefDoc", "attachment-not-carried", text).reject(&enclosure.source, 0))
}

impl FileRows {
    /// `place` is the file and the line its report begins on, 0 for the file as a whole.
    fn reject(&mut self, bad: BadCell, place: (&str, u64), persons: &[PersonKey], anybody: bool) {
        self.rejected.push(bad.reject(&mask_numbers(place.0), place.1));
        self.broken.extend(persons.iter().cloned());
        self.unreadable_person |= anybody;
    }
}
