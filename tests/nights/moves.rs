//! Histories over several nights on one ledger: moves that repeat, change, contradict each other and are overtaken,
//! and address protection that comes late.

use std::collections::BTreeMap;
use std::fs;

use crate::stage::{Outcome, Stage, set};

const JOB: &str = "jobs/nightly.toml";
pub(crate) const FNR: &str = "05849628625";
const DNR: &str = "68841579449";
const SAMPLES: &str = "samples/first-night";

/// One migrant of Oslo's, night after night.
pub(crate) struct History {
    pub(crate) stage: Stage,
}

type Row = BTreeMap<String, String>;
/// A name, the rows of each night, and where everything stands after the last.
type Told = (&'static str, Vec<Vec<String>>, &'static [&'static str]);

impl History {
    /// P-1 with one negative result, and letters alone.
    pub(crate) fn of_one() -> Outcome<History> {
        let stage = Stage::first_night()?;
        stage.edit(JOB, |job| {
            set(job.replace("expected_minimum = 40", "expected_minimum = 0"), "journal", "[]")
        })?;
        stage.edit(JOB, |job| set(job, "expected_minimum", "0"))?;
        let history = History { stage };
        history.register(FNR)?;
        history.write(
            "tb-results.csv",
            "result_id;person_id;patient_ref;taken_on;answered_on;code_system;code;test;material;result;status;laboratory;comment",
            &["R1;;P-1;2026-08-01;2026-08-02;NLK;NPU29230;B-TB-IGRA;Blod;Negativ;final;Lab;".to_owned()],
        )?;
        fs::remove_dir_all(history.stage.path(&format!("{SAMPLES}/inbox")))?;
        fs::create_dir(history.stage.path(&format!("{SAMPLES}/inbox")))?;
        Ok(history)
    }

    pub(crate) fn register(&self, number: &str) -> Outcome {
        let row = format!("P-1;{number};;;Prøve;En;1990-01-01;yes;no;done;;none;ok;");
        let header = "patient_ref;person_id;id_type;id_status;family_name;given_name;birth_date;group_a;transit_arrival;screening;consent;objection;competence;address_grading";
        self.write("patients.csv", header, &[row])
    }

    pub(crate) fn write(&self, name: &str, header: &str, rows: &[String]) -> Outcome {
        let text = format!("{header}\n{}\n", rows.join("\n"));
        fs::write(self.stage.path(&format!("{SAMPLES}/{name}")), text)?;
        Ok(())
    }

    /// A night in November: plans it, runs it, and sees that the plan said what the run did.
    pub(crate) fn night(&self, day: u32, rows: &[String]) -> Outcome<Vec<Row>> {
        let header = "event_id;person_id;former_id;from_municipality;to_municipality;move_date;event_type;change;address_grading;registered_at";
        self.write("relocations.csv", header, rows)?;
        let now = format!("2026-11-{day:02}T02:00:00+01:00");
        let planned = self.stage.play(&["plan", JOB, "--now", &now])?.ends_with(0)?;
        self.stage.play(&["run", JOB, "--now", &now])?.ends_with(0)?;
        let rows = self.stage.rows("reconciliation.csv")?;
        for row in &rows {
            assert!(planned.out.contains(&row["transfer_id"]), "planned: {}", planned.out);
        }
        Ok(rows)
    }

    pub(crate) fn post(&self, row: &Row) -> Outcome {
        let id = row["transfer_id"].as_str();
        let now = format!("{}T08:00:00+01:00", &row["since"][..10]);
        let args = ["confirm", JOB, "--transfer", id, "--as", "posted", "--by", "Kari", "--now", &now];
        self.stage.play(&args)?.ends_with(0)?;
        Ok(())
    }

    /// The codes of tonight's actions.
    pub(crate) fn actions(&self) -> Outcome<Vec<String>> {
        Ok(self.stage.rows("actions.csv")?.into_iter().map(|row| row["code"].clone()).collect())
    }

    fn runs_named(&self) -> Outcome<Vec<String>> {
        let actions = self.stage.rows("actions.csv")?;
        let named = actions.iter().filter(|row| row["code"] == "earlier-reports").filter_map(|row| {
            let (_, runs) = row["what_to_do"].split_once('[')?;
            Some(runs.trim_end_matches(']').to_owned())
        });
        Ok(named.collect())
    }
}

pub(crate) fn moved(event: &str, from: &str, to: &str, date: u32, registered: u32) -> String {
    format!("{event};{FNR};;{from};{to};2026-11-{date:02};;;;2026-11-{registered:02} 03:12")
}

pub(crate) fn changed(event: &str, to: &str, date: &str, change: &str, registered: u32) -> String {
    format!("{event};{FNR};;;{to};{date};;{change};;2026-11-{registered:02} 03:12")
}

pub(crate) fn graded(grading: &str, registered: u32) -> String {
    format!("G;{FNR};;;;;endringIAdressebeskyttelse;;{grading};2026-11-{registered:02} 03:12")
}

/// `to:state` of every row, or `to:state reason`.
fn stands(rows: &[Row]) -> Vec<String> {
    let mut out: Vec<String> = rows
        .iter()
        .map(|row| {
            let text = format!("{}:{} {}", row["to_municipality"], row["state"], row["reason_code"]);
            text.trim().to_owned()
        })
        .collect();
    out.sort();
    out
}

#[test]
fn a_recall_stays_on_the_list_until_somebody_settles_it() -> Outcome {
    let rows = [
        ("annulled", changed("E1", "", "", "annulled", 22), "recall"),
        ("corrected", changed("E1", "1103", "2026-11-18", "corrected", 22), "recall"),
        ("moved on", moved("E2", "4601", "1103", 20, 22), "moved-on"),
        ("protected", graded("strengtFortrolig", 22), "protected-after-sending"),
    ];
    for (name, row, code) in rows {
        let history = History::of_one()?;
        let first = history.night(22, &[moved("E1", "0301", "4601", 18, 20)])?;
        assert_eq!(stands(&first), ["4601:placed"], "{name}");
        history.post(&first[0])?;
        history.night(23, &[row])?;
        assert!(history.actions()?.iter().any(|found| found == code), "{name}: {:?}", history.actions()?);
        for day in [24, 25] {
            history.night(day, &[])?;
            assert!(history.actions()?.iter().any(|found| found == code), "{name}, on the {day}th");
        }
        let actions = history.stage.rows("actions.csv")?;
        let action = actions.iter().find(|row| row["code"] == code).ok_or("the action")?["action_id"].clone();
        let settle = ["settle", JOB, "--action", &action, "--by", "Kari", "--reason", "ringt"];
        history.stage.play(&settle)?.ends_with(0)?;
        history.night(26, &[])?;
        assert!(!history.actions()?.iter().any(|found| found == code), "{name}, settled");
    }
    Ok(())
}

#[test]
fn a_newer_row_decides_where_two_places_contradict_each_other() -> Outcome {
    let history = History::of_one()?;
    let both = [moved("E1", "0301", "4601", 18, 20), moved("E2", "0301", "1103", 18, 20)];
    let held = ["1103:held conflicting-moves", "4601:held conflicting-moves"];
    assert_eq!(stands(&history.night(22, &both)?), held);
    assert_eq!(stands(&history.night(23, &both)?), held);
    let answer = moved("", "0301", "1103", 18, 23);
    assert_eq!(stands(&history.night(24, &[answer])?), ["1103:placed", "4601:withdrawn overtaken"]);
    assert_eq!(stands(&history.night(25, &[])?), ["1103:placed"], "and it is remembered");
    Ok(())
}

#[test]
fn a_move_is_followed_through_its_nights() -> Outcome {
    let first = || moved("E1", "0301", "4601", 18, 20);
    let rows: [Told; 8] = [
        ("told again", vec![vec![first()], vec![first(), first()]], &["4601:placed"]),
        (
            "told again with another date",
            vec![vec![first()], vec![moved("E2", "0301", "4601", 20, 22)]],
            &["4601:placed"],
        ),
        (
            "overtaken",
            vec![vec![first()], vec![moved("E2", "4601", "1103", 20, 22)]],
            &["1103:placed", "4601:withdrawn overtaken"],
        ),
        (
            "corrected before it was posted",
            vec![vec![first()], vec![changed("E1", "1103", "2026-11-18", "corrected", 22)]],
            &["1103:placed", "4601:withdrawn annulled"],
        ),
        (
            "annulled before it was posted",
            vec![vec![first()], vec![changed("E1", "", "", "annulled", 22)]],
            &["4601:withdrawn annulled"],
        ),
        ("a date that comes", vec![vec![moved("E1", "0301", "4601", 23, 20)], vec![]], &["4601:placed"]),
        (
            "dead",
            vec![vec![first()], vec![format!("D;{FNR};;;;2026-11-21;personErDoed;;;2026-11-22")]],
            &["4601:nothing-to-send dead"],
        ),
        (
            "a place that becomes known",
            vec![vec![moved("E1", "0301", "9999", 18, 20)], vec![moved("E2", "0301", "4601", 18, 22)]],
            &["4601:placed", "9999:withdrawn overtaken"],
        ),
    ];
    for (name, nights, expected) in rows {
        let history = History::of_one()?;
        let mut last = Vec::new();
        for (day, night) in (22..).zip(&nights) {
            last = history.night(day, night)?;
        }
        assert_eq!(stands(&last), expected, "{name}");
    }
    Ok(())
}

#[test]
fn a_move_under_a_d_number_and_then_under_the_new_number_is_one_move() -> Outcome {
    let history = History::of_one()?;
    history.register(DNR)?;
    let first = history.night(22, &[moved("E1", "0301", "4601", 18, 20).replace(FNR, DNR)])?;
    assert_eq!(stands(&first), ["4601:placed"]);
    let link = format!("I;{FNR};{DNR};;;;endringIIdentifikasjonsnummer;;;2026-11-22");
    let second = history.night(23, &[link, moved("E1", "0301", "4601", 18, 20)])?;
    assert_eq!(second.len(), 1, "{second:?}");
    let third = history.night(24, &[graded("strengtFortrolig", 23).replace(FNR, DNR)])?;
    assert_eq!(stands(&third), [":held strictly-confidential"], "a grading under the old number");
    Ok(())
}

#[test]
fn only_the_reports_that_name_a_place_are_named() -> Outcome {
    let history = History::of_one()?;
    history.night(21, &[])?;
    history.night(22, &[moved("E1", "0301", "4601", 18, 20)])?;
    history.night(23, &[moved("E2", "4601", "1103", 20, 22)])?;
    let strict = history.night(24, &[graded("strengtFortrolig", 23)])?;
    assert_eq!(stands(&strict), [":held strictly-confidential"]);
    let named = |history: &History| {
        history.runs_named().map(|mut runs| {
            runs.sort();
            runs
        })
    };
    let expected = ["2026-11-23-020000", "2026-11-23-020000, 2026-11-22-020000"];
    assert_eq!(named(&history)?, expected, "of the move that was overtaken too");
    history.night(25, &[])?;
    assert_eq!(named(&history)?, expected, "the reports since then name no place");
    history.night(26, &[graded("ugradert", 25)])?;
    assert_eq!(named(&history)?, Vec::<String>::new());
    history.night(27, &[graded("strengtFortrolig", 26)])?;
    assert!(
        named(&history)?.iter().all(|runs| runs.contains("2026-11-26-020000")),
        "lowered, and raised again"
    );
    Ok(())
}

#[test]
fn a_file_named_after_a_person_is_masked_wherever_it_is_named() -> Outcome {
    let history = History::of_one()?;
    let name = format!("relocations-{FNR}.csv");
    history
        .stage
        .edit(JOB, |job| job.replace("first-night/relocations.csv", &format!("first-night/{name}")))?;
    let text = "person_id;to_municipality;move_date\n05849628625;4601;i går\n";
    fs::write(history.stage.path(&format!("{SAMPLES}/{name}")), text)?;
    let check = history.stage.play(&["check", JOB])?.ends_with(0)?;
    let run = history.stage.run()?;
    let rejected = fs::read_to_string(history.stage.report()?.join("rejected-rows.csv"))?;
    assert!(rejected.contains("relocations-*********25.csv;2;move_date;bad-date"), "{rejected}");
    for said in [check.out, check.err, run.out, run.err, rejected] {
        assert!(!said.contains(FNR), "{said}");
    }
    Ok(())
}

#[test]
fn somebody_the_register_has_dropped_does_not_wait_in_silence() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let held = |stage: &Stage| {
        let found = stage
            .rows("reconciliation.csv")?
            .into_iter()
            .find(|row| row["patient_ref"] == "MH-1007" && row["content"] == "tb");
        Ok::<_, Box<dyn std::error::Error>>(found.ok_or("the transfer of MH-1007")?)
    };
    assert_eq!(held(&stage)?["reason_code"], "results-missing");
    stage.edit("samples/first-night/patients.csv", |text| {
        text.lines().filter(|line| !line.starts_with("MH-1007;")).map(|line| format!("{line}\n")).collect()
    })?;
    stage.edit("samples/first-night/relocations.csv", |text| {
        let row =
            text.lines().find(|line| line.contains("12928532052")).map(str::to_owned).unwrap_or_default();
        assert!(row.contains("1103"), "the move is found");
        let mut later: Vec<&str> = row.split(';').collect();
        let (registered, place, from) = (later.len() - 1, 8, 7);
        (later[0], later[from], later[place], later[10], later[registered]) =
            ("E-later", "1103", "4601", "2026-11-20", "2026-11-21 05:00");
        text + &later.join(";") + "\n"
    })?;
    stage.run()?;
    let now = held(&stage)?;
    assert_eq!((now["state"].as_str(), now["reason_code"].as_str()), ("held", "identity-conflict"));
    assert_eq!(now["needs_action"], "yes");
    Ok(())
}

#[test]
fn an_overtaken_letter_that_somebody_took_is_told_of_once() -> Outcome {
    let stage = Stage::first_night()?;
    stage.run()?;
    let letter = stage
        .rows("reconciliation.csv")?
        .into_iter()
        .find(|row| row["patient_ref"] == "MH-1009" && row["state"] == "placed")
        .ok_or("a letter in the tray")?;
    let id = letter["transfer_id"].as_str();
    for name in stage.files("out/nightly/print")?.into_keys().filter(|name| name.contains(id)) {
        std::fs::remove_file(stage.path(&name))?;
    }
    stage.edit("samples/first-night/relocations.csv", |text| {
        let number = number_of(&stage, "MH-1009");
        let row = text.lines().find(|line| line.contains(&number)).map(str::to_owned).unwrap_or_default();
        let mut later: Vec<&str> = row.split(';').collect();
        let registered = later.len() - 1;
        (later[0], later[7], later[8], later[10]) = ("E-overtakes", "4601", "1103", "2026-11-20");
        later[registered] = "2026-11-21 05:00";
        text.clone() + &later.join(";") + "\n"
    })?;
    stage.run()?;
    let asks = |stage: &Stage| {
        let actions = stage.rows("actions.csv")?;
        Ok::<_, Box<dyn std::error::Error>>(
            actions
                .into_iter()
                .filter(|a| a["transfer_id"] == id && a["code"] == "may-have-been-posted")
                .count(),
        )
    };
    assert_eq!(asks(&stage)?, 1);
    stage.run()?;
    assert_eq!(asks(&stage)?, 1, "it stands until somebody answers");
    assert_eq!(stage.summary()?["transfers_moved"], 0, "and nothing more is written");
    Ok(())
}

/// The number the register knows a patient by.
fn number_of(stage: &Stage, patient: &str) -> String {
    let register =
        std::fs::read_to_string(stage.path("samples/first-night/patients.csv")).unwrap_or_default();
    let row = register.lines().find(|line| line.starts_with(patient)).unwrap_or_default();
    row.split(';').nth(1).unwrap_or_default().to_owned()
}

/// P-1 is not in group a, and objects or does not.
fn objects(history: &History, to: &str) -> Outcome {
    history.register(FNR)?;
    let own = |text: String| text.replace(";yes;no;done;;none;", &format!(";no;no;done;;{to};"));
    history.stage.edit(&format!("{SAMPLES}/patients.csv"), own)
}

#[test]
fn what_there_was_nothing_to_send_of_opens_again_when_no_extract_names_its_move() -> Outcome {
    let history = History::of_one()?;
    objects(&history, "tb")?;
    let first = history.night(22, &[moved("E1", "0301", "4601", 18, 20)])?;
    assert_eq!(stands(&first), ["4601:nothing-to-send objection"]);
    objects(&history, "none")?;
    assert_eq!(stands(&history.night(26, &[])?), ["4601:placed"], "the objection is taken back");

    let history = History::of_one()?;
    let results = fs::read_to_string(history.stage.path(&format!("{SAMPLES}/tb-results.csv")))?;
    history
        .stage
        .edit(&format!("{SAMPLES}/tb-results.csv"), |text| text.lines().take(1).collect::<String>() + "\n")?;
    let register = |from: &str, to: &str| {
        history.stage.edit(&format!("{SAMPLES}/patients.csv"), |text| text.replace(from, to))
    };
    register(";yes;no;done;", ";no;no;not-done;")?;
    let first = history.night(22, &[moved("E1", "0301", "4601", 18, 20)])?;
    assert_eq!(stands(&first), ["4601:nothing-to-send nothing-found"]);
    register(";not-done;", ";done;")?;
    fs::write(history.stage.path(&format!("{SAMPLES}/tb-results.csv")), results)?;
    assert_eq!(stands(&history.night(26, &[])?), ["4601:placed"], "a result came");
    Ok(())
}

#[test]
fn what_there_was_nothing_to_send_of_never_opens_where_nobody_lives_any_more() -> Outcome {
    let on = moved("E2", "4601", "1103", 23, 24);
    let abroad = format!("E2;{FNR};;;;2026-11-23;personErUtflyttet;;;2026-11-24 03:12");
    let annulled = changed("E1", "", "", "annulled", 24);
    let cases: [(&str, String, &[&str]); 3] =
        [("moved on", on, &["1103:placed"]), ("abroad", abroad, &[]), ("annulled", annulled, &[])];
    for (name, row, expected) in cases {
        let history = History::of_one()?;
        objects(&history, "tb")?;
        history.night(22, &[moved("E1", "0301", "4601", 18, 20)])?;
        history.night(24, std::slice::from_ref(&row))?;
        objects(&history, "none")?;
        assert_eq!(stands(&history.night(26, &[])?), expected, "{name}");
        let told_again = [moved("E1", "0301", "4601", 18, 20), row];
        let again = history.night(27, &told_again)?;
        let open = again.iter().filter(|row| row["to_municipality"] == "4601" && row["state"] == "placed");
        assert_eq!(open.count(), 0, "{name}: {:?}", stands(&again));
    }
    Ok(())
}
