//! Bundles: sealed here and opened there, sealed there and opened here, and changed on the way.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use rayon::prelude::*;

use crate::cms::fixture::{Outcome, night, openssl, pki, write, write_roots};
use crate::cms::{Cipher, CmsError, Form, Identity, Transport, open, seal};

const FORMS: [Form; 4] = [
    Form { transport: Transport::Pkcs1, cipher: Cipher::Aes256Cbc },
    Form { transport: Transport::Oaep, cipher: Cipher::Aes256Cbc },
    Form { transport: Transport::Pkcs1, cipher: Cipher::Aes256Gcm },
    Form { transport: Transport::Oaep, cipher: Cipher::Aes256Gcm },
];

fn sealed(content: &[u8], form: Form) -> Outcome<Vec<u8>> {
    let pki = pki()?;
    let (signer, receiver) = (pki.service.identity(&[&pki.between])?, pki.receiver.certificate()?);
    let mut out = Vec::new();
    seal(&mut Cursor::new(content), &mut out, &signer, &receiver, form, night())?;
    Ok(out)
}

fn opened(sealed: &[u8], key: &Identity) -> Result<Vec<u8>, CmsError> {
    let mut out = Vec::new();
    open(&mut &sealed[..], &mut out, key).map(|_| out)
}

/// A receiver's files for the openssl command, and how they are named.
struct Files {
    folder: tempfile::TempDir,
    key: String,
    certificate: String,
    signer_key: String,
    signer: String,
    root: String,
    between: String,
}

impl Files {
    fn write() -> Outcome<Self> {
        let (folder, pki) = (tempfile::tempdir()?, pki()?);
        let at = folder.path();
        let named = |path: &Path| path.to_string_lossy().into_owned();
        let (key, certificate) =
            (pki.receiver.write_key(at, "key.pem")?, pki.receiver.write_certificate(at, "receiver.pem")?);
        let (signer_key, signer) =
            (pki.service.write_key(at, "signer-key.pem")?, pki.service.write_certificate(at, "signer.pem")?);
        let root = write_roots(at)?.join("rot.pem");
        let between = pki.between.write_certificate(at, "between.pem")?;
        Ok(Files {
            key: named(&key),
            certificate: named(&certificate),
            signer_key: named(&signer_key),
            signer: named(&signer),
            root: named(&root),
            between: named(&between),
            folder,
        })
    }

    fn at(&self, name: &str) -> String {
        self.folder.path().join(name).to_string_lossy().into_owned()
    }
}

#[test]
fn openssl_opens_every_form_and_gives_the_content_back() -> Outcome {
    let files = Files::write()?;
    let content: Vec<u8> = (0..70_001_u32).map(|at| (at % 251) as u8).collect();
    for form in FORMS {
        for content in [&content[..], &content[..1], b""] {
            write(files.folder.path(), "sealed.p7m", &sealed(content, form)?)?;
            let (bundle, signed, out) = (files.at("sealed.p7m"), files.at("signed.p7m"), files.at("out"));
            let decrypt = [
                "cms",
                "-decrypt",
                "-inform",
                "DER",
                "-in",
                &bundle,
                "-inkey",
                &files.key,
                "-recip",
                &files.certificate,
                "-out",
                &signed,
            ];
            let Some(decrypted) = openssl(&decrypt)? else { return Ok(()) };
            assert!(decrypted.status.success(), "{form:?}: {}", String::from_utf8_lossy(&decrypted.stderr));
            // -cades: the certificates that the signature names are checked too.
            let verify = [
                "cms",
                "-verify",
                "-binary",
                "-inform",
                "DER",
                "-in",
                &signed,
                "-CAfile",
                &files.root,
                "-purpose",
                "any",
                "-cades",
                "-attime",
                "1795309200",
                "-out",
                &out,
            ];
            let Some(verified) = openssl(&verify)? else { return Ok(()) };
            assert!(verified.status.success(), "{form:?}: {}", String::from_utf8_lossy(&verified.stderr));
            assert!(std::fs::read(&out)? == content, "{form:?}: {} bytes", content.len());
        }
    }
    Ok(())
}

#[test]
fn what_openssl_sealed_is_opened() -> Outcome {
    let files = Files::write()?;
    let key = pki()?.receiver.identity(&[])?;
    let content: Vec<u8> = (0..200_000_u32).map(|at| (at % 253) as u8).collect();
    write(files.folder.path(), "content", &content)?;
    let oaep = ["rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256", "-keyopt", "rsa_mgf1_md:sha256"];
    let table: [(&str, &str, &[&str], &[&str]); 5] = [
        ("cbc", "-aes256", &[], &[]),
        ("streamed", "-aes256", &["-stream"], &["-stream"]),
        ("oaep", "-aes256", &[], &["-keyopt"]),
        ("gcm", "-aes-256-gcm", &[], &[]),
        ("gcm, streamed", "-aes-256-gcm", &["-stream"], &["-stream"]),
    ];
    for (name, cipher, sign_extra, encrypt_extra) in table {
        let (content_at, signed, bundle) = (files.at("content"), files.at("signed"), files.at("sealed"));
        let mut sign = vec!["cms", "-sign", "-nodetach", "-binary", "-md", "sha256", "-outform", "DER"];
        sign.extend(["-in", &content_at, "-signer", &files.signer, "-inkey", &files.signer_key]);
        sign.extend(["-certfile", &files.between, "-out", &signed]);
        sign.extend(sign_extra);
        let mut encrypt = vec!["cms", "-encrypt", "-binary", "-outform", "DER", cipher, "-in", &signed];
        encrypt.extend(["-out", &bundle, "-recip", &files.certificate]);
        encrypt.extend(encrypt_extra);
        if name == "oaep" {
            encrypt.extend(oaep);
        }
        for arguments in [&sign, &encrypt] {
            let Some(done) = openssl(arguments)? else { return Ok(()) };
            assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
        }
        let found = opened(&std::fs::read(&bundle)?, &key);
        assert!(found.as_ref().is_ok_and(|found| *found == content), "{name}: {:?}", found.map(|_| ()));
    }
    Ok(())
}

#[test]
fn what_is_opened_says_who_signed_it_and_when() -> Outcome {
    let pki = pki()?;
    for form in FORMS {
        let bundle = sealed(b"content", form)?;
        let mut out = Vec::new();
        let opened = open(&mut &bundle[..], &mut out, &pki.receiver.identity(&[])?)?;
        assert_eq!(out, b"content", "{form:?}");
        assert_eq!(opened.signer, pki.service.certificate()?);
        assert_eq!(opened.chain, [pki.between.certificate()?]);
        assert_eq!(opened.signed_at, Some(night()));
    }
    Ok(())
}

#[test]
fn a_changed_byte_anywhere_fails() -> Outcome {
    let key = pki()?.receiver.identity(&[])?;
    for form in [FORMS[0], FORMS[3]] {
        let bundle = sealed(b"a small bundle, with some content", form)?;
        (0..bundle.len()).into_par_iter().for_each(|at| {
            let (mut changed, change) = (bundle.clone(), [0x01, 0x20, 0xff][at % 3]);
            changed[at] ^= change;
            assert!(opened(&changed, &key).is_err(), "{form:?}: byte {at} with {change:x}");
        });
        (0..bundle.len()).into_par_iter().step_by(7).for_each(|at| {
            assert!(opened(&bundle[..at], &key).is_err(), "{form:?}: cut at {at}");
        });
        assert!(opened(&[&bundle[..], b"\0"].concat(), &key).is_err(), "{form:?}: longer");
    }
    Ok(())
}

#[test]
fn failures_behind_the_key_look_alike() -> Outcome {
    let key = pki()?.receiver.identity(&[])?;
    let form = FORMS[0];
    let bundle = sealed(&[7; 4000], form)?;
    // Padding, signature, content, the content's key.
    for at in [bundle.len() - 1, bundle.len() - 40, bundle.len() - 3000, 300] {
        let mut changed = bundle.clone();
        changed[at] ^= 1;
        assert!(matches!(opened(&changed, &key), Err(CmsError::Broken)), "byte {at}");
    }
    Ok(())
}

#[test]
fn another_key_fails() -> Outcome {
    let pki = pki()?;
    let bundle = sealed(b"content", FORMS[0])?;
    assert!(matches!(opened(&bundle, &pki.other.identity(&[])?), Err(CmsError::OtherReceiver)));
    assert!(matches!(opened(b"PK\x03\x04 a zip", &pki.other.identity(&[])?), Err(CmsError::Malformed)));
    assert!(matches!(opened(b"", &pki.other.identity(&[])?), Err(CmsError::Malformed)));
    Ok(())
}

/// What stands outside of the cipher and comes from anybody: garbled, it is refused and breaks nothing.
#[test]
fn garbled_headers_break_nothing() -> Outcome {
    let key = pki()?.receiver.identity(&[])?;
    let bundle = sealed(b"content", FORMS[0])?;
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..2000 {
        let mut garbled = bundle.clone();
        for _ in 0..3 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let bytes = seed.to_le_bytes();
            garbled[usize::from(u16::from_le_bytes([bytes[0], bytes[1]])) % 180] = bytes[2];
        }
        assert!(garbled == bundle || opened(&garbled, &key).is_err(), "round {round}");
    }
    Ok(())
}

/// Content that is nowhere: bytes that follow from their place.
struct Made {
    at: u64,
    length: u64,
}

impl Read for Made {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = into.len().min(usize::try_from(self.length - self.at).unwrap_or(usize::MAX));
        for (byte, at) in into[..read].iter_mut().zip(self.at..) {
            *byte = (at % 241) as u8;
        }
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Made {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Start(at) = to else { return Err(io::ErrorKind::Unsupported.into()) };
        self.at = at;
        Ok(at)
    }
}

/// A sink that checks what [`Made`] makes, and keeps nothing.
struct Checked {
    at: u64,
    same: bool,
}

impl io::Write for Checked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.same &= bytes.iter().zip(self.at..).all(|(byte, at)| *byte == (at % 241) as u8);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn large_content_passes_through() -> Outcome {
    let pki = pki()?;
    let (signer, receiver) = (pki.service.identity(&[])?, pki.receiver.certificate()?);
    let length = 64 << 20;
    for form in [FORMS[0], FORMS[3]] {
        let mut file = tempfile::tempfile()?;
        seal(&mut Made { at: 0, length }, &mut file, &signer, &receiver, form, night())?;
        file.rewind()?;
        let mut out = Checked { at: 0, same: true };
        open(&mut file, &mut out, &pki.receiver.identity(&[])?)?;
        assert!(out.same && out.at == length, "{form:?}");
    }
    Ok(())
}

/// Content that is longer when it is read again.
struct Growing(Made);

impl Read for Growing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Seek for Growing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.length += 1;
        self.0.seek(to)
    }
}

#[test]
fn content_that_changes_while_it_is_sealed_is_not_sealed() -> Outcome {
    let pki = pki()?;
    let (signer, receiver) = (pki.service.identity(&[])?, pki.receiver.certificate()?);
    let mut content = Growing(Made { at: 0, length: 10 });
    let sealed = seal(&mut content, &mut io::sink(), &signer, &receiver, FORMS[0], night());
    assert!(matches!(sealed, Err(CmsError::Changed)));
    Ok(())
}
