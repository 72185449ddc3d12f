//! Hodemelding 1.2 (MsgHead), written: who sends what to whom about which patient, a message and its attachments.
//!
//! Two-tier addresses after HIS 1153-2:2016 (organisation, then service), attachments after HIS 1036:2011. The
//! message inside is the caller's ([`super::dialog`]). Nothing is held in memory but the head itself.

use std::io::{self, Write};

use chrono::NaiveDate;
use uuid::Uuid;

use super::codes::{self, Code};
use super::stated_time;
use crate::id::MessageId;
use crate::moves::Now;
use crate::person::{Environment, NationalId, PersonName};
use crate::place::{HerId, OrgNumber};
use crate::xml::Writer;

pub(super) const NAMESPACE: &str = "http://www.kith.no/xmlstds/msghead/2006-05-24";
const BASE64_NAMESPACE: &str = "http://www.kith.no/xmlstds/base64container";
const MIG_VERSION: &str = "v1.2 2006-05-24";

/// The head of a message.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    /// What the message is for (code list 8279).
    pub kind: Code,
    /// Its id.
    pub message_id: MessageId,
    /// When it was made: the start of the receipt deadline.
    pub gen_date: Now,
    /// Whether a receiver may act on it.
    pub environment: Environment,
    /// What it answers; none for the first of a conversation.
    pub conversation: Option<Conversation>,
    /// Who sends.
    pub sender: Address<'a>,
    /// Who gets it.
    pub receiver: Address<'a>,
    /// Whom it is about.
    pub patient: PatientPart<'a>,
}

/// A message's place in its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// The message before it.
    pub parent: MessageId,
    /// The first message.
    pub first: MessageId,
}

/// An address of two tiers.
#[derive(Clone, Copy, Debug)]
pub struct Address<'a> {
    /// The organisation.
    pub organisation: Tier<'a>,
    /// Its number in Enhetsregisteret.
    pub org_number: Option<&'a OrgNumber>,
    /// The service, which is the communication party.
    pub service: Tier<'a>,
}

/// One tier of an address.
#[derive(Clone, Copy, Debug)]
pub struct Tier<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its number in Adresseregisteret.
    pub her_id: HerId,
}

/// The patient, with what a receiver must have to find them.
#[derive(Clone, Debug)]
pub struct PatientPart<'a> {
    /// The name; either part may be empty.
    pub name: &'a PersonName,
    /// The number.
    pub id: &'a NationalId,
    /// The date of birth.
    pub birth_date: Option<NaiveDate>,
}

/// An attachment, apart from its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its own id.
    pub id: Uuid,
    /// Its MIME type.
    pub mime: &'static str,
    /// What a reader sees.
    pub title: String,
    /// Its date, where it is known.
    pub issued: Option<NaiveDate>,
}

/// Gives an attachment's bytes, by its place in the list.
pub type Bytes<'a> = dyn FnMut(usize, &mut dyn Write) -> io::Result<()> + 'a;

/// Writes a whole message: the head, the document that `payload` writes, and the attachments, whose bytes are
/// asked of `bytes` one after the other. Gives the sink back.
///
/// # Errors
/// What the sink, `payload` or `bytes` says.
pub fn write<W: Write>(
    out: W,
    head: &Head<'_>,
    payload: impl FnOnce(&mut Writer<W>) -> io::Result<()>,
    attachments: &[Attachment],
    bytes: &mut Bytes<'_>,
) -> io::Result<W> {
    let mut writer = Writer::new(out)?;
    writer.element("MsgHead", &[("xmlns", NAMESPACE)], |writer| {
        writer.element("MsgInfo", &[], |writer| message_info(writer, head))?;
        main_document(writer, head.gen_date, payload)?;
        for (at, attachment) in attachments.iter().enumerate() {
            attached(writer, attachment, |out| bytes(at, out))?;
        }
        Ok(())
    })?;
    Ok(writer.into_inner())
}

/// Writes a coded value with its list (schema type CV).
pub(super) fn cv<W: Write>(writer: &mut Writer<W>, name: &str, code: Code) -> io::Result<()> {
    writer.empty(name, &[("V", code.value), ("S", code.oid), ("DN", code.name)])
}

/// Writes a coded value whose list the schema fixes (schema type CS).
pub(super) fn cs<W: Write>(writer: &mut Writer<W>, name: &str, code: Code) -> io::Result<()> {
    writer.empty(name, &[("V", code.value), ("DN", code.name)])
}

fn message_info<W: Write>(writer: &mut Writer<W>, head: &Head<'_>) -> io::Result<()> {
    cs(writer, "Type", head.kind)?;
    writer.leaf("MIGversion", MIG_VERSION)?;
    writer.leaf("GenDate", &stated_time::write(head.gen_date))?;
    writer.leaf("MsgId", &head.message_id.to_string())?;
    cs(writer, "ProcessingStatus", codes::processing_status(head.environment))?;
    cs(writer, "Ack", codes::ACK_YES)?;
    if let Some(conversation) = head.conversation {
        writer.element("ConversationRef", &[], |writer| {
            writer.leaf("RefToParent", &conversation.parent.to_string())?;
            writer.leaf("RefToConversation", &conversation.first.to_string())
        })?;
    }
    writer.element("Sender", &[], |writer| address(writer, head.sender))?;
    writer.element("Receiver", &[], |writer| address(writer, head.receiver))?;
    writer.element("Patient", &[], |writer| patient(writer, &head.patient))
}

fn address<W: Write>(writer: &mut Writer<W>, address: Address<'_>) -> io::Result<()> {
    writer.element("Organisation", &[], |writer| {
        tier(writer, address.organisation)?;
        if let Some(number) = address.org_number {
            ident(writer, number.as_str(), codes::ID_ENH)?;
        }
        writer.element("Organisation", &[], |writer| tier(writer, address.service))
    })
}

fn tier<W: Write>(writer: &mut Writer<W>, tier: Tier<'_>) -> io::Result<()> {
    writer.leaf("OrganisationName", tier.name)?;
    ident(writer, &tier.her_id.to_string(), codes::ID_HER)
}

fn ident<W: Write>(writer: &mut Writer<W>, id: &str, kind: Code) -> io::Result<()> {
    writer.element("Ident", &[], |writer| {
        writer.leaf("Id", id)?;
        cv(writer, "TypeId", kind)
    })
}

fn patient<W: Write>(writer: &mut Writer<W>, patient: &PatientPart<'_>) -> io::Result<()> {
    let (family, given) = patient.name.reveal();
    writer.leaf("FamilyName", family)?;
    writer.leaf("GivenName", given)?;
    if let Some(date) = patient.birth_date {
        writer.leaf("DateOfBirth", &date.to_string())?;
    }
    ident(writer, patient.id.reveal(), codes::person_id(patient.id.kind()))
}

fn main_document<W: Write>(
    writer: &mut Writer<W>,
    issued: Now,
    payload: impl FnOnce(&mut Writer<W>) -> io::Result<()>,
) -> io::Result<()> {
    writer.element("Document", &[], |writer| {
        writer.element("RefDoc", &[], |writer| {
            writer.empty("IssueDate", &[("V", &stated_time::write(issued))])?;
            cs(writer, "MsgType", codes::DOCUMENT_XML)?;
            writer.leaf("MimeType", "text/xml")?;
            writer.element("Content", &[], payload)
        })
    })
}

fn attached<W: Write>(
    writer: &mut Writer<W>,
    attachment: &Attachment,
    bytes: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    writer.element("Document", &[], |writer| {
        writer.element("RefDoc", &[], |writer| {
            if let Some(date) = attachment.issued {
                writer.empty("IssueDate", &[("V", &format!("{date}T00:00:00"))])?;
            }
            cs(writer, "MsgType", codes::DOCUMENT_ATTACHMENT)?;
            writer.leaf("Id", &attachment.id.to_string())?;
            writer.leaf("MimeType", attachment.mime)?;
            writer.leaf("Description", &attachment.title)?;
            writer.element("Content", &[], |writer| {
                writer
                    .element("Base64Container", &[("xmlns", BASE64_NAMESPACE)], |writer| writer.base64(bytes))
            })
        })
    })
}
