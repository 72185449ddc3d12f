//! Any receipts in any order over a conversation, with reopenings in between: what they may never do.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

use super::steps::{By, Step};
use super::story::{Outcome, Story};
use crate::ledger::ReceiptRow;
use crate::transfer::State;

/// What the receiver holds of the revisions that count, told from rows and sealings alone.
#[derive(Default)]
struct Receiver {
    sealed: Vec<Vec<Vec<u32>>>,
    from: usize,
    has: BTreeSet<u32>,
}

impl Receiver {
    /// A row that says yes, and was heard.
    fn hears(&mut self, row: &ReceiptRow) {
        let yes = row.status.starts_with("accepted");
        let heard = ["applied", "earlier-revision"].contains(&row.effect.as_str());
        let (Some(revision), Some(part)) = (row.revision, row.part) else { return };
        if yes && heard && revision as usize > self.from {
            let messages = self.sealed.get(revision as usize - 1);
            let documents = messages.and_then(|messages| messages.get(part as usize - 1));
            self.has.extend(documents.into_iter().flatten());
        }
    }

    /// A sealing must not carry what it has.
    fn gets(&mut self, messages: Vec<Vec<u32>>) -> Result<(), TestCaseError> {
        for document in messages.iter().flatten() {
            prop_assert!(!self.has.contains(document), "document {document} a second time");
        }
        self.sealed.push(messages);
        Ok(())
    }

    fn wants_all(&mut self) {
        (self.from, self.has) = (self.sealed.len(), BTreeSet::new());
    }
}

/// A receipt of a message known by then, or an act that the state allows.
fn steps(parts: u32) -> impl Strategy<Value = Step> {
    let part = || 1..=parts;
    let by = || {
        prop_oneof![
            5 => Just(By::Addressee),
            1 => Just(By::Organisation),
            1 => Just(By::OtherService),
            1 => Just(By::Somebody),
            1 => Just(By::Nobody),
        ]
    };
    prop_oneof![
        5 => part().prop_map(Step::Yes),
        4 => part().prop_map(Step::No),
        2 => part().prop_map(Step::Defects),
        1 => part().prop_map(Step::Duplicate),
        2 => (by(), part()).prop_map(|(by, part)| Step::YesBy(by, part)),
        2 => (by(), part()).prop_map(|(by, part)| Step::NoBy(by, part)),
        3 => (1_u32..4, part(), by()).prop_map(|(of, part, by)| Step::YesOfBy(of, part, by)),
        2 => (1_u32..4, part()).prop_map(|(of, part)| Step::NoOf(of, part)),
        1 => Just(Step::UnknownMessage),
        1 => Just(Step::CutOff),
        4 => Just(Step::Reopened),
        1 => Just(Step::ReopenedForAll),
        1 => Just(Step::GivenUp),
        1 => Just(Step::Lost),
    ]
}

/// Whether the state has a move for it: acts that it has not are left out of the story.
fn is_open_to(story: &Story, step: Step) -> Outcome<bool> {
    let state = &story.transfer()?.state;
    Ok(match step {
        Step::Reopened => matches!(state, State::Rejected { .. } | State::Abandoned { .. }),
        Step::ReopenedForAll => {
            matches!(state, State::Rejected { .. } | State::Abandoned { .. } | State::Accepted { .. })
        }
        Step::GivenUp => matches!(state, State::Sent { .. } | State::InDoubt { .. }),
        // An attempt begins and the run dies: only what is in doubt is tried again.
        Step::Lost => matches!(state, State::InDoubt { .. }),
        _ => true,
    })
}

/// What an act brings with it: what was opened again is sealed and sent, and every other time the run dies.
fn acts(step: Step, parts: u32, dies: bool) -> Vec<Step> {
    let sent = if dies { Step::Lost } else { Step::Taken };
    match step {
        Step::Reopened | Step::ReopenedForAll => vec![step, Step::Sealed(parts), Step::Begun, sent],
        Step::Lost => vec![Step::Begun, sent],
        other => vec![other],
    }
}

fn failed(error: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

/// The same story with all that is said between two acts lying in one inbox, or a night for each file.
struct Two {
    by_file: Story,
    by_night: Story,
    waiting: Vec<(String, String)>,
    rows: [Vec<ReceiptRow>; 2],
}

impl Two {
    fn flush(&mut self) -> Outcome {
        let rows = self.by_night.hear(&std::mem::take(&mut self.waiting))?;
        self.rows[1].extend(rows);
        Ok(())
    }

    /// A word to both; whether it was one, and its row.
    fn hear(&mut self, step: Step) -> Outcome<Option<ReceiptRow>> {
        let Some(file) = self.by_file.file(step)? else { return Ok(None) };
        let mut rows = self.by_file.hear(std::slice::from_ref(&file))?;
        let row = rows.pop().filter(|_| rows.is_empty()).ok_or("not one row")?;
        self.rows[0].push(row.clone());
        self.waiting.push(file);
        Ok(Some(row))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn no_receipts_break_the_law(
        parts in 1_u32..=4,
        doubt in any::<bool>(),
        said in vec(steps(4), 0..40),
    ) {
        let before = [Step::Sealed(parts), Step::Begun, if doubt { Step::Lost } else { Step::Taken }];
        let by_file = Story::after(&before).map_err(failed)?;
        let by_night = Story::after(&before).map_err(failed)?;
        let mut two = Two { by_file, by_night, waiting: Vec::new(), rows: Default::default() };
        let mut receiver = Receiver::default();
        receiver.gets((1..=parts).map(|part| vec![part]).collect())?;
        for (at, step) in said.into_iter().enumerate() {
            let was_accepted = matches!(two.by_file.transfer().map_err(failed)?.state, State::Accepted { .. });
            if let Some(row) = two.hear(step).map_err(failed)? {
                receiver.hears(&row);
            } else if is_open_to(&two.by_file, step).map_err(failed)? {
                two.flush().map_err(failed)?;
                if step == Step::ReopenedForAll {
                    receiver.wants_all();
                }
                for act in acts(step, parts, at % 2 == 0) {
                    let told = two.by_file.play(act).map_err(failed)?;
                    two.by_night.play(act).map_err(failed)?;
                    told.sealed.map_or(Ok(()), |messages| receiver.gets(messages))?;
                }
            }
            let is_accepted = matches!(two.by_file.transfer().map_err(failed)?.state, State::Accepted { .. });
            prop_assert!(is_accepted || !was_accepted || step == Step::ReopenedForAll, "undone by {step:?}");
        }
        two.flush().map_err(failed)?;
        prop_assert_eq!(&two.rows[0], &two.rows[1], "the rows tell of the nights");
        prop_assert_eq!(&two.by_file.book, &two.by_night.book, "what is true tells of the nights");
        let remembered: usize = two.by_file.book.receipts_read.values().map(Vec::len).sum();
        prop_assert_eq!(remembered, two.rows[0].len(), "a receipt without its row");
    }
}
