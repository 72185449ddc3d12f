//! One entry of the ledger, told: a sentence, and below it what proves it.
//!
//! The entries are replayed beside the telling, so that each line can say where the transfer then stood. Leaves out the
//! words (`words`), what is said of each event (`contents`, `way`) and how a story looks (`face`).

use super::teller::{Said, Teller};
use super::{Coded, StoryLine};
use crate::ledger::{Disclosure, Entry, FoundFile, ReceiptRow, Told};
use crate::moves::Moment;
use crate::reason::Reason;
use crate::transfer::{Event, Hand};

impl Teller<'_> {
    /// The lines of one entry: one, but for a file with several rows about the transfer.
    pub(super) fn tell(&mut self, told: &Told) -> Vec<StoryLine> {
        let before = self.replayed.state.code();
        let (kind, said) = match &told.entry {
            Entry::Plan { birth, .. } => ("plan", vec![self.planned(birth)]),
            Entry::Event { event, .. } => (event.code(), vec![self.happened(event, told.at)]),
            Entry::Contradiction { state, event, detail, .. } => {
                ("contradiction", vec![self.contradiction(state, event, detail)])
            }
            Entry::ReceiptRead { rows, .. } => {
                ("receipt-read", rows.iter().map(|row| self.receipt(row)).collect())
            }
            Entry::Settled { action, hand, matter } => {
                let known = self.telling.matters.iter().find(|matter| matter.action_id == *action);
                let code = matter.as_ref().map(|matter| matter.code).or(known.map(|known| known.code));
                ("settled", code.map(|code| self.settled(code, hand)).into_iter().collect())
            }
            Entry::Disclosure { disclosure } => ("disclosure", vec![self.disclosed(disclosure)]),
            Entry::Pruned { files, .. } => ("pruned", vec![self.pruned(files)]),
            Entry::FoundSealed { files, .. } => ("found-sealed", vec![self.found(files)]),
            Entry::Whereabouts { .. }
            | Entry::Unplaced { .. }
            | Entry::Ended { .. }
            | Entry::Objection { .. }
            | Entry::Grading { .. }
            | Entry::Link { .. }
            | Entry::RunEnded { .. }
            | Entry::Restored { .. } => ("", Vec::new()),
        };
        let after = self.replayed.state.code();
        let state = (before != after).then(|| Coded::new(after, self.words.state(after)));
        let at = told.at.with_timezone(&self.telling.style.offset);
        let line = |said: Said| StoryLine {
            at,
            run: told.run.clone(),
            kind: kind.to_owned(),
            what: said.what,
            details: said.details,
            state: state.clone(),
        };
        said.into_iter().map(line).collect()
    }

    fn happened(&mut self, event: &Event, at: Moment) -> Said {
        if let Event::Seal { parcel } = event {
            self.number(parcel);
        }
        // What the ledger holds was legal when it was written, and its fold has said so again.
        let _ = self.replayed.apply(event, at);
        let words = self.words;
        match event {
            Event::Collect { inventory } => self.collected(inventory),
            Event::FindNothing { why, .. } => {
                Said::plain(words.pick("Det er ingenting å sende.", "There is nothing to send."))
                    .with([self.sentence(*why)])
            }
            Event::Hold { reasons } => Said::plain(words.pick("Holdt tilbake.", "Held."))
                .with(reasons.iter().map(|hold| self.hold(hold))),
            Event::Resume => {
                Said::plain(words.pick("Sett på på nytt fra begynnelsen.", "Looked at again from the start."))
            }
            Event::Waive { waiver } => self.waived(waiver),
            Event::Clear { clearance } => self.cleared(clearance),
            Event::Seal { parcel } => self.sealed(parcel),
            Event::Start { .. }
            | Event::Take { .. }
            | Event::Place { .. }
            | Event::Defer { .. }
            | Event::Refuse { .. }
            | Event::Lose
            | Event::PlacedFileGone => self.sending(event),
            Event::TransportYes { .. }
            | Event::TransportNo { .. }
            | Event::AppYes { .. }
            | Event::AppNo { .. }
            | Event::EarlierAccepted { .. } => self.heard(event),
            Event::Post { .. }
            | Event::Confirm { .. }
            | Event::GiveUp { .. }
            | Event::Withdraw { .. }
            | Event::Reopen { .. }
            | Event::Direct { .. } => self.by_hand(event),
            Event::Recall { why } => {
                Said::plain(words.pick(
                    "Skal tas tilbake etter at den har gått.",
                    "Should be taken back after it has left.",
                ))
                .with([self.sentence(*why)])
            }
        }
    }

    fn contradiction(&self, state: &str, event: &str, detail: &str) -> Said {
        let words = self.words;
        let (state, event) = (words.state(state), words.event(event));
        Said::plain(words.say(
            format!(
                "Motsigelse: det ble meldt «{event}» mens overføringen var «{state}». Ingenting ble flyttet."
            ),
            format!(
                "Contradiction: \"{event}\" was told while the transfer was \"{state}\". Nothing was moved."
            ),
        ))
        .with(self.open(detail).map(|detail| format!("{}: {detail}", words.pick("Fra", "From"))))
    }

    fn receipt(&self, row: &ReceiptRow) -> Said {
        let words = self.words;
        let line = |label: &str, text: String| (!text.is_empty()).then(|| format!("{label}: {text}"));
        let about = row.original_message_id.map(|message| self.part(message)).unwrap_or_default();
        Said::plain(words.say(
            format!("{} lest.", words.receipt(&row.kind)),
            format!("{} read.", words.receipt(&row.kind)),
        ))
        .with(line(words.pick("Fil", "File"), row.file.clone()))
        .with(line(words.pick("Gjelder", "About"), about))
        .with(line(words.pick("Svar", "Answer"), words.receipt(&row.status)))
        .with(line(words.pick("Koder", "Codes"), row.codes.clone()))
        .with(self.open(&row.text).map(|text| format!("{}: {text}", words.pick("Tekst", "Text"))))
        .with(line(words.pick("Virkning", "Effect"), words.effect(&row.effect)))
    }

    fn settled(&self, code: Reason, hand: &Hand) -> Said {
        let (words, by) = (self.words, self.by(hand));
        Said::plain(words.say(format!("{by} lukket en sak."), format!("{by} closed a case.")))
            .with([self.sentence(code)])
            .with(self.why(hand))
    }

    fn disclosed(&self, disclosure: &Disclosure) -> Said {
        let words = self.words;
        let to = self.open(&disclosure.receiver_name);
        let to = |preposition: &str| to.as_ref().map(|to| format!(" {preposition} {to}")).unwrap_or_default();
        let (what, at) = (&disclosure.what, self.time(disclosure.at));
        let basis = (!disclosure.basis.is_empty())
            .then(|| format!("{}: {}", words.pick("Grunnlag", "Basis"), disclosure.basis));
        Said::plain(words.say(
            format!("Ført i utleveringsregisteret: {what}{}, {at}.", to("til")),
            format!("Entered in the disclosure register: {what}{}, {at}.", to("to")),
        ))
        .with(basis)
    }

    fn found(&mut self, files: &[FoundFile]) -> Said {
        files.iter().for_each(|file| self.replayed.find_sealed(file.revision));
        Said::plain(self.words.pick(
            "Hovedboken er lagt tilbake fra en sikkerhetskopi. Den har mistet en kjøring som hadde forseglet:",
            "The ledger was put back from a copy. It has lost a run that had sealed:",
        ))
        .with(files.iter().map(|file| file.name.clone()))
    }

    fn pruned(&self, files: &[String]) -> Said {
        let words = self.words;
        let count = words.count(files.len() as u64, ["fil", "filer"], ["file", "files"]);
        Said::plain(words.say(
            format!("Lagringstiden er over: {count} slettes."),
            format!("The retention is over: {count} to be removed."),
        ))
        .with(files.iter().cloned())
    }
}
