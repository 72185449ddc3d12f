//! The sums that must agree (rules § 10): rows, transfers, result versions. What the sources were counted to hold is
//! held against what the report shows. Leaves out what happens when they do not agree (`run`).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Night;
use super::lines::{self, Group, TransferLine};
use super::results::{self, Disposition, ResultLine};
use crate::id::TransferId;
use crate::transfer::{Kind, Transfer};
use crate::verdict::Content;

/// The rows of the extracts, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSums {
    /// Records in the extracts that were used.
    pub read: u64,
    /// Moves of ours.
    pub moves: u64,
    /// Repeats and changes of a move.
    pub repeats: u64,
    /// Protection, identity, status.
    pub person_events: u64,
    /// Not moves.
    pub not_moves: u64,
    /// Of persons or from municipalities that are not ours.
    pub not_ours: u64,
    /// Rows that could not be used.
    pub rejected: u64,
}

impl RowSums {
    /// Whether every row read is one of these.
    pub fn agree(&self) -> bool {
        self.read
            == self.moves + self.repeats + self.person_events + self.not_moves + self.not_ours + self.rejected
    }
}

/// The versions of results in the report, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultSums {
    /// Every version.
    pub found: u64,
    /// Versions that count.
    pub current: u64,
    /// Replaced by a later one.
    pub superseded: u64,
    /// The same again.
    pub duplicate: u64,
    /// Taken back.
    pub cancelled: u64,
    /// Not TB.
    pub not_tb: u64,
    /// Of the current ones: left with their transfer.
    pub carried: u64,
    /// Of the current ones: wait with their transfer.
    pub waiting: u64,
    /// Of the current ones: stopped by an objection.
    pub objected: u64,
    /// Of the current ones: no transfer is due.
    pub not_due: u64,
    /// Of the current ones: a person must judge.
    pub to_judge: u64,
}

impl ResultSums {
    /// Counts the lines.
    pub fn of(lines: &[&ResultLine]) -> Self {
        let count =
            |wanted: Disposition| lines.iter().filter(|line| line.disposition == wanted).count() as u64;
        let ended = |line: &&ResultLine| match line.disposition {
            Disposition::Superseded
            | Disposition::Duplicate
            | Disposition::Cancelled
            | Disposition::NotTb => true,
            Disposition::Carried
            | Disposition::Waiting
            | Disposition::Objected
            | Disposition::NotDue
            | Disposition::ToJudge
            // Said of documents alone; a result of which it were said would let the sums disagree.
            | Disposition::Left(_) => false,
        };
        ResultSums {
            found: lines.len() as u64,
            current: lines.iter().filter(|line| !ended(line)).count() as u64,
            superseded: count(Disposition::Superseded),
            duplicate: count(Disposition::Duplicate),
            cancelled: count(Disposition::Cancelled),
            not_tb: count(Disposition::NotTb),
            carried: count(Disposition::Carried),
            waiting: count(Disposition::Waiting),
            objected: count(Disposition::Objected),
            not_due: count(Disposition::NotDue),
            to_judge: count(Disposition::ToJudge),
        }
    }

    /// Whether both sums of rules § 10 hold.
    pub fn agree(&self) -> bool {
        self.found == self.current + self.superseded + self.duplicate + self.cancelled + self.not_tb
            && self.current == self.carried + self.waiting + self.objected + self.not_due + self.to_judge
    }
}

/// Every transfer in exactly one group.
pub(super) fn groups(night: &Night, in_report: &[&Transfer]) -> BTreeMap<Group, u64> {
    let in_report: BTreeSet<&TransferId> = in_report.iter().map(|transfer| &transfer.id).collect();
    let today = night.now.date_naive();
    let mut groups: BTreeMap<Group, u64> = Group::ALL.into_iter().map(|group| (group, 0)).collect();
    for transfer in night.book.transfers.values() {
        let group =
            if in_report.contains(&transfer.id) { Group::of(transfer, today) } else { Group::SettledEarlier };
        *groups.entry(group).or_default() += 1;
    }
    groups
}

/// Every sum that does not agree, in words without a person in them.
pub(super) fn imbalances(
    night: &Night,
    groups: &BTreeMap<Group, u64>,
    lines: &[TransferLine],
    in_report: &[&Transfer],
    lines_of_results: &[ResultLine],
    result_sums: &ResultSums,
) -> Vec<String> {
    let mut out = Vec::new();
    if !night.rows.agree() {
        out.push(format!("the {} rows read are not the sum of their kinds", night.rows.read));
    }
    let all = night.book.transfers.len() as u64;
    let grouped: u64 = groups.values().sum();
    let settled = groups.get(&Group::SettledEarlier).copied().unwrap_or_default();
    if grouped != all || lines.len() as u64 + settled != all {
        out.push(format!("{all} transfers, but {grouped} in groups and {} in the report", lines.len()));
    }
    out.extend(first_transfers(night));
    if !result_sums.agree() {
        out.push(format!("the {} result versions are not the sum of their kinds", result_sums.found));
    }
    let mut shown: BTreeMap<&TransferId, u64> = BTreeMap::new();
    for line in lines_of_results {
        *shown.entry(&line.transfer_id).or_default() += 1;
    }
    let shown = |transfer: &Transfer| shown.get(&transfer.id).copied().unwrap_or_default();
    out.extend(in_report.iter().filter_map(|transfer| result_versions(night, transfer, shown(transfer))));
    out
}

/// Every move has exactly one first transfer per content.
fn first_transfers(night: &Night) -> impl Iterator<Item = String> {
    night.moves.iter().flat_map(|key| night.contents.iter().map(move |content| (key, *content))).filter_map(
        |(key, content): (_, Content)| {
            let of_move = night.book.by_move.get(key).into_iter().flatten();
            let first = of_move
                .filter_map(|id| night.book.transfers.get(id))
                .filter(|transfer| transfer.birth.content == content && transfer.birth.kind == Kind::First)
                .count();
            (first != 1).then(|| format!("a move has {first} first transfers of {content} instead of one"))
        },
    )
}

/// The versions that tonight's look at a transfer knew of.
fn known_tonight(night: &Night, transfer: &Transfer) -> u64 {
    let inventory = night.views.get(&transfer.id).and_then(|view| view.inventory.as_ref());
    inventory.and_then(|inventory| inventory.tb.as_ref()).map_or(0, |tb| tb.items.len() as u64)
}

/// What the sources hold for a person is what the report shows, as long as it shows what was found tonight and not
/// what is fixed in a parcel.
fn result_versions(night: &Night, transfer: &Transfer, shown: u64) -> Option<String> {
    let found = night.views.get(&transfer.id)?.results_found?;
    let looked = transfer.birth.content == Content::Tb && !lines::may_be_gone(transfer);
    // Of what a supplement knows, the most is shown by what came before it.
    let tells_more = matches!(transfer.birth.kind, Kind::Supplement { .. });
    let shown = if tells_more { known_tonight(night, transfer) } else { shown };
    // What lies ready is shown also on a night when its sources cannot be read, so that there may be more of it.
    let agrees = if results::is_fixed(transfer) { found <= shown } else { found == shown };
    (looked && !agrees).then(|| {
        format!(
            "transfer {}: the sources hold {found} result versions, the report shows {shown}",
            transfer.id
        )
    })
}
