//! A parcel for paper and worklists: a zip with our texts, the documents and the manifest.
//!
//! Order, times and permissions are fixed, so that the same order at the same time gives the same bytes. Nothing in
//! it is named after a person or by one.

use std::io::{self, Seek, Write};

use ::zip::write::{SimpleFileOptions, ZipWriter};
use ::zip::{CompressionMethod, DateTime};
use chrono::{Datelike, Timelike};

use super::bundle::{Bundle, path_of};
use super::manifest::{self, Text};
use super::parcel::Order;
use super::text::{self, Person};
use crate::inventory::{Document, TbForm};
use crate::moves::Now;
use crate::verdict::Office;

/// From here on a size needs zip64; a little early, for what compression may add.
const ZIP64_FROM: u64 = 0xf000_0000;

/// Writes the zip; a letter lies in it where it goes to an office. Gives the sink back.
///
/// # Errors
/// The sink's or the bundle's.
pub(super) fn write<W: Write + Seek>(
    out: W,
    order: &Order<'_>,
    office: Option<&Office>,
    bundle: &mut Bundle<'_>,
) -> io::Result<W> {
    let mut zip = ZipWriter::new(out);
    match fill(&mut zip, order, &texts(order, office), bundle) {
        Ok(()) => Ok(zip.finish()?),
        Err(error) => {
            // Dropped, it would go on writing at its end, on a disk that may be full, and break off in a panic.
            std::mem::forget(zip);
            Err(error)
        }
    }
}

fn fill<W: Write + Seek>(
    zip: &mut ZipWriter<W>,
    order: &Order<'_>,
    texts: &[Text],
    bundle: &mut Bundle<'_>,
) -> io::Result<()> {
    for text in texts {
        zip.start_file(text.path, options(order.now, CompressionMethod::Deflated))?;
        zip.write_all(text.text.as_bytes())?;
    }
    for document in &order.cleared.inventory().documents {
        zip.start_file(path_of(document), document_options(order.now, document))?;
        bundle.carry(document, &mut *zip)?;
    }
    zip.start_file("manifest.json", options(order.now, CompressionMethod::Deflated))?;
    zip.write_all(manifest::write(order, texts)?.as_bytes())
}

fn texts(order: &Order<'_>, office: Option<&Office>) -> Vec<Text> {
    let letter = office.map(|office| Text { path: "letter.txt", text: text::letter(order, office) });
    let results = text::results(order, Person::Named).map(|text| {
        let path = match text::form(order.cleared.inventory()) {
            TbForm::Summary => "tb-results.txt",
            TbForm::Notice => "tb-ikke-gjennomfort.txt",
        };
        Text { path, text }
    });
    letter.into_iter().chain(results).collect()
}

fn document_options(now: Now, document: &Document) -> SimpleFileOptions {
    let method = match document.format.is_compressed() {
        true => CompressionMethod::Stored,
        false => CompressionMethod::Deflated,
    };
    options(now, method).large_file(document.bytes >= ZIP64_FROM)
}

fn options(now: Now, method: CompressionMethod) -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(stamp(now))
        .unix_permissions(0o600)
}

/// The time as a zip keeps it; its first moment for a time it cannot hold.
fn stamp(now: Now) -> DateTime {
    let part = |value: u32| u8::try_from(value).unwrap_or_default();
    let year = u16::try_from(now.year()).unwrap_or_default();
    DateTime::from_date_and_time(
        year,
        part(now.month()),
        part(now.day()),
        part(now.hour()),
        part(now.minute()),
        part(now.second()),
    )
    .unwrap_or_default()
}
