//! Reading DER, and of BER what streaming writers write: lengths left open, and bytes in several pieces.
//!
//! [`Reader`] takes a stream and keeps nothing of it; [`Slice`] takes what is at hand and is strict DER. Every length
//! is held against what is around it, and against a limit before anything is allocated.

use std::io::{self, ErrorKind, Read};

use super::der::{self, OCTETS};

/// What could not be read.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The source failed.
    Source(io::Error),
    /// It is not what it should be.
    Malformed,
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::UnexpectedEof => ReadError::Malformed,
            _ => ReadError::Source(error),
        }
    }
}

type Outcome<T> = Result<T, ReadError>;

/// A stream of values. Where it is inside, it has gone into and must leave again.
#[derive(Debug)]
pub(super) struct Reader<R> {
    source: R,
    position: u64,
    peeked: Option<u8>,
    /// The ends of the values gone into; none where a mark in the stream is the end.
    inside: Vec<Option<u64>>,
}

/// Bytes of a stream, being read.
#[derive(Debug)]
pub(super) struct Octets {
    pieces: bool,
    left: u64,
    over: bool,
}

impl<R: Read> Reader<R> {
    /// From the start of a stream.
    pub(super) fn new(source: R) -> Self {
        Reader { source, position: 0, peeked: None, inside: Vec::new() }
    }

    /// Goes into a value of this tag.
    pub(super) fn enter(&mut self, tag: u8) -> Outcome<()> {
        let (found, length) = self.header()?;
        if found != tag {
            return Err(ReadError::Malformed);
        }
        self.inside.push(length.map(|length| self.position + length));
        Ok(())
    }

    /// Leaves a value, which must have been read to its end.
    pub(super) fn leave(&mut self) -> Outcome<()> {
        match self.inside.pop() {
            Some(Some(end)) if end == self.position => Ok(()),
            Some(None) if self.byte()? == 0 && self.byte()? == 0 => Ok(()),
            _ => Err(ReadError::Malformed),
        }
    }

    /// The tag that comes next in the value gone into; none at its end.
    pub(super) fn peek(&mut self) -> Outcome<Option<u8>> {
        if self.inside.last().copied().flatten() == Some(self.position) {
            return Ok(None);
        }
        let tag = self.byte()?;
        self.position -= 1;
        self.peeked = Some(tag);
        let at_mark = tag == 0 && self.inside.last() == Some(&None);
        Ok((!at_mark).then_some(tag))
    }

    /// A whole value with its header, of so many bytes at most.
    pub(super) fn whole(&mut self, most: usize) -> Outcome<Vec<u8>> {
        let (tag, length) = self.header()?;
        let length = length.filter(|length| *length <= most as u64).ok_or(ReadError::Malformed)?;
        let mut out = der::header(tag, length);
        let start = out.len();
        out.resize(start + usize::try_from(length).map_err(|_| ReadError::Malformed)?, 0);
        self.source.read_exact(&mut out[start..])?;
        self.position += length;
        Ok(out)
    }

    /// Checks that this value comes next.
    pub(super) fn expect(&mut self, value: &[u8]) -> Outcome<()> {
        if self.whole(value.len())? == value { Ok(()) } else { Err(ReadError::Malformed) }
    }

    /// Goes into bytes of this tag, in one piece or in several.
    pub(super) fn enter_octets(&mut self, tag: u8) -> Outcome<Octets> {
        let (found, length) = self.header()?;
        match length {
            Some(left) if found == tag => Ok(Octets { pieces: false, left, over: false }),
            length if found == tag | CONSTRUCTED => {
                self.inside.push(length.map(|length| self.position + length));
                Ok(Octets { pieces: true, left: 0, over: false })
            }
            _ => Err(ReadError::Malformed),
        }
    }

    /// Reads some of the bytes gone into; 0 when there are no more, and then they are left.
    pub(super) fn read_octets(&mut self, octets: &mut Octets, into: &mut [u8]) -> Outcome<usize> {
        while octets.left == 0 {
            if !octets.pieces || octets.over {
                return Ok(0);
            }
            octets.over = self.peek()?.is_none();
            if octets.over {
                self.leave()?;
                return Ok(0);
            }
            let (OCTETS, Some(length)) = self.header()? else { return Err(ReadError::Malformed) };
            octets.left = length;
        }
        let most = into.len().min(usize::try_from(octets.left).unwrap_or(usize::MAX));
        let read = loop {
            match self.source.read(&mut into[..most]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read?,
            }
        };
        if read == 0 {
            return Err(ReadError::Malformed);
        }
        octets.left -= read as u64;
        self.position += read as u64;
        Ok(read)
    }

    /// Checks that nothing comes after.
    pub(super) fn finish(&mut self) -> Outcome<()> {
        if self.peeked.is_some() || !self.inside.is_empty() {
            return Err(ReadError::Malformed);
        }
        match self.source.read_exact(&mut [0]) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
            Err(error) => Err(error.into()),
            Ok(()) => Err(ReadError::Malformed),
        }
    }

    /// Tag and length of the next value; no length where a mark in the stream will end it.
    fn header(&mut self) -> Outcome<(u8, Option<u64>)> {
        let tag = self.byte()?;
        if tag & HIGH_TAG == HIGH_TAG {
            return Err(ReadError::Malformed);
        }
        let length = match self.byte()? {
            short @ 0..0x80 => u64::from(short),
            0x80 if tag & CONSTRUCTED != 0 => return Ok((tag, None)),
            long @ 0x81..=0x88 => self.long_length(long & 0x7f)?,
            _ => return Err(ReadError::Malformed),
        };
        let end = self.position.checked_add(length).filter(|end| *end <= self.limit());
        end.map(|_| (tag, Some(length))).ok_or(ReadError::Malformed)
    }

    fn long_length(&mut self, bytes: u8) -> Outcome<u64> {
        let mut length = 0;
        for _ in 0..bytes {
            length = length << 8 | u64::from(self.byte()?);
        }
        let fewest = der::header(OCTETS, length).len() == usize::from(bytes) + 2;
        fewest.then_some(length).ok_or(ReadError::Malformed)
    }

    fn byte(&mut self) -> Outcome<u8> {
        if self.position >= self.limit() {
            return Err(ReadError::Malformed);
        }
        let byte = match self.peeked.take() {
            Some(byte) => byte,
            None => {
                let mut byte = [0];
                self.source.read_exact(&mut byte)?;
                byte[0]
            }
        };
        self.position += 1;
        Ok(byte)
    }

    /// Where the innermost value with a known end ends.
    fn limit(&self) -> u64 {
        self.inside.iter().rev().copied().flatten().next().unwrap_or(u64::MAX)
    }
}

/// The bit of a tag that says: made of other values.
const CONSTRUCTED: u8 = 0x20;
/// Tags of several bytes begin so; a bundle has none.
const HIGH_TAG: u8 = 0x1f;

/// Values at hand, strict DER.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice<'a>(&'a [u8]);

impl<'a> Slice<'a> {
    /// From the start of some bytes.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Slice(bytes)
    }

    /// The content of the next value, which must be of this tag.
    pub(super) fn next(&mut self, tag: u8) -> Outcome<&'a [u8]> {
        match self.split()? {
            (found, content, _) if found == tag => Ok(content),
            _ => Err(ReadError::Malformed),
        }
    }

    /// Goes into the next value, which must be of this tag.
    pub(super) fn enter(&mut self, tag: u8) -> Outcome<Slice<'a>> {
        self.next(tag).map(Slice)
    }

    /// The next value with its header.
    pub(super) fn whole(&mut self) -> Outcome<&'a [u8]> {
        self.split().map(|(_, _, whole)| whole)
    }

    /// Checks that this value comes next.
    pub(super) fn expect(&mut self, value: &[u8]) -> Outcome<()> {
        if self.whole()? == value { Ok(()) } else { Err(ReadError::Malformed) }
    }

    /// The tag that comes next; none at the end.
    pub(super) fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// Checks that nothing comes after.
    pub(super) fn finish(self) -> Outcome<()> {
        if self.0.is_empty() { Ok(()) } else { Err(ReadError::Malformed) }
    }

    /// Tag, content and whole of the next value.
    fn split(&mut self) -> Outcome<(u8, &'a [u8], &'a [u8])> {
        let bytes = self.0;
        let mut reader = Reader::new(bytes);
        let (tag, length) = reader.header()?;
        let start = usize::try_from(reader.position).map_err(|_| ReadError::Malformed)?;
        let length = length.and_then(|length| usize::try_from(length).ok()).ok_or(ReadError::Malformed)?;
        let end = start.checked_add(length).filter(|end| *end <= bytes.len()).ok_or(ReadError::Malformed)?;
        self.0 = &bytes[end..];
        Ok((tag, &bytes[start..end], &bytes[..end]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn octets(bytes: &[u8]) -> Option<Vec<u8>> {
        let mut reader = Reader::new(bytes);
        let mut octets = reader.enter_octets(OCTETS).ok()?;
        let (mut out, mut buffer) = (Vec::new(), [0; 3]);
        loop {
            match reader.read_octets(&mut octets, &mut buffer).ok()? {
                0 => break,
                read => out.extend_from_slice(&buffer[..read]),
            }
        }
        reader.finish().ok()?;
        Some(out)
    }

    #[test]
    fn bytes_come_in_one_piece_or_in_several() {
        type Row<'a> = (&'a str, &'a [u8], Option<&'a [u8]>);
        let table: [Row<'_>; 10] = [
            ("one piece", b"\x04\x04abcd", Some(b"abcd")),
            ("nothing", b"\x04\x00", Some(b"")),
            ("pieces", b"\x24\x07\x04\x01a\x04\x02bc", Some(b"abc")),
            ("pieces and a mark", b"\x24\x80\x04\x01a\x04\x00\x04\x02bc\0\0", Some(b"abc")),
            ("a piece in a piece", b"\x24\x80\x24\x03\x04\x01a\0\0", None),
            ("cut short", b"\x04\x04abc", None),
            ("no mark", b"\x24\x80\x04\x01a", None),
            ("half a mark", b"\x24\x80\x04\x01a\0", None),
            ("a piece beyond its whole", b"\x24\x03\x04\x02ab", None),
            ("something behind", b"\x04\x01ab", None),
        ];
        for (name, bytes, expected) in table {
            assert_eq!(octets(bytes).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn a_hostile_length_is_refused_before_anything_is_allocated() {
        let table: [(&str, &[u8]); 6] = [
            ("larger than the limit", b"\x30\x84\x7f\xff\xff\xff"),
            ("larger than can be", b"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff"),
            ("nine bytes of length", b"\x30\x89\x01\0\0\0\0\0\0\0\0"),
            ("more bytes than it needs", b"\x30\x81\x01\0"),
            ("left open for one piece", b"\x04\x80\0\0"),
            ("a tag of several bytes", b"\x1f\x81\x01\0"),
        ];
        for (name, bytes) in table {
            assert!(Reader::new(bytes).whole(1000).is_err(), "{name}");
            assert!(Slice::new(bytes).whole().is_err(), "{name}");
        }
    }

    #[test]
    fn what_is_inside_ends_where_its_whole_ends() -> Result<(), ReadError> {
        let mut reader = Reader::new(&b"\x30\x03\x02\x01\x07"[..]);
        reader.enter(der::SEQUENCE)?;
        assert!(reader.leave().is_err(), "not read to its end");
        let mut reader = Reader::new(&b"\x30\x02\x02\x01\x07"[..]);
        reader.enter(der::SEQUENCE)?;
        assert!(reader.whole(10).is_err(), "a value beyond its whole");
        let mut reader = Reader::new(&b"\x30\x80\x02\x01\x07\0\0"[..]);
        reader.enter(der::SEQUENCE)?;
        assert_eq!(reader.peek()?, Some(der::INTEGER));
        assert_eq!(reader.whole(10)?, b"\x02\x01\x07");
        assert_eq!(reader.peek()?, None);
        reader.leave()?;
        reader.finish()
    }
}
