//! Which earlier result an item of a report is a version of, where no id of its own says so.
//!
//! An item without an id, or with one that stands twice in its message, is told by what was examined (code, name,
//! sample, what it stands in), and only when that fits one item of both messages. Else it is the one that says the
//! same, or the one that is left when all others are told. What is still not told may replace any of several: then it
//! stands beside all of them, and a person looks before anything is sent, because to guess would hide a result that
//! holds or show one that no longer does. Pure; leaves out what a version says (`story`).

use std::collections::{BTreeMap, BTreeSet};

use super::leaf::Leaf;
use super::said;
use crate::message::lab_report::ServType;

/// What tells one examination from another.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Traits {
    codes: Vec<(String, String)>,
    test: String,
    samples: Vec<String>,
    /// The id of the item it stands in.
    inside: String,
}

/// An item of the message that is read.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) traits: Traits,
    /// Its id stands in its message once.
    has_id: bool,
    kind: Kind,
    pub(super) result: String,
    pub(super) comment: String,
}

/// What an item says of its earlier versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// It has none.
    New,
    /// It was sent before, as it is.
    Repeated,
    /// There is one, and this replaces it.
    Changed,
    Unsaid,
}

/// A result as it was last told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Earlier<'a> {
    pub(super) key: &'a str,
    pub(super) traits: &'a Traits,
    pub(super) result: &'a str,
    pub(super) comment: &'a str,
    pub(super) cancelled: bool,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// A version of the result with this key.
    Of(String),
    /// A result that was not told before.
    New,
    /// Nobody can tell which of several it is a version of, if of any.
    Unclear,
}

impl Item {
    /// `once` says that no other item of the message has its id; `goes_on` that the report was sent before.
    pub(super) fn of(leaf: &Leaf<'_>, leaves: &[Leaf<'_>], once: bool, goes_on: bool) -> Self {
        let item = leaf.item;
        let inside = leaf.parent.and_then(|parent| leaves.get(parent)).map(|parent| parent.item.id.clone());
        let mut samples = item.samples.clone();
        samples.sort();
        Item {
            traits: Traits {
                codes: item.codes.iter().map(|code| (code.system.clone(), code.key().to_owned())).collect(),
                test: said::test(item),
                samples,
                inside: inside.unwrap_or_default(),
            },
            has_id: !item.id.is_empty() && once,
            kind: match leaf.serv_type {
                Some(ServType::New) if goes_on => Kind::New,
                Some(ServType::History) => Kind::Repeated,
                Some(ServType::Changed | ServType::Cancelled) => Kind::Changed,
                Some(ServType::New | ServType::Added | ServType::Replacing | ServType::Other(_)) | None => {
                    Kind::Unsaid
                }
            },
            result: leaf.result.clone(),
            comment: said::comment(item, &leaf.details),
        }
    }

    fn repeats_silently(&self) -> bool {
        self.kind == Kind::Repeated && self.result.is_empty()
    }
}

/// Names the items of one message that share an id, or a code and what they hang on, against the results that went
/// by it before. `replaces` says that the message takes back everything it does not name.
pub(super) fn names(items: &[Item], earlier: &[Earlier<'_>], replaces: bool) -> Vec<Name> {
    if let ([item], [known]) = (items, earlier)
        && item.has_id
    {
        return vec![Name::Of(known.key.to_owned())];
    }
    let (named, used) = (vec![None; items.len()], vec![false; earlier.len()]);
    let mut naming = Naming { items, earlier, named, used };
    naming.by_traits();
    naming.by_words();
    naming.by_what_is_left();
    let left = naming.left(true);
    let like: BTreeSet<&Traits> = left.iter().map(|of| earlier[*of].traits).collect();
    let rest = |item: &Item| match item.kind {
        // New by its own word, and still it may be what was told before: senders differ in what they call new.
        Kind::New if like.contains(&item.traits) && !replaces => Name::Unclear,
        Kind::New => Name::New,
        Kind::Repeated | Kind::Changed | Kind::Unsaid if !left.is_empty() && !replaces => Name::Unclear,
        Kind::Repeated | Kind::Changed | Kind::Unsaid => Name::New,
    };
    let named = items.iter().zip(&naming.named);
    named.map(|(item, of)| of.map_or_else(|| rest(item), |at| Name::Of(earlier[at].key.to_owned()))).collect()
}

struct Naming<'a> {
    items: &'a [Item],
    earlier: &'a [Earlier<'a>],
    /// Of each item the earlier one, by its place.
    named: Vec<Option<usize>>,
    /// Of each earlier one whether an item is a version of it.
    used: Vec<bool>,
}

impl<'a> Naming<'a> {
    /// Earlier results that no item is a version of yet; those that are not taken back when `live`.
    fn left(&self, live: bool) -> Vec<usize> {
        let is_left = |at: &usize| !(self.used[*at] || live && self.earlier[*at].cancelled);
        (0..self.earlier.len()).filter(is_left).collect()
    }

    fn open(&self) -> Vec<usize> {
        (0..self.items.len()).filter(|at| self.named[*at].is_none()).collect()
    }

    fn name(&mut self, at: usize, of: usize) {
        (self.named[at], self.used[of]) = (Some(of), true);
    }

    /// Earlier results that are left, by what `of` makes of them; the last first.
    fn left_by<K: Ord>(&self, of: impl Fn(&'a Earlier<'a>) -> K) -> BTreeMap<K, Vec<usize>> {
        let mut out: BTreeMap<K, Vec<usize>> = BTreeMap::new();
        for at in self.left(false).into_iter().rev() {
            out.entry(of(&self.earlier[at])).or_default().push(at);
        }
        out
    }

    /// What was examined fits one item of both messages.
    fn by_traits(&mut self) {
        let (items, known) = (self.items, self.left_by(|earlier| earlier.traits));
        let mut times: BTreeMap<&Traits, usize> = BTreeMap::new();
        items.iter().for_each(|item| *times.entry(&item.traits).or_default() += 1);
        for (at, item) in items.iter().enumerate().filter(|(_, item)| item.kind != Kind::New) {
            let once = times.get(&item.traits) == Some(&1);
            if let (Some([of]), true) = (known.get(&item.traits).map(Vec::as_slice), once) {
                self.name(at, *of);
            }
        }
    }

    /// It says what an earlier one says: of the same examination first, then of any; then without its remarks.
    fn by_words(&mut self) {
        let items = self.items;
        let mut known = self.left_by(|it| (it.traits, it.result, it.comment));
        for at in self.open() {
            let (item, key) =
                (&items[at], |it: &'a Item| (&it.traits, it.result.as_str(), it.comment.as_str()));
            if let Some(of) = known.get_mut(&key(item)).and_then(Vec::pop) {
                self.name(at, of);
            }
        }
        let mut known = self.left_by(|it| (it.result, it.comment));
        for at in self.open() {
            let key = (items[at].result.as_str(), items[at].comment.as_str());
            if let Some(of) = known.get_mut(&key).and_then(Vec::pop) {
                self.name(at, of);
            }
        }
        let mut known = self.left_by(|it| it.result);
        for at in self.open() {
            let item = &items[at];
            let found = known.get_mut(item.result.as_str()).filter(|found| found.len() == 1);
            let repeats = item.kind == Kind::Repeated && !item.result.is_empty();
            if let Some(of) = found.filter(|_| repeats).and_then(Vec::pop) {
                self.name(at, of);
            }
        }
    }

    /// One is left on either side and the item says that it changes something; or all that are left repeat in silence.
    fn by_what_is_left(&mut self) {
        let open: Vec<usize> =
            self.open().into_iter().filter(|at| self.items[*at].kind != Kind::New).collect();
        let left = self.left(true);
        let silent = open.iter().all(|at| self.items[*at].repeats_silently());
        match (open.as_slice(), left.as_slice()) {
            ([at], [of]) if silent || self.items[*at].kind == Kind::Changed => self.name(*at, *of),
            (open, left) if silent && open.len() == left.len() => {
                open.iter().zip(left).for_each(|(at, of)| self.name(*at, *of));
            }
            _ => {}
        }
    }
}
