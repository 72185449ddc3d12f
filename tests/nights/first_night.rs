//! The sample night, whole: its reports are the committed ones, its sums agree, a plan says the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use journalflytt::lang::Lang;
use journalflytt::reason::Reason;

use crate::stage::{Outcome, Stage};

#[test]
fn the_reports_are_the_committed_ones() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/first-night/expected");
    let report = stage.report()?;
    let mut names: Vec<_> =
        fs::read_dir(&report)?.map(|entry| entry.map(|e| e.file_name())).collect::<Result<_, _>>()?;
    names.sort();
    assert_eq!(names.len(), 9, "every file of a report");
    // To accept a change: look at it, then run the test once with this set.
    if std::env::var_os("JOURNALFLYTT_ACCEPT").is_some() {
        fs::create_dir_all(&expected)?;
        for name in &names {
            fs::copy(report.join(name), expected.join(name))?;
        }
    }
    for name in &names {
        let (seen, wanted) =
            (fs::read_to_string(report.join(name))?, fs::read_to_string(expected.join(name))?);
        for (number, (seen, wanted)) in seen.lines().zip(wanted.lines()).enumerate() {
            assert_eq!(seen, wanted, "{} line {}", name.display(), number + 1);
        }
        assert_eq!(seen.lines().count(), wanted.lines().count(), "{}", name.display());
    }
    Ok(())
}

#[test]
fn the_sums_are_those_of_the_rows() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let summary = stage.summary()?;
    assert_eq!(summary["sums_agree"], true);
    let lines = stage.rows("reconciliation.csv")?;
    let transfers = &summary["transfers"];
    assert_eq!(
        transfers["all"].as_u64(),
        Some(lines.len() as u64),
        "nothing was settled before the first night"
    );
    for (state, group) in
        [("held", "held"), ("withdrawn", "withdrawn"), ("nothing-to-send", "nothing_to_send")]
    {
        let counted = lines.iter().filter(|line| line["state"] == state).count() as u64;
        assert_eq!(transfers[group].as_u64(), Some(counted), "{state}");
        assert!(counted > 0, "the samples have one that is {state}");
    }
    let results = stage.rows("tb-results.csv")?;
    for (disposition, key) in [
        ("waiting", "waiting"),
        ("superseded", "superseded"),
        ("duplicate", "duplicate"),
        ("cancelled", "cancelled"),
        ("objected", "objected"),
    ] {
        let counted = results.iter().filter(|row| row["disposition"] == disposition).count() as u64;
        assert_eq!(summary["results"][key].as_u64(), Some(counted), "{disposition}");
        assert!(counted > 0, "the samples have one that is {disposition}");
    }
    let rows = &summary["rows"];
    let sum: u64 = ["moves", "repeats", "person_events", "not_moves", "not_ours", "rejected"]
        .iter()
        .filter_map(|kind| rows[kind].as_u64())
        .sum();
    assert_eq!(rows["read"].as_u64(), Some(sum));
    Ok(())
}

#[test]
fn a_plan_says_what_the_run_then_does_and_writes_nothing() -> Outcome {
    let stage = Stage::first_night()?;
    let said = stage.play(&["plan", "jobs/nightly.toml", "--json"])?.ends_with(0)?;
    assert!(!stage.path("out").exists(), "a plan writes nothing");
    let plan: serde_json::Value = serde_json::from_str(&said.out)?;
    stage.run()?;
    let run: BTreeMap<String, BTreeMap<String, String>> =
        stage.rows("reconciliation.csv")?.into_iter().map(|row| (row["transfer_id"].clone(), row)).collect();
    let lines = plan.as_array().ok_or("a list")?;
    assert_eq!(lines.len(), run.len());
    for line in lines {
        let row = &run[line["transfer_id"].as_str().ok_or("an id")?];
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let planned = text("state");
        let left = ["placed", "sent"].contains(&row["state"].as_str());
        assert!(
            planned == row["state"] || (planned == "cleared" && left),
            "{planned} became {}",
            row["state"]
        );
        assert_eq!(text("channel"), row["channel"]);
        assert_eq!(text("receiver_name"), row["receiver_name"]);
        assert_eq!(text("reason"), row["reason_code"]);
    }
    Ok(())
}

#[test]
fn the_readme_explains_every_reason() -> Outcome {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path)?;
    let (start, end) = ("<!-- reasons -->\n", "<!-- /reasons -->");
    let from = readme.find(start).ok_or("the start of the table")? + start.len();
    let to = readme.find(end).ok_or("the end of the table")?;
    let mut table = "| Code | Means | Do |\n|---|---|---|\n".to_owned();
    for reason in Reason::ALL {
        let advice = reason.advice(Lang::En).replace('|', "\\|");
        table += &format!("| `{}` | {} | {advice} |\n", reason.code(), reason.sentence(Lang::En));
    }
    if std::env::var_os("JOURNALFLYTT_ACCEPT").is_some() {
        fs::write(&path, format!("{}{table}{}", &readme[..from], &readme[to..]))?;
        return Ok(());
    }
    assert_eq!(&readme[from..to], table, "accept with JOURNALFLYTT_ACCEPT=1");
    Ok(())
}
