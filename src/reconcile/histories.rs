//! Every history of receipts and lists with what the reports say of it, on one page to read:
//! `tests/snapshots/receipt_histories.snap`. For tests alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::*;
use crate::receipts::histories::story::{Outcome, Story, Told, id, key};
use crate::receipts::histories::{History, all};
use crate::transfer::samples;

const HEAD: &str = "\
Under each history: what happened on the first night; then, step by step, what happens and is said, with the row of
receipts.csv for each word (kind, revision and part, status, codes, effect) or the documents of each message sealed;
and last the row of reconciliation.csv and the actions it raises. On the first night it is 18 November; the rest
happens on the 22nd, ninety-six hours later to the minute.
";

#[test]
fn every_history_stands_in_the_reports() -> Outcome {
    let mut page = HEAD.to_owned();
    for history in all() {
        page.push('\n');
        page.push_str(&told(history)?);
    }
    let settings = || {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../../tests/snapshots");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings
    };
    settings().bind(|| insta::assert_snapshot!("receipt_histories", page));
    Ok(())
}

fn told(history: &History) -> Outcome<String> {
    let mut page = String::new();
    writeln!(page, "{}", history.name)?;
    let before: Vec<String> = history.before.iter().map(|step| format!("{step:?}")).collect();
    writeln!(page, "    {}", before.join(", "))?;
    let mut story = Story::after(history.before)?;
    for step in history.then {
        let line = format!("    {:<34}{}", format!("{step:?}"), left(&story.play(*step)?));
        writeln!(page, "{}", line.trim_end())?;
    }
    let account = account(&story)?;
    assert!(account.imbalances.is_empty(), "{}: {:?}", history.name, account.imbalances);
    for line in &account.lines {
        writeln!(page, "    = {}", row(line))?;
    }
    let actions: Vec<String> =
        account.actions.iter().map(|action| format!("{} [{}]", action.code, action.detail)).collect();
    writeln!(
        page,
        "    ! {}",
        if actions.is_empty() { "nothing to do".to_owned() } else { actions.join("; ") }
    )?;
    // One truth: what asks, asks in both files.
    let asks = account.actions.iter().any(|action| action.transfer_id == Some(id()));
    assert!(account.lines.iter().all(|line| line.needs_action == asks), "{}", history.name);
    Ok(page)
}

/// The row of a receipt, or what a sealing shares out.
fn left(told: &Told) -> String {
    let number = |letter: char, number: Option<u32>| number.map(|number| format!(" {letter}{number}"));
    let rows = told.rows.iter().map(|row| {
        let place =
            [number('r', row.revision), number('p', row.part)].into_iter().flatten().collect::<String>();
        let said = [row.status.as_str(), row.codes.as_str()].join(" ");
        format!("{}{place} | {} | {}", row.kind, said.trim(), row.effect)
    });
    let sealed = told.sealed.iter().map(|messages| {
        let numbers = |message: &Vec<u32>| message.iter().map(u32::to_string).collect::<Vec<_>>().join(" ");
        format!("documents {}", messages.iter().map(numbers).collect::<Vec<_>>().join(" / "))
    });
    rows.chain(sealed).collect::<Vec<_>>().join("; ")
}

/// The columns of a transfer's row that receipts change.
fn row(line: &TransferLine) -> String {
    let yes = |name: &str, value: bool| if value { format!(" | {name}") } else { String::new() };
    let reasons: Vec<&str> = line.reasons.iter().map(|(reason, _)| reason.code()).collect();
    format!(
        "{} r{} | reason {} | receipt {}{}{}{}",
        line.state,
        line.revision,
        if reasons.is_empty() { "-".to_owned() } else { reasons.join(" ") },
        line.receipt.map_or("-", lines::ReceiptSeen::code),
        yes("overdue", line.overdue),
        yes("needs action", line.needs_action),
        yes("possible duplicate", line.possible_duplicate),
    )
}

/// The account of the night on which a history ends.
fn account(story: &Story) -> Outcome<Reconciliation> {
    Ok(reconcile(&Night {
        run: &samples::run(),
        command: "receipts",
        now: story.now,
        book: &story.book,
        key: &key(),
        earlier_runs: &[],
        latest: None,
        read_inputs: false,
        views: &BTreeMap::new(),
        moves: &BTreeSet::new(),
        contents: &[Content::Journal],
        gradings: &BTreeMap::new(),
        touched: &BTreeSet::from([id()]),
        rows: RowSums::default(),
        rejected: &[],
        held: &[],
        receipts: &[],
        remarks: &[],
        own: &"0301".parse()?,
        receipt_hours: 96,
        placed_days: 3,
    }))
}
