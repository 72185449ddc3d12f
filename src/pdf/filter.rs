//! Streams unpacked, each within a bound on what it may unpack to.
//!
//! Knows the filters that pack text and tables; what packs pictures is a picture's own business and stays packed.

use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status};

use super::PdfFault;
use super::object::{Dict, Object};
use super::parse::is_space;

/// The filters of a stream and what they are to know, in order. References are resolved before.
pub(super) struct Filters(pub(super) Vec<(Vec<u8>, Dict)>);

/// How far a stream could be unpacked.
pub(super) enum Unpacked {
    /// Whole.
    Bytes(Vec<u8>),
    /// Down to a filter that packs pictures, or one that is not known.
    Picture,
}

/// Unpacks a stream.
///
/// # Errors
/// When its bytes are not what the filters make, end too early, or unpack to more than `limit`.
pub(super) fn unpack(filters: &Filters, bytes: &[u8], limit: usize) -> Result<Unpacked, PdfFault> {
    let mut current = bytes.to_vec();
    for (name, params) in &filters.0 {
        current = match name.as_slice() {
            b"FlateDecode" | b"Fl" => predicted(inflate(&current, limit)?, params)?,
            b"LZWDecode" | b"LZW" => predicted(lzw(&current, params, limit)?, params)?,
            b"ASCIIHexDecode" | b"AHx" => ascii_hex(&current)?,
            b"ASCII85Decode" | b"A85" => ascii_85(&current)?,
            b"RunLengthDecode" | b"RL" => run_length(&current, limit)?,
            _picture => return Ok(Unpacked::Picture),
        };
    }
    Ok(Unpacked::Bytes(current))
}

/// Whether deflated bytes come to their end; what they unpack to is not kept. None when they unpack to more than
/// `limit`, and otherwise how much that is.
pub(super) fn inflates(bytes: &[u8], limit: usize) -> Result<Option<usize>, PdfFault> {
    let mut total = 0;
    let mut chunk = Vec::with_capacity(64 * 1024);
    let mut state = Inflate::new(bytes);
    loop {
        chunk.clear();
        let done = state.step(&mut chunk)?;
        total += chunk.len();
        if total > limit {
            return Ok(None);
        }
        if done {
            return Ok(Some(total));
        }
    }
}

/// A deflate stream whose check sum is not looked at: many makers leave it out, and every viewer lets them.
struct Inflate<'a> {
    inner: Decompress,
    rest: &'a [u8],
}

impl<'a> Inflate<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        let zlib = bytes.len() > 2
            && bytes[0] & 0x0f == 8
            && (u16::from(bytes[0]) << 8 | u16::from(bytes[1])) % 31 == 0;
        Inflate { inner: Decompress::new(false), rest: if zlib { &bytes[2..] } else { bytes } }
    }

    /// Fills what `out` has room for, and says whether the end was reached.
    fn step(&mut self, out: &mut Vec<u8>) -> Result<bool, PdfFault> {
        let before = (self.inner.total_in(), self.inner.total_out());
        let status = self.inner.decompress_vec(self.rest, out, FlushDecompress::None);
        let read = usize::try_from(self.inner.total_in() - before.0).unwrap_or(usize::MAX);
        self.rest = self.rest.get(read..).unwrap_or_default();
        match status {
            Ok(Status::StreamEnd) => Ok(true),
            Ok(Status::Ok | Status::BufError) if read > 0 || self.inner.total_out() > before.1 => Ok(false),
            Ok(Status::Ok | Status::BufError) | Err(_) => Err(PdfFault::Damaged),
        }
    }
}

fn inflate(bytes: &[u8], limit: usize) -> Result<Vec<u8>, PdfFault> {
    let mut out = Vec::new();
    let mut state = Inflate::new(bytes);
    loop {
        out.reserve(out.len().clamp(4 * 1024, 1 << 20));
        let done = state.step(&mut out)?;
        if out.len() > limit {
            return Err(PdfFault::TooComplex);
        }
        if done {
            return Ok(out);
        }
    }
}

fn lzw(bytes: &[u8], params: &Dict, limit: usize) -> Result<Vec<u8>, PdfFault> {
    use weezl::{BitOrder, decode::Decoder};
    let early = params.get(b"EarlyChange").and_then(Object::as_int) != Some(0);
    let mut decoder = match early {
        true => Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
        false => Decoder::new(BitOrder::Msb, 8),
    };
    let (mut out, mut rest, mut chunk) = (Vec::new(), bytes, vec![0; 32 * 1024]);
    loop {
        let step = decoder.decode_bytes(rest, &mut chunk);
        rest = &rest[step.consumed_in..];
        out.extend_from_slice(&chunk[..step.consumed_out]);
        if out.len() > limit {
            return Err(PdfFault::TooComplex);
        }
        match step.status {
            Ok(weezl::LzwStatus::Done) => return Ok(out),
            // Without its end code, as some makers leave it: all that was there has been read.
            Ok(weezl::LzwStatus::NoProgress) => return Ok(out),
            Ok(weezl::LzwStatus::Ok) => {}
            Err(_) => return Err(PdfFault::Damaged),
        }
    }
}

fn ascii_hex(bytes: &[u8]) -> Result<Vec<u8>, PdfFault> {
    let digits = bytes.iter().take_while(|byte| **byte != b'>').filter(|byte| !is_space(**byte));
    let values: Option<Vec<u32>> = digits.map(|digit| char::from(*digit).to_digit(16)).collect();
    let pair = |pair: &[u32]| (pair[0] << 4 | pair.get(1).copied().unwrap_or(0)).to_le_bytes()[0];
    Ok(values.ok_or(PdfFault::Damaged)?.chunks(2).map(pair).collect())
}

fn ascii_85(bytes: &[u8]) -> Result<Vec<u8>, PdfFault> {
    let (mut out, mut group) = (Vec::new(), Vec::new());
    let digits = bytes.strip_prefix(b"<~").unwrap_or(bytes).iter().filter(|byte| !is_space(**byte));
    for digit in digits.take_while(|byte| **byte != b'~') {
        match digit {
            b'z' if group.is_empty() => out.extend([0; 4]),
            b'!'..=b'u' => group.push(u64::from(digit - b'!')),
            _other => return Err(PdfFault::Damaged),
        }
        if group.len() == 5 {
            out.extend(base_85(&group)?);
            group.clear();
        }
    }
    if group.len() > 1 {
        let kept = group.len() - 1;
        group.resize(5, 84);
        out.extend(base_85(&group)?.iter().take(kept));
    }
    Ok(out)
}

fn base_85(group: &[u64]) -> Result<[u8; 4], PdfFault> {
    let value = group.iter().fold(0, |value, digit| value * 85 + digit);
    u32::try_from(value).map(u32::to_be_bytes).map_err(|_| PdfFault::Damaged)
}

fn run_length(bytes: &[u8], limit: usize) -> Result<Vec<u8>, PdfFault> {
    let (mut out, mut rest) = (Vec::new(), bytes);
    while let [length, tail @ ..] = rest {
        let count = usize::from(*length);
        rest = match length {
            0..=127 => {
                out.extend_from_slice(tail.get(..=count).ok_or(PdfFault::Damaged)?);
                &tail[count + 1..]
            }
            128 => return Ok(out),
            129..=255 => {
                let byte = *tail.first().ok_or(PdfFault::Damaged)?;
                out.extend(std::iter::repeat_n(byte, 257 - count));
                &tail[1..]
            }
        };
        if out.len() > limit {
            return Err(PdfFault::TooComplex);
        }
    }
    Ok(out)
}

/// Undoes the prediction that tables and pictures are packed with.
fn predicted(bytes: Vec<u8>, params: &Dict) -> Result<Vec<u8>, PdfFault> {
    let number = |key: &[u8], otherwise: usize| {
        let value = params.get(key).and_then(Object::as_int);
        value.map_or(Some(otherwise), |value| usize::try_from(value).ok()).ok_or(PdfFault::Damaged)
    };
    let predictor = number(b"Predictor", 1)?;
    if predictor < 10 {
        // A predictor of TIFF is one of pictures, and these stay packed.
        return Ok(bytes);
    }
    let (colors, bits, columns) =
        (number(b"Colors", 1)?, number(b"BitsPerComponent", 8)?, number(b"Columns", 1)?);
    if colors > 64 || bits > 16 || columns > 1 << 24 {
        return Err(PdfFault::TooComplex);
    }
    let (row, pixel) = ((colors * bits * columns).div_ceil(8), (colors * bits).div_ceil(8).max(1));
    unpredict(&bytes, row.max(1), pixel)
}

/// The predictors of PNG, row by row.
fn unpredict(bytes: &[u8], row: usize, pixel: usize) -> Result<Vec<u8>, PdfFault> {
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut above = vec![0; row];
    for packed in bytes.chunks(row + 1) {
        let (kind, mut line) = (packed[0], packed[1..].to_vec());
        for at in 0..line.len() {
            let left = if at >= pixel { line[at - pixel] } else { 0 };
            let corner = if at >= pixel { above[at - pixel] } else { 0 };
            let guess = match kind {
                0 => 0,
                1 => left,
                2 => above[at],
                3 => u16::midpoint(u16::from(left), u16::from(above[at])).to_le_bytes()[0],
                4 => paeth(left, above[at], corner),
                _other => return Err(PdfFault::Damaged),
            };
            line[at] = line[at].wrapping_add(guess);
        }
        out.extend_from_slice(&line);
        line.resize(row, 0);
        above = line;
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    let far = |byte: u8| (guess - i16::from(byte)).abs();
    match () {
        () if far(left) <= far(up) && far(left) <= far(corner) => left,
        () if far(up) <= far(corner) => up,
        () => corner,
    }
}

/// Packs a stream that is written anew.
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = flate2::read::ZlibEncoder::new(bytes, flate2::Compression::default());
    // Reading from memory into memory does not fail.
    let read = encoder.read_to_end(&mut out);
    debug_assert!(read.is_ok());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpacked(filter: &[u8], bytes: &[u8]) -> Result<Vec<u8>, PdfFault> {
        match unpack(&Filters(vec![(filter.to_vec(), Dict::default())]), bytes, 1 << 20)? {
            Unpacked::Bytes(bytes) => Ok(bytes),
            Unpacked::Picture => Err(PdfFault::Damaged),
        }
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let deflated = deflate(b"Journalnotat");
        let rows: [(&str, &[u8], &[u8]); 5] = [
            ("FlateDecode", &deflated, b"Journalnotat"),
            ("FlateDecode", &deflated[..deflated.len() - 4], b"Journalnotat"),
            ("ASCIIHexDecode", b"4a6f 75 7>", b"Joup"),
            ("ASCII85Decode", b"87cURD]i,\"Ebo80~>", b"Hello World!"),
            ("RunLengthDecode", b"\x01ab\xfec\x80", b"abccc"),
        ];
        for (filter, packed, plain) in rows {
            assert_eq!(unpacked(filter.as_bytes(), packed).as_deref(), Ok(plain), "{filter}");
        }
    }

    #[test]
    fn what_ends_early_or_grows_too_large_is_found() {
        let deflated = deflate(&[7; 4096]);
        assert_eq!(unpacked(b"FlateDecode", &deflated[..deflated.len() / 2]), Err(PdfFault::Damaged));
        let bomb = deflate(&vec![0; 2 << 20]);
        assert_eq!(unpacked(b"FlateDecode", &bomb), Err(PdfFault::TooComplex));
        assert_eq!(inflates(&bomb, 1 << 20), Ok(None));
        assert_eq!(inflates(&bomb, 4 << 20), Ok(Some(2 << 20)));
    }
}
