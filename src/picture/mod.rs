//! Pictures and plain text as documents: looked into, so that typesetting them cannot fail later, and turned into what
//! is typeset.
//!
//! Every picture is decoded when it is looked into: a header that is right says little of the rest. What cannot be
//! decoded is a fault and never a wrong picture. Sizes are bounded before anything is unpacked. Leaves out placing
//! pictures on paper.

mod raster;
mod fax;
mod chunks;
mod tiff;
mod jpeg;
mod portable;
mod text;

pub use raster::{Pixels, Raster};
pub use text::text;

use std::panic::{AssertUnwindSafe, catch_unwind};

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

/// The most pixels of one picture: A4 at 900 dots per inch, or the camera of a telephone.
const MOST_PIXELS: u64 = 80_000_000;

/// The kind of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// TIFF, of one page or many.
    Tiff,
}

/// A picture that is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// How many pages it has.
    pub pages: u32,
    /// Width of the first, pixels, as it is stored.
    pub width: u32,
    /// Height of the first, pixels, as it is stored.
    pub height: u32,
}

/// Why a picture cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureFault {
    /// It is not what its kind says, or not all of it.
    #[error("damaged")]
    Damaged,
    /// Larger than any page.
    #[error("too large")]
    TooLarge,
    /// Of a form that is not read.
    #[error("of a form that is not read")]
    Unsupported,
}

/// Looks into a picture by decoding it.
///
/// # Errors
/// When it is not whole, too large, or of a form that is not read.
pub fn look(bytes: &[u8], kind: Kind) -> Result<Looked, PictureFault> {
    guarded(|| match kind {
        Kind::Jpeg => jpeg::look(bytes),
        Kind::Png => portable::look(bytes),
        Kind::Tiff => tiff::look(bytes),
    })
}

/// Decodes every page of a TIFF in order, and gives how many there are. Reduced copies of pages are left out.
///
/// # Errors
/// When one cannot be decoded, or what `each` returns.
pub fn tiff_pages<E: From<PictureFault>>(
    bytes: &[u8],
    mut each: impl FnMut(Raster) -> Result<(), E>,
) -> Result<u32, E> {
    let mut pages = guarded(|| tiff::Pages::open(bytes))?;
    let mut count = 0;
    while let Some(raster) = guarded(|| pages.next_page())? {
        each(raster)?;
        count += 1;
    }
    if count == 0 { Err(PictureFault::Damaged.into()) } else { Ok(count) }
}

/// The decoders are others' work, and what is sent to us may be made to hurt them: a picture that makes one give up in
/// disorder is damaged, and the night goes on.
fn guarded<T>(decode: impl FnOnce() -> Result<T, PictureFault>) -> Result<T, PictureFault> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or(Err(PictureFault::Damaged))
}

/// Whether a picture of this size is one.
fn check_size(width: u32, height: u32) -> Result<(), PictureFault> {
    if width == 0 || height == 0 {
        return Err(PictureFault::Damaged);
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MOST_PIXELS { Err(PictureFault::TooLarge) } else { Ok(()) }
}
