//! Which municipalities there are, what they were called, and what became of the old numbers.
//!
//! The embedded register holds today's 357 municipalities and every number of 1994 or later. An old number is
//! mapped only to a successor that is the only one: where a municipality was split, or where the source names no
//! successor (part of the neighbourhood was split, 2020), a person decides. Never looks at names: there are two
//! of Herøy. Leaves out Svalbard, Jan Mayen, the continental shelf and 9999, which are no municipalities.
//!
//! Source: SSB KLASS 131, per 2024; Oslo's districts from Oslo kommune.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use chrono::{Datelike, NaiveDate};
use thiserror::Error;

use crate::place::{DistrictNo, MunicipalityNo};
use crate::tabular::{self, BadCell, Columns, Form, Row, TableFault};

/// The columns of a register. `valid_from` and `valid_to` are years, both included; `successors` are numbers
/// with spaces between. A number without `valid_to` is in use. Without `valid_from` it counts for every date:
/// a move that is told late gets today's number.
pub const COLUMNS: Columns =
    Columns { required: &["number", "name"], optional: &["valid_from", "valid_to", "successors"] };

/// Oslo's districts (bydeler), in the order of their numbers from 030101.
const DISTRICTS: [(&str, &str); 15] = [
    ("030101", "Bydel Gamle Oslo"),
    ("030102", "Bydel Grünerløkka"),
    ("030103", "Bydel Sagene"),
    ("030104", "Bydel St. Hanshaugen"),
    ("030105", "Bydel Frogner"),
    ("030106", "Bydel Ullern"),
    ("030107", "Bydel Vestre Aker"),
    ("030108", "Bydel Nordre Aker"),
    ("030109", "Bydel Bjerke"),
    ("030110", "Bydel Grorud"),
    ("030111", "Bydel Stovner"),
    ("030112", "Bydel Alna"),
    ("030113", "Bydel Østensjø"),
    ("030114", "Bydel Nordstrand"),
    ("030115", "Bydel Søndre Nordstrand"),
];

/// What is wrong with a register. It is used whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MunicipalitiesError {
    /// The file as a whole.
    #[error(transparent)]
    Table(#[from] TableFault),
    /// One row.
    #[error("line {line}, column {column}: {reason}")]
    Row {
        /// The line, from 1.
        line: u64,
        /// The canonical column, or empty.
        column: &'static str,
        /// In words.
        reason: String,
    },
    /// A successor that is no number of the register.
    #[error("{number} is followed by {successor}, which is not in the register")]
    Successor {
        /// The number that ended.
        number: MunicipalityNo,
        /// What the register says came after it.
        successor: MunicipalityNo,
    },
}

/// A register of municipalities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Municipalities {
    entries: BTreeMap<MunicipalityNo, Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    from: Option<i32>,
    to: Option<i32>,
    successors: BTreeSet<MunicipalityNo>,
}

impl Entry {
    fn has_begun(&self, year: i32) -> bool {
        self.from.is_none_or(|from| from <= year)
    }
}

/// What a municipality number that somebody wrote stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// A municipality.
    Current(MunicipalityNo),
    /// An old number with one successor.
    Mapped {
        /// As written.
        from: MunicipalityNo,
        /// The municipality it is part of now.
        to: MunicipalityNo,
    },
    /// An old number whose area lies in several municipalities now, in the order of their numbers.
    Several(Vec<MunicipalityNo>),
    /// No municipality, or none that can be told.
    Unknown,
}

impl Municipalities {
    /// The register that comes with the program.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Municipalities> = OnceLock::new();
        // A test reads it. If it could not be read it would be empty, and every move held.
        EMBEDDED.get_or_init(|| {
            Self::parse(include_bytes!("municipalities.csv"), &Form::default()).unwrap_or_default()
        })
    }

    /// Reads a register: the embedded one's form, or a job's own.
    ///
    /// # Errors
    /// [`MunicipalitiesError`] for the first thing that is wrong.
    pub fn parse(bytes: &[u8], form: &Form) -> Result<Self, MunicipalitiesError> {
        let table = tabular::read(bytes, form, COLUMNS)?;
        let mut entries = BTreeMap::new();
        for row in table.rows() {
            let at = |bad: BadCell| MunicipalitiesError::Row {
                line: row.line(),
                column: bad.column,
                reason: bad.reason,
            };
            let (number, entry) = entry(row).map_err(at)?;
            if entries.insert(number, entry).is_some() {
                return Err(at(BadCell::new("number", "duplicate", "the number stands twice")));
            }
        }
        let register = Municipalities { entries };
        register.check_successors()?;
        Ok(register)
    }

    fn check_successors(&self) -> Result<(), MunicipalitiesError> {
        let pairs = self.entries.iter().flat_map(|(number, entry)| {
            entry.successors.iter().map(move |successor| (number.clone(), successor.clone()))
        });
        for (number, successor) in pairs {
            if !self.entries.contains_key(&successor) {
                return Err(MunicipalitiesError::Successor { number, successor });
            }
        }
        Ok(())
    }

    /// The name of a municipality in use; none for an old number.
    pub fn today(&self, number: &MunicipalityNo) -> Option<&str> {
        self.entries.get(number).filter(|entry| entry.to.is_none()).map(|entry| entry.name.as_str())
    }

    /// The name of a municipality, old numbers too.
    pub fn name(&self, number: &MunicipalityNo) -> Option<&str> {
        self.entries.get(number).map(|entry| entry.name.as_str())
    }

    /// The numbers in use.
    pub fn all_today(&self) -> impl Iterator<Item = &MunicipalityNo> {
        self.entries.iter().filter(|(_, entry)| entry.to.is_none()).map(|(number, _)| number)
    }

    /// Every number, old ones too.
    pub fn numbers(&self) -> impl Iterator<Item = &MunicipalityNo> {
        self.entries.keys()
    }

    /// Says what a written number stands for on a date (rules § 2).
    ///
    /// An old number stands for its successor also on a date when it was itself in use, because the receiver
    /// is a municipality of today. The date matters where a register already holds a coming change: until its
    /// successors begin, the number is still in use.
    pub fn resolve(&self, written: &str, on: NaiveDate) -> Resolution {
        let Ok(number) = written.parse::<MunicipalityNo>() else { return Resolution::Unknown };
        if is_no_municipality(&number) {
            return Resolution::Unknown;
        }
        let mut found: Vec<MunicipalityNo> =
            self.descendants(&number, on.year(), &mut BTreeSet::new()).into_iter().collect();
        match found.len() {
            0 => Resolution::Unknown,
            1 => match found.swap_remove(0) {
                to if to == number => Resolution::Current(number),
                to => Resolution::Mapped { from: number, to },
            },
            _ => Resolution::Several(found),
        }
    }

    /// The municipalities a number's area lies in: itself, or what follows it, and what follows that.
    fn descendants(
        &self,
        number: &MunicipalityNo,
        year: i32,
        seen: &mut BTreeSet<MunicipalityNo>,
    ) -> BTreeSet<MunicipalityNo> {
        let Some(entry) = self.entries.get(number) else { return BTreeSet::new() };
        if !seen.insert(number.clone()) {
            return BTreeSet::new();
        }
        let begun = |next: &&MunicipalityNo| self.entries.get(*next).is_some_and(|e| e.has_begun(year));
        let next: Vec<&MunicipalityNo> = entry.successors.iter().filter(begun).collect();
        let still_in_use = entry.to.is_none() || (next.is_empty() && !entry.successors.is_empty());
        if still_in_use {
            return BTreeSet::from([number.clone()]);
        }
        next.into_iter().flat_map(|next| self.descendants(next, year, seen)).collect()
    }

    /// An Oslo district and its name, by its six digits.
    pub fn district(&self, written: &str) -> Option<(DistrictNo, &str)> {
        let number: DistrictNo = written.parse().ok()?;
        let (_, name) = DISTRICTS.iter().find(|(digits, _)| *digits == number.as_str())?;
        Some((number, name))
    }
}

/// Svalbard (21), Jan Mayen (22), the continental shelf (23) and «not stated» (9999), whatever a register says.
fn is_no_municipality(number: &MunicipalityNo) -> bool {
    let digits = number.as_str();
    digits == "9999" || ["21", "22", "23"].iter().any(|prefix| digits.starts_with(prefix))
}

fn entry(row: Row<'_>) -> Result<(MunicipalityNo, Entry), BadCell> {
    let row = row.full()?;
    let number = place("number", row.required("number")?)?;
    let name = row.required("name")?.to_owned();
    let successors = row
        .get("successors")
        .split_whitespace()
        .map(|text| place("successors", text))
        .collect::<Result<_, _>>()?;
    Ok((number, Entry { name, from: year(row, "valid_from")?, to: year(row, "valid_to")?, successors }))
}

fn place(column: &'static str, text: &str) -> Result<MunicipalityNo, BadCell> {
    text.parse()
        .map_err(|error: crate::place::PlaceError| BadCell::new(column, "bad-value", error.to_string()))
}

fn year(row: Row<'_>, column: &'static str) -> Result<Option<i32>, BadCell> {
    let bad = || BadCell::new(column, "bad-value", "not a year of four digits");
    match row.get(column) {
        "" => Ok(None),
        text if text.len() == 4 => text.parse().map(Some).map_err(|_| bad()),
        _ => Err(bad()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, 11, 20).unwrap_or_default()
    }

    fn told(register: &Municipalities, written: &str, year: i32) -> String {
        match register.resolve(written, day(year)) {
            Resolution::Current(number) => format!("is {number}"),
            Resolution::Mapped { from, to } => format!("{from} became {to}"),
            Resolution::Several(all) => {
                let all: Vec<&str> = all.iter().map(MunicipalityNo::as_str).collect();
                format!("one of {}", all.join(" "))
            }
            Resolution::Unknown => "unknown".to_owned(),
        }
    }

    #[test]
    fn a_written_number_stands_for_a_municipality_of_today() {
        let rows = [
            ("0301", 2026, "is 0301", "Oslo"),
            (" 0301 ", 2026, "is 0301", "with spaces"),
            ("4601", 2027, "is 4601", "Bergen, next year"),
            ("5501", 2023, "is 5501", "Tromsø, told late"),
            ("3101", 2019, "is 3101", "Halden, before it had the number"),
            ("3001", 2026, "3001 became 3101", "Halden as it was in Viken"),
            ("3001", 2021, "3001 became 3101", "on a date when the old number was in use"),
            ("0101", 2026, "0101 became 3101", "Halden before Viken"),
            ("0104", 2026, "0104 became 3103", "Moss"),
            ("0136", 2026, "0136 became 3103", "Rygge, merged into Moss"),
            ("1201", 2026, "1201 became 4601", "Bergen in Hordaland"),
            ("1902", 2026, "1902 became 5501", "Tromsø in Troms"),
            ("1534", 2026, "1534 became 1580", "Haram, out of Ålesund again"),
            ("1504", 2026, "1504 became 1508", "Ålesund before the merger"),
            ("1507", 2026, "one of 1508 1580", "Ålesund with Haram, split in 2024"),
            ("1507", 2021, "one of 1508 1580", "on a date when it was whole"),
            ("1850", 2026, "one of 1806 1875", "Tysfjord, split in 2020"),
            ("5012", 2026, "one of 5055 5056 5059", "Snillfjord, split in 2020"),
            ("5024", 2026, "unknown", "Orkdal: the source names no successor"),
            ("1515", 2026, "is 1515", "one Herøy"),
            ("1818", 2026, "is 1818", "the other Herøy"),
            ("2111", 2026, "unknown", "Longyearbyen"),
            ("2211", 2026, "unknown", "Jan Mayen"),
            ("2311", 2026, "unknown", "the continental shelf"),
            ("9999", 2026, "unknown", "not stated"),
            ("0000", 2026, "unknown", "no such number"),
            ("301", 2026, "unknown", "a zero lost in a spreadsheet"),
            ("", 2026, "unknown", "nothing"),
            ("Oslo", 2026, "unknown", "a name"),
        ];
        let register = Municipalities::embedded();
        for (written, year, expected, name) in rows {
            assert_eq!(told(register, written, year), expected, "{name}");
        }
    }

    #[test]
    fn the_embedded_register_is_whole() {
        let parsed = Municipalities::parse(include_bytes!("municipalities.csv"), &Form::default());
        assert_eq!(parsed.err(), None);
        let register = Municipalities::embedded();
        assert_eq!(register.all_today().count(), 357);
        assert_eq!(register.entries.len(), 851);
        for (number, entry) in &register.entries {
            for successor in &entry.successors {
                assert!(register.today(successor).is_some(), "{number} -> {successor}");
            }
            assert!(!is_no_municipality(number), "{number}");
            assert_eq!(entry.name.trim(), entry.name, "{number}");
            if entry.to.is_none() {
                assert!(entry.successors.is_empty(), "{number}");
            }
        }
    }

    #[test]
    fn names_are_known_of_old_numbers_too() -> Result<(), crate::place::PlaceError> {
        let register = Municipalities::embedded();
        assert_eq!(register.name(&"3001".parse()?), Some("Halden"));
        assert_eq!(register.today(&"3001".parse()?), None);
        assert_eq!(register.today(&"0301".parse()?), Some("Oslo"));
        assert_eq!(register.name(&"2111".parse()?), None);
        Ok(())
    }

    #[test]
    fn oslo_has_fifteen_districts() {
        let register = Municipalities::embedded();
        let name = |written: &str| register.district(written).map(|(_, name)| name);
        assert_eq!(name("030102"), Some("Bydel Grünerløkka"));
        assert_eq!(name("030115"), Some("Bydel Søndre Nordstrand"));
        for unknown in ["030100", "030116", "030199", "460101", "0301", ""] {
            assert_eq!(name(unknown), None, "{unknown}");
        }
    }

    const OWN: &str = "number;name;valid_from;valid_to;successors\n";

    fn own(rows: &str) -> Result<Municipalities, String> {
        let text = format!("{OWN}{rows}");
        Municipalities::parse(text.as_bytes(), &Form::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_register_of_a_jobs_own_is_followed_step_by_step() -> Result<(), String> {
        let rows = "1101;A;;2019;1102\n1102;B;2020;2027;1103 1104\n1103;C;2028;;\n1104;D;2028;;\n\
                    1105;E;;2020;1106\n1106;F;;2021;1105\n2111;Longyearbyen;;;\n";
        let register = own(rows)?;
        assert_eq!(told(&register, "1101", 2026), "1101 became 1102", "a chain that ends before the change");
        assert_eq!(told(&register, "1102", 2027), "is 1102", "a coming change waits for its year");
        assert_eq!(told(&register, "1101", 2028), "one of 1103 1104", "a chain");
        assert_eq!(told(&register, "1105", 2026), "unknown", "a circle ends");
        assert_eq!(told(&register, "2111", 2026), "unknown", "Svalbard, whatever the register says");
        Ok(())
    }

    #[test]
    fn a_register_is_used_whole_or_not_at_all() {
        let rows = [
            ("11;A;;;\n", "line 2, column number: a municipality number has four digits"),
            ("1101;;;;\n", "line 2, column name: the cell is empty"),
            ("1101;A;;20;\n", "line 2, column valid_to: not a year of four digits"),
            ("1101;A;;;\n1101;B;;;\n", "line 3, column number: the number stands twice"),
            ("1101;A;;2019;x\n", "line 2, column successors: a municipality number has four digits"),
            ("1101;A;;2019;1102\n", "1101 is followed by 1102, which is not in the register"),
        ];
        for (rows, expected) in rows {
            assert_eq!(own(rows).err().as_deref(), Some(expected));
        }
        let headless = Municipalities::parse(b"number;navn\n", &Form::default());
        assert!(matches!(headless, Err(MunicipalitiesError::Table(_))));
    }
}
