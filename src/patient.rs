//! A patient as the service's own register knows them, and the migrant that a move makes of them.
//!
//! Only the values; how a register is read is `intake`'s, who is who is `identity`'s.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::{PatientRef, PersonKey};
use crate::person::{NationalId, PersonName};

/// How well an address is to be protected (folkeregisterloven § 10-4). Belongs to the person, sticks, and is
/// ordered: the highest known counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grading {
    /// No protection.
    #[default]
    Ungraded,
    /// «klientadresse»: sent, without the address, which no package holds anyway.
    ClientAddress,
    /// «fortrolig», kode 7.
    Confidential,
    /// «strengtFortrolig» and «strengtFortroligUtland», kode 6; also any value not known.
    StrictlyConfidential,
}

impl Grading {
    /// Reads a grading as extracts write it. Empty is none: it is not «ugradert». A value not known is read as
    /// the strictest.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String =
            text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        match plain.as_str() {
            "" => None,
            "ugradert" => Some(Grading::Ungraded),
            "klientadresse" => Some(Grading::ClientAddress),
            "fortrolig" => Some(Grading::Confidential),
            _ => Some(Grading::StrictlyConfidential),
        }
    }
}

impl Grading {
    /// As extracts write it.
    pub fn code(self) -> &'static str {
        match self {
            Grading::Ungraded => "ugradert",
            Grading::ClientAddress => "klientadresse",
            Grading::Confidential => "fortrolig",
            Grading::StrictlyConfidential => "strengtFortrolig",
        }
    }
}

/// How far the tuberculosis examination has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Screening {
    /// Done.
    Done,
    /// Ordered.
    Ordered,
    /// Not done.
    NotDone,
    /// Exempt (tuberkuloseforskriften § 3-4).
    Exempt,
}

/// What the patient objects to (hpl § 29, pbrl § 5-3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objection {
    /// Nothing.
    #[default]
    None,
    /// The journal being passed on.
    Journal,
    /// The TB results being passed on.
    Tb,
    /// Anything being passed on.
    All,
}

/// Whether a number is the one in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IdStatus {
    /// In use.
    Current,
    /// Replaced by another.
    Former,
}

/// One number a patient is or was known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownId {
    /// In use or replaced.
    pub status: IdStatus,
    /// The number.
    pub id: NationalId,
}

/// A patient of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patient {
    /// The EPJ's reference.
    pub patient: PatientRef,
    /// Every number known, current ones first, then in their own order; empty for a patient without one.
    pub ids: Vec<KnownId>,
    /// The name.
    pub name: PersonName,
    /// The date of birth: a field of its own, never read from a number.
    pub birth_date: Option<NaiveDate>,
    /// In group a of tuberkuloseforskriften § 3-1; none when the register does not say.
    pub group_a: Option<bool>,
    /// Newly arrived and leaving a transit reception centre (§ 2-3 h nr 3).
    pub transit_arrival: Option<bool>,
    /// How far the examination has come; none when the register does not say.
    pub screening: Option<Screening>,
    /// Consent to the journal being passed on; none when not asked.
    pub consent: Option<bool>,
    /// What the patient objects to.
    pub objection: Objection,
    /// Whether the patient can decide alone: `Some(true)` ok, `Some(false)` unclear, none not said.
    pub competent: Option<bool>,
    /// The grading the EPJ knows.
    pub grading: Option<Grading>,
}

/// A patient with everything tonight's sources and the ledger say of who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Migrant {
    /// The register's facts, with every linked number added to `ids`.
    pub patient: Patient,
    /// The highest grading known from anywhere, after lowering events.
    pub grading: Grading,
    /// Every number, and the EPJ reference, as the ledger knows them.
    pub persons: Vec<PersonKey>,
    /// One person as two patients, or two persons under one number: why, without any number in it.
    pub conflict: Option<String>,
}

impl Migrant {
    /// The number a message may identify the person by: a current FNR, DNR or FHN; where several are current,
    /// the fødselsnummer before the others.
    pub fn message_id(&self) -> Option<&NationalId> {
        self.patient
            .ids
            .iter()
            .filter(|known| known.status == IdStatus::Current && known.id.kind().goes_in_messages())
            .map(|known| &known.id)
            .min()
    }

    /// The person as shown to people: id type and last two digits, or `–` without a number.
    pub fn shown(&self) -> String {
        let current = self.patient.ids.iter().filter(|known| known.status == IdStatus::Current);
        let any = self.message_id().or_else(|| current.map(|known| &known.id).min());
        any.map_or_else(|| "–".to_owned(), ToString::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grading_is_read_carefully() {
        let rows = [
            ("", None),
            (" ", None),
            ("ugradert", Some(Grading::Ungraded)),
            ("KLIENTADRESSE", Some(Grading::ClientAddress)),
            ("fortrolig", Some(Grading::Confidential)),
            ("strengtFortrolig", Some(Grading::StrictlyConfidential)),
            ("STRENGT_FORTROLIG_UTLAND", Some(Grading::StrictlyConfidential)),
            ("kode 6", Some(Grading::StrictlyConfidential)),
            ("något", Some(Grading::StrictlyConfidential)),
        ];
        for (text, expected) in rows {
            assert_eq!(Grading::parse(text), expected, "{text}");
        }
        assert!(Grading::StrictlyConfidential > Grading::Confidential);
    }
}
