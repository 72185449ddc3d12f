//! A file opened: its objects by number, wherever they lie, and its streams unpacked.
//!
//! A table that is wrong is replaced by a search once, as viewers do; whether what is missing is needed is for others
//! (`carry`). All work is counted, so that no file can keep us busy for long: it asks for too much and is refused.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::PdfFault;
use super::filter::{Filters, Unpacked, inflates, unpack};
use super::object::{Dict, Object, Ref};
use super::parse::Parser;
use super::table::{Place, Table, find, stream_range};

/// What all object streams of a file may unpack to together, bytes; they stay in memory.
const MOST_IN_STREAMS: usize = 128 << 20;
/// What one stream may unpack to, bytes.
const LARGEST_STREAM: usize = 96 << 20;
/// Bytes that may be read or unpacked in all, beside [`READINGS`] of the file.
const WORK: u64 = 1 << 30;
/// How much longer it takes to read values than to unpack bytes.
const VALUES: usize = 8;
/// How much is unpacked only to see that it can be, bytes.
const CHECKED: usize = 2 << 30;
/// How many times a file may be read through.
const READINGS: u64 = 8;
/// How many references may follow each other: a reference leads to a value, hardly ever to another.
const MOST_STEPS: usize = 8;
/// How far from the start the header may stand.
const HEADER: usize = 1024;

/// An open file.
pub(super) struct File<'a> {
    /// The file from its header on: places count from there.
    pub(super) bytes: &'a [u8],
    /// What its sections say.
    pub(super) table: Table,
    searched: OnceCell<Table>,
    streams: RefCell<BTreeMap<u32, Option<Rc<Packed>>>>,
    /// Object streams that are being unpacked, and may not ask for themselves.
    open: RefCell<BTreeSet<u32>>,
    in_streams: Cell<usize>,
    work: Cell<u64>,
    checks: Cell<usize>,
}

/// The objects of an object stream.
struct Packed {
    bytes: Vec<u8>,
    /// Number and place of each.
    objects: Vec<(u32, usize)>,
}

impl<'a> File<'a> {
    /// Opens a file.
    ///
    /// # Errors
    /// When it is encrypted, or no document can be found in it.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, PdfFault> {
        let head = &bytes[..bytes.len().min(HEADER)];
        let start = find(head, b"%PDF-", 0).ok_or(PdfFault::Damaged)?;
        // Places count from the header, but some makers count what stands before it too.
        let mut starts = vec![start];
        if start > 0 {
            starts.push(0);
        }
        for start in starts {
            if let Some(table) = Table::read(&bytes[start..]) {
                let file = File::over(&bytes[start..], table);
                if file.table.encrypted {
                    return Err(PdfFault::Encrypted);
                }
                if file.catalog().is_some() {
                    return Ok(file);
                }
            }
        }
        File::searched(&bytes[start..])
    }

    fn over(bytes: &'a [u8], table: Table) -> Self {
        let work = WORK + READINGS * bytes.len() as u64;
        File {
            bytes,
            table,
            searched: OnceCell::new(),
            streams: RefCell::default(),
            open: RefCell::default(),
            in_streams: Cell::new(0),
            work: Cell::new(work),
            checks: Cell::new(CHECKED),
        }
    }

    /// Opens a file of which the sections are no help.
    fn searched(bytes: &'a [u8]) -> Result<Self, PdfFault> {
        let mut file = File::over(bytes, Table::search(bytes));
        let trailers = file.trailers();
        if trailers.iter().any(|trailer| trailer.get(b"Encrypt").is_some()) {
            return Err(PdfFault::Encrypted);
        }
        file.add_packed()?;
        for trailer in trailers.into_iter().rev() {
            file.table.trailer = trailer;
            if file.catalog().is_some() {
                return Ok(file);
            }
        }
        Err(file.fault())
    }

    /// Everything that may be a trailer: those of tables, and the dictionaries of cross-reference streams.
    fn trailers(&self) -> Vec<Dict> {
        let mut out = Vec::new();
        let mut from = 0;
        while let Some(at) = find(self.bytes, b"trailer", from) {
            from = at + 7;
            let mut parser = Parser::new(self.bytes, from);
            out.extend(parser.object().and_then(|object| object.as_dict().cloned()));
            self.charge_values(parser.at - from);
            if self.is_exhausted() {
                break;
            }
        }
        let streams = self.table.places.keys().filter_map(|no| self.get(Ref::new(*no)));
        out.extend(streams.filter_map(|object| match object {
            Object::Stream(dict, _) if dict.is(b"Type", b"XRef") => Some(dict),
            _other => None,
        }));
        out.retain(|dict| dict.get(b"Root").is_some() || dict.get(b"Encrypt").is_some());
        out
    }

    /// The objects of all object streams, where no object lies open under the number.
    fn add_packed(&mut self) -> Result<(), PdfFault> {
        let numbers: Vec<u32> = self.table.places.keys().copied().collect();
        for no in numbers {
            let is_packed = matches!(self.get(Ref::new(no)), Some(Object::Stream(dict, _)) if dict.is(b"Type", b"ObjStm"));
            if !is_packed {
                continue;
            }
            let packed = self.packed(no).ok_or(PdfFault::Damaged)?;
            for (at, (inner, _)) in packed.objects.iter().enumerate() {
                self.table.places.entry(*inner).or_insert(Place::In(no, at));
            }
        }
        Ok(())
    }

    /// Counts work: bytes that were passed or unpacked.
    fn charge(&self, bytes: usize) {
        self.work.set(self.work.get().saturating_sub(bytes as u64));
    }

    /// Counts bytes that were read as values, which takes longer.
    fn charge_values(&self, bytes: usize) {
        self.charge((bytes + 64) * VALUES);
    }

    /// A dictionary as a resource, wherever it stands; what is gone through is counted.
    pub(super) fn dict(&self, object: &Object) -> Result<Dict, PdfFault> {
        match self.resolve(object) {
            Some(Object::Dict(dict)) => {
                self.charge_values(dict.len() * 16);
                Ok(dict)
            }
            Some(Object::Null) => Ok(Dict::default()),
            Some(_) | None => Err(self.fault()),
        }
    }

    /// Whether the file has asked for more work than any document needs.
    pub(super) fn is_exhausted(&self) -> bool {
        self.work.get() == 0
    }

    /// Why something could not be had.
    pub(super) fn fault(&self) -> PdfFault {
        if self.is_exhausted() { PdfFault::TooComplex } else { PdfFault::Damaged }
    }

    /// The document's catalog, if it has pages.
    pub(super) fn catalog(&self) -> Option<Dict> {
        let catalog = self.entry(&self.table.trailer, b"Root")?;
        let catalog = catalog.as_dict()?;
        self.entry(catalog, b"Pages")?.as_dict()?;
        Some(catalog.clone())
    }

    /// The object of a number; none where there is none, or it cannot be read.
    pub(super) fn get(&self, to: Ref) -> Option<Object> {
        if self.is_exhausted() {
            return None;
        }
        let place = *self.table.places.get(&to.no)?;
        let found = self.at(to.no, place);
        if found.is_some() || place == Place::Free {
            return found;
        }
        let searched = self.searched.get_or_init(|| {
            self.charge(self.bytes.len());
            Table::search(self.bytes)
        });
        self.at(to.no, *searched.places.get(&to.no)?)
    }

    fn at(&self, no: u32, place: Place) -> Option<Object> {
        match place {
            Place::Free => None,
            Place::At(at) => {
                let mut parser = Parser::new(self.bytes, at);
                let found = (parser.head()?.no == no).then(|| self.value(&mut parser));
                self.charge_values(parser.at.saturating_sub(at));
                found?
            }
            Place::In(stream, at) => {
                let packed = self.packed(stream)?;
                let (found, start) = *packed.objects.get(at)?;
                let mut parser = Parser::new(&packed.bytes, start);
                let object = parser.object();
                self.charge_values(parser.at.saturating_sub(start));
                object.filter(|_| found == no)
            }
        }
    }

    /// The value at a place, with its bytes if it is a stream.
    fn value(&self, parser: &mut Parser<'_>) -> Option<Object> {
        let object = parser.object()?;
        let Object::Dict(dict) = object else { return Some(object) };
        let after = parser.at;
        if !parser.take(b"stream") {
            return Some(Object::Dict(dict));
        }
        parser.at = after;
        // A length that cannot be had is found by the end mark.
        let length = self.length(&dict);
        let range = stream_range(self.bytes, parser, length);
        match &range {
            Some(range) if length == Some(range.len()) => {}
            Some(range) => self.charge(range.len()),
            None => self.charge(self.bytes.len()),
        }
        Some(Object::Stream(dict, range?))
    }

    /// The length of a stream, which may stand in an object of its own: one that lies open, and is a number.
    fn length(&self, dict: &Dict) -> Option<usize> {
        let number = match dict.get(b"Length")? {
            Object::Ref(to) => match self.table.places.get(&to.no)? {
                Place::At(at) => {
                    let mut parser = Parser::new(self.bytes, *at);
                    parser.head().filter(|head| head.no == to.no)?;
                    parser.unsigned().and_then(|length| i64::try_from(length).ok())?
                }
                Place::In(..) => self.get(*to)?.as_int()?,
                Place::Free => return None,
            },
            direct => direct.as_int()?,
        };
        usize::try_from(number).ok()
    }

    fn packed(&self, no: u32) -> Option<Rc<Packed>> {
        if let Some(known) = self.streams.borrow().get(&no) {
            return known.clone();
        }
        if !self.open.borrow_mut().insert(no) {
            return None;
        }
        let read = self.read_packed(no).map(Rc::new);
        self.open.borrow_mut().remove(&no);
        self.streams.borrow_mut().insert(no, read.clone());
        read
    }

    fn read_packed(&self, no: u32) -> Option<Packed> {
        // An object stream lies open itself.
        if let Some(Place::In(..)) = self.table.places.get(&no) {
            return None;
        }
        let stream = self.get(Ref::new(no))?;
        let bytes = self.unpacked(&stream).ok()??;
        let total = self.in_streams.get() + bytes.len();
        if total > MOST_IN_STREAMS {
            self.work.set(0);
            return None;
        }
        self.in_streams.set(total);
        let dict = stream.as_dict()?;
        let first = usize::try_from(self.entry(dict, b"First")?.as_int()?).ok()?;
        let count = usize::try_from(self.entry(dict, b"N")?.as_int()?).ok()?;
        let mut parser = Parser::new(&bytes, 0);
        let mut objects = Vec::new();
        for _ in 0..count {
            let no = u32::try_from(parser.unsigned()?).ok()?;
            let at = usize::try_from(parser.unsigned()?).ok()?;
            objects.push((no, first.checked_add(at)?));
        }
        Some(Packed { bytes, objects })
    }

    /// What an object is once references are followed; none where one leads nowhere.
    pub(super) fn resolve(&self, object: &Object) -> Option<Object> {
        let mut object = object.clone();
        for _ in 0..MOST_STEPS {
            match object {
                Object::Ref(to) => object = self.get(to)?,
                value => return Some(value),
            }
        }
        None
    }

    /// An entry of a dictionary, references followed.
    pub(super) fn entry(&self, dict: &Dict, key: &[u8]) -> Option<Object> {
        self.resolve(dict.get(key)?)
    }

    /// The bytes of a stream as they lie.
    pub(super) fn raw(&self, stream: &Object) -> Option<&'a [u8]> {
        if let Object::Stream(_, range) = stream { self.bytes.get(range.clone()) } else { None }
    }

    /// The filters of a stream.
    fn filters(&self, dict: &Dict) -> Option<Filters> {
        let list = |key: &[u8], short: &[u8]| {
            let Some(named) = dict.get(key).or_else(|| dict.get(short)) else { return Some(Vec::new()) };
            match self.resolve(named)? {
                Object::Array(items) => items.iter().map(|item| self.resolve(item)).collect(),
                one => Some(vec![one]),
            }
        };
        let mut params = list(b"DecodeParms", b"DP")?.into_iter();
        let filters = list(b"Filter", b"F")?.into_iter().map(|filter| {
            let params = params.next().and_then(|params| params.as_dict().cloned()).unwrap_or_default();
            Some((filter.as_name()?.to_vec(), params))
        });
        filters.collect::<Option<_>>().map(Filters)
    }

    /// A stream unpacked; none of one that is packed as a picture.
    ///
    /// # Errors
    /// When it is no stream, or its bytes are not what its filters make, or they are too many.
    pub(super) fn unpacked(&self, stream: &Object) -> Result<Option<Vec<u8>>, PdfFault> {
        let dict = stream.as_dict().ok_or(PdfFault::Damaged)?;
        let raw = self.raw(stream).ok_or(PdfFault::Damaged)?;
        let filters = self.filters(dict).ok_or(PdfFault::Damaged)?;
        match unpack(&filters, raw, LARGEST_STREAM)? {
            Unpacked::Bytes(bytes) => {
                self.charge(raw.len() + bytes.len());
                Ok(Some(bytes))
            }
            Unpacked::Picture => Ok(None),
        }
    }

    /// Whether a stream is whole, as far as can be told without keeping it: one that is deflated comes to its end.
    /// Once a file's pictures have unpacked to [`CHECKED`] the rest is believed.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn check(&self, stream: &Object) -> Result<(), PdfFault> {
        let dict = stream.as_dict().ok_or(PdfFault::Damaged)?;
        let raw = self.raw(stream).ok_or(PdfFault::Damaged)?;
        let filters = self.filters(dict).ok_or_else(|| self.fault())?;
        let first = filters.0.first().map(|(name, _)| name.as_slice());
        if matches!(first, Some(b"FlateDecode" | b"Fl")) {
            let left = self.checks.get();
            let unpacked = inflates(raw, left)?;
            self.checks.set(left.saturating_sub(unpacked.unwrap_or(left)));
        }
        Ok(())
    }
}
