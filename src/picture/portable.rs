//! PNG: decoded row by row as the typesetter will, without keeping the rows.

use std::io::Cursor;

use png::{Decoder, DecodingError, Limits};

use super::{Looked, PictureFault, check_size};

/// What the decoder may take, bytes. Typesetting takes as much.
const MOST_BYTES: usize = 512 << 20;

/// Looks into a picture.
pub(super) fn look(bytes: &[u8]) -> Result<Looked, PictureFault> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MOST_BYTES });
    let header = decoder.read_header_info().map_err(|error| fault(&error))?;
    let (width, height) = (header.width, header.height);
    check_size(width, height)?;
    let mut reader = decoder.read_info().map_err(|error| fault(&error))?;
    if reader.output_buffer_size().is_none_or(|size| size > MOST_BYTES) {
        return Err(PictureFault::TooLarge);
    }
    while reader.next_row().map_err(|error| fault(&error))?.is_some() {}
    reader.finish().map_err(|error| fault(&error))?;
    Ok(Looked { pages: 1, width, height })
}

fn fault(error: &DecodingError) -> PictureFault {
    match error {
        DecodingError::LimitsExceeded => PictureFault::TooLarge,
        DecodingError::IoError(_) | DecodingError::Format(_) | DecodingError::Parameter(_) => {
            PictureFault::Damaged
        }
    }
}
