//! What a party can receive: from the binding of an action to the schemas of its package and to the places it is
//! received at.
//!
//! A document refers to its own parts by id. A reference that leads nowhere leaves out what it would have told;
//! every list is cut where no real document is that long, so that following references stays cheap.

use std::collections::BTreeMap;

use crate::xml::Element;

/// The most schemas of one package and places of one action that are looked at; a real one has a handful.
const MOST: usize = 16;

/// The most packages of a document and actions of a party that are looked at; the whole catalogue has a few hundred.
const MANY: usize = 1_000;

/// The longest name of a schema and address kept, bytes; a longer one is left out. One that many actions refer to is
/// kept with each of them.
const LONGEST: usize = 200;

/// The versions of Dialogmelding by their schemas: a message is held against its schema, whatever number stands
/// beside it.
const DIALOGUES: [(&str, &str); 2] = [
    ("http://www.kith.no/xmlstds/dialog/2006-10-11", "1.0"),
    ("http://www.kith.no/xmlstds/dialog/2013-01-23", "1.1"),
];

/// Schemas that go around every message and say nothing of its kind.
const ENVELOPES: [&str; 4] = [
    "http://www.kith.no/xmlstds/msghead/",
    "http://www.oasis-open.org/committees/ebxml-msg/",
    "http://schemas.xmlsoap.org/",
    "http://www.w3.org/",
];

/// An action that a party can receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reception {
    /// The ebXML action (HISD 1209).
    pub action: String,
    /// The schemas of what is received, those around every message apart.
    pub schemas: Vec<Schema>,
    /// Where it is received.
    pub endpoints: Vec<Endpoint>,
}

/// A schema that a message may follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Its namespace.
    pub namespace: String,
    /// The version of its standard, `1.1`; none where nothing tells it.
    pub version: Option<String>,
}

/// A place where messages are received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `SMTP`, `AMQP`, `HTTP`.
    pub protocol: String,
    /// Its address.
    pub uri: String,
}

impl Reception {
    /// The versions in which the action is received; none where nothing tells any. Beside a dialogue stand schemas
    /// of its parts with versions of their own: the dialogue's count.
    pub fn versions(&self) -> impl Iterator<Item = &str> {
        let is_dialogue = |schema: &&Schema| DIALOGUES.iter().any(|(known, _)| *known == schema.namespace);
        let dialogue = self.schemas.iter().any(|schema| is_dialogue(&schema));
        let counting = self.schemas.iter().filter(move |schema| !dialogue || is_dialogue(schema));
        counting.filter_map(|schema| schema.version.as_deref())
    }
}

/// The packages of a document, by id, with the schemas in each.
pub(super) struct Packages<'a>(BTreeMap<&'a str, Vec<Schema>>);

impl<'a> Packages<'a> {
    pub(super) fn of(root: &'a Element) -> Self {
        let parts = by_id(root, "SimplePart", "id");
        let package =
            |packaging: &'a Element| Some((packaging.local_attribute("id")?, schemas(packaging, &parts)));
        Packages(root.all("Packaging").take(MANY).filter_map(package).collect())
    }
}

/// The schemas that a package holds, in whatever wrapping.
fn schemas(packaging: &Element, parts: &BTreeMap<&str, &Element>) -> Vec<Schema> {
    let constituents = packaging.descendants().filter(|element| element.name() == "Constituent");
    let parts = constituents.filter_map(|one| parts.get(one.local_attribute("idref")?)).take(MOST);
    let supported = parts.flat_map(|part| part.children().iter().take(MOST)).take(MOST);
    let supported =
        supported.filter(|element| element.name() == "NamespaceSupported" && element.text().len() <= LONGEST);
    let is_envelope = |schema: &Schema| ENVELOPES.iter().any(|around| schema.namespace.starts_with(around));
    supported.map(schema).filter(|schema| !is_envelope(schema)).collect()
}

fn schema(supported: &Element) -> Schema {
    let namespace = supported.text().to_owned();
    let known = DIALOGUES.iter().find(|(dialogue, _)| *dialogue == namespace);
    let version = match known {
        Some((_, version)) => Some((*version).to_owned()),
        None => supported.local_attribute("version").and_then(plain_version),
    };
    Schema { namespace, version }
}

/// A version as numbers alone: `v1.1 2013-01-23` is 1.1. None for what is no version; evidence shows it, so that it
/// must be too short for a person's number.
fn plain_version(written: &str) -> Option<String> {
    const LONGEST: usize = 10;
    let first = written.split_whitespace().next()?;
    let number = first.strip_prefix(['v', 'V']).unwrap_or(first);
    let plain = number.starts_with(|c: char| c.is_ascii_digit())
        && number.len() <= LONGEST
        && number.chars().all(|c| c.is_ascii_digit() || c == '.');
    plain.then(|| number.to_owned())
}

/// Every action that a party can receive, in the order of the document.
pub(super) fn receives(party: &Element, packages: &Packages<'_>) -> Vec<Reception> {
    let channels = by_id(party, "DeliveryChannel", "channelId");
    // Looked through once, however many actions refer to it.
    let transports = by_id(party, "Transport", "transportId");
    let transports: BTreeMap<&str, Vec<Endpoint>> =
        transports.into_iter().map(|(id, transport)| (id, endpoints_of(transport).collect())).collect();
    let roles = party.all("CollaborationRole").flat_map(Element::descendants);
    let bindings = roles
        .filter(|element| element.name() == "CanReceive")
        .filter_map(|receive| receive.child("ThisPartyActionBinding"));
    let endpoints = |binding: &Element| {
        let channels = binding.all("ChannelId").take(MOST).filter_map(|id| channels.get(id.text()));
        let transports =
            channels.filter_map(|channel| transports.get(channel.local_attribute("transportId")?));
        transports.flatten().take(MOST).cloned().collect()
    };
    let reception = |binding: &Element| {
        let package = binding.local_attribute("packageId").and_then(|id| packages.0.get(id));
        Some(Reception {
            action: binding.local_attribute("action")?.trim().to_owned(),
            schemas: package.cloned().unwrap_or_default(),
            endpoints: endpoints(binding),
        })
    };
    bindings.take(MANY).filter_map(reception).collect()
}

/// The first places of a transport.
fn endpoints_of(transport: &Element) -> impl Iterator<Item = Endpoint> {
    let receivers = transport.all("TransportReceiver").flat_map(|receiver| {
        let protocol = receiver.child_text("TransportProtocol").unwrap_or_default();
        receiver
            .all("Endpoint")
            .filter_map(move |endpoint| Some((protocol, endpoint.local_attribute("uri")?)))
    });
    let kept = receivers.filter(|(protocol, uri)| protocol.len() <= LONGEST && uri.len() <= LONGEST);
    kept.take(MOST).map(|(protocol, uri)| Endpoint { protocol: protocol.to_owned(), uri: uri.to_owned() })
}

/// The elements of one name directly inside another, by their ids.
fn by_id<'a>(inside: &'a Element, name: &'a str, id: &str) -> BTreeMap<&'a str, &'a Element> {
    inside.all(name).filter_map(|element| Some((element.local_attribute(id)?, element))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_its_numbers_alone() {
        let rows = [
            ("1.1", Some("1.1")),
            (" 1.0 ", Some("1.0")),
            ("v1.1", Some("1.1")),
            ("V1.1 2013-01-23", Some("1.1")),
            ("2", Some("2")),
            ("string", None),
            ("1p1", None),
            ("", None),
            ("1.1111111111111", None),
        ];
        for (written, expected) in rows {
            assert_eq!(plain_version(written).as_deref(), expected, "{written:?}");
        }
    }
}
