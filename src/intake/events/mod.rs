//! Folkeregisteret's events as occurrences: the same rows a delimited extract gives, so that everything after knows
//! one kind of row (rules § 2).
//!
//! Events are read as a stream. One that only counts leaves a number behind, and so does one about somebody whom
//! neither the register nor the ledger knows: memory does not grow with the register's own night. Numbers that
//! are linked tonight make persons known, and then what was passed over is read once more. Leaves out what an
//! extract's rows add up to (`timeline`).

mod files;
mod known;
mod stage;
mod unread;
mod feed;
mod rows;
mod salvage;
mod sweep;
#[cfg(test)]
mod tests;

pub use known::Known;
pub use sweep::{Taken, Watched, take_in, watch};
