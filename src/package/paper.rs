//! The paper of an order: the values that letters are set from, in the words that messages use too.
//!
//! Leaves out how it looks (`press`) and what goes into which file (`archive`, `message`).

use chrono::NaiveDate;

use super::conversation;
use super::findings;
use super::line::one_line;
use super::parcel::Order;
use super::text;
use super::wording::{date, id_name};
use crate::changes::Changes;
use crate::inventory::{Document, Reading, TbForm, TbInventory, TbItem};
use crate::job::Job;
use crate::lang::Lang;
use crate::person::Environment;
use crate::press::paper::{self as set, Enclosed, Finding, Open, Paper, Results, Row};
use crate::transfer::Kind;
use crate::verdict::Receiver;

/// The paper of an order.
pub(super) fn paper(order: &Order<'_>) -> Paper {
    let inventory = order.cleared.inventory();
    let summary = inventory.tb.as_ref().filter(|tb| tb.form == TbForm::Summary);
    let other = order.changes();
    Paper {
        lang: code(order.lang()),
        content: order.transfer.birth.content.code(),
        kind: order.transfer.birth.kind.code(),
        test: is_test(order.job),
        id: order.transfer.id.to_string(),
        revision: order.transfer.revision,
        date: date(order.now.date_naive()),
        title: text::title(order).to_owned(),
        sender: sender(order),
        receiver: receiver(order),
        patient: patient(order),
        moved: order.move_sentence(),
        relation: text::relation(order),
        basis: text::basis(order),
        results: summary.map(|tb| results(order.lang(), tb, other.as_ref())),
        notice: is_notice(inventory.tb.as_ref())
            .then(|| findings::notice(order.lang()).map(str::to_owned).to_vec()),
        documents: order.enclosed().iter().map(enclosed).collect(),
        earlier: earlier(order),
        changes: other.map(|other| said(order.lang(), &other)),
    }
}

/// A language as papers name it.
pub(super) fn code(lang: Lang) -> &'static str {
    lang.letter("nb", "nn")
}

/// Whether a job's persons are invented.
pub(super) fn is_test(job: &Job) -> bool {
    match job.environment {
        Environment::Test => true,
        Environment::Production => false,
    }
}

fn is_notice(tb: Option<&TbInventory>) -> bool {
    tb.is_some_and(|tb| tb.form == TbForm::Notice)
}

fn sender(order: &Order<'_>) -> set::Sender {
    let sender = &order.job.sender;
    set::Sender {
        organisation: one_line(&sender.organisation.name),
        service: one_line(&sender.service.name),
        contact: one_line(&sender.contact.name),
        role: order.contact_role().unwrap_or_default(),
        phone: one_line(&sender.contact.phone),
    }
}

fn receiver(order: &Order<'_>) -> set::Receiver {
    let receiver = &order.cleared.clearance().receiver;
    let (lines, office) = match receiver {
        Receiver::Office(office) => {
            let town = format!("{} {}", office.postal_code, office.city);
            (vec![office.office.clone(), office.address.clone(), town], true)
        }
        Receiver::Party(party) => (vec![party.parent_name.clone(), party.name.clone()], false),
        Receiver::SameEpj(_) => (vec![order.receiver_name()], false),
    };
    let lines = lines.iter().map(|line| one_line(line)).filter(|line| !line.is_empty());
    set::Receiver { name: order.receiver_name(), address: lines.collect(), office }
}

fn patient(order: &Order<'_>) -> set::Patient {
    let id = order.shown_id();
    set::Patient {
        name: order.person_name(),
        born: order.migrant.patient.birth_date.map(date).unwrap_or_default(),
        id_kind: id.map(|id| id_name(id.kind()).to_owned()).unwrap_or_default(),
        id: id.map(|id| id.reveal().to_owned()).unwrap_or_default(),
    }
}

fn results(lang: Lang, tb: &TbInventory, other: Option<&Changes<'_>>) -> Results {
    let positives: Vec<Finding> = findings::positives(tb).map(|item| finding(lang, item)).collect();
    let open = findings::open(lang, tb).into_iter().map(|open| Open { what: open.what, items: open.items });
    Results {
        alarm: (!positives.is_empty()).then(|| findings::alarm(lang).to_owned()),
        positives,
        state: match tb.carried().next() {
            Some(_) => findings::stated(lang, tb).to_owned(),
            None => format!("{} {}", findings::stated(lang, tb), findings::nothing(lang)),
        },
        open: open.collect(),
        rows: tb.carried().map(|item| row(lang, item, other)).collect(),
    }
}

fn finding(lang: Lang, item: &TbItem) -> Finding {
    Finding {
        date: findings::day(lang, item),
        test: findings::test(item),
        result: one_line(&item.result),
        note: findings::unsure(lang, item).to_owned(),
    }
}

fn row(lang: Lang, item: &TbItem, other: Option<&Changes<'_>>) -> Row {
    let (result, status) = findings::answer(lang, item);
    let (test, code) = (findings::test(item), findings::code(item));
    Row {
        date: findings::day(lang, item),
        code: if test == code { String::new() } else { code },
        test,
        material: one_line(&item.material),
        result,
        comment: item.comment.trim().to_owned(),
        status: status.to_owned(),
        laboratory: one_line(&item.laboratory),
        positive: item.reading == Reading::Positive,
        mark: other.map(|other| mark(lang, item, other)).unwrap_or_default().to_owned(),
    }
}

/// What a result is since the earlier letter.
fn mark(lang: Lang, item: &TbItem, other: &Changes<'_>) -> &'static str {
    if other.new.iter().any(|new| std::ptr::eq(*new, item)) {
        lang.letter("NY", "NY")
    } else if other.changed.iter().any(|(_, now)| std::ptr::eq(*now, item)) {
        lang.letter("ENDRET", "ENDRA")
    } else {
        ""
    }
}

/// The changes in words.
fn said(lang: Lang, other: &Changes<'_>) -> set::Changes {
    let after = |item: &TbItem| change(lang, item, String::new(), answered(lang, item));
    let before = |item: &TbItem| change(lang, item, answered(lang, item), String::new());
    set::Changes {
        new: other.new.iter().map(|item| after(item)).collect(),
        changed: other
            .changed
            .iter()
            .map(|(was, is)| change(lang, is, answered(lang, was), answered(lang, is)))
            .collect(),
        cancelled: other.cancelled.iter().map(|item| before(item)).collect(),
        gone: other.gone.iter().map(|item| before(item)).collect(),
        documents: other.documents.iter().map(|document| conversation::named(document)).collect(),
    }
}

fn change(lang: Lang, item: &TbItem, before: String, now: String) -> set::Change {
    set::Change { what: format!("{}, {}", findings::day(lang, item), findings::test(item)), before, now }
}

/// An answer on one line with how far it has come.
fn answered(lang: Lang, item: &TbItem) -> String {
    let (result, status) = findings::answer(lang, item);
    match item.reading {
        Reading::Unanswered => result,
        Reading::Positive | Reading::Negative | Reading::Inconclusive | Reading::Unread | Reading::Shown => {
            format!("{} ({status})", one_line(&result))
        }
    }
}

fn enclosed(document: &Document) -> Enclosed {
    Enclosed {
        no: document.no,
        title: one_line(&document.title),
        kind: one_line(&document.kind),
        date: document.date.map(date).unwrap_or_default(),
        pages: document.pages,
    }
}

/// The letter that is added to or taken back.
fn earlier(order: &Order<'_>) -> Option<set::Earlier> {
    let id = match &order.transfer.birth.kind {
        Kind::Supplement { of, .. } | Kind::Recall { of, .. } => {
            order.earlier.map_or(of, |earlier| earlier.id).to_string()
        }
        Kind::First | Kind::Copy { .. } => return None,
    };
    let day: Option<NaiveDate> = order.earlier_day();
    Some(set::Earlier { id, date: day.map(date).unwrap_or_default() })
}
