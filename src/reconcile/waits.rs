//! What a transfer waits for by a day: a receipt, or somebody who posts it. Lateness is computed and no state.
//!
//! Pure. Leaves out what follows from it (`lines`, `actions`) and how it is drawn (`report`).

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::Night;
use crate::moves::Moment;
use crate::transfer::{State, Transfer};

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WaitsFor {
    /// The receiver's application receipt.
    Receipt,
    /// A person who posts a letter, or transfers inside the EPJ.
    Posting,
}

/// A wait with its two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// For what.
    pub waits_for: WaitsFor,
    /// Since when the deadline runs.
    pub from: Moment,
    /// Until when it should be over.
    pub due: Moment,
}

impl Wait {
    /// How long it has lasted.
    pub fn lasted(&self, now: Moment) -> TimeDelta {
        (now - self.from).max(TimeDelta::zero())
    }

    /// How long it may last.
    pub fn may_last(&self) -> TimeDelta {
        (self.due - self.from).max(TimeDelta::zero())
    }

    /// Whether the deadline has passed.
    pub fn is_over(&self, now: Moment) -> bool {
        now > self.due
    }
}

/// The deadlines of a night, as the job sets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadlines {
    /// Hours from GenDate until a missing receipt is overdue.
    pub receipt_hours: u32,
    /// Days until a letter that was not posted is shown.
    pub placed_days: u32,
}

/// What it waits for by a day; none where nothing is.
pub(super) fn wait(night: &Night, transfer: &Transfer) -> Option<Wait> {
    if let State::Placed { .. } = transfer.state {
        let due = post_due(night, transfer);
        return Some(Wait { waits_for: WaitsFor::Posting, from: transfer.since, due });
    }
    let due = receipt_due(night, transfer)?;
    let from = transfer.state.sealed()?.parcel.sealed_at;
    Some(Wait { waits_for: WaitsFor::Receipt, from, due })
}

/// Whether an application receipt should have come by now.
pub(super) fn is_overdue(night: &Night, transfer: &Transfer) -> bool {
    receipt_due(night, transfer).is_some_and(|due| night.now > due)
}

/// Until when an application receipt should come (HITS 1168:2016 § 4.1); none where none is waited for.
pub(super) fn receipt_due(night: &Night, transfer: &Transfer) -> Option<Moment> {
    let waits =
        matches!(transfer.state, State::Sent { .. } | State::Delivered { .. } | State::InDoubt { .. });
    transfer.receipt_due(night.receipt_hours).filter(|_| waits)
}

/// Whether what lies ready should have been posted by now.
pub(super) fn is_unposted(night: &Night, transfer: &Transfer) -> bool {
    night.now > post_due(night, transfer)
}

/// Until when what lies ready should be posted.
pub(super) fn post_due(night: &Night, transfer: &Transfer) -> Moment {
    transfer.since + TimeDelta::days(i64::from(night.placed_days))
}
