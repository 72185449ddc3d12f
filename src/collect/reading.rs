//! What a result says, by whole words and never by a part of one.
//!
//! The words are code list 8340 (Volven, OID 2.16.578.1.12.4.1.1.8340) and the job's own, which go first. A text
//! that no list has is unread: numbers, sentences, «Se kommentar». Leaves out what the readings together mean for
//! the person (`status`).

use super::tb_source::{Judged, ResultRow};
use crate::inventory::Reading;
use crate::job::Words;
use crate::tables::result_words::{self, Meaning};
use crate::tables::tb_codes::{Classified, CodesOn, TbClass};

/// What a culture that names one of these has found: the species of the M. tuberculosis complex, each in full.
const MICROBES: [&str; 9] = [
    "mycobacterium tuberculosis",
    "mycobacterium tuberculosis kompleks",
    "mycobacterium tuberculosis-kompleks",
    "mycobacterium tuberculosis complex",
    "m. tuberculosis",
    "m. tuberculosis kompleks",
    "mycobacterium bovis",
    "mycobacterium africanum",
    "mycobacterium canettii",
];

/// What follows «ikke» or «ingen» where a finding is denied.
const DENIED: [&str; 9] =
    ["påvist", "funnet", "funn", "vekst", "oppvekst", "verifisert", "bekreftet", "isolert", "identifisert"];

/// Words that say that a finding is not sure.
const UNSURE: [&str; 11] = [
    "usikker",
    "usikkert",
    "mulig",
    "mistanke",
    "forurenset",
    "forurensning",
    "kontaminert",
    "kontaminasjon",
    "inkonklusiv",
    "gråsone",
    "grenseverdi",
];

/// What one row's text says, and whether a positive one may mean active disease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Read {
    /// What it says.
    pub reading: Reading,
    /// Microscopy, culture or PCR.
    pub active_disease_test: bool,
}

/// What a report says beside an answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// Beside a culture's, in it and by what hangs on it.
    pub said: &'a [String],
    /// Over it and others something is said that nobody has read.
    pub headed: bool,
    /// Its laboratory calls it a deviation: a plain negative answer is none (code list 8244).
    pub deviates: bool,
}

impl<'a> Beside<'a> {
    /// What is said beside a row's.
    pub fn of(row: &'a ResultRow) -> Self {
        Beside { said: &row.beside, headed: row.headed, deviates: row.deviates }
    }

    /// An answer beside which something is unread is not negative by its code alone, nor one that needs no reading.
    fn temper(self, read: Read) -> Read {
        match read.reading {
            Reading::Negative | Reading::Shown if self.headed => Read { reading: Reading::Unread, ..read },
            Reading::Negative if self.deviates => Read { reading: Reading::Unread, ..read },
            Reading::Positive
            | Reading::Negative
            | Reading::Inconclusive
            | Reading::Unread
            | Reading::Shown
            | Reading::Unanswered => read,
        }
    }
}

/// Reads a row. In a results file every row is TB and the code decides only whether the text is interpreted; a
/// code that the table does not know on the row's day is read by nobody but a person. Of a report's items the
/// judgement stands.
pub fn read_row(
    codes: CodesOn<'_>,
    words: &Words,
    judged: Judged,
    code: (&str, &str, &str),
    result: &str,
    beside: Beside<'_>,
) -> Read {
    let unread = Read { reading: Reading::Unread, active_disease_test: false };
    match judged {
        Judged::AsFiled => of_class(codes.classify(code.0, code.1, code.2), words, result),
        Judged::Tb(class) => beside.temper(of_item(class, words, result, beside.said)),
        // Nobody has said what the test is, so nobody says what its answer means.
        Judged::ToJudge | Judged::NotTb => unread,
    }
}

/// Reads an item of a report, where a culture answers with the microbe it found. A results file has no such form:
/// there only code list 8340 and the job's words are read. Where anything beside the name takes it back or doubts it,
/// the answer is neither positive nor negative: a person reads it.
fn of_item(class: TbClass, words: &Words, result: &str, beside: &[String]) -> Read {
    let read = of_class(Classified::Tb(class), words, result);
    let found = class == TbClass::Culture && read.reading == Reading::Unread && is_microbe(result);
    let is_doubted = || beside.iter().any(|text| doubts(text, words));
    if found && !is_doubted() { Read { reading: Reading::Positive, ..read } } else { read }
}

fn of_class(class: Classified, words: &Words, result: &str) -> Read {
    let unless_empty = |reading| if result.trim().is_empty() { Reading::Unanswered } else { reading };
    match class {
        Classified::NoCode => Read { reading: read(result, words), active_disease_test: false },
        Classified::Tb(class) if class.is_read() => {
            Read { reading: read(result, words), active_disease_test: class.may_mean_active_disease() }
        }
        Classified::Tb(TbClass::IgraAntigen | TbClass::IgraControl | TbClass::Susceptibility) => {
            Read { reading: unless_empty(Reading::Shown), active_disease_test: false }
        }
        Classified::Tb(_) | Classified::NotTb | Classified::ToJudge => {
            Read { reading: unless_empty(Reading::Unread), active_disease_test: false }
        }
    }
}

/// Whether a text beside a finding takes it back or makes it unsure. It can only take an answer away, and so it looks
/// wider than [`read`]: a word of the lists alone in its clause, a clause that begins with «ikke» or «ingen», a denied
/// finding anywhere, a word of doubt anywhere.
fn doubts(text: &str, words: &Words) -> bool {
    let text = text.to_lowercase();
    text.split(['.', ',', ';', ':', '(', ')', '\n']).chain([text.as_str()]).any(|clause| {
        let takes_back = matches!(read(clause, words), Reading::Negative | Reading::Inconclusive);
        let said: Vec<&str> =
            clause.split(|c: char| !c.is_alphanumeric()).filter(|it| !it.is_empty()).collect();
        let denies = |word: &str| ["ikke", "ikkje", "ingen", "inga"].contains(&word);
        let begins = said.first().is_some_and(|word| denies(word) || word.starts_with("negativ"));
        let denied = |pair: &[&str]| matches!(pair, [no, what] if denies(no) && DENIED.contains(what));
        takes_back || begins || said.windows(2).any(denied) || said.iter().any(|word| UNSURE.contains(word))
    })
}

fn is_microbe(text: &str) -> bool {
    MICROBES.contains(&text.trim().to_lowercase().as_str())
}

/// Reads a result text: exact, any case, spaces around it ignored. The job's own words go first.
pub fn read(text: &str, words: &Words) -> Reading {
    let text = result_words::plain(text);
    if text.is_empty() {
        return Reading::Unanswered;
    }
    let own = |list: &[String]| list.iter().any(|word| result_words::plain(word) == text);
    let meaning = if own(&words.positive) {
        Some(Meaning::Positive)
    } else if own(&words.inconclusive) {
        Some(Meaning::Inconclusive)
    } else if own(&words.negative) {
        Some(Meaning::Negative)
    } else {
        result_words::of_list(&text)
    };
    match meaning {
        Some(Meaning::Positive) => Reading::Positive,
        Some(Meaning::Inconclusive) => Reading::Inconclusive,
        Some(Meaning::Negative) => Reading::Negative,
        None => Reading::Unread,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::tb_codes::TbCodes;

    #[test]
    fn a_value_is_read_by_exact_match_only() {
        let rows = [
            ("Positiv", Reading::Positive),
            ("  POSITIV ", Reading::Positive),
            ("T001", Reading::Positive),
            ("PÅVIST", Reading::Positive),
            ("Svakt positiv", Reading::Positive),
            ("Reaktiv", Reading::Positive),
            ("Negativ", Reading::Negative),
            ("ikke påvist", Reading::Negative),
            ("t008", Reading::Negative),
            ("Gråsone", Reading::Inconclusive),
            ("Grenseverdi", Reading::Inconclusive),
            ("T009", Reading::Inconclusive),
            ("Se kommentar", Reading::Unread),
            ("T010", Reading::Unread),
            ("Ikke positiv", Reading::Unread),
            ("Positiv kontroll", Reading::Unread),
            ("Negativ.", Reading::Unread),
            ("Ikke-reaktiv", Reading::Unread),
            ("0,35", Reading::Unread),
            ("8", Reading::Unread),
            ("", Reading::Unanswered),
            ("  ", Reading::Unanswered),
        ];
        for (text, expected) in rows {
            assert_eq!(read(text, &Words::default()), expected, "{text}");
        }
    }

    #[test]
    fn a_culture_that_names_the_microbe_has_found_it() {
        let rows = [
            (TbClass::Culture, "Mycobacterium tuberculosis", Reading::Positive),
            (TbClass::Culture, "MYCOBACTERIUM BOVIS ", Reading::Positive),
            (TbClass::Culture, "Mycobacterium avium", Reading::Unread),
            (TbClass::Culture, "Ikke Mycobacterium tuberculosis", Reading::Unread),
            (TbClass::Pcr, "Mycobacterium tuberculosis", Reading::Unread),
        ];
        let words = Words::default();
        for (class, text, expected) in rows {
            let code = ("", "", "");
            let read = read_row(
                TbCodes::embedded().on(None),
                &words,
                Judged::Tb(class),
                code,
                text,
                Beside::default(),
            );
            assert_eq!(read.reading, expected, "{} {text}", class.code());
        }
        let own = Words { negative: vec!["Mycobacterium bovis".to_owned()], ..Words::default() };
        let judged = Judged::Tb(TbClass::Culture);
        let read = read_row(
            TbCodes::embedded().on(None),
            &own,
            judged,
            ("", "", ""),
            "Mycobacterium bovis",
            Beside::default(),
        );
        assert_eq!(read.reading, Reading::Negative, "the job's own words go first");
    }

    #[test]
    fn a_microbe_in_a_results_file_is_for_a_person_to_read() {
        let code = ("NLK", "NPU12360", "Us-Mykobakterier dyrkning");
        let text = "Mycobacterium tuberculosis";
        let read = read_row(
            TbCodes::embedded().on(None),
            &Words::default(),
            Judged::AsFiled,
            code,
            text,
            Beside::default(),
        );
        assert_eq!(read.reading, Reading::Unread);
    }

    #[test]
    fn the_jobs_own_words_go_first() {
        let words = Words {
            positive: vec!["Vekst".to_owned(), "grenseverdi".to_owned()],
            negative: vec!["Ingen vekst".to_owned()],
            inconclusive: vec!["Usikker".to_owned()],
        };
        let rows = [
            ("vekst", Reading::Positive),
            ("INGEN VEKST", Reading::Negative),
            ("usikker", Reading::Inconclusive),
            ("Grenseverdi", Reading::Positive),
            ("Negativ", Reading::Negative),
            ("Rik vekst", Reading::Unread),
        ];
        for (text, expected) in rows {
            assert_eq!(read(text, &words), expected, "{text}");
        }
    }

    #[test]
    fn only_certain_classes_and_rows_without_a_code_are_read() {
        let rows = [
            ("NLK", "NPU29230", "Positiv", Reading::Positive, false, "IGRA conclusion"),
            ("NLK", "NPU12366", "Positiv", Reading::Positive, true, "microscopy"),
            ("NLK", "NPU12360", "Positiv", Reading::Positive, true, "culture"),
            ("NLK", "NPU54589", "Ikke påvist", Reading::Negative, true, "PCR"),
            ("NLK", "NPU60243", "Positiv", Reading::Shown, false, "a control is shown"),
            ("NLK", "NPU60263", "0,35", Reading::Shown, false, "a raw antigen value is shown"),
            ("NLK", "NPU06032", "Resistent", Reading::Shown, false, "susceptibility is shown"),
            ("NLK", "NPU60243", "", Reading::Unanswered, false, "a control without an answer"),
            ("", "", "Positiv", Reading::Positive, false, "a row without a code"),
            ("local", "RTG-1", "Negativ", Reading::Unread, false, "a code nobody has mapped"),
            ("NLK", "NPU99999", "Negativ", Reading::Unread, false, "a code not on the TB list"),
        ];
        for (system, code, text, reading, active_disease_test, why) in rows {
            let code = (system, code, "prøve");
            let read = read_row(
                TbCodes::embedded().on(None),
                &Words::default(),
                Judged::AsFiled,
                code,
                text,
                Beside::default(),
            );
            assert_eq!(read, Read { reading, active_disease_test }, "{why}");
        }
    }
}
