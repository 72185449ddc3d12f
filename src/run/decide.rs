//! Tonight's look at every transfer that is not at its end: may it leave, where to, and with what?
//!
//! The stations decide; this asks them in the order of rules §§ 3–7 and stops at the first that says no. Pure but
//! for reading journal bundles, and parallel: one migrant is one task. Leaves out what follows (`outcome`).

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::inputs::Inputs;
use super::outcome::{Act, Fresh, outcome, take_back};
use super::route::judge;
use crate::changes;
use crate::collect::{self, Finding};
use crate::follow;
use crate::id::{PatientRef, TransferId};
use crate::inventory::{Inventory, TbItem};
use crate::job::Job;
use crate::ledger::Book;
use crate::lineage;
use crate::moves::{Destination, Moment, MoveKey, Now};
use crate::package;
use crate::patient::{Grading, Migrant};
use crate::place::HerId;
use crate::preflight::{Judgement, Question, Settings};
use crate::press::Press;
use crate::reason::Reason;
use crate::reconcile::View;
use crate::transfer::{Event, Hold, Kind, Sealed, State, Transfer};
use crate::verdict::{Channel, Clearance, Content};

/// What the look needs.
#[derive(Clone, Copy)]
pub struct Look<'a> {
    /// The job.
    pub job: &'a Job,
    /// What was read tonight.
    pub inputs: &'a Inputs,
    /// What documents that must be a PDF are turned into one with.
    pub press: &'a Press,
    /// Everything that is true now.
    pub book: &'a Book,
    /// Who the migrants are.
    pub migrants: &'a BTreeMap<PatientRef, Migrant>,
    /// Those of them that the register has dropped: what they are due cannot be decided.
    pub dropped: &'a BTreeSet<PatientRef>,
    /// What tonight's extracts say against a move.
    pub move_holds: &'a BTreeMap<MoveKey, Vec<Hold>>,
    /// The transfers that a person asked for: they alone are looked at, and wait for nothing. None in a night.
    pub asked: Option<&'a BTreeSet<TransferId>>,
    /// When.
    pub now: Now,
}

/// What was decided for one transfer.
#[derive(Debug)]
pub struct Decision {
    /// Which.
    pub id: TransferId,
    /// What follows.
    pub act: Act,
    /// What the report shows of the look.
    pub view: View,
}

/// Looks at every transfer that can still change, in order of its id.
pub fn decide(look: Look) -> Vec<Decision> {
    let transfers: Vec<&Transfer> =
        look.book.transfers.values().filter(|transfer| look.is_looked_at(transfer)).collect();
    transfers
        .par_iter()
        .map(|transfer| match look.migrants.get(&transfer.birth.patient) {
            Some(migrant) => look.decide_one(transfer, migrant),
            None => Decision { id: transfer.id.clone(), act: Act::default(), view: View::default() },
        })
        .collect()
}

/// A hold, with what was said beside it before where that says more: which municipalities a number may stand for is
/// told by the row, and the row stands in no later extract.
fn as_told_before(transfer: &Transfer, hold: Hold) -> Hold {
    let more = |before: &&Hold| before.reason == hold.reason && before.detail.starts_with(&hold.detail);
    transfer.state.holds().iter().find(more).cloned().unwrap_or(hold)
}

/// Why a transfer must wait that may have left with a parcel which the ledger, put back from a copy, has lost.
fn unseen(transfer: &Transfer, book: &Book) -> Option<Hold> {
    let files = book.found_files.get(&transfer.id).filter(|_| transfer.may_have_left_unseen)?;
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    Some(Hold { reason: Reason::Restored, detail: names.join(", ") })
}

/// Whether a transfer stands held after this.
fn is_held_after(transfer: &Transfer, act: &Act) -> bool {
    match act.events.last() {
        Some(event) => matches!(event, Event::Hold { .. }),
        None => matches!(transfer.state, State::Held { .. }),
    }
}

impl Look<'_> {
    fn is_looked_at(&self, transfer: &Transfer) -> bool {
        self.is_open(transfer) && self.asked.is_none_or(|asked| asked.contains(&transfer.id))
    }

    /// Whether tonight can change anything: everything not withdrawn, and what was accepted within the follow-up
    /// window, for late results and gradings.
    fn is_open(&self, transfer: &Transfer) -> bool {
        let months = chrono::Months::new(self.job.limits.follow_up_months);
        let window = self.now.to_utc().checked_sub_months(months);
        match &transfer.state {
            State::Withdrawn { .. } => false,
            State::Accepted { .. } | State::NothingToSend { .. } => {
                window.is_none_or(|window| transfer.since >= window)
            }
            State::Planned
            | State::Held { .. }
            | State::Collected { .. }
            | State::Cleared { .. }
            | State::Sealed { .. }
            | State::InFlight { .. }
            | State::Deferred { .. }
            | State::InDoubt { .. }
            | State::Placed { .. }
            | State::Sent { .. }
            | State::Delivered { .. }
            | State::Rejected { .. }
            | State::Abandoned { .. } => true,
        }
    }

    fn decide_one(&self, transfer: &Transfer, migrant: &Migrant) -> Decision {
        let mut view = View::default();
        let fresh = if self.is_unseen(transfer, migrant) {
            let holds = self.dropped_holds(transfer, migrant);
            if holds.is_empty() { Fresh::Unseen } else { Fresh::Hold(holds) }
        } else {
            self.fresh(transfer, migrant, &mut view)
        };
        let mut act = match fresh {
            Fresh::Hold(reasons) if self.may_be_untrue(transfer, migrant) => take_back(reasons),
            fresh => outcome(transfer, fresh, self.patience()),
        };
        act.events.extend(self.late_protection(transfer, migrant, &act));
        Decision { id: transfer.id.clone(), act, view }
    }

    /// The time up to which what was put off is due again: at once where a person asks.
    fn patience(&self) -> Moment {
        if self.asked.is_some() { Moment::MAX_UTC } else { self.now.to_utc() }
    }

    /// Whether nobody can look at it: the register has dropped the person. What has left is followed all the same, and
    /// so is what follows it (rules § 5): that needs no more than its receiver knows already.
    fn is_unseen(&self, transfer: &Transfer, migrant: &Migrant) -> bool {
        let follows = match transfer.birth.kind {
            Kind::Supplement { .. } | Kind::Recall { .. } => true,
            Kind::First | Kind::Copy { .. } => has_left(transfer),
        };
        let whole = self.inputs.stops_the_night().is_none();
        self.dropped.contains(&migrant.patient.patient) && !(follows && whole)
    }

    /// Somebody the register has dropped: protection still counts, and what has no parcel yet cannot be made and
    /// must not wait in silence. On a night without a whole register everybody is dropped, and nobody is.
    fn dropped_holds(&self, transfer: &Transfer, migrant: &Migrant) -> Vec<Hold> {
        let waits = matches!(transfer.state, State::Planned | State::Held { .. });
        let gone = || Hold {
            reason: Reason::IdentityConflict,
            detail: "pasienten står ikke lenger i pasientregisteret".to_owned(),
        };
        let whole = self.inputs.stops_the_night().is_none();
        let holds = self.person_holds(transfer, migrant);
        if holds.is_empty() && waits && whole { vec![gone()] } else { holds }
    }

    /// A grading that arrives after something has left raises its action once.
    fn late_protection(&self, transfer: &Transfer, migrant: &Migrant, act: &Act) -> Option<Event> {
        let released = migrant.grading == Grading::Confidential && transfer.waives(Reason::Confidential);
        let late = migrant.grading >= Grading::Confidential && !released;
        let already = transfer.protected_late || act.events.iter().any(|e| matches!(e, Event::Recall { .. }));
        // What a restored ledger has lost may have left, and its transfer is held.
        let unseen = transfer.may_have_left_unseen && is_held_after(transfer, act);
        (late && !already && (transfer.state.may_have_left() || unseen))
            .then_some(Event::Recall { why: Reason::ProtectedAfterSending })
    }

    /// Asks each station in turn; the first that says no is the answer.
    fn fresh(&self, transfer: &Transfer, migrant: &Migrant, view: &mut View) -> Fresh {
        let has_left = has_left(transfer);
        if let Kind::Recall { of, .. } = &transfer.birth.kind {
            return if has_left { Fresh::Unseen } else { self.recall(transfer, of, migrant, view) };
        }
        if has_left && transfer.birth.content == Content::Journal {
            return Fresh::Unseen;
        }
        // What is found is accounted for whatever the answer is.
        let finding = self.finding(transfer, migrant);
        view.inventory = Some(finding.inventory().clone());
        view.notes = finding.notes().to_vec();
        view.results_found =
            finding.inventory().tb.as_ref().map(|_| self.inputs.results.of(migrant).len() as u64);
        if has_left {
            return Fresh::Unseen;
        }
        let today = self.now.date_naive();
        view.not_due = transfer.birth.the_move.key.date > today;
        let holds = self.person_holds(transfer, migrant);
        if !holds.is_empty() {
            return Fresh::Hold(holds);
        }
        let holds = self.move_holds(transfer);
        if !holds.is_empty() {
            return Fresh::Hold(holds);
        }
        if view.not_due {
            return Fresh::Wait;
        }
        match self.left_to_tell(transfer, finding) {
            Finding::Nothing { why, inventory, .. } => Fresh::Nothing { why, inventory },
            Finding::Hold { reasons, .. } => Fresh::Hold(reasons),
            Finding::Send { inventory, .. } => self.preflight(transfer, migrant, inventory, view),
        }
    }

    /// What was found, as far as a supplement has to tell of it: nothing when its receiver knows it all, and that a
    /// result was taken back also where there is no other.
    fn left_to_tell(&self, transfer: &Transfer, finding: Finding) -> Finding {
        if !matches!(transfer.birth.kind, Kind::Supplement { .. }) {
            return finding;
        }
        // Nobody has what it would add to: it was taken back, or goes once more with everything.
        let Some(told) = lineage::told_before(self.book, transfer) else {
            let (inventory, notes) = (finding.inventory().clone(), finding.notes().to_vec());
            return Finding::Nothing { why: Reason::NothingFound, inventory, notes };
        };
        let ready = transfer.state.sealed().filter(|_| !transfer.waives(Reason::ResultsMissing));
        let ready = ready.map(|sealed| &sealed.inventory);
        if let Some(hold) = vanished(ready, &told.inventory, finding.inventory()) {
            let (inventory, notes) = (finding.inventory().clone(), finding.notes().to_vec());
            return Finding::Hold { reasons: vec![hold], inventory, notes };
        }
        let is_news = |inventory: &Inventory| changes::between(&told.inventory, inventory).must_be_told();
        let takes_back =
            |inventory: &Inventory| !changes::between(&told.inventory, inventory).cancelled.is_empty();
        match finding {
            // Nothing more is passed on; that a finding they were told of is none must be.
            Finding::Nothing { why: Reason::Objection, mut inventory, notes } if takes_back(&inventory) => {
                if let (Some(tb), Some(before)) = (&mut inventory.tb, &told.inventory.tb) {
                    tb.basis = before.basis;
                }
                inventory.documents.clear();
                Finding::Send { inventory, notes }
            }
            Finding::Send { inventory, notes } if !is_news(&inventory) => {
                Finding::Nothing { why: Reason::NothingFound, inventory, notes }
            }
            Finding::Nothing { why: Reason::NothingFound, inventory, notes } if is_news(&inventory) => {
                Finding::Send { inventory, notes }
            }
            other @ (Finding::Send { .. } | Finding::Nothing { .. } | Finding::Hold { .. }) => other,
        }
    }

    /// A letter or message that takes back what was sent goes the way that went, to whom it went; it carries nothing.
    fn recall(&self, transfer: &Transfer, of: &TransferId, migrant: &Migrant, view: &mut View) -> Fresh {
        let holds = self.person_holds(transfer, migrant);
        if !holds.is_empty() {
            return Fresh::Hold(holds);
        }
        let sent = self.book.transfers.get(of);
        let way = transfer.directed.or_else(|| follow::recall_channel(sent?));
        let Some(way @ (Channel::Print | Channel::Outbox)) = way else {
            let detail = "en tilbaketrekking går som brev eller melding".to_owned();
            return Fresh::Hold(vec![Hold { reason: Reason::NoTransport, detail }]);
        };
        if let Some(hold) = self.is_nobody(migrant) {
            return Fresh::Hold(vec![hold]);
        }
        let copy_to = sent.and_then(|sent| lineage::copy_to(self.book, sent));
        let asked = Asked { directed: Some(way), copy_to, pinned: None, inventory: Inventory::default() };
        let fresh = self.judged(transfer, migrant, asked, view);
        let party = |sealed: &Sealed| sealed.clearance.receiver.her_id();
        let went_to = sent.and_then(|sent| sent.state.sealed()).and_then(party);
        match fresh {
            Fresh::Send(cleared)
                if way == Channel::Outbox && cleared.clearance().receiver.her_id() != went_to =>
            {
                let detail = format!("mottakeren er en annen nå: {}", cleared.clearance().receiver.name());
                Fresh::Hold(vec![Hold { reason: Reason::NoParty, detail }])
            }
            fresh => fresh,
        }
    }

    /// Protection before everything, then who the person is (rules §§ 3, 4); and beside it that it may have left.
    fn person_holds(&self, transfer: &Transfer, migrant: &Migrant) -> Vec<Hold> {
        Self::person_hold(transfer, migrant).into_iter().chain(unseen(transfer, self.book)).collect()
    }

    /// What is against anything leaving, whatever it is.
    fn person_hold(transfer: &Transfer, migrant: &Migrant) -> Option<Hold> {
        match migrant.grading {
            Grading::StrictlyConfidential => return Some(Hold::plain(Reason::StrictlyConfidential)),
            Grading::Confidential if !transfer.waives(Reason::Confidential) => {
                return Some(Hold::plain(Reason::Confidential));
            }
            Grading::Confidential | Grading::ClientAddress | Grading::Ungraded => {}
        }
        if let Some(why) = &migrant.conflict {
            return Some(Hold { reason: Reason::IdentityConflict, detail: why.clone() });
        }
        (transfer.accepted_earlier && !transfer.waives(Reason::AcceptedEarlier))
            .then(|| Hold::plain(Reason::AcceptedEarlier))
    }

    /// What the extracts say against the move itself, tonight or when it was held.
    fn move_holds(&self, transfer: &Transfer) -> Vec<Hold> {
        let key = &transfer.birth.the_move.key;
        let tonight = self.move_holds.get(key).cloned().unwrap_or_default();
        if !tonight.is_empty() {
            return tonight.into_iter().map(|hold| as_told_before(transfer, hold)).collect();
        }
        if let Destination::Unclear(written) = &key.to {
            let hold = Hold { reason: Reason::UnknownMunicipality, detail: written.clone() };
            return vec![as_told_before(transfer, hold)];
        }
        // Two destinations with equal order stay a conflict until a later row decides.
        let told_tonight = self.move_holds.contains_key(key);
        let conflict = |hold: &&Hold| hold.reason == Reason::ConflictingMoves && !told_tonight;
        transfer.state.holds().iter().filter(conflict).cloned().collect()
    }

    /// Whether a letter lies in the tray while a row of its person could not be read: the row may take back what the
    /// letter says (rules § 5: a rejected result row holds its person).
    fn may_be_untrue(&self, transfer: &Transfer, migrant: &Migrant) -> bool {
        let in_tray = transfer.state.place().is_some() && !transfer.may_have_been_posted;
        in_tray && transfer.birth.content == Content::Tb && self.inputs.results.is_broken(migrant)
    }

    fn finding(&self, transfer: &Transfer, migrant: &Migrant) -> Finding {
        let tb = self.tb_finding(transfer, migrant);
        match transfer.birth.content {
            Content::Tb => tb,
            Content::Journal => self.journal_finding(transfer, migrant, &tb),
        }
    }

    fn tb_finding(&self, transfer: &Transfer, migrant: &Migrant) -> Finding {
        // A supplement says what has become of what was sent, also when nothing is left of it.
        let follows = matches!(transfer.birth.kind, Kind::Supplement { .. });
        let waived = |reason| transfer.waives(reason) || follows && reason == Reason::ResultsMissing;
        let job = self.job;
        let codes = &self.inputs.codes;
        collect::tb::collect(migrant, &self.inputs.results, &job.legal, &job.tb.words, codes, &waived)
    }

    fn journal_finding(&self, transfer: &Transfer, migrant: &Migrant, tb: &Finding) -> Finding {
        let waived = |reason| transfer.waives(reason);
        let today = self.now.date_naive();
        match &self.job.journal {
            Some(settings) => {
                collect::journal::collect_beside(tb, migrant, settings, &self.job.legal, today, &waived)
            }
            // A journal planned while the job still sent them: there is nowhere to read it from now.
            None => Finding::Hold {
                reasons: vec![Hold::plain(Reason::JournalNotExported)],
                inventory: Inventory::default(),
                notes: Vec::new(),
            },
        }
    }

    fn preflight(
        &self,
        transfer: &Transfer,
        migrant: &Migrant,
        inventory: Inventory,
        view: &mut View,
    ) -> Fresh {
        // Whom nothing but an earlier letter names can be told of by letter alone.
        if let Some(hold) = self.is_nobody(migrant) {
            return Fresh::Hold(vec![hold]);
        }
        let nameless = self.dropped.contains(&migrant.patient.patient) && migrant.patient.name.is_empty();
        let directed = transfer.directed.or(nameless.then_some(Channel::Print));
        let copy_to = lineage::copy_to(self.book, transfer);
        let told = lineage::told_before(self.book, transfer).map(|told| told.by);
        let here =
            told.filter(|by| by.birth.the_move.key == transfer.birth.the_move.key && directed.is_none());
        let pinned = here.and_then(|by| by.state.sealed()).map(|sealed| sealed.clearance.clone());
        self.judged(transfer, migrant, Asked { directed, copy_to, pinned, inventory }, view)
    }

    /// Somebody whom the register has dropped and whom no source names tonight: a letter about nobody helps nobody.
    fn is_nobody(&self, migrant: &Migrant) -> Option<Hold> {
        let patient = &migrant.patient;
        let named = !patient.name.is_empty() || !patient.ids.is_empty();
        (self.dropped.contains(&patient.patient) && !named).then(|| Hold {
            reason: Reason::IdentityConflict,
            detail: "pasienten står ikke lenger i pasientregisteret, og ingen kilde nevner navn eller nummer"
                .to_owned(),
        })
    }

    fn judged(&self, transfer: &Transfer, migrant: &Migrant, asked: Asked, view: &mut View) -> Fresh {
        if !self.inputs.receiver_files_held.is_empty() {
            let detail = self.inputs.receiver_files_held.join(", ");
            return Fresh::Hold(vec![Hold { reason: Reason::SourceIncomplete, detail }]);
        }
        let Asked { directed, copy_to, pinned, inventory } = asked;
        let inventory = package::measured(transfer, self.job, self.press, self.now, inventory);
        let handed_over = transfer.handed_over();
        let question = Question {
            copy_to,
            directed,
            handed_over: &handed_over,
            destination: &transfer.birth.the_move.key.to,
            district: transfer.birth.the_move.district.as_ref(),
            content: transfer.birth.content,
            has_message_id: migrant.message_id().is_some(),
            inventory: &inventory,
            waivers: &transfer.waivers,
            now: self.now,
        };
        let settings = Settings::of(self.job);
        let known = self.inputs.known(&settings);
        match judge(transfer, &question, &known, &self.job.routes, pinned.as_ref()) {
            Judgement::Cleared(cleared) => Fresh::Send(cleared),
            Judgement::Held { reasons, routes } => {
                view.routes = routes;
                Fresh::Hold(reasons)
            }
        }
    }
}

/// What a transfer asks of its routes.
struct Asked {
    /// The one route it may take.
    directed: Option<Channel>,
    /// The party a copy is for.
    copy_to: Option<HerId>,
    /// The way that went before it: who was told is told what is new, as long as that way is open.
    pinned: Option<Clearance>,
    /// What it carries.
    inventory: Inventory,
}

/// The results that lay ready to be told, and that tonight's sources name in no version: somebody may have taken them out
/// because they were another's, or the file may hold the latest rows alone. Neither is guessed.
fn vanished(ready: Option<&Inventory>, told: &Inventory, now: &Inventory) -> Option<Hold> {
    let is_told =
        |item: &TbItem| told.tb.iter().flat_map(|tb| tb.carried()).any(|t| changes::same_version(t, item));
    let missing =
        ready.into_iter().flat_map(|ready| changes::unnamed(ready, now)).filter(|item| !is_told(item));
    let keys: Vec<&str> = missing.map(|item| item.source_key.as_str()).collect();
    (!keys.is_empty()).then(|| Hold {
        reason: Reason::ResultsMissing,
        detail: format!("{} står ikke lenger blant resultatene, og er ikke annullert", keys.join(", ")),
    })
}

/// Whether it has left for sure: what is in doubt goes once more.
fn has_left(transfer: &Transfer) -> bool {
    transfer.state.may_have_left() && !matches!(transfer.state, State::InDoubt { .. })
}
