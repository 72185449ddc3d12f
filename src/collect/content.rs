//! One document from start to end in one pass: size, digest, format, and whether it is whole.
//!
//! The format is told from the content, never from a name. What is kept in memory does not grow with the
//! document. Nothing is interpreted further and nothing is repaired: a document is carried as it is or not at all.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use crate::id::Digest;
use crate::inventory::Format;

/// How much of each end is looked at: a PDF's end mark lies in the last 1024 bytes (ISO 32000-1, annex H.3).
const ENDS: usize = 1024;
/// How much of the last chunk is looked at again with the next, for words that lie across both.
const OVERLAP: usize = 64;

/// A whole document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The format.
    pub format: Format,
    /// Size, bytes.
    pub bytes: u64,
    /// SHA-256.
    pub sha256: Digest,
}

/// Why a document cannot be carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// No bytes.
    Empty,
    /// Its format's end mark is not there.
    CutShort,
    /// A password is needed to read it.
    Encrypted,
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
    encrypted: bool,
    says_pdfa: bool,
}

impl Examiner {
    fn take(&mut self, chunk: &[u8]) {
        self.hash.update(chunk);
        self.bytes += chunk.len() as u64;
        let room = ENDS.saturating_sub(self.head.len());
        self.head.extend(chunk.iter().take(room));
        self.text.take(chunk);
        if is_pdf(&self.head) {
            self.look_for_marks(chunk);
        }
        self.tail.extend_from_slice(chunk);
        let surplus = self.tail.len().saturating_sub(ENDS);
        self.tail.drain(..surplus);
    }

    fn look_for_marks(&mut self, chunk: &[u8]) {
        let overlap = self.tail.len().saturating_sub(OVERLAP);
        let window = [&self.tail[overlap..], chunk].concat();
        self.encrypted |= places(&window, b"/Encrypt").any(|at| is_reference(&window[at + 8..]));
        self.says_pdfa |= places(&window, b"pdfaid:part").next().is_some();
    }

    fn finish(self) -> Result<Content, Flaw> {
        if self.bytes == 0 {
            return Err(Flaw::Empty);
        }
        let format = self.format();
        if !self.is_whole(format) {
            return Err(Flaw::CutShort);
        }
        if self.encrypted {
            return Err(Flaw::Encrypted);
        }
        Ok(Content { format, bytes: self.bytes, sha256: Digest::from_bytes(self.hash.finalize().into()) })
    }

    fn format(&self) -> Format {
        let head = without_mark(&self.head);
        let starts = |magic: &[u8]| self.head.starts_with(magic);
        if is_pdf(&self.head) {
            if self.says_pdfa { Format::PdfA } else { Format::Pdf }
        } else if starts(&[0xff, 0xd8, 0xff]) {
            Format::Jpeg
        } else if starts(b"\x89PNG\r\n\x1a\n") {
            Format::Png
        } else if starts(b"II*\0") || starts(b"MM\0*") {
            Format::Tiff
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
            Format::PdfA | Format::Pdf => places(&self.tail, b"%%EOF").next().is_some(),
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

fn is_pdf(head: &[u8]) -> bool {
    without_mark(head).trim_ascii_start().starts_with(b"%PDF-")
}

/// Text that is a format of its own and nothing to read as it stands.
fn is_markup(head: &[u8]) -> bool {
    let start: Vec<u8> = head.trim_ascii_start().iter().take(16).map(u8::to_ascii_lowercase).collect();
    [&b"{\\rtf"[..], b"<html", b"<!doctype"].iter().any(|magic| start.starts_with(magic))
}

fn without_mark(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head)
}

/// Where a word stands.
fn places(text: &[u8], word: &'static [u8]) -> impl Iterator<Item = usize> {
    let first = word.first().copied();
    let candidates = text.iter().enumerate().filter(move |(_, byte)| Some(**byte) == first);
    candidates.map(|(at, _)| at).filter(move |at| text[*at..].starts_with(word))
}

/// Whether an object or a reference to one follows: what the trailer of an encrypted PDF has after `/Encrypt`,
/// and the name `/EncryptMetadata` has not.
fn is_reference(after: &[u8]) -> bool {
    let spaced = after.first().is_some_and(u8::is_ascii_whitespace);
    let next = after.trim_ascii_start();
    next.starts_with(b"<<") || (spaced && next.first().is_some_and(u8::is_ascii_digit))
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
pub(crate) mod tests {
    use super::*;

    pub(crate) const PDF: &[u8] =
        b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n";
    pub(crate) const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xd9];
    pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82";

    fn read(bytes: &[u8]) -> Result<Format, Flaw> {
        match examine(&mut &*bytes, 1 << 20) {
            Ok(Ok(content)) => {
                assert_eq!((content.bytes, content.sha256), (bytes.len() as u64, Digest::of(bytes)));
                Ok(content.format)
            }
            Ok(Err(flaw)) => Err(flaw),
            Err(error) => panic!("memory can be read: {error}"),
        }
    }

    fn with(before: &[u8], after: &[u8]) -> Vec<u8> {
        [before, after].concat()
    }

    #[test]
    fn the_format_is_told_from_the_content() {
        let pdfa = with(b"%PDF-1.4\n<x:xmpmeta pdfaid:part=\"2\"/>\n", b"%%EOF");
        let rows: [(&str, Vec<u8>, Format); 15] = [
            ("PDF", PDF.to_vec(), Format::Pdf),
            ("PDF/A by its XMP", pdfa, Format::PdfA),
            ("PDF after a byte order mark", with(b"\xef\xbb\xbf", PDF), Format::Pdf),
            ("JPEG", JPEG.to_vec(), Format::Jpeg),
            ("JPEG with padding", with(JPEG, b"\0\0\n"), Format::Jpeg),
            ("PNG", PNG.to_vec(), Format::Png),
            ("TIFF, little-endian", b"II*\0\x08\0\0\0\0\0".to_vec(), Format::Tiff),
            ("TIFF, big-endian", b"MM\0*\0\0\0\x08\0\0".to_vec(), Format::Tiff),
            ("text", "Journalnotat: blåbær, čáhci\r\n".into(), Format::Text),
            ("text that speaks of PDF", b"Se vedlegg, %PDF-1.7".to_vec(), Format::Text),
            ("XML", b"<?xml version=\"1.0\"?>\n<a/>\n".to_vec(), Format::Xml),
            ("Windows-1252 is not UTF-8", b"bl\xe5b\xe6r".to_vec(), Format::Other),
            ("RTF", b"{\\rtf1 x}".to_vec(), Format::Other),
            ("HTML", b"<!DOCTYPE html><html>".to_vec(), Format::Other),
            ("an Office document", b"PK\x03\x04\x14\0".to_vec(), Format::Other),
        ];
        for (name, bytes, format) in rows {
            assert_eq!(read(&bytes), Ok(format), "{name}");
        }
    }

    #[test]
    fn a_document_cut_short_empty_or_encrypted_is_found() {
        let encrypted = |entry: &str| -> Vec<u8> {
            format!("%PDF-1.7\ntrailer<</Root 1 0 R {entry}>>\n%%EOF").into_bytes()
        };
        let rows: [(&str, Vec<u8>, Flaw); 10] = [
            ("empty", Vec::new(), Flaw::Empty),
            ("PDF", PDF[..PDF.len() - 7].to_vec(), Flaw::CutShort),
            ("PDF whose end mark is far from the end", with(PDF, &[b' '; 2000]), Flaw::CutShort),
            ("JPEG", JPEG[..8].to_vec(), Flaw::CutShort),
            ("PNG", PNG[..PNG.len() - 1].to_vec(), Flaw::CutShort),
            ("TIFF", b"II*\0\xff\0\0\0\0\0".to_vec(), Flaw::CutShort),
            ("XML", b"<?xml version=\"1.0\"?><a><b".to_vec(), Flaw::CutShort),
            ("encrypted by reference", encrypted("/Encrypt 5 0 R"), Flaw::Encrypted),
            ("encrypted, on the next line", encrypted("/Encrypt\n5 0 R"), Flaw::Encrypted),
            ("encrypted in place", encrypted("/Encrypt<</Filter/Standard>>"), Flaw::Encrypted),
        ];
        for (name, bytes, flaw) in rows {
            assert_eq!(read(&bytes), Err(flaw), "{name}");
        }
        assert_eq!(read(&encrypted("/EncryptMetadata true")), Ok(Format::Pdf));
    }

    #[test]
    fn words_across_two_chunks_are_found() {
        struct Bytewise<'a>(&'a [u8]);
        impl Read for Bytewise<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let length = buffer.len().min(1);
                self.0.read(&mut buffer[..length])
            }
        }
        let rows: [(&[u8], Result<Format, Flaw>); 3] = [
            (b"%PDF-1.7\ntrailer<</Encrypt 5 0 R>>\n%%EOF", Err(Flaw::Encrypted)),
            (b"%PDF-1.7\n<pdfaid:part>2</pdfaid:part>\n%%EOF", Ok(Format::PdfA)),
            ("blåbær 🫐".as_bytes(), Ok(Format::Text)),
        ];
        for (bytes, expected) in rows {
            let found = examine(&mut Bytewise(bytes), 1000).map(|read| read.map(|content| content.format));
            assert_eq!(found.ok(), Some(expected));
        }
    }

    #[test]
    fn an_endless_document_ends_at_the_limit() {
        let read = examine(&mut io::repeat(b'x'), 1000);
        assert_eq!(read.ok(), Some(Err(Flaw::TooLarge)));
        assert_eq!(examine(&mut &[b'x'; 1000][..], 1000).map(|read| read.is_ok()).ok(), Some(true));
    }
}
