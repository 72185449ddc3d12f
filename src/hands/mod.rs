//! What a person does to one transfer or one action: confirm, withdraw, release, settle, rerun.
//!
//! Each is a decision over the ledger's fold that gives the entries to record, or says why it cannot be done.
//! Leaves out the lock, the writing and the command line (`cli`).

pub mod left_alone;
pub mod rerun;

use chrono::{NaiveDate, NaiveTime, TimeZone};
use thiserror::Error;

use crate::id::{ActionId, TransferId};
use crate::job::PaperDone;
use crate::lang::Lang;
use crate::ledger::{Book, Entry};
use crate::lineage;
use crate::moves::{Moment, Now};
use crate::person::mask_numbers;
use crate::place::HerId;
use crate::reason::Reason;
use crate::reconcile::Action;
use crate::transfer::{Event, Hand, State, Transfer, Waiver};
use crate::verdict::Channel;

/// Why a person's act cannot be done. Nothing has been written then.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HandError {
    /// No such transfer.
    #[error("the ledger has no transfer {0}")]
    UnknownTransfer(TransferId),
    /// No such action is open.
    #[error("no action {0} is open; `status --needs-action` lists those that are. Nothing was settled")]
    UnknownAction(ActionId),
    /// Somebody was there first.
    #[error("action {action} is settled already, by {by}, {}. Nothing more was settled", at.format("%Y-%m-%d %H:%M"))]
    AlreadySettled {
        /// Which.
        action: ActionId,
        /// By whom.
        by: String,
        /// When.
        at: Now,
    },
    /// Whether it left is said of the transfer: the action alone would leave it held for good, and nobody asking.
    #[error(
        "action {action} asks whether transfer {transfer} left: `confirm --transfer {transfer} --as accepted` if it did, \
         `release --transfer {transfer} --waive restored` if not. Nothing was settled"
    )]
    NeedsAnAnswer {
        /// Which.
        action: ActionId,
        /// Its transfer.
        transfer: TransferId,
    },
    /// The transfer's state has no such move.
    #[error("transfer {transfer} is {state}: it cannot be {act}")]
    NotNow {
        /// Which.
        transfer: TransferId,
        /// Its state.
        state: &'static str,
        /// What was asked for.
        act: &'static str,
    },
    /// The transfer is not held for this reason.
    #[error("transfer {transfer} is {}", instead(state, held_for, *code))]
    NotHeldFor {
        /// Which.
        transfer: TransferId,
        /// The reason given.
        code: Reason,
        /// Its state.
        state: &'static str,
        /// What it is held for.
        held_for: Vec<Reason>,
    },
    /// The reason is mended at its source.
    #[error("{0} cannot be set aside by a decision; it is mended at its source")]
    CannotBeWaived(Reason),
    /// A copy rests on its agreement, whatever a person decides.
    #[error(
        "transfer {0} is a copy and goes only where an agreement says so: renew it, or `withdraw` the copy"
    )]
    CopyNeedsItsAgreement(TransferId),
    /// An ambiguous party needs to be told.
    #[error("setting ambiguous-party aside needs the receiver; give its HER-id with --receiver")]
    ReceiverMissing,
    /// The receiver is none of those that are possible.
    #[error("HER {0} is none of the receivers that are possible; the report lists them")]
    NotACandidate(HerId),
    /// The day is still to come.
    #[error("the day is in the future")]
    FutureDay,
    /// The day lies before there was anything to post or to receive.
    #[error("the day lies before the parcel was made")]
    EarlyDay,
    /// Nothing is posted that is handed over inside the EPJ.
    #[error("transfer {0} is handed over inside the EPJ and not posted; confirm it as accepted")]
    NotPosted(TransferId),
    /// A name or a reason is empty.
    #[error("{0} must not be empty")]
    Empty(&'static str),
}

/// Where a transfer stands that is not held for this.
fn instead(state: &str, held_for: &[Reason], code: Reason) -> String {
    let codes = held_for.iter().map(|reason| reason.code()).collect::<Vec<_>>().join(", ");
    if codes.is_empty() {
        format!("{state}, not held for {code}")
    } else {
        format!("{state} for {codes}, not for {code}")
    }
}

impl HandError {
    /// How what was refused is done instead, where the refusal does not say so itself.
    pub fn hint(&self, lang: Lang) -> Option<&'static str> {
        let HandError::CannotBeWaived(code) = self else { return None };
        Some(code.advice(lang)).filter(|advice| !advice.is_empty())
    }
}

/// Who acts, with any identity number in the words masked.
///
/// # Errors
/// [`HandError::Empty`] when the name, or a reason that must be given, is empty.
pub fn hand(by: &str, why: Option<&str>) -> Result<Hand, HandError> {
    if by.trim().is_empty() {
        return Err(HandError::Empty("the name given with --by"));
    }
    if why.is_some_and(|why| why.trim().is_empty()) {
        return Err(HandError::Empty("the reason given with --reason"));
    }
    let clean = |text: &str| mask_numbers(text.trim()).into_owned();
    Ok(Hand { by: clean(by), why: why.map(clean).unwrap_or_default() })
}

/// What a person confirms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmed {
    /// It was posted.
    Posted,
    /// The receiver has it.
    Accepted,
}

/// A person posted it, or the receiver confirmed.
///
/// # Errors
/// [`HandError`] when there is no such transfer, its state has no such move, or the day is to come.
pub fn confirm(
    book: &Book,
    id: &TransferId,
    what: Confirmed,
    hand: Hand,
    on: Option<NaiveDate>,
    now: Now,
    paper_done: PaperDone,
) -> Result<Vec<Entry>, HandError> {
    let transfer = find(book, id)?;
    let made = transfer.state.sealed().filter(|_| !matches!(transfer.state, State::Held { .. }));
    if let (Some(on), Some(sealed)) = (on, made)
        && on < sealed.parcel.sealed_at.with_timezone(now.offset()).date_naive()
    {
        return Err(HandError::EarlyDay);
    }
    let on = day(on, now)?;
    let in_epj = transfer.state.sealed().is_some_and(|sealed| sealed.clearance.channel == Channel::InEpj);
    if what == Confirmed::Posted && in_epj {
        return Err(HandError::NotPosted(id.clone()));
    }
    let events = match what {
        Confirmed::Posted => posted(transfer, hand, on, paper_done),
        Confirmed::Accepted => vec![Event::Confirm { hand, on }],
    };
    let act = match what {
        Confirmed::Posted => "posted",
        Confirmed::Accepted => "accepted",
    };
    legal(transfer, events, now, act)
}

/// Posting ends a letter's journey where the job says so.
fn posted(transfer: &Transfer, hand: Hand, on: Moment, paper_done: PaperDone) -> Vec<Event> {
    let on_paper = transfer.state.sealed().is_some_and(|sealed| sealed.clearance.channel == Channel::Print);
    let mut events = vec![Event::Post { hand: hand.clone(), on }];
    if on_paper && paper_done == PaperDone::Posted {
        events.push(Event::Confirm { hand, on });
    }
    events
}

/// Stops a transfer that has not left, or that was refused or given up; gives up one that has left, without an
/// answer. Second: the placed file to take away first.
///
/// # Errors
/// [`HandError`] when there is no such transfer or it is at its end.
pub fn withdraw(
    book: &Book,
    id: &TransferId,
    hand: Hand,
    now: Now,
) -> Result<(Vec<Entry>, Option<String>), HandError> {
    let transfer = find(book, id)?;
    let waits =
        matches!(transfer.state, State::InDoubt { .. } | State::Sent { .. } | State::Delivered { .. });
    let event = if waits { Event::GiveUp { hand } } else { Event::Withdraw { why: None, hand } };
    let entries = legal(transfer, vec![event], now, "withdrawn")?;
    let placed = match &transfer.state {
        // A night that died may have got as far as the tray.
        State::InDoubt { sealed, .. } if !sealed.clearance.channel.gets_receipts() => {
            sealed.parcel.archive().map(|file| file.name.as_str())
        }
        state => state.place(),
    };
    Ok((entries, placed.map(str::to_owned)))
}

/// A person's decision on a held transfer. It takes effect in the next night.
///
/// # Errors
/// [`HandError`] when it is not held for that reason, or the reason cannot be set aside.
pub fn release(
    book: &Book,
    id: &TransferId,
    code: Reason,
    receiver: Option<HerId>,
    hand: Hand,
    now: Now,
) -> Result<Vec<Entry>, HandError> {
    let transfer = find(book, id)?;
    if !code.can_be_waived() {
        return Err(HandError::CannotBeWaived(code));
    }
    let held_for = transfer.state.holds().iter().find(|hold| hold.reason == code);
    let Some(hold) = held_for else {
        let held_for = transfer.state.holds().iter().map(|hold| hold.reason).collect();
        return Err(HandError::NotHeldFor {
            transfer: id.clone(),
            code,
            state: transfer.state.code(),
            held_for,
        });
    };
    if matches!(code, Reason::NotAgreed | Reason::Undeclared) && lineage::copy_to(book, transfer).is_some() {
        return Err(HandError::CopyNeedsItsAgreement(id.clone()));
    }
    if code == Reason::AmbiguousParty && receiver.is_none() {
        return Err(HandError::ReceiverMissing);
    }
    if let Some(her_id) = receiver.filter(|_| code == Reason::AmbiguousParty)
        && !hold.detail.contains(&format!("HER {her_id} "))
    {
        return Err(HandError::NotACandidate(her_id));
    }
    let waiver = Waiver { reason: code, receiver, hand };
    legal(transfer, vec![Event::Waive { waiver }], now, "released")
}

/// Actions or unmatched receipts are dealt with: all of these, or none. `open` are the actions that `status` lists now.
/// Second: what was dealt with.
///
/// # Errors
/// [`HandError::AlreadySettled`] and [`HandError::UnknownAction`] for the first one that is not open, and
/// [`HandError::NeedsAnAnswer`] for one that is answered of its transfer.
pub fn settle(
    book: &Book,
    open: &[Action],
    asked: &[ActionId],
    hand: &Hand,
    now: Now,
) -> Result<(Vec<Entry>, Vec<Action>), HandError> {
    let (mut entries, mut settled) = (Vec::new(), Vec::<Action>::new());
    for id in asked {
        let Some(action) = open.iter().find(|action| action.action_id == *id) else {
            return Err(not_open(book, id, now));
        };
        if let Some(transfer) = action.transfer_id.clone().filter(|_| action.code == Reason::Restored) {
            return Err(HandError::NeedsAnAnswer { action: id.clone(), transfer });
        }
        if !settled.contains(action) {
            let matter = Some(Box::new(action.matter()));
            entries.push(Entry::Settled { action: id.clone(), hand: hand.clone(), matter });
            settled.push(action.clone());
        }
    }
    Ok((entries, settled))
}

/// Why there is nothing to settle.
fn not_open(book: &Book, action: &ActionId, now: Now) -> HandError {
    match book.settled.get(action) {
        Some(known) => HandError::AlreadySettled {
            action: action.clone(),
            by: known.hand.by.clone(),
            at: known.at.with_timezone(now.offset()),
        },
        None => HandError::UnknownAction(action.clone()),
    }
}

fn find<'a>(book: &'a Book, id: &TransferId) -> Result<&'a Transfer, HandError> {
    book.transfers.get(id).ok_or_else(|| HandError::UnknownTransfer(id.clone()))
}

/// Noon of the day given, in the run's own offset, so that no time zone makes it another day.
fn day(on: Option<NaiveDate>, now: Now) -> Result<Moment, HandError> {
    let Some(on) = on else { return Ok(now.to_utc()) };
    if on > now.date_naive() {
        return Err(HandError::FutureDay);
    }
    let noon = on.and_time(NaiveTime::MIN) + chrono::Duration::hours(12);
    Ok(now.timezone().from_local_datetime(&noon).single().unwrap_or(now).min(now).to_utc())
}

/// The entries, when the state machine allows every event.
fn legal(
    transfer: &Transfer,
    events: Vec<Event>,
    now: Now,
    act: &'static str,
) -> Result<Vec<Entry>, HandError> {
    let mut tried = transfer.clone();
    for event in &events {
        tried.apply(event, now.to_utc()).map_err(|_| HandError::NotNow {
            transfer: transfer.id.clone(),
            state: transfer.state.code(),
            act,
        })?;
    }
    let entry = |event| Entry::event(transfer.id.clone(), event);
    Ok(events.into_iter().map(entry).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reason::Severity;
    use crate::transfer::{Hold, Kind, samples};
    use crate::verdict::Content;

    fn now() -> Now {
        Now::parse_from_rfc3339("2026-11-22T10:00:00+01:00").unwrap_or_default()
    }

    fn book(state: State) -> Book {
        let mut book = Book::default();
        let birth = Box::new(samples::birth("P-1", Content::Tb));
        let planned =
            book.record(&Entry::Plan { transfer: samples::transfer_id(), birth }, samples::minute(0));
        assert_eq!(planned, Ok(()));
        if let Some(transfer) = book.transfers.get_mut(&samples::transfer_id()) {
            transfer.state = state;
        }
        book
    }

    fn events(entries: Result<Vec<Entry>, HandError>) -> Result<String, HandError> {
        let code = |entry: Entry| match entry {
            Entry::Event { event, .. } => event.code().to_owned(),
            other => format!("{other:?}"),
        };
        entries.map(|entries| entries.into_iter().map(code).collect::<Vec<_>>().join(" "))
    }

    fn placed(channel: Channel) -> State {
        let mut sealed = samples::sealed(1, 0);
        sealed.clearance.channel = channel;
        State::Placed { sealed, place: "a.zip".to_owned() }
    }

    #[test]
    fn posting_ends_a_letters_journey_where_the_job_says_so() {
        let posted = |state, paper_done| {
            let (id, hand) = (samples::transfer_id(), samples::hand());
            events(confirm(&book(state), &id, Confirmed::Posted, hand, None, now(), paper_done))
        };
        assert_eq!(posted(placed(Channel::Print), PaperDone::Posted), Ok("post confirm".to_owned()));
        assert_eq!(posted(placed(Channel::Print), PaperDone::Confirmed), Ok("post".to_owned()));
        let in_epj = posted(placed(Channel::InEpj), PaperDone::Posted);
        assert_eq!(
            in_epj,
            Err(HandError::NotPosted(samples::transfer_id())),
            "nobody posts what stays in the EPJ"
        );
        let not_now = posted(State::Planned, PaperDone::Posted);
        assert!(matches!(not_now, Err(HandError::NotNow { state: "planned", act: "posted", .. })));
    }

    #[test]
    fn a_day_to_come_and_an_unknown_transfer_are_refused() {
        let other = TransferId::from_text("0000-0000-0000-0000");
        let try_day = |day: &str, id: &TransferId| {
            let book = book(placed(Channel::Print));
            let done = PaperDone::Posted;
            confirm(&book, id, Confirmed::Posted, samples::hand(), day.parse().ok(), now(), done).map(|_| ())
        };
        assert_eq!(try_day("2026-11-23", &samples::transfer_id()), Err(HandError::FutureDay));
        assert_eq!(try_day("2026-11-22", &samples::transfer_id()), Ok(()));
        assert_eq!(try_day("2026-11-22", &other), Err(HandError::UnknownTransfer(other.clone())));
    }

    #[test]
    fn what_has_left_is_given_up_and_what_has_not_is_withdrawn() {
        for state in samples::states() {
            let code = state.code();
            let ended =
                events(withdraw(&book(state), &samples::transfer_id(), samples::hand(), now()).map(|d| d.0));
            let expected = match code {
                "planned" | "held" | "collected" | "cleared" | "sealed" | "deferred" | "placed"
                | "rejected" | "abandoned" => Some("withdraw"),
                "in-doubt" | "sent" | "delivered" => Some("give-up"),
                _ => None,
            };
            match expected {
                Some(event) => assert_eq!(ended, Ok(event.to_owned()), "{code}"),
                None => assert!(matches!(ended, Err(HandError::NotNow { .. })), "{code}: {ended:?}"),
            }
        }
    }

    #[test]
    fn only_the_reason_that_holds_and_can_be_waived_is_released() {
        let held = |reason| State::Held { reasons: vec![Hold::plain(reason)], sealed: None };
        let id = samples::transfer_id();
        let try_it = |state, code, receiver| {
            release(&book(state), &id, code, receiver, samples::hand(), now()).map(|entries| entries.len())
        };
        assert_eq!(try_it(held(Reason::Confidential), Reason::Confidential, None), Ok(1));
        let no_party = Reason::NoParty;
        assert_eq!(try_it(held(no_party), no_party, None), Err(HandError::CannotBeWaived(no_party)));
        let not_held = try_it(held(Reason::Confidential), Reason::Undeclared, None);
        assert!(matches!(not_held, Err(HandError::NotHeldFor { code: Reason::Undeclared, .. })));
        let told = |refused: Result<usize, HandError>| refused.map_err(|error| error.to_string());
        let wanted = format!("transfer {id} is held for confidential, not for undeclared");
        assert_eq!(told(not_held), Err(wanted));
        let wanted = format!("transfer {id} is planned, not held for undeclared");
        assert_eq!(told(try_it(State::Planned, Reason::Undeclared, None)), Err(wanted));
        let ambiguous = Reason::AmbiguousParty;
        assert_eq!(try_it(held(ambiguous), ambiguous, None), Err(HandError::ReceiverMissing));
        let candidates = || State::Held {
            reasons: vec![Hold { reason: ambiguous, detail: "HER 2001 Migrasjonshelse".to_owned() }],
            sealed: None,
        };
        assert_eq!(try_it(candidates(), ambiguous, Some(HerId(2001))), Ok(1));
        let other = HerId(2002);
        assert_eq!(try_it(candidates(), ambiguous, Some(other)), Err(HandError::NotACandidate(other)));
    }

    #[test]
    fn a_copy_without_its_agreement_is_not_released() {
        let id = samples::transfer_id();
        for (code, refused) in
            [(Reason::NotAgreed, true), (Reason::Undeclared, true), (Reason::Confidential, false)]
        {
            let mut book = book(State::Held { reasons: vec![Hold::plain(code)], sealed: None });
            let Some(copy) = book.transfers.get_mut(&id) else { panic!("the transfer") };
            copy.birth.kind = Kind::Copy { receiver: HerId(2003) };
            let released = release(&book, &id, code, None, samples::hand(), now());
            let expected = Err(HandError::CopyNeedsItsAgreement(id.clone()));
            assert_eq!(released == expected, refused, "{code}: {released:?}");
        }
    }

    fn open(id: &str, code: Reason) -> Action {
        Action {
            action_id: ActionId::from_text(id),
            urgent: false,
            due: now().date_naive(),
            transfer_id: None,
            patient_ref: None,
            code,
            detail: "a detail".to_owned(),
            since: samples::minute(0),
        }
    }

    #[test]
    fn actions_are_settled_all_or_none_and_once() {
        let mut book = Book::default();
        let list = [open("AAAA-AAAA", Reason::FileHeld), open("BBBB-BBBB", Reason::RejectedRows)];
        let ids = |names: &[&str]| names.iter().map(|id| ActionId::from_text(*id)).collect::<Vec<_>>();
        let settle = |book: &Book, names: &[&str]| settle(book, &list, &ids(names), &samples::hand(), now());
        let both = settle(&book, &["AAAA-AAAA", "BBBB-BBBB", "AAAA-AAAA"]);
        let (entries, settled) = both.unwrap_or_default();
        assert_eq!(
            (entries.len(), settled.as_slice()),
            (2, list.as_slice()),
            "named twice it is settled once"
        );
        let kept = |entry: &Entry| match entry {
            Entry::Settled { matter, .. } => {
                matter.as_ref().map(|matter| (matter.code, matter.detail.clone()))
            }
            _ => None,
        };
        let first = entries.first().and_then(kept);
        assert_eq!(first, Some((Reason::FileHeld, "a detail".to_owned())), "what it was is kept");
        let unknown = ActionId::from_text("CCCC-CCCC");
        assert_eq!(settle(&book, &["AAAA-AAAA", "CCCC-CCCC"]), Err(HandError::UnknownAction(unknown)));
        for entry in &entries {
            assert_eq!(book.record(entry, now().to_utc()), Ok(()));
        }
        let late = super::settle(&book, &[], &ids(&["AAAA-AAAA"]), &samples::hand(), now());
        let text = late.map(|_| ()).map_err(|error| error.to_string());
        let by = samples::hand().by;
        let wanted = format!(
            "action AAAA-AAAA is settled already, by {by}, 2026-11-22 10:00. Nothing more was settled"
        );
        assert_eq!(text, Err(wanted));
    }

    #[test]
    fn what_cannot_be_set_aside_is_told_how_it_is_mended() {
        for reason in Reason::ALL.iter().filter(|reason| reason.severity() >= Severity::Act) {
            for lang in [Lang::Nb, Lang::En] {
                let hint = HandError::CannotBeWaived(*reason).hint(lang);
                assert_eq!(hint, Some(reason.advice(lang)), "{reason}");
            }
        }
        assert_eq!(HandError::ReceiverMissing.hint(Lang::En), None);
    }

    #[test]
    fn a_hand_has_a_name_and_no_number_in_its_words() {
        assert_eq!(hand(" ", None), Err(HandError::Empty("the name given with --by")));
        assert_eq!(hand("Kari", Some("")), Err(HandError::Empty("the reason given with --reason")));
        let masked = hand("Kari", Some("ringte om 05849628625")).map(|hand| hand.why);
        assert_eq!(masked, Ok("ringte om *********25".to_owned()));
    }
}
