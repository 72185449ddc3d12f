//! Fax rows decoded to packed bits: groups 3 and 4 (ITU-T T.4 and T.6), and the run lengths of baseline TIFF.

use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode, decode};

use super::PictureFault;

/// The ways faxes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Run lengths, each row from a new byte.
    Rows,
    /// Group 3 in one dimension.
    Group3,
    /// Group 3 in two dimensions.
    Group3Mixed,
    /// Group 4.
    Group4,
}

/// Rows of bits, a white pixel 0, each row from a new byte.
struct Bits {
    width: usize,
    height: usize,
    rows: Vec<u8>,
    x: usize,
    y: usize,
}

impl Decoder for Bits {
    fn push_pixels(&mut self, white: bool, count: u32) {
        let end = self.x.saturating_add(count as usize).min(self.width);
        if !white && self.y < self.height {
            let start = self.y * self.width.div_ceil(8);
            for x in self.x..end {
                self.rows[start + x / 8] |= 0x80 >> (x % 8);
            }
        }
        self.x = end;
    }

    fn next_line(&mut self) {
        self.x = 0;
        self.y += 1;
    }
}

/// Decodes this many rows.
///
/// # Errors
/// When a code is wrong, or rows are missing.
pub(super) fn rows(bytes: &[u8], coding: Coding, width: u32, height: u32) -> Result<Vec<u8>, PictureFault> {
    let encoding = match coding {
        Coding::Rows | Coding::Group3 => EncodingMode::Group3_1D,
        Coding::Group3Mixed => EncodingMode::Group3_2D { k: 4 },
        Coding::Group4 => EncodingMode::Group4,
    };
    let settings = DecodeSettings {
        columns: width,
        rows: height,
        end_of_block: coding != Coding::Rows,
        end_of_line: false,
        rows_are_byte_aligned: coding == Coding::Rows,
        encoding,
        invert_black: false,
    };
    let (width, height) = (width as usize, height as usize);
    let mut bits = Bits { width, height, rows: vec![0; width.div_ceil(8) * height], x: 0, y: 0 };
    let decoded = decode(bytes, &mut bits, &mut DecoderContext::new(settings));
    // What follows the last row, end marks or padding, may be as it likes.
    if bits.y < height || decoded.is_err() && bits.y != height {
        Err(PictureFault::Damaged)
    } else {
        Ok(bits.rows)
    }
}
