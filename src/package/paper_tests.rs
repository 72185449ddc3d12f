//! Letters as they are printed, from whole orders: every result can be read in them, whatever the letter.

use std::process::Command;

use chrono::NaiveDate;

use super::fixture::{Outcome, World, item, press};
use super::paper::paper;
use super::placed::Place;
use crate::inventory::{
    Basis, Document, Format, Inventory, Reading, ResultStatus, Standing, TbForm, TbInventory, TbItem,
    TbStatus,
};
use crate::lang::Lang;
use crate::patient::KnownId;
use crate::person::PersonName;
use crate::place::HerId;
use crate::press::paper::Paper;
use crate::press::{Press, Printed, Template};
use crate::transfer::Kind;
use crate::verdict::{Content, Receiver};

/// An order to be printed, with what must stand in it.
struct Case {
    name: &'static str,
    template: Template,
    paper: Paper,
    world: World,
}

type Change = fn(&mut World) -> Outcome;

fn tb(items: Vec<TbItem>, status: TbStatus, form: TbForm, basis: Basis) -> Inventory {
    Inventory { tb: Some(TbInventory { items, status, form, basis: Some(basis) }), ..Inventory::default() }
}

fn negatives() -> Vec<TbItem> {
    let negative =
        |taken, test: &str| item(taken, test, ("Ikke påvist", Reading::Negative, ResultStatus::Final));
    vec![
        negative(Some((10, 12)), "IGRA (QuantiFERON-TB Gold Plus)"),
        negative(Some((9, 2)), "Røntgen toraks"),
    ]
}

fn all_negative(world: &mut World) -> Outcome {
    world.inventory = tb(negatives(), TbStatus::NoPositiveFindings, TbForm::Summary, Basis::Guideline);
    Ok(())
}

fn nothing(world: &mut World, status: TbStatus, form: TbForm) -> Outcome {
    world.inventory = tb(Vec::new(), status, form, Basis::NotDone);
    Ok(())
}

/// Half of them preliminary or unanswered, a few with long comments.
fn long_history(world: &mut World) -> Outcome {
    let mut items = Vec::new();
    for no in 0..120_u32 {
        let (reading, status) = match no % 6 {
            0 => (Reading::Negative, ResultStatus::Preliminary),
            1 => (Reading::Unanswered, ResultStatus::Preliminary),
            2 => (Reading::Unread, ResultStatus::Final),
            3 | 4 => (Reading::Negative, ResultStatus::Final),
            _ => (Reading::Inconclusive, ResultStatus::Corrected),
        };
        let answer = format!("Funn nummer {no} av en lang rekke");
        let comment = if no % 10 == 0 {
            "Prøven er sendt videre til referanselaboratoriet for typing. ".repeat(4)
        } else {
            String::new()
        };
        let test = format!("Dyrkning, mykobakterier {no}");
        let mut one = item(Some((1 + no % 12, 1 + no % 28)), &test, (&answer, reading, status));
        (one.comment, one.source_key) = (comment, format!("R-{no}"));
        items.push(one);
    }
    world.inventory = tb(items, TbStatus::ToBeJudged, TbForm::Summary, Basis::Transit);
    Ok(())
}

fn long_names(world: &mut World) -> Outcome {
    world.job.language = Lang::Nn;
    world.migrant.patient.name = PersonName::new(
        "Ŋuolčči-Đárogiella Wolde-Giorgis Abdirahman محمد رضایی",
        "Žáŧirášš ግርማይ Nguyễn Thị Phượng",
    );
    world.job.sender.organisation.name = "GUOVDAGEAINNU SUOHKAN – KAUTOKEINO KOMMUNE".to_owned();
    world.clearance.receiver = match world.clearance.receiver.clone() {
        Receiver::Office(mut office) => {
            office.office =
                "Kommuneoverlegen i Unjárgga gielda – Nesseby kommune, avdeling for smittevern".to_owned();
            office.address = "Postboks 1, Eaŋgalašgeaidnu 1234 B, inngang fra gårdsplassen".to_owned();
            Receiver::Office(office)
        }
        other => other,
    };
    if let Some(tb) = &mut world.inventory.tb {
        tb.items[0].result =
            "Donaudampfschiffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".to_owned();
        tb.items[0].laboratory = "Bronkialskyllevæskelaboratoriet ved Universitetssykehuset".to_owned();
        tb.items[0].material = "Bronkialskyllevæske/BAL".to_owned();
        tb.items[3].comment = "X".repeat(300);
    }
    Ok(())
}

fn supplement(world: &mut World) -> Outcome {
    let before = world.inventory.clone();
    world.transfer.birth.kind = Kind::Supplement { ordinal: 1, of: world.key.transfer(&["first"]) };
    world.earlier = Some((world.now.to_utc() - chrono::TimeDelta::days(20), before));
    let tb = world.inventory.tb.as_mut().ok_or("results")?;
    tb.items[0].result = "Vekst av Mycobacterium tuberculosis-komplekset".to_owned();
    (tb.items[0].reading, tb.items[0].status) = (Reading::Positive, ResultStatus::Final);
    tb.items[3].standing = Standing::Cancelled;
    tb.items.retain(|item| item.source_key != "Røntgen toraks");
    tb.items.insert(
        0,
        item(Some((11, 2)), "PCR, M. tuberculosis", ("Påvist", Reading::Positive, ResultStatus::Preliminary)),
    );
    Ok(())
}

fn recall(world: &mut World) -> Outcome {
    supplement(world)?;
    world.transfer.birth.kind = Kind::Recall { ordinal: 1, of: world.key.transfer(&["first"]) };
    Ok(())
}

fn journal(world: &mut World) -> Outcome {
    world.transfer.birth.content = Content::Journal;
    world.inventory =
        Inventory { journal_basis: "helsepersonelloven § 25".to_owned(), ..Inventory::default() };
    for no in 1..=12 {
        world.inventory.documents.push(Document {
            no,
            title: format!("Journalnotat fra samtale med tolk {no}"),
            date: NaiveDate::from_ymd_opt(2026, 10, no),
            kind: "Journalnotat".to_owned(),
            format: Format::Pdf,
            bytes: 4,
            sha256: crate::id::Digest::of(&no.to_be_bytes()),
            source: format!("{no}.pdf"),
            pages: Some(if no == 2 { 14 } else { 1 }),
            as_pdf: None,
        });
    }
    Ok(())
}

/// Every kind of letter.
fn cases() -> Outcome<Vec<Case>> {
    let nynorsk: Change = |world| {
        world.job.language = Lang::Nn;
        Ok(())
    };
    let rows: [(&str, Template, Change); 14] = [
        ("positive", Template::Post, |_| Ok(())),
        ("positive-letter", Template::Letter, |_| Ok(())),
        ("positive-alone", Template::Results, |_| Ok(())),
        ("nynorsk", Template::Post, nynorsk),
        ("negative", Template::Post, all_negative),
        ("notice", Template::Post, |world| nothing(world, TbStatus::NotExamined, TbForm::Notice)),
        ("notice-alone", Template::Notice, |world| nothing(world, TbStatus::NotExamined, TbForm::Notice)),
        ("exempt", Template::Post, |world| nothing(world, TbStatus::Exempt, TbForm::Summary)),
        ("long", Template::Post, long_history),
        ("names", Template::Post, long_names),
        ("supplement", Template::Post, supplement),
        ("recall", Template::Post, recall),
        ("journal", Template::Post, journal),
        ("copy", Template::Post, |world| {
            world.transfer.birth.kind = Kind::Copy { receiver: HerId(2003) };
            Ok(())
        }),
    ];
    let made = rows.into_iter().map(|(name, template, change)| {
        let folder = tempfile::tempdir()?;
        let mut world = World::new(folder.path())?;
        change(&mut world)?;
        let paper = world.order(paper);
        Ok(Case { name, template, paper, world })
    });
    made.collect()
}

fn print(press: &Press, case: &Case) -> Outcome<Printed> {
    Ok(press.print(case.template, &case.paper, &[], "ident", case.world.now)?)
}

/// The text of a PDF on one line; none where no program is there to read it.
fn text_of(printed: &Printed) -> Outcome<Option<String>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("a.pdf");
    std::fs::write(&path, &printed.pdf)?;
    match Command::new("pdftotext").args(["-raw"]).arg(&path).arg("-").output() {
        Ok(read) => Ok(Some(String::from_utf8(read.stdout)?)),
        Err(_) => {
            eprintln!("skipped: pdftotext is not installed");
            Ok(None)
        }
    }
}

/// Without anything that lines end with.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '-' && *c != '\u{ad}').collect()
}

#[test]
fn every_result_can_be_read_in_every_letter() -> Outcome {
    let press = Press::built_in();
    for case in cases()? {
        let printed = print(&press, &case)?;
        let Some(text) = text_of(&printed)? else { return Ok(()) };
        let text = squeezed(&text);
        let shown = |what: &str| assert!(text.contains(&squeezed(what)), "{}: {what}", case.name);
        shown(&case.paper.id);
        shown(&case.paper.patient.id);
        shown(&case.paper.sender.phone);
        assert!(!text.contains("U+"), "{}: every character has a font", case.name);
        let with_rows = case.template != Template::Letter && case.paper.kind != "recall";
        for row in case.paper.results.iter().filter(|_| with_rows).flat_map(|results| &results.rows) {
            for what in
                [&row.date, &row.test, &row.material, &row.result, &row.comment, &row.status, &row.laboratory]
            {
                shown(what);
            }
        }
        for document in &case.paper.documents {
            shown(&document.title);
        }
    }
    Ok(())
}

#[test]
fn a_letter_says_what_it_is_for() -> Outcome {
    let press = Press::built_in();
    let rows: [(&str, &[&str], &[&str]); 9] = [
        (
            "positive",
            &["POSITIVT FUNN", "Dette er ikke avklart", "kommuneoverlegen", "Side 2 av 2"],
            &["Nye svar", "Endret"],
        ),
        ("positive-letter", &["POSITIVT FUNN", "Bekreft gjerne"], &["Side 1 av 2"]),
        ("nynorsk", &["FØLGJAST OPP", "Nyaste", "Stadfest gjerne"], &["ikke", "mottatt"]),
        ("negative", &["ingen av dem er positive"], &["POSITIVT FUNN", "ikke avklart"]),
        ("notice", &["Tuberkuloseundersøkelse ikke gjennomført"], &["Alle svar"]),
        ("exempt", &["fritatt", "Det er ikke registrert noen svar"], &["Prøvedato"]),
        ("supplement", &["Nye svar", "Endrede svar", "Annullert av laboratoriet", "02.11.2026"], &[]),
        ("recall", &["trekker tilbake", "makulerer"], &["POSITIVT", "Mantoux"]),
        ("copy", &["kopi etter avtale"], &[]),
    ];
    for case in cases()? {
        let Some((_, said, unsaid)) = rows.iter().find(|(name, ..)| *name == case.name) else { continue };
        let Some(text) = text_of(&print(&press, &case)?)? else { return Ok(()) };
        let text = squeezed(&text).to_lowercase();
        for what in *said {
            assert!(text.contains(&squeezed(what).to_lowercase()), "{}: {what}\n{text}", case.name);
        }
        for what in *unsaid {
            assert!(!text.contains(&squeezed(what).to_lowercase()), "{}: {what}\n{text}", case.name);
        }
    }
    Ok(())
}

#[test]
fn an_address_of_the_migrant_is_in_no_paper() -> Outcome {
    for case in cases()? {
        let json = serde_json::to_value(&case.paper)?;
        let patient: Vec<&String> = json["patient"].as_object().ok_or("fields")?.keys().collect();
        assert_eq!(patient, ["born", "id", "id_kind", "name"], "{}", case.name);
    }
    Ok(())
}

#[test]
fn a_person_without_a_number_is_named_all_the_same() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut world = World::new(folder.path())?;
    let ids: Vec<KnownId> = std::mem::take(&mut world.migrant.patient.ids);
    assert_eq!(ids.len(), 1);
    let paper = world.order(paper);
    assert_eq!((paper.patient.id.as_str(), paper.patient.name.as_str()), ("", "Prøvesen, Syntetisk"));
    let printed = Press::built_in().print(Template::Post, &paper, &[], "ident", world.now)?;
    assert_eq!(printed.pages, 2);
    Ok(())
}

#[test]
fn a_text_keeps_its_columns_and_its_pages() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut world = World::new(folder.path())?;
    journal(&mut world)?;
    let mut document = world.inventory.documents[2].clone();
    document.format = Format::Text;
    let lines: String = (1..200).map(|no| format!("{no}\tHb 1{no}  g/dl\n")).collect();
    let long = format!("{}{}", "lang linje ".repeat(40), "x".repeat(400));
    let text = format!("forside\n{long}\u{c}{lines}");
    let place = Place { transfer: &world.transfer, job: &world.job, press: press(), now: world.now };
    let printed = place.set(&document, text.into_bytes())?;
    assert!(printed.pages > 3, "{printed:?}");
    if let Some(found) = text_of(&printed)? {
        for what in ["forside", "199 Hb 1199 g/dl", &"x".repeat(400), "Dokument 3: Journalnotat fra samtale"]
        {
            assert!(squeezed(&found).contains(&squeezed(what)), "{what}");
        }
    }
    Ok(())
}
