//! The program's own identifiers, and how each is derived.
//!
//! A transfer id, a message id and a person key are keyed hashes: whoever lacks the ledger's key cannot compute
//! a person from one, and the same facts always give the same id. Leaves out where the key is kept (`ledger`).

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::person::{NationalId, mask_numbers};

/// The secret of one ledger. Random; fixed in test jobs.
#[derive(Clone)]
pub struct LedgerKey([u8; 32]);

impl LedgerKey {
    /// A key from its bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        LedgerKey(bytes)
    }

    /// The key as hexadecimal digits, for the ledger's own table.
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// Reads what [`LedgerKey::to_hex`] wrote.
    pub fn from_hex(text: &str) -> Option<Self> {
        unhex(text).map(LedgerKey)
    }

    /// HMAC-SHA-256 over the parts, each with its length before it, so that no two lists of parts look alike.
    fn mac(&self, purpose: &str, parts: &[&str]) -> [u8; 32] {
        let mut mac = keyed(&self.0);
        for part in std::iter::once(&purpose).chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for LedgerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LedgerKey(…)")
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length; the error type has no other cause")]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

/// SHA-256 of some content; written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of bytes at hand.
    pub fn of(bytes: &[u8]) -> Self {
        Digest(Sha256::digest(bytes).into())
    }

    /// A digest computed elsewhere, in a single pass over a stream.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Digest(bytes)
    }

    /// The digest's own bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", &hex(&self.0)[..12])
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        unhex(&text).map(Digest).ok_or("a digest is 64 hexadecimal digits")
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

/// Makes a type for an identifier that is text.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the identifier as it was written down before.
            pub fn from_text(text: impl Into<String>) -> Self {
                $name(text.into())
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// One transfer: one migrant, one move, one content, one receiver. Sixteen letters and digits in groups of
    /// four, so that it can be read over the telephone.
    TransferId
);
text_id!(
    /// One run of the program, `2026-11-22-020000`; a second one in the same second ends in `-2`.
    RunId
);
text_id!(
    /// Something a person must do: stable over nights as long as its cause is the same.
    ActionId
);
text_id!(
    /// A person in the ledger: a keyed hash of an identity number. The number itself is never stored.
    PersonKey
);

/// The EPJ's own reference to a patient. Shown with any identity number inside it masked; as it is only through
/// [`PatientRef::reveal`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PatientRef(String);

impl PatientRef {
    /// Takes the reference as the EPJ writes it.
    pub fn new(text: impl Into<String>) -> Self {
        PatientRef(text.into())
    }

    /// The reference as the EPJ writes it: for looking up, never for showing.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PatientRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask_numbers(&self.0))
    }
}

impl fmt::Debug for PatientRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PatientRef({self})")
    }
}

/// The id of one message (MsgHead `MsgId`): a UUID, version 8.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(Uuid);

impl MessageId {
    /// Reads an id as a receipt repeats it; upper or lower case.
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::try_parse(text.trim()).ok().map(MessageId)
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl LedgerKey {
    /// The key under which the ledger knows a number: over the digits alone, since one source may state a type
    /// that another leaves out.
    pub fn person(&self, id: &NationalId) -> PersonKey {
        PersonKey(hex(&self.mac("person", &[id.reveal()])[..16]))
    }

    /// The key under which the ledger knows a person that only the EPJ's reference names.
    pub fn patient(&self, patient: &PatientRef) -> PersonKey {
        PersonKey(hex(&self.mac("patient", &[patient.reveal()])[..16]))
    }

    /// A transfer's id over what makes it one: patient, move, content, kind.
    pub fn transfer(&self, parts: &[&str]) -> TransferId {
        TransferId(grouped(&self.mac("transfer", parts)))
    }

    /// A message's id over transfer, revision and part (from 1): never one id for two contents.
    pub fn message(&self, transfer: &TransferId, revision: u32, part: u32) -> MessageId {
        MessageId(self.uuid("message", &[transfer.as_str(), &revision.to_string(), &part.to_string()]))
    }

    /// A UUID for something inside a message: an attachment, say.
    pub fn uuid(&self, purpose: &str, parts: &[&str]) -> Uuid {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.mac(purpose, parts)[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// An action's id over its cause: the code and what it is about.
    pub fn action(&self, parts: &[&str]) -> ActionId {
        ActionId(grouped(&self.mac("action", parts))[..9].to_owned())
    }
}

impl TransferId {
    /// Reads an id as a person types it: any case, with or without dashes, and with the letters that the alphabet
    /// leaves out taken for the digits they look like.
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = text
            .chars()
            .filter(|c| !matches!(c, '-' | ' '))
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        let well_formed = plain.len() == 16 && plain.bytes().all(|b| ALPHABET.contains(&b));
        let groups = || plain.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-");
        well_formed.then(|| TransferId(groups()))
    }
}

/// Crockford's alphabet: letters and digits that cannot be mistaken for each other.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Eighty bits as sixteen letters and digits.
fn grouped(mac: &[u8; 32]) -> String {
    let bits = mac[..10].iter().fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
    let mut out = String::with_capacity(19);
    for at in 0..16 {
        if at > 0 && at % 4 == 0 {
            out.push('-');
        }
        out.push(char::from(ALPHABET[(bits >> (75 - 5 * at) & 31) as usize]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_keyed_and_well_formed() {
        let key = LedgerKey::new([7; 32]);
        let id = key.transfer(&["P-1", "4601", "2026-11-18", "tb", "first"]);
        assert_eq!(id, key.transfer(&["P-1", "4601", "2026-11-18", "tb", "first"]));
        assert_ne!(id, key.transfer(&["P-1", "4601", "2026-11-18", "tbf", "irst"]));
        assert_ne!(id, LedgerKey::new([8; 32]).transfer(&["P-1", "4601", "2026-11-18", "tb", "first"]));
        assert_eq!(id.as_str().len(), 19);
        assert_eq!(TransferId::parse(&id.as_str().to_lowercase().replace('-', "")), Some(id.clone()));
        assert_eq!(TransferId::parse("oIl0-0000-0000-0000"), TransferId::parse("0110000000000000"));
        assert_eq!(TransferId::parse("0110-0000"), None);
        let message = key.message(&id, 1, 1);
        assert_ne!(message, key.message(&id, 2, 1));
        assert_eq!(MessageId::parse(&message.to_string().to_uppercase()), Some(message));
        assert_eq!(message.to_string().as_bytes()[14], b'8', "a UUID of version 8");
    }

    #[test]
    fn a_key_and_a_digest_survive_being_written() {
        let key = LedgerKey::new([0xa5; 32]);
        assert_eq!(LedgerKey::from_hex(&key.to_hex()).map(|k| k.to_hex()), Some(key.to_hex()));
        assert_eq!(format!("{key:?}"), "LedgerKey(…)");
        let digest = Digest::of(b"abc");
        assert!(digest.to_string().starts_with("ba7816bf"));
        assert_eq!(Digest::try_from(digest.to_string()), Ok(digest));
        assert!(Digest::try_from("zz".to_owned()).is_err());
    }

    #[test]
    fn a_reference_with_a_number_inside_is_masked() {
        let patient = PatientRef::new("EPJ-05849628625");
        assert_eq!(format!("{patient} {patient:?}"), "EPJ-*********25 PatientRef(EPJ-*********25)");
    }
}
