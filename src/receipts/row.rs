//! The words of a receipt row: a contract with the report's readers.
//!
//! Leaves out which of them applies.

use super::Read;
use crate::ledger::ReceiptRow;
use crate::moves::Moment;
use crate::person::mask_numbers;

/// What kind of thing was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An application receipt.
    AppRec,
    /// A filled-in packing list.
    PackingList,
    /// A filled-in worklist.
    Worklist,
    /// Neither.
    Unreadable,
}

impl Kind {
    fn code(self) -> &'static str {
        match self {
            Kind::AppRec => "apprec",
            Kind::PackingList => "packing-list",
            Kind::Worklist => "worklist",
            Kind::Unreadable => "unreadable",
        }
    }
}

/// What it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It is an event of its transfer now.
    Applied,
    /// The same was said before.
    Repeated,
    /// Nobody knows what it speaks of.
    Unmatched,
    /// It comes from somebody whom the message was not sent to.
    WrongSender,
    /// It speaks of a revision that is no longer the transfer's.
    EarlierRevision,
    /// It says what cannot be where the transfer stands.
    Contradiction,
    /// It says nothing that the rules know.
    Unreadable,
    /// A line that says only half of what it should.
    Incomplete,
}

impl Effect {
    pub(super) fn code(self) -> &'static str {
        match self {
            Effect::Applied => "applied",
            Effect::Repeated => "repeated",
            Effect::Unmatched => "unmatched",
            Effect::WrongSender => "wrong-sender",
            Effect::EarlierRevision => "earlier-revision",
            Effect::Contradiction => "contradiction",
            Effect::Unreadable => "unreadable",
            Effect::Incomplete => "incomplete",
        }
    }
}

/// A row that says only where it came from; `file` has been masked.
pub(super) fn blank(kind: Kind, file: &str, read_at: Moment) -> ReceiptRow {
    ReceiptRow {
        read_at,
        file: file.to_owned(),
        kind: kind.code().to_owned(),
        original_message_id: None,
        transfer: None,
        revision: None,
        part: None,
        status: String::new(),
        codes: String::new(),
        text: String::new(),
        effect: String::new(),
    }
}

/// A row that moves nothing.
pub(super) fn only(mut row: ReceiptRow, effect: Effect) -> Read {
    row.effect = effect.code().to_owned();
    Read { rows: vec![row], entries: Vec::new() }
}

/// The most characters of one text from outside that are kept.
const LONGEST: usize = 1000;

/// A text from outside, fit to be shown: identity numbers masked, no control characters, of bounded length.
pub(super) fn fit(text: &str) -> String {
    let plain: String = text.trim().chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    let masked = mask_numbers(&plain);
    // Masked first: a number that the cut would have halved is no longer known for one.
    match masked.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &masked[..end]),
        None => masked.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_outside_is_made_fit() {
        let long = "x".repeat(LONGEST + 1);
        let cut = format!("{}…", "x".repeat(LONGEST));
        let rows = [
            ("plain", " Pasienten finnes ikke ", "Pasienten finnes ikke"),
            ("with a number", "05849628625 finnes ikke", "*********25 finnes ikke"),
            ("with control characters", "a\r\nb\u{1b}[31m", "a  b [31m"),
            ("too long", long.as_str(), cut.as_str()),
        ];
        for (name, text, expected) in rows {
            assert_eq!(fit(text), expected, "{name}");
        }
    }
}
