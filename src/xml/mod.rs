//! XML as ground: a writer that cannot leave an element open, and a reader that refuses what it cannot vouch for.
//!
//! Knows nothing of any message; what elements mean is `message`'s. Documents that are read are bounded in size
//! and kept whole in memory, but for base64 that is carried past the tree ([`parse_around`]) and for files of many
//! documents, which are handed on one at a time ([`each`]); documents that are written are streamed and may be of
//! any size.

mod read;
mod stream;
mod each;
mod write;

pub use each::{Found, each};
pub use read::{Element, Malformed, Piece, XmlError, XmlFault, parse};
pub use stream::{Carried, parse_around};
pub use write::Writer;

/// Whether XML 1.0 (section 2.2) lets a document hold the character at all, as itself or as a reference.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
