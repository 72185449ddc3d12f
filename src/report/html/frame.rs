//! The page around the parts: head, style, script and the law they stand under, navigation, landmarks.
//!
//! The only file that puts down markup as it stands (`PreEscaped`): the program's own style and script, which hold
//! nothing of any account. Neither they nor anything else may come from elsewhere: the policy names their digests.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::ink::Ink;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page with these parts in it.
pub(super) fn frame(ink: &Ink, parts: &Markup) -> Markup {
    let account = ink.account;
    let title = format!("{} {}", title(ink), account.run_id);
    html! {
        (DOCTYPE)
        html lang=(ink.pick("nb", "en")) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                link rel="icon" href="data:,";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { (ink.pick("Hopp til innholdet", "Skip to the content")) }
                (header(ink))
                (navigation(ink))
                main #main tabindex="-1" { (parts) }
                (footer(ink))
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

/// What the page may do: show itself, and run its own script.
fn policy() -> String {
    let digest = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; \
         form-action 'none'",
        digest(STYLE),
        digest(SCRIPT)
    )
}

/// What the account is of.
fn title(ink: &Ink) -> &'static str {
    match ink.account.command.as_str() {
        "run" => ink.pick("Nattens rapport", "The night's report"),
        "receipts" => ink.pick("Kvitteringer lest", "Receipts read"),
        "rerun" => ink.pick("Én migrant på nytt", "One migrant again"),
        _ => ink.pick("Rapport", "Report"),
    }
}

fn header(ink: &Ink) -> Markup {
    let account = ink.account;
    html! {
        header.top {
            p.brand { "journalflytt" }
            h1 { (title(ink)) }
            p.when {
                time datetime=(account.now.to_rfc3339()) { (ink.long(account.now)) }
                @if let Some(own) = &account.own { " · " (ink.place(own.as_str())) }
                " · " (ink.pick("kjøring", "run")) " " code { (account.run_id) }
            }
            p.secret {
                (ink.pick(
                    "Helseopplysninger, taushetsplikt. Skal ikke sendes videre eller legges åpent.",
                    "Health data under a duty of confidentiality. Do not pass on, do not leave open.",
                ))
            }
        }
    }
}

fn navigation(ink: &Ink) -> Markup {
    let parts = [
        ("todo", "Å gjøre", "To do"),
        ("sums", "Summene", "The sums"),
        ("waits", "Ventetid", "Waiting"),
        ("receivers", "Mottakere", "Receivers"),
        ("trend", "Utvikling", "Trend"),
        ("transfers", "Overføringer", "Transfers"),
        ("run", "Kjøringen", "The run"),
    ];
    html! {
        nav aria-label=(ink.pick("Innhold", "Contents")) {
            ul {
                @for (id, nb, en) in parts { li { a href={ "#" (id) } { (ink.pick(nb, en)) } } }
            }
        }
    }
}

fn footer(ink: &Ink) -> Markup {
    html! {
        footer {
            p {
                (ink.pick(
                    "Tegnet av journalflytt fra kjøringens regnskap. De samme tallene står i CSV-filene og i ",
                    "Drawn by journalflytt from the run's account. The same figures stand in the CSV files and in ",
                ))
                code { "summary.json" }
                (ink.pick(" i samme mappe.", " in the same folder."))
            }
        }
    }
}
