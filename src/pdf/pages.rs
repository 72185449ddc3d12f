//! The pages of a file in order, each with what it inherits.
//!
//! A node or page that is named and not there is a damaged file, not a shorter document. Leaves out what the pages
//! hold (`carry`).

use std::collections::BTreeSet;
use std::rc::Rc;

use super::PdfFault;
use super::file::File;
use super::object::{Dict, Object};

/// More pages than any document sent has.
const MOST_PAGES: usize = 20_000;
/// More nodes than that many pages need.
const MOST_NODES: usize = 3 * MOST_PAGES;
/// A4, points: what a page without a size is taken for.
const A4: [f64; 4] = [0.0, 0.0, 595.276, 841.89];

/// What pages inherit from the nodes above them (ISO 32000-1, table 30).
const INHERITED: [&[u8]; 4] = [b"CropBox", b"MediaBox", b"Resources", b"Rotate"];

/// One page.
pub(super) struct Page {
    dict: Dict,
    above: Rc<Dict>,
}

/// A node to look at.
struct Node {
    object: Object,
    above: Rc<Dict>,
}

impl Page {
    /// An entry of its own, as it stands.
    pub(super) fn own(&self, key: &[u8]) -> Option<&Object> {
        self.dict.get(key)
    }

    /// An entry of its own or inherited, as it stands.
    pub(super) fn get(&self, key: &[u8]) -> Option<&Object> {
        self.dict.get(key).or_else(|| self.above.get(key))
    }

    /// Its size: left, bottom, right, top.
    pub(super) fn media_box(&self, file: &File<'_>) -> [f64; 4] {
        self.get(b"MediaBox").and_then(|found| rectangle(file, found)).unwrap_or(A4)
    }

    /// What of it is shown and printed.
    pub(super) fn crop_box(&self, file: &File<'_>) -> Option<[f64; 4]> {
        self.get(b"CropBox").and_then(|found| rectangle(file, found))
    }

    /// How it is turned, degrees clockwise.
    pub(super) fn rotation(&self, file: &File<'_>) -> i64 {
        let found =
            self.get(b"Rotate").and_then(|found| file.resolve(found)).and_then(|found| found.as_int());
        found.filter(|degrees| degrees % 90 == 0).unwrap_or(0).rem_euclid(360)
    }
}

/// Four numbers as a rectangle, its corners in order; none without an area.
pub(super) fn rectangle(file: &File<'_>, object: &Object) -> Option<[f64; 4]> {
    let found = file.resolve(object)?;
    let numbers: Option<Vec<f64>> =
        found.as_array()?.iter().map(|item| file.resolve(item).and_then(|item| item.as_f64())).collect();
    let [a, b, c, d] = numbers?.try_into().ok()?;
    let sorted = [a.min(c), b.min(d), a.max(c), b.max(d)];
    (sorted[2] > sorted[0] && sorted[3] > sorted[1]).then_some(sorted)
}

/// Every page of a file.
///
/// # Errors
/// When there is none, or too many, or one is missing.
pub(super) fn pages(file: &File<'_>) -> Result<Vec<Page>, PdfFault> {
    let catalog = file.catalog().ok_or_else(|| file.fault())?;
    let root = catalog.get(b"Pages").cloned().ok_or(PdfFault::Damaged)?;
    let (mut pages, mut seen, mut nodes) = (Vec::new(), BTreeSet::new(), 0);
    let mut open = vec![Node { object: root, above: Rc::default() }];
    while let Some(node) = open.pop() {
        nodes += 1;
        if nodes + open.len() > MOST_NODES || pages.len() >= MOST_PAGES {
            return Err(PdfFault::TooManyPages);
        }
        let found = file.resolve(&node.object).ok_or_else(|| file.fault())?;
        let dict = found.as_dict().ok_or(PdfFault::Damaged)?;
        match kids(file, dict)? {
            // A page may be shown twice, but a node that stands below itself has no end.
            Some(_) if node.object.as_ref().is_some_and(|to| !seen.insert(to)) => {
                return Err(PdfFault::Damaged);
            }
            Some(kids) => {
                let above = Rc::new(inherited(dict, &node.above));
                let below = kids.into_iter().rev().map(|object| Node { object, above: Rc::clone(&above) });
                open.extend(below);
            }
            None => pages.push(Page { dict: dict.clone(), above: node.above }),
        }
    }
    if pages.is_empty() { Err(PdfFault::NoPages) } else { Ok(pages) }
}

/// The nodes below; none of a page.
fn kids(file: &File<'_>, dict: &Dict) -> Result<Option<Vec<Object>>, PdfFault> {
    let Some(kids) = dict.get(b"Kids") else {
        return if dict.is(b"Type", b"Pages") { Ok(Some(Vec::new())) } else { Ok(None) };
    };
    match file.resolve(kids).ok_or_else(|| file.fault())? {
        Object::Array(kids) => Ok(Some(kids)),
        _no_list => Err(PdfFault::Damaged),
    }
}

fn inherited(dict: &Dict, above: &Dict) -> Dict {
    let mut out = above.clone();
    for key in INHERITED {
        if let Some(value) = dict.get(key) {
            out.set(key, value.clone());
        }
    }
    out
}
