//! How the program understands a job's inputs: the first rows of each, masked, so that a wrong column, a date read the
//! wrong way round or a code that nobody mapped is seen before the first night.
//!
//! The inputs are read as a night reads them, and each shown row is given to its own reader alone: what is shown is what
//! the night would take it for. Writes nothing. Leaves out the decisions that need more than a row (`plan` shows those)
//! and the words around it (`cli`).

pub mod field;
mod strict;
mod sight;
mod persons;
mod results;
mod receivers;
mod bundles;

use serde::Serialize;

use self::field::ShownInput;
use self::sight::Sight;
use super::night::{checked, key_if_new};
use super::{Checked, RunError, inputs};
use crate::job::Job;
use crate::ledger::View;
use crate::moves::Now;

/// What `check` found, and how the inputs are understood.
#[derive(Debug, Serialize)]
pub struct Mapping {
    /// What `check` says without them.
    #[serde(flatten)]
    pub checked: Checked,
    /// The inputs, in the order of the job's sections.
    pub mapping: Vec<ShownInput>,
}

/// Checks every input as [`super::check`] does, and shows the first `rows` of each. The ledger is read as well: it
/// knows whom events concern, and whose address is protected.
///
/// # Errors
/// [`RunError`] when the ledger cannot be read: nothing is shown without knowing who is protected.
pub fn check_showing(job: &Job, now: Now, rows: usize) -> Result<Mapping, RunError> {
    let ledger = View::open(&job.ledger, &key_if_new(job))?;
    let (key, book) = (ledger.key(), ledger.book());
    let inputs = inputs::read_keeping(job, key, book, now, rows);
    let sight = Sight::new(job, &inputs, (key, book), now, rows);
    let mut mapping = persons::relocations(&sight);
    mapping.extend(persons::patients(&sight));
    mapping.extend(results::results(&sight));
    mapping.extend(results::codes(&sight));
    mapping.extend(results::words(&sight));
    mapping.extend(receivers::receivers(&sight));
    mapping.extend(bundles::indexes(&sight));
    Ok(Mapping { checked: checked(job, &inputs, now), mapping })
}
