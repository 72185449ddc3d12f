//! Keys in every dress they come in, and everything that keeps one from being used.

use std::path::{Path, PathBuf};

use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkcs12::Pkcs12;
use openssl::pkey::PKey;
use openssl::stack::Stack;
use openssl::symm::Cipher;

use crate::cms::fixture::{Outcome, pki, write};
use crate::cms::{Certificate, Identity, KeyError, Passphrase};

const WORDS: &str = "hemmelig æøå";

fn passphrase(folder: &Path) -> Outcome<Passphrase> {
    Ok(Passphrase::from_file(&write(folder, "words", format!("{WORDS}\r\nmore\n").as_bytes())?)?)
}

#[test]
fn issuers_that_did_not_come_with_the_key_go_into_its_bundles() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (pki, between) = (pki()?, folder.path().join("between"));
    std::fs::create_dir(&between)?;
    pki.between.write_certificate(&between, "ca.pem")?;
    pki.stranger.write_certificate(&between, "other.pem")?;
    let alone = pki.service.identity(&[])?;
    assert!(alone.chain().is_empty());
    assert_eq!(alone.with_issuers_of(&between)?.chain(), [pki.between.certificate()?]);
    Ok(())
}

/// Every key file that should be read, each with whether it has its certificates in it.
fn good(folder: &Path) -> Outcome<Vec<(&'static str, PathBuf, bool)>> {
    let (holder, between) = (&pki()?.receiver, &pki()?.between);
    let (key, rsa) = (&holder.key, holder.key.rsa()?);
    let words = WORDS.as_bytes();
    let with = |bytes: Vec<u8>| -> Outcome<Vec<u8>> {
        Ok([
            between.x509.to_pem()?,
            b"Bag Attributes\n".to_vec(),
            bytes,
            holder.x509.to_pem()?,
            pki()?.root.x509.to_pem()?,
            pki()?.stranger.x509.to_pem()?,
        ]
        .concat())
    };
    let mut builder = Pkcs12::builder();
    builder.name("nøkkel").pkey(key).cert(&holder.x509);
    let mut chain = Stack::new()?;
    chain.push(between.x509.clone())?;
    builder.ca(chain);
    let modern = builder.build2(WORDS)?.to_der()?;
    Ok(vec![
        ("pkcs#8", write(folder, "1", &key.private_key_to_pem_pkcs8()?)?, false),
        ("traditional", write(folder, "2", &rsa.private_key_to_pem()?)?, false),
        (
            "protected pkcs#8",
            write(folder, "3", &key.private_key_to_pem_pkcs8_passphrase(Cipher::aes_256_cbc(), words)?)?,
            false,
        ),
        (
            "protected traditional",
            write(folder, "4", &rsa.private_key_to_pem_passphrase(Cipher::des_ede3_cbc(), words)?)?,
            false,
        ),
        ("with its certificates", write(folder, "5", &with(key.private_key_to_pem_pkcs8()?)?)?, true),
        ("pkcs#12", write(folder, "6", &modern)?, true),
    ])
}

#[test]
fn keys_are_read_in_every_dress() -> Outcome {
    let folder = tempfile::tempdir()?;
    let holder = &pki()?.receiver;
    let certificate = holder.write_certificate(folder.path(), "certificate.pem")?;
    let words = passphrase(folder.path())?;
    for (name, path, has_certificates) in good(folder.path())? {
        let certificate = (!has_certificates).then_some(certificate.as_path());
        let found =
            Identity::read(&path, certificate, Some(&words)).map_err(|error| format!("{name}: {error}"))?;
        assert_eq!(*found.certificate(), holder.certificate()?, "{name}");
        assert_eq!(found.chain().len(), usize::from(has_certificates), "{name}");
    }
    Ok(())
}

/// `openssl pkcs12 -export -legacy -name x -inkey … -in …`: RC2 for the certificate, 3DES for the key.
#[test]
fn a_legacy_pkcs12_is_read() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (at, holder) = (folder.path(), &pki()?.receiver);
    let (key, certificate) =
        (holder.write_key(at, "key.pem")?, holder.write_certificate(at, "certificate.pem")?);
    let words = write(at, "words", b"hemmelig\n")?;
    let out = at.join("legacy.p12");
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let pass = format!("file:{}", text(&words));
    let arguments = [
        "pkcs12",
        "-export",
        "-legacy",
        "-inkey",
        &text(&key),
        "-in",
        &text(&certificate),
        "-passout",
        &pass,
        "-out",
        &text(&out),
    ];
    let Some(made) = crate::cms::fixture::openssl(&arguments)? else { return Ok(()) };
    if !made.status.success() {
        eprintln!("skipped: this openssl writes no legacy PKCS#12");
        return Ok(());
    }
    let words = Passphrase::from_file(&words)?;
    let found = Identity::read(&out, None, Some(&words))?;
    assert_eq!(*found.certificate(), holder.certificate()?);
    let other = Passphrase::from_file(&write(at, "other", b"feil\n")?)?;
    assert!(matches!(Identity::read(&out, None, Some(&other)), Err(KeyError::WrongPassphrase)));
    assert!(matches!(Identity::read(&out, None, None), Err(KeyError::PassphraseMissing)));
    Ok(())
}

#[test]
fn a_protected_key_asks_for_its_passphrase() -> Outcome {
    let folder = tempfile::tempdir()?;
    let certificate = pki()?.receiver.write_certificate(folder.path(), "certificate.pem")?;
    let other = Passphrase::from_file(&write(folder.path(), "other", b"feil\n")?)?;
    for (name, path, has_certificates) in good(folder.path())? {
        if !(name.contains("protected") || name == "pkcs#12") {
            continue;
        }
        let certificate = (!has_certificates).then_some(certificate.as_path());
        let read = |words| Identity::read(&path, certificate, words).map(|_| ());
        assert!(matches!(read(None), Err(KeyError::PassphraseMissing)), "{name}: {:?}", read(None));
        assert!(
            matches!(read(Some(&other)), Err(KeyError::WrongPassphrase)),
            "{name}: {:?}",
            read(Some(&other))
        );
    }
    Ok(())
}

#[test]
fn what_cannot_be_used_is_told() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (at, pki) = (folder.path(), pki()?);
    let (receiver, other) = (pki.receiver.certificate()?, pki.other.write_certificate(at, "other.pem")?);
    let key = pki.receiver.write_key(at, "key.pem")?;
    let pem = pki.receiver.key.private_key_to_pem_pkcs8()?;
    let several = write(at, "several", &[&pem[..], &pem].concat())?;
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    let ec = PKey::from_ec_key(EcKey::generate(&group)?)?;
    let ec = write(at, "ec", &ec.private_key_to_pem_pkcs8()?)?;
    let none = write(at, "none", receiver.der())?;
    let text = write(at, "text", b"no key at all")?;
    let told = |key: &Path, certificate: Option<&Path>| {
        Identity::read(key, certificate, None)
            .map_or_else(|error| format!("{error:?}"), |_| "fine".to_owned())
    };
    let mut table = vec![
        ("another certificate", told(&key, Some(&other)), "Mismatch"),
        ("no certificate", told(&key, None), "NoCertificate"),
        ("no certificate in its file", told(&key, Some(&text)), "NoCertificate"),
        ("several keys", told(&several, Some(&other)), "SeveralKeys"),
        ("an elliptic curve", told(&ec, Some(&other)), "NotRsa"),
        ("a certificate for a key", told(&none, Some(&other)), "NoKey"),
        ("text", told(&text, Some(&other)), "NoKey"),
    ];
    table.push(("not there", told(&at.join("gone"), None).chars().take(10).collect(), "Unreadable"));
    for (name, found, expected) in table {
        assert_eq!(found, expected, "{name}");
    }
    Ok(())
}

#[test]
fn a_passphrase_is_a_line_and_never_shown() -> Outcome {
    let folder = tempfile::tempdir()?;
    let words = passphrase(folder.path())?;
    assert_eq!(format!("{words:?}"), "Passphrase(…)");
    for empty in ["", "\nsecond"] {
        let path = write(folder.path(), "empty", empty.as_bytes())?;
        assert!(matches!(Passphrase::from_file(&path), Err(KeyError::NoPassphrase { .. })), "{empty:?}");
    }
    for name in ["", "A=B", "JOURNALFLYTT_IS_NOT_SET"] {
        assert!(matches!(Passphrase::from_env(name), Err(KeyError::NoVariable { .. })), "{name:?}");
    }
    assert!(Passphrase::from_env("PATH").is_ok());
    let identity = pki()?.receiver.identity(&[])?;
    assert_eq!(format!("{identity:?}"), "Identity(CN=Kommuneoverlegen, O=Ås kommune (test), C=NO)");
    Ok(())
}

#[test]
fn a_certificate_is_read_from_pem_der_and_base64() -> Outcome {
    use base64::Engine as _;
    let x509 = &pki()?.service.x509;
    let der = x509.to_der()?;
    let base64 = base64::engine::general_purpose::STANDARD.encode(&der);
    let wrapped: String =
        base64.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line) + "\r\n").collect();
    for bytes in [&der, &x509.to_pem()?, &base64.into_bytes(), &wrapped.into_bytes()] {
        let found = Certificate::from_bytes(bytes)?;
        assert_eq!(found.der(), der);
        assert_eq!(found.valid_from().to_rfc3339(), "2026-01-01T00:00:00+00:00");
        assert_eq!(found.valid_to().to_rfc3339(), "2056-01-01T00:00:00+00:00");
        assert_eq!(found.subject(), "CN=Migrasjonshelse Ås, O=Ås kommune (test), C=NO");
        assert_eq!(found.issuer(), "CN=Testutsteder, O=Ås kommune (test), C=NO");
        assert!(found.serial().starts_with("80") && found.fingerprint().len() == 64);
    }
    for bytes in [&b""[..], b"text", &der[..der.len() - 1], &[&der[..], b"\0"].concat()] {
        assert!(Certificate::from_bytes(bytes).is_err());
    }
    Ok(())
}
