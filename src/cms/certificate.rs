//! A certificate as it is read: what it says of itself. Leaves out whether it is to be believed (`trust`).

use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta};
use openssl::asn1::{Asn1Time, Asn1TimeRef};
use openssl::pkey::{Id, PKey, Public};
use openssl::x509::{X509, X509NameRef, X509Ref};
use thiserror::Error;

use super::der::{self, CONTEXT_0, INTEGER, SEQUENCE};
use super::read::Slice;
use crate::moves::Moment;

/// The longest file of certificates, bytes.
const LONGEST: u64 = 1 << 20;

/// An X.509 certificate.
#[derive(Clone)]
pub struct Certificate {
    x509: X509,
    der: Vec<u8>,
    issuer_and_serial: Vec<u8>,
    valid_from: Moment,
    valid_to: Moment,
}

/// Why there is no certificate.
#[derive(Debug, Error)]
pub enum CertificateError {
    /// The system refused.
    #[error("cannot read {path}: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// Neither PEM nor DER nor base64 of a certificate.
    #[error("this is no certificate")]
    NotOne,
}

impl Certificate {
    /// Reads the first certificate of a file.
    ///
    /// # Errors
    /// When it cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Self, CertificateError> {
        Certificate::read_all(path)?.into_iter().next().ok_or(CertificateError::NotOne)
    }

    /// Takes it from PEM (the first in it), DER, or the base64 of DER.
    ///
    /// # Errors
    /// [`CertificateError::NotOne`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CertificateError> {
        Certificate::all_from_bytes(bytes)?.into_iter().next().ok_or(CertificateError::NotOne)
    }

    /// The organisation numbers that its subject names: nine digits in a row, and no more of them.
    pub fn organisations(&self) -> Vec<String> {
        numbers(&self.subject())
    }

    /// Reads all from a file.
    ///
    /// # Errors
    /// As [`Certificate::read`].
    pub fn read_all(path: &Path) -> Result<Vec<Self>, CertificateError> {
        let unreadable = |cause| CertificateError::Unreadable { path: path.to_owned(), cause };
        match Certificate::all_from_bytes(&read_limited(path, LONGEST).map_err(unreadable)?)? {
            none if none.is_empty() => Err(CertificateError::NotOne),
            all => Ok(all),
        }
    }

    /// Takes all from PEM, or the one of DER or base64. PEM without any gives none.
    ///
    /// # Errors
    /// [`CertificateError::NotOne`].
    pub(super) fn all_from_bytes(bytes: &[u8]) -> Result<Vec<Self>, CertificateError> {
        if bytes.first() == Some(&SEQUENCE) {
            return Certificate::from_der(bytes).map(|one| vec![one]);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| CertificateError::NotOne)?;
        if text.contains(PEM) {
            let blocks = pem_blocks(text, |label| label.ends_with("CERTIFICATE"));
            return blocks.into_iter().map(Certificate::from_pem_block).collect();
        }
        let packed: String = text.split_whitespace().collect();
        let der = STANDARD.decode(packed).map_err(|_| CertificateError::NotOne)?;
        Certificate::from_der(&der).map(|one| vec![one])
    }

    fn from_pem_block(block: &str) -> Result<Self, CertificateError> {
        let x509 = X509::from_pem(block.as_bytes()).map_err(|_| CertificateError::NotOne)?;
        Certificate::from_der(&x509.to_der().map_err(|_| CertificateError::NotOne)?)
    }

    /// Takes it from DER.
    ///
    /// # Errors
    /// [`CertificateError::NotOne`].
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let x509 = X509::from_der(der).map_err(|_| CertificateError::NotOne)?;
        // The library stops where the certificate ends, and reads more than DER.
        if x509.to_der().is_ok_and(|again| again != der) {
            return Err(CertificateError::NotOne);
        }
        let validity = moment(x509.not_before()).zip(moment(x509.not_after()));
        let (valid_from, valid_to) = validity.ok_or(CertificateError::NotOne)?;
        let issuer_and_serial = issuer_and_serial(der).ok_or(CertificateError::NotOne)?;
        Ok(Certificate { x509, der: der.to_vec(), issuer_and_serial, valid_from, valid_to })
    }

    /// Its bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Not valid before.
    pub fn valid_from(&self) -> Moment {
        self.valid_from
    }

    /// Not valid after.
    pub fn valid_to(&self) -> Moment {
        self.valid_to
    }

    /// Whose it is, for people to read: `CN=…, O=…`.
    pub fn subject(&self) -> String {
        named(self.x509.subject_name())
    }

    /// Who stands behind it, for people to read.
    pub fn issuer(&self) -> String {
        named(self.x509.issuer_name())
    }

    /// Its number with its issuer, hexadecimal.
    pub fn serial(&self) -> String {
        let number = self.x509.serial_number().to_bn().and_then(|number| number.to_hex_str());
        number.map(|hex| hex.to_lowercase()).unwrap_or_default()
    }

    /// SHA-256 of its bytes, hexadecimal.
    pub fn fingerprint(&self) -> String {
        self.digest().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    pub(super) fn digest(&self) -> [u8; 32] {
        openssl::sha::sha256(&self.der)
    }

    pub(super) fn x509(&self) -> &X509Ref {
        &self.x509
    }

    /// IssuerAndSerialNumber, as its own bytes have them.
    pub(super) fn issuer_and_serial(&self) -> &[u8] {
        &self.issuer_and_serial
    }

    /// Its RSA key; none for a key of another kind.
    pub(super) fn rsa_key(&self) -> Option<PKey<Public>> {
        self.x509.public_key().ok().filter(|key| key.id() == Id::RSA)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.subject())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

/// How a block of PEM begins.
const PEM: &str = "-----BEGIN ";

/// The blocks of PEM whose label is asked for, each with its marks.
pub(super) fn pem_blocks(text: &str, wanted: impl Fn(&str) -> bool) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(PEM) {
        let block = &rest[start..];
        let Some((label, _)) = block[PEM.len()..].split_once("-----") else { break };
        let end = format!("-----END {label}-----");
        let Some(length) = block.find(&end).map(|at| at + end.len()) else { break };
        if wanted(label) {
            out.push(&block[..length]);
        }
        rest = &block[length..];
    }
    out
}

/// Reads a file that must not be longer than a limit.
pub(super) fn read_limited(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if read as u64 > limit { Err(std::io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

/// A time of a certificate or of a list.
pub(super) fn moment(time: &Asn1TimeRef) -> Option<Moment> {
    let since = Asn1Time::from_unix(0).ok()?.diff(time).ok()?;
    let since = TimeDelta::days(since.days.into()) + TimeDelta::seconds(since.secs.into());
    DateTime::UNIX_EPOCH.checked_add_signed(since)
}

fn issuer_and_serial(certificate: &[u8]) -> Option<Vec<u8>> {
    let mut facts = Slice::new(certificate).enter(SEQUENCE).ok()?.enter(SEQUENCE).ok()?;
    if facts.peek() == Some(CONTEXT_0) {
        facts.whole().ok()?;
    }
    let serial = facts.whole().ok().filter(|serial| serial.first() == Some(&INTEGER))?;
    let _algorithm = facts.next(SEQUENCE).ok()?;
    let issuer = facts.whole().ok().filter(|issuer| issuer.first() == Some(&SEQUENCE))?;
    Some(der::value(SEQUENCE, &[issuer, serial]))
}

/// The parts of a name in the order people read them, the narrowest first.
fn named(name: &X509NameRef) -> String {
    let parts = name.entries().map(|entry| {
        let key = entry.object().nid().short_name().unwrap_or("?");
        let text = entry.data().to_string().unwrap_or_default();
        let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
        format!("{key}={text}")
    });
    let mut parts: Vec<String> = parts.collect();
    parts.reverse();
    parts.join(", ")
}

fn numbers(subject: &str) -> Vec<String> {
    let runs = subject.split(|c: char| !c.is_ascii_digit());
    runs.filter(|run| run.len() == 9).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_names_an_organisation_by_its_whole_number() {
        let rows: [(&str, &[&str]); 4] = [
            ("serialNumber=964948798, CN=Ås", &["964948798"]),
            ("organizationIdentifier=NTRNO-964948798", &["964948798"]),
            ("CN=1964948798", &[]),
            ("CN=964", &[]),
        ];
        for (subject, expected) in rows {
            assert_eq!(numbers(subject), expected, "{subject}");
        }
    }
}
