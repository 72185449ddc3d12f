//! One transfer's whole story, so that a nurse can follow it and a reviewer prove it.
//!
//! Pure: from what the ledger tells of it to dated lines in words. Of a person whose address is strictly confidential
//! nothing is told that may name a place. Leaves out where the entries come from (`ledger`) and what is decided.

mod words;
mod teller;
mod contents;
mod way;
mod events;
mod face;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use serde::Serialize;

pub use face::text;

use self::teller::Teller;
use self::words::Words;
use super::Style;
use super::csv::what_to_do;
use crate::id::{ActionId, RunId, TransferId};
use crate::job::PersonShown;
use crate::lang::Lang;
use crate::ledger::Told;
use crate::moves::Now;
use crate::place::MunicipalityNo;
use crate::reason::Reason;
use crate::reconcile::{Action, TransferLine};
use crate::tables::municipalities::Municipalities;
use crate::transfer::Transfer;

/// Everything a story is told from.
#[derive(Debug)]
pub struct Telling<'a> {
    /// The transfer as it stands.
    pub transfer: &'a Transfer,
    /// What the ledger tells of it, in order.
    pub told: &'a [Told],
    /// Its line in an account of now; none when it was settled earlier.
    pub line: Option<&'a TransferLine>,
    /// What persons must do about it now.
    pub actions: &'a [Action],
    /// The same with what persons have settled already.
    pub matters: &'a [Action],
    /// The sender's municipality: where a move began that does not say.
    pub own: &'a MunicipalityNo,
    /// Whether nothing may be told that may name a place.
    pub protected: bool,
    /// How it is told.
    pub style: Style,
}

impl Telling<'_> {
    /// Where the person moved to; none for a protected one.
    fn to(&self) -> Option<String> {
        let key = &self.transfer.birth.the_move.key;
        let named = key.to.municipality().map(|number| named(&number));
        let district = self.transfer.birth.the_move.district.as_ref().map(|district| format!(", {district}"));
        let to = named.unwrap_or_else(|| key.to.code().to_owned()) + &district.unwrap_or_default();
        (!self.protected && !to.is_empty()).then_some(to)
    }

    fn from(&self) -> Option<String> {
        let from = self.transfer.birth.the_move.from.as_ref().unwrap_or(self.own);
        (!self.protected).then(|| named(from))
    }
}

/// A municipality's number and name.
fn named(number: &MunicipalityNo) -> String {
    match Municipalities::embedded().name(number) {
        Some(name) => format!("{number} {name}"),
        None => number.to_string(),
    }
}

/// A code and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coded {
    /// The code: the same in every language.
    pub code: String,
    /// The words.
    pub text: String,
}

impl Coded {
    fn new(code: &str, text: impl Into<String>) -> Self {
        Coded { code: code.to_owned(), text: text.into() }
    }
}

/// Why it stands where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The reason.
    pub code: Reason,
    /// What is the case.
    pub sentence: &'static str,
    /// What to do about it; empty where nothing is to be done.
    pub advice: &'static str,
    /// What to look at; may be empty.
    pub detail: String,
}

/// What a person must do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Todo {
    /// The action's id, for `settle`.
    pub action_id: ActionId,
    /// Whether it must be done today.
    pub urgent: bool,
    /// By when.
    pub due: NaiveDate,
    /// What it is.
    pub code: Reason,
    /// What is the case, what to do, what to look at.
    pub what_to_do: String,
}

/// One dated line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoryLine {
    /// When it was written down.
    pub at: Now,
    /// By which run.
    pub run: RunId,
    /// The event or entry, as the ledger calls it.
    pub kind: String,
    /// What happened.
    pub what: String,
    /// What proves it.
    pub details: Vec<String>,
    /// Where the transfer stood then, where that changed.
    pub state: Option<Coded>,
}

/// A transfer's story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Story {
    /// The transfer.
    pub transfer_id: TransferId,
    /// The person, masked; none where the job shows the reference alone.
    pub person: Option<String>,
    /// The EPJ's reference, identity numbers masked.
    pub patient_ref: String,
    /// Whether the address is strictly confidential, so that no place is told.
    pub protected: bool,
    /// What is sent.
    pub content: Coded,
    /// Which of the move's transfers.
    pub kind: Coded,
    /// The transfer it follows.
    pub of: Option<TransferId>,
    /// Moved from; none for a protected person.
    pub from: Option<String>,
    /// Moved to; none for a protected person.
    pub to: Option<String>,
    /// When the person moved.
    pub move_date: NaiveDate,
    /// Where it stands.
    pub state: Coded,
    /// Since when.
    pub since: Now,
    /// The revision.
    pub revision: u32,
    /// Attempts at sending, over all revisions.
    pub attempts: u32,
    /// Why, most severe first.
    pub reasons: Vec<Why>,
    /// What persons must do, most urgent first.
    pub actions: Vec<Todo>,
    /// Everything that happened, in order.
    pub events: Vec<StoryLine>,
}

/// Tells a transfer's story.
pub fn tell(telling: &Telling) -> Story {
    let Telling { transfer, style, .. } = telling;
    let (birth, words) = (&transfer.birth, Words(style.lang));
    let mut teller = Teller::new(telling);
    Story {
        transfer_id: transfer.id.clone(),
        person: match style.person {
            PersonShown::Masked => Some(birth.shown.clone()),
            PersonShown::Reference => None,
        },
        patient_ref: birth.patient.to_string(),
        protected: telling.protected,
        content: Coded::new(birth.content.code(), words.content(birth.content)),
        kind: Coded::new(birth.kind.code(), words.kind(&birth.kind)),
        of: birth.kind.of().cloned(),
        from: telling.from(),
        to: telling.to(),
        move_date: birth.the_move.key.date,
        state: Coded::new(transfer.state.code(), words.state(transfer.state.code())),
        since: transfer.since.with_timezone(&style.offset),
        revision: transfer.revision,
        attempts: transfer.attempts,
        reasons: reasons(telling),
        actions: telling.actions.iter().map(|action| todo(telling, action)).collect(),
        events: telling.told.iter().flat_map(|told| teller.tell(told)).collect(),
    }
}

/// What a state's code means, in words.
pub fn state_words(code: &str, lang: Lang) -> String {
    words::Words(lang).state(code)
}

fn reasons(telling: &Telling) -> Vec<Why> {
    let lang = telling.style.lang;
    let reasons = telling.line.map(|line| line.reasons.as_slice()).unwrap_or_default();
    let why = |(code, detail): &(Reason, String)| Why {
        code: *code,
        sentence: code.sentence(lang),
        advice: code.advice(lang),
        detail: if telling.protected { String::new() } else { detail.clone() },
    };
    reasons.iter().map(why).collect()
}

fn todo(telling: &Telling, action: &Action) -> Todo {
    Todo {
        action_id: action.action_id.clone(),
        urgent: action.urgent,
        due: action.due,
        code: action.code,
        what_to_do: what_to_do(action, telling.style.lang),
    }
}
