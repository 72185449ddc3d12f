//! The job file as typed: its sections and values, each with its place.
//!
//! A [`Section`] hands out values as the types they have to be, complains of every one that is not, and at its end
//! of every key that nobody asked for. A value that could not be had is a [`Complained`], which only a complaint
//! makes: no setting can be lost in silence. Leaves out what the settings mean (`check`).

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::complaint::Complaint;
use super::paths::{self, PathUse, Role};
use super::value::{Wrong, nearest, text};
use crate::person::mask_numbers;

/// Proof that something was complained of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Complained(());

/// What came of reading a setting.
pub(super) type Read<T> = Result<T, Complained>;

/// Where something stands in the file, in bytes.
pub(super) type Span = Range<usize>;

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct At<T> {
    /// The value.
    pub(super) value: T,
    /// Where it stands.
    pub(super) span: Span,
}

/// A path as typed, and as it leads there.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// Relative paths start at the job file's folder.
    pub(super) path: PathBuf,
    /// As typed.
    pub(super) shown: String,
}

/// The file being read, and all that was said of it so far.
#[derive(Debug)]
pub(super) struct Page<'t> {
    text: &'t str,
    folder: &'t Path,
    complaints: Vec<Complaint>,
    uses: Vec<PathUse>,
}

impl<'t> Page<'t> {
    fn new(file: &'t Path, text: &'t str) -> Self {
        let folder = file.parent().unwrap_or(Path::new(""));
        Page { text, folder, complaints: Vec::new(), uses: Vec::new() }
    }

    fn complain(&mut self, span: &Span, wrong: Wrong) -> Complained {
        let (line, column) = place(self.text, span.start);
        let what = mask_numbers(&wrong.what).into_owned();
        let hint = wrong.hint.map(|hint| mask_numbers(&hint).into_owned());
        self.complaints.push(Complaint { line, column, what, hint });
        Complained(())
    }

    fn complain_of_paths(&mut self) {
        for clash in paths::clashes(&self.uses) {
            self.complain(&clash.span, Wrong::with_hint(clash.what, clash.hint));
        }
    }

    /// The complaints, sorted by place, each once.
    fn close(mut self) -> Vec<Complaint> {
        self.complaints.sort();
        self.complaints.dedup();
        self.complaints
    }
}

/// Line and character of a byte in the text, both from 1.
pub(super) fn place(text: &str, byte: usize) -> (u64, u64) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.matches('\n').count() as u64 + 1;
    let characters = before[line_start..].chars().filter(|c| *c != '\u{feff}').count() as u64;
    (line, characters + 1)
}

/// Reads a file's text through `check`.
///
/// # Errors
/// Every complaint, sorted by place: those of the syntax alone where there are any, since the rest of a broken
/// file cannot be told.
pub(super) fn read<T>(
    file: &Path,
    text: &str,
    check: impl FnOnce(&mut Section<'_, '_>) -> Read<T>,
) -> Result<T, Vec<Complaint>> {
    let mut page = Page::new(file, text);
    let (tree, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors {
            page.complain(&error.span().unwrap_or_default(), syntax(error.message()));
        }
        let mut complaints = page.close();
        // What follows the first fault of a line is mostly its echo.
        complaints.dedup_by_key(|complaint| complaint.line);
        return Err(complaints);
    }
    let top = Section::new(&mut page, String::new(), 0..0, tree.get_ref());
    let checked = top.whole(check);
    page.complain_of_paths();
    match checked {
        Ok(value) if page.complaints.is_empty() => Ok(value),
        Ok(_) | Err(Complained(())) => Err(page.close()),
    }
}

fn syntax(message: &str) -> Wrong {
    let what = format!("not TOML: {message}");
    if message.contains("escape") {
        Wrong::with_hint(what, "write a Windows path in single quotes: 'D:\\journalflytt\\in'")
    } else {
        Wrong::new(what)
    }
}

/// A section being read. Every key that is asked for is a known one.
pub(super) struct Section<'s, 't> {
    page: &'s mut Page<'t>,
    /// `sender.contact`; empty for the file itself.
    name: String,
    span: Span,
    table: &'s DeTable<'t>,
    asked: BTreeSet<&'s str>,
}

impl<'s, 't> Section<'s, 't> {
    fn new(page: &'s mut Page<'t>, name: String, span: Span, table: &'s DeTable<'t>) -> Self {
        Section { page, name, span, table, asked: BTreeSet::new() }
    }

    /// Reads the section, and then complains of every key nobody asked for.
    fn whole<T>(mut self, read: impl FnOnce(&mut Section<'_, 't>) -> T) -> T {
        let value = read(&mut self);
        for (key, _) in self.table.iter() {
            let written = key.get_ref();
            if !self.asked.contains(&**written) {
                let free = self.asked.iter().filter(|known| !self.table.contains_key(**known));
                let hint = nearest(written, free.copied()).unwrap_or_else(|| self.known());
                let what = format!("unknown key \"{written}\"{}", self.inside());
                self.page.complain(&key.span(), Wrong::with_hint(what, hint));
            }
        }
        value
    }

    fn known(&self) -> String {
        let known: Vec<&str> = self.asked.iter().copied().collect();
        format!("known here: {}", known.join(", "))
    }

    /// ` in [sender]`; nothing at the top.
    fn inside(&self) -> String {
        if self.name.is_empty() { String::new() } else { format!(" in [{}]", self.name) }
    }

    /// The full name of a key.
    fn full(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    fn value(&mut self, key: &'static str) -> Option<(&'s DeValue<'t>, Span)> {
        self.asked.insert(key);
        self.table.get(key).map(|value| (value.get_ref(), value.span()))
    }

    /// Complains of something in this section.
    pub(super) fn complain(&mut self, span: &Span, wrong: Wrong) -> Complained {
        self.page.complain(span, wrong)
    }

    /// Complains of a key's value.
    pub(super) fn wrong(&mut self, key: &str, span: &Span, wrong: Wrong) -> Complained {
        self.page.complain(span, Wrong { what: format!("{key}: {}", wrong.what), ..wrong })
    }

    /// Complains of a key that has to be there. `why` says what it is for.
    pub(super) fn missing(&mut self, key: &str, why: &str) -> Complained {
        let what = format!("\"{key}\" is missing{}", self.inside());
        self.page.complain(&self.span.clone(), Wrong::with_hint(what, why))
    }

    /// Whether a setting is there: `outbox`, or `directory.snapshot` of a section inside this one.
    pub(super) fn has(&self, setting: &str) -> bool {
        match setting.split_once('.') {
            None => self.table.contains_key(setting),
            Some((section, key)) => {
                let inner = self.table.get(section).and_then(|value| value.get_ref().as_table());
                inner.is_some_and(|inner| inner.contains_key(key))
            }
        }
    }

    /// Where a key's value stands; where the section does, when it is not there.
    pub(super) fn place_of(&self, key: &str) -> Span {
        self.table.get(key).map_or_else(|| self.span(), Spanned::span)
    }

    /// Where the section stands.
    pub(super) fn span(&self) -> Span {
        self.span.clone()
    }

    /// A value that may be there, with its place.
    pub(super) fn placed<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&DeValue<'t>) -> Result<T, Wrong>,
    ) -> Read<Option<At<T>>> {
        let Some((typed, span)) = self.value(key) else { return Ok(None) };
        match read(typed) {
            Ok(value) => Ok(Some(At { value, span })),
            Err(wrong) => Err(self.wrong(key, &span, wrong)),
        }
    }

    /// A value that may be there.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&DeValue<'t>) -> Result<T, Wrong>,
    ) -> Read<Option<T>> {
        Ok(self.placed(key, read)?.map(|at| at.value))
    }

    /// A value with a default.
    pub(super) fn or<T>(
        &mut self,
        key: &'static str,
        default: T,
        read: impl FnOnce(&DeValue<'t>) -> Result<T, Wrong>,
    ) -> Read<T> {
        Ok(self.optional(key, read)?.unwrap_or(default))
    }

    /// A value that has to be there. `why` says what it is for.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        why: &str,
        read: impl FnOnce(&DeValue<'t>) -> Result<T, Wrong>,
    ) -> Read<T> {
        self.optional(key, read)?.ok_or_else(|| self.missing(key, why))
    }

    /// A list of values, each with its place.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&DeValue<'t>) -> Result<T, Wrong>,
    ) -> Read<Option<Vec<At<T>>>> {
        let Some((typed, span)) = self.value(key) else { return Ok(None) };
        let DeValue::Array(items) = typed else {
            return Err(self.wrong(key, &span, Wrong::kind("a list", typed)));
        };
        let read_one = |item: &'s Spanned<DeValue<'t>>| match read(item.get_ref()) {
            Ok(value) => Ok(At { value, span: item.span() }),
            Err(wrong) => Err(self.wrong(key, &item.span(), wrong)),
        };
        // Every item is read before the first bad one counts: each has its own complaint.
        let read: Vec<Read<At<T>>> = items.iter().map(read_one).collect();
        read.into_iter().collect::<Read<Vec<_>>>().map(Some)
    }

    /// A path that may be there; remembered, so that paths in each other's way are found.
    pub(super) fn path(&mut self, key: &'static str, role: Role) -> Read<Option<Named>> {
        let Some(At { value: shown, span }) = self.placed(key, text)? else { return Ok(None) };
        let path = self.page.folder.join(&shown);
        let (line, _) = place(self.page.text, span.start);
        let comparable = paths::comparable(&path);
        self.page.uses.push(PathUse { role, setting: self.full(key), line, span, place: comparable });
        // A file may be named after a person.
        Ok(Some(Named { path, shown: mask_numbers(&shown).into_owned() }))
    }

    /// A path that has to be there. `why` says what it is for.
    pub(super) fn required_path(&mut self, key: &'static str, role: Role, why: &str) -> Read<Named> {
        self.path(key, role)?.ok_or_else(|| self.missing(key, why))
    }

    /// A key that means nothing here, but does with another setting.
    pub(super) fn only_for(&mut self, key: &'static str, setting: &str) -> Read<()> {
        match self.value(key) {
            Some((_, span)) => Err(self.wrong(
                key,
                &span,
                Wrong::with_hint(format!("is only for {setting}"), "take the line out"),
            )),
            None => Ok(()),
        }
    }

    /// A key that the contract knows and this version cannot do.
    pub(super) fn not_built(&mut self, key: &'static str, hint: &str) -> Read<()> {
        match self.value(key) {
            Some((_, span)) => Err(self.page.complain(&span, Wrong::not_built(&self.full(key), hint))),
            None => Ok(()),
        }
    }

    /// Whether a key holds a section rather than a value.
    pub(super) fn is_section(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(|value| value.get_ref().is_table())
    }

    /// The table a key holds, with its place.
    fn table(&mut self, key: &'static str) -> Read<Option<(&'s DeTable<'t>, Span)>> {
        match self.value(key) {
            None => Ok(None),
            Some((DeValue::Table(table), span)) => Ok(Some((table, span))),
            Some((other, span)) => Err(self.wrong(key, &span, Wrong::kind("a section", other))),
        }
    }

    /// A section that may be there.
    pub(super) fn section<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Section<'_, 't>) -> Read<T>,
    ) -> Read<Option<T>> {
        let Some((table, span)) = self.table(key)? else { return Ok(None) };
        let name = self.full(key);
        Section::new(self.page, name, span, table).whole(read).map(Some)
    }

    /// A section of which everything may be left out, or is asked for by name: read as empty when it is not there.
    pub(super) fn section_or_empty<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Section<'_, 't>) -> Read<T>,
    ) -> Read<T> {
        let empty = DeTable::new();
        let (table, span) = self.table(key)?.unwrap_or((&empty, self.span()));
        let name = self.full(key);
        Section::new(self.page, name, span, table).whole(read)
    }

    /// A section that has to be there. `why` says what it is for.
    pub(super) fn required_section<T>(
        &mut self,
        key: &'static str,
        why: &str,
        read: impl FnOnce(&mut Section<'_, 't>) -> Read<T>,
    ) -> Read<T> {
        self.section(key, read)?.ok_or_else(|| self.missing(key, why))
    }

    /// A list of sections, at least one. `why` says what they are for.
    pub(super) fn each<T>(
        &mut self,
        key: &'static str,
        why: &str,
        mut read: impl FnMut(&mut Section<'_, 't>) -> Read<T>,
    ) -> Read<Vec<T>> {
        let Some((typed, span)) = self.value(key) else { return Err(self.missing(key, why)) };
        let DeValue::Array(items) = typed else {
            let hint = format!("write [[{}]], with two brackets", self.full(key));
            let wrong = Wrong { hint: Some(hint), ..Wrong::kind("a list of sections", typed) };
            return Err(self.wrong(key, &span, wrong));
        };
        if items.is_empty() {
            return Err(self.wrong(key, &span, Wrong::with_hint("is empty", why)));
        }
        let all: Vec<Read<T>> = items.iter().map(|item| self.one_of_each(key, item, &mut read)).collect();
        all.into_iter().collect()
    }

    fn one_of_each<T>(
        &mut self,
        key: &str,
        item: &'s Spanned<DeValue<'t>>,
        read: &mut impl FnMut(&mut Section<'_, 't>) -> Read<T>,
    ) -> Read<T> {
        match item.get_ref() {
            DeValue::Table(table) => Section::new(self.page, self.full(key), item.span(), table).whole(read),
            other => Err(self.wrong(key, &item.span(), Wrong::kind("a section", other))),
        }
    }
}
