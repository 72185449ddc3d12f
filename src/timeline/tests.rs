//! Nights: what each row of rules § 2 comes to, alone and over several nights.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use proptest::prelude::{Just, Strategy};

use super::stays::Stays;
use super::{Effect, Lives, NotMove, Settings, Timeline, timelines};
use crate::id::{LedgerKey, PatientRef};
use crate::identity::{Identities, Sources, identify};
use crate::intake::cells::Reading;
use crate::intake::{EventKind, Extracts, Register};
use crate::inventory::Inventory;
use crate::job::columns;
use crate::ledger::{Book, Entry, PersonMemory};
use crate::moves::{Moment, Now};
use crate::patient::Grading;
use crate::person::Environment;
use crate::place::MunicipalityNo;
use crate::reason::Reason;
use crate::tables::municipalities::Municipalities;
use crate::tabular::{self, BadCell, Form, RejectedRow};
use crate::transfer::{Acceptance, Birth, Hand, Kind, ParcelRecord, Sealed, State, Transfer};
use crate::verdict::{Channel, Clearance, Content, Function, Receiver};

const FNR: &str = "05849628625";
const DNR: &str = "68841579449";

const PATIENTS: &str = "patient_ref;person_id;id_status;birth_date;group_a;screening;consent;objection\n\
                        P-1;05849628625;;1996-04-05;yes;done;;none\n\
                        P-2;59820382522;;2003-02-19;yes;done;;none\n";

const HEADER: &str = "event_id;person_id;former_id;from_municipality;to_municipality;to_district;move_date;\
                      event_type;change;address_grading;registered_at\n";

fn now() -> Now {
    DateTime::parse_from_rfc3339("2026-11-22T02:00:00+01:00").unwrap_or_default()
}

/// Rows as Folkeregisteret's events give them: an id that begins with `L` is that of a change that names no event,
/// `#7` at the end of one is a sequence number, and what is of the type `ulest` was rejected when it was read.
fn as_an_event(row: &mut crate::intake::Occurrence) {
    let id = row.event_id.clone().unwrap_or_default();
    row.of_latest = id.starts_with('L') || id.ends_with(" annullere");
    row.sequence = id.split_once('#').and_then(|(_, number)| number.parse().ok()).unwrap_or_default();
    if row.kind == EventKind::Other("ulest".to_owned()) {
        row.kind = EventKind::Unread;
    }
}

/// A municipality's nights: its register, its ledger, its settings.
struct House {
    book: Book,
    patients: String,
    own: &'static str,
    districts: bool,
    today: &'static str,
    events_held: bool,
}

impl Default for House {
    fn default() -> Self {
        let book = Book::default();
        House {
            book,
            patients: PATIENTS.to_owned(),
            own: "0301",
            districts: false,
            today: "2026-11-22",
            events_held: false,
        }
    }
}

impl House {
    fn look(&self, files: &[Vec<String>]) -> (Identities, Timeline) {
        let (Ok(own), Ok(today)) = (self.own.parse::<MunicipalityNo>(), self.today.parse::<NaiveDate>())
        else {
            panic!("the test's own settings are wrong")
        };
        let reading = Reading { environment: Environment::Test, now: now() };
        let read = |text: String, columns| match tabular::read(text.as_bytes(), &Form::default(), columns) {
            Ok(table) => table,
            Err(fault) => panic!("the test's own table is not whole: {fault}"),
        };
        let patients = read(self.patients.clone(), columns::PATIENTS);
        let register = Register::read(&patients, "patients.csv", &reading);
        let mut extracts = Extracts::default();
        for (at, rows) in files.iter().enumerate() {
            let table = read(format!("{HEADER}{}\n", rows.join("\n")), columns::RELOCATIONS);
            extracts.take_in(&table, &format!("{at}.csv"), &reading);
        }
        extracts.occurrences.iter_mut().for_each(as_an_event);
        extracts.events_held = self.events_held;
        let unread = extracts.occurrences.iter().filter(|row| row.kind == EventKind::Unread);
        let unread = unread.map(|row| BadCell::new("x", "x", "x").reject(&row.at.file, row.at.line));
        extracts.rejected.extend(unread.collect::<Vec<_>>());
        let sources = Sources {
            register: &register,
            occurrences: &extracts.occurrences,
            protections: &extracts.protections,
            follow_up_from: now().to_utc(),
            asked: &std::collections::BTreeSet::new(),
        };
        let identities = identify(&sources, &self.book, &LedgerKey::new([7; 32]), now());
        let settings = Settings { own: &own, oslo_districts: self.districts, today };
        let timeline = timelines(&identities, &extracts, &self.book, Municipalities::embedded(), &settings);
        assert!(timeline.counts.adds_up(), "{:?}", timeline.counts);
        (identities, timeline)
    }

    /// A night of one extract, recorded; and the same night again, which must find nothing new.
    fn night(&mut self, rows: &[String]) -> Timeline {
        let files = [rows.to_vec()];
        let (identities, timeline) = self.look(&files);
        self.record(&identities, &timeline);
        let (again, repeated) = self.look(&files);
        assert_eq!(again.entries, [], "the ledger knows the persons");
        assert_eq!((repeated.effects, repeated.residences), (vec![], vec![]), "nothing is left to do");
        assert!(repeated.moves.iter().all(|the_move| !the_move.new));
        assert_eq!(repeated.counts, timeline.counts);
        timeline
    }

    fn record(&mut self, identities: &Identities, timeline: &Timeline) {
        for entry in identities.entries.iter().chain(&timeline.residences) {
            match entry.clone() {
                Entry::Whereabouts { patient, residence, .. } => {
                    self.book.residences.entry(patient).or_default().push(residence);
                }
                Entry::Unplaced { .. } | Entry::Ended { .. } => {
                    assert_eq!(self.book.record(entry, now().to_utc()), Ok(()));
                }
                Entry::Grading { persons, grading, registered_at } => {
                    let memory =
                        PersonMemory { grading, grading_registered_at: registered_at, strict_since: None };
                    self.book.persons.extend(persons.into_iter().map(|key| (key, memory.clone())));
                }
                Entry::Link { former, current } => drop(self.book.links.insert(former, current)),
                _ => panic!("an entry of another kind"),
            }
        }
        for planned in timeline.moves.iter().filter(|planned| planned.new) {
            for content in [Content::Tb, Content::Journal] {
                self.plan(identities, &planned.the_move, content);
            }
        }
        timeline.effects.iter().for_each(|effect| self.follow(effect));
    }

    fn plan(&mut self, identities: &Identities, the_move: &crate::moves::Move, content: Content) {
        let patient = the_move.key.patient.clone();
        let parts =
            [patient.reveal(), the_move.key.to.code(), &the_move.key.date.to_string(), content.code()];
        let id = LedgerKey::new([7; 32]).transfer(&parts);
        let birth = Birth {
            persons: identities.migrants.get(&patient).map(|m| m.persons.clone()).unwrap_or_default(),
            patient,
            shown: String::new(),
            the_move: the_move.clone(),
            content,
            kind: Kind::First,
            protected: false,
        };
        let planned = self.book.record(&Entry::Plan { transfer: id, birth: Box::new(birth) }, now().to_utc());
        assert_eq!(planned, Ok(()));
    }

    fn follow(&mut self, effect: &Effect) {
        let hand = Hand { by: "test".to_owned(), why: String::new() };
        for transfer in self.book.transfers.values_mut() {
            let here = !transfer.state.may_have_left() && !transfer.state.is_end();
            let key = &transfer.birth.the_move.key;
            match effect {
                Effect::Withdraw { of, why } if of == key && here => {
                    transfer.state =
                        State::Withdrawn { why: Some(*why), hand: hand.clone(), inventory: None };
                }
                Effect::NothingToSend { of, why } if of == key && here => {
                    transfer.state = State::NothingToSend { why: *why, inventory: Inventory::default() };
                }
                Effect::MovedOn { of, content, .. } if of == key && *content == transfer.birth.content => {
                    transfer.state =
                        State::NothingToSend { why: Reason::MovedOn, inventory: Inventory::default() };
                }
                Effect::Revived { of } if of == key => transfer.state = State::Planned,
                Effect::Recall { transfer: id, why } if *id == transfer.id => transfer.recalled = Some(*why),
                Effect::StandsAgain { transfer: id } if *id == transfer.id => {
                    let told =
                        (id.clone(), "withdrawn".into(), "reopen".into(), String::new(), now().to_utc());
                    self.book.contradictions.push(told);
                }
                _ => {}
            }
        }
    }

    /// Where the ledger says that P-1 has lived.
    fn standing(&self) -> Vec<String> {
        let stays = Stays::remembered(&self.book, &PatientRef::new("P-1"));
        let standing = stays.0.iter().filter(|(_, stay)| stay.stands());
        standing.map(|((to, date), _)| format!("{} {date}", to.code())).collect()
    }

    /// Puts every transfer to a municipality into a state.
    fn set(&mut self, to: &str, state: &State) {
        let to_there = |t: &&mut Transfer| t.birth.the_move.key.to.code() == to;
        self.book.transfers.values_mut().filter(to_there).for_each(|t| t.state = state.clone());
    }
}

fn sent() -> State {
    let Ok(municipality) = "4601".parse() else { panic!("a municipality number") };
    let at: Moment = now().to_utc();
    let clearance = Clearance {
        channel: Channel::Outbox,
        function: Some(Function::HealthDialogue),
        receiver: Receiver::SameEpj(municipality),
        sealed_to: None,
        evidence: Vec::new(),
        agreed: true,
        valid_until: at,
    };
    let parcel = ParcelRecord { files: Vec::new(), sealed_at: at };
    let sealed = Box::new(Sealed { parcel, clearance, inventory: Inventory::default() });
    State::Sent { sealed, reference: String::new(), at, parts: Vec::new() }
}

fn accepted() -> State {
    let hand = Hand { by: "test".to_owned(), why: String::new() };
    State::Accepted { sealed: None, at: None, how: Acceptance::Confirmed { hand }, parts: Vec::new() }
}

/// A move of P-1: event, from, to, move day in November, registered on.
fn told(event: &str, from: &str, to: &str, day: u32, registered: u32) -> String {
    row(event, from, to, day, "", "", registered)
}

fn row(event: &str, from: &str, to: &str, day: u32, kind: &str, change: &str, registered: u32) -> String {
    format!("{event};{FNR};;{from};{to};;2026-11-{day:02};{kind};{change};;2026-11-{registered:02} 03:12")
}

/// A timeline in words: `to[!][?]` per move (`!` new, `?` future) with its holds, then the effects.
fn words(timeline: &Timeline) -> String {
    let moves = timeline.moves.iter().map(|planned| {
        let holds: String = planned.holds.iter().map(|hold| format!(" {}", hold.reason)).collect();
        let code = planned.the_move.key.to.code();
        let new = if planned.new { "!" } else { "" };
        let future = if planned.due { "" } else { "?" };
        format!("{code}@{}{new}{future}{holds}", planned.the_move.key.date.format("%d"))
    });
    let effects = timeline.effects.iter().map(|effect| match effect {
        Effect::Withdraw { of, why } => format!("withdraw {} {why}", of.to.code()),
        Effect::NothingToSend { of, why } => format!("nothing {} {why}", of.to.code()),
        Effect::Recall { why, .. } => format!("recall {why}"),
        Effect::MovedOn { of, content, .. } => format!("moved-on {} {content}", of.to.code()),
        Effect::Revived { of } => format!("revived {}", of.to.code()),
        Effect::StandsAgain { .. } => "stands-again".to_owned(),
    });
    moves.chain(effects).collect::<Vec<_>>().join(", ")
}

fn not_moves(timeline: &Timeline) -> Vec<(NotMove, u64)> {
    timeline.counts.not_moves.iter().map(|(kind, count)| (*kind, *count)).collect()
}

#[test]
fn each_row_of_the_rule_book_alone() {
    let move_to = |to| told("E1", "0301", to, 18, 20);
    let typed = |kind| row("E1", "0301", "4601", 18, kind, "", 20);
    let rows = [
        ("a change of municipality", vec![move_to("4601")], "4601@18!"),
        ("without a municipality moved from", vec![told("E1", "", "4601", 18, 20)], "4601@18!"),
        ("an old number with one successor", vec![move_to("3001")], "3101@18!"),
        ("several successors", vec![move_to("1507")], "1507@18! unknown-municipality"),
        ("Svalbard", vec![move_to("2111")], "2111@18! unknown-municipality"),
        ("9999", vec![move_to("9999")], "9999@18! unknown-municipality"),
        ("no municipality", vec![move_to("")], "@18! unknown-municipality"),
        ("a date to come", vec![told("E1", "0301", "4601", 30, 20)], "4601@30!?"),
        ("an unknown type", vec![typed("endringIAlt")], ""),
        ("without moving", vec![typed("endringIBostedsadresseUtenFlytting")], ""),
        ("renumbered", vec![typed("endringIBostedsadresseVedKommuneregulering")], ""),
        ("oppholdsadresse of a fødselsnummer", vec![typed("endringIOppholdsadresse")], ""),
        ("the same municipality", vec![move_to("0301")], ""),
        ("to the sender", vec![told("E1", "4601", "0301", 18, 20)], ""),
        ("not from us", vec![told("E1", "4601", "5001", 18, 20)], ""),
        ("the same again", vec![move_to("4601"), move_to("4601")], "4601@18!"),
        ("another date", vec![move_to("4601"), told("E2", "0301", "4601", 19, 21)], "4601@18!"),
        (
            "annulled the same night",
            vec![move_to("4601"), row("E1", "", "", 18, "", "annulled", 21)],
            "4601@18!, withdraw 4601 annulled",
        ),
        (
            "corrected the same night",
            vec![move_to("4601"), row("E1", "0301", "5001", 18, "", "corrected", 21)],
            "4601@18!, 5001@18!, withdraw 4601 annulled",
        ),
        ("a correction of nothing", vec![row("E9", "0301", "5001", 18, "", "corrected", 21)], ""),
        (
            "a later move the same night",
            vec![move_to("4601"), told("E2", "4601", "5001", 20, 21)],
            "4601@18!, 5001@20!, withdraw 4601 overtaken",
        ),
        (
            "a later move that is not due",
            vec![move_to("4601"), told("E2", "4601", "5001", 30, 21)],
            "4601@18!, 5001@30!?",
        ),
        (
            "named later",
            vec![move_to("9999"), told("E2", "0301", "4601", 19, 21)],
            "4601@19!, 9999@18!, withdraw 9999 overtaken",
        ),
        (
            "two of equal order",
            vec![move_to("4601"), told("E2", "0301", "5001", 18, 20)],
            "4601@18! conflicting-moves, 5001@18! conflicting-moves",
        ),
        (
            "abroad",
            vec![move_to("4601"), row("E2", "", "", 21, "endringIUtflytting", "", 21)],
            "4601@18!, nothing 4601 abroad",
        ),
        (
            "home from abroad",
            vec![row("E2", "", "", 17, "personErUtflyttet", "", 17), move_to("4601")],
            "4601@18!",
        ),
        (
            "dead",
            vec![move_to("4601"), row("E2", "", "", 10, "personErDoed", "", 10)],
            "4601@18!, nothing 4601 dead",
        ),
        (
            "dead by mistake",
            vec![
                move_to("4601"),
                row("E2", "", "", 10, "personErDoed", "", 10),
                row("E2", "", "", 10, "personErDoed", "annulled", 11),
            ],
            "4601@18!",
        ),
    ];
    for (name, rows, expected) in rows {
        assert_eq!(words(&House::default().night(&rows)), expected, "{name}");
    }
}

#[test]
fn what_has_ended_stays_so_until_it_is_taken_back() {
    let ending = |event: &str, kind, change, day| row(event, "", "", 20, kind, change, day);
    for (kind, why) in [("personErDoed", Reason::Dead), ("endringIUtflytting", Reason::Abroad)] {
        let mut house = House::default();
        let first = told("E1", "0301", "4601", 18, 19);
        let ended = house.night(&[first.clone(), ending("D", kind, "", 20)]);
        assert_eq!(words(&ended), format!("4601@18!, nothing 4601 {why}"));
        assert_eq!(ended.lives.values().next(), Some(&Lives::Nowhere), "{why}");
        let still = house.night(std::slice::from_ref(&first));
        assert_eq!((words(&still).as_str(), still.lives.values().next()), ("4601@18", Some(&Lives::Nowhere)));
        let again = house.night(&[ending("D", kind, "annulled", 23)]);
        assert_eq!(words(&again), "revived 4601", "{why}");
        assert!(matches!(again.lives.values().next(), Some(Lives::At(_))), "{why}");
        let told_again = house.night(&[first, ending("D", kind, "", 20)]);
        assert_eq!(words(&told_again), "4601@18", "{why}: the same event, told once more");
    }
}

#[test]
fn each_row_is_counted_once_and_as_what_it_is() {
    let timeline = House::default().night(&[
        told("E1", "0301", "4601", 18, 20),
        told("E1", "0301", "4601", 18, 20),
        row("E1", "0301", "5001", 18, "", "corrected", 21),
        row("E9", "0301", "5001", 18, "", "annulled", 21),
        row("E3", "", "", 1, "endringIIdentifikasjonsnummer", "", 1),
        row("E4", "", "", 1, "endringIBostedsadresseUtenFlytting", "", 1),
        row("E5", "", "", 1, "endringIAlt", "", 1),
        "E6;42901553593;;0301;4601;;2026-11-18;;;;".to_owned(),
        "E7;x;;0301;4601;;2026-11-18;;;;".to_owned(),
    ]);
    let counts = &timeline.counts;
    assert_eq!((counts.read, counts.moves, counts.repeats, counts.changes), (9, 1, 1, 1));
    assert_eq!((counts.person_events, counts.not_ours, counts.rejected), (1, 1, 2));
    assert_eq!(not_moves(&timeline), [(NotMove::WithoutMoving, 1), (NotMove::UnknownType, 1)]);
    assert_eq!(timeline.unknown_types, BTreeMap::from([("endringIAlt".to_owned(), 1)]));
    let codes: Vec<_> = timeline.rejected.iter().map(|row| (row.line, row.code.as_str())).collect();
    assert_eq!(codes, [(5, "annuls-nothing"), (10, "bad-id")]);
}

#[test]
fn nights_that_follow_each_other() {
    let first = || told("E1", "0301", "4601", 10, 11);
    let second = || told("E2", "4601", "5001", 18, 19);
    let cases: [(&str, Option<State>, Vec<String>, &str); 11] = [
        ("overtaken before sending", None, vec![second()], "4601@10, 5001@18!, withdraw 4601 overtaken"),
        (
            "moved on after acceptance",
            Some(accepted()),
            vec![second()],
            "5001@18!, moved-on 5001 tb, moved-on 5001 journal",
        ),
        (
            "moved on before acceptance",
            Some(sent()),
            vec![second()],
            "4601@10, 5001@18!, recall overtaken, recall overtaken",
        ),
        (
            "home again before sending",
            None,
            vec![told("E2", "4601", "0301", 18, 19)],
            "4601@10, withdraw 4601 overtaken",
        ),
        (
            "from the sender again, after sending",
            Some(sent()),
            vec![told("E2", "0301", "5001", 18, 19)],
            "4601@10, 5001@18!",
        ),
        (
            "annulled before sending",
            None,
            vec![row("E1", "", "", 10, "", "annulled", 19)],
            "4601@10, withdraw 4601 annulled",
        ),
        (
            "annulled after sending",
            Some(sent()),
            vec![row("E1", "", "", 10, "", "annulled", 19)],
            "4601@10, recall annulled, recall annulled",
        ),
        (
            "corrected after acceptance",
            Some(accepted()),
            vec![row("E1", "0301", "5001", 10, "", "corrected", 19)],
            "4601@10, 5001@10!, recall annulled, recall annulled",
        ),
        (
            "another date after sending",
            Some(sent()),
            vec![row("E1", "0301", "4601", 9, "", "corrected", 19)],
            "4601@10",
        ),
        (
            "another date before sending",
            None,
            vec![row("E1", "0301", "4601", 9, "", "corrected", 19)],
            "4601@09!, 4601@10, withdraw 4601 annulled",
        ),
        ("told again", Some(accepted()), vec![first(), told("E8", "0301", "4601", 12, 15)], "4601@10"),
    ];
    for (name, state, rows, expected) in cases {
        let mut house = House::default();
        assert_eq!(words(&house.night(&[first()])), "4601@10!", "{name}");
        if let Some(state) = state {
            house.set("4601", &state);
        }
        assert_eq!(words(&house.night(&rows)), expected, "{name}");
        let (_, all) = house.look(&[[vec![first()], rows].concat()]);
        assert_eq!((all.effects, all.residences), (vec![], vec![]), "{name}: the whole story once more");
    }
}

#[test]
fn a_correction_of_an_old_event_does_not_make_it_the_latest() {
    let mut house = House::default();
    house.night(&[told("E1", "0301", "4601", 5, 6), told("E2", "4601", "5001", 10, 11)]);
    let timeline = house.night(&[row("E1", "0301", "1103", 5, "", "corrected", 20)]);
    assert_eq!(words(&timeline), "1103@05!, 4601@05, 5001@10, withdraw 1103 overtaken");
}

#[test]
fn a_change_that_names_no_event_is_of_the_latest_live_one() {
    let first = || told("E1", "0301", "4601", 5, 6);
    let second = || told("E2", "4601", "5001", 10, 11);
    let annulled = |id, registered| row(id, "", "", 1, "endringIBostedsadresse", "annulled", registered);
    let corrected = row("L9", "0301", "1103", 10, "endringIBostedsadresse", "corrected", 13);
    let stay = row("L1", "", "", 1, "endringIOppholdsadresse", "annulled", 13);
    let cases = [
        (
            "the latest",
            vec![first(), second(), annulled("L1", 13)],
            "4601@05!, 5001@10!, withdraw 5001 annulled",
        ),
        (
            "one after the other",
            vec![first(), second(), annulled("L1", 13), annulled("L2", 14)],
            "4601@05!, 5001@10!, withdraw 4601 annulled, withdraw 5001 annulled",
        ),
        (
            "told before the later one",
            vec![first(), second(), annulled("L1", 8)],
            "4601@05!, 5001@10!, withdraw 4601 annulled",
        ),
        (
            "the same change twice",
            vec![first(), second(), annulled("L1", 13), annulled("L1", 13)],
            "4601@05!, 5001@10!, withdraw 5001 annulled",
        ),
        ("corrected", vec![first(), corrected], "1103@10!, 4601@05!, withdraw 4601 annulled"),
        ("nothing before it", vec![first(), annulled("L1", 5)], "4601@05!"),
        ("another kind of address", vec![first(), stay], "4601@05!"),
    ];
    for (name, rows, expected) in cases {
        assert_eq!(words(&House::default().night(&rows)), expected, "{name}");
    }
    let rejected = House::default().night(&[annulled("L1", 8)]).rejected;
    assert_eq!(rejected.iter().map(|row| row.code.as_str()).collect::<Vec<_>>(), ["annuls-nothing"]);
    let mut house = House::default();
    house.night(&[first(), second()]);
    let later = house.night(&[annulled("L1", 13)]);
    assert_eq!(words(&later), "5001@10, withdraw 5001 annulled, stands-again, stands-again");
    house.night(&[told("E3", "4601", "5501", 15, 16)]);
    assert_eq!(words(&house.night(&[annulled("L1", 13)])).matches("withdraw").count(), 0, "read once more");
}

/// A correction or an annulment of bostedsadresse that names no event.
fn taken_back(id: &str, registered: u32) -> String {
    row(id, "", "", 1, "endringIBostedsadresse", "annulled", registered)
}

#[test]
fn an_address_change_that_moved_nobody_is_what_a_later_annulment_takes_back() {
    let mut house = House::default();
    house.night(&[told("E1", "", "4601", 5, 6)]);
    assert_eq!(words(&house.night(&[told("E2", "", "4601", 10, 11)])), "4601@05");
    assert_eq!(words(&house.night(&[taken_back("L1", 13)])), "4601@05");
    assert_eq!(words(&house.night(&[taken_back("L1", 13)])), "4601@05", "and once more");
    let all = [told("E1", "", "4601", 5, 6), told("E2", "", "4601", 10, 11), taken_back("L1", 13)];
    assert_eq!(words(&house.night(&all)), "4601@05", "and the whole story");
    assert_eq!(words(&house.night(&[taken_back("L2", 14)])), "4601@05, withdraw 4601 annulled");
}

#[test]
fn a_change_told_in_the_same_second_comes_after_what_it_changes() {
    let numbered = told("E1#7", "", "4601", 18, 20);
    for nights in
        [vec![vec![numbered.clone(), taken_back("L1", 20)]], vec![vec![numbered], vec![taken_back("L1", 20)]]]
    {
        let mut house = House::default();
        let last = nights.iter().map(|rows| words(&house.night(rows))).last();
        assert!(last.is_some_and(|last| last.ends_with("withdraw 4601 annulled")), "{nights:?}");
    }
}

#[test]
fn a_change_waits_while_a_file_of_events_is_held() {
    let mut house = House::default();
    house.night(&[told("E1", "", "4601", 5, 6)]);
    house.events_held = true;
    let night = house.night(&[taken_back("L1", 13)]);
    assert_eq!(words(&night), "4601@05 annuls-nothing", "held, and not taken back");
    assert_eq!((night.counts.changes, night.counts.rejected), (1, 0));
    let quiet = house.night(&[]);
    assert_eq!(words(&quiet), "4601@05 annuls-nothing", "the ledger remembers that it waits");
    assert_eq!((night.waiting, quiet.waiting), (1, 1), "and every night says so");
    house.events_held = false;
    let found = house.night(&[told("E2", "", "5001", 10, 11)]);
    assert_eq!(
        words(&found),
        "4601@05, 5001@10!, withdraw 5001 annulled",
        "it was of the one that came late"
    );
    assert_eq!(words(&house.night(&[taken_back("L1", 13)])).matches("annuls-nothing").count(), 0);
    assert!(house.book.unplaced.values().all(BTreeMap::is_empty), "nothing waits any more");
}

#[test]
fn a_change_waits_for_a_document_of_its_person_that_was_not_read() {
    let unread = |registered| row("E2", "", "", 1, "ulest", "", registered);
    let mut house = House::default();
    house.night(&[told("E1", "", "4601", 5, 6), unread(11)]);
    assert_eq!(
        words(&house.night(&[taken_back("L1", 8)])),
        "4601@05, withdraw 4601 annulled",
        "told before it"
    );
    let mut house = House::default();
    assert_eq!(words(&house.night(&[told("E1", "", "4601", 5, 6), unread(11)])), "4601@05!");
    assert_eq!(words(&house.night(&[taken_back("L1", 13)])), "4601@05 annuls-nothing");
    let later = house.night(&[told("E3", "", "1103", 15, 16)]);
    assert_eq!(words(&later), "1103@15!, 4601@05, withdraw 4601 overtaken", "a later move waits for nothing");
    let mut house = House::default();
    house.night(&[told("E1", "", "4601", 5, 6), unread(11)]);
    house.night(&[taken_back("L1", 13)]);
    let mended = house.night(&[told("E2", "", "4601", 10, 11)]);
    assert_eq!(words(&mended), "4601@05", "it was another address in the same municipality");
    assert!(house.book.unplaced.values().all(BTreeMap::is_empty), "nothing waits any more");
}

#[test]
fn two_changes_that_wait_hold_the_move_behind_an_address_that_moved_nobody() {
    let mut house = House::default();
    house.night(&[told("E1", "", "4601", 5, 6), told("E2", "", "4601", 10, 11)]);
    house.events_held = true;
    let night = house.night(&[taken_back("L1", 13), taken_back("L2", 14)]);
    assert_eq!(words(&night), "4601@05 annuls-nothing");
    house.events_held = false;
    assert_eq!(words(&house.night(&[])), "4601@05, withdraw 4601 annulled");
}

#[test]
fn a_change_that_waited_is_followed_on_a_night_without_a_row_and_without_an_open_transfer() {
    let mut house = House::default();
    house.night(&[told("E1", "", "4601", 5, 6)]);
    assert_eq!(words(&house.night(&[told("E2", "", "0301", 10, 11)])), "4601@05, withdraw 4601 overtaken");
    house.events_held = true;
    house.night(&[taken_back("L1", 13)]);
    house.events_held = false;
    assert_eq!(words(&house.night(&[])), "stands-again, stands-again", "it was the move home that was not");
    let mut house = House::default();
    house.night(&[told("E1", "", "0301", 5, 6)]);
    house.events_held = true;
    house.night(&[row("L1", "", "4601", 5, "endringIBostedsadresse", "corrected", 13)]);
    house.events_held = false;
    assert_eq!(words(&house.night(&[])), "4601@05!", "nobody had a transfer yet");
}

#[test]
fn a_change_waits_for_nothing_told_before_what_it_is_of() {
    let mut house = House::default();
    house.night(&[told("E1", "", "4601", 5, 6), row("E2", "", "", 1, "ulest", "", 11)]);
    house.night(&[told("E3", "", "1103", 15, 16)]);
    house.set("1103", &sent());
    let night = house.night(&[taken_back("L4", 20)]);
    assert_eq!(words(&night), "1103@15, recall annulled, recall annulled, stands-again, stands-again");
    assert_eq!((night.waiting, house.night(&[taken_back("L5", 21)]).waiting), (0, 1), "that one waits");
}

#[test]
fn two_events_without_ids_that_were_not_read_are_two() {
    let unread = |registered| row("", "", "", 1, "ulest", "", registered);
    let mut house = House::default();
    house.night(&[told("E1", "", "4601", 5, 6), unread(11)]);
    let night = house.night(&[taken_back("L1", 13), unread(20)]);
    assert_eq!(words(&night), "4601@05 annuls-nothing");
    assert_eq!(words(&house.night(&[])), "4601@05 annuls-nothing");
    let mut house = House::default();
    let night = house.night(&[told("E1", "", "4601", 5, 6), unread(11), unread(20), taken_back("L1", 13)]);
    assert_eq!(words(&night), "4601@05! annuls-nothing");
    assert_eq!(words(&house.night(&[taken_back("L2", 15)])), "4601@05 annuls-nothing");
}

#[test]
fn a_repeat_of_a_move_under_another_date_does_not_outlive_what_is_said_of_the_move() {
    let cases = [
        (
            "corrected",
            row("E1", "0301", "5001", 5, "", "corrected", 18),
            "4601@05, 5001@05!, recall annulled",
        ),
        ("annulled", row("E1", "", "", 5, "", "annulled", 18), "4601@05, recall annulled"),
    ];
    for (name, change, expected) in cases {
        let mut house = House::default();
        house.night(&[told("E1", "0301", "4601", 5, 6)]);
        house.set("4601", &sent());
        assert_eq!(words(&house.night(&[told("E8", "0301", "4601", 12, 15)])), "4601@05", "{name}");
        let night = house.night(&[change]);
        assert_eq!(words(&night), format!("{expected}, recall annulled"), "{name}");
    }
}

#[test]
fn an_event_that_takes_back_an_address_and_tells_it_anew_changes_nothing() {
    let again = [
        row("D9", "", "5001", 10, "endringIBostedsadresse", "", 13),
        row("D9 annullere", "", "", 1, "endringIBostedsadresse", "annulled", 13),
    ];
    for state in [None, Some(sent())] {
        let mut house = House::default();
        house.night(&[told("E1", "", "4601", 5, 6), told("E2", "", "5001", 10, 11)]);
        if let Some(state) = state {
            house.set("5001", &state);
        }
        assert_eq!(words(&house.night(&again)), "5001@10");
        assert_eq!(words(&house.night(&again)), "5001@10", "and once more");
        assert_eq!(words(&house.night(&again[1..])), "5001@10", "and half of it");
    }
}

#[test]
fn a_correction_that_waits_is_followed_as_it_was_written() {
    let mut house = House::default();
    house.night(&[told("E1", "", "4601", 5, 6)]);
    house.events_held = true;
    let corrected = row("L9", "", "1103", 4, "endringIBostedsadresse", "corrected", 13);
    assert_eq!(words(&house.night(&[corrected])), "4601@05 annuls-nothing");
    house.events_held = false;
    assert_eq!(words(&house.night(&[])), "1103@04!, 4601@05, withdraw 4601 annulled");
}

#[test]
fn oppholdsadresse_of_somebody_with_a_new_number_can_still_be_taken_back() {
    let by_dnr = format!("E1;{DNR};;;4601;;2026-11-05;endringIOppholdsadresse;;;2026-11-06 03:12");
    let linked = format!("E2;{FNR};{DNR};;;;2026-11-08;endringIIdentifikasjonsnummer;;;2026-11-09 03:12");
    let annulled = format!("L1;{FNR};;;;;2026-11-12;endringIOppholdsadresse;annulled;;2026-11-12 03:12");
    let mut house = House { patients: PATIENTS.replace(FNR, DNR), ..House::default() };
    assert_eq!(words(&house.night(&[by_dnr])), "4601@05!");
    house.night(&[linked]);
    assert_eq!(words(&house.night(&[annulled])), "4601@05, withdraw 4601 annulled");
}

#[test]
fn the_sequence_number_orders_what_was_registered_at_the_same_time() {
    let rows = [told("E1#7", "0301", "4601", 18, 20), told("E2#8", "4601", "5001", 18, 20)];
    let expected = "4601@18!, 5001@18!, withdraw 4601 overtaken";
    assert_eq!(words(&House::default().night(&rows)), expected);
    let mut house = House::default();
    house.night(&rows);
    let again = house.night(&[told("E2", "4601", "5001", 18, 20)]);
    assert_eq!(words(&again).matches("conflicting").count(), 0, "the ledger remembers the order");
}

#[test]
fn what_overtook_is_taken_back_and_the_first_stands_again() {
    let mut house = House::default();
    house.night(&[told("E1", "0301", "4601", 5, 6)]);
    house.night(&[told("E2", "4601", "5001", 10, 11)]);
    let timeline = house.night(&[row("E2", "", "", 10, "", "annulled", 20)]);
    assert_eq!(words(&timeline), "5001@10, withdraw 5001 annulled, stands-again, stands-again");
}

#[test]
fn a_future_move_comes_due_without_a_row() {
    let mut house = House::default();
    house.night(&[told("E1", "0301", "4601", 18, 18), told("E2", "4601", "5001", 25, 19)]);
    assert_eq!(words(&house.night(&[])), "4601@18, 5001@25?");
    house.today = "2026-11-25";
    assert_eq!(words(&house.night(&[])), "4601@18, 5001@25, withdraw 4601 overtaken");
}

#[test]
fn a_move_under_the_new_number_is_the_same_move() {
    let mut house = House { patients: PATIENTS.replace(FNR, DNR), ..House::default() };
    let under = |ids: &str| format!("E1;{ids};0301;4601;;2026-11-18;;;;2026-11-20");
    let timeline = house.night(&[under(&format!("{DNR};")), under(&format!("{FNR};{DNR}"))]);
    assert_eq!((words(&timeline).as_str(), timeline.counts.repeats), ("4601@18!", 1));
    assert_eq!(words(&house.night(&[under(&format!("{FNR};"))])), "4601@18", "the ledger remembers the link");
}

#[test]
fn a_holder_of_another_number_moves_by_oppholdsadresse() {
    let rows = ["E1;59820382522;;0301;4601;;2026-11-18;endringIOppholdsadresse;;;2026-11-20".to_owned()];
    assert_eq!(words(&House::default().night(&rows)), "4601@18!");
}

#[test]
fn districts_are_destinations_only_where_the_job_says_so() {
    let to = |event: &str, district: &str, day: u32| {
        format!("{event};{FNR};;0301;0301;{district};2026-11-{day};;;;2026-11-{day}")
    };
    let rows = [to("E1", "030105", 18), to("E2", "030105", 19), to("E3", "030107", 20)];
    let plain = House::default().night(&rows);
    assert_eq!((words(&plain).as_str(), not_moves(&plain)), ("", vec![(NotMove::SameMunicipality, 3)]));
    let told_apart = House { districts: true, ..House::default() }.night(&rows);
    assert_eq!(words(&told_apart), "030105@18!, 030107@20!, withdraw 030105 overtaken");
    let from_outside = House { own: "4601", ..House::default() }
        .night(&[format!("E1;{FNR};;4601;;030105;2026-11-18;;;;2026-11-18")]);
    let district = from_outside.moves.first().and_then(|planned| planned.the_move.district.clone());
    assert_eq!(words(&from_outside), "0301@18!");
    assert_eq!(district.map(|district| district.to_string()).as_deref(), Some("030105"));
}

#[test]
fn a_strictly_confidential_person_is_held_and_named_nowhere() {
    let graded = |to: &str, grading: &str| {
        format!("E1;{FNR};;0301;{to};;2026-11-18;endringIAdressebeskyttelse;;{grading};2026-11-20")
    };
    let rows = [
        ("strengtFortrolig", "4601", "", 1),
        ("fortrolig", "4601", "4601@18!", 0),
        ("fortrolig", "", "", 1),
        ("", "4601", "4601@18!", 0),
    ];
    for (grading, to, expected, person_events) in rows {
        let timeline = House::default().night(&[graded(to, grading)]);
        assert_eq!(words(&timeline), expected, "{grading} {to}");
        assert_eq!(timeline.counts.person_events, person_events, "{grading} {to}");
    }
    let strict = format!("E1;{FNR};;0301;1507;;2026-11-18;;;strengtFortrolig;2026-11-20");
    let mut house = House::default();
    let timeline = house.night(&[strict]);
    assert!(timeline.moves.iter().flat_map(|planned| &planned.holds).all(|hold| hold.detail.is_empty()));
    let (identities, _) = house.look(&[vec![]]);
    let gradings: Vec<Grading> = identities.migrants.values().map(|migrant| migrant.grading).collect();
    assert_eq!(gradings, [Grading::StrictlyConfidential], "the ledger remembers");
}

#[test]
fn somebody_the_register_has_dropped_is_followed_and_starts_nothing_new() {
    let mut house = House::default();
    house.night(&[told("E1", "0301", "4601", 10, 11)]);
    house.patients = PATIENTS.replace("P-1;", "P-9;").replace(FNR, "04819047176");
    let timeline = house.night(&[told("E2", "4601", "5001", 18, 19)]);
    assert_eq!(words(&timeline), "4601@10, withdraw 4601 overtaken");
    assert_eq!(timeline.counts.not_ours, 1);
}

#[test]
fn a_newer_row_decides_between_places_that_contradict_each_other() {
    let both = [told("E1", "0301", "4601", 18, 20), told("E2", "0301", "5001", 18, 20)];
    let rows = [
        ("the same place and date", told("E3", "0301", "5001", 18, 21), "withdraw 4601 overtaken"),
        ("without an event id", told("", "", "5001", 18, 21), "withdraw 4601 overtaken"),
        (
            "another date",
            told("E3", "0301", "5001", 19, 21),
            "withdraw 4601 overtaken, withdraw 5001 overtaken",
        ),
        (
            "another date, from nowhere",
            told("E3", "", "5001", 19, 21),
            "withdraw 4601 overtaken, withdraw 5001 overtaken",
        ),
        (
            "a third place",
            told("E3", "0301", "1103", 18, 21),
            "withdraw 4601 overtaken, withdraw 5001 overtaken",
        ),
        ("home", told("E3", "0301", "0301", 18, 21), ""),
    ];
    for (name, answer, expected) in rows {
        let mut house = House::default();
        house.night(&both);
        let effects = |timeline: &Timeline| {
            let words = words(timeline);
            words.split(", ").filter(|word| !word.contains('@')).collect::<Vec<_>>().join(", ")
        };
        let decided = house.night(std::slice::from_ref(&answer));
        assert_eq!(effects(&decided), expected, "{name}");
        let standing = |timeline: &Timeline| {
            let places = timeline.moves.iter().filter(|planned| planned.holds.is_empty());
            places.map(|planned| planned.the_move.key.to.code().to_owned()).collect::<Vec<_>>()
        };
        let quiet = house.night(&[]);
        if expected.is_empty() {
            continue;
        }
        let place = if name == "a third place" { "1103" } else { "5001" };
        assert_eq!(standing(&quiet), [place], "{name}, remembered");
        let all = house.night(&[&both[..], std::slice::from_ref(&answer)].concat());
        assert!(standing(&all).contains(&place.to_owned()), "{name}, all of it told again");
        assert_eq!(effects(&all), "", "{name}, all of it told again");
    }
}

#[test]
fn an_old_number_is_mapped_and_said_so_but_not_of_a_strictly_confidential_person() {
    let timeline = House::default().night(&[told("E1", "0301", "3001", 18, 20)]);
    let said: Vec<String> =
        timeline.mapped.iter().map(|((old, new), count)| format!("{old} {new} {count}")).collect();
    assert_eq!(said, ["3001 3101 1"]);
    let strict = format!("E1;{FNR};;0301;3001;;2026-11-18;;;strengtFortrolig;2026-11-20");
    assert!(House::default().night(&[strict]).mapped.is_empty());
}

#[test]
fn an_identity_conflict_holds() {
    let mut house = House::default();
    house.patients.push_str(&format!("P-3;{FNR};;1996-04-05;yes;done;;none\n"));
    let timeline = house.night(&[told("E1", "0301", "4601", 10, 11)]);
    assert_eq!(words(&timeline), "4601@10! identity-conflict");
    let mut linked = House::default();
    let timeline = linked.night(&[format!("E1;{FNR};59820382522;0301;4601;;2026-11-18;;;;2026-11-20")]);
    assert_eq!(words(&timeline), "4601@18! identity-conflict", "two patients linked into one person");
    let (mut moved, other) = (House::default(), PatientRef::new("P-9"));
    moved.night(&[told("E1", "0301", "4601", 10, 11)]);
    moved.patients = PATIENTS.replace("P-1;", "P-9;");
    let (identities, _) = moved.look(&[vec![told("E2", "0301", "5001", 18, 19)]]);
    assert!(identities.migrants.get(&other).is_some_and(|migrant| migrant.conflict.is_some()));
}

fn without_lines(mut timeline: Timeline) -> Timeline {
    let bare = |row: &RejectedRow| RejectedRow { file: String::new(), line: 0, ..row.clone() };
    timeline.rejected = timeline.rejected.iter().map(bare).collect();
    timeline.rejected.sort();
    timeline
}

/// Rows of two persons with everything that can depend on an order.
fn some_row() -> impl Strategy<Value = String> {
    let id = proptest::sample::select(vec![FNR, "59820382522", "42901553593"]);
    let places = proptest::sample::select(vec!["", "0301", "4601", "5001", "1103", "1507", "9999"]);
    let kinds = ["", "", "", "endringIUtflytting", "personErDoed", "endringIAdressebeskyttelse", "x"];
    let kind = proptest::sample::select(kinds.to_vec());
    let change = proptest::sample::select(vec!["", "", "", "corrected", "annulled"]);
    let grading = proptest::sample::select(vec!["", "ugradert", "fortrolig"]);
    let registered = proptest::sample::select(vec!["", "2026-11-17", "2026-11-18 03:00", "2026-11-20"]);
    (1..5_u32, id, places.clone(), places, 16..25_u32, kind, change, grading, registered).prop_map(
        |(event, id, from, to, day, kind, change, grading, registered)| {
            format!("E{event};{id};;{from};{to};;2026-11-{day};{kind};{change};{grading};{registered}")
        },
    )
}

/// An event as Folkeregisteret tells it: an address, or a change of the latest one.
#[derive(Clone, Debug)]
enum Told {
    Moved(&'static str),
    Annulled,
    Corrected(&'static str),
}

fn some_event() -> impl Strategy<Value = Told> {
    let place = || proptest::sample::select(vec!["0301", "4601", "4601", "5001"]);
    let moved = || place().prop_map(Told::Moved);
    proptest::prop_oneof![moved(), moved(), Just(Told::Annulled), place().prop_map(Told::Corrected)]
}

/// The event registered on a day of November; of the day before.
fn event_on(event: &Told, day: u32) -> String {
    let (id, to, change) = match event {
        Told::Moved(to) => (format!("E{day}"), *to, ""),
        Told::Annulled => (format!("L{day}"), "", "annulled"),
        Told::Corrected(to) => (format!("L{day}"), *to, "corrected"),
    };
    row(&id, "", to, day, "endringIBostedsadresse", change, day + 1)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_order_of_rows_and_files_decides_nothing(
        (rows, shuffled) in proptest::collection::vec(some_row(), 0..10)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        cut in 0..10_usize,
    ) {
        let house = House::default();
        let (one, two) = shuffled.split_at(cut.min(shuffled.len()));
        let (in_order, other) = (house.look(&[rows]), house.look(&[one.to_vec(), two.to_vec()]));
        proptest::prop_assert_eq!(&in_order.0.migrants, &other.0.migrants);
        proptest::prop_assert_eq!(&in_order.0.entries, &other.0.entries);
        proptest::prop_assert_eq!(without_lines(in_order.1), without_lines(other.1));
    }

    #[test]
    fn over_how_many_nights_events_come_decides_nothing(
        events in proptest::collection::vec(some_event(), 1..7),
        cuts in proptest::collection::vec(proptest::bool::ANY, 7),
        late in proptest::option::of(0..7_usize),
    ) {
        let rows: Vec<String> = events.iter().zip(1..).map(|(event, day)| event_on(event, day)).collect();
        let mut once = House::default();
        once.night(&rows);
        let mut house = House::default();
        let (mut tonight, mut came_late) = (Vec::new(), None);
        for (at, row) in rows.iter().enumerate() {
            match late == Some(at) && at + 1 < rows.len() {
                true => came_late = Some(row.clone()),
                false => tonight.push(row.clone()),
            }
            if cuts[at] {
                house.events_held = came_late.is_some();
                house.night(&std::mem::take(&mut tonight));
            }
        }
        house.events_held = false;
        tonight.extend(came_late);
        house.night(&tonight);
        proptest::prop_assert_eq!(house.standing(), once.standing(), "{:?}", rows);
        house.night(&rows);
        proptest::prop_assert_eq!(house.standing(), once.standing(), "all once more: {:?}", rows);
    }

    #[test]
    fn while_something_is_not_read_nothing_is_taken_back_or_sent_that_would_not_be(
        events in proptest::collection::vec(some_event(), 2..8),
        late in 0..7_usize,
        known in proptest::bool::ANY,
    ) {
        let rows: Vec<String> = events.iter().zip(1..).map(|(event, day)| event_on(event, day)).collect();
        let late = late % (rows.len() - 1);
        let mut once = House::default();
        once.night(&rows);
        let truth = Stays::remembered(&once.book, &PatientRef::new("P-1"));
        let mut house = House { events_held: !known, ..House::default() };
        let unread = row("U", "", "", 1, "ulest", "", late as u32 + 2);
        let rest = rows.iter().enumerate().filter(|(at, _)| *at != late).map(|(_, row)| row.clone());
        let gap: Vec<String> = rest.chain(known.then_some(unread)).collect();
        let timeline = house.night(&gap);
        for planned in &timeline.moves {
            let key = &planned.the_move.key;
            let of_it = |effect: &&Effect| matches!(effect, Effect::Withdraw { of, .. } if of == key);
            let effect = timeline.effects.iter().find(of_it);
            let annulled = matches!(effect, Some(Effect::Withdraw { why: Reason::Annulled, .. }));
            let is_over = truth.0.get(&(key.to.clone(), key.date)).is_some_and(|stay| !stay.stands());
            let goes = effect.is_none() && planned.holds.is_empty() && planned.due;
            let is_change = !matches!(events[late], Told::Moved(_));
            let said = words(&timeline);
            proptest::prop_assert!(!annulled || is_over, "taken back: {rows:?} without {late}: {said}");
            proptest::prop_assert!(!goes || !is_over || is_change, "sent: {rows:?} without {late}: {said}");
        }
    }

    #[test]
    fn the_same_night_again_finds_nothing_new(
        first in proptest::collection::vec(some_row(), 0..6),
        second in proptest::collection::vec(some_row(), 0..6),
        state in 0..3_u8,
    ) {
        let mut house = House::default();
        house.night(&first);
        match state {
            0 => house.set("4601", &sent()),
            1 => house.set("4601", &accepted()),
            _ => {}
        }
        house.night(&[first, second].concat());
    }
}
