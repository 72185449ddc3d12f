//! The way out for one night: moves become transfers, ended moves end theirs, and what was decided is done.
//!
//! Leaves out the decisions (`timeline`, `decide`, `outcome`) and the sending itself (`send`).

use std::collections::{BTreeMap, BTreeSet};

use chrono::Months;

use super::RunError;
use super::account::Gathered;
use super::decide::{Decision, Look, decide};
use super::desk::Desk;
use super::effects::{affected, events_of};
use super::found;
use super::inputs::Inputs;
use super::kit::Kit;
use super::outcome::Then;
use super::send::{Sending, Work, send};
use super::watch::{Stage, Watch};
use crate::dispatch::carrier::Carriers;
use crate::durable::DurableError;
use crate::follow;
use crate::id::{LedgerKey, PatientRef, TransferId};
use crate::identity::Identities;
use crate::job::Job;
use crate::ledger::{Book, Entry};
use crate::moves::{Moment, MoveKey, Now};
use crate::patient::{Grading, Migrant};
use crate::preflight::agreements::Agreement;
use crate::preflight::copies_of;
use crate::reason::Reason;
use crate::reconcile::HeldLine;
use crate::tables::municipalities::Municipalities;
use crate::timeline::{Effect, PlannedMove, Timeline};
use crate::transfer::{Birth, Event, Hold, Kind, State, Transfer};
use crate::verdict::{Channel, Content};

/// What the way needs.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// The job.
    pub job: &'a Job,
    /// When.
    pub now: Now,
    /// Who watches.
    pub watch: &'a dyn Watch,
    /// What was read.
    pub inputs: &'a Inputs,
    /// Who the migrants are.
    pub migrants: &'a BTreeMap<PatientRef, Migrant>,
    /// Those of them that the register has dropped.
    pub dropped: &'a BTreeSet<PatientRef>,
    /// What municipalities are called.
    pub municipalities: &'a Municipalities,
    /// What letters are set with, what bundles are signed with, and the ways out.
    pub kit: &'a Kit,
}

/// Records what is known of persons, and a planned transfer for each content of each new move, with the copies that
/// are agreed: from here on no move can be lost.
///
/// # Errors
/// [`RunError`] when the ledger cannot be written.
pub fn take_in(
    job: &Job,
    now: Now,
    desk: &mut Desk,
    agreements: &[Agreement],
    identities: &Identities,
    timeline: &Timeline,
) -> Result<(), RunError> {
    let mut entries = identities.entries.clone();
    entries.extend(timeline.residences.iter().cloned());
    entries.extend(objections(desk.book(), identities));
    let planned = timeline.moves.iter().filter_map(|planned| {
        let migrant = identities.migrants.get(&planned.the_move.key.patient)?;
        Some((planned, migrant))
    });
    for (planned, migrant) in planned {
        for content in job.routes.contents() {
            let kinds = kinds(desk.book(), planned, migrant, content, agreements, now);
            let missing =
                kinds.into_iter().filter(|kind| find(desk.book(), planned, content, kind).is_none());
            entries.extend(missing.map(|kind| plan(desk.key(), planned, migrant, content, kind)));
        }
    }
    Ok(desk.record(entries)?)
}

/// What patients of ours object to now, where the ledger has it otherwise: it holds when the register has dropped them.
fn objections<'a>(book: &'a Book, identities: &'a Identities) -> impl Iterator<Item = Entry> + 'a {
    let known = identities.migrants.iter().filter(|(patient, _)| !identities.dropped.contains(*patient));
    let news = known.filter(|(patient, migrant)| {
        book.objections.get(*patient).copied().unwrap_or_default() != migrant.patient.objection
    });
    news.map(|(patient, migrant)| Entry::Objection {
        patient: patient.clone(),
        objection: migrant.patient.objection,
    })
}

/// The transfers that a move has of a content: the first, and beside it a copy to every party an agreement names, as
/// long as the first is not at its end. Where nobody may be told where the person is, no copy begins.
fn kinds(
    book: &Book,
    planned: &PlannedMove,
    migrant: &Migrant,
    content: Content,
    agreements: &[Agreement],
    now: Now,
) -> Vec<Kind> {
    let first = find(book, planned, content, &Kind::First);
    let open = first.is_none_or(|first| !first.state.is_end());
    let (to, district) = (&planned.the_move.key.to, planned.the_move.district.as_ref());
    let copies = match open && migrant.grading < Grading::StrictlyConfidential {
        true => copies_of(to, district, content, agreements, now.date_naive()),
        false => BTreeSet::new(),
    };
    let copies = copies.into_iter().map(|receiver| Kind::Copy { receiver });
    std::iter::once(Kind::First).chain(copies).collect()
}

/// The transfer that an entry plans.
fn begins(entry: &Entry) -> Option<&TransferId> {
    if let Entry::Plan { transfer, .. } = entry { Some(transfer) } else { None }
}

fn find<'a>(book: &'a Book, planned: &PlannedMove, content: Content, kind: &Kind) -> Option<&'a Transfer> {
    let of_move = book.by_move.get(&planned.the_move.key).into_iter().flatten();
    of_move
        .filter_map(|id| book.transfers.get(id))
        .find(|transfer| transfer.birth.content == content && transfer.birth.kind == *kind)
}

fn plan(key: &LedgerKey, planned: &PlannedMove, migrant: &Migrant, content: Content, kind: Kind) -> Entry {
    let of = &planned.the_move.key;
    let date = of.date.to_string();
    let receiver = kind.copy_to().map(|receiver| receiver.to_string());
    let mut parts = vec![of.patient.reveal(), of.to.code(), &date, content.code(), kind.code()];
    parts.extend(receiver.as_deref());
    let id = key.transfer(&parts);
    let birth = Birth {
        patient: of.patient.clone(),
        shown: migrant.shown(),
        persons: migrant.persons.clone(),
        the_move: planned.the_move.clone(),
        content,
        kind,
        protected: migrant.grading >= Grading::StrictlyConfidential,
    };
    Entry::Plan { transfer: id, birth: Box::new(birth) }
}

impl Way<'_> {
    /// Ends the transfers of moves that are no more: overtaken, annulled, abroad, dead, moved on.
    ///
    /// # Errors
    /// [`RunError`] when the ledger cannot be written.
    pub fn end_moves(
        &self,
        desk: &mut Desk,
        timeline: &Timeline,
        seen: &mut Gathered,
    ) -> Result<(), RunError> {
        let mut entries = Vec::new();
        for effect in &timeline.effects {
            for transfer in affected(desk.book(), effect) {
                if self.would_lose(transfer, effect) {
                    continue;
                }
                entries.extend(self.ended(desk, transfer, effect, seen));
            }
        }
        Ok(desk.record(entries)?)
    }

    /// A later move overtakes an earlier one because it has transfers of its own. Of somebody the register has
    /// dropped no transfer begins, so the earlier one stays, held, until a person has seen to it.
    fn would_lose(&self, transfer: &Transfer, effect: &Effect) -> bool {
        let overtaken = matches!(effect, Effect::Withdraw { why: Reason::Overtaken, .. });
        // What came late follows the person by itself.
        let follows = matches!(transfer.birth.kind, Kind::Supplement { .. });
        overtaken && !follows && self.dropped.contains(&transfer.birth.patient)
    }

    /// The events by which one transfer ends; its file is taken out of the tray first.
    fn ended(&self, desk: &Desk, transfer: &Transfer, effect: &Effect, seen: &mut Gathered) -> Vec<Entry> {
        let mut events = events_of(transfer, effect);
        if !events.is_empty() && desk.is_real() {
            match self.take_back(transfer, seen) {
                TakenBack::Yes => {}
                // Said once: the action stands until a person answers it.
                TakenBack::Gone if transfer.may_have_been_posted => events.clear(),
                TakenBack::Gone => events = vec![Event::PlacedFileGone],
                TakenBack::NotTonight => events.clear(),
            }
        }
        // In the same group: no recall is without its letter, whatever becomes of this night.
        let is_recall = |event: &Event| matches!(event, Event::Recall { .. });
        let letter =
            events.iter().any(is_recall).then(|| follow::recall(desk.book(), desk.key(), transfer)).flatten();
        let id = transfer.id.clone();
        events.into_iter().map(|event| Entry::event(id.clone(), event)).chain(letter).collect()
    }

    /// Begins a supplement wherever a receiver must be told what came since, and sends it (rules § 5). After the night's
    /// look: it needs what the sources hold now, and what leaves tonight holds that already.
    ///
    /// # Errors
    /// [`RunError`] when the run itself is in trouble.
    pub fn follow(&self, desk: &mut Desk, timeline: &Timeline, seen: &mut Gathered) -> Result<(), RunError> {
        let planned = self.supplements(desk, timeline, seen);
        let begun: BTreeSet<TransferId> = planned.iter().filter_map(begins).cloned().collect();
        if begun.is_empty() {
            return Ok(());
        }
        desk.record(planned)?;
        let decisions = self.decide(desk, timeline, Some(&begun), seen);
        self.act(desk, decisions, seen)
    }

    fn supplements(&self, desk: &Desk, timeline: &Timeline, seen: &Gathered) -> Vec<Entry> {
        let months = Months::new(self.job.limits.follow_up_months);
        let follow_up_from = self.now.to_utc().checked_sub_months(months).unwrap_or(Moment::MIN_UTC);
        let (book, key) = (desk.book(), desk.key());
        let of = |patient: &PatientRef, lives| {
            let asked =
                follow::Asked { book, key, migrant: self.migrants.get(patient)?, lives, follow_up_from };
            Some(asked.supplements(|root| seen.views.get(root)?.inventory.as_ref()))
        };
        timeline.lives.iter().filter_map(|(patient, lives)| of(patient, lives)).flatten().collect()
    }

    /// Looks at every transfer, and keeps what the report shows of the look.
    pub fn decide(
        &self,
        desk: &Desk,
        timeline: &Timeline,
        asked: Option<&BTreeSet<TransferId>>,
        seen: &mut Gathered,
    ) -> Vec<Decision> {
        let move_holds: BTreeMap<MoveKey, Vec<Hold>> = timeline
            .moves
            .iter()
            .map(|planned| (planned.the_move.key.clone(), planned.holds.clone()))
            .collect();
        let look = Look {
            job: self.job,
            inputs: self.inputs,
            press: &self.kit.press,
            book: desk.book(),
            migrants: self.migrants,
            dropped: self.dropped,
            move_holds: &move_holds,
            asked,
            now: self.now,
        };
        self.watch.begin(Stage::Decide, None);
        let decisions = decide(look);
        self.watch.end(Stage::Decide, decisions.len() as u64);
        seen.look(decisions)
    }

    /// Does what was decided: events first, in one group, then the sending.
    ///
    /// # Errors
    /// [`RunError`] when the run itself is in trouble.
    pub fn act(
        &self,
        desk: &mut Desk,
        decisions: Vec<Decision>,
        seen: &mut Gathered,
    ) -> Result<(), RunError> {
        let mut entries = Vec::new();
        let mut work = Vec::new();
        for Decision { id, act, .. } in decisions {
            if act.remove_placed && desk.is_real() {
                let transfer = desk.book().transfers.get(&id);
                match transfer.map_or(TakenBack::Yes, |transfer| self.take_back(transfer, seen)) {
                    TakenBack::Yes => {}
                    TakenBack::Gone => {
                        entries.push(Entry::event(id, Event::PlacedFileGone));
                        continue;
                    }
                    TakenBack::NotTonight => continue,
                }
            }
            if let Err(error) = found::take_out_protected(&self.kit.carriers, desk, &id, &act.events) {
                let why = format!("{id} must be taken out of the tray, and that failed: {error}");
                seen.held.push(HeldLine { file: id.to_string(), line: 0, column: 0, why });
                continue;
            }
            entries.extend(act.events.into_iter().map(|event| Entry::event(id.clone(), event)));
            match act.then {
                Then::Rest => {}
                Then::Seal(cleared) => work.push(Work { id, cleared: Some(*cleared) }),
                Then::Resend => work.push(Work { id, cleared: None }),
            }
        }
        desk.record(entries)?;
        let count = work.len() as u64;
        self.watch.begin(Stage::Send, Some(count));
        if desk.is_real() {
            let sending = Sending {
                job: self.job,
                now: self.now,
                migrants: self.migrants,
                municipalities: self.municipalities,
                kit: self.kit,
                watch: self.watch,
            };
            send(desk, sending, work)?;
        } else {
            desk.record(imagined(work))?;
        }
        self.watch.end(Stage::Send, count);
        Ok(())
    }

    /// Takes what a transfer has in a tray out of it. Trouble with the tray is that channel's alone: the transfer
    /// stays as it is, the report says so, and the next night tries again.
    pub(super) fn take_back(&self, transfer: &Transfer, seen: &mut Gathered) -> TakenBack {
        let Some(sealed) = transfer.state.sealed() else { return TakenBack::Yes };
        // A night that died while it laid the file out may have come so far; no list names it then.
        let doubted = matches!(transfer.state, State::InDoubt { .. });
        let left = sealed.parcel.archive().filter(|_| doubted).map(|file| &file.name);
        let placed = if let State::Placed { place, .. } = &transfer.state { Some(place) } else { None };
        let Some(place) = placed.or(left) else { return TakenBack::Yes };
        match taken_back(&self.kit.carriers, sealed.clearance.channel, place) {
            Ok(true) => TakenBack::Yes,
            // In doubt it need not have lain there: what was decided is done all the same.
            Ok(false) if doubted => TakenBack::Yes,
            Ok(false) => TakenBack::Gone,
            Err(error) => {
                let why = format!("{} must be taken out of the tray, and that failed: {error}", transfer.id);
                seen.held.push(HeldLine { file: place.clone(), line: 0, column: 0, why });
                TakenBack::NotTonight
            }
        }
    }
}

/// What came of taking a file back.
pub(super) enum TakenBack {
    /// It is out of the tray, or there was nothing to take.
    Yes,
    /// Somebody else had taken it.
    Gone,
    /// The tray is in trouble.
    NotTonight,
}

/// Takes a file out of a channel's tray; says whether it had still been there.
pub(super) fn taken_back(carriers: &Carriers, channel: Channel, place: &str) -> Result<bool, DurableError> {
    match carriers.get(channel) {
        Some(carrier) => carrier.remove(place),
        // The job has no such tray any more: that nothing is found says nothing of the file.
        None => {
            let cause = std::io::Error::other("the job has no such channel any more");
            Err(DurableError { act: "look in the tray for", path: place.into(), cause })
        }
    }
}

/// What a plan records of work that a run would do: cleared, and no further.
fn imagined(work: Vec<Work>) -> Vec<Entry> {
    let cleared = work.into_iter().filter_map(|work| Some((work.id, work.cleared?)));
    cleared
        .flat_map(|(id, cleared)| {
            let collect = Event::Collect { inventory: cleared.inventory().clone() };
            let clear = Event::Clear { clearance: cleared.clearance().clone() };
            [collect, clear].map(|event| Entry::event(id.clone(), event))
        })
        .collect()
}

/// The keys of tonight's moves.
pub fn move_keys(timeline: &Timeline) -> BTreeSet<MoveKey> {
    let tonight = timeline.moves.iter().filter(|planned| planned.tonight);
    tonight.map(|planned| planned.the_move.key.clone()).collect()
}
