//! What persons must do, as they read it in a terminal in the morning: the actions of `actions.csv` in its order.
//!
//! Actions that follow one another with the same code and day are told once, and listed below it. Leaves out the list
//! itself (`reconcile`), its CSV (`csv`) and its JSON (`cli`).

use super::wrap::wrap;
use crate::lang::Lang;
use crate::reconcile::Action;

/// The actions, each under what it asks. Ends with a newline.
pub fn text(actions: &[Action], lang: Lang) -> String {
    let mut out = String::new();
    for group in actions.chunk_by(are_alike) {
        if let Some(first) = group.first() {
            out.push_str(&heading(first, lang));
            group.iter().for_each(|action| out.push_str(&line(action, lang)));
            out.push('\n');
        }
    }
    out.push_str(&tail(actions, lang));
    out
}

fn are_alike(a: &Action, b: &Action) -> bool {
    (a.urgent, a.due, a.code) == (b.urgent, b.due, b.code)
}

/// What is the case and what to do.
fn heading(action: &Action, lang: Lang) -> String {
    let due = action.due.format("%d.%m.%Y");
    let when = match (action.urgent, lang) {
        (true, Lang::En) => format!("URGENT, due {due}"),
        (true, Lang::Nb | Lang::Nn) => format!("HASTER, frist {due}"),
        (false, Lang::En) => format!("Due {due}"),
        (false, Lang::Nb | Lang::Nn) => format!("Frist {due}"),
    };
    let (sentence, advice) = (action.code.sentence(lang), action.code.advice(lang));
    let advice = if advice.is_empty() { String::new() } else { wrap(advice, "  → ", "    ") };
    format!("{when}: {}\n{}{advice}", action.code, wrap(sentence, "  ", "  "))
}

/// Which one, about whom, and what to look at.
fn line(action: &Action, lang: Lang) -> String {
    let of = action.patient_ref.as_deref().map(|patient| format!("  {patient}")).unwrap_or_default();
    let transfer = action.transfer_id.as_ref().map(|id| {
        let word = lang.pick("overføring", "transfer");
        format!("{}{word} {id}", if of.is_empty() { "  " } else { ", " })
    });
    let head = format!("    {}{of}{}\n", action.action_id, transfer.unwrap_or_default());
    match action.detail.as_str() {
        "" => head,
        detail => head + &wrap(detail, "               ", "               "),
    }
}

/// How many there are, and what takes one off the list.
fn tail(actions: &[Action], lang: Lang) -> String {
    let (all, urgent) = (actions.len(), actions.iter().filter(|action| action.urgent).count());
    match (all, lang) {
        (0, Lang::En) => "Nobody needs to do anything.\n".to_owned(),
        (0, Lang::Nb | Lang::Nn) => "Ingen trenger å gjøre noe.\n".to_owned(),
        (_, Lang::En) => format!(
            "{all} to do, {urgent} of them urgent. Dealt with:\n\
             journalflytt settle JOB --action ID --by NAME --reason TEXT\n"
        ),
        (_, Lang::Nb | Lang::Nn) => format!(
            "{all} ting å gjøre, {urgent} av dem haster. Gjort:\n\
             journalflytt settle JOBB --action ID --by NAVN --reason TEKST\n"
        ),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::id::{ActionId, TransferId};
    use crate::reason::Reason;
    use crate::report::wrap::WIDTH;
    use crate::transfer::samples;

    fn action(id: &str, code: Reason, urgent: bool, detail: &str) -> Action {
        let of_transfer = code != Reason::UnmatchedReceipt;
        Action {
            action_id: ActionId::from_text(id),
            urgent,
            due: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default(),
            transfer_id: of_transfer.then(|| TransferId::from_text("Q774-KPFE-CP0T-9CG5")),
            patient_ref: of_transfer.then(|| "MH-1031".to_owned()),
            code,
            detail: detail.to_owned(),
            since: samples::minute(0),
        }
    }

    fn list() -> Vec<Action> {
        vec![
            action("PDNZ-HBW8", Reason::StrictlyConfidential, true, ""),
            action("SCSH-3T6S", Reason::StrictlyConfidential, true, ""),
            action("CEFG-Q103", Reason::NoParty, false, "ingen part for kommune 3222 i utdraget"),
            action("E7DS-P2RK", Reason::UnmatchedReceipt, false, "apprec-avkuttet.xml: unreadable"),
        ]
    }

    #[test]
    fn the_morning_in_bokmaal() {
        let expected = "\
HASTER, frist 22.11.2026: strictly-confidential
  Personen har strengt fortrolig adresse (kode 6).
  → Ikke søk etter adressen. Lever saken i dag til den som har ansvar for kode
    6, etter kommunens rutine.
    PDNZ-HBW8  MH-1031, overføring Q774-KPFE-CP0T-9CG5
    SCSH-3T6S  MH-1031, overføring Q774-KPFE-CP0T-9CG5

Frist 22.11.2026: no-party
  Adresseregisteret har ingen tjeneste «Migrasjonshelse» for kommunen.
  → Ring kommunen, avtal mottaker eller papir (print), og før det i
    avtalelisten.
    CEFG-Q103  MH-1031, overføring Q774-KPFE-CP0T-9CG5
               ingen part for kommune 3222 i utdraget

Frist 22.11.2026: unmatched-receipt
  En kvittering eller en utfylt linje kunne ikke brukes.
  → Se `receipts.csv`: fyll ut det som mangler og legg listen inn på nytt, eller
    spør den som har svart. Lukk saken med `journalflytt settle …`.
    E7DS-P2RK
               apprec-avkuttet.xml: unreadable

4 ting å gjøre, 2 av dem haster. Gjort:
journalflytt settle JOBB --action ID --by NAVN --reason TEKST
";
        assert_eq!(text(&list(), Lang::Nb), expected);
    }

    #[test]
    fn the_morning_in_english_and_a_morning_without() {
        let told = text(&list(), Lang::En);
        assert!(told.starts_with("URGENT, due 22.11.2026: strictly-confidential\n"), "{told}");
        assert!(told.ends_with("journalflytt settle JOB --action ID --by NAME --reason TEXT\n"), "{told}");
        assert!(told.lines().all(|line| line.chars().count() <= WIDTH), "{told}");
        assert_eq!(text(&[], Lang::En), "Nobody needs to do anything.\n");
        assert_eq!(text(&[], Lang::Nb), "Ingen trenger å gjøre noe.\n");
    }
}
