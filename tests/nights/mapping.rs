//! `check --show-mapping`: the inputs as they are understood, and nothing of anybody that must not be seen.

use std::collections::BTreeSet;
use std::fs;

use journalflytt::person::mask_numbers;

use crate::freg::tell_by_events;
use crate::privacy::numbers;
use crate::stage::{Outcome, Stage};

const JOB: &str = "jobs/nightly.toml";
const RELOCATIONS: &str = "samples/first-night/relocations.csv";
const RESULTS: &str = "samples/first-night/tb-results.csv";

fn shown(stage: &Stage, more: &[&str]) -> Outcome<String> {
    let args: Vec<&str> = ["check", JOB, "--show-mapping"].iter().chain(more).copied().collect();
    Ok(stage.play(&args)?.ends_with(0)?.out)
}

/// The lines of one input, from its heading to the next.
fn section<'a>(out: &'a str, heading: &str) -> Outcome<Vec<&'a str>> {
    let start = out.find(heading).ok_or_else(|| format!("{heading} in\n{out}"))?;
    let lines = out[start..].lines().skip(1).take_while(|line| !line.starts_with("== "));
    Ok(lines.map(str::trim).filter(|line| !line.is_empty()).collect())
}

/// Puts a row first in a table.
fn first(stage: &Stage, file: &str, row: &str) -> Outcome {
    stage.edit(file, |text| match text.split_once('\n') {
        Some((header, rest)) => format!("{header}\n{row}\r\n{rest}"),
        None => text,
    })
}

#[test]
fn inputs_are_shown_as_they_are_understood() -> Outcome {
    let stage = Stage::first_night()?;
    let out = shown(&stage, &["--rows", "1"])?;
    assert!(out.contains("Jobben kan kjøres."), "what check prints comes first");
    let by_hand = section(&out, "== relocations: ../samples/first-night/relocations-helfo.csv")?;
    assert_eq!(
        by_hand,
        [
            "Etternavn → family_name",
            "Fra → from_municipality",
            "Fornavn → given_name",
            "Flyttet → move_date",
            "EPJ-ref → patient_ref",
            "Fødselsnummer → person_id",
            "Notert → registered_at",
            "Til kommune → to_municipality",
            "4 records",
            "- linje 2",
            "patient_ref = MH-1027",
            "person_id = –",
            "name = N. N.",
            "from_municipality = 0301 Oslo",
            "to_municipality = 5601 Alta",
            "move_date = 12.11.2026 → 2026-11-12",
            "registered_at = 20.11.2026 10:15 → 2026-11-20 10:15 +01:00",
        ]
    );
    assert!(out.contains("(csv, \",\", windows-1252)"));
    let result = section(&out, "== tb-results: ../samples/first-night/tb-results.csv")?;
    let expected = ["code = RG-TORAKS", "class = chest-xray", "class_by = own", "result = Påvist → positive"];
    for line in expected {
        assert!(result.contains(&line), "{line} in {result:?}");
    }
    let code = section(&out, "== tb-codes: ../samples/first-night/tb-codes.csv")?;
    assert!(code.contains(&"class = mantoux") && code.contains(&"holds_today = yes"), "{code:?}");
    let inputs = ["patients", "agreements", "addresses", "directory", "profiles", "journal-index"];
    for input in inputs {
        assert!(section(&out, &format!("== {input}: "))?.len() > 4, "{input}");
    }
    assert!(stage.files("out")?.is_empty(), "nothing is written");
    let plain = stage.play(&["check", JOB])?.ends_with(0)?.out;
    assert!(out.starts_with(plain.trim_end()), "the check itself says the same");
    Ok(())
}

#[test]
fn what_was_written_otherwise_is_seen() -> Outcome {
    let stage = Stage::first_night()?;
    let rows = [
        "X-1;;14838849904;;FNR;;;3001;1507;;03.04.2026;;new;7;",
        "X-2;;14838849904;;FNR;;;Hansen;99;030102;2026-11-16;Hansen;new;;",
        "X-3;;14838849904;;FNR;;;0301;4601;;16.13.2026;;new;;",
    ];
    for row in rows.iter().rev() {
        first(&stage, RELOCATIONS, row)?;
    }
    first(&stage, RESULTS, "Y-1;14838849904;;2026-11-01;;8212;AB12;Noe;;>15 mm;final;;Ring 14838849904")?;
    first(&stage, RESULTS, "Y-2;14838849904;;01.02.2026;;LOKAL;MANTOUX;Mantoux;;>15 mm;final;;")?;
    let out = stage.play(&["check", JOB, "--show-mapping", "--lang", "en"])?.out;
    let moves = section(&out, "== relocations: ../samples/first-night/relocations.csv")?.join("\n");
    let expected = [
        "from_municipality = 3001 Halden → 3101 Halden",
        "to_municipality = 1507 → one of: 1508 Ålesund, 1580 Haram",
        "move_date = 03.04.2026 → 2026-04-03",
        "event_type = move",
        "address_grading = 7 → strengtFortrolig",
        "from_municipality = unknown",
        "to_municipality = 99 → unknown",
        "to_district = 030102 Bydel Grünerløkka",
        "event_type = (not listed) → other",
        "rejected: move_date: not a date",
    ];
    // Graded 7, which is no grading that is known: the places are hidden until the row says nothing.
    let hidden = "(not shown: strictly confidential address)";
    assert_eq!(moves.matches(hidden).count(), 7, "five places, and two ids that may be one: {moves}");
    stage.edit(RELOCATIONS, |text| text.replace(";new;7;", ";new;fortrolig;"))?;
    let open = stage.play(&["check", JOB, "--show-mapping", "--lang", "en"])?.out;
    let moves = format!(
        "{moves}\n{}",
        section(&open, "== relocations: ../samples/first-night/relocations.csv")?.join("\n")
    );
    for line in expected {
        assert!(moves.contains(line), "{line} in\n{moves}");
    }
    assert!(!moves.contains("Hansen"), "what stands in a wrong column may be a name");
    let results = section(&open, "== tb-results: ")?.join("\n");
    let expected = [
        "taken_on = 01.02.2026 → 2026-02-01",
        "class = mantoux",
        "result = >15 mm → unread",
        "class = to-judge\nclass_by = –",
        "result = (not shown: the code must be judged first)",
        "comment = (not shown: the code must be judged first)",
    ];
    for line in expected {
        assert!(results.contains(line), "{line} in\n{results}");
    }
    Ok(())
}

/// Every full name of the sample's persons, and every word of one that is long enough to mean somebody.
fn names(stage: &Stage) -> Outcome<BTreeSet<String>> {
    let mut out = BTreeSet::new();
    for file in ["samples/first-night/patients.csv", RELOCATIONS] {
        let text = fs::read_to_string(stage.path(file))?;
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b';')
            .flexible(true)
            .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let header = reader.headers()?.clone();
        let at = |name: &str| header.iter().position(|own| own == name).ok_or("a column");
        let (family, given) = (at("family_name")?, at("given_name")?);
        for record in reader.records() {
            let record = record?;
            let (family, given) =
                (record.get(family).unwrap_or_default(), record.get(given).unwrap_or_default());
            out.extend([format!("{family}, {given}"), format!("{given} {family}")]);
        }
    }
    Ok(out.into_iter().filter(|name| name.len() > 4).collect())
}

#[test]
fn no_number_and_no_name_is_shown() -> Outcome {
    let stage = Stage::first_night()?;
    let (numbers, names) = (numbers(&stage)?, names(&stage)?);
    assert!(numbers.len() > 30 && names.len() > 30);
    let by_events = Stage::first_night()?;
    tell_by_events(&by_events)?;
    nothing_personal(&stage, &numbers, &names)?;
    nothing_personal(&by_events, &numbers, &names)
}

fn nothing_personal(stage: &Stage, numbers: &BTreeSet<String>, names: &BTreeSet<String>) -> Outcome {
    for more in [&["--rows", "1000"][..], &["--rows", "1000", "--json"], &["--rows", "1000", "--lang", "en"]]
    {
        let out = shown(stage, more)?;
        let joined = out.replace([' ', '\u{a0}'], "");
        let seen: Vec<&String> = numbers.iter().filter(|number| joined.contains(*number)).collect();
        assert!(seen.is_empty(), "{} numbers, {more:?}", seen.len());
        let seen: Vec<&String> = names.iter().filter(|name| out.contains(*name)).collect();
        assert!(seen.is_empty(), "{} names, {more:?}", seen.len());
        assert!(mask_numbers(&out) == out, "every number is masked, {more:?}");
    }
    Ok(())
}

#[test]
fn of_somebody_strictly_confidential_no_place_is_shown() -> Outcome {
    // Moved in July, and graded in no row but that of another number, which a later row links.
    let rows = [
        "X-1;;14838849904;;FNR;A;B;1103;4601;;2026-07-01;;new;;",
        "X-2;;68841579449;14838849904;DNR;A;B;;;;2026-11-20;endringIIdentifikasjonsnummer;new;;",
        "X-3;;68841579449;;DNR;A;B;;;;i dag;endringIAdressebeskyttelse;new;STRENGT_FORTROLIG;",
    ];
    for graded in [false, true] {
        let stage = Stage::first_night()?;
        for row in rows.iter().take(if graded { 3 } else { 2 }) {
            first(&stage, RELOCATIONS, row)?;
        }
        first(
            &stage,
            RESULTS,
            "Y;14838849904;;2026-11-01;;;;IGRA;;Negativ;final;Sykehuset i Lundeby;Bor i Lundeby",
        )?;
        let out = shown(&stage, &["--rows", "4"])?;
        let moves = section(&out, "== relocations: ../samples/first-night/relocations.csv")?.join("\n");
        let results = section(&out, "== tb-results: ")?.join("\n");
        let hidden = "(vises ikke: strengt fortrolig adresse)";
        assert_eq!(moves.contains("4601 Bergen"), !graded, "{moves}");
        assert_eq!(moves.contains(hidden), graded, "{moves}");
        assert_eq!(results.contains("Lundeby"), !graded, "{results}");
        assert!(results.contains("result = Negativ → negative"), "{results}");
        assert_eq!(shown(&stage, &["--rows", "4", "--json"])?.contains("Lundeby"), !graded);
    }
    Ok(())
}

#[test]
fn of_somebody_strictly_confidential_no_place_stands_in_a_column_that_is_mapped_wrongly() -> Outcome {
    let stage = Stage::first_night()?;
    let graded = "Lundeby;;14838849904;;FNR;A;B;1103;4601;;2026-07-01;;new;STRENGT_FORTROLIG;";
    first(&stage, RELOCATIONS, graded)?;
    first(&stage, RESULTS, "Lundeby;14838849904;;2026-11-01;;Lundeby;Lundeby;RG Lundeby;;Negativ;final;;")?;
    for more in [&["--rows", "1"][..], &["--rows", "1", "--json"]] {
        let out = shown(&stage, more)?;
        assert!(!out.contains("Lundeby"), "{out}");
    }
    Ok(())
}

#[test]
fn while_the_register_is_held_no_place_of_anybody_is_shown() -> Outcome {
    let stage = Stage::first_night()?;
    first(&stage, RELOCATIONS, "X-1;;14838849904;;FNR;A;B;1103;4601;;2026-07-01;;new;;")?;
    stage.edit("samples/first-night/patients.csv", |text| format!("{text}\"uavsluttet;"))?;
    let out = stage.play(&["check", JOB, "--show-mapping", "--rows", "1"])?.out;
    let moves = section(&out, "== relocations: ../samples/first-night/relocations.csv")?.join("\n");
    assert!(!moves.contains("Bergen") && moves.contains("vises ikke"), "{moves}");
    Ok(())
}

#[test]
fn events_are_shown_as_what_they_do() -> Outcome {
    let stage = Stage::first_night()?;
    tell_by_events(&stage)?;
    fs::write(stage.path("samples/first-night/events/zzz.xml"), without_an_address())?;
    let out = shown(&stage, &["--rows", "2", "--lang", "en"])?;
    let events = section(&out, "== relocations: ../samples/first-night/events (freg-xml)")?.join("\n");
    for line in [
        "events: ",
        "- ../samples/first-night/events/0",
        ", line 1",
        "event_type = move",
        "person_id = FNR …",
    ] {
        assert!(events.contains(line), "{line} in\n{events}");
    }
    assert!(events.contains("rejected: "), "{events}");
    Ok(())
}

/// A new address that is not there.
fn without_an_address() -> &'static str {
    "<h:dokumentForHendelse xmlns:h=\"folkeregisteret:tilgjengeliggjoering:hendelse:v1\">\
     <h:dokumentidentifikator>dok-x</h:dokumentidentifikator><h:skjemaversjon>1.4</h:skjemaversjon><h:hendelse>\
     <h:folkeregisteridentifikator>14838849904</h:folkeregisteridentifikator>\
     <h:hendelsestype>endringIBostedsadresse</h:hendelsestype>\
     <h:ajourholdstidspunkt>2026-11-20T06:00:00+01:00</h:ajourholdstidspunkt><h:egenskapshendelse>\
     <h:entitet>bostedsadresse</h:entitet><h:entitetsendring>registrereNy</h:entitetsendring></h:egenskapshendelse>\
     </h:hendelse></h:dokumentForHendelse>"
}

#[test]
fn the_ledger_hides_a_place_too() -> Outcome {
    let stage = Stage::first_night()?;
    first(&stage, RELOCATIONS, "X-1;;14838849904;;FNR;A;B;;4601;;2026-11-01;;new;strengtFortrolig;")?;
    stage.run()?;
    stage.edit(RELOCATIONS, |text| text.replace(";new;strengtFortrolig;\r\n", ";new;;\r\n"))?;
    let out = shown(&stage, &["--rows", "1"])?;
    let moves = section(&out, "== relocations: ../samples/first-night/relocations.csv")?.join("\n");
    assert!(moves.contains("to_municipality = (vises ikke: strengt fortrolig adresse)"), "{moves}");
    Ok(())
}

#[test]
fn json_says_the_same() -> Outcome {
    let stage = Stage::first_night()?;
    let said: serde_json::Value = serde_json::from_str(&shown(&stage, &["--rows", "1", "--json"])?)?;
    assert!(said["inputs"].as_array().is_some_and(|inputs| inputs.len() > 5), "what check says");
    let inputs = said["mapping"].as_array().ok_or("a list")?;
    let by_hand = inputs.iter().find(|input| input["form"]["delimiter"] == ",").ok_or("the list by hand")?;
    assert_eq!(by_hand["input"], "relocations");
    assert_eq!(by_hand["form"]["columns"]["person_id"], "Fødselsnummer");
    assert_eq!(by_hand["rows"][0]["line"], 2);
    let fields = by_hand["rows"][0]["fields"].as_array().ok_or("fields")?;
    let date = fields.iter().find(|field| field["key"] == "move_date").ok_or("a date")?;
    assert_eq!((&date["written"], &date["read"]), (&"12.11.2026".into(), &"2026-11-12".into()));
    Ok(())
}

#[test]
fn a_row_count_needs_the_mapping_and_a_held_file_is_told() -> Outcome {
    let stage = Stage::first_night()?;
    stage.play(&["check", JOB, "--rows", "2"])?.ends_with(2)?;
    stage.play(&["check", JOB, "--show-mapping", "--rows", "0"])?.ends_with(2)?;
    stage.edit(RESULTS, |text| text.replace("result_id", "resultat"))?;
    let said = stage.play(&["check", JOB, "--show-mapping"])?.ends_with(2)?;
    let results = section(&said.out, "== tb-results: ")?.join("\n");
    assert!(results.contains("holdt tilbake: "), "{results}");
    Ok(())
}
