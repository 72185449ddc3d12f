//! Whether a certificate is to be believed: at a time, for a use, by the configured roots and revocation lists.
//!
//! Asks nobody: what is not in the folders is not known. A list that is past its next update no longer says that a
//! certificate is good, and then nothing does, so that the certificate is not believed; what it says is revoked stays
//! revoked, also for a time before. An issuer without any list is believed without one.

use std::fs;
use std::path::{Path, PathBuf};

use openssl::error::ErrorStack;
use openssl::stack::Stack;
use openssl::x509::store::{X509Store, X509StoreBuilder};
use openssl::x509::verify::X509VerifyParam;
use openssl::x509::{CrlStatus, X509, X509Crl, X509KeyUsage, X509Ref, X509StoreContext};
use thiserror::Error;

use super::certificate::{Certificate, moment, pem_blocks, read_limited};
use super::der::{CONTEXT_0, SEQUENCE};
use super::read::Slice;
use crate::moves::Moment;

/// The fewest bits of an RSA key.
const FEWEST_BITS: u32 = 2048;
/// What the library calls 112 bits of security: keys of 2048 bits, and nothing signed over SHA-1.
const LEVEL: i32 = 2;
/// The most files of one folder.
const MOST_FILES: usize = 1000;
/// The longest file of certificates, bytes.
const LONGEST: u64 = 4 << 20;
/// The longest revocation list, bytes.
const LONGEST_LIST: u64 = 256 << 20;
/// The extension of a list that only tells what is new since another: no statement about what it leaves out.
const DELTA: &[u8] = b"\x06\x03\x55\x1d\x1b";

/// Until when an answer holds: the first of the chain to expire, or the next update of a list.
pub type ValidUntil = Moment;

/// What a certificate is to be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Sealing for its owner.
    Encryption,
    /// What its owner signed.
    Signature,
}

/// Why a certificate is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// Its time has not come.
    #[error("the certificate is not valid yet")]
    NotYetValid,
    /// Its time is over.
    #[error("the certificate has expired")]
    Expired,
    /// Its key is for something else.
    #[error("the certificate's key is for another use")]
    WrongKeyUsage,
    /// Its key, or something in its chain, is too weak, or its key is not RSA.
    #[error("the certificate, or one that stands behind it, has a key or a signature that is too weak")]
    Weak,
    /// One that stands behind it is not valid at that time.
    #[error("a certificate that stands behind it is not valid at that time")]
    IssuerNotValid,
    /// No chain of certificate authorities to a configured root.
    #[error("no configured root stands behind the certificate")]
    Untrusted,
    /// It, or one that stands behind it, was taken back.
    #[error("the certificate, or one that stands behind it, is revoked")]
    Revoked,
    /// The lists given for an issuer are past their time, or not that issuer's.
    #[error("the revocation lists for it are outdated, or not by its issuer")]
    RevocationUnknown,
}

/// A folder that trust cannot be built on.
#[derive(Debug, Error)]
pub enum TrustError {
    /// The system refused.
    #[error("cannot read {path}: {cause}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// Too many files.
    #[error("{path} has more than {MOST_FILES} files")]
    Many {
        /// The folder.
        path: PathBuf,
    },
    /// A file that is neither PEM nor DER of what belongs there.
    #[error("{path} is not what belongs in its folder: a certificate, or a revocation list")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Nothing to believe in.
    #[error("there is no certificate in {path}")]
    NoRoots {
        /// The folder.
        path: PathBuf,
    },
}

/// The roots that are believed, and what helps to find the way to them.
pub struct Trust {
    roots: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    lists: Vec<List>,
}

/// A revocation list.
struct List {
    crl: X509Crl,
    /// Whether it lists all that is revoked, and not only what is new.
    whole: bool,
}

impl Trust {
    /// Reads the folders; every file in them must be what belongs there, hidden ones aside.
    ///
    /// # Errors
    /// The first file or folder that cannot be used.
    pub fn read(
        roots: &Path,
        intermediates: Option<&Path>,
        revocation_lists: Option<&Path>,
    ) -> Result<Self, TrustError> {
        let found = certificates(roots)?;
        if found.is_empty() {
            return Err(TrustError::NoRoots { path: roots.to_owned() });
        }
        let intermediates = intermediates.map(certificates).transpose()?.unwrap_or_default();
        let lists = revocation_lists.map(lists).transpose()?.unwrap_or_default();
        Ok(Trust { roots: found, intermediates, lists })
    }

    /// Judges a certificate; `extra_chain` helps to find the way and is not believed for itself.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn judge(
        &self,
        certificate: &Certificate,
        extra_chain: &[Certificate],
        for_use: Use,
        at: Moment,
    ) -> Result<ValidUntil, Fault> {
        self.judge_past(certificate, extra_chain, for_use, at, at)
    }

    /// Judges a certificate for a time that is past, by lists that must be of today: who has a key that was taken back
    /// signs with any time it likes.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn judge_past(
        &self,
        certificate: &Certificate,
        extra_chain: &[Certificate],
        for_use: Use,
        at: Moment,
        today: Moment,
    ) -> Result<ValidUntil, Fault> {
        if at < certificate.valid_from() {
            return Err(Fault::NotYetValid);
        }
        if at > certificate.valid_to() {
            return Err(Fault::Expired);
        }
        is_for(certificate, for_use)?;
        let key = certificate.rsa_key().ok_or(Fault::Weak)?;
        if key.bits() < FEWEST_BITS {
            return Err(Fault::Weak);
        }
        let chain = self.chain(certificate, extra_chain, at)?;
        let mut until = certificate.valid_to();
        for (one, issuer) in chain.iter().zip(chain.iter().skip(1).chain(chain.last())) {
            until = until.min(moment(one.not_after()).unwrap_or(until));
            until = self.not_revoked(one, issuer, today)?.map_or(until, |update| until.min(update));
        }
        Ok(until)
    }

    /// The certificates from this one to a root.
    fn chain(
        &self,
        certificate: &Certificate,
        extra: &[Certificate],
        at: Moment,
    ) -> Result<Vec<X509>, Fault> {
        let store = self.store(at).map_err(|_| Fault::Untrusted)?;
        let mut between = Stack::new().map_err(|_| Fault::Untrusted)?;
        for one in self.intermediates.iter().chain(extra) {
            between.push(one.x509().to_owned()).map_err(|_| Fault::Untrusted)?;
        }
        let mut context = X509StoreContext::new().map_err(|_| Fault::Untrusted)?;
        let judged = context.init(&store, certificate.x509(), &between, |context| {
            let good = context.verify_cert()?;
            let chain = context.chain().map(|chain| chain.iter().map(X509Ref::to_owned).collect::<Vec<_>>());
            Ok(if good { chain.ok_or(Fault::Untrusted) } else { Err(fault(context.error().as_raw())) })
        });
        judged.unwrap_or(Err(Fault::Untrusted))
    }

    fn store(&self, at: Moment) -> Result<X509Store, ErrorStack> {
        let mut builder = X509StoreBuilder::new()?;
        for root in &self.roots {
            builder.add_cert(root.x509().to_owned())?;
        }
        let mut settings = X509VerifyParam::new()?;
        settings.set_time(at.timestamp());
        settings.set_auth_level(LEVEL);
        builder.set_param(&settings)?;
        Ok(builder.build())
    }

    /// Until when lists say that a certificate is good; none where no list is given for its issuer.
    fn not_revoked(&self, one: &X509, issuer: &X509, today: Moment) -> Result<Option<Moment>, Fault> {
        let same_name =
            |list: &&List| list.crl.issuer_name().try_cmp(one.issuer_name()).is_ok_and(|order| order.is_eq());
        let named: Vec<&List> = self.lists.iter().filter(same_name).collect();
        if named.is_empty() {
            return Ok(None);
        }
        let key = issuer.public_key().map_err(|_| Fault::RevocationUnknown)?;
        let by_issuer = named.iter().filter(|list| list.crl.verify(&key).unwrap_or(false));
        let mut until = None;
        for list in by_issuer {
            if matches!(list.crl.get_by_cert(one), CrlStatus::Revoked(_)) {
                return Err(Fault::Revoked);
            }
            let update = list.crl.next_update().and_then(moment);
            until = until.max(update.filter(|update| list.whole && *update >= today));
        }
        until.map(Some).ok_or(Fault::RevocationUnknown)
    }
}

impl std::fmt::Debug for Trust {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts = (self.roots.len(), self.intermediates.len(), self.lists.len());
        write!(f, "Trust({} roots, {} intermediates, {} lists)", counts.0, counts.1, counts.2)
    }
}

/// Whether the key is for this use. A certificate that does not say is for none: those of the health sector say it.
fn is_for(certificate: &Certificate, for_use: Use) -> Result<(), Fault> {
    let wanted = match for_use {
        Use::Encryption => X509KeyUsage::KEY_ENCIPHERMENT | X509KeyUsage::DATA_ENCIPHERMENT,
        Use::Signature => X509KeyUsage::DIGITAL_SIGNATURE | X509KeyUsage::NON_REPUDIATION,
    };
    let found = certificate.x509().key_usage().unwrap_or(X509KeyUsage::empty());
    if found.intersects(wanted) { Ok(()) } else { Err(Fault::WrongKeyUsage) }
}

/// What the library's number for a chain that it refuses stands for.
fn fault(number: i32) -> Fault {
    match number {
        // X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED: the certificate's own time was looked at.
        9 | 10 => Fault::IssuerNotValid,
        // X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK
        66..=68 => Fault::Weak,
        _ => Fault::Untrusted,
    }
}

/// The certificates of a folder.
pub(super) fn certificates(folder: &Path) -> Result<Vec<Certificate>, TrustError> {
    let mut out = Vec::new();
    for path in files(folder)? {
        let bytes = read(&path, LONGEST)?;
        match Certificate::all_from_bytes(&bytes) {
            Ok(found) if !found.is_empty() => out.extend(found),
            Ok(_) | Err(_) => return Err(TrustError::Foreign { path }),
        }
    }
    Ok(out)
}

/// The revocation lists of a folder.
fn lists(folder: &Path) -> Result<Vec<List>, TrustError> {
    let mut out = Vec::new();
    for path in files(folder)? {
        let bytes = read(&path, LONGEST_LIST)?;
        let found = lists_of(&bytes).filter(|found| !found.is_empty());
        out.extend(found.ok_or(TrustError::Foreign { path })?);
    }
    Ok(out)
}

/// The lists of a file; none when one of them is none.
fn lists_of(bytes: &[u8]) -> Option<Vec<List>> {
    if bytes.first() == Some(&SEQUENCE) {
        return Some(vec![list(X509Crl::from_der(bytes).ok()?)?]);
    }
    let blocks = pem_blocks(std::str::from_utf8(bytes).ok()?, |label| label == "X509 CRL");
    blocks.into_iter().map(|block| list(X509Crl::from_pem(block.as_bytes()).ok()?)).collect()
}

fn list(crl: X509Crl) -> Option<List> {
    let whole = !has_extension(&crl.to_der().ok()?, DELTA)?;
    Some(List { crl, whole })
}

/// Whether a list has an extension; none when it cannot be read.
fn has_extension(list: &[u8], name: &[u8]) -> Option<bool> {
    let mut facts = Slice::new(list).enter(SEQUENCE).ok()?.enter(SEQUENCE).ok()?;
    while facts.peek().is_some_and(|tag| tag != CONTEXT_0) {
        facts.whole().ok()?;
    }
    if facts.peek().is_none() {
        return Some(false);
    }
    let mut extensions = facts.enter(CONTEXT_0).ok()?.enter(SEQUENCE).ok()?;
    while extensions.peek().is_some() {
        if extensions.enter(SEQUENCE).ok()?.whole().ok()? == name {
            return Some(true);
        }
    }
    Some(false)
}

/// The files of a folder in order, hidden ones aside.
fn files(folder: &Path) -> Result<Vec<PathBuf>, TrustError> {
    let unreadable = |cause| TrustError::Unreadable { path: folder.to_owned(), cause };
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !hidden && entry.path().is_file() {
            out.push(entry.path());
        }
        if out.len() > MOST_FILES {
            return Err(TrustError::Many { path: folder.to_owned() });
        }
    }
    out.sort_unstable();
    Ok(out)
}

fn read(path: &Path, limit: u64) -> Result<Vec<u8>, TrustError> {
    let unreadable = |cause| TrustError::Unreadable { path: path.to_owned(), cause };
    read_limited(path, limit).map_err(unreadable)
}
