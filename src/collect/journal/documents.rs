//! Every document of a bundle, in order, with everything that keeps the bundle from going.
//!
//! All documents are read even when one is bad, so that a person sees every fault at once. A fault is told by
//! the document's number in the order of the paths: a file's name may hold a person's.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::bundle::Bundle;
use super::index::{self, Entry};
use super::opened::Opened;
use crate::collect::content::{self, Content, Flaw};
use crate::inventory::{Document, Format};
use crate::job::JournalSettings;
use crate::person::mask_numbers;
use crate::reason::Reason;
use crate::transfer::Hold;

/// An entry that unpacks to more than this may be at most [`MAX_RATIO`] times its packed size: a page may be
/// blank, but a disk full of nothing is no document.
const RATIO_FLOOR: u64 = 16 << 20;
/// See [`RATIO_FLOOR`].
const MAX_RATIO: u64 = 200;
/// Faults that are spelled out; of more only the count is.
const MAX_SHOWN: usize = 5;

/// Reads every document of a bundle.
///
/// # Errors
/// Every reason to hold it, each with what it is about.
pub fn read_all(bundle: &mut Bundle, settings: &JournalSettings) -> Result<Vec<Document>, Vec<Hold>> {
    let (indexes, names) = listed(bundle);
    let mut faults = Faults::default();
    if names.len() > settings.max_documents {
        faults.add(Reason::TooLarge, format!("{} dokumenter; høyst {}", names.len(), settings.max_documents));
        return Err(faults.holds());
    }
    if names.is_empty() {
        faults.add(Reason::BundleIncomplete, "ingen dokumenter".to_owned());
    }
    let entries = entries(bundle, &indexes, &names, settings, &mut faults);
    let contents = contents(bundle, &names, settings, &mut faults);
    if faults.is_empty() { Ok(documents(entries, &contents)) } else { Err(faults.holds()) }
}

/// The documents as the index lists them, or in the order of their paths.
fn entries(
    bundle: &mut Bundle,
    indexes: &[String],
    names: &[String],
    settings: &JournalSettings,
    faults: &mut Faults,
) -> Vec<Entry> {
    let [name] = indexes else {
        if !indexes.is_empty() {
            faults.add(Reason::BundleIncomplete, format!("flere {}", index::NAME));
        }
        return names.iter().map(|name| Entry::unindexed(name)).collect();
    };
    read_one(bundle, name, names, settings).unwrap_or_else(|all| {
        all.into_iter().for_each(|fault| faults.add(Reason::BundleIncomplete, fault));
        Vec::new()
    })
}

/// What the index of a bundle says; none for a bundle without one.
///
/// # Errors
/// As [`index::read`].
pub fn read_index(
    bundle: &mut Bundle,
    settings: &JournalSettings,
) -> Option<Result<Vec<Entry>, Vec<String>>> {
    let (indexes, names) = listed(bundle);
    let [name] = indexes.as_slice() else { return None };
    Some(read_one(bundle, name, &names, settings))
}

fn read_one(
    bundle: &mut Bundle,
    name: &str,
    documents: &[String],
    settings: &JournalSettings,
) -> Result<Vec<Entry>, Vec<String>> {
    let read = bundle.read(name, |opened| read_small(opened.reader, index::MAX_BYTES));
    match read {
        Ok(Ok(bytes)) => index::read(&bytes, &settings.index, documents),
        Ok(Err(_)) | Err(_) => Err(vec![format!("{} kan ikke leses", index::NAME)]),
    }
}

/// The indexes and the documents of a bundle.
fn listed(bundle: &Bundle) -> (Vec<String>, Vec<String>) {
    bundle.names().iter().cloned().partition(|name| index::is_index(name))
}

/// Reads a whole small file without trusting that it is small.
fn read_small(reader: &mut dyn Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = reader.take(limit + 1).read_to_end(&mut bytes)?;
    if read as u64 > limit { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

fn contents(
    bundle: &mut Bundle,
    names: &[String],
    settings: &JournalSettings,
    faults: &mut Faults,
) -> BTreeMap<String, Content> {
    let mut left = settings.max_bundle_bytes;
    let mut contents = BTreeMap::new();
    for (at, name) in names.iter().enumerate() {
        let numbered = |text: &str| format!("fil {} av {}: {text}", at + 1, names.len());
        let limit = left.min(settings.max_document_bytes);
        match bundle.read(name, |opened| examine(opened, limit)) {
            Ok(Ok(Ok(content))) => {
                left -= content.bytes;
                if settings.require_pdfa && content.format == Format::Pdf {
                    faults.add(Reason::AttachmentFormat, numbered("ikke PDF/A"));
                }
                contents.insert(name.clone(), content);
            }
            Ok(Ok(Err((reason, fault)))) => faults.add(reason, numbered(fault)),
            Ok(Err(_)) | Err(_) => faults.add(Reason::BundleIncomplete, numbered("kan ikke leses")),
        }
    }
    contents
}

/// Reads one document within its limits.
fn examine(opened: Opened<'_>, limit: u64) -> io::Result<Result<Content, (Reason, &'static str)>> {
    const LARGE: (Reason, &str) = (Reason::TooLarge, "større enn grensen");
    if opened.declared > limit {
        return Ok(Err(LARGE));
    }
    let believable =
        opened.packed.map_or(u64::MAX, |packed| packed.saturating_mul(MAX_RATIO).max(RATIO_FLOOR));
    let read = content::examine(opened.reader, limit.min(believable))?;
    Ok(read.map_err(|flaw| match flaw {
        Flaw::Empty => (Reason::BundleIncomplete, "tom"),
        Flaw::CutShort => (Reason::BundleIncomplete, "avkortet, sluttmerket mangler"),
        Flaw::Damaged => (Reason::BundleIncomplete, "skadet, eller mangler noe av innholdet"),
        Flaw::Encrypted => (Reason::BundleIncomplete, "beskyttet med passord"),
        Flaw::TooComplex => (Reason::BundleIncomplete, "for sammensatt til å kontrolleres"),
        Flaw::TooLarge if believable < limit => (Reason::BundleIncomplete, "pakker ut til urimelig mye"),
        Flaw::TooLarge => LARGE,
    }))
}

fn documents(entries: Vec<Entry>, contents: &BTreeMap<String, Content>) -> Vec<Document> {
    let with_content = entries.into_iter().filter_map(|entry| {
        let content = contents.get(&entry.source)?;
        Some((entry, content))
    });
    with_content
        .zip(1..)
        .map(|((entry, content), no)| Document {
            no,
            title: mask_numbers(&entry.title).into_owned(),
            date: entry.date,
            kind: mask_numbers(&entry.kind).into_owned(),
            format: content.format,
            bytes: content.bytes,
            sha256: content.sha256,
            source: entry.source,
            pages: content.pages,
            as_pdf: None,
        })
        .collect()
}

/// Faults by reason, in the order found.
#[derive(Default)]
struct Faults(BTreeMap<Reason, Vec<String>>);

impl Faults {
    fn add(&mut self, reason: Reason, fault: String) {
        self.0.entry(reason).or_default().push(fault);
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn holds(self) -> Vec<Hold> {
        let joined = |mut faults: Vec<String>| {
            let more = faults.len().saturating_sub(MAX_SHOWN);
            faults.truncate(MAX_SHOWN);
            if more > 0 {
                faults.push(format!("og {more} til"));
            }
            faults.join("; ")
        };
        self.0.into_iter().map(|(reason, faults)| Hold { reason, detail: joined(faults) }).collect()
    }
}
