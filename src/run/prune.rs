//! Parcels past their retention: which may go, and their going. The ledger and the disclosure register stay.
//!
//! The intent is in the ledger before the first file is removed, so that a prune that dies is finished by the next
//! one and `verify` never takes a file that was pruned for one that was lost. Nothing sealed is ever needed again at
//! a transfer's end: what is opened again is sealed anew, as a new revision.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::TimeDelta;
use serde::Serialize;

use super::RunError;
use super::desk::Desk;
use super::night::open_ledger;
use crate::durable;
use crate::id::TransferId;
use crate::job::Job;
use crate::ledger::{Book, Entry, LockWait};
use crate::moves::{Moment, Now};
use crate::transfer::Transfer;

/// What becomes of a transfer's parcel files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// The transfer is not at its end.
    InUse,
    /// Its end is not long enough ago.
    TooYoung,
    /// They may go.
    Over,
}

/// Whether a transfer's parcel files, of all revisions, may go. It is at its end since it was accepted, withdrawn or
/// found to have nothing to send.
pub fn retention(transfer: &Transfer, now: Moment, keep_days: u32) -> Retention {
    if !transfer.state.is_end() {
        Retention::InUse
    } else if now - transfer.since < TimeDelta::days(i64::from(keep_days)) {
        Retention::TooYoung
    } else {
        Retention::Over
    }
}

/// What a prune did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Every file that had not been pruned before.
    pub files: u64,
    /// Those removed, by transfer; those of a prune that died included.
    pub removed: BTreeMap<TransferId, Vec<String>>,
    /// Those whose time was over and that were not there.
    pub gone_already: u64,
    /// Those that stay because their transfer is not at its end.
    pub in_use: u64,
    /// Those that stay because its end is not long enough ago.
    pub too_young: u64,
    /// Days a parcel is kept after its transfer's end.
    pub keep_days: u32,
}

/// What is to be removed now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Plan {
    /// Files whose time is over, by transfer: to be recorded first.
    over: BTreeMap<TransferId, Vec<String>>,
    in_use: u64,
    too_young: u64,
}

/// Decides about every file that was sealed, or found after a restore, and not pruned before.
fn plan(book: &Book, now: Moment, keep_days: u32) -> Plan {
    let mut plan = Plan::default();
    for (id, transfer) in &book.transfers {
        let kept = book.files_of(id).filter(|name| !book.pruned.contains(*name));
        let names: Vec<String> = kept.map(str::to_owned).collect();
        let count = names.len() as u64;
        match retention(transfer, now, keep_days) {
            Retention::InUse => plan.in_use += count,
            Retention::TooYoung => plan.too_young += count,
            Retention::Over if count > 0 => {
                plan.over.insert(id.clone(), names);
            }
            Retention::Over => {}
        }
    }
    plan
}

/// Removes the parcel files whose time is over. Where there is none nothing is written.
///
/// # Errors
/// [`RunError`] when the lock is not to be had, or the ledger or the spool fails; what was recorded and not yet
/// removed is removed by the next prune.
pub fn prune(job: &Job, now: Now, patience: Duration) -> Result<Pruned, RunError> {
    let keep_days = job.keep_days_after_acceptance;
    if !job.ledger.exists() {
        return Ok(Pruned { keep_days, ..Pruned::default() });
    }
    let mut ledger = open_ledger(job, now, "prune", LockWait::UpTo(patience))?;
    let planned = plan(ledger.book(), now.to_utc(), keep_days);
    let mut done = Pruned {
        files: planned.in_use + planned.too_young,
        in_use: planned.in_use,
        too_young: planned.too_young,
        keep_days,
        ..Pruned::default()
    };
    let left_over = left_over(job, ledger.book());
    if planned.over.is_empty() && left_over.is_empty() {
        return Ok(done);
    }
    let run = ledger.begin_run("prune", now)?;
    let mut desk = Desk::ledger(ledger, run, now);
    let intents = planned
        .over
        .iter()
        .map(|(transfer, files)| Entry::Pruned { transfer: transfer.clone(), files: files.clone() });
    desk.record(intents.collect())?;
    let all = planned.over.into_iter().chain(left_over);
    for (transfer, file) in all.flat_map(|(id, files)| files.into_iter().map(move |file| (id.clone(), file)))
    {
        done.files += 1;
        if durable::remove(&job.spool.join(&file))? {
            done.removed.entry(transfer).or_default().push(file);
        } else {
            done.gone_already += 1;
        }
    }
    desk.finish(now, &())?;
    Ok(done)
}

/// What an earlier prune recorded and did not come to remove.
fn left_over(job: &Job, book: &Book) -> BTreeMap<TransferId, Vec<String>> {
    let lies = |name: &String| book.pruned.contains(name) && job.spool.join(name).exists();
    let mut out = BTreeMap::new();
    for id in book.transfers.keys() {
        let names: BTreeSet<String> = book.files_of(id).map(str::to_owned).filter(lies).collect();
        if !names.is_empty() {
            out.insert(id.clone(), names.into_iter().collect());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Inventory;
    use crate::transfer::{Event, State, samples};
    use crate::verdict::Content;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn days(days: i64) -> Moment {
        samples::minute(60) + TimeDelta::days(days)
    }

    #[test]
    fn only_what_has_been_at_its_end_for_long_enough_may_go() {
        for state in samples::states() {
            let code = state.code();
            let birth = samples::birth("P-1", Content::Tb);
            let mut transfer = Transfer::new(samples::transfer_id(), birth, samples::minute(60));
            transfer.state = state;
            let ends = ["accepted", "withdrawn", "nothing-to-send"].contains(&code);
            let rows = [
                ("the same day", days(0), if ends { Retention::TooYoung } else { Retention::InUse }),
                (
                    "a second before",
                    days(90) - TimeDelta::seconds(1),
                    if ends { Retention::TooYoung } else { Retention::InUse },
                ),
                ("ninety days after", days(90), if ends { Retention::Over } else { Retention::InUse }),
            ];
            for (name, now, expected) in rows {
                assert_eq!(retention(&transfer, now, 90), expected, "{code}, {name}");
            }
        }
    }

    /// A letter of revision 1, accepted in the sample life's first hour.
    fn accepted() -> Result<Book, Box<dyn std::error::Error>> {
        let mut book = Book::default();
        let birth = Box::new(samples::birth("P-1", Content::Tb));
        book.record(&Entry::Plan { transfer: samples::transfer_id(), birth }, samples::minute(0))?;
        for event in [
            Event::Collect { inventory: Inventory::default() },
            Event::Clear { clearance: samples::clearance() },
            Event::Seal { parcel: samples::parcel(1, 2) },
            Event::Start { attempt: 1, run: samples::run() },
            Event::Take { reference: String::new() },
            Event::Confirm { hand: samples::hand(), on: samples::minute(60) },
        ] {
            book.record(&Entry::event(samples::transfer_id(), event), samples::minute(60))?;
        }
        Ok(book)
    }

    #[test]
    fn all_revisions_go_together_and_only_once() -> Tested {
        let mut book = accepted()?;
        let id = samples::transfer_id();
        let count = |book: &Book, now| {
            let plan = plan(book, now, 90);
            (plan.over.values().flatten().count(), plan.too_young, plan.in_use)
        };
        assert_eq!(count(&book, days(89)), (0, 2, 0), "too young");
        assert_eq!(count(&book, days(90)), (2, 0, 0), "accepted long ago");
        let hand = samples::hand();
        let reopen = Entry::event(id.clone(), Event::Reopen { hand: hand.clone(), again: true });
        book.record(&reopen, days(100))?;
        assert_eq!(book.transfers.get(&id).map(|t| t.state.code()), Some(State::Planned.code()));
        assert_eq!(count(&book, days(200)), (0, 0, 2), "reopened since");
        book.record(&Entry::event(id.clone(), Event::Withdraw { why: None, hand }), days(101))?;
        assert_eq!(count(&book, days(190)), (0, 2, 0), "counted from its last end");
        assert_eq!(count(&book, days(191)), (2, 0, 0));
        let files = plan(&book, days(191), 90).over.remove(&id).unwrap_or_default();
        book.record(&Entry::Pruned { transfer: id, files }, days(191))?;
        assert_eq!(count(&book, days(300)), (0, 0, 0), "pruned before");
        Ok(())
    }
}
