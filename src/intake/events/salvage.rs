//! What a held file of events still tells: how persons' addresses are protected (rules § 1, last sentence).
//!
//! Reads tags and the text after them past any fault, in whatever encoding keeps plain letters and digits as they
//! are. Believes a grading only between the beginning of an event, with its person's number, and that of the next.

use std::io::BufRead;

use crate::intake::cells::Reading;
use crate::intake::occurrence::Protection;
use crate::message::stated_time;
use crate::moves::Moment;
use crate::patient::Grading;
use crate::person::{NationalId, parse_id};

/// The longest tag and text that are looked at, bytes.
const LONGEST: usize = 4096;

/// An event as far as it has been read.
#[derive(Default)]
struct Open {
    ids: Vec<NationalId>,
    grading: Option<Grading>,
    registered_at: Option<Moment>,
}

/// Every grading of a known person that can be read.
pub(super) fn protections(
    source: &mut dyn BufRead,
    reading: &Reading,
    is_known: &dyn Fn(&NationalId) -> bool,
) -> Vec<Protection> {
    let (mut out, mut open) = (Vec::new(), Open::default());
    let mut piece = Vec::new();
    while next(source, &mut piece) {
        let text = String::from_utf8_lossy(&piece);
        let Some((tag, content)) = text.split_once('>') else { continue };
        let (name, content) = (local(tag), content.trim());
        match name {
            "hendelse" | "dokumentForHendelse" => {
                out.extend(std::mem::take(&mut open).told(is_known));
            }
            "folkeregisteridentifikator" | "foedselsEllerDNummer" => {
                let today = reading.now.date_naive();
                open.ids.extend(parse_id(content, None, reading.environment, today).ok().map(|read| read.id));
            }
            "adressegradering" | "graderingsnivaa" => {
                open.grading = open.grading.max(Grading::parse(content));
            }
            "ajourholdstidspunkt" if open.registered_at.is_none() => {
                open.registered_at = stated_time::parse(content).map(|at| at.to_utc());
            }
            _ => {}
        }
    }
    out.extend(open.told(is_known));
    out
}

impl Open {
    fn told(self, is_known: &dyn Fn(&NationalId) -> bool) -> Option<Protection> {
        let Open { ids, grading, registered_at } = self;
        let grading = grading.filter(|grading| *grading > Grading::Ungraded)?;
        let told = Protection { patient_ref: None, ids, grading, registered_at };
        told.ids.iter().any(is_known).then_some(told)
    }
}

/// The name in a start tag without prefix; an end tag has none that is looked for.
fn local(tag: &str) -> &str {
    let name = tag.split(char::is_whitespace).next().unwrap_or_default();
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The next tag with the text after it, cut at the longest; whether there is one.
fn next(source: &mut dyn BufRead, piece: &mut Vec<u8>) -> bool {
    piece.clear();
    loop {
        let Ok(available) = source.fill_buf() else { return false };
        if available.is_empty() {
            return !piece.is_empty();
        }
        let end = available.iter().position(|byte| *byte == b'<');
        let taken = &available[..end.unwrap_or(available.len())];
        piece.extend(taken.iter().take(LONGEST - piece.len().min(LONGEST)));
        let used = end.map_or(available.len(), |end| end + 1);
        source.consume(used);
        if end.is_some() {
            return true;
        }
    }
}
