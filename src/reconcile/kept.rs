//! What the latest account found of transfers that nobody looked at since: a report of receipts alone shows it too.
//!
//! Only where the transfer still stands as it stood, and never of a person whose address has become protected.
//! Leaves out what persons must do (`actions`), which stays by rules of its own.

use std::collections::BTreeSet;

use super::{DocumentLine, Night, Reconciliation, ResultLine, TransferLine};
use crate::id::TransferId;

/// Fills in what tonight did not ask.
pub(super) fn keep(
    night: &Night,
    lines: &mut [TransferLine],
    results: &mut Vec<ResultLine>,
    documents: &mut Vec<DocumentLine>,
) {
    let Some(latest) = night.latest else { return };
    let kept: BTreeSet<TransferId> =
        lines.iter_mut().filter_map(|line| keep_line(night, latest, line)).collect();
    let told: BTreeSet<TransferId> = results.iter().map(|line| line.transfer_id.clone()).collect();
    let is_missing = |id: &TransferId, told: &BTreeSet<TransferId>| kept.contains(id) && !told.contains(id);
    results.extend(latest.results.iter().filter(|line| is_missing(&line.transfer_id, &told)).cloned());
    let told: BTreeSet<TransferId> = documents.iter().map(|line| line.transfer_id.clone()).collect();
    documents.extend(latest.documents.iter().filter(|line| is_missing(&line.transfer_id, &told)).cloned());
}

/// The transfer, where its line could be filled in.
fn keep_line(night: &Night, latest: &Reconciliation, line: &mut TransferLine) -> Option<TransferId> {
    let looked = night.views.get(&line.transfer_id).is_some_and(|view| view.inventory.is_some());
    let before = latest.lines.binary_search_by(|before| before.order().cmp(&line.order())).ok()?;
    let before = latest.lines.get(before)?;
    let stands = (&before.state, before.since, before.revision) == (&line.state, line.since, line.revision);
    // Whoever was protected then already shows no place there.
    if looked || !stands || line.protected && !before.protected {
        return None;
    }
    if line.capability.is_none() {
        line.receiver_her_id = before.receiver_her_id;
        line.receiver_name.clone_from(&before.receiver_name);
        line.channel = before.channel;
        line.capability = before.capability;
        line.evidence.clone_from(&before.evidence);
        line.agreed = before.agreed;
    }
    if line.basis.is_empty() {
        line.basis.clone_from(&before.basis);
    }
    line.tb_status = line.tb_status.or(before.tb_status);
    line.tb_results = line.tb_results.or(before.tb_results);
    line.documents = line.documents.or(before.documents);
    Some(line.transfer_id.clone())
}
