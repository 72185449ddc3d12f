//! One of everything, for tests: a birth, a parcel, each state and each event. Synthetic throughout.

use std::collections::BTreeSet;

use super::{
    Acceptance, Birth, ErrorCode, Event, Hand, Hold, Kind, Layer, ParcelRecord, Part, Receipt, ReceiptAnswer,
    Sealed, SealedFile, State, Waiver,
};
use crate::id::{Digest, LedgerKey, MessageId, PatientRef, RunId, TransferId};
use crate::inventory::Inventory;
use crate::moves::{Destination, Moment, Move, MoveKey};
use crate::place::HerId;
use crate::reason::Reason;
use crate::verdict::{Channel, Clearance, Content, Evidence, Function, Party, Receiver};

/// A moment of the sample life, so many minutes after the first.
pub(crate) fn minute(minutes: i64) -> Moment {
    let first: Moment = "2026-11-22T01:00:00Z".parse().unwrap_or_default();
    first + chrono::Duration::minutes(minutes)
}

/// The message of this revision and part.
pub(crate) fn message(revision: u32, part: u32) -> MessageId {
    LedgerKey::new([7; 32]).message(&transfer_id(), revision, part)
}

/// The transfer of the samples.
pub(crate) fn transfer_id() -> TransferId {
    TransferId::from_text("AAAA-BBBB-CCCC-DDDD")
}

/// The run of the samples.
pub(crate) fn run() -> RunId {
    RunId::from_text("2026-11-22-020000")
}

/// A person who acts.
pub(crate) fn hand() -> Hand {
    Hand { by: "Kari Test".to_owned(), why: "a reason".to_owned() }
}

/// What a transfer of this patient and content is born with.
pub(crate) fn birth(patient: &str, content: Content) -> Birth {
    let key = MoveKey {
        patient: PatientRef::new(patient),
        to: Destination::Unclear("4601".to_owned()),
        date: minute(0).date_naive(),
    };
    let the_move = Move {
        key,
        from: None,
        district: None,
        mapped_from: None,
        registered_at: minute(0),
        event_ids: BTreeSet::from(["E-1".to_owned()]),
    };
    Birth {
        patient: PatientRef::new(patient),
        shown: "DNR …22".to_owned(),
        persons: Vec::new(),
        the_move,
        content,
        kind: Kind::First,
        protected: false,
    }
}

/// A clearance for `outbox`.
pub(crate) fn clearance() -> Clearance {
    let party = Party {
        her_id: HerId(2001),
        name: "Migrasjonshelse".to_owned(),
        parent_her_id: HerId(2000),
        parent_name: "Testkommune".to_owned(),
        parent_org: None,
    };
    Clearance {
        channel: Channel::Outbox,
        function: Some(Function::HealthDialogue),
        receiver: Receiver::Party(party),
        sealed_to: None,
        evidence: vec![Evidence::Agreement("Ola Test 2026-01-01".to_owned())],
        agreed: true,
        valid_until: minute(720),
    }
}

/// A parcel of this revision with so many messages.
pub(crate) fn parcel(revision: u32, parts: u32) -> ParcelRecord {
    let file = |extension: &str, message| SealedFile {
        name: format!("AAAA-BBBB-CCCC-DDDD-{revision}.{extension}"),
        digest: Digest::of(extension.as_bytes()),
        bytes: 1000,
        message,
        documents: Some(Vec::new()),
        pages: None,
    };
    let messages = (1..=parts).map(|part| file(&format!("{part}.xml"), Some(message(revision, part))));
    let mut files: Vec<SealedFile> = messages.collect();
    if files.is_empty() {
        files.push(file("zip", None));
    }
    ParcelRecord { files, sealed_at: minute(1) }
}

/// What is fixed by sealing.
pub(crate) fn sealed(revision: u32, parts: u32) -> Box<Sealed> {
    Box::new(Sealed {
        parcel: parcel(revision, parts),
        clearance: clearance(),
        inventory: Inventory::default(),
    })
}

/// A receipt with this answer.
pub(crate) fn receipt(answer: ReceiptAnswer) -> Receipt {
    let code = ErrorCode { code: "T10".to_owned(), text: "not supported".to_owned() };
    let codes = if answer == ReceiptAnswer::Accepted { Vec::new() } else { vec![code] };
    Receipt { at: minute(60), answer, codes }
}

/// A message nothing was heard of, or this receipt.
pub(crate) fn part(number: u32, receipt: Option<Receipt>) -> Part {
    Part { message: message(1, number), transport: None, receipt }
}

/// Every state, the sealed ones with a parcel of revision 1 in two messages.
pub(crate) fn states() -> Vec<State> {
    let sealed = || sealed(1, 2);
    let unheard = || vec![part(1, None), part(2, None)];
    let carried = || {
        let heard = |part: Part| Part { transport: Some(minute(5)), ..part };
        unheard().into_iter().map(heard).collect::<Vec<_>>()
    };
    let held = |sealed| State::Held { reasons: vec![Hold::plain(Reason::NotAgreed)], sealed };
    let hand = hand();
    vec![
        State::Planned,
        held(None),
        State::NothingToSend { why: Reason::NothingFound, inventory: Inventory::default() },
        State::Collected { inventory: Inventory::default() },
        State::Cleared { inventory: Inventory::default(), clearance: clearance() },
        State::Sealed { sealed: sealed() },
        State::InFlight { sealed: sealed(), attempt: 1, run: run(), doubted: false, parts: unheard() },
        State::Deferred {
            sealed: sealed(),
            attempt: 1,
            fault: "no such folder".to_owned(),
            not_before: minute(9),
        },
        State::InDoubt { sealed: sealed(), attempt: 1, parts: unheard() },
        State::Placed { sealed: sealed(), place: "a.pdf".to_owned() },
        State::Sent { sealed: sealed(), reference: "a.xml".to_owned(), at: minute(3), parts: unheard() },
        State::Delivered { sealed: sealed(), at: minute(3), parts: carried() },
        State::Accepted {
            sealed: Some(sealed()),
            at: Some(minute(3)),
            how: Acceptance::Receipts { defects: false },
            parts: unheard(),
        },
        State::Rejected {
            sealed: sealed(),
            by: Layer::Application,
            codes: Vec::new(),
            at: Some(minute(3)),
            parts: vec![part(1, Some(receipt(ReceiptAnswer::Rejected))), part(2, None)],
        },
        State::Abandoned {
            sealed: Some(sealed()),
            hand: hand.clone(),
            at: Some(minute(3)),
            parts: unheard(),
        },
        State::Withdrawn { why: Some(Reason::Overtaken), hand, inventory: None },
    ]
}

/// Every event, fit for the sample states: receipts speak of the first message of revision 1.
pub(crate) fn events() -> Vec<Event> {
    let message = message(1, 1);
    let hand = hand();
    vec![
        Event::Collect { inventory: Inventory::default() },
        Event::FindNothing { why: Reason::Objection, inventory: Inventory::default() },
        Event::Hold { reasons: vec![Hold::plain(Reason::Confidential)] },
        Event::Resume,
        Event::Waive { waiver: waiver(Reason::NotAgreed) },
        Event::Clear { clearance: clearance() },
        Event::Seal { parcel: parcel(1, 2) },
        Event::Start { attempt: 1, run: run() },
        Event::Take { reference: "a.xml".to_owned() },
        Event::Place { place: "a.pdf".to_owned() },
        Event::Defer { fault: "no such folder".to_owned(), not_before: minute(9) },
        Event::Refuse { text: "no".to_owned() },
        Event::Lose,
        Event::Post { hand: hand.clone(), on: minute(30) },
        Event::Confirm { hand: hand.clone(), on: minute(30) },
        Event::TransportYes { message },
        Event::TransportNo { message, codes: Vec::new() },
        Event::AppYes { message, receipt: receipt(ReceiptAnswer::Accepted) },
        Event::AppNo { message, receipt: receipt(ReceiptAnswer::Rejected) },
        Event::EarlierAccepted { message, receipt: Some(receipt(ReceiptAnswer::Accepted)) },
        Event::GiveUp { hand: hand.clone() },
        Event::Withdraw { why: Some(Reason::Annulled), hand: hand.clone() },
        Event::Reopen { hand: hand.clone(), again: false },
        Event::Reopen { hand, again: true },
        Event::Recall { why: Reason::Recall },
        Event::PlacedFileGone,
        Event::Direct { channel: Some(Channel::Print), hand: self::hand() },
    ]
}

/// A person's decision to set this reason aside.
pub(crate) fn waiver(reason: Reason) -> Waiver {
    Waiver { reason, receiver: None, hand: hand() }
}
