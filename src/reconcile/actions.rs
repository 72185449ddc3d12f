//! What persons must do, most urgent first: the list staff work from in the morning.

use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{Night, lines, results};
use crate::id::{ActionId, TransferId};
use crate::moves::Moment;
use crate::reason::{Reason, Severity};
use crate::transfer::Transfer;

/// The commands that write a report.
const WITH_REPORT: [&str; 2] = ["run", "receipts"];

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
/// Every transfer is asked, those at their end too: a recall stands until somebody settles it, and not only in
/// the report of the night that raised it.
pub(super) fn actions(night: &Night) -> Vec<Action> {
    let mut out: Vec<Action> = night
        .book
        .transfers
        .values()
        .flat_map(|transfer| of_transfer(night, transfer))
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
fn of_transfer(night: &Night, transfer: &Transfer) -> Vec<Action> {
    let maker = Maker { night, transfer };
    let protected = lines::is_protected(night, transfer);
    let mut out: Vec<Action> = lines::shown_reasons(night, transfer)
        .into_iter()
        .filter(|(reason, _)| reason.severity() >= Severity::Act)
        .map(|(reason, detail)| maker.make(reason, &detail, ""))
        .collect();
    if let Some(why) = transfer.recalled {
        out.push(maker.make(recall_code(why), "", why.code()));
    }
    if transfer.may_have_been_posted {
        out.push(maker.make(Reason::MayHaveBeenPosted, "", ""));
    }
    let view = night.views.get(&transfer.id);
    for note in view.into_iter().flat_map(|view| &view.notes) {
        let detail = if protected { "" } else { &note.detail };
        // The cause is what was found, not only that something was: a new finding is a new action.
        out.push(maker.make(note.reason, detail, &note.detail));
    }
    let tonight = view.and_then(|view| view.inventory.as_ref()).and_then(|inventory| inventory.tb.as_ref());
    for item in results::late_items(transfer, tonight.map(|tb| tb.items.as_slice()).unwrap_or_default()) {
        let cause = format!("{} {:?} {}", item.source_key, item.status, item.result);
        out.push(maker.make(Reason::LateResult, &item.test, &cause));
    }
    if protected {
        out.extend(earlier_reports(night, &maker));
    }
    out
}

/// A late grading is its own action; everything else is a recall.
fn recall_code(why: Reason) -> Reason {
    if why == Reason::ProtectedAfterSending { why } else { Reason::Recall }
}

/// Reports already written that may name a protected person's municipality: those of the runs from the planning
/// of the transfer until the protection became known.
fn earlier_reports(night: &Night, maker: &Maker) -> Option<Action> {
    let transfer = maker.transfer;
    let since = lines::memories(night, transfer).filter_map(|memory| memory.strict_since).min();
    let since = since.unwrap_or_else(|| night.now.to_utc());
    // A run of the same second, which a test job's clock can give, came before only if it is tonight that the
    // protection became known; what was protected when it was planned was never named.
    let same_second = since == night.now.to_utc() && !transfer.birth.protected;
    let before = |at: Moment| at >= transfer.born_at && (at < since || at == since && same_second);
    let runs: Vec<String> = night
        .earlier_runs
        .iter()
        .filter(|run| run.id != *night.run && WITH_REPORT.contains(&run.command.as_str()))
        .filter(|run| before(run.started_at))
        .map(|run| run.id.to_string())
        .collect();
    (!runs.is_empty()).then(|| maker.make(Reason::EarlierReports, &runs.join(", "), ""))
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
