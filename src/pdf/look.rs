//! What a document is, without keeping anything of it: how many pages, whether each is whole, and what it says it is.

use super::PdfFault;
use super::carry::{Carrier, Onto, Stop};
use super::file::File;
use super::object::{Dict, Object};
use super::pages::pages;

/// The kind of PDF/A that a document says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PdfA {
    /// The part of ISO 19005.
    pub part: u8,
    /// The level within it, in capitals; a part 4 may have none.
    pub conformance: Option<char>,
}

/// A document that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// How many pages it has.
    pub pages: u32,
    /// Whether it says it is PDF/A.
    pub says_pdfa: Option<PdfA>,
    /// It has notes, filled-in fields or pages that only a viewer can draw: read on a screen it is whole, and it cannot
    /// be bound.
    pub undrawn: bool,
}

/// Nowhere.
struct Nowhere;

impl Onto for Nowhere {
    fn put(&mut self, _no: u32, _object: &Object, _bytes: Option<&[u8]>) -> std::io::Result<()> {
        Ok(())
    }
}

/// Looks into a document.
///
/// # Errors
/// When it is encrypted, damaged or too large to be one.
pub fn look(bytes: &[u8]) -> Result<Looked, PdfFault> {
    let file = File::open(bytes)?;
    let pages = pages(&file)?;
    let mut nowhere = Nowhere;
    let mut carrier = Carrier::new(&file, &mut nowhere, 1);
    for page in &pages {
        carrier.page(page, 1).map_err(|stop| match stop {
            Stop::Fault(fault) => fault,
            // Nowhere has room for all.
            Stop::Io(_) => PdfFault::TooComplex,
        })?;
    }
    Ok(Looked {
        pages: u32::try_from(pages.len()).map_err(|_| PdfFault::TooManyPages)?,
        says_pdfa: said(&file),
        undrawn: carrier.undrawn || is_drawn_by_viewers(&file),
    })
}

/// Whether the pages themselves are only a place for a form that a viewer makes, or the cover of a portfolio: its
/// documents are files in it, and no page shows them.
pub(super) fn is_drawn_by_viewers(file: &File<'_>) -> bool {
    file.catalog().is_some_and(|catalog| {
        let is_portfolio = file.entry(&catalog, b"Collection").is_some_and(|found| found.as_dict().is_some());
        is_portfolio
            || has_files(file, &catalog)
            || file.entry(&catalog, b"NeedsRendering") == Some(Object::Bool(true))
    })
}

/// Whether files lie in it that stand on no page.
fn has_files(file: &File<'_>, catalog: &Dict) -> bool {
    let tree = file.entry(catalog, b"Names").and_then(|names| file.entry(names.as_dict()?, b"EmbeddedFiles"));
    let Some(Object::Dict(tree)) = tree else { return false };
    let some = |key: &[u8]| {
        let list = file.entry(&tree, key);
        list.as_ref().and_then(Object::as_array).is_some_and(|list| !list.is_empty())
    };
    some(b"Names") || some(b"Kids")
}

fn said(file: &File<'_>) -> Option<PdfA> {
    let metadata = metadata(file, &file.catalog()?)?;
    let part = property(&metadata, "part")?.parse().ok()?;
    let conformance = property(&metadata, "conformance").and_then(|level| level.chars().next());
    Some(PdfA { part, conformance: conformance.map(|level| level.to_ascii_uppercase()) })
}

/// The document's XMP.
pub(super) fn metadata(file: &File<'_>, catalog: &Dict) -> Option<String> {
    let stream = file.entry(catalog, b"Metadata")?;
    let bytes = file.unpacked(&stream).ok()??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A property of the PDF/A schema, as an element or an attribute.
fn property<'x>(xmp: &'x str, name: &str) -> Option<&'x str> {
    let mut places = xmp.match_indices("pdfaid:").map(|(at, prefix)| &xmp[at + prefix.len()..]);
    places.find_map(|rest| {
        let rest = rest.strip_prefix(name)?.trim_start();
        let value =
            rest.strip_prefix('>').or_else(|| rest.strip_prefix('=')?.trim_start().strip_prefix(['"', '\'']));
        value?.split(['<', '"', '\'']).next().map(str::trim)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::fixture;

    #[test]
    fn the_cover_of_a_portfolio_is_not_all_of_it() -> Result<(), PdfFault> {
        let rows = [
            ("/Collection<</View/D>>", true),
            ("/NeedsRendering true", true),
            ("/Names<</EmbeddedFiles<</Names[(a)4 0 R]>>>>", true),
            ("/Names<</EmbeddedFiles<</Names[]>>>>", false),
            ("", false),
        ];
        for (catalog, undrawn) in rows {
            let objects = [
                format!("<</Type/Catalog/Pages 2 0 R{catalog}>>"),
                "<</Kids[3 0 R]>>".to_owned(),
                "<</Type/Page>>".to_owned(),
            ];
            assert_eq!(look(&fixture::file(&objects, "/Root 1 0 R"))?.undrawn, undrawn, "{catalog}");
        }
        Ok(())
    }

    #[test]
    fn what_is_said_is_read_in_both_forms() {
        let rows = [
            ("<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>", Some("2"), Some("B")),
            ("<a pdfaid:conformance='U' pdfaid:part = \"3\"/>", Some("3"), Some("U")),
            ("<pdfaid:part>4</pdfaid:part>", Some("4"), None),
            ("<pdfuaid:part>1</pdfuaid:part>", None, None),
        ];
        for (xmp, part, conformance) in rows {
            assert_eq!((property(xmp, "part"), property(xmp, "conformance")), (part, conformance), "{xmp}");
        }
    }
}
