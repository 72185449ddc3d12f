//! TIFF: its pages one by one, each decoded to pixels.
//!
//! Tags are read by the `tiff` crate and the pages here: faxes of group 3, palettes, bits in the other order and JPEG
//! with coarse colours are what old scanners make, and it reads none of them. Leaves out samples in planes, and
//! samples that are no whole numbers.

use std::io::Cursor;

use tiff::decoder::{Decoder, Limits};
use tiff::tags::Tag;

use super::chunks::{Canvas, Colors, Form, Packing};
use super::fax::Coding;
use super::raster::Raster;
use super::{Looked, PictureFault, check_size};

/// The most pages of a file.
const MOST_PAGES: u32 = 2_000;
/// The most pixels of all its pages together.
const MOST_PIXELS: u64 = 8_000_000_000;
/// Resolutions that anybody means, dots per inch.
const DPI: std::ops::RangeInclusive<f32> = 10.0..=10_000.0;
/// The most strips or tiles of a page.
const MOST_CHUNKS: usize = 1 << 20;

/// Looks into a file by decoding every page.
pub(super) fn look(bytes: &[u8]) -> Result<Looked, PictureFault> {
    let mut pages = Pages::open(bytes)?;
    let mut looked: Option<Looked> = None;
    while let Some(page) = pages.next_page()? {
        let first = looked.unwrap_or(Looked { pages: 0, width: page.width, height: page.height });
        looked = Some(Looked { pages: first.pages + 1, ..first });
    }
    looked.ok_or(PictureFault::Damaged)
}

/// The pages of a file.
pub(super) struct Pages<'a> {
    bytes: &'a [u8],
    decoder: Decoder<Cursor<&'a [u8]>>,
    /// The decoder stands at a page that has not been read.
    fresh: bool,
    directories: u32,
    pixels: u64,
}

impl<'a> Pages<'a> {
    /// Opens a file.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, PictureFault> {
        let mut limits = Limits::default();
        limits.ifd_value_size = 16 << 20;
        let decoder = Decoder::new(Cursor::new(bytes)).map_err(|error| fault(&error))?.with_limits(limits);
        Ok(Pages { bytes, decoder, fresh: true, directories: 0, pixels: 0 })
    }

    /// The next page; none after the last.
    pub(super) fn next_page(&mut self) -> Result<Option<Raster>, PictureFault> {
        loop {
            if !self.fresh {
                if !self.decoder.more_images() {
                    return Ok(None);
                }
                self.decoder.next_image().map_err(|error| fault(&error))?;
            }
            self.fresh = false;
            self.directories += 1;
            if self.directories > MOST_PAGES {
                return Err(PictureFault::TooLarge);
            }
            // A smaller copy of a page, or its mask, is no page.
            if self.number(Tag::NewSubfileType)?.unwrap_or(0) & 0b101 == 0 {
                return self.page().map(Some);
            }
        }
    }

    fn number(&mut self, tag: Tag) -> Result<Option<u32>, PictureFault> {
        self.decoder.find_tag_unsigned(tag).map_err(|error| fault(&error))
    }

    fn numbers(&mut self, tag: Tag) -> Result<Option<Vec<u64>>, PictureFault> {
        self.decoder.find_tag_unsigned_vec(tag).map_err(|error| fault(&error))
    }

    fn page(&mut self) -> Result<Raster, PictureFault> {
        let (width, height) = self.decoder.dimensions().map_err(|error| fault(&error))?;
        check_size(width, height)?;
        self.pixels += u64::from(width) * u64::from(height);
        if self.pixels > MOST_PIXELS {
            return Err(PictureFault::TooLarge);
        }
        let form = self.form()?;
        let mut canvas = Canvas::new(width, height, form.is_gray());
        self.chunks(&form, (width, height), &mut canvas)?;
        let dpi = self.dpi()?;
        let orientation = self.number(Tag::Orientation)?.unwrap_or(1);
        let stored = Raster { width, height, pixels: canvas.into_pixels(), dpi };
        Ok(stored.upright(u16::try_from(orientation).unwrap_or(1)))
    }

    /// Unpacks every strip or tile onto the page.
    fn chunks(&mut self, form: &Form, size: (u32, u32), canvas: &mut Canvas) -> Result<(), PictureFault> {
        let is_tiled = self.number(Tag::TileWidth)?.is_some();
        let (offsets, counts) = match is_tiled {
            true => (self.numbers(Tag::TileOffsets)?, self.numbers(Tag::TileByteCounts)?),
            false => (self.numbers(Tag::StripOffsets)?, self.numbers(Tag::StripByteCounts)?),
        };
        let (width, height) = match is_tiled {
            true => (self.number(Tag::TileWidth)?.unwrap_or(0), self.number(Tag::TileLength)?.unwrap_or(0)),
            false => (size.0, self.number(Tag::RowsPerStrip)?.unwrap_or(size.1).min(size.1)),
        };
        check_size(width, height)?;
        let (offsets, counts) = (offsets.unwrap_or_default(), counts.unwrap_or_default());
        let across = size.0.div_ceil(width) as usize;
        let needed = across * size.1.div_ceil(height) as usize;
        // Each is unpacked by itself: many and large ones would be much more than the page.
        let area = needed as u64 * u64::from(width) * u64::from(height);
        if needed > MOST_CHUNKS || area > 4 * super::MOST_PIXELS {
            return Err(PictureFault::TooLarge);
        }
        if offsets.len() < needed || counts.len() < needed {
            return Err(PictureFault::Damaged);
        }
        for (no, (offset, count)) in offsets.iter().zip(&counts).take(needed).enumerate() {
            let (left, top) = (no % across * width as usize, no / across * height as usize);
            let rows = if is_tiled { height } else { height.min(size.1 - u32::try_from(top).unwrap_or(0)) };
            let piece = form.pixels(self.slice(*offset, *count)?, width, rows)?;
            canvas.put(&piece, width, left, top);
        }
        Ok(())
    }

    fn slice(&self, offset: u64, count: u64) -> Result<&'a [u8], PictureFault> {
        let range = || {
            let start = usize::try_from(offset).ok()?;
            let end = start.checked_add(usize::try_from(count).ok()?)?;
            self.bytes.get(start..end)
        };
        range().ok_or(PictureFault::Damaged)
    }

    fn form(&mut self) -> Result<Form, PictureFault> {
        let bits = self.numbers(Tag::BitsPerSample)?.unwrap_or_else(|| vec![1]);
        let samples = self.number(Tag::SamplesPerPixel)?.unwrap_or(1);
        let extra = self.numbers(Tag::ExtraSamples)?.unwrap_or_default();
        let formats = self.numbers(Tag::SampleFormat)?.unwrap_or_default();
        let planes = self.number(Tag::PlanarConfiguration)?.unwrap_or(1);
        let predictor = self.number(Tag::Predictor)?.unwrap_or(1);
        let first = bits.first().copied().unwrap_or(1);
        let form = Form {
            packing: self.packing()?,
            colors: self.colors(first)?,
            bits: u32::try_from(first).map_err(|_| PictureFault::Unsupported)?,
            samples,
            alpha: extra.first() == Some(&2),
            differences: predictor == 2,
            low_bit_first: self.number(Tag::FillOrder)? == Some(2),
            low_byte_first: self.bytes.starts_with(b"II"),
            tables: self
                .numbers(Tag::JPEGTables)?
                .unwrap_or_default()
                .iter()
                .map(|byte| byte.to_le_bytes()[0])
                .collect(),
        };
        let is_even = bits.iter().all(|bits| *bits == first) && formats.iter().all(|format| *format == 1);
        let is_known = matches!(first, 1 | 2 | 4 | 8 | 16)
            && (planes == 1 || samples == 1)
            && matches!(predictor, 1 | 2)
            && (form.color_samples()..=8).contains(&samples)
            // A palette's alpha, and light already multiplied with it, would come out wrong.
            && extra.first() != Some(&1);
        let fits = match form.packing {
            Packing::Fax(_) => first == 1 && samples == 1 && !form.differences && form.is_gray(),
            Packing::Jpeg => first == 8 && samples == form.color_samples() && !form.low_bit_first,
            Packing::None | Packing::Lzw | Packing::Deflate | Packing::PackBits => {
                form.colors != Colors::YCbCr
            }
        };
        if is_even && is_known && fits { Ok(form) } else { Err(PictureFault::Unsupported) }
    }

    fn packing(&mut self) -> Result<Packing, PictureFault> {
        let options =
            self.decoder.find_tag_unsigned::<u32>(Tag::Unknown(292)).map_err(|error| fault(&error))?;
        let options = options.unwrap_or(0);
        match self.number(Tag::Compression)?.unwrap_or(1) {
            1 => Ok(Packing::None),
            2 => Ok(Packing::Fax(Coding::Rows)),
            // Rows that are not packed at all may stand among those that are; nobody makes them.
            3 if options & 2 != 0 => Err(PictureFault::Unsupported),
            3 if options & 1 != 0 => Ok(Packing::Fax(Coding::Group3Mixed)),
            3 => Ok(Packing::Fax(Coding::Group3)),
            4 => Ok(Packing::Fax(Coding::Group4)),
            5 => Ok(Packing::Lzw),
            7 => Ok(Packing::Jpeg),
            8 | 32_946 => Ok(Packing::Deflate),
            32_773 => Ok(Packing::PackBits),
            _other => Err(PictureFault::Unsupported),
        }
    }

    fn colors(&mut self, bits: u64) -> Result<Colors, PictureFault> {
        match self.number(Tag::PhotometricInterpretation)?.ok_or(PictureFault::Damaged)? {
            0 => Ok(Colors::WhiteIsZero),
            1 => Ok(Colors::BlackIsZero),
            2 => Ok(Colors::Rgb),
            3 => {
                let columns = self.numbers(Tag::ColorMap)?.ok_or(PictureFault::Damaged)?;
                let is_whole = bits <= 8 && columns.len() == 3 << bits;
                // Some old programs count to 255 where 65535 is meant.
                let unit = if columns.iter().all(|value| *value < 256) { 257 } else { 1 };
                let value = |value: u64| u16::try_from(value.saturating_mul(unit)).unwrap_or(u16::MAX);
                let columns = columns.into_iter().map(value).collect();
                if is_whole { Ok(Colors::Palette(columns)) } else { Err(PictureFault::Damaged) }
            }
            5 if self.number(Tag::Unknown(332))?.unwrap_or(1) == 1 => Ok(Colors::Cmyk),
            6 => Ok(Colors::YCbCr),
            _other => Err(PictureFault::Unsupported),
        }
    }

    /// Dots per inch. Without a unit only the shape is told: 200 is taken for the finer way.
    fn dpi(&mut self) -> Result<Option<(f32, f32)>, PictureFault> {
        let (across, down) = (self.ratio(Tag::XResolution), self.ratio(Tag::YResolution));
        let (Some(across), Some(down)) = (across, down) else { return Ok(None) };
        let dpi = match self.number(Tag::ResolutionUnit)?.unwrap_or(2) {
            2 => (across, down),
            3 => (across * 2.54, down * 2.54),
            _no_unit if across == down => return Ok(None),
            _no_unit => (across * 200.0 / across.max(down), down * 200.0 / across.max(down)),
        };
        Ok((DPI.contains(&dpi.0) && DPI.contains(&dpi.1)).then_some(dpi))
    }

    fn ratio(&mut self, tag: Tag) -> Option<f32> {
        match self.decoder.find_tag(tag).ok()?? {
            tiff::decoder::ifd::Value::Rational(over, under) if under != 0 => {
                Some((f64::from(over) / f64::from(under)) as f32)
            }
            _no_ratio => None,
        }
    }
}

fn fault(error: &tiff::TiffError) -> PictureFault {
    match error {
        tiff::TiffError::UnsupportedError(_) => PictureFault::Unsupported,
        tiff::TiffError::LimitsExceeded => PictureFault::TooLarge,
        _other => PictureFault::Damaged,
    }
}
