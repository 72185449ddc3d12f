//! Who waits: for a receipt against the hours it may take, for the post against its days. The longest waits first.

use std::cmp::Reverse;

use chrono::TimeDelta;
use maud::{Markup, html};

use super::ink::{Ink, Tone};
use super::table::{body, cell, folded, name, row, section, table};
use crate::reconcile::lines::Group;
use crate::reconcile::{TransferLine, Wait, WaitsFor};
use crate::verdict::Channel;

/// So many are shown at once; more are folded away.
const SHOWN: usize = 12;
/// So many are folded away at most; the others are counted, and stand among the transfers.
const FOLDED: usize = 200;

/// How far a wait has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Over,
    Late,
    Early,
}

impl Stage {
    fn of(wait: &Wait, ink: &Ink) -> Self {
        let now = ink.account.now.to_utc();
        if wait.is_over(now) {
            Stage::Over
        } else if wait.lasted(now) * 2 > wait.may_last() {
            Stage::Late
        } else {
            Stage::Early
        }
    }

    fn tone(self) -> Tone {
        match self {
            Stage::Over => Tone::Bad,
            Stage::Late => Tone::Waits,
            Stage::Early => Tone::Going,
        }
    }
}

/// The part.
pub(super) fn waiting(ink: &Ink) -> Markup {
    let mut waits: Vec<(&TransferLine, Wait)> =
        ink.account.lines.iter().filter_map(|line| Some((line, line.wait?))).collect();
    let order =
        |(line, wait): &(&TransferLine, Wait)| (Reverse(thousandths(wait, ink)), line.transfer_id.clone());
    waits.sort_by_cached_key(order);
    let waits_or_goes =
        |line: &&TransferLine| matches!(ink.group_of(line), Some(Group::Waiting | Group::UnderWay));
    let others: Vec<&TransferLine> =
        ink.account.lines.iter().filter(|line| line.wait.is_none()).filter(waits_or_goes).collect();
    let (shown, more) = waits.split_at(waits.len().min(SHOWN));
    let inside = html! {
        p { (deadlines(ink)) }
        (summary(ink, &waits, others.len() as u64))
        @if !shown.is_empty() { (listed(ink, shown)) }
        @if !more.is_empty() {
            (folded(
                &ink.words.say(
                    format!("{} til, som har ventet kortere", ink.number(more.len() as u64)),
                    format!("{} more, which have waited less", ink.number(more.len() as u64)),
                ),
                &html! { (listed(ink, &more[..more.len().min(FOLDED)])) (left_out(ink, more.len())) },
            ))
        }
        @if !others.is_empty() { (without_deadline(ink, &others)) }
    };
    section("waits", ink.pick("Hvem som venter, og hvor lenge", "Who waits, and how long"), &inside)
}

/// The part of the deadline that has gone, in thousandths.
fn thousandths(wait: &Wait, ink: &Ink) -> i64 {
    let lasted = wait.lasted(ink.account.now.to_utc()).num_seconds();
    lasted.saturating_mul(1_000) / wait.may_last().num_seconds().max(1)
}

fn deadlines(ink: &Ink) -> String {
    let Some(limits) = ink.account.deadlines else {
        return ink.pick("Fristene er jobbens egne.", "The deadlines are the job's own.").to_owned();
    };
    let (hours, days) = (limits.receipt_hours, limits.placed_days);
    ink.words.say(
        format!(
            "En mottaker har {hours} timer på å kvittere, regnet fra meldingen ble laget. Et brev eller en rad på \
             arbeidslisten skal være gjort innen {days} døgn."
        ),
        format!(
            "A receiver has {hours} hours to send a receipt, from when the message was made. A letter or a row of \
             the worklist should be done within {days} days."
        ),
    )
}

fn summary(ink: &Ink, waits: &[(&TransferLine, Wait)], others: u64) -> Markup {
    let count = |stage| waits.iter().filter(|(_, wait)| Stage::of(wait, ink) == stage).count() as u64;
    let over = count(Stage::Over);
    let rows = [
        (over, "over fristen", "past the deadline", if over > 0 { Tone::Bad } else { Tone::Good }),
        (count(Stage::Late), "mer enn halve fristen", "more than half of it", Tone::Waits),
        (count(Stage::Early), "mindre enn halve fristen", "less than half of it", Tone::Going),
        (others, "uten frist", "without a deadline", Tone::Still),
    ];
    html! {
        ul.figures {
            @for (n, nb, en, tone) in rows {
                li class=(tone.class()) { span.f { strong { (ink.number(n)) } " " span { (ink.pick(nb, en)) } } }
            }
        }
    }
}

fn listed(ink: &Ink, waits: &[(&TransferLine, Wait)]) -> Markup {
    let columns = [
        ink.pick("Hvem", "Who"),
        ink.pick("Venter på", "Waits for"),
        ink.pick("Har ventet", "Has waited"),
        ink.pick("Frist", "Until"),
    ];
    let rows = html! { @for (line, wait) in waits { (one(ink, line, wait, &columns)) } };
    table(ink.pick("Det som venter med en frist", "What waits with a deadline"), &columns, &body(&rows))
}

fn one(ink: &Ink, line: &TransferLine, wait: &Wait, columns: &[&str; 4]) -> Markup {
    let now = ink.account.now.to_utc();
    let stage = Stage::of(wait, ink);
    let over = now - wait.due;
    let until = html! {
        (ink.moment(wait.due))
        @if stage == Stage::Over {
            " " span.late { (ink.lasts(over)) " " (ink.pick("over fristen", "too late")) }
        }
    };
    row(&html! {
        (name(&ink.named(line)))
        (cell(columns[1], &waits_for(ink, line, wait.waits_for)))
        (cell(columns[2], &html! {
            (bar(thousandths(wait, ink), stage))
            span.measure {
                (time(ink, wait, wait.lasted(now))) ", " (ink.pick("frist", "deadline")) " "
                (time(ink, wait, wait.may_last()))
            }
        }))
        (cell(columns[3], &until))
    })
}

/// How many of a long list are not in it.
fn left_out(ink: &Ink, all: usize) -> Markup {
    let left = ink.number(all.saturating_sub(FOLDED) as u64);
    html! {
        @if all > FOLDED {
            p {
                (ink.words.say(
                    format!("{left} til står blant overføringene nedenfor."),
                    format!("{left} more stand among the transfers below."),
                ))
            }
        }
    }
}

/// A time as its deadline is written: receipts by the hour, the post by the day.
fn time(ink: &Ink, wait: &Wait, time: TimeDelta) -> String {
    match wait.waits_for {
        WaitsFor::Receipt => ink.hours(time),
        WaitsFor::Posting => ink.lasts(time),
    }
}

fn waits_for(ink: &Ink, line: &TransferLine, what: WaitsFor) -> Markup {
    let what = match (what, line.channel) {
        (WaitsFor::Receipt, _) => ink.pick("kvittering", "a receipt"),
        (WaitsFor::Posting, Some(Channel::InEpj)) => ink.pick("overføring i EPJ", "transfer inside the EPJ"),
        (WaitsFor::Posting, _) => ink.pick("postlegging", "posting"),
    };
    html! {
        (what)
        @if let Some(receiver) = &line.receiver_name { " · " span.quiet { (receiver) } }
    }
}

/// A bar against its deadline, which stands at three quarters; what is beyond it is hatched. What it shows stands in
/// words beside it.
fn bar(thousandths: i64, stage: Stage) -> Markup {
    const DEADLINE: i64 = 120;
    let length = (thousandths * DEADLINE / 1_000).clamp(1, 160);
    html! {
        svg class={ "bar " (stage.tone().class()) } viewBox="0 0 162 14" aria-hidden="true" {
            rect.track x="0" y="3" width=(DEADLINE) height="8" rx="2" {}
            rect.land x="0" y="3" width=(length.min(DEADLINE)) height="8" rx="2" {}
            @if length > DEADLINE { rect.beyond x=(DEADLINE) y="3" width=(length - DEADLINE) height="8" {} }
            path.tick d={ "M" (DEADLINE) " 0V14" } {}
        }
    }
}

/// What waits for nothing by a day: it goes on by itself, or when somebody confirms.
fn without_deadline(ink: &Ink, lines: &[&TransferLine]) -> Markup {
    let columns = [ink.pick("Hvem", "Who"), ink.pick("Står", "Stands"), ink.pick("Siden", "Since")];
    let rows = html! {
        @for line in lines.iter().take(FOLDED) {
            (row(&html! {
                (name(&ink.named(line)))
                (cell(columns[1], &html! { (ink.words.state(&line.state)) }))
                (cell(columns[2], &html! { (ink.day_of(line.since)) }))
            }))
        }
    };
    let caption = ink.pick("Det som venter uten frist", "What waits without a deadline");
    let summary = ink.words.say(
        format!("{} venter uten frist", ink.number(lines.len() as u64)),
        format!("{} wait without a deadline", ink.number(lines.len() as u64)),
    );
    folded(&summary, &html! { (table(caption, &columns, &body(&rows))) (left_out(ink, lines.len())) })
}
