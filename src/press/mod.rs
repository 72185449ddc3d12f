//! Typesetting: papers become PDF/A-2b, the same paper at the same time the same bytes.
//!
//! Values go in as data and never as source, so that no name and no answer is ever code. Fonts and templates are in
//! the program; a municipality may put a folder of its own before them, and nothing outside it can be read. Leaves out
//! what papers say (`package`) and where they go.

mod error;
mod fonts;
mod picture;
mod tidy;
mod shelf;
mod desk;
pub mod paper;
mod proof;

pub use error::PressError;
pub use picture::Picture;
pub use shelf::templates;

#[cfg(test)]
mod tests;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Serialize;
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};

use crate::moves::Now;
use desk::{Desk, Sheets, Stop};
use fonts::Fonts;
use shelf::Shelf;

/// How many papers are set between two clearings of what Typst remembers, which is whole papers.
const CLEAR_EVERY: usize = 16;

/// Pictures above this many bytes are forgotten at once.
const LARGE: usize = 1 << 20;

/// What is printed; each has its main file among the templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// The covering letter alone.
    Letter,
    /// «Tuberkuloseresultater» alone.
    Results,
    /// «Tuberkuloseundersøkelse ikke gjennomført» alone.
    Notice,
    /// Everything of ours that lies in one envelope.
    Post,
    /// A document that is no PDF, placed on A4.
    Enclosure,
}

impl Template {
    /// Every template.
    pub const ALL: [Template; 5] =
        [Template::Letter, Template::Results, Template::Notice, Template::Post, Template::Enclosure];

    /// The name of its main file.
    pub fn file(self) -> &'static str {
        match self {
            Template::Letter => "letter.typ",
            Template::Results => "results.typ",
            Template::Notice => "notice.typ",
            Template::Post => "post.typ",
            Template::Enclosure => "enclosure.typ",
        }
    }
}

/// A paper that is set.
#[derive(Clone, PartialEq, Eq)]
pub struct Printed {
    /// The file.
    pub pdf: Vec<u8>,
    /// How many pages it has.
    pub pages: u32,
}

impl fmt::Debug for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Printed({} pages, {} bytes)", self.pages, self.pdf.len())
    }
}

/// What setting a paper gave.
struct Set {
    printed: Printed,
    /// What Typst warned of.
    warning: Option<Stop>,
    /// The files that were read.
    read: Vec<String>,
    /// What stands on each page, without spaces.
    shown: Vec<String>,
}

/// Everything that papers are set with. Made once, and used by all threads.
pub struct Press {
    library: LazyHash<Library>,
    fonts: Fonts,
    shelf: Shelf,
    printed: AtomicUsize,
}

impl fmt::Debug for Press {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Press({:?})", self.shelf)
    }
}

impl Press {
    /// The press with the templates of the program.
    pub fn built_in() -> Self {
        Press::with_shelf(Shelf::built_in())
    }

    /// The press with a municipality's own files before those of the program. It is tried before it is given: every
    /// template is set in both languages.
    ///
    /// # Errors
    /// [`PressError`] when the folder cannot be read or is too large, when a template cannot be set, and for a
    /// template that nothing uses: its name is then most likely written wrong.
    pub fn with_templates(folder: &Path) -> Result<Press, PressError> {
        let press = Press::with_shelf(Shelf::with_folder(folder)?);
        proof::prove(&press)?;
        Ok(press)
    }

    fn with_shelf(shelf: Shelf) -> Self {
        Press {
            library: LazyHash::new(Library::builder().build()),
            fonts: Fonts::shipped(),
            shelf,
            printed: AtomicUsize::new(0),
        }
    }

    /// Sets a paper. `ident` names the document for ever, `at` is the time written into it.
    ///
    /// # Errors
    /// [`PressError`] with the place in the template; never with words of the paper.
    pub fn print(
        &self,
        template: Template,
        paper: &impl Serialize,
        pictures: &[Picture],
        ident: &str,
        at: Now,
    ) -> Result<Printed, PressError> {
        // What Typst says may quote the paper, and a person's name is no part of an error.
        let masked = |stop: Stop| stop.into_error(template, false);
        let printed = self.set(template, paper, pictures, ident, at).map_err(masked);
        self.clear(pictures);
        printed.map(|set| set.printed)
    }

    /// Sets a paper: with every character some font has, else with those that the text's own face has.
    fn set(
        &self,
        template: Template,
        paper: &impl Serialize,
        pictures: &[Picture],
        ident: &str,
        at: Now,
    ) -> Result<Set, Stop> {
        let value = serde_json::to_value(paper).map_err(|_| Stop::unwritable())?;
        let attempt = |shown: &dyn Fn(char) -> bool| -> Result<_, Stop> {
            let data = tidy::data(value.clone(), pictures, shown);
            let desk = Desk::new(self, template, data, pictures, at).ok_or_else(Stop::broke_off)?;
            // Pictures come from anywhere, and a decoder that gives up on one must not end the night.
            let printed = catch_unwind(AssertUnwindSafe(|| desk.print(ident)));
            let Sheets { printed, warning, shown } = printed.unwrap_or_else(|_| Err(Stop::broke_off()))?;
            Ok(Set { printed, warning, read: desk.read(), shown })
        };
        match attempt(&|c| self.fonts.has(c)) {
            // A mark of one script on a letter of another: each is there, and both together in no font.
            Err(stop) if stop.while_writing => attempt(&|c| self.fonts.body_has(c)),
            printed => printed,
        }
    }

    /// Lets Typst forget, now and then: so a night of thousands needs no more memory than one of a few, and persons
    /// are not kept. Other threads that are setting a paper only work something out again.
    fn clear(&self, pictures: &[Picture]) {
        let bytes: usize = pictures.iter().map(Picture::len).sum();
        let printed = self.printed.fetch_add(1, Ordering::Relaxed);
        if bytes > LARGE || printed % CLEAR_EVERY == CLEAR_EVERY - 1 {
            comemo::evict(0);
        }
    }
}
