//! What the feed says of the events whose documents stand beside it: their order, type and time.
//!
//! Kept is what can concern somebody known, or links numbers; an entry without its document is told, and so is a
//! document that no entry names.

use std::collections::{BTreeMap, BTreeSet};

use super::known::Known;
use super::stage;
use super::unread::unread;
use crate::intake::cells::Reading;
use crate::intake::occurrence::{EventKind, Occurrence, Place};
use crate::message::freg::feed::Entry;
use crate::message::stated_time;
use crate::moves::Now;
use crate::person::{NationalId, mask_numbers, parse_id};
use crate::tabular::{BadCell, RejectedRow};

/// One entry of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) sequence: u64,
    pub(super) kind: EventKind,
    /// What the feed calls it, as it may be shown.
    pub(super) written: String,
    /// Whether something may follow from its document.
    pub(super) may_tell: bool,
    pub(super) registered: Option<Now>,
    pub(super) at: Place,
    /// Whom it is about, where the number can be read.
    pub(super) person: Option<NationalId>,
}

impl Listed {
    /// Whether its document may say where its person lives.
    pub(super) fn may_tell_address(&self) -> bool {
        may_tell_address(&self.kind, &self.written)
    }

    /// That the event was not read, where it may say where its person lives.
    pub(super) fn unread(&self, event_id: &str) -> Option<Occurrence> {
        let registered = self.registered.map(|at| at.to_utc());
        let person = self.person.as_ref().filter(|_| self.may_tell_address());
        person.map(|id| unread(&self.at, id, event_id, registered, self.sequence))
    }
}

/// An entry whose document is not there: the row to list, and that an event of somebody was not read.
pub(super) type Missing = (RejectedRow, Option<Occurrence>);

/// Everything the feed lists and that may matter, by the id of its document.
#[derive(Clone, Debug, Default)]
pub(super) struct Feed {
    /// Whether there is a feed at all.
    pub(super) is_there: bool,
    pub(super) listed: BTreeMap<String, Listed>,
    /// Entries that should have a document and name none, and what is not known because of it.
    pub(super) without: Vec<Missing>,
    /// How many entries there are.
    pub(super) entries: u64,
}

impl Feed {
    /// Takes in one entry.
    pub(super) fn take(&mut self, entry: Entry, at: Place, known: &Known, reading: &Reading) {
        self.entries += 1;
        let Some(written) = entry.event.kind.as_deref().filter(|kind| !kind.is_empty()) else {
            let reason = "the entry does not say what kind of event it is";
            let row = BadCell::new("hendelsetype", "missing-value", reason).reject(&at.file, at.line);
            return self.without.push((row, None));
        };
        let kind = EventKind::parse(written);
        let number = entry.event.person.as_deref().unwrap_or_default();
        let person = parse_id(number, None, reading.environment, reading.now.date_naive());
        let person = person.ok().map(|parsed| parsed.id);
        if kind != EventKind::IdentityChange && !person.as_ref().is_some_and(|id| known.has(id)) {
            return;
        }
        let (may_tell, written) = (may_tell(&kind, written), stage::readable(written));
        let registered = entry.event.registered.as_deref().and_then(stated_time::parse);
        let listed = Listed { sequence: entry.sequence, kind, written, may_tell, registered, at, person };
        match entry.event.document.filter(|document| !document.is_empty()) {
            Some(document) => self.keep(mask_numbers(&document).into_owned(), listed),
            // An update has no document: the person is to be read again, and nothing else is told.
            None if listed.kind == EventKind::Status || !listed.may_tell => {}
            None => self.without.push(missing(&listed, &format!("sekvensnummer-{}", listed.sequence))),
        }
    }

    /// The same entry may be read many times.
    fn keep(&mut self, document: String, listed: Listed) {
        match self.listed.get(&document) {
            Some(known) if (known.sequence, &known.at) <= (listed.sequence, &listed.at) => {}
            Some(_) | None => drop(self.listed.insert(document, listed)),
        }
    }

    /// Takes in what another file of the feed lists.
    pub(super) fn absorb(&mut self, other: Feed) {
        self.is_there |= other.is_there;
        self.entries += other.entries;
        self.without.extend(other.without);
        other.listed.into_iter().for_each(|(document, listed)| self.keep(document, listed));
    }

    /// The entries whose document did not come.
    pub(super) fn unmatched(&self, matched: &BTreeSet<String>) -> Vec<Missing> {
        let open =
            self.listed.iter().filter(|(document, listed)| listed.may_tell && !matched.contains(*document));
        open.map(|(document, listed)| missing(listed, document)).chain(self.without.iter().cloned()).collect()
    }
}

fn missing(listed: &Listed, event_id: &str) -> Missing {
    let reason = "the feed lists an event whose document is not there; what it says is not known";
    let row = BadCell::new("hendelsesdokument", "missing-document", reason);
    (row.reject(&listed.at.file, listed.at.line), listed.unread(event_id))
}

/// Types of events whose documents say nothing of where somebody lives, of their numbers, or whether they are alive
/// and here: one that did not come is not missed. Lower case.
const TELL_NOTHING: [&str; 12] = [
    "endringinavn",
    "endringisivilstand",
    "endringikjoenn",
    "endringifamilierelasjon",
    "endringiforeldreansvar",
    "endringistatsborgerskap",
    "endringivergemaal",
    "endringikontaktinformasjon",
    "endringibrukavsamiskspraak",
    "endringilegitimasjonsdokument",
    "endringikontaktopplysningerfordoedsbo",
    "personeroppdatert",
];

/// Whether an event of this type may say where its person lives: a change of status may bring an address too.
pub(super) fn may_tell_address(kind: &EventKind, written: &str) -> bool {
    kind.may_tell_address() || (*kind == EventKind::Status && may_tell(kind, written))
}

/// Whether anything can follow from the document of an event of this type. A change of status may bring an address, a
/// death or a leaving; what only counts, and what tells of something else, cannot.
fn may_tell(kind: &EventKind, written: &str) -> bool {
    !kind.only_counts() && !TELL_NOTHING.contains(&written.to_lowercase().as_str())
}
