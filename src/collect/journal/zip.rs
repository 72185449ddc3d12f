//! A bundle that is a zip: everything that makes a zip a weapon is refused before anything is unpacked.
//!
//! Nothing is ever unpacked to disk, so no entry can land outside; names are checked all the same, since they
//! become sources that are looked up again. Sizes are what comes out, not what the zip says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Metadata};
use std::io::{self, BufReader};
use std::path::Path;

use zip::ZipArchive;

use super::opened::Opened;
use super::{folder, names};

/// A bundle's zip, opened.
#[derive(Debug)]
pub struct ZipBundle {
    archive: ZipArchive<BufReader<File>>,
    file: File,
    metadata: Metadata,
    names: Vec<String>,
    places: BTreeMap<String, usize>,
    folders: Vec<String>,
}

/// Why a zip cannot be a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZipFault {
    /// Not a zip, cut short, or of a kind that is not read; or the system refused.
    Unreadable,
    /// More entries, or more bytes, than the limit.
    Many,
    /// An absolute path, `..`, a backslash, a device name, too many folders.
    Name,
    /// Two entries with the same name, case aside.
    SameName,
    /// Entries that share bytes.
    Overlap,
    /// The directory at the end is not that of the entries before it: one may be left out or called otherwise.
    Inconsistent,
    /// An entry that needs a password.
    Encrypted,
    /// A link or a special file.
    NotPlain,
}

impl ZipBundle {
    /// Opens a zip and checks every entry's name and kind.
    ///
    /// # Errors
    /// The first thing that makes it no bundle.
    pub fn open(path: &Path, most_files: usize, most_bytes: u64) -> Result<Self, ZipFault> {
        let (file, metadata) = folder::open_plain(path).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => ZipFault::NotPlain,
            _ => ZipFault::Unreadable,
        })?;
        if metadata.len() > most_bytes {
            return Err(ZipFault::Many);
        }
        let reader = file.try_clone().map_err(|_| ZipFault::Unreadable)?;
        let mut archive = ZipArchive::new(BufReader::new(reader)).map_err(|_| ZipFault::Unreadable)?;
        if archive.len() > most_files.saturating_mul(2).saturating_add(100) {
            return Err(ZipFault::Many);
        }
        if archive.has_duplicate_names() {
            return Err(ZipFault::SameName);
        }
        let Entries { places, folders } = checked_names(&mut archive)?;
        let names = places.keys().cloned().collect();
        if archive.has_overlapping_entries().map_err(|_| ZipFault::Unreadable)? {
            return Err(ZipFault::Overlap);
        }
        archive.validate_header_consistency().map_err(|_| ZipFault::Inconsistent)?;
        Ok(ZipBundle { archive, file, metadata, names, places, folders })
    }

    /// The files, `/` between folders, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The folders that have an entry of their own, without the `/` at their end.
    pub fn folders(&self) -> &[String] {
        &self.folders
    }

    /// Unpacks one of the files to `f`.
    ///
    /// # Errors
    /// When it is not listed or cannot be unpacked, or when the zip changed while it was read.
    pub fn read<T>(&mut self, name: &str, f: impl FnOnce(Opened<'_>) -> T) -> io::Result<T> {
        let unreadable =
            || io::Error::new(io::ErrorKind::InvalidData, "the entry cannot be read from the zip");
        let place = *self.places.get(name).ok_or_else(unreadable)?;
        let result = {
            let mut entry = self.archive.by_index(place).map_err(|_| unreadable())?;
            let (declared, packed) = (entry.size(), entry.compressed_size());
            f(Opened { reader: &mut entry, declared, packed: Some(packed) })
        };
        let after = self.file.metadata()?;
        if after.len() != self.metadata.len() || after.modified()? != self.metadata.modified()? {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the zip changed while it was read"));
        }
        Ok(result)
    }
}

/// The files with their places in the archive, and the folders.
#[derive(Default)]
struct Entries {
    places: BTreeMap<String, usize>,
    folders: Vec<String>,
}

/// The entries, once every one's name and kind has passed.
fn checked_names(archive: &mut ZipArchive<BufReader<File>>) -> Result<Entries, ZipFault> {
    let mut seen = BTreeSet::new();
    let mut entries = Entries::default();
    for at in 0..archive.len() {
        let entry = archive.by_index_raw(at).map_err(|_| ZipFault::Unreadable)?;
        let name = entry.name().map_err(|_| ZipFault::Name)?.into_owned();
        let folder = name.ends_with('/');
        let plain = name.strip_suffix('/').unwrap_or(&name);
        if !names::is_safe_path(plain) {
            return Err(ZipFault::Name);
        }
        if !seen.insert(plain.to_lowercase()) {
            return Err(ZipFault::SameName);
        }
        if entry.encrypted() {
            return Err(ZipFault::Encrypted);
        }
        if !is_plain(entry.unix_mode(), folder) {
            return Err(ZipFault::NotPlain);
        }
        if folder {
            entries.folders.push(plain.to_owned());
        } else {
            entries.places.insert(name, at);
        }
    }
    Ok(entries)
}

/// Whether the mode, where the zip gives one, is that of a file or a folder as its name says.
fn is_plain(mode: Option<u32>, folder: bool) -> bool {
    const KIND: u32 = 0o170_000;
    match mode.map(|mode| mode & KIND) {
        None | Some(0) => true,
        Some(0o100_000) => !folder,
        Some(0o040_000) => folder,
        Some(_) => false,
    }
}
