//! What bundles are sealed with: our own certificate, and the receivers'.
//!
//! Values that have been looked into at the time of the night: what is wrong with a certificate stands beside it in
//! words, and what is wrong with ours keeps every bundle back. Leaves out how keys and certificates are read and judged
//! (`cms`).

use std::collections::BTreeMap;

use crate::id::Digest;
use crate::moves::Moment;
use crate::place::HerId;

/// The certificates of a night.
#[derive(Clone, Debug, Default)]
pub struct Seals {
    /// Our own.
    pub own: OwnSeal,
    /// The receivers', by party: for each the one that is sealed to, or that would be.
    pub receivers: BTreeMap<HerId, ReceiverSeal>,
}

/// Whether we can sign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OwnSeal {
    /// The job has no bundles.
    #[default]
    NotSetUp,
    /// We can.
    Ready {
        /// Until then.
        until: Moment,
        /// SHA-256 of our certificate.
        certificate: Digest,
    },
    /// We cannot; what is wrong, in the words of a verdict.
    Trouble(String),
}

/// A receiver's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverSeal {
    /// Where it was found, and whose it is: what evidence shows.
    pub source: String,
    /// The organisation numbers that it names.
    pub organisations: Vec<String>,
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// How long it can be sealed to; else what is wrong with it, in the words of a verdict.
    pub sound_until: Result<Moment, String>,
}

impl ReceiverSeal {
    /// SHA-256 of the certificate.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.der)
    }
}
