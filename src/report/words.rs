//! The words for codes, bokmål and English, in one place: what a story and the page to look at say. Leaves out the
//! sentences of reasons (`reason`), and the tables for programs, which write codes.

use crate::inventory::TbStatus;
use crate::lang::Lang;
use crate::reconcile::lines::{Group, ReceiptSeen};
use crate::transfer::{Kind, ReceiptAnswer};
use crate::verdict::{Answer, Channel, Content, Evidence, Function};

/// A code with its words: code, bokmål, English.
type Table = [(&'static str, &'static str, &'static str)];

/// Where a transfer stands.
const STATES: &Table = &[
    ("planned", "planlagt", "planned"),
    ("held", "holdt tilbake", "held"),
    ("nothing-to-send", "ingenting å sende", "nothing to send"),
    ("collected", "samlet inn", "collected"),
    ("cleared", "klarert", "cleared"),
    ("sealed", "forseglet", "sealed"),
    ("in-flight", "på vei ut", "on its way out"),
    ("deferred", "utsatt", "deferred"),
    ("in-doubt", "usikkert om den gikk", "in doubt whether it left"),
    ("placed", "lagt klar for et menneske", "laid out for a person"),
    ("sent", "sendt", "sent"),
    ("delivered", "levert hos mottakerens system", "delivered to the receiver's system"),
    ("accepted", "mottatt", "accepted"),
    ("rejected", "avvist", "rejected"),
    ("abandoned", "oppgitt", "given up"),
    ("withdrawn", "trukket tilbake", "withdrawn"),
    ("unknown", "ukjent for hovedboken", "unknown to the ledger"),
];

/// What was said to have happened, in a contradiction.
const EVENTS: &Table = &[
    ("plan", "planlagt", "planned"),
    ("collect", "samlet inn", "collected"),
    ("find-nothing", "ingenting å sende", "nothing to send"),
    ("hold", "holdt tilbake", "held"),
    ("resume", "sett på på nytt", "looked at again"),
    ("waive", "en grunn satt til side", "a reason set aside"),
    ("clear", "klarert", "cleared"),
    ("seal", "forseglet", "sealed"),
    ("start", "forsøkt sendt", "tried"),
    ("take", "tatt imot av kanalen", "taken by the channel"),
    ("place", "lagt klar", "laid out"),
    ("defer", "utsatt", "deferred"),
    ("refuse", "avvist av kanalen", "refused by the channel"),
    ("lose", "usikkert om den gikk", "in doubt whether it left"),
    ("post", "postlagt", "posted"),
    ("confirm", "bekreftet mottatt", "confirmed as received"),
    ("transport-yes", "levert", "delivered"),
    ("transport-no", "ikke levert", "not delivered"),
    ("app-yes", "godtatt av mottakeren", "accepted by the receiver"),
    ("app-no", "avvist av mottakeren", "rejected by the receiver"),
    ("earlier-accepted", "en tidligere utgave godtatt", "an earlier revision accepted"),
    ("give-up", "oppgitt", "given up"),
    ("withdraw", "trukket tilbake", "withdrawn"),
    ("reopen", "åpnet på nytt", "opened again"),
    ("recall", "skal kalles tilbake", "to be recalled"),
    ("placed-file-gone", "filen var borte", "the file was gone"),
    ("direct", "kanal valgt", "a route chosen"),
];

/// What a receipt says, and what kind of file it is.
const RECEIPTS: &Table = &[
    ("accepted", "godtatt", "accepted"),
    ("rejected", "avvist", "rejected"),
    ("accepted-with-defects", "godtatt, men med feil", "accepted with defects"),
    ("posted", "postlagt", "posted"),
    ("confirmed", "bekreftet mottatt", "confirmed as received"),
    ("apprec", "Kvittering (AppRec)", "Receipt (AppRec)"),
    ("packing-list", "Utfylt pakkliste", "Filled-in packing list"),
    ("worklist", "Utfylt arbeidsliste", "Filled-in worklist"),
    ("unreadable", "Fil som ikke kunne leses", "File that could not be read"),
];

/// What a receipt did.
const EFFECTS: &Table = &[
    ("applied", "den er ført på overføringen", "it was applied to the transfer"),
    ("repeated", "det samme var sagt før", "the same had been said before"),
    ("unmatched", "ingen vet hva den gjelder", "nobody knows what it speaks of"),
    ("wrong-sender", "den kom fra en annen enn mottakeren", "it came from somebody else than the receiver"),
    (
        "earlier-revision",
        "den gjelder en tidligere utgave og flytter ingenting",
        "it speaks of an earlier revision and moves nothing",
    ),
    (
        "contradiction",
        "den stemmer ikke med der overføringen står",
        "it does not fit where the transfer stands",
    ),
    ("unreadable", "den sier ikke noe reglene kjenner", "it says nothing that the rules know"),
    ("incomplete", "linjen er bare halvt utfylt", "the line is only half filled in"),
];

/// What a Yes rests on.
const EVIDENCE: &Table = &[
    ("agreement", "Avtale", "Agreement"),
    ("directory", "Adresseregisteret", "Directory"),
    ("profile", "Kommunikasjonsprofil", "Profile"),
    ("observed", "Erfart", "Observed"),
    ("address-list", "Adresselisten", "Address list"),
    ("patient", "Pasienten", "Patient"),
    ("decision", "Beslutning", "Decision"),
    ("certificate", "Sertifikat", "Certificate"),
    ("route", "Annen kanal, ikke valgt", "Another route, not taken"),
];

/// The words of a language.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words(pub(super) Lang);

impl Words {
    /// Chooses between two texts.
    pub(super) fn pick(self, nb: &'static str, en: &'static str) -> &'static str {
        self.0.pick(nb, en)
    }

    /// Chooses between two texts that were made.
    pub(super) fn say(self, nb: String, en: String) -> String {
        match self.0 {
            Lang::Nb | Lang::Nn => nb,
            Lang::En => en,
        }
    }

    /// So many of something.
    pub(super) fn count(self, n: u64, nb: [&str; 2], en: [&str; 2]) -> String {
        let plural = usize::from(n != 1);
        self.say(format!("{n} {}", nb[plural]), format!("{n} {}", en[plural]))
    }

    fn of(self, table: &'static Table, code: &str) -> String {
        let found = table.iter().find(|(known, _, _)| *known == code);
        found.map_or_else(|| code.to_owned(), |(_, nb, en)| self.pick(nb, en).to_owned())
    }

    pub(super) fn state(self, code: &str) -> String {
        self.of(STATES, code)
    }

    pub(super) fn event(self, code: &str) -> String {
        self.of(EVENTS, code)
    }

    pub(super) fn receipt(self, code: &str) -> String {
        self.of(RECEIPTS, code)
    }

    pub(super) fn effect(self, code: &str) -> String {
        self.of(EFFECTS, code)
    }

    pub(super) fn content(self, content: Content) -> &'static str {
        match content {
            Content::Tb => self.pick("alle tuberkuloseresultatene", "every tuberculosis result"),
            Content::Journal => self.pick("hele journalen", "the whole journal"),
        }
    }

    pub(super) fn kind(self, kind: &Kind) -> &'static str {
        match kind {
            Kind::First => self.pick("første overføring", "first transfer"),
            Kind::Supplement { .. } => self.pick("tillegg", "supplement"),
            Kind::Copy { .. } => self.pick("kopi", "copy"),
            Kind::Recall { .. } => self.pick("tilbakekalling", "recall"),
        }
    }

    pub(super) fn channel(self, channel: Channel) -> &'static str {
        match channel {
            Channel::Outbox => self.pick("elektronisk melding", "electronic message"),
            Channel::Bundle => self.pick("kryptert pakke", "sealed bundle"),
            Channel::Print => self.pick("brev", "letter"),
            Channel::InEpj => self.pick("overføring i EPJ", "transfer inside the EPJ"),
        }
    }

    pub(super) fn function(self, function: Function) -> &'static str {
        match function {
            Function::HealthDialogue => self.pick("helsefaglig dialog", "health dialogue"),
            Function::Archiving => self.pick("til arkivering", "for filing"),
        }
    }

    pub(super) fn tb_status(self, status: TbStatus) -> &'static str {
        match status {
            TbStatus::FollowUpNeeded => self.pick("funn som må følges opp", "findings to follow up"),
            TbStatus::ToBeJudged => self.pick("noe må leses av et menneske", "something a person must read"),
            TbStatus::Preliminary => self.pick("noe er foreløpig", "something is preliminary"),
            TbStatus::Incomplete => self.pick("noe er ikke besvart", "something is not answered"),
            TbStatus::Exempt => self.pick("fritatt for undersøkelse", "exempt from examination"),
            TbStatus::NotExamined => self.pick("ikke undersøkt", "not examined"),
            TbStatus::NoPositiveFindings => self.pick("ingen positive funn", "no positive findings"),
        }
    }

    pub(super) fn answer(self, answer: ReceiptAnswer) -> &'static str {
        match answer {
            ReceiptAnswer::Accepted => self.pick("Mottakeren godtok", "The receiver accepted"),
            ReceiptAnswer::WithDefects => {
                self.pick("Mottakeren godtok, med feil,", "The receiver accepted, with defects,")
            }
            ReceiptAnswer::Rejected => self.pick("Mottakeren avviste", "The receiver rejected"),
        }
    }

    /// What a Yes rests on.
    pub(super) fn evidence(self, evidence: &Evidence) -> String {
        self.written_evidence(&evidence.to_string())
    }

    /// What a Yes rests on, from how accounts write it: `agreement: …`.
    pub(super) fn written_evidence(self, written: &str) -> String {
        match written.split_once(": ") {
            Some((kind, text)) => format!("{}: {text}", self.of(EVIDENCE, kind)),
            None => written.to_owned(),
        }
    }

    /// Where a transfer stands, in the fewest words.
    pub(super) fn group(self, group: Group) -> &'static str {
        match group {
            Group::NotDue => self.pick("ikke flyttet ennå", "not moved yet"),
            Group::Waiting => self.pick("venter her", "waiting here"),
            Group::UnderWay => self.pick("underveis", "under way"),
            Group::Held => self.pick("holdt tilbake", "held"),
            Group::Accepted => self.pick("mottatt", "accepted"),
            Group::Rejected => self.pick("avvist", "rejected"),
            Group::Abandoned => self.pick("oppgitt", "given up"),
            Group::Withdrawn => self.pick("trukket tilbake", "withdrawn"),
            Group::NothingToSend => self.pick("ingenting å sende", "nothing to send"),
            Group::SettledEarlier => self.pick("avsluttet tidligere", "settled earlier"),
        }
    }

    /// Whether the receiver can take it.
    pub(super) fn can_take(self, answer: Answer) -> &'static str {
        match answer {
            Answer::Yes => self.pick("ja", "yes"),
            Answer::No => self.pick("nei", "no"),
            Answer::Unknown => self.pick("vet ikke", "unknown"),
        }
    }

    /// What was heard of a transfer.
    pub(super) fn heard(self, receipt: ReceiptSeen) -> String {
        self.receipt(receipt.code())
    }

    /// What is sent, in the fewest words.
    pub(super) fn short_content(self, content: Content) -> &'static str {
        match content {
            Content::Tb => self.pick("TB-resultater", "TB results"),
            Content::Journal => self.pick("journal", "journal"),
        }
    }

    /// A size as people read it.
    pub(super) fn size(self, bytes: u64) -> String {
        let tenths = |unit: u64| {
            let tenths = bytes * 10 / unit;
            self.say(format!("{},{}", tenths / 10, tenths % 10), format!("{}.{}", tenths / 10, tenths % 10))
        };
        match bytes {
            0..1_000 => self.count(bytes, ["byte", "byte"], ["byte", "bytes"]),
            1_000..1_000_000 => format!("{} kB", tenths(1_000)),
            1_000_000.. => format!("{} MB", tenths(1_000_000)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transfer::samples;

    #[test]
    fn every_state_and_event_has_its_words() {
        for lang in [Lang::Nb, Lang::En] {
            let words = Words(lang);
            let has = |table: &Table, code: &str| table.iter().any(|(known, _, _)| *known == code);
            for state in samples::states() {
                assert!(
                    has(STATES, state.code()) && !words.state(state.code()).is_empty(),
                    "{}",
                    state.code()
                );
            }
            for event in samples::events() {
                assert!(
                    has(EVENTS, event.code()) && !words.event(event.code()).is_empty(),
                    "{}",
                    event.code()
                );
            }
        }
    }

    #[test]
    fn every_kind_of_evidence_has_its_words() {
        let all = [
            Evidence::Agreement,
            Evidence::Directory,
            Evidence::Profile,
            Evidence::Observed,
            Evidence::AddressList,
            Evidence::Patient,
            Evidence::Decision,
            Evidence::Certificate,
            Evidence::Route,
        ];
        for evidence in all.map(|kind| kind("12: 34".to_owned())) {
            for lang in [Lang::Nb, Lang::En] {
                let told = Words(lang).evidence(&evidence);
                assert!(told.starts_with(char::is_uppercase) && told.ends_with(": 12: 34"), "{told}");
            }
        }
    }

    #[test]
    fn sizes_are_short() {
        let rows = [
            (1, "1 byte"),
            (999, "999 byte"),
            (1_000, "1,0 kB"),
            (999_999, "999,9 kB"),
            (12_345_678, "12,3 MB"),
        ];
        for (bytes, expected) in rows {
            assert_eq!(Words(Lang::Nb).size(bytes), expected);
        }
    }
}
