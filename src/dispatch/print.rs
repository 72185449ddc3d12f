//! Letters: a print-ready file per transfer in a tray, and a person who posts it.
//!
//! Nothing leaves the house here; that it did is what the person says (`receipts::lists`, `hands`). Leaves out the
//! letter itself (`package`) and its counting of pages.

use std::path::PathBuf;

use super::carrier::{Carrier, Outcome};
use super::tray::Tray;
use crate::durable::DurableError;
use crate::ledger::Attempt;
use crate::ledger::writer::Recorded;
use crate::package::Parcel;
use crate::verdict::Channel;

/// The folder for print-ready files.
#[derive(Clone, Debug)]
pub struct Print {
    tray: Tray,
}

impl Print {
    /// The channel over a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Print { tray: Tray::new(folder) }
    }
}

impl Carrier for Print {
    fn channel(&self) -> Channel {
        Channel::Print
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
