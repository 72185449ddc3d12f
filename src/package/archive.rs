//! A parcel for worklists, and what is in a bundle: a zip with our papers, the documents and the manifest.
//!
//! Order, times and permissions are fixed, so that the same order at the same time gives the same bytes. Nothing in
//! it is named after a person or by one.

use std::io::{self, Seek, Write};

use ::zip::write::{SimpleFileOptions, ZipWriter};
use ::zip::{CompressionMethod, DateTime};
use chrono::{Datelike, Timelike};

use super::bundle::{Bundle, path_of};
use super::manifest;
use super::parcel::Order;
use super::typeset::Paper;
use crate::inventory::Document;
use crate::moves::Now;

/// From here on a size needs zip64; a little early, for what compression may add.
const ZIP64_FROM: u64 = 0xf000_0000;

/// Writes the zip. Gives the sink back.
///
/// # Errors
/// The sink's or the bundle's.
pub(super) fn write<W: Write + Seek>(
    out: W,
    order: &Order<'_>,
    papers: &[Paper],
    bundle: &mut Bundle<'_>,
) -> io::Result<W> {
    let mut zip = ZipWriter::new(out);
    match fill(&mut zip, order, papers, bundle) {
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
    papers: &[Paper],
    bundle: &mut Bundle<'_>,
) -> io::Result<()> {
    for paper in papers {
        zip.start_file(paper.name, options(order.now, CompressionMethod::Stored))?;
        zip.write_all(&paper.printed.pdf)?;
    }
    for document in &order.cleared.inventory().documents {
        zip.start_file(path_of(document), document_options(order.now, document))?;
        bundle.carry(document, &mut *zip)?;
    }
    zip.start_file("manifest.json", options(order.now, CompressionMethod::Deflated))?;
    zip.write_all(manifest::write(order, papers)?.as_bytes())
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
