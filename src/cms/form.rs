//! How a bundle is sealed: the ways that are written and read, with their names in DER.

use openssl::error::ErrorStack;
use openssl::md::Md;
use openssl::pkey_ctx::PkeyCtxRef;
use openssl::rsa::Padding;
use openssl::symm;

use super::der::{self, CONTEXT_0, CONTEXT_1, NULL, OCTETS, SEQUENCE};
use super::oid;
use super::read::{ReadError, Slice};

/// Bytes of the tag that GCM ends with.
pub(super) const TAG_LENGTH: usize = 16;
/// The most bytes that GCM takes with one key and nonce.
const GCM_MOST: u64 = (1 << 36) - 32;
/// The block of AES, bytes.
pub(super) const BLOCK: usize = 16;

/// How the content's key goes to the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// RSA PKCS#1 v1.5, which everybody reads.
    Pkcs1,
    /// RSA-OAEP with SHA-256, by agreement.
    Oaep,
}

/// What the content is encrypted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cipher {
    /// AES-256-CBC, which everybody reads.
    Aes256Cbc,
    /// AES-256-GCM, by agreement.
    Aes256Gcm,
}

/// How a bundle is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// The key's way.
    pub transport: Transport,
    /// The content's.
    pub cipher: Cipher,
}

impl Transport {
    /// Its AlgorithmIdentifier.
    pub(super) fn identifier(self) -> Vec<u8> {
        match self {
            Transport::Pkcs1 => der::value(SEQUENCE, &[oid::RSA, &null()]),
            Transport::Oaep => oaep(&der::value(SEQUENCE, &[oid::SHA256, &null()])),
        }
    }

    /// The one that an AlgorithmIdentifier names, if it is one of ours. SHA-256 may come with or without a NULL.
    pub(super) fn named(identifier: &[u8]) -> Option<Self> {
        let short = oaep(&der::value(SEQUENCE, &[oid::SHA256]));
        let ours = [Transport::Pkcs1, Transport::Oaep];
        let found = ours.into_iter().find(|transport| transport.identifier() == identifier);
        found.or((identifier == short).then_some(Transport::Oaep))
    }

    /// Sets the library to it.
    pub(super) fn set<T>(self, context: &mut PkeyCtxRef<T>) -> Result<(), ErrorStack> {
        match self {
            Transport::Pkcs1 => context.set_rsa_padding(Padding::PKCS1),
            Transport::Oaep => {
                context.set_rsa_padding(Padding::PKCS1_OAEP)?;
                context.set_rsa_oaep_md(Md::sha256())?;
                context.set_rsa_mgf1_md(Md::sha256())
            }
        }
    }
}

impl Cipher {
    /// Its AlgorithmIdentifier with this nonce.
    pub(super) fn identifier(self, nonce: &[u8]) -> Vec<u8> {
        let nonce = der::value(OCTETS, &[nonce]);
        match self {
            Cipher::Aes256Cbc => der::value(SEQUENCE, &[oid::AES256_CBC, &nonce]),
            Cipher::Aes256Gcm => {
                let settings = der::value(SEQUENCE, &[&nonce, &der::small(TAG_LENGTH as u8)]);
                der::value(SEQUENCE, &[oid::AES256_GCM, &settings])
            }
        }
    }

    /// The nonce, where an AlgorithmIdentifier names this cipher.
    pub(super) fn nonce_of(self, identifier: &[u8]) -> Result<Option<Vec<u8>>, ReadError> {
        let mut parts = Slice::new(identifier).enter(SEQUENCE)?;
        let _name = parts.whole()?;
        let mut settings = match self {
            Cipher::Aes256Cbc => parts,
            Cipher::Aes256Gcm => parts.enter(SEQUENCE)?,
        };
        let nonce = settings.next(OCTETS)?.to_vec();
        let same = nonce.len() == self.nonce_length() && self.identifier(&nonce) == identifier;
        Ok(same.then_some(nonce))
    }

    pub(super) fn nonce_length(self) -> usize {
        match self {
            Cipher::Aes256Cbc => BLOCK,
            Cipher::Aes256Gcm => 12,
        }
    }

    /// How long content becomes; none where it is too long for the cipher.
    pub(super) fn sealed_length(self, plain: u64) -> Option<u64> {
        match self {
            Cipher::Aes256Cbc => (plain / BLOCK as u64 + 1).checked_mul(BLOCK as u64),
            Cipher::Aes256Gcm => (plain <= GCM_MOST).then_some(plain),
        }
    }

    pub(super) fn of_library(self) -> symm::Cipher {
        match self {
            Cipher::Aes256Cbc => symm::Cipher::aes_256_cbc(),
            Cipher::Aes256Gcm => symm::Cipher::aes_256_gcm(),
        }
    }
}

fn null() -> Vec<u8> {
    der::value(NULL, &[])
}

/// OAEP with one hash for both of its uses, and no label.
fn oaep(hash: &[u8]) -> Vec<u8> {
    let mask = der::value(SEQUENCE, &[oid::MGF1, hash]);
    let settings = [der::value(CONTEXT_0, &[hash]), der::value(CONTEXT_1, &[&mask])].concat();
    der::value(SEQUENCE, &[oid::RSA_OAEP, &der::value(SEQUENCE, &[&settings])])
}

/// The AlgorithmIdentifier of SHA-256.
pub(super) fn sha256_identifier() -> Vec<u8> {
    der::value(SEQUENCE, &[oid::SHA256])
}

/// Whether an AlgorithmIdentifier is this algorithm, with a NULL or without.
pub(super) fn is_algorithm(identifier: &[u8], name: &[u8]) -> bool {
    [der::value(SEQUENCE, &[name]), der::value(SEQUENCE, &[name, &null()])]
        .iter()
        .any(|one| one == identifier)
}

/// The AlgorithmIdentifier of RSA PKCS#1 v1.5, for a signature as for a key.
pub(super) fn rsa_identifier() -> Vec<u8> {
    der::value(SEQUENCE, &[oid::RSA, &null()])
}
