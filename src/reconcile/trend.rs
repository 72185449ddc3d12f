//! The nights before this one, each as its sums: how things go over time.
//!
//! Pure, and read from nothing but the latest account, which carries the nights before it. Only nights are told: an
//! account of receipts or of one migrant again passes on what it was given. Holds counts alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Reconciliation;
use super::lines::Group;
use super::sums::RowSums;
use crate::id::RunId;
use crate::moves::Now;

/// How many earlier nights an account carries.
pub const NIGHTS: usize = 29;

/// One night in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NightSums {
    /// The run.
    pub run_id: RunId,
    /// When.
    pub now: Now,
    /// The rows of the extracts.
    pub rows: RowSums,
    /// Every transfer, by group.
    pub groups: BTreeMap<Group, u64>,
    /// Transfers that the night moved.
    pub touched: u64,
    /// What persons had to do.
    pub actions: u64,
    /// Of these, what had to be done that day.
    pub urgent: u64,
    /// Waits past their deadline.
    pub overdue: u64,
    /// Files that could not be used.
    pub files_held: u64,
    /// Whether the sums agreed.
    pub sums_agree: bool,
    /// Whether the run stopped before its end.
    pub stopped: bool,
}

impl NightSums {
    /// The figures of a night's account; none of any other command's.
    pub fn of(account: &Reconciliation) -> Option<Self> {
        let now = account.now.to_utc();
        let over = account.lines.iter().filter_map(|line| line.wait).filter(|wait| wait.is_over(now));
        (account.command == "run").then(|| NightSums {
            run_id: account.run_id.clone(),
            now: account.now,
            rows: account.rows,
            groups: account.groups.clone(),
            touched: account.touched,
            actions: account.actions.len() as u64,
            urgent: account.actions.iter().filter(|action| action.urgent).count() as u64,
            overdue: over.count() as u64,
            files_held: account.files_held.len() as u64,
            sums_agree: account.imbalances.is_empty(),
            stopped: account.stopped.is_some(),
        })
    }

    /// Transfers of a group.
    pub fn in_group(&self, group: Group) -> u64 {
        self.groups.get(&group).copied().unwrap_or_default()
    }
}

/// The nights before an account that follows this one, oldest first.
pub(super) fn before(latest: Option<&Reconciliation>) -> Vec<NightSums> {
    let Some(latest) = latest else { return Vec::new() };
    let mut nights = latest.nights();
    nights.drain(..nights.len().saturating_sub(NIGHTS));
    nights
}

impl Reconciliation {
    /// Every night the account knows of, oldest first, itself among them where it is one.
    pub fn nights(&self) -> Vec<NightSums> {
        self.trend.iter().cloned().chain(NightSums::of(self)).collect()
    }
}
