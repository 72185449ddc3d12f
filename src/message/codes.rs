//! Code values that our messages carry, each with its list.
//!
//! Only what is written or looked for; whoever reads a code we do not know keeps it as it came.

use crate::person::{Environment, IdType};

/// A value of a code list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// The value.
    pub value: &'static str,
    /// The list's OID.
    pub oid: &'static str,
    /// What the value is called.
    pub name: &'static str,
}

const fn code(value: &'static str, oid: &'static str, name: &'static str) -> Code {
    Code { value, oid, name }
}

/// 8279 Meldingens funksjon: helsefaglig dialog (HIS 1077:2017).
pub const DIALOG_HELSEFAGLIG: Code =
    code("DIALOG_HELSEFAGLIG", "2.16.578.1.12.4.1.1.8279", "Helsefaglig dialog");

/// 8279 Meldingens funksjon: til arkivering (HITS 1228:2019).
pub const DIALOG_TIL_ARKIVERING: Code =
    code("DIALOG_TIL_ARKIVERING", "2.16.578.1.12.4.1.1.8279", "Til arkivering i pasientens journal");

/// 7304: an application receipt is asked for.
pub const ACK_YES: Code = code("J", "2.16.578.1.12.4.1.1.7304", "Ja");

/// 8114 Type dokument: the message itself.
pub const DOCUMENT_XML: Code = code("XML", "2.16.578.1.12.4.1.1.8114", "XML-instans");

/// 8114 Type dokument: an attachment (HIS 1036:2011).
pub const DOCUMENT_ATTACHMENT: Code = code("A", "2.16.578.1.12.4.1.1.8114", "Vedlegg");

/// 7322 Tema for helsefaglig dialog.
pub const THEME_ABOUT_PATIENT: Code = code("6", "2.16.578.1.12.4.1.1.7322", "Henvendelse om pasient");

/// 9602 Dokumenttype: a running record.
pub const DOCUMENT_JOURNAL: Code = code("B00-1", "2.16.578.1.12.4.1.1.9602", "Kontinuerlig/løpende journal");

/// 9602 Dokumenttype: results of tests.
pub const DOCUMENT_RESULTS: Code = code("C00-1", "2.16.578.1.12.4.1.1.9602", "Prøvesvar, vev og væsker");

/// 9034 Rolle: the professional responsible for the content (HIS 1077:2017 § 5.2.1).
pub const ROLE_CONTACT: Code = code("21", "2.16.578.1.12.4.1.1.9034", "Helsefaglig kontakt");

/// 9034 Rolle: whom the message is meant for; a new conversation with theme 6 must say it
/// (HIS 1077:2017), one for archiving does not.
pub const ROLE_AT_RECEIVER: Code = code("24", "2.16.578.1.12.4.1.1.9034", "Kontakt hos mottaker");

/// 9051 Identifikatortype: a party's number in Adresseregisteret.
pub const ID_HER: Code = code("HER", "2.16.578.1.12.4.1.1.9051", "HER-id");

/// 9051 Identifikatortype: a number in Enhetsregisteret.
pub const ID_ENH: Code = code("ENH", "2.16.578.1.12.4.1.1.9051", "Organisasjonsnummeret i Enhetsregister");

/// 8663 Kommunale tjenestetyper, as Adresseregisteret names the list.
pub const MUNICIPAL_SERVICES: u64 = 8663;

/// 8116 Id-type for personer.
pub fn person_id(kind: IdType) -> Code {
    const OID: &str = "2.16.578.1.12.4.1.1.8116";
    match kind {
        IdType::Fnr => code("FNR", OID, "Fødselsnummer"),
        IdType::Dnr => code("DNR", OID, "D-nummer"),
        IdType::Fhn => code("FHN", OID, "Felles hjelpenummer"),
        IdType::Hnr => code("HNR", OID, "H-nummer"),
        IdType::Duf => code("DUF", OID, "DUF-nummer"),
    }
}

/// 8213: what the receiver's system may do with the message.
pub fn processing_status(environment: Environment) -> Code {
    const OID: &str = "2.16.578.1.12.4.1.1.8213";
    match environment {
        Environment::Test => code("D", OID, "Debug"),
        Environment::Production => code("P", OID, "Produksjon"),
    }
}

/// 9060 Kategori helsepersonell: the name of a value, where it is one of those a job is likely to give.
pub fn professional(value: &str) -> Option<&'static str> {
    match value {
        "SP" => Some("Sykepleier"),
        "LE" => Some("Lege"),
        "HE" => Some("Helsesekretær"),
        "JO" => Some("Jordmor"),
        "VP" => Some("Vernepleier"),
        "HF" => Some("Helsefagarbeider"),
        "PS" => Some("Psykolog"),
        "BI" => Some("Bioingeniør"),
        "XX" => Some("Ukjent/uspesifisert"),
        _ => None,
    }
}
