//! The manifest of a bundle as its receiver reads it: who sent what, and what every file must be.
//!
//! Fields that are not known are left alone, so that a sender may say more. Nothing in it is believed beyond what can
//! be checked here.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::Party;
use super::error::Disbelief;
use crate::collect::journal::names;
use crate::id::{Digest, TransferId};
use crate::person::mask_numbers;

/// The manifest's own name.
pub(super) const NAME: &str = "manifest.json";
/// The longest manifest, bytes.
pub(super) const LONGEST: u64 = 16 << 20;
/// The most files of a bundle.
pub(super) const MOST_FILES: usize = 10_000;
/// The most bytes of a bundle, unpacked.
pub(super) const MOST_BYTES: u64 = 16 << 30;
/// The folder that documents lie in.
pub(super) const DOCUMENTS: &str = "documents";

/// The formats that are read.
const FORMATS: [&str; 2] = ["journalflytt-1", "journalflytt-2"];
/// The longest name that is shown, characters.
const LONGEST_NAME: usize = 200;

/// What a manifest says, checked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) transfer_id: String,
    pub(super) sender: Party,
    pub(super) receiver: String,
    /// Our texts first, then the documents.
    pub(super) files: Vec<Listed>,
}

/// A file that must be there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Listed {
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: Digest,
}

/// A manifest as written.
#[derive(Deserialize)]
struct Raw {
    transfer_id: String,
    sender: RawSender,
    receiver: RawReceiver,
    texts: Vec<Listed>,
    documents: Vec<Listed>,
}

#[derive(Deserialize)]
struct RawSender {
    organisation: String,
    org_number: String,
    service: String,
}

#[derive(Deserialize)]
struct RawReceiver {
    name: String,
}

/// What tells the format, before anything else is asked of it.
#[derive(Deserialize)]
struct Format {
    format: String,
}

/// Reads a manifest.
///
/// # Errors
/// When it cannot be read, or names what no bundle has.
pub(super) fn read(json: &[u8]) -> Result<Manifest, Disbelief> {
    let format: Format = serde_json::from_slice(json).map_err(|_| Disbelief::NoManifest)?;
    if !FORMATS.contains(&format.format.as_str()) {
        return Err(Disbelief::UnknownFormat);
    }
    let raw: Raw = serde_json::from_slice(json).map_err(|_| Disbelief::NoManifest)?;
    let transfer_id = TransferId::parse(&raw.transfer_id).ok_or(Disbelief::NoManifest)?;
    check_paths(&raw.texts, &raw.documents)?;
    let files: Vec<Listed> = raw.texts.into_iter().chain(raw.documents).collect();
    let bytes = files.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.bytes));
    match bytes {
        _ if files.is_empty() => return Err(Disbelief::Empty),
        Some(bytes) if bytes <= MOST_BYTES && files.len() <= MOST_FILES => {}
        Some(_) | None => return Err(Disbelief::Swollen),
    }
    let sender = Party {
        organisation: shown(&raw.sender.organisation),
        org_number: shown(&raw.sender.org_number),
        service: shown(&raw.sender.service),
    };
    let transfer_id = transfer_id.as_str().to_owned();
    Ok(Manifest { transfer_id, sender, receiver: shown(&raw.receiver.name), files })
}

/// Checks that texts lie at the top and documents in their folder, and none under the name of another.
fn check_paths(texts: &[Listed], documents: &[Listed]) -> Result<(), Disbelief> {
    let in_folder = |file: &Listed| {
        file.path.strip_prefix(DOCUMENTS).and_then(|rest| rest.strip_prefix('/')).map(str::to_owned)
    };
    let at_the_top = texts.iter().map(|file| Some(file.path.clone()).filter(|path| path != DOCUMENTS));
    let fits =
        |name: Option<String>| name.is_some_and(|name| !name.contains('/') && names::is_safe_path(&name));
    let mut taken = BTreeSet::from([NAME.to_owned()]);
    let all_fit = at_the_top.chain(documents.iter().map(in_folder)).all(fits);
    let mut none_twice = texts.iter().chain(documents).map(|file| taken.insert(file.path.to_lowercase()));
    if all_fit && none_twice.all(|new| new) { Ok(()) } else { Err(Disbelief::Path) }
}

/// A name as it may be shown on a screen.
fn shown(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    mask_numbers(&plain).into_owned()
}
