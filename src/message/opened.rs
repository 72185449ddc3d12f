//! A message, read back: a head (MsgHead 1.2) with a Dialogmelding 1.1 in it and its attachments.
//!
//! Reads what we wrote and what others write alike: elements are found by name, and what a schema lets be missing
//! may be. Attachments are hashed while they pass and never held. Leaves out whether what is found is what should
//! stand there; texts are as they were written, so mask what is to be shown.

use std::fmt;
use std::io::BufRead;

use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use uuid::Uuid;

use super::msghead::{self, Conversation};
use super::{codes, dialog, stated_time};
use crate::id::{Digest, MessageId};
use crate::moves::Now;
use crate::person::{NationalId, PersonName};
use crate::place::{HerId, OrgNumber};
use crate::xml::{self, Carried, Element, XmlError};

/// The largest message without its attachments, bytes; a long note and ten thousand titles are a few millions.
const LIMIT: usize = 8_000_000;

/// The element that holds an attachment's bytes.
const CONTAINER: &str = "Base64Container";

/// A message as it stands in its file. No `Debug`: it is about a patient's health.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// What it is for (code list 8279).
    pub function: String,
    /// Its id.
    pub message_id: MessageId,
    /// When it was made.
    pub gen_date: Now,
    /// What it answers; none for the first of a conversation.
    pub conversation: Option<Conversation>,
    /// What a receiver's system may do with it (code list 8213); none when it does not say.
    pub processing: Option<String>,
    /// Who sends.
    pub sender: OpenedAddress,
    /// Who gets it.
    pub receiver: OpenedAddress,
    /// Whom it is about.
    pub patient: OpenedPatient,
    /// What it is about.
    pub topic: OpenedTopic,
    /// The note.
    pub note: String,
    /// The professionals, in order.
    pub roles: Vec<OpenedRole>,
    /// The attachments, in order.
    pub attachments: Vec<OpenedAttachment>,
}

/// An address of two tiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedAddress {
    /// The organisation.
    pub organisation: OpenedTier,
    /// Its number in Enhetsregisteret, where it is given.
    pub org_number: Option<OrgNumber>,
    /// The communication party: a service or a professional; none for an address of one tier.
    pub service: Option<OpenedTier>,
}

/// One tier of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedTier {
    /// Its name; may be empty.
    pub name: String,
    /// Its number in Adresseregisteret, where it is given.
    pub her_id: Option<HerId>,
}

/// The patient as the head names them. No `Debug`: the birth date is theirs.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenedPatient {
    /// The name; either part may be empty.
    pub name: PersonName,
    /// The number.
    pub id: StatedId,
    /// The date of birth, where it is given.
    pub birth_date: Option<NaiveDate>,
}

/// A person's number as a message states it, unchecked. Prints its kind and last two characters.
#[derive(Clone, PartialEq, Eq)]
pub struct StatedId {
    kind: String,
    text: String,
}

impl StatedId {
    /// What kind of number it says it is (code list 8116).
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Whether it is this number, of this kind.
    pub fn is(&self, id: &NationalId) -> bool {
        self.kind == id.kind().code() && self.text == id.reveal()
    }
}

impl fmt::Debug for StatedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end: Vec<char> = self.text.chars().rev().take(2).collect();
        write!(f, "StatedId({} …{})", self.kind, end.into_iter().rev().collect::<String>())
    }
}

/// What a message is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedTopic {
    /// The value of TemaKodet.
    pub value: String,
    /// The OID of its list: 7322 for a theme, 9602 for a type of document.
    pub oid: String,
    /// The theme in words; none for what is filed.
    pub theme: Option<String>,
}

/// A professional of the note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedRole {
    /// The role (code list 9034).
    pub code: String,
    /// The name; either part may be empty.
    pub name: PersonName,
    /// The telephone number, as the address states it; may be empty.
    pub phone: String,
    /// The kind of professional (code list 9060); may be empty.
    pub professional: String,
}

/// An attachment that has passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedAttachment {
    /// Its own id, where it is a UUID.
    pub id: Option<Uuid>,
    /// Its MIME type; may be empty.
    pub mime: String,
    /// What a reader sees; may be empty.
    pub title: String,
    /// Its date, where it is given.
    pub issued: Option<NaiveDate>,
    /// How long it is, bytes.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Digest,
}

/// Why a file is no message of the dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpenedError {
    /// Not XML that can be read.
    #[error("not readable XML: {0}")]
    Xml(#[from] XmlError),
    /// Another document.
    #[error("the document is no MsgHead 1.2")]
    NotMsgHead,
    /// Another message.
    #[error("the message holds no Dialogmelding 1.1")]
    NotDialog,
    /// Something that a message must have.
    #[error("the message has no {0}, or one that cannot be read")]
    Missing(&'static str),
    /// A document beside the message that is no attachment with its bytes, or bytes that belong to none.
    #[error("the message holds something beside its note that is no attachment with its bytes")]
    NotAttached,
}

/// Reads a message to its end.
///
/// # Errors
/// [`OpenedError`] when it is none, lacks its meaning, or cannot be read.
pub fn open(source: impl BufRead) -> Result<Opened, OpenedError> {
    let mut hashed = Hashed::default();
    let root = xml::parse_around(source, LIMIT, CONTAINER, &mut hashed)?;
    if root.name() != "MsgHead" || root.namespace() != Some(msghead::NAMESPACE) {
        return Err(OpenedError::NotMsgHead);
    }
    let info = root.child("MsgInfo").ok_or(OpenedError::Missing("MsgInfo"))?;
    let mut documents = root.all("Document");
    let note = documents.next().and_then(dialog_of).ok_or(OpenedError::NotDialog)?;
    let attachments = attachments(documents, hashed.done)?;
    Ok(Opened {
        function: required(info.child("Type").and_then(value), "Type")?,
        message_id: required(info.child_text("MsgId").and_then(MessageId::parse), "MsgId")?,
        gen_date: required(info.child_text("GenDate").and_then(stated_time::parse), "GenDate")?,
        conversation: info.child("ConversationRef").map(conversation).transpose()?,
        processing: info.child("ProcessingStatus").and_then(value),
        sender: required(info.child("Sender").and_then(address), "Sender")?,
        receiver: required(info.child("Receiver").and_then(address), "Receiver")?,
        patient: patient(info.child("Patient").ok_or(OpenedError::Missing("Patient"))?)?,
        topic: topic(note)?,
        note: required(note.child("TekstNotatInnhold").map(whole_text), "TekstNotatInnhold")?,
        roles: note.all("RollerRelatertNotat").map(role).collect(),
        attachments,
    })
}

fn required<T>(found: Option<T>, name: &'static str) -> Result<T, OpenedError> {
    found.ok_or(OpenedError::Missing(name))
}

/// A code's value.
fn value(element: &Element) -> Option<String> {
    element.attribute("V").filter(|value| !value.is_empty()).map(str::to_owned)
}

/// A text as it was written; empty where there is none.
fn verbatim(element: &Element, name: &str) -> String {
    element.child(name).map(Element::raw_text).unwrap_or_default().to_owned()
}

/// A text that may be marked up: what stands in the elements inside it follows, a line for each.
fn whole_text(element: &Element) -> String {
    let texts: Vec<&str> = element.descendants().map(Element::raw_text).collect();
    match texts.as_slice() {
        [plain] => (*plain).to_owned(),
        marked => {
            marked.iter().filter(|text| !text.trim().is_empty()).copied().collect::<Vec<_>>().join("\n")
        }
    }
}

fn conversation(element: &Element) -> Result<Conversation, OpenedError> {
    let id = |name| required(element.child_text(name).and_then(MessageId::parse), "ConversationRef");
    Ok(Conversation { parent: id("RefToParent")?, first: id("RefToConversation")? })
}

fn address(element: &Element) -> Option<OpenedAddress> {
    let organisation = element.child("Organisation")?;
    let service = organisation
        .child("Organisation")
        .map(|service| OpenedTier { name: verbatim(service, "OrganisationName"), her_id: her_id(service) });
    let professional = organisation.child("HealthcareProfessional").map(|person| OpenedTier {
        name: format!("{} {}", verbatim(person, "GivenName"), verbatim(person, "FamilyName")),
        her_id: her_id(person),
    });
    Some(OpenedAddress {
        organisation: OpenedTier {
            name: verbatim(organisation, "OrganisationName"),
            her_id: her_id(organisation),
        },
        org_number: ident(organisation, codes::ID_ENH.value).and_then(|number| number.parse().ok()),
        service: service.or(professional),
    })
}

fn her_id(element: &Element) -> Option<HerId> {
    ident(element, codes::ID_HER.value)?.parse().ok()
}

/// The first identifier of a kind.
fn ident<'a>(element: &'a Element, kind: &str) -> Option<&'a str> {
    let of_kind =
        |ident: &&Element| ident.child("TypeId").and_then(|found| found.attribute("V")) == Some(kind);
    element.all("Ident").find(of_kind)?.child_text("Id")
}

fn patient(element: &Element) -> Result<OpenedPatient, OpenedError> {
    let stated = |ident: &Element| {
        Some(StatedId { kind: value(ident.child("TypeId")?)?, text: ident.child_text("Id")?.to_owned() })
    };
    required(element.child("FamilyName"), "FamilyName")?;
    Ok(OpenedPatient {
        name: name(element),
        id: required(element.all("Ident").find_map(stated), "Ident")?,
        birth_date: element.child_text("DateOfBirth").and_then(|date| date.parse().ok()),
    })
}

fn name(element: &Element) -> PersonName {
    PersonName::new(verbatim(element, "FamilyName"), verbatim(element, "GivenName"))
}

/// The note of the document that is the message.
fn dialog_of(document: &Element) -> Option<&Element> {
    let content = document.child("RefDoc")?.child("Content")?;
    let dialog = content.child("Dialogmelding")?;
    (dialog.namespace() == Some(dialog::NAMESPACE)).then(|| dialog.child("Notat")).flatten()
}

fn topic(note: &Element) -> Result<OpenedTopic, OpenedError> {
    let code = required(note.child("TemaKodet"), "TemaKodet")?;
    Ok(OpenedTopic {
        value: required(value(code), "TemaKodet")?,
        oid: code.attribute("S").unwrap_or_default().to_owned(),
        theme: note.child("Tema").map(|theme| theme.raw_text().to_owned()),
    })
}

fn role(element: &Element) -> OpenedRole {
    let person = element.child("HealthcareProfessional").or_else(|| element.child("Person"));
    let address = person
        .and_then(|person| person.child("TeleCom")?.child("TeleAddress")?.attribute("V"))
        .unwrap_or_default();
    OpenedRole {
        code: element.child("RoleToPatient").and_then(value).unwrap_or_default(),
        name: person.map(name).unwrap_or_default(),
        phone: address.strip_prefix("tel:").unwrap_or(address).to_owned(),
        professional: person
            .and_then(|person| value(person.child("TypeHealthcareProfessional")?))
            .unwrap_or_default(),
    }
}

/// The documents beside the message, each with what was hashed for it. Every one of them must have been, and
/// nothing else: else bytes would be counted for the wrong document.
fn attachments<'a>(
    documents: impl Iterator<Item = &'a Element>,
    hashed: Vec<(u64, Digest)>,
) -> Result<Vec<OpenedAttachment>, OpenedError> {
    let documents: Option<Vec<&Element>> = documents.map(|document| document.child("RefDoc")).collect();
    let documents = documents.ok_or(OpenedError::NotAttached)?;
    let is_attached = |document: &&Element| {
        let kind = document.child("MsgType").and_then(|kind| kind.attribute("V"));
        let containers = document.descendants().filter(|element| element.name() == CONTAINER);
        kind == Some(codes::DOCUMENT_ATTACHMENT.value)
            && document.child("Content").is_some_and(|content| content.child(CONTAINER).is_some())
            && containers.count() == 1
    };
    if documents.len() != hashed.len() || !documents.iter().all(is_attached) {
        return Err(OpenedError::NotAttached);
    }
    Ok(documents.into_iter().zip(hashed).map(attachment).collect())
}

fn attachment((document, (bytes, sha256)): (&Element, (u64, Digest))) -> OpenedAttachment {
    let issued = document.child("IssueDate").and_then(|date| stated_time::parse(date.attribute("V")?));
    OpenedAttachment {
        id: document.child_text("Id").and_then(|id| Uuid::try_parse(id).ok()),
        mime: document.child_text("MimeType").unwrap_or_default().to_owned(),
        title: verbatim(document, "Description"),
        issued: issued.map(|date| date.date_naive()),
        bytes,
        sha256,
    }
}

/// The lengths and digests of what is carried past the tree.
#[derive(Default)]
struct Hashed {
    done: Vec<(u64, Digest)>,
    bytes: u64,
    hasher: Sha256,
}

impl Carried for Hashed {
    fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hasher.update(bytes);
    }

    fn end(&mut self) {
        let digest = Digest::from_bytes(self.hasher.finalize_reset().into());
        self.done.push((std::mem::take(&mut self.bytes), digest));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::BufReader;

    use super::*;
    use crate::message::standards;
    use crate::xml::XmlFault;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    /// A small message of every part, as text to be broken.
    const WHOLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<MsgHead xmlns="http://www.kith.no/xmlstds/msghead/2006-05-24"><MsgInfo><Type V="DIALOG_HELSEFAGLIG"/>
<GenDate>2026-11-22T02:00:00+01:00</GenDate><MsgId>6b1c2f52-3d0e-8c7e-9a55-0c7f5c0d1a01</MsgId>
<ProcessingStatus V="D"/><ConversationRef><RefToParent>6b1c2f52-3d0e-8c7e-9a55-0c7f5c0d1a02</RefToParent>
<RefToConversation>6b1c2f52-3d0e-8c7e-9a55-0c7f5c0d1a03</RefToConversation></ConversationRef>
<Sender><Organisation><OrganisationName>FJORDVIK</OrganisationName><Ident><Id>1</Id><TypeId V="HER"/></Ident>
<Ident><Id>310000011</Id><TypeId V="ENH"/></Ident><Organisation><OrganisationName>Migrasjonshelse</OrganisationName>
<Ident><Id>2</Id><TypeId V="HER"/></Ident></Organisation></Organisation></Sender>
<Receiver><Organisation><OrganisationName>BERGSTAD</OrganisationName><Ident><Id>3</Id><TypeId V="HER"/></Ident>
</Organisation></Receiver><Patient><FamilyName> Prøvesen</FamilyName><GivenName></GivenName>
<DateOfBirth>1994-03-14</DateOfBirth><Ident><Id>68841579449</Id><TypeId V="DNR"/></Ident></Patient></MsgInfo>
<Document><RefDoc><MsgType V="XML"/><Content><Dialogmelding xmlns="http://www.kith.no/xmlstds/dialog/2013-01-23"
 xmlns:fk1="http://www.kith.no/xmlstds/felleskomponent1"><Notat><TemaKodet V="6" S="7322"/><Tema>Tema</Tema>
<TekstNotatInnhold> to
linjer </TekstNotatInnhold><RollerRelatertNotat><RoleToPatient V="21"/><HealthcareProfessional>
<TypeHealthcareProfessional V="SP"/><FamilyName>Testperson</FamilyName><GivenName>Kari</GivenName>
<TeleCom><fk1:TeleAddress V="tel:00000000"/></TeleCom></HealthcareProfessional></RollerRelatertNotat></Notat>
</Dialogmelding></Content></RefDoc></Document><Document><RefDoc><IssueDate V="2026-10-02T09:00:00"/>
<MsgType V="A"/><Id>0e0d4a36-77d1-4a3e-8a0c-7f1f6b1b0001</Id><MimeType>application/pdf</MimeType>
<Description>Notat 1</Description><Content><Base64Container xmlns="http://www.kith.no/xmlstds/base64container">
JVBE
Rg==</Base64Container></Content></RefDoc></Document></MsgHead>"#;

    fn opened(document: &str) -> Result<Opened, OpenedError> {
        open(BufReader::with_capacity(50, document.as_bytes()))
    }

    #[test]
    fn a_message_is_read_back() -> Outcome {
        let found = opened(WHOLE)?;
        assert_eq!(found.function, "DIALOG_HELSEFAGLIG");
        assert_eq!(found.message_id.to_string(), "6b1c2f52-3d0e-8c7e-9a55-0c7f5c0d1a01");
        assert_eq!(found.gen_date.to_rfc3339(), "2026-11-22T02:00:00+01:00");
        let (parent, first) = found.conversation.map(|found| (found.parent, found.first)).unzip();
        assert!(parent.is_some_and(|id| id.to_string().ends_with("02")));
        assert!(first.is_some_and(|id| id.to_string().ends_with("03")));
        assert_eq!(found.processing.as_deref(), Some("D"));
        let tier = |name: &str, her| OpenedTier { name: name.to_owned(), her_id: Some(HerId(her)) };
        let expected = OpenedAddress {
            organisation: tier("FJORDVIK", 1),
            org_number: Some("310000011".parse()?),
            service: Some(tier("Migrasjonshelse", 2)),
        };
        assert_eq!(found.sender, expected);
        let expected = OpenedAddress { organisation: tier("BERGSTAD", 3), org_number: None, service: None };
        assert_eq!(found.receiver, expected);
        assert_eq!(found.patient.name.reveal(), (" Prøvesen", ""));
        assert_eq!(found.patient.birth_date, NaiveDate::from_ymd_opt(1994, 3, 14));
        let theme = Some("Tema".to_owned());
        assert_eq!(found.topic, OpenedTopic { value: "6".to_owned(), oid: "7322".to_owned(), theme });
        assert_eq!(found.note, " to\nlinjer ");
        let role = OpenedRole {
            code: "21".to_owned(),
            name: PersonName::new("Testperson", "Kari"),
            phone: "00000000".to_owned(),
            professional: "SP".to_owned(),
        };
        assert_eq!(found.roles, [role]);
        let attachment = OpenedAttachment {
            id: Uuid::try_parse("0e0d4a36-77d1-4a3e-8a0c-7f1f6b1b0001").ok(),
            mime: "application/pdf".to_owned(),
            title: "Notat 1".to_owned(),
            issued: NaiveDate::from_ymd_opt(2026, 10, 2),
            bytes: 4,
            sha256: Digest::of(b"%PDF"),
        };
        assert_eq!(found.attachments, [attachment]);
        Ok(())
    }

    #[test]
    fn a_number_is_compared_and_never_printed() -> Outcome {
        use crate::person::{Environment, parse_id};
        let day = NaiveDate::from_ymd_opt(2026, 11, 22).ok_or("a day")?;
        let number = |text| parse_id(text, None, Environment::Test, day).map(|parsed| parsed.id);
        let found = opened(WHOLE)?.patient.id;
        assert!(found.is(&number("68841579449")?));
        assert_eq!(format!("{found:?} {}", found.kind()), "StatedId(DNR …49) DNR");
        let other = opened(&WHOLE.replace("V=\"DNR\"", "V=\"FNR\""))?.patient.id;
        assert!(!other.is(&number("68841579449")?), "of another kind");
        let other = opened(&WHOLE.replace("68841579449", "68841579448"))?.patient.id;
        assert!(!other.is(&number("68841579449")?), "another number");
        Ok(())
    }

    #[test]
    fn a_marked_up_note_keeps_its_words() -> Outcome {
        let marked = WHOLE.replace(" to\nlinjer ", "<p>En</p>\n<p>to <b>tre</b></p>");
        assert_eq!(opened(&marked)?.note, "En\nto \ntre");
        Ok(())
    }

    #[test]
    fn what_is_missing_is_named() {
        let rows = [
            ("MsgHead", "other", OpenedError::NotMsgHead),
            ("msghead/2006-05-24", "msghead/2001", OpenedError::NotMsgHead),
            ("dialog/2013-01-23", "dialog/2006-10-11", OpenedError::NotDialog),
            ("Notat>", "Svar>", OpenedError::NotDialog),
            ("MsgInfo", "Info", OpenedError::Missing("MsgInfo")),
            ("V=\"DIALOG_HELSEFAGLIG\"", "V=\"\"", OpenedError::Missing("Type")),
            ("1a01</MsgId>", "</MsgId>", OpenedError::Missing("MsgId")),
            ("GenDate", "Date", OpenedError::Missing("GenDate")),
            ("2026-11-22T02", "2026-11-22T99", OpenedError::Missing("GenDate")),
            ("RefToParent", "RefTo", OpenedError::Missing("ConversationRef")),
            ("Sender", "From", OpenedError::Missing("Sender")),
            ("Receiver", "To", OpenedError::Missing("Receiver")),
            ("Patient>", "Animal>", OpenedError::Missing("Patient")),
            ("<FamilyName> Prøvesen</FamilyName>", "", OpenedError::Missing("FamilyName")),
            ("68841579449", "", OpenedError::Missing("Ident")),
            ("TemaKodet", "Kode", OpenedError::Missing("TemaKodet")),
            ("TekstNotatInnhold", "Tekst", OpenedError::Missing("TekstNotatInnhold")),
            ("V=\"A\"", "V=\"REF\"", OpenedError::NotAttached),
            ("Base64Container", "FileReference", OpenedError::NotAttached),
            (" to\n", "<Base64Container/>", OpenedError::NotAttached),
        ];
        for (from, to, expected) in rows {
            let broken = WHOLE.replace(from, to);
            assert_eq!(opened(&broken).err(), Some(expected), "{from}");
        }
    }

    #[test]
    fn a_message_cut_anywhere_is_refused() {
        for end in (0..WHOLE.len()).filter(|end| WHOLE.is_char_boundary(*end)) {
            let found = open(&WHOLE.as_bytes()[..end]).err();
            assert!(matches!(found, Some(OpenedError::Xml(_))), "cut at {end}: {found:?}");
        }
    }

    #[test]
    fn hostile_documents_are_refused() {
        let huge = format!("<Type V=\"{}\"/>", "x".repeat(LIMIT));
        let rows = [
            ("a DOCTYPE", "<MsgHead", "<!DOCTYPE a><MsgHead", XmlFault::Doctype),
            ("a huge attribute", "<Type V=\"DIALOG_HELSEFAGLIG\"/>", &huge, XmlFault::TooLarge(LIMIT)),
            ("bad base64", "JVBE", "JV%E", XmlFault::Base64),
            ("half a group", "Rg==", "Rg=", XmlFault::Base64),
        ];
        for (name, from, to, expected) in rows {
            let Some(OpenedError::Xml(error)) = opened(&WHOLE.replacen(from, to, 1)).err() else {
                panic!("{name} is refused")
            };
            assert_eq!(error.fault, expected, "{name}");
        }
    }

    #[test]
    fn the_standards_examples_are_read() -> Outcome {
        let Some(folder) = standards::folder() else { return Ok(()) };
        let rows = [
            ("own-a1-helsefaglig-dialog-2pdf.xml", "DIALOG_HELSEFAGLIG", "6", ["21", "24"].as_slice(), 2),
            ("own-a2-til-arkivering-2pdf.xml", "DIALOG_TIL_ARKIVERING", "C03-2", &["21"], 2),
            ("own-a4-helsefaglig-dialog-svar-fra-mottaker.xml", "DIALOG_HELSEFAGLIG", "8", &["21"], 0),
            ("own-a5-helsefaglig-dialog-signert.xml", "DIALOG_HELSEFAGLIG", "6", &["21", "24"], 2),
            ("sarepta-helsefaglig-dialog.xml", "DIALOG_HELSEFAGLIG", "6", &["6"], 1),
        ];
        for (name, function, theme, roles, attachments) in rows {
            let file = fs::File::open(folder.join("examples/dialog").join(name))?;
            let found = open(BufReader::new(file)).map_err(|error| format!("{name}: {error}"))?;
            assert_eq!((found.function.as_str(), found.topic.value.as_str()), (function, theme), "{name}");
            assert_eq!(found.topic.theme.is_none(), function == "DIALOG_TIL_ARKIVERING", "{name}");
            assert_eq!(
                found.roles.iter().map(|role| role.code.as_str()).collect::<Vec<_>>(),
                roles,
                "{name}"
            );
            assert_eq!(found.attachments.len(), attachments, "{name}");
            assert!(found.attachments.iter().all(|one| one.bytes > 0 && one.issued.is_some()), "{name}");
            assert!(found.sender.service.is_some_and(|service| service.her_id.is_some()), "{name}");
        }
        let older = folder.join("examples/dialog/own-a3-notat-v1.0-overforing-av-journal.xml");
        let found = open(BufReader::new(fs::File::open(older)?)).err();
        assert_eq!(found, Some(OpenedError::NotDialog), "Dialogmelding 1.0");
        Ok(())
    }
}
