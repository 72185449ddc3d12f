//! What is printed: lists, summaries, errors with their hints. Standard output is for what was asked for, standard
//! error for everything else.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::job::JobError;
use crate::lang::Lang;
use crate::ledger::LedgerError;
use crate::moves::Now;
use crate::person::mask_numbers;
use crate::reconcile::{Action, Reconciliation, TransferLine};
use crate::report::{Style, csv, json as report_json, text};
use crate::run::{Checked, Finished, RunError};

/// Prints what was asked for. A reader that went away is no trouble of ours.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
}

/// Prints bytes as they are: a file's content.
pub(super) fn bytes(content: &[u8]) {
    let _ = std::io::stdout().write_all(content);
}

/// Prints what went wrong. It may repeat what was typed, and that may be an identity number in the wrong place.
pub(super) fn warn(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", mask_numbers(text.trim_end()));
}

/// A job that cannot be used: every complaint with its place and its hint.
pub(super) fn job_error(error: &JobError) {
    warn(&format!("error: {error}"));
    if let JobError::Refused { file, complaints } = error {
        for complaint in complaints {
            warn(&format!("{}:{complaint}", file.display()));
            if let Some(hint) = &complaint.hint {
                warn(&format!("  hint: {hint}"));
            }
        }
    }
}

/// A run that stopped, with everything behind it and what to do.
pub(super) fn run_error(error: &RunError) {
    warn(&format!("error: {}", error.told()));
    if let RunError::Ledger(LedgerError::Locked { .. }) = error {
        warn("  hint: one program at a time works on a ledger; wait for it to end");
    }
}

/// Any list as JSON.
pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// What a program reads of one transfer: absent values are null.
#[derive(Serialize)]
struct LineJson<'a> {
    transfer_id: &'a str,
    patient_ref: &'a str,
    person: &'a str,
    content: &'static str,
    kind: &'static str,
    to_municipality: Option<&'a str>,
    move_date: chrono::NaiveDate,
    state: &'a str,
    channel: Option<&'static str>,
    receiver_name: Option<&'a str>,
    reason: Option<&'static str>,
    reason_text: Option<&'static str>,
    advice: Option<&'static str>,
    needs_action: bool,
}

/// Transfers as JSON.
pub(super) fn lines_json(lines: &[TransferLine], lang: Lang) -> String {
    let shown: Vec<LineJson> = lines
        .iter()
        .map(|line| LineJson {
            transfer_id: line.transfer_id.as_str(),
            patient_ref: &line.patient_ref,
            person: &line.person,
            content: line.content.code(),
            kind: line.kind.code(),
            to_municipality: line.to.as_deref(),
            move_date: line.move_date,
            state: &line.state,
            channel: line.channel.map(crate::verdict::Channel::code),
            receiver_name: line.receiver_name.as_deref(),
            reason: line.reason.map(crate::reason::Reason::code),
            reason_text: line.reason.map(|reason| reason.sentence(lang)),
            advice: line.reason.map(|reason| reason.advice(lang)).filter(|advice| !advice.is_empty()),
            needs_action: line.needs_action,
        })
        .collect();
    json(&shown)
}

#[derive(Serialize)]
struct ActionJson<'a> {
    action_id: &'a str,
    urgent: bool,
    due: chrono::NaiveDate,
    transfer_id: Option<&'a str>,
    patient_ref: Option<&'a str>,
    code: &'static str,
    what_to_do: String,
    since: Now,
}

/// Actions as JSON.
pub(super) fn actions_json(actions: &[Action], style: &Style) -> String {
    let shown: Vec<ActionJson> = actions
        .iter()
        .map(|action| ActionJson {
            action_id: action.action_id.as_str(),
            urgent: action.urgent,
            due: action.due,
            transfer_id: action.transfer_id.as_ref().map(crate::id::TransferId::as_str),
            patient_ref: action.patient_ref.as_deref(),
            code: action.code.code(),
            what_to_do: csv::what_to_do(action, style.lang),
            since: action.since.with_timezone(&style.offset),
        })
        .collect();
    json(&shown)
}

/// The sums as JSON.
pub(super) fn summary_json(account: &Reconciliation) -> String {
    String::from_utf8(report_json::summary(account)).unwrap_or_default()
}

/// The plan: one line a transfer, then the sums.
pub(super) fn plan(account: &Reconciliation, lang: Lang) -> String {
    let lines: Vec<String> = account.lines.iter().map(|line| text::transfer(line, lang)).collect();
    let words = lang.pick(
        "Dette er en plan: ingenting er sendt eller skrevet.",
        "This is a plan: nothing was sent or written.",
    );
    format!("{}\n{words}\n", lines.join("\n"))
}

/// How things stand: counts and list.
pub(super) fn status(account: &Reconciliation, lang: Lang) -> String {
    let lines: Vec<String> = account.lines.iter().map(|line| text::transfer(line, lang)).collect();
    let counts: Vec<String> = account
        .groups
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(group, count)| format!("  {count:>5}  {}", text::group_words(*group, lang)))
        .collect();
    let all: u64 = account.groups.values().sum();
    let head = match lang {
        Lang::En => format!("{all} transfers:"),
        Lang::Nb | Lang::Nn => format!("{all} overføringer:"),
    };
    let actions = account.actions.len();
    let tail = match lang {
        Lang::En => format!("{actions} actions; status --needs-action lists them."),
        Lang::Nb | Lang::Nn => format!("{actions} ting å gjøre; status --needs-action viser dem."),
    };
    format!("{}\n{head}\n{}\n{tail}\n", lines.join("\n"), counts.join("\n"))
}

/// A path as short as it can be told: seen from here where it lies below, and without `..`.
pub(super) fn short(path: &Path) -> PathBuf {
    let Ok(whole) = path.canonicalize() else { return path.to_owned() };
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    here.ok().and_then(|here| whole.strip_prefix(here).ok().map(Path::to_owned)).unwrap_or(whole)
}

/// The summary after a run, and where the report is.
pub(super) fn finished(finished: &Finished, lang: Lang) -> String {
    let mut out = text::summary(&finished.account, lang);
    if let Some(report) = &finished.report {
        out.push_str(&report_at(report, lang));
    }
    out
}

/// Where a report is.
pub(super) fn report_at(report: &Path, lang: Lang) -> String {
    match lang {
        Lang::En => format!("The report is in {}.\n", short(report).display()),
        Lang::Nb | Lang::Nn => format!("Rapporten ligger i {}.\n", short(report).display()),
    }
}

/// The state of the job and of every input.
pub(super) fn checked(checked: &Checked, lang: Lang) -> String {
    let mut out: Vec<String> =
        checked.inputs.iter().map(|input| format!("{}: {}", input.file, input.found)).collect();
    out.extend(checked.held.iter().map(|held| match held.line {
        0 => format!("{}: {}", held.file, held.why),
        line => format!("{}:{line}:{}: {}", held.file, held.column, held.why),
    }));
    out.extend(checked.rejected.iter().map(|row| {
        let column = if row.column.is_empty() { String::new() } else { format!(" {}:", row.column) };
        format!("{}:{}:{column} {} ({})", row.file, row.line, row.reason, row.code)
    }));
    out.extend(checked.refused.iter().cloned());
    out.extend(checked.remarks.iter().cloned());
    out.push(match (checked.is_usable(), lang) {
        (true, Lang::En) => "The job can run.".to_owned(),
        (true, Lang::Nb | Lang::Nn) => "Jobben kan kjøres.".to_owned(),
        (false, Lang::En) => "The job cannot run as it should; mend what is listed above.".to_owned(),
        (false, Lang::Nb | Lang::Nn) => {
            "Jobben kan ikke kjøres som den skal; rett det som står over.".to_owned()
        }
    });
    out.join("\n")
}
