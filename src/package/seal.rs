//! Sealing an order, and opening again what was sealed on an earlier night.
//!
//! The file is whole, synced and read back before [`seal`] returns, so that the ledger may say that it exists.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Seek, Write};
use std::path::Path;

use chrono::Timelike;
use sha2::{Digest as _, Sha256};

use super::bundle::Bundle;
use super::parcel::{Order, PackageError, Parcel};
use super::{archive, message};
use crate::durable::{self, DurableError};
use crate::id::Digest;
use crate::person::NationalId;
use crate::transfer::{Kind, ParcelRecord, Sealed};
use crate::verdict::{Channel, Content, Office, Party, Receiver};

/// What an order becomes.
#[derive(Clone, Copy)]
enum Shape<'a> {
    /// A message to a party about a person with a number.
    Message(&'a Party, &'a NationalId),
    /// A zip, with a letter where it goes to an office.
    Archive(Option<&'a Office>),
}

impl Shape<'_> {
    fn extension(self) -> &'static str {
        match self {
            Shape::Message(..) => "xml",
            Shape::Archive(_) => "zip",
        }
    }
}

/// Makes the order's file in the spool, `<transfer id>-<revision>.xml` or `.zip`, and reads it back.
///
/// # Errors
/// [`PackageError::BundleChanged`] when the bundle is no longer what was collected, [`PackageError::Durable`] when
/// the disk fails, [`PackageError::Unprepared`] when preflight's promises do not hold.
pub fn seal(order: &Order<'_>) -> Result<Parcel, PackageError> {
    // GenDate has whole seconds; the deadline must count from what the receiver reads.
    let order = &Order { now: order.now.with_nanosecond(0).unwrap_or(order.now), ..*order };
    let shape = shape(order)?;
    let file = format!("{}-{}.{}", order.transfer.id, order.transfer.revision, shape.extension());
    let path = order.job.spool.join(&file);
    let mut bundle = Bundle::new(order);
    let mut digest = Digest::of(b"");
    let written = durable::write_whole_with(&path, |out| {
        digest = fill(order, shape, &mut bundle, out)?;
        Ok(())
    });
    let bytes = written.map_err(|error| match bundle.changed() {
        Some(no) => PackageError::BundleChanged { no },
        None => PackageError::Durable(error),
    })?;
    let messages = match shape {
        Shape::Message(..) => vec![message::message_id(order)],
        Shape::Archive(_) => Vec::new(),
    };
    let record = ParcelRecord { digest, bytes, file, messages, sealed_at: order.now.to_utc() };
    if read_back(&path)? != Some((digest, bytes)) {
        let cause = io::Error::other("what is read back is not what was written");
        return Err(DurableError { act: "believe", path, cause }.into());
    }
    Ok(Parcel::new(record, path, order.cleared.clearance().clone(), order.transfer.birth.content))
}

/// Opens a sealed parcel again, if its file is still the one that was sealed.
///
/// # Errors
/// [`PackageError::Missing`], [`PackageError::Altered`], or [`PackageError::Durable`] when it cannot be read.
pub fn reopen(sealed: &Sealed, content: Content, spool: &Path) -> Result<Parcel, PackageError> {
    let record = &sealed.parcel;
    let path = spool.join(&record.file);
    let found = read_back(&path)?.ok_or_else(|| PackageError::Missing { file: record.file.clone() })?;
    if found != (record.digest, record.bytes) {
        return Err(PackageError::Altered { file: record.file.clone() });
    }
    Ok(Parcel::new(record.clone(), path, sealed.clearance.clone(), content))
}

/// What the clearance asks for, where everything it needs is there.
fn shape<'a>(order: &Order<'a>) -> Result<Shape<'a>, PackageError> {
    if matches!(order.transfer.birth.kind, Kind::Recall { .. }) {
        return Err(PackageError::Unprepared("recalls are not built yet"));
    }
    if order.transfer.birth.content == Content::Tb && order.cleared.inventory().tb.is_none() {
        return Err(PackageError::Unprepared("a tb transfer without results"));
    }
    let clearance = order.cleared.clearance();
    match (clearance.channel, &clearance.receiver) {
        (Channel::Outbox, Receiver::Party(party)) => {
            let id = order.migrant.message_id();
            let id = id.ok_or(PackageError::Unprepared("a message about a person without a number"))?;
            Ok(Shape::Message(party, id))
        }
        (Channel::Outbox, Receiver::Office(_) | Receiver::SameEpj(_)) => {
            Err(PackageError::Unprepared("a message to nobody in the directory"))
        }
        (Channel::Print, Receiver::Office(office)) => Ok(Shape::Archive(Some(office))),
        (Channel::Print, Receiver::Party(_) | Receiver::SameEpj(_)) => {
            Err(PackageError::Unprepared("a letter to no office"))
        }
        (Channel::InEpj, _) => Ok(Shape::Archive(None)),
        (Channel::Bundle, _) => Err(PackageError::Unprepared("the bundle channel is not built yet")),
    }
}

/// Writes the file and gives the digest of what was written.
fn fill(order: &Order<'_>, shape: Shape<'_>, bundle: &mut Bundle<'_>, file: &mut File) -> io::Result<Digest> {
    match shape {
        Shape::Message(party, id) => {
            let out = BufWriter::new(Tally { out: file, hasher: Sha256::new() });
            let out = message::write(out, order, party, id, bundle)?;
            Ok(out.into_inner()?.digest())
        }
        Shape::Archive(office) => {
            archive::write(BufWriter::new(&mut *file), order, office, bundle)?.flush()?;
            // A zip's headers are completed afterwards, so that its bytes are only known when all are there.
            file.rewind()?;
            Ok(digest_of(file)?.0)
        }
    }
}

/// Digest and size of a file; none if it is not there.
fn read_back(path: &Path) -> Result<Option<(Digest, u64)>, DurableError> {
    match File::open(path).and_then(|mut file| digest_of(&mut file)) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(DurableError { act: "read back", path: path.to_owned(), cause }),
    }
}

/// Digest and size of the rest of a file.
fn digest_of(file: &mut File) -> io::Result<(Digest, u64)> {
    let mut sink = Tally { out: io::sink(), hasher: Sha256::new() };
    let bytes = io::copy(file, &mut sink)?;
    Ok((sink.digest(), bytes))
}

/// A sink that hashes what passes.
struct Tally<W> {
    out: W,
    hasher: Sha256,
}

impl<W> Tally<W> {
    fn digest(self) -> Digest {
        Digest::from_bytes(self.hasher.finalize().into())
    }
}

impl<W: Write> Write for Tally<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(bytes)?;
        self.hasher.update(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
