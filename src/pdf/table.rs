//! Where the objects of a file lie: the cross-reference sections from the newest to the oldest, or, where they are
//! wrong, what a search through the whole file finds.
//!
//! Leaves out reading the objects (`file`).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::filter::{Filters, Unpacked, unpack};
use super::object::{Dict, Object};
use super::parse::Parser;

/// More sections than this are a loop, or meant to keep us busy.
const MOST_SECTIONS: usize = 1000;
/// The highest object number (ISO 32000-1, annex C), with which a table also stays small enough to hold.
const HIGHEST: u32 = 8_388_607;
/// What one cross-reference stream may unpack to, bytes.
const LARGEST: usize = 128 << 20;

/// Where an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Nowhere any more.
    Free,
    /// At this byte.
    At(usize),
    /// In an object stream: its number, and which of its objects.
    In(u32, usize),
}

/// All sections drawn together.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Where each object is.
    pub(super) places: BTreeMap<u32, Place>,
    /// The newest trailer.
    pub(super) trailer: Dict,
    /// Some trailer says that the file is encrypted.
    pub(super) encrypted: bool,
    /// The newest section is a stream.
    pub(super) is_stream: bool,
    /// Where the newest section begins.
    pub(super) start: usize,
}

/// The first place of a word at or after a byte.
pub(super) fn find(bytes: &[u8], word: &[u8], from: usize) -> Option<usize> {
    let first = *word.first()?;
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == first)?;
        if bytes[at..].starts_with(word) {
            return Some(at);
        }
        at += 1;
    }
}

/// Where the bytes of a stream lie that begins here, of which the dictionary has been read; none where no stream
/// begins. The length counts if the end mark stands there, else the end mark does.
pub(super) fn stream_range(
    bytes: &[u8],
    parser: &mut Parser<'_>,
    length: Option<usize>,
) -> Option<Range<usize>> {
    if !parser.take(b"stream") {
        return None;
    }
    let start = match parser.rest() {
        [b'\r', b'\n', ..] => parser.at + 2,
        [b'\r' | b'\n', ..] => parser.at + 1,
        _no_line_end => parser.at,
    };
    let ends_at = |end: &usize| bytes.len() >= *end && Parser::new(bytes, *end).take(b"endstream");
    if let Some(end) = length.and_then(|length| start.checked_add(length)).filter(ends_at) {
        return Some(start..end);
    }
    let end = find(bytes, b"endstream", start)?;
    let line_end = match &bytes[start..end] {
        [.., b'\r', b'\n'] => 2,
        [.., b'\r' | b'\n'] => 1,
        _none => 0,
    };
    Some(start..end - line_end)
}

impl Table {
    /// Reads the sections that the end of the file points at; none where one is not as it should be.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mark = bytes.windows(9).rposition(|window| window == b"startxref")?;
        let start = usize::try_from(Parser::new(bytes, mark + 9).unsigned()?).ok()?;
        let mut table = Table { start, ..Table::default() };
        let (mut next, mut seen) = (Some(start), BTreeSet::new());
        while let Some(at) = next {
            if !seen.insert(at) || seen.len() > MOST_SECTIONS {
                return None;
            }
            let (trailer, is_stream) = table.section(bytes, at)?;
            table.encrypted |= trailer.get(b"Encrypt").is_some();
            next = trailer.get(b"Prev").and_then(Object::as_int).and_then(|at| usize::try_from(at).ok());
            if seen.len() == 1 {
                (table.trailer, table.is_stream) = (trailer, is_stream);
            }
        }
        table.trailer.get(b"Root").is_some().then_some(table)
    }

    fn section(&mut self, bytes: &[u8], at: usize) -> Option<(Dict, bool)> {
        let mut parser = Parser::new(bytes, at);
        if !parser.take(b"xref") {
            return Some((self.stream_section(bytes, at)?, true));
        }
        let mut places = Vec::new();
        while !parser.take(b"trailer") {
            subsection(&mut parser, &mut places)?;
        }
        let trailer = parser.object()?.as_dict()?.clone();
        // Of a file for old and new readers the stream knows more than the table, which calls its objects free.
        if let Some(hidden) = trailer.get(b"XRefStm").and_then(Object::as_int) {
            self.stream_section(bytes, usize::try_from(hidden).ok()?)?;
        }
        places.into_iter().for_each(|(no, place)| self.add(no, place));
        Some((trailer, false))
    }

    /// The newest section is read first, so that what is known already is newer.
    fn add(&mut self, no: u32, place: Place) {
        self.places.entry(no).or_insert(place);
    }

    fn stream_section(&mut self, bytes: &[u8], at: usize) -> Option<Dict> {
        let mut parser = Parser::new(bytes, at);
        parser.head()?;
        let dict = parser.object()?.as_dict()?.clone();
        let length = dict.get(b"Length").and_then(Object::as_int).and_then(|it| usize::try_from(it).ok());
        let range = stream_range(bytes, &mut parser, length)?;
        let Unpacked::Bytes(rows) = unpack(&direct_filters(&dict), &bytes[range], LARGEST).ok()? else {
            return None;
        };
        self.rows(&dict, &rows)?;
        Some(dict)
    }

    fn rows(&mut self, dict: &Dict, rows: &[u8]) -> Option<()> {
        let widths: Vec<usize> =
            dict.get(b"W")?.as_array()?.iter().filter_map(Object::as_int).flat_map(usize::try_from).collect();
        let [kind, second, third] = widths.try_into().ok()?;
        if [kind, second, third].iter().any(|width| *width > 8) || kind + second + third == 0 {
            return None;
        }
        let all = [Object::int(0), dict.get(b"Size")?.clone()];
        let index = dict.get(b"Index").and_then(Object::as_array).unwrap_or(&all);
        let numbers = index.chunks(2).filter_map(|pair| {
            let first = u32::try_from(pair[0].as_int()?).ok()?;
            let count = u32::try_from(pair.get(1)?.as_int()?).ok()?;
            Some(first..first.saturating_add(count).min(HIGHEST))
        });
        for (no, row) in numbers.flatten().zip(rows.chunks_exact(kind + second + third)) {
            let field = |range: Range<usize>| {
                row[range].iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte))
            };
            let what = if kind == 0 { 1 } else { field(0..kind) };
            let (first, last) = (field(kind..kind + second), field(kind + second..row.len()));
            let place = match what {
                1 => Place::At(usize::try_from(first).ok()?),
                2 => Place::In(u32::try_from(first).ok()?, usize::try_from(last).ok()?),
                _free_or_unknown => Place::Free,
            };
            self.add(no, place);
        }
        Some(())
    }

    /// Finds the objects by their heads; of several with one number it is the last.
    pub(super) fn search(bytes: &[u8]) -> Self {
        let mut table = Table::default();
        let mut from = 0;
        while let Some(at) = find(bytes, b"obj", from) {
            from = at + 3;
            if let Some((start, no)) = head_before(bytes, at) {
                table.places.insert(no, Place::At(start));
            }
        }
        table
    }
}

/// The rows of one subsection of a table.
fn subsection(parser: &mut Parser<'_>, places: &mut Vec<(u32, Place)>) -> Option<()> {
    let first = u32::try_from(parser.unsigned()?).ok()?;
    let count = u32::try_from(parser.unsigned()?).ok()?;
    if first.checked_add(count)? > HIGHEST + 1 {
        return None;
    }
    for no in first..first + count {
        let at = usize::try_from(parser.unsigned()?).ok()?;
        parser.unsigned()?;
        parser.skip_space();
        let place = match parser.word() {
            b"n" => Place::At(at),
            b"f" => Place::Free,
            _neither => return None,
        };
        places.push((no, place));
    }
    Some(())
}

/// The filters of a stream without references, as a cross-reference stream has none.
fn direct_filters(dict: &Dict) -> Filters {
    let list = |key: &[u8]| match dict.get(key) {
        Some(Object::Array(items)) => items.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    };
    let mut params = list(b"DecodeParms").into_iter();
    let filters = list(b"Filter").into_iter().map(|filter| {
        let params = params.next().and_then(|params| params.as_dict().cloned()).unwrap_or_default();
        (filter.as_name().unwrap_or_default().to_vec(), params)
    });
    Filters(filters.collect())
}

/// Where `12 0 ` begins that stands before `obj`, and the number.
fn head_before(bytes: &[u8], at: usize) -> Option<(usize, u32)> {
    let back = |end: usize, fits: fn(&u8) -> bool| {
        let length = bytes[..end].iter().rev().take(12).take_while(|byte| fits(byte)).count();
        (length > 0).then(|| end - length)
    };
    let space: fn(&u8) -> bool = |byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
    let generation = back(back(at, space)?, u8::is_ascii_digit)?;
    let start = back(back(generation, space)?, u8::is_ascii_digit)?;
    let no = u32::try_from(Parser::new(bytes, start).unsigned()?).ok()?;
    (no <= HIGHEST).then_some((start, no))
}
