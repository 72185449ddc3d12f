//! What a person does, done: the lock waited for, the ledger written, a tray's file taken away first.
//!
//! Leaves out what may be done (`hands`) and how it is asked for (`cli`).

use std::time::Duration;

use super::RunError;
use super::account::Earlier;
use super::desk::Desk;
use super::found;
use super::night::{open_ledger, standing};
use super::way::taken_back;
use crate::dispatch::carriers;
use crate::id::TransferId;
use crate::job::Job;
use crate::ledger::{Book, Entry, Ledger, LockWait};
use crate::moves::Now;
use crate::reason::Reason;
use crate::reconcile::Action;
use crate::transfer::{Event, State, Transfer};

/// What a person can see while deciding.
#[derive(Debug)]
pub struct HandDesk<'a> {
    /// Everything that is true now.
    pub book: &'a Book,
    /// The actions that are open now, as `status` lists them.
    pub open_actions: &'a [Action],
}

/// What a person decided.
#[derive(Debug)]
pub struct HandAct {
    /// What is recorded.
    pub entries: Vec<Entry>,
    /// A file to take out of the tray first.
    pub removes: Option<String>,
    /// The transfer it was about.
    pub transfer: Option<TransferId>,
    /// The actions it dealt with.
    pub settles: Vec<Action>,
}

/// What it did.
#[derive(Debug)]
pub struct HandDone {
    /// The transfer it was about.
    pub transfer: Option<Moved>,
    /// The actions it dealt with.
    pub settled: Vec<Action>,
    /// Whether a transfer that one of these was about is held all the same.
    pub still_held: bool,
    /// What is still to be done: of that transfer, else of everything.
    pub left: Vec<Action>,
}

/// Where a transfer stands after a person's act.
#[derive(Debug)]
pub struct Moved {
    /// Which.
    pub id: TransferId,
    /// Its state.
    pub state: &'static str,
    /// What it is still held for, what persons have set aside left out.
    pub held_for: Vec<Reason>,
}

/// Takes the lock, lets `act` decide, and records what it decided. A refusal is given back and nothing is written.
///
/// # Errors
/// [`RunError`] when the lock is not to be had, or the ledger or a folder fails.
pub fn by_hand<R>(
    job: &Job,
    now: Now,
    patience: Duration,
    act: impl FnOnce(&HandDesk) -> Result<HandAct, R>,
) -> Result<Result<HandDone, R>, RunError> {
    let mut ledger = open_ledger(job, now, "by hand", LockWait::UpTo(patience))?;
    put_in_doubt(&mut ledger, now)?;
    let earlier = Earlier::of(ledger.last_runs(usize::MAX)?, |run| ledger.reconciliation_of(run))?;
    let open = standing(job, now, ledger.book(), ledger.key(), &earlier).actions;
    let mut decided = match act(&HandDesk { book: ledger.book(), open_actions: &open }) {
        Ok(decided) => decided,
        Err(refused) => return Ok(Err(refused)),
    };
    let run = ledger.begin_run("by hand", now)?;
    let mut desk = Desk::ledger(ledger, run, now);
    decided.entries.extend(taken_first(job, desk.book(), &decided)?);
    if let Some(id) = decided.transfer.as_ref().filter(|_| decided.entries.iter().any(stops_what_was_found)) {
        found::take_out(&carriers(job), desk.book(), id)?;
    }
    desk.record(decided.entries)?;
    desk.finish(now, &())?;
    let mut left = standing(job, now, desk.book(), desk.key(), &earlier).actions;
    let transfer = decided.transfer.as_ref().and_then(|id| desk.book().transfers.get(id)).map(moved);
    if let Some(moved) = &transfer {
        left.retain(|action| action.transfer_id.as_ref() == Some(&moved.id));
    }
    let about = decided.settles.iter().filter_map(|action| action.transfer_id.as_ref());
    let mut about = about.filter_map(|id| desk.book().transfers.get(id));
    let still_held = about.any(|transfer| matches!(transfer.state, State::Held { .. }));
    Ok(Ok(HandDone { transfer, settled: decided.settles, still_held, left }))
}

fn moved(transfer: &Transfer) -> Moved {
    let reasons = transfer.state.holds().iter().map(|hold| hold.reason);
    Moved {
        id: transfer.id.clone(),
        state: transfer.state.code(),
        held_for: reasons.filter(|reason| !transfer.waives(*reason)).collect(),
    }
}

/// What a dead night was sending is in doubt, for a person as for the next night.
fn put_in_doubt(ledger: &mut Ledger, now: Now) -> Result<(), RunError> {
    let lost = ledger.recover();
    if !lost.is_empty() {
        let run = ledger.begin_run("recover", now)?;
        ledger.append(&run, now.to_utc(), lost)?;
        ledger.finish_run(&run, now.to_utc(), "null")?;
    }
    Ok(())
}

/// Whether a person says that a letter which a restored ledger has lost is not to be posted: it is not to go at all,
/// or another is to go.
fn stops_what_was_found(entry: &Entry) -> bool {
    let Entry::Event { event, .. } = entry else { return false };
    match event.as_ref() {
        Event::Waive { waiver } => waiver.reason == Reason::Restored,
        Event::Withdraw { .. } => true,
        _ => false,
    }
}

/// Takes away the file that is to go first. Where somebody had taken it already and may have posted it, the transfer
/// ends all the same, and the entry given raises an action that says so. In doubt it need not have lain there.
fn taken_first(job: &Job, book: &Book, decided: &HandAct) -> Result<Option<Entry>, RunError> {
    let (Some(place), Some(id)) = (&decided.removes, &decided.transfer) else { return Ok(None) };
    let Some(transfer) = book.transfers.get(id) else { return Ok(None) };
    let channel = transfer.state.sealed().map(|sealed| sealed.clearance.channel);
    let lay_there = channel.map_or(Ok(false), |channel| taken_back(&carriers(job), channel, place))?;
    let doubted = matches!(transfer.state, State::InDoubt { .. });
    let is_news = !lay_there && !doubted && !transfer.may_have_been_posted;
    Ok(is_news.then(|| Entry::event(id.clone(), Event::PlacedFileGone)))
}
