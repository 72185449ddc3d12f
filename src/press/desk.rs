//! One paper being set: what Typst may see while it does, and how its complaints are told.
//!
//! Typst sees the templates, the paper and its pictures, and nothing else: no disk, no network, no package, no clock.

use std::collections::BTreeSet;
use std::sync::Mutex;

use chrono::{Datelike, Timelike};
use typst::diag::{FileError, FileResult, PackageError, SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::layout::{Frame, FrameItem};
use typst::syntax::{FileId, Source, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use super::error::PressError;
use super::picture::Picture;
use super::shelf;
use super::{Press, Printed, Template};
use crate::moves::Now;

/// Where a template finds the paper.
const PAPER: &str = "/paper.json";

/// What stands for what Typst said where it may not be told.
const UNTOLD: &str = "the template cannot be set with this paper";

/// A paper on its way through the press.
pub(super) struct Desk<'a> {
    press: &'a Press,
    main: FileId,
    paper: Bytes,
    pictures: &'a [Picture],
    at: Now,
    /// The files that were read.
    read: Mutex<BTreeSet<String>>,
}

/// Why a paper was not set.
pub(super) struct Stop {
    /// Whether it was set, and could not be written as a PDF.
    pub(super) while_writing: bool,
    place: Option<(String, usize, usize)>,
    message: String,
}

impl Stop {
    /// Something of the paper is not on it.
    pub(super) fn not_shown(what: &str) -> Self {
        let message = format!("«{what}» of the paper does not show");
        Stop { while_writing: false, place: None, message }
    }

    /// The paper is no data.
    pub(super) fn unwritable() -> Self {
        Stop { while_writing: false, place: None, message: "the paper cannot be written as data".to_owned() }
    }

    /// Something below broke off.
    pub(super) fn broke_off() -> Self {
        Stop { while_writing: false, place: None, message: "typesetting broke off".to_owned() }
    }

    /// The error that is told: in the words of Typst only where the paper is an invented one.
    pub(super) fn into_error(self, template: Template, told: bool) -> PressError {
        let (file, line, column) = self.place.unwrap_or((template.file().to_owned(), 0, 0));
        let message = if told { self.message } else { UNTOLD.to_owned() };
        PressError::Template { file, line, column, message }
    }
}

/// A paper that is set.
pub(super) struct Sheets {
    /// The file.
    pub(super) printed: Printed,
    /// What Typst only warns of.
    pub(super) warning: Option<Stop>,
    /// What stands on each page, without spaces.
    pub(super) shown: Vec<String>,
}

/// The letters in a frame, in the order they are drawn.
fn letters(frame: &Frame, out: &mut String) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => letters(&group.frame, out),
            FrameItem::Text(text) => out.extend(text.text.chars().filter(|c| !c.is_whitespace())),
            FrameItem::Shape(..) | FrameItem::Image(..) | FrameItem::Link(..) | FrameItem::Tag(..) => {}
        }
    }
}

fn letters_of(frame: &Frame) -> String {
    let mut out = String::new();
    letters(frame, &mut out);
    out
}

impl<'a> Desk<'a> {
    /// Lays a paper ready.
    pub(super) fn new(
        press: &'a Press,
        template: Template,
        paper: Vec<u8>,
        pictures: &'a [Picture],
        at: Now,
    ) -> Option<Self> {
        let main = shelf::id_of(template.file())?;
        Some(Desk { press, main, paper: Bytes::new(paper), pictures, at, read: Mutex::default() })
    }

    /// Sets the paper and writes it as PDF/A-2b, tagged.
    pub(super) fn print(&self, ident: &str) -> Result<Sheets, Stop> {
        let Warned { output, warnings } = typst::compile::<PagedDocument>(self);
        let document = output.map_err(|errors| self.stop(&errors, false))?;
        let standards = PdfStandards::new(&[PdfStandard::A_2b]).map_err(|_| Stop::broke_off())?;
        let options = PdfOptions {
            ident: Smart::Custom(ident.to_owned()),
            creator: Smart::Custom(Some("journalflytt".into())),
            timestamp: timestamp(self.at),
            page_ranges: None,
            standards,
            tagged: true,
            pretty: false,
        };
        let pdf = typst_pdf::pdf(&document, &options).map_err(|errors| self.stop(&errors, true))?;
        let pages = u32::try_from(document.pages().len()).unwrap_or(u32::MAX);
        let warning = warnings.first().map(|_| self.stop(&warnings, false));
        let shown = document.pages().iter().map(|page| letters_of(&page.frame)).collect();
        Ok(Sheets { printed: Printed { pdf, pages }, warning, shown })
    }

    /// The files that were read while the paper was set.
    pub(super) fn read(self) -> Vec<String> {
        self.read.into_inner().unwrap_or_default().into_iter().collect()
    }

    fn stop(&self, errors: &[SourceDiagnostic], while_writing: bool) -> Stop {
        let Some(first) = errors.first() else {
            return Stop { while_writing, ..Stop::broke_off() };
        };
        // An error in a function that a template calls is best told where the template calls it.
        let place = self.place(first);
        let hints = first.hints.iter().map(|hint| format!(" ({})", hint.v));
        let message = hints.fold(first.message.to_string(), |message, hint| message + &hint);
        Stop { while_writing, place, message }
    }

    fn place(&self, error: &SourceDiagnostic) -> Option<(String, usize, usize)> {
        let id = error.span.id()?;
        let range = self.range(error.span)?;
        let source = World::source(self, id).ok()?;
        let (line, column) = source.lines().byte_to_line_column(range.start)?;
        let file = shelf::path_of(id)?.trim_start_matches('/');
        Some((file.to_owned(), line + 1, column + 1))
    }

    /// The path of a file of ours that is being read.
    fn path(&self, id: FileId) -> FileResult<&'static str> {
        let path = shelf::path_of(id).ok_or_else(|| refused(id))?;
        if let Ok(mut read) = self.read.lock() {
            read.insert(path.to_owned());
        }
        Ok(path)
    }
}

/// A package: nothing is fetched.
fn refused(id: FileId) -> FileError {
    match id.root() {
        VirtualRoot::Package(package) => FileError::Package(PackageError::NotFound(package.clone())),
        VirtualRoot::Project => FileError::AccessDenied,
    }
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.press.fonts.book()
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.press.shelf.source(self.path(id)?)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let path = self.path(id)?;
        if path == PAPER {
            return Ok(self.paper.clone());
        }
        let pictures = (1..).zip(self.pictures);
        match pictures.into_iter().find(|(no, _)| Picture::path(*no) == path) {
            Some((_, picture)) => Ok(picture.bytes()),
            None => self.press.shelf.file(path),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.font(index)
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        let date = self.at.date_naive();
        Datetime::from_ymd(date.year(), part(date.month()), part(date.day()))
    }
}

fn part(value: u32) -> u8 {
    u8::try_from(value).unwrap_or_default()
}

/// The time as a PDF keeps it.
fn timestamp(at: Now) -> Option<Timestamp> {
    let (hour, minute, second) = (part(at.hour()), part(at.minute()), part(at.second()));
    let time = Datetime::from_ymd_hms(at.year(), part(at.month()), part(at.day()), hour, minute, second)?;
    Timestamp::new_local(time, at.offset().local_minus_utc() / 60)
}
