//! Result files into rows with a person each, and the rows that could not be read.
//!
//! Every row of a TB results file is TB; nothing is judged here. A row that is rejected holds its person, since
//! what it said is not known; if it does not even tell whose it is, it may be anybody's. Leaves out whether a
//! file is whole (`intake::source`) and which version of a result counts (`versions`).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};

use super::enclosure::Enclosure;
use crate::id::{LedgerKey, PatientRef, PersonKey};
use crate::inventory::ResultStatus;
use crate::patient::Migrant;
use crate::person::{self, Environment, IdError, IdType, NationalId, mask_numbers};
use crate::tables::tb_codes::TbClass;
use crate::tabular::{BadCell, RejectedRow, Row, Table};

const STATUSES: [(&str, ResultStatus); 4] = [
    ("preliminary", ResultStatus::Preliminary),
    ("final", ResultStatus::Final),
    ("corrected", ResultStatus::Corrected),
    ("cancelled", ResultStatus::Cancelled),
];

/// What reading a row takes besides the row.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Makes the keys that persons are known by.
    pub key: &'a LedgerKey,
    /// Real persons or synthetic ones.
    pub environment: Environment,
    /// The night's date.
    pub today: NaiveDate,
}

/// What makes a row a TB result, or keeps it from being one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Judged {
    /// A row of a results file: TB whatever its code says.
    AsFiled,
    /// An item of a laboratory report that is TB, by its code and what it hangs on.
    Tb(TbClass),
    /// An item that may be TB: a person says so, in the job's own code table.
    ToJudge,
    /// An item that is not TB: never carried, and its answer is not even kept.
    NotTb,
}

/// One record of a results file, or one version of an item of a laboratory report.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResultRow {
    /// What makes it a TB result.
    pub judged: Judged,
    /// The result's key; rows with the same one are versions of it.
    pub result_id: String,
    /// Which message of its report it came in, from 1, oldest first; 0 in results files, which know no order.
    pub sequence: u32,
    /// How far it has come.
    pub status: ResultStatus,
    /// When it was answered, with the time where the file has one.
    pub answered_at: Option<NaiveDateTime>,
    /// When the sample was taken.
    pub taken_on: Option<NaiveDate>,
    /// NLK, NCRP, an OID, or empty.
    pub code_system: String,
    /// The code, or empty.
    pub code: String,
    /// What was examined, as received.
    pub test: String,
    /// The material, as received.
    pub material: String,
    /// The result text, as received; empty for a test ordered and not answered.
    pub result: String,
    /// Who answered it.
    pub laboratory: String,
    /// The laboratory's comment, as received.
    pub comment: String,
    /// The person by every identity number that is stated.
    pub by_id: Vec<PersonKey>,
    /// The person by the EPJ's reference.
    pub by_reference: Option<PersonKey>,
    /// Of a culture in a laboratory report: what is said beside its answer, in it and by what hangs on it.
    pub beside: Vec<String>,
    /// In a laboratory report something is said over it and others, which its comment brings: a person reads it.
    pub headed: bool,
    /// Its laboratory calls it a deviation (code list 8244).
    pub deviates: bool,
    /// Nobody can tell which of several results of its report it is a version of: a person looks.
    pub unclear: bool,
    /// The file, as the job names it, identity numbers masked.
    pub source_file: String,
}

impl ResultRow {
    /// Everybody it names; one person, unless something is wrong.
    pub fn persons(&self) -> impl Iterator<Item = &PersonKey> {
        self.by_id.iter().chain(&self.by_reference)
    }

    /// The day whose codes it is written in: that of the sample, else that of the answer.
    pub fn day(&self) -> Option<NaiveDate> {
        self.taken_on.or(self.answered_at.map(|time| time.date()))
    }
}

/// What one results file held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileRows {
    /// Rows that can be used.
    pub rows: Vec<ResultRow>,
    /// Rows that can not.
    pub rejected: Vec<RejectedRow>,
    /// Persons with a rejected row.
    pub broken: BTreeSet<PersonKey>,
    /// Whether a rejected row does not tell whose it is.
    pub unreadable_person: bool,
    /// The documents of reports.
    pub enclosures: Vec<Enclosure>,
    /// The numbers that persons are named by.
    pub numbers: BTreeMap<PersonKey, NationalId>,
}

/// Reads a results file that was found whole.
pub fn read_results(table: &Table, shown: &str, context: &Context<'_>) -> FileRows {
    let mut file = FileRows::default();
    let source_file = mask_numbers(shown);
    for row in table.rows() {
        file.numbers.extend(numbered(row.get("person_id"), context).ok());
        let person = who(row, context);
        match person.clone().and_then(|person| read_row(row, person, &source_file)) {
            Ok(result) => file.rows.push(result),
            Err(bad) => {
                let told = rejected_person(row, person.ok(), context);
                file.unreadable_person |=
                    told.is_empty() || bad.code == "wrong-width" && !has_id(&told, row, context);
                file.broken.extend(told);
                file.rejected.push(row.reject(bad, &source_file));
            }
        }
    }
    file
}

/// A person as a row tells them: by number, by reference, or both.
type Who = (Option<PersonKey>, Option<PersonKey>);

fn who(row: Row<'_>, context: &Context<'_>) -> Result<Who, BadCell> {
    let by_id = match row.get("person_id") {
        "" => None,
        text => Some(number(text, context).map_err(|e| BadCell::new("person_id", "bad-id", e.to_string()))?),
    };
    let by_reference = by_reference(row, context);
    if by_id.is_none() && by_reference.is_none() {
        return Err(BadCell::new("person_id", "missing-value", "neither person_id nor patient_ref is given"));
    }
    Ok((by_id, by_reference))
}

/// A number only leads to a person the register knows; what kind it is was decided there, so a hjelpenummer
/// needs no `id_type` here.
pub(super) fn number(text: &str, context: &Context<'_>) -> Result<PersonKey, IdError> {
    numbered(text, context).map(|(key, _)| key)
}

/// A number with the key that the ledger knows it by.
pub(super) fn numbered(text: &str, context: &Context<'_>) -> Result<(PersonKey, NationalId), IdError> {
    let parse = |stated| person::parse_id(text, stated, context.environment, context.today);
    let parsed = match parse(None) {
        Err(IdError::AmbiguousHnr) => parse(Some(IdType::Hnr)),
        other => other,
    };
    parsed.map(|parsed| (context.key.person(&parsed.id), parsed.id))
}

fn by_reference(row: Row<'_>, context: &Context<'_>) -> Option<PersonKey> {
    let reference = row.get("patient_ref");
    (!reference.is_empty()).then(|| context.key.patient(&PatientRef::new(reference)))
}

/// Whom a rejected row is about: what it says in full, else its reference alone.
fn rejected_person(row: Row<'_>, person: Option<Who>, context: &Context<'_>) -> Vec<PersonKey> {
    let (by_id, by_reference) = person.unwrap_or_else(|| (None, by_reference(row, context)));
    by_id.into_iter().chain(by_reference).collect()
}

/// Whether a number vouches for the person. In a row of the wrong width the cells may have moved: a number's
/// control digits show that it is in its place, a reference shows nothing.
fn has_id(told: &[PersonKey], row: Row<'_>, context: &Context<'_>) -> bool {
    number(row.get("person_id"), context).is_ok_and(|key| told.contains(&key))
}

fn read_row(row: Row<'_>, (by_id, by_reference): Who, source_file: &str) -> Result<ResultRow, BadCell> {
    let row = row.full()?;
    let result = row.get("result");
    let status = match row.word("status", &STATUSES)? {
        Some(status) => status,
        None if result.is_empty() => ResultStatus::Preliminary,
        None => return Err(BadCell::new("status", "missing-value", "a result needs a status")),
    };
    if row.get("code").is_empty() {
        row.required("test")?;
    }
    Ok(ResultRow {
        judged: Judged::AsFiled,
        sequence: 0,
        result_id: row.required("result_id")?.to_owned(),
        status,
        answered_at: row.time("answered_on")?,
        taken_on: row.date("taken_on")?,
        code_system: row.get("code_system").to_owned(),
        code: row.get("code").to_owned(),
        test: row.get("test").to_owned(),
        material: row.get("material").to_owned(),
        result: result.to_owned(),
        laboratory: row.get("laboratory").to_owned(),
        comment: row.get("comment").to_owned(),
        by_id: by_id.into_iter().collect(),
        by_reference,
        beside: Vec::new(),
        headed: false,
        deviates: false,
        unclear: false,
        source_file: source_file.to_owned(),
    })
}

/// Everything the night's results files say, by person.
#[derive(Clone, Debug, Default)]
pub struct Results {
    rows: Vec<ResultRow>,
    by_person: BTreeMap<PersonKey, Vec<usize>>,
    held_files: BTreeSet<String>,
    broken: BTreeSet<PersonKey>,
    unreadable_person: bool,
    enclosures: Vec<Enclosure>,
    enclosures_of: BTreeMap<PersonKey, BTreeSet<usize>>,
    numbers: BTreeMap<PersonKey, NationalId>,
}

impl Results {
    /// Takes in one file's rows and gives back the rejected ones, for the report.
    pub fn add(&mut self, file: FileRows) -> Vec<RejectedRow> {
        for row in file.rows {
            for person in row.persons() {
                self.by_person.entry(person.clone()).or_default().push(self.rows.len());
            }
            self.rows.push(row);
        }
        for enclosure in file.enclosures {
            for person in &enclosure.persons {
                self.enclosures_of.entry(person.clone()).or_default().insert(self.enclosures.len());
            }
            self.enclosures.push(enclosure);
        }
        self.numbers.extend(file.numbers);
        self.broken.extend(file.broken);
        self.unreadable_person |= file.unreadable_person;
        file.rejected
    }

    /// Remembers that a results file could not be used: nobody's results are complete then.
    pub fn hold_file(&mut self, shown: &str) {
        self.held_files.insert(mask_numbers(shown).into_owned());
    }

    /// A person's rows over every number and the reference, in an order of their own.
    pub fn of(&self, migrant: &Migrant) -> Vec<&ResultRow> {
        let found: BTreeSet<usize> = migrant
            .persons
            .iter()
            .filter_map(|person| self.by_person.get(person))
            .flatten()
            .copied()
            .collect();
        let mut rows: Vec<&ResultRow> = found.into_iter().filter_map(|at| self.rows.get(at)).collect();
        rows.sort_unstable();
        rows
    }

    /// The numbers that results are filed under, by the keys that the ledger knows them by.
    pub fn numbers(&self) -> &BTreeMap<PersonKey, NationalId> {
        &self.numbers
    }

    /// Every row, in the order read.
    pub fn rows(&self) -> &[ResultRow] {
        &self.rows
    }

    /// The documents of the reports that name a person by any of their numbers.
    pub fn enclosures_of(&self, migrant: &Migrant) -> Vec<&Enclosure> {
        let of = migrant.persons.iter().filter_map(|person| self.enclosures_of.get(person));
        let found: BTreeSet<usize> = of.flatten().copied().collect();
        found.into_iter().filter_map(|at| self.enclosures.get(at)).collect()
    }

    /// Files that could not be used, as the job names them.
    pub fn held_files(&self) -> &BTreeSet<String> {
        &self.held_files
    }

    /// Whether a row of this person was rejected.
    pub fn is_broken(&self, migrant: &Migrant) -> bool {
        migrant.persons.iter().any(|person| self.broken.contains(person))
    }

    /// Whether a rejected row may be anybody's.
    pub fn has_unreadable_person(&self) -> bool {
        self.unreadable_person
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::fixtures::{DNR, FNR, day, key, migrant};
    use crate::tabular::{Columns, Form};

    const COLUMNS: Columns = Columns {
        required: &["result_id", "person_id", "result", "status"],
        optional: &[
            "patient_ref",
            "taken_on",
            "answered_on",
            "code_system",
            "code",
            "test",
            "material",
            "laboratory",
            "comment",
        ],
    };
    const HEADER: &str = "result_id;person_id;patient_ref;test;result;status;answered_on";

    fn read_in(environment: Environment, rows: &str) -> FileRows {
        let key = key();
        let context = Context { key: &key, environment, today: day("2026-11-22") };
        let text = format!("{HEADER}\n{rows}\n");
        match crate::tabular::read(text.as_bytes(), &Form::default(), COLUMNS) {
            Ok(table) => read_results(&table, "tb-05849628625.csv", &context),
            Err(fault) => panic!("a whole table: {fault}"),
        }
    }

    fn read(rows: &str) -> FileRows {
        read_in(Environment::Test, rows)
    }

    #[test]
    fn a_row_names_its_person_by_number_reference_or_both() {
        let rows = format!("1;{FNR};;IGRA;Negativ;final;\n2;;P-1;IGRA;Negativ;final;\n3;{DNR};P-1;IGRA;;;");
        let file = read(&rows);
        assert_eq!((file.rejected.len(), file.rows.len()), (0, 3));
        let mut results = Results::default();
        results.add(file);
        let found: Vec<&str> = results.of(&migrant()).iter().map(|row| row.result_id.as_str()).collect();
        assert_eq!(found, ["1", "2", "3"], "over every number and the reference, each row once");
        assert_eq!(
            results.of(&migrant())[2].status,
            ResultStatus::Preliminary,
            "an order has no status of its own"
        );
        assert_eq!(results.of(&migrant())[0].source_file, "tb-*********25.csv");
        let mut stranger = migrant();
        stranger.persons.clear();
        assert!(results.of(&stranger).is_empty());
    }

    #[test]
    fn a_rejected_row_holds_its_person_or_all_notices() {
        let (id, reference) = (format!("1;{FNR};;IGRA"), "1;;P-1;IGRA");
        let rows = [
            ("a bad date, by number", format!("{id};Negativ;final;i går"), "bad-date", true, false),
            ("a bad date, by reference", format!("{reference};Negativ;final;i går"), "bad-date", true, false),
            ("an unknown status", format!("{id};Negativ;ok;"), "bad-value", true, false),
            ("a result without a status", format!("{id};Negativ;;"), "missing-value", true, false),
            ("neither test nor code", format!("1;{FNR};;;Negativ;final;"), "missing-value", true, false),
            ("no result_id", format!(";{FNR};;IGRA;Negativ;final;"), "missing-value", true, false),
            ("a bad number and a reference", "1;123;P-1;IGRA;Negativ;final;".into(), "bad-id", true, false),
            ("a bad number alone", "1;123;;IGRA;Negativ;final;".into(), "bad-id", false, true),
            ("nobody", "1;;;IGRA;Negativ;final;".into(), "missing-value", false, true),
            ("too wide, with a number", format!("{id};Negativ;final;;x"), "wrong-width", true, false),
            (
                "too wide, with a reference that may have moved",
                format!("{reference};a;b;c;d"),
                "wrong-width",
                true,
                true,
            ),
        ];
        for (name, row, code, holds, unreadable) in rows {
            let file = read(&format!("{row}\n9;;P-9;IGRA;Negativ;final;"));
            assert_eq!(file.rows.len(), 1, "{name}: one bad row never stops the others");
            let codes: Vec<&str> = file.rejected.iter().map(|row| row.code.as_str()).collect();
            assert_eq!(codes, [code], "{name}");
            let mut results = Results::default();
            assert_eq!(results.add(file).len(), 1);
            assert_eq!(
                (results.is_broken(&migrant()), results.has_unreadable_person()),
                (holds, unreadable),
                "{name}"
            );
        }
    }

    #[test]
    fn a_hjelpenummer_needs_no_type_to_be_looked_up() {
        let file = read_in(Environment::Production, "1;08459639749;;IGRA;Negativ;final;");
        assert_eq!((file.rows.len(), file.rejected.len()), (1, 0));
        let file = read_in(Environment::Production, &format!("1;{FNR};;IGRA;Negativ;final;"));
        assert_eq!(file.rejected.first().map(|row| row.code.as_str()), Some("bad-id"), "synthetic");
    }

    #[test]
    fn no_rejected_row_repeats_a_number() {
        let file = read(&format!("1;{FNR}x;;IGRA;Negativ;final;\n1;{FNR};;IGRA;Negativ;{FNR};"));
        assert_eq!(file.rejected.len(), 2);
        assert!(!format!("{file:?}").contains(FNR));
    }
}
