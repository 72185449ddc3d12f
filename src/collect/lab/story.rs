//! The messages of one report as versions of its results (HIS 1102:2014 §§ 4.3–4.5).
//!
//! The order is that of the messages, by GenDate; of two from the same second new goes before changed before sent
//! before cancelled, preliminary before final. Messages may come in any order, twice, or not at all: each says what
//! it says of what went before it. «Sent before» (H) without an answer repeats the one that is known. Leaves out
//! which version counts (`versions`): a row has its place, and that is enough.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;

use super::attached::Examined;
use super::leaf::{self, Leaf};
use super::{judge, said};
use crate::collect::tb_source::{Judged, ResultRow};
use crate::id::PersonKey;
use crate::inventory::ResultStatus;
use crate::message::lab_report::{Coded, LabMessage, LabReport, ReportStatus, ResultItem, Sample, ServType};
use crate::moves::Now;
use crate::tables::tb_codes::TbCodes;

/// One message of a report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    /// Its file, identity numbers masked.
    pub(super) file: &'a str,
    /// The message.
    pub(super) message: &'a LabMessage,
    /// What it says of this report.
    pub(super) report: &'a LabReport,
    /// The documents beside it.
    pub(super) documents: &'a [Examined],
}

impl Told<'_> {
    /// Its place among the messages of the report.
    pub(super) fn order(&self) -> (Option<Now>, u8, u8) {
        let kind = match self.report.serv_type {
            None | Some(ServType::New) => 0,
            Some(ServType::Added) => 1,
            Some(ServType::Changed) => 2,
            Some(ServType::History) => 3,
            Some(ServType::Replacing) => 4,
            Some(ServType::Cancelled | ServType::Other(_)) => 5,
        };
        let whole = u8::from(matches!(self.report.status, ReportStatus::Final | ReportStatus::Added));
        (self.message.generated_at, kind, whole)
    }

    fn is(&self, kind: ServType) -> bool {
        self.report.serv_type == Some(kind)
    }
}

/// The rows of one report. `key` is what tells it from every other, `persons` everybody its messages name.
pub(super) fn tell(
    key: &str,
    mut told: Vec<Told<'_>>,
    persons: &[PersonKey],
    codes: &TbCodes,
) -> Vec<ResultRow> {
    told.sort_by_key(|one| (one.order(), one.file));
    let mut anchors = judge::Anchors::default();
    for one in &told {
        anchors.add(&leaf::leaves(&one.report.items, &|item| judge::asks(item, codes)), codes);
    }
    let mut telling = Telling { key, persons, codes, anchors, known: BTreeMap::new(), rows: Vec::new() };
    for (together, sequence) in told.chunk_by(|a, b| a.order() == b.order()).zip(1..) {
        telling.take(together, sequence);
    }
    telling.rows
}

/// A result as it was last told.
#[derive(Clone)]
struct Known {
    row: ResultRow,
    /// The result is final by its own word, whatever its report is.
    settled: bool,
}

struct Telling<'a> {
    key: &'a str,
    persons: &'a [PersonKey],
    codes: &'a TbCodes,
    anchors: judge::Anchors,
    known: BTreeMap<String, Known>,
    rows: Vec<ResultRow>,
}

impl Telling<'_> {
    /// Takes the messages that nothing puts before each other; as a rule one.
    fn take(&mut self, together: &[Told<'_>], sequence: u32) {
        let before = self.known.clone();
        for told in together {
            let leaves = leaf::leaves(&told.report.items, &|item| judge::asks(item, self.codes));
            let judged = judge::judge(&leaves, &self.anchors, self.codes);
            let all_tb = judged.iter().all(|one| matches!(one, Judged::Tb(_)));
            for (leaf, judged) in leaves.iter().zip(judged) {
                let mut row = self.row(told, leaf, &leaves, judged);
                if all_tb {
                    row.comment = joined(&row.comment, &told.report.comments);
                }
                self.version(leaf, row, told, before.get(&leaf.key), sequence);
            }
            self.imply(told, &leaves, &before, sequence);
        }
    }

    /// A result as one message has it.
    fn row(&self, told: &Told<'_>, leaf: &Leaf<'_>, leaves: &[Leaf<'_>], judged: Judged) -> ResultRow {
        let (report, item) = (told.report, leaf.item);
        let samples = samples(report, leaf, leaves);
        let taken = samples.iter().filter_map(|sample| sample.taken_at).min();
        let taken = taken.or(item.examined_at.filter(|_| told.message.is_radiology()));
        let code = code(item, self.codes);
        ResultRow {
            judged,
            result_id: format!("{}/{}", self.key, leaf.key),
            sequence: 0,
            status: ResultStatus::Preliminary,
            answered_at: item.answered_at.map(|time| time.naive_local()),
            taken_on: taken.map(|time| time.date_naive()),
            code_system: code.system.clone(),
            code: code.key().to_owned(),
            test: said::test(item),
            material: joined_names(samples.iter().map(|sample| sample.material.as_str())),
            result: leaf.result.clone(),
            laboratory: report.provider.name.clone(),
            comment: said::comment(item, &leaf.details),
            by_id: self.persons.to_vec(),
            by_reference: None,
            source_file: told.file.to_owned(),
        }
    }

    /// Gives the row its place among the versions of its result.
    fn version(
        &mut self,
        leaf: &Leaf<'_>,
        mut row: ResultRow,
        told: &Told<'_>,
        earlier: Option<&Known>,
        sequence: u32,
    ) {
        let stage = stage(&leaf.item.status);
        let kind = if told.is(ServType::Cancelled) { Some(&ServType::Cancelled) } else { leaf.serv_type };
        let repeats = matches!(kind, Some(ServType::History | ServType::Cancelled));
        if let Some(earlier) = earlier.filter(|_| repeats && row.result.is_empty()) {
            restate(&mut row, &earlier.row);
        }
        row.status = status(told.report, kind, stage, earlier.map(|known| &known.row), &row);
        if row.judged == Judged::NotTb {
            // What is not TB is nobody's business here: that it was there is counted, what it said is not kept.
            (row.result, row.comment) = (String::new(), String::new());
        }
        place(&mut row, earlier, told, sequence);
        let settled = matches!(stage, Stage::Final | Stage::Revised);
        self.known.insert(leaf.key.clone(), Known { row: row.clone(), settled });
        self.rows.push(row);
    }

    /// What a message says of results that it does not name: a cancelled or a replaced report takes them back, a
    /// final one leaves those that were final by themselves as they are, and they are no longer preliminary.
    fn imply(
        &mut self,
        told: &Told<'_>,
        leaves: &[Leaf<'_>],
        before: &BTreeMap<String, Known>,
        sequence: u32,
    ) {
        let takes_back = told.is(ServType::Cancelled) || told.is(ServType::Replacing);
        let ends = matches!(told.report.status, ReportStatus::Final | ReportStatus::Added);
        for (key, known) in before {
            if leaves.iter().any(|leaf| leaf.key == *key) {
                continue;
            }
            let status = match known.row.status {
                ResultStatus::Cancelled => continue,
                ResultStatus::Preliminary | ResultStatus::Final | ResultStatus::Corrected if takes_back => {
                    ResultStatus::Cancelled
                }
                ResultStatus::Preliminary if ends && known.settled => ResultStatus::Final,
                ResultStatus::Preliminary | ResultStatus::Final | ResultStatus::Corrected => continue,
            };
            let row = ResultRow { status, sequence, source_file: told.file.to_owned(), ..known.row.clone() };
            self.known.insert(key.clone(), Known { row: row.clone(), settled: known.settled });
            self.rows.push(row);
        }
    }
}

/// The place of a version: that of the one it repeats, else its message's.
fn place(row: &mut ResultRow, earlier: Option<&Known>, told: &Told<'_>, sequence: u32) {
    let said = |row: &ResultRow| {
        let texts = [
            &row.result,
            &row.comment,
            &row.test,
            &row.material,
            &row.code,
            &row.code_system,
            &row.laboratory,
        ];
        (row.status, row.taken_on, row.judged, texts.map(String::clone))
    };
    match earlier.filter(|known| said(&known.row) == said(row)) {
        Some(known) => (row.sequence, row.answered_at) = (known.row.sequence, known.row.answered_at),
        None => {
            row.sequence = sequence;
            row.answered_at = row.answered_at.or_else(|| generated(told)).filter(|_| !row.result.is_empty());
        }
    }
}

fn generated(told: &Told<'_>) -> Option<NaiveDateTime> {
    told.message.generated_at.map(|time| time.naive_local())
}

/// Fills what a repetition leaves out with what is known.
fn restate(row: &mut ResultRow, known: &ResultRow) {
    row.result.clone_from(&known.result);
    row.answered_at = known.answered_at;
    row.taken_on = row.taken_on.or(known.taken_on);
    for (own, known) in [
        (&mut row.comment, &known.comment),
        (&mut row.material, &known.material),
        (&mut row.test, &known.test),
    ] {
        if own.is_empty() {
            own.clone_from(known);
        }
    }
}

/// How far a result has come by its own word (code list 8245).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Final,
    Revised,
    Deleted,
    Unfinished,
    Unsaid,
}

fn stage(code: &str) -> Stage {
    match code {
        "" => Stage::Unsaid,
        "3" | "4" | "11" => Stage::Final,
        "1" | "13" => Stage::Revised,
        "14" => Stage::Deleted,
        // 2 preliminary, 5 to 10, 12 and 15 on the way; a code that no list has is not final either.
        _ => Stage::Unfinished,
    }
}

/// How far a result has come. While its report is preliminary so is everything in it.
fn status(
    report: &LabReport,
    kind: Option<&ServType>,
    stage: Stage,
    earlier: Option<&ResultRow>,
    row: &ResultRow,
) -> ResultStatus {
    let was = earlier.map(|row| row.status);
    let taken_back = was == Some(ResultStatus::Cancelled) && kind == Some(&ServType::History);
    if kind == Some(&ServType::Cancelled) || stage == Stage::Deleted || taken_back {
        return ResultStatus::Cancelled;
    }
    let report_is_final = match &report.status {
        ReportStatus::Final | ReportStatus::Added => stage != Stage::Unfinished,
        ReportStatus::Preliminary | ReportStatus::Planned => false,
        // Only a report that says nothing leaves it to its items; a word no list has does not make it final.
        ReportStatus::Other(said) => said.is_empty() && matches!(stage, Stage::Final | Stage::Revised),
    };
    if !report_is_final {
        return ResultStatus::Preliminary;
    }
    let told_before = matches!(was, Some(ResultStatus::Final | ResultStatus::Corrected));
    let differs =
        earlier.is_some_and(|earlier| (&earlier.result, &earlier.comment) != (&row.result, &row.comment));
    if stage == Stage::Revised || told_before && differs || was == Some(ResultStatus::Corrected) {
        ResultStatus::Corrected
    } else {
        ResultStatus::Final
    }
}

/// The samples a result is of: those it names, else those of what it stands in, else the only one there is.
fn samples<'a>(report: &'a LabReport, leaf: &Leaf<'_>, leaves: &[Leaf<'_>]) -> Vec<&'a Sample> {
    let named = |item: &ResultItem| -> Vec<&'a Sample> {
        report.samples.iter().filter(|sample| item.samples.contains(&sample.id)).collect()
    };
    let mut at = Some(leaf);
    while let Some(leaf) = at {
        let found = named(leaf.item);
        if !found.is_empty() {
            return found;
        }
        at = leaf.parent.and_then(|parent| leaves.get(parent));
    }
    if report.samples.len() == 1 { report.samples.iter().collect() } else { Vec::new() }
}

/// The code to show: the first that a table knows, else the first there is.
fn code(item: &ResultItem, codes: &TbCodes) -> Coded {
    let known = item.codes.iter().find(|code| codes.knows(&code.system, code.key()));
    known.or(item.codes.first()).cloned().unwrap_or_default()
}

fn joined(text: &str, more: &[String]) -> String {
    joined_names(std::iter::once(text).chain(more.iter().map(String::as_str)))
}

fn joined_names<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}
