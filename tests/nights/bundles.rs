//! Nights with sealed bundles: what is sealed to whom, what a receiver does with it, and what happens when a certificate
//! no longer holds.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::stage::{Outcome, Said, Stage};

const JOB: &str = "jobs/nightly.toml";
const KEYS: &str = "samples/first-night/keys";
const BUNDLES: &str = "out/nightly/bundles";

type Row = BTreeMap<String, String>;

fn row(stage: &Stage, patient: &str, content: &str) -> Outcome<Row> {
    let mut rows = stage.rows("reconciliation.csv")?.into_iter();
    let found = rows.find(|row| row["patient_ref"] == patient && row["content"] == content);
    found.ok_or_else(|| format!("no {content} of {patient}").into())
}

fn night(stage: &Stage, now: &str) -> Outcome<Said> {
    stage.play(&["run", JOB, "--lang", "en", "--now", &format!("{now}:00+01:00")])?.ends_with(0)
}

/// The bundles that lie there for a transfer, by name.
fn lying(stage: &Stage, row: &Row) -> Outcome<Vec<String>> {
    let names = stage.files(BUNDLES)?.into_keys().filter(|name| name.contains(&row["transfer_id"]));
    Ok(names.collect())
}

/// Opens a bundle as the receiver with this HER-id would, into a new folder.
fn open(stage: &Stage, bundle: &str, her_id: &str, into: &str) -> Outcome<Said> {
    let (key, certificate) =
        (format!("{KEYS}/receiver-keys/{her_id}.pem"), format!("{KEYS}/receivers/{her_id}.pem"));
    let (roots, lists) = (format!("{KEYS}/roots"), format!("{KEYS}/revoked"));
    stage.play(&[
        "open",
        bundle,
        "--key",
        &key,
        "--certificate",
        &certificate,
        "--roots",
        &roots,
        "--revocation-lists",
        &lists,
        "--into",
        into,
        "--lang",
        "en",
    ])
}

/// A receipt of the party that a transfer went to.
fn answer(stage: &Stage, row: &Row, status: &str) -> Outcome {
    let (message, sender) = (&row["message_ids"], &row["receiver_her_id"]);
    assert!(!message.is_empty(), "a bundle has a message id");
    let xml = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<AppRec xmlns="http://www.kith.no/xmlstds/apprec/2012-02-15"><MsgType V="APPREC"/>
<MIGversion>v1.1 2012-02-15</MIGversion><GenDate>2026-11-22T09:00:00+01:00</GenDate><Id>svar-{message}</Id>
<Sender><HCP><Inst><Name>T</Name><Id>1</Id><TypeId V="HER"/><Dept><Name>M</Name><Id>{sender}</Id><TypeId V="HER"/></Dept></Inst></HCP></Sender>
<Receiver><HCP><Inst><Name>O</Name><Id>9000001</Id><TypeId V="HER"/></Inst></HCP></Receiver>
<Status V="{status}" DN="svar"/><OriginalMsgId><MsgType V="DIALOG"/><IssueDate>2026-11-22T02:00:00+01:00</IssueDate>
<Id>{message}</Id></OriginalMsgId></AppRec>"#,
    );
    fs::write(stage.path("samples/first-night/inbox").join(format!("{message}.xml")), xml)?;
    Ok(())
}

#[test]
fn a_bundle_opens_for_its_receiver_alone_and_is_accepted_by_its_receipt() -> Outcome {
    let stage = Stage::first_night()?;
    night(&stage, "2026-11-22T02:00")?;
    for (patient, content, her_id, expected) in [
        ("MH-1060", "journal", "9000144", vec!["documents/001.pdf", "letter.pdf", "manifest.json"]),
        ("MH-1061", "tb", "9000145", vec!["letter.pdf", "manifest.json", "tb-resultater.pdf"]),
        (
            "MH-1061",
            "journal",
            "9000145",
            vec!["documents/001.pdf", "documents/002.txt", "letter.pdf", "manifest.json"],
        ),
    ] {
        let line = row(&stage, patient, content)?;
        assert_eq!(
            (line["state"].as_str(), line["channel"].as_str()),
            ("sent", "bundle"),
            "{patient} {content}"
        );
        assert!(line["evidence"].contains(&format!("certificate: {her_id}.pem:")), "{}", line["evidence"]);
        let [bundle] = lying(&stage, &line)?.try_into().map_err(|all| format!("{all:?}"))?;
        let into = format!("opened-{patient}-{content}");
        open(&stage, &bundle, her_id, &into)?.ends_with(0)?;
        let files = stage.files(&into)?;
        let names: Vec<&str> =
            files.keys().filter_map(|name| name.strip_prefix(&format!("{into}/"))).collect();
        assert_eq!(names, expected);
        let manifest: serde_json::Value = serde_json::from_slice(&files[&format!("{into}/manifest.json")])?;
        assert_eq!(manifest["message_id"], line["message_ids"].as_str());
        let another = if her_id == "9000144" { "9000145" } else { "9000144" };
        let refused = open(&stage, &bundle, another, "another")?.ends_with(3)?;
        assert!(!stage.path("another").exists() && refused.err.contains("hint:"), "{}", refused.err);
        answer(&stage, &line, "1")?;
    }
    stage.play(&["receipts", JOB, "--now", "2026-11-22T12:00:00+01:00"])?.ends_with(0)?;
    for (patient, content) in [("MH-1060", "journal"), ("MH-1061", "tb"), ("MH-1061", "journal")] {
        assert_eq!(row(&stage, patient, content)?["state"], "accepted", "{patient} {content}");
    }
    stage.play(&["verify", JOB])?.ends_with(0)?;
    Ok(())
}

#[test]
fn a_bundle_nobody_answers_is_overdue_until_a_person_confirms_it() -> Outcome {
    let stage = Stage::first_night()?;
    night(&stage, "2026-11-22T02:00")?;
    let before = stage.files(BUNDLES)?;
    stage.edit("samples/first-night/directory/ar.json", |text| {
        text.replace("2026-11-22T00:30", "2026-11-26T22:00")
    })?;
    night(&stage, "2026-11-27T02:00")?;
    let line = row(&stage, "MH-1060", "journal")?;
    assert_eq!((line["state"].as_str(), line["reason_code"].as_str()), ("sent", "overdue"));
    assert_eq!(stage.files(BUNDLES)?, before, "and nothing is sealed again");
    let id = line["transfer_id"].clone();
    stage
        .play(&[
            "confirm",
            JOB,
            "--transfer",
            &id,
            "--as",
            "accepted",
            "--by",
            "Kari",
            "--now",
            "2026-11-27T09:00:00+01:00",
        ])?
        .ends_with(0)?;
    night(&stage, "2026-11-28T02:00")?;
    assert_eq!(row(&stage, "MH-1060", "journal")?["state"], "accepted");
    Ok(())
}

#[test]
fn a_certificate_that_does_not_hold_keeps_its_bundle_back_before_anything_is_packed() -> Outcome {
    type Change = fn(&Stage) -> Outcome;
    const RECEIVERS: &str = "bad-certificate";
    const OURS: &str = "cannot-seal";
    let rows: [(&str, Change, &str, &str, &str); 7] = [
        ("as it is", |_| Ok(()), "MH-1062", RECEIVERS, "sertifikatet til HER 9000146 er tilbakekalt"),
        (
            "gone",
            |stage| Ok(fs::remove_file(stage.path(KEYS).join("receivers/9000144.pem"))?),
            "MH-1060",
            RECEIVERS,
            "sertifikatet til HER 9000144 mangler",
        ),
        (
            "not to be read",
            |stage| Ok(fs::write(stage.path(KEYS).join("receivers/9000144.pem"), "x")?),
            "MH-1060",
            RECEIVERS,
            "sertifikatet til HER 9000144 kan ikke leses",
        ),
        (
            "another organisation's",
            |stage| {
                let receivers = stage.path(KEYS).join("receivers");
                Ok(fs::copy(receivers.join("9000145.pem"), receivers.join("9000144.pem")).map(|_| ())?)
            },
            "MH-1060",
            RECEIVERS,
            "sertifikatet til HER 9000144 er utstedt til organisasjon 310023135",
        ),
        (
            "for signing",
            |stage| {
                let keys = stage.path(KEYS);
                fs::copy(keys.join("migrasjonshelse.pem"), keys.join("receivers/9000144.pem"))?;
                stage.edit(JOB, |job| job.replace("[bundle]\n", "[bundle]\nsame_organisation = false\n"))
            },
            "MH-1060",
            RECEIVERS,
            "sertifikatet til HER 9000144 er til en annen bruk",
        ),
        (
            "nobody stands behind ours",
            |stage| {
                let keys = stage.path(KEYS);
                fs::remove_file(keys.join("roots/rot-ca.pem"))?;
                Ok(fs::copy(keys.join("migrasjonshelse.pem"), keys.join("roots/another.pem")).map(|_| ())?)
            },
            "MH-1060",
            OURS,
            "vårt eget sertifikat",
        ),
        (
            "a passphrase that is wrong",
            |stage| Ok(fs::write(stage.path(KEYS).join("migrasjonshelse.passphrase"), "feil\n")?),
            "MH-1060",
            OURS,
            "vårt eget sertifikat kan ikke leses",
        ),
    ];
    for (name, change, patient, reason, expected) in rows {
        let stage = Stage::first_night()?;
        change(&stage)?;
        let checked = stage.play(&["check", JOB])?.ends_with(0)?;
        night(&stage, "2026-11-22T02:00")?;
        let line = row(&stage, patient, "journal")?;
        assert_eq!((line["state"].as_str(), line["reason_code"].as_str()), ("held", reason), "{name}");
        assert!(line["details"].contains(expected), "{name}: {}", line["details"]);
        assert!(lying(&stage, &line)?.is_empty() && line["bytes"].is_empty(), "{name}: nothing was packed");
        assert!(checked.out.contains("no bundle can be sealed") || name == "gone", "{name}: {}", checked.out);
        let letters = stage.rows("packing-list.csv")?.len();
        assert!(letters > 20, "{name}: letters wait for no certificate");
        assert!(!format!("{}{}", checked.out, checked.err).contains("feil\n"), "{name}");
    }
    Ok(())
}

#[test]
fn what_was_sealed_to_an_old_certificate_and_has_not_left_is_sealed_again_to_the_new_one() -> Outcome {
    let stage = Stage::first_night()?;
    // Where the folder should be lies a file: the channel is in trouble, and the bundle waits.
    fs::create_dir_all(stage.path("out/nightly"))?;
    fs::write(stage.path(BUNDLES), "in the way")?;
    night(&stage, "2026-11-22T02:00")?;
    let waits = row(&stage, "MH-1060", "journal")?;
    assert_eq!((waits["state"].as_str(), waits["revision"].as_str()), ("deferred", "1"));
    // The receiver has a new certificate: here another's, whose key is at hand.
    stage.edit(JOB, |job| job.replace("[bundle]\n", "[bundle]\nsame_organisation = false\n"))?;
    let receivers: PathBuf = stage.path(KEYS).join("receivers");
    fs::copy(receivers.join("9000145.pem"), receivers.join("9000144.pem"))?;
    fs::remove_file(stage.path(BUNDLES))?;
    night(&stage, "2026-11-22T04:00")?;
    let line = row(&stage, "MH-1060", "journal")?;
    assert_eq!((line["state"].as_str(), line["revision"].as_str()), ("sent", "2"), "{line:?}");
    let [bundle] = lying(&stage, &line)?.try_into().map_err(|all| format!("{all:?}"))?;
    assert!(bundle.ends_with("-2.p7m"), "{bundle}");
    open(&stage, &bundle, "9000145", "opened")?.ends_with(0)?;
    Ok(())
}
