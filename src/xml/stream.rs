//! The reader of documents that carry files: a small tree, and past it the base64 as a stream of bytes.
//!
//! The same refusals as the reader of whole documents, in UTF-8 only. What the tree holds is bounded; what is
//! carried past it is not, because nobody holds it: who takes it decides what becomes of it.

use std::io::{self, BufRead, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quick_xml::events::{BytesDecl, Event};
use quick_xml::reader::NsReader;

use super::all_allowed;
use super::read::{Element, Tree, XmlError, XmlFault, fault_of, resolved};

/// How much base64 is decoded at a time, bytes: whole groups of four.
const GROUPS: usize = 16 * 1024;

/// Takes contents that are carried past the tree, one after the other in the order of the document.
pub trait Carried {
    /// Takes the next bytes of the content.
    fn take(&mut self, bytes: &[u8]);

    /// The content has ended.
    fn end(&mut self);
}

/// Reads a document in which every element called `name` holds base64: `carried` gets the bytes, and the tree holds
/// the elements empty. Everything else is at most `limit` bytes.
///
/// # Errors
/// [`XmlError`] with the place of the first fault. What `carried` took until then is worth nothing.
pub fn parse_around(
    mut source: impl BufRead,
    limit: usize,
    name: &str,
    carried: &mut impl Carried,
) -> Result<Element, XmlError> {
    // The first bytes together, however the source hands them out: a byte order mark is looked for in one piece.
    let mut head = Vec::new();
    if let Err(error) = source.by_ref().take(3).read_to_end(&mut head) {
        return Err(XmlError { line: 1, column: 1, fault: XmlFault::Unreadable(error.kind()) });
    }
    let mut reader = NsReader::from_reader(Meter::new(head.as_slice().chain(source), limit));
    let mut tree = Tree::default();
    let mut buffer = Vec::new();
    let mut carrying = false;
    loop {
        buffer.clear();
        let (line, column) = reader.get_ref().place();
        let located = |fault| XmlError { line, column, fault };
        tree.on_line(line);
        match step(&mut reader, &mut buffer, &mut tree, carrying).map_err(located)? {
            Step::End => return tree.grown().map_err(located),
            Step::Begun if tree.is_in(name) => {
                carry(reader.get_mut(), carried).map_err(located)?;
                carrying = true;
            }
            // An element without content, which the tree has closed already.
            Step::Whole(empty) if empty == name => carried.end(),
            Step::Begun | Step::Whole(_) | Step::Within => carrying = false,
        }
    }
}

/// What one event was.
enum Step {
    /// An element begins.
    Begun,
    /// An element of this name begins and ends.
    Whole(String),
    /// Anything else.
    Within,
    /// The document ends.
    End,
}

/// Reads one event into the tree; after carried content it must be the end of its element.
fn step<R: BufRead>(
    reader: &mut NsReader<Meter<R>>,
    buffer: &mut Vec<u8>,
    tree: &mut Tree,
    carrying: bool,
) -> Result<Step, XmlFault> {
    let (namespace, event) = match reader.read_resolved_event_into(buffer) {
        Ok(found) => found,
        Err(error) => return Err(reader.get_ref().exceeded().unwrap_or_else(|| fault_of(&error))),
    };
    if !all_allowed(&event) {
        return Err(XmlFault::Character);
    }
    if carrying && !matches!(event, Event::End(_) | Event::Eof) {
        return Err(XmlFault::Base64);
    }
    let step = match &event {
        Event::Eof => return Ok(Step::End),
        Event::Start(_) => Step::Begun,
        Event::Empty(start) => Step::Whole(start.local_name().into_inner().to_owned()),
        Event::Decl(declaration) => only_utf8(declaration).map(|()| Step::Within)?,
        Event::End(_)
        | Event::Text(_)
        | Event::CData(_)
        | Event::Comment(_)
        | Event::PI(_)
        | Event::DocType(_)
        | Event::GeneralRef(_) => Step::Within,
    };
    tree.take(resolved(namespace)?, &event)?;
    Ok(step)
}

/// Refuses a document that declares another encoding.
pub(super) fn only_utf8(declaration: &BytesDecl<'_>) -> Result<(), XmlFault> {
    match declaration.encoding() {
        Some(Ok(label)) if !label.eq_ignore_ascii_case("utf-8") => Err(XmlFault::Encoding),
        Some(_) | None => Ok(()),
    }
}

/// Carries the content of the element that has just begun, up to the next markup.
fn carry<R: BufRead>(source: &mut Meter<R>, carried: &mut impl Carried) -> Result<(), XmlFault> {
    let mut decoder =
        Decoder { carried, groups: Vec::with_capacity(GROUPS), plain: vec![0; GROUPS], last: false };
    loop {
        let available = match source.source.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(XmlFault::Unreadable(error.kind())),
        };
        let markup = available.iter().position(|byte| *byte == b'<');
        let read = markup.unwrap_or(available.len());
        decoder.push(&available[..read])?;
        source.advance(read);
        if markup.is_some() || read == 0 {
            return decoder.finish();
        }
    }
}

/// Base64 on its way to bytes.
struct Decoder<'a, C> {
    carried: &'a mut C,
    groups: Vec<u8>,
    plain: Vec<u8>,
    /// Padding was seen: nothing may follow.
    last: bool,
}

impl<C: Carried> Decoder<'_, C> {
    /// Takes some base64, in which white space means nothing.
    fn push(&mut self, base64: &[u8]) -> Result<(), XmlFault> {
        for mut run in base64.split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
            while !run.is_empty() {
                let (now, later) = run.split_at(run.len().min(GROUPS - self.groups.len()));
                self.groups.extend_from_slice(now);
                run = later;
                if self.groups.len() == GROUPS {
                    self.decode()?;
                }
            }
        }
        Ok(())
    }

    fn decode(&mut self) -> Result<(), XmlFault> {
        if self.last && !self.groups.is_empty() {
            return Err(XmlFault::Base64);
        }
        let length = STANDARD.decode_slice(&self.groups, &mut self.plain).map_err(|_| XmlFault::Base64)?;
        self.last = self.groups.ends_with(b"=");
        self.groups.clear();
        self.carried.take(&self.plain[..length]);
        Ok(())
    }

    fn finish(mut self) -> Result<(), XmlFault> {
        self.decode()?;
        self.carried.end();
        Ok(())
    }
}

/// A source that knows the place it has come to, and how much of the tree's share is left.
pub(super) struct Meter<R> {
    source: R,
    limit: usize,
    left: usize,
    /// The share is spent, and the document goes on.
    exceeded: bool,
    line: usize,
    column: usize,
}

impl<R: BufRead> Meter<R> {
    pub(super) fn new(source: R, limit: usize) -> Self {
        Meter { source, limit, left: limit, exceeded: false, line: 1, column: 1 }
    }

    /// Gives the next tree a share of its own.
    pub(super) fn refill(&mut self) {
        self.left = self.limit;
    }

    pub(super) fn place(&self) -> (usize, usize) {
        (self.line, self.column)
    }

    pub(super) fn exceeded(&self) -> Option<XmlFault> {
        self.exceeded.then_some(XmlFault::TooLarge(self.limit))
    }

    /// Moves on by bytes that lie in the source's buffer.
    fn advance(&mut self, amount: usize) {
        // What lies in the buffer is given again without reading.
        if let Ok(available) = self.source.fill_buf() {
            let passed = &available[..amount.min(available.len())];
            // Counting goes over many bytes at once, looking for one does not: most pieces have no line's end.
            let lines = passed.iter().filter(|byte| **byte == b'\n').count();
            let mut last = passed;
            if lines > 0 {
                let newline = passed.iter().rposition(|byte| *byte == b'\n');
                last = newline.map_or(passed, |newline| &passed[newline + 1..]);
                self.line += lines;
                self.column = 1;
            }
            self.column += last.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
        }
        self.source.consume(amount);
    }
}

impl<R: BufRead> BufRead for Meter<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let available = self.source.fill_buf()?;
        if self.left == 0 && !available.is_empty() {
            self.exceeded = true;
            return Err(io::Error::other("the tree's share is spent"));
        }
        Ok(&available[..available.len().min(self.left)])
    }

    fn consume(&mut self, amount: usize) {
        self.advance(amount);
        self.left = self.left.saturating_sub(amount);
    }
}

impl<R: BufRead> Read for Meter<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::super::Malformed;
    use super::*;

    /// Everything that was carried.
    #[derive(Default)]
    struct Kept {
        done: Vec<Vec<u8>>,
        open: Vec<u8>,
    }

    impl Carried for Kept {
        fn take(&mut self, bytes: &[u8]) {
            self.open.extend_from_slice(bytes);
        }

        fn end(&mut self) {
            self.done.push(std::mem::take(&mut self.open));
        }
    }

    /// Reads a document that comes in pieces of `piece` bytes.
    fn read(document: &[u8], piece: usize, limit: usize) -> Result<(Element, Vec<Vec<u8>>), XmlError> {
        let mut kept = Kept::default();
        let root = parse_around(BufReader::with_capacity(piece, document), limit, "B", &mut kept)?;
        Ok((root, kept.done))
    }

    fn fault(document: &[u8]) -> Option<XmlFault> {
        read(document, 7, 10_000).err().map(|error| error.fault)
    }

    #[test]
    fn what_is_carried_is_not_in_the_tree() -> Result<(), XmlError> {
        let document = "\u{feff}<?xml version='1.0' encoding='utf-8'?>\n<a xmlns:p='urn:p'>æ<p:B>\r\n YWJj\n ZA= =\t</p:B> \
             <B/><B></B>&lt;&#10;<![CDATA[x]]><c V='&amp;'/></a>\n";
        for piece in [1, 2, 3, 5, 8, 64, 10_000] {
            let (root, carried) = read(document.as_bytes(), piece, 10_000)?;
            assert_eq!(carried, [b"abcd".to_vec(), Vec::new(), Vec::new()], "{piece}");
            assert_eq!(root.raw_text(), "æ <\nx", "{piece}");
            let names: Vec<&str> = root.children().iter().map(Element::name).collect();
            assert_eq!(names, ["B", "B", "B", "c"]);
            assert!(root.all("B").all(|found| found.raw_text().is_empty()));
            assert_eq!(root.child("B").and_then(Element::namespace), Some("urn:p"));
        }
        Ok(())
    }

    #[test]
    fn contents_of_any_length_are_carried_whole() -> Result<(), XmlError> {
        for length in [0, 1, 2, 3, 12_287, 12_288, 12_289, 12_290, 100_000] {
            let content: Vec<u8> = (0..=250).cycle().take(length).collect();
            let document = format!("<a><B>{}</B></a>", STANDARD.encode(&content));
            assert_eq!(read(document.as_bytes(), 1000, 30)?.1, [content], "{length}");
        }
        Ok(())
    }

    #[test]
    fn what_cannot_be_vouched_for_is_refused_with_its_place() {
        let deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
        let long = format!("<a b='{}'/>", "x".repeat(20_000));
        let padded = format!("<B>{}QQ=={}</B>", "QUJD".repeat(GROUPS / 4 - 1), "QUJD");
        let rows: [(&str, &[u8], XmlFault); 22] = [
            ("nothing", b"", XmlFault::Unfinished),
            ("cut short", b"<a><b></b>", XmlFault::Unfinished),
            ("cut in a tag", b"<a><b", XmlFault::Malformed(Malformed::Markup)),
            ("cut in base64", b"<a><B>YWJj", XmlFault::Unfinished),
            ("cut in a group", b"<a><B>YWJ", XmlFault::Base64),
            ("doctype", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", XmlFault::Doctype),
            ("unknown entity", b"<a>&nbsp;</a>", XmlFault::UnknownEntity),
            ("forbidden reference", b"<a>&#1;</a>", XmlFault::Character),
            ("forbidden character", b"<a>\x01</a>", XmlFault::Character),
            ("wrong end tag", b"<a><b></a>", XmlFault::Malformed(Malformed::EndTag)),
            ("wrong end of carried content", b"<a><B>YWJj</a>", XmlFault::Malformed(Malformed::EndTag)),
            ("second root", b"<a/><b/>", XmlFault::Malformed(Malformed::OutsideRoot)),
            ("prefix unknown", b"<x:a/>", XmlFault::Malformed(Malformed::Namespace)),
            ("too deep", deep.as_bytes(), XmlFault::TooDeep),
            ("too long", long.as_bytes(), XmlFault::TooLarge(10_000)),
            ("not UTF-8", b"<a>\xe5</a>", XmlFault::Encoding),
            ("another encoding", b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", XmlFault::Encoding),
            ("not base64", b"<B>YW%j</B>", XmlFault::Base64),
            ("a reference in base64", b"<B>YWJj&#10;</B>", XmlFault::Base64),
            ("an element in base64", b"<B>YWJj<c/></B>", XmlFault::Base64),
            ("no padding", b"<B>YWJjZA</B>", XmlFault::Base64),
            ("more after padding", padded.as_bytes(), XmlFault::Base64),
        ];
        for (name, document, expected) in rows {
            assert_eq!(fault(document), Some(expected), "{name}");
        }
        let error = read("<a>\n  æ<B>Y</B></a>".as_bytes(), 4, 100).err();
        assert_eq!(error.map(|error| (error.line, error.column)), Some((2, 4)));
    }

    #[test]
    fn a_source_that_fails_says_how() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::PermissionDenied.into())
            }
        }
        let source = BufReader::new(b"<a><B>YWJj".chain(Broken));
        let error = parse_around(source, 100, "B", &mut Kept::default()).err();
        let expected = XmlFault::Unreadable(io::ErrorKind::PermissionDenied);
        assert_eq!(error.map(|error| error.fault), Some(expected));
    }
}
