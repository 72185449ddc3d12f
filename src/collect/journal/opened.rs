//! A file of a bundle while it is read: the same for a folder and for a zip.
//!
//! Leaves out the looking and the guarding (`folder`, `zip`).

use std::io::Read;

/// One file of a bundle, being read.
pub struct Opened<'a> {
    /// Its bytes.
    pub reader: &'a mut dyn Read,
    /// The size the bundle says it has.
    pub declared: u64,
    /// The size it takes in the bundle, where it is compressed.
    pub packed: Option<u64>,
}
