//! What persons must do, most urgent first: the list staff work from in the morning.
//!
//! An action comes from the ledger (where a transfer stands, receipts, contradictions), from what was read tonight
//! (files), or from what tonight's look found (findings, late results). The last kind is taken over from the latest
//! account where nobody looked tonight, so that it stays until somebody settles it. A transfer at its end is in no
//! later report, but what it asks of a person is.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{FileHeld, Night, lines, protected, results};
use crate::id::{ActionId, TransferId};
use crate::inventory::{Standing, TbItem};
use crate::ledger::Matter;
use crate::moves::Moment;
use crate::person::mask_numbers;
use crate::reason::{Reason, Severity};
use crate::tabular::RejectedRow;
use crate::transfer::{Kind, State, Transfer};

/// The commands that write a report.
const WITH_REPORT: [&str; 3] = ["run", "receipts", "rerun"];

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

impl Action {
    /// What the ledger keeps of it when it is settled.
    pub fn matter(&self) -> Matter {
        let Action { code, transfer_id: transfer, detail, since, .. } = self.clone();
        Matter { code, transfer, detail, since }
    }
}

/// Every action that nobody has settled.
pub(super) fn actions(night: &Night, files_held: &[FileHeld]) -> Vec<Action> {
    let before: BTreeMap<&ActionId, &Action> =
        night.latest.iter().flat_map(|latest| &latest.actions).map(|one| (&one.action_id, one)).collect();
    let fresh = night
        .book
        .transfers
        .values()
        .flat_map(|transfer| of_transfer(night, &before, transfer))
        .chain(contradictions(night))
        .chain(unmatched(night))
        .chain(files_held.iter().map(|held| of_file(night, held)))
        .chain(rejected_rows(night, &before));
    let mut seen = BTreeSet::new();
    let mut out: Vec<Action> = fresh
        .chain(before.values().filter(|action| stays(night, action)).map(|action| kept(night, action)))
        .filter(|action| !night.book.settled.contains_key(&action.action_id))
        .filter(|action| seen.insert(action.action_id.clone()))
        .collect();
    out.sort_by(|a, b| order(a).cmp(&order(b)));
    out
}

/// Whether a result came after the transfer had left, and nobody has settled it.
pub(super) fn has_late_result(night: &Night, transfer: &Transfer) -> bool {
    let maker = Maker { night, before: &BTreeMap::new(), transfer };
    let open = |action: &Action| !night.book.settled.contains_key(&action.action_id);
    late_results(&maker).any(|action| open(&action))
}

/// Results that came after the transfer had left.
fn late_results<'a>(maker: &'a Maker<'a>) -> impl Iterator<Item = Action> + 'a {
    let protected = lines::is_protected(maker.night, maker.transfer);
    // What is in doubt goes once more first. What may be no TB result is asked about as such, and what the patient objects
    // to is for nobody.
    let waits = matches!(maker.transfer.state, State::InDoubt { .. });
    let items = results::late_items(maker.night, maker.transfer).into_iter();
    let asks = |item: &TbItem| !matches!(item.standing, Standing::ToJudge | Standing::Objected);
    items.filter(move |item| !waits && asks(item)).map(move |item| {
        let cause = format!("{} {:?} {}", item.source_key, item.status, item.result);
        // A detail may name a place.
        let detail = if protected { String::new() } else { late(item) };
        maker.found(Reason::LateResult, &detail, &cause)
    })
}

fn order(action: &Action) -> (bool, NaiveDate, Reason, Option<&str>, &ActionId) {
    (!action.urgent, action.due, action.code, action.patient_ref.as_deref(), &action.action_id)
}

/// Whether an action of the latest account stays although nothing of tonight says so: what only a look can find,
/// of a transfer that nobody looked at, and rows of inputs that nobody read.
fn stays(night: &Night, action: &Action) -> bool {
    if action.code == Reason::RejectedRows {
        return !night.read_inputs;
    }
    let found_by_looking = [Reason::PossibleActiveTb, Reason::AskLaboratory, Reason::LateResult];
    let transfer = action.transfer_id.as_ref().and_then(|id| night.book.transfers.get(id));
    transfer.is_some_and(|transfer| {
        let looked = night.views.get(&transfer.id).is_some_and(|view| view.inventory.is_some());
        let stopped = matches!(transfer.state, State::Withdrawn { .. });
        found_by_looking.contains(&action.code) && !looked && !stopped
    })
}

/// An action of the latest account as it may be shown now: its detail may name a place.
fn kept(night: &Night, action: &Action) -> Action {
    let transfer = action.transfer_id.as_ref().and_then(|id| night.book.transfers.get(id));
    let protected = transfer.is_some_and(|transfer| lines::is_protected(night, transfer));
    let detail = if protected { String::new() } else { action.detail.clone() };
    Action { detail, ..action.clone() }
}

/// What one transfer asks of a person.
fn of_transfer(night: &Night, before: &BTreeMap<&ActionId, &Action>, transfer: &Transfer) -> Vec<Action> {
    let protected = lines::is_protected(night, transfer);
    let maker = Maker { night, before, transfer };
    // A detail may name a place.
    let shown = |detail: &str| if protected { String::new() } else { detail.to_owned() };
    let mut out: Vec<Action> = lines::shown_reasons(night, transfer)
        .into_iter()
        .filter(|(reason, _)| reason.severity() >= Severity::Act)
        // Given up because it should not have gone there: what is to be done is the recall.
        .filter(|(reason, _)| *reason != Reason::Abandoned || transfer.recalled.is_none())
        .map(|(reason, detail)| maker.standing(reason, &detail))
        .collect();
    if let Some(why) = transfer.recalled.filter(|_| transfer.is_taken_back()) {
        out.push(maker.found(Reason::Recall, "", why.code()));
    }
    if transfer.protected_late {
        let why = Reason::ProtectedAfterSending;
        out.push(maker.found(why, "", why.code()));
    }
    if transfer.may_have_been_posted {
        out.push(maker.found(Reason::MayHaveBeenPosted, "", &transfer.revision.to_string()));
    }
    if transfer.accepted_earlier && is_under_way(transfer) && !transfer.waives(Reason::AcceptedEarlier) {
        out.push(maker.found(Reason::AcceptedEarlier, "", &accepted_earlier(transfer)));
    }
    // What was found is told once, of the letter and not of what goes beside or after it.
    let passed_on = matches!(transfer.state, State::NothingToSend { why: Reason::MovedOn, .. });
    let is_first = transfer.birth.kind == Kind::First && !passed_on;
    let view = night.views.get(&transfer.id).filter(|_| is_first);
    for note in view.into_iter().flat_map(|view| &view.notes) {
        // The cause is what was found, not only that something was: a new finding is a new action.
        out.push(maker.found(note.reason, &shown(&note.detail), &note.detail));
    }
    out.extend(late_results(&maker));
    if protected {
        out.extend(earlier_reports(night, &maker));
    }
    out
}

/// Which result it is about, and whether it has been taken back.
fn late(item: &TbItem) -> String {
    let test = if item.test.is_empty() { &item.code } else { &item.test };
    let day = item.taken_on.map(|day| format!(", prøve tatt {day}")).unwrap_or_default();
    let what = match item.standing {
        Standing::Cancelled => "trukket tilbake",
        Standing::Current
        | Standing::ToJudge
        | Standing::Objected
        | Standing::Superseded(_)
        | Standing::Duplicate
        | Standing::NotTb => item.result.as_str(),
    };
    let what = if what.is_empty() { "svar ikke mottatt" } else { what };
    mask_numbers(&format!("{test}{day}: {what}")).into_owned()
}

/// Sent again, and not answered: the receiver may come to have it twice.
fn is_under_way(transfer: &Transfer) -> bool {
    matches!(
        transfer.state,
        State::InDoubt { .. } | State::Sent { .. } | State::Delivered { .. } | State::Rejected { .. }
    )
}

/// The revision, and how many of its earlier messages were accepted where there are several: one more is news.
fn accepted_earlier(transfer: &Transfer) -> String {
    let accepted = transfer.earlier.iter().filter(|message| message.is_accepted()).count();
    match accepted {
        0 | 1 => transfer.revision.to_string(),
        _ => format!("{} {accepted}", transfer.revision),
    }
}

/// Reports already written that may name a protected person's municipality: those of the runs from the planning
/// of the transfer until the protection became known.
fn earlier_reports(night: &Night, maker: &Maker) -> Option<Action> {
    let transfer = maker.transfer;
    let since = protected::memories(night.book, transfer).filter_map(|memory| memory.strict_since).min();
    let since = since.unwrap_or_else(|| night.now.to_utc());
    // A run of the same second, which a test job's clock can give, came before only if it is tonight that the
    // protection became known; what was protected when it was planned was never named.
    let same_second = since == night.now.to_utc() && night.read_inputs && !transfer.birth.protected;
    let before = |at: Moment| at >= transfer.born_at && (at < since || at == since && same_second);
    let mut runs: Vec<String> = night
        .earlier_runs
        .iter()
        .filter(|run| run.id != *night.run && WITH_REPORT.contains(&run.command.as_str()))
        .filter(|run| before(run.started_at))
        .map(|run| run.id.to_string())
        .collect();
    // And those of runs that the ledger has lost: what was known only after it was put back they may name.
    let unaware = night.book.restores.iter().filter(|restore| restore.at <= since);
    let lost = unaware.flat_map(|restore| &restore.reports).map(|(run, _)| run.to_string());
    for run in lost {
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    let action = maker.found(Reason::EarlierReports, &runs.join(", "), "");
    // Only the night in which it became known can tell the runs of its own second apart.
    if let Some(before) = maker.before.get(&action.action_id).filter(|_| !night.read_inputs) {
        return Some((*before).clone());
    }
    let settled = night.book.settled.get(&action.action_id);
    let again = settled.is_some_and(|settled| settled.at < since);
    let cause = if again { since.to_rfc3339() } else { String::new() };
    (!runs.is_empty()).then(|| maker.found(Reason::EarlierReports, &runs.join(", "), &cause))
}

struct Maker<'a> {
    night: &'a Night<'a>,
    before: &'a BTreeMap<&'a ActionId, &'a Action>,
    transfer: &'a Transfer,
}

impl Maker<'_> {
    /// What follows from where the transfer stands: it is a new matter in a new revision, and when it was gone and
    /// has arisen again.
    fn standing(&self, code: Reason, detail: &str) -> Action {
        let revision = self.transfer.revision.to_string();
        let since = lines::since_when(self.night, self.transfer, code);
        self.make(code, detail, &[&revision, &self.again(code)], since)
    }

    /// Which time it is: empty for the first. Another message refused is another matter too.
    fn again(&self, code: Reason) -> String {
        let times = match &self.transfer.state {
            State::Held { .. } => self.transfer.times_held_for(code) as usize,
            State::Rejected { parts, .. } => lines::refused_parts(parts).len(),
            State::Planned
            | State::NothingToSend { .. }
            | State::Collected { .. }
            | State::Cleared { .. }
            | State::Sealed { .. }
            | State::InFlight { .. }
            | State::Deferred { .. }
            | State::InDoubt { .. }
            | State::Placed { .. }
            | State::Sent { .. }
            | State::Delivered { .. }
            | State::Accepted { .. }
            | State::Abandoned { .. }
            | State::Withdrawn { .. } => 1,
        };
        if times > 1 { times.to_string() } else { String::new() }
    }

    /// What was found out once: it stays the same matter whatever becomes of the transfer, and arose when it was
    /// first told.
    fn found(&self, code: Reason, detail: &str, cause: &str) -> Action {
        let mut action = self.make(code, detail, &["found", cause], self.night.now.to_utc());
        if let Some(before) = self.before.get(&action.action_id) {
            (action.since, action.due) = (before.since, before.due);
        }
        action
    }

    fn make(&self, code: Reason, detail: &str, cause: &[&str], since: Moment) -> Action {
        let transfer = self.transfer;
        let parts: Vec<&str> =
            [code.code(), transfer.id.as_str()].into_iter().chain(cause.iter().copied()).collect();
        Action {
            action_id: self.night.key.action(&parts),
            urgent: code.severity() == Severity::Urgent,
            due: due(self.night, code, since),
            transfer_id: Some(transfer.id.clone()),
            patient_ref: Some(transfer.birth.patient.to_string()),
            code,
            detail: detail.to_owned(),
            since,
        }
    }
}

/// Urgent things the day they arise, the others within a week of it: a working limit of this program, not of any
/// law. It is counted from when the matter arose, so that it comes nearer.
fn due(night: &Night, code: Reason, since: Moment) -> NaiveDate {
    let arose = since.with_timezone(night.now.offset()).date_naive();
    match code.severity() {
        Severity::Urgent => arose,
        Severity::Act | Severity::Wait | Severity::Note => arose + Duration::days(7),
    }
}

/// The patient of a transfer as lists show it.
fn patient(night: &Night, transfer: Option<&TransferId>) -> Option<String> {
    let transfer = transfer.and_then(|id| night.book.transfers.get(id));
    transfer.map(|transfer| transfer.birth.patient.to_string())
}

fn contradictions<'a>(night: &'a Night<'a>) -> impl Iterator<Item = Action> + 'a {
    night.book.contradictions.iter().map(|(transfer, state, event, detail, at)| Action {
        action_id: night.key.action(&["contradiction", transfer.as_str(), state, event, detail]),
        urgent: false,
        due: due(night, Reason::Contradiction, *at),
        transfer_id: Some(transfer.clone()),
        patient_ref: patient(night, Some(transfer)),
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
            due: due(night, Reason::UnmatchedReceipt, row.read_at),
            transfer_id: row.transfer.clone(),
            patient_ref: patient(night, row.transfer.as_ref()),
            code: Reason::UnmatchedReceipt,
            detail: format!("{}: {}", row.file, row.effect),
            since: row.read_at,
        })
    })
}

fn asks(effect: &str) -> bool {
    matches!(effect, "unmatched" | "wrong-sender" | "unreadable" | "incomplete")
}

/// Rows that could not be used: each may be a whole migrant. One matter a file, and a new one when other rows are
/// wrong.
fn rejected_rows<'a>(
    night: &'a Night<'a>,
    before: &'a BTreeMap<&'a ActionId, &'a Action>,
) -> impl Iterator<Item = Action> + 'a {
    let mut files: BTreeMap<&str, Vec<&RejectedRow>> = BTreeMap::new();
    for row in night.rejected {
        files.entry(&row.file).or_default().push(row);
    }
    files.into_iter().map(move |(file, rows)| {
        // Where a row stands says nothing: the same file in another order is the same matter.
        let mut which: Vec<String> = rows.iter().map(|row| what_is_wrong(row)).collect();
        which.sort();
        let action_id = night.key.action(&["rejected-rows", file, &which.join(" ")]);
        let since = before.get(&action_id).map_or(night.now.to_utc(), |before| before.since);
        Action {
            action_id,
            urgent: false,
            due: due(night, Reason::RejectedRows, since),
            transfer_id: None,
            patient_ref: None,
            code: Reason::RejectedRows,
            detail: format!("{file}: {}", rows.len()),
            since,
        }
    })
}

/// What is wrong, and in which record where that is known: another record with the same fault is another migrant.
fn what_is_wrong(row: &RejectedRow) -> String {
    let record = row.record.map(|record| format!(":{record}")).unwrap_or_default();
    format!("{}:{}{record}", row.column, row.code)
}

/// A file held: one matter from the first night it is held to the night it is whole again. Settled, it comes back
/// when the file is held another time.
fn of_file(night: &Night, file: &FileHeld) -> Action {
    let FileHeld { held, since } = file;
    Action {
        action_id: night.key.action(&["file-held", &held.file, &held.why, &since.to_rfc3339()]),
        urgent: false,
        due: due(night, Reason::FileHeld, *since),
        transfer_id: None,
        patient_ref: None,
        code: Reason::FileHeld,
        detail: match held.line {
            0 => format!("{}: {}", held.file, held.why),
            line => format!("{}:{line}:{}: {}", held.file, held.column, held.why),
        },
        since: *since,
    }
}
