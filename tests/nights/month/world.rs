//! The world of a month, made from a seed: migrants, what becomes of them night by night, and what is true of each.
//!
//! Everything here is invented. Leaves out how it is written down (`inputs`) and what the program makes of it (`judge`).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::places::{EASY, HARD, OWN};
use super::tales;

/// The nights in which things happen.
pub(super) const NIGHTS: u32 = 30;

/// Quiet nights after them, in which receivers answer and staff finish.
pub(super) const CLOSING: u32 = 7;

/// The date of a night.
pub(super) fn day(night: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 1).unwrap_or_default() + Days::new(u64::from(night) - 1)
}

/// The same numbers for the same seed, on every machine.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn of(seed: u64, what: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ what.wrapping_mul(0xd1b5_4a32_d192_ed03))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// From one number to another, both included.
    pub(super) fn between(&mut self, from: u32, to: u32) -> u32 {
        from + self.below((to.max(from) - from + 1) as usize) as u32
    }

    pub(super) fn chance(&mut self, of_hundred: usize) -> bool {
        self.below(100) < of_hundred
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// Something that comes to be known on a night.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// A row of the nightly extract.
    Row(String),
    /// A row of the extract kept by hand; stays in it.
    HandRow(String),
    /// The register says something else of a migrant from now on.
    Register(usize, Edit),
    /// The journal is exported; whole or cut off.
    Journal(usize, bool),
    /// An office is added to the address list.
    Office(&'static str),
}

/// What the register says from now on.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    Objection(&'static str),
    Grading(&'static str),
    Screening(&'static str),
    /// A new number; the ones before are former.
    Number(Number),
    /// The migrant is dropped from the register.
    Leaves,
}

#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) digits: String,
    pub(super) kind: &'static str,
}

/// Where a migrant is in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// In a municipality that must know.
    Lives(&'static str),
    /// Nobody must be told: at home, never moved, abroad, dead, or no one knows where.
    Nowhere,
}

/// A migrant, as the register has them; it changes with the news.
pub(super) struct Migrant {
    pub(super) reference: String,
    pub(super) numbers: Vec<Number>,
    pub(super) family: String,
    pub(super) given: String,
    pub(super) birth: &'static str,
    pub(super) group_a: &'static str,
    pub(super) screening: &'static str,
    pub(super) objection: &'static str,
    pub(super) competence: &'static str,
    pub(super) grading: &'static str,
    pub(super) registered: bool,
    /// The documents of the journal.
    pub(super) journal: Vec<String>,
    /// Which story is told of them, to be named when something is wrong.
    pub(super) tale: &'static str,
    /// Every municipality they were said to have moved to.
    pub(super) been: Vec<&'static str>,
    pub(super) end: End,
    /// Where they live, as it comes to be known night by night; none: not where anybody must be told.
    pub(super) lives: Vec<(u32, Option<&'static str>)>,
    /// From this night on the address is strictly confidential.
    pub(super) secret_from: Option<u32>,
    /// From this night on results, or the journal, may not be passed on.
    pub(super) keeps_tb_from: Option<u32>,
    pub(super) keeps_journal_from: Option<u32>,
}

impl Migrant {
    /// Where they live, as far as is known on a night.
    pub(super) fn lives_at(&self, night: u32) -> Option<&'static str> {
        let known = self.lives.iter().filter(|(since, _)| *since <= night);
        known.max_by_key(|(since, _)| *since).and_then(|(_, place)| *place)
    }
}

/// A version of a result.
pub(super) struct Version {
    /// Stands in the laboratory's name and nowhere else in the world.
    pub(super) mark: String,
    pub(super) key: String,
    pub(super) who: usize,
    pub(super) night: u32,
    pub(super) status: &'static str,
    /// Whether the earlier versions are gone from the file.
    pub(super) alone: bool,
    /// The row, from the date on.
    pub(super) row: String,
    /// Named by the reference and not by a number.
    pub(super) by_reference: bool,
    /// Which of the migrant's numbers it names.
    pub(super) number: String,
}

/// What goes wrong on a night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// Killed in the middle, and run again at the same hour.
    KilledAndAgain,
    /// Killed in the middle, and the next night is the next run.
    Killed,
    OutboxInTheWay,
    ResultsCutOff,
    ExtractCutOff,
    RegisterMissing,
    SameExtract,
    StaleDirectory,
}

/// The world.
pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) migrants: Vec<Migrant>,
    pub(super) news: BTreeMap<u32, Vec<News>>,
    pub(super) versions: Vec<Version>,
    pub(super) trouble: BTreeMap<u32, Trouble>,
    /// Every identity number of the world.
    pub(super) numbers: BTreeSet<String>,
    pub(super) events: u32,
}

impl World {
    pub(super) fn of(seed: u64) -> World {
        let mut world = World {
            dice: Dice::of(seed, 1),
            migrants: Vec::new(),
            news: BTreeMap::new(),
            versions: Vec::new(),
            trouble: BTreeMap::new(),
            numbers: BTreeSet::new(),
            events: 0,
        };
        let many = world.dice.between(70, 90) as usize;
        for who in 0..many {
            world.be_born();
            tales::tell(&mut world, who);
        }
        for night in 1..=NIGHTS {
            for _ in 0..world.dice.below(3) {
                let stranger = world.number(false).digits;
                let to = world.dice.pick(EASY);
                let row = world.row(night, &stranger, "FNR", OWN, to, "", "");
                world.tell(night, News::Row(row));
            }
        }
        world.find_trouble();
        world
    }

    fn be_born(&mut self) {
        let who = self.migrants.len();
        let kind = self.dice.below(100);
        let number = match kind {
            0..75 => self.number(false),
            75..97 => self.number(true),
            _ => self.duf(),
        };
        let reference = format!("MN-{}", 1001 + who);
        let documents = self.dice.between(1, 3);
        let journal = (1..=documents).map(|no| format!("Journalnotat {no} for {reference}")).collect();
        self.migrants.push(Migrant {
            journal,
            numbers: vec![number],
            family: format!("Måned{}", ["sen", "stad", "vik", "ås", "øy"][who % 5]),
            given: format!("Prøve {}", ["Ærlig", "Stille", "Rolig", "Grønn", "Blå", "Sein", "Ung"][who % 7]),
            birth: ["1979-11-02", "1988-03-14", "1996-08-21", "2001-01-30"][who % 4],
            group_a: if self.dice.chance(70) { "yes" } else { "no" },
            screening: "done",
            objection: "none",
            competence: "ok",
            grading: "",
            registered: true,
            tale: "",
            been: Vec::new(),
            end: End::Nowhere,
            lives: Vec::new(),
            secret_from: None,
            keeps_tb_from: None,
            keeps_journal_from: None,
            reference,
        });
    }

    /// A synthetic number, month + 80, that nobody else has.
    pub(super) fn number(&mut self, dnr: bool) -> Number {
        const FIRST: [u32; 9] = [3, 7, 6, 1, 8, 9, 4, 5, 2];
        const SECOND: [u32; 10] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
        loop {
            let day = self.dice.between(1, 28) + if dnr { 40 } else { 0 };
            let (month, year) = (self.dice.between(81, 92), self.dice.between(50, 99));
            let head = format!("{day:02}{month:02}{year:02}{:03}", self.dice.between(0, 999));
            let mut digits: Vec<u32> = head.bytes().map(|byte| u32::from(byte - b'0')).collect();
            let control = |weights: &[u32], digits: &[u32]| {
                let sum: u32 = weights.iter().zip(digits).map(|(w, d)| w * d).sum();
                (11 - sum % 11) % 11
            };
            digits.push(control(&FIRST, &digits));
            digits.push(control(&SECOND, &digits));
            let text: String = digits.iter().map(u32::to_string).collect();
            if text.len() == 11 && self.numbers.insert(text.clone()) {
                return Number { digits: text, kind: if dnr { "DNR" } else { "FNR" } };
            }
        }
    }

    fn duf(&mut self) -> Number {
        const WEIGHTS: [u32; 10] = [4, 6, 3, 2, 4, 6, 3, 2, 7, 5];
        loop {
            let head = format!("2024{:06}", self.dice.between(1, 999_999));
            let sum: u32 = head.bytes().zip(WEIGHTS).map(|(byte, w)| u32::from(byte - b'0') * w).sum();
            let text = format!("{head}{:02}", sum % 11);
            if self.numbers.insert(text.clone()) {
                return Number { digits: text, kind: "DUF" };
            }
        }
    }

    pub(super) fn tell(&mut self, night: u32, news: News) {
        self.news.entry(night).or_default().push(news);
    }

    /// A row of an extract about somebody, registered the day before the night.
    #[expect(clippy::too_many_arguments, reason = "a row has many cells")]
    fn row(
        &mut self,
        night: u32,
        id: &str,
        kind: &str,
        from: &str,
        to: &str,
        date: &str,
        rest: &str,
    ) -> String {
        self.events += 1;
        let date = if date.is_empty() { (day(night) - Days::new(4)).to_string() } else { date.to_owned() };
        let event = if rest.is_empty() { "endringIBostedsadresse;new;" } else { rest };
        let (id_of_event, registered) = (self.events, self.registered(night));
        format!("EV-{id_of_event:04};;{id};;{kind};Ukjent;Person;{from};{to};;{date};{event};{registered}")
    }

    /// A time on the day before a night, later for every row that is told.
    pub(super) fn registered(&mut self, night: u32) -> String {
        self.events += 1;
        let minute = self.events % 1320;
        format!("{} {:02}:{:02}", day(night) - Days::new(1), 1 + minute / 60, minute % 60)
    }

    fn find_trouble(&mut self) {
        use Trouble::{
            ExtractCutOff, Killed, KilledAndAgain, OutboxInTheWay, RegisterMissing, ResultsCutOff,
            SameExtract, StaleDirectory,
        };
        let all = [
            KilledAndAgain,
            KilledAndAgain,
            KilledAndAgain,
            Killed,
            Killed,
            OutboxInTheWay,
            OutboxInTheWay,
            ResultsCutOff,
            ResultsCutOff,
            ExtractCutOff,
            RegisterMissing,
            SameExtract,
            StaleDirectory,
            StaleDirectory,
        ];
        let mut nights: Vec<u32> = (2..=NIGHTS).collect();
        self.dice.shuffle(&mut nights);
        self.trouble = nights.into_iter().zip(all).collect();
        // Who becomes strictly confidential on a night that brings no new extract is not known to be so yet.
        let known = |night: &u32| self.migrants.iter().all(|migrant| migrant.secret_from != Some(*night));
        self.trouble.retain(|night, trouble| *trouble != SameExtract || known(night));
    }

    /// The night whose extract a night knows.
    pub(super) fn extract_of(&self, night: u32) -> u32 {
        match self.trouble.get(&night) {
            Some(Trouble::SameExtract | Trouble::ExtractCutOff) => night - 1,
            Some(_) | None => night,
        }
    }

    /// Somewhere to move to.
    pub(super) fn somewhere(&mut self, but: &[&str]) -> &'static str {
        loop {
            let hard = self.dice.chance(15);
            let place = self.dice.pick(if hard { HARD } else { EASY });
            if !but.contains(&place) {
                return place;
            }
        }
    }

    /// The version of each result that holds when all has been told.
    pub(super) fn last_versions(&self) -> Vec<&Version> {
        let mut last: BTreeMap<&str, &Version> = BTreeMap::new();
        for version in &self.versions {
            last.insert(&version.key, version);
        }
        last.into_values().collect()
    }
}
