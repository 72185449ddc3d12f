//! A parcel for paper: one file to print, our letters first and every document after them in its order.
//!
//! A PDF goes in as it is, pictures and text are placed on A4. Leaves out the envelope.

use std::io::{self, Write};

use super::bundle::Bundle;
use super::parcel::{Order, PackageError};
use super::placed::Place;
use super::unfit::Unfit;
use crate::inventory::{Document, Format};
use crate::pdf::{BindError, Binder};
use crate::press::Printed;

/// Writes the file: `front` is everything of ours. Gives the sink back, and how many pages there are. Trouble that is
/// neither the sink's nor the bundle's is left in `trouble`.
///
/// # Errors
/// The sink's or the bundle's, or one that stands for `trouble`.
pub(super) fn write<W: Write>(
    mut out: W,
    order: &Order<'_>,
    front: &Printed,
    bundle: &mut Bundle<'_>,
    trouble: &mut Option<PackageError>,
) -> io::Result<(W, u32)> {
    let documents = order.enclosed();
    if documents.is_empty() {
        out.write_all(&front.pdf)?;
        return Ok((out, front.pages));
    }
    let mut told = |no: u32, unbound: Unbound| match unbound {
        Unbound::Disk(error) => error,
        Unbound::Unfit(fault) => {
            *trouble = Some(PackageError::Unprintable { no, fault });
            io::Error::other("a document cannot be printed")
        }
    };
    let mut binder = Binder::begin(&front.pdf, out).map_err(|error| told(0, error.into()))?;
    for document in documents {
        let bytes = bundle.read(document)?;
        bind(order, &mut binder, document, bytes).map_err(|error| told(document.no, error))?;
    }
    let pages = binder.pages();
    Ok((binder.finish().map_err(|error| told(0, error.into()))?, pages))
}

/// Why a document is not behind the others.
enum Unbound {
    Disk(io::Error),
    Unfit(Unfit),
}

impl From<BindError> for Unbound {
    fn from(error: BindError) -> Self {
        match error {
            BindError::Fault(fault) => Unbound::Unfit(fault.into()),
            BindError::Write(error) => Unbound::Disk(error),
        }
    }
}

/// Puts a document behind the others.
fn bind<W: Write>(
    order: &Order<'_>,
    binder: &mut Binder<W>,
    document: &Document,
    bytes: Vec<u8>,
) -> Result<u32, Unbound> {
    Ok(match document.format {
        Format::PdfA => binder.append(&bytes, true)?,
        Format::Pdf => binder.append(&bytes, false)?,
        Format::Jpeg | Format::Png | Format::Tiff | Format::Text | Format::Xml | Format::Other => {
            let Order { transfer, job, press, now, .. } = *order;
            let placed = Place { transfer, job, press, now }.set(document, bytes).map_err(Unbound::Unfit)?;
            binder.append(&placed.pdf, true)?
        }
    })
}
