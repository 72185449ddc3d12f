//! A morning's inbox: what twenty files of every kind say on the second night, and what was answered before the
//! ledger knew that it had been sent.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use crate::plug::cut_off_night;
use crate::stage::{Outcome, Stage};

const JOB: &str = "jobs/nightly.toml";
const INBOX: &str = "samples/first-night/inbox";

/// Who signs.
#[derive(Clone, Copy)]
enum By {
    Addressee,
    /// These HER-ids: the organisation and the service below it, as far as they are named.
    These(&'static [u32]),
}

/// A receipt, before it is written down.
struct Receipt {
    patient: &'static str,
    content: &'static str,
    status: &'static str,
    codes: &'static [&'static str],
    by: By,
    namespace: &'static str,
}

fn receipt(patient: &'static str, content: &'static str, status: &'static str) -> Receipt {
    Receipt { patient, content, status, codes: &[], by: By::Addressee, namespace: "2012-02-15" }
}

/// A message of the first night: its id and its receiver.
fn sent(stage: &Stage, patient: &str, content: &str) -> Outcome<(String, String)> {
    // Its ids are those of the committed report; a night whose plug was pulled has none of its own.
    let mut rows =
        Stage::rows_in(&stage.path("samples/first-night/expected/reconciliation.csv"))?.into_iter();
    let row = rows.find(|row| (row["patient_ref"].as_str(), row["content"].as_str()) == (patient, content));
    let row = row.ok_or_else(|| format!("no {content} for {patient}"))?;
    Ok((row["message_ids"].clone(), row["receiver_her_id"].clone()))
}

fn written(stage: &Stage, receipt: &Receipt) -> Outcome<String> {
    let (message, receiver) = sent(stage, receipt.patient, receipt.content)?;
    let ids = match receipt.by {
        By::Addressee => vec![receiver],
        By::These(ids) => ids.iter().map(u32::to_string).collect(),
    };
    Ok(xml(&message, &ids, receipt))
}

fn xml(message: &str, senders: &[String], receipt: &Receipt) -> String {
    let senders: String = senders
        .iter()
        .map(|id| format!(r#"<Dept><Name>T</Name><Id>{id}</Id><TypeId V="HER"/></Dept>"#))
        .collect();
    let errors: String = receipt
        .codes
        .iter()
        .map(|code| format!(r#"<Error V="{code}" S="2.16.578.1.12.4.1.1.8221" DN="Feil"/>"#))
        .collect();
    let (status, namespace) = (receipt.status, receipt.namespace);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<AppRec xmlns="http://www.kith.no/xmlstds/apprec/{namespace}"><MsgType V="APPREC"/>
<GenDate>2026-11-22T10:00:00</GenDate><Id>{message} {status}</Id>
<Sender><HCP><Inst><Name>M</Name>{senders}</Inst></HCP></Sender>
<Status V="{status}"/>{errors}
<OriginalMsgId><MsgType V="DIALOG_HELSEFAGLIG"/><Id>{message}</Id></OriginalMsgId></AppRec>"#
    )
}

/// The first letter of the packing list, posted.
fn posted(stage: &Stage) -> Outcome<String> {
    let letter = stage.rows("packing-list.csv")?.into_iter().next().ok_or("a letter")?;
    Ok(format!("transfer_id;done_on;done_by;revision\n{};22.11.2026;Kari Prøve;1\n", letter["transfer_id"]))
}

/// The inbox, by file name.
fn twenty(stage: &Stage) -> Outcome<BTreeMap<&'static str, String>> {
    let write = |receipt| written(stage, &receipt);
    let yes = |patient| written(stage, &receipt(patient, "journal", "1"));
    let journal = |patient, status, codes| Receipt { codes, ..receipt(patient, "journal", status) };
    let signed = |patient, ids| Receipt { by: By::These(ids), ..receipt(patient, "journal", "1") };
    let whole = yes("MH-1052")?;
    let half: String = whole.chars().take(whole.len() / 2).collect();
    let unknown = receipt("", "", "1");
    let of = |message: &str| xml(message, &["9000012".to_owned()], &unknown);
    Ok(BTreeMap::from([
        ("01-ja.xml", yes("MH-1001")?),
        ("02-ja-ordrett-igjen.xml", yes("MH-1001")?),
        ("03-ja-igjen.xml", yes("MH-1001")?.replace("10:00:00", "11:00:00")),
        ("04-likevel-nei.xml", write(journal("MH-1001", "2", &["E20"]))?),
        ("05-nei.xml", write(journal("MH-1003", "2", &["E35", "T10"]))?),
        ("06-likevel-ja.xml", yes("MH-1003")?),
        ("07-med-feil.xml", write(journal("MH-1008", "3", &["X99"]))?),
        ("08-kommunen-alene.xml", write(signed("MH-1009", &[9000002]))?),
        ("09-annen-tjeneste.xml", write(signed("MH-1011", &[9000002, 9000115]))?),
        ("10-annen-kommune.xml", write(signed("MH-1010", &[9000003]))?),
        ("11-ingen.xml", write(signed("MH-1013", &[]))?),
        ("12-versjon-1-0.xml", write(Receipt { namespace: "2004-11-21", ..receipt("MH-1016", "tb", "1") })?),
        ("13-samme-person-journal.xml", yes("MH-1016")?),
        ("14-status-7.xml", write(receipt("MH-1028", "journal", "7"))?),
        ("15-avkuttet.xml", half),
        ("16-hel.xml", whole),
        ("17-i-ord.txt", "Vi har mottatt journalen. Hilsen Kari".to_owned()),
        ("18-annet-dokument.xml", yes("MH-1035")?.replace("AppRec", "MsgHead")),
        ("19-ukjent-melding.xml", of("00000000-0000-4000-8000-00000000eeee")),
        ("20-ingen-melding.xml", of("sak 12/2026")),
        ("21-pakkseddel.csv", posted(stage)?),
    ]))
}

#[test]
fn a_morning_of_twenty_files_is_told_file_by_file() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    for (name, text) in twenty(&stage)? {
        fs::write(stage.path(&format!("{INBOX}/{name}")), text)?;
    }
    stage.play(&["run", JOB, "--now", "2026-11-23T02:00:00+01:00"])?.ends_with(0)?;
    let lines = stage.rows("reconciliation.csv")?;
    let mut page = String::new();
    for row in stage.rows("receipts.csv")? {
        let line = lines.iter().find(|line| line["transfer_id"] == row["transfer_id"]);
        let stands = line.map(|line| {
            let (patient, action) = (&line["patient_ref"], &line["needs_action"]);
            format!(" | {patient} {} {}, to do: {action}", line["content"], line["state"])
        });
        let cells = ["kind", "revision", "part", "status", "codes", "effect"].map(|name| row[name].as_str());
        writeln!(page, "{}: {}{}", row["file"], cells.join(";"), stands.unwrap_or_default())?;
    }
    insta::assert_snapshot!(page, @r"
    01-ja.xml: apprec;1;1;accepted;;applied | MH-1001 journal accepted, to do: yes
    03-ja-igjen.xml: apprec;1;1;accepted;;repeated | MH-1001 journal accepted, to do: yes
    04-likevel-nei.xml: apprec;1;1;rejected;E20;contradiction | MH-1001 journal accepted, to do: yes
    05-nei.xml: apprec;1;1;rejected;E35 T10;applied | MH-1003 journal rejected, to do: yes
    06-likevel-ja.xml: apprec;1;1;accepted;;applied | MH-1003 journal rejected, to do: yes
    07-med-feil.xml: apprec;1;1;accepted-with-defects;X99;applied | MH-1008 journal accepted, to do: yes
    08-kommunen-alene.xml: apprec;1;1;accepted;;applied | MH-1009 journal accepted, to do: no
    09-annen-tjeneste.xml: apprec;1;1;accepted;;wrong-sender | MH-1011 journal sent, to do: yes
    10-annen-kommune.xml: apprec;1;1;accepted;;wrong-sender | MH-1010 journal sent, to do: yes
    11-ingen.xml: apprec;1;1;accepted;;wrong-sender | MH-1013 journal sent, to do: yes
    12-versjon-1-0.xml: apprec;1;1;accepted;;applied | MH-1016 tb accepted, to do: no
    13-samme-person-journal.xml: apprec;1;1;accepted;;applied | MH-1016 journal accepted, to do: no
    14-status-7.xml: apprec;1;1;7;;unreadable | MH-1028 journal sent, to do: yes
    15-avkuttet.xml: unreadable;;;;;unreadable
    16-hel.xml: apprec;1;1;accepted;;applied | MH-1052 journal accepted, to do: no
    17-i-ord.txt: unreadable;;;;;unreadable
    18-annet-dokument.xml: unreadable;;;;;unreadable
    19-ukjent-melding.xml: apprec;;;accepted;;unmatched
    20-ingen-melding.xml: apprec;;;accepted;;unmatched
    21-pakkseddel.csv: packing-list;1;;posted;;applied | MH-1057 tb accepted, to do: no
    ");
    Ok(())
}

#[test]
fn an_answer_that_lay_there_when_the_run_died_is_heard_by_whatever_comes_next() -> Outcome {
    for command in ["receipts", "run"] {
        let (stage, _) = cut_off_night()?;
        let (message, _) = sent(&stage, "MH-1001", "journal")?;
        let answer = written(&stage, &receipt("MH-1001", "journal", "1"))?;
        fs::write(stage.path(&format!("{INBOX}/ja.xml")), answer)?;
        let outbox = stage.files("out/nightly/outbox")?;
        for name in outbox.keys() {
            fs::remove_file(stage.path(name))?;
        }
        let play = |command, now| stage.play(&[command, JOB, "--now", now])?.ends_with(0);
        play(command, "2026-11-22T03:00:00+01:00")?;
        let rows = stage.rows("receipts.csv")?;
        let row = rows.iter().find(|row| row["original_message_id"] == message).ok_or("its row")?;
        assert_eq!(row["effect"], "applied", "{command}");
        play("run", "2026-11-22T04:00:00+01:00")?;
        let again = stage.files("out/nightly/outbox")?;
        assert_eq!(again.len() + 1, outbox.len(), "{command}: the doubtful ones go again, and not this one");
        assert!(again.keys().all(|name| !name.contains(&message)), "{command}");
    }
    Ok(())
}
