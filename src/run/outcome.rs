//! What follows for a transfer from tonight's fresh look at it: one pure function over where it stands.
//!
//! Leaves out the look itself (`decide`) and the acts (`send`). An event is written only when the answer changes.

use crate::inventory::Inventory;
use crate::moves::Moment;
use crate::preflight::Cleared;
use crate::reason::{Concern, Reason};
use crate::transfer::{Event, Hand, Hold, State, Transfer};

/// Tonight's look at a transfer, as if it had just been planned.
#[derive(Debug)]
pub enum Fresh {
    /// Nobody can look tonight: not in tonight's register.
    Unseen,
    /// The date is still to come.
    Wait,
    /// It must wait, most severe first.
    Hold(Vec<Hold>),
    /// There is nothing to send.
    Nothing {
        /// Why.
        why: Reason,
        /// What was found all the same.
        inventory: Inventory,
    },
    /// It may leave.
    Send(Box<Cleared>),
}

/// What follows.
#[derive(Debug, Default)]
pub struct Act {
    /// Take the file out of the tray first; when it is gone, only that is recorded and nothing else happens.
    pub remove_placed: bool,
    /// Record these.
    pub events: Vec<Event>,
    /// And then.
    pub then: Then,
}

/// What follows after the events.
#[derive(Debug, Default)]
pub enum Then {
    /// Nothing.
    #[default]
    Rest,
    /// Make a parcel and send it.
    Seal(Box<Cleared>),
    /// Send the parcel that is sealed: the same bytes under the same ids.
    Resend,
}

impl Act {
    fn events(events: Vec<Event>) -> Self {
        Act { events, ..Act::default() }
    }

    fn seal(events: Vec<Event>, cleared: Box<Cleared>) -> Self {
        Act { events, then: Then::Seal(cleared), ..Act::default() }
    }

    fn resend() -> Self {
        Act { then: Then::Resend, ..Act::default() }
    }
}

/// What follows for this transfer from this look.
pub fn outcome(transfer: &Transfer, fresh: Fresh, now: Moment) -> Act {
    match &transfer.state {
        State::Planned => from_planned(fresh),
        State::Held { reasons, .. } => from_held(reasons, fresh),
        State::NothingToSend { why, .. } => from_nothing(transfer, *why, fresh),
        // Written only together with the sealing; met alone they are begun again.
        State::Collected { .. } | State::Cleared { .. } => begun_again(Reason::ChannelTrouble, fresh),
        State::Deferred { not_before, .. } if *not_before > now => Act::default(),
        State::Sealed { .. } | State::Deferred { .. } => from_sealed(transfer, fresh),
        State::InDoubt { .. } => from_in_doubt(transfer, fresh),
        State::Placed { .. } => from_placed(transfer, fresh),
        State::InFlight { .. }
        | State::Sent { .. }
        | State::Delivered { .. }
        | State::Accepted { .. }
        | State::Rejected { .. }
        | State::Abandoned { .. }
        | State::Withdrawn { .. } => Act::default(),
    }
}

fn from_planned(fresh: Fresh) -> Act {
    match fresh {
        Fresh::Unseen | Fresh::Wait => Act::default(),
        Fresh::Hold(reasons) => Act::events(vec![Event::Hold { reasons }]),
        Fresh::Nothing { why, inventory } => Act::events(vec![Event::FindNothing { why, inventory }]),
        Fresh::Send(cleared) => Act::seal(Vec::new(), cleared),
    }
}

fn from_held(before: &[Hold], fresh: Fresh) -> Act {
    match fresh {
        Fresh::Unseen => Act::default(),
        Fresh::Hold(reasons) if reasons == before => Act::default(),
        Fresh::Hold(reasons) => Act::events(vec![Event::Hold { reasons }]),
        Fresh::Wait | Fresh::Nothing { .. } | Fresh::Send(_) => {
            after(vec![Event::Resume], from_planned(fresh))
        }
    }
}

/// A late result, or an objection taken back, opens it again; who is abroad, dead or moved on stays so.
fn from_nothing(transfer: &Transfer, why: Reason, fresh: Fresh) -> Act {
    let can_change = transfer.state.may_open_again();
    match fresh {
        // A file that cannot be read tonight says nothing of what has become of it.
        Fresh::Hold(reasons) if reasons.iter().all(|hold| hold.reason == Reason::SourceIncomplete) => {
            Act::default()
        }
        Fresh::Hold(_) | Fresh::Send(_) if can_change => {
            after(vec![Event::Reopen { hand: Hand::program(why), again: false }], from_planned(fresh))
        }
        Fresh::Unseen | Fresh::Wait | Fresh::Hold(_) | Fresh::Nothing { .. } | Fresh::Send(_) => {
            Act::default()
        }
    }
}

fn begun_again(why: Reason, fresh: Fresh) -> Act {
    match fresh {
        Fresh::Unseen => Act::default(),
        Fresh::Hold(reasons) => Act::events(vec![Event::Hold { reasons }]),
        Fresh::Wait | Fresh::Nothing { .. } | Fresh::Send(_) => {
            let hold = Event::Hold { reasons: vec![Hold::plain(why)] };
            after(vec![hold, Event::Resume], from_planned(fresh))
        }
    }
}

/// A sealed parcel that has not left: sent as it is when nothing has changed, else made anew.
fn from_sealed(transfer: &Transfer, fresh: Fresh) -> Act {
    match fresh {
        Fresh::Unseen | Fresh::Wait => Act::default(),
        Fresh::Send(cleared) if is_same(transfer, &cleared) => Act::resend(),
        Fresh::Hold(_) => begun_again(Reason::LateResult, fresh),
        Fresh::Nothing { why, .. } => begun_again(why, fresh),
        Fresh::Send(ref cleared) => begun_again(why_anew(transfer, cleared), fresh),
    }
}

/// Why what is sealed is made anew.
fn why_anew(transfer: &Transfer, cleared: &Cleared) -> Reason {
    let before = transfer.state.sealed().map(|sealed| &sealed.clearance);
    let now = cleared.clearance();
    let another =
        before.is_some_and(|before| before.channel == now.channel && before.sealed_to != now.sealed_to);
    if another { Reason::BadCertificate } else { Reason::LateResult }
}

/// In doubt whether it left: the same bytes again or not at all. What forbids another attempt gives it up; what
/// merely cannot be looked at tonight leaves the doubt.
fn from_in_doubt(transfer: &Transfer, fresh: Fresh) -> Act {
    let give_up = |why: Reason| {
        let mut events = vec![Event::GiveUp { hand: Hand::program(why) }];
        if matches!(why, Reason::StrictlyConfidential | Reason::Confidential) {
            events.push(Event::Recall { why: Reason::ProtectedAfterSending });
        }
        // A night that died may have got as far as the tray: no list names that file, and it must not be posted.
        removing(Act::events(events))
    };
    match fresh {
        Fresh::Unseen | Fresh::Wait => Act::default(),
        Fresh::Send(cleared) if has_same_receiver(transfer, &cleared) => Act::resend(),
        Fresh::Send(_) => give_up(Reason::NotAddressable),
        Fresh::Nothing { why, .. } => give_up(why),
        Fresh::Hold(reasons) => match reasons.first() {
            Some(hold) if hold.reason.concern() == Concern::Permission => give_up(hold.reason),
            Some(_) | None => Act::default(),
        },
    }
}

/// A file in a person's tray: taken back when it must not be posted, or when there is a fuller one.
fn from_placed(transfer: &Transfer, fresh: Fresh) -> Act {
    if transfer.may_have_been_posted {
        return Act::default();
    }
    match fresh {
        Fresh::Unseen | Fresh::Wait => Act::default(),
        Fresh::Send(cleared) if is_same(transfer, &cleared) => Act::default(),
        Fresh::Hold(reasons) if reasons.iter().all(is_about_tonight) => Act::default(),
        Fresh::Hold(_) | Fresh::Send(_) => removing(begun_again(Reason::LateResult, fresh)),
        Fresh::Nothing { why, .. } => removing(begun_again(why, fresh)),
    }
}

/// What follows for a letter in the tray that may say what is not so any more: it is taken out, and waits.
pub fn take_back(reasons: Vec<Hold>) -> Act {
    removing(Act::events(vec![Event::Hold { reasons }]))
}

fn removing(act: Act) -> Act {
    Act { remove_placed: true, ..act }
}

fn after(first: Vec<Event>, act: Act) -> Act {
    Act { events: first.into_iter().chain(act.events).collect(), ..act }
}

/// Whether tonight's look would make the parcel that is sealed already.
fn is_same(transfer: &Transfer, cleared: &Cleared) -> bool {
    let contents = transfer.state.sealed().map(|sealed| sealed.inventory.digest());
    contents == Some(cleared.inventory().digest()) && has_same_receiver(transfer, cleared)
}

/// Whether it would still go to the same receiver, by the same channel, as the same message, and sealed to the same
/// certificate: what is sealed to another, its receiver cannot open.
fn has_same_receiver(transfer: &Transfer, cleared: &Cleared) -> bool {
    let now = cleared.clearance();
    transfer.state.sealed().map(|sealed| &sealed.clearance).is_some_and(|before| {
        (before.channel, before.sent_as()) == (now.channel, now.sent_as())
            && before.receiver == now.receiver
            && before.sealed_to == now.sealed_to
    })
}

/// A hold that only says that tonight nobody can look does not take a letter out of a tray.
fn is_about_tonight(hold: &Hold) -> bool {
    hold.reason.concern() == Concern::Tonight
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Digest;
    use crate::transfer::{Sealed, samples};
    use crate::verdict::{Clearance, Content, Function, SealedTo, Sealing};

    fn standing(state: State) -> Transfer {
        let birth = samples::birth("P-1", Content::Tb);
        let mut transfer = Transfer::new(samples::transfer_id(), birth, samples::minute(0));
        transfer.state = state;
        transfer
    }

    fn send(inventory: Inventory) -> Fresh {
        Fresh::Send(Box::new(Cleared::for_test(samples::clearance(), inventory)))
    }

    fn hold(reason: Reason) -> Fresh {
        Fresh::Hold(vec![Hold::plain(reason)])
    }

    fn fuller() -> Inventory {
        Inventory { journal_basis: "something more".to_owned(), ..Inventory::default() }
    }

    /// What follows, in words: `-` for a file taken back, the events, and the act.
    fn told(state: State, fresh: Fresh) -> String {
        let act = outcome(&standing(state), fresh, samples::minute(100));
        let mut words: Vec<&str> = if act.remove_placed { vec!["-"] } else { Vec::new() };
        words.extend(act.events.iter().map(Event::code));
        words.push(match act.then {
            Then::Rest => "rest",
            Then::Seal(_) => "seal",
            Then::Resend => "resend",
        });
        words.join(" ")
    }

    fn held(reason: Reason) -> State {
        State::Held { reasons: vec![Hold::plain(reason)], sealed: None }
    }

    fn placed() -> State {
        State::Placed { sealed: samples::sealed(1, 0), place: "a.zip".to_owned() }
    }

    fn in_doubt() -> State {
        State::InDoubt { sealed: samples::sealed(1, 1), attempt: 1, parts: Vec::new() }
    }

    fn deferred(not_before: i64) -> State {
        let not_before = samples::minute(not_before);
        State::Deferred { sealed: samples::sealed(1, 1), attempt: 1, fault: String::new(), not_before }
    }

    fn nothing(why: Reason) -> Fresh {
        Fresh::Nothing { why, inventory: Inventory::default() }
    }

    #[test]
    fn what_has_not_been_sealed_follows_the_look() {
        let rows = [
            ("planned, unseen", told(State::Planned, Fresh::Unseen), "rest"),
            ("planned, to come", told(State::Planned, Fresh::Wait), "rest"),
            ("planned, held", told(State::Planned, hold(Reason::NoParty)), "hold rest"),
            ("planned, nothing", told(State::Planned, nothing(Reason::Objection)), "find-nothing rest"),
            ("planned, goes", told(State::Planned, send(Inventory::default())), "seal"),
            ("held, the same", told(held(Reason::NoParty), hold(Reason::NoParty)), "rest"),
            ("held, another", told(held(Reason::NoParty), hold(Reason::Undeclared)), "hold rest"),
            ("held, goes", told(held(Reason::NoParty), send(Inventory::default())), "resume seal"),
            (
                "held, nothing",
                told(held(Reason::NoParty), nothing(Reason::Objection)),
                "resume find-nothing rest",
            ),
            ("held, unseen", told(held(Reason::NoParty), Fresh::Unseen), "rest"),
        ];
        for (name, told, expected) in rows {
            assert_eq!(told, expected, "{name}");
        }
    }

    #[test]
    fn a_late_result_opens_what_had_nothing_but_not_who_is_abroad() {
        let ended = |why| State::NothingToSend { why, inventory: Inventory::default() };
        assert_eq!(told(ended(Reason::NothingFound), send(fuller())), "reopen seal");
        assert_eq!(told(ended(Reason::Objection), hold(Reason::NoParty)), "reopen hold rest");
        assert_eq!(told(ended(Reason::Objection), nothing(Reason::Objection)), "rest");
        assert_eq!(told(ended(Reason::Objection), hold(Reason::SourceIncomplete)), "rest", "no news");
        assert_eq!(told(ended(Reason::Abroad), send(fuller())), "rest");
        assert_eq!(told(ended(Reason::MovedOn), send(fuller())), "rest");
    }

    #[test]
    fn what_is_sealed_goes_as_it_is_or_is_made_anew() {
        let rows = [
            ("the same", told(deferred(50), send(Inventory::default())), "resend"),
            ("not yet", told(deferred(150), send(Inventory::default())), "rest"),
            ("more found", told(deferred(50), send(fuller())), "hold resume seal"),
            ("may not go", told(deferred(50), hold(Reason::Confidential)), "hold rest"),
            ("nothing", told(deferred(50), nothing(Reason::Objection)), "hold resume find-nothing rest"),
        ];
        for (name, told, expected) in rows {
            assert_eq!(told, expected, "{name}");
        }
    }

    #[test]
    fn what_is_sealed_is_made_anew_when_another_message_is_agreed() {
        let sent_as = |function| {
            let clearance = Clearance { function: Some(function), ..samples::clearance() };
            Fresh::Send(Box::new(Cleared::for_test(clearance, Inventory::default())))
        };
        let rows = [(Function::HealthDialogue, "resend"), (Function::Archiving, "hold resume seal")];
        for (function, expected) in rows {
            assert_eq!(told(deferred(50), sent_as(function)), expected, "{}", function.code());
        }
    }

    #[test]
    fn a_bundle_that_waits_is_made_anew_when_its_receiver_has_another_certificate() {
        let sealed_to = |certificate: &[u8]| {
            let sealed_to = SealedTo {
                certificate: Digest::of(certificate),
                signed_by: Digest::of(b"ours"),
                sealing: Sealing::default(),
            };
            Clearance { sealed_to: Some(Box::new(sealed_to)), ..samples::clearance() }
        };
        let waiting = || {
            let sealed = Sealed { clearance: sealed_to(b"one"), ..*samples::sealed(1, 1) };
            let sealed = Box::new(sealed);
            State::Deferred { sealed, attempt: 1, fault: String::new(), not_before: samples::minute(50) }
        };
        let rows = [(&b"one"[..], "resend"), (b"another", "hold resume seal")];
        for (certificate, expected) in rows {
            let cleared = Cleared::for_test(sealed_to(certificate), Inventory::default());
            assert_eq!(told(waiting(), Fresh::Send(Box::new(cleared))), expected);
        }
        let cleared = Cleared::for_test(sealed_to(b"another"), Inventory::default());
        assert_eq!(why_anew(&standing(waiting()), &cleared), Reason::BadCertificate);
    }

    #[test]
    fn a_letter_in_the_tray_is_taken_back_only_for_a_reason() {
        let rows = [
            ("the same", told(placed(), send(Inventory::default())), "rest"),
            ("more found", told(placed(), send(fuller())), "- hold resume seal"),
            ("may not go", told(placed(), hold(Reason::StrictlyConfidential)), "- hold rest"),
            ("objected", told(placed(), nothing(Reason::Objection)), "- hold resume find-nothing rest"),
            ("nobody can look tonight", told(placed(), hold(Reason::SourceIncomplete)), "rest"),
            ("unseen", told(placed(), Fresh::Unseen), "rest"),
        ];
        for (name, told, expected) in rows {
            assert_eq!(told, expected, "{name}");
        }
        let mut gone = standing(placed());
        gone.may_have_been_posted = true;
        let act = outcome(&gone, send(fuller()), samples::minute(100));
        assert!(act.events.is_empty() && !act.remove_placed, "no second file for what may have been posted");
    }

    #[test]
    fn what_is_in_doubt_goes_again_as_it_is_or_is_given_up() {
        let rows = [
            ("may go", told(in_doubt(), send(Inventory::default())), "resend"),
            ("more found since", told(in_doubt(), send(fuller())), "resend"),
            ("protected", told(in_doubt(), hold(Reason::StrictlyConfidential)), "- give-up recall rest"),
            ("objected", told(in_doubt(), nothing(Reason::Objection)), "- give-up rest"),
            ("the verdict lapsed", told(in_doubt(), hold(Reason::NotAgreed)), "- give-up rest"),
            ("only the contents are unclear", told(in_doubt(), hold(Reason::ResultConflict)), "rest"),
            ("nobody can look tonight", told(in_doubt(), hold(Reason::SourceIncomplete)), "rest"),
            ("our own key is missing tonight", told(in_doubt(), hold(Reason::CannotSeal)), "rest"),
            ("a change of it waits", told(in_doubt(), hold(Reason::AnnulsNothing)), "rest"),
            ("a change of it waits, in the tray", told(placed(), hold(Reason::AnnulsNothing)), "- hold rest"),
        ];
        for (name, told, expected) in rows {
            assert_eq!(told, expected, "{name}");
        }
    }

    #[test]
    fn every_act_is_legal_where_it_is_decided() {
        let looks: [fn() -> Fresh; 7] = [
            || Fresh::Unseen,
            || Fresh::Wait,
            || hold(Reason::StrictlyConfidential),
            || hold(Reason::SourceIncomplete),
            || nothing(Reason::Objection),
            || send(Inventory::default()),
            || send(fuller()),
        ];
        for state in samples::states() {
            for look in looks {
                let mut transfer = standing(state.clone());
                let act = outcome(&transfer, look(), samples::minute(100));
                for event in &act.events {
                    assert_eq!(transfer.apply(event, samples::minute(100)), Ok(()), "from {}", state.code());
                }
                if let Then::Seal(_) = act.then {
                    assert_eq!(transfer.state.code(), "planned", "from {}", state.code());
                }
            }
        }
    }
}
