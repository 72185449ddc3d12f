//! A night's files, as the EPJ, the registers and the directory leave them. Leaves out what is in them (`world`, `tales`).

use std::fmt::Write;
use std::fs;

use chrono::Days;

use super::places::{AGREEMENTS, OFFICES};
use super::world::{Dice, Edit, Migrant, News, Trouble, World, day};
use crate::made;
use crate::stage::{Outcome, Stage};

/// The job.
pub(super) const JOB: &str = "jobs/month.toml";
/// Where the files lie.
pub(super) const IN: &str = "month";
/// Where the job leaves everything.
pub(super) const OUT: &str = "out/month";

const HEADER: &str = "event_id;patient_ref;person_id;former_id;id_type;family_name;given_name;from_municipality;to_municipality;to_district;move_date;event_type;change;address_grading;registered_at";
const REGISTER: &str = "patient_ref;person_id;id_type;id_status;family_name;given_name;birth_date;group_a;transit_arrival;screening;consent;objection;competence;address_grading";
const RESULTS: &str = "result_id;person_id;patient_ref;taken_on;answered_on;code_system;code;test;material;result;status;laboratory;comment";

/// What changes from night to night beside the world.
pub(super) struct Inputs {
    /// Agreements with a party that were made anew since, by HER-id, and when.
    pub(super) renewed: std::collections::BTreeMap<String, u32>,
    hand_rows: Vec<String>,
    offices: Vec<&'static str>,
    directory: String,
    dice: Dice,
}

impl Inputs {
    /// The job and what stays as it is all month.
    pub(super) fn lay_out(stage: &Stage, seed: u64) -> Outcome<Inputs> {
        let job = fs::read_to_string(stage.path("jobs/nightly.toml"))?;
        let mut text = job.replace("expected_minimum = 40", "expected_minimum = 0");
        for own in ["relocations.csv", "relocations-helfo.csv", "patients.csv", "tb-results.csv", "journals"]
        {
            text = text.replace(&format!("../samples/first-night/{own}"), &format!("../{IN}/{own}"));
        }
        for own in ["agreements.csv", "addresses.csv", "directory/ar.json", "inbox"] {
            text = text.replace(&format!("../samples/first-night/{own}"), &format!("../{IN}/{own}"));
        }
        let text = text
            .replace("out/nightly", OUT)
            .replace("encoding  = \"windows-1252\"\n", "encoding = \"utf-8\"\nexpected_minimum = 0\n");
        // Some services keep what they have read apart.
        let archive = format!("[receipts]\narchive = \"../{OUT}/archive\"");
        let text = if seed.is_multiple_of(2) { text.replace("[receipts]", &archive) } else { text };
        fs::write(stage.path(JOB), text)?;
        for folder in ["directory", "inbox", "journals"] {
            fs::create_dir_all(stage.path(IN).join(folder))?;
        }
        let directory = fs::read_to_string(stage.path("samples/first-night/directory/ar.json"))?;
        let offices = OFFICES.iter().map(|(no, _)| *no).filter(|no| *no != "3222").collect();
        let renewed = std::collections::BTreeMap::new();
        Ok(Inputs { renewed, hand_rows: Vec::new(), offices, directory, dice: Dice::of(seed, 2) })
    }

    /// Lets the news of a night be known, and writes its files.
    pub(super) fn write(&mut self, stage: &Stage, world: &mut World, night: u32) -> Outcome {
        for news in world.news.get(&night).cloned().unwrap_or_default() {
            match news {
                News::Row(_) => {}
                News::HandRow(row) => self.hand_rows.push(row),
                News::Register(who, edit) => apply(&mut world.migrants[who], edit),
                News::Journal(who, whole) => export(stage, &world.migrants[who], whole)?,
                News::Office(municipality) => self.offices.push(municipality),
            }
        }
        let trouble = world.trouble.get(&night).copied();
        if trouble != Some(Trouble::SameExtract) {
            self.extracts(stage, world, night, trouble)?;
        }
        self.register(stage, world)?;
        self.results(stage, world, night, trouble)?;
        self.directory(stage, night, trouble)
    }

    fn extracts(&mut self, stage: &Stage, world: &World, night: u32, trouble: Option<Trouble>) -> Outcome {
        // Four nights' rows, in no order, some of them twice.
        let told = world.news.range(night.saturating_sub(3)..=night).flat_map(|(_, news)| news);
        let mut rows: Vec<&str> = told
            .filter_map(|news| if let News::Row(row) = news { Some(row.as_str()) } else { None })
            .collect();
        if let Some(row) = rows.first().copied().filter(|_| self.dice.chance(30)) {
            rows.push(row);
        }
        self.dice.shuffle(&mut rows);
        let mut text = lines(HEADER, &rows);
        if trouble == Some(Trouble::ExtractCutOff) {
            text.push_str("EV-0000;;\"01");
        }
        fs::write(stage.path(IN).join("relocations.csv"), text)?;
        let header = "EPJ-ref,Fødselsnummer,Etternavn,Fornavn,Fra,Til kommune,Flyttet,Notert";
        let rows: Vec<&str> = self.hand_rows.iter().map(String::as_str).collect();
        fs::write(stage.path(IN).join("relocations-helfo.csv"), lines(header, &rows))?;
        Ok(())
    }

    fn register(&mut self, stage: &Stage, world: &World) -> Outcome {
        let registered = world.migrants.iter().filter(|migrant| migrant.registered);
        let mut rows: Vec<String> = registered.flat_map(register_rows).collect();
        self.dice.shuffle(&mut rows);
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        fs::write(stage.path(IN).join("patients.csv"), lines(REGISTER, &rows))?;
        Ok(())
    }

    fn results(&mut self, stage: &Stage, world: &World, night: u32, trouble: Option<Trouble>) -> Outcome {
        let known = || world.versions.iter().filter(|version| version.night <= night);
        let mut rows = Vec::new();
        for version in known() {
            let replaced =
                known().any(|later| later.key == version.key && later.night > version.night && later.alone);
            if replaced {
                continue;
            }
            let reference = &world.migrants[version.who].reference;
            let (number, reference) = match version.by_reference {
                true => ("", reference.as_str()),
                false => (version.number.as_str(), ""),
            };
            let row = format!("{};{number};{reference};{}", version.key, version.row);
            if self.dice.chance(4) {
                rows.push(row.clone());
            }
            rows.push(row);
        }
        self.dice.shuffle(&mut rows);
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let mut text = lines(RESULTS, &rows);
        if trouble == Some(Trouble::ResultsCutOff) {
            text.push_str("R-9999;;\"MN");
        }
        fs::write(stage.path(IN).join("tb-results.csv"), text)?;
        Ok(())
    }

    fn directory(&self, stage: &Stage, night: u32, trouble: Option<Trouble>) -> Outcome {
        let taken = match trouble {
            Some(Trouble::StaleDirectory) => format!("{}T04:00:00+01:00", day(night) - Days::new(1)),
            _ => format!("{}T00:30:00+01:00", day(night)),
        };
        let text = self.directory.replacen("2026-11-22T00:30:00+01:00", &taken, 1);
        fs::write(stage.path(IN).join("directory/ar.json"), text)?;
        let mut rows = Vec::new();
        for one in AGREEMENTS {
            let on =
                self.renewed.get(one.her).map_or("2026-02-02".to_owned(), |night| day(*night).to_string());
            let expires = if self.renewed.contains_key(one.her) { "2027-12-31" } else { one.expires };
            let (her, municipality, content, channel) = (one.her, one.municipality, one.content, one.channel);
            rows.push(format!(
                "{her};{municipality};{content};{channel};{};Fagleder;{on};{expires}",
                one.terms
            ));
        }
        let header = "her_id;municipality;content;channel;mode;action;version;attachment_types;max_bytes;agreed_by;agreed_on;expires_on";
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        fs::write(stage.path(IN).join("agreements.csv"), lines(header, &rows))?;
        let mut text = "municipality;district;office;address;postal_code;city\n".to_owned();
        for (no, town) in OFFICES.iter().filter(|(no, _)| self.offices.contains(no)) {
            writeln!(text, "{no};;Kommuneoverlegen i {town};Prøvegata 1;{no};{}", town.to_uppercase())?;
        }
        fs::write(stage.path(IN).join("addresses.csv"), text)?;
        Ok(())
    }
}

fn lines(header: &str, rows: &[&str]) -> String {
    [&[header], rows].concat().join("\n") + "\n"
}

fn apply(migrant: &mut Migrant, edit: Edit) {
    match edit {
        Edit::Objection(to) => migrant.objection = to,
        Edit::Grading(grading) => migrant.grading = grading,
        Edit::Screening(screening) => migrant.screening = screening,
        Edit::Number(number) => migrant.numbers.push(number),
        Edit::Leaves => migrant.registered = false,
    }
}

fn register_rows(migrant: &Migrant) -> Vec<String> {
    let last = migrant.numbers.len().saturating_sub(1);
    let row = |(at, number): (usize, &super::world::Number)| {
        format!(
            "{};{};{};{};{};{};{};{};no;{};;{};{};{}",
            migrant.reference,
            number.digits,
            number.kind,
            if at == last { "current" } else { "former" },
            migrant.family,
            migrant.given,
            migrant.birth,
            migrant.group_a,
            migrant.screening,
            migrant.objection,
            migrant.competence,
            migrant.grading
        )
    };
    migrant.numbers.iter().enumerate().map(row).collect()
}

/// A journal comes into its folder; cut off, its last document is half there.
fn export(stage: &Stage, migrant: &Migrant, whole: bool) -> Outcome {
    let folder = stage.path(IN).join("journals").join(&migrant.reference);
    fs::create_dir_all(&folder)?;
    for (no, line) in (1..).zip(&migrant.journal) {
        let mut bytes = made::pdf(line, b"");
        if !whole && no == migrant.journal.len() {
            bytes.truncate(bytes.len() / 2);
        }
        fs::write(folder.join(format!("{no:02} notat.pdf")), bytes)?;
    }
    Ok(())
}
