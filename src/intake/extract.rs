//! Relocation extracts: every row is read, or rejected with its place and reason.
//!
//! One bad row never stops the night, and a rejected row still gives its grading when person and grading can be
//! read. Leaves out files that are held as a whole (`source`, `salvage`).

use std::collections::BTreeMap;

use super::cells::{self, Reading};
use super::occurrence::{Change, EventKind, Occurrence, Place, Protection};
use crate::id::PatientRef;
use crate::patient::Grading;
use crate::person::{NationalId, mask_numbers};
use crate::tabular::{BadCell, RejectedRow, Row, Table};

const CHANGES: [(&str, Change); 6] = [
    ("new", Change::New),
    ("corrected", Change::Corrected),
    ("annulled", Change::Annulled),
    ("registrereNy", Change::New),
    ("korrigere", Change::Corrected),
    ("annullere", Change::Annulled),
];

/// Everything tonight's extracts say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extracts {
    /// Rows read: everything below, those of `protections` and `warnings` apart.
    pub read: u64,
    /// Events that move nobody whoever they are about, of which nothing but their number is kept.
    pub counted: BTreeMap<EventKind, u64>,
    /// Events about persons whom neither the register nor the ledger knows; nothing else is kept of them.
    pub of_others: u64,
    /// Whether a file of events is held: what it says of anybody is not known tonight.
    pub events_held: bool,
    /// The rows that can be used.
    pub occurrences: Vec<Occurrence>,
    /// The rows that cannot.
    pub rejected: Vec<RejectedRow>,
    /// Gradings of rows and files that cannot be used.
    pub protections: Vec<Protection>,
    /// Rows that were used and that somebody should look at.
    pub warnings: Vec<RejectedRow>,
}

impl Extracts {
    /// Takes in one extract. `file` is the path as the job writes it.
    pub fn take_in(&mut self, table: &Table, file: &str, reading: &Reading) {
        for row in table.rows() {
            self.read += 1;
            match occurrence(row, file, reading) {
                Ok((occurrence, warnings)) => {
                    self.occurrences.push(occurrence);
                    self.warnings.extend(warnings.into_iter().map(|cell| cell.reject(file, row.line())));
                }
                Err(cell) => {
                    self.protections.extend(protection(row, reading));
                    self.rejected.push(row.reject(cell, file));
                }
            }
        }
    }
}

/// Who a row is about.
struct Who {
    patient_ref: Option<PatientRef>,
    id: Option<NationalId>,
    former_id: Option<NationalId>,
    warnings: Vec<BadCell>,
}

fn who(row: Row<'_>, reading: &Reading) -> Result<Who, BadCell> {
    let id = cells::national_id(row, "person_id", cells::id_type(row)?, reading)?;
    let former = cells::national_id(row, "former_id", None, reading)?;
    let patient_ref = match row.get("patient_ref") {
        "" => None,
        text => Some(PatientRef::new(text)),
    };
    if id.id.is_none() && former.id.is_none() && patient_ref.is_none() {
        let reason = "the row names nobody: neither a number nor a patient reference";
        return Err(BadCell::new("person_id", "missing-value", reason));
    }
    let early = [("person_id", id.early_2032), ("former_id", former.early_2032)];
    let warnings = early.iter().filter(|(_, early)| *early).map(|(column, _)| cells::early_warning(column));
    Ok(Who { patient_ref, warnings: warnings.collect(), id: id.id, former_id: former.id })
}

fn occurrence(row: Row<'_>, file: &str, reading: &Reading) -> Result<(Occurrence, Vec<BadCell>), BadCell> {
    let who = who(row.full()?, reading)?;
    let registered_at = cells::moment(row, "registered_at")?;
    let registered_on = || registered_at.map(|at| at.with_timezone(reading.now.offset()).date_naive());
    let occurrence = Occurrence {
        at: Place { file: file.to_owned(), line: row.line() },
        event_id: Some(mask_numbers(row.get("event_id")).into_owned()).filter(|id| !id.is_empty()),
        of_latest: false,
        patient_ref: who.patient_ref,
        id: who.id,
        former_id: who.former_id,
        name: cells::name(row),
        from: row.get("from_municipality").to_owned(),
        to: row.get("to_municipality").to_owned(),
        district: row.get("to_district").to_owned(),
        move_date: row.date("move_date")?.or_else(registered_on),
        registered_at,
        sequence: 0,
        kind: EventKind::parse(row.get("event_type")),
        change: row.word("change", &CHANGES)?.unwrap_or(Change::New),
        grading: Grading::parse(row.get("address_grading")),
    };
    complete(&occurrence)?;
    Ok((occurrence, who.warnings))
}

/// Checks that the row says what its kind needs.
fn complete(row: &Occurrence) -> Result<(), BadCell> {
    if row.change != Change::New && row.event_id.is_none() {
        let reason = "a correction or an annulment names the event it changes";
        return Err(BadCell::new("event_id", "missing-value", reason));
    }
    if row.tells_address() && row.change == Change::New && row.move_date.is_none() {
        let reason = "neither the date of the move nor that of its registration is there";
        return Err(BadCell::new("move_date", "missing-value", reason));
    }
    Ok(())
}

/// The grading of a row that cannot be used otherwise: whoever of its persons can be read is protected. A row
/// of another width may have its cells in the wrong columns, and nothing in it is believed.
pub(super) fn protection(row: Row<'_>, reading: &Reading) -> Option<Protection> {
    let grading = Grading::parse(row.full().ok()?.get("address_grading"))?;
    let stated = cells::id_type(row).unwrap_or(None);
    let read = |column, stated| cells::national_id(row, column, stated, reading).ok()?.id;
    let ids: Vec<NationalId> =
        [read("person_id", stated), read("former_id", None)].into_iter().flatten().collect();
    let patient_ref = Some(row.get("patient_ref")).filter(|text| !text.is_empty()).map(PatientRef::new);
    if ids.is_empty() && patient_ref.is_none() {
        return None;
    }
    let registered_at = cells::moment(row, "registered_at").unwrap_or(None);
    Some(Protection { patient_ref, ids, grading, registered_at })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::job::columns::RELOCATIONS;
    use crate::person::{Environment, parse_id};
    use crate::tabular::{self, Form};

    pub(in crate::intake) fn reading() -> Reading {
        let now = chrono::DateTime::parse_from_rfc3339("2026-11-22T02:00:00+01:00").unwrap_or_default();
        Reading { environment: Environment::Test, now }
    }

    const HEADER: &str = "event_id;patient_ref;person_id;former_id;id_type;to_municipality;move_date;event_type;change;address_grading;registered_at\n";

    fn read(rows: &str) -> Extracts {
        let mut extracts = Extracts::default();
        match tabular::read(format!("{HEADER}{rows}").as_bytes(), &Form::default(), RELOCATIONS) {
            Ok(table) => extracts.take_in(&table, "in.csv", &reading()),
            Err(fault) => panic!("the test's own table is not whole: {fault}"),
        }
        extracts
    }

    #[test]
    fn a_row_is_read_whole() {
        let extracts =
            read("E1;P-1;05849628625;68841579449;FNR;4601;18.11.2026;;;ugradert;20.11.2026 03:12\n");
        let [row] = &extracts.occurrences[..] else { panic!("one row is expected") };
        assert_eq!(row.event_id.as_deref(), Some("E1"));
        assert_eq!(row.id.as_ref().map(ToString::to_string).as_deref(), Some("FNR …25"));
        assert_eq!(row.former_id.as_ref().map(ToString::to_string).as_deref(), Some("DNR …49"));
        assert_eq!(row.move_date.map(|date| date.to_string()).as_deref(), Some("2026-11-18"));
        assert_eq!(row.registered_at.map(|at| at.to_rfc3339()).as_deref(), Some("2026-11-20T02:12:00+00:00"));
        assert_eq!((row.kind.clone(), row.change), (EventKind::Move, Change::New));
        assert_eq!(row.grading, Some(Grading::Ungraded));
        assert_eq!(format!("{row:?}"), "Occurrence(in.csv:2, Move, New)");
    }

    #[test]
    fn every_bad_row_is_rejected_with_its_place() {
        let rows = [
            ("E1;;05849628626;;;4601;2026-11-18;;;;", "person_id", "bad-id"),
            ("E1;;05849628625;x;;4601;2026-11-18;;;;", "former_id", "bad-id"),
            ("E1;;05849628625;;DNR;4601;2026-11-18;;;;", "person_id", "bad-id"),
            ("E1;;05849628625;;PASS;4601;2026-11-18;;;;", "id_type", "bad-value"),
            ("E1;;;;;4601;2026-11-18;;;;", "person_id", "missing-value"),
            ("E1;;05849628625;;;4601;18.11;;;;", "move_date", "bad-date"),
            ("E1;;05849628625;;;4601;2026-11-18;;;;x", "registered_at", "bad-date"),
            ("E1;;05849628625;;;4601;;;;;", "move_date", "missing-value"),
            (";;05849628625;;;4601;2026-11-18;;annulled;;", "event_id", "missing-value"),
            ("E1;;05849628625;;;4601;2026-11-18;;gone;;", "change", "bad-value"),
            ("E1;;05849628625;;;4601;2026-11-18;;;;;extra", "", "wrong-width"),
        ];
        for (row, column, code) in rows {
            let extracts = read(&format!("{row}\n"));
            let told: Vec<_> =
                extracts.rejected.iter().map(|r| (r.line, r.column.as_str(), r.code.as_str())).collect();
            assert_eq!(told, [(2, column, code)], "{row}");
            assert_eq!((extracts.read, extracts.occurrences.len()), (1, 0), "{row}");
        }
    }

    #[test]
    fn dates_fall_back_on_the_registration_and_person_events_need_none() {
        let extracts =
            read("E1;;05849628625;;;4601;;;;;20.11.2026 00:30\nE2;;05849628625;;;;;personErDoed;;;\n");
        let dates: Vec<_> =
            extracts.occurrences.iter().map(|row| row.move_date.map(|d| d.to_string())).collect();
        assert_eq!(dates, [Some("2026-11-20".to_owned()), None]);
    }

    #[test]
    fn a_rejected_row_still_protects() {
        let extracts = read("E1;;05849628625;;;4601;bad;;;strengtFortrolig;20.11.2026\n");
        assert_eq!(extracts.rejected.len(), 1);
        let told: Vec<_> = extracts.protections.iter().map(|told| (told.ids.len(), told.grading)).collect();
        assert_eq!(told, [(1, Grading::StrictlyConfidential)]);
        assert!(read("E1;;x;;;4601;bad;;;fortrolig;\n").protections.is_empty(), "nobody can be told");
    }

    #[test]
    fn a_number_before_its_time_is_taken_with_a_warning() {
        let reading = Reading { environment: Environment::Production, ..reading() };
        let today = reading.now.date_naive();
        let early = |text: &String| {
            parse_id(text, None, reading.environment, today).is_ok_and(|parsed| parsed.early_2032)
        };
        // Felles hjelpenummer have no series, and so no real person's number can come of counting.
        let Some(number) = (90_000_000_000_u64..).map(|number| number.to_string()).find(early) else {
            panic!("there are such numbers")
        };
        let text = format!("person_id;to_municipality;move_date\n{number};4601;2026-11-18\n");
        let mut extracts = Extracts::default();
        match tabular::read(text.as_bytes(), &Form::default(), RELOCATIONS) {
            Ok(table) => extracts.take_in(&table, "in.csv", &reading),
            Err(fault) => panic!("the test's own table is not whole: {fault}"),
        }
        let warned: Vec<_> = extracts.warnings.iter().map(|row| (row.line, row.code.as_str())).collect();
        assert_eq!((extracts.occurrences.len(), warned), (1, vec![(2, "early-2032")]));
    }
}
