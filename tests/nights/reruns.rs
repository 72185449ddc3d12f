//! One migrant again, as staff do it: by transfer or by number, from each place a transfer can stand in, and nobody else.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use journalflytt::ledger::{KeyIfNew, Ledger, LockWait, Opening};
use journalflytt::person::Environment;

use crate::stage::{Outcome, Said, Stage, fresh_directory, set};

const JOB: &str = "jobs/nightly.toml";

type Row = BTreeMap<String, String>;

fn row(stage: &Stage, patient: &str, content: &str) -> Outcome<Row> {
    let mut rows = stage.rows("reconciliation.csv")?.into_iter();
    let found = rows.find(|row| row["patient_ref"] == patient && row["content"] == content);
    found.ok_or_else(|| format!("no {content} of {patient}").into())
}

/// A rerun at this hour of the morning after.
fn rerun(stage: &Stage, hour: u32, whom: &[&str], more: &[&str]) -> Outcome<Said> {
    let now = format!("2026-11-22T{hour:02}:00:00+01:00");
    let mut args = vec!["rerun", JOB, "--reason", "ringt mottaker", "--lang", "en", "--now", &now];
    args.extend(whom);
    args.extend(more);
    stage.play(&args)
}

fn of(row: &Row) -> [&str; 2] {
    ["--transfer", row["transfer_id"].as_str()]
}

/// A rerun of everything of the person whose number stands on standard input.
fn of_person(stage: &Stage, number: &str) -> Outcome<Said> {
    stage.ask(&["rerun", JOB, "--person", "-", "--reason", "ringt", "--lang", "en"], number)
}

/// A number in use of a patient of the register.
fn number_of(stage: &Stage, patient: &str) -> Outcome<String> {
    let text = fs::read_to_string(stage.path("samples/first-night/patients.csv"))?;
    let line = text.lines().find(|line| line.starts_with(patient) && line.contains(";current;"));
    let number = line.and_then(|line| line.split(';').nth(1)).ok_or("no number")?;
    Ok(number.to_owned())
}

#[test]
fn what_was_mended_goes_at_once_and_nobody_else_does() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let held = row(&stage, "MH-1049", "tb")?;
    assert_eq!((held["state"].as_str(), held["reason_code"].as_str()), ("held", "no-postal-address"));
    let others = |stage: &Stage| -> Outcome<Vec<Row>> {
        let rows =
            stage.rows("reconciliation.csv")?.into_iter().filter(|row| row["patient_ref"] != "MH-1049");
        let kept = ["transfer_id", "state", "revision", "since", "attempts", "message_ids", "needs_action"];
        Ok(rows
            .map(|row| row.into_iter().filter(|(name, _)| kept.contains(&name.as_str())).collect())
            .collect())
    };
    let before = others(&stage)?;
    let said = rerun(&stage, 8, &of(&held), &[])?.ends_with(0)?;
    assert!(
        said.out.contains("held") && said.out.contains("no-postal-address"),
        "why it still waits: {}",
        said.out
    );

    stage.edit("samples/first-night/addresses.csv", |text| {
        text + "3222;;Kommuneoverlegen i Lørenskog;Postboks 304;1471;Lørenskog\r\n"
    })?;
    let said = rerun(&stage, 9, &of(&held), &[])?.ends_with(0)?;
    assert!(said.out.contains("held → placed"), "{}", said.out);
    assert_eq!(row(&stage, "MH-1049", "tb")?["state"], "placed");
    // What is settled is in no later report.
    let after = others(&stage)?;
    assert!(after.len() > 60 && after.iter().all(|row| before.contains(row)), "nobody else was touched");
    let again = rerun(&stage, 10, &of(&held), &[])?.ends_with(2)?;
    assert!(again.out.contains("lies in the tray"), "{}", again.out);
    Ok(())
}

#[test]
fn a_person_is_found_by_a_number_that_no_output_shows() -> Outcome {
    let stage = Stage::first_night()?;
    let number = number_of(&stage, "MH-1001")?;
    let said = of_person(&stage, &number)?.ends_with(0)?;
    let rows = stage.rows("reconciliation.csv")?;
    assert!(rows.iter().all(|row| row["patient_ref"] == "MH-1001"), "one migrant, on a new ledger: {rows:?}");
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!((rows[0]["state"].as_str(), rows[1]["state"].as_str()), ("placed", "sent"));
    assert!(!said.out.contains(&number) && !said.err.contains(&number), "{}{}", said.out, said.err);
    for (name, bytes) in stage.files("out/nightly/reports")? {
        assert!(!String::from_utf8_lossy(&bytes).contains(&number), "{name}");
    }
    let said = of_person(&stage, &number)?.ends_with(2)?;
    assert!(said.out.contains("lies in the tray") && said.out.contains("an answer can come"), "{}", said.out);
    stage.run()?;
    assert!(stage.rows("reconciliation.csv")?.len() > 90, "the night takes everybody in");
    Ok(())
}

#[test]
fn a_number_on_the_command_line_is_refused_and_not_repeated() -> Outcome {
    let stage = Stage::first_night()?;
    let number = number_of(&stage, "MH-1001")?;
    for args in [["--person", number.as_str()], ["--person=-", number.as_str()]] {
        let said = rerun(&stage, 8, &args, &[])?.ends_with(2)?;
        assert!(!said.err.contains(&number) && !said.out.contains(&number), "{}", said.err);
    }
    let said = of_person(&stage, "12345678901")?.ends_with(2)?;
    assert!(said.err.contains("error: ") && !said.err.contains("12345678901"), "{}", said.err);
    let nobody = of_person(&stage, "68841579449")?;
    assert!(nobody.out.contains("Neither the register nor the ledger"), "{}{}", nobody.out, nobody.err);
    Ok(())
}

#[test]
fn a_number_in_the_wrong_place_is_not_repeated() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let number = number_of(&stage, "MH-1001")?;
    let transfer = row(&stage, "MH-1001", "tb")?["transfer_id"].clone();
    let (number, transfer, job) = (number.as_str(), transfer.as_str(), format!("jobs/{number}.toml"));
    let (by, why) = (["--by", "Kari"], ["--reason", "x"]);
    for args in [
        vec!["rerun", JOB, "--transfer", transfer, "--channel", number],
        vec!["settle", JOB, "--action", number],
        vec!["release", JOB, "--transfer", transfer, "--waive", number],
    ] {
        let said = stage.play(&[&args[..], &by, &why].concat())?.ends_with(2)?;
        assert!(!said.err.contains(number), "{}", said.err);
    }
    for args in [vec!["verify", &job], vec!["report", JOB, "--run", number]] {
        let said = stage.play(&args)?.ends_with(2)?;
        assert!(!said.err.contains(number), "{}", said.err);
    }
    Ok(())
}

#[test]
fn a_journal_that_no_route_takes_goes_on_paper_when_a_person_says_so() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let held = row(&stage, "MH-1004", "journal")?;
    assert_eq!((held["state"].as_str(), held["reason_code"].as_str()), ("held", "no-party"));
    rerun(&stage, 8, &of(&held), &["--channel", "print", "--by", "Kari Prøve"])?.ends_with(0)?;
    let placed = row(&stage, "MH-1004", "journal")?;
    assert_eq!((placed["state"].as_str(), placed["channel"].as_str()), ("placed", "print"));
    stage.play(&["run", JOB, "--now", "2026-11-23T02:00:00+01:00"])?.ends_with(0)?;
    assert_eq!(row(&stage, "MH-1004", "journal")?["state"], "placed", "the night leaves what a person chose");
    let unknown = rerun(&stage, 9, &of(&held), &["--channel", "fax"])?.ends_with(2)?;
    assert!(unknown.err.contains("it has outbox, bundle, print, in-epj"), "{}", unknown.err);
    Ok(())
}

#[test]
fn what_was_accepted_goes_again_only_when_asked_for_in_so_many_words() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let letter = row(&stage, "MH-1001", "tb")?;
    stage
        .play(&["confirm", JOB, "--transfer", &letter["transfer_id"], "--as", "posted", "--by", "Kari"])?
        .ends_with(0)?;
    let said = rerun(&stage, 8, &of(&letter), &[])?.ends_with(2)?;
    assert!(said.out.contains("sent again only with --again"), "{}", said.out);
    rerun(&stage, 9, &of(&letter), &["--again"])?.ends_with(0)?;
    let again = row(&stage, "MH-1001", "tb")?;
    assert_eq!((again["state"].as_str(), again["revision"].as_str()), ("placed", "2"));
    let number = number_of(&stage, "MH-1001")?;
    assert!(!number.is_empty());
    let said = rerun(&stage, 10, &["--person", "-"], &["--again"])?.ends_with(2)?;
    assert!(said.err.contains("one transfer at a time"), "{}", said.err);
    Ok(())
}

#[test]
fn an_overdue_message_is_given_up_and_sent_anew_and_its_late_yes_holds_the_next() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let sent = row(&stage, "MH-1001", "journal")?;
    let early = rerun(&stage, 8, &of(&sent), &[])?.ends_with(2)?;
    assert!(early.out.contains("an answer can come until 2026-11-26 02:00"), "{}", early.out);
    let args = ["--transfer", &sent["transfer_id"], "--reason", "ikke mottatt"];
    let late = "2026-11-27T08:00:00+01:00";
    fresh_directory(&stage, "2026-11-27T07:00:00+01:00")?;
    stage.play(&[&["rerun", JOB, "--now", late], &args[..]].concat())?.ends_with(0)?;
    let again = row(&stage, "MH-1001", "journal")?;
    assert_eq!((again["state"].as_str(), again["revision"].as_str()), ("sent", "2"));
    assert_ne!(again["message_ids"], sent["message_ids"]);
    let unknown = ["rerun", JOB, "--transfer", "0000-0000-0000-0000", "--reason", "x"];
    let said = stage.play(&unknown)?.ends_with(2)?;
    assert!(said.err.contains("the ledger has no transfer"), "{}", said.err);
    Ok(())
}

#[test]
fn what_was_put_off_goes_at_once_where_a_person_asks() -> Outcome {
    let stage = Stage::first_night()?;
    // Something of somebody else lies where the message should stand.
    stage.edit(JOB, |job| set(job, "retry_minutes", "600"))?;
    let outbox = stage.path("out/nightly/outbox");
    fs::create_dir_all(&outbox)?;
    let reference = Stage::first_night()?;
    reference.run()?;
    let message = row(&reference, "MH-1001", "journal")?["message_ids"].clone();
    fs::write(outbox.join(format!("{message}.xml")), "another's")?;
    stage.run()?;
    let put_off = row(&stage, "MH-1001", "journal")?;
    assert_eq!(put_off["state"], "deferred", "{put_off:?}");
    fs::remove_file(outbox.join(format!("{message}.xml")))?;
    rerun(&stage, 2, &of(&put_off), &[])?.ends_with(0)?;
    let sent = row(&stage, "MH-1001", "journal")?;
    assert_eq!((sent["state"].as_str(), &sent["message_ids"]), ("sent", &message));
    Ok(())
}

#[test]
fn it_waits_for_a_night_that_is_at_work() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let held = row(&stage, "MH-1049", "tb")?;
    let now = chrono::DateTime::parse_from_rfc3339("2026-11-22T02:00:00+01:00")?;
    let opening =
        Opening { command: "run", wait: LockWait::No, key_if_new: KeyIfNew::of(Environment::Test), now };
    let ledger = Ledger::open(&stage.path("out/nightly/journalflytt.sqlite"), &opening)?;
    let night = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        drop(ledger);
    });
    rerun(&stage, 8, &of(&held), &[])?.ends_with(0)?;
    night.join().map_err(|_| "the night broke off")?;
    Ok(())
}

/// A receipt of a row's addressee that refuses its message with this code.
fn refuse(stage: &Stage, row: &Row, code: &str) -> Outcome {
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<AppRec xmlns="http://www.kith.no/xmlstds/apprec/2012-02-15"><MsgType V="APPREC"/>
<MIGversion>v1.1 2012-02-15</MIGversion><GenDate>2026-11-22T05:00:00</GenDate><Id>svar</Id>
<Sender><HCP><Inst><Name>M</Name><Dept><Name>T</Name><Id>{}</Id><TypeId V="HER"/></Dept></Inst></HCP></Sender>
<Receiver><HCP><Inst><Name>O</Name><Id>9000011</Id><TypeId V="HER"/></Inst></HCP></Receiver>
<Status V="2"/><Error V="{code}" S="2.16.578.1.12.4.1.1.8221" DN="Feil"/>
<OriginalMsgId><MsgType V="DIALOG_HELSEFAGLIG"/><IssueDate>2026-11-22T02:00:00</IssueDate><Id>{}</Id></OriginalMsgId>
</AppRec>"#,
        row["receiver_her_id"], row["message_ids"]
    );
    fs::write(stage.path("samples/first-night/inbox/avvist.xml"), text)?;
    Ok(())
}

#[test]
fn a_kind_of_message_that_was_refused_is_not_tried_again_by_a_rerun_either() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let sent = row(&stage, "MH-1001", "journal")?;
    refuse(&stage, &sent, "T10")?;
    let said = rerun(&stage, 8, &of(&sent), &[])?.ends_with(0)?;
    assert!(said.out.contains("rejected → held") && said.out.contains("rejected-before"), "{}", said.out);
    Ok(())
}

#[test]
fn a_held_register_is_not_told_as_a_number_that_nobody_knows() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let number = number_of(&stage, "MH-1001")?;
    stage.edit("samples/first-night/patients.csv", |text| {
        text.lines().take(5).collect::<Vec<_>>().join("\n")
    })?;
    let said = of_person(&stage, &number)?.ends_with(3)?;
    assert!(!said.out.contains("Neither the register"), "{}", said.out);
    Ok(())
}

#[test]
fn a_route_for_everything_of_a_person_contradicts_nothing() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let nothing: Vec<Row> = stage
        .rows("reconciliation.csv")?
        .into_iter()
        .filter(|row| row["state"] == "nothing-to-send" && row["reason_code"] == "objection")
        .collect();
    assert!(!nothing.is_empty());
    for row in nothing {
        rerun(&stage, 8, &of(&row), &["--channel", "print"])?;
        let actions = stage.rows("actions.csv")?;
        assert!(actions.iter().all(|action| action["code"] != "contradiction"), "{actions:?}");
        let after = stage.rows("reconciliation.csv")?;
        let after = after.iter().find(|after| after["transfer_id"] == row["transfer_id"]);
        assert_eq!(after.map(|after| after["state"].as_str()), Some("nothing-to-send"));
    }
    Ok(())
}

#[test]
fn a_number_that_only_tonights_extract_links_finds_the_person() -> Outcome {
    let stage = Stage::first_night()?;
    let extract = stage.path("samples/first-night/relocations.csv");
    let linking = fs::read_to_string(&extract)?;
    let mut lines = linking.trim_start_matches('\u{feff}').lines();
    let header: Vec<&str> = lines.next().ok_or("a header")?.split(';').collect();
    let column = |name: &str| header.iter().position(|column| *column == name);
    let (number, former) = (column("person_id").ok_or("id")?, column("former_id").ok_or("former")?);
    let linked = lines.map(|line| line.split(';').collect::<Vec<_>>()).find(|row| !row[former].is_empty());
    let number = linked.ok_or("a row that links")?[number].to_owned();
    let register = fs::read_to_string(stage.path("samples/first-night/patients.csv"))?;
    assert!(!register.contains(&number), "the register does not know it");
    let said = of_person(&stage, &number)?;
    assert!(!said.out.contains("Neither the register"), "{}", said.out);
    Ok(())
}

#[test]
fn a_letter_that_is_gone_from_the_tray_is_said_so_the_first_time_too() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let letter = row(&stage, "MH-1001", "tb")?;
    let names: Vec<String> = stage.files("out/nightly/print")?.into_keys().collect();
    let name = names.iter().find(|name| name.contains(&letter["transfer_id"])).ok_or("no letter")?;
    fs::remove_file(stage.path(name))?;
    for hour in [8, 9] {
        let said = rerun(&stage, hour, &of(&letter), &["--channel", "outbox"])?.ends_with(2)?;
        assert!(said.out.contains("may have been posted"), "{}", said.out);
    }
    Ok(())
}
