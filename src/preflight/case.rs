//! One route being judged: what its rows have found so far, and how a row ends it.
//!
//! A row is a function that goes on with what it found or breaks with a [`Ruling`]; the first that breaks is the
//! verdict. Leaves out the rows themselves.

use std::ops::ControlFlow;

use chrono::NaiveDate;

use super::agreements::{self, Agreement};
use super::area::Place;
use super::capability::Action;
use super::question::{Known, Question};
use crate::moves::Moment;
use crate::person::mask_numbers;
use crate::reason::Reason;
use crate::transfer::Waiver;
use crate::verdict::{Answer, Channel, Evidence, Receiver, RouteVerdict};

/// What a row gives: something for the rows after it, or the end.
pub(super) type Row<T> = ControlFlow<Ruling, T>;

/// The row that ended it, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ruling {
    answer: Answer,
    reason: Option<Reason>,
    detail: String,
    agreed: bool,
}

impl Ruling {
    /// The receiver can take it.
    pub(super) fn yes(agreed: bool) -> Self {
        Ruling { answer: Answer::Yes, reason: None, detail: String::new(), agreed }
    }

    /// It cannot, and why. Names in the detail come from other systems: what looks like a person's number is
    /// masked.
    pub(super) fn no(reason: Reason, detail: &str) -> Self {
        Ruling { answer: Answer::No, reason: Some(reason), detail: masked(detail), agreed: false }
    }

    /// Nothing says so, and what is missing.
    pub(super) fn unknown(reason: Reason, detail: &str) -> Self {
        Ruling { answer: Answer::Unknown, ..Ruling::no(reason, detail) }
    }
}

fn masked(text: &str) -> String {
    mask_numbers(text).into_owned()
}

/// A route being judged.
#[derive(Clone, Debug)]
pub(super) struct Case<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) known: &'a Known<'a>,
    pub(super) route: Channel,
    pub(super) place: &'a Place,
    evidence: Vec<Evidence>,
    receiver: Option<Receiver>,
    holds_until: Moment,
}

impl<'a> Case<'a> {
    /// A case at its beginning. An answer never holds longer than a snapshot may be old.
    pub(super) fn open(
        question: &'a Question<'a>,
        known: &'a Known<'a>,
        route: Channel,
        place: &'a Place,
    ) -> Self {
        let holds_until = known.settings.usable_until(question.now);
        Case { question, known, route, place, evidence: Vec::new(), receiver: None, holds_until }
    }

    /// Lets the answer rest on something.
    pub(super) fn rests_on(&mut self, evidence: Evidence) {
        if !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
    }

    /// Lets the answer hold no longer than this.
    pub(super) fn holds_at_most_until(&mut self, until: Option<Moment>) {
        self.holds_until = until.map_or(self.holds_until, |until| until.min(self.holds_until));
    }

    /// Lets the answer rest on an agreement, and end with it.
    pub(super) fn rests_on_agreement(&mut self, agreement: &Agreement) {
        self.rests_on(agreement.evidence());
        self.holds_at_most_until(agreement.until(self.question.now));
    }

    /// Lets the answer rest on a person's decision.
    pub(super) fn rests_on_decision(&mut self, waiver: &Waiver) {
        let text = format!("{} satt til side av {}: {}", waiver.reason, waiver.hand.by, waiver.hand.why);
        self.rests_on(Evidence::Decision(masked(&text)));
    }

    /// Sets who would get it.
    pub(super) fn goes_to(&mut self, receiver: Receiver) {
        self.receiver = Some(receiver);
    }

    /// What the route sends as a message; none where it sends none.
    pub(super) fn action(&self) -> Option<Action> {
        Action::of(self.route)
    }

    /// The day of asking, by the clock of here.
    pub(super) fn today(&self) -> NaiveDate {
        self.question.now.date_naive()
    }

    /// The agreements in force for this content, whatever their channel and place.
    pub(super) fn agreements(&self) -> impl Iterator<Item = &'a Agreement> + use<'a> {
        let (content, today) = (self.question.content, self.today());
        self.known
            .agreements
            .iter()
            .filter(move |agreement| agreement.content == content && agreement.in_force(today))
    }

    /// The agreement for this route at this place: the closest one, of several the latest.
    pub(super) fn local_agreement(&self) -> Option<&'a Agreement> {
        let route = self.route;
        let of_route = self.agreements().filter(move |agreement| agreement.channel == route);
        agreements::nearest(of_route, self.place)
            .into_iter()
            .max_by_key(|agreement| (agreement.agreed_on, *agreement))
    }

    /// Ends the case. What no longer holds at all holds for this moment alone.
    pub(super) fn close(self, ruling: Ruling) -> RouteVerdict {
        RouteVerdict {
            channel: self.route,
            answer: ruling.answer,
            reason: ruling.reason,
            detail: ruling.detail,
            evidence: self.evidence,
            receiver: self.receiver,
            agreed: ruling.agreed,
            valid_until: self.holds_until.max(self.question.now.to_utc()),
        }
    }
}
