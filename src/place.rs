//! Numbers of places and parties: municipality, Oslo district, HER-id, organisation number.
//!
//! Only their form. Which numbers exist, what they were called and what became of them is in
//! `tables::municipalities`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that is not the number it should be; the text itself is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PlaceError(&'static str);

/// Makes a type for a number of a fixed count of digits, kept as text so that leading zeros stay.
macro_rules! digits_type {
    ($(#[$doc:meta])* $name:ident, $digits:literal, $error:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = PlaceError;

            fn from_str(text: &str) -> Result<Self, PlaceError> {
                let text = text.trim();
                if text.len() == $digits && text.bytes().all(|b| b.is_ascii_digit()) {
                    Ok($name(text.to_owned()))
                } else {
                    Err(PlaceError($error))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = PlaceError;

            fn try_from(text: String) -> Result<Self, PlaceError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> String {
                number.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

digits_type!(
    /// A municipality number (code list 3402), four digits.
    MunicipalityNo, 4, "a municipality number has four digits"
);
digits_type!(
    /// An Oslo district number (code list 3403), six digits of which the first four are the municipality's.
    DistrictNo, 6, "a district number has six digits"
);
digits_type!(
    /// An organisation number of Enhetsregisteret, nine digits.
    OrgNumber, 9, "an organisation number has nine digits"
);

impl DistrictNo {
    /// The municipality the district lies in.
    pub fn municipality(&self) -> MunicipalityNo {
        MunicipalityNo(self.0[..4].to_owned())
    }
}

/// The number of a party in Adresseregisteret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HerId(pub u32);

impl FromStr for HerId {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        match text.trim().parse() {
            Ok(number) if number > 0 => Ok(HerId(number)),
            Ok(_) | Err(_) => Err(PlaceError("a HER-id is a positive number")),
        }
    }
}

impl fmt::Display for HerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_zeros_and_their_length() {
        assert_eq!("0301".parse::<MunicipalityNo>().map(String::from), Ok("0301".to_owned()));
        assert!("301".parse::<MunicipalityNo>().is_err());
        assert!("03x1".parse::<MunicipalityNo>().is_err());
        let district = "030105".parse::<DistrictNo>();
        assert_eq!(district.map(|d| d.municipality().to_string()), Ok("0301".to_owned()));
        assert!("0".parse::<HerId>().is_err());
        assert_eq!("8141705".parse(), Ok(HerId(8141705)));
    }
}
