//! The way in: files that are whole and settled, one or many, relocation extracts row by row and event by event, and
//! the service's own register.
//!
//! Says what each row states and whether it can be read. Leaves out whose row it is (`identity`) and what the
//! rows of one person add up to (`timeline`).

pub mod source;
pub mod many;
pub mod again;
pub mod cells;
pub mod occurrence;
pub mod extract;
pub mod salvage;
pub mod register;
pub mod events;

pub use extract::Extracts;
pub use occurrence::{Change, EventKind, Occurrence, Place, Protection};
pub use register::Register;
pub use source::{HeldFile, HeldWhy, Loaded, load_all};
