//! The postal addresses of the kommuneoverleger, read from a table.
//!
//! One office for a municipality, and in Oslo perhaps one for a district; who has none of its own is served by
//! the municipality's. Two different addresses for the same place are both refused: no letter goes where the
//! order of rows decided. Leaves out letters (`package`).

use std::collections::BTreeMap;

use super::area::{Area, Place};
use crate::place::{DistrictNo, MunicipalityNo, PlaceError};
use crate::tabular::{BadCell, RejectedRow, Row, Table};
use crate::verdict::Office;

/// The offices, by what they are for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offices {
    offices: BTreeMap<Area, Office>,
}

impl Offices {
    /// The office for a place: the district's own, else the municipality's.
    pub fn office(&self, place: &Place) -> Option<&Office> {
        let own = place.district.clone().and_then(|district| self.offices.get(&Area::District(district)));
        own.or_else(|| self.offices.get(&Area::Municipality(place.municipality.clone())))
    }

    /// Every office, by what it is for.
    pub fn all(&self) -> impl Iterator<Item = (&Area, &Office)> {
        self.offices.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.offices.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.offices.is_empty()
    }
}

/// Reads the offices of a table, and the rows that give none; `file` is the file as the job names it.
pub fn read(table: &Table, file: &str) -> (Offices, Vec<RejectedRow>) {
    let mut rejected = Vec::new();
    let mut found: BTreeMap<Area, Vec<(u64, Office)>> = BTreeMap::new();
    for row in table.rows() {
        match office(row) {
            Ok((area, office)) => found.entry(area).or_default().push((row.line(), office)),
            Err(bad) => rejected.push(row.reject(bad, file)),
        }
    }
    let mut offices = BTreeMap::new();
    for (area, rows) in found {
        match agreeing(rows) {
            Ok(office) => {
                offices.insert(area, office);
            }
            Err(lines) => rejected.extend(lines.into_iter().map(|line| conflicting().reject(file, line))),
        }
    }
    rejected.sort();
    (Offices { offices }, rejected)
}

/// The one office that all rows of an area give, or the lines that disagree.
fn agreeing(rows: Vec<(u64, Office)>) -> Result<Office, Vec<u64>> {
    let lines = rows.iter().map(|(line, _)| *line).collect();
    let mut offices = rows.into_iter().map(|(_, office)| office);
    let first = offices.next().ok_or_else(Vec::new)?;
    if offices.all(|other| other == first) { Ok(first) } else { Err(lines) }
}

fn conflicting() -> BadCell {
    BadCell::new("municipality", "conflicting-rows", "several rows give this place different addresses")
}

fn office(row: Row<'_>) -> Result<(Area, Office), BadCell> {
    let row = row.full()?;
    let municipality: MunicipalityNo = row
        .required("municipality")?
        .parse()
        .map_err(|error: PlaceError| bad_value("municipality", error.to_string()))?;
    let district = district(row, &municipality)?;
    let area = match &district {
        Some(district) => Area::District(district.clone()),
        None => Area::Municipality(municipality.clone()),
    };
    let office = Office {
        municipality,
        district,
        office: row.required("office")?.to_owned(),
        // A large office has a postal code of its own and needs no street.
        address: row.get("address").to_owned(),
        postal_code: postal_code(row)?,
        city: row.required("city")?.to_owned(),
    };
    Ok((area, office))
}

fn bad_value(column: &'static str, reason: String) -> BadCell {
    BadCell::new(column, "bad-value", reason)
}

fn district(row: Row<'_>, municipality: &MunicipalityNo) -> Result<Option<DistrictNo>, BadCell> {
    let text = row.get("district");
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<DistrictNo>() {
        Ok(district) if district.municipality() == *municipality => Ok(Some(district)),
        Ok(_) => Err(bad_value("district", "the district lies in another municipality".to_owned())),
        Err(error) => Err(bad_value("district", error.to_string())),
    }
}

fn postal_code(row: Row<'_>) -> Result<String, BadCell> {
    let text = row.required("postal_code")?;
    if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(bad_value("postal_code", "a postal code has four digits".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::columns::ADDRESSES;
    use crate::preflight::fixture::number;
    use crate::tabular::{self, Form};

    fn read_rows(rows: &[&str]) -> (Offices, Vec<RejectedRow>) {
        let text = format!("municipality;district;office;address;postal_code;city\n{}\n", rows.join("\n"));
        match tabular::read(text.as_bytes(), &Form::default(), ADDRESSES) {
            Ok(table) => read(&table, "addresses.csv"),
            Err(fault) => panic!("{fault}"),
        }
    }

    #[test]
    fn a_district_has_its_own_office_or_the_municipalitys() {
        let (offices, rejected) =
            read_rows(&["0301;;Kommuneoverlegen;Gata 1;0037;Oslo", "0301;030103;Bydelsoverlegen;;0403;Oslo"]);
        assert_eq!(rejected, []);
        let office = |municipality: &str, district: Option<&str>| {
            let place = Place { municipality: number(municipality), district: district.map(number) };
            offices.office(&place).map(|office| office.office.clone())
        };
        assert_eq!(office("0301", None).as_deref(), Some("Kommuneoverlegen"));
        assert_eq!(office("0301", Some("030103")).as_deref(), Some("Bydelsoverlegen"));
        assert_eq!(office("0301", Some("030112")).as_deref(), Some("Kommuneoverlegen"));
        assert_eq!(office("1103", None), None);
    }

    #[test]
    fn every_bad_cell_rejects_its_row_with_its_column() {
        let rows = [
            ("a lost leading zero", "301;;Kontor;;0037;Oslo", "municipality", "bad-value"),
            ("a district elsewhere", "1103;030103;Kontor;;0037;Oslo", "district", "bad-value"),
            ("no district number", "0301;Sagene;Kontor;;0037;Oslo", "district", "bad-value"),
            ("no office", "0301;;;;0037;Oslo", "office", "missing-value"),
            ("a short postal code", "0301;;Kontor;;37;Oslo", "postal_code", "bad-value"),
            ("no city", "0301;;Kontor;;0037;", "city", "missing-value"),
        ];
        for (name, row, column, code) in rows {
            let (offices, rejected) = read_rows(&[row, "1103;;Kontor;;4001;Stavanger"]);
            let found: Vec<_> = rejected.iter().map(|r| (r.line, &*r.column, &*r.code)).collect();
            assert_eq!(found, [(2, column, code)], "{name}");
            assert_eq!(offices.len(), 1, "{name}");
        }
    }

    #[test]
    fn two_addresses_for_one_place_are_both_refused_and_the_same_twice_is_one() {
        let (one, two) = ("0301;;Kontor;Gata 1;0037;Oslo", "0301;;Kontor;Gata 2;0037;Oslo");
        let (offices, rejected) = read_rows(&[one, two]);
        assert!(offices.is_empty());
        assert_eq!(
            rejected.iter().map(|r| (r.line, &*r.code)).collect::<Vec<_>>(),
            [(2, "conflicting-rows"), (3, "conflicting-rows")]
        );
        let (offices, rejected) = read_rows(&[one, one]);
        assert_eq!((offices.len(), rejected.len()), (1, 0));
    }
}
