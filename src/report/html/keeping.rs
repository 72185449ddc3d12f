//! How the run itself went, for whoever keeps it going: sums, files and rows that were not used, receipts, remarks.

use maud::{Markup, html};

use super::ink::{Ink, Tone};
use super::table::{body, cell, folded, name, row, section, table};
use crate::ledger::ReceiptRow;

/// So many are shown at once; more are folded away.
const SHOWN: usize = 25;

/// The part.
pub(super) fn keeping(ink: &Ink) -> Markup {
    let inside = html! {
        (sums(ink))
        (files(ink))
        (rejected(ink))
        (receipts(ink))
        (remarks(ink))
    };
    section("run", ink.pick("Hvordan kjøringen gikk", "How the run went"), &inside)
}

fn sums(ink: &Ink) -> Markup {
    let account = ink.account;
    html! {
        h3 { (ink.pick("Summene", "The sums")) }
        @if account.imbalances.is_empty() {
            p {
                (ink.chip(Tone::Good, ink.pick("stemmer", "agree"))) " "
                (ink.pick(
                    "Hver rad, overføring og resultatversjon er telt nøyaktig én gang.",
                    "Every row, transfer and result version is counted exactly once.",
                ))
            }
        } @else {
            p {
                (ink.chip(Tone::Bad, ink.pick("stemmer ikke", "do not agree"))) " "
                (ink.pick(
                    "Stopp, ta vare på hovedboken og rapporten, og ring den som vedlikeholder programmet.",
                    "Stop, keep the ledger and the report, and call whoever maintains the program.",
                ))
            }
            ul { @for what in &account.imbalances { li { (ink.english(what)) } } }
        }
    }
}

fn files(ink: &Ink) -> Markup {
    let files = &ink.account.files_held;
    let columns = [ink.pick("Fil", "File"), ink.pick("Hvorfor", "Why"), ink.pick("Siden", "Since")];
    let rows = html! {
        @for file in files {
            (row(&html! {
                (name(&html! {
                    code { (file.held.file) }
                    @if file.held.line > 0 { " " span.quiet { (ink.pick("linje", "line")) " " (file.held.line) } }
                }))
                (cell(columns[1], &ink.english(&file.held.why)))
                (cell(columns[2], &html! { (ink.moment(file.since)) }))
            }))
        }
    };
    let caption = ink.pick("Filer som ikke er brukt", "Files that were not used");
    html! {
        h3 { (ink.pick("Filer holdt tilbake", "Files held")) }
        @if files.is_empty() { p { (ink.pick("Ingen fil er holdt tilbake.", "No file is held.")) } }
        @else { (table(caption, &columns, &body(&rows))) }
    }
}

fn rejected(ink: &Ink) -> Markup {
    let rejected = &ink.account.rejected;
    let columns = [
        ink.pick("Fil", "File"),
        ink.pick("Linje", "Line"),
        ink.pick("Kolonne", "Column"),
        ink.pick("Hvorfor", "Why"),
    ];
    let listed = |rows: &[crate::tabular::RejectedRow]| {
        let rows = html! {
            @for bad in rows {
                (row(&html! {
                    (name(&html! { code { (bad.file) } }))
                    (cell(columns[1], &html! { (bad.line) }))
                    (cell(columns[2], &html! { @if !bad.column.is_empty() { code { (bad.column) } } }))
                    (cell(columns[3], &html! { (ink.english(&bad.reason)) " " code.quiet { (bad.code) } }))
                }))
            }
        };
        table(ink.pick("Rader som ikke er brukt", "Rows that were not used"), &columns, &body(&rows))
    };
    html! {
        h3 { (ink.pick("Avviste rader", "Rejected rows")) }
        @if rejected.is_empty() { p { (ink.pick("Ingen rad er avvist.", "No row was rejected.")) } }
        @else { (some(ink, rejected, &listed)) }
    }
}

fn receipts(ink: &Ink) -> Markup {
    let receipts = &ink.account.receipts;
    let columns = [
        ink.pick("Fil", "File"),
        ink.pick("Hva", "What"),
        ink.pick("Sier", "Says"),
        ink.pick("Overføring", "Transfer"),
        ink.pick("Hva den gjorde", "What it did"),
    ];
    let listed = |rows: &[ReceiptRow]| {
        let rows = html! { @for receipt in rows { (one_receipt(ink, receipt, &columns)) } };
        table(
            ink.pick("Kvitteringer og utfylte linjer", "Receipts and filled-in lines"),
            &columns,
            &body(&rows),
        )
    };
    html! {
        h3 { (ink.pick("Kvitteringer lest", "Receipts read")) }
        @if receipts.is_empty() {
            p { (ink.pick("Ingen kvittering er lest i denne kjøringen.", "No receipt was read in this run.")) }
        } @else {
            p {
                (ink.pick(
                    "Det mottakeren skrev med egne ord, står i ",
                    "What the receiver wrote in words of its own stands in ",
                ))
                code { "receipts.csv" } "."
            }
            (some(ink, receipts, &listed))
        }
    }
}

fn one_receipt(ink: &Ink, receipt: &ReceiptRow, columns: &[&str; 5]) -> Markup {
    row(&html! {
        (name(&html! { code { (receipt.file) } }))
        (cell(columns[1], &html! { (ink.words.receipt(&receipt.kind)) }))
        (cell(columns[2], &html! {
            @if !receipt.status.is_empty() { (ink.words.receipt(&receipt.status)) " " }
            @if !receipt.codes.is_empty() { code { (receipt.codes) } }
        }))
        (cell(columns[3], &html! {
            @if let Some(id) = &receipt.transfer {
                @if let Some(line) = ink.line(id) { span.who { (line.patient_ref) } " " }
                (ink.transfer(id))
            }
        }))
        (cell(columns[4], &html! { (ink.words.effect(&receipt.effect)) }))
    })
}

/// The first of many, and the rest folded away.
fn some<T>(ink: &Ink, all: &[T], listed: &dyn Fn(&[T]) -> Markup) -> Markup {
    let (shown, more) = all.split_at(all.len().min(SHOWN));
    html! {
        (listed(shown))
        @if !more.is_empty() {
            (folded(&ink.more(more.len()), &listed(more)))
        }
    }
}

fn remarks(ink: &Ink) -> Markup {
    let remarks = &ink.account.remarks;
    html! {
        h3 { (ink.pick("Merknader", "Remarks")) }
        @if remarks.is_empty() { p { (ink.pick("Ingen merknader.", "No remarks.")) } }
        @else { ul { @for remark in remarks { li { (ink.english(remark)) } } } }
    }
}
