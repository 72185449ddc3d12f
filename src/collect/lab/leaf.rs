//! The results of a report as single items, each with what it stands in and what hangs in it.
//!
//! A heading over results is none itself, and its text belongs to those below that have none of their own: so
//! radiology describes several pictures at once. What stands in a result without a code of its own (a quantity, a
//! remark) is a detail of it. Leaves out which of them are TB (`judge`).

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::said;
use crate::message::lab_report::{ResultItem, ServType, Value};

/// 8243, a heading over results.
const GROUP: &str = "GR";

/// One result.
#[derive(Clone, Debug)]
pub(super) struct Leaf<'a> {
    /// Its own id in the report, or what tells it apart where it has none.
    pub(super) key: String,
    /// The item.
    pub(super) item: &'a ResultItem,
    /// The result it stands in, by its place among the leaves.
    pub(super) parent: Option<usize>,
    /// The heading whose text is its answer, by number.
    pub(super) shares: Option<usize>,
    /// The nearest heading it stands under that says something.
    pub(super) heading: Option<&'a ResultItem>,
    /// The answer as text.
    pub(super) result: String,
    /// What stands in it without a code of its own.
    pub(super) details: Vec<&'a ResultItem>,
    /// New, changed, sent before or cancelled, as it or what it stands in says.
    pub(super) serv_type: Option<&'a ServType>,
    /// The day whose codes it is written in; the story tells it.
    pub(super) day: Option<NaiveDate>,
}

/// What an item takes over from those above it.
#[derive(Clone, Copy, Default)]
struct Above<'a> {
    parent: Option<usize>,
    heading: Option<(usize, &'a ResultItem)>,
    cancelled: Option<&'a ServType>,
}

/// The results of a report, those in others after them.
pub(super) fn leaves<'a>(items: &'a [ResultItem], asks: &dyn Fn(&ResultItem) -> bool) -> Vec<Leaf<'a>> {
    let mut walk = Walk { leaves: Vec::new(), seen: BTreeMap::new(), headings: 0, asks };
    for item in items {
        walk.take(item, Above::default());
    }
    walk.leaves
}

struct Walk<'a, 'f> {
    leaves: Vec<Leaf<'a>>,
    seen: BTreeMap<String, u32>,
    headings: usize,
    asks: &'f dyn Fn(&ResultItem) -> bool,
}

impl<'a> Walk<'a, '_> {
    fn take(&mut self, item: &'a ResultItem, above: Above<'a>) {
        let own = item.serv_type.as_ref();
        let cancelled = above.cancelled.or(own.filter(|kind| **kind == ServType::Cancelled));
        if is_heading(item) {
            self.headings += 1;
            let heading = (!said::result(item).is_empty()).then_some((self.headings, item));
            for below in &item.items {
                self.take(below, Above { heading: heading.or(above.heading), cancelled, ..above });
            }
            return;
        }
        let at = self.leaves.len();
        let own_result = said::result(item);
        let shared = above.heading.filter(|_| own_result.is_empty());
        let result = shared.map_or(own_result, |(_, heading)| said::result(heading));
        let key = self.key(item);
        let (details, results): (Vec<_>, Vec<_>) = item.items.iter().partition(|below| self.is_detail(below));
        self.leaves.push(Leaf {
            key,
            item,
            parent: above.parent,
            shares: shared.map(|(no, _)| no),
            heading: above.heading.map(|(_, heading)| heading),
            result,
            details: details.into_iter().flat_map(whole).filter(|detail| !is_cancelled(detail)).collect(),
            serv_type: cancelled.or(own),
            day: None,
        });
        for below in results {
            self.take(below, Above { parent: Some(at), heading: None, cancelled });
        }
    }

    /// A detail has no code of its own, nor has anything in it, and nothing in it asks for a person.
    fn is_detail(&self, item: &ResultItem) -> bool {
        whole(item).iter().all(|item| {
            let coded = item.codes.iter().any(|code| !code.value.is_empty() && !said::is_of(code, "8212"));
            !coded && item.refers_to.is_empty() && !(self.asks)(item)
        })
    }

    /// The item's own id; else its code, with what it hangs on and a number where it stands there again.
    fn key(&mut self, item: &ResultItem) -> String {
        if !item.id.is_empty() {
            return item.id.clone();
        }
        let code = item.codes.first().map(|code| code.key()).unwrap_or_default();
        let key = format!("{}#{code}", item.refers_to);
        let times = self.seen.entry(key.clone()).or_default();
        *times += 1;
        if *times == 1 { key } else { format!("{key}-{times}") }
    }
}

/// An item and all in it.
fn whole(item: &ResultItem) -> Vec<&ResultItem> {
    let mut out = vec![item];
    let mut at = 0;
    while let Some(next) = out.get(at).copied() {
        out.extend(next.items.iter());
        at += 1;
    }
    out
}

fn is_cancelled(item: &ResultItem) -> bool {
    item.serv_type == Some(ServType::Cancelled)
}

/// Whether an item only stands over others: no code, and its text a heading or the only text there is.
fn is_heading(item: &ResultItem) -> bool {
    let is_group = item.values.iter().all(|value| match value {
        Value::Text { heading, .. } => heading == GROUP,
        Value::Number { .. } | Value::Interval(..) | Value::Date(_) => false,
    });
    let says_all = || item.items.iter().all(|below| whole(below).iter().all(|item| item.values.is_empty()));
    item.codes.is_empty() && !item.items.is_empty() && (is_group || says_all())
}
