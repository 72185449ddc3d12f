//! What was made available of one patient's information, to whom, when, how and on which basis, in words the patient
//! can read (pasientjournalloven § 22 a).
//!
//! Pure: from the register's records and what became of each of them. Of a patient whose address is strictly
//! confidential no receiver, route or sender is told, nor anything else that may name a place. Leaves out who the
//! patient is (`run::disclosed`) and the paper it may be printed on.

pub mod fate;
mod words;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use serde::Serialize;

pub use fate::{Fate, fates};

use self::words::Words;
use super::Style;
use super::wrap::wrap;
use crate::ledger::Disclosure;
use crate::moves::Now;
use crate::place::HerId;
use crate::transfer::Kind;
use crate::verdict::{Channel, Content};

/// One record of the register, and what the ledger knows of its transfer.
#[derive(Clone, Debug)]
pub struct Given {
    /// The record.
    pub disclosure: Disclosure,
    /// Which of the move's transfers it was.
    pub kind: Kind,
    /// What became of it.
    pub fate: Fate,
    /// Whether it should not have gone there, as was found out later.
    pub recalled: bool,
}

/// Who made it available, and whom to ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct From {
    /// The organisation and its service.
    pub name: String,
    /// Whom to ask, and the telephone.
    pub contact: String,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The person, masked; none where the job shows the reference alone.
    pub person: Option<String>,
    /// The EPJ's reference, identity numbers masked; none where the ledger knows nobody.
    pub patient_ref: Option<String>,
    /// Whether nothing may be told that may name a place.
    pub protected: bool,
    /// The day of asking.
    pub today: NaiveDate,
    /// Who made it available.
    pub from: From,
    /// How it is told.
    pub style: Style,
}

/// One making available, told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// When.
    pub at: Now,
    /// Who received it; none where that is not told.
    pub receiver: Option<String>,
    /// The receiver's HER-id.
    pub receiver_her_id: Option<HerId>,
    /// How; none where that is not told, or it was handed over another way than the program's.
    pub channel: Option<Channel>,
    /// What.
    pub content: Content,
    /// `first`, `supplement`, `copy` or `recall`.
    pub kind: &'static str,
    /// How many results; none where that was not kept.
    pub results: Option<u64>,
    /// How many documents; none where that was not kept.
    pub documents: Option<u64>,
    /// The basis, as the register has it.
    pub basis: String,
    /// What became of it.
    pub outcome: Fate,
    /// Whether it should not have gone there, as was found out later.
    pub recalled: bool,
    /// What happened, in words.
    pub told: String,
    /// The basis, in words.
    pub basis_told: String,
    /// What became of it, in words; empty where nothing more is to be said.
    pub outcome_told: String,
}

/// A patient's disclosures, told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disclosed {
    /// The person, masked.
    pub person: Option<String>,
    /// The EPJ's reference, identity numbers masked.
    pub patient_ref: Option<String>,
    /// The day of asking.
    pub today: NaiveDate,
    /// Who made it available; none where that may name a place.
    pub from: Option<From>,
    /// Whether the address is strictly confidential, so that no receiver is told.
    pub protected: bool,
    /// Every making available, the oldest first.
    pub records: Vec<Record>,
}

/// Tells them, the oldest first.
pub fn tell(asking: &Asking, mut given: Vec<Given>) -> Disclosed {
    given.sort_by(|a, b| order(&a.disclosure).cmp(&order(&b.disclosure)));
    Disclosed {
        person: asking.person.clone(),
        patient_ref: asking.patient_ref.clone(),
        today: asking.today,
        from: (!asking.protected).then(|| asking.from.clone()),
        protected: asking.protected,
        records: given.iter().map(|given| record(asking, given)).collect(),
    }
}

fn order(record: &Disclosure) -> (crate::moves::Moment, Content, &crate::id::TransferId, u32) {
    (record.at, record.content, &record.transfer, record.revision)
}

fn record(asking: &Asking, given: &Given) -> Record {
    let Given { disclosure, kind, fate, recalled } = given;
    let words = Words(asking.style.lang);
    let at = disclosure.at.with_timezone(&asking.style.offset);
    let receiver = (!asking.protected).then(|| words.receiver(disclosure));
    let channel = disclosure.channel.filter(|_| !asking.protected);
    let outcome = [words.fate(*fate), if *recalled { words.recalled() } else { "" }];
    Record {
        at,
        told: match &receiver {
            Some(receiver) => words.given(disclosure, kind, receiver, at.date_naive()),
            None => words.given_to_somebody(disclosure, kind, at.date_naive()),
        },
        receiver,
        receiver_her_id: disclosure.receiver_her_id.filter(|_| !asking.protected),
        channel,
        content: disclosure.content,
        kind: kind.code(),
        results: disclosure.counted.map(|counted| counted.results),
        documents: disclosure.counted.map(|counted| counted.documents),
        basis: disclosure.basis.clone(),
        outcome: *fate,
        recalled: *recalled,
        basis_told: words.basis(&disclosure.basis),
        outcome_told: outcome.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" "),
    }
}

/// The list to be printed: lines of at most eighty columns. Ends with a newline.
pub fn text(disclosed: &Disclosed, style: &Style) -> String {
    let words = Words(style.lang);
    let mut out = format!("{}\n{}\n\n", words.heading(), words.law());
    let who = [disclosed.person.clone(), disclosed.patient_ref.as_ref().map(|known| format!("({known})"))];
    let who: Vec<String> = who.into_iter().flatten().collect();
    let mut line = |label: &str, value: &str| {
        out.push_str(&wrap(value, &format!("{label:<10}"), "          "));
    };
    line(words.label_person(), &who.join(" "));
    line(words.label_date(), &words.date(disclosed.today));
    if let Some(from) = &disclosed.from {
        line(words.label_from(), &from.name);
        line(words.label_contact(), &from.contact);
    }
    out.push('\n');
    if disclosed.protected && !disclosed.records.is_empty() {
        out.push_str(&(wrap(words.protected(), "", "") + "\n"));
    }
    for (no, record) in (1..).zip(&disclosed.records) {
        out.push_str(&wrap(&record.told, &format!("{:<4}", format!("{no}.")), "    "));
        out.push_str(&wrap(&record.basis_told, "    ", "    "));
        if !record.outcome_told.is_empty() {
            out.push_str(&wrap(&record.outcome_told, "    ", "    "));
        }
        out.push('\n');
    }
    if disclosed.records.is_empty() {
        out.push_str(&(wrap(words.nothing(), "", "") + "\n"));
    }
    out + &wrap(words.scope(), "", "")
}
