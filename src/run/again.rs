//! One migrant again, because a person asks: a night for these transfers alone, under the night's own order.
//!
//! Receipts are read first, so that what was answered since is not sent again; then everything is read and looked at
//! as in a night, and what was told of others is left for one. Leaves out what may be taken up (`hands::rerun`) and
//! how the person is asked for (`cli`).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::NaiveDate;

use super::account::Gathered;
use super::desk::Desk;
use super::inputs::Inputs;
use super::kit::Kit;
use super::night::{
    Begun, Done, WayIn, Whose, begin, close, open_ledger, read_inputs, read_receipts, unbroken,
};
use super::watch::{Stage, Watch};
use super::way::{self, TakenBack, Way};
use super::{Finished, RunError};
use crate::hands::HandError;
use crate::hands::left_alone::{LeftAlone, NotTakenUp};
use crate::hands::rerun::{Around, Ask, TakenUp, take_up};
use crate::id::{LedgerKey, PatientRef, PersonKey, TransferId};
use crate::intake::Occurrence;
use crate::job::Job;
use crate::lang::Lang;
use crate::ledger::{Book, Entry, LockWait};
use crate::lineage;
use crate::moves::Now;
use crate::person::NationalId;
use crate::transfer::{Event, Kind, Transfer};

/// Whom a person asks for.
#[derive(Clone, Debug)]
pub enum Whom {
    /// One transfer.
    Transfer(TransferId),
    /// Everything of one person.
    Person(NationalId),
}

/// A person's asking.
#[derive(Clone, Debug)]
pub struct Rerun {
    /// For whom.
    pub whom: Whom,
    /// For what.
    pub ask: Ask,
    /// How long to wait for a night to end.
    pub patience: Duration,
}

/// One transfer that was asked for: where it stood, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which.
    pub transfer: TransferId,
    /// Its state and revision before; none for one that begins now.
    pub before: Option<(&'static str, u32)>,
    /// Its state and revision after.
    pub after: (&'static str, u32),
    /// Why it was left as it was.
    pub left_alone: Option<LeftAlone>,
}

/// Takes one migrant up again. Second: what became of each transfer that was asked for. A transfer or a person that
/// nobody knows is refused before anything is written.
///
/// # Errors
/// [`RunError`] when the lock is not to be had, or the run itself is in trouble.
pub fn rerun(
    job: &Job,
    now: Now,
    lang: Lang,
    watch: &dyn Watch,
    rerun: &Rerun,
) -> Result<Result<(Finished, Vec<Asked>), HandError>, RunError> {
    let ledger = open_ledger(job, now, "rerun", LockWait::UpTo(rerun.patience))?;
    if let Whom::Transfer(id) = &rerun.whom
        && !ledger.book().transfers.contains_key(id)
    {
        return Ok(Err(HandError::UnknownTransfer(id.clone())));
    }
    let Begun { mut desk, earlier, mut seen } = begin(job, now, "rerun", ledger)?;
    let mut again = Again::new(job, now, watch, rerun);
    let stopped = unbroken(job, || again.night(&mut desk, &mut seen));
    let asked = again.asked(desk.book());
    let done = Done { command: "rerun", earlier: &earlier, seen: &seen, stopped };
    Ok(Ok((close(job, now, lang, watch, desk, done)?, asked)))
}

/// A rerun on its way.
struct Again<'a> {
    job: &'a Job,
    now: Now,
    watch: &'a dyn Watch,
    rerun: &'a Rerun,
    /// The patients asked for.
    patients: BTreeSet<PatientRef>,
    /// Where each transfer of these patients stood, once the receipts were read.
    before: BTreeMap<TransferId, (&'static str, u32)>,
    left_alone: BTreeMap<TransferId, LeftAlone>,
}

impl<'a> Again<'a> {
    fn new(job: &'a Job, now: Now, watch: &'a dyn Watch, rerun: &'a Rerun) -> Self {
        let (patients, before, left_alone) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        Again { job, now, watch, rerun, patients, before, left_alone }
    }

    /// The night's order, for these patients alone. Gives the reason when it had to stop before its end.
    fn night(&mut self, desk: &mut Desk, seen: &mut Gathered) -> Result<Option<String>, RunError> {
        read_receipts(self.job, self.now, self.watch, desk, seen)?;
        let kit = Kit::of(self.job)?;
        self.watch.begin(Stage::Intake, None);
        let inputs = read_inputs(self.job, self.now, &kit, desk, seen);
        if let Some(stopped) = inputs.stops_the_night() {
            return Ok(Some(stopped.to_owned()));
        }
        self.patients = self.patients_of(desk.book(), &inputs, desk.key());
        self.before = self
            .asked_for(desk.book())
            .into_iter()
            .map(|transfer| (transfer.id.clone(), standing(transfer)))
            .collect();
        let way_in = WayIn::of(self.job, self.now, &inputs, desk, &Whose::Of(&self.patients));
        let agreements = &inputs.agreements.agreements;
        way::take_in(self.job, self.now, desk, agreements, &way_in.identities, &way_in.timeline)?;
        seen.moves = way::move_keys(&way_in.timeline);
        seen.gradings(&way_in.identities.migrants);
        self.watch.end(Stage::Intake, self.patients.len() as u64);
        let way = way_in.way(self.job, self.now, self.watch, &inputs, &kit);
        way.end_moves(desk, &way_in.timeline, seen)?;
        let taken = self.take_up(desk, &way, seen)?;
        let looked_at = taken.iter().chain(self.followed(desk.book()).iter()).cloned().collect();
        let decisions = way.decide(desk, &way_in.timeline, Some(&looked_at), seen);
        way.act(desk, decisions, seen)?;
        way.follow(desk, &way_in.timeline, seen)?;
        Ok(None)
    }

    /// The patients asked for: those of the transfer, or those that the ledger or the register knows the number of,
    /// be it under one that tonight's rows link to it.
    fn patients_of(&self, book: &Book, inputs: &Inputs, key: &LedgerKey) -> BTreeSet<PatientRef> {
        match &self.rerun.whom {
            Whom::Transfer(id) => {
                book.transfers.get(id).map(|transfer| transfer.birth.patient.clone()).into_iter().collect()
            }
            Whom::Person(number) => {
                let keys = linked(book, &inputs.extracts.occurrences, key, key.person(number));
                let has =
                    |transfer: &&Transfer| transfer.birth.persons.iter().any(|person| keys.contains(person));
                let in_ledger =
                    book.transfers.values().filter(has).map(|transfer| transfer.birth.patient.clone());
                let register = inputs.register.iter().flat_map(|register| register.patients.values());
                let known = register
                    .filter(|patient| patient.ids.iter().any(|known| keys.contains(&key.person(&known.id))));
                in_ledger.chain(known.map(|patient| patient.patient.clone())).collect()
            }
        }
    }

    /// The transfers asked for, as they stand: the one, or everything of these patients.
    fn asked_for<'b>(&self, book: &'b Book) -> Vec<&'b Transfer> {
        match &self.rerun.whom {
            Whom::Transfer(id) => book.transfers.get(id).into_iter().collect(),
            Whom::Person(_) => {
                let of_patients = |transfer: &&Transfer| self.patients.contains(&transfer.birth.patient);
                book.transfers.values().filter(of_patients).collect()
            }
        }
    }

    /// Takes up what may be, and gives what is to be looked at; what these patients' moves have begun just now too.
    fn take_up(
        &mut self,
        desk: &mut Desk,
        way: &Way,
        seen: &mut Gathered,
    ) -> Result<BTreeSet<TransferId>, RunError> {
        let asked_for: Vec<Transfer> = self.asked_for(desk.book()).into_iter().cloned().collect();
        let mut taken = BTreeSet::new();
        for transfer in asked_for {
            match take_up(&transfer, &self.rerun.ask, self.around(&transfer, desk.book())) {
                Ok(up) => match self.open(desk, way, &transfer, up, seen)? {
                    None => drop(taken.insert(transfer.id)),
                    Some(why) => {
                        let (id, state) = (transfer.id, transfer.state.code());
                        self.left_alone.insert(id.clone(), LeftAlone { transfer: id, state, why });
                    }
                },
                Err(left_alone) => {
                    self.left_alone.insert(transfer.id, left_alone);
                }
            }
        }
        Ok(taken)
    }

    /// The transfers of these patients that have left: what came since is told now, and not only in the next night.
    fn followed(&self, book: &Book) -> BTreeSet<TransferId> {
        let transfers = self.patients.iter().flat_map(|patient| book.transfers_of(patient));
        transfers.filter(|transfer| lineage::has_told(transfer)).map(|transfer| transfer.id.clone()).collect()
    }

    fn around(&self, transfer: &Transfer, book: &Book) -> Around {
        let key = &transfer.birth.the_move.key;
        let residences = book.residences.get(&key.patient).into_iter().flatten();
        let since = |date: NaiveDate| date > key.date && date <= self.now.date_naive();
        // What takes something back goes where that went, wherever the person lives.
        let is_recall = matches!(transfer.birth.kind, Kind::Recall { .. });
        let elsewhere = residences.filter(|one| !one.annulled).any(|one| since(one.date) && one.to != key.to);
        let (receipt_hours, copy) =
            (self.job.limits.receipt_hours, lineage::copy_to(book, transfer).is_some());
        Around { now: self.now, receipt_hours, moved_since: elsewhere && !is_recall, copy }
    }

    /// Records what comes before the look; says why there is nothing to look at then, where that is so.
    fn open(
        &self,
        desk: &mut Desk,
        way: &Way,
        transfer: &Transfer,
        up: TakenUp,
        seen: &mut Gathered,
    ) -> Result<Option<NotTakenUp>, RunError> {
        let id = &transfer.id;
        let back = if up.remove_placed { way.take_back(transfer, seen) } else { TakenBack::Yes };
        let (events, why) = match back {
            TakenBack::Yes => (up.events, None),
            // Somebody has it already: what is to become of it is for the next question.
            TakenBack::Gone => (vec![Event::PlacedFileGone], Some(NotTakenUp::MayHaveBeenPosted)),
            TakenBack::NotTonight => (Vec::new(), Some(NotTakenUp::TrayTrouble)),
        };
        desk.record(events.into_iter().map(|event| Entry::event(id.clone(), event)).collect())?;
        Ok(why)
    }

    /// What became of each transfer that was asked for.
    fn asked(&self, book: &Book) -> Vec<Asked> {
        let asked_for = self.asked_for(book).into_iter();
        asked_for
            .map(|transfer| Asked {
                transfer: transfer.id.clone(),
                before: self.before.get(&transfer.id).copied(),
                after: standing(transfer),
                left_alone: self.left_alone.get(&transfer.id).cloned(),
            })
            .collect()
    }
}

fn standing(transfer: &Transfer) -> (&'static str, u32) {
    (transfer.state.code(), transfer.revision)
}

/// A person's keys: the one given, and those that the ledger or tonight's rows have linked to it.
pub(super) fn linked(
    book: &Book,
    rows: &[Occurrence],
    key: &LedgerKey,
    person: PersonKey,
) -> BTreeSet<PersonKey> {
    let of_row = |row: &Occurrence| Some((key.person(row.former_id.as_ref()?), key.person(row.id.as_ref()?)));
    let known = book.links.iter().map(|(former, current)| (former.clone(), current.clone()));
    let links: Vec<(PersonKey, PersonKey)> = known.chain(rows.iter().filter_map(of_row)).collect();
    let mut keys = BTreeSet::from([person]);
    loop {
        let known = keys.len();
        for (former, current) in &links {
            if keys.contains(former) || keys.contains(current) {
                keys.extend([former.clone(), current.clone()]);
            }
        }
        if keys.len() == known {
            return keys;
        }
    }
}
