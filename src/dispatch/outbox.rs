//! The folder from which the municipality's own message system sends.
//!
//! A message is named `<message id>.xml`. Leaves out how files come to stand there (`pickup`).

use std::path::PathBuf;

use super::carrier::{Carrier, Outcome};
use super::pickup::Pickup;
use crate::durable::DurableError;
use crate::id::MessageId;
use crate::ledger::Attempt;
use crate::ledger::writer::Recorded;
use crate::package::Parcel;
use crate::verdict::Channel;

/// The message system's folder.
#[derive(Clone, Debug)]
pub struct Outbox {
    pickup: Pickup,
}

impl Outbox {
    /// The channel over a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Outbox { pickup: Pickup { folder: folder.into() } }
    }
}

fn name(message: MessageId) -> String {
    format!("{message}.xml")
}

impl Carrier for Outbox {
    fn channel(&self) -> Channel {
        Channel::Outbox
    }

    fn carry(&self, _attempt: &Recorded<Attempt>, parcel: &Parcel) -> Outcome {
        self.pickup.put(parcel, |file| file.message.map(name))
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
        let name = super::name(parcel.record().messages().next().ok_or("a message")?);
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
        let path = folder.path().join(super::name(parcel.record().messages().next().ok_or("a message")?));
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
        fs::remove_file(parcel.path_of(&parcel.record().files[0]))?;
        let outcome = Outbox::new(folder.path()).carry(&samples::attempt(1, 1), &parcel);
        assert!(matches!(outcome, Outcome::Deferred { .. }), "no parcel: {outcome:?}");
        assert_eq!(names(folder.path())?.len(), 0);
        Ok(())
    }

    #[test]
    fn a_conversation_stands_there_whole_or_not_at_all() -> Tested {
        let (spool, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let parcel =
            samples::conversation(spool.path(), 1, [b"<MsgHead>1</MsgHead>", b"<MsgHead>2</MsgHead>"])?;
        let outbox = Outbox::new(folder.path());
        let second = parcel.record().files[1].clone();
        fs::remove_file(parcel.path_of(&second))?;
        let outcome = outbox.carry(&samples::attempt(1, 1), &parcel);
        assert!(matches!(outcome, Outcome::Deferred { .. }), "{outcome:?}");
        assert_eq!(names(folder.path())?.len(), 0, "not the first without the second");
        fs::write(parcel.path_of(&second), b"<MsgHead>2</MsgHead>")?;
        for attempt in [2, 3] {
            let outcome = outbox.carry(&samples::attempt(1, attempt), &parcel);
            assert!(matches!(outcome, Outcome::Taken { .. }), "{outcome:?}");
            assert_eq!(names(folder.path())?.len(), 2, "attempt {attempt}");
        }
        Ok(())
    }

    #[test]
    fn a_parcel_without_a_message_is_refused() -> Tested {
        let (spool, folder) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let parcel = samples::parcel(spool.path(), 1, Channel::Print, samples::party(9000222), b"zip")?;
        let outcome = Outbox::new(folder.path()).carry(&samples::attempt(1, 1), &parcel);
        assert!(matches!(outcome, Outcome::Refused { .. }), "{outcome:?}");
        Ok(())
    }
}
