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

/// An event of bostedsadresse of MH-1001, registered on a day of November; an empty place takes the latest back.
fn address_event(id: &str, to: &str, day: u32) -> String {
    let (value, change) = match to {
        "" => (String::new(), "annullere"),
        to => (
            format!(
                "<bostedsadresse><vegadresse><kommunenummer>{to}</kommunenummer></vegadresse>\
                 <adressegradering>ugradert</adressegradering><flyttedato>2026-11-{day:02}</flyttedato>\
                 </bostedsadresse>"
            ),
            "registrereNy",
        ),
    };
    format!(
        "<dokumentForHendelse xmlns=\"folkeregisteret:tilgjengeliggjoering:hendelse:v1\">\
         <dokumentidentifikator>{id}</dokumentidentifikator><skjemaversjon>1.4</skjemaversjon><hendelse>\
         <folkeregisteridentifikator>{MOVER}</folkeregisteridentifikator>\
         <hendelsestype>endringIBostedsadresse</hendelsestype>\
         <ajourholdstidspunkt>2026-11-{day:02}T03:12:00+01:00</ajourholdstidspunkt><egenskapshendelse>{value}\
         <entitet>bostedsadresse</entitet><entitetsendring>{change}</entitetsendring></egenskapshendelse>\
         </hendelse></dokumentForHendelse>"
    )
}

/// MH-1001 of the sample register.
const MOVER: &str = "14838849904";

/// A night with these event files alone; what became of MH-1001's results, where to and why.
fn night_of_events(stage: &Stage, day: u32, files: &[(&str, String)]) -> Outcome<String> {
    let folder = stage.path("samples/first-night/events");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir(&folder)?;
    for (name, text) in files {
        fs::write(folder.join(name), text)?;
    }
    stage.play(&["run", JOB, "--now", &format!("2026-11-{day:02}T02:00:00+01:00")])?.ends_with(0)?;
    let rows = stage.rows("reconciliation.csv")?;
    let of_mover =
        rows.iter().filter(|row| cell(row, "patient_ref") == "MH-1001" && cell(row, "content") == "tb");
    let told = of_mover.map(|row| {
        format!("{} {} {}", cell(row, "to_municipality"), cell(row, "state"), cell(row, "reason_code"))
    });
    Ok(told.map(|told| told.trim().to_owned()).collect::<Vec<_>>().join(", "))
}

fn events_only(stage: &Stage) -> Outcome {
    stage.edit(JOB, |job| {
        let until = job.find("[[relocations]]").unwrap_or_default();
        let from = job.find("[legal]").unwrap_or_default();
        let events = "[[relocations]]\nformat = \"freg-xml\"\npath = \"../samples/first-night/events\"\n\
                      expected_minimum = 0\n\n";
        // The directory would be too old for the later nights, and TB results go by letter without it.
        format!("{}{events}{}", &job[..until], &job[from..])
    })
}

#[test]
fn an_annulment_takes_back_the_address_change_it_is_of_and_no_other() -> Outcome {
    let stage = Stage::first_night()?;
    events_only(&stage)?;
    let event = address_event;
    assert_eq!(night_of_events(&stage, 22, &[("a.xml", event("a", "4601", 20))])?, "4601 placed");
    // Another address in Bergen: no move, and what the annulment takes back.
    assert_eq!(night_of_events(&stage, 23, &[("b.xml", event("b", "4601", 22))])?, "4601 placed");
    assert_eq!(night_of_events(&stage, 24, &[("c.xml", event("c", "", 23))])?, "4601 placed");
    assert_eq!(night_of_events(&stage, 25, &[("c.xml", event("c", "", 23))])?, "4601 placed", "read again");
    assert_eq!(night_of_events(&stage, 26, &[("d.xml", event("d", "", 24))])?, "4601 withdrawn annulled");
    Ok(())
}

#[test]
fn an_annulment_waits_for_what_was_not_read_and_nothing_leaves_meanwhile() -> Outcome {
    let stage = Stage::first_night()?;
    events_only(&stage)?;
    let event = address_event;
    assert_eq!(night_of_events(&stage, 22, &[("a.xml", event("a", "4601", 20))])?, "4601 placed");
    let half = event("b", "5001", 22).replace("</dokumentForHendelse>", "");
    let waits = night_of_events(&stage, 24, &[("b.xml", half), ("c.xml", event("c", "", 23))])?;
    assert_eq!(waits, "4601 held annuls-nothing");
    assert!(stage.files("out/nightly/print")?.is_empty(), "the letter was taken back");
    let came = night_of_events(&stage, 25, &[("b.xml", event("b", "5001", 22))])?;
    assert_eq!(came, "4601 placed, 5001 withdrawn annulled", "it was of the one that came late");
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
