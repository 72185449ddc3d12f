//! Sealing an order, and opening again what was sealed on an earlier night.
//!
//! Every file is whole, synced and read back before [`seal`] returns, so that the ledger may say that it exists. Leaves
//! out what the files hold (`message`, `post`, `archive`).

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Seek, Write};
use std::path::Path;

use chrono::Timelike;
use sha2::{Digest as _, Sha256};

use super::archive;
use super::bundle::Bundle;
use super::conversation::Part;
use super::message::{self, Message};
use super::parcel::{Order, PackageError, Parcel};
use super::post;
use super::sealer::Sealer;
use super::typeset::{self, Paper};
use crate::durable::{self, DurableError};
use crate::id::Digest;
use crate::person::NationalId;
use crate::press::Printed;
use crate::transfer::{ParcelRecord, Sealed, SealedFile};
use crate::verdict::{Channel, Content, Party, Receiver};

/// What an order becomes.
#[derive(Clone, Copy)]
enum Shape<'a> {
    /// A message to a party about a person with a number.
    Message(&'a Party, &'a NationalId),
    /// One file to print.
    Post,
    /// A zip for the worklist.
    Archive,
    /// A zip that is signed and sealed to a certificate.
    Bundle(Sealer<'a>),
}

impl Shape<'_> {
    /// What the names of its files end with; a message has its part before it.
    fn extension(self) -> &'static str {
        match self {
            Shape::Message(..) => "xml",
            Shape::Post => "pdf",
            Shape::Archive => "zip",
            Shape::Bundle(_) => "p7m",
        }
    }
}

/// Makes the order's files in the spool, `<transfer id>-<revision>.<part>.xml` for each message, else
/// `<transfer id>-<revision>` with `.pdf`, `.zip` or `.p7m`, and reads them back. The same order at the same time gives
/// the same bytes, but for a bundle: it is sealed under a key that nobody had before.
///
/// # Errors
/// [`PackageError::BundleChanged`] when the bundle is no longer what was collected, [`PackageError::Unprintable`],
/// [`PackageError::Letter`] and [`PackageError::Sealing`] when it cannot be made, [`PackageError::Durable`] when the disk
/// fails, [`PackageError::Unprepared`] when preflight's promises do not hold. No file is left then.
pub fn seal(order: &Order<'_>) -> Result<Parcel, PackageError> {
    // GenDate has whole seconds; the deadline must count from what the receiver reads.
    let order = &Order { now: order.now.with_nanosecond(0).unwrap_or(order.now), ..*order };
    let shape = shape(order)?;
    let mut bundle = Bundle::new(order.transfer, order.job);
    let mut files = Vec::new();
    for piece in pieces(order, shape) {
        match seal_piece(order, shape, &piece, &mut bundle) {
            Ok(file) => files.push(file),
            Err(error) => {
                // A parcel comes about whole or not at all; what cannot be removed now is swept by the next run.
                files
                    .iter()
                    .for_each(|file: &SealedFile| drop(durable::remove(&order.job.spool.join(&file.name))));
                return Err(error);
            }
        }
    }
    let record = ParcelRecord { files, sealed_at: order.now.to_utc() };
    let (clearance, content) = (order.cleared.clearance().clone(), order.transfer.birth.content);
    Ok(Parcel::new(record, order.job.spool.clone(), clearance, content))
}

/// One file to be: a message of the conversation, or the only file there is.
struct Piece {
    name: String,
    documents: Vec<u32>,
    /// Which message of how many, from 1; none for what no receipt names.
    part: Option<Part>,
}

/// The files that an order becomes, in order.
fn pieces(order: &Order<'_>, shape: Shape<'_>) -> Vec<Piece> {
    let stem = format!("{}-{}", order.transfer.id, order.transfer.revision);
    let of = u32::try_from(order.cleared.messages().len()).unwrap_or(u32::MAX);
    let only = |part| {
        let documents = order.enclosed().iter().map(|document| document.no).collect();
        vec![Piece { name: format!("{stem}.{}", shape.extension()), documents, part }]
    };
    match shape {
        Shape::Post | Shape::Archive => only(None),
        Shape::Bundle(_) => only(Some(Part::WHOLE)),
        Shape::Message(..) => (1..)
            .zip(order.cleared.messages())
            .map(|(no, documents)| Piece {
                name: format!("{stem}.{no}.{}", shape.extension()),
                documents: if order.is_recall() { Vec::new() } else { documents.clone() },
                part: Some(Part { no, of }),
            })
            .collect(),
    }
}

fn seal_piece(
    order: &Order<'_>,
    shape: Shape<'_>,
    piece: &Piece,
    bundle: &mut Bundle<'_>,
) -> Result<SealedFile, PackageError> {
    let path = order.job.spool.join(&piece.name);
    let made = make(order, shape, piece)?;
    let (mut written_as, mut trouble) = (Written { digest: Digest::of(b""), pages: None }, None);
    let written = durable::write_whole_with(&path, |out| {
        written_as = fill(order, made, bundle, out, &mut trouble)?;
        Ok(())
    });
    let Written { digest, pages } = written_as;
    let bytes = written.map_err(|error| match (bundle.changed(), trouble) {
        (Some(no), _) => PackageError::BundleChanged { no },
        (None, Some(trouble)) => trouble,
        (None, None) => PackageError::Durable(error),
    })?;
    if read_back(&path)? != Some((digest, bytes)) {
        let cause = io::Error::other("what is read back is not what was written");
        return Err(DurableError { act: "believe", path, cause }.into());
    }
    Ok(SealedFile {
        name: piece.name.clone(),
        digest,
        bytes,
        message: piece.part.map(|part| message::message_id(order, part)),
        documents: Some(piece.documents.clone()),
        pages,
    })
}

/// A file before it is written: what had to be set for it is set.
enum Made<'a> {
    Message(Message<'a>),
    Post(Printed),
    Archive(Vec<Paper>),
    Bundle(Sealer<'a>, Vec<Paper>),
}

/// A file as it was written.
struct Written {
    digest: Digest,
    /// How many pages there are to print; none for what is not printed.
    pages: Option<u32>,
}

impl Written {
    fn unprinted(digest: Digest) -> Self {
        Written { digest, pages: None }
    }
}

fn make<'a>(order: &Order<'_>, shape: Shape<'a>, piece: &'a Piece) -> Result<Made<'a>, PackageError> {
    Ok(match shape {
        Shape::Message(party, id) => {
            let part = piece.part.unwrap_or(Part::WHOLE);
            // The first message of a conversation has the results; the others say that it has.
            let results = if part.no == 1 && !order.is_recall() { typeset::results(order)? } else { None };
            Made::Message(Message { party, id, part, results, documents: &piece.documents })
        }
        Shape::Post => Made::Post(typeset::post(order)?),
        Shape::Archive => Made::Archive(typeset::results(order)?.into_iter().collect()),
        Shape::Bundle(sealer) => {
            let papers = [Some(typeset::letter(order)?), typeset::results(order)?];
            Made::Bundle(sealer, papers.into_iter().flatten().collect())
        }
    })
}

/// Opens a sealed parcel again, if its files are still the ones that were sealed.
///
/// # Errors
/// [`PackageError::Missing`], [`PackageError::Altered`], or [`PackageError::Durable`] when one cannot be read.
pub fn reopen(sealed: &Sealed, content: Content, spool: &Path) -> Result<Parcel, PackageError> {
    for file in &sealed.parcel.files {
        is_as_sealed(file, spool)?;
    }
    Ok(Parcel::new(sealed.parcel.clone(), spool.to_owned(), sealed.clearance.clone(), content))
}

/// Whether a sealed file still lies in the spool as it was sealed.
///
/// # Errors
/// [`PackageError::Missing`], [`PackageError::Altered`], or [`PackageError::Durable`] when it cannot be read.
pub fn is_as_sealed(file: &SealedFile, spool: &Path) -> Result<(), PackageError> {
    let found = read_back(&spool.join(&file.name))?;
    match found {
        None => Err(PackageError::Missing { file: file.name.clone() }),
        Some(found) if found != (file.digest, file.bytes) => {
            Err(PackageError::Altered { file: file.name.clone() })
        }
        Some(_) => Ok(()),
    }
}

/// What the clearance asks for, where everything it needs is there.
fn shape<'a>(order: &Order<'a>) -> Result<Shape<'a>, PackageError> {
    let clearance = order.cleared.clearance();
    if order.is_recall() {
        // Whoever must give something back is called, and the call is confirmed the way that went (rules § 2).
        return match (clearance.channel, &clearance.receiver) {
            (Channel::Print, Receiver::Office(_)) => Ok(Shape::Post),
            (Channel::Outbox, Receiver::Party(party)) => Ok(Shape::Message(party, message_id(order)?)),
            (Channel::Print | Channel::Outbox | Channel::Bundle | Channel::InEpj, _) => {
                Err(PackageError::Unprepared("a recall that is neither a letter nor a message"))
            }
        };
    }
    if order.transfer.birth.content == Content::Tb && order.cleared.inventory().tb.is_none() {
        return Err(PackageError::Unprepared("a tb transfer without results"));
    }
    match (clearance.channel, &clearance.receiver) {
        (Channel::Outbox, Receiver::Party(party)) => Ok(Shape::Message(party, message_id(order)?)),
        (Channel::Outbox, Receiver::Office(_) | Receiver::SameEpj(_)) => {
            Err(PackageError::Unprepared("a message to nobody in the directory"))
        }
        (Channel::Print, Receiver::Office(_)) => Ok(Shape::Post),
        (Channel::Print, Receiver::Party(_) | Receiver::SameEpj(_)) => {
            Err(PackageError::Unprepared("a letter to no office"))
        }
        (Channel::InEpj, _) => Ok(Shape::Archive),
        (Channel::Bundle, _) => Ok(Shape::Bundle(Sealer::of(order)?)),
    }
}

/// The number that a message names the person by.
fn message_id<'a>(order: &Order<'a>) -> Result<&'a NationalId, PackageError> {
    order.migrant.message_id().ok_or(PackageError::Unprepared("a message about a person without a number"))
}

/// Writes the file and says what was written. Trouble that is not the disk's is left in `trouble`.
fn fill(
    order: &Order<'_>,
    made: Made<'_>,
    bundle: &mut Bundle<'_>,
    file: &mut File,
    trouble: &mut Option<PackageError>,
) -> io::Result<Written> {
    let tally = |file| BufWriter::new(Tally::new(file));
    match made {
        Made::Message(message) => {
            let out = message::write(tally(file), order, &message, bundle, trouble)?;
            Ok(Written::unprinted(out.into_inner()?.digest()))
        }
        Made::Post(front) => {
            let (out, pages) = post::write(tally(file), order, &front, bundle, trouble)?;
            Ok(Written { digest: out.into_inner()?.digest(), pages: Some(pages) })
        }
        Made::Archive(papers) => {
            archive::write(BufWriter::new(&mut *file), order, &papers, bundle)?.flush()?;
            // A zip's headers are completed afterwards, so that its bytes are only known when all are there.
            file.rewind()?;
            Ok(Written::unprinted(digest_of(file)?.0))
        }
        Made::Bundle(sealer, papers) => {
            // Nothing that is open gets a name: the zip is gone when it is sealed, also after a crash.
            let mut zip = durable::scratch(&order.job.spool)?;
            archive::write(BufWriter::new(&mut zip), order, &papers, bundle)?.flush()?;
            let mut out = tally(file);
            sealer.seal(&mut zip, &mut out, order, trouble)?;
            Ok(Written::unprinted(out.into_inner()?.digest()))
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
    let mut sink = Tally::new(io::sink());
    let bytes = io::copy(file, &mut sink)?;
    Ok((sink.digest(), bytes))
}

/// A sink that hashes what passes.
struct Tally<W> {
    out: W,
    hasher: Sha256,
}

impl<W> Tally<W> {
    fn new(out: W) -> Self {
        Tally { out, hasher: Sha256::new() }
    }

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
