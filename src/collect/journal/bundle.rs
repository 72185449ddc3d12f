//! A patient's bundle, folder or zip, found by the EPJ's reference.
//!
//! The only place that turns a reference into a path. Faults become holds here, in words without any name.

use std::fs;
use std::io;
use std::path::Path;

use super::folder::{Folder, FolderFault};
use super::names;
use super::opened::Opened;
use super::zip::{ZipBundle, ZipFault};
use crate::id::PatientRef;
use crate::job::JournalSettings;
use crate::reason::Reason;
use crate::transfer::Hold;

/// A bundle, listed.
#[derive(Debug)]
pub enum Bundle {
    /// A folder.
    Folder(Folder),
    /// A zip.
    Zip(Box<ZipBundle>),
}

impl Bundle {
    /// Finds and lists a patient's bundle.
    ///
    /// # Errors
    /// The hold: `journal-not-exported` without one, `bundle-incomplete` or `too-large` with a bad one.
    pub fn open(settings: &JournalSettings, patient: &PatientRef) -> Result<Self, Hold> {
        let Some(name) = names::bundle_name(patient) else {
            return Err(incomplete("pasientreferansen kan ikke være navnet på en mappe"));
        };
        let folder = settings.path.join(name);
        let zip = settings.path.join(format!("{name}.zip"));
        match (exists(&folder)?, exists(&zip)?) {
            (true, true) => Err(incomplete("det finnes både en mappe og en zip for pasienten")),
            (false, false) => Err(Hold::plain(Reason::JournalNotExported)),
            (true, false) => open_folder(&folder, settings),
            (false, true) => ZipBundle::open(&zip, settings.max_documents, settings.max_bundle_bytes)
                .map(|zip| Bundle::Zip(Box::new(zip)))
                .map_err(zip_hold),
        }
    }

    /// Every file in it, `/` between folders, in order.
    pub fn names(&self) -> &[String] {
        match self {
            Bundle::Folder(folder) => folder.names(),
            Bundle::Zip(zip) => zip.names(),
        }
    }

    /// Hands one file to `f`.
    ///
    /// # Errors
    /// When it is not in the bundle, cannot be read, or changed while it was.
    pub fn read<T>(&mut self, name: &str, f: impl FnOnce(Opened<'_>) -> T) -> io::Result<T> {
        match self {
            Bundle::Folder(folder) => folder.read(name, f),
            Bundle::Zip(zip) => zip.read(name, f),
        }
    }
}

fn incomplete(detail: &str) -> Hold {
    Hold { reason: Reason::BundleIncomplete, detail: detail.to_owned() }
}

fn exists(path: &Path) -> Result<bool, Hold> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(_) => Err(incomplete("journalmappen kan ikke leses")),
    }
}

fn open_folder(path: &Path, settings: &JournalSettings) -> Result<Bundle, Hold> {
    let plain = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    if !plain {
        return Err(incomplete("journalen er verken en mappe eller en zip"));
    }
    Folder::list(path.to_owned(), settings.max_documents).map(Bundle::Folder).map_err(folder_hold)
}

fn folder_hold(fault: FolderFault) -> Hold {
    match fault {
        FolderFault::NotPlain => incomplete("mappen inneholder en lenke eller en spesialfil"),
        FolderFault::Name => incomplete("et filnavn kan ikke leses"),
        FolderFault::Depth => incomplete("mappen har for mange nivåer"),
        FolderFault::Many => Hold { reason: Reason::TooLarge, detail: "for mange filer i mappen".to_owned() },
        FolderFault::Unreadable => incomplete("mappen kan ikke leses"),
    }
}

fn zip_hold(fault: ZipFault) -> Hold {
    match fault {
        ZipFault::Unreadable => incomplete("zip-filen kan ikke leses, eller er avkortet"),
        ZipFault::Many => Hold { reason: Reason::TooLarge, detail: "zip-filen er for stor".to_owned() },
        ZipFault::Name => incomplete("zip-filen har et ulovlig filnavn"),
        ZipFault::SameName => incomplete("zip-filen har samme filnavn to ganger"),
        ZipFault::Overlap => incomplete("zip-filen har innhold som overlapper"),
        ZipFault::Inconsistent => incomplete("innholdslisten i zip-filen stemmer ikke med innholdet"),
        ZipFault::Encrypted => incomplete("zip-filen er beskyttet med passord"),
        ZipFault::NotPlain => {
            incomplete("zip-filen inneholder en lenke eller en spesialfil, eller er det selv")
        }
    }
}
