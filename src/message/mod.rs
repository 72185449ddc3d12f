//! Foreign formats, read and written: what the national standards call things, and nothing else.
//!
//! No decision is taken here: a receipt is read but not matched, a party is read but not chosen, a message is opened
//! again but not compared. Sources are the standards themselves (HIS 1077:2017, HITS 1228:2019, HIS 1036:2011,
//! HIS 80415:2012, HITS 1168:2016, HIS 1153), Folkeregisteret's own documentation, and their schemas.

#[cfg(test)]
pub(crate) mod standards;

pub mod codes;
pub mod stated_time;
pub mod msghead;
pub mod dialog;
pub mod opened;
pub mod apprec;
pub mod lab_report;
pub mod directory;
pub mod cpp;
pub mod list;
pub mod freg;
