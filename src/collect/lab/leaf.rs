//! The results of a report as single items, each with what it stands in and what hangs in it.
//!
//! A heading over results is none itself, and its text is the answer of those below that have none of their own: so
//! radiology describes several pictures at once. What else it says stands beside their answers (`heading`). What stands in a result without a code of its own (a quantity, a
//! remark) is a detail of it; what is called anything but such a thing may be another test, and is none. Leaves out
//! which of them are TB (`judge`) and which are versions of one result (`same`).

use chrono::NaiveDate;

use super::said;
use crate::message::lab_report::{Coded, ResultItem, ServType, Value};

/// 8243, a heading over results.
const GROUP: &str = "GR";

/// 8245, deleted.
const DELETED: &str = "14";

/// What everything in a deleted item is.
static CANCELLED: ServType = ServType::Cancelled;

/// What details of a result are called in the sender's own words, lower case. A closed list: under any other name
/// stands a test of its own, and HIV may stand in what a laboratory grouped with a culture.
const DETAILS: [&str; 24] = [
    "antall",
    "art",
    "artsbestemmelse",
    "dyrkningstid",
    "funn",
    "grad",
    "gradering",
    "identifikasjon",
    "kommentar",
    "konklusjon",
    "kvantitet",
    "lokalisasjon",
    "materiale",
    "mengde",
    "merknad",
    "metode",
    "oppvekst",
    "prøvekvalitet",
    "resultat",
    "species",
    "tid til vekst",
    "tolkning",
    "vekst",
    "vurdering",
];

/// One result.
#[derive(Clone, Debug)]
pub(super) struct Leaf<'a> {
    /// Its own id in the report; else its code, with what it hangs on. Others may share it.
    pub(super) base: String,
    /// The item.
    pub(super) item: &'a ResultItem,
    /// The result it stands in, by its place among the leaves.
    pub(super) parent: Option<usize>,
    /// The heading whose text is its answer, by number.
    pub(super) shares: Option<usize>,
    /// Every heading it stands under, with its number; the outermost first.
    pub(super) above: Vec<(usize, &'a ResultItem)>,
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
#[derive(Clone, Default)]
struct Above<'a> {
    parent: Option<usize>,
    headings: Vec<(usize, &'a ResultItem)>,
    heading: Option<(usize, &'a ResultItem)>,
    cancelled: Option<&'a ServType>,
}

/// The results of a report, those in others after them.
pub(super) fn leaves<'a>(items: &'a [ResultItem], asks: &dyn Fn(&ResultItem) -> bool) -> Vec<Leaf<'a>> {
    let mut walk = Walk { leaves: Vec::new(), headings: 0, asks };
    for item in items {
        walk.take(item, &Above::default());
    }
    walk.leaves
}

struct Walk<'a, 'f> {
    leaves: Vec<Leaf<'a>>,
    headings: usize,
    asks: &'f dyn Fn(&ResultItem) -> bool,
}

impl<'a> Walk<'a, '_> {
    fn take(&mut self, item: &'a ResultItem, above: &Above<'a>) {
        let own = item.serv_type.as_ref();
        let cancelled = above.cancelled.or(is_cancelled(item).then_some(&CANCELLED));
        if is_heading(item) {
            self.headings += 1;
            let heading = (!said::result(item).is_empty()).then_some((self.headings, item)).or(above.heading);
            let headings = above.headings.iter().copied().chain([(self.headings, item)]).collect();
            let above = Above { parent: above.parent, headings, heading, cancelled };
            item.items.iter().for_each(|below| self.take(below, &above));
            return;
        }
        let at = self.leaves.len();
        let own_result = said::result(item);
        let shared = above.heading.filter(|_| own_result.is_empty());
        let result = shared.map_or(own_result, |(_, heading)| said::result(heading));
        let (details, results): (Vec<_>, Vec<_>) = item.items.iter().partition(|below| self.is_detail(below));
        self.leaves.push(Leaf {
            base: base(item),
            item,
            parent: above.parent,
            shares: shared.map(|(no, _)| no),
            above: above.headings.clone(),
            heading: above.heading.map(|(_, heading)| heading),
            result,
            details: details.into_iter().flat_map(standing).collect(),
            serv_type: cancelled.or(own),
            day: None,
        });
        let above = Above { parent: Some(at), headings: above.headings.clone(), heading: None, cancelled };
        for below in results {
            self.take(below, &above);
        }
    }

    /// A detail has no code of its own, is called nothing but a detail, and nothing in it asks for a person; and so
    /// has all that is in it.
    fn is_detail(&self, item: &ResultItem) -> bool {
        whole(item).iter().all(|item| {
            let is_plain = |code: &Coded| code.value.is_empty() || said::is_of(code, "8212");
            let is_named = |code: &Coded| {
                let name = code.shown().trim_end_matches(':').trim().to_lowercase();
                name.is_empty() || DETAILS.contains(&name.as_str())
            };
            let is_uncoded = item.codes.iter().all(|code| is_plain(code) && is_named(code));
            is_uncoded && item.refers_to.is_empty() && !(self.asks)(item)
        })
    }
}

/// The item's own id; else its code, with what it hangs on.
fn base(item: &ResultItem) -> String {
    if !item.id.is_empty() {
        return item.id.clone();
    }
    let code = item.codes.first().map(|code| code.key()).unwrap_or_default();
    format!("{}#{code}", item.refers_to)
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

/// An item and all in it, without what is cancelled and what stands in that.
fn standing(item: &ResultItem) -> Vec<&ResultItem> {
    if is_cancelled(item) {
        return Vec::new();
    }
    std::iter::once(item).chain(item.items.iter().flat_map(standing)).collect()
}

fn is_cancelled(item: &ResultItem) -> bool {
    item.serv_type == Some(ServType::Cancelled) || item.status == DELETED
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
