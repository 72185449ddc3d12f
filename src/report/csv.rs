//! The CSV files of a report, for Norwegian Excel (rules § 10). Column names are a contract; see the README. Leaves
//! out the form of CSV itself (`tabular`) and every computation.

use std::borrow::Cow;
use std::fmt::Display;

use super::Style;
use crate::inventory::{Reading, ResultStatus};
use crate::job::PersonShown;
use crate::lang::Lang;
use crate::moves::Moment;
use crate::reason::Reason;
use crate::reconcile::{Action, DocumentLine, Reconciliation, ResultLine, TransferLine};
use crate::tabular::write_excel;

type Cells<'a> = Vec<Cow<'a, str>>;

fn shown<'a>(value: Option<impl Display>) -> Cow<'a, str> {
    value.map(|value| value.to_string()).unwrap_or_default().into()
}

fn yes_no<'a>(value: bool) -> Cow<'a, str> {
    if value { "yes".into() } else { "no".into() }
}

/// `reconciliation.csv`: one row a transfer.
pub fn reconciliation(account: &Reconciliation, style: &Style) -> Vec<u8> {
    const HEADER: [&str; 36] = [
        "run_id",
        "transfer_id",
        "supplement_to",
        "kind",
        "revision",
        "patient_ref",
        "person",
        "content",
        "from_municipality",
        "to_municipality",
        "to_district",
        "move_date",
        "state",
        "since",
        "reason_code",
        "reason",
        "receiver_her_id",
        "receiver_name",
        "channel",
        "capability",
        "evidence",
        "agreed",
        "tb_status",
        "basis",
        "tb_results",
        "documents",
        "bytes",
        "message_ids",
        "attempts",
        "sent_at",
        "receipt",
        "receipt_at",
        "overdue",
        "needs_action",
        "advice",
        "details",
    ];
    write_excel(&HEADER, account.lines.iter().map(|line| transfer_cells(account, line, style)))
}

fn transfer_cells<'a>(account: &'a Reconciliation, line: &'a TransferLine, style: &Style) -> Cells<'a> {
    let mut cells = identity_cells(account, line, style);
    cells.extend(state_cells(line, style));
    cells.extend(receiver_cells(line));
    cells.extend(content_cells(line));
    cells.extend(journey_cells(line, style));
    cells
}

fn identity_cells<'a>(account: &'a Reconciliation, line: &'a TransferLine, style: &Style) -> Cells<'a> {
    let person = match style.person {
        PersonShown::Masked => line.person.as_str(),
        PersonShown::Reference => "",
    };
    vec![
        account.run_id.as_str().into(),
        line.transfer_id.as_str().into(),
        shown(line.supplement_to.as_ref()),
        line.kind.code().into(),
        line.revision.to_string().into(),
        line.patient_ref.as_str().into(),
        person.into(),
        line.content.code().into(),
        shown(line.from.as_ref()),
        shown(line.to.as_ref()),
        shown(line.district.as_ref()),
        line.move_date.to_string().into(),
    ]
}

fn state_cells<'a>(line: &'a TransferLine, style: &Style) -> Cells<'a> {
    vec![
        line.state.as_str().into(),
        style.time(line.since).into(),
        shown(line.reason),
        line.reason.map_or("", |reason| reason.sentence(style.lang)).into(),
    ]
}

fn receiver_cells(line: &TransferLine) -> Cells<'_> {
    vec![
        shown(line.receiver_her_id),
        line.receiver_name.as_deref().unwrap_or_default().into(),
        shown(line.channel),
        line.capability.map_or("", crate::verdict::Answer::code).into(),
        line.evidence.join(" | ").into(),
        line.agreed.map_or("".into(), yes_no),
    ]
}

fn content_cells(line: &TransferLine) -> Cells<'_> {
    vec![
        line.tb_status.map_or("", crate::inventory::TbStatus::code).into(),
        line.basis.as_str().into(),
        shown(line.tb_results),
        shown(line.documents),
        shown(line.bytes),
        line.message_ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ").into(),
    ]
}

fn journey_cells<'a>(line: &'a TransferLine, style: &Style) -> Cells<'a> {
    let time = |at: Option<Moment>| Cow::from(at.map(|at| style.time(at)).unwrap_or_default());
    vec![
        line.attempts.to_string().into(),
        time(line.sent_at),
        line.receipt.map_or("", crate::reconcile::lines::ReceiptSeen::code).into(),
        time(line.receipt_at),
        yes_no(line.overdue),
        yes_no(line.needs_action),
        line.reason.map_or("", |reason| reason.advice(style.lang)).into(),
        details(&line.reasons).into(),
    ]
}

/// Every reason with its detail, `code (detail)`, so that none is hidden behind the first.
fn details(reasons: &[(Reason, String)]) -> String {
    let each = reasons.iter().map(|(reason, detail)| match detail.as_str() {
        "" => reason.code().to_owned(),
        detail => format!("{} ({detail})", reason.code()),
    });
    each.collect::<Vec<_>>().join("; ")
}

/// `tb-results.csv`: one row a version of a result.
pub fn tb_results(account: &Reconciliation) -> Vec<u8> {
    const HEADER: [&str; 15] = [
        "transfer_id",
        "patient_ref",
        "source_file",
        "source_key",
        "code",
        "test",
        "result",
        "result_status",
        "taken_on",
        "laboratory",
        "version",
        "superseded_by",
        "basis",
        "disposition",
        "note",
    ];
    write_excel(&HEADER, account.results.iter().map(result_cells))
}

fn result_cells(line: &ResultLine) -> Cells<'_> {
    vec![
        line.transfer_id.as_str().into(),
        line.patient_ref.as_str().into(),
        line.source_file.as_str().into(),
        line.source_key.as_str().into(),
        line.code.as_str().into(),
        line.test.as_str().into(),
        line.result.as_str().into(),
        status_code(line.status).into(),
        shown(line.taken_on),
        line.laboratory.as_str().into(),
        line.version.to_string().into(),
        shown(line.superseded_by.as_ref()),
        line.basis.map_or("", crate::inventory::Basis::text).into(),
        line.disposition.code().into(),
        note(line).into(),
    ]
}

fn status_code(status: ResultStatus) -> &'static str {
    match status {
        ResultStatus::Preliminary => "preliminary",
        ResultStatus::Final => "final",
        ResultStatus::Corrected => "corrected",
        ResultStatus::Cancelled => "cancelled",
    }
}

fn note(line: &ResultLine) -> String {
    let reading = match line.reading {
        Reading::Positive => "positive",
        Reading::Negative => "negative",
        Reading::Inconclusive => "inconclusive",
        Reading::Unread => "unread",
        Reading::Shown => "shown-not-interpreted",
        Reading::Unanswered => "unanswered",
    };
    if line.late { format!("{reading}; late-result") } else { reading.to_owned() }
}

/// `documents.csv`: one row a document.
pub fn documents(account: &Reconciliation) -> Vec<u8> {
    const HEADER: [&str; 10] = [
        "transfer_id",
        "patient_ref",
        "document_no",
        "title",
        "date",
        "type",
        "bytes",
        "sha256",
        "sent_as",
        "disposition",
    ];
    write_excel(&HEADER, account.documents.iter().map(document_cells))
}

fn document_cells(line: &DocumentLine) -> Cells<'_> {
    vec![
        line.transfer_id.as_str().into(),
        line.patient_ref.as_str().into(),
        shown(line.document_no),
        line.title.as_str().into(),
        shown(line.date),
        line.kind.as_str().into(),
        shown(line.bytes),
        shown(line.sha256),
        line.sent_as.as_str().into(),
        line.disposition.code().into(),
    ]
}

/// `actions.csv`: what persons must do, most urgent first.
pub fn actions(account: &Reconciliation, style: &Style) -> Vec<u8> {
    const HEADER: [&str; 8] =
        ["action_id", "urgency", "due", "transfer_id", "patient_ref", "code", "what_to_do", "since"];
    write_excel(&HEADER, account.actions.iter().map(|action| action_cells(action, style)))
}

fn action_cells<'a>(action: &'a Action, style: &Style) -> Cells<'a> {
    vec![
        action.action_id.as_str().into(),
        urgency(action, style.lang).into(),
        action.due.to_string().into(),
        shown(action.transfer_id.as_ref()),
        action.patient_ref.as_deref().unwrap_or_default().into(),
        action.code.code().into(),
        what_to_do(action, style.lang).into(),
        style.time(action.since).into(),
    ]
}

fn urgency(action: &Action, lang: Lang) -> &'static str {
    if action.urgent { lang.pick("haster", "urgent") } else { lang.pick("vanlig", "normal") }
}

/// What is the case, what to do, and what to look at.
pub fn what_to_do(action: &Action, lang: Lang) -> String {
    let words = [action.code.sentence(lang), action.code.advice(lang)];
    let mut out = words.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    if !action.detail.is_empty() {
        out = format!("{out} [{}]", action.detail);
    }
    out
}

/// `receipts.csv`: one row a receipt or filled-in line.
pub fn receipts(account: &Reconciliation, style: &Style) -> Vec<u8> {
    const HEADER: [&str; 11] = [
        "read_at",
        "file",
        "kind",
        "original_message_id",
        "transfer_id",
        "revision",
        "part",
        "status",
        "codes",
        "text",
        "effect",
    ];
    write_excel(
        &HEADER,
        account.receipts.iter().map(|row| {
            vec![
                style.time(row.read_at).into(),
                row.file.as_str().into(),
                row.kind.as_str().into(),
                shown(row.original_message_id),
                shown(row.transfer.as_ref()),
                shown(row.revision),
                shown(row.part),
                row.status.as_str().into(),
                row.codes.as_str().into(),
                row.text.as_str().into(),
                row.effect.as_str().into(),
            ]
        }),
    )
}

/// `rejected-rows.csv`: one row a record that could not be used.
pub fn rejected_rows(account: &Reconciliation) -> Vec<u8> {
    const HEADER: [&str; 5] = ["file", "line", "column", "reason_code", "reason"];
    write_excel(
        &HEADER,
        account.rejected.iter().map(|row| {
            vec![
                row.file.as_str().into(),
                row.line.to_string().into(),
                row.column.as_str().into(),
                row.code.as_str().into(),
                row.reason.as_str().into(),
            ]
        }),
    )
}
