//! An entry as the columns of its row, and back.
//!
//! The subject and the kind are columns of their own, for people who look and for reading one transfer's story;
//! the body is JSON. What cannot be read is reported without a word of it: bodies are about persons.

use chrono::SecondsFormat;
use rusqlite::types::Type;
use serde::de::DeserializeOwned;

use super::entry::Entry;
use crate::id::TransferId;
use crate::moves::Moment;
use crate::transfer::Event;

/// How the kind of an event begins.
const EVENT: &str = "event:";

/// What an entry is about and says.
pub(super) struct RowText {
    /// The transfer, or empty.
    pub(super) subject: String,
    /// `plan`, `event:seal`, `whereabouts` …
    pub(super) kind: String,
    /// JSON.
    pub(super) body: String,
}

/// Puts an entry into words.
pub(super) fn encode(entry: &Entry) -> serde_json::Result<RowText> {
    let body = match entry {
        Entry::Plan { birth, .. } => serde_json::to_string(birth),
        Entry::Event { event, .. } => serde_json::to_string(event),
        Entry::Disclosure { disclosure } => serde_json::to_string(disclosure),
        Entry::Contradiction { .. }
        | Entry::Whereabouts { .. }
        | Entry::Unplaced { .. }
        | Entry::Ended { .. }
        | Entry::Objection { .. }
        | Entry::Grading { .. }
        | Entry::Link { .. }
        | Entry::ReceiptRead { .. }
        | Entry::Settled { .. }
        | Entry::Pruned { .. }
        | Entry::RunEnded { .. }
        | Entry::Restored { .. }
        | Entry::FoundSealed { .. } => serde_json::to_string(entry),
    }?;
    Ok(RowText { subject: subject(entry).to_owned(), kind: kind(entry), body })
}

/// Reads what [`encode`] wrote; the error says what is wrong without quoting it.
pub(super) fn decode(subject_text: &str, kind_text: &str, body: &str) -> Result<Entry, String> {
    let transfer = || TransferId::from_text(subject_text);
    let entry = if kind_text == "plan" {
        Entry::Plan { transfer: transfer(), birth: parse(body)? }
    } else if kind_text.starts_with(EVENT) {
        Entry::Event { transfer: transfer(), event: parse::<Box<Event>>(body)? }
    } else {
        parse(body)?
    };
    if subject(&entry) != subject_text || kind(&entry) != kind_text {
        return Err("its columns disagree with its text".to_owned());
    }
    Ok(entry)
}

/// Reads JSON; the error tells only the place.
pub(super) fn parse<T: DeserializeOwned>(body: &str) -> Result<T, String> {
    serde_json::from_str(body)
        .map_err(|error| format!("its text cannot be read at column {}", error.column()))
}

/// The transfer an entry is about, or empty.
fn subject(entry: &Entry) -> &str {
    match entry {
        Entry::Plan { transfer, .. }
        | Entry::Event { transfer, .. }
        | Entry::Contradiction { transfer, .. }
        | Entry::Pruned { transfer, .. }
        | Entry::FoundSealed { transfer, .. } => transfer.as_str(),
        Entry::Disclosure { disclosure } => disclosure.transfer.as_str(),
        Entry::Whereabouts { .. }
        | Entry::Unplaced { .. }
        | Entry::Ended { .. }
        | Entry::Objection { .. }
        | Entry::Grading { .. }
        | Entry::Link { .. }
        | Entry::ReceiptRead { .. }
        | Entry::Settled { .. }
        | Entry::RunEnded { .. }
        | Entry::Restored { .. } => "",
    }
}

fn kind(entry: &Entry) -> String {
    let word = match entry {
        Entry::Plan { .. } => "plan",
        Entry::Event { event, .. } => return format!("{EVENT}{}", event.code()),
        Entry::Contradiction { .. } => "contradiction",
        Entry::Whereabouts { .. } => "whereabouts",
        Entry::Unplaced { .. } => "unplaced",
        Entry::Ended { .. } => "ended",
        Entry::Objection { .. } => "objection",
        Entry::Grading { .. } => "grading",
        Entry::Link { .. } => "link",
        Entry::ReceiptRead { .. } => "receipt-read",
        Entry::Settled { .. } => "settled",
        Entry::Disclosure { .. } => "disclosure",
        Entry::Pruned { .. } => "pruned",
        Entry::RunEnded { .. } => "run-ended",
        Entry::Restored { .. } => "restored",
        Entry::FoundSealed { .. } => "found-sealed",
    };
    word.to_owned()
}

/// A moment as the ledger writes it: RFC 3339, UTC, nothing lost.
pub(super) fn moment_text(at: Moment) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Reads what [`moment_text`] wrote.
pub(super) fn parse_moment(text: &str) -> rusqlite::Result<Moment> {
    text.parse().map_err(|error: chrono::ParseError| {
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
    })
}
