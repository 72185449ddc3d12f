//! The last step out of the house: a parcel that the ledger knows of is given to its channel, and what the channel
//! made of it comes back as an [`Outcome`](carrier::Outcome).
//!
//! Only this floor talks to a channel, and only with a `Recorded<Attempt>`: the intent is on disk before the first
//! byte leaves. Leaves out whether something may be sent (`preflight`), what is in it (`package`) and the writing
//! down of outcomes (`run`). A channel to come is one more file behind [`carrier::Carrier`].

pub mod carrier;
mod copy;
mod pickup;
pub mod outbox;
pub mod bundle;
pub mod tray;
pub mod print;
pub mod in_epj;
pub mod pool;

use crate::job::Job;
use carrier::{Carrier, Carriers};

/// The channels that a job has set up.
pub fn carriers(job: &Job) -> Carriers {
    let outbox =
        job.outbox.as_ref().map(|settings| Box::new(outbox::Outbox::new(&settings.path)) as Box<dyn Carrier>);
    let bundle = job
        .bundle
        .as_ref()
        .map(|settings| Box::new(bundle::Bundles::new(&settings.path)) as Box<dyn Carrier>);
    let print =
        job.print.as_ref().map(|settings| Box::new(print::Print::new(&settings.path)) as Box<dyn Carrier>);
    let in_epj = job.worklist.as_ref().map(|path| Box::new(in_epj::InEpj::new(path)) as Box<dyn Carrier>);
    Carriers::new([outbox, bundle, print, in_epj].into_iter().flatten())
}
