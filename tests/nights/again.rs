//! The same night again: nothing is sent, nothing in the ledger's fold changes, and the program says so.

use journalflytt::ledger::{KeyIfNew, View};
use journalflytt::person::Environment;

use crate::stage::{Outcome, Stage};

#[test]
fn the_same_night_again_sends_nothing_and_says_so() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let ledger = stage.path("out/nightly/journalflytt.sqlite");
    let before = View::open(&ledger, &KeyIfNew::of(Environment::Test))?.book().clone();
    let parcels = (stage.files("out/nightly/outbox")?, stage.files("out/nightly/print")?);
    assert!(!parcels.0.is_empty() && !parcels.1.is_empty(), "the night sent something");
    let said = stage.play(&["run", "jobs/nightly.toml", "--lang", "en"])?.ends_with(0)?;
    assert!(said.out.contains("Nothing was sent and nothing changed"), "{}", said.out);
    let after = View::open(&ledger, &KeyIfNew::of(Environment::Test))?.book().clone();
    assert_eq!(before, after);
    assert_eq!(parcels, (stage.files("out/nightly/outbox")?, stage.files("out/nightly/print")?));
    assert_eq!(stage.summary()?["transfers_moved"], 0);
    Ok(())
}

#[test]
fn the_second_report_shows_the_same_transfers() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let first = stage.rows("reconciliation.csv")?;
    stage.run()?;
    let second = stage.rows("reconciliation.csv")?;
    let without_run = |rows: Vec<std::collections::BTreeMap<String, String>>| {
        rows.into_iter()
            .map(|mut row| {
                row.remove("run_id");
                row
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(without_run(first), without_run(second));
    Ok(())
}

#[test]
fn whatever_left_is_in_the_register_of_disclosures_once() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let sent: Vec<String> = stage
        .rows("reconciliation.csv")?
        .into_iter()
        .filter(|row| row["state"] == "sent")
        .map(|row| row["transfer_id"].clone())
        .collect();
    assert!(sent.len() > 10, "the night sent messages");
    stage.run()?;
    let ledger =
        View::open(&stage.path("out/nightly/journalflytt.sqlite"), &KeyIfNew::of(Environment::Test))?;
    let mut disclosed: Vec<String> =
        ledger.book().disclosures.iter().map(|d| d.transfer.to_string()).collect();
    disclosed.sort();
    let mut expected = sent;
    expected.sort();
    assert_eq!(disclosed, expected, "a letter in a tray has not left");
    Ok(())
}
