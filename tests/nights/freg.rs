//! A night fed by Folkeregisteret's events: the same migrants, the same decisions as the night fed by a table.

use std::collections::BTreeMap;
use std::fs;

use crate::stage::{Outcome, Stage};

const JOB: &str = "jobs/nightly.toml";
const EXTRACT: &str = "samples/first-night/relocations.csv";

type Row = BTreeMap<String, String>;

/// The rows of the sample extract, by column name, with the line each stands on.
fn rows(text: &str) -> Vec<(String, Row)> {
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split(';').collect();
    let row = |line: &str| {
        header.iter().zip(line.split(';')).map(|(name, cell)| ((*name).to_owned(), cell.to_owned())).collect()
    };
    lines.map(|line| (line.to_owned(), row(line))).collect()
}

fn cell<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).map_or("", String::as_str)
}

/// What Folkeregisteret could have told: of a whole row about a number it gives out, leaving the sender.
fn can_be_an_event(row: &Row) -> bool {
    let plain = |name: &str, allowed: &[&str]| allowed.contains(&cell(row, name));
    let day = cell(row, "move_date");
    row.len() == 15
        && plain("id_type", &["FNR", "DNR"])
        && !cell(row, "person_id").is_empty()
        && ["former_id", "patient_ref", "to_district"].iter().all(|name| cell(row, name).is_empty())
        && plain("from_municipality", &["", "0301"])
        && (day.is_empty() || day.starts_with("2026-"))
        && cell(row, "event_type").starts_with(['e', 'p'])
        // Names an event that nobody told; an event document names none.
        && cell(row, "event_id") != "FR-9999"
}

/// An event document that says what the row does. Its id is its own: a change names no event.
fn document(no: usize, row: &Row) -> String {
    let of = |name: &str| cell(row, name);
    let day = of("move_date");
    let (entity, dated) = match of("event_type") {
        "endringIOppholdsadresse" => ("oppholdsadresse", "oppholdsadressedato"),
        "endringIAdressebeskyttelse" => ("adressebeskyttelse", ""),
        "personErUtflyttet" => ("utflytting", ""),
        "personErDoed" => ("doedsfall", "doedsdato"),
        _ => ("bostedsadresse", "flyttedato"),
    };
    let grading = if of("address_grading").is_empty() { "ugradert" } else { of("address_grading") };
    let inside = match entity {
        "adressebeskyttelse" => format!("<h:graderingsnivaa>{grading}</h:graderingsnivaa>"),
        "utflytting" => format!("<h:gyldighetstidspunkt>{day}T00:00:00+01:00</h:gyldighetstidspunkt>"),
        "doedsfall" => format!("<h:doedsdato>{day}</h:doedsdato>"),
        _ => format!(
            "<h:vegadresse><h:kommunenummer>{}</h:kommunenummer></h:vegadresse>\
             <h:adressegradering>{grading}</h:adressegradering><h:{dated}>{day}</h:{dated}>",
            of("to_municipality")
        ),
    };
    let (change, value) = match of("change") {
        "annulled" => ("annullere", String::new()),
        "corrected" => ("korrigere", format!("<h:{entity}>{inside}</h:{entity}>")),
        _ => ("registrereNy", format!("<h:{entity}>{inside}</h:{entity}>")),
    };
    format!(
        "<h:dokumentForHendelse xmlns:h=\"folkeregisteret:tilgjengeliggjoering:hendelse:v1\">\n\
         <h:dokumentidentifikator>dok-{no}</h:dokumentidentifikator><h:skjemaversjon>1.4</h:skjemaversjon>\n\
         <h:hendelse><h:folkeregisteridentifikator>{}</h:folkeregisteridentifikator>\
         <h:hendelsestype>{}</h:hendelsestype><h:ajourholdstidspunkt>{}:00+01:00</h:ajourholdstidspunkt>\n\
         <h:egenskapshendelse>{value}<h:entitet>{entity}</h:entitet>\
         <h:entitetsendring>{change}</h:entitetsendring></h:egenskapshendelse></h:hendelse>\n\
         </h:dokumentForHendelse>\n",
        of("person_id"),
        of("event_type"),
        of("registered_at").replace(' ', "T"),
    )
}

/// Lets what can be told by events be told by them; gives how many there are.
pub(crate) fn tell_by_events(stage: &Stage) -> Outcome<usize> {
    let text = fs::read_to_string(stage.path(EXTRACT))?;
    let (events, others): (Vec<_>, Vec<_>) =
        rows(&text).into_iter().partition(|(_, row)| can_be_an_event(row));
    let header = text.lines().next().unwrap_or_default();
    let kept: Vec<&str> = others.iter().map(|(line, _)| line.as_str()).collect();
    fs::write(stage.path(EXTRACT), format!("{header}\n{}\n", kept.join("\n")))?;
    let folder = stage.path("samples/first-night/events");
    fs::create_dir(&folder)?;
    for (no, (_, row)) in events.iter().enumerate() {
        fs::write(folder.join(format!("{no:03}.xml")), document(no, row))?;
    }
    stage.edit(JOB, |job| {
        let events = "[[relocations]]\nformat = \"freg-xml\"\npath = \"../samples/first-night/events\"\n\
                      expected_minimum = 40\n\n[[relocations]]\n";
        job.replace("expected_minimum = 40", "expected_minimum = 1").replacen("[[relocations]]\n", events, 1)
    })?;
    Ok(events.len())
}

/// Reports without what tells the source of a row.
fn decisions(stage: &Stage) -> Outcome<Vec<Row>> {
    let mut out = stage.rows("reconciliation.csv")?;
    out.extend(stage.rows("actions.csv")?);
    out.extend(stage.rows("packing-list.csv")?);
    out.extend(stage.rows("tb-results.csv")?);
    // How many rows were rejected in which file is the source's own.
    out.retain(|row| cell(row, "code") != "rejected-rows");
    out.sort();
    Ok(out)
}

#[test]
fn events_and_a_table_give_the_same_decisions() -> Outcome {
    let plain = Stage::first_night()?;
    plain.run()?;
    let stage = Stage::first_night()?;
    let told = tell_by_events(&stage)?;
    assert!(told > 55, "{told} events");
    let checked = stage.play(&["check", JOB])?.ends_with(0)?;
    let counts = format!("{told} events: ");
    assert!(
        checked.out.contains(&counts) && checked.out.contains("endringIOppholdsadresse "),
        "{}",
        checked.out
    );
    stage.run()?;
    let (expected, seen) = (decisions(&plain)?, decisions(&stage)?);
    let only_in = |these: &[Row], others: &[Row]| {
        these.iter().filter(|row| !others.contains(row)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(only_in(&seen, &expected), only_in(&expected, &seen));
    assert_eq!(seen.len(), expected.len());
    let sums = stage.summary()?;
    assert_eq!(sums["sums_agree"], true);
    stage.run()?;
    assert_eq!(stage.files("out/nightly/outbox")?.len(), plain.files("out/nightly/outbox")?.len());
    Ok(())
}

#[test]
fn events_that_are_cut_short_are_held_and_their_gradings_count() -> Outcome {
    let stage = Stage::first_night()?;
    tell_by_events(&stage)?;
    for entry in fs::read_dir(stage.path("samples/first-night/events"))? {
        let path = entry?.path();
        let text = fs::read_to_string(&path)?;
        if text.contains(">strengtFortrolig<") {
            fs::write(&path, text.replace("</h:dokumentForHendelse>", ""))?;
        }
    }
    stage.run()?;
    let held = stage.summary()?["files_held"].to_string();
    assert!(held.contains("../samples/first-night/events/"), "{held}");
    Ok(())
}
