//! What there is to send for one migrant: every result and every document, with its digest.
//!
//! The values that a transfer carries from collection to the report. How results are read and judged is
//! `collect`'s. Holds health data: it goes into the ledger and the reports, never into a log or an error.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::Digest;
use crate::reason::Reason;

/// What one result says, by the words of code list 8340 or of the job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// A finding.
    Positive,
    /// No finding.
    Negative,
    /// The laboratory could not decide.
    Inconclusive,
    /// A value that no list knows, numbers among them: a person reads it.
    Unread,
    /// Shown and never interpreted: controls, raw antigen values.
    Shown,
    /// Ordered or done, and no answer.
    Unanswered,
}

/// How far a result has come at its laboratory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultStatus {
    /// May still change.
    Preliminary,
    /// The laboratory's answer.
    Final,
    /// An answer that replaces an earlier one.
    Corrected,
    /// Taken back: never shown as valid.
    Cancelled,
}

/// Why a result may be disclosed (rules § 5; tuberkuloseforskriften § 2-3 h, helsepersonelloven § 25).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// § 2-3 h nr 1: findings that need follow-up.
    FollowUp,
    /// § 2-3 h nr 2: the examination has not been done.
    NotDone,
    /// § 2-3 h nr 3: a newly arrived asylum seeker leaving transit.
    Transit,
    /// The NHN guideline («all tuberculosis results») with hpl § 25.
    Guideline,
}

impl Basis {
    /// The basis as reports and registers write it.
    pub fn text(self) -> &'static str {
        match self {
            Basis::FollowUp => "tuberkuloseforskriften § 2-3 h nr 1",
            Basis::NotDone => "tuberkuloseforskriften § 2-3 h nr 2",
            Basis::Transit => "tuberkuloseforskriften § 2-3 h nr 3",
            Basis::Guideline => "helsepersonelloven § 25",
        }
    }

    /// Whether it is a duty under the regulation, which an objection may or may not stop (a job setting).
    pub fn is_regulation(self) -> bool {
        match self {
            Basis::FollowUp | Basis::NotDone | Basis::Transit => true,
            Basis::Guideline => false,
        }
    }
}

/// A person's status, the first that fits (rules § 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TbStatus {
    /// At least one positive finding.
    FollowUpNeeded,
    /// Something a person must read.
    ToBeJudged,
    /// Something may still change.
    Preliminary,
    /// Ordered or done, and not answered.
    Incomplete,
    /// Exempt under § 3-4, and no result.
    Exempt,
    /// Not examined, and no result.
    NotExamined,
    /// Everything answered, nothing found.
    NoPositiveFindings,
}

impl TbStatus {
    /// The status as reports write it.
    pub fn code(self) -> &'static str {
        match self {
            TbStatus::FollowUpNeeded => "follow-up-needed",
            TbStatus::ToBeJudged => "to-be-judged",
            TbStatus::Preliminary => "preliminary",
            TbStatus::Incomplete => "incomplete",
            TbStatus::Exempt => "exempt",
            TbStatus::NotExamined => "not-examined",
            TbStatus::NoPositiveFindings => "no-positive-findings",
        }
    }
}

/// What place a version of a result has among the person's results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The version that counts: goes with the transfer.
    Current,
    /// May be TB; a person says so in the job's code table.
    ToJudge,
    /// Current, and stopped by the person's objection.
    Objected,
    /// Replaced by a later version, named by its source key.
    Superseded(String),
    /// The same version again.
    Duplicate,
    /// Taken back by the laboratory.
    Cancelled,
    /// Not a TB result: never carried.
    NotTb,
}

/// One version of one result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TbItem {
    /// The file it was read from, as the job names it, identity numbers masked.
    pub source_file: String,
    /// The result's own key in that source: `result_id`, or sender, ServProvId and IdResultItem.
    pub source_key: String,
    /// NLK, NCRP, an OID, or empty.
    pub code_system: String,
    /// The code, or empty.
    pub code: String,
    /// What was examined, as received.
    pub test: String,
    /// The material, as received.
    pub material: String,
    /// The result text, as received, unchanged.
    pub result: String,
    /// What the result says.
    pub reading: Reading,
    /// How far it has come.
    pub status: ResultStatus,
    /// When the sample was taken.
    pub taken_on: Option<NaiveDate>,
    /// When it was answered.
    pub answered_on: Option<NaiveDate>,
    /// Who answered it.
    pub laboratory: String,
    /// The laboratory's comment, as received.
    pub comment: String,
    /// Whether a positive reading of it may mean active disease: microscopy, culture, PCR.
    pub active_disease_test: bool,
    /// Its number among the versions of this result, from 1, oldest first.
    pub version: u32,
    /// Its place among the person's results.
    pub standing: Standing,
    /// Why it may be disclosed; only for what stands current or is objected to.
    pub basis: Option<Basis>,
}

/// The form a TB transfer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TbForm {
    /// «Tuberkuloseresultater»: every result.
    Summary,
    /// «Tuberkuloseundersøkelse ikke gjennomført».
    Notice,
}

/// The TB part of what there is to send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TbInventory {
    /// Every version found, in the order they are shown: newest first, then by key.
    pub items: Vec<TbItem>,
    /// The person's status.
    pub status: TbStatus,
    /// Summary or notice.
    pub form: TbForm,
    /// The basis of the transfer as a whole: the strongest of its items', or the notice's.
    pub basis: Option<Basis>,
}

impl TbInventory {
    /// The items that travel.
    pub fn carried(&self) -> impl Iterator<Item = &TbItem> {
        self.items.iter().filter(|item| item.standing == Standing::Current)
    }
}

/// The format of a document, told from its content and never from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// PDF that says it is PDF/A.
    PdfA,
    /// Any other PDF.
    Pdf,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// TIFF.
    Tiff,
    /// Text in UTF-8 or a declared encoding.
    Text,
    /// XML.
    Xml,
    /// Something else.
    Other,
}

impl Format {
    /// The MIME type.
    pub fn mime(self) -> &'static str {
        match self {
            Format::PdfA | Format::Pdf => "application/pdf",
            Format::Jpeg => "image/jpeg",
            Format::Png => "image/png",
            Format::Tiff => "image/tiff",
            Format::Text => "text/plain",
            Format::Xml => "text/xml",
            Format::Other => "application/octet-stream",
        }
    }

    /// The file name extension, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Format::PdfA | Format::Pdf => "pdf",
            Format::Jpeg => "jpg",
            Format::Png => "png",
            Format::Tiff => "tif",
            Format::Text => "txt",
            Format::Xml => "xml",
            Format::Other => "bin",
        }
    }

    /// Whether the content is already compressed, so that a zip stores it as it is.
    pub fn is_compressed(self) -> bool {
        match self {
            Format::PdfA | Format::Pdf | Format::Jpeg | Format::Png => true,
            Format::Tiff | Format::Text | Format::Xml | Format::Other => false,
        }
    }

    /// Whether it is turned into a PDF where it must be one: in messages and on paper.
    pub fn is_turned_into_pdf(self) -> bool {
        match self {
            Format::Tiff | Format::Text | Format::Xml => true,
            Format::PdfA | Format::Pdf | Format::Jpeg | Format::Png | Format::Other => false,
        }
    }
}

/// One document: of a journal, or of a laboratory report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its number in the transfer, from 1.
    pub no: u32,
    /// The title from the index or the report, else the file's name without its extension or whose report it is of;
    /// identity numbers masked.
    pub title: String,
    /// The date from the index or the report.
    pub date: Option<NaiveDate>,
    /// The type from the index, or empty.
    pub kind: String,
    /// The format, told from the content.
    pub format: Format,
    /// Size, bytes.
    pub bytes: u64,
    /// SHA-256 of the content.
    pub sha256: Digest,
    /// Where it lies in the patient's bundle, `/` between folders; of a report's, the file as it is shown, `#` and
    /// which of its documents it is, from 1.
    pub source: String,
    /// How many pages it has on paper; none where that is not known, and for what cannot be put on paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<u32>,
    /// The size of the PDF that it is turned into where it must be one, bytes; none for what is one, and for what
    /// cannot be turned into one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_pdf: Option<u64>,
}

impl Document {
    /// Whether a message may carry it (HIS 1077:2017 § 5.3): as it is, or as the PDF it is turned into. XML is data
    /// for a program, and no message carries a picture of it.
    pub fn goes_in_messages(&self) -> bool {
        match self.format {
            Format::PdfA | Format::Pdf | Format::Jpeg | Format::Png => true,
            Format::Tiff | Format::Text => self.as_pdf.is_some(),
            Format::Xml | Format::Other => false,
        }
    }

    /// Whether it can be put on paper. A whole PDF without pages is one that paper would not show all of.
    pub fn goes_on_paper(&self) -> bool {
        match self.format {
            Format::PdfA | Format::Pdf | Format::Jpeg | Format::Png => self.pages.is_some(),
            Format::Tiff | Format::Text | Format::Xml => self.as_pdf.is_some(),
            Format::Other => false,
        }
    }

    /// Its MIME type in a message.
    pub fn mime_in_messages(&self) -> &'static str {
        if self.as_pdf.is_some() { Format::PdfA.mime() } else { self.format.mime() }
    }

    /// Its size in a message, bytes before base64.
    pub fn bytes_in_messages(&self) -> u64 {
        self.as_pdf.unwrap_or(self.bytes)
    }
}

/// Why a document of a laboratory report does not travel (rules § 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Left {
    /// It holds, or may hold, something else than tuberculosis.
    NotOnlyTb,
    /// Its report is about somebody else too.
    AnotherPerson,
    /// The laboratory has taken back its report, or a result of it.
    Cancelled,
    /// A later message of the report came without it.
    Superseded,
    /// Stopped by the person's objection.
    Objected,
    /// Empty, cut short, or not readable as what it should be.
    Damaged,
    /// A password is needed to read it.
    Encrypted,
    /// It is not in the report: only named, or referred to.
    Elsewhere,
    /// Larger than anything that is carried.
    TooLarge,
    /// No single plain file: XML, compressed, or several in one.
    OtherForm,
}

impl Left {
    /// The word reports write.
    pub fn code(self) -> &'static str {
        match self {
            Left::NotOnlyTb => "not-only-tb",
            Left::AnotherPerson => "another-person",
            Left::Cancelled => "cancelled",
            Left::Superseded => "superseded",
            Left::Objected => "objected",
            Left::Damaged => "damaged",
            Left::Encrypted => "encrypted",
            Left::Elsewhere => "elsewhere",
            Left::TooLarge => "too-large",
            Left::OtherForm => "other-form",
        }
    }
}

/// A document of a laboratory report with tuberculosis in it that does not travel. Nobody but the sender hears of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LeftDocument {
    /// Why.
    pub why: Left,
    /// Its title as a document's; whose report it is of where it may be about something else than tuberculosis.
    pub title: String,
    /// Its date.
    pub date: Option<NaiveDate>,
    /// Its size in bytes and its SHA-256, where it could be read.
    pub content: Option<(u64, Digest)>,
    /// The report's file as it is shown, `#` and which of its documents it is.
    pub source: String,
}

/// Everything one transfer carries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// The TB results; only of a `tb` transfer.
    pub tb: Option<TbInventory>,
    /// The journal's documents, or those that travel with the TB results.
    pub documents: Vec<Document>,
    /// The basis of a journal transfer in words, or empty.
    pub journal_basis: String,
    /// The documents of laboratory reports that do not travel; only of a `tb` transfer. Ledgers of before they were
    /// read have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<LeftDocument>,
}

impl Inventory {
    /// A digest over everything that would be sent: equal digests, equal parcels. A repeated row, an older version,
    /// a document that is left or another file name changes nothing that a receiver reads.
    pub fn digest(&self) -> Digest {
        let mut sent = self.clone();
        if let Some(tb) = &mut sent.tb {
            tb.items.retain(|item| item.standing == Standing::Current);
            for item in &mut tb.items {
                (item.source_file, item.version) = (String::new(), 0);
            }
            sent.documents.iter_mut().for_each(|document| document.source.clear());
        }
        sent.left.clear();
        // How many pages and bytes a document makes follows from what it is, and so does which PDF it says it is.
        for document in &mut sent.documents {
            (document.pages, document.as_pdf) = (None, None);
            if document.format == Format::PdfA {
                document.format = Format::Pdf;
            }
        }
        // serde_json of plain structs cannot fail; an empty text would only make the parcel anew.
        Digest::of(serde_json::to_string(&sent).unwrap_or_default().as_bytes())
    }

    /// The sum of the documents' sizes, bytes.
    pub fn document_bytes(&self) -> u64 {
        self.documents.iter().map(|document| document.bytes).sum()
    }
}

/// Something a person must do that holds nothing back; becomes an action.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// What it is.
    pub reason: Reason,
    /// Which tests it is about; never an identity number.
    pub detail: String,
}

/// Documents by their numbers in ascending order, with neighbours drawn together: `1–3, 7`.
pub fn ranges(numbers: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for no in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *no => *last = *no,
            Some(_) | None => runs.push((*no, *no)),
        }
    }
    let shown = runs.iter().map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}–{last}"),
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a ledger of before documents of reports were read holds it.
    const OF_BEFORE: &str = r#"{"tb":{"items":[],"status":"no-positive-findings","form":"summary","basis":null},"documents":[],"journal_basis":""}"#;

    fn document(source: &str) -> Document {
        Document {
            no: 1,
            title: "Svar".to_owned(),
            date: None,
            kind: String::new(),
            format: Format::Pdf,
            bytes: 4,
            sha256: Digest::of(b"%PDF"),
            source: source.to_owned(),
            pages: None,
            as_pdf: None,
        }
    }

    #[test]
    fn an_inventory_of_before_reads_on_and_nothing_sealed_is_made_anew() -> serde_json::Result<()> {
        let read: Inventory = serde_json::from_str(OF_BEFORE)?;
        assert_eq!(serde_json::to_string(&read)?, OF_BEFORE);
        assert_eq!(read.digest(), Digest::of(OF_BEFORE.as_bytes()));
        Ok(())
    }

    #[test]
    fn only_what_a_receiver_reads_is_in_the_digest() -> serde_json::Result<()> {
        let plain: Inventory = serde_json::from_str(OF_BEFORE)?;
        let left = LeftDocument {
            why: Left::NotOnlyTb,
            title: "Vedlegg".to_owned(),
            date: None,
            source: "lab/a.xml#1".to_owned(),
            content: Some((4, Digest::of(b"%PDF"))),
        };
        let with_left = Inventory { left: vec![left], ..plain.clone() };
        assert_eq!(with_left.digest(), plain.digest(), "what is left is not sent");
        assert_eq!(serde_json::from_str::<Inventory>(&serde_json::to_string(&with_left)?)?, with_left);
        let of = |source| Inventory { documents: vec![document(source)], ..plain.clone() };
        assert_ne!(of("lab/a.xml#1").digest(), plain.digest());
        assert_eq!(of("lab/a.xml#1").digest(), of("lab/b.xml#2").digest(), "another file, the same document");
        let journal = |source| Inventory { documents: vec![document(source)], ..Inventory::default() };
        assert_ne!(journal("a.pdf").digest(), journal("b.pdf").digest(), "as it was for journals");
        Ok(())
    }

    #[test]
    fn neighbours_are_drawn_together() {
        let rows: [(&[u32], &str); 5] = [
            (&[], ""),
            (&[4], "4"),
            (&[1, 2], "1–2"),
            (&[1, 2, 3, 7, 9, 10], "1–3, 7, 9–10"),
            (&[1, 3], "1, 3"),
        ];
        for (numbers, expected) in rows {
            assert_eq!(ranges(numbers), expected, "{numbers:?}");
        }
    }
}
