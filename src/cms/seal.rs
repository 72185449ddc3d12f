//! Sealing: SignedData inside EnvelopedData, or inside AuthEnvelopedData for GCM; DER, in bounded memory.
//!
//! The content is read twice: once for its digest and length, from which everything around it follows, and once to
//! pass through the cipher. What it was the first time it must be the second time.

use std::io::{Read, Seek, SeekFrom, Write};

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey_ctx::PkeyCtx;
use openssl::rand::rand_bytes;
use openssl::sha::Sha256;
use openssl::sign::Signer;
use openssl::symm::{Crypter, Mode};
use zeroize::Zeroizing;

use super::attributes;
use super::certificate::Certificate;
use super::der::{self, Around, CONTEXT_0, OCTETS, PIECE_0, SEQUENCE, SET};
use super::error::CmsError;
use super::form::{BLOCK, Cipher, Form, TAG_LENGTH, Transport, rsa_identifier, sha256_identifier};
use super::keys::Identity;
use super::oid;
use crate::moves::Moment;

/// Bytes at a time.
const PIECE: usize = 16 * 1024;

/// The key of one bundle's content, with its nonce.
struct ContentKey {
    cipher: Cipher,
    key: Zeroizing<[u8; 32]>,
    nonce: Vec<u8>,
}

/// Seals content for one receiver. `signed_at` is what the signature says, in whole seconds.
///
/// # Errors
/// When the content cannot be read or changes, when `out` fails, or when the library refuses a key.
pub fn seal(
    content: &mut (impl Read + Seek),
    out: &mut impl Write,
    signer: &Identity,
    receiver: &Certificate,
    form: Form,
    signed_at: Moment,
) -> Result<(), CmsError> {
    content.rewind().map_err(CmsError::Read)?;
    let (length, digest) = pour(content, |_| Ok(()))?;
    let signed = signed(length, &digest, signer, signed_at)?;
    let key = ContentKey::new(form.cipher)?;
    let sealed = sealed(signed.length(), &key, receiver, form.transport)?;
    content.seek(SeekFrom::Start(0)).map_err(CmsError::Read)?;

    out.write_all(&sealed.before).map_err(CmsError::Write)?;
    let mut encrypting = Encrypting::new(&key, out)?;
    encrypting.take(&signed.before)?;
    let again = pour(content, |piece| encrypting.take(piece))?;
    if again != (length, digest) {
        return Err(CmsError::Changed);
    }
    encrypting.take(&signed.after)?;
    let tag = encrypting.finish()?;
    let rest = sealed.after.len() - tag.len();
    out.write_all(&sealed.after[..rest]).and_then(|()| out.write_all(&tag)).map_err(CmsError::Write)
}

/// Passes content on piece by piece, and gives its length and digest.
fn pour(
    content: &mut impl Read,
    mut take: impl FnMut(&[u8]) -> Result<(), CmsError>,
) -> Result<(u64, [u8; 32]), CmsError> {
    let mut buffer = Zeroizing::new(vec![0; PIECE]);
    let (mut length, mut hasher) = (0, Sha256::new());
    loop {
        let read = match content.read(&mut buffer) {
            Ok(0) => return Ok((length, hasher.finish())),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            read => read.map_err(CmsError::Read)?,
        };
        length += read as u64;
        hasher.update(&buffer[..read]);
        take(&buffer[..read])?;
    }
}

/// SignedData around content of this length and digest.
fn signed(
    length: u64,
    digest: &[u8; 32],
    signer: &Identity,
    signed_at: Moment,
) -> Result<Around, ErrorStack> {
    let certificates: Vec<&Certificate> =
        std::iter::once(signer.certificate()).chain(signer.chain()).collect();
    let attributes = attributes::write(digest, signed_at, &certificates);
    let signer_info = signer_info(signer, attributes)?;
    let certificates = certificates.iter().map(|certificate| certificate.der().to_vec()).collect();
    Ok(Around::content(length)
        .wrapped(OCTETS)
        .wrapped(CONTEXT_0)
        .preceded_by(&[oid::DATA])
        .wrapped(SEQUENCE)
        .preceded_by(&[&der::small(1), &der::value(SET, &[&sha256_identifier()])])
        .followed_by(&[&der::set_of(CONTEXT_0, certificates), &der::value(SET, &[&signer_info])])
        .wrapped(SEQUENCE)
        .wrapped(CONTEXT_0)
        .preceded_by(&[oid::SIGNED_DATA])
        .wrapped(SEQUENCE))
}

/// SignerInfo; the attributes are signed as a set and stand in it under another tag.
fn signer_info(signer: &Identity, mut attributes: Vec<u8>) -> Result<Vec<u8>, ErrorStack> {
    let signature = Signer::new(MessageDigest::sha256(), signer.key())?.sign_oneshot_to_vec(&attributes)?;
    attributes[0] = CONTEXT_0;
    let parts: [&[u8]; 6] = [
        &der::small(1),
        signer.certificate().issuer_and_serial(),
        &sha256_identifier(),
        &attributes,
        &rsa_identifier(),
        &der::value(OCTETS, &[&signature]),
    ];
    Ok(der::value(SEQUENCE, &parts))
}

/// EnvelopedData or AuthEnvelopedData around what is encrypted. The tag of the latter is the last there is; zeros
/// stand for it here.
fn sealed(
    plain: u64,
    key: &ContentKey,
    receiver: &Certificate,
    transport: Transport,
) -> Result<Around, CmsError> {
    let length = key.cipher.sealed_length(plain).ok_or(CmsError::TooLarge)?;
    let recipient = recipient_info(key, receiver, transport)?;
    let (name, tag) = match key.cipher {
        Cipher::Aes256Cbc => (oid::ENVELOPED_DATA, Vec::new()),
        Cipher::Aes256Gcm => (oid::AUTH_ENVELOPED_DATA, der::value(OCTETS, &[&[0; TAG_LENGTH]])),
    };
    Ok(Around::content(length)
        .wrapped(PIECE_0)
        .preceded_by(&[oid::DATA, &key.cipher.identifier(&key.nonce)])
        .wrapped(SEQUENCE)
        .preceded_by(&[&der::small(0), &der::value(SET, &[&recipient])])
        .followed_by(&[&tag])
        .wrapped(SEQUENCE)
        .wrapped(CONTEXT_0)
        .preceded_by(&[name])
        .wrapped(SEQUENCE))
}

/// KeyTransRecipientInfo: the content's key, for the receiver's key.
fn recipient_info(
    key: &ContentKey,
    receiver: &Certificate,
    transport: Transport,
) -> Result<Vec<u8>, CmsError> {
    let public = receiver.rsa_key().ok_or(CmsError::Unsupported)?;
    let mut context = PkeyCtx::new(&public)?;
    context.encrypt_init()?;
    transport.set(&mut context)?;
    let mut wrapped = Vec::new();
    context.encrypt_to_vec(&key.key[..], &mut wrapped)?;
    let parts: [&[u8]; 4] = [
        &der::small(0),
        receiver.issuer_and_serial(),
        &transport.identifier(),
        &der::value(OCTETS, &[&wrapped]),
    ];
    Ok(der::value(SEQUENCE, &parts))
}

impl ContentKey {
    /// A new one, from the system's randomness.
    fn new(cipher: Cipher) -> Result<Self, ErrorStack> {
        let mut key = Zeroizing::new([0; 32]);
        let mut nonce = vec![0; cipher.nonce_length()];
        rand_bytes(&mut key[..])?;
        rand_bytes(&mut nonce)?;
        Ok(ContentKey { cipher, key, nonce })
    }
}

/// A sink that encrypts what passes.
struct Encrypting<'a, W> {
    crypter: Crypter,
    cipher: Cipher,
    out: &'a mut W,
    buffer: Vec<u8>,
}

impl<'a, W: Write> Encrypting<'a, W> {
    fn new(key: &ContentKey, out: &'a mut W) -> Result<Self, ErrorStack> {
        let cipher = key.cipher.of_library();
        let crypter = Crypter::new(cipher, Mode::Encrypt, &key.key[..], Some(&key.nonce))?;
        Ok(Encrypting { crypter, cipher: key.cipher, out, buffer: vec![0; PIECE + BLOCK] })
    }

    fn take(&mut self, plain: &[u8]) -> Result<(), CmsError> {
        for piece in plain.chunks(PIECE) {
            let done = self.crypter.update(piece, &mut self.buffer)?;
            self.out.write_all(&self.buffer[..done]).map_err(CmsError::Write)?;
        }
        Ok(())
    }

    /// Ends, and gives the tag where the cipher has one.
    fn finish(mut self) -> Result<Vec<u8>, CmsError> {
        let done = self.crypter.finalize(&mut self.buffer)?;
        self.out.write_all(&self.buffer[..done]).map_err(CmsError::Write)?;
        let mut tag = match self.cipher {
            Cipher::Aes256Cbc => return Ok(Vec::new()),
            Cipher::Aes256Gcm => vec![0; TAG_LENGTH],
        };
        self.crypter.get_tag(&mut tag)?;
        Ok(tag)
    }
}
