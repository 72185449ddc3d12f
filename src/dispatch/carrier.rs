//! What every channel can do, and what can come of it.
//!
//! An outcome is a value; the ledger's events follow from it by one pure function. Leaves out how a channel works
//! (one file each) and in which order attempts are made (`pool`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::TimeDelta;

use crate::durable::DurableError;
use crate::ledger::Attempt;
use crate::ledger::writer::Recorded;
use crate::moves::Moment;
use crate::package::Parcel;
use crate::transfer::Event;
use crate::verdict::Channel;

/// A way out of the house.
pub trait Carrier: Sync {
    /// Which channel it is.
    fn channel(&self) -> Channel;

    /// Makes one attempt. Never fails as such: trouble is an outcome.
    fn carry(&self, attempt: &Recorded<Attempt>, parcel: &Parcel) -> Outcome;

    /// Takes a placed file back, by the place its outcome named; says whether it had still been in the tray.
    /// Asked again after a crash it gives the same answer. Nothing can be taken back from a channel that sends.
    ///
    /// # Errors
    /// [`DurableError`] when the system refuses: the file may still lie there.
    fn remove(&self, place: &str) -> Result<bool, DurableError>;

    /// The folders it writes in: what a run that died was writing there is swept.
    fn folders(&self) -> Vec<PathBuf>;
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The channel took it.
    Taken {
        /// The channel's reference.
        reference: String,
    },
    /// It lies in a person's tray.
    Placed {
        /// The file's name in the channel's folder.
        place: String,
    },
    /// It had been placed before, and somebody has taken it out of the tray: it may have been posted. No second
    /// file is placed.
    Gone {
        /// The name it had in the channel's folder.
        place: String,
    },
    /// It surely did not leave.
    Deferred {
        /// What went wrong; without personal data.
        fault: String,
    },
    /// The channel said no.
    Refused {
        /// Why; without personal data.
        text: String,
    },
    /// It may have left, or not.
    Lost {
        /// What went wrong; without personal data.
        fault: String,
    },
}

impl Outcome {
    /// The same outcome where an earlier attempt is still in doubt. That this attempt failed says nothing of the
    /// earlier one: it may have left, so it is neither put off nor refused, but still in doubt.
    pub fn after_doubt(self) -> Outcome {
        match self {
            Outcome::Deferred { fault } | Outcome::Refused { text: fault } => Outcome::Lost { fault },
            Outcome::Taken { .. } | Outcome::Placed { .. } | Outcome::Gone { .. } | Outcome::Lost { .. } => {
                self
            }
        }
    }

    /// What the ledger records, in order. `retry` is how long a deferred transfer rests.
    pub fn events(self, now: Moment, retry: TimeDelta) -> Vec<Event> {
        match self {
            Outcome::Taken { reference } => vec![Event::Take { reference }],
            Outcome::Placed { place } => vec![Event::Place { place }],
            Outcome::Gone { place } => vec![Event::Place { place }, Event::PlacedFileGone],
            Outcome::Deferred { fault } => {
                let not_before = now.checked_add_signed(retry).unwrap_or(now);
                vec![Event::Defer { fault, not_before }]
            }
            Outcome::Refused { text } => vec![Event::Refuse { text }],
            Outcome::Lost { .. } => vec![Event::Lose],
        }
    }

    /// The outcome of trouble on the disk: surely not left as long as the rename had not been made.
    pub(super) fn of_trouble(error: &DurableError) -> Outcome {
        let fault = error.to_string();
        if error.after_rename() { Outcome::Lost { fault } } else { Outcome::Deferred { fault } }
    }
}

/// The channels that are set up.
#[derive(Default)]
pub struct Carriers(BTreeMap<Channel, Box<dyn Carrier>>);

impl Carriers {
    /// Takes the channels; of two for one channel the later counts.
    pub fn new(carriers: impl IntoIterator<Item = Box<dyn Carrier>>) -> Self {
        Carriers(carriers.into_iter().map(|carrier| (carrier.channel(), carrier)).collect())
    }

    /// A channel, if it is set up.
    pub fn get(&self, channel: Channel) -> Option<&dyn Carrier> {
        self.0.get(&channel).map(Box::as_ref)
    }

    /// Every folder that some channel writes in.
    pub fn folders(&self) -> Vec<PathBuf> {
        self.0.values().flat_map(|carrier| carrier.folders()).collect()
    }

    /// Makes one attempt by the parcel's own channel.
    pub fn carry(&self, attempt: &Recorded<Attempt>, parcel: &Parcel) -> Outcome {
        let channel = parcel.clearance().channel;
        match self.get(channel) {
            Some(carrier) => carrier.carry(attempt, parcel),
            // The job was changed after the parcel had been sealed.
            None => Outcome::Deferred { fault: format!("the channel {channel} is not set up in the job") },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::durable;

    fn outcomes() -> [(&'static str, Outcome); 6] {
        let text = || "x".to_owned();
        [
            ("taken", Outcome::Taken { reference: text() }),
            ("placed", Outcome::Placed { place: text() }),
            ("gone", Outcome::Gone { place: text() }),
            ("deferred", Outcome::Deferred { fault: text() }),
            ("refused", Outcome::Refused { text: text() }),
            ("lost", Outcome::Lost { fault: text() }),
        ]
    }

    #[test]
    fn every_outcome_has_its_events() {
        let now = Moment::UNIX_EPOCH;
        let expected: [&[&str]; 6] =
            [&["take"], &["place"], &["place", "placed-file-gone"], &["defer"], &["refuse"], &["lose"]];
        for ((name, outcome), expected) in outcomes().into_iter().zip(expected) {
            let events = outcome.events(now, TimeDelta::minutes(30));
            let codes: Vec<&str> = events.iter().map(Event::code).collect();
            assert_eq!(codes, expected, "{name}");
            for event in &events {
                if let Event::Defer { not_before, .. } = event {
                    assert_eq!(*not_before - now, TimeDelta::minutes(30));
                }
            }
        }
    }

    #[test]
    fn doubt_is_not_ended_by_an_attempt_that_failed() {
        let expected = ["take", "place", "place", "lose", "lose", "lose"];
        for ((name, outcome), expected) in outcomes().into_iter().zip(expected) {
            let events = outcome.after_doubt().events(Moment::UNIX_EPOCH, TimeDelta::zero());
            assert_eq!(events.first().map(Event::code), Some(expected), "{name}");
        }
    }

    #[test]
    fn trouble_is_doubt_only_after_the_rename() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let gone = folder.path().join("gone");
        let before = durable::write_whole(&gone.join("x"), b"x").err().ok_or("no folder to write in")?;
        assert!(matches!(Outcome::of_trouble(&before), Outcome::Deferred { .. }), "{before}");
        #[cfg(unix)]
        {
            let after = durable::sync_folder(&gone).err().ok_or("no folder to sync")?;
            assert!(matches!(Outcome::of_trouble(&after), Outcome::Lost { .. }), "{after}");
        }
        Ok(())
    }

    #[test]
    fn a_wait_that_no_calendar_holds_is_none() {
        let events = Outcome::Deferred { fault: String::new() }.events(Moment::MAX_UTC, TimeDelta::MAX);
        assert_eq!(events, [Event::Defer { fault: String::new(), not_before: Moment::MAX_UTC }]);
    }
}
