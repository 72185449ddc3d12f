//! National identifiers: parsed, checked, printed masked, and clear only through [`NationalId::reveal`].
//!
//! Knows the forms of the fødselsnummer (FNR), D-nummer (DNR), felles hjelpenummer (FHN), hjelpenummer (HNR)
//! and DUF-nummer, the control digits of 1964 and 2032, and the synthetic series. Leaves out who a number
//! belongs to (`identity`) and never derives a birth date or a sex: neither can be trusted to be in the number.
//!
//! Sources: folkeregisterloven § 2-2, folkeregisterforskriften §§ 2-2-1 and 2-2-2, Skatteetaten «Nytt
//! fødselsnummer fra 2032», KITH 11/98 (HNR). The DUF control rule is SSB's; UDI has published none.

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What kind of number a person is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum IdType {
    /// Fødselsnummer.
    Fnr,
    /// D-nummer.
    Dnr,
    /// Felles hjelpenummer: eleven digits, the first 8 or 9, nothing else to be read in it.
    Fhn,
    /// Hjelpenummer, internal to one organisation and never sent as an identity.
    Hnr,
    /// DUF-nummer: twelve digits, given by the immigration authorities.
    Duf,
}

impl IdType {
    /// The code as extracts and code list 8116 write it.
    pub fn code(self) -> &'static str {
        match self {
            IdType::Fnr => "FNR",
            IdType::Dnr => "DNR",
            IdType::Fhn => "FHN",
            IdType::Hnr => "HNR",
            IdType::Duf => "DUF",
        }
    }

    /// Whether a message may identify a person by it (NHN guideline «Migrasjonshelse»: an eleven-digit number).
    pub fn goes_in_messages(self) -> bool {
        match self {
            IdType::Fnr | IdType::Dnr | IdType::Fhn => true,
            IdType::Hnr | IdType::Duf => false,
        }
    }

    /// Reads a code as extracts write it; upper or lower case.
    pub fn from_code(code: &str) -> Option<Self> {
        [IdType::Fnr, IdType::Dnr, IdType::Fhn, IdType::Hnr, IdType::Duf]
            .into_iter()
            .find(|kind| kind.code().eq_ignore_ascii_case(code))
    }
}

/// Whether the job works on real persons or on synthetic ones; each refuses the other's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Synthetic persons only.
    Test,
    /// Real persons only.
    Production,
}

/// A number that has been checked. Prints masked; [`NationalId::reveal`] is the only way to the digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NationalId {
    kind: IdType,
    digits: String,
}

impl NationalId {
    /// What kind of number it is.
    pub fn kind(&self) -> IdType {
        self.kind
    }

    /// The digits in clear: for a message's patient element, the key of the ledger, and nothing else.
    pub fn reveal(&self) -> &str {
        &self.digits
    }
}

impl fmt::Display for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} …{}", self.kind.code(), &self.digits[self.digits.len() - 2..])
    }
}

impl fmt::Debug for NationalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NationalId({self})")
    }
}

/// Why a text is not an identity number. Never holds the text itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IdError {
    /// Something else than digits, or none.
    #[error("an identity number has only digits")]
    NotDigits,
    /// Neither eleven digits nor a DUF number's twelve.
    #[error("an identity number has eleven digits, a DUF number twelve")]
    Length,
    /// The date part is not a day of any calendar.
    #[error("the date in the number does not exist")]
    Date,
    /// The control digits disagree.
    #[error("the control digits do not agree")]
    Control,
    /// A synthetic number where persons are real.
    #[error("a synthetic number has no place in production")]
    Synthetic,
    /// A real-looking number in a test job.
    #[error("a number that may be a real person's has no place in a test job")]
    RealLooking,
    /// Month + 40 without `id_type` HNR, in production.
    #[error("the number has the form of a hjelpenummer; give id_type HNR if it is one")]
    AmbiguousHnr,
    /// The stated type is not what the digits are.
    #[error("the number is not of the stated id_type")]
    WrongType,
}

/// A checked number with what its reader should be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedId {
    /// The number.
    pub id: NationalId,
    /// Passes the 2032 control rule only, although it is in use before 2032 in production: almost surely a
    /// typing error, accepted with a warning.
    pub early_2032: bool,
}

/// Reads an identity number: `stated` is the extract's `id_type`, `today` decides whether a number that only
/// passes the 2032 rule is early.
///
/// # Errors
/// The first thing that is wrong with the number, in the order form, date, control digits, series.
pub fn parse_id(
    text: &str,
    stated: Option<IdType>,
    environment: Environment,
    today: NaiveDate,
) -> Result<ParsedId, IdError> {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '\u{a0}')).collect();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(IdError::NotDigits);
    }
    let digits: Vec<u32> = text.bytes().map(|b| u32::from(b - b'0')).collect();
    if digits.len() == 12 {
        return parse_duf(text, &digits, stated);
    }
    if digits.len() != 11 {
        return Err(IdError::Length);
    }
    let (kind, series) = classify(&digits, stated)?;
    let rule = control(&digits).ok_or(IdError::Control)?;
    allow_series(series, kind, environment)?;
    if stated.is_some_and(|stated| stated != kind) {
        return Err(IdError::WrongType);
    }
    let before_2032 = NaiveDate::from_ymd_opt(2032, 1, 1).is_some_and(|start| today < start);
    let early_2032 =
        rule == ControlRule::Only2032 && before_2032 && matches!(environment, Environment::Production);
    Ok(ParsedId { id: NationalId { kind, digits: text }, early_2032 })
}

/// Which series a number's month part says it is from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Series {
    /// As the register issues them.
    Real,
    /// Month + 80 (Skatteetaten) or + 65 (NHN).
    Synthetic,
    /// Month + 40: a hjelpenummer or NAV's synthetic series; the form cannot tell which.
    Plus40,
    /// FHN: nothing to read.
    None,
}

fn classify(digits: &[u32], stated: Option<IdType>) -> Result<(IdType, Series), IdError> {
    if digits[0] >= 8 {
        return Ok((IdType::Fhn, Series::None));
    }
    let (kind, day) = match digits[0] {
        0..=3 => (IdType::Fnr, digits[0] * 10 + digits[1]),
        _ => (IdType::Dnr, (digits[0] - 4) * 10 + digits[1]),
    };
    let (series, month) = match digits[2] * 10 + digits[3] {
        m @ 1..=12 => (Series::Real, m),
        m @ 41..=52 => (Series::Plus40, m - 40),
        m @ 66..=77 => (Series::Synthetic, m - 65),
        m @ 81..=92 => (Series::Synthetic, m - 80),
        _ => return Err(IdError::Date),
    };
    let year = digits[4] * 10 + digits[5];
    // The century cannot be read from the number any more; 29 February passes if any century allows it.
    let exists = [1800, 1900, 2000]
        .into_iter()
        .any(|century| NaiveDate::from_ymd_opt(century + year as i32, month, day).is_some());
    if !exists {
        return Err(IdError::Date);
    }
    let kind = if series == Series::Plus40 && stated == Some(IdType::Hnr) { IdType::Hnr } else { kind };
    Ok((kind, series))
}

fn allow_series(series: Series, kind: IdType, environment: Environment) -> Result<(), IdError> {
    match (environment, series) {
        (_, Series::None) => Ok(()),
        (Environment::Production, Series::Synthetic) => Err(IdError::Synthetic),
        (Environment::Production, Series::Plus40) if kind != IdType::Hnr => Err(IdError::AmbiguousHnr),
        (Environment::Production, Series::Real | Series::Plus40) => Ok(()),
        (Environment::Test, Series::Real) => Err(IdError::RealLooking),
        (Environment::Test, Series::Synthetic | Series::Plus40) => Ok(()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ControlRule {
    Both,
    Only2032,
}

/// Checks both control digits; the 2032 rule lets the first leave a remainder of 0 to 3.
fn control(digits: &[u32]) -> Option<ControlRule> {
    const FIRST: [u32; 10] = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
    const SECOND: [u32; 11] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
    let rest = |weights: &[u32]| weights.iter().zip(digits).map(|(w, d)| w * d).sum::<u32>() % 11;
    match (rest(&FIRST), rest(&SECOND)) {
        (0, 0) => Some(ControlRule::Both),
        (1..=3, 0) => Some(ControlRule::Only2032),
        _ => None,
    }
}

fn parse_duf(text: String, digits: &[u32], stated: Option<IdType>) -> Result<ParsedId, IdError> {
    const WEIGHTS: [u32; 10] = [4, 6, 3, 2, 4, 6, 3, 2, 7, 5];
    let sum: u32 = WEIGHTS.iter().zip(digits).map(|(w, d)| w * d).sum();
    if sum % 11 != digits[10] * 10 + digits[11] {
        return Err(IdError::Control);
    }
    if stated.is_some_and(|stated| stated != IdType::Duf) {
        return Err(IdError::WrongType);
    }
    Ok(ParsedId { id: NationalId { kind: IdType::Duf, digits: text }, early_2032: false })
}

/// Replaces every run of eleven digits that passes as an identity number, and every such run of twelve, by its
/// masked form. For texts that people or other systems wrote: file names, EPJ references, typed reasons.
pub fn mask_numbers(text: &str) -> Cow<'_, str> {
    if !text.bytes().filter(u8::is_ascii_digit).nth(10).is_some_and(|_| true) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut masked = false;
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, run_on) = rest.split_at(start);
        out.push_str(before);
        let (run, after) = take_run(run_on);
        let shown = mask_run(run);
        masked |= shown != run;
        out.push_str(&shown);
        rest = after;
    }
    out.push_str(rest);
    if masked { Cow::Owned(out) } else { Cow::Borrowed(text) }
}

/// Splits off a run of digits, with the single spaces people write inside a number (`ddmmyy nnnnn`).
fn take_run(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let mut end = 0;
    while end < bytes.len() {
        let digit_after = bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        if bytes[end].is_ascii_digit() || (bytes[end] == b' ' && digit_after) {
            end += 1;
        } else {
            break;
        }
    }
    text.split_at(end)
}

/// Masks every eleven or twelve digits inside one run that pass as a number.
fn mask_run(run: &str) -> String {
    let positions: Vec<(usize, u32)> = run
        .bytes()
        .enumerate()
        .filter(|(_, b)| b.is_ascii_digit())
        .map(|(i, b)| (i, u32::from(b - b'0')))
        .collect();
    let mut out: Vec<u8> = run.bytes().collect();
    let mut hidden = false;
    for length in [11, 12] {
        for window in positions.windows(length) {
            let digits: Vec<u32> = window.iter().map(|(_, d)| *d).collect();
            if passes_as_number(&digits) {
                window[..length - 2].iter().for_each(|(at, _)| out[*at] = b'*');
                hidden = true;
            }
        }
    }
    if hidden { out.into_iter().map(char::from).collect() } else { run.to_owned() }
}

fn passes_as_number(digits: &[u32]) -> bool {
    match digits.len() {
        11 => control(digits).is_some() && classify(digits, None).is_ok(),
        12 => {
            let text: String = digits.iter().map(u32::to_string).collect();
            matches!(digits[0..2], [1, 9] | [2, 0]) && parse_duf(text, digits, None).is_ok()
        }
        _ => false,
    }
}

/// A name as the register or the EPJ writes it. Prints nothing; [`PersonName::reveal`] gives it for a letter or
/// a message.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonName {
    family: String,
    given: String,
}

impl PersonName {
    /// A name of two parts, either of which may be empty.
    pub fn new(family: impl Into<String>, given: impl Into<String>) -> Self {
        PersonName { family: family.into(), given: given.into() }
    }

    /// Family name and given name in clear.
    pub fn reveal(&self) -> (&str, &str) {
        (&self.family, &self.given)
    }

    /// The first letters of given name and family name, enough to see that neither stands in the other's place.
    pub fn initials(&self) -> String {
        let first = |part: &str| part.chars().find(|c| c.is_alphabetic()).map(|c| format!("{c}."));
        [&self.given, &self.family].into_iter().filter_map(|part| first(part)).collect::<Vec<_>>().join(" ")
    }

    /// Whether both parts are empty.
    pub fn is_empty(&self) -> bool {
        self.family.is_empty() && self.given.is_empty()
    }
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default()
    }

    fn test(text: &str, stated: Option<IdType>) -> Result<IdType, IdError> {
        parse_id(text, stated, Environment::Test, day()).map(|parsed| parsed.id.kind())
    }

    #[test]
    fn each_kind_of_number_is_told() {
        let rows = [
            ("05849628625", None, Ok(IdType::Fnr)),
            ("058496 28625", None, Ok(IdType::Fnr)),
            ("68841579449", None, Ok(IdType::Dnr)),
            ("10820365394", None, Ok(IdType::Fnr)),
            ("42929616450", None, Ok(IdType::Dnr)),
            ("09691595177", None, Ok(IdType::Fnr)),
            ("08459639749", None, Ok(IdType::Fnr)),
            ("08459639749", Some(IdType::Hnr), Ok(IdType::Hnr)),
            ("93624738924", None, Ok(IdType::Fhn)),
            ("202490001701", None, Ok(IdType::Duf)),
            ("26821589622", None, Err(IdError::Control)),
            ("31829012378", None, Err(IdError::Date)),
            ("00000000000", None, Err(IdError::Date)),
            ("0584962862", None, Err(IdError::Length)),
            ("05849628625x", None, Err(IdError::NotDigits)),
            ("", None, Err(IdError::NotDigits)),
            ("05849628625", Some(IdType::Dnr), Err(IdError::WrongType)),
            ("202490001701", Some(IdType::Fnr), Err(IdError::WrongType)),
        ];
        for (text, stated, expected) in rows {
            assert_eq!(test(text, stated), expected, "{text}");
        }
    }

    #[test]
    fn each_environment_refuses_the_others_series() {
        let production =
            |text, stated| parse_id(text, stated, Environment::Production, day()).map(|p| p.early_2032);
        assert_eq!(production("05849628625", None), Err(IdError::Synthetic));
        assert_eq!(production("09691595177", None), Err(IdError::Synthetic));
        assert_eq!(production("08459639749", None), Err(IdError::AmbiguousHnr));
        assert_eq!(production("08459639749", Some(IdType::Hnr)), Ok(false));
        assert_eq!(production("93624738924", None), Ok(false));
        let real = made("010100123", 0);
        assert_eq!(production(&real, None), Ok(false));
        assert_eq!(test(&real, None), Err(IdError::RealLooking));
        assert_eq!(production(&made("010100123", 2), None), Ok(true), "the 2032 rule, before 2032");
    }

    /// A number with the first control digit leaving `rest`; made here so that no real one stands in the source.
    fn made(nine: &str, rest: u32) -> String {
        (0..100)
            .map(|control_digits| format!("{nine}{control_digits:02}"))
            .find(|text| {
                let digits: Vec<u32> = text.bytes().map(|b| u32::from(b - b'0')).collect();
                let first: u32 = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1].iter().zip(&digits).map(|(w, d)| w * d).sum();
                first % 11 == rest && control(&digits).is_some()
            })
            .unwrap_or_default()
    }

    #[test]
    fn a_number_prints_masked() {
        let id = parse_id("68841579449", None, Environment::Test, day()).map(|p| p.id);
        let Ok(id) = id else { panic!("a valid number") };
        assert_eq!(format!("{id} {id:?}"), "DNR …49 NationalId(DNR …49)");
        assert_eq!(format!("{:?}", PersonName::new("Fjell", "Stille")), "PersonName(…)");
        assert_eq!(PersonName::new("Fjell", "Stille Ro").initials(), "S. F.");
        assert_eq!(PersonName::new("05849628625", "").initials(), "");
    }

    #[test]
    fn numbers_in_other_texts_are_masked() {
        assert_eq!(mask_numbers("journal-05849628625.pdf"), "journal-*********25.pdf");
        assert_eq!(mask_numbers("ring 058496 28625 i dag"), "ring ****** ***25 i dag");
        assert_eq!(mask_numbers("x205849628625"), "x2*********25");
        assert_eq!(mask_numbers("DUF 202490001701"), "DUF **********01");
        assert_eq!(mask_numbers("2026-11-22 02:00"), "2026-11-22 02:00");
        assert_eq!(mask_numbers("faktura 12345678901"), "faktura 12345678901");
        assert_eq!(mask_numbers("P-1001"), "P-1001");
    }
}
