//! A snapshot of Adresseregisteret (AR), read: the older REST shape, one JSON object per communication party.
//!
//! Tolerant of fields it does not know and of either wrapping; a party that cannot be read is listed and the rest
//! stand. Which party serves a municipality, and whether it can take anything, is `preflight`'s. Parties are turned
//! into values one by one, so that a national snapshot never stands in memory as JSON.

use std::fmt;

use chrono::{DateTime, NaiveDateTime};
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use thiserror::Error;

use super::codes::MUNICIPAL_SERVICES;
use crate::moves::Now;
use crate::place::{HerId, MunicipalityNo, OrgNumber};

/// A snapshot of the directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// When it was taken.
    pub taken_at: Now,
    /// The parties, in the order of the file.
    pub parties: Vec<ArParty>,
    /// The parties that could not be read: the place in the list, from 0, and why.
    pub skipped: Vec<(usize, &'static str)>,
}

/// What a party is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartyKind {
    /// An organisation: level one, never addressed alone.
    Organisation,
    /// A service.
    Service,
    /// A professional.
    Person,
    /// Something the reader does not know.
    Other,
}

/// A communication party as the directory describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArParty {
    /// Its number.
    pub her_id: HerId,
    /// The number of the organisation above it.
    pub parent_her_id: Option<HerId>,
    /// The name of the organisation above it, or empty.
    pub parent_name: String,
    /// The organisation number of the organisation above it.
    pub parent_org: Option<OrgNumber>,
    /// What it is.
    pub kind: PartyKind,
    /// Its name.
    pub name: String,
    /// The name to be shown instead (HIS 1153-2 AD2.3), where there is one.
    pub display_name: Option<String>,
    /// Its type in code list 8663; none for a party of another list.
    pub service_code: Option<String>,
    /// The municipality it lies in.
    pub municipality: Option<MunicipalityNo>,
    /// The organisations it serves beside its own (intermunicipal).
    pub coverage: Vec<HerId>,
    /// What tells it from others of its type («sted/funksjon»), or empty.
    pub location: String,
    /// Whether the directory calls it active; a party that does not say is.
    pub active: bool,
    /// From when it is valid.
    pub valid_from: Option<NaiveDateTime>,
    /// Until when it is valid.
    pub valid_to: Option<NaiveDateTime>,
    /// Its own organisation number.
    pub org_number: Option<OrgNumber>,
    /// Its electronic addresses: type in code list 9044, address.
    pub addresses: Vec<(String, String)>,
}

/// Why a snapshot cannot be used at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DirectoryError {
    /// Not JSON of this shape.
    #[error("line {line}, column {column}: not a directory snapshot")]
    Shape {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It does not say when it was taken.
    #[error("the snapshot has no LastDateTimeOffset")]
    NoTime,
}

/// Reads a snapshot.
///
/// # Errors
/// [`DirectoryError`] when the file is none; a party that cannot be read is no error.
pub fn read(bytes: &[u8]) -> Result<Snapshot, DirectoryError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let raw: RawSnapshot = serde_json::from_slice(bytes)
        .map_err(|error| DirectoryError::Shape { line: error.line(), column: error.column() })?;
    let taken_at = DateTime::parse_from_rfc3339(&raw.taken_at).map_err(|_| DirectoryError::NoTime)?;
    Ok(Snapshot { taken_at, parties: raw.list.parties, skipped: raw.list.skipped })
}

/// The file's outermost object.
struct RawSnapshot {
    taken_at: String,
    list: PartyList,
}

#[derive(Default)]
struct PartyList {
    parties: Vec<ArParty>,
    skipped: Vec<(usize, &'static str)>,
}

impl<'de> Deserialize<'de> for RawSnapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SnapshotVisitor)
    }
}

struct SnapshotVisitor;

impl<'de> Visitor<'de> for SnapshotVisitor {
    type Value = RawSnapshot;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a directory snapshot")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawSnapshot, A::Error> {
        let mut taken_at = String::new();
        let mut list = None;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "LastDateTimeOffset" => taken_at = map.next_value::<Option<String>>()?.unwrap_or_default(),
                "CommunicationParties" => list = Some(map.next_value_seed(ListSeed)?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let list = list.ok_or_else(|| serde::de::Error::missing_field("CommunicationParties"))?;
        Ok(RawSnapshot { taken_at, list })
    }
}

/// Reads the list, one party at a time.
struct ListSeed;

impl<'de> DeserializeSeed<'de> for ListSeed {
    type Value = PartyList;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<PartyList, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ListSeed {
    type Value = PartyList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of communication parties")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<PartyList, A::Error> {
        let mut list = PartyList::default();
        let mut at = 0;
        while let Some(value) = seq.next_element::<Value>()? {
            match party(&value) {
                Ok(party) => list.parties.push(party),
                Err(why) => list.skipped.push((at, why)),
            }
            at += 1;
        }
        Ok(list)
    }
}

/// One party, bare or in its wrapper (`{ herId, type, communicationParty: { … } }`).
fn party(value: &Value) -> Result<ArParty, &'static str> {
    let inner = value.get("communicationParty").filter(|inner| inner.is_object()).unwrap_or(value);
    let either = |own: &str, wrapper: &str| match &inner[own] {
        Value::Null => &value[wrapper],
        found => found,
    };
    Ok(ArParty {
        her_id: number(either("HerId", "herId")).ok_or("no HER-id")?,
        parent_her_id: number(either("ParentHerId", "parentHerId")),
        parent_name: text(&inner["ParentName"]),
        parent_org: text(&inner["ParentOrganizationNumber"]).parse().ok(),
        kind: kind(&text(either("Type", "type"))),
        name: text(&inner["Name"]),
        display_name: Some(text(&inner["DisplayName"])).filter(|name| !name.is_empty()),
        service_code: service_code(&inner["Code"]),
        municipality: municipality(&inner["Municipality"])?,
        coverage: list(&inner["CoverageAreas"]).filter_map(|area| number(&area["HerId"])).collect(),
        location: text(&inner["LocationDescription"]),
        active: inner["Active"].as_bool().unwrap_or(true),
        valid_from: time(&inner["Valid"]["From"])?,
        valid_to: time(&inner["Valid"]["To"])?,
        org_number: text(&inner["OrganizationNumber"]).parse().ok(),
        addresses: list(&inner["ElectronicAddresses"]).filter_map(address).collect(),
    })
}

/// A text, or a number as text; empty for anything else.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn number(value: &Value) -> Option<HerId> {
    text(value).parse().ok()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn kind(text: &str) -> PartyKind {
    match text.to_ascii_lowercase().as_str() {
        "organization" | "organisation" => PartyKind::Organisation,
        "service" => PartyKind::Service,
        "person" => PartyKind::Person,
        _ => PartyKind::Other,
    }
}

/// The type of service, if it is one of the municipalities' list: other lists use the same short values.
fn service_code(code: &Value) -> Option<String> {
    let oid = text(&code["OID"]);
    let list = oid.rsplit('.').next()?;
    (list == MUNICIPAL_SERVICES.to_string())
        .then(|| text(&code["CodeValue"]))
        .filter(|value| !value.is_empty())
}

/// The municipality; a number loses its leading zero in some exports.
fn municipality(value: &Value) -> Result<Option<MunicipalityNo>, &'static str> {
    let written = text(&value["CodeValue"]);
    if written.is_empty() {
        return Ok(None);
    }
    format!("{written:0>4}").parse().map(Some).map_err(|_| "a municipality number that is none")
}

fn time(value: &Value) -> Result<Option<NaiveDateTime>, &'static str> {
    let written = text(value);
    if written.is_empty() {
        return Ok(None);
    }
    NaiveDateTime::parse_from_str(&written, "%Y-%m-%dT%H:%M:%S%.f")
        .or_else(|_| DateTime::parse_from_rfc3339(&written).map(|time| time.naive_local()))
        .map(Some)
        .map_err(|_| "a validity that is no date")
}

fn address(value: &Value) -> Option<(String, String)> {
    let kind = match &value["TypeCodeValue"] {
        Value::Null => &value["Type"]["CodeValue"],
        found => found,
    };
    let (kind, address) = (text(kind), text(&value["Address"]));
    (!kind.is_empty() && !address.is_empty()).then_some((kind, address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::standards;

    fn snapshot(parties: &str) -> Result<Snapshot, DirectoryError> {
        let document = format!(
            "{{\"LastEventId\": 7, \"LastDateTimeOffset\": \"2026-11-21T23:00:00.1234567+01:00\",
               \"CommunicationParties\": [{parties}]}}"
        );
        read(document.as_bytes())
    }

    #[test]
    fn a_party_is_read_bare_and_wrapped() -> Result<(), DirectoryError> {
        let inner = r#"{ "HerId": 22, "ParentHerId": 20, "ParentName": "BERGSTAD KOMMUNE",
            "ParentOrganizationNumber": 310000022, "Type": "Service", "Name": "Migrasjonshelse",
            "DisplayName": null, "Active": true, "OrganizationNumber": "", "Unknown": { "x": 1 },
            "Code": { "CodeValue": "KA04", "OID": 8663 },
            "Municipality": { "CodeValue": "0301" }, "LocationDescription": "Sentrum",
            "CoverageAreas": [{ "HerId": 30, "Name": "NABO" }, { "HerId": "31" }],
            "ElectronicAddresses": [
                { "Address": "edi@example.invalid", "TypeCodeValue": "E_EDI" },
                { "Address": "ldap://x", "Type": { "CodeValue": "E_DS" } },
                { "Address": null, "TypeCodeValue": "E_FHIR" }],
            "PhysicalAddresses": [{ "PostalCode": 110 }],
            "Valid": { "From": "2023-04-04T00:00:00", "To": "9999-12-31T00:00:00" } }"#;
        let wrapped = format!("{{ \"herId\": 22, \"type\": \"Service\", \"communicationParty\": {inner} }}");
        let found = snapshot(&format!("{inner}, {wrapped}"))?;
        assert_eq!(found.taken_at.to_rfc3339(), "2026-11-21T23:00:00.123456700+01:00");
        let [bare, wrapped] = &found.parties[..] else { panic!("two parties") };
        assert_eq!(bare, wrapped);
        assert_eq!((bare.her_id, bare.parent_her_id), (HerId(22), Some(HerId(20))));
        assert_eq!(bare.parent_org, "310000022".parse().ok());
        assert_eq!((bare.kind, bare.service_code.as_deref()), (PartyKind::Service, Some("KA04")));
        assert_eq!(bare.municipality, "0301".parse().ok());
        assert_eq!(bare.coverage, [HerId(30), HerId(31)]);
        let addresses: Vec<(&str, &str)> =
            bare.addresses.iter().map(|(kind, address)| (kind.as_str(), address.as_str())).collect();
        assert_eq!(addresses, [("E_EDI", "edi@example.invalid"), ("E_DS", "ldap://x")]);
        assert_eq!(bare.valid_to.map(|to| to.to_string()).as_deref(), Some("9999-12-31 00:00:00"));
        assert_eq!((bare.location.as_str(), bare.org_number.is_none(), bare.active), ("Sentrum", true, true));
        Ok(())
    }

    #[test]
    fn little_is_enough_and_a_bad_party_is_listed() -> Result<(), DirectoryError> {
        let found = snapshot(
            r#"{ "HerId": 20, "Type": "Organization", "Name": "B", "OrganizationNumber": 310000022,
                 "Municipality": { "CodeValue": 301 }, "CoverageAreas": null, "Active": false },
               { "Name": "nobody" }, 7,
               { "HerId": 5, "Municipality": { "CodeValue": "abc" } },
               { "HerId": 6, "Valid": { "To": "soon" } },
               { "HerId": 7, "Type": "Robot", "Code": { "CodeValue": "05", "OID": 8666 } },
               { "herId": 8, "type": "Person", "communicationParty": { "Name": "Lege" } }"#,
        )?;
        let read: Vec<(u32, PartyKind)> = found.parties.iter().map(|p| (p.her_id.0, p.kind)).collect();
        assert_eq!(read, [(20, PartyKind::Organisation), (7, PartyKind::Other), (8, PartyKind::Person)]);
        let skipped: Vec<usize> = found.skipped.iter().map(|(at, _)| *at).collect();
        assert_eq!(skipped, [1, 2, 3, 4]);
        let organisation = &found.parties[0];
        assert_eq!(organisation.municipality, "0301".parse().ok());
        assert_eq!(organisation.org_number, "310000022".parse().ok());
        assert!(!organisation.active && found.parties[1].active);
        assert_eq!(found.parties[1].service_code, None, "a code of another list");
        Ok(())
    }

    #[test]
    fn the_example_of_the_standards_is_read() -> Result<(), Box<dyn std::error::Error>> {
        let Some(folder) = standards::folder() else { return Ok(()) };
        let found =
            snapshot(&std::fs::read_to_string(folder.join("ar/CommunicationDetailsRest_8141705.json"))?)?;
        let [party] = &found.parties[..] else { panic!("one party: {:?}", found.skipped) };
        assert_eq!((party.her_id, party.parent_her_id), (HerId(8_141_705), Some(HerId(8_141_703))));
        assert_eq!((party.kind, &party.service_code), (PartyKind::Service, &None), "a code of list 8666");
        assert_eq!(party.municipality, "0301".parse().ok());
        assert_eq!(party.addresses.len(), 5);
        Ok(())
    }

    #[test]
    fn what_is_no_snapshot_is_refused() {
        let rows: [(&str, &str, DirectoryError); 4] = [
            ("cut short", "{\"CommunicationParties\": [", DirectoryError::Shape { line: 1, column: 26 }),
            ("no list", "{\"LastDateTimeOffset\": \"x\"}", DirectoryError::Shape { line: 1, column: 27 }),
            ("no time", "{\"CommunicationParties\": []}", DirectoryError::NoTime),
            (
                "an empty time",
                "{\"LastDateTimeOffset\": null, \"CommunicationParties\": []}",
                DirectoryError::NoTime,
            ),
        ];
        for (name, document, expected) in rows {
            assert_eq!(read(document.as_bytes()).err(), Some(expected), "{name}");
        }
    }
}
