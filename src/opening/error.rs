//! Why a bundle was not opened.

use std::path::PathBuf;

use thiserror::Error;

use crate::cms::{CmsError, Fault};
use crate::collect::journal::zip::ZipFault;
use crate::durable::DurableError;

/// A bundle that was not opened.
#[derive(Debug, Error)]
pub enum OpeningError {
    /// The sealed file could not be read.
    #[error("the bundle cannot be read: {0}")]
    Unreadable(#[source] std::io::Error),
    /// The folder is there, and not empty.
    #[error("{path} is there already, and is no empty folder")]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// A path that does not end in a name, as `.` does.
    #[error("{path} is no name that a new folder can have")]
    Nameless {
        /// The path.
        path: PathBuf,
    },
    /// The folder cannot be made where it is to be.
    #[error(transparent)]
    Target(DurableError),
    /// The disk failed on the way.
    #[error(transparent)]
    Disk(#[from] DurableError),
    /// What was opened could not be written.
    #[error("what is in the bundle cannot be written: {0}")]
    Write(#[source] std::io::Error),
    /// The bundle is for somebody else.
    #[error("the bundle is sealed for another certificate than this")]
    OtherReceiver,
    /// The bundle is not to be believed.
    #[error("the bundle cannot be believed: {0}")]
    Unbelieved(#[from] Disbelief),
}

/// Why a bundle is not to be believed.
#[derive(Debug, Error)]
pub enum Disbelief {
    /// The seal.
    #[error("{0}")]
    Seal(#[source] CmsError),
    /// A signature from a time to come.
    #[error("it says it was signed at a time that has not come")]
    SignedLater,
    /// The signer.
    #[error("it is signed by {subject}: {fault}")]
    Signer {
        /// Whose certificate it is.
        subject: String,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The zip.
    #[error("{}", zip_words(*.0))]
    Zip(ZipFault),
    /// A folder that no bundle has.
    #[error("it has a folder that does not belong in a bundle")]
    Folder,
    /// Far more than such a file can hold.
    #[error("it unpacks to more than a bundle can be")]
    Swollen,
    /// No manifest, or one that cannot be read.
    #[error("it has no manifest that can be read")]
    NoManifest,
    /// A manifest of another time.
    #[error("its manifest has a format that is not read here")]
    UnknownFormat,
    /// A manifest that names what cannot be.
    #[error("its manifest names a file by a path that no bundle has, or twice")]
    Path,
    /// A manifest that names nothing.
    #[error("its manifest names no file")]
    Empty,
    /// A file of the manifest is not there.
    #[error("{path} is in the manifest and not in the bundle")]
    Missing {
        /// The file.
        path: String,
    },
    /// Files that the manifest does not name.
    #[error("it has files that its manifest does not name: {count}")]
    Unnamed {
        /// How many.
        count: usize,
    },
    /// A file is another than the manifest says.
    #[error("{path} is not what the manifest says it is")]
    Differs {
        /// The file.
        path: String,
    },
}

impl From<CmsError> for OpeningError {
    fn from(error: CmsError) -> Self {
        match error {
            CmsError::Read(error) => OpeningError::Unreadable(error),
            CmsError::Write(error) => OpeningError::Write(error),
            CmsError::OtherReceiver => OpeningError::OtherReceiver,
            other @ (CmsError::Changed
            | CmsError::TooLarge
            | CmsError::Library(_)
            | CmsError::Certificate(_)
            | CmsError::Malformed
            | CmsError::Unsupported
            | CmsError::Broken) => Disbelief::Seal(other).into(),
        }
    }
}

fn zip_words(fault: ZipFault) -> &'static str {
    match fault {
        ZipFault::Unreadable => "what is in it is no zip that can be read",
        ZipFault::Many => "it has more files or bytes than a bundle can have",
        ZipFault::Name => "it has a file with a name that no bundle has",
        ZipFault::SameName => "it has two files of the same name",
        ZipFault::Overlap => "its files overlap",
        ZipFault::Inconsistent => "its list of files is not that of the files in it",
        ZipFault::Encrypted => "it has a file behind a password",
        ZipFault::NotPlain => "it has a link or a special file in it",
    }
}
