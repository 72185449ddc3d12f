//! What persons must do, most urgent first: each kind of matter once with its advice, and below it whom it is about.

use maud::{Markup, html};

use super::ink::{Ink, Tone};
use super::table::{body, cell, folded, name, row, section, table};
use crate::reason::Reason;
use crate::reconcile::Action;

/// So many of a kind are shown at once; more are folded away.
const SHOWN: usize = 15;

/// Matters of one kind.
struct Kind<'a> {
    code: Reason,
    urgent: bool,
    actions: Vec<&'a Action>,
}

/// The part.
pub(super) fn todo(ink: &Ink) -> Markup {
    let kinds = kinds(&ink.account.actions);
    let inside = html! {
        @if kinds.is_empty() {
            p { (ink.pick("Ingen trenger å gjøre noe.", "Nobody needs to do anything.")) }
        } @else {
            p {
                (ink.prose(ink.pick(
                    "Det som haster først. En sak som er ordnet, lukkes med `journalflytt settle … --action` og \
                     saksnummeret, der det står i rådet; de andre forsvinner av seg selv når årsaken er borte.",
                    "What is urgent comes first. A matter that is dealt with is closed with `journalflytt settle … \
                     --action` and its number, where the advice says so; the others go by themselves once their \
                     cause is gone.",
                )))
            }
            div.matters { @for kind in &kinds { (of_kind(ink, kind)) } }
        }
    };
    section("todo", ink.pick("Dette må noen gjøre", "What somebody must do"), &inside)
}

/// The actions by kind, in the order of the first of each: they come most urgent first.
fn kinds(actions: &[Action]) -> Vec<Kind<'_>> {
    let mut kinds: Vec<Kind> = Vec::new();
    for action in actions {
        match kinds.iter_mut().find(|kind| (kind.code, kind.urgent) == (action.code, action.urgent)) {
            Some(kind) => kind.actions.push(action),
            None => {
                kinds.push(Kind { code: action.code, urgent: action.urgent, actions: vec![action] });
            }
        }
    }
    kinds
}

fn of_kind(ink: &Ink, kind: &Kind) -> Markup {
    let lang = ink.style.lang;
    let advice = kind.code.advice(lang);
    let (shown, more) = kind.actions.split_at(kind.actions.len().min(SHOWN));
    html! {
        details class={ "matter print " (if kind.urgent { "bad" } else { "asks" }) } open[kind.urgent] {
            summary {
                h3 {
                    @if kind.urgent { (ink.chip(Tone::Bad, ink.pick("haster", "urgent"))) " " }
                    (kind.code.sentence(lang))
                    " " span.quiet { (ink.number(kind.actions.len() as u64)) " · " code { (kind.code) } }
                }
            }
            // Here, so that a link to it unfolds it, without script too.
            div id={ "a-" (kind.code) } {
                @if !advice.is_empty() { p.advice { (ink.prose(advice)) } }
                (listed(ink, kind, shown))
                @if !more.is_empty() {
                    (folded(&ink.more(more.len()), &listed(ink, kind, more)))
                }
            }
        }
    }
}

fn listed(ink: &Ink, kind: &Kind, actions: &[&Action]) -> Markup {
    let columns = [
        ink.pick("Hvem", "Who"),
        ink.pick("Hva det gjelder", "About"),
        ink.pick("Frist", "Due"),
        ink.pick("Saksnummer", "Number"),
    ];
    let rows = html! { @for action in actions { (one(ink, action, &columns)) } };
    let caption = format!("{}: {}", ink.pick("Saker", "Matters"), kind.code.sentence(ink.style.lang));
    html! { div.list { (table(&caption, &columns, &body(&rows))) } }
}

fn one(ink: &Ink, action: &Action, columns: &[&str; 4]) -> Markup {
    let line = action.transfer_id.as_ref().and_then(|id| ink.line(id));
    let whom = html! {
        @match (line, &action.patient_ref) {
            (Some(line), _) => (ink.patient(line)),
            (None, Some(patient)) => span.who { (patient) },
            (None, None) => span.quiet { (ink.pick("ingen enkelt pasient", "no single patient")) },
        }
    };
    let about = html! {
        @if let Some(id) = &action.transfer_id {
            @if let Some(line) = line { (ink.words.short_content(line.content)) ", " }
            (ink.transfer(id))
        }
        @if let Some(detail) = ink.detail(action.code, &action.detail) {
            p.detail { (ink.norwegian(detail)) }
        }
        @if ink.is_told_elsewhere(action.code, &action.detail) {
            p.detail {
                (ink.pick("Hvilken prøve det er, står i ", "Which test it is stands in ")) code { "actions.csv" } "."
            }
        }
    };
    let late = action.due < ink.today();
    let due = html! {
        span.quiet aria-hidden="true" { (columns[2].to_lowercase()) " " } (ink.day(action.due))
        @if late { " " span.late { (ink.pick("fristen er ute", "past due")) } }
    };
    row(&html! {
        (name(&whom))
        (cell(columns[1], &about))
        (cell(columns[2], &due))
        (cell(columns[3], &html! {
            span.quiet aria-hidden="true" { (ink.pick("sak", "no.")) " " } code.id { (action.action_id) }
        }))
    })
}
