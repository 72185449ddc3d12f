//! One transfer taken up again because a person asks: what that means where it stands, or why it cannot be.
//!
//! Pure: gives the events that come before tonight's look at it, and the look then decides as in any night. What was
//! accepted never goes twice unless the person says so, and what still may be answered is waited for. Leaves out the
//! look (`run`) and the command line (`cli`).

use chrono::FixedOffset;

use super::left_alone::{LeftAlone, NotTakenUp};
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
    /// Whether this one transfer was named, and not its person.
    pub named: bool,
}

/// What is around a transfer when it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Around {
    /// The time of asking.
    pub now: Now,
    /// Hours from GenDate until a missing receipt is overdue.
    pub receipt_hours: u32,
    /// Whether the person has moved elsewhere after the move it belongs to.
    pub moved_since: bool,
    /// Whether it is a copy, or follows one: it rests on an agreement.
    pub copy: bool,
}

/// What comes before the look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenUp {
    /// Take the file out of the tray first; when it is gone, nothing else happens.
    pub remove_placed: bool,
    /// Record these.
    pub events: Vec<Event>,
}

/// What a person's asking means for a transfer where it stands.
///
/// # Errors
/// [`LeftAlone`] when rules or house do not allow it, with what can be done instead.
pub fn take_up(transfer: &Transfer, ask: &Ask, around: Around) -> Result<TakenUp, LeftAlone> {
    let left_alone = |why| LeftAlone { transfer: transfer.id.clone(), state: transfer.state.code(), why };
    let asked = Asked { transfer, ask, around };
    let mut taken = asked.opened().map_err(left_alone)?;
    if ask.channel.is_some() && around.copy {
        return Err(left_alone(NotTakenUp::CopyHasItsRoute));
    }
    let as_told = matches!(ask.channel, None | Some(Channel::Print | Channel::Outbox));
    if matches!(transfer.birth.kind, Kind::Recall { .. }) && !as_told {
        return Err(left_alone(NotTakenUp::RecallHasItsRoute));
    }
    if ask.channel.is_some() || asked.takes_back_a_route(&taken) {
        taken.events.push(Event::Direct { channel: ask.channel, hand: ask.hand.clone() });
    }
    Ok(taken)
}

struct Asked<'a> {
    transfer: &'a Transfer,
    ask: &'a Ask,
    around: Around,
}

impl Asked<'_> {
    /// The events after which the transfer can be looked at anew.
    fn opened(&self) -> Result<TakenUp, NotTakenUp> {
        let taken_back = self.transfer.recalled.filter(|_| self.transfer.is_taken_back() && !self.ask.again);
        if let Some(why) = taken_back {
            return Err(NotTakenUp::Recalled(why));
        }
        match &self.transfer.state {
            State::Planned => self.planned(),
            State::Held { .. } => Ok(self.held()),
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
            State::Accepted { .. } if self.around.moved_since => Err(NotTakenUp::MovedSince),
            State::Abandoned { .. } if !self.ask.named => Err(NotTakenUp::GivenUp),
            State::Accepted { .. } | State::Abandoned { .. } => Ok(events(vec![self.reopen()])),
            State::Rejected { parts, .. } => self.rejected(parts),
            State::Withdrawn { why, .. } => Err(NotTakenUp::Withdrawn(*why)),
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
        if date > self.around.now.date_naive() {
            return Err(NotTakenUp::NotDue(date));
        }
        Ok(TakenUp::default())
    }

    /// What waits is looked at; asked for once more, it forgets what was accepted of it.
    fn held(&self) -> TakenUp {
        match self.ask.again && !self.transfer.earlier.is_empty() {
            true => events(vec![self.give_up(), self.reopen()]),
            false => TakenUp::default(),
        }
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
        self.transfer.receipt_due(self.around.receipt_hours)
    }

    fn is_overdue(&self) -> bool {
        self.due().is_some_and(|due| self.around.now > due)
    }

    fn minute(&self, moment: Moment) -> String {
        local(moment, self.around.now.offset()).format("%Y-%m-%d %H:%M").to_string()
    }

    fn day(&self, moment: Moment) -> String {
        local(moment, self.around.now.offset()).date_naive().to_string()
    }
}

fn local(moment: Moment, offset: &FixedOffset) -> Now {
    moment.with_timezone(offset)
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

    fn around(minutes: i64) -> Around {
        Around { now: minute(minutes).fixed_offset(), receipt_hours: 96, moved_since: false, copy: false }
    }

    /// What asking so many hours after the sealing means, in words.
    fn told(state: State, again: bool, channel: Option<Channel>, hours: i64) -> String {
        let ask = Ask { hand: samples::hand(), channel, again, named: true };
        let around = around(60 * hours);
        let transfer = standing(state);
        match take_up(&transfer, &ask, around) {
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
        let ask = Ask { hand: samples::hand(), channel: Some(Channel::Print), again: false, named: true };
        let around = around(60);
        let why = |transfer: &Transfer| take_up(transfer, &ask, around).map(|_| ()).map_err(|left| left.why);
        let mut recalled = standing(state("rejected"));
        recalled.recalled = Some(Reason::Overtaken);
        assert_eq!(why(&recalled), Err(NotTakenUp::Recalled(Reason::Overtaken)));
        let mut future = standing(state("planned"));
        future.birth.the_move.key.date += chrono::Duration::days(9);
        assert_eq!(why(&future), Err(NotTakenUp::NotDue(future.birth.the_move.key.date)));
        let mut copy = standing(state("held"));
        copy.birth.kind = Kind::Copy { receiver: crate::place::HerId(1) };
        let copied = Around { copy: true, ..around };
        let refused = take_up(&copy, &ask, copied).map(|_| ()).map_err(|left| left.why);
        assert_eq!(refused, Err(NotTakenUp::CopyHasItsRoute));
        let mut recall = standing(state("held"));
        recall.birth.kind = Kind::Recall { ordinal: 1, of: samples::transfer_id() };
        assert_eq!(why(&recall), Ok(()), "a letter instead of a message");
        let in_epj = Ask { channel: Some(Channel::InEpj), ..ask.clone() };
        let refused = take_up(&recall, &in_epj, around).map(|_| ()).map_err(|left| left.why);
        assert_eq!(refused, Err(NotTakenUp::RecallHasItsRoute));
        let mut gone = standing(state("placed"));
        gone.may_have_been_posted = true;
        assert_eq!(why(&gone), Err(NotTakenUp::MayHaveBeenPosted));
    }

    #[test]
    fn what_was_given_up_is_opened_by_name_and_nothing_goes_to_where_the_person_lived() {
        let ask = |named| Ask { hand: samples::hand(), channel: None, again: true, named };
        let why = |state: &str, ask: &Ask, around| {
            take_up(&standing(self::state(state)), ask, around)
                .map(|up| up.events.len())
                .map_err(|left| left.why)
        };
        assert_eq!(why("abandoned", &ask(false), around(60)), Err(NotTakenUp::GivenUp));
        assert_eq!(why("abandoned", &ask(true), around(60)), Ok(1));
        let moved = Around { moved_since: true, ..around(60) };
        assert_eq!(why("accepted", &ask(true), moved), Err(NotTakenUp::MovedSince));
        assert_eq!(why("accepted", &ask(true), around(60)), Ok(1));
    }

    #[test]
    fn asking_without_a_route_takes_a_chosen_one_back() {
        let ask = Ask { hand: samples::hand(), channel: None, again: false, named: true };
        let around = around(60);
        let mut held = standing(state("held"));
        held.directed = Some(Channel::Outbox);
        let up = take_up(&held, &ask, around).map(|up| up.events);
        assert_eq!(up, Ok(vec![Event::Direct { channel: None, hand: samples::hand() }]));
    }
}
