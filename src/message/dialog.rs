//! Dialogmelding 1.1, written inside its head: «helsefaglig dialog» (HIS 1077:2017) or «til arkivering»
//! (HITS 1228:2019).
//!
//! One note about one patient and the professional who answers for it. Helsefaglig dialog has a theme, 6, and says
//! whom it is meant for; til arkivering has the type of what is filed and asks nobody for anything. What the note
//! says is the caller's.

use std::io::{self, Write};

use super::codes::{self, Code};
use super::msghead::{self, Attachment, Bytes, Head, cv};
use crate::xml::Writer;

pub(super) const NAMESPACE: &str = "http://www.kith.no/xmlstds/dialog/2013-01-23";
const COMMON_NAMESPACE: &str = "http://www.kith.no/xmlstds/felleskomponent1";

/// A message of the dialog. No `Debug`: the note is about a patient's health.
#[derive(Clone)]
pub struct DialogMessage<'a> {
    /// Its head.
    pub head: Head<'a>,
    /// What it is about.
    pub topic: Topic<'a>,
    /// The note.
    pub note: &'a str,
    /// Who answers for the content.
    pub contact: ContactPart<'a>,
    /// The attachments, in order.
    pub attachments: &'a [Attachment],
}

/// What a message is about, as its profile states it.
#[derive(Clone, Copy, Debug)]
pub enum Topic<'a> {
    /// Helsefaglig dialog: a question or a notice about a patient.
    AboutPatient {
        /// The theme in words; kept unchanged through a conversation.
        theme: &'a str,
        /// The kind of professional it is meant for (code list 9060).
        receiver_role: &'a str,
    },
    /// Til arkivering: something to keep in the patient's record.
    Archived {
        /// What it is (code list 9602).
        document_type: Code,
    },
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
            match message.topic {
                Topic::AboutPatient { theme, .. } => {
                    cv(writer, "TemaKodet", codes::THEME_ABOUT_PATIENT)?;
                    writer.leaf("Tema", theme)?;
                }
                Topic::Archived { document_type } => cv(writer, "TemaKodet", document_type)?,
            }
            writer.leaf("TekstNotatInnhold", message.note)?;
            role(writer, codes::ROLE_CONTACT, |writer| contact(writer, message.contact))?;
            match message.topic {
                Topic::AboutPatient { receiver_role, .. } => {
                    role(writer, codes::ROLE_AT_RECEIVER, |writer| professional(writer, receiver_role))
                }
                Topic::Archived { .. } => Ok(()),
            }
        })
    })
}

fn role<W: Write>(
    writer: &mut Writer<W>,
    code: Code,
    content: impl FnOnce(&mut Writer<W>) -> io::Result<()>,
) -> io::Result<()> {
    writer.element("RollerRelatertNotat", &[], |writer| {
        cv(writer, "RoleToPatient", code)?;
        writer.element("HealthcareProfessional", &[], content)
    })
}

fn contact<W: Write>(writer: &mut Writer<W>, contact: ContactPart<'_>) -> io::Result<()> {
    let mut given: Vec<&str> = contact.name.split_whitespace().collect();
    let family = given.pop().unwrap_or_default();
    professional(writer, contact.role)?;
    writer.leaf("FamilyName", family)?;
    if !given.is_empty() {
        writer.leaf("GivenName", &given.join(" "))?;
    }
    writer.element("TeleCom", &[], |writer| {
        writer.empty("fk1:TeleAddress", &[("V", &telephone(contact.phone))])
    })
}

/// A number as a telephone address, which the schema holds to be a URI: white space is left out, and what a URI
/// cannot hold as it is stands percent-encoded.
fn telephone(number: &str) -> String {
    let mut out = String::from("tel:");
    for c in number.chars().filter(|c| !c.is_whitespace()) {
        if c.is_ascii_alphanumeric() || "+-.()*;,=".contains(c) {
            out.push(c);
        } else {
            out.extend(c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")));
        }
    }
    out
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

    const ABOUT: Topic<'_> = Topic::AboutPatient { theme: "Tema", receiver_role: "SP" };

    const ARCHIVED: Topic<'_> = Topic::Archived { document_type: codes::DOCUMENT_JOURNAL };

    /// A message with every optional part, about a person of that name; each attachment holds `content`.
    fn written(
        topic: Topic<'_>,
        name: &PersonName,
        note: &str,
        content: &[u8],
    ) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
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
                kind: match topic {
                    Topic::AboutPatient { .. } => codes::DIALOG_HELSEFAGLIG,
                    Topic::Archived { .. } => codes::DIALOG_TIL_ARKIVERING,
                },
                message_id,
                gen_date: DateTime::parse_from_rfc3339("2026-11-22T02:00:00+01:00")?,
                environment: Environment::Test,
                conversation: Some(Conversation { parent: message_id, first: message_id }),
                sender: address(10),
                receiver: address(20),
                patient: PatientPart { name, id: &id, birth_date: None },
            },
            topic,
            note,
            contact: ContactPart { name: "Kari Anne Testperson", phone: "00 00 00 00", role: "SP" },
            attachments: &attachments,
        };
        Ok(write(Vec::new(), &message, &mut |_, out| out.write_all(content))?)
    }

    fn find<'a>(root: &'a Element, name: &str) -> Vec<&'a Element> {
        root.descendants().filter(|element| element.name() == name).collect()
    }

    #[test]
    fn a_message_says_what_it_was_given() -> Outcome {
        let root = xml::parse(&written(ABOUT, &PersonName::new("Prøve", ""), "a\nb", b"%PDF")?, 100_000)?;
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
    fn what_is_filed_has_a_type_and_no_theme() -> Outcome {
        let root = xml::parse(&written(ARCHIVED, &PersonName::new("Prøve", ""), "note", b"%PDF")?, 100_000)?;
        let kind = root.child("MsgInfo").and_then(|info| info.child("Type"));
        assert_eq!(kind.and_then(|kind| kind.attribute("V")), Some("DIALOG_TIL_ARKIVERING"));
        let note = find(&root, "Notat")[0];
        let names: Vec<&str> = note.children().iter().map(Element::name).collect();
        assert_eq!(names, ["TemaKodet", "TekstNotatInnhold", "RollerRelatertNotat"]);
        let topic = &note.children()[0];
        assert_eq!(
            (topic.attribute("V"), topic.attribute("S")),
            (Some("B00-1"), Some("2.16.578.1.12.4.1.1.9602"))
        );
        assert_eq!(find(&root, "RoleToPatient")[0].attribute("V"), Some("21"));
        Ok(())
    }

    #[test]
    fn telephone_numbers_are_addresses() {
        let rows = [
            ("00 00 00 00", "tel:00000000"),
            ("+47\u{a0}12 34 56 78", "tel:+4712345678"),
            ("12345678 / 87654321", "tel:12345678%2F87654321"),
            ("[døgnåpen]\u{0}", "tel:%5Bd%C3%B8gn%C3%A5pen%5D%00"),
            ("", "tel:"),
        ];
        for (number, expected) in rows {
            assert_eq!(telephone(number), expected);
        }
    }

    #[test]
    fn messages_are_valid_against_the_national_schemas() -> Outcome {
        let rows = [
            ("plain", PersonName::new("Prøvesen", "Syntetisk"), "Tekst\nover to linjer"),
            ("no given name", PersonName::new("Prøvesen", ""), ""),
            ("no name", PersonName::default(), "x"),
            ("hostile", PersonName::new("]]><x a='\"&\0", "\u{1b}\u{ffff}"), "</Notat>\r\n\t&amp;\u{7}"),
        ];
        let mut documents = Vec::new();
        for (name, person, note) in &rows {
            for (profile, topic) in [("about", ABOUT), ("archived", ARCHIVED)] {
                documents.push((format!("{name} {profile}"), written(topic, person, note, &[0xff; 1000])?));
            }
        }
        let Some(verdict) = standards::validate_all(&documents)? else { return Ok(()) };
        assert_eq!(verdict, Ok(()));
        let broken = String::from_utf8(documents[0].1.clone())?.replace("Notat>", "Nota>");
        documents.push(("broken".to_owned(), broken.into_bytes()));
        let Some(Err(refused)) = standards::validate_all(&documents)? else { panic!("one is not valid") };
        assert!(refused.starts_with("broken: "), "{refused}");
        Ok(())
    }
}
