//! The languages a text can be asked for in.
//!
//! Receivers read bokmål or nynorsk, reviewers bokmål or English. Codes and column names are the same in
//! every language and are not here.

use serde::{Deserialize, Serialize};

/// A language of letters, messages and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Bokmål.
    Nb,
    /// Nynorsk: letters and messages; reports fall back to bokmål.
    Nn,
    /// English: reports only.
    En,
}

impl Lang {
    /// Chooses between a Norwegian and an English text for a reviewer.
    pub fn pick<'a>(self, norwegian: &'a str, english: &'a str) -> &'a str {
        match self {
            Lang::Nb | Lang::Nn => norwegian,
            Lang::En => english,
        }
    }

    /// Chooses between the two written Norwegians for a receiver; English is never sent to a receiver.
    pub fn letter<'a>(self, nb: &'a str, nn: &'a str) -> &'a str {
        match self {
            Lang::Nn => nn,
            Lang::Nb | Lang::En => nb,
        }
    }
}

impl std::str::FromStr for Lang {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "nb" => Ok(Lang::Nb),
            "nn" => Ok(Lang::Nn),
            "en" => Ok(Lang::En),
            other => Err(format!("\"{other}\" is not a language; one of nb, nn, en")),
        }
    }
}
