//! What a message says of the others of its conversation: which part it is, where the other documents are.
//!
//! A record too large for one message goes as several, and each must be readable on its own (HIS 1077:2017 asks for
//! one theme through a conversation, so that the part stands in the note). Leaves out how the parts are cut
//! (`preflight`).

use super::parcel::Order;
use crate::inventory::ranges;
use crate::lang::Lang;

/// Which message of its conversation, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which.
    pub(super) no: u32,
    /// Of how many.
    pub(super) of: u32,
}

/// The sentences with which a journal's note begins.
pub(super) fn opening(order: &Order<'_>, part: Part) -> String {
    let lang = order.lang();
    let again = !earlier(order).is_empty();
    let mut sentences = vec![match again {
        false => lang.letter(
            "Pasientens journal hos oss følger vedlagt.",
            "Pasientjournalen hos oss følgjer vedlagd.",
        ),
        true => lang.letter(
            "Dette er de dokumentene i pasientens journal som dere ikke har bekreftet at dere har mottatt.",
            "Dette er dei dokumenta i pasientjournalen som de ikkje har stadfesta at de har motteke.",
        ),
    }
    .to_owned()];
    if part.of > 1 {
        let why = lang.letter(
            "De er for store for én melding og sendes i flere.",
            "Dei er for store for éi melding og blir sende i fleire.",
        );
        let which = lang.letter("Dette er del", "Dette er del");
        sentences.push(format!("{why} {which} {} av {}.", part.no, part.of));
    }
    sentences.join("\n")
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
        let heading = lang.letter("Bekreftet mottatt tidligere", "Stadfesta motteke tidlegare");
        lines.push(format!("  {heading}: {}", numbered(lang, &before)));
    }
    let heading = lang.letter("Resten av journalen:", "Resten av journalen:");
    (!lines.is_empty()).then(|| format!("{heading}\n{}", lines.join("\n")))
}

/// The numbers of the documents that are in no message of this revision: the receiver has them.
fn earlier(order: &Order<'_>) -> Vec<u32> {
    let sent = |no: &u32| order.cleared.messages().iter().any(|documents| documents.contains(no));
    let all = order.cleared.inventory().documents.iter().map(|document| document.no);
    all.filter(|no| !sent(no)).collect()
}

/// Documents by their numbers: «dokument 1–3, 7».
fn numbered(lang: Lang, numbers: &[u32]) -> String {
    let noun = if numbers.len() == 1 { "dokument" } else { lang.letter("dokumentene", "dokumenta") };
    format!("{noun} {}", ranges(numbers))
}
