//! A good job, and jobs that are broken in one place or in many; each complaint as an operator would read it.

use std::path::Path;

use super::super::{EventForm, Extract, JobError, JournalBasis, PaperDone, PersonShown, Source};
use super::{Job, job, load, raw};
use crate::durable::write_whole;
use crate::lang::Lang;
use crate::person::Environment;
use crate::place::HerId;
use crate::tabular::{Encoding, Form};
use crate::verdict::{Channel, Content};

/// Every section that can be given, with the defaults left out.
const GOOD: &str = include_str!("good.toml");

fn read(text: &str) -> Result<Job, String> {
    let file = Path::new("jobs/nightly.toml");
    raw::read(file, text, |top| job(top, file)).map_err(|complaints| {
        let lines = complaints.iter().map(|complaint| match &complaint.hint {
            Some(hint) => format!("{complaint} | {hint}"),
            None => complaint.to_string(),
        });
        lines.collect::<Vec<_>>().join("\n")
    })
}

/// The complaints of the good job after some of its text was replaced.
fn broken(changes: &[(&str, &str)]) -> String {
    let mut text = GOOD.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "the good job has {from}");
        text = text.replacen(from, to, 1);
    }
    read(&text).err().unwrap_or_else(|| "good".to_owned())
}

fn table(extract: &Extract) -> &Source {
    match extract {
        Extract::Table(source) => source,
        Extract::Events(_) => panic!("the test's own job has tables alone"),
    }
}

#[test]
fn a_good_job_is_read_whole() -> Result<(), String> {
    let job = read(GOOD)?;
    assert_eq!(job.environment, Environment::Test);
    assert_eq!(job.now.map(|now| now.to_rfc3339()).as_deref(), Some("2026-11-22T02:00:00+01:00"));
    assert_eq!(job.language, Lang::Nn);
    assert_eq!(job.sender.service.her_id, HerId(1001));
    assert_eq!(job.relocations.len(), 2);
    let by_hand = table(&job.relocations[1]);
    assert_eq!(by_hand.path, Path::new("jobs/../samples/by-hand.csv"));
    assert_eq!(by_hand.shown, "../samples/by-hand.csv");
    assert_eq!((by_hand.form.delimiter, by_hand.form.encoding), (b',', Encoding::Windows1252));
    assert_eq!(by_hand.form.columns.get("person_id").map(String::as_str), Some("fnr"));
    assert_eq!(job.legal.journal_basis, JournalBasis::NotObjected);
    assert_eq!(job.tb.words.positive, ["funn"]);
    assert_eq!(job.journal.map(|journal| journal.index.delimiter), Some(b'\t'));
    assert_eq!(job.directory.agreements.map(|source| source.form.delimiter), Some(b','));
    assert_eq!(job.routes.of(Content::Journal), [Channel::Outbox, Channel::InEpj]);
    assert_eq!(job.worklist.as_deref(), Some(Path::new("jobs/../out/worklist")));
    Ok(())
}

#[test]
fn events_of_folkeregisteret_are_extracts() -> Result<(), String> {
    let events = "[[relocations]]\nformat = \"freg-xml\"\npath = \"../samples/events\"\n\n\
                  [[relocations]]\nformat = \"freg-feed\"\npath = \"../samples/feed.json\"\nexpected_minimum = 0\n\n";
    let job = read(&GOOD.replacen("[[relocations]]", &format!("{events}[[relocations]]"), 1))?;
    let told: Vec<_> = job.event_sources().map(|source| (source.form, source.expected_minimum)).collect();
    assert_eq!(told, [(EventForm::Documents, 1), (EventForm::Feed, 0)]);
    assert_eq!(job.relocations.len(), 4);
    Ok(())
}

#[test]
fn what_is_left_out_has_the_rule_books_defaults() -> Result<(), String> {
    let routes =
        GOOD.replace("[routes]\ntb      = [\"outbox\", \"print\"]\njournal = [\"outbox\", \"in-epj\"]\n", "");
    let text = routes.replace("[limits]\nsettle_seconds = 0\n", "").replace("language    = \"nn\"\n", "");
    let job = read(&text)?;
    assert_eq!(job.language, Lang::Nb);
    assert_eq!(
        (table(&job.relocations[0]).expected_minimum, table(&job.relocations[1]).expected_minimum),
        (10, 1)
    );
    assert_eq!(job.patients.form, Form::default());
    assert_eq!(job.directory.addresses.map(|source| source.expected_minimum), Some(0));
    assert_eq!(job.directory.max_age_hours, 12);
    assert_eq!((job.routes.tb, job.routes.journal), (vec![Channel::Print], vec![Channel::Outbox]));
    assert!(job.routes.require_agreement && !job.routes.oslo_districts);
    let outbox = job.outbox.ok_or("the job has an outbox")?;
    assert_eq!((outbox.max_message_bytes, outbox.max_attachment_bytes), (18_000_000, 18_000_000));
    assert_eq!(job.print.map(|print| print.paper_done), Some(PaperDone::Posted));
    assert_eq!(job.reports.person_id, PersonShown::Masked);
    assert_eq!(job.keep_days_after_acceptance, 90);
    let limits = job.limits;
    assert_eq!((limits.workers, limits.per_receiver, limits.in_flight_bytes), (0, 2, 268_435_456));
    assert_eq!((limits.follow_up_months, limits.receipt_hours, limits.placed_days), (12, 96, 3));
    assert_eq!((limits.settle_seconds, limits.retry_minutes), (2, 30));
    let journal = job.journal.ok_or("the job has journals")?;
    assert_eq!((journal.max_document_bytes, journal.max_bundle_bytes), (200_000_000, 2_000_000_000));
    assert_eq!((journal.max_documents, journal.require_pdfa), (2000, false));
    Ok(())
}

#[test]
fn a_document_may_be_as_large_as_a_message_unless_the_job_says_less() -> Result<(), String> {
    for (name, lines, expected) in [
        ("a smaller message", "max_message_bytes = 90", (90, 90)),
        ("a smaller document", "max_attachment_bytes = 80", (18_000_000, 80)),
        ("both", "max_message_bytes = 90\nmax_attachment_bytes = 80", (90, 80)),
    ] {
        let job = read(&GOOD.replace("\"../out/outbox\"", &format!("\"../out/outbox\"\n{lines}")))?;
        let outbox = job.outbox.ok_or("the job has an outbox")?;
        assert_eq!((outbox.max_message_bytes, outbox.max_attachment_bytes), expected, "{name}");
    }
    Ok(())
}

#[test]
fn variants_that_are_good() {
    let journal = "[journal]\npath  = \"../samples/journals\"\nindex = { delimiter = \"\\t\" }\n";
    let rows: [(&str, &[(&str, &str)]); 5] = [
        ("declared profiles", &[("snapshot ", "profiles = \"../samples/cpp\"\nsnapshot ")]),
        ("a TOML date-time for now", &[("\"2026-11-22T02:00:00+01:00\"", "2026-11-22T02:00:00+01:00")]),
        (
            "production without now",
            &[("\"test\"", "\"production\""), ("now         = \"2026-11-22T02:00:00+01:00\"", "")],
        ),
        ("no journals", &[("[\"outbox\", \"in-epj\"]", "[]"), (journal, "")]),
        ("a byte order mark", &[("environment", "\u{feff}environment")]),
    ];
    for (name, changes) in rows {
        assert_eq!(broken(changes), "good", "{name}");
    }
}

/// What was changed in the good job, and every complaint it then gets.
type Row<'a> = (&'a str, (&'a str, &'a str), &'a str);

fn each_is_told(rows: &[Row<'_>]) {
    for (name, change, expected) in rows {
        assert_eq!(broken(&[*change]), *expected, "{name}");
    }
}

#[test]
fn the_top_is_checked() {
    each_is_told(&[
        (
            "no environment",
            ("environment = \"test\"\n", ""),
            r#"1:1: "environment" is missing | "test" for synthetic persons, "production" for real ones"#,
        ),
        (
            "an environment not known",
            ("\"test\"", "\"prod\""),
            r#"1:15: environment: "prod" is not known | did you mean "production"?"#,
        ),
        (
            "a clock in production",
            ("\"test\"", "\"production\""),
            "2:15: now: a fixed clock has no place in production | take the line out",
        ),
        (
            "a clock without an offset",
            ("02:00:00+01:00", "02:00:00"),
            r#"2:15: now: is not a moment with an offset | write it as "2026-11-22T02:00:00+01:00""#,
        ),
        (
            "a language not known",
            ("\"nn\"", "\"no\""),
            r#"3:15: language: "no" is not a language; one of nb, nn, en"#,
        ),
    ]);
}

#[test]
fn the_sender_is_checked() {
    each_is_told(&[
        (
            "a municipality as a number",
            ("\"0301\"", "301"),
            r#"6:16: municipality: has to be text, not a whole number | put it in quotes: "301""#,
        ),
        (
            "a municipality of three digits",
            ("\"0301\"", "\"301\""),
            "6:16: municipality: a municipality number has four digits",
        ),
        (
            "an organisation number too short",
            ("310000001", "31000"),
            "7:56: org_number: an organisation number has nine digits",
        ),
        (
            "a HER-id in quotes",
            ("her_id = 1001", "her_id = \"1001\""),
            "8:53: her_id: has to be a whole number, not text",
        ),
        ("a HER-id of zero", ("her_id = 1001", "her_id = 0"), "8:53: her_id: has to be from 1 to 4294967295"),
        (
            "one HER-id for both tiers",
            ("her_id = 1001", "her_id = 1000"),
            "5:1: the organisation and the service have the same her_id | each has its own in Adresseregisteret",
        ),
        (
            "a role not in 9060",
            ("\"SP\"", "\"sykepleier\""),
            r#"9:65: role: "sykepleier" is not known | one of: AA, AT, AU, BI, ET, FA1, FA2, FO, FT, HE, HF, HP, JO, KE, KI, LE, MT, OA, OI, OP, OR, PE, PS, RA, SP, TH, TL, TP, TT, VE, VP, XX"#,
        ),
        (
            "a service code in small letters",
            ("\"KA04\"", "\"ka4\""),
            "8:66: code: is not a code of list 8663 | the service «Migrasjonshelse» is KA04",
        ),
    ]);
}

#[test]
fn keys_and_columns_are_checked() {
    each_is_told(&[
        (
            "an unknown key at the top",
            ("language", "langauge"),
            r#"3:1: unknown key "langauge" | did you mean "language"?"#,
        ),
        (
            "an unknown section",
            ("[limits]", "[limit]"),
            r#"71:2: unknown key "limit" | did you mean "limits"?"#,
        ),
        (
            "an unknown key in a section",
            ("archive =", "archiv ="),
            r#"60:1: unknown key "archiv" in [receipts] | did you mean "archive"?"#,
        ),
        (
            "an unknown key in a list of sections",
            ("delimiter = \",\"\nenc", "delimeter = \",\"\nenc"),
            r#"18:1: unknown key "delimeter" in [relocations] | did you mean "delimiter"?"#,
        ),
        (
            "an unknown key like no other",
            ("settle_seconds", "xyzzy"),
            r#"72:1: unknown key "xyzzy" in [limits] | known here: follow_up_months, in_flight_bytes, per_receiver, placed_days, receipt_hours, retry_minutes, settle_seconds, workers"#,
        ),
        (
            "an unknown column",
            ("person_id = \"fnr\"", "persn_id = \"fnr\""),
            r#"20:15: unknown key "persn_id" in [relocations.columns] | did you mean "person_id"?"#,
        ),
        (
            "a key of tables for events",
            ("format = \"csv\"\n", "format = \"freg-feed\"\ndelimiter = \";\"\n"),
            r#"13:13: delimiter: is only for format = "csv" | take the line out"#,
        ),
        (
            "a mapping the wrong way round",
            ("person_id = \"fnr\"", "fnr = \"person_id\""),
            r#"20:15: unknown key "fnr" in [relocations.columns] | known here: address_grading, change, event_id, event_type, family_name, former_id, from_municipality, given_name, id_type, move_date, patient_ref, person_id, registered_at, to_district, to_municipality"#,
        ),
    ]);
}

#[test]
fn laboratory_reports_are_a_source_of_results_beside_tables() -> Result<(), String> {
    let both = "\"../samples/tb.csv\"\n\n[[tb.results]]\nformat = \"lab-report-xml\"\npath = \"../samples/lab\"\nexpected_minimum = 7";
    let job = read(&GOOD.replacen("\"../samples/tb.csv\"", both, 1))?;
    let [reports] = job.tb.reports.as_slice() else { return Err("one source of reports".to_owned()) };
    assert_eq!((reports.place.shown.as_str(), reports.expected_minimum), ("../samples/lab", 7));
    assert_eq!(job.tb.results.len(), 1);
    Ok(())
}

#[test]
fn files_are_checked() {
    each_is_told(&[
        (
            "columns of laboratory reports",
            (
                "\"../samples/tb.csv\"",
                "\"../samples/lab\"\nformat = \"lab-report-xml\"\ncolumns = { code = \"kode\" }",
            ),
            "36:11: columns: is for csv; laboratory reports have no columns | take it out",
        ),
        (
            "an encoding of laboratory reports",
            (
                "\"../samples/tb.csv\"",
                "\"../samples/lab\"\nformat = \"lab-report-xml\"\nencoding = \"utf-16\"",
            ),
            "36:12: encoding: is for csv; laboratory reports have no columns | take it out",
        ),
        (
            "a result format not known",
            ("\"../samples/tb.csv\"", "\"../samples/tb.csv\"\nformat = \"lab-report\""),
            r#"35:10: format: "lab-report" is not known | did you mean "lab-report-xml"?"#,
        ),
        (
            "a format not known",
            ("\"csv\"", "\"xlsx\""),
            r#"12:10: format: "xlsx" is not known | one of: csv, freg-xml, freg-feed"#,
        ),
        (
            "a delimiter not known",
            ("delimiter = \",\"\n", "delimiter = \"|\"\n"),
            r#"18:13: delimiter: is not a delimiter | one of: ";", ",", "\t""#,
        ),
        (
            "an encoding not known",
            ("Windows-1252", "windows-1250"),
            r#"19:13: encoding: "windows-1250" is not known | did you mean "windows-1252"?"#,
        ),
        (
            "one bracket too few",
            ("[[tb.results]]", "[tb.results]"),
            "33:1: results: has to be a list of sections, not a section | write [[tb.results]], with two brackets",
        ),
        (
            "no results at all",
            ("[[tb.results]]\npath = \"../samples/tb.csv\"", "results = []"),
            "33:11: results: is empty | the files with TB results: [[tb.results]] with a path",
        ),
        (
            "a word in two lists",
            ("\"ikke funn\"", "\"Funn\""),
            r#"31:44: negative: "Funn" stands in two lists | a word has one meaning"#,
        ),
        (
            "a word of the national list, with another meaning",
            ("\"ikke funn\"", "\" Reaktiv \""),
            r#"31:44: negative: "Reaktiv" is positive in code list 8340 | take it out; the code list's own words keep their meaning"#,
        ),
    ]);
}

#[test]
fn choices_are_checked() {
    each_is_told(&[
        (
            "no legal section",
            (
                "[legal]\njournal_basis               = \"not-objected\"\nobjection_blocks_regulation = false\n",
                "",
            ),
            concat!(
                r#"1:1: "journal_basis" is missing in [legal] | the municipality decides: "consent" sends a journal when the patient said yes (Helsedirektoratet 2017), "not-objected" unless the patient objected (hpl §§ 25, 29)"#,
                "\n",
                r#"1:1: "objection_blocks_regulation" is missing in [legal] | the municipality decides: whether an objection also stops what tuberkuloseforskriften § 2-3 h demands, true or false"#
            ),
        ),
        (
            "a legal choice left out",
            ("objection_blocks_regulation = false\n", ""),
            r#"22:1: "objection_blocks_regulation" is missing in [legal] | the municipality decides: whether an objection also stops what tuberkuloseforskriften § 2-3 h demands, true or false"#,
        ),
        (
            "a basis not known",
            ("\"not-objected\"", "\"objection\""),
            r#"23:31: journal_basis: "objection" is not known | one of: consent, not-objected"#,
        ),
    ]);
}

#[test]
fn routes_are_checked() {
    each_is_told(&[
        (
            "bundle as a route without its section",
            ("\"in-epj\"", "\"bundle\""),
            r#"47:22: the route "bundle" needs "bundle", which is missing | give it, or name other channels in [routes]; journal = [] sends no journals"#,
        ),
        (
            "a bundle without roots",
            ("[limits]", "[bundle]\npath = \"x\"\nsigning_key = \"k.pem\"\n[limits]"),
            r#"71:1: "roots" is missing in [bundle] | the folder with the certificates you trust"#,
        ),
        (
            "a passphrase in the job",
            (
                "[limits]",
                "[bundle]\npath = \"x\"\nsigning_key = \"k.pem\"\nroots = \"r\"\npassphrase = \"s\"\n[limits]",
            ),
            r#"75:14: passphrase: has no place in a job file | name a file with passphrase_file, or a variable with passphrase_env"#,
        ),
        (
            "a passphrase in two places",
            (
                "[limits]",
                "[bundle]\npath = \"x\"\nsigning_key = \"k.pem\"\nroots = \"r\"\npassphrase_file = \"s\"\npassphrase_env = \"S\"\n[limits]",
            ),
            r#"76:18: passphrase_env: passphrase_file is there too | name one of them"#,
        ),
        (
            "identity numbers in full",
            ("\"../out/reports\"", "\"../out/reports\"\nperson_id = \"full\""),
            r#"70:13: person_id: "full" is not built yet | "masked" shows id type and last two digits, "reference" the EPJ's reference"#,
        ),
        (
            "metrics",
            ("\"../out/reports\"", "\"../out/reports\"\nmetrics = \"x.prom\""),
            r#"70:11: "reports.metrics" is not built yet | take the line out; summary.json has the figures"#,
        ),
        (
            "TB without a route",
            ("[\"outbox\", \"print\"]", "[]"),
            "46:11: tb: is empty | TB results always go: name a channel; print needs nothing from the receiver",
        ),
        (
            "a route twice",
            ("[\"outbox\", \"print\"]", "[\"print\", \"print\"]"),
            r#"46:21: tb: "print" is named twice"#,
        ),
        (
            "a route without its section",
            ("[worklist]\npath = \"../out/worklist\"", ""),
            r#"47:22: the route "in-epj" needs "worklist", which is missing | give it, or name other channels in [routes]; journal = [] sends no journals"#,
        ),
        (
            "a route without a directory",
            ("snapshot   = \"../samples/ar.json\"\n", ""),
            r#"45:12: the route "outbox" needs "directory.snapshot", which is missing | give it, or name other channels in [routes]; journal = [] sends no journals"#,
        ),
        (
            "journals without a folder",
            ("[journal]\npath  = \"../samples/journals\"\nindex = { delimiter = \"\\t\" }\n", ""),
            r#"1:1: "journal" is missing | where the journals are: [journal] with a path; [routes] journal = [] sends none"#,
        ),
    ]);
}

#[test]
fn numbers_and_paths_are_checked() {
    each_is_told(&[
        (
            "a number out of range",
            ("settle_seconds = 0", "receipt_hours = 0"),
            "72:17: receipt_hours: has to be from 1 to 8760",
        ),
        (
            "a duration below nothing",
            ("settle_seconds = 0", "settle_seconds = -1"),
            "72:18: settle_seconds: has to be from 0 to 3600",
        ),
        (
            "a document larger than a message",
            ("\"../out/outbox\"", "\"../out/outbox\"\nmax_message_bytes = 90\nmax_attachment_bytes = 91"),
            "52:24: max_attachment_bytes: has to be from 1 to 90",
        ),
        (
            "one extract twice",
            ("by-hand.csv", "./relocations.csv"),
            "17:13: relocations.path names the same path as relocations.path on line 13 | name every input once: what is read twice counts twice",
        ),
        (
            "reports in the inbox",
            ("../out/reports", "../samples/inbox/reports"),
            "69:8: reports.path writes into what receipts.inbox on line 59 reads | keep what is written apart from what is read",
        ),
        (
            "print into the outbox",
            ("../out/print", "../out/outbox"),
            "53:8: print.path writes to the same path as outbox.path on line 50 | give each output a path of its own",
        ),
        ("an empty path", ("\"../out/spool\"", "\"\""), "66:8: path: is empty"),
        (
            "a value instead of a section",
            ("[spool]\npath = ", "[reports.x]\n[spool]\npath = "),
            r#"65:10: unknown key "x" in [reports] | known here: metrics, path, person_id"#,
        ),
    ]);
}

#[test]
fn syntax_is_checked() {
    each_is_told(&[
        (
            "a Windows path in double quotes",
            ("../out/spool", "D:\\jf\\spool"),
            r#"66:12: not TOML: missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\`, `"`, `x`, `u`, `U` | write a Windows path in single quotes: 'D:\journalflytt\in'"#,
        ),
        ("a quote not closed", ("\"nn\"", "\"nn"), r#"3:18: not TOML: invalid basic string, expected `"`"#),
        ("a key twice", ("[sender]", "now = \"x\"\n[sender]"), "5:1: not TOML: duplicate key"),
        ("a section twice", ("[limits]", "[ledger]\n[limits]"), "71:2: not TOML: duplicate key"),
        (
            "an identity number",
            ("\"test\"", "\"05849628625\""),
            r#"1:15: environment: "*********25" is not known | one of: test, production"#,
        ),
    ]);
}

#[test]
fn every_complaint_comes_at_once_and_in_order() {
    insta::assert_snapshot!(broken(&[
        ("\"test\"", "\"testing\""),
        ("\"0301\"", "\"03\""),
        ("encoding ", "encodign "),
        ("\"not-objected\"", "true"),
        ("archive =", "arkiv ="),
        ("settle_seconds = 0", "settle_seconds = \"2\"\nworker = 4"),
    ]), @r#"
    1:15: environment: "testing" is not known | did you mean "test"?
    6:16: municipality: a municipality number has four digits
    19:1: unknown key "encodign" in [relocations] | did you mean "encoding"?
    23:31: journal_basis: has to be text, not true or false
    60:1: unknown key "arkiv" in [receipts] | did you mean "archive"?
    72:18: settle_seconds: has to be a whole number, not text
    73:1: unknown key "worker" in [limits] | did you mean "workers"?
    "#);
}

#[test]
fn an_empty_file_is_asked_for_everything() {
    insta::assert_snapshot!(read("").err().unwrap_or_default(), @r#"
    1:1: "environment" is missing | "test" for synthetic persons, "production" for real ones
    1:1: "journal" is missing | where the journals are: [journal] with a path; [routes] journal = [] sends none
    1:1: "journal_basis" is missing in [legal] | the municipality decides: "consent" sends a journal when the patient said yes (Helsedirektoratet 2017), "not-objected" unless the patient objected (hpl §§ 25, 29)
    1:1: "ledger" is missing | the ledger's file: [ledger] with a path
    1:1: "objection_blocks_regulation" is missing in [legal] | the municipality decides: whether an objection also stops what tuberkuloseforskriften § 2-3 h demands, true or false
    1:1: "patients" is missing | the service's own register: [patients] with a path
    1:1: "receipts" is missing | where receipts come in: [receipts] with an inbox
    1:1: "relocations" is missing | the relocation extracts: [[relocations]] with a path
    1:1: "reports" is missing | where reports go: [reports] with a path
    1:1: "sender" is missing | who sends: municipality, organisation, service, contact
    1:1: "spool" is missing | where parcels are kept: [spool] with a path
    1:1: "tb" is missing | the TB results: [[tb.results]] with a path
    1:1: the route "outbox" needs "directory.snapshot", which is missing | give it, or name other channels in [routes]; journal = [] sends no journals
    1:1: the route "outbox" needs "outbox", which is missing | give it, or name other channels in [routes]; journal = [] sends no journals
    1:1: the route "print" needs "directory.addresses", which is missing | give it, or name other channels in [routes]; journal = [] sends no journals
    1:1: the route "print" needs "print", which is missing | give it, or name other channels in [routes]; journal = [] sends no journals
    "#);
}

#[test]
fn a_file_that_cannot_be_read_says_so() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("job.toml");
    let Err(error) = load(&file) else { panic!("there is no such file") };
    assert!(matches!(error, JobError::Unreadable { .. }));
    assert_eq!(error.complaints(), []);
    write_whole(&file, b"environment = \"test\"\n# \xe6\n")?;
    let Err(error) = load(&file) else { panic!("the file is not UTF-8") };
    let told: Vec<String> = error.complaints().iter().map(ToString::to_string).collect();
    assert_eq!(told, ["2:3: a character is not UTF-8"]);
    assert!(error.to_string().ends_with("job.toml has 1 setting to be mended"), "{error}");
    write_whole(&file, GOOD.as_bytes())?;
    assert_eq!(load(&file)?.ledger, folder.path().join("../out/journalflytt.sqlite"));
    Ok(())
}
