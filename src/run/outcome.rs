//! What follows for a transfer from tonight's fresh look at it: one pure function over where it stands.
//!
//! Leaves out the look itself (`decide`) and the acts (`send`). An event is written only when the answer changes.

use crate::inventory::Inventory;
use crate::moves::Moment;
use crate::preflight::Cleared;
use crate::reason::Reason;
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
        State::NothingToSend { why, .. } => from_nothing(*why, fresh),
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
fn from_nothing(why: Reason, fresh: Fresh) -> Act {
    let can_change = matches!(why, Reason::NothingFound | Reason::Objection);
    match fresh {
        Fresh::Hold(_) | Fresh::Send(_) if can_change => {
            let hand = Hand { by: "journalflytt".to_owned(), why: String::new() };
            after(vec![Event::Reopen { hand, again: false }], from_planned(fresh))
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
        Fresh::Send(_) => begun_again(Reason::LateResult, fresh),
    }
}

/// In doubt whether it left: the same bytes again or not at all. What forbids another attempt gives it up; what
/// merely cannot be looked at tonight leaves the doubt.
fn from_in_doubt(transfer: &Transfer, fresh: Fresh) -> Act {
    let give_up = |why: Reason| {
        let hand = Hand { by: "journalflytt".to_owned(), why: why.code().to_owned() };
        let mut events = vec![Event::GiveUp { hand }];
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
            Some(hold) if !is_about_contents(hold.reason) => give_up(hold.reason),
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
        Fresh::Hold(reasons) if reasons.iter().all(|hold| is_about_tonight(hold.reason)) => Act::default(),
        Fresh::Hold(_) | Fresh::Send(_) => removing(begun_again(Reason::LateResult, fresh)),
        Fresh::Nothing { why, .. } => removing(begun_again(why, fresh)),
    }
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

fn has_same_receiver(transfer: &Transfer, cleared: &Cleared) -> bool {
    let now = cleared.clearance();
    transfer
        .state
        .sealed()
        .is_some_and(|s| s.clearance.channel == now.channel && s.clearance.receiver == now.receiver)
}

/// Reasons that speak of what would be sent and not of whether it may go there: they cannot change a parcel that
/// may have left.
fn is_about_contents(reason: Reason) -> bool {
    is_about_tonight(reason)
        || [Reason::ResultConflict, Reason::ResultsMissing, Reason::ToJudge, Reason::AttachmentFormat]
            .contains(&reason)
}

/// Reasons that only say that tonight nobody can look: they do not take a letter out of a tray.
fn is_about_tonight(reason: Reason) -> bool {
    [
        Reason::SourceIncomplete,
        Reason::JournalNotExported,
        Reason::BundleIncomplete,
        Reason::StaleDirectory,
        Reason::ResultsMissing,
    ]
    .contains(&reason)
}
