//! What preflight is asked, and what it knows: the two arguments of every rule.
//!
//! Values only; nothing here decides.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::addresses::Offices;
use super::agreements::Agreement;
use super::capability::{Declared, Observed, Seals};
use super::directory::Directory;
use crate::id::Digest;
use crate::inventory::Inventory;
use crate::job::Job;
use crate::moves::{Destination, Moment, Now};
use crate::place::{DistrictNo, HerId};
use crate::reason::Reason;
use crate::transfer::Waiver;
use crate::verdict::{Channel, Content};

/// Can this go there?
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Where the person moved.
    pub destination: &'a Destination,
    /// The Oslo district, as the extract gave it.
    pub district: Option<&'a DistrictNo>,
    /// What is to be sent.
    pub content: Content,
    /// Whether the person has a number that messages can carry.
    pub has_message_id: bool,
    /// Everything the transfer carries.
    pub inventory: &'a Inventory,
    /// The party a copy is for; none for what is no copy.
    pub copy_to: Option<HerId>,
    /// The one route that a person chose.
    pub directed: Option<Channel>,
    /// Documents that parties have accepted in earlier revisions: they go without them.
    pub handed_over: &'a BTreeMap<HerId, BTreeSet<Digest>>,
    /// What persons have decided for this revision of the transfer.
    pub waivers: &'a [Waiver],
    /// The time of asking.
    pub now: Now,
}

impl Question<'_> {
    /// The decision that sets a reason aside, the last one if there are several.
    pub fn waiver(&self, reason: Reason) -> Option<&Waiver> {
        self.waivers.iter().rev().find(|waiver| waiver.reason == reason)
    }
}

/// What is known of receivers.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The directory, where there is a snapshot.
    pub directory: Option<&'a Directory>,
    /// The local agreement register.
    pub agreements: &'a [Agreement],
    /// Postal addresses.
    pub offices: &'a Offices,
    /// Declared profiles.
    pub declared: &'a Declared,
    /// Earlier outcomes.
    pub observed: &'a Observed,
    /// What bundles are sealed with.
    pub seals: &'a Seals,
    /// The municipality's own settings.
    pub settings: &'a Settings,
}

/// The settings that rules ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How old a snapshot may be, and how long an answer holds at most.
    pub max_age: TimeDelta,
    /// Whether a capability without an agreement is only Unknown (row 14).
    pub require_agreement: bool,
    /// The largest document in a message, bytes.
    pub max_attachment_bytes: u64,
    /// The largest message's documents together, bytes.
    pub max_message_bytes: u64,
    /// The sending service: never its own receiver.
    pub sender: HerId,
    /// Whether a certificate that names an organisation must name the receiver's.
    pub same_organisation: bool,
}

impl Settings {
    /// The settings of a job. Without an outbox no document goes by message.
    pub fn of(job: &Job) -> Self {
        Settings {
            max_age: TimeDelta::hours(i64::from(job.directory.max_age_hours)),
            require_agreement: job.routes.require_agreement,
            max_attachment_bytes: job.outbox.as_ref().map_or(0, |outbox| outbox.max_attachment_bytes),
            max_message_bytes: job.outbox.as_ref().map_or(0, |outbox| outbox.max_message_bytes),
            sender: job.sender.service.her_id,
            same_organisation: job.bundle.as_ref().is_none_or(|bundle| bundle.same_organisation),
        }
    }

    /// The last moment at which something seen at `seen` may still be used.
    pub(super) fn usable_until(&self, seen: Now) -> Moment {
        seen.to_utc().checked_add_signed(self.max_age).unwrap_or(Moment::MAX_UTC)
    }
}
