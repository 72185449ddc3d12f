//! What one row of a relocation extract says happened to a person.
//!
//! Only the values. Places stand as they were written: what they are today depends on the move's date
//! (`timeline`). Prints neither the person nor the places.

use std::fmt;

use chrono::NaiveDate;

use crate::id::PatientRef;
use crate::moves::Moment;
use crate::patient::Grading;
use crate::person::{NationalId, PersonName};

/// Where a row stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as the job names it.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
}

/// What kind of event it is, by Folkeregisteret's names (`Hendelser` v1.8).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// `endringIBostedsadresse`, or nothing said.
    Move,
    /// `endringIOppholdsadresse`: a move for holders of other numbers than a fødselsnummer.
    Residence,
    /// `endringIBostedsadresseUtenFlytting`.
    WithoutMoving,
    /// `endringIBostedsadresseVedKommuneregulering`.
    Renumbering,
    /// `endringIAdressebeskyttelse`: alone able to lower a grading; may carry an address since May 2023.
    Grading,
    /// Moved abroad.
    Abroad,
    /// Died.
    Dead,
    /// The number changed, or two records were merged.
    IdentityChange,
    /// Another event of the person that moves nobody: immigration, residence status, a name, an update.
    Status,
    /// A type not known, as it was written.
    Other(String),
    /// An event that may say where the person lives and was not read: its document is missing or could not be used.
    /// It stands among the rejected rows and is counted there; here it tells that something is not known.
    Unread,
}

impl EventKind {
    /// Reads an event type; upper or lower case. Empty is a move.
    pub fn parse(text: &str) -> Self {
        match text.to_lowercase().as_str() {
            "" | "endringibostedsadresse" => EventKind::Move,
            "endringioppholdsadresse" => EventKind::Residence,
            "endringibostedsadresseutenflytting" => EventKind::WithoutMoving,
            "endringibostedsadressevedkommuneregulering" => EventKind::Renumbering,
            "endringiadressebeskyttelse" => EventKind::Grading,
            "endringiutflytting" | "personerutflyttet" => EventKind::Abroad,
            "endringidoedsfall" | "personerdoed" => EventKind::Dead,
            "endringiidentifikasjonsnummer"
            | "endringiutlendingsmyndighetenesidentifikasjonsnummer"
            | "endringiutenlandskpersonidentifikasjon"
            | "personeropphoertsomdublett"
            | "personerviderefoertsomgjeldendevedsammenslaaing"
            | "personerendretvedsplitting"
            | "personergjenopprettetvedsplitting" => EventKind::IdentityChange,
            "endringiinnflytting"
            | "endringistatus"
            | "personerbosatt"
            | "personeropprettet"
            | "personeroppdatert"
            | "personerreaktivert"
            | "personeropphoert"
            | "endringiidentitetsgrunnlag"
            | "endringilegitimasjonsdokument"
            | "endringifalskidentitet"
            | "endringikontaktopplysningerfordoedsbo"
            | "endringideltbosted"
            | "endringifoedsel"
            | "endringifoedselinorge"
            | "endringikjoenn"
            | "endringifamilierelasjon"
            | "endringisivilstand"
            | "endringinavn"
            | "endringibrukavsamiskspraak"
            | "endringikontaktinformasjon"
            | "endringiforeldreansvar"
            | "endringistatsborgerskap"
            | "endringiopphold"
            | "endringivergemaal" => EventKind::Status,
            _ => EventKind::Other(text.to_owned()),
        }
    }

    /// What it is understood as, in one word.
    pub fn code(&self) -> &'static str {
        match self {
            EventKind::Move => "move",
            EventKind::Residence => "residence",
            EventKind::WithoutMoving => "without-moving",
            EventKind::Renumbering => "renumbering",
            EventKind::Grading => "grading",
            EventKind::Abroad => "abroad",
            EventKind::Dead => "dead",
            EventKind::IdentityChange => "identity-change",
            EventKind::Status => "status",
            EventKind::Other(_) => "other",
            EventKind::Unread => "unread",
        }
    }

    /// Whether an event of this kind is counted and nothing else, whatever is in it.
    pub fn only_counts(&self) -> bool {
        match self {
            EventKind::WithoutMoving | EventKind::Renumbering | EventKind::Other(_) => true,
            EventKind::Move
            | EventKind::Residence
            | EventKind::Grading
            | EventKind::Abroad
            | EventKind::Dead
            | EventKind::IdentityChange
            | EventKind::Status
            | EventKind::Unread => false,
        }
    }

    /// Whether an event of this kind may say where its person lives, or take it back.
    pub fn may_tell_address(&self) -> bool {
        match self {
            EventKind::Move | EventKind::Residence | EventKind::Grading | EventKind::Unread => true,
            EventKind::WithoutMoving
            | EventKind::Renumbering
            | EventKind::Abroad
            | EventKind::Dead
            | EventKind::IdentityChange
            | EventKind::Status
            | EventKind::Other(_) => false,
        }
    }
}

/// Whether the row tells something new or changes what an earlier one told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// New.
    New,
    /// Replaces the event it names.
    Corrected,
    /// Takes the event it names back.
    Annulled,
}

impl Change {
    /// As extracts write it.
    pub fn code(self) -> &'static str {
        match self {
            Change::New => "new",
            Change::Corrected => "corrected",
            Change::Annulled => "annulled",
        }
    }
}

/// One row, read.
#[derive(Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Where it stands.
    pub at: Place,
    /// The source's id of the event, identity numbers masked; what a correction names, unless it is `of_latest`.
    pub event_id: Option<String>,
    /// A correction or an annulment that names no event: it is of what the person's latest live event of its kind
    /// told, as Folkeregisteret's are.
    pub of_latest: bool,
    /// The EPJ's reference, for a migrant without a number.
    pub patient_ref: Option<PatientRef>,
    /// The number.
    pub id: Option<NationalId>,
    /// A number the same person had before.
    pub former_id: Option<NationalId>,
    /// The name.
    pub name: PersonName,
    /// The municipality moved from, as written.
    pub from: String,
    /// The municipality moved to, as written.
    pub to: String,
    /// The Oslo district moved to, as written.
    pub district: String,
    /// Flyttedato, else the date of registration.
    pub move_date: Option<NaiveDate>,
    /// When the source registered it.
    pub registered_at: Option<Moment>,
    /// Its place among events registered at the same time; 0 where the source does not tell.
    pub sequence: u64,
    /// What happened.
    pub kind: EventKind,
    /// New, corrected or annulled.
    pub change: Change,
    /// The grading on the row; none when the row says nothing.
    pub grading: Option<Grading>,
}

impl Occurrence {
    /// Whether it says where the person lives. A change of grading does when it brings a municipality, except
    /// the strictest: what stands there is no place to send to.
    pub fn tells_address(&self) -> bool {
        match self.kind {
            EventKind::Move | EventKind::Residence => true,
            EventKind::Grading => !self.to.is_empty() && self.grading != Some(Grading::StrictlyConfidential),
            EventKind::WithoutMoving
            | EventKind::Renumbering
            | EventKind::Abroad
            | EventKind::Dead
            | EventKind::IdentityChange
            | EventKind::Status
            | EventKind::Other(_)
            | EventKind::Unread => false,
        }
    }
}

impl fmt::Debug for Occurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Occurrence({}:{}, {:?}, {:?})", self.at.file, self.at.line, self.kind, self.change)
    }
}

impl Occurrence {
    /// What the row says of its person's protection, when nothing else of it may be used.
    pub fn protection(&self) -> Option<Protection> {
        Some(Protection {
            patient_ref: self.patient_ref.clone(),
            ids: self.id.iter().chain(&self.former_id).cloned().collect(),
            grading: self.grading?,
            registered_at: self.registered_at,
        })
    }
}

/// A grading read where nothing else may be used: in a rejected row or a held file. It can raise, never lower.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Protection {
    /// The EPJ's reference, where the row has one.
    pub patient_ref: Option<PatientRef>,
    /// The numbers on the row.
    pub ids: Vec<NationalId>,
    /// The grading.
    pub grading: Grading,
    /// When the source registered it.
    pub registered_at: Option<Moment>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_type_the_rules_name_is_known() {
        let rows = [
            ("", EventKind::Move),
            ("endringIBostedsadresse", EventKind::Move),
            ("ENDRINGIBOSTEDSADRESSE", EventKind::Move),
            ("endringIOppholdsadresse", EventKind::Residence),
            ("endringIBostedsadresseUtenFlytting", EventKind::WithoutMoving),
            ("endringIBostedsadresseVedKommuneregulering", EventKind::Renumbering),
            ("endringIAdressebeskyttelse", EventKind::Grading),
            ("endringIUtflytting", EventKind::Abroad),
            ("personErUtflyttet", EventKind::Abroad),
            ("personErDoed", EventKind::Dead),
            ("endringIIdentifikasjonsnummer", EventKind::IdentityChange),
            ("personErOpphoertSomDublett", EventKind::IdentityChange),
            ("personErBosatt", EventKind::Status),
            ("endringINavn", EventKind::Status),
            ("endringINoeNytt", EventKind::Other("endringINoeNytt".to_owned())),
        ];
        for (text, expected) in rows {
            assert_eq!(EventKind::parse(text), expected, "{text}");
        }
    }
}
