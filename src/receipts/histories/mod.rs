//! Histories of transfers as receipts and lists tell them: each has a name, what happened and was said in turn, what
//! each word did, and where the transfer stood at the end.
//!
//! For tests alone. Every word is played as the file it comes in. What the reports say of each stands on one page,
//! `tests/snapshots/receipt_histories.snap`, which `reconcile` draws.

pub(crate) mod steps;
mod files;
pub(crate) mod story;
mod of_receipts;
mod of_lists;
mod details;
mod inbox;
mod sequences;

use std::collections::BTreeSet;

use steps::Step;
use story::{Outcome, Story};

/// One history.
#[derive(Debug)]
pub(crate) struct History {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What happened on the first night.
    pub(crate) before: &'static [Step],
    /// What happens and is said from then on.
    pub(crate) then: &'static [Step],
    /// What each word does.
    did: &'static [&'static str],
    /// The state at the end.
    ends: &'static str,
}

const fn history(
    name: &'static str,
    before: &'static [Step],
    then: &'static [Step],
    did: &'static [&'static str],
    ends: &'static str,
) -> History {
    History { name, before, then, did, ends }
}

/// Every history, those of receipts first.
pub(crate) fn all() -> impl Iterator<Item = &'static History> {
    of_receipts::HISTORIES.iter().chain(of_lists::HISTORIES)
}

#[test]
fn every_history_does_what_it_should_and_ends_where_it_should() -> Outcome {
    for history in all() {
        let mut story = Story::after(history.before)?;
        let mut did = Vec::new();
        for step in history.then {
            let told = story.play(*step).map_err(|error| format!("{}: {error}", history.name))?;
            did.extend(told.rows.into_iter().map(|row| row.effect));
        }
        assert_eq!(did, history.did, "{}", history.name);
        assert_eq!(story.transfer()?.state.code(), history.ends, "{}", history.name);
    }
    Ok(())
}

#[test]
fn every_history_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = all().map(|history| history.name).collect();
    assert_eq!(names.len(), all().count());
    assert!(of_receipts::HISTORIES.len() >= 45);
}
