//! Hands on the ledger after a night: what was edited, moved, gone or cut off, and what `verify` says of it.

use std::fs;

use crate::stage::{Outcome, Stage};

const JOB: &str = "jobs/nightly.toml";
const LEDGER: &str = "out/nightly/journalflytt.sqlite";

fn wound(stage: &Stage, sql: &str) -> Outcome {
    rusqlite::Connection::open(stage.path(LEDGER))?.execute_batch(sql)?;
    Ok(())
}

fn number(stage: &Stage, query: &str) -> Outcome<i64> {
    Ok(rusqlite::Connection::open(stage.path(LEDGER))?.query_row(query, [], |row| row.get(0))?)
}

fn verified(stage: &Stage, code: i32) -> Outcome<serde_json::Value> {
    Ok(serde_json::from_str(&stage.play(&["verify", JOB, "--json"])?.ends_with(code)?.out)?)
}

#[test]
fn a_whole_ledger_says_its_head_and_is_the_one_of_its_reports() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    stage.play(&["run", JOB, "--now", "2026-11-23T02:00:00+01:00"])?.ends_with(0)?;
    let found = verified(&stage, 0)?;
    assert_eq!(found["broken"], serde_json::Value::Null);
    assert_eq!((&found["reports_held"], &found["reports_astray"]), (&2.into(), &serde_json::json!([])));
    let entries = number(&stage, "SELECT COUNT(*) FROM entries")?;
    assert_eq!(found["ledger"]["entries"], entries);
    let of_report = &stage.summary()?["ledger"];
    assert_eq!(of_report["entries"], entries - 1, "that the run ended comes behind its account");
    assert_eq!(of_report["disclosures_head"], found["ledger"]["disclosures_head"]);
    let said = stage.play(&["verify", JOB, "--lang", "nb"])?.ends_with(0)?;
    let head = found["ledger"]["head"].as_str().ok_or("a head")?;
    assert!(said.out.contains(&format!("  {entries} oppføringer: {head}\n")), "{}", said.out);
    assert!(said.out.contains("Den er hovedboken til 2 av 2 rapporter."), "{}", said.out);
    fs::remove_dir_all(stage.path("out/nightly/reports"))?;
    assert_eq!(verified(&stage, 0)?["reports_held"], 0, "reports that are gone are no fault");
    Ok(())
}

#[test]
fn a_row_that_was_touched_is_named_and_nothing_is_written_any_more() -> Outcome {
    let untouched = Stage::first_night()?;
    untouched.run()?;
    let last = number(&untouched, "SELECT MAX(seq) FROM entries")?;
    let swap = "UPDATE entries SET seq = -1 WHERE seq = 30; UPDATE entries SET seq = 30 WHERE seq = 40;
        UPDATE entries SET seq = 40 WHERE seq = -1;";
    let cut = format!(
        "DELETE FROM entries WHERE seq > {last} - 3; UPDATE meta SET value = '{}' WHERE name = 'entries'",
        last - 3
    );
    let counted = format!(
        "DELETE FROM entries WHERE seq = 25; UPDATE meta SET value = '{}' WHERE name = 'entries'",
        last - 1
    );
    let rows = [
        ("UPDATE entries SET body = body || ' ' WHERE seq = 12", "entries", 12, "edited"),
        ("UPDATE entries SET at = '2026-11-21T01:00:00Z' WHERE seq = 20", "entries", 20, "edited"),
        (swap, "entries", 30, "moved"),
        ("DELETE FROM entries WHERE seq = 25", "entries", 25, "missing"),
        (&counted, "entries", 25, "missing"),
        (&cut, "entries", last - 2, "missing"),
        ("UPDATE disclosures SET body = body || ' ' WHERE seq = 2", "disclosures", 2, "edited"),
        ("UPDATE runs SET reconciliation = reconciliation || ' '", "runs", 1, "edited"),
        // With another key every person would be another, and nobody protected.
        ("UPDATE meta SET value = replace(value, '6', '7') WHERE name = 'ledger_key'", "meta", 0, "edited"),
    ];
    for (sql, table, row, damage) in rows {
        let stage = Stage::first_night()?;
        stage.run()?;
        wound(&stage, sql)?;
        let before = stage.files("out")?;
        let broken = &verified(&stage, 3)?["broken"];
        let found = (&broken["table"], &broken["row"], &broken["damage"]);
        assert_eq!(found, (&table.into(), &row.into(), &damage.into()), "{sql}");
        let said = stage.play(&["verify", JOB, "--lang", "en"])?.ends_with(3)?;
        let wanted = format!("The ledger is broken at {table} row {row}: {damage}");
        assert!(said.out.contains(&wanted), "{wanted}\n{}", said.out);
        for command in ["run", "receipts", "prune", "plan", "status"] {
            // Prune reads no account.
            let stops = table != "runs" || command != "prune";
            let said = stage.play(&[command, JOB])?.ends_with(if stops { 3 } else { 0 })?;
            assert!(!stops || said.err.contains(&format!("{table} row {row}")), "{command}: {}", said.err);
        }
        assert!(stage.files("out")? == before, "nothing was written: {sql}");
    }
    Ok(())
}

#[test]
fn an_end_cut_off_with_everything_adjusted_is_told_by_the_reports() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let first = number(&stage, "SELECT MAX(seq) FROM entries")?;
    stage.play(&["run", JOB, "--now", "2026-11-23T02:00:00+01:00"])?.ends_with(0)?;
    wound(
        &stage,
        &format!(
            "DELETE FROM entries WHERE seq > {first}; DELETE FROM runs WHERE run_no > 1;
             UPDATE meta SET value = '{first}' WHERE name = 'entries';
             UPDATE meta SET value = (SELECT chain FROM entries WHERE seq = {first}) WHERE name = 'entries_head';"
        ),
    )?;
    let found = verified(&stage, 3)?;
    assert_eq!(found["broken"], serde_json::Value::Null, "in itself it is whole");
    let astray = &found["reports_astray"][0];
    assert_eq!((&astray["run_id"], &astray["flaw"]), (&"2026-11-23-020000".into(), &"older".into()));
    let said = stage.play(&["verify", JOB, "--lang", "en"])?.ends_with(3)?;
    assert!(said.out.contains("It is the ledger of 1 of 2 reports."), "{}", said.out);
    Ok(())
}
