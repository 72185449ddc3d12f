//! From what a run did to its account: gathers what `reconcile` needs and hands it over. Leaves out the counting
//! (`reconcile`) and the writing (`report`).

use std::collections::{BTreeMap, BTreeSet};

use super::decide::Decision;
use super::desk::Desk;
use crate::id::{LedgerKey, PatientRef, RunId, TransferId};
use crate::job::Job;
use crate::ledger::{Book, LedgerError, ReceiptRow, RunRecord};
use crate::moves::{MoveKey, Now};
use crate::patient::{Grading, Migrant};
use crate::reconcile::{self, HeldLine, Night, Reconciliation, RowSums, View};
use crate::tabular::RejectedRow;

/// What a run gathers for its account on the way.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Whether the inputs were read, or receipts alone.
    pub read_inputs: bool,
    /// What tonight's look found.
    pub views: BTreeMap<TransferId, View>,
    /// The moves in tonight's extracts.
    pub moves: BTreeSet<MoveKey>,
    /// The grading of everybody looked at.
    pub gradings: BTreeMap<PatientRef, Grading>,
    /// The rows of the extracts.
    pub rows: RowSums,
    /// Rows that could not be used.
    pub rejected: Vec<RejectedRow>,
    /// Files that could not be used.
    pub held: Vec<HeldLine>,
    /// Receipts read.
    pub receipts: Vec<ReceiptRow>,
    /// Things to know.
    pub remarks: Vec<String>,
}

impl Gathered {
    /// Takes in what was decided, before it is acted on, and gives the decisions on.
    pub fn look(&mut self, decisions: Vec<Decision>) -> Vec<Decision> {
        decisions
            .into_iter()
            .map(|mut decision| {
                self.views.insert(decision.id.clone(), std::mem::take(&mut decision.view));
                decision
            })
            .collect()
    }

    /// Takes in how everybody's address is protected.
    pub fn gradings(&mut self, migrants: &BTreeMap<PatientRef, Migrant>) {
        self.gradings =
            migrants.iter().map(|(patient, migrant)| (patient.clone(), migrant.grading)).collect();
    }
}

/// What came before a run.
#[derive(Debug, Default)]
pub struct Earlier {
    /// Every run, the latest first.
    pub runs: Vec<RunRecord>,
    /// The latest account, be it of a night or of receipts.
    pub account: Option<Reconciliation>,
}

impl Earlier {
    /// The runs, and the account of the latest that has one, as `account_of` finds it. One of an older version of
    /// the program that cannot be read is none.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger cannot be read.
    pub fn of(
        runs: Vec<RunRecord>,
        account_of: impl Fn(&RunId) -> Result<Option<String>, LedgerError>,
    ) -> Result<Self, LedgerError> {
        for run in runs.iter().filter(|run| run.finished_at.is_some()) {
            let account = account_of(&run.id)?.and_then(|text| serde_json::from_str(&text).ok());
            if account.is_some() {
                return Ok(Earlier { runs, account });
            }
        }
        Ok(Earlier { runs, account: None })
    }
}

/// Where things stand when an account is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Stands<'a> {
    /// The run.
    pub run: &'a RunId,
    /// Everything that is true now.
    pub book: &'a Book,
    /// The ledger's key.
    pub key: &'a LedgerKey,
    /// The transfers that got an event in the run.
    pub touched: &'a BTreeSet<TransferId>,
}

impl<'a> Stands<'a> {
    /// As they stand on a run's desk.
    pub fn on(desk: &'a Desk) -> Self {
        Stands { run: desk.run(), book: desk.book(), key: desk.key(), touched: desk.touched() }
    }
}

/// Draws the account of a run.
pub fn draw(
    job: &Job,
    stands: Stands,
    command: &str,
    now: Now,
    earlier: &Earlier,
    seen: &Gathered,
) -> Reconciliation {
    reconcile::reconcile(&Night {
        run: stands.run,
        command,
        now,
        book: stands.book,
        key: stands.key,
        earlier_runs: &earlier.runs,
        latest: earlier.account.as_ref(),
        read_inputs: seen.read_inputs,
        views: &seen.views,
        moves: &seen.moves,
        contents: &job.routes.contents(),
        gradings: &seen.gradings,
        touched: stands.touched,
        rows: seen.rows,
        rejected: &seen.rejected,
        held: &seen.held,
        receipts: &seen.receipts,
        remarks: &seen.remarks,
        own: &job.sender.municipality,
        receipt_hours: job.limits.receipt_hours,
        placed_days: job.limits.placed_days,
    })
}
