//! Those who work with the lists: they post letters and tell so, telephone, decide, mend at the source, and are lazy on
//! some days. In the quiet nights they finish everything.
//!
//! They know what receivers tell them on the telephone, and what they have posted themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::inputs::{Inputs, JOB, OUT};
use super::receivers::{Fate, Receivers};
use super::world::{Dice, NIGHTS, day};
use crate::stage::{Outcome, Stage};

type Row = BTreeMap<String, String>;

/// A letter that was put into a letter box.
pub(super) struct Letter {
    pub(super) transfer: String,
    pub(super) night: u32,
    pub(super) marks: BTreeSet<String>,
    /// The words of the whole file, where they can be read.
    pub(super) words: Option<String>,
}

/// The staff of the service.
pub(super) struct Staff {
    /// What was posted, by transfer and revision.
    pub(super) letters: BTreeMap<(String, String), Letter>,
    /// What was handed over inside the EPJ.
    pub(super) handed: BTreeSet<String>,
    /// What they confirmed as accepted, after a telephone call.
    pub(super) confirmed: BTreeSet<String>,
    /// What they withdrew, to hand it over another way.
    pub(super) withdrawn: BTreeSet<String>,
    /// What they asked for once more, whatever is known of the person by now.
    pub(super) rerun: BTreeSet<String>,
    /// Whose protection a named person has set aside.
    pub(super) released: BTreeSet<String>,
    /// Lists that somebody forgot in a drawer, by the night before which they are dropped in.
    drawer: BTreeMap<u32, Vec<(String, String)>>,
    pub(super) complaints: Vec<String>,
    pub(super) acts: u32,
    dice: Dice,
}

impl Staff {
    pub(super) fn of(seed: u64) -> Staff {
        Staff {
            letters: BTreeMap::new(),
            handed: BTreeSet::new(),
            confirmed: BTreeSet::new(),
            withdrawn: BTreeSet::new(),
            rerun: BTreeSet::new(),
            released: BTreeSet::new(),
            drawer: BTreeMap::new(),
            complaints: Vec::new(),
            acts: 0,
            dice: Dice::of(seed, 4),
        }
    }

    /// The day after a night.
    pub(super) fn day(
        &mut self,
        stage: &Stage,
        inputs: &mut Inputs,
        receivers: &mut Receivers,
        night: u32,
    ) -> Outcome {
        let quiet = night > NIGHTS;
        let actions = stage.rows("actions.csv")?;
        let lines = stage.rows("reconciliation.csv")?;
        for (name, text) in self.drawer.remove(&night).unwrap_or_default() {
            fs::write(Receivers::inbox(stage, &name), text)?;
        }
        if quiet || self.dice.chance(70) {
            self.post(stage, receivers, night)?;
        }
        if quiet || self.dice.chance(50) {
            self.hand_over(stage, night)?;
        }
        if quiet || self.dice.chance(65) {
            self.work_off(stage, (inputs, receivers), &actions, &lines, night)?;
        }
        Ok(())
    }

    fn post(&mut self, stage: &Stage, receivers: &mut Receivers, night: u32) -> Outcome {
        let mut list = "transfer_id;done_on;done_by;revision\n".to_owned();
        let quiet = night > NIGHTS;
        for row in stage.rows("packing-list.csv")? {
            if !quiet && self.dice.chance(15) {
                continue;
            }
            let (id, revision) = (row["transfer_id"].clone(), row["revision"].clone());
            let key = (id.clone(), revision.clone());
            if !self.letters.contains_key(&key) {
                let path = stage.path(OUT).join(format!("print/{id}-{revision}.pdf"));
                let Ok(pdf) = fs::read(&path) else {
                    self.complaints
                        .push(format!("{id}-{revision} is on the packing list and not in the tray"));
                    continue;
                };
                let words = if receivers.can_read { crate::stage::words(&pdf)? } else { None };
                let marks = receivers.marks(&pdf)?;
                self.letters.insert(key, Letter { transfer: id.clone(), night, marks, words });
            }
            let name = if !quiet && self.dice.chance(5) { "" } else { "Kari Prøve" };
            list.push_str(&format!("{id};{};{name};{revision}\n", day(night)));
        }
        self.drop_in(stage, "pakkseddel", list, night)
    }

    fn hand_over(&mut self, stage: &Stage, night: u32) -> Outcome {
        let mut list = "transfer_id;done_on;done_by;revision\n".to_owned();
        for row in stage.rows("worklist.csv")? {
            if night > NIGHTS || self.dice.chance(70) {
                self.handed.insert(row["transfer_id"].clone());
                list.push_str(&format!(
                    "{};{};Kari Prøve;{}\n",
                    row["transfer_id"],
                    day(night),
                    row["revision"]
                ));
            }
        }
        self.drop_in(stage, "arbeidsliste", list, night)
    }

    /// Most lists reach the inbox the same day.
    fn drop_in(&mut self, stage: &Stage, list: &str, text: String, night: u32) -> Outcome {
        if text.lines().count() < 2 {
            return Ok(());
        }
        let name = format!("{list}-{night:02}.csv");
        if night <= NIGHTS && self.dice.chance(12) {
            self.drawer.entry(night + 1).or_default().push((name, text));
        } else {
            fs::write(Receivers::inbox(stage, &name), text)?;
        }
        Ok(())
    }

    /// The action list, from the top; not all of it in a day.
    fn work_off(
        &mut self,
        stage: &Stage,
        (inputs, receivers): (&mut Inputs, &mut Receivers),
        actions: &[Row],
        lines: &[Row],
        night: u32,
    ) -> Outcome {
        let quiet = night > NIGHTS;
        let mut left = if quiet { 200 } else { self.dice.between(2, 6) };
        let mut seen = BTreeSet::new();
        for action in actions {
            let transfer = action["transfer_id"].as_str();
            let again = !transfer.is_empty() && !seen.insert(transfer.to_owned());
            if left == 0 || again || (!quiet && self.dice.chance(40)) {
                continue;
            }
            let line = lines.iter().find(|line| line["transfer_id"] == transfer);
            let Some(args) = self.decide(action, line, inputs, receivers, night) else { continue };
            left -= 1;
            if args[0] == "withdraw" {
                self.withdrawn.insert(transfer.to_owned());
            }
            if args[0] == "rerun" {
                self.rerun.insert(transfer.to_owned());
            }
            self.act(stage, &args, night)?;
        }
        Ok(())
    }

    fn act(&mut self, stage: &Stage, args: &[String], night: u32) -> Outcome {
        self.acts += 1;
        let now = format!("{}T10:{:02}:00+01:00", day(night), self.acts % 60);
        let mut all: Vec<&str> = vec![&args[0], JOB];
        all.extend(args[1..].iter().map(String::as_str));
        let by = ["--by", "Kari Prøve", "--now", &now];
        all.extend(by);
        let said = stage.play(&all)?;
        if said.code != Some(0) {
            self.complaints.push(format!("{all:?} ended with {:?}: {} {}", said.code, said.out, said.err));
        }
        Ok(())
    }

    /// What they do about an action; nothing, where it is mended at its source or waits.
    fn decide(
        &mut self,
        action: &Row,
        line: Option<&Row>,
        inputs: &mut Inputs,
        receivers: &mut Receivers,
        night: u32,
    ) -> Option<Vec<String>> {
        let (code, transfer) = (action["code"].as_str(), action["transfer_id"].as_str());
        let with = |command: &str, rest: &[&str]| -> Option<Vec<String>> {
            let args = [&[command, "--transfer", transfer], rest].concat();
            Some(args.into_iter().map(str::to_owned).collect())
        };
        let rerun = |rest: &[&str]| with("rerun", &[&["--reason", "rettet hos mottaker"], rest].concat());
        let release = |rest: &[&str]| {
            with("release", &[&["--waive", code, "--reason", "avklart på telefon"], rest].concat())
        };
        let withdraw = || with("withdraw", &["--reason", "gitt på annen måte"]);
        let settle = || {
            let args = ["settle", "--action", &action["action_id"], "--reason", "ringt"];
            Some(args.into_iter().map(str::to_owned).collect())
        };
        let her = line.map(|line| line["receiver_her_id"].clone()).unwrap_or_default();
        match code {
            "rejected" | "rejected-before" | "undeclared" | "not-agreed" => {
                if !her.is_empty() {
                    receivers.mended.insert(her.clone());
                    inputs.renewed.insert(her, night + 1);
                }
                match code {
                    "rejected" if self.dice.chance(80) => rerun(&[]),
                    "rejected" => withdraw(),
                    "rejected-before" => None,
                    _ => release(&[]),
                }
            }
            "overdue" | "abandoned" => {
                let ids = line.map(|line| line["message_ids"].clone()).unwrap_or_default();
                let have = |id: &str| receivers.taken.get(id).is_some_and(|taken| taken.fate == Fate::Kept);
                let kept = !ids.is_empty() && ids.split_whitespace().all(have);
                if kept {
                    self.confirmed.insert(transfer.to_owned());
                    return with("confirm", &["--as", "accepted"]);
                }
                match (code, self.dice.chance(70)) {
                    (_, true) => rerun(&[]),
                    ("overdue", false) => withdraw(),
                    (_, false) => settle(),
                }
            }
            "confidential" => {
                let goes = self.dice.chance(50);
                goes.then(|| self.released.insert(transfer.to_owned()));
                if goes { release(&[]) } else { None }
            }
            "competence-unclear" | "results-missing" if self.dice.chance(60) => release(&[]),
            "ambiguous-party" => release(&["--receiver", "9000016"]),
            "accepted-earlier" => {
                self.confirmed.insert(transfer.to_owned());
                with("confirm", &["--as", "accepted"])
            }
            "may-have-been-posted" => match self.letters.keys().any(|(id, _)| id == transfer) {
                true => with("confirm", &["--as", "posted"]),
                false => withdraw(),
            },
            "no-party" | "no-transport" | "same-epj" | "no-national-id" if self.dice.chance(40) => {
                rerun(&["--channel", "print"])
            }
            "competence-unclear"
            | "results-missing"
            | "no-party"
            | "no-transport"
            | "same-epj"
            | "no-national-id"
            | "not-posted"
            | "journal-not-exported"
            | "bundle-incomplete"
            | "unknown-municipality"
            | "conflicting-moves"
            | "identity-conflict"
            | "no-postal-address"
            | "source-incomplete"
            | "result-conflict"
            | "stale-directory"
            | "annuls-nothing"
            | "in-doubt"
            | "channel-trouble"
            | "strictly-confidential"
            | "not-addressable"
            | "attachment-format"
            | "too-large" => None,
            _ => settle(),
        }
    }
}
