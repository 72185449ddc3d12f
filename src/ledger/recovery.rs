//! What a night that died leaves behind, and what the next one makes of it.
//!
//! An attempt that was recorded and never answered may have left: it becomes in doubt and is sent again with the
//! same bytes under the same ids. Nothing else needs recovering: every other state is at rest.

use std::collections::BTreeSet;

use super::book::Book;
use super::entry::Entry;
use crate::id::RunId;
use crate::transfer::{Event, State};

/// One [`Event::Lose`] for each transfer in flight that is none of the living runs'.
pub fn lost_attempts(book: &Book, living: &BTreeSet<RunId>) -> Vec<Entry> {
    let lost = |state: &State| matches!(state, State::InFlight { run, .. } if !living.contains(run));
    let transfers = book.transfers.values().filter(|transfer| lost(&transfer.state));
    transfers
        .map(|transfer| Entry::Event { transfer: transfer.id.clone(), event: Box::new(Event::Lose) })
        .collect()
}
