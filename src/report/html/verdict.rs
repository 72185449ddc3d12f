//! The verdict: did it come to its end, is there something to do, do the sums agree. In one sentence, then in figures.

use maud::{Markup, html};

use super::ink::{Ink, Tone};

/// A figure that leads to where it is explained.
struct Figure {
    to: &'static str,
    value: String,
    words: &'static str,
    tone: Tone,
}

/// The part at the top of the page.
pub(super) fn verdict(ink: &Ink) -> Markup {
    let account = ink.account;
    let is_well = account.stopped.is_none() && account.imbalances.is_empty();
    html! {
        section class={ "verdict " (if is_well { "good" } else { "bad" }) } aria-labelledby="h-verdict" {
            h2.unseen id="h-verdict" { (ink.pick("Kort sagt", "In short")) }
            p.lead { (how_it_ended(ink)) " " (what_is_to_do(ink)) " " (sums(ink)) }
            @if let Some(why) = &account.stopped {
                p { (ink.pick("Grunn: ", "Reason: ")) (ink.english(why)) }
            }
            ul.figures {
                @for figure in figures(ink) {
                    li class=(figure.tone.class()) {
                        a href=(figure.to) { strong { (figure.value) } " " span { (figure.words) } }
                    }
                }
            }
        }
    }
}

fn how_it_ended(ink: &Ink) -> &'static str {
    match (ink.account.stopped.is_some(), ink.is_night()) {
        (false, true) => ink.pick("Natten er ferdig.", "The night is done."),
        (false, false) => ink.pick("Kjøringen er ferdig.", "The run is done."),
        (true, true) => ink.pick("Natten stoppet før den var ferdig.", "The night stopped before its end."),
        (true, false) => ink.pick("Kjøringen stoppet før den var ferdig.", "The run stopped before its end."),
    }
}

fn urgent(ink: &Ink) -> u64 {
    ink.account.actions.iter().filter(|action| action.urgent).count() as u64
}

fn what_is_to_do(ink: &Ink) -> String {
    let (all, urgent) = (ink.account.actions.len() as u64, urgent(ink));
    if all == 0 {
        return ink.pick("Ingen trenger å gjøre noe.", "Nobody needs to do anything.").to_owned();
    }
    let things = ink.count(
        all,
        ["ting trenger et menneske", "ting trenger et menneske"],
        ["thing needs a person", "things need a person"],
    );
    let of_them = match urgent {
        0 => ink.pick("ingen av dem haster", "none of them urgent").to_owned(),
        n => ink.words.say(format!("{n} av dem haster"), format!("{n} of them urgent")),
    };
    format!("{things}, {of_them}.")
}

fn sums(ink: &Ink) -> &'static str {
    if ink.account.imbalances.is_empty() {
        ink.pick("Summene stemmer.", "The sums agree.")
    } else {
        ink.pick("Summene stemmer ikke: se Kjøringen.", "The sums do not agree: see The run.")
    }
}

fn figures(ink: &Ink) -> Vec<Figure> {
    let account = ink.account;
    let now = account.now.to_utc();
    let over = account.lines.iter().filter_map(|line| line.wait).filter(|wait| wait.is_over(now)).count();
    let all: u64 = account.groups.values().sum();
    let asks = |n: u64, tone: Tone| if n == 0 { Tone::Good } else { tone };
    let (urgent, others) = (urgent(ink), account.actions.len() as u64 - urgent(ink));
    let unread = (account.files_held.len() + account.rejected.len()) as u64;
    let moved = ink.words.say(
        format!("{} av {}", ink.number(account.touched), ink.number(all)),
        format!("{} of {}", ink.number(account.touched), ink.number(all)),
    );
    let figure =
        |to, value: u64, nb, en, tone| Figure { to, value: ink.number(value), words: ink.pick(nb, en), tone };
    vec![
        figure("#todo", urgent, "haster i dag", "urgent today", asks(urgent, Tone::Bad)),
        figure("#todo", others, "andre å gjøre", "others to do", asks(others, Tone::Asks)),
        figure("#waits", over as u64, "over fristen", "past the deadline", asks(over as u64, Tone::Bad)),
        Figure {
            to: "#sums",
            value: moved,
            words: ink.pick("overføringer kom videre", "transfers moved on"),
            tone: Tone::Going,
        },
        figure(
            "#run",
            unread,
            "filer eller rader ikke brukt",
            "files or rows not used",
            asks(unread, Tone::Asks),
        ),
    ]
}
