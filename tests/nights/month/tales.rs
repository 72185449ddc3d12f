//! What becomes of a migrant: where they move and are said to have moved, what is found in samples of theirs, and when
//! anybody comes to know it.
//!
//! Each tale leaves its truth behind: where the migrant lives in the end and what may never leave. Leaves out what the
//! program should make of it (`judge`).

use chrono::{Days, NaiveDate};

use super::places::OWN;
use super::world::{Edit, End, NIGHTS, News, Version, World, day};

const MOVED: &str = "endringIBostedsadresse";
const MOVED_TEMPORARILY: &str = "endringIOppholdsadresse";
const PROTECTED: &str = "endringIAdressebeskyttelse";

/// One migrant's tale as it is made.
struct Tale<'a> {
    world: &'a mut World,
    who: usize,
    /// The night that first hears of it.
    night: u32,
    /// The event of the first move.
    event: String,
}

type Telling = fn(&mut Tale<'_>);

/// How many of a hundred have which tale.
const TALES: &[(usize, &str, Telling)] = &[
    (14, "a plain move", plain),
    (5, "the move again and again", repeated),
    (4, "corrected before anything left", corrected_at_once),
    (6, "corrected later", corrected_later),
    (3, "another date", another_date),
    (4, "annulled", annulled),
    (9, "moved on", moved_on),
    (3, "moved on twice", moved_on_twice),
    (4, "moved elsewhere from home", overtaken),
    (4, "moved back", moved_back),
    (3, "moved back and away again", moved_back_and_away),
    (4, "abroad", abroad),
    (3, "dead", dead),
    (4, "a date to come", future),
    (4, "renumbered", renumbered),
    (5, "where to is not known", unknown),
    (4, "confidential", confidential),
    (4, "strictly confidential", strictly_confidential),
    (5, "objects", objects),
    (2, "objects, and then does not", objects_no_more),
    (2, "objects, goes, and then does not object", objects_and_goes),
    (2, "confidential, and then not", confidential_no_more),
    (4, "dropped from the register", dropped),
    (3, "two places at once", conflicting),
    (2, "not from us", not_from_us),
    (2, "under age", under_age),
    (6, "never examined, or so it seems", unexamined),
    (3, "a row that cannot be used", broken_row),
    (2, "stays", stays),
];

/// Makes up what becomes of a migrant.
pub(super) fn tell(world: &mut World, who: usize) {
    let whole: usize = TALES.iter().map(|(weight, ..)| weight).sum();
    let mut at = world.dice.below(whole);
    // The first ones have one tale each, so that none is missing in any month.
    let (_, name, telling) = TALES.get(who).copied().unwrap_or_else(|| {
        let found = TALES.iter().find(|(weight, ..)| {
            let here = at < *weight;
            at = at.saturating_sub(*weight);
            here
        });
        found.copied().unwrap_or(TALES[0])
    });
    world.migrants[who].tale = name;
    let night = world.dice.between(1, NIGHTS - 6);
    let mut tale = Tale { world, who, night, event: String::new() };
    telling(&mut tale);
    if tale.world.migrants[who].screening == "done" {
        samples(&mut tale);
    }
    journals(&mut tale);
}

impl Tale<'_> {
    /// Some nights on, within the month.
    fn later(&mut self, least: u32, most: u32) -> u32 {
        (self.night + self.world.dice.between(least, most)).min(NIGHTS - 1)
    }

    fn date(&mut self, night: u32) -> NaiveDate {
        day(night) - Days::new(u64::from(self.world.dice.between(1, 4)))
    }

    fn somewhere(&mut self) -> &'static str {
        let been = self.world.migrants[self.who].been.clone();
        let place = self.world.somewhere(&been);
        self.world.migrants[self.who].been.push(place);
        place
    }

    /// From a night on they live there, as far as anybody knows.
    fn lives(&mut self, night: u32, place: &'static str) {
        let migrant = &mut self.world.migrants[self.who];
        migrant.end = End::Lives(place);
        migrant.lives.push((night, Some(place)));
    }

    /// From a night on they live nowhere that anybody must be told.
    fn nowhere(&mut self, night: u32) {
        let migrant = &mut self.world.migrants[self.who];
        migrant.end = End::Nowhere;
        migrant.lives.push((night, None));
    }

    /// A row of the extract: event, from, to, date, type, change, grading.
    fn row(&mut self, night: u32, event: &str, cells: [&str; 6]) {
        let registered = self.world.registered(night);
        self.row_registered(night, event, cells, &registered);
    }

    fn row_registered(&mut self, night: u32, event: &str, cells: [&str; 6], registered: &str) {
        let [from, to, date, kind, change, grading] = cells;
        let migrant = &self.world.migrants[self.who];
        let Some(number) = migrant.numbers.last() else { return };
        let kind = if kind == MOVED && number.kind != "FNR" { MOVED_TEMPORARILY } else { kind };
        let row = format!(
            "{event};;{};;{};{};{};{from};{to};;{date};{kind};{change};{grading};{registered}",
            number.digits, number.kind, migrant.family, migrant.given
        );
        self.world.tell(night, News::Row(row));
    }

    fn new_event(&mut self) -> String {
        self.world.events += 1;
        format!("EV-{:04}", self.world.events)
    }

    /// A move, told this night. Its event.
    fn moves(&mut self, night: u32, from: &str, to: &str) -> String {
        let date = self.date(night).to_string();
        self.moves_on(night, from, to, &date)
    }

    fn moves_on(&mut self, night: u32, from: &str, to: &str, date: &str) -> String {
        let event = self.new_event();
        self.row(night, &event, [from, to, date, MOVED, "new", ""]);
        if self.event.is_empty() {
            self.event.clone_from(&event);
        }
        event
    }

    /// From home to somewhere, on the first night.
    fn leaves(&mut self) -> &'static str {
        let place = self.somewhere();
        self.moves(self.night, OWN, place);
        self.lives(self.night, place);
        place
    }

    fn hears(&mut self, night: u32, edit: Edit) {
        let who = self.who;
        self.world.tell(night, News::Register(who, edit));
    }
}

fn plain(tale: &mut Tale<'_>) {
    let place = tale.leaves();
    if place == "3222" && tale.world.dice.chance(70) {
        let night = tale.later(1, 6);
        tale.world.tell(night, News::Office("3222"));
    }
}

fn repeated(tale: &mut Tale<'_>) {
    let place = tale.somewhere();
    let date = tale.date(tale.night).to_string();
    tale.moves_on(tale.night, OWN, place, &date);
    for _ in 0..3 {
        let night = tale.later(0, 9);
        tale.moves_on(night, OWN, place, &date);
    }
    tale.lives(tale.night, place);
}

fn corrected_at_once(tale: &mut Tale<'_>) {
    tale.leaves();
    correct(tale, tale.night);
}

fn corrected_later(tale: &mut Tale<'_>) {
    tale.leaves();
    let night = tale.later(1, 9);
    correct(tale, night);
}

fn correct(tale: &mut Tale<'_>, night: u32) {
    let place = tale.somewhere();
    let (event, date) = (tale.event.clone(), tale.date(tale.night).to_string());
    tale.row(night, &event, [OWN, place, &date, MOVED, "corrected", ""]);
    tale.lives(night, place);
}

fn another_date(tale: &mut Tale<'_>) {
    let place = tale.leaves();
    let (night, event) = (tale.later(0, 6), tale.event.clone());
    let date = (day(tale.night) - Days::new(9)).to_string();
    tale.row(night, &event, [OWN, place, &date, MOVED, "corrected", ""]);
}

fn annulled(tale: &mut Tale<'_>) {
    tale.leaves();
    let (night, event) = (tale.later(0, 8), tale.event.clone());
    tale.row(night, &event, ["", "", "", MOVED, "annulled", ""]);
    tale.nowhere(night);
}

fn moved_on(tale: &mut Tale<'_>) {
    let first = tale.leaves();
    let night = tale.later(1, 12);
    let next = tale.somewhere();
    let date = day(night - 1).to_string();
    tale.moves_on(night, first, next, &date);
    tale.lives(night, next);
}

fn moved_on_twice(tale: &mut Tale<'_>) {
    tale.night = tale.night.min(12);
    let (mut from, mut night) = (tale.leaves(), tale.night);
    for _ in 0..2 {
        night = (night + tale.world.dice.between(2, 8)).min(NIGHTS - 1);
        let next = tale.somewhere();
        let date = day(night - 1).to_string();
        tale.moves_on(night, from, next, &date);
        tale.lives(night, next);
        from = next;
    }
}

fn overtaken(tale: &mut Tale<'_>) {
    tale.leaves();
    let night = tale.later(0, 8);
    let next = tale.somewhere();
    let date = day(night).to_string();
    tale.moves_on(night, OWN, next, &date);
    tale.lives(night, next);
}

fn moved_back(tale: &mut Tale<'_>) {
    let place = tale.leaves();
    let night = tale.later(1, 10);
    let date = day(night - 1).to_string();
    tale.moves_on(night, place, OWN, &date);
    tale.nowhere(night);
}

fn moved_back_and_away(tale: &mut Tale<'_>) {
    tale.night = tale.night.min(12);
    moved_back(tale);
    let night = tale.later(11, 15);
    let next = tale.somewhere();
    let date = day(night - 1).to_string();
    tale.moves_on(night, OWN, next, &date);
    tale.lives(night, next);
}

fn abroad(tale: &mut Tale<'_>) {
    ends(tale, "personErUtflyttet");
}

fn dead(tale: &mut Tale<'_>) {
    ends(tale, "personErDoed");
}

fn ends(tale: &mut Tale<'_>, kind: &str) {
    tale.leaves();
    let night = tale.later(0, 9);
    let (event, date) = (tale.new_event(), day(night).to_string());
    tale.row(night, &event, ["", "", &date, kind, "new", ""]);
    tale.nowhere(night);
}

fn future(tale: &mut Tale<'_>) {
    let place = tale.somewhere();
    let night = tale.later(2, 8);
    tale.moves_on(tale.night, OWN, place, &day(night).to_string());
    tale.lives(night, place);
}

fn renumbered(tale: &mut Tale<'_>) {
    let new = tale.world.number(false);
    let migrant = &mut tale.world.migrants[tale.who];
    if migrant.numbers[0].kind != "DNR" {
        let old = tale.world.number(true);
        tale.world.migrants[tale.who].numbers = vec![old];
    }
    let place = tale.somewhere();
    let night = tale.night;
    let (event, registered) = (tale.new_event(), tale.world.registered(night));
    let date = tale.date(night);
    let migrant = &tale.world.migrants[tale.who];
    let row = format!(
        "{event};;{};{};FNR;{};{};{OWN};{place};;{date};{MOVED};new;;{registered}",
        new.digits, migrant.numbers[0].digits, migrant.family, migrant.given
    );
    tale.world.tell(night, News::Row(row));
    tale.event = event;
    tale.lives(night, place);
    let night = tale.later(1, 5);
    tale.hears(night, Edit::Number(new));
}

fn unknown(tale: &mut Tale<'_>) {
    let somewhere = tale.world.dice.pick(&["9999", "1507", "2211", ""]);
    let date = tale.date(tale.night).to_string();
    tale.moves_on(tale.night, OWN, somewhere, &date);
    tale.nowhere(tale.night);
    if tale.world.dice.chance(75) {
        let place = tale.somewhere();
        let night = tale.later(2, 9);
        let registered = tale.world.registered(night);
        let migrant = &tale.world.migrants[tale.who];
        let row = format!(
            "{},{},{},{},{OWN},{place},{date},{registered}",
            migrant.reference, migrant.numbers[0].digits, migrant.family, migrant.given
        );
        tale.world.tell(night, News::HandRow(row));
        tale.lives(night, place);
    }
}

fn graded(tale: &mut Tale<'_>, grading: &'static str) -> u32 {
    tale.leaves();
    let night = tale.later(0, 8);
    if tale.world.dice.chance(50) {
        let event = tale.new_event();
        tale.row(night, &event, ["", "", "", PROTECTED, "new", grading]);
    } else {
        tale.hears(night, Edit::Grading(grading));
    }
    night
}

fn confidential(tale: &mut Tale<'_>) {
    graded(tale, "fortrolig");
}

fn strictly_confidential(tale: &mut Tale<'_>) {
    let night = graded(tale, "strengtFortrolig");
    tale.world.migrants[tale.who].secret_from = Some(night);
}

fn objects(tale: &mut Tale<'_>) {
    tale.leaves();
    let night = if tale.world.dice.chance(50) { 1 } else { tale.later(0, 8) };
    let to = tale.world.dice.pick(&["tb", "journal", "all"]);
    let migrant = &mut tale.world.migrants[tale.who];
    migrant.group_a = "no";
    migrant.keeps_tb_from = (to != "journal").then_some(night);
    migrant.keeps_journal_from = (to != "tb").then_some(night);
    tale.hears(night, Edit::Objection(to));
}

fn objects_no_more(tale: &mut Tale<'_>) {
    tale.leaves();
    tale.world.migrants[tale.who].group_a = "no";
    let (to, until) = (tale.world.dice.pick(&["tb", "all"]), tale.later(2, 8));
    tale.hears(1, Edit::Objection(to));
    tale.hears(until, Edit::Objection("none"));
}

/// Whoever objects and lives elsewhere when they do so no more: nothing goes to where they lived before.
fn objects_and_goes(tale: &mut Tale<'_>) {
    tale.night = tale.night.min(16);
    tale.world.migrants[tale.who].group_a = "no";
    tale.hears(1, Edit::Objection("all"));
    if tale.world.dice.chance(50) {
        moved_on(tale);
    } else {
        abroad(tale);
    }
    tale.hears(NIGHTS - 1, Edit::Objection("none"));
}

fn confidential_no_more(tale: &mut Tale<'_>) {
    tale.leaves();
    let event = tale.new_event();
    tale.row(tale.night, &event, ["", "", "", PROTECTED, "new", "fortrolig"]);
    let (night, event) = (tale.later(2, 8), tale.new_event());
    tale.row(night, &event, ["", "", "", PROTECTED, "new", "ugradert"]);
}

fn dropped(tale: &mut Tale<'_>) {
    tale.leaves();
    let night = tale.later(3, 10);
    tale.hears(night, Edit::Leaves);
}

fn conflicting(tale: &mut Tale<'_>) {
    let (one, other) = (tale.somewhere(), tale.somewhere());
    let (night, date) = (tale.night, tale.date(tale.night).to_string());
    let registered = tale.world.registered(night);
    for place in [one, other] {
        let event = tale.new_event();
        tale.row_registered(night, &event, [OWN, place, &date, MOVED, "new", ""], &registered);
    }
    tale.nowhere(night);
    if tale.world.dice.chance(70) {
        let night = tale.later(1, 6);
        tale.moves_on(night, OWN, one, &date);
        tale.lives(night, one);
    }
}

fn not_from_us(tale: &mut Tale<'_>) {
    let place = tale.somewhere();
    let from = if place == "4601" { "1103" } else { "4601" };
    tale.moves(tale.night, from, place);
    tale.nowhere(tale.night);
}

fn under_age(tale: &mut Tale<'_>) {
    tale.world.migrants[tale.who].birth = "2014-04-04";
    tale.leaves();
}

fn unexamined(tale: &mut Tale<'_>) {
    let screening = tale.world.dice.pick(&["not-done", "exempt", "ordered", "done"]);
    tale.leaves();
    if screening == "done" {
        // It was done all along, and the answers come late.
        let night = tale.later(2, 6);
        tale.world.migrants[tale.who].screening = "ordered";
        tale.hears(night, Edit::Screening("done"));
        sample(tale, night);
    } else {
        tale.world.migrants[tale.who].screening = screening;
        // Somebody looks into it all the same.
        if tale.world.dice.chance(60) {
            let night = tale.later(3, 12);
            tale.hears(night, Edit::Screening("done"));
            sample(tale, night);
        }
    }
}

fn broken_row(tale: &mut Tale<'_>) {
    let place = tale.somewhere();
    let date = tale.date(tale.night).to_string();
    let event = tale.new_event();
    tale.row(tale.night, &event, [OWN, place, "2026-13-45", MOVED, "new", ""]);
    let night = tale.later(5, 8);
    tale.row(night, &event, [OWN, place, &date, MOVED, "new", ""]);
    tale.lives(night, place);
}

fn stays(tale: &mut Tale<'_>) {
    tale.nowhere(1);
}

/// What is found in samples: the first before anybody moves, others at any time.
fn samples(tale: &mut Tale<'_>) {
    sample(tale, 1);
    for _ in 0..tale.world.dice.below(3) {
        let late = tale.world.dice.chance(40);
        let night = if late { tale.later(0, 14) } else { 1 };
        sample(tale, night);
    }
}

/// One test, code and material, that can be `Negativ` or `Positiv`.
const TESTS: &[&str] = &[
    "NLK;NPU29230;B-TB-IGRA konklusjon;Blod",
    "NLK;NPU62292;Eksp-Mykobakterier mikroskopi;Ekspektorat",
    "NLK;NPU12785;Eksp-Mykobakterier;Ekspektorat",
];

/// A sample and its answers: status, result, and nights until the next.
fn sample(tale: &mut Tale<'_>, night: u32) {
    let dice = &mut tale.world.dice;
    // Whoever may keep their results to themselves has nothing that the regulation asks for.
    let may_find = tale.world.migrants[tale.who].group_a == "yes";
    let last = if may_find && dice.chance(12) { "Positiv" } else { "Negativ" };
    let test = dice.pick(TESTS);
    let answers: Vec<(&'static str, &'static str)> = match dice.below(100) {
        0..50 => vec![("final", last)],
        50..65 => vec![("preliminary", "Negativ"), ("final", last)],
        65..73 => vec![("final", "Negativ"), ("corrected", last)],
        73..80 => vec![("final", "Negativ"), ("cancelled", "Negativ")],
        80..90 => vec![("preliminary", ""), ("final", last)],
        90..95 => vec![("preliminary", "Negativ"), ("final", "Negativ"), ("corrected", last)],
        95..98 => vec![("preliminary", "")],
        // Two answers that contradict each other, until the laboratory says which holds.
        _ => return in_conflict(tale, night, test),
    };
    let alone = dice.chance(50);
    let by_reference = dice.chance(20);
    let key = format!("R-{:04}", tale.world.versions.len());
    let mut at = night;
    for (step, (status, result)) in answers.into_iter().enumerate() {
        if step > 0 {
            at += tale.world.dice.between(2, 12);
        }
        if at > NIGHTS {
            return;
        }
        answer(tale, &key, (night, at), test, (status, result), (alone, by_reference));
    }
}

fn in_conflict(tale: &mut Tale<'_>, night: u32, test: &str) {
    let key = format!("R-{:04}", tale.world.versions.len());
    let settled = (night + tale.world.dice.between(2, 6)).min(NIGHTS);
    for (at, status, result) in
        [(night, "final", "Negativ"), (night, "final", "Inkonklusiv"), (settled, "corrected", "Negativ")]
    {
        answer(tale, &key, (night, at), test, (status, result), (false, false));
    }
}

/// One answer: taken well before the one night, told on the other.
fn answer(
    tale: &mut Tale<'_>,
    key: &str,
    (night, at): (u32, u32),
    test: &str,
    (status, result): (&'static str, &str),
    (alone, by_reference): (bool, bool),
) {
    let mark = format!("K{:05}", 10_000 + tale.world.versions.len());
    let answered = if result.is_empty() { String::new() } else { (day(at) - Days::new(1)).to_string() };
    let status = if result.is_empty() { "" } else { status };
    let taken = day(night) - Days::new(20);
    let row = format!("{taken};{answered};{test};{result};{status};Prøvelab {mark};");
    let who = tale.who;
    let number = tale.world.migrants[who].numbers[0].digits.clone();
    let (key, night) = (key.to_owned(), at);
    tale.world.versions.push(Version { mark, key, who, night, status, alone, row, by_reference, number });
}

/// Most journals are there from the beginning; some come late, some are cut off first.
fn journals(tale: &mut Tale<'_>) {
    let who = tale.who;
    let whole = tale.world.dice.below(100);
    let late = tale.later(1, 9);
    match whole {
        0..70 => tale.world.tell(1, News::Journal(who, true)),
        70..82 => tale.world.tell(late, News::Journal(who, true)),
        82..94 => {
            tale.world.tell(1, News::Journal(who, false));
            tale.world.tell(late, News::Journal(who, true));
        }
        _ => {}
    }
}
