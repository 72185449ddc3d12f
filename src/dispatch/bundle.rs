//! The folder from which sealed bundles are fetched, or carried to their receivers.
//!
//! A bundle keeps its name in the spool, which is its transfer's id and revision. Leaves out the sealing (`package`).

use std::path::PathBuf;

use super::carrier::{Carrier, Outcome};
use super::pickup::Pickup;
use crate::durable::DurableError;
use crate::ledger::Attempt;
use crate::ledger::writer::Recorded;
use crate::package::Parcel;
use crate::verdict::Channel;

/// The folder for sealed bundles.
#[derive(Clone, Debug)]
pub struct Bundles {
    pickup: Pickup,
}

impl Bundles {
    /// The channel over a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Bundles { pickup: Pickup { folder: folder.into() } }
    }
}

impl Carrier for Bundles {
    fn channel(&self) -> Channel {
        Channel::Bundle
    }

    fn carry(&self, _attempt: &Recorded<Attempt>, parcel: &Parcel) -> Outcome {
        // Only what was sealed to a certificate may lie where others fetch it.
        let sealed = parcel.clearance().sealed_to.is_some();
        self.pickup.put(parcel, |file| sealed.then(|| file.name.clone()))
    }

    fn remove(&self, _place: &str) -> Result<bool, DurableError> {
        Ok(false)
    }

    fn folders(&self) -> Vec<PathBuf> {
        vec![self.pickup.folder.clone()]
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::copy::samples;
    use super::*;

    #[test]
    fn a_bundle_keeps_its_name_and_what_is_not_sealed_never_lies_there()
    -> Result<(), Box<dyn std::error::Error>> {
        let (spool, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let bundles = Bundles::new(folder.path());
        let open = samples::parcel(spool.path(), 1, Channel::Print, samples::party(9000222), b"letter")?;
        assert!(matches!(bundles.carry(&samples::attempt(1, 1), &open), Outcome::Refused { .. }));
        assert_eq!(fs::read_dir(folder.path())?.count(), 0);
        let sealed = samples::parcel(spool.path(), 1, Channel::Bundle, samples::party(9000222), b"sealed")?;
        let name = sealed.record().files[0].name.clone();
        for attempt in [1, 2] {
            let outcome = bundles.carry(&samples::attempt(1, attempt), &sealed);
            assert_eq!(outcome, Outcome::Taken { reference: name.clone() }, "attempt {attempt}");
        }
        assert_eq!(fs::read(folder.path().join(name))?, b"sealed");
        Ok(())
    }
}
