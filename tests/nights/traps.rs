//! What looks like a move and is none, or the other way round: each trap of Folkeregisteret's events alone, events in
//! and decisions out. The traps of laboratory codes stand beside their table and their reader.

use std::collections::BTreeMap;
use std::fs;

use crate::stage::{Outcome, Stage, set};

const JOB: &str = "jobs/nightly.toml";
const REGISTER: &str = "samples/first-night/patients.csv";

/// Where each transfer of a patient goes and how it stands: `tb 4601 placed`, `tb - held strictly-confidential`.
type Decided = BTreeMap<String, Vec<String>>;

fn event(person: &str, kind: &str, inside: &str) -> String {
    format!(
        "<dokumentForHendelse xmlns=\"folkeregisteret:tilgjengeliggjoering:hendelse:v1\">\
         <dokumentidentifikator>d-{person}-{kind}</dokumentidentifikator><hendelse>\
         <folkeregisteridentifikator>{person}</folkeregisteridentifikator><hendelsestype>{kind}</hendelsestype>\
         <ajourholdstidspunkt>2026-11-20T03:12:44+01:00</ajourholdstidspunkt>{inside}</hendelse></dokumentForHendelse>\n"
    )
}

fn property(entity: &str, inside: &str) -> String {
    format!(
        "<egenskapshendelse><{entity}>{inside}</{entity}><entitet>{entity}</entitet>\
         <entitetsendring>registrereNy</entitetsendring></egenskapshendelse>"
    )
}

fn street(municipality: &str) -> String {
    format!("<vegadresse><kommunenummer>{municipality}</kommunenummer></vegadresse>")
}

/// A night that knows of moves from these events alone.
fn night(events: &str) -> Outcome<Stage> {
    let stage = Stage::first_night()?;
    for extract in ["relocations.csv", "relocations-helfo.csv"] {
        let path = stage.path("samples/first-night").join(extract);
        let bytes = fs::read(&path)?;
        let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        fs::write(&path, [header, b"\n"].concat())?;
    }
    fs::write(stage.path("samples/first-night/events.xml"), format!("<hendelser>\n{events}</hendelser>\n"))?;
    let source = "[[relocations]]\nformat = \"freg-xml\"\npath = \"../samples/first-night/events.xml\"\n\n\
                  [[relocations]]";
    stage.edit(JOB, |job| {
        let job = set(job, "expected_minimum", "0").replace("expected_minimum = 40", "expected_minimum = 0");
        job.replacen("[[relocations]]", source, 1)
    })?;
    Ok(stage)
}

/// What a night with these events alone decides, of everybody it is about.
fn decided(events: &str) -> Outcome<Decided> {
    let stage = night(events)?;
    stage.run()?;
    decisions(&stage)
}

fn decisions(stage: &Stage) -> Outcome<Decided> {
    assert_eq!(stage.summary()?["sums_agree"], true);
    let mut out = Decided::new();
    for row in stage.rows("reconciliation.csv")?.iter().filter(|row| row["content"] == "tb") {
        let to = if row["to_municipality"].is_empty() { "-" } else { &row["to_municipality"] };
        let line = format!("{to} {} {}", row["state"], row["reason_code"]);
        out.entry(row["patient_ref"].clone()).or_default().push(line.trim_end().to_owned());
    }
    Ok(out)
}

fn only(patient: &str, line: &str) -> Decided {
    Decided::from([(patient.to_owned(), vec![line.to_owned()])])
}

#[test]
fn a_postal_address_is_no_destination_of_a_strictly_confidential_person() -> Outcome {
    let postal = property("postadresse", &street("5001"));
    let level = property("adressebeskyttelse", "<graderingsnivaa>strengtFortrolig</graderingsnivaa>");
    let hidden =
        property("bostedsadresse", "<ukjentBosted/><adressegradering>strengtFortrolig</adressegradering>");
    for (name, kind, inside) in [
        ("beside a protection", "endringIAdressebeskyttelse", format!("{level}{postal}")),
        ("beside an unknown residence", "endringIBostedsadresse", format!("{hidden}{postal}")),
        ("in the address event alone", "endringIBostedsadresse", format!("{postal}{level}")),
    ] {
        let stage = night(&event("14838849904", kind, &inside))?;
        stage.run()?;
        for (patient, lines) in decisions(&stage)? {
            assert_eq!(patient, "MH-1001", "{name}");
            assert!(lines.iter().all(|line| line == "- held strictly-confidential"), "{name}: {lines:?}");
        }
        for (file, bytes) in stage.files("out/nightly/reports")? {
            assert!(!String::from_utf8_lossy(&bytes).contains("5001"), "{name}: {file} names the place");
        }
        assert!(stage.files("out/nightly/print")?.is_empty(), "{name}");
    }
    Ok(())
}

#[test]
fn a_postal_address_is_no_destination_of_anybody() -> Outcome {
    let postal = property("postadresse", &street("5001"));
    assert_eq!(decided(&event("14838849904", "endringIKontaktinformasjon", &postal))?, Decided::new());
    let unknown = decided(&event("14838849904", "endringIBostedsadresse", &postal))?;
    assert_eq!(unknown, only("MH-1001", "- held unknown-municipality"));
    Ok(())
}

#[test]
fn a_new_number_of_a_municipality_moves_nobody() -> Outcome {
    let home = property("bostedsadresse", &street("4601"));
    let events: String = ["14838849904", "02917929133", "19817719891"]
        .iter()
        .map(|person| event(person, "endringIBostedsadresseVedKommuneregulering", &home))
        .collect();
    let stage = night(&events.repeat(200))?;
    stage.run()?;
    assert_eq!(decisions(&stage)?, Decided::new());
    assert!(stage.files("out/nightly/print")?.is_empty());
    Ok(())
}

#[test]
fn a_change_of_address_without_a_move_moves_nobody() -> Outcome {
    let home = property("bostedsadresse", &street("4601"));
    assert_eq!(decided(&event("14838849904", "endringIBostedsadresseUtenFlytting", &home))?, Decided::new());
    Ok(())
}

#[test]
fn an_asylum_seeker_without_a_bostedsadresse_moves_by_oppholdsadresse() -> Outcome {
    let inside = street("4601") + "<oppholdsadressedato>2026-11-18</oppholdsadressedato>";
    let stay = property("oppholdsadresse", &inside);
    let by_d_number = decided(&event("51910386771", "endringIOppholdsadresse", &stay))?;
    assert_eq!(by_d_number.keys().collect::<Vec<_>>(), ["MH-1016"]);
    assert!(by_d_number["MH-1016"].iter().all(|line| line.starts_with("4601 ")), "{by_d_number:?}");
    let by_fnr = decided(&event("14838849904", "endringIOppholdsadresse", &stay))?;
    assert_eq!(by_fnr, Decided::new(), "who has a fødselsnummer moves by bostedsadresse");
    Ok(())
}

#[test]
fn a_move_under_a_number_that_the_register_has_not_heard_of_is_the_patients() -> Outcome {
    let number = |number: &str, status: &str| {
        let inside =
            format!("<status>{status}</status><foedselsEllerDNummer>{number}</foedselsEllerDNummer>");
        property("identifikasjonsnummer", &inside)
    };
    let (new, old) = ("17859310281", "51910386771");
    let home = property("bostedsadresse", &street("4601"));
    let moved = event(new, "endringIBostedsadresse", &home);
    let inside = number(old, "opphoert") + &number(new, "iBruk");
    let linked = event(new, "endringIIdentifikasjonsnummer", &inside);
    for (name, events) in
        [("told before", format!("{linked}{moved}")), ("told after", format!("{moved}{linked}"))]
    {
        let found = decided(&events)?;
        assert_eq!(found.keys().collect::<Vec<_>>(), ["MH-1016"], "{name}");
        assert!(found["MH-1016"].iter().all(|line| line.starts_with("4601 ")), "{name}: {found:?}");
    }
    assert_eq!(decided(&moved)?, Decided::new(), "and nobody's where nothing links it");
    Ok(())
}

#[test]
fn a_number_of_the_rule_of_2032_is_a_number() -> Outcome {
    let home = property("bostedsadresse", &street("4601"));
    let stage = night(&event("30908299902", "endringIBostedsadresse", &home))?;
    stage.edit(REGISTER, |text| text.replace("14838849904", "30908299902"))?;
    stage.run()?;
    let found = decisions(&stage)?;
    assert_eq!(found.keys().collect::<Vec<_>>(), ["MH-1001"]);
    assert!(found["MH-1001"].iter().all(|line| line.starts_with("4601 ")), "{found:?}");
    Ok(())
}

#[test]
fn a_document_that_spells_its_type_as_the_feed_does_is_told_and_moves_nobody() -> Outcome {
    let home = property("bostedsadresse", &street("4601"));
    let document = event("14838849904", "endringIBostedsadresse", &home);
    let stage = night(&document.replace("hendelsestype", "hendelsetype"))?;
    stage.run()?;
    assert_eq!(decisions(&stage)?, Decided::new());
    let rejected = stage.rows("rejected-rows.csv")?;
    assert!(
        rejected.iter().any(|row| row["column"] == "hendelsestype" && row["line"] == "2"),
        "{rejected:?}"
    );
    Ok(())
}
