//! A backup of the job's ledger, for whoever must put one in its place.
//!
//! Leaves out the copying (`ledger::backup`) and the other folders of the job, which any program can copy.

use std::fs;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::RunError;
use crate::job::Job;
use crate::ledger::{self, Backup, LedgerError};
use crate::moves::Now;

/// Why there is no backup.
#[derive(Debug, Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error("there is no ledger at {0} yet")]
    NoLedger(PathBuf),
    /// A file is not overwritten.
    #[error("{0} is there already; a backup overwrites nothing")]
    Taken(PathBuf),
    /// The folder is missing: it may be a disk that is not mounted.
    #[error("the folder of {0} is not there")]
    NoFolder(PathBuf),
    /// The ledger or the disk.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl From<LedgerError> for BackupError {
    fn from(error: LedgerError) -> Self {
        BackupError::Run(error.into())
    }
}

/// Copies the job's ledger to a new file.
///
/// # Errors
/// [`BackupError`] when there is no ledger, the file cannot be made, or the ledger is broken.
pub fn backup(job: &Job, to: &Path, now: Now) -> Result<Backup, BackupError> {
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(BackupError::NoFolder(to.to_owned()));
    }
    if fs::symlink_metadata(to).is_ok() {
        return Err(BackupError::Taken(to.to_owned()));
    }
    let made = ledger::backup(&job.ledger, to, now.to_utc())?;
    made.ok_or_else(|| BackupError::NoLedger(job.ledger.clone()))
}
