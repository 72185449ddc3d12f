//! What a signature covers: the content's type and digest, the time of signing, and the certificates beside it.
//!
//! The certificates themselves stand outside of what CMS signs; signing-certificate-v2 (RFC 5035) names them by their
//! digests, so that none can be changed or put in. A bundle that does not name them is read all the same.

use chrono::{Datelike, NaiveDateTime};

use super::certificate::Certificate;
use super::der::{self, GENERALIZED_TIME, OBJECT, OCTETS, SEQUENCE, SET, UTC_TIME};
use super::oid;
use super::read::{ReadError, Slice};
use crate::moves::Moment;

/// What a signature says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Attributes {
    /// SHA-256 of the content.
    pub(super) digest: Vec<u8>,
    /// When it was signed, by the signer's word.
    pub(super) signed_at: Option<Moment>,
    /// The digests of the certificates that belong to it, the signer's first.
    pub(super) certificates: Option<Vec<Vec<u8>>>,
}

/// Writes them, encoded as what is signed: a set.
pub(super) fn write(digest: &[u8; 32], signed_at: Moment, certificates: &[&Certificate]) -> Vec<u8> {
    let named: Vec<Vec<u8>> = certificates
        .iter()
        .map(|certificate| der::value(SEQUENCE, &[&der::value(OCTETS, &[&certificate.digest()])]))
        .collect();
    let named = der::value(SEQUENCE, &[&der::value(SEQUENCE, &[&named.concat()])]);
    let attributes = vec![
        attribute(oid::CONTENT_TYPE, oid::DATA),
        attribute(oid::MESSAGE_DIGEST, &der::value(OCTETS, &[digest])),
        attribute(oid::SIGNING_TIME, &time(signed_at)),
        attribute(oid::SIGNING_CERTIFICATE, &named),
    ];
    der::set_of(SET, attributes)
}

fn attribute(name: &[u8], value: &[u8]) -> Vec<u8> {
    der::value(SEQUENCE, &[name, &der::value(SET, &[value])])
}

/// A time: with two digits for the year where that says which.
fn time(at: Moment) -> Vec<u8> {
    match at.year() {
        1950..2050 => der::value(UTC_TIME, &[at.format("%y%m%d%H%M%SZ").to_string().as_bytes()]),
        _ => der::value(GENERALIZED_TIME, &[at.format("%Y%m%d%H%M%SZ").to_string().as_bytes()]),
    }
}

/// Reads them; attributes that are not known are covered like the others, and mean nothing here.
///
/// # Errors
/// When one stands twice, or content type or digest are missing or are not those of a bundle.
pub(super) fn read(set: &[u8]) -> Result<Attributes, ReadError> {
    let (mut content_type, mut digest, mut signed_at, mut certificates) = (None, None, None, None);
    let mut bytes = Slice::new(set);
    let mut attributes = bytes.enter(SET)?;
    bytes.finish()?;
    while attributes.peek().is_some() {
        let mut attribute = attributes.enter(SEQUENCE)?;
        let name = attribute.whole()?;
        let mut values = attribute.enter(SET)?;
        attribute.finish()?;
        match name {
            oid::CONTENT_TYPE => once(&mut content_type, values.whole()?)?,
            oid::MESSAGE_DIGEST => once(&mut digest, values.next(OCTETS)?.to_vec())?,
            oid::SIGNING_TIME => once(&mut signed_at, moment(&mut values)?)?,
            oid::SIGNING_CERTIFICATE => once(&mut certificates, named(&mut values)?)?,
            other if other.first() == Some(&OBJECT) => continue,
            _ => return Err(ReadError::Malformed),
        }
        values.finish()?;
    }
    match (content_type, digest) {
        (Some(oid::DATA), Some(digest)) => Ok(Attributes { digest, signed_at, certificates }),
        _ => Err(ReadError::Malformed),
    }
}

fn once<T>(place: &mut Option<T>, value: T) -> Result<(), ReadError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(ReadError::Malformed),
    }
}

fn moment(values: &mut Slice<'_>) -> Result<Moment, ReadError> {
    let (tag, pattern, length) = match values.peek() {
        Some(GENERALIZED_TIME) => (GENERALIZED_TIME, "%Y%m%d%H%M%SZ", 15),
        _ => (UTC_TIME, "%y%m%d%H%M%SZ", 13),
    };
    let text = std::str::from_utf8(values.next(tag)?).map_err(|_| ReadError::Malformed)?;
    let time = NaiveDateTime::parse_from_str(text, pattern).ok().filter(|_| text.len() == length);
    let time = time.ok_or(ReadError::Malformed)?.and_utc();
    // chrono takes 69 and later as of the last century, X.509 from 50 on.
    match tag == UTC_TIME && (2050..2070).contains(&time.year()) {
        true => time.with_year(time.year() - 100).ok_or(ReadError::Malformed),
        false => Ok(time),
    }
}

/// The digests of the named certificates, all of them SHA-256.
fn named(values: &mut Slice<'_>) -> Result<Vec<Vec<u8>>, ReadError> {
    let mut list = values.enter(SEQUENCE)?.enter(SEQUENCE)?;
    let mut out = Vec::new();
    while list.peek().is_some() {
        let mut one = list.enter(SEQUENCE)?;
        if one.peek() == Some(SEQUENCE) {
            let hash = one.whole()?;
            if !super::form::is_algorithm(hash, oid::SHA256) {
                return Err(ReadError::Malformed);
            }
        }
        out.push(one.next(OCTETS)?.to_vec());
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Outcome = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn the_time_of_signing_is_read_as_it_was_written() -> Outcome {
        for text in
            ["1950-01-01T00:00:00Z", "2026-11-22T02:00:00Z", "2049-12-31T23:59:59Z", "2050-01-01T00:00:00Z"]
        {
            let at: Moment = text.parse()?;
            let read = read(&write(&[7; 32], at, &[])).map_err(|_| "unreadable")?;
            assert_eq!(read.signed_at, Some(at), "{text}");
            assert_eq!(read.digest, [7; 32]);
        }
        Ok(())
    }

    #[test]
    fn attributes_that_are_missing_or_stand_twice_are_refused() {
        let kind = attribute(oid::CONTENT_TYPE, oid::DATA);
        let digest = attribute(oid::MESSAGE_DIGEST, &der::value(OCTETS, &[&[7; 32]]));
        let other = attribute(oid::CONTENT_TYPE, oid::SIGNED_DATA);
        let table = [
            ("as it should be", vec![kind.clone(), digest.clone()], true),
            (
                "with one not known",
                vec![kind.clone(), digest.clone(), attribute(oid::RSA, &der::small(1))],
                true,
            ),
            ("no digest", vec![kind.clone()], false),
            ("no type", vec![digest.clone()], false),
            ("another type", vec![other, digest.clone()], false),
            ("a digest twice", vec![kind, digest.clone(), digest], false),
        ];
        for (name, attributes, expected) in table {
            assert_eq!(read(&der::set_of(SET, attributes)).is_ok(), expected, "{name}");
        }
    }
}
