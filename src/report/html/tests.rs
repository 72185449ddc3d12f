//! The page of made-up nights: whatever an account holds is text on it, and it leads nowhere but to itself.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::*;
use crate::id::{LedgerKey, TransferId};
use crate::job::PersonShown;
use crate::lang::Lang;
use crate::ledger::ReceiptRow;
use crate::reason::{Reason, Severity};
use crate::reconcile::tests::{Made, NIGHT};
use crate::reconcile::{Action, FileHeld, HeldLine, NightSums};
use crate::tabular::RejectedRow;
use crate::transfer::samples;

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error>>;

const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;";

fn style(lang: Lang) -> Style {
    Style { lang, person: PersonShown::Masked, offset: samples::minute(0).fixed_offset().timezone() }
}

fn drawn(account: &Reconciliation, lang: Lang) -> Outcome<String> {
    Ok(String::from_utf8(page(account, &style(lang)))?)
}

fn action(code: Reason, detail: &str, at: usize) -> Action {
    Action {
        action_id: LedgerKey::new([7; 32]).action(&[code.code(), &at.to_string()]),
        urgent: code.severity() == Severity::Urgent,
        due: NaiveDate::default(),
        transfer_id: Some(TransferId::from_text("T-0000")),
        patient_ref: Some("P-0".to_owned()),
        code,
        detail: detail.to_owned(),
        since: samples::minute(0),
    }
}

/// One of everything that a page shows, every text of it this one.
fn account(text: &str) -> Outcome<Reconciliation> {
    let mut account = Made::of(&samples::states())?.account(NIGHT)?;
    for line in &mut account.lines {
        (line.patient_ref, line.person, line.basis) = (text.to_owned(), text.to_owned(), text.to_owned());
        (line.to, line.receiver_name) = (Some(text.to_owned()), Some(text.to_owned()));
        line.evidence = vec![text.to_owned(), format!("agreement: {text}"), format!("directory: {text}")];
        line.reasons = vec![(Reason::NotAgreed, text.to_owned())];
        line.reason = Some(Reason::NotAgreed);
    }
    account.actions = Reason::ALL.iter().map(|code| action(*code, text, 0)).collect();
    account.actions.extend((0..40).map(|at| action(Reason::Overdue, text, at + 1)));
    let held = HeldLine { file: text.to_owned(), line: 1, column: 1, why: text.to_owned() };
    account.files_held = vec![FileHeld { held, since: samples::minute(0) }];
    let bad = RejectedRow {
        file: text.to_owned(),
        line: 1,
        column: text.to_owned(),
        code: text.to_owned(),
        reason: text.to_owned(),
        record: None,
    };
    account.rejected = vec![bad; 30];
    let receipt = ReceiptRow {
        read_at: samples::minute(0),
        file: text.to_owned(),
        kind: text.to_owned(),
        original_message_id: None,
        transfer: Some(TransferId::from_text("T-0001")),
        revision: None,
        part: None,
        status: text.to_owned(),
        codes: text.to_owned(),
        text: text.to_owned(),
        effect: text.to_owned(),
    };
    account.receipts = vec![receipt; 30];
    account.remarks = vec![text.to_owned()];
    account.imbalances = vec![text.to_owned()];
    account.stopped = Some(text.to_owned());
    account.rows.read = 3;
    account.rows.rejected = 3;
    account.result_sums.found = 1;
    account.trend = vec![NightSums::of(&account).ok_or("a night")?; 5];
    Ok(account)
}

/// The values of an attribute, wherever it stands.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    page.split(&begin).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn whatever_an_account_holds_is_text() -> Outcome {
    let (hostile, plain) = (account(HOSTILE)?, account("plain")?);
    for lang in [Lang::Nb, Lang::En] {
        let (hostile, plain) = (drawn(&hostile, lang)?, drawn(&plain, lang)?);
        assert!(hostile.contains("&lt;script&gt;alert(1)"));
        let tags = |page: &str| page.matches('<').count();
        assert_eq!(tags(&hostile), tags(&plain), "not one tag more");
        for broken in ["<script>alert", "<img", "\"'>"] {
            assert!(!hostile.contains(broken), "{broken}");
        }
    }
    Ok(())
}

#[test]
fn the_page_leads_to_itself_alone() -> Outcome {
    for lang in [Lang::Nb, Lang::En] {
        let page = drawn(&account("plain")?, lang)?;
        for foreign in ["http:", "https:", "//cdn", " src=", "@import", "javascript:", " on", "style=\""] {
            let found = page.find(foreign).map(|at| &page[at..(at + 60).min(page.len())]);
            // Words may begin with «on»; attributes that run script have an equals sign and a quote.
            let is_word = foreign == " on" && !page.contains(" onload=") && !page.contains(" onclick=");
            assert!(found.is_none() || is_word, "{found:?}");
        }
        assert_eq!(page.matches("url(").count(), page.matches("url(#").count());
        let ids: Vec<&str> = values(&page, "id");
        let once: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), once.len(), "every id once");
        for link in values(&page, "href") {
            let leads = link == "data:," || link.strip_prefix('#').is_some_and(|id| once.contains(id));
            assert!(leads, "{link} leads nowhere");
        }
        for named in values(&page, "aria-labelledby").into_iter().flat_map(str::split_whitespace) {
            assert!(once.contains(named), "{named} names nothing");
        }
    }
    Ok(())
}

#[test]
fn every_reason_is_told_with_its_advice() -> Outcome {
    let account = account("plain")?;
    for lang in [Lang::Nb, Lang::En] {
        let page = drawn(&account, lang)?.replace("<code>", "`").replace("</code>", "`");
        let escaped = |text: &str| {
            text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
        };
        for reason in Reason::ALL {
            for text in [reason.sentence(lang), reason.advice(lang)] {
                assert!(page.contains(&escaped(text)), "{reason} {lang:?}: {text}");
            }
        }
    }
    Ok(())
}

#[test]
fn no_test_and_no_answer_stands_on_the_page() -> Outcome {
    let mut account = account("plain")?;
    let about_results =
        [Reason::PossibleActiveTb, Reason::AskLaboratory, Reason::LateResult, Reason::ToJudge];
    account.actions = about_results.iter().map(|code| action(*code, "Mikroskopi: Positiv", 0)).collect();
    account.lines[1].reasons = vec![(Reason::ToJudge, "Mikroskopi: Positiv".to_owned())];
    account.receipts[0].text = "Mikroskopi: Positiv".to_owned();
    assert!(!drawn(&account, Lang::Nb)?.contains("Mikroskopi"));
    Ok(())
}

#[test]
fn persons_are_shown_as_the_job_says() -> Outcome {
    let account = Made::of(&samples::states())?.account(NIGHT)?;
    assert!(drawn(&account, Lang::Nb)?.contains("DNR …22"));
    let reference = Style { person: PersonShown::Reference, ..style(Lang::Nb) };
    let page = String::from_utf8(page(&account, &reference))?;
    assert!(page.contains("P-0") && !page.contains("DNR"));
    Ok(())
}

#[test]
fn headings_go_down_one_step_at_a_time() -> Outcome {
    let page = drawn(&account("plain")?, Lang::Nb)?;
    let levels: Vec<u32> =
        page.match_indices("<h").filter_map(|(at, _)| page[at + 2..].chars().next()?.to_digit(10)).collect();
    assert_eq!((levels.first(), levels.iter().filter(|level| **level == 1).count()), (Some(&1), 1));
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    Ok(())
}

#[test]
fn an_account_of_an_earlier_program_is_drawn() -> Outcome {
    let mut then = serde_json::to_value(account("plain")?)?;
    for later in ["own", "deadlines", "trend"] {
        then.as_object_mut().ok_or("an object")?.remove(later);
    }
    for line in then["lines"].as_array_mut().ok_or("lines")? {
        line.as_object_mut().ok_or("an object")?.remove("wait");
    }
    let page = drawn(&serde_json::from_value(then)?, Lang::Nb)?;
    assert!(page.contains("Regnskapet har én natt ennå"));
    Ok(())
}

#[test]
fn thousands_of_transfers_are_a_few_megabytes() -> Outcome {
    let states: Vec<_> = samples::states().into_iter().cycle().take(2_000).collect();
    let account = Made::of(&states)?.account(NIGHT)?;
    let page = drawn(&account, Lang::Nb)?;
    assert!(page.len() < 4_000_000, "{} bytes", page.len());
    assert_eq!(page.matches("<tbody class=\"t\"").count(), account.lines.len());
    assert_eq!(page, drawn(&account, Lang::Nb)?, "the same bytes");
    Ok(())
}
