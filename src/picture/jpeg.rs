//! JPEG: its segments walked to the end mark, and then decoded as the typesetter will.

use zune_jpeg::zune_core::{bytestream::ZCursor, options::DecoderOptions};

use super::{Looked, PictureFault, check_size};

/// What may lie after a whole scan, as often as it likes, and changes nothing; in one that was cut off it is taken for the
/// rest.
const FILLING: [u8; 4] = [0x5a, 0xc3, 0x96, 0xe1];

/// Looks into a picture.
pub(super) fn look(bytes: &[u8]) -> Result<Looked, PictureFault> {
    let Walked { width, height, end } = walk(bytes)?;
    check_size(width, height)?;
    let pixels = decode(bytes)?;
    if is_cut_off(&bytes[..end], &pixels) {
        return Err(PictureFault::Damaged);
    }
    Ok(Looked { pages: 1, width, height })
}

fn decode(bytes: &[u8]) -> Result<Vec<u8>, PictureFault> {
    let options =
        DecoderOptions::default().set_strict_mode(true).set_max_width(usize::MAX).set_max_height(usize::MAX);
    let mut decoder = zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode().map_err(|_| PictureFault::Damaged)
}

/// Whether its last scan is too short, though somebody closed it: a decoder makes up the rest and tells nobody. Then
/// what it makes up is another where there is more to read.
fn is_cut_off(open: &[u8], pixels: &[u8]) -> bool {
    let longer = [open, &FILLING.repeat(16), &[0xff, 0xd9]].concat();
    decode(&longer).as_deref() != Ok(pixels)
}

/// What the segments say of a picture.
struct Walked {
    width: u32,
    height: u32,
    /// Where its end mark stands.
    end: usize,
}

/// Walks the segments (ITU-T T.81, annex B), and gives the size that the frame says.
fn walk(bytes: &[u8]) -> Result<Walked, PictureFault> {
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8]).ok_or(PictureFault::Damaged)?;
    let (mut size, mut scans) = (None, 0);
    loop {
        let end = bytes.len() - rest.len();
        let marker;
        (marker, rest) = next_marker(rest)?;
        match marker {
            0xd9 if scans > 0 => {
                let (width, height) = size.ok_or(PictureFault::Damaged)?;
                return Ok(Walked { width, height, end });
            }
            0xd9 => return Err(PictureFault::Damaged),
            0x01 | 0xd0..=0xd7 => continue,
            _segment => {}
        }
        let length = rest.first_chunk().map(|two| usize::from(u16::from_be_bytes(*two)));
        let segment = length.and_then(|length| rest.get(2..length)).ok_or(PictureFault::Damaged)?;
        rest = &rest[segment.len() + 2..];
        match marker {
            0xc0..=0xc2 => size = Some(frame(segment)?),
            // Lossless, hierarchical, or packed in a way that nobody uses.
            0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => return Err(PictureFault::Unsupported),
            0xda => {
                scans += 1;
                rest = after_scan(rest);
            }
            _other => {}
        }
    }
}

fn next_marker(bytes: &[u8]) -> Result<(u8, &[u8]), PictureFault> {
    let [0xff, tail @ ..] = bytes else { return Err(PictureFault::Damaged) };
    let fill = tail.iter().take_while(|byte| **byte == 0xff).count();
    match &tail[fill..] {
        [marker, rest @ ..] if *marker != 0 => Ok((*marker, rest)),
        _none => Err(PictureFault::Damaged),
    }
}

fn frame(segment: &[u8]) -> Result<(u32, u32), PictureFault> {
    let [8, h1, h2, w1, w2, components, ..] = segment else { return Err(PictureFault::Unsupported) };
    let size = (u32::from(u16::from_be_bytes([*w1, *w2])), u32::from(u16::from_be_bytes([*h1, *h2])));
    if matches!(components, 1 | 3 | 4) { Ok(size) } else { Err(PictureFault::Unsupported) }
}

/// Passes the coded bytes of a scan, and the restarts among them.
fn after_scan(bytes: &[u8]) -> &[u8] {
    let ends = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
    bytes.windows(2).position(ends).map_or(&[], |end| &bytes[end..])
}
