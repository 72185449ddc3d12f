//! Relocations and the register's patients as they are understood.
//!
//! A name is its initials and a number its type and last digits. What stands in a closed list's column and is in no
//! list is not shown: in a column that is mapped wrongly it may be a name.

use chrono::NaiveDate;

use super::super::inputs::{Head, Role};
use super::field::{Field, Fields, ShownForm, ShownInput, ShownRow, Withheld, text, word, yes_no};
use super::sight::{Sight, is_in};
use super::strict::keys;
use crate::intake::occurrence::{EventKind, Occurrence};
use crate::intake::{Extracts, Register};
use crate::job::{EventForm, EventSource};
use crate::patient::{Grading, Patient};
use crate::tabular::{Row, Table};

/// What is shown where a value is in no list.
const NOT_LISTED: &str = "(not listed)";

/// The relocation extracts: tables and events.
pub(super) fn relocations(sight: &Sight<'_>) -> Vec<ShownInput> {
    let mut out: Vec<ShownInput> =
        heads(sight, Role::Extract).map(|head| table_of_moves(sight, head)).collect();
    out.extend(sight.job.event_sources().map(|source| events(sight, source)));
    out
}

/// The service's own register.
pub(super) fn patients(sight: &Sight<'_>) -> Vec<ShownInput> {
    let shown = |head: &Head| {
        sight.table("patients", head, |record, row| {
            let register = Register::read(record, &head.source.shown, &sight.reading);
            register.patients.values().flat_map(|patient| of_patient(row, patient)).collect()
        })
    };
    heads(sight, Role::Register).map(shown).collect()
}

/// The tables of one role.
pub(super) fn heads<'a>(sight: &Sight<'a>, role: Role) -> impl Iterator<Item = &'a Head> {
    sight.inputs.heads.iter().filter(move |head| head.role == role)
}

fn table_of_moves(sight: &Sight<'_>, head: &Head) -> ShownInput {
    sight.table("relocations", head, |record: &Table, row| {
        let mut alone = Extracts::default();
        alone.take_in(record, &head.source.shown, &sight.reading);
        alone.occurrences.iter().flat_map(|read| of_move(sight, Some(row), read)).collect()
    })
}

/// Events that concern somebody known; of all others there is only a count.
fn events(sight: &Sight<'_>, source: &EventSource) -> ShownInput {
    let file = source.location.shown.as_str();
    let format = match source.form {
        EventForm::Documents => "freg-xml",
        EventForm::Feed => "freg-feed",
    };
    let rows = sight
        .inputs
        .extracts
        .occurrences
        .iter()
        .filter(|row| row.kind != EventKind::Unread && is_in(&row.at.file, file));
    let rows = rows.take(sight.most).map(|read| ShownRow {
        file: text(&read.at.file),
        line: Some(read.at.line),
        rejected: None,
        fields: of_move(sight, None, read),
    });
    let rows = rows.chain(sight.rejected_in(file)).collect();
    sight.input("relocations", file, ShownForm::other(format), rows)
}

fn of_move(sight: &Sight<'_>, row: Option<Row<'_>>, read: &Occurrence) -> Vec<Field> {
    let theirs = keys(sight.key, read.id.iter().chain(&read.former_id), read.patient_ref.as_ref());
    let strict = sight.is_strict(&theirs);
    let mut fields = row.map_or_else(Fields::free, Fields::of);
    // In a column that is mapped wrongly anything may stand, a place too.
    match &read.event_id {
        Some(_) if strict => fields.withhold("event_id", Withheld::StrictlyConfidential),
        id => fields.put("event_id", id.as_deref().and_then(text)),
    }
    match &read.patient_ref {
        Some(own) if strict && !sight.has_patient(own) => {
            fields.withhold("patient_ref", Withheld::StrictlyConfidential);
        }
        own => fields.put("patient_ref", own.as_ref().map(ToString::to_string)),
    }
    fields.put("person_id", read.id.as_ref().map(ToString::to_string));
    fields.put("former_id", read.former_id.as_ref().map(ToString::to_string));
    fields.add("name", text(&read.name.initials()));
    sight.municipality(&mut fields, "from_municipality", &read.from, strict);
    sight.municipality(&mut fields, "to_municipality", &read.to, strict);
    sight.district(&mut fields, "to_district", &read.district, strict);
    fields.put_cell("move_date", day(read.move_date));
    let written = row.map(|row| row.get("event_type")).filter(|text| !text.is_empty());
    fields.put_from("event_type", written.map(event_type), Some(read.kind.code().to_owned()));
    fields.put("change", Some(read.change.code().to_owned()));
    grading(&mut fields, row, read.grading);
    let registered = read.registered_at.map(|at| at.with_timezone(sight.reading.now.offset()));
    fields.put_cell("registered_at", registered.map(|at| at.format("%Y-%m-%d %H:%M %:z").to_string()));
    fields.done()
}

fn of_patient(row: Row<'_>, patient: &Patient) -> Vec<Field> {
    let mut fields = Fields::of(row);
    let known = patient.ids.first();
    fields.put("patient_ref", Some(patient.patient.to_string()));
    fields.put("person_id", known.map(|known| known.id.to_string()));
    fields.put("id_status", known.and_then(|known| word(&known.status)));
    fields.add("name", text(&patient.name.initials()));
    fields.put_cell("birth_date", day(patient.birth_date));
    fields.put("group_a", yes_no(patient.group_a));
    fields.put("transit_arrival", yes_no(patient.transit_arrival));
    fields.put("screening", patient.screening.as_ref().and_then(word));
    fields.put("consent", yes_no(patient.consent));
    fields.put("objection", word(&patient.objection));
    let competence = patient.competent.map(|ok| if ok { "ok" } else { "unclear" }.to_owned());
    fields.put("competence", competence);
    grading(&mut fields, Some(row), patient.grading);
    fields.done()
}

/// A day as it is read: what was taken for the month is seen.
pub(super) fn day(day: Option<NaiveDate>) -> Option<String> {
    day.map(|day| day.to_string())
}

/// An event's type as written: only what looks like one.
fn event_type(written: &str) -> String {
    let begins = |start: &str| written.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    let like_one =
        (begins("endringI") || begins("personEr")) && written.bytes().all(|c| c.is_ascii_alphabetic());
    match EventKind::parse(written) {
        EventKind::Other(_) if !like_one => NOT_LISTED.to_owned(),
        _known => text(written).unwrap_or_default(),
    }
}

fn grading(fields: &mut Fields<'_>, row: Option<Row<'_>>, read: Option<Grading>) {
    let written = row.map(|row| row.get("address_grading")).filter(|text| !text.is_empty());
    fields.put_from("address_grading", written.map(grading_written), read.map(|read| read.code().to_owned()));
}

/// A grading as written: a code, or one of the words the register has.
fn grading_written(written: &str) -> String {
    let plain: String =
        written.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let words = ["ugradert", "klientadresse", "fortrolig", "strengtfortrolig", "strengtfortroligutland"];
    let code = plain.strip_prefix("kode").unwrap_or(&plain);
    let is_code = code.len() <= 2 && code.bytes().all(|byte| byte.is_ascii_digit());
    if words.contains(&plain.as_str()) || is_code { written.to_owned() } else { NOT_LISTED.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_no_list_is_not_shown() {
        let rows = [
            ("endringIBostedsadresse", "endringIBostedsadresse"),
            ("personErDoed", "personErDoed"),
            ("endringINoeHeltNytt", "endringINoeHeltNytt"),
            ("Nordmann", NOT_LISTED),
            ("personErKari Nordmann", NOT_LISTED),
        ];
        for (written, expected) in rows {
            assert_eq!(event_type(written), expected, "{written}");
        }
        let rows = [
            ("7", "7"),
            ("kode 6", "kode 6"),
            ("STRENGT_FORTROLIG", "STRENGT_FORTROLIG"),
            ("Nordmann", NOT_LISTED),
        ];
        for (written, expected) in rows {
            assert_eq!(grading_written(written), expected, "{written}");
        }
    }
}
