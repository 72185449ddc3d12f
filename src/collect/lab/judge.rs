//! Which results of a report are TB: by code, and susceptibility by what it hangs on (rules § 5).
//!
//! A code decides; a name, or a microbe that is named as the answer, may ask and never decides, and where the job's own
//! table has the code its word is the last. A drug counts when
//! it hangs, by reference or by nesting, on a mycobacterial finding of the same report. What hangs on something that
//! is not in the report is for a person to judge. Pure; leaves out versions (`story`) and readings.

use std::collections::{BTreeMap, BTreeSet};

use super::leaf::Leaf;
use super::said;
use crate::collect::tb_source::Judged;
use crate::message::lab_report::{Coded, ResultItem, Value};
use crate::tables::tb_codes::{self, Classified, CodesOn, TbClass, TbCodes};

/// What a result means for the drugs that hang on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Anchor {
    /// Nothing mycobacterial.
    Other,
    /// Not known, or for a person to judge.
    Unclear,
    /// A mycobacterial finding.
    Finding,
}

/// What the results of a report are to each other, over all its messages.
#[derive(Clone, Debug, Default)]
pub(super) struct Anchors {
    by_id: BTreeMap<String, BTreeSet<Anchor>>,
    any_finding: bool,
}

impl Anchors {
    /// Takes in the results of one message.
    pub(super) fn add(&mut self, leaves: &[Leaf<'_>], codes: &TbCodes) {
        for leaf in leaves {
            let anchor = anchor(leaf.item, codes.on(leaf.day));
            self.any_finding |= anchor == Anchor::Finding;
            if !leaf.item.id.is_empty() {
                self.by_id.entry(leaf.item.id.clone()).or_default().insert(anchor);
            }
        }
    }

    /// What a result hangs on; none where it hangs on nothing.
    fn of(&self, leaf: &Leaf<'_>, leaves: &[Leaf<'_>], codes: &TbCodes) -> Option<Anchor> {
        if !leaf.item.refers_to.is_empty() {
            return Some(self.by_id.get(&leaf.item.refers_to).map_or(Anchor::Unclear, together));
        }
        let parent = leaf.parent.and_then(|parent| leaves.get(parent));
        let parent = parent.map(|parent| anchor(parent.item, codes.on(parent.day)));
        // A heading is no finding, but one that names the microbe says what stands under it is of it.
        let named = leaf.heading.filter(|heading| names_mycobacteria(heading)).map(|_| Anchor::Unclear);
        parent.max(named)
    }
}

/// What an id stands for: one that is a mycobacterium here and something else there points at nothing sure.
fn together(anchors: &BTreeSet<Anchor>) -> Anchor {
    if anchors.contains(&Anchor::Finding) && anchors.contains(&Anchor::Other) {
        return Anchor::Unclear;
    }
    anchors.last().copied().unwrap_or(Anchor::Unclear)
}

/// Judges every result of a message, in the order given.
pub(super) fn judge(leaves: &[Leaf<'_>], anchors: &Anchors, codes: &TbCodes) -> Vec<Judged> {
    let mut judged: Vec<Judged> =
        leaves.iter().map(|leaf| judge_one(leaf, anchors.of(leaf, leaves, codes), anchors, codes)).collect();
    // One description of several results cannot be split: unless all that stands under it is TB, a person reads it,
    // whether the others have an answer of their own or not.
    let mixed = mixed(leaves, &judged);
    for (leaf, judged) in leaves.iter().zip(&mut judged) {
        if matches!(judged, Judged::Tb(_)) && leaf.shares.is_some_and(|group| mixed.contains(&group)) {
            *judged = Judged::ToJudge;
        }
    }
    judged
}

/// The headings with anything under them that is not TB.
pub(super) fn mixed(leaves: &[Leaf<'_>], judged: &[Judged]) -> BTreeSet<usize> {
    let others = leaves.iter().zip(judged).filter(|(_, judged)| !matches!(judged, Judged::Tb(_)));
    others.flat_map(|(leaf, _)| leaf.above.iter().map(|(no, _)| *no)).collect()
}

fn judge_one(leaf: &Leaf<'_>, hangs_on: Option<Anchor>, anchors: &Anchors, codes: &TbCodes) -> Judged {
    let codes = codes.on(leaf.day);
    match by_code(leaf.item, codes) {
        Judged::Tb(TbClass::Susceptibility) => match hangs_on {
            Some(Anchor::Finding) => Judged::Tb(TbClass::Susceptibility),
            Some(Anchor::Unclear) => Judged::ToJudge,
            Some(Anchor::Other) => Judged::NotTb,
            // It does not say what it is of, and there is something it may be of.
            None if anchors.any_finding => Judged::ToJudge,
            None => Judged::NotTb,
        },
        // A drug that the TB list does not have, tried on a mycobacterium all the same.
        Judged::NotTb if said::is_resistance(leaf.item) && !is_known(leaf.item, codes) => match hangs_on {
            Some(Anchor::Finding) => Judged::Tb(TbClass::Susceptibility),
            Some(Anchor::Unclear | Anchor::Other) | None => Judged::NotTb,
        },
        Judged::NotTb if asks_by_answer(leaf.item, codes) => Judged::ToJudge,
        judged => judged,
    }
}

fn anchor(item: &ResultItem, codes: CodesOn<'_>) -> Anchor {
    match by_code(item, codes) {
        Judged::Tb(
            TbClass::Microscopy
            | TbClass::Culture
            | TbClass::Pcr
            | TbClass::Antigen
            | TbClass::Resistance
            | TbClass::OtherTb,
        ) => Anchor::Finding,
        Judged::NotTb if !asks_by_answer(item, codes) => Anchor::Other,
        Judged::Tb(_) | Judged::ToJudge | Judged::NotTb | Judged::AsFiled => Anchor::Unclear,
    }
}

/// What the codes of a result say together. One test often has a code of several systems: those that a table knows
/// speak for it, and if they disagree a person does.
fn by_code(item: &ResultItem, codes: CodesOn<'_>) -> Judged {
    let classes: Vec<Classified> = item
        .codes
        .iter()
        .map(|code| codes.classify(&code.system, code.key(), code.shown()))
        .filter(|class| matches!(class, Classified::Tb(_) | Classified::NotTb))
        .collect();
    let tb = |class: &Classified| match class {
        Classified::Tb(class) => Some(*class),
        Classified::NotTb | Classified::ToJudge | Classified::NoCode => None,
    };
    match classes.as_slice() {
        [Classified::Tb(first), rest @ ..] if rest.iter().all(|other| tb(other).is_some()) => {
            // What one of them reads is not left unread for the other's sake.
            Judged::Tb(classes.iter().filter_map(tb).find(|class| class.is_read()).unwrap_or(*first))
        }
        [Classified::NotTb, rest @ ..] if rest.iter().all(|other| *other == Classified::NotTb) => {
            // A code that says nothing known is not the whole word where another asks beside it.
            if is_known_not_tb(item, codes) || !any_asks(item, codes) {
                Judged::NotTb
            } else {
                Judged::ToJudge
            }
        }
        _ => Judged::ToJudge,
    }
}

/// Whether the answer asks for a person: a mycobacterium by name, under a code that the job's own table does not have.
/// A person who entered the code there has been asked.
fn asks_by_answer(item: &ResultItem, codes: CodesOn<'_>) -> bool {
    let is_own = |code: &Coded| codes.is_own(&code.system, code.key());
    names_mycobacteria(item) && !item.codes.iter().any(is_own)
}

fn is_known_not_tb(item: &ResultItem, codes: CodesOn<'_>) -> bool {
    let is = |code: &Coded| codes.classify(&code.system, code.key(), code.shown()) == Classified::NotTb;
    item.codes.iter().any(|code| codes.knows(&code.system, code.key()) && is(code))
}

/// Whether a table has a code of the item as one to judge, or one that no table has asks by its name.
fn any_asks(item: &ResultItem, codes: CodesOn<'_>) -> bool {
    item.codes
        .iter()
        .filter(|code| codes.classify(&code.system, code.key(), code.shown()) == Classified::ToJudge)
        .any(|code| codes.lists(&code.system, code.key()) || tb_codes::asks(code.shown()))
}

fn is_known(item: &ResultItem, codes: CodesOn<'_>) -> bool {
    item.codes.iter().any(|code| codes.knows(&code.system, code.key()))
}

/// Whether the answer is a mycobacterium by name, whatever the test: its first word says so, never a part of one.
pub(super) fn names_mycobacteria(item: &ResultItem) -> bool {
    item.values.iter().any(|value| match value {
        Value::Text { text, codes, .. } => {
            is_mycobacterial(text) || codes.iter().any(|code| is_mycobacterial(code.shown()))
        }
        Value::Number { .. } | Value::Interval(..) | Value::Date(_) => false,
    })
}

/// Whether something without a code of its own is more than a detail: a table knows its words, or they ask.
pub(super) fn asks(item: &ResultItem, codes: &TbCodes) -> bool {
    let asks = |code: &Coded| tb_codes::asks(code.shown()) || codes.lists(&code.system, code.key());
    names_mycobacteria(item) || item.codes.iter().any(asks)
}

fn is_mycobacterial(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let first = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let whole = ["mycobacterium", "mycobacteria", "mykobakterium", "mykobakterie", "mykobakterier"];
    whole.contains(&first) || text.starts_with("m. tuberculosis")
}
