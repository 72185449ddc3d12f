//! One value as typed, read as what it has to be.
//!
//! Pure: each reader takes a value and gives it as its type, or says what is wrong with it. Knows neither the
//! key nor the place; the section that holds the value (`raw`) adds those.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use toml::de::DeValue;

/// What is wrong with a value, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// What is wrong, to stand after the key.
    pub(super) what: String,
    /// What would be right.
    pub(super) hint: Option<String>,
}

impl Wrong {
    /// A complaint without a hint.
    pub(super) fn new(what: impl Into<String>) -> Self {
        Wrong { what: what.into(), hint: None }
    }

    /// A complaint with a hint.
    pub(super) fn with_hint(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Wrong { what: what.into(), hint: Some(hint.into()) }
    }

    /// Something the contract knows and this version cannot do.
    pub(super) fn not_built(name: &str, hint: &str) -> Self {
        Wrong::with_hint(format!("\"{name}\" is not built yet"), hint)
    }

    /// A value of another kind than it has to be.
    pub(super) fn kind(wanted: &str, found: &DeValue<'_>) -> Self {
        Wrong::new(format!("has to be {wanted}, not {}", kind(found)))
    }
}

/// A kind of value, as an operator would say it.
fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with decimals",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}

/// Text that is not empty, without blanks around it.
pub(super) fn text(value: &DeValue<'_>) -> Result<String, Wrong> {
    match value {
        DeValue::String(text) if text.trim().is_empty() => Err(Wrong::new("is empty")),
        DeValue::String(text) => Ok(text.trim().to_owned()),
        DeValue::Integer(number) => {
            let hint = format!("put it in quotes: \"{}\"", number.as_str());
            Err(Wrong { hint: Some(hint), ..Wrong::kind("text", value) })
        }
        other => Err(Wrong::kind("text", other)),
    }
}

/// Text that is one of our own types.
pub(super) fn parsed<T: FromStr<Err: Display>>(value: &DeValue<'_>) -> Result<T, Wrong> {
    text(value)?.parse().map_err(|error: T::Err| Wrong::new(error.to_string()))
}

/// True or false.
pub(super) fn flag(value: &DeValue<'_>) -> Result<bool, Wrong> {
    value.as_bool().ok_or_else(|| match value {
        DeValue::String(text) if matches!(&**text, "true" | "false") => {
            Wrong::with_hint("has to be true or false, not text", "leave the quotes out")
        }
        other => Wrong::kind("true or false", other),
    })
}

/// A whole number within a range.
pub(super) fn whole<T>(range: RangeInclusive<T>) -> impl Fn(&DeValue<'_>) -> Result<T, Wrong>
where
    T: TryFrom<u64> + PartialOrd + Display,
{
    move |value| {
        let DeValue::Integer(number) = value else { return Err(Wrong::kind("a whole number", value)) };
        let read = u64::from_str_radix(number.as_str(), number.radix()).ok();
        let fits = read.and_then(|read| T::try_from(read).ok()).filter(|read| range.contains(read));
        fits.ok_or_else(|| Wrong::new(format!("has to be from {} to {}", range.start(), range.end())))
    }
}

/// One of a closed list of words.
pub(super) fn one_of<T: Copy>(words: &[(&str, T)]) -> impl Fn(&DeValue<'_>) -> Result<T, Wrong> {
    move |value| {
        let written = text(value)?;
        let found = words.iter().find(|(word, _)| *word == written);
        found.map(|(_, meant)| *meant).ok_or_else(|| {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let nearest = nearest(&written, known.iter().copied());
            let hint = nearest.unwrap_or_else(|| format!("one of: {}", known.join(", ")));
            Wrong::with_hint(format!("\"{written}\" is not known"), hint)
        })
    }
}

/// A suggestion: the known word that a written one was most likely meant to be, if any is near enough.
pub(super) fn nearest<'k>(written: &str, known: impl Iterator<Item = &'k str>) -> Option<String> {
    let written = written.to_lowercase();
    // One slip of the finger is near, however short the word; the score alone would lose `cvs` for `csv`.
    let slip = |word: &str| strsim::damerau_levenshtein(&written, word) <= 1;
    let near = |word: &str| if slip(word) { 1.0 } else { strsim::jaro_winkler(&written, word) };
    let best = known.map(|word| (near(word), word)).max_by(|one, two| one.0.total_cmp(&two.0))?;
    (best.0 > 0.8).then(|| format!("did you mean \"{}\"?", best.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong<T>(read: Result<T, Wrong>) -> String {
        read.map_or_else(
            |wrong| format!("{} | {}", wrong.what, wrong.hint.unwrap_or_default()),
            |_| "ok".to_owned(),
        )
    }

    #[test]
    fn every_kind_says_what_is_wrong() -> Result<(), toml::de::Error> {
        let word = one_of(&[("csv", 1), ("freg-xml", 2)]);
        type Reader<'r> = &'r dyn Fn(&DeValue<'_>) -> String;
        let text: Reader<'_> = &|value| wrong(super::text(value));
        let flag: Reader<'_> = &|value| wrong(super::flag(value));
        let hours: Reader<'_> = &|value| wrong(whole(1_u32..=24)(value));
        let format: Reader<'_> = &|value| wrong(word(value));
        let rows = [
            (text, "\"x\"", "ok"),
            (text, "\" \"", "is empty | "),
            (text, "301", "has to be text, not a whole number | put it in quotes: \"301\""),
            (text, "[]", "has to be text, not a list | "),
            (flag, "true", "ok"),
            (flag, "\"true\"", "has to be true or false, not text | leave the quotes out"),
            (flag, "1", "has to be true or false, not a whole number | "),
            (hours, "1", "ok"),
            (hours, "0x18", "ok"),
            (hours, "2_4", "ok"),
            (hours, "0", "has to be from 1 to 24 | "),
            (hours, "-1", "has to be from 1 to 24 | "),
            (hours, "99999999999999999999", "has to be from 1 to 24 | "),
            (hours, "1.5", "has to be a whole number, not a number with decimals | "),
            (hours, "2026-11-22", "has to be a whole number, not a date | "),
            (format, "\"csv\"", "ok"),
            (format, "\"cvs\"", "\"cvs\" is not known | did you mean \"csv\"?"),
            (format, "\"excel\"", "\"excel\" is not known | one of: csv, freg-xml"),
            (format, "{}", "has to be text, not a section | "),
        ];
        for (read, typed, expected) in rows {
            assert_eq!(read(DeValue::parse(typed)?.get_ref()), expected, "{typed}");
        }
        Ok(())
    }

    #[test]
    fn a_suggestion_is_near_or_absent() {
        let known = ["delimiter", "encoding", "columns", "path", "expected_minimum"];
        let rows = [
            ("delimeter", Some("did you mean \"delimiter\"?")),
            ("Path", Some("did you mean \"path\"?")),
            ("expected_min", Some("did you mean \"expected_minimum\"?")),
            ("column", Some("did you mean \"columns\"?")),
            ("language", None),
        ];
        for (written, expected) in rows {
            assert_eq!(nearest(written, known.into_iter()).as_deref(), expected, "{written}");
        }
    }
}
