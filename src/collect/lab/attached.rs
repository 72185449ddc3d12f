//! The documents of report files: each examined once when the file is taken in, and opened again when it is sealed.
//!
//! Only what a document is stays in memory, never its bytes: a folder of reports may hold gigabytes of them. Leaves
//! out what a report says of its documents (`documents`) and which of them travel (`enclosure`).

use std::io::{self, ErrorKind, Read};

use chrono::NaiveDate;

use super::ReportFile;
use crate::collect::content::{self, Content, Flaw};
use crate::id::Digest;
use crate::intake::again;
use crate::inventory::{Document, Left};
use crate::job::Reports;
use crate::message::lab_report::{self, Enclosed, LabMessage, LabReport, RefDoc};
use crate::person::mask_numbers;

/// The extension of laboratory reports, in a folder and in a zip.
pub const REPORTS: &str = "xml";

/// The largest document that is carried, bytes: what one message holds at most.
const MOST_BYTES: u64 = 18_000_000;

/// A document of a message, examined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The file as it is shown, `#` and which of its documents it is.
    pub(super) source: String,
    /// What it is called, else whose report it is of.
    pub(super) title: String,
    /// Whose report it is of.
    pub(super) of: String,
    /// When it was issued.
    pub(super) date: Option<NaiveDate>,
    /// What it is, or why it cannot be carried.
    pub(super) content: Result<Content, Left>,
}

/// Examines every document of a message and drops its bytes: those of each report, in order.
fn examine(shown: &str, message: &mut LabMessage) -> Vec<Vec<Examined>> {
    let shown = mask_numbers(shown);
    let mut numbers = 1_u32..;
    let mut of_report = |report: &mut LabReport| {
        let of = whose(&report.provider.name);
        let documents = std::mem::take(&mut report.documents).into_iter();
        documents
            .zip(&mut numbers)
            .map(|(document, no)| examined(document, format!("{shown}#{no}"), &of))
            .collect()
    };
    message.reports.iter_mut().map(&mut of_report).collect()
}

fn whose(laboratory: &str) -> String {
    let of = format!("Vedlegg til svar fra {}", one_line(laboratory));
    if laboratory.is_empty() { "Vedlegg til svar".to_owned() } else { of }
}

fn one_line(text: &str) -> String {
    mask_numbers(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

fn examined(document: RefDoc, source: String, of: &str) -> Examined {
    let title = one_line(&document.description);
    Examined {
        source,
        title: if title.is_empty() { of.to_owned() } else { title },
        of: of.to_owned(),
        date: document.issued.map(|at| at.date_naive()),
        content: content(&document),
    }
}

/// What a document is, or why it cannot be carried.
fn content(document: &RefDoc) -> Result<Content, Left> {
    let bytes = match &document.content {
        Enclosed::Bytes(_) if !document.compression.is_empty() => return Err(Left::OtherForm),
        Enclosed::Bytes(bytes) => bytes,
        Enclosed::NotBase64 => return Err(Left::Damaged),
        Enclosed::Elsewhere => return Err(Left::Elsewhere),
        Enclosed::Other => return Err(Left::OtherForm),
    };
    match content::examine(&mut bytes.as_slice(), MOST_BYTES) {
        Ok(Ok(content)) => Ok(content),
        Ok(Err(Flaw::Empty | Flaw::CutShort | Flaw::Damaged)) | Err(_) => Err(Left::Damaged),
        Ok(Err(Flaw::Encrypted)) => Err(Left::Encrypted),
        Ok(Err(Flaw::TooLarge | Flaw::TooComplex)) => Err(Left::TooLarge),
    }
}

/// Opens a document of a report again. Of several files that are shown by one name it is the one in which the
/// document is what was collected.
///
/// # Errors
/// When the report is gone, or its document has become something else, or when `f` fails. No error names a person.
pub fn with_document<T>(
    places: &[Reports],
    document: &Document,
    f: impl FnOnce(&mut dyn Read) -> io::Result<T>,
) -> io::Result<T> {
    let gone = || io::Error::new(ErrorKind::NotFound, "the report no longer holds the document");
    let (shown, no) = document.source.rsplit_once('#').ok_or_else(gone)?;
    let no: usize = no.parse().map_err(|_| gone())?;
    let mut found = |file: &[u8]| nth(file, no).filter(|bytes| Digest::of(bytes) == document.sha256);
    let bytes = places.iter().find_map(|reports| again::find(&reports.place, REPORTS, shown, &mut found));
    f(&mut bytes.ok_or_else(gone)?.as_slice())
}

/// The bytes of a message's document, by its number.
fn nth(file: &[u8], no: usize) -> Option<Vec<u8>> {
    let message = lab_report::read(file).ok()?;
    let mut documents = message.reports.into_iter().flat_map(|report| report.documents);
    match documents.nth(no.checked_sub(1)?)?.content {
        Enclosed::Bytes(bytes) => Some(bytes),
        Enclosed::NotBase64 | Enclosed::Elsewhere | Enclosed::Other => None,
    }
}

impl ReportFile {
    /// Takes in a message, and examines what is attached to it.
    pub fn new(shown: String, mut message: LabMessage) -> Self {
        let documents = examine(&shown, &mut message);
        ReportFile { shown, message, documents }
    }
}
