//! `check --show-mapping`: each input with its form, then its first rows, a line a column.
//!
//! Keys and values stay canonical in every language. Leaves out what is shown (`run::mapping`).

use crate::lang::Lang;
use crate::run::Mapping;
use crate::run::mapping::field::{Field, ShownForm, ShownInput, ShownRow, Withheld};

/// The inputs, one after the other.
pub(super) fn shown(mapping: &Mapping, lang: Lang) -> String {
    let inputs: Vec<String> = mapping.mapping.iter().map(|one| input(one, lang)).collect();
    inputs.join("\n\n")
}

fn input(input: &ShownInput, lang: Lang) -> String {
    let mut out = vec![format!("== {}: {} ({})", input.input, input.file, form(&input.form))];
    out.extend(input.form.columns.iter().map(|(canonical, own)| format!("   {own} → {canonical}")));
    out.extend(input.found.iter().map(|found| format!("   {found}")));
    if let Some(why) = &input.held {
        out.push(format!("   {}: {why}", lang.pick("holdt tilbake", "held")));
    } else if input.rows.is_empty() {
        out.push(format!("   {}", lang.pick("ingen rader å vise", "no rows to show")));
    }
    out.extend(input.rows.iter().map(|one| row(one, lang)));
    out.join("\n")
}

fn form(form: &ShownForm) -> String {
    let delimiter = match form.delimiter {
        Some('\t') => Some("\"\\t\"".to_owned()),
        Some(delimiter) => Some(format!("\"{delimiter}\"")),
        None => None,
    };
    let parts = [Some(form.format.to_owned()), delimiter, form.encoding.map(str::to_owned)];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn row(row: &ShownRow, lang: Lang) -> String {
    let line = row.line.map(|line| format!("{} {line}", lang.pick("linje", "line")));
    let place: Vec<String> = [row.file.clone(), line].into_iter().flatten().collect();
    let head = if place.is_empty() { "-".to_owned() } else { format!("- {}", place.join(", ")) };
    let mut out = vec![format!("   {head}")];
    if let Some(rejected) = &row.rejected {
        let (reason, code) = (&rejected.reason, &rejected.code);
        let column = if rejected.column.is_empty() { "" } else { ": " };
        let words = lang.pick("avvist", "rejected");
        out.push(format!("     {words}: {}{column}{reason} ({code})", rejected.column));
    }
    out.extend(row.fields.iter().map(|one| format!("     {}", field(one, lang))));
    out.join("\n")
}

fn field(field: &Field, lang: Lang) -> String {
    let shown = |text: &Option<String>| match text.as_deref() {
        None | Some("") => "–".to_owned(),
        Some(text) => text.to_owned(),
    };
    let key = field.key;
    match (field.withheld, &field.written) {
        (Some(why), _) => format!("{key} = ({})", withheld(why, lang)),
        (None, None) => format!("{key} = {}", shown(&field.read)),
        (None, Some(_)) => format!("{key} = {} → {}", shown(&field.written), shown(&field.read)),
    }
}

fn withheld(why: Withheld, lang: Lang) -> &'static str {
    match why {
        Withheld::StrictlyConfidential => {
            lang.pick("vises ikke: strengt fortrolig adresse", "not shown: strictly confidential address")
        }
        Withheld::NotTb => lang.pick("vises ikke: ikke tuberkulose", "not shown: not tuberculosis"),
        Withheld::ToJudge => {
            lang.pick("vises ikke: koden må vurderes først", "not shown: the code must be judged first")
        }
    }
}
