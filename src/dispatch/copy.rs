//! Copies of parcels in a channel's folder: whole, the sealed bytes, or not there.
//!
//! What lies under a name is told from its bytes, never from its name alone. Leaves out what a channel makes of it.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::durable::{self, DurableError};
use crate::id::Digest;
use crate::package::Parcel;
use crate::transfer::ParcelRecord;

/// What lies under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lying {
    /// Nothing.
    Nothing,
    /// The parcel, byte for byte.
    Same,
    /// Something else: another file, a folder, a link.
    Other,
}

/// Looks at what lies under a name. A link is never followed.
pub(super) fn lying(path: &Path, record: &ParcelRecord) -> Result<Lying, DurableError> {
    let failed = |cause| DurableError { act: "look at", path: path.to_owned(), cause };
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Lying::Nothing),
        found => found.map_err(failed)?,
    };
    if !found.is_file() || found.len() != record.bytes {
        return Ok(Lying::Other);
    }
    let digest = File::open(path).and_then(|mut file| digest_of(&mut file)).map_err(failed)?;
    Ok(if digest == record.digest { Lying::Same } else { Lying::Other })
}

/// Copies the parcel to `to`. What was written is read back and compared with what was sealed before it gets its
/// name: a parcel that was altered, and a write that was shorter than the system said, stay unsent.
pub(super) fn copy_sealed(parcel: &Parcel, to: &Path) -> Result<(), DurableError> {
    let from = parcel.path();
    let mut source =
        File::open(from).map_err(|cause| DurableError { act: "read", path: from.to_owned(), cause })?;
    durable::write_whole_with(to, |file| {
        io::copy(&mut source, file)?;
        file.flush()?;
        file.rewind()?;
        let read_back = digest_of(file)?;
        if file.metadata()?.len() == parcel.record().bytes && read_back == parcel.record().digest {
            Ok(())
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, "the bytes are not those that were sealed"))
        }
    })
    .map(|_| ())
}

/// SHA-256 over the rest of a stream, in bounded memory.
fn digest_of(source: &mut impl Read) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(Digest::from_bytes(hasher.finalize().into())),
            Ok(length) => hasher.update(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Parcels for the tests of this floor.
#[cfg(test)]
pub(super) mod samples {
    use std::io;
    use std::path::Path;

    use super::{Digest, Parcel, ParcelRecord};
    use crate::id::{LedgerKey, TransferId};
    use crate::ledger::Attempt;
    use crate::ledger::writer::Recorded;
    use crate::moves::Moment;
    use crate::place::HerId;
    use crate::verdict::{Channel, Clearance, Content, Party, Receiver};

    /// A transfer's id that differs by `no`.
    pub(crate) fn id(no: u32) -> TransferId {
        LedgerKey::new([7; 32]).transfer(&["sample", &no.to_string()])
    }

    /// A party in Adresseregisteret.
    pub(crate) fn party(her_id: u32) -> Receiver {
        Receiver::Party(Party {
            her_id: HerId(her_id),
            name: "Migrasjonshelse".to_owned(),
            parent_her_id: HerId(her_id - 1),
            parent_name: "Bergstad kommune".to_owned(),
            parent_org: None,
        })
    }

    /// A parcel that lies in `spool` with these bytes.
    pub(crate) fn parcel(
        spool: &Path,
        no: u32,
        channel: Channel,
        receiver: Receiver,
        bytes: &[u8],
    ) -> io::Result<Parcel> {
        let key = LedgerKey::new([7; 32]);
        let transfer = id(no);
        let messages = if channel.gets_receipts() { vec![key.message(&transfer, 1, 1)] } else { Vec::new() };
        let file = format!("{transfer}-1.{}", if channel.gets_receipts() { "xml" } else { "zip" });
        let path = spool.join(&file);
        std::fs::write(&path, bytes)?;
        let record = ParcelRecord {
            digest: Digest::of(bytes),
            bytes: bytes.len() as u64,
            file,
            messages,
            sealed_at: Moment::UNIX_EPOCH,
        };
        let clearance = Clearance {
            channel,
            receiver,
            evidence: Vec::new(),
            agreed: true,
            valid_until: Moment::UNIX_EPOCH,
        };
        Ok(Parcel::for_test(record, path, clearance, Content::Tb))
    }

    /// An attempt that the ledger knows of.
    pub(crate) fn attempt(no: u32, number: u32) -> Recorded<Attempt> {
        Recorded::for_test(Attempt { transfer: id(no), number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Channel;

    #[test]
    fn what_lies_under_a_name_is_told_from_its_bytes() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let parcel = samples::parcel(folder.path(), 1, Channel::Print, samples::party(9000222), b"sealed")?;
        let cases: [(&str, Option<&[u8]>, Lying); 4] = [
            ("nothing", None, Lying::Nothing),
            ("the same", Some(b"sealed"), Lying::Same),
            ("as long, another", Some(b"SEALED"), Lying::Other),
            ("shorter", Some(b"seal"), Lying::Other),
        ];
        for (name, bytes, expected) in cases {
            let path = folder.path().join("there");
            if let Some(bytes) = bytes {
                fs::write(&path, bytes)?;
            }
            assert_eq!(lying(&path, parcel.record())?, expected, "{name}");
        }
        fs::create_dir(folder.path().join("folder"))?;
        assert_eq!(lying(&folder.path().join("folder"), parcel.record())?, Lying::Other, "a folder");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(parcel.path(), folder.path().join("link"))?;
            assert_eq!(lying(&folder.path().join("link"), parcel.record())?, Lying::Other, "a link");
        }
        Ok(())
    }

    #[test]
    fn a_parcel_that_was_altered_is_not_copied() -> Result<(), Box<dyn std::error::Error>> {
        let (spool, tray) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let parcel = samples::parcel(spool.path(), 1, Channel::Print, samples::party(9000222), b"sealed")?;
        for (name, bytes) in [("altered", &b"SEALED"[..]), ("cut short", b"sea"), ("longer", b"sealed!")] {
            fs::write(parcel.path(), bytes)?;
            let copied = copy_sealed(&parcel, &tray.path().join("copy"));
            assert_eq!(copied.map_err(|error| error.cause.kind()), Err(io::ErrorKind::InvalidData), "{name}");
            assert_eq!(fs::read_dir(tray.path())?.count(), 0, "{name}: nothing is left behind");
        }
        Ok(())
    }
}
