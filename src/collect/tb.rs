//! What there is to say of one migrant's tuberculosis: every result, negative and positive, or that there is none.
//!
//! Pure decisions over rows that were read (rules § 5): the form a transfer takes, the basis of each item, what an
//! objection stops, what holds, what a physician must do besides. No result is a message too. Leaves out how
//! the summary is written (`package`).

use std::cmp::Reverse;

use super::enclosure::{self, Enclosure};
use super::finding::Finding;
use super::reading::{self, Beside};
use super::status::{self, is_live};
use super::tb_source::{Judged, ResultRow, Results};
use super::versions::{self, Arranged, Version};
use crate::inventory::{
    Basis, Inventory, Note, Reading, ResultStatus, Standing, TbForm, TbInventory, TbItem, TbStatus,
};
use crate::job::{Legal, Words};
use crate::patient::{Migrant, Objection, Patient, Screening};
use crate::person::mask_numbers;
use crate::reason::Reason;
use crate::tables::tb_codes::TbCodes;
use crate::transfer::Hold;

/// Collects a migrant's TB results. `waived` says which reasons a person has set aside for this transfer.
pub fn collect(
    migrant: &Migrant,
    results: &Results,
    legal: &Legal,
    words: &Words,
    codes: &TbCodes,
    waived: &dyn Fn(Reason) -> bool,
) -> Finding {
    let patient = &migrant.patient;
    let rows = results.of(migrant);
    let arranged = versions::arrange(&rows);
    let items = items(&arranged.versions, words, codes);
    let found_any = items.iter().any(is_live);
    let notes = notes(&items, patient);
    let holds = source_holds(migrant, results, &rows, &arranged, found_any);
    let outcome = if found_any {
        Outcome::Summary(status::status(&items, patient.group_a, patient.screening))
    } else {
        without_results(patient.group_a, patient.screening, waived(Reason::ResultsMissing))
    };
    let tb = inventory(items, patient, outcome);
    let carrying = |tb, objected| carrying(tb, results.enclosures_of(migrant), migrant, objected);
    if !holds.is_empty() {
        return Finding::Hold { reasons: holds, inventory: carrying(tb, false), notes };
    }
    decide(tb, outcome, patient, legal, notes, &carrying)
}

/// What a transfer would be, before objections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Every result, or that there is none and why.
    Summary(TbStatus),
    /// «Tuberkuloseundersøkelse ikke gjennomført» (tuberkuloseforskriften § 2-3 h nr 2).
    Notice,
    /// Nothing was to be expected, and nothing was found.
    Nothing,
    /// Something was to be expected, or it cannot be told, and nothing was found.
    Missing,
}

/// No result is a message too: what becomes of a person for whom every complete source holds nothing.
fn without_results(group_a: Option<bool>, screening: Option<Screening>, waived: bool) -> Outcome {
    match (group_a, screening) {
        (Some(true), Some(Screening::NotDone)) => Outcome::Notice,
        (Some(true), Some(Screening::Exempt)) => Outcome::Summary(TbStatus::Exempt),
        (Some(false), Some(Screening::NotDone | Screening::Exempt)) => Outcome::Nothing,
        (Some(_), Some(Screening::Done | Screening::Ordered) | None) | (None, _) => {
            if waived {
                Outcome::Summary(TbStatus::Incomplete)
            } else {
                Outcome::Missing
            }
        }
    }
}

fn decide(
    mut tb: TbInventory,
    outcome: Outcome,
    patient: &Patient,
    legal: &Legal,
    notes: Vec<Note>,
    carrying: &dyn Fn(TbInventory, bool) -> Inventory,
) -> Finding {
    let objects = matches!(patient.objection, Objection::Tb | Objection::All);
    let stopped = objects
        && match outcome {
            Outcome::Summary(_) | Outcome::Notice => {
                legal.objection_blocks_regulation || !tb.basis.is_some_and(Basis::is_regulation)
            }
            // A missing result of group a may turn out to be a finding, which the regulation demands; of others
            // it cannot, and nobody need look for what will not be sent.
            Outcome::Missing => legal.objection_blocks_regulation || patient.group_a == Some(false),
            Outcome::Nothing => false,
        };
    if stopped {
        for item in tb.items.iter_mut().filter(|item| item.standing == Standing::Current) {
            item.standing = Standing::Objected;
        }
        return Finding::Nothing { why: Reason::Objection, inventory: carrying(tb, true), notes };
    }
    match outcome {
        Outcome::Summary(_) | Outcome::Notice => Finding::Send { inventory: carrying(tb, false), notes },
        Outcome::Nothing => {
            Finding::Nothing { why: Reason::NothingFound, inventory: carrying(tb, false), notes }
        }
        Outcome::Missing => Finding::Hold {
            reasons: vec![Hold::plain(Reason::ResultsMissing)],
            inventory: carrying(tb, false),
            notes,
        },
    }
}

/// The results with the documents of their reports.
fn carrying(tb: TbInventory, enclosures: Vec<&Enclosure>, migrant: &Migrant, objected: bool) -> Inventory {
    let (documents, left) = enclosure::sort(enclosures, &migrant.persons, objected);
    Inventory { tb: Some(tb), documents, left, ..Inventory::default() }
}

/// Everything found, with its status and its basis.
fn inventory(mut items: Vec<TbItem>, patient: &Patient, outcome: Outcome) -> TbInventory {
    let (form, status) = match outcome {
        Outcome::Summary(status) => (TbForm::Summary, status),
        Outcome::Notice => (TbForm::Notice, TbStatus::NotExamined),
        Outcome::Nothing | Outcome::Missing => {
            (TbForm::Summary, status::status(&items, patient.group_a, patient.screening))
        }
    };
    let basis = basis(patient, status, form);
    for item in items.iter_mut().filter(|item| item.standing == Standing::Current) {
        item.basis = Some(basis);
    }
    let sent = matches!(outcome, Outcome::Summary(_) | Outcome::Notice);
    TbInventory { items, status, form, basis: sent.then_some(basis) }
}

/// The basis of all of a person's items: the first that fits.
fn basis(patient: &Patient, status: TbStatus, form: TbForm) -> Basis {
    let group_a = patient.group_a == Some(true);
    if group_a && patient.transit_arrival == Some(true) {
        Basis::Transit
    } else if group_a && status == TbStatus::FollowUpNeeded {
        Basis::FollowUp
    } else if form == TbForm::Notice {
        Basis::NotDone
    } else {
        Basis::Guideline
    }
}

/// What keeps a set from being called all there is.
fn source_holds(
    migrant: &Migrant,
    results: &Results,
    rows: &[&ResultRow],
    arranged: &Arranged<'_>,
    found_any: bool,
) -> Vec<Hold> {
    let hold = |reason, detail: String| Hold { reason, detail };
    let mut holds = Vec::new();
    if rows.iter().any(|row| names_somebody_else(row, migrant)) {
        let detail = "en resultatrad har personnummer og pasientreferanse som ikke er samme person";
        holds.push(hold(Reason::IdentityConflict, detail.to_owned()));
    }
    if !results.held_files().is_empty() {
        let files: Vec<&str> = results.held_files().iter().map(String::as_str).collect();
        holds.push(hold(Reason::SourceIncomplete, files.join(", ")));
    }
    if results.is_broken(migrant) {
        let detail = "en resultatrad for personen er avvist; se rejected-rows.csv";
        holds.push(hold(Reason::SourceIncomplete, detail.to_owned()));
    }
    if !found_any && results.has_unreadable_person() {
        let detail = "en avvist resultatrad sier ikke hvem den gjelder; se rejected-rows.csv";
        holds.push(hold(Reason::SourceIncomplete, detail.to_owned()));
    }
    if !arranged.conflicts.is_empty() {
        holds.push(hold(Reason::ResultConflict, arranged.conflicts.join(", ")));
    }
    holds
}

/// Whether a row names this migrant one way and somebody unknown to them the other: it may be another person's
/// result, and then it must not go along.
fn names_somebody_else(row: &ResultRow, migrant: &Migrant) -> bool {
    row.judged != Judged::NotTb && row.persons().any(|person| !migrant.persons.contains(person))
}

/// Every version as an item, newest first, then by key.
fn items(versions: &[Version<'_>], words: &Words, codes: &TbCodes) -> Vec<TbItem> {
    let mut items: Vec<TbItem> = versions.iter().map(|version| item(version, words, codes)).collect();
    items.sort_by_cached_key(|item| {
        let newest = Reverse(item.taken_on.or(item.answered_on));
        (newest, item.source_key.clone(), Reverse(item.version), item.standing == Standing::Duplicate)
    });
    items
}

fn item(version: &Version<'_>, words: &Words, codes: &TbCodes) -> TbItem {
    let row = version.row;
    let (codes, code) =
        (codes.on(row.day()), (row.code_system.as_str(), row.code.as_str(), row.test.as_str()));
    let read = reading::read_row(codes, words, row.judged, code, &row.result, Beside::of(row));
    TbItem {
        source_file: row.source_file.clone(),
        source_key: mask_numbers(&row.result_id).into_owned(),
        code_system: row.code_system.clone(),
        code: mask_numbers(&row.code).into_owned(),
        test: row.test.clone(),
        material: row.material.clone(),
        result: row.result.clone(),
        reading: read.reading,
        status: row.status,
        taken_on: row.taken_on,
        answered_on: row.answered_at.map(|time| time.date()),
        laboratory: row.laboratory.clone(),
        comment: row.comment.clone(),
        active_disease_test: read.active_disease_test,
        version: version.number,
        standing: version.standing.clone(),
        basis: None,
    }
}

/// What a physician or a nurse must do besides, whatever becomes of the transfer.
fn notes(items: &[TbItem], patient: &Patient) -> Vec<Note> {
    let live: Vec<&TbItem> = items.iter().filter(|item| is_live(item)).collect();
    let named = |test: &dyn Fn(&TbItem) -> bool| -> Vec<String> {
        live.iter().filter(|item| test(item)).map(|item| shown(item)).collect()
    };
    let active = named(&|item| item.active_disease_test && item.reading == Reading::Positive);
    let mut unanswered = named(&|item| item.reading == Reading::Unanswered);
    if live.is_empty() && patient.screening == Some(Screening::Ordered) {
        unanswered.push("undersøkelsen er bestilt, og ikke noe svar er funnet".to_owned());
    }
    let asked = named(&|item| item.standing == Standing::ToJudge);
    [(Reason::PossibleActiveTb, active), (Reason::AskLaboratory, unanswered), (Reason::ToJudge, asked)]
        .into_iter()
        .filter(|(_, tests)| !tests.is_empty())
        .map(|(reason, tests)| Note { reason, detail: tests.join("; ") })
        .collect()
}

fn shown(item: &TbItem) -> String {
    // An item of a report may have neither a name nor a code; then its key tells which it is.
    let test = [&item.test, &item.code].into_iter().find(|text| !text.is_empty()).unwrap_or(&item.source_key);
    let preliminary =
        if item.status == ResultStatus::Preliminary && !item.result.is_empty() { ", foreløpig" } else { "" };
    let day = item.taken_on.map(|day| format!(", prøve tatt {day}")).unwrap_or_default();
    format!("{}{day}{preliminary}", mask_numbers(test))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::collect::fixtures::{DNR, FNR, day, key, migrant_with};
    use crate::collect::tb_source::{Context, read_results};
    use crate::job::JournalBasis;
    use crate::person::Environment;
    use crate::tabular::{self, Columns, Form};

    const COLUMNS: Columns = Columns {
        required: &["result_id", "person_id", "patient_ref", "code", "result", "status"],
        optional: &["code_system", "test", "taken_on", "answered_on"],
    };
    const IGRA: &str = "NPU29230";
    const CULTURE: &str = "NPU12360";
    const MICROSCOPY: &str = "NPU12366";

    /// A line of a results file for P-1: result_id, code, result, status.
    type Line = (&'static str, &'static str, &'static str, &'static str);

    const NEGATIVE: Line = ("R-1", IGRA, "Negativ", "final");
    const POSITIVE: Line = ("R-1", IGRA, "Positiv", "final");
    const ORDERED: Line = ("R-1", IGRA, "", "");

    fn file(rows: &str) -> Results {
        let key = key();
        let context = Context { key: &key, environment: Environment::Test, today: day("2026-11-22") };
        let text =
            format!("result_id;person_id;patient_ref;code_system;code;test;result;status;taken_on\n{rows}");
        let mut results = Results::default();
        match tabular::read(text.as_bytes(), &Form::default(), COLUMNS) {
            Ok(table) => drop(results.add(read_results(&table, "tb.csv", &context))),
            Err(fault) => panic!("a whole table: {fault}"),
        }
        results
    }

    fn lines(lines: &[Line]) -> Results {
        let row = |(id, code, result, status): &Line| {
            format!("{id};{FNR};P-1;NLK;{code};Prøve;{result};{status};\n")
        };
        file(&lines.iter().map(row).collect::<String>())
    }

    fn legal(objection_blocks_regulation: bool) -> Legal {
        Legal { journal_basis: JournalBasis::NotObjected, objection_blocks_regulation }
    }

    struct Case {
        results: Results,
        blocks: bool,
        waives: bool,
    }

    fn case(results: Results) -> Case {
        Case { results, blocks: false, waives: false }
    }

    impl Case {
        fn of(&self, change: impl FnOnce(&mut Patient)) -> Finding {
            let waived = |reason| self.waives && reason == Reason::ResultsMissing;
            let words = Words::default();
            collect(
                &migrant_with(change),
                &self.results,
                &legal(self.blocks),
                &words,
                TbCodes::embedded(),
                &waived,
            )
        }
    }

    /// `send`, `nothing` or `hold` with the reasons; form, status and basis.
    fn shown(finding: &Finding) -> String {
        let Some(tb) = &finding.inventory().tb else { return "no tb".to_owned() };
        let basis = tb.basis.map_or("–", |basis| match basis {
            Basis::FollowUp => "nr 1",
            Basis::NotDone => "nr 2",
            Basis::Transit => "nr 3",
            Basis::Guideline => "§ 25",
        });
        match finding {
            Finding::Send { .. } => format!("{:?} {} {basis}", tb.form, tb.status.code()),
            Finding::Nothing { why, .. } => format!("nothing {why}"),
            Finding::Hold { reasons, .. } => {
                let reasons: Vec<&str> = reasons.iter().map(|hold| hold.reason.code()).collect();
                format!("hold {}", reasons.join(" "))
            }
        }
    }

    type Change = fn(&mut Patient);

    #[test]
    fn no_result_is_a_message_too() {
        let missing = "hold results-missing";
        let rows: [(&str, Change, &str, &str); 12] = [
            (
                "group a, not done",
                |p| set(p, Some(true), Some(Screening::NotDone)),
                "Notice not-examined nr 2",
                "Notice not-examined nr 2",
            ),
            (
                "group a, exempt",
                |p| set(p, Some(true), Some(Screening::Exempt)),
                "Summary exempt § 25",
                "Summary exempt § 25",
            ),
            (
                "group a, done",
                |p| set(p, Some(true), Some(Screening::Done)),
                missing,
                "Summary incomplete § 25",
            ),
            (
                "group a, ordered",
                |p| set(p, Some(true), Some(Screening::Ordered)),
                missing,
                "Summary incomplete § 25",
            ),
            ("group a, empty", |p| set(p, Some(true), None), missing, "Summary incomplete § 25"),
            (
                "group no, not done",
                |p| set(p, Some(false), Some(Screening::NotDone)),
                "nothing nothing-found",
                "nothing nothing-found",
            ),
            (
                "group no, exempt",
                |p| set(p, Some(false), Some(Screening::Exempt)),
                "nothing nothing-found",
                "nothing nothing-found",
            ),
            (
                "group no, done",
                |p| set(p, Some(false), Some(Screening::Done)),
                missing,
                "Summary incomplete § 25",
            ),
            ("group no, empty", |p| set(p, Some(false), None), missing, "Summary incomplete § 25"),
            (
                "group unknown, not done",
                |p| set(p, None, Some(Screening::NotDone)),
                missing,
                "Summary incomplete § 25",
            ),
            (
                "group unknown, exempt",
                |p| set(p, None, Some(Screening::Exempt)),
                missing,
                "Summary incomplete § 25",
            ),
            ("group unknown, empty", |p| set(p, None, None), missing, "Summary incomplete § 25"),
        ];
        for (name, change, expected, when_waived) in rows {
            assert_eq!(shown(&case(lines(&[])).of(change)), expected, "{name}");
            let waived = Case { waives: true, ..case(lines(&[])) };
            assert_eq!(shown(&waived.of(change)), when_waived, "{name}, waived");
            let cancelled = case(lines(&[("R-1", IGRA, "Positiv", "cancelled")]));
            assert_eq!(shown(&cancelled.of(change)), expected, "{name}, and a cancelled result is none");
        }
    }

    fn set(patient: &mut Patient, group_a: Option<bool>, screening: Option<Screening>) {
        (patient.group_a, patient.screening) = (group_a, screening);
    }

    #[test]
    fn every_item_carries_its_basis_first_match() {
        let rows: [(&str, Line, Change, &str); 8] = [
            (
                "group a and transit arrival",
                NEGATIVE,
                |p| p.transit_arrival = Some(true),
                "Summary no-positive-findings nr 3",
            ),
            (
                "transit before follow-up",
                POSITIVE,
                |p| p.transit_arrival = Some(true),
                "Summary follow-up-needed nr 3",
            ),
            ("group a and follow-up needed", POSITIVE, |_| {}, "Summary follow-up-needed nr 1"),
            ("else the guideline", NEGATIVE, |_| {}, "Summary no-positive-findings § 25"),
            (
                "a finding outside group a",
                POSITIVE,
                |p| p.group_a = Some(false),
                "Summary follow-up-needed § 25",
            ),
            ("a finding, group unknown", POSITIVE, |p| p.group_a = None, "Summary follow-up-needed § 25"),
            (
                "transit outside group a",
                NEGATIVE,
                |p| (p.group_a, p.transit_arrival) = (Some(false), Some(true)),
                "Summary no-positive-findings § 25",
            ),
            (
                "ordered and not answered stands in a summary",
                ORDERED,
                |p| set(p, Some(true), Some(Screening::NotDone)),
                "Summary incomplete § 25",
            ),
        ];
        for (name, line, change, expected) in rows {
            assert_eq!(shown(&case(lines(&[line])).of(change)), expected, "{name}");
        }
    }

    #[test]
    fn follow_up_is_the_basis_of_all_items_and_only_of_current_ones() {
        let found = case(lines(&[
            POSITIVE,
            ("R-2", CULTURE, "Negativ", "final"),
            ("R-2", CULTURE, "x", "preliminary"),
        ]));
        let finding = found.of(|_| {});
        let items = finding.inventory().tb.as_ref().map(|tb| tb.items.as_slice()).unwrap_or_default();
        let bases: Vec<_> =
            items.iter().map(|item| (item.source_key.as_str(), item.version, item.basis)).collect();
        let nr_1 = Some(Basis::FollowUp);
        assert_eq!(bases, [("R-1", 1, nr_1), ("R-2", 2, nr_1), ("R-2", 1, None)]);
    }

    #[test]
    fn an_objection_stops_the_guideline_items_and_the_regulation_by_setting() {
        let nothing = "nothing objection";
        let rows: [(&str, Option<Line>, Change, &str, &str); 9] = [
            ("guideline", Some(NEGATIVE), |_| {}, nothing, nothing),
            ("follow-up", Some(POSITIVE), |_| {}, "Summary follow-up-needed nr 1", nothing),
            (
                "transit",
                Some(NEGATIVE),
                |p| p.transit_arrival = Some(true),
                "Summary no-positive-findings nr 3",
                nothing,
            ),
            ("a finding outside group a", Some(POSITIVE), |p| p.group_a = Some(false), nothing, nothing),
            (
                "the notice",
                None,
                |p| set(p, Some(true), Some(Screening::NotDone)),
                "Notice not-examined nr 2",
                nothing,
            ),
            ("exempt", None, |p| set(p, Some(true), Some(Screening::Exempt)), nothing, nothing),
            ("missing, may be a finding", None, |_| {}, "hold results-missing", nothing),
            ("missing outside group a", None, |p| p.group_a = Some(false), nothing, nothing),
            (
                "nothing to send anyway",
                None,
                |p| set(p, Some(false), Some(Screening::NotDone)),
                "nothing nothing-found",
                "nothing nothing-found",
            ),
        ];
        for (name, line, change, free, blocked) in rows {
            for (blocks, expected) in [(false, free), (true, blocked)] {
                for objection in [Objection::Tb, Objection::All] {
                    let objecting = Case { blocks, ..case(lines(line.as_slice())) };
                    let finding = objecting.of(|p| {
                        change(p);
                        p.objection = objection;
                    });
                    assert_eq!(shown(&finding), expected, "{name}, blocks: {blocks}");
                }
            }
        }
        let journal_only = case(lines(&[NEGATIVE])).of(|p| p.objection = Objection::Journal);
        assert_eq!(shown(&journal_only), "Summary no-positive-findings § 25");
    }

    #[test]
    fn what_is_objected_to_is_shown_so_and_a_finding_still_asks_for_a_physician() {
        let culture = ("R-1", CULTURE, "Positiv", "final");
        let objecting = Case { blocks: true, ..case(lines(&[culture])) }.of(|p| p.objection = Objection::All);
        let tb = objecting.inventory().tb.as_ref();
        let standing = tb.and_then(|tb| tb.items.first()).map(|item| (item.standing.clone(), item.basis));
        assert_eq!(standing, Some((Standing::Objected, Some(Basis::FollowUp))));
        assert_eq!(tb.map(|tb| tb.carried().count()), Some(0));
        assert_eq!(objecting.notes().first().map(|note| note.reason), Some(Reason::PossibleActiveTb));
    }

    #[test]
    fn actions_for_a_physician_and_for_the_laboratory() {
        let rows: [(&str, &[Line], &[Reason]); 8] = [
            ("positive culture", &[("R", CULTURE, "Positiv", "final")], &[Reason::PossibleActiveTb]),
            (
                "positive microscopy",
                &[("R", MICROSCOPY, "Påvist", "preliminary")],
                &[Reason::PossibleActiveTb],
            ),
            ("positive PCR", &[("R", "NPU54589", "Påvist", "final")], &[Reason::PossibleActiveTb]),
            ("positive IGRA", &[POSITIVE], &[]),
            ("negative culture", &[("R", CULTURE, "Negativ", "final")], &[]),
            ("ordered and never answered", &[ORDERED], &[Reason::AskLaboratory]),
            ("answered since", &[ORDERED, NEGATIVE], &[]),
            (
                "a positive culture taken back",
                &[("R", CULTURE, "Positiv", "final"), ("R", CULTURE, "Positiv", "cancelled")],
                &[],
            ),
        ];
        for (name, given, expected) in rows {
            let finding = case(lines(given)).of(|_| {});
            let reasons: Vec<Reason> = finding.notes().iter().map(|note| note.reason).collect();
            assert_eq!(reasons, expected, "{name}");
        }
    }

    #[test]
    fn what_is_not_complete_is_held() {
        let mut with_held = lines(&[NEGATIVE]);
        with_held.hold_file("tb-2.csv");
        let mut notice_held = lines(&[]);
        notice_held.hold_file("tb-2.csv");
        let rejected = format!("R-2;{FNR};;NLK;{IGRA};Prøve;Negativ;ok;\n");
        let nobody = "R-2;;;NLK;NPU29230;Prøve;Negativ;final;\n";
        let good = format!("R-1;{FNR};;NLK;{IGRA};Prøve;Negativ;final;\n");
        let other = format!("R-2;{FNR};P-2;NLK;{IGRA};Prøve;Positiv;final;\n");
        let sent = "Summary no-positive-findings § 25";
        let incomplete = "hold source-incomplete";
        let rows: [(&str, Results, &str); 9] = [
            ("a held results file holds every tb transfer", with_held, incomplete),
            ("a held results file holds notices", notice_held, incomplete),
            ("a rejected row holds its person", file(&rejected), incomplete),
            (
                "a rejected row holds its person's other results",
                file(&format!("{good}{rejected}")),
                incomplete,
            ),
            ("a row without a person holds whoever has no result", file(nobody), incomplete),
            ("a row without a person holds nobody else", file(&format!("{good}{nobody}")), sent),
            ("two people in one row", file(&format!("{good}{other}")), "hold identity-conflict"),
            ("equal rank and different text", lines(&[NEGATIVE, POSITIVE]), "hold result-conflict"),
            ("exact duplicates", lines(&[NEGATIVE, NEGATIVE]), sent),
        ];
        for (name, results, expected) in rows {
            assert_eq!(shown(&case(results).of(|_| {})), expected, "{name}");
        }
        let waived = Case { waives: true, ..case(file(nobody)) };
        assert_eq!(
            shown(&waived.of(|_| {})),
            incomplete,
            "a waiver of results-missing does not complete a source"
        );
    }

    #[test]
    fn no_set_with_anything_preliminary_is_called_complete() {
        let set = [NEGATIVE, ("R-2", CULTURE, "Negativ", "preliminary")];
        assert_eq!(shown(&case(lines(&set)).of(|_| {})), "Summary preliminary § 25");
        let answered = [NEGATIVE, set[1], ("R-2", CULTURE, "Negativ", "final")];
        assert_eq!(shown(&case(lines(&answered)).of(|_| {})), "Summary no-positive-findings § 25");
    }

    #[test]
    fn every_row_is_tb_and_nothing_by_substring() {
        let traps = ["Recent thymic emigrants", "CMV-IGRA", "Yersinia pseudotuberculosis"];
        for test in traps {
            let rows = format!("R-1;{FNR};;NLK;NPU99999;{test};Positiv;final;\n");
            assert_eq!(
                shown(&case(file(&rows)).of(|_| {})),
                "Summary to-be-judged § 25",
                "{test}: carried, not read"
            );
        }
    }

    #[test]
    fn items_come_newest_first_then_by_key_over_all_numbers() {
        let rows = [
            format!("B;{FNR};;;;IGRA;Negativ;final;2026-01-02\n"),
            format!("A;{DNR};;;;IGRA;Negativ;final;2026-01-02\n"),
            "C;;P-1;;;IGRA;Negativ;final;2026-03-01\n".to_owned(),
            format!("D;{FNR};;;;IGRA;Negativ;final;\n"),
        ];
        let mut order = rows.to_vec();
        for _ in 0..rows.len() {
            order.rotate_left(1);
            let finding = case(file(&order.concat())).of(|_| {});
            let tb = finding.inventory().tb.clone();
            let keys: Vec<(String, Option<NaiveDate>)> = tb
                .map(|tb| tb.items.into_iter().map(|item| (item.source_key, item.taken_on)).collect())
                .unwrap_or_default();
            let keys: Vec<&str> = keys.iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!(keys, ["C", "A", "B", "D"]);
        }
    }
}
