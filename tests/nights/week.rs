//! The sample week: seven nights on one ledger, each with the report that is committed.

use std::collections::BTreeMap;

use crate::stage::{Outcome, Stage};

/// The nights after the second, which has tests of its own.
const NIGHTS: [(&str, &str); 5] = [
    ("jobs/third-night.toml", "samples/third-night/expected"),
    ("jobs/fourth-night.toml", "samples/fourth-night/expected"),
    ("jobs/fifth-night.toml", "samples/fifth-night/expected"),
    ("jobs/sixth-night.toml", "samples/sixth-night/expected"),
    ("jobs/seventh-night.toml", "samples/seventh-night/expected"),
];

type Row = BTreeMap<String, String>;
/// What follows after which of the nights.
type Nights = &'static [(usize, &'static [&'static str])];

/// Where the transfers of a patient that follow another stand, in the newest report.
fn following(stage: &Stage, patient: &str) -> Outcome<Vec<String>> {
    let rows: Vec<Row> = stage.rows("reconciliation.csv")?;
    let of_it = rows.iter().filter(|row| row["patient_ref"] == patient && row["kind"] != "first");
    let mut told: Vec<String> =
        of_it.map(|row| format!("{} {}: {}", row["kind"], row["to_municipality"], row["state"])).collect();
    told.sort();
    Ok(told)
}

#[test]
fn every_night_of_the_week_reports_what_is_committed() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    stage.play(&["run", "jobs/second-night.toml"])?.ends_with(0)?;
    let stories: [(&str, Nights); 3] = [
        // A culture: preliminary, final, and positive after its patient has moved on to where the move is then taken back.
        (
            "MH-1003",
            &[
                (0, &["supplement 4601: accepted"]),
                (2, &["supplement 5001: placed"]),
                (3, &["supplement 5001: accepted"]),
                (4, &["recall 5001: placed", "supplement 4601: placed", "supplement 5001: accepted"]),
            ],
        ),
        // An answer that comes, is corrected, and is taken back once the register has dropped the patient.
        (
            "MH-1004",
            &[
                (0, &["supplement 5501: accepted"]),
                (1, &["supplement 5501: placed"]),
                (2, &["supplement 5501: accepted", "supplement 5501: placed"]),
            ],
        ),
        // A finding that comes after a message was accepted, and whose message is refused.
        ("MH-1059", &[(0, &["supplement 1103: sent"]), (1, &["supplement 1103: rejected"])]),
    ];
    for (night, (job, expected)) in NIGHTS.into_iter().enumerate() {
        stage.play(&["run", job])?.ends_with(0)?;
        stage.report_is(expected)?;
        for (patient, story) in stories {
            let told = story.iter().find(|(of, _)| *of == night);
            if let Some((_, told)) = told {
                assert_eq!(following(&stage, patient)?, *told, "{patient}, {job}");
            }
        }
    }
    let (last, _) = NIGHTS[4];
    let again = stage.play(&["run", last, "--lang", "en"])?.ends_with(0)?;
    assert!(again.out.contains("Nothing was sent and nothing changed"), "{}", again.out);
    stage.play(&["verify", last])?.ends_with(0)?;
    Ok(())
}
