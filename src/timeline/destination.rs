//! Places as written made into places of today.

use chrono::NaiveDate;

use super::plan::Settings;
use crate::intake::Occurrence;
use crate::moves::Destination;
use crate::place::{DistrictNo, MunicipalityNo};
use crate::tables::municipalities::{Municipalities, Resolution};

/// Where a row says somebody moved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) to: Destination,
    pub(super) district: Option<DistrictNo>,
    pub(super) mapped_from: Option<MunicipalityNo>,
    /// The successors of a number that was divided.
    pub(super) candidates: Vec<MunicipalityNo>,
}

/// Resolves the destination of a row on a date.
pub(super) fn to(
    row: &Occurrence,
    on: NaiveDate,
    municipalities: &Municipalities,
    settings: &Settings<'_>,
) -> Resolved {
    let district = [&row.district, &row.to].into_iter().find_map(|text| municipalities.district(text));
    let district = district.map(|(number, _)| number);
    // A district alone names its municipality.
    let written = match (&district, row.to.as_str()) {
        (Some(district), "") => district.municipality().to_string(),
        (Some(district), text) if text == district.as_str() => district.municipality().to_string(),
        (_, text) => text.to_owned(),
    };
    let unclear = || Destination::Unclear(digits(&written));
    let (to, mapped_from, candidates) = match municipalities.resolve(&written, on) {
        Resolution::Current(number) => (Destination::Municipality(number), None, Vec::new()),
        Resolution::Mapped { from, to } => (Destination::Municipality(to), Some(from), Vec::new()),
        Resolution::Several(candidates) => (unclear(), None, candidates),
        Resolution::Unknown => (unclear(), None, Vec::new()),
    };
    let district = district.filter(|district| to.municipality() == Some(district.municipality()));
    let to = match &district {
        Some(district) if settings.oslo_districts => Destination::District(district.clone()),
        Some(_) | None => to,
    };
    Resolved { to, district, mapped_from, candidates }
}

/// The municipality moved from, where the row names one; a divided number counts as the sender's when the sender
/// is one of its successors: the migrant is in our register.
pub(super) fn from(
    row: &Occurrence,
    on: NaiveDate,
    municipalities: &Municipalities,
    settings: &Settings<'_>,
) -> Option<MunicipalityNo> {
    match municipalities.resolve(&row.from, on) {
        Resolution::Current(number) | Resolution::Mapped { to: number, .. } => Some(number),
        Resolution::Several(candidates) => candidates.into_iter().find(|number| number == settings.own),
        Resolution::Unknown => None,
    }
}

/// What an extract wrote where a municipality number should be: digits only, and never as many as an identity
/// number has.
fn digits(written: &str) -> String {
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    if digits.len() > 6 { String::new() } else { digits }
}
