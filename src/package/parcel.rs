//! The parcel, what it is made from, and why it may not come about.

use std::path::PathBuf;

use thiserror::Error;

use super::unfit::Unfit;
use crate::changes::{self, Changes};
use crate::cms::{CmsError, Identity};
use crate::durable::DurableError;
use crate::id::{LedgerKey, TransferId};
use crate::inventory::{Document, Inventory};
use crate::job::Job;
use crate::moves::{Moment, Now};
use crate::patient::Migrant;
use crate::preflight::Cleared;
use crate::press::{Press, PressError};
use crate::transfer::{Kind, ParcelRecord, SealedFile, Transfer};
use crate::verdict::{Clearance, Content};

/// Sealed files that may be dispatched. Only this module makes one.
#[derive(Clone, Debug)]
pub struct Parcel {
    record: ParcelRecord,
    spool: PathBuf,
    clearance: Clearance,
    content: Content,
}

impl Parcel {
    /// For the stations of this module alone.
    pub(super) fn new(record: ParcelRecord, spool: PathBuf, clearance: Clearance, content: Content) -> Self {
        Parcel { record, spool, clearance, content }
    }

    /// What the ledger keeps of it.
    pub fn record(&self) -> &ParcelRecord {
        &self.record
    }

    /// Its files, in order.
    pub fn files(&self) -> impl Iterator<Item = &SealedFile> {
        self.record.files.iter()
    }

    /// Where one of its files lies in the spool.
    pub fn path_of(&self, file: &SealedFile) -> PathBuf {
        self.spool.join(&file.name)
    }

    /// The route it was made for, and why it may take it.
    pub fn clearance(&self) -> &Clearance {
        &self.clearance
    }

    /// What it carries.
    pub fn content(&self) -> Content {
        self.content
    }
}

/// Everything a parcel is made from.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The transfer: its id, its birth, its revision.
    pub transfer: &'a Transfer,
    /// Whom it is about.
    pub migrant: &'a Migrant,
    /// What is in it and which way it goes.
    pub cleared: &'a Cleared,
    /// The job.
    pub job: &'a Job,
    /// What letters are set with.
    pub press: &'a Press,
    /// What bundles are signed with; none where the job has none.
    pub signer: Option<&'a Identity>,
    /// The ledger's key, for the ids inside.
    pub key: &'a LedgerKey,
    /// The name of the municipality moved from; empty where it is not known.
    pub from_name: &'a str,
    /// The name of the municipality moved to.
    pub to_name: &'a str,
    /// The time written into the parcel.
    pub now: Now,
    /// What was sent before: what a supplement adds to and a recall takes back, where it is known.
    pub earlier: Option<Earlier<'a>>,
}

/// The transfer before this one.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'a> {
    /// Its id.
    pub id: &'a TransferId,
    /// The time written into its parcel.
    pub sealed_at: Moment,
    /// What was in it.
    pub inventory: &'a Inventory,
}

impl<'a> Order<'a> {
    /// Whether it takes back what was sent.
    pub(super) fn is_recall(&self) -> bool {
        matches!(self.transfer.birth.kind, Kind::Recall { .. })
    }

    /// What is other than its receiver was told before; none for what is no supplement, and where that is not known.
    pub(super) fn changes(&self) -> Option<Changes<'a>> {
        let follows = matches!(self.transfer.birth.kind, Kind::Supplement { .. });
        let before = self.earlier.filter(|_| follows)?;
        Some(changes::between(before.inventory, self.cleared.inventory()))
    }

    /// The documents that go with it: none with a letter that takes back what was sent.
    pub(super) fn enclosed(&self) -> &'a [Document] {
        if self.is_recall() { &[] } else { &self.cleared.inventory().documents }
    }
}

/// Why there is no parcel. What is wrong with one migrant's documents, letter or bundle is that migrant's trouble; the
/// others are the run's.
#[derive(Debug, Error)]
pub enum PackageError {
    /// A document is not what was collected.
    #[error("document {no} is missing or has changed since it was collected")]
    BundleChanged {
        /// Its number in the transfer.
        no: u32,
    },
    /// A document that was whole when it was collected cannot be put where it should.
    #[error("document {no} cannot be printed: {fault}")]
    Unprintable {
        /// Its number in the transfer.
        no: u32,
        /// What is wrong with it.
        fault: Unfit,
    },
    /// A letter cannot be set.
    #[error("the letter cannot be set")]
    Letter(#[source] PressError),
    /// A bundle cannot be sealed.
    #[error("the bundle cannot be sealed")]
    Sealing(#[source] CmsError),
    /// The disk failed.
    #[error(transparent)]
    Durable(#[from] DurableError),
    /// The sealed file is not there.
    #[error("the sealed file {file} is gone")]
    Missing {
        /// Its name in the spool.
        file: String,
    },
    /// The sealed file's bytes are not the ones that were sealed.
    #[error("the sealed file {file} is not what was sealed")]
    Altered {
        /// Its name in the spool.
        file: String,
    },
    /// Something that preflight promises does not hold, or a way that is not built yet: nothing is made of it.
    #[error("cannot be packaged: {0}")]
    Unprepared(&'static str),
}

impl PackageError {
    /// The trouble with what is behind it, in one line.
    pub fn told(&self) -> String {
        match self {
            PackageError::Letter(cause) => format!("{self}: {cause}"),
            PackageError::Sealing(cause) => format!("{self}: {cause}"),
            PackageError::BundleChanged { .. }
            | PackageError::Unprintable { .. }
            | PackageError::Durable(_)
            | PackageError::Missing { .. }
            | PackageError::Altered { .. }
            | PackageError::Unprepared(_) => self.to_string(),
        }
    }

    /// Whether it concerns this migrant alone, so that the night goes on with the others.
    pub fn is_migrants(&self) -> bool {
        match self {
            PackageError::BundleChanged { .. }
            | PackageError::Unprintable { .. }
            | PackageError::Letter(_)
            | PackageError::Sealing(_)
            | PackageError::Missing { .. }
            | PackageError::Altered { .. } => true,
            PackageError::Durable(_) | PackageError::Unprepared(_) => false,
        }
    }
}

#[cfg(test)]
impl Parcel {
    /// Where its first file lies.
    pub(crate) fn path(&self) -> PathBuf {
        self.record.files.first().map(|file| self.path_of(file)).unwrap_or_default()
    }

    /// A parcel for the tests of whoever carries one.
    pub(crate) fn for_test(
        record: ParcelRecord,
        spool: PathBuf,
        clearance: Clearance,
        content: Content,
    ) -> Self {
        Parcel { record, spool, clearance, content }
    }
}
