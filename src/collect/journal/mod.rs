//! The journal of one migrant: may it go, and is it whole.
//!
//! [`permission`] decides first, and no bundle is opened without it. Then every document is read once from start
//! to end: hashed, its format told from its content, its end mark looked for. A bundle with one fault is held as
//! a whole; never a partial journal. Bundles come from other systems and are treated as hostile: whatever could
//! lead outside the folder, exhaust the disk or stop the night is refused. Leaves out what a receiver can take
//! (`preflight`) and changes nothing.

pub mod permission;
pub mod names;
pub mod index;
pub mod opened;
pub mod folder;
pub mod zip;
pub mod bundle;
pub mod documents;
#[cfg(test)]
mod tests;

use std::io::{self, Read};

use chrono::NaiveDate;

use self::bundle::Bundle;
use self::permission::Permission;
use super::finding::Finding;
use crate::id::PatientRef;
use crate::inventory::{Inventory, TbStatus};
use crate::job::{JournalSettings, Legal};
use crate::patient::Migrant;
use crate::reason::Reason;
use crate::transfer::Hold;

/// Collects a migrant's journal. `tb_status` is the status that the TB half found, if it found one; `waived`
/// says which reasons a person has set aside for this transfer.
pub fn collect(
    migrant: &Migrant,
    settings: &JournalSettings,
    legal: &Legal,
    tb_status: Option<TbStatus>,
    today: NaiveDate,
    waived: &dyn Fn(Reason) -> bool,
) -> Finding {
    let (inventory, notes) = (Inventory::default(), Vec::new());
    let basis = match permission::permission(&migrant.patient, legal, tb_status, today, waived) {
        Permission::Granted(basis) => basis,
        Permission::Refused(why) => return Finding::Nothing { why, inventory, notes },
        Permission::Unclear(reasons) => {
            let reasons = reasons.into_iter().map(Hold::plain).collect();
            return Finding::Hold { reasons, inventory, notes };
        }
    };
    let inventory = Inventory { journal_basis: basis.to_owned(), ..inventory };
    match read_bundle(&migrant.patient.patient, settings) {
        Ok(documents) => Finding::Send { inventory: Inventory { documents, ..inventory }, notes },
        Err(reasons) => Finding::Hold { reasons, inventory, notes },
    }
}

/// Collects a migrant's journal beside what the TB half found. A duty under the regulation rests on a finding, and
/// a finding that is itself held as doubtful (two answers, another person's number, a source that is not whole)
/// gives none: where the journal's answer hangs on it, the journal waits for it.
pub fn collect_beside(
    tb: &Finding,
    migrant: &Migrant,
    settings: &JournalSettings,
    legal: &Legal,
    today: NaiveDate,
    waived: &dyn Fn(Reason) -> bool,
) -> Finding {
    let status = tb.inventory().tb.as_ref().map(|tb| tb.status);
    let doubts = doubts(tb, status);
    let collect = |status| collect(migrant, settings, legal, status, today, waived);
    if doubts.is_empty() {
        return collect(status);
    }
    let permission = |status| permission::permission(&migrant.patient, legal, status, today, waived);
    match (permission(None), permission(Some(TbStatus::FollowUpNeeded))) {
        (Permission::Granted(_), _) => collect(None),
        (without, with) if without == with => collect(None),
        (Permission::Refused(_) | Permission::Unclear(_), with) => {
            let asked = match with {
                Permission::Unclear(reasons) => reasons,
                Permission::Granted(_) | Permission::Refused(_) => Vec::new(),
            };
            let reasons = asked.into_iter().map(Hold::plain).chain(doubts).collect();
            Finding::Hold { reasons, inventory: Inventory::default(), notes: Vec::new() }
        }
    }
}

/// What keeps the person's status from being relied on. A finding stays one when another source is missing.
fn doubts(tb: &Finding, status: Option<TbStatus>) -> Vec<Hold> {
    let Finding::Hold { reasons, .. } = tb else { return Vec::new() };
    let found = status == Some(TbStatus::FollowUpNeeded);
    let doubtful = |hold: &&Hold| match hold.reason {
        Reason::ResultConflict | Reason::IdentityConflict => true,
        reason => reason == Reason::SourceIncomplete && !found,
    };
    reasons.iter().filter(doubtful).cloned().collect()
}

fn read_bundle(
    patient: &PatientRef,
    settings: &JournalSettings,
) -> Result<Vec<crate::inventory::Document>, Vec<Hold>> {
    let mut bundle = Bundle::open(settings, patient).map_err(|hold| vec![hold])?;
    documents::read_all(&mut bundle, settings)
}

/// Opens one document of a migrant's bundle again, under the same guards as when it was collected. `source` is
/// [`Document::source`](crate::inventory::Document::source). Whether the content is still the same is for the
/// caller to check against the digest.
///
/// # Errors
/// When the bundle or the document is gone, has become something else, changes while it is read, or when `f`
/// fails. No error names the patient.
pub fn with_document<T>(
    settings: &JournalSettings,
    patient: &PatientRef,
    source: &str,
    f: impl FnOnce(&mut dyn Read) -> io::Result<T>,
) -> io::Result<T> {
    let mut bundle = Bundle::open(settings, patient).map_err(|hold| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {}", hold.reason, hold.detail))
    })?;
    bundle.read(source, |opened| f(&mut opened.reader.take(settings.max_document_bytes)))?
}
