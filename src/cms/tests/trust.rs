//! Which certificates are believed, for what and when.

use std::fs;
use std::path::Path;

use crate::cms::fixture::{Holder, Outcome, night, pki, write, write_roots};
use crate::cms::{Fault, Trust, TrustError, Use};

/// The roots, the intermediates, and lists where there are any.
fn trust(folder: &Path, lists: &[Vec<u8>]) -> Outcome<Trust> {
    let (roots, between, revoked) = (write_roots(folder)?, folder.join("between"), folder.join("lists"));
    for made in [&between, &revoked] {
        fs::create_dir_all(made)?;
    }
    for (at, holder) in
        [&pki()?.between, &pki()?.expired_issuer, &pki()?.no_authority].into_iter().enumerate()
    {
        write(&between, &format!("{at}.cer"), &holder.x509.to_der()?)?;
    }
    for (at, list) in lists.iter().enumerate() {
        write(&revoked, &format!("{at}.crl"), list)?;
    }
    Ok(Trust::read(&roots, Some(&between), (!lists.is_empty()).then_some(&revoked))?)
}

#[test]
fn certificates_are_judged() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (pki, trust) = (pki()?, trust(folder.path(), &[])?);
    let table: [(&str, &Holder, Use, Result<&str, Fault>); 12] = [
        ("signs", &pki.service, Use::Signature, Ok("2056-01-01T00:00:00Z")),
        ("opens", &pki.receiver, Use::Encryption, Ok("2056-01-01T00:00:00Z")),
        ("signs, for opening", &pki.service, Use::Encryption, Err(Fault::WrongKeyUsage)),
        ("opens, for signing", &pki.receiver, Use::Signature, Err(Fault::WrongKeyUsage)),
        ("an authority for signing", &pki.between, Use::Signature, Err(Fault::WrongKeyUsage)),
        ("expired", &pki.expired, Use::Encryption, Err(Fault::Expired)),
        ("not yet", &pki.not_yet, Use::Encryption, Err(Fault::NotYetValid)),
        ("weak", &pki.weak, Use::Encryption, Err(Fault::Weak)),
        ("a stranger", &pki.stranger, Use::Encryption, Err(Fault::Untrusted)),
        (
            "under an expired issuer, while it was not",
            &pki.of_expired_issuer,
            Use::Encryption,
            Ok("2030-01-01T00:00:00Z"),
        ),
        ("under no authority", &pki.of_no_authority, Use::Encryption, Err(Fault::Untrusted)),
        ("revoked, and no list", &pki.revoked, Use::Encryption, Ok("2056-01-01T00:00:00Z")),
    ];
    for (name, holder, for_use, expected) in table {
        let found = trust.judge(&holder.certificate()?, &[], for_use, night());
        assert_eq!(found, expected.map(|until| until.parse().unwrap_or_default()), "{name}");
    }
    let later = "2031-01-01T00:00:00Z".parse()?;
    let found = trust.judge(&pki.of_expired_issuer.certificate()?, &[], Use::Encryption, later);
    assert_eq!(found, Err(Fault::IssuerNotValid));
    Ok(())
}

#[test]
fn the_way_to_a_root_may_come_with_the_certificate() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (pki, trust) = (pki()?, Trust::read(&write_roots(folder.path())?, None, None)?);
    let certificate = pki.service.certificate()?;
    let judge = |chain: &[_]| trust.judge(&certificate, chain, Use::Signature, night());
    assert_eq!(judge(&[]), Err(Fault::Untrusted));
    assert!(judge(&[pki.between.certificate()?]).is_ok());
    assert_eq!(judge(&[pki.stranger.certificate()?]), Err(Fault::Untrusted));
    Ok(())
}

#[test]
fn revocation_lists_count_where_they_are_given() -> Outcome {
    let (pki, fresh, old) = (pki()?, "20270101000000Z", "20261101000000Z");
    let of_between = |next| pki.between.revocation_list(&[&pki.revoked], next);
    let forged = {
        let as_between = Holder { key: pki.stranger.key.clone(), x509: pki.between.x509.clone() };
        as_between.revocation_list(&[], fresh)?
    };
    type Row<'a> = (&'a str, &'a Holder, Vec<Vec<u8>>, Result<&'a str, Fault>);
    let table: [Row<'_>; 9] = [
        ("listed", &pki.revoked, vec![of_between(fresh)?], Err(Fault::Revoked)),
        ("not listed", &pki.receiver, vec![of_between(fresh)?], Ok("2027-01-01T00:00:00Z")),
        ("listed in an outdated one", &pki.revoked, vec![of_between(old)?], Err(Fault::Revoked)),
        ("an outdated one", &pki.receiver, vec![of_between(old)?], Err(Fault::RevocationUnknown)),
        (
            "an outdated one and a fresh one",
            &pki.receiver,
            vec![of_between(old)?, of_between(fresh)?],
            Ok("2027-01-01T00:00:00Z"),
        ),
        ("a forged one", &pki.receiver, vec![forged.clone()], Err(Fault::RevocationUnknown)),
        (
            "a forged one beside a good one",
            &pki.revoked,
            vec![forged, of_between(fresh)?],
            Err(Fault::Revoked),
        ),
        (
            "its issuer is listed",
            &pki.receiver,
            vec![pki.root.revocation_list(&[&pki.between], fresh)?],
            Err(Fault::Revoked),
        ),
        (
            "another issuer's",
            &pki.receiver,
            vec![pki.stranger.revocation_list(&[], old)?],
            Ok("2056-01-01T00:00:00Z"),
        ),
    ];
    for (name, holder, lists, expected) in table {
        let folder = tempfile::tempdir()?;
        let trust = trust(folder.path(), &lists)?;
        let found = trust.judge(&holder.certificate()?, &[], Use::Encryption, night());
        assert_eq!(found, expected.map(|until| until.parse().unwrap_or_default()), "{name}");
    }
    Ok(())
}

#[test]
fn folders_hold_what_belongs_in_them() -> Outcome {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    let (roots, empty) = (write_roots(at)?, at.join("empty"));
    fs::create_dir(&empty)?;
    write(&roots, ".hidden", b"not looked at")?;
    assert!(Trust::read(&roots, Some(&empty), Some(&empty)).is_ok());
    assert!(matches!(Trust::read(&empty, None, None), Err(TrustError::NoRoots { .. })));
    assert!(matches!(Trust::read(&at.join("gone"), None, None), Err(TrustError::Unreadable { .. })));
    assert!(matches!(Trust::read(&roots, None, Some(&roots)), Err(TrustError::Foreign { .. })));
    write(&roots, "notes.txt", b"who put this here")?;
    assert!(matches!(Trust::read(&roots, None, None), Err(TrustError::Foreign { .. })));
    Ok(())
}
