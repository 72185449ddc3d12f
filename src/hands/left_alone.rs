//! Why a transfer that a person asked for is left as it is, and what can be done instead, in words for whoever asked.
//!
//! Leaves out when that is so ([`super::rerun`]).

use chrono::NaiveDate;

use crate::id::TransferId;
use crate::lang::Lang;
use crate::reason::Reason;

/// Why a transfer is not taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotTakenUp {
    /// Its date is still to come.
    NotDue(NaiveDate),
    /// The person has moved abroad, died or moved on.
    NothingToSend(Reason),
    /// It lies in a tray, under this name.
    InTray(String),
    /// It lay in a tray and is gone.
    MayHaveBeenPosted,
    /// The tray is in trouble.
    TrayTrouble,
    /// Whether it left is not known, and another route would make it two.
    MayHaveLeft,
    /// An answer can still come.
    Unanswered {
        /// When it left.
        sent: String,
        /// Until when an answer is waited for.
        until: String,
    },
    /// It was posted on this day, and nobody has to answer.
    Posted(String),
    /// The receiver has had it since this day.
    Accepted(String),
    /// A part of it was refused, others are still to be answered.
    PartsUnanswered {
        /// Messages without an answer.
        open: usize,
        /// Messages.
        all: usize,
        /// Until when an answer is waited for.
        until: String,
    },
    /// A person gave it up: undone only by name, not in passing.
    GivenUp,
    /// It was stopped for good; why, where the program did it.
    Withdrawn(Option<Reason>),
    /// It went where it should not have gone.
    Recalled(Reason),
    /// The person has moved on since, and the receiver of the earlier move has it.
    MovedSince,
    /// It is being sent.
    InFlight,
    /// A copy goes where its agreement says.
    CopyHasItsRoute,
    /// What takes something back goes as a letter or a message.
    RecallHasItsRoute,
}

impl NotTakenUp {
    /// The same in words.
    pub fn told(&self, lang: Lang) -> String {
        let pick = |nb: &'static str, en: &'static str| lang.pick(nb, en).to_owned();
        match self {
            NotTakenUp::NotDue(date) => format!(
                "{} {date}; {}",
                lang.pick("Flyttedatoen er", "Its move is dated"),
                lang.pick("den går av seg selv når datoen kommer.", "it goes by itself when the date comes.")
            ),
            NotTakenUp::NothingToSend(why) => {
                format!("{why}: {} {}", why.sentence(lang), why.advice(lang)).trim_end().to_owned()
            }
            NotTakenUp::InTray(name) => format!(
                "{} {name}; {}",
                lang.pick("Den ligger klar som", "It lies in the tray as"),
                lang.pick(
                    "post den og bruk `confirm`, eller velg en annen --channel.",
                    "post it and `confirm` it, or give another --channel."
                )
            ),
            NotTakenUp::MayHaveBeenPosted => pick(
                "Filen er borte og kan være postlagt; bruk `confirm` eller `withdraw` først.",
                "Its file is gone from the tray and may have been posted; `confirm` or `withdraw` it first.",
            ),
            NotTakenUp::TrayTrouble => pick(
                "Filen kan ikke tas ut av mappen; rapporten sier hvorfor.",
                "Its file cannot be taken out of the tray; the report's held files say why.",
            ),
            NotTakenUp::MayHaveLeft => pick(
                "Den kan være sendt alt; uten --channel går den samme meldingen igjen, med --again en ny.",
                "It may have left already; without --channel the same message goes again, with --again another.",
            ),
            NotTakenUp::Unanswered { sent, until } => format!(
                "{} {sent}, {} {until}; {}",
                lang.pick("Den ble sendt", "It was sent"),
                lang.pick("og svar kan komme til", "and an answer can come until"),
                lang.pick(
                    "den kan tas opp etter det, eller nå med --again.",
                    "then it can be taken up, or now with --again."
                )
            ),
            NotTakenUp::Posted(day) => format!(
                "{} {day}; {}",
                lang.pick("Den ble postlagt", "It was posted"),
                lang.pick(
                    "bruk `confirm` når mottakeren har den, eller send den igjen med --again.",
                    "`confirm` it when the receiver has it, or send it again with --again."
                )
            ),
            NotTakenUp::Accepted(day) => format!(
                "{} {day}; {}",
                lang.pick("Mottakeren har hatt den siden", "It was accepted"),
                lang.pick("den sendes bare igjen med --again.", "it is sent again only with --again.")
            ),
            NotTakenUp::PartsUnanswered { open, all, until } => match lang {
                Lang::En => format!(
                    "{open} of its {all} messages are not answered yet and would go twice; an answer can come until \
                     {until}, or send everything again with --again."
                ),
                Lang::Nb | Lang::Nn => format!(
                    "{open} av {all} meldinger er ikke besvart ennå og ville gått to ganger; svar kan komme til \
                     {until}, eller send alt igjen med --again."
                ),
            },
            NotTakenUp::GivenUp => pick(
                "Noen har gitt den opp; vil du åpne den, så nevn den med --transfer.",
                "Somebody gave it up; to open it, name it with --transfer.",
            ),
            NotTakenUp::Withdrawn(why) => {
                let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
                match lang {
                    Lang::En => format!("It was withdrawn{why}; a withdrawn transfer is never opened again."),
                    Lang::Nb | Lang::Nn => {
                        format!("Den er trukket tilbake{why}; det som er trukket tilbake, åpnes aldri igjen.")
                    }
                }
            }
            NotTakenUp::Recalled(why) => match lang {
                Lang::En => {
                    format!(
                        "It should not have gone there ({why}); what the new move asks for goes by itself."
                    )
                }
                Lang::Nb | Lang::Nn => {
                    format!(
                        "Den skulle ikke gått dit ({why}); det den nye flyttingen krever, går av seg selv."
                    )
                }
            },
            NotTakenUp::MovedSince => pick(
                "Personen har flyttet videre siden; den sendes ikke igjen til der personen bodde.",
                "The person has moved on since; it is not sent again to where the person lived.",
            ),
            NotTakenUp::InFlight => pick("En kjøring holder på å sende den.", "A run is sending it."),
            NotTakenUp::RecallHasItsRoute => pick(
                "Det som tar noe tilbake, går som brev (print) eller melding (outbox).",
                "What takes something back goes as a letter (print) or a message (outbox).",
            ),
            NotTakenUp::CopyHasItsRoute => pick(
                "En kopi går den veien avtalen sier, og kan ikke få en annen.",
                "A copy takes the route of its agreement; it cannot be given another.",
            ),
        }
    }
}

/// A transfer that was asked for, and why it is left as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftAlone {
    /// Which.
    pub transfer: TransferId,
    /// Its state.
    pub state: &'static str,
    /// Why.
    pub why: NotTakenUp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_says_what_can_be_done() {
        let minute = || "2026-11-22 02:00".to_owned();
        let all = [
            NotTakenUp::NotDue(NaiveDate::default()),
            NotTakenUp::NothingToSend(Reason::MovedOn),
            NotTakenUp::InTray("a.zip".to_owned()),
            NotTakenUp::MayHaveBeenPosted,
            NotTakenUp::TrayTrouble,
            NotTakenUp::MayHaveLeft,
            NotTakenUp::Unanswered { sent: minute(), until: minute() },
            NotTakenUp::Posted(minute()),
            NotTakenUp::Accepted(minute()),
            NotTakenUp::PartsUnanswered { open: 1, all: 2, until: minute() },
            NotTakenUp::GivenUp,
            NotTakenUp::Withdrawn(Some(Reason::Overtaken)),
            NotTakenUp::Recalled(Reason::Overtaken),
            NotTakenUp::MovedSince,
            NotTakenUp::InFlight,
            NotTakenUp::CopyHasItsRoute,
            NotTakenUp::RecallHasItsRoute,
        ];
        for why in all {
            let (nb, en) = (why.told(Lang::Nb), why.told(Lang::En));
            assert!(nb.ends_with('.') && en.ends_with('.') && nb != en, "{nb} | {en}");
        }
        let told = NotTakenUp::Withdrawn(None).told(Lang::En);
        assert_eq!(told, "It was withdrawn; a withdrawn transfer is never opened again.");
    }
}
