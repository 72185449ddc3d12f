//! The EPJ's own transfer function: a worklist, and a person who works it off.
//!
//! Parties on the same EPJ cannot reach each other by electronic messages (NHN, «Migrasjonshelse»), so the file and
//! the list only say what is to be handed over inside the system. Leaves out the handing over.

use std::path::PathBuf;

use super::carrier::{Carrier, Outcome};
use super::tray::Tray;
use crate::durable::DurableError;
use crate::ledger::Attempt;
use crate::ledger::writer::Recorded;
use crate::package::Parcel;
use crate::verdict::Channel;

/// The folder for what is handed over inside the EPJ.
#[derive(Clone, Debug)]
pub struct InEpj {
    tray: Tray,
}

impl InEpj {
    /// The channel over a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        InEpj { tray: Tray::new(folder) }
    }
}

impl Carrier for InEpj {
    fn channel(&self) -> Channel {
        Channel::InEpj
    }

    fn carry(&self, _attempt: &Recorded<Attempt>, parcel: &Parcel) -> Outcome {
        self.tray.place(parcel)
    }

    fn remove(&self, place: &str) -> Result<bool, DurableError> {
        self.tray.take_back(place)
    }

    fn folders(&self) -> Vec<PathBuf> {
        self.tray.folders()
    }
}
