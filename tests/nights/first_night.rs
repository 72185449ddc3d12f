//! The sample night, whole: its reports are the committed ones, its sums agree, a plan says the same.

use std::fs;
use std::path::Path;

use journalflytt::lang::Lang;
use journalflytt::reason::Reason;

use crate::stage::{Outcome, Stage};

#[test]
fn the_reports_are_the_committed_ones() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    stage.report_is("samples/first-night/expected")
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
    let results = stage.versions()?;
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
    stage.plan_is_kept("jobs/nightly.toml")
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
