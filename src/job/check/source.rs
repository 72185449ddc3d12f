//! The delimited files a job names: path, form and smallest size; and `[tb]`, which is made of them.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::super::columns::{TB_CODES, TB_RESULTS};
use super::super::paths::Role;
use super::super::raw::{At, Named, Read, Section};
use super::super::value::{Wrong, one_of, text, whole};
use super::super::{EventForm, EventSource, Extract, Location, Reports, Source, TbSettings, Words};
use crate::tables::result_words::{self, Meaning};
use crate::tabular::{Columns, Encoding, Form};

/// What a file is for, as far as its form is concerned.
#[derive(Clone, Copy)]
pub(super) struct Kind {
    /// Its canonical columns.
    pub(super) columns: Columns,
    /// The formats it may have, by the names jobs write.
    pub(super) formats: &'static [&'static str],
    /// Records below which it is suspicious, unless the job says otherwise.
    pub(super) expected_minimum: u64,
}

/// The one format of most files.
pub(super) const CSV: &[&str] = &["csv"];

/// The results of the service's patients.
const RESULTS: Kind = Kind { columns: TB_RESULTS, formats: &["csv", LAB_REPORT], expected_minimum: 1 };

/// Laboratory reports, which are no delimited files.
const LAB_REPORT: &str = "lab-report-xml";

/// The formats of relocation extracts.
const EXTRACTS: [(&str, Option<EventForm>); 3] =
    [("csv", None), ("freg-xml", Some(EventForm::Documents)), ("freg-feed", Some(EventForm::Feed))];

/// What only a delimited file has.
const OF_TABLES: [&str; 3] = ["delimiter", "encoding", "columns"];

/// Reads a section that describes a relocation extract.
pub(super) fn extract(section: &mut Section<'_, '_>, kind: Kind) -> Read<Extract> {
    match section.or("format", None, one_of(&EXTRACTS)) {
        Ok(Some(form)) => events(section, form, kind.expected_minimum).map(Extract::Events),
        Ok(None) => source(section, kind).map(Extract::Table),
        // The rest of the section is still looked at: every complaint comes at once.
        Err(complained) => source(section, Kind { formats: &[], ..kind }).and(Err(complained)),
    }
}

fn events(section: &mut Section<'_, '_>, form: EventForm, expected_minimum: u64) -> Read<EventSource> {
    let named = section.required_path("path", Role::Input, "where the events are");
    let expected_minimum = section.or("expected_minimum", expected_minimum, whole(0..=u64::from(u32::MAX)));
    let of_tables: Vec<Read<()>> = OF_TABLES
        .iter()
        .map(|key| section.refuse(key, "is only for format = \"csv\"", "take the line out"))
        .collect();
    of_tables.into_iter().collect::<Read<()>>()?;
    let Named { path, shown } = named?;
    Ok(EventSource { location: Location { path, shown }, form, expected_minimum: expected_minimum? })
}

/// Reads a section that describes a file.
pub(super) fn source(section: &mut Section<'_, '_>, kind: Kind) -> Read<Source> {
    let format = match kind.formats {
        [] => Ok(None),
        formats => section.optional("format", format(formats)),
    };
    let named = section.required_path("path", Role::Input, "where the file is");
    let form = form(section, kind.columns);
    let expected_minimum =
        section.or("expected_minimum", kind.expected_minimum, whole(0..=u64::from(u32::MAX)));
    format?;
    let Named { path, shown } = named?;
    Ok(Source { path, shown, form: form?, expected_minimum: expected_minimum? })
}

/// A file that may be there, given by its path alone or by a section that describes it.
pub(super) fn optional_source(
    section: &mut Section<'_, '_>,
    key: &'static str,
    columns: Columns,
) -> Read<Option<Source>> {
    let kind = Kind { columns, formats: CSV, expected_minimum: 0 };
    if section.is_section(key) {
        return section.section(key, |inner| source(inner, kind));
    }
    let named = section.path(key, Role::Input)?;
    Ok(named.map(|Named { path, shown }| Source {
        path,
        shown,
        form: Form::default(),
        expected_minimum: kind.expected_minimum,
    }))
}

/// How a delimited file is written: `delimiter`, `encoding`, `columns`.
pub(super) fn form(section: &mut Section<'_, '_>, columns: Columns) -> Read<Form> {
    let plain = Form::default();
    let delimiter = section.or("delimiter", plain.delimiter, delimiter);
    let encoding = section.or("encoding", plain.encoding, encoding);
    let columns = section.section("columns", |inner| own_columns(inner, columns));
    Ok(Form { delimiter: delimiter?, encoding: encoding?, columns: columns?.unwrap_or_default() })
}

fn format(formats: &'static [&'static str]) -> impl Fn(&DeValue<'_>) -> Result<(), Wrong> {
    move |typed| {
        let names: Vec<(&str, ())> = formats.iter().map(|format| (*format, ())).collect();
        one_of(&names)(typed)
    }
}

fn delimiter(typed: &DeValue<'_>) -> Result<u8, Wrong> {
    match typed.as_str() {
        Some(";") => Ok(b';'),
        Some(",") => Ok(b','),
        Some("\t") => Ok(b'\t'),
        Some(_) => Err(Wrong::with_hint("is not a delimiter", r#"one of: ";", ",", "\t""#)),
        None => Err(Wrong::kind("text", typed)),
    }
}

fn encoding(typed: &DeValue<'_>) -> Result<Encoding, Wrong> {
    let lower = DeValue::String(text(typed)?.to_lowercase().into());
    one_of(&Encoding::NAMES)(&lower)
}

/// Canonical name to the file's own.
fn own_columns(section: &mut Section<'_, '_>, columns: Columns) -> Read<BTreeMap<String, String>> {
    let canonical = columns.required.iter().chain(columns.optional);
    let own: Vec<(&str, Read<Option<String>>)> =
        canonical.map(|name| (*name, section.optional(name, text))).collect();
    let mut mapped = BTreeMap::new();
    for (name, own) in own {
        mapped.extend(own?.map(|own| (name.to_owned(), own)));
    }
    Ok(mapped)
}

/// Reads `[tb]`.
pub(super) fn tb(section: &mut Section<'_, '_>) -> Read<TbSettings> {
    let results = section.each("results", "the files with TB results: [[tb.results]] with a path", results);
    let codes = optional_source(section, "codes", TB_CODES);
    let words = section.section_or_empty("words", words);
    let (mut tables, mut reports) = (Vec::new(), Vec::new());
    for result in results? {
        match result {
            Results::Table(source) => tables.push(source),
            Results::Reports(named) => reports.push(named),
        }
    }
    Ok(TbSettings { results: tables, reports, codes: codes?, words: words? })
}

/// One source of results, of either format.
enum Results {
    Table(Source),
    Reports(Reports),
}

fn results(section: &mut Section<'_, '_>) -> Read<Results> {
    if !section.says("format", LAB_REPORT) {
        return source(section, RESULTS).map(Results::Table);
    }
    let format = section.optional("format", format(RESULTS.formats));
    let named =
        section.required_path("path", Role::Input, "where the reports are: a file, a folder or a zip");
    let minimum = section.or("expected_minimum", RESULTS.expected_minimum, whole(0..=u64::from(u32::MAX)));
    let foreign = ["delimiter", "encoding", "columns"]
        .map(|key| section.refuse(key, "is for csv; laboratory reports have no columns", "take it out"));
    format?;
    foreign.into_iter().collect::<Read<()>>()?;
    let Named { path, shown } = named?;
    Ok(Results::Reports(Reports { place: Location { path, shown }, expected_minimum: minimum? }))
}

/// A word can mean one thing only, and what the national code list says of it stands.
fn words(section: &mut Section<'_, '_>) -> Read<Words> {
    let lists = [Meaning::Positive, Meaning::Negative, Meaning::Inconclusive]
        .map(|meaning| (meaning, section.list(meaning.code(), text)));
    let mut said = Vec::new();
    for (meaning, list) in lists {
        said.extend(list?.unwrap_or_default().into_iter().map(|word| (meaning, word)));
    }
    let complaints: Vec<Read<()>> = (0..said.len())
        .filter_map(|at| Some((at, two_meanings(&said[..=at])?)))
        .map(|(at, wrong)| Err(section.wrong(said[at].0.code(), &said[at].1.span, wrong)))
        .collect();
    complaints.into_iter().collect::<Read<()>>()?;
    let of =
        |list| said.iter().filter(|(of, _)| *of == list).map(|(_, At { value, .. })| value.clone()).collect();
    let (positive, negative) = (of(Meaning::Positive), of(Meaning::Negative));
    Ok(Words { positive, negative, inconclusive: of(Meaning::Inconclusive) })
}

/// What is wrong with the last word: another list before it has it too.
fn two_meanings(said: &[(Meaning, At<String>)]) -> Option<Wrong> {
    let ((meaning, word), earlier) = said.split_last()?;
    let plain = result_words::plain(&word.value);
    let same = |(_, other): &&(Meaning, At<String>)| result_words::plain(&other.value) == plain;
    if earlier.iter().filter(same).any(|(before, _)| before != meaning) {
        let what = format!("\"{}\" stands in two lists", word.value);
        return Some(Wrong::with_hint(what, "a word has one meaning"));
    }
    let national = result_words::of_list(&plain).filter(|national| national != meaning)?;
    let what = format!("\"{}\" is {} in code list 8340", word.value, national.code());
    Some(Wrong::with_hint(what, "take it out; the code list's own words keep their meaning"))
}
