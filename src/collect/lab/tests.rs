//! Reports told as stories: what is TB, which version counts, whose it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::generator::{Chance, Head, Item, NLK, make, message, sorts, susceptibility, text};
use super::*;
use crate::collect::fixtures::{DNR, FNR, day, key as ledger_key, migrant};
use crate::collect::tb_source::{Judged, Results};
use crate::collect::{Finding, tb};
use crate::inventory::{Reading, Standing, TbItem, TbStatus};
use crate::job::{JournalBasis, Legal, Words};
use crate::message::{lab_report, standards};
use crate::pdf::fixture::PDF;
use crate::person::Environment;
use crate::picture::fixture::JPEG;
use crate::reason::Reason;
use crate::tables::tb_codes::TbClass;

type Tested = Result<(), Box<dyn std::error::Error>>;

const CULTURE: (&str, &str, &str) = (NLK, "NPU12360", "Us-Mykobakterier dyrkning");
const IGRA: (&str, &str, &str) = (NLK, "NPU29230", "B-TB-IGRA konklusjon");
const RIFAMPICIN: (&str, &str, &str) = (NLK, "NPU07428", "Us-Rifampicin");
const ISONIAZID: (&str, &str, &str) = (NLK, "NPU06032", "Us-Isoniazid");
const N_FINAL: Head<'_> =
    Head { generated: "2026-09-14T12:00:00", serv_type: "N", status: "F", report: "R", person: FNR };

/// A message of one report made at a day of October.
fn on(day: u32, serv_type: &str, status: &str, items: &str) -> String {
    let generated = format!("2026-10-{day:02}T12:00:00");
    message(&Head { generated: &generated, serv_type, status, ..N_FINAL }, items)
}

fn files(documents: &[String]) -> Vec<ReportFile> {
    let read =
        documents.iter().enumerate().map(|(no, document)| match lab_report::read(document.as_bytes()) {
            Ok(message) => ReportFile::new(format!("lab/{no}.xml"), message),
            Err(error) => panic!("a report: {error}"),
        });
    read.collect()
}

fn reported(documents: &[String]) -> Reported {
    let key = ledger_key();
    let context = Context { key: &key, environment: Environment::Test, today: day("2026-11-22") };
    read_reports(&files(documents), TbCodes::embedded(), &context)
}

/// What collection says of P-1, for whom these are all the reports.
fn finding(documents: &[String]) -> Finding {
    let mut results = Results::default();
    results.add(reported(documents).rows);
    let legal = Legal { journal_basis: JournalBasis::NotObjected, objection_blocks_regulation: false };
    tb::collect(&migrant(), &results, &legal, &Words::default(), TbCodes::embedded(), &|_| false)
}

fn items(finding: &Finding) -> &[TbItem] {
    finding.inventory().tb.as_ref().map(|tb| tb.items.as_slice()).unwrap_or_default()
}

fn status(finding: &Finding) -> Option<TbStatus> {
    finding.inventory().tb.as_ref().map(|tb| tb.status)
}

/// The results that count, `result status`, the same whatever the order of the messages.
fn current(documents: &[String]) -> Vec<String> {
    let show = |documents: &[String]| {
        let finding = finding(documents);
        let live = items(&finding).iter().filter(|item| item.standing == Standing::Current);
        let mut shown: Vec<String> = live.map(|item| format!("{} {:?}", item.result, item.status)).collect();
        shown.sort();
        shown
    };
    let first = show(documents);
    let backwards: Vec<String> = documents.iter().rev().cloned().collect();
    assert_eq!(show(&backwards), first, "the order of files does not matter");
    let twice: Vec<String> = documents.iter().chain(documents).cloned().collect();
    assert_eq!(show(&twice), first, "a message that comes twice says nothing new");
    first
}

fn culture(result: &str, serv_type: &str) -> String {
    let value = if result.is_empty() { String::new() } else { text(result) };
    Item { id: "1", code: CULTURE, value, serv_type, ..Item::default() }.xml()
}

/// How the items of one report are judged, in the order of the document.
fn judged(items: &str) -> Vec<Judged> {
    reported(&[message(&N_FINAL, items)]).rows.rows.iter().map(|row| row.judged).collect()
}

#[test]
fn a_culture_is_read_from_preliminary_to_final_over_three_nights() {
    let microscopy = |kind: &'static str| {
        let code = (NLK, "NPU62292", "Eksp-Mykobakterier mikroskopi");
        Item { id: "2", code, value: text("Negativ"), serv_type: kind, status: "3", ..Item::default() }.xml()
    };
    let nights = [
        on(1, "N", "P", &(microscopy("N") + &culture("", "N"))),
        on(8, "M", "P", &(microscopy("H") + &culture("Negativ", "M"))),
        on(29, "M", "F", &(microscopy("H") + &culture("Mycobacterium tuberculosis", "M"))),
    ];
    let expected = [
        (vec![" Preliminary", "Negativ Preliminary"], TbStatus::Preliminary),
        (vec!["Negativ Preliminary", "Negativ Preliminary"], TbStatus::Preliminary),
        (vec!["Mycobacterium tuberculosis Final", "Negativ Final"], TbStatus::FollowUpNeeded),
    ];
    for (night, (results, is)) in expected.into_iter().enumerate() {
        assert_eq!(current(&nights[..=night]), results, "night {night}");
        assert_eq!(status(&finding(&nights[..=night])), Some(is), "night {night}");
    }
    let last = finding(&nights);
    assert!(last.notes().iter().any(|note| note.reason == Reason::PossibleActiveTb));
    let versions = items(&last).iter().filter(|item| item.test == CULTURE.2).count();
    assert_eq!(versions, 3, "one item with three versions");
}

#[test]
fn versions_follow_the_order_of_the_messages() {
    let first = on(1, "N", "P", &culture("Negativ", "N"));
    let last = on(9, "M", "F", &culture("Positiv", "M"));
    let rows: [(&str, Vec<String>, &[&str]); 13] = [
        ("one", vec![first.clone()], &["Negativ Preliminary"]),
        ("preliminary, then final", vec![first.clone(), last.clone()], &["Positiv Final"]),
        ("the first is missing", vec![last.clone()], &["Positiv Final"]),
        (
            "sent before, without an answer",
            vec![first.clone(), on(9, "M", "F", &culture("", "H"))],
            &["Negativ Final"],
        ),
        (
            "sent before, and the first is missing",
            vec![on(9, "M", "F", &culture("Negativ", "H"))],
            &["Negativ Final"],
        ),
        (
            "sent before twice",
            vec![first.clone(), on(5, "M", "P", &culture("Negativ", "H"))],
            &["Negativ Preliminary"],
        ),
        ("the item is cancelled", vec![first.clone(), on(9, "M", "F", &culture("", "C"))], &[]),
        (
            "the report is cancelled, and names nothing",
            vec![first.clone(), last.clone(), on(20, "C", "F", "")],
            &[],
        ),
        (
            "cancelled, and named as sent before",
            vec![
                on(5, "M", "P", &culture("", "C")),
                first.clone(),
                on(9, "M", "F", &culture("Negativ", "H")),
            ],
            &[],
        ),
        (
            "a final answer changed",
            vec![last.clone(), on(20, "M", "F", &culture("Negativ", "M"))],
            &["Negativ Corrected"],
        ),
        ("replaced without it", vec![first.clone(), on(9, "O", "F", "")], &[]),
        ("deleted", vec![on(1, "N", "F", &Item { status: "14", ..Item::of_culture("Positiv") }.xml())], &[]),
        (
            "of two in one second the cancellation is the later",
            vec![first.clone(), on(1, "C", "F", &culture("", "C"))],
            &[],
        ),
    ];
    for (name, documents, expected) in rows {
        assert_eq!(current(&documents), expected, "{name}");
    }
}

#[test]
fn two_answers_of_one_moment_are_a_conflict_and_two_senders_are_two_reports() {
    let one = on(1, "N", "F", &culture("Negativ", "N"));
    let other = on(1, "N", "F", &culture("Positiv", "N"));
    let Finding::Hold { reasons, .. } = finding(&[one.clone(), other.clone()]) else { panic!("held") };
    assert_eq!(reasons.first().map(|hold| hold.reason), Some(Reason::ResultConflict));
    let elsewhere = other.replace("9000303", "9000404");
    assert_eq!(current(&[one, elsewhere]), ["Negativ Final", "Positiv Final"]);
}

#[test]
fn an_item_without_an_id_is_told_by_its_code() {
    let item = |result: &str, kind: &str| culture(result, kind).replace("<IdResultItem>1</IdResultItem>", "");
    let documents = [
        on(1, "N", "P", &(item("Negativ", "N") + &item("Gråsone", "N"))),
        on(9, "M", "F", &(item("Negativ", "H") + &item("Positiv", "M"))),
    ];
    assert_eq!(current(&documents), ["Negativ Final", "Positiv Final"]);
}

#[test]
fn mdr_tb_is_seen() {
    let resistant = |id: &'static str, code| {
        Item { id, refers_to: "1", code, value: susceptibility("R"), ..Item::default() }.xml()
    };
    let unlisted = (NLK, "NPU99123", "Us-Moxifloxacin");
    let all = culture("Mycobacterium tuberculosis", "N")
        + &resistant("2", RIFAMPICIN)
        + &resistant("3", ISONIAZID)
        + &resistant("4", unlisted);
    let finding = finding(&[message(&N_FINAL, &all)]);
    let carried: Vec<(&str, &str)> = items(&finding)
        .iter()
        .filter(|item| item.standing == Standing::Current)
        .map(|item| (item.test.as_str(), item.result.as_str()))
        .collect();
    for test in [RIFAMPICIN.2, ISONIAZID.2, unlisted.2] {
        assert!(carried.contains(&(test, "Resistent")), "{test}: {carried:?}");
    }
    assert_eq!(status(&finding), Some(TbStatus::FollowUpNeeded));
}

#[test]
fn a_drug_counts_by_what_it_hangs_on() {
    let drug = |refers_to| Item {
        id: "9",
        refers_to,
        code: RIFAMPICIN,
        value: susceptibility("S"),
        ..Item::default()
    };
    let aerobic = Item {
        id: "1",
        code: (NLK, "NPU06061", "Us-Aerob dyrkning"),
        value: text("Escherichia coli"),
        ..Item::default()
    };
    let named = Item { value: text("Mycobacterium tuberculosis"), ..aerobic.clone() };
    let (tb, culture_tb) = (Judged::Tb(TbClass::Susceptibility), Judged::Tb(TbClass::Culture));
    let nested =
        Item { inside: drug("").xml(), id: "1", code: CULTURE, value: text("Vekst"), ..Item::default() };
    let rows = [
        ("a mycobacterial culture", culture("Vekst", "N") + &drug("1").xml(), vec![culture_tb, tb]),
        ("in a mycobacterial culture", nested.xml(), vec![culture_tb, tb]),
        ("another bacterium", aerobic.xml() + &drug("1").xml(), vec![Judged::NotTb, Judged::NotTb]),
        ("nothing at all", drug("").xml(), vec![Judged::NotTb]),
        (
            "nothing, beside a culture",
            culture("Vekst", "N") + &drug("").xml(),
            vec![culture_tb, Judged::ToJudge],
        ),
        ("something that is not in the report", drug("77").xml(), vec![Judged::ToJudge]),
        (
            "a mycobacterium under another test",
            named.xml() + &drug("1").xml(),
            vec![Judged::ToJudge, Judged::ToJudge],
        ),
    ];
    for (name, items, expected) in rows {
        assert_eq!(judged(&items), expected, "{name}");
    }
}

#[test]
fn the_arrival_screening_holds_more_than_tb_and_none_of_it_is_kept() {
    let hiv = Item {
        id: "1",
        code: (NLK, "NPU14001", "P-HIV 1+2 antistoff"),
        value: text("Positiv"),
        ..Item::default()
    };
    let igra = Item { id: "2", code: IGRA, value: text("Negativ"), ..Item::default() };
    let found = finding(&[message(&N_FINAL, &(hiv.xml() + &igra.xml()))]);
    let shown: Vec<_> = items(&found)
        .iter()
        .map(|item| (item.standing.clone(), item.result.as_str(), item.comment.as_str()))
        .collect();
    assert!(
        shown.contains(&(Standing::NotTb, "", "")) && shown.contains(&(Standing::Current, "Negativ", "")),
        "{shown:?}"
    );
    assert_eq!(status(&found), Some(TbStatus::NoPositiveFindings));
}

/// A trap of domain.md § 0.10: its code, its name, and that it is not TB.
fn is_not_tb(code: &str, name: &str) {
    let name = name.replace('&', "&amp;");
    let item = Item { id: "1", code: (NLK, code, &name), value: text("Positiv"), ..Item::default() }.xml();
    assert_eq!(judged(&item), [Judged::NotTb], "{name}");
}

#[test]
fn recent_thymic_emigrants_are_no_igra() {
    is_not_tb("NOR25868", "T-lymc(CD4+; CD45RA+; B)-Recent thymic emigrants (CD31+) %");
    is_not_tb("NOR25895", "B-CD8 RTE recent thymic emigrants (CD45RA+/RO-CD62L+CD103+) T-celler %");
}

#[test]
fn an_igra_for_cmv_or_sars_cov_2_is_not_tb() {
    is_not_tb("NPU57752", "B-CMV-IGRA konklusjon");
    is_not_tb("NPU60249", "B-SARS-CoV-2-IGRA konklusjon");
}

#[test]
fn yersinia_pseudotuberculosis_is_not_tb_as_a_test_or_as_an_answer() {
    is_not_tb("NPU08123", "P-Yersinia pseudotuberculosis antistoff");
    let found = Item {
        id: "1",
        code: (NLK, "NPU06061", "Us-Aerob dyrkning"),
        value: text("Yersinia pseudotuberculosis"),
        ..Item::default()
    };
    assert_eq!(judged(&found.xml()), [Judged::NotTb]);
}

#[test]
fn what_no_table_knows_is_for_a_person_and_goes_with_nobody() {
    let local = Item { id: "1", code: ("LOKAL", "X1", "Ukjent"), value: text("Positiv"), ..Item::default() };
    let uncoded = Item { id: "2", value: text("Positiv"), ..Item::default() };
    let igra = Item { id: "3", code: IGRA, value: text("Negativ"), ..Item::default() };
    let found = finding(&[message(&N_FINAL, &(local.xml() + &uncoded.xml() + &igra.xml()))]);
    let standing = |wanted: Standing| items(&found).iter().filter(|item| item.standing == wanted).count();
    assert_eq!((standing(Standing::ToJudge), standing(Standing::Current)), (2, 1));
    assert!(
        items(&found)
            .iter()
            .filter(|item| item.standing == Standing::ToJudge)
            .all(|item| item.reading == Reading::Unread)
    );
    assert_eq!(status(&found), Some(TbStatus::ToBeJudged), "an unknown test that is positive is no finding");
    assert!(matches!(found, Finding::Send { .. }), "it holds nothing");
    assert!(found.notes().iter().any(|note| note.reason == Reason::ToJudge));
}

#[test]
fn a_detail_goes_with_what_it_stands_in() {
    let amount = Item { id: "1a", code: ("8212", "", "Mengde"), value: text("rikelig"), ..Item::default() };
    let with =
        Item { inside: amount.xml(), id: "1", code: CULTURE, value: text("Positiv"), ..Item::default() };
    let found = finding(&[message(&N_FINAL, &with.xml())]);
    let shown: Vec<_> = items(&found)
        .iter()
        .map(|item| (item.result.as_str(), item.comment.as_str(), item.material.as_str()))
        .collect();
    assert_eq!(shown, [("Positiv", "Mengde: rikelig", "Ekspektorat")]);
    let species = Item { value: text("Mycobacterium tuberculosis"), ..amount };
    let aerobic = (NLK, "NPU06061", "Us-Aerob dyrkning");
    let with =
        Item { inside: species.xml(), id: "1", code: aerobic, value: text("Vekst"), ..Item::default() };
    assert_eq!(judged(&with.xml()), [Judged::NotTb, Judged::ToJudge], "unless it asks for a person");
}

#[test]
fn one_description_of_several_pictures_is_not_split() -> Tested {
    let picture = |id: &'static str, code: &'static str| {
        Item { id, code: ("NCRP", code, "Bilde"), ..Item::default() }.xml()
    };
    let group =
        "<TextResult><Heading V=\"GR\"/><TextResultValue>Normale funn.</TextResultValue></TextResult>";
    let over = |inside: String| Item { value: group.to_owned(), inside, ..Item::default() }.xml();
    let own = "code_system;code;class\nNCRP;CHEST;chest-xray\nNCRP;FOOT;not-tb\n";
    let table = crate::tabular::read(own.as_bytes(), &Default::default(), crate::tables::tb_codes::COLUMNS)?;
    let Ok(codes) = TbCodes::with_own(&table, "own.csv") else { panic!("a code table") };
    let key = ledger_key();
    let context = Context { key: &key, environment: Environment::Test, today: day("2026-11-22") };
    let judged = |items: String| -> Vec<(Judged, String)> {
        let files = files(&[message(&N_FINAL, &items)]);
        read_reports(&files, &codes, &context)
            .rows
            .rows
            .into_iter()
            .map(|row| (row.judged, row.result))
            .collect()
    };
    let chest = (Judged::Tb(TbClass::ChestXray), "Normale funn.".to_owned());
    assert_eq!(judged(over(picture("1", "CHEST"))), [chest]);
    let mixed = judged(over(picture("1", "CHEST") + &picture("2", "FOOT")));
    assert_eq!(mixed, [(Judged::ToJudge, "Normale funn.".to_owned()), (Judged::NotTb, String::new())]);
    Ok(())
}

#[test]
fn a_report_that_cannot_be_used_is_rejected_with_its_place() {
    let good = on(1, "N", "F", &culture("Negativ", "N"));
    let two = good
        .replace("<AnalysedSubject>", &format!("<Patient><OffId>{DNR}</OffId></Patient><AnalysedSubject>"));
    let strip = |from: &str, to: &str| {
        let (start, end) = (good.find(from).unwrap_or_default(), good.find(to).map_or(0, |at| at + to.len()));
        format!("{}{}", &good[..start], &good[end..])
    };
    let rows = [
        ("several patients", two, "Patient", true, false),
        ("no patient", strip("<Patient>", "</Patient>"), "Patient", false, true),
        ("a number that is none", good.replace(FNR, "05849628626"), "OffId", false, true),
        ("no number", strip("<OffId>", "</OffId>"), "OffId", false, true),
        (
            "no time",
            strip("<GenDate", "<MsgId>").replace("R-2026-10-01T12:00:00-N</MsgId>", ""),
            "GenDate",
            true,
            false,
        ),
        ("no provider", strip("<ServProvider>", "</ServProvider>"), "ServProvider", true, false),
        (
            "a version of nothing",
            strip("<ServProvId>", "</ServProvId>")
                .replace("<ServType V=\"N\"/><IssueDate", "<ServType V=\"M\"/><IssueDate"),
            "ServProvId",
            true,
            false,
        ),
        (
            "a kind that no list has",
            good.replace("<ServType V=\"N\"/><IssueDate", "<ServType V=\"X\"/><IssueDate"),
            "ServType",
            true,
            false,
        ),
        (
            "cancelled and not",
            good.replace("<MsgDescr", "<CancellationCode V=\"1\"/><MsgDescr"),
            "CancellationCode",
            true,
            false,
        ),
        (
            "an animal",
            strip("<Patient>", "</Patient>").replace("<ServProvider>", "<Animal/><ServProvider>"),
            "Patient",
            false,
            false,
        ),
    ];
    for (name, document, column, holds, anybody) in rows {
        let found = reported(&[document]).rows;
        let places: Vec<(&str, u64, &str)> =
            found.rejected.iter().map(|row| (row.file.as_str(), row.line, row.column.as_str())).collect();
        assert_eq!(places, [("lab/0.xml", 2, column)], "{name}");
        assert_eq!(
            (found.rows.len(), !found.broken.is_empty(), found.unreadable_person),
            (0, holds, anybody),
            "{name}"
        );
        assert!(!format!("{found:?}").contains(FNR), "{name}");
    }
}

#[test]
fn a_person_is_found_by_every_number_and_a_stranger_beside_them_is_a_conflict() {
    let good = on(1, "N", "F", &culture("Negativ", "N"));
    let also = |number: &str| {
        good.replace("</TypeOffId>", "").replace(
            "<TypeOffId V=\"FNR\"/>",
            &format!("<TypeOffId V=\"FNR\"/><AdditionalId><Id>{number}</Id><Type V=\"DNR\"/></AdditionalId>"),
        )
    };
    assert_eq!(current(&[good.replace(FNR, DNR)]), ["Negativ Final"], "by the former number");
    assert_eq!(current(&[also(DNR)]), ["Negativ Final"], "by both");
    assert!(
        matches!(finding(&[also("59820382522")]), Finding::Hold { .. }),
        "a number that nobody knows them by"
    );
    let moved = on(9, "M", "F", &culture("Positiv", "M")).replace(FNR, "09848233665");
    assert!(matches!(finding(&[good, moved]), Finding::Hold { .. }), "two versions, two persons");
}

/// A document of a report; `content` in base64.
fn ref_doc(description: &str, content: &[u8]) -> String {
    let base64 = STANDARD.encode(content);
    format!(
        "<RefDoc><IssueDate V=\"2026-09-14\"/><MsgType V=\"A\"/><MimeType>application/pdf</MimeType>\
         <Description>{description}</Description><Content><Base64Container>{base64}</Base64Container></Content></RefDoc>"
    )
}

fn beside(message: &str, document: &str) -> String {
    message.replace("<Patient>", &format!("{document}<Patient>"))
}

/// What becomes of P-1's documents: `title` where it travels, else the reason with it.
fn documents(messages: &[String]) -> Vec<String> {
    let finding = finding(messages);
    let inventory = finding.inventory();
    let travelling = inventory.documents.iter().map(|document| format!("{} {}", document.no, document.title));
    travelling
        .chain(inventory.left.iter().map(|left| format!("{}: {}", left.why.code(), left.title)))
        .collect()
}

#[test]
fn a_document_travels_with_a_report_of_nothing_but_tb() {
    let pdf = || ref_doc("Svar", PDF);
    let good = || on(1, "N", "F", &culture("Negativ", "N"));
    let hiv = Item {
        id: "2",
        code: (NLK, "NPU14001", "P-HIV 1+2 antistoff"),
        value: text("Positiv"),
        ..Item::default()
    };
    let asked = Item { id: "2", code: ("LOKAL", "Z9", "Egen"), value: text("x"), ..Item::default() };
    let and = |item: &Item<'_>| format!("{}{}", culture("Negativ", "N"), item.xml());
    let of = "Vedlegg til svar fra TESTLAB";
    let rows: Vec<(&str, Vec<String>, Vec<String>)> = vec![
        ("nothing but TB", vec![beside(&good(), &pdf())], vec!["1 Svar".to_owned()]),
        (
            "the message twice",
            vec![beside(&good(), &pdf()), beside(&good(), &pdf())],
            vec!["1 Svar".to_owned()],
        ),
        ("without a title", vec![beside(&good(), &ref_doc("", PDF))], vec![format!("1 {of}")]),
        (
            "a number in the title",
            vec![beside(&good(), &ref_doc("Svar 05849628625", PDF))],
            vec!["1 Svar *********25".to_owned()],
        ),
        (
            "something else",
            vec![beside(&on(1, "N", "F", &and(&hiv)), &pdf())],
            vec![format!("not-only-tb: {of}")],
        ),
        (
            "something to judge",
            vec![beside(&on(1, "N", "F", &and(&asked)), &pdf())],
            vec![format!("not-only-tb: {of}")],
        ),
        (
            "something else in an earlier message",
            vec![on(1, "N", "F", &and(&hiv)), beside(&on(2, "M", "F", &culture("Negativ", "M")), &pdf())],
            vec![format!("not-only-tb: {of}")],
        ),
        (
            "a message without results",
            vec![good(), beside(&on(2, "A", "A", ""), &pdf())],
            vec![format!("not-only-tb: {of}")],
        ),
        ("nothing of TB", vec![beside(&on(1, "N", "F", &hiv.xml()), &pdf())], vec![]),
        (
            "in an earlier message",
            vec![beside(&good(), &pdf()), on(2, "M", "F", &culture("Negativ", "M"))],
            vec!["superseded: Svar".to_owned()],
        ),
        (
            "a new one in the latest",
            vec![
                beside(&good(), &ref_doc("Gammelt", JPEG)),
                beside(&on(2, "M", "F", &culture("Negativ", "M")), &pdf()),
            ],
            vec!["1 Svar".to_owned(), "superseded: Gammelt".to_owned()],
        ),
        (
            "the report taken back",
            vec![beside(&good(), &pdf()), beside(&on(2, "C", "F", &culture("", "C")), &pdf())],
            vec!["cancelled: Svar".to_owned()],
        ),
        (
            "its result taken back",
            vec![beside(&good(), &pdf()), beside(&on(2, "M", "F", &culture("", "C")), &pdf())],
            vec!["cancelled: Svar".to_owned()],
        ),
        ("cut short", vec![beside(&good(), &ref_doc("Svar", &PDF[..20]))], vec!["damaged: Svar".to_owned()]),
        ("empty", vec![beside(&good(), &ref_doc("Svar", b""))], vec!["damaged: Svar".to_owned()]),
        (
            "not base64",
            vec![beside(&good(), &pdf().replace("JVBE", "JV%E"))],
            vec!["damaged: Svar".to_owned()],
        ),
        (
            "encrypted",
            vec![beside(&good(), &ref_doc("Svar", b"%PDF-1.4\ntrailer<</Encrypt 5 0 R>>\n%%EOF"))],
            vec!["encrypted: Svar".to_owned()],
        ),
        (
            "elsewhere",
            vec![beside(
                &good(),
                "<RefDoc><Description>Svar</Description><FileReference>x</FileReference></RefDoc>",
            )],
            vec!["elsewhere: Svar".to_owned()],
        ),
        (
            "compressed",
            vec![beside(&good(), &pdf().replace("<Content>", "<Compression V=\"1\"/><Content>"))],
            vec!["other-form: Svar".to_owned()],
        ),
    ];
    for (name, messages, expected) in rows {
        assert_eq!(documents(&messages), expected, "{name}");
        let backwards: Vec<String> = messages.iter().rev().cloned().collect();
        assert_eq!(documents(&backwards), expected, "{name}, backwards");
        let left: Vec<&str> = expected.iter().filter_map(|one| Some(one.split_once(':')?.0)).collect();
        let told: Vec<RejectedRow> = reported(&messages).warnings;
        let told_of = |why: &&str| told.iter().any(|row| row.reason.ends_with(&format!(": {why}")));
        assert!(left.iter().all(told_of) && (left.is_empty() == told.is_empty()), "{name}: {told:?}");
    }
}

#[test]
fn a_report_of_which_a_message_was_refused_may_hold_anything() {
    let good = beside(&on(1, "N", "F", &culture("Negativ", "N")), &ref_doc("Svar", PDF));
    let refused = on(2, "X", "F", &culture("Negativ", "N"));
    assert_eq!(documents(&[good, refused]), ["not-only-tb: Vedlegg til svar fra TESTLAB"]);
}

const HIV: (&str, &str, &str) = (NLK, "NPU14001", "P-HIV 1+2 antistoff");

#[test]
fn a_document_beside_one_report_of_a_message_may_be_about_the_others() {
    let report = |of: &str, person: &str, items: &str| {
        let one = message(&Head { report: of, person, ..N_FINAL }, items);
        let (start, end) = (one.find("<ServReport>"), one.find("</Message>"));
        start.zip(end).map_or(String::new(), |(start, end)| one[start..end].to_owned())
    };
    let with = |other: &str| {
        let first = beside(&on(1, "N", "F", &culture("Negativ", "N")), &ref_doc("Svar", PDF));
        first.replace("</Message>", &format!("{other}</Message>"))
    };
    let hiv = Item { id: "1", code: HIV, value: text("Positiv"), ..Item::default() }.xml();
    let left = ["not-only-tb: Vedlegg til svar fra TESTLAB"];
    assert_eq!(documents(&[with(&report("S", FNR, &culture("Negativ", "N")))]), ["1 Svar"]);
    assert_eq!(documents(&[with(&report("S", FNR, &hiv))]), left, "another test");
    assert_eq!(
        documents(&[with(&report("S", "09848233665", &culture("Negativ", "N")))]),
        left,
        "another person"
    );
    assert_eq!(documents(&[with(&report("S", "", &culture("Negativ", "N")))]), left, "nobody knows whose");
}

#[test]
fn a_result_outside_the_patient_is_neither_lost_nor_carried() {
    let hiv = Item { id: "9", code: HIV, value: text("Positiv"), ..Item::default() }.xml();
    let good = beside(&on(1, "N", "F", &culture("Negativ", "N")), &ref_doc("Svar", PDF));
    let rows = [
        ("in the report", good.replace("<ServProvider>", &format!("{hiv}<ServProvider>"))),
        (
            "in a material",
            good.replace("<ServProvider>", &format!("<Material>{hiv}</Material><ServProvider>")),
        ),
        ("TB", good.replace("<ServProvider>", &format!("{}<ServProvider>", culture("Positiv", "N")))),
    ];
    for (name, message) in rows {
        let found = finding(&[message]);
        assert!(matches!(found, Finding::Hold { .. }), "{name}");
        assert!(found.inventory().documents.is_empty(), "{name}");
    }
    let embedded = good.replace("<Content>", &format!("<Content>{hiv}"));
    assert!(matches!(finding(&[embedded]), Finding::Send { .. }), "what a document holds is the document's");
}

#[test]
fn what_is_said_of_a_report_that_held_something_else_is_not_said_of_its_tb() {
    let hiv = Item { id: "2", code: HIV, value: text("Positiv"), ..Item::default() }.xml();
    let said = |message: String| {
        message.replace("</ServProvId>", "</ServProvId><Comment>HIV positiv, se eget brev</Comment>")
    };
    let first = on(1, "N", "P", &(culture("", "N") + &hiv));
    let last = said(on(9, "M", "F", &culture("Negativ", "M")));
    assert!(carried(std::slice::from_ref(&last)).contains("HIV positiv"), "of TB alone it is said");
    for messages in [[first.clone(), last.clone()], [last, first]] {
        let all = carried(&messages);
        assert!(all.contains("Negativ") && !all.contains("HIV"), "{all}");
    }
}

#[test]
fn a_control_beside_a_conclusion_does_not_leave_it_unread() {
    let control = format!("<Investigation><Id V=\"NPU60244\" S=\"{NLK}\" DN=\"Kontroll\"/></Investigation>");
    let igra = Item { id: "1", code: IGRA, value: text("Positiv"), ..Item::default() }.xml();
    let both = igra.replacen("<Investigation>", &format!("{control}<Investigation>"), 1);
    assert_eq!(judged(&both), [Judged::Tb(TbClass::IgraConclusion)]);
    assert_eq!(status(&finding(&[message(&N_FINAL, &both)])), Some(TbStatus::FollowUpNeeded));
}

#[test]
fn documents_are_counted_and_their_bytes_not_kept() {
    let good = on(1, "N", "F", &culture("Negativ", "N"));
    let files = files(&[beside(&good, &(ref_doc("A", PDF) + &ref_doc("B", JPEG)))]);
    assert_eq!(
        counted(&files.iter().collect::<Vec<_>>()),
        "1 messages, 1 reports, 1 result items, 2 documents"
    );
    assert!(files.iter().flat_map(|file| &file.message.reports).all(|report| report.documents.is_empty()));
}

#[test]
fn of_hundreds_of_reports_every_tb_item_is_found_and_nothing_else() -> Tested {
    let sorts = sorts();
    let mut chance = Chance(2026);
    let made: Vec<_> = (0..400).map(|no| make(no, FNR, &sorts, &mut chance)).collect();
    let documents: Vec<String> = made.iter().map(|made| made.document.clone()).collect();
    let rows = reported(&documents).rows;
    assert_eq!((rows.rejected.len(), rows.unreadable_person), (0, false));
    let found: BTreeMap<&str, Judged> =
        rows.rows.iter().map(|row| (row.result_id.as_str(), row.judged)).collect();
    let expected: BTreeMap<String, Judged> = made
        .iter()
        .enumerate()
        .flat_map(|(no, made)| {
            made.expected.iter().map(move |(id, judged)| (format!("HER 9000303/r-{no}/{id}"), *judged))
        })
        .collect();
    let expected: BTreeMap<&str, Judged> =
        expected.iter().map(|(key, judged)| (key.as_str(), *judged)).collect();
    assert!(expected.len() > 1000, "there was something to find");
    assert_eq!(found, expected);
    let named: Vec<_> =
        documents.into_iter().enumerate().map(|(no, it)| (format!("r-{no}"), it.into_bytes())).collect();
    if let Some(Err(said)) = standards::validate_all(&named)? {
        let errors: Vec<&str> = said.lines().filter(|line| line.contains("error")).take(5).collect();
        panic!("not of the schema: {}", errors.join("\n"));
    }
    Ok(())
}

#[test]
fn the_published_examples_hold_what_they_hold() -> Tested {
    let Some(folder) = standards::folder() else { return Ok(()) };
    let expected = [
        ("own-c1-svarrapport14-igra-negativ.xml", (5, 0, 0)),
        ("own-c2-svarrapport14-rg-toraks-negativ.xml", (0, 1, 0)),
        ("own-c4-svarrapport14-tb-positiv-dyrkning-pcr-resistens.xml", (8, 0, 0)),
        ("Svar_mikrobiologi_dyrkning_v1-4_Ny.xml", (0, 0, 9)),
        ("Svar_mikrobiologi_gruppert_v1-4_Endring.xml", (0, 0, 13)),
        ("Svar_radiologi_v1-4_Ny.xml", (0, 2, 0)),
    ];
    for (name, counts) in expected {
        let document = String::from_utf8(std::fs::read(folder.join("examples/svarrapport").join(name))?)?;
        // The examples' persons are not all synthetic by form.
        let document = ["54839440025", "13116900216", "15076500565"]
            .iter()
            .fold(document, |text, no| text.replace(no, FNR));
        let rows = reported(&[document]).rows;
        let count = |is: fn(&Judged) -> bool| rows.rows.iter().filter(|row| is(&row.judged)).count();
        let found = (
            count(|judged| matches!(judged, Judged::Tb(_))),
            count(|judged| *judged == Judged::ToJudge),
            count(|judged| *judged == Judged::NotTb),
        );
        assert_eq!((found, rows.rejected.len()), (counts, 0), "{name}");
    }
    Ok(())
}

#[test]
fn a_code_that_its_sender_calls_something_else_is_read_by_a_person() {
    let coded = |value: &str, name: &str| {
        let value = format!(
            "<TextResult><TextCode V=\"{value}\" S=\"2.16.578.1.12.4.1.1.8340\" DN=\"{name}\"/></TextResult>"
        );
        Item { id: "1", code: IGRA, value, ..Item::default() }.xml()
    };
    let rows = [
        (coded("T002", "Negativ"), Reading::Unread),
        (coded("T007", "Påvist"), Reading::Unread),
        (coded("T007", "IKKE PÅVIST"), Reading::Negative),
        (coded("T002", ""), Reading::Positive),
        (coded("t001", "Ikke påvist"), Reading::Unread),
        (coded("T001", "Ikke påvist").replace("S=\"2.16.578.1.12.4.1.1.8340\" ", ""), Reading::Unread),
    ];
    for (xml, expected) in rows {
        let found = finding(&[message(&N_FINAL, &xml)]);
        let read: Vec<Reading> = items(&found).iter().map(|item| item.reading).collect();
        assert_eq!(read, [expected], "{xml}");
    }
}

#[test]
fn an_answer_that_its_laboratory_calls_a_deviation_is_not_negative() {
    for (answer, expected) in [("Negativ", Reading::Unread), ("Positiv", Reading::Positive)] {
        let xml = Item { id: "1", code: IGRA, value: text(answer), ..Item::default() }.xml();
        let deviates = xml.replacen("</Investigation>", "</Investigation><DevResultInd V=\"1\"/>", 1);
        assert_ne!(xml, deviates);
        let found = finding(&[message(&N_FINAL, &deviates)]);
        let read: Vec<Reading> = items(&found).iter().map(|item| item.reading).collect();
        assert_eq!(read, [expected], "{answer}");
    }
}

#[test]
fn a_cancellation_that_cannot_be_used_holds_whom_its_report_is_about() {
    let first = on(1, "N", "F", &culture("Negativ", "N"));
    let cancelled = on(9, "C", "F", "");
    let without = |from: &str, to: &str| match (cancelled.find(from), cancelled.find(to)) {
        (Some(start), Some(end)) => format!("{}{}", &cancelled[..start], &cancelled[end + to.len()..]),
        _ => panic!("it stands in the message"),
    };
    for bad in [without("<Patient>", "</Patient>"), cancelled.replace(FNR, "05849628626")] {
        let found = finding(&[first.clone(), bad]);
        let Finding::Hold { reasons, .. } = found else { panic!("it may be cancelled, and is sent") };
        assert!(reasons.iter().any(|hold| hold.reason == Reason::SourceIncomplete));
    }
}

#[test]
fn a_status_that_no_list_has_makes_nothing_final() {
    for (status, expected) in
        [("p", "Negativ Preliminary"), ("X", "Negativ Preliminary"), ("F", "Negativ Final")]
    {
        let item = Item { id: "1", code: IGRA, value: text("Negativ"), status: "3", ..Item::default() }.xml();
        assert_eq!(current(&[on(1, "N", status, &item)]), [expected], "{status}");
    }
}

#[test]
fn a_name_asks_beside_an_unknown_national_code_and_inside_another_result() {
    let two = Item { id: "1", code: (NLK, "NPU99999", "Direkte"), value: text("Positiv"), ..Item::default() }
        .xml()
        .replace("</Investigation>", "<Id S=\"8212\" OT=\"Syrefaste staver\"/></Investigation>");
    assert_eq!(judged(&two), [Judged::ToJudge]);
    let pcr =
        Item { id: "2", code: ("8212", "", "Tuberkulose-PCR"), value: text("Positiv"), ..Item::default() };
    let aerobic = (NLK, "NPU06061", "Us-Aerob dyrkning");
    let with = Item { inside: pcr.xml(), id: "1", code: aerobic, value: text("Vekst"), ..Item::default() };
    assert_eq!(judged(&with.xml()), [Judged::NotTb, Judged::ToJudge]);
}

#[test]
fn a_drug_under_a_heading_that_names_the_microbe_is_not_lost() {
    let drug = Item { id: "2", code: RIFAMPICIN, value: susceptibility("R"), ..Item::default() }.xml();
    let value = text("Mycobacterium tuberculosis").replace("\"LR\"", "\"GR\"");
    let group = Item { value, inside: drug, ..Item::default() }.xml();
    assert_eq!(judged(&group), [Judged::ToJudge]);
}

#[test]
fn two_tests_of_one_message_with_one_id_do_not_push_each_other_out() {
    let igra = |status| Item { id: "1", code: IGRA, value: text("Positiv"), status, ..Item::default() }.xml();
    let hiv = Item { id: "1", code: (NLK, "NPU14001", "P-HIV"), value: text("Negativ"), ..Item::default() };
    let live = |documents: &[String]| -> usize {
        items(&finding(documents)).iter().filter(|item| item.standing == Standing::Current).count()
    };
    assert_eq!(live(&[message(&N_FINAL, &(igra("2") + &hiv.xml()))]), 1, "what is not TB");
    let both = [message(&N_FINAL, &(igra("2") + &culture("Negativ", "N")))];
    assert_eq!(live(&both), 2, "another TB test");
    assert!(matches!(finding(&both), Finding::Hold { .. }), "and a person looks");
    let local =
        |result| Item { id: "2", code: ("LOKAL", "X", "Prøve"), value: text(result), ..Item::default() };
    let asked = igra("3") + &local("a").xml() + &local("b").xml();
    assert!(matches!(finding(&[message(&N_FINAL, &asked)]), Finding::Send { .. }), "to judge holds nothing");
}

#[test]
fn a_number_in_a_code_of_the_senders_own_words_is_masked() {
    let name = format!("Prøve {FNR}");
    let item = Item { id: "1", code: ("8212", "", &name), value: text("Positiv"), ..Item::default() }.xml();
    let found = finding(&[message(&N_FINAL, &item)]);
    assert!(items(&found).iter().all(|item| !item.code.contains(FNR)));
    assert!(!found.notes().iter().any(|note| note.detail.contains(FNR)));
}

/// What the live results of these messages read, with their answers, whatever the order of the messages.
fn readings(documents: &[String]) -> Vec<(String, Reading)> {
    let show = |documents: &[String]| {
        let found = finding(documents);
        let live = items(&found).iter().filter(|item| item.standing == Standing::Current);
        let mut read: Vec<_> = live.map(|item| (item.result.clone(), item.reading)).collect();
        read.sort_by_key(|(result, reading)| (result.clone(), format!("{reading:?}")));
        read
    };
    let first = show(documents);
    let backwards: Vec<String> = documents.iter().rev().cloned().collect();
    assert_eq!(show(&backwards), first, "the order of files does not matter");
    let twice: Vec<String> = documents.iter().chain(documents).cloned().collect();
    assert_eq!(show(&twice), first, "a message that comes twice says nothing new");
    first
}

const SPECIES: &str = "Mycobacterium tuberculosis";

#[test]
fn a_species_with_a_negation_beside_it_is_read_by_nobody_but_a_person() {
    let detail = |name: &'static str, value: &str| {
        Item { code: ("8212", "", name), value: text(value), ..Item::default() }.xml()
    };
    let with = |inside: String| Item { inside, ..Item::of_culture(SPECIES) }.xml();
    let remark = |value: &str| with(format!("<ResultItem>{}</ResultItem>", text(value)));
    let commented = |comment: &str| {
        let xml = Item::of_culture(SPECIES).xml();
        xml.replace("<IdResultItem>", &format!("<Comment>{comment}</Comment><IdResultItem>"))
    };
    let hanging = |code: (&'static str, &'static str, &'static str), value: String| {
        Item { id: "7", refers_to: "1", code, value, ..Item::default() }.xml()
    };
    let direct = (NLK, "NPU99124", "Us-Direkte");
    let coded = |value: &str| {
        let code = format!("<TextCode V=\"{value}\" S=\"2.16.578.1.12.4.1.1.8340\"/>");
        format!("<ResultItem><TextResult>{code}</TextResult></ResultItem>")
    };
    let rows = [
        ("alone", with(String::new()), Reading::Positive),
        ("with a quantity", with(detail("Mengde", "rikelig")), Reading::Positive),
        ("with a harmless comment", commented("Analysen er ikke akkreditert"), Reading::Positive),
        ("a quantity of none", with(detail("Mengde", "Ingen vekst")), Reading::Unread),
        ("a remark «Ikke påvist»", remark("Ikke påvist"), Reading::Unread),
        ("a remark «Ingen vekst»", remark("Ingen vekst"), Reading::Unread),
        ("a remark in a sentence", remark("Vekst: ingen"), Reading::Unread),
        ("a coded remark", with(coded("T007")), Reading::Unread),
        ("a coded remark, not sure", with(coded("T009")), Reading::Unread),
        ("a comment", commented("Senere: ikke påvist ved ny kontroll."), Reading::Unread),
        ("a doubt", commented("Mulig forurensning"), Reading::Unread),
        (
            "a coded item in it",
            with(hanging(direct, text("Ikke påvist")).replace("<RefIdResultItem>1</RefIdResultItem>", "")),
            Reading::Unread,
        ),
        (
            "an item that hangs on it",
            with(String::new()) + &hanging(direct, text("Ingen vekst")),
            Reading::Unread,
        ),
        (
            "an item that hangs on it, and agrees",
            with(String::new()) + &hanging(direct, text("Påvist")),
            Reading::Positive,
        ),
        (
            "a drug that works",
            with(String::new()) + &hanging(ISONIAZID, susceptibility("S")),
            Reading::Positive,
        ),
        (
            "a resistance gene that is not there",
            with(String::new()) + &hanging((NLK, "NPU58095", "rpoB"), text("Ikke påvist")),
            Reading::Positive,
        ),
        (
            "far away",
            with(detail("Funn", "vekst"))
                + &hanging(direct, text("x"))
                + &Item {
                    id: "8",
                    refers_to: "7",
                    code: direct,
                    value: text("Ikke påvist"),
                    ..Item::default()
                }
                .xml(),
            Reading::Unread,
        ),
    ];
    for (name, xml, expected) in rows {
        let read = readings(&[message(&N_FINAL, &xml)]);
        let of_culture: Vec<Reading> =
            read.iter().filter(|(result, _)| result == SPECIES).map(|(_, reading)| *reading).collect();
        assert_eq!(of_culture, [expected], "{name}");
    }
    for text in [
        "M. tuberculosis ikke påvist",
        "Mycobacterium tuberculosis: negativ",
        "Ikke Mycobacterium tuberculosis",
    ] {
        assert_eq!(readings(&[message(&N_FINAL, &culture(text, "N"))]), [(text.to_owned(), Reading::Unread)]);
    }
}

#[test]
fn a_negation_in_another_message_of_the_report_counts_until_it_is_taken_back() {
    let hanging = |kind: &'static str, result: &str| {
        let code = (NLK, "NPU99124", "Us-Direkte");
        Item { id: "7", refers_to: "1", code, value: text(result), serv_type: kind, ..Item::default() }.xml()
    };
    let first = on(1, "N", "F", &culture(SPECIES, "N"));
    let denied = on(2, "M", "F", &hanging("N", "Ikke påvist"));
    let taken_back = on(3, "M", "F", &hanging("C", ""));
    let read = |documents: &[String]| readings(documents).first().map(|(_, reading)| *reading);
    assert_eq!(read(std::slice::from_ref(&first)), Some(Reading::Positive));
    assert_eq!(read(&[first.clone(), denied.clone()]), Some(Reading::Unread));
    assert_eq!(read(&[first.clone(), denied, taken_back]), Some(Reading::Positive));
    let doubted =
        culture(SPECIES, "N").replace("<IdResultItem>", "<Comment>Usikkert</Comment><IdResultItem>");
    let repeated = on(2, "M", "F", &culture("", "H"));
    assert_eq!(read(&[on(1, "N", "P", &doubted), repeated]), Some(Reading::Unread), "repeated without it");
}

/// A culture without an id: its name, its sample, its answer and what it is in relation to what was sent.
fn without_id(name: &str, sample: &str, result: &str, kind: &str) -> String {
    let sample = if sample.is_empty() {
        String::new()
    } else {
        format!("<RefAnalysedSubject>{sample}</RefAnalysedSubject>")
    };
    let value = if result.is_empty() { String::new() } else { text(result) };
    Item { code: (NLK, "NPU12360", name), value, serv_type: kind, inside: sample, ..Item::default() }.xml()
}

#[test]
fn items_without_ids_are_versions_only_where_that_is_sure() {
    let one = |result: &str, kind: &str| without_id("Dyrkning", "", result, kind);
    let of = |sample: &str, result: &str, kind: &str| without_id("Dyrkning", sample, result, kind);
    let rows: [(&str, String, String, &[&str], bool); 13] = [
        ("one and one", one("", "N"), one("Positiv", "M"), &["Positiv Corrected"], false),
        (
            "new by its own word, and nothing is said of the other",
            one("Negativ", "N"),
            one("Positiv", "N"),
            &["Negativ Final", "Positiv Final"],
            true,
        ),
        (
            "two samples in another order",
            of("s-1", "Negativ", "N") + &of("s-2", "Positiv", "N"),
            of("s-2", "Negativ", "M") + &of("s-1", "Positiv", "M"),
            &["Negativ Corrected", "Positiv Corrected"],
            false,
        ),
        (
            "fewer, and one sample is named",
            of("s-1", "Negativ", "N") + &of("s-2", "Positiv", "N"),
            of("s-2", "Negativ", "M"),
            &["Negativ Corrected", "Negativ Final"],
            false,
        ),
        (
            "fewer, and which one changed is not said",
            one("Negativ", "N") + &one("Positiv", "N"),
            one("Gråsone", "M"),
            &["Gråsone Final", "Negativ Final", "Positiv Final"],
            true,
        ),
        (
            "one of two taken back, and which is not said",
            one("Negativ", "N") + &one("Positiv", "N"),
            one("", "C"),
            &["Negativ Final", "Positiv Final"],
            true,
        ),
        (
            "one of two taken back, with its answer",
            one("Negativ", "N") + &one("Positiv", "N"),
            one("Negativ", "C"),
            &["Positiv Final"],
            false,
        ),
        (
            "all but one say what they said",
            one("Negativ", "N") + &one("", "N"),
            one("Positiv", "M") + &one("Negativ", "H"),
            &["Negativ Final", "Positiv Corrected"],
            false,
        ),
        (
            "one more, and new by its own word",
            one("Negativ", "N"),
            one("Positiv", "N") + &one("Negativ", "H"),
            &["Negativ Final", "Positiv Final"],
            false,
        ),
        (
            "another name",
            without_id("Dyrkning", "", "Negativ", "N"),
            without_id("Vekst", "", "Positiv", "M"),
            &["Positiv Corrected"],
            false,
        ),
        (
            "two repeated in silence",
            one("Negativ", "N") + &one("Positiv", "N"),
            one("", "H") + &one("", "H"),
            &["Negativ Final", "Positiv Final"],
            false,
        ),
        (
            "one of two repeated in silence",
            one("Negativ", "N") + &one("Positiv", "N"),
            one("", "H"),
            &[" Final", "Negativ Final", "Positiv Final"],
            true,
        ),
        (
            "two pictures of one name, both changed",
            one("Negativ", "N") + &one("Positiv", "N"),
            one("Gråsone", "M") + &one("Reaktiv", "M"),
            &["Gråsone Final", "Negativ Final", "Positiv Final", "Reaktiv Final"],
            true,
        ),
    ];
    for (name, first, second, expected, held) in rows {
        let documents = [on(1, "N", "F", &first), on(9, "M", "F", &second)];
        assert_eq!(current(&documents), expected, "{name}");
        let found = finding(&documents);
        let conflict = matches!(&found, Finding::Hold { reasons, .. } if reasons.iter().any(|it| it.reason == Reason::ResultConflict));
        assert_eq!(conflict, held, "{name}");
    }
    let unclear = [
        on(1, "N", "F", &(one("Negativ", "N") + &one("Positiv", "N"))),
        on(2, "M", "F", &one("Gråsone", "M")),
    ];
    let replaced: Vec<String> =
        unclear.iter().cloned().chain([on(3, "O", "F", &one("Negativ", "N"))]).collect();
    assert!(matches!(finding(&replaced), Finding::Send { .. }), "a report that replaces all settles it");
    assert_eq!(current(&replaced), ["Negativ Final"]);
}

#[test]
fn a_code_that_the_job_has_mapped_settles_what_its_answer_asked() -> Tested {
    let of = |own: &str, code: (&str, &str, &str)| -> Result<Vec<Judged>, Box<dyn std::error::Error>> {
        let table = format!("code_system;code;class\n{own}");
        let table =
            crate::tabular::read(table.as_bytes(), &Default::default(), crate::tables::tb_codes::COLUMNS)?;
        let Ok(codes) = TbCodes::with_own(&table, "own.csv") else { panic!("a code table") };
        let key = ledger_key();
        let context = Context { key: &key, environment: Environment::Test, today: day("2026-11-22") };
        let item = Item { id: "1", code, value: text(SPECIES), ..Item::default() }.xml();
        let reported = read_reports(&files(&[message(&N_FINAL, &item)]), &codes, &context);
        Ok(reported.rows.rows.iter().map(|row| row.judged).collect())
    };
    let aerobic = (NLK, "NPU06061", "Us-Aerob dyrkning");
    let words = ("8212", "", "Mikroskopi");
    assert_eq!(of("", aerobic)?, [Judged::ToJudge], "a name asks");
    assert_eq!(of("NLK;NPU06061;not-tb\n", aerobic)?, [Judged::NotTb], "and a person has answered");
    assert_eq!(of("NLK;NPU06061;culture\n", aerobic)?, [Judged::Tb(TbClass::Culture)]);
    assert_eq!(of("", words)?, [Judged::ToJudge]);
    assert_eq!(of("8212;Mikroskopi;not-tb\n", words)?, [Judged::NotTb]);
    Ok(())
}

/// Everything that would be shown of what is carried.
fn carried(documents: &[String]) -> String {
    let found = finding(documents);
    let live = items(&found).iter().filter(|item| item.standing == Standing::Current);
    live.map(|item| format!("{}={} [{}] ", item.test, item.result, item.comment)).collect()
}

#[test]
fn what_is_grouped_with_tb_and_is_not_tb_is_never_carried() {
    const HIV: (&str, &str, &str) = (NLK, "NPU14001", "P-HIV 1+2 antistoff");
    let hiv = |id: &'static str| Item { id, code: HIV, value: text("HIV påvist"), ..Item::default() }.xml();
    let igra = Item { id: "2", code: IGRA, value: text("Negativ"), ..Item::default() };
    let group = |value: &str, inside: String| {
        let value = match value {
            "" => String::new(),
            said => text(said).replace("\"LR\"", "\"GR\""),
        };
        Item { value, inside, ..Item::default() }.xml()
    };
    let unanswered = Item { value: String::new(), ..igra.clone() }.xml();
    let in_igra = |inside: String| Item { inside, ..igra.clone() }.xml();
    let named = |name: &'static str| {
        Item { code: ("8212", "", name), value: text("HIV påvist"), ..Item::default() }.xml()
    };
    let rows = [
        ("a group", group("", hiv("1") + &igra.xml()), true),
        ("a group in a group", group("", group("", hiv("1")) + &group("", igra.xml())), true),
        ("a group with a text of its own", group("HIV påvist", hiv("1") + &igra.xml()), true),
        ("a text over one without an answer", group("HIV påvist", hiv("1") + &unanswered), false),
        (
            "a text over groups",
            group("HIV påvist", group("Svar", hiv("1")) + &group("", unanswered.clone())),
            false,
        ),
        ("in a TB item", in_igra(hiv("1")), true),
        ("in a group in a TB item", in_igra(group("", hiv("1"))), true),
        (
            "in a remark in a TB item",
            in_igra(Item { value: text("Også"), inside: hiv("1"), ..Item::default() }.xml()),
            true,
        ),
        ("in the sender's own words in a TB item", in_igra(named("HIV-test")), true),
        (
            "TB in it",
            Item { inside: igra.xml(), id: "1", code: HIV, value: text("HIV påvist"), ..Item::default() }
                .xml(),
            true,
        ),
        ("with one id", hiv("2") + &igra.xml(), true),
        (
            "hanging on it",
            igra.xml()
                + &Item { id: "1", refers_to: "2", code: HIV, value: text("HIV påvist"), ..Item::default() }
                    .xml(),
            true,
        ),
    ];
    for (name, xml, goes) in rows {
        let shown = carried(&[message(&N_FINAL, &xml)]);
        assert!(!shown.contains("HIV"), "{name}: {shown}");
        assert_eq!(shown.contains("B-TB-IGRA konklusjon=Negativ"), goes, "{name}: {shown}");
    }
}

#[test]
fn odd_shapes_lose_nothing_and_show_nothing_stale() {
    let drug = |kind: &'static str| {
        Item { id: "2", code: RIFAMPICIN, value: susceptibility("R"), serv_type: kind, ..Item::default() }
            .xml()
    };
    let with = |kind: &'static str, status: &'static str, inside: String| {
        Item { inside, serv_type: kind, status, ..Item::of_culture("Positiv") }.xml()
    };
    let circle = |id: &'static str, refers_to| {
        Item { id, refers_to, code: CULTURE, value: text(SPECIES), ..Item::default() }.xml()
    };
    let remark = |kind: &str| {
        format!(
            "<ResultItem>{}<ServType V=\"{kind}\"/><ResultItem>{}</ResultItem></ResultItem>",
            text("merknad"),
            text("i merknad")
        )
    };
    let stage = |status: &'static str| Item { status, ..Item::of_culture("Positiv") }.xml();
    let rows: Vec<(&str, Vec<String>, Vec<&str>)> = vec![
        ("repeated, and never seen", vec![on(2, "M", "F", &culture("", "H"))], vec![" Final"]),
        ("taken back, and never seen", vec![on(2, "M", "F", &culture("", "C"))], vec![]),
        (
            "taken back before it comes",
            vec![on(2, "M", "F", &culture("", "C")), on(1, "N", "P", &culture("Positiv", "N"))],
            vec![],
        ),
        (
            "what stands in a culture goes with it",
            vec![on(1, "N", "F", &with("N", "", drug("N"))), on(2, "M", "F", &with("C", "", String::new()))],
            vec![],
        ),
        ("what stands in a deleted culture", vec![on(1, "N", "F", &with("N", "14", drug("N")))], vec![]),
        (
            "an addition",
            vec![
                on(1, "N", "F", &culture("Negativ", "N")),
                on(2, "A", "A", &Item { id: "3", ..Item::of_culture("Positiv") }.xml()),
            ],
            vec!["Negativ Final", "Positiv Final"],
        ),
        (
            "replaced by less",
            vec![
                on(1, "N", "F", &(culture("Negativ", "N") + &circle("3", ""))),
                on(2, "O", "F", &culture("Positiv", "N")),
            ],
            vec!["Positiv Corrected"],
        ),
        ("planned", vec![on(1, "N", "S", &culture("", "N"))], vec![" Preliminary"]),
        ("an addition to an item", vec![on(1, "N", "F", &stage("4"))], vec!["Positiv Final"]),
        ("on its way", vec![on(1, "N", "F", &stage("5"))], vec!["Positiv Preliminary"]),
        ("signed", vec![on(1, "N", "F", &stage("11"))], vec!["Positiv Final"]),
        ("deleted", vec![on(1, "N", "F", &stage("14"))], vec![]),
        (
            "a circle of references",
            vec![on(1, "N", "F", &(circle("1", "3") + &circle("3", "1") + &circle("4", "4")))],
            vec!["Mycobacterium tuberculosis Final"; 3],
        ),
        (
            "in three files, the last first",
            vec![
                on(9, "M", "F", &culture("Positiv", "M")),
                on(5, "M", "P", &culture("", "H")),
                on(1, "N", "P", &culture("", "N")),
            ],
            vec!["Positiv Final"],
        ),
    ];
    for (name, documents, expected) in rows {
        assert_eq!(current(&documents), expected, "{name}");
    }
    assert!(
        !carried(&[message(&N_FINAL, &with("N", "", remark("C")))]).contains("merknad"),
        "what is in a cancelled remark"
    );
    let again = [on(1, "N", "F", &with("N", "", drug("N"))), on(2, "M", "F", &with("M", "", String::new()))];
    assert_eq!(current(&again).len(), 2, "what is not named and not taken back stands");
}

#[test]
fn an_id_that_stands_twice_keeps_both_results_in_every_version() {
    let igra = |result: &str, kind| {
        Item { id: "1", code: IGRA, value: text(result), serv_type: kind, ..Item::default() }.xml()
    };
    let first = on(1, "N", "F", &(igra("Positiv", "N") + &igra("Negativ", "N")));
    let second = on(2, "M", "F", &(igra("Negativ", "H") + &igra("Positiv", "H")));
    assert_eq!(current(std::slice::from_ref(&first)), ["Negativ Final", "Positiv Final"]);
    assert_eq!(current(&[first.clone(), second]), ["Negativ Final", "Positiv Final"]);
    assert!(matches!(finding(&[first]), Finding::Hold { .. }), "and a person looks");
    let hiv = Item { id: "1", code: (NLK, "NPU14001", "P-HIV"), value: text("Negativ"), ..Item::default() };
    let drug =
        Item { id: "2", refers_to: "1", code: RIFAMPICIN, value: susceptibility("R"), ..Item::default() };
    let all = culture("Positiv", "N") + &hiv.xml() + &drug.xml();
    let expected = [Judged::Tb(TbClass::Culture), Judged::NotTb, Judged::ToJudge];
    assert_eq!(judged(&all), expected, "what hangs on either");
    let rows = reported(&[on(1, "N", "P", &all), on(2, "M", "F", &all)]).rows.rows;
    let of_drug = rows.iter().filter(|row| row.code == RIFAMPICIN.1);
    assert!(
        of_drug.clone().count() > 0 && of_drug.clone().all(|row| row.judged == Judged::ToJudge),
        "nor later"
    );
}

#[test]
fn a_sample_that_the_report_does_not_have_is_not_the_one_it_has() {
    let item = without_id("Dyrkning", "s-9", "Negativ", "N");
    let found = finding(&[message(&N_FINAL, &item)]);
    assert!(items(&found).iter().all(|item| item.material.is_empty() && item.taken_on.is_none()));
}

#[test]
fn a_patient_inside_a_patient_is_two() {
    let good = on(1, "N", "F", &culture("Negativ", "N"));
    let mother = format!("<Patient><OffId>{DNR}</OffId></Patient><AnalysedSubject>");
    let found = reported(&[good.replace("<AnalysedSubject>", &mother)]).rows;
    assert_eq!((found.rows.len(), found.rejected.len(), found.broken.len()), (0, 1, 2));
}

#[test]
fn thousands_of_items_without_ids_are_told_apart_in_passing() {
    let many = |kind: &str, result: &str| -> String {
        (0..5_000).map(|no| without_id("Dyrkning", "", &format!("{result} {no}"), kind)).collect()
    };
    let documents = [on(1, "N", "P", &many("N", "a")), on(2, "M", "F", &many("M", "b"))];
    assert_eq!(reported(&documents).rows.rows.len(), 10_000);
    let circle = |no: usize| {
        let (id, refers_to) = (format!("i{no}"), format!("i{}", (no + 1) % 5_000));
        Item { id: &id, refers_to: &refers_to, code: CULTURE, value: text("Vekst"), ..Item::default() }.xml()
    };
    let circle: String = (0..5_000).map(circle).collect();
    assert_eq!(reported(&[message(&N_FINAL, &circle)]).rows.rows.len(), 5_000);
}

/// A heading over results: its text, what else stands in it, and the results.
fn under(said: &str, more: &str, inside: &str) -> String {
    let value = text(said).replace("\"LR\"", "\"GR\"") + more;
    Item { value, inside: inside.to_owned(), ..Item::default() }.xml()
}

/// A report, what each of its items reads as, and what the person's status comes to.
type Headed<'a> = (&'a str, String, Vec<(&'a str, Reading)>, TbStatus);

#[test]
fn what_a_heading_says_stands_with_the_answers_under_it_and_a_person_reads_them() {
    const PROSE: &str = "R: Liten fortetning i venstre apeks, kontroll anbefales";
    const WITHHELD: &str = "Felles tekst over flere svar er ikke tatt med; spør laboratoriet";
    let item = |id, code, value: &str| Item { id, code, value: text(value), ..Item::default() }.xml();
    let igra = |value| item("1", IGRA, value);
    let hiv = item("2", (NLK, "NPU14001", "P-HIV 1+2 antistoff"), "Negativ");
    let silent = Item { id: "3", code: CULTURE, ..Item::default() }.xml();
    let no = || igra("Ikke påvist");
    let remark = format!("<Comment>{PROSE}</Comment>");
    let coded = format!("<CodedComment V=\"1\" S=\"x\" DN=\"{PROSE}\"/>");
    let (judge, none) = (TbStatus::ToBeJudged, TbStatus::NoPositiveFindings);
    let denied = "Ikke verifisert, ny prøve";
    let microbe = item("3", CULTURE, "Mycobacterium tuberculosis");
    let rows: [Headed<'_>; 14] = [
        ("prose", under(PROSE, "", &no()), vec![(PROSE, Reading::Unread)], judge),
        ("a name", under("Mikrobiologi", "", &no()), vec![("", Reading::Negative)], none),
        ("the test's own name", under(IGRA.2, "", &no()), vec![("", Reading::Negative)], none),
        ("the answer itself", under("Ikke påvist", "", &no()), vec![("", Reading::Negative)], none),
        ("one word", under("Fortetning", "", &no()), vec![("Fortetning", Reading::Unread)], judge),
        ("a comment", under("Toraks", &remark, &no()), vec![(PROSE, Reading::Unread)], judge),
        ("a coded comment", under("Toraks", &coded, &no()), vec![(PROSE, Reading::Unread)], judge),
        (
            "over another heading",
            under(PROSE, "", &under("Toraks", "", &no())),
            vec![(PROSE, Reading::Unread)],
            judge,
        ),
        (
            "over a finding",
            under(PROSE, "", &igra("Påvist")),
            vec![(PROSE, Reading::Positive)],
            TbStatus::FollowUpNeeded,
        ),
        ("beside something else", under(PROSE, "", &(no() + &hiv)), vec![(WITHHELD, Reading::Unread)], judge),
        (
            "a name beside something else",
            under("Toraks", "", &(no() + &hiv)),
            vec![("", Reading::Negative)],
            none,
        ),
        (
            "shared by one of two",
            under(PROSE, "", &(no() + &silent)),
            vec![(PROSE, Reading::Unread), ("", Reading::Unread)],
            judge,
        ),
        (
            "beside it",
            under(PROSE, "", &igra("Påvist")) + &item("4", CULTURE, "Negativ"),
            vec![(PROSE, Reading::Positive), ("", Reading::Negative)],
            TbStatus::FollowUpNeeded,
        ),
        ("taken back", under(denied, "", &microbe), vec![(denied, Reading::Unread)], judge),
    ];
    for (name, xml, expected, is) in rows {
        let found = finding(&[message(&N_FINAL, &xml)]);
        let mut shown: Vec<(&str, Reading)> = items(&found)
            .iter()
            .filter(|item| item.standing == Standing::Current)
            .map(|item| (item.comment.as_str(), item.reading))
            .collect();
        shown.sort_by_key(|(comment, _)| std::cmp::Reverse(*comment));
        assert_eq!((shown, status(&found)), (expected, Some(is)), "{name}");
    }
}

#[test]
fn what_a_heading_said_stays_with_a_result_that_is_sent_again_without_it() {
    let prose = "Liten fortetning i venstre apeks, kontroll anbefales";
    let igra = |serv_type, value| Item { id: "1", code: IGRA, value, serv_type, ..Item::default() }.xml();
    let first = on(1, "N", "P", &under(prose, "", &igra("N", text("Negativ"))));
    for value in [text("Negativ"), String::new()] {
        let found = finding(&[first.clone(), on(9, "M", "F", &igra("H", value.clone()))]);
        let shown: Vec<_> = items(&found)
            .iter()
            .filter(|item| item.standing == Standing::Current)
            .map(|item| (item.result.as_str(), item.comment.as_str(), item.reading))
            .collect();
        assert_eq!(shown, [("Negativ", prose, Reading::Unread)], "{value}");
    }
}
