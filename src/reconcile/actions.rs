//! What persons must do, most urgent first: the list staff work from in the morning.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{Night, results};
use crate::id::{ActionId, TransferId};
use crate::moves::Moment;
use crate::reason::{Reason, Severity};
use crate::reconcile::lines::TransferLine;
use crate::transfer::Transfer;

/// A row of `actions.csv`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Its id: the same every night as long as its cause is.
    pub action_id: ActionId,
    /// Whether it must be done today.
    pub urgent: bool,
    /// By when.
    pub due: NaiveDate,
    /// The transfer it is about.
    pub transfer_id: Option<TransferId>,
    /// The patient it is about, identity numbers masked.
    pub patient_ref: Option<String>,
    /// What it is.
    pub code: Reason,
    /// What a person should see beside the reason; may be empty.
    pub detail: String,
    /// Since when.
    pub since: Moment,
}

/// Every action that nobody has settled.
pub(super) fn actions(night: &Night, in_report: &[&Transfer], lines: &[TransferLine]) -> Vec<Action> {
    let by_transfer: BTreeMap<&TransferId, &TransferLine> =
        lines.iter().map(|line| (&line.transfer_id, line)).collect();
    let of_lines = in_report
        .iter()
        .flat_map(|transfer| of_transfer(night, transfer, by_transfer.get(&transfer.id).copied()));
    let mut out: Vec<Action> = of_lines
        .chain(contradictions(night))
        .chain(unmatched(night))
        .chain(held_files(night))
        .filter(|action| !night.book.settled.contains_key(&action.action_id))
        .collect();
    out.sort_by(|a, b| order(a).cmp(&order(b)));
    out.dedup_by(|a, b| a.action_id == b.action_id);
    out
}

fn order(action: &Action) -> (bool, NaiveDate, Reason, Option<&str>, &ActionId) {
    (!action.urgent, action.due, action.code, action.patient_ref.as_deref(), &action.action_id)
}

/// What one transfer asks of a person.
fn of_transfer(night: &Night, transfer: &Transfer, line: Option<&TransferLine>) -> Vec<Action> {
    let maker = Maker { night, transfer };
    let mut out: Vec<Action> = line
        .into_iter()
        .flat_map(|line| &line.reasons)
        .filter(|(reason, _)| reason.severity() >= Severity::Act)
        .map(|(reason, detail)| maker.make(*reason, detail, ""))
        .collect();
    if let Some(why) = transfer.recalled {
        out.push(maker.make(recall_code(why), "", why.code()));
    }
    if transfer.may_have_been_posted {
        out.push(maker.make(Reason::MayHaveBeenPosted, "", ""));
    }
    let view = night.views.get(&transfer.id);
    for note in view.into_iter().flat_map(|view| &view.notes) {
        let detail = if line.is_some_and(|line| line.protected) { "" } else { &note.detail };
        // The cause is what was found, not only that something was: a new finding is a new action.
        out.push(maker.make(note.reason, detail, &note.detail));
    }
    let tonight = view.and_then(|view| view.inventory.as_ref()).and_then(|inventory| inventory.tb.as_ref());
    for item in results::late_items(transfer, tonight.map(|tb| tb.items.as_slice()).unwrap_or_default()) {
        let cause = format!("{} {:?} {}", item.source_key, item.status, item.result);
        out.push(maker.make(Reason::LateResult, &item.test, &cause));
    }
    if line.is_some_and(|line| line.protected) {
        out.extend(earlier_reports(night, &maker));
    }
    out
}

/// A late grading is its own action; everything else is a recall.
fn recall_code(why: Reason) -> Reason {
    if why == Reason::ProtectedAfterSending { why } else { Reason::Recall }
}

/// Reports already written that may name a protected person's municipality.
fn earlier_reports(night: &Night, maker: &Maker) -> Option<Action> {
    let planned = maker.transfer.born_at;
    let runs: Vec<String> = night
        .earlier_runs
        .iter()
        .filter(|run| run.started_at >= planned && run.id != *night.run)
        .map(|run| run.id.to_string())
        .collect();
    // Protected from the first night on: no report ever named a place.
    (!maker.transfer.birth.protected && !runs.is_empty())
        .then(|| maker.make(Reason::EarlierReports, &runs.join(", "), ""))
}

struct Maker<'a> {
    night: &'a Night<'a>,
    transfer: &'a Transfer,
}

impl Maker<'_> {
    fn make(&self, code: Reason, detail: &str, cause: &str) -> Action {
        let transfer = self.transfer;
        let revision = transfer.revision.to_string();
        Action {
            action_id: self.night.key.action(&[code.code(), transfer.id.as_str(), &revision, cause]),
            urgent: code.severity() == Severity::Urgent,
            due: due(self.night, code),
            transfer_id: Some(transfer.id.clone()),
            patient_ref: Some(transfer.birth.patient.to_string()),
            code,
            detail: detail.to_owned(),
            since: transfer.since,
        }
    }
}

/// Urgent things today, the others within a week: a working limit of this program, not of any law.
fn due(night: &Night, code: Reason) -> NaiveDate {
    let today = night.now.date_naive();
    match code.severity() {
        Severity::Urgent => today,
        Severity::Act | Severity::Wait | Severity::Note => today + Duration::days(7),
    }
}

fn contradictions<'a>(night: &'a Night<'a>) -> impl Iterator<Item = Action> + 'a {
    night.book.contradictions.iter().map(|(transfer, state, event, detail, at)| Action {
        action_id: night.key.action(&["contradiction", transfer.as_str(), state, event, detail]),
        urgent: false,
        due: due(night, Reason::Contradiction),
        transfer_id: Some(transfer.clone()),
        patient_ref: night.book.transfers.get(transfer).map(|transfer| transfer.birth.patient.to_string()),
        code: Reason::Contradiction,
        detail: format!("{state}: {event} ({detail})"),
        since: *at,
    })
}

/// Receipts nobody could place, from any night, until a person settles them.
fn unmatched<'a>(night: &'a Night<'a>) -> impl Iterator<Item = Action> + 'a {
    night.book.receipts_read.iter().flat_map(move |(digest, rows)| {
        let digest = digest.to_string();
        rows.iter().enumerate().filter(|(_, row)| asks(&row.effect)).map(move |(at, row)| Action {
            action_id: night.key.action(&["unmatched-receipt", &digest, &at.to_string()]),
            urgent: false,
            due: due(night, Reason::UnmatchedReceipt),
            transfer_id: row.transfer.clone(),
            patient_ref: None,
            code: Reason::UnmatchedReceipt,
            detail: format!("{}: {}", row.file, row.effect),
            since: row.read_at,
        })
    })
}

fn asks(effect: &str) -> bool {
    matches!(effect, "unmatched" | "wrong-sender" | "unreadable" | "incomplete")
}

fn held_files<'a>(night: &'a Night<'a>) -> impl Iterator<Item = Action> + 'a {
    night.held.iter().map(|held| Action {
        action_id: night.key.action(&["file-held", &held.file, &held.why]),
        urgent: false,
        due: due(night, Reason::FileHeld),
        transfer_id: None,
        patient_ref: None,
        code: Reason::FileHeld,
        detail: match held.line {
            0 => format!("{}: {}", held.file, held.why),
            line => format!("{}:{line}:{}: {}", held.file, held.column, held.why),
        },
        since: night.now.to_utc(),
    })
}
