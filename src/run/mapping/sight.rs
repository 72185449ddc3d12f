//! What it takes to show an input: everything that was read, and who may be shown how.

use std::collections::{BTreeMap, BTreeSet};

use super::super::inputs::{Head, Inputs};
use super::super::night::all_rejected;
use super::field::{Field, Fields, ShownForm, ShownInput, ShownRow, Withheld, text};
use super::strict::Strict;
use crate::id::{LedgerKey, PatientRef, PersonKey};
use crate::intake::cells::Reading;
use crate::job::Job;
use crate::ledger::Book;
use crate::moves::Now;
use crate::person::mask_numbers;
use crate::place::MunicipalityNo;
use crate::tables::municipalities::Resolution;
use crate::tabular::{RejectedRow, Row, Table};

/// A number that cannot be told, or that nobody knows.
const UNKNOWN: &str = "unknown";

/// Everything that was read, and how much of it is shown.
pub(super) struct Sight<'a> {
    pub(super) job: &'a Job,
    pub(super) inputs: &'a Inputs,
    pub(super) key: &'a LedgerKey,
    pub(super) reading: Reading,
    /// Rows of each input.
    pub(super) most: usize,
    strict: Strict,
    rejected: BTreeMap<(String, u64), RejectedRow>,
    shown: BTreeMap<PersonKey, String>,
}

impl<'a> Sight<'a> {
    pub(super) fn new(
        job: &'a Job,
        inputs: &'a Inputs,
        (key, book): (&'a LedgerKey, &Book),
        now: Now,
        most: usize,
    ) -> Self {
        let rejected = all_rejected(inputs).into_iter().rev();
        let rejected = rejected.map(|row| ((mask_numbers(&row.file).into_owned(), row.line), row));
        let ids = inputs.register.iter().flat_map(|register| register.patients.values());
        let ids = ids.flat_map(|patient| &patient.ids);
        Sight {
            job,
            inputs,
            key,
            reading: Reading { environment: job.environment, now },
            most,
            strict: Strict::of(inputs, book, key),
            rejected: rejected.collect(),
            shown: ids.map(|known| (key.person(&known.id), known.id.to_string())).collect(),
        }
    }

    /// Whether no place of the person may be shown.
    pub(super) fn is_strict(&self, keys: &BTreeSet<PersonKey>) -> bool {
        self.strict.has(keys.iter())
    }

    /// Whether the register has a patient by this reference.
    pub(super) fn has_patient(&self, patient: &PatientRef) -> bool {
        self.inputs.register.as_ref().is_some_and(|register| register.patients.contains_key(patient))
    }

    /// A person whom the register knows, masked.
    pub(super) fn in_register<'b>(&self, keys: impl Iterator<Item = &'b PersonKey>) -> Option<String> {
        let mut known = keys.filter_map(|key| self.shown.get(key));
        known.next().cloned()
    }

    /// A table: its first rows, each as its reader understands it alone; `read` gives what it says.
    pub(super) fn table(
        &self,
        input: &'static str,
        head: &Head,
        read: impl Fn(&Table, Row<'_>) -> Vec<Field>,
    ) -> ShownInput {
        let file = head.source.shown.as_str();
        let rows = head.records.iter().flatten().filter_map(|record| {
            let row = record.rows().next()?;
            let rejected = self.rejected.get(&(mask_numbers(file).into_owned(), row.line())).cloned();
            let fields = if rejected.is_some() { Vec::new() } else { read(record, row) };
            Some(ShownRow { file: None, line: Some(row.line()), rejected, fields })
        });
        let form = ShownForm::table(&head.source.form);
        self.input(input, file, form, rows.collect())
    }

    /// An input with its rows, and why it is held if it is.
    pub(super) fn input(
        &self,
        input: &'static str,
        file: &str,
        form: ShownForm,
        rows: Vec<ShownRow>,
    ) -> ShownInput {
        let held = self.inputs.held.iter().find(|held| held.file == file).map(|held| held.why.clone());
        let found =
            self.inputs.found.iter().find(|found| found.file == file).map(|found| found.found.clone());
        ShownInput { input, file: mask_numbers(file).into_owned(), form, found, held, rows }
    }

    /// What cannot be used of an input of many files, as much as is shown.
    pub(super) fn rejected_in(&self, file: &str) -> impl Iterator<Item = ShownRow> {
        let theirs = self.rejected.values().filter(move |row| is_in(&row.file, file)).take(self.most);
        theirs.map(|row| ShownRow {
            file: text(&row.file),
            line: Some(row.line).filter(|line| *line > 0),
            rejected: Some(row.clone()),
            fields: Vec::new(),
        })
    }

    /// A municipality as written, and what it stands for today.
    pub(super) fn municipality(
        &self,
        fields: &mut Fields<'_>,
        key: &'static str,
        written: &str,
        strict: bool,
    ) {
        if strict && !written.is_empty() {
            return fields.withhold(key, Withheld::StrictlyConfidential);
        }
        let register = self.inputs.municipalities();
        let named = |number: &MunicipalityNo| match register.name(number) {
            Some(name) => format!("{number} {name}"),
            None => number.to_string(),
        };
        match register.resolve(written, self.reading.now.date_naive()) {
            Resolution::Current(number) => fields.put(key, Some(named(&number))),
            Resolution::Mapped { from, to } => fields.put_from(key, Some(named(&from)), Some(named(&to))),
            Resolution::Several(all) => {
                let all: Vec<String> = all.iter().map(named).collect();
                fields.put_from(key, number(written), Some(format!("one of: {}", all.join(", "))));
            }
            Resolution::Unknown if written.is_empty() => fields.put(key, None),
            Resolution::Unknown => fields.put_from(key, number(written), Some(UNKNOWN.to_owned())),
        }
    }

    /// An Oslo district as written, with its name.
    pub(super) fn district(&self, fields: &mut Fields<'_>, key: &'static str, written: &str, strict: bool) {
        if strict && !written.is_empty() {
            return fields.withhold(key, Withheld::StrictlyConfidential);
        }
        match self.inputs.municipalities().district(written) {
            Some((number, name)) => fields.put(key, text(&format!("{number} {name}"))),
            None if written.is_empty() => fields.put(key, None),
            None => fields.put_from(key, number(written), Some(UNKNOWN.to_owned())),
        }
    }
}

/// Whether a file is the input, or stands in it.
pub(super) fn is_in(file: &str, input: &str) -> bool {
    let input = mask_numbers(input);
    let rest = file.strip_prefix(input.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What stands where a number should, if it is one: in a column that is mapped wrongly it may be a name.
fn number(written: &str) -> Option<String> {
    let short = written.len() <= 6 && written.bytes().all(|byte| byte.is_ascii_digit());
    short.then(|| written.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_in_an_input_is_told_from_one_beside_it() {
        let rows = [
            ("../lab/a.xml", "../lab", true),
            ("../lab/a.xml", "../lab/", true),
            ("../lab", "../lab", true),
            ("../lab-2/a.xml", "../lab", false),
        ];
        for (file, input, expected) in rows {
            assert_eq!(is_in(file, input), expected, "{file} {input}");
        }
    }
}
