//! What a run that died left lying: halves of files, and parcels that it made and never came to record.
//!
//! They are whole patients' papers that no list names, so the next run removes them before it begins and says how
//! many there were. A parcel that the ledger knows of, of any revision, is never touched. Leaves out attempts in
//! flight (`ledger::recovery`).

use std::fs;
use std::path::{Path, PathBuf};

use crate::dispatch::carrier::Carriers;
use crate::durable;
use crate::id::TransferId;
use crate::job::Job;
use crate::ledger::Book;
use crate::transfer::{State, Transfer};

/// Sweeps every folder the job writes in, and says so where there was something. Only with the lock held.
pub fn sweep(job: &Job, book: &Book, carriers: &Carriers) -> Option<String> {
    let mut folders = carriers.folders();
    folders.push(job.spool.clone());
    folders.extend(job.receipts.archive.clone());
    folders.extend(inside(&job.reports.path).filter(|path| path.is_dir()));
    let halves: u64 = folders.iter().map(|folder| durable::sweep(folder)).sum();
    let parcels = inside(&job.spool)
        .filter(|path| is_unrecorded(path, book))
        .filter(|path| durable::remove(path).is_ok())
        .count();
    (halves > 0 || parcels > 0).then(|| {
        format!(
            "an earlier run broke off; {halves} unfinished files and {parcels} unrecorded parcels removed"
        )
    })
}

/// What lies in a folder; nothing where it cannot be listed.
fn inside(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Whether a file of the spool has a parcel's name, and no parcel of that transfer and revision was ever recorded or
/// found. A file of a transfer that the ledger does not know is another ledger's, or an older one's: left alone.
fn is_unrecorded(path: &Path, book: &Book) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Some(ParcelName { transfer, revision, .. }) = parcel_name(name) else { return false };
    let left = |transfer: &Transfer| !was_sealed(transfer, revision) && revision > transfer.found_sealed;
    book.transfers.get(&transfer).is_some_and(left)
}

/// What the name of a parcel's file says.
pub(super) struct ParcelName {
    /// The transfer.
    pub(super) transfer: TransferId,
    /// The revision.
    pub(super) revision: u32,
    /// Which message, from 1; none for what gets no receipts.
    pub(super) part: Option<u32>,
}

/// What a parcel of one file ends with: a worklist's, a letter, a sealed bundle. Letters of before were zips too.
const ENDINGS: [&str; 3] = [".zip", ".pdf", BUNDLE];
const BUNDLE: &str = ".p7m";

/// `<transfer id>-<revision>.<part>.xml`, or `<transfer id>-<revision>` with one of the [`ENDINGS`].
pub(super) fn parcel_name(name: &str) -> Option<ParcelName> {
    let message = || {
        let (stem, part) = name.strip_suffix(".xml")?.rsplit_once('.')?;
        Some((stem, Some(part.parse::<u32>().ok()?)))
    };
    // A bundle is one message.
    let single = |ending: &&str| Some((name.strip_suffix(*ending)?, (*ending == BUNDLE).then_some(1)));
    let (stem, part) = ENDINGS.iter().find_map(single).or_else(message)?;
    let (transfer, revision) = stem.rsplit_once('-')?;
    Some(ParcelName { transfer: TransferId::parse(transfer)?, revision: revision.parse().ok()?, part })
}

/// Whether the ledger may know of a parcel of this revision. The revision goes up when what was sealed is opened,
/// so that only the latest can be without one.
pub(super) fn was_sealed(transfer: &Transfer, revision: u32) -> bool {
    if revision != transfer.revision {
        return revision < transfer.revision;
    }
    match &transfer.state {
        State::Planned | State::Collected { .. } | State::Cleared { .. } | State::NothingToSend { .. } => {
            false
        }
        State::Held { sealed, .. } => sealed.is_some(),
        State::Sealed { .. }
        | State::InFlight { .. }
        | State::Deferred { .. }
        | State::InDoubt { .. }
        | State::Placed { .. }
        | State::Sent { .. }
        | State::Delivered { .. }
        | State::Accepted { .. }
        | State::Rejected { .. }
        | State::Abandoned { .. }
        | State::Withdrawn { .. } => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_parcels_own_name_is_one() {
        let rows = [
            ("2SSQ-Z9FX-4EDY-1ESP-1.zip", true),
            ("2SSQ-Z9FX-4EDY-1ESP-1.pdf", true),
            ("2SSQ-Z9FX-4EDY-1ESP-1.p7m", true),
            ("2SSQ-Z9FX-4EDY-1ESP-12.3.xml", true),
            ("2SSQ-Z9FX-4EDY-1ESP-12.xml", false),
            ("2SSQ-Z9FX-4EDY-1ESP-12.3.zip", false),
            ("2SSQ-Z9FX-4EDY-1ESP.zip", false),
            ("2SSQ-Z9FX-4EDY-1ESP-1.zip.bak", false),
            ("2SSQ-Z9FX-1.zip", false),
            ("notes-1.xml", false),
            ("", false),
        ];
        for (name, expected) in rows {
            assert_eq!(parcel_name(name).is_some(), expected, "{name}");
        }
    }
}
