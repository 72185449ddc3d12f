//! The sentences that a receiver reads, in bokmål and nynorsk, and how an order is named in them.
//!
//! Only words; how they are put together is [`super::text`]'s. Never the migrant's own address: no order holds it.

use chrono::NaiveDate;

use super::parcel::Order;
use super::table::one_line;
use crate::inventory::{ResultStatus, TbStatus};
use crate::lang::Lang;
use crate::message::codes;
use crate::patient::IdStatus;
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

    /// The move in one sentence.
    pub(super) fn move_sentence(&self) -> String {
        let lang = self.lang();
        let what = lang.letter("Pasienten er meldt flyttet", "Pasienten er meld flytta");
        let from = match self.from_name {
            "" => String::new(),
            name => format!(" {} {name}", lang.letter("fra", "frå")),
        };
        format!("{what}{from} til {} {}.", self.to_name, date(self.transfer.birth.the_move.key.date))
    }

    /// The person in clear, for a letter that lies in the same envelope: name, date of birth, number in use.
    pub(super) fn person_line(&self) -> String {
        let patient = &self.migrant.patient;
        let (family, given) = patient.name.reveal();
        let name = [family, given].map(one_line).into_iter().filter(|part| !part.is_empty());
        let mut parts = vec![name.collect::<Vec<_>>().join(", ")];
        if let Some(born) = patient.birth_date {
            parts.push(format!("{} {}", self.lang().letter("født", "fødd"), date(born)));
        }
        let current = patient.ids.iter().filter(|known| known.status == IdStatus::Current);
        if let Some(id) = self.migrant.message_id().or_else(|| current.map(|known| &known.id).min()) {
            parts.push(format!("{} {}", id.kind().code(), id.reveal()));
        }
        parts.retain(|part| !part.is_empty());
        format!("Pasient: {}", parts.join(", "))
    }

    /// Whom to call, as one line.
    pub(super) fn contact_line(&self) -> String {
        let contact = &self.job.sender.contact;
        let role = profession(self.lang(), &contact.role);
        let role = role.map(|role| format!(", {role}")).unwrap_or_default();
        format!("Kontakt: {}{role}, tlf. {}", contact.name, contact.phone)
    }
}
