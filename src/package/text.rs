//! What a receiver reads: the results, the notice that nothing was examined, the note around a journal, the letter.
//!
//! Composed from values, without deciding anything: the status, the basis and what is carried were decided before.
//! A positive finding stands first; what is still missing is said; results stand as the laboratory wrote them.

use super::conversation::{self, Part};
use super::parcel::Order;
use super::table::{Column, draw, one_line};
use super::wording::{date, law, result_status, status};
use crate::inventory::{Inventory, Reading, ResultStatus, Standing, TbForm, TbInventory, TbItem, TbStatus};
use crate::lang::Lang;
use crate::transfer::Kind;
use crate::verdict::{Content, Office};

/// Whether the text names the person: a message has them in its head, paper does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Person {
    /// Named.
    Named,
    /// Left out.
    InHead,
}

/// The theme of a message in words.
pub(super) fn theme(order: &Order<'_>) -> &'static str {
    let lang = order.lang();
    match (order.transfer.birth.content, form(order.cleared.inventory())) {
        (Content::Journal, _) => "Overføring av journal ved flytting",
        (Content::Tb, TbForm::Summary) => {
            lang.letter("Tuberkuloseresultater ved flytting", "Tuberkuloseresultat ved flytting")
        }
        (Content::Tb, TbForm::Notice) => lang
            .letter("Tuberkuloseundersøkelse ikke gjennomført", "Tuberkuloseundersøking ikkje gjennomført"),
    }
}

/// The form of the TB part; a summary where there is none.
pub(super) fn form(inventory: &Inventory) -> TbForm {
    inventory.tb.as_ref().map_or(TbForm::Summary, |tb| tb.form)
}

/// The results of a `tb` transfer, or its notice; none for a transfer without a TB part.
pub(super) fn results(order: &Order<'_>, person: Person) -> Option<String> {
    let tb = order.cleared.inventory().tb.as_ref()?;
    let mut out = head(order, person, Part::WHOLE);
    out.extend(findings(order.lang(), tb));
    out.extend(attached(order));
    out.extend(foot(order, basis(order.cleared.inventory())));
    Some(out.join("\n\n") + "\n")
}

/// The note of a message: the results or why a journal comes, what is enclosed in this part of it, and where the
/// rest is.
pub(super) fn note(order: &Order<'_>, part: Part, documents: &[u32]) -> String {
    let inventory = order.cleared.inventory();
    let mut out = head(order, Person::InHead, part);
    match &inventory.tb {
        Some(tb) => out.extend(findings(order.lang(), tb)),
        None => out.push(conversation::opening(order, part)),
    }
    out.extend(conversation::enclosed(order, part, documents));
    out.extend(conversation::elsewhere(order, part));
    out.extend(foot(order, basis(inventory)));
    out.join("\n\n") + "\n"
}

/// The documents of laboratory reports that lie beside the results; none where there is none.
fn attached(order: &Order<'_>) -> Option<String> {
    let documents = &order.cleared.inventory().documents;
    (!documents.is_empty()).then(|| conversation::listed(order.lang(), documents.iter()))
}

/// What the contents are sent by.
fn basis(inventory: &Inventory) -> &str {
    match &inventory.tb {
        Some(tb) => tb.basis.map(|basis| basis.text()).unwrap_or_default(),
        None => &inventory.journal_basis,
    }
}

/// The results, or the notice that there are none.
fn findings(lang: Lang, tb: &TbInventory) -> Vec<String> {
    match tb.form {
        TbForm::Summary => summary(lang, tb),
        TbForm::Notice => vec![notice(lang)],
    }
}

/// The covering letter to an office.
pub(super) fn letter(order: &Order<'_>, office: &Office) -> String {
    let lang = order.lang();
    let address = [&office.office, &office.address, &format!("{} {}", office.postal_code, office.city)];
    let address: Vec<String> =
        address.into_iter().map(|line| one_line(line)).filter(|line| !line.is_empty()).collect();
    let inventory = order.cleared.inventory();
    let mut out = vec![
        order.sender_name(),
        address.join("\n"),
        format!("Dato: {}", date(order.now.date_naive())),
        theme(order).to_uppercase(),
        format!("{}\n{}", order.person_line(), order.move_sentence()),
    ];
    out.extend(relation(order));
    match order.transfer.birth.content {
        Content::Tb => {
            out.push(enclosed_tb(lang, inventory));
            out.extend(attached(order));
        }
        Content::Journal => out.push(conversation::listed(lang, inventory.documents.iter())),
    }
    out.extend(foot(order, basis(inventory)));
    out.join("\n\n") + "\n"
}

/// The title with the part, the two municipalities and the move.
fn head(order: &Order<'_>, person: Person, part: Part) -> Vec<String> {
    let lang = order.lang();
    let mut lines = vec![
        format!("{} {}", lang.letter("Fra:", "Frå:"), order.sender_name()),
        format!("Til: {}", order.receiver_name()),
    ];
    if person == Person::Named {
        lines.push(order.person_line());
    }
    lines.push(order.move_sentence());
    let mut out = vec![conversation::title(theme(order), part), lines.join("\n")];
    out.extend(relation(order));
    out
}

/// What a supplement adds to; that a copy is one, and who has what it is a copy of: two services that read the same
/// findings must know of each other.
fn relation(order: &Order<'_>) -> Option<String> {
    match &order.transfer.birth.kind {
        Kind::Supplement { of, .. } => Some(format!(
            "{} {of}.",
            order.lang().letter(
                "Dette er et tillegg med nye eller endrede opplysninger til vår tidligere oversendelse",
                "Dette er eit tillegg med nye eller endra opplysningar til den tidlegare oversendinga vår",
            )
        )),
        Kind::Copy { .. } => Some(
            order
                .lang()
                .letter(
                    "Dette er en kopi etter avtale. Opplysningene sendes også til kommuneoverlegen, \
                     eller til den som er avtalt i stedet.",
                    "Dette er ein kopi etter avtale. Opplysningane blir òg sende til kommuneoverlegen, \
                     eller til den som er avtalt i staden.",
                )
                .to_owned(),
        ),
        Kind::First | Kind::Recall { .. } => None,
    }
}

/// Basis and contact.
fn foot(order: &Order<'_>, basis: &str) -> Vec<String> {
    let mut lines = Vec::new();
    if !basis.is_empty() {
        lines.push(format!("Grunnlag: {}", law(order.lang(), basis)));
    }
    lines.push(order.contact_line());
    vec![lines.join("\n")]
}

fn notice(lang: Lang) -> String {
    lang.letter(
        "Tuberkuloseundersøkelse er ikke gjennomført hos oss, og vi kjenner ikke til noen svar.\n\
         Vi ber om at undersøkelsen blir fulgt opp i den nye bostedskommunen.",
        "Tuberkuloseundersøking er ikkje gjennomført hos oss, og vi kjenner ikkje til noko svar.\n\
         Vi ber om at undersøkinga blir følgd opp i den nye bustadkommunen.",
    )
    .to_owned()
}

/// Findings first, then the status and what is missing, then every result.
fn summary(lang: Lang, tb: &TbInventory) -> Vec<String> {
    let carried: Vec<&TbItem> = tb.carried().collect();
    let mut out: Vec<String> = positives(lang, &carried).into_iter().collect();
    let mut state = vec![format!("Status: {}", stated(lang, tb))];
    state.extend(missing(lang, &carried));
    out.push(state.join("\n"));
    out.push(if carried.is_empty() {
        lang.letter("Det er ikke registrert noen svar.", "Det er ikkje registrert noko svar.").to_owned()
    } else {
        let heading = lang.letter("Alle svar, nyeste først:", "Alle svar, nyaste først:");
        format!("{heading}\n\n{}", drawn(lang, &carried).trim_end())
    });
    out
}

/// The status in words. What makes a set to be judged or incomplete is said as it is: a receiver must not look for
/// an unclear answer, or for an examination, that is not there.
fn stated(lang: Lang, tb: &TbInventory) -> &'static str {
    let unclear = |item: &TbItem| matches!(item.reading, Reading::Unread | Reading::Inconclusive);
    let left_out = tb.items.iter().any(|item| item.standing == Standing::ToJudge);
    match tb.status {
        // Of the others nothing is said here: some of them may be preliminary.
        TbStatus::ToBeJudged if left_out && !tb.carried().any(unclear) => lang.letter(
            "Minst ett svar til er ikke med her, fordi vi først må avklare om det gjelder tuberkulose. \
             Gjør det det, blir det ettersendt.",
            "Minst eitt svar til er ikkje med her, fordi vi først må avklare om det gjeld tuberkulose. \
             Gjer det det, blir det ettersendt.",
        ),
        TbStatus::ToBeJudged if !tb.carried().any(unclear) => lang.letter(
            "Alle svar er endelige, og ingen av dem er positive, men vi vet ikke hvilken gruppe pasienten hører til. \
             Helsepersonell må vurdere om undersøkelsen er tilstrekkelig for gruppen (tuberkuloseforskriften § 3-1).",
            "Alle svar er endelege, og ingen av dei er positive, men vi veit ikkje kva gruppe pasienten høyrer til. \
             Helsepersonell må vurdere om undersøkinga er tilstrekkeleg for gruppa (tuberkuloseforskrifta § 3-1).",
        ),
        TbStatus::Incomplete if tb.carried().next().is_none() => lang.letter(
            "Vi har ikke funnet noe svar på tuberkuloseundersøkelse, og kan ikke si at den er gjennomført. \
             Svar som kommer senere, blir ettersendt.",
            "Vi har ikkje funne noko svar på tuberkuloseundersøking, og kan ikkje seie at ho er gjennomført. \
             Svar som kjem seinare, blir ettersende.",
        ),
        known => status(lang, known),
    }
}

/// The findings, unmistakable.
fn positives(lang: Lang, carried: &[&TbItem]) -> Option<String> {
    let found: Vec<String> = carried
        .iter()
        .filter(|item| item.reading == Reading::Positive)
        .map(|item| {
            let unsure = if is_preliminary(item) { lang.letter(" (foreløpig)", " (førebels)") } else { "" };
            format!("  - {}, {}: {}{unsure}", day(lang, item), test(item), one_line(&item.result))
        })
        .collect();
    let heading =
        lang.letter("*** POSITIVT FUNN – MÅ FØLGES OPP ***", "*** POSITIVT FUNN – MÅ FØLGJAST OPP ***");
    (!found.is_empty()).then(|| format!("{heading}\n{}", found.join("\n")))
}

/// What a reader must not take for complete.
fn missing(lang: Lang, carried: &[&TbItem]) -> Vec<String> {
    let all = carried.len();
    let unanswered = carried.iter().filter(|item| item.reading == Reading::Unanswered).count();
    let preliminary = carried.iter().filter(|item| is_preliminary(item)).count();
    let mut out = Vec::new();
    if preliminary > 0 {
        let what = match preliminary {
            1 => lang.letter("svar er foreløpig", "svar er førebels"),
            _ => lang.letter("svar er foreløpige", "svar er førebelse"),
        };
        let so = lang.letter("oversikten er ikke fullstendig", "oversynet er ikkje fullstendig");
        out.push(format!("{preliminary} av {all} {what}; {so}."));
    }
    if unanswered > 0 {
        let what = match unanswered {
            1 => lang.letter(
                "undersøkelser er rekvirert eller utført uten at svar er mottatt",
                "undersøkingar er rekvirert eller utført utan at svar er motteke",
            ),
            _ => lang.letter(
                "undersøkelser er rekvirert eller utført uten at svar er mottatt",
                "undersøkingar er rekvirerte eller utførte utan at svar er motteke",
            ),
        };
        out.push(format!("{unanswered} av {all} {what}."));
    }
    out
}

fn is_preliminary(item: &TbItem) -> bool {
    item.status == ResultStatus::Preliminary && item.reading != Reading::Unanswered
}

fn drawn(lang: Lang, carried: &[&TbItem]) -> String {
    let column = |heading, limit| Column { heading, limit };
    let columns = [
        column("Prøvedato", 16),
        column(lang.letter("Undersøkelse", "Undersøking"), 24),
        column("Materiale", 14),
        column("Svar", 26),
        column("Status", 10),
        column("Laboratorium", 20),
    ];
    let rows: Vec<[String; 6]> = carried.iter().map(|item| row(lang, item)).collect();
    draw(columns, &rows)
}

fn row(lang: Lang, item: &TbItem) -> [String; 6] {
    let (result, status) = match item.reading {
        Reading::Unanswered => (lang.letter("svar ikke mottatt", "svar ikkje motteke").to_owned(), "–"),
        Reading::Positive | Reading::Negative | Reading::Inconclusive | Reading::Unread | Reading::Shown => {
            (item.result.clone(), result_status(lang, item.status))
        }
    };
    let result = if item.comment.is_empty() { result } else { format!("{result}\n({})", item.comment) };
    [day(lang, item), test(item), item.material.clone(), result, status.to_owned(), item.laboratory.clone()]
}

/// The day of the sample, else of the answer, which is then said.
fn day(lang: Lang, item: &TbItem) -> String {
    match (item.taken_on, item.answered_on) {
        (Some(taken), _) => date(taken),
        (None, Some(answered)) => format!("svar {}", date(answered)),
        (None, None) => lang.letter("ukjent", "ukjend").to_owned(),
    }
}

/// What was examined, else its code.
fn test(item: &TbItem) -> String {
    let test = one_line(&item.test);
    if test.is_empty() { one_line(&format!("{} {}", item.code_system, item.code)) } else { test }
}

/// What a letter about tuberculosis encloses, and what it says in one sentence: whoever opens the envelope must see
/// a finding without turning the page.
fn enclosed_tb(lang: Lang, inventory: &Inventory) -> String {
    match &inventory.tb {
        Some(tb) if tb.form == TbForm::Summary => {
            let what =
                lang.letter("Vedlagt er alle tuberkuloseresultater.", "Vedlagt er alle tuberkuloseresultat.");
            format!("{what}\n{}", stated(lang, tb))
        }
        Some(_) | None => lang
            .letter(
                "Vedlagt er melding om at tuberkuloseundersøkelse ikke er gjennomført.",
                "Vedlagt er melding om at tuberkuloseundersøking ikkje er gjennomført.",
            )
            .to_owned(),
    }
}
