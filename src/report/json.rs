//! `summary.json`: the sums of a run, for programs. Leaves out rows and actions, which have files of their own.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::ledger::Head;
use crate::moves::Now;
use crate::reconcile::lines::Group;
use crate::reconcile::{FileHeld, Reconciliation, ResultSums, RowSums};

#[derive(Serialize)]
struct Summary<'a> {
    run_id: &'a str,
    command: &'a str,
    now: Now,
    rows: RowSums,
    transfers: BTreeMap<&'static str, u64>,
    results: ResultSums,
    sums_agree: bool,
    imbalances: &'a [String],
    files_held: &'a [FileHeld],
    remarks: &'a [String],
    rejected_rows: usize,
    receipts: usize,
    actions: usize,
    urgent_actions: usize,
    transfers_moved: u64,
    stopped: Option<&'a str>,
    ledger: Option<Head>,
}

/// The summary, indented, with a last newline.
pub fn summary(account: &Reconciliation) -> Vec<u8> {
    let mut transfers: BTreeMap<&'static str, u64> = Group::ALL
        .into_iter()
        .map(|group| (group.code(), account.groups.get(&group).copied().unwrap_or(0)))
        .collect();
    transfers.insert("all", account.groups.values().sum());
    let summary = Summary {
        run_id: account.run_id.as_str(),
        command: &account.command,
        now: account.now,
        rows: account.rows,
        transfers,
        results: account.result_sums,
        sums_agree: account.imbalances.is_empty(),
        imbalances: &account.imbalances,
        files_held: &account.files_held,
        remarks: &account.remarks,
        rejected_rows: account.rejected.len(),
        receipts: account.receipts.len(),
        actions: account.actions.len(),
        urgent_actions: account.actions.iter().filter(|action| action.urgent).count(),
        transfers_moved: account.touched,
        stopped: account.stopped.as_deref(),
        ledger: account.ledger,
    };
    // Plain structs with text keys cannot fail to serialize.
    let mut bytes = serde_json::to_vec_pretty(&summary).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
