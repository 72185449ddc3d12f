//! Collaboration protocol profiles and agreements (CPP and CPA, ebXML CPPA 2.0), read: what a party says that it
//! can receive.
//!
//! Prefixes vary and every attribute has one, so both are found by their plain names. Actions are read and not the
//! names of processes: the catalogue has two generations of those for one action. Leaves out signatures, what a
//! party can send, and whether anything here is to be believed (`preflight`).

mod certificate;
mod receives;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use thiserror::Error;

pub use certificate::EncryptionCertificate;
pub use receives::{Endpoint, Reception, Schema};

use super::stated_time;
use crate::moves::Now;
use crate::person::mask_numbers;
use crate::place::HerId;
use crate::xml::{self, Element, XmlError};

const NAMESPACE: &str = "http://www.oasis-open.org/committees/ebxml-cppa/schema/cpp-cpa-2_0.xsd";

/// The namespace in which the registry's web service says that a party has no profile.
const REGISTRY: &str = "http://schemas.nhn.no/reg/";

/// The largest profile read, bytes; one with every process of the national catalogue has a few hundred thousand.
pub const LIMIT: usize = 5_000_000;

/// The most parties read; an agreement has two.
const PARTIES: usize = 4;

/// The longest id kept, characters; the registry's are UUIDs.
const LONGEST_ID: usize = 60;

/// A profile or an agreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Which of the two.
    pub kind: DeclarationKind,
    /// Its own id (`cppid`, `cpaid`), identity numbers masked; may be empty.
    pub id: String,
    /// The parties in it: one of a profile, two of an agreement.
    pub parties: Vec<DeclaredParty>,
}

/// Profile or agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclarationKind {
    /// What one party offers to everybody.
    Profile,
    /// What two parties have in common.
    Agreement(Term),
}

/// Whether and when an agreement holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// How far it has come.
    pub status: Status,
    /// From when.
    pub start: Now,
    /// Until when.
    pub end: Now,
}

/// How far an agreement has come (ebXML CPPA 2.0 § 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Still being negotiated.
    Proposed,
    /// Agreed, and not signed.
    Agreed,
    /// Agreed and signed.
    Signed,
    /// Something the standard does not know.
    Other,
}

/// A party as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredParty {
    /// Its number.
    pub her_id: HerId,
    /// Its name, identity numbers masked; may be empty.
    pub name: String,
    /// What it can receive.
    pub receives: Vec<Reception>,
    /// Its certificates for encryption.
    pub certificates: Vec<EncryptionCertificate>,
}

/// Why a file is neither a profile nor an agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CppError {
    /// Not XML that can be read.
    #[error("not readable XML: {0}")]
    Xml(#[from] XmlError),
    /// Another document.
    #[error("the document is no collaboration profile or agreement")]
    Other,
    /// Nobody it could be about.
    #[error("no party in it has a HER-id")]
    NoParty,
    /// An agreement without its dates.
    #[error("the agreement does not say from when until when it holds")]
    NoTerm,
}

/// Reads a profile or an agreement; none for the registry's answer that a party has none.
///
/// # Errors
/// [`CppError`] when it is neither, or lacks its meaning.
pub fn read(bytes: &[u8]) -> Result<Option<Declaration>, CppError> {
    let root = xml::parse(bytes, LIMIT)?;
    if is_nothing(&root) {
        return Ok(None);
    }
    if root.namespace() != Some(NAMESPACE) {
        return Err(CppError::Other);
    }
    let (kind, id) = match root.name() {
        "CollaborationProtocolProfile" => (DeclarationKind::Profile, "cppid"),
        "CollaborationProtocolAgreement" => {
            (DeclarationKind::Agreement(term(&root).ok_or(CppError::NoTerm)?), "cpaid")
        }
        _ => return Err(CppError::Other),
    };
    let packages = receives::Packages::of(&root);
    let parties: Vec<DeclaredParty> =
        root.all("PartyInfo").filter_map(|info| party(info, &packages)).take(PARTIES).collect();
    if parties.is_empty() {
        return Err(CppError::NoParty);
    }
    let id = shown(root.local_attribute(id).unwrap_or_default());
    Ok(Some(Declaration { kind, id, parties }))
}

/// `i:nil="true"` in the registry's own namespace.
fn is_nothing(root: &Element) -> bool {
    let registry = root.namespace().is_some_and(|namespace| namespace.starts_with(REGISTRY));
    registry && matches!(root.local_attribute("nil"), Some("true" | "1"))
}

fn term(root: &Element) -> Option<Term> {
    let status = match root.child("Status").and_then(|status| status.local_attribute("value")) {
        Some("proposed") => Status::Proposed,
        Some("agreed") => Status::Agreed,
        Some("signed") => Status::Signed,
        Some(_) | None => Status::Other,
    };
    let time = |name: &str| root.child_text(name).and_then(stated_time::parse);
    Some(Term { status, start: time("Start")?, end: time("End")? })
}

fn party(info: &Element, packages: &receives::Packages<'_>) -> Option<DeclaredParty> {
    let is_her =
        |id: &&Element| id.local_attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("HER"));
    let her_id = info.all("PartyId").filter(is_her).find_map(|id| id.text().parse().ok())?;
    Some(DeclaredParty {
        her_id,
        name: mask_numbers(info.local_attribute("partyName").unwrap_or_default()).into_owned(),
        receives: receives::receives(info, packages),
        certificates: certificate::for_encryption(info),
    })
}

/// An id, fit to be shown.
fn shown(id: &str) -> String {
    mask_numbers(id.trim()).chars().filter(|c| !c.is_control()).take(LONGEST_ID).collect()
}
