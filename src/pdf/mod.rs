//! PDF documents: looked into, so that what is damaged or locked is known before anything is cleared, and bound with a
//! typeset letter into one file to print.
//!
//! A document is carried whole or not at all. Viewers repair quietly and leave out what they cannot find; here a table
//! that is wrong is searched anew as they do, because nothing is lost by it, but whatever a page needs to be drawn and
//! that is not there makes the document damaged. Everything read is bounded: nesting, objects, pages, and the work. Leaves
//! out drawing, so that a picture or a font that is whole and nonsense is believed.

mod object;
mod parse;
mod filter;
mod table;
mod file;
mod pages;
mod layers;
mod notes;
mod carry;
mod look;
mod binder;

pub use binder::{BindError, Binder};
pub use look::{Looked, PdfA, look};

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

/// Why a document cannot be carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PdfFault {
    /// It is encrypted, be it with an empty password.
    #[error("encrypted")]
    Encrypted,
    /// It cannot be read, or something that a page needs is not there.
    #[error("damaged")]
    Damaged,
    /// It has no pages.
    #[error("no pages")]
    NoPages,
    /// It has more pages than any document.
    #[error("too many pages")]
    TooManyPages,
    /// It asks for more memory or work than any document.
    #[error("too complex")]
    TooComplex,
    /// A note or a filled-in field has no drawing of its own, so that paper would not show it.
    #[error("something that only a viewer can draw")]
    Undrawn,
}
