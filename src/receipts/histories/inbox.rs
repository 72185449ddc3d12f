//! The inbox as a folder: read once, in the order of names, and put away.

use std::path::Path;

use super::files::Answer;
use super::steps::By;
use super::steps::Step::{Begun, Placed, Sealed, SealedLetter, Taken};
use super::story::{Outcome, Story, id, message};
use crate::job::{Limits, PaperDone, ReceiptSettings};
use crate::ledger::Entry;
use crate::receipts::view::View;
use crate::receipts::{archive, lists, read_inbox};

fn limits() -> Limits {
    Limits {
        workers: 0,
        in_flight_bytes: 1,
        per_receiver: 1,
        follow_up_months: 12,
        receipt_hours: 96,
        placed_days: 3,
        settle_seconds: 0,
        retry_minutes: 30,
    }
}

fn settings(inbox: &Path) -> ReceiptSettings {
    ReceiptSettings { inbox: inbox.to_owned(), archive: Some(inbox.join("archive")) }
}

#[test]
fn an_inbox_is_read_once_and_judged_in_the_order_of_its_names() -> Outcome {
    let folder = tempfile::tempdir()?;
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
    let receipt = |status| Answer::new(status, "", message(1, 1).to_string());
    put("1-yes.xml", &receipt("1").xml(1))?;
    put("2-no.xml", &receipt("2").xml(2))?;
    put("3-copy-of-1.xml", &receipt("1").xml(1))?;
    put("4-somebody.xml", &receipt("2").by(By::Somebody).xml(4))?;
    put("5-05849628625.xml", "<AppRec><half")?;
    put("6-empty.csv", "")?;
    put("7-list.csv", "transfer_id;done_on;done_by\nAAAA;20.11.2026;Kari\nBBBB;;\n")?;
    let mut story = Story::after(&[Sealed(1), Begun, Taken])?;
    let (settings, limits) = (settings(folder.path()), limits());
    let read = read_inbox(&settings, &limits, &story.book, PaperDone::Posted, story.now);
    let did: Vec<(&str, &str, &str)> = read
        .reads
        .iter()
        .flat_map(|file| &file.read.rows)
        .map(|row| (row.file.as_str(), row.kind.as_str(), row.effect.as_str()))
        .collect();
    let expected = [
        ("1-yes.xml", "apprec", "applied"),
        ("2-no.xml", "apprec", "contradiction"),
        ("4-somebody.xml", "apprec", "wrong-sender"),
        ("5-*********25.xml", "unreadable", "unreadable"),
        ("6-empty.csv", "unreadable", "unreadable"),
        ("7-list.csv", "packing-list", "unmatched"),
    ];
    assert_eq!(did, expected);
    assert_eq!(read.known.len(), 1, "the same bytes under another name");
    assert!(read.trouble.is_empty() && read.waiting.is_empty());
    for file in &read.reads {
        let Some(Entry::ReceiptRead { digest, rows }) = file.read.entries.last() else {
            panic!("every file ends by being remembered");
        };
        assert_eq!((*digest, rows), (file.digest, &file.read.rows));
        story.book.receipts_read.insert(*digest, rows.clone());
    }
    assert_eq!(read.entries().count(), 6 + 2, "one event, one contradiction");
    let again = read_inbox(&settings, &limits, &story.book, PaperDone::Posted, story.now);
    assert_eq!((again.reads.len(), again.known.len()), (0, 7), "nothing is read twice");
    assert_eq!(archive::archive(&settings, &again).len(), 0);
    assert_eq!(std::fs::read_dir(folder.path().join("archive"))?.count(), 7);
    let last = read_inbox(&settings, &limits, &story.book, PaperDone::Posted, story.now);
    assert_eq!((last.reads.len(), last.known.len()), (0, 0));
    Ok(())
}

#[test]
fn a_list_is_judged_line_by_line() -> Outcome {
    let story = Story::after(&[SealedLetter, Begun, Placed])?;
    let list = format!(
        "transfer_id;done_on;done_by;revision\n{0};;;1\n{0};20.11.2026;;1\n{0};20.11.2026;Kari;1\n{0};2026-11-21;Kari;1\n",
        id()
    );
    let lines = lists::read(list.as_bytes())?;
    let view = View::of(&story.book);
    let read = lists::correlate_all(&lines, "list.csv", &view, PaperDone::Posted, story.now);
    let did: Vec<&str> = read.rows.iter().map(|row| row.effect.as_str()).collect();
    assert_eq!(did, ["incomplete", "applied", "repeated"]);
    assert_eq!(read.rows.first().map(|row| row.text.as_str()), Some("linje 3: done_by mangler"));
    Ok(())
}
