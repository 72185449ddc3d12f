//! Corrections and annulments: what they name is changed in its own place in the order.
//!
//! A correction of an old event does not make it the latest. Of several changes of one event the last registered
//! counts, and one that the ledger has already followed changes nothing again.

use std::collections::BTreeMap;

use super::destination;
use super::plan::Settings;
use super::stays::{Stay, StayKey, Stays, Told};
use super::unplaced::{Waiting, document};
use crate::intake::{Change, EventKind, Occurrence};
use crate::tables::municipalities::Municipalities;

/// What became of the changes.
#[derive(Debug, Default)]
pub(super) struct Applied<'a> {
    /// Rows that change nothing known: `annuls-nothing`.
    pub(super) unknown: Vec<&'a Occurrence>,
    /// Rows that change something, or have done so before.
    pub(super) known: Vec<&'a Occurrence>,
    /// Rows that name no event, and may be of one that was not read.
    pub(super) waits: Vec<&'a Occurrence>,
}

/// Applies changes. `left` says whether something of a stay has left the house: a corrected date changes nothing
/// then.
pub(super) fn apply<'a>(
    stays: &mut Stays,
    rows: &[&'a Occurrence],
    waiting: &Waiting,
    left: impl Fn(&StayKey) -> bool,
    municipalities: &Municipalities,
    settings: &Settings<'_>,
) -> Applied<'a> {
    let mut by_event: BTreeMap<&str, Vec<&'a Occurrence>> = BTreeMap::new();
    for row in rows {
        by_event.entry(row.event_id.as_deref().unwrap_or_default()).or_default().push(row);
    }
    let mut applied = Applied::default();
    // Those that name no event go by their own order: each finds what the ones before it have left.
    let mut events: Vec<(&str, Vec<&'a Occurrence>)> = by_event.into_iter().collect();
    events.sort_by_key(|(event, rows)| (of_latest_at(rows), *event));
    for (event, rows) in events {
        let named = target(stays, event);
        let seems = if named.is_none() { latest(stays, event, &rows) } else { None };
        let seems_told = seems.as_ref().and_then(|key| stays.0.get(key)).map(Stay::position);
        if named.is_none() && of_latest_at(&rows).is_some_and(|at| !waiting.is_sure(at, seems_told)) {
            question(stays, event, &rows);
            applied.waits.extend(rows);
            continue;
        }
        let Some(target) = named.or(seems) else {
            applied.unknown.extend(rows);
            continue;
        };
        // From now on the stay is known by the change's own id as well, so that the same change finds it again.
        stays.0.entry(target.clone()).or_default().event_ids.insert(event.to_owned());
        let last = rows.iter().max_by(|a, b| order(a).cmp(&order(b)));
        if let Some(last) = last.filter(|last| !is_followed(stays, event, last)) {
            match last.change {
                Change::Annulled => take_back(stays, event, Told::stated(last), None),
                Change::Corrected => correct(stays, (event, &target), last, &left, municipalities, settings),
                Change::New => {}
            }
        }
        let told_by = stays.0.values_mut().filter(|stay| stay.event_ids.contains(event));
        told_by.for_each(|stay| stay.changed = true);
        applied.known.extend(rows);
    }
    applied
}

/// When a change that names no event was told; none for those that name one.
fn of_latest_at(rows: &[&Occurrence]) -> Option<Told> {
    rows.iter().filter(|row| row.of_latest).find_map(|row| Told::stated(row))
}

/// The person's latest stay that stood, told by the same kind of event, when a change that names no event was
/// told.
fn latest(stays: &Stays, event: &str, rows: &[&Occurrence]) -> Option<StayKey> {
    let found = stays.0.iter().filter(|(_, stay)| may_be_of(event, rows, stay));
    let latest = found.max_by_key(|(key, stay)| (stay.position(), key.1, (*key).clone()));
    latest.map(|(key, _)| key.clone())
}

/// Whether a change that names no event may be of this stay: it stood when the change was told, by the same kind of
/// event.
fn may_be_of(event: &str, rows: &[&Occurrence], stay: &Stay) -> bool {
    let Some(row) = rows.iter().find(|row| row.of_latest) else { return false };
    let Some(at) = Told::stated(row) else { return false };
    let of_kind = match row.kind == EventKind::Residence {
        true => stay.temporary && !stay.permanent,
        false => stay.permanent,
    };
    // What the change's own event tells first is told in the place of what it takes back.
    let is_its_own = stay.event_ids.contains(document(event)) && stay.position().at >= at.at;
    of_kind && stay.stands() && stay.position() <= at && !is_its_own
}

/// A change that waits may be of whatever stood when it was told: what was not read may be a change too.
fn question(stays: &mut Stays, event: &str, rows: &[&Occurrence]) {
    let questioned = stays.0.values_mut().filter(|stay| may_be_of(event, rows, stay));
    questioned.for_each(|stay| stay.in_question = true);
}

fn order(row: &Occurrence) -> impl Ord + use<> {
    (
        row.registered_at,
        row.sequence,
        row.change,
        row.to.clone(),
        row.district.clone(),
        row.move_date,
        row.from.clone(),
    )
}

/// The stay an event stands behind: the latest that stands, else the latest of all.
fn target(stays: &Stays, event: &str) -> Option<StayKey> {
    let told_by = stays.0.iter().filter(|(_, stay)| stay.event_ids.contains(event));
    let latest = told_by.max_by_key(|(key, stay)| (stay.stands(), stay.position(), (*key).clone()));
    latest.map(|(key, _)| key.clone())
}

/// Whether a change registered then, or later, has already been followed, or the event was told anew after it or,
/// where it names none, by the change's own document.
fn is_followed(stays: &Stays, event: &str, row: &Occurrence) -> bool {
    let own = document(event);
    let told_anew = |stay: &Stay| row.of_latest && own != event && stay.event_ids.contains(own);
    let mut told_by = stays.0.values().filter(|stay| stay.event_ids.contains(event));
    Told::stated(row).is_some_and(|at| {
        told_by.any(|stay| stay.annulled_at >= Some(at) || stay.last_told() > at || told_anew(stay))
    })
}

/// Takes back everything the event told, whichever of it stands, but for what is to be kept; without a time of
/// its own, all that was told until tonight.
fn take_back(stays: &mut Stays, event: &str, at: Option<Told>, kept: Option<&StayKey>) {
    let told_by = stays.0.iter_mut().filter(|(_, stay)| stay.event_ids.contains(event) && stay.stands());
    for (_, stay) in told_by.filter(|(key, _)| Some(*key) != kept) {
        stay.annul(at.unwrap_or(stay.last_told()));
    }
}

/// Puts what the row says in the place of what the event told. Another date for the same municipality changes
/// nothing once something has left.
fn correct(
    stays: &mut Stays,
    (event, target): (&str, &StayKey),
    row: &Occurrence,
    left: &impl Fn(&StayKey) -> bool,
    municipalities: &Municipalities,
    settings: &Settings<'_>,
) {
    let Some(old) = stays.0.get(target).cloned() else { return };
    let date = row.move_date.unwrap_or(target.1);
    let to = destination::to(row, date, municipalities, settings).to;
    let mut standing = stays.0.iter().filter(|(_, stay)| stay.event_ids.contains(event) && stay.stands());
    let kept = standing.find(|(key, _)| key.0 == to && (key.1 == date || left(key)));
    let kept = kept.map(|(key, _)| key.clone());
    take_back(stays, event, Told::stated(row), kept.as_ref());
    if kept.is_some() {
        return;
    }
    let stay = stays.describe(row, date, municipalities, settings);
    if stay.from.is_empty() {
        stay.from.clone_from(&old.from);
    }
    stay.event_ids.extend(row.event_id.clone());
    let at = Told::stated(row).unwrap_or(old.last_told());
    stay.add(told_at(stay.annulled_at, old.position(), at));
}

/// When a corrected stay counts as told: in the place of what it replaces, unless it has been taken back since.
fn told_at(annulled_at: Option<Told>, position: Told, at: Told) -> Told {
    match annulled_at {
        Some(annulled) if position <= annulled => {
            let after = annulled.at + chrono::TimeDelta::nanoseconds(1);
            at.max(Told { at: after, ..annulled })
        }
        Some(_) | None => position,
    }
}
