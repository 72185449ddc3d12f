//! One transfer taken up again because a person asks: what that means where it stands, or why it cannot be.
//!
//! Pure: gives the events that come before tonight's look at it, and the look then decides as in any night. What was
//! accepted never goes twice unless the person says so, and what still may be answered is waited for. Leaves out the
//! look (`run`) and the command line (`cli`).

use chrono::{FixedOffset, NaiveDate};
use thiserror::Error;

use crate::id::TransferId;
use crate::moves::{Moment, Now};
use crate::reason::Reason;
use crate::transfer::{Event, Hand, Hold, Kind, Part, State, Transfer};
use crate::verdict::Channel;

/// What a person asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Who, and why.
    pub hand: Hand,
    /// The one route it is to take; none for the job's own.
    pub channel: Option<Channel>,
    /// Whether also to send again what was accepted, or may still be answered.
    pub again: bool,
}

/// When things are due, for telling what may still be answered.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// The time of asking.
    pub now: Now,
    /// Hours from GenDate until a missing receipt is overdue.
    pub receipt_hours: u32,
}

/// What comes before the look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenUp {
    /// Take the file out of the tray first; when it is gone, nothing else happens.
    pub remove_placed: bool,
    /// Record these.
    pub events: Vec<Event>,
}

/// Why a transfer is not taken up. Each says what can be done instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotTakenUp {
    /// Its date is still to come.
    #[error("its move is dated {0}; it goes by itself when the date comes")]
    NotDue(NaiveDate),
    /// The person has moved abroad, died or moved on.
    #[error("there is nothing to send ({0}){advice}", advice = and_advice(*.0))]
    NothingToSend(Reason),
    /// It lies in a tray.
    #[error("it lies in the tray as {0}; post it and `confirm` it, or give another --channel")]
    InTray(String),
    /// It lay in a tray and is gone.
    #[error("its file is gone from the tray and may have been posted; `confirm` or `withdraw` it first")]
    MayHaveBeenPosted,
    /// The tray is in trouble.
    #[error("its file cannot be taken out of the tray; the report's held files say why")]
    TrayTrouble,
    /// Whether it left is not known, and another route would make it two.
    #[error(
        "it may have left already; without --channel the same message goes again, with --again another one does"
    )]
    MayHaveLeft,
    /// It is answered, or will be.
    #[error(
        "it was sent {sent} and an answer can come until {until}; then it can be taken up, or now with --again"
    )]
    Unanswered {
        /// When it left.
        sent: String,
        /// Until when an answer is waited for.
        until: String,
    },
    /// It was posted, and nobody has to answer.
    #[error("it was posted {0}; `confirm` it when the receiver has it, or send it again with --again")]
    Posted(String),
    /// The receiver has it.
    #[error("it was accepted {0}; it is sent again only with --again")]
    Accepted(String),
    /// A part of it was refused, others are still to be answered.
    #[error(
        "{open} of its {all} messages are not answered yet and would go twice; an answer can come until {until}, \
         or send everything again with --again"
    )]
    PartsUnanswered {
        /// Messages without an answer.
        open: usize,
        /// Messages.
        all: usize,
        /// Until when an answer is waited for.
        until: String,
    },
    /// It was stopped for good.
    #[error("it was withdrawn{0}; a withdrawn transfer is never opened again")]
    Withdrawn(String),
    /// It went where it should not have gone.
    #[error("it should not have gone there ({0}); the transfers of the new move go by themselves")]
    Recalled(Reason),
    /// It is being sent.
    #[error("a run is sending it")]
    InFlight,
    /// A copy goes where its agreement says.
    #[error("a copy takes the route of its agreement; it cannot be given another")]
    CopyHasItsRoute,
}

/// A transfer that was asked for, and why it is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("transfer {transfer} is {state}: {why}")]
pub struct LeftAlone {
    /// Which.
    pub transfer: TransferId,
    /// Its state.
    pub state: &'static str,
    /// Why.
    pub why: NotTakenUp,
}

/// What a person's asking means for a transfer where it stands.
///
/// # Errors
/// [`LeftAlone`] when rules or house do not allow it, with what can be done instead.
pub fn take_up(transfer: &Transfer, ask: &Ask, deadlines: Deadlines) -> Result<TakenUp, LeftAlone> {
    let left_alone = |why| LeftAlone { transfer: transfer.id.clone(), state: transfer.state.code(), why };
    let asked = Asked { transfer, ask, deadlines };
    let mut taken = asked.opened().map_err(left_alone)?;
    if ask.channel.is_some() && matches!(transfer.birth.kind, Kind::Copy { .. }) {
        return Err(left_alone(NotTakenUp::CopyHasItsRoute));
    }
    if ask.channel.is_some() || asked.takes_back_a_route(&taken) {
        taken.events.push(Event::Direct { channel: ask.channel, hand: ask.hand.clone() });
    }
    Ok(taken)
}

struct Asked<'a> {
    transfer: &'a Transfer,
    ask: &'a Ask,
    deadlines: Deadlines,
}

impl Asked<'_> {
    /// The events after which the transfer can be looked at anew.
    fn opened(&self) -> Result<TakenUp, NotTakenUp> {
        if let Some(why) = self.transfer.recalled.filter(|why| *why != Reason::ProtectedAfterSending) {
            return Err(NotTakenUp::Recalled(why));
        }
        match &self.transfer.state {
            State::Planned => self.planned(),
            State::Held { .. } => Ok(TakenUp::default()),
            State::NothingToSend { why, .. } => self.nothing_to_send(*why),
            State::Collected { .. }
            | State::Cleared { .. }
            | State::Sealed { .. }
            | State::Deferred { .. } => Ok(self.made_anew_for_a_route()),
            State::InFlight { .. } => Err(NotTakenUp::InFlight),
            State::InDoubt { .. } => self.in_doubt(),
            State::Placed { place, .. } => self.placed(place),
            State::Sent { at, parts, .. } | State::Delivered { at, parts, .. } => self.sent(*at, parts),
            State::Accepted { .. } if !self.ask.again => {
                Err(NotTakenUp::Accepted(self.day(self.transfer.since)))
            }
            State::Accepted { .. } | State::Abandoned { .. } => Ok(events(vec![self.reopen()])),
            State::Rejected { parts, .. } => self.rejected(parts),
            State::Withdrawn { why, .. } => {
                let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
                Err(NotTakenUp::Withdrawn(why))
            }
        }
    }

    /// Asked for without a route, what waits for one that a person chose goes by the job's own again. Opening again
    /// takes a choice back by itself; what is sealed keeps the route it is sealed for.
    fn takes_back_a_route(&self, taken: &TakenUp) -> bool {
        let waits = matches!(self.transfer.state, State::Planned | State::Held { .. });
        waits && taken.events.is_empty() && self.transfer.directed.is_some()
    }

    fn planned(&self) -> Result<TakenUp, NotTakenUp> {
        let date = self.transfer.birth.the_move.key.date;
        if date > self.deadlines.now.date_naive() {
            return Err(NotTakenUp::NotDue(date));
        }
        Ok(TakenUp::default())
    }

    /// A late result or an objection taken back is told by the look; a route can be chosen only for what is open
    /// again. Who moved on can be sent to all the same.
    fn nothing_to_send(&self, why: Reason) -> Result<TakenUp, NotTakenUp> {
        if matches!(why, Reason::NothingFound | Reason::Objection) {
            let opens = self.ask.channel.map(|_| self.reopen());
            return Ok(events(opens.into_iter().collect()));
        }
        if why == Reason::MovedOn && self.ask.again {
            return Ok(events(vec![self.reopen()]));
        }
        Err(NotTakenUp::NothingToSend(why))
    }

    /// What is sealed goes as it is, unless another route was chosen for it.
    fn made_anew_for_a_route(&self) -> TakenUp {
        if self.ask.channel.is_none() {
            return TakenUp::default();
        }
        events(vec![Event::Hold { reasons: vec![Hold::plain(Reason::ChannelTrouble)] }, Event::Resume])
    }

    fn in_doubt(&self) -> Result<TakenUp, NotTakenUp> {
        match (self.ask.again, self.ask.channel) {
            (true, _) => Ok(events(vec![self.give_up(), self.reopen()])),
            (false, None) => Ok(TakenUp::default()),
            (false, Some(_)) => Err(NotTakenUp::MayHaveLeft),
        }
    }

    fn placed(&self, place: &str) -> Result<TakenUp, NotTakenUp> {
        let sealed_for = self.transfer.state.sealed().map(|sealed| sealed.clearance.channel);
        if self.transfer.may_have_been_posted {
            return Err(NotTakenUp::MayHaveBeenPosted);
        }
        if self.ask.channel.is_none() || self.ask.channel == sealed_for {
            return Err(NotTakenUp::InTray(place.to_owned()));
        }
        Ok(TakenUp { remove_placed: true, ..self.made_anew_for_a_route() })
    }

    fn sent(&self, at: Moment, parts: &[Part]) -> Result<TakenUp, NotTakenUp> {
        if self.ask.again || self.is_overdue() {
            return Ok(events(vec![self.give_up(), self.reopen()]));
        }
        match self.due().filter(|_| !parts.is_empty()) {
            Some(until) => Err(NotTakenUp::Unanswered { sent: self.minute(at), until: self.minute(until) }),
            None => Err(NotTakenUp::Posted(self.day(at))),
        }
    }

    /// Everything that was accepted stays with the receiver; what may still be must not go twice.
    fn rejected(&self, parts: &[Part]) -> Result<TakenUp, NotTakenUp> {
        let open = parts.iter().filter(|part| part.receipt.is_none()).count();
        let answered = open < parts.len();
        match self.due().filter(|_| answered && open > 0 && !self.ask.again && !self.is_overdue()) {
            Some(until) => {
                let until = self.minute(until);
                Err(NotTakenUp::PartsUnanswered { open, all: parts.len(), until })
            }
            None => Ok(events(vec![self.reopen()])),
        }
    }

    fn reopen(&self) -> Event {
        Event::Reopen { hand: self.ask.hand.clone(), again: self.ask.again }
    }

    fn give_up(&self) -> Event {
        Event::GiveUp { hand: self.ask.hand.clone() }
    }

    /// Until when an application receipt should come (HITS 1168:2016 § 4.1); none where none is waited for.
    fn due(&self) -> Option<Moment> {
        self.transfer.receipt_due(self.deadlines.receipt_hours)
    }

    fn is_overdue(&self) -> bool {
        self.due().is_some_and(|due| self.deadlines.now > due)
    }

    fn minute(&self, moment: Moment) -> String {
        local(moment, self.deadlines.now.offset()).format("%Y-%m-%d %H:%M").to_string()
    }

    fn day(&self, moment: Moment) -> String {
        local(moment, self.deadlines.now.offset()).date_naive().to_string()
    }
}

fn local(moment: Moment, offset: &FixedOffset) -> Now {
    moment.with_timezone(offset)
}

/// A reason's advice after its code, where it has any.
fn and_advice(why: Reason) -> String {
    match why.advice(crate::lang::Lang::En) {
        "" => String::new(),
        advice => format!("; {advice}"),
    }
}

fn events(events: Vec<Event>) -> TakenUp {
    TakenUp { remove_placed: false, events }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::samples::{self, minute};
    use crate::transfer::{Layer, ReceiptAnswer};
    use crate::verdict::Content;

    fn standing(state: State) -> Transfer {
        let birth = samples::birth("P-1", Content::Journal);
        let mut transfer = Transfer::new(samples::transfer_id(), birth, minute(0));
        transfer.state = state;
        transfer
    }

    /// What asking so many hours after the sealing means, in words.
    fn told(state: State, again: bool, channel: Option<Channel>, hours: i64) -> String {
        let ask = Ask { hand: samples::hand(), channel, again };
        let deadlines = Deadlines { now: minute(60 * hours).fixed_offset(), receipt_hours: 96 };
        let transfer = standing(state);
        match take_up(&transfer, &ask, deadlines) {
            Ok(up) => {
                let mut tried = transfer.clone();
                for event in &up.events {
                    assert_eq!(
                        tried.apply(event, minute(9)),
                        Ok(()),
                        "{} in {}",
                        event.code(),
                        tried.state.code()
                    );
                }
                let mut words: Vec<&str> = if up.remove_placed { vec!["-"] } else { Vec::new() };
                words.extend(up.events.iter().map(Event::code));
                words.push("look");
                words.join(" ")
            }
            Err(left) => {
                format!("{:?}", left.why).split([' ', '(', '{']).next().unwrap_or_default().to_owned()
            }
        }
    }

    fn state(code: &str) -> State {
        let found = samples::states().into_iter().find(|state| state.code() == code);
        found.unwrap_or(State::Planned)
    }

    fn rejected(answers: [Option<ReceiptAnswer>; 2]) -> State {
        let part = |no: u32| samples::part(no, answers[no as usize - 1].map(samples::receipt));
        State::Rejected {
            sealed: samples::sealed(1, 2),
            by: Layer::Application,
            codes: Vec::new(),
            at: Some(minute(3)),
            parts: vec![part(1), part(2)],
        }
    }

    #[test]
    fn each_state_has_its_answer() {
        use Channel::{Outbox, Print};
        let nothing = |why| State::NothingToSend { why, inventory: Default::default() };
        let (yes, no) = (Some(ReceiptAnswer::Accepted), Some(ReceiptAnswer::Rejected));
        let rows: [(&str, String, &str); 35] = [
            ("planned", told(state("planned"), false, None, 1), "look"),
            ("planned, a route", told(state("planned"), false, Some(Print), 1), "direct look"),
            ("held", told(state("held"), false, None, 1), "look"),
            ("held, a route", told(state("held"), false, Some(Print), 1), "direct look"),
            ("objected", told(nothing(Reason::Objection), false, None, 1), "look"),
            (
                "objected, a route",
                told(nothing(Reason::Objection), false, Some(Print), 1),
                "reopen direct look",
            ),
            (
                "nothing found, a route",
                told(nothing(Reason::NothingFound), false, Some(Print), 1),
                "reopen direct look",
            ),
            (
                "collected, a route",
                told(state("collected"), false, Some(Print), 1),
                "hold resume direct look",
            ),
            ("cleared, a route", told(state("cleared"), false, Some(Print), 1), "hold resume direct look"),
            ("dead", told(nothing(Reason::Dead), true, None, 1), "NothingToSend"),
            ("moved on", told(nothing(Reason::MovedOn), false, None, 1), "NothingToSend"),
            ("moved on, all the same", told(nothing(Reason::MovedOn), true, None, 1), "reopen look"),
            ("sealed", told(state("sealed"), false, None, 1), "look"),
            ("sealed, a route", told(state("sealed"), false, Some(Print), 1), "hold resume direct look"),
            ("deferred", told(state("deferred"), false, None, 1), "look"),
            ("deferred, a route", told(state("deferred"), false, Some(Print), 1), "hold resume direct look"),
            ("in flight", told(state("in-flight"), true, None, 1), "InFlight"),
            ("in doubt", told(state("in-doubt"), false, None, 1), "look"),
            ("in doubt, a route", told(state("in-doubt"), false, Some(Print), 1), "MayHaveLeft"),
            ("in doubt, again", told(state("in-doubt"), true, None, 1), "give-up reopen look"),
            ("placed", told(state("placed"), false, None, 1), "InTray"),
            ("placed, the same route", told(state("placed"), false, Some(Outbox), 1), "InTray"),
            ("placed, another", told(state("placed"), false, Some(Print), 1), "- hold resume direct look"),
            ("sent", told(state("sent"), false, None, 1), "Unanswered"),
            ("sent, overdue", told(state("sent"), false, None, 97), "give-up reopen look"),
            ("sent, again", told(state("sent"), true, None, 1), "give-up reopen look"),
            ("delivered", told(state("delivered"), false, None, 1), "Unanswered"),
            ("accepted", told(state("accepted"), false, None, 1), "Accepted"),
            ("accepted, again", told(state("accepted"), true, Some(Print), 1), "reopen direct look"),
            ("one no, one yes", told(rejected([no, yes]), false, None, 1), "reopen look"),
            ("one no, one open", told(rejected([no, None]), false, None, 1), "PartsUnanswered"),
            ("one no, one open, late", told(rejected([no, None]), false, None, 97), "reopen look"),
            ("one no, one open, again", told(rejected([no, None]), true, None, 1), "reopen look"),
            ("given up", told(state("abandoned"), false, None, 1), "reopen look"),
            ("withdrawn", told(state("withdrawn"), true, None, 1), "Withdrawn"),
        ];
        for (name, told, expected) in rows {
            assert_eq!(told, expected, "{name}");
        }
    }

    #[test]
    fn what_should_not_have_gone_there_a_move_to_come_and_a_copys_route_are_left_alone() {
        let ask = Ask { hand: samples::hand(), channel: Some(Channel::Print), again: false };
        let deadlines = Deadlines { now: minute(60).fixed_offset(), receipt_hours: 96 };
        let why =
            |transfer: &Transfer| take_up(transfer, &ask, deadlines).map(|_| ()).map_err(|left| left.why);
        let mut recalled = standing(state("rejected"));
        recalled.recalled = Some(Reason::Overtaken);
        assert_eq!(why(&recalled), Err(NotTakenUp::Recalled(Reason::Overtaken)));
        let mut future = standing(state("planned"));
        future.birth.the_move.key.date += chrono::Duration::days(9);
        assert_eq!(why(&future), Err(NotTakenUp::NotDue(future.birth.the_move.key.date)));
        let mut copy = standing(state("held"));
        copy.birth.kind = Kind::Copy { receiver: crate::place::HerId(1) };
        assert_eq!(why(&copy), Err(NotTakenUp::CopyHasItsRoute));
        let mut gone = standing(state("placed"));
        gone.may_have_been_posted = true;
        assert_eq!(why(&gone), Err(NotTakenUp::MayHaveBeenPosted));
    }

    #[test]
    fn asking_without_a_route_takes_a_chosen_one_back() {
        let ask = Ask { hand: samples::hand(), channel: None, again: false };
        let deadlines = Deadlines { now: minute(60).fixed_offset(), receipt_hours: 96 };
        let mut held = standing(state("held"));
        held.directed = Some(Channel::Outbox);
        let up = take_up(&held, &ask, deadlines).map(|up| up.events);
        assert_eq!(up, Ok(vec![Event::Direct { channel: None, hand: samples::hand() }]));
    }

    #[test]
    fn every_answer_says_what_can_be_done() {
        let left = LeftAlone {
            transfer: samples::transfer_id(),
            state: "sent",
            why: NotTakenUp::Unanswered {
                sent: "2026-11-22 02:00".to_owned(),
                until: "2026-11-26 02:00".to_owned(),
            },
        };
        assert_eq!(
            left.to_string(),
            "transfer AAAA-BBBB-CCCC-DDDD is sent: it was sent 2026-11-22 02:00 and an answer can come until \
             2026-11-26 02:00; then it can be taken up, or now with --again"
        );
        let moved_on = NotTakenUp::NothingToSend(Reason::MovedOn).to_string();
        assert!(moved_on.starts_with("there is nothing to send (moved-on); "), "{moved_on}");
        assert_eq!(
            NotTakenUp::NothingToSend(Reason::Abroad).to_string(),
            "there is nothing to send (abroad)"
        );
    }
}
