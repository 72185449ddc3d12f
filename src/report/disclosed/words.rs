//! Every word of the list, bokmål, nynorsk and English, in one place: plain enough for whoever it is about.
//!
//! What is said of a basis is the rule itself, said shortly: tuberkuloseforskriften § 2-3 h nr 1 to 3 with its
//! merknader, helsepersonelloven § 25, and consent. Leaves out what is told when (the module above).

use chrono::{Datelike, NaiveDate};

use super::fate::Fate;
use crate::inventory::Basis;
use crate::lang::Lang;
use crate::ledger::{Counted, Disclosure};
use crate::place::MunicipalityNo;
use crate::tables::municipalities::Municipalities;
use crate::transfer::Kind;
use crate::verdict::{Channel, Content};

/// What the register writes where a patient has consented.
const CONSENT: &str = "samtykke";

/// How the register names a receiver on the same EPJ: this and the municipality's number.
const SAME_EPJ: &str = "EPJ ";

const MONTHS: [&str; 12] = [
    "januar",
    "februar",
    "mars",
    "april",
    "mai",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "desember",
];

const MONTHS_IN_ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// What was given, in words.
struct What {
    text: String,
    /// Whether somebody was told something, and not given results or documents.
    is_word: bool,
    /// What is to be known of it; may be empty.
    remark: &'static str,
}

/// The words of one language.
#[derive(Clone, Copy)]
pub(super) struct Words(pub(super) Lang);

impl Words {
    fn pick(self, nb: &'static str, nn: &'static str, en: &'static str) -> &'static str {
        match self.0 {
            Lang::Nb => nb,
            Lang::Nn => nn,
            Lang::En => en,
        }
    }

    pub(super) fn heading(self) -> &'static str {
        self.pick(
            "HVEM SOM HAR FÅTT HELSEOPPLYSNINGER HERFRA",
            "KVEN SOM HAR FÅTT HELSEOPPLYSNINGAR HERIFRÅ",
            "WHO HAS BEEN GIVEN HEALTH INFORMATION FROM HERE",
        )
    }

    pub(super) fn law(self) -> &'static str {
        self.pick(
            "Innsyn i hva som er gjort tilgjengelig, etter pasientjournalloven § 22 a",
            "Innsyn i kva som er gjort tilgjengeleg, etter pasientjournallova § 22 a",
            "Access to what has been made available (pasientjournalloven § 22 a)",
        )
    }

    pub(super) fn label_person(self) -> &'static str {
        self.pick("Gjelder:", "Gjeld:", "About:")
    }

    pub(super) fn label_date(self) -> &'static str {
        self.pick("Dato:", "Dato:", "Date:")
    }

    pub(super) fn label_from(self) -> &'static str {
        self.pick("Fra:", "Frå:", "From:")
    }

    pub(super) fn label_contact(self) -> &'static str {
        self.pick("Kontakt:", "Kontakt:", "Contact:")
    }

    pub(super) fn nothing(self) -> &'static str {
        self.pick(
            "Ingen opplysninger er gitt videre.",
            "Ingen opplysningar er gitt vidare.",
            "No information has been passed on.",
        )
    }

    /// What the list covers, so that nobody takes it for more.
    pub(super) fn scope(self) -> &'static str {
        self.pick(
            "Listen viser det tjenesten har gitt videre ved flytting til en annen kommune. Hvem som ellers har sett \
             i journalen, står i journalsystemet.",
            "Lista viser det tenesta har gitt vidare ved flytting til ein annan kommune. Kven som elles har sett i \
             journalen, står i journalsystemet.",
            "The list shows what the service has passed on when somebody moved to another municipality. Who else has \
             looked into the record is in the record system.",
        )
    }

    pub(super) fn protected(self) -> &'static str {
        self.pick(
            "Adressen er strengt fortrolig. Derfor står det ikke her hvem som har fått opplysningene. Navngitte \
             ansatte i tjenesten kan gi svar på det.",
            "Adressa er strengt fortruleg. Difor står det ikkje her kven som har fått opplysningane. Namngitte \
             tilsette i tenesta kan gi svar på det.",
            "The address is strictly confidential. Therefore it does not say here who was given the information. \
             Named members of the staff can answer that.",
        )
    }

    /// A date in words, `22. november 2026`.
    pub(super) fn date(self, date: NaiveDate) -> String {
        let (day, month, year) = (date.day(), date.month0() as usize, date.year());
        let name = |months: &[&'static str; 12]| months.get(month).copied().unwrap_or_default();
        match self.0 {
            Lang::Nb | Lang::Nn => format!("{day}. {} {year}", name(&MONTHS)),
            Lang::En => format!("{day} {} {year}", name(&MONTHS_IN_ENGLISH)),
        }
    }

    /// Who received it.
    pub(super) fn receiver(self, disclosure: &Disclosure) -> String {
        let name = disclosure.receiver_name.as_str();
        if name.is_empty() {
            let unnamed = self.pick(
                "mottakeren (navnet er ikke registrert)",
                "mottakaren (namnet er ikkje registrert)",
                "the receiver (the name was not recorded)",
            );
            return unnamed.to_owned();
        }
        let on_same_epj = disclosure.channel == Some(Channel::InEpj);
        let number = name
            .strip_prefix(SAME_EPJ)
            .filter(|_| on_same_epj)
            .and_then(|no| no.parse::<MunicipalityNo>().ok());
        let known = number.as_ref().and_then(|number| Municipalities::embedded().name(number));
        match known {
            Some(municipality) => match self.0 {
                Lang::Nb => format!("tjenesten i {municipality} kommune"),
                Lang::Nn => format!("tenesta i {municipality} kommune"),
                Lang::En => format!("the service in the municipality of {municipality}"),
            },
            None => name.to_owned(),
        }
    }

    /// Who was given what, when and how.
    pub(super) fn given(
        self,
        disclosure: &Disclosure,
        kind: &Kind,
        receiver: &str,
        date: NaiveDate,
    ) -> String {
        let (date, how) = (self.date(date), self.how(disclosure.channel));
        let What { text, is_word, remark } = self.what(disclosure, kind);
        // A name of several parts ends where its last part does.
        let receiver = if receiver.contains(", ") { format!("{receiver},") } else { receiver.to_owned() };
        let told = if is_word { format!("{how} {text}") } else { format!("{text} {how}") };
        let later = matches!(kind, Kind::Supplement { .. });
        let told = match (self.0, later) {
            (Lang::Nb, false) => format!("Den {date} fikk {receiver} {told}."),
            (Lang::Nb, true) => format!("Den {date} fikk {receiver} ettersendt {told}."),
            (Lang::Nn, false) => format!("Den {date} fekk {receiver} {told}."),
            (Lang::Nn, true) => format!("Den {date} fekk {receiver} ettersendt {told}."),
            (Lang::En, false) => format!("On {date}, {receiver} was given {told}."),
            (Lang::En, true) => format!("On {date}, {receiver} was given {told}, sent later."),
        };
        format!("{told} {remark}").trim_end().to_owned()
    }

    /// The same without who and how.
    pub(super) fn given_to_somebody(self, disclosure: &Disclosure, kind: &Kind, date: NaiveDate) -> String {
        let (date, What { text, remark, .. }) = (self.date(date), self.what(disclosure, kind));
        let told = match self.0 {
            Lang::Nb => format!("Den {date} ble dette gitt videre: {text}."),
            Lang::Nn => format!("Den {date} vart dette gitt vidare: {text}."),
            Lang::En => format!("On {date} this was passed on: {text}."),
        };
        format!("{told} {remark}").trim_end().to_owned()
    }

    fn how(self, channel: Option<Channel>) -> &'static str {
        match channel {
            Some(Channel::Print) => self.pick("i et brev", "i eit brev", "in a letter"),
            Some(Channel::Outbox) => {
                self.pick("i en elektronisk melding", "i ei elektronisk melding", "in an electronic message")
            }
            Some(Channel::Bundle) => self.pick("i en forseglet fil", "i ei forsegla fil", "in a sealed file"),
            Some(Channel::InEpj) => {
                self.pick("inne i journalsystemet", "inne i journalsystemet", "inside the record system")
            }
            None => self.pick(
                "på en annen måte, av en ansatt",
                "på ein annan måte, av ein tilsett",
                "another way, by a member of the staff",
            ),
        }
    }

    /// What it was. What an older program wrote in words is told in its words.
    fn what(self, disclosure: &Disclosure, kind: &Kind) -> What {
        if matches!(kind, Kind::Recall { .. }) {
            return What {
                text: self
                    .pick(
                        "beskjed om å gi tilbake eller slette opplysninger som var sendt",
                        "beskjed om å gi tilbake eller slette opplysningar som var sende",
                        "word to give back or delete information that had been sent",
                    )
                    .to_owned(),
                is_word: true,
                remark: self.pick(
                    "Beskjeden har ingen nye resultater.",
                    "Beskjeden har ingen nye resultat.",
                    "It has no new results.",
                ),
            };
        }
        let text = match (disclosure.counted, disclosure.channel, disclosure.content) {
            (Some(counted), _, Content::Tb) => self.results(counted),
            (Some(counted), _, Content::Journal) => self.journal(counted.documents),
            (None, None, Content::Tb) => {
                self.pick("tuberkuloseresultater", "tuberkuloseresultat", "tuberculosis results").to_owned()
            }
            (None, None, Content::Journal) => self.pick("journalen", "journalen", "the record").to_owned(),
            (None, Some(_), _) => disclosure.what.clone(),
        };
        let text = match kind {
            Kind::Copy { .. } => format!("{} {text}", self.pick("en kopi av", "ein kopi av", "a copy of")),
            Kind::First | Kind::Supplement { .. } | Kind::Recall { .. } => text,
        };
        let is_word = disclosure.counted.is_some_and(|counted| counted.notice);
        What { text, is_word, remark: "" }
    }

    fn results(self, counted: Counted) -> String {
        let Counted { results, documents, notice } = counted;
        if notice {
            let notice = self.pick(
                "beskjed om at tuberkuloseundersøkelsen ikke er gjennomført",
                "beskjed om at tuberkuloseundersøkinga ikkje er gjennomført",
                "word that the tuberculosis examination has not been done",
            );
            return notice.to_owned();
        }
        let told = match (results, self.0) {
            (0, Lang::Nb) => "en oversikt uten tuberkuloseresultater".to_owned(),
            (0, Lang::Nn) => "ei oversikt utan tuberkuloseresultat".to_owned(),
            (0, Lang::En) => "a summary without tuberculosis results".to_owned(),
            (1, Lang::Nb | Lang::Nn) => "1 tuberkuloseresultat".to_owned(),
            (1, Lang::En) => "1 tuberculosis result".to_owned(),
            (n, Lang::Nb) => format!("{n} tuberkuloseresultater"),
            (n, Lang::Nn) => format!("{n} tuberkuloseresultat"),
            (n, Lang::En) => format!("{n} tuberculosis results"),
        };
        match (documents, self.0) {
            (0, _) => told,
            (1, Lang::Nb | Lang::Nn) => format!("{told} og 1 dokument"),
            (1, Lang::En) => format!("{told} and 1 document"),
            (n, Lang::Nb) => format!("{told} og {n} dokumenter"),
            (n, Lang::Nn) => format!("{told} og {n} dokument"),
            (n, Lang::En) => format!("{told} and {n} documents"),
        }
    }

    fn journal(self, documents: u64) -> String {
        match (documents, self.0) {
            (1, Lang::Nb) => "1 dokument fra journalen".to_owned(),
            (1, Lang::Nn) => "1 dokument frå journalen".to_owned(),
            (1, Lang::En) => "1 document of the record".to_owned(),
            (n, Lang::Nb) => format!("{n} dokumenter fra journalen"),
            (n, Lang::Nn) => format!("{n} dokument frå journalen"),
            (n, Lang::En) => format!("{n} documents of the record"),
        }
    }

    /// On which basis, and what that says. One that has no words here is told as the register has it.
    pub(super) fn basis(self, basis: &str) -> String {
        if basis.is_empty() {
            let unknown = self.pick(
                "Grunnlaget er ikke registrert.",
                "Grunnlaget er ikkje registrert.",
                "The basis was not recorded.",
            );
            return unknown.to_owned();
        }
        let label = self.pick("Grunnlag", "Grunnlag", "Basis");
        let all = [Basis::FollowUp, Basis::NotDone, Basis::Transit, Basis::Guideline];
        match all.into_iter().find(|known| known.text() == basis) {
            Some(known) => format!("{label}: {basis}. {}", self.says(known)),
            None if basis == CONSENT => self
                .pick(
                    "Grunnlag: samtykke. Det er sagt ja til at journalen gis videre.",
                    "Grunnlag: samtykke. Det er sagt ja til at journalen blir gitt vidare.",
                    "Basis: consent (samtykke). It was agreed that the record is passed on.",
                )
                .to_owned(),
            None => format!("{label}: {basis}."),
        }
    }

    /// What a basis says (tuberkuloseforskriften § 2-3 h nr 1, 2 and 3 with its merknader; helsepersonelloven § 25).
    fn says(self, basis: Basis) -> &'static str {
        match basis {
            Basis::FollowUp => self.pick(
                "Når en tuberkuloseundersøkelse viser funn som må følges opp, skal resultatet og journalen sendes til \
                 kommunelegen i den nye kommunen.",
                "Når ei tuberkuloseundersøking viser funn som må følgjast opp, skal resultatet og journalen sendast \
                 til kommunelegen i den nye kommunen.",
                "When a tuberculosis examination shows findings that must be followed up, the result and the record \
                 are to be sent to the municipal physician of the new municipality.",
            ),
            Basis::NotDone => self.pick(
                "Når tuberkuloseundersøkelsen ikke er gjennomført, skal kommunelegen i den nye kommunen få vite det.",
                "Når tuberkuloseundersøkinga ikkje er gjennomført, skal kommunelegen i den nye kommunen få vite det.",
                "When the tuberculosis examination has not been done, the municipal physician of the new \
                 municipality is to be told.",
            ),
            Basis::Transit => self.pick(
                "Når en nylig ankommet asylsøker flytter fra et transittmottak, skal resultatet av undersøkelsen ved \
                 ankomst og journalen sendes til kommunelegen i den nye kommunen.",
                "Når ein nyleg komen asylsøkjar flyttar frå eit transittmottak, skal resultatet av undersøkinga ved \
                 framkomst og journalen sendast til kommunelegen i den nye kommunen.",
                "When a newly arrived asylum seeker moves from a transit reception centre, the result of the \
                 examination on arrival and the record are to be sent to the municipal physician of the new \
                 municipality.",
            ),
            Basis::Guideline => self.pick(
                "Helsepersonell kan gi opplysninger til annet helsepersonell når det er nødvendig for å gi \
                 helsehjelp.",
                "Helsepersonell kan gi opplysningar til anna helsepersonell når det er nødvendig for å gi \
                 helsehjelp.",
                "Health personnel may give information to other health personnel where it is necessary for giving \
                 health care.",
            ),
        }
    }

    /// What became of it; empty where nothing more is to be said.
    pub(super) fn fate(self, fate: Fate) -> &'static str {
        match fate {
            Fate::Given => "",
            Fate::Unanswered => self.pick(
                "Mottakeren har ikke svart ennå.",
                "Mottakaren har ikkje svart enno.",
                "The receiver has not answered yet.",
            ),
            Fate::Delivered => self.pick(
                "Det er levert i mottakerens system, og mottakeren har ikke svart ennå.",
                "Det er levert i systemet til mottakaren, og mottakaren har ikkje svart enno.",
                "It is in the receiver's system, and the receiver has not answered yet.",
            ),
            Fate::Accepted => self.pick(
                "Mottakeren har svart at det er mottatt.",
                "Mottakaren har svart at det er motteke.",
                "The receiver has answered that it was received.",
            ),
            Fate::AcceptedWithDefects => self.pick(
                "Mottakeren har svart at det er mottatt, men at noe var feil.",
                "Mottakaren har svart at det er motteke, men at noko var feil.",
                "The receiver has answered that it was received, but that something was wrong.",
            ),
            Fate::Confirmed => self.pick(
                "En ansatt har skrevet opp at mottakeren har fått det.",
                "Ein tilsett har skrive opp at mottakaren har fått det.",
                "A member of the staff has recorded that the receiver has it.",
            ),
            Fate::PartlyRejected => self.pick(
                "Mottakeren tok imot en del av det og avviste resten.",
                "Mottakaren tok imot ein del av det og avviste resten.",
                "The receiver took a part of it and rejected the rest.",
            ),
            Fate::Rejected => self.pick(
                "Mottakeren avviste meldingen.",
                "Mottakaren avviste meldinga.",
                "The receiver rejected the message.",
            ),
            Fate::NotDelivered => self.pick(
                "Det kom ikke fram til mottakeren.",
                "Det kom ikkje fram til mottakaren.",
                "It did not reach the receiver.",
            ),
            Fate::InDoubt => self.pick(
                "Det er usikkert om det ble sendt.",
                "Det er usikkert om det vart sendt.",
                "It is uncertain whether it was sent.",
            ),
            Fate::GivenUp => self.pick(
                "Mottakeren har ikke svart, og ingen vet om det kom fram.",
                "Mottakaren har ikkje svart, og ingen veit om det kom fram.",
                "The receiver has not answered, and nobody knows whether it arrived.",
            ),
        }
    }

    pub(super) fn recalled(self) -> &'static str {
        self.pick(
            "Senere viste det seg at det ikke skulle dit, og det er kalt tilbake.",
            "Seinare viste det seg at det ikkje skulle dit, og det er kalla tilbake.",
            "Later it turned out that it should not have gone there, and it is recalled.",
        )
    }
}
