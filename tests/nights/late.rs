//! What comes after the letter has left: results late, changed and taken back, moves that overtake, corrections; told as
//! the story of one migrant, night by night.

use std::collections::BTreeMap;

use crate::moves::{FNR, History, changed, graded, moved};
use crate::stage::{Outcome, words};

type Row = BTreeMap<String, String>;

const RESULTS: &str = "result_id;person_id;patient_ref;taken_on;answered_on;code_system;code;test;material;result;status;laboratory;comment";
const IGRA: &str = "R1;NR;P-1;2026-08-01;2026-08-02;NLK;NPU29230;B-TB-IGRA;Blod;Negativ;final;Lab;";

/// A culture of P-1's, with the number that its laboratory knows.
fn culture(result: &str, status: &str, answered: &str) -> String {
    let row = "K1;NR;P-1;2026-08-01;ANSWERED;NLK;NPU12785;Dyrkning;Ekspektorat;RESULT;STATUS;Lab;";
    row.replace("ANSWERED", answered).replace("RESULT", result).replace("STATUS", status)
}

/// A story of P-1's whose results lie under the number.
struct Story(History);

impl Story {
    /// P-1 has moved to Bergen, and the letter with a preliminary culture was posted.
    fn posted() -> Outcome<Story> {
        let story = Story(History::of_one()?);
        story.results(&[culture("Negativ", "preliminary", "2026-08-20")])?;
        let first = story.0.night(22, &[moved("E1", "0301", "4601", 18, 20)])?;
        story.0.post(&first[0])?;
        Ok(story)
    }

    /// The results file: the IGRA, and these rows.
    fn results(&self, rows: &[String]) -> Outcome {
        let rows = std::iter::once(IGRA.to_owned()).chain(rows.iter().cloned());
        let rows: Vec<String> = rows.map(|row| row.replace(";NR;", &format!(";{FNR};"))).collect();
        self.0.write("tb-results.csv", RESULTS, &rows)
    }

    /// Where everything stands after a night: kind, place, state and reason.
    fn night(&self, day: u32, rows: &[String]) -> Outcome<Vec<String>> {
        let lines = self.0.night(day, rows)?;
        assert_eq!(self.0.stage.summary()?["sums_agree"], true);
        let mut out: Vec<String> = lines.iter().map(told).collect();
        out.sort();
        Ok(out)
    }

    fn line(&self, kind: &str, state: &str) -> Outcome<Row> {
        let lines = self.0.stage.rows("reconciliation.csv")?;
        let mut found = lines.into_iter().filter(|row| row["kind"] == kind && row["state"] == state);
        found.next().ok_or_else(|| format!("no {kind} that is {state}").into())
    }

    /// What the letter of a transfer says.
    fn letter(&self, row: &Row) -> Outcome<Option<String>> {
        let files = self.0.stage.files("out/nightly/print")?;
        let of_it = |name: &&String| name.contains(&row["transfer_id"]) && name.ends_with(".pdf");
        let name = files.keys().find(of_it).ok_or("a letter")?;
        words(&files[name])
    }

    /// What became of each version of the culture, with which kind of transfer.
    fn cultures(&self) -> Outcome<Vec<String>> {
        let lines = self.0.stage.rows("reconciliation.csv")?;
        let results =
            self.0.stage.rows("tb-results.csv")?.into_iter().filter(|row| row["source_key"] == "K1");
        let kind = |id: &str| {
            lines
                .iter()
                .find(|line| line["transfer_id"] == id)
                .map(|line| line["kind"].clone())
                .unwrap_or_default()
        };
        Ok(results
            .map(|row| {
                format!("{} {} {}", kind(&row["transfer_id"]), row["result_status"], row["disposition"])
            })
            .collect())
    }
}

fn told(row: &Row) -> String {
    let reason = row["reason_code"].as_str();
    let text = format!("{} {} {} {reason}", row["kind"], row["to_municipality"], row["state"]);
    text.trim_end().to_owned()
}

#[test]
fn a_culture_that_is_final_weeks_later_follows_its_letter_and_so_does_what_comes_then() -> Outcome {
    let story = Story::posted()?;
    assert_eq!(story.night(23, &[])?, [""; 0], "all is settled");
    story.results(&[
        culture("Negativ", "preliminary", "2026-08-20"),
        culture("Negativ", "final", "2026-11-24"),
    ])?;
    assert_eq!(story.night(25, &[])?, ["supplement 4601 placed"]);
    assert_eq!(story.cultures()?, ["supplement final waiting"], "the preliminary one is the first letter's");
    let first = story.line("supplement", "placed")?;
    if let Some(text) = story.letter(&first)? {
        assert!(text.contains("før «Negativ (foreløpig)», nå «Negativ (endelig)»"), "{text}");
        assert!(text.contains(&format!("oversendelse {} av 22.11.2026", first["supplement_to"])), "{text}");
    }
    assert_eq!(story.night(26, &[])?, ["supplement 4601 placed"], "made once");
    story.0.post(&first)?;
    story.results(&[
        culture("Vekst av MTB", "corrected", "2026-11-26"),
        culture("Negativ", "final", "2026-11-24"),
    ])?;
    let second = story.night(27, &[])?;
    assert_eq!(second, ["supplement 4601 placed"], "a second one; the first is at its end");
    let second = story.line("supplement", "placed")?;
    assert_ne!(second["transfer_id"], first["transfer_id"]);
    if let Some(text) = story.letter(&second)? {
        let since = format!("oversendelse {} av 25.11.2026", first["transfer_id"]);
        assert!(text.contains(&since), "what is new since the last letter: {text}");
        assert!(text.contains("Vekst av MTB"), "{text}");
    }
    Ok(())
}

#[test]
fn what_comes_before_the_supplement_has_left_makes_it_anew_and_what_is_no_news_ends_it() -> Outcome {
    let story = Story::posted()?;
    story.results(&[culture("Negativ", "final", "2026-11-22")])?;
    assert_eq!(story.night(23, &[])?, ["supplement 4601 placed"]);
    story.results(&[culture("Positiv", "corrected", "2026-11-23")])?;
    story.night(24, &[])?;
    let anew = story.line("supplement", "placed")?;
    assert_eq!(anew["revision"], "2", "the letter in the tray is made anew");
    if let Some(text) = story.letter(&anew)? {
        assert!(text.contains("POSITIVT FUNN") && text.contains("Tidligere sendt"), "{text}");
    }
    story.results(&[culture("Negativ", "preliminary", "2026-08-20")])?;
    assert_eq!(story.night(25, &[])?, ["supplement 4601 nothing-to-send nothing-found"]);
    story.results(&[culture("Negativ", "final", "2026-11-25")])?;
    assert_eq!(story.night(26, &[])?, ["supplement 4601 placed"], "the same one goes on");
    Ok(())
}

#[test]
fn who_has_moved_on_is_followed_and_who_has_come_home_is_not() -> Outcome {
    let story = Story::posted()?;
    let moved_on = moved("E2", "4601", "1103", 22, 22);
    let rows = story.night(23, std::slice::from_ref(&moved_on))?;
    assert_eq!(rows, ["first 1103 nothing-to-send moved-on"]);
    story.results(&[culture("Negativ", "final", "2026-11-24")])?;
    assert_eq!(story.night(25, &[])?, ["supplement 1103 placed"]);
    // Further still, before it was posted.
    let further = moved("E3", "1103", "5001", 25, 26);
    let rows = story.night(26, std::slice::from_ref(&further))?;
    let expected = [
        "first 5001 nothing-to-send moved-on",
        "supplement 1103 withdrawn overtaken",
        "supplement 5001 placed",
    ];
    assert_eq!(rows, expected);
    let home = moved("E4", "5001", "0301", 26, 27);
    let rows = story.night(27, std::slice::from_ref(&home))?;
    assert_eq!(rows.last().map(String::as_str), Some("supplement 5001 withdrawn overtaken"), "{rows:?}");
    assert!(story.0.actions()?.contains(&"late-result".to_owned()), "a person sees to what nobody was told");
    Ok(())
}

#[test]
fn a_late_result_of_somebody_the_register_has_dropped_goes_by_letter_under_its_number() -> Outcome {
    let story = Story::posted()?;
    story.night(23, &[])?;
    let header = "patient_ref;person_id;id_type;id_status;family_name;given_name;birth_date;group_a;transit_arrival;screening;consent;objection;competence;address_grading";
    let other = "P-2;;;;Annen;En;1990-01-01;no;no;done;;none;ok;".to_owned();
    story.0.write("patients.csv", header, &[other])?;
    story.results(&[culture("Positiv", "final", "2026-11-24")])?;
    assert_eq!(story.night(25, &[])?, ["supplement 4601 placed"]);
    let line = story.line("supplement", "placed")?;
    assert_eq!(line["person"], "FNR …25");
    if let Some(text) = story.letter(&line)? {
        assert!(text.contains(FNR) && text.contains("står ikke lenger i registeret vårt"), "{text}");
        assert!(text.contains("POSITIVT FUNN"), "{text}");
    }
    Ok(())
}

#[test]
fn what_is_corrected_or_annulled_after_posting_is_recalled_by_letter_once() -> Outcome {
    let cases = [
        (
            "annulled",
            changed("E1", "", "", "annulled", 22),
            &["first 4601 accepted", "recall 4601 placed"][..],
        ),
        (
            "corrected",
            changed("E1", "1103", "2026-11-18", "corrected", 22),
            &["first 1103 placed", "first 4601 accepted", "recall 4601 placed"],
        ),
    ];
    for (name, row, expected) in cases {
        let story = Story::posted()?;
        assert_eq!(story.night(23, std::slice::from_ref(&row))?, expected, "{name}");
        let recall = story.line("recall", "placed")?;
        let first = story.line("first", "accepted")?;
        assert_eq!(recall["supplement_to"], first["transfer_id"]);
        if let Some(text) = story.letter(&recall)? {
            assert!(text.contains("Vi trekker tilbake vår tidligere oversendelse"), "{name}: {text}");
            assert!(!text.contains("Negativ") && !text.contains("IGRA"), "{name}, no result in it: {text}");
        }
        story.0.post(&recall)?;
        let after = story.night(24, std::slice::from_ref(&row))?;
        assert!(after.iter().all(|line| !line.starts_with("recall 4601 placed")), "{name}: {after:?}");
        // Nothing follows to where the person never lived.
        story.results(&[culture("Negativ", "final", "2026-11-24")])?;
        let after = story.night(25, &[])?;
        assert!(after.iter().all(|line| !line.starts_with("supplement 4601")), "{name}: {after:?}");
    }
    Ok(())
}

#[test]
fn whose_address_has_become_protected_gets_no_supplement_until_staff_release_it() -> Outcome {
    for (grading, held) in [("fortrolig", "confidential"), ("strengtFortrolig", "strictly-confidential")] {
        let story = Story::posted()?;
        story.night(23, &[graded(grading, 22)])?;
        story.results(&[culture("Negativ", "final", "2026-11-24")])?;
        let rows = story.night(25, &[])?;
        let place = if held == "confidential" { "4601" } else { "" };
        assert_eq!(rows, [format!("supplement {place} held {held}")]);
        let line = story.line("supplement", "held")?;
        let release = ["release", "jobs/nightly.toml", "--transfer", &line["transfer_id"], "--waive", held];
        let by = ["--by", "Kari", "--reason", "avtalt"];
        let said = story.0.stage.play(&[&release[..], &by].concat())?;
        if held == "confidential" {
            said.ends_with(0)?;
            assert_eq!(story.night(26, &[])?, ["supplement 4601 placed"]);
        } else {
            said.ends_with(2)?;
            assert_eq!(story.night(26, &[])?, rows);
        }
    }
    Ok(())
}

#[test]
fn who_was_dead_by_mistake_is_told_of_after_all_and_who_is_dead_gets_nothing_late() -> Outcome {
    let story = Story(History::of_one()?);
    story.night(22, &[moved("E1", "0301", "4601", 18, 20)])?;
    let dead = format!("D;{FNR};;;;2026-11-21;personErDoed;;;2026-11-22");
    assert_eq!(story.night(23, std::slice::from_ref(&dead))?, ["first 4601 nothing-to-send dead"]);
    assert_eq!(story.night(24, &[])?, [""; 0]);
    let mistake = format!("D;{FNR};;;;2026-11-21;personErDoed;annulled;;2026-11-24");
    assert_eq!(story.night(25, &[mistake])?, ["first 4601 placed"]);
    let line = story.line("first", "placed")?;
    story.0.post(&line)?;
    assert_eq!(story.night(26, &[dead.replace("2026-11-22", "2026-11-25").replace("D;", "D2;")])?, [""; 0]);
    story.results(&[culture("Negativ", "final", "2026-11-24")])?;
    assert_eq!(story.night(27, &[])?, ["first 4601 accepted"], "it waits for nobody, and a person is told");
    assert!(story.0.actions()?.contains(&"late-result".to_owned()));
    Ok(())
}

#[test]
fn a_results_file_with_the_latest_rows_alone_loses_nothing_and_repeats_nothing() -> Outcome {
    let story = Story::posted()?;
    let igra = |status: &str, result: &str| IGRA.replace("Negativ;final", &format!("{result};{status}"));
    let only = |rows: &[String]| {
        let rows: Vec<String> = rows.iter().map(|row| row.replace(";NR;", &format!(";{FNR};"))).collect();
        story.0.write("tb-results.csv", RESULTS, &rows)
    };
    only(&[culture("Positiv", "final", "2026-11-22")])?;
    assert_eq!(story.night(23, &[])?, ["supplement 4601 placed"]);
    only(&[igra("final", "Negativ")])?;
    let held = "supplement 4601 held results-missing";
    assert_eq!(story.night(24, &[])?, [held], "what lay ready is neither sent nor forgotten");
    only(&[culture("Positiv", "final", "2026-11-22")])?;
    assert_eq!(story.night(25, &[])?, ["supplement 4601 placed"]);
    let line = story.line("supplement", "placed")?;
    story.0.post(&line)?;
    for (day, rows) in
        [(26, vec![igra("final", "Negativ")]), (27, vec![culture("Positiv", "final", "2026-11-22")])]
    {
        only(&rows)?;
        assert_eq!(story.night(day, &[])?, [""; 0], "told already, on the {day}th");
    }
    only(&[igra("cancelled", "Negativ")])?;
    let told = story.night(28, &[])?;
    assert_eq!(told, ["supplement 4601 placed"], "and what is taken back of the first is told");
    let line = story.line("supplement", "placed")?;
    if let Some(text) = story.letter(&line)? {
        assert!(text.contains("Annullert av laboratoriet"), "{text}");
    }
    Ok(())
}

#[test]
fn what_was_recalled_and_is_true_after_all_asks_a_person_who_can_send_it_again() -> Outcome {
    let story = Story::posted()?;
    story.night(23, &[changed("E1", "", "", "annulled", 22)])?;
    let first = story.line("first", "accepted")?;
    let again = moved("E9", "0301", "4601", 18, 24);
    story.night(24, std::slice::from_ref(&again))?;
    assert!(story.0.actions()?.contains(&"contradiction".to_owned()), "{:?}", story.0.actions()?);
    let rerun = ["rerun", "jobs/nightly.toml", "--transfer", &first["transfer_id"], "--again"];
    let why =
        ["--reason", "flyttingen gjelder likevel", "--by", "Kari", "--now", "2026-11-24T09:00:00+01:00"];
    story.0.stage.play(&[&rerun[..], &why].concat())?.ends_with(0)?;
    let line = story.line("first", "placed")?;
    assert_eq!(
        (line["transfer_id"].as_str(), line["revision"].as_str()),
        (first["transfer_id"].as_str(), "2")
    );
    story.0.post(&line)?;
    let taken_back = story.night(25, &[changed("E9", "", "", "annulled", 25)])?;
    assert!(taken_back.contains(&"recall 4601 placed".to_owned()), "a recall of its own: {taken_back:?}");
    Ok(())
}

#[test]
fn who_is_dropped_around_a_second_move_or_a_correction_loses_nothing_when_the_register_has_them_again()
-> Outcome {
    let header = "patient_ref;person_id;id_type;id_status;family_name;given_name;birth_date;group_a;transit_arrival;screening;consent;objection;competence;address_grading";
    let other = || vec!["P-2;;;;Annen;En;1990-01-01;no;no;done;;none;ok;".to_owned()];
    let cases = [
        ("moved on", moved("E2", "4601", "1103", 22, 22), "first 4601 withdrawn overtaken"),
        ("corrected", changed("E1", "1103", "2026-11-18", "corrected", 22), "first 4601 withdrawn annulled"),
    ];
    for (name, row, ended) in cases {
        let story = Story(History::of_one()?);
        story.night(22, &[moved("E1", "0301", "4601", 18, 20)])?;
        story.0.write("patients.csv", header, &other())?;
        let dropped = story.night(23, std::slice::from_ref(&row))?;
        story.0.register(FNR)?;
        let back = story.night(24, &[])?;
        assert!(back.contains(&"first 1103 placed".to_owned()), "{name}: {dropped:?}, then {back:?}");
        let both = dropped.iter().chain(&back);
        assert!(both.clone().any(|line| line == ended), "{name}: {:?}", both.collect::<Vec<_>>());
    }
    Ok(())
}

#[test]
fn a_recall_is_not_hidden_by_an_address_that_was_protected_before_and_waits_for_staff() -> Outcome {
    let story = Story::posted()?;
    story.night(23, &[graded("fortrolig", 22)])?;
    let rows = story.night(24, &[changed("E1", "", "", "annulled", 23)])?;
    assert!(rows.contains(&"recall 4601 held confidential".to_owned()), "{rows:?}");
    let actions = story.0.actions()?;
    for code in ["recall", "protected-after-sending"] {
        assert!(actions.contains(&code.to_owned()), "{code}: {actions:?}");
    }
    Ok(())
}

#[test]
fn who_comes_back_from_abroad_to_the_same_place_has_moved() -> Outcome {
    let story = Story(History::of_one()?);
    story.night(22, &[moved("E1", "0301", "4601", 18, 20)])?;
    let abroad = format!("A1;{FNR};;;;2026-11-22;endringIUtflytting;;;2026-11-22 04:00");
    assert_eq!(story.night(23, &[abroad])?, ["first 4601 nothing-to-send abroad"]);
    let rows = story.night(25, &[moved("E5", "", "4601", 24, 24)])?;
    assert!(rows.contains(&"first 4601 placed".to_owned()), "{rows:?}");
    Ok(())
}

#[test]
fn an_objection_holds_when_the_register_has_dropped_the_patient() -> Outcome {
    let story = Story(History::of_one()?);
    let header = "patient_ref;person_id;id_type;id_status;family_name;given_name;birth_date;group_a;transit_arrival;screening;consent;objection;competence;address_grading";
    let register = |objection: &str| {
        let row = format!("P-1;{FNR};;;Prøve;En;1990-01-01;no;no;done;;{objection};ok;");
        story.0.write("patients.csv", header, &[row])
    };
    register("none")?;
    let first = story.0.night(22, &[moved("E1", "0301", "4601", 18, 20)])?;
    story.0.post(&first[0])?;
    register("tb")?;
    story.night(23, &[])?;
    let other = "P-2;;;;Annen;En;1990-01-01;no;no;done;;none;ok;".to_owned();
    story.0.write("patients.csv", header, &[other])?;
    story.results(&[culture("Positiv", "final", "2026-11-23")])?;
    let rows = story.night(24, &[])?;
    assert!(rows.iter().all(|row| !row.contains("placed")), "{rows:?}");
    Ok(())
}

#[test]
fn what_nobody_has_answered_is_not_followed_until_a_person_has_taken_it_up() -> Outcome {
    let story = Story::posted()?;
    story.results(&[culture("Negativ", "final", "2026-11-22")])?;
    story.night(23, &[])?;
    let line = story.line("supplement", "placed")?;
    let withdraw = ["withdraw", "jobs/nightly.toml", "--transfer", &line["transfer_id"]];
    let by = ["--by", "Kari", "--reason", "fortalt på telefon"];
    story.0.stage.play(&[&withdraw[..], &by].concat())?.ends_with(0)?;
    for day in [24, 25] {
        let rows = story.night(day, &[])?;
        assert!(rows.iter().all(|row| !row.contains("placed")), "a person has told them: {rows:?}");
        assert!(!story.0.actions()?.contains(&"late-result".to_owned()));
    }
    story.results(&[culture("Positiv", "corrected", "2026-11-25")])?;
    let rows = story.night(26, &[])?;
    assert_eq!(rows, ["supplement 4601 placed"], "what comes after that follows it");
    Ok(())
}
