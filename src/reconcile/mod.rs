//! Every migrant, result and document accounted for: one value from which every report is drawn.
//!
//! Pure: from what the night read and decided and from the folded ledger to a [`Reconciliation`] whose sums are
//! checked. Leaves out how it looks (`report`) and how it came about (`run`). Sums: rules § 10.

pub mod protected;
pub mod waits;
pub mod lines;
pub mod results;
pub mod actions;
mod kept;
pub mod sums;
pub mod trend;
#[cfg(test)]
pub(crate) mod tests;
#[cfg(test)]
mod histories;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use actions::Action;
pub use lines::{Group, TransferLine};
pub use results::{Disposition, DocumentLine, ResultLine};
pub use sums::{ResultSums, RowSums};
pub use trend::NightSums;
pub use waits::{Deadlines, Wait, WaitsFor};

use crate::id::{LedgerKey, PatientRef, RunId, TransferId};
use crate::inventory::{Inventory, Note};
use crate::ledger::{Book, Head, ReceiptRow, RunRecord};
use crate::lineage;
use crate::moves::{Moment, MoveKey, Now};
use crate::patient::Grading;
use crate::place::MunicipalityNo;
use crate::tabular::RejectedRow;
use crate::transfer::Transfer;
use crate::verdict::{Content, RouteVerdict};

/// What tonight's look at one transfer found, beside what the ledger knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// What there is to send tonight; none when nobody looked.
    pub inventory: Option<Inventory>,
    /// Versions of results found in the sources for this person, counted where they were read.
    pub results_found: Option<u64>,
    /// What a physician or the laboratory must be told.
    pub notes: Vec<Note>,
    /// The answer for each route that was asked.
    pub routes: Vec<RouteVerdict>,
    /// The move's date is still to come.
    pub not_due: bool,
}

/// A file that was not used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HeldLine {
    /// The file, as the job names it.
    pub file: String,
    /// The line where it stops being usable, from 1; 0 for the file as a whole.
    pub line: u64,
    /// The column, from 1; 0 for the file as a whole.
    pub column: u64,
    /// Why, in words without any content.
    pub why: String,
}

/// A file that was not used, and since when it has not been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileHeld {
    /// The file and why.
    #[serde(flatten)]
    pub held: HeldLine,
    /// The first of the nights without a break in which it was held for this.
    pub since: Moment,
}

/// Everything the account is drawn from.
#[derive(Debug)]
pub struct Night<'a> {
    /// The run.
    pub run: &'a RunId,
    /// The command.
    pub command: &'a str,
    /// When.
    pub now: Now,
    /// The ledger's fold, after everything.
    pub book: &'a Book,
    /// The ledger's key: action ids are keyed.
    pub key: &'a LedgerKey,
    /// Earlier runs: what an earlier report shows cannot be taken back, only listed.
    pub earlier_runs: &'a [RunRecord],
    /// The latest account before this one: since when a matter stands, and what only a look can find.
    pub latest: Option<&'a Reconciliation>,
    /// Whether the inputs were read tonight, or receipts alone.
    pub read_inputs: bool,
    /// What tonight's look found, by transfer.
    pub views: &'a BTreeMap<TransferId, View>,
    /// The moves that stand in tonight's extracts.
    pub moves: &'a BTreeSet<MoveKey>,
    /// The contents the job sends.
    pub contents: &'a [Content],
    /// The grading in force of each patient looked at.
    pub gradings: &'a BTreeMap<PatientRef, Grading>,
    /// The transfers that got an event in this run.
    pub touched: &'a BTreeSet<TransferId>,
    /// The rows of the extracts.
    pub rows: RowSums,
    /// Rows that could not be used.
    pub rejected: &'a [RejectedRow],
    /// Files that could not be used.
    pub held: &'a [HeldLine],
    /// Receipts read in this run.
    pub receipts: &'a [ReceiptRow],
    /// Things to know that are no fault: mapped numbers, event types not known.
    pub remarks: &'a [String],
    /// The sender's municipality: the last resort for where a move began.
    pub own: &'a MunicipalityNo,
    /// Hours from GenDate until a missing receipt is overdue.
    pub receipt_hours: u32,
    /// Days until a letter that was not posted is shown.
    pub placed_days: u32,
}

/// A night, accounted for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reconciliation {
    /// The run.
    pub run_id: RunId,
    /// The command.
    pub command: String,
    /// When.
    pub now: Now,
    /// The rows of the extracts.
    pub rows: RowSums,
    /// Every transfer, by group: all of them, the settled ones included.
    pub groups: BTreeMap<Group, u64>,
    /// The transfers of this report.
    pub lines: Vec<TransferLine>,
    /// The result versions of this report.
    pub results: Vec<ResultLine>,
    /// Their sums.
    pub result_sums: ResultSums,
    /// The documents of this report.
    pub documents: Vec<DocumentLine>,
    /// What persons must do, most urgent first.
    pub actions: Vec<Action>,
    /// Receipts read in this run.
    pub receipts: Vec<ReceiptRow>,
    /// Rows that could not be used.
    pub rejected: Vec<RejectedRow>,
    /// Files that could not be used.
    pub files_held: Vec<FileHeld>,
    /// Things to know.
    pub remarks: Vec<String>,
    /// Sums that do not agree, in words; empty in a night that adds up.
    pub imbalances: Vec<String>,
    /// Transfers that this run moved.
    pub touched: u64,
    /// Why the run stopped before its end; none when it came to it.
    #[serde(default)]
    pub stopped: Option<String>,
    /// What the ledger could be told by when this was drawn; none where nothing is written, and in accounts of before.
    #[serde(default)]
    pub ledger: Option<Head>,
    /// The sender's municipality; none in accounts of earlier versions of the program.
    #[serde(default)]
    pub own: Option<MunicipalityNo>,
    /// The deadlines that waits are held against; none in accounts of earlier versions of the program.
    #[serde(default)]
    pub deadlines: Option<Deadlines>,
    /// The nights before, oldest first.
    #[serde(default)]
    pub trend: Vec<NightSums>,
}

/// Draws the account. Sums that do not agree are in [`Reconciliation::imbalances`]; the caller stops the run.
pub fn reconcile(night: &Night) -> Reconciliation {
    let in_report: Vec<&Transfer> =
        night.book.transfers.values().filter(|transfer| stands_in_report(night, transfer)).collect();
    let mut lines: Vec<TransferLine> =
        in_report.iter().map(|transfer| lines::line(night, transfer)).collect();
    lines.sort_by(|a, b| a.order().cmp(&b.order()));
    let mut results: Vec<ResultLine> =
        in_report.iter().flat_map(|transfer| results::result_lines(night, transfer)).collect();
    let mut documents: Vec<DocumentLine> =
        in_report.iter().flat_map(|transfer| results::document_lines(night, transfer)).collect();
    kept::keep(night, &mut lines, &mut results, &mut documents);
    results.sort_by(ResultLine::compare);
    documents.sort();
    let files_held = files_held(night);
    let actions = actions::actions(night, &files_held);
    // One truth: what is settled needs no action any more.
    let asking: BTreeSet<&TransferId> =
        actions.iter().filter_map(|action| action.transfer_id.as_ref()).collect();
    for line in &mut lines {
        line.needs_action = asking.contains(&line.transfer_id);
    }
    // A copy, and what follows one, carries the same versions as its letter: each is counted once.
    let is_copy = |transfer: &&&Transfer| lineage::copy_to(night.book, transfer).is_some();
    let copies: BTreeSet<&TransferId> = in_report.iter().filter(is_copy).map(|t| &t.id).collect();
    let counted = results.iter().filter(|line| !copies.contains(&line.transfer_id));
    let result_sums = ResultSums::of(&counted.collect::<Vec<_>>());
    let groups = sums::groups(night, &in_report);
    let mut rejected = night.rejected.to_vec();
    rejected.sort();
    let imbalances = sums::imbalances(night, &groups, &lines, &in_report, &results, &result_sums);
    Reconciliation {
        run_id: night.run.clone(),
        command: night.command.to_owned(),
        now: night.now,
        rows: night.rows,
        groups,
        lines,
        results,
        result_sums,
        documents,
        actions,
        receipts: night.receipts.iter().map(|row| shown_receipt(night, row)).collect(),
        rejected,
        files_held,
        remarks: night.remarks.to_vec(),
        imbalances,
        touched: night.touched.len() as u64,
        stopped: None,
        ledger: None,
        own: Some(night.own.clone()),
        deadlines: Some(Deadlines { receipt_hours: night.receipt_hours, placed_days: night.placed_days }),
        trend: trend::before(night.latest),
    }
}

/// A receipt as a report may show it: what a receiver of a strictly confidential person wrote may name a place.
fn shown_receipt(night: &Night, row: &ReceiptRow) -> ReceiptRow {
    let transfer = row.transfer.as_ref().and_then(|id| night.book.transfers.get(id));
    let protected = transfer.is_some_and(|transfer| lines::is_protected(night, transfer));
    if protected { ReceiptRow { text: String::new(), ..row.clone() } } else { row.clone() }
}

/// The files held tonight, each with when that began; those of the latest account where no input was read.
fn files_held(night: &Night) -> Vec<FileHeld> {
    let before = night.latest.map(|latest| latest.files_held.as_slice()).unwrap_or_default();
    let tonight = night.held.iter().map(|held| {
        let known = before.iter().find(|file| (&file.held.file, &file.held.why) == (&held.file, &held.why));
        FileHeld { held: held.clone(), since: known.map_or(night.now.to_utc(), |file| file.since) }
    });
    let mut files: Vec<FileHeld> = tonight.collect();
    let unread = before.iter().filter(|file| !night.read_inputs && !night.held.contains(&file.held));
    files.extend(unread.cloned());
    files
}

/// Rules § 10: not at their end, touched by this run, or of a move in this run's extracts. And those with a result
/// that came too late and that nobody has dealt with: it is waiting, and must have its row.
fn stands_in_report(night: &Night, transfer: &Transfer) -> bool {
    !transfer.state.is_end()
        || night.touched.contains(&transfer.id)
        || night.moves.contains(&transfer.birth.the_move.key)
        || actions::has_late_result(night, transfer)
}
