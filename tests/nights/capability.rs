//! What is known of receivers beside agreements: what they declare, and what they have answered.

use std::collections::BTreeMap;
use std::fs;

use crate::stage::{Outcome, Said, Stage, set};

const JOB: &str = "jobs/nightly.toml";
const PROFILES: &str = "samples/first-night/directory/profiles";

/// A patient whose journal goes to a service that once was agreed with and is no longer.
const UNAGREED: &str = "MH-1047";

type Row = BTreeMap<String, String>;

/// A first night whose directory has a folder of profiles.
fn with_profiles(files: &[(&str, String)]) -> Outcome<Stage> {
    let stage = Stage::first_night()?;
    fs::create_dir(stage.path(PROFILES))?;
    for (name, text) in files {
        fs::write(stage.path(PROFILES).join(name), text)?;
    }
    stage
        .edit(JOB, |job| set(set(job, "profiles", &format!("\"../{PROFILES}\"")), "max_age_hours", "100"))?;
    Ok(stage)
}

/// A profile that receives the health dialogue in the version of this day.
fn profile(her_id: &str, day: &str, version: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<p:CollaborationProtocolProfile p:cppid="cpp-{her_id}"
  xmlns:p="http://www.oasis-open.org/committees/ebxml-cppa/schema/cpp-cpa-2_0.xsd">
<p:PartyInfo p:partyName="Migrasjonshelse"><p:PartyId p:type="HER">{her_id}</p:PartyId>
<p:CollaborationRole><p:Role p:name="DIALOG_HELSEFAGLIGreceiver"/><p:ServiceBinding><p:CanReceive>
<p:ThisPartyActionBinding p:action="DIALOG_HELSEFAGLIG" p:packageId="a"/>
</p:CanReceive></p:ServiceBinding></p:CollaborationRole></p:PartyInfo>
<p:SimplePart p:id="b"><p:NamespaceSupported p:version="{version}">http://www.kith.no/xmlstds/dialog/{day}</p:NamespaceSupported></p:SimplePart>
<p:Packaging p:id="a"><p:CompositeList><p:Composite p:id="c"><p:Constituent p:idref="b"/></p:Composite></p:CompositeList></p:Packaging>
</p:CollaborationProtocolProfile>"#
    )
}

fn newer() -> String {
    profile("9000019", "2013-01-23", "1.1")
}

fn older() -> String {
    profile("9000019", "2006-10-11", "1.0")
}

fn journal_of(stage: &Stage, patient: &str, state: &str) -> Outcome<Row> {
    let mut rows = stage.rows("reconciliation.csv")?.into_iter();
    let found = rows
        .find(|row| row["patient_ref"] == patient && row["content"] == "journal" && row["state"] == state);
    found.ok_or_else(|| format!("no journal of {patient} is {state}").into())
}

#[test]
fn what_a_party_declares_decides_where_nothing_is_agreed() -> Outcome {
    type Case = (&'static str, Vec<(&'static str, String)>, &'static str, &'static str);
    let rows: [Case; 5] = [
        ("no profile", vec![], "true", "undeclared"),
        ("1.1", vec![("a.xml", newer())], "true", "not-agreed"),
        ("1.1 and no agreement is asked for", vec![("a.xml", newer())], "false", ""),
        ("1.0 alone", vec![("a.xml", older())], "false", "no-common-version"),
        ("1.0 and 1.1", vec![("a.xml", older()), ("b.xml", newer())], "true", "not-agreed"),
    ];
    for (name, files, require_agreement, expected) in rows {
        let stage = with_profiles(&files)?;
        stage.edit(JOB, |job| set(job, "require_agreement", require_agreement))?;
        stage.run()?;
        let state = if expected.is_empty() { "sent" } else { "held" };
        let row = journal_of(&stage, UNAGREED, state).map_err(|error| format!("{name}: {error}"))?;
        assert_eq!(row["reason_code"], expected, "{name}");
        if !files.is_empty() {
            assert!(row["evidence"].contains("profile: CPP cpp-9000019"), "{name}: {}", row["evidence"]);
        }
    }
    Ok(())
}

#[test]
fn a_profile_that_cannot_be_used_is_held_and_the_others_are_used() -> Outcome {
    let broken = newer().replace("</p:PartyInfo>", "");
    let stage = with_profiles(&[("a.xml", broken), ("b.xml", newer()), ("lesmeg.txt", "x".to_owned())])?;
    let said = stage.play(&["check", JOB])?;
    assert!(said.out.contains("directory/profiles: 1 profiles"), "{}", said.out);
    stage.run()?;
    assert_eq!(journal_of(&stage, UNAGREED, "held")?["reason_code"], "not-agreed");
    let summary = stage.summary()?;
    let held = summary["files_held"].to_string();
    assert!(held.contains("directory/profiles/a.xml") && !held.contains("b.xml"), "{held}");
    fs::remove_dir_all(stage.path(PROFILES))?;
    stage.run()?;
    assert_eq!(journal_of(&stage, UNAGREED, "held")?["reason_code"], "undeclared", "nothing is declared");
    assert!(stage.summary()?["files_held"].to_string().contains("directory/profiles"), "and it is listed");
    Ok(())
}

/// An application receipt for a row that was sent; a code makes it a refusal.
fn answer(stage: &Stage, row: &Row, gen_date: &str, code: Option<&str>) -> Outcome {
    let status = if code.is_some() { "2" } else { "1" };
    let error = code.map(|code| format!(r#"<Error V="{code}" S="2.16.578.1.12.4.1.1.8221" DN="Feil"/>"#));
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<AppRec xmlns="http://www.kith.no/xmlstds/apprec/2012-02-15"><MsgType V="APPREC"/>
<MIGversion>v1.1 2012-02-15</MIGversion><GenDate>{gen_date}</GenDate><Id>{gen_date}</Id>
<Sender><HCP><Inst><Name>M</Name><Dept><Name>T</Name><Id>{}</Id><TypeId V="HER"/></Dept></Inst></HCP></Sender>
<Receiver><HCP><Inst><Name>O</Name><Id>9000011</Id><TypeId V="HER"/></Inst></HCP></Receiver>
<Status V="{status}"/>{}
<OriginalMsgId><MsgType V="DIALOG_HELSEFAGLIG"/><IssueDate>2026-11-22T02:00:00</IssueDate><Id>{}</Id></OriginalMsgId>
</AppRec>"#,
        row["receiver_her_id"],
        error.unwrap_or_default(),
        row["message_ids"]
    );
    fs::write(stage.path(&format!("samples/first-night/inbox/{}.xml", row["transfer_id"])), text)?;
    Ok(())
}

fn night(stage: &Stage, now: &str) -> Outcome<Said> {
    stage.play(&["run", JOB, "--now", &format!("{now}T02:00:00+01:00")])?.ends_with(0)
}

/// A night after which a party has refused a journal, and another one that waited for a person may go to it.
/// Gives the journal of the same party that was sent, and the one that waited.
fn refused_once(stage: &Stage) -> Outcome<(Row, Row)> {
    night(stage, "2026-11-22")?;
    let refused = journal_of(stage, "MH-1001", "sent")?;
    let taken = journal_of(stage, "MH-1003", "sent")?;
    assert_eq!(refused["receiver_her_id"], taken["receiver_her_id"]);
    let waiting = journal_of(stage, "MH-1032", "held")?;
    answer(stage, &refused, "2026-11-22T10:00:00", Some("T10"))?;
    let release = [
        &["release", JOB, "--transfer", &waiting["transfer_id"], "--waive", "confidential"][..],
        &["--by", "Kari", "--reason", "avklart"],
    ];
    stage.play(&release.concat())?.ends_with(0)?;
    Ok((taken, waiting))
}

#[test]
fn a_party_that_refused_the_kind_of_message_gets_no_other_until_it_takes_one() -> Outcome {
    let stage = with_profiles(&[])?;
    let (taken, _) = refused_once(&stage)?;
    night(&stage, "2026-11-23")?;
    let held = journal_of(&stage, "MH-1032", "held")?;
    assert_eq!(held["reason_code"], "rejected-before", "{held:?}");
    assert!(held["details"].contains("T10"), "{}", held["details"]);

    answer(&stage, &taken, "2026-11-23T10:00:00", None)?;
    night(&stage, "2026-11-24")?;
    let sent = journal_of(&stage, "MH-1032", "sent")?;
    assert!(sent["evidence"].contains("observed: DIALOG_HELSEFAGLIG"), "{}", sent["evidence"]);
    Ok(())
}

#[test]
fn a_rerun_knows_as_a_night_does_what_a_party_has_refused() -> Outcome {
    let stage = with_profiles(&[])?;
    let (_, waiting) = refused_once(&stage)?;
    let args = ["rerun", JOB, "--transfer", &waiting["transfer_id"], "--reason", "haster"];
    stage.play(&[&args[..], &["--now", "2026-11-22T12:00:00+01:00"]].concat())?.ends_with(0)?;
    let held = journal_of(&stage, "MH-1032", "held")?;
    assert_eq!(held["reason_code"], "rejected-before", "{held:?}");
    Ok(())
}
