//! Looking back: the story of one transfer, and any run's report drawn again from what the ledger kept.
//!
//! Nothing but the ledger is read. Leaves out the words (`report`).

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use super::RunError;
use super::account::Earlier;
use super::night::{key_if_new, standing};
use crate::id::{ActionId, RunId, TransferId};
use crate::job::Job;
use crate::lang::Lang;
use crate::ledger::lock::Lock;
use crate::ledger::{LedgerError, LockWait, RunRecord, View};
use crate::moves::Now;
use crate::reconcile::{Action, Reconciliation, protected};
use crate::report::settled::Settled;
use crate::report::story::{self, Story, Telling};
use crate::report::{self, Style};

/// How many runs are named to somebody who asked for one that is not there.
const NAMED: usize = 5;

/// Why there is nothing to see.
#[derive(Debug, Error)]
pub enum LookError {
    /// No such transfer.
    #[error("the ledger has no transfer {0}")]
    UnknownTransfer(TransferId),
    /// No run left an account.
    #[error("the ledger has no run with a report yet")]
    NoRun,
    /// No such run.
    #[error("the ledger has no run of this id; the latest with a report: {}", listed(latest))]
    UnknownRun {
        /// The latest runs that have an account.
        latest: Vec<RunId>,
    },
    /// The run left no account: a hand command, or a run that died.
    #[error("the run {run} ({command}) left no report; the latest with one: {}", listed(latest))]
    NoAccount {
        /// The run.
        run: RunId,
        /// Its command.
        command: String,
        /// The latest runs that have an account.
        latest: Vec<RunId>,
    },
    /// The ledger or the reports' folder.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl From<LedgerError> for LookError {
    fn from(error: LedgerError) -> Self {
        LookError::Run(error.into())
    }
}

fn listed(runs: &[RunId]) -> String {
    if runs.is_empty() {
        return "none".to_owned();
    }
    runs.iter().map(RunId::as_str).collect::<Vec<_>>().join(", ")
}

/// One transfer's whole story.
///
/// # Errors
/// [`LookError`] when the ledger has no such transfer or cannot be read.
pub fn explain(job: &Job, now: Now, lang: Lang, id: &TransferId) -> Result<Story, LookError> {
    let ledger = View::open(&job.ledger, &key_if_new(job))?;
    let book = ledger.book();
    let unknown = || LookError::UnknownTransfer(id.clone());
    let transfer = book.transfers.get(id).ok_or_else(unknown)?;
    let earlier = Earlier::of(ledger.runs().to_vec(), |run| ledger.reconciliation_of(run))?;
    let account = standing(job, now, book, ledger.key(), &earlier);
    // What persons have settled shows again where nothing is settled.
    let mut unsettled = book.clone();
    unsettled.settled.clear();
    let matters = standing(job, now, &unsettled, ledger.key(), &earlier).actions;
    let matters: Vec<Action> = matters.into_iter().filter(|action| is_about(action, id)).collect();
    let ids: BTreeSet<ActionId> = matters.iter().map(|action| action.action_id.clone()).collect();
    let told = ledger.story_of(id, &ids)?;
    let actions: Vec<Action> = account.actions.into_iter().filter(|action| is_about(action, id)).collect();
    Ok(story::tell(&Telling {
        transfer,
        told: &told,
        line: account.lines.iter().find(|line| line.transfer_id == *id),
        actions: &actions,
        matters: &matters,
        own: &job.sender.municipality,
        protected: protected::is_remembered(book, transfer),
        style: Style { lang, person: job.reports.person_id, offset: *now.offset() },
    }))
}

/// Everything that persons have settled, the newest first.
///
/// # Errors
/// [`RunError`] when the ledger cannot be read.
pub fn settled(job: &Job, now: Now, lang: Lang) -> Result<Vec<Settled>, RunError> {
    let ledger = View::open(&job.ledger, &key_if_new(job))?;
    let book = ledger.book();
    let earlier = Earlier::of(ledger.runs().to_vec(), |run| ledger.reconciliation_of(run))?;
    let mut unsettled = book.clone();
    unsettled.settled.clear();
    let matters = standing(job, now, &unsettled, ledger.key(), &earlier).actions;
    let style = Style { lang, person: job.reports.person_id, offset: *now.offset() };
    Ok(report::settled::settled(book, &matters, &style))
}

fn is_about(action: &Action, id: &TransferId) -> bool {
    action.transfer_id.as_ref() == Some(id)
}

/// Draws a run's report again, the latest one's that has an account where none is named. What is protected by now
/// names no place, whatever it named then.
///
/// # Errors
/// [`LookError`] when there is no such run or account, or the report cannot be written.
pub fn redraw(
    job: &Job,
    now: Now,
    lang: Lang,
    run: Option<&RunId>,
    patience: Duration,
) -> Result<(Reconciliation, PathBuf), LookError> {
    if !job.ledger.exists() {
        return Err(LookError::NoRun);
    }
    // A night sweeps the halves of files out of the reports.
    let _lock = Lock::take(&job.ledger, "report", LockWait::UpTo(patience), now)?;
    let ledger = View::open(&job.ledger, &key_if_new(job))?;
    let account = account_of(&ledger, run)?.without_places_of(&protected::transfers(ledger.book()));
    let style = Style { lang, person: job.reports.person_id, offset: *account.now.offset() };
    let place = report::write(&account, &style, &job.reports.path).map_err(RunError::from)?;
    Ok((account, place))
}

/// The account of a run, or of the latest that has one.
fn account_of(ledger: &View, run: Option<&RunId>) -> Result<Reconciliation, LookError> {
    let Some(run) = run else {
        let earlier = Earlier::of(ledger.runs().to_vec(), |run| ledger.reconciliation_of(run))?;
        return earlier.account.ok_or(LookError::NoRun);
    };
    let Some(record) = ledger.runs().iter().find(|record| record.id == *run) else {
        return Err(LookError::UnknownRun { latest: latest(ledger)? });
    };
    match read(ledger, record)? {
        Some(account) => Ok(account),
        None => Err(LookError::NoAccount {
            run: record.id.clone(),
            command: record.command.clone(),
            latest: latest(ledger)?,
        }),
    }
}

fn read(ledger: &View, record: &RunRecord) -> Result<Option<Reconciliation>, LedgerError> {
    let text = ledger.reconciliation_of(&record.id)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// The latest runs that have an account.
fn latest(ledger: &View) -> Result<Vec<RunId>, LedgerError> {
    let mut out = Vec::new();
    for record in ledger.runs() {
        if out.len() < NAMED && read(ledger, record)?.is_some() {
            out.push(record.id.clone());
        }
    }
    Ok(out)
}
