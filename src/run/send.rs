//! Packaging and sending: parcels made in parallel, recorded, carried by a bounded pool, recorded again.
//!
//! The order is the promise (house, floor 15): a parcel is durable before the ledger says sealed, the attempt is
//! in the ledger before the first byte leaves, the outcome only after the channel answered. Works in batches, so
//! that memory stays bounded and one sync serves many. Leaves out what is sent and where (`decide`, `preflight`).

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::AtomicBool;

use chrono::TimeDelta;
use rayon::prelude::*;

use super::RunError;
use super::desk::Desk;
use super::kit::Kit;
use super::watch::Watch;
use crate::dispatch::pool::{self, Consignment, PoolLimits};
use crate::id::{LedgerKey, TransferId};
use crate::job::Job;
use crate::ledger::{Book, Entry};
use crate::lineage::{self, Told};
use crate::moves::Now;
use crate::package::{self, Earlier, Order, PackageError, Parcel};
use crate::patient::Migrant;
use crate::preflight::Cleared;
use crate::reason::Reason;
use crate::tables::municipalities::Municipalities;
use crate::transfer::{Event, Hand, Hold, State, Transfer};

/// Transfers packaged and recorded together.
const BATCH: usize = 64;

/// One transfer to be sent.
#[derive(Debug)]
pub struct Work {
    /// Which.
    pub id: TransferId,
    /// What to send: a new parcel, or none for the one that is sealed.
    pub cleared: Option<Cleared>,
}

/// What sending needs beside the work.
#[derive(Clone, Copy)]
pub struct Sending<'a> {
    /// The job.
    pub job: &'a Job,
    /// When.
    pub now: Now,
    /// Who the migrants are.
    pub migrants: &'a BTreeMap<crate::id::PatientRef, Migrant>,
    /// What municipalities are called.
    pub municipalities: &'a Municipalities,
    /// What letters are set with, what bundles are signed with, and the ways out.
    pub kit: &'a Kit,
    /// Who watches.
    pub watch: &'a dyn Watch,
}

/// A transfer's parcel, or why there is none.
enum Made {
    /// The parcel.
    Parcel(Box<Parcel>),
    /// What becomes of the transfer instead.
    Nothing(Box<Event>),
}

/// Sends everything, batch by batch.
///
/// # Errors
/// [`RunError`] when the ledger or the spool fails: nothing more is started then.
pub fn send(desk: &mut Desk, sending: Sending, mut work: Vec<Work>) -> Result<(), RunError> {
    while !work.is_empty() {
        let rest = work.split_off(batch_size(&work, sending.job.limits.in_flight_bytes));
        let batch = std::mem::replace(&mut work, rest);
        sending.watch.step(batch.len() as u64);
        send_batch(desk, sending, batch)?;
    }
    Ok(())
}

/// As many as fit the byte limit, at least one.
fn batch_size(work: &[Work], in_flight_bytes: u64) -> usize {
    let mut bytes = 0;
    let fitting = work.iter().take(BATCH).take_while(|work| {
        bytes += work.cleared.as_ref().map_or(0, |cleared| cleared.inventory().document_bytes());
        bytes <= in_flight_bytes
    });
    fitting.count().max(1)
}

fn send_batch(desk: &mut Desk, sending: Sending, batch: Vec<Work>) -> Result<(), RunError> {
    let made = make_parcels(desk, sending, &batch)?;
    let mut entries = Vec::new();
    let mut parcels: BTreeMap<TransferId, Parcel> = BTreeMap::new();
    for (work, made) in batch.into_iter().zip(made) {
        entries.extend(sealing(&work, &made));
        if let Made::Parcel(parcel) = made {
            parcels.insert(work.id, *parcel);
        }
    }
    desk.record(entries)?;
    let ids: Vec<TransferId> = parcels.keys().cloned().collect();
    let attempts = desk.start(&ids)?;
    let consignments = attempts
        .into_iter()
        .filter_map(|attempt| {
            let parcel = parcels.remove(&attempt.transfer)?;
            let after_doubt = is_doubted(desk.book().transfers.get(&attempt.transfer));
            Some(Consignment { attempt, parcel, after_doubt })
        })
        .collect();
    let limits = PoolLimits {
        threads: at_least_one(workers(sending.job)),
        per_receiver: at_least_one(sending.job.limits.per_receiver),
    };
    let outcomes = pool::dispatch_all(consignments, &sending.kit.carriers, limits, &AtomicBool::new(false));
    let retry = TimeDelta::minutes(i64::from(sending.job.limits.retry_minutes));
    let entries = outcomes.into_iter().flat_map(|(id, outcome)| {
        let events = outcome.events(sending.now.to_utc(), retry);
        events.into_iter().map(move |event| Entry::event(id.clone(), event))
    });
    desk.record(entries.collect())?;
    Ok(())
}

fn is_doubted(transfer: Option<&Transfer>) -> bool {
    transfer.is_some_and(|transfer| matches!(transfer.state, State::InFlight { doubted: true, .. }))
}

fn at_least_one(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN)
}

/// What follows when a parcel cannot be made, or the sealed one cannot be read. What surely has not left waits; what
/// is in doubt can never go again as the same bytes, and is given up for a person to ask about.
fn unmade(state: &State, error: &PackageError) -> Event {
    let why = error.told();
    if let State::InDoubt { .. } = state {
        return Event::GiveUp { hand: Hand { why, ..Hand::program(Reason::InDoubt) } };
    }
    let reason = match error {
        PackageError::Letter(_) => Reason::LetterFailed,
        PackageError::Sealing(_) => Reason::CannotSeal,
        PackageError::BundleChanged { .. }
        | PackageError::Unprintable { .. }
        | PackageError::Missing { .. }
        | PackageError::Altered { .. }
        | PackageError::Durable(_)
        | PackageError::Unprepared(_) => Reason::BundleIncomplete,
    };
    Event::Hold { reasons: vec![Hold { reason, detail: why }] }
}

/// Threads for packaging and for channels.
pub fn workers(job: &Job) -> usize {
    match job.limits.workers {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        workers => workers,
    }
}

fn make_parcels(desk: &Desk, sending: Sending, batch: &[Work]) -> Result<Vec<Made>, RunError> {
    let (book, key) = (desk.book(), desk.key());
    batch.par_iter().map(|work| make_parcel(sending, key, book, work)).collect()
}

fn make_parcel(sending: Sending, key: &LedgerKey, book: &Book, work: &Work) -> Result<Made, RunError> {
    // Whatever has work stands in the book: work is made from it.
    let unfounded =
        || RunError::Package(PackageError::Unprepared("work for a transfer that has nothing to send"));
    let transfer = book.transfers.get(&work.id).ok_or_else(unfounded)?;
    let made = match &work.cleared {
        Some(cleared) => seal(sending, key, book, transfer, cleared),
        None => match transfer.state.sealed() {
            Some(sealed) => package::reopen(sealed, transfer.birth.content, &sending.job.spool),
            None => return Err(unfounded()),
        },
    };
    match made {
        Ok(parcel) => Ok(Made::Parcel(Box::new(parcel))),
        // A migrant's trouble: the documents, or the sealed file, are not what they were.
        Err(error) if error.is_migrants() => Ok(Made::Nothing(Box::new(unmade(&transfer.state, &error)))),
        Err(error) => Err(RunError::Package(error)),
    }
}

fn seal(
    sending: Sending,
    key: &LedgerKey,
    book: &Book,
    transfer: &Transfer,
    cleared: &Cleared,
) -> Result<Parcel, PackageError> {
    let name = |number: Option<crate::place::MunicipalityNo>| {
        number.as_ref().and_then(|number| sending.municipalities.name(number)).unwrap_or_default()
    };
    let from = transfer.birth.the_move.from.clone().or_else(|| Some(sending.job.sender.municipality.clone()));
    let (from, to) = (name(from), name(transfer.birth.the_move.key.to.municipality()));
    let Some(migrant) = sending.migrants.get(&transfer.birth.patient) else {
        return Err(PackageError::Unprepared("a transfer of nobody who was looked at tonight"));
    };
    let told = lineage::told_before(book, transfer);
    package::seal(&Order {
        transfer,
        migrant,
        cleared,
        job: sending.job,
        press: &sending.kit.press,
        signer: sending.kit.signer(),
        key,
        from_name: from,
        to_name: to,
        now: sending.now,
        earlier: told.as_ref().map(earlier),
    })
}

/// What the letter was that this one adds to or takes back.
fn earlier<'a>(told: &'a Told<'_>) -> Earlier<'a> {
    let sealed_at = told.by.state.sealed().map_or(told.by.since, |sealed| sealed.parcel.sealed_at);
    Earlier { id: &told.by.id, sealed_at, inventory: &told.inventory }
}

/// The entries that record a parcel, or the hold that came instead.
fn sealing(work: &Work, made: &Made) -> Vec<Entry> {
    let events = match (&work.cleared, made) {
        (Some(cleared), Made::Parcel(parcel)) => vec![
            Event::Collect { inventory: cleared.inventory().clone() },
            Event::Clear { clearance: cleared.clearance().clone() },
            Event::Seal { parcel: parcel.record().clone() },
        ],
        (_, Made::Nothing(event)) => vec![(**event).clone()],
        (None, Made::Parcel(_)) => Vec::new(),
    };
    events.into_iter().map(|event| Entry::event(work.id.clone(), event)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::samples;
    use crate::verdict::Content;

    #[test]
    fn a_parcel_that_is_gone_has_a_legal_end_wherever_one_is_sent() {
        let sealed = || samples::sealed(1, 1);
        let rows = [
            ("planned", State::Planned, "held"),
            ("sealed", State::Sealed { sealed: sealed() }, "held"),
            ("in doubt", State::InDoubt { sealed: sealed(), attempt: 1, parts: Vec::new() }, "abandoned"),
        ];
        for (name, state, expected) in rows {
            let event = unmade(&state, &PackageError::Missing { file: "A-1.pdf".to_owned() });
            let birth = samples::birth("P-1", Content::Tb);
            let mut transfer = Transfer::new(samples::transfer_id(), birth, samples::minute(0));
            transfer.state = state;
            assert_eq!(transfer.apply(&event, samples::minute(9)), Ok(()), "{name}");
            assert_eq!(transfer.state.code(), expected, "{name}");
        }
    }
}
