//! The reader of files that hold many documents: each is handed on as a tree of its own, and forgotten.
//!
//! The same refusals as the other readers, in UTF-8 only. What stands around the documents must be well-formed and
//! is not kept, so that the memory a file takes is that of its largest document. What a document handed on is
//! worth, when the file then turns out to be broken, is for who takes it to say.

use std::io::{BufRead, Read};

use quick_xml::events::Event;
use quick_xml::reader::NsReader;

use super::all_allowed;
use super::read::{Element, MAX_DEPTH, Malformed, Tree, XmlError, XmlFault, fault_of, resolve, resolved};
use super::stream::{Meter, only_utf8};

/// One document of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// The document.
    pub root: Element,
    /// The line it begins on, from 1.
    pub line: usize,
}

/// Hands every element called `name` to `take`, wherever it stands, one after the other. Each, and what stands
/// between two of them, is at most `limit` bytes.
///
/// # Errors
/// [`XmlError`] with the place of the first fault. What was taken until then is of a file that is not whole.
pub fn each(
    mut source: impl BufRead,
    name: &str,
    limit: usize,
    mut take: impl FnMut(Found),
) -> Result<(), XmlError> {
    // The first bytes together, however the source hands them out: a byte order mark is looked for in one piece.
    let mut head = Vec::new();
    if let Err(error) = source.by_ref().take(3).read_to_end(&mut head) {
        return Err(XmlError { line: 1, column: 1, fault: XmlFault::Unreadable(error.kind()) });
    }
    let mut reader = NsReader::from_reader(Meter::new(head.as_slice().chain(source), limit));
    let mut file = File { name, outer: 0, begun: false, document: None };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let (line, column) = reader.get_ref().place();
        let located = |fault| XmlError { line, column, fault };
        let (namespace, event) = match reader.read_resolved_event_into(&mut buffer) {
            Ok((namespace, event)) => (resolved(namespace).map_err(located)?, event),
            Err(error) => {
                let spent = reader.get_ref().exceeded();
                return Err(located(spent.unwrap_or_else(|| fault_of(&error))));
            }
        };
        if matches!(event, Event::Eof) {
            return file.end().map_err(located);
        }
        if let Some(found) = file.take(namespace, &event, line).map_err(located)? {
            take(found);
            reader.get_mut().refill();
        }
    }
}

/// Where the reader stands in a file.
struct File<'a> {
    name: &'a str,
    /// How many elements are open around the document, or where one could begin.
    outer: usize,
    /// Whether the root has begun.
    begun: bool,
    document: Option<(Tree, usize)>,
}

impl File<'_> {
    /// Takes one event; gives the document that ends with it.
    fn take(
        &mut self,
        namespace: Option<&str>,
        event: &Event<'_>,
        at: usize,
    ) -> Result<Option<Found>, XmlFault> {
        if !all_allowed(event) {
            return Err(XmlFault::Character);
        }
        if self.document.is_none() && self.begins(event) {
            self.open()?;
            self.document = Some((Tree::default(), at));
        }
        let Some((tree, _)) = &mut self.document else { return self.around(event).map(|()| None) };
        tree.on_line(at);
        tree.take(namespace, event)?;
        if !tree.is_whole() {
            return Ok(None);
        }
        let Some((tree, line)) = self.document.take() else { return Ok(None) };
        self.outer -= 1;
        Ok(Some(Found { root: tree.grown()?, line }))
    }

    fn begins(&self, event: &Event<'_>) -> bool {
        match event {
            Event::Start(start) | Event::Empty(start) => start.local_name().into_inner() == self.name,
            _ => false,
        }
    }

    /// What stands around documents: only its form counts.
    fn around(&mut self, event: &Event<'_>) -> Result<(), XmlFault> {
        let outside = |is_blank: bool| match self.outer {
            0 if !is_blank => Err(XmlFault::Malformed(Malformed::OutsideRoot)),
            _ => Ok(()),
        };
        match event {
            Event::Start(_) => self.open(),
            Event::Empty(_) => self.open().map(|()| self.outer -= 1),
            Event::End(_) => {
                self.outer = self.outer.checked_sub(1).ok_or(XmlFault::Malformed(Malformed::EndTag))?;
                Ok(())
            }
            Event::Text(text) => outside(text.chars().all(char::is_whitespace)),
            Event::CData(_) => outside(false),
            Event::GeneralRef(reference) => resolve(reference).and_then(|_| outside(false)),
            Event::DocType(_) => Err(XmlFault::Doctype),
            Event::Decl(declaration) if !self.begun => only_utf8(declaration),
            Event::Decl(_) => Err(XmlFault::Malformed(Malformed::Markup)),
            Event::PI(_) | Event::Comment(_) | Event::Eof => Ok(()),
        }
    }

    fn open(&mut self) -> Result<(), XmlFault> {
        if self.outer == 0 && self.begun {
            return Err(XmlFault::Malformed(Malformed::OutsideRoot));
        }
        if self.outer == MAX_DEPTH {
            return Err(XmlFault::TooDeep);
        }
        self.begun = true;
        self.outer += 1;
        Ok(())
    }

    fn end(&self) -> Result<(), XmlFault> {
        let whole = self.begun && self.outer == 0 && self.document.is_none();
        if whole { Ok(()) } else { Err(XmlFault::Unfinished) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// The texts and lines of the documents of a file that comes in pieces of `piece` bytes, and its fault.
    fn read(file: &[u8], piece: usize) -> (Vec<(String, usize)>, Option<XmlFault>) {
        let mut found = Vec::new();
        let read = each(BufReader::with_capacity(piece, file), "d", 200, |document| {
            found.push((document.root.text().to_owned(), document.line));
        });
        (found, read.err().map(|error| error.fault))
    }

    #[test]
    fn documents_are_found_alone_and_in_any_container() {
        let of = |text: &str, line| (text.to_owned(), line);
        let rows = [
            ("alone", "<?xml version='1.0' encoding='UTF-8'?>\n<d>a</d>\n", vec![of("a", 2)]),
            ("marked", "\u{feff}<d>a</d>", vec![of("a", 1)]),
            ("in a root", "<x>\n<d>a</d>\n<d>æ</d></x>", vec![of("a", 2), of("æ", 3)]),
            (
                "deeper, with a prefix",
                "<x><y>t&amp;<p:d xmlns:p='urn:p'>a</p:d></y><z/></x>",
                vec![of("a", 1)],
            ),
            ("one in another is a part of it", "<d>a<d>b</d></d>", vec![of("a", 1)]),
            ("empty", "<x><d/></x>", vec![of("", 1)]),
            ("none", "<x/>", vec![]),
        ];
        for (name, file, expected) in rows {
            for piece in [1, 3, 7, 1000] {
                assert_eq!(read(file.as_bytes(), piece), (expected.clone(), None), "{name}, {piece}");
            }
        }
    }

    #[test]
    fn a_file_of_many_documents_may_be_larger_than_any_of_them() {
        let file = format!("<x>{}</x>", "<d>abc</d>\n".repeat(1000));
        assert_eq!(read(file.as_bytes(), 64).0.len(), 1000);
    }

    #[test]
    fn what_cannot_be_vouched_for_is_refused() {
        let deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
        let inside = format!("<d>{}{}</d>", "<a>".repeat(65), "</a>".repeat(65));
        let long = format!("<x><d>{}</d></x>", "x".repeat(300));
        let between = format!("<x>{}<d/></x>", " ".repeat(300));
        let rows: [(&str, &[u8], XmlFault); 15] = [
            ("nothing", b"", XmlFault::Unfinished),
            ("cut between documents", b"<x><d/>", XmlFault::Unfinished),
            ("cut in a document", b"<d><a></a>", XmlFault::Unfinished),
            ("cut in a tag", b"<x><d", XmlFault::Malformed(Malformed::Markup)),
            ("a second root", b"<d/><d/>", XmlFault::Malformed(Malformed::OutsideRoot)),
            ("a text outside", b"<d/>x", XmlFault::Malformed(Malformed::OutsideRoot)),
            ("a wrong end tag", b"<x><d></x>", XmlFault::Malformed(Malformed::EndTag)),
            ("a doctype", b"<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>", XmlFault::Doctype),
            ("an unknown entity", b"<x>&y;</x>", XmlFault::UnknownEntity),
            ("not UTF-8", b"<x>\xe5<d/></x>", XmlFault::Encoding),
            ("another encoding", b"<?xml version='1.0' encoding='ISO-8859-1'?><d/>", XmlFault::Encoding),
            ("deep around", deep.as_bytes(), XmlFault::TooDeep),
            ("deep inside", inside.as_bytes(), XmlFault::TooDeep),
            ("long", long.as_bytes(), XmlFault::TooLarge(200)),
            ("much between", between.as_bytes(), XmlFault::TooLarge(200)),
        ];
        for (name, file, expected) in rows {
            assert_eq!(read(file, 16).1, Some(expected), "{name}");
        }
    }
}
