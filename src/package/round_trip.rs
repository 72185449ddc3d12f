//! A property: whatever people and systems have typed, every message of a conversation is valid, and what is read
//! back from its file is what was meant.

use std::cell::RefCell;
use std::fs::File;
use std::io::BufReader;

use chrono::{NaiveDate, Timelike};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::conversation::Part;
use super::fixture::{Outcome, World, item};
use super::parcel::Parcel;
use super::{seal, text};
use crate::id::{Digest, MessageId};
use crate::inventory::{Format, Reading, ResultStatus};
use crate::lang::Lang;
use crate::message::opened::{self, Opened, OpenedAddress, OpenedTier};
use crate::message::standards;
use crate::person::PersonName;
use crate::transfer::{EarlierMessage, Receipt, ReceiptAnswer};
use crate::verdict::{Content, Function, Receiver};

/// How many conversations are tried; each costs a run of the schemas over all its messages.
const CASES: u32 = 24;

/// What is varied.
#[derive(Clone, Debug)]
struct Case {
    /// Names, in the order they are used.
    names: Vec<String>,
    born: Option<i32>,
    lang: Lang,
    content: Content,
    function: Function,
    /// Of each result: test, result, comment, laboratory.
    results: Vec<[String; 4]>,
    /// Of each document: title, kind, format, bytes.
    documents: Vec<(String, String, Format, Vec<u8>)>,
    /// How many bytes of documents go in a message.
    limit: usize,
}

/// Text as it comes: any character, and often one that means something to XML or is forbidden in it.
fn any_text() -> impl Strategy<Value = String> {
    let nasty = select(
        "\0\t\n\r\u{b}\u{1b}\u{7f}\u{85}\u{2028}\u{feff}\u{fffd}\u{fffe}\u{ffff}<>&\"']; 0é𝄞"
            .chars()
            .collect::<Vec<_>>(),
    );
    vec(prop_oneof![any::<char>(), nasty], 0..30).prop_map(|chars| chars.into_iter().collect())
}

fn any_case() -> impl Strategy<Value = Case> {
    let words = (vec(any_text(), 8), vec([any_text(), any_text(), any_text(), any_text()], 0..4));
    let format = select(vec![Format::Pdf, Format::Jpeg, Format::Png]);
    let documents = vec((any_text(), any_text(), format, vec(any::<u8>(), 0..300)), 0..7);
    let choices = (
        proptest::option::of(-700_000..700_000),
        select(vec![Lang::Nb, Lang::Nn, Lang::En]),
        select(vec![Content::Tb, Content::Journal]),
        select(vec![Function::HealthDialogue, Function::Archiving]),
    );
    (words, documents, choices, 1..900_usize).prop_map(|((names, results), documents, choices, limit)| {
        let (born, lang, content, function) = choices;
        Case { names, born, lang, content, function, results, documents, limit }
    })
}

/// The documents cut into messages of at most `limit` bytes, at least one document in each; one message where there
/// is none.
fn cut(case: &Case) -> Vec<Vec<u32>> {
    let mut messages: Vec<Vec<u32>> = vec![Vec::new()];
    let mut filled = 0;
    for (no, (.., bytes)) in (1..).zip(&case.documents) {
        if filled > 0 && filled + bytes.len() > case.limit {
            messages.push(Vec::new());
            filled = 0;
        }
        filled += bytes.len();
        if let Some(last) = messages.last_mut() {
            last.push(no);
        }
    }
    messages
}

fn world(case: &Case, folder: &std::path::Path) -> Outcome<World> {
    let mut world = World::new(folder)?.by_message()?;
    let names: Vec<String> = (0..case.documents.len()).map(|no| format!("{no}.bin")).collect();
    let documents: Vec<(&str, Format, &[u8])> = names
        .iter()
        .zip(&case.documents)
        .map(|(name, (_, _, format, bytes))| (name.as_str(), *format, bytes.as_slice()))
        .collect();
    let of_report: Vec<(Format, &[u8])> =
        documents.iter().map(|(_, format, bytes)| (*format, *bytes)).collect();
    world = match case.content {
        Content::Tb => world.with_report(&of_report)?,
        Content::Journal => world.with_journal(&documents)?,
    };
    for (document, (title, kind, ..)) in world.inventory.documents.iter_mut().zip(&case.documents) {
        (document.title, document.kind) = (title.clone(), kind.clone());
    }
    if let Some(tb) = &mut world.inventory.tb {
        tb.items.extend(case.results.iter().map(|[test, result, comment, laboratory]| {
            let mut item = item(Some((8, 1)), test, (result, Reading::Positive, ResultStatus::Final));
            (item.comment, item.laboratory) = (comment.clone(), laboratory.clone());
            item
        }));
    }
    world.cut = Some(cut(case));
    world.clearance.function = Some(case.function);
    world.job.language = case.lang;
    let patient = &mut world.migrant.patient;
    patient.name = PersonName::new(&case.names[0], &case.names[1]);
    patient.birth_date = case.born.and_then(NaiveDate::from_num_days_from_ce_opt);
    let sender = &mut world.job.sender;
    (sender.organisation.name, sender.service.name) = (case.names[2].clone(), case.names[3].clone());
    (sender.contact.name, sender.contact.phone) = (case.names[4].clone(), case.names[5].clone());
    if let Receiver::Party(party) = &mut world.clearance.receiver {
        (party.parent_name, party.name) = (case.names[6].clone(), case.names[7].clone());
    }
    Ok(world)
}

/// A text as a message can hold it.
fn fit(text: &str) -> String {
    let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    text.chars().map(|c| if forbidden(c) { '\u{fffd}' } else { c }).collect()
}

/// Seals the order and compares every message with it; gives the messages' bytes.
fn sealed_as_meant(case: &Case) -> Outcome<Vec<Vec<u8>>> {
    let folder = tempfile::tempdir()?;
    let world = world(case, folder.path())?;
    let parcel = world.order(seal)?;
    let messages: Vec<MessageId> = parcel.record().messages().collect();
    let plan = world.cut.clone().ok_or("a plan")?;
    assert_eq!(messages.len(), plan.len());
    let mut out = Vec::new();
    let mut carried: Vec<u32> = Vec::new();
    for (at, (file, documents)) in parcel.files().zip(&plan).enumerate() {
        let path = parcel.path_of(file);
        let found = opened::open(BufReader::new(File::open(&path)?))?;
        let part = Part { no: u32::try_from(at)? + 1, of: u32::try_from(plan.len())? };
        head_as_meant(&world, case, &found)?;
        note_as_meant(&world, &found, part, documents);
        attachments_as_meant(&world, &found, part, documents);
        assert_eq!(Some(found.message_id), file.message);
        let place = found.conversation.map(|place| (place.parent, place.first));
        assert_eq!(place, at.checked_sub(1).map(|before| (messages[before], messages[0])));
        carried.extend(documents);
        out.push(std::fs::read(path)?);
    }
    assert_eq!(carried, (1..).take(case.documents.len()).collect::<Vec<u32>>(), "each document once");
    assert_unlike(&parcel);
    Ok(out)
}

/// No two messages of a conversation are one.
fn assert_unlike(parcel: &Parcel) {
    let ids: std::collections::BTreeSet<MessageId> = parcel.record().messages().collect();
    assert_eq!(ids.len(), parcel.files().count());
}

fn head_as_meant(world: &World, case: &Case, found: &Opened) -> Outcome {
    let (function, topic, oid) = match (case.function, case.content) {
        (Function::HealthDialogue, _) => ("DIALOG_HELSEFAGLIG", "6", "2.16.578.1.12.4.1.1.7322"),
        (Function::Archiving, Content::Tb) => ("DIALOG_TIL_ARKIVERING", "C00-1", "2.16.578.1.12.4.1.1.9602"),
        (Function::Archiving, Content::Journal) => {
            ("DIALOG_TIL_ARKIVERING", "B00-1", "2.16.578.1.12.4.1.1.9602")
        }
    };
    assert_eq!(found.function, function);
    assert_eq!((found.topic.value.as_str(), found.topic.oid.as_str()), (topic, oid));
    let theme = world.order(text::title);
    let expected = (case.function == Function::HealthDialogue).then_some(theme);
    assert_eq!(found.topic.theme.as_deref(), expected);
    assert_eq!(
        (Some(found.gen_date), found.processing.as_deref()),
        (world.now.with_nanosecond(0), Some("D"))
    );
    let tier = |name: &str, her_id| OpenedTier { name: fit(name), her_id: Some(her_id) };
    let sender = &world.job.sender;
    let expected = OpenedAddress {
        organisation: tier(&case.names[2], sender.organisation.her_id),
        org_number: Some(sender.organisation.org_number.clone()),
        service: Some(tier(&case.names[3], sender.service.her_id)),
    };
    assert_eq!(found.sender, expected);
    let Receiver::Party(party) = &world.clearance.receiver else { panic!("a party") };
    let expected = OpenedAddress {
        organisation: tier(&case.names[6], party.parent_her_id),
        org_number: party.parent_org.clone(),
        service: Some(tier(&case.names[7], party.her_id)),
    };
    assert_eq!(found.receiver, expected);
    let id = world.migrant.message_id().ok_or("a number")?;
    assert!(found.patient.id.is(id));
    assert!(found.patient.name == PersonName::new(fit(&case.names[0]), fit(&case.names[1])), "the name");
    assert!(found.patient.birth_date == world.migrant.patient.birth_date, "the birth date");
    Ok(())
}

fn note_as_meant(world: &World, found: &Opened, part: Part, documents: &[u32]) {
    assert_eq!(found.note, fit(&world.order(|order| text::note(order, part, documents))));
    let title = found.note.lines().next().unwrap_or_default();
    let shown = format!("DEL {} AV {}", part.no, part.of);
    assert_eq!(title.ends_with(&shown), part.of > 1, "{title}");
    let roles: Vec<(&str, &str)> =
        found.roles.iter().map(|role| (role.code.as_str(), role.professional.as_str())).collect();
    assert_eq!(roles[0], ("21", "SP"));
    assert_eq!(roles.get(1).copied(), found.topic.theme.is_some().then_some(("24", "SP")));
    let words: Vec<String> = world.job.sender.contact.name.split_whitespace().map(fit).collect();
    let (family, given) = found.roles[0].name.reveal();
    let read: Vec<&str> = given.split_whitespace().chain(family.split_whitespace()).collect();
    assert_eq!(read, words);
}

fn attachments_as_meant(world: &World, found: &Opened, part: Part, documents: &[u32]) {
    // The results go first, in the first message.
    let ours = usize::from(world.inventory.tb.is_some() && part.no == 1);
    let (results, attachments) = found.attachments.split_at(ours.min(found.attachments.len()));
    assert_eq!(results.len(), ours);
    for results in results {
        assert_eq!(results.mime, "application/pdf");
        assert!(results.title.starts_with("Tuberkulose") && results.bytes > 1000, "{}", results.title);
    }
    let held: Vec<_> =
        world.inventory.documents.iter().filter(|document| documents.contains(&document.no)).collect();
    assert_eq!(attachments.len(), held.len());
    for (attachment, document) in attachments.iter().zip(held) {
        let title = match document.title.trim() {
            "" => format!("Dokument {}", document.no),
            title => fit(title),
        };
        assert_eq!(
            (attachment.title.as_str(), attachment.mime.as_str()),
            (title.as_str(), document.format.mime())
        );
        assert_eq!((attachment.issued, attachment.id.is_some()), (document.date, true));
        assert_eq!((attachment.bytes, attachment.sha256), (document.bytes, document.sha256));
    }
}

#[test]
fn every_message_is_valid_and_reads_back_as_it_was_meant() -> Outcome {
    let written: RefCell<Vec<(String, Vec<u8>)>> = RefCell::default();
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    runner.run(&any_case(), |case| {
        let messages = sealed_as_meant(&case).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let mut all = written.borrow_mut();
        all.extend(messages.into_iter().map(|message| (format!("{:?}", case.names), message)));
        Ok(())
    })?;
    if let Some(verdict) = standards::validate_all(&written.borrow())? {
        assert_eq!(verdict, Ok(()));
    }
    Ok(())
}

#[test]
fn what_is_opened_again_goes_on_with_the_conversation() -> Outcome {
    let folder = tempfile::tempdir()?;
    let documents = ["a.pdf", "b.pdf", "c.pdf"].map(|name| (name, Format::Pdf, b"%PDF".as_slice()));
    let mut world = World::new(folder.path())?.by_message()?.with_journal(&documents)?;
    world.cut = Some(vec![vec![1], vec![2], vec![3]]);
    let first: Vec<MessageId> = world.order(seal)?.record().messages().collect();
    let answered = |message: MessageId, answer| EarlierMessage {
        revision: 1,
        message,
        receiver: world.clearance.receiver.her_id(),
        organisation: None,
        function: Some(Function::HealthDialogue),
        documents: Vec::new(),
        receipt: Some(Receipt { at: world.now.to_utc(), answer, codes: Vec::new() }),
    };
    let earlier = vec![
        answered(first[0], ReceiptAnswer::Rejected),
        answered(first[1], ReceiptAnswer::Accepted),
        answered(first[2], ReceiptAnswer::Rejected),
    ];
    (world.transfer.revision, world.transfer.earlier) = (2, earlier);
    world.cut = Some(vec![vec![1], vec![3]]);
    let parcel = world.order(seal)?;
    let mut places = Vec::new();
    for file in parcel.files() {
        let found = opened::open(BufReader::new(File::open(parcel.path_of(file))?))?;
        places.push(found.conversation.map(|place| (place.parent, place.first)));
    }
    let second: Vec<MessageId> = parcel.record().messages().collect();
    assert_eq!(places, [Some((first[1], first[0])), Some((second[0], first[0]))]);
    Ok(())
}

#[test]
fn contents_of_megabytes_pass_whole() -> Outcome {
    let folder = tempfile::tempdir()?;
    let content: Vec<u8> = (0..=255).cycle().take(900_001).collect();
    let world = World::new(folder.path())?.by_message()?.with_journal(&[("a.pdf", Format::Pdf, &content)])?;
    let parcel = world.order(seal)?;
    let found = opened::open(BufReader::new(File::open(parcel.path())?))?;
    assert_eq!((found.attachments[0].bytes, found.attachments[0].sha256), (900_001, Digest::of(&content)));
    Ok(())
}
