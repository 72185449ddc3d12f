//! Why a document cannot be put on paper.

use thiserror::Error;

use crate::pdf::PdfFault;
use crate::picture::PictureFault;
use crate::press::PressError;

/// Why a document cannot be put on paper.
#[derive(Debug, Error)]
pub enum Unfit {
    /// The picture cannot be shown.
    #[error(transparent)]
    Picture(#[from] PictureFault),
    /// The PDF cannot be put beside others.
    #[error(transparent)]
    Pdf(#[from] PdfFault),
    /// It cannot be set.
    #[error(transparent)]
    Press(#[from] PressError),
    /// A text that is longer than anybody would read.
    #[error("the text is longer than what is put on paper")]
    TooLong,
    /// A format that has no pages.
    #[error("the format has no pages")]
    NoPages,
}
