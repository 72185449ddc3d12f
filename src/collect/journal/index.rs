//! The optional `index.csv` of a bundle: titles, dates, types and the order of its documents.
//!
//! Where there is one, it and the bundle must agree in both directions. Leaves out the documents' content.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::job::columns::JOURNAL_INDEX;
use crate::tabular::{self, Form};

/// The index's own name, any case, at the top of the bundle.
pub const NAME: &str = "index.csv";
/// The largest index, bytes.
pub const MAX_BYTES: u64 = 4 << 20;

/// A document as the index, or without one the file's name, describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it lies in the bundle, `/` between folders.
    pub source: String,
    /// Its title; the file's name without extension where the index gives none.
    pub title: String,
    /// Its date.
    pub date: Option<NaiveDate>,
    /// Its type, or empty.
    pub kind: String,
}

impl Entry {
    /// A document that only its name describes.
    pub fn unindexed(source: &str) -> Self {
        Entry { source: source.to_owned(), title: stem(source), date: None, kind: String::new() }
    }
}

fn stem(source: &str) -> String {
    let name = source.rsplit('/').next().unwrap_or(source);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        Some(_) | None => name.to_owned(),
    }
}

/// Whether a path is the index's.
pub fn is_index(source: &str) -> bool {
    source.eq_ignore_ascii_case(NAME)
}

/// Reads an index and compares it with the documents that are there.
///
/// # Errors
/// Everything in which the two disagree, by line of the index or number of the file; no name of a file, which
/// may be a person's.
pub fn read(bytes: &[u8], form: &Form, documents: &[String]) -> Result<Vec<Entry>, Vec<String>> {
    let table = tabular::read(bytes, form, JOURNAL_INDEX)
        .map_err(|fault| vec![format!("{NAME} kan ikke leses, linje {}", fault.line)])?;
    let places: BTreeMap<&str, usize> =
        documents.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
    let (mut entries, mut faults, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for row in table.rows() {
        match entry(row, &places) {
            Ok(entry) if seen.insert(entry.source.clone()) => entries.push(entry),
            Ok(_) => faults.push(format!("{NAME} linje {}: filen er ført to ganger", row.line())),
            Err(fault) => faults.push(format!("{NAME} linje {}: {fault}", row.line())),
        }
    }
    let missing = documents.iter().enumerate().filter(|(_, name)| !seen.contains(*name));
    faults.extend(missing.map(|(at, _)| format!("fil {} av {} står ikke i {NAME}", at + 1, documents.len())));
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

fn entry(row: tabular::Row<'_>, places: &BTreeMap<&str, usize>) -> Result<Entry, &'static str> {
    let source = row.get("file").replace('\\', "/");
    if row.full().is_err() {
        return Err("antall felter stemmer ikke");
    }
    let date = row.date("date").map_err(|_| "ugyldig dato")?;
    if !places.contains_key(source.as_str()) {
        return Err("filen finnes ikke");
    }
    let title = match row.get("title") {
        "" => stem(&source),
        title => title.to_owned(),
    };
    Ok(Entry { title, date, kind: row.get("type").to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Entry>, Vec<String>> {
        read(text.as_bytes(), &Form::default(), &["a.pdf".to_owned(), "mappe/b.pdf".to_owned()])
    }

    #[test]
    fn an_index_gives_order_titles_dates_and_types() {
        let entries = read_text("file;title;date;type\nmappe\\b.pdf;Røntgen;01.10.2026;svar\na.pdf;;;\n");
        let date = NaiveDate::from_ymd_opt(2026, 10, 1);
        let first =
            Entry { source: "mappe/b.pdf".into(), title: "Røntgen".into(), date, kind: "svar".into() };
        assert_eq!(entries, Ok(vec![first, Entry::unindexed("a.pdf")]));
        assert_eq!(Entry::unindexed("mappe/b.c.pdf").title, "b.c");
        assert_eq!(Entry::unindexed(".skjult").title, ".skjult");
    }

    #[test]
    fn an_index_and_its_bundle_must_agree_both_ways() {
        let rows = [
            (
                "a file that is not there",
                "file\na.pdf\nmappe/b.pdf\nc.pdf\n",
                "index.csv linje 4: filen finnes ikke",
            ),
            ("a file that is not listed", "file\na.pdf\n", "fil 2 av 2 står ikke i index.csv"),
            (
                "listed twice",
                "file\na.pdf\nmappe/b.pdf\na.pdf\n",
                "index.csv linje 4: filen er ført to ganger",
            ),
            ("another case", "file\nA.pdf\na.pdf\nmappe/b.pdf\n", "index.csv linje 2: filen finnes ikke"),
            ("a path out", "file\n../a.pdf\na.pdf\nmappe/b.pdf\n", "index.csv linje 2: filen finnes ikke"),
            ("a bad date", "file;date\na.pdf;i går\nmappe/b.pdf;\n", "index.csv linje 2: ugyldig dato"),
            ("cut off", "file;title\na.pdf;A\nmappe/b", "index.csv kan ikke leses, linje 3"),
            ("without its column", "navn\na.pdf\n", "index.csv kan ikke leses, linje 1"),
            ("empty", "", "index.csv kan ikke leses, linje 1"),
        ];
        for (name, text, fault) in rows {
            let faults = read_text(text).err().unwrap_or_default();
            assert_eq!(faults.first().map(String::as_str), Some(fault), "{name}");
        }
    }
}
