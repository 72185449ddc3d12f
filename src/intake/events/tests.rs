//! Events read as the rows of an extract: every row of rules § 2, hostile files, feeds, and the order of things.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::{Just, Strategy};

use super::sweep::take_in_after;
use super::{Known, Taken, take_in, watch};
use crate::id::LedgerKey;
use crate::intake::cells::Reading;
use crate::intake::{EventKind, Extracts, Register};
use crate::job::columns::PATIENTS;
use crate::job::{EventForm, EventSource, Location};
use crate::ledger::Book;
use crate::message::standards;
use crate::moves::Now;
use crate::patient::Grading;
use crate::person::Environment;
use crate::tabular::{self, Form};

type Tested = Result<(), Box<dyn std::error::Error>>;

const FNR: &str = "05849628625";
const DNR: &str = "59820382522";
const NEW: &str = "04819047176";
const OTHER: &str = "09848233665";

fn reading() -> Reading {
    let now: Now = chrono::DateTime::parse_from_rfc3339("2026-11-22T02:00:00+01:00").unwrap_or_default();
    Reading { environment: Environment::Test, now }
}

fn known() -> Known {
    let text = format!(
        "patient_ref;person_id;id_status;birth_date;group_a;screening;consent;objection\n\
         P-1;{FNR};;1996-04-05;yes;done;;none\nP-2;{DNR};;2003-02-19;yes;done;;none\n"
    );
    match tabular::read(text.as_bytes(), &Form::default(), PATIENTS) {
        Ok(table) => {
            let register = Register::read(&table, "patients.csv", &reading());
            Known::of(Some(&register), &Book::default(), &LedgerKey::new([7; 32]))
        }
        Err(fault) => panic!("the test's own register is not whole: {fault}"),
    }
}

fn source(path: &Path, form: EventForm, expected_minimum: u64) -> EventSource {
    let location = Location { path: path.to_owned(), shown: "in".to_owned() };
    EventSource { location, form, expected_minimum }
}

fn read(sources: &[EventSource]) -> (Extracts, Taken) {
    let mut extracts = Extracts::default();
    let watched = watch(&sources.iter().collect::<Vec<_>>(), Duration::ZERO);
    let taken = take_in(&watched, &known(), &reading(), &mut extracts);
    // What was not read stands among the rejected rows.
    let used = extracts.occurrences.iter().filter(|row| row.kind != EventKind::Unread);
    let rows = used.count() as u64 + extracts.rejected.len() as u64;
    assert_eq!(extracts.events_held, !taken.held.is_empty());
    let counted: u64 = extracts.counted.values().sum();
    assert_eq!(extracts.read, rows + counted + extracts.of_others, "every event is somewhere");
    (extracts, taken)
}

/// One file of events.
fn of_file(contents: &[u8]) -> Result<(Extracts, Taken), std::io::Error> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("events.xml");
    std::fs::write(&path, contents)?;
    Ok(read(&[source(&path, EventForm::Documents, 1)]))
}

/// An event document: its id, its person, its type and what is in it.
fn event(id: &str, person: &str, kind: &str, inside: &str) -> String {
    at("2026-11-20T03:12:44+01:00", id, person, kind, inside)
}

fn at(registered: &str, id: &str, person: &str, kind: &str, inside: &str) -> String {
    format!(
        "<dokumentForHendelse xmlns=\"folkeregisteret:tilgjengeliggjoering:hendelse:v1\">\
         <dokumentidentifikator>{id}</dokumentidentifikator><skjemaversjon>1.4</skjemaversjon><hendelse>\
         <folkeregisteridentifikator>{person}</folkeregisteridentifikator><hendelsestype>{kind}</hendelsestype>\
         <ajourholdstidspunkt>{registered}</ajourholdstidspunkt>{inside}</hendelse></dokumentForHendelse>\n"
    )
}

fn changed(entity: &str, change: &str, inside: &str) -> String {
    let value = if inside.is_empty() { String::new() } else { format!("<{entity}>{inside}</{entity}>") };
    format!(
        "<egenskapshendelse>{value}<entitet>{entity}</entitet><entitetsendring>{change}</entitetsendring>\
         </egenskapshendelse>"
    )
}

fn home(municipality: &str, grading: &str) -> String {
    let address = format!(
        "<vegadresse><kommunenummer>{municipality}</kommunenummer></vegadresse>\
         <adressegradering>{grading}</adressegradering><flyttedato>2026-11-18</flyttedato>"
    );
    changed("bostedsadresse", "registrereNy", &address)
}

fn stay(municipality: &str) -> String {
    let address = format!(
        "<vegadresse><kommunenummer>{municipality}</kommunenummer></vegadresse>\
         <adressegradering>ugradert</adressegradering><oppholdsadressedato>2026-11-19</oppholdsadressedato>"
    );
    changed("oppholdsadresse", "registrereNy", &address)
}

/// Rows in words: kind, change, destination and date, grading above ungraded; then what was counted.
fn words(extracts: &Extracts) -> String {
    let (unread, used): (Vec<_>, Vec<_>) =
        extracts.occurrences.iter().partition(|row| row.kind == EventKind::Unread);
    let unread = unread.into_iter().map(|row| {
        let at = row.registered_at.map(|at| at.format(" %d").to_string()).unwrap_or_default();
        format!("unread {}{at}", row.event_id.as_deref().unwrap_or_default())
    });
    let rows = used.into_iter().map(|row| {
        let date = row.move_date.map(|date| date.format(" %d").to_string()).unwrap_or_default();
        let grading = row.grading.filter(|grading| *grading > Grading::Ungraded);
        let grading = grading.map(|grading| format!(" {grading:?}")).unwrap_or_default();
        let linked = row.former_id.as_ref().map(|former| format!(" was {former}")).unwrap_or_default();
        let latest = if row.of_latest { " latest" } else { "" };
        format!("{:?} {:?}{latest} {}{date}{grading}{linked}", row.kind, row.change, row.to)
    });
    let counted = extracts.counted.iter().map(|(kind, count)| format!("{kind:?} x{count}"));
    let others = (extracts.of_others > 0).then(|| format!("others x{}", extracts.of_others));
    let protected = extracts.protections.iter().map(|told| format!("protected {:?}", told.grading));
    let rejected = extracts.rejected.iter().map(|row| format!("rejected {} {}", row.column, row.code));
    let warned = extracts.warnings.iter().map(|row| format!("warned {}", row.code));
    let all = rows.chain(counted).chain(others).chain(protected).chain(rejected).chain(warned).chain(unread);
    all.collect::<Vec<_>>().join(", ")
}

#[test]
fn each_kind_of_event_is_what_the_rule_book_says() -> Tested {
    let unknown = changed("bostedsadresse", "registrereNy", "<ukjentBosted/>");
    let known_unknown = changed(
        "bostedsadresse",
        "registrereNy",
        "<ukjentBosted><bostedskommune>1103</bostedskommune></ukjentBosted>",
    );
    let utc = "<vegadresse><kommunenummer>4601</kommunenummer></vegadresse>";
    let valid = changed(
        "bostedsadresse",
        "registrereNy",
        &format!("<gyldighetstidspunkt>2026-11-16T23:30:00Z</gyldighetstidspunkt>{utc}"),
    );
    let ended = changed(
        "bostedsadresse",
        "registrereNy",
        &format!("<opphoerstidspunkt>2026-11-01T00:00:00+01:00</opphoerstidspunkt>{utc}"),
    );
    let old_home =
        changed("bostedsadresse", "registrereNy", &format!("<erGjeldende>false</erGjeldende>{utc}"));
    let level = |level: &str| {
        changed("adressebeskyttelse", "registrereNy", &format!("<graderingsnivaa>{level}</graderingsnivaa>"))
    };
    let number = |number: &str, status: &str| {
        changed(
            "identifikasjonsnummer",
            "registrereNy",
            &format!("<status>{status}</status><foedselsEllerDNummer>{number}</foedselsEllerDNummer>"),
        )
    };
    let duf = changed(
        "utlendingsmyndighetenesIdentifikasjonsnummer",
        "registrereNy",
        "<identifikasjonsnummer>202490001701</identifikasjonsnummer>",
    );
    let abroad = changed(
        "utflytting",
        "registrereNy",
        "<gyldighetstidspunkt>2026-11-10T00:00:00+01:00</gyldighetstidspunkt>",
    );
    let dead = changed("doedsfall", "registrereNy", "<doedsdato>2026-11-09</doedsdato>");
    let status = |status: &str| changed("status", "registrereNy", &format!("<status>{status}</status>"));
    let rows = [
        ("a move", FNR, "endringIBostedsadresse", home("4601", "ugradert"), "Move New 4601 18"),
        (
            "graded on the address",
            FNR,
            "endringIBostedsadresse",
            home("4601", "fortrolig"),
            "Move New 4601 18 Confidential",
        ),
        (
            "an unknown grading",
            FNR,
            "endringIBostedsadresse",
            home("4601", "hemmelig"),
            "Move New 4601 18 StrictlyConfidential",
        ),
        ("unknown residence", FNR, "endringIBostedsadresse", unknown, "Move New  20"),
        (
            "unknown residence in a municipality",
            FNR,
            "endringIBostedsadresse",
            known_unknown,
            "Move New 1103 20",
        ),
        ("an address event without an address", FNR, "endringIBostedsadresse", String::new(), "Move New  20"),
        ("the day of validity, in Norway", FNR, "endringIBostedsadresse", valid, "Move New 4601 17"),
        (
            "an address that has ended",
            FNR,
            "endringIBostedsadresse",
            ended,
            "Status New  20, warned ended-address",
        ),
        (
            "beside the one in force",
            FNR,
            "endringIBostedsadresse",
            format!("{old_home}{}", home("5001", "ugradert")),
            "Move New 5001 18",
        ),
        (
            "annulled",
            FNR,
            "endringIBostedsadresse",
            changed("bostedsadresse", "annullere", ""),
            "Move Annulled latest  20",
        ),
        (
            "corrected",
            FNR,
            "endringIBostedsadresse",
            home("5001", "ugradert").replace("registrereNy", "korrigere"),
            "Move Corrected latest 5001 18",
        ),
        (
            "without moving",
            FNR,
            "endringIBostedsadresseUtenFlytting",
            home("0301", "ugradert"),
            "WithoutMoving x1",
        ),
        (
            "taken back without moving",
            FNR,
            "endringIBostedsadresseUtenFlytting",
            changed("bostedsadresse", "annullere", ""),
            "WithoutMoving x1",
        ),
        (
            "renumbered",
            FNR,
            "endringIBostedsadresseVedKommuneregulering",
            home("3101", "ugradert"),
            "Renumbering x1",
        ),
        (
            "renumbered and protected",
            FNR,
            "endringIBostedsadresseVedKommuneregulering",
            home("3101", "strengtFortrolig"),
            "Renumbering x1, protected StrictlyConfidential",
        ),
        ("oppholdsadresse", DNR, "endringIOppholdsadresse", stay("5601"), "Residence New 5601 19"),
        (
            "an unknown type",
            FNR,
            "endringINoeHeltNytt",
            home("4601", "ugradert"),
            "Other(\"endringINoeHeltNytt\") x1",
        ),
        ("a name", FNR, "endringINavn", String::new(), "Status x1"),
        ("an update", FNR, "personErOppdatert", String::new(), "Status x1"),
        ("resident, with an address", FNR, "personErBosatt", home("4601", "ugradert"), "Move New 4601 18"),
        (
            "a postal address alone",
            FNR,
            "endringIKontaktinformasjon",
            changed("kontaktadresse", "registrereNy", ""),
            "Status x1",
        ),
        (
            "protected",
            FNR,
            "endringIAdressebeskyttelse",
            level("strengtFortrolig"),
            "Grading New  20 StrictlyConfidential",
        ),
        ("lowered", FNR, "endringIAdressebeskyttelse", level("ugradert"), "Grading New  20"),
        (
            "a protection taken back",
            FNR,
            "endringIAdressebeskyttelse",
            changed("adressebeskyttelse", "annullere", ""),
            "Grading Annulled latest  20",
        ),
        (
            "protected, with an address",
            FNR,
            "endringIAdressebeskyttelse",
            format!("{}{}", level("fortrolig"), home("4601", "fortrolig")),
            "Grading New  20 Confidential, Move New 4601 18 Confidential",
        ),
        (
            "strictly protected, with an address",
            FNR,
            "endringIAdressebeskyttelse",
            format!("{}{}", level("strengtFortrolig"), home("4601", "strengtFortrolig")),
            "Grading New  20 StrictlyConfidential",
        ),
        ("abroad", FNR, "endringIUtflytting", abroad, "Abroad New  10"),
        ("emigrated by status", FNR, "endringIStatus", status("utflyttet"), "Abroad New  20"),
        ("dead", FNR, "endringIDoedsfall", dead, "Dead New  09"),
        ("dead by status", FNR, "endringIStatus", status("doed"), "Dead New  20"),
        (
            "dead by mistake",
            FNR,
            "endringIDoedsfall",
            changed("doedsfall", "annullere", ""),
            "Dead Annulled latest  20",
        ),
        (
            "a new number",
            NEW,
            "endringIIdentifikasjonsnummer",
            format!("{}{}", number(DNR, "opphoert"), number(NEW, "iBruk")),
            "IdentityChange New  20 was DNR …22",
        ),
        (
            "merged into another",
            DNR,
            "personErOpphoertSomDublett",
            number(NEW, "iBruk"),
            "IdentityChange New  20 was DNR …22",
        ),
        (
            "a DUF number",
            DNR,
            "endringIUtlendingsmyndighetenesIdentifikasjonsnummer",
            duf,
            "IdentityChange New  20 was DUF …01",
        ),
        (
            "split",
            FNR,
            "personErEndretVedSplitting",
            number(OTHER, "iBruk"),
            "IdentityChange New  20, warned no-link",
        ),
        ("a move of somebody else", OTHER, "endringIBostedsadresse", home("4601", "fortrolig"), "others x1"),
        (
            "a bad number",
            "05849628626",
            "endringIBostedsadresse",
            home("4601", "ugradert"),
            "rejected folkeregisteridentifikator bad-id",
        ),
        (
            "nobody",
            "",
            "endringIBostedsadresse",
            home("4601", "ugradert"),
            "rejected folkeregisteridentifikator missing-value",
        ),
        (
            "no type",
            FNR,
            "",
            home("4601", "fortrolig"),
            "protected Confidential, rejected hendelsestype missing-value",
        ),
        (
            "history alone",
            FNR,
            "endringIBostedsadresse",
            home("4601", "ugradert").replace("registrereNy", "korrigereHistorisk"),
            "rejected entitetsendring bad-value, unread a1 20",
        ),
    ];
    for (name, person, kind, inside, expected) in rows {
        let (extracts, taken) = of_file(event("a1", person, kind, &inside).as_bytes())?;
        assert_eq!(words(&extracts), expected, "{name}");
        assert_eq!(taken.held, [], "{name}");
    }
    Ok(())
}

#[test]
fn a_file_that_is_not_whole_gives_its_gradings_and_nothing_else() -> Tested {
    let whole = event("a1", FNR, "endringIBostedsadresse", &home("4601", "fortrolig"));
    let cut = whole.trim_end().trim_end_matches("</dokumentForHendelse>");
    let latin = format!("<?xml version='1.0' encoding='ISO-8859-1'?>{whole}");
    let bomb = format!("<!DOCTYPE x [<!ENTITY a 'b'>]>{whole}");
    let deep = format!("<x>{whole}{}</x>", "<y>".repeat(100_000));
    let long = format!("<x>{whole}<y>{}</y></x>", "z".repeat(3_000_000));
    let rows: [(&str, &str, u64, &str); 6] = [
        ("cut short", cut, 1, "not readable XML: the document ends before its root element does"),
        (
            "another encoding",
            &latin,
            1,
            "not readable XML: the bytes are not in the encoding the document declares, or it is one that is not read",
        ),
        ("a bomb", &bomb, 1, "not readable XML: a DOCTYPE is not accepted"),
        ("deep", &deep, 2, "not readable XML: the elements stand more than 64 deep"),
        ("long", &long, 2, "not readable XML: the document is larger than 2000000 bytes"),
        ("no event", "<x>\n<fortrolig/></x>", 0, "the file holds no event document (dokumentForHendelse)"),
    ];
    for (name, file, line, why) in rows {
        let (extracts, taken) = of_file(file.as_bytes())?;
        let held: Vec<_> = taken.held.iter().map(|held| (held.line, held.text())).collect();
        assert_eq!(held.first(), Some(&(line, why.to_owned())), "{name}");
        assert_eq!((extracts.read, extracts.occurrences.len()), (0, 0), "{name}");
        let protected: Vec<_> = extracts.protections.iter().map(|told| told.grading).collect();
        let expected = if name == "no event" { vec![] } else { vec![Grading::Confidential] };
        assert_eq!(protected, expected, "{name}");
    }
    let (of_folder, taken) = {
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("a.xml"), &whole)?;
        read(&[source(folder.path(), EventForm::Documents, 2)])
    };
    assert_eq!((words(&of_folder).as_str(), taken.held.len()), ("protected Confidential", 1), "too few");
    Ok(())
}

#[test]
fn a_folder_a_zip_and_a_container_are_the_same_events() -> Tested {
    let events = [
        event("a1", FNR, "endringIBostedsadresse", &home("4601", "ugradert")),
        event("a2", DNR, "endringIOppholdsadresse", &stay("5601")),
        event("a3", OTHER, "endringIBostedsadresse", &home("5001", "ugradert")),
    ];
    let place = tempfile::tempdir()?;
    let (folder, zip, one) = (place.path().join("f"), place.path().join("z.zip"), place.path().join("o.xml"));
    std::fs::create_dir(&folder)?;
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&zip)?);
    for (no, text) in events.iter().enumerate() {
        std::fs::write(folder.join(format!("{no}.xml")), text)?;
        archive.start_file(format!("{no}.xml"), zip::write::SimpleFileOptions::default())?;
        archive.write_all(text.as_bytes())?;
    }
    archive.finish()?;
    std::fs::write(
        &one,
        format!("<samling xmlns:h='urn:x'><antall>3</antall>{}</samling>", events.concat()),
    )?;
    for path in [&folder, &zip, &one] {
        let (extracts, taken) = read(&[source(path, EventForm::Documents, 3)]);
        let expected = "Move New 4601 18, Residence New 5601 19, others x1";
        assert_eq!((words(&extracts).as_str(), taken.held), (expected, vec![]), "{}", path.display());
        let found = "3 events: endringIBostedsadresse 2, endringIOppholdsadresse 1".to_owned();
        assert_eq!(taken.found, [("in".to_owned(), found)]);
    }
    let bytes = std::fs::read(&zip)?;
    std::fs::write(&zip, &bytes[..bytes.len() / 2])?;
    let (extracts, taken) = read(&[source(&zip, EventForm::Documents, 1)]);
    let why: Vec<String> = taken.held.iter().map(|held| held.text()).collect();
    assert_eq!((words(&extracts).as_str(), why), ("", vec!["the zip cannot be unpacked".to_owned()]));
    Ok(())
}

#[test]
fn a_number_linked_tonight_makes_earlier_events_known() -> Tested {
    let link = changed(
        "identifikasjonsnummer",
        "registrereNy",
        &format!("<status>opphoert</status><foedselsEllerDNummer>{DNR}</foedselsEllerDNummer>"),
    );
    let file = format!(
        "<x>{}{}{}{}</x>",
        event("a1", NEW, "endringIBostedsadresse", &home("4601", "ugradert")),
        event("a2", NEW, "endringIBostedsadresseUtenFlytting", &home("4601", "fortrolig")),
        event("a3", OTHER, "endringIBostedsadresse", &home("4601", "ugradert")),
        event("a4", NEW, "endringIIdentifikasjonsnummer", &link),
    );
    let expected = "IdentityChange New  20 was DNR …22, Move New 4601 18, WithoutMoving x1, others x1, \
                    protected Confidential";
    assert_eq!(words(&of_file(file.as_bytes())?.0), expected);
    Ok(())
}

#[test]
fn the_feed_gives_the_order_and_what_is_missing_is_told() -> Tested {
    let folder = tempfile::tempdir()?;
    let entry = |sequence: u64, person: &str, kind: &str, document: &str| {
        format!(
            "{{\"sekvensnummer\": {sequence}, \"hendelse\": {{\"folkeregisteridentifikator\": \"{person}\", \
             \"hendelsetype\": \"{kind}\", \"hendelsesdokument\": {document}}}}}"
        )
    };
    let entries = [
        entry(7, FNR, "endringIBostedsadresse", "\"a1\""),
        entry(8, FNR, "endringIBostedsadresse", "\"gone\""),
        entry(9, OTHER, "endringIBostedsadresse", "\"gone too\""),
        entry(10, FNR, "endringIBostedsadresseVedKommuneregulering", "\"a9\""),
        entry(11, FNR, "personErOppdatert", "null"),
        entry(12, DNR, "endringIOppholdsadresse", "\"a3\""),
    ];
    std::fs::write(folder.path().join("feed.json"), format!("[\n{}\n]", entries.join(",\n")))?;
    let events = [
        event("a1", FNR, "endringIBostedsadresse", &home("4601", "ugradert")),
        event("a2", FNR, "endringIBostedsadresse", &home("5001", "ugradert")),
        event("a3", DNR, "endringIAdressebeskyttelse", &home("5601", "fortrolig")),
    ];
    for (no, text) in events.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{no}.xml")), text)?;
    }
    let sources = [source(folder.path(), EventForm::Documents, 1), source(folder.path(), EventForm::Feed, 1)];
    let (extracts, taken) = read(&sources);
    let told = "Move New 4601 18, Move New 5001 18, protected Confidential, rejected hendelsestype bad-value, \
                rejected hendelsesdokument missing-document, warned not-in-feed, unread a3 20, unread gone";
    assert_eq!(words(&extracts), told);
    let sequences: Vec<u64> = extracts.occurrences.iter().map(|row| row.sequence).collect();
    assert_eq!(sequences, [7, 0, 12, 8], "those that were not read come last");
    assert_eq!(taken.found.first().map(|found| found.1.as_str()), Some("6 entries of the event feed"));
    std::fs::write(folder.path().join("feed.json"), "[\n{")?;
    let held: Vec<_> = read(&sources).1.held.into_iter().map(|held| (held.file.clone(), held.line)).collect();
    assert!(held.contains(&("in/feed.json".to_owned(), 2)), "{held:?}");
    Ok(())
}

#[test]
fn what_only_counts_leaves_nothing_behind() -> Tested {
    let one = event("a1", OTHER, "endringIBostedsadresseVedKommuneregulering", &home("3101", "ugradert"));
    let (extracts, _) = of_file(format!("<x>{}</x>", one.repeat(2_000)).as_bytes())?;
    assert_eq!(words(&extracts), "Renumbering x2000");
    let named: String = (0..500).map(|no| event("a", OTHER, &format!("type{no}"), "")).collect();
    let (extracts, _) = of_file(format!("<x>{named}</x>").as_bytes())?;
    assert_eq!(extracts.counted.values().sum::<u64>(), 500);
    assert!(
        extracts.counted.len() <= 201
            && extracts.counted.contains_key(&EventKind::Other("further types".into()))
    );
    Ok(())
}

#[test]
fn the_samples_are_read() -> Tested {
    let Some(folder) = standards::folder() else { return Ok(()) };
    let folder = folder.join("freg");
    let (extracts, taken) =
        read(&[source(&folder, EventForm::Documents, 5), source(&folder, EventForm::Feed, 5)]);
    assert_eq!(taken.held, []);
    let expected = "Move New 4601 18, Move Annulled latest  21, Residence New 5601 19, WithoutMoving x1, others x1, \
                    rejected hendelsesdokument missing-document, warned not-in-feed, warned not-in-feed";
    assert_eq!(words(&extracts), expected);
    Ok(())
}

/// Any event of one of three persons, with a time that may be another's.
fn some_event() -> impl Strategy<Value = String> {
    let person = proptest::sample::select(vec![FNR, DNR, OTHER, NEW]);
    let link = format!("<status>opphoert</status><foedselsEllerDNummer>{DNR}</foedselsEllerDNummer>");
    let kinds = vec![
        ("endringIBostedsadresse", home("4601", "ugradert")),
        ("endringIBostedsadresse", home("5001", "fortrolig")),
        ("endringIBostedsadresse", changed("bostedsadresse", "annullere", "")),
        ("endringIOppholdsadresse", stay("5601")),
        ("endringIBostedsadresseUtenFlytting", home("0301", "ugradert")),
        ("endringIIdentifikasjonsnummer", changed("identifikasjonsnummer", "registrereNy", &link)),
        ("endringIAlt", String::new()),
    ];
    (person, proptest::sample::select(kinds), 1..9_u32, 18..21_u32).prop_map(
        |(person, (kind, inside), id, day)| {
            at(&format!("2026-11-{day}T03:00:00+01:00"), &format!("a{id}"), person, kind, &inside)
        },
    )
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_order_of_files_and_events_decides_nothing(
        (events, shuffled) in proptest::collection::vec(some_event(), 1..8)
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        let sorted = |extracts: &Extracts| {
            let mut words: Vec<String> = words(extracts).split(", ").map(str::to_owned).collect();
            words.sort();
            words
        };
        let one = of_file(format!("<x>{}</x>", events.concat()).as_bytes()).map(|read| sorted(&read.0));
        let folder = tempfile::tempdir();
        let other = folder.and_then(|folder| {
            for (no, text) in shuffled.iter().enumerate() {
                std::fs::write(folder.path().join(format!("{no}.xml")), text)?;
            }
            Ok(sorted(&read(&[source(folder.path(), EventForm::Documents, 1)]).0))
        });
        proptest::prop_assert_eq!(one.ok(), other.ok());
    }
}

#[test]
fn a_protection_is_not_lowered_by_what_stands_on_an_address_alone() -> Tested {
    let bare = changed("adressebeskyttelse", "registrereNy", "<gyldighetstidspunkt/>").replace(
        "<gyldighetstidspunkt/>",
        "<gyldighetstidspunkt>2026-11-20T00:00:00+01:00</gyldighetstidspunkt>",
    );
    for (name, inside) in [("an address alone", String::new()), ("a protection without a level", bare)] {
        let inside = format!("{inside}{}", home("4601", "ugradert"));
        let file = event("a1", FNR, "endringIAdressebeskyttelse", &inside);
        let expected = "Status New  20, Move New 4601 18";
        assert_eq!(words(&of_file(file.as_bytes())?.0), expected, "{name}");
    }
    Ok(())
}

#[test]
fn an_address_event_that_brings_both_addresses_loses_neither() -> Tested {
    let both = format!("{}{}", home("4601", "ugradert"), stay("5601"));
    let rows = [
        ("endringIBostedsadresse", both.clone(), "Move New 4601 18, Residence New 5601 19"),
        ("endringIOppholdsadresse", both, "Residence New 5601 19, Move New 4601 18"),
        ("endringIOppholdsadresse", home("4601", "ugradert"), "Move New 4601 18"),
        ("endringIBostedsadresse", stay("5601"), "Residence New 5601 19"),
    ];
    for (kind, inside, expected) in rows {
        let file = event("a1", FNR, kind, &inside);
        assert_eq!(words(&of_file(file.as_bytes())?.0), expected, "{kind}");
    }
    Ok(())
}

#[test]
fn who_has_come_back_is_not_abroad() -> Tested {
    let over = "<gyldighetstidspunkt>2020-01-01T00:00:00+01:00</gyldighetstidspunkt>\
                <opphoerstidspunkt>2026-11-18T00:00:00+01:00</opphoerstidspunkt>";
    let was = changed("status", "korrigere", &format!("{over}<status>utflyttet</status>"));
    let is = changed("status", "registrereNy", "<status>bosatt</status>");
    let rows = [
        ("personErBosatt", format!("{was}{is}{}", home("4601", "ugradert")), "Move New 4601 18"),
        ("endringIUtflytting", changed("utflytting", "korrigere", over), "Status New  01"),
    ];
    for (kind, inside, expected) in rows {
        let file = event("a1", FNR, kind, &inside);
        assert_eq!(words(&of_file(file.as_bytes())?.0), expected, "{kind}");
    }
    Ok(())
}

#[test]
fn a_held_file_gives_the_grading_of_who_is_linked_tonight() -> Tested {
    let folder = tempfile::tempdir()?;
    let link = changed(
        "identifikasjonsnummer",
        "registrereNy",
        &format!("<status>opphoert</status><foedselsEllerDNummer>{DNR}</foedselsEllerDNummer>"),
    );
    std::fs::write(folder.path().join("1.xml"), event("a1", NEW, "endringIIdentifikasjonsnummer", &link))?;
    let cut = event("a2", NEW, "endringIBostedsadresse", &home("4601", "strengtFortrolig"));
    std::fs::write(folder.path().join("2.xml"), cut.trim_end().trim_end_matches("</dokumentForHendelse>"))?;
    let (extracts, taken) = read(&[source(folder.path(), EventForm::Documents, 1)]);
    let expected = "IdentityChange New  20 was DNR …22, protected StrictlyConfidential";
    assert_eq!((words(&extracts).as_str(), taken.held.len()), (expected, 1));
    Ok(())
}

#[test]
fn a_property_that_holds_two_values_is_rejected_and_told() -> Tested {
    let two = home("4601", "ugradert").replace(
        "<entitet>",
        "<bostedsadresse><vegadresse><kommunenummer>5001</kommunenummer></vegadresse></bostedsadresse><entitet>",
    );
    let file = event("a1", FNR, "endringIBostedsadresse", &two);
    assert_eq!(words(&of_file(file.as_bytes())?.0), "rejected egenskapshendelse bad-value, unread a1 20");
    Ok(())
}

#[test]
fn a_protection_that_has_ended_is_lowered_only_by_an_event_that_leaves_no_doubt() -> Tested {
    let over = "<opphoerstidspunkt>2026-11-19T00:00:00+01:00</opphoerstidspunkt>";
    let to_come = over.replace("2026-11-19", "2027-11-19");
    let level = |change: &str, level: &str, more: &str| {
        changed("adressebeskyttelse", change, &format!("{more}<graderingsnivaa>{level}</graderingsnivaa>"))
    };
    let ended = || level("registrereNy", "strengtFortrolig", over);
    let plain = home("4601", "ugradert");
    let unsaid = plain.replace("<adressegradering>ugradert</adressegradering>", "");
    let strict = "Grading Annulled latest  20 StrictlyConfidential";
    let lowered = "Grading New  20, Move New 4601 18";
    let graded_stay = stay("5601").replace("ugradert", "fortrolig");
    let rows = [
        ("ended, and home without grading", format!("{}{plain}", ended()), lowered),
        (
            "ended, and home as a client's address",
            format!("{}{}", ended(), home("4601", "klientadresse")),
            "Grading New  20 ClientAddress, Move New 4601 18 ClientAddress",
        ),
        ("two ended", format!("{}{}{plain}", ended(), level("registrereNy", "fortrolig", over)), lowered),
        ("no home", ended(), strict),
        ("a home that says nothing of its grading", format!("{}{unsaid}", ended()), strict),
        ("a home that is graded", format!("{}{}", ended(), home("4601", "fortrolig")), strict),
        ("a home with a grading nobody knows", format!("{}{}", ended(), home("4601", "x")), strict),
        ("a stay that is graded", format!("{}{plain}{graded_stay}", ended()), strict),
        ("a stay alone", format!("{}{}", ended(), stay("5601")), strict),
        (
            "another protection in force",
            format!("{}{}{plain}", ended(), level("registrereNy", "fortrolig", "")),
            strict,
        ),
        ("annulled", format!("{}{plain}", level("annullere", "strengtFortrolig", "")), strict),
        ("annulled and ended", format!("{}{plain}", level("annullere", "strengtFortrolig", over)), strict),
        (
            "a correction of the end",
            format!("{}{plain}", level("korrigere", "strengtFortrolig", over)),
            strict,
        ),
        (
            "to end one day",
            format!("{}{plain}", level("registrereNy", "strengtFortrolig", &to_come)),
            "Grading New  20 StrictlyConfidential",
        ),
        (
            "not in force, without an end",
            format!(
                "{}{plain}",
                level("registrereNy", "strengtFortrolig", "<erGjeldende>false</erGjeldende>")
            ),
            strict,
        ),
    ];
    for (name, inside, expected) in rows {
        let file = event("a1", FNR, "endringIAdressebeskyttelse", &inside);
        assert_eq!(words(&of_file(file.as_bytes())?.0), expected, "{name}");
    }
    let elsewhere = event("a1", FNR, "endringIBostedsadresse", &format!("{}{plain}", ended()));
    assert_eq!(
        words(&of_file(elsewhere.as_bytes())?.0),
        "Move New 4601 18 StrictlyConfidential",
        "another type"
    );
    Ok(())
}

/// The events of a folder beside a feed of these entries: person, type and document.
fn beside_a_feed(entries: &[(&str, &str, &str)], events: &[String]) -> Result<Extracts, std::io::Error> {
    let folder = tempfile::tempdir()?;
    let entries: Vec<String> = (1..)
        .zip(entries)
        .map(|(sequence, (person, kind, document))| {
            format!(
                "{{\"sekvensnummer\": {sequence}, \"hendelse\": {{\"folkeregisteridentifikator\": \"{person}\", \
                 \"hendelsetype\": \"{kind}\", \"hendelsesdokument\": \"{document}\"}}}}"
            )
        })
        .collect();
    std::fs::write(folder.path().join("feed.json"), format!("[{}]", entries.join(",")))?;
    for (no, text) in events.iter().enumerate() {
        std::fs::write(folder.path().join(format!("{no}.xml")), text)?;
    }
    let forms = [EventForm::Documents, EventForm::Feed];
    Ok(read(&forms.map(|form| source(folder.path(), form, 0))).0)
}

#[test]
fn a_missing_document_is_told_unless_nothing_can_follow_from_it() -> Tested {
    let missing = "rejected hendelsesdokument missing-document, unread gone";
    let dead = "rejected hendelsesdokument missing-document";
    let rows = [
        ("personErDoed", FNR, dead),
        ("personErBosatt", FNR, missing),
        ("endringIStatus", FNR, missing),
        ("endringIInnflytting", FNR, missing),
        ("endringIBostedsadresse", FNR, missing),
        ("endringINavn", FNR, ""),
        ("ENDRINGISIVILSTAND", FNR, ""),
        ("endringIBostedsadresseUtenFlytting", FNR, ""),
        ("personErBosatt", OTHER, ""),
    ];
    for (kind, person, expected) in rows {
        assert_eq!(words(&beside_a_feed(&[(person, kind, "gone")], &[])?), expected, "{kind}");
    }
    Ok(())
}

#[test]
fn what_the_feed_calls_something_else_is_rejected_with_both_names() -> Tested {
    let rejected = "rejected hendelsestype bad-value, unread a1 20";
    let graded = "protected Confidential, rejected hendelsestype bad-value, unread a1 20";
    let (home, graded_home) = (home("4601", "ugradert"), home("4601", "fortrolig"));
    let (moved, stays) = ("endringIBostedsadresse", "endringIBostedsadresseUtenFlytting");
    let rows = [
        (moved, "personErDoed", &home, rejected),
        (moved, "endringIOppholdsadresse", &graded_home, graded),
        (moved, stays, &home, "rejected hendelsestype bad-value, unread a1"),
        (moved, stays, &graded_home, "protected Confidential, rejected hendelsestype bad-value, unread a1"),
        (stays, moved, &graded_home, graded),
        ("endringINoeNytt", moved, &home, rejected),
    ];
    for (feed, document, inside, expected) in rows {
        let events = [event("a1", FNR, document, inside)];
        let extracts = beside_a_feed(&[(FNR, feed, "a1")], &events)?;
        assert_eq!(words(&extracts), expected, "{feed} {document}");
        let reason = format!("the feed calls the event {feed}, and its document calls it {document}");
        assert_eq!(extracts.rejected.first().map(|row| row.reason.as_str()), Some(reason.as_str()));
    }
    let events = [event("a1", FNR, stays, &home)];
    assert_eq!(words(&beside_a_feed(&[(FNR, stays, "a1")], &events)?), "WithoutMoving x1", "they agree");
    Ok(())
}

#[test]
fn a_file_that_changes_between_the_looks_is_counted_once_and_told() -> Tested {
    let folder = tempfile::tempdir()?;
    let link = changed(
        "identifikasjonsnummer",
        "registrereNy",
        &format!("<status>opphoert</status><foedselsEllerDNummer>{DNR}</foedselsEllerDNummer>"),
    );
    let of_both = format!(
        "<x>{}{}</x>",
        event("a2", NEW, "endringIBostedsadresse", &home("4601", "fortrolig")),
        event("a3", FNR, "endringIBostedsadresse", &home("5001", "ugradert")),
    );
    let changing = folder.path().join("2.xml");
    std::fs::write(folder.path().join("1.xml"), event("a1", NEW, "endringIIdentifikasjonsnummer", &link))?;
    std::fs::write(&changing, &of_both)?;
    let source = source(folder.path(), EventForm::Documents, 1);
    let mut extracts = Extracts::default();
    let watched = watch(&[&source], Duration::ZERO);
    let taken = take_in_after(&watched, &known(), &reading(), &mut extracts, || {
        let more = event("a4", FNR, "endringIBostedsadresse", &home("1103", "ugradert"));
        assert!(std::fs::write(&changing, of_both.replace("</x>", &format!("{more}</x>"))).is_ok());
    });
    let expected = "IdentityChange New  20 was DNR …22, Move New 5001 18, others x1, protected Confidential";
    assert_eq!(words(&extracts), expected);
    let rows = extracts.occurrences.len() as u64;
    assert_eq!(extracts.read, rows + extracts.of_others, "every event is somewhere, once");
    let held: Vec<(String, String)> =
        taken.held.iter().map(|held| (held.file.clone(), held.text())).collect();
    let why = "the file changed after it was read; of who became known tonight nothing more is taken from it";
    assert_eq!(held, [("in/2.xml".to_owned(), why.to_owned())]);
    Ok(())
}

#[test]
fn a_zip_in_a_folder_is_read_and_what_else_lies_there_is_counted() -> Tested {
    let folder = tempfile::tempdir()?;
    let moved = |id| event(id, FNR, "endringIBostedsadresse", &home("4601", "ugradert"));
    let mut archive = zip::ZipWriter::new(std::fs::File::create(folder.path().join("n.zip"))?);
    for (name, text) in [("a.xml", moved("a1")), ("old.zip", "x".to_owned())] {
        archive.start_file(name, zip::write::SimpleFileOptions::default())?;
        archive.write_all(text.as_bytes())?;
    }
    archive.finish()?;
    std::fs::write(folder.path().join("b.xml"), moved("a2"))?;
    std::fs::write(folder.path().join("readme.txt"), "")?;
    let forms = [EventForm::Documents, EventForm::Feed];
    let (extracts, taken) = read(&forms.map(|form| source(folder.path(), form, 0)));
    let files: Vec<&str> = extracts.occurrences.iter().map(|row| row.at.file.as_str()).collect();
    assert_eq!(files, ["in/b.xml", "in/n.zip/a.xml"]);
    let held: Vec<(&str, String)> = taken.held.iter().map(|held| (held.file.as_str(), held.text())).collect();
    assert_eq!(held, [("in/n.zip/old.zip", "a zip in a zip is not read; unpack the outer one".to_owned())]);
    assert!(taken.found.iter().all(|(_, found)| found.ends_with("; 1 other files in the folder, not read")));
    Ok(())
}
