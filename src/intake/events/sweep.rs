//! The sweep over a night's events: feeds first, then documents, and once more for those who became known.
//!
//! A file counts when it has been read to its end and has not changed meanwhile; what is held gives its gradings
//! and nothing else.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::time::Duration;

use super::feed::{Feed, Listed};
use super::files::{self, Went};
use super::known::Known;
use super::rows::{self, Document, Said};
use super::salvage;
use super::stage::{self, Stage, absorb};
use crate::intake::cells::{self, Reading};
use crate::intake::extract::Extracts;
use crate::intake::many;
use crate::intake::occurrence::{EventKind, Occurrence, Place, Protection};
use crate::intake::source::{Contents, HeldFile, HeldWhy, Look, settled};
use crate::job::{EventForm, EventSource, Source};
use crate::message::freg::document;
use crate::message::freg::feed::{self, FeedFault};
use crate::person::{NationalId, mask_numbers};
use crate::tabular::BadCell;
use crate::xml::{self, Found, XmlFault};

/// The most that one event document may be, bytes.
const LARGEST_DOCUMENT: usize = 2_000_000;

/// The extensions of documents and feeds, which may lie in one folder.
const EXTENSIONS: [&str; 2] = ["xml", "json"];

/// An input of events, looked at and not yet read.
#[derive(Debug)]
pub struct Watched<'a> {
    source: &'a EventSource,
    files: Vec<(Source, Result<Look, HeldWhy>)>,
}

/// What became of the inputs.
#[derive(Debug, Default)]
pub struct Taken {
    /// Files that were not used.
    pub held: Vec<HeldFile>,
    /// Each input that was used, and what was in it, in words and counts.
    pub found: Vec<(String, String)>,
}

/// Looks at every file; those written lately are waited for once, all together.
pub fn watch<'a>(sources: &[&'a EventSource], settle: Duration) -> Vec<Watched<'a>> {
    let files: Vec<Vec<Source>> =
        sources.iter().map(|source| many::files(&source.location, extension(source.form))).collect();
    let mut looks = settled(&files.concat(), settle).into_iter();
    let watched = sources.iter().zip(files);
    watched
        .map(|(source, files)| Watched { source, files: files.into_iter().zip(looks.by_ref()).collect() })
        .collect()
}

fn extension(form: EventForm) -> &'static str {
    match form {
        EventForm::Documents => "xml",
        EventForm::Feed => "json",
    }
}

/// Reads every input into the extracts, which hold tonight's other rows already.
pub fn take_in(watched: &[Watched<'_>], known: &Known, reading: &Reading, extracts: &mut Extracts) -> Taken {
    take_in_after(watched, known, reading, extracts, || {})
}

/// `between` happens after the first look at the files and before the second, if there is one.
pub(super) fn take_in_after(
    watched: &[Watched<'_>],
    known: &Known,
    reading: &Reading,
    extracts: &mut Extracts,
    between: impl FnOnce(),
) -> Taken {
    let mut taken = Taken::default();
    let feed = feeds(watched, known, reading, &mut taken);
    let mut matched = BTreeSet::new();
    let first = Sweep { known, reading, feed: &feed, again: false };
    let mut used = Vec::new();
    for input in watched.iter().filter(|input| input.source.form == EventForm::Documents) {
        if let Some(stage) = first.input(input, &mut taken) {
            let told = many::with_others(stage.told(), &input.source.location, &EXTENSIONS);
            taken.found.push((input.source.location.shown.clone(), told));
            matched.extend(stage.matched);
            absorb(extracts, stage.extracts);
            used.push(input);
        }
    }
    between();
    let linked = known.linked_by(&extracts.occurrences);
    let feed = if linked.is_empty() {
        feed
    } else {
        again(&used, watched, &linked, reading, (feed, &mut matched), extracts, &mut taken)
    };
    let missing = feed.unmatched(&matched);
    extracts.read += missing.len() as u64;
    for (row, unread) in missing {
        extracts.rejected.push(row);
        extracts.occurrences.extend(unread);
    }
    extracts.events_held = !taken.held.is_empty();
    taken.held.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    // A folder may be the input of documents and of the feed at once.
    taken.held.dedup();
    taken
}

/// Reads once more what was passed over, for those whom tonight's links make known. A file that has changed since the
/// first look keeps what it gave then, which was read whole; of the new persons it gives their gradings alone, their
/// events stay counted as others', and it is listed: another night reads it again, and knows them from the ledger.
fn again(
    used: &[&Watched<'_>],
    watched: &[Watched<'_>],
    linked: &Known,
    reading: &Reading,
    (mut feed, matched): (Feed, &mut BTreeSet<String>),
    extracts: &mut Extracts,
    taken: &mut Taken,
) -> Feed {
    let mut of_feeds = Taken::default();
    let mut passed_over = feeds(watched, linked, reading, &mut of_feeds);
    changed_since(of_feeds, taken);
    passed_over.without.clear();
    feed.absorb(Feed { entries: 0, ..passed_over });
    let sweep = Sweep { known: linked, reading, feed: &feed, again: true };
    for input in used {
        let mut told_before = Taken::default();
        if let Some(stage) = sweep.input(input, &mut told_before) {
            matched.extend(stage.matched);
            // They were counted as others' when they were passed over.
            extracts.of_others = extracts.of_others.saturating_sub(stage.events);
            extracts.read = extracts.read.saturating_sub(stage.events);
            absorb(extracts, stage.extracts);
        }
        changed_since(told_before, taken);
    }
    feed
}

/// Lists the files that were good at the first look and are not at the second: they changed, whatever is wrong with
/// them now.
fn changed_since(second: Taken, taken: &mut Taken) {
    let is_new = |held: &HeldFile| !taken.held.iter().any(|other| other.file == held.file);
    let changed: Vec<HeldFile> = second.held.into_iter().filter(is_new).collect();
    taken.held.extend(changed.into_iter().map(|held| held_at(&held.file, (0, 0), HeldWhy::Changed)));
}

/// Reads every feed.
fn feeds(watched: &[Watched<'_>], known: &Known, reading: &Reading, taken: &mut Taken) -> Feed {
    let mut all = Feed::default();
    for input in watched.iter().filter(|input| input.source.form == EventForm::Feed) {
        let mut whole = Feed::default();
        for (source, look) in &input.files {
            let one = |shown: &str, stream: &mut dyn BufRead, held: &mut Vec<HeldFile>| {
                let mut part = Feed { is_there: true, ..Feed::default() };
                let read = feed::each(stream, |entry, line| {
                    let at = Place { file: shown.to_owned(), line: line as u64 };
                    part.take(entry, at, known, reading);
                });
                match read {
                    Ok(()) => Ok(part),
                    Err(error) if matches!(error.fault, FeedFault::Unreadable(_)) => Err(()),
                    Err(error) => {
                        held.push(held_at(shown, (error.line, error.column), HeldWhy::Feed(error.fault)));
                        Ok(Feed::default())
                    }
                }
            };
            let mut part = Feed::default();
            if stream(source, look, "json", &mut taken.held, one, |read| part.absorb(read)) {
                whole.absorb(part);
            }
        }
        let (found, expected) = (whole.entries, input.source.expected_minimum);
        let shown = &input.source.location.shown;
        if found < expected {
            taken.held.push(held_at(shown, (0, 0), HeldWhy::TooFew { found, expected }));
        } else {
            let told = format!("{found} entries of the event feed");
            let told = many::with_others(told, &input.source.location, &EXTENSIONS);
            taken.found.push((shown.clone(), told));
            all.absorb(whole);
        }
    }
    all
}

/// Reads each stream of a file with `one` and gives what it read to `keep`; whether the file as a whole is good.
/// When it is not, what was kept is worth nothing.
fn stream<T>(
    source: &Source,
    look: &Result<Look, HeldWhy>,
    extension: &str,
    held: &mut Vec<HeldFile>,
    one: impl Fn(&str, &mut dyn BufRead, &mut Vec<HeldFile>) -> Result<T, ()>,
    mut keep: impl FnMut(T),
) -> bool {
    let mut inside = Vec::new();
    let read = look.clone().and_then(|before| {
        let nested =
            files::each(source, extension, &mut |shown, stream| match one(shown, stream, &mut inside) {
                Ok(read) => {
                    keep(read);
                    Went::Well
                }
                Err(()) => Went::Badly,
            })?;
        if Look::at(&source.path)? == before { Ok(nested) } else { Err(HeldWhy::Growing) }
    });
    match read {
        Ok(nested) => {
            held.extend(inside.into_iter().chain(nested));
            true
        }
        Err(why) => {
            held.push(held_at(&source.shown, (0, 0), why));
            false
        }
    }
}

fn held_at(file: &str, (line, column): (usize, usize), why: HeldWhy) -> HeldFile {
    let (line, column) = (line as u64, column as u64);
    HeldFile { file: file.to_owned(), line, column, why, contents: Contents::default() }
}

/// One pass over documents.
struct Sweep<'a> {
    known: &'a Known,
    reading: &'a Reading,
    feed: &'a Feed,
    /// Whether only those are looked for who were passed over before.
    again: bool,
}

impl Sweep<'_> {
    /// Everything of one input; none when it is held as a whole.
    fn input(&self, input: &Watched<'_>, taken: &mut Taken) -> Option<Stage> {
        let mut stage = Stage::default();
        let mut seen = 0;
        for (source, look) in &input.files {
            let (mut part, before) = (Stage::default(), taken.held.len());
            let one = |shown: &str, stream: &mut dyn BufRead, held: &mut Vec<HeldFile>| {
                self.one(shown, stream, held)
            };
            let mut of_file = 0;
            let good = stream(source, look, "xml", &mut taken.held, one, |(read, events)| {
                part.absorb(read);
                of_file += events;
            });
            if good {
                stage.absorb(part);
                seen += of_file;
            }
            // Once more for those whom tonight's links made known: their gradings may stand in what is held.
            if taken.held.len() > before {
                stage.extracts.protections.extend(self.salvage(source, &taken.held[before..]));
            }
        }
        let expected = input.source.expected_minimum;
        if seen >= expected {
            return Some(stage);
        }
        let why = HeldWhy::TooFew { found: seen, expected };
        // Of files held already the reason has been told.
        if taken.held.iter().all(|held| held.file != input.source.location.shown) {
            taken.held.push(held_at(&input.source.location.shown, (0, 0), why));
        }
        let Extracts { occurrences, protections, .. } = stage.extracts;
        let told = occurrences.iter().filter_map(Occurrence::protection).chain(protections).collect();
        Some(Stage { extracts: Extracts { protections: told, ..Extracts::default() }, ..Stage::default() })
    }

    /// The documents of one stream, and how many there are.
    fn one(
        &self,
        shown: &str,
        stream: &mut dyn BufRead,
        held: &mut Vec<HeldFile>,
    ) -> Result<(Stage, u64), ()> {
        let (mut stage, mut seen) = (Stage::default(), 0);
        let read = xml::each(stream, document::NAME, LARGEST_DOCUMENT, |found| {
            seen += 1;
            self.take(&found, shown, &mut stage);
        });
        match read {
            Ok(()) if seen > 0 => return Ok((stage, seen)),
            Ok(()) => held.push(held_at(shown, (0, 0), HeldWhy::NoEvents)),
            Err(error) if matches!(error.fault, XmlFault::Unreadable(_)) => return Err(()),
            Err(error) => held.push(held_at(shown, (error.line, error.column), HeldWhy::Xml(error.fault))),
        }
        Ok((Stage::default(), 0))
    }

    /// The gradings of what is held of a file.
    fn salvage(&self, source: &Source, held: &[HeldFile]) -> Vec<Protection> {
        let is_held = |shown: &str| held.iter().any(|held| held.file == shown || held.file == source.shown);
        let mut out = Vec::new();
        // A zip that cannot be read to its end has told what it can.
        let _whole = files::each(source, "xml", &mut |shown, stream| {
            if is_held(shown) {
                out.extend(salvage::protections(stream, self.reading, &|id| self.known.has(id)));
            }
            Went::Well
        });
        out
    }

    /// One document.
    fn take(&self, found: &Found, file: &str, stage: &mut Stage) {
        let written = document::kind(&found.root);
        if !self.again {
            stage.tally(written);
        }
        let at = Place { file: file.to_owned(), line: found.line as u64 };
        match EventKind::parse(written) {
            kind if kind.only_counts() => self.count(kind, found, &at, stage),
            _ if written.is_empty() => {
                let reason = "the document does not say what kind of event it is";
                self.reject_new(BadCell::new("hendelsestype", "missing-value", reason), found, &at, stage);
            }
            kind => match rows::person(&found.root, self.reading) {
                Ok(cells::IdCell { id: Some(id), early_2032 }) => {
                    self.take_of(id, early_2032, kind, found, at, stage);
                }
                Ok(cells::IdCell { id: None, .. }) => {}
                Err(cell) => self.reject_new(cell, found, &at, stage),
            },
        }
    }

    /// One document of which nothing but its number is kept, unless the feed calls it something else.
    fn count(&self, kind: EventKind, found: &Found, at: &Place, stage: &mut Stage) {
        let listed = self.listed(found, stage);
        match listed.and_then(|listed| disagrees(listed, &kind, found)) {
            Some(cell) if !self.again => {
                let id = found.root.child_text("dokumentidentifikator").unwrap_or_default();
                let unread = listed.and_then(|listed| listed.unread(&mask_numbers(id)));
                stage.extracts.occurrences.extend(unread);
                self.reject(cell, found, at, stage);
            }
            // It was counted when it was passed over, and no event is counted twice.
            Some(cell) => {
                stage.extracts.protections.extend(self.protection(found));
                stage.extracts.warnings.push(cell.reject(&at.file, at.line));
            }
            None => {
                stage.extracts.protections.extend(self.protection(found));
                if !self.again {
                    stage.count(kind);
                }
            }
        }
    }

    /// One document about somebody.
    fn take_of(
        &self,
        id: NationalId,
        early: bool,
        kind: EventKind,
        found: &Found,
        at: Place,
        stage: &mut Stage,
    ) {
        let listed = self.listed(found, stage);
        let of_known = self.known.has(&id);
        let links = kind == EventKind::IdentityChange;
        if self.again && (links || !of_known) {
            return;
        }
        if !links && !of_known {
            stage.extracts.read += 1;
            stage.extracts.of_others += 1;
            return;
        }
        if self.again {
            stage.events += 1;
        }
        let document = Document {
            root: &found.root,
            at: at.clone(),
            kind: kind.clone(),
            id,
            listed,
            reading: self.reading,
        };
        let agreed = listed.and_then(|listed| disagrees(listed, &kind, found)).map_or(Ok(()), Err);
        match agreed.and_then(|()| document.said()) {
            Ok(Said::Counted) => stage.count(kind),
            Ok(Said::Rows(rows, warnings)) => {
                self.keep(rows, warnings, (early, listed.is_none()), of_known, &at, stage);
            }
            Err(cell) => {
                stage.extracts.occurrences.extend(document.unread());
                self.reject(cell, found, &at, stage);
            }
        }
    }

    /// Rejects a document, the first time it is seen.
    fn reject_new(&self, cell: BadCell, found: &Found, at: &Place, stage: &mut Stage) {
        if !self.again {
            self.reject(cell, found, at, stage);
        }
    }

    fn reject(&self, cell: BadCell, found: &Found, at: &Place, stage: &mut Stage) {
        stage.extracts.read += 1;
        stage.extracts.protections.extend(self.protection(found));
        stage.extracts.rejected.push(cell.reject(&at.file, at.line));
    }

    /// Keeps the rows of one event. An event about numbers that links nobody is of others unless one is known.
    fn keep(
        &self,
        rows: Vec<Occurrence>,
        warnings: Vec<BadCell>,
        (early, unlisted): (bool, bool),
        of_known: bool,
        at: &Place,
        stage: &mut Stage,
    ) {
        let links = rows.iter().any(|row| row.former_id.is_some());
        if !of_known && !links {
            stage.extracts.read += 1;
            stage.extracts.of_others += 1;
            return;
        }
        stage.extracts.read += rows.len() as u64;
        stage.extracts.occurrences.extend(rows);
        let unlisted = (unlisted && self.feed.is_there).then(|| {
            let reason = "the event feed does not list the document; taken by its time alone";
            BadCell::new("dokumentidentifikator", "not-in-feed", reason)
        });
        let early = early.then(|| cells::early_warning("folkeregisteridentifikator"));
        let told = warnings.into_iter().chain(unlisted).chain(early).filter(|_| of_known);
        stage.extracts.warnings.extend(told.map(|cell| cell.reject(&at.file, at.line)));
    }

    fn listed(&self, found: &Found, stage: &mut Stage) -> Option<&Listed> {
        if self.feed.listed.is_empty() {
            return None;
        }
        let id = mask_numbers(found.root.child_text("dokumentidentifikator")?).into_owned();
        let listed = self.feed.listed.get(&id)?;
        stage.matched.insert(id);
        Some(listed)
    }

    /// How a known person is protected by a document of which nothing else is kept.
    fn protection(&self, found: &Found) -> Option<Protection> {
        rows::protection(&found.root, self.reading)
            .filter(|told| told.ids.iter().any(|id| self.known.has(id)))
    }
}

/// Why an event that the feed calls something else than its document does is not used: nobody knows which is right.
fn disagrees(listed: &Listed, kind: &EventKind, found: &Found) -> Option<BadCell> {
    let (feed, document) = (&listed.written, stage::readable(document::kind(&found.root)));
    let reason = || format!("the feed calls the event {feed}, and its document calls it {document}");
    (listed.kind != *kind).then(|| BadCell::new("hendelsestype", "bad-value", reason()))
}
