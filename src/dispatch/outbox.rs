//! The folder from which the municipality's own message system sends.
//!
//! A message gets its name, `<message id>.xml`, only when it is whole and synced; hidden names are the message
//! system's business to leave alone. Leaves out everything after that: from the rename on the message is sent, and
//! the folder says nothing more of it.

use std::path::PathBuf;

use super::carrier::{Carrier, Outcome};
use super::copy::{Lying, copy_sealed, lying};
use crate::durable::{self, DurableError};
use crate::ledger::Attempt;
use crate::ledger::writer::Recorded;
use crate::package::Parcel;
use crate::verdict::Channel;

/// The message system's folder. It is never made here: where a share is not mounted, an empty folder in its place
/// would swallow every message.
#[derive(Clone, Debug)]
pub struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    /// The channel over a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Outbox { folder: folder.into() }
    }

    fn put(&self, name: String, parcel: &Parcel) -> Result<Outcome, DurableError> {
        let path = self.folder.join(&name);
        match lying(&path, parcel.record())? {
            // After doubt the same bytes go to the same name; if the message system has taken them already, they go
            // a second time under the same message id, which the receiver ignores.
            Lying::Nothing => copy_sealed(parcel, &path)?,
            // A run that died between the rename and the sync.
            Lying::Same => durable::sync_folder(&self.folder)?,
            // Not ours to overwrite, and not the receiver's doing: a person clears it away, and the parcel goes the
            // next time.
            Lying::Other => {
                return Ok(Outcome::Deferred {
                    fault: format!("something else lies in the outbox as {name}"),
                });
            }
        }
        Ok(Outcome::Taken { reference: name })
    }
}

impl Carrier for Outbox {
    fn channel(&self) -> Channel {
        Channel::Outbox
    }

    fn carry(&self, _attempt: &Recorded<Attempt>, parcel: &Parcel) -> Outcome {
        let [message] = parcel.record().messages.as_slice() else {
            let count = parcel.record().messages.len();
            return Outcome::Refused {
                text: format!("a parcel for the outbox holds one message, not {count}"),
            };
        };
        self.put(format!("{message}.xml"), parcel).unwrap_or_else(|error| Outcome::of_trouble(&error))
    }

    fn remove(&self, _place: &str) -> Result<bool, DurableError> {
        Ok(false)
    }

    fn folders(&self) -> Vec<PathBuf> {
        vec![self.folder.clone()]
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::copy::samples;
    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn names(folder: &Path) -> std::io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    #[test]
    fn a_message_is_whole_under_its_own_id() -> Tested {
        let (spool, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let parcel =
            samples::parcel(spool.path(), 1, Channel::Outbox, samples::party(9000222), b"<MsgHead/>")?;
        let name = format!("{}.xml", parcel.record().messages[0]);
        let outbox = Outbox::new(folder.path());
        let taken = Outcome::Taken { reference: name.clone() };
        assert_eq!(outbox.carry(&samples::attempt(1, 1), &parcel), taken);
        assert_eq!(names(folder.path())?, std::slice::from_ref(&name));
        assert_eq!(fs::read(folder.path().join(&name))?, b"<MsgHead/>");
        assert_eq!(outbox.carry(&samples::attempt(1, 2), &parcel), taken, "again after doubt");
        assert_eq!(names(folder.path())?.len(), 1);
        fs::remove_file(folder.path().join(&name))?;
        assert_eq!(
            outbox.carry(&samples::attempt(1, 3), &parcel),
            taken,
            "sent meanwhile: same name, same bytes"
        );
        assert_eq!(outbox.remove(&name).ok(), Some(false));
        assert_eq!(names(folder.path())?, [name], "what is in the outbox is not taken back");
        Ok(())
    }

    #[test]
    fn a_file_of_another_is_never_overwritten() -> Tested {
        let (spool, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let parcel =
            samples::parcel(spool.path(), 1, Channel::Outbox, samples::party(9000222), b"<MsgHead/>")?;
        let path = folder.path().join(format!("{}.xml", parcel.record().messages[0]));
        fs::write(&path, b"something")?;
        let outcome = Outbox::new(folder.path()).carry(&samples::attempt(1, 1), &parcel);
        assert!(matches!(outcome, Outcome::Deferred { .. }), "{outcome:?}");
        assert_eq!(fs::read(&path)?, b"something");
        Ok(())
    }

    #[test]
    fn trouble_before_the_rename_defers() -> Tested {
        let (spool, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let parcel =
            samples::parcel(spool.path(), 1, Channel::Outbox, samples::party(9000222), b"<MsgHead/>")?;
        let missing = folder.path().join("not-mounted");
        let outcome = Outbox::new(&missing).carry(&samples::attempt(1, 1), &parcel);
        assert!(matches!(outcome, Outcome::Deferred { .. }), "no folder: {outcome:?}");
        assert!(!missing.exists(), "it is not made");
        fs::remove_file(parcel.path())?;
        let outcome = Outbox::new(folder.path()).carry(&samples::attempt(1, 1), &parcel);
        assert!(matches!(outcome, Outcome::Deferred { .. }), "no parcel: {outcome:?}");
        assert_eq!(names(folder.path())?.len(), 0);
        Ok(())
    }

    #[test]
    fn a_parcel_without_its_one_message_is_refused() -> Tested {
        let (spool, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let parcel = samples::parcel(spool.path(), 1, Channel::Print, samples::party(9000222), b"zip")?;
        let outcome = Outbox::new(folder.path()).carry(&samples::attempt(1, 1), &parcel);
        assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
        Ok(())
    }
}
