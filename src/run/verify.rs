//! Every parcel file that was ever sealed and is still kept, read again and held against the ledger.
//!
//! Opening the ledger proves its numbering and its counts; here the spool is held against it, and a message is read
//! back: it must be the one that was recorded, with the documents that were collected. Takes no lock and
//! writes nothing. A night at work has parcels that it is still to record: verify when it rests.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Serialize;

use super::RunError;
use super::night::key_if_new;
use crate::durable::DurableError;
use crate::id::{Digest, MessageId, TransferId};
use crate::job::Job;
use crate::ledger::View;
use crate::message::opened;
use crate::package::{self, PackageError};
use crate::person::mask_numbers;
use crate::transfer::{SealedFile, Transfer};

/// The end of a sealed bundle's name.
const SEALED: &str = ".p7m";

/// What is wrong with a sealed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// It is not there, and nobody recorded that it was to go.
    Missing,
    /// Its bytes are not those that were sealed.
    Altered,
    /// The system does not let it be read.
    Unreadable,
    /// Its bytes are those that were sealed, and the message in them is not what the ledger says of it.
    Contents,
}

/// A sealed file that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    /// Its transfer.
    pub transfer: TransferId,
    /// Its name in the spool.
    pub file: String,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Transfers in the ledger.
    pub transfers: u64,
    /// Files that were sealed and not pruned.
    pub files: u64,
    /// Those that are not what was sealed.
    pub faults: Vec<Fault>,
    /// Files of the spool that no record knows, identity numbers masked.
    pub unknown: Vec<String>,
    /// Files that were pruned.
    pub pruned: u64,
    /// Pruned files that still lie there: the next prune removes them.
    pub left_over: u64,
}

impl Verified {
    /// Whether everything is as the ledger says.
    pub fn is_well(&self) -> bool {
        self.faults.is_empty() && self.unknown.is_empty()
    }

    /// How many files are what was sealed.
    pub fn as_sealed(&self) -> u64 {
        self.files - self.faults.len() as u64
    }
}

/// Reads the ledger and every file it says is kept.
///
/// # Errors
/// [`RunError`] when the ledger is broken or the spool cannot be listed.
pub fn verify(job: &Job) -> Result<Verified, RunError> {
    // Listed first: what a night lays there from now on is no stranger.
    let lying = names(&job.spool)?;
    let ledger = View::open(&job.ledger, &key_if_new(job))?;
    let book = ledger.book();
    let mut found = Verified { transfers: book.transfers.len() as u64, ..Verified::default() };
    let mut known = BTreeSet::new();
    let sealed = book.sealed_files.iter().flat_map(|(id, files)| files.iter().map(move |file| (id, file)));
    for (transfer, file) in sealed {
        known.insert(file.name.as_str());
        if book.pruned.contains(&file.name) {
            found.pruned += 1;
            continue;
        }
        found.files += 1;
        let holder = book.transfers.get(transfer);
        if let Some(flaw) = inspect(file, holder, &job.spool) {
            found.faults.push(Fault { transfer: transfer.clone(), file: file.name.clone(), flaw });
        }
    }
    let strangers = lying.iter().filter(|name| !known.contains(name.as_str()));
    found.unknown = strangers.map(|name| mask_numbers(name).into_owned()).collect();
    found.left_over = lying.intersection(&book.pruned).count() as u64;
    Ok(found)
}

/// What is wrong with one sealed file; none when it is what was sealed, and a message in it is the one that the
/// ledger names, with the documents that the ledger says it carries.
fn inspect(file: &SealedFile, holder: Option<&Transfer>, spool: &Path) -> Option<Flaw> {
    match package::is_as_sealed(file, spool) {
        Ok(()) => {}
        Err(PackageError::Missing { .. }) => return Some(Flaw::Missing),
        Err(PackageError::Altered { .. }) => return Some(Flaw::Altered),
        Err(
            PackageError::BundleChanged { .. }
            | PackageError::Unprintable { .. }
            | PackageError::Letter(_)
            | PackageError::Sealing(_)
            | PackageError::Durable(_)
            | PackageError::Unprepared(_),
        ) => return Some(Flaw::Unreadable),
    }
    // What is sealed is the receiver's alone to open.
    let message = file.message.filter(|_| !file.name.ends_with(SEALED))?;
    let documents = holder.and_then(|transfer| transfer.documents_of(message));
    let Ok(source) = File::open(spool.join(&file.name)) else { return Some(Flaw::Unreadable) };
    let holds = holds(BufReader::new(source), message, documents);
    (!holds).then_some(Flaw::Contents)
}

/// Whether it is this message, and carries these documents, where it is known which. Beside them may be our own results,
/// and in the place of one the PDF that it was turned into.
fn holds(source: impl BufRead, message: MessageId, documents: Option<Vec<Digest>>) -> bool {
    let Ok(opened) = opened::open(source) else { return false };
    let carried: Vec<Digest> = opened.attachments.iter().map(|attachment| attachment.sha256).collect();
    opened.message_id == message && documents.is_none_or(|documents| are_among(&documents, &carried))
}

fn are_among(documents: &[Digest], carried: &[Digest]) -> bool {
    let ours = carried.len().checked_sub(documents.len());
    let as_they_are: Vec<&Digest> = carried.iter().filter(|one| documents.contains(one)).collect();
    let mut left = documents.iter();
    matches!(ours, Some(0 | 1)) && as_they_are.into_iter().all(|one| left.any(|document| document == one))
}

/// The names in the spool; none where there is no spool yet.
fn names(spool: &Path) -> Result<BTreeSet<String>, DurableError> {
    let failed = |cause| DurableError { act: "list", path: spool.to_owned(), cause };
    let entries = match fs::read_dir(spool) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(cause) => return Err(failed(cause)),
    };
    entries
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()).map_err(failed))
        .collect()
}
