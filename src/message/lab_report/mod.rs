//! Svarrapport 1.4 and 1.3 (HIS 80822:2014, HIS 1102:2014), read: lenient in form, strict in meaning.
//!
//! Elements are found by name wherever a sender put them, codes and times are kept as they came, and what is not
//! needed may be missing. Nothing is decided: whether an item is tuberculosis, which version of it counts and whose
//! it is are `collect`'s to say. Leaves out the patient's name, address and birth date, which nobody needs.

mod text;
mod item;
mod provider;
mod document;

#[cfg(test)]
mod tests;

use std::fmt;

use thiserror::Error;

use super::stated_time;
use crate::moves::Now;
use crate::xml::{self, Element, XmlError};

pub use document::{Enclosed, RefDoc};
pub use item::{Coded, ResultItem, Value};
pub use provider::Provider;

const NAMESPACE_1_3: &str = "http://www.kith.no/xmlstds/labsvar/2008-12-01";
const NAMESPACE_1_4: &str = "http://www.kith.no/xmlstds/labsvar/2012-02-15";

/// The largest message read, bytes: one with attachments of the size that messages may have.
pub const LIMIT: usize = 30_000_000;

/// Which version of the standard a message follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// 1.3, 2008-12-01.
    V1_3,
    /// 1.4, 2012-02-15.
    V1_4,
}

/// What a report or an item is in relation to what was sent before (code list 7309).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServType {
    /// N: new.
    New,
    /// M: changed.
    Changed,
    /// H: history, sent before.
    History,
    /// C: cancelled.
    Cancelled,
    /// A: an addition.
    Added,
    /// O: replaces what was sent before.
    Replacing,
    /// Any other, as received.
    Other(String),
}

/// How far a report has come (code list 7306).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReportStatus {
    /// P: more is to come.
    Preliminary,
    /// F: final.
    Final,
    /// A: an addition to a final one.
    Added,
    /// S: planned, nothing is answered.
    Planned,
    /// Any other or none, as received.
    Other(String),
}

/// A number a patient is known by, as a report states it. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct StatedId {
    /// Its type in code list 8116, `FNR`; may be empty.
    pub kind: String,
    number: String,
}

impl StatedId {
    /// The number as it stands.
    pub fn reveal(&self) -> &str {
        &self.number
    }
}

impl fmt::Debug for StatedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatedId({})", self.kind)
    }
}

/// One patient of a report: the official number first, then the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportPatient {
    /// The official number (OffId); none where it is missing.
    pub official: Option<StatedId>,
    /// Alternative numbers (AdditionalId).
    pub others: Vec<StatedId>,
}

/// What was examined: a sample, or something else that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The provider's id of it, which items refer to.
    pub id: String,
    /// What it is, with the place in the body where it is said.
    pub material: String,
    /// When it was taken.
    pub taken_at: Option<Now>,
}

/// One report of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabReport {
    /// The line it begins on in its file, from 1.
    pub line: u64,
    /// New, changed, cancelled; none where it is not said.
    pub serv_type: Option<ServType>,
    /// Preliminary or final.
    pub status: ReportStatus,
    /// Why it was cancelled, or empty.
    pub cancellation_code: String,
    /// The provider's id of the report (ServProvId), the same in every version of it; may be empty.
    pub provider_id: String,
    /// Who answers.
    pub provider: Provider,
    /// Whom it is about.
    pub patients: Vec<ReportPatient>,
    /// It is about an animal or a material, and so about nobody.
    pub about_nobody: bool,
    /// Comments to the whole report, as received.
    pub comments: Vec<String>,
    /// What was examined.
    pub samples: Vec<Sample>,
    /// The results, in each other as they stand.
    pub items: Vec<ResultItem>,
    /// A result stands anywhere else than in the patient, and is not read.
    pub has_stray_items: bool,
    /// The documents beside the results, in order.
    pub documents: Vec<RefDoc>,
}

/// A message: its header, and one report in 1.4, one or more in 1.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabMessage {
    /// Which version it follows.
    pub version: Version,
    /// `SVAR_LAB`, `SVAR_RTG`, or whatever it says; may be empty.
    pub kind: String,
    /// Its id; a repeated sending has another, a copy the same.
    pub id: String,
    /// When it was made: the order of a report's versions.
    pub generated_at: Option<Now>,
    /// Its reports.
    pub reports: Vec<LabReport>,
}

impl LabMessage {
    /// Whether the message is from radiology.
    pub fn is_radiology(&self) -> bool {
        self.kind == "SVAR_RTG"
    }
}

/// Why a file is not a laboratory report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LabReportError {
    /// Not XML that can be read.
    #[error("not readable XML: {0}")]
    Xml(#[from] XmlError),
    /// Another document.
    #[error("the document is no laboratory report")]
    NotLabReport,
    /// Neither 1.3 nor 1.4.
    #[error("the report follows neither Svarrapport 1.3 nor 1.4")]
    Version,
}

/// Reads a message.
///
/// # Errors
/// [`LabReportError`] when it is none.
pub fn read(bytes: &[u8]) -> Result<LabMessage, LabReportError> {
    let root = xml::parse(bytes, LIMIT)?;
    if root.name() != "Message" {
        return Err(LabReportError::NotLabReport);
    }
    Ok(LabMessage {
        version: version(&root).ok_or(LabReportError::Version)?,
        kind: root.child("Type").map(code).unwrap_or_default().to_owned(),
        id: root.child_text("MsgId").unwrap_or_default().to_owned(),
        generated_at: root.child("GenDate").and_then(time),
        reports: root.all("ServReport").map(report).collect(),
    })
}

/// By the namespace, else by the version the document states.
fn version(root: &Element) -> Option<Version> {
    match (root.namespace(), root.child_text("MIGversion")) {
        (Some(NAMESPACE_1_3), _) => Some(Version::V1_3),
        (Some(NAMESPACE_1_4), _) => Some(Version::V1_4),
        (_, Some(stated)) if stated.contains("1.3") => Some(Version::V1_3),
        (_, Some(stated)) if stated.contains("1.4") => Some(Version::V1_4),
        (_, Some(_) | None) => None,
    }
}

fn report(report: &Element) -> LabReport {
    let patients: Vec<&Element> = patients(report).collect();
    // What the reports of animals and materials hold is nobody's.
    let subjects = || patients.iter().flat_map(|patient| patient.children());
    let samples = subjects().filter(|element| element.name() == "AnalysedSubject");
    let texts = report.all("Comment").filter_map(text::of);
    let coded = report.all("CodedComment").map(|comment| Coded::of(comment).shown().to_owned());
    let items: Vec<ResultItem> =
        subjects().filter(|element| element.name() == "ResultItem").map(ResultItem::of).collect();
    LabReport {
        has_stray_items: written_items(report) > items.iter().map(ResultItem::count).sum(),
        line: report.line() as u64,
        serv_type: report.child("ServType").and_then(serv_type),
        status: report_status(report.child("Status").map(code).unwrap_or_default()),
        cancellation_code: report.child("CancellationCode").map(code).unwrap_or_default().to_owned(),
        provider_id: report.child_text("ServProvId").unwrap_or_default().to_owned(),
        provider: report.child("ServProvider").map(Provider::of).unwrap_or_default(),
        comments: texts.chain(coded).filter(|comment| !comment.is_empty()).collect(),
        samples: samples.flat_map(Element::descendants).filter_map(sample).collect(),
        items,
        documents: report.all("RefDoc").map(RefDoc::of).collect(),
        about_nobody: patients.is_empty()
            && ["Animal", "Material"].iter().any(|it| report.child(it).is_some()),
        patients: patients.into_iter().map(patient).collect(),
    }
}

/// How many results a report has written down, wherever; what is in its documents is theirs.
fn written_items(report: &Element) -> usize {
    let parts = report.children().iter().filter(|part| part.name() != "RefDoc");
    parts.flat_map(Element::descendants).filter(|element| element.name() == "ResultItem").count()
}

/// Every patient, those inside another included: a child beside its mother.
fn patients(report: &Element) -> impl Iterator<Item = &Element> {
    report.all("Patient").flat_map(Element::descendants).filter(|element| element.name() == "Patient")
}

fn patient(patient: &Element) -> ReportPatient {
    let stated = |number: &str, kind: Option<&Element>| StatedId {
        kind: kind.map(code).unwrap_or_default().to_uppercase(),
        number: number.to_owned(),
    };
    let official = patient.child_text("OffId").map(|number| stated(number, patient.child("TypeOffId")));
    let others = patient
        .all("AdditionalId")
        .filter_map(|other| Some(stated(other.child_text("Id")?, other.child("Type"))))
        .collect();
    ReportPatient { official, others }
}

fn sample(sample: &Element) -> Option<Sample> {
    if sample.name() != "AnalysedSubject" {
        return None;
    }
    let taken = ["CollectedSample", "CollectedStudyProduct"].into_iter().find_map(|kind| {
        let taken = sample.child(kind)?;
        taken.child("CollectedDate").or_else(|| taken.child("ProducedDate")).and_then(time)
    });
    let coded = sample.child("TypeCoded").map(Coded::of);
    let kind = sample.child_text("Type").or_else(|| coded.as_ref().map(Coded::shown));
    let parts = [kind, sample.child_text("AnatomicalOrigin")];
    Some(Sample {
        id: sample.child_text("IdByServProvider").unwrap_or_default().to_owned(),
        material: parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", "),
        taken_at: taken,
    })
}

/// A code's value; some senders write it as text.
fn code(element: &Element) -> &str {
    element.attribute("V").map(str::trim).filter(|value| !value.is_empty()).unwrap_or_else(|| element.text())
}

fn serv_type(element: &Element) -> Option<ServType> {
    Some(match code(element) {
        "" => return None,
        "N" => ServType::New,
        "M" => ServType::Changed,
        "H" => ServType::History,
        "C" => ServType::Cancelled,
        "A" => ServType::Added,
        "O" => ServType::Replacing,
        other => ServType::Other(other.to_owned()),
    })
}

fn report_status(value: &str) -> ReportStatus {
    match value {
        "P" => ReportStatus::Preliminary,
        "F" => ReportStatus::Final,
        "A" => ReportStatus::Added,
        "S" => ReportStatus::Planned,
        other => ReportStatus::Other(other.to_owned()),
    }
}

/// A time, also one without seconds or with more behind it than a date that can be read.
fn time(element: &Element) -> Option<Now> {
    let written = code(element);
    let with_seconds = || stated_time::parse(&format!("{written}:00"));
    let day = || written.get(..10).and_then(stated_time::parse);
    stated_time::parse(written).or_else(with_seconds).or_else(day)
}
