//! Delimited text: read with a job's own columns, delimiter and encoding, and written for Norwegian Excel.
//!
//! Knows nothing of what a column means. A file that is not whole (an unclosed quote, a last record that is too
//! short, bytes that are not of the declared encoding) gives no row at all, only a [`TableFault`]. Leaves out
//! whether a file is still growing (`intake::source`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::id::Digest;

/// How a file's bytes become text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    Utf8,
    /// Windows-1252, as older EPJ systems on Windows write.
    Windows1252,
    /// UTF-16 of either byte order; little-endian without a byte order mark.
    Utf16,
}

impl Encoding {
    /// The names a job may write.
    pub const NAMES: [(&'static str, Encoding); 5] = [
        ("utf-8", Encoding::Utf8),
        ("windows-1252", Encoding::Windows1252),
        ("iso-8859-1", Encoding::Windows1252),
        ("utf-16", Encoding::Utf16),
        ("utf-16le", Encoding::Utf16),
    ];

    /// Decodes a whole file.
    ///
    /// # Errors
    /// [`TableFault`] at the line where the bytes stop being of this encoding.
    pub fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, TableFault> {
        let encoding = match self {
            Encoding::Utf8 => encoding_rs::UTF_8,
            Encoding::Windows1252 => encoding_rs::WINDOWS_1252,
            Encoding::Utf16 => encoding_rs::UTF_16LE,
        };
        let (encoding, marked) = match encoding_rs::Encoding::for_bom(bytes) {
            // A mark says more than a job's setting; only a UTF-8 job given UTF-16, say, is a surprise worth a hold.
            Some((found, length)) if found == encoding || self == Encoding::Utf16 => {
                (found, &bytes[length..])
            }
            Some((found, _)) => return Err(TableFault::at(1, 1, Fault::OtherMark(found.name()))),
            None => (encoding, bytes),
        };
        match encoding.decode_without_bom_handling_and_without_replacement(marked) {
            Some(text) if text.contains('\0') => {
                Err(TableFault::at(line_of(&text, '\0'), 1, Fault::Encoding))
            }
            Some(text) => Ok(text),
            None => {
                let (text, _) = encoding.decode_without_bom_handling(marked);
                Err(TableFault::at(line_of(&text, '\u{fffd}'), 1, Fault::Encoding))
            }
        }
    }

    /// Decodes what can be decoded, for the little that may be read in a file that is held; a byte order mark
    /// goes before the declared encoding.
    pub fn decode_lossy(self, bytes: &[u8]) -> String {
        let encoding = match self {
            Encoding::Utf8 => encoding_rs::UTF_8,
            Encoding::Windows1252 => encoding_rs::WINDOWS_1252,
            Encoding::Utf16 => encoding_rs::UTF_16LE,
        };
        let (text, _, _) = encoding.decode(bytes);
        text.replace('\0', "\u{fffd}")
    }
}

fn line_of(text: &str, mark: char) -> u64 {
    let before = text.split(mark).next().unwrap_or_default();
    before.matches('\n').count() as u64 + 1
}

/// Why a whole file cannot be used. Fields, not texts; never a cell's content.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {fault}")]
pub struct TableFault {
    /// The line, from 1.
    pub line: u64,
    /// The column, from 1.
    pub column: u64,
    /// What is wrong.
    pub fault: Fault,
}

impl TableFault {
    fn at(line: u64, column: u64, fault: Fault) -> Self {
        TableFault { line, column, fault }
    }
}

/// What can be wrong with a whole file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The bytes are not of the declared encoding.
    #[error("the bytes are not of the declared encoding")]
    Encoding,
    /// The file's byte order mark says another encoding.
    #[error("the file says itself that it is {0}, which is not the declared encoding")]
    OtherMark(&'static str),
    /// There is no header line.
    #[error("the file has no header line")]
    Empty,
    /// A column that must be there is not.
    #[error("the header has no column \"{0}\"")]
    MissingColumn(String),
    /// Two columns have the same name.
    #[error("the header has the column \"{0}\" twice")]
    DuplicateColumn(String),
    /// A quote is opened and never closed.
    #[error("a quote is opened and never closed")]
    OpenQuote,
    /// The last record is shorter than the header: the file was cut off.
    #[error("the last record is shorter than the header; the file seems cut off")]
    CutOff,
}

/// How a job's file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Between the cells.
    pub delimiter: u8,
    /// How bytes become text.
    pub encoding: Encoding,
    /// Canonical column name to the file's own, where they differ.
    pub columns: BTreeMap<String, String>,
}

impl Default for Form {
    fn default() -> Self {
        Form { delimiter: b';', encoding: Encoding::Utf8, columns: BTreeMap::new() }
    }
}

/// The canonical columns of a kind of file.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// Columns that must be there.
    pub required: &'static [&'static str],
    /// Columns that may be.
    pub optional: &'static [&'static str],
}

/// A whole file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    header: BTreeMap<String, usize>,
    rows: Vec<RawRow>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct RawRow {
    line: u64,
    /// One text with its bounds: an extract of a country's movers has many millions of cells.
    cells: csv::StringRecord,
    full: bool,
}

/// One record.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    table: &'a Table,
    row: &'a RawRow,
}

/// Where a rejected row went wrong. The reason says what, in words without the cell's content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RejectedRow {
    /// The file, as the job names it.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The canonical column, or empty when the row as a whole is wrong.
    pub column: String,
    /// The field's own code: `bad-date`, `bad-id`, `missing-value` …
    pub code: String,
    /// In words.
    pub reason: String,
    /// The record's content, to tell it from others with the same fault. Never written: it is about a person.
    #[serde(skip)]
    pub record: Option<Digest>,
}

/// What is wrong with one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCell {
    /// The canonical column.
    pub column: &'static str,
    /// The field's own code.
    pub code: &'static str,
    /// In words, without the cell's content.
    pub reason: String,
}

impl BadCell {
    /// A bad cell.
    pub fn new(column: &'static str, code: &'static str, reason: impl Into<String>) -> Self {
        BadCell { column, code, reason: reason.into() }
    }

    /// The row it rejects.
    pub fn reject(self, file: &str, line: u64) -> RejectedRow {
        RejectedRow {
            file: file.to_owned(),
            line,
            column: self.column.to_owned(),
            code: self.code.to_owned(),
            reason: self.reason,
            record: None,
        }
    }
}

/// Reads a whole file of delimited text.
///
/// # Errors
/// [`TableFault`] when the file is not whole or not what the form says; no row of it may be used then.
pub fn read(bytes: &[u8], form: &Form, columns: Columns) -> Result<Table, TableFault> {
    let text = form.encoding.decode(bytes)?;
    closed_quotes(&text, form.delimiter)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(form.delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut records = reader.records().map_while(Result::ok);
    let first = records.next().ok_or(TableFault::at(1, 1, Fault::Empty))?;
    let header = header(&first, form, columns)?;
    let width = first.len();
    let rows: Vec<RawRow> = records
        .map(|mut record| {
            let line = record.position().map_or(0, |position| line_of_record(&text, position));
            record.trim();
            RawRow { line, full: record.len() == width, cells: record }
        })
        .filter(|row| row.cells.iter().any(|cell| !cell.is_empty()))
        .collect();
    match rows.last() {
        Some(last) if last.cells.len() < width => Err(TableFault::at(last.line, 1, Fault::CutOff)),
        Some(_) | None => Ok(Table { header, rows }),
    }
}

/// The line a record stands on: the csv reader counts from before the line ends that it then skips, the second half
/// of a CRLF among them.
fn line_of_record(text: &str, position: &csv::Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let skipped = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + skipped.filter(|byte| **byte == b'\n').count() as u64
}

/// Checks that every quote that opens a cell is closed: the csv reader would read on to the end without a word.
fn closed_quotes(text: &str, delimiter: u8) -> Result<(), TableFault> {
    let (mut line, mut opened, mut at_start, mut quoted) = (1, (1, 1), true, false);
    let mut line_start = 0;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        if byte == b'\n' {
            line += 1;
            line_start = at + 1;
        }
        match byte {
            b'"' if quoted && bytes.peek().is_some_and(|(_, next)| *next == b'"') => {
                bytes.next();
            }
            b'"' if quoted => quoted = false,
            b'"' if at_start => {
                quoted = true;
                opened = (line, (at - line_start) as u64 + 1);
            }
            _ => {}
        }
        at_start = !quoted && (byte == delimiter || byte == b'\n' || byte == b'\r');
    }
    if quoted { Err(TableFault::at(opened.0, opened.1, Fault::OpenQuote)) } else { Ok(()) }
}

fn header(
    first: &csv::StringRecord,
    form: &Form,
    columns: Columns,
) -> Result<BTreeMap<String, usize>, TableFault> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, name) in first.iter().enumerate() {
        let name = name.trim();
        if !name.is_empty() && places.insert(name, at).is_some() {
            return Err(TableFault::at(1, at as u64 + 1, Fault::DuplicateColumn(name.to_owned())));
        }
    }
    let mut header = BTreeMap::new();
    for name in columns.required.iter().chain(columns.optional) {
        let mapped = form.columns.get(*name);
        let written = mapped.map_or(*name, String::as_str);
        match places.get(written) {
            Some(at) => {
                header.insert((*name).to_owned(), *at);
            }
            None if mapped.is_some() || columns.required.contains(name) => {
                return Err(TableFault::at(1, 1, Fault::MissingColumn(written.to_owned())));
            }
            None => {}
        }
    }
    Ok(header)
}

impl Table {
    /// The records, in the file's order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|row| Row { table: self, row })
    }

    /// The first records, each as a table of its own: what a reader makes of one alone.
    pub fn singles(&self, most: usize) -> Vec<Table> {
        let rows = self.rows.iter().take(most);
        rows.map(|row| Table { header: self.header.clone(), rows: vec![row.clone()] }).collect()
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl<'a> Row<'a> {
    /// The record's content, to tell it from others.
    pub fn record(self) -> Digest {
        Digest::of(self.row.cells.iter().collect::<Vec<_>>().join("\u{1f}").as_bytes())
    }

    /// The record, rejected for this.
    pub fn reject(self, bad: BadCell, file: &str) -> RejectedRow {
        RejectedRow { record: Some(self.record()), ..bad.reject(file, self.line()) }
    }

    /// The line the record starts on, from 1.
    pub fn line(self) -> u64 {
        self.row.line
    }

    /// A cell, trimmed; empty when the column is not there.
    pub fn get(self, column: &str) -> &'a str {
        let at = self.table.header.get(column);
        at.and_then(|at| self.row.cells.get(*at)).unwrap_or_default()
    }

    /// Whether the file has the column.
    pub fn has(self, column: &str) -> bool {
        self.table.header.contains_key(column)
    }

    /// Checks that the record has as many cells as the header.
    ///
    /// # Errors
    /// [`BadCell`] `wrong-width`.
    pub fn full(self) -> Result<Self, BadCell> {
        if self.row.full {
            Ok(self)
        } else {
            Err(BadCell::new("", "wrong-width", "the record has more or fewer cells than the header"))
        }
    }

    /// A cell that must not be empty.
    ///
    /// # Errors
    /// [`BadCell`] `missing-value`.
    pub fn required(self, column: &'static str) -> Result<&'a str, BadCell> {
        match self.get(column) {
            "" => Err(BadCell::new(column, "missing-value", "the cell is empty")),
            text => Ok(text),
        }
    }

    /// A date, ISO or dd.mm.yyyy, with or without a time; none for an empty cell.
    ///
    /// # Errors
    /// [`BadCell`] `bad-date`.
    pub fn date(self, column: &'static str) -> Result<Option<NaiveDate>, BadCell> {
        Ok(self.time(column)?.map(|time| time.date()))
    }

    /// A moment as it is written, without an offset of its own; midnight for a date alone.
    ///
    /// # Errors
    /// [`BadCell`] `bad-date`.
    pub fn time(self, column: &'static str) -> Result<Option<NaiveDateTime>, BadCell> {
        match self.get(column) {
            "" => Ok(None),
            text => parse_time(text).map(Some).ok_or_else(|| {
                BadCell::new(
                    column,
                    "bad-date",
                    "not a date; write 2026-11-22 or 22.11.2026, with or without hh:mm",
                )
            }),
        }
    }

    /// One of a closed list of words; none for an empty cell.
    ///
    /// # Errors
    /// [`BadCell`] `bad-value`, naming the words that are allowed.
    pub fn word<T: Copy>(self, column: &'static str, words: &[(&str, T)]) -> Result<Option<T>, BadCell> {
        let text = self.get(column);
        if text.is_empty() {
            return Ok(None);
        }
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        found.map(|(_, value)| Some(*value)).ok_or_else(|| {
            let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            BadCell::new(column, "bad-value", format!("not one of: {}", allowed.join(", ")))
        })
    }

    /// `yes` or `no` (also `ja`, `nei`); none for an empty cell.
    ///
    /// # Errors
    /// [`BadCell`] `bad-value`.
    pub fn yes_no(self, column: &'static str) -> Result<Option<bool>, BadCell> {
        self.word(column, &[("yes", true), ("no", false), ("ja", true), ("nei", false)])
    }
}

/// Reads a date or a date with a time, ISO or Norwegian.
pub fn parse_time(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.naive_local());
    }
    let dates = ["%Y-%m-%d", "%d.%m.%Y"];
    let times = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"];
    let norwegian = ["%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M"];
    let time = times.iter().chain(&norwegian).find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let date = || dates.iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok());
    let found = time.or_else(|| date().map(|date| date.and_time(NaiveTime::MIN)))?;
    // chrono reads the year 26 as the year 26; nobody here was born then.
    (1850..=2200).contains(&chrono::Datelike::year(&found)).then_some(found)
}

/// Writes delimited text for Norwegian Excel: semicolon, UTF-8 with a byte order mark, CRLF, and every cell that
/// a spreadsheet could run as a formula made plain text.
pub fn write_excel<'a>(header: &[&str], rows: impl IntoIterator<Item = Vec<Cow<'a, str>>>) -> Vec<u8> {
    let mut out = b"\xef\xbb\xbf".to_vec();
    let mut writer =
        csv::WriterBuilder::new().delimiter(b';').terminator(csv::Terminator::CRLF).from_writer(&mut out);
    // Writing to memory fails only when memory ends, and then the process does.
    let _ = writer.write_record(header);
    for row in rows {
        let _ = writer.write_record(row.iter().map(|cell| harmless(cell).into_owned()));
    }
    drop(writer);
    out
}

/// A cell that no spreadsheet takes for a formula: an apostrophe before = + - @ tab and carriage return, except
/// before a plain number.
pub fn harmless(cell: &str) -> Cow<'_, str> {
    let dangerous = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let number = cell.strip_prefix('-').is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit() || b == b',' || b == b'.')
    });
    if dangerous && !number { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { required: &["a", "b"], optional: &["c"] };

    fn read_text(text: &str) -> Result<Vec<Vec<String>>, TableFault> {
        read_as(text.as_bytes(), &Form::default())
    }

    fn read_as(bytes: &[u8], form: &Form) -> Result<Vec<Vec<String>>, TableFault> {
        let table = read(bytes, form, COLUMNS)?;
        Ok(table.rows().map(|row| ["a", "b", "c"].iter().map(|c| row.get(c).to_owned()).collect()).collect())
    }

    #[test]
    fn every_encoding_and_delimiter_reads_the_same() {
        let expected = Ok(vec![vec!["æø".to_owned(), "Å \"x\"; y".to_owned(), String::new()]]);
        let plain = "a;b\næø;\"Å \"\"x\"\"; y\"\n";
        assert_eq!(read_text(plain), expected);
        assert_eq!(read_text(&format!("\u{feff}{plain}")), expected, "with a mark");
        assert_eq!(read_text(plain.trim_end()), expected, "no last newline");
        assert_eq!(read_text(&plain.replace('\n', "\r\n")), expected);
        let comma = Form { delimiter: b',', ..Form::default() };
        assert_eq!(read_as("a,b\næø,\"Å \"\"x\"\"; y\"".as_bytes(), &comma), expected);
        let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(plain);
        let windows = Form { encoding: Encoding::Windows1252, ..Form::default() };
        assert_eq!(read_as(&latin, &windows), expected);
        let wide: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked: Vec<u8> = format!("\u{feff}{plain}").encode_utf16().flat_map(u16::to_be_bytes).collect();
        let utf16 = Form { encoding: Encoding::Utf16, ..Form::default() };
        assert_eq!(read_as(&wide, &utf16), expected);
        assert_eq!(read_as(&marked, &utf16), expected, "big-endian by its mark");
    }

    #[test]
    fn a_file_that_is_not_whole_gives_no_row() {
        let fault = |text: &str| read_text(text).map_err(|fault| (fault.line, fault.fault));
        assert_eq!(fault(""), Err((1, Fault::Empty)));
        assert_eq!(fault("a;b\n1;2\n3"), Err((3, Fault::CutOff)));
        assert_eq!(fault("a;b\n1;\"2\n3;4\n"), Err((2, Fault::OpenQuote)));
        assert_eq!(fault("a;x\n1;2\n"), Err((1, Fault::MissingColumn("b".to_owned()))));
        assert_eq!(fault("a;b;a\n1;2;3\n"), Err((1, Fault::DuplicateColumn("a".to_owned()))));
        assert_eq!(read_as(b"a;b\n1;\xe6\n", &Form::default()).map_err(|f| f.line), Err(2));
        assert_eq!(
            read_as(b"\xff\xfea\0;\0b\0", &Form::default()).map_err(|f| f.fault),
            Err(Fault::OtherMark("UTF-16LE"))
        );
        assert_eq!(
            fault("a;b\n1;2\n3;4"),
            Ok(vec![
                vec!["1".to_owned(), "2".to_owned(), String::new()],
                vec!["3".to_owned(), "4".to_owned(), String::new()],
            ])
        );
    }

    #[test]
    fn a_row_has_its_own_line_however_lines_end() {
        let lines = |text: &str| {
            let table = read(text.as_bytes(), &Form::default(), COLUMNS)?;
            Ok::<Vec<u64>, TableFault>(table.rows().map(Row::line).collect())
        };
        let text = "a;b\n1;2\n3;\"4\n5\"\n\n6;7\n";
        for ending in ["\n", "\r\n"] {
            assert_eq!(lines(&text.replace('\n', ending)), Ok(vec![2, 3, 6]), "{ending:?}");
        }
        assert_eq!(lines("\u{feff}a;b\r\næ;2\r\n3;4"), Ok(vec![2, 3]));
    }

    #[test]
    fn columns_can_have_a_jobs_own_names_and_any_order() {
        let columns = BTreeMap::from([("a".to_owned(), "fnr".to_owned())]);
        let form = Form { columns, ..Form::default() };
        assert_eq!(
            read_as(b"c;b;fnr;extra\n3;2;1;x\n", &form),
            Ok(vec![vec!["1".into(), "2".into(), "3".into()]])
        );
    }

    #[test]
    fn a_record_knows_its_line_whatever_ends_the_lines() -> Result<(), TableFault> {
        let plain = "a;b\n1;2\n\n\n3;\"4\n5\"\n6;7\n";
        for (name, text) in [("LF", plain.to_owned()), ("CRLF", plain.replace('\n', "\r\n"))] {
            let table = read(text.as_bytes(), &Form::default(), COLUMNS)?;
            let lines: Vec<u64> = table.rows().map(Row::line).collect();
            assert_eq!(lines, [2, 5, 7], "{name}");
        }
        Ok(())
    }

    #[test]
    fn dates_are_read_in_both_forms() {
        let rows = [
            ("2026-11-22", Some("2026-11-22T00:00:00")),
            ("22.11.2026", Some("2026-11-22T00:00:00")),
            ("22.11.2026 03:12", Some("2026-11-22T03:12:00")),
            ("2026-11-22T03:12:01", Some("2026-11-22T03:12:01")),
            ("2026-11-22 03:12", Some("2026-11-22T03:12:00")),
            ("2026-11-22T03:12:01+01:00", Some("2026-11-22T03:12:01")),
            ("22.11.26", None),
            ("31.02.2026", None),
            ("11/22/2026", None),
            ("22112026", None),
        ];
        for (text, expected) in rows {
            let shown = parse_time(text).map(|time| time.format("%Y-%m-%dT%H:%M:%S").to_string());
            assert_eq!(shown.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_can_not_run_and_reads_back() {
        let bytes =
            write_excel(&["a", "b"], [vec!["=1+1".into(), "-5".into()], vec!["x;y".into(), "-cmd".into()]]);
        assert_eq!(bytes, "\u{feff}a;b\r\n'=1+1;-5\r\n\"x;y\";'-cmd\r\n".as_bytes());
    }
}
