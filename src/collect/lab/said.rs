//! What an item of a report says, in the words of the report: the result, the comment, the test.
//!
//! Nothing is interpreted. Codes of the lists that laboratories use are shown by name where a sender left the name
//! out; limits, deviations and the details that stand in an item become part of its comment.

use crate::message::lab_report::{Coded, ResultItem, Value};

/// 8271, susceptibility.
pub(super) const SUSCEPTIBILITY: &str = "8271";
/// 8340, the answers of a laboratory.
const ANSWERS: &str = "8340";
/// 8243, a result that is one of susceptibility.
const RESISTANCE: &str = "RSB";

/// Code list 8239.
const COMPARATORS: [(&str, &str); 8] =
    [("LT", "<"), ("LE", "≤"), ("GT", ">"), ("GE", "≥"), ("EQ", ""), ("NE", "≠"), ("ML", "<<"), ("MG", ">>")];

/// Names of code lists 8340 and 8271.
const NAMES: [(&str, &str, &str); 13] = [
    (ANSWERS, "T001", "Påvist"),
    (ANSWERS, "T002", "Positiv"),
    (ANSWERS, "T003", "Svakt positiv"),
    (ANSWERS, "T004", "Grenseverdi"),
    (ANSWERS, "T005", "Gråsone"),
    (ANSWERS, "T006", "Reaktiv"),
    (ANSWERS, "T007", "Ikke påvist"),
    (ANSWERS, "T008", "Negativ"),
    (ANSWERS, "T009", "Inkonklusiv"),
    (ANSWERS, "T010", "Se kommentar"),
    (SUSCEPTIBILITY, "S", "Sensitiv"),
    (SUSCEPTIBILITY, "I", "Intermediært følsom"),
    (SUSCEPTIBILITY, "R", "Resistent"),
];

/// Whether a code is of one of the Directorate's lists, by its four digits.
pub(super) fn is_of(code: &Coded, list: &str) -> bool {
    code.system == list || code.system.rsplit('.').next() == Some(list)
}

/// Whether an item tells whether a drug works.
pub(super) fn is_resistance(item: &ResultItem) -> bool {
    item.values.iter().any(|value| match value {
        Value::Text { heading, codes, .. } => {
            heading == RESISTANCE || codes.iter().any(|code| is_of(code, SUSCEPTIBILITY))
        }
        Value::Number { .. } | Value::Interval(..) | Value::Date(_) => false,
    })
}

/// The result as text; empty where the item has none.
pub(super) fn result(item: &ResultItem) -> String {
    answers(item).join("; ")
}

/// Each value of an item that says something.
pub(super) fn answers(item: &ResultItem) -> Vec<String> {
    item.values.iter().map(value).filter(|text| !text.is_empty()).collect()
}

fn value(value: &Value) -> String {
    match value {
        Value::Text { text, codes, unit, .. } => with_codes(format!("{text} {unit}").trim(), codes),
        Value::Number { comparator, value, unit } => {
            let known = COMPARATORS.iter().find(|(code, _)| code == comparator);
            let sign = known.map_or(comparator.as_str(), |(_, sign)| sign);
            format!("{sign} {value} {unit}").trim().to_owned()
        }
        Value::Interval(low, high) => format!("{low}–{high}"),
        Value::Date(date) => date.clone(),
    }
}

/// Everything one value says, each for itself: its text, and its codes by name.
pub(super) fn parts(value: &Value) -> Vec<String> {
    match value {
        Value::Text { text, codes, .. } => {
            std::iter::once(text.clone()).chain(codes.iter().map(name)).collect()
        }
        Value::Number { .. } | Value::Interval(..) | Value::Date(_) => Vec::new(),
    }
}

/// Text and codes: a code that says what the text says is not repeated, one that says more stands beside it.
fn with_codes(text: &str, codes: &[Coded]) -> String {
    let names: Vec<String> =
        codes.iter().map(name).filter(|name| name.to_lowercase() != text.to_lowercase()).collect();
    match (text.is_empty(), names.is_empty()) {
        (true, _) => names.join("; "),
        (false, true) => text.to_owned(),
        (false, false) => format!("{text} ({})", names.join("; ")),
    }
}

/// A code by its name. One that a sender calls something else than its list does says two things, and both are shown:
/// such an answer is for a person to read.
fn name(code: &Coded) -> String {
    // The codes of 8340 are like no others: one that names no list is of it.
    let is_meant = |list: &str| is_of(code, list) || code.system.is_empty() && list == ANSWERS;
    let known =
        NAMES.iter().find(|(list, value, _)| is_meant(list) && value.eq_ignore_ascii_case(&code.value));
    match known {
        Some((_, _, name)) if code.name.is_empty() => (*name).to_owned(),
        Some((_, value, name)) if code.name.to_lowercase() != name.to_lowercase() => {
            format!("{} ({value} {name})", code.name)
        }
        Some(_) | None => code.shown().to_owned(),
    }
}

/// What was examined, in the report's words.
pub(super) fn test(item: &ResultItem) -> String {
    let names: Vec<&str> = item.codes.iter().map(Coded::shown).filter(|name| !name.is_empty()).collect();
    names.join(", ")
}

/// Everything that is said about a result besides the result.
pub(super) fn comment(item: &ResultItem, details: &[&ResultItem]) -> String {
    let mut said = remarks(item);
    said.extend(details.iter().map(|detail| self::detail(detail)).filter(|text| !text.is_empty()));
    said.join("; ")
}

/// What an item says besides its result: comments, deviation, limits.
pub(super) fn remarks(item: &ResultItem) -> Vec<String> {
    let limits = item.references.iter().map(|limit| format!("Referanse: {limit}"));
    let said = item.comments.iter().chain([&item.deviation]).cloned().chain(limits);
    said.filter(|text| !text.is_empty()).collect()
}

/// A detail that stands in an item: what it is and what it says.
fn detail(item: &ResultItem) -> String {
    let said = [result(item), item.comments.join("; ")];
    let said: Vec<&str> = said.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
    match (test(item), said.join("; ")) {
        (name, said) if name.is_empty() => said,
        (name, said) if said.is_empty() => name,
        (name, said) => format!("{name}: {said}"),
    }
}
