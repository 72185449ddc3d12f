//! What a message says in its note, and what letters and messages are called.
//!
//! Composed from values, without deciding anything: the status, the basis and what is carried were decided before.
//! A positive finding stands first, and what is still missing is said. Leaves out the letters (`paper`).

use super::conversation::{self, Part};
use super::findings;
use super::parcel::Order;
use super::wording::{self, date, law};
use crate::inventory::{Inventory, TbForm, TbInventory, TbItem};
use crate::lang::Lang;
use crate::transfer::Kind;
use crate::verdict::Content;

/// What is passed on, in words.
fn theme(order: &Order<'_>) -> &'static str {
    let lang = order.lang();
    match (order.transfer.birth.content, form(order.cleared.inventory())) {
        (Content::Journal, _) => "Overføring av journal ved flytting",
        (Content::Tb, TbForm::Summary) => {
            lang.letter("Tuberkuloseresultater ved flytting", "Tuberkuloseresultat ved flytting")
        }
        (Content::Tb, TbForm::Notice) => findings::document_name(lang, TbForm::Notice),
    }
}

/// The title of a letter or message: the theme, and for what follows an earlier letter, what it does to that.
pub(super) fn title(order: &Order<'_>) -> &'static str {
    let lang = order.lang();
    match (&order.transfer.birth.kind, order.transfer.birth.content) {
        (Kind::First | Kind::Copy { .. }, _) => theme(order),
        (Kind::Supplement { .. }, Content::Tb) => lang.letter(
            "Tillegg til tuberkuloseresultater ved flytting",
            "Tillegg til tuberkuloseresultat ved flytting",
        ),
        (Kind::Supplement { .. }, Content::Journal) => "Tillegg til journal ved flytting",
        (Kind::Recall { .. }, Content::Tb) => lang.letter(
            "Tilbaketrekking av tuberkuloseopplysninger",
            "Tilbaketrekking av tuberkuloseopplysningar",
        ),
        (Kind::Recall { .. }, Content::Journal) => "Tilbaketrekking av journal",
    }
}

/// The form of the TB part; a summary where there is none.
pub(super) fn form(inventory: &Inventory) -> TbForm {
    inventory.tb.as_ref().map_or(TbForm::Summary, |tb| tb.form)
}

/// The note of a message: the results or why a journal comes, what is enclosed in this part of it, and where the
/// rest is.
pub(super) fn note(order: &Order<'_>, part: Part, documents: &[u32]) -> String {
    let inventory = order.cleared.inventory();
    let mut out = head(order, part);
    if order.is_recall() {
        out.push(wording::recall(order.lang()));
        out.push(order.contact_line());
        return out.join("\n\n") + "\n";
    }
    out.extend(since(order));
    match &inventory.tb {
        Some(tb) if tb.form == TbForm::Summary => out.extend(in_brief(order.lang(), tb, part)),
        Some(_) => out.push(findings::notice(order.lang()).join("\n")),
        None => out.push(conversation::opening(order, part)),
    }
    out.extend(conversation::enclosed(order, part, documents));
    out.extend(conversation::elsewhere(order, part));
    out.extend(foot(order));
    out.join("\n\n") + "\n"
}

/// What the contents are sent by, as the letter's language writes it; none where nothing is said.
pub(super) fn basis(order: &Order<'_>) -> Option<String> {
    let inventory = order.cleared.inventory();
    let basis = match &inventory.tb {
        Some(tb) => tb.basis.map(|basis| basis.text()).unwrap_or_default(),
        None => &inventory.journal_basis,
    };
    (!basis.is_empty()).then(|| law(order.lang(), basis))
}

/// The title with the part, the two municipalities and the move.
fn head(order: &Order<'_>, part: Part) -> Vec<String> {
    let lang = order.lang();
    let lines = [
        format!("{} {}", lang.letter("Fra:", "Frå:"), order.sender_name()),
        format!("Til: {}", order.receiver_name()),
        order.move_sentence(),
    ];
    let mut out = vec![conversation::title(title(order), part), lines.join("\n")];
    out.extend(relation(order));
    out
}

/// What a supplement adds to; that a copy is one, and who has what it is a copy of: two services that read the same
/// findings must know of each other.
pub(super) fn relation(order: &Order<'_>) -> Option<String> {
    let day = order.earlier_day().map(|day| format!(" av {}", date(day))).unwrap_or_default();
    match &order.transfer.birth.kind {
        Kind::Supplement { of, .. } => {
            let of = order.earlier.map_or(of, |earlier| earlier.id);
            let what = order.lang().letter(
                "Dette er et tillegg med nye eller endrede opplysninger til vår tidligere oversendelse",
                "Dette er eit tillegg med nye eller endra opplysningar til den tidlegare oversendinga vår",
            );
            Some(format!("{what} {of}{day}.{}", wording::nameless(order)))
        }
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
        Kind::Recall { of, .. } => Some(format!(
            "{} {of}{day}.",
            order.lang().letter(
                "Vi trekker tilbake vår tidligere oversendelse",
                "Vi trekkjer tilbake den tidlegare oversendinga vår",
            )
        )),
        Kind::First => None,
    }
}

/// What is other than it was, for whoever has the earlier sending beside it.
fn since(order: &Order<'_>) -> Option<String> {
    let changes = order.changes()?;
    let lang = order.lang();
    let short = |item: &TbItem| findings::in_short(lang, item);
    let lists = [
        (lang.letter("Nye svar", "Nye svar"), changes.new.iter().map(|item| short(item)).collect()),
        (
            lang.letter("Endrede svar", "Endra svar"),
            changes.changed.iter().map(|(_, now)| short(now)).collect(),
        ),
        (
            lang.letter(
                "Annullert av laboratoriet – gjelder ikke lenger",
                "Annullert av laboratoriet – gjeld ikkje lenger",
            ),
            changes.cancelled.iter().map(|item| short(item)).collect::<Vec<_>>(),
        ),
    ];
    let told = lists.into_iter().filter(|(_, items)| !items.is_empty()).map(|(heading, items)| {
        let items: Vec<String> = items.into_iter().map(|item| format!("  - {item}")).collect();
        format!("{heading}:\n{}", items.join("\n"))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("\n"))
}

/// Basis and contact.
fn foot(order: &Order<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(basis(order).map(|basis| format!("Grunnlag: {basis}")));
    lines.push(order.contact_line());
    vec![lines.join("\n")]
}

/// The findings, the status, what is open; the table of results is the PDF beside the note.
fn in_brief(lang: Lang, tb: &TbInventory, part: Part) -> Vec<String> {
    let mut out: Vec<String> = positives(lang, tb).into_iter().collect();
    let mut state = vec![format!("Status: {}", findings::stated(lang, tb))];
    for open in findings::open(lang, tb) {
        state.push(open.what);
        state.extend(open.items.iter().map(|item| format!("  - {item}")));
    }
    out.push(state.join("\n"));
    out.push(match tb.carried().next() {
        None => findings::nothing(lang).to_owned(),
        Some(_) => where_all_are(lang, part),
    });
    out
}

/// Where every result stands: a PDF beside the note of the first message.
fn where_all_are(lang: Lang, part: Part) -> String {
    let name = findings::document_name(lang, TbForm::Summary);
    match part.no {
        1 => {
            let attached = lang.letter("det vedlagte dokumentet", "det vedlagde dokumentet");
            format!("Alle svar står i {attached} «{name}» (PDF).")
        }
        _ => {
            let follows = lang.letter("som følger del", "som følgjer del");
            format!("Alle svar står i «{name}» (PDF), {follows} 1 av {}.", part.of)
        }
    }
}

/// The findings, unmistakable.
fn positives(lang: Lang, tb: &TbInventory) -> Option<String> {
    let found: Vec<String> = findings::positives(tb)
        .map(|item| {
            let unsure = match findings::unsure(lang, item) {
                "" => String::new(),
                unsure => format!(" ({unsure})"),
            };
            format!("  - {}{unsure}", findings::in_short(lang, item))
        })
        .collect();
    (!found.is_empty()).then(|| format!("*** {} ***\n{}", findings::alarm(lang), found.join("\n")))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Outcome, World};
    use super::*;
    use crate::inventory::{Basis, TbStatus};

    #[test]
    fn a_note_says_what_is_found_and_what_is_open_and_where_all_answers_stand() -> Outcome {
        let folder = tempfile::tempdir()?;
        let mut world = World::new(folder.path())?.by_message()?;
        let text = world.order(|order| note(order, Part::WHOLE, &[]));
        insta::assert_snapshot!(text, @r"
        TUBERKULOSERESULTATER VED FLYTTING

        Fra: OSLO KOMMUNE, Migrasjonshelse
        Til: BERGEN KOMMUNE, Migrasjonshelse
        Pasienten er meldt flyttet fra Oslo til Bergen 18.11.2026.

        *** POSITIVT FUNN – MÅ FØLGES OPP ***
          - 12.10.2026, IGRA: Positiv

        Status: Minst ett svar er positivt. Pasienten må følges opp.
        1 av 5 svar er foreløpig; oversikten er ikke fullstendig.
          - 20.10.2026, Dyrkning, mykobakterier: Ingen vekst så langt
        1 av 5 undersøkelser er rekvirert eller utført uten at svar er mottatt.
          - 11.10.2026, Røntgen toraks
        1 av 5 svar må vurderes av helsepersonell.
          - 02.09.2026, Mantoux: 0 mm
        Minst ett svar til er ikke med her, fordi vi først må avklare om det gjelder tuberkulose. Gjør det det, blir det ettersendt.

        Alle svar står i det vedlagte dokumentet «Tuberkuloseresultater» (PDF).

        Grunnlag: tuberkuloseforskriften § 2-3 h nr 1
        Kontakt: Kari Testperson, sykepleier, tlf. 00 00 00 00
        ");
        let part = world.order(|order| note(order, Part { no: 2, of: 2 }, &[]));
        assert!(
            part.contains("Alle svar står i «Tuberkuloseresultater» (PDF), som følger del 1 av 2."),
            "{part}"
        );
        world.job.language = Lang::Nn;
        let text = world.order(|order| note(order, Part::WHOLE, &[]));
        assert!(text.contains("det vedlagde dokumentet «Tuberkuloseresultat» (PDF)"), "{text}");
        let Some(tb) = &mut world.inventory.tb else { panic!("results") };
        (tb.items, tb.status, tb.basis) = (Vec::new(), TbStatus::Exempt, Some(Basis::Guideline));
        let text = world.order(|order| note(order, Part::WHOLE, &[]));
        assert!(text.contains("friteken") && text.contains("ikkje registrert noko svar"), "{text}");
        assert!(!text.contains("PDF"), "{text}");
        Ok(())
    }
}
