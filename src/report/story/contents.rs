//! What a transfer carries and whether it may go: planned, collected, held, released, cleared, sealed. Leaves out its
//! way from there (`way`).

use super::teller::{Said, Teller};
use crate::inventory::{Inventory, LeftDocument, ranges};
use crate::person::mask_numbers;
use crate::transfer::{Birth, Hold, ParcelRecord, SealedFile, Waiver};
use crate::verdict::{Clearance, Receiver};

impl Teller<'_> {
    pub(super) fn planned(&self, birth: &Birth) -> Said {
        let (words, key) = (self.words, &birth.the_move.key);
        let to = self.telling.to();
        let where_to =
            |preposition: &str| to.as_ref().map(|to| format!(" {preposition} {to}")).unwrap_or_default();
        let (content, date) = (words.content(birth.content), key.date.format("%d.%m.%Y"));
        let what = words.say(
            format!("Tatt inn: {content}{}, flyttedato {date}.", where_to("til")),
            format!("Taken in: {content}{}, date of the move {date}.", where_to("to")),
        );
        let ids: Vec<String> =
            birth.the_move.event_ids.iter().map(|id| mask_numbers(id).into_owned()).collect();
        let source = words.pick("Hendelser i uttrekket", "Events in the extract");
        Said::plain(what).with((!ids.is_empty()).then(|| format!("{source}: {}", ids.join(", "))))
    }

    pub(super) fn collected(&self, inventory: &Inventory) -> Said {
        let words = self.words;
        let documents = words.count(
            inventory.documents.len() as u64,
            ["dokument", "dokumenter"],
            ["document", "documents"],
        );
        let documents = format!("{documents}, {}", words.size(inventory.document_bytes()));
        let (what, basis) = match &inventory.tb {
            Some(tb) => {
                let beside =
                    if inventory.documents.is_empty() { String::new() } else { format!("; {documents}") };
                let carried = words.count(
                    tb.carried().count() as u64,
                    ["resultat", "resultater"],
                    ["result", "results"],
                );
                let status = words.tb_status(tb.status);
                (format!("{carried}; {status}{beside}"), tb.basis.map(|basis| basis.text().to_owned()))
            }
            None => (documents, Some(inventory.journal_basis.clone())),
        };
        let basis = basis.filter(|basis| !basis.is_empty());
        Said::plain(format!("{}: {what}.", words.pick("Samlet inn", "Collected")))
            .with(basis.map(|basis| format!("{}: {basis}", words.pick("Grunnlag", "Basis"))))
            .with(inventory.left.iter().map(|document| self.left(document)))
    }

    /// A document that stays: which, and why, as `documents.csv` says it.
    fn left(&self, document: &LeftDocument) -> String {
        let what = self.words.pick("Blir ikke sendt", "Is not sent");
        let title = self.open(&document.title).unwrap_or_default();
        format!("{what}: {title} ({})", document.why.code())
    }

    pub(super) fn hold(&self, hold: &Hold) -> String {
        let detail = self.open(&hold.detail).map(|detail| format!(" [{detail}]")).unwrap_or_default();
        format!("{}{detail}", self.sentence(hold.reason))
    }

    pub(super) fn waived(&self, waiver: &Waiver) -> Said {
        let (words, by) = (self.words, self.by(&waiver.hand));
        let receiver = waiver.receiver.filter(|_| !self.telling.protected);
        let chosen = receiver
            .map(|her_id| format!("{}: HER {her_id}", words.pick("Valgt mottaker", "Receiver chosen")));
        Said::plain(words.say(format!("{by} satte en grunn til side."), format!("{by} set a reason aside.")))
            .with([self.sentence(waiver.reason)])
            .with(chosen)
            .with(self.why(&waiver.hand))
    }

    pub(super) fn cleared(&self, clearance: &Clearance) -> Said {
        let words = self.words;
        let until = self.time(clearance.valid_until);
        let until =
            words.say(format!("Svaret holder til {until}."), format!("The answer holds until {until}."));
        if self.telling.protected {
            let can = words.pick("Mottakeren kan ta imot.", "The receiver can take it.");
            return Said::plain(can).with([until]);
        }
        let function =
            clearance.function.map(|function| format!(" ({})", words.function(function))).unwrap_or_default();
        let (channel, to) = (words.channel(clearance.channel), receiver(&clearance.receiver));
        let agreed = match clearance.agreed {
            true => words.pick("Det er avtalt med mottakeren.", "It is agreed with the receiver."),
            false => words.pick("Det er ingen avtale bak svaret.", "No agreement is behind the answer."),
        };
        Said::plain(words.say(
            format!("Mottakeren kan ta imot: {channel}{function} til {to}."),
            format!("The receiver can take it: {channel}{function} to {to}."),
        ))
        .with([agreed.to_owned()])
        .with(clearance.evidence.iter().map(|one| words.evidence(one)))
        .with([until])
    }

    pub(super) fn sealed(&self, parcel: &ParcelRecord) -> Said {
        let words = self.words;
        let files = words.count(parcel.files.len() as u64, ["fil", "filer"], ["file", "files"]);
        let (size, revision) = (words.size(parcel.bytes()), self.replayed.revision);
        Said::plain(words.say(
            format!("Forseglet som revisjon {revision}: {files}, {size}."),
            format!("Sealed as revision {revision}: {files}, {size}."),
        ))
        .with(parcel.files.iter().map(|file| self.file(file)))
    }

    /// One sealed file: the part, its name, message, documents, size and digest.
    pub(super) fn file(&self, file: &SealedFile) -> String {
        let words = self.words;
        let mut parts = Vec::new();
        if let Some(part) = file.message.and_then(|message| self.parts.get(&message)).filter(|p| p.of > 1) {
            parts.push(self.part_words(*part));
        }
        parts.push(file.name.clone());
        if let Some(message) = file.message {
            parts.push(format!("{} {message}", words.pick("melding", "message")));
        }
        if let Some(numbers) = file.documents.as_ref().filter(|numbers| !numbers.is_empty()) {
            let noun = words.pick("dokument", if numbers.len() == 1 { "document" } else { "documents" });
            parts.push(format!("{noun} {}", ranges(numbers)));
        }
        parts.push(words.size(file.bytes));
        parts.push(format!("SHA-256 {}…", &file.digest.to_string()[..12]));
        parts.join(", ")
    }
}

fn receiver(receiver: &Receiver) -> String {
    match receiver {
        Receiver::Party(party) => format!("{} (HER {})", receiver.name(), party.her_id),
        Receiver::Office(office) => {
            format!("{}, {}, {} {}", office.office, office.address, office.postal_code, office.city)
        }
        Receiver::SameEpj(_) => receiver.name(),
    }
}
