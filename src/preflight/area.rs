//! Where a transfer goes, and the area an agreement or an office is for.
//!
//! A district's own arrangement goes before the municipality's; a municipality's reaches all its districts.
//! Leaves out which places exist (`tables::municipalities`).

use crate::moves::Destination;
use crate::place::{DistrictNo, MunicipalityNo, PlaceError};

/// A destination that can be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The municipality.
    pub municipality: MunicipalityNo,
    /// The Oslo district, where it is known.
    pub district: Option<DistrictNo>,
}

impl Place {
    /// The place of a destination, with the district the extract gave; none where no municipality can be told.
    /// A district outside the municipality says nothing.
    pub fn of(destination: &Destination, district: Option<&DistrictNo>) -> Option<Self> {
        let municipality = destination.municipality()?;
        let district = match destination {
            Destination::District(number) => Some(number),
            Destination::Municipality(_) | Destination::Unclear(_) => district,
        };
        let district = district.filter(|number| number.municipality() == municipality).cloned();
        Some(Place { municipality, district })
    }

    /// The number as people look it up: the district's, else the municipality's.
    pub fn code(&self) -> &str {
        self.district.as_ref().map_or(self.municipality.as_str(), DistrictNo::as_str)
    }
}

/// What an agreement or an office is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// A whole municipality.
    Municipality(MunicipalityNo),
    /// An Oslo district.
    District(DistrictNo),
}

/// How closely an area fits a place; the closer is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// It is for the municipality.
    Municipality,
    /// It is for the very district.
    District,
}

impl Area {
    /// How closely the area fits a place; none where it is for another.
    pub fn closeness(&self, place: &Place) -> Option<Closeness> {
        match self {
            Area::Municipality(number) => (*number == place.municipality).then_some(Closeness::Municipality),
            Area::District(number) => {
                (Some(number) == place.district.as_ref()).then_some(Closeness::District)
            }
        }
    }
}

impl std::str::FromStr for Area {
    type Err = PlaceError;

    /// Reads a municipality's four digits or a district's six.
    fn from_str(text: &str) -> Result<Self, PlaceError> {
        match text.parse() {
            Ok(district) => Ok(Area::District(district)),
            Err(_) => text.parse().map(Area::Municipality),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::fixture::number;

    #[test]
    fn the_district_of_a_place_is_the_keys_else_the_extracts() {
        let oslo = Destination::Municipality(number("0301"));
        let alna = Destination::District(number("030112"));
        let sagene: DistrictNo = number("030103");
        let rows = [
            ("municipality alone", &oslo, None, Some("0301")),
            ("municipality, district known", &oslo, Some(&sagene), Some("030103")),
            ("district as destination", &alna, None, Some("030112")),
            ("the key goes before the extract", &alna, Some(&sagene), Some("030112")),
            ("a district elsewhere", &Destination::Municipality(number("1103")), Some(&sagene), Some("1103")),
            ("unclear", &Destination::Unclear("9999".to_owned()), Some(&sagene), None),
        ];
        for (name, destination, district, expected) in rows {
            let place = Place::of(destination, district);
            assert_eq!(place.as_ref().map(Place::code), expected, "{name}");
        }
    }

    #[test]
    fn a_municipalitys_area_reaches_its_districts_and_a_districts_only_itself() {
        let oslo: Area = number("0301");
        let sagene: Area = number("030103");
        let place = |text: &str| Place { municipality: number("0301"), district: Some(number(text)) };
        assert_eq!(oslo.closeness(&place("030112")), Some(Closeness::Municipality));
        assert_eq!(sagene.closeness(&place("030112")), None);
        assert_eq!(sagene.closeness(&place("030103")), Some(Closeness::District));
        assert!("30103".parse::<Area>().is_err());
    }
}
