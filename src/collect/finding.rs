//! The answer that both halves of collection give: send this, send nothing, or hold.
//!
//! Only the values; `run` turns them into events and actions.

use crate::inventory::{Inventory, Note};
use crate::reason::Reason;
use crate::transfer::Hold;

/// What collection found for one migrant and one content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// There is something to send, all of it.
    Send {
        /// All of it.
        inventory: Inventory,
        /// What a person must do besides.
        notes: Vec<Note>,
    },
    /// There is nothing to send, and that is the end of it.
    Nothing {
        /// Why.
        why: Reason,
        /// What was found and does not go.
        inventory: Inventory,
        /// What a person must do all the same: a finding that is objected to is still a finding.
        notes: Vec<Note>,
    },
    /// A person must mend or decide something first.
    Hold {
        /// Every reason, not only the first.
        reasons: Vec<Hold>,
        /// What is known so far.
        inventory: Inventory,
        /// What a person must do besides.
        notes: Vec<Note>,
    },
}

impl Finding {
    /// What was found, whatever becomes of it.
    pub fn inventory(&self) -> &Inventory {
        match self {
            Finding::Send { inventory, .. }
            | Finding::Nothing { inventory, .. }
            | Finding::Hold { inventory, .. } => inventory,
        }
    }

    /// What a person must do besides.
    pub fn notes(&self) -> &[Note] {
        match self {
            Finding::Send { notes, .. } | Finding::Nothing { notes, .. } | Finding::Hold { notes, .. } => {
                notes
            }
        }
    }
}
