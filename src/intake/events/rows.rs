//! One event document as rows: what it says of where somebody lives, of their numbers, grading, death or leaving.
//!
//! An event may change several things and is then several rows. A correction or annulment names no event and is of
//! the person's latest live one of that entity. An event of a known type that brings a new bostedsadresse is a
//! change of it, whatever it is called.

use chrono::{DateTime, NaiveDate, TimeDelta};

use super::feed::{Listed, may_tell_address};
use super::unread::unread;
use crate::intake::cells::{self, Reading};
use crate::intake::occurrence::{Change, EventKind, Occurrence, Place, Protection};
use crate::message::freg::document::{self, EntityChange, Event, Property, Value};
use crate::message::stated_time::{self, in_norway};
use crate::moves::Moment;
use crate::patient::Grading;
use crate::person::{IdType, NationalId, PersonName, mask_numbers, parse_id};
use crate::tabular::BadCell;
use crate::xml::Element;

/// What an event comes to.
#[derive(Debug)]
pub(super) enum Said {
    /// Nothing but its number is kept.
    Counted,
    /// Rows, and what somebody should look at.
    Rows(Vec<Occurrence>, Vec<BadCell>),
}

/// A document with what is known of it from elsewhere.
pub(super) struct Document<'a> {
    pub(super) root: &'a Element,
    pub(super) at: Place,
    pub(super) kind: EventKind,
    pub(super) id: NationalId,
    pub(super) listed: Option<&'a Listed>,
    pub(super) reading: &'a Reading,
}

/// The person the document is about.
///
/// # Errors
/// [`BadCell`] `bad-id` or `missing-value`.
pub(super) fn person(root: &Element, reading: &Reading) -> Result<cells::IdCell, BadCell> {
    const COLUMN: &str = "folkeregisteridentifikator";
    let written = root.child("hendelse").and_then(|event| event.child_text(COLUMN));
    let written = written.ok_or_else(|| BadCell::new(COLUMN, "missing-value", "the event names nobody"))?;
    match parse_id(written, None, reading.environment, reading.now.date_naive()) {
        Ok(parsed) => Ok(cells::IdCell { id: Some(parsed.id), early_2032: parsed.early_2032 }),
        Err(error) => Err(BadCell::new(COLUMN, "bad-id", error.to_string())),
    }
}

/// What a document says of its person's protection, when nothing else of it is used.
pub(super) fn protection(root: &Element, reading: &Reading) -> Option<Protection> {
    let grading = document::gradings(root).filter_map(Grading::parse).max()?;
    let today = reading.now.date_naive();
    let read = |text: &str| parse_id(text, None, reading.environment, today).ok().map(|parsed| parsed.id);
    let ids: Vec<NationalId> = document::numbers(root).filter_map(read).collect();
    let written = root.child("hendelse").and_then(|event| event.child_text("ajourholdstidspunkt"));
    let registered_at = written.and_then(stated_time::parse).map(|at| at.to_utc());
    (grading > Grading::Ungraded && !ids.is_empty()).then_some(Protection {
        patient_ref: None,
        ids,
        grading,
        registered_at,
    })
}

impl Document<'_> {
    /// That it could not be read, where it may say where its person lives.
    pub(super) fn unread(&self) -> Option<Occurrence> {
        let text = |name| self.root.child("hendelse").and_then(|event| event.child_text(name));
        let stated = text("ajourholdstidspunkt").and_then(stated_time::parse);
        let registered = stated.or_else(|| self.listed.and_then(|listed| listed.registered));
        let event_id = mask_numbers(self.root.child_text("dokumentidentifikator").unwrap_or_default());
        let sequence = self.listed.map_or(0, |listed| listed.sequence);
        let registered = registered.map(|at| at.to_utc());
        let of_address = may_tell_address(&self.kind, document::kind(self.root))
            || self.listed.is_some_and(Listed::may_tell_address);
        of_address.then(|| unread(&self.at, &self.id, &event_id, registered, sequence))
    }

    /// Reads it.
    ///
    /// # Errors
    /// [`BadCell`] with the element of the first trouble.
    pub(super) fn said(&self) -> Result<Said, BadCell> {
        let event = document::read(self.root)
            .map_err(|error| BadCell::new(error.element(), code(error), error.to_string()))?;
        let base = self.base(&event)?;
        let mut rows = match self.kind {
            EventKind::Move => both(&base, &event, "bostedsadresse", "oppholdsadresse")?,
            EventKind::Residence => both(&base, &event, "oppholdsadresse", "bostedsadresse")?,
            EventKind::Grading => gradings(&base, &event)?,
            EventKind::IdentityChange => return Ok(self.numbers(&base, &event)),
            EventKind::Dead | EventKind::Abroad => ends(&base, &event),
            EventKind::Status => statuses(&base, &event)?,
            EventKind::WithoutMoving | EventKind::Renumbering | EventKind::Other(_) | EventKind::Unread => {
                Vec::new()
            }
        };
        let address = |kind: &EventKind| matches!(kind, EventKind::Move | EventKind::Residence);
        let mut warnings = Vec::new();
        if rows.is_empty() && address(&self.kind) {
            let reason = "the only address of the event has ended; counted as an event of the person";
            warnings.push(BadCell::new("opphoerstidspunkt", "ended-address", reason));
            rows.push(Occurrence { kind: EventKind::Status, ..base });
        }
        Ok(if rows.is_empty() { Said::Counted } else { Said::Rows(rows, warnings) })
    }

    /// What all rows of the event have in common.
    fn base(&self, event: &Event) -> Result<Occurrence, BadCell> {
        let registered = event.registered.or_else(|| self.listed.and_then(|listed| listed.registered));
        let missing = || {
            let reason = "neither the document nor the feed says when the event was registered";
            BadCell::new("ajourholdstidspunkt", "missing-value", reason)
        };
        let registered = registered.ok_or_else(missing)?;
        let changes = event.properties.iter().any(|property| property.change != EntityChange::New);
        if changes && event.document.is_empty() {
            let reason = "a correction or an annulment needs an id of its own";
            return Err(BadCell::new("dokumentidentifikator", "missing-value", reason));
        }
        let id = mask_numbers(&event.document).into_owned();
        Ok(Occurrence {
            at: self.at.clone(),
            event_id: Some(id).filter(|id| !id.is_empty()),
            of_latest: false,
            patient_ref: None,
            id: Some(self.id.clone()),
            former_id: None,
            name: PersonName::default(),
            from: String::new(),
            to: String::new(),
            district: String::new(),
            move_date: norwegian_day(registered.to_utc()),
            registered_at: Some(registered.to_utc()),
            sequence: self.listed.map_or(0, |listed| listed.sequence),
            kind: self.kind.clone(),
            change: Change::New,
            grading: document::gradings(self.root).filter_map(Grading::parse).max(),
        })
    }

    /// The numbers that the event says are one person's. A split says the opposite, and links nobody.
    fn numbers(&self, base: &Occurrence, event: &Event) -> Said {
        let parse = |text: &str, stated| {
            let today = self.reading.now.date_naive();
            parse_id(text, stated, self.reading.environment, today).ok().map(|parsed| parsed.id)
        };
        let is_split = event.kind.to_lowercase().contains("splitting");
        let mut rows = Vec::new();
        for property in event.properties.iter().filter(|_| !is_split) {
            let (other, in_use) = match &property.value {
                Some(Value::Number { number, in_use }) => (parse(number, None), *in_use),
                Some(Value::Immigration(number)) => (parse(number, Some(IdType::Duf)), Some(false)),
                Some(_) | None => continue,
            };
            let Some(other) = other.filter(|other| *other != self.id) else { continue };
            let (id, former) =
                if in_use == Some(true) { (other, self.id.clone()) } else { (self.id.clone(), other) };
            let row = Occurrence { id: Some(id), former_id: Some(former), ..base.clone() };
            rows.push(changed(row, property.change));
        }
        if !rows.is_empty() {
            return Said::Rows(rows, Vec::new());
        }
        let reason = if is_split {
            "a record was divided; what was linked before is still linked, and a person must look"
        } else {
            "the event names no other number of the person"
        };
        Said::Rows(vec![base.clone()], vec![BadCell::new("identifikasjonsnummer", "no-link", reason)])
    }
}

fn code(error: document::DocumentError) -> &'static str {
    match error {
        document::DocumentError::Time(_) => "bad-date",
        document::DocumentError::Namespace
        | document::DocumentError::NotOne
        | document::DocumentError::Contradictory(_)
        | document::DocumentError::Change => "bad-value",
    }
}

/// A row of a correction or an annulment: of what the person's latest live event of its kind told. Its own id is
/// told apart from that of a new address in the same document.
fn changed(row: Occurrence, change: EntityChange) -> Occurrence {
    let (change, word) = match change {
        EntityChange::New => return row,
        EntityChange::Corrected => (Change::Corrected, "korrigere"),
        EntityChange::Annulled => (Change::Annulled, "annullere"),
    };
    let event_id = row.event_id.as_ref().map(|id| format!("{id} {word}"));
    Occurrence { change, of_latest: true, event_id, ..row }
}

/// Whether an address had ended when the event was registered.
fn has_ended(property: &Property, base: &Occurrence) -> bool {
    let at = property.ended.map(|ended| ended.to_utc());
    property.in_force == Some(false) || at.is_some_and(|at| base.registered_at.is_some_and(|told| at <= told))
}

/// The rows of one kind of address. `expected` says that an event without any is an address event without a
/// municipality.
fn homes(
    base: &Occurrence,
    event: &Event,
    entity: &'static str,
    expected: bool,
) -> Result<Vec<Occurrence>, BadCell> {
    let kind = if entity == "oppholdsadresse" { EventKind::Residence } else { EventKind::Move };
    let base = Occurrence { kind, ..base.clone() };
    let mut rows = Vec::new();
    let mut properties = event.properties.iter().filter(|property| property.entity == entity).peekable();
    if properties.peek().is_none() && expected {
        return Ok(vec![base]);
    }
    for property in properties {
        let row = match &property.value {
            _ if property.change == EntityChange::Annulled => base.clone(),
            Some(Value::Address(_)) if has_ended(property, &base) => continue,
            Some(Value::Address(address)) => {
                let valid = property.valid_from.and_then(|from| norwegian_day(from.to_utc()));
                let move_date = address.moved_on.or(valid).or(base.move_date);
                Occurrence { to: address.municipality.clone(), move_date, ..base.clone() }
            }
            Some(_) | None => {
                let reason = "a new or corrected address is not there";
                return Err(BadCell::new(entity, "missing-value", reason));
            }
        };
        rows.push(changed(row, property.change));
    }
    Ok(rows)
}

/// The rows of an address event: of the address it is called after, and of the other when it brings that too.
fn both(
    base: &Occurrence,
    event: &Event,
    own: &'static str,
    other: &'static str,
) -> Result<Vec<Occurrence>, BadCell> {
    let brought = homes(base, event, other, false)?;
    let mut rows = homes(base, event, own, brought.is_empty())?;
    rows.extend(brought);
    Ok(rows)
}

/// A change of protection, and the addresses it may bring. What was taken back lowers nothing, and neither does
/// what stands on an address alone; a protection that has ended lowers where the event leaves no doubt of it.
fn gradings(base: &Occurrence, event: &Event) -> Result<Vec<Occurrence>, BadCell> {
    let lowered = lowered(base, event);
    let base = &Occurrence { grading: lowered.or(base.grading), ..base.clone() };
    let taken_back = |property: &Property| {
        lowered.is_none()
            && property.entity == "adressebeskyttelse"
            && (property.change == EntityChange::Annulled || has_ended(property, base))
    };
    let change = if event.properties.iter().any(taken_back) { Change::Annulled } else { Change::New };
    let event_id = base.event_id.as_ref().map(|id| format!("{id} adressebeskyttelse"));
    let states = |property: &Property| {
        property.change == EntityChange::Annulled || property.value == Some(Value::Protection)
    };
    let kind = if event.properties.iter().any(states) { EventKind::Grading } else { EventKind::Status };
    let own = Occurrence { change, of_latest: change != Change::New, event_id, kind, ..base.clone() };
    let brought = homes(base, event, "bostedsadresse", false)?;
    let temporary = homes(base, event, "oppholdsadresse", false)?;
    let strict = base.grading == Some(Grading::StrictlyConfidential);
    // Where a strictly confidential person lives is no place to send to, and is not carried on.
    let told = brought.into_iter().chain(temporary).filter(|row| !strict || row.change != Change::New);
    Ok(std::iter::once(own).chain(told).collect())
}

/// What is left of a protection that a new event says has ended: that of the addresses it brings. None unless every
/// protection it states is new and ended at a time that has come, and it brings a home in force of which no address
/// says more than klientadresse. An annulment says that the protection never was, which lowers nothing (rules § 4),
/// and a correction may be of one that ended long before another began.
fn lowered(base: &Occurrence, event: &Event) -> Option<Grading> {
    let is_new = |property: &&Property| property.change == EntityChange::New;
    let (protections, others): (Vec<&Property>, Vec<&Property>) =
        event.properties.iter().partition(|property| property.entity == "adressebeskyttelse");
    let is_over = |property: &&Property| {
        property.value == Some(Value::Protection) && property.ended.is_some() && has_ended(property, base)
    };
    let states_the_end = !protections.is_empty() && protections.iter().all(|it| is_new(it) && is_over(it));
    let grading = |property: &Property| match &property.value {
        Some(Value::Address(address)) => address.grading.as_deref().and_then(Grading::parse),
        Some(_) | None => None,
    };
    let is_address = |property: &&&Property| matches!(property.value, Some(Value::Address(_)));
    let in_force = others.iter().filter(is_address).filter(|property| !has_ended(property, base));
    let home = |property: &&&Property| property.entity == "bostedsadresse" && is_new(property);
    let highest = in_force.clone().filter_map(|property| grading(property)).max()?;
    let clear = highest <= Grading::ClientAddress && in_force.filter(home).any(|it| grading(it).is_some());
    (states_the_end && clear).then_some(highest)
}

/// A death, or a move abroad.
fn ends(base: &Occurrence, event: &Event) -> Vec<Occurrence> {
    let told = event.properties.iter().find_map(|property| match &property.value {
        Some(Value::Death(day)) => Some((property, *day)),
        Some(Value::Emigration) => {
            Some((property, property.valid_from.and_then(|from| norwegian_day(from.to_utc()))))
        }
        Some(_) | None => None,
    });
    let named = |property: &&Property| matches!(property.entity.as_str(), "doedsfall" | "utflytting");
    let property = told.map(|(property, _)| property).or_else(|| event.properties.iter().find(named));
    let day = told.and_then(|(_, day)| day).or(base.move_date);
    let row = Occurrence { move_date: day, ..base.clone() };
    let is_over = |property: &Property| property.entity == "utflytting" && has_ended(property, base);
    match property.map(|property| property.change) {
        Some(EntityChange::Annulled) => vec![changed(row, EntityChange::Annulled)],
        // Who was abroad is back: that ends nothing.
        Some(_) if property.is_some_and(is_over) => vec![Occurrence { kind: EventKind::Status, ..row }],
        Some(EntityChange::New | EntityChange::Corrected) | None => vec![row],
    }
}

/// A change of status: dead and emigrated are what they are called; a new address is a change of it.
fn statuses(base: &Occurrence, event: &Event) -> Result<Vec<Occurrence>, BadCell> {
    let in_force = event
        .properties
        .iter()
        .filter(|property| property.change != EntityChange::Annulled && !has_ended(property, base));
    let ended = in_force.filter_map(|property| match &property.value {
        Some(Value::Status(status)) => match status.as_str() {
            "doed" => Some(EventKind::Dead),
            "utflyttet" => Some(EventKind::Abroad),
            _ => None,
        },
        Some(_) | None => None,
    });
    let mut rows: Vec<Occurrence> = ended.map(|kind| Occurrence { kind, ..base.clone() }).collect();
    rows.extend(homes(base, event, "bostedsadresse", false)?);
    rows.extend(homes(base, event, "oppholdsadresse", false)?);
    Ok(rows)
}

/// The day in Norway.
fn norwegian_day(at: Moment) -> Option<NaiveDate> {
    let local = |hours| (at + TimeDelta::hours(hours)).naive_utc();
    let holds = |hours: &i64| in_norway(local(*hours)).map(|time: DateTime<_>| time.to_utc()) == Some(at);
    [2, 1].into_iter().find(holds).or(Some(1)).map(|hours| local(hours).date())
}
