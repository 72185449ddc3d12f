//! Sealing: what was cleared becomes files in the spool, durable and hashed before anybody is told of them.
//!
//! For a message system they are the messages of one conversation, for paper one file to print, for the worklist a zip,
//! for a bundle a zip that is signed and sealed. The same order at the same time gives the same bytes, a seal apart. A
//! [`Parcel`] can only be made here, from a `Cleared` or from a sealed record whose files still agree with it. Leaves out
//! whether it may be sent (`preflight`) and sending it (`dispatch`).

mod line;
mod bundle;
mod unfit;
mod parcel;
mod wording;
mod conversation;
mod findings;
mod text;
mod paper;
mod placed;
mod typeset;
mod message;
mod manifest;
mod archive;
mod post;
mod sealer;
mod seal;

pub use parcel::{Earlier, Order, PackageError, Parcel};
pub use placed::measured;
pub use seal::{is_as_sealed, reopen, seal};
pub use unfit::Unfit;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod paper_tests;
