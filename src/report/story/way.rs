//! A transfer's way from its parcel to its end: attempts, receipts, hands. Leaves out what it carries (`contents`).

use super::teller::{Said, Teller};
use crate::id::MessageId;
use crate::moves::Moment;
use crate::transfer::{Event, Hand, Receipt};

impl Teller<'_> {
    pub(super) fn sending(&self, event: &Event) -> Said {
        let words = self.words;
        let detail = |label: &str, text: &str| self.open(text).map(|text| format!("{label}: {text}"));
        match event {
            Event::Start { attempt, .. } => Said::plain(words.say(
                format!("Forsøk {attempt} på å levere til kanalen."),
                format!("Attempt {attempt} to hand it to the channel."),
            )),
            Event::Take { reference } => {
                Said::plain(words.pick("Sendt: kanalen tok imot.", "Sent: the channel took it."))
                    .with(detail(words.pick("Kanalens referanse", "The channel's reference"), reference))
            }
            Event::Place { place } => Said::plain(words.pick(
                "Lagt klar for et menneske; ingenting har forlatt huset.",
                "Laid out for a person; nothing has left the house.",
            ))
            .with(detail(words.pick("Fil", "File"), place)),
            Event::Defer { fault, not_before } => {
                let time = self.time(*not_before);
                Said::plain(words.say(
                    format!("Gikk ikke, og er sikkert ikke sendt; prøves igjen tidligst {time}."),
                    format!(
                        "Did not go, and has surely not left; to be tried again at {time} at the earliest."
                    ),
                ))
                .with(detail(words.pick("Feil", "Fault"), fault))
            }
            Event::Refuse { text } => {
                Said::plain(words.pick("Kanalen ville ikke ta imot.", "The channel would not take it."))
                    .with(detail(words.pick("Svar", "Answer"), text))
            }
            Event::PlacedFileGone => Said::plain(words.pick(
                "Filen var borte da den skulle fjernes; den kan være postlagt.",
                "The file was gone when it was to be removed; it may have been posted.",
            )),
            Event::Lose => Said::plain(words.pick(
                "Det er usikkert om den gikk; den samme pakken går igjen.",
                "It is uncertain whether it left; the same parcel goes again.",
            )),
            _ => Said::plain(words.event(event.code())),
        }
    }

    pub(super) fn heard(&self, event: &Event) -> Said {
        let words = self.words;
        match event {
            Event::TransportYes { message } => {
                let which = self.part(*message);
                Said::plain(words.say(
                    format!("Levert hos mottakerens system: {which}."),
                    format!("Delivered to the receiver's system: {which}."),
                ))
            }
            Event::TransportNo { message, codes } => {
                let which = self.part(*message);
                Said::plain(words.say(
                    format!("Kunne ikke leveres: {which}."),
                    format!("Could not be delivered: {which}."),
                ))
                .with(self.codes(codes))
            }
            Event::AppYes { message, receipt } | Event::AppNo { message, receipt } => {
                self.answered(*message, receipt)
            }
            Event::EarlierAccepted { message, receipt } => match receipt {
                Some(receipt) => self.answered(*message, receipt),
                None => Said::plain(format!(
                    "{} {}.",
                    words.pick("Mottakeren godtok", "The receiver accepted"),
                    self.part(*message)
                )),
            },
            _ => Said::plain(words.event(event.code())),
        }
    }

    pub(super) fn answered(&self, message: MessageId, receipt: &Receipt) -> Said {
        let (words, written) = (self.words, self.time(receipt.at));
        Said::plain(format!("{} {}.", words.answer(receipt.answer), self.part(message)))
            .with([words.say(
                format!("Kvitteringen er skrevet {written}."),
                format!("The receipt was written {written}."),
            )])
            .with(self.codes(&receipt.codes))
    }

    pub(super) fn by_hand(&self, event: &Event) -> Said {
        let words = self.words;
        let day = |at: Moment| at.with_timezone(&self.telling.style.offset).format("%d.%m.%Y");
        let told = |nb: String, en: String, hand: &Hand| Said::plain(words.say(nb, en)).with(self.why(hand));
        match event {
            Event::Post { hand, on } => {
                let (by, on) = (self.by(hand), day(*on));
                told(format!("{by} la den i posten {on}."), format!("{by} posted it on {on}."), hand)
            }
            Event::Confirm { hand, on } => {
                let (by, on) = (self.by(hand), day(*on));
                told(
                    format!("{by} bekreftet at mottakeren har den, {on}."),
                    format!("{by} confirmed that the receiver has it, {on}."),
                    hand,
                )
            }
            Event::GiveUp { hand } => {
                let by = self.by(hand);
                told(format!("{by} oppga den."), format!("{by} gave it up."), hand)
            }
            Event::Withdraw { why, hand } => {
                let by = self.by(hand);
                let said =
                    Said::plain(words.say(format!("{by} trakk den tilbake."), format!("{by} withdrew it.")));
                match why {
                    Some(why) => said.with([self.sentence(*why)]),
                    None => said.with(self.why(hand)),
                }
            }
            Event::Reopen { hand, again } => {
                let by = self.by(hand);
                let although = match again {
                    true => words.pick(", alt på nytt", ", all of it once more"),
                    false => "",
                };
                told(
                    format!("{by} åpnet den på nytt{although}."),
                    format!("{by} opened it again{although}."),
                    hand,
                )
            }
            Event::Direct { channel, hand } => {
                let by = self.by(hand);
                let shown = channel.filter(|_| !self.telling.protected);
                let shown = shown.map(|channel| format!(": {}", words.channel(channel))).unwrap_or_default();
                match channel {
                    Some(_) => told(
                        format!("{by} valgte kanalen{shown}."),
                        format!("{by} chose the route{shown}."),
                        hand,
                    ),
                    None => told(
                        format!("{by} lot den gå jobbens egne veier igjen."),
                        format!("{by} let it take the job's own routes again."),
                        hand,
                    ),
                }
            }
            _ => Said::plain(words.event(event.code())),
        }
    }
}
