//! The account of made-up nights: whatever stands where, everything is counted once, and what is missing is seen.

use proptest::prelude::*;

use super::*;
use crate::inventory::{Reading, ResultStatus, Standing, TbForm, TbInventory, TbItem, TbStatus};
use crate::ledger::Entry;
use crate::reason::Reason;
use crate::transfer::{State, samples};

/// A night with one transfer per state given, each of a patient of its own.
pub(crate) struct Made {
    run: RunId,
    book: Book,
    key: LedgerKey,
    views: BTreeMap<TransferId, View>,
    moves: BTreeSet<MoveKey>,
    touched: BTreeSet<TransferId>,
    gradings: BTreeMap<PatientRef, Grading>,
    rows: RowSums,
    own: MunicipalityNo,
}

impl Made {
    pub(crate) fn of(states: &[State]) -> Result<Self, Box<dyn std::error::Error>> {
        let mut made = Made {
            run: samples::run(),
            book: Book::default(),
            key: LedgerKey::new([7; 32]),
            views: BTreeMap::new(),
            moves: BTreeSet::new(),
            touched: BTreeSet::new(),
            gradings: BTreeMap::new(),
            rows: RowSums::default(),
            own: "0301".parse()?,
        };
        for (number, state) in states.iter().enumerate() {
            let birth = samples::birth(&format!("P-{number}"), Content::Tb);
            let id = TransferId::from_text(format!("T-{number:04}"));
            made.moves.insert(birth.the_move.key.clone());
            let plan = Entry::Plan { transfer: id.clone(), birth: Box::new(birth) };
            made.book.record(&plan, samples::minute(0))?;
            if let Some(transfer) = made.book.transfers.get_mut(&id) {
                transfer.state = state.clone();
            }
        }
        Ok(made)
    }

    pub(crate) fn account(&self, now: &str) -> Result<Reconciliation, Box<dyn std::error::Error>> {
        Ok(reconcile(&Night {
            run: &self.run,
            command: "run",
            now: Now::parse_from_rfc3339(now)?,
            book: &self.book,
            key: &self.key,
            earlier_runs: &[],
            latest: None,
            read_inputs: true,
            views: &self.views,
            moves: &self.moves,
            contents: &[Content::Tb],
            gradings: &self.gradings,
            touched: &self.touched,
            rows: self.rows,
            rejected: &[],
            held: &[],
            receipts: &[],
            remarks: &[],
            own: &self.own,
            receipt_hours: 96,
            placed_days: 3,
        }))
    }
}

pub(crate) const NIGHT: &str = "2026-11-22T02:00:00+01:00";

fn item(key: &str, standing: Standing) -> TbItem {
    TbItem {
        source_file: "tb.csv".to_owned(),
        source_key: key.to_owned(),
        code_system: String::new(),
        code: String::new(),
        test: "IGRA".to_owned(),
        material: String::new(),
        result: "Negativ".to_owned(),
        reading: Reading::Negative,
        status: ResultStatus::Final,
        taken_on: None,
        answered_on: None,
        laboratory: String::new(),
        comment: String::new(),
        active_disease_test: false,
        version: 1,
        standing,
        basis: None,
    }
}

fn found(items: Vec<TbItem>) -> Inventory {
    let tb = TbInventory { items, status: TbStatus::NoPositiveFindings, form: TbForm::Summary, basis: None };
    Inventory { tb: Some(tb), ..Inventory::default() }
}

proptest! {
    #[test]
    fn every_transfer_is_in_one_group_and_the_sums_agree(
        which in prop::collection::vec(0..samples::states().len(), 0..40),
        touched in prop::collection::vec(any::<bool>(), 40),
        seen in any::<bool>(),
    ) {
        let states: Vec<State> = which.iter().filter_map(|at| samples::states().get(*at).cloned()).collect();
        let Ok(mut made) = Made::of(&states) else { return Err(TestCaseError::fail("the made-up night")) };
        made.touched = made.book.transfers.keys().zip(touched).filter(|(_, t)| *t).map(|(id, _)| id.clone()).collect();
        if !seen {
            made.moves.clear();
        }
        let Ok(account) = made.account(NIGHT) else { return Err(TestCaseError::fail("a time")) };
        prop_assert!(account.imbalances.is_empty(), "{:?}", account.imbalances);
        prop_assert_eq!(account.groups.values().sum::<u64>(), states.len() as u64);
        let settled = account.groups.get(&Group::SettledEarlier).copied().unwrap_or_default();
        prop_assert_eq!(account.lines.len() as u64 + settled, states.len() as u64);
        let ended = ["accepted", "withdrawn", "nothing-to-send"];
        let untouched = account.lines.iter().filter(|line| !made.touched.contains(&line.transfer_id));
        let shown_ended = untouched.filter(|line| ended.contains(&line.state.as_str())).count();
        prop_assert!(seen || shown_ended == 0, "what ended before and was not touched is one figure");
    }
}

#[test]
fn whatever_is_missing_is_seen() -> Result<(), Box<dyn std::error::Error>> {
    let imbalances = |made: &Made| made.account(NIGHT).map(|account| account.imbalances.len());
    let whole = Made::of(&samples::states())?;
    assert_eq!(imbalances(&whole)?, 0);

    let mut without_a_transfer = Made::of(&samples::states())?;
    let gone = without_a_transfer.book.transfers.pop_first();
    assert!(gone.is_some());
    assert_eq!(imbalances(&without_a_transfer)?, 1, "a move without its first transfer");

    let mut without_a_row = Made::of(&[])?;
    without_a_row.rows = RowSums { read: 3, moves: 2, ..RowSums::default() };
    assert_eq!(imbalances(&without_a_row)?, 1, "a row that went nowhere");

    let mut without_a_result = Made::of(&[State::Planned])?;
    let view = |results_found| View {
        inventory: Some(found(vec![item("R-1", Standing::Current), item("R-2", Standing::NotTb)])),
        results_found: Some(results_found),
        ..View::default()
    };
    without_a_result.views.insert(TransferId::from_text("T-0000"), view(3));
    assert_eq!(imbalances(&without_a_result)?, 1, "a version that the report does not show");
    without_a_result.views.insert(TransferId::from_text("T-0000"), view(2));
    assert_eq!(imbalances(&without_a_result)?, 0);
    Ok(())
}

#[test]
fn a_result_goes_where_its_transfer_goes() -> Result<(), Box<dyn std::error::Error>> {
    let mut sealed = samples::sealed(1, 1);
    sealed.inventory = found(vec![item("R-1", Standing::Current), item("R-2", Standing::Objected)]);
    let inventory = sealed.inventory.clone();
    let states = [
        (State::Placed { sealed: sealed.clone(), place: "a.zip".to_owned() }, "waiting objected"),
        (State::InDoubt { sealed: sealed.clone(), attempt: 1, parts: Vec::new() }, "carried objected"),
        (State::NothingToSend { why: Reason::Abroad, inventory: inventory.clone() }, "not-due objected"),
        (State::NothingToSend { why: Reason::Objection, inventory }, "objected objected"),
    ];
    for (state, expected) in states {
        let account = Made::of(&[state])?.account(NIGHT)?;
        let seen: Vec<&str> = account.results.iter().map(|line| line.disposition.code()).collect();
        assert_eq!(seen.join(" "), expected);
        assert!(account.imbalances.is_empty());
    }
    Ok(())
}

#[test]
fn a_late_result_is_shown_beside_what_left_and_asks_for_a_person() -> Result<(), Box<dyn std::error::Error>> {
    let mut sealed = samples::sealed(1, 1);
    sealed.inventory = found(vec![item("R-1", Standing::Current)]);
    let parts = vec![samples::part(1, None)];
    let sent = State::Sent { sealed, reference: String::new(), at: samples::minute(5), parts };
    let mut made = Made::of(&[sent])?;
    let tonight = found(vec![item("R-1", Standing::Current), item("R-2", Standing::Current)]);
    made.views.insert(TransferId::from_text("T-0000"), View { inventory: Some(tonight), ..View::default() });
    let account = made.account(NIGHT)?;
    let seen: Vec<(&str, bool)> = account.results.iter().map(|l| (l.disposition.code(), l.late)).collect();
    assert_eq!(seen, [("carried", false), ("waiting", true)]);
    assert_eq!(account.actions.iter().map(|action| action.code).collect::<Vec<_>>(), [Reason::LateResult]);
    Ok(())
}

#[test]
fn a_missing_receipt_is_overdue_after_its_hours_and_not_before() -> Result<(), Box<dyn std::error::Error>> {
    let parts = vec![samples::part(1, None)];
    let sent = State::Sent {
        sealed: samples::sealed(1, 1),
        reference: String::new(),
        at: samples::minute(1),
        parts,
    };
    let made = Made::of(&[sent])?;
    // Sealed at 02:01 local time on the 22nd; ninety-six hours later is the 26th.
    for (now, expected) in [("2026-11-26T02:01:00+01:00", false), ("2026-11-26T02:01:01+01:00", true)] {
        let account = made.account(now)?;
        assert_eq!(account.lines.iter().map(|line| line.overdue).collect::<Vec<_>>(), [expected], "{now}");
        let acts: Vec<Reason> = account.actions.iter().map(|action| action.code).collect();
        assert_eq!(acts, if expected { vec![Reason::Overdue] } else { Vec::new() }, "{now}");
    }
    Ok(())
}

#[test]
fn a_protected_persons_line_names_no_place() -> Result<(), Box<dyn std::error::Error>> {
    for state in samples::states() {
        let mut made = Made::of(&[state])?;
        made.gradings.insert(PatientRef::new("P-0"), Grading::StrictlyConfidential);
        let account = made.account(NIGHT)?;
        for line in &account.lines {
            let places = [line.from.is_some(), line.to.is_some(), line.district.is_some()];
            let receiver =
                [line.receiver_name.is_some(), line.receiver_her_id.is_some(), line.channel.is_some()];
            assert!(!places.contains(&true) && !receiver.contains(&true), "{}", line.state);
            assert!(line.evidence.is_empty() && line.reasons.iter().all(|(_, detail)| detail.is_empty()));
        }
    }
    Ok(())
}

#[test]
fn an_account_is_masked_afterwards_as_if_the_person_had_been_protected_then()
-> Result<(), Box<dyn std::error::Error>> {
    for state in samples::states() {
        let name = state.code();
        let mut made = Made::of(&[state])?;
        let id = TransferId::from_text("T-0000");
        let told = TbItem { laboratory: "Haukeland".to_owned(), ..item("1", Standing::Current) };
        let notes = vec![Note { reason: Reason::AskLaboratory, detail: "Haukeland".to_owned() }];
        let view =
            View { inventory: Some(found(vec![told])), results_found: Some(1), notes, ..View::default() };
        made.views.insert(id.clone(), view);
        let then = made.account(NIGHT)?;
        let masked = then.clone().without_places_of(&BTreeSet::from([id]));
        made.gradings.insert(PatientRef::new("P-0"), Grading::StrictlyConfidential);
        assert_eq!(masked, made.account(NIGHT)?, "{name}");
        assert_eq!(
            then.clone().without_places_of(&BTreeSet::new()),
            then,
            "{name}: nobody else's is touched"
        );
    }
    Ok(())
}

/// What was waited for, from when and until when, in hours after the sample life began.
type Waited = (WaitsFor, i64, i64);

fn waits(state: State) -> Result<Option<Waited>, Box<dyn std::error::Error>> {
    let account = Made::of(&[state])?.account(NIGHT)?;
    let hours = |at: Moment| (at - samples::minute(0)).num_hours();
    let wait = account.lines.first().ok_or("a line")?.wait;
    Ok(wait.map(|wait| (wait.waits_for, hours(wait.from), hours(wait.due))))
}

#[test]
fn what_waits_by_a_day_says_until_when() -> Result<(), Box<dyn std::error::Error>> {
    for state in samples::states() {
        let expected = match state.code() {
            // Sealed a minute after it began; planned when it began.
            "sent" | "delivered" | "in-doubt" => Some((WaitsFor::Receipt, 0, 96)),
            "placed" => Some((WaitsFor::Posting, 0, 72)),
            _ => None,
        };
        let name = state.code();
        assert_eq!(waits(state)?, expected, "{name}");
    }
    Ok(())
}

#[test]
fn a_wait_is_over_when_its_deadline_has_passed() -> Result<(), Box<dyn std::error::Error>> {
    let (from, due) = (samples::minute(0), samples::minute(60));
    let wait = Wait { waits_for: WaitsFor::Receipt, from, due };
    assert!(!wait.is_over(due) && wait.is_over(samples::minute(61)));
    assert_eq!((wait.lasted(samples::minute(-5)).num_minutes(), wait.may_last().num_minutes()), (0, 60));
    Ok(())
}

#[test]
fn a_line_is_of_the_group_its_transfer_is_counted_in() -> Result<(), Box<dyn std::error::Error>> {
    for now in [NIGHT, "2026-11-21T02:00:00+01:00"] {
        let today = Now::parse_from_rfc3339(now)?.date_naive();
        for state in samples::states() {
            let made = Made::of(&[state])?;
            let transfer = made.book.transfers.values().next().ok_or("a transfer")?;
            let account = made.account(now)?;
            let line = account.lines.first().ok_or("a line")?;
            assert_eq!(line.group(today), Some(Group::of(transfer, today)), "{} {now}", line.state);
        }
    }
    Ok(())
}

#[test]
fn the_nights_before_are_handed_on_and_only_nights_count() -> Result<(), Box<dyn std::error::Error>> {
    let mut latest = Made::of(&samples::states())?.account(NIGHT)?;
    let figures = NightSums::of(&latest).ok_or("a night")?;
    assert_eq!((figures.in_group(Group::Held), figures.actions), (1, latest.actions.len() as u64));
    assert_eq!(trend::before(None), []);
    assert_eq!(trend::before(Some(&latest)), std::slice::from_ref(&figures));
    latest.command = "receipts".to_owned();
    latest.trend = vec![figures.clone(); 3];
    assert_eq!(trend::before(Some(&latest)), vec![figures.clone(); 3], "passed on, itself no night");
    latest.command = "run".to_owned();
    latest.trend = vec![figures; 2 * trend::NIGHTS];
    assert_eq!(trend::before(Some(&latest)).len(), trend::NIGHTS);
    Ok(())
}
