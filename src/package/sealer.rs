//! What seals a bundle: our key and certificate, the receiver's certificate, and the form that is agreed.
//!
//! Everything it needs was looked into before (rules § 7 row 9); what is missing here is a broken promise. Leaves out how
//! it is done (`cms`).

use std::io::{self, Read, Seek, Write};

use super::parcel::{Order, PackageError};
use crate::cms::{self, Certificate, Cipher, CmsError, Form, Identity, Transport};
use crate::verdict::Sealing;

/// A seal to one receiver.
#[derive(Clone, Copy)]
pub(super) struct Sealer<'a> {
    signer: &'a Identity,
    receiver: &'a [u8],
    sealing: Sealing,
}

impl<'a> Sealer<'a> {
    /// What the clearance asks for.
    ///
    /// # Errors
    /// [`PackageError::Unprepared`] where something of it is not there.
    pub(super) fn of(order: &Order<'a>) -> Result<Self, PackageError> {
        let missing = |what| PackageError::Unprepared(what);
        let signer = order.signer.ok_or(missing("a bundle without a key to sign it"))?;
        let receiver =
            order.cleared.recipient().ok_or(missing("a bundle without a certificate to seal it to"))?;
        let sealed_to = order
            .cleared
            .clearance()
            .sealed_to
            .as_ref()
            .ok_or(missing("a bundle that is sealed to nobody"))?;
        Ok(Sealer { signer, receiver, sealing: sealed_to.sealing })
    }

    /// Seals the content. Trouble that is not the disk's is left in `trouble`.
    ///
    /// # Errors
    /// The content's or the sink's, or one that stands for `trouble`.
    pub(super) fn seal(
        self,
        content: &mut (impl Read + Seek),
        out: &mut impl Write,
        order: &Order<'_>,
        trouble: &mut Option<PackageError>,
    ) -> io::Result<()> {
        let form = Form {
            transport: if self.sealing.oaep { Transport::Oaep } else { Transport::Pkcs1 },
            cipher: if self.sealing.gcm { Cipher::Aes256Gcm } else { Cipher::Aes256Cbc },
        };
        let refused = |trouble: &mut Option<PackageError>, error| {
            *trouble = Some(PackageError::Sealing(error));
            io::Error::other("the bundle cannot be sealed")
        };
        let receiver =
            Certificate::from_der(self.receiver).map_err(|_| refused(trouble, CmsError::Unsupported))?;
        match cms::seal(content, out, self.signer, &receiver, form, order.now.to_utc()) {
            Ok(()) => Ok(()),
            Err(CmsError::Read(cause) | CmsError::Write(cause)) => Err(cause),
            Err(other) => Err(refused(trouble, other)),
        }
    }
}
