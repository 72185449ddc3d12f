//! A parcel for the message system: one helsefaglig dialog message, the journal's documents as attachments.
//!
//! The first message of its conversation; a set too large for one message is not cleared.

use std::io::{self, Write};

use super::bundle::Bundle;
use super::parcel::Order;
use super::text::{self, Person};
use crate::id::MessageId;
use crate::inventory::Document;
use crate::message::codes;
use crate::message::dialog::{self, ContactPart, DialogMessage};
use crate::message::msghead::{Address, Attachment, Head, PatientPart, Tier};
use crate::person::NationalId;
use crate::verdict::Party;

/// Whom a message is meant for: nurses staff the service; code list 9060.
const RECEIVER_ROLE: &str = "SP";

/// The id of the order's one message.
pub(super) fn message_id(order: &Order<'_>) -> MessageId {
    order.key.message(&order.transfer.id, order.transfer.revision, 1)
}

/// Writes the message. Gives the sink back.
///
/// # Errors
/// The sink's or the bundle's.
pub(super) fn write<W: Write>(
    out: W,
    order: &Order<'_>,
    party: &Party,
    id: &NationalId,
    bundle: &mut Bundle<'_>,
) -> io::Result<W> {
    let documents = &order.cleared.inventory().documents;
    let attachments: Vec<Attachment> = documents.iter().map(|found| attachment(order, found)).collect();
    let note = text::results(order, Person::InHead).unwrap_or_else(|| text::journal(order));
    let contact = &order.job.sender.contact;
    let message = DialogMessage {
        head: head(order, party, id),
        theme: text::theme(order),
        note: &note,
        contact: ContactPart { name: &contact.name, phone: &contact.phone, role: &contact.role },
        receiver_role: RECEIVER_ROLE,
        attachments: &attachments,
    };
    dialog::write(out, &message, &mut |at, out| bundle.carry(&documents[at], out))
}

fn head<'a>(order: &'a Order<'_>, party: &'a Party, id: &'a NationalId) -> Head<'a> {
    let sender = &order.job.sender;
    let patient = &order.migrant.patient;
    Head {
        kind: codes::DIALOG_HELSEFAGLIG,
        message_id: message_id(order),
        gen_date: order.now,
        environment: order.job.environment,
        conversation: None,
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
        patient: PatientPart { name: &patient.name, id, birth_date: patient.birth_date },
    }
}

fn attachment(order: &Order<'_>, document: &Document) -> Attachment {
    let parts = [order.transfer.id.as_str(), &order.transfer.revision.to_string(), &document.no.to_string()];
    let title = match document.title.trim() {
        "" => format!("Dokument {}", document.no),
        title => title.to_owned(),
    };
    Attachment {
        id: order.key.uuid("attachment", &parts),
        mime: document.format.mime(),
        title,
        issued: document.date,
    }
}
