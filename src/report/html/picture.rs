//! The sums as a picture: where every row, transfer and result went, with the same numbers in tables.

use maud::{Markup, html};

use super::flow::{Flow, Part};
use super::ink::{Ink, Tone};
use super::table::{folded, section};
use crate::reconcile::lines::Group;

/// The groups as the picture shows them: from the receiver's hands back to where nothing is to be sent.
const ORDER: [Group; 10] = [
    Group::Accepted,
    Group::SettledEarlier,
    Group::UnderWay,
    Group::Waiting,
    Group::Held,
    Group::Rejected,
    Group::Abandoned,
    Group::NotDue,
    Group::NothingToSend,
    Group::Withdrawn,
];

/// The part.
pub(super) fn picture(ink: &Ink) -> Markup {
    let inside = html! {
        p {
            (ink.pick(
                "Båndenes tykkelse er antallet. Det som er skravert, trenger et menneske.",
                "The bands are as thick as the counts. What is hatched needs a person.",
            ))
        }
        div.flows {
            (of_rows(ink))
            (of_transfers(ink))
            (of_results(ink))
        }
    };
    section("sums", ink.pick("Hvor alt ble av", "Where everything went"), &inside)
}

fn of_rows(ink: &Ink) -> Markup {
    let heading = ink.pick("1. Rader i uttrekkene", "1. Rows of the extracts");
    let words = ink.pick("Hver rad er ett av disse.", "Each row is one of these.");
    let without = ink.pick(
        "Ingen rad i uttrekkene er brukt i denne kjøringen.",
        "No row of the extracts was used in this run.",
    );
    panel(ink, heading, words, rows(ink).as_ref(), without)
}

fn of_transfers(ink: &Ink) -> Markup {
    let words = ink.pick(
        "En flytting gir én overføring av TB-resultater og én av journal, der journal sendes. Her er alle i \
         hovedboken, også fra tidligere netter.",
        "A move gives one transfer of TB results and one of the journal, where journals are sent. These are all in \
         the ledger, earlier nights' too.",
    );
    panel(ink, ink.pick("2. Overføringer", "2. Transfers"), words, Some(&transfers(ink)), "")
}

fn of_results(ink: &Ink) -> Markup {
    let words = ink.pick(
        "Hver versjon av et svar, for personene i denne rapporten.",
        "Each version of an answer, of the persons in this report.",
    );
    let without = ink.pick(
        "Ingen resultater hører til overføringene i denne rapporten.",
        "No results belong to the transfers of this report.",
    );
    panel(ink, ink.pick("3. TB-resultater", "3. TB results"), words, results(ink).as_ref(), without)
}

/// A flow with its words, or why there is none.
fn panel(ink: &Ink, heading: &str, words: &str, flow: Option<&Flow>, without: &str) -> Markup {
    html! {
        div.panel {
            h3 { (heading) }
            @match flow {
                Some(flow) => {
                    p.quiet { (words) }
                    (flow.drawing(ink))
                    (folded(ink.pick("Tallene i en tabell", "The numbers in a table"), &flow.rows(ink)))
                },
                None => p { (without) },
            }
        }
    }
}

fn part(label: &'static str, count: u64, tone: Tone, key: &str) -> Part {
    Part { label, count, tone, key: key.to_owned() }
}

/// The rows of the extracts; none where none was read.
fn rows(ink: &Ink) -> Option<Flow> {
    let rows = ink.account.rows;
    let say = |nb, en| ink.pick(nb, en);
    (rows.read > 0).then(|| Flow {
        id: "rows",
        label: say("rader lest", "rows read"),
        whole: rows.read,
        key: "rows.read",
        parts: vec![
            part(say("flyttinger som er våre", "moves of ours"), rows.moves, Tone::Good, "rows.moves"),
            part(
                say("gjentakelser, rettelser", "repeats, changes"),
                rows.repeats,
                Tone::Still,
                "rows.repeats",
            ),
            part(
                say("om personen, ikke flytting", "of the person, no move"),
                rows.person_events,
                Tone::Still,
                "rows.person_events",
            ),
            part(
                say("ikke flyttinger for oss", "no moves for us"),
                rows.not_moves,
                Tone::Still,
                "rows.not_moves",
            ),
            part(say("ikke våre pasienter", "not our patients"), rows.not_ours, Tone::Still, "rows.not_ours"),
            part(say("avviste rader", "rejected rows"), rows.rejected, Tone::Bad, "rows.rejected"),
        ],
    })
}

fn transfers(ink: &Ink) -> Flow {
    let of = |group: Group| Part {
        label: ink.words.group(group),
        count: ink.in_group(group),
        tone: Tone::of(group),
        key: format!("transfers.{}", group.code()),
    };
    Flow {
        id: "groups",
        label: ink.pick("overføringer i alt", "transfers in all"),
        whole: ink.account.groups.values().sum(),
        key: "transfers.all",
        parts: ORDER.map(of).into(),
    }
}

/// The versions of results; none where there is none.
fn results(ink: &Ink) -> Option<Flow> {
    let sums = ink.account.result_sums;
    let say = |nb, en| ink.pick(nb, en);
    let superseded = say("erstattet av nyere", "superseded");
    (sums.found > 0).then(|| Flow {
        id: "results",
        label: say("versjoner funnet", "versions found"),
        whole: sums.found,
        key: "results.found",
        parts: vec![
            part(say("gitt videre", "carried"), sums.carried, Tone::Good, "results.carried"),
            part(
                say("venter med overføringen", "wait with a transfer"),
                sums.waiting,
                Tone::Waits,
                "results.waiting",
            ),
            part(say("må vurderes", "to judge"), sums.to_judge, Tone::Asks, "results.to_judge"),
            part(
                say("stanset av reservasjon", "objected to"),
                sums.objected,
                Tone::Still,
                "results.objected",
            ),
            part(say("skal ikke sendes nå", "not due"), sums.not_due, Tone::Still, "results.not_due"),
            part(superseded, sums.superseded, Tone::Still, "results.superseded"),
            part(say("samme svar om igjen", "duplicates"), sums.duplicate, Tone::Still, "results.duplicate"),
            part(
                say("trukket av laboratoriet", "cancelled"),
                sums.cancelled,
                Tone::Still,
                "results.cancelled",
            ),
            part(say("ikke tuberkulose", "not TB"), sums.not_tb, Tone::Still, "results.not_tb"),
        ],
    })
}
