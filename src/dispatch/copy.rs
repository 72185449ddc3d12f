//! Copies of parcels in a channel's folder: whole, the sealed bytes, or not there.
//!
//! What lies under a name is told from its bytes, never from its name alone. Leaves out what a channel makes of it.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::durable::{self, DurableError, Prepared};
use crate::id::Digest;
use crate::package::Parcel;
use crate::transfer::SealedFile;

/// What lies under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lying {
    /// Nothing.
    Nothing,
    /// The sealed file, byte for byte.
    Same,
    /// Something else: another file, a folder, a link.
    Other,
}

/// Looks at what lies under a name. A link is never followed.
pub(super) fn lying(path: &Path, file: &SealedFile) -> Result<Lying, DurableError> {
    let failed = |cause| DurableError { act: "look at", path: path.to_owned(), cause };
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Lying::Nothing),
        found => found.map_err(failed)?,
    };
    if !found.is_file() || found.len() != file.bytes {
        return Ok(Lying::Other);
    }
    let digest = File::open(path).and_then(|mut found| digest_of(&mut found)).map_err(failed)?;
    Ok(if digest == file.digest { Lying::Same } else { Lying::Other })
}

/// Copies one file of a parcel to a place beside `to`. What was written is read back and compared with what was
/// sealed before it gets its name: a parcel that was altered, and a write that was shorter than the system said, stay
/// unsent.
pub(super) fn copy_sealed(parcel: &Parcel, sealed: &SealedFile, to: &Path) -> Result<Prepared, DurableError> {
    let from = parcel.path_of(sealed);
    let mut source = File::open(&from).map_err(|cause| DurableError { act: "read", path: from, cause })?;
    durable::prepare(to, |file| {
        io::copy(&mut source, file)?;
        file.flush()?;
        file.rewind()?;
        let read_back = digest_of(file)?;
        if file.metadata()?.len() == sealed.bytes && read_back == sealed.digest {
            Ok(())
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, "the bytes are not those that were sealed"))
        }
    })
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

    use super::{Digest, Parcel, SealedFile};
    use crate::id::{LedgerKey, MessageId, TransferId};
    use crate::ledger::Attempt;
    use crate::ledger::writer::Recorded;
    use crate::moves::Moment;
    use crate::place::HerId;
    use crate::transfer::ParcelRecord;
    use crate::verdict::{Channel, Clearance, Content, Function, Party, Receiver, SealedTo, Sealing};

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
        let message = channel.gets_receipts().then(|| key.message(&transfer, 1, 1));
        let end = match channel {
            Channel::Outbox => "1.xml",
            Channel::Bundle => "p7m",
            Channel::Print => "pdf",
            Channel::InEpj => "zip",
        };
        let name = format!("{transfer}-1.{end}");
        parcel_of(spool, channel, receiver, &[(name, message, bytes)])
    }

    /// A conversation of two messages that lies in `spool`.
    pub(crate) fn conversation(spool: &Path, no: u32, bytes: [&[u8]; 2]) -> io::Result<Parcel> {
        let (key, transfer) = (LedgerKey::new([7; 32]), id(no));
        let file = |part: u32, bytes| {
            (format!("{transfer}-1.{part}.xml"), Some(key.message(&transfer, 1, part)), bytes)
        };
        let files = [file(1, bytes[0]), file(2, bytes[1])];
        parcel_of(spool, Channel::Outbox, party(9000222), &files)
    }

    fn parcel_of(
        spool: &Path,
        channel: Channel,
        receiver: Receiver,
        files: &[(String, Option<MessageId>, &[u8])],
    ) -> io::Result<Parcel> {
        let mut sealed = Vec::new();
        for (name, message, bytes) in files {
            std::fs::write(spool.join(name), bytes)?;
            sealed.push(SealedFile {
                name: name.clone(),
                digest: Digest::of(bytes),
                bytes: bytes.len() as u64,
                message: *message,
                documents: Some(Vec::new()),
                pages: None,
            });
        }
        let record = ParcelRecord { files: sealed, sealed_at: Moment::UNIX_EPOCH };
        let clearance = Clearance {
            channel,
            function: (channel == Channel::Outbox).then_some(Function::HealthDialogue),
            receiver,
            sealed_to: (channel == Channel::Bundle)
                .then(|| SealedTo {
                    certificate: Digest::of(b"certificate"),
                    signed_by: Digest::of(b"ours"),
                    sealing: Sealing::default(),
                })
                .map(Box::new),
            evidence: Vec::new(),
            agreed: true,
            valid_until: Moment::UNIX_EPOCH,
        };
        Ok(Parcel::for_test(record, spool.to_owned(), clearance, Content::Tb))
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
            assert_eq!(lying(&path, &parcel.record().files[0])?, expected, "{name}");
        }
        fs::create_dir(folder.path().join("folder"))?;
        assert_eq!(
            lying(&folder.path().join("folder"), &parcel.record().files[0])?,
            Lying::Other,
            "a folder"
        );
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(
                parcel.path_of(&parcel.record().files[0]),
                folder.path().join("link"),
            )?;
            assert_eq!(
                lying(&folder.path().join("link"), &parcel.record().files[0])?,
                Lying::Other,
                "a link"
            );
        }
        Ok(())
    }

    #[test]
    fn a_parcel_that_was_altered_is_not_copied() -> Result<(), Box<dyn std::error::Error>> {
        let (spool, tray) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let parcel = samples::parcel(spool.path(), 1, Channel::Print, samples::party(9000222), b"sealed")?;
        for (name, bytes) in [("altered", &b"SEALED"[..]), ("cut short", b"sea"), ("longer", b"sealed!")] {
            let file = &parcel.record().files[0];
            fs::write(parcel.path_of(file), bytes)?;
            let copied = copy_sealed(&parcel, file, &tray.path().join("copy"));
            assert_eq!(
                copied.map(|_| ()).map_err(|error| error.cause.kind()),
                Err(io::ErrorKind::InvalidData),
                "{name}"
            );
            assert_eq!(fs::read_dir(tray.path())?.count(), 0, "{name}: nothing is left behind");
        }
        Ok(())
    }
}
