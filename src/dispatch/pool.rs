//! Many attempts at the same time: a bounded number of threads, and no receiver flooded or starved.
//!
//! Each receiver has a lane; threads take from the lanes in turn, and no lane has more on its way than its cap. A
//! channel that panics loses its own attempt and no other. Leaves out the recording: attempts come in recorded, and
//! outcomes go out to be.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::carrier::{Carriers, Outcome};
use crate::id::TransferId;
use crate::ledger::Attempt;
use crate::ledger::writer::Recorded;
use crate::package::Parcel;
use crate::place::{DistrictNo, HerId, MunicipalityNo};
use crate::verdict::Receiver;

/// An attempt with what it carries.
#[derive(Debug)]
pub struct Consignment {
    /// The intent, on disk.
    pub attempt: Recorded<Attempt>,
    /// The parcel.
    pub parcel: Parcel,
    /// Whether the transfer was in doubt before this attempt: it may have left already.
    pub after_doubt: bool,
}

/// How much at the same time.
#[derive(Clone, Copy, Debug)]
pub struct PoolLimits {
    /// Attempts in all.
    pub threads: NonZeroUsize,
    /// Attempts to one receiver.
    pub per_receiver: NonZeroUsize,
}

/// Makes every attempt and gives the outcomes in the order of the transfers' ids. Once `stop` is set nothing new
/// begins: what has not begun has surely not left.
pub fn dispatch_all(
    consignments: Vec<Consignment>,
    carriers: &Carriers,
    limits: PoolLimits,
    stop: &AtomicBool,
) -> Vec<(TransferId, Outcome)> {
    let threads = limits.threads.get().min(consignments.len());
    let lanes = Lanes::new(consignments, limits.per_receiver);
    let outcomes = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((lane, consignment)) = lanes.next() {
                    let outcome = attempt(&consignment, carriers, stop);
                    lanes.done(lane);
                    locked(&outcomes).push((consignment.attempt.transfer.clone(), outcome));
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcomes.sort_by(|(one, _), (other, _)| one.cmp(other));
    outcomes
}

fn attempt(consignment: &Consignment, carriers: &Carriers, stop: &AtomicBool) -> Outcome {
    let outcome = if stop.load(Ordering::Acquire) {
        Outcome::Deferred { fault: "the run stopped before this attempt began".to_owned() }
    } else {
        let carried =
            catch_unwind(AssertUnwindSafe(|| carriers.carry(&consignment.attempt, &consignment.parcel)));
        // How far it came nobody knows.
        carried.unwrap_or_else(|_| Outcome::Lost { fault: "the channel broke off in the middle".to_owned() })
    };
    if consignment.after_doubt { outcome.after_doubt() } else { outcome }
}

/// Attempts to whom have to wait for each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum LaneKey {
    Party(HerId),
    Office(MunicipalityNo, Option<DistrictNo>),
    SameEpj(MunicipalityNo),
}

impl LaneKey {
    fn of(receiver: &Receiver) -> Self {
        match receiver {
            Receiver::Party(party) => LaneKey::Party(party.her_id),
            Receiver::Office(office) => LaneKey::Office(office.municipality.clone(), office.district.clone()),
            Receiver::SameEpj(municipality) => LaneKey::SameEpj(municipality.clone()),
        }
    }
}

#[derive(Default)]
struct Lane {
    waiting: VecDeque<Consignment>,
    on_its_way: usize,
}

/// Every lane, and which one has its turn.
struct Round {
    lanes: Vec<Lane>,
    turn: usize,
}

/// What a thread that asks for work is told.
enum Turn {
    /// The lane that has its turn.
    Lane(usize),
    /// Work is left, but every lane that has some is full.
    Wait,
    /// Nothing waits any more.
    Over,
}

impl Round {
    fn next(&mut self, per_receiver: NonZeroUsize) -> Turn {
        let count = self.lanes.len();
        let mut left = false;
        for at in (0..count).map(|offset| (self.turn + offset) % count) {
            let lane = &self.lanes[at];
            if lane.waiting.is_empty() {
                continue;
            }
            if lane.on_its_way < per_receiver.get() {
                self.turn = at + 1;
                return Turn::Lane(at);
            }
            left = true;
        }
        if left { Turn::Wait } else { Turn::Over }
    }

    fn take(&mut self, lane: usize) -> Option<Consignment> {
        let lane = self.lanes.get_mut(lane)?;
        lane.on_its_way += 1;
        lane.waiting.pop_front()
    }
}

struct Lanes {
    round: Mutex<Round>,
    freed: Condvar,
    per_receiver: NonZeroUsize,
}

impl Lanes {
    fn new(consignments: Vec<Consignment>, per_receiver: NonZeroUsize) -> Self {
        let mut lanes: BTreeMap<LaneKey, Lane> = BTreeMap::new();
        for consignment in consignments {
            let key = LaneKey::of(&consignment.parcel.clearance().receiver);
            lanes.entry(key).or_default().waiting.push_back(consignment);
        }
        let round = Round { lanes: lanes.into_values().collect(), turn: 0 };
        Lanes { round: Mutex::new(round), freed: Condvar::new(), per_receiver }
    }

    /// The next attempt, with its lane; none when nothing waits any more.
    fn next(&self) -> Option<(usize, Consignment)> {
        let mut round = locked(&self.round);
        loop {
            match round.next(self.per_receiver) {
                Turn::Lane(lane) => return round.take(lane).map(|consignment| (lane, consignment)),
                Turn::Over => return None,
                Turn::Wait => round = self.freed.wait(round).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn done(&self, lane: usize) {
        locked(&self.round).lanes[lane].on_its_way -= 1;
        self.freed.notify_all();
    }
}

/// Nothing panics while it holds a lock here; a poisoned one is as good as any.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::super::carrier::Carrier;
    use super::super::copy::samples;
    use super::*;
    use crate::clock;
    use crate::durable::DurableError;
    use crate::verdict::Channel;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    /// A channel that does what the attempt's number says and keeps count.
    #[derive(Default)]
    struct Played {
        /// On its way now and at most, by receiver.
        load: Mutex<BTreeMap<Option<HerId>, (usize, usize)>>,
        order: Mutex<Vec<Option<HerId>>>,
    }

    const BREAKS: u32 = 13;
    const DEFERS: u32 = 7;

    impl Carrier for &'static Played {
        fn channel(&self) -> Channel {
            Channel::Outbox
        }

        fn carry(&self, attempt: &Recorded<Attempt>, parcel: &Parcel) -> Outcome {
            let receiver = parcel.clearance().receiver.her_id();
            locked(&self.order).push(receiver);
            {
                let mut load = locked(&self.load);
                let (now, most) = load.entry(receiver).or_default();
                *now += 1;
                *most = (*most).max(*now);
            }
            clock::wait(Duration::from_millis(2));
            if let Some((now, _)) = locked(&self.load).get_mut(&receiver) {
                *now -= 1;
            }
            match attempt.number {
                BREAKS => panic!("a channel that breaks off"),
                DEFERS => Outcome::Deferred { fault: "no room".to_owned() },
                number => Outcome::Taken { reference: number.to_string() },
            }
        }

        fn remove(&self, _place: &str) -> Result<bool, DurableError> {
            Ok(false)
        }

        fn folders(&self) -> Vec<std::path::PathBuf> {
            Vec::new()
        }
    }

    fn played() -> (&'static Played, Carriers) {
        let played: &'static Played = Box::leak(Box::default());
        (played, Carriers::new([Box::new(played) as Box<dyn Carrier>]))
    }

    fn limits(threads: usize, per_receiver: usize) -> PoolLimits {
        let at_least_one = |count| NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN);
        PoolLimits { threads: at_least_one(threads), per_receiver: at_least_one(per_receiver) }
    }

    fn consignment(
        spool: &tempfile::TempDir,
        no: u32,
        number: u32,
        receiver: u32,
    ) -> std::io::Result<Consignment> {
        let parcel = samples::parcel(spool.path(), no, Channel::Outbox, samples::party(receiver), b"x")?;
        Ok(Consignment { attempt: samples::attempt(no, number), parcel, after_doubt: false })
    }

    #[test]
    fn every_attempt_is_made_once_and_none_floods_a_receiver() -> Tested {
        let spool = tempfile::tempdir()?;
        let mut consignments = Vec::new();
        for no in 0..40 {
            consignments.push(consignment(&spool, no, 1, if no < 30 { 9000222 } else { 9000300 + no })?);
        }
        let (played, carriers) = played();
        let outcomes = dispatch_all(consignments, &carriers, limits(6, 2), &AtomicBool::new(false));
        let mut expected: Vec<TransferId> = (0..40).map(samples::id).collect();
        expected.sort();
        assert_eq!(
            outcomes.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>(),
            expected,
            "sorted, each once"
        );
        assert!(outcomes.iter().all(|(_, outcome)| matches!(outcome, Outcome::Taken { .. })));
        let load = locked(&played.load);
        assert!(load.values().all(|(now, most)| *now == 0 && *most <= 2), "{load:?}");
        Ok(())
    }

    #[test]
    fn a_full_lane_starves_no_other() -> Tested {
        let spool = tempfile::tempdir()?;
        let mut consignments = Vec::new();
        for no in 0..12 {
            consignments.push(consignment(&spool, no, 1, if no < 10 { 9000222 } else { 9000400 + no })?);
        }
        let (played, carriers) = played();
        dispatch_all(consignments, &carriers, limits(1, 1), &AtomicBool::new(false));
        let order = locked(&played.order);
        let small: Vec<usize> = (0..order.len()).filter(|at| order[*at] != Some(HerId(9000222))).collect();
        assert_eq!(small, [1, 2], "each lane has its turn in the first round");
        Ok(())
    }

    #[test]
    fn a_channel_that_breaks_off_loses_only_its_own() -> Tested {
        let spool = tempfile::tempdir()?;
        let mut consignments = Vec::new();
        for no in 0..6 {
            consignments.push(consignment(&spool, no, if no == 3 { BREAKS } else { 1 }, 9000222)?);
        }
        let (_, carriers) = played();
        let outcomes = dispatch_all(consignments, &carriers, limits(2, 2), &AtomicBool::new(false));
        for (id, outcome) in &outcomes {
            let lost = matches!(outcome, Outcome::Lost { .. });
            assert_eq!(lost, *id == samples::id(3), "{outcome:?}");
        }
        assert_eq!(outcomes.len(), 6);
        Ok(())
    }

    #[test]
    fn after_a_stop_nothing_begins_and_doubt_stays_doubt() -> Tested {
        let spool = tempfile::tempdir()?;
        let mut doubtful = consignment(&spool, 2, 2, 9000222)?;
        doubtful.after_doubt = true;
        let consignments = vec![consignment(&spool, 1, 1, 9000222)?, doubtful];
        let (played, carriers) = played();
        let outcomes: BTreeMap<TransferId, Outcome> =
            dispatch_all(consignments, &carriers, limits(2, 2), &AtomicBool::new(true)).into_iter().collect();
        assert!(matches!(outcomes.get(&samples::id(1)), Some(Outcome::Deferred { .. })));
        assert!(matches!(outcomes.get(&samples::id(2)), Some(Outcome::Lost { .. })));
        assert!(locked(&played.order).is_empty());
        Ok(())
    }

    #[test]
    fn trouble_with_one_channel_leaves_the_others_alone() -> Tested {
        let spool = tempfile::tempdir()?;
        let mut doubtful = consignment(&spool, 3, DEFERS, 9000222)?;
        doubtful.after_doubt = true;
        let print = samples::parcel(spool.path(), 4, Channel::Print, samples::party(9000500), b"zip")?;
        let consignments = vec![
            consignment(&spool, 1, DEFERS, 9000222)?,
            consignment(&spool, 2, 1, 9000222)?,
            doubtful,
            Consignment { attempt: samples::attempt(4, 1), parcel: print, after_doubt: false },
        ];
        let (_, carriers) = played();
        let outcomes: BTreeMap<TransferId, Outcome> =
            dispatch_all(consignments, &carriers, limits(2, 1), &AtomicBool::new(false))
                .into_iter()
                .collect();
        let is = |no: u32, right: fn(&Outcome) -> bool| outcomes.get(&samples::id(no)).is_some_and(right);
        assert!(is(1, |outcome| matches!(outcome, Outcome::Deferred { .. })));
        assert!(is(2, |outcome| matches!(outcome, Outcome::Taken { .. })));
        assert!(is(3, |outcome| matches!(outcome, Outcome::Lost { .. })), "it was in doubt before");
        assert!(is(4, |outcome| matches!(outcome, Outcome::Deferred { .. })), "no such channel in the job");
        Ok(())
    }

    #[test]
    fn nothing_to_do_is_done_at_once() {
        let (_, carriers) = played();
        assert_eq!(dispatch_all(Vec::new(), &carriers, limits(4, 1), &AtomicBool::new(false)), []);
    }
}
