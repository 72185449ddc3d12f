//! The manifest of a zip: what is in it, from whom, to whom and on which basis, for a program to check.
//!
//! Names no person: the transfer's id stands for them. Source paths are shown with identity numbers masked.

use serde::Serialize;

use super::bundle::path_of;
use super::conversation::Part;
use super::message;
use super::parcel::Order;
use super::typeset::Paper;
use crate::id::{Digest, MessageId};
use crate::inventory::{Document, Inventory};
use crate::person::mask_numbers;
use crate::verdict::Receiver;

#[derive(Serialize)]
struct Manifest<'a> {
    format: &'static str,
    transfer_id: &'a str,
    revision: u32,
    message_id: Option<MessageId>,
    kind: &'static str,
    supplement_to: Option<&'a str>,
    content: &'static str,
    from_municipality: Option<&'a str>,
    from_name: &'a str,
    to_municipality: &'a str,
    to_name: &'a str,
    to_district: Option<&'a str>,
    sealed_at: String,
    sender: Sender<'a>,
    receiver: ReceiverPart<'a>,
    basis: &'a str,
    results: Option<usize>,
    texts: Vec<TextPart<'a>>,
    documents: Vec<DocumentPart<'a>>,
}

#[derive(Serialize)]
struct Sender<'a> {
    municipality: &'a str,
    organisation: &'a str,
    org_number: &'a str,
    her_id: u32,
    service: &'a str,
    service_her_id: u32,
}

#[derive(Serialize)]
struct ReceiverPart<'a> {
    name: String,
    her_id: Option<u32>,
    address: Option<&'a str>,
    postal_code: Option<&'a str>,
    city: Option<&'a str>,
}

#[derive(Serialize)]
struct TextPart<'a> {
    path: &'a str,
    bytes: usize,
    sha256: Digest,
}

#[derive(Serialize)]
struct DocumentPart<'a> {
    no: u32,
    path: String,
    title: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    date: Option<String>,
    media_type: &'static str,
    bytes: u64,
    sha256: Digest,
    source: String,
    basis: &'a str,
}

/// The manifest as JSON with a line for each fact.
///
/// # Errors
/// None that its values can cause; a serializer's error is passed on all the same.
pub(super) fn write(order: &Order<'_>, papers: &[Paper]) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&manifest(order, papers)).map(|json| json + "\n")
}

fn manifest<'a>(order: &Order<'a>, papers: &'a [Paper]) -> Manifest<'a> {
    let (transfer, inventory) = (order.transfer, order.cleared.inventory());
    let the_move = &transfer.birth.the_move;
    Manifest {
        format: "journalflytt-1",
        transfer_id: transfer.id.as_str(),
        revision: transfer.revision,
        message_id: message_id(order),
        kind: transfer.birth.kind.code(),
        supplement_to: transfer.birth.kind.of().map(|of| of.as_str()),
        content: transfer.birth.content.code(),
        from_municipality: the_move.from.as_ref().map(|from| from.as_str()),
        from_name: order.from_name,
        to_municipality: the_move.key.to.code(),
        to_name: order.to_name,
        to_district: the_move.district.as_ref().map(|district| district.as_str()),
        sealed_at: order.now.to_rfc3339(),
        sender: sender(order),
        receiver: receiver(order),
        basis: basis(inventory),
        results: inventory.tb.as_ref().map(|tb| tb.carried().count()),
        texts: papers.iter().map(text_part).collect(),
        documents: inventory.documents.iter().map(|found| document(found, inventory)).collect(),
    }
}

/// What the contents are sent by.
fn basis(inventory: &Inventory) -> &str {
    let of_results = inventory.tb.as_ref().and_then(|tb| tb.basis).map(|basis| basis.text());
    of_results.unwrap_or(&inventory.journal_basis)
}

fn sender<'a>(order: &Order<'a>) -> Sender<'a> {
    let sender = &order.job.sender;
    Sender {
        municipality: sender.municipality.as_str(),
        organisation: &sender.organisation.name,
        org_number: sender.organisation.org_number.as_str(),
        her_id: sender.organisation.her_id.0,
        service: &sender.service.name,
        service_her_id: sender.service.her_id.0,
    }
}

fn receiver<'a>(order: &Order<'a>) -> ReceiverPart<'a> {
    let receiver = &order.cleared.clearance().receiver;
    let office = match receiver {
        Receiver::Office(office) => Some(office),
        Receiver::Party(_) | Receiver::SameEpj(_) => None,
    };
    ReceiverPart {
        name: order.receiver_name(),
        her_id: receiver.her_id().map(|her_id| her_id.0),
        address: office.map(|office| office.address.as_str()),
        postal_code: office.map(|office| office.postal_code.as_str()),
        city: office.map(|office| office.city.as_str()),
    }
}

fn text_part(paper: &Paper) -> TextPart<'_> {
    let pdf = &paper.printed.pdf;
    TextPart { path: paper.name, bytes: pdf.len(), sha256: Digest::of(pdf) }
}

/// The id that a receipt for a bundle names; none where no receipt can come.
fn message_id(order: &Order<'_>) -> Option<MessageId> {
    let receipts = order.cleared.clearance().channel.gets_receipts();
    receipts.then(|| message::message_id(order, Part::WHOLE))
}

fn document<'a>(document: &'a Document, inventory: &'a Inventory) -> DocumentPart<'a> {
    // Where the sender keeps its reports is its own business; which report it was can be asked for.
    let source = match inventory.tb {
        Some(_) => document.source.rsplit('/').next().unwrap_or_default(),
        None => &document.source,
    };
    DocumentPart {
        no: document.no,
        path: path_of(document),
        title: &document.title,
        kind: &document.kind,
        date: document.date.map(|date| date.to_string()),
        media_type: document.format.mime(),
        bytes: document.bytes,
        sha256: document.sha256,
        source: mask_numbers(source).into_owned(),
        basis: basis(inventory),
    }
}
