//! Everything that a page needs to be drawn, carried over into another file under new numbers.
//!
//! Looking at a document and binding it walk the same way, so that what was found whole can be bound. What is needed
//! and not there makes the document damaged. Needed is what the contents name, and everything below it. Not needed,
//! and left behind: resources that no contents name, which programs that split or shorten documents leave pointing
//! nowhere; the text behind glyphs; metadata, structure, thumbnails and private data of programs; actions, scripts,
//! destinations and attached files, which hang on what is not carried at all.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::PdfFault;
use super::file::File;
use super::filter::deflate;
use super::layers::Layers;
use super::notes::{Look, notes};
use super::object::{Dict, Object, Ref};
use super::pages::Page;
use super::parse::{is_delimiter, unescaped};

/// More objects than the pages of any document need.
const MOST_OBJECTS: usize = 400_000;
/// The kinds of named resources.
const RESOURCES: [&[u8]; 7] =
    [b"ColorSpace", b"ExtGState", b"Font", b"Pattern", b"Properties", b"Shading", b"XObject"];
/// The resources, of which only what is named is taken, and then what a stream has beside what it draws.
const BESIDE: [&[u8]; 13] = [
    b"Resources",
    b"AF",
    b"Alternates",
    b"LastModified",
    b"Length",
    b"Measure",
    b"Metadata",
    b"OPI",
    b"PieceInfo",
    b"PtData",
    b"Ref",
    b"StructParent",
    b"StructParents",
];
/// What a page's description never needs: the way to it leads out of the page.
const OUTSIDE: [&[u8]; 6] = [b"Annot", b"Catalog", b"Page", b"Pages", b"StructElem", b"StructTreeRoot"];

/// Where objects are carried to.
pub(super) trait Onto {
    /// Puts an object under its new number; `bytes` are those of a stream.
    ///
    /// # Errors
    /// When it cannot be put there.
    fn put(&mut self, no: u32, object: &Object, bytes: Option<&[u8]>) -> std::io::Result<()>;
}

/// What goes wrong on the way.
pub(super) enum Stop {
    /// The document.
    Fault(PdfFault),
    /// The place it is carried to.
    Io(std::io::Error),
}

impl From<PdfFault> for Stop {
    fn from(fault: PdfFault) -> Self {
        Stop::Fault(fault)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Stop::Io(error)
    }
}

/// A document on its way.
pub(super) struct Carrier<'f, 'a, O> {
    file: &'f File<'a>,
    layers: Layers,
    onto: &'f mut O,
    /// The next free number.
    pub(super) next: u32,
    numbers: BTreeMap<Ref, u32>,
    waiting: VecDeque<Ref>,
    /// What is drawn of notes: drawings, though some makers do not say so.
    drawings: BTreeSet<Ref>,
    /// The layers that came along, by their new numbers, and whether each is hidden.
    pub(super) found_layers: Vec<(u32, bool)>,
    /// A page has something that only a viewer can draw.
    pub(super) undrawn: bool,
}

impl<'f, 'a, O: Onto> Carrier<'f, 'a, O> {
    /// From a file; the first object gets the number `next`.
    pub(super) fn new(file: &'f File<'a>, onto: &'f mut O, next: u32) -> Self {
        Carrier {
            file,
            layers: Layers::of(file),
            onto,
            next,
            numbers: BTreeMap::new(),
            waiting: VecDeque::new(),
            drawings: BTreeSet::new(),
            found_layers: Vec::new(),
            undrawn: false,
        }
    }

    fn number(&mut self) -> u32 {
        self.next += 1;
        self.next - 1
    }

    /// Carries a page with all it needs below a node, and gives its new number.
    pub(super) fn page(&mut self, page: &Page, parent: u32) -> Result<u32, Stop> {
        let no = self.number();
        let contents = self.contents(page)?;
        let resources =
            page.get(b"Resources").map(|found| self.file.dict(found)).transpose()?.unwrap_or_default();
        let needed = self.named(&contents, &resources)?;
        let notes = notes(self.file, page, &self.layers);
        self.undrawn |= notes.undrawn;
        let mut dict = self.frame(page, parent);
        if let Some(group) = page.own(b"Group") {
            dict.set(b"Group", self.value(group));
        }
        if notes.looks.is_empty() {
            if let Some(contents) = page.own(b"Contents") {
                dict.set(b"Contents", self.value(contents));
            }
            dict.set(b"Resources", Object::Dict(needed));
        } else {
            self.flatten(&mut dict, contents, needed, &notes.looks)?;
        }
        self.onto.put(no, &Object::Dict(dict), None)?;
        self.settle()?;
        // What was given up for lack of time may be what is missing.
        if self.file.is_exhausted() { Err(PdfFault::TooComplex.into()) } else { Ok(no) }
    }

    /// The page's boxes and how it is turned, all its own.
    fn frame(&self, page: &Page, parent: u32) -> Dict {
        let area = |corners: [f64; 4]| Object::Array(corners.into_iter().map(Object::real).collect());
        let mut dict = Dict::default()
            .with(b"Type", Object::name(b"Page"))
            .with(b"Parent", Object::Ref(Ref::new(parent)))
            .with(b"MediaBox", area(page.media_box(self.file)))
            .with(b"Rotate", Object::int(page.rotation(self.file)));
        if let Some(crop) = page.crop_box(self.file) {
            dict.set(b"CropBox", area(crop));
        }
        if let Some(unit @ Object::Number(_)) = page.own(b"UserUnit") {
            dict.set(b"UserUnit", unit.clone());
        }
        dict
    }

    /// The page's own drawing as one drawing, and what lies on it after. The page's drawing may leave the pen anywhere;
    /// within a drawing of its own it moves nothing else.
    fn flatten(
        &mut self,
        dict: &mut Dict,
        contents: Vec<u8>,
        needed: Dict,
        looks: &[Look],
    ) -> Result<(), Stop> {
        let (own, stream) = (self.number(), self.number());
        let mut drawn = "/Jf0 Do\n".to_owned();
        let mut names = Dict::default().with(b"Jf0", Object::Ref(Ref::new(own)));
        for (look, no) in looks.iter().zip(1..) {
            let place = look.matrix.map(Object::real);
            let mut moved = Vec::new();
            Object::Array(place.to_vec()).write(&mut moved);
            let moved = String::from_utf8_lossy(&moved);
            self.drawings.insert(look.form);
            drawn.push_str(&format!("q {} cm /Jf{no} Do Q\n", moved.trim_matches(['[', ']'])));
            names.set(format!("Jf{no}").as_bytes(), self.value(&Object::Ref(look.form)));
        }
        let form = Dict::default()
            .with(b"Type", Object::name(b"XObject"))
            .with(b"Subtype", Object::name(b"Form"))
            .with(b"BBox", dict.get(b"MediaBox").cloned().unwrap_or(Object::Null))
            .with(b"Resources", Object::Dict(needed.clone()));
        self.put_packed(own, form, &contents)?;
        self.put_packed(stream, Dict::default(), drawn.as_bytes())?;
        // Drawings without resources of their own use the page's.
        let mut drawings = needed.get(b"XObject").and_then(Object::as_dict).cloned().unwrap_or_default();
        names.iter().for_each(|(name, value)| drawings.set(name, value.clone()));
        dict.set(b"Resources", Object::Dict(needed.with(b"XObject", Object::Dict(drawings))));
        dict.set(b"Contents", Object::Ref(Ref::new(stream)));
        Ok(())
    }

    fn put_packed(&mut self, no: u32, dict: Dict, bytes: &[u8]) -> Result<(), Stop> {
        let packed = deflate(bytes);
        let dict = dict.with(b"Filter", Object::name(b"FlateDecode")).with(b"Length", length(&packed));
        Ok(self.onto.put(no, &Object::Dict(dict), Some(&packed))?)
    }

    /// A page's drawing: all its parts together.
    fn contents(&self, page: &Page) -> Result<Vec<u8>, PdfFault> {
        let Some(contents) = page.own(b"Contents") else { return Ok(Vec::new()) };
        let parts = match self.file.resolve(contents).ok_or_else(|| self.file.fault())? {
            Object::Array(parts) => parts,
            Object::Null => Vec::new(),
            one => vec![one],
        };
        let mut out = Vec::new();
        for part in parts {
            let part = self.file.resolve(&part).ok_or_else(|| self.file.fault())?;
            if part != Object::Null {
                out.extend(self.file.unpacked(&part)?.ok_or(PdfFault::Damaged)?);
                out.push(b'\n');
            }
        }
        Ok(out)
    }

    /// The resources that contents name, and that drawings without resources of their own name below them.
    fn named(&mut self, contents: &[u8], resources: &Dict) -> Result<Dict, PdfFault> {
        let mut names = names(contents);
        let all = |kind: &[u8]| resources.get(kind).map(|found| self.file.dict(found)).transpose();
        let drawings = all(b"XObject")?.unwrap_or_default();
        let fonts = all(b"Font")?.unwrap_or_default();
        let mut open: Vec<Vec<u8>> = names.iter().cloned().collect();
        while let Some(name) = open.pop() {
            let by_drawing = drawings.get(&name).and_then(|form| self.borrowed_names(form));
            let by_font = fonts.get(&name).and_then(|font| self.names_of_glyphs(font));
            let borrowed = by_drawing.into_iter().chain(by_font).flatten();
            open.extend(borrowed.filter(|name| names.insert(name.clone())));
        }
        let mut out = Dict::default();
        for kind in RESOURCES {
            let Some(found) = resources.get(kind) else { continue };
            let all = self.file.dict(found)?;
            let mut kept = Dict::default();
            for (name, value) in all.iter().filter(|(name, _)| names.contains(*name)) {
                let value = if kind == b"Properties" { self.property(value) } else { self.value(value) };
                kept.set(name, value);
            }
            if !kept.is_empty() {
                out.set(kind, Object::Dict(kept));
            }
        }
        Ok(out)
    }

    /// What a drawing names without having resources of its own.
    fn borrowed_names(&self, form: &Object) -> Option<BTreeSet<Vec<u8>>> {
        let form = self.file.resolve(form)?;
        let dict = form.as_dict()?;
        let borrows = dict.is(b"Subtype", b"Form") && dict.get(b"Resources").is_none();
        let bytes = if borrows { self.file.unpacked(&form).ok()?? } else { return None };
        Some(names(&bytes))
    }

    /// What the glyphs of a font name that are drawings, and have no resources of their own.
    fn names_of_glyphs(&self, font: &Object) -> Option<BTreeSet<Vec<u8>>> {
        let font = self.file.resolve(font)?;
        let font = font.as_dict()?;
        if !font.is(b"Subtype", b"Type3") || font.get(b"Resources").is_some() {
            return None;
        }
        let glyphs = self.file.entry(font, b"CharProcs")?;
        let drawn = glyphs.as_dict()?.iter().filter_map(|(_, glyph)| {
            let glyph = self.file.resolve(glyph)?;
            self.file.unpacked(&glyph).ok()?
        });
        Some(drawn.flat_map(|contents| names(&contents)).collect())
    }

    /// What marked contents stand on: a layer, or facts about the text, which need nothing else.
    fn property(&mut self, value: &Object) -> Object {
        let found = self.file.resolve(value);
        match found.as_ref().and_then(Object::as_dict) {
            Some(dict) if dict.is(b"Type", b"OCG") || dict.is(b"Type", b"OCMD") => self.value(value),
            Some(dict) => {
                let plain =
                    |value: &&Object| matches!(value, Object::Text(_) | Object::Number(_) | Object::Name(_));
                let facts = dict.iter().filter(|(_, value)| plain(value));
                Object::Dict(facts.fold(Dict::default(), |dict, (key, value)| dict.with(key, value.clone())))
            }
            None => Object::Dict(Dict::default()),
        }
    }

    /// A value with the new numbers of what it refers to.
    fn value(&mut self, object: &Object) -> Object {
        match object {
            Object::Ref(to) => Object::Ref(Ref::new(self.refer(*to))),
            Object::Array(items) => Object::Array(items.iter().map(|item| self.value(item)).collect()),
            Object::Dict(dict) => Object::Dict(self.entries(dict, &[])),
            Object::Stream(..) => Object::Null,
            plain => plain.clone(),
        }
    }

    fn entries(&mut self, dict: &Dict, without: &[&[u8]]) -> Dict {
        let mut out = Dict::default();
        for (key, value) in dict.iter().filter(|(key, _)| !without.contains(key)) {
            let value = self.value(value);
            out.set(key, value);
        }
        out
    }

    fn refer(&mut self, to: Ref) -> u32 {
        if let Some(no) = self.numbers.get(&to) {
            return *no;
        }
        let no = self.number();
        self.numbers.insert(to, no);
        self.waiting.push_back(to);
        no
    }

    /// Carries what is referred to until nothing is.
    fn settle(&mut self) -> Result<(), Stop> {
        while let Some(from) = self.waiting.pop_front() {
            if self.numbers.len() > MOST_OBJECTS {
                return Err(PdfFault::TooComplex.into());
            }
            let no = self.refer(from);
            let object = self.file.get(from).ok_or_else(|| self.file.fault())?;
            match &object {
                Object::Stream(dict, _) => self.stream(from, no, dict, &object)?,
                Object::Dict(dict) => {
                    let dict = self.plain(from, no, dict);
                    self.onto.put(no, &dict, None)?;
                }
                other => {
                    let value = self.value(other);
                    self.onto.put(no, &value, None)?;
                }
            }
        }
        Ok(())
    }

    fn plain(&mut self, from: Ref, no: u32, dict: &Dict) -> Object {
        let kind = self.file.entry(dict, b"Type");
        match kind.as_ref().and_then(Object::as_name) {
            Some(kind) if OUTSIDE.contains(&kind) => Object::Null,
            Some(b"OCG") => {
                self.found_layers.push((no, self.layers.is_hidden(from)));
                let name = self.file.entry(dict, b"Name").unwrap_or(Object::Text(Vec::new()));
                Object::Dict(Dict::default().with(b"Type", Object::name(b"OCG")).with(b"Name", name))
            }
            Some(b"Font") => {
                let text_is_there =
                    dict.get(b"ToUnicode").is_some_and(|text| self.file.resolve(text).is_some());
                let without: &[&[u8]] = if text_is_there { &[] } else { &[b"ToUnicode"] };
                Object::Dict(self.entries(dict, without))
            }
            Some(b"FontDescriptor") => Object::Dict(self.entries(dict, &[b"CIDSet"])),
            Some(_) | None => Object::Dict(self.entries(dict, &[])),
        }
    }

    fn stream(&mut self, from: Ref, no: u32, dict: &Dict, stream: &Object) -> Result<(), Stop> {
        let bytes = self.file.raw(stream).ok_or(PdfFault::Damaged)?;
        self.file.check(stream)?;
        let is_look = self.drawings.contains(&from);
        let draws = is_look || dict.is(b"Subtype", b"Form") || dict.get(b"PatternType").is_some();
        // Of the resources of what draws only what is named comes along.
        let mut out = self.entries(dict, if draws { &BESIDE } else { &BESIDE[1..] });
        if let Some(resources) = dict.get(b"Resources").filter(|_| draws) {
            let resources = self.file.dict(resources)?;
            let contents = self.file.unpacked(stream)?.ok_or(PdfFault::Damaged)?;
            let needed = self.named(&contents, &resources)?;
            out.set(b"Resources", Object::Dict(needed));
        }
        if is_look {
            out.set(b"Subtype", Object::name(b"Form"));
        }
        out.set(b"Length", length(bytes));
        Ok(self.onto.put(no, &Object::Dict(out), Some(bytes))?)
    }
}

fn length(bytes: &[u8]) -> Object {
    Object::Number(bytes.len().to_string())
}

/// Every name in some contents, and what looks like one in a text or a picture: rather one too many than one too few.
fn names(contents: &[u8]) -> BTreeSet<Vec<u8>> {
    let starts = contents.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at + 1);
    let word = |start: usize| {
        let rest = &contents[start..];
        &rest[..rest.iter().position(|byte| is_delimiter(*byte)).unwrap_or(rest.len())]
    };
    starts.map(word).filter(|word| word.len() < 200).map(unescaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_contents_are_found() {
        let found = names(b"/F1 12 Tf(/A)Tj/Im#20 1 Do BI/W 1 ID \x01( EI /Last Do");
        let expected = ["A", "F1", "Im ", "Last", "W"].map(|name| name.as_bytes().to_vec());
        assert_eq!(found, expected.into_iter().collect());
    }
}
