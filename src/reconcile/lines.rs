//! One line a transfer: where it stands, why, and what a reviewer needs to see to believe it. Leaves out how it is
//! written (`report`), results and documents (`results`).

use chrono::{Duration, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{Night, View, protected};
use crate::id::{MessageId, TransferId};
use crate::inventory::{Inventory, TbStatus, ranges};
use crate::moves::Moment;
use crate::patient::Grading;
use crate::place::{DistrictNo, HerId, MunicipalityNo};
use crate::reason::Reason;
use crate::transfer::{Acceptance, Kind, Part, ReceiptAnswer, State, Transfer};
use crate::verdict::{Answer, Channel, Content, Receiver, RouteVerdict};

/// The one group a transfer is counted in (rules § 10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Planned, its date to come.
    NotDue,
    /// Planned to sealed, deferred, placed.
    Waiting,
    /// In flight, in doubt, sent, delivered.
    UnderWay,
    /// Held.
    Held,
    /// Accepted.
    Accepted,
    /// Rejected.
    Rejected,
    /// Given up.
    Abandoned,
    /// Withdrawn.
    Withdrawn,
    /// Nothing to send.
    NothingToSend,
    /// At its end before this run, and not in its report.
    SettledEarlier,
}

impl Group {
    /// Every group, in the order they are shown.
    pub const ALL: [Group; 10] = [
        Group::NotDue,
        Group::Waiting,
        Group::UnderWay,
        Group::Held,
        Group::Accepted,
        Group::Rejected,
        Group::Abandoned,
        Group::Withdrawn,
        Group::NothingToSend,
        Group::SettledEarlier,
    ];

    /// The group as `summary.json` writes it.
    pub fn code(self) -> &'static str {
        match self {
            Group::NotDue => "not_due",
            Group::Waiting => "waiting",
            Group::UnderWay => "under_way",
            Group::Held => "held",
            Group::Accepted => "accepted",
            Group::Rejected => "rejected",
            Group::Abandoned => "abandoned",
            Group::Withdrawn => "withdrawn",
            Group::NothingToSend => "nothing_to_send",
            Group::SettledEarlier => "settled_earlier",
        }
    }

    /// The group of a transfer in the report.
    pub fn of(transfer: &Transfer, today: NaiveDate) -> Group {
        match &transfer.state {
            State::Planned if transfer.birth.the_move.key.date > today => Group::NotDue,
            State::Planned
            | State::Collected { .. }
            | State::Cleared { .. }
            | State::Sealed { .. }
            | State::Deferred { .. }
            | State::Placed { .. } => Group::Waiting,
            State::InFlight { .. } | State::InDoubt { .. } | State::Sent { .. } | State::Delivered { .. } => {
                Group::UnderWay
            }
            State::Held { .. } => Group::Held,
            State::Accepted { .. } => Group::Accepted,
            State::Rejected { .. } => Group::Rejected,
            State::Abandoned { .. } => Group::Abandoned,
            State::Withdrawn { .. } => Group::Withdrawn,
            State::NothingToSend { .. } => Group::NothingToSend,
        }
    }
}

/// What became of a message, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptSeen {
    /// The application accepted.
    Accepted,
    /// Accepted with defects.
    WithDefects,
    /// Rejected.
    Rejected,
    /// A person confirmed it.
    Confirmed,
}

impl ReceiptSeen {
    /// The word reports write.
    pub fn code(self) -> &'static str {
        match self {
            ReceiptSeen::Accepted => "accepted",
            ReceiptSeen::WithDefects => "accepted-with-defects",
            ReceiptSeen::Rejected => "rejected",
            ReceiptSeen::Confirmed => "confirmed",
        }
    }
}

/// A row of `reconciliation.csv`. An absent value is none, never zero and never an empty guess.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferLine {
    /// The transfer.
    pub transfer_id: TransferId,
    /// The transfer it follows.
    pub supplement_to: Option<TransferId>,
    /// Which of the move's transfers.
    pub kind: Kind,
    /// The revision.
    pub revision: u32,
    /// The EPJ's reference, identity numbers masked.
    pub patient_ref: String,
    /// The person, masked.
    pub person: String,
    /// What is sent.
    pub content: Content,
    /// Moved from; none for a protected person.
    pub from: Option<MunicipalityNo>,
    /// Moved to, or what the extract wrote; none for a protected person.
    pub to: Option<String>,
    /// The Oslo district moved to.
    pub district: Option<DistrictNo>,
    /// The move's date.
    pub move_date: NaiveDate,
    /// The state's code.
    pub state: String,
    /// Since when.
    pub since: Moment,
    /// The most severe reason.
    pub reason: Option<Reason>,
    /// Every reason with its detail.
    pub reasons: Vec<(Reason, String)>,
    /// The receiver's HER-id.
    pub receiver_her_id: Option<HerId>,
    /// The receiver's name.
    pub receiver_name: Option<String>,
    /// The route.
    pub channel: Option<Channel>,
    /// Whether the receiver can take it.
    pub capability: Option<Answer>,
    /// What that rests on.
    pub evidence: Vec<String>,
    /// Whether an agreement is behind it.
    pub agreed: Option<bool>,
    /// The person's status.
    pub tb_status: Option<TbStatus>,
    /// The basis of the transfer.
    pub basis: String,
    /// Results that travel.
    pub tb_results: Option<u64>,
    /// Documents that travel.
    pub documents: Option<u64>,
    /// The parcel's size, bytes.
    pub bytes: Option<u64>,
    /// The messages.
    pub message_ids: Vec<MessageId>,
    /// Attempts at sending.
    pub attempts: u32,
    /// When it was sent.
    pub sent_at: Option<Moment>,
    /// What was heard.
    pub receipt: Option<ReceiptSeen>,
    /// When.
    pub receipt_at: Option<Moment>,
    /// Whether a receipt should have come.
    pub overdue: bool,
    /// Whether a person must act.
    pub needs_action: bool,
    /// Whether the person's address is strictly confidential.
    pub protected: bool,
    /// Where a placed file is waiting, for the packing list and the worklist.
    pub place: Option<String>,
    /// How many pages there are to print, where that is known.
    #[serde(default)]
    pub pages: Option<u32>,
    /// Whether an earlier revision may have been posted or sent.
    pub possible_duplicate: bool,
}

impl TransferLine {
    /// The order of lines: by patient, move date, content, kind.
    pub fn order(&self) -> (&str, NaiveDate, Content, &Kind, &TransferId) {
        (&self.patient_ref, self.move_date, self.content, &self.kind, &self.transfer_id)
    }
}

/// The line of one transfer.
pub(super) fn line(night: &Night, transfer: &Transfer) -> TransferLine {
    let birth = &transfer.birth;
    let key = &birth.the_move.key;
    let protected = is_protected(night, transfer);
    let view = night.views.get(&transfer.id);
    let inventory = inventory(transfer, view);
    let reasons = shown_reasons(night, transfer);
    let asked = Asked::of(transfer, view);
    let overdue = is_overdue(night, transfer);
    let (receipt, receipt_at) = receipt(transfer);
    let shown = |text: &str| (!protected && !text.is_empty()).then(|| text.to_owned());
    let to = key.to.municipality().map_or_else(|| key.to.code().to_owned(), |number| number.to_string());
    TransferLine {
        transfer_id: transfer.id.clone(),
        supplement_to: birth.kind.of().cloned(),
        kind: birth.kind.clone(),
        revision: transfer.revision,
        patient_ref: birth.patient.to_string(),
        person: birth.shown.clone(),
        content: birth.content,
        from: (!protected).then(|| birth.the_move.from.clone().unwrap_or_else(|| night.own.clone())),
        to: shown(&to),
        district: birth.the_move.district.clone().filter(|_| !protected),
        move_date: key.date,
        state: transfer.state.code().to_owned(),
        since: transfer.since,
        reason: reasons.first().map(|(reason, _)| *reason),
        receiver_her_id: asked.receiver.and_then(Receiver::her_id).filter(|_| !protected),
        receiver_name: asked.receiver.and_then(|receiver| shown(&receiver.name())),
        channel: asked.channel.filter(|_| !protected),
        capability: asked.answer.filter(|_| !protected),
        evidence: if protected { Vec::new() } else { asked.evidence },
        agreed: asked.agreed.filter(|_| !protected),
        tb_status: inventory.and_then(|i| i.tb.as_ref()).map(|tb| tb.status),
        basis: basis(inventory),
        tb_results: inventory.and_then(|i| i.tb.as_ref()).map(|tb| tb.carried().count() as u64),
        documents: inventory.and_then(|inventory| documents(birth.content, inventory)),
        bytes: transfer.state.sealed().map(|sealed| sealed.parcel.bytes()),
        message_ids: transfer.state.sealed().map(|s| s.parcel.messages().collect()).unwrap_or_default(),
        attempts: transfer.attempts,
        sent_at: transfer.state.sent_at(),
        receipt,
        receipt_at,
        overdue,
        // Told from the actions, once they are known.
        needs_action: false,
        protected,
        place: transfer.state.place().map(str::to_owned),
        pages: transfer.state.sealed().and_then(|sealed| sealed.parcel.archive()?.pages),
        possible_duplicate: transfer.may_have_been_posted
            || transfer.accepted_earlier
            || transfer.found_sealed > 0
            || transfer.attempts > 1,
        reasons,
    }
}

/// Whether nothing of this person's places may be shown.
pub(super) fn is_protected(night: &Night, transfer: &Transfer) -> bool {
    let grading = night.gradings.get(&transfer.birth.patient).copied().unwrap_or_default();
    grading >= Grading::StrictlyConfidential || protected::is_remembered(night.book, transfer)
}

/// What it carries: what is fixed once it is sealed, before that what tonight's look found, else what the state
/// remembers.
pub(super) fn inventory<'a>(transfer: &'a Transfer, view: Option<&'a View>) -> Option<&'a Inventory> {
    let tonight = view.and_then(|view| view.inventory.as_ref());
    match &transfer.state {
        State::Planned
        | State::Held { .. }
        | State::NothingToSend { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Withdrawn { .. } => tonight.or_else(|| transfer.state.inventory()),
        State::Sealed { .. }
        | State::InFlight { .. }
        | State::Deferred { .. }
        | State::InDoubt { .. }
        | State::Placed { .. }
        | State::Sent { .. }
        | State::Delivered { .. }
        | State::Accepted { .. }
        | State::Rejected { .. }
        | State::Abandoned { .. } => transfer.state.inventory().or(tonight),
    }
}

/// How many documents travel: of results only where there are any, as most have none.
fn documents(content: Content, inventory: &Inventory) -> Option<u64> {
    let count = inventory.documents.len() as u64;
    (content == Content::Journal || count > 0).then_some(count)
}

fn basis(inventory: Option<&Inventory>) -> String {
    let Some(inventory) = inventory else { return String::new() };
    match &inventory.tb {
        Some(tb) => tb.basis.map(|basis| basis.text().to_owned()).unwrap_or_default(),
        None => inventory.journal_basis.clone(),
    }
}

/// Whether an application receipt should have come by now.
fn is_overdue(night: &Night, transfer: &Transfer) -> bool {
    receipt_due(night, transfer).is_some_and(|due| night.now > due)
}

/// Until when an application receipt should come (HITS 1168:2016 § 4.1); none where none is waited for.
fn receipt_due(night: &Night, transfer: &Transfer) -> Option<Moment> {
    let waits =
        matches!(transfer.state, State::Sent { .. } | State::Delivered { .. } | State::InDoubt { .. });
    transfer.receipt_due(night.receipt_hours).filter(|_| waits)
}

/// Since when a transfer has this reason: a deadline's end, else since when it stands where it stands.
pub(super) fn since_when(night: &Night, transfer: &Transfer, reason: Reason) -> Moment {
    if reason == Reason::Overdue {
        receipt_due(night, transfer).unwrap_or(transfer.since)
    } else if reason == Reason::NotPosted {
        post_due(night, transfer)
    } else {
        transfer.since
    }
}

/// Whether what it carries may be gone: what comes now can only follow it.
pub(super) fn may_be_gone(transfer: &Transfer) -> bool {
    let taken = matches!(transfer.state, State::Placed { .. }) && transfer.may_have_been_posted;
    taken || transfer.state.may_have_left()
}

/// The reasons as a report may show them.
pub(super) fn shown_reasons(night: &Night, transfer: &Transfer) -> Vec<(Reason, String)> {
    let mut reasons = reasons(night, transfer);
    if is_protected(night, transfer) {
        // A detail may name candidates or a municipality; the reason alone does not.
        reasons.iter_mut().for_each(|(_, detail)| detail.clear());
    }
    reasons
}

/// Every reason of a transfer, most severe first, in the rule book's order among equals.
fn reasons(night: &Night, transfer: &Transfer) -> Vec<(Reason, String)> {
    let mut reasons = match &transfer.state {
        // The order of holds says which route is shown; it is kept among equals.
        State::Held { reasons, .. } => {
            reasons.iter().map(|hold| (hold.reason, hold.detail.clone())).collect()
        }
        state => standing_reason(night, transfer, state).into_iter().collect::<Vec<_>>(),
    };
    if is_overdue(night, transfer) {
        reasons.push((Reason::Overdue, String::new()));
    }
    reasons.sort_by_key(|(reason, _)| std::cmp::Reverse(reason.severity()));
    reasons
}

fn standing_reason(night: &Night, transfer: &Transfer, state: &State) -> Option<(Reason, String)> {
    let plain = |reason| Some((reason, String::new()));
    match state {
        State::Planned if transfer.birth.the_move.key.date > night.now.date_naive() => {
            plain(Reason::FutureMove)
        }
        State::NothingToSend { why, .. } => plain(*why),
        State::Deferred { fault, .. } => Some((Reason::ChannelTrouble, fault.clone())),
        State::InDoubt { .. } => plain(Reason::InDoubt),
        State::Placed { .. } if waited_too_long(night, transfer) => plain(Reason::NotPosted),
        State::Accepted { how: Acceptance::Receipts { defects: true }, .. } => {
            plain(Reason::AcceptedWithDefects)
        }
        State::Rejected { codes, parts, .. } => {
            let codes = codes.iter().map(|code| format!("{} {}", code.code, code.text).trim().to_owned());
            let told: Vec<String> = refused_of(parts).into_iter().chain(codes).collect();
            Some((Reason::Rejected, told.join("; ")))
        }
        State::Abandoned { hand, .. } => Some((Reason::Abandoned, hand.why.clone())),
        State::Withdrawn { why: Some(why), .. } => plain(*why),
        State::Planned
        | State::Held { .. }
        | State::Collected { .. }
        | State::Cleared { .. }
        | State::Sealed { .. }
        | State::InFlight { .. }
        | State::Placed { .. }
        | State::Sent { .. }
        | State::Delivered { .. }
        | State::Accepted { .. }
        | State::Withdrawn { .. } => None,
    }
}

/// The numbers, from 1, of the messages that were refused.
pub(super) fn refused_parts(parts: &[Part]) -> Vec<u32> {
    let refused =
        |part: &Part| part.receipt.as_ref().is_some_and(|one| one.answer == ReceiptAnswer::Rejected);
    (1..).zip(parts).filter(|(_, part)| refused(part)).map(|(no, _)| no).collect()
}

/// Which messages of a conversation were refused; none where there is only one.
fn refused_of(parts: &[Part]) -> Option<String> {
    let numbers = refused_parts(parts);
    let told = || format!("del {} av {}", ranges(&numbers), parts.len());
    (parts.len() > 1 && !numbers.is_empty()).then(told)
}

fn waited_too_long(night: &Night, transfer: &Transfer) -> bool {
    night.now > post_due(night, transfer)
}

fn post_due(night: &Night, transfer: &Transfer) -> Moment {
    transfer.since + Duration::days(i64::from(night.placed_days))
}

fn receipt(transfer: &Transfer) -> (Option<ReceiptSeen>, Option<Moment>) {
    if let State::Accepted { how: Acceptance::Confirmed { .. }, .. } = transfer.state {
        return (Some(ReceiptSeen::Confirmed), Some(transfer.since));
    }
    let parts = transfer.state.parts();
    let heard = parts.iter().filter_map(|part| part.receipt.as_ref());
    // One no outweighs every yes: the line shows what a person must look at.
    let worst = heard.max_by_key(|receipt| match receipt.answer {
        ReceiptAnswer::Accepted => 0,
        ReceiptAnswer::WithDefects => 1,
        ReceiptAnswer::Rejected => 2,
    });
    let seen = worst.map(|receipt| match receipt.answer {
        ReceiptAnswer::Accepted => ReceiptSeen::Accepted,
        ReceiptAnswer::WithDefects => ReceiptSeen::WithDefects,
        ReceiptAnswer::Rejected => ReceiptSeen::Rejected,
    });
    // A yes to some of the messages is no yes yet.
    let open = parts.iter().any(|part| part.receipt.is_none());
    let told = seen.filter(|seen| !open || *seen != ReceiptSeen::Accepted);
    (told, worst.filter(|_| told.is_some()).map(|receipt| receipt.at))
}

/// What the receiver's side was asked: the clearance where there is one, else the first route's verdict.
struct Asked<'a> {
    receiver: Option<&'a Receiver>,
    channel: Option<Channel>,
    answer: Option<Answer>,
    evidence: Vec<String>,
    agreed: Option<bool>,
}

impl<'a> Asked<'a> {
    fn of(transfer: &'a Transfer, view: Option<&'a View>) -> Self {
        let clearance = match &transfer.state {
            State::Cleared { clearance, .. } => Some(clearance),
            State::Held { .. } => None,
            State::NothingToSend { .. } | State::Planned | State::Withdrawn { .. } => return Asked::nobody(),
            State::Collected { .. }
            | State::Sealed { .. }
            | State::InFlight { .. }
            | State::Deferred { .. }
            | State::InDoubt { .. }
            | State::Placed { .. }
            | State::Sent { .. }
            | State::Delivered { .. }
            | State::Accepted { .. }
            | State::Rejected { .. }
            | State::Abandoned { .. } => transfer.state.sealed().map(|sealed| &sealed.clearance),
        };
        if let Some(clearance) = clearance {
            return Asked {
                receiver: Some(&clearance.receiver),
                channel: Some(clearance.channel),
                answer: Some(Answer::Yes),
                evidence: clearance.evidence.iter().map(ToString::to_string).collect(),
                agreed: Some(clearance.agreed),
            };
        }
        let routes = view.map(|view| view.routes.as_slice()).unwrap_or_default();
        Asked::of_route(shown_route(routes), routes)
    }

    /// Nothing is to be sent, so nobody was asked.
    fn nobody() -> Self {
        Asked { receiver: None, channel: None, answer: None, evidence: Vec::new(), agreed: None }
    }

    fn of_route(shown: Option<&'a RouteVerdict>, routes: &'a [RouteVerdict]) -> Self {
        Asked {
            receiver: shown.and_then(|route| route.receiver.as_ref()),
            channel: shown.map(|route| route.channel),
            answer: shown.map(|route| route.answer),
            evidence: routes.iter().flat_map(|route| &route.evidence).map(ToString::to_string).collect(),
            agreed: shown.map(|route| route.agreed),
        }
    }
}

fn shown_route(routes: &[RouteVerdict]) -> Option<&RouteVerdict> {
    routes.iter().find(|route| route.answer == Answer::Yes).or_else(|| routes.first())
}
