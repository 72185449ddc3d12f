//! What persons have dealt with: when, who, why and what it was, the newest first.
//!
//! Pure, from the ledger's fold. Of a person whose address is strictly confidential no text is told that may name a
//! place. Leaves out the list of what is still to be done (`todo`).

use serde::Serialize;

use super::Style;
use super::wrap::wrap;
use crate::id::{ActionId, TransferId};
use crate::job::PersonShown;
use crate::lang::Lang;
use crate::ledger::{Book, Matter, Settlement};
use crate::moves::Now;
use crate::reason::Reason;
use crate::reconcile::{Action, protected};
use crate::transfer::Transfer;

/// One action that was settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settled {
    /// When.
    pub settled_at: Now,
    /// Who.
    pub by: String,
    /// Why, in their words; none where it may name a place of somebody strictly confidential.
    pub reason: Option<String>,
    /// The action.
    pub action_id: ActionId,
    /// What it was; none in ledgers of before that was kept.
    pub code: Option<Reason>,
    /// The same as a sentence.
    pub what: Option<&'static str>,
    /// The transfer it was about.
    pub transfer_id: Option<TransferId>,
    /// The person, masked; none where the job shows the reference alone.
    pub person: Option<String>,
    /// The EPJ's reference, identity numbers masked.
    pub patient_ref: Option<String>,
    /// What there was to look at; may be empty.
    pub detail: String,
    /// Whether the person's address is strictly confidential, so that no place is told.
    pub protected: bool,
}

/// Everything that was settled, the newest first. `matters` are the actions as they stand where nothing is settled:
/// they tell what an entry of an older program was about.
pub fn settled(book: &Book, matters: &[Action], style: &Style) -> Vec<Settled> {
    let mut all: Vec<(&ActionId, &Settlement)> = book.settled.iter().collect();
    all.sort_by_key(|(_, settlement)| std::cmp::Reverse((settlement.at, settlement.no)));
    all.into_iter().map(|(action, settlement)| one(book, matters, style, action, settlement)).collect()
}

fn one(
    book: &Book,
    matters: &[Action],
    style: &Style,
    action: &ActionId,
    settlement: &Settlement,
) -> Settled {
    let known = || matters.iter().find(|matter| matter.action_id == *action).map(Action::matter);
    let matter: Option<Matter> = settlement.matter.clone().or_else(known);
    let transfer_id = matter.as_ref().and_then(|matter| matter.transfer.clone());
    let transfer: Option<&Transfer> = transfer_id.as_ref().and_then(|id| book.transfers.get(id));
    let protected = transfer.is_some_and(|transfer| protected::is_remembered(book, transfer));
    let code = matter.as_ref().map(|matter| matter.code);
    let hides = protected && !code.is_some_and(protected::is_placeless);
    let detail = matter.map(|matter| matter.detail).filter(|_| !hides).unwrap_or_default();
    Settled {
        settled_at: settlement.at.with_timezone(&style.offset),
        by: settlement.hand.by.clone(),
        reason: (!protected).then(|| settlement.hand.why.clone()),
        action_id: action.clone(),
        code,
        what: code.map(|code| code.sentence(style.lang)),
        transfer_id,
        person: match style.person {
            PersonShown::Masked => transfer.map(|transfer| transfer.birth.shown.clone()),
            PersonShown::Reference => None,
        },
        patient_ref: transfer.map(|transfer| transfer.birth.patient.to_string()),
        detail,
        protected,
    }
}

/// The list for a terminal. Ends with a newline.
pub fn text(settled: &[Settled], lang: Lang) -> String {
    let mut out: String = settled.iter().map(|one| paragraph(one, lang)).collect();
    let count = settled.len();
    out.push_str(&match (count, lang) {
        (0, Lang::En) => "Nothing has been settled.\n".to_owned(),
        (0, Lang::Nb | Lang::Nn) => "Ingenting er lukket.\n".to_owned(),
        (_, Lang::En) => format!("{count} settled.\n"),
        (_, Lang::Nb | Lang::Nn) => format!("{count} lukket.\n"),
    });
    out
}

fn paragraph(one: &Settled, lang: Lang) -> String {
    let at = one.settled_at.format("%d.%m.%Y %H:%M");
    let code = one.code.map(|code| format!("  {code}")).unwrap_or_default();
    let mut out = format!("{at}  {}{code}\n", one.action_id);
    out.push_str(&wrap(&who(one, lang), "  ", "    "));
    if let Some(what) = one.what {
        out.push_str(&wrap(what, "  ", "    "));
    }
    let about = [one.person.clone(), one.patient_ref.clone()].into_iter().flatten();
    let transfer = one.transfer_id.as_ref().map(|id| format!("{} {id}", lang.pick("overføring", "transfer")));
    let about: Vec<String> = about.chain(transfer).collect();
    if !about.is_empty() {
        out.push_str(&wrap(&about.join(", "), "  ", "    "));
    }
    if !one.detail.is_empty() {
        out.push_str(&wrap(&one.detail, "  ", "    "));
    }
    out + "\n"
}

/// Who, and in which words.
fn who(one: &Settled, lang: Lang) -> String {
    match &one.reason {
        Some(why) => format!("{}: {why}", one.by),
        None => {
            let hidden = lang.pick(
                "begrunnelsen vises ikke (strengt fortrolig adresse)",
                "the reason is not shown (strictly confidential address)",
            );
            format!("{}; {hidden}", one.by)
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{FixedOffset, Offset, Utc};

    use super::*;
    use crate::id::PersonKey;
    use crate::ledger::Entry;
    use crate::patient::Grading;
    use crate::transfer::{Birth, Hand, samples};
    use crate::verdict::Content;

    fn style(lang: Lang) -> Style {
        let offset = FixedOffset::east_opt(3600).unwrap_or_else(|| Utc.fix());
        Style { lang, person: PersonShown::Masked, offset }
    }

    fn book(protected: bool) -> Book {
        let persons = vec![PersonKey::from_text("aa")];
        let birth = Box::new(Birth { persons: persons.clone(), ..samples::birth("P-1", Content::Journal) });
        let hand = |why: &str| Hand { by: "Kari Prøve".to_owned(), why: why.to_owned() };
        let matter = Matter {
            code: Reason::NoParty,
            transfer: Some(samples::transfer_id()),
            detail: "ingen part for kommune 3222 i utdraget".to_owned(),
            since: samples::minute(1),
        };
        let settled = |id: &str, why: &str, matter: Option<Matter>| Entry::Settled {
            action: ActionId::from_text(id),
            hand: hand(why),
            matter: matter.map(Box::new),
        };
        let grading = if protected { Grading::StrictlyConfidential } else { Grading::default() };
        let entries = [
            Entry::Plan { transfer: samples::transfer_id(), birth },
            Entry::Grading { persons, grading, registered_at: None },
            settled("AAAA-BBBB", "ringt", None),
            settled("CCCC-DDDD", "avtalt papir med Bergen", Some(matter)),
        ];
        let mut book = Book::default();
        for (minute, entry) in (0..).zip(&entries) {
            assert_eq!(book.record(entry, samples::minute(minute)), Ok(()));
        }
        book
    }

    #[test]
    fn the_newest_is_first_with_who_why_and_what() {
        let book = book(false);
        let told = text(&settled(&book, &[], &style(Lang::Nb)), Lang::Nb);
        let shown = &samples::birth("P-1", Content::Journal).shown;
        let id = samples::transfer_id();
        let mut lines = told.lines();
        assert!(lines.next().is_some_and(|line| line.ends_with("CCCC-DDDD  no-party")), "{told}");
        assert_eq!(lines.next(), Some("  Kari Prøve: avtalt papir med Bergen"));
        let sentence = "  Adresseregisteret har ingen tjeneste «Migrasjonshelse» for kommunen.";
        assert_eq!(lines.next(), Some(sentence));
        assert_eq!(lines.next(), Some(format!("  {shown}, P-1, overføring {id}").as_str()));
        assert_eq!(lines.next(), Some("  ingen part for kommune 3222 i utdraget"));
        assert!(told.contains("AAAA-BBBB\n  Kari Prøve: ringt\n\n2 lukket.\n"), "{told}");
        let english = text(&settled(&book, &[], &style(Lang::En)), Lang::En);
        assert!(
            english.contains("The directory") || english.contains("Adresseregisteret has no"),
            "{english}"
        );
        assert_eq!(text(&[], Lang::En), "Nothing has been settled.\n");
    }

    #[test]
    fn of_a_protected_person_no_text_is_told_that_may_name_a_place() {
        let told = settled(&book(true), &[], &style(Lang::Nb));
        let text = text(&told, Lang::Nb);
        assert!(!text.contains("Bergen") && !text.contains("3222"), "{text}");
        assert!(text.contains("Kari Prøve; begrunnelsen vises ikke"), "{text}");
        assert!(text.contains("CCCC-DDDD  no-party"), "{text}");
    }

    #[test]
    fn an_entry_of_an_older_program_is_told_by_the_action_it_was() {
        let action = Action {
            action_id: ActionId::from_text("AAAA-BBBB"),
            urgent: false,
            due: chrono::NaiveDate::default(),
            transfer_id: None,
            patient_ref: None,
            code: Reason::FileHeld,
            detail: "a.csv: too small".to_owned(),
            since: samples::minute(0),
        };
        let told = settled(&book(false), &[action], &style(Lang::En));
        let old = told.iter().find(|one| one.action_id.as_str() == "AAAA-BBBB");
        assert_eq!(old.and_then(|one| one.code), Some(Reason::FileHeld));
        assert_eq!(old.map(|one| one.detail.as_str()), Some("a.csv: too small"));
    }
}
