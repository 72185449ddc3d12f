//! Every parcel file that was ever sealed and is still kept, read again and held against the ledger; and the ledger
//! held against itself and against the reports that were drawn from it.
//!
//! Opening the ledger proves its chain, its numbering and its counts; the heads in the reports prove that it is the
//! one they were drawn from. The spool is held against it, and a message is read back: it must be the one that was
//! recorded, with the documents that were collected. Takes no lock and writes nothing. A night at work has parcels that it is still to record: verify when it rests.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde::Serialize;

use super::RunError;
use super::anchors;
use super::night::key_if_new;
use crate::durable::DurableError;
use crate::id::{Digest, MessageId, RunId, TransferId};
use crate::job::Job;
use crate::ledger::{Damage, Head, Held, LedgerError, Restore, View};
use crate::message::opened;
use crate::moves::Moment;
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

/// The first row of the ledger that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BrokenRow {
    /// The table.
    pub table: &'static str,
    /// The row's number.
    pub row: u64,
    /// What has happened to it.
    pub damage: Damage,
    /// The same in words, with nothing of what it says.
    pub what: String,
}

/// How a ledger is not the one that a report was drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Astray {
    /// It does not reach so far: it is older, or its end was cut off.
    Older,
    /// It has something else there: it was written anew.
    Rewritten,
}

/// That the ledger was put back from a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestoreSeen {
    /// When it was noticed.
    pub at: Moment,
    /// When the copy was made, where that is known.
    pub copied_at: Option<Moment>,
    /// How many reports knew more.
    pub reports: u64,
}

impl RestoreSeen {
    fn of(restore: &Restore) -> Self {
        RestoreSeen { at: restore.at, copied_at: restore.copied_at, reports: restore.reports.len() as u64 }
    }
}

/// A report that knows another ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportAstray {
    /// The run.
    pub run_id: RunId,
    /// How many entries the ledger had.
    pub entries: u64,
    /// What is wrong with the ledger.
    pub flaw: Astray,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// What the ledger can be told by; none when it is broken.
    pub ledger: Option<Head>,
    /// The first row that is not what was written.
    pub broken: Option<BrokenRow>,
    /// Reports that the ledger is the one of.
    pub reports_held: u64,
    /// Reports of runs that it has lost, since it was put back from a copy.
    pub reports_lost: u64,
    /// When the copy was made that the ledger is, as long as no run has recorded it.
    pub copied_at: Option<Moment>,
    /// Each time that it was put back from a copy.
    pub restores: Vec<RestoreSeen>,
    /// Reports that it is not the one of.
    pub reports_astray: Vec<ReportAstray>,
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
    /// Whether the ledger is the one it was, and everything is as it says.
    pub fn is_well(&self) -> bool {
        self.broken.is_none()
            && self.reports_astray.is_empty()
            && self.faults.is_empty()
            && self.unknown.is_empty()
    }

    /// How many files are what was sealed.
    pub fn as_sealed(&self) -> u64 {
        self.files - self.faults.len() as u64
    }
}

/// Reads the ledger and every file it says is kept. Of a ledger that cannot be folded, nothing else is looked at.
///
/// # Errors
/// [`RunError`] when the ledger cannot be read or the spool cannot be listed.
pub fn verify(job: &Job) -> Result<Verified, RunError> {
    // Listed first: what a night lays there or draws from now on is no stranger.
    let lying = names(&job.spool)?;
    let heads = anchors::heads(&job.reports.path, |_| true);
    let ledger = match View::open(&job.ledger, &key_if_new(job)) {
        Ok(ledger) => ledger,
        Err(error) => {
            return Ok(Verified { broken: Some(broken(error)?), ..Verified::default() });
        }
    };
    let mut found = Verified { ledger: Some(ledger.head()), ..Verified::default() };
    found.broken = ledger.check_accounts().err().map(broken).transpose()?;
    found.copied_at = ledger.copied_at();
    found.restores = ledger.book().restores.iter().map(RestoreSeen::of).collect();
    let is_lost =
        |report: &(RunId, Head)| ledger.book().restores.iter().any(|it| it.reports.contains(report));
    for (run_id, head) in heads {
        let held = ledger.holds(&head)?;
        let is_short_copy = held == Held::Short && found.copied_at.is_some();
        let report = (run_id, head);
        if held != Held::Yes && (is_short_copy || is_lost(&report)) {
            found.reports_lost += 1;
            continue;
        }
        let (run_id, head) = report;
        let flaw = match held {
            Held::Yes => {
                found.reports_held += 1;
                continue;
            }
            Held::Short => Astray::Older,
            Held::Another => Astray::Rewritten,
        };
        found.reports_astray.push(ReportAstray { run_id, entries: head.entries, flaw });
    }
    look_through(&ledger, job, &lying, &mut found);
    Ok(found)
}

/// The row that an error names, where the ledger is broken.
fn broken(error: LedgerError) -> Result<BrokenRow, LedgerError> {
    match error {
        LedgerError::Broken { table, seq, damage, what } => Ok(BrokenRow { table, row: seq, damage, what }),
        other => Err(other),
    }
}

/// Holds the spool against the ledger.
fn look_through(ledger: &View, job: &Job, lying: &BTreeSet<String>, found: &mut Verified) {
    let book = ledger.book();
    found.transfers = book.transfers.len() as u64;
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
    // What was found after a restore is known by name alone.
    let of_ours = book.found_files.iter().filter(|(id, _)| book.transfers.contains_key(*id));
    known.extend(of_ours.flat_map(|(_, files)| files).map(|file| file.name.as_str()));
    let strangers = lying.iter().filter(|name| !known.contains(name.as_str()));
    found.unknown = strangers.map(|name| mask_numbers(name).into_owned()).collect();
    found.left_over = lying.intersection(&book.pruned).count() as u64;
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
    let documents = holder.and_then(|transfer| documents(transfer, message));
    let Ok(source) = File::open(spool.join(&file.name)) else { return Some(Flaw::Unreadable) };
    let holds = holds(BufReader::new(source), message, documents);
    (!holds).then_some(Flaw::Contents)
}

/// A document of a message, as the ledger has it.
struct Carried {
    sha256: Digest,
    /// Whether it is carried as the PDF that it is turned into, which the ledger does not know by digest.
    is_turned: bool,
}

/// The documents of a message in order; none where it is not known which.
fn documents(holder: &Transfer, message: MessageId) -> Option<Vec<Carried>> {
    let inventory = holder.state.sealed().map(|sealed| &sealed.inventory);
    let is_turned = |sha256: Digest| {
        let known =
            inventory.and_then(|known| known.documents.iter().find(|document| document.sha256 == sha256));
        // What the transfer holds no more may have been either.
        known.is_none_or(|document| document.format.is_turned_into_pdf())
    };
    let documents = holder.documents_of(message)?.into_iter();
    Some(documents.map(|sha256| Carried { sha256, is_turned: is_turned(sha256) }).collect())
}

/// Whether it is this message, and carries these documents, where it is known which.
fn holds(source: impl BufRead, message: MessageId, documents: Option<Vec<Carried>>) -> bool {
    let Ok(opened) = opened::open(source) else { return false };
    let carried: Vec<Digest> = opened.attachments.iter().map(|attachment| attachment.sha256).collect();
    opened.message_id == message && documents.is_none_or(|documents| are_carried(&documents, &carried))
}

/// Whether these documents are what is attached, in their order; before them may lie our own results.
fn are_carried(documents: &[Carried], attached: &[Digest]) -> bool {
    let Some(ours @ (0 | 1)) = attached.len().checked_sub(documents.len()) else { return false };
    let pairs = documents.iter().zip(&attached[ours..]);
    pairs.into_iter().all(|(document, attached)| document.is_turned || document.sha256 == *attached)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_carried_in_order_after_our_results_and_what_is_turned_is_another() {
        let digest = |name: &str| Digest::of(name.as_bytes());
        let listed = |names: &str| -> Vec<Carried> {
            let one = |name| Carried { sha256: digest(name), is_turned: name.ends_with(".txt") };
            names.split_whitespace().map(one).collect()
        };
        let attached = |names: &str| names.split_whitespace().map(digest).collect::<Vec<_>>();
        let rows = [
            ("", "", true),
            ("", "results", true),
            ("a b", "a b", true),
            ("a b", "results a b", true),
            ("a b.txt", "results a pdf-of-b", true),
            ("a b", "b a", false),
            ("a b", "a", false),
            ("a b", "results more a b", false),
            ("a b", "results a other", false),
            ("a.txt b", "pdf-of-a other", false),
        ];
        for (documents, inside, expected) in rows {
            assert_eq!(
                are_carried(&listed(documents), &attached(inside)),
                expected,
                "{documents} in {inside}"
            );
        }
    }
}
