//! Opening: a sealed bundle passes through the receiver's key into a sink, and nothing is believed before its end.
//!
//! Reads what `seal` writes and what `openssl cms` writes with the same algorithms, streamed or not. A key that does
//! not open it gives another key in its stead, so that this failure is found no sooner than any other.

use std::io::{self, BufReader, ErrorKind, Read, Write};

use openssl::error::ErrorStack;
use openssl::pkey_ctx::PkeyCtx;
use openssl::rand::rand_bytes;
use openssl::symm::{Crypter, Mode};
use zeroize::Zeroizing;

use super::der::{self, CONTEXT_0, OBJECT, OCTETS, PIECE_0, SEQUENCE, SET};
use super::error::CmsError;
use super::form::{BLOCK, Cipher, TAG_LENGTH, Transport};
use super::keys::Identity;
use super::oid;
use super::read::{Octets, ReadError, Reader, Slice};
use super::signed::{self, Inside, Opened};

/// The longest word about a receiver, bytes.
const LONGEST: usize = 64 << 10;
/// The most receivers of one bundle; ours have one.
const MOST: usize = 64;
/// Bytes at a time.
const PIECE: usize = 16 * 1024;

/// Opens a bundle with the receiver's key. What is written to `out` is to be believed only when this returns well:
/// let it be a file that nobody looks at before.
///
/// # Errors
/// [`CmsError::Broken`] for everything behind the key; what is wrong before it, or with the streams, by its name.
pub fn open(sealed: &mut impl Read, out: &mut impl Write, key: &Identity) -> Result<Opened, CmsError> {
    let mut outer = Reader::new(BufReader::with_capacity(PIECE, sealed));
    outer.enter(SEQUENCE)?;
    let cipher = match outer.whole(LONGEST)?.as_slice() {
        oid::ENVELOPED_DATA => Cipher::Aes256Cbc,
        oid::AUTH_ENVELOPED_DATA => Cipher::Aes256Gcm,
        other if other.first() == Some(&OBJECT) => return Err(CmsError::Unsupported),
        _ => return Err(CmsError::Malformed),
    };
    outer.enter(CONTEXT_0)?;
    outer.enter(SEQUENCE)?;
    outer.expect(&der::small(0)).map_err(|_| CmsError::Unsupported)?;
    let wrapped = for_us(&mut outer, key)?;
    outer.enter(SEQUENCE)?;
    outer.expect(oid::DATA)?;
    let nonce = cipher.nonce_of(&outer.whole(LONGEST)?)?.ok_or(CmsError::Unsupported)?;
    let content_key = wrapped.unwrap(key)?;
    let crypter = Crypter::new(cipher.of_library(), Mode::Decrypt, &content_key[..], Some(&nonce))?;
    let octets = outer.enter_octets(PIECE_0)?;

    let mut inside = Decrypting::new(&mut outer, octets, crypter, cipher);
    let opened = signed::read(&mut inside, out).map_err(told)?;
    let crypter = inside.crypter;
    outer.leave()?;
    if cipher == Cipher::Aes256Gcm {
        check_tag(&mut outer, crypter)?;
    }
    for _ in 0..3 {
        outer.leave()?;
    }
    outer.finish()?;
    Ok(opened)
}

/// All that can be wrong behind the key is one error; only the streams' own are others.
fn told(inside: Inside) -> CmsError {
    match inside {
        Inside::Source(error) if error.kind() == ErrorKind::InvalidData => CmsError::Broken,
        Inside::Source(error) => CmsError::Read(error),
        Inside::Write(error) => CmsError::Write(error),
        Inside::Broken => CmsError::Broken,
    }
}

/// The content's key as it came.
struct Wrapped {
    transport: Transport,
    bytes: Vec<u8>,
}

/// Looks through the receivers for the owner of this key.
fn for_us<R: Read>(outer: &mut Reader<R>, key: &Identity) -> Result<Wrapped, CmsError> {
    let mut ours = None;
    outer.enter(SET)?;
    for _ in 0..=MOST {
        if outer.peek()?.is_none() {
            outer.leave()?;
            return ours.ok_or(CmsError::OtherReceiver);
        }
        let found = recipient(&outer.whole(LONGEST)?, key)?;
        ours = ours.or(found);
    }
    Err(CmsError::Unsupported)
}

/// One receiver; none when it is another, or is named in a way that is not read.
fn recipient(info: &[u8], key: &Identity) -> Result<Option<Wrapped>, CmsError> {
    let mut bytes = Slice::new(info);
    if bytes.peek() != Some(SEQUENCE) {
        return Ok(None);
    }
    let mut parts = bytes.enter(SEQUENCE)?;
    let version = parts.whole()?;
    if parts.whole()? != key.certificate().issuer_and_serial() {
        return Ok(None);
    }
    let transport = Transport::named(parts.whole()?).filter(|_| version == der::small(0));
    let transport = transport.ok_or(CmsError::Unsupported)?;
    let bytes = parts.next(OCTETS)?.to_vec();
    parts.finish()?;
    Ok(Some(Wrapped { transport, bytes }))
}

impl Wrapped {
    /// The content's key, or where this one does not open it a random one.
    fn unwrap(&self, key: &Identity) -> Result<Zeroizing<[u8; 32]>, ErrorStack> {
        let mut out = Zeroizing::new([0; 32]);
        rand_bytes(&mut out[..])?;
        let mut context = PkeyCtx::new(key.key())?;
        context.decrypt_init()?;
        self.transport.set(&mut context)?;
        let mut found = Zeroizing::new(Vec::new());
        if context.decrypt_to_vec(&self.bytes, &mut found).is_ok() && found.len() == out.len() {
            out.copy_from_slice(&found);
        }
        Ok(out)
    }
}

fn check_tag<R: Read>(outer: &mut Reader<R>, mut crypter: Crypter) -> Result<(), CmsError> {
    let mac = outer.whole(TAG_LENGTH + 2)?;
    let tag = Slice::new(&mac).next(OCTETS)?;
    if tag.len() != TAG_LENGTH {
        return Err(CmsError::Malformed);
    }
    let mut rest = [0; BLOCK];
    crypter.set_tag(tag).and_then(|()| crypter.finalize(&mut rest)).map_err(|_| CmsError::Broken)?;
    Ok(())
}

/// What is inside, decrypted while it is read. What the cipher refuses is told as invalid data.
struct Decrypting<'a, R> {
    outer: &'a mut Reader<R>,
    octets: Octets,
    crypter: Crypter,
    cipher: Cipher,
    sealed: Vec<u8>,
    plain: Zeroizing<Vec<u8>>,
    /// The part of `plain` that is still to be read.
    ready: std::ops::Range<usize>,
    over: bool,
}

impl<'a, R: Read> Decrypting<'a, R> {
    fn new(outer: &'a mut Reader<R>, octets: Octets, crypter: Crypter, cipher: Cipher) -> Self {
        let (sealed, plain) = (vec![0; PIECE], Zeroizing::new(vec![0; PIECE + BLOCK]));
        Decrypting { outer, octets, crypter, cipher, sealed, plain, ready: 0..0, over: false }
    }

    fn next_piece(&mut self) -> io::Result<()> {
        let read =
            self.outer.read_octets(&mut self.octets, &mut self.sealed).map_err(|error| match error {
                ReadError::Source(error) => error,
                ReadError::Malformed => ErrorKind::InvalidData.into(),
            })?;
        let done = match (read, self.cipher) {
            (0, Cipher::Aes256Cbc) => self.crypter.finalize(&mut self.plain),
            // GCM keeps nothing back, and its tag comes after.
            (0, Cipher::Aes256Gcm) => Ok(0),
            _ => self.crypter.update(&self.sealed[..read], &mut self.plain),
        };
        self.over = read == 0;
        self.ready = 0..done.map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
        Ok(())
    }
}

impl<R: Read> Read for Decrypting<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.ready.is_empty() && !self.over {
            self.next_piece()?;
        }
        let read = into.len().min(self.ready.len());
        let start = self.ready.start;
        into[..read].copy_from_slice(&self.plain[start..start + read]);
        self.ready.start += read;
        Ok(read)
    }
}
