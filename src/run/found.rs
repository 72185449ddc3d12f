//! Letters that a ledger put back from a backup has lost: taken out of the trays once they must not be posted.
//!
//! Leaves out how they are found (`restore`) and what a person says of them (`hand`).

use super::desk::Desk;
use crate::dispatch::carrier::Carriers;
use crate::durable::DurableError;
use crate::id::TransferId;
use crate::ledger::Book;
use crate::reason::Reason;
use crate::transfer::Event;
use crate::verdict::Channel;

/// Takes the letters of a transfer that were found out of the trays. What is gone from there stays gone.
///
/// # Errors
/// [`DurableError`] when a tray cannot be used: the letter may still lie there.
pub fn take_out(carriers: &Carriers, book: &Book, id: &TransferId) -> Result<(), DurableError> {
    for file in book.found_files.get(id).into_iter().flatten().filter(|file| file.message.is_none()) {
        // What is for a worklist is a zip, and so were letters once.
        let trays = [Channel::Print, Channel::InEpj];
        let trays = trays.into_iter().filter(|tray| *tray == Channel::Print || !file.name.ends_with(".pdf"));
        for carrier in trays.filter_map(|tray| carriers.get(tray)) {
            carrier.remove(&file.name)?;
        }
    }
    Ok(())
}

/// The same, where what was decided holds a transfer because of who may know where the person is, and it may have left
/// unseen.
///
/// # Errors
/// As [`take_out`].
pub fn take_out_protected(
    carriers: &Carriers,
    desk: &Desk,
    id: &TransferId,
    decided: &[Event],
) -> Result<(), DurableError> {
    let transfer = desk.book().transfers.get(id).filter(|_| desk.is_real());
    let is_unseen = transfer.is_some_and(|transfer| transfer.may_have_left_unseen);
    if is_unseen && decided.iter().any(is_for_protection) {
        take_out(carriers, desk.book(), id)
    } else {
        Ok(())
    }
}

fn is_for_protection(event: &Event) -> bool {
    let Event::Hold { reasons } = event else { return false };
    reasons.iter().any(|hold| matches!(hold.reason, Reason::StrictlyConfidential | Reason::Confidential))
}
