//! The files that templates are made of: those of the program, and before them a municipality's own.
//!
//! A folder is read once, whole, and never again: what was proved is what is printed. Leaves out whether the templates
//! are right (`proof`).

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use typst::diag::{FileError, FileResult};
use typst::foundations::Bytes;
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};

use super::error::PressError;

/// The templates of the program.
const BUILT_IN: [(&str, &str); 8] = [
    ("letter.typ", include_str!("templates/letter.typ")),
    ("results.typ", include_str!("templates/results.typ")),
    ("notice.typ", include_str!("templates/notice.typ")),
    ("post.typ", include_str!("templates/post.typ")),
    ("enclosure.typ", include_str!("templates/enclosure.typ")),
    ("common.typ", include_str!("templates/common.typ")),
    ("words-nb.typ", include_str!("templates/words-nb.typ")),
    ("words-nn.typ", include_str!("templates/words-nn.typ")),
];

/// What they are, for whoever writes others.
const ABOUT: (&str, &str) = ("README.md", include_str!("templates/README.md"));

/// The templates of the program and what is to be known of them: name and text.
pub fn templates() -> impl Iterator<Item = (&'static str, &'static str)> {
    BUILT_IN.into_iter().chain([ABOUT])
}

/// What a folder of templates may hold.
const MOST_FILES: usize = 200;
const MOST_BYTES: u64 = 20 << 20;
/// How many folders may lie in one another.
const DEEPEST: usize = 4;

/// The files, by their paths from the root, which begin with `/`.
pub(super) struct Shelf {
    files: BTreeMap<String, Bytes>,
    sources: BTreeMap<String, Source>,
    own: Vec<String>,
}

impl fmt::Debug for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} files of its own", self.own.len())
    }
}

/// The id of a file of ours by its path from the root; none for a path that leads out.
pub(super) fn id_of(path: &str) -> Option<FileId> {
    let path = VirtualPath::new(path).ok()?;
    Some(RootedPath::new(VirtualRoot::Project, path).intern())
}

/// The path from the root of a file that a template names; none for a file of a package.
pub(super) fn path_of(id: FileId) -> Option<&'static str> {
    match id.root() {
        VirtualRoot::Project => Some(id.get().vpath().get_with_slash()),
        VirtualRoot::Package(_) => None,
    }
}

impl Shelf {
    /// The program's.
    pub(super) fn built_in() -> Self {
        let mut shelf = Shelf { files: BTreeMap::new(), sources: BTreeMap::new(), own: Vec::new() };
        for (name, text) in BUILT_IN {
            shelf.put(format!("/{name}"), text.as_bytes().to_vec());
        }
        shelf
    }

    /// A folder's before the program's.
    pub(super) fn with_folder(folder: &Path) -> Result<Self, PressError> {
        let mut shelf = Shelf::built_in();
        for (path, bytes) in read(folder)? {
            shelf.own.push(path.clone());
            shelf.put(path, bytes);
        }
        Ok(shelf)
    }

    fn put(&mut self, path: String, bytes: Vec<u8>) {
        self.sources.remove(&path);
        if path.ends_with(".typ")
            && let (Some(id), Ok(text)) = (id_of(&path), std::str::from_utf8(&bytes))
        {
            self.sources.insert(path.clone(), Source::new(id, text.to_owned()));
        }
        self.files.insert(path, Bytes::new(bytes));
    }

    /// The names of the templates that came from the folder.
    pub(super) fn own_templates(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(String::as_str).filter(|path| path.ends_with(".typ"))
    }

    /// The names of the program's templates.
    pub(super) fn known() -> String {
        BUILT_IN.map(|(name, _)| name).join(", ")
    }

    /// A file that a template reads.
    pub(super) fn file(&self, path: &str) -> FileResult<Bytes> {
        self.files.get(path).cloned().ok_or_else(|| FileError::NotFound(path.into()))
    }

    /// A template.
    pub(super) fn source(&self, path: &str) -> FileResult<Source> {
        match self.sources.get(path) {
            Some(source) => Ok(source.clone()),
            None if self.files.contains_key(path) && path.ends_with(".typ") => Err(FileError::InvalidUtf8),
            None if self.files.contains_key(path) => Err(FileError::NotSource),
            None => Err(FileError::NotFound(path.into())),
        }
    }
}

/// Every file under a folder by its path in it. Links in it are refused: they lead out.
fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, PressError> {
    let (mut out, mut bytes) = (BTreeMap::new(), 0);
    let mut left = vec![(folder.to_owned(), String::new(), 0)];
    while let Some((inside, prefix, depth)) = left.pop() {
        for (path, name, kind) in entries(&inside)? {
            let shown = format!("{prefix}/{name}");
            if kind.is_dir() && depth < DEEPEST {
                left.push((path, shown, depth + 1));
            } else if kind.is_file() && id_of(&shown).and_then(path_of) == Some(&shown) {
                bytes += fs::metadata(&path).map_err(unreadable(&path))?.len();
                check(folder, out.len(), bytes)?;
                out.insert(shown, fs::read(&path).map_err(unreadable(&path))?);
            } else {
                return Err(PressError::Odd { path });
            }
        }
    }
    Ok(out)
}

fn check(folder: &Path, files: usize, bytes: u64) -> Result<(), PressError> {
    let fits = files < MOST_FILES && bytes <= MOST_BYTES;
    let refused = || PressError::TooMuch { path: folder.to_owned(), files: MOST_FILES, bytes: MOST_BYTES };
    fits.then_some(()).ok_or_else(refused)
}

/// What lies in a folder, hidden files apart.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, String, fs::FileType)>, PressError> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            return Err(PressError::Odd { path });
        };
        if !name.starts_with('.') {
            let kind = entry.file_type().map_err(unreadable(&path))?;
            out.push((path, name, kind));
        }
    }
    Ok(out)
}

fn unreadable<'a>(path: &'a Path) -> impl FnOnce(io::Error) -> PressError + 'a {
    |cause| PressError::Unreadable { path: path.to_owned(), cause }
}
