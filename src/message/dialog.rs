//! Dialogmelding 1.1 as «helsefaglig dialog» (HIS 1077:2017), written inside its head.
//!
//! One note about one patient, theme 6, with the two roles a new conversation must have: who answers for the
//! content, and whom it is meant for. What the note says is the caller's.

use std::io::{self, Write};

use super::codes;
use super::msghead::{self, Attachment, Bytes, Head, cv};
use crate::xml::Writer;

const NAMESPACE: &str = "http://www.kith.no/xmlstds/dialog/2013-01-23";
const COMMON_NAMESPACE: &str = "http://www.kith.no/xmlstds/felleskomponent1";

/// A message of the dialog. No `Debug`: the note is about a patient's health.
#[derive(Clone)]
pub struct DialogMessage<'a> {
    /// Its head.
    pub head: Head<'a>,
    /// The theme in words; kept unchanged through a conversation.
    pub theme: &'a str,
    /// The note.
    pub note: &'a str,
    /// Who answers for the content.
    pub contact: ContactPart<'a>,
    /// The kind of professional it is meant for (code list 9060).
    pub receiver_role: &'a str,
    /// The attachments, in order.
    pub attachments: &'a [Attachment],
}

/// The professional who answers for the content (HIS 1077:2017 § 5.2.1: name and telephone).
#[derive(Clone, Copy, Debug)]
pub struct ContactPart<'a> {
    /// The name, given names first.
    pub name: &'a str,
    /// The telephone number.
    pub phone: &'a str,
    /// The kind of professional (code list 9060).
    pub role: &'a str,
}

/// Writes the message; `bytes` is asked for each attachment's bytes in turn. Gives the sink back.
///
/// # Errors
/// What the sink or `bytes` says.
pub fn write<W: Write>(out: W, message: &DialogMessage<'_>, bytes: &mut Bytes<'_>) -> io::Result<W> {
    msghead::write(out, &message.head, |writer| payload(writer, message), message.attachments, bytes)
}

fn payload<W: Write>(writer: &mut Writer<W>, message: &DialogMessage<'_>) -> io::Result<()> {
    let namespaces = [("xmlns", NAMESPACE), ("xmlns:fk1", COMMON_NAMESPACE)];
    writer.element("Dialogmelding", &namespaces, |writer| {
        writer.element("Notat", &[], |writer| {
            cv(writer, "TemaKodet", codes::THEME_ABOUT_PATIENT)?;
            writer.leaf("Tema", message.theme)?;
            writer.leaf("TekstNotatInnhold", message.note)?;
            writer.element("RollerRelatertNotat", &[], |writer| {
                cv(writer, "RoleToPatient", codes::ROLE_CONTACT)?;
                contact(writer, message.contact)
            })?;
            writer.element("RollerRelatertNotat", &[], |writer| {
                cv(writer, "RoleToPatient", codes::ROLE_AT_RECEIVER)?;
                writer.element("HealthcareProfessional", &[], |writer| {
                    professional(writer, message.receiver_role)
                })
            })
        })
    })
}

fn contact<W: Write>(writer: &mut Writer<W>, contact: ContactPart<'_>) -> io::Result<()> {
    let (given, family) = contact.name.trim().rsplit_once(' ').unwrap_or(("", contact.name.trim()));
    let phone: String = contact.phone.chars().filter(|c| !c.is_whitespace()).collect();
    writer.element("HealthcareProfessional", &[], |writer| {
        professional(writer, contact.role)?;
        writer.leaf("FamilyName", family)?;
        if !given.is_empty() {
            writer.leaf("GivenName", given)?;
        }
        writer.element("TeleCom", &[], |writer| {
            writer.empty("fk1:TeleAddress", &[("V", &format!("tel:{phone}"))])
        })
    })
}

/// Writes the kind of professional; nothing where the job gives none.
fn professional<W: Write>(writer: &mut Writer<W>, role: &str) -> io::Result<()> {
    match codes::professional(role) {
        Some(name) => writer.empty("TypeHealthcareProfessional", &[("V", role), ("DN", name)]),
        None if role.is_empty() => Ok(()),
        None => writer.empty("TypeHealthcareProfessional", &[("V", role)]),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use uuid::Uuid;

    use super::*;
    use crate::id::MessageId;
    use crate::message::msghead::{Address, Conversation, PatientPart, Tier};
    use crate::message::standards;
    use crate::person::{Environment, NationalId, PersonName, parse_id};
    use crate::place::{HerId, OrgNumber};
    use crate::xml::{self, Element};

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    fn id() -> Result<NationalId, Box<dyn std::error::Error>> {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).ok_or("a day")?;
        Ok(parse_id("68841579449", None, Environment::Test, day)?.id)
    }

    /// A message with every optional part, about a person of that name; each attachment holds `content`.
    fn written(name: &PersonName, note: &str, content: &[u8]) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
        let message_id = MessageId::parse("6b1c2f52-3d0e-8c7e-9a55-0c7f5c0d1a01").ok_or("an id")?;
        let org_number: OrgNumber = "310000011".parse()?;
        let address = |her| Address {
            organisation: Tier { name: "FJORDVIK & CO", her_id: HerId(her) },
            org_number: Some(&org_number),
            service: Tier { name: "Migrasjonshelse", her_id: HerId(her + 1) },
        };
        let attachment = |title: &str, issued| Attachment {
            id: Uuid::nil(),
            mime: "application/pdf",
            title: title.to_owned(),
            issued,
        };
        let attachments =
            [attachment("Journal <1>", chrono::NaiveDate::from_ymd_opt(2026, 1, 2)), attachment("", None)];
        let id = id()?;
        let message = DialogMessage {
            head: Head {
                kind: codes::DIALOG_HELSEFAGLIG,
                message_id,
                gen_date: DateTime::parse_from_rfc3339("2026-11-22T02:00:00+01:00")?,
                environment: Environment::Test,
                conversation: Some(Conversation { parent: message_id, first: message_id }),
                sender: address(10),
                receiver: address(20),
                patient: PatientPart { name, id: &id, birth_date: None },
            },
            theme: "Tema",
            note,
            contact: ContactPart { name: "Kari Anne Testperson", phone: "00 00 00 00", role: "SP" },
            receiver_role: "SP",
            attachments: &attachments,
        };
        Ok(write(Vec::new(), &message, &mut |_, out| out.write_all(content))?)
    }

    fn find<'a>(root: &'a Element, name: &str) -> Vec<&'a Element> {
        root.descendants().filter(|element| element.name() == name).collect()
    }

    #[test]
    fn a_message_says_what_it_was_given() -> Outcome {
        let root = xml::parse(&written(&PersonName::new("Prøve", ""), "a\nb", b"%PDF")?, 100_000)?;
        let info = root.child("MsgInfo").ok_or("no head")?;
        assert_eq!(info.child_text("GenDate"), Some("2026-11-22T02:00:00+01:00"));
        assert_eq!(info.child("ProcessingStatus").and_then(|status| status.attribute("V")), Some("D"));
        let her: Vec<&str> = find(info, "Ident").iter().filter_map(|ident| ident.child_text("Id")).collect();
        assert_eq!(her, ["10", "310000011", "11", "20", "310000011", "21", "68841579449"]);
        let patient = info.child("Patient").ok_or("no patient")?;
        assert_eq!(patient.child_text("FamilyName"), Some("Prøve"));
        assert_eq!(patient.child("GivenName").map(Element::text), Some(""));
        let roles: Vec<Option<&str>> =
            find(&root, "RoleToPatient").iter().map(|role| role.attribute("V")).collect();
        assert_eq!(roles, [Some("21"), Some("24")]);
        assert_eq!(find(&root, "TeleAddress")[0].attribute("V"), Some("tel:00000000"));
        let contents: Vec<&str> = find(&root, "Base64Container").iter().map(|found| found.text()).collect();
        assert_eq!(contents, ["JVBERg==", "JVBERg=="]);
        assert_eq!(find(&root, "IssueDate").len(), 2, "the message's and the dated attachment's");
        Ok(())
    }

    #[test]
    fn messages_are_valid_against_the_national_schemas() -> Outcome {
        let rows = [
            ("plain", PersonName::new("Prøvesen", "Syntetisk"), "Tekst\nover to linjer"),
            ("no given name", PersonName::new("Prøvesen", ""), ""),
            ("no name", PersonName::default(), "x"),
            ("hostile", PersonName::new("]]><x a='\"&\0", "\u{1b}\u{ffff}"), "</Notat>\r\n\t&amp;\u{7}"),
        ];
        for (name, person, note) in rows {
            let document = written(&person, note, &[0xff; 1000])?;
            let Some(verdict) = standards::validate(&document)? else { return Ok(()) };
            assert_eq!(verdict, Ok(()), "{name}");
        }
        Ok(())
    }
}
