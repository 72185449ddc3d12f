//! A story as a person reads it in a terminal. Programs read the same value as JSON. Computes nothing.

use std::fmt::Write as _;

use super::teller::shown_time;
use super::{Coded, Story, StoryLine, Todo};
use crate::lang::Lang;
use crate::report::words::Words;

/// The story as text. Ends with a newline.
pub fn text(story: &Story, lang: Lang) -> String {
    let words = Words(lang);
    let mut out = String::new();
    let _ = writeln!(out, "{} {}", words.pick("Overføring", "Transfer"), story.transfer_id);
    for (label, value) in head(story, words) {
        let _ = writeln!(out, "  {label:<10} {value}");
    }
    for why in &story.reasons {
        let detail = if why.detail.is_empty() { String::new() } else { format!(" [{}]", why.detail) };
        let _ = writeln!(out, "  {:<10} {}{detail}", words.pick("Hvorfor", "Why"), why.sentence);
        if !why.advice.is_empty() {
            let _ = writeln!(out, "  {:<10} {}", words.pick("Gjør", "Do"), why.advice);
        }
    }
    let _ = writeln!(out, "\n{}", actions_heading(story, words));
    for action in &story.actions {
        write_action(&mut out, action, words);
    }
    let _ = writeln!(out, "\n{}", words.pick("Slik gikk det:", "What happened:"));
    let mut run = None;
    for line in &story.events {
        if run != Some(&line.run) {
            let _ = writeln!(out, "\n  {} {}", words.pick("Kjøring", "Run"), line.run);
            run = Some(&line.run);
        }
        write_line(&mut out, line);
    }
    out
}

fn head(story: &Story, words: Words) -> Vec<(&'static str, String)> {
    let person = story.person.as_ref().map(|person| format!("{person} ")).unwrap_or_default();
    let date = story.move_date.format("%d.%m.%Y");
    let moved = match (&story.from, &story.to) {
        _ if story.protected => words.say(
            format!("{date}; adressen er strengt fortrolig, og ingen steder vises"),
            format!("{date}; the address is strictly confidential, and no places are shown"),
        ),
        (Some(from), Some(to)) => {
            words.say(format!("fra {from} til {to}, {date}"), format!("from {from} to {to}, {date}"))
        }
        (Some(_), None) | (None, Some(_)) | (None, None) => date.to_string(),
    };
    let follows = story.of.as_ref().map(|of| words.say(format!(" til {of}"), format!(" to {of}")));
    let (state, since) = (&story.state.text, shown_time(story.since));
    let (revision, attempts) = (story.revision, story.attempts);
    vec![
        (words.pick("Person", "Person"), format!("{person}({})", story.patient_ref)),
        (words.pick("Innhold", "Content"), story.content.text.clone()),
        (words.pick("Slag", "Kind"), format!("{}{}", story.kind.text, follows.unwrap_or_default())),
        (words.pick("Flytting", "Move"), moved),
        (
            words.pick("Status", "Stands"),
            words.say(
                format!("{state} siden {since} (revisjon {revision}, forsøk: {attempts})"),
                format!("{state} since {since} (revision {revision}, attempts: {attempts})"),
            ),
        ),
    ]
}

fn actions_heading(story: &Story, words: Words) -> &'static str {
    if story.actions.is_empty() {
        words.pick("Ingen trenger å gjøre noe.", "Nobody needs to do anything.")
    } else {
        words.pick("Å gjøre:", "To do:")
    }
}

fn write_action(out: &mut String, action: &Todo, words: Words) {
    let urgent = if action.urgent { words.pick("HASTER, ", "URGENT, ") } else { "" };
    let (due, by) = (action.due.format("%d.%m.%Y"), words.pick("frist", "due"));
    let _ = writeln!(out, "  {} {urgent}{by} {due}", action.action_id);
    let _ = writeln!(out, "      {}", action.what_to_do);
}

fn write_line(out: &mut String, line: &StoryLine) {
    // What the sentence has said already need not be said again.
    let is_new = |state: &&Coded| !line.what.to_lowercase().starts_with(&state.text);
    let state = line.state.as_ref().filter(is_new);
    let state = state.map(|state| format!("  → {}", state.text)).unwrap_or_default();
    let _ = writeln!(out, "  {}  {}{state}", shown_time(line.at), line.what);
    for detail in &line.details {
        let _ = writeln!(out, "                      {detail}");
    }
}
