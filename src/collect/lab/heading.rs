//! What a heading says of the results under it, beside what they answer themselves.
//!
//! Radiology writes what it saw over the coded conclusion, and a laboratory remarks on a group as a whole: whoever
//! reads a result under it must read that too. It goes with the results when everything under the heading is TB;
//! else nobody can say what of it is about them, and only that it is there is said. A name says nothing. What is one
//! is told by a closed vocabulary of fields, methods, samples and organs, where every word must be of it: «Fortetning»
//! and «Toraks» are of one form, and a finding that passes for a name is lost, while a name that passes for a finding
//! costs a look. Pure; leaves out what it does to the reading (`reading`).

use std::collections::BTreeSet;

use super::leaf::Leaf;
use super::said;
use crate::collect::tb_source::Judged;
use crate::message::lab_report::ResultItem;

/// What stands with a result whose heading says something that is kept back.
const WITHHELD: &str = "Felles tekst over flere svar er ikke tatt med; spør laboratoriet";

/// Words that names of groups are made of, lower case. None may be a finding in itself (`pleuravæske`, `resistens`),
/// or make one of what stands beside it (`i`, `med`, `funn`).
const NAMES: [&str; 79] = [
    "abdomen",
    "analyse",
    "analysar",
    "analyser",
    "antigen",
    "antistoff",
    "antistoffer",
    "av",
    "bal",
    "beskrivelse",
    "bilde",
    "bilder",
    "bildediagnostikk",
    "biokjemi",
    "blod",
    "bryst",
    "ct",
    "dna",
    "dyrking",
    "dyrkning",
    "ekspektorat",
    "eksp",
    "for",
    "gruppe",
    "hals",
    "hjerte",
    "igra",
    "immunologi",
    "klinisk",
    "kjemi",
    "konklusjon",
    "luftveier",
    "lunge",
    "lunger",
    "medisinsk",
    "mikrobiologisk",
    "mikroskopi",
    "molekylær",
    "mr",
    "mykobakterie",
    "mykobakterier",
    "naat",
    "nukleinsyre",
    "nukleinsyrer",
    "nukleinsyretest",
    "og",
    "patologi",
    "pcr",
    "plasma",
    "prøve",
    "prøver",
    "prøvar",
    "prøvesvar",
    "quantiferon",
    "radiologisk",
    "resistensbestemmelse",
    "resistenstesting",
    "resistensundersøkelse",
    "resultat",
    "resultater",
    "rg",
    "rtg",
    "røntgen",
    "screening",
    "serum",
    "skjelett",
    "sputum",
    "svar",
    "test",
    "tester",
    "thorax",
    "thoraks",
    "toraks",
    "ultralyd",
    "undersøkelse",
    "undersøkelser",
    "undersøking",
    "urin",
    "vurdering",
];

/// What further names end in: `mykobakteriologi`, `tuberkulosediagnostikk`.
const ENDINGS: [&str; 7] =
    ["logi", "skopi", "diagnostikk", "undersøkelse", "undersøkelser", "prøve", "prøver"];

/// More words than names have.
const MOST_WORDS: usize = 6;

/// What the headings over a result say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Over {
    /// What stands with the result.
    pub(super) shown: Vec<String>,
    /// Everything, what is kept back too: it may take an answer away, and is shown nowhere.
    pub(super) whole: Vec<String>,
}

/// What is said over a TB result; over any other nothing that is kept. `mixed` are the headings with anything else
/// under them.
pub(super) fn over(leaf: &Leaf<'_>, judged: Judged, mixed: &BTreeSet<usize>) -> Over {
    let mut over = Over::default();
    if !matches!(judged, Judged::Tb(_)) {
        return over;
    }
    let add = |to: &mut Vec<String>, text: String| {
        if !to.contains(&text) {
            to.push(text);
        }
    };
    for (no, heading) in &leaf.above {
        let answers = if leaf.shares == Some(*no) { Vec::new() } else { said::answers(heading) };
        let all = answers.into_iter().chain(said::remarks(heading));
        let all = all.filter(|text| *text != leaf.result && !is_name(text) && !names_test(text, heading));
        for text in all {
            let shown = if mixed.contains(no) { WITHHELD.to_owned() } else { text.clone() };
            add(&mut over.shown, shown);
            add(&mut over.whole, text);
        }
    }
    over
}

/// Whether a text says nothing but what stands under it.
fn is_name(text: &str) -> bool {
    let text = text.trim().trim_end_matches(':').to_lowercase();
    let is_plain = text.chars().all(|c| c.is_alphabetic() || c.is_whitespace() || "/-&,".contains(c));
    let words: Vec<&str> = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    // A disease of an organ ends as the field does.
    let is_field = |word: &str| ENDINGS.iter().any(|end| word.ends_with(end)) && !word.ends_with("patologi");
    is_plain && words.len() <= MOST_WORDS && words.iter().all(|word| NAMES.contains(word) || is_field(word))
}

/// Whether a text is what a test under the heading is called.
fn names_test(text: &str, heading: &ResultItem) -> bool {
    heading
        .items
        .iter()
        .any(|item| said::test(item).to_lowercase() == text.trim().to_lowercase() || names_test(text, item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_of_names_alone() {
        let names = [
            "Toraks",
            "Mykobakterier",
            "Dyrkning",
            "Mikrobiologi",
            "MIKROBIOLOGI:",
            "RG Toraks",
            "Dyrkning av mykobakterier",
            "Mikroskopi og dyrkning",
            "Medisinsk mikrobiologi / PCR",
            "Tuberkulosediagnostikk",
            "Luftveisprøver",
            "",
        ];
        for name in names {
            assert!(is_name(name), "{name}");
        }
        let prose = [
            "R: Liten fortetning i venstre apeks, kontroll anbefales",
            "Fortetning",
            "Pleuravæske",
            "Aktiv tuberkulose",
            "Tuberkulose",
            "Syrefaste staver",
            "Positiv",
            "Ingen funn",
            "Mykobakterier i ekspektorat",
            "Mykobakterier påvist",
            "Mykobakterier +",
            "Lungepatologi",
            "Iskjemi",
            "Resistens",
            "Toraks 2",
            "Toraks?",
            "Toraks. Lunger.",
            "Mycobacterium tuberculosis",
            "Prøve og prøve og prøve og prøve",
        ];
        for text in prose {
            assert!(!is_name(text), "{text}");
        }
    }
}
