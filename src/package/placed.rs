//! Documents that must be a PDF and are none: pictures and text, placed on A4.
//!
//! The document itself is not changed by it: what was collected is what was placed, and its digest says so. Leaves out
//! which documents must be one (`preflight`).

use super::bundle::Bundle;
use super::line::one_line;
use super::paper::{code, is_test};
use super::unfit::Unfit;
use crate::inventory::{Document, Format, Inventory};
use crate::job::Job;
use crate::moves::Now;
use crate::picture::{self, PictureFault, Pixels, Raster};
use crate::press::paper::Enclosure;
use crate::press::{Picture, Press, Printed, Template};
use crate::transfer::Transfer;

/// The longest text that is placed, bytes: some two hundred pages, and some seconds to set them. What is longer is no
/// document to read.
const LONGEST_TEXT: usize = 512 << 10;

/// What placing needs beside the document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// The transfer it goes with.
    pub(super) transfer: &'a Transfer,
    /// The job: language and sender.
    pub(super) job: &'a Job,
    /// What it is set with.
    pub(super) press: &'a Press,
    /// The time written into it.
    pub(super) now: Now,
}

impl Place<'_> {
    /// The document as a PDF; `bytes` is its content.
    ///
    /// # Errors
    /// [`Unfit`] where it has no pages, or none that can be shown.
    pub(super) fn set(self, document: &Document, bytes: Vec<u8>) -> Result<Printed, Unfit> {
        match document.format {
            Format::Jpeg => self.pictures(document, &[Picture::jpeg(bytes)]),
            Format::Png => self.pictures(document, &[Picture::png(bytes)]),
            Format::Tiff => {
                let mut pages = Vec::new();
                picture::tiff_pages(&bytes, |raster| {
                    pages.push(of_raster(raster));
                    Ok::<(), PictureFault>(())
                })?;
                self.pictures(document, &pages)
            }
            Format::Text | Format::Xml if bytes.len() > LONGEST_TEXT => Err(Unfit::TooLong),
            Format::Text | Format::Xml => {
                let pages = picture::text(&bytes)?;
                let text = pages.iter().map(|lines| lines.join("\n")).collect();
                self.print(&Enclosure { text: Some(text), ..self.enclosure(document) }, document, &[])
            }
            Format::PdfA | Format::Pdf | Format::Other => Err(Unfit::NoPages),
        }
    }

    fn pictures(self, document: &Document, pictures: &[Picture]) -> Result<Printed, Unfit> {
        self.print(&self.enclosure(document), document, pictures)
    }

    fn print(self, paper: &Enclosure, document: &Document, pictures: &[Picture]) -> Result<Printed, Unfit> {
        let ident = format!("{}-{}.{}", self.transfer.id, self.transfer.revision, document.no);
        Ok(self.press.print(Template::Enclosure, paper, pictures, &ident, self.now)?)
    }

    fn enclosure(self, document: &Document) -> Enclosure {
        let sender = &self.job.sender;
        Enclosure {
            lang: code(self.job.language),
            test: is_test(self.job),
            id: self.transfer.id.to_string(),
            revision: self.transfer.revision,
            sender: one_line(&format!("{}, {}", sender.organisation.name, sender.service.name)),
            no: document.no,
            title: one_line(&document.title),
            text: None,
        }
    }
}

/// A page of a TIFF; its shape on paper follows from its resolution, which on a fax is not the same both ways.
fn of_raster(raster: Raster) -> Picture {
    let Raster { width, height, pixels, dpi } = raster;
    let picture = match pixels {
        Pixels::Luma8(bytes) => Picture::gray(width, height, bytes),
        Pixels::Rgb8(bytes) => Picture::rgb(width, height, bytes),
    };
    match dpi {
        Some(dpi) => picture.at(dpi),
        None => picture,
    }
}

/// The same inventory with the size and the pages of what would be turned into a PDF; without them where it cannot be.
pub fn measured(
    transfer: &Transfer,
    job: &Job,
    press: &Press,
    now: Now,
    mut inventory: Inventory,
) -> Inventory {
    let place = Place { transfer, job, press, now };
    for document in inventory.documents.iter_mut().filter(|one| one.format.is_turned_into_pdf()) {
        let bytes = Bundle::new(transfer, job).read(document);
        if let Some(printed) = bytes.ok().and_then(|bytes| place.set(document, bytes).ok()) {
            document.as_pdf = Some(printed.pdf.len() as u64);
            document.pages = Some(printed.pages);
        }
    }
    inventory
}
