//! The night in order. Owns the thread pool and the only hand that writes the ledger.
//!
//! Lock, recover, receipts, intake, identity, timeline, collect and preflight, package, intents, dispatch,
//! outcomes, reconcile, report, verdict: the order is part of the design. A plan walks the same way on a copy of
//! the ledger's fold, and a rerun walks it for one migrant. Beside the night: what a person does by hand (`hand`), and
//! what looks back at the ledger and the spool (`look`, `verify`, `prune`), and the copying of the ledger (`backup`) and what follows when a copy is put in its place (`restore`). Leaves out every decision but which
//! parcels are past their retention: the stations and `hands` make them.

pub mod watch;
pub mod disclose;
pub mod desk;
pub mod inputs;
pub mod outcome;
pub mod kit;
pub mod seals;
pub mod found;
mod route;
pub mod decide;
pub mod send;
pub mod account;
mod effects;
pub mod way;
pub mod sweep;
pub mod anchors;
pub mod restore;
pub mod night;
pub mod mapping;
pub mod again;
pub mod hand;
pub mod look;
pub mod disclosed;
pub mod verify;
pub mod prune;
pub mod backup;

use std::path::PathBuf;

use serde::Serialize;
use thiserror::Error;

pub use again::{Asked, Rerun, Whom, rerun};
pub use backup::{BackupError, backup};
pub use disclosed::{DisclosedError, Whose, disclosures};
pub use hand::{HandAct, HandDesk, HandDone, Moved, by_hand};
pub use look::{LookError, explain, redraw, settled};
pub use mapping::{Mapping, check_showing};
pub use night::{check, plan, receipts, run, status};
pub use prune::{Pruned, prune};
pub use verify::{Verified, verify};

use crate::durable::DurableError;
use crate::ledger::LedgerError;
use crate::package::PackageError;
use crate::press::PressError;
use crate::reconcile::{HeldLine, Reconciliation};
use crate::tabular::RejectedRow;
use inputs::InputFound;

/// The run's own trouble: dispatch stops at once. A migrant's trouble is never one of these.
#[derive(Debug, Error)]
pub enum RunError {
    /// The ledger.
    #[error("the ledger cannot be trusted or written")]
    Ledger(#[from] LedgerError),
    /// There is none, and there was one: what it knew was sent would all be sent again.
    #[error(
        "the ledger is not there, and {reports} reports tell of one; put a backup in its place, or clear the reports \
         away to begin a new one"
    )]
    LedgerGone {
        /// How many reports carry the head of a ledger.
        reports: usize,
    },
    /// A folder of ours.
    #[error("a folder of the job cannot be used")]
    Disk(#[from] DurableError),
    /// The spool.
    #[error("a parcel cannot be made or read")]
    Package(#[source] PackageError),
    /// The templates of letters.
    #[error("the job's templates cannot be used")]
    Letters(#[source] PressError),
    /// The thread pool.
    #[error("the threads cannot be started")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A fault of the program itself.
    #[error("the program broke off in the middle; the line above it says where")]
    BrokeOff,
}

impl RunError {
    /// The trouble with everything behind it, in one line.
    pub fn told(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(deeper) = cause {
            let words = deeper.to_string();
            if !text.contains(&words) {
                text = format!("{text}: {words}");
            }
            cause = deeper.source();
        }
        text
    }
}

/// A command that came to its end.
#[derive(Debug)]
pub struct Finished {
    /// The account.
    pub account: Reconciliation,
    /// Where the report is; none for a plan or a status.
    pub report: Option<PathBuf>,
    /// Why the run must count as stopped although its report was written.
    pub stopped: Option<String>,
}

/// What `check` found.
#[derive(Debug, Serialize)]
pub struct Checked {
    /// Each input as it was found.
    pub inputs: Vec<InputFound>,
    /// Files that cannot be used.
    pub held: Vec<HeldLine>,
    /// Rows that cannot be used.
    pub rejected: Vec<RejectedRow>,
    /// What the inputs ask for that the program refuses.
    pub refused: Vec<String>,
    /// Things to know.
    pub remarks: Vec<String>,
}

impl Checked {
    /// Whether every input can be used and nothing is refused.
    pub fn is_usable(&self) -> bool {
        self.held.is_empty() && self.refused.is_empty()
    }

    /// Whether somebody should look at something.
    pub fn has_remarks(&self) -> bool {
        !self.rejected.is_empty() || !self.remarks.is_empty()
    }
}
