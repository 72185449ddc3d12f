//! Our own papers of an order, set: the letter, the results, and everything that lies in one envelope.
//!
//! Leaves out what they say (`paper`) and what they look like (the templates).

use super::paper::paper;
use super::parcel::{Order, PackageError};
use super::text;
use crate::inventory::TbForm;
use crate::press::{Printed, Template};

/// A paper of ours in a zip or a message.
pub(super) struct Paper {
    /// Its name there.
    pub(super) name: &'static str,
    /// The paper.
    pub(super) printed: Printed,
}

/// The covering letter alone.
///
/// # Errors
/// [`PackageError::Letter`].
pub(super) fn letter(order: &Order<'_>) -> Result<Paper, PackageError> {
    Ok(Paper { name: "letter.pdf", printed: set(order, Template::Letter)? })
}

/// The results, or the notice that there are none; nothing of a transfer that has no TB part.
///
/// # Errors
/// [`PackageError::Letter`].
pub(super) fn results(order: &Order<'_>) -> Result<Option<Paper>, PackageError> {
    let inventory = order.cleared.inventory();
    if inventory.tb.is_none() {
        return Ok(None);
    }
    let (name, template) = match text::form(inventory) {
        TbForm::Summary => ("tb-resultater.pdf", Template::Results),
        TbForm::Notice => ("tb-ikke-gjennomfort.pdf", Template::Notice),
    };
    Ok(Some(Paper { name, printed: set(order, template)? }))
}

/// Everything of ours that lies in the envelope, in one.
///
/// # Errors
/// [`PackageError::Letter`].
pub(super) fn post(order: &Order<'_>) -> Result<Printed, PackageError> {
    set(order, Template::Post)
}

fn set(order: &Order<'_>, template: Template) -> Result<Printed, PackageError> {
    let ident = format!("{}-{} {}", order.transfer.id, order.transfer.revision, template.file());
    let printed = order.press.print(template, &paper(order), &[], &ident, order.now);
    printed.map_err(PackageError::Letter)
}
