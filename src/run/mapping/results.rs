//! TB results, the job's code table and its result words as they are understood.
//!
//! Of what is not TB, or may not be, the answer and its comment are not shown. Of a strictly confidential person the
//! laboratory, the material and free text are not: they may name a place, and so may what tells a report from others
//! and a code that is in no table.

use std::collections::BTreeSet;

use super::super::inputs::{Head, Role};
use super::field::{Field, Fields, ShownForm, ShownInput, ShownRow, Withheld, text, word, yes_no};
use super::persons::{day, heads};
use super::sight::{Sight, is_in};
use crate::collect::reading::{Beside, read_row};
use crate::collect::tb_source::{Context, Judged, ResultRow, read_results};
use crate::id::{PatientRef, PersonKey};
use crate::intake::cells;
use crate::inventory::Reading;
use crate::person::IdType;
use crate::tables::tb_codes::{Classified, CodeTable};
use crate::tabular::Row;

/// What a person is called whom the register does not know.
const NOT_OURS: &str = "not in the register";

/// Result files and laboratory reports.
pub(super) fn results(sight: &Sight<'_>) -> Vec<ShownInput> {
    let mut out: Vec<ShownInput> = heads(sight, Role::Results).map(|head| table(sight, head)).collect();
    out.extend(sight.job.tb.reports.iter().map(|named| reports(sight, &named.place.shown)));
    out
}

fn table(sight: &Sight<'_>, head: &Head) -> ShownInput {
    let today = sight.reading.now.date_naive();
    let context = Context { key: sight.key, environment: sight.reading.environment, today };
    sight.table("tb-results", head, |record, row| {
        let read = read_results(record, &head.source.shown, &context);
        read.rows.iter().flat_map(|read| of_result(sight, Some(row), read)).collect()
    })
}

fn reports(sight: &Sight<'_>, file: &str) -> ShownInput {
    let items = |row: &&ResultRow| row.judged != Judged::AsFiled && is_in(&row.source_file, file);
    let rows = sight.inputs.results.rows().iter().filter(items).take(sight.most);
    let rows = rows.map(|read| ShownRow {
        file: text(&read.source_file),
        fields: of_result(sight, None, read),
        ..ShownRow::default()
    });
    let rows = rows.chain(sight.rejected_in(file)).collect();
    sight.input("tb-results", file, ShownForm::other("lab-report-xml"), rows)
}

fn of_result(sight: &Sight<'_>, row: Option<Row<'_>>, read: &ResultRow) -> Vec<Field> {
    let theirs: BTreeSet<PersonKey> = read.persons().cloned().collect();
    let strict = sight.is_strict(&theirs).then_some(Withheld::StrictlyConfidential);
    let class = class(sight, read);
    let not_shown = match class {
        Classified::NotTb => Some(Withheld::NotTb),
        Classified::ToJudge => Some(Withheld::ToJudge),
        Classified::Tb(_) | Classified::NoCode => None,
    };
    let mut fields = row.map_or_else(Fields::free, Fields::of);
    or_withheld(&mut fields, "result_id", strict, || text(&read.result_id));
    fields.put("person_id", row.map_or_else(|| whose(sight, read), |row| number(sight, row)));
    let reference = row.map(|row| row.get("patient_ref")).unwrap_or_default();
    let known = reference.is_empty() || sight.has_patient(&PatientRef::new(reference));
    or_withheld(&mut fields, "patient_ref", strict.filter(|_| !known), || text(reference));
    fields.put_cell("taken_on", day(read.taken_on));
    fields.put_cell("answered_on", day(read.answered_at.map(|time| time.date())));
    let told_by = sight.inputs.codes.on(read.day()).told_by(&read.code_system, &read.code);
    let no_code = strict.filter(|_| told_by.is_none());
    or_withheld(&mut fields, "code_system", no_code, || text(&read.code_system));
    or_withheld(&mut fields, "code", no_code, || text(&read.code));
    fields.add("class", Some(class_code(class).to_owned()));
    fields.add("class_by", told_by.map(|table| table_code(table).to_owned()));
    or_withheld(&mut fields, "test", strict, || text(&read.test));
    or_withheld(&mut fields, "material", strict, || text(&read.material));
    result(sight, &mut fields, read, not_shown, strict);
    fields.put("status", word(&read.status));
    or_withheld(&mut fields, "laboratory", strict, || text(&read.laboratory));
    or_withheld(&mut fields, "comment", not_shown.or(strict), || text(&read.comment));
    fields.done()
}

fn or_withheld(
    fields: &mut Fields<'_>,
    key: &'static str,
    why: Option<Withheld>,
    read: impl Fn() -> Option<String>,
) {
    match why {
        Some(why) => fields.withhold(key, why),
        None => fields.put(key, read()),
    }
}

/// The answer and what it is read as. An unread one of somebody strictly confidential is free text.
fn result(
    sight: &Sight<'_>,
    fields: &mut Fields<'_>,
    read: &ResultRow,
    not_shown: Option<Withheld>,
    strict: Option<Withheld>,
) {
    let codes = sight.inputs.codes.on(read.day());
    let code = (read.code_system.as_str(), read.code.as_str(), read.test.as_str());
    let reading =
        read_row(codes, &sight.job.tb.words, read.judged, code, &read.result, Beside::of(read)).reading;
    let is_word = matches!(reading, Reading::Positive | Reading::Negative | Reading::Inconclusive);
    match not_shown.or(strict.filter(|_| !is_word && reading != Reading::Unanswered)) {
        Some(why) => fields.withhold("result", why),
        None => fields.put_from("result", text(&read.result), word(&reading)),
    }
}

/// What the row is: by its code, and of a report's item by what it hangs on.
fn class(sight: &Sight<'_>, read: &ResultRow) -> Classified {
    match read.judged {
        Judged::AsFiled => {
            sight.inputs.codes.on(read.day()).classify(&read.code_system, &read.code, &read.test)
        }
        Judged::Tb(class) => Classified::Tb(class),
        Judged::ToJudge => Classified::ToJudge,
        Judged::NotTb => Classified::NotTb,
    }
}

fn class_code(class: Classified) -> &'static str {
    match class {
        Classified::Tb(class) => class.code(),
        Classified::NotTb => "not-tb",
        Classified::ToJudge => "to-judge",
        Classified::NoCode => "no-code",
    }
}

fn table_code(table: CodeTable) -> &'static str {
    match table {
        CodeTable::Own => "own",
        CodeTable::Embedded => "embedded",
    }
}

/// Whose a report's item is; the report itself shows no number.
fn whose(sight: &Sight<'_>, read: &ResultRow) -> Option<String> {
    Some(sight.in_register(read.persons()).unwrap_or_else(|| NOT_OURS.to_owned()))
}

/// A row's number as results are read: a hjelpenummer needs no type.
fn number(sight: &Sight<'_>, row: Row<'_>) -> Option<String> {
    let read = |stated| cells::national_id(row, "person_id", stated, &sight.reading);
    let cell = read(None).or_else(|_| read(Some(IdType::Hnr)));
    cell.ok()?.id.map(|id| id.to_string())
}

/// The job's own code table, and whether each row holds today.
pub(super) fn codes(sight: &Sight<'_>) -> Vec<ShownInput> {
    let today = sight.inputs.codes.on(Some(sight.reading.now.date_naive()));
    let shown = |head: &Head| {
        sight.table("tb-codes", head, |_record, row| {
            let mut fields = Fields::of(row);
            fields.put("code_system", text(row.get("code_system")));
            fields.put("code", text(row.get("code")));
            fields.put("class", text(&row.get("class").to_lowercase()));
            for key in ["valid_from", "valid_to"] {
                fields.put_cell(key, day(row.date(key).unwrap_or_default()));
            }
            let own = today.told_by(row.get("code_system"), row.get("code")) == Some(CodeTable::Own);
            let class = class_code(today.classify(row.get("code_system"), row.get("code"), ""));
            let holds = own && class.eq_ignore_ascii_case(row.get("class"));
            fields.add("holds_today", yes_no(Some(holds)));
            fields.put("note", text(row.get("note")));
            fields.done()
        })
    };
    heads(sight, Role::Codes).map(shown).collect()
}

/// The job's own result words; they stand in the job file itself.
pub(super) fn words(sight: &Sight<'_>) -> Option<ShownInput> {
    let words = &sight.job.tb.words;
    let lists =
        [("positive", &words.positive), ("negative", &words.negative), ("inconclusive", &words.inconclusive)];
    if lists.iter().all(|(_, list)| list.is_empty()) {
        return None;
    }
    let mut fields = Fields::free();
    for (key, list) in lists {
        fields.add(key, text(&list.join(", ")));
    }
    let row = ShownRow { fields: fields.done(), ..ShownRow::default() };
    Some(sight.input("tb-words", "[tb] words", ShownForm::other("job"), vec![row]))
}
