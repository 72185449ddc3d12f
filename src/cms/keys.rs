//! A private key with its certificate, from PEM or PKCS#12, and the passphrase that opens it.
//!
//! What a file is, is told from its content. Nothing here is printed: neither a key nor a passphrase stands in any
//! error or in `Debug`. Leaves out where keys are kept.

use std::fmt;
use std::path::{Path, PathBuf};

use openssl::pkcs12::Pkcs12;
use openssl::pkey::{Id, PKey, PKeyRef, Private};
use openssl::x509::X509VerifyResult;
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as ArchiveError;
use thiserror::Error;
use zeroize::Zeroizing;

use super::certificate::{Certificate, pem_blocks, read_limited};
use super::der::SEQUENCE;
use super::trust::{TrustError, certificates};

/// The longest key file, bytes.
const LONGEST: u64 = 1 << 20;
/// The longest passphrase, bytes: what the library takes.
const LONGEST_PASSPHRASE: usize = 1024;

/// The most issuers that go with a certificate.
const LONGEST_CHAIN: usize = 8;

/// What opens a key.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

/// Who signs, or who opens: a private RSA key, its certificate, and those that stand behind it. What else lies in the
/// file is of no use.
#[derive(Clone)]
pub struct Identity {
    key: PKey<Private>,
    certificate: Certificate,
    chain: Vec<Certificate>,
}

/// Why a key cannot be used.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The system refused.
    #[error("cannot read {path}: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The environment has no such variable, or it is not text.
    #[error("the environment has no variable {name} with a passphrase in it")]
    NoVariable {
        /// Its name.
        name: String,
    },
    /// An empty passphrase, or one too long, or not text.
    #[error("{path} has no passphrase in its first line")]
    NoPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The key needs a passphrase.
    #[error("the key is protected by a passphrase, and none is given")]
    PassphraseMissing,
    /// The passphrase is another.
    #[error("the passphrase does not open the key")]
    WrongPassphrase,
    /// No private key.
    #[error("there is no private key in it, neither as PEM nor as PKCS#12")]
    NoKey,
    /// More than one.
    #[error("there are several private keys in it; one file is to have one")]
    SeveralKeys,
    /// A key of another kind.
    #[error("the key is not an RSA key")]
    NotRsa,
    /// A file that is to have a certificate has none.
    #[error(
        "there is no certificate with the key; name its file (`--certificate`, in a job `signing_certificate`)"
    )]
    NoCertificate,
    /// The certificate is of another key.
    #[error("the key and the certificate do not belong together")]
    Mismatch,
}

impl Passphrase {
    /// The first line of a file.
    ///
    /// # Errors
    /// When it cannot be read, or its first line cannot be a passphrase.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let unreadable = |cause| KeyError::Unreadable { path: path.to_owned(), cause };
        let bytes = Zeroizing::new(read_limited(path, LONGEST).map_err(unreadable)?);
        let text = std::str::from_utf8(&bytes).unwrap_or_default().trim_start_matches('\u{feff}');
        let line = text.lines().next().unwrap_or_default();
        Passphrase::of(line).ok_or_else(|| KeyError::NoPassphrase { path: path.to_owned() })
    }

    /// What a variable of the environment says.
    ///
    /// # Errors
    /// When there is none of that name, or it cannot be a passphrase.
    pub fn from_env(name: &str) -> Result<Self, KeyError> {
        let found = std::env::var(name).ok().map(Zeroizing::new).and_then(|text| Passphrase::of(&text));
        found.ok_or_else(|| KeyError::NoVariable { name: name.to_owned() })
    }

    fn of(text: &str) -> Option<Self> {
        let usable = (1..=LONGEST_PASSPHRASE).contains(&text.len()) && !text.contains('\0');
        usable.then(|| Passphrase(Zeroizing::new(text.to_owned())))
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// What a key file holds.
struct Found {
    key: PKey<Private>,
    certificates: Vec<Certificate>,
}

impl Identity {
    /// Reads a key, with the certificate from its own file where there is no other.
    ///
    /// # Errors
    /// Everything that keeps key and certificate from being used together.
    pub fn read(
        key: &Path,
        certificate: Option<&Path>,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, KeyError> {
        let read = |path: &Path| {
            let unreadable = |cause| KeyError::Unreadable { path: path.to_owned(), cause };
            read_limited(path, LONGEST).map(Zeroizing::new).map_err(unreadable)
        };
        let found = found(&read(key)?, passphrase)?;
        let certificates = match certificate {
            None => found.certificates,
            Some(path) => Certificate::all_from_bytes(&read(path)?).map_err(|_| KeyError::NoCertificate)?,
        };
        Identity::of(found.key, certificates)
    }

    /// A key with the certificate among these that is its own.
    pub(super) fn of(key: PKey<Private>, mut certificates: Vec<Certificate>) -> Result<Self, KeyError> {
        if key.id() != Id::RSA {
            return Err(KeyError::NotRsa);
        }
        if certificates.is_empty() {
            return Err(KeyError::NoCertificate);
        }
        let is_its_own = |one: &Certificate| one.rsa_key().is_some_and(|public| key.public_eq(&public));
        let at = certificates.iter().position(is_its_own).ok_or(KeyError::Mismatch)?;
        let certificate = certificates.remove(at);
        let chain = behind(&certificate, &certificates);
        Ok(Identity { key, certificate, chain })
    }

    /// The same with its issuers from a folder, where they did not come with the key: its receivers have the root and
    /// nothing else.
    ///
    /// # Errors
    /// [`TrustError`] when the folder cannot be used.
    pub fn with_issuers_of(self, folder: &Path) -> Result<Self, TrustError> {
        let among = [self.chain, certificates(folder)?].concat();
        Ok(Identity { chain: behind(&self.certificate, &among), ..self })
    }

    /// Its certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The certificates of its issuers that came with it, the root's aside.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    pub(super) fn key(&self) -> &PKeyRef<Private> {
        &self.key
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.certificate.subject())
    }
}

/// The issuers of a certificate, as far as they are among these. A root helps nobody who does not have it already.
fn behind(certificate: &Certificate, among: &[Certificate]) -> Vec<Certificate> {
    let issued = |issuer: &Certificate, one: &Certificate| {
        issuer.x509().issued(one.x509()) == X509VerifyResult::OK && issuer != one
    };
    let is_root = |one: &Certificate| one.x509().issued(one.x509()) == X509VerifyResult::OK;
    let mut chain: Vec<Certificate> = Vec::new();
    loop {
        let last = chain.last().unwrap_or(certificate);
        let fits = |other: &&Certificate| issued(other, last) && !is_root(other) && !chain.contains(other);
        // Of an issuer that was renewed, the one that lasts.
        let Some(next) = among.iter().filter(fits).max_by_key(|one| one.valid_to()) else { return chain };
        if chain.len() == LONGEST_CHAIN {
            return chain;
        }
        chain.push(next.clone());
    }
}

fn found(bytes: &[u8], passphrase: Option<&Passphrase>) -> Result<Found, KeyError> {
    match bytes.first() {
        Some(&SEQUENCE) => from_pkcs12(bytes, passphrase),
        _ => from_pem(std::str::from_utf8(bytes).map_err(|_| KeyError::NoKey)?, passphrase),
    }
}

fn from_pem(text: &str, passphrase: Option<&Passphrase>) -> Result<Found, KeyError> {
    let blocks = pem_blocks(text, |label| label.ends_with("PRIVATE KEY"));
    let block = match blocks.as_slice() {
        [] => return Err(KeyError::NoKey),
        [block] => block.as_bytes(),
        _ => return Err(KeyError::SeveralKeys),
    };
    let mut asked = false;
    let key = PKey::private_key_from_pem_callback(block, |into| {
        asked = true;
        let words = passphrase.map(|words| words.0.as_bytes()).unwrap_or_default();
        let fits = words.len().min(into.len());
        into[..fits].copy_from_slice(&words[..fits]);
        Ok(fits)
    });
    let key = key.map_err(|_| match (asked, passphrase) {
        (false, _) => KeyError::NoKey,
        (true, None) => KeyError::PassphraseMissing,
        (true, Some(_)) => KeyError::WrongPassphrase,
    })?;
    let certificates = pem_blocks(text, |label| label.ends_with("CERTIFICATE"));
    let certificates = certificates.into_iter().map(|block| Certificate::from_bytes(block.as_bytes()));
    Ok(Found {
        key,
        certificates: certificates.collect::<Result<_, _>>().map_err(|_| KeyError::NoCertificate)?,
    })
}

/// PKCS#12 by a crate that tells every key in it and knows RC2 and 3DES; what it does not know, by openssl.
fn from_pkcs12(bytes: &[u8], passphrase: Option<&Passphrase>) -> Result<Found, KeyError> {
    let words = passphrase.map(|words| words.0.as_str()).unwrap_or_default();
    let wrong = || if passphrase.is_some() { KeyError::WrongPassphrase } else { KeyError::PassphraseMissing };
    let archive = match Pkcs12Archive::from_pkcs12(bytes, words) {
        Ok(archive) => archive,
        Err(ArchiveError::MacError(_)) => return Err(wrong()),
        Err(_) => return from_other_pkcs12(bytes, words).map_err(|found| found.unwrap_or_else(wrong)),
    };
    let key = match archive.keys.as_slice() {
        [] => return Err(KeyError::NoKey),
        [key] => PKey::private_key_from_pkcs8(key.key.as_der()).map_err(|_| KeyError::NoKey)?,
        _ => return Err(KeyError::SeveralKeys),
    };
    let certificates = archive.certs.iter().map(|bag| Certificate::from_der(bag.cert.as_der()));
    Ok(Found {
        key,
        certificates: certificates.collect::<Result<_, _>>().map_err(|_| KeyError::NoCertificate)?,
    })
}

/// PKCS#12 in BER, or with a younger way of protecting it. No error stands for a passphrase that does not open it.
fn from_other_pkcs12(bytes: &[u8], words: &str) -> Result<Found, Option<KeyError>> {
    let archive = Pkcs12::from_der(bytes).map_err(|_| Some(KeyError::NoKey))?;
    let parsed = archive.parse2(words).map_err(|_| None)?;
    let key = parsed.pkey.ok_or(Some(KeyError::NoKey))?;
    let of_chain = parsed.ca.into_iter().flatten();
    let certificates = parsed.cert.into_iter().chain(of_chain).map(|x509| {
        x509.to_der()
            .ok()
            .and_then(|der| Certificate::from_der(&der).ok())
            .ok_or(Some(KeyError::NoCertificate))
    });
    Ok(Found { key, certificates: certificates.collect::<Result<_, _>>()? })
}
