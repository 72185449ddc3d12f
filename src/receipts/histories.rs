//! Histories of transfers as receipts and lists tell them: each has a name, what was said in turn, what each word
//! did, and where the transfer stood at the end.

use std::path::Path;

use chrono::{DateTime, NaiveDate};

use super::lists::{Line, NotADate};
use super::row::Effect;
use super::view::View;
use super::{Read, apprec, archive, lists, read_inbox};
use crate::id::{Digest, LedgerKey, MessageId, PatientRef, RunId, TransferId};
use crate::inventory::Inventory;
use crate::job::{Limits, PaperDone, ReceiptSettings};
use crate::ledger::{Book, Disclosure, Entry};
use crate::message::apprec::{AppRec, AppRecDefect, AppRecStatus, Version};
use crate::moves::{Destination, Moment, Move, MoveKey, Now};
use crate::place::{HerId, MunicipalityNo};
use crate::reason::Reason;
use crate::transfer::{
    Birth, Event, Hand, Hold, Kind, ParcelRecord, Receipt, ReceiptAnswer, SealedFile, Transfer,
};
use crate::verdict::{Channel, Clearance, Content, Function, Party, Receiver};

type Tested = Result<(), Box<dyn std::error::Error>>;

const ADDRESSEE: HerId = HerId(9000222);
const ABOVE: HerId = HerId(9000202);
const SOMEBODY: HerId = HerId(9000333);

/// Where a transfer stands before anything is said.
#[derive(Clone, Copy, Debug)]
enum Start {
    Sealed,
    InFlight,
    Deferred,
    InDoubt,
    Sent,
    SentInTwoParts,
    Delivered,
    Accepted,
    ConfirmedByHand,
    Rejected,
    GivenUp,
    HeldBeforeLeaving,
    Withdrawn,
    OpenedAgain,
    SentAgain,
    OpenedAgainAfterYes,
    PlacedLetter,
    PostedLetter,
    LetterHeld,
    LetterMadeAnew,
    PlacedInEpj,
}

/// One word from outside.
#[derive(Clone, Copy, Debug)]
enum Said {
    /// By the addressee, of a part of the revision at hand.
    Yes(u32),
    No(u32),
    WithDefects(u32),
    Status7(u32),
    /// By somebody else.
    YesBy(HerId),
    /// By the addressee, of the first part of the first revision.
    EarlierYes,
    EarlierNo,
    EarlierYesBySomebody,
    /// Of a message that nobody knows, and of an id that is no message's.
    UnknownMessage,
    NoMessage,
    /// A filled-in line: the day of November 2026.
    Done(u32),
    DoneBefore(u32),
    NoName,
    NoDay,
    NoDate,
    UnknownTransfer,
}

use Said::*;

#[derive(Debug)]
struct History {
    name: &'static str,
    start: Start,
    said: &'static [Said],
    did: &'static [&'static str],
    ends: &'static str,
}

const fn history(
    name: &'static str,
    start: Start,
    said: &'static [Said],
    did: &'static [&'static str],
    ends: &'static str,
) -> History {
    History { name, start, said, did, ends }
}

const RECEIPTS: &[History] = &[
    history("a plain yes", Start::Sent, &[Yes(1)], &["applied"], "accepted"),
    history("a plain no", Start::Sent, &[No(1)], &["applied"], "rejected"),
    history("a yes with defects", Start::Sent, &[WithDefects(1)], &["applied"], "accepted"),
    history("a yes after delivery", Start::Delivered, &[Yes(1)], &["applied"], "accepted"),
    history("a yes said twice", Start::Sent, &[Yes(1), Yes(1)], &["applied", "repeated"], "accepted"),
    history("a no said twice", Start::Sent, &[No(1), No(1)], &["applied", "repeated"], "rejected"),
    history("a no after a yes", Start::Sent, &[Yes(1), No(1)], &["applied", "contradiction"], "accepted"),
    history(
        "a no after a yes, said twice",
        Start::Accepted,
        &[No(1), No(1)],
        &["contradiction", "repeated"],
        "accepted",
    ),
    history("a yes after a no", Start::Sent, &[No(1), Yes(1)], &["applied", "applied"], "rejected"),
    history("a yes while in doubt", Start::InDoubt, &[Yes(1)], &["applied"], "accepted"),
    history("a no while in doubt", Start::InDoubt, &[No(1)], &["applied"], "rejected"),
    history("a late yes after giving up", Start::GivenUp, &[Yes(1)], &["applied"], "accepted"),
    history("a late no after giving up", Start::GivenUp, &[No(1)], &["applied"], "rejected"),
    history(
        "a yes after a person confirmed, twice",
        Start::ConfirmedByHand,
        &[Yes(1), Yes(1)],
        &["applied", "repeated"],
        "accepted",
    ),
    history(
        "a no after a person confirmed",
        Start::ConfirmedByHand,
        &[No(1)],
        &["contradiction"],
        "accepted",
    ),
    history("half of two parts", Start::SentInTwoParts, &[Yes(1)], &["applied"], "sent"),
    history(
        "two parts out of order",
        Start::SentInTwoParts,
        &[Yes(2), Yes(1)],
        &["applied", "applied"],
        "accepted",
    ),
    history(
        "one part refused",
        Start::SentInTwoParts,
        &[Yes(1), No(2), Yes(1)],
        &["applied", "applied", "repeated"],
        "rejected",
    ),
    history(
        "the other part's yes after a refusal",
        Start::SentInTwoParts,
        &[No(1), Yes(2)],
        &["applied", "applied"],
        "rejected",
    ),
    history(
        "defects in one part of two",
        Start::SentInTwoParts,
        &[WithDefects(1), Yes(2)],
        &["applied", "applied"],
        "accepted",
    ),
    history("a yes by somebody else", Start::Sent, &[YesBy(SOMEBODY)], &["wrong-sender"], "sent"),
    history("a yes by the organisation alone", Start::Sent, &[YesBy(ABOVE)], &["applied"], "accepted"),
    history("a yes for an unknown message", Start::Sent, &[UnknownMessage], &["unmatched"], "sent"),
    history("a yes for no message at all", Start::Sent, &[NoMessage], &["unmatched"], "sent"),
    history("a status that no list knows", Start::Sent, &[Status7(1)], &["unreadable"], "sent"),
    history(
        "a yes for what surely did not leave",
        Start::Deferred,
        &[Yes(1)],
        &["contradiction"],
        "deferred",
    ),
    history("a yes for what was held", Start::HeldBeforeLeaving, &[Yes(1)], &["contradiction"], "held"),
    history("a yes for what was withdrawn", Start::Withdrawn, &[Yes(1)], &["contradiction"], "withdrawn"),
    history("a yes before anything was sent", Start::Sealed, &[Yes(1)], &["contradiction"], "sealed"),
    history(
        "a yes for an attempt not recovered",
        Start::InFlight,
        &[Yes(1)],
        &["contradiction"],
        "in-flight",
    ),
    history(
        "an earlier revision's yes, twice",
        Start::OpenedAgain,
        &[EarlierYes, EarlierYes],
        &["earlier-revision", "repeated"],
        "planned",
    ),
    history("an earlier revision's no", Start::OpenedAgain, &[EarlierNo], &["earlier-revision"], "planned"),
    history(
        "an earlier revision's yes by somebody else",
        Start::OpenedAgain,
        &[EarlierYesBySomebody],
        &["wrong-sender"],
        "planned",
    ),
    history(
        "an earlier revision's no after the later one's yes",
        Start::SentAgain,
        &[Yes(1), EarlierNo],
        &["applied", "earlier-revision"],
        "accepted",
    ),
    history(
        "an earlier revision's yes, known before it was opened again",
        Start::OpenedAgainAfterYes,
        &[EarlierYes],
        &["repeated"],
        "planned",
    ),
];

const LISTS: &[History] = &[
    history("a letter posted", Start::PlacedLetter, &[Done(20)], &["applied"], "accepted"),
    history(
        "a letter listed twice",
        Start::PlacedLetter,
        &[Done(20), Done(21)],
        &["applied", "repeated"],
        "accepted",
    ),
    history("a letter that was posted before", Start::PostedLetter, &[Done(20)], &["repeated"], "sent"),
    history("a line without a name", Start::PlacedLetter, &[NoName], &["incomplete"], "placed"),
    history("a line without a day", Start::PlacedLetter, &[NoDay], &["incomplete"], "placed"),
    history("a line with a day that is none", Start::PlacedLetter, &[NoDate], &["incomplete"], "placed"),
    history("a day to come", Start::PlacedLetter, &[Done(23)], &["incomplete"], "placed"),
    history("a day before the letter was made", Start::PlacedLetter, &[Done(17)], &["incomplete"], "placed"),
    history("today", Start::PlacedLetter, &[Done(22)], &["applied"], "accepted"),
    history(
        "a line mended",
        Start::PlacedLetter,
        &[NoName, Done(20)],
        &["incomplete", "applied"],
        "accepted",
    ),
    history(
        "a transfer that nobody knows",
        Start::PlacedLetter,
        &[UnknownTransfer],
        &["unmatched"],
        "placed",
    ),
    history(
        "a letter that was taken back",
        Start::LetterHeld,
        &[Done(20), Done(20)],
        &["contradiction", "repeated"],
        "held",
    ),
    history(
        "an old list after the letter was made anew",
        Start::LetterMadeAnew,
        &[DoneBefore(20), DoneBefore(20), Done(21)],
        &["earlier-revision", "repeated", "applied"],
        "accepted",
    ),
    history("a worklist's line", Start::PlacedInEpj, &[Done(20)], &["applied"], "accepted"),
    history(
        "a worklist's line twice",
        Start::PlacedInEpj,
        &[Done(20), Done(20)],
        &["applied", "repeated"],
        "accepted",
    ),
    history("a message in a packing list", Start::Sent, &[Done(20)], &["contradiction"], "sent"),
];

fn key() -> LedgerKey {
    LedgerKey::new([7; 32])
}

fn id() -> TransferId {
    key().transfer(&["history"])
}

fn message(revision: u32, part: u32) -> MessageId {
    key().message(&id(), revision, part)
}

fn at(text: &str) -> Result<Moment, chrono::ParseError> {
    DateTime::parse_from_rfc3339(text).map(|time| time.to_utc())
}

fn now() -> Result<Now, chrono::ParseError> {
    DateTime::parse_from_rfc3339("2026-11-22T02:00:00+01:00")
}

fn hand() -> Hand {
    Hand { by: "Kari".to_owned(), why: String::new() }
}

fn birth() -> Result<Birth, Box<dyn std::error::Error>> {
    let municipality: MunicipalityNo = "4601".parse()?;
    let date = NaiveDate::from_ymd_opt(2026, 11, 15).unwrap_or_default();
    let to = Destination::Municipality(municipality);
    Ok(Birth {
        patient: PatientRef::new("P-1"),
        shown: "DNR …25".to_owned(),
        persons: Vec::new(),
        the_move: Move {
            key: MoveKey { patient: PatientRef::new("P-1"), to, date },
            from: None,
            district: None,
            mapped_from: None,
            registered_at: at("2026-11-16T08:00:00Z")?,
            event_ids: Default::default(),
        },
        content: Content::Tb,
        kind: Kind::First,
        protected: false,
    })
}

/// The events that seal a revision.
fn sealing(revision: u32, parts: u32, channel: Channel) -> Result<Vec<Event>, Box<dyn std::error::Error>> {
    let party = Party {
        her_id: ADDRESSEE,
        name: "Migrasjonshelse".to_owned(),
        parent_her_id: ABOVE,
        parent_name: "Bergstad kommune".to_owned(),
        parent_org: None,
    };
    let receiver =
        if channel.gets_receipts() { Receiver::Party(party) } else { Receiver::SameEpj("4601".parse()?) };
    let file = |message| SealedFile {
        name: format!("{}-{revision}", id()),
        digest: Digest::of(b"parcel"),
        bytes: 6,
        message,
        documents: Some(Vec::new()),
    };
    let files = if channel.gets_receipts() {
        (1..=parts).map(|part| file(Some(message(revision, part)))).collect()
    } else {
        vec![file(None)]
    };
    let sealed_at = at("2026-11-18T01:00:00Z")?;
    let parcel = ParcelRecord { files, sealed_at };
    let clearance = Clearance {
        channel,
        function: channel.gets_receipts().then_some(Function::HealthDialogue),
        receiver,
        evidence: Vec::new(),
        agreed: true,
        valid_until: sealed_at,
    };
    Ok(vec![
        Event::Collect { inventory: Inventory::default() },
        Event::Clear { clearance },
        Event::Seal { parcel },
    ])
}

fn sending(attempt: u32) -> [Event; 2] {
    let run = RunId::from_text("2026-11-18-020000");
    [Event::Start { attempt, run }, Event::Take { reference: "x".to_owned() }]
}

fn placing(attempt: u32) -> [Event; 2] {
    let run = RunId::from_text("2026-11-18-020000");
    [Event::Start { attempt, run }, Event::Place { place: "x.zip".to_owned() }]
}

fn receipt(answer: ReceiptAnswer) -> Result<Receipt, chrono::ParseError> {
    Ok(Receipt { at: at("2026-11-18T01:10:00Z")?, answer, codes: Vec::new() })
}

fn held() -> Event {
    Event::Hold { reasons: vec![Hold::plain(Reason::Confidential)] }
}

/// The events of a life up to where a history starts.
fn life(start: Start) -> Result<Vec<Event>, Box<dyn std::error::Error>> {
    let electronic = || sealing(1, 1, Channel::Outbox);
    let [begin, take] = sending(1);
    let yes = Event::AppYes { message: message(1, 1), receipt: receipt(ReceiptAnswer::Accepted)? };
    let no = Event::AppNo { message: message(1, 1), receipt: receipt(ReceiptAnswer::Rejected)? };
    let reopen = |again| Event::Reopen { hand: hand(), again };
    let on = at("2026-11-19T00:00:00Z")?;
    let lived = match start {
        Start::Sealed => (electronic()?, vec![]),
        Start::InFlight => (electronic()?, vec![begin]),
        Start::Deferred => {
            (electronic()?, vec![begin, Event::Defer { fault: "no room".to_owned(), not_before: on }])
        }
        Start::InDoubt => (electronic()?, vec![begin, Event::Lose]),
        Start::Sent => (electronic()?, vec![begin, take]),
        Start::SentInTwoParts => (sealing(1, 2, Channel::Outbox)?, vec![begin, take]),
        Start::Delivered => {
            (electronic()?, vec![begin, take, Event::TransportYes { message: message(1, 1) }])
        }
        Start::Accepted => (electronic()?, vec![begin, take, yes]),
        Start::ConfirmedByHand => (electronic()?, vec![begin, take, Event::Confirm { hand: hand(), on }]),
        Start::Rejected => (electronic()?, vec![begin, take, no]),
        Start::GivenUp => (electronic()?, vec![begin, take, Event::GiveUp { hand: hand() }]),
        Start::HeldBeforeLeaving => (electronic()?, vec![held()]),
        Start::Withdrawn => (electronic()?, vec![Event::Withdraw { why: None, hand: hand() }]),
        Start::OpenedAgain => (electronic()?, vec![begin, take, no, reopen(false)]),
        Start::SentAgain => {
            let mut more = vec![begin, take, no, reopen(false)];
            more.extend(sealing(2, 1, Channel::Outbox)?);
            more.extend(sending(2));
            (electronic()?, more)
        }
        Start::OpenedAgainAfterYes => (electronic()?, vec![begin, take, yes, reopen(true)]),
        Start::PlacedLetter => (sealing(1, 0, Channel::Print)?, placing(1).to_vec()),
        Start::PostedLetter => {
            let mut more = placing(1).to_vec();
            more.push(Event::Post { hand: hand(), on });
            (sealing(1, 0, Channel::Print)?, more)
        }
        Start::LetterHeld => {
            let mut more = placing(1).to_vec();
            more.push(held());
            (sealing(1, 0, Channel::Print)?, more)
        }
        Start::LetterMadeAnew => {
            let mut more = placing(1).to_vec();
            more.extend([held(), Event::Resume]);
            more.extend(sealing(2, 0, Channel::Print)?);
            more.extend(placing(2));
            (sealing(1, 0, Channel::Print)?, more)
        }
        Start::PlacedInEpj => (sealing(1, 0, Channel::InEpj)?, placing(1).to_vec()),
    };
    let (mut events, more) = lived;
    events.extend(more);
    Ok(events)
}

/// A book with one transfer that has lived so far.
fn book(start: Start) -> Result<Book, Box<dyn std::error::Error>> {
    let mut book = Book::default();
    let mut transfer = Transfer::new(id(), birth()?, at("2026-11-17T01:00:00Z")?);
    for event in life(start)? {
        transfer.apply(&event, at("2026-11-18T01:00:00Z")?)?;
        let Event::Seal { parcel } = &event else { continue };
        let revision = transfer.revision;
        for (message, part) in parcel.messages().zip(1..) {
            book.messages.insert(message, (id(), revision, part));
        }
        book.disclosures.push(disclosure(revision)?);
    }
    if let Start::OpenedAgainAfterYes = start {
        let view = View::of(&book);
        let read = apprec::correlate(&said_receipt(EarlierYes, 1)?, "first.xml", &view, now()?.to_utc());
        let mut row = read.rows.into_iter().next().ok_or("no row")?;
        row.transfer = Some(id());
        (row.revision, row.part) = (Some(1), Some(1));
        row.effect = Effect::Applied.code().to_owned();
        book.receipts_read.insert(Digest::of(b"first"), vec![row]);
    }
    book.transfers.insert(id(), transfer);
    Ok(book)
}

fn disclosure(revision: u32) -> Result<Disclosure, chrono::ParseError> {
    Ok(Disclosure {
        transfer: id(),
        revision,
        attempt: revision,
        persons: Vec::new(),
        patient: PatientRef::new("P-1"),
        content: Content::Tb,
        receiver_name: "Bergstad kommune".to_owned(),
        receiver_her_id: Some(ADDRESSEE),
        channel: Some(Channel::Outbox),
        basis: String::new(),
        what: String::new(),
        at: at("2026-11-18T01:00:00Z")?,
    })
}

fn said_receipt(said: Said, revision: u32) -> Result<AppRec, &'static str> {
    let addressee = vec![ABOVE, ADDRESSEE];
    let (status, original, senders) = match said {
        Yes(part) => (AppRecStatus::Accepted, message(revision, part).to_string(), addressee),
        No(part) => (AppRecStatus::Rejected, message(revision, part).to_string().to_uppercase(), addressee),
        WithDefects(part) => (AppRecStatus::WithDefects, message(revision, part).to_string(), addressee),
        Status7(part) => {
            (AppRecStatus::Other("7".to_owned()), message(revision, part).to_string(), addressee)
        }
        YesBy(sender) => (AppRecStatus::Accepted, message(revision, 1).to_string(), vec![sender]),
        EarlierYes => (AppRecStatus::Accepted, message(1, 1).to_string(), addressee),
        EarlierNo => (AppRecStatus::Rejected, message(1, 1).to_string(), addressee),
        EarlierYesBySomebody => (AppRecStatus::Accepted, message(1, 1).to_string(), vec![ABOVE, SOMEBODY]),
        UnknownMessage => (AppRecStatus::Accepted, message(9, 9).to_string(), addressee),
        NoMessage => (AppRecStatus::Accepted, "referanse 12".to_owned(), addressee),
        Done(_) | DoneBefore(_) | NoName | NoDay | NoDate | UnknownTransfer => {
            return Err("a line, no receipt");
        }
    };
    let refused = AppRecDefect {
        code: "E35".to_owned(),
        oid: "2.16.578.1.12.4.1.1.8221".to_owned(),
        text: "Pasienten finnes ikke hos mottaker".to_owned(),
        other_text: "05849628625 er ukjent".to_owned(),
    };
    Ok(AppRec {
        version: Version::V1_1,
        id: "1f7f3c1a-95c1-4d9a-8a0d-2b8b5a1c0b01".to_owned(),
        gen_date: None,
        sender_her_ids: senders,
        receiver_her_ids: Vec::new(),
        errors: if status == AppRecStatus::Rejected { vec![refused] } else { Vec::new() },
        status,
        original_type: "DIALOG_HELSEFAGLIG".to_owned(),
        original_issue_date: None,
        original_id: original,
    })
}

fn said_line(said: Said, revision: u32) -> Result<Line, &'static str> {
    let day = |day| Ok(NaiveDate::from_ymd_opt(2026, 11, day));
    let (revision, done_on, done_by) = match said {
        Done(on) => (revision, day(on), "Kari"),
        DoneBefore(on) => (revision - 1, day(on), "Kari"),
        NoName => (revision, day(20), ""),
        NoDay => (revision, Ok(None), "Kari"),
        NoDate => (revision, Err(NotADate), "Kari"),
        UnknownTransfer => (revision, day(20), "Kari"),
        Yes(_) | No(_) | WithDefects(_) | Status7(_) | YesBy(_) | EarlierYes | EarlierNo
        | EarlierYesBySomebody | UnknownMessage | NoMessage => return Err("a receipt, no line"),
    };
    let transfer = if matches!(said, UnknownTransfer) { key().transfer(&["unknown"]) } else { id() };
    Ok(Line { number: 2, transfer, revision: Some(revision), done_on, done_by: done_by.to_owned() })
}

/// Plays a history; each word is judged against what the words before it have changed.
fn play(history: &History, listed: bool) -> Tested {
    let book = book(history.start)?;
    let mut view = View::of(&book);
    let mut did = Vec::new();
    for said in history.said {
        let revision = view.transfer(&id()).map_or(1, |transfer| transfer.revision);
        let read = if listed {
            let line = said_line(*said, revision)?;
            lists::correlate(&line, "list.csv", &view, PaperDone::Posted, now()?)
        } else {
            apprec::correlate(&said_receipt(*said, revision)?, "receipt.xml", &view, now()?.to_utc())
        };
        moves_only_what_it_says(&read, history.name);
        let remembered = Entry::ReceiptRead { digest: Digest::of(b"x"), rows: read.rows.clone() };
        view.take(&read.entries, now()?.to_utc());
        view.take(&[remembered], now()?.to_utc());
        did.extend(read.rows.into_iter().map(|row| row.effect));
    }
    assert_eq!(did, history.did, "{}", history.name);
    let state = view.transfer(&id()).map(|transfer| transfer.state.code());
    assert_eq!(state, Some(history.ends), "{}", history.name);
    Ok(())
}

/// An effect and its entries go together.
fn moves_only_what_it_says(read: &Read, name: &str) {
    let effect = read.rows.first().map_or("", |row| row.effect.as_str());
    let events = read.entries.iter().filter(|entry| matches!(entry, Entry::Event { .. })).count();
    let others = read.entries.len() - events;
    match effect {
        "applied" => assert!(events > 0 && others == 0, "{name}: {read:?}"),
        "contradiction" => assert!(events == 0 && others == 1, "{name}: {read:?}"),
        "earlier-revision" => assert!(events + others <= 1, "{name}: {read:?}"),
        _ => assert!(read.entries.is_empty(), "{name}: {read:?}"),
    }
}

#[test]
fn every_history_of_receipts_ends_where_it_should() -> Tested {
    RECEIPTS.iter().try_for_each(|history| play(history, false))
}

#[test]
fn every_history_of_lists_ends_where_it_should() -> Tested {
    LISTS.iter().try_for_each(|history| play(history, true))
}

#[test]
fn every_history_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<&str> =
        RECEIPTS.iter().chain(LISTS).map(|history| history.name).collect();
    assert_eq!(names.len(), RECEIPTS.len() + LISTS.len());
}

#[test]
fn an_earlier_yes_holds_and_an_earlier_no_does_not() -> Tested {
    for (said, expected) in [(EarlierYes, true), (EarlierNo, false), (EarlierYesBySomebody, false)] {
        let book = book(Start::OpenedAgain)?;
        let mut view = View::of(&book);
        let read = apprec::correlate(&said_receipt(said, 2)?, "receipt.xml", &view, now()?.to_utc());
        view.take(&read.entries, now()?.to_utc());
        assert_eq!(
            view.transfer(&id()).map(|transfer| transfer.accepted_earlier),
            Some(expected),
            "{said:?}"
        );
    }
    Ok(())
}

#[test]
fn a_repeated_no_is_no_new_event_when_the_book_remembers_it() -> Tested {
    let book = book(Start::Rejected)?;
    let read = apprec::correlate(&said_receipt(No(1), 1)?, "r.xml", &View::of(&book), now()?.to_utc());
    assert_eq!(read.rows.first().map(|row| row.effect.as_str()), Some("repeated"));
    Ok(())
}

#[test]
fn codes_stay_and_numbers_are_masked() -> Tested {
    let book = book(Start::Sent)?;
    let read = apprec::correlate(&said_receipt(No(1), 1)?, "r.xml", &View::of(&book), now()?.to_utc());
    let row = read.rows.first().ok_or("no row")?;
    assert_eq!(row.status, "rejected");
    assert_eq!(row.codes, "E35");
    assert_eq!(row.text, "Pasienten finnes ikke hos mottaker: *********25 er ukjent");
    assert_eq!((row.revision, row.part), (Some(1), Some(1)));
    let strange = apprec::correlate(&said_receipt(NoMessage, 1)?, "r.xml", &View::of(&book), now()?.to_utc());
    assert_eq!(strange.rows.first().map(|row| row.text.as_str()), Some("referanse 12"));
    Ok(())
}

#[test]
fn a_letter_is_done_when_the_job_says_so() -> Tested {
    let book = book(Start::PlacedLetter)?;
    for (paper_done, expected) in [(PaperDone::Posted, "accepted"), (PaperDone::Confirmed, "sent")] {
        let mut view = View::of(&book);
        let read = lists::correlate(&said_line(Done(20), 1)?, "list.csv", &view, paper_done, now()?);
        view.take(&read.entries, now()?.to_utc());
        let transfer = view.transfer(&id()).ok_or("no transfer")?;
        assert_eq!(transfer.state.code(), expected);
        assert_eq!(
            transfer.state.sent_at().filter(|_| expected == "sent"),
            match paper_done {
                PaperDone::Confirmed => Some(at("2026-11-19T23:00:00Z")?),
                PaperDone::Posted => None,
            }
        );
    }
    Ok(())
}

fn xml(message: MessageId, sender: HerId, status: u32) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<AppRec xmlns=\"http://www.kith.no/xmlstds/apprec/2012-02-15\">\
         <MsgType V=\"APPREC\"/><MIGversion>v1.1 2012-02-15</MIGversion><SoftwareName>EPJ</SoftwareName>\
         <SoftwareVersion>1</SoftwareVersion><GenDate>2026-11-19T10:15:52+01:00</GenDate>\
         <Id>1f7f3c1a-95c1-4d9a-8a0d-2b8b5a1c0b01</Id><Sender><Role V=\"PRIM\"/><HCP><Inst>\
         <Name>BERGSTAD KOMMUNE</Name><Id>{ABOVE}</Id><TypeId V=\"HER\" DN=\"HER-id\"/><Dept>\
         <Name>Migrasjonshelse</Name><Id>{sender}</Id><TypeId V=\"HER\" DN=\"HER-id\"/></Dept></Inst></HCP></Sender>\
         <Receiver><Role V=\"AVS\"/><HCP><Inst><Name>FJORDVIK KOMMUNE</Name><Id>9000101</Id>\
         <TypeId V=\"HER\" DN=\"HER-id\"/></Inst></HCP></Receiver><Status V=\"{status}\" DN=\"x\"/><OriginalMsgId>\
         <MsgType V=\"DIALOG_HELSEFAGLIG\"/><IssueDate>2026-11-18T02:00:00+01:00</IssueDate><Id>{message}</Id>\
         </OriginalMsgId></AppRec>"
    )
}

fn limits() -> Limits {
    Limits {
        workers: 0,
        in_flight_bytes: 1,
        per_receiver: 1,
        follow_up_months: 12,
        receipt_hours: 96,
        placed_days: 3,
        settle_seconds: 0,
        retry_minutes: 30,
    }
}

fn settings(inbox: &Path) -> ReceiptSettings {
    ReceiptSettings { inbox: inbox.to_owned(), archive: Some(inbox.join("archive")) }
}

#[test]
fn an_inbox_is_read_once_and_judged_in_the_order_of_its_names() -> Tested {
    let folder = tempfile::tempdir()?;
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
    put("1-yes.xml", &xml(message(1, 1), ADDRESSEE, 1))?;
    put("2-no.xml", &xml(message(1, 1), ADDRESSEE, 2))?;
    put("3-copy-of-1.xml", &xml(message(1, 1), ADDRESSEE, 1))?;
    put("4-somebody.xml", &xml(message(1, 1), SOMEBODY, 2))?;
    put("5-05849628625.xml", "<AppRec><half")?;
    put("6-empty.csv", "")?;
    put("7-list.csv", "transfer_id;done_on;done_by\nAAAA;20.11.2026;Kari\nBBBB;;\n")?;
    let mut book = book(Start::Sent)?;
    let read = read_inbox(&settings(folder.path()), &limits(), &book, PaperDone::Posted, now()?);
    let did: Vec<(&str, &str, &str)> = read
        .reads
        .iter()
        .flat_map(|file| &file.read.rows)
        .map(|row| (row.file.as_str(), row.kind.as_str(), row.effect.as_str()))
        .collect();
    let expected = [
        ("1-yes.xml", "apprec", "applied"),
        ("2-no.xml", "apprec", "contradiction"),
        ("4-somebody.xml", "apprec", "wrong-sender"),
        ("5-*********25.xml", "unreadable", "unreadable"),
        ("6-empty.csv", "unreadable", "unreadable"),
        ("7-list.csv", "packing-list", "unmatched"),
    ];
    assert_eq!(did, expected);
    assert_eq!(read.known.len(), 1, "the same bytes under another name");
    assert!(read.trouble.is_empty() && read.waiting.is_empty());
    for file in &read.reads {
        let Some(Entry::ReceiptRead { digest, rows }) = file.read.entries.last() else {
            panic!("every file ends by being remembered");
        };
        assert_eq!((*digest, rows), (file.digest, &file.read.rows));
        book.receipts_read.insert(*digest, rows.clone());
    }
    assert_eq!(read.entries().count(), 6 + 2, "one event, one contradiction");
    let again = read_inbox(&settings(folder.path()), &limits(), &book, PaperDone::Posted, now()?);
    assert_eq!((again.reads.len(), again.known.len()), (0, 7), "nothing is read twice");
    assert_eq!(archive::archive(&settings(folder.path()), &again).len(), 0);
    assert_eq!(std::fs::read_dir(folder.path().join("archive"))?.count(), 7);
    let last = read_inbox(&settings(folder.path()), &limits(), &book, PaperDone::Posted, now()?);
    assert_eq!((last.reads.len(), last.known.len()), (0, 0));
    Ok(())
}

#[test]
fn a_list_is_judged_line_by_line() -> Tested {
    let book = book(Start::PlacedLetter)?;
    let list = format!(
        "transfer_id;done_on;done_by;revision\n{0};;;1\n{0};20.11.2026;;1\n{0};20.11.2026;Kari;1\n{0};2026-11-21;Kari;1\n",
        id()
    );
    let lines = lists::read(list.as_bytes())?;
    let read = lists::correlate_all(&lines, "list.csv", &View::of(&book), PaperDone::Posted, now()?);
    let did: Vec<&str> = read.rows.iter().map(|row| row.effect.as_str()).collect();
    assert_eq!(did, ["incomplete", "applied", "repeated"]);
    assert_eq!(read.rows.first().map(|row| row.text.as_str()), Some("linje 3: done_by mangler"));
    Ok(())
}
