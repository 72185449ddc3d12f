//! Reading documents a second time, each checked against what was collected.
//!
//! A document is read a second time, from the patient's bundle or from its laboratory report, because neither a journal
//! nor a folder of reports need fit in memory; what is no longer the document that was collected and cleared is not
//! sealed.

use std::io::{self, ErrorKind, Read, Write};

use sha2::{Digest as _, Sha256};

use crate::collect::{journal, lab};
use crate::id::Digest;
use crate::inventory::Document;
use crate::job::Job;
use crate::transfer::Transfer;
use crate::verdict::Content;

/// A document's path in a zip: its number, never its title.
pub(super) fn path_of(document: &Document) -> String {
    format!("documents/{:03}.{}", document.no, document.format.extension())
}

/// The documents of a patient while they are carried over.
#[derive(Debug)]
pub(super) struct Bundle<'a> {
    transfer: &'a Transfer,
    job: &'a Job,
    changed: Option<u32>,
}

impl<'a> Bundle<'a> {
    /// The documents of a transfer.
    pub(super) fn new(transfer: &'a Transfer, job: &'a Job) -> Self {
        Bundle { transfer, job, changed: None }
    }

    /// The document that was not what was collected, if that is why carrying failed.
    pub(super) fn changed(&self) -> Option<u32> {
        self.changed
    }

    /// A document's content, for what must be looked into.
    ///
    /// # Errors
    /// One that stands for a changed document.
    pub(super) fn read(&mut self, document: &Document) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.carry(document, &mut bytes)?;
        Ok(bytes)
    }

    /// Carries one document over.
    ///
    /// # Errors
    /// The sink's, or one that stands for a changed document: [`Bundle::changed`] tells them apart.
    pub(super) fn carry(&mut self, document: &Document, out: &mut dyn Write) -> io::Result<()> {
        let (birth, job) = (&self.transfer.birth, self.job);
        let carried = |source: &mut dyn Read| Ok(pour(source, out, document));
        let poured = match (birth.content, &job.journal) {
            (Content::Tb, _) => lab::attached::with_document(&job.tb.reports, document, carried),
            (Content::Journal, Some(settings)) => {
                journal::with_document(settings, &birth.patient, &document.source, carried)
            }
            (Content::Journal, None) => Err(io::Error::other("the job has no journals")),
        };
        match poured {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Spilled::Sink(error))) => Err(error),
            Ok(Err(Spilled::Source)) | Err(_) => {
                self.changed = Some(document.no);
                Err(io::Error::other("a document has changed"))
            }
        }
    }
}

/// On which side carrying failed.
enum Spilled {
    /// The document could not be read, or is another.
    Source,
    /// The parcel could not be written.
    Sink(io::Error),
}

fn pour(source: &mut dyn Read, out: &mut dyn Write, document: &Document) -> Result<(), Spilled> {
    let mut hasher = Sha256::new();
    let mut left = document.bytes;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return Err(Spilled::Source),
        };
        left = left.checked_sub(read as u64).ok_or(Spilled::Source)?;
        hasher.update(&buffer[..read]);
        out.write_all(&buffer[..read]).map_err(Spilled::Sink)?;
    }
    let same = left == 0 && Digest::from_bytes(hasher.finalize().into()) == document.sha256;
    same.then_some(()).ok_or(Spilled::Source)
}
