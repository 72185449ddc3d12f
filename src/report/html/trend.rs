//! How it goes over the last nights: a few figures as bars, and every figure in a table.

use maud::{Markup, html};

use super::bars::Series;
use super::ink::Ink;
use super::table::{body, cell, folded, name, row, section, table};
use crate::reconcile::NightSums;
use crate::reconcile::lines::Group;

/// The part.
pub(super) fn trend(ink: &Ink) -> Markup {
    let nights = ink.account.nights();
    let inside = match nights.as_slice() {
        [] => html! { p { (ink.pick("Ingen natt er kjørt ennå.", "No night has been run yet.")) } },
        [_] => html! {
            p {
                (ink.pick(
                    "Regnskapet har én natt ennå. Fra neste natt viser denne delen hvordan det går over tid.",
                    "The account has one night so far. From the next one on this part shows how it goes over time.",
                ))
            }
        },
        [first, .., last] => html! {
            p {
                (ink.words.say(
                    format!("De siste {} nettene, eldst først.", nights.len()),
                    format!("The last {} nights, oldest first.", nights.len()),
                ))
            }
            div.series {
                @for series in figures(ink, &nights) {
                    figure {
                        figcaption {
                            (series.label)
                            @if series.hatched.iter().any(|part| *part > 0) {
                                " " span.quiet { (series.hatched_label) }
                            }
                        }
                        (series.drawing(ink, &ink.day(first.now.date_naive()), &ink.day(last.now.date_naive())))
                    }
                }
            }
            (folded(ink.pick("Alle tallene, natt for natt", "Every figure, night by night"), &listed(ink, &nights)))
        },
    };
    section("trend", ink.pick("Utviklingen de siste nettene", "The last nights"), &inside)
}

fn figures(ink: &Ink, nights: &[NightSums]) -> Vec<Series> {
    let of = |id, nb, en, count: fn(&NightSums) -> u64| Series {
        id,
        label: ink.pick(nb, en),
        counts: nights.iter().map(count).collect(),
        hatched: Vec::new(),
        hatched_label: "",
    };
    let open = |night: &NightSums| night.in_group(Group::Waiting) + night.in_group(Group::UnderWay);
    vec![
        Series {
            hatched: nights.iter().map(|night| night.urgent).collect(),
            hatched_label: ink.pick("(skravert: haster)", "(hatched: urgent)"),
            ..of("t-actions", "Saker for et menneske", "Matters for a person", |night| night.actions)
        },
        of("t-overdue", "Over fristen", "Past the deadline", |night| night.overdue),
        of("t-touched", "Overføringer som kom videre", "Transfers that moved on", |night| night.touched),
        of("t-open", "Venter eller er underveis", "Waiting or under way", open),
        of("t-held", "Holdt tilbake", "Held", |night| night.in_group(Group::Held)),
        of("t-rejected", "Avviste rader", "Rejected rows", |night| night.rows.rejected),
    ]
}

fn listed(ink: &Ink, nights: &[NightSums]) -> Markup {
    let columns = [
        ink.pick("Natt", "Night"),
        ink.pick("Rader lest", "Rows read"),
        ink.pick("Avviste rader", "Rejected rows"),
        ink.pick("Kom videre", "Moved on"),
        ink.pick("Venter her", "Waiting here"),
        ink.pick("Underveis", "Under way"),
        ink.pick("Holdt tilbake", "Held"),
        ink.pick("Avvist", "Rejected"),
        ink.pick("Over fristen", "Past deadline"),
        ink.pick("Saker", "Matters"),
        ink.pick("Haster", "Urgent"),
        ink.pick("Endte", "Ended"),
    ];
    let rows = html! {
        @for night in nights.iter().rev() {
            (row(&html! {
                (name(&html! { (ink.day(night.now.date_naive())) " " span.quiet { (night.run_id) } }))
                @for (column, count) in columns[1..].iter().zip(counts(night)) {
                    (cell(column, &html! { (ink.number(count)) }))
                }
                (cell(columns[11], &html! { (ended(ink, night)) }))
            }))
        }
    };
    let caption = ink.pick("Tallene natt for natt, nyeste først", "Figures by night, newest first");
    html! { div.nights { (table(caption, &columns, &body(&rows))) } }
}

fn counts(night: &NightSums) -> [u64; 10] {
    [
        night.rows.read,
        night.rows.rejected,
        night.touched,
        night.in_group(Group::Waiting),
        night.in_group(Group::UnderWay),
        night.in_group(Group::Held),
        night.in_group(Group::Rejected),
        night.overdue,
        night.actions,
        night.urgent,
    ]
}

fn ended(ink: &Ink, night: &NightSums) -> &'static str {
    match (night.stopped, night.sums_agree) {
        (false, true) => ink.pick("ferdig", "done"),
        (_, false) => ink.pick("summene stemte ikke", "sums did not agree"),
        (true, true) => ink.pick("stoppet", "stopped"),
    }
}
