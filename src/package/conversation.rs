//! What a message says of the others of its conversation: which part it is, where the other documents are.
//!
//! A record too large for one message goes as several, and each must be readable on its own (HIS 1077:2017 asks for
//! one theme through a conversation, so that the part stands in the note, at its top). Leaves out how the parts are
//! cut (`preflight`).

use super::line::one_line;
use super::parcel::Order;
use super::wording::date;
use crate::inventory::{Document, ranges};
use crate::lang::Lang;

/// Which message of its conversation, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which.
    pub(super) no: u32,
    /// Of how many.
    pub(super) of: u32,
}

impl Part {
    /// The only one there is.
    pub(super) const WHOLE: Part = Part { no: 1, of: 1 };
}

/// The title of a note, with the part where there are several: it is the first thing a reader must see.
pub(super) fn title(theme: &str, part: Part) -> String {
    let theme = theme.to_uppercase();
    if part.of > 1 { format!("{theme} – DEL {} AV {}", part.no, part.of) } else { theme }
}

/// The sentences with which a journal's note begins.
pub(super) fn opening(order: &Order<'_>, part: Part) -> String {
    let lang = order.lang();
    let again = !earlier(order).is_empty();
    let (of, no) = (part.of, part.no);
    let several = lang.letter("meldinger", "meldingar");
    let this = format!("{of} {several}. Dette er del {no} av {of}.");
    match (again, of > 1) {
        (false, false) => lang
            .letter("Pasientens journal hos oss følger vedlagt.", "Pasientjournalen hos oss følgjer vedlagd.")
            .to_owned(),
        (false, true) => {
            let why = lang.letter(
                "Pasientens journal hos oss er for stor for én melding og kommer i",
                "Pasientjournalen hos oss er for stor for éi melding og kjem i",
            );
            format!("{why} {this}")
        }
        (true, false) => rest(lang).to_owned(),
        (true, true) => {
            let why = lang.letter(
                "De er for store for én melding og kommer i",
                "Dei er for store for éi melding og kjem i",
            );
            format!("{}\n{why} {this}", rest(lang))
        }
    }
}

/// That some of the journal has been received.
fn rest(lang: Lang) -> &'static str {
    lang.letter(
        "Her følger de dokumentene fra pasientens journal som vi ikke har fått bekreftet at dere har mottatt.",
        "Her følgjer dei dokumenta frå pasientjournalen som vi ikkje har fått stadfesta at de har motteke.",
    )
}

/// The documents that this message holds, by name; none where it holds none.
pub(super) fn enclosed(order: &Order<'_>, part: Part, documents: &[u32]) -> Option<String> {
    let lang = order.lang();
    let all = &order.cleared.inventory().documents;
    let held: Vec<&Document> = all.iter().filter(|document| documents.contains(&document.no)).collect();
    match (held.len(), part.of) {
        (0, _) => None,
        (_, 1) => Some(listed(lang, held.into_iter())),
        (count, _) => {
            let what = lang.letter("Vedlagt denne meldingen er", "Vedlagt denne meldinga er");
            let noun = lang.letter("dokumenter", "dokument");
            Some(format!("{what} {count} av {} {noun}:\n{}", all.len(), names(held.into_iter())))
        }
    }
}

/// The list of documents that are enclosed.
pub(super) fn listed<'a>(lang: Lang, documents: impl ExactSizeIterator<Item = &'a Document>) -> String {
    let count = documents.len();
    let noun = if count == 1 { "dokument" } else { lang.letter("dokumenter", "dokument") };
    format!("Vedlagt er {count} {noun}:\n{}", names(documents))
}

/// Each document by its number, with title, type and date.
fn names<'a>(documents: impl Iterator<Item = &'a Document>) -> String {
    let lines = documents.map(|document| format!("  {}. {}", document.no, named(document)));
    lines.collect::<Vec<_>>().join("\n")
}

/// A document by its title, type and date.
pub(super) fn named(document: &Document) -> String {
    let facts = [Some(one_line(&document.title)), Some(one_line(&document.kind)), document.date.map(date)];
    let facts: Vec<String> = facts.into_iter().flatten().filter(|fact| !fact.is_empty()).collect();
    facts.join(", ")
}

/// Where the documents are that this message does not hold; none when it holds them all.
pub(super) fn elsewhere(order: &Order<'_>, part: Part) -> Option<String> {
    let lang = order.lang();
    let others = (1..).zip(order.cleared.messages()).filter(|(no, _)| *no != part.no);
    let mut lines: Vec<String> = others
        .map(|(no, documents)| format!("  Del {no} av {}: {}", part.of, numbered(lang, documents)))
        .collect();
    let before = earlier(order);
    if !before.is_empty() {
        let heading = lang.letter("Mottak bekreftet tidligere", "Mottak stadfesta tidlegare");
        lines.push(format!("  {heading}: {}", numbered(lang, &before)));
    }
    let heading = match order.cleared.inventory().tb {
        Some(_) => lang.letter("De andre dokumentene:", "Dei andre dokumenta:"),
        None => "Resten av journalen:",
    };
    (!lines.is_empty()).then(|| format!("{heading}\n{}", lines.join("\n")))
}

/// The numbers of the documents that are in no message of this revision: the receiver has them.
fn earlier(order: &Order<'_>) -> Vec<u32> {
    let sent = |no: &u32| order.cleared.messages().iter().any(|documents| documents.contains(no));
    let all = order.cleared.inventory().documents.iter().map(|document| document.no);
    all.filter(|no| !sent(no)).collect()
}

/// Documents by their numbers: «dokumentene 1–3, 7».
fn numbered(lang: Lang, numbers: &[u32]) -> String {
    match numbers {
        [] => lang.letter("ingen dokumenter", "ingen dokument").to_owned(),
        [only] => format!("dokument {only}"),
        several => format!("{} {}", lang.letter("dokumentene", "dokumenta"), ranges(several)),
    }
}
