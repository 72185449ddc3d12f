//! The zip of a bundle, checked against its manifest and written into the folder to be.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::error::{Disbelief, OpeningError};
use super::manifest::{self, DOCUMENTS, LONGEST, Listed, MOST_BYTES, MOST_FILES, Manifest, NAME};
use crate::collect::journal::opened::Opened;
use crate::collect::journal::zip::{ZipBundle, ZipFault};
use crate::durable::PreparedFolder;
use crate::id::Digest;

/// Blank pages shrink far more than others, so that no file is held to a ratio; a bundle as a whole is, from here on.
const RATIO_FLOOR: u64 = 1 << 30;
/// See [`RATIO_FLOOR`].
const MAX_RATIO: u64 = 200;

/// Unpacks every file with the manifest itself, each checked while it is written.
///
/// # Errors
/// The first thing that is not as the manifest says, or the disk's.
pub(super) fn unpack(plain: &Path, room: &PreparedFolder) -> Result<Manifest, OpeningError> {
    let packed = std::fs::metadata(plain).map_err(OpeningError::Unreadable)?.len();
    let mut zip = ZipBundle::open(plain, MOST_FILES, MOST_BYTES).map_err(Disbelief::Zip)?;
    let json = read_manifest(&mut zip)?;
    let manifest = manifest::read(&json)?;
    check_contents(&zip, &manifest, packed)?;
    for file in &manifest.files {
        room.write(&file.path, |out| carry(&mut zip, file, out))?;
    }
    room.write(NAME, |out| out.write_all(&json).map_err(OpeningError::Write))?;
    Ok(manifest)
}

fn read_manifest(zip: &mut ZipBundle) -> Result<Vec<u8>, Disbelief> {
    let read = zip.read(NAME, |opened| {
        let mut json = Vec::new();
        opened.reader.take(LONGEST + 1).read_to_end(&mut json).map(|_| json)
    });
    match read {
        Ok(Ok(json)) if json.len() as u64 <= LONGEST => Ok(json),
        Ok(_) | Err(_) => Err(Disbelief::NoManifest),
    }
}

/// Checks that the zip holds what the manifest names and nothing else.
fn check_contents(zip: &ZipBundle, manifest: &Manifest, packed: u64) -> Result<(), Disbelief> {
    if zip.folders().iter().any(|folder| folder != DOCUMENTS) {
        return Err(Disbelief::Folder);
    }
    let found: BTreeSet<&str> = zip.names().iter().map(String::as_str).filter(|name| *name != NAME).collect();
    let named: BTreeSet<&str> = manifest.files.iter().map(|file| file.path.as_str()).collect();
    if let Some(path) = named.difference(&found).next() {
        return Err(Disbelief::Missing { path: (*path).to_owned() });
    }
    match found.difference(&named).count() {
        0 => {}
        count => return Err(Disbelief::Unnamed { count }),
    }
    let unpacked: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    let believable = packed.saturating_mul(MAX_RATIO).max(RATIO_FLOOR);
    if unpacked <= believable { Ok(()) } else { Err(Disbelief::Swollen) }
}

/// Writes one file out, if it is what the manifest says.
fn carry(zip: &mut ZipBundle, file: &Listed, out: &mut File) -> Result<(), OpeningError> {
    match zip.read(&file.path, |opened| pour(opened, file, out)) {
        Ok(poured) => poured,
        Err(_) => Err(Disbelief::Zip(ZipFault::Unreadable).into()),
    }
}

fn pour(opened: Opened<'_>, file: &Listed, out: &mut File) -> Result<(), OpeningError> {
    let differs = || OpeningError::from(Disbelief::Differs { path: file.path.clone() });
    let (mut left, mut hasher) = (file.bytes, Sha256::new());
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match opened.reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return Err(differs()),
        };
        left = left.checked_sub(read as u64).ok_or_else(differs)?;
        hasher.update(&buffer[..read]);
        out.write_all(&buffer[..read]).map_err(OpeningError::Write)?;
    }
    let same = left == 0 && Digest::from_bytes(hasher.finalize().into()) == file.sha256;
    same.then_some(()).ok_or_else(differs)
}
