//! A document beside the results of a report (RefDoc): what is said of it, and its bytes where they are inside.
//!
//! Base64 that cannot be read is a fact of this document alone and takes nothing else of the message with it. Leaves
//! out what kind of file the bytes are and whether they are whole (`collect`).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{code, text, time};
use crate::moves::Now;
use crate::xml::Element;

/// The element that holds a file's bytes.
const CONTAINER: &str = "Base64Container";

/// A document of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefDoc {
    /// Its id, as received; may be empty.
    pub id: String,
    /// When it was issued.
    pub issued: Option<Now>,
    /// What it is called, as received; may be empty.
    pub description: String,
    /// The MIME type it is said to have; may be empty.
    pub mime: String,
    /// How its content is compressed, as received; empty where it is not.
    pub compression: String,
    /// What is inside.
    pub content: Enclosed,
}

/// What a report holds of a document. Never printed.
#[derive(Clone, PartialEq, Eq)]
pub enum Enclosed {
    /// The file's bytes.
    Bytes(Vec<u8>),
    /// What should be base64 and is not.
    NotBase64,
    /// Nothing: the document lies where the reference says, or is only named.
    Elsewhere,
    /// XML, or more than one file.
    Other,
}

impl fmt::Debug for Enclosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Enclosed::Bytes(_) => "Bytes",
            Enclosed::NotBase64 => "NotBase64",
            Enclosed::Elsewhere => "Elsewhere",
            Enclosed::Other => "Other",
        })
    }
}

impl RefDoc {
    pub(super) fn of(document: &Element) -> Self {
        let one = |name| document.child_text(name).unwrap_or_default().to_owned();
        RefDoc {
            id: one("Id"),
            issued: document.child("IssueDate").and_then(time),
            description: document.child("Description").and_then(text::of).unwrap_or_default(),
            mime: one("MimeType"),
            compression: document.child("Compression").map(code).unwrap_or_default().to_owned(),
            content: document.child("Content").map_or(Enclosed::Elsewhere, enclosed),
        }
    }
}

fn enclosed(content: &Element) -> Enclosed {
    match content.children() {
        // Some senders leave the container out and write the base64 itself.
        [] if content.text().is_empty() => Enclosed::Elsewhere,
        [] => decoded(content.text()),
        [one] if one.name() == CONTAINER && one.children().is_empty() => decoded(one.text()),
        [_, ..] => Enclosed::Other,
    }
}

fn decoded(base64: &str) -> Enclosed {
    let packed: Vec<u8> = base64.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    STANDARD.decode(packed).map_or(Enclosed::NotBase64, Enclosed::Bytes)
}
