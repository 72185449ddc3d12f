//! A bundle that is a folder: listed without following any link, opened without waiting for anybody.
//!
//! Whatever is neither a plain file nor a folder is refused before it is opened: a link leads elsewhere, a FIFO
//! never answers. A file is looked at again once open, so that one swapped in between is noticed.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::names;
use super::opened::Opened;

/// A bundle's folder.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    names: Vec<String>,
}

/// Why a folder cannot be a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderFault {
    /// A link, a FIFO, a device, a socket.
    NotPlain,
    /// A name that is not UTF-8 or has control characters.
    Name,
    /// Folders inside folders beyond the limit.
    Depth,
    /// More files and folders than the limit.
    Many,
    /// The system refused.
    Unreadable,
}

impl Folder {
    /// Lists a folder with everything below, in the order of the paths.
    ///
    /// # Errors
    /// The first thing that makes it no bundle.
    pub fn list(root: PathBuf, most_files: usize) -> Result<Self, FolderFault> {
        let mut walk = Walk { names: Vec::new(), left: most_files.saturating_mul(2).saturating_add(100) };
        walk.folder(&root, "", 0)?;
        walk.names.sort_unstable();
        Ok(Folder { root, names: walk.names })
    }

    /// The files, `/` between folders, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Opens one of the files and hands it to `f`.
    ///
    /// # Errors
    /// When it is not listed, is no plain file any more, or changed while it was read.
    pub fn read<T>(&self, name: &str, f: impl FnOnce(Opened<'_>) -> T) -> io::Result<T> {
        if self.names.binary_search_by(|listed| listed.as_str().cmp(name)).is_err() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "no such document in the bundle"));
        }
        self.only_folders_above(name)?;
        let (mut file, before) = open_plain(&self.root.join(name))?;
        let result = f(Opened { reader: &mut file, declared: before.len(), packed: None });
        let after = file.metadata()?;
        if after.len() != before.len() || after.modified()? != before.modified()? {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the document changed while it was read"));
        }
        Ok(result)
    }

    fn only_folders_above(&self, name: &str) -> io::Result<()> {
        let mut path = self.root.clone();
        let (folders, _) = name.rsplit_once('/').unwrap_or(("", name));
        for folder in std::iter::once("").chain(folders.split('/').filter(|folder| !folder.is_empty())) {
            if !folder.is_empty() {
                path.push(folder);
            }
            if !fs::symlink_metadata(&path)?.is_dir() {
                return Err(not_plain());
            }
        }
        Ok(())
    }
}

struct Walk {
    names: Vec<String>,
    left: usize,
}

impl Walk {
    fn folder(&mut self, path: &Path, prefix: &str, depth: usize) -> Result<(), FolderFault> {
        if depth > names::MAX_DEPTH {
            return Err(FolderFault::Depth);
        }
        for entry in fs::read_dir(path).map_err(|_| FolderFault::Unreadable)? {
            let entry = entry.map_err(|_| FolderFault::Unreadable)?;
            self.left = self.left.checked_sub(1).ok_or(FolderFault::Many)?;
            let name = entry.file_name();
            let name = name.to_str().filter(|name| !name.chars().any(char::is_control));
            let name = format!("{prefix}{}", name.ok_or(FolderFault::Name)?);
            // The entry's own type: a link is a link here, wherever it leads.
            let kind = entry.file_type().map_err(|_| FolderFault::Unreadable)?;
            if kind.is_dir() {
                self.folder(&entry.path(), &format!("{name}/"), depth + 1)?;
            } else if kind.is_file() {
                self.names.push(name);
            } else {
                return Err(FolderFault::NotPlain);
            }
        }
        Ok(())
    }
}

fn not_plain() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "not a plain file")
}

/// Opens a plain file: looked at before, so that a FIFO is not waited for, and after, so that what was opened is
/// what was looked at.
///
/// # Errors
/// When it is something else, or the system refuses.
pub fn open_plain(path: &Path) -> io::Result<(File, Metadata)> {
    let before = fs::symlink_metadata(path)?;
    if !before.is_file() {
        return Err(not_plain());
    }
    let mut options = OpenOptions::new();
    options.read(true);
    do_not_wait(&mut options);
    let file = options.open(path)?;
    let opened = file.metadata()?;
    if opened.is_file() && is_same(&before, &opened) { Ok((file, opened)) } else { Err(not_plain()) }
}

/// O_NONBLOCK, for the FIFO that takes a file's place between the look and the opening; a plain file is read as
/// ever.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
fn do_not_wait(options: &mut OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::custom_flags(options, 0o4000);
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
fn do_not_wait(_options: &mut OpenOptions) {}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    one.len() == other.len() && one.modified().ok() == other.modified().ok()
}
