//! The walk through a person's stays in order, and what each is to us.
//!
//! The order is (registered at, sequence number, move date); a stay without a clear municipality goes before those that have one.
//! Stays of equal order with different municipalities contradict each other. What the ledger once recorded as a
//! move of ours stays one.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::plan::Settings;
use super::stays::{Stay, StayKey, Stays, Told};
use crate::moves::Destination;
use crate::place::MunicipalityNo;

/// What a stay is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// A move of ours.
    Ours,
    /// The person came to the sender's own municipality.
    Own,
    /// A move between others.
    NotFromUs,
    /// A move of somebody the register has dropped.
    NotInRegister,
    /// The same municipality before and after.
    Same,
    /// Another date for the municipality where the person already is.
    Again,
}

impl Role {
    /// Whether the person lives somewhere else by it.
    pub(super) fn moves_person(self) -> bool {
        match self {
            Role::Ours | Role::Own | Role::NotFromUs | Role::NotInRegister => true,
            Role::Same | Role::Again => false,
        }
    }
}

/// One stay in its place.
#[derive(Clone, Debug)]
pub(super) struct Step<'a> {
    pub(super) key: &'a StayKey,
    pub(super) stay: &'a Stay,
    pub(super) role: Role,
    pub(super) from: MunicipalityNo,
    /// The municipalities that contradict each other here; empty where none do.
    pub(super) conflict: BTreeSet<Destination>,
    /// Counts the times the person left the sender's municipality: moves of one number follow on each other.
    pub(super) episode: u32,
}

impl Step<'_> {
    /// Its place in the order.
    pub(super) fn order(&self) -> (Told, NaiveDate) {
        (self.stay.position(), self.key.1)
    }
}

/// What the walk must know of the person beside the stays.
#[derive(Clone, Copy, Debug)]
pub(super) struct Person<'a> {
    /// Whether the ledger has a transfer of the person.
    pub(super) has_transfers: bool,
    /// Whether the register still has them.
    pub(super) in_register: bool,
    /// When they left the country, each with its place in the order.
    pub(super) left: &'a [(Told, NaiveDate)],
    pub(super) settings: &'a Settings<'a>,
}

/// Where the walk has come.
struct At<'a> {
    current: Vec<usize>,
    municipality: MunicipalityNo,
    ours_before: bool,
    episode: u32,
    person: Person<'a>,
}

/// Walks.
pub(super) fn walk<'a>(stays: &'a Stays, person: Person<'a>) -> Vec<Step<'a>> {
    let mut order: Vec<(&StayKey, &Stay)> = stays.0.iter().collect();
    order.sort_by_key(|(key, stay)| (group(key, stay), *key));
    let mut at = At {
        current: Vec::new(),
        municipality: person.settings.own.clone(),
        ours_before: person.has_transfers,
        episode: 0,
        person,
    };
    let mut steps: Vec<Step<'a>> = Vec::new();
    for equals in order.chunk_by(|a, b| group(a.0, a.1) == group(b.0, b.1)) {
        let new: Vec<Step<'a>> = equals.iter().map(|(key, stay)| at.step(key, stay, &steps)).collect();
        let first = steps.len();
        steps.extend(new);
        at.contradict(&mut steps, first);
        at.go_on(&mut steps, first);
    }
    steps
}

fn group(key: &StayKey, stay: &Stay) -> (Told, NaiveDate, bool) {
    (stay.position(), key.1, key.0.municipality().is_some())
}

impl At<'_> {
    fn step<'a>(&self, key: &'a StayKey, stay: &'a Stay, before: &[Step<'a>]) -> Step<'a> {
        let own = self.person.settings.own;
        let told = stay.recorded_from.as_ref().or_else(|| stay.from.get(own)).or_else(|| stay.from.first());
        let from = told.unwrap_or(&self.municipality).clone();
        let role = self.role(key, stay, &from, before);
        // Nobody moved by it so far, and it was taken back: nobody will.
        let over = stay.recorded.as_ref().is_some_and(|recorded| recorded.minor) && !stay.stands();
        let role = if over && role.moves_person() { Role::Again } else { role };
        Step { key, stay, role, from, conflict: BTreeSet::new(), episode: self.episode }
    }

    fn role(&self, key: &StayKey, stay: &Stay, from: &MunicipalityNo, before: &[Step<'_>]) -> Role {
        let (to, key_date) = (&key.0, key.1);
        let own = self.person.settings.own;
        let recorded = stay.recorded_as_ours();
        let municipality = to.municipality();
        let between_districts = matches!(to, Destination::District(_)) && municipality.as_ref() == Some(from);
        // Where two places contradict each other the person is in neither, and a later row decides.
        let is_there =
            |step: &Step<'_>| step.key.0 == *to && municipality.is_some() && step.conflict.is_empty();
        // Who has left the country since is nowhere: what comes then is a move, wherever it leads.
        let at = (stay.position(), key_date);
        let left = |step: &Step<'_>| self.person.left.iter().any(|left| step.order() <= *left && *left < at);
        let away = self.current.iter().any(|at| left(&before[*at]));
        let mut here = self.current.iter().map(|at| &before[*at]).filter(|_| !away);
        if recorded == Some(true) {
            Role::Ours
        } else if municipality.as_ref() == Some(from)
            && (!between_districts || here.clone().any(is_there))
            && recorded.is_none()
            && !away
        {
            Role::Same
        } else if municipality.as_ref() == Some(own) && !between_districts {
            Role::Own
        } else if here.any(|step| is_there(step) && step.role == Role::Ours) && recorded.is_none() {
            Role::Again
        } else if !self.person.in_register {
            Role::NotInRegister
        } else if recorded == Some(false) || (from != own && !self.ours_before) {
            Role::NotFromUs
        } else {
            Role::Ours
        }
    }

    /// Two municipalities of equal order: neither is believed.
    fn contradict(&self, steps: &mut [Step<'_>], first: usize) {
        let named = steps[first..].iter().filter(|step| {
            step.stay.stands() && step.role != Role::Same && step.key.0.municipality().is_some()
        });
        let named: BTreeSet<Destination> = named.map(|step| step.key.0.clone()).collect();
        if named.len() < 2 {
            return;
        }
        let again = self.current.iter().copied().filter(|at| named.contains(&steps[*at].key.0));
        let contradicted: Vec<usize> = again.chain(first..steps.len()).collect();
        contradicted.into_iter().for_each(|at| steps[at].conflict.clone_from(&named));
    }

    /// Goes on past the steps from `first`.
    fn go_on(&mut self, steps: &mut [Step<'_>], first: usize) {
        let own = self.person.settings.own;
        let leaves = |step: &Step<'_>| step.role == Role::Ours && step.from == *own && step.stay.stands();
        if steps[first..].iter().any(leaves) {
            self.episode += 1;
        }
        for step in &mut steps[first..] {
            step.episode = self.episode;
            self.ours_before |= step.role == Role::Ours;
        }
        let standing = |at: &usize| steps[*at].stay.stands() && steps[*at].role.moves_person();
        let new: Vec<usize> = (first..steps.len()).filter(standing).collect();
        let unclear = |at: usize| steps[at].key.0.municipality().is_none();
        let same_day = |a: usize, b: usize| steps[a].key.1 == steps[b].key.1;
        // A row without a municipality says no more than the row of the same day that names one.
        let told_better = new
            .iter()
            .any(|at| unclear(*at) && self.current.iter().any(|c| !unclear(*c) && same_day(*at, *c)));
        if new.is_empty() || told_better {
            return;
        }
        let believed = new.iter().rev().filter(|at| steps[**at].conflict.is_empty());
        if let Some(municipality) = believed.into_iter().find_map(|at| steps[*at].key.0.municipality()) {
            self.municipality = municipality;
        }
        if new.iter().any(|at| steps[*at].role == Role::Own) {
            self.episode += 1;
        }
        self.current = new;
    }
}
