//! A parcel for paper: one file to print, our letters first and every document after them in its order.
//!
//! A PDF goes in as it is, pictures and text are placed on A4. Leaves out the envelope.

use super::bundle::Bundle;
use super::parcel::{Order, PackageError};
use super::placed::{Place, Unfit};
use super::typeset;
use crate::inventory::{Document, Format};
use crate::pdf::Binder;
use crate::press::Printed;

/// Makes the file.
///
/// # Errors
/// [`PackageError::BundleChanged`], [`PackageError::Unprintable`] of a document, [`PackageError::Letter`].
pub(super) fn print(order: &Order<'_>, bundle: &mut Bundle<'_>) -> Result<Printed, PackageError> {
    let front = typeset::post(order)?;
    let documents = &order.cleared.inventory().documents;
    if documents.is_empty() {
        return Ok(front);
    }
    let mut pages = front.pages;
    let broken = |fault| PackageError::Unprintable { no: 0, fault: Unfit::Pdf(fault) };
    let mut binder = Binder::begin(front.pdf).map_err(broken)?;
    for document in documents {
        let bytes = bundle
            .read(document)
            .map_err(|_| PackageError::BundleChanged { no: document.no })?;
        let bound = bind(order, &mut binder, document, bytes);
        pages += bound.map_err(|fault| PackageError::Unprintable { no: document.no, fault })?;
    }
    Ok(Printed { pdf: binder.finish(), pages })
}

/// Puts a document behind the others; says how many pages it has.
fn bind(
    order: &Order<'_>,
    binder: &mut Binder,
    document: &Document,
    bytes: Vec<u8>,
) -> Result<u32, Unfit> {
    match document.format {
        Format::PdfA => Ok(binder.append(&bytes, true)?),
        Format::Pdf => Ok(binder.append(&bytes, false)?),
        Format::Jpeg | Format::Png | Format::Tiff | Format::Text | Format::Xml | Format::Other => {
            let Order { transfer, job, press, now, .. } = *order;
            let placed = Place { transfer, job, press, now }.set(document, bytes)?;
            Ok(binder.append(&placed.pdf, true)?)
        }
    }
}
