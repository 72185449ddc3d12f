//! One line a version of a result, and one a document: what became of each. Leaves out which versions there are and
//! what they say (`collect`).

use std::cmp::Ordering;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Night, lines};
use crate::changes::same_version;
use crate::id::{Digest, TransferId};
use crate::inventory::{
    Basis, Document, Format, Inventory, Left, LeftDocument, Reading, ResultStatus, Standing, TbItem,
};
use crate::lineage;
use crate::person::mask_numbers;
use crate::reason::Reason;
use crate::transfer::{Kind, State, Transfer};
use crate::verdict::{Channel, Content};

/// What became of a version of a result or of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
    /// Left with its transfer.
    Carried,
    /// Waits with its transfer.
    Waiting,
    /// Stopped by an objection.
    Objected,
    /// No transfer is due: the date is to come, or nothing is to be sent any more.
    NotDue,
    /// A person must say whether it is TB.
    ToJudge,
    /// Replaced by a later version.
    Superseded,
    /// The same version again.
    Duplicate,
    /// Taken back.
    Cancelled,
    /// Not a TB result.
    NotTb,
    /// A document of a laboratory report that does not travel.
    Left(Left),
}

impl Disposition {
    /// The word reports write.
    pub fn code(self) -> &'static str {
        match self {
            Disposition::Carried => "carried",
            Disposition::Waiting => "waiting",
            Disposition::Objected => "objected",
            Disposition::NotDue => "not-due",
            Disposition::ToJudge => "to-judge",
            Disposition::Superseded => "superseded",
            Disposition::Duplicate => "duplicate",
            Disposition::Cancelled => "cancelled",
            Disposition::NotTb => "not-tb",
            Disposition::Left(why) => why.code(),
        }
    }
}

/// A row of `tb-results.csv`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ResultLine {
    /// The patient, identity numbers masked.
    pub patient_ref: String,
    /// The transfer.
    pub transfer_id: TransferId,
    /// The file.
    pub source_file: String,
    /// The result's key in it.
    pub source_key: String,
    /// Its version, from 1.
    pub version: u32,
    /// The code.
    pub code: String,
    /// What was examined.
    pub test: String,
    /// The result, as received.
    pub result: String,
    /// How far it had come.
    pub status: ResultStatus,
    /// What it says.
    pub reading: Reading,
    /// When the sample was taken.
    pub taken_on: Option<NaiveDate>,
    /// Who answered.
    pub laboratory: String,
    /// The version that replaced it.
    pub superseded_by: Option<String>,
    /// Why it may be disclosed.
    pub basis: Option<Basis>,
    /// What became of it.
    pub disposition: Disposition,
    /// Came after its transfer had left.
    pub late: bool,
}

impl ResultLine {
    /// The order of a report: the versions of a result stand together, whatever files they came in.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let same =
            self.patient_ref.cmp(&other.patient_ref).then_with(|| self.transfer_id.cmp(&other.transfer_id));
        let same = same.then_with(|| self.source_key.cmp(&other.source_key));
        same.then(self.version.cmp(&other.version)).then_with(|| self.cmp(other))
    }
}

/// A row of `documents.csv`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DocumentLine {
    /// The patient, identity numbers masked.
    pub patient_ref: String,
    /// The transfer.
    pub transfer_id: TransferId,
    /// The document's number in the transfer, from 1; none for one that does not travel.
    pub document_no: Option<u32>,
    /// Title.
    pub title: String,
    /// Date.
    pub date: Option<NaiveDate>,
    /// Type.
    pub kind: String,
    /// Size, bytes, where it could be read.
    pub bytes: Option<u64>,
    /// SHA-256, where it could be read.
    pub sha256: Option<Digest>,
    /// The MIME type it is sent as; empty for one that does not travel.
    pub sent_as: String,
    /// What became of it.
    pub disposition: Disposition,
}

/// The result lines of one transfer.
pub(super) fn result_lines(night: &Night, transfer: &Transfer) -> Vec<ResultLine> {
    if transfer.birth.content != Content::Tb || matches!(transfer.birth.kind, Kind::Recall { .. }) {
        return Vec::new();
    }
    let view = night.views.get(&transfer.id);
    let known = lines::inventory(transfer, view).map(items).unwrap_or_default();
    let tonight = view.and_then(|view| view.inventory.as_ref()).map(items).unwrap_or_default();
    // What has left is shown as it left; what came since is shown beside it, or with the supplement that tells it.
    let late = late_items(night, transfer);
    let elsewhere = Elsewhere::of(night, transfer);
    let mut out: Vec<ResultLine> = known
        .iter()
        .filter(|item| !(elsewhere.shows(item) || is_among(item, &late)))
        .map(|item| result_line(night, transfer, item, false))
        .collect();
    out.extend(late.iter().map(|item| result_line(night, transfer, item, true)));
    if is_fixed(transfer) && !lines::may_be_gone(transfer) {
        let beside = beside(known, tonight).filter(|item| !elsewhere.shows(item));
        out.extend(beside.map(|item| result_line(night, transfer, item, false)));
    }
    out
}

/// What other transfers of a chain show: each version of a result is accounted for once.
struct Elsewhere<'a> {
    /// What those before this one have shown.
    before: Vec<&'a TbItem>,
    /// What those after it tell.
    after: Vec<&'a TbItem>,
}

impl<'a> Elsewhere<'a> {
    fn of(night: &'a Night<'a>, transfer: &'a Transfer) -> Self {
        let shown = |transfer: &'a Transfer| {
            let inventory = lines::inventory(transfer, night.views.get(&transfer.id));
            inventory.map(items).unwrap_or_default()
        };
        Elsewhere {
            before: lineage::before(night.book, transfer).into_iter().flat_map(shown).collect(),
            after: lineage::after(night.book, transfer).into_iter().flat_map(shown).collect(),
        }
    }

    /// Whether a version stands elsewhere: it was told or judged before, or is told only after.
    fn shows(&self, item: &TbItem) -> bool {
        let travels = |item: &TbItem| item.standing == Standing::Current;
        let same = |other: &&&TbItem| same_version(other, item);
        self.before.iter().filter(same).any(|seen| travels(seen) || !travels(item))
            || !travels(item) && self.after.iter().filter(same).any(|told| travels(told))
    }
}

/// Whether a parcel lies ready: its contents are fixed, and nothing has left.
pub(super) fn is_fixed(transfer: &Transfer) -> bool {
    transfer.state.sealed().is_some() && !transfer.state.may_have_left()
}

/// What tonight's sources hold beside what lies ready: it stays as it is on a night when nobody can look whole.
fn beside<'a>(ready: &'a [TbItem], tonight: &'a [TbItem]) -> impl Iterator<Item = &'a TbItem> {
    let mut ready: Vec<&TbItem> = ready.iter().collect();
    tonight.iter().filter(move |item| match ready.iter().position(|other| same_version(item, other)) {
        Some(at) => {
            ready.swap_remove(at);
            false
        }
        None => true,
    })
}

fn items(inventory: &Inventory) -> &[TbItem] {
    inventory.tb.as_ref().map(|tb| tb.items.as_slice()).unwrap_or_default()
}

fn is_among(item: &TbItem, late: &[&TbItem]) -> bool {
    late.iter().any(|other| same_version(item, other) && item.standing == other.standing)
}

/// Versions that the sources hold tonight, that had not been seen when the transfer left, and that no supplement tells.
/// What is taken back without ever having been told is nothing to tell.
pub(super) fn late_items<'a>(night: &'a Night<'a>, transfer: &Transfer) -> Vec<&'a TbItem> {
    let followed = transfer.is_taken_back() || !lineage::after(night.book, transfer).is_empty();
    if !lines::may_be_gone(transfer) || followed {
        return Vec::new();
    }
    let view = night.views.get(&transfer.id);
    let tonight = view.and_then(|view| view.inventory.as_ref()).map(items).unwrap_or_default();
    // What went before it is known too, also where tonight's sources named none of it when this one left.
    let before = lineage::before(night.book, transfer);
    let inventories =
        before.iter().filter_map(|member| member.state.inventory()).chain(transfer.state.inventory());
    let left: Vec<&TbItem> = inventories.flat_map(items).collect();
    let told = |key: &str| left.iter().any(|i| i.source_key == key && i.standing == Standing::Current);
    let matters = |item: &&TbItem| match item.standing {
        Standing::Current | Standing::ToJudge | Standing::Objected => true,
        Standing::Cancelled => told(&item.source_key),
        Standing::Superseded(_) | Standing::Duplicate | Standing::NotTb => false,
    };
    tonight.iter().filter(matters).filter(|item| !left.iter().any(|seen| same_version(seen, item))).collect()
}

fn result_line(night: &Night, transfer: &Transfer, item: &TbItem, late: bool) -> ResultLine {
    let superseded_by = match &item.standing {
        Standing::Superseded(by) => Some(by.clone()),
        Standing::Current
        | Standing::ToJudge
        | Standing::Objected
        | Standing::Duplicate
        | Standing::Cancelled
        | Standing::NotTb => None,
    };
    ResultLine {
        patient_ref: transfer.birth.patient.to_string(),
        transfer_id: transfer.id.clone(),
        source_file: item.source_file.clone(),
        source_key: item.source_key.clone(),
        version: item.version,
        code: item.code.clone(),
        test: masked(&item.test),
        // It may be no TB result at all: a person judges by the code, and nothing else of it is shown.
        result: if item.standing == Standing::ToJudge { String::new() } else { masked(&item.result) },
        status: item.status,
        reading: item.reading,
        taken_on: item.taken_on,
        laboratory: placeless(night, transfer, masked(&item.laboratory)),
        superseded_by,
        basis: item.basis,
        disposition: disposition(night, transfer, &item.standing, late),
        late,
    }
}

/// A text that may name a place: nothing of it for somebody whose address is strictly confidential.
fn placeless(night: &Night, transfer: &Transfer, text: String) -> String {
    if lines::is_protected(night, transfer) { String::new() } else { text }
}

/// What a laboratory wrote, with any identity number in it masked.
fn masked(text: &str) -> String {
    mask_numbers(text).into_owned()
}

fn disposition(night: &Night, transfer: &Transfer, standing: &Standing, late: bool) -> Disposition {
    match standing {
        Standing::Superseded(_) => Disposition::Superseded,
        Standing::Duplicate => Disposition::Duplicate,
        Standing::Cancelled => Disposition::Cancelled,
        Standing::NotTb => Disposition::NotTb,
        Standing::ToJudge => Disposition::ToJudge,
        Standing::Objected => Disposition::Objected,
        Standing::Current if late => Disposition::Waiting,
        Standing::Current => with_transfer(night, transfer),
    }
}

/// What becomes of something that travels with this transfer.
fn with_transfer(night: &Night, transfer: &Transfer) -> Disposition {
    match &transfer.state {
        State::InFlight { .. }
        | State::InDoubt { .. }
        | State::Sent { .. }
        | State::Delivered { .. }
        | State::Accepted { .. } => Disposition::Carried,
        State::Planned if transfer.birth.the_move.key.date > night.now.date_naive() => Disposition::NotDue,
        State::NothingToSend { why: Reason::Objection, .. } => Disposition::Objected,
        State::NothingToSend { .. } | State::Withdrawn { .. } => Disposition::NotDue,
        State::Planned
        | State::Held { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. }
        | State::Deferred { .. }
        | State::Placed { .. }
        | State::Rejected { .. }
        | State::Abandoned { .. } => Disposition::Waiting,
    }
}

/// The document lines of one transfer.
pub(super) fn document_lines(night: &Night, transfer: &Transfer) -> Vec<DocumentLine> {
    let inventory = lines::inventory(transfer, night.views.get(&transfer.id));
    let Some(inventory) = inventory else { return Vec::new() };
    let accepted = transfer.accepted_documents();
    let disposition = |document: &Document| match accepted.contains(&document.sha256) {
        true => Disposition::Carried,
        false => with_transfer(night, transfer),
    };
    let travelling = inventory.documents.iter().map(|document| DocumentLine {
        patient_ref: transfer.birth.patient.to_string(),
        transfer_id: transfer.id.clone(),
        document_no: Some(document.no),
        title: placeless(night, transfer, document.title.clone()),
        date: document.date,
        kind: document.kind.clone(),
        bytes: Some(document.bytes),
        sha256: Some(document.sha256),
        sent_as: sent_as(transfer, document).to_owned(),
        disposition: disposition(document),
    });
    travelling.chain(inventory.left.iter().map(|document| left_line(night, transfer, document))).collect()
}

/// The MIME type in which a document goes: on paper it is pages of one PDF.
fn sent_as(transfer: &Transfer, document: &Document) -> &'static str {
    match transfer.state.sealed().map(|sealed| sealed.clearance.channel) {
        Some(Channel::Print) => Format::PdfA.mime(),
        Some(Channel::Outbox) => document.mime_in_messages(),
        Some(Channel::Bundle | Channel::InEpj) | None => document.format.mime(),
    }
}

fn left_line(night: &Night, transfer: &Transfer, document: &LeftDocument) -> DocumentLine {
    DocumentLine {
        patient_ref: transfer.birth.patient.to_string(),
        transfer_id: transfer.id.clone(),
        document_no: None,
        title: placeless(night, transfer, document.title.clone()),
        date: document.date,
        kind: String::new(),
        bytes: document.content.map(|(bytes, _)| bytes),
        sha256: document.content.map(|(_, sha256)| sha256),
        sent_as: String::new(),
        disposition: Disposition::Left(document.why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(transfer_id: &TransferId, source_file: &str, source_key: &str, version: u32) -> ResultLine {
        ResultLine {
            patient_ref: "P-1".to_owned(),
            transfer_id: transfer_id.clone(),
            source_file: source_file.to_owned(),
            source_key: source_key.to_owned(),
            version,
            code: String::new(),
            test: String::new(),
            result: String::new(),
            status: ResultStatus::Final,
            reading: Reading::Negative,
            taken_on: None,
            laboratory: String::new(),
            superseded_by: None,
            basis: None,
            disposition: Disposition::Carried,
            late: false,
        }
    }

    #[test]
    fn the_versions_of_a_result_stand_together_whatever_files_they_came_in() {
        let Some(transfer) = TransferId::parse("0110-0000-0000-0000") else { panic!("a transfer's id") };
        let rows = [("c.xml", "R/1", 1), ("a.xml", "R/1", 2), ("b.xml", "R/1", 3), ("a.xml", "R/2", 1)];
        let ordered: Vec<ResultLine> =
            rows.iter().map(|(file, key, version)| line(&transfer, file, key, *version)).collect();
        let mut sorted: Vec<ResultLine> = ordered.iter().rev().cloned().collect();
        sorted.sort_by(ResultLine::compare);
        assert_eq!(sorted, ordered);
    }
}
