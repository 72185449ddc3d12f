//! That an event of somebody known was not read: it is rejected and counted as such, and nobody may take what was told
//! before it for all there is.

use crate::intake::occurrence::{Change, EventKind, Occurrence, Place};
use crate::moves::Moment;
use crate::person::{NationalId, PersonName};

/// That an event of somebody was not read, or came without its document.
pub(super) fn unread(
    at: &Place,
    id: &NationalId,
    event_id: &str,
    registered: Option<Moment>,
    sequence: u64,
) -> Occurrence {
    Occurrence {
        at: at.clone(),
        event_id: Some(event_id.to_owned()),
        of_latest: false,
        patient_ref: None,
        id: Some(id.clone()),
        former_id: None,
        name: PersonName::default(),
        from: String::new(),
        to: String::new(),
        district: String::new(),
        move_date: None,
        registered_at: registered,
        sequence,
        kind: EventKind::Unread,
        change: Change::New,
        grading: None,
    }
}
