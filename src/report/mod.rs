//! The faces of a night: CSV for Excel, JSON for programs, text for a terminal, all drawn from one
//! [`Reconciliation`]; and what is told from the ledger: the story of one transfer ([`mod@story`]), what persons have
//! settled ([`mod@settled`]), and what was given to whom of one patient's ([`mod@disclosed`]).
//!
//! Each face is a function from the account to bytes; nothing is computed here. [`write()`] puts them where people
//! find them. The HTML report and the metrics are not built yet.

pub mod csv;
pub mod json;
pub mod text;
pub mod wrap;
pub mod todo;
pub mod settled;
pub mod story;
pub mod disclosed;

use std::path::{Path, PathBuf};

use chrono::FixedOffset;

use crate::durable::{self, DurableError};
use crate::id::PatientRef;
use crate::job::PersonShown;
use crate::lang::Lang;
use crate::message::list;
use crate::moves::Moment;
use crate::reconcile::{Reconciliation, TransferLine};
use crate::verdict::Channel;

/// How a report is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The language of sentences.
    pub lang: Lang,
    /// How persons are shown.
    pub person: PersonShown,
    /// The offset times are shown in: the run's own.
    pub offset: FixedOffset,
}

impl Style {
    /// A moment as reports write it, `2026-11-22 02:00`.
    pub fn time(&self, at: Moment) -> String {
        at.with_timezone(&self.offset).format("%Y-%m-%d %H:%M").to_string()
    }
}

/// Every file of a run's report: its name and its bytes.
pub fn files(account: &Reconciliation, style: &Style) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("reconciliation.csv", csv::reconciliation(account, style)),
        ("tb-results.csv", csv::tb_results(account)),
        ("documents.csv", csv::documents(account)),
        ("actions.csv", csv::actions(account, style)),
        ("receipts.csv", csv::receipts(account, style)),
        ("rejected-rows.csv", csv::rejected_rows(account)),
        ("packing-list.csv", tray(account, style, Channel::Print)),
        ("worklist.csv", tray(account, style, Channel::InEpj)),
        ("summary.json", json::summary(account)),
    ]
}

/// Writes a run's report into `<folder>/<run id>` and says where it is.
///
/// # Errors
/// [`DurableError`] when the folder or a file in it cannot be written.
pub fn write(account: &Reconciliation, style: &Style, folder: &Path) -> Result<PathBuf, DurableError> {
    let place = folder.join(account.run_id.as_str());
    durable::make_folder(&place)?;
    for (name, bytes) in files(account, style) {
        durable::write_whole(&place.join(name), &bytes)?;
    }
    Ok(place)
}

/// What lies in a channel's tray, waiting for a person.
fn tray(account: &Reconciliation, style: &Style, channel: Channel) -> Vec<u8> {
    let rows: Vec<list::ListRow> = account
        .lines
        .iter()
        .filter(|line| line.place.is_some() && line.channel == Some(channel))
        .map(|line| list_row(line, style))
        .collect();
    list::write(rows)
}

fn list_row(line: &TransferLine, style: &Style) -> list::ListRow {
    list::ListRow {
        transfer: line.transfer_id.clone(),
        revision: line.revision,
        patient: PatientRef::new(line.patient_ref.clone()),
        to: line.receiver_name.clone().unwrap_or_default(),
        pages: line.pages,
        documents: line.documents,
        possible_duplicate: line.possible_duplicate,
        placed_on: line.since.with_timezone(&style.offset).date_naive(),
    }
}
