//! Sealed bundles: CMS (RFC 5652) written and read, the keys for it, and whether a certificate is to be believed.
//!
//! A bundle is SignedData inside EnvelopedData (AuthEnvelopedData for GCM), for one receiver, in DER; content of any
//! size passes through a buffer. Knows nothing of what is sealed and asks nobody over the network. Leaves out which
//! certificate is whose.

mod der;
mod oid;
mod read;
mod certificate;
mod error;
mod trust;
mod keys;
mod form;
mod attributes;
mod seal;
mod signed;
mod open;

pub use certificate::{Certificate, CertificateError};
pub use error::CmsError;
pub use form::{Cipher, Form, Transport};
pub use keys::{Identity, KeyError, Passphrase};
pub use open::open;
pub use seal::seal;
pub use signed::Opened;
pub use trust::{Fault, Trust, TrustError, Use, ValidUntil};

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
