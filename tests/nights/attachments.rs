//! Nights with documents inside laboratory reports: they travel with nothing but TB, and hold nothing back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::BufReader;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use journalflytt::id::Digest;
use journalflytt::message::opened;

use crate::made;
use crate::stage::{Outcome, Stage, words};

const JOB: &str = "jobs/nightly.toml";
const LAB: &str = "samples/first-night/lab";
const CSV: &str =
    "{ format = \"csv\", path = \"../samples/first-night/tb-results.csv\", expected_minimum = 40 },";
const WITH_LAB: &str = "{ format = \"csv\", path = \"../samples/first-night/tb-results.csv\" }, \
                        { format = \"lab-report-xml\", path = \"../samples/first-night/lab\" },";

/// Leaves for Bergen, by letter.
const BY_LETTER: (&str, &str) = ("MH-1001", "14838849904");
/// Leaves for Stavanger, which has agreed to messages.
const BY_MESSAGE: (&str, &str) = ("MH-1002", "02917929133");

const IGRA: (&str, &str) = ("NPU29230", "B-TB-IGRA konklusjon");
const HIV: (&str, &str) = ("NPU14001", "P-HIV 1+2 antistoff");

type Row = BTreeMap<String, String>;

fn pdf(what: &str) -> Vec<u8> {
    made::pdf(what, b"")
}

/// A report of a person with these items, negative every one, and a document.
struct Report<'a> {
    id: &'a str,
    kind: &'a str,
    person: &'a str,
    items: &'a [(&'a str, &'a str)],
    title: &'a str,
    document: &'a [u8],
}

impl Default for Report<'_> {
    fn default() -> Self {
        Report { id: "r", kind: "N", person: BY_LETTER.1, items: &[IGRA], title: "Svar", document: b"" }
    }
}

impl Report<'_> {
    fn xml(&self) -> String {
        let Report { id, kind, person, title, .. } = self;
        let item = |(no, (code, name)): (usize, &(&str, &str))| {
            format!(
                "<ResultItem><TextResult><TextResultValue>Negativ</TextResultValue></TextResult><ServType V=\"{kind}\"/>\
                 <Investigation><Id V=\"{code}\" S=\"2.16.578.1.12.4.1.1.7280\" DN=\"{name}\"/></Investigation>\
                 <IdResultItem>{no}</IdResultItem></ResultItem>"
            )
        };
        let items: String = self.items.iter().enumerate().map(item).collect();
        let second = if *kind == "N" { 0 } else { 1 };
        format!(
            "<Message xmlns=\"http://www.kith.no/xmlstds/labsvar/2012-02-15\"><Type V=\"SVAR_LAB\"/>\
             <MIGversion>v1.4 2012-02-15</MIGversion><GenDate V=\"2026-10-01T08:00:0{second}\"/><MsgId>{id}-{kind}</MsgId>\
             <ServReport><ServType V=\"{kind}\"/><Status V=\"F\"/><ServProvId>{id}</ServProvId><RefDoc>\
             <IssueDate V=\"2026-10-01\"/><MsgType V=\"A\"/><MimeType>application/pdf</MimeType>\
             <Description>{title}</Description><Content>\
             <Base64Container xmlns=\"http://www.kith.no/xmlstds/base64container\">{}</Base64Container></Content></RefDoc>\
             <Patient><OffId>{person}</OffId>{items}</Patient><ServProvider><HCP><Inst><Name>TESTLAB</Name>\
             <Id>9000303</Id><TypeId V=\"HER\"/></Inst></HCP></ServProvider></ServReport></Message>",
            STANDARD.encode(self.document)
        )
    }
}

/// The first night with a folder of reports beside the results file.
fn staged(reports: &[Report<'_>]) -> Outcome<Stage> {
    let stage = Stage::first_night()?;
    fs::create_dir(stage.path(LAB))?;
    for (no, report) in reports.iter().enumerate() {
        fs::write(stage.path(LAB).join(format!("{no}.xml")), report.xml())?;
    }
    stage.edit(JOB, |job| job.replace(CSV, WITH_LAB))?;
    stage.run()?;
    assert_eq!(stage.summary()?["sums_agree"], true);
    Ok(stage)
}

/// The row of a person's results.
fn row(stage: &Stage, patient: &str) -> Outcome<Row> {
    let mut rows = stage.rows("reconciliation.csv")?.into_iter();
    let found =
        rows.find(|row| row["patient_ref"] == patient && row["content"] == "tb" && row["kind"] == "first");
    found.ok_or_else(|| "no such transfer".into())
}

/// What `documents.csv` says of a person's results: number, title, disposition.
fn documents(stage: &Stage, patient: &str) -> Outcome<BTreeSet<String>> {
    let transfer = row(stage, patient)?["transfer_id"].clone();
    let rows = stage.rows("documents.csv")?.into_iter().filter(|row| row["transfer_id"] == transfer);
    Ok(rows
        .map(|row| ["document_no", "title", "disposition"].map(|name| row[name].as_str()).join("|"))
        .collect())
}

/// The one file that a person's new municipality gets on paper.
fn letter(stage: &Stage, patient: &str) -> Outcome<Vec<u8>> {
    let transfer = row(stage, patient)?["transfer_id"].clone();
    let letters = stage.files("out/nightly/print")?;
    let found = letters.into_iter().find(|(name, _)| name.contains(&transfer) && name.ends_with(".pdf"));
    Ok(found.ok_or("no letter")?.1)
}

/// How many pages the packing list says that a person's letter has.
fn pages(stage: &Stage, patient: &str) -> Outcome<String> {
    let transfer = row(stage, patient)?["transfer_id"].clone();
    let list = stage.rows("packing-list.csv")?.into_iter().find(|row| row["transfer_id"] == transfer);
    Ok(list.ok_or("not in the packing list")?["pages"].clone())
}

/// The digests of the attachments of a person's messages, in order.
fn attached(stage: &Stage, patient: &str) -> Outcome<Vec<Digest>> {
    let mut out = Vec::new();
    for message in row(stage, patient)?["message_ids"].split_whitespace() {
        let file = File::open(stage.path(&format!("out/nightly/outbox/{message}.xml")))?;
        out.extend(opened::open(BufReader::new(file))?.attachments.into_iter().map(|one| one.sha256));
    }
    Ok(out)
}

/// Whether bytes, as they are or in base64, are in any file that the night left.
fn is_anywhere(stage: &Stage, bytes: &[u8]) -> Outcome<bool> {
    let base64 = STANDARD.encode(bytes);
    let holds = |file: &[u8], wanted: &[u8]| file.windows(wanted.len()).any(|window| window == wanted);
    Ok(stage.files("out")?.values().any(|file| holds(file, bytes) || holds(file, base64.as_bytes())))
}

#[test]
fn a_document_of_nothing_but_tb_travels_by_letter_and_by_message() -> Outcome {
    let (one, other) = (pdf("IGRA til brev"), pdf("IGRA til melding"));
    let stage = staged(&[
        Report { id: "a", title: "Svar IGRA", document: &one, ..Report::default() },
        Report { id: "b", title: "Svar IGRA", document: &one, ..Report::default() },
        Report {
            id: "c",
            person: BY_MESSAGE.1,
            title: "Mikrobiologi",
            document: &other,
            ..Report::default()
        },
    ])?;
    assert_eq!(pages(&stage, BY_LETTER.0)?, "3", "the letter, the results, and the same PDF once");
    if let Some(said) = words(&letter(&stage, BY_LETTER.0)?)? {
        assert_eq!(said.matches("IGRA til brev").count(), 1, "{said}");
        assert!(said.contains("Svar IGRA, 01.10.2026, 1 side"), "{said}");
    }
    assert_eq!(documents(&stage, BY_LETTER.0)?, ["1|Svar IGRA|waiting".to_owned()].into());

    // The results go first.
    assert_eq!(attached(&stage, BY_MESSAGE.0)?[1..], [Digest::of(&other)]);
    assert_eq!(documents(&stage, BY_MESSAGE.0)?, ["1|Mikrobiologi|carried".to_owned()].into());
    assert_eq!(row(&stage, BY_MESSAGE.0)?["documents"], "1");
    let verified = stage.play(&["verify", JOB])?.ends_with(0)?;
    assert!(verified.err.is_empty(), "{}", verified.err);
    Ok(())
}

#[test]
fn what_may_hold_something_else_stays_and_holds_nothing_back() -> Outcome {
    let (mixed, cancelled) = (pdf("HIV og IGRA"), pdf("kalt tilbake"));
    let damaged = b"%PDF-1.7\n% avkortet".to_vec();
    let stage = staged(&[
        Report { id: "a", items: &[IGRA, HIV], title: "HIV positiv", document: &mixed, ..Report::default() },
        // The same document with a report of nothing but TB is the same document.
        Report { id: "b", title: "Svar IGRA", document: &mixed, ..Report::default() },
        Report { id: "c", title: "Feil pasient", document: &cancelled, ..Report::default() },
        Report { id: "c", kind: "C", title: "Feil pasient", document: &cancelled, ..Report::default() },
        Report { id: "d", title: "Halvt svar", document: &damaged, ..Report::default() },
        Report { id: "e", items: &[HIV], title: "HIV", document: &pdf("bare HIV"), ..Report::default() },
    ])?;
    for secret in [&mixed, &cancelled, &damaged, &pdf("bare HIV")] {
        assert!(!is_anywhere(&stage, secret)?, "{}", String::from_utf8_lossy(secret));
    }
    let expected =
        ["|Vedlegg til svar fra TESTLAB|not-only-tb", "|Feil pasient|cancelled", "|Halvt svar|damaged"];
    assert_eq!(documents(&stage, BY_LETTER.0)?, expected.map(str::to_owned).into());
    assert_eq!(pages(&stage, BY_LETTER.0)?, "2", "the results went without");
    if let Some(text) = words(&letter(&stage, BY_LETTER.0)?)? {
        assert!(
            !text.contains("HIV") && !text.contains("Vedlegg til svar") && !text.contains("dokument"),
            "{text}"
        );
    }
    let checked = stage.play(&["check", JOB])?;
    let told = format!("{}{}", checked.out, checked.err);
    let told: Vec<&str> =
        told.lines().filter(|line| line.contains("is not carried with its results")).collect();
    for (file, why) in [("0.xml#1", "not-only-tb"), ("2.xml#1", "cancelled"), ("4.xml#1", "damaged")] {
        assert!(told.iter().any(|line| line.contains(file) && line.ends_with(why)), "{file}: {told:?}");
    }
    assert!(!told.iter().any(|line| line.contains("5.xml")), "a report without TB is nobody's business");
    let transfer = row(&stage, BY_LETTER.0)?["transfer_id"].clone();
    let story = stage.play(&["explain", JOB, "--transfer", &transfer])?.ends_with(0)?.out;
    assert!(story.contains("Blir ikke sendt: Halvt svar (damaged)") && !story.contains("HIV"), "{story}");
    Ok(())
}

#[test]
fn a_picture_that_no_message_carries_goes_as_a_pdf() -> Outcome {
    let tiff = made::tiff();
    let stage = staged(&[
        Report { id: "a", person: BY_MESSAGE.1, document: &tiff, ..Report::default() },
        Report { id: "b", document: &tiff, ..Report::default() },
    ])?;
    let line = row(&stage, BY_MESSAGE.0)?;
    assert_eq!((line["state"].as_str(), line["channel"].as_str()), ("sent", "outbox"));
    let attached = attached(&stage, BY_MESSAGE.0)?;
    assert!(attached.len() == 2 && !attached.contains(&Digest::of(&tiff)), "{attached:?}");
    let sent_as: Vec<String> = stage
        .rows("documents.csv")?
        .into_iter()
        .filter(|row| row["transfer_id"] == line["transfer_id"])
        .map(|row| row["sent_as"].clone())
        .collect();
    assert_eq!(sent_as, ["application/pdf"]);
    assert_eq!(pages(&stage, BY_LETTER.0)?, "3", "and on paper it is a page");
    stage.play(&["verify", JOB])?.ends_with(0)?;
    Ok(())
}

#[test]
fn what_is_left_or_renamed_makes_no_letter_anew() -> Outcome {
    let stage = staged(&[Report { title: "Svar IGRA", document: &pdf("IGRA"), ..Report::default() }])?;
    let before = letter(&stage, BY_LETTER.0)?;
    fs::rename(stage.path(LAB).join("0.xml"), stage.path(LAB).join("z.xml"))?;
    let other = Report { id: "m", items: &[HIV], document: &pdf("HIV"), ..Report::default() };
    fs::write(stage.path(LAB).join("m.xml"), other.xml())?;
    stage.run()?;
    assert_eq!(row(&stage, BY_LETTER.0)?["revision"], "1");
    assert_eq!(letter(&stage, BY_LETTER.0)?, before);
    Ok(())
}
