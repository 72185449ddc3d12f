//! Whether a receiver can take something, and how we know: the values that preflight's decisions leave behind.
//!
//! The decisions themselves are `preflight`'s, and only it can make a `Cleared` from them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::Digest;
use crate::moves::Moment;
use crate::place::{DistrictNo, HerId, MunicipalityNo, OrgNumber};
use crate::reason::Reason;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Every tuberculosis result.
    Tb,
    /// The whole journal.
    Journal,
}

impl Content {
    /// The content as job files, agreements and reports write it.
    pub fn code(self) -> &'static str {
        match self {
            Content::Tb => "tb",
            Content::Journal => "journal",
        }
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A way out of the house (rules § 8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// A message in the folder from which the municipality's message system sends.
    Outbox,
    /// A sealed zip in a pick-up folder.
    Bundle,
    /// A file to print and post.
    Print,
    /// The EPJ's own transfer function, by worklist.
    InEpj,
}

impl Channel {
    /// Every channel, in the order job files list them.
    pub const ALL: [Channel; 4] = [Channel::Outbox, Channel::Bundle, Channel::Print, Channel::InEpj];

    /// The channel as job files, agreements and reports write it.
    pub fn code(self) -> &'static str {
        match self {
            Channel::Outbox => "outbox",
            Channel::Bundle => "bundle",
            Channel::Print => "print",
            Channel::InEpj => "in-epj",
        }
    }

    /// Reads a channel's code.
    pub fn from_code(code: &str) -> Option<Self> {
        Channel::ALL.into_iter().find(|channel| channel.code() == code)
    }

    /// Whether an application receipt is to be expected.
    pub fn gets_receipts(self) -> bool {
        match self {
            Channel::Outbox | Channel::Bundle => true,
            Channel::Print | Channel::InEpj => false,
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What a message is sent as: its function (code list 8279), which is also the ebXML action (HISD 1209).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Function {
    /// Helsefaglig dialog (HIS 1077:2017): the receiver is asked to act.
    HealthDialogue,
    /// Til arkivering (HITS 1228:2019): the receiver files it. Only where an agreement says so.
    Archiving,
}

impl Function {
    /// Every function that is written, the one without an agreement first.
    pub const ALL: [Function; 2] = [Function::HealthDialogue, Function::Archiving];

    /// The function as messages, agreements and profiles write it.
    pub fn code(self) -> &'static str {
        match self {
            Function::HealthDialogue => "DIALOG_HELSEFAGLIG",
            Function::Archiving => "DIALOG_TIL_ARKIVERING",
        }
    }

    /// The version of its standard that is written: both are Dialogmelding 1.1.
    pub fn version(self) -> &'static str {
        match self {
            Function::HealthDialogue | Function::Archiving => "1.1",
        }
    }

    /// Reads a function's code.
    pub fn from_code(code: &str) -> Option<Self> {
        Function::ALL.into_iter().find(|function| function.code() == code)
    }
}

/// How a bundle is sealed to its receiver: what Norwegian practice is, unless an agreement says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sealing {
    /// The key goes by RSA-OAEP instead of PKCS #1 v1.5.
    #[serde(default)]
    pub oaep: bool,
    /// The content goes by AES-256-GCM instead of AES-256-CBC.
    #[serde(default)]
    pub gcm: bool,
}

/// The certificate a bundle is sealed to, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedTo {
    /// SHA-256 of the certificate (DER): what is sealed to one certificate opens with no other.
    pub certificate: Digest,
    /// SHA-256 of our own certificate, by which it is signed: what one that no longer holds signed is not believed.
    pub signed_by: Digest,
    /// How it is sealed.
    pub sealing: Sealing,
}

/// Can the receiver take it?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It can.
    Yes,
    /// It cannot.
    No,
    /// Nothing says so.
    Unknown,
}

impl Answer {
    /// The answer as reports write it.
    pub fn code(self) -> &'static str {
        match self {
            Answer::Yes => "yes",
            Answer::No => "no",
            Answer::Unknown => "unknown",
        }
    }
}

/// One thing that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// The local agreement register: who agreed it and on which day.
    Agreement(String),
    /// The directory snapshot and its time.
    Directory(String),
    /// A declared profile (CPP/CPA).
    Profile(String),
    /// An earlier outcome with this party.
    Observed(String),
    /// The address list of kommuneoverleger.
    AddressList(String),
    /// The numbers the patient is known by.
    Patient(String),
    /// A person's decision on this transfer, or the municipality's own in the job file.
    Decision(String),
    /// The receiver's certificate, and where it was found.
    Certificate(String),
    /// An earlier route that was judged and not taken, and why.
    Route(String),
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, text) = match self {
            Evidence::Agreement(text) => ("agreement", text),
            Evidence::Directory(text) => ("directory", text),
            Evidence::Profile(text) => ("profile", text),
            Evidence::Observed(text) => ("observed", text),
            Evidence::AddressList(text) => ("address-list", text),
            Evidence::Patient(text) => ("patient", text),
            Evidence::Decision(text) => ("decision", text),
            Evidence::Certificate(text) => ("certificate", text),
            Evidence::Route(text) => ("route", text),
        };
        write!(f, "{kind}: {text}")
    }
}

/// A communication party and the organisation above it: the two tiers a message is addressed to (HIS 1153-2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// The party's own number.
    pub her_id: HerId,
    /// The party's name.
    pub name: String,
    /// The organisation's number.
    pub parent_her_id: HerId,
    /// The organisation's name.
    pub parent_name: String,
    /// The organisation's number in Enhetsregisteret.
    pub parent_org: Option<OrgNumber>,
}

/// Where a letter goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Office {
    /// The municipality it serves.
    pub municipality: MunicipalityNo,
    /// The Oslo district it serves, if it serves one alone.
    pub district: Option<DistrictNo>,
    /// The office's name.
    pub office: String,
    /// Street or box.
    pub address: String,
    /// Postal code.
    pub postal_code: String,
    /// Postal town.
    pub city: String,
}

/// Who gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Receiver {
    /// A party in Adresseregisteret.
    Party(Party),
    /// An office with a postal address.
    Office(Office),
    /// The service on the same EPJ in this municipality: nobody is addressed.
    SameEpj(MunicipalityNo),
}

impl Receiver {
    /// The party's number, where the receiver is one.
    pub fn her_id(&self) -> Option<HerId> {
        match self {
            Receiver::Party(party) => Some(party.her_id),
            Receiver::Office(_) | Receiver::SameEpj(_) => None,
        }
    }

    /// The number of the organisation above it, where the receiver is a party.
    pub fn organisation(&self) -> Option<HerId> {
        match self {
            Receiver::Party(party) => Some(party.parent_her_id),
            Receiver::Office(_) | Receiver::SameEpj(_) => None,
        }
    }

    /// The receiver's name as reports write it.
    pub fn name(&self) -> String {
        match self {
            Receiver::Party(party) => format!("{}, {}", party.parent_name, party.name),
            Receiver::Office(office) => office.office.clone(),
            Receiver::SameEpj(municipality) => format!("EPJ {municipality}"),
        }
    }
}

/// The answer for one route of one content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteVerdict {
    /// The route.
    pub channel: Channel,
    /// The answer.
    pub answer: Answer,
    /// Why not, or why unknown; none with a Yes.
    pub reason: Option<Reason>,
    /// What a reviewer should see beside the reason: candidates, the size that was too large.
    pub detail: String,
    /// What the answer rests on.
    pub evidence: Vec<Evidence>,
    /// Who would get it; none where no receiver could be told.
    pub receiver: Option<Receiver>,
    /// Whether an agreement is behind a Yes.
    pub agreed: bool,
    /// How long the answer holds.
    pub valid_until: Moment,
}

/// The route taken, with everything that let it be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clearance {
    /// The route.
    pub channel: Channel,
    /// What a message is sent as; none where no message is sent.
    #[serde(default)]
    pub function: Option<Function>,
    /// Who gets it.
    pub receiver: Receiver,
    /// What a bundle is sealed to; none for every other channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_to: Option<Box<SealedTo>>,
    /// What the Yes rests on, earlier routes' No included.
    pub evidence: Vec<Evidence>,
    /// Whether an agreement is behind it.
    pub agreed: bool,
    /// How long it holds.
    pub valid_until: Moment,
}

impl Clearance {
    /// What its messages are sent as; none where no message is sent. Ledgers from before agreements could name a
    /// function name none: every message was a health dialogue then.
    pub fn sent_as(&self) -> Option<Function> {
        match self.channel {
            Channel::Outbox => Some(self.function.unwrap_or(Function::HealthDialogue)),
            Channel::Bundle | Channel::Print | Channel::InEpj => None,
        }
    }
}
