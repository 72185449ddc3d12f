//! What an application receipt does to the transfer it speaks of (rules § 9).
//!
//! Matched on the original message's id *and* on the sender being the one the message was sent to. A receipt for an
//! earlier revision never moves the state: if it is a yes, the transfer is held before anything more is sent. Leaves
//! out reading the format (`message::apprec`).

use super::Read;
use super::row::{self, Effect, Kind, fit, only};
use super::view::{View, an_event};
use crate::id::MessageId;
use crate::ledger::ReceiptRow;
use crate::message::apprec::{AppRec, AppRecStatus};
use crate::moves::Moment;
use crate::place::HerId;
use crate::transfer::{EarlierMessage, ErrorCode, Event, Illegal, Receipt, ReceiptAnswer, State, Transfer};

/// One receipt against the book as it stands; `file` has been masked.
pub fn correlate(apprec: &AppRec, file: &str, view: &View<'_>, read_at: Moment) -> Read {
    let mut row = described(apprec, file, read_at);
    let found = row.original_message_id.and_then(|message| Some((message, view.message(message)?)));
    let Some((message, (transfer, revision, part))) = found else {
        return only(row, Effect::Unmatched);
    };
    row.transfer = Some(transfer.id.clone());
    row.revision = Some(revision);
    row.part = Some(part);
    if !is_from_addressee(&apprec.sender_her_ids, transfer, revision, message, view) {
        return only(row, Effect::WrongSender);
    }
    let Some(answer) = answer(&apprec.status) else {
        return only(row, Effect::Unreadable);
    };
    let receipt = Receipt { at: written_at(apprec, read_at), answer, codes: codes(apprec) };
    if revision < transfer.revision {
        return of_earlier_revision(row, transfer, message, receipt, view);
    }
    if heard(transfer, message) == Some(answer) {
        return only(row, Effect::Repeated);
    }
    if answer == ReceiptAnswer::WithDefects && matches!(transfer.state, State::Accepted { .. }) {
        // It cannot be less accepted than it is, but somebody must hear of the defects.
        let illegal = Illegal { state: transfer.state.code(), event: "accepted-with-defects" };
        return view.contradiction(row, transfer, illegal);
    }
    let event = match answer {
        ReceiptAnswer::Accepted | ReceiptAnswer::WithDefects => Event::AppYes { message, receipt },
        ReceiptAnswer::Rejected => Event::AppNo { message, receipt },
    };
    view.settle(row, transfer, vec![event], read_at)
}

/// An earlier revision's receipt is recorded; a yes, once, holds what is still to be sent. A no to what was accepted
/// then is a contradiction: the later revisions go without it.
fn of_earlier_revision(
    row: ReceiptRow,
    transfer: &Transfer,
    message: MessageId,
    receipt: Receipt,
    view: &View<'_>,
) -> Read {
    if view.was(&row, Effect::EarlierRevision) || view.was(&row, Effect::Applied) {
        return only(row, Effect::Repeated);
    }
    match receipt.answer {
        ReceiptAnswer::Accepted | ReceiptAnswer::WithDefects => {
            let event = Event::EarlierAccepted { message, receipt: Some(receipt) };
            let mut read = only(row, Effect::EarlierRevision);
            read.entries.push(an_event(transfer, event));
            read
        }
        ReceiptAnswer::Rejected if earlier(transfer, message).is_some_and(EarlierMessage::is_accepted) => {
            let illegal = Illegal { state: transfer.state.code(), event: "earlier-rejected" };
            view.contradiction(row, transfer, illegal)
        }
        ReceiptAnswer::Rejected => only(row, Effect::EarlierRevision),
    }
}

/// Whether the receipt comes from the party that this message was sent to. The parcel at hand says who that was, and
/// what the transfer remembers of earlier ones; of a parcel that was withdrawn, the disclosure register does; what
/// was never sent has no addressee to tell from.
fn is_from_addressee(
    senders: &[HerId],
    transfer: &Transfer,
    revision: u32,
    message: MessageId,
    view: &View<'_>,
) -> bool {
    if let Some(earlier) = earlier(transfer, message) {
        return is_party(senders, earlier.receiver, earlier.organisation);
    }
    match transfer.state.sealed().map(|sealed| &sealed.clearance.receiver) {
        Some(receiver) => is_party(senders, receiver.her_id(), receiver.organisation()),
        None => {
            let parties = view.disclosed_to(&transfer.id, revision);
            parties.is_empty() || senders.iter().any(|sender| parties.contains(sender))
        }
    }
}

/// A receipt that names only the organisation is the party's; one that names a party beside it must name this one.
fn is_party(senders: &[HerId], party: Option<HerId>, organisation: Option<HerId>) -> bool {
    let is = |other: Option<HerId>| move |sender: &HerId| Some(*sender) == other;
    let only_organisation = !senders.is_empty() && senders.iter().all(is(organisation));
    only_organisation || senders.iter().any(is(party))
}

/// The message as one of an earlier revision.
fn earlier(transfer: &Transfer, message: MessageId) -> Option<&EarlierMessage> {
    transfer.earlier.iter().find(|earlier| earlier.message == message)
}

/// What this message's receiver has answered so far.
fn heard(transfer: &Transfer, message: MessageId) -> Option<ReceiptAnswer> {
    let part = transfer.state.parts().iter().find(|part| part.message == message)?;
    part.receipt.as_ref().map(|receipt| receipt.answer)
}

fn answer(status: &AppRecStatus) -> Option<ReceiptAnswer> {
    match status {
        AppRecStatus::Accepted => Some(ReceiptAnswer::Accepted),
        AppRecStatus::WithDefects => Some(ReceiptAnswer::WithDefects),
        AppRecStatus::Rejected => Some(ReceiptAnswer::Rejected),
        AppRecStatus::Other(_) => None,
    }
}

/// The row as far as the receipt alone fills it.
fn described(apprec: &AppRec, file: &str, read_at: Moment) -> ReceiptRow {
    let mut row = row::blank(Kind::AppRec, file, read_at);
    row.original_message_id = MessageId::parse(&apprec.original_id);
    row.status = status(&apprec.status);
    let codes = codes(apprec);
    row.codes = codes.iter().map(|error| error.code.as_str()).collect::<Vec<_>>().join(" ");
    // An id that is none of ours in form is the only clue to what was meant.
    let strange = row.original_message_id.is_none().then(|| fit(&apprec.original_id));
    let texts = codes.into_iter().map(|error| error.text).chain(strange);
    row.text = texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ");
    row
}

fn status(status: &AppRecStatus) -> String {
    match status {
        AppRecStatus::Accepted => "accepted".to_owned(),
        AppRecStatus::WithDefects => "accepted-with-defects".to_owned(),
        AppRecStatus::Rejected => "rejected".to_owned(),
        AppRecStatus::Other(other) => fit(other),
    }
}

fn codes(apprec: &AppRec) -> Vec<ErrorCode> {
    apprec
        .errors
        .iter()
        .map(|error| {
            let texts = [fit(&error.text), fit(&error.other_text)];
            let text = texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ");
            ErrorCode { code: fit(&error.code), text }
        })
        .collect()
}

/// When the receiver wrote it; where it does not say, when it was read.
fn written_at(apprec: &AppRec, read_at: Moment) -> Moment {
    apprec.gen_date.map_or(read_at, |time| time.to_utc().min(read_at))
}
