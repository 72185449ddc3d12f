//! Which codes are tuberculosis: the embedded table of NLK codes, with a job's own before it.
//!
//! A row of the job's own may hold for a time only: a laboratory gives a code another meaning, or an old one up. The
//! embedded codes hold always, also after they were retired: laboratories lag behind the code list.
//!
//! A code decides and a name may only ask (rules § 5): «igra» is in «emigrants» and in CMV-IGRA, «tuberculosis»
//! in Yersinia pseudotuberculosis. What is neither known nor asked for by its name is not carried; the arrival
//! screening also holds HIV, hepatitis and syphilis. Leaves out rows of a TB results file, which are TB whatever
//! their code says, and what a susceptibility hangs on: both are `collect`'s.
//!
//! Source: NLK 7280.77 (names, validity, successors); the classes are this project's own. A chest X-ray and a
//! Mantoux test have no code here: a job maps its own.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chrono::NaiveDate;

use super::period::Period;
use crate::tabular::{self, BadCell, Columns, Form, RejectedRow, Row, Table, TableFault};

/// The columns of a job's own code table. `valid_from` and `valid_to` are days, both included; a row without them
/// holds always.
pub const COLUMNS: Columns =
    Columns { required: &["code_system", "code", "class"], optional: &["valid_from", "valid_to", "note"] };

/// The columns of the embedded table.
const EMBEDDED: Columns = Columns {
    required: &["code", "class", "name"],
    optional: &["species", "valid_from", "valid_to", "replaced_by", "note"],
};

/// Norsk laboratoriekodeverk.
const NLK: &str = "2.16.578.1.12.4.1.1.7280";
/// Norsk klinisk prosedyrekodeverk's radiology codes.
const NCRP: &str = "2.16.578.1.12.4.1.1.7270";
/// Under which the Directorate's code lists stand, by their own number.
const LISTS: &str = "2.16.578.1.12.4.1.1.";

/// What kind of result a code stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TbClass {
    /// The conclusion of an IGRA.
    IgraConclusion,
    /// The raw value of an IGRA antigen.
    IgraAntigen,
    /// A control of an IGRA.
    IgraControl,
    /// Microscopy, acid-fast staining.
    Microscopy,
    /// Culture.
    Culture,
    /// PCR and other finding of DNA.
    Pcr,
    /// An antigen of the bacterium itself.
    Antigen,
    /// A resistance gene.
    Resistance,
    /// Susceptibility to a drug: tuberculosis only when it hangs on a mycobacterial finding.
    Susceptibility,
    /// A Mantoux test.
    Mantoux,
    /// A chest X-ray.
    ChestXray,
    /// Tuberculosis by a job's own word, shown and not read.
    OtherTb,
    /// Not tuberculosis.
    NotTb,
}

impl TbClass {
    /// Every class, in the order of the rule book.
    pub const ALL: [TbClass; 13] = [
        TbClass::IgraConclusion,
        TbClass::IgraAntigen,
        TbClass::IgraControl,
        TbClass::Microscopy,
        TbClass::Culture,
        TbClass::Pcr,
        TbClass::Antigen,
        TbClass::Resistance,
        TbClass::Susceptibility,
        TbClass::Mantoux,
        TbClass::ChestXray,
        TbClass::OtherTb,
        TbClass::NotTb,
    ];

    /// The class as code tables write it.
    pub fn code(self) -> &'static str {
        match self {
            TbClass::IgraConclusion => "igra-conclusion",
            TbClass::IgraAntigen => "igra-antigen",
            TbClass::IgraControl => "igra-control",
            TbClass::Microscopy => "microscopy",
            TbClass::Culture => "culture",
            TbClass::Pcr => "pcr",
            TbClass::Antigen => "antigen",
            TbClass::Resistance => "resistance",
            TbClass::Susceptibility => "susceptibility",
            TbClass::Mantoux => "mantoux",
            TbClass::ChestXray => "chest-xray",
            TbClass::OtherTb => "other-tb",
            TbClass::NotTb => "not-tb",
        }
    }

    /// Whether its values are read as positive or negative (rules § 5, first bullets' end); the others are shown
    /// and never interpreted.
    pub fn is_read(self) -> bool {
        match self {
            TbClass::IgraConclusion
            | TbClass::Microscopy
            | TbClass::Culture
            | TbClass::Pcr
            | TbClass::Antigen
            | TbClass::Resistance
            | TbClass::Mantoux
            | TbClass::ChestXray => true,
            TbClass::IgraAntigen
            | TbClass::IgraControl
            | TbClass::Susceptibility
            | TbClass::OtherTb
            | TbClass::NotTb => false,
        }
    }

    /// Whether a positive value may mean active disease, so that a physician decides on the MSIS notice.
    pub fn may_mean_active_disease(self) -> bool {
        match self {
            TbClass::Microscopy | TbClass::Culture | TbClass::Pcr => true,
            TbClass::IgraConclusion
            | TbClass::IgraAntigen
            | TbClass::IgraControl
            | TbClass::Antigen
            | TbClass::Resistance
            | TbClass::Susceptibility
            | TbClass::Mantoux
            | TbClass::ChestXray
            | TbClass::OtherTb
            | TbClass::NotTb => false,
        }
    }
}

/// What the tables say of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Classified {
    /// Tuberculosis, of this class. Never [`TbClass::NotTb`].
    Tb(TbClass),
    /// Not tuberculosis: never carried.
    NotTb,
    /// A person says so in the job's own table.
    ToJudge,
    /// There is no code to go by.
    NoCode,
}

impl From<TbClass> for Classified {
    fn from(class: TbClass) -> Self {
        if class == TbClass::NotTb { Classified::NotTb } else { Classified::Tb(class) }
    }
}

/// The codes that are known, of every code system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TbCodes {
    embedded: BTreeMap<Key, Classified>,
    own: BTreeMap<Key, Vec<OwnRow>>,
}

/// A code system and a code, in the form in which they are compared.
type Key = (String, String);

/// What a row of a job's own table says of a code, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct OwnRow {
    meaning: Classified,
    period: Period,
}

/// Which table says what a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeTable {
    /// The job's own.
    Own,
    /// The one that comes with the program.
    Embedded,
}

/// The codes as they are on a day: that on which a sample was taken, else answered.
#[derive(Clone, Copy, Debug)]
pub struct CodesOn<'a> {
    codes: &'a TbCodes,
    on: Option<NaiveDate>,
}

impl TbCodes {
    /// The table that comes with the program.
    pub fn embedded() -> &'static Self {
        static TABLE: OnceLock<TbCodes> = OnceLock::new();
        // A test reads it whole.
        TABLE.get_or_init(|| Self::parse_embedded(include_bytes!("tb_codes.csv")).unwrap_or_default())
    }

    fn parse_embedded(bytes: &[u8]) -> Result<Self, TableFault> {
        let table = tabular::read(bytes, &Form::default(), EMBEDDED)?;
        let known = table.rows().filter_map(|row| {
            let meaning = match row.get("class") {
                "to-judge" => Classified::ToJudge,
                class => class_of(class)?.into(),
            };
            Some((key("NLK", row.get("code")), meaning))
        });
        Ok(TbCodes { embedded: known.collect(), own: BTreeMap::new() })
    }

    /// The embedded table with a job's own before it: a code's class, or `not-tb`. `file` is the table as the
    /// job names it.
    ///
    /// # Errors
    /// Every row that cannot be used; then none of them is.
    pub fn with_own(table: &Table, file: &str) -> Result<Self, Vec<RejectedRow>> {
        let mut own: BTreeMap<Key, Vec<OwnRow>> = BTreeMap::new();
        let mut rejected = Vec::new();
        for row in table.rows() {
            match own_row(row) {
                Ok((key, said)) => {
                    let rows = own.entry(key).or_default();
                    if rows.iter().any(|earlier| earlier.contradicts(said)) {
                        let why = "the code stands twice with two classes at the same time";
                        rejected.push(BadCell::new("code", "duplicate", why).reject(file, row.line()));
                    }
                    rows.push(said);
                }
                Err(bad) => rejected.push(row.reject(bad, file)),
            }
        }
        if !rejected.is_empty() {
            return Err(rejected);
        }
        Ok(TbCodes { embedded: Self::embedded().embedded.clone(), own })
    }

    /// The codes as they are on a day. Of what has no day, only rows that hold always are asked.
    pub fn on(&self, day: Option<NaiveDate>) -> CodesOn<'_> {
        CodesOn { codes: self, on: day }
    }

    /// Whether a table has the code, whenever its row holds.
    pub fn lists(&self, code_system: &str, code: &str) -> bool {
        let key = key(code_system, code);
        self.own.contains_key(&key) || self.embedded.contains_key(&key)
    }
}

impl OwnRow {
    fn contradicts(self, other: OwnRow) -> bool {
        self.meaning != other.meaning && self.period.overlaps(other.period)
    }
}

impl CodesOn<'_> {
    /// Whether a table has the code on this day; [`CodesOn::classify`] answers for those that none has, too.
    pub fn knows(self, code_system: &str, code: &str) -> bool {
        self.told_by(code_system, code).is_some()
    }

    /// Whether a table has the code, whenever its row holds.
    pub fn lists(self, code_system: &str, code: &str) -> bool {
        self.codes.lists(code_system, code)
    }

    /// Which table has the code on this day; none where nothing but its system and name speak.
    pub fn told_by(self, code_system: &str, code: &str) -> Option<CodeTable> {
        self.found(&key(code_system, code)).map(|(table, _)| table)
    }

    /// Whether the job's own table has the code: then a person has said what it is.
    pub fn is_own(self, code_system: &str, code: &str) -> bool {
        self.told_by(code_system, code) == Some(CodeTable::Own)
    }

    /// Says what a code is (rules § 5). `name` is the test's name as received; it can make an unknown NLK code a
    /// question, never an answer. A code that the job has mapped for other times only is a question too.
    pub fn classify(self, code_system: &str, code: &str, name: &str) -> Classified {
        if code.trim().is_empty() {
            return Classified::NoCode;
        }
        let key = key(code_system, code);
        match self.found(&key) {
            Some((_, meaning)) => meaning,
            None if key.0 == NLK && !asks(name) && !self.codes.own.contains_key(&key) => Classified::NotTb,
            None => Classified::ToJudge,
        }
    }

    fn found(self, key: &Key) -> Option<(CodeTable, Classified)> {
        let own = self.codes.own.get(key).into_iter().flatten().find(|row| row.period.holds(self.on));
        let own = own.map(|row| (CodeTable::Own, row.meaning));
        own.or_else(|| self.codes.embedded.get(key).map(|meaning| (CodeTable::Embedded, *meaning)))
    }
}

/// Whether a name is reason enough to ask a person about a code that no table knows.
pub fn asks(name: &str) -> bool {
    let name = name.to_lowercase();
    ["mykobakt", "mycobact", "tuberk", "tubercul", "igra", "syrefast"].iter().any(|word| name.contains(word))
}

fn own_row(row: Row<'_>) -> Result<(Key, OwnRow), BadCell> {
    let row = row.full()?;
    let key = key(row.required("code_system")?, row.required("code")?);
    let class = class_of(row.required("class")?).ok_or_else(|| {
        let allowed: Vec<&str> = TbClass::ALL.iter().map(|class| class.code()).collect();
        BadCell::new("class", "bad-value", format!("not one of: {}", allowed.join(", ")))
    })?;
    let period = Period { from: row.date("valid_from")?, to: row.date("valid_to")? };
    if !period.is_in_order() {
        return Err(BadCell::new("valid_to", "bad-date", "the row ends before it begins"));
    }
    Ok((key, OwnRow { meaning: class.into(), period }))
}

fn class_of(text: &str) -> Option<TbClass> {
    TbClass::ALL.into_iter().find(|class| class.code().eq_ignore_ascii_case(text))
}

fn key(code_system: &str, code: &str) -> Key {
    (system(code_system), code.trim().to_uppercase())
}

/// A code system by its OID: `NLK`, `NCRP`, a list's four digits and `urn:oid:` mean the same as the OID.
fn system(written: &str) -> String {
    let lower = written.trim().to_lowercase();
    match lower.strip_prefix("urn:oid:").unwrap_or(&lower) {
        "nlk" => NLK.to_owned(),
        "ncrp" => NCRP.to_owned(),
        list if list.len() == 4 && list.bytes().all(|b| b.is_ascii_digit()) => format!("{LISTS}{list}"),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OID: &str = "2.16.578.1.12.4.1.1.7280";

    fn embedded(system: &str, code: &str, name: &str) -> Classified {
        TbCodes::embedded().on(None).classify(system, code, name)
    }

    #[test]
    fn the_embedded_table_is_whole() {
        let known = &TbCodes::embedded().embedded;
        assert_eq!(known.len(), 87);
        let count = |wanted: Classified| known.values().filter(|found| **found == wanted).count();
        assert_eq!(count(Classified::NotTb), 27);
        assert_eq!(count(Classified::ToJudge), 2);
        assert_eq!(count(Classified::NoCode), 0);
        for class in TbClass::ALL {
            let by_the_job = matches!(class, TbClass::Mantoux | TbClass::ChestXray | TbClass::OtherTb);
            assert_eq!(count(class.into()) == 0, by_the_job, "{}", class.code());
        }
    }

    #[test]
    fn a_known_code_has_its_class() {
        let rows = [
            ("NLK", "NPU29230", TbClass::IgraConclusion),
            ("NLK", "NPU29229", TbClass::IgraConclusion),
            ("NLK", "NPU60263", TbClass::IgraAntigen),
            ("NLK", "NPU60244", TbClass::IgraControl),
            ("NLK", "NPU12366", TbClass::Microscopy),
            ("NLK", "NPU12360", TbClass::Culture),
            ("NLK", "NOR35341", TbClass::Culture),
            ("NLK", "NPU54589", TbClass::Pcr),
            ("NLK", "NPU16471", TbClass::Pcr),
            ("NLK", "NPU29605", TbClass::Antigen),
            ("NLK", "NPU58095", TbClass::Resistance),
            ("NLK", "NOR35145", TbClass::Resistance),
            ("NLK", "NPU07428", TbClass::Susceptibility),
            ("nlk", " npu29230 ", TbClass::IgraConclusion),
            ("7280", "NPU29230", TbClass::IgraConclusion),
            (OID, "NPU29230", TbClass::IgraConclusion),
            ("urn:oid:2.16.578.1.12.4.1.1.7280", "NPU29230", TbClass::IgraConclusion),
        ];
        for (system, code, class) in rows {
            assert_eq!(embedded(system, code, ""), Classified::Tb(class), "{system} {code}");
        }
    }

    #[test]
    fn igra_in_emigrants_is_not_tb() {
        let name = "T-lymc(CD4+; CD45RA+; B)-Recent thymic emigrants (CD31+) %";
        assert_eq!(embedded("NLK", "NOR25868", name), Classified::NotTb);
        let name = "B-CD8 RTE recent thymic emigrants (CD45RA+/RO-CD62L+CD103+) T-celler %";
        assert_eq!(embedded("NLK", "NOR25895", name), Classified::NotTb);
    }

    #[test]
    fn an_igra_for_another_infection_is_not_tb() {
        assert_eq!(embedded("NLK", "NPU57638", "B-CMV-IGRA"), Classified::NotTb);
        assert_eq!(embedded("NLK", "NPU57752", "B-CMV-IGRA konklusjon"), Classified::NotTb);
        assert_eq!(embedded("NLK", "NPU60249", "B-SARS-CoV-2-IGRA konklusjon"), Classified::NotTb);
    }

    #[test]
    fn yersinia_pseudotuberculosis_is_not_tb() {
        let name = "P-Yersinia pseudotuberculosis antistoff";
        assert_eq!(embedded("NLK", "NPU08123", name), Classified::NotTb);
    }

    #[test]
    fn other_mycobacteria_and_drug_levels_are_not_tb() {
        assert_eq!(embedded("NLK", "NOR25294", "U-Mycobacterium genitalium"), Classified::NotTb);
        assert_eq!(embedded("NLK", "NPU62766", "Us-Mycobacterium avium DNA"), Classified::NotTb);
        assert_eq!(embedded("NLK", "NPU04277", "P-Rifampicin"), Classified::NotTb);
    }

    #[test]
    fn interferon_gamma_is_for_a_person_to_judge() {
        assert_eq!(embedded("NLK", "NPU26606", "P-Interferon gamma"), Classified::ToJudge);
    }

    #[test]
    fn a_name_may_ask_and_never_decides() {
        let rows = [
            ("B-Mykobakterier, ny analyse", Classified::ToJudge),
            ("Us-MYCOBACTERIUM bovis DNA", Classified::ToJudge),
            ("Tuberkulinprøve", Classified::ToJudge),
            ("M. tuberculosis kompleks", Classified::ToJudge),
            ("B-TB-IGRA test", Classified::ToJudge),
            ("Syrefaste staver", Classified::ToJudge),
            ("P-HIV 1+2 antistoff", Classified::NotTb),
            ("P-Hepatitt B overflateantigen", Classified::NotTb),
            ("P-Treponema pallidum antistoff", Classified::NotTb),
            ("", Classified::NotTb),
        ];
        for (name, expected) in rows {
            assert_eq!(embedded("NLK", "NPU99999", name), expected, "{name}");
            assert_eq!(embedded(OID, "NPU99999", name), expected, "{name}");
        }
    }

    #[test]
    fn a_code_of_another_system_is_for_a_person_to_judge() {
        for system in ["NCRP", "8212", "LOKAL", ""] {
            assert_eq!(embedded(system, "SSP0AA", "RG Toraks"), Classified::ToJudge, "{system}");
            assert_eq!(embedded(system, "NPU29230", "B-TB-IGRA konklusjon"), Classified::ToJudge, "{system}");
        }
    }

    #[test]
    fn without_a_code_nothing_is_said() {
        assert_eq!(embedded("NLK", "", "B-TB-IGRA konklusjon"), Classified::NoCode);
        assert_eq!(embedded("", " ", "RG Toraks"), Classified::NoCode);
    }

    fn own(rows: &str) -> Result<TbCodes, Vec<String>> {
        let text = format!("code_system;code;class;note\n{rows}");
        let table = tabular::read(text.as_bytes(), &Form::default(), COLUMNS)
            .map_err(|fault| vec![fault.to_string()])?;
        let shown = |row: &RejectedRow| format!("{}:{} {} {}", row.file, row.line, row.column, row.code);
        TbCodes::with_own(&table, "own.csv").map_err(|rows| rows.iter().map(shown).collect())
    }

    #[test]
    fn a_jobs_own_table_goes_first() -> Result<(), Vec<String>> {
        let codes = own("NCRP;ssp0aa;chest-xray;RG toraks\nLOKAL;MTX;Mantoux;\nNLK;NPU26606;not-tb;\n\
                         NLK;NPU08123;other-tb;\n7270;SSP0AD;chest-xray;CT\n")?;
        let rows = [
            ("NCRP", "SSP0AA", Classified::Tb(TbClass::ChestXray)),
            ("2.16.578.1.12.4.1.1.7270", "SSP0AA", Classified::Tb(TbClass::ChestXray)),
            ("NCRP", "SSP0AD", Classified::Tb(TbClass::ChestXray)),
            ("lokal", "mtx", Classified::Tb(TbClass::Mantoux)),
            ("NLK", "NPU26606", Classified::NotTb),
            ("NLK", "NPU08123", Classified::Tb(TbClass::OtherTb)),
            ("NLK", "NPU29230", Classified::Tb(TbClass::IgraConclusion)),
            ("NCRP", "SSP0AG", Classified::ToJudge),
        ];
        for (system, code, expected) in rows {
            assert_eq!(codes.on(None).classify(system, code, ""), expected, "{system} {code}");
        }
        Ok(())
    }

    #[test]
    fn every_bad_row_of_a_jobs_own_table_is_told() {
        let rows = "NCRP;A;x-ray;\n;B;pcr;\nNCRP;;pcr;\nNCRP;C;pcr;\nNCRP;c;culture;\nNCRP;C\nNLK;D;pcr;\n";
        let expected = [
            "own.csv:2 class bad-value",
            "own.csv:3 code_system missing-value",
            "own.csv:4 code missing-value",
            "own.csv:6 code duplicate",
            "own.csv:7  wrong-width",
        ];
        assert_eq!(own(rows).err(), Some(expected.map(str::to_owned).to_vec()));
    }

    fn day(text: &str) -> Option<NaiveDate> {
        text.parse().ok()
    }

    fn dated(rows: &str) -> Result<TbCodes, Vec<String>> {
        let text = format!("code_system;code;class;valid_from;valid_to\n{rows}");
        let table = tabular::read(text.as_bytes(), &Form::default(), COLUMNS)
            .map_err(|fault| vec![fault.to_string()])?;
        let shown = |row: &RejectedRow| format!("{} {} {}", row.line, row.column, row.code);
        TbCodes::with_own(&table, "own.csv").map_err(|rows| rows.iter().map(shown).collect())
    }

    #[test]
    fn a_row_holds_for_its_time_and_says_nothing_outside_it() -> Result<(), Vec<String>> {
        let codes = dated(
            "LOKAL;X1;mantoux;01.01.2024;31.12.2025\nLOKAL;X1;chest-xray;2026-01-01;\n\
             LOKAL;X2;pcr;;2025-12-31\nLOKAL;X3;culture;;\nNLK;NPU29230;not-tb;2026-01-01;2026-06-30\n\
             NLK;NPU99999;pcr;2026-01-01;\n",
        )?;
        let (own, embedded) = (Some(CodeTable::Own), Some(CodeTable::Embedded));
        let (mantoux, xray) = (Classified::Tb(TbClass::Mantoux), Classified::Tb(TbClass::ChestXray));
        let (pcr, igra) = (Classified::Tb(TbClass::Pcr), Classified::Tb(TbClass::IgraConclusion));
        let rows = [
            ("before both periods", "LOKAL", "X1", "2023-12-31", Classified::ToJudge, None),
            ("the first day", "LOKAL", "X1", "2024-01-01", mantoux, own),
            ("the last day", "LOKAL", "X1", "2025-12-31", mantoux, own),
            ("the next meaning", "LOKAL", "X1", "2026-01-01", xray, own),
            ("no day, all rows with a period", "LOKAL", "X1", "", Classified::ToJudge, None),
            ("no beginning", "LOKAL", "X2", "1999-01-01", pcr, own),
            ("given up", "LOKAL", "X2", "2026-01-01", Classified::ToJudge, None),
            ("always", "LOKAL", "X3", "2026-01-01", Classified::Tb(TbClass::Culture), own),
            ("always, no day", "LOKAL", "X3", "", Classified::Tb(TbClass::Culture), own),
            ("before the embedded one", "NLK", "NPU29230", "2026-03-01", Classified::NotTb, own),
            ("outside it the embedded one is asked", "NLK", "NPU29230", "2026-07-01", igra, embedded),
            ("no day, the embedded one is asked", "NLK", "NPU29230", "", igra, embedded),
            ("mapped for another time only", "NLK", "NPU99999", "2025-12-31", Classified::ToJudge, None),
            ("never mapped", "NLK", "NPU99998", "2025-12-31", Classified::NotTb, None),
            (
                "retired in 2017, embedded",
                "NLK",
                "NOR25288",
                "2026-11-01",
                Classified::Tb(TbClass::Culture),
                embedded,
            ),
        ];
        for (name, system, code, on, class, table) in rows {
            let codes = codes.on(day(on));
            let said = (codes.classify(system, code, ""), codes.told_by(system, code));
            assert_eq!(said, (class, table), "{name}");
        }
        assert!(codes.lists("LOKAL", "X2") && !codes.on(day("2026-01-01")).knows("LOKAL", "X2"));
        Ok(())
    }

    #[test]
    fn periods_that_cannot_be_are_told() {
        let rows = [
            ("ends before it begins", "L;A;pcr;2026-01-02;2026-01-01\n", Some("2 valid_to bad-date")),
            ("no date", "L;A;pcr;2026;\n", Some("2 valid_from bad-date")),
            (
                "two classes on one day",
                "L;A;pcr;;2026-01-01\nL;A;culture;2026-01-01;\n",
                Some("3 code duplicate"),
            ),
            ("always and for a time", "L;A;pcr;;\nL;A;culture;2026-01-01;\n", Some("3 code duplicate")),
            ("one after the other", "L;A;pcr;;2025-12-31\nL;A;culture;2026-01-01;\n", None),
            ("one class twice", "L;A;pcr;;2026-01-01\nL;A;pcr;2026-01-01;\n", None),
        ];
        for (name, text, expected) in rows {
            let told = dated(text).err().map(|told| told.join(", "));
            assert_eq!(told.as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn only_answers_are_read() {
        let read: Vec<&str> =
            TbClass::ALL.into_iter().filter(|class| class.is_read()).map(TbClass::code).collect();
        let listed = "igra-conclusion microscopy culture pcr antigen resistance mantoux chest-xray";
        assert_eq!(read.join(" "), listed);
        let active: Vec<&str> = TbClass::ALL
            .into_iter()
            .filter(|class| class.may_mean_active_disease())
            .map(TbClass::code)
            .collect();
        assert_eq!(active.join(" "), "microscopy culture pcr");
    }
}
