//! Sealing: what was cleared becomes files in the spool, durable and hashed before anybody is told of them.
//!
//! For a message system they are the messages of one conversation, for paper and worklists it is one zip. The same order at the same time gives
//! the same bytes. A [`Parcel`] can only be made here, from a `Cleared` or from a sealed record whose files still
//! agree with it. Leaves out whether it may be sent (`preflight`) and sending it (`dispatch`).

mod parcel;
mod table;
mod wording;
mod conversation;
mod findings;
mod changes;
mod text;
mod paper;
mod bundle;
mod manifest;
mod message;
mod archive;
mod seal;

pub use paper::{enclosure, paper};
pub use parcel::{Earlier, Order, PackageError, Parcel};
pub use seal::{is_as_sealed, reopen, seal};

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod paper_tests;
#[cfg(test)]
mod view;
