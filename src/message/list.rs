//! The list that goes with a tray: what lies there, and room to write down what was done with it.
//!
//! One form for the packing list and the worklist; filled in and dropped into the inbox it confirms many at once
//! (`receipts::lists`). The columns at the end are never empty, so that a spreadsheet keeps every row at full length,
//! and the revision tells an old list from a new one. Leaves out where a list is kept.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::id::{PatientRef, TransferId};
use crate::tabular;

/// The columns, in order.
pub const COLUMNS: [&str; 10] = [
    "transfer_id",
    "patient_ref",
    "to",
    "pages",
    "possible_duplicate",
    "done_on",
    "done_by",
    "placed_on",
    "documents",
    "revision",
];

/// One file in a tray.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// The transfer.
    pub transfer: TransferId,
    /// Its revision.
    pub revision: u32,
    /// The patient in the EPJ; shown with any identity number in it masked.
    pub patient: PatientRef,
    /// Who gets it.
    pub to: String,
    /// How many pages there are to print, where that is known.
    pub pages: Option<u32>,
    /// How many documents there are beside our texts; none for TB results without any.
    pub documents: Option<u64>,
    /// Whether the receiver may have got it before.
    pub possible_duplicate: bool,
    /// When it was placed, local date.
    pub placed_on: NaiveDate,
}

/// The list as a file for Norwegian Excel, in the order of the transfers' ids.
pub fn write(mut rows: Vec<ListRow>) -> Vec<u8> {
    rows.sort_by(|one, other| (&one.transfer, one.revision).cmp(&(&other.transfer, other.revision)));
    tabular::write_excel(&COLUMNS, rows.iter().map(cells))
}

fn cells(row: &ListRow) -> Vec<Cow<'_, str>> {
    vec![
        row.transfer.as_str().into(),
        row.patient.to_string().into(),
        row.to.as_str().into(),
        row.pages.map(|pages| pages.to_string()).unwrap_or_default().into(),
        if row.possible_duplicate { "yes" } else { "no" }.into(),
        "".into(),
        "".into(),
        row.placed_on.to_string().into(),
        row.documents.map(|count| count.to_string()).unwrap_or_default().into(),
        row.revision.to_string().into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(transfer: &str, patient: &str, pages: Option<u32>) -> ListRow {
        ListRow {
            transfer: TransferId::from_text(transfer),
            revision: 1,
            patient: PatientRef::new(patient),
            to: "Kommuneoverlegen i Bergstad".to_owned(),
            pages,
            documents: Some(2),
            possible_duplicate: pages.is_none(),
            placed_on: NaiveDate::default(),
        }
    }

    #[test]
    fn a_list_leaves_room_for_what_was_done() {
        let bytes = write(vec![row("BBBB", "P-2", Some(3)), row("AAAA", "EPJ-05849628625", None)]);
        let expected = "\u{feff}transfer_id;patient_ref;to;pages;possible_duplicate;done_on;done_by;placed_on;documents;revision\r\n\
            AAAA;EPJ-*********25;Kommuneoverlegen i Bergstad;;yes;;;1970-01-01;2;1\r\n\
            BBBB;P-2;Kommuneoverlegen i Bergstad;3;no;;;1970-01-01;2;1\r\n";
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }
}
