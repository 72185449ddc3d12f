//! The strips or tiles of a TIFF page unpacked, and their samples as pixels.

use super::PictureFault;
use super::fax::{self, Coding};
use super::raster::Pixels;

/// How a page is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// Not at all.
    None,
    /// As a fax.
    Fax(Coding),
    /// LZW.
    Lzw,
    /// JPEG.
    Jpeg,
    /// Deflate.
    Deflate,
    /// Run lengths of bytes.
    PackBits,
}

/// What samples stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Colors {
    /// Gray, the least being white.
    WhiteIsZero,
    /// Gray, the least being black.
    BlackIsZero,
    /// Red, green and blue.
    Rgb,
    /// An index into three columns of red, green and blue.
    Palette(Vec<u16>),
    /// Cyan, magenta, yellow and black ink.
    Cmyk,
    /// Brightness and colour, in JPEG alone.
    YCbCr,
}

/// The form of a page's samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// How it is packed.
    pub(super) packing: Packing,
    /// What samples stand for.
    pub(super) colors: Colors,
    /// Bits of a sample: 1, 2, 4, 8 or 16.
    pub(super) bits: u32,
    /// Samples of a pixel, those that stand for no colour last.
    pub(super) samples: u32,
    /// Whether the first sample beyond the colours says how much of the paper shows through.
    pub(super) alpha: bool,
    /// Samples stand as differences from the pixel before.
    pub(super) differences: bool,
    /// The lowest bit of each byte comes first.
    pub(super) low_bit_first: bool,
    /// The lowest byte of a sample comes first.
    pub(super) low_byte_first: bool,
    /// Tables that each JPEG goes without.
    pub(super) tables: Vec<u8>,
}

impl Form {
    /// Bytes of one row of this width.
    fn row(&self, width: u32) -> usize {
        (width as usize * self.samples as usize * self.bits as usize).div_ceil(8)
    }

    /// Whether pixels are gray.
    pub(super) fn is_gray(&self) -> bool {
        matches!(self.colors, Colors::WhiteIsZero | Colors::BlackIsZero)
    }

    /// Samples that stand for colours.
    pub(super) fn color_samples(&self) -> u32 {
        match self.colors {
            Colors::WhiteIsZero | Colors::BlackIsZero | Colors::Palette(_) => 1,
            Colors::Rgb | Colors::YCbCr => 3,
            Colors::Cmyk => 4,
        }
    }

    /// Unpacks a strip or tile of this size to pixels: one byte of gray, or three of colour.
    ///
    /// # Errors
    /// When its bytes are not what they should be, or too few.
    pub(super) fn pixels(&self, bytes: &[u8], width: u32, height: u32) -> Result<Vec<u8>, PictureFault> {
        let turned: Vec<u8>;
        let bytes = match self.low_bit_first {
            true => {
                turned = bytes.iter().map(|byte| byte.reverse_bits()).collect();
                &turned
            }
            false => bytes,
        };
        let size = self.row(width) * height as usize;
        let mut rows = match self.packing {
            Packing::None => bytes.to_vec(),
            Packing::Fax(coding) => fax::rows(bytes, coding, width, height)?,
            Packing::Lzw => lzw(bytes, size)?,
            Packing::Deflate => inflate(bytes, size)?,
            Packing::PackBits => packed_bits(bytes, size)?,
            Packing::Jpeg => return self.jpeg(bytes, width, height),
        };
        if rows.len() < size {
            return Err(PictureFault::Damaged);
        }
        rows.truncate(size);
        let row = self.row(width).max(1);
        let mut out =
            Vec::with_capacity(width as usize * height as usize * if self.is_gray() { 1 } else { 3 });
        let mut samples = Vec::new();
        for row in rows.chunks(row) {
            samples.clear();
            self.samples_of(row, width as usize * self.samples as usize, &mut samples);
            self.row_of_pixels(&mut samples, &mut out);
        }
        Ok(out)
    }

    fn row_of_pixels(&self, samples: &mut [u16], out: &mut Vec<u8>) {
        let of_pixel = self.samples as usize;
        if self.differences {
            for at in of_pixel..samples.len() {
                let sum = samples[at].wrapping_add(samples[at - of_pixel]);
                samples[at] = if self.bits == 16 { sum } else { sum & ((1 << self.bits) - 1) };
            }
        }
        samples.chunks(of_pixel).for_each(|pixel| self.pixel(pixel, out));
    }

    fn samples_of(&self, row: &[u8], count: usize, out: &mut Vec<u16>) {
        match self.bits {
            16 => {
                let pairs = row.chunks_exact(2).map(|pair| [pair[0], pair[1]]);
                out.extend(pairs.map(|pair| match self.low_byte_first {
                    true => u16::from_le_bytes(pair),
                    false => u16::from_be_bytes(pair),
                }));
            }
            8 => out.extend(row.iter().map(|byte| u16::from(*byte))),
            bits => {
                let all = row.iter().flat_map(|byte| {
                    (1..=8 / bits).map(move |no| u16::from(byte >> (8 - bits * no)) & ((1 << bits) - 1))
                });
                out.extend(all.take(count));
            }
        }
    }

    /// The gray or the colours of one pixel, on white paper.
    fn pixel(&self, samples: &[u16], out: &mut Vec<u8>) {
        let start = out.len();
        let byte = |sample: u16| self.byte(sample);
        match &self.colors {
            Colors::WhiteIsZero => out.push(255 - byte(samples[0])),
            Colors::BlackIsZero => out.push(byte(samples[0])),
            Colors::Rgb | Colors::YCbCr => out.extend(samples[..3].iter().map(|sample| byte(*sample))),
            Colors::Cmyk => {
                out.extend(inked([byte(samples[0]), byte(samples[1]), byte(samples[2]), byte(samples[3])]));
            }
            Colors::Palette(columns) => {
                let column = columns.len() / 3;
                let color = |no: usize| columns.get(no * column + usize::from(samples[0])).copied();
                out.extend((0..3).map(|no| color(no).unwrap_or_default().to_be_bytes()[0]));
            }
        }
        let first_beyond = self.color_samples() as usize;
        if let Some(share) = samples.get(first_beyond).filter(|_| self.alpha) {
            let share = u32::from(byte(*share));
            for color in &mut out[start..] {
                let mixed = (u32::from(*color) * share + 255 * (255 - share) + 127) / 255;
                *color = u8::try_from(mixed).unwrap_or(255);
            }
        }
    }

    /// A sample as a byte.
    fn byte(&self, sample: u16) -> u8 {
        match self.bits {
            1 => {
                if sample == 0 {
                    0
                } else {
                    255
                }
            }
            16 => sample.to_be_bytes()[0],
            bits => {
                let most = (1_u32 << bits) - 1;
                u8::try_from(u32::from(sample) * 255 / most).unwrap_or(255)
            }
        }
    }

    fn jpeg(&self, bytes: &[u8], width: u32, height: u32) -> Result<Vec<u8>, PictureFault> {
        use zune_jpeg::zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
        let whole = match self.tables.strip_suffix(&[0xff, 0xd9]) {
            Some(tables) => {
                [tables, bytes.strip_prefix(&[0xff, 0xd8]).ok_or(PictureFault::Damaged)?].concat()
            }
            None => bytes.to_vec(),
        };
        let mut decoder = zune_jpeg::JpegDecoder::new(ZCursor::new(&whole));
        decoder.decode_headers().map_err(|_| PictureFault::Damaged)?;
        let stored = decoder.input_colorspace().ok_or(PictureFault::Damaged)?;
        let wanted = match self.colors {
            Colors::YCbCr => ColorSpace::RGB,
            Colors::Rgb => stored,
            Colors::WhiteIsZero | Colors::BlackIsZero => ColorSpace::Luma,
            Colors::Palette(_) | Colors::Cmyk => return Err(PictureFault::Unsupported),
        };
        decoder.set_options(DecoderOptions::default().jpeg_set_out_colorspace(wanted));
        let (found_width, found_height) = decoder.dimensions().ok_or(PictureFault::Damaged)?;
        // The last strip may be stored at its full height.
        if found_width != width as usize || found_height < height as usize || self.bits != 8 {
            return Err(PictureFault::Unsupported);
        }
        super::check_size(width, u32::try_from(found_height).map_err(|_| PictureFault::TooLarge)?)?;
        let mut pixels = decoder.decode().map_err(|_| PictureFault::Damaged)?;
        let size = width as usize * height as usize * if self.is_gray() { 1 } else { 3 };
        if pixels.len() < size {
            return Err(PictureFault::Damaged);
        }
        pixels.truncate(size);
        if self.colors == Colors::WhiteIsZero {
            pixels.iter_mut().for_each(|pixel| *pixel = 255 - *pixel);
        }
        Ok(pixels)
    }
}

/// Ink on white paper: near enough to be read by.
fn inked([cyan, magenta, yellow, black]: [u8; 4]) -> [u8; 3] {
    let left = |ink: u8| {
        let light = u32::from(255 - ink) * u32::from(255 - black) / 255;
        u8::try_from(light).unwrap_or(255)
    };
    [left(cyan), left(magenta), left(yellow)]
}

fn lzw(bytes: &[u8], size: usize) -> Result<Vec<u8>, PictureFault> {
    let mut out = vec![0; size];
    let mut decoder = weezl::decode::Decoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
    let (mut read, mut written) = (0, 0);
    while written < size {
        let step = decoder.decode_bytes(&bytes[read..], &mut out[written..]);
        (read, written) = (read + step.consumed_in, written + step.consumed_out);
        match step.status {
            Ok(weezl::LzwStatus::Ok) => {}
            Ok(weezl::LzwStatus::Done | weezl::LzwStatus::NoProgress) => break,
            Err(_) => return Err(PictureFault::Damaged),
        }
    }
    out.truncate(written);
    Ok(out)
}

fn inflate(bytes: &[u8], size: usize) -> Result<Vec<u8>, PictureFault> {
    use std::io::Read;
    let mut out = Vec::with_capacity(size);
    let read = flate2::read::ZlibDecoder::new(bytes).take(size as u64).read_to_end(&mut out);
    read.map_err(|_| PictureFault::Damaged)?;
    Ok(out)
}

fn packed_bits(bytes: &[u8], size: usize) -> Result<Vec<u8>, PictureFault> {
    let (mut out, mut rest) = (Vec::with_capacity(size), bytes);
    while let [length, tail @ ..] = rest {
        if out.len() >= size {
            break;
        }
        let count = usize::from(*length);
        rest = match length {
            0..=127 => {
                out.extend_from_slice(tail.get(..=count).ok_or(PictureFault::Damaged)?);
                &tail[count + 1..]
            }
            128 => tail,
            129..=255 => {
                out.extend(std::iter::repeat_n(*tail.first().ok_or(PictureFault::Damaged)?, 257 - count));
                &tail[1..]
            }
        };
    }
    Ok(out)
}

/// A page that is put together from strips or tiles.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    channels: usize,
    bytes: Vec<u8>,
}

impl Canvas {
    /// A page of this size, gray or in colour.
    pub(super) fn new(width: u32, height: u32, is_gray: bool) -> Self {
        let channels = if is_gray { 1 } else { 3 };
        let (width, height) = (width as usize, height as usize);
        Canvas { width, height, channels, bytes: vec![255; width * height * channels] }
    }

    /// Puts a piece of this width where its upper left corner belongs; what reaches over the edge is padding.
    pub(super) fn put(&mut self, piece: &[u8], width: u32, left: usize, top: usize) {
        let row = width as usize * self.channels;
        let kept = (width as usize).min(self.width.saturating_sub(left)) * self.channels;
        for (line, y) in piece.chunks(row.max(1)).zip(top..self.height) {
            let start = (y * self.width + left) * self.channels;
            self.bytes[start..start + kept].copy_from_slice(&line[..kept]);
        }
    }

    /// The pixels.
    pub(super) fn into_pixels(self) -> Pixels {
        if self.channels == 1 { Pixels::Luma8(self.bytes) } else { Pixels::Rgb8(self.bytes) }
    }
}
