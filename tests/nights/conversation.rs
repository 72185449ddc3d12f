//! A journal too large for one message: one conversation, half of it refused, opened again, accepted, nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::BufReader;

use journalflytt::id::Digest;
use journalflytt::message::opened::{self, Opened};

use crate::made;
use crate::stage::{Outcome, Stage, fresh_directory, set};

const JOB: &str = "jobs/nightly.toml";
const PATIENT: &str = "MH-1001";
const DOCUMENTS: usize = 40;
const BYTES: usize = 1_500_000;

type Row = BTreeMap<String, String>;

/// A document of the journal that no other is like, and that cannot be packed.
fn document(no: usize) -> Vec<u8> {
    let line = format!("dokument {no:02}");
    let around = made::pdf(&line, &vec![b'0'; BYTES]).len() - BYTES;
    let mut noise = Vec::with_capacity(BYTES);
    let mut seed = no as u32 + 1;
    while noise.len() < BYTES {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        noise.extend(seed.to_le_bytes());
    }
    noise.truncate(BYTES - around);
    made::pdf(&line, &noise)
}

/// The first night, with one journal of forty documents and sixty million bytes.
fn staged() -> Outcome<Stage> {
    let stage = Stage::first_night()?;
    let journal = stage.path(&format!("samples/first-night/journals/{PATIENT}"));
    fs::remove_dir_all(&journal)?;
    fs::create_dir(&journal)?;
    for no in 1..=DOCUMENTS {
        fs::write(journal.join(format!("{no:02}.pdf")), document(no))?;
    }
    Ok(stage)
}

fn row(stage: &Stage) -> Outcome<Row> {
    let mut rows = stage.rows("reconciliation.csv")?.into_iter();
    let found = rows.find(|row| row["patient_ref"] == PATIENT && row["content"] == "journal");
    found.ok_or_else(|| "no journal".into())
}

fn messages(row: &Row) -> Vec<String> {
    row["message_ids"].split_whitespace().map(str::to_owned).collect()
}

fn opened(stage: &Stage, message: &str) -> Outcome<Opened> {
    let file = File::open(stage.path(&format!("out/nightly/outbox/{message}.xml")))?;
    Ok(opened::open(BufReader::new(file))?)
}

fn carried(stage: &Stage, message: &str) -> Outcome<BTreeSet<Digest>> {
    Ok(opened(stage, message)?.attachments.into_iter().map(|attachment| attachment.sha256).collect())
}

/// The addressee's answer to one message.
fn answer(stage: &Stage, message: &str, status: &str) -> Outcome {
    let error =
        if status == "1" { "" } else { r#"<Error V="X99" S="2.16.578.1.12.4.1.1.8221" DN="Annen feil"/>"# };
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<AppRec xmlns="http://www.kith.no/xmlstds/apprec/2012-02-15"><MsgType V="APPREC"/>
<MIGversion>v1.1 2012-02-15</MIGversion><GenDate>2026-11-22T10:00:00</GenDate><Id>{message}-svar</Id>
<Sender><HCP><Inst><Name>B</Name><Dept><Name>M</Name><Id>9000012</Id><TypeId V="HER"/></Dept></Inst></HCP></Sender>
<Receiver><HCP><Inst><Name>O</Name><Id>9000011</Id><TypeId V="HER"/></Inst></HCP></Receiver>
<Status V="{status}"/>{error}
<OriginalMsgId><MsgType V="DIALOG_HELSEFAGLIG"/><IssueDate>2026-11-22T02:00:00</IssueDate><Id>{message}</Id></OriginalMsgId>
</AppRec>"#
    );
    fs::write(stage.path(&format!("samples/first-night/inbox/{message}-{status}.xml")), text)?;
    Ok(())
}

#[test]
fn a_journal_of_sixty_megabytes_goes_as_one_conversation_and_nothing_goes_twice() -> Outcome {
    let stage = staged()?;
    stage.run()?;
    let sent = row(&stage)?;
    assert_eq!((sent["state"].as_str(), sent["documents"].as_str()), ("sent", "40"));
    let first = messages(&sent);
    assert_eq!(first.len(), 4, "twelve of these documents fit in a message");
    for (at, message) in first.iter().enumerate() {
        let found = opened(&stage, message)?;
        assert_eq!(found.message_id.to_string(), *message);
        let conversation = found.conversation.map(|c| (c.parent.to_string(), c.first.to_string()));
        let expected = (at > 0).then(|| (first[at.saturating_sub(1)].clone(), first[0].clone()));
        assert_eq!(conversation, expected, "message {}", at + 1);
        assert!(found.note.contains(&format!("del {} av 4", at + 1)), "{}", found.note);
        assert!(found.attachments.iter().map(|attachment| attachment.bytes).sum::<u64>() <= 18_000_000);
    }

    for (message, status) in first.iter().zip(["1", "2", "1", "2"]) {
        answer(&stage, message, status)?;
    }
    stage.play(&["receipts", JOB, "--now", "2026-11-22T03:00:00+01:00"])?.ends_with(0)?;
    let refused = row(&stage)?;
    assert_eq!((refused["state"].as_str(), refused["receipt"].as_str()), ("rejected", "rejected"));
    let dispositions = |stage: &Stage| -> Outcome<BTreeMap<String, usize>> {
        let mut counted = BTreeMap::new();
        for document in stage.rows("documents.csv")? {
            if document["transfer_id"] == sent["transfer_id"] {
                *counted.entry(document["disposition"].clone()).or_default() += 1;
            }
        }
        Ok(counted)
    };
    let half = BTreeMap::from([("carried".to_owned(), 24), ("waiting".to_owned(), 16)]);
    assert_eq!(dispositions(&stage)?, half, "what was accepted is not waited for");

    let rerun = |now: &str, more: &[&str]| {
        let mut args = vec![
            "rerun",
            JOB,
            "--transfer",
            &sent["transfer_id"],
            "--reason",
            "feil rettet hos mottaker",
            "--now",
            now,
        ];
        args.extend(more);
        stage.play(&args)
    };
    rerun("2026-11-22T04:00:00+01:00", &[])?.ends_with(0)?;
    let again = row(&stage)?;
    assert_eq!((again["state"].as_str(), again["revision"].as_str()), ("sent", "2"));
    let second = messages(&again);
    assert_eq!(second.len(), 2);
    assert!(second.iter().all(|message| !first.contains(message)), "new ids");
    let last_accepted = opened(&stage, &second[0])?.conversation.ok_or("a conversation that goes on")?;
    assert_eq!(
        (last_accepted.parent.to_string(), last_accepted.first.to_string()),
        (first[2].clone(), first[0].clone())
    );
    let all = |messages: &[&String]| -> Outcome<BTreeSet<Digest>> {
        let mut out = BTreeSet::new();
        for message in messages {
            for digest in carried(&stage, message)? {
                assert!(out.insert(digest), "a document stands in two messages");
            }
        }
        Ok(out)
    };
    assert_eq!(all(&[&second[0], &second[1]])?, all(&[&first[1], &first[3]])?, "only what was refused");
    rerun("2026-11-22T05:00:00+01:00", &[])?.ends_with(2)?;

    for message in &second {
        answer(&stage, message, "1")?;
    }
    stage.play(&["receipts", JOB, "--now", "2026-11-22T06:00:00+01:00"])?.ends_with(0)?;
    assert_eq!(row(&stage)?["state"], "accepted");
    let whole = all(&[&first[0], &first[2], &second[0], &second[1]])?;
    assert_eq!(whole, (1..=DOCUMENTS).map(|no| Digest::of(&document(no))).collect());
    rerun("2026-11-22T07:00:00+01:00", &[])?.ends_with(2)?;
    stage.play(&["run", JOB, "--now", "2026-11-22T08:00:00+01:00"])?.ends_with(0)?;
    let files = stage.files("out/nightly/outbox")?;
    let known: BTreeSet<String> =
        first.iter().chain(&second).map(|id| format!("out/nightly/outbox/{id}.xml")).collect();
    assert_eq!(files.keys().filter(|name| known.contains(*name)).count(), 6);
    Ok(())
}

#[test]
fn a_record_with_a_part_that_is_not_answered_waits_for_the_answer_or_for_the_deadline() -> Outcome {
    let stage = Stage::first_night()?;
    // Small documents and a small limit: one document a message.
    stage.edit(JOB, |job| set(job, "max_message_bytes", "2000"))?;
    stage.run()?;
    let sent = row(&stage)?;
    let first = messages(&sent);
    assert!(first.len() > 1, "{sent:?}");
    answer(&stage, &first[0], "2")?;
    stage.play(&["receipts", JOB, "--now", "2026-11-23T02:00:00+01:00"])?.ends_with(0)?;
    let rerun = |now: &str, more: &[&str]| {
        let mut args = vec!["rerun", JOB, "--transfer", &sent["transfer_id"], "--reason", "x", "--now", now];
        args.extend(more);
        stage.play(&args)
    };
    let said = rerun("2026-11-23T03:00:00+01:00", &["--lang", "en"])?.ends_with(2)?;
    assert!(said.out.contains("not answered yet and would go twice"), "{}", said.out);
    fresh_directory(&stage, "2026-11-27T02:30:00+01:00")?;
    rerun("2026-11-27T03:00:00+01:00", &[])?.ends_with(0)?;
    assert_eq!((row(&stage)?["revision"].as_str(), row(&stage)?["state"].as_str()), ("2", "sent"));
    Ok(())
}
