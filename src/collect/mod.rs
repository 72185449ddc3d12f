//! What there is to send for one migrant: every TB result, and the journal.
//!
//! Two questions with one kind of answer, a [`Finding`]. `tb` decides over rows that `tb_source` and `lab` have
//! read; `journal` decides whether the journal may go and then reads the migrant's bundle. Both run before the
//! receiver is known: what the receiver can take is `preflight`'s. Leaves out supplements.

#[cfg(test)]
mod fixtures;
pub mod finding;
pub mod content;
pub mod enclosure;
pub mod tb_source;
pub mod lab;
pub mod reading;
pub mod versions;
pub mod status;
pub mod tb;
pub mod journal;

pub use finding::Finding;
