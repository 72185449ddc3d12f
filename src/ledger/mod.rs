//! The ledger: what happened, durably, in the order it happened, and nothing that can be computed from it.
//!
//! Append-only entries in SQLite, chained by their hashes ([`mod@chain`]), and their fold in memory ([`Book`]). One process writes at a time (an OS lock),
//! one hand in it ([`writer::Ledger`]), in groups with one sync each; whoever only looks reads without the lock
//! ([`reader::View`]). Leaves out what the entries mean for a night (`run`, `hands`) and every identity number:
//! persons are keyed hashes here.

pub mod chain;
pub mod entry;
pub mod book;
pub mod holder;
pub mod error;
pub mod lock;
mod row;
pub mod schema;
mod runs;
mod misfit;
mod fold;
mod pen;
mod migration;
mod story;
pub mod reader;
pub mod backup;
pub mod recovery;
mod stage;
pub mod writer;
#[cfg(test)]
mod life_tests;
#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod tamper_tests;

pub use backup::{Backup, backup};
pub use book::{Book, PersonMemory, Restore, Settlement};
pub use chain::Head;
pub use entry::{
    Attempt, Counted, Disclosure, Ending, Entry, FoundFile, Matter, PendingChange, ReceiptRow, Residence,
    RunRecord, Unplaced, UnplacedKind,
};
pub use error::{Damage, LedgerError};
pub use lock::LockWait;
pub use reader::{Held, View};
pub use schema::KeyIfNew;
pub use story::Told;
pub use writer::{Contradiction, Ledger, Opening, Recorded};
