//! Indexes of journal bundles as they are understood.
//!
//! The titles and names of documents may name anybody, and are not shown: only how long a title is. Of a strictly
//! confidential person nothing but the dates is. Leaves out bundles without an index, and the documents.

use super::field::{Field, Fields, ShownForm, ShownInput, ShownRow, Withheld, text};
use super::persons::day;
use super::sight::Sight;
use super::strict::keys;
use crate::collect::journal::bundle::Bundle;
use crate::collect::journal::documents::read_index;
use crate::collect::journal::index::Entry;
use crate::job::JournalSettings;
use crate::patient::Patient;
use crate::tabular::RejectedRow;

/// How many bundles are opened in search of an index.
const MOST_OPENED: usize = 200;

/// The first documents of bundles that have an index.
pub(super) fn indexes(sight: &Sight<'_>) -> Option<ShownInput> {
    let settings = sight.job.journal.as_ref()?;
    let patients = sight.inputs.register.iter().flat_map(|register| register.patients.values());
    let rows: Vec<ShownRow> = patients
        .take(MOST_OPENED)
        .flat_map(|patient| of_bundle(sight, settings, patient))
        .take(sight.most)
        .collect();
    let form = ShownForm::table(&settings.index);
    (!rows.is_empty()).then(|| sight.input("journal-index", &settings.shown, form, rows))
}

fn of_bundle(sight: &Sight<'_>, settings: &JournalSettings, patient: &Patient) -> Vec<ShownRow> {
    let theirs = keys(sight.key, patient.ids.iter().map(|known| &known.id), Some(&patient.patient));
    let strict = sight.is_strict(&theirs);
    let file = Some(patient.patient.to_string());
    let read = Bundle::open(settings, &patient.patient).ok();
    match read.and_then(|mut bundle| read_index(&mut bundle, settings)) {
        None => Vec::new(),
        Some(Ok(entries)) => {
            let row = |entry: &Entry| ShownRow {
                file: file.clone(),
                fields: of_entry(entry, strict),
                ..ShownRow::default()
            };
            entries.iter().map(row).collect()
        }
        Some(Err(faults)) => {
            let row = |reason: String| ShownRow {
                file: file.clone(),
                rejected: Some(RejectedRow {
                    file: patient.patient.to_string(),
                    line: 0,
                    column: String::new(),
                    code: "bundle-incomplete".to_owned(),
                    reason,
                    record: None,
                }),
                ..ShownRow::default()
            };
            faults.into_iter().map(row).collect()
        }
    }
}

fn of_entry(entry: &Entry, strict: bool) -> Vec<Field> {
    let mut fields = Fields::free();
    // What stands after the last point of a name may be anything.
    let is_plain = |end: &&str| end.len() <= 5 && end.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let extension = entry.source.rsplit_once('.').map(|(_, extension)| extension).filter(is_plain);
    let extension = extension.map(|extension| format!("….{extension}"));
    fields.add("file", extension.and_then(|extension| text(&extension)));
    fields.add("title", Some(format!("({} characters)", entry.title.chars().count())));
    fields.add("date", day(entry.date));
    if strict {
        fields.withhold("type", Withheld::StrictlyConfidential);
    } else {
        fields.add("type", text(&entry.kind));
    }
    fields.done()
}
