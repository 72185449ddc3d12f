//! One route being judged: what its rows have found so far, how a row ends it, and what is left then.
//!
//! A row is a function that goes on with what it found or breaks with a [`Ruling`]; the first that breaks is the
//! verdict. Leaves out the rows themselves.

use std::ops::ControlFlow;

use super::agreements::{self, Agreement, Mode};
use super::area::Place;
use super::capability::{Action, ReceiverSeal};
use super::copies;
use super::question::{Known, Question};
use crate::id::Digest;
use crate::moves::Moment;
use crate::person::mask_numbers;
use crate::place::OrgNumber;
use crate::reason::Reason;
use crate::transfer::Waiver;
use crate::verdict::{Answer, Channel, Evidence, Function, Receiver, RouteVerdict, SealedTo, Sealing};

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

/// A route, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    /// The answer, for people.
    pub(super) verdict: RouteVerdict,
    /// What a Yes opens, for packaging; none with any other answer.
    pub(super) opening: Option<Opening>,
}

/// What a Yes opens: to whom, as what, in how many messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    /// Who gets it.
    pub(super) receiver: Receiver,
    /// What its messages are sent as; none where no message is sent.
    pub(super) function: Option<Function>,
    /// The messages of the conversation, each with the numbers of its documents; none where no message is sent.
    pub(super) messages: Vec<Vec<u32>>,
    /// What a bundle is sealed to, and the certificate itself (DER); none for every other channel.
    pub(super) sealed_to: Option<(SealedTo, Vec<u8>)>,
}

/// The agreements that speak of a question. A copy rests on the agreements that give this party one here, and on
/// nothing else; everything else on the agreements in force for the content, whatever their channel and place,
/// those on copies apart.
pub(super) fn agreements_for<'a>(
    question: &Question<'_>,
    known: &Known<'a>,
    place: &Place,
) -> Vec<&'a Agreement> {
    let (content, today) = (question.content, question.now.date_naive());
    let of_content = known.agreements.iter().filter(|agreement| agreement.is_for(content, today));
    match question.copy_to {
        Some(party) => {
            copies::agreed(of_content, place).into_iter().filter(|a| a.her_id == Some(party)).collect()
        }
        None => of_content.filter(|agreement| agreement.mode != Mode::Copy).collect(),
    }
}

/// A route being judged.
#[derive(Clone, Debug)]
pub(super) struct Case<'a> {
    pub(super) question: &'a Question<'a>,
    pub(super) known: &'a Known<'a>,
    pub(super) route: Channel,
    pub(super) place: &'a Place,
    agreements: Vec<&'a Agreement>,
    evidence: Vec<Evidence>,
    receiver: Option<Receiver>,
    function: Option<Function>,
    messages: Vec<Vec<u32>>,
    sealed_to: Option<(SealedTo, Vec<u8>)>,
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
        Case {
            question,
            known,
            route,
            place,
            agreements: agreements_for(question, known, place),
            evidence: Vec::new(),
            receiver: None,
            function: None,
            messages: Vec::new(),
            sealed_to: None,
            holds_until: known.settings.usable_until(question.now),
        }
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

    /// The number of the organisation above the party that would get it.
    pub(super) fn organisation(&self) -> Option<&OrgNumber> {
        match &self.receiver {
            Some(Receiver::Party(party)) => party.parent_org.as_ref(),
            Some(Receiver::Office(_) | Receiver::SameEpj(_)) | None => None,
        }
    }

    /// Sets what its messages are sent as.
    pub(super) fn goes_as(&mut self, function: Function) {
        self.function = Some(function);
    }

    /// Sets the messages of the conversation.
    pub(super) fn goes_in(&mut self, messages: Vec<Vec<u32>>) {
        self.messages = messages;
    }

    /// Sets the certificate that a bundle is sealed to.
    pub(super) fn is_sealed_to(&mut self, receiver: &ReceiverSeal, signed_by: Digest) {
        let sealed_to = SealedTo { certificate: receiver.digest(), signed_by, sealing: Sealing::default() };
        self.sealed_to = Some((sealed_to, receiver.der.clone()));
    }

    /// Sets how a bundle is sealed.
    pub(super) fn is_sealed_by(&mut self, sealing: Sealing) {
        if let Some((sealed_to, _)) = &mut self.sealed_to {
            sealed_to.sealing = sealing;
        }
    }

    /// Whether the route sends messages.
    pub(super) fn sends_messages(&self) -> bool {
        match self.route {
            Channel::Outbox => true,
            Channel::Bundle | Channel::Print | Channel::InEpj => false,
        }
    }

    /// What its messages are sent as, as profiles and outcomes name it; none where no message is sent.
    pub(super) fn action(&self) -> Option<Action> {
        self.function.map(Action::of)
    }

    /// The agreements that speak of the question.
    pub(super) fn agreements(&self) -> impl Iterator<Item = &'a Agreement> {
        self.agreements.iter().copied()
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
    pub(super) fn close(self, ruling: Ruling) -> Judged {
        let receiver = self.receiver.clone().filter(|_| ruling.answer == Answer::Yes);
        let opening = receiver.map(|receiver| Opening {
            receiver,
            function: self.function,
            messages: self.messages,
            sealed_to: self.sealed_to,
        });
        let verdict = RouteVerdict {
            channel: self.route,
            answer: ruling.answer,
            reason: ruling.reason,
            detail: ruling.detail,
            evidence: self.evidence,
            receiver: self.receiver,
            agreed: ruling.agreed,
            valid_until: self.holds_until.max(self.question.now.to_utc()),
        };
        Judged { verdict, opening }
    }
}
