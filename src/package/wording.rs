//! The sentences that a receiver reads, in bokmål and nynorsk, and how an order is named in them.
//!
//! Only words; how they are put together is [`super::text`]'s. Never the migrant's own address: no order holds it.

use chrono::NaiveDate;

use super::line::one_line;
use super::parcel::Order;
use crate::inventory::{ResultStatus, TbStatus};
use crate::lang::Lang;
use crate::message::codes;
use crate::patient::IdStatus;
use crate::person::{IdType, NationalId};
use crate::transfer::Kind;
use crate::verdict::Receiver;

/// A date as people write it.
pub(super) fn date(date: NaiveDate) -> String {
    date.format("%d.%m.%Y").to_string()
}

/// The person's status as a full sentence.
pub(super) fn status(lang: Lang, status: TbStatus) -> &'static str {
    match status {
        TbStatus::FollowUpNeeded => lang.letter(
            "Minst ett svar er positivt. Pasienten må følges opp.",
            "Minst eitt svar er positivt. Pasienten må følgjast opp.",
        ),
        TbStatus::ToBeJudged => lang.letter(
            "Minst ett svar må vurderes av helsepersonell før det kan sies hva undersøkelsen viser.",
            "Minst eitt svar må vurderast av helsepersonell før det kan seiast kva undersøkinga viser.",
        ),
        TbStatus::Preliminary => lang.letter(
            "Minst ett svar er foreløpig. Endelig svar blir ettersendt når det foreligger.",
            "Minst eitt svar er førebels. Endeleg svar blir sendt når det ligg føre.",
        ),
        TbStatus::Incomplete => lang.letter(
            "Undersøkelsen er ikke ferdig besvart. Svar som kommer senere, blir ettersendt.",
            "Undersøkinga er ikkje ferdig svart ut. Svar som kjem seinare, blir ettersende.",
        ),
        TbStatus::Exempt => lang.letter(
            "Pasienten er fritatt for tuberkuloseundersøkelse (tuberkuloseforskriften § 3-4).",
            "Pasienten er friteken for tuberkuloseundersøking (tuberkuloseforskrifta § 3-4).",
        ),
        TbStatus::NotExamined => lang.letter(
            "Tuberkuloseundersøkelse er ikke gjennomført.",
            "Tuberkuloseundersøking er ikkje gjennomført.",
        ),
        TbStatus::NoPositiveFindings => lang.letter(
            "Alle svar er endelige, og ingen av dem er positive.",
            "Alle svar er endelege, og ingen av dei er positive.",
        ),
    }
}

/// A basis with the laws called what the letter's language calls them.
pub(super) fn law(lang: Lang, basis: &str) -> String {
    let form = |nb: &'static str, nn| lang.letter(nb, nn);
    basis
        .replace("forskriften", form("forskriften", "forskrifta"))
        .replace("helsepersonelloven", form("helsepersonelloven", "helsepersonellova"))
}

/// What a message that takes something back asks for.
pub(super) fn recall(lang: Lang) -> String {
    lang.letter(
        "Opplysningene om flyttingen er endret etter at vi sendte dem. Pasienten skal derfor ikke følges opp hos dere på \
         grunnlag av det vi sendte. Vi ber om at dere:\n\
         \u{20} - ikke innkaller pasienten på grunnlag av det,\n\
         \u{20} - makulerer eller sletter det dere har fått,\n\
         \u{20} - merker det som alt er ført i journal, som sendt ved en feil,\n\
         \u{20} - bekrefter til oss at dette er gjort.",
        "Opplysningane om flyttinga er endra etter at vi sende dei. Pasienten skal difor ikkje følgjast opp hos dykk på \
         grunnlag av det vi sende. Vi ber om at de:\n\
         \u{20} - ikkje kallar inn pasienten på grunnlag av det,\n\
         \u{20} - makulerer eller slettar det de har fått,\n\
         \u{20} - merker det som alt er ført i journal, som sendt ved ein feil,\n\
         \u{20} - stadfestar til oss at dette er gjort.",
    )
    .to_owned()
}

/// That the letter does not name the person, and where the name stands; empty where it does.
pub(super) fn nameless(order: &Order<'_>) -> &'static str {
    match order.migrant.patient.name.is_empty() {
        true => order.lang().letter(
            " Pasienten står ikke lenger i registeret vårt; navnet står i den tidligere oversendelsen.",
            " Pasienten står ikkje lenger i registeret vårt; namnet står i den tidlegare oversendinga.",
        ),
        false => "",
    }
}

/// How far a result has come.
pub(super) fn result_status(lang: Lang, status: ResultStatus) -> &'static str {
    match status {
        ResultStatus::Preliminary => lang.letter("foreløpig", "førebels"),
        ResultStatus::Final => lang.letter("endelig", "endeleg"),
        ResultStatus::Corrected => lang.letter("korrigert", "retta"),
        ResultStatus::Cancelled => lang.letter("annullert", "annullert"),
    }
}

/// A kind of professional (code list 9060) as a letter calls it; none where there is nothing to call it.
fn profession(lang: Lang, code: &str) -> Option<String> {
    match code {
        "SP" => Some(lang.letter("sykepleier", "sjukepleiar").to_owned()),
        "VP" => Some(lang.letter("vernepleier", "vernepleiar").to_owned()),
        "HF" => Some(lang.letter("helsefagarbeider", "helsefagarbeidar").to_owned()),
        "XX" => None,
        other => codes::professional(other).map(str::to_lowercase),
    }
}

/// What people call a kind of number.
pub(super) fn id_name(kind: IdType) -> &'static str {
    match kind {
        IdType::Fnr => "Fødselsnummer",
        IdType::Dnr => "D-nummer",
        IdType::Fhn => "Felles hjelpenummer",
        IdType::Hnr => "Hjelpenummer",
        IdType::Duf => "DUF-nummer",
    }
}

impl Order<'_> {
    /// The language receivers read.
    pub(super) fn lang(&self) -> Lang {
        self.job.language
    }

    /// The sending municipality and service.
    pub(super) fn sender_name(&self) -> String {
        format!("{}, {}", self.job.sender.organisation.name, self.job.sender.service.name)
    }

    /// Who gets it; the service on the same EPJ is named by its municipality.
    pub(super) fn receiver_name(&self) -> String {
        match &self.cleared.clearance().receiver {
            receiver @ (Receiver::Party(_) | Receiver::Office(_)) => one_line(&receiver.name()),
            Receiver::SameEpj(_) => format!("{} kommune, {}", self.to_name, self.job.sender.service.name),
        }
    }

    /// The move in one sentence; for a recall, the move as it was told.
    pub(super) fn move_sentence(&self) -> String {
        let lang = self.lang();
        let what = match self.transfer.birth.kind {
            Kind::Recall { .. } => lang.letter("Pasienten ble meldt flyttet", "Pasienten vart meld flytta"),
            Kind::First | Kind::Supplement { .. } | Kind::Copy { .. } => {
                lang.letter("Pasienten er meldt flyttet", "Pasienten er meld flytta")
            }
        };
        let from = match self.from_name {
            "" => String::new(),
            name => format!(" {} {name}", lang.letter("fra", "frå")),
        };
        format!("{what}{from} til {} {}.", self.to_name, date(self.transfer.birth.the_move.key.date))
    }

    /// The day of the letter that this one adds to or takes back, where it is known.
    pub(super) fn earlier_day(&self) -> Option<NaiveDate> {
        let earlier = self.earlier?;
        Some(earlier.sealed_at.with_timezone(self.now.offset()).date_naive())
    }

    /// The person's name in clear, family name first.
    pub(super) fn person_name(&self) -> String {
        let (family, given) = self.migrant.patient.name.reveal();
        let name = [family, given].map(one_line).into_iter().filter(|part| !part.is_empty());
        name.collect::<Vec<_>>().join(", ")
    }

    /// The number in use that a letter names the person by.
    pub(super) fn shown_id(&self) -> Option<&NationalId> {
        let current = self.migrant.patient.ids.iter().filter(|known| known.status == IdStatus::Current);
        self.migrant.message_id().or_else(|| current.map(|known| &known.id).min())
    }

    /// What the contact is; none where there is nothing to call it.
    pub(super) fn contact_role(&self) -> Option<String> {
        profession(self.lang(), &self.job.sender.contact.role)
    }

    /// Whom to call, as one line.
    pub(super) fn contact_line(&self) -> String {
        let contact = &self.job.sender.contact;
        let role = self.contact_role().map(|role| format!(", {role}")).unwrap_or_default();
        format!("Kontakt: {}{role}, tlf. {}", contact.name, contact.phone)
    }
}
