//! A ledger that was put back from a backup: noticed, recorded, and what may have left meanwhile treated with care.
//!
//! It is told by the mark that a backup carries, and by reports that know more entries than the ledger has. A parcel
//! that lies there and that the ledger has no record of may have left: its transfer is held until a person says. What
//! was fixed when the copy was made, and not sent, may have been sent since: it is in doubt, and goes again as the same
//! bytes. An ordinary crash leaves such parcels too, and neither sign. Leaves out the copy itself (`ledger::backup`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::RunError;
use super::account::Earlier;
use super::anchors;
use super::disclose::disclosures;
use super::sweep::{ParcelName, parcel_name, was_sealed};
use crate::dispatch::carriers;
use crate::id::{LedgerKey, RunId, TransferId};
use crate::job::Job;
use crate::ledger::{Book, Entry, FoundFile, Head, Ledger, RunRecord, View};
use crate::moves::{Moment, Now};
use crate::person::Environment;
use crate::transfer::{Event, State, Transfer};

/// What the run is called that records it.
const COMMAND: &str = "restore";

/// Records that the ledger was put back, where it was, before anything else is done with it.
///
/// # Errors
/// [`RunError`] when the ledger cannot be read or written.
pub fn recognise(job: &Job, now: Now, ledger: &mut Ledger) -> Result<(), RunError> {
    let runs = ledger.last_runs(usize::MAX)?;
    let known = Known { book: ledger.book(), key: ledger.key(), head: ledger.head(), runs: &runs };
    let Some(noticed) = noticed(job, &known, ledger.copied_at()) else { return Ok(()) };
    let run = ledger.begin_run(COMMAND, now)?;
    let mut entries = noticed.entries(ledger.book(), &run);
    entries.extend(disclosures(ledger.book(), &entries, now.to_utc()));
    ledger.append(&run, now.to_utc(), entries)?;
    Ok(ledger.finish_run(&run, now.to_utc(), "null")?)
}

/// Whether a ledger may be made where there is none, or an empty file. A new one has another key where persons are real: it gives every
/// transfer another id, and could tell nothing of what was sent.
///
/// # Errors
/// [`RunError::LedgerGone`] when reports tell of one.
pub fn expect_ledger(job: &Job) -> Result<(), RunError> {
    if job.environment == Environment::Test || View::is_begun(&job.ledger) {
        return Ok(());
    }
    let reports = anchors::heads(&job.reports.path, |_| true).len();
    if reports == 0 { Ok(()) } else { Err(RunError::LedgerGone { reports }) }
}

/// What a ledger knows.
pub struct Known<'a> {
    /// What is true by it.
    pub book: &'a Book,
    /// Its key.
    pub key: &'a LedgerKey,
    /// How far it reaches.
    pub head: Head,
    /// Its runs.
    pub runs: &'a [RunRecord],
}

/// That a ledger was put back, and what lies there that it does not know.
pub struct Noticed {
    copied_at: Option<Moment>,
    reports: Vec<(RunId, Head)>,
    found: BTreeMap<TransferId, Vec<FoundFile>>,
}

/// Looks for the signs; none when there is none.
pub fn noticed(job: &Job, known: &Known, copied_at: Option<Moment>) -> Option<Noticed> {
    let has_ended = |run: &RunId| known.runs.iter().any(|it| it.id == *run && it.finished_at.is_some());
    let ahead = |head: &Head| head.entries > known.head.entries || head.disclosures > known.head.disclosures;
    let is_told = |report: &(RunId, Head)| known.book.restores.iter().any(|it| it.reports.contains(report));
    let reports = anchors::heads(&job.reports.path, |run| !has_ended(run)).into_iter();
    let reports: Vec<_> = reports.filter(|report| ahead(&report.1) && !is_told(report)).collect();
    if copied_at.is_none() && reports.is_empty() {
        return None;
    }
    Some(Noticed { copied_at, reports, found: found(&lying(job), known.book, known.key) })
}

impl Noticed {
    /// The entries that say so.
    pub fn entries(self, book: &Book, run: &RunId) -> Vec<Entry> {
        let Noticed { copied_at, reports, found } = self;
        let may_have_gone = |transfer: &&Transfer| {
            let waits = matches!(transfer.state, State::Sealed { .. } | State::Deferred { .. });
            waits && !found.contains_key(&transfer.id)
        };
        let doubted = book.transfers.values().filter(may_have_gone).flat_map(|transfer| {
            let start = Event::Start { attempt: transfer.attempts + 1, run: run.clone() };
            [start, Event::Lose].map(|event| Entry::event(transfer.id.clone(), event))
        });
        let doubted: Vec<Entry> = doubted.collect();
        let found = found.into_iter().map(|(transfer, files)| Entry::FoundSealed { transfer, files });
        std::iter::once(Entry::Restored { copied_at, reports }).chain(found).chain(doubted).collect()
    }
}

/// The names of everything that lies in the spool and in the channels' folders, those that a channel keeps for itself
/// included.
fn lying(job: &Job) -> BTreeSet<String> {
    let hidden = carriers(job).folders();
    let folders = job.channel_folders().map(|folder| folder.to_path_buf()).chain(hidden);
    let files = folders.chain([job.spool.clone()]).filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    files.flatten().filter_map(|file| file.file_name().into_string().ok()).collect()
}

/// The parcels' files among these names that the ledger has no record of, and that are not older than what it has.
fn found(names: &BTreeSet<String>, book: &Book, key: &LedgerKey) -> BTreeMap<TransferId, Vec<FoundFile>> {
    let mut found: BTreeMap<TransferId, Vec<FoundFile>> = BTreeMap::new();
    for name in names {
        let Some(ParcelName { transfer, revision, part }) = parcel_name(name) else { continue };
        let stands = book.transfers.get(&transfer);
        let is_known = stands.is_some_and(|stands| was_sealed(stands, revision));
        let was_found = book.found_files.get(&transfer).into_iter().flatten().any(|file| file.name == *name);
        if is_known || was_found {
            continue;
        }
        let message = part.map(|part| (key.message(&transfer, revision, part), part));
        found.entry(transfer).or_default().push(FoundFile { name: name.clone(), revision, message });
    }
    found
}

/// What is to be known of a restore since the latest account.
pub fn remark(book: &Book, earlier: &Earlier) -> Option<String> {
    let latest = earlier.account.as_ref().map(|account| &account.run_id);
    let mut since = earlier.runs.iter().take_while(|run| Some(&run.id) != latest);
    let restore = book.restores.last().filter(|_| since.any(|run| run.command == COMMAND))?;
    let copy =
        restore.copied_at.map_or("of a time not known".to_owned(), |at| format!("of {}", at.to_rfc3339()));
    let (parcels, reports) = (book.found_files.values().flatten().count(), restore.reports.len());
    Some(format!(
        "the ledger was put back from a copy {copy}: {reports} reports know more, and {parcels} files of parcels that \
         it does not know lie there"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Inventory;
    use crate::message::apprec::{AppRec, AppRecStatus, Version};
    use crate::place::HerId;
    use crate::receipts::apprec;
    use crate::receipts::view::View as Receivers;
    use crate::transfer::samples;
    use crate::verdict::Content;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    /// A planned transfer after these events.
    fn after(events: Vec<Event>) -> Result<Book, Box<dyn std::error::Error>> {
        let mut book = Book::default();
        let birth = Box::new(samples::birth("P-1", Content::Tb));
        book.record(&Entry::Plan { transfer: samples::transfer_id(), birth }, samples::minute(0))?;
        for event in events {
            book.record(&Entry::event(samples::transfer_id(), event), samples::minute(1))?;
        }
        Ok(book)
    }

    fn sealed() -> Vec<Event> {
        vec![
            Event::Collect { inventory: Inventory::default() },
            Event::Clear { clearance: samples::clearance() },
            Event::Seal { parcel: samples::parcel(1, 1) },
        ]
    }

    #[test]
    fn what_is_of_this_revision_or_a_later_one_and_not_recorded_is_found() -> Tested {
        let id = samples::transfer_id();
        let names =
            ["-1.pdf", "-1.1.xml", "-1.2.xml", "-2.p7m", ".pdf", "-3.txt"].map(|end| format!("{id}{end}"));
        let names = BTreeSet::from(names);
        let key = LedgerKey::new([7; 32]);
        let found_in = |book: &Book| {
            let files = found(&names, book, &key).remove(&id).unwrap_or_default();
            files.into_iter().map(|file| (file.name, file.message)).collect::<Vec<_>>()
        };
        let message = |revision, part| Some((key.message(&id, revision, part), part));
        let all = vec![
            (format!("{id}-1.1.xml"), message(1, 1)),
            (format!("{id}-1.2.xml"), message(1, 2)),
            (format!("{id}-1.pdf"), None),
            (format!("{id}-2.p7m"), message(2, 1)),
        ];
        assert_eq!(found_in(&Book::default()), all, "of a transfer that is not known");
        assert_eq!(found_in(&after(Vec::new())?), all, "of a planned one");
        assert_eq!(found_in(&after(sealed())?), all[3..], "of a sealed one");
        Ok(())
    }

    /// What a restore records of a transfer, and where it then stands.
    fn restored(mut book: Book, files: Vec<FoundFile>) -> Result<Transfer, Box<dyn std::error::Error>> {
        let found = if files.is_empty() { None } else { Some((samples::transfer_id(), files)) };
        let noticed = Noticed { copied_at: None, reports: Vec::new(), found: found.into_iter().collect() };
        for entry in noticed.entries(&book.clone(), &samples::run()) {
            book.record(&entry, samples::minute(5))?;
        }
        Ok(book.transfers.remove(&samples::transfer_id()).ok_or("the transfer")?)
    }

    fn file(revision: u32) -> FoundFile {
        FoundFile { name: format!("{}-{revision}.pdf", samples::transfer_id()), revision, message: None }
    }

    #[test]
    fn what_was_fixed_and_not_sent_is_in_doubt_and_what_was_found_gets_a_later_revision() -> Tested {
        let in_doubt = restored(after(sealed())?, Vec::new())?;
        assert_eq!(
            (in_doubt.state.code(), in_doubt.revision, in_doubt.may_have_left_unseen),
            ("in-doubt", 1, false)
        );
        let planned = restored(after(Vec::new())?, Vec::new())?;
        assert_eq!((planned.state.code(), planned.may_have_left_unseen), ("planned", false));

        let mut found = restored(after(Vec::new())?, vec![file(1), file(2)])?;
        assert_eq!((found.state.code(), found.revision, found.may_have_left_unseen), ("planned", 3, true));
        let waiver = crate::transfer::Waiver {
            reason: crate::reason::Reason::Restored,
            receiver: None,
            hand: samples::hand(),
        };
        let hold = crate::transfer::Hold::plain(crate::reason::Reason::Restored);
        for event in [Event::Hold { reasons: vec![hold] }, Event::Waive { waiver }, Event::Resume] {
            found.apply(&event, samples::minute(6))?;
        }
        assert_eq!((found.revision, found.may_have_left_unseen), (3, false), "a person has said");

        let mut anew = restored(after(sealed())?, vec![file(2)])?;
        assert_eq!(
            (anew.state.code(), anew.revision),
            ("sealed", 1),
            "it was made anew since, so this one never left"
        );
        for event in [Event::Hold { reasons: Vec::new() }, Event::Resume] {
            anew.apply(&event, samples::minute(6))?;
        }
        assert_eq!((anew.revision, anew.may_have_left_unseen), (3, true), "behind the one that was found");
        Ok(())
    }

    #[test]
    fn a_receipt_for_what_was_found_is_recognised_and_holds_it() -> Tested {
        let (mut book, id) = (after(Vec::new())?, samples::transfer_id());
        let message = LedgerKey::new([7; 32]).message(&id, 1, 1);
        let found = FoundFile { name: format!("{id}-1.1.xml"), revision: 1, message: Some((message, 1)) };
        book.record(&Entry::FoundSealed { transfer: id.clone(), files: vec![found] }, samples::minute(2))?;
        let receipt = AppRec {
            version: Version::V1_1,
            id: String::new(),
            gen_date: None,
            sender_her_ids: vec![HerId(9000222)],
            receiver_her_ids: Vec::new(),
            status: AppRecStatus::Accepted,
            errors: Vec::new(),
            original_type: String::new(),
            original_issue_date: None,
            original_id: message.to_string(),
        };
        let read = apprec::correlate(&receipt, "a.xml", &Receivers::of(&book), samples::minute(3));
        assert_eq!(read.rows.first().map(|row| row.effect.as_str()), Some("earlier-revision"));
        for entry in &read.entries {
            book.record(entry, samples::minute(3))?;
        }
        assert!(book.transfers.get(&id).is_some_and(|transfer| transfer.accepted_earlier));
        Ok(())
    }

    #[test]
    fn a_transfer_that_is_planned_after_it_was_found_is_held_too() -> Tested {
        let mut book = Book::default();
        let found = Entry::FoundSealed { transfer: samples::transfer_id(), files: vec![file(1)] };
        book.record(&found, samples::minute(0))?;
        let birth = Box::new(samples::birth("P-1", Content::Tb));
        book.record(&Entry::Plan { transfer: samples::transfer_id(), birth }, samples::minute(1))?;
        let transfer = book.transfers.get(&samples::transfer_id()).ok_or("the transfer")?;
        assert_eq!((transfer.revision, transfer.may_have_left_unseen), (2, true));
        assert_eq!(book.files_of(&transfer.id).collect::<Vec<_>>(), [file(1).name]);
        Ok(())
    }
}
