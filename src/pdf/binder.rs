//! One file to print: a typeset front as it is, and the pages of documents after its own.
//!
//! An incremental update: the front's bytes stay, with its tags, language, fonts and metadata, and what is added stands
//! after them. Documents are written as they come, so that one at a time is in memory. The claim to be PDF/A stays only
//! where every document makes it too. The same front and documents give the same bytes.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::PdfFault;
use super::carry::{Carrier, Onto, Stop};
use super::file::File;
use super::filter::deflate;
use super::look::{is_drawn_by_viewers, metadata};
use super::object::{Dict, Object, Ref};
use super::pages::pages;

/// Why a file could not be bound.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The front or a document.
    #[error(transparent)]
    Fault(#[from] PdfFault),
    /// It could not be written.
    #[error("the file could not be written")]
    Write(#[from] io::Error),
}

impl From<Stop> for BindError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Fault(fault) => BindError::Fault(fault),
            Stop::Io(error) => BindError::Write(error),
        }
    }
}

/// What is known of the front.
struct Front {
    trailer: Dict,
    /// Where its newest cross-reference section begins, and whether that is a stream.
    section: (usize, bool),
    root: Ref,
    catalog: Dict,
    pages: (Ref, Dict),
    kids: Vec<Object>,
    count: u32,
    xmp: Option<String>,
    /// The number of colorants that its output intent stands for.
    colorants: Option<i64>,
}

impl Front {
    fn read(bytes: &[u8]) -> Result<Self, PdfFault> {
        let file = File::open(bytes)?;
        let count = u32::try_from(pages(&file)?.len()).map_err(|_| PdfFault::TooManyPages)?;
        let catalog = file.catalog().ok_or(PdfFault::Damaged)?;
        let table = &file.table;
        let root = table.trailer.get(b"Root").and_then(Object::as_ref).ok_or(PdfFault::Damaged)?;
        let node = catalog.get(b"Pages").and_then(Object::as_ref).ok_or(PdfFault::Damaged)?;
        let dict = file.get(node).and_then(|found| found.as_dict().cloned()).ok_or(PdfFault::Damaged)?;
        let kids = file.entry(&dict, b"Kids").ok_or(PdfFault::Damaged)?;
        // A front of our own has its table in order, begins with its header, and has no layers.
        let is_ours =
            table.start > 0 && bytes.starts_with(b"%PDF-") && catalog.get(b"OCProperties").is_none();
        if !is_ours {
            return Err(PdfFault::Damaged);
        }
        Ok(Front {
            trailer: table.trailer.clone(),
            section: (table.start, table.is_stream),
            root,
            kids: kids.as_array().ok_or(PdfFault::Damaged)?.to_vec(),
            pages: (node, dict),
            count,
            xmp: metadata(&file, &catalog),
            colorants: colorants(&file, &catalog),
            catalog,
        })
    }

    fn size(&self) -> Option<u32> {
        self.trailer.get(b"Size").and_then(Object::as_int).and_then(|size| u32::try_from(size).ok())
    }
}

/// How many colorants the output intent of a document stands for.
fn colorants(file: &File<'_>, catalog: &Dict) -> Option<i64> {
    let intents = file.entry(catalog, b"OutputIntents")?;
    let intent = file.resolve(intents.as_array()?.first()?)?;
    let profile = file.entry(intent.as_dict()?, b"DestOutputProfile")?;
    file.entry(profile.as_dict()?, b"N")?.as_int()
}

/// A place to write, and where in it each object stands.
struct Out<W> {
    inner: W,
    at: usize,
    places: BTreeMap<u32, usize>,
}

impl<W: Write> Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len();
        self.inner.write_all(bytes)
    }
}

impl<W: Write> Onto for Out<W> {
    fn put(&mut self, no: u32, object: &Object, bytes: Option<&[u8]>) -> io::Result<()> {
        self.places.insert(no, self.at);
        let mut head = format!("{no} 0 obj\n").into_bytes();
        object.write(&mut head);
        if let Some(bytes) = bytes {
            head.extend_from_slice(b"\nstream\n");
            self.write(&head)?;
            self.write(bytes)?;
            head = b"\nendstream".to_vec();
        }
        head.extend_from_slice(b"\nendobj\n");
        self.write(&head)
    }
}

/// A file that is being bound.
pub struct Binder<W> {
    front: Front,
    out: Out<W>,
    next: u32,
    is_pdfa: bool,
    layers: Vec<(u32, bool)>,
    count: u32,
}

impl<W: Write> Binder<W> {
    /// Begins with the front, which is written at once.
    ///
    /// # Errors
    /// When the front is not as it should be, or cannot be written.
    pub fn begin(front: &[u8], out: W) -> Result<Self, BindError> {
        let known = Front::read(front)?;
        let next = known.size().ok_or(PdfFault::Damaged)?;
        let mut out = Out { inner: out, at: 0, places: BTreeMap::new() };
        out.write(front)?;
        Ok(Binder { count: known.count, front: known, out, next, is_pdfa: true, layers: Vec::new() })
    }

    /// How many pages there are so far.
    pub fn pages(&self) -> u32 {
        self.count
    }

    /// Adds the pages of a document, and gives how many they are. `is_pdfa` says that the document says it is PDF/A.
    /// After an error the file is good for nothing.
    ///
    /// # Errors
    /// When the document is damaged, has something that cannot be printed, or cannot be written.
    pub fn append(&mut self, document: &[u8], is_pdfa: bool) -> Result<u32, BindError> {
        let file = File::open(document)?;
        let pages = pages(&file)?;
        if self.count == self.front.count {
            // Whether or not the front ends with a line, one end more is white space.
            self.out.write(b"\n")?;
        }
        let mut carrier = Carrier::new(&file, &mut self.out, self.next);
        for page in &pages {
            let no = carrier.page(page, self.front.pages.0.no)?;
            self.front.kids.push(Object::Ref(Ref::new(no)));
        }
        if carrier.undrawn || is_drawn_by_viewers(&file) {
            return Err(PdfFault::Undrawn.into());
        }
        self.next = carrier.next;
        self.layers.append(&mut carrier.found_layers);
        // Colours without a profile of their own are those of the output intent, and that is the front's now.
        let intent = file.catalog().and_then(|catalog| colorants(&file, &catalog));
        self.is_pdfa &= is_pdfa && (intent.is_none() || intent == self.front.colorants);
        let added = u32::try_from(pages.len()).map_err(|_| PdfFault::TooManyPages)?;
        self.count = self.count.checked_add(added).ok_or(PdfFault::TooManyPages)?;
        Ok(added)
    }

    /// Writes the page tree and the table of what was added, and gives back the place that was written to.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<W, BindError> {
        if self.count > self.front.count {
            self.tree()?;
            self.catalog()?;
            self.table()?;
        }
        self.out.inner.flush()?;
        Ok(self.out.inner)
    }

    fn tree(&mut self) -> io::Result<()> {
        let (no, dict) = self.front.pages.clone();
        let kids = Object::Array(std::mem::take(&mut self.front.kids));
        let dict = dict.with(b"Kids", kids).with(b"Count", Object::int(self.count));
        self.out.put(no.no, &Object::Dict(dict), None)
    }

    fn catalog(&mut self) -> io::Result<()> {
        let mut catalog = self.front.catalog.clone();
        let told = self.front.xmp.take().map(|xmp| {
            let counted = with_count(&xmp, self.count);
            (if self.is_pdfa { counted } else { without_claims(&counted) }, xmp)
        });
        if let Some((xmp, _)) = told.filter(|(now, before)| now != before) {
            let xmp = xmp.into_bytes();
            let dict = Dict::default()
                .with(b"Type", Object::name(b"Metadata"))
                .with(b"Subtype", Object::name(b"XML"))
                .with(b"Length", Object::Number(xmp.len().to_string()));
            self.out.put(self.next, &Object::Dict(dict), Some(&xmp))?;
            catalog.set(b"Metadata", Object::Ref(Ref::new(self.next)));
            self.next += 1;
        }
        if !self.layers.is_empty() {
            catalog.set(b"OCProperties", layers(&self.layers));
        }
        if catalog == self.front.catalog {
            return Ok(());
        }
        self.out.put(self.front.root.no, &Object::Dict(catalog), None)
    }

    fn table(&mut self) -> io::Result<()> {
        let start = self.out.at;
        let mut trailer = Dict::default().with(b"Prev", Object::Number(self.front.section.0.to_string()));
        for key in [&b"Root"[..], b"Info", b"ID"] {
            if let Some(value) = self.front.trailer.get(key) {
                trailer.set(key, value.clone());
            }
        }
        if self.front.section.1 {
            self.stream_table(start, trailer)?;
        } else {
            trailer.set(b"Size", Object::int(self.next));
            let mut text = rows(&self.out.places).into_bytes();
            text.extend_from_slice(b"trailer\n");
            trailer.write(&mut text);
            text.push(b'\n');
            self.out.write(&text)?;
        }
        self.out.write(format!("startxref\n{start}\n%%EOF\n").as_bytes())
    }

    /// The table as a stream, which is an object of its own.
    fn stream_table(&mut self, start: usize, trailer: Dict) -> io::Result<()> {
        let own = self.next;
        self.out.places.insert(own, start);
        let mut bytes = Vec::new();
        for at in self.out.places.values() {
            let at = u32::try_from(*at).map_err(|_| io::ErrorKind::FileTooLarge)?;
            bytes.push(1);
            bytes.extend_from_slice(&at.to_be_bytes());
            bytes.extend_from_slice(&[0, 0]);
        }
        let index = runs(&self.out.places)
            .into_iter()
            .flat_map(|run| [i64::from(run[0]), i64::try_from(run.len()).unwrap_or(0)]);
        let packed = deflate(&bytes);
        let dict = trailer
            .with(b"Type", Object::name(b"XRef"))
            .with(b"Size", Object::int(own + 1))
            .with(b"W", Object::Array([1_i64, 4, 2].map(Object::int).to_vec()))
            .with(b"Index", Object::Array(index.map(Object::int).collect()))
            .with(b"Filter", Object::name(b"FlateDecode"))
            .with(b"Length", Object::Number(packed.len().to_string()));
        self.out.put(own, &Object::Dict(dict), Some(&packed))
    }
}

/// Numbers that follow each other, drawn together.
fn runs(places: &BTreeMap<u32, usize>) -> Vec<Vec<u32>> {
    let mut out: Vec<Vec<u32>> = Vec::new();
    for no in places.keys() {
        match out.last_mut() {
            Some(run) if run.last().is_some_and(|last| last + 1 == *no) => run.push(*no),
            Some(_) | None => out.push(vec![*no]),
        }
    }
    out
}

/// The table of what was added, 20 bytes a row.
fn rows(places: &BTreeMap<u32, usize>) -> String {
    let mut text = "xref\n".to_owned();
    for run in runs(places) {
        text.push_str(&format!("{} {}\n", run[0], run.len()));
        for no in run {
            let at = places.get(&no).copied().unwrap_or_default();
            text.push_str(&format!("{at:010} 00000 n \n"));
        }
    }
    text
}

/// The layers of all documents: what was hidden stays so, and nothing else is asked of them.
fn layers(found: &[(u32, bool)]) -> Object {
    let list = |wanted: &dyn Fn(bool) -> bool| {
        let some = found.iter().filter(|(_, hidden)| wanted(*hidden));
        Object::Array(some.map(|(no, _)| Object::Ref(Ref::new(*no))).collect())
    };
    let usual = Dict::default()
        .with(b"Name", Object::Text(b"Lag".to_vec()))
        .with(b"Order", list(&|_| true))
        .with(b"OFF", list(&|hidden| hidden));
    Object::Dict(Dict::default().with(b"OCGs", list(&|_| true)).with(b"D", Object::Dict(usual)))
}

/// The XMP with as many pages as there are now, where it tells how many.
fn with_count(xmp: &str, pages: u32) -> String {
    const OPEN: &str = "<xmpTPg:NPages>";
    let start = xmp.find(OPEN).map(|at| at + OPEN.len());
    let number = start.and_then(|start| Some((start, start + xmp[start..].find('<')?)));
    number.map_or(xmp.to_owned(), |(start, end)| format!("{}{pages}{}", &xmp[..start], &xmp[end..]))
}

/// The XMP without saying that the file is PDF/A or PDF/UA.
fn without_claims(xmp: &str) -> String {
    let mut out = xmp.to_owned();
    for prefix in ["pdfaid:", "pdfuaid:"] {
        while let Some(range) = claim(&out, prefix) {
            out.replace_range(range, "");
        }
    }
    out
}

/// The first element or attribute with a prefix.
fn claim(xmp: &str, prefix: &str) -> Option<std::ops::Range<usize>> {
    let starts = xmp.match_indices(prefix).map(|(at, _)| at);
    let ranges = starts.filter_map(|at| {
        let rest = &xmp[at..];
        match xmp[..at].chars().next_back()? {
            '<' => {
                let name = rest.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
                let close = format!("</{name}>");
                let end = rest
                    .find(&close)
                    .map(|end| end + close.len())
                    .or_else(|| rest.find("/>").map(|end| end + 2))?;
                Some(at - 1..at + end)
            }
            before if before.is_whitespace() => {
                let open = rest.find(['"', '\''])?;
                let quote = rest[open..].chars().next()?;
                let end = open + 1 + rest[open + 1..].find(quote)? + 1;
                Some(at..at + end)
            }
            _else => None,
        }
    });
    ranges.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_taken_out_of_both_forms() {
        let rows = [
            ("<a><pdfaid:part>2</pdfaid:part><b/></a>", "<a><b/></a>"),
            ("<a xmlns:pdfaid=\"x\" pdfaid:part=\"2\" pdfaid:conformance='B'/>", "<a xmlns:pdfaid=\"x\"  />"),
            ("<pdfuaid:part>1</pdfuaid:part><x:y/>", "<x:y/>"),
            ("<x>pdfaid</x>", "<x>pdfaid</x>"),
        ];
        for (xmp, expected) in rows {
            assert_eq!(without_claims(xmp), expected);
        }
    }

    #[test]
    fn pages_are_counted_anew() {
        let rows =
            [("<xmpTPg:NPages>1</xmpTPg:NPages>", "<xmpTPg:NPages>26</xmpTPg:NPages>"), ("<x/>", "<x/>")];
        for (xmp, expected) in rows {
            assert_eq!(with_count(xmp, 26), expected);
        }
    }

    #[test]
    fn rows_stand_in_runs() {
        let places = BTreeMap::from([(1, 9), (2, 20), (7, 300)]);
        assert_eq!(
            rows(&places),
            "xref\n1 2\n0000000009 00000 n \n0000000020 00000 n \n7 1\n0000000300 00000 n \n"
        );
    }
}
