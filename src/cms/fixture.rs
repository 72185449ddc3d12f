//! Keys and certificates for tests, made once for each test run; valid from 2026 to 2056 where not said otherwise.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::x509::extension::{AuthorityKeyIdentifier, BasicConstraints, KeyUsage, SubjectKeyIdentifier};
use openssl::x509::{X509, X509CrlBuilder, X509Extension, X509Name, X509RevokedBuilder};

use super::certificate::Certificate;
use super::form::{Cipher, Form, Transport};
use super::keys::Identity;
use super::seal::seal;
use crate::moves::Moment;

/// What tests give back.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// A key with its certificate.
#[derive(Clone)]
pub(crate) struct Holder {
    pub(crate) key: PKey<Private>,
    pub(crate) x509: X509,
}

/// Everybody who has a key.
pub(crate) struct Pki {
    pub(crate) root: Holder,
    pub(crate) between: Holder,
    /// Signs; under `between`.
    pub(crate) service: Holder,
    /// Opens; under `between`.
    pub(crate) receiver: Holder,
    /// Opens what is sealed for it, and nothing else.
    pub(crate) other: Holder,
    pub(crate) expired: Holder,
    pub(crate) not_yet: Holder,
    pub(crate) revoked: Holder,
    /// With a key of 1024 bits.
    pub(crate) weak: Holder,
    /// Under an authority whose own certificate expired in 2030.
    pub(crate) of_expired_issuer: Holder,
    /// Under an authority that is none: its certificate lacks the basic constraints.
    pub(crate) of_no_authority: Holder,
    pub(crate) no_authority: Holder,
    pub(crate) expired_issuer: Holder,
    /// Nobody stands behind it.
    pub(crate) stranger: Holder,
}

/// How a certificate is made.
struct Wanted<'a> {
    name: &'a str,
    bits: u32,
    authority: bool,
    signs: bool,
    encrypts: bool,
    years: (&'a str, &'a str),
}

const LONG: (&str, &str) = ("20260101000000Z", "20560101000000Z");

/// The moment most tests play at.
pub(crate) fn night() -> Moment {
    "2026-11-22T01:00:00Z".parse().unwrap_or_default()
}

/// Everybody, made once.
pub(crate) fn pki() -> Result<&'static Pki, String> {
    static PKI: OnceLock<Result<Pki, String>> = OnceLock::new();
    PKI.get_or_init(|| make().map_err(|error| error.to_string())).as_ref().map_err(Clone::clone)
}

fn make() -> Result<Pki, ErrorStack> {
    let authority = |name| Wanted { name, authority: true, ..Wanted::signing("") };
    let root = holder(&authority("Testrot"), None)?;
    let between = holder(&authority("Testutsteder"), Some(&root))?;
    let under = Some(&between);
    let expired_issuer = holder(
        &Wanted { years: ("20260101000000Z", "20300101000000Z"), ..authority("Gammel utsteder") },
        Some(&root),
    )?;
    let no_authority = holder(&Wanted::signing("Ingen utsteder"), under)?;
    Ok(Pki {
        service: holder(&Wanted::signing("Migrasjonshelse Ås"), under)?,
        receiver: holder(&Wanted::encrypting("Kommuneoverlegen"), under)?,
        other: holder(&Wanted::encrypting("En annen"), under)?,
        expired: holder(&Wanted { years: ("20260101000000Z", "20260601000000Z"), ..both("Utløpt") }, under)?,
        not_yet: holder(
            &Wanted { years: ("20500101000000Z", "20560101000000Z"), ..both("Ikke ennå") },
            under,
        )?,
        revoked: holder(&both("Tilbakekalt"), under)?,
        weak: holder(&Wanted { bits: 1024, ..both("Svak") }, under)?,
        of_expired_issuer: holder(&both("Under gammel"), Some(&expired_issuer))?,
        of_no_authority: holder(&both("Under ingen"), Some(&no_authority))?,
        stranger: holder(&both("Fremmed"), None)?,
        root,
        between,
        no_authority,
        expired_issuer,
    })
}

fn both(name: &str) -> Wanted<'_> {
    Wanted { encrypts: true, ..Wanted::signing(name) }
}

impl<'a> Wanted<'a> {
    fn signing(name: &'a str) -> Self {
        Wanted { name, bits: 2048, authority: false, signs: true, encrypts: false, years: LONG }
    }

    fn encrypting(name: &'a str) -> Self {
        Wanted { signs: false, encrypts: true, ..Wanted::signing(name) }
    }
}

fn holder(wanted: &Wanted<'_>, issuer: Option<&Holder>) -> Result<Holder, ErrorStack> {
    static SERIAL: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0x80_0001);
    let key = PKey::from_rsa(Rsa::generate(wanted.bits)?)?;
    let mut name = X509Name::builder()?;
    name.append_entry_by_text("C", "NO")?;
    name.append_entry_by_text("O", "Ås kommune (test)")?;
    name.append_entry_by_text("CN", wanted.name)?;
    let name = name.build();
    let serial = SERIAL.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut builder = X509::builder()?;
    builder.set_version(2)?;
    builder.set_serial_number(&*Asn1Integer::from_bn(&*BigNum::from_u32(serial)?)?)?;
    builder.set_subject_name(&name)?;
    builder.set_issuer_name(issuer.map_or(&*name, |issuer| issuer.x509.subject_name()))?;
    builder.set_pubkey(&key)?;
    builder.set_not_before(&*Asn1Time::from_str(wanted.years.0)?)?;
    builder.set_not_after(&*Asn1Time::from_str(wanted.years.1)?)?;
    let mut usage = KeyUsage::new();
    usage.critical();
    if wanted.authority {
        builder.append_extension(BasicConstraints::new().critical().ca().build()?)?;
        usage.key_cert_sign().crl_sign();
    } else if wanted.signs {
        usage.digital_signature();
    }
    if wanted.encrypts {
        usage.key_encipherment();
    }
    builder.append_extension(usage.build()?)?;
    let context = builder.x509v3_context(issuer.map(|issuer| &*issuer.x509), None);
    let subject_key = SubjectKeyIdentifier::new().build(&context)?;
    builder.append_extension(subject_key)?;
    if let Some(issuer) = issuer {
        let context = builder.x509v3_context(Some(&issuer.x509), None);
        let authority_key = AuthorityKeyIdentifier::new().keyid(true).build(&context)?;
        builder.append_extension(authority_key)?;
    }
    builder.sign(issuer.map_or(&*key, |issuer| &*issuer.key), MessageDigest::sha256())?;
    Ok(Holder { key, x509: builder.build() })
}

impl Holder {
    pub(crate) fn certificate(&self) -> Outcome<Certificate> {
        Ok(Certificate::from_der(&self.x509.to_der()?)?)
    }

    /// Its key with its certificate, and those of others behind it.
    pub(crate) fn identity(&self, chain: &[&Holder]) -> Outcome<Identity> {
        let mut certificates = vec![self.certificate()?];
        for other in chain {
            certificates.push(other.certificate()?);
        }
        Ok(Identity::of(self.key.clone(), certificates)?)
    }

    /// Writes its key as PEM.
    pub(crate) fn write_key(&self, folder: &Path, name: &str) -> Outcome<PathBuf> {
        write(folder, name, &self.key.private_key_to_pem_pkcs8()?)
    }

    /// Writes its certificate as PEM.
    pub(crate) fn write_certificate(&self, folder: &Path, name: &str) -> Outcome<PathBuf> {
        write(folder, name, &self.x509.to_pem()?)
    }

    /// A list of what it revoked, as PEM, with the time of the next update.
    pub(crate) fn revocation_list(&self, revoked: &[&Holder], next_update: &str) -> Outcome<Vec<u8>> {
        let mut builder = X509CrlBuilder::new()?;
        builder.set_issuer_name(self.x509.subject_name())?;
        builder.set_last_update(&*Asn1Time::from_str("20260101000000Z")?)?;
        builder.set_next_update(&*Asn1Time::from_str(next_update)?)?;
        for one in revoked {
            let mut entry = X509RevokedBuilder::new()?;
            entry.set_serial_number(one.x509.serial_number())?;
            entry.set_revocation_date(&*Asn1Time::from_str("20260601000000Z")?)?;
            builder.add_revoked(entry.build())?;
        }
        let mut builder_with = X509::builder()?;
        builder_with.set_pubkey(&self.key)?;
        let context = builder_with.x509v3_context(Some(&self.x509), None);
        builder.append_extension(AuthorityKeyIdentifier::new().keyid(true).build(&context)?)?;
        builder.append_extension(X509Extension::new_from_der(
            &*openssl::asn1::Asn1Object::from_str("2.5.29.20")?,
            false,
            &*openssl::asn1::Asn1OctetString::new_from_bytes(&[2, 1, 1])?,
        )?)?;
        builder.sign(&self.key, MessageDigest::sha256())?;
        Ok(builder.build()?.to_pem()?)
    }
}

/// Content sealed by the service for the receiver at this time.
pub(crate) fn sealed(content: &[u8], at: Moment) -> Outcome<Vec<u8>> {
    let (pki, mut out) = (pki()?, Vec::new());
    let form = Form { transport: Transport::Pkcs1, cipher: Cipher::Aes256Cbc };
    let signer = pki.service.identity(&[&pki.between])?;
    seal(&mut Cursor::new(content), &mut out, &signer, &pki.receiver.certificate()?, form, at)?;
    Ok(out)
}

/// A folder `roots` with the root in it.
pub(crate) fn write_roots(folder: &Path) -> Outcome<PathBuf> {
    let roots = folder.join("roots");
    fs::create_dir_all(&roots)?;
    pki()?.root.write_certificate(&roots, "rot.pem")?;
    Ok(roots)
}

/// Writes a file and gives its path.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> Outcome<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, bytes)?;
    Ok(path)
}

/// The openssl command with these arguments; none where it is not installed, and then that is said.
pub(crate) fn openssl(arguments: &[&str]) -> Outcome<Option<std::process::Output>> {
    match std::process::Command::new("openssl").args(arguments).output() {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("skipped: the openssl command is not installed");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}
