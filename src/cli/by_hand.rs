//! What a person is told of what they did by hand: where the transfer stands, or what is off the list, and what is left.
//!
//! Leaves out what may be done (`hands`) and the doing (`run`).

use super::args::HandCommand;
use crate::lang::Lang;
use crate::reconcile::Action;
use crate::report::story::state_words;
use crate::run::{HandDone, Moved};

/// What was done, in words.
pub(super) fn told(command: &HandCommand, done: &HandDone, lang: Lang) -> String {
    let mut out: Vec<String> = done.settled.iter().map(|action| settled(action, lang)).collect();
    if done.still_held {
        out.push(
            lang.pick(
                "Overføringen står fortsatt holdt tilbake og blir ikke sendt av dette.",
                "The transfer is still held, and is not sent by this.",
            )
            .to_owned(),
        );
    }
    if !done.settled.is_empty() {
        out.push(left(done.left.len(), lang));
    }
    if let Some(moved) = &done.transfer {
        out.extend(released(command, moved, lang));
        out.push(stands(moved, lang));
        // What was just decided stays on the list until it is looked at; it need not be told again.
        let others = done.left.iter().filter(|action| !is_decided(command, action));
        out.extend(others.map(|action| open(action, lang)));
    }
    out.join("\n")
}

fn is_decided(command: &HandCommand, action: &Action) -> bool {
    matches!(command, HandCommand::Release { waive, .. } if waive == action.code.code())
}

/// One action that is off the list.
fn settled(action: &Action, lang: Lang) -> String {
    let about = action.patient_ref.as_deref().map(|patient| format!(", {patient}")).unwrap_or_default();
    let word = lang.pick("Lukket", "Settled");
    format!("{word}: {} {}{about}", action.action_id, action.code)
}

fn left(count: usize, lang: Lang) -> String {
    match (count, lang) {
        (0, Lang::En) => "Nothing is left to do.".to_owned(),
        (0, Lang::Nb | Lang::Nn) => "Ingenting gjenstår.".to_owned(),
        (_, Lang::En) => format!("{count} left to do."),
        (_, Lang::Nb | Lang::Nn) => format!("{count} gjenstår."),
    }
}

/// A decision moves nothing by itself: when it takes effect, and what holds the transfer all the same.
fn released(command: &HandCommand, moved: &Moved, lang: Lang) -> Option<String> {
    let HandCommand::Release { waive, .. } = command else { return None };
    let others = moved.held_for.iter().map(|reason| reason.code()).collect::<Vec<_>>().join(", ");
    Some(match (others.is_empty(), lang) {
        (true, Lang::En) => format!(
            "{waive} is set aside; the next night, or `rerun`, looks again. Until then it stays on the list."
        ),
        (true, Lang::Nb | Lang::Nn) => format!(
            "{waive} er satt til side; neste natt, eller `rerun`, ser på den igjen. Til da står den på listen."
        ),
        (false, Lang::En) => format!("{waive} is set aside, but it is held for {others} too."),
        (false, Lang::Nb | Lang::Nn) => {
            format!("{waive} er satt til side, men den er også holdt tilbake for {others}.")
        }
    })
}

fn stands(moved: &Moved, lang: Lang) -> String {
    let Moved { id, state, .. } = moved;
    let words = state_words(state, lang);
    // In English most codes are their own words.
    let words = if words == *state { words } else { format!("{state} ({words})") };
    match lang {
        Lang::En => format!("Transfer {id} is now {words}."),
        Lang::Nb | Lang::Nn => format!("Overføring {id} er nå {words}."),
    }
}

/// What is still to be done about the transfer.
fn open(action: &Action, lang: Lang) -> String {
    let word = lang.pick("Å gjøre", "To do");
    format!("{word}: {} {}: {}", action.action_id, action.code, action.code.sentence(lang))
}
