//! The values a mapping is shown in: inputs, rows, and of each row what every column is understood as.
//!
//! Keys are the canonical columns and never translated. Leaves out what is in them (`persons`, `results`,
//! `receivers`, `bundles`) and how they are printed.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::person::mask_numbers;
use crate::tabular::{Encoding, Form, RejectedRow, Row};

/// How much of a text that others wrote is shown, characters.
const LONGEST: usize = 120;

/// An input as it was understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownInput {
    /// What it is to the job: `relocations`, `patients`, `tb-results` …
    pub input: &'static str,
    /// The path, as the job writes it.
    pub file: String,
    /// How it is written.
    pub form: ShownForm,
    /// What it holds, in words and counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// Why none of it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// Its first rows.
    pub rows: Vec<ShownRow>,
}

/// How an input is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShownForm {
    /// `csv`, `freg-xml`, `lab-report-xml` …
    pub format: &'static str,
    /// Of a table, what stands between cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Of a table, how bytes become text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<&'static str>,
    /// Of a table, the job's own column names, by the canonical ones.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, String>,
}

impl ShownForm {
    /// An input that is no table.
    pub(super) fn other(format: &'static str) -> Self {
        ShownForm { format, ..ShownForm::default() }
    }

    /// A table.
    pub(super) fn table(form: &Form) -> Self {
        let encoding = match form.encoding {
            Encoding::Utf8 => "utf-8",
            Encoding::Windows1252 => "windows-1252",
            Encoding::Utf16 => "utf-16",
        };
        ShownForm {
            format: "csv",
            delimiter: Some(char::from(form.delimiter)),
            encoding: Some(encoding),
            columns: form.columns.clone(),
        }
    }
}

/// One row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ShownRow {
    /// The file it stands in, where the input has many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line it begins on, from 1, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Why it is not used; then nothing in it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected: Option<RejectedRow>,
    /// What it is understood as.
    pub fields: Vec<Field>,
}

/// One column of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// The canonical column.
    pub key: &'static str,
    /// As written, where that is another thing than what was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
    /// What it is understood as; none where it says nothing.
    pub read: Option<String>,
    /// Why it is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<Withheld>,
}

/// Why a value is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Withheld {
    /// No place of somebody whose address is strictly confidential is shown.
    StrictlyConfidential,
    /// No answer of what is not TB is shown.
    NotTb,
    /// No answer of what may be no TB result is shown.
    ToJudge,
}

/// A text that others wrote, as it may be shown; none where it is empty.
pub(super) fn text(written: &str) -> Option<String> {
    let masked = mask_numbers(written);
    let mut shown: String = masked.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if masked.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    (!shown.trim().is_empty()).then_some(shown)
}

/// A value of a closed list, as the ledger and the reports write it.
pub(super) fn word(value: &impl Serialize) -> Option<String> {
    serde_json::to_value(value).ok()?.as_str().map(str::to_owned)
}

/// Yes, no, or nothing said.
pub(super) fn yes_no(value: Option<bool>) -> Option<String> {
    value.map(|yes| if yes { "yes" } else { "no" }.to_owned())
}

/// The fields of a row, made one after the other. Of a table's row, those columns alone that the file has.
pub(super) struct Fields<'a> {
    row: Option<Row<'a>>,
    fields: Vec<Field>,
}

impl<'a> Fields<'a> {
    /// Of a table's row.
    pub(super) fn of(row: Row<'a>) -> Self {
        Fields { row: Some(row), fields: Vec::new() }
    }

    /// Of something that is no row of a table.
    pub(super) fn free() -> Self {
        Fields { row: None, fields: Vec::new() }
    }

    /// A value of a column.
    pub(super) fn put(&mut self, key: &'static str, read: Option<String>) {
        if self.has(key) {
            self.add(key, read);
        }
    }

    /// A value of a column, beside what was written.
    pub(super) fn put_from(&mut self, key: &'static str, written: Option<String>, read: Option<String>) {
        if self.has(key) {
            let written = written.filter(|written| Some(written) != read.as_ref());
            self.fields.push(Field { key, written, read, withheld: None });
        }
    }

    /// A value of a column of a table whose cell is in order, beside the cell.
    pub(super) fn put_cell(&mut self, key: &'static str, read: Option<String>) {
        let written = self.row.map(|row| row.get(key).to_owned());
        self.put_from(key, written, read);
    }

    /// A value that is not shown.
    pub(super) fn withhold(&mut self, key: &'static str, why: Withheld) {
        if self.has(key) {
            self.fields.push(Field { key, written: None, read: None, withheld: Some(why) });
        }
    }

    /// A value that is of no one column.
    pub(super) fn add(&mut self, key: &'static str, read: Option<String>) {
        self.fields.push(Field { key, written: None, read, withheld: None });
    }

    fn has(&self, key: &str) -> bool {
        self.row.is_none_or(|row| row.has(key))
    }

    pub(super) fn done(self) -> Vec<Field> {
        self.fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_masked_cut_and_kept_on_one_line() {
        let long = "å".repeat(LONGEST + 1);
        let rows = [
            ("ring 05849628625", Some("ring *********25".to_owned())),
            ("a\nb\u{1b}[31m", Some("ab[31m".to_owned())),
            (" ", None),
            (&long, Some(format!("{}…", "å".repeat(LONGEST)))),
        ];
        for (written, expected) in rows {
            assert_eq!(text(written), expected, "{written}");
        }
    }
}
