//! The words of code list 8340 and what they say: the only answers read without a job's own words.
//!
//! Whole words in any case, spaces around them ignored; nothing is read by a part of a word, and no other spelling is
//! guessed. T010 «Se kommentar» is no answer by itself. Source: Volven, OID 2.16.578.1.12.4.1.1.8340.

/// What a word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Something was found.
    Positive,
    /// It cannot be told.
    Inconclusive,
    /// Nothing was found.
    Negative,
}

impl Meaning {
    /// The name of its list in a job.
    pub fn code(self) -> &'static str {
        match self {
            Meaning::Positive => "positive",
            Meaning::Inconclusive => "inconclusive",
            Meaning::Negative => "negative",
        }
    }
}

/// T001, T002, T003 and T006.
const POSITIVE: [&str; 8] = ["t001", "påvist", "t002", "positiv", "t003", "svakt positiv", "t006", "reaktiv"];
/// T004, T005 and T009.
const INCONCLUSIVE: [&str; 6] = ["t004", "grenseverdi", "t005", "gråsone", "t009", "inkonklusiv"];
/// T007 and T008.
const NEGATIVE: [&str; 4] = ["t007", "ikke påvist", "t008", "negativ"];

/// A text in the form in which words are compared, a job's own too.
pub fn plain(text: &str) -> String {
    text.trim().to_lowercase()
}

/// What the code list says of a text; none where the list does not have it.
pub fn of_list(text: &str) -> Option<Meaning> {
    let text = plain(text);
    let lists: [(Meaning, &[&str]); 3] = [
        (Meaning::Positive, &POSITIVE),
        (Meaning::Inconclusive, &INCONCLUSIVE),
        (Meaning::Negative, &NEGATIVE),
    ];
    lists.into_iter().find(|(_, words)| words.contains(&text.as_str())).map(|(meaning, _)| meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_spelling_is_guessed() {
        let rows = [
            ("Påvist", Some(Meaning::Positive)),
            (" IKKE PÅVIST ", Some(Meaning::Negative)),
            ("Gråsone", Some(Meaning::Inconclusive)),
            ("Positive", None),
            ("Negative", None),
            ("Ikkje påvist", None),
            ("Ikke  påvist", None),
            ("Ikke-påvist", None),
            ("Neg", None),
            ("Pos.", None),
            ("Indeterminate", None),
            ("Not detected", None),
        ];
        for (text, expected) in rows {
            assert_eq!(of_list(text), expected, "{text}");
        }
    }
}
