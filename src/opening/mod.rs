//! The receiver's half of the job: a sealed bundle is opened with the receiver's key, checked, and written out.
//!
//! Who signed it must be believed, the zip inside is treated as hostile, and every file must be what the manifest says
//! it is: then all of it stands in a new folder, or none. Reads no job and knows no transfer. Leaves out what the files
//! say.

mod error;
mod manifest;
mod unpack;

pub use error::{Disbelief, OpeningError};

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;

use chrono::TimeDelta;
use serde::Serialize;

use crate::cms::{self, Identity, Opened, Trust, Use};
use crate::durable;
use crate::moves::{Moment, Now};
use crate::person::mask_numbers;

/// How far another house's clock may be ahead of ours.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::hours(1);

/// What was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenedBundle {
    /// The transfer, as the sender's reports write it.
    pub transfer_id: String,
    /// Whose certificate signed it.
    pub signed_by: String,
    /// SHA-256 of that certificate.
    pub certificate_sha256: String,
    /// When it was signed, by the signer's word.
    pub signed_at: Option<Moment>,
    /// Whom the manifest names as the sender.
    pub sender: Party,
    /// Whether the signer's certificate names that organisation's number.
    pub sender_in_certificate: bool,
    /// Whom the manifest names as the receiver.
    pub receiver: String,
    /// The files, the manifest aside, in its order.
    pub files: Vec<OpenedFile>,
}

/// A sender as the manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Party {
    /// The organisation's name.
    pub organisation: String,
    /// Its number.
    pub org_number: String,
    /// Its service.
    pub service: String,
}

/// A file that was written out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OpenedFile {
    /// Its path in the folder.
    pub path: String,
    /// Its size.
    pub bytes: u64,
}

/// Opens a sealed bundle into a folder that must not be there yet, or be empty.
///
/// The signer is judged at the time it says it signed, so that a bundle can be opened after the certificate's time is
/// over; a revoked one is not believed for any time, and the lists that tell must be of today.
///
/// # Errors
/// When the file, the folder or the disk is in the way, and when the bundle cannot be believed. Nothing is left then.
pub fn open(
    sealed: &Path,
    key: &Identity,
    trust: &Trust,
    now: Now,
    into: &Path,
) -> Result<OpenedBundle, OpeningError> {
    check_free(into)?;
    let mut source = File::open(sealed).map_err(OpeningError::Unreadable)?;
    let room = durable::prepare_folder(into).map_err(OpeningError::Target)?;
    let (plain, signed) = room.aside(|out| cms::open(&mut source, out, key).map_err(OpeningError::from))?;
    judge(&signed, trust, now.to_utc())?;
    let manifest = unpack::unpack(&plain, &room)?;
    room.place()?;
    let subject = signed.signer.subject();
    Ok(OpenedBundle {
        transfer_id: manifest.transfer_id,
        sender_in_certificate: signed.signer.organisations().contains(&manifest.sender.org_number),
        signed_by: mask_numbers(&subject).into_owned(),
        certificate_sha256: signed.signer.fingerprint(),
        signed_at: signed.signed_at,
        sender: manifest.sender,
        receiver: manifest.receiver,
        files: manifest
            .files
            .into_iter()
            .map(|file| OpenedFile { path: file.path, bytes: file.bytes })
            .collect(),
    })
}

/// Checks that the folder is not there, or is empty.
fn check_free(into: &Path) -> Result<(), OpeningError> {
    if into.file_name().is_none() {
        return Err(OpeningError::Nameless { path: into.to_owned() });
    }
    let occupied = || OpeningError::Occupied { path: into.to_owned() };
    match fs::symlink_metadata(into) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Ok(found) if found.is_dir() => {
            let empty = fs::read_dir(into).is_ok_and(|mut entries| entries.next().is_none());
            if empty { Ok(()) } else { Err(occupied()) }
        }
        Ok(_) | Err(_) => Err(occupied()),
    }
}

/// Checks that the signer is to be believed, when it signed.
fn judge(signed: &Opened, trust: &Trust, now: Moment) -> Result<(), OpeningError> {
    let at = signed.signed_at.unwrap_or(now);
    if at > now + CLOCKS_DIFFER {
        return Err(Disbelief::SignedLater.into());
    }
    let judged = trust.judge_past(&signed.signer, &signed.chain, Use::Signature, at.min(now), now);
    let subject = || mask_numbers(&signed.signer.subject()).into_owned();
    judged.map(|_| ()).map_err(|fault| Disbelief::Signer { subject: subject(), fault }.into())
}
