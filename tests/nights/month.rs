//! A month: thirty nights in a row on one ledger, with receivers who are honest, slow, refusing, silent and confused, with
//! staff who are busy or lazy, and with nights that die. In the end every transfer is at an end or waits for a reason that
//! is told, every result has reached who must know it or is explained, nothing was accepted twice, and the sums agreed
//! every night.
//!
//! A month is made from a seed. `JOURNALFLYTT_SEEDS=7,8,9` plays other ones too, and `JOURNALFLYTT_KEEP` leaves what a
//! failed one left lying.

mod places;
mod world;
mod tales;
mod inputs;
mod receivers;
mod staff;
mod judge;
mod reckoning;

use std::fs;
use std::time::Duration;

use crate::stage::{Outcome, Said, Stage};

use inputs::{IN, Inputs, JOB, OUT};
use judge::Judge;
use receivers::Receivers;
use staff::Staff;
use world::{CLOSING, Dice, NIGHTS, Trouble, World, day};

/// Everybody who has a part in it.
struct Month {
    stage: Stage,
    world: World,
    inputs: Inputs,
    receivers: Receivers,
    staff: Staff,
    judge: Judge,
    dice: Dice,
}

impl Month {
    fn of(seed: u64) -> Outcome<Month> {
        let stage = Stage::set_for(JOB, OUT)?;
        let world = World::of(seed);
        let judge = Judge::of(&world);
        let inputs = Inputs::lay_out(&stage, seed)?;
        let (receivers, staff, dice) = (Receivers::of(seed), Staff::of(seed), Dice::of(seed, 5));
        Ok(Month { stage, world, inputs, receivers, staff, judge, dice })
    }

    /// The night's run, at two o'clock.
    fn run(&self, night: u32) -> Outcome<Said> {
        let now = format!("{}T02:00:00+01:00", day(night));
        self.stage.play(&["run", JOB, "--now", &now, "--log", "night.log"])
    }

    /// Starts the night and kills it somewhere.
    fn kill(&mut self, night: u32) -> Outcome {
        let now = format!("{}T02:00:00+01:00", day(night));
        let mut command = self.stage.command(&["run", JOB, "--now", &now]);
        let mut child =
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn()?;
        std::thread::sleep(Duration::from_millis(u64::from(self.dice.between(10, 500))));
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// One night and the day after it.
    fn night(&mut self, night: u32) -> Outcome {
        self.judge.begin(night);
        self.inputs.write(&self.stage, &mut self.world, night)?;
        self.receivers.answer(&self.stage, night)?;
        let trouble = self.world.trouble.get(&night).copied();
        let expected = if trouble == Some(Trouble::RegisterMissing) { 3 } else { 0 };
        let said = match trouble {
            Some(Trouble::Killed) => {
                self.kill(night)?;
                None
            }
            Some(Trouble::KilledAndAgain) => {
                self.kill(night)?;
                if self.dice.chance(50) {
                    self.receivers.take(&self.stage, night)?;
                }
                Some(self.run(night)?)
            }
            Some(Trouble::OutboxInTheWay) => Some(self.with_outbox_in_the_way(night)?),
            Some(Trouble::RegisterMissing) => {
                fs::remove_file(self.stage.path(IN).join("patients.csv"))?;
                Some(self.run(night)?)
            }
            Some(_) | None => Some(self.run(night)?),
        };
        let done = said.as_ref().is_some_and(|said| said.code == Some(0));
        if let Some(said) = said.filter(|said| said.code != Some(expected)) {
            let what = format!("exit {:?} instead of {expected}: {} {}", said.code, said.out, said.err);
            self.judge.complaints.push(format!("night {night}: {what}"));
        }
        if done {
            self.judge.night(&self.stage, &self.world, &self.staff)?;
        }
        self.receivers.take(&self.stage, night)?;
        self.departures()?;
        if done {
            self.staff.day(&self.stage, &mut self.inputs, &mut self.receivers, night)?;
            if self.dice.chance(20) {
                let now = format!("{}T14:00:00+01:00", day(night));
                self.stage.play(&["receipts", JOB, "--now", &now])?.ends_with(0)?;
            }
            self.receivers.take(&self.stage, night)?;
            self.departures()?;
        }
        Ok(())
    }

    fn departures(&mut self) -> Outcome {
        if !self.stage.path(OUT).join("journalflytt.sqlite").exists() {
            return Ok(());
        }
        self.judge.departures(&self.stage, &self.world, &mut self.receivers, &self.staff)
    }

    /// A night in which a file stands where the outbox should be.
    fn with_outbox_in_the_way(&self, night: u32) -> Outcome<Said> {
        let (outbox, aside) = (self.stage.path(OUT).join("outbox"), self.stage.path("outbox-aside"));
        fs::create_dir_all(&outbox)?;
        fs::rename(&outbox, &aside)?;
        fs::write(&outbox, b"in the way")?;
        let said = self.run(night)?;
        fs::remove_file(&outbox)?;
        fs::rename(&aside, &outbox)?;
        Ok(said)
    }

    fn play(&mut self) -> Outcome {
        for night in 1..=NIGHTS + CLOSING {
            self.night(night)?;
        }
        self.judge.month(&self.stage, &self.world, &self.receivers, &self.staff)?;
        let verified = self.stage.play(&["verify", JOB])?;
        if verified.code != Some(0) {
            self.judge.complaints.push(format!("verify: {} {}", verified.out, verified.err));
        }
        Ok(())
    }

    fn complaints(&self) -> Vec<String> {
        [&self.judge.complaints[..], &self.receivers.complaints, &self.staff.complaints].concat()
    }
}

/// Plays a month, and says all that was wrong with it.
fn month(seed: u64) -> Outcome {
    let mut month = Month::of(seed)?;
    let ended = month.play();
    let mut complaints = month.complaints();
    if let Err(error) = ended {
        complaints.push(format!("broke off: {error}"));
    }
    let tally: Vec<String> =
        month.judge.tally.iter().map(|(what, count)| format!("{count} {what}")).collect();
    eprintln!(
        "seed {seed}: {}, {} acts by hand, {} messages",
        tally.join(", "),
        month.staff.acts,
        month.receivers.taken.len()
    );
    if complaints.is_empty() {
        return Ok(());
    }
    let kept = std::env::var_os("JOURNALFLYTT_KEEP").map(|_| month.stage.keep());
    let shown: Vec<&str> = complaints.iter().map(String::as_str).take(40).collect();
    Err(format!("seed {seed}, {} complaints, kept: {kept:?}\n{}", complaints.len(), shown.join("\n")).into())
}

#[test]
fn thirty_nights_in_a_row() -> Outcome {
    month(1)
}

#[test]
fn thirty_other_nights_in_a_row() -> Outcome {
    month(2)
}

#[test]
fn thirty_nights_of_a_third_kind_in_a_row() -> Outcome {
    month(3)
}

#[test]
fn as_many_months_as_somebody_asks_for() -> Outcome {
    let seeds = std::env::var("JOURNALFLYTT_SEEDS").unwrap_or_default();
    let seeds: Vec<u64> = seeds.split(',').filter_map(|seed| seed.trim().parse().ok()).collect();
    let failed: Vec<String> =
        seeds.into_iter().filter_map(|seed| month(seed).err()).map(|error| error.to_string()).collect();
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n\n").into()) }
}
