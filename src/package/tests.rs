//! What the receiver reads, and that what is sealed is what was cleared.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::conversation::Part;
use super::fixture::{Outcome, World, press};
use super::text;
use super::{PackageError, Parcel, reopen, seal};
use crate::cms::Trust;
use crate::cms::fixture as cms_fixture;
use crate::id::Digest;
use crate::inventory::{
    Format, Inventory, Reading, ResultStatus, Standing, TbForm, TbInventory, TbItem, TbStatus,
};
use crate::lang::Lang;
use crate::message::{opened, standards};
use crate::opening;
use crate::pdf::fixture as pdf_fixture;
use crate::person::PersonName;
use crate::picture::fixture as picture_fixture;
use crate::transfer::{Kind, Sealed};
use crate::verdict::{Channel, Content, Function, Receiver, Sealing};
use crate::xml;

/// What a message carries is not looked into: it was when it was collected.
const PDF: &[u8] = b"%PDF-1.4\n%%EOF\n";

#[test]
fn a_copy_says_that_it_is_one_and_who_else_is_told() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut world = World::new(folder.path())?.by_message()?;
    let copy = Kind::Copy { receiver: crate::place::HerId(2003) };
    let rows = [
        (Lang::Nb, "Dette er en kopi etter avtale. Opplysningene sendes også til kommuneoverlegen"),
        (Lang::Nn, "Dette er ein kopi etter avtale. Opplysningane blir òg sende til kommuneoverlegen"),
    ];
    for (lang, expected) in rows {
        world.job.language = lang;
        for (kind, says) in [(Kind::First, false), (copy.clone(), true)] {
            world.transfer.birth.kind = kind;
            let text = world.order(|order| text::note(order, Part::WHOLE, &[]));
            assert_eq!(text.contains(expected), says, "{text}");
        }
    }
    Ok(())
}

#[test]
fn a_note_names_what_is_enclosed() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut world = World::new(folder.path())?
        .with_journal(&[("a.pdf", Format::Pdf, PDF), ("b.txt", Format::Text, b"x")])?;
    world.transfer.birth.kind = Kind::First;
    world.from_name = "";
    world.inventory.documents.truncate(1);
    world.clearance.function = Some(Function::HealthDialogue);
    let note = world.order(|order| text::note(order, Part::WHOLE, &[1]));
    insta::assert_snapshot!(note, @r"
    OVERFØRING AV JOURNAL VED FLYTTING

    Fra: OSLO KOMMUNE, Migrasjonshelse
    Til: Kommuneoverlegen i Bergen
    Pasienten er meldt flyttet til Bergen 18.11.2026.

    Pasientens journal hos oss følger vedlagt.

    Vedlagt er 1 dokument:
      1. Notat 1, Journalnotat, 01.10.2026

    Grunnlag: helsepersonelloven § 25
    Kontakt: Kari Testperson, sykepleier, tlf. 00 00 00 00
    ");
    Ok(())
}

#[test]
fn a_part_says_what_it_holds_and_where_the_rest_is() -> Outcome {
    let folder = tempfile::tempdir()?;
    let names = ["a.pdf", "b.pdf", "c.pdf", "d.pdf", "e.pdf"];
    let documents = names.map(|name| (name, Format::Pdf, PDF));
    let mut world = World::new(folder.path())?.by_message()?.with_journal(&documents)?;
    world.cut = Some(vec![vec![1, 2], vec![3], vec![4, 5]]);
    let note = world.order(|order| text::note(order, Part { no: 2, of: 3 }, &[3]));
    insta::assert_snapshot!(note, @r"
    OVERFØRING AV JOURNAL VED FLYTTING – DEL 2 AV 3

    Fra: OSLO KOMMUNE, Migrasjonshelse
    Til: BERGEN KOMMUNE, Migrasjonshelse
    Pasienten er meldt flyttet fra Oslo til Bergen 18.11.2026.

    Pasientens journal hos oss er for stor for én melding og kommer i 3 meldinger. Dette er del 2 av 3.

    Vedlagt denne meldingen er 1 av 5 dokumenter:
      3. Notat 3, Journalnotat, 03.10.2026

    Resten av journalen:
      Del 1 av 3: dokumentene 1–2
      Del 3 av 3: dokumentene 4–5

    Grunnlag: helsepersonelloven § 25
    Kontakt: Kari Testperson, sykepleier, tlf. 00 00 00 00
    ");
    world.job.language = Lang::Nn;
    let note = world.order(|order| text::note(order, Part { no: 2, of: 3 }, &[3]));
    insta::assert_snapshot!(note, @r"
    OVERFØRING AV JOURNAL VED FLYTTING – DEL 2 AV 3

    Frå: OSLO KOMMUNE, Migrasjonshelse
    Til: BERGEN KOMMUNE, Migrasjonshelse
    Pasienten er meld flytta frå Oslo til Bergen 18.11.2026.

    Pasientjournalen hos oss er for stor for éi melding og kjem i 3 meldingar. Dette er del 2 av 3.

    Vedlagt denne meldinga er 1 av 5 dokument:
      3. Notat 3, Journalnotat, 03.10.2026

    Resten av journalen:
      Del 1 av 3: dokumenta 1–2
      Del 3 av 3: dokumenta 4–5

    Grunnlag: helsepersonellova § 25
    Kontakt: Kari Testperson, sjukepleiar, tlf. 00 00 00 00
    ");
    Ok(())
}

#[test]
fn what_was_received_before_is_not_enclosed_again() -> Outcome {
    let folder = tempfile::tempdir()?;
    let documents = ["a.pdf", "b.pdf", "c.pdf"].map(|name| (name, Format::Pdf, PDF));
    let mut world = World::new(folder.path())?.by_message()?.with_journal(&documents)?;
    world.cut = Some(vec![vec![2]]);
    let note = world.order(|order| text::note(order, Part::WHOLE, &[2]));
    insta::assert_snapshot!(note, @r"
    OVERFØRING AV JOURNAL VED FLYTTING

    Fra: OSLO KOMMUNE, Migrasjonshelse
    Til: BERGEN KOMMUNE, Migrasjonshelse
    Pasienten er meldt flyttet fra Oslo til Bergen 18.11.2026.

    Her følger de dokumentene fra pasientens journal som vi ikke har fått bekreftet at dere har mottatt.

    Vedlagt er 1 dokument:
      2. Notat 2, Journalnotat, 02.10.2026

    Resten av journalen:
      Mottak bekreftet tidligere: dokumentene 1, 3

    Grunnlag: helsepersonelloven § 25
    Kontakt: Kari Testperson, sykepleier, tlf. 00 00 00 00
    ");
    world.job.language = Lang::Nn;
    world.cut = Some(vec![vec![1], vec![3]]);
    let note = world.order(|order| text::note(order, Part { no: 1, of: 2 }, &[1]));
    insta::assert_snapshot!(note, @r"
    OVERFØRING AV JOURNAL VED FLYTTING – DEL 1 AV 2

    Frå: OSLO KOMMUNE, Migrasjonshelse
    Til: BERGEN KOMMUNE, Migrasjonshelse
    Pasienten er meld flytta frå Oslo til Bergen 18.11.2026.

    Her følgjer dei dokumenta frå pasientjournalen som vi ikkje har fått stadfesta at de har motteke.
    Dei er for store for éi melding og kjem i 2 meldingar. Dette er del 1 av 2.

    Vedlagt denne meldinga er 1 av 3 dokument:
      1. Notat 1, Journalnotat, 01.10.2026

    Resten av journalen:
      Del 2 av 2: dokument 3
      Mottak stadfesta tidlegare: dokument 2

    Grunnlag: helsepersonellova § 25
    Kontakt: Kari Testperson, sjukepleiar, tlf. 00 00 00 00
    ");
    Ok(())
}

#[test]
fn every_status_is_said() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut world = World::new(folder.path())?;
    let rows = [
        (TbStatus::FollowUpNeeded, "må følges opp", "må følgjast opp"),
        (TbStatus::ToBeJudged, "vet ikke hvilken gruppe", "veit ikkje kva gruppe"),
        (TbStatus::Preliminary, "foreløpig", "førebels"),
        (TbStatus::Incomplete, "ikke funnet noe svar", "ikkje funne noko svar"),
        (TbStatus::Exempt, "fritatt", "friteken"),
        (TbStatus::NotExamined, "ikke gjennomført", "ikkje gjennomført"),
        (TbStatus::NoPositiveFindings, "ingen av dem er positive", "ingen av dei er positive"),
    ];
    for (status, nb, nn) in rows {
        for (lang, expected) in [(Lang::Nb, nb), (Lang::En, nb), (Lang::Nn, nn)] {
            world.job.language = lang;
            let items = Vec::new();
            world.inventory.tb = Some(TbInventory { items, status, form: TbForm::Summary, basis: None });
            let text = world.order(|order| text::note(order, Part::WHOLE, &[]));
            assert!(text.contains(expected), "{status:?} {lang:?}");
            assert!(!text.contains("POSITIVT FUNN") && !text.contains(" | ") && !text.contains("Grunnlag"));
            assert!(!text.contains("68841579449") && !text.contains("Prøvesen"), "the head names the person");
        }
    }
    Ok(())
}

#[test]
fn an_item_left_out_to_be_judged_is_not_told_as_all_answers_final() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut world = World::new(folder.path())?;
    let Some(tb) = &mut world.inventory.tb else { panic!("results") };
    tb.status = TbStatus::ToBeJudged;
    // What is left is a preliminary answer and the one that is left out.
    let preliminary =
        |item: &TbItem| item.status == ResultStatus::Preliminary && item.reading == Reading::Negative;
    tb.items.retain(|item| item.standing == Standing::ToJudge || preliminary(item));
    let rows = [
        (Lang::Nb, "Minst ett svar til er ikke med her"),
        (Lang::Nn, "Minst eitt svar til er ikkje med her"),
    ];
    for (lang, expected) in rows {
        world.job.language = lang;
        let text = world.order(|order| text::note(order, Part::WHOLE, &[]));
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("Alle svar er ende") && !text.contains("gruppe"), "{text}");
    }
    Ok(())
}

/// The names in a zip and what each holds, in order.
fn unpacked(path: &Path) -> Outcome<Vec<(String, Vec<u8>)>> {
    let mut archive = ::zip::ZipArchive::new(fs::File::open(path)?)?;
    let mut out = Vec::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at)?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        out.push((entry.name()?.into_owned(), bytes));
    }
    Ok(out)
}

fn names(unpacked: &[(String, Vec<u8>)]) -> Vec<&str> {
    unpacked.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn the_same_order_at_the_same_time_gives_the_same_bytes() -> Outcome {
    let folder = tempfile::tempdir()?;
    let rows = [
        ("letter", World::new(folder.path())?),
        ("message", World::new(folder.path())?.by_message()?),
        ("journal", World::new(folder.path())?.with_journal(&[("a.pdf", Format::Pdf, pdf_fixture::PDF)])?),
    ];
    for (name, mut world) in rows {
        let first = world.order(seal)?;
        let bytes = fs::read(first.path())?;
        assert_eq!(
            (first.record().files[0].digest, first.record().bytes()),
            (Digest::of(&bytes), bytes.len() as u64),
            "{name}"
        );
        assert_eq!(first.record().sealed_at.to_rfc3339(), "2026-11-22T01:00:00+00:00", "{name}");
        fs::remove_file(first.path())?;
        assert_eq!(world.order(seal)?.record(), first.record(), "{name}");
        world.transfer.revision = 2;
        let second = world.order(seal)?;
        assert_ne!(
            second.record().files[0].digest,
            first.record().files[0].digest,
            "{name}: another revision"
        );
        assert!(
            second.record().files[0].name.ends_with(if name == "message" { "-2.1.xml" } else { "-2.pdf" }),
            "{name}"
        );
    }
    Ok(())
}

#[test]
fn a_zip_agrees_with_its_manifest() -> Outcome {
    let folder = tempfile::tempdir()?;
    let documents: [(&str, Format, &[u8]); 2] =
        [("05849628625.pdf", Format::Pdf, PDF), ("b.txt", Format::Text, &[b'x'; 500])];
    let world = World::new(folder.path())?.within_the_epj()?.with_journal(&documents)?;
    let parcel = world.order(seal)?;
    assert!(parcel.record().messages().next().is_none());
    let found = unpacked(&parcel.path())?;
    assert_eq!(names(&found), ["documents/001.pdf", "documents/002.txt", "manifest.json"]);
    let manifest: serde_json::Value = serde_json::from_slice(&found[2].1)?;
    assert_eq!(manifest["transfer_id"], world.transfer.id.as_str());
    assert_eq!(manifest["documents"][0]["source"], "*********25.pdf");
    agrees(&manifest, &found);
    if let Ok(tested) = Command::new("unzip").arg("-t").arg(parcel.path()).output() {
        assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stdout));
    }
    Ok(())
}

fn agrees(manifest: &serde_json::Value, found: &[(String, Vec<u8>)]) {
    let parts = ["texts", "documents"].into_iter().filter_map(|key| manifest[key].as_array()).flatten();
    for (part, (name, bytes)) in parts.zip(found) {
        assert_eq!(part["path"], name.as_str());
        assert_eq!(part["bytes"], bytes.len());
        assert_eq!(part["sha256"], Digest::of(bytes).to_string());
    }
}

#[test]
fn a_worklist_has_the_results_and_no_letter() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut world = World::new(folder.path())?.within_the_epj()?;
    for (form, name) in [(TbForm::Summary, "tb-resultater.pdf"), (TbForm::Notice, "tb-ikke-gjennomfort.pdf")]
    {
        if let Some(tb) = &mut world.inventory.tb {
            tb.form = form;
        }
        let found = unpacked(&world.order(seal)?.path())?;
        assert_eq!(names(&found), [name, "manifest.json"]);
        let manifest: serde_json::Value = serde_json::from_slice(&found[1].1)?;
        agrees(&manifest, &found);
        assert_eq!(
            (&manifest["results"], &manifest["receiver"]["her_id"], &manifest["message_id"]),
            (&5.into(), &serde_json::Value::Null, &serde_json::Value::Null)
        );
    }
    Ok(())
}

/// A TIFF of small pages.
fn fax(pages: usize) -> Vec<u8> {
    let page = (picture_fixture::bilevel(8, 8, 1), [0x3c; 8].as_slice());
    picture_fixture::tiff(&vec![page; pages])
}

/// What `pdftotext` reads in a file, on one line; none where it is not installed.
fn words(path: &Path) -> Outcome<Option<String>> {
    match Command::new("pdftotext").arg("-raw").arg(path).arg("-").output() {
        Ok(read) => {
            let text = String::from_utf8(read.stdout)?;
            Ok(Some(text.split_whitespace().collect::<Vec<_>>().join(" ")))
        }
        Err(_) => {
            eprintln!("skipped: pdftotext is not installed");
            Ok(None)
        }
    }
}

#[test]
fn paper_is_one_file_with_every_document_in_its_order() -> Outcome {
    let folder = tempfile::tempdir()?;
    let tiff = fax(2);
    let documents: [(&str, Format, &[u8]); 5] = [
        ("a.pdf", Format::Pdf, &pdf_fixture::pdf(&["Side en av a"; 3])),
        ("b.txt", Format::Text, "Notat på ŋ\u{c}Side to av b".as_bytes()),
        ("c.png", Format::Png, picture_fixture::PNG),
        ("d.tif", Format::Tiff, &tiff),
        ("e.xml", Format::Xml, b"<?xml version=\"1.0\"?>\n<svar>Nei</svar>\n"),
    ];
    let world = World::new(folder.path())?.with_journal(&documents)?;
    let parcel = world.order(seal)?;
    let [file] = parcel.record().files.as_slice() else { panic!("one file") };
    assert!(file.name.ends_with("-1.pdf"), "{}", file.name);
    // The letter, then 3 + 2 + 1 + 2 + 1.
    assert_eq!(file.pages, Some(10));
    if let Some(text) = words(&parcel.path())? {
        let places: Option<Vec<usize>> =
            ["OSLO KOMMUNE", "Side en av a", "Notat på ŋ", "Side to av b", "<svar>Nei</svar>"]
                .into_iter()
                .map(|words| text.find(words))
                .collect();
        assert!(places.is_some_and(|places| places.is_sorted()), "{text}");
    }
    Ok(())
}

#[test]
fn what_must_be_a_pdf_in_a_message_is_one_and_its_size_was_known() -> Outcome {
    let folder = tempfile::tempdir()?;
    let tiff = fax(2);
    let documents: [(&str, Format, &[u8]); 3] =
        [("a.pdf", Format::Pdf, PDF), ("b.txt", Format::Text, b"Notat"), ("c.tif", Format::Tiff, &tiff)];
    let mut world = World::new(folder.path())?.by_message()?.with_journal(&documents)?;
    let inventory = world.inventory.clone();
    world.inventory = super::measured(&world.transfer, &world.job, press(), world.now, inventory);
    let measured: Vec<_> =
        world.inventory.documents.iter().map(|one| (one.as_pdf.is_some(), one.pages)).collect();
    assert_eq!(measured, [(false, None), (true, Some(1)), (true, Some(2))]);
    let parcel = world.order(seal)?;
    let found = opened::open(std::io::BufReader::new(fs::File::open(parcel.path())?))?;
    let seen: Vec<_> = found.attachments.iter().map(|one| (one.mime.as_str(), one.bytes)).collect();
    let expected: Vec<_> =
        world.inventory.documents.iter().map(|one| ("application/pdf", one.bytes_in_messages())).collect();
    assert_eq!(seen, expected);
    Ok(())
}

#[test]
fn a_recall_is_a_letter_and_nothing_else() -> Outcome {
    let folder = tempfile::tempdir()?;
    let documents = [("a.pdf", Format::Pdf, pdf_fixture::PDF)];
    let mut world = World::new(folder.path())?.with_journal(&documents)?;
    world.transfer.birth.kind = Kind::Recall { ordinal: 1, of: world.key.transfer(&["first"]) };
    world.earlier = Some((world.now.to_utc(), world.inventory.clone()));
    let parcel = world.order(seal)?;
    assert_eq!(
        (parcel.record().files[0].pages, &parcel.record().files[0].documents),
        (Some(1), &Some(Vec::new()))
    );
    if let Some(text) = words(&parcel.path())? {
        assert!(text.contains("Tilbaketrekking av journal") && !text.contains("Notat 1"), "{text}");
    }
    let world = world.by_message()?;
    let message = world.order(seal)?;
    let xml = fs::read_to_string(message.path())?;
    assert!(xml.contains("TILBAKETREKKING AV JOURNAL") && xml.contains("makulerer"), "{xml}");
    let found = opened::open(std::io::BufReader::new(xml.as_bytes()))?;
    assert_eq!(found.attachments.len(), 0, "nothing goes along");
    Ok(())
}

#[test]
fn a_document_that_cannot_be_printed_is_its_migrants_trouble() -> Outcome {
    let folder = tempfile::tempdir()?;
    let rows: [(&str, Format, &[u8]); 4] = [
        ("no PDF", Format::Pdf, b"%PDF-1.7\n%%EOF\n"),
        ("no TIFF", Format::Tiff, b"II*\0\x08\0\0\0\0\0"),
        ("no text", Format::Text, b"bl\xe5"),
        ("no pages", Format::Other, b"PK"),
    ];
    for (name, format, bytes) in rows {
        let world = World::new(folder.path())?.with_journal(&[("a", format, bytes)])?;
        let refused = world.order(seal).err();
        assert!(matches!(refused, Some(PackageError::Unprintable { no: 1, .. })), "{name}: {refused:?}");
        assert!(refused.is_some_and(|error| error.is_migrants()), "{name}");
        assert_eq!(fs::read_dir(&world.job.spool)?.count(), 0, "{name}: nothing is left");
    }
    Ok(())
}

#[test]
fn a_bundle_opens_with_its_receivers_key_and_holds_letter_results_and_documents() -> Outcome {
    let folder = tempfile::tempdir()?;
    let pki = cms_fixture::pki()?;
    for (oaep, gcm) in [(false, false), (true, true)] {
        let mut world = World::new(folder.path())?.by_message()?.sealed_to(pki, Sealing { oaep, gcm })?;
        if gcm {
            world = world.with_report(&[(Format::Pdf, PDF)])?;
        }
        let parcel = world.order(seal)?;
        let [file] = parcel.record().files.as_slice() else { panic!("one file") };
        assert!(file.name.ends_with("-1.p7m") && file.message.is_some(), "{file:?}");
        let trust = Trust::read(&cms_fixture::write_roots(folder.path())?, None, None)?;
        let into = folder.path().join(format!("opened-{oaep}"));
        let opened = opening::open(&parcel.path(), &pki.receiver.identity(&[])?, &trust, world.now, &into)?;
        let mut names: Vec<String> = fs::read_dir(&into)?
            .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_, _>>()?;
        names.sort();
        let documents: &[&str] = if gcm { &["documents"] } else { &[] };
        let expected: Vec<&str> = [documents, &["letter.pdf", "manifest.json", "tb-resultater.pdf"]].concat();
        assert_eq!(names, expected, "{opened:?}");
        let manifest: serde_json::Value = serde_json::from_slice(&fs::read(into.join("manifest.json"))?)?;
        assert_eq!(manifest["message_id"].as_str().map(str::to_owned), file.message.map(|id| id.to_string()));
    }
    Ok(())
}

#[test]
fn a_message_carries_the_journal_and_is_valid() -> Outcome {
    let folder = tempfile::tempdir()?;
    let world = World::new(folder.path())?.by_message()?.with_journal(&[("a.pdf", Format::Pdf, PDF)])?;
    let parcel = world.order(seal)?;
    let bytes = fs::read(parcel.path())?;
    let root = xml::parse(&bytes, 1_000_000)?;
    let text_of = |name: &str| {
        root.descendants().find(|found| found.name() == name).map(|found| found.text().to_owned())
    };
    let message = parcel.record().messages().next().map(|id| id.to_string());
    assert_eq!(
        (text_of("MsgId"), text_of("GenDate").as_deref()),
        (message, Some("2026-11-22T02:00:00+01:00"))
    );
    assert_eq!(text_of("Base64Container"), Some(STANDARD.encode(PDF)));
    assert_eq!(text_of("Description").as_deref(), Some("Notat 1"));
    if let Some(verdict) = standards::validate(&bytes)? {
        assert_eq!(verdict, Ok(()));
    }
    Ok(())
}

#[test]
fn hostile_texts_stay_texts() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut world = World::new(folder.path())?.by_message()?;
    world.migrant.patient.name = PersonName::new("]]><a b='\"&\u{0}", "");
    if let Some(tb) = &mut world.inventory.tb {
        tb.items[1].result = "</TekstNotatInnhold>\r\n\u{1b}[31m\u{ffff} &amp;\n\nPositiv | x".to_owned();
        tb.items[1].laboratory = "Å".repeat(500);
    }
    let bytes = fs::read(world.order(seal)?.path())?;
    let root = xml::parse(&bytes, 1_000_000)?;
    let note = root.descendants().find(|found| found.name() == "TekstNotatInnhold");
    assert!(note.is_some_and(|note| note.text().contains("</TekstNotatInnhold>")));
    if let Some(verdict) = standards::validate(&bytes)? {
        assert_eq!(verdict, Ok(()));
    }
    Ok(())
}

#[test]
fn documents_of_reports_lie_beside_the_results_and_are_named() -> Outcome {
    let folder = tempfile::tempdir()?;
    let tiff = fax(1);
    let reports: [(Format, &[u8]); 2] = [(Format::Pdf, PDF), (Format::Tiff, &tiff)];
    let mut world = World::new(folder.path())?.within_the_epj()?.with_report(&reports)?;
    let found = unpacked(&world.order(seal)?.path())?;
    assert_eq!(
        names(&found),
        ["tb-resultater.pdf", "documents/001.pdf", "documents/002.tif", "manifest.json"]
    );
    assert_eq!((found[1].1.as_slice(), found[2].1.as_slice()), (PDF, tiff.as_slice()));
    let manifest: serde_json::Value = serde_json::from_slice(&found[3].1)?;
    let document = &manifest["documents"][1];
    assert_eq!((&document["source"], &document["media_type"]), (&"a.xml#2".into(), &"image/tiff".into()));
    assert_eq!((&document["basis"], &manifest["results"]), (&manifest["basis"], &5.into()));
    world = world.by_message()?;
    for (lang, listed) in [(Lang::Nb, "Vedlagt er 2 dokumenter:"), (Lang::Nn, "Vedlagt er 2 dokument:")] {
        world.job.language = lang;
        let listed = format!("{listed}\n  1. Svar 1, 01.10.2026\n  2. Svar 2, 02.10.2026");
        let note = world.order(|order| text::note(order, Part::WHOLE, &[1, 2]));
        assert!(note.contains(&listed), "{note}");
    }
    Ok(())
}

#[test]
fn a_report_that_changed_is_not_sealed() -> Outcome {
    type Change = fn(String) -> String;
    let other = |text: String| text.replace("JVBE", "JVBF");
    let rows: [(&str, Option<Change>); 3] = [
        ("other bytes", Some(other)),
        ("without its document", Some(|text| text.replace("RefDoc", "Other"))),
        ("gone", None),
    ];
    for (name, change) in rows {
        for by_message in [true, false] {
            let folder = tempfile::tempdir()?;
            let world = World::new(folder.path())?.with_report(&[(Format::Pdf, PDF)])?;
            let world = if by_message { world.by_message()? } else { world };
            let path = folder.path().join("lab/a.xml");
            match change {
                Some(change) => fs::write(&path, change(fs::read_to_string(&path)?))?,
                None => fs::remove_file(&path)?,
            }
            let refused = world.order(seal).err();
            assert!(matches!(refused, Some(PackageError::BundleChanged { no: 1 })), "{name}: {refused:?}");
            assert_eq!(fs::read_dir(&world.job.spool)?.count(), 0, "{name}: nothing is left");
        }
    }
    Ok(())
}

#[test]
fn a_bundle_that_changed_is_not_sealed() -> Outcome {
    let rows: [(&str, Option<&[u8]>); 4] = [
        ("other bytes", Some(b"%PDF-1.7\n%%EOX\n")),
        ("longer", Some(b"%PDF-1.4\n%%EOF\nmore")),
        ("shorter", Some(b"%PDF")),
        ("gone", None),
    ];
    for (name, now) in rows {
        for by_message in [true, false] {
            let folder = tempfile::tempdir()?;
            let world = World::new(folder.path())?;
            let world = if by_message { world.by_message()? } else { world };
            let documents =
                [("a.pdf", Format::Pdf, pdf_fixture::PDF), ("b.pdf", Format::Pdf, pdf_fixture::PDF)];
            let world = world.with_journal(&documents)?;
            let path = world.job.journal.as_ref().ok_or("journals")?.path.join("P-1/b.pdf");
            match now {
                Some(bytes) => fs::write(path, bytes)?,
                None => fs::remove_file(path)?,
            }
            let refused = world.order(seal).err();
            assert!(matches!(refused, Some(PackageError::BundleChanged { no: 2 })), "{name}: {refused:?}");
            assert!(refused.is_some_and(|error| error.is_migrants()), "{name}");
            assert_eq!(fs::read_dir(&world.job.spool)?.count(), 0, "{name}: nothing is left");
        }
    }
    Ok(())
}

#[test]
fn a_disk_that_fails_is_the_runs_trouble() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut world = World::new(folder.path())?;
    world.job.spool = folder.path().join("gone");
    let refused = world.order(seal).err();
    assert!(matches!(refused, Some(PackageError::Durable(_))), "{refused:?}");
    assert!(refused.is_some_and(|error| !error.is_migrants()));
    Ok(())
}

#[test]
fn what_preflight_did_not_promise_is_refused() -> Outcome {
    type Change = fn(&mut World);
    let rows: [(&str, Change); 4] = [
        ("message to an office", |world| world.clearance.channel = Channel::Outbox),
        ("bundle", |world| world.clearance.channel = Channel::Bundle),
        ("no results", |world| world.inventory = Inventory::default()),
        ("letter to nobody", |world| {
            if let Ok(number) = "4601".parse() {
                world.clearance.receiver = Receiver::SameEpj(number);
            }
        }),
    ];
    for (name, change) in rows {
        let folder = tempfile::tempdir()?;
        let mut world = World::new(folder.path())?;
        change(&mut world);
        let refused = world.order(seal).err();
        assert!(matches!(refused, Some(PackageError::Unprepared(_))), "{name}: {refused:?}");
    }
    let folder = tempfile::tempdir()?;
    let mut world = World::new(folder.path())?.by_message()?;
    world.migrant.patient.ids.clear();
    assert!(matches!(world.order(seal).err(), Some(PackageError::Unprepared(_))), "no number");
    Ok(())
}

#[test]
fn a_sealed_parcel_is_opened_only_as_it_was() -> Outcome {
    let folder = tempfile::tempdir()?;
    let world = World::new(folder.path())?;
    let parcel: Parcel = world.order(seal)?;
    let sealed = Sealed {
        parcel: parcel.record().clone(),
        clearance: world.clearance.clone(),
        inventory: world.inventory.clone(),
    };
    let again = reopen(&sealed, Content::Tb, &world.job.spool)?;
    assert_eq!((again.path(), again.record()), (parcel.path(), parcel.record()));
    assert_eq!((again.content(), again.clearance()), (Content::Tb, &world.clearance));
    fs::write(parcel.path(), b"other")?;
    let altered = reopen(&sealed, Content::Tb, &world.job.spool).err();
    assert!(matches!(altered, Some(PackageError::Altered { .. })), "{altered:?}");
    fs::remove_file(parcel.path())?;
    let missing = reopen(&sealed, Content::Tb, &world.job.spool).err();
    assert!(matches!(missing, Some(PackageError::Missing { .. })), "{missing:?}");
    Ok(())
}
