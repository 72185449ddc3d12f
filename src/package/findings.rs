//! What results say, in sentences: the positive first, the status, what is still missing.
//!
//! One truth for messages and letters; how it is laid out is [`super::text`]'s and [`super::paper`]'s. Decides nothing.

use super::line::one_line;
use super::wording::{date, result_status, status};
use crate::inventory::{Reading, ResultStatus, Standing, TbForm, TbInventory, TbItem, TbStatus};
use crate::lang::Lang;

/// How many results are named where something is open; the others stand among all answers.
const MOST_NAMED: usize = 6;

/// Which results something is said of.
type Which = fn(&TbItem) -> bool;

/// What a reader must not take for complete.
pub(super) struct Open {
    /// In a sentence.
    pub(super) what: String,
    /// Which results.
    pub(super) items: Vec<String>,
}

/// That nothing was examined.
pub(super) fn notice(lang: Lang) -> [&'static str; 2] {
    [
        lang.letter(
            "Tuberkuloseundersøkelse er ikke gjennomført hos oss, og vi kjenner ikke til noen svar.",
            "Tuberkuloseundersøking er ikkje gjennomført hos oss, og vi kjenner ikkje til noko svar.",
        ),
        lang.letter(
            "Vi ber om at undersøkelsen blir fulgt opp i den nye bostedskommunen.",
            "Vi ber om at undersøkinga blir følgd opp i den nye bustadkommunen.",
        ),
    ]
}

/// What the document with the results, or with the notice, is called where it is enclosed.
pub(super) fn document_name(lang: Lang, form: TbForm) -> &'static str {
    match form {
        TbForm::Summary => lang.letter("Tuberkuloseresultater", "Tuberkuloseresultat"),
        TbForm::Notice => lang
            .letter("Tuberkuloseundersøkelse ikke gjennomført", "Tuberkuloseundersøking ikkje gjennomført"),
    }
}

/// The heading over positive findings.
pub(super) fn alarm(lang: Lang) -> &'static str {
    lang.letter("POSITIVT FUNN – MÅ FØLGES OPP", "POSITIVT FUNN – MÅ FØLGJAST OPP")
}

/// That there is no result at all.
pub(super) fn nothing(lang: Lang) -> &'static str {
    lang.letter("Det er ikke registrert noen svar.", "Det er ikkje registrert noko svar.")
}

/// The positive findings, those that may mean active disease first.
pub(super) fn positives(tb: &TbInventory) -> impl Iterator<Item = &TbItem> {
    let of = |active: bool| {
        tb.carried()
            .filter(move |item| item.reading == Reading::Positive && item.active_disease_test == active)
    };
    of(true).chain(of(false))
}

/// Whether somebody must read it before it can be said what it shows.
fn is_unclear(item: &TbItem) -> bool {
    matches!(item.reading, Reading::Unread | Reading::Inconclusive)
}

/// Whether there is something that may be about tuberculosis and is not sent.
fn is_left_out(tb: &TbInventory) -> bool {
    tb.items.iter().any(|item| item.standing == Standing::ToJudge)
}

/// Whether the answer may still change.
pub(super) fn is_preliminary(item: &TbItem) -> bool {
    item.status == ResultStatus::Preliminary && item.reading != Reading::Unanswered
}

/// That an answer is preliminary, said beside it; empty where it is not.
pub(super) fn unsure(lang: Lang, item: &TbItem) -> &'static str {
    if is_preliminary(item) { result_status(lang, ResultStatus::Preliminary) } else { "" }
}

/// That something is not sent.
fn left_out(lang: Lang) -> &'static str {
    lang.letter(
        "Minst ett svar til er ikke med her, fordi vi først må avklare om det gjelder tuberkulose. \
         Gjør det det, blir det ettersendt.",
        "Minst eitt svar til er ikkje med her, fordi vi først må avklare om det gjeld tuberkulose. \
         Gjer det det, blir det ettersendt.",
    )
}

/// The status in words. What makes a set to be judged or incomplete is said as it is: a receiver must not look for
/// an unclear answer, or for an examination, that is not there.
pub(super) fn stated(lang: Lang, tb: &TbInventory) -> &'static str {
    match tb.status {
        // Of the others nothing is said here: some of them may be preliminary.
        TbStatus::ToBeJudged if is_left_out(tb) && !tb.carried().any(is_unclear) => left_out(lang),
        TbStatus::ToBeJudged if !tb.carried().any(is_unclear) => lang.letter(
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

/// How many answers are preliminary, in a sentence; none where none is.
pub(super) fn preliminary(lang: Lang, tb: &TbInventory) -> Option<String> {
    let (count, all) = counted(tb, is_preliminary);
    let what = match count {
        0 => return None,
        1 => lang.letter("svar er foreløpig", "svar er førebels"),
        _ => lang.letter("svar er foreløpige", "svar er førebelse"),
    };
    let so = lang.letter("oversikten er ikke fullstendig", "oversynet er ikkje fullstendig");
    Some(format!("{count} av {all} {what}; {so}."))
}

/// How many examinations have no answer, in a sentence; none where all have.
pub(super) fn unanswered(lang: Lang, tb: &TbInventory) -> Option<String> {
    let (count, all) = counted(tb, |item| item.reading == Reading::Unanswered);
    let nn = match count {
        0 => return None,
        1 => "undersøkingar er rekvirert eller utført utan at svar er motteke",
        _ => "undersøkingar er rekvirerte eller utførte utan at svar er motteke",
    };
    let what = lang.letter("undersøkelser er rekvirert eller utført uten at svar er mottatt", nn);
    Some(format!("{count} av {all} {what}."))
}

/// How many answers somebody must read, in a sentence; none where none.
fn to_judge(lang: Lang, tb: &TbInventory) -> Option<String> {
    let (count, all) = counted(tb, is_unclear);
    let what = lang.letter("svar må vurderes av helsepersonell", "svar må vurderast av helsepersonell");
    (count > 0).then(|| format!("{count} av {all} {what}."))
}

fn counted(tb: &TbInventory, which: Which) -> (usize, usize) {
    (tb.carried().filter(|item| which(item)).count(), tb.carried().count())
}

/// Everything that is open, each with the results it is about.
pub(super) fn open(lang: Lang, tb: &TbInventory) -> Vec<Open> {
    let no_answer: Which = |item| item.reading == Reading::Unanswered;
    let kinds: [(Option<String>, Which); 3] = [
        (preliminary(lang, tb), is_preliminary),
        (unanswered(lang, tb), no_answer),
        (to_judge(lang, tb), is_unclear),
    ];
    let kinds = kinds.into_iter().filter_map(|(what, which)| Some((what?, which)));
    let mut out: Vec<Open> =
        kinds.map(|(what, which)| Open { what, items: named(lang, tb, which) }).collect();
    if is_left_out(tb) && stated(lang, tb) != left_out(lang) {
        out.push(Open { what: left_out(lang).to_owned(), items: Vec::new() });
    }
    out
}

fn named(lang: Lang, tb: &TbInventory, which: Which) -> Vec<String> {
    let all: Vec<String> = tb.carried().filter(|item| which(item)).map(|item| in_short(lang, item)).collect();
    let more = all.len().saturating_sub(MOST_NAMED);
    let rest = format!("… og {more} til, {} alle svar", lang.letter("se", "sjå"));
    all.into_iter().take(MOST_NAMED).chain((more > 0).then_some(rest)).collect()
}

/// A result on one line.
pub(super) fn in_short(lang: Lang, item: &TbItem) -> String {
    let what = format!("{}, {}", day(lang, item), test(item));
    match item.reading {
        Reading::Unanswered => what,
        Reading::Positive | Reading::Negative | Reading::Inconclusive | Reading::Unread | Reading::Shown => {
            format!("{what}: {}", one_line(&item.result))
        }
    }
}

/// The answer and how far it has come.
pub(super) fn answer(lang: Lang, item: &TbItem) -> (String, &'static str) {
    match item.reading {
        Reading::Unanswered => (lang.letter("svar ikke mottatt", "svar ikkje motteke").to_owned(), "–"),
        Reading::Positive | Reading::Negative | Reading::Inconclusive | Reading::Unread | Reading::Shown => {
            (item.result.clone(), result_status(lang, item.status))
        }
    }
}

/// The day of the sample, else of the answer, which is then said.
pub(super) fn day(lang: Lang, item: &TbItem) -> String {
    match (item.taken_on, item.answered_on) {
        (Some(taken), _) => date(taken),
        (None, Some(answered)) => format!("svar {}", date(answered)),
        (None, None) => lang.letter("ukjent", "ukjend").to_owned(),
    }
}

/// What was examined, else its code.
pub(super) fn test(item: &TbItem) -> String {
    let test = one_line(&item.test);
    if test.is_empty() { code(item) } else { test }
}

/// The code with its system.
pub(super) fn code(item: &TbItem) -> String {
    match one_line(&item.code) {
        code if code.is_empty() => code,
        code => one_line(&format!("{} {code}", item.code_system)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::item;
    use super::*;
    use crate::inventory::Basis;

    #[test]
    fn what_may_mean_active_disease_stands_first_of_the_positive() {
        let mut items: Vec<TbItem> =
            [("IGRA", Reading::Positive), ("PCR", Reading::Positive), ("Dyrking", Reading::Negative)]
                .map(|(test, reading)| item(Some((10, 12)), test, ("svar", reading, ResultStatus::Final)))
                .into();
        items[1].active_disease_test = true;
        items[2].active_disease_test = true;
        let (status, form, basis) = (TbStatus::FollowUpNeeded, TbForm::Summary, Some(Basis::FollowUp));
        let tb = TbInventory { items, status, form, basis };
        let named: Vec<&str> = positives(&tb).map(|item| item.test.as_str()).collect();
        assert_eq!(named, ["PCR", "IGRA"]);
    }
}
