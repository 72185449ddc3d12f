//! One document from start to end in one pass: size, digest, format, whether it is whole, and how many pages it has.
//!
//! The format is told from the content, never from a name. PDF and pictures are looked into, so that what cannot be
//! opened is known before anything is cleared; only of these are the bytes kept until they have been, and never more
//! than the limit. Nothing is repaired: a document is carried as it is or not at all.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use crate::id::Digest;
use crate::inventory::Format;
use crate::pdf::{self, PdfFault};
use crate::picture::{self, Kind, PictureFault};

/// How much of each end is looked at: a PDF's end mark lies in the last 1024 bytes (ISO 32000-1, annex H.3).
const ENDS: usize = 1024;

/// A whole document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The format.
    pub format: Format,
    /// Size, bytes.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: Digest,
    /// How many pages a PDF or a picture has on paper. None of one that cannot be put on paper, though it is whole: a PDF
    /// with something that only a viewer can draw, a picture of a form that is not read or too large. None of anything
    /// else either: how many pages a text has is known when it is typeset.
    pub pages: Option<u32>,
}

/// Why a document cannot be carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// No bytes.
    Empty,
    /// Its format's end mark is not there.
    CutShort,
    /// It cannot be read as its format, or something that it needs is not in it.
    Damaged,
    /// A password is needed to read it, be it an empty one.
    Encrypted,
    /// It has more pages, or asks for more work, than any document: it was not looked through.
    TooComplex,
    /// More bytes than allowed.
    TooLarge,
}

/// Reads a document to its end, or until it has more than `limit` bytes.
///
/// # Errors
/// When the reader fails; a flaw of the document is not an error.
pub fn examine(reader: &mut dyn Read, limit: u64) -> io::Result<Result<Content, Flaw>> {
    let mut reader = reader.take(limit.saturating_add(1));
    let mut examiner = Examiner::default();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => examiner.take(&chunk[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(if examiner.bytes > limit { Err(Flaw::TooLarge) } else { examiner.finish() })
}

/// What is remembered of the bytes that have passed.
#[derive(Default)]
struct Examiner {
    hash: Sha256,
    bytes: u64,
    head: Vec<u8>,
    tail: Vec<u8>,
    text: TextCheck,
    /// All of them, while the document may be one that is looked into.
    whole: Vec<u8>,
}

impl Examiner {
    fn take(&mut self, chunk: &[u8]) {
        self.hash.update(chunk);
        self.bytes += chunk.len() as u64;
        let room = ENDS.saturating_sub(self.head.len());
        self.head.extend(chunk.iter().take(room));
        self.text.take(chunk);
        if self.head.len() < ENDS || is_looked_into(&self.head) {
            self.whole.extend_from_slice(chunk);
        } else {
            self.whole = Vec::new();
        }
        self.tail.extend_from_slice(chunk);
        let surplus = self.tail.len().saturating_sub(ENDS);
        self.tail.drain(..surplus);
    }

    fn finish(self) -> Result<Content, Flaw> {
        if self.bytes == 0 {
            return Err(Flaw::Empty);
        }
        let format = self.format();
        if !self.is_whole(format) {
            return Err(Flaw::CutShort);
        }
        let (format, pages) = looked(&self.whole, format)?;
        Ok(Content {
            format,
            bytes: self.bytes,
            sha256: Digest::from_bytes(self.hash.finalize().into()),
            pages,
        })
    }

    fn format(&self) -> Format {
        let head = without_mark(&self.head);
        if let Some(format) = of_magic(&self.head) {
            format
        } else if head.trim_ascii_start().starts_with(b"<?xml") {
            Format::Xml
        } else if self.text.is_text() && !is_markup(head) {
            Format::Text
        } else {
            Format::Other
        }
    }

    /// Whether the end mark of the format is there. A TIFF has none, but says where its directory lies.
    fn is_whole(&self, format: Format) -> bool {
        let padding = |byte: &u8| matches!(byte, 0 | b'\n' | b'\r' | b' ');
        let end = self.tail.iter().rposition(|byte| !padding(byte)).map_or(0, |last| last + 1);
        let tail = &self.tail[..end];
        match format {
            Format::PdfA | Format::Pdf => self.tail.windows(5).any(|word| word == b"%%EOF"),
            Format::Jpeg => tail.ends_with(&[0xff, 0xd9]),
            Format::Png => tail.ends_with(b"\0\0\0\0IEND\xaeB`\x82"),
            Format::Tiff => self.tiff_directory().is_some_and(|at| at >= 8 && at + 2 <= self.bytes),
            Format::Xml => tail.ends_with(b">"),
            Format::Text | Format::Other => true,
        }
    }

    fn tiff_directory(&self) -> Option<u64> {
        let offset: [u8; 4] = self.head.get(4..8)?.try_into().ok()?;
        let little = self.head.starts_with(b"II");
        Some(u64::from(if little { u32::from_le_bytes(offset) } else { u32::from_be_bytes(offset) }))
    }
}

/// What is inside: the format, now that it has been looked at, and the pages.
fn looked(whole: &[u8], format: Format) -> Result<(Format, Option<u32>), Flaw> {
    let kind = match format {
        Format::PdfA | Format::Pdf => return looked_pdf(whole),
        Format::Jpeg => Kind::Jpeg,
        Format::Png => Kind::Png,
        Format::Tiff => Kind::Tiff,
        Format::Text | Format::Xml | Format::Other => return Ok((format, None)),
    };
    match picture::look(whole, kind) {
        Ok(looked) => Ok((format, Some(looked.pages))),
        Err(PictureFault::Damaged) => Err(Flaw::Damaged),
        // Others may well be able to read it.
        Err(PictureFault::TooLarge | PictureFault::Unsupported) => Ok((format, None)),
    }
}

fn looked_pdf(whole: &[u8]) -> Result<(Format, Option<u32>), Flaw> {
    let looked = pdf::look(whole).map_err(|fault| match fault {
        PdfFault::Encrypted => Flaw::Encrypted,
        PdfFault::Damaged | PdfFault::NoPages | PdfFault::Undrawn => Flaw::Damaged,
        PdfFault::TooManyPages | PdfFault::TooComplex => Flaw::TooComplex,
    })?;
    let format = if looked.says_pdfa.is_some() { Format::PdfA } else { Format::Pdf };
    Ok((format, (!looked.undrawn).then_some(looked.pages)))
}

/// The formats that are told by how they begin.
fn of_magic(head: &[u8]) -> Option<Format> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    if without_mark(head).trim_ascii_start().starts_with(b"%PDF-") {
        Some(Format::Pdf)
    } else if starts(&[0xff, 0xd8, 0xff]) {
        Some(Format::Jpeg)
    } else if starts(b"\x89PNG\r\n\x1a\n") {
        Some(Format::Png)
    } else if starts(b"II*\0") || starts(b"MM\0*") {
        Some(Format::Tiff)
    } else {
        None
    }
}

fn is_looked_into(head: &[u8]) -> bool {
    of_magic(head).is_some()
}

/// Text that is a format of its own and nothing to read as it stands.
fn is_markup(head: &[u8]) -> bool {
    let start: Vec<u8> = head.trim_ascii_start().iter().take(16).map(u8::to_ascii_lowercase).collect();
    [&b"{\\rtf"[..], b"<html", b"<!doctype"].iter().any(|magic| start.starts_with(magic))
}

fn without_mark(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head)
}

/// Whether everything so far is UTF-8 without control characters.
#[derive(Default)]
struct TextCheck {
    pending: Vec<u8>,
    broken: bool,
}

impl TextCheck {
    fn take(&mut self, chunk: &[u8]) {
        if self.broken {
            return;
        }
        self.pending.extend_from_slice(chunk);
        let (whole, invalid) = match std::str::from_utf8(&self.pending) {
            Ok(text) => (text.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_some()),
        };
        let control = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
        self.broken = invalid || self.pending[..whole].iter().any(control);
        self.pending.drain(..whole);
    }

    fn is_text(&self) -> bool {
        !self.broken && self.pending.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::fixture::{PDF, pdf, pdf_with, pdfa};
    use crate::picture::fixture::{JPEG, PNG, bilevel, tiff};

    fn examined(bytes: &[u8]) -> Result<(Format, Option<u32>), Flaw> {
        match examine(&mut &*bytes, 1 << 20) {
            Ok(Ok(content)) => {
                assert_eq!((content.bytes, content.sha256), (bytes.len() as u64, Digest::of(bytes)));
                Ok((content.format, content.pages))
            }
            Ok(Err(flaw)) => Err(flaw),
            Err(error) => panic!("memory can be read: {error}"),
        }
    }

    fn with(before: &[u8], after: &[u8]) -> Vec<u8> {
        [before, after].concat()
    }

    #[test]
    fn the_format_is_told_from_the_content_and_pages_are_counted() {
        let fax = tiff(&[(bilevel(8, 1, 1), &[0]), (bilevel(8, 1, 1), &[0])]);
        let old = tiff(&[(bilevel(8, 1, 6), &[0])]);
        let form = crate::pdf::fixture::file(
            &[
                "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
                "<</Kids[3 0 R]>>".to_owned(),
                "<</Type/Page/Annots[<</Subtype/Ink/Rect[0 0 9 9]>>]>>".to_owned(),
            ],
            "/Root 1 0 R",
        );
        let rows: [(&str, Vec<u8>, Format, Option<u32>); 17] = [
            ("PDF", PDF.to_vec(), Format::Pdf, Some(1)),
            ("PDF of three pages", pdf(&["a", "b", "c"]), Format::Pdf, Some(3)),
            ("PDF/A by its XMP", pdfa(&["a"]), Format::PdfA, Some(1)),
            ("PDF after a byte order mark", with(b"\xef\xbb\xbf", PDF), Format::Pdf, Some(1)),
            ("PDF that only a viewer can draw", form, Format::Pdf, None),
            ("JPEG", JPEG.to_vec(), Format::Jpeg, Some(1)),
            ("JPEG with padding", with(JPEG, b"\0\0\n"), Format::Jpeg, Some(1)),
            ("PNG", PNG.to_vec(), Format::Png, Some(1)),
            ("TIFF of two pages", fax, Format::Tiff, Some(2)),
            ("TIFF of a form that is not read", old, Format::Tiff, None),
            ("text", "Journalnotat: blåbær, čáhci\r\n".into(), Format::Text, None),
            ("text that speaks of PDF", b"Se vedlegg, %PDF-1.7".to_vec(), Format::Text, None),
            ("XML", b"<?xml version=\"1.0\"?>\n<a/>\n".to_vec(), Format::Xml, None),
            ("Windows-1252 is not UTF-8", b"bl\xe5b\xe6r".to_vec(), Format::Other, None),
            ("RTF", b"{\\rtf1 x}".to_vec(), Format::Other, None),
            ("HTML", b"<!DOCTYPE html><html>".to_vec(), Format::Other, None),
            ("an Office document", b"PK\x03\x04\x14\0".to_vec(), Format::Other, None),
        ];
        for (name, bytes, format, pages) in rows {
            assert_eq!(examined(&bytes), Ok((format, pages)), "{name}");
        }
    }

    #[test]
    fn a_document_cut_short_empty_damaged_or_encrypted_is_found() {
        let mut gone = PDF.to_vec();
        let at = PDF.windows(3).position(|word| word == b"5 0").unwrap_or(0);
        gone[at] = b'9';
        let mut changed = PNG.to_vec();
        changed[45] ^= 1;
        let rows: [(&str, Vec<u8>, Flaw); 14] = [
            ("empty", Vec::new(), Flaw::Empty),
            ("PDF", PDF[..PDF.len() - 7].to_vec(), Flaw::CutShort),
            ("PDF whose end mark is far from the end", with(PDF, &[b' '; 2000]), Flaw::CutShort),
            ("JPEG", JPEG[..8].to_vec(), Flaw::CutShort),
            ("PNG", PNG[..PNG.len() - 1].to_vec(), Flaw::CutShort),
            ("TIFF", b"II*\0\xff\0\0\0\0\0".to_vec(), Flaw::CutShort),
            ("XML", b"<?xml version=\"1.0\"?><a><b".to_vec(), Flaw::CutShort),
            ("PDF of which the contents are gone", gone, Flaw::Damaged),
            ("PDF of which the middle is gone", with(&PDF[..60], &PDF[420..]), Flaw::Damaged),
            ("JPEG with nothing in it", with(&JPEG[..4], &[0xff, 0xd9]), Flaw::Damaged),
            ("PNG with a changed byte", changed, Flaw::Damaged),
            ("TIFF of which rows are gone", tiff(&[(bilevel(8, 9, 1), &[0])]), Flaw::Damaged),
            ("encrypted by reference", pdf_with(&["a"], "/Encrypt\n9 0 R"), Flaw::Encrypted),
            ("encrypted in place", pdf_with(&["a"], "/Encrypt<</Filter/Standard>>"), Flaw::Encrypted),
        ];
        for (name, bytes, flaw) in rows {
            assert_eq!(examined(&bytes), Err(flaw), "{name}");
        }
    }

    #[test]
    fn a_document_may_come_in_pieces() {
        struct Bytewise<'a>(&'a [u8]);
        impl Read for Bytewise<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = buffer.len().min(1);
                self.0.read(&mut buffer[..length])
            }
        }
        let long = pdf(&["a", "b", "c", "d"]);
        assert!(long.len() > ENDS, "longer than what is looked at to tell the format");
        for bytes in [PDF, &long, JPEG, "blåbær 🫐".as_bytes()] {
            let found = examine(&mut Bytewise(bytes), 10_000)
                .map(|read| read.map(|content| (content.format, content.pages)));
            assert_eq!(found.ok(), Some(examined(bytes)));
        }
    }

    #[test]
    fn an_endless_document_ends_at_the_limit() {
        let read = examine(&mut io::repeat(b'x'), 1000);
        assert_eq!(read.ok(), Some(Err(Flaw::TooLarge)));
        assert_eq!(examine(&mut &[b'x'; 1000][..], 1000).map(|read| read.is_ok()).ok(), Some(true));
    }
}
