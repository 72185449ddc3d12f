//! What lies on a page beside its contents: stamps, notes, drawings and filled-in fields, as they look.
//!
//! A filled-in form has its answers here and not in its contents, so what is seen on a screen is drawn on paper too,
//! also where only the screen was asked for. Actions, scripts and links are not looks, and stay behind. A note that is not
//! drawn by the document itself, but left to the viewer, the words of a sticky note and an attached file would be lost: they
//! are told of.

use super::file::File;
use super::layers::Layers;
use super::object::{Dict, Object, Ref};
use super::pages::{Page, rectangle};

/// A note as it looks.
pub(super) struct Look {
    /// The drawing.
    pub(super) form: Ref,
    /// What moves the drawing to its place.
    pub(super) matrix: [f64; 6],
}

/// What lies on a page.
#[derive(Default)]
pub(super) struct Notes {
    /// What is drawn, lowest first.
    pub(super) looks: Vec<Look>,
    /// Something is there that only a viewer can draw.
    pub(super) undrawn: bool,
}

/// Kinds that a viewer draws when the document does not.
const DRAWN: [&[u8]; 14] = [
    b"FreeText",
    b"Line",
    b"Square",
    b"Circle",
    b"Polygon",
    b"PolyLine",
    b"Highlight",
    b"Underline",
    b"Squiggly",
    b"StrikeOut",
    b"Stamp",
    b"Caret",
    b"Ink",
    b"Redact",
];
/// More than this are no notes.
const MOST_NOTES: usize = 10_000;
/// How far up a field's value is looked for.
const MOST_PARENTS: usize = 16;
const HIDDEN: i64 = 1 << 1;
const PRINT: i64 = 1 << 2;
const NO_VIEW: i64 = 1 << 5;

/// The notes of a page. One that is named and not there was taken away by somebody who left the name standing, as many
/// programs do; so is a list of them.
pub(super) fn notes(file: &File<'_>, page: &Page, layers: &Layers) -> Notes {
    let mut notes = Notes::default();
    let list = page.own(b"Annots").and_then(|found| file.resolve(found));
    for item in list.as_ref().and_then(Object::as_array).unwrap_or_default().iter().take(MOST_NOTES) {
        let found = file.resolve(item);
        let Some(note) = found.as_ref().and_then(Object::as_dict) else { continue };
        if !is_seen(file, note, layers) {
            continue;
        }
        let kind = file.entry(note, b"Subtype");
        notes.undrawn |=
            is_kept_inside(file, note, kind.as_ref().and_then(Object::as_name).unwrap_or_default());
        match look(file, note) {
            Drawing::Look(look) => notes.looks.push(look),
            Drawing::Blank => {}
            Drawing::Undrawn => notes.undrawn |= says_something(file, note),
        }
    }
    notes
}

fn is_seen(file: &File<'_>, note: &Dict, layers: &Layers) -> bool {
    let flags = file.entry(note, b"F").and_then(|flags| flags.as_int()).unwrap_or(0);
    let on_paper_or_screen = flags & PRINT != 0 || flags & NO_VIEW == 0;
    let is_covered = note.get(b"OC").is_some_and(|entry| layers.hides(file, entry));
    flags & HIDDEN == 0 && on_paper_or_screen && !is_covered && !note.is(b"Subtype", b"Popup")
}

enum Drawing {
    Look(Look),
    /// Drawn, and nothing is seen.
    Blank,
    Undrawn,
}

fn look(file: &File<'_>, note: &Dict) -> Drawing {
    let Some(form) = normal_look(file, note) else { return Drawing::Undrawn };
    let Some(form) = form else { return Drawing::Blank };
    let placed = || {
        let place = rectangle(file, note.get(b"Rect")?)?;
        let drawing = file.get(form)?;
        let matrix = placed(file, drawing.as_dict()?, place)?;
        Some(Look { form, matrix })
    };
    placed().map_or(Drawing::Blank, Drawing::Look)
}

/// The drawing of a note's usual state: none where the document has none, and none inside where that state is blank.
fn normal_look(file: &File<'_>, note: &Dict) -> Option<Option<Ref>> {
    let looks = file.entry(note, b"AP")?;
    let normal = looks.as_dict()?.get(b"N")?;
    match file.resolve(normal)? {
        Object::Stream(..) => Some(normal.as_ref()),
        Object::Dict(states) => {
            let state = file.entry(note, b"AS")?;
            let drawing = state.as_name().and_then(|state| states.get(state)).and_then(Object::as_ref);
            Some(drawing)
        }
        _neither => None,
    }
}

/// What moves a drawing onto a place (ISO 32000-1, algorithm 8.1): its box, turned as it says, fills the place.
fn placed(file: &File<'_>, form: &Dict, place: [f64; 4]) -> Option<[f64; 6]> {
    let [left, bottom, right, top] = rectangle(file, form.get(b"BBox")?)?;
    let [a, b, c, d, e, f] = matrix(file, form);
    let corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
        .map(|(x, y)| (a * x + c * y + e, b * x + d * y + f));
    let low = corners.iter().fold((f64::MAX, f64::MAX), |low, at| (low.0.min(at.0), low.1.min(at.1)));
    let high = corners.iter().fold((f64::MIN, f64::MIN), |high, at| (high.0.max(at.0), high.1.max(at.1)));
    let (width, height) = (high.0 - low.0, high.1 - low.1);
    if width <= 0.0 || height <= 0.0 {
        return None;
    }
    let (across, up) = ((place[2] - place[0]) / width, (place[3] - place[1]) / height);
    Some([across, 0.0, 0.0, up, place[0] - low.0 * across, place[1] - low.1 * up])
}

fn matrix(file: &File<'_>, form: &Dict) -> [f64; 6] {
    let read = || {
        let found = file.entry(form, b"Matrix")?;
        let numbers: Option<Vec<f64>> =
            found.as_array()?.iter().map(|item| file.resolve(item)?.as_f64()).collect();
        numbers?.try_into().ok()
    };
    read().unwrap_or([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
}

/// Whether something would be lost with a note that is not drawn.
fn says_something(file: &File<'_>, note: &Dict) -> bool {
    let kind = file.entry(note, b"Subtype");
    let kind = kind.as_ref().and_then(Object::as_name).unwrap_or_default();
    let has_place = note.get(b"Rect").is_some_and(|place| rectangle(file, place).is_some());
    has_place && (DRAWN.contains(&kind) || kind == b"Widget" && is_filled_in(file, note))
}

/// Whether it holds something that stands on no page: the words of a sticky note, an attached file.
fn is_kept_inside(file: &File<'_>, note: &Dict, kind: &[u8]) -> bool {
    let says = || {
        let words = file.entry(note, b"Contents")?;
        Some(words.as_text()?.iter().any(|byte| !matches!(byte, 0 | b' ' | b'\r' | b'\n' | 0xfe | 0xff)))
    };
    match kind {
        b"Text" => says() == Some(true),
        b"FileAttachment" => true,
        _other => false,
    }
}

/// Whether a field has a value; a signature that is not drawn is not meant to be seen.
fn is_filled_in(file: &File<'_>, note: &Dict) -> bool {
    let (mut field, mut kind, mut value) = (Some(note.clone()), None, None);
    for _ in 0..MOST_PARENTS {
        let Some(dict) = field else { break };
        kind = kind.or_else(|| file.entry(&dict, b"FT"));
        value = value.or_else(|| file.entry(&dict, b"V"));
        field = file.entry(&dict, b"Parent").and_then(|parent| parent.as_dict().cloned());
    }
    let is_signature = kind.as_ref().and_then(Object::as_name) == Some(b"Sig");
    !is_signature
        && match value {
            None | Some(Object::Null | Object::Bool(_)) => false,
            Some(Object::Text(text)) => text.iter().any(|byte| !matches!(byte, b' ' | 0 | 0xfe | 0xff)),
            Some(Object::Name(name)) => name != b"Off",
            Some(Object::Array(items)) => !items.is_empty(),
            Some(Object::Number(_) | Object::Dict(_) | Object::Stream(..) | Object::Ref(_)) => true,
        }
}
