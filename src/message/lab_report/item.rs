//! One result of a report, with the results that stand in it.

use super::{ServType, code, serv_type, text, time};
use crate::moves::Now;
use crate::xml::Element;

/// A coded value as received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coded {
    /// The code; may be empty.
    pub value: String,
    /// The list's OID; may be empty.
    pub system: String,
    /// What the code is called; may be empty.
    pub name: String,
    /// The sender's own words (OT); may be empty.
    pub other_text: String,
}

impl Coded {
    pub(super) fn of(element: &Element) -> Self {
        let get = |name| element.attribute(name).map(str::trim).unwrap_or_default().to_owned();
        Coded { value: code(element).to_owned(), system: get("S"), name: get("DN"), other_text: get("OT") }
    }

    /// What to show of it: its name, else the sender's own words, else the code.
    pub fn shown(&self) -> &str {
        [&self.name, &self.other_text, &self.value]
            .into_iter()
            .find(|text| !text.is_empty())
            .map_or("", |t| t)
    }

    /// What it is looked up by: the code, else the sender's own words, which are all that an unspecified code has.
    pub fn key(&self) -> &str {
        [&self.value, &self.other_text].into_iter().find(|text| !text.is_empty()).map_or("", |t| t)
    }
}

/// What an item says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, codes, or both.
    Text {
        /// What kind of text it is (code list 8243): `LR`, `RSB`, `GR`; may be empty.
        heading: String,
        /// The text; may be empty.
        text: String,
        /// The codes.
        codes: Vec<Coded>,
        /// The unit; may be empty.
        unit: String,
    },
    /// A number.
    Number {
        /// The comparison before it (code list 8239); may be empty.
        comparator: String,
        /// The number as written.
        value: String,
        /// The unit; may be empty.
        unit: String,
    },
    /// From one number to another, each with its unit; either may be empty.
    Interval(String, String),
    /// A date, as written.
    Date(String),
}

impl Value {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Text { text, codes, .. } => text.is_empty() && codes.is_empty(),
            Value::Number { value, .. } => value.is_empty(),
            Value::Interval(low, high) => low.is_empty() && high.is_empty(),
            Value::Date(date) => date.is_empty(),
        }
    }
}

/// A result, or a heading over results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultItem {
    /// What it says; the schema has room for one value, senders for more.
    pub values: Vec<Value>,
    /// New, sent before, changed, cancelled; none where it is not said.
    pub serv_type: Option<ServType>,
    /// The reference limits, as received.
    pub references: Vec<String>,
    /// What was examined.
    pub codes: Vec<Coded>,
    /// When it was examined.
    pub examined_at: Option<Now>,
    /// Comments to it, as received.
    pub comments: Vec<String>,
    /// Outside the reference limits (code list 8244), in words; may be empty.
    pub deviation: String,
    /// Its id in the report, the same in every version of it; may be empty.
    pub id: String,
    /// The id of the item it hangs on; may be empty.
    pub refers_to: String,
    /// How far it has come (code list 8245), as received; may be empty.
    pub status: String,
    /// When it was answered.
    pub answered_at: Option<Now>,
    /// The ids of the samples it is of.
    pub samples: Vec<String>,
    /// The results in it.
    pub items: Vec<ResultItem>,
}

impl ResultItem {
    /// How many results it is, those in it included.
    pub fn count(&self) -> usize {
        1 + self.items.iter().map(ResultItem::count).sum::<usize>()
    }

    /// Reads an item and those in it; the reader of XML bounds how deep they stand.
    pub(super) fn of(item: &Element) -> Self {
        let texts = |name| item.all(name).filter_map(text::of);
        let one = |name: &str| item.child_text(name).unwrap_or_default().to_owned();
        let investigations = || item.all("Investigation");
        let answered = ["MedicalValidationDate", "CounterSignDate", "StatusChangeDate", "DescrDate"];
        ResultItem {
            values: item.children().iter().filter_map(value).filter(|value| !value.is_empty()).collect(),
            serv_type: item.child("ServType").and_then(serv_type),
            references: item.all("RefInterval").filter_map(|limit| text::of(limit.child("Descr")?)).collect(),
            codes: investigations().flat_map(|it| it.all("Id")).map(Coded::of).collect(),
            examined_at: item.child("InvDate").and_then(time),
            comments: texts("Comment")
                .chain(investigations().filter_map(|it| text::of(it.child("Comment")?)))
                .chain(
                    item.all("DiagComment")
                        .filter_map(|it| Some(Coded::of(it.child("Concept")?).shown().to_owned())),
                )
                .chain(item.all("CodedComment").map(|it| Coded::of(it).shown().to_owned()))
                .chain(item.all("StructuredInfo").map(structured))
                .collect(),
            deviation: item
                .child("DevResultInd")
                .map(|it| Coded::of(it).shown().to_owned())
                .unwrap_or_default(),
            id: one("IdResultItem"),
            refers_to: one("RefIdResultItem"),
            status: item.child("StatusInvestigation").map(code).unwrap_or_default().to_owned(),
            answered_at: answered.into_iter().find_map(|name| time(item.child(name)?)),
            samples: item.all("RefAnalysedSubject").map(|it| it.text().to_owned()).collect(),
            items: item.all("ResultItem").map(ResultItem::of).collect(),
        }
    }
}

fn value(element: &Element) -> Option<Value> {
    let one = |name: &str| element.child_text(name).unwrap_or_default().to_owned();
    match element.name() {
        "TextResult" => Some(Value::Text {
            heading: element.child("Heading").map(code).unwrap_or_default().to_owned(),
            text: element.all("TextResultValue").filter_map(text::of).collect::<Vec<_>>().join("\n"),
            codes: element.all("TextCode").map(Coded::of).collect(),
            unit: one("Unit"),
        }),
        "NumResult" => {
            let number = element.child("NumResultValue");
            Some(Value::Number {
                comparator: element.child("ArithmeticComp").map(code).unwrap_or_default().to_owned(),
                value: number.map(code).unwrap_or_default().to_owned(),
                unit: number.and_then(|it| it.attribute("U")).unwrap_or_default().trim().to_owned(),
            })
        }
        "Interval" => {
            let limit = |name| element.child(name).map(quantity).unwrap_or_default();
            Some(Value::Interval(limit("Low"), limit("High")))
        }
        "DateResult" => element.child("DateResultValue").map(|date| Value::Date(code(date).to_owned())),
        _ => None,
    }
}

fn quantity(element: &Element) -> String {
    let unit = element.attribute("U").unwrap_or_default().trim();
    format!("{} {unit}", code(element)).trim().to_owned()
}

/// Structured information in words: what it is, and what it says.
fn structured(info: &Element) -> String {
    let said: Vec<String> = info
        .children()
        .iter()
        .filter(|part| part.name() != "Type")
        .flat_map(Element::children)
        .map(|value| match value.name() {
            "Quantity" => quantity(value),
            _ => Coded::of(value).shown().to_owned(),
        })
        .collect();
    let kind = info.child("Type").map(Coded::of).unwrap_or_default();
    format!("{}: {}", kind.shown(), said.join(", "))
}
