//! Who receives: each receiver with whether it can take what is sent, on what that rests, and how its transfers stand;
//! and what has no receiver, by where it should have gone and why it cannot.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::ink::{Ink, Tone};
use super::table::{body, cell, folded, name, row, section, table};
use crate::place::HerId;
use crate::reason::Reason;
use crate::reconcile::TransferLine;
use crate::reconcile::lines::Group;
use crate::verdict::{Answer, Channel};

/// So many transfers are named at once; more are folded away.
const NAMED: usize = 6;

/// One receiver by one channel.
type Which<'a> = (&'a str, Option<HerId>, Option<Channel>);

/// The part.
pub(super) fn receivers(ink: &Ink) -> Markup {
    let mut known: BTreeMap<Which, Vec<&TransferLine>> = BTreeMap::new();
    let mut nobody: BTreeMap<(Option<&str>, Option<Reason>), Vec<&TransferLine>> = BTreeMap::new();
    for line in &ink.account.lines {
        match &line.receiver_name {
            Some(name) => {
                known.entry((name, line.receiver_her_id, line.channel)).or_default().push(line);
            }
            None if needs_one(ink, line) => {
                nobody.entry((line.to.as_deref(), line.reason)).or_default().push(line);
            }
            None => {}
        }
    }
    let inside = html! {
        p {
            (ink.pick(
                "Før noe sendes, spørres det om mottakeren kan ta det imot. «Vet ikke» regnes aldri som ja.",
                "Before anything is sent it is asked whether the receiver can take it. «Unknown» never counts as \
                 yes.",
            ))
        }
        @if known.is_empty() { p { (ink.pick("Ingen mottaker er spurt.", "No receiver was asked.")) } }
        @else { (those_known(ink, &known)) }
        @if !nobody.is_empty() { (those_without(ink, &nobody)) }
    };
    section(
        "receivers",
        ink.pick("Mottakerne, og hva de kan ta imot", "The receivers, and what they can take"),
        &inside,
    )
}

/// Whether something is still to go somewhere, or has gone where it may not be told.
fn needs_one(ink: &Ink, line: &TransferLine) -> bool {
    match ink.group_of(line) {
        Some(Group::Held | Group::Waiting | Group::UnderWay | Group::Rejected | Group::Abandoned) => true,
        Some(
            Group::NotDue | Group::Accepted | Group::Withdrawn | Group::NothingToSend | Group::SettledEarlier,
        )
        | None => false,
    }
}

fn those_known(ink: &Ink, known: &BTreeMap<Which, Vec<&TransferLine>>) -> Markup {
    let columns = [
        ink.pick("Mottaker", "Receiver"),
        ink.pick("Vei", "Route"),
        ink.pick("Kan ta imot", "Can take it"),
        ink.pick("Overføringer", "Transfers"),
        ink.pick("Grunnlag", "Evidence"),
    ];
    let rows = html! { @for (which, lines) in known { (one(ink, which, lines, &columns)) } };
    html! { div.parties { (table(ink.pick("Mottakere", "Receivers"), &columns, &body(&rows))) } }
}

fn one(
    ink: &Ink,
    (receiver, her_id, channel): &Which,
    lines: &[&TransferLine],
    columns: &[&str; 5],
) -> Markup {
    row(&html! {
        (name(&html! {
            span.who { (receiver) }
            @if let Some(her_id) = her_id { " " span.quiet { "HER " (her_id) } }
        }))
        (cell(columns[1], &html! { @if let Some(channel) = channel { (ink.words.channel(*channel)) } }))
        (cell(columns[2], &answers(ink, lines)))
        (cell(columns[3], &stands(ink, lines)))
        (cell(columns[4], &evidence(ink, lines)))
    })
}

/// Every answer the receiver got, worst first, each with whether an agreement is behind it.
fn answers(ink: &Ink, lines: &[&TransferLine]) -> Markup {
    let told = [(Answer::No, Tone::Bad), (Answer::Unknown, Tone::Asks), (Answer::Yes, Tone::Good)];
    let agreed = |answer: Answer| -> BTreeSet<Option<bool>> {
        lines.iter().filter(|line| line.capability == Some(answer)).map(|line| line.agreed).collect()
    };
    html! {
        ul.plain {
            @for (answer, tone) in told {
                @for agreed in agreed(answer) {
                    li {
                        (ink.chip(tone, ink.words.can_take(answer)))
                        @if let Some(agreed) = agreed { " " span.quiet { (ink.agreed(agreed)) } }
                    }
                }
            }
        }
    }
}

fn stands(ink: &Ink, lines: &[&TransferLine]) -> Markup {
    let count = |group: Group| lines.iter().filter(|line| ink.group_of(line) == Some(group)).count() as u64;
    html! {
        ul.plain {
            @for group in Group::ALL {
                @if count(group) > 0 {
                    li { (ink.chip(Tone::of(group), &format!("{} {}", count(group), ink.words.group(group)))) }
                }
            }
        }
    }
}

/// What the answers rest on, each thing once. What is of one patient stands with the transfer.
fn evidence(ink: &Ink, lines: &[&TransferLine]) -> Markup {
    let all: BTreeSet<&str> = lines
        .iter()
        .flat_map(|line| &line.evidence)
        .map(String::as_str)
        .filter(|written| !written.starts_with("patient: "))
        .collect();
    let told = html! {
        ul.evidence {
            @for written in &all { li { (ink.norwegian(&ink.words.written_evidence(written))) } }
        }
    };
    html! {
        @if all.len() > 2 {
            details.print {
                summary { (ink.count(all.len() as u64, ["grunnlag", "grunnlag"], ["piece", "pieces"])) }
                (told)
            }
        } @else { (told) }
    }
}

fn those_without(ink: &Ink, nobody: &BTreeMap<(Option<&str>, Option<Reason>), Vec<&TransferLine>>) -> Markup {
    let columns = [
        ink.pick("Skulle til", "Bound for"),
        ink.pick("Hvorfor", "Why"),
        ink.pick("Overføringer", "Transfers"),
    ];
    let rows = html! {
        @for ((to, reason), lines) in nobody {
            (row(&html! {
                (name(&html! {
                    @match to {
                        Some(to) => (ink.place(to)),
                        None => span.quiet { (ink.pick("vises ikke", "not shown")) },
                    }
                }))
                (cell(columns[1], &html! {
                    @if let Some(reason) = reason { (reason.sentence(ink.style.lang)) " " code.quiet { (reason) } }
                }))
                (cell(columns[2], &those(ink, lines)))
            }))
        }
    };
    html! {
        h3 { (ink.pick("Uten mottaker ennå", "Without a receiver yet")) }
        p {
            (ink.pick(
                "Etter kommune og grunn. For den som har strengt fortrolig adresse vises ingen kommune og ingen \
                 mottaker.",
                "By municipality and reason. Of somebody with a strictly confidential address no municipality and no \
                 receiver is shown.",
            ))
        }
        (table(ink.pick("Overføringer uten mottaker", "Transfers without a receiver"), &columns, &body(&rows)))
    }
}

fn those(ink: &Ink, lines: &[&TransferLine]) -> Markup {
    let (shown, more) = lines.split_at(lines.len().min(NAMED));
    let listed = |lines: &[&TransferLine]| {
        html! {
            ul.plain {
                @for line in lines { li { (ink.named(line)) } }
            }
        }
    };
    html! {
        (listed(shown))
        @if !more.is_empty() {
            (folded(&ink.more(more.len()), &listed(more)))
        }
    }
}
