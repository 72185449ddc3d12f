//! The certificates of a profile: until when each holds, and whether its key is for encryption.
//!
//! What cannot be read is left out, and then the party has one certificate less. Whether anybody stands behind a
//! certificate, and whether it was taken back, is not looked into.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::KeyUsage;
use x509_cert::time::Time;

use crate::moves::Moment;
use crate::xml::Element;

/// The most certificates that are looked at; a party has one for signing and one for encryption.
const MOST: usize = 16;

/// The longest certificate read, characters of base64; a real one has some two thousand.
const LONGEST: usize = 64_000;

/// A certificate whose key is for encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncryptionCertificate {
    /// Not valid before.
    pub valid_from: Moment,
    /// Not valid after.
    pub valid_to: Moment,
    /// The certificate itself, DER.
    pub der: Vec<u8>,
}

/// The certificates for encryption that a party names, in the order of the document.
pub(super) fn for_encryption(party: &Element) -> Vec<EncryptionCertificate> {
    let written = party.all("Certificate").flat_map(Element::descendants);
    let written = written.filter(|element| element.name() == "X509Certificate").take(MOST);
    written.filter_map(|element| read(element.text())).collect()
}

/// Reads a certificate of base64; none for one that cannot be read, and for one of another use.
fn read(text: &str) -> Option<EncryptionCertificate> {
    if text.len() > LONGEST {
        return None;
    }
    let packed: String = text.split_whitespace().collect();
    let der = STANDARD.decode(packed).ok()?;
    let certificate = x509_cert::Certificate::from_der(&der).ok()?;
    let facts = certificate.tbs_certificate();
    let (_, usage) = facts.get_extension::<KeyUsage>().ok()??;
    let validity = facts.validity();
    let certificate = EncryptionCertificate {
        valid_from: moment(&validity.not_before)?,
        valid_to: moment(&validity.not_after)?,
        der,
    };
    (usage.key_encipherment() || usage.data_encipherment()).then_some(certificate)
}

fn moment(time: &Time) -> Option<Moment> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
    DateTime::from_timestamp(seconds, 0)
}
