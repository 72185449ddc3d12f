//! One event document: what happened to one person, property by property.
//!
//! A document that states something unreadable gives no event, but its gradings can still be told
//! ([`gradings`], [`numbers`]). Values print nothing of the person.

use std::fmt;

use chrono::NaiveDate;
use thiserror::Error;

use crate::message::stated_time;
use crate::moves::Now;
use crate::xml::Element;

/// The element that is one event document.
pub const NAME: &str = "dokumentForHendelse";

/// The namespace of every version, without its number.
const NAMESPACE: &str = "folkeregisteret:tilgjengeliggjoering:hendelse:";

/// The elements that hold what a property says; each is named as its entity.
const VALUES: [&str; 8] = [
    "bostedsadresse",
    "oppholdsadresse",
    "adressebeskyttelse",
    "identifikasjonsnummer",
    "utlendingsmyndighetenesIdentifikasjonsnummer",
    "status",
    "doedsfall",
    "utflytting",
];

/// Why a document gives no event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DocumentError {
    /// Of another namespace than Folkeregisteret's events.
    #[error("the document is in another namespace than Folkeregisteret's events")]
    Namespace,
    /// Not exactly one `hendelse`.
    #[error("the document does not hold exactly one event")]
    NotOne,
    /// A time or a date that cannot be read.
    #[error("not a time or a date")]
    Time(&'static str),
    /// A property that is named as one thing and holds another, or two places at once.
    #[error("the property says two different things")]
    Contradictory(&'static str),
    /// Neither registered, corrected nor annulled, or a change of history alone.
    #[error("not one of: registrereNy, korrigere, annullere")]
    Change,
}

impl DocumentError {
    /// The element the trouble is in.
    pub fn element(self) -> &'static str {
        match self {
            DocumentError::Namespace => NAME,
            DocumentError::NotOne => "hendelse",
            DocumentError::Time(element) | DocumentError::Contradictory(element) => element,
            DocumentError::Change => "entitetsendring",
        }
    }
}

/// What is done to a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityChange {
    /// `registrereNy`.
    New,
    /// `korrigere`.
    Corrected,
    /// `annullere`.
    Annulled,
}

/// One event.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// `dokumentidentifikator`, as written.
    pub document: String,
    /// `folkeregisteridentifikator`, as written.
    pub person: String,
    /// `hendelsestype`, as written.
    pub kind: String,
    /// `ajourholdstidspunkt` of the event.
    pub registered: Option<Now>,
    /// What changed.
    pub properties: Vec<Property>,
}

/// One thing that changed.
#[derive(Clone, PartialEq, Eq)]
pub struct Property {
    /// `entitet`, as written.
    pub entity: String,
    /// What is done to it.
    pub change: EntityChange,
    /// `gyldighetstidspunkt`.
    pub valid_from: Option<Now>,
    /// `opphoerstidspunkt`.
    pub ended: Option<Now>,
    /// `erGjeldende`, where a source writes it.
    pub in_force: Option<bool>,
    /// What it is now; none where an annulment leaves it out.
    pub value: Option<Value>,
}

/// What a property holds, of what is read.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// `bostedsadresse` or `oppholdsadresse`.
    Address(Address),
    /// `adressebeskyttelse` with a level, which stands among the document's gradings.
    Protection,
    /// `identifikasjonsnummer`.
    Number {
        /// The number, as written.
        number: String,
        /// Whether it is in use; none where nothing is said.
        in_use: Option<bool>,
    },
    /// `utlendingsmyndighetenesIdentifikasjonsnummer`, as written.
    Immigration(String),
    /// `status`, as written.
    Status(String),
    /// `doedsfall`, and the day.
    Death(Option<NaiveDate>),
    /// `utflytting`.
    Emigration,
}

/// Where somebody lives, as far as it is read: never the address itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The municipality as written; empty where there is none (unknown, or abroad).
    pub municipality: String,
    /// `flyttedato` or `oppholdsadressedato`.
    pub moved_on: Option<NaiveDate>,
    /// `adressegradering` of this address, as written; none where it says nothing.
    pub grading: Option<String>,
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Event({}, {} properties)", self.kind, self.properties.len())
    }
}

impl fmt::Debug for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Property({}, {:?})", self.entity, self.change)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value")
    }
}

/// What the event is called; empty where that cannot be read. Enough for an event that is only counted.
pub fn kind(root: &Element) -> &str {
    root.child("hendelse").and_then(|event| event.child_text("hendelsestype")).unwrap_or_default()
}

/// Reads a document.
///
/// # Errors
/// [`DocumentError`] with the element of the first trouble.
pub fn read(root: &Element) -> Result<Event, DocumentError> {
    if root.namespace().is_some_and(|namespace| !namespace.starts_with(NAMESPACE)) {
        return Err(DocumentError::Namespace);
    }
    let mut events = root.all("hendelse");
    let (Some(event), None) = (events.next(), events.next()) else { return Err(DocumentError::NotOne) };
    for name in ["folkeregisteridentifikator", "hendelsestype"] {
        if event.all(name).nth(1).is_some() {
            return Err(DocumentError::Contradictory(name));
        }
    }
    let text = |of: &Element, name: &str| of.child_text(name).unwrap_or_default().to_owned();
    Ok(Event {
        document: text(root, "dokumentidentifikator"),
        person: text(event, "folkeregisteridentifikator"),
        kind: text(event, "hendelsestype"),
        registered: time(event, "ajourholdstidspunkt")?,
        properties: event.all("egenskapshendelse").map(property).collect::<Result<_, _>>()?,
    })
}

/// Every grading in the document, wherever it stands.
pub fn gradings(root: &Element) -> impl Iterator<Item = &str> {
    texts(root, &["adressegradering", "graderingsnivaa"])
}

/// Every number in the document that is the person's own.
pub fn numbers(root: &Element) -> impl Iterator<Item = &str> {
    let event = root.child("hendelse").into_iter();
    let changed = event.clone().flat_map(|event| event.all("egenskapshendelse"));
    let changed = changed.filter_map(|property| property.child("identifikasjonsnummer"));
    event
        .filter_map(|event| event.child_text("folkeregisteridentifikator"))
        .chain(changed.filter_map(|value| value.child_text("foedselsEllerDNummer")))
}

fn texts<'a>(root: &'a Element, names: &'static [&str]) -> impl Iterator<Item = &'a str> {
    root.descendants().filter(|element| names.contains(&element.name())).map(Element::text)
}

fn property(element: &Element) -> Result<Property, DocumentError> {
    let mut held = VALUES.iter().flat_map(|name| element.all(name).map(|value| (*name, value)));
    let found = held.next();
    if held.next().is_some() {
        return Err(DocumentError::Contradictory("egenskapshendelse"));
    }
    let entity = match (element.child_text("entitet"), found) {
        (Some(stated), Some((name, _))) if stated != name => {
            return Err(DocumentError::Contradictory("entitet"));
        }
        (Some(stated), _) => stated,
        (None, Some((name, _))) => name,
        (None, None) => "",
    };
    let change = match element.child_text("entitetsendring") {
        Some("registrereNy") => EntityChange::New,
        Some("korrigere") => EntityChange::Corrected,
        Some("annullere") => EntityChange::Annulled,
        Some(_) | None => return Err(DocumentError::Change),
    };
    let mut property = Property {
        entity: entity.to_owned(),
        change,
        valid_from: None,
        ended: None,
        in_force: None,
        value: None,
    };
    if let Some((name, held)) = found {
        property.valid_from = time(held, "gyldighetstidspunkt")?;
        property.ended = time(held, "opphoerstidspunkt")?;
        property.in_force = held.child_text("erGjeldende").map(|text| matches!(text, "true" | "1"));
        property.value = value(name, held)?;
    }
    Ok(property)
}

fn value(name: &str, held: &Element) -> Result<Option<Value>, DocumentError> {
    let text = |name: &str| held.child_text(name).unwrap_or_default().to_owned();
    let value = match name {
        "bostedsadresse" => Value::Address(address(held, "bostedsadresse", "flyttedato")?),
        "oppholdsadresse" => Value::Address(address(held, "oppholdsadresse", "oppholdsadressedato")?),
        "adressebeskyttelse" if held.child_text("graderingsnivaa").is_none() => return Ok(None),
        "adressebeskyttelse" => Value::Protection,
        "identifikasjonsnummer" => Value::Number {
            number: text("foedselsEllerDNummer"),
            in_use: match held.child_text("status") {
                Some("iBruk") => Some(true),
                Some("opphoert") => Some(false),
                Some(_) | None => None,
            },
        },
        "utlendingsmyndighetenesIdentifikasjonsnummer" => Value::Immigration(text("identifikasjonsnummer")),
        "status" => Value::Status(text("status")),
        "doedsfall" => Value::Death(date(held, "doedsdato")?),
        "utflytting" => Value::Emigration,
        _ => return Ok(None),
    };
    Ok(Some(value))
}

/// The municipality of whichever kind of address it is.
fn address(held: &Element, name: &'static str, moved_on: &'static str) -> Result<Address, DocumentError> {
    let of = |kind: &str, number: &str| held.child(kind).and_then(|address| address.child_text(number));
    let cadastral = held.child("matrikkeladresse").and_then(|address| address.child("matrikkelnummer"));
    let places = [
        of("vegadresse", "kommunenummer"),
        cadastral.and_then(|number| number.child_text("kommunenummer")),
        of("ukjentBosted", "bostedskommune"),
    ];
    let mut named = places.into_iter().flatten();
    let municipality = named.next().unwrap_or_default();
    if named.any(|other| other != municipality) {
        return Err(DocumentError::Contradictory(name));
    }
    let grading = held.child_text("adressegradering").map(str::to_owned);
    Ok(Address { municipality: municipality.to_owned(), moved_on: date(held, moved_on)?, grading })
}

fn time(of: &Element, name: &'static str) -> Result<Option<Now>, DocumentError> {
    let read = |text| stated_time::parse(text).ok_or(DocumentError::Time(name));
    of.child_text(name).map(read).transpose()
}

/// A date: as the schema has it, without hyphens as its comment allows, or with an offset.
fn date(of: &Element, name: &'static str) -> Result<Option<NaiveDate>, DocumentError> {
    let Some(text) = of.child_text(name) else { return Ok(None) };
    let plain = text.get(..10).filter(|_| !text.contains('T')).unwrap_or(text);
    let read = ["%Y-%m-%d", "%Y%m%d"].iter().find_map(|form| NaiveDate::parse_from_str(plain, form).ok());
    read.map(Some).ok_or(DocumentError::Time(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::standards;
    use crate::xml;

    fn document(event: &str) -> String {
        format!(
            "<h:dokumentForHendelse xmlns:h='folkeregisteret:tilgjengeliggjoering:hendelse:v1'>\
             <h:dokumentidentifikator>d1</h:dokumentidentifikator><h:hendelse>\
             <h:folkeregisteridentifikator>05849628625</h:folkeregisteridentifikator>{event}</h:hendelse>\
             </h:dokumentForHendelse>"
        )
    }

    fn event(text: &str) -> Result<Event, DocumentError> {
        match xml::parse(text.as_bytes(), 100_000) {
            Ok(root) => read(&root),
            Err(error) => panic!("the test's own document is not XML: {error}"),
        }
    }

    fn held(entity: &str, inside: &str) -> String {
        let change = "registrereNy";
        document(&format!(
            "<h:hendelsestype>t</h:hendelsestype><h:egenskapshendelse><h:{entity}>{inside}</h:{entity}>\
             <h:entitet>{entity}</h:entitet><h:entitetsendring>{change}</h:entitetsendring>\
             </h:egenskapshendelse>"
        ))
    }

    fn first(text: &str) -> Result<Option<Value>, DocumentError> {
        Ok(event(text)?.properties.into_iter().next().and_then(|property| property.value))
    }

    #[test]
    fn every_kind_of_address_names_its_municipality() -> Result<(), DocumentError> {
        let rows = [
            (
                "bostedsadresse",
                "<h:vegadresse><h:kommunenummer>4601</h:kommunenummer></h:vegadresse>",
                "4601",
            ),
            (
                "bostedsadresse",
                "<h:matrikkeladresse><h:matrikkelnummer><h:kommunenummer>5001</h:kommunenummer>\
                 </h:matrikkelnummer></h:matrikkeladresse>",
                "5001",
            ),
            (
                "bostedsadresse",
                "<h:ukjentBosted><h:bostedskommune>1103</h:bostedskommune></h:ukjentBosted>",
                "1103",
            ),
            ("bostedsadresse", "<h:ukjentBosted/>", ""),
            ("oppholdsadresse", "<h:utenlandskAdresse><h:landkode>SE</h:landkode></h:utenlandskAdresse>", ""),
            (
                "oppholdsadresse",
                "<h:vegadresse><h:kommunenummer>5601</h:kommunenummer></h:vegadresse>",
                "5601",
            ),
        ];
        for (entity, inside, expected) in rows {
            let Some(Value::Address(address)) = first(&held(entity, inside))? else {
                panic!("{entity} {expected} is an address")
            };
            assert_eq!(address.municipality, expected, "{entity}");
        }
        Ok(())
    }

    #[test]
    fn what_is_unclear_is_refused_with_its_element() {
        let two = "<h:vegadresse><h:kommunenummer>4601</h:kommunenummer></h:vegadresse><h:ukjentBosted>\
                   <h:bostedskommune>1103</h:bostedskommune></h:ukjentBosted>";
        let rows = [
            ("another namespace", "<dokumentForHendelse xmlns='urn:x'/>".to_owned(), NAME),
            ("no event", "<dokumentForHendelse/>".to_owned(), "hendelse"),
            (
                "a time",
                document("<h:ajourholdstidspunkt>i går</h:ajourholdstidspunkt>"),
                "ajourholdstidspunkt",
            ),
            ("a date", held("bostedsadresse", "<h:flyttedato>18.11.2026</h:flyttedato>"), "flyttedato"),
            ("two places", held("bostedsadresse", two), "bostedsadresse"),
            (
                "another entity",
                held("bostedsadresse", "").replace("<h:entitet>bosted", "<h:entitet>opphold"),
                "entitet",
            ),
            (
                "history",
                held("bostedsadresse", "").replace("registrereNy", "korrigereHistorisk"),
                "entitetsendring",
            ),
            ("no change", document("<h:egenskapshendelse/>"), "entitetsendring"),
        ];
        for (name, text, element) in rows {
            assert_eq!(event(&text).map_err(DocumentError::element).err(), Some(element), "{name}");
        }
    }

    #[test]
    fn dates_and_times_are_read_in_every_form_the_schema_allows() -> Result<(), DocumentError> {
        for text in ["2026-11-18", "20261118", "2026-11-18+01:00", "2026-11-18Z"] {
            let found = first(&held("bostedsadresse", &format!("<h:flyttedato>{text}</h:flyttedato>")))?;
            let Some(Value::Address(address)) = found else { panic!("{text} is in an address") };
            assert_eq!(
                address.moved_on.map(|date| date.to_string()).as_deref(),
                Some("2026-11-18"),
                "{text}"
            );
        }
        Ok(())
    }

    #[test]
    fn the_samples_are_read() -> Result<(), Box<dyn std::error::Error>> {
        let Some(folder) = standards::folder() else { return Ok(()) };
        let rows = [
            (
                "01_flytting_mellom_kommuner",
                "endringIBostedsadresse",
                "bostedsadresse",
                EntityChange::New,
                "ugradert",
            ),
            (
                "02_uten_flytting",
                "endringIBostedsadresseUtenFlytting",
                "bostedsadresse",
                EntityChange::New,
                "ugradert",
            ),
            ("03_annullert", "endringIBostedsadresse", "bostedsadresse", EntityChange::Annulled, ""),
            (
                "05_strengt_fortrolig",
                "endringIAdressebeskyttelse",
                "adressebeskyttelse",
                EntityChange::New,
                "strengtFortrolig",
            ),
            (
                "06_asylsoeker_dnr_oppholdsadresse",
                "endringIOppholdsadresse",
                "oppholdsadresse",
                EntityChange::New,
                "ugradert",
            ),
        ];
        for (file, kind, entity, change, grading) in rows {
            let bytes = std::fs::read(folder.join("freg").join(file).with_extension("xml"))?;
            let root = xml::parse(&bytes, 100_000)?;
            let event = read(&root)?;
            assert_eq!(event.kind, kind, "{file}");
            let told: Vec<_> = event.properties.iter().map(|p| (p.entity.as_str(), p.change)).collect();
            assert_eq!(told, [(entity, change)], "{file}");
            assert_eq!(gradings(&root).next().unwrap_or_default(), grading, "{file}");
            assert_eq!(numbers(&root).count(), 1, "{file}");
            assert!(event.registered.is_some(), "{file}");
            assert!(!format!("{event:?}").contains(&event.person), "{file}");
        }
        Ok(())
    }
}
