//! A parcel for the message system: the messages of one conversation, the documents as attachments.
//!
//! Each message is readable on its own: its note says what it holds, and which part of the whole it is. Leaves out
//! how many messages there are and what goes into which (`preflight`).

use std::io::{self, Write};

use super::bundle::Bundle;
use super::conversation::Part;
use super::findings;
use super::parcel::{Order, PackageError};
use super::placed::Place;
use super::text;
use super::typeset::Paper;
use crate::id::MessageId;
use crate::inventory::{Document, Format};
use crate::message::codes::{self, Code};
use crate::message::dialog::{self, ContactPart, DialogMessage, Topic};
use crate::message::msghead::{Address, Attachment, Conversation, Head, PatientPart, Tier};
use crate::person::NationalId;
use crate::verdict::{Content, Function, Party};

/// Whom a message is meant for: nurses staff the service; code list 9060.
const RECEIVER_ROLE: &str = "SP";

/// One message of an order.
pub(super) struct Message<'a> {
    /// To whom.
    pub(super) party: &'a Party,
    /// The number of the person it is about.
    pub(super) id: &'a NationalId,
    /// Which one it is.
    pub(super) part: Part,
    /// The results, where this message has them.
    pub(super) results: Option<Paper>,
    /// The numbers of the documents in it.
    pub(super) documents: &'a [u32],
}

/// The id of one of the order's messages.
pub(super) fn message_id(order: &Order<'_>, part: Part) -> MessageId {
    order.key.message(&order.transfer.id, order.transfer.revision, part.no)
}

/// Writes the message. Gives the sink back. Trouble that is neither the sink's nor the bundle's is left in `trouble`.
///
/// # Errors
/// The sink's or the bundle's, or one that stands for `trouble`.
pub(super) fn write<W: Write>(
    out: W,
    order: &Order<'_>,
    message: &Message<'_>,
    bundle: &mut Bundle<'_>,
    trouble: &mut Option<PackageError>,
) -> io::Result<W> {
    let carried = |document: &&Document| message.documents.contains(&document.no);
    let documents: Vec<&Document> = order.cleared.inventory().documents.iter().filter(carried).collect();
    let results = message.results.as_ref().map(|_| of_results(order));
    let attachments: Vec<Attachment> =
        results.into_iter().chain(documents.iter().map(|found| attachment(order, found))).collect();
    let mut contents: Vec<Contents<'_>> = message.results.iter().map(Contents::Results).collect();
    contents.extend(documents.iter().copied().map(Contents::Document));
    let note = text::note(order, message.part, message.documents);
    let contact = &order.job.sender.contact;
    let dialog = DialogMessage {
        head: head(order, message),
        topic: topic(order),
        note: &note,
        contact: ContactPart { name: &contact.name, phone: &contact.phone, role: &contact.role },
        attachments: &attachments,
    };
    dialog::write(out, &dialog, &mut |at, out| match contents[at] {
        Contents::Results(paper) => out.write_all(&paper.printed.pdf),
        Contents::Document(document) if document.as_pdf.is_some() => {
            let bytes = bundle.read(document)?;
            out.write_all(&placed(order, document, bytes, trouble)?)
        }
        Contents::Document(document) => bundle.carry(document, out),
    })
}

/// What an attachment holds.
#[derive(Clone, Copy)]
enum Contents<'a> {
    Results(&'a Paper),
    Document(&'a Document),
}

/// A document as the PDF it goes as.
fn placed(
    order: &Order<'_>,
    document: &Document,
    bytes: Vec<u8>,
    trouble: &mut Option<PackageError>,
) -> io::Result<Vec<u8>> {
    let Order { transfer, job, press, now, .. } = *order;
    let placed = Place { transfer, job, press, now }.set(document, bytes);
    placed.map(|printed| printed.pdf).map_err(|fault| {
        *trouble = Some(PackageError::Unprintable { no: document.no, fault });
        io::Error::other("a document cannot be turned into a PDF")
    })
}

/// The function that was cleared.
fn function(order: &Order<'_>) -> Function {
    order.cleared.clearance().function.unwrap_or(Function::HealthDialogue)
}

fn kind(function: Function) -> Code {
    match function {
        Function::HealthDialogue => codes::DIALOG_HELSEFAGLIG,
        Function::Archiving => codes::DIALOG_TIL_ARKIVERING,
    }
}

/// What the message is about, in the words of its profile.
fn topic<'a>(order: &Order<'_>) -> Topic<'a> {
    match (function(order), order.transfer.birth.content) {
        (Function::HealthDialogue, Content::Tb | Content::Journal) => {
            Topic::AboutPatient { theme: text::title(order), receiver_role: RECEIVER_ROLE }
        }
        (Function::Archiving, Content::Tb) => Topic::Archived { document_type: codes::DOCUMENT_RESULTS },
        (Function::Archiving, Content::Journal) => Topic::Archived { document_type: codes::DOCUMENT_JOURNAL },
    }
}

/// The message's place among those the receiver has: after the one before it, in the conversation that the first
/// began. What is opened again goes on with the conversation of which the receiver has accepted something.
fn conversation(order: &Order<'_>, part: Part, party: &Party) -> Option<Conversation> {
    let accepted = order.transfer.accepted_by(party.her_id);
    let id = |part| message_id(order, Part { no: part, of: 0 });
    let first = match accepted.first() {
        Some(begun) => order.key.message(&order.transfer.id, begun.revision, 1),
        None => id(1),
    };
    let parent = match part.no {
        1 => accepted.last()?.message,
        no => id(no - 1),
    };
    Some(Conversation { parent, first })
}

fn head<'a>(order: &'a Order<'_>, message: &'a Message<'_>) -> Head<'a> {
    let party = message.party;
    let sender = &order.job.sender;
    let patient = &order.migrant.patient;
    Head {
        kind: kind(function(order)),
        message_id: message_id(order, message.part),
        gen_date: order.now,
        environment: order.job.environment,
        conversation: conversation(order, message.part, party),
        sender: Address {
            organisation: Tier { name: &sender.organisation.name, her_id: sender.organisation.her_id },
            org_number: Some(&sender.organisation.org_number),
            service: Tier { name: &sender.service.name, her_id: sender.service.her_id },
        },
        receiver: Address {
            organisation: Tier { name: &party.parent_name, her_id: party.parent_her_id },
            org_number: party.parent_org.as_ref(),
            service: Tier { name: &party.name, her_id: party.her_id },
        },
        patient: PatientPart { name: &patient.name, id: message.id, birth_date: patient.birth_date },
    }
}

/// The results, which every message's note speaks of by this title.
fn of_results(order: &Order<'_>) -> Attachment {
    Attachment {
        id: attachment_id(order, 0),
        mime: Format::PdfA.mime(),
        title: findings::document_name(order.lang(), text::form(order.cleared.inventory())).to_owned(),
        issued: Some(order.now.date_naive()),
    }
}

/// The id of an attachment: the document's number, 0 for the results.
fn attachment_id(order: &Order<'_>, no: u32) -> uuid::Uuid {
    let parts = [order.transfer.id.as_str(), &order.transfer.revision.to_string(), &no.to_string()];
    order.key.uuid("attachment", &parts)
}

fn attachment(order: &Order<'_>, document: &Document) -> Attachment {
    let title = match document.title.trim() {
        "" => format!("Dokument {}", document.no),
        title => title.to_owned(),
    };
    Attachment {
        id: attachment_id(order, document.no),
        mime: document.mime_in_messages(),
        title,
        issued: document.date,
    }
}
