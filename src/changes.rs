//! What is other between two inventories of one person: what a receiver has not been told yet.
//!
//! Results are the same by their key in their source, whatever file it lay in, and say the same when a receiver reads
//! the same. Pure values. Leaves out the words (`package`) and whom it is told (`follow`).

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::{Document, Inventory, Standing, TbItem};

/// What is other, each in the order of the inventory it stands in.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes<'a> {
    /// Results that were not sent.
    pub new: Vec<&'a TbItem>,
    /// Results that read otherwise now: as sent, and as they are.
    pub changed: Vec<(&'a TbItem, &'a TbItem)>,
    /// Results that were sent, and that their laboratory has taken back.
    pub cancelled: Vec<&'a TbItem>,
    /// Results that were sent, and are not among the valid ones any more for another reason.
    pub gone: Vec<&'a TbItem>,
    /// Documents that were not sent.
    pub documents: Vec<&'a Document>,
}

impl Changes<'_> {
    /// Whether a receiver must be told (rules § 5: a result that arrives, changes or is cancelled). A result that is
    /// only missing from tonight's sources is none of these: they may hold the latest ones alone.
    pub fn must_be_told(&self) -> bool {
        let Changes { new, changed, cancelled, gone: _, documents } = self;
        !(new.is_empty() && changed.is_empty() && cancelled.is_empty() && documents.is_empty())
    }
}

/// The results that were to be told, and that tonight's sources name in no version.
pub fn unnamed<'a>(ready: &'a Inventory, now: &Inventory) -> impl Iterator<Item = &'a TbItem> {
    let named: BTreeSet<String> = all(now).map(|item| item.source_key.clone()).collect();
    let travelling = ready.tb.iter().flat_map(|tb| tb.carried());
    travelling.filter(move |item| !named.contains(&item.source_key))
}

/// Whether two items are the same version of the same result, wherever they stand: a receiver would read the same.
pub fn same_version(a: &TbItem, b: &TbItem) -> bool {
    a.source_key == b.source_key && says_the_same(a, b)
}

/// Whether a receiver reads the same answer in both. What a job's own words make of it, and how a laboratory is called,
/// is no other answer.
fn says_the_same(a: &TbItem, b: &TbItem) -> bool {
    let said = |item: &TbItem| (item.status, item.answered_on, item.taken_on);
    said(a) == said(b)
        && (&a.result, &a.comment, &a.test, &a.material) == (&b.result, &b.comment, &b.test, &b.material)
}

/// What is other in `now` than it was in `before`.
pub fn between<'a>(before: &'a Inventory, now: &'a Inventory) -> Changes<'a> {
    let (sent, current) = (carried(before), carried(now));
    let known: Vec<_> = before.documents.iter().map(|document| document.sha256).collect();
    let mut out = Changes {
        documents: now.documents.iter().filter(|document| !known.contains(&document.sha256)).collect(),
        ..Changes::default()
    };
    for item in current.values().flatten().copied() {
        match sent.get(key(item)).map(Vec::as_slice) {
            None => out.new.push(item),
            Some(sent) if sent.iter().any(|sent| says_the_same(sent, item)) => {}
            Some(sent) => out.changed.extend(sent.first().map(|sent| (*sent, item))),
        }
    }
    for item in sent.iter().filter(|(key, _)| !current.contains_key(*key)).flat_map(|(_, items)| items) {
        match fate(now, item) {
            Fate::Cancelled => out.cancelled.push(item),
            Fate::Gone => out.gone.push(item),
            Fate::Objected => {}
        }
    }
    in_order(&mut out, before, now);
    out
}

/// What has become of a result that was sent and is no longer carried.
enum Fate {
    Cancelled,
    Gone,
    /// The person objects to its being sent: nothing more is said of it.
    Objected,
}

fn fate(now: &Inventory, sent: &TbItem) -> Fate {
    let versions = || all(now).filter(|item| key(item) == key(sent));
    if versions().any(|item| item.standing == Standing::Objected) {
        Fate::Objected
    } else if versions().any(|item| item.standing == Standing::Cancelled) {
        Fate::Cancelled
    } else {
        Fate::Gone
    }
}

fn all(inventory: &Inventory) -> impl Iterator<Item = &TbItem> {
    inventory.tb.iter().flat_map(|tb| &tb.items)
}

/// What travels, by its key. A source that repeats a key has several of one.
fn carried(inventory: &Inventory) -> BTreeMap<&str, Vec<&TbItem>> {
    let mut out: BTreeMap<&str, Vec<&TbItem>> = BTreeMap::new();
    for item in inventory.tb.iter().flat_map(|tb| tb.carried()) {
        out.entry(key(item)).or_default().push(item);
    }
    out
}

fn key(item: &TbItem) -> &str {
    &item.source_key
}

/// Puts every list in the order that its results are shown in.
fn in_order(changes: &mut Changes<'_>, before: &Inventory, now: &Inventory) {
    let place =
        |inventory: &Inventory, item: &TbItem| all(inventory).position(|other| std::ptr::eq(other, item));
    changes.new.sort_by_key(|item| place(now, item));
    changes.changed.sort_by_key(|(_, item)| place(now, item));
    changes.cancelled.sort_by_key(|item| place(before, item));
    changes.gone.sort_by_key(|item| place(before, item));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Reading, ResultStatus, TbForm, TbInventory, TbStatus};

    fn named(key: &str, result: &str) -> TbItem {
        TbItem {
            source_file: "a.csv".to_owned(),
            source_key: key.to_owned(),
            code_system: "NLK".to_owned(),
            code: "NPU29230".to_owned(),
            test: "IGRA".to_owned(),
            material: String::new(),
            result: result.to_owned(),
            reading: Reading::Negative,
            status: ResultStatus::Final,
            taken_on: None,
            answered_on: None,
            laboratory: "Laboratoriet".to_owned(),
            comment: String::new(),
            active_disease_test: false,
            version: 1,
            standing: Standing::Current,
            basis: None,
        }
    }

    fn standing(key: &str, standing: Standing) -> TbItem {
        TbItem { standing, ..named(key, "Negativ") }
    }

    fn inventory(items: Vec<TbItem>) -> Inventory {
        let status = TbStatus::NoPositiveFindings;
        let tb = TbInventory { items, status, form: TbForm::Summary, basis: None };
        Inventory { tb: Some(tb), ..Inventory::default() }
    }

    #[test]
    fn each_result_is_in_one_list_at_most() {
        let plain = |key| named(key, "Negativ");
        let elsewhere = TbItem { source_file: "b.csv".to_owned(), version: 2, basis: None, ..plain("1") };
        let final_now = TbItem { status: ResultStatus::Corrected, ..plain("1") };
        let commented = TbItem { comment: "Ny kommentar".to_owned(), ..plain("1") };
        let replaced = standing("1", Standing::Superseded("1".to_owned()));
        let reread = TbItem { reading: Reading::Unread, laboratory: "Lab.".to_owned(), ..plain("1") };
        let rows: [(&str, Vec<TbItem>, Vec<TbItem>, &str); 13] = [
            ("nothing at all", vec![], vec![], ""),
            ("the same", vec![plain("1")], vec![plain("1")], ""),
            ("the same from another file", vec![plain("1")], vec![elsewhere], ""),
            ("the same, read by other words", vec![plain("1")], vec![reread], ""),
            ("new", vec![plain("1")], vec![plain("2"), plain("1")], "new 2"),
            ("another answer", vec![plain("1")], vec![named("1", "Positiv")], "changed 1"),
            ("another status", vec![plain("1")], vec![final_now], "changed 1"),
            ("another comment", vec![plain("1")], vec![commented], "changed 1"),
            ("with its old version", vec![plain("1")], vec![named("1", "X"), replaced], "changed 1"),
            ("cancelled", vec![plain("1")], vec![standing("1", Standing::Cancelled)], "cancelled 1"),
            ("vanished", vec![plain("1"), plain("2")], vec![plain("2")], "gone 1"),
            ("objected to", vec![plain("1")], vec![standing("1", Standing::Objected)], ""),
            ("never sent", vec![standing("1", Standing::ToJudge)], vec![plain("1")], "new 1"),
        ];
        for (name, before, now, expected) in rows {
            let (before, now) = (inventory(before), inventory(now));
            let found = between(&before, &now);
            let lists = [
                ("new", found.new.clone()),
                ("changed", found.changed.iter().map(|(_, item)| *item).collect()),
                ("cancelled", found.cancelled.clone()),
                ("gone", found.gone.clone()),
            ];
            let said: Vec<String> = lists
                .iter()
                .flat_map(|(list, items)| items.iter().map(move |item| format!("{list} {}", item.source_key)))
                .collect();
            assert_eq!(said.join(", "), expected, "{name}");
            let silent = expected.is_empty() || expected.starts_with("gone");
            assert_eq!(found.must_be_told(), !silent, "{name}");
        }
    }

    #[test]
    fn a_notice_that_becomes_results_is_all_new_in_the_order_shown() {
        let now = inventory(vec![named("b", "1"), named("c", "2"), named("a", "3")]);
        let before = inventory(Vec::new());
        let found = between(&before, &now);
        let keys: Vec<&str> = found.new.iter().map(|item| key(item)).collect();
        assert_eq!(keys, ["b", "c", "a"]);
    }
}
