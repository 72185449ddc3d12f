//! The messages of one report as versions of its results (HIS 1102:2014 §§ 4.3–4.5).
//!
//! The order is that of the messages, by GenDate; of two from the same second new goes before changed before sent
//! before cancelled, preliminary before final. Messages may come in any order, twice, or not at all: each says what
//! it says of what went before it. «Sent before» (H) without an answer repeats the one that is known. Leaves out
//! which version counts (`versions`): a row has its place, and that is enough.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, NaiveDateTime};

use super::attached::Examined;
use super::beside::{self, Words};
use super::heading;
use super::leaf::{self, Leaf};
use super::same::{self, Earlier, Item, Name, Traits};
use super::standing::{Stage, stage, status};
use super::{judge, said};
use crate::collect::tb_source::{Judged, ResultRow};
use crate::id::PersonKey;
use crate::inventory::ResultStatus;
use crate::message::lab_report::{Coded, LabMessage, LabReport, ReportStatus, ResultItem, Sample, ServType};
use crate::moves::Now;
use crate::tables::tb_codes::{TbClass, TbCodes};

/// One message of a report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    /// Which of the night's messages it stands in.
    pub(super) no: usize,
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

    /// Whether it takes back whatever it does not name.
    fn takes_back(&self) -> bool {
        self.is(ServType::Cancelled) || self.is(ServType::Replacing)
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
        anchors.add(&leaves(one, codes, &BTreeMap::new()), codes);
    }
    let mut telling =
        Telling { key, persons, codes, anchors, known: BTreeMap::new(), rows: Vec::new(), only_tb: true };
    for (together, sequence) in told.chunk_by(|a, b| a.order() == b.order()).zip(1..) {
        telling.take(together, sequence);
    }
    telling.told()
}

/// A result as it was last told.
#[derive(Clone)]
struct Known {
    row: ResultRow,
    /// Its id in the report; else its code, with what it hangs on.
    base: String,
    traits: Traits,
    /// What was said of it besides the result, without what the report says of all.
    comment: String,
    /// The row's comment without what its headings say.
    plain: String,
    /// What its headings say.
    over: Vec<String>,
    words: Words,
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
    /// Nothing but TB was told so far: then what is said of the report as a whole is said of that.
    only_tb: bool,
}

impl Telling<'_> {
    /// Takes the messages that nothing puts before each other; as a rule one.
    fn take(&mut self, together: &[Told<'_>], sequence: u32) {
        let before = self.known.clone();
        let items = together.iter().map(|told| {
            let leaves = leaves(told, self.codes, &before);
            let judged = judge::judge(&leaves, &self.anchors, self.codes);
            (told, leaves, judged)
        });
        let items: Vec<_> = items.collect();
        let is_tb = |judged: &Judged| matches!(judged, Judged::Tb(_));
        self.only_tb &= items.iter().all(|(_, _, judged)| judged.iter().all(is_tb));
        for (told, leaves, judged) in items {
            let mixed = judge::mixed(&leaves, &judged);
            let named = named(told, &leaves, &judged, &before);
            for ((leaf, judged), one) in leaves.iter().zip(judged).zip(&named) {
                let mut row = self.row(told, leaf, &leaves, judged);
                row.result_id = format!("{}/{}", self.key, one.key);
                row.unclear = one.unclear;
                if self.only_tb {
                    row.comment = joined(&row.comment, &told.report.comments);
                }
                let inside =
                    leaf.parent.and_then(|parent| named.get(parent)).map(|parent| parent.key.clone());
                let over = heading::over(leaf, judged, &mixed);
                let words = Words::of(leaf, judged, &over.whole, inside);
                self.version((leaf, one), row, (words, over.shown), told, before.get(&one.key), sequence);
            }
            let keys: BTreeSet<&str> = named.iter().map(|one| one.key.as_str()).collect();
            self.imply(told, &keys, &before, sequence);
        }
    }

    /// All rows, each with what is said beside its result as the messages leave it.
    fn told(mut self) -> Vec<ResultRow> {
        let live = self.known.iter().filter(|(_, known)| known.row.status != ResultStatus::Cancelled);
        let words = live.map(|(key, known)| (key.as_str(), &known.words)).collect();
        let said: BTreeMap<String, Vec<String>> = beside::gathered(&words)
            .into_iter()
            .map(|(key, texts)| (format!("{}/{key}", self.key), texts))
            .collect();
        for row in self.rows.iter_mut().filter(|row| row.judged == Judged::Tb(TbClass::Culture)) {
            row.beside = said.get(&row.result_id).cloned().unwrap_or_default();
        }
        self.rows
    }

    /// A result as one message has it.
    fn row(&self, told: &Told<'_>, leaf: &Leaf<'_>, leaves: &[Leaf<'_>], judged: Judged) -> ResultRow {
        let (report, item) = (told.report, leaf.item);
        let samples = samples(report, leaf, leaves);
        let code = code(leaf, self.codes);
        ResultRow {
            judged,
            result_id: String::new(),
            sequence: 0,
            status: ResultStatus::Preliminary,
            answered_at: item.answered_at.map(|time| time.naive_local()),
            taken_on: taken_on(told, leaf, &samples),
            code_system: code.system.clone(),
            code: code.key().to_owned(),
            test: said::test(item),
            material: joined_names(samples.iter().map(|sample| sample.material.as_str())),
            result: leaf.result.clone(),
            laboratory: report.provider.name.clone(),
            comment: said::comment(item, &leaf.details),
            by_id: self.persons.to_vec(),
            by_reference: None,
            beside: Vec::new(),
            headed: false,
            deviates: !item.deviation.is_empty(),
            unclear: false,
            source_file: told.file.to_owned(),
        }
    }

    /// Gives the row its place among the versions of its result.
    fn version(
        &mut self,
        (leaf, one): (&Leaf<'_>, &Named),
        mut row: ResultRow,
        (mut words, mut over): (Words, Vec<String>),
        told: &Told<'_>,
        earlier: Option<&Known>,
        sequence: u32,
    ) {
        let stage = stage(&leaf.item.status);
        let kind = if told.is(ServType::Cancelled) { Some(&ServType::Cancelled) } else { leaf.serv_type };
        let repeats = matches!(kind, Some(ServType::History | ServType::Cancelled));
        let own = said::comment(leaf.item, &leaf.details);
        let silent = earlier.filter(|_| repeats && own.is_empty() && row.result.is_empty());
        let comment = silent.map_or(own, |earlier| earlier.comment.clone());
        if let Some(earlier) = earlier.filter(|_| repeats) {
            words.remarks.extend(earlier.words.remarks.iter().cloned());
        }
        if let Some(earlier) = earlier.filter(|_| repeats && row.result.is_empty()) {
            restate(&mut row, earlier);
        }
        if let Some(earlier) = earlier.filter(|_| repeats && over.is_empty()) {
            over.clone_from(&earlier.over);
        }
        let plain = row.comment.clone();
        row.comment = joined(&plain, &over);
        row.headed = !over.is_empty();
        row.status = status(told.report, kind, stage, earlier.map(|known| &known.row), &row);
        if row.judged == Judged::NotTb {
            // What is not TB is nobody's business here: that it was there is counted, what it said is not kept.
            (row.result, row.comment) = (String::new(), String::new());
        }
        place(&mut row, earlier, told, sequence);
        let settled = matches!(stage, Stage::Final | Stage::Revised);
        let (base, traits) = (leaf.base.clone(), one.traits.clone());
        let known = Known { row: row.clone(), base, traits, comment, plain, over, words, settled };
        self.known.insert(one.key.clone(), known);
        self.rows.push(row);
    }

    /// What a message says of results that it does not name: a cancelled or a replaced report takes them back, and so
    /// does the cancellation of what they stand in; a final one leaves those that were final by themselves as they
    /// are, and they are no longer preliminary.
    fn imply(
        &mut self,
        told: &Told<'_>,
        keys: &BTreeSet<&str>,
        before: &BTreeMap<String, Known>,
        sequence: u32,
    ) {
        let all = told.takes_back();
        let is_gone = |key: &str| {
            keys.contains(key)
                && self.known.get(key).is_some_and(|it| it.row.status == ResultStatus::Cancelled)
        };
        let gone: BTreeSet<&str> = before
            .iter()
            .filter(|(_, known)| all || outer(known, before).any(is_gone))
            .map(|(key, _)| key.as_str())
            .collect();
        let ends = matches!(told.report.status, ReportStatus::Final | ReportStatus::Added);
        for (key, known) in before {
            if keys.contains(key.as_str()) {
                continue;
            }
            let status = match known.row.status {
                ResultStatus::Cancelled => continue,
                ResultStatus::Preliminary | ResultStatus::Final | ResultStatus::Corrected
                    if gone.contains(key.as_str()) =>
                {
                    ResultStatus::Cancelled
                }
                ResultStatus::Preliminary if ends && known.settled => ResultStatus::Final,
                ResultStatus::Preliminary | ResultStatus::Final | ResultStatus::Corrected => continue,
            };
            let unclear = known.row.unclear && status != ResultStatus::Cancelled;
            let source_file = told.file.to_owned();
            let row = ResultRow { status, sequence, unclear, source_file, ..known.row.clone() };
            self.known.insert(key.clone(), Known { row: row.clone(), ..known.clone() });
            self.rows.push(row);
        }
    }
}

/// The results of one message, each with the day whose codes it is written in: that of the sample, else of the answer,
/// as it is told here or was told before; else the message's own.
fn leaves<'a>(told: &Told<'a>, codes: &TbCodes, before: &BTreeMap<String, Known>) -> Vec<Leaf<'a>> {
    let mut leaves = leaf::leaves(&told.report.items, &|item| judge::asks(item, codes));
    let days: Vec<Option<NaiveDate>> = leaves
        .iter()
        .map(|leaf| {
            let earlier = before.get(&leaf.base).map(|known| &known.row);
            let taken = taken_on(told, leaf, &samples(told.report, leaf, &leaves));
            let taken = taken.or_else(|| earlier?.taken_on);
            let answered = || leaf.item.answered_at.map(|time| time.date_naive());
            taken.or_else(answered).or_else(|| earlier?.day()).or_else(|| Some(generated(told)?.date()))
        })
        .collect();
    leaves.iter_mut().zip(days).for_each(|(leaf, day)| leaf.day = day);
    leaves
}

/// When the sample was taken; of a picture, when it was.
fn taken_on(told: &Told<'_>, leaf: &Leaf<'_>, samples: &[&Sample]) -> Option<NaiveDate> {
    let taken = samples.iter().filter_map(|sample| sample.taken_at).min();
    let taken = taken.or(leaf.item.examined_at.filter(|_| told.message.is_radiology()));
    taken.map(|time| time.date_naive())
}

/// An item of a message with what tells it.
struct Named {
    key: String,
    traits: Traits,
    /// Nobody can tell what it is a version of, or it has its id in common with another result of its message.
    unclear: bool,
}

/// What each item of a message is a version of: those of one id, or of one code without an id, together. What is new
/// is numbered by what it says, so that no order of items or files decides.
fn named(
    told: &Told<'_>,
    leaves: &[Leaf<'_>],
    judged: &[Judged],
    before: &BTreeMap<String, Known>,
) -> Vec<Named> {
    let goes_on = !matches!(told.report.serv_type, None | Some(ServType::New));
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    leaves.iter().enumerate().for_each(|(at, leaf)| groups.entry(&leaf.base).or_default().push(at));
    let mut taken: BTreeSet<String> = before.keys().cloned().collect();
    taken.extend(groups.keys().map(|base| (*base).to_owned()));
    let mut by_base: BTreeMap<&str, Vec<Earlier<'_>>> = BTreeMap::new();
    for (key, known) in before {
        by_base.entry(&known.base).or_default().push(known.earlier(key));
    }
    let mut out: BTreeMap<usize, Named> = BTreeMap::new();
    for (base, mut group) in groups {
        let once = group.len() == 1;
        let item = |at: &usize| Item::of(&leaves[*at], leaves, once, goes_on);
        group.sort_by_cached_key(|at| {
            let item = item(at);
            (item.traits, item.result, item.comment)
        });
        let items: Vec<Item> = group.iter().map(item).collect();
        let known = by_base.remove(base).unwrap_or_default();
        let has_id = group.first().is_some_and(|at| !leaves[*at].item.id.is_empty());
        let asked = group.iter().zip(&items).filter(|(at, _)| judged[**at] != Judged::NotTb);
        let said: BTreeSet<_> = asked.map(|(_, it)| (&it.traits, &it.result, &it.comment)).collect();
        let shared = has_id && said.len() > 1;
        let (mut is_first, mut number) = (known.is_empty(), 1);
        let names = same::names(&items, &known, told.takes_back());
        for ((at, item), name) in group.into_iter().zip(items).zip(names) {
            let was_unclear = |key: &str| before.get(key).is_some_and(|known| known.row.unclear);
            let (key, unclear) = match name {
                Name::Of(key) => (key.clone(), was_unclear(&key) && !told.takes_back()),
                Name::New | Name::Unclear if std::mem::take(&mut is_first) => (base.to_owned(), false),
                Name::New => (unused(base, &taken, &mut number), false),
                Name::Unclear => (unused(base, &taken, &mut number), true),
            };
            taken.insert(key.clone());
            out.insert(at, Named { key, traits: item.traits, unclear: unclear || shared });
        }
    }
    out.into_values().collect()
}

/// A key that nothing has: the base with a number.
fn unused(base: &str, taken: &BTreeSet<String>, number: &mut u32) -> String {
    loop {
        *number += 1;
        let key = format!("{base}-{number}");
        if !taken.contains(&key) {
            return key;
        }
    }
}

/// What a result stands in, and what that stands in; as deep as a document is.
fn outer<'a>(known: &'a Known, before: &'a BTreeMap<String, Known>) -> impl Iterator<Item = &'a str> {
    let above = |known: &'a Known| known.words.inside.as_deref();
    std::iter::successors(above(known), move |key| before.get(*key).and_then(above)).take(64)
}

impl Known {
    fn earlier<'a>(&'a self, key: &'a str) -> Earlier<'a> {
        Earlier {
            key,
            traits: &self.traits,
            result: &self.row.result,
            comment: &self.comment,
            cancelled: self.row.status == ResultStatus::Cancelled,
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
fn restate(row: &mut ResultRow, known: &Known) {
    row.result.clone_from(&known.row.result);
    row.answered_at = known.row.answered_at;
    row.taken_on = row.taken_on.or(known.row.taken_on);
    for (own, known) in [
        (&mut row.comment, &known.plain),
        (&mut row.material, &known.row.material),
        (&mut row.test, &known.row.test),
    ] {
        if own.is_empty() {
            own.clone_from(known);
        }
    }
}

/// The samples a result is of: those it names, else those of what it stands in, else the only one there is.
fn samples<'a>(report: &'a LabReport, leaf: &Leaf<'_>, leaves: &[Leaf<'_>]) -> Vec<&'a Sample> {
    let named = |item: &ResultItem| -> Vec<&'a Sample> {
        report.samples.iter().filter(|sample| item.samples.contains(&sample.id)).collect()
    };
    let mut at = Some(leaf);
    while let Some(leaf) = at {
        // One that names a sample which the report does not have is not of the sample that it has.
        if !leaf.item.samples.is_empty() {
            return named(leaf.item);
        }
        at = leaf.parent.and_then(|parent| leaves.get(parent));
    }
    if report.samples.len() == 1 { report.samples.iter().collect() } else { Vec::new() }
}

/// The code to show: the first that a table knows, else the first there is.
fn code(leaf: &Leaf<'_>, codes: &TbCodes) -> Coded {
    let (all, codes) = (&leaf.item.codes, codes.on(leaf.day));
    let known = all.iter().find(|code| codes.knows(&code.system, code.key()));
    known.or(all.first()).cloned().unwrap_or_default()
}

fn joined(text: &str, more: &[String]) -> String {
    joined_names(std::iter::once(text).chain(more.iter().map(String::as_str)))
}

fn joined_names<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}
