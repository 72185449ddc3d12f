//! Whoever tells: the words, the transfer as the entries told so far have made it, and what every line needs.
//!
//! Knows what may be told of a person whose address is strictly confidential: no free text, it might name a place.
//! Leaves out the entries themselves (`contents`, `way`, `events`).

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset};

use super::Telling;
use crate::id::MessageId;
use crate::moves::Moment;
use crate::reason::Reason;
use crate::report::words::Words;
use crate::transfer::{ErrorCode, Hand, ParcelRecord, Transfer};

/// How the program signs what it decides itself.
const PROGRAM: &str = "journalflytt";

/// A sentence, and what stands below it.
pub(super) struct Said {
    pub(super) what: String,
    pub(super) details: Vec<String>,
}

impl Said {
    pub(super) fn plain(what: impl Into<String>) -> Self {
        Said { what: what.into(), details: Vec::new() }
    }

    pub(super) fn with(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }
}

/// Which message of its parcel, from 1, of how many, in which revision.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) no: usize,
    pub(super) of: usize,
    pub(super) revision: u32,
}

/// Tells entry after entry.
pub(super) struct Teller<'a> {
    pub(super) telling: &'a Telling<'a>,
    pub(super) words: Words,
    /// The transfer as the entries told so far have made it.
    pub(super) replayed: Transfer,
    pub(super) parts: BTreeMap<MessageId, Part>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(telling: &'a Telling<'a>) -> Self {
        let Transfer { id, birth, born_at, .. } = telling.transfer;
        let replayed = Transfer::new(id.clone(), birth.clone(), *born_at);
        Teller { telling, words: Words(telling.style.lang), replayed, parts: BTreeMap::new() }
    }

    /// Remembers which part each message of a parcel is.
    pub(super) fn number(&mut self, parcel: &ParcelRecord) {
        let (of, revision) = (parcel.messages().count(), self.replayed.revision);
        let numbered = parcel.messages().enumerate();
        self.parts.extend(numbered.map(|(at, message)| (message, Part { no: at + 1, of, revision })));
    }

    /// Which message, in words: «del 2 av 3».
    pub(super) fn part(&self, message: MessageId) -> String {
        let words = self.words;
        let Some(part) = self.parts.get(&message) else {
            return format!("{} {message}", words.pick("melding", "message"));
        };
        let which = match part.of {
            1 => words.pick("meldingen", "the message").to_owned(),
            _ => self.part_words(*part),
        };
        if part.revision == self.replayed.revision {
            return which;
        }
        let earlier = part.revision;
        words.say(format!("{which} i revisjon {earlier}"), format!("{which} of revision {earlier}"))
    }

    pub(super) fn part_words(&self, part: Part) -> String {
        let Part { no, of, .. } = part;
        self.words.say(format!("del {no} av {of}"), format!("part {no} of {of}"))
    }

    pub(super) fn codes(&self, codes: &[ErrorCode]) -> Vec<String> {
        let text =
            |code: &ErrorCode| self.open(&code.text).map(|text| format!(" {text}")).unwrap_or_default();
        let label = self.words.pick("Kode", "Code");
        codes.iter().map(|code| format!("{label} {}{}", code.code, text(code))).collect()
    }

    pub(super) fn sentence(&self, reason: Reason) -> String {
        reason.sentence(self.words.0).to_owned()
    }

    pub(super) fn by(&self, hand: &Hand) -> String {
        if hand.by == PROGRAM {
            self.words.pick("Programmet", "The program").to_owned()
        } else {
            hand.by.clone()
        }
    }

    /// A person's reason, or the sentence of the program's.
    pub(super) fn why(&self, hand: &Hand) -> Option<String> {
        let own = Reason::from_code(&hand.why).filter(|_| hand.by == PROGRAM);
        own.map(|reason| self.sentence(reason)).or_else(|| {
            self.open(&hand.why)
                .map(|why| format!("{}: {why}", self.words.pick("Begrunnelse", "Reason given")))
        })
    }

    /// A text that may name a place: nothing of it for a protected person.
    pub(super) fn open<'t>(&self, text: &'t str) -> Option<&'t str> {
        (!self.telling.protected && !text.is_empty()).then_some(text)
    }

    pub(super) fn time(&self, at: Moment) -> String {
        shown_time(at.with_timezone(&self.telling.style.offset))
    }
}

/// A time as a story writes it, `22.11.2026 02:00`.
pub(super) fn shown_time(at: DateTime<FixedOffset>) -> String {
    at.format("%d.%m.%Y %H:%M").to_string()
}
