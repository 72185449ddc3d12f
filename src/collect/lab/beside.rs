//! What is said beside the answer of a culture: in its comments, over it, in what stands in it, and in what hangs on
//! it.
//!
//! A culture answers with the name of what it found, and a remark beside it may take that back («Ikke påvist»). Only
//! the texts are gathered; what they do to the answer is `reading`'s. Susceptibility and resistance are left out:
//! their «ikke påvist» is of a drug, and takes no microbe back.

use std::collections::{BTreeMap, BTreeSet};

use super::leaf::Leaf;
use super::said;
use crate::collect::tb_source::Judged;
use crate::message::lab_report::ResultItem;
use crate::tables::tb_codes::TbClass;

/// One result as far as it may say something of another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// Its comments, everything in its details, and what its headings say.
    pub(super) remarks: BTreeSet<String>,
    /// What it answers; empty where that is of a drug.
    answer: BTreeSet<String>,
    /// The key of the result it stands in, if in one.
    pub(super) inside: Option<String>,
    /// The id of the item it hangs on, or empty.
    refers_to: String,
    /// Its own id, or empty.
    id: String,
}

impl Words {
    /// `over` is what its headings say, `inside` the key of what the result stands in.
    pub(super) fn of(leaf: &Leaf<'_>, judged: Judged, over: &[String], inside: Option<String>) -> Self {
        let is_of_drug = matches!(judged, Judged::Tb(TbClass::Susceptibility | TbClass::Resistance))
            || said::is_resistance(leaf.item);
        let values = |item: &ResultItem| -> Vec<String> {
            let texts = item.comments.iter().cloned();
            texts.chain(item.values.iter().flat_map(said::parts)).collect()
        };
        let details = leaf.details.iter().flat_map(|detail| values(detail));
        let remarks = leaf.item.comments.iter().cloned().chain(details).chain(over.iter().cloned());
        let answer: Vec<String> =
            if is_of_drug { Vec::new() } else { leaf.item.values.iter().flat_map(said::parts).collect() };
        Words {
            remarks: if is_of_drug { BTreeSet::new() } else { remarks.collect() },
            answer: answer.into_iter().collect(),
            inside,
            refers_to: leaf.item.refers_to.clone(),
            id: leaf.item.id.clone(),
        }
    }
}

/// Of each result, by its key, everything that is said beside its answer.
pub(super) fn gathered(words: &BTreeMap<&str, &Words>) -> BTreeMap<String, Vec<String>> {
    let mut by_id: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, own) in words.iter().filter(|(_, own)| !own.id.is_empty()) {
        by_id.entry(&own.id).or_default().push(key);
    }
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (key, own) in words.iter().filter(|(_, own)| !own.remarks.is_empty() || !own.answer.is_empty()) {
        out.entry((*key).to_owned()).or_default().extend(own.remarks.iter().cloned());
        for above in above(key, words, &by_id) {
            let said = own.remarks.iter().chain(&own.answer);
            out.entry(above.to_owned()).or_default().extend(said.cloned());
        }
    }
    out.into_iter().map(|(key, texts)| (key, texts.into_iter().collect())).collect()
}

/// How many results one may stand in or hang on before nobody follows further; none that we know of has ten.
const FARTHEST: usize = 100;

/// Every result that one stands in or hangs on, however far; a circle of references ends where it began.
fn above<'a>(
    key: &str,
    words: &'a BTreeMap<&str, &Words>,
    by_id: &BTreeMap<&'a str, Vec<&'a str>>,
) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&str> = BTreeSet::new();
    let mut waiting: Vec<&Words> = words.get(key).copied().into_iter().collect();
    while let Some(own) = waiting.pop().filter(|_| found.len() < FARTHEST) {
        let inside = own.inside.as_deref().and_then(|key| words.get_key_value(key)).map(|(key, _)| *key);
        let hung = by_id.get(own.refers_to.as_str()).into_iter().flatten().copied();
        for above in inside.into_iter().chain(hung) {
            if found.insert(above) {
                waiting.extend(words.get(above));
            }
        }
    }
    found.remove(key);
    found
}
