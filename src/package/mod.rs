//! Sealing: what was cleared becomes one file in the spool, durable and hashed before anybody is told of it.
//!
//! For a message system the file is a message, for paper and worklists a zip. The same order at the same time gives
//! the same bytes. A [`Parcel`] can only be made here, from a `Cleared` or from a sealed record whose file still
//! agrees with it. Leaves out whether it may be sent (`preflight`) and sending it (`dispatch`).

mod parcel;
mod table;
mod wording;
mod conversation;
mod text;
mod bundle;
mod manifest;
mod message;
mod archive;
mod seal;

pub use parcel::{Order, PackageError, Parcel};
pub use seal::{is_as_sealed, reopen, seal};

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod round_trip;
