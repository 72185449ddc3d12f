//! Reading SignedData: the content passes on while it is hashed, and the signature over the hash is checked.
//!
//! Strict: one signer, SHA-256, RSA PKCS#1 v1.5, signed attributes, embedded content of type data, and nothing else.

use std::io::{self, Read, Write};

use openssl::hash::MessageDigest;
use openssl::sha::Sha256;
use openssl::sign::Verifier;
use zeroize::Zeroizing;

use super::attributes::{self, Attributes};
use super::certificate::Certificate;
use super::der::{self, CONTEXT_0, OCTETS, SEQUENCE, SET};
use super::form::is_algorithm;
use super::oid;
use super::read::{ReadError, Reader, Slice};
use crate::moves::Moment;

/// The longest certificate, and the longest word of a signer, bytes.
const LONGEST: usize = 64 << 10;
/// The most certificates.
const MOST: usize = 32;

/// What was opened: who signed it, whose certificates came with it, and when it says it was signed. Whether the
/// signer is to be believed is not looked into.
#[derive(Debug)]
pub struct Opened {
    /// The signer's certificate.
    pub signer: Certificate,
    /// The other certificates in the bundle.
    pub chain: Vec<Certificate>,
    /// When it was signed, by the signer's word.
    pub signed_at: Option<Moment>,
}

/// Why what is inside could not be read to its end and believed.
#[derive(Debug)]
pub(super) enum Inside {
    /// What it comes from failed.
    Source(io::Error),
    /// Where it goes failed.
    Write(io::Error),
    /// It is not as it was signed, or was never a bundle.
    Broken,
}

impl From<ReadError> for Inside {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Source(error) => Inside::Source(error),
            ReadError::Malformed => Inside::Broken,
        }
    }
}

/// Reads to the end of the source, and checks everything.
///
/// # Errors
/// See [`Inside`].
pub(super) fn read(source: &mut impl Read, out: &mut impl Write) -> Result<Opened, Inside> {
    let mut reader = Reader::new(source);
    reader.enter(SEQUENCE)?;
    reader.expect(oid::SIGNED_DATA)?;
    reader.enter(CONTEXT_0)?;
    reader.enter(SEQUENCE)?;
    reader.expect(&der::small(1))?;
    reader.enter(SET)?;
    sha256_or_broken(&reader.whole(LONGEST)?)?;
    reader.leave()?;
    reader.enter(SEQUENCE)?;
    reader.expect(oid::DATA)?;
    reader.enter(CONTEXT_0)?;
    let digest = content(&mut reader, out)?;
    reader.leave()?;
    reader.leave()?;
    let certificates = certificates(&mut reader)?;
    reader.enter(SET)?;
    let signer = reader.whole(LONGEST)?;
    for _ in 0..4 {
        reader.leave()?;
    }
    reader.finish()?;
    judge(&signer, &digest, certificates)
}

/// Passes the content on and gives its digest.
fn content<R: Read>(reader: &mut Reader<R>, out: &mut impl Write) -> Result<[u8; 32], Inside> {
    let mut octets = reader.enter_octets(OCTETS)?;
    let mut hasher = Sha256::new();
    let mut buffer = Zeroizing::new(vec![0; 16 * 1024]);
    loop {
        match reader.read_octets(&mut octets, &mut buffer)? {
            0 => return Ok(hasher.finish()),
            read => {
                hasher.update(&buffer[..read]);
                out.write_all(&buffer[..read]).map_err(Inside::Write)?;
            }
        }
    }
}

fn certificates<R: Read>(reader: &mut Reader<R>) -> Result<Vec<Certificate>, Inside> {
    let mut out = Vec::new();
    reader.enter(CONTEXT_0)?;
    while reader.peek()?.is_some() {
        if out.len() == MOST {
            return Err(Inside::Broken);
        }
        out.push(Certificate::from_der(&reader.whole(LONGEST)?).map_err(|_| Inside::Broken)?);
    }
    reader.leave()?;
    Ok(out)
}

/// Checks the signer's word over the digest with the certificate that it names.
fn judge(signer: &[u8], digest: &[u8], mut certificates: Vec<Certificate>) -> Result<Opened, Inside> {
    let mut parts = Slice::new(signer).enter(SEQUENCE)?;
    parts.expect(&der::small(1))?;
    let named = parts.whole()?;
    sha256_or_broken(parts.whole()?)?;
    let mut attributes = parts.whole()?.to_vec();
    if std::mem::replace(&mut attributes[0], SET) != CONTEXT_0 {
        return Err(Inside::Broken);
    }
    let algorithm = parts.whole()?;
    let signature = parts.next(OCTETS)?;
    parts.finish()?;
    if ![oid::RSA, oid::SHA256_WITH_RSA].iter().any(|name| is_algorithm(algorithm, name)) {
        return Err(Inside::Broken);
    }
    let at = certificates.iter().position(|one| one.issuer_and_serial() == named).ok_or(Inside::Broken)?;
    let certificate = certificates.remove(at);
    let said = attributes::read(&attributes)?;
    let whole = verifies(&certificate, &attributes, signature)
        && said.digest == digest
        && names_all(&said, &certificate, &certificates);
    let opened = Opened { signer: certificate, chain: certificates, signed_at: said.signed_at };
    whole.then_some(opened).ok_or(Inside::Broken)
}

fn verifies(certificate: &Certificate, signed: &[u8], signature: &[u8]) -> bool {
    let Some(key) = certificate.rsa_key() else { return false };
    let verified = Verifier::new(MessageDigest::sha256(), &key)
        .and_then(|mut verifier| verifier.verify_oneshot(signature, signed));
    verified.unwrap_or(false)
}

/// Whether the certificates are those that the signature names, where it names any.
fn names_all(said: &Attributes, signer: &Certificate, others: &[Certificate]) -> bool {
    let Some(named) = &said.certificates else { return true };
    let first = named.first().is_some_and(|digest| *digest == signer.digest());
    first && others.iter().all(|other| named.iter().any(|digest| *digest == other.digest()))
}

fn sha256_or_broken(identifier: &[u8]) -> Result<(), Inside> {
    if is_algorithm(identifier, oid::SHA256) { Ok(()) } else { Err(Inside::Broken) }
}
