//! Stays: everything that was ever said of where a person lives, by place and date.
//!
//! Rows that name the same place and date are one stay, whoever tells it and how often. A stay keeps its tellings
//! and its annulment apart: it stands when it was told after it was taken back.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveTime};

use super::destination;
use super::plan::Settings;
use crate::id::PatientRef;
use crate::intake::{EventKind, Occurrence};
use crate::ledger::Book;
use crate::moves::{Destination, Moment};
use crate::place::{DistrictNo, MunicipalityNo};
use crate::tables::municipalities::Municipalities;

/// What makes two rows one stay.
pub(super) type StayKey = (Destination, NaiveDate);

/// When something was told: a place in the order of what sources say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Told {
    /// When it was registered.
    pub(super) at: Moment,
    /// Its place among what was registered at the same time; 0 where the source does not tell.
    pub(super) sequence: u64,
}

impl Told {
    /// After everything.
    pub(super) const LAST: Told = Told { at: Moment::MAX_UTC, sequence: u64::MAX };

    /// When a row was registered; a source that does not say is taken to have done it when the move happened.
    pub(super) fn by(row: &Occurrence, date: NaiveDate) -> Told {
        Told::at(row.registered_at, row.sequence, date)
    }

    /// The same of what a row said.
    pub(super) fn at(registered_at: Option<Moment>, sequence: u64, date: NaiveDate) -> Told {
        Told { at: registered_at.unwrap_or(date.and_time(NaiveTime::MIN).and_utc()), sequence }
    }

    /// When a row says it was registered. A change that names no event comes after everything of its moment, where
    /// its source gives no order.
    pub(super) fn stated(row: &Occurrence) -> Option<Told> {
        let sequence = if row.of_latest && row.sequence == 0 { u64::MAX } else { row.sequence };
        row.registered_at.map(|at| Told { at, sequence })
    }
}

/// What the ledger has recorded of a stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Recorded {
    pub(super) ours: bool,
    pub(super) event_ids: BTreeSet<String>,
    pub(super) annulled_at: Option<Told>,
    pub(super) last_told: Told,
    /// Nobody moved by it when it was recorded.
    pub(super) minor: bool,
    /// Nobody could tell whose move it is.
    pub(super) undecided: bool,
}

/// One stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) tellings: BTreeSet<Told>,
    pub(super) annulled_at: Option<Told>,
    pub(super) event_ids: BTreeSet<String>,
    /// The municipalities that rows say the person came from.
    pub(super) from: BTreeSet<MunicipalityNo>,
    /// The municipality that the ledger's transfers of this move say.
    pub(super) recorded_from: Option<MunicipalityNo>,
    pub(super) district: Option<DistrictNo>,
    pub(super) mapped_from: Option<MunicipalityNo>,
    pub(super) candidates: Vec<MunicipalityNo>,
    /// Whether oppholdsadresse told it, and bostedsadresse.
    pub(super) temporary: bool,
    pub(super) permanent: bool,
    /// How many of tonight's rows tell it: as a move, and as a change of grading that brings an address.
    pub(super) rows: u64,
    pub(super) grading_rows: u64,
    /// Whether one of tonight's rows corrects or annuls it, or made it so.
    pub(super) changed: bool,
    pub(super) recorded: Option<Recorded>,
    /// Whether a change that cannot be given its place yet may be of it.
    pub(super) in_question: bool,
    /// When it was told anew, alone of several that contradicted each other: from then on it is the one.
    pub(super) decided_at: Option<Told>,
}

impl Stay {
    /// Whether the ledger has it as a move of ours, or as one that is not; none when nobody moved by it so far.
    pub(super) fn recorded_as_ours(&self) -> Option<bool> {
        let decided = |recorded: &&Recorded| !recorded.minor && !recorded.undecided;
        self.recorded.as_ref().filter(decided).map(|recorded| recorded.ours)
    }

    /// Whether it stands.
    pub(super) fn stands(&self) -> bool {
        self.annulled_at.is_none_or(|annulled| self.tellings.last().is_some_and(|told| *told > annulled))
    }

    /// When it was first told, counted from its last annulment if it stands again: its place in the order. What
    /// decided a contradiction stands where it did so.
    pub(super) fn position(&self) -> Told {
        self.decided_at.unwrap_or_else(|| self.first_told())
    }

    fn first_told(&self) -> Told {
        let told_after = |annulled: &Told| self.tellings.iter().find(|told| *told > annulled).copied();
        let again = self.annulled_at.as_ref().and_then(told_after);
        again.or_else(|| self.tellings.first().copied()).unwrap_or_default()
    }

    /// When it was last told.
    pub(super) fn last_told(&self) -> Told {
        self.tellings.last().copied().unwrap_or_default()
    }

    /// Adds a telling. The sequence number of an event is its own: a source that leaves it out tells nothing new.
    pub(super) fn add(&mut self, told: Told) {
        let numbered = |other: &Told| other.at == told.at && other.sequence > 0;
        if told.sequence == 0 && self.tellings.iter().any(numbered) {
            return;
        }
        self.tellings.remove(&Told { sequence: 0, ..told });
        self.tellings.insert(told);
    }

    /// Takes it back.
    pub(super) fn annul(&mut self, at: Told) {
        self.annulled_at = self.annulled_at.max(Some(at));
    }

    /// Whether any of tonight's rows is about it.
    pub(super) fn is_of_tonight(&self) -> bool {
        self.rows + self.grading_rows > 0 || self.changed
    }
}

/// Everything said of one person's whereabouts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stays(pub(super) BTreeMap<StayKey, Stay>);

impl Stays {
    /// What the ledger remembers of a patient.
    pub(super) fn remembered(book: &Book, patient: &PatientRef) -> Self {
        let mut stays = Stays::default();
        for residence in book.residences.get(patient).into_iter().flatten() {
            let stay = stays.0.entry((residence.to.clone(), residence.date)).or_default();
            let told = Told { at: residence.registered_at, sequence: residence.sequence };
            if residence.annulled {
                stay.annul(told);
            } else {
                stay.add(told);
            }
            stay.temporary |= residence.temporary;
            stay.permanent |= !residence.temporary;
            stay.event_ids.extend(residence.event_ids.iter().cloned());
            stay.from.extend(residence.from.clone());
            let before = stay.recorded.as_ref();
            let ours = residence.ours || before.is_some_and(|recorded| recorded.ours);
            stay.recorded = Some(Recorded {
                minor: residence.minor && before.is_none_or(|recorded| recorded.minor),
                undecided: residence.undecided,
                ours,
                event_ids: stay.event_ids.clone(),
                annulled_at: stay.annulled_at,
                last_told: stay.last_told(),
            });
        }
        for the_move in book.transfers_of(patient).map(|transfer| &transfer.birth.the_move) {
            if let Some(stay) = stays.0.get_mut(&(the_move.key.to.clone(), the_move.key.date)) {
                stay.recorded_from.clone_from(&the_move.from);
            }
        }
        stays
    }

    /// Takes in a row that tells something new.
    pub(super) fn tell(
        &mut self,
        row: &Occurrence,
        date: NaiveDate,
        municipalities: &Municipalities,
        settings: &Settings<'_>,
    ) {
        let stay = self.describe(row, date, municipalities, settings);
        stay.add(Told::by(row, date));
        stay.event_ids.extend(row.event_id.clone());
        if row.kind == EventKind::Grading {
            stay.grading_rows += 1;
        } else {
            stay.rows += 1;
        }
    }

    /// Lets a newer row decide between places of equal order: whoever finds out where the person lives writes just
    /// such a row, with the same place and date. Where anything else was told in between, the order says it all.
    pub(super) fn decide(&mut self) {
        let mut equals: BTreeMap<(Told, NaiveDate), Vec<(StayKey, Told)>> = BTreeMap::new();
        for (key, stay) in self.0.iter().filter(|(key, stay)| stay.stands() && key.0.municipality().is_some())
        {
            let told = (key.clone(), stay.last_told());
            equals.entry((stay.position(), key.1)).or_default().push(told);
        }
        let orders: Vec<Told> = equals.keys().map(|(position, _)| *position).collect();
        for ((position, _), mut told) in equals {
            told.sort_by_key(|(_, last_told)| *last_told);
            let [.., (_, second), (key, last)] = &told[..] else { continue };
            let between = |order: &Told| *order > position && order <= last;
            if last > second && !orders.iter().any(between) {
                self.0.entry(key.clone()).or_default().decided_at = Some(*last);
            }
        }
    }

    /// The stay a row is about, with what the row says of it, and not yet told. Where rows of one stay differ in
    /// what is beside the place, the smallest value stands: any rule would do that knows no order of rows.
    pub(super) fn describe(
        &mut self,
        row: &Occurrence,
        date: NaiveDate,
        municipalities: &Municipalities,
        settings: &Settings<'_>,
    ) -> &mut Stay {
        let resolved = destination::to(row, date, municipalities, settings);
        let stay = self.0.entry((resolved.to, date)).or_default();
        stay.temporary |= row.kind == EventKind::Residence;
        stay.permanent |= row.kind != EventKind::Residence;
        stay.from.extend(destination::from(row, date, municipalities, settings));
        stay.district = least(stay.district.take(), resolved.district);
        stay.mapped_from = least(stay.mapped_from.take(), resolved.mapped_from);
        if !resolved.candidates.is_empty() {
            stay.candidates = resolved.candidates;
        }
        stay
    }
}

fn least<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
