//! Every transfer of the report, findable: an anchor each, by patient, with all that is known folded below.

use maud::{Markup, html};

use super::ink::Ink;
use super::table::{cell, name, section, table};
use crate::reconcile::lines::Group;
use crate::reconcile::{Action, TransferLine};
use crate::transfer::Kind;
use crate::verdict::Content;

/// The part.
pub(super) fn transfers(ink: &Ink) -> Markup {
    let lines = &ink.account.lines;
    let columns = [
        ink.pick("Hvem", "Who"),
        ink.pick("Flytting", "Move"),
        ink.pick("Innhold", "Content"),
        ink.pick("Står", "Stands"),
        ink.pick("Mottaker", "Receiver"),
        ink.pick("Hvorfor, og hva nå", "Why, and what now"),
    ];
    let rows = html! { @for (at, line) in lines.iter().enumerate() { (one(ink, at, line, &columns)) } };
    let inside = html! {
        p {
            (ink.pick(
                "Alt som ikke er avsluttet, alt denne kjøringen rørte, og alt med flytting i uttrekkene. ",
                "All that is not settled, all that this run touched, and all with a move in the extracts. ",
            ))
            (ink.words.say(
                format!("{} til er avsluttet tidligere.", ink.number(ink.in_group(Group::SettledEarlier))),
                format!("{} more were settled earlier.", ink.number(ink.in_group(Group::SettledEarlier))),
            ))
        }
        @if lines.is_empty() {
            p { (ink.pick("Ingen overføring står i rapporten.", "No transfer stands in the report.")) }
        } @else {
            (search(ink))
            (index(ink))
            (table(ink.pick("Overføringer, etter pasient", "Transfers, by patient"), &columns, &rows))
        }
    };
    section("transfers", ink.pick("Alle overføringer", "Every transfer"), &inside)
}

/// Where the script puts its search, with the words it needs; empty without script.
fn search(ink: &Ink) -> Markup {
    let groups = Group::ALL.into_iter().filter(|group| *group != Group::SettledEarlier);
    let there = groups.filter(|group| ink.in_group(*group) > 0);
    let there = there.map(|group| format!("{}={}", group.code(), ink.words.group(group)));
    html! {
        div #find data-find=(ink.pick("Søk i overføringene", "Search the transfers"))
            data-group=(ink.pick("Vis", "Show"))
            data-all=(ink.pick("alle", "all"))
            data-asks=(ink.pick("det som trenger et menneske", "what needs a person"))
            data-shown=(ink.pick("{n} av {m} overføringer vises.", "{n} of {m} transfers shown."))
            data-groups=(there.collect::<Vec<_>>().join("|")) {}
    }
}

/// Whether this is the first of a patient's transfers.
fn is_first(lines: &[TransferLine], at: usize) -> bool {
    at == 0 || lines[at - 1].patient_ref != lines[at].patient_ref
}

/// Every patient, leading to the first of the transfers.
fn index(ink: &Ink) -> Markup {
    let lines = &ink.account.lines;
    let patients: Vec<(usize, &TransferLine)> =
        lines.iter().enumerate().filter(|(at, _)| is_first(lines, *at)).collect();
    let summary = ink.words.say(
        format!("Pasientene ({})", ink.number(patients.len() as u64)),
        format!("The patients ({})", ink.number(patients.len() as u64)),
    );
    html! {
        details {
            summary { (summary) }
            ul.index { @for (at, line) in &patients { li { a href={ "#p-" (at) } { (line.patient_ref) } } } }
        }
    }
}

fn one(ink: &Ink, at: usize, line: &TransferLine, columns: &[&str; 6]) -> Markup {
    let patient = is_first(&ink.account.lines, at).then(|| format!("p-{at}"));
    html! {
        tbody.t role="rowgroup" id={ "t-" (line.transfer_id) } data-g=[ink.group_of(line).map(Group::code)]
            data-a[line.needs_action] {
            tr role="row" {
                (name(&html! {
                    span id=[patient] { (ink.patient(line)) }
                    " " a.id href={ "#t-" (line.transfer_id) } { (line.transfer_id) }
                }))
                (cell(columns[1], &the_move(ink, line)))
                (cell(columns[2], &content(ink, line)))
                (cell(columns[3], &html! { (ink.group_chip(line)) " " span.quiet { (ink.day_of(line.since)) } }))
                (cell(columns[4], &receiver(ink, line)))
                (cell(columns[5], &why(ink, line)))
            }
            tr.more role="row" {
                td role="cell" colspan="6" {
                    details { summary { (ink.pick("Alt om overføringen", "All about it")) } (more(ink, line)) }
                }
            }
        }
    }
}

fn the_move(ink: &Ink, line: &TransferLine) -> Markup {
    html! {
        @match (&line.from, &line.to) {
            (Some(from), Some(to)) => {
                (ink.place(from.as_str())) " → " (ink.place(to))
                @if let Some(district) = &line.district { ", " (ink.place(district.as_str())) }
            },
            (None, _) | (_, None) => span.quiet { (ink.pick("sted vises ikke", "place not shown")) },
        }
        " " span.quiet { (ink.day(line.move_date)) }
    }
}

fn content(ink: &Ink, line: &TransferLine) -> Markup {
    let kind = match &line.kind {
        Kind::First => None,
        Kind::Supplement { .. } | Kind::Copy { .. } | Kind::Recall { .. } => Some(ink.words.kind(&line.kind)),
    };
    html! {
        (ink.words.short_content(line.content))
        @if let Some(kind) = kind { ", " (kind) }
        @if let (Content::Tb, Some(status)) = (line.content, line.tb_status) {
            " " span.quiet { (ink.words.tb_status(status)) }
        }
    }
}

fn receiver(ink: &Ink, line: &TransferLine) -> Markup {
    html! {
        @if let Some(receiver) = &line.receiver_name { (receiver) " " }
        @if let Some(channel) = line.channel { span.quiet { (ink.words.channel(channel)) } }
    }
}

fn why(ink: &Ink, line: &TransferLine) -> Markup {
    let lang = ink.style.lang;
    html! {
        @if let Some(reason) = line.reason {
            (reason.sentence(lang)) " " code.quiet { (reason) }
            @let advice = reason.advice(lang);
            @if !advice.is_empty() {
                " "
                @if ink.is_asked(reason) && line.needs_action {
                    a.print-not href={ "#a-" (reason) } { (ink.pick("Slik gjør du", "What to do")) }
                } @else { (ink.prose(advice)) }
            }
        } @else if line.needs_action {
            @let of_it = |action: &&Action| action.transfer_id.as_ref() == Some(&line.transfer_id);
            @for action in ink.account.actions.iter().filter(of_it) {
                a href={ "#a-" (action.code) } { (action.code.sentence(lang)) } " "
            }
        }
    }
}

/// A fact and what is known of it.
fn fact(label: &str, known: &Markup) -> Markup {
    html! { div { dt { (label) } dd { (known) } } }
}

fn more(ink: &Ink, line: &TransferLine) -> Markup {
    html! {
        dl.facts {
            (fact(ink.pick("Står", "Stands"), &html! {
                (ink.words.state(&line.state)) " " (ink.pick("siden", "since")) " " (ink.moment(line.since))
            }))
            (of_what(ink, line))
            (on_the_way(ink, line))
            (of_the_receiver(ink, line))
        }
    }
}

fn of_what(ink: &Ink, line: &TransferLine) -> Markup {
    html! {
        @if line.revision > 1 { (fact(ink.pick("Utgave", "Revision"), &html! { (line.revision) })) }
        @if let Some(of) = &line.supplement_to {
            (fact(ink.pick("Følger", "Follows"), &ink.transfer(of)))
        }
        @if !line.basis.is_empty() { (fact(ink.pick("Hjemmel", "Basis"), &ink.norwegian(&line.basis))) }
        @if let Some(results) = line.tb_results {
            (fact(ink.pick("Resultater", "Results"), &html! { (ink.number(results)) }))
        }
        @if let Some(documents) = line.documents {
            (fact(ink.pick("Dokumenter", "Documents"), &html! { (ink.number(documents)) }))
        }
        @if let Some(bytes) = line.bytes {
            (fact(ink.pick("Størrelse", "Size"), &html! {
                (ink.words.size(bytes))
                @if let Some(pages) = line.pages {
                    ", " (ink.count(u64::from(pages), ["side", "sider"], ["page", "pages"]))
                }
            }))
        }
    }
}

fn on_the_way(ink: &Ink, line: &TransferLine) -> Markup {
    html! {
        @if line.attempts > 0 { (fact(ink.pick("Forsøk", "Attempts"), &html! { (line.attempts) })) }
        @if let Some(sent) = line.sent_at { (fact(ink.pick("Sendt", "Sent"), &html! { (ink.moment(sent)) })) }
        @if let Some(wait) = line.wait { (fact(ink.pick("Frist", "Until"), &html! { (ink.moment(wait.due)) })) }
        @if let Some(receipt) = line.receipt {
            (fact(ink.pick("Kvittering", "Receipt"), &html! {
                (ink.words.heard(receipt)) @if let Some(at) = line.receipt_at { " " (ink.moment(at)) }
            }))
        }
        @if !line.message_ids.is_empty() {
            (fact(ink.pick("Meldinger", "Messages"), &html! {
                @for message in &line.message_ids { code { (message) } " " }
            }))
        }
        @if line.possible_duplicate {
            (fact(ink.pick("Merk", "Note"), &html! {
                (ink.pick("mottakeren kan ha den fra før", "the receiver may have it already"))
            }))
        }
    }
}

fn of_the_receiver(ink: &Ink, line: &TransferLine) -> Markup {
    html! {
        @if let Some(her_id) = line.receiver_her_id { (fact("HER-id", &html! { (her_id) })) }
        @if let Some(answer) = line.capability {
            (fact(ink.pick("Kan ta imot", "Can take it"), &html! {
                (ink.words.can_take(answer))
                @if let Some(agreed) = line.agreed {
                    ", " (ink.agreed(agreed))
                }
            }))
        }
        @if !line.evidence.is_empty() {
            (fact(ink.pick("Grunnlag", "Evidence"), &html! {
                ul.evidence {
                    @for written in &line.evidence { li { (ink.norwegian(&ink.words.written_evidence(written))) } }
                }
            }))
        }
        @if line.reasons.iter().any(|(_, detail)| !detail.is_empty()) || line.reasons.len() > 1 {
            (fact(ink.pick("Grunner", "Reasons"), &html! { (reasons(ink, line)) }))
        }
    }
}

/// Every reason, so that none is hidden behind the first.
fn reasons(ink: &Ink, line: &TransferLine) -> Markup {
    html! {
        ul.evidence {
            @for (reason, detail) in &line.reasons {
                li {
                    code { (reason) } " " (reason.sentence(ink.style.lang))
                    @if let Some(detail) = ink.detail(*reason, detail) { " " (ink.norwegian(detail)) }
                }
            }
        }
    }
}
