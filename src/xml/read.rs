//! The reader: a small tree of elements from a document of bounded size.
//!
//! Refuses a DOCTYPE, an entity it does not know, too much of anything, and a document that is not well-formed to
//! its very end. A fault names a line and a column and never the text that stands there.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use encoding_rs::{Encoding, ISO_8859_15, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use quick_xml::errors::{Error as QuickError, IllFormedError};
use quick_xml::escape::unescape;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;
use thiserror::Error;

use super::is_allowed;

/// How deep elements may stand in each other.
pub(super) const MAX_DEPTH: usize = 64;

/// How many elements and attributes a document may have; a tree takes many times the bytes of its document.
const MAX_NODES: usize = 250_000;

/// How many attributes one element may have; looking for one that stands twice takes the square of it.
const MAX_ATTRIBUTES: usize = 128;

/// How long a namespace's name may be, bytes; every element names its own, and none that we read has a hundred.
const MAX_NAMESPACE: usize = 1_000;

/// A document that was refused, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {fault}")]
pub struct XmlError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub fault: XmlFault,
}

/// Why a document is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum XmlFault {
    /// More bytes than the caller reads.
    #[error("the document is larger than {0} bytes")]
    TooLarge(usize),
    /// Elements too deep in each other.
    #[error("the elements stand more than {MAX_DEPTH} deep")]
    TooDeep,
    /// More elements and attributes than anything we read has.
    #[error(
        "the document has more than {MAX_NODES} elements and attributes, or {MAX_ATTRIBUTES} in one element"
    )]
    TooManyNodes,
    /// An encoding that is not read, or bytes that are not in it.
    #[error("the bytes are not in the encoding the document declares, or it is one that is not read")]
    Encoding,
    /// A DOCTYPE, which could define entities and fetch files.
    #[error("a DOCTYPE is not accepted")]
    Doctype,
    /// An entity that only a DOCTYPE could define.
    #[error("an entity that XML itself does not define")]
    UnknownEntity,
    /// A character that XML forbids, as itself or as a reference.
    #[error("a character that XML does not allow")]
    Character,
    /// The end came while elements were open, or before there was any.
    #[error("the document ends before its root element does")]
    Unfinished,
    /// Not well-formed.
    #[error("not well-formed: {0}")]
    Malformed(Malformed),
    /// Content that should be base64 and nothing else.
    #[error("the content is not base64")]
    Base64,
    /// The source failed.
    #[error("cannot be read: {0}")]
    Unreadable(io::ErrorKind),
}

/// What keeps a document from being well-formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// Markup that does not end or does not begin as it must.
    #[error("broken markup")]
    Markup,
    /// An end tag without its start tag.
    #[error("an end tag that does not match")]
    EndTag,
    /// An attribute twice, or not in quotes.
    #[error("a faulty attribute")]
    Attribute,
    /// A prefix that nothing declares, or a faulty declaration, or one longer than any name.
    #[error("a faulty namespace")]
    Namespace,
    /// Text or a second element outside the root.
    #[error("something outside the root element")]
    OutsideRoot,
}

/// One element with everything in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Element {
    name: String,
    /// One for all elements that are in it: a document is not to grow by a name that it writes once.
    namespace: Option<Arc<str>>,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
    /// How much of its parent's own text stands before it, bytes.
    at: usize,
    line: usize,
}

/// Something directly inside an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A run of its own text.
    Text(&'a str),
    /// An element in it.
    Child(&'a Element),
}

impl Element {
    /// The name without prefix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The namespace's name, where it is in one.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// An attribute's value; one with a prefix is asked for with its prefix as written.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// An attribute's value by its name without prefix, whichever prefix it is written with: for documents that
    /// qualify every attribute. One without prefix goes before the others.
    pub fn local_attribute(&self, name: &str) -> Option<&str> {
        let is_local = |key: &str| key.rsplit_once(':').is_some_and(|(_, local)| local == name);
        let qualified = || self.attributes.iter().find(|(key, _)| is_local(key));
        self.attribute(name).or_else(|| qualified().map(|(_, value)| value.as_str()))
    }

    /// The element's own text, without its children's and without white space around it.
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// The element's own text as it stands.
    pub fn raw_text(&self) -> &str {
        &self.text
    }

    /// The line it begins on, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The elements directly inside it.
    pub fn children(&self) -> &[Element] {
        &self.children
    }

    /// The first element of this name directly inside it.
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Every element of this name directly inside it.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first element of this name directly inside it, where it has one that is not empty.
    pub fn child_text(&self, name: &str) -> Option<&str> {
        self.child(name).map(Element::text).filter(|text| !text.is_empty())
    }

    /// What stands directly inside it, text and elements, in the order of the document: for text with markup in it.
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let (mut out, mut from) = (Vec::new(), 0);
        for child in &self.children {
            out.push(Piece::Text(self.text.get(from..child.at).unwrap_or_default()));
            out.push(Piece::Child(child));
            from = child.at;
        }
        out.push(Piece::Text(self.text.get(from..).unwrap_or_default()));
        out.retain(|piece| *piece != Piece::Text(""));
        out
    }

    /// It and every element inside it, in the order of the document.
    pub fn descendants(&self) -> impl Iterator<Item = &Element> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(next.children.iter().rev());
            Some(next)
        })
    }
}

/// Reads a document of at most `limit` bytes, in UTF-8, UTF-16 or ISO-8859-1 as it declares.
///
/// # Errors
/// [`XmlError`] with the place of the first fault.
pub fn parse(bytes: &[u8], limit: usize) -> Result<Element, XmlError> {
    if bytes.len() > limit {
        return Err(XmlError { line: 1, column: 1, fault: XmlFault::TooLarge(limit) });
    }
    let text = decode(bytes).ok_or(XmlError { line: 1, column: 1, fault: XmlFault::Encoding })?;
    let located = |(at, fault)| {
        let (line, column) = place(&text, at);
        XmlError { line, column, fault }
    };
    if let Some((at, _)) = text.char_indices().find(|(_, c)| !is_allowed(*c)) {
        return Err(located((at, XmlFault::Character)));
    }
    Tree::default().grow(&text).map_err(located)
}

/// The document as text: by its byte order mark, else by what its first bytes declare, else UTF-8.
fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    let (encoding, skip) = match Encoding::for_bom(bytes) {
        Some(found) => found,
        None => (declared(bytes)?, 0),
    };
    encoding.decode_without_bom_handling_and_without_replacement(&bytes[skip..])
}

/// The encoding of a document without byte order mark; none for one that is not read.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    if bytes.starts_with(b"<\0") {
        return Some(UTF_16LE);
    }
    if bytes.starts_with(b"\0<") {
        return Some(UTF_16BE);
    }
    if !bytes.starts_with(b"<?xml") {
        return Some(UTF_8);
    }
    let end = bytes.iter().take(200).position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(&bytes[..end]).ok()?;
    let Some((_, value)) = declaration.split_once("encoding") else { return Some(UTF_8) };
    let label = value.split(['"', '\'']).nth(1)?;
    let encoding = Encoding::for_label(label.as_bytes())?;
    [UTF_8, WINDOWS_1252, ISO_8859_15].contains(&encoding).then_some(encoding)
}

/// Line and column of a byte offset.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The tree while it grows.
#[derive(Default)]
pub(super) struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    nodes: usize,
    namespaces: BTreeSet<Arc<str>>,
    line: usize,
}

impl Tree {
    /// Reads every event to the end. A fault comes with its byte offset.
    fn grow(mut self, text: &str) -> Result<Element, (usize, XmlFault)> {
        let mut reader = NsReader::from_str(text);
        let (mut line, mut counted) = (1, 0);
        loop {
            let at = offset(reader.buffer_position());
            line += text.get(counted..at).map_or(0, |passed| passed.matches('\n').count());
            counted = at;
            self.on_line(line);
            let (namespace, event) = match reader.read_resolved_event() {
                Ok(found) => found,
                Err(error) => return Err((offset(reader.error_position()), fault_of(&error))),
            };
            if matches!(event, Event::Eof) {
                return self.grown().map_err(|fault| (at, fault));
            }
            resolved(namespace).and_then(|name| self.take(name, &event)).map_err(|fault| (at, fault))?;
        }
    }

    /// The line on which the next event stands.
    pub(super) fn on_line(&mut self, line: usize) {
        self.line = line;
    }

    /// The root, when the document has ended.
    pub(super) fn grown(self) -> Result<Element, XmlFault> {
        self.root.filter(|_| self.open.is_empty()).ok_or(XmlFault::Unfinished)
    }

    /// Whether the root has ended.
    pub(super) fn is_whole(&self) -> bool {
        self.root.is_some() && self.open.is_empty()
    }

    /// Whether the innermost element that is open has this name.
    pub(super) fn is_in(&self, name: &str) -> bool {
        self.open.last().is_some_and(|element| element.name == name)
    }

    /// Takes one event of the document.
    pub(super) fn take(&mut self, namespace: Option<&str>, event: &Event<'_>) -> Result<(), XmlFault> {
        match event {
            Event::Start(start) => self.begin(namespace, start),
            Event::Empty(start) => self.begin(namespace, start).and_then(|()| self.end()),
            Event::End(_) => self.end(),
            Event::Text(text) => self.add(&text.xml10_content()),
            Event::CData(text) => self.add(&text.xml10_content()),
            Event::GeneralRef(reference) => self.add(resolve(reference)?.encode_utf8(&mut [0; 4])),
            Event::DocType(_) => Err(XmlFault::Doctype),
            Event::Decl(_) if self.nodes > 0 => Err(XmlFault::Malformed(Malformed::Markup)),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) | Event::Eof => Ok(()),
        }
    }

    fn begin(&mut self, namespace: Option<&str>, start: &BytesStart<'_>) -> Result<(), XmlFault> {
        if self.open.is_empty() && self.root.is_some() {
            return Err(XmlFault::Malformed(Malformed::OutsideRoot));
        }
        if self.open.len() == MAX_DEPTH {
            return Err(XmlFault::TooDeep);
        }
        let attributes = attributes(start)?;
        self.nodes += 1 + attributes.len();
        if self.nodes > MAX_NODES {
            return Err(XmlFault::TooManyNodes);
        }
        let name = start.local_name().into_inner().to_owned();
        let namespace = namespace.map(|namespace| self.namespace(namespace)).transpose()?;
        let at = self.open.last().map_or(0, |parent| parent.text.len());
        self.open.push(Element { name, namespace, attributes, at, line: self.line, ..Element::default() });
        Ok(())
    }

    /// The one copy of a namespace's name.
    fn namespace(&mut self, name: &str) -> Result<Arc<str>, XmlFault> {
        if name.len() > MAX_NAMESPACE {
            return Err(XmlFault::Malformed(Malformed::Namespace));
        }
        if let Some(known) = self.namespaces.get(name) {
            return Ok(known.clone());
        }
        let new: Arc<str> = name.into();
        self.namespaces.insert(new.clone());
        Ok(new)
    }

    fn end(&mut self) -> Result<(), XmlFault> {
        let done = self.open.pop().ok_or(XmlFault::Malformed(Malformed::EndTag))?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
        Ok(())
    }

    fn add(&mut self, text: &str) -> Result<(), XmlFault> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.chars().all(char::is_whitespace) => {}
            None => return Err(XmlFault::Malformed(Malformed::OutsideRoot)),
        }
        Ok(())
    }
}

/// The name of a namespace; none outside one.
pub(super) fn resolved(namespace: ResolveResult<'_>) -> Result<Option<&str>, XmlFault> {
    match namespace {
        ResolveResult::Bound(name) => Ok(Some(name.0)),
        ResolveResult::Unbound => Ok(None),
        ResolveResult::Unknown(_) => Err(XmlFault::Malformed(Malformed::Namespace)),
    }
}

/// The attributes of an element, without the declarations of namespaces.
fn attributes(start: &BytesStart<'_>) -> Result<Vec<(String, String)>, XmlFault> {
    let mut out = Vec::new();
    for (at, attribute) in start.attributes().enumerate() {
        if at == MAX_ATTRIBUTES {
            return Err(XmlFault::TooManyNodes);
        }
        let attribute = attribute.map_err(|_| XmlFault::Malformed(Malformed::Attribute))?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        // Folded before it is unescaped: a line break that was written as a reference stays one.
        let folded = attribute.value.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
        let value = unescape(&folded).map_err(|_| XmlFault::UnknownEntity)?;
        if !value.chars().all(is_allowed) {
            return Err(XmlFault::Character);
        }
        out.push((attribute.key.0.to_owned(), value.into_owned()));
    }
    Ok(out)
}

/// The character that a reference in the text stands for.
pub(super) fn resolve(reference: &BytesRef<'_>) -> Result<char, XmlFault> {
    let by_number = reference.resolve_char_ref().map_err(|_| XmlFault::Character)?;
    let found = match by_number {
        Some(c) => c,
        None => match &**reference {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => return Err(XmlFault::UnknownEntity),
        },
    };
    if is_allowed(found) { Ok(found) } else { Err(XmlFault::Character) }
}

/// An offset of the reader's; documents are bounded far below what it could not hold.
fn offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// What the parser's error means; its own text is not kept, because it may quote the document.
pub(super) fn fault_of(error: &QuickError) -> XmlFault {
    match error {
        QuickError::IllFormed(IllFormedError::UnmatchedEndTag(_))
        | QuickError::IllFormed(IllFormedError::MismatchedEndTag { .. }) => {
            XmlFault::Malformed(Malformed::EndTag)
        }
        QuickError::InvalidAttr(_) => XmlFault::Malformed(Malformed::Attribute),
        QuickError::Namespace(_) => XmlFault::Malformed(Malformed::Namespace),
        QuickError::Escape(_) => XmlFault::UnknownEntity,
        QuickError::Encoding(_) => XmlFault::Encoding,
        QuickError::Io(error) => XmlFault::Unreadable(error.kind()),
        _ => XmlFault::Malformed(Malformed::Markup),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(document: &[u8]) -> Option<(usize, usize, XmlFault)> {
        parse(document, 10_000).err().map(|error| (error.line, error.column, error.fault))
    }

    #[test]
    fn a_document_becomes_a_tree() -> Result<(), XmlError> {
        let document = br#"<?xml version="1.0"?>
            <p:a xmlns:p="urn:x" xmlns="urn:y" p:q="1" V="x &amp; y&#10;z">
              one &lt;two&gt; <!-- no --> <![CDATA[<three>]]> &#248;<b/><c V="2">t</c><b V="3"/>
            </p:a>"#;
        let root = parse(document, 10_000)?;
        assert_eq!((root.name(), root.namespace()), ("a", Some("urn:x")));
        assert_eq!(root.attribute("V"), Some("x & y\nz"));
        assert_eq!(root.attribute("p:q"), Some("1"));
        assert_eq!((root.attribute("q"), root.local_attribute("q")), (None, Some("1")));
        assert_eq!(root.local_attribute("V"), root.attribute("V"));
        assert_eq!(root.text(), "one <two>  <three> ø");
        assert_eq!(root.child("b").and_then(Element::namespace), Some("urn:y"));
        assert_eq!(root.all("b").count(), 2);
        assert_eq!(root.child_text("c"), Some("t"));
        let names: Vec<&str> = root.descendants().map(Element::name).collect();
        assert_eq!(names, ["a", "b", "c", "b"]);
        Ok(())
    }

    #[test]
    fn text_and_elements_keep_their_order() -> Result<(), XmlError> {
        let root = parse("<a><b>Ikke</b> på&#118;ist <c/><c/>å</a>".as_bytes(), 10_000)?;
        let shown: Vec<String> = root
            .pieces()
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => format!("{text:?}"),
                Piece::Child(child) => child.name().to_owned(),
            })
            .collect();
        assert_eq!(shown, ["b", "\" påvist \"", "c", "c", "\"å\""]);
        Ok(())
    }

    #[test]
    fn what_cannot_be_vouched_for_is_refused_with_its_place() {
        let deep = format!("{}{}", "<a>".repeat(65), "</a>".repeat(65));
        let rows: [(&str, &[u8], XmlFault); 18] = [
            ("nothing", b"", XmlFault::Unfinished),
            ("cut short", b"<a><b></b>", XmlFault::Unfinished),
            ("cut in a tag", b"<a><b", XmlFault::Malformed(Malformed::Markup)),
            ("doctype", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", XmlFault::Doctype),
            ("unknown entity", b"<a>&nbsp;</a>", XmlFault::UnknownEntity),
            ("unknown entity in an attribute", b"<a b='&x;'/>", XmlFault::UnknownEntity),
            ("forbidden reference", b"<a>&#1;</a>", XmlFault::Character),
            ("forbidden reference in an attribute", b"<a b='&#x1b;'/>", XmlFault::Character),
            ("forbidden character", b"<a>\x01</a>", XmlFault::Character),
            ("wrong end tag", b"<a><b></a>", XmlFault::Malformed(Malformed::EndTag)),
            ("second root", b"<a/><b/>", XmlFault::Malformed(Malformed::OutsideRoot)),
            ("text after the root", b"<a/>x", XmlFault::Malformed(Malformed::OutsideRoot)),
            ("attribute twice", b"<a b='1' b='2'/>", XmlFault::Malformed(Malformed::Attribute)),
            ("a declaration inside", b"<a><?xml version='1.0'?></a>", XmlFault::Malformed(Malformed::Markup)),
            ("prefix unknown", b"<x:a/>", XmlFault::Malformed(Malformed::Namespace)),
            ("too deep", deep.as_bytes(), XmlFault::TooDeep),
            ("not UTF-8", b"<a>\xe5</a>", XmlFault::Encoding),
            ("an encoding not read", b"<?xml version='1.0' encoding='Shift_JIS'?><a/>", XmlFault::Encoding),
        ];
        for (name, document, expected) in rows {
            assert_eq!(fault(document).map(|found| found.2), Some(expected), "{name}");
        }
        assert_eq!(fault(b"<a>\n  <b>&x;</b></a>"), Some((2, 6, XmlFault::UnknownEntity)));
        assert_eq!(parse(b"<a/>", 3).err().map(|error| error.fault), Some(XmlFault::TooLarge(3)));
    }

    #[test]
    fn a_tree_may_not_outgrow_its_document() {
        let wide = format!("<a>{}</a>", "<b/>".repeat(MAX_NODES));
        let attributes: String = (0..=MAX_ATTRIBUTES).map(|no| format!(" a{no}=''")).collect();
        for document in [wide, format!("<a{attributes}/>")] {
            let found = parse(document.as_bytes(), 20_000_000);
            assert_eq!(found.err().map(|error| error.fault), Some(XmlFault::TooManyNodes));
        }
    }

    #[test]
    fn a_namespace_that_many_elements_are_in_is_kept_once() -> Result<(), XmlError> {
        let document = format!("<a xmlns='{}'>{}</a>", "n".repeat(MAX_NAMESPACE), "<b/>".repeat(100));
        let root = parse(document.as_bytes(), 10_000)?;
        let names: Vec<&Arc<str>> = root.descendants().filter_map(|one| one.namespace.as_ref()).collect();
        assert_eq!(names.len(), 101);
        assert!(names.iter().all(|name| Arc::ptr_eq(name, names[0])));
        let longer = document.replacen("nn", "nnn", 1);
        assert_eq!(
            fault(longer.as_bytes()).map(|found| found.2),
            Some(XmlFault::Malformed(Malformed::Namespace))
        );
        Ok(())
    }

    #[test]
    fn declared_encodings_are_read() -> Result<(), XmlError> {
        let utf16 = |big: bool, bom: bool| -> Vec<u8> {
            let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>blåbær</a>";
            let marked = if bom { format!("\u{feff}{text}") } else { text.to_owned() };
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            marked.encode_utf16().flat_map(bytes).collect()
        };
        let latin: &[u8] = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>bl\xe5b\xe6r</a>";
        let rows: [(&str, Vec<u8>); 7] = [
            ("UTF-8", "<a>blåbær</a>".into()),
            ("UTF-8 with mark", "\u{feff}<a>blåbær</a>".into()),
            ("ISO-8859-1", latin.to_vec()),
            ("UTF-16 LE", utf16(false, true)),
            ("UTF-16 BE", utf16(true, true)),
            ("UTF-16 LE without mark", utf16(false, false)),
            ("UTF-16 BE without mark", utf16(true, false)),
        ];
        for (name, document) in rows {
            assert_eq!(parse(&document, 10_000)?.text(), "blåbær", "{name}");
        }
        Ok(())
    }
}
